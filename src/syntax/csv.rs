//! Delimited files: rows with positions, strict about quotes; and their writer.
use crate::document::Findings;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    Double,
    None,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quoting: Quoting,
}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    pub byte: u64,
    pub line: u64,
    pub record: u64,
}
#[derive(Default)]
pub struct Row {
    r: ::csv::ByteRecord,
    pub byte: u64,
    pub line: u64,
    pub number: u64,
}
impl Row {
    pub fn get(&self, c: usize) -> Option<&[u8]> {
        self.r.get(c)
    }
    pub fn len(&self) -> usize {
        self.r.len()
    }
    pub fn is_blank(&self) -> bool {
        self.r.iter().all(|c| c.is_empty())
    }
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.r.iter()
    }
}
pub struct Rows<'a> {
    r: ::csv::Reader<&'a [u8]>,
    s: Start,
}
impl<'a> Rows<'a> {
    pub fn new(bytes: &'a [u8], d: Dialect, s: Start) -> Self {
        Self {
            r: ::csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(d.delimiter)
                .quoting(d.quoting == Quoting::Double)
                .from_reader(bytes),
            s,
        }
    }
    pub fn read(&mut self, row: &mut Row, _f: &mut Findings) -> bool {
        let p = self.position();
        (row.byte, row.line, row.number) = (p.byte, p.line, p.record);
        self.r.read_byte_record(&mut row.r).unwrap_or(false)
    }
    pub fn position(&self) -> Start {
        let p = self.r.position();
        Start { byte: self.s.byte + p.byte(), line: self.s.line + p.line() - 1, record: self.s.record + p.record() }
    }
}
pub fn last_row_end(b: &[u8], _d: Dialect) -> Option<usize> {
    memchr::memrchr(b'\n', b).map(|p| p + 1)
}
