//! Elements to documents: each document element becomes a small tree, from which the bindings take their values.

use std::collections::HashMap;
use std::io::{self, BufRead};

use super::Parsed;
use crate::document::{BatchBuilder, Code, Field, Finding, Findings, Level, Place, Position};
use crate::layout::Layout;
use crate::layout::convert::{Converted, Converter, trim};
use crate::layout::model::{Binding, XmlFile};
use crate::layout::path::{Path, local};
use crate::layout::trailer::Trail;
use crate::limits;
use crate::syntax::encoding::Encoding;
use crate::syntax::xml::{Step, XmlReader};

/// A layout of XML documents, prepared.
pub struct XmlProgram<'l> {
    layout: &'l Layout,
    xml: &'l XmlFile,
    documents: Vec<Vec<&'l str>>,
    line: Option<Path>,
    header_slots: Vec<Slot<'l>>,
    line_slots: Vec<Slot<'l>>,
    header_fields: Vec<usize>,
    line_fields: Vec<usize>,
}

struct Slot<'l> {
    paths: Vec<Path>,
    slot: usize,
    converter: Converter<'l>,
    binding: &'l Binding,
    field: &'static Field,
}

/// An element of a document, in a flat list; its text is a stretch of the tree's text.
#[derive(Debug)]
struct Node {
    name: u32,
    parent: u32,
    first: u32,
    next: u32,
    last: u32,
    text: (u32, u32),
    attributes: (u32, u32),
    place: Place,
}

const NONE: u32 = u32::MAX;

/// The documents of one batch as trees in one list.
#[derive(Debug, Default)]
struct Tree {
    names: HashMap<String, u32, foldhash::fast::RandomState>,
    nodes: Vec<Node>,
    roots: Vec<u32>,
    text: String,
    attributes: Vec<(u32, (u32, u32))>,
}

/// A path whose names are numbers of one tree.
struct Way<'p> {
    turns: Vec<Turn<'p>>,
    attribute: Option<u32>,
}

struct Turn<'p> {
    name: u32,
    check: Option<Check<'p>>,
}

/// A predicate: the attribute or child of this name that must have this value.
enum Check<'p> {
    Attribute(u32, &'p str),
    Child(u32, &'p str),
}

impl Tree {
    fn name(&mut self, name: &str) -> u32 {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let number = self.names.len() as u32;
        self.names.insert(name.to_owned(), number);
        number
    }

    fn begin(&mut self, name: &str, parent: u32, attributes: &[(String, String)], place: Place) -> u32 {
        let name = self.name(name);
        let from = self.attributes.len() as u32;
        for (attribute, value) in attributes.iter().filter(|(name, _)| !name.starts_with("xmlns")) {
            let attribute = self.name(local(attribute));
            let start = self.text.len() as u32;
            self.text.push_str(value);
            self.attributes.push((attribute, (start, self.text.len() as u32)));
        }
        let at = self.nodes.len() as u32;
        let end = self.text.len() as u32;
        let attributes = (from, self.attributes.len() as u32);
        self.nodes.push(Node {
            name,
            parent,
            first: NONE,
            next: NONE,
            last: NONE,
            text: (end, end),
            attributes,
            place,
        });
        if let Some(last) = self.nodes.get(parent as usize).map(|node| node.last) {
            match self.nodes.get_mut(last as usize) {
                Some(sibling) => sibling.next = at,
                None => self.nodes[parent as usize].first = at,
            }
            self.nodes[parent as usize].last = at;
        }
        at
    }

    /// Adds text to an element; text parted by elements is joined only while nothing stands between.
    fn add_text(&mut self, at: u32, text: &str) {
        let end = self.text.len() as u32;
        let Some(node) = self.nodes.get_mut(at as usize) else { return };
        if node.text.0 == node.text.1 || node.text.1 != end {
            node.text = (end, end);
        }
        self.text.push_str(text);
        node.text.1 = self.text.len() as u32;
    }

    fn slice(&self, (from, to): (u32, u32)) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    fn children(&self, at: u32) -> impl Iterator<Item = u32> {
        let first = self.nodes.get(at as usize).map_or(NONE, |node| node.first);
        std::iter::successors(Some(first), |at| self.nodes.get(*at as usize).map(|node| node.next))
            .take_while(|at| *at != NONE)
    }

    fn attribute(&self, at: u32, name: u32) -> Option<&str> {
        let (from, to) = self.nodes.get(at as usize)?.attributes;
        let found = self.attributes.get(from as usize..to as usize)?.iter().find(|(known, _)| *known == name)?;
        Some(self.slice(found.1))
    }

    /// The way of a path; none when the tree lacks one of its names, so that it leads nowhere.
    fn way<'p>(&self, path: &'p Path) -> Option<Way<'p>> {
        let known = |name: &str| self.names.get(local(name)).copied();
        let check = |(what, value): &'p (String, String)| match what.strip_prefix('@') {
            Some(attribute) => Some(Check::Attribute(known(attribute)?, value)),
            None => Some(Check::Child(known(what)?, value)),
        };
        let mut turns = Vec::with_capacity(path.steps.len());
        for step in &path.steps {
            let check = match &step.predicate {
                Some(predicate) => Some(check(predicate)?),
                None => None,
            };
            turns.push(Turn { name: known(&step.name)?, check });
        }
        let attribute = match &path.attribute {
            Some(name) => Some(known(name)?),
            None => None,
        };
        Some(Way { turns, attribute })
    }

    fn fits(&self, at: u32, check: &Check<'_>) -> bool {
        match check {
            Check::Attribute(name, value) => self.attribute(at, *name) == Some(value),
            Check::Child(name, value) => self.children(at).any(|child| {
                let node = &self.nodes[child as usize];
                node.name == *name && self.slice(node.text).trim() == *value
            }),
        }
    }

    /// Adds every element that the turns lead to, in the order of the file.
    fn follow(&self, at: u32, turns: &[Turn<'_>], found: &mut Vec<u32>) {
        let Some((turn, rest)) = turns.split_first() else {
            found.push(at);
            return;
        };
        for child in self.children(at) {
            let here = self.nodes[child as usize].name == turn.name;
            if here && turn.check.as_ref().is_none_or(|check| self.fits(child, check)) {
                self.follow(child, rest, found);
            }
        }
    }

    /// Whether an element has text beside elements, or text although it says that it has none.
    fn is_mixed(&self, at: u32) -> bool {
        let Some(node) = self.nodes.get(at as usize) else { return false };
        if node.text.0 == node.text.1 {
            return false;
        }
        // Few elements have attributes, so that the name is seldom looked up.
        let has_attributes = node.attributes.0 != node.attributes.1;
        let nil = || self.names.get("nil").and_then(|name| self.attribute(at, *name));
        let says_none = || has_attributes && matches!(nil(), Some("true" | "1"));
        (node.first != NONE || says_none()) && !trim(self.slice(node.text).as_bytes()).is_empty()
    }

    /// The text of an element or of its attribute, and its place; none when it is blank.
    fn value(&self, at: u32, attribute: Option<u32>) -> Option<(&str, Place)> {
        let node = self.nodes.get(at as usize)?;
        let text = match attribute {
            Some(name) => self.attribute(at, name)?,
            None => self.slice(node.text),
        };
        (!trim(text.as_bytes()).is_empty()).then_some((text, node.place))
    }
}

fn parse(binding: &Binding, text: &str, findings: &mut Findings) -> Option<Path> {
    match Path::parse(text) {
        Ok(path) => Some(path),
        Err(expected) => {
            findings.push(Finding::new(Code::LayoutBinding, binding.at.clone()).found(text).expected(expected));
            None
        }
    }
}

impl<'l> XmlProgram<'l> {
    /// Prepares a layout; bindings that make no sense are findings.
    pub fn new(layout: &'l Layout, xml: &'l XmlFile, findings: &mut Findings) -> Option<Self> {
        let mut fields = [Vec::new(), Vec::new()];
        let mut slots = [Vec::new(), Vec::new()];
        for binding in &layout.bindings {
            let level = usize::from(binding.level == Level::Line);
            let field = layout.kind.fields(binding.level).get(binding.field)?;
            let slot = fields[level].len();
            let paths: Vec<Path> = binding.from.iter().filter_map(|text| parse(binding, text, findings)).collect();
            fields[level].push(binding.field);
            slots[level].push(Slot { paths, slot, converter: Converter::new(layout, binding, field), binding, field });
        }
        let ([header_fields, line_fields], [header_slots, line_slots]) = (fields, slots);
        let documents = xml.documents.iter().map(|path| path.split('/').map(local).collect()).collect();
        let line = Path::parse(&xml.line).ok();
        findings.file_effect().is_none().then_some(Self {
            layout,
            xml,
            documents,
            line,
            header_slots,
            line_slots,
            header_fields,
            line_fields,
        })
    }

    fn builder(&self) -> BatchBuilder {
        BatchBuilder::new(self.layout.kind, (&self.header_fields, &[]), (&self.line_fields, &[]))
    }

    /// Takes the values of the documents of a batch, on any thread.
    #[must_use]
    pub fn read(&self, elements: Elements) -> Option<Parsed> {
        let Elements { tree, findings } = elements;
        let mut reading = Reading {
            tree: &tree,
            header: aimed(&self.header_slots, &tree),
            lines: aimed(&self.line_slots, &tree),
            line: self.line.as_ref().and_then(|path| tree.way(path)),
            builder: self.builder(),
            findings,
            found: Vec::new(),
            scratch: Vec::new(),
        };
        tree.roots.iter().for_each(|root| reading.document(*root));
        reading.finish()
    }

    /// A root of the right name in another namespace is another document. A layout without namespaces asks for none.
    fn wrong_namespace<R: BufRead>(&self, reader: &XmlReader<R>) -> Option<Finding> {
        let named = self.xml.documents.iter().map(|path| path.split('/').next().unwrap_or_default());
        let mut prefixes = named.filter(|name| local(name) == reader.name()).map(|name| name.rsplit_once(':'));
        let expected = self.xml.namespaces.get(prefixes.next()?.map_or("", |(prefix, _)| prefix))?;
        let declared = |name: &str| match (reader.prefix(), name.strip_prefix("xmlns")) {
            ("", Some("")) => true,
            (prefix, Some(rest)) => !prefix.is_empty() && rest.strip_prefix(':') == Some(prefix),
            _ => false,
        };
        let found = reader.attributes().iter().find(|(name, _)| declared(name)).map_or("", |(_, uri)| uri);
        (found != expected).then(|| {
            let finding = Finding::new(Code::XmlWrongDocument, reader.position().clone().field(reader.name()));
            finding.found(if found.is_empty() { "no namespace" } else { found }).expected(expected.as_str())
        })
    }

    fn wrong_document(&self, root: &str, at: Position) -> Finding {
        let expected: Vec<String> =
            self.documents.iter().filter_map(|path| Some(format!("<{}>", path.first()?))).collect();
        Finding::new(Code::XmlWrongDocument, at).found(format!("<{root}>")).expected(expected.join(" or "))
    }
}

/// The elements of a batch of documents, checked, with no value taken yet.
#[derive(Debug)]
pub struct Elements {
    tree: Tree,
    findings: Findings,
}

/// Reads the elements of a file, batch by batch. It is the one part of reading XML that cannot be shared among threads:
/// where a document ends is only known by reading it.
pub struct XmlDocuments<R: BufRead> {
    reader: XmlReader<R>,
    path: Vec<String>,
    done: bool,
}

impl<R: BufRead> XmlDocuments<R> {
    /// A reader over UTF-8 text that was decoded from bytes of this encoding.
    pub fn new(reader: R, encoding: Encoding) -> Self {
        Self { reader: XmlReader::decoded(reader, encoding), path: Vec::new(), done: false }
    }

    /// The next batch, of about [`limits::CHUNK_BYTES`]; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, program: &XmlProgram<'_>) -> io::Result<Option<Elements>> {
        if self.done {
            return Ok(None);
        }
        let mut elements = Elements { tree: Tree::default(), findings: Findings::of_batch() };
        let begin = self.reader.position().byte;
        // Names are few in honest files; hostile ones end the batch, so that the table does not grow for ever.
        while !self.done
            && self.reader.position().byte - begin < limits::CHUNK_BYTES as u64
            && elements.tree.names.len() <= limits::XML_NAMES
        {
            match self.reader.next(&mut elements.findings)? {
                Step::Start => {
                    self.path.push(self.reader.name().to_owned());
                    if self.path.len() == 1 {
                        self.check_root(program, &mut elements.findings);
                    }
                    if program.documents.iter().any(|path| path.iter().eq(self.path.iter())) {
                        self.document(&mut elements)?;
                        self.path.pop();
                    }
                }
                Step::End => drop(self.path.pop()),
                Step::Text => {}
                Step::Eof | Step::Refused => self.done = true,
            }
        }
        Ok(Some(elements))
    }

    /// How far the file has been read, in bytes of text.
    pub fn read(&self) -> u64 {
        self.reader.position().byte
    }

    fn check_root(&mut self, program: &XmlProgram<'_>, findings: &mut Findings) {
        let root = &self.path[0];
        if !program.documents.iter().any(|path| path.first() == Some(&root.as_str())) {
            findings.push(program.wrong_document(root, self.reader.position().clone()));
            self.done = true;
        } else if let Some(finding) = program.wrong_namespace(&self.reader) {
            findings.push(finding);
            self.done = true;
        }
    }

    /// Reads a document element into the tree; one that does not end is left without a root.
    fn document(&mut self, elements: &mut Elements) -> io::Result<()> {
        let tree = &mut elements.tree;
        let place = |reader: &XmlReader<R>| {
            let at = reader.position();
            Place { line: at.line, byte: at.byte, record: 0 }
        };
        let begin = self.reader.position().byte;
        let root = tree.begin(self.reader.name(), NONE, self.reader.attributes(), place(&self.reader));
        let (mut here, mut depth) = (root, 1);
        while depth > 0 {
            match self.reader.next(&mut elements.findings)? {
                Step::Start => {
                    depth += 1;
                    here = tree.begin(self.reader.name(), here, self.reader.attributes(), place(&self.reader));
                }
                Step::Text => tree.add_text(here, self.reader.text()),
                Step::End => {
                    depth -= 1;
                    here = tree.nodes.get(here as usize).map_or(NONE, |node| node.parent);
                }
                Step::Eof | Step::Refused => {
                    self.done = true;
                    return Ok(());
                }
            }
            if self.reader.position().byte - begin > limits::DOCUMENT_BYTES as u64 {
                elements.findings.push(Finding::new(Code::DocumentTooLarge, self.reader.position().clone()));
                self.done = true;
                return Ok(());
            }
        }
        tree.roots.push(root);
        Ok(())
    }
}

/// A slot with its ways in one tree.
struct Aimed<'p, 'l> {
    slot: &'p Slot<'l>,
    ways: Vec<Way<'p>>,
}

fn aimed<'p, 'l>(slots: &'p [Slot<'l>], tree: &Tree) -> Vec<Aimed<'p, 'l>> {
    let aim = |slot: &'p Slot<'l>| Aimed { slot, ways: slot.paths.iter().filter_map(|path| tree.way(path)).collect() };
    slots.iter().map(aim).collect()
}

struct Reading<'p, 'l> {
    tree: &'p Tree,
    header: Vec<Aimed<'p, 'l>>,
    lines: Vec<Aimed<'p, 'l>>,
    line: Option<Way<'p>>,
    builder: BatchBuilder,
    findings: Findings,
    found: Vec<u32>,
    scratch: Vec<u8>,
}

impl<'p, 'l> Reading<'p, 'l> {
    fn document(&mut self, root: u32) {
        let tree = self.tree;
        let Some(node) = tree.nodes.get(root as usize) else { return };
        self.builder.begin_document(node.place);
        let header = std::mem::take(&mut self.header);
        header.iter().for_each(|aimed| self.slot(aimed, Level::Header, root));
        self.header = header;
        let mut found = Vec::new();
        if let Some(line) = &self.line {
            tree.follow(root, &line.turns, &mut found);
        }
        self.unexpected(&[root], Level::Header, "");
        let lines = std::mem::take(&mut self.lines);
        for at in found {
            self.builder.begin_line(tree.nodes[at as usize].place);
            self.unexpected(&[at], Level::Line, "");
            lines.iter().for_each(|aimed| self.slot(aimed, Level::Line, at));
        }
        self.lines = lines;
    }

    fn slot(&mut self, aimed: &Aimed<'p, 'l>, level: Level, from: u32) {
        let (slot, tree) = (aimed.slot, self.tree);
        if let Some(constant) = &slot.binding.constant {
            let place = tree.nodes.get(from as usize).map_or_else(Place::default, |node| node.place);
            self.put(slot, level, constant, place);
            return;
        }
        for way in &aimed.ways {
            let mut found = std::mem::take(&mut self.found);
            found.clear();
            tree.follow(from, &way.turns, &mut found);
            if way.attribute.is_none() {
                self.unexpected(&found, level, slot.field.name);
            }
            let any = self.values(slot, level, found.iter().filter_map(|at| tree.value(*at, way.attribute)));
            self.found = found;
            if any {
                return;
            }
        }
        if let Some(default) = &slot.binding.default {
            self.put(slot, level, default, Place::default());
        }
    }

    /// Takes the first value, and the others if they are added up; whether there was one.
    fn values<'t>(
        &mut self,
        slot: &'p Slot<'l>,
        level: Level,
        mut values: impl Iterator<Item = (&'t str, Place)>,
    ) -> bool {
        let Some((first, place)) = values.next() else { return false };
        self.put(slot, level, first, place);
        for (text, place) in values {
            if slot.binding.sum {
                self.put(slot, level, text, place);
            } else if text != first {
                self.invalid(Code::FieldRepeated, slot, level, text, place, "one value");
            }
        }
        true
    }

    /// Reports elements whose text would only be read in part.
    fn unexpected(&mut self, elements: &[u32], level: Level, field: &str) {
        for at in elements.iter().filter(|at| self.tree.is_mixed(**at)) {
            let place = self.tree.nodes[*at as usize].place;
            let finding = Finding::new(Code::XmlUnexpected, Position::from(place).field(field))
                .expected("text or elements, not both; and nothing where xsi:nil is true")
                .in_document(self.builder.document());
            self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
        }
    }

    fn put(&mut self, slot: &Slot<'l>, level: Level, text: &str, place: Place) {
        let mut scratch = std::mem::take(&mut self.scratch);
        match slot.converter.convert(trim(text.as_bytes()), &mut scratch) {
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
                self.invalid(Code::ValueUnmapped, slot, level, text, place, "a value of the layout's table");
            }
            Converted::Invalid(code, expected) => self.invalid(code, slot, level, text, place, expected),
        }
        self.scratch = scratch;
    }

    fn invalid(&mut self, code: Code, slot: &Slot<'l>, level: Level, text: &str, place: Place, expected: &str) {
        let at = Position::from(place).field(slot.field.name);
        let finding = Finding::new(code, at).expected(expected).in_document(self.builder.document());
        let finding = if slot.field.personal { finding.found_personal(text) } else { finding.found(text) };
        self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
    }

    fn finish(self) -> Option<Parsed> {
        let rows = self.builder.documents() as u64;
        let batch = self.builder.finish().ok()?;
        Some(Parsed {
            batch,
            findings: self.findings,
            marks: Vec::new(),
            passed_over: 0,
            bad_rows: 0,
            rows,
            trail: Trail::default(),
        })
    }
}
