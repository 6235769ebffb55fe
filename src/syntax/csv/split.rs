//! One sound row to its values, in one pass.

use memchr::{memchr, memchr_iter};

use super::strict::closing;
use super::{Dialect, Quoting};
use crate::syntax::word::{low_bytes, spread, zero_bytes};

/// The values of a row, kept apart from the text it was read from.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    text: Vec<u8>,
    /// Where each value begins and ends in the text.
    spans: Vec<(u32, u32)>,
    /// Values that hold doubled quotes.
    doubled: Vec<usize>,
    blank: bool,
}

impl Values {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
        self.doubled.clear();
        self.blank = true;
    }

    pub(super) fn get(&self, column: usize) -> Option<&[u8]> {
        let (start, end) = *self.spans.get(column)?;
        self.text.get(start as usize..end as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.blank
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.spans.iter().map(|(start, end)| self.text.get(*start as usize..*end as usize).unwrap_or_default())
    }

    fn push(&mut self, start: usize, end: usize) {
        self.blank &= start == end;
        self.spans.push((start as u32, end as u32));
    }

    /// Reads the sound row that `bytes` begin with; where it ends, without its line break, and the LFs in its values.
    pub(super) fn read(&mut self, bytes: &[u8], dialect: Dialect) -> (usize, u64) {
        self.clear();
        let (end, breaks) = self.split(bytes, dialect);
        self.text.extend_from_slice(&bytes[..end]);
        for value in std::mem::take(&mut self.doubled) {
            self.undouble(value);
        }
        (end, breaks)
    }

    fn split(&mut self, bytes: &[u8], dialect: Dialect) -> (usize, u64) {
        let delimiter = spread(dialect.delimiter);
        // Where quotes have no meaning, the delimiter is looked for twice.
        let quote = spread(if dialect.quoting == Quoting::Double { b'"' } else { dialect.delimiter });
        let (mut start, mut at, mut breaks) = (0, 0, 0);
        'words: while at < bytes.len() {
            let word = word_at(bytes, at);
            let mut hits = zero_bytes(word ^ delimiter) | zero_bytes(word ^ quote) | low_bytes(word);
            while hits != 0 {
                let found = at + (hits.trailing_zeros() / 8) as usize;
                hits &= hits - 1;
                match bytes.get(found) {
                    Some(byte) if *byte == dialect.delimiter => {
                        self.push(start, found);
                        start = found + 1;
                    }
                    Some(b'"') if found == start && dialect.quoting == Quoting::Double => {
                        let close = closing(bytes, found).unwrap_or(bytes.len());
                        breaks += self.quoted(bytes, found + 1, close);
                        at = close + 1;
                        if bytes.get(at) != Some(&dialect.delimiter) {
                            return (at.min(bytes.len()), breaks);
                        }
                        at += 1;
                        start = at;
                        continue 'words;
                    }
                    Some(b'\n' | b'\r') => {
                        self.push(start, found);
                        return (found, breaks);
                    }
                    _ => {}
                }
            }
            at += 8;
        }
        self.push(start, bytes.len());
        (bytes.len(), breaks)
    }

    /// Takes in a value between quotes; the LFs in it.
    fn quoted(&mut self, bytes: &[u8], start: usize, end: usize) -> u64 {
        let content = &bytes[start..end];
        if memchr(b'"', content).is_some() {
            self.doubled.push(self.spans.len());
        }
        self.push(start, end);
        memchr_iter(b'\n', content).count() as u64
    }

    /// Puts a value with single instead of doubled quotes behind the text.
    fn undouble(&mut self, value: usize) {
        let Some((start, end)) = self.spans.get(value).copied() else { return };
        let begin = self.text.len();
        let mut at = start as usize;
        while at < end as usize {
            let byte = self.text[at];
            self.text.push(byte);
            at += if byte == b'"' { 2 } else { 1 };
        }
        self.spans[value] = (begin as u32, self.text.len() as u32);
    }
}

/// The eight bytes at `at`; those behind the end are ones that no row ends at.
fn word_at(bytes: &[u8], at: usize) -> u64 {
    if let Some(eight) = bytes.get(at..at + 8) {
        return u64::from_le_bytes(eight.try_into().unwrap_or_default());
    }
    let mut last = [0xFF; 8];
    let rest = bytes.get(at..).unwrap_or_default();
    last[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dialect: Dialect) -> (Vec<String>, usize, u64) {
        let mut values = Values::default();
        let (end, breaks) = values.read(text.as_bytes(), dialect);
        (values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect(), end, breaks)
    }

    #[test]
    fn values_and_ends() {
        for (text, expected, end, breaks) in [
            ("", vec![""], 0, 0),
            ("a", vec!["a"], 1, 0),
            ("a,b\nc", vec!["a", "b"], 3, 0),
            (",,\r\n", vec!["", "", ""], 2, 0),
            ("\"a\",b", vec!["a", "b"], 5, 0),
            ("\"a\"", vec!["a"], 3, 0),
            ("\"\",", vec!["", ""], 3, 0),
            ("x,\"a\n\nb\"\ny", vec!["x", "a\n\nb"], 8, 2),
            ("\"say \"\"hi\"\"\",\"\"\"\"\n", vec!["say \"hi\"", "\""], 17, 0),
            ("a long value here,and \"another\"\n", vec!["a long value here", "and \"another\""], 31, 0),
        ] {
            assert_eq!(
                read(text, Dialect::COMMA),
                (expected.into_iter().map(str::to_owned).collect(), end, breaks),
                "{text:?}"
            );
        }
        assert_eq!(read("5\" pipe\t\"x\ny", Dialect::TAB).0, ["5\" pipe", "\"x"]);
    }

    proptest::proptest! {
        /// What the `csv` crate reads from a sound row.
        #[test]
        fn as_another_reader_does(values in proptest::collection::vec("[a-d,\"\n\r é]{0,20}", 1..12)) {
            let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(&values).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (got, end, breaks) = read(&text, Dialect::COMMA);
            let lfs = text.matches('\n').count() as u64;
            proptest::prop_assert_eq!(got, values);
            proptest::prop_assert_eq!((end + 1, breaks + 1), (text.len(), lfs));
        }
    }
}
