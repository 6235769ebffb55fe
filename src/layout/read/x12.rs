//! Segments to documents: one transaction set is one document.
//!
//! Bindings name elements (`BEG03`), with a qualifier in element 01 (`REF[DP]02`) or another one (`SAC[02=D240]05`),
//! inside a loop (`N1[ST]/N401`), or the value behind a qualifier among pairs (`PO1@UP`, pairs from PO106 on).
//!
//! In a tree of HL segments the line is a level (`line = "HL[I]"`). The first level gives the header; what the levels
//! between say (`HL[O]/PRF01`, `HL[P]/MAN[GM]02`) goes to every line below them, that of the nearest level first. LX in
//! front of the segment that begins lines is such a level too (`LX/MAN02`).
//!
//! Of a kind without lines each such segment begins a document, and what stands before the first is said of them all: the
//! products of a catalogue.

use super::levels::Levels;
use super::segments::{Checks, Definition, Documents, Named, Required, begun, ends_set, tag};
use super::slots::{self, Bound};
use super::x12_pairs::Pairs;
use super::x12_path::{Element, Path};
use super::x12_slots::{self, Slot};
use super::x12_split::{self, Waiting};
use super::{Chunk, Parsed};
use crate::document::{BatchBuilder, Code, Finding, Findings, Level, Place, Position};
use crate::layout::Layout;
use crate::layout::convert::{Converted, Converter};
use crate::layout::model::X12File;
use crate::limits;
use crate::schema::{Guides, Standard};
use crate::syntax::x12::{Delimiters, Segment, Segments, SetTracker, Start, Text15};

/// A layout of X12 transaction sets, prepared.
pub struct X12Program<'l> {
    layout: &'l Layout,
    x12: &'l X12File,
    header: Vec<Bound<Slot<'l>>>,
    line: Vec<Bound<Slot<'l>>>,
    header_fields: Vec<usize>,
    line_fields: Vec<usize>,
    required: Vec<u64>,
    line_segment: u64,
    definitions: Option<Vec<Definition>>,
    /// Whether SLN are read: parts of the line, of which other segments say nothing of the line itself.
    has_components: bool,
    /// The level of HL that is a line.
    line_level: Option<u64>,
    has_levels: bool,
}

/// What is in force where a piece begins.
#[derive(Clone, Copy, Debug)]
pub struct InForce {
    /// The characters that part segments and elements.
    pub delimiters: Delimiters,
    /// The release of the group (GS08).
    pub release: Text15,
}

/// Bytes of a line of an order with its PO1, PID and PO4, about; room is made for so many lines.
const LINE_BYTES: usize = 100;

impl<'l> X12Program<'l> {
    /// Prepares a layout; bindings that make no sense are findings. With `validate`, sets must agree with its
    /// definitions.
    pub fn new(
        layout: &'l Layout,
        x12: &'l X12File,
        validate: Option<&Guides>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut fields = [Vec::new(), Vec::new()];
        let mut bound = [Vec::new(), Vec::new()];
        for binding in &layout.bindings {
            let level = usize::from(binding.level == Level::Line);
            let field = layout.kind.fields(binding.level).get(binding.field)?;
            let slot = fields[level].len();
            fields[level].push(binding.field);
            for from in &binding.from {
                match Path::parse(from) {
                    Ok(path) => {
                        let converter = Converter::new(layout, binding, field);
                        let slot = Slot { path, pair: 0, slot, converter, binding, field };
                        if x12_slots::add(&mut bound[level], slot).is_none() {
                            findings.push(slots::too_many(binding, from));
                            return None;
                        }
                    }
                    Err(expected) => {
                        findings
                            .push(Finding::new(Code::LayoutBinding, binding.at.clone()).found(from).expected(expected));
                        return None;
                    }
                }
            }
        }
        let ([header_fields, line_fields], [header, line]) = (fields, bound);
        let required = x12.required.iter().map(|id| tag(id.as_bytes())).collect();
        let line_level = x12.line.strip_prefix("HL[").and_then(|rest| rest.strip_suffix(']'));
        let line_level = line_level.map(|code| tag(code.as_bytes()));
        let line_segment = if line_level.is_some() { u64::MAX } else { tag(x12.line.as_bytes()) };
        let all = || header.iter().chain(&line).flat_map(|bound| &bound.slots);
        let has_levels = line_level.is_some() || all().any(|slot| slot.path.level.is_some());
        let has_components = line.iter().any(|bound| bound.id == tag(b"SLN"));
        let definitions = validate.map(|guides| definitions(x12, guides));
        Some(Self {
            layout,
            x12,
            header,
            line,
            header_fields,
            line_fields,
            required,
            line_segment,
            has_components,
            line_level,
            has_levels,
            definitions,
        })
    }

    /// Reads a chunk that begins at a segment border.
    #[must_use]
    pub fn read(&self, chunk: &Chunk, force: InForce) -> Option<Parsed> {
        let mut reading = Reading::new(self, chunk.bytes.len());
        reading.splits = self.x12.stores && memchr::memmem::find(&chunk.bytes, b"SDQ").is_some();
        let start = Start { byte: chunk.start.byte, line: chunk.start.line, column: 1 };
        let mut segments = Segments::new(&chunk.bytes, force.delimiters, start);
        let mut checks = self.definitions.as_deref().map(Checks::new);
        let mut release = force.release;
        while let Some(segment) = segments.next(&mut reading.findings) {
            if ends_set::<Delimiters>(segment.id()) {
                reading.close_empty();
            }
            reading.tracker.segment_in(&segment, begun(&reading.builder), &mut reading.findings);
            reading.take(&segment);
            if let Some(checks) = &mut checks {
                if segment.id() == b"GS" {
                    release = Text15::new(segment.element(8));
                }
                let of = reading.documents.of_set(&reading.builder);
                checks.segment(&segment, of, |st| named(&release, st.element(1)), &mut reading.findings);
            }
        }
        reading.split();
        reading.close_empty();
        if let Some(checks) = &mut checks {
            checks.end(&mut reading.findings);
        }
        reading.finish(segments.position())
    }

    /// Whether a set is one that this layout reads.
    fn reads(&self, set: &[u8]) -> bool {
        self.x12.sets.iter().any(|known| known.as_bytes() == set)
    }
}

/// The definitions of a layout's sets in the releases that are in the box.
fn definitions(x12: &X12File, guides: &Guides) -> Vec<Definition> {
    let mut all: Vec<Definition> = Vec::new();
    for (id, release) in x12.sets.iter().flat_map(|id| x12.releases.iter().map(move |release| (id, release))) {
        let release = release.get(..RELEASE_CHARS).unwrap_or(release);
        let is_known = all.iter().any(|known| known.id == *id && known.release == release);
        let found = guides.set(Standard::X12(release), id).filter(|_| !is_known);
        let (id, release) = (id.clone(), release.to_owned());
        all.extend(found.map(|set| Definition { release, id, version: 0, set }));
    }
    all
}

/// Characters of a release before what tells the industry's guide (GS08: `005010X231A1`).
const RELEASE_CHARS: usize = 6;

fn named<'s>(release: &Text15, id: &'s [u8]) -> Named<'s> {
    let release = release.as_bytes();
    let release = String::from_utf8_lossy(release.get(..RELEASE_CHARS).unwrap_or(release)).into_owned();
    Named { release, id, version: 0 }
}

/// In which part of a set the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Outside,
    Header,
    /// At a level between the header and the lines.
    Outer,
    Line,
    /// In a part of a line (SLN).
    Component,
    Summary,
}

struct Reading<'p, 'l> {
    program: &'p X12Program<'l>,
    builder: BatchBuilder,
    findings: Findings,
    tracker: SetTracker,
    part: Part,
    within: Option<(u64, u64)>,
    /// The levels that are open, and their values as received.
    levels: Levels<(Vec<u8>, Position)>,
    documents: Documents,
    /// Texts that are put together from several segments of a line.
    joined: Vec<(Level, usize, String)>,
    /// Whether lines are split among stores here.
    splits: bool,
    waiting: Vec<Waiting>,
    /// Lines of the document that splitting has made.
    more: u64,
    required: Required<'p>,
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
            levels: Levels::default(),
            documents: Documents::new(program.layout.kind),
            joined: Vec::new(),
            splits: false,
            waiting: Vec::new(),
            more: 0,
            required: Required::new(&program.x12.required, &program.required),
            place: Place::default(),
            scratch: Vec::new(),
            segments: 0,
        }
    }

    /// Reads a segment, or keeps it until the line is complete that may be split.
    fn take(&mut self, segment: &Segment<'_>) {
        if !self.splits {
            return self.segment(segment);
        }
        let id = segment.id();
        let begins = tag(id) == self.program.line_segment;
        let ends = matches!(id, b"CTT" | b"SE" | b"ST" | b"GS" | b"GE" | b"ISA" | b"IEA");
        if begins || ends {
            self.split();
        }
        if begins || (!ends && !self.waiting.is_empty()) {
            self.waiting.push(Waiting::of(segment));
            if self.waiting.len() >= limits::SPLIT_SEGMENTS {
                self.split();
            }
        } else if id == b"CTT" && self.more > 0 {
            self.replay(&x12_split::with_more(segment, self.more));
        } else {
            self.segment(segment);
        }
    }

    /// Reads the segments that wait, once for each store.
    fn split(&mut self) {
        let line = std::mem::take(&mut self.waiting);
        let (wrong, start) = (x12_split::disagreement(&line), line.first().map(|first| first.start));
        let Some(lines) = x12_split::by_store(line) else {
            let at = start.map_or_else(Position::default, |start| Position::at(start.byte, start.line));
            let expected = format!("at most {} segments from one line and its stores", limits::SPLIT_SEGMENTS);
            return self.findings.push(Finding::new(Code::DocumentTooLarge, at).expected(expected));
        };
        self.more += lines.len().saturating_sub(1) as u64;
        for segment in lines.iter().flatten() {
            self.replay(segment);
        }
        if let (Some((sum, stated)), Some(start)) = (wrong, start) {
            let at = Position::at(start.byte, start.line).field("quantity");
            let finding =
                Finding::new(Code::ControlTotal, at).found(&stated).expected(format!("{sum}, the sum of SDQ"));
            self.findings.push(finding.in_document(self.builder.document()));
        }
    }

    fn replay(&mut self, segment: &Waiting) {
        let (text, delimiters) = segment.text();
        let mut segments = Segments::new(&text, delimiters, segment.start);
        while let Some(segment) = segments.next(&mut self.findings) {
            self.segment(&segment);
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
        self.required.see(number);
        if number == self.program.line_segment {
            self.begin_line();
        } else if self.program.has_levels && matches!(id, b"HL" | b"LX") {
            self.level(segment);
        } else if matches!(id, b"CTT" | b"TDS" | b"W03") {
            self.close_line();
            self.part = Part::Summary;
            self.within = None;
            self.levels.leave(0);
        } else if id == b"SLN" && self.part == Part::Line && self.program.has_components {
            self.part = Part::Component;
        } else if id == b"N1" {
            self.within = Some((tag(id), tag(segment.element(1))));
        }
        self.values(number, segment);
    }

    /// Begins a line, with what the levels above say of it; of a kind without lines a document.
    fn begin_line(&mut self) {
        self.close_line();
        self.part = Part::Line;
        self.within = None;
        if self.documents.of_lines {
            return self.builder.begin_document(self.place);
        }
        self.builder.begin_line(self.place);
        self.give(Level::Line);
    }

    /// Ends a line: sets the texts that it puts together. A document of a kind without lines gets what stands before the
    /// first of its set, where it says nothing of its own.
    fn close_line(&mut self) {
        for (level, slot, text) in std::mem::take(&mut self.joined) {
            self.builder.set_text(level, slot, &text);
        }
        if self.documents.of_lines && self.part == Part::Line {
            self.give(Level::Header);
        }
    }

    /// Gives the current line or document what is kept for it.
    fn give(&mut self, level: Level) {
        let program = self.program;
        let all = if level == Level::Line { &program.line } else { &program.header };
        let mut levels = std::mem::take(&mut self.levels);
        for kept in levels.nearest_first() {
            if let Some(slot) = all.get(kept.bound).and_then(|bound| bound.slots.get(kept.place)) {
                let (text, at) = &kept.value;
                self.put(slot, level, text, &|| at.clone());
            }
        }
        self.levels = levels;
    }

    fn close_empty(&mut self) {
        if self.part != Part::Outside {
            self.documents.close(self.place, &mut self.builder);
        }
    }

    /// Begins a level, below the one that it names as its parent (HL02).
    fn level(&mut self, segment: &Segment<'_>) {
        self.within = None;
        if segment.id() == b"LX" {
            self.levels.enter_at(0, &[], tag(b"LX"));
            self.part = Part::Outer;
            return;
        }
        let code = tag(segment.element(3));
        if !self.levels.enter(segment.element(1), segment.element(2), code) {
            let expected = format!("at most {} levels of HL", limits::HL_LEVELS);
            self.findings.push(Finding::new(Code::X12Structure, segment.position()).expected(expected));
        }
        if Some(code) == self.program.line_level {
            self.begin_line();
        } else if !self.program.line_level.is_some_and(|line| self.levels.is_below(line)) {
            self.part = if self.levels.len() == 1 { Part::Header } else { Part::Outer };
        }
    }

    fn begin(&mut self, segment: &Segment<'_>) {
        self.close_line();
        let reads = self.program.reads(segment.element(1));
        self.documents.begin(reads, self.place, &mut self.builder);
        self.within = None;
        self.levels.leave(0);
        self.more = 0;
        self.required.begin();
        if reads {
            self.part = Part::Header;
            return;
        }
        self.part = Part::Outside;
        let finding = Finding::new(Code::X12SetUnexpected, segment.element_position(1)).found(segment.element(1));
        let expected = self.program.x12.sets.join(" or ");
        self.findings.push(finding.expected(expected).in_document(self.builder.document()));
    }

    fn end(&mut self) {
        self.close_line();
        if self.part != Part::Outside {
            let (first, count) = self.documents.of_set(&self.builder);
            for name in self.required.missing() {
                let finding = Finding::new(Code::X12SegmentMissing, self.place.into()).expected(name.clone());
                self.findings.push(finding.in_documents(first, count));
            }
        }
        self.part = Part::Outside;
    }

    fn values(&mut self, id: u64, segment: &Segment<'_>) {
        if self.part == Part::Component && !matches!(segment.id(), b"SLN" | b"SAC" | b"AMT") {
            return;
        }
        let lines = matches!(self.part, Part::Line | Part::Component | Part::Outer);
        if lines {
            self.bound(Level::Line, id, segment);
        }
        if !lines || self.program.has_levels || self.documents.of_lines {
            self.bound(Level::Header, id, segment);
        }
    }

    fn bound(&mut self, level: Level, id: u64, segment: &Segment<'_>) {
        let program = self.program;
        let all = if level == Level::Line { &program.line } else { &program.header };
        let Some((bound_at, bound)) = all.iter().enumerate().find(|(_, bound)| bound.id == id) else { return };
        let (places, pairs) = bound.places(segment);
        // Of several alternatives in one segment the first that is there counts.
        let mut last = usize::MAX;
        for place in places {
            let Some(slot) = bound.slots.get(place) else { continue };
            if slot.slot == last || !self.is_at(level, &slot.path) {
                continue;
            }
            let Some(number) = self.element(slot, segment, &pairs) else { continue };
            let several =
                if let Element::Several(all) = &slot.path.place { together(all, segment) } else { Vec::new() };
            let text = if several.is_empty() { segment.element(number) } else { &several };
            if text.is_empty() {
                continue;
            }
            last = slot.slot;
            let of_all = self.documents.of_lines && self.part == Part::Header;
            if self.documents.of_lines && self.part == Part::Summary {
                continue;
            }
            if of_all || level == Level::Line && self.part == Part::Outer {
                self.keep(slot, (bound_at, place), (text.to_vec(), segment.element_position(number)));
            } else {
                self.put(slot, level, text, &|| segment.element_position(number));
            }
        }
    }

    /// Keeps a value for the lines below its level. Of a field that is no sum the first value of a level counts.
    fn keep(&mut self, slot: &Slot<'l>, place: (usize, usize), (text, at): (Vec<u8>, Position)) {
        if !self.levels.keep(place, slot.slot, slot.binding.sum, (text, at.clone())) {
            let expected = format!("at most {} values of outer levels", limits::LEVEL_VALUES);
            self.findings.push(Finding::new(Code::DocumentTooLarge, at).expected(expected));
        }
    }

    /// Whether a path of this level of the document is read where the reading is in the tree.
    fn is_at(&self, level: Level, path: &Path) -> bool {
        if !self.program.has_levels {
            return true;
        }
        let here = self.levels.here();
        match path.level {
            Some(code) => here == Some(code),
            None if level == Level::Line => {
                self.part == Part::Line && (self.program.line_level.is_none() || here == self.program.line_level)
            }
            None => matches!(self.part, Part::Header | Part::Summary),
        }
    }

    /// The number of the element that a path names in this segment.
    fn element(&self, slot: &Slot<'_>, segment: &Segment<'_>, pairs: &Pairs) -> Option<usize> {
        let path = &slot.path;
        if path.within.is_some() && path.within != self.within {
            return None;
        }
        if !path.means(segment) {
            return None;
        }
        match &path.place {
            Element::Number(number) => Some(*number),
            Element::Pair(_) => pairs.value(slot.pair),
            Element::Several(all) => all.first().map(|(number, _)| *number),
        }
    }

    fn put(&mut self, slot: &Slot<'l>, level: Level, text: &[u8], at: &dyn Fn() -> Position) {
        match slot.converter.convert(text, &mut self.scratch) {
            Converted::Empty => {}
            Converted::Text(value) if slot.binding.join.is_some() => {
                let value = value.to_owned();
                self.join(slot, level, &value, at);
            }
            Converted::Text(value) => {
                self.builder.set_text(level, slot.slot, value);
            }
            Converted::Decimal(value) if slot.binding.sum => {
                if !self.builder.add_decimal(level, slot.slot, value) {
                    self.invalid(Code::ValueRange, slot, level, (text, at()), "a sum of at most 19 digits");
                }
            }
            Converted::Decimal(value) => {
                self.builder.set_decimal(level, slot.slot, value);
            }
            Converted::Unmapped(value) => {
                self.builder.set_text(level, slot.slot, value);
                self.invalid(Code::ValueUnmapped, slot, level, (text, at()), "a value of the layout's table");
            }
            Converted::Invalid(code, expected) => self.invalid(code, slot, level, (text, at()), expected),
        }
    }

    /// Adds to a text that is put together from several segments.
    fn join(&mut self, slot: &Slot<'l>, level: Level, value: &str, at: &dyn Fn() -> Position) {
        let between = slot.binding.join.as_deref().unwrap_or_default();
        match self.joined.iter_mut().find(|(of, number, _)| (*of, *number) == (level, slot.slot)) {
            Some((.., text)) if text.len() + between.len() + value.len() <= limits::FIELD_BYTES => {
                text.push_str(between);
                text.push_str(value);
            }
            Some(_) => {
                let expected = format!("at most {} bytes of {}", limits::FIELD_BYTES, slot.field.name);
                let finding = Finding::new(Code::DocumentTooLarge, at()).expected(expected);
                self.findings.push(finding.in_document(self.builder.document()));
            }
            None => self.joined.push((level, slot.slot, value.to_owned())),
        }
    }

    fn invalid(&mut self, code: Code, slot: &Slot<'l>, level: Level, (text, at): (&[u8], Position), expected: &str) {
        let finding = Finding::new(code, at).expected(expected).in_document(self.builder.document());
        let finding = if slot.field.personal { finding.found_personal(text) } else { finding.found(text) };
        self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
    }

    fn finish(mut self, at: Position) -> Option<Parsed> {
        self.close_line();
        let documents = begun(&self.builder);
        let marks = self.tracker.finish_in(at, documents, &mut self.findings);
        Some(Parsed {
            batch: self.builder.finish().ok()?,
            findings: self.findings,
            marks,
            edifact: Vec::new(),
            passed_over: 0,
            bad_rows: 0,
            trail: Default::default(),
            rows: self.segments,
        })
    }
}

/// The values of several elements of a segment, with a blank between.
fn together(all: &[(usize, bool)], segment: &Segment<'_>) -> Vec<u8> {
    let last = |(first, behind): &(usize, bool)| if *behind { segment.len() } else { *first };
    let numbers = all.iter().flat_map(|one| one.0..=last(one));
    let values: Vec<&[u8]> = numbers.map(|n| segment.element(n)).filter(|value| !value.is_empty()).collect();
    values.join(&b' ')
}
