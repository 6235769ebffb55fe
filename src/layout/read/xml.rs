//! Elements to documents: each document element becomes a small tree, from which the bindings take their values.

use std::collections::HashMap;
use std::io::{self, BufRead};

use super::Parsed;
use crate::document::{BatchBuilder, Code, Field, Finding, Findings, Level, Place, Position};
use crate::layout::Layout;
use crate::layout::convert::{Converted, Converter, trim};
use crate::layout::model::{Binding, XmlFile};
use crate::layout::path::{Path, local};
use crate::limits;
use crate::syntax::xml::{Step, XmlReader};

/// A layout of XML documents, prepared.
pub struct XmlProgram<'l> {
    layout: &'l Layout,
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

/// One document as a tree; its memory is used again for the next.
#[derive(Debug, Default)]
struct Tree {
    names: HashMap<String, u32, foldhash::fast::RandomState>,
    nodes: Vec<Node>,
    text: String,
    attributes: Vec<(u32, (u32, u32))>,
}

impl Tree {
    fn clear(&mut self) {
        self.nodes.clear();
        self.text.clear();
        self.attributes.clear();
        // Names are few in honest files; hostile ones do not make the table grow for ever.
        if self.names.len() > limits::XML_NAMES {
            self.names.clear();
        }
    }

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

    fn attribute(&self, at: u32, name: &str) -> Option<&str> {
        let wanted = *self.names.get(local(name))?;
        let (from, to) = self.nodes.get(at as usize)?.attributes;
        let found = self.attributes.get(from as usize..to as usize)?.iter().find(|(name, _)| *name == wanted)?;
        Some(self.slice(found.1))
    }

    fn matches(&self, at: u32, predicate: &(String, String)) -> bool {
        let (what, value) = predicate;
        if let Some(attribute) = what.strip_prefix('@') {
            return self.attribute(at, attribute) == Some(value);
        }
        let Some(wanted) = self.names.get(local(what)) else { return false };
        self.children(at).any(|child| {
            let node = &self.nodes[child as usize];
            node.name == *wanted && self.slice(node.text).trim() == value
        })
    }

    /// Every element that a path leads to.
    fn find(&self, from: u32, path: &Path) -> Vec<u32> {
        let mut here = vec![from];
        for step in &path.steps {
            let Some(name) = self.names.get(step.local()) else { return Vec::new() };
            let fits = |child: &u32| {
                self.nodes[*child as usize].name == *name
                    && step.predicate.as_ref().is_none_or(|p| self.matches(*child, p))
            };
            here = here.iter().flat_map(|at| self.children(*at)).filter(fits).collect();
        }
        here
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

    fn wrong_document(&self, root: &str, at: Position) -> Finding {
        let expected: Vec<String> =
            self.documents.iter().filter_map(|path| Some(format!("<{}>", path.first()?))).collect();
        Finding::new(Code::XmlWrongDocument, at).found(format!("<{root}>")).expected(expected.join(" or "))
    }
}

/// Reads the documents of a file, batch by batch.
pub struct XmlDocuments<R: BufRead> {
    reader: XmlReader<R>,
    path: Vec<String>,
    tree: Tree,
    done: bool,
    documents: u64,
}

impl<R: BufRead> XmlDocuments<R> {
    /// A reader over UTF-8 text.
    pub fn new(reader: R) -> Self {
        Self { reader: XmlReader::new(reader), path: Vec::new(), tree: Tree::default(), done: false, documents: 0 }
    }

    /// The next batch, of about [`limits::CHUNK_BYTES`]; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, program: &XmlProgram<'_>) -> io::Result<Option<Parsed>> {
        if self.done {
            return Ok(None);
        }
        let mut reading =
            Reading { program, builder: program.builder(), findings: Findings::of_batch(), scratch: Vec::new() };
        let begin = self.reader.position().byte;
        while !self.done && self.reader.position().byte - begin < limits::CHUNK_BYTES as u64 {
            match self.reader.next(&mut reading.findings)? {
                Step::Start => {
                    self.path.push(self.reader.name().to_owned());
                    if self.path.len() == 1 {
                        self.check_root(program, &mut reading.findings);
                    }
                    if program.documents.iter().any(|path| path.iter().eq(self.path.iter())) {
                        self.document(&mut reading)?;
                        self.path.pop();
                    }
                }
                Step::End => drop(self.path.pop()),
                Step::Text => {}
                Step::Eof | Step::Refused => self.done = true,
            }
        }
        reading.finish().map(Some)
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
        }
    }

    /// Reads a document element into the tree, then takes its values.
    fn document(&mut self, reading: &mut Reading<'_, '_>) -> io::Result<()> {
        self.tree.clear();
        self.documents += 1;
        let place = |reader: &XmlReader<R>| {
            let at = reader.position();
            Place { line: at.line, byte: at.byte, record: 0 }
        };
        let begin = self.reader.position().byte;
        let mut here = self.tree.begin(self.reader.name(), NONE, self.reader.attributes(), place(&self.reader));
        let mut depth = 1;
        while depth > 0 {
            match self.reader.next(&mut reading.findings)? {
                Step::Start => {
                    depth += 1;
                    here = self.tree.begin(self.reader.name(), here, self.reader.attributes(), place(&self.reader));
                }
                Step::Text => self.tree.add_text(here, self.reader.text()),
                Step::End => {
                    depth -= 1;
                    here = self.tree.nodes.get(here as usize).map_or(NONE, |node| node.parent);
                }
                Step::Eof | Step::Refused => {
                    self.done = true;
                    return Ok(());
                }
            }
            if self.reader.position().byte - begin > limits::DOCUMENT_BYTES as u64 {
                reading.findings.push(Finding::new(Code::DocumentTooLarge, self.reader.position().clone()));
                self.done = true;
                return Ok(());
            }
        }
        reading.document(&self.tree);
        Ok(())
    }
}

struct Reading<'p, 'l> {
    program: &'p XmlProgram<'l>,
    builder: BatchBuilder,
    findings: Findings,
    scratch: Vec<u8>,
}

impl<'l> Reading<'_, 'l> {
    fn document(&mut self, tree: &Tree) {
        let program = self.program;
        let Some(root) = tree.nodes.first() else { return };
        self.builder.begin_document(root.place);
        for slot in &program.header_slots {
            self.slot(slot, Level::Header, tree, 0);
        }
        let Some(line) = &program.line else { return };
        for at in tree.find(0, line) {
            self.builder.begin_line(tree.nodes[at as usize].place);
            for slot in &program.line_slots {
                self.slot(slot, Level::Line, tree, at);
            }
        }
    }

    fn slot(&mut self, slot: &Slot<'l>, level: Level, tree: &Tree, from: u32) {
        if let Some(constant) = &slot.binding.constant {
            let place = tree.nodes.get(from as usize).map_or_else(Place::default, |node| node.place);
            self.put(slot, level, constant, place);
            return;
        }
        for path in &slot.paths {
            let found = tree.find(from, path);
            let values: Vec<(&str, Place)> = found
                .iter()
                .filter_map(|at| {
                    let node = &tree.nodes[*at as usize];
                    let text = match &path.attribute {
                        Some(attribute) => tree.attribute(*at, attribute)?,
                        None => tree.slice(node.text),
                    };
                    (!trim(text.as_bytes()).is_empty()).then_some((text, node.place))
                })
                .collect();
            let Some((first, place)) = values.first() else { continue };
            self.put(slot, level, first, *place);
            for (text, place) in values.iter().skip(1) {
                if slot.binding.sum {
                    self.put(slot, level, text, *place);
                } else if text != first {
                    self.invalid(Code::FieldRepeated, slot, level, text, *place, "one value");
                }
            }
            return;
        }
        if let Some(default) = &slot.binding.default {
            self.put(slot, level, default, Place::default());
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

    fn finish(self) -> io::Result<Parsed> {
        let rows = self.builder.documents() as u64;
        let batch = self.builder.finish().map_err(io::Error::other)?;
        Ok(Parsed { batch, findings: self.findings, marks: Vec::new(), passed_over: 0, bad_rows: 0, rows })
    }
}
