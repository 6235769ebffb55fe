//! Segments to documents: one transaction set is one document.
//!
//! Bindings name elements (`BEG03`), with a qualifier in element 01 (`REF[DP]02`), inside a loop (`N1[ST]/N401`), or
//! the value behind a qualifier among pairs (`PO1@UP`, pairs from PO106 on).

use std::sync::Arc;

use super::x12_check::{self, SetChecks};
use super::{Chunk, Parsed};
use crate::document::{BatchBuilder, Code, Field, Finding, Findings, Level, Place, Position};
use crate::layout::Layout;
use crate::layout::convert::{Converted, Converter};
use crate::layout::model::{Binding, X12File};
use crate::schema::Set;
use crate::syntax::x12::{Delimiters, Segment, Segments, SetTracker, Start, Text15};

/// A layout of X12 transaction sets, prepared.
pub struct X12Program<'l> {
    layout: &'l Layout,
    x12: &'l X12File,
    header: Vec<Bound<'l>>,
    line: Vec<Bound<'l>>,
    header_fields: Vec<usize>,
    line_fields: Vec<usize>,
    required: Vec<u64>,
    line_segment: u64,
    definitions: Option<Vec<Definition>>,
}

/// A transaction set of a release.
pub struct Definition {
    pub(super) set: String,
    pub(super) release: String,
    pub(super) definition: Arc<Set>,
}

/// What is in force where a piece begins.
#[derive(Clone, Copy, Debug)]
pub struct InForce {
    /// The characters that part segments and elements.
    pub delimiters: Delimiters,
    /// The release of the group (GS08).
    pub release: Text15,
}

/// One place that a field is read from.
struct Slot<'l> {
    path: Path,
    slot: usize,
    converter: Converter<'l>,
    binding: &'l Binding,
    field: &'static Field,
}

/// The slots of one segment. Most segments of a file are bound by none, and are passed over by one comparison each.
struct Bound<'l> {
    id: u64,
    slots: Vec<Slot<'l>>,
    has_pairs: bool,
}

/// A segment ID or qualifier as a number, so that it is compared at once. X12 has none of more than seven characters.
fn tag(id: &[u8]) -> u64 {
    if id.len() > 7 {
        return u64::MAX;
    }
    id.iter().fold(1, |number, byte| (number << 8) | u64::from(*byte))
}

fn by_segment(slots: Vec<Slot<'_>>) -> Vec<Bound<'_>> {
    let mut bound: Vec<Bound<'_>> = Vec::new();
    for slot in slots {
        let (id, is_pair) = (slot.path.segment, matches!(slot.path.place, Element::Pair(_)));
        match bound.iter_mut().find(|known| known.id == id) {
            Some(known) => {
                known.has_pairs |= is_pair;
                known.slots.push(slot);
            }
            None => bound.push(Bound { id, slots: vec![slot], has_pairs: is_pair }),
        }
    }
    bound
}

/// Where a value stands in a transaction set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The loop's first segment and its element 01, if the place is inside a loop.
    within: Option<(u64, u64)>,
    segment: u64,
    qualifier: Option<u64>,
    place: Element,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    /// Element n, from 1.
    Number(usize),
    /// The value behind this qualifier among the pairs from element 6 on.
    Pair(u64),
}

/// Bytes of a line of an order with its PO1, PID and PO4, about; room is made for so many lines.
const LINE_BYTES: usize = 100;

/// The first element of the qualifier and value pairs of PO1 (ASC X12 segment PO1: PO106 and PO107 are the first).
const FIRST_PAIR: usize = 6;

/// Pairs of a qualifier and a value that one segment may hold: PO1 and LIN have ten and fifteen (ASC X12).
const PAIRS: usize = 16;

/// The qualifiers of a segment's pairs, so that they are looked at once and not once a binding.
#[derive(Default)]
struct Pairs {
    qualifiers: [u64; PAIRS],
    len: usize,
}

impl Pairs {
    fn of(segment: &Segment<'_>) -> Self {
        let mut pairs = Self::default();
        for (slot, at) in pairs.qualifiers.iter_mut().zip((FIRST_PAIR..segment.len()).step_by(2)) {
            *slot = tag(segment.element(at));
            pairs.len += 1;
        }
        pairs
    }

    /// The number of the element behind a qualifier.
    fn value(&self, qualifier: u64) -> Option<usize> {
        let at = self.qualifiers.get(..self.len)?.iter().position(|known| *known == qualifier)?;
        Some(FIRST_PAIR + 2 * at + 1)
    }
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (within, rest) = match text.split_once('/') {
            Some((outer, rest)) => {
                let (segment, qualifier) = head(outer)?;
                (Some((segment, qualifier.ok_or("a qualifier in brackets before the slash")?)), rest)
            }
            None => (None, text),
        };
        if let Some((segment, qualifier)) = rest.split_once('@') {
            let place = Element::Pair(tag(qualifier.as_bytes()));
            return Ok(Self { within, segment: tag(segment.as_bytes()), qualifier: None, place });
        }
        let digits = rest.len() - rest.bytes().rev().take_while(u8::is_ascii_digit).count();
        let at = digits.max(rest.len().saturating_sub(2));
        let number = rest.get(at..).and_then(|n| n.parse().ok()).filter(|n| (1..=99).contains(n));
        let number = number.ok_or_else(|| format!("two digits of an element at the end of {rest}, as in BEG03"))?;
        let (segment, qualifier) = head(&rest[..at])?;
        Ok(Self { within, segment, qualifier, place: Element::Number(number) })
    }
}

/// `N1[ST]` or `BEG`.
fn head(text: &str) -> Result<(u64, Option<u64>), String> {
    let (segment, qualifier) = match text.split_once('[') {
        Some((segment, rest)) => {
            let inner = rest.strip_suffix(']').ok_or_else(|| format!("a closing bracket in {text}"))?;
            (segment, Some(tag(inner.as_bytes())))
        }
        None => (text, None),
    };
    if (2..=3).contains(&segment.len()) && segment.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        Ok((tag(segment.as_bytes()), qualifier))
    } else {
        Err(format!("a segment of two or three characters instead of {segment:?}"))
    }
}

impl<'l> X12Program<'l> {
    /// Prepares a layout; bindings that make no sense are findings. With `validate`, sets must agree with their
    /// definitions.
    pub fn new(layout: &'l Layout, x12: &'l X12File, validate: bool, findings: &mut Findings) -> Option<Self> {
        let mut fields = [Vec::new(), Vec::new()];
        let mut slots = [Vec::new(), Vec::new()];
        for binding in &layout.bindings {
            let level = usize::from(binding.level == Level::Line);
            let field = layout.kind.fields(binding.level).get(binding.field)?;
            let slot = fields[level].len();
            fields[level].push(binding.field);
            for from in &binding.from {
                match Path::parse(from) {
                    Ok(path) => {
                        let converter = Converter::new(layout, binding, field);
                        slots[level].push(Slot { path, slot, converter, binding, field });
                    }
                    Err(expected) => {
                        findings
                            .push(Finding::new(Code::LayoutBinding, binding.at.clone()).found(from).expected(expected));
                        return None;
                    }
                }
            }
        }
        let ([header_fields, line_fields], [header, line]) = (fields, slots.map(by_segment));
        let required = x12.required.iter().map(|id| tag(id.as_bytes())).collect();
        let line_segment = tag(x12.line.as_bytes());
        let definitions = validate.then(|| x12_check::definitions(&x12.sets, &x12.releases));
        Some(Self { layout, x12, header, line, header_fields, line_fields, required, line_segment, definitions })
    }

    /// Reads a chunk that begins at a segment border.
    #[must_use]
    pub fn read(&self, chunk: &Chunk, force: InForce) -> Option<Parsed> {
        let mut reading = Reading::new(self, chunk.bytes.len());
        let start = Start { byte: chunk.start.byte, line: chunk.start.line, column: 1 };
        let mut segments = Segments::new(&chunk.bytes, force.delimiters, start);
        let Some(definitions) = &self.definitions else {
            while let Some(segment) = segments.next(&mut reading.findings) {
                reading.tracker.segment(&segment, &mut reading.findings);
                reading.segment(&segment);
            }
            return reading.finish(segments.position());
        };
        let mut checks = SetChecks::new(definitions, force.release);
        let mut delimiters = force.delimiters;
        while let Some(segment) = segments.next(&mut reading.findings) {
            reading.tracker.segment(&segment, &mut reading.findings);
            reading.segment(&segment);
            if segment.id() == b"ISA" {
                delimiters = Delimiters::from_isa(segment.raw(), 0).unwrap_or(delimiters);
            }
            checks.segment(&segment, &delimiters, reading.builder.document(), &mut reading.findings);
        }
        checks.end(reading.builder.document(), &mut reading.findings);
        reading.finish(segments.position())
    }

    /// Whether a set is one that this layout reads.
    fn reads(&self, set: &[u8]) -> bool {
        self.x12.sets.iter().any(|known| known.as_bytes() == set)
    }
}

/// In which part of a set the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Outside,
    Header,
    Line,
    Summary,
}

struct Reading<'p, 'l> {
    program: &'p X12Program<'l>,
    builder: BatchBuilder,
    findings: Findings,
    tracker: SetTracker,
    part: Part,
    within: Option<(u64, u64)>,
    seen: Vec<bool>,
    place: Place,
    scratch: Vec<u8>,
    segments: u64,
}

impl<'p, 'l> Reading<'p, 'l> {
    fn new(program: &'p X12Program<'l>, bytes: usize) -> Self {
        let fields: (&[usize], &[usize]) = (&program.header_fields, &program.line_fields);
        let builder = BatchBuilder::new(program.layout.kind, (fields.0, &[]), (fields.1, &[]));
        Self {
            program,
            builder: builder.expecting(bytes / LINE_BYTES),
            findings: Findings::of_batch(),
            tracker: SetTracker::default(),
            part: Part::Outside,
            within: None,
            seen: vec![false; program.x12.required.len()],
            place: Place::default(),
            scratch: Vec::new(),
            segments: 0,
        }
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        self.segments += 1;
        self.place = Place { line: segment.line, byte: segment.byte, record: segment.number };
        let id = segment.id();
        match id {
            b"ST" => return self.begin(segment),
            b"SE" => return self.end(),
            _ if self.part == Part::Outside => return,
            _ => {}
        }
        let number = tag(id);
        if let Some(at) = self.program.required.iter().position(|known| *known == number) {
            self.seen[at] = true;
        }
        if number == self.program.line_segment {
            self.part = Part::Line;
            self.within = None;
            self.builder.begin_line(self.place);
        } else if id == b"CTT" {
            self.part = Part::Summary;
            self.within = None;
        } else if id == b"N1" {
            self.within = Some((tag(id), tag(segment.element(1))));
        }
        self.values(number, segment);
    }

    fn begin(&mut self, segment: &Segment<'_>) {
        self.builder.begin_document(self.place);
        self.within = None;
        self.seen.iter_mut().for_each(|seen| *seen = false);
        if self.program.reads(segment.element(1)) {
            self.part = Part::Header;
            return;
        }
        self.part = Part::Outside;
        let finding = Finding::new(Code::X12SetUnexpected, segment.element_position(1)).found(segment.element(1));
        let expected = self.program.x12.sets.join(" or ");
        self.findings.push(finding.expected(expected).in_document(self.builder.document()));
    }

    fn end(&mut self) {
        if self.part != Part::Outside {
            for (name, _) in self.program.x12.required.iter().zip(&self.seen).filter(|(_, seen)| !**seen) {
                let finding = Finding::new(Code::X12SegmentMissing, self.place.into()).expected(name.clone());
                self.findings.push(finding.in_document(self.builder.document()));
            }
        }
        self.part = Part::Outside;
    }

    fn values(&mut self, id: u64, segment: &Segment<'_>) {
        let program = self.program;
        let (slots, level) = match self.part {
            Part::Line => (&program.line, Level::Line),
            _ => (&program.header, Level::Header),
        };
        let Some(bound) = slots.iter().find(|bound| bound.id == id) else { return };
        let pairs = if bound.has_pairs { Pairs::of(segment) } else { Pairs::default() };
        // Of several alternatives in one segment the first that is there counts.
        let mut last = usize::MAX;
        for slot in &bound.slots {
            if slot.slot == last {
                continue;
            }
            let there = |number: &usize| !segment.element(*number).is_empty();
            if let Some(number) = self.element(&slot.path, segment, &pairs).filter(there) {
                last = slot.slot;
                self.put(slot, level, segment, number);
            }
        }
    }

    /// The number of the element that a path names in this segment.
    fn element(&self, path: &Path, segment: &Segment<'_>, pairs: &Pairs) -> Option<usize> {
        if path.within.is_some() && path.within != self.within {
            return None;
        }
        if path.qualifier.is_some_and(|qualifier| qualifier != tag(segment.element(1))) {
            return None;
        }
        match &path.place {
            Element::Number(number) => Some(*number),
            Element::Pair(qualifier) => pairs.value(*qualifier),
        }
    }

    fn put(&mut self, slot: &Slot<'l>, level: Level, segment: &Segment<'_>, number: usize) {
        let text = segment.element(number);
        if text.is_empty() {
            return;
        }
        match slot.converter.convert(text, &mut self.scratch) {
            Converted::Empty => {}
            Converted::Text(value) => {
                self.builder.set_text(level, slot.slot, value);
            }
            Converted::Decimal(value) if slot.binding.sum => {
                self.builder.add_decimal(level, slot.slot, value);
            }
            Converted::Decimal(value) => {
                self.builder.set_decimal(level, slot.slot, value);
            }
            Converted::Unmapped(value) => {
                self.builder.set_text(level, slot.slot, value);
                self.invalid(Code::ValueUnmapped, slot, level, segment, number, "a value of the layout's table");
            }
            Converted::Invalid(code, expected) => self.invalid(code, slot, level, segment, number, expected),
        }
    }

    fn invalid(
        &mut self,
        code: Code,
        slot: &Slot<'l>,
        level: Level,
        segment: &Segment<'_>,
        number: usize,
        expected: &str,
    ) {
        let at = segment.element_position(number);
        let finding = Finding::new(code, at).expected(expected).in_document(self.builder.document());
        let text = segment.element(number);
        let finding = if slot.field.personal { finding.found_personal(text) } else { finding.found(text) };
        self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
    }

    fn finish(mut self, at: Position) -> Option<Parsed> {
        let marks = self.tracker.finish(at, &mut self.findings);
        Some(Parsed {
            batch: self.builder.finish().ok()?,
            findings: self.findings,
            marks,
            passed_over: 0,
            bad_rows: 0,
            trail: Default::default(),
            rows: self.segments,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segment: &str, qualifier: Option<&str>, place: Element) -> Path {
        let qualifier = qualifier.map(|q| tag(q.as_bytes()));
        Path { within: None, segment: tag(segment.as_bytes()), qualifier, place }
    }

    #[test]
    fn paths() {
        let within = Path { within: Some((tag(b"N1"), tag(b"ST"))), ..path("N4", None, Element::Number(1)) };
        for (text, expected) in [
            ("BEG03", path("BEG", None, Element::Number(3))),
            ("N104", path("N1", None, Element::Number(4))),
            ("REF[DP]02", path("REF", Some("DP"), Element::Number(2))),
            ("N1[ST]/N401", within),
            ("PO1@UP", path("PO1", None, Element::Pair(tag(b"UP")))),
        ] {
            assert_eq!(Path::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "B", "BEG", "REF[DP02", "N1/N401", "BEG00", "toolong01"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
