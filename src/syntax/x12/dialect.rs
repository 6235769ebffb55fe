//! X12 as a dialect of segments.

use super::delimiters::{Delimiters, begins_isa};
use crate::document::{Code, Finding};
use crate::syntax::segment::{self, Dialect};

/// One segment of X12.
pub type Segment<'a> = segment::Segment<'a, Delimiters>;
/// The segments of a slice of X12 that begins at a segment border.
pub type Segments<'a> = segment::Segments<'a, Delimiters>;
/// A place to cut an interchange, before an ST.
pub type Cut = segment::Cut<Delimiters>;

impl Dialect for Delimiters {
    const HEAD: &'static [u8] = b"ISA";
    const OPENS: &'static [u8] = b"ST";
    const CLOSES: &'static [u8] = b"SE";
    const TRAILER: &'static [u8] = b"IEA";
    const RELEASES: bool = false;
    const TOO_LONG: Code = Code::X12SegmentTooLong;

    fn read(bytes: &[u8], byte: u64) -> Result<Self, Finding> {
        Self::from_isa(bytes, byte)
    }

    fn begins(bytes: &[u8]) -> bool {
        begins_isa(bytes)
    }

    fn opening(_bytes: &[u8]) -> usize {
        Self::HEAD.len()
    }

    #[inline]
    fn element(&self) -> u8 {
        self.element
    }

    #[inline]
    fn segment(&self) -> u8 {
        self.segment
    }

    #[inline]
    fn lead(&self) -> &[u8] {
        Self::lead(self)
    }

    fn ends_at(&self, bytes: &[u8], end: usize) -> bool {
        let head = bytes.get(..end).unwrap_or_default();
        let lead = self.lead();
        head.last() == Some(&self.segment) && (lead.is_empty() || head[..head.len() - 1].ends_with(lead))
    }

    #[inline]
    fn is_envelope(id: &[u8]) -> bool {
        matches!(id, b"ISA" | b"GS" | b"GE" | b"IEA")
    }

    fn place(id: &str, element: usize, component: usize) -> String {
        match component {
            0 => format!("{id}{element:02}"),
            component => format!("{id}{element:02}-{component:02}"),
        }
    }
}

#[cfg(test)]
#[path = "tests/tokens.rs"]
pub(in crate::syntax::x12) mod tests;
