//! Bytes to records with positions, and back; no business meaning.
//!
//! Reading never fails: a reader returns what it could read and findings.

pub mod csv;
pub mod edifact;
pub mod encoding;
pub mod frames;
pub mod segment;
pub(crate) mod word;
pub mod x12;
pub mod xml;
