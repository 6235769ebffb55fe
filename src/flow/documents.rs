//! The documents of one file, packed: a large file has millions, and they are kept until its commit.

use crate::document::Class;

/// One document of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentRow<'d> {
    /// The sender's number.
    pub number: &'d str,
    /// Hash of flow, kind and number.
    pub key: u128,
    /// Hash of the content.
    pub content: u128,
    /// Where it ended.
    pub class: Class,
}

impl DocumentRow<'_> {
    /// Whether a later document of its key is a duplicate or a change of it.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.class, Class::Out | Class::Held)
    }
}

/// Documents in the order of their file.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// The numbers, one behind the other.
    numbers: String,
    rows: Vec<Packed>,
}

#[derive(Clone, Copy, Debug)]
struct Packed {
    key: [u64; 2],
    content: [u64; 2],
    /// Bytes of the number, which is a value of a file and so far below 4 GiB.
    number: u32,
    class: Class,
}

impl Documents {
    /// Adds a document.
    pub fn push(&mut self, row: DocumentRow<'_>) {
        let halves = |hash: u128| [(hash >> 64) as u64, hash as u64];
        self.numbers.push_str(row.number);
        let (key, content) = (halves(row.key), halves(row.content));
        self.rows.push(Packed { key, content, number: row.number.len() as u32, class: row.class });
    }

    /// Puts every document in one class.
    pub fn set_class(&mut self, class: Class) {
        self.rows.iter_mut().for_each(|row| row.class = class);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The documents in their order.
    pub fn iter(&self) -> impl Iterator<Item = DocumentRow<'_>> {
        let whole = |[high, low]: [u64; 2]| (u128::from(high) << 64) | u128::from(low);
        let mut at = 0;
        self.rows.iter().map(move |row| {
            let number = self.numbers.get(at..at + row.number as usize).unwrap_or_default();
            at += row.number as usize;
            DocumentRow { number, key: whole(row.key), content: whole(row.content), class: row.class }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let rows = [("PO-1", 1 << 100, 7), ("", u128::MAX, 0), ("№ 3", 3, 1 << 64)];
        let mut documents = Documents::default();
        let row = |(number, key, content)| DocumentRow { number, key, content, class: Class::Out };
        rows.into_iter().for_each(|it| documents.push(row(it)));
        assert!(documents.iter().eq(rows.into_iter().map(row)));
        documents.set_class(Class::Rejected);
        assert!(documents.iter().all(|row| !row.counts()));
    }
}
