//! Delimited files: rows with positions, strict about quotes.
//!
//! The `csv` crate reads the rows. It is silent about quotes that are never closed, that swallow the rows after them, or
//! that have text behind them; so the raw bytes of each row that holds a quote are checked here (RFC 4180).

use csv::ByteRecord;

use crate::document::{Code, Finding, Findings, Position};
use crate::limits;

/// What quotes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// A value may stand in `"`, which is doubled inside (RFC 4180).
    Double,
    /// A quote is data, as in Amazon's flat files.
    None,
}

/// How values are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The delimiter.
    pub delimiter: u8,
    /// What quotes mean.
    pub quoting: Quoting,
}

/// Where a slice stands in its file, so that positions are those of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Byte offset, from 0.
    pub byte: u64,
    /// Line, from 1.
    pub line: u64,
    /// Row, from 1.
    pub record: u64,
}

/// One row, read again and again into the same memory.
#[derive(Debug, Default)]
pub struct Row {
    record: ByteRecord,
    /// Byte offset in the file.
    pub byte: u64,
    /// Line in the file.
    pub line: u64,
    /// Number of the row since the start of the slice's numbering.
    pub number: u64,
}

impl Row {
    /// The value of a column, from 0.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<&[u8]> {
        self.record.get(column)
    }

    /// The number of values.
    #[must_use]
    pub fn width(&self) -> usize {
        self.record.len()
    }

    /// Whether no value holds anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.record.as_slice().trim_ascii().is_empty()
    }

    /// The values.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.record.iter()
    }
}

/// The rows of a slice that begins at a row's border.
pub struct Rows<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    dialect: Dialect,
    start: Start,
    width: usize,
    ended: bool,
}

impl<'a> Rows<'a> {
    /// Rows of a slice.
    #[must_use]
    pub fn new(bytes: &'a [u8], dialect: Dialect, start: Start) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .quoting(dialect.quoting == Quoting::Double)
            .from_reader(bytes);
        Self { bytes, reader, dialect, start, width: 0, ended: false }
    }

    /// The same rows, knowing how many values a row has: a value that holds such a row has swallowed it.
    #[must_use]
    pub fn of_width(mut self, width: usize) -> Self {
        self.width = width;
        self
    }

    /// Reads the next row; false at the end, and after a finding that ends the file.
    pub fn read(&mut self, row: &mut Row, findings: &mut Findings) -> bool {
        if self.ended {
            return false;
        }
        // Reading from memory into byte records cannot fail: rows may have any width.
        if !self.reader.read_byte_record(&mut row.record).unwrap_or(false) {
            return false;
        }
        let at = row.record.position().map_or((0, 1, 0), |at| (at.byte(), at.line(), at.record()));
        row.byte = self.start.byte + at.0;
        row.line = self.start.line + at.1 - 1;
        row.number = self.start.record + at.2;
        match self.check(row, at.0 as usize) {
            Ok(()) => true,
            Err(finding) => {
                self.ended = true;
                findings.push(*finding);
                false
            }
        }
    }

    /// Where the next row begins.
    #[must_use]
    pub fn position(&self) -> Start {
        let at = self.reader.position();
        let (byte, line) = (self.start.byte + at.byte(), self.start.line + at.line() - 1);
        Start { byte, line, record: self.start.record + at.record() }
    }

    fn check(&self, row: &Row, from: usize) -> Result<(), Box<Finding>> {
        let at = || Position::at(row.byte, row.line);
        if row.width() > limits::ROW_FIELDS {
            let finding = Finding::new(Code::TooManyFields, at()).found(format!("{} values", row.width()));
            return Err(Box::new(finding.expected(format!("at most {}", limits::ROW_FIELDS))));
        }
        let to = (self.reader.position().byte() as usize).min(self.bytes.len());
        let raw = self.bytes.get(from..to).unwrap_or_default();
        if self.dialect.quoting == Quoting::Double && memchr::memchr(b'"', raw).is_some() {
            Quotes { raw, delimiter: self.dialect.delimiter, width: self.width.max(row.width()) }.check().map_err(
                |(code, offset)| {
                    let line = row.line + memchr::memchr_iter(b'\n', &raw[..offset]).count() as u64;
                    // Only the place is told: the values around a quote may be personal.
                    let shown = format!("byte {offset} of the row");
                    Box::new(Finding::new(code, Position::at(row.byte + offset as u64, line)).found(shown))
                },
            )?;
        }
        if raw.len() > limits::FIELD_BYTES && row.iter().any(|cell| cell.len() > limits::FIELD_BYTES) {
            let finding = Finding::new(Code::FieldTooLong, at());
            return Err(Box::new(finding.expected(format!("at most {} bytes", limits::FIELD_BYTES))));
        }
        Ok(())
    }
}

/// The quotes of one raw row.
struct Quotes<'r> {
    raw: &'r [u8],
    delimiter: u8,
    width: usize,
}

impl Quotes<'_> {
    /// The code and the offset of what is wrong.
    fn check(&self) -> Result<(), (Code, usize)> {
        let mut at = 0;
        loop {
            at = match self.raw.get(at) {
                None => return Ok(()),
                Some(b'"') => self.quoted(at)?,
                Some(_) => self.plain(at)?,
            };
            match self.raw.get(at) {
                Some(byte) if *byte == self.delimiter => at += 1,
                _ => return Ok(()),
            }
        }
    }

    /// The end of a value without quotes.
    fn plain(&self, from: usize) -> Result<usize, (Code, usize)> {
        for (offset, byte) in self.raw[from..].iter().enumerate() {
            match *byte {
                b'"' => return Err((Code::CsvBareQuote, from + offset)),
                b if b == self.delimiter || matches!(b, b'\r' | b'\n') => return Ok(from + offset),
                _ => {}
            }
        }
        Ok(self.raw.len())
    }

    /// The end of a quoted value, behind its closing quote.
    fn quoted(&self, open: usize) -> Result<usize, (Code, usize)> {
        let mut at = open + 1;
        loop {
            let Some(quote) = memchr::memchr(b'"', self.raw.get(at..).unwrap_or_default()) else {
                return Err((Code::CsvOpenQuote, open));
            };
            at += quote + 1;
            match self.raw.get(at) {
                Some(b'"') => at += 1,
                None => break,
                Some(byte) if *byte == self.delimiter || matches!(byte, b'\r' | b'\n') => break,
                Some(_) => return Err((Code::CsvTextAfterQuote, at)),
            }
        }
        self.lines_inside(open, at)?;
        Ok(at)
    }

    /// A value of many lines, or one that holds a whole row of this width, has swallowed rows.
    fn lines_inside(&self, open: usize, end: usize) -> Result<(), (Code, usize)> {
        let inside = &self.raw[open..end];
        let breaks = memchr::memchr_iter(b'\n', inside).count();
        let swallowed = |line: &[u8]| {
            self.width > 3
                && memchr::memchr_iter(self.delimiter, line).count() + 1 >= self.width
                && !line.contains(&b'"')
        };
        if breaks > limits::FIELD_LINE_BREAKS || (breaks > 0 && inside.split(|b| *b == b'\n').skip(1).any(swallowed)) {
            return Err((Code::CsvQuoteSpansRows, open));
        }
        Ok(())
    }
}

/// The end of the last complete row of a slice that begins at a row's border; none if there is none. Quotes are
/// counted: an odd number of them before a line break means that it stands inside a value.
#[must_use]
pub fn last_row_end(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    if dialect.quoting == Quoting::None {
        return memchr::memrchr(b'\n', bytes).map(|at| at + 1);
    }
    let mut odd = memchr::memchr_iter(b'"', bytes).count() % 2 == 1;
    let mut end = bytes.len();
    loop {
        let line_break = memchr::memrchr(b'\n', &bytes[..end])?;
        odd ^= memchr::memchr_iter(b'"', &bytes[line_break..end]).count() % 2 == 1;
        if !odd {
            return Some(line_break + 1);
        }
        end = line_break;
    }
}

/// Whether lines end in different ways.
#[must_use]
pub fn mixes_line_endings(bytes: &[u8]) -> bool {
    let breaks = memchr::memchr_iter(b'\n', bytes).count();
    let both = memchr::memmem::find_iter(bytes, b"\r\n").count();
    both > 0 && both < breaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMA: Dialect = Dialect { delimiter: b',', quoting: Quoting::Double };

    fn read(text: &[u8], dialect: Dialect) -> (Vec<Vec<String>>, Option<Finding>) {
        read_of_width(text, dialect, 4)
    }

    fn read_of_width(text: &[u8], dialect: Dialect, width: usize) -> (Vec<Vec<String>>, Option<Finding>) {
        let (mut rows, mut row, mut findings) = (
            Rows::new(text, dialect, Start { byte: 0, line: 1, record: 1 }).of_width(width),
            Row::default(),
            Findings::default(),
        );
        let mut out = Vec::new();
        while rows.read(&mut row, &mut findings) {
            out.push(row.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
        }
        (out, findings.into_iter().next())
    }

    macro_rules! refuses {
        ($($name:ident $text:expr => $code:ident line $line:literal)*) => {
            $(#[test] fn $name() {
                let finding = read($text.as_ref(), COMMA).1.expect("a finding");
                assert_eq!((finding.code, finding.at.line), (Code::$code, $line));
            })*
        };
    }

    refuses! {
        c03_open_quote "a,b\n1,\"x\n2,y\n" => CsvOpenQuote line 2
        c04_swallowed_row "a,b,c,d\n1,\"x,2,3\n4,5,6,7\n8,9,x\",1\n" => CsvQuoteSpansRows line 2
        c04_many_breaks format!("a,b\n1,\"{}\"\n", "x\n".repeat(30)) => CsvQuoteSpansRows line 2
        c05_text_after_quote "a,b\n1,\"x\"yz\n" => CsvTextAfterQuote line 2
        c06_bare_quote "a,b\n1,x\"y\n" => CsvBareQuote line 2
        c22_long_field format!("a,b\n1,{}\n", "x".repeat(70_000)) => FieldTooLong line 2
        c23_many_columns format!("{}\n", ",".repeat(5_000)) => TooManyFields line 1
    }

    macro_rules! reads {
        ($($name:ident $text:expr, $dialect:expr => $rows:expr)*) => {
            $(#[test] fn $name() {
                let (rows, finding) = read($text, $dialect);
                assert_eq!((rows, finding), ($rows.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect(), None));
            })*
        };
    }

    reads! {
        plain b"a,b\n1,2\n", COMMA => [["a", "b"], ["1", "2"]]
        quotes b"\"a,1\",\"b \"\"x\"\"\"\n", COMMA => [["a,1", "b \"x\""]]
        newline_in_a_note b"1,\"line 1\nline 2, with a comma\"\n2,x\n", COMMA => [["1", "line 1\nline 2, with a comma"], ["2", "x"]]
        c25_mixed_endings b"a,b\r\nc,d\ne,f\r\n", COMMA => [["a", "b"], ["c", "d"], ["e", "f"]]
        c27_formulas_are_data b"=1+1,@x\n", COMMA => [["=1+1", "@x"]]
        quotes_are_data b"a\tb\"c\n\"x\ty\n", Dialect { delimiter: b'\t', quoting: Quoting::None } => [["a", "b\"c"], ["\"x", "y"]]
        no_final_newline b"a,b\n1,2", COMMA => [["a", "b"], ["1", "2"]]
    }

    #[test]
    fn the_last_row_ends_outside_quotes() {
        for (text, expected) in [
            ("a,b\n1,\"x\ny", Some(4)),
            ("a,b\n1,\"x\ny\"\n2", Some(12)),
            ("a,\"\n", None),
            ("a", None),
            ("a\nb\n", Some(4)),
        ] {
            assert_eq!(last_row_end(text.as_bytes(), COMMA), expected, "{text:?}");
        }
    }

    #[test]
    fn mixed_endings_are_noticed() {
        assert!(
            mixes_line_endings(b"a\r\nb\n") && !mixes_line_endings(b"a\nb\n") && !mixes_line_endings(b"a\r\nb\r\n")
        );
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(rows in proptest::collection::vec(proptest::collection::vec("[a-c,\"\n ]{0,8}", 2..4), 1..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = writer.into_inner().unwrap();
            let (read, finding) = read_of_width(&text, COMMA, 0);
            prop_assert_eq!(finding, None);
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn arbitrary_bytes_never_panic(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&text, COMMA);
            let _ = last_row_end(&text, COMMA);
        }
    }
}
