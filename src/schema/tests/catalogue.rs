//! Every set, every segment of it, every single error that it can have: exactly that fault, at its exact place.

use super::check;
use super::generated::{Lean, components, is_head, joined, leans, names};
use super::mutations::wrong;
use crate::schema::{Content, ElementError, Fault, NoteKind, Part, SegmentError};

/// What was tried, and what did not give the one fault.
#[derive(Default)]
struct Tried {
    count: usize,
    wrong: Vec<String>,
}

impl Tried {
    fn expect(&mut self, lean: &Lean, what: &str, changed: &[Vec<String>], fits: impl Fn(&Fault) -> bool) {
        self.count += 1;
        let report = check(lean.name, changed);
        let one = if let [fault] = report.faults.as_slice() { fits(fault) } else { false };
        if !one {
            let segments: Vec<String> = changed.iter().map(|segment| segment.join("*")).collect();
            let found = super::lines(&report).join(", ");
            self.wrong.push(format!("{}: {what}: [{found}] {}", lean.name, segments.join("~")));
        }
    }

    fn end(&self, least: usize) {
        let shown: Vec<&str> = self.wrong.iter().map(String::as_str).take(40).collect();
        assert!(shown.is_empty(), "{} of {} are not as expected:\n{}", self.wrong.len(), self.count, shown.join("\n"));
        assert!(self.count >= least, "only {} were tried", self.count);
    }
}

fn every(mut each: impl FnMut(&Lean)) {
    names().flat_map(leans).for_each(|lean| each(&lean));
}

fn is_frame(tag: &str) -> bool {
    matches!(tag, "ST" | "SE" | "UNH" | "UNT")
}

/// Whether the tag of the segment stands once only in the set, so that nothing else can be meant by it.
fn is_unique(lean: &Lean) -> bool {
    let (set, tag) = (&lean.set, lean.node().tag);
    set.nodes.iter().filter(|node| node.segment.is_some() && node.tag == tag).count() == 1
}

fn tag(lean: &Lean) -> &str {
    &lean.segments[lean.at][0]
}

/// A segment fault of this error at the segment of this number.
fn at(error: SegmentError, tag: &str, number: usize) -> impl Fn(&Fault) -> bool {
    move |fault| (fault.error, &*fault.segment, fault.number) == (error, tag, number as u64)
}

#[test]
fn a_mandatory_segment_is_missing() {
    let mut tried = Tried::default();
    every(|lean| {
        let node = usize::from(lean.nodes[lean.at]);
        if !lean.node().required || is_head(&lean.set, node) || !is_unique(lean) || is_frame(tag(lean)) {
            return;
        }
        let mut changed = lean.segments.clone();
        changed.remove(lean.at);
        let fits = at(SegmentError::MandatoryMissing, tag(lean), lean.at + 1);
        tried.expect(lean, &format!("without {}", tag(lean)), &changed, fits);
    });
    tried.end(90);
}

#[test]
fn a_segment_or_loop_comes_once_too_often() {
    let mut tried = Tried::default();
    every(|lean| {
        let node = usize::from(lean.nodes[lean.at]);
        let head = is_head(&lean.set, node);
        let counted = if head { &lean.set.nodes[usize::from(lean.node().parent)] } else { lean.node() };
        if counted.most > 30 || !is_unique(lean) || is_frame(tag(lean)) {
            return;
        }
        // A loop comes again with all that it must have.
        let (first, end) = (lean.nodes[lean.at], if head { counted.end } else { lean.nodes[lean.at] + 1 });
        let len = lean.nodes.iter().filter(|node| (first..end).contains(*node)).count();
        let again = &lean.segments[lean.at..lean.at + len];
        let mut changed = lean.segments.clone();
        for _ in 0..counted.most {
            drop(changed.splice(lean.at..lean.at, again.iter().cloned()));
        }
        let error = if head { SegmentError::LoopOverMax } else { SegmentError::OverMax };
        let fits = at(error, tag(lean), lean.at + len * counted.most as usize + 1);
        tried.expect(lean, &format!("{} too often", tag(lean)), &changed, fits);
    });
    tried.end(480);
}

#[test]
fn two_segments_change_places() {
    let mut tried = Tried::default();
    every(|lean| {
        let nodes = &lean.set.nodes;
        let is_free = |at: usize| {
            let node = &nodes[usize::from(lean.nodes[at])];
            let same = nodes.iter().filter(|other| other.segment.is_some() && other.tag == node.tag).count();
            node.parent == 0 && same == 1 && !is_frame(node.tag.as_str())
        };
        // With the one before it and with the one behind it.
        for first in [lean.at.wrapping_sub(1), lean.at] {
            if first >= lean.segments.len() - 1 || !is_free(first) || !is_free(first + 1) {
                continue;
            }
            let mut changed = lean.segments.clone();
            changed.swap(first, first + 1);
            let (early, late) = (&lean.segments[first][0], &lean.segments[first + 1][0]);
            let fits = at(SegmentError::OutOfSequence, early, first + 2);
            tried.expect(lean, &format!("{early} and {late}"), &changed, fits);
        }
    });
    tried.end(60);
}

#[test]
fn a_segment_is_strange() {
    let mut tried = Tried::default();
    every(|lean| {
        for (strange, error) in [("QQQ", SegmentError::Unrecognised), ("9", SegmentError::Unrecognised)] {
            let mut changed = lean.segments.clone();
            changed.insert(lean.at.max(1), vec![strange.to_owned(), "1".to_owned()]);
            tried.expect(lean, strange, &changed, at(error, strange, lean.at.max(1) + 1));
        }
    });
    tried.end(9_700);
}

/// The places of a lean set's segment, each with the set in which it has a value.
fn filled(lean: &Lean) -> Vec<(usize, usize, Lean)> {
    let mut all = Vec::new();
    for (field, n) in lean.part().fields.iter().zip(1..) {
        match &field.content {
            Content::Simple(_) => all.extend(lean.with(n, 0).map(|with| (n, 0, with))),
            Content::Composite(part) => {
                all.extend((1..=part.fields.len()).filter_map(|c| Some((n, c, lean.with(n, c)?))));
            }
        }
    }
    all
}

/// A fault of one element.
fn element(lean: &Lean, number: usize, of: (ElementError, usize, usize)) -> impl Fn(&Fault) -> bool {
    let tag = tag(lean).to_owned();
    move |fault| {
        let place = (fault.error, &*fault.segment, fault.number) == (SegmentError::ElementErrors, &*tag, number as u64);
        let found: Vec<_> =
            fault.elements.iter().map(|e| (e.error, usize::from(e.element), usize::from(e.component))).collect();
        place && found == [of]
    }
}

/// The first set of each release that shows a segment: its elements are the same wherever it stands.
fn each_segment(mut each: impl FnMut(&Lean)) {
    let mut seen = std::collections::BTreeSet::new();
    every(|lean| {
        if !is_frame(tag(lean)) && seen.insert((lean.set.release.name.clone(), tag(lean).to_owned())) {
            each(lean);
        }
    });
}

#[test]
fn an_element_or_component_is_wrong() {
    let mut tried = Tried::default();
    each_segment(|lean| {
        for (n, c, with) in filled(lean) {
            let field = &lean.part().fields[n - 1];
            let (known, required, value) = match &field.content {
                Content::Simple(known) => (known, field.required, with.segments[with.at][n].clone()),
                Content::Composite(part) => {
                    let Content::Simple(known) = &part.fields[c - 1].content else { continue };
                    let all = components(part, &with.segments[with.at][n], lean.set.release.dialect);
                    (known, part.fields[c - 1].required, all[c - 1].clone())
                }
            };
            for (bad, error) in wrong(known, required && notes_allow(lean.part(), n), &value) {
                let mut changed = with.segments.clone();
                let slot = &mut changed[with.at][n];
                match &field.content {
                    Content::Simple(_) => slot.clone_from(&bad),
                    Content::Composite(part) => {
                        let mut all = components(part, slot, lean.set.release.dialect);
                        all[c - 1].clone_from(&bad);
                        // A composite without a component is not there at all.
                        if all.iter().all(String::is_empty) {
                            continue;
                        }
                        *slot = joined(&all, lean.name);
                    }
                }
                let what = format!("{}{n:02}-{c} {bad:?}", tag(lean));
                tried.expect(&with, &what, &changed, element(&with, with.at + 1, (error, n, c)));
            }
        }
    });
    tried.end(12_000);
}

/// Whether a position is in no note, so that leaving it out violates none.
fn notes_allow(part: &Part, n: usize) -> bool {
    part.notes.iter().all(|note| note.positions.iter().all(|at| usize::from(*at) != n))
}

#[test]
fn there_are_too_many_elements_or_components() {
    let mut tried = Tried::default();
    each_segment(|lean| {
        let fields = lean.part().fields.len();
        let mut changed = lean.segments.clone();
        changed[lean.at].resize(fields + 1, String::new());
        changed[lean.at].push("A".to_owned());
        let fits = element(lean, lean.at + 1, (ElementError::TooMany, fields + 1, 0));
        tried.expect(lean, &format!("{} has one more", tag(lean)), &changed, fits);
        let separator = char::from(super::options(lean.name).separators.component);
        for (n, c, with) in filled(lean) {
            let most = match &lean.part().fields[n - 1].content {
                Content::Simple(_) => 1,
                Content::Composite(part) if c == 1 => part.fields.len(),
                Content::Composite(_) => continue,
            };
            let mut changed = with.segments.clone();
            let slot = &mut changed[with.at][n];
            let there = slot.matches(separator).count() + 1;
            (there..=most).for_each(|_| slot.push(separator));
            slot.push('A');
            let fits = element(&with, with.at + 1, (ElementError::TooManyComponents, n, most + 1));
            tried.expect(&with, &format!("{}{n:02} has one more", tag(lean)), &changed, fits);
        }
    });
    tried.end(4_100);
}

/// What a segment has of the positions of a note, and where it is then violated.
fn violations(kind: NoteKind, positions: &[u8]) -> Option<(Vec<u8>, ElementError, Vec<u8>)> {
    let (first, rest) = positions.split_first()?;
    Some(match kind {
        NoteKind::Paired | NoteKind::Conditional => (vec![*first], ElementError::ConditionalMissing, rest.to_vec()),
        NoteKind::Required => (Vec::new(), ElementError::ConditionalMissing, vec![*first]),
        NoteKind::Exclusion => (positions.to_vec(), ElementError::Exclusion, rest.to_vec()),
        NoteKind::List => (vec![*first], ElementError::ConditionalMissing, vec![*rest.first()?]),
    })
}

#[test]
fn a_syntax_note_is_violated() {
    let mut tried = Tried::default();
    each_segment(|lean| {
        let part = lean.part();
        for (at, note) in part.notes.iter().enumerate() {
            let others = part.notes.iter().enumerate().filter(|(other, _)| *other != at);
            let shared = others.flat_map(|(_, other)| &other.positions).any(|n| note.positions.contains(n));
            let required = note.positions.iter().any(|n| part.fields[usize::from(*n) - 1].required);
            let Some((there, error, told)) = violations(note.kind, &note.positions).filter(|_| !shared && !required)
            else {
                continue;
            };
            let mut changed = lean.clone();
            for n in &*note.positions {
                if let Some(slot) = changed.segments[lean.at].get_mut(usize::from(*n)) {
                    slot.clear();
                }
            }
            there.iter().for_each(|n| changed.fill(lean.at, usize::from(*n), 0));
            let number = lean.at + 1;
            let fits = |fault: &Fault| {
                let found: Vec<_> = fault.elements.iter().map(|e| (e.error, e.element)).collect();
                let expected: Vec<_> = told.iter().map(|n| (error, u16::from(*n))).collect();
                (fault.error, fault.number) == (SegmentError::ElementErrors, number as u64) && found == expected
            };
            tried.expect(lean, &format!("{} {note}", tag(lean)), &changed.segments, fits);
        }
    });
    tried.end(250);
}
