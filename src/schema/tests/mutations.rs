//! From a sound set, each single error of a catalogue gives exactly the one fault, at the exact place.

use super::{check, lines, samples, segments, set};
use crate::schema::{Content, Element, ElementError, Kind, SegmentError, Set};

type Segments = Vec<Vec<String>>;

fn sound() -> impl Iterator<Item = (&'static str, Segments)> {
    samples::X12.iter().chain(samples::EDIFACT).map(|(name, text)| (*name, segments(text)))
}

fn is_frame(tag: &str) -> bool {
    matches!(tag, "ST" | "SE" | "UNH" | "UNT")
}

/// The segments directly in the set, with whether they are mandatory and how often they may be there.
fn outermost(set: &Set) -> Vec<(String, bool, u32)> {
    let nodes = set.children(0).map(|at| &set.nodes[usize::from(at)]).filter(|node| node.segment.is_some());
    nodes.map(|node| (node.id.to_string(), node.required, node.most)).filter(|(id, ..)| !is_frame(id)).collect()
}

/// How often a tag stands in a set, as a segment.
fn places(set: &Set, tag: &str) -> usize {
    set.nodes.iter().filter(|node| node.segment.is_some() && node.tag.as_str() == tag).count()
}

fn expect(name: &str, what: &str, changed: &Segments, expected: &str) {
    assert_eq!(lines(&check(name, changed)), [expected], "{name}: {what}");
}

#[test]
fn a_mandatory_segment_that_is_dropped_is_missing() {
    let mut tried = 0;
    for (name, sound) in sound() {
        for (tag, ..) in outermost(&set(name)).iter().filter(|(_, required, _)| *required) {
            let mut places = sound.iter().enumerate().filter(|(_, segment)| segment[0] == *tag).map(|(at, _)| at);
            let (Some(at), None) = (places.next(), places.next()) else { continue };
            let mut changed = sound.clone();
            changed.remove(at);
            expect(name, &format!("without {tag}"), &changed, &format!("3 {tag}#{}", at + 1));
            tried += 1;
        }
    }
    assert!(tried > 25, "{tried}");
}

#[test]
fn a_segment_once_too_often_is_over_its_use() {
    let mut tried = 0;
    for (name, sound) in sound() {
        let set = set(name);
        for (tag, _, most) in outermost(&set).iter().filter(|(tag, _, most)| *most <= 3 && places(&set, tag) == 1) {
            let Some(at) = sound.iter().position(|segment| segment[0] == *tag) else { continue };
            let there = sound.iter().filter(|segment| segment[0] == *tag).count();
            let more = *most as usize + 1 - there;
            let mut changed = sound.clone();
            (0..more).for_each(|_| changed.insert(at, sound[at].clone()));
            expect(name, &format!("{tag} too often"), &changed, &format!("5 {tag}#{}", at + *most as usize + 1));
            tried += 1;
        }
    }
    assert!(tried > 25, "{tried}");
}

#[test]
fn two_segments_that_change_places_are_one_out_of_sequence() {
    let mut tried = 0;
    for (name, sound) in sound() {
        let set = set(name);
        let outer = outermost(&set);
        let is_outer = |segment: &Vec<String>| outer.iter().any(|(tag, ..)| *tag == segment[0]);
        for at in 0..sound.len() - 1 {
            let (first, second) = (&sound[at], &sound[at + 1]);
            if !is_outer(first) || !is_outer(second) || first[0] == second[0] || places(&set, &first[0]) > 1 {
                continue;
            }
            let mut changed = sound.clone();
            changed.swap(at, at + 1);
            expect(name, &format!("{} and {}", first[0], second[0]), &changed, &format!("7 {}#{}", first[0], at + 2));
            tried += 1;
        }
    }
    assert!(tried > 8, "{tried}");
}

#[test]
fn a_strange_segment_anywhere_is_told_once() {
    for (name, sound) in sound() {
        let foreign = if name.starts_with("x12") { "BHT" } else { "CNI" };
        // The service segments are a release of their own, which knows no others.
        let foreign_code = if name.contains("service") { "1" } else { "6" };
        for (tag, code) in [("QQQ", "1"), ("9", "1"), (foreign, foreign_code)] {
            for at in 1..sound.len() {
                let mut changed = sound.clone();
                changed.insert(at, vec![tag.to_owned(), "1".to_owned()]);
                expect(name, &format!("{tag} at {at}"), &changed, &format!("{code} {tag}#{}", at + 1));
            }
        }
    }
}

/// The changes of a value that make it wrong in one way, with the error.
pub(super) fn wrong(element: &Element, required: bool, value: &str) -> Vec<(String, ElementError)> {
    let mut wrong = Vec::new();
    let number = matches!(element.kind, Kind::Whole(_) | Kind::Decimal | Kind::Number);
    let text = matches!(element.kind, Kind::Text | Kind::Identifier | Kind::Letters);
    let filler = if number || matches!(element.kind, Kind::Date | Kind::Time) { "1" } else { "A" };
    if element.most < 300 {
        wrong.push((filler.repeat(element.most as usize + 1), ElementError::TooLong));
    }
    if element.least > 1 {
        wrong.push((filler.repeat(element.least as usize - 1), ElementError::TooShort));
    }
    match element.kind {
        Kind::Date if element.most == 8 => wrong.push(("20241399".to_owned(), ElementError::InvalidDate)),
        Kind::Time => wrong.push(("2561".to_owned(), ElementError::InvalidTime)),
        _ if number && element.most > 1 => wrong.push((format!("{}X", &value[1..]), ElementError::InvalidType)),
        _ => {}
    }
    if text {
        wrong.push(("\u{7}".repeat(element.least as usize), ElementError::InvalidCharacter));
    }
    if required {
        wrong.push((String::new(), ElementError::MandatoryMissing));
    }
    let codes = element.codes.as_ref().filter(|codes| codes.is_complete());
    let fits = |code: &&&str| (element.least..=element.most).contains(&u32::try_from(code.len()).unwrap());
    let tries = ["Q", "#", "Q#", "Q#Q", "Q#QQ", "Q#QQQ"];
    let code = codes.and_then(|codes| tries.iter().filter(fits).find(|code| !codes.contains(code.as_bytes())));
    wrong.extend(code.map(|code| ((*code).to_owned(), ElementError::InvalidCode)));
    wrong
}

#[test]
fn an_element_that_is_wrong_is_told_at_its_position() {
    let mut tried = 0;
    for (name, sound) in sound() {
        let set = set(name);
        for (at, segment) in sound.iter().enumerate() {
            let part = &set.segments.iter().find(|known| known.tag.as_str() == segment[0]).unwrap().part;
            for (n, value) in segment.iter().enumerate().skip(1).filter(|(_, value)| !value.is_empty()) {
                let Content::Simple(element) = &part.fields[n - 1].content else { continue };
                for (wrong, error) in wrong(element, part.fields[n - 1].required, value) {
                    let mut changed = sound.clone();
                    changed[at][n].clone_from(&wrong);
                    let report = check(name, &changed);
                    let what = format!("{name}: {}{n:02} {wrong:?}: {:?}", segment[0], lines(&report));
                    assert_eq!(report.faults.len(), 1, "{what}");
                    let fault = &report.faults[0];
                    let place = (fault.error, &*fault.segment, fault.number, fault.elements.len());
                    assert_eq!(place, (SegmentError::ElementErrors, &*segment[0], at as u64 + 1, 1), "{what}");
                    let found = &fault.elements[0];
                    assert_eq!((found.error, found.element), (error, u16::try_from(n).unwrap()), "{what}");
                    assert_eq!(found.number, element.number, "{what}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
}
