//! The elements of one XML document, as far as a layout knows their names, in a flat list.

use std::borrow::Cow;

use crate::layout::convert::trim;
use crate::layout::path::{Path, local};
use crate::syntax::xml::Text;

/// The names that a layout asks for, as numbers. What has another name cannot be reached by any path, and is passed over.
#[derive(Debug, Default)]
pub struct Names {
    all: Vec<String>,
    /// Open addressing: numbers of names by the hashes of their keys, a power of two, never full.
    table: Vec<Option<(Key, u32)>>,
}

/// The first and the last bytes of a name and its length: all of a name of up to 16 bytes.
type Key = (u64, u64, usize);

fn key(name: &[u8]) -> Key {
    let wide = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let ends = match (name.first_chunk(), name.last_chunk(), name.first_chunk(), name.last_chunk(), name) {
        (Some(first), Some(last), ..) => (wide(first), wide(last)),
        (.., Some(first), Some(last), _) => (half(first), half(last)),
        (.., [first, .., last]) => (u64::from(*first), u64::from(*last) << 8 | u64::from(name[1])),
        (.., rest) => (rest.first().map_or(0, |byte| u64::from(*byte)), 0),
    };
    (ends.0, ends.1, name.len())
}

impl Names {
    /// Only the name that every tree asks for: `nil` is the first.
    #[must_use]
    pub fn new() -> Self {
        let mut names = Self::default();
        names.number("nil");
        names
    }

    fn number(&mut self, name: &str) -> u32 {
        let name = local(name);
        if let Some(known) = self.find(name) {
            return known;
        }
        self.all.push(name.to_owned());
        self.table = vec![None; (self.all.len() * 4).next_power_of_two()];
        for (number, name) in self.all.iter().enumerate() {
            let key = key(name.as_bytes());
            let free = self.places(key).find(|at| self.table[*at].is_none());
            if let Some(at) = free {
                self.table[at] = Some((key, number as u32));
            }
        }
        self.all.len() as u32 - 1
    }

    fn find(&self, local: &str) -> Option<u32> {
        let key = key(local.as_bytes());
        for at in self.places(key) {
            let (known, number) = (*self.table.get(at)?)?;
            if known == key && (key.2 <= 16 || self.all.get(number as usize).is_some_and(|name| name == local)) {
                return Some(number);
            }
        }
        None
    }

    /// The places of the table at which a key may be, in their order.
    fn places(&self, (first, last, length): Key) -> impl Iterator<Item = usize> + use<> {
        let size = self.table.len();
        let mixed = (first ^ last.rotate_left(23) ^ length as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let begin = (mixed >> 32) as usize;
        (0..size).map(move |step| (begin + step) & (size - 1))
    }
}

/// A path whose names are numbers.
pub struct Way {
    turns: Vec<Turn>,
    attribute: Option<u32>,
}

struct Turn {
    name: u32,
    check: Option<Check>,
}

/// A predicate: the attribute or child of this name that must have this value.
enum Check {
    Attribute(u32, String),
    Child(u32, String),
}

impl Way {
    /// The way of a path; its names are added to the known ones.
    pub fn new(path: &Path, names: &mut Names) -> Self {
        let mut check = |(what, value): &(String, String)| match what.strip_prefix('@') {
            Some(attribute) => Check::Attribute(names.number(attribute), value.clone()),
            None => Check::Child(names.number(what), value.clone()),
        };
        let checks: Vec<_> = path.steps.iter().map(|step| step.predicate.as_ref().map(&mut check)).collect();
        let turn = |(step, check): (&crate::layout::path::Step, _)| Turn { name: names.number(&step.name), check };
        let turns = path.steps.iter().zip(checks).map(turn).collect();
        Self { turns, attribute: path.attribute.as_ref().map(|name| names.number(name)) }
    }

    /// Whether the way ends in an attribute.
    #[must_use]
    pub fn ends_in_attribute(&self) -> bool {
        self.attribute.is_some()
    }

    /// The name that the way begins with, as a set; none when it begins and ends where it is followed from.
    #[must_use]
    pub fn beginning(&self) -> Option<u128> {
        self.turns.first().map(|turn| bit(turn.name))
    }
}

const NONE: u32 = u32::MAX;
/// The number of the attribute `nil`.
const NIL: u32 = 0;

/// The bit of a name in a set of names. Two names may share one, so that such a set only tells what is surely absent.
fn bit(name: u32) -> u128 {
    1 << (name % u128::BITS)
}

/// A stretch of the text that was read, or of the text that had to be made.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    from: u32,
    to: u32,
    made: bool,
}

#[derive(Debug)]
struct Node {
    name: u32,
    first: u32,
    next: u32,
    /// Where its start tag stands in the text.
    at: u32,
    text: Span,
    attributes: (u32, u32),
    /// Whether it has elements, known or not.
    parent: bool,
}

/// An open element: its node, if the layout knows it, and the last of its children.
#[derive(Debug)]
struct Open {
    node: u32,
    last: u32,
}

/// One document.
#[derive(Debug)]
pub struct Tree<'t> {
    names: &'t Names,
    source: &'t str,
    nodes: Vec<Node>,
    open: Vec<Open>,
    attributes: Vec<(u32, Span)>,
    made: String,
    /// The element whose text came last, so that more can be joined to it.
    speaker: u32,
    /// For each name, the first child of that name of the element aimed from, and the aim that it belongs to.
    heads: Vec<(u64, u32)>,
    aim: u64,
    present: u128,
}

impl<'t> Tree<'t> {
    /// No document of this text yet.
    #[must_use]
    pub fn new(names: &'t Names, source: &'t str) -> Self {
        let (nodes, open, attributes) = (Vec::new(), Vec::new(), Vec::new());
        let heads = vec![(0, NONE); names.all.len()];
        Self { names, source, nodes, open, attributes, made: String::new(), speaker: NONE, heads, aim: 0, present: 0 }
    }

    /// Makes room for the next document.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.open.clear();
        self.attributes.clear();
        self.made.clear();
        self.speaker = NONE;
    }

    /// The document element; none before it began.
    #[must_use]
    pub fn root(&self) -> Option<u32> {
        (!self.nodes.is_empty()).then_some(0)
    }

    /// Whether no element is open.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Where an element's start tag stands in the text.
    #[must_use]
    pub fn offset(&self, at: u32) -> usize {
        self.nodes.get(at as usize).map_or(0, |node| node.at as usize)
    }

    /// An element begins.
    pub fn begin(&mut self, name: &str, attributes: &[(&'t str, Cow<'t, str>)], at: usize) {
        let name = self.names.find(name);
        if let Some(parent) = self.open.last().and_then(|open| self.nodes.get_mut(open.node as usize)) {
            parent.parent = true;
        }
        let known = match self.open.last() {
            None => Some(name.unwrap_or(NONE)),
            Some(parent) => name.filter(|_| parent.node != NONE),
        };
        let from = self.attributes.len() as u32;
        for (attribute, value) in attributes.iter().filter(|(name, _)| !name.starts_with("xmlns")) {
            if !value.is_empty() {
                self.speaker = NONE;
            }
            if known.is_some()
                && let Some(attribute) = self.names.find(local(attribute))
            {
                let span = match value {
                    Cow::Borrowed(value) => within(self.source, value),
                    Cow::Owned(value) => self.make(value),
                };
                self.attributes.push((attribute, span));
            }
        }
        let node = known.map_or(NONE, |name| self.add(name, (from, self.attributes.len() as u32), at));
        self.open.push(Open { node, last: NONE });
    }

    fn add(&mut self, name: u32, attributes: (u32, u32), at: usize) -> u32 {
        let number = self.nodes.len() as u32;
        let node =
            Node { name, first: NONE, next: NONE, at: at as u32, text: Span::default(), attributes, parent: false };
        self.nodes.push(node);
        if let Some(parent) = self.open.last_mut() {
            let last = std::mem::replace(&mut parent.last, number);
            match self.nodes.get_mut(last as usize) {
                Some(sibling) => sibling.next = number,
                None => self.nodes[parent.node as usize].first = number,
            }
        }
        number
    }

    /// The element begun last ends.
    pub fn end(&mut self) {
        self.open.pop();
    }

    /// Adds text to the open element; text parted by elements is joined only while nothing stands between.
    pub fn add_text(&mut self, text: Text<'t>) {
        let Some(&Open { node: number, .. }) = self.open.last() else { return };
        // An element without a node speaks too, and keeps what follows apart.
        let joins = self.speaker == number && number != NONE;
        if text != Text::Plain("") {
            self.speaker = number;
        }
        let Some(node) = self.nodes.get_mut(number as usize) else { return };
        if let (false, Text::Plain(plain)) = (joins, text) {
            node.text = within(self.source, plain);
            return;
        }
        let before = if joins { node.text } else { Span::default() };
        let from = if before.made { before.from } else { self.made.len() as u32 };
        if !before.made {
            self.made.push_str(self.source.get(before.from as usize..before.to as usize).unwrap_or_default());
        }
        match text {
            Text::Plain(plain) => self.made.push_str(plain),
            Text::Character(c) => self.made.push(c),
        }
        node.text = Span { from, to: self.made.len() as u32, made: true };
    }

    fn make(&mut self, text: &str) -> Span {
        let from = self.made.len() as u32;
        self.made.push_str(text);
        Span { from, to: self.made.len() as u32, made: true }
    }

    fn slice(&self, span: Span) -> &str {
        let text = if span.made { &self.made } else { self.source };
        text.get(span.from as usize..span.to as usize).unwrap_or_default()
    }

    /// An element and those that follow it in their parent.
    fn siblings(&self, first: u32) -> impl Iterator<Item = (u32, &Node)> {
        let get = |at: u32| self.nodes.get(at as usize).map(|node| (at, node));
        std::iter::successors(get(first), move |(_, node)| get(node.next))
    }

    fn attribute(&self, at: u32, name: u32) -> Option<&str> {
        let (from, to) = self.nodes.get(at as usize)?.attributes;
        let found = self.attributes.get(from as usize..to as usize)?.iter().find(|(known, _)| *known == name)?;
        Some(self.slice(found.1))
    }

    fn fits(&self, at: u32, check: &Check) -> bool {
        match check {
            Check::Attribute(name, value) => self.attribute(at, *name) == Some(value),
            Check::Child(name, value) => {
                let first = self.nodes.get(at as usize).map_or(NONE, |node| node.first);
                self.siblings(first).any(|(_, node)| node.name == *name && self.slice(node.text).trim() == *value)
            }
        }
    }

    /// Prepares [`Self::follow`] from one element: many ways are followed from it, most of them to nothing.
    pub fn aim(&mut self, at: u32) {
        self.aim += 1;
        self.present = 0;
        let mut child = self.nodes.get(at as usize).map_or(NONE, |node| node.first);
        while let Some(node) = self.nodes.get(child as usize) {
            self.present |= bit(node.name);
            if let Some(head) = self.heads.get_mut(node.name as usize).filter(|head| head.0 != self.aim) {
                *head = (self.aim, child);
            }
            child = node.next;
        }
    }

    /// Whether ways with these beginnings (see [`Way::beginning`]) may lead anywhere from the element last aimed from.
    #[must_use]
    pub fn may_lead(&self, beginnings: u128) -> bool {
        self.present & beginnings != 0
    }

    /// Adds every element that a way leads to from `at`, the element last aimed from, in the order of the file.
    pub fn follow(&self, at: u32, way: &Way, found: &mut Vec<u32>) {
        let Some((turn, rest)) = way.turns.split_first() else {
            found.push(at);
            return;
        };
        match self.heads.get(turn.name as usize) {
            Some((aim, first)) if *aim == self.aim => self.turn(*first, turn, rest, found),
            _ => {}
        }
    }

    /// Goes on from the siblings that begin with `first`.
    fn turn(&self, first: u32, turn: &Turn, rest: &[Turn], found: &mut Vec<u32>) {
        for (at, node) in self.siblings(first) {
            if node.name == turn.name && turn.check.as_ref().is_none_or(|check| self.fits(at, check)) {
                match rest.split_first() {
                    Some((turn, rest)) => self.turn(node.first, turn, rest, found),
                    None => found.push(at),
                }
            }
        }
    }

    /// Whether an element has text beside elements, or text although it says that it has none.
    #[must_use]
    pub fn is_mixed(&self, at: u32) -> bool {
        let Some(node) = self.nodes.get(at as usize) else { return false };
        if node.text.from == node.text.to {
            return false;
        }
        // Few elements have attributes, so that they are seldom looked through.
        let has_attributes = node.attributes.0 != node.attributes.1;
        let says_none = || has_attributes && matches!(self.attribute(at, NIL), Some("true" | "1"));
        (node.parent || says_none()) && !trim(self.slice(node.text).as_bytes()).is_empty()
    }

    /// The text of an element or of the attribute that a way ends in; none when it is blank.
    #[must_use]
    pub fn value(&self, at: u32, way: &Way) -> Option<&str> {
        let text = match way.attribute {
            Some(name) => self.attribute(at, name)?,
            None => self.slice(self.nodes.get(at as usize)?.text),
        };
        (!trim(text.as_bytes()).is_empty()).then_some(text)
    }
}

/// Where a part of a text stands in it.
fn within(source: &str, part: &str) -> Span {
    let from = (part.as_ptr() as usize).saturating_sub(source.as_ptr() as usize) as u32;
    Span { from, to: from + part.len() as u32, made: false }
}
