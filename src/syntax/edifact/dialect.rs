//! EDIFACT as a dialect of segments, and what only its segments have: components apart by name.

use super::separators::{Syntax, begins_interchange, una_len};
use crate::document::{Code, Finding, Position};
use crate::syntax::segment::{self, Dialect, is_between, is_line_break};

/// One segment of EDIFACT.
pub type Segment<'a> = segment::Segment<'a, Syntax>;
/// The segments of a slice of EDIFACT that begins at a segment border.
pub type Segments<'a> = segment::Segments<'a, Syntax>;
/// A place to cut an interchange, before a UNH.
pub type Cut = segment::Cut<Syntax>;

/// Bytes in which the UNB behind a UNA begins: UNA, line breaks and blanks.
const UNA_AND_UNB: usize = 16;

impl Dialect for Syntax {
    const HEAD: &'static [u8] = b"UN";
    const OPENS: &'static [u8] = b"UNH";
    const CLOSES: &'static [u8] = b"UNT";
    const TRAILER: &'static [u8] = b"UNZ";
    const RELEASES: bool = true;
    const TOO_LONG: Code = Code::EdifactSegmentTooLong;

    fn read(bytes: &[u8], byte: u64) -> Result<Self, Finding> {
        Self::read(bytes, byte)
    }

    fn begins(bytes: &[u8]) -> bool {
        begins_interchange(bytes)
    }

    /// The UNB behind a UNA is no other interchange.
    fn opening(bytes: &[u8]) -> usize {
        memchr::memmem::find(bytes, b"UNB").map_or(3, |unb| unb + 3)
    }

    /// The UNB behind a UNA that cannot be read was written with its separators, and is not read without them.
    fn broken(bytes: &[u8]) -> usize {
        let head = bytes.get(..bytes.len().min(UNA_AND_UNB)).unwrap_or_default();
        let unb = memchr::memmem::find(head, b"UNB").filter(|_| head.starts_with(b"UNA"));
        unb.map_or(Self::HEAD.len(), |unb| unb + 3)
    }

    fn prefix(bytes: &[u8]) -> usize {
        if bytes.starts_with(b"UNA") { una_len(bytes) } else { 0 }
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
    fn release(&self) -> Option<u8> {
        self.release
    }

    fn ends_at(&self, bytes: &[u8], end: usize) -> bool {
        let head = bytes.get(..end).unwrap_or_default();
        let Some((last, head)) = head.split_last() else { return false };
        let Some(release) = self.release.filter(|_| *last == self.segment) else { return *last == self.segment };
        let data = head.iter().rev().filter(|byte| !is_line_break(**byte));
        data.take_while(|byte| **byte == release).count() % 2 == 0
    }

    #[inline]
    fn is_envelope(id: &[u8]) -> bool {
        matches!(id, b"UNB" | b"UNG" | b"UNE" | b"UNZ")
    }

    /// Explicit nesting (`LIN:1`) is of syntax 1 to 3 and hardly used; it is no part of the tag.
    fn id<'a>(&self, part: &'a [u8]) -> &'a [u8] {
        part.iter().position(|byte| *byte == self.component).map_or(part, |end| &part[..end])
    }

    fn place(id: &str, element: usize, component: usize) -> String {
        match component {
            0 => format!("{id}.{element}"),
            component => format!("{id}.{element}.{component}"),
        }
    }

    fn cut_off(&self, raw: &[u8]) -> Option<(Code, &'static str)> {
        let data = raw.iter().rev().filter(|byte| !is_between(**byte));
        let dangles = data.take_while(|byte| Some(**byte) == self.release).count() % 2 == 1;
        dangles.then_some((Code::EdifactRelease, "a character after the release character"))
    }
}

impl<'a> Segment<'a> {
    /// Component `c`, from 1, of the first repetition of element `n`, as received; empty when absent.
    #[must_use]
    pub fn component(&self, n: usize, c: usize) -> &'a [u8] {
        let (syntax, element) = (self.dialect(), self.element(n));
        let Some(before) = c.checked_sub(1) else { return &[] };
        if self.released {
            let first = syntax.repetitions(element).next().unwrap_or_default();
            return syntax.components(first).nth(before).unwrap_or_default();
        }
        // Every separator is one, as in nearly all segments.
        let first =
            syntax.repetition.map_or(element, |separator| element.split(|b| *b == separator).next().unwrap_or(element));
        first.split(|byte| *byte == syntax.component).nth(before).unwrap_or_default()
    }

    /// Where component `c` of the first repetition of element `n` stands, named as in `NAD.2.1`.
    #[must_use]
    pub fn component_position(&self, n: usize, c: usize) -> Position {
        let element = self.element(n);
        let mut parts = self.dialect().components(element);
        let before: usize = parts.by_ref().take(c.saturating_sub(1)).map(|part| part.len() + 1).sum();
        self.offset_position(self.element_start(n) + before.min(element.len())).field(self.place(n, c))
    }
}

#[cfg(test)]
#[path = "tests/tokens.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/borders.rs"]
mod border_tests;
