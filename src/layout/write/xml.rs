//! Documents to elements.

use super::value::Cells;
use super::written::END;
use crate::document::class::column as classes;
use crate::document::{Batch, Class, Level};
use crate::layout::Layout;
use crate::layout::model::{Binding, XmlFile};
use crate::layout::path::{Path, Step};
use crate::syntax::encoding::Encoding;
use crate::syntax::xml;

/// Writes XML documents of a layout.
pub struct XmlWriter<'l> {
    layout: &'l Layout,
    xml: &'l XmlFile,
    /// Elements that stay open while documents are written.
    around: Vec<String>,
    /// How many of them the constants of the one document stand in, if all are together.
    fixed_depth: usize,
    document: String,
    line: Option<Path>,
    order: Vec<(Vec<&'l str>, Vec<&'l str>)>,
    header: Vec<(Path, &'l Binding)>,
    lines: Vec<(Path, &'l Binding)>,
    root: Vec<(Path, &'l str)>,
    fixed: Vec<(Path, &'l str)>,
    line_fixed: Vec<(Path, &'l str)>,
    line_repeats: Vec<(Path, Repeated<'l>)>,
    repeats: Vec<(Path, Repeated<'l>)>,
    root_repeats: Vec<(Path, Repeated<'l>)>,
}

/// What is written once more.
enum Repeated<'l> {
    /// A value of the document.
    Of(Path),
    /// A value of the line itself.
    Own(Path),
    /// A constant.
    Constant(&'l str),
}

/// Where the values of a field go.
struct Place<'b> {
    path: &'b Path,
    cells: Cells<'b>,
    fallback: bool,
}

/// An element being made.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    predicate: Option<(String, String)>,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The name, with its prefix.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The elements in it.
    pub(super) fn children(&self) -> &[Element] {
        &self.children
    }

    fn new(step: &Step) -> Self {
        let mut element = Self { name: step.name.clone(), predicate: step.predicate.clone(), ..Self::default() };
        if let Some((what, value)) = &step.predicate {
            match what.strip_prefix('@') {
                Some(attribute) => element.attributes.push((attribute.to_owned(), value.clone())),
                None => element.children.push(Self { name: what.clone(), text: value.clone(), ..Self::default() }),
            }
        }
        element
    }

    /// The element that a path leads to, made where it is missing.
    fn at(&mut self, steps: &[Step]) -> &mut Self {
        let Some((step, rest)) = steps.split_first() else { return self };
        let known = self.children.iter().position(|child| child.name == step.name && child.predicate == step.predicate);
        let at = known.unwrap_or_else(|| {
            self.children.push(Self::new(step));
            self.children.len() - 1
        });
        self.children[at].at(rest)
    }

    /// The element that a path leads to, if it is there.
    fn find(&self, steps: &[Step]) -> Option<&Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        let is = |child: &&Self| child.name == step.name && child.predicate == step.predicate;
        self.children.iter().find(is)?.find(rest)
    }

    /// The value that a path leads to; empty without one.
    fn value(&self, path: &Path) -> &str {
        let Some(element) = self.find(&path.steps) else { return "" };
        match &path.attribute {
            Some(attribute) => element.attributes.iter().find(|(name, _)| name == attribute).map_or("", |(_, v)| v),
            None => &element.text,
        }
    }

    /// Sets what stands elsewhere too or always, where it has no value of its own: an attribute only on an element that is
    /// there, an element only in one that is there.
    fn repeat<'p>(&mut self, values: impl IntoIterator<Item = &'p (&'p Path, String)>, attributes: bool) {
        for (path, value) in values.into_iter().filter(|(path, _)| path.attribute.is_some() == attributes) {
            let within = if attributes { path.steps.len() } else { path.steps.len().saturating_sub(1) };
            if self.find(&path.steps[..within]).is_some() && !self.has(path) {
                self.set(path, value.clone());
            }
        }
    }

    /// The first element that names lead to, if it is there.
    fn named(&mut self, names: &[&str]) -> Option<&mut Self> {
        let Some((name, rest)) = names.split_first() else { return Some(self) };
        self.children.iter_mut().find(|child| child.name == *name)?.named(rest)
    }

    /// A new element at the end of a path, whatever is there already.
    fn add(&mut self, path: &Path) -> Option<&mut Self> {
        let (last, way) = path.steps.split_last()?;
        let parent = self.at(way);
        parent.children.push(Self::new(last));
        parent.children.last_mut()
    }

    fn set(&mut self, path: &Path, value: String) {
        let element = self.at(&path.steps);
        match &path.attribute {
            Some(attribute) => element.attributes.push((attribute.clone(), value)),
            None => element.text = value,
        }
    }

    /// Whether what a path leads to has a value.
    fn has(&self, path: &Path) -> bool {
        let Some(element) = self.find(&path.steps) else { return false };
        match &path.attribute {
            Some(attribute) => element.attributes.iter().any(|(name, _)| name == attribute),
            None => !element.text.is_empty(),
        }
    }

    /// Gives every element below this one that has children the attributes of a group.
    fn mark_groups(&mut self, attributes: &[(String, String)]) {
        for child in self.children.iter_mut().filter(|child| !child.children.is_empty()) {
            child.attributes.extend_from_slice(attributes);
            child.mark_groups(attributes);
        }
    }

    fn write(&self, writer: &mut xml::XmlWriter) {
        writer.start(&self.name);
        self.attributes.iter().for_each(|(name, value)| writer.attribute(name, value));
        if !self.text.is_empty() {
            writer.text(&self.text);
        }
        self.children.iter().for_each(|child| child.write(writer));
        writer.end();
    }
}

impl<'l> XmlWriter<'l> {
    /// The writer of a layout; none when its documents would each be a root, which needs a file for each.
    #[must_use]
    pub fn new(layout: &'l Layout, xml: &'l XmlFile) -> Option<Self> {
        let first = xml.documents.first()?;
        let whole = if xml.together { format!("{first}/{}", xml.line) } else { first.clone() };
        let (around, document) = match whole.rsplit_once('/') {
            None if xml.each => ("", whole.as_str()),
            cut => cut?,
        };
        let paths = |level| {
            let mut bound: Vec<(Path, &Binding)> = Vec::new();
            for binding in layout.bindings(level) {
                let place = binding.write.as_ref().or(binding.from.first());
                let path = place.and_then(|place| Path::parse(place).ok());
                // Of several fields in one place the first is written, as in a table.
                let is_first = |path: &Path| binding.fallback || bound.iter().all(|(known, _)| known != path);
                bound.extend(path.filter(is_first).map(|path| (path, binding)));
            }
            bound
        };
        let fixed = |pairs: &'l [(String, String)]| {
            pairs.iter().filter_map(|(path, value)| Some((Path::parse(path).ok()?, value.as_str()))).collect()
        };
        Some(Self {
            layout,
            xml,
            around: around.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            fixed_depth: if xml.together { first.split('/').count() } else { 0 },
            document: document.to_owned(),
            line: Path::parse(&xml.line).ok(),
            order: orders(&xml.order),
            header: paths(Level::Header),
            lines: paths(Level::Line),
            root: fixed(&xml.root),
            fixed: fixed(&xml.fixed),
            line_fixed: fixed(&xml.line_fixed),
            line_repeats: xml.line_repeats.iter().filter_map(repeat).collect(),
            repeats: xml.repeats.iter().filter_map(repeat).collect(),
            root_repeats: xml.root_repeats.iter().filter_map(repeat).collect(),
        })
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> &'l Layout {
        self.layout
    }

    /// Whether each document is written to a file of its own.
    #[must_use]
    pub const fn is_each(&self) -> bool {
        self.xml.each
    }

    /// The declaration and the elements around the documents; nothing if each document has its own.
    pub fn begin(&self, out: &mut Vec<u8>) {
        if self.xml.each {
            return;
        }
        let mut writer = xml::XmlWriter::default();
        self.declare(&mut writer);
        let constants = self.constants();
        let mut level = Some(&constants);
        for (at, name) in self.around.iter().enumerate() {
            writer.start(name);
            if at == 0 {
                self.namespaces().for_each(|(name, uri)| writer.attribute(&name, uri));
            }
            if at + 1 == self.fixed_depth {
                let mut element = Element::default();
                self.fixed.iter().for_each(|(path, value)| element.set(path, (*value).to_owned()));
                element.children.iter().for_each(|child| child.write(&mut writer));
            }
            let next = self.around.get(at + 1);
            let is_next = |child: &&Element| Some(&child.name) == next;
            if let Some(element) = level {
                element.attributes.iter().for_each(|(name, value)| writer.attribute(name, value));
                element.children.iter().filter(|child| !is_next(child)).for_each(|child| child.write(&mut writer));
                level = element.children.iter().find(is_next);
            }
        }
        out.extend_from_slice(&writer.finish());
    }

    fn declare(&self, writer: &mut xml::XmlWriter) {
        writer.declaration(match self.layout.encoding {
            Encoding::Utf8 | Encoding::Detect => "UTF-8",
            other => other.name(),
        });
        if !self.xml.doctype.is_empty() {
            writer.doctype(&self.xml.doctype);
        }
    }

    /// The attributes that declare namespaces.
    fn namespaces(&self) -> impl Iterator<Item = (String, &String)> {
        let name = |prefix: &String| if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        self.xml.namespaces.iter().map(move |(prefix, uri)| (name(prefix), uri))
    }

    /// What stands around documents, as the root.
    fn constants(&self) -> Element {
        let mut root = Element { name: self.around.first().cloned().unwrap_or_default(), ..Element::default() };
        self.root.iter().for_each(|(path, value)| root.set(path, (*value).to_owned()));
        root
    }

    /// A file of one document.
    fn file(&self, document: Element) -> Vec<u8> {
        let mut writer = xml::XmlWriter::default();
        self.declare(&mut writer);
        let mut root = if self.around.is_empty() { document } else { self.around(document) };
        let namespaces = self.namespaces().map(|(name, uri)| (name, uri.clone()));
        root.attributes = namespaces.chain(std::mem::take(&mut root.attributes)).collect();
        root.write(&mut writer);
        writer.finish()
    }

    /// A document inside the elements around it.
    fn around(&self, document: Element) -> Element {
        let mut root = self.constants();
        taken(&document, &self.root_repeats).into_iter().for_each(|(path, value)| root.set(path, value));
        let way: Vec<Step> =
            self.around.iter().skip(1).map(|name| Step { name: name.clone(), predicate: None }).collect();
        root.at(&way).children.push(document);
        root
    }

    /// The end of the elements around the documents.
    pub fn end(&self, out: &mut Vec<u8>) {
        if self.xml.each {
            return;
        }
        let mut writer = xml::XmlWriter::inside(&self.around);
        self.around.iter().for_each(|_| writer.end());
        out.extend_from_slice(&writer.finish());
    }

    fn place<'b>(&'b self, (path, binding): &'b (Path, &'l Binding), batch: &'b Batch) -> Place<'b> {
        Place { path, cells: Cells::new(self.layout, binding, batch), fallback: binding.fallback }
    }

    /// The documents of a batch whose class is out; behind one that has a file of its own stands an end mark.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) {
        if self.xml.each {
            return self.documents(batch, |_, element| {
                out.extend_from_slice(&self.file(element));
                out.push(END);
            });
        }
        let mut writer = xml::XmlWriter::inside(&self.around);
        self.documents(batch, |_, element| element.write(&mut writer));
        out.extend_from_slice(&writer.finish());
    }

    /// The documents of a batch whose class is out, each with its row; the lines if they are written together.
    pub(super) fn documents(&self, batch: &Batch, mut each: impl FnMut(u32, Element)) {
        let header: Vec<Place<'_>> = self.header.iter().map(|bound| self.place(bound, batch)).collect();
        let lines: Vec<Place<'_>> = self.lines.iter().map(|bound| self.place(bound, batch)).collect();
        let (documents, line_classes) = (classes(batch, Level::Header), classes(batch, Level::Line));
        let owners = batch.line_documents();
        let mut next = 0;
        for (row, class) in documents.into_iter().enumerate() {
            let first = next;
            while owners.get(next).is_some_and(|owner| *owner as usize == row) {
                next += 1;
            }
            if class != Class::Out {
                continue;
            }
            if self.xml.together {
                (first..next)
                    .filter(|line| line_classes.get(*line) == Some(&Class::Out))
                    .for_each(|line| each(row as u32, self.together(&lines, line)));
                continue;
            }
            let mut element = Element { name: self.document.clone(), ..Element::default() };
            self.fixed.iter().for_each(|(path, value)| element.set(path, (*value).to_owned()));
            fill(&mut element, &header, row);
            let repeats = taken(&element, &self.line_repeats);
            for line in (first..next).filter(|line| line_classes.get(*line) == Some(&Class::Out)) {
                let Some(child) = self.line.as_ref().and_then(|path| element.add(path)) else { continue };
                self.line_fixed.iter().for_each(|(path, value)| child.set(path, (*value).to_owned()));
                child.repeat(&repeats, false);
                fill(child, &lines, line);
                let own = own(child, &self.line_repeats);
                for attributes in [false, true] {
                    child.repeat(repeats.iter().chain(&own), attributes);
                }
            }
            let repeats = taken(&element, &self.repeats);
            [false, true].into_iter().for_each(|attributes| element.repeat(&repeats, attributes));
            self.sort(&mut element);
            element.mark_groups(&self.xml.groups);
            each(row as u32, element);
        }
    }

    /// A line of the one document that the file is.
    fn together(&self, cells: &[Place<'_>], line: usize) -> Element {
        let mut element = Element { name: self.document.clone(), ..Element::default() };
        self.line_fixed.iter().for_each(|(path, value)| element.set(path, (*value).to_owned()));
        fill(&mut element, cells, line);
        self.sort(&mut element);
        element.mark_groups(&self.xml.groups);
        element
    }

    /// Children in the order that the layout demands, here and where a path leads to.
    fn sort(&self, element: &mut Element) {
        for (parent, names) in &self.order {
            if let Some(element) = element.named(parent) {
                let place = |child: &Element| names.iter().position(|name| *name == child.name).unwrap_or(usize::MAX);
                element.children.sort_by_key(place);
            }
        }
    }
}

/// The names of `order` by the names of the elements that they stand in.
fn orders(order: &[String]) -> Vec<(Vec<&str>, Vec<&str>)> {
    let mut orders: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for path in order {
        let mut parent: Vec<&str> = path.split('/').collect();
        let name = parent.pop().unwrap_or_default();
        match orders.iter_mut().find(|(known, _)| *known == parent) {
            Some((_, names)) => names.push(name),
            None => orders.push((parent, vec![name])),
        }
    }
    orders
}

/// The values that are written once more, with where they go.
fn taken<'p>(document: &Element, repeats: &'p [(Path, Repeated<'_>)]) -> Vec<(&'p Path, String)> {
    let value = |(to, what): &'p (Path, Repeated<'_>)| match what {
        Repeated::Constant(text) => Some((to, (*text).to_owned())),
        Repeated::Of(from) => Some((to, document.value(from).to_owned())).filter(|(_, value)| !value.is_empty()),
        Repeated::Own(_) => None,
    };
    repeats.iter().filter_map(value).collect()
}

/// The same of a line itself.
fn own<'p>(line: &Element, repeats: &'p [(Path, Repeated<'_>)]) -> Vec<(&'p Path, String)> {
    let value = |(to, what): &'p (Path, Repeated<'_>)| match what {
        Repeated::Own(from) => Some((to, line.value(from).to_owned())).filter(|(_, value)| !value.is_empty()),
        _ => None,
    };
    repeats.iter().filter_map(value).collect()
}

/// `path = "path in the document"`, `path = "./path in the line"` or `path = "'constant'"`.
fn repeat<'l>((to, what): &'l (String, String)) -> Option<(Path, Repeated<'l>)> {
    let constant = what.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let what = match constant {
        Some(text) => Repeated::Constant(text),
        None => match what.strip_prefix("./") {
            Some(own) => Repeated::Own(Path::parse(own).ok()?),
            None => Repeated::Of(Path::parse(what).ok()?),
        },
    };
    Some((Path::parse(to).ok()?, what))
}

fn fill(element: &mut Element, places: &[Place<'_>], row: usize) {
    let mut value = Vec::new();
    for place in places {
        value.clear();
        place.cells.write(row, &mut value, |_| true);
        if !(value.is_empty() || place.fallback && element.has(place.path)) {
            element.set(place.path, String::from_utf8_lossy(&value).into_owned());
        }
    }
}
