//! For any change of a sound file, what we write agrees with our own definitions, and its counts are right.

use proptest::prelude::*;

use super::{Answer, Form, Policy, Wanted, judge, sound, sound_5010, stamp, write};
use crate::acknowledge::{Decision, Interchange};

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
        2 => "[A-Z>:|^!-]{1,5}".prop_map(String::into_bytes),
        1 => prop::collection::vec(prop::sample::select((32_u8..=255).filter(|b| !b"*~".contains(b)).collect::<Vec<_>>()), 1..130),
        1 => prop::collection::vec(any::<u8>(), 1..20),
    ];
    let segment =
        prop_oneof![Just("ST*850*0002".to_owned()), Just("SE*1*1".into()), Just("GE*0*1".into()), "[A-Z0-9*]{1,20}"];
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

fn apply(text: &[u8], change: &Change) -> Vec<u8> {
    let mut segments: Vec<Vec<u8>> = text.split(|byte| *byte == b'~').map(<[u8]>::to_vec).collect();
    let len = segments.len();
    match change {
        Change::Drop(at) if *at < len => drop(segments.remove(*at)),
        Change::Repeat(at) if *at < len => segments.insert(*at, segments[*at].clone()),
        Change::Swap(a, b) if *a < len && *b < len => segments.swap(*a, *b),
        Change::Element(at, n, value) if *at < len => {
            let mut parts: Vec<Vec<u8>> = segments[*at].split(|byte| *byte == b'*').map(<[u8]>::to_vec).collect();
            if parts.len() <= *n {
                parts.resize(*n + 1, Vec::new());
            }
            // ISA keeps its widths, so that most changes are read.
            let width = parts[*n].len();
            parts[*n] = value.clone();
            if parts[0] == b"ISA" {
                parts[*n].resize(width, b' ');
            }
            segments[*at] = parts.join(&b'*');
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
    segments.join(&b'~')
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
        let Answer::Interchange(answer) = write(interchange, Wanted { form, ta1: true }, &mut stamp).unwrap() else {
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
            text = apply(&text, change);
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
            text = apply(&text, change);
        }
        let json = |piece| judge(&text, Policy::default(), piece).iter().map(|i| i.json().to_string()).collect::<Vec<_>>();
        prop_assert_eq!(json(piece), json(1 << 20));
    }
}
