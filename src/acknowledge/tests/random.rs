//! For any change of a sound file, what we write agrees with our own definitions, and its counts are right.

use proptest::prelude::*;

use super::{Answer, Form, Policy, Wanted, contrl, judge, sound, sound_5010, stamp, write};
use crate::acknowledge::{Decision, Group, Interchange, Set, Syntax};
use crate::document::Findings;
use crate::syntax::{edifact, segment::Start};

/// A change: what is done at which segment, with what.
#[derive(Clone, Debug)]
enum Change {
    Drop(usize),
    Repeat(usize),
    Swap(usize, usize),
    Element(usize, usize, Vec<u8>),
    Byte(usize, u8),
    Insert(usize, Vec<u8>),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let value = prop_oneof![
        2 => Just(Vec::new()),
        2 => "[0-9]{1,12}".prop_map(String::into_bytes),
        2 => "[A-Z>:|^!?*.,-]{1,5}".prop_map(String::into_bytes),
        1 => prop::collection::vec(prop::sample::select((32_u8..=255).filter(|b| !b"*~".contains(b)).collect::<Vec<_>>()), 1..130),
        1 => prop::collection::vec(any::<u8>(), 1..20),
    ];
    let segment = prop_oneof![
        Just("ST*850*0002".to_owned()),
        Just("SE*1*1".into()),
        Just("GE*0*1".into()),
        "[A-Z0-9*]{1,20}",
        Just("UNH+M2+ORDERS:D:96A:UN".into()),
        Just("UNT+1+M1".into()),
        Just("UNE+0+1".into()),
        Just("UNG+ORDERS+A+B+240301:1200+G2+UN+D:96A".into()),
        Just("UNZ+1+1".into()),
        "[A-Z0-9+:]{1,20}",
    ];
    let at = 0_usize..16;
    prop_oneof![
        1 => at.clone().prop_map(Change::Drop),
        1 => at.clone().prop_map(Change::Repeat),
        1 => (at.clone(), at.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        6 => (at.clone(), 0_usize..18, value).prop_map(|(a, n, value)| Change::Element(a, n, value)),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (at.clone(), segment).prop_map(|(at, text)| Change::Insert(at, text.into_bytes())),
        1 => any::<usize>().prop_map(Change::Cut),
    ]
}

/// Makes a change in a text of which these bytes part the elements and segments.
fn apply(text: &[u8], change: &Change, [element, segment]: [u8; 2]) -> Vec<u8> {
    let mut segments: Vec<Vec<u8>> = text.split(|byte| *byte == segment).map(<[u8]>::to_vec).collect();
    let len = segments.len();
    match change {
        Change::Drop(at) if *at < len => drop(segments.remove(*at)),
        Change::Repeat(at) if *at < len => segments.insert(*at, segments[*at].clone()),
        Change::Swap(a, b) if *a < len && *b < len => segments.swap(*a, *b),
        Change::Element(at, n, value) if *at < len => {
            let mut parts: Vec<Vec<u8>> = segments[*at].split(|byte| *byte == element).map(<[u8]>::to_vec).collect();
            if parts.len() <= *n {
                parts.resize(*n + 1, Vec::new());
            }
            // ISA keeps its widths, so that most changes are read.
            let width = parts[*n].len();
            parts[*n] = value.clone();
            if parts[0] == b"ISA" {
                parts[*n].resize(width, b' ');
            }
            segments[*at] = parts.join(&element);
        }
        Change::Insert(at, segment) if *at < len => segments.insert(*at, segment.clone()),
        Change::Byte(at, byte) => {
            let mut text = text.to_vec();
            let at = at % text.len().max(1);
            if let Some(slot) = text.get_mut(at) {
                *slot = *byte;
            }
            return text;
        }
        Change::Cut(at) => return text[..at % (text.len() + 1)].to_vec(),
        _ => {}
    }
    segments.join(&segment)
}

/// The elements of the AK9 segments of an answer, and how many AK5 or IK5 before each say A or E.
fn totals(answer: &[u8]) -> Vec<(Vec<String>, usize, usize)> {
    let (element, segment) = (answer[3], answer[105]);
    let (mut all, mut sets, mut accepted) = (Vec::new(), 0, 0);
    for text in answer.split(|byte| *byte == segment) {
        let text = String::from_utf8_lossy(text.trim_ascii()).into_owned();
        let parts: Vec<String> = text.split(char::from(element)).map(str::to_owned).collect();
        match parts[0].as_str() {
            "AK5" | "IK5" => {
                sets += 1;
                accepted += usize::from(parts[1] == "A" || parts[1] == "E");
            }
            "AK9" => all.push((parts, std::mem::take(&mut sets), std::mem::take(&mut accepted))),
            _ => {}
        }
    }
    all
}

fn holds(judged: &[Interchange], form: Option<Form>) {
    let mut stamp = stamp();
    for interchange in judged {
        let Answer::Interchange(answer) =
            write(interchange, Wanted { form, ta1: true, only_ta1: false }, &mut stamp).unwrap()
        else {
            continue;
        };
        let shown = || String::from_utf8_lossy(&answer).into_owned();
        let again = judge(&answer, Policy::default(), 1 << 20);
        assert_eq!(again.len(), 1, "{}", shown());
        assert!(again[0].has_ta1 && again[0].only_acknowledges(), "{}", shown());
        // The envelope repeats what is wrong with theirs, but its own counts and numbers agree.
        let ours = ["001", "021", "022", "023"];
        assert!(again[0].errors.iter().all(|error| !ours.contains(&error.code())), "{:?} {}", again[0].errors, shown());
        for group in &again[0].groups {
            assert!(group.errors.is_empty() && group.sets.len() == 1, "{:?} {}", group.errors, shown());
            assert!(group.sets[0].decision == Decision::Accepted, "{:?} {}", group.sets[0], shown());
        }
        let groups = interchange.groups.iter().filter(|group| group.nameable && !group.is_acknowledgement());
        let rejected = interchange.decision() == Decision::Rejected;
        let groups: Vec<_> = groups.filter(|_| !rejected).collect();
        let totals = totals(&answer);
        assert_eq!(totals.len(), groups.len(), "{}", shown());
        for (group, (ak9, sets, accepted)) in groups.iter().zip(&totals) {
            assert_eq!(ak9[3], group.sets.len().to_string(), "{}", shown());
            assert_eq!(ak9[4], accepted.to_string(), "{}", shown());
            assert!(*sets <= group.sets.len() && ak9.len() <= 10, "{}", shown());
            let expected = match (group.sets.len(), *accepted) {
                _ if !group.errors.is_empty() => "R",
                (sets, accepted) if sets == accepted => "A",
                (_, 0) => "R",
                _ => "P",
            };
            assert_eq!(ak9[1], expected, "{}", shown());
        }
    }
}

/// The segments of a CONTRL: tag, and elements of components.
fn segments(bytes: &[u8]) -> Vec<(String, Vec<Vec<String>>)> {
    let Ok(syntax) = edifact::Syntax::read(bytes, 0) else { panic!("{}", String::from_utf8_lossy(bytes)) };
    let (mut reader, mut told) = (edifact::Segments::new(bytes, syntax, Start::FILE), Findings::default());
    let mut all = Vec::new();
    while let Some(segment) = reader.next(&mut told) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let element = |n| segment.dialect().components(segment.element(n)).map(text).collect();
        all.push((text(segment.id()), (1..=segment.len()).map(element).collect()));
    }
    all
}

/// Which codes each segment may tell, the place of the code, and those that syntax 4 adds.
const ALLOWED: [(&str, usize, &str, &str); 5] = [
    ("UCI", 4, "2 7 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 32 33", ""),
    ("UCF", 4, "12 13 14 15 16 17 18 21 22 23 25 26 27 28 29 30 31 34 37 39 40", ""),
    ("UCM", 3, "12 13 14 15 16 17 18 21 22 23 25 26 27 28 29 30 31 34 37 39 40", ""),
    ("UCS", 1, "12 13 14 15 16 18 21 22 27 34 35 36", ""),
    ("UCD", 0, "12 13 14 15 16 18 19 21 22 27 34 37 38 39 40", "35 48"),
];

/// The messages that a CONTRL must name.
fn rejected(interchange: &Interchange) -> Vec<&Set> {
    let of_group = |group: &&Group| group.errors.is_empty();
    let sets = interchange.groups.iter().filter(of_group).flat_map(|group| &group.sets);
    sets.filter(|set| set.decision == Decision::Rejected && !set.is_contrl()).collect()
}

fn contrl_holds(judged: &[Interchange]) {
    let mut stamp = stamp();
    for interchange in judged {
        let Syntax::Edifact(syntax, _) = interchange.syntax else { panic!("{interchange:?}") };
        let wanted = Wanted { ta1: true, ..Wanted::default() };
        let Answer::Interchange(answer) = write(interchange, wanted, &mut stamp).unwrap() else { continue };
        let shown = || String::from_utf8_lossy(&answer).into_owned();
        let again = judge(&answer, Policy::default(), 1 << 20);
        assert_eq!(again.len(), 1, "{}", shown());
        assert!(again[0].only_acknowledges() && !again[0].has_rejected(), "{:?} {}", again[0], shown());
        assert!(again[0].errors.is_empty(), "{:?} {}", again[0].errors, shown());
        assert_eq!(write(&again[0], wanted, &mut stamp).unwrap(), Answer::Acknowledgement);
        let segments = segments(&answer);
        for (tag, elements) in &segments {
            let Some((_, at, all, more)) = ALLOWED.iter().find(|(known, ..)| known == tag) else { continue };
            let code = elements.get(*at).and_then(|element| element.first()).map_or("", String::as_str);
            let has = |list: &str| list.split(' ').any(|known| known == code);
            let allowed = code.is_empty() || has(all) || syntax.version >= 4 && has(more);
            assert!(allowed, "{tag} {code} in {}", shown());
        }
        let count = |tag: &str| segments.iter().filter(|(known, _)| known == tag).count();
        let (_, uci) = segments.iter().find(|(tag, _)| tag == "UCI").unwrap();
        let named = if interchange.decision() == Decision::Rejected { 0 } else { rejected(interchange).len() };
        let expected = if interchange.decision() == Decision::Rejected { "4" } else { "7" };
        let receipt = uci[3][0] == "8" && !interchange.has_rejected();
        assert!(uci[3][0] == expected || receipt, "{}", shown());
        assert_eq!((count("UCI"), count("UCM")), (1, named), "{}", shown());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn an_answer_agrees_with_its_definition_and_counts(
        is_5010 in any::<bool>(),
        changes in prop::collection::vec(change(), 0..4),
        form in prop_oneof![2 => Just(None), 1 => Just(Some(Form::Functional)), 1 => Just(Some(Form::Implementation))],
        twice in any::<bool>(),
    ) {
        let mut text = if is_5010 { sound_5010() } else { sound() }.into_bytes();
        for change in &changes {
            text = apply(&text, change, *b"*~");
        }
        if twice {
            text.extend_from_slice(sound().as_bytes());
        }
        holds(&judge(&text, Policy::default(), 1 << 20), form);
    }

    #[test]
    fn pieces_of_any_length_are_judged_alike(
        piece in 1_usize..400,
        changes in prop::collection::vec(change(), 0..2),
        count in 1_usize..4,
    ) {
        let mut text = Vec::new();
        for n in 0..count {
            text.extend(sound().replace("000000042", &format!("00000004{n}")).into_bytes());
        }
        for change in &changes {
            text = apply(&text, change, *b"*~");
        }
        let json = |piece| judge(&text, Policy::default(), piece).iter().map(|i| i.json().to_string()).collect::<Vec<_>>();
        prop_assert_eq!(json(piece), json(1 << 20));
    }

    #[test]
    fn a_contrl_agrees_with_its_definition_and_names_all_that_is_rejected(
        which in 0_usize..3,
        changes in prop::collection::vec(change(), 0..4),
        twice in any::<bool>(),
    ) {
        let mut text = [contrl::sound(), contrl::sound_4(), contrl::grouped()][which].clone().into_bytes();
        for change in &changes {
            text = apply(&text, change, *b"+'");
        }
        if twice {
            text.extend_from_slice(contrl::sound().replace("REF42", "REF43").as_bytes());
        }
        if text.trim_ascii_start().starts_with(b"UN") {
            contrl_holds(&judge(&text, Policy::default(), 1 << 20));
        }
    }

    #[test]
    fn pieces_of_any_length_of_edifact_are_judged_alike(
        piece in 1_usize..400,
        changes in prop::collection::vec(change(), 0..2),
        count in 1_usize..4,
    ) {
        let mut text = Vec::new();
        for n in 0..count {
            text.extend(contrl::sound().replace("REF42", &format!("REF{n}")).into_bytes());
        }
        for change in &changes {
            text = apply(&text, change, *b"+'");
        }
        let json = |piece| judge(&text, Policy::default(), piece).iter().map(|i| i.json().to_string()).collect::<Vec<_>>();
        prop_assert_eq!(json(piece), json(1 << 20));
    }
}
