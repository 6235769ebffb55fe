//! A partner's guide: what it narrows of a set.

use std::sync::Arc;

use super::codes::Codes;
use super::model::{Content, Element, Field, Node, Part, Set, Tag};
use super::moves::Moves;
use super::notation::{Line, NotationError, Text};

type Result<T> = std::result::Result<T, NotationError>;

/// A set narrowed by a guide, of which `file` is the name for mistakes. See [`super`] for the notation.
///
/// Segments and loops are named by their path, as in `PO1/PID`; the second of the same name as `N9#2`. Elements are
/// named as in `BEG02`, components as in `BGM01-2`; they are narrowed wherever their segment stands.
///
/// # Errors
/// When a line is wrong, or names what the set does not have.
pub fn overlay(base: &Set, file: &str, text: &str) -> Result<Set> {
    let text = Text { name: file, text };
    let mut set = base.clone();
    let mut lines = text.lines();
    let Some(mut head) = lines.next() else { return Err(text.end("there is no overlay")) };
    let name = format!("{}/{}", base.release.name, base.id);
    let (word, of) = (head.word("overlay")?, head.word("the set")?);
    if word != "overlay" || of != name {
        return Err(head.error(of, &format!("must be overlay {name}")));
    }
    set.title = Some(head.rest()).filter(|title| !title.is_empty()).map_or(set.title, Into::into);
    for line in lines {
        narrow(&mut set, line)?;
    }
    set.moves = Moves::new(&set.nodes);
    Ok(set)
}

fn narrow(set: &mut Set, mut line: Line<'_>) -> Result<()> {
    let (verb, target) = (line.word("what to do")?, line.word("a segment or an element")?);
    match (verb, element_name(set, target)) {
        ("forbid", Some(name)) => {
            let required = |field: &mut Field| (field.forbidden, field.required) = (true, false);
            change(set, name).map(required).ok_or_else(|| line.error(target, "no such element"))?;
        }
        ("require", Some(name)) => {
            let required = |field: &mut Field| field.required = true;
            change(set, name).map(required).ok_or_else(|| line.error(target, "no such element"))?;
        }
        ("codes", Some(name)) => codes(set, name, target, &mut line)?,
        ("length", Some(name)) => length(set, name, target, &mut line)?,
        ("codes" | "length", None) => return Err(line.error(target, "no such element")),
        ("forbid" | "require" | "most", None) => {
            let at = find(set, target).ok_or_else(|| line.error(target, "no such segment or loop"))?;
            let most = if verb == "most" { Some(line.most()?) } else { None };
            node(set, at, verb, most).map_err(|problem| line.error(target, problem))?;
        }
        _ => return Err(line.error(verb, "must be forbid, require, most, codes or length")),
    }
    index(set, target);
    line.done()
}

/// The position of an element and component, by the index of its segment.
#[derive(Clone, Copy)]
struct Name {
    segment: usize,
    element: usize,
    component: Option<usize>,
}

/// An element as in `BEG02` or `BGM01-2`; none if no segment of the set is so named.
fn element_name(set: &Set, word: &str) -> Option<Name> {
    let (word, component) = match word.split_once('-') {
        Some((word, component)) => (word, Some(component.parse().ok()?)),
        None => (word, None),
    };
    let (tag, element) = word.split_at_checked(word.len().checked_sub(2)?)?;
    let segment = usize::from(set.segment_index(Tag::new(tag.as_bytes())?)?);
    Some(Name { segment, element: element.parse().ok()?, component })
}

/// The position of this name, for changing it in this set alone.
fn change(set: &mut Set, name: Name) -> Option<&mut Field> {
    let segment = Arc::make_mut(set.segments.get_mut(name.segment)?);
    let field = segment.part.fields.get_mut(name.element.checked_sub(1)?)?;
    let Some(component) = name.component else { return Some(field) };
    match &mut field.content {
        Content::Composite(part) => Arc::make_mut(part).fields.get_mut(usize::checked_sub(component, 1)?),
        Content::Simple(_) => None,
    }
}

/// The element of this name.
fn element(set: &mut Set, name: Name) -> Option<&mut Element> {
    match &mut change(set, name)?.content {
        Content::Simple(element) => Some(Arc::make_mut(element)),
        Content::Composite(_) => None,
    }
}

fn codes(set: &mut Set, name: Name, target: &str, line: &mut Line<'_>) -> Result<()> {
    let equals = line.word("=")?;
    if equals != "=" {
        return Err(line.error(equals, "must be ="));
    }
    let element = element(set, name).ok_or_else(|| line.error(target, "no such element"))?;
    let mut values = Vec::new();
    while let Some(code) = line.next_word() {
        let listed = element.codes.as_ref().is_none_or(|codes| !codes.is_complete() || codes.contains(code.as_bytes()));
        if !listed || code.len() > Codes::LONGEST {
            return Err(line.error(code, "is no code of this element"));
        }
        values.push(code.into());
    }
    element.narrowed = Some(Codes::new(true, values));
    Ok(())
}

fn length(set: &mut Set, name: Name, target: &str, line: &mut Line<'_>) -> Result<()> {
    let word = line.word("the length")?;
    let (least, most) = word.split_once('/').ok_or_else(|| line.error(word, "must be as in 1/22"))?;
    let (least, most) = (line.number(least)?, line.number(most)?);
    let element = element(set, name).ok_or_else(|| line.error(target, "no such element"))?;
    if least < element.least || most > element.most || least > most {
        return Err(line.error(word, "must be within the length of the standard"));
    }
    (element.least, element.most) = (least, most);
    Ok(())
}

/// The node of a path such as `PO1/PID` or `PO1/N9#2`.
fn find(set: &Set, path: &str) -> Option<u16> {
    path.split('/').try_fold(0, |at, step| {
        let (id, nth) = match step.split_once('#') {
            Some((id, nth)) => (id, nth.parse::<usize>().ok()?.checked_sub(1)?),
            None => (step, 0),
        };
        set.children(at).filter(|child| set.nodes.get(usize::from(*child)).is_some_and(|node| *node.id == *id)).nth(nth)
    })
}

fn node(set: &mut Set, at: u16, verb: &str, most: Option<u32>) -> std::result::Result<(), &'static str> {
    let Some(node) = set.nodes.get_mut(usize::from(at)) else { return Err("no such segment or loop") };
    match (verb, most) {
        (_, Some(most)) if most > node.most => return Err("may not be there more often than in the standard"),
        (_, Some(most)) => node.most = most,
        ("require", _) => node.required = true,
        _ => {
            let end = node.end;
            // What is forbidden of a loop is the segment that begins it; the others follow from that.
            let forbid = |node: &mut Node| (node.forbidden, node.required) = (true, false);
            let is_loop = node.segment.is_none();
            forbid(node);
            let head = set.nodes.get_mut(usize::from(at) + 1).filter(|_| is_loop && end > at + 1);
            head.into_iter().for_each(forbid);
        }
    }
    Ok(())
}

/// Finds again what follows from the positions of a segment that may have changed.
fn index(set: &mut Set, target: &str) {
    let Some(name) = element_name(set, target) else { return };
    let Some(segment) = set.segments.get_mut(name.segment) else { return };
    let segment = Arc::make_mut(segment);
    for field in &mut segment.part.fields {
        if let Content::Composite(part) = &mut field.content
            && name.component.is_some()
        {
            Part::index(Arc::make_mut(part));
        }
    }
    segment.part.index();
}
