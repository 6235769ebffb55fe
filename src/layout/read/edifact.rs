//! EDIFACT segments to documents: one message is one document.
//!
//! Bindings name a component (`NAD.2.1`) or an element (`BGM.2`, its first component); with the qualifier in the first
//! component of the first element (`DTM[137].1.2`); inside a group that begins with another segment
//! (`NAD[BY]/RFF[VA].1.2`, `LIN/QTY[21].1.2`); or the value before a qualifier, in whichever element it stands
//! (`PIA[5]@SA`, `COM@TE`). A date of a DTM is read as its format qualifier says (code list 2379). What a level of a tree
//! says (`CPS/GIN[BJ].2` where `level = "CPS"`) goes to every line below it, that of the nearest level first.
//!
//! Of a kind without lines each line segment begins a document, and what stands before it in the message or its level
//! (PGI of PRICAT) is said of all that follow, unless they say something of their own.

use super::edifact_path::{Look, Which, Within};
pub use super::edifact_program::{EdifactProgram, is_read};
use super::edifact_program::{Slot, named};
use super::levels::{Kept, Levels};
use super::segments::{Checks, Documents, Required, begun, ends_set, tag};
use super::{Chunk, Parsed};
use crate::document::{BatchBuilder, Code, Decimal, Finding, Findings, Level, Place, Position, Type};
use crate::layout::convert::Converted;
use crate::limits;
use crate::syntax::edifact::{MessageTracker, Segment, Segments, Start, Syntax};

/// Bytes of a line of an order with its segments, about; room is made for so many lines.
const LINE_BYTES: usize = 120;

impl EdifactProgram<'_> {
    /// Reads a chunk that begins at a segment border.
    #[must_use]
    pub fn read(&self, chunk: &Chunk, syntax: Syntax) -> Option<Parsed> {
        let mut reading = Reading::new(self, chunk.bytes.len());
        let start = Start { byte: chunk.start.byte, line: chunk.start.line, column: 1 };
        let mut segments = Segments::new(&chunk.bytes, syntax, start);
        let mut checks = self.definitions.as_deref().map(Checks::new);
        while let Some(segment) = segments.next(&mut reading.findings) {
            if ends_set::<Syntax>(segment.id()) {
                reading.close_empty();
            }
            reading.tracker.segment_in(&segment, begun(&reading.builder), &mut reading.findings);
            reading.segment(&segment);
            if let Some(checks) = &mut checks {
                let of = reading.documents.of_set(&reading.builder);
                checks.segment(&segment, of, named, &mut reading.findings);
            }
        }
        reading.close_empty();
        if let Some(checks) = &mut checks {
            checks.end(&mut reading.findings);
        }
        reading.finish(segments.position())
    }
}

/// In which part of a message the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Outside,
    Header,
    /// At a level above the lines.
    Outer,
    Line,
    Summary,
}

/// The rank of the place that a layout names first.
const FIRST: Option<usize> = Some(0);

/// What a value became before it is converted.
enum Prepared {
    /// A date as ISO text; empty if it does not fit its format.
    Date,
    /// Another text.
    Changed,
    /// Nothing had to be done.
    AsReceived,
}

/// The best value so far of a field with several places, which may stand in any order.
#[derive(Default)]
struct Pending {
    rank: Option<usize>,
    text: String,
    decimal: Option<Decimal>,
}

struct Reading<'p, 'l> {
    program: &'p EdifactProgram<'l>,
    builder: BatchBuilder,
    findings: Findings,
    tracker: MessageTracker,
    part: At,
    within: Option<Within>,
    levels: Levels<Outer>,
    documents: Documents,
    /// What is said of several documents of a message, until they are all known.
    of_all: Vec<Finding>,
    /// While a level's value is read: its place among the bindings.
    outer: Option<(usize, usize)>,
    required: Required<'p>,
    pending: [Vec<Pending>; 2],
    place: Place,
    text: Vec<u8>,
    scratch: Vec<u8>,
    segments: u64,
}

/// What a level says: how many levels are above it, and a text or a decimal.
type Outer = (usize, String, Option<Decimal>);

impl<'p, 'l> Reading<'p, 'l> {
    fn new(program: &'p EdifactProgram<'l>, bytes: usize) -> Self {
        let fields: (&[usize], &[usize]) = (&program.fields[0], &program.fields[1]);
        let builder = BatchBuilder::new(program.layout.kind, (fields.0, &[]), (fields.1, &[]));
        let pending = |fields: &[usize]| fields.iter().map(|_| Pending::default()).collect();
        Self {
            program,
            builder: builder.expecting(bytes / LINE_BYTES),
            findings: Findings::of_batch(),
            tracker: MessageTracker::default(),
            part: At::Outside,
            within: None,
            levels: Levels::default(),
            documents: Documents::new(program.layout.kind),
            of_all: Vec::new(),
            outer: None,
            required: Required::new(&program.edifact.required, &program.required),
            pending: [pending(fields.0), pending(fields.1)],
            place: Place::default(),
            text: Vec::new(),
            scratch: Vec::new(),
            segments: 0,
        }
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        self.segments += 1;
        self.place = Place { line: segment.line, byte: segment.byte, record: segment.number };
        let id = segment.id();
        match id {
            b"UNH" => return self.begin(segment),
            b"UNT" => return self.end(),
            _ if self.part == At::Outside => return,
            _ => {}
        }
        let number = tag(id);
        self.required.see(number);
        if number == self.program.line_segment {
            self.begin_line(segment);
        } else if Some(number) == self.program.level {
            self.level(segment);
        } else if self.part != At::Summary && (id == b"CNT" || (id == b"UNS" && segment.element(1) == b"S")) {
            self.part = At::Summary;
            self.within = Some(Within::of(tag(b"UNS")));
        } else if self.program.is_head(number, self.part == At::Line) {
            self.within = Some(Within::at(segment));
        } else if id == b"BGM" {
            self.check_code(segment);
        }
        self.values(number, segment);
    }

    /// Begins a line, with what the levels above say of it; of a kind without lines a document.
    fn begin_line(&mut self, segment: &Segment<'_>) {
        let program = self.program;
        self.close_line();
        self.part = At::Line;
        self.within = Some(if program.asks_line { Within::at(segment) } else { Within::of(program.line_segment) });
        if self.documents.of_lines {
            return self.builder.begin_document(self.place);
        }
        self.builder.begin_line(self.place);
        self.give(Level::Line);
    }

    /// Ends a line. A document of a kind without lines gets what stands before it, where it says nothing of its own.
    fn close_line(&mut self) {
        if !self.documents.of_lines {
            return self.flush(Level::Line);
        }
        if self.part == At::Line {
            self.flush(Level::Header);
            self.give(Level::Header);
            self.flush(Level::Header);
        }
    }

    /// Gives the current line or document what the levels above say.
    fn give(&mut self, level: Level) {
        let program = self.program;
        self.outer = None;
        let mut levels = std::mem::take(&mut self.levels);
        let bound = &program.bound[usize::from(level == Level::Line)];
        let slot_of = |kept: &Kept<Outer>| bound.get(kept.bound).and_then(|bound| bound.slots.get(kept.place));
        // Packages, from the nearest: levels that have a number.
        let mut packages: Vec<usize> = Vec::new();
        if program.asks_packages {
            let numbered = |kept: &&Kept<Outer>| slot_of(kept).is_some_and(|slot| slot.path.segment == tag(b"GIN"));
            packages.extend(levels.nearest_first().iter().filter(numbered).map(|kept| kept.value.0));
            packages.dedup();
            for kept in levels.nearest_first() {
                let Some(slot) = slot_of(kept) else { continue };
                let wanted = match slot.path.level {
                    Which::Nearest => continue,
                    Which::Package => packages.first(),
                    Which::Tare => packages.get(1),
                };
                if wanted == Some(&kept.value.0) && !self.is_worse(slot, level) {
                    self.give_one(slot, level, &kept.value);
                }
            }
        }
        for kept in levels.nearest() {
            let Some(slot) = slot_of(kept).filter(|slot| slot.path.level == Which::Nearest) else { continue };
            if !self.is_worse(slot, level) {
                self.give_one(slot, level, &kept.value);
            }
        }
        self.levels = levels;
    }

    fn give_one(&mut self, slot: &Slot<'l>, level: Level, (_, text, decimal): &Outer) {
        match decimal {
            Some(value) => drop(self.keep_decimal(slot, level, *value)),
            None => self.keep_text(slot, level, text),
        }
    }

    /// Begins a level of the tree: its number, and that of the one above it. In a catalogue one stands beside the other.
    fn level(&mut self, segment: &Segment<'_>) {
        self.close_line();
        self.part = At::Outer;
        self.within = Some(Within::at(segment));
        let code = tag(segment.id());
        let fits = if self.documents.of_lines {
            self.levels.enter_at(1, &[], code)
        } else {
            self.levels.enter(segment.component(1, 1), segment.component(2, 1), code)
        };
        if !fits {
            let expected = format!("at most {} levels", limits::HL_LEVELS);
            self.tell(Finding::new(Code::DocumentTooLarge, segment.position()).expected(expected));
        }
    }

    /// Tells something of the current document, or of all that follow in the message.
    fn tell(&mut self, finding: Finding) {
        if !self.documents.of_lines || self.part == At::Line {
            return self.findings.push(finding.in_document(self.builder.document()));
        }
        if self.of_all.len() < limits::LEVEL_VALUES {
            self.of_all.push(finding);
        }
    }

    /// A credit note is no invoice: of a message type only those are read whose code the layout names.
    fn check_code(&mut self, segment: &Segment<'_>) {
        let (code, known) = (segment.component(1, 1), &self.program.edifact.codes);
        if known.is_empty() || known.iter().any(|known| known.as_bytes() == code) {
            return;
        }
        let finding = Finding::new(Code::EdifactMessageUnexpected, segment.component_position(1, 1));
        self.tell(finding.found(code).expected(known.join(" or ")));
    }

    fn begin(&mut self, segment: &Segment<'_>) {
        self.end_message();
        let edifact = self.program.edifact;
        let reads = is_read(edifact, segment);
        self.documents.begin(reads, self.place, &mut self.builder);
        self.within = None;
        self.levels.leave(0);
        if self.documents.of_lines {
            self.levels.enter_at(0, &[], tag(segment.id()));
        }
        self.required.begin();
        if reads {
            self.part = At::Header;
            return;
        }
        self.part = At::Outside;
        let finding = Finding::new(Code::EdifactMessageUnexpected, segment.element_position(2));
        let expected = format!("{} of {}", edifact.messages.join(" or "), edifact.directories.join(" or "));
        let finding = finding.found(segment.element(2)).expected(expected);
        self.findings.push(finding.in_document(self.builder.document()));
    }

    fn end(&mut self) {
        if self.part != At::Outside {
            let (first, count) = self.documents.of_set(&self.builder);
            for name in self.required.missing() {
                let finding = Finding::new(Code::EdifactSegmentMissing, self.place.into()).expected(name.clone());
                self.findings.push(finding.in_documents(first, count));
            }
        }
        self.end_message();
    }

    /// Ends the message, if one is open.
    fn end_message(&mut self) {
        self.close_line();
        self.flush_all();
        self.part = At::Outside;
        let (first, count) = self.documents.of_set(&self.builder);
        for finding in std::mem::take(&mut self.of_all) {
            self.findings.push(finding.in_documents(first, count));
        }
    }

    fn close_empty(&mut self) {
        if self.part != At::Outside {
            self.documents.close(self.place, &mut self.builder);
        }
    }

    fn values(&mut self, id: u64, segment: &Segment<'_>) {
        let program = self.program;
        let of_lines = self.documents.of_lines;
        if of_lines && self.part == At::Summary {
            return;
        }
        let of_line = !of_lines && matches!(self.part, At::Line | At::Outer);
        let level = if of_line { Level::Line } else { Level::Header };
        let is_outer = self.part == At::Outer || (of_lines && self.part == At::Header);
        let bounds = &program.bound[usize::from(level == Level::Line)];
        let Some(at) = bounds.iter().position(|bound| bound.id == id) else { return };
        let bound = &bounds[at];
        let (look, places) = Look::at(segment, &bound.index);
        for place in places {
            let Some(slot) = bound.slots.get(place) else { continue };
            if is_outer && !of_lines && slot.path.within.as_ref().map(|(head, _)| *head) != program.level {
                continue;
            }
            if (!is_outer && self.is_worse(slot, level)) || !slot.path.fits(self.within.as_ref(), segment, &look) {
                continue;
            }
            if let Some((element, component, value)) = slot.path.find(segment, &look) {
                self.outer = is_outer.then_some((at, place));
                self.put(slot, level, segment, (element, component), &value);
                // A GIN holds up to five numbers, and ranges of them.
                let more = [segment.component(2, 2), segment.element(3)].into_iter().find(|more| !more.is_empty());
                if let Some(more) = more.filter(|_| is_outer && id == tag(b"GIN") && slot.path.level != Which::Tare) {
                    self.several(&String::from_utf8_lossy(more));
                }
            }
        }
    }

    /// Whether a place that the layout names before this one had a value.
    fn is_worse(&self, slot: &Slot<'l>, level: Level) -> bool {
        let pending = &self.pending[usize::from(level == Level::Line)][slot.slot];
        slot.rank.is_some() && pending.rank.is_some_and(|known| Some(known) < slot.rank)
    }

    fn put(&mut self, slot: &'p Slot<'l>, level: Level, segment: &Segment<'_>, place: (usize, usize), value: &[u8]) {
        let mut text = std::mem::take(&mut self.text);
        let mut scratch = std::mem::take(&mut self.scratch);
        let (plain, converted) = match self.prepare(slot, segment, place, value, &mut text) {
            Prepared::Date => match std::str::from_utf8(&text) {
                Ok("") | Err(_) => {
                    let expected = "a date in the format of its qualifier";
                    (text.as_slice(), Converted::Invalid(Code::DateInvalid, expected))
                }
                Ok(date) => (text.as_slice(), Converted::Text(date)),
            },
            Prepared::Changed => (text.as_slice(), slot.converter.convert(&text, &mut scratch)),
            Prepared::AsReceived => (value, slot.converter.convert(value, &mut scratch)),
        };
        let basis = if segment.id() == b"PRI" && place == (1, 2) { segment.component(1, 5) } else { &[] };
        match converted {
            Converted::Empty => {}
            Converted::Text(value) => self.keep_text(slot, level, value),
            Converted::Decimal(value) => match per_unit(value, basis) {
                Some(value) if self.keep_decimal(slot, level, value) => {}
                // Quantities of several places or times: the first is only one of them.
                Some(_) => self.invalid(Code::FieldRepeated, slot, level, segment, place, plain, "one value"),
                None => {
                    let expected = "a price that divided by its basis has at most 9 decimal places";
                    self.invalid(Code::ValueInvalid, slot, level, segment, place, plain, expected);
                }
            },
            Converted::Unmapped(value) => {
                self.keep_text(slot, level, value);
                let expected = "a value of the layout's table";
                self.invalid(Code::ValueUnmapped, slot, level, segment, place, value.as_bytes(), expected);
            }
            Converted::Invalid(code, expected) => {
                let raw = segment.dialect().unescape(value, &mut self.scratch).to_vec();
                self.invalid(code, slot, level, segment, place, &raw, expected);
            }
        }
        (self.text, self.scratch) = (text, scratch);
    }

    /// Makes of the value what the converter takes, in `out` if it is another text than was received.
    fn prepare(
        &self,
        slot: &Slot<'l>,
        segment: &Segment<'_>,
        (element, component): (usize, usize),
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> Prepared {
        let syntax = segment.dialect();
        if matches!(slot.field.kind, Type::Date | Type::DateTime) && segment.id() == b"DTM" {
            let code = segment.component(element, component + 1);
            if self.program.date(value, code, slot.field.kind, out).is_some() {
                return Prepared::Date;
            }
        }
        let is_released = syntax.release.is_some_and(|release| segment.released && value.contains(&release));
        let is_marked = |byte: &u8| marked(syntax, *byte) != *byte;
        let has_mark = slot.field.kind.is_decimal() && value.iter().any(is_marked);
        if !is_released && !has_mark {
            return Prepared::AsReceived;
        }
        out.clear();
        if is_released {
            let mut plain = Vec::new();
            out.extend_from_slice(syntax.unescape(value, &mut plain));
        } else {
            out.extend_from_slice(value);
        }
        if slot.field.kind.is_decimal() {
            out.iter_mut().for_each(|byte| *byte = marked(syntax, *byte));
        }
        Prepared::Changed
    }

    fn keep_text(&mut self, slot: &Slot<'l>, level: Level, value: &str) {
        if self.outer.is_some() {
            return self.keep_outer(slot, value, None);
        }
        if slot.rank.is_none() {
            self.builder.set_text(level, slot.slot, value);
            return;
        }
        let pending = &mut self.pending[usize::from(level == Level::Line)][slot.slot];
        if pending.rank == slot.rank {
            return;
        }
        pending.rank = slot.rank;
        if slot.rank == FIRST {
            self.builder.set_text(level, slot.slot, value);
            return;
        }
        pending.text.clear();
        pending.text.push_str(value);
    }

    /// Keeps a level's value for the lines below it.
    fn keep_outer(&mut self, slot: &Slot<'l>, text: &str, decimal: Option<Decimal>) {
        let Some(at) = self.outer else { return };
        let depth = self.levels.len();
        if !slot.binding.sum && self.levels.said(at).is_some_and(|(_, said, number)| said != text || *number != decimal)
        {
            // What is the number of a package is that of a tare too, and is told once.
            if slot.path.level != Which::Tare {
                self.several(text);
            }
            return;
        }
        if !self.levels.keep(at, slot.slot, slot.binding.sum, (depth, text.to_owned(), decimal)) {
            let expected = format!("at most {} values of levels", limits::LEVEL_VALUES);
            self.tell(Finding::new(Code::DocumentTooLarge, self.place.into()).expected(expected));
        }
    }

    /// Of several values of a level the first counts, which is told.
    fn several(&mut self, text: &str) {
        let at = Position::from(self.place);
        self.tell(Finding::new(Code::LevelSeveral, at).found(text.as_bytes()).expected("one value of the level"));
    }

    /// False if another value is there already that is meant as much.
    fn keep_decimal(&mut self, slot: &Slot<'l>, level: Level, value: Decimal) -> bool {
        if self.outer.is_some() {
            self.keep_outer(slot, "", Some(value));
            return true;
        }
        if slot.binding.sum {
            self.builder.add_decimal(level, slot.slot, value);
        } else {
            let pending = &mut self.pending[usize::from(level == Level::Line)][slot.slot];
            if pending.rank == slot.rank {
                return pending.decimal == Some(value);
            }
            (pending.rank, pending.decimal) = (slot.rank, Some(value));
        }
        true
    }

    fn flush_all(&mut self) {
        self.flush(Level::Line);
        self.flush(Level::Header);
    }

    /// Hands the values that waited for a better one to the current document or line.
    fn flush(&mut self, level: Level) {
        for (slot, pending) in self.pending[usize::from(level == Level::Line)].iter_mut().enumerate() {
            match (pending.rank.take(), pending.decimal.take()) {
                (None, _) => {}
                (_, Some(value)) => drop(self.builder.set_decimal(level, slot, value)),
                // Nothing is better than the first place: its text was handed on at once.
                (FIRST, None) => {}
                (Some(_), None) => drop(self.builder.set_text(level, slot, &pending.text)),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each says one thing of the finding")]
    fn invalid(
        &mut self,
        code: Code,
        slot: &Slot<'l>,
        level: Level,
        segment: &Segment<'_>,
        (element, component): (usize, usize),
        text: &[u8],
        expected: &str,
    ) {
        let at = segment.component_position(element, component);
        let finding = Finding::new(code, at).expected(expected);
        let finding = if slot.field.personal { finding.found_personal(text) } else { finding.found(text) };
        self.tell(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
    }

    fn finish(mut self, at: Position) -> Option<Parsed> {
        self.end_message();
        let documents = begun(&self.builder);
        let edifact = self.tracker.finish_in(at, documents, &mut self.findings);
        Some(Parsed {
            batch: self.builder.finish().ok()?,
            findings: self.findings,
            marks: Vec::new(),
            edifact,
            passed_over: 0,
            bad_rows: 0,
            trail: Default::default(),
            rows: self.segments,
        })
    }
}

/// The decimal mark as the point. Before syntax 4 the other mark is no mark, and stays wrong.
fn marked(syntax: &Syntax, byte: u8) -> u8 {
    match byte {
        b',' if syntax.version >= 4 || syntax.decimal == b',' => b'.',
        b'.' if syntax.version < 4 && syntax.decimal == b',' => b',',
        other => other,
    }
}

/// A price divided by its basis (PRI, component 5284: the price is for so many units); none if that is not exact.
fn per_unit(price: Decimal, basis: &[u8]) -> Option<Decimal> {
    if basis.is_empty() || basis == b"1" {
        return Some(price);
    }
    let basis = Decimal::parse(basis).ok().filter(|basis| basis.billionths() > 0)?;
    let scaled = price.billionths().checked_mul(1_000_000_000)?;
    (scaled % basis.billionths() == 0).then(|| Decimal::from_billionths(scaled / basis.billionths())).flatten()
}
