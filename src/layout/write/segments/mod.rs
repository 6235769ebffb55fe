//! What writing X12 and EDIFACT has in common: a layout's templates, filled with the values of a document, segment by
//! segment. The envelope, and what parts the elements, are each dialect's own.

mod columns;
mod values;

use std::cell::RefCell;

pub use columns::Columns;

use crate::document::{Batch, Class, Code, Finding, Findings, Level};
use crate::layout::model::{Body, BodyLevel, Layout};
use crate::layout::template::{Component, Part, Source, Template, Value, Without};
use crate::schema::Fault;

/// Stands for what is only known when the order of sets is; no value may hold it. A set of X12 has it in place of the number
/// in ST and SE, a message of EDIFACT behind it before and after the count of its segments.
pub const MARK: u8 = 0;

/// An element: the values of its components, of which there is one where it is no composite.
pub type Element = Vec<Vec<u8>>;

/// Takes a segment: its ID and its elements.
pub type Put<'p> = dyn FnMut(&str, &[Element]) + 'p;

/// What sets are filled from, beside the documents.
pub struct Filling<'l> {
    /// The layout.
    pub layout: &'l Layout,
    /// Its templates.
    pub body: &'l Body,
    /// The date, `YYYYMMDD`, and the time, `HHMM`, of the interchange.
    pub moment: (String, String),
    /// How the dialect writes values.
    pub script: Script,
}

/// Finds the first character of a text that cannot be written.
pub type Foreign = Box<dyn Fn(&str) -> Option<char> + Send + Sync>;

/// How a dialect writes values.
pub struct Script {
    /// Characters that no value may hold, since nothing can release them.
    pub taken: Vec<u8>,
    /// What is written in a text instead of one of them, or of a control character.
    pub replacement: u8,
    /// The decimal mark.
    pub point: u8,
    /// What an element or component is called in findings.
    pub place: fn(&str, usize, usize) -> String,
    /// The first character that the dialect cannot write in any way.
    pub foreign: Foreign,
}

/// What keeps a set from being written: where, what it is without the value, and what it should be.
#[derive(Debug)]
pub struct Wrong {
    code: Code,
    place: String,
    found: String,
    expected: String,
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
        Self { code, place, found: found.to_owned(), expected }
    }

    /// A segment that cannot be written.
    pub fn refused(code: Code, segment: &str, expected: &str) -> Self {
        Self { code, place: segment.to_owned(), found: "another value".to_owned(), expected: expected.to_owned() }
    }
}

/// A finding for each thing that is wrong with a document; whether there is any.
pub fn report(wrong: &[Wrong], batch: &Batch, row: usize, findings: &mut Findings) -> Option<(u32, Class)> {
    let document = u32::try_from(row).unwrap_or(u32::MAX);
    for wrong in wrong {
        let at = batch.position(Level::Header, row).field(&wrong.place);
        let finding = Finding::new(wrong.code, at).found(&wrong.found).expected(wrong.expected.clone());
        findings.push(finding.in_document(document));
    }
    (!wrong.is_empty()).then_some((document, Class::Rejected))
}

impl Filling<'_> {
    /// One set, without the segments of the envelope. `code` is that of values which cannot be written as they are.
    pub fn set(
        &self,
        columns: &Columns<'_>,
        (row, lines): (usize, &[usize]),
        code: Code,
        put: &mut Put<'_>,
    ) -> (usize, Vec<Wrong>) {
        let mut sheet = Sheet {
            filling: self,
            columns,
            code,
            put,
            row,
            line: None,
            lines,
            number: 0,
            hl: 1,
            parent: 0,
            last_hl: 1,
            segments: 0,
            wrong: RefCell::default(),
        };
        sheet.block(&self.body.header);
        sheet.level(&self.body.levels, lines);
        (sheet.line, sheet.row) = (None, row);
        sheet.block(&self.body.summary);
        (sheet.segments, sheet.wrong.into_inner())
    }

    /// Each set that a batch becomes: its document and the lines, or, where all documents share one, the documents.
    pub fn sets(&self, columns: &Columns<'_>) -> Vec<(usize, Vec<usize>)> {
        let documents = columns.outgoing();
        match documents.first() {
            Some((first, _)) if self.body.together => {
                vec![(*first, documents.iter().map(|(row, _)| *row).collect())]
            }
            _ => documents,
        }
    }

    /// The same with a set for each document, in which what is wrong with it can be told.
    pub fn single_sets(&self, columns: &Columns<'_>) -> Vec<(usize, Vec<usize>)> {
        let mut documents = columns.outgoing();
        if self.body.together {
            documents.iter_mut().for_each(|(row, lines)| *lines = vec![*row]);
        }
        documents
    }
}

/// A set being written.
struct Sheet<'s, 'l> {
    filling: &'s Filling<'l>,
    columns: &'s Columns<'s>,
    code: Code,
    put: &'s mut Put<'s>,
    row: usize,
    line: Option<usize>,
    lines: &'s [usize],
    number: usize,
    hl: usize,
    parent: usize,
    last_hl: usize,
    segments: usize,
    wrong: RefCell<Vec<Wrong>>,
}

/// A segment made: whether it goes out by itself, whether it must not, and its elements.
struct Made {
    has_value: bool,
    lacks: bool,
    elements: Vec<Element>,
}

/// The elements of a part: whether a value of the document is among them, and whether a counted one.
#[derive(Default)]
struct Chosen {
    elements: Vec<Element>,
    any: bool,
    counted: bool,
    uncounted: bool,
    lacks: bool,
}

impl Sheet<'_, '_> {
    fn put(&mut self, id: &str, elements: &[Element]) {
        self.segments += 1;
        (self.put)(id, elements);
    }

    /// Segments one after the other; those below another one bring it with them.
    fn block(&mut self, templates: &[Template]) {
        let made: Vec<Made> = templates.iter().map(|template| self.make(template)).collect();
        let mut skip = usize::MAX;
        for (at, template) in templates.iter().enumerate() {
            if template.depth > skip {
                continue;
            }
            skip = usize::MAX;
            let below = templates[at + 1..].iter().take_while(|other| other.depth > template.depth).count();
            let family = &made[at..=at + below];
            let fixed = template.depth == 0 && below == 0 && template.values().next().is_none();
            if made[at].lacks || !(fixed || Self::is_wanted(template, family)) {
                skip = template.depth;
                continue;
            }
            self.put(&template.id, &made[at].elements);
        }
    }

    /// Constants below another segment come with it, those that only lead to others with these.
    fn is_wanted(template: &Template, family: &[Made]) -> bool {
        family.iter().any(|made| made.has_value && !made.lacks)
            || (template.depth > 0 && family.len() == 1 && template.values().next().is_none())
    }

    fn level(&mut self, levels: &[BodyLevel], lines: &[usize]) {
        let above = self.hl;
        let Some((level, below)) = levels.split_first() else {
            let numbered = is_numbered(&self.filling.body.line);
            for line in lines {
                self.number += 1;
                self.enter(*line, above, numbered);
                self.block(&self.filling.body.line);
            }
            return;
        };
        let numbered = is_numbered(&level.segments);
        for (key, group) in self.groups(&level.by, lines) {
            if key.is_empty() && level.optional {
                self.hl = above;
                self.level(below, &group);
            } else if let Some(first) = group.first() {
                self.enter(*first, above, numbered);
                self.block(&level.segments);
                self.level(below, &group);
            }
        }
    }

    fn enter(&mut self, line: usize, above: usize, numbered: bool) {
        if self.filling.body.together {
            self.row = line
        } else {
            self.line = Some(line)
        }
        if numbered {
            self.last_hl += 1;
            (self.hl, self.parent) = (self.last_hl, above);
        }
    }

    /// Values, in the order in which they come first, each with its lines.
    fn groups(&mut self, by: &Value, lines: &[usize]) -> Vec<(Vec<u8>, Vec<usize>)> {
        let mut groups: Vec<(Vec<u8>, Vec<usize>)> = Vec::new();
        for line in lines {
            self.line = Some(*line);
            let (key, _) = self.value(by, ("", 0, 0));
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, group)) => group.push(*line),
                None => groups.push((key, vec![*line])),
            }
        }
        groups
    }

    fn make(&self, template: &Template) -> Made {
        let mut made = Made { has_value: false, lacks: false, elements: Vec::new() };
        let (mut counted, mut uncounted) = (false, false);
        for part in &template.parts {
            let chosen = self.part(template, part, made.elements.len());
            made.has_value |= chosen.any;
            made.lacks |= chosen.lacks;
            counted |= chosen.counted;
            uncounted |= chosen.uncounted;
            let mut elements = chosen.elements;
            match part.without {
                Without::MovesUp if !chosen.any => {}
                Without::Empty if !chosen.any => made.elements.extend(elements.iter().map(|_| Element::new())),
                _ => made.elements.append(&mut elements),
            }
        }
        // A segment of nothing but what is always there is always there.
        made.has_value |= counted && !uncounted;
        made
    }

    /// The first choice that has a value, else the last.
    fn part(&self, template: &Template, part: &Part, before: usize) -> Chosen {
        let mut chosen = Chosen::default();
        for choice in &part.choices {
            chosen = Chosen::default();
            for (element, number) in choice.iter().zip(before + 1..) {
                let components = element.iter().zip(1..).map(|(component, at)| match component {
                    Component::Literal(text) => text.clone().into_bytes(),
                    Component::Value(value) => {
                        let at = if element.len() > 1 { at } else { 0 };
                        self.chosen(value, (&template.id, number, at), &mut chosen)
                    }
                });
                let components = components.collect();
                chosen.elements.push(components);
            }
            if chosen.any && !chosen.lacks {
                break;
            }
        }
        chosen
    }

    fn chosen(&self, value: &Value, place: (&str, usize, usize), chosen: &mut Chosen) -> Vec<u8> {
        let (text, of_document) = self.value(value, place);
        chosen.any |= of_document && !text.is_empty();
        chosen.lacks |= value.needed && text.is_empty();
        let counted = value.from.iter().any(|source| !matches!(source, Source::Field(..)));
        chosen.counted |= counted;
        chosen.uncounted |= !counted;
        text
    }
}

/// Whether a level writes its number.
fn is_numbered(segments: &[Template]) -> bool {
    segments.iter().flat_map(Template::values).any(|value| value.from.contains(&Source::Hl))
}
