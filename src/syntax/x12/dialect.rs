//! X12 as a dialect of segments.

use super::delimiters::{Delimiters, begins_isa};
use crate::document::{Code, Finding};
use crate::syntax::segment::{self, Binary, Dialect};

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
    const BAD_LENGTH: Code = Code::X12BinaryLength;

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

    #[inline]
    fn binary(&self, bytes: &[u8]) -> Option<Binary> {
        if bytes.first() != Some(&b'B') { None } else { self.binary_data(bytes) }
    }

    fn may_have_binary(&self, bytes: &[u8]) -> bool {
        // A later interchange may have other separators than the one in force.
        let ends = |at: usize| bytes.get(at + 3).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b' ');
        BINARY.iter().any(|(id, _)| memchr::memmem::find_iter(bytes, id).any(ends))
    }

    fn place(id: &str, element: usize, component: usize) -> String {
        match component {
            0 => format!("{id}{element:02}"),
            component => format!("{id}{element:02}-{component:02}"),
        }
    }
}

/// Segments of binary data and the element with its length, behind which the data stands (ASC X12 segments BIN and BDS,
/// data elements 784 and 785).
const BINARY: [(&[u8], usize); 2] = [(b"BIN", 1), (b"BDS", 2)];

impl Delimiters {
    #[cold]
    fn binary_data(&self, bytes: &[u8]) -> Option<Binary> {
        let head = bytes.get(..BINARY_HEAD.min(bytes.len()))?;
        let (_, at) =
            BINARY.iter().find(|(id, _)| head.strip_prefix(*id).and_then(<[u8]>::first) == Some(&self.element))?;
        let mut parts = head.split(|byte| *byte == self.element);
        let start = parts.by_ref().take(at + 1).map(|part| part.len() + 1).sum::<usize>();
        let length = head.split(|byte| *byte == self.element).nth(*at).unwrap_or_default();
        let digits = std::str::from_utf8(length).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        // The element with the data must begin: else the length ends with the segment, or is longer than one can be.
        let len = digits.filter(|_| parts.next().is_some()).and_then(|text| text.parse().ok());
        Some(Binary { element: at + 1, start, len })
    }
}

/// Bytes in which the elements in front of binary data stand: a filter of three and a length of fifteen digits.
const BINARY_HEAD: usize = 32;

#[cfg(test)]
#[path = "tests/tokens.rs"]
pub(in crate::syntax::x12) mod tests;
