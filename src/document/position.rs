//! Where in a file something stands.

use serde::Serialize;

/// A place in an input file, as exact as the format allows.
///
/// Offsets refer to the bytes of the file as received for UTF-8 input, and to the decoded text otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Line in the file, from 1; 0 when the format has no lines (X12 on one line).
    #[serde(skip_serializing_if = "is_zero")]
    pub line: u64,
    /// Column within the line, from 1, in bytes; 0 when not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub column: u64,
    /// Offset from the start of the file, from 0, in bytes.
    pub byte: u64,
    /// Record (row, segment, element) number, from 1; 0 when it belongs to no record.
    #[serde(skip_serializing_if = "is_zero")]
    pub record: u64,
    /// Column name, element path or segment element the finding is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Position {
    /// A position known by its byte offset and line.
    #[must_use]
    pub fn at(byte: u64, line: u64) -> Self {
        Self { byte, line, ..Self::default() }
    }

    /// The same position, naming the record.
    #[must_use]
    pub fn record(mut self, record: u64) -> Self {
        self.record = record;
        self
    }

    /// The same position, naming the column, path or element.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sep = "";
        if self.line > 0 {
            write!(f, "line {}", self.line)?;
            sep = ", ";
        }
        if self.column > 0 {
            write!(f, "{sep}column {}", self.column)?;
            sep = ", ";
        }
        if self.line == 0 {
            if self.record > 0 {
                write!(f, "{sep}record {}", self.record)?;
                sep = ", ";
            }
            write!(f, "{sep}byte {}", self.byte)?;
            sep = ", ";
        }
        if !self.field.is_empty() {
            write!(f, "{sep}{}", self.field)?;
        }
        Ok(())
    }
}
