//! Segments, their elements and components, one at a time, without allocation.
//!
//! Line breaks are never data: those inside a segment come from wrapping and are dropped; blanks and line breaks
//! between segments are passed over.

use super::borders::sound_interchange;
use super::separators::{Syntax, begins_interchange, una_len};
use super::{is_between, is_line_break};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits::{SEGMENT_BYTES, SEGMENT_ELEMENTS};
use crate::syntax::word::{low_bytes, spread, zero_bytes};
use crate::syntax::x12::Start;

/// One segment. Its parts borrow the input, or a reused buffer if line breaks had to be dropped.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    text: &'a [u8],
    raw: &'a [u8],
    ends: &'a [u32],
    syntax: &'a Syntax,
    /// Whether a release character stands in it, so that values must be unescaped.
    pub released: bool,
    /// Offset of its first byte in the file.
    pub byte: u64,
    /// Line in the file, from 1; 0 if not known.
    pub line: u64,
    /// Column in the line, from 1; 0 if not known.
    pub column: u64,
    /// Number in its message, UNH being 1; 0 outside a message.
    pub number: u64,
}

impl<'a> Segment<'a> {
    /// The segment tag, such as `LIN`.
    #[must_use]
    pub fn id(&self) -> &'a [u8] {
        let tag = self.part(0);
        // Explicit nesting (`LIN:1`) is of syntax 1 to 3 and hardly used; it is no part of the tag.
        tag.iter().position(|byte| *byte == self.syntax.component).map_or(tag, |end| &tag[..end])
    }

    /// Element `n`, the first after the tag being 1, as received; empty when absent.
    #[must_use]
    pub fn element(&self, n: usize) -> &'a [u8] {
        self.part(n)
    }

    /// Component `c`, from 1, of the first repetition of element `n`, as received; empty when absent.
    #[must_use]
    pub fn component(&self, n: usize, c: usize) -> &'a [u8] {
        let first = self.syntax.repetitions(self.part(n)).next().unwrap_or_default();
        c.checked_sub(1).and_then(|before| self.syntax.components(first).nth(before)).unwrap_or_default()
    }

    /// How many elements follow the tag, empty ones included.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a segment without elements is not a special case")]
    pub fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    /// The bytes as received, without the terminator, line breaks of a wrapped file included.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The separators in force.
    #[must_use]
    pub fn syntax(&self) -> &'a Syntax {
        self.syntax
    }

    /// Whether line breaks stood inside.
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        self.raw.len() != self.text.len()
    }

    /// Where the segment stands; the record is its number in the message.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { line: self.line, column: self.column, byte: self.byte, record: self.number, field: String::new() }
    }

    /// Where element `n` stands, named as in `NAD.2`. An absent element stands at the end of the segment.
    #[must_use]
    pub fn element_position(&self, n: usize) -> Position {
        let start = if n >= self.ends.len() { self.text.len() } else { self.begin(n) };
        self.at(start).field(format!("{}.{n}", String::from_utf8_lossy(self.id())))
    }

    /// Where component `c` of the first repetition of element `n` stands, named as in `NAD.2.1`.
    #[must_use]
    pub fn component_position(&self, n: usize, c: usize) -> Position {
        let element = self.part(n);
        let mut parts = self.syntax.components(element);
        let before: usize = parts.by_ref().take(c.saturating_sub(1)).map(|part| part.len() + 1).sum();
        let start = if n >= self.ends.len() { self.text.len() } else { self.begin(n) + before.min(element.len()) };
        self.at(start).field(format!("{}.{n}.{c}", String::from_utf8_lossy(self.id())))
    }

    /// The place of an offset in the text.
    pub(super) fn at(&self, text: usize) -> Position {
        let skipped = self.raw_offset(text);
        let before = self.raw.get(..skipped).unwrap_or_default();
        let breaks = before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let (line, column) = match (self.line, before.iter().rposition(|byte| *byte == b'\n')) {
            (0, _) => (0, 0),
            (line, Some(last)) => (line + breaks, (skipped - last) as u64),
            (line, None) => (line, self.column + skipped as u64),
        };
        Position { line, column, byte: self.byte + skipped as u64, record: self.number, field: String::new() }
    }

    /// Its bytes without line breaks.
    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    fn begin(&self, n: usize) -> usize {
        n.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize + 1)
    }

    fn part(&self, n: usize) -> &'a [u8] {
        let Some(end) = self.ends.get(n) else { return &[] };
        self.text.get(self.begin(n)..*end as usize).unwrap_or_default()
    }

    /// The offset in `raw` of an offset in `text`, which lacks the line breaks.
    fn raw_offset(&self, text: usize) -> usize {
        if !self.is_wrapped() {
            return text;
        }
        let mut data = self.raw.iter().enumerate().filter(|(_, byte)| !is_line_break(**byte));
        data.nth(text).map_or(self.raw.len(), |(at, _)| at)
    }
}

/// The segments of a slice that begins at a segment border.
#[derive(Debug)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    syntax: Syntax,
    start: Start,
    line_start: u64,
    number: u64,
    in_message: bool,
    ends: Box<[u32; SEGMENT_ELEMENTS + 1]>,
    unwrapped: Vec<u8>,
}

/// What one pass over the bytes of a segment found.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// Length up to the terminator, or up to the end of the bytes.
    len: usize,
    /// Parts including the tag; more than fit are counted.
    parts: usize,
    /// Offset up to which bytes are data because of a release character.
    skip: usize,
    /// Whether a line break stands inside.
    wrapped: bool,
    /// Whether a release character stands inside.
    released: bool,
    /// Whether the terminator was found.
    terminated: bool,
}

impl<'a> Segments<'a> {
    /// Reads `bytes`, of which the first segment uses `syntax`; a UNA or UNB brings its own.
    #[must_use]
    pub fn new(bytes: &'a [u8], syntax: Syntax, start: Start) -> Self {
        let line_start = start.byte.saturating_sub(start.column.saturating_sub(1));
        let ends = Box::new([0; SEGMENT_ELEMENTS + 1]);
        Self { bytes, at: 0, syntax, start, line_start, number: 0, in_message: false, ends, unwrapped: Vec::new() }
    }

    /// The separators in force.
    #[must_use]
    pub fn syntax(&self) -> &Syntax {
        &self.syntax
    }

    /// Where reading stands; at the end, the place after the slice.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { column: self.column(), ..Position::at(self.byte(), self.start.line) }
    }

    /// The next segment, or none at the end. Not an iterator: a segment borrows buffers that are used again.
    #[inline]
    pub fn next(&mut self, findings: &mut Findings) -> Option<Segment<'_>> {
        loop {
            self.skip_between();
            if self.at >= self.bytes.len() {
                return None;
            }
            if self.rest().starts_with(b"UN") && begins_interchange(self.rest()) && !self.enter(findings) {
                return None;
            }
            let rest = self.rest();
            let mut scan = scan(rest, &self.syntax, self.ends.as_mut());
            let raw = rest.get(..scan.len).unwrap_or_default();
            if !scan.terminated && !self.at_end(raw, findings) {
                return None;
            }
            let (byte, line, column) = (self.byte(), self.start.line, self.column());
            if scan.wrapped {
                self.unwrap(raw, &mut scan);
            } else {
                self.count(raw);
            }
            self.pass(raw.len(), scan.wrapped);
            self.pass(usize::from(scan.terminated), true);
            let at = || Position { column, ..Position::at(byte, line) }.record(self.number);
            if raw.len() > SEGMENT_BYTES {
                findings.push(too_long(at(), raw.len(), "bytes", SEGMENT_BYTES));
                continue;
            }
            if scan.parts > self.ends.len() {
                findings.push(too_long(at(), scan.parts - 1, "elements", SEGMENT_ELEMENTS));
            }
            return Some(Segment {
                text: if scan.wrapped { &self.unwrapped } else { raw },
                raw,
                ends: self.ends.get(..scan.parts.min(SEGMENT_ELEMENTS + 1)).unwrap_or_default(),
                syntax: &self.syntax,
                released: scan.released,
                byte,
                line,
                column,
                number: self.number,
            });
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> u64 {
        self.start.byte + self.at as u64
    }

    fn column(&self) -> u64 {
        if self.start.line == 0 { 0 } else { (self.byte() + 1).saturating_sub(self.line_start) }
    }

    fn skip_between(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied().filter(|byte| is_between(*byte)) {
            self.at += 1;
            self.line_break(byte);
        }
    }

    fn line_break(&mut self, byte: u8) {
        if byte == b'\n' && self.start.line > 0 {
            self.start.line += 1;
            self.line_start = self.byte();
        }
    }

    /// Reads a UNA or UNB; goes on to the next sound one if that fails, and says whether there is one.
    #[cold]
    fn enter(&mut self, findings: &mut Findings) -> bool {
        match Syntax::read(self.rest(), self.byte()) {
            Ok(read) => self.syntax = read,
            Err(mut finding) => {
                finding.at.line = self.start.line;
                findings.push(finding);
                let next = sound_interchange(self.bytes, self.at + 3);
                let skipped = next.map_or(self.bytes.len(), |(at, _)| at) - self.at;
                self.pass(skipped, true);
                let Some((_, read)) = next else { return false };
                self.syntax = read;
            }
        }
        if self.rest().starts_with(b"UNA") {
            self.pass(una_len(self.rest()), true);
        }
        true
    }

    /// Bytes after the last terminator: reported, and handed on as a segment unless they are an end-of-file mark.
    ///
    /// A UNZ is not reported: its count and reference prove by themselves whether it is complete.
    #[cold]
    fn at_end(&mut self, raw: &[u8], findings: &mut Findings) -> bool {
        if raw.iter().all(|byte| *byte == 0x1A || is_between(*byte)) {
            findings.push(Finding::new(Code::EndOfFileMark, self.position()));
            self.at = self.bytes.len();
            return false;
        }
        let data = raw.iter().rev().filter(|byte| !is_between(**byte));
        if data.take_while(|byte| Some(**byte) == self.syntax.release).count() % 2 == 1 {
            let finding = Finding::new(Code::EdifactRelease, self.position()).found(raw);
            findings.push(finding.expected("a character after the release character"));
        } else if !raw.starts_with(b"UNZ") {
            let expected = "a segment terminator at the end";
            findings.push(Finding::new(Code::FileTruncated, self.position()).found(raw).expected(expected));
        }
        true
    }

    /// Copies a wrapped segment without its line breaks and finds its elements again.
    #[cold]
    fn unwrap(&mut self, raw: &[u8], found: &mut Scan) {
        let mut text = std::mem::take(&mut self.unwrapped);
        text.clear();
        // A longer one is reported and not handed on, so it need not be copied.
        text.extend(raw.iter().take(SEGMENT_BYTES).filter(|byte| !is_line_break(**byte)));
        found.parts = scan(&text, &self.syntax, self.ends.as_mut()).parts;
        self.count(&text);
        self.unwrapped = text;
    }

    /// Numbers the segments from UNH to UNT.
    fn count(&mut self, text: &[u8]) {
        let id = text.get(..self.ends[0] as usize).unwrap_or_default();
        let envelope = matches!(id, b"UNB" | b"UNG" | b"UNE" | b"UNZ");
        self.number = match id {
            b"UNH" => 1,
            _ if self.in_message && !envelope => self.number + 1,
            _ => 0,
        };
        self.in_message = self.number > 0 && id != b"UNT";
    }

    /// Goes on by `len` bytes that may hold line breaks.
    fn pass(&mut self, len: usize, may_break: bool) {
        if !may_break {
            self.at += len;
            return;
        }
        for byte in self.rest().iter().take(len) {
            self.at += 1;
            self.line_break(*byte);
        }
    }
}

fn too_long(at: Position, found: usize, unit: &str, most: usize) -> Finding {
    Finding::new(Code::EdifactSegmentTooLong, at)
        .found(format!("{found} {unit}"))
        .expected(format!("at most {most} {unit}"))
}

/// Finds the end of the segment that `bytes` begin with and notes the end of each part in `ends`, in one pass.
///
/// Eight bytes are compared at a time, as for X12; a release character stands among what is looked for.
fn scan(bytes: &[u8], syntax: &Syntax, ends: &mut [u32; SEGMENT_ELEMENTS + 1]) -> Scan {
    let element = spread(syntax.element);
    let segment = spread(syntax.segment);
    let release = spread(syntax.release.unwrap_or(syntax.segment));
    let mut found = Scan { len: bytes.len(), ..Scan::default() };
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let parts = zero_bytes(word ^ element) | zero_bytes(word ^ segment);
        let mut hits = parts | zero_bytes(word ^ release) | low_bytes(word);
        while hits != 0 {
            let at = index * 8 + (hits.trailing_zeros() / 8) as usize;
            let byte = (word >> (hits.trailing_zeros() & !7)) as u8;
            if found.meet(byte, at, bytes, syntax, ends) {
                return found;
            }
            hits &= hits - 1;
        }
    }
    for (index, byte) in tail.iter().enumerate() {
        if found.meet(*byte, words.len() * 8 + index, bytes, syntax, ends) {
            return found;
        }
    }
    found.part(bytes.len(), ends);
    found
}

impl Scan {
    /// Takes in one byte that may be a separator; whether it ends the segment.
    #[inline(always)]
    fn meet(
        &mut self,
        byte: u8,
        at: usize,
        bytes: &[u8],
        syntax: &Syntax,
        ends: &mut [u32; SEGMENT_ELEMENTS + 1],
    ) -> bool {
        if is_line_break(byte) {
            self.wrapped = true;
        } else if at < self.skip {
        } else if byte == syntax.element {
            self.part(at, ends);
        } else if byte == syntax.segment {
            self.len = at;
            self.terminated = true;
            self.part(at, ends);
            return true;
        } else if Some(byte) == syntax.release {
            self.released = true;
            // The character it releases may stand behind a line break of a wrapped file.
            let rest = bytes.get(at + 1..).unwrap_or_default();
            self.skip = at + 2 + rest.iter().take_while(|byte| is_line_break(**byte)).count();
        }
        false
    }

    #[inline(always)]
    fn part(&mut self, end: usize, ends: &mut [u32; SEGMENT_ELEMENTS + 1]) {
        if let Some(slot) = ends.get_mut(self.parts) {
            // A segment longer than a limit far below 4 GiB is reported and not handed on.
            *slot = end as u32;
        }
        self.parts += 1;
    }
}

#[cfg(test)]
#[path = "tests/tokens.rs"]
mod tests;
