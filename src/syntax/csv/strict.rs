//! The check of one row's raw bytes: quotes as RFC 4180 has them, and the limits.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::{Dialect, Quoting};
use crate::document::Code;
use crate::limits;

/// What is wrong with a row.
pub(super) struct Fault {
    pub code: Code,
    /// Offset in the slice of the byte to look at.
    pub at: usize,
    /// The bytes to show.
    pub found: Range<usize>,
    pub expected: String,
}

impl Fault {
    /// A fault at `at`, shown with the bytes after it; [`crate::document::finding::printable`] cuts them.
    fn new(code: Code, bytes: &[u8], at: usize, expected: impl Into<String>) -> Self {
        let line = bytes.get(at..).and_then(|rest| memchr2(b'\n', b'\r', rest)).map_or(bytes.len(), |o| at + o);
        Self { code, at, found: at..line.min(at + limits::FOUND_CHARS * 4), expected: expected.into() }
    }
}

/// Whether the row that starts at `start` holds a quote that has a meaning, if the row is sound.
///
/// Up to `known`, which is a quote or the end of what was searched, the row has no quote and no line break.
/// `columns` is the number of values that rows of the file have, if known. The scan does not allocate and stops at
/// the first fault.
pub(super) fn check_row(
    bytes: &[u8],
    start: usize,
    known: usize,
    dialect: Dialect,
    columns: Option<usize>,
) -> Result<bool, Fault> {
    let (end, quoted) = match dialect.quoting {
        Quoting::None => (memchr2(b'\n', b'\r', &bytes[known..]).map_or(bytes.len(), |offset| known + offset), false),
        Quoting::Double => quoted_row_end(bytes, start, known, dialect.delimiter, columns)?,
    };
    if end - start > limits::FIELD_BYTES {
        long_row(bytes, start, end, dialect)?;
    }
    Ok(quoted)
}

/// The offset of the row's end, without its line break, and whether it holds a quote.
fn quoted_row_end(
    bytes: &[u8],
    start: usize,
    known: usize,
    delimiter: u8,
    columns: Option<usize>,
) -> Result<(usize, bool), Fault> {
    let (mut at, mut quoted) = (known, false);
    while let Some(offset) = memchr3(b'"', b'\n', b'\r', &bytes[at..]) {
        let found = at + offset;
        if bytes[found] != b'"' {
            return Ok((found, quoted));
        }
        if found != start && bytes[found - 1] != delimiter {
            return Err(Fault::new(Code::CsvBareQuote, bytes, found, "a quote only around a whole value"));
        }
        at = Quoted { bytes, row: start, open: found, delimiter }.check(columns)?;
        quoted = true;
    }
    Ok((bytes.len(), quoted))
}

/// Index of the quote that closes the one at `open`.
pub(super) fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// A quoted value: the slice, where its row and it begin, and the delimiter.
struct Quoted<'a> {
    bytes: &'a [u8],
    row: usize,
    open: usize,
    delimiter: u8,
}

impl Quoted<'_> {
    /// Offset just after the closing quote.
    fn check(&self, columns: Option<usize>) -> Result<usize, Fault> {
        let Some(close) = closing(self.bytes, self.open) else { return Err(self.unclosed()) };
        let content = &self.bytes[self.open + 1..close];
        let breaks = memchr_iter(b'\n', content).count();
        if breaks > limits::FIELD_LINE_BREAKS {
            let expected = format!("at most {} line breaks in a value, not {breaks}", limits::FIELD_LINE_BREAKS);
            return Err(self.fault(Code::CsvQuoteSpansRows, expected));
        }
        if content.len() > limits::FIELD_BYTES {
            return Err(self.fault(Code::FieldTooLong, too_long(content.len())));
        }
        let next = self.bytes.get(close + 1).copied().unwrap_or(b'\n');
        let text_follows = next != self.delimiter && next != b'\n' && next != b'\r';
        if breaks > 0 && self.swallows_rows(close, columns, text_follows) {
            let expected = format!("a value, not {breaks} row breaks between its quotes");
            return Err(self.fault(Code::CsvQuoteSpansRows, expected));
        }
        if text_follows {
            let expected = "a delimiter or line break after the closing quote";
            return Err(Fault::new(Code::CsvTextAfterQuote, self.bytes, close + 1, expected));
        }
        Ok(close + 1)
    }

    /// A quote that never closes; where no row follows behind it, the value is too long whether it closes or not.
    fn unclosed(&self) -> Fault {
        let content = &self.bytes[self.open + 1..];
        if content.len() > limits::FIELD_BYTES && memchr2(b'\n', b'\r', &content[..limits::FIELD_BYTES]).is_none() {
            return self.fault(Code::FieldTooLong, too_long(content.len()));
        }
        self.fault(Code::CsvOpenQuote, "a closing quote")
    }

    fn fault(&self, code: Code, expected: impl Into<String>) -> Fault {
        Fault::new(code, self.bytes, self.open, expected)
    }

    /// Whether the lines of the value look like rows of the file.
    ///
    /// A line looks like a row if it has the row's number of delimiters and none is followed by a blank as in
    /// prose: a swallowed row has no quotes, so a delimiter in it separates. The value's first and last line count
    /// with what stands before and after the value in its row; both must look like rows, because one alone does so
    /// when the value is the first or last of its row. One line says little with few columns, so three delimiters
    /// must match in all. Where text follows the closing quote the row is wrong anyway, and one line explains it.
    fn swallows_rows(&self, close: usize, columns: Option<usize>, text_follows: bool) -> bool {
        let content = &self.bytes[self.open + 1..close];
        // Without a delimiter in it the value is no part of another row; that settles nearly all notes.
        if memchr(self.delimiter, content).is_none() {
            return false;
        }
        let wanted = columns.unwrap_or_else(|| self.delimiters(self.row, self.bytes.len()) + 1).saturating_sub(1);
        if wanted == 0 {
            return false;
        }
        let before = self.delimiters_before();
        let after = self.delimiters(close + 1, self.bytes.len());
        let mut lines = content.split(|byte| *byte == b'\n');
        let matches = |line: Option<&[u8]>, beside: usize| {
            line.is_some_and(|line| wanted.checked_sub(beside).is_some_and(|rest| self.like_row(line, rest)))
        };
        let first = matches(lines.next(), before);
        let last = matches(lines.next_back(), after);
        let inner = lines.filter(|line| self.like_row(line, wanted)).count();
        // In a row that is too long they may match without a delimiter in the value.
        let both = first && last && before + after < 2 * wanted;
        let matching = inner + if both { 2 } else { 0 };
        matching * wanted >= 3 || (text_follows && (first || inner > 0))
    }

    /// Delimiters outside quotes from the beginning of the row to the value; that part of the row is sound, so that every
    /// other stretch between its quotes is outside.
    fn delimiters_before(&self) -> usize {
        let part = self.bytes.get(self.row..self.open).unwrap_or_default();
        let (mut count, mut from, mut inside) = (0, 0, false);
        for quote in memchr_iter(b'"', part).chain([part.len()]) {
            if !inside {
                count += memchr_iter(self.delimiter, &part[from..quote]).count();
            }
            (from, inside) = (quote + 1, !inside);
        }
        count
    }

    /// Delimiters outside quotes between `from`, which is at a value's border, and the end of the row or `to`.
    fn delimiters(&self, from: usize, to: usize) -> usize {
        let part = self.bytes.get(from..to).unwrap_or_default();
        let part = memchr2(b'\n', b'\r', part).map_or(part, |end| &part[..end]);
        if memchr(b'"', part).is_none() {
            return memchr_iter(self.delimiter, part).count();
        }
        let dialect = Dialect { delimiter: self.delimiter, quoting: Quoting::Double };
        Fields { bytes: self.bytes, at: Some(from), end: to, dialect }.count().saturating_sub(1)
    }

    fn like_row(&self, line: &[u8], wanted: usize) -> bool {
        let mut delimiters = memchr_iter(self.delimiter, line);
        let separating = delimiters.by_ref().take(wanted).filter(|at| line.get(at + 1) != Some(&b' ')).count();
        separating == wanted && delimiters.next().is_none()
    }
}

fn too_long(length: usize) -> String {
    format!("at most {} bytes in a value, not {length}", limits::FIELD_BYTES)
}

/// The limits of a sound row that is long enough to break them.
fn long_row(bytes: &[u8], start: usize, end: usize, dialect: Dialect) -> Result<(), Fault> {
    for (index, field) in (Fields { bytes, at: Some(start), end, dialect }).enumerate() {
        if index == limits::ROW_FIELDS {
            let expected = format!("at most {} values in a row", limits::ROW_FIELDS);
            return Err(Fault::new(Code::TooManyFields, bytes, field.start, expected));
        }
        // The two quotes around a value are not part of it.
        let quotes = if dialect.quoting == Quoting::Double && bytes.get(field.start) == Some(&b'"') { 2 } else { 0 };
        if field.len() > limits::FIELD_BYTES + quotes {
            return Err(Fault::new(Code::FieldTooLong, bytes, field.start, too_long(field.len())));
        }
    }
    Ok(())
}

/// The raw ranges of one row's values; ends at a line break outside quotes or at `end`.
struct Fields<'a> {
    bytes: &'a [u8],
    at: Option<usize>,
    end: usize,
    dialect: Dialect,
}

impl Iterator for Fields<'_> {
    type Item = Range<usize>;
    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at.take()?;
        let bytes = self.bytes.get(..self.end)?;
        let mut from = start;
        if self.dialect.quoting == Quoting::Double && bytes.get(start) == Some(&b'"') {
            from = closing(bytes, start).map_or(bytes.len(), |close| close + 1);
        }
        let stop = memchr3(self.dialect.delimiter, b'\n', b'\r', bytes.get(from..)?).map(|offset| from + offset);
        self.at = stop.filter(|at| bytes[*at] == self.dialect.delimiter).map(|at| at + 1);
        Some(start..stop.unwrap_or(bytes.len()))
    }
}
