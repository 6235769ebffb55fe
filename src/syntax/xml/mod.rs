//! XML: a strict, bounded reader of events, the places where a large file may be cut, and a writer.
//!
//! The reader takes XML 1.0 (fifth edition) as it is written and nothing else: one root, nothing open at the end, names,
//! characters, references and attributes are checked; and it refuses every DOCTYPE, because those reach files and
//! networks. It works on text in memory and lends parts of it, so that reading copies nothing.

mod borders;
mod read;
mod scan;
mod write;

pub use borders::{Border, Borders, Look};
pub use read::{End, Step, Text, XmlReader};
pub use write::XmlWriter;

/// XML 1.0, production 2.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The blanks of XML 1.0, production 3.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests;
