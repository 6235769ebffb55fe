//! UN/EDIFACT (ISO 9735, syntax 1 to 4, batch): segments, elements and components with positions, and the envelope.
//!
//! A file is a row of interchanges (UNA? UNB … UNZ) of messages (UNH … UNT), which may stand in groups (UNG … UNE).
//! Reading goes as for X12:
//!
//! 1. [`Syntax::read`] reads the separators, the syntax version and the character set from UNA and UNB.
//! 2. [`chunk_cut`] cuts a large interchange before a UNH, so that chunks can be tokenised in parallel.
//! 3. [`Segments`] walks one chunk; [`MessageTracker`] checks each message and notes [`Mark`]s.
//! 4. [`Envelope`] folds the marks of all chunks in file order and checks groups and interchanges.
//!
//! Absent here: what a message must contain (schemas), acknowledgements, interactive interchanges (UIB), and security
//! segments.

mod dialect;
mod envelope;
mod messages;
mod repertoire;
mod separators;
mod writer;

pub use super::segment::{Start, chunk_cut};
pub use dialect::{Cut, Segment, Segments};
pub use envelope::{Envelope, Interchange, Mark, MessageMark, Trailer};
pub use messages::MessageTracker;
pub use repertoire::{Level, encoding_of};
pub use separators::{Pieces, Syntax};
pub use writer::{Header, InterchangeWriter, MessageType, Refused, Value};
