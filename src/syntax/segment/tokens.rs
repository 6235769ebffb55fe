//! Segments and their elements, one at a time, without allocation.

use super::borders::sound_interchange;
use super::scan::{Ends, Scan, scan};
use super::{Binary, Dialect, Start, is_between, is_line_break};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits::{BINARY_BYTES, SEGMENT_BYTES, SEGMENT_ELEMENTS};

/// One segment. Its parts borrow the input, or a reused buffer if line breaks had to be dropped.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a, D> {
    text: &'a [u8],
    raw: &'a [u8],
    ends: &'a [u32],
    dialect: &'a D,
    /// Whether a release character stands in it, so that values must be unescaped.
    pub released: bool,
    /// Offset of its first byte in the file.
    pub byte: u64,
    /// Line in the file, from 1; 0 if not known.
    pub line: u64,
    /// Column in the line, from 1; 0 if not known.
    pub column: u64,
    /// Number in its set or message, the first segment being 1; 0 outside.
    pub number: u64,
}

impl<'a, D: Dialect> Segment<'a, D> {
    /// The segment ID, such as `PO1`.
    #[must_use]
    #[inline]
    pub fn id(&self) -> &'a [u8] {
        self.dialect.id(self.element(0))
    }

    /// Element `n` as received, the first after the ID being 1; empty when absent.
    #[must_use]
    #[inline]
    pub fn element(&self, n: usize) -> &'a [u8] {
        let Some(end) = self.ends.get(n) else { return &[] };
        self.text.get(self.begin(n)..*end as usize).unwrap_or_default()
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

    /// Its bytes without line breaks.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The separators in force.
    #[must_use]
    pub fn dialect(&self) -> &'a D {
        self.dialect
    }

    /// Whether line breaks stood inside.
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        self.raw.len() != self.text.len()
    }

    /// Where the segment stands; the record is its number in the set or message.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { line: self.line, column: self.column, byte: self.byte, record: self.number, field: String::new() }
    }

    /// Where element `n` stands, with its name. An absent element stands at the end of the segment.
    #[must_use]
    pub fn element_position(&self, n: usize) -> Position {
        self.offset_position(self.element_start(n)).field(self.place(n, 0))
    }

    /// An element or component as findings name it.
    pub(in crate::syntax) fn place(&self, element: usize, component: usize) -> String {
        D::place(&String::from_utf8_lossy(self.id()), element, component)
    }

    /// The offset of an element in the text; that of its end for an absent one.
    pub(in crate::syntax) fn element_start(&self, n: usize) -> usize {
        if n >= self.ends.len() { self.text.len() } else { self.begin(n) }
    }

    /// The place of an offset in the text.
    pub(in crate::syntax) fn offset_position(&self, text: usize) -> Position {
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

    #[inline]
    fn begin(&self, n: usize) -> usize {
        n.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize + 1)
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
pub struct Segments<'a, D> {
    bytes: &'a [u8],
    at: usize,
    dialect: D,
    start: Start,
    line_start: u64,
    number: u64,
    in_set: bool,
    ends: Box<Ends>,
    unwrapped: Vec<u8>,
}

impl<'a, D: Dialect> Segments<'a, D> {
    /// Reads `bytes`, of which the first segment uses `dialect`; an interchange brings its own separators.
    #[must_use]
    pub fn new(bytes: &'a [u8], dialect: D, start: Start) -> Self {
        let line_start = start.byte.saturating_sub(start.column.saturating_sub(1));
        let ends = Box::new([0; SEGMENT_ELEMENTS + 1]);
        Self { bytes, at: 0, dialect, start, line_start, number: 0, in_set: false, ends, unwrapped: Vec::new() }
    }

    /// The separators in force.
    #[must_use]
    pub fn dialect(&self) -> &D {
        &self.dialect
    }

    /// Where reading stands; at the end, the place after the slice.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { column: self.column(), ..Position::at(self.byte(), self.start.line) }
    }

    /// The next segment, or none at the end. Not an iterator: a segment borrows buffers that are used again.
    #[inline(always)]
    pub fn next(&mut self, findings: &mut Findings) -> Option<Segment<'_, D>> {
        loop {
            self.skip_between();
            if self.at >= self.bytes.len() {
                return None;
            }
            if self.rest().starts_with(D::HEAD) && D::begins(self.rest()) && !self.enter(findings) {
                return None;
            }
            let rest = self.rest();
            let mut scan = scan(rest, &self.dialect, self.ends.as_mut());
            let binary = self.dialect.binary(rest);
            let is_binary = binary.is_some_and(|binary| self.binary(binary, &mut scan, findings));
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
            self.pass(scan.len, scan.wrapped || is_binary);
            self.pass(scan.used - scan.len, true);
            let at = || Position { column, ..Position::at(byte, line) }.record(self.number);
            let most = if is_binary { BINARY_BYTES } else { SEGMENT_BYTES };
            if raw.len() > most {
                findings.push(too_long::<D>(at(), raw.len(), "bytes", most));
                continue;
            }
            if scan.parts > self.ends.len() {
                findings.push(too_long::<D>(at(), scan.parts - 1, "elements", SEGMENT_ELEMENTS));
            }
            return Some(Segment {
                text: if scan.wrapped { &self.unwrapped } else { raw },
                raw,
                ends: self.ends.get(..scan.parts.min(SEGMENT_ELEMENTS + 1)).unwrap_or_default(),
                dialect: &self.dialect,
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

    /// Reads the separators of an interchange; goes on to the next sound one if that fails, and says whether there is one.
    #[cold]
    fn enter(&mut self, findings: &mut Findings) -> bool {
        match D::read(self.rest(), self.byte()) {
            Ok(read) => self.dialect = read,
            Err(mut finding) => {
                finding.at.line = self.start.line;
                findings.push(finding);
                let next = sound_interchange(self.bytes, self.at + D::broken(self.rest()));
                let skipped = next.map_or(self.bytes.len(), |(at, _)| at) - self.at;
                self.pass(skipped, true);
                let Some((_, read)) = next else { return false };
                self.dialect = read;
            }
        }
        self.pass(D::prefix(self.rest()), true);
        true
    }

    /// Bytes after the last terminator: reported, and handed on as a segment unless they are an end-of-file mark. The
    /// trailer of an interchange is not reported.
    #[cold]
    fn at_end(&mut self, raw: &[u8], findings: &mut Findings) -> bool {
        if raw.iter().all(|byte| *byte == 0x1A || is_between(*byte)) {
            findings.push(Finding::new(Code::EndOfFileMark, self.position()));
            self.at = self.bytes.len();
            return false;
        }
        let cut = (Code::FileTruncated, "a segment terminator at the end");
        let is_trailer = raw.starts_with(D::TRAILER);
        if let Some((code, expected)) = self.dialect.cut_off(raw).or((!is_trailer).then_some(cut)) {
            findings.push(Finding::new(code, self.position()).found(raw).expected(expected));
        }
        true
    }

    /// Goes over binary data by its length, so that what looks like a separator in it is none; false, and the length is
    /// told, when no terminator stands behind it. The segment then ends where it would without.
    #[cold]
    fn binary(&mut self, binary: Binary, scan: &mut Scan, findings: &mut Findings) -> bool {
        let rest = self.rest();
        let end = binary.len.and_then(|len| binary.start.checked_add(len));
        let used = end.and_then(|end| end.checked_add(self.dialect.lead().len() + 1));
        let behind = end.zip(used).and_then(|(end, used)| rest.get(end..used));
        let ends =
            behind.is_some_and(|behind| behind.split_last() == Some((&self.dialect.segment(), self.dialect.lead())));
        let (Some(end), Some(used), true) = (end, used, ends) else {
            let before = rest.get(..binary.start.saturating_sub(1)).unwrap_or_default();
            let stated = before.rsplit(|byte| *byte == self.dialect.element()).next().unwrap_or_default();
            let finding = Finding::new(D::BAD_LENGTH, self.position()).found(stated);
            findings.push(finding.expected("the number of bytes between here and the segment terminator"));
            return false;
        };
        *scan = Scan::of_binary(end, used, binary.element + 1);
        if let Some(last) = self.ends.get_mut(binary.element) {
            *last = u32::try_from(end).unwrap_or(u32::MAX);
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
        found.parts = scan(&text, &self.dialect, self.ends.as_mut()).parts;
        self.count(&text);
        self.unwrapped = text;
    }

    /// Numbers the segments of a set or message.
    fn count(&mut self, text: &[u8]) {
        let id = text.get(..self.ends[0] as usize).unwrap_or_default();
        self.number = match id {
            _ if id == D::OPENS => 1,
            _ if self.in_set && !D::is_envelope(id) => self.number + 1,
            _ => 0,
        };
        self.in_set = self.number > 0 && id != D::CLOSES;
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

fn too_long<D: Dialect>(at: Position, found: usize, unit: &str, most: usize) -> Finding {
    Finding::new(D::TOO_LONG, at).found(format!("{found} {unit}")).expected(format!("at most {most} {unit}"))
}
