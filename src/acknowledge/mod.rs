//! Acknowledgements: what we tell a partner about the syntax of what was received.
//!
//! 1. [`Judge`] reads a file and folds what the envelope finds ([`crate::syntax::x12::Envelope`],
//!    [`crate::syntax::edifact::Envelope`]) and what the validator finds ([`crate::schema::Validator`]) into
//!    [`Interchange`]s: a tree of groups, sets and errors with a decision at each level, the same for both standards.
//!    Nothing is checked a second time for the acknowledgement's sake.
//! 2. [`write()`] turns a judged interchange into an interchange that answers it. X12: [`ta1`] for the envelope, and for
//!    each group one functional acknowledgement, [`x12_997`] or [`x12_999`]. EDIFACT: one [`contrl`].
//!
//! Rules, where the standards leave a choice:
//!
//! - An acknowledgement is never acknowledged: groups `FA`, groups with a 997 or 999 in them, interchanges of a TA1, CONTRL.
//! - A rejected interchange is answered by TA1, or UCI, alone: its groups were not taken, so nothing may say that they were.
//! - A rejected group takes its sets along: all of its AK5 say R, and AK904 is 0; below its UCF stands no UCM.
//! - Each error of the envelope has a TA1 of its own, all with the same decision.
//! - What AK1 and AK2 repeat must be what they may hold. A group that they cannot name rejects the interchange (TA105
//!   024); a set whose ST01 is no identifier is counted and has no AK2; an ST02 that is too short or too long is filled
//!   with zeros or cut.
//! - CONTRL tells what is rejected: the rest is acknowledged by the level above it. A message or group that UCM or UCF cannot
//!   repeat rejects the interchange; an interchange that UCI cannot repeat has no answer.
//! - AK303 is left out of a 997, where it names loops that LS bounds; IK303 names the loop of the definition.
//!
//! Pure: no clock and no numbers of its own; [`Stamp`] brings date, time and control numbers. Facts: X12 997 and 999 as in
//! `schemas/x12`, CONTRL as in `schemas/edifact`, and the tables in [`errors`]. Absent here: answers to orders (855, ORDRSP).

mod answer;
pub mod contrl;
mod definitions;
pub mod errors;
mod judge;
pub mod ta1;
mod tree;
pub mod x12_997;
pub mod x12_999;

pub use answer::{Answer, Form, LARGEST_CONTROL, Stamp, Unwritten, Wanted, groups, write};
pub use definitions::Definitions;
pub use judge::{Judge, Policy};
pub use tree::{Decision, Detail, Group, Header, Interchange, Set, Syntax};

#[cfg(test)]
mod tests;
