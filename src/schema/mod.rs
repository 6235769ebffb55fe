//! Definitions of EDI sets and messages as data, and what a set must be to agree with its definition.
//!
//! The facts are in `schemas/x12/<release>` and `schemas/edifact/<directory>`, in a notation of a line for each fact;
//! each file names its sources. Three kinds of files make a release:
//!
//! - `elements.txt`: `element 324 AN 1/22 Purchase order number` or `element 1004 an..35 Document number`, followed by
//!   `personal` if findings must not show its values, by `= A B` (every code there is) or by `~ A B` (some codes).
//! - `segments.txt`: `composite C001 …` and `segment BEG …`, each with lines `03 M 324` (position, mandatory or not,
//!   element) or `03 O - AN 1/30` (an element whose number is not known), then `note P0304 C0506`; and `known AAA …`,
//!   the segments of the release that no set here has.
//! - one file for each set: `set 850 PO Purchase order`, then `BEG M 1` (segment, requirement, greatest use; `>1` is
//!   without limit) and `loop N1 O 200` with its segments indented below, the first of which begins the loop.
//!
//! A partner's guide is an [`overlay`] on a set: `overlay x12/004010/850 Acme orders`, then lines such as `forbid CTP`,
//! `require PO1/PID`, `most N1 3`, `require BEG07`, `forbid BEG12`, `codes BEG02 = SA NE` and `length BEG03 1/10`.
//! [`Guides`] is the library with the sets that they make in their places.
//!
//! [`Library`] reads what is asked for, when it is asked for; [`Validator`] checks segments against a [`Set`] and
//! yields [`Fault`]s with the error names of the standards, from which an acknowledgement is a fold. All of it is pure:
//! no clock, no file, no business meaning. Absent here: envelopes (see [`crate::syntax`]) and acknowledgements.

mod check;
mod codes;
mod fault;
mod guide;
mod guides;

mod library;
mod model;
mod moves;
mod notation;
mod overlay;

pub use check::{Options, Plain, Separators, Tokens, Validator};
pub(crate) use check::{pieces, without_release};
pub use codes::Codes;
pub use fault::{ElementError, ElementFault, Fault, Report, SegmentError};
pub use guide::guide;
pub use guides::Guides;

pub use library::{Library, Standard, library};
pub use model::{Content, Dialect, Element, Field, Kind, Node, Note, NoteKind, Part, Release, Segment, Set, Tag};
pub use notation::NotationError;
pub use overlay::overlay;

#[cfg(test)]
pub(crate) mod tests;
