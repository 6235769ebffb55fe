//! Reading: records to documents, as a layout says.
//!
//! A large file is cut into chunks at document borders; each chunk is read on its own, on any thread, with the same
//! result.

mod columns;
pub mod edifact;
mod edifact_path;
mod edifact_program;
pub mod fixed;
pub mod header;
pub mod joined;
mod levels;
mod packed;
mod rows;
mod segments;
mod slots;
pub mod table;
mod tree;
pub mod x12;
mod x12_pairs;
mod x12_path;
mod x12_slots;
mod x12_split;
pub mod xml;

use crate::document::Position;
use crate::document::{Batch, Findings};
use crate::layout::trailer::Trail;
use crate::syntax::csv::Start;
use crate::syntax::x12::Mark;

/// A piece of a file that begins and ends at a document border.
#[derive(Debug)]
pub struct Chunk {
    /// Number of the chunk in the file, from 0.
    pub number: u64,
    /// The decoded text.
    pub bytes: Vec<u8>,
    /// Where it begins.
    pub start: Start,
}

/// What was read from a chunk.
#[derive(Debug)]
pub struct Parsed {
    /// The documents.
    pub batch: Batch,
    /// What was noticed, positions included.
    pub findings: Findings,
    /// Envelope segments in their order, to be checked over the whole file (X12).
    pub marks: Vec<(Mark, Position)>,
    /// The same of EDIFACT.
    pub edifact: Vec<(crate::syntax::edifact::Mark, Position)>,
    /// Records passed over by rule: footers, blank rows, rows that are no goods.
    pub passed_over: u64,
    /// Rows with another number of values than the header.
    pub bad_rows: u64,
    /// Rows read.
    pub rows: u64,
    /// What the trailer of a table states.
    pub trail: Trail,
}
