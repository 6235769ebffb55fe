//! What is told of a document that is written: what keeps it from being written, and what is cut or left out.

use std::collections::BTreeSet;

use super::{Filling, Sheet};
use crate::document::{Batch, Class, Code, Effect, Finding, Findings, Kind, Level};
use crate::layout::template::Source;
use crate::schema::Fault;

/// Something wrong with a document: where, what it is without the value, and what it should be.
#[derive(Debug)]
pub struct Wrong {
    pub(super) code: Code,
    pub(super) place: String,
    pub(super) found: String,
    pub(super) expected: String,
    /// The row of the line it is about.
    pub(super) line: Option<usize>,
}

impl Wrong {
    /// A fault of the set that was made of a document.
    pub fn told(fault: &Fault, code: Code, place: fn(&str, usize, usize) -> String) -> Self {
        let (place, found) = match fault.elements.first() {
            Some(element) => {
                let at = place(&fault.segment, element.element.into(), element.component.into());
                (at, element.error.name())
            }
            None => (fault.segment.to_string(), fault.error.name()),
        };
        let expected = format!("what the definition says of {}", fault.segment);
        Self { code, place, found: found.to_owned(), expected, line: None }
    }

    /// A segment that cannot be written.
    pub fn refused(code: Code, segment: &str, expected: &str) -> Self {
        let (place, found) = (segment.to_owned(), "another value".to_owned());
        Self { code, place, found, expected: expected.to_owned(), line: None }
    }

    /// Whether the document cannot be written; else something of it is missing there.
    pub fn refuses(&self) -> bool {
        self.code.effect() != Effect::Note
    }
}

/// A finding for each thing that is wrong with a document; whether it must not be written.
pub fn report(wrong: &[Wrong], batch: &Batch, row: usize, findings: &mut Findings) -> Option<(u32, Class)> {
    let document = u32::try_from(row).unwrap_or(u32::MAX);
    let mut told = BTreeSet::new();
    for wrong in wrong {
        if !wrong.refuses() && !told.insert((wrong.code, wrong.place.as_str(), wrong.line)) {
            continue;
        }
        let at = match wrong.line {
            Some(line) => batch.position(Level::Line, line),
            None => batch.position(Level::Header, row),
        };
        let finding = Finding::new(wrong.code, at.field(&wrong.place)).found(&wrong.found);
        findings.push(finding.expected(wrong.expected.clone()).in_document(document));
    }
    wrong.iter().any(Wrong::refuses).then_some((document, Class::Rejected))
}

impl Filling<'_> {
    /// The kind of its documents.
    pub(super) fn kind(&self) -> Kind {
        self.layout.kind
    }
}

impl Sheet<'_, '_> {
    /// Keeps in mind whether any form takes a value. Of a field that is always written nobody asks.
    pub(super) fn ask(&self, source: &Source, row: usize, taken: bool) {
        let Some(at) = self.filling.asked.formed.iter().position(|known| known == source) else { return };
        *self.formed.borrow_mut().entry((row, at)).or_default() |= taken;
    }

    /// Tells values that none of their forms takes, and those that the layout has no place for.
    pub(super) fn tell_left_out(&self) {
        if self.code.is_none() {
            return;
        }
        for ((row, at), _) in self.formed.borrow().iter().filter(|(_, taken)| !**taken) {
            if let Some(Source::Field(level, field)) = self.filling.asked.formed.get(*at) {
                self.left_out((*level, *field), *row, "a value of the form that is written");
            }
        }
        for (level, field) in &self.filling.body.left_out {
            let rows = if *level == Level::Line { self.lines } else { std::slice::from_ref(&self.row) };
            for row in rows {
                self.left_out((*level, *field), *row, "a field that has a place in what is written");
            }
        }
    }

    fn left_out(&self, (level, field): (Level, usize), row: usize, expected: &str) {
        let (Some(shown), Some(known)) =
            (self.columns.shown(level, field, row), self.filling.kind().fields(level).get(field))
        else {
            return;
        };
        let found = if known.personal { length(&shown) } else { shown };
        let line = (level == Level::Line).then_some(row);
        let wrong = Wrong {
            code: Code::ValueLeftOut,
            place: known.name.to_owned(),
            found,
            expected: expected.to_owned(),
            line,
        };
        self.wrong.borrow_mut().push(wrong);
    }
}

/// A text by its length only.
pub(super) fn length(text: &str) -> String {
    format!("{} characters", text.chars().count())
}
