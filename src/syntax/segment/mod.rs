//! Segments of EDI: one tokenizer and one finder of borders for every dialect.
//!
//! A dialect ([`Dialect`]) says what separates segments and elements and how its envelope is called; the walk over the
//! bytes, the positions, wrapped lines, limits and cuts are here, once.
//!
//! Line breaks are never data: CR and LF are in no character set of X12 or EDIFACT that may be used for values. Those
//! that are not the segment terminator are dropped, wherever a file was wrapped (80 columns is common); blanks and line
//! breaks between segments are passed over. Blanks inside a segment are data and stay.

mod borders;
mod scan;
mod tokens;

pub(super) use borders::at_border;
pub use borders::{Cut, chunk_cut};
pub use tokens::{Segment, Segments};

use crate::document::{Code, Finding};

/// What tells one EDI syntax from another: its separators, and the names of its envelope.
pub trait Dialect: Copy + std::fmt::Debug {
    /// What the first segment of an interchange begins with: `ISA`, or `UN` of `UNA` and `UNB`.
    const HEAD: &'static [u8];
    /// The segment that begins a set or message.
    const OPENS: &'static [u8];
    /// The segment that ends it.
    const CLOSES: &'static [u8];
    /// The trailer of an interchange, whose count and control number prove by themselves whether it is complete.
    const TRAILER: &'static [u8];
    /// Whether a character may be released, so that it means itself.
    const RELEASES: bool;
    /// A segment beyond the limits.
    const TOO_LONG: Code;
    /// A segment of binary data whose length is not what it states.
    const BAD_LENGTH: Code = Self::TOO_LONG;

    /// Reads the separators of the interchange that `bytes` begin with; `byte` is their offset in the file.
    ///
    /// # Errors
    /// What is wrong with its first segments.
    fn read(bytes: &[u8], byte: u64) -> Result<Self, Finding>;

    /// Whether an interchange begins here, sound or not.
    fn begins(bytes: &[u8]) -> bool;

    /// Bytes of the beginning of an interchange in which no other one can begin.
    fn opening(bytes: &[u8]) -> usize;

    /// Bytes of the beginning of an interchange that cannot be read, in which the next one is not looked for.
    fn broken(_bytes: &[u8]) -> usize {
        Self::HEAD.len()
    }

    /// Bytes in front of the first segment that only tell the separators.
    fn prefix(_bytes: &[u8]) -> usize {
        0
    }

    /// Between elements.
    fn element(&self) -> u8;

    /// After each segment; of a terminator of several bytes the last one.
    fn segment(&self) -> u8;

    /// Before a character that means itself.
    fn release(&self) -> Option<u8> {
        None
    }

    /// The bytes of the terminator before its last one.
    fn lead(&self) -> &[u8] {
        &[]
    }

    /// Whether a terminator ends with the byte before offset `end`.
    fn ends_at(&self, bytes: &[u8], end: usize) -> bool;

    /// Whether a segment is of the envelope outside sets and messages.
    fn is_envelope(id: &[u8]) -> bool;

    /// The ID in the first part of a segment.
    fn id<'a>(&self, part: &'a [u8]) -> &'a [u8] {
        part
    }

    /// An element as findings name it, or a component of it, both from 1; 0 for the whole element.
    fn place(id: &str, element: usize, component: usize) -> String;

    /// The data of a segment of binary data, if `bytes` begin with one.
    #[inline]
    fn binary(&self, _bytes: &[u8]) -> Option<Binary> {
        None
    }

    /// Whether a segment of binary data may stand somewhere in `bytes`.
    fn may_have_binary(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// What else is wrong with the bytes after the last terminator.
    fn cut_off(&self, _raw: &[u8]) -> Option<(Code, &'static str)> {
        None
    }
}

/// The data of a segment of binary data: whatever its bytes are, they separate nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binary {
    /// The number of the element that holds it.
    pub element: usize,
    /// Where it begins in the segment.
    pub start: usize,
    /// Its length as stated; none if that is no number.
    pub len: Option<usize>,
}

/// Where a slice stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Offset of the slice in the file, in bytes.
    pub byte: u64,
    /// Line of its first byte, from 1; 0 when lines are not wanted or not known. Lines end in LF.
    pub line: u64,
    /// Column of its first byte, from 1.
    pub column: u64,
}

impl Start {
    /// The start of a file, with lines counted.
    pub const FILE: Self = Self { byte: 0, line: 1, column: 1 };

    /// A place whose line is not known.
    #[must_use]
    pub const fn at(byte: u64) -> Self {
        Self { byte, line: 0, column: 0 }
    }
}

/// What may stand between two segments and belongs to neither.
pub(super) const fn is_between(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t')
}

/// Line breaks; inside a segment they come from wrapping at a fixed width and are no data.
pub(super) const fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
