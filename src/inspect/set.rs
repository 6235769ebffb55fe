//! One set as a tree: its segments in the loops of its definition, with names, values and faults.
//!
//! A set is gone over twice: first all of it is checked, since what comes later decides what was meant before, then it
//! is shown. Its segments stay in the memory of the chunk; only a place for each is kept.

use std::collections::BTreeMap;
use std::io;

use super::{Branch, Item, Leaf, Level, Piece, Remark, View, meaning};
use crate::document::Position;
use crate::schema::{
    Content, Dialect, ElementFault, Fault, Field, Node, Options, Part, Release, Report, SegmentError, Separators, Set,
    Tag, Validator, pieces, without_release,
};

/// A set that is laid out.
pub struct SetTree<'s> {
    set: Option<&'s Set>,
    release: &'s Release,
    separators: Separators,
    validator: Option<Validator<'s>>,
    /// The place of each segment, as an index in [`Set::nodes`].
    places: Vec<Option<u16>>,
    /// Faults by the number of the segment.
    faults: BTreeMap<u64, Vec<Fault>>,
    more: u64,
    shown: u64,
    /// The loops that are open, as indices in [`Set::nodes`].
    open: Vec<u16>,
}

impl<'s> SetTree<'s> {
    /// A set with its definition; without one it is shown as a row of segments.
    pub fn new(set: Option<&'s Set>, release: &'s Release, separators: Separators) -> Self {
        let validator = set.map(|set| Validator::new(set, Options { separators, utf8: true }));
        let (places, faults, open) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { set, release, separators, validator, places, faults, more: 0, shown: 0, open }
    }

    /// Allows numbers this decimal mark alone.
    pub fn only_mark(&mut self, mark: Option<u8>) {
        self.validator = self.validator.take().map(|validator| validator.decimal_mark(mark));
    }

    /// The first time over: takes in the next segment.
    pub fn look<P: Piece>(&mut self, piece: &P) {
        let place = self.validator.as_mut().and_then(|validator| validator.segment(piece));
        self.places.push(place);
    }

    /// Ends the first time over; whether the set is sound.
    pub fn looked(&mut self) -> bool {
        let Report { faults, more } = self.validator.as_mut().map(Validator::finish).unwrap_or_default();
        for fault in faults {
            self.faults.entry(fault.number).or_default().push(fault);
        }
        self.more = more;
        self.faults.is_empty() && more == 0
    }

    /// The second time over: shows the next segment; how many errors were told.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn show<P: Piece>(&mut self, piece: &P, view: &mut dyn View) -> io::Result<u64> {
        self.shown += 1;
        let faults = self.faults.remove(&self.shown).unwrap_or_default();
        let (missing, here): (Vec<_>, Vec<_>) =
            faults.into_iter().partition(|fault| fault.error == SegmentError::MandatoryMissing);
        let mut errors = 0;
        for fault in &missing {
            view.remark(&segment_remark(fault, piece.position()))?;
            errors += 1;
        }
        let place = usize::try_from(self.shown - 1).ok().and_then(|at| self.places.get(at).copied().flatten());
        self.enter(place, piece, view)?;
        let elements: Vec<&ElementFault> = here.iter().flat_map(|fault| &fault.elements).collect();
        let part = Tag::new(piece.id()).and_then(|tag| self.part(tag));
        view.leaf(&leaf(part, self.release.dialect, piece, self.separators, &elements))?;
        for fault in here.iter().filter(|fault| fault.error != SegmentError::ElementErrors) {
            view.remark(&segment_remark(fault, piece.position()))?;
            errors += 1;
        }
        Ok(errors + elements.len() as u64)
    }

    /// Closes what is open, and tells what is left; how many errors were told.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(&mut self, at: &Position, view: &mut dyn View) -> io::Result<u64> {
        self.leave(0, view)?;
        let rest: Vec<Fault> = std::mem::take(&mut self.faults).into_values().flatten().collect();
        for fault in &rest {
            view.remark(&segment_remark(fault, at.clone()))?;
        }
        if self.more > 0 {
            let text = format!("and {} more faults in this set", self.more);
            view.remark(&Remark { is_error: true, code: "", text, at: at.clone() })?;
        }
        Ok(rest.len() as u64 + self.more)
    }

    fn part(&self, tag: Tag) -> Option<&'s Part> {
        let of_set = self.set.and_then(|set| set.segments.get(usize::from(set.segment_index(tag)?)));
        of_set.or_else(|| self.release.segment(tag)).map(|segment| &segment.part)
    }

    /// Opens and closes loops until the place is reached. A segment without a place stands where the last one stood.
    fn enter<P: Piece>(&mut self, place: Option<u16>, piece: &P, view: &mut dyn View) -> io::Result<()> {
        let (Some(set), Some(place)) = (self.set, place) else { return Ok(()) };
        let path = loops(set, place);
        let mut common = self.open.iter().zip(&path).take_while(|(open, wanted)| open == wanted).count();
        // The first segment of a loop begins another turn of it.
        let begins = path.last().is_some_and(|last| *last + 1 == place);
        if begins && common == path.len() {
            common -= 1;
        }
        self.leave(common, view)?;
        for node in path.into_iter().skip(common) {
            let Some(looped) = set.nodes.get(usize::from(node)) else { continue };
            let title = self.part(looped.tag).map(|part| part.name.to_string()).unwrap_or_default();
            view.open(&Branch { level: Level::Loop, id: looped.id.to_string(), title, at: piece.position() })?;
            self.open.push(node);
        }
        Ok(())
    }

    fn leave(&mut self, depth: usize, view: &mut dyn View) -> io::Result<()> {
        while self.open.len() > depth {
            self.open.pop();
            view.close()?;
        }
        Ok(())
    }
}

/// The loops around a place, the outermost first.
fn loops(set: &Set, place: u16) -> Vec<u16> {
    let parent = |node: u16| set.nodes.get(usize::from(node)).map_or(0, |node: &Node| node.parent);
    let mut path: Vec<u16> =
        std::iter::successors(Some(parent(place)), |node| Some(parent(*node))).take_while(|node| *node != 0).collect();
    path.reverse();
    path
}

fn segment_remark(fault: &Fault, at: Position) -> Remark {
    let inside = fault.loop_id.as_ref().map(|id| format!(" in loop {id}")).unwrap_or_default();
    let text = match fault.elements.first() {
        Some(_) => fault.elements.iter().map(element_text).collect::<Vec<_>>().join("; "),
        None => format!("{}: {}{inside}", fault.error, fault.segment),
    };
    Remark { is_error: true, code: "", text, at }
}

fn element_text(fault: &ElementFault) -> String {
    let mut text = fault.error.to_string();
    if fault.component > 0 {
        text.push_str(&format!(" (component {})", fault.component));
    }
    if fault.repetition > 0 {
        text.push_str(&format!(" (repetition {})", fault.repetition));
    }
    text
}

/// A segment with its elements.
pub fn leaf<P: Piece>(
    part: Option<&Part>,
    dialect: Dialect,
    piece: &P,
    separators: Separators,
    faults: &[&ElementFault],
) -> Leaf {
    let id = String::from_utf8_lossy(piece.id()).into_owned();
    let last = faults.iter().map(|fault| usize::from(fault.element)).max().unwrap_or(0).max(piece.count());
    let cutting = Cutting { dialect, separators };
    let mut elements = Vec::new();
    for n in 1..=last {
        let value = piece.element(n);
        let of_element = faults.iter().filter(|fault| usize::from(fault.element) == n);
        let at = piece.element_position(n);
        let remark = |fault: &&ElementFault| {
            let at = at.clone();
            Remark { is_error: true, code: "", text: element_text(fault), at }
        };
        let remarks: Vec<Remark> = of_element.map(remark).collect();
        if !value.is_empty() || !remarks.is_empty() {
            let field = part.and_then(|part| part.fields.get(n - 1));
            let name = match dialect {
                Dialect::X12 => format!("{id}{n:02}"),
                Dialect::Edifact => format!("{id}.{n}"),
            };
            let item = cutting.item(name, field, value);
            elements.push(Item { at, remarks, ..item });
        }
    }
    Leaf { name: part.map(|part| part.name.to_string()).unwrap_or_default(), at: piece.position(), id, elements }
}

/// How elements are cut into repetitions and components.
struct Cutting {
    dialect: Dialect,
    separators: Separators,
}

impl Cutting {
    fn item(&self, id: String, field: Option<&Field>, value: &[u8]) -> Item {
        let Separators { repetition, release, .. } = self.separators;
        let repeats: Vec<&[u8]> = match repetition {
            Some(repetition) => pieces(value, repetition, release).collect(),
            None => vec![value],
        };
        let name = field.map(field_name).unwrap_or_default();
        match repeats.as_slice() {
            [one] => self.one(id, name, field, one),
            many => {
                let part =
                    |(n, value): (usize, &&[u8])| self.one(format!("{id} repetition {n}"), name.clone(), field, value);
                let parts = (1..).zip(many).map(part).collect();
                Item { id, name, parts, ..Item::default() }
            }
        }
    }

    /// One repetition of an element.
    fn one(&self, id: String, name: String, field: Option<&Field>, value: &[u8]) -> Item {
        let components: Vec<&[u8]> = pieces(value, self.separators.component, self.separators.release).collect();
        let composite = match field.map(|field| &field.content) {
            Some(Content::Composite(part)) => Some(part),
            _ => None,
        };
        if components.len() < 2 && composite.is_none() {
            return self.value(id, name, field, value);
        }
        let part = |(n, value): (usize, &&[u8])| {
            let field = composite.and_then(|part| part.fields.get(n - 1));
            let joint = if self.dialect == Dialect::X12 { '-' } else { '.' };
            self.value(format!("{id}{joint}{n}"), field.map(field_name).unwrap_or_default(), field, value)
        };
        let parts = (1..).zip(&components).filter(|(_, value)| !value.is_empty()).map(part).collect();
        Item { id, name, parts, ..Item::default() }
    }

    fn value(&self, id: String, name: String, field: Option<&Field>, value: &[u8]) -> Item {
        let plain = match self.separators.release {
            Some(release) => without_release(value, release, Vec::new()),
            None => value.to_vec(),
        };
        let value = String::from_utf8_lossy(&plain).into_owned();
        let meaning = match field.map(|field| &field.content) {
            Some(Content::Simple(element)) if self.dialect == Dialect::X12 => {
                meaning::x12(&element.number, value.trim())
            }
            _ => "",
        };
        Item { id, name, value, meaning, ..Item::default() }
    }
}

fn field_name(field: &Field) -> String {
    match &field.content {
        Content::Simple(element) => element.name.to_string(),
        Content::Composite(part) => part.name.to_string(),
    }
}
