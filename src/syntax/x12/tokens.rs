//! Segments and their elements, one at a time, without allocation.
//!
//! Line breaks are never data: CR and LF are in neither the basic nor the extended character set of X12. Those that
//! are not the segment terminator are dropped, wherever a file was wrapped (80 columns is common); blanks and line
//! breaks between segments are passed over. Blanks inside a segment are data and stay.

use super::borders::sound_isa;
use super::delimiters::{Delimiters, begins_isa};
use super::{is_between, is_line_break};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits::{SEGMENT_BYTES, SEGMENT_ELEMENTS};
use crate::syntax::word::{low_bytes, spread, zero_bytes};

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

/// One segment. Its parts borrow the input, or a reused buffer if line breaks had to be dropped.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    text: &'a [u8],
    raw: &'a [u8],
    ends: &'a [u32],
    /// Offset of its first byte in the file.
    pub byte: u64,
    /// Line in the file, from 1; 0 if not known.
    pub line: u64,
    /// Column in the line, from 1; 0 if not known.
    pub column: u64,
    /// Number in its transaction set, ST being 1; 0 outside a set.
    pub number: u64,
}

impl<'a> Segment<'a> {
    /// The segment ID, such as `PO1`.
    #[must_use]
    pub fn id(&self) -> &'a [u8] {
        self.part(0)
    }

    /// Element `n`, the first after the ID being 1; empty when absent.
    #[must_use]
    pub fn element(&self, n: usize) -> &'a [u8] {
        self.part(n)
    }

    /// How many elements follow the ID, empty ones included.
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

    /// Where the segment stands; the record is its number in the set.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { line: self.line, column: self.column, byte: self.byte, record: self.number, field: String::new() }
    }

    /// Where element `n` stands, named as in `PO102`. An absent element stands at the end of the segment.
    #[must_use]
    pub fn element_position(&self, n: usize) -> Position {
        let start = if n >= self.ends.len() { self.text.len() } else { self.begin(n) };
        let skipped = self.raw_offset(start);
        let before = self.raw.get(..skipped).unwrap_or_default();
        let breaks = before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let (line, column) = match (self.line, before.iter().rposition(|byte| *byte == b'\n')) {
            (0, _) => (0, 0),
            (line, Some(last)) => (line + breaks, (skipped - last) as u64),
            (line, None) => (line, self.column + skipped as u64),
        };
        let field = format!("{}{n:02}", String::from_utf8_lossy(self.id()));
        Position { line, column, byte: self.byte + skipped as u64, record: self.number, field }
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
        if self.raw.len() == self.text.len() {
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
    delimiters: Delimiters,
    start: Start,
    line_start: u64,
    number: u64,
    in_set: bool,
    ends: Box<[u32; SEGMENT_ELEMENTS + 1]>,
    unwrapped: Vec<u8>,
}

/// What one pass over the bytes of a segment found.
#[derive(Clone, Copy, Debug)]
struct Scan {
    /// Length up to the terminator, or up to the end of the bytes.
    len: usize,
    /// Length including the terminator.
    used: usize,
    /// Parts including the ID; more than fit are counted.
    parts: usize,
    /// Whether a line break stands inside.
    wrapped: bool,
    /// Whether the terminator was found.
    terminated: bool,
}

impl<'a> Segments<'a> {
    /// Reads `bytes`, of which the first segment uses `delimiters`; an ISA brings its own.
    #[must_use]
    pub fn new(bytes: &'a [u8], delimiters: Delimiters, start: Start) -> Self {
        let line_start = start.byte.saturating_sub(start.column.saturating_sub(1));
        let ends = Box::new([0; SEGMENT_ELEMENTS + 1]);
        Self { bytes, at: 0, delimiters, start, line_start, number: 0, in_set: false, ends, unwrapped: Vec::new() }
    }

    /// The delimiters in force.
    #[must_use]
    pub fn delimiters(&self) -> &Delimiters {
        &self.delimiters
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
            if begins_isa(self.rest()) && !self.enter_interchange(findings) {
                return None;
            }
            let rest = self.rest();
            let mut scan = scan(rest, &self.delimiters, self.ends.as_mut());
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
            self.pass(scan.len, scan.wrapped);
            self.pass(scan.used - scan.len, true);
            let at = || Position { column, ..Position::at(byte, line) }.record(self.number);
            if raw.len() > SEGMENT_BYTES {
                findings.push(too_long(at(), raw.len(), "bytes", SEGMENT_BYTES));
                continue;
            }
            if scan.parts > self.ends.len() {
                findings.push(too_long(at(), scan.parts - 1, "elements", SEGMENT_ELEMENTS));
            }
            let text: &[u8] = if scan.wrapped { &self.unwrapped } else { raw };
            return Some(Segment {
                text,
                raw,
                ends: self.ends.get(..scan.parts.min(SEGMENT_ELEMENTS + 1)).unwrap_or_default(),
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

    /// Reads the delimiters of an ISA; goes on to the next sound one if that fails, and says whether there is one.
    #[cold]
    fn enter_interchange(&mut self, findings: &mut Findings) -> bool {
        match Delimiters::from_isa(self.rest(), self.byte()) {
            Ok(read) => self.delimiters = read,
            Err(mut finding) => {
                finding.at.line = self.start.line;
                findings.push(finding);
                let next = sound_isa(self.bytes, self.at + 3);
                let skipped = next.map_or(self.bytes.len(), |(at, _)| at) - self.at;
                self.pass(skipped, true);
                let Some((_, read)) = next else { return false };
                self.delimiters = read;
            }
        }
        true
    }

    /// Bytes after the last terminator: reported, and handed on as a segment unless they are an end-of-file mark.
    ///
    /// An IEA is not reported: its count and control number prove by themselves whether it is complete.
    #[cold]
    fn at_end(&mut self, raw: &[u8], findings: &mut Findings) -> bool {
        if raw.iter().all(|byte| *byte == 0x1A || is_between(*byte)) {
            findings.push(Finding::new(Code::EndOfFileMark, self.position()));
            self.at = self.bytes.len();
            return false;
        }
        if !raw.starts_with(b"IEA") {
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
        found.parts = scan(&text, &self.delimiters, self.ends.as_mut()).parts;
        self.count(&text);
        self.unwrapped = text;
    }

    /// Numbers the segments from ST to SE.
    fn count(&mut self, text: &[u8]) {
        let id = text.get(..self.ends[0] as usize).unwrap_or_default();
        let envelope = matches!(id, b"ISA" | b"GS" | b"GE" | b"IEA");
        self.number = match id {
            b"ST" => 1,
            _ if self.in_set && !envelope => self.number + 1,
            _ => 0,
        };
        self.in_set = self.number > 0 && id != b"SE";
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
    Finding::new(Code::X12SegmentTooLong, at)
        .found(format!("{found} {unit}"))
        .expected(format!("at most {most} {unit}"))
}

/// Finds the end of the segment that `bytes` begin with and notes the end of each part in `ends`, in one pass.
///
/// Elements are a few bytes long, so eight bytes are compared at a time; a search per element would cost more.
fn scan(bytes: &[u8], delimiters: &Delimiters, ends: &mut [u32; SEGMENT_ELEMENTS + 1]) -> Scan {
    let element = spread(delimiters.element);
    let segment = spread(delimiters.segment);
    let mut found = Scan { len: bytes.len(), used: bytes.len(), parts: 0, wrapped: false, terminated: false };
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let mut hits = zero_bytes(word ^ element) | zero_bytes(word ^ segment) | low_bytes(word);
        while hits != 0 {
            let shift = hits.trailing_zeros() & !7;
            let byte = (word >> shift) as u8;
            if found.meet(byte, index * 8 + (shift / 8) as usize, bytes, delimiters, ends) {
                return found;
            }
            hits &= hits - 1;
        }
    }
    for (index, byte) in tail.iter().enumerate() {
        if found.meet(*byte, words.len() * 8 + index, bytes, delimiters, ends) {
            return found;
        }
    }
    found.part(bytes.len(), ends);
    found
}

impl Scan {
    /// Takes in one byte that may be a delimiter; whether it ends the segment.
    #[inline(always)]
    fn meet(
        &mut self,
        byte: u8,
        at: usize,
        bytes: &[u8],
        d: &Delimiters,
        ends: &mut [u32; SEGMENT_ELEMENTS + 1],
    ) -> bool {
        if byte == d.element {
            self.part(at, ends);
        } else if byte == d.segment {
            let lead = d.lead().len();
            if lead > 0 && !d.ends_at(bytes, at + 1) {
                return false;
            }
            self.len = at - lead;
            self.used = at + 1;
            self.terminated = true;
            self.part(self.len, ends);
            return true;
        } else if is_line_break(byte) {
            self.wrapped = true;
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
pub(in crate::syntax::x12) mod tests;
