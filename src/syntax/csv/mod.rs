//! Delimited files: rows with positions, strict about quotes; and their writer.
//!
//! The `csv` crate splits the rows; it accepts an open quote, a quote that swallows rows, text after a closing
//! quote and a quote inside an unquoted value without a word, and has no limits. So each row that holds a quote
//! or is long is checked (`strict`) before the crate sees it, and all other rows pass at the crate's speed.
//! Nothing here knows about headers, column names or types.

mod rows;
mod sniff;
mod split;
mod strict;
#[cfg(test)]
mod tests;
mod write;

use memchr::{memchr_iter, memrchr};

pub use rows::{Row, Rows};
pub use sniff::{other_delimiter, separator_line, sniff};
pub use write::{Newline, RowWriter, Unquotable};

/// How a delimiter or line break inside a value is told from one between values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// `"` quotes, doubled inside a quoted value (RFC 4180).
    Double,
    /// No quoting: a quote is data (Amazon flat files).
    None,
}

/// What separates the values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between two values: an ASCII character other than a quote or a line break.
    pub delimiter: u8,
    /// Whether quotes have a meaning.
    pub quoting: Quoting,
}

impl Dialect {
    /// Values separated by commas, with double quotes (RFC 4180).
    pub const COMMA: Self = Self { delimiter: b',', quoting: Quoting::Double };
    /// Values separated by tabs, without quotes.
    pub const TAB: Self = Self { delimiter: b'\t', quoting: Quoting::None };
}

/// Where a slice stands in its file, so that positions are those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Offset of the first byte, from 0.
    pub byte: u64,
    /// Line of the first byte, from 1.
    pub line: u64,
    /// Number of the first row, from 1; blank lines are not rows.
    pub record: u64,
}

impl Default for Start {
    fn default() -> Self {
        Self { byte: 0, line: 1, record: 1 }
    }
}

/// End (exclusive) of the last complete row in the slice; `None` if no row is complete.
///
/// `bytes` starts at a row border. A line break after an even number of quotes ends a row; quotes are counted,
/// not read, so this runs at the speed of `memchr`. In a file with a stray quote the parity is wrong from there
/// on, but the row with the stray quote always comes first and [`Rows`] rejects the file at it. A lone CR counts
/// only where the slice has no LF, and never as the last byte, because its LF may follow.
#[must_use]
pub fn last_row_end(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let without_last = bytes.split_last().map_or(bytes, |(_, head)| head);
    match dialect.quoting {
        Quoting::None => memrchr(b'\n', bytes).or_else(|| memrchr(b'\r', without_last)).map(|at| at + 1),
        Quoting::Double => {
            let odd = memchr_iter(b'"', bytes).count() % 2 == 1;
            last_unquoted(b'\n', bytes, odd)
                .or_else(|| last_unquoted(b'\r', without_last, odd != bytes.ends_with(b"\"")))
        }
    }
}

/// Just after the last `wanted` outside quotes; `inside` tells whether the end of `bytes` is inside quotes.
fn last_unquoted(wanted: u8, bytes: &[u8], mut inside: bool) -> Option<usize> {
    let mut end = bytes.len();
    loop {
        let head = bytes.get(..end)?;
        let quote = memrchr(b'"', head);
        let from = quote.map_or(0, |at| at + 1);
        if !inside && let Some(at) = memrchr(wanted, &head[from..]) {
            return Some(from + at + 1);
        }
        end = quote?;
        inside = !inside;
    }
}
