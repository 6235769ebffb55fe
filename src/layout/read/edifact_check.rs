//! What a message's definition says of it, as findings.

use std::sync::Arc;

use super::edifact::directory;
use crate::document::{Code, Finding, Findings, Place, Position};
use crate::layout::model::EdifactFile;
use crate::schema::{ElementFault, Fault, SegmentError, Set, Standard, Validator, library};
use crate::syntax::edifact::{Segment, Syntax};

/// A message of a directory, with the service segments of a syntax version.
pub(super) struct Definition {
    message: String,
    directory: String,
    version: u8,
    set: Arc<Set>,
}

/// The definitions of a layout's messages that are in the box.
pub(super) fn definitions(edifact: &EdifactFile) -> Vec<Definition> {
    let mut all = Vec::new();
    for (message, directory) in edifact.messages.iter().flat_map(|m| edifact.directories.iter().map(move |d| (m, d))) {
        for version in [3, 4] {
            // Those in the box are tested; one that could not be read is as one that is not there.
            let found = library().set(Standard::Edifact(directory, version), message).and_then(Result::ok);
            all.extend(found.map(|set| Definition {
                message: message.clone(),
                directory: directory.clone(),
                version,
                set,
            }));
        }
    }
    all
}

/// Checks the messages of a piece, one after the other.
pub(super) struct MessageChecks<'p> {
    definitions: &'p [Definition],
    /// The validator used last, and the definition and separators it is for.
    validator: Option<(usize, Syntax, Validator<'p>)>,
    document: Option<u32>,
    version: u8,
    /// Where the segments of the message stand.
    places: Vec<Place>,
}

impl<'p> MessageChecks<'p> {
    /// Checks against these definitions.
    pub(super) fn new(definitions: &'p [Definition]) -> Self {
        Self { definitions, validator: None, document: None, version: 3, places: Vec::new() }
    }

    /// Takes in a segment; `document` is the one it belongs to. Faults of a message are findings at its end.
    pub(super) fn segment(&mut self, segment: &Segment<'_>, document: u32, out: &mut Findings) {
        match segment.id() {
            b"UNH" => {
                self.end(out);
                self.begin(segment, document, out);
            }
            b"UNB" | b"UNG" | b"UNE" | b"UNZ" => self.end(out),
            _ => {}
        }
        let Some((.., validator)) = self.validator.as_mut().filter(|_| self.document.is_some()) else { return };
        self.places.push(Place { line: segment.line, byte: segment.byte, record: segment.number });
        validator.segment(segment);
        if segment.id() == b"UNT" {
            self.end(out);
        }
    }

    fn begin(&mut self, unh: &Segment<'_>, document: u32, out: &mut Findings) {
        let (syntax, directory) = (unh.dialect(), directory(unh));
        self.version = if syntax.version >= 4 { 4 } else { 3 };
        let fits = |known: &Definition| {
            known.message.as_bytes() == unh.component(2, 1)
                && known.directory == directory
                && known.version == self.version
        };
        let Some(at) = self.definitions.iter().position(fits) else {
            let finding = Finding::new(Code::EdifactNotChecked, unh.position()).in_document(document);
            return out.push(finding.found(unh.element(2)));
        };
        if !matches!(&self.validator, Some((known, with, _)) if *known == at && with == syntax) {
            let validator = Validator::new(&self.definitions[at].set, syntax.options());
            self.validator = Some((at, *syntax, validator));
        }
        self.document = Some(document);
    }

    /// Ends the message, if one is open: at its UNT, or where something of the envelope or the end cuts it off.
    pub(super) fn end(&mut self, out: &mut Findings) {
        let Some(document) = self.document.take() else { return };
        let Some((.., validator)) = &mut self.validator else { return };
        for fault in validator.finish().faults {
            let at = self.place(fault.number);
            tell(&fault, &at, self.version, &mut |finding| out.push(finding.in_document(document)));
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
fn tell(fault: &Fault, at: &Position, version: u8, report: &mut dyn FnMut(Finding)) {
    if fault.error != SegmentError::ElementErrors {
        let place = at.clone().field(&*fault.segment);
        let code = fault.error.edifact().unwrap_or_default();
        let named = format!("{}: {} (code {code})", fault.segment, fault.error.name());
        return report(Finding::new(Code::EdifactSegmentError, place).found(named));
    }
    for element in &fault.elements {
        let finding = Finding::new(Code::EdifactElementError, at.clone().field(name(&fault.segment, element)));
        let told = format!("{} (code {})", element.error.name(), element.error.edifact(version));
        report(finding.found(element.value.as_deref().unwrap_or_default()).expected(format!("no {told}")));
    }
}

/// An element as bindings name it: `BGM.3`, or `DTM.1.2` for a component.
fn name(segment: &str, element: &ElementFault) -> String {
    match element.component {
        0 => format!("{segment}.{}", element.element),
        component => format!("{segment}.{}.{component}", element.element),
    }
}
