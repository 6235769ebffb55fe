//! The list of the documents of one file, which is kept until the deciding commit writes it.

use std::io;
use std::path::PathBuf;

use crate::document::Class;
use crate::durable::Scratch;
use crate::flow::DocumentRow;
use crate::limits;

/// Bytes of a row before its number and version: key, content, class and the lengths of the two.
const HEAD: usize = 16 + 16 + 1 + 4 + 4;

/// The bit of a class that says that the document is a customer.
const CUSTOMER: u8 = 0x80;

/// Documents in the order of their file, packed: in memory, and beyond [`limits::DOCUMENTS_IN_MEMORY_BYTES`] in a scratch
/// file.
#[derive(Debug, Default)]
pub struct Documents {
    folder: PathBuf,
    /// The last rows.
    memory: Vec<u8>,
    /// Those before them.
    scratch: Option<Scratch>,
    /// The class of all, if it was decided for the file as a whole.
    class: Option<Class>,
}

impl Documents {
    /// None yet; the scratch file of a large file is made in `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Adds a document.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn push(&mut self, row: DocumentRow<'_>) -> io::Result<()> {
        // A number is a value of a file and so far below 4 GiB.
        let lengths = [row.number.len(), row.version.len()].map(|length| (length as u32).to_le_bytes());
        for bytes in [
            &row.key.to_le_bytes()[..],
            &row.content.to_le_bytes(),
            &[row.class as u8 | if row.is_customer { CUSTOMER } else { 0 }],
            &lengths[0],
            &lengths[1],
            row.number.as_bytes(),
            row.version,
        ] {
            self.memory.extend_from_slice(bytes);
        }
        if self.memory.len() >= limits::DOCUMENTS_IN_MEMORY_BYTES {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            none => none.insert(Scratch::new(&self.folder)?),
        };
        scratch.append(&self.memory)?;
        self.memory.clear();
        Ok(())
    }

    /// Puts every document in one class.
    pub const fn set_class(&mut self, class: Class) {
        self.class = Some(class);
    }

    /// The documents in their order.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        Rows { documents: self, offset: 0, memory: Some(&self.memory), buffer: Vec::new(), at: 0 }
    }
}

/// Goes over documents in their order.
#[derive(Debug)]
pub struct Rows<'d> {
    documents: &'d Documents,
    /// Where the next read of the scratch file begins.
    offset: u64,
    /// What was not spilled, until it is in the buffer.
    memory: Option<&'d [u8]>,
    buffer: Vec<u8>,
    /// Where the next row begins in the buffer.
    at: usize,
}

impl Rows<'_> {
    /// The next document.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn read(&mut self) -> io::Result<Option<DocumentRow<'_>>> {
        if self.fill(HEAD)?.is_none() {
            return Ok(None);
        }
        let [number, version] = [HEAD - 8, HEAD - 4].map(|at| u32::from_le_bytes(self.array(at)) as usize);
        self.fill(HEAD + number + version)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let [class] = self.array(32);
        let (key, content) = (u128::from_le_bytes(self.array(0)), u128::from_le_bytes(self.array(16)));
        let (text, version) = self.buffer[self.at + HEAD..self.at + HEAD + number + version].split_at(number);
        let number = std::str::from_utf8(text).map_err(io::Error::other)?;
        self.at += HEAD + text.len() + version.len();
        let (class, is_customer) = (Class::from_number((class & !CUSTOMER).into()), class & CUSTOMER != 0);
        let class = match self.documents.class {
            // Nothing went out, so that a later order still needs the customer.
            Some(_) if is_customer => Class::Rejected,
            of_all => of_all.unwrap_or(class),
        };
        Ok(Some(DocumentRow { number, key, content, class, is_customer, version }))
    }

    fn array<const N: usize>(&self, offset: usize) -> [u8; N] {
        let bytes = self.buffer.get(self.at + offset..).and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or([0; N])
    }

    /// Has at least so many bytes of the next row in the buffer; none at the end.
    fn fill(&mut self, wanted: usize) -> io::Result<Option<()>> {
        if self.buffer.len() - self.at >= wanted {
            return Ok(Some(()));
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        let unread = self.documents.scratch.as_ref().filter(|scratch| self.offset < scratch.len());
        if let Some(scratch) = unread {
            let (held, read) = (self.buffer.len(), wanted.max(limits::READ_BYTES) as u64);
            self.buffer.resize(held + read.min(scratch.len() - self.offset) as usize, 0);
            scratch.read_at(self.offset, &mut self.buffer[held..])?;
            self.offset += (self.buffer.len() - held) as u64;
        } else if let Some(memory) = self.memory.take() {
            self.buffer.extend_from_slice(memory);
        }
        Ok((self.buffer.len() >= wanted).then_some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(documents: &Documents) -> Vec<(String, u128, u128, Class)> {
        let (mut rows, mut all) = (documents.rows(), Vec::new());
        while let Some(row) = rows.read().unwrap() {
            assert_eq!(row.version, row.number.as_bytes());
            all.push((row.number.to_owned(), row.key, row.content, row.class));
        }
        all
    }

    fn row((number, key, content, class): &(String, u128, u128, Class)) -> DocumentRow<'_> {
        DocumentRow {
            number,
            key: *key,
            content: *content,
            class: *class,
            is_customer: false,
            version: number.as_bytes(),
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let class = |n: u128| Class::ALL[n as usize % Class::ALL.len()];
        let some = vec![
            ("PO-1".to_owned(), 1 << 100, 7, Class::Out),
            (String::new(), u128::MAX, 0, Class::Held),
            ("№ 3".to_owned(), 3, 1 << 64, Class::Rejected),
        ];
        // Enough to be spilled twice; some numbers are longer than one read.
        let long = |n: u128| if n.is_multiple_of(70_000) { limits::READ_BYTES + 1 } else { n as usize % 40 };
        let many = (0..200_000).map(|n| ("№".repeat(long(n)), n << 70, n * n, class(n))).collect();
        for all in [Vec::new(), some, many] {
            let folder = tempfile::tempdir().unwrap();
            let mut documents = Documents::new(folder.path().to_owned());
            all.iter().for_each(|it| documents.push(row(it)).unwrap());
            assert_eq!(documents.scratch.is_some(), all.len() > 1_000);
            assert!(listed(&documents) == all);
            documents.set_class(Class::Rejected);
            assert!(listed(&documents).iter().all(|(.., class)| *class == Class::Rejected));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_scratch_file_that_cannot_be_made_is_an_error() {
        let mut documents = Documents::new("no/such/folder".into());
        let number = "1".repeat(limits::DOCUMENTS_IN_MEMORY_BYTES);
        let row =
            DocumentRow { number: &number, key: 1, content: 2, class: Class::Out, is_customer: false, version: &[] };
        assert_eq!(documents.push(row).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
