//! X12: segments and elements with positions, and the envelope's control numbers and counts.
//!
//! A file is a row of interchanges (ISA … IEA), each with functional groups (GS … GE) of transaction sets
//! (ST … SE). Reading goes in this order:
//!
//! 1. [`Delimiters::from_isa`] reads the delimiters from the fixed layout of the ISA segment.
//! 2. [`chunk_cut`] cuts a large interchange before an ST, so that chunks can be tokenised in parallel.
//! 3. [`Segments`] walks one chunk; [`SetTracker`] checks each set and turns the envelope's segments into [`Mark`]s.
//! 4. [`Envelope`] folds the marks of all chunks in file order and checks groups and interchanges.
//!
//! Absent here: what a transaction set must contain (schemas), acknowledgements, and binary segments (BIN, BDS).

mod borders;
mod delimiters;
mod dialect;
mod envelope;
mod sets;
mod writer;

pub use super::segment::{Start, chunk_cut};
pub use borders::last_release;
pub use delimiters::Delimiters;
pub use dialect::{Cut, Segment, Segments};
pub(in crate::syntax) use envelope::Seen;
pub use envelope::{Envelope, Group, Interchange, Mark, Text, Text15, Text35};
pub use sets::{SetCheck, SetTracker};
pub use writer::{InterchangeHeader, Refused, SegmentWriter, Value};
