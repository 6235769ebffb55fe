//! The document kinds, their fields and types; findings and their codes; batches of documents as tables.
//!
//! Pure: no clock, no randomness, no file, no environment.

pub mod code;
pub mod finding;
pub mod position;

pub use code::{Code, Effect, Severity};
pub use finding::{Finding, Findings};
pub use position::Position;
