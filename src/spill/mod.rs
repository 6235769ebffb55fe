//! What is remembered of one file until its end, in memory up to a limit and beyond it in scratch files without a name:
//! which documents it held, by which a second one of the same number is known, and their list for the ledger.
//!
//! Nothing here outlives the run. A scratch file that cannot be written or read is an error of the machine, never an
//! answer.

mod documents;
mod filter;
mod runs;
mod within;

pub use documents::{Documents, Rows};
pub use within::WithinFile;
