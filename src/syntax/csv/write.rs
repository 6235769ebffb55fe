//! The writer of rows.

use memchr::{memchr, memchr3};

use super::{Dialect, Quoting};

/// What ends a written row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newline {
    /// `\n`.
    Lf,
    /// `\r\n`, as RFC 4180 has it.
    CrLf,
}

/// A value holds a delimiter or a line break, and the dialect has no quotes to hide it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value holds a delimiter or line break, which a file without quotes cannot represent")]
pub struct Unquotable;

/// Appends rows to a buffer of its own. What it writes with [`Quoting::Double`], [`super::Rows`] reads back equal.
#[derive(Debug)]
pub struct RowWriter {
    out: Vec<u8>,
    dialect: Dialect,
    newline: Newline,
    quote_all: bool,
    row_start: usize,
    fields: usize,
}

impl RowWriter {
    /// A writer; with `quote_all` every value is quoted, otherwise those that need it. `quote_all` has no effect
    /// with [`Quoting::None`].
    #[must_use]
    pub fn new(dialect: Dialect, newline: Newline, quote_all: bool) -> Self {
        Self { out: Vec::new(), dialect, newline, quote_all, row_start: 0, fields: 0 }
    }

    /// Appends one value to the row.
    ///
    /// # Errors
    /// [`Unquotable`] with [`Quoting::None`] when the value holds a delimiter or line break; nothing is appended.
    pub fn field(&mut self, value: &[u8]) -> Result<(), Unquotable> {
        let splits = memchr3(self.dialect.delimiter, b'\n', b'\r', value).is_some();
        let bare = self.dialect.quoting == Quoting::None;
        if bare && splits {
            return Err(Unquotable);
        }
        if self.fields > 0 {
            self.out.push(self.dialect.delimiter);
        }
        self.fields += 1;
        if bare || !(self.quote_all || splits || needs_quotes(value)) {
            self.out.extend_from_slice(value);
        } else {
            self.quoted(value);
        }
        Ok(())
    }

    fn quoted(&mut self, value: &[u8]) {
        self.out.push(b'"');
        let mut rest = value;
        while let Some((head, tail)) = memchr(b'"', rest).and_then(|at| rest.split_at_checked(at + 1)) {
            self.out.extend_from_slice(head);
            self.out.push(b'"');
            rest = tail;
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    /// Ends the row. A row of one empty value is written as `""`, because a blank line is no row; without quotes
    /// it cannot be told from a blank line.
    pub fn end_row(&mut self) {
        if self.fields == 1 && self.out.len() == self.row_start && self.dialect.quoting == Quoting::Double {
            self.out.extend_from_slice(b"\"\"");
        }
        let newline: &[u8] = match self.newline {
            Newline::Lf => b"\n",
            Newline::CrLf => b"\r\n",
        };
        self.out.extend_from_slice(newline);
        (self.row_start, self.fields) = (self.out.len(), 0);
    }

    /// The bytes not yet taken.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        &self.out
    }

    /// Takes the bytes written so far, to be called between rows.
    pub fn take(&mut self) -> Vec<u8> {
        self.row_start = 0;
        std::mem::take(&mut self.out)
    }
}

/// A value with a quote in it, and one that begins with what a decoder takes for a byte order mark.
fn needs_quotes(value: &[u8]) -> bool {
    memchr(b'"', value).is_some() || value.starts_with("\u{FEFF}".as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Row, Rows, Start};
    use super::*;
    use crate::document::Findings;

    fn write(rows: &[Vec<Vec<u8>>], dialect: Dialect, newline: Newline, all: bool) -> Result<Vec<u8>, Unquotable> {
        let mut writer = RowWriter::new(dialect, newline, all);
        for row in rows {
            for field in row {
                writer.field(field)?;
            }
            writer.end_row();
        }
        Ok(writer.take())
    }

    fn line(fields: &[&str], dialect: Dialect, all: bool) -> Result<String, Unquotable> {
        let row = fields.iter().map(|field| field.as_bytes().to_vec()).collect();
        write(&[row], dialect, Newline::Lf, all).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn values_are_quoted_where_needed() {
        type Case<'a> = (&'a [&'a str], Dialect, bool, Result<&'a str, Unquotable>);
        let cases: &[Case] = &[
            (&["a", "b"], Dialect::COMMA, false, Ok("a,b\n")),
            (&["a", "b"], Dialect::COMMA, true, Ok("\"a\",\"b\"\n")),
            (&["a,b", "c\nd", "e\rf"], Dialect::COMMA, false, Ok("\"a,b\",\"c\nd\",\"e\rf\"\n")),
            (&["5\" pipe", "\""], Dialect::COMMA, false, Ok("\"5\"\" pipe\",\"\"\"\"\n")),
            (&[""], Dialect::COMMA, false, Ok("\"\"\n")),
            (&["", ""], Dialect::COMMA, false, Ok(",\n")),
            (&["\u{FEFF}a"], Dialect::COMMA, false, Ok("\"\u{FEFF}a\"\n")),
            (&["5\" pipe", "a,b"], Dialect::TAB, true, Ok("5\" pipe\ta,b\n")),
            (&["a\tb"], Dialect::TAB, false, Err(Unquotable)),
            (&["a\nb"], Dialect::TAB, false, Err(Unquotable)),
            (&["a\rb"], Dialect::TAB, false, Err(Unquotable)),
            // C27: formulas reach the ERP unchanged.
            (&["=HYPERLINK(1)", "+1", "@a"], Dialect::COMMA, false, Ok("=HYPERLINK(1),+1,@a\n")),
        ];
        for (fields, dialect, all, expected) in cases {
            assert_eq!(line(fields, *dialect, *all), expected.map(str::to_owned), "{fields:?}");
        }
    }

    fn read(bytes: &[u8], dialect: Dialect) -> (Vec<Vec<Vec<u8>>>, Findings) {
        let (mut row, mut findings, mut all) = (Row::default(), Findings::default(), Vec::new());
        let mut rows = Rows::new(bytes, dialect, Start::default());
        while rows.read(&mut row, &mut findings) {
            all.push(row.iter().map(<[u8]>::to_vec).collect());
        }
        (all, findings)
    }

    // Line breaks are rare enough here that no value looks like rows swallowed by a stray quote.
    proptest! {
        #[test]
        fn c28_what_is_written_is_read_back_equal(
            rows in prop::collection::vec(prop::collection::vec("[ab;é\u{FEFF}\", ]{0,6}[\n\r]?[a\" ]{0,3}", 1..6), 0..8),
            crlf in any::<bool>(), all in any::<bool>(), semicolon in any::<bool>(),
        ) {
            let dialect = Dialect { delimiter: if semicolon { b';' } else { b',' }, quoting: Quoting::Double };
            let newline = if crlf { Newline::CrLf } else { Newline::Lf };
            let mut rows: Vec<Vec<Vec<u8>>> =
                rows.into_iter().map(|row| row.into_iter().map(String::into_bytes).collect()).collect();
            for field in rows.iter_mut().flatten() {
                // A delimiter beside a line break is the shape of a swallowed row.
                if field.contains(&b'\n') {
                    field.retain(|byte| *byte != dialect.delimiter);
                }
            }
            let bytes = write(&rows, dialect, newline, all).unwrap();
            let (back, findings) = read(&bytes, dialect);
            prop_assert!(findings.is_empty(), "{:?}", findings.kept());
            prop_assert_eq!(back, rows);
        }

        #[test]
        fn without_quotes_what_is_written_is_read_back_equal(
            rows in prop::collection::vec(prop::collection::vec("[ab\", é]{0,6}", 2..6), 0..8),
        ) {
            let rows: Vec<Vec<Vec<u8>>> =
                rows.into_iter().map(|row| row.into_iter().map(String::into_bytes).collect()).collect();
            let bytes = write(&rows, Dialect::TAB, Newline::CrLf, false).unwrap();
            prop_assert_eq!(read(&bytes, Dialect::TAB).0, rows);
        }
    }
}
