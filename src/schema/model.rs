//! What a definition says: elements, composites, segments and the tree of a set.

use std::fmt;
use std::sync::Arc;

use super::codes::Codes;
use super::moves::Moves;

/// Which family of standards a definition belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// ASC X12.
    X12,
    /// UN/EDIFACT.
    Edifact,
}

/// A segment ID of up to four characters, as a number that compares at once.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag([u8; 4]);

impl Tag {
    /// The tag of a segment; none if it cannot be one.
    #[must_use]
    pub fn new(id: &[u8]) -> Option<Self> {
        // Put together from parts: a copy of so few bytes that is then read as one number keeps a core waiting.
        let bytes = match *id {
            [a, b, c] => [a, b, c, 0],
            [a, b] => [a, b, 0, 0],
            [a] => [a, 0, 0, 0],
            [a, b, c, d] => [a, b, c, d],
            _ => return None,
        };
        id.iter().all(u8::is_ascii_alphanumeric).then_some(Self(bytes))
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = self.0.iter().position(|byte| *byte == 0).unwrap_or(4);
        std::str::from_utf8(&self.0[..len]).unwrap_or_default()
    }

    /// The tag as a number.
    pub(super) fn key(self) -> u32 {
        u32::from_be_bytes(self.0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What an element may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// X12 AN, EDIFACT an.
    Text,
    /// X12 ID.
    Identifier,
    /// EDIFACT a: no digits.
    Letters,
    /// X12 N0 to N9: a whole number with this many implied decimals.
    Whole(u8),
    /// X12 R: a number with an explicit decimal point.
    Decimal,
    /// EDIFACT n: a number with the decimal mark of the interchange.
    Number,
    /// X12 DT: `YYMMDD` or `CCYYMMDD`.
    Date,
    /// X12 TM: `HHMM`, with seconds and decimals of seconds.
    Time,
    /// X12 B: any bytes.
    Binary,
}

/// A data element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its reference number, such as `324` or `1004`; empty if it is not known.
    pub number: Box<str>,
    /// Its short name.
    pub name: Box<str>,
    /// What it is made of.
    pub kind: Kind,
    /// Fewest characters.
    pub least: u32,
    /// Most characters.
    pub most: u32,
    /// Whether findings must not show its values.
    pub personal: bool,
    /// Its codes, if they are listed.
    pub codes: Option<Codes>,
    /// The codes that a guide allows of them.
    pub narrowed: Option<Codes>,
}

/// What stands at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A data element.
    Simple(Arc<Element>),
    /// A composite.
    Composite(Arc<Part>),
}

/// One position of a segment or of a composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What stands there.
    pub content: Content,
    /// Whether it must be there.
    pub required: bool,
    /// Whether a guide forbids it.
    pub forbidden: bool,
    /// How often it may repeat.
    pub repeat: u32,
    /// Index of the position that says the format of the date or time here.
    pub format: Option<u8>,
}

/// What a syntax note demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// P: if one is there, all must be.
    Paired,
    /// R: at least one must be there.
    Required,
    /// E: at most one may be there.
    Exclusion,
    /// C: if the first is there, all others must be.
    Conditional,
    /// L: if the first is there, at least one other must be.
    List,
}

/// A syntax note over positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it demands.
    pub kind: NoteKind,
    /// Its positions, from 1, in the order of the note.
    pub positions: Box<[u8]>,
    /// The positions as bits; position 1 is bit 0.
    pub(super) mask: u64,
    /// The bit of the first position.
    pub(super) first: u64,
}

impl Note {
    pub(super) fn new(kind: NoteKind, positions: Box<[u8]>) -> Self {
        let mask = positions.iter().fold(0, |mask, at| mask | bit(*at));
        let first = positions.first().map_or(0, |first| bit(*first));
        Self { kind, positions, mask, first }
    }
}

/// The bit of a position from 1 to 64.
pub(super) const fn bit(position: u8) -> u64 {
    1_u64.wrapping_shl((position as u32).wrapping_sub(1))
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.kind {
            NoteKind::Paired => 'P',
            NoteKind::Required => 'R',
            NoteKind::Exclusion => 'E',
            NoteKind::Conditional => 'C',
            NoteKind::List => 'L',
        };
        write!(f, "{letter}")?;
        self.positions.iter().try_for_each(|at| write!(f, "{at:02}"))
    }
}

/// The positions and notes of a segment or of a composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its ID, such as `BEG` or `C040`.
    pub id: Box<str>,
    /// Its short name.
    pub name: Box<str>,
    /// Its positions, in order.
    pub fields: Vec<Field>,
    /// Its notes.
    pub notes: Vec<Note>,
    /// The required positions as bits.
    pub(super) required: u64,
}

impl Part {
    /// Most positions that a segment or composite may have, so that they fit the bits of a number.
    pub const MOST_FIELDS: usize = 64;
    /// Most components of a composite: few, so that they need no memory of their own.
    pub const MOST_COMPONENTS: usize = 16;

    /// A part; positions and notes must have been checked.
    pub(super) fn new(id: Box<str>, name: Box<str>, fields: Vec<Field>, notes: Vec<Note>) -> Self {
        let mut part = Self { id, name, fields, notes, required: 0 };
        part.index();
        part
    }

    /// Finds again what follows from the positions.
    pub(super) fn index(&mut self) {
        let required = self.fields.iter().zip(1..).filter(|(field, _)| field.required);
        self.required = required.fold(0, |mask, (_, at)| mask | bit(at));
        for at in 1..self.fields.len() {
            match (self.number(at - 1), self.number(at)) {
                ("1250", "1251") => self.fields[at].format = u8::try_from(at - 1).ok(),
                ("2380", "2379") => self.fields[at - 1].format = u8::try_from(at).ok(),
                _ => {}
            }
        }
    }

    fn number(&self, at: usize) -> &str {
        match &self.fields[at].content {
            Content::Simple(element) => &element.number,
            Content::Composite(part) => &part.id,
        }
    }
}

/// A segment of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its ID.
    pub tag: Tag,
    /// Its positions and notes.
    pub part: Part,
}

/// The segments of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Which standard it belongs to.
    pub dialect: Dialect,
    /// Its name, such as `x12/004010`.
    pub name: Box<str>,
    /// Sorted by tag.
    pub(super) segments: Vec<Arc<Segment>>,
    /// Tags of the release without a definition here, sorted.
    pub(super) known: Vec<Tag>,
}

impl Release {
    /// A segment by its tag.
    #[must_use]
    pub fn segment(&self, tag: Tag) -> Option<&Arc<Segment>> {
        let at = self.segments.binary_search_by_key(&tag, |segment| segment.tag).ok()?;
        self.segments.get(at)
    }

    /// The segments in the order of their tags.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &Segment> {
        self.segments.iter().map(AsRef::as_ref)
    }

    /// Whether the release has a segment of this tag, defined here or not.
    #[must_use]
    pub fn knows(&self, tag: Tag) -> bool {
        self.segment(tag).is_some() || self.known.binary_search(&tag).is_ok()
    }
}

/// A segment or loop in the tree of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The ID of the loop, or of the segment.
    pub id: Box<str>,
    /// The tag of the segment; for a loop, that of the segment that begins it.
    pub tag: Tag,
    /// Index of the segment in [`Set::segments`]; none for a loop.
    pub segment: Option<u16>,
    /// Whether it must be there (in a loop: in each iteration).
    pub required: bool,
    /// Whether a guide forbids it.
    pub forbidden: bool,
    /// How often it may be there; `u32::MAX` for any number.
    pub most: u32,
    /// Index of the loop it stands in; the root is its own.
    pub parent: u16,
    /// Loops around it; 0 for the root.
    pub depth: u8,
    /// Index after its last descendant.
    pub end: u16,
    /// Area of the set, from 0, as an index in [`Set::areas`].
    pub area: u8,
}

/// A transaction set or message: the tree of its segments, in preorder, and how one leads to the next.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its ID, such as `850` or `ORDERS`.
    pub id: Box<str>,
    /// The functional identifier of its group, such as `PO`.
    pub group: Box<str>,
    /// Its short name.
    pub title: Box<str>,
    /// The release it belongs to.
    pub release: Arc<Release>,
    /// Names of its areas, such as `heading`; may be empty.
    pub areas: Vec<Box<str>>,
    /// The tree; the first node is the set itself.
    pub nodes: Vec<Node>,
    /// The segments it uses, each once, sorted by tag.
    pub segments: Vec<Arc<Segment>>,
    pub(super) moves: Moves,
}

impl Set {
    /// Deepest nesting of loops.
    pub const MOST_DEPTH: usize = 15;

    /// The index in [`Self::segments`] of a tag.
    #[must_use]
    pub fn segment_index(&self, tag: Tag) -> Option<u16> {
        let at = self.segments.binary_search_by_key(&tag, |segment| segment.tag).ok()?;
        u16::try_from(at).ok()
    }

    /// The ID of the loop that a node stands in; none outside of loops.
    #[must_use]
    pub fn loop_of(&self, node: u16) -> Option<&str> {
        let parent = self.nodes.get(usize::from(node))?.parent;
        (parent != 0).then(|| self.nodes.get(usize::from(parent)).map(|parent| &*parent.id))?
    }

    /// The children of a node, in order.
    pub fn children(&self, node: u16) -> impl Iterator<Item = u16> {
        children(&self.nodes, node)
    }
}

/// The children of a node of a tree in preorder.
pub(super) fn children(nodes: &[Node], node: u16) -> impl Iterator<Item = u16> {
    let end = nodes.get(usize::from(node)).map_or(0, |node| node.end);
    let mut next = node + 1;
    std::iter::from_fn(move || {
        let at = next;
        let child = nodes.get(usize::from(at)).filter(|_| at < end)?;
        next = child.end;
        Some(at)
    })
}
