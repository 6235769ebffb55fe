//! How one segment leads to the next in the tree of a set.
//!
//! Order is strict in both standards: from a segment one may repeat it, go on to a later one in the same loop, begin
//! the loop again, or leave the loop and go on behind it. The nearest of these is meant.

use super::model::{Node, Tag};

/// A node, cut down to what moving needs, so that a row of siblings is a few cache lines.
#[derive(Clone, Copy, Debug)]
struct Step {
    tag: u32,
    parent: u16,
    end: u16,
    required: bool,
    is_loop: bool,
}

/// The tree of a set, for moving in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    steps: Box<[Step]>,
}

/// What a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same segment again.
    Same,
    /// On to a later node.
    Forward,
    /// The loop of this node begins again.
    Again(u16),
}

/// A move to the node of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// Where it leads.
    pub target: u16,
    /// How.
    pub kind: Kind,
}

impl Moves {
    pub(super) fn new(nodes: &[Node]) -> Self {
        let step = |node: &Node| Step {
            tag: node.tag.key(),
            parent: node.parent,
            end: node.end,
            required: node.required,
            is_loop: node.segment.is_none(),
        };
        Self { steps: nodes.iter().map(step).collect() }
    }

    /// The move from a node to a segment, passing over `skip` nearer ones; `missing` gets the mandatory segments that
    /// it leaves out. From the root, 0, it is the first move.
    pub(super) fn find(&self, from: u16, tag: Tag, mut skip: usize, missing: &mut Vec<u16>) -> Option<Move> {
        missing.clear();
        let tag = tag.key();
        let start = self.step(from);
        let mut take = || skip.checked_sub(1).map(|left| skip = left).is_none();
        if start.tag == tag && from != 0 && !self.begins_loop(from) && take() {
            return Some(Move { target: from, kind: Kind::Same });
        }
        let mut at = from;
        loop {
            let parent = self.step(at).parent;
            let (mut next, end) = (self.after(at), self.step(parent).end);
            while next < end {
                let step = self.step(next);
                if step.tag == tag && take() {
                    return Some(Move { target: next + u16::from(step.is_loop), kind: Kind::Forward });
                }
                if step.required {
                    missing.push(next + u16::from(step.is_loop));
                }
                next = step.end;
            }
            if parent == 0 {
                return None;
            }
            if self.step(parent).tag == tag && take() {
                return Some(Move { target: parent + 1, kind: Kind::Again(parent) });
            }
            at = parent;
        }
    }

    /// The move from a node into a loop whose first segment is missing.
    pub(super) fn find_headless(&self, from: u16, tag: Tag, missing: &mut Vec<u16>) -> Option<Move> {
        missing.clear();
        let mut at = from;
        loop {
            let parent = self.step(at).parent;
            let (mut next, end) = (self.after(at), self.step(parent).end);
            while next < end {
                let step = self.step(next);
                if step.is_loop
                    && let Some(target) = self.child(next, tag, missing)
                {
                    return Some(Move { target, kind: Kind::Forward });
                }
                if step.required {
                    missing.push(next + u16::from(step.is_loop));
                }
                next = step.end;
            }
            if parent == 0 {
                return None;
            }
            if let Some(target) = self.child(parent, tag, missing) {
                return Some(Move { target, kind: Kind::Again(parent) });
            }
            at = parent;
        }
    }

    /// The mandatory segments after a node, up to the end of the set.
    pub(super) fn rest(&self, from: u16, missing: &mut Vec<u16>) {
        let none = self.find(from, Tag::default(), 0, missing);
        debug_assert!(none.is_none(), "no segment has an empty tag");
    }

    /// Whether a segment stands before `from` in a loop that is open there.
    pub(super) fn is_behind(&self, from: u16, tag: Tag) -> bool {
        let mut at = from;
        loop {
            let parent = self.step(at).parent;
            let mut next = parent + 1;
            while next < at {
                if self.step(next).tag == tag.key() {
                    return true;
                }
                next = self.step(next).end;
            }
            if parent == 0 {
                return false;
            }
            at = parent;
        }
    }

    /// Whether the node `of` stands in a loop that is open at `from`.
    pub(super) fn is_open(&self, from: u16, of: u16) -> bool {
        let parent = self.step(of).parent;
        let mut at = from;
        while at != 0 {
            at = self.step(at).parent;
            if at == parent {
                return true;
            }
        }
        false
    }

    fn begins_loop(&self, node: u16) -> bool {
        let parent = self.step(node).parent;
        parent != 0 && node == parent + 1
    }

    /// A segment directly in a loop that is not its first, with the mandatory ones before it added to `missing`.
    fn child(&self, of: u16, tag: Tag, missing: &mut Vec<u16>) -> Option<u16> {
        let kept = missing.len();
        let (mut next, end) = (of + 1, self.step(of).end);
        while next < end {
            let step = self.step(next);
            if step.tag == tag.key() && !step.is_loop && next != of + 1 {
                return Some(next);
            }
            if step.required {
                missing.push(next + u16::from(step.is_loop));
            }
            next = step.end;
        }
        missing.truncate(kept);
        None
    }

    fn after(&self, node: u16) -> u16 {
        if node == 0 { 1 } else { self.step(node).end }
    }

    fn step(&self, node: u16) -> Step {
        let none = Step { tag: 0, parent: 0, end: 0, required: false, is_loop: false };
        self.steps.get(usize::from(node)).copied().unwrap_or(none)
    }
}
