//! The elements and attributes of an XML file as columns, and which of them are a document and a line.

use std::collections::HashMap;

use super::{Column, Counting};
use crate::document::{Finding, Findings};
use crate::limits;
use crate::syntax::xml::{Step, Text, XmlReader};

/// What the elements of a file hold.
#[derive(Debug, Default)]
pub struct Elements {
    /// Values by their path, from the root: attributes behind `@`.
    pub columns: Vec<Column>,
    /// Elements that hold others: path, how many there are, and how many of them are the only one in what holds them.
    pub groups: Vec<Group>,
    /// Where reading ended before the end of the text, if it did.
    pub broken: Option<Finding>,
    /// Paths beyond [`limits::PROFILE_PATHS`], which are left out.
    pub left_out: u64,
}

/// An element that holds others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its path from the root.
    pub path: String,
    /// How many there are.
    pub count: u64,
    /// How many of them are not the first in what holds them.
    pub further: u64,
}

impl Elements {
    /// The element that is a document: the outermost that comes again and holds others, or the root.
    #[must_use]
    pub fn document(&self) -> Option<&str> {
        let depth = |group: &&Group| group.path.matches('/').count();
        let root = self.groups.iter().find(|group| depth(group) == 0)?;
        let again = self.groups.iter().filter(|group| group.further > 0);
        let outer = again.min_by_key(|group| (depth(group), std::cmp::Reverse(group.count)))?;
        // A root with values of its own and lines in it is the document; one that only holds documents is none.
        let own_values = self.columns.iter().filter(|column| is_inside(&column.name, &root.path, &outer.path)).count();
        Some(if own_values > OWN_VALUES { &root.path } else { &outer.path })
    }

    /// The element inside a document that comes again and holds others: a line.
    #[must_use]
    pub fn line(&self, document: &str) -> Option<&str> {
        let prefix = format!("{document}/");
        let inside = self.groups.iter().filter(|group| group.further > 0 && group.path.starts_with(&prefix));
        let values = |group: &Group| {
            let below = format!("{}/", group.path);
            self.columns.iter().filter(|column| column.name.starts_with(&below)).count()
        };
        inside.max_by_key(|group| (values(group), std::cmp::Reverse(group.path.len()))).map(|group| group.path.as_str())
    }
}

/// Values beside the repeated elements that a root may have and still only hold documents, such as a date and a sender.
const OWN_VALUES: usize = 3;

fn is_inside(path: &str, root: &str, other: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')) && !path.starts_with(&format!("{other}/"))
}

/// Reads the elements of a text, which may end anywhere.
#[must_use]
pub fn elements(text: &str) -> Elements {
    let mut reading = Reading::default();
    let mut reader = XmlReader::new(text).with_bare_doctype(true);
    let mut findings = Findings::default();
    loop {
        match reader.next(&mut findings) {
            Step::Start => {
                reading.open(reader.name());
                for (name, value) in reader.attributes().iter().filter(|(name, _)| !name.starts_with("xmlns")) {
                    let name = name.rsplit(':').next().unwrap_or(name);
                    reading.value(&format!("@{name}"), value);
                }
            }
            Step::Text => reading.text(reader.text()),
            Step::End => reading.close(),
            Step::Eof => break,
            Step::Refused => {
                reading.elements.broken = findings.kept().first().cloned();
                break;
            }
        }
    }
    reading.finish()
}

/// An element that is open.
#[derive(Debug, Default)]
struct Open {
    length: usize,
    text: String,
    has_children: bool,
    children: HashMap<String, u64>,
    is_further: bool,
}

#[derive(Default)]
struct Reading {
    path: String,
    open: Vec<Open>,
    columns: Vec<Counting>,
    by_path: HashMap<String, usize>,
    groups: HashMap<String, usize>,
    elements: Elements,
}

impl Reading {
    fn open(&mut self, name: &str) {
        let length = self.path.len();
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(name);
        let mut is_further = false;
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
            if parent.children.len() < limits::PROFILE_PATHS || parent.children.contains_key(name) {
                let count = parent.children.entry(name.to_owned()).or_default();
                *count += 1;
                is_further = *count > 1;
            }
        }
        self.open.push(Open { length, is_further, ..Open::default() });
    }

    fn text(&mut self, text: Text<'_>) {
        let Some(open) = self.open.last_mut() else { return };
        if open.text.len() >= limits::PROFILE_EXAMPLE_CHARS * 8 {
            return;
        }
        match text {
            Text::Plain(text) => open.text.push_str(text),
            Text::Character(c) => open.text.push(c),
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.has_children {
            self.group(open.is_further);
        } else {
            self.value("", &open.text);
        }
        self.path.truncate(open.length);
    }

    fn group(&mut self, is_further: bool) {
        let next = self.elements.groups.len();
        if next >= limits::PROFILE_PATHS && !self.groups.contains_key(&self.path) {
            self.elements.left_out += 1;
            return;
        }
        let at = *self.groups.entry(self.path.clone()).or_insert(next);
        if at == next {
            self.elements.groups.push(Group { path: self.path.clone(), count: 0, further: 0 });
        }
        self.elements.groups[at].count += 1;
        self.elements.groups[at].further += u64::from(is_further);
    }

    fn value(&mut self, last: &str, value: &str) {
        let path = if last.is_empty() { self.path.clone() } else { format!("{}/{last}", self.path) };
        let next = self.columns.len();
        if next >= limits::PROFILE_PATHS && !self.by_path.contains_key(&path) {
            self.elements.left_out += 1;
            return;
        }
        let at = *self.by_path.entry(path).or_insert_with_key(|path| {
            self.columns.push(Counting::new(path));
            next
        });
        self.columns[at].add(value.trim().as_bytes());
    }

    fn finish(mut self) -> Elements {
        // What is still open where the text ends holds others all the same.
        while let Some(open) = self.open.pop() {
            if open.has_children {
                self.group(open.is_further);
            }
            self.path.truncate(open.length);
        }
        self.elements.columns = self.columns.into_iter().map(Counting::finish).collect();
        self.elements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_lines_are_what_comes_again() {
        let order = "<order id='7'><number>1</number><date>2026-01-01</date><lines><line><sku>A</sku><qty>2</qty></line>\
                     <line><sku>B</sku><qty>1</qty></line></lines></order>";
        let many = elements(&format!("<orders>{order}{order}</orders>"));
        assert_eq!(many.document(), Some("orders/order"));
        assert_eq!(many.line("orders/order"), Some("orders/order/lines/line"));
        let sku = many.columns.iter().find(|column| column.name == "orders/order/lines/line/sku").unwrap();
        assert_eq!((sku.filled, sku.distinct.values), (4, 2));
        assert!(many.columns.iter().any(|column| column.name == "orders/order/@id"));
        let one = elements("<o><a>1</a><b>2</b><c>3</c><d>4</d><l><s>1</s></l><l><s>2</s></l></o>");
        assert_eq!((one.document(), one.line("o")), (Some("o"), Some("o/l")));
    }

    #[test]
    fn a_text_that_ends_anywhere_is_read_as_far_as_it_goes() {
        let found = elements("<a><b><c>1</c></b><b><c>2</c>");
        assert_eq!(found.columns[0].filled, 2);
        assert!(found.broken.is_some());
        assert!(elements("").columns.is_empty());
        assert!(elements("<a>&bad;</a>").broken.is_some());
    }
}
