//! What reading X12 and EDIFACT has in common: tags as numbers, mandatory segments, and sets checked against their
//! definitions.

use std::sync::Arc;

use crate::document::{BatchBuilder, Code, Finding, Findings, Kind, Place, Position};
use crate::schema::{ElementError, ElementFault, Fault, Options, SegmentError, Separators, Set, Validator};
use crate::syntax::edifact::Syntax;
use crate::syntax::segment::{Dialect, Segment};
use crate::syntax::x12::Delimiters;

/// A segment ID or qualifier as a number, so that it is compared at once. One of more than seven characters is none that
/// a layout names.
pub(super) fn tag(id: &[u8]) -> u64 {
    if id.len() > 7 {
        return u64::MAX;
    }
    id.iter().fold(1, |number, byte| (number << 8) | u64::from(*byte))
}

/// Which of a layout's mandatory segments were seen in a set.
pub(super) struct Required<'l> {
    names: &'l [String],
    tags: &'l [u64],
    seen: Vec<bool>,
}

impl<'l> Required<'l> {
    pub(super) fn new(names: &'l [String], tags: &'l [u64]) -> Self {
        Self { names, tags, seen: vec![false; tags.len()] }
    }

    pub(super) fn begin(&mut self) {
        self.seen.iter_mut().for_each(|seen| *seen = false);
    }

    pub(super) fn see(&mut self, id: u64) {
        if let Some(at) = self.tags.iter().position(|known| *known == id) {
            self.seen[at] = true;
        }
    }

    /// The names of those that are missing.
    pub(super) fn missing(&self) -> impl Iterator<Item = &'l String> {
        self.names.iter().zip(&self.seen).filter(|(_, seen)| !**seen).map(|(name, _)| name)
    }
}

/// The documents that the set under way becomes: itself, or of a kind without lines each of its lines.
pub(super) struct Documents {
    /// Whether each line is a document.
    pub(super) of_lines: bool,
    first: u32,
}

impl Documents {
    pub(super) fn new(kind: Kind) -> Self {
        Self { of_lines: !kind.has_lines(), first: 0 }
    }

    /// Begins a set. One that is not read is a document, so that it is not lost.
    pub(super) fn begin(&mut self, reads: bool, place: Place, builder: &mut BatchBuilder) {
        self.first = begun(builder);
        if !self.of_lines || !reads {
            builder.begin_document(place);
        }
    }

    /// Before a segment that ends the open set: without a line of a kind without lines it becomes a document, so that it
    /// is not lost.
    pub(super) fn close(&self, place: Place, builder: &mut BatchBuilder) {
        if self.of_lines && begun(builder) == self.first {
            builder.begin_document(place);
        }
    }

    /// The first document of the set, and how many it has so far.
    pub(super) fn of_set(&self, builder: &BatchBuilder) -> (u32, u32) {
        (self.first, begun(builder).saturating_sub(self.first))
    }
}

/// Documents begun.
pub(super) fn begun(builder: &BatchBuilder) -> u32 {
    u32::try_from(builder.documents()).unwrap_or(u32::MAX)
}

/// Whether a segment ends a set that is open.
pub(super) fn ends_set<D: Dialect>(id: &[u8]) -> bool {
    id == D::OPENS || id == D::CLOSES || D::is_envelope(id)
}

/// A set of a release, or a message of a directory, that sets are checked against.
pub(super) struct Definition {
    pub(super) release: String,
    pub(super) id: String,
    /// Version of the syntax, where there are several.
    pub(super) version: u8,
    pub(super) set: Arc<Set>,
}

/// How faults of a dialect are told.
pub(super) trait Told: Dialect + PartialEq {
    /// What a set without a definition is, what is wrong with a segment, and with an element.
    const CODES: [Code; 3];

    /// How the validator reads elements.
    fn options(&self) -> Options;

    /// The only decimal mark that numbers may have, if there is one.
    fn only_mark(&self) -> Option<u8> {
        None
    }

    /// A set without a definition, as it is shown.
    fn shown(segment: &Segment<'_, Self>, release: &str) -> Vec<u8>;

    /// The standard's code of an error of a segment.
    fn segment_code(error: SegmentError) -> &'static str;

    /// The standard's code of an error of an element.
    fn element_code(&self, error: ElementError) -> &'static str;
}

impl Told for Delimiters {
    const CODES: [Code; 3] = [Code::X12NotChecked, Code::X12SegmentError, Code::X12ElementError];

    fn options(&self) -> Options {
        let separators = Separators { component: self.component, repetition: self.repetition, release: None };
        Options { separators, utf8: true }
    }

    fn shown(segment: &Segment<'_, Self>, release: &str) -> Vec<u8> {
        [segment.element(1), b" of ", release.as_bytes()].concat()
    }

    fn segment_code(error: SegmentError) -> &'static str {
        error.x12(false)
    }

    fn element_code(&self, error: ElementError) -> &'static str {
        error.x12(false)
    }
}

impl Told for Syntax {
    const CODES: [Code; 3] = [Code::EdifactNotChecked, Code::EdifactSegmentError, Code::EdifactElementError];

    fn options(&self) -> Options {
        Self::options(self)
    }

    fn only_mark(&self) -> Option<u8> {
        Self::only_mark(self)
    }

    fn shown(segment: &Segment<'_, Self>, _release: &str) -> Vec<u8> {
        segment.element(2).to_vec()
    }

    fn segment_code(error: SegmentError) -> &'static str {
        error.edifact().unwrap_or_default()
    }

    fn element_code(&self, error: ElementError) -> &'static str {
        error.edifact(if self.version >= 4 { 4 } else { 3 })
    }
}

/// Checks the sets of a piece, one after the other.
pub(super) struct Checks<'p, D> {
    definitions: &'p [Definition],
    /// The validator used last, and the definition and separators it is for.
    validator: Option<(usize, D, Validator<'p>)>,
    open: bool,
    /// The first document of the set, and how many it has.
    documents: (u32, u32),
    /// Where the segments of the set stand.
    places: Vec<Place>,
}

impl<'p, D: Told> Checks<'p, D> {
    /// Checks against these definitions.
    pub(super) fn new(definitions: &'p [Definition]) -> Self {
        Self { definitions, validator: None, open: false, documents: (0, 0), places: Vec::new() }
    }

    /// Takes in a segment. `documents` are the first document of its set and how many it has so far, and `named` says of
    /// the first segment of a set which definition it means. Faults of a set are findings at its end.
    pub(super) fn segment<'s>(
        &mut self,
        segment: &Segment<'s, D>,
        documents: (u32, u32),
        named: impl FnOnce(&Segment<'s, D>) -> Named<'s>,
        out: &mut Findings,
    ) {
        let id = segment.id();
        if id == D::OPENS {
            self.end(out);
            self.begin(segment, documents, &named(segment), out);
        } else if D::is_envelope(id) {
            self.end(out);
        } else {
            self.documents = documents;
        }
        let Some((.., validator)) = self.validator.as_mut().filter(|_| self.open) else { return };
        self.places.push(Place { line: segment.line, byte: segment.byte, record: segment.number });
        validator.segment(segment);
        if id == D::CLOSES {
            self.end(out);
        }
    }

    fn begin(&mut self, segment: &Segment<'_, D>, documents: (u32, u32), named: &Named<'_>, out: &mut Findings) {
        let dialect = segment.dialect();
        let Some(at) = self.definitions.iter().position(|known| named.means(known)) else {
            let finding = Finding::new(D::CODES[0], segment.position()).in_document(documents.0);
            return out.push(finding.found(D::shown(segment, &named.release)));
        };
        if !matches!(&self.validator, Some((known, with, _)) if *known == at && with == dialect) {
            let validator =
                Validator::new(&self.definitions[at].set, dialect.options()).decimal_mark(dialect.only_mark());
            self.validator = Some((at, *dialect, validator));
        }
        self.open = true;
        self.documents = documents;
    }

    /// Ends the set, if one is open: at its last segment, or where something of the envelope or the end cuts it off.
    pub(super) fn end(&mut self, out: &mut Findings) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let (first, count) = self.documents;
        let Some((_, dialect, validator)) = &mut self.validator else { return };
        for fault in validator.finish().faults {
            let at = place(&self.places, fault.number);
            tell(&fault, &at, dialect, &mut |finding| out.push(finding.in_documents(first, count)));
        }
        self.places.clear();
    }
}

/// What the first segment of a set says that it is.
pub(super) struct Named<'s> {
    pub(super) release: String,
    pub(super) id: &'s [u8],
    pub(super) version: u8,
}

impl Named<'_> {
    fn means(&self, known: &Definition) -> bool {
        known.id.as_bytes() == self.id && known.release == self.release && known.version == self.version
    }
}

/// Where a segment stands, or the one that a missing one should have come after.
fn place(places: &[Place], number: u64) -> Position {
    let last = places.len().saturating_sub(1);
    let at = usize::try_from(number).unwrap_or(last).saturating_sub(1).min(last);
    places.get(at).copied().unwrap_or_default().into()
}

/// The findings of a fault: one for the segment, or one for each of its elements.
fn tell<D: Told>(fault: &Fault, at: &Position, dialect: &D, report: &mut dyn FnMut(Finding)) {
    if fault.error != SegmentError::ElementErrors {
        let place = at.clone().field(&*fault.segment);
        let named = format!("{}: {} (code {})", fault.segment, fault.error.name(), D::segment_code(fault.error));
        return report(Finding::new(D::CODES[1], place).found(named));
    }
    for element in &fault.elements {
        let finding = Finding::new(D::CODES[2], at.clone().field(element_place::<D>(&fault.segment, element)));
        let told = format!("{} (code {})", element.error.name(), dialect.element_code(element.error));
        report(finding.found(element.value.as_deref().unwrap_or_default()).expected(format!("no {told}")));
    }
}

fn element_place<D: Dialect>(segment: &str, element: &ElementFault) -> String {
    D::place(segment, element.element.into(), element.component.into())
}
