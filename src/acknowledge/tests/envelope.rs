//! The envelope: TA1, several groups and interchanges, acknowledgements, and the envelope of the answer.

use super::{ORDER, Policy, Wanted, answers, changed, judge, sound, sound_5010, told};
use crate::acknowledge::Decision;
use crate::acknowledge::errors::{InterchangeError, SetError};

/// A change of a sound interchange, and the TA1 segments that answer it, without TA101 to TA103.
const CASES: [(&str, &str, &str, &str); 26] = [
    ("ISA13 and IEA02 differ", "IEA*1*000000042", "IEA*1*000000043", "R*001"),
    ("wrong IEA01", "IEA*1", "IEA*2", "R*021"),
    ("IEA01 and IEA02", "IEA*1*000000042", "IEA*2*000000043", "R*001 R*021"),
    ("no IEA", "IEA*1*000000042~", "", "R*023"),
    ("the file ends inside a set", "~CTT*1~SE*10*0001~GE*1*7~IEA*1*000000042~", "", "R*023"),
    ("ISA01", "ISA*00", "ISA*QQ", "R*010"),
    ("ISA03", "          *00*          *ZZ", "          *QQ*          *ZZ", "R*012"),
    ("ISA05", "*ZZ*BUYER", "*QQ*BUYER", "R*005"),
    ("ISA06 is blank", "ZZ*BUYER          *", "ZZ*               *", "R*006"),
    ("ISA07", "*ZZ*SELLER", "*QQ*SELLER", "R*007"),
    ("ISA08 is blank", "ZZ*SELLER         *", "ZZ*               *", "R*008"),
    ("ISA09", "*240301*1200*U", "*241301*1200*U", "R*014"),
    ("ISA10", "*240301*1200*U", "*240301*2561*U", "R*015"),
    ("ISA11", "*1200*U*", "*1200*X*", "R*016"),
    ("ISA12", "*00401*", "*99999*", "R*017"),
    ("ISA13", "*00401*000000042", "*00401*00000004X", "R*001 R*018"),
    ("ISA14", "*000000042*0*P", "*000000042*7*P", "E*019"),
    ("ISA15", "*0*P*>", "*0*Q*>", "E*020"),
    ("ISA06 is not of its width", "ZZ*BUYER          *", "ZZ*BUYER*", "R*006"),
    ("ISA16 is a letter", "*0*P*>~", "*0*P*A~", "R*027"),
    ("a segment between groups", "GE*1*7~", "GE*1*7~BEG*00~", "R*022"),
    ("a set without a group", "GS*PO*BUYER*SELLER*20240301*1200*7*X*004010~", "", "R*021 R*022"),
    ("GS01 is none", "GS*PO", "GS*QQ", "R*024"),
    ("GS06 is no number", "*7*X", "*A*X", "R*024"),
    ("GS04 is no date", "SELLER*20240301", "SELLER*20241301", "E*024"),
    ("asked for", "*000000042*0*P", "*000000042*1*P", "A*000"),
];

#[test]
fn each_error_of_the_envelope_has_its_ta1() {
    let mut wrong = Vec::new();
    for (what, from, to, expected) in CASES {
        let text = changed(&sound(), from, to);
        let wanted = Wanted { ta1: true, ..Wanted::default() };
        let answer = answers(text.as_bytes(), wanted, Policy::default()).concat();
        let told: Vec<&str> = answer
            .lines()
            .filter_map(|line| line.strip_prefix("TA1*")?.trim_end_matches('~').splitn(4, '*').nth(3))
            .collect();
        let has_groups = answer.contains("AK1*");
        if told.join(" ") != expected || has_groups == expected.contains('R') {
            wrong.push(format!("{what}: {told:?}\n{answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_ta1_is_written_when_it_is_asked_for_or_the_interchange_is_rejected() {
    let has = |text: &str, ta1| {
        let answer = answers(text.as_bytes(), Wanted { ta1, ..Wanted::default() }, Policy::default()).concat();
        answer.contains("\nTA1*000000042*240301*1200*")
    };
    assert!(!has(&sound(), false) && has(&sound(), true));
    assert!(has(&changed(&sound(), "*0*P*>", "*1*P*>"), false));
    assert!(has(&changed(&sound(), "IEA*1", "IEA*2"), false));
}

#[test]
fn the_whole_answer_is_exact() {
    let expected = "ISA*00*          *00*          *ZZ*SELLER         *ZZ*BUYER          *240302*0600*U*00401*000000009*0*P*>~\n\
         GS*FA*SELLER*BUYER*20240302*0600*5*X*004010~\nST*997*0001~\nAK1*PO*7~\nAK2*850*0001~\nAK5*A~\nAK9*A*1*1*1~\n\
         SE*6*0001~\nGE*1*5~\nIEA*1*000000009~\n";
    assert_eq!(answers(sound().as_bytes(), Wanted::default(), Policy::default()), [expected]);
    let expected = "ISA*00*          *00*          *ZZ*SELLER         *ZZ*BUYER          *240302*0600*^*00501*000000009*0*P*>~\n\
         GS*FA*SELLER*BUYER*20240302*0600*5*X*005010X231A1~\nST*999*0001*005010X231A1~\nAK1*PO*7*005010~\n\
         AK2*850*0001~\nIK5*A~\nAK9*A*1*1*1~\nSE*6*0001~\nGE*1*5~\nIEA*1*000000009~\n";
    assert_eq!(answers(sound_5010().as_bytes(), Wanted::default(), Policy::default()), [expected]);
}

#[test]
fn every_group_and_interchange_is_answered_with_the_next_numbers() {
    let group = "GS*PO*BUYER*SELLER*20240301*1200*8*X*004010~GE*0*8~";
    let first = changed(&sound(), "IEA*1", &format!("{group}IEA*2"));
    let text = first + &sound().replace("000000042", "000000043");
    let answers = answers(text.as_bytes(), Wanted::default(), Policy::default());
    assert_eq!(answers.len(), 2);
    for expected in ["*0600*5*X*", "AK1*PO*7~", "*0600*6*X*", "AK1*PO*8~", "IEA*2*000000009"] {
        assert!(answers[0].contains(expected), "{expected} in\n{}", answers[0]);
    }
    for expected in ["*0600*7*X*", "AK1*PO*7~", "IEA*1*000000010"] {
        assert!(answers[1].contains(expected), "{expected} in\n{}", answers[1]);
    }
}

#[test]
fn an_interchange_number_used_twice_is_told() {
    let judged = judge((sound() + &sound()).as_bytes(), Policy::default(), 1 << 20);
    assert_eq!((judged[0].decision(), judged[1].decision()), (Decision::Accepted, Decision::Rejected));
    assert_eq!(judged[1].errors, [InterchangeError::Duplicate]);
}

#[test]
fn only_known_senders_and_our_own_receivers_are_accepted() {
    let list = |id: &str| vec![id.to_owned()];
    let senders = |id| Policy { senders: list(id), ..Policy::default() };
    let receivers = |id| Policy { receivers: list(id), ..Policy::default() };
    for (policy, expected) in [
        (senders("BUYER"), None),
        (senders("OTHER"), Some("R*006")),
        (receivers("SELLER"), None),
        (receivers("OTHER"), Some("R*009")),
    ] {
        let answer = answers(sound().as_bytes(), Wanted::default(), policy).concat();
        assert_eq!(answer.contains("TA1*"), expected.is_some(), "{answer}");
        assert!(answer.contains(expected.unwrap_or("AK9*A")), "{answer}");
    }
}

#[test]
fn no_acknowledgement_is_acknowledged() {
    let group = |id: &str, set: &str| {
        let text = changed(&sound(), super::ORDER, &format!("ST*{set}*0001~AK1*PO*1~AK9*A*1*1*1~"));
        changed(&changed(&text, "SE*10", "SE*4"), "GS*PO", &format!("GS*{id}"))
    };
    for text in [
        group("FA", "997"),
        group("FA", "999"),
        group("PO", "997"),
        changed(&group("FA", "997"), "IEA*1", "IEA*7"),
        changed(&group("FA", "997"), "*0*P*>", "*1*P*>"),
        format!("{}TA1*000000001*240301*1200*A*000~IEA*0*000000042~", super::isa("U", "00401")),
    ] {
        let wanted = Wanted { ta1: true, ..Wanted::default() };
        assert_eq!(answers(text.as_bytes(), wanted, Policy::default()), ["-"], "{text}");
    }
    let mixed = changed(&sound(), "IEA*1", "GS*FA*BUYER*SELLER*20240301*1200*8*X*004010~GE*0*8~IEA*2");
    assert_eq!(told(&mixed, None), ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]);
}

#[test]
fn values_are_repeated_as_they_are_by_choosing_delimiters() {
    let text = sound().replace('*', "|").replace('~', "\n").replace("BUYER          ", "BU~ER*>        ");
    let text = text.replace("BEG|00|SA", "BEG|00|Q~").replace("|P|>", "|P|:");
    let answer = answers(text.as_bytes(), Wanted::default(), Policy::default()).concat();
    assert!(answer.contains("|BU~ER*>        |") && answer.contains("AK4|2|92|7|Q~\n"), "{answer}");
}

#[test]
fn numbers_begin_again_after_the_largest() {
    let mut stamp = super::stamp();
    (stamp.interchange, stamp.group) = (999_999_999, 999_999_999);
    let judged = judge(sound().as_bytes(), Policy::default(), 1 << 20);
    super::write(&judged[0], Wanted::default(), &mut stamp).unwrap();
    assert_eq!((stamp.interchange, stamp.group), (1, 1));
}

#[test]
fn what_holds_no_interchange_has_no_answer() {
    for text in ["", "ISA", "ISA*", "hello", "UNB+UNOC:3'", "ST*850*0001~"] {
        let judged = judge(text.as_bytes(), Policy::default(), 1 << 20);
        assert!(judged.iter().all(|interchange| interchange.has_rejected()), "{text}");
        assert!(judged.len() <= 1, "{text}");
    }
}

#[test]
fn a_set_that_was_refused_elsewhere_is_never_accepted_and_keeps_its_own_errors() {
    let order = |number: &str, date: &str| {
        let sound = ORDER.replace("ST*850*0001", &format!("ST*850*{number}")).replace("20240310", date);
        format!("{sound}SE*10*{number}~")
    };
    let sets =
        [order("0001", "20240310"), order("0002", "20240310"), order("0003", "20249910"), order("0004", "20240310")];
    let text = changed(&sound(), &order("0001", "20240310"), &sets.concat()).replace("GE*1*7", "GE*4*7");
    let refused = [(1, SetError::Unsupported), (2, SetError::Unsupported), (3, SetError::Segments)];
    let policy = Policy { refused: refused.into(), accept_element_errors: true, ..Policy::default() };
    for piece in [64, 1 << 20] {
        let judged = judge(text.as_bytes(), policy.clone(), piece);
        let sets = &judged[0].groups[0].sets;
        let codes = |at: usize| sets[at].errors.iter().map(|error| error.code(false)).collect::<Vec<_>>();
        assert_eq!(sets.iter().map(|set| set.decision.code()).collect::<Vec<_>>(), ["A", "R", "R", "R"], "{piece}");
        assert_eq!([codes(0), codes(1), codes(2), codes(3)], [vec![], vec!["1"], vec!["1", "5"], vec!["5"]]);
    }
}
