//! Real EDI files that are not part of the repository: where their folder lies beside it, the sound ones agree with
//! the definitions, and the broken ones have the faults that their own tests name.

use std::sync::Arc;

use consign::document::{Findings, Position};
use consign::schema::{Options, Plain, Separators, Set, Standard, Validator, library};
use consign::syntax::edifact;
use consign::syntax::x12::{Delimiters, Segments, Start};

use super::support::{root, skipped};

/// A file below the folder, the sets in it, and their faults, as segment, position and X12 code.
type Sample = (&'static str, usize, &'static [&'static str]);

/// A segment, the ID first.
type Parts = Vec<Vec<u8>>;

const TESTS: &str = "edi/corpus/olmelabs+EdiEngine/EdiEngine.Tests/TestData";

const SAMPLES: [Sample; 10] = [
    ("formats/samples/walmart/walmart_850_x12_5010_2023.edi", 1, &[]),
    ("850.OK.edi", 1, &[]),
    ("850.Composite.SLN.OK.edi", 1, &[]),
    ("850.SyntaxNotes.ERR.edi", 1, &["PO1 13 07 2", "PO4 30 06 2"]),
    ("856.Crossdock.OK.edi", 1, &[]),
    ("940.OK.edi", 1, &[]),
    ("MultipleInterchangesAndGroups.edi", 6, &[]),
    ("edi/corpus/xlate+staedi/src/test/resources/x12/simple810.edi", 2, &[]),
    ("edi/corpus/xlate+staedi/src/test/resources/x12/simple999.edi", 1, &[]),
    ("edi/corpus/xlate+staedi/src/test/resources/x12/invalid997.edi", 1, &["AK1 2 01 5", "AK4 5 02 6"]),
];

#[test]
fn real_sets_agree_with_their_definitions() {
    let folder = root().join("../shared");
    if !folder.join("edi/corpus").is_dir() {
        return skipped("the folder of samples is not beside the repository");
    }
    for (name, sets, expected) in SAMPLES {
        let path = if name.contains('/') { folder.join(name) } else { folder.join(TESTS).join(name) };
        let Ok(text) = std::fs::read(&path) else {
            skipped(name);
            continue;
        };
        let (read, faults) = check(&text);
        assert_eq!((read, faults), (sets, expected.iter().map(|line| (*line).to_owned()).collect()), "{name}");
    }
}

/// The sets in a file, and the faults of all of them.
pub fn check(text: &[u8]) -> (usize, Vec<String>) {
    let start = text.windows(3).position(|three| three == b"ISA").unwrap_or_default();
    let text = &text[start..];
    let delimiters = Delimiters::from_isa(text, 0).unwrap_or_else(|finding| panic!("{finding}"));
    let (mut findings, mut release, mut faults, mut sets) = (Findings::default(), String::new(), Vec::new(), 0);
    let mut segments = Segments::new(text, delimiters, Start::FILE);
    let mut open: Option<(Arc<Set>, Vec<Parts>)> = None;
    while let Some(segment) = segments.next(&mut findings) {
        let text = |n: usize| String::from_utf8_lossy(segment.element(n)).into_owned();
        match segment.id() {
            b"GS" => release = text(8),
            b"ST" => {
                let set = library().set(Standard::X12(&release), &text(1));
                open = set.and_then(Result::ok).map(|set| (set, Vec::new()));
            }
            _ => {}
        }
        let Some((set, parts)) = &mut open else { continue };
        parts.push((0..=segment.len()).map(|n| segment.element(n).to_vec()).collect());
        if segment.id() == b"SE" {
            let (component, repetition) = (delimiters.component, delimiters.repetition);
            let separators = Separators { component, repetition, release: None };
            let mut validator = Validator::new(set, Options { separators, utf8: false });
            for parts in parts.iter() {
                let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                validator.segment(&Plain(&parts));
            }
            for fault in validator.finish().faults {
                faults.push(match fault.elements.first() {
                    Some(element) => {
                        let code = element.error.x12(true);
                        format!("{} {} {:02} {code}", fault.segment, fault.number, element.element)
                    }
                    None => format!("{} {} {}", fault.segment, fault.number, fault.error.x12(true)),
                });
            }
            sets += 1;
            open = None;
        }
    }
    (sets, faults)
}

/// The segments of a file, and the codes of what was noticed.
pub fn envelope(text: &[u8]) -> (u64, Vec<&'static str>) {
    let syntax = edifact::Syntax::read(text, 0).unwrap_or_else(|finding| panic!("{finding}"));
    let (mut findings, mut count) = (Findings::default(), 0);
    let (mut tracker, mut envelope) = (edifact::MessageTracker::default(), edifact::Envelope::default());
    let mut segments = edifact::Segments::new(text, syntax, Start::FILE);
    while let Some(segment) = segments.next(&mut findings) {
        count += 1;
        tracker.segment(&segment, &mut findings);
    }
    for (mark, at) in tracker.finish(segments.position(), &mut findings) {
        envelope.fold(&mark, at, &mut findings);
    }
    envelope.finish(&Position::default(), &mut findings);
    (count, findings.kept().iter().map(|finding| finding.code.as_str()).collect())
}
