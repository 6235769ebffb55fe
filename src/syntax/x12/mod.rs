//! X12: segments and elements with positions, and the envelope's control numbers and counts.
//!
//! A file is a row of interchanges (ISA … IEA), each with functional groups (GS … GE) of transaction sets
//! (ST … SE). Reading goes in this order:
//!
//! 1. [`Delimiters::from_isa`] reads the delimiters from the fixed layout of the ISA segment.
//! 2. [`chunk_end`] cuts a large interchange before an ST, so that chunks can be tokenised in parallel.
//! 3. [`Segments`] walks one chunk; [`SetTracker`] checks each set and turns the envelope's segments into [`Mark`]s.
//! 4. [`Envelope`] folds the marks of all chunks in file order and checks groups and interchanges.
//!
//! Absent here: what a transaction set must contain (schemas), acknowledgements, and binary segments (BIN, BDS).

mod borders;
mod delimiters;
mod envelope;
mod sets;
mod tokens;
mod writer;

pub use borders::{Cut, chunk_cut, chunk_end, last_release};
pub use delimiters::Delimiters;
pub use envelope::{Envelope, Group, Interchange, Mark, Text15};
pub use sets::{SetCheck, SetTracker};
pub use tokens::{Segment, Segments, Start};
pub use writer::{InterchangeHeader, Refused, SegmentWriter, Value};

/// What may stand between two segments and belongs to neither.
const fn is_between(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t')
}

/// Line breaks; inside a segment they come from wrapping at a fixed width and are no data.
const fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
