//! What a transaction set's definition says of it, as findings.

use std::sync::Arc;

use super::x12::Definition;
use crate::document::{Code, Finding, Findings, Place, Position};
use crate::schema::{ElementFault, Fault, Options, SegmentError, Separators, Validator};
use crate::syntax::x12::{Delimiters, Segment, Text15};

/// Checks the sets of a piece, one after the other.
pub(super) struct SetChecks<'p> {
    definitions: &'p [Definition],
    release: Text15,
    /// The validator used last, and the definition it is for.
    validator: Option<(usize, Separators, Validator<'p>)>,
    in_set: bool,
    /// Where the segments of the set stand.
    places: Vec<Place>,
}

impl<'p> SetChecks<'p> {
    /// Checks against these definitions; `release` is that of the group which the piece begins in.
    pub(super) fn new(definitions: &'p [Definition], release: Text15) -> Self {
        Self { definitions, release, validator: None, in_set: false, places: Vec::new() }
    }

    /// Takes in a segment; faults of a set are findings at its end.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        delimiters: &Delimiters,
        document: u32,
        out: &mut Findings,
    ) {
        match segment.id() {
            b"GS" => self.release = Text15::new(segment.element(8)),
            b"ST" => {
                self.end(document.saturating_sub(1), out);
                self.begin(segment, delimiters, document, out);
            }
            _ => {}
        }
        let Some((.., validator)) = self.validator.as_mut().filter(|_| self.in_set) else { return };
        self.places.push(Place { line: segment.line, byte: segment.byte, record: segment.number });
        validator.segment(segment);
        if segment.id() == b"SE" {
            self.end(document, out);
        }
    }

    fn begin(&mut self, segment: &Segment<'_>, delimiters: &Delimiters, document: u32, out: &mut Findings) {
        let (release, id) = (self.release.as_bytes(), segment.element(1));
        let release = release.get(..6).unwrap_or(release);
        let fits = |known: &Definition| known.set.as_bytes() == id && known.release.as_bytes() == release;
        let Some(at) = self.definitions.iter().position(fits) else {
            let finding = Finding::new(Code::X12NotChecked, segment.position()).in_document(document);
            return out.push(finding.found([id, b" of ", release].concat()));
        };
        let separators =
            Separators { component: delimiters.component, repetition: delimiters.repetition, release: None };
        if !matches!(&self.validator, Some((known, with, _)) if *known == at && *with == separators) {
            let validator = Validator::new(&self.definitions[at].definition, Options { separators, utf8: true });
            self.validator = Some((at, separators, validator));
        }
        self.in_set = true;
    }

    /// Ends the set, if one is open: at its SE, or where the next one or the end of the piece cuts it off.
    pub(super) fn end(&mut self, document: u32, out: &mut Findings) {
        if !std::mem::take(&mut self.in_set) {
            return;
        }
        let Some((.., validator)) = &mut self.validator else { return };
        for fault in validator.finish().faults {
            let at = self.place(fault.number);
            tell(&fault, &at, &mut |finding| out.push(finding.in_document(document)));
        }
        self.places.clear();
    }

    /// Where a segment stands, or the one that a missing one should have come after.
    fn place(&self, number: u64) -> Position {
        let last = self.places.len().saturating_sub(1);
        let at = usize::try_from(number).unwrap_or(last).saturating_sub(1).min(last);
        self.places.get(at).copied().unwrap_or_default().into()
    }
}

/// The findings of a fault: one for the segment, or one for each of its elements.
fn tell(fault: &Fault, at: &Position, report: &mut dyn FnMut(Finding)) {
    if fault.error != SegmentError::ElementErrors {
        let place = at.clone().field(&*fault.segment);
        let named = format!("{}: {} (code {})", fault.segment, fault.error.name(), fault.error.x12(false));
        return report(Finding::new(Code::X12SegmentError, place).found(named));
    }
    for element in &fault.elements {
        let place = at.clone().field(name(&fault.segment, element));
        let finding = Finding::new(Code::X12ElementError, place);
        let value = element.value.as_deref().unwrap_or_default();
        let told = format!("{} (code {})", element.error.name(), element.error.x12(false));
        report(finding.found(value).expected(format!("no {told}")));
    }
}

/// An element as the guides name it: `PO102`, or `REF04-02` for a component.
fn name(segment: &str, element: &ElementFault) -> String {
    match element.component {
        0 => format!("{segment}{:02}", element.element),
        component => format!("{segment}{:02}-{component:02}", element.element),
    }
}

/// The definitions of sets in releases that are in the box.
pub(super) fn definitions(sets: &[String], releases: &[String]) -> Vec<Definition> {
    let mut all: Vec<Definition> = Vec::new();
    for (set, release) in sets.iter().flat_map(|set| releases.iter().map(move |release| (set, release))) {
        let release = release.get(..6).unwrap_or(release);
        let known = all.iter().any(|known| known.set == *set && known.release == release);
        // Those in the box are tested; one that could not be read is as one that is not there.
        let found = crate::schema::library().set(crate::schema::Standard::X12(release), set).and_then(Result::ok);
        if let Some(definition) = found.filter(|_| !known) {
            let (set, release) = (set.clone(), release.to_owned());
            all.push(Definition { set, release, definition: Arc::clone(&definition) });
        }
    }
    all
}
