//! Sound sets made from the definitions themselves: as short as shows one segment in its place.

use std::sync::Arc;

use super::{check, options, set};
use crate::schema::{Content, Dialect, Element, ElementError, Kind, Library, Part, SegmentError, Set};

/// The segments of a set, each with its node.
#[derive(Clone)]
pub(crate) struct Lean {
    pub(crate) name: &'static str,
    pub(crate) set: Arc<Set>,
    pub(crate) segments: Vec<Vec<String>>,
    pub(super) nodes: Vec<u16>,
    /// Where the segment stands that it shows.
    pub(super) at: usize,
}

/// The sets that are agreed, without the envelopes.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Library::names().filter(|name| !name.ends_with("/envelope"))
}

/// A set for each segment of a definition that can be made sound.
pub(crate) fn leans(name: &'static str) -> Vec<Lean> {
    let set = set(name);
    let segments = (1..set.nodes.len()).filter(|node| set.nodes[*node].segment.is_some());
    segments.filter_map(|node| lean(name, &set, u16::try_from(node).unwrap())).collect()
}

/// The mandatory segments, the loops around `target` with theirs, and `target`.
fn lean(name: &'static str, set: &Arc<Set>, target: u16) -> Option<Lean> {
    let mut included = vec![false; set.nodes.len()];
    let mut above = target;
    while above != 0 {
        included[usize::from(above)] = true;
        above = set.nodes[usize::from(above)].parent;
    }
    included[0] = true;
    for at in 1..set.nodes.len() {
        let node = &set.nodes[at];
        included[at] |= included[usize::from(node.parent)] && (node.required || is_head(set, at));
    }
    let nodes: Vec<u16> = (1..set.nodes.len())
        .filter(|at| included[*at] && set.nodes[*at].segment.is_some())
        .map(|at| at as u16)
        .collect();
    let at = nodes.iter().position(|node| *node == target)?;
    let segments = nodes.iter().map(|node| segment(name, set, *node)).collect();
    let mut lean = Lean { name, set: Arc::clone(set), segments, nodes, at };
    lean.complete().then_some(lean)
}

/// Whether a node begins its loop.
pub(super) fn is_head(set: &Set, at: usize) -> bool {
    let parent = usize::from(set.nodes[at].parent);
    parent != 0 && at == parent + 1
}

impl Lean {
    /// Fills in what syntax notes ask for; whether the set is sound then.
    fn complete(&mut self) -> bool {
        for _ in 0..6 {
            let report = check(self.name, &self.segments);
            if report.faults.is_empty() {
                return true;
            }
            for fault in &report.faults {
                let at = fault.number as usize - 1;
                let missing =
                    |error| matches!(error, ElementError::ConditionalMissing | ElementError::MandatoryMissing);
                if fault.error != SegmentError::ElementErrors || fault.elements.iter().any(|e| !missing(e.error)) {
                    return false;
                }
                for element in &fault.elements {
                    self.fill(at, usize::from(element.element), usize::from(element.component));
                }
            }
        }
        false
    }

    /// Gives an element of a segment a value, of a composite its mandatory components and one more.
    pub(super) fn fill(&mut self, at: usize, n: usize, component: usize) {
        let part =
            Arc::clone(&self.set.segments[usize::from(self.set.nodes[usize::from(self.nodes[at])].segment.unwrap())]);
        let Some(field) = part.part.fields.get(n - 1) else { return };
        let segment = &mut self.segments[at];
        if segment.len() <= n {
            segment.resize(n + 1, String::new());
        }
        segment[n] = match &field.content {
            Content::Simple(element) => value(element),
            Content::Composite(part) => {
                let mut all = components(part, &segment[n], self.set.release.dialect);
                let c = if component > 0 || all.iter().all(String::is_empty) { component.max(1) } else { 0 };
                if let (Some(slot), Some(Content::Simple(element))) =
                    (all.get_mut(c.wrapping_sub(1)), part.fields.get(c.wrapping_sub(1)).map(|field| &field.content))
                {
                    *slot = value(element);
                }
                joined(&all, self.name)
            }
        };
    }

    /// The same set with an element filled in, if that can be sound.
    pub(super) fn with(&self, n: usize, component: usize) -> Option<Self> {
        let mut with = self.clone();
        with.fill(self.at, n, component);
        with.complete().then_some(with)
    }

    pub(super) fn part(&self) -> &Part {
        &self.set.segments[usize::from(self.node().segment.unwrap())].part
    }

    pub(super) fn node(&self) -> &crate::schema::Node {
        &self.set.nodes[usize::from(self.nodes[self.at])]
    }
}

/// The components of a value, as many as its composite has, with the mandatory ones filled in.
pub(super) fn components(part: &Part, text: &str, dialect: Dialect) -> Vec<String> {
    let separator = if dialect == Dialect::X12 { '>' } else { ':' };
    let mut all: Vec<String> = text.split(separator).map(str::to_owned).collect();
    all.resize(part.fields.len(), String::new());
    for (slot, field) in all.iter_mut().zip(&part.fields) {
        if let (true, true, Content::Simple(element)) = (slot.is_empty(), field.required, &field.content) {
            *slot = value(element);
        }
    }
    all
}

/// Components as one element.
pub(super) fn joined(all: &[String], name: &str) -> String {
    let separator = char::from(options(name).separators.component);
    let last = all.iter().rposition(|value| !value.is_empty()).map_or(0, |at| at + 1);
    all[..last].join(&separator.to_string())
}

/// A segment with its mandatory elements.
fn segment(name: &str, set: &Set, node: u16) -> Vec<String> {
    let part = &set.segments[usize::from(set.nodes[usize::from(node)].segment.unwrap())].part;
    let last = part.fields.iter().rposition(|field| field.required).map_or(0, |at| at + 1);
    let mut segment = vec![part.id.to_string()];
    for field in &part.fields[..last] {
        segment.push(match &field.content {
            _ if !field.required => String::new(),
            Content::Simple(element) => value(element),
            Content::Composite(part) => {
                let mut all = components(part, "", set.release.dialect);
                if let (true, Some(Content::Simple(element))) =
                    (all.iter().all(String::is_empty), part.fields.first().map(|field| &field.content))
                {
                    all[0] = value(element);
                }
                joined(&all, name)
            }
        });
    }
    segment
}

/// A value that an element may have.
pub(super) fn value(element: &Element) -> String {
    let (least, most) = (element.least as usize, element.most as usize);
    let fits = |code: &&str| (least..=most).contains(&code.len());
    if let Some(code) = element.codes.as_ref().and_then(|codes| codes.values().find(fits)) {
        return code.to_owned();
    }
    match element.kind {
        Kind::Date if most >= 8 => "20240301".to_owned(),
        Kind::Date => "240301".to_owned(),
        Kind::Time => "1200".to_owned(),
        Kind::Text | Kind::Identifier | Kind::Letters | Kind::Binary => "A".repeat(least.max(1)),
        Kind::Whole(_) | Kind::Decimal | Kind::Number => "1".repeat(least.max(1)),
    }
}

#[test]
fn nearly_every_segment_of_every_set_has_a_sound_set_that_shows_it() {
    let (mut made, mut all) = (0, 0);
    for name in names() {
        let leans = leans(name);
        made += leans.len();
        let segments = set(name).nodes.iter().filter(|node| node.segment.is_some()).count();
        all += segments;
        assert!(leans.len() * 10 >= segments * 8, "{name}: {} of {segments}", leans.len());
    }
    assert!(made * 100 >= all * 90, "{made} of {all}");
}
