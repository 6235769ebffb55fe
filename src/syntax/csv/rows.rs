//! The reader of rows.

use memchr::{memchr, memrchr2};

use super::split::Values;
use super::strict::{self, Fault};
use super::{Dialect, Quoting, Start};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits;

/// One row: its values and where it begins. Made once and filled again and again.
#[derive(Clone, Debug, Default)]
pub struct Row {
    values: Values,
    /// Offset of the row's first byte in the file.
    pub byte: u64,
    /// Line on which the row begins, from 1.
    pub line: u64,
    /// Number of the row, from 1.
    pub number: u64,
}

impl Row {
    /// The value of a column (from 0), without its quotes; `None` beyond the last one.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<&[u8]> {
        self.values.get(column)
    }

    /// How many values the row has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the row has no value at all, which is so only before the first read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    /// Whether all values are empty.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.values.is_blank()
    }

    /// The values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.values.iter()
    }

    /// Where the row begins.
    #[must_use]
    pub fn position(&self) -> Position {
        Position::at(self.byte, self.line).record(self.number)
    }
}

const LF: u8 = 1;
const CRLF: u8 = 2;
const CR: u8 = 4;

/// Reads rows from a slice of UTF-8 text that begins at a row border and ends at one or with the file.
///
/// Blank lines are passed over and not numbered. A row ends at LF, CRLF or CR. Lines are counted by the line
/// breaks of rows and by every LF inside quotes. The findings that end the reading are `CSV_OPEN_QUOTE`,
/// `CSV_QUOTE_SPANS_ROWS`, `CSV_TEXT_AFTER_QUOTE`, `CSV_BARE_QUOTE`, `FIELD_TOO_LONG`, `TOO_MANY_FIELDS` and
/// `CONTROL_CHAR` (NUL); the notes are `LINE_ENDINGS_MIXED` and `END_OF_FILE_MARK`, each at most once a slice.
pub struct Rows<'a> {
    bytes: &'a [u8],
    dialect: Dialect,
    start: Start,
    /// Offset of the next row.
    at: usize,
    line: u64,
    number: u64,
    /// Rows that begin before this offset end before it, are short and hold no quote.
    plain_until: usize,
    next_quote: usize,
    quoted_before: bool,
    next_nul: usize,
    columns: Option<usize>,
    breaks: u8,
    noted: bool,
    eof_mark: bool,
    done: bool,
}

impl<'a> Rows<'a> {
    /// A reader of `bytes`, which stand at `start` in their file.
    #[must_use]
    pub fn new(bytes: &'a [u8], dialect: Dialect, start: Start) -> Self {
        let (bytes, eof_mark) = bytes.strip_suffix(b"\x1A").map_or((bytes, false), |head| (head, true));
        let mut rows = Self {
            bytes,
            dialect,
            start,
            at: 0,
            line: start.line,
            number: start.record,
            plain_until: 0,
            next_quote: from(0, memchr(b'"', bytes)),
            quoted_before: false,
            next_nul: from(0, memchr(0, bytes)),
            columns: None,
            breaks: 0,
            noted: false,
            eof_mark,
            done: false,
        };
        if dialect.quoting == Quoting::None {
            rows.next_quote = usize::MAX;
        }
        rows.pass_breaks();
        rows
    }

    /// Says how many values the file's rows have, where an earlier slice told; it sharpens the search for rows
    /// swallowed by a quote in the first row.
    #[must_use]
    pub fn with_columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Reads the next row; false at the end or after a finding that ends the file.
    pub fn read(&mut self, row: &mut Row, findings: &mut Findings) -> bool {
        if self.done || self.at >= self.bytes.len() || (self.at >= self.plain_until && !self.admit(findings)) {
            self.finish(row, findings);
            return false;
        }
        let (len, breaks) = row.values.read(&self.bytes[self.at..], self.dialect);
        (row.byte, row.line, row.number) = (self.start.byte + self.at as u64, self.line, self.number);
        self.advance(len, breaks);
        self.note_mixed(row, findings);
        self.columns = Some(row.len());
        let sound = self.check(row, findings);
        self.done = !sound;
        sound
    }

    /// Where the next row begins.
    #[must_use]
    pub fn position(&self) -> Start {
        Start { byte: self.start.byte + self.at as u64, line: self.line, record: self.number }
    }

    /// Whether the slice ends in a line break (a Ctrl-Z after it does not count); true for an empty slice.
    #[must_use]
    pub fn ended_with_newline(&self) -> bool {
        matches!(self.bytes.last(), None | Some(b'\n' | b'\r'))
    }

    /// Lets the row at `at` pass, and with it all plain rows near it; false if the row is unsound.
    fn admit(&mut self, findings: &mut Findings) -> bool {
        // Where the row before had a quote this one is likely to, and is checked without a search for plain rows.
        let mut known = self.at;
        if self.next_quote >= self.at || !self.quoted_before {
            if self.next_quote < self.at {
                self.next_quote = from(self.at, memchr(b'"', &self.bytes[self.at..]));
            }
            known = self.bytes.len().min(self.at + limits::FIELD_BYTES).min(self.next_quote);
            if known == self.bytes.len() {
                self.plain_until = known;
                return true;
            }
            if let Some(offset) = memrchr2(b'\n', b'\r', &self.bytes[self.at..known]) {
                self.plain_until = self.at + offset + 1;
                return true;
            }
        }
        match strict::check_row(self.bytes, self.at, known, self.dialect, self.columns) {
            Ok(quoted) => self.quoted_before = quoted,
            Err(fault) => {
                findings.push(self.finding(&fault));
                return false;
            }
        }
        true
    }

    /// Moves on behind the row just read, which has `len` bytes and `breaks` LFs in its values.
    fn advance(&mut self, len: usize, breaks: u64) {
        self.line += breaks;
        self.at += len;
        self.number += 1;
        self.pass_breaks();
    }

    /// `at` is just behind a CR.
    fn end_cr(&mut self) {
        self.line += 1;
        if self.bytes.get(self.at) == Some(&b'\n') {
            self.at += 1;
            self.breaks |= CRLF;
        } else {
            self.breaks |= CR;
        }
    }

    /// Passes over blank lines.
    fn pass_breaks(&mut self) {
        while let Some(byte @ (b'\n' | b'\r')) = self.bytes.get(self.at) {
            self.at += 1;
            if *byte == b'\r' {
                self.end_cr();
            } else {
                self.line += 1;
                self.breaks |= LF;
            }
        }
    }

    fn note_mixed(&mut self, row: &Row, findings: &mut Findings) {
        if !self.noted && self.breaks.count_ones() > 1 {
            self.noted = true;
            findings.push(Finding::new(Code::LineEndingsMixed, row.position()));
        }
    }

    /// What only shows once the row is read.
    fn check(&self, row: &Row, findings: &mut Findings) -> bool {
        if self.next_nul < self.at {
            let fault =
                Fault { code: Code::ControlChar, at: self.next_nul, found: self.span(1), expected: "text".to_owned() };
            findings.push(self.finding(&fault));
            return false;
        }
        if row.len() > limits::ROW_FIELDS {
            let expected = format!("at most {} values in a row, not {}", limits::ROW_FIELDS, row.len());
            findings.push(Finding::new(Code::TooManyFields, row.position()).expected(expected));
            return false;
        }
        true
    }

    fn span(&self, length: usize) -> std::ops::Range<usize> {
        self.next_nul..self.bytes.len().min(self.next_nul.saturating_add(length))
    }

    fn finding(&self, fault: &Fault) -> Finding {
        Finding::new(fault.code, self.locate(fault.at))
            .found(self.bytes.get(fault.found.clone()).unwrap_or_default())
            .expected(fault.expected.as_str())
    }

    /// The position of an offset in the slice; counts lines from the slice's beginning, so it is for faults only.
    fn locate(&self, at: usize) -> Position {
        let before = self.bytes.get(..at).unwrap_or(self.bytes);
        let mut line = self.start.line;
        let mut begin = 0;
        for (index, byte) in before.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && self.bytes.get(index + 1) != Some(&b'\n'));
            if ends {
                line += 1;
                begin = index + 1;
            }
        }
        let record = if at < self.at { self.number.saturating_sub(1) } else { self.number };
        let column = (before.len() - begin) as u64 + 1;
        Position { column, ..Position::at(self.start.byte + at as u64, line).record(record) }
    }

    fn finish(&mut self, row: &mut Row, findings: &mut Findings) {
        row.values.clear();
        let at_end = !self.done && self.at >= self.bytes.len();
        if at_end && self.eof_mark {
            let end = self.start.byte + self.bytes.len() as u64;
            findings.push(Finding::new(Code::EndOfFileMark, Position::at(end, self.line)).found([0x1A]));
        }
        self.done = true;
    }
}

fn from(base: usize, offset: Option<usize>) -> usize {
    offset.map_or(usize::MAX, |offset| base + offset)
}
