//! The document kinds, their fields and types; findings and their codes; batches of documents as tables.
//!
//! Pure: no clock, no randomness, no file, no environment.

pub mod balance;
pub mod batch;
pub mod class;
pub mod code;
pub mod decimal;
pub mod field;
pub mod finding;
pub mod hash;
pub mod known;
pub mod position;
pub mod shown;
pub mod worth;

pub use batch::{Batch, BatchBuilder, Place};
pub use class::Class;
pub use code::{Code, Effect, Severity};
pub use decimal::Decimal;
pub use field::{Field, Kind, Level, Type};
pub use finding::{Finding, Findings, printable};
pub use position::Position;
