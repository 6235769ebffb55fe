//! Whether the segments of a set agree with its definition.
//!
//! [`Validator`] takes the segments of one set in order. For each it finds the place in the tree that is meant, counts
//! its use and that of its loop, notes what was left out, and checks its elements. It recovers so that one mistake is
//! one fault:
//!
//! - A segment that should have come earlier and was noted as missing is out of sequence, and no longer missing.
//! - A segment of a loop whose first segment is not there may be a stray or the rest of a loop that lost its head.
//!   What comes next decides: if it only fits into the loop, the head is missing, and the loop goes on.
//! - Too many of a segment count as the next of the same ID in the set, if that leaves out nothing.

mod dates;
mod element;
mod value;

use super::fault::{ElementFault, Fault, Report, SegmentError, shown_tag};
use super::model::{Set, Tag};
use super::moves::{Kind, Move};
use crate::limits::SET_FAULTS;
use crate::syntax::segment::{Dialect, Segment};
use element::Checker;
pub(crate) use element::{pieces, without_release};

/// The characters that part an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separators {
    /// Between components.
    pub component: u8,
    /// Between repetitions; none where there are none, as in X12 before 00402 and in EDIFACT before syntax 4.
    pub repetition: Option<u8>,
    /// Before a character that means itself; EDIFACT only.
    pub release: Option<u8>,
}

impl Separators {
    /// X12 004010 with its commonest component separator.
    pub const X12: Self = Self { component: b'>', repetition: None, release: None };
    /// EDIFACT without UNA, syntax 1 to 3.
    pub const EDIFACT: Self = Self { component: b':', repetition: None, release: Some(b'?') };
}

/// How to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The characters that part an element.
    pub separators: Separators,
    /// Whether the text is UTF-8, so that a character may be several bytes; otherwise each byte is one.
    pub utf8: bool,
}

/// A segment, cut into elements.
pub trait Tokens {
    /// Its ID.
    fn id(&self) -> &[u8];
    /// How many elements follow the ID.
    fn count(&self) -> usize;
    /// Element `n`, from 1, as received, with its separators and release characters; empty when absent.
    fn element(&self, n: usize) -> &[u8];
}

impl<D: Dialect> Tokens for Segment<'_, D> {
    fn id(&self) -> &[u8] {
        Segment::id(self)
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn element(&self, n: usize) -> &[u8] {
        Segment::element(self, n)
    }
}

/// A segment as slices, the ID first.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a [&'a [u8]]);

impl Tokens for Plain<'_> {
    fn id(&self) -> &[u8] {
        self.element(0)
    }

    fn count(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn element(&self, n: usize) -> &[u8] {
        self.0.get(n).copied().unwrap_or_default()
    }
}

/// Where a set stands: its last segment, how often that came, and the iterations of the loops around it.
#[derive(Clone, Copy, Debug)]
struct State {
    node: u16,
    uses: u32,
    iterations: [u32; Set::MOST_DEPTH + 1],
}

impl State {
    const START: Self = Self { node: 0, uses: 0, iterations: [0; Set::MOST_DEPTH + 1] };

    fn go(&mut self, to: Move, count: &Count) {
        (self.node, self.uses) = (to.target, count.uses);
        if let Some(iterations) = self.iterations.get_mut(count.depth).filter(|_| count.depth > 0) {
            *iterations = count.iterations;
        }
    }
}

/// The counts after a move.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    uses: u32,
    /// The depth of the loop that began with the move, and its iterations; 0 if none did.
    depth: usize,
    iterations: u32,
    error: Option<SegmentError>,
}

/// Moves found before that left nothing out. Sets are much alike, so nearly every move is one of these.
#[derive(Debug)]
struct Memory(Box<[(u16, Tag, Move); Memory::SLOTS]>);

impl Memory {
    const SLOTS: usize = 256;

    fn new() -> Self {
        let none = Move { target: 0, kind: Kind::Same };
        Self(Box::new([(0, Tag::default(), none); Self::SLOTS]))
    }

    fn slot(from: u16, tag: Tag) -> usize {
        let key = u64::from(tag.key()) << 16 | u64::from(from);
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize % Self::SLOTS
    }

    fn find(&self, from: u16, tag: Tag) -> Option<Move> {
        let slot = Self::slot(from, tag);
        // One of two places: of the few moves of a kind of set, two may well meet in one.
        let (known, of, to) = self.0[slot];
        if known == from && of == tag {
            return Some(to);
        }
        let (known, of, to) = self.0[slot ^ 1];
        (known == from && of == tag).then_some(to)
    }

    fn keep(&mut self, from: u16, tag: Tag, to: Move) {
        let slot = Self::slot(from, tag);
        let is_free = self.0[slot].1 == Tag::default();
        self.0[if is_free { slot } else { slot ^ 1 }] = (from, tag, to);
    }
}

/// A segment that may have lost the head of its loop, or be a stray.
#[derive(Debug)]
struct Doubt {
    /// Index of the fault that calls it a stray.
    fault: usize,
    error: SegmentError,
    /// The state and what is missing if the head was lost.
    state: State,
    missing: Vec<u16>,
    number: u64,
}

/// Checks the segments of sets against one definition, one set after the other.
#[derive(Debug)]
pub struct Validator<'s> {
    set: &'s Set,
    checker: Checker,
    state: State,
    memory: Memory,
    number: u64,
    doubt: Option<Doubt>,
    /// Nodes reported as missing, with the index of the fault.
    missed: Vec<(u16, usize)>,
    /// Used again for each move.
    missing: Vec<u16>,
    elements: Vec<ElementFault>,
    report: Report,
}

impl<'s> Validator<'s> {
    /// A validator at the start of a set.
    #[must_use]
    pub fn new(set: &'s Set, options: Options) -> Self {
        Self {
            set,
            checker: Checker::new(options, set.release.dialect),
            state: State::START,
            memory: Memory::new(),
            number: 0,
            doubt: None,
            missed: Vec::new(),
            missing: Vec::new(),
            elements: Vec::new(),
            report: Report::default(),
        }
    }

    /// Allows numbers this decimal mark alone; without it, EDIFACT may have either.
    #[must_use]
    pub fn decimal_mark(mut self, mark: Option<u8>) -> Self {
        self.checker.mark = mark;
        self
    }

    /// Takes in the next segment; ST and UNH are the first, SE and UNT the last. The index in [`Set::nodes`] of the place
    /// that it was found to stand at; none if it has no place there.
    pub fn segment<T: Tokens>(&mut self, tokens: &T) -> Option<u16> {
        self.number += 1;
        let tag = Tag::new(tokens.id());
        let place = match tag {
            Some(tag) => self.place(tag),
            None => self.stray(SegmentError::Unrecognised, tokens.id()),
        };
        let index = match place {
            Some(node) => self.set.nodes.get(usize::from(node)).and_then(|node| node.segment),
            None => tag.and_then(|tag| self.set.segment_index(tag)),
        };
        let Some(segment) = index.and_then(|index| self.set.segments.get(usize::from(index))) else { return place };
        self.checker.segment(&segment.part, tokens, &mut self.elements);
        if !self.elements.is_empty() {
            let elements = std::mem::take(&mut self.elements);
            let loop_id = place.and_then(|node| self.set.loop_of(node)).map(Into::into);
            self.push(SegmentError::ElementErrors, segment.tag.as_str().into(), loop_id, elements);
        }
        place
    }

    /// Ends the set, and returns what was found; the next segment begins another set of the same definition.
    pub fn finish(&mut self) -> Report {
        self.settle(None);
        if self.number > 0 {
            let mut missing = std::mem::take(&mut self.missing);
            self.set.moves.rest(self.state.node, &mut missing);
            // A trailer that is missing is an error of the set, not of a segment.
            missing.retain(|node| !matches!(self.tag(*node).as_str(), "SE" | "UNT"));
            self.number += 1;
            self.report_missing(&missing);
            self.missing = missing;
        }
        (self.state, self.number) = (State::START, 0);
        self.missed.clear();
        std::mem::take(&mut self.report)
    }

    /// Finds the place of a segment, and moves there if there is one.
    fn place(&mut self, tag: Tag) -> Option<u16> {
        if self.doubt.is_some() {
            self.settle(Some(tag));
        }
        if let Some(to) = self.memory.find(self.state.node, tag) {
            let count = self.count(&self.state, to);
            if count.error.is_none() {
                self.state.go(to, &count);
                return self.arrive(None);
            }
        }
        let mut missing = std::mem::take(&mut self.missing);
        let from = self.state.node;
        let place = if let Some((to, count)) = self.step(&self.state, tag, &mut missing) {
            if missing.is_empty() && count.error.is_none() {
                self.memory.keep(from, tag, to);
            }
            self.report_missing(&missing);
            self.state.go(to, &count);
            self.arrive(count.error)
        } else {
            self.no_place(tag, &mut missing)
        };
        self.missing = missing;
        place
    }

    /// The place that was moved to, with the fault of the segment there if it has one.
    fn arrive(&mut self, error: Option<SegmentError>) -> Option<u16> {
        let node = self.state.node;
        let forbidden = self.set.nodes.get(usize::from(node)).is_some_and(|node| node.forbidden);
        if let Some(error) = error.or(forbidden.then_some(SegmentError::NotUsed)) {
            let loop_id = self.set.loop_of(node).map(Into::into);
            self.push(error, self.tag(node).as_str().into(), loop_id, Vec::new());
        }
        Some(node)
    }

    /// The move to the next segment, and its counts; none if it has no place ahead.
    fn step(&self, state: &State, tag: Tag, missing: &mut Vec<u16>) -> Option<(Move, Count)> {
        let first = self.set.moves.find(state.node, tag, 0, missing)?;
        let count = self.count(state, first);
        if count.error.is_none() {
            return Some((first, count));
        }
        let (mut left_out, mut skip) = (Vec::new(), 1);
        while let Some(other) = self.set.moves.find(state.node, tag, skip, &mut left_out) {
            let count = self.count(state, other);
            if count.error.is_none() && left_out.is_empty() {
                missing.clear();
                return Some((other, count));
            }
            skip += 1;
        }
        Some((first, count))
    }

    /// How often the segment and the loop of a move have come then, and what is wrong with that.
    fn count(&self, state: &State, to: Move) -> Count {
        let Some(node) = self.set.nodes.get(usize::from(to.target)) else { return Count::default() };
        let (around, again) = match to.kind {
            Kind::Same => {
                let uses = state.uses.saturating_add(1);
                return Count { uses, error: (uses > node.most).then_some(SegmentError::OverMax), ..Count::default() };
            }
            Kind::Forward => (node.parent, false),
            Kind::Again(parent) => (parent, true),
        };
        let mut count = Count { uses: 1, ..Count::default() };
        let Some(parent) = self.set.nodes.get(usize::from(around)).filter(|_| around != 0) else { return count };
        let depth = usize::from(parent.depth);
        if again {
            count.iterations = state.iterations.get(depth).map_or(1, |count| count.saturating_add(1));
            count.depth = depth;
            count.error = (count.iterations > parent.most).then_some(SegmentError::LoopOverMax);
        } else if !self.is_inside(state.node, around) {
            (count.depth, count.iterations) = (depth, 1);
        }
        count
    }

    /// Whether a node stands in a loop, at any depth.
    fn is_inside(&self, node: u16, of: u16) -> bool {
        let end = self.set.nodes.get(usize::from(of)).map_or(0, |node| node.end);
        node > of && node < end
    }

    /// What to do with a segment that has no place ahead.
    fn no_place(&mut self, tag: Tag, missing: &mut Vec<u16>) -> Option<u16> {
        if self.set.segment_index(tag).is_none() {
            let known = self.set.release.knows(tag);
            let error = if known { SegmentError::NotInSet } else { SegmentError::Unrecognised };
            return self.stray(error, tag.as_str().as_bytes());
        }
        if self.take_back(tag) {
            return self.stray(SegmentError::OutOfSequence, tag.as_str().as_bytes());
        }
        let behind = self.set.moves.is_behind(self.state.node, tag);
        let error = if behind { SegmentError::OutOfSequence } else { SegmentError::Unexpected };
        let fault = self.report.faults.len();
        self.stray(error, tag.as_str().as_bytes());
        if let Some(to) = self.set.moves.find_headless(self.state.node, tag, missing) {
            let count = self.count(&self.state, to);
            let (mut state, missing) = (self.state, missing.clone());
            state.go(to, &count);
            self.doubt = Some(Doubt { fault, error, state, missing, number: self.number });
        }
        None
    }

    /// Takes back that a segment is missing, if it was reported in a loop that is still open.
    fn take_back(&mut self, tag: Tag) -> bool {
        let moves = &self.set.moves;
        let of = |(node, _): &(u16, usize)| self.tag(*node) == tag && moves.is_open(self.state.node, *node);
        let Some(at) = self.missed.iter().rposition(of) else { return false };
        let (_, fault) = self.missed.remove(at);
        if fault < self.report.faults.len() {
            self.report.faults.remove(fault);
        }
        for (_, later) in self.missed.iter_mut().filter(|(_, later)| *later > fault) {
            *later -= 1;
        }
        true
    }

    /// Decides about a segment in doubt by the one after it.
    fn settle(&mut self, next: Option<Tag>) {
        let Some(doubt) = self.doubt.take() else { return };
        let stray = self.rank(&self.state, next);
        let headless = self.rank(&doubt.state, next);
        let likely = doubt.error == SegmentError::Unexpected;
        if headless < stray || headless == stray && !likely || doubt.fault >= self.report.faults.len() {
            return;
        }
        self.state = doubt.state;
        self.report.faults.remove(doubt.fault);
        let number = std::mem::replace(&mut self.number, doubt.number);
        for (at, node) in (doubt.fault..).zip(doubt.missing) {
            let fault = self.missing_fault(node);
            self.report.faults.insert(at, fault);
            self.missed.push((node, at));
        }
        self.number = number;
    }

    /// How well a segment follows a state: 2 without a fault, 1 with one, 0 not at all.
    fn rank(&self, state: &State, next: Option<Tag>) -> u8 {
        let Some(next) = next else { return 0 };
        let mut missing = Vec::new();
        match self.step(state, next, &mut missing) {
            Some((_, Count { error: None, .. })) if missing.is_empty() => 2,
            Some(_) => 1,
            None => 0,
        }
    }

    fn report_missing(&mut self, missing: &[u16]) {
        for node in missing {
            let fault = self.missing_fault(*node);
            if self.report.faults.len() < SET_FAULTS {
                self.missed.push((*node, self.report.faults.len()));
            }
            self.keep(fault);
        }
    }

    fn missing_fault(&self, node: u16) -> Fault {
        let loop_id = self.set.loop_of(node).map(Into::into);
        let segment = self.tag(node).as_str().into();
        Fault { error: SegmentError::MandatoryMissing, segment, number: self.number, loop_id, elements: Vec::new() }
    }

    fn stray(&mut self, error: SegmentError, id: &[u8]) -> Option<u16> {
        self.push(error, shown_tag(id), None, Vec::new());
        None
    }

    fn push(&mut self, error: SegmentError, segment: Box<str>, loop_id: Option<Box<str>>, elements: Vec<ElementFault>) {
        self.keep(Fault { error, segment, number: self.number, loop_id, elements });
    }

    fn keep(&mut self, fault: Fault) {
        if self.report.faults.len() < SET_FAULTS {
            self.report.faults.push(fault);
        } else {
            self.report.more += 1;
        }
    }

    fn tag(&self, node: u16) -> Tag {
        self.set.nodes.get(usize::from(node)).map(|node| node.tag).unwrap_or_default()
    }
}
