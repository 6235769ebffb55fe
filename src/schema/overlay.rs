//! A partner's guide: what it narrows of a set.

use std::sync::Arc;

use super::codes::Codes;
use super::model::{Content, Dialect, Element, Field, Node, Part, Set, Tag};
use super::moves::Moves;
use super::notation::{Line, NotationError, Text};
use crate::document::shown::nearest;

type Result<T> = std::result::Result<T, NotationError>;

/// The name of the set that a guide is about, as in `x12/004010/850`.
///
/// # Errors
/// When its first line says no such thing.
pub(super) fn named<'a>(file: &'a str, text: &'a str) -> Result<(Line<'a>, &'a str)> {
    let text = Text { name: file, text };
    let mut head = text.lines().next().ok_or_else(|| text.end("there is no overlay"))?;
    let word = head.word("overlay")?;
    if word != "overlay" {
        return Err(head
            .error(word, "must be overlay")
            .expected("`overlay`, the name of a set and a title".to_owned()));
    }
    let name = head.word("the set")?;
    Ok((head, name))
}

/// A set narrowed by a guide, of which `file` is the name for mistakes. See [`super`] for the notation.
///
/// Segments and loops are named by their path, as in `PO1/PID`; the second of the same name as `N9#2`. Elements are
/// named as in `BEG02`, components as in `BGM01-2`; they are narrowed wherever their segment stands.
///
/// # Errors
/// Every line that is wrong, or names what the set does not have.
pub fn overlay(base: &Set, file: &str, text: &str) -> std::result::Result<Set, Vec<NotationError>> {
    let (mut head, of) = named(file, text).map_err(|error| vec![error])?;
    let name = format!("{}/{}", base.release.name, base.id);
    if of != name {
        return Err(vec![head.error(of, &format!("must be overlay {name}"))]);
    }
    let mut set = base.clone();
    set.title = Some(head.rest()).filter(|title| !title.is_empty()).map_or(set.title, Into::into);
    let lines = Text { name: file, text }.lines().skip(1);
    let errors: Vec<NotationError> = lines.filter_map(|line| narrow(&mut set, line).err()).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    set.moves = Moves::new(&set.nodes);
    Ok(set)
}

/// What a line may begin with.
const VERBS: [&str; 5] = ["forbid", "require", "most", "codes", "length"];

fn narrow(set: &mut Set, mut line: Line<'_>) -> Result<()> {
    let verb = line.word("what to do")?;
    if !VERBS.contains(&verb) {
        return Err(line.error(verb, "must be forbid, require, most, codes or length").expected(near(verb, &VERBS)));
    }
    let target = line.word("a segment or an element")?;
    match (verb, element_name(set, target)) {
        ("forbid", Some(name)) => {
            let forbidden = |field: &mut Field| (field.forbidden, field.required) = (true, false);
            changed(set, name, target, &line).map(forbidden)?;
        }
        ("require", Some(name)) => changed(set, name, target, &line)?.required = true,
        ("codes", Some(name)) => codes(set, name, target, &mut line)?,
        ("length", Some(name)) => length(set, name, target, &mut line)?,
        ("codes" | "length", None) => return Err(no_element(set, target, &line)),
        _ => {
            let at = find(set, target).map_err(|near| line.error(target, "no such segment or loop").expected(near))?;
            let most = if verb == "most" { Some(line.most()?) } else { None };
            node(set, at, verb, most).map_err(|problem| line.error(target, problem))?;
        }
    }
    index(set, target);
    line.done()
}

fn near(found: &str, names: &[&str]) -> String {
    nearest(found, names.iter().copied())
}

/// A mistake about an element that the set does not have, with the nearest that it has.
fn no_element(set: &Set, target: &str, line: &Line<'_>) -> NotationError {
    let names: Vec<String> =
        set.segments.iter().flat_map(|segment| elements(segment.tag.as_str(), &segment.part)).collect();
    line.error(target, "no such element").expected(nearest(target, names.iter().map(String::as_str)))
}

/// The names of the elements of a segment, and of their components.
fn elements(tag: &str, part: &Part) -> Vec<String> {
    let mut names = Vec::new();
    for (field, n) in part.fields.iter().zip(1..) {
        names.push(format!("{tag}{n:02}"));
        if let Content::Composite(part) = &field.content {
            names.extend((1..=part.fields.len()).map(|c| format!("{tag}{n:02}-{c}")));
        }
    }
    names
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

/// The position of this name, or that there is none.
fn changed<'s>(set: &'s mut Set, name: Name, target: &str, line: &Line<'_>) -> Result<&'s mut Field> {
    if change(set, name).is_none() {
        return Err(no_element(set, target, line));
    }
    change(set, name).ok_or_else(|| line.error(target, "no such element"))
}

/// The element of this name, or that there is none.
fn element<'s>(set: &'s mut Set, name: Name, target: &str, line: &Line<'_>) -> Result<&'s mut Element> {
    match &mut changed(set, name, target, line)?.content {
        Content::Simple(element) => Ok(Arc::make_mut(element)),
        Content::Composite(_) => {
            Err(line.error(target, "is a composite").expected(format!("a component of it, such as `{target}-1`")))
        }
    }
}

fn codes(set: &mut Set, name: Name, target: &str, line: &mut Line<'_>) -> Result<()> {
    let equals = line.word("=")?;
    if equals != "=" {
        return Err(line.error(equals, "must be ="));
    }
    let element = element(set, name, target, line)?;
    let mut values = Vec::new();
    while let Some(code) = line.next_word() {
        let known = element.codes.as_ref().filter(|codes| codes.is_complete());
        if let Some(known) = known.filter(|codes| !codes.contains(code.as_bytes())) {
            return Err(line.error(code, "is no code of this element").expected(nearest(code, known.values())));
        }
        if code.len() > Codes::LONGEST {
            return Err(line.error(code, &format!("is longer than the {} bytes of a code", Codes::LONGEST)));
        }
        values.push(code.into());
    }
    if values.is_empty() {
        return Err(line.error(target, "the codes are missing"));
    }
    element.narrowed = Some(Codes::new(true, values));
    Ok(())
}

fn length(set: &mut Set, name: Name, target: &str, line: &mut Line<'_>) -> Result<()> {
    let word = line.word("the length")?;
    let (least, most) = word.split_once('/').ok_or_else(|| line.error(word, "must be as in 1/22"))?;
    let (least, most) = (line.number(least)?, line.number(most)?);
    let element = element(set, name, target, line)?;
    if least < element.least || most > element.most || least > most {
        let problem = "must be within the length of the standard";
        return Err(line.error(word, problem).expected(format!("within {}/{}", element.least, element.most)));
    }
    (element.least, element.most) = (least, most);
    Ok(())
}

/// The node of a path such as `PO1/PID` or `PO1/N9#2`, or the nearest path.
fn find(set: &Set, path: &str) -> std::result::Result<u16, String> {
    let mut at = 0;
    let mut before = String::new();
    for step in path.split('/') {
        let (id, nth) = match step.split_once('#') {
            Some((id, nth)) => (id, nth.parse::<usize>().unwrap_or_default()),
            None => (step, 1),
        };
        let children: Vec<(u16, &str)> =
            set.children(at).filter_map(|child| Some((child, &*set.nodes.get(usize::from(child))?.id))).collect();
        let mut same = children.iter().filter(|(_, name)| *name == id).map(|(child, _)| *child);
        let found = nth.checked_sub(1).and_then(|nth| same.nth(nth));
        at = found.ok_or_else(|| {
            let names: Vec<String> = children.iter().map(|(_, name)| format!("{before}{name}")).collect();
            nearest(&format!("{before}{id}"), names.iter().map(String::as_str))
        })?;
        before.push_str(step);
        before.push('/');
    }
    Ok(at)
}

fn node(set: &mut Set, at: u16, verb: &str, most: Option<u32>) -> std::result::Result<(), &'static str> {
    let dialect = set.release.dialect;
    let Some(node) = set.nodes.get_mut(usize::from(at)) else { return Err("no such segment or loop") };
    let is_frame = match dialect {
        Dialect::X12 => ["ST", "SE"],
        Dialect::Edifact => ["UNH", "UNT"],
    };
    if is_frame.contains(&&*node.id) {
        return Err("is there once in every set");
    }
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
