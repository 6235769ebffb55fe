//! What writing X12 and EDIFACT has in common: a layout's templates, filled with the values of a document, segment by
//! segment. The envelope, and what parts the elements, are each dialect's own.

mod amounts;
mod columns;
mod told;
mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;

pub use columns::Columns;
pub use told::{Wrong, report};

use crate::document::Code;
use crate::layout::model::{Body, BodyLevel, Layout};
use crate::layout::template::{Component, Form, Part, Source, Template, Value, Without};

/// Stands for what is only known when the order of sets is; no value may hold it. A set of X12 has it in place of the number
/// in ST and SE, a message of EDIFACT behind it before and after the count of its segments.
pub const MARK: u8 = 0;

/// An element: the values of its components, of which there is one where it is no composite.
pub type Element = Vec<Vec<u8>>;

/// Takes a segment: its ID and its elements.
pub type Put<'p> = dyn FnMut(&str, &[Element]) + 'p;

/// What sets are filled from, beside the documents.
pub struct Filling<'l> {
    /// Fields of which some forms only take some values, and of each that is broken into lines the most of them.
    asked: Asked,
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

/// What templates ask of fields.
#[derive(Debug, Default)]
struct Asked {
    formed: Vec<Source>,
    pieces: Vec<(Source, usize)>,
}

impl Asked {
    fn of(body: &Body) -> Self {
        let mut asked = Self::default();
        for value in body.templates().flat_map(Template::values) {
            for source in value.from.iter().filter(|source| matches!(source, Source::Field(..))) {
                match value.form {
                    Form::Exactly(_) | Form::Digits(_) if !asked.formed.contains(source) => {
                        asked.formed.push(source.clone());
                    }
                    Form::Piece(_, number) => match asked.pieces.iter_mut().find(|(known, _)| known == source) {
                        Some((_, most)) => *most = number.max(*most),
                        None => asked.pieces.push((source.clone(), number)),
                    },
                    _ => {}
                }
            }
        }
        asked
    }
}

impl<'l> Filling<'l> {
    /// The templates of a layout, filled at this moment (date and time) in the way of a dialect.
    pub fn new(layout: &'l Layout, body: &'l Body, moment: (String, String), script: Script) -> Self {
        Self { asked: Asked::of(body), layout, body, moment, script }
    }

    /// One set, without the segments of the envelope: how many segments it has. With the code of values that cannot be
    /// written as they are, also what is wrong with it and what is left out.
    pub fn set(
        &self,
        columns: &Columns<'_>,
        (row, lines): (usize, &[usize]),
        code: Option<Code>,
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
            item: None,
            hl: 1,
            parent: 0,
            last_hl: 1,
            segments: 0,
            wrong: RefCell::default(),
            formed: RefCell::default(),
        };
        sheet.block(&self.body.header);
        sheet.level(&self.body.levels, lines);
        (sheet.line, sheet.row) = (None, row);
        sheet.block(&self.body.summary);
        sheet.tell_left_out();
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
    /// Whether it is asked what is wrong, and the code of what cannot be written.
    code: Option<Code>,
    put: &'s mut Put<'s>,
    row: usize,
    line: Option<usize>,
    lines: &'s [usize],
    number: usize,
    /// The item that a segment is written of, from 0.
    item: Option<usize>,
    hl: usize,
    parent: usize,
    last_hl: usize,
    segments: usize,
    wrong: RefCell<Vec<Wrong>>,
    /// Of fields that not every form takes, by the row and the number of the field: whether one took the value.
    formed: RefCell<BTreeMap<(usize, usize), bool>>,
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
        let unmade = || Made { has_value: false, lacks: true, elements: Vec::new() };
        let make = |template: &Template| if template.items().is_some() { unmade() } else { self.make(template) };
        let made: Vec<Made> = templates.iter().map(make).collect();
        let mut skip = usize::MAX;
        for (at, template) in templates.iter().enumerate() {
            if template.depth > skip {
                continue;
            }
            if let Some(value) = template.items() {
                self.each(template, value);
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

    /// A segment for each item of a text.
    fn each(&mut self, template: &Template, value: &Value) {
        let items = self.items(value);
        for item in 0..items {
            self.item = Some(item);
            let made = self.make(template);
            if !made.lacks {
                self.put(&template.id, &made.elements);
            }
        }
        self.item = None;
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
                let components: Element = components.collect();
                match (element.as_slice(), components.as_slice()) {
                    ([Component::Value(Value { form: Form::Word(_, true), .. })], [words]) => {
                        chosen.elements.extend(words.split(|byte| *byte == b' ').map(|word| vec![word.to_vec()]));
                    }
                    _ => chosen.elements.push(components),
                }
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
