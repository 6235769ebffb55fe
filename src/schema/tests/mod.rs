mod catalogue;
mod definitions;
mod edifact;
pub(crate) mod generated;
mod mutations;
mod notation;
mod overlay;
mod random;
mod samples;
mod x12;

use super::{ElementError, Fault, Library, Options, Plain, Report, SegmentError, Separators, Set, Validator, library};

/// A set by its name.
fn set(name: &str) -> std::sync::Arc<Set> {
    library().by_name(name).unwrap_or_else(|| panic!("no {name}")).unwrap_or_else(|error| panic!("{error}"))
}

fn options(name: &str) -> Options {
    let repetition = name.contains("005010").then_some(b'^');
    let x12 = Separators { repetition, ..Separators::X12 };
    let separators = if name.starts_with("x12") { x12 } else { Separators::EDIFACT };
    Options { separators, utf8: false }
}

/// The segments of a text with `*` and `~`, or `+` and `'`; line breaks between them are no data.
fn segments(text: &str) -> Vec<Vec<String>> {
    let (element, end) = if text.trim_start().starts_with("UN") { ('+', '\'') } else { ('*', '~') };
    let cut = |text: &str, at: char| -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == at {
                pieces.push(String::new());
            } else {
                pieces.last_mut().unwrap().push(c);
                if c == '?' && at != '*' && at != '~' {
                    pieces.last_mut().unwrap().extend(chars.next());
                }
            }
        }
        pieces
    };
    let all = cut(text, end);
    all.iter().map(|s| s.trim()).filter(|s| !s.is_empty()).map(|s| cut(s, element)).collect()
}

fn check(name: &str, segments: &[Vec<String>]) -> Report {
    let set = set(name);
    let mut validator = Validator::new(&set, options(name));
    for segment in segments {
        let parts: Vec<&[u8]> = segment.iter().map(String::as_bytes).collect();
        validator.segment(&Plain(&parts));
    }
    validator.finish()
}

/// Faults as short lines, such as `8 BEG#2: 7 at 2 (92) "XX"` or `3 N1#14 in N1`.
fn lines(report: &Report) -> Vec<String> {
    let line = |fault: &Fault| {
        let place = fault.loop_id.as_ref().map(|id| format!(" in {id}")).unwrap_or_default();
        let mut line = format!("{} {}#{}{place}", fault.error.x12(true), fault.segment, fault.number);
        for element in &fault.elements {
            let value = element.value.as_ref().map(|value| format!(" {:?}", String::from_utf8_lossy(value)));
            let component = if element.component > 0 { format!("-{}", element.component) } else { String::new() };
            let repetition = if element.repetition > 0 { format!("^{}", element.repetition) } else { String::new() };
            line += &format!(
                ": {} at {}{component}{repetition} ({}){}",
                element.error.x12(true),
                element.element,
                element.number,
                value.unwrap_or_default()
            );
        }
        line
    };
    report.faults.iter().map(line).collect()
}

/// Checks a table of cases: a text and the lines of its faults.
fn table(name: &str, cases: &[(&str, &str, &[&str])]) {
    for (what, text, expected) in cases {
        assert_eq!(lines(&check(name, &segments(text))), *expected, "{name}: {what}");
    }
}

#[test]
fn every_error_has_its_codes() {
    let segment: Vec<_> = SegmentError::ALL.iter().map(|error| (error.x12(false), error.x12(true))).collect();
    let expected =
        [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5"), ("6", "6"), ("7", "7"), ("8", "8"), ("2", "I4")];
    assert_eq!(segment, expected);
    for error in ElementError::ALL {
        let ak403 = set("x12/004010/997");
        let ik403 = set("x12/005010/999");
        let lists = |set: &Set, tag: &str, code: &str| {
            let segment = set.segments.iter().find(|segment| segment.tag.as_str() == tag).unwrap();
            let super::Content::Simple(element) = &segment.part.fields[2].content else { panic!() };
            element.codes.as_ref().unwrap().contains(code.as_bytes())
        };
        assert!(lists(&ak403, "AK4", error.x12(false)), "{error}");
        assert!(lists(&ik403, "IK4", error.x12(true)), "{error}");
    }
    assert!(Library::names().count() > 50);
}
