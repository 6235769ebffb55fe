//! Elements to documents: each document element becomes a small tree, from which the bindings take their values.

use super::Parsed;
use super::tree::{Names, Tree, Way};
use crate::document::{BatchBuilder, Code, Field, Finding, Findings, Level, Place, Position};
use crate::layout::Layout;
use crate::layout::convert::{Converted, Converter, trim};
use crate::layout::model::{Binding, XmlFile};
use crate::layout::path::{Path, local};
use crate::layout::trailer::Trail;
use crate::limits;
use crate::syntax::encoding::Encoding;
use crate::syntax::xml::{Border, End, Step, XmlReader};

/// A layout of XML documents, prepared.
pub struct XmlProgram<'l> {
    layout: &'l Layout,
    xml: &'l XmlFile,
    documents: Vec<Vec<&'l str>>,
    names: Names,
    line: Option<Way>,
    header_slots: Vec<Slot<'l>>,
    line_slots: Vec<Slot<'l>>,
    header_fields: Vec<usize>,
    line_fields: Vec<usize>,
}

struct Slot<'l> {
    ways: Vec<Way>,
    /// What all its ways begin with; none when there may be a value even if nothing of that is present.
    beginnings: Option<u128>,
    slot: usize,
    converter: Converter<'l>,
    binding: &'l Binding,
    field: &'static Field,
}

/// Bytes of a line in XML, about; room is made for so many lines.
const LINE_BYTES: usize = 128;

/// A part of a file between two borders.
#[derive(Debug)]
pub struct Part {
    /// The decoded text.
    pub bytes: Vec<u8>,
    /// Where it begins.
    pub border: Border,
    /// What stands behind it.
    pub end: End,
    /// What it was decoded from.
    pub encoding: Encoding,
    /// What ends the file behind it, if it is the bytes that do.
    pub broken: Option<Finding>,
}

/// What was read from a part.
#[derive(Debug)]
pub struct Read {
    /// The documents and what was noticed.
    pub parsed: Parsed,
    /// Whether a finding ended the file, so that nothing behind it is read.
    pub ended: bool,
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
        let mut names = Names::new();
        let mut fields = [Vec::new(), Vec::new()];
        let mut slots = [Vec::new(), Vec::new()];
        for binding in &layout.bindings {
            let level = usize::from(binding.level == Level::Line);
            let field = layout.kind.fields(binding.level).get(binding.field)?;
            let slot = fields[level].len();
            let paths = binding.from.iter().filter_map(|text| parse(binding, text, findings));
            let ways: Vec<Way> = paths.map(|path| Way::new(&path, &mut names)).collect();
            let always = binding.constant.is_some() || binding.default.is_some();
            let all = ways.iter().try_fold(0, |all, way| Some(all | way.beginning()?));
            let (beginnings, converter) = (all.filter(|_| !always), Converter::new(layout, binding, field));
            fields[level].push(binding.field);
            slots[level].push(Slot { ways, beginnings, slot, converter, binding, field });
        }
        let ([header_fields, line_fields], [header_slots, line_slots]) = (fields, slots);
        let documents = xml.documents.iter().map(|path| path.split('/').map(local).collect()).collect();
        let line = Path::parse(&xml.line).ok().map(|path| Way::new(&path, &mut names));
        findings.file_effect().is_none().then_some(Self {
            layout,
            xml,
            documents,
            names,
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

    /// An empty tree for documents of a text, and what takes their values.
    pub(super) fn taking<'p, 't>(&'p self, text: &'t str, byte: u64, line: u64) -> (Tree<'t>, Taking<'p, 'l, 't>)
    where
        'p: 't,
    {
        let taking = Taking {
            program: self,
            lines: Lines { text: text.as_bytes(), byte, at: 0, line },
            builder: self.builder().expecting(text.len() / LINE_BYTES),
            findings: Findings::of_batch(),
            found: Vec::new(),
            scratch: Vec::new(),
        };
        (Tree::new(&self.names, text), taking)
    }

    /// Reads the documents of a part, on any thread.
    #[must_use]
    pub fn read(&self, part: Part) -> Option<Read> {
        let text = std::str::from_utf8(&part.bytes).ok()?;
        let (tree, taking) = self.taking(text, part.border.byte, part.border.line);
        let reader = XmlReader::part(text, part.encoding, &part.border, part.end);
        let mut reading = Reading {
            program: self,
            reader: reader.with_bare_doctype(self.xml.allow_empty_doctype),
            tree,
            findings: Findings::of_batch(),
            taking,
        };
        let mut ended = !reading.documents();
        let Reading { mut findings, taking, .. } = reading;
        if let Some(finding) = part.broken.filter(|_| !ended) {
            findings.push(finding);
            ended = true;
        }
        Some(Read { parsed: taking.finish(findings)?, ended })
    }

    /// A root of the right name in another namespace is another document. A layout without namespaces asks for none.
    fn wrong_namespace(&self, reader: &XmlReader<'_>) -> Option<Finding> {
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
            let finding = Finding::new(Code::XmlWrongDocument, reader.position().field(reader.name()));
            finding.found(if found.is_empty() { "no namespace" } else { found }).expected(expected.as_str())
        })
    }

    fn wrong_document(&self, root: &str, at: Position) -> Finding {
        let expected: Vec<String> =
            self.documents.iter().filter_map(|path| Some(format!("<{}>", path.first()?))).collect();
        Finding::new(Code::XmlWrongDocument, at).found(format!("<{root}>")).expected(expected.join(" or "))
    }
}

/// Tells lines of a text. What is asked for is near to what was asked before, so that nearly nothing is counted twice.
struct Lines<'t> {
    text: &'t [u8],
    byte: u64,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn place(&mut self, at: usize) -> Place {
        let between = self.text.get(self.at.min(at)..self.at.max(at)).unwrap_or_default();
        let breaks = memchr::memchr_iter(b'\n', between).count() as u64;
        self.line = if at < self.at { self.line.saturating_sub(breaks) } else { self.line + breaks };
        self.at = at;
        Place { line: self.line, byte: self.byte + at as u64, record: 0 }
    }
}

/// The documents of a part, one after the other.
struct Reading<'p, 'l, 't> {
    program: &'p XmlProgram<'l>,
    reader: XmlReader<'t>,
    tree: Tree<'t>,
    /// What the reader notices; it is told before what is wrong with values, so that it is seen.
    findings: Findings,
    taking: Taking<'p, 'l, 't>,
}

impl Reading<'_, '_, '_> {
    /// Reads all documents; false when a finding ends the file.
    fn documents(&mut self) -> bool {
        loop {
            match self.reader.next(&mut self.findings) {
                Step::Start => {
                    if self.reader.depth() == 1 && !self.check_root() {
                        return false;
                    }
                    if self.program.documents.iter().any(|path| self.reader.is_at(path)) {
                        if !self.elements() {
                            return false;
                        }
                        self.taking.document(&mut self.tree);
                    }
                }
                Step::End | Step::Text => {}
                Step::Eof => return true,
                Step::Refused => return false,
            }
        }
    }

    fn check_root(&mut self) -> bool {
        let root = self.reader.name();
        let known = self.program.documents.iter().any(|path| path.first() == Some(&root));
        let wrong = if known {
            self.program.wrong_namespace(&self.reader)
        } else {
            Some(self.program.wrong_document(root, self.reader.position()))
        };
        let sound = wrong.is_none();
        self.findings.extend(wrong);
        sound
    }

    /// Reads the elements of the document that began; false when a finding ends the file before the document ends.
    fn elements(&mut self) -> bool {
        let begin = self.reader.offset();
        self.tree.clear();
        self.tree.begin(self.reader.name(), self.reader.attributes(), begin);
        while !self.tree.is_closed() {
            match self.reader.next(&mut self.findings) {
                Step::Start => self.tree.begin(self.reader.name(), self.reader.attributes(), self.reader.offset()),
                Step::Text => self.tree.add_text(self.reader.text()),
                Step::End => self.tree.end(),
                Step::Eof | Step::Refused => return false,
            }
            if self.reader.offset() - begin > limits::DOCUMENT_BYTES {
                self.findings.push(Finding::new(Code::DocumentTooLarge, self.reader.position()));
                return false;
            }
        }
        true
    }
}

/// Takes the values of documents.
pub(super) struct Taking<'p, 'l, 't> {
    program: &'p XmlProgram<'l>,
    lines: Lines<'t>,
    builder: BatchBuilder,
    findings: Findings,
    found: Vec<u32>,
    scratch: Vec<u8>,
}

impl<'l> Taking<'_, 'l, '_> {
    /// Takes the values of the document in a tree.
    pub(super) fn document(&mut self, tree: &mut Tree<'_>) {
        let program = self.program;
        let Some(root) = tree.root() else { return };
        self.builder.begin_document(self.lines.place(tree.offset(root)));
        tree.aim(root);
        self.slots(tree, &program.header_slots, Level::Header, root);
        let mut found = Vec::new();
        if let Some(line) = &program.line {
            tree.follow(root, line, &mut found);
        }
        self.unexpected(tree, &[root], Level::Header, "");
        for at in found {
            self.builder.begin_line(self.lines.place(tree.offset(at)));
            self.unexpected(tree, &[at], Level::Line, "");
            tree.aim(at);
            self.slots(tree, &program.line_slots, Level::Line, at);
        }
    }

    fn slots(&mut self, tree: &Tree<'_>, slots: &[Slot<'l>], level: Level, from: u32) {
        for slot in slots {
            // Most slots of a kind are empty in most files.
            if slot.beginnings.is_none_or(|beginnings| tree.may_lead(beginnings)) {
                self.slot(tree, slot, level, from);
            }
        }
    }

    fn slot(&mut self, tree: &Tree<'_>, slot: &Slot<'l>, level: Level, from: u32) {
        if let Some(constant) = &slot.binding.constant {
            self.put(slot, level, constant, Some(tree.offset(from)));
            return;
        }
        for way in &slot.ways {
            let mut found = std::mem::take(&mut self.found);
            found.clear();
            tree.follow(from, way, &mut found);
            if !way.ends_in_attribute() {
                self.unexpected(tree, &found, level, slot.field.name);
            }
            let values = found.iter().filter_map(|at| Some((tree.value(*at, way)?, tree.offset(*at))));
            let any = self.values(slot, level, values);
            self.found = found;
            if any {
                return;
            }
        }
        if let Some(default) = &slot.binding.default {
            self.put(slot, level, default, None);
        }
    }

    /// Takes the first value, and the others if they are added up; whether there was one. Another value than the first
    /// is told, and the same one too unless it may stand several times.
    fn values<'v>(
        &mut self,
        slot: &Slot<'l>,
        level: Level,
        mut values: impl Iterator<Item = (&'v str, usize)>,
    ) -> bool {
        let Some((first, at)) = values.next() else { return false };
        self.put(slot, level, first, Some(at));
        for (text, at) in values {
            if slot.binding.sum {
                self.put(slot, level, text, Some(at));
            } else if !(slot.binding.same && text == first) {
                self.invalid(Code::FieldRepeated, (slot, level), text, Some(at), "one value");
            }
        }
        true
    }

    /// Reports elements whose text would only be read in part.
    fn unexpected(&mut self, tree: &Tree<'_>, elements: &[u32], level: Level, field: &str) {
        for at in elements.iter().filter(|at| tree.is_mixed(**at)) {
            let at = Position::from(self.lines.place(tree.offset(*at))).field(field);
            let finding = Finding::new(Code::XmlUnexpected, at)
                .expected("text or elements, not both; and nothing where xsi:nil is true")
                .in_document(self.builder.document());
            self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
        }
    }

    /// Puts a value into its column; `at` is its element's offset, none for a value that stands in no file.
    fn put(&mut self, slot: &Slot<'l>, level: Level, text: &str, at: Option<usize>) {
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
                self.invalid(Code::ValueUnmapped, (slot, level), text, at, "a value of the layout's table");
            }
            Converted::Invalid(code, expected) => self.invalid(code, (slot, level), text, at, expected),
        }
        self.scratch = scratch;
    }

    fn invalid(
        &mut self,
        code: Code,
        (slot, level): (&Slot<'l>, Level),
        text: &str,
        at: Option<usize>,
        expected: &str,
    ) {
        let place = at.map_or_else(Place::default, |at| self.lines.place(at));
        let at = Position::from(place).field(slot.field.name);
        let finding = Finding::new(code, at).expected(expected).in_document(self.builder.document());
        let finding = if slot.field.personal { finding.found_personal(text) } else { finding.found(text) };
        self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
    }

    /// Everything that was taken, behind what the reader noticed.
    pub(super) fn finish(self, mut findings: Findings) -> Option<Parsed> {
        findings.append(self.findings);
        let rows = self.builder.documents() as u64;
        let batch = self.builder.finish().ok()?;
        Some(Parsed {
            batch,
            findings,
            marks: Vec::new(),
            edifact: Vec::new(),
            passed_over: 0,
            bad_rows: 0,
            rows,
            trail: Trail::default(),
        })
    }
}
