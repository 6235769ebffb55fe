//! CONTRL: golden cases, written by hand from the tables of the codes.

use super::{Policy, Wanted, answers, changed};

/// A sound order of syntax 3, whose sender asks for an acknowledgement.
pub(super) fn sound() -> String {
    "UNB+UNOC:3+BUYER:14+SELLER:14+240301:1200+REF42++++1'UNH+M1+ORDERS:D:96A:UN:EAN008'BGM+220+PO-1+9'\
     DTM+137:20240301:102'NAD+BY+1::9'LIN+1++4000862141404:EN'QTY+21:10'PRI+AAA:12.50'UNS+S'CNT+2:1'\
     UNT+10+M1'UNZ+1+REF42'"
        .to_owned()
}

/// The same in syntax 4.
pub(super) fn sound_4() -> String {
    sound().replace("UNOC:3", "UNOC:4").replace("240301:1200", "20240301:1200")
}

/// Two messages in a group.
pub(super) fn grouped() -> String {
    let second = "UNH+M2+ORDERS:D:96A:UN'BGM+220+PO-2+9'DTM+137:20240301:102'UNS+S'UNT+5+M2'";
    let text = sound().replace("UNH+M1", "UNG+ORDERS+BUYER:14+SELLER:14+240301:1200+G7+UN+D:96A'UNH+M1");
    text.replace("UNZ+1", &format!("{second}UNE+2+G7'UNZ+1"))
}

/// The segments of the CONTRL between UNH and UNT, parted by blanks; `-` if there is none.
fn told(text: &[u8], policy: Policy) -> String {
    let answers = answers(text, Wanted::default(), policy);
    let is_frame = |line: &&str| ["UNA", "UNB", "UNH", "UNT", "UNZ"].iter().any(|tag| line.starts_with(tag));
    let lines = answers.iter().flat_map(|answer| answer.lines()).filter(|line| !is_frame(line));
    let short = |line: &str| line.trim_end_matches('\'').replace("UCI+REF42+BUYER:14+SELLER:14", "UCI");
    lines.map(short).collect::<Vec<_>>().join(" ")
}

const ACCEPTED: &str = "UCI+7";
const UCM: &str = "UCI+7 UCM+M1+ORDERS:D:96A:UN:EAN008+4";

/// A change of the sound order, and what is told: `=` stands for the UCI and UCM of a rejected message.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("sound", "UNB", "UNB", ACCEPTED),
    ("mandatory segment missing: the last one before the gap", "BGM+220+PO-1+9'", "", "= UCS+1+13"),
    ("a later one", "UNS+S'", "", "= UCS+7+13"),
    ("first segment of a group missing", "LIN+1++4000862141404:EN'", "", "= UCS+4+13"),
    ("unknown segment", "NAD+BY", "QQQ+1'NAD+BY", "= UCS+4+15"),
    ("segment of another message", "NAD+BY", "CPS+1'NAD+BY", "= UCS+4+15"),
    ("segment out of place", "UNS+S'", "UNS+S'UNS+S'", "= UCS+9+35"),
    ("code not in the list", "UNS+S", "UNS+X", "= UCS+8 UCD+12+2"),
    ("too long", "BGM+220+PO-1+", "BGM+220+PO-1234567890123456789012345678901234+", "= UCS+2 UCD+39+3"),
    ("too long in a component", "QTY+21:10", "QTY+2111:10", "= UCS+6 UCD+39+2:1"),
    ("no component", "QTY+21:10", "QTY+:10", "= UCS+6 UCD+13+2:1"),
    ("no element", "QTY+21:10", "QTY", "= UCS+6 UCD+13+2"),
    ("too many components", "CNT+2:1", "CNT+2:1:PCE:9", "= UCS+9 UCD+16+2:4"),
    ("too many elements", "CNT+2:1", "CNT+2:1+9", "= UCS+9 UCD+16+3"),
    ("a letter in a number", "QTY+21:10", "QTY+21:1X", "= UCS+6 UCD+37+2:2"),
    ("a decimal mark that UNA does not name", "PRI+AAA:12.50", "PRI+AAA:12,50", "= UCS+7 UCD+19+2:2"),
    ("no digit before the mark", "PRI+AAA:12.50", "PRI+AAA:.50", "= UCS+7 UCD+38+2:2"),
    ("a date that is none", "DTM+137:20240301", "DTM+137:20240231", "= UCS+3 UCD+12+2:2"),
    ("two elements of a segment", "QTY+21:10", "QTY+:1X", "= UCS+6 UCD+13+2:1 UCD+37+2:2"),
    ("a control character", "PO-1", "PO\u{7}1", "= UCS+2 UCD+21+3"),
    ("UNT count", "UNT+10", "UNT+11", "=+29+UNT+2"),
    ("UNT reference", "UNT+10+M1", "UNT+10+M2", "=+28+UNT+3"),
    ("UNT both: the first", "UNT+10+M1", "UNT+11+M2", "=+29+UNT+2"),
    ("no UNT", "UNT+10+M1'", "", "=+13+UNT"),
    ("UNT with too much", "UNT+10+M1", "UNT+10+M1+X", "=+16+UNT+4"),
    ("message not agreed", "ORDERS:D:96A", "ORDERS:D:99Z", "UCI+7 UCM+M1+ORDERS:D:99Z:UN:EAN008+4+17+UNH+3"),
    ("an element of UNH", "UN:EAN008", "UN:EAN0081", "UCI+7 UCM+M1+ORDERS:D:96A:UN+4+39+UNH+3:5"),
    ("UNZ reference", "UNZ+1+REF42", "UNZ+1+REF43", "UCI+4+28+UNZ+3"),
    ("UNZ count", "UNZ+1", "UNZ+2", "UCI+4+29+UNZ+2"),
    ("no UNZ", "UNZ+1+REF42'", "", "UCI+4+13+UNZ"),
    ("no message", "UNH", "UNZ+0+REF42'UNH", "UCI+4+32"),
    ("a segment outside", "UNZ+1", "BGM+220'UNZ+1", "UCI+4+33"),
    ("a date of UNB", "240301:1200", "2403011:1200", "UCI+4+12+UNB+5:1"),
    ("an element of UNB that nothing depends on", "REF42++++1'", "REF42+++EANCOM+1'", ACCEPTED),
    ("too many elements of UNB", "REF42++++1'", "REF42++++1+++1'", "UCI+4+16+UNB+13"),
    ("a message that cannot be named", "UNH+M1", "UNH+", "UCI+4+13+UNH+2"),
    ("syntax version", "UNOC:3", "UNOC:9", "UCI+4+2+UNB+2"),
    ("syntax level", "UNOC:3", "UNOX:3", "UCI+4+2+UNB+2"),
    ("no reference: none can be built", "+REF42++++1'", "+++++1'", "-"),
    ("no sender: none can be built", "BUYER:14", ":14", "-"),
    ("no UNB: none can be built", "UNB+", "BGM+", ""),
    ("CONTRL is never answered", "ORDERS:D:96A:UN:EAN008", "CONTRL:D:3:UN", "-"),
];

#[test]
fn each_change_of_a_sound_order_is_told_by_one_code_at_its_place() {
    let mut wrong = Vec::new();
    for (what, from, to, expected) in CASES {
        let expected = expected.replace('=', UCM);
        let text = changed(&sound(), from, to);
        // A segment more or less is no error of the count.
        let counted = format!("UNT+{}", text.matches('\'').count() - 2);
        let text = if expected.contains("UCS") { text.replace("UNT+10", &counted) } else { text };
        let told = told(text.as_bytes(), Policy::default());
        if told != expected {
            wrong.push(format!("{what}: {told} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Changes of the sound order of syntax 4, which has codes and positions of its own.
const CASES_4: &[(&str, &str, &str, &str)] = &[
    ("sound", "UNB", "UNB", ACCEPTED),
    ("either decimal mark", "PRI+AAA:12.50", "PRI+AAA:12,50", ACCEPTED),
    ("a repetition too many", "BGM+220+PO-1", "BGM+220+PO-1*PO-2", "= UCS+2 UCD+35+3::2"),
    ("too long", "QTY+21:10", "QTY+2111:10", "= UCS+6 UCD+39+2:1"),
    ("receipt alone", "REF42++++1'", "REF42++++2'", "UCI+8"),
    (
        "receipt alone, but something is rejected",
        "REF42++++1'UNH+M1+ORDERS:D:96A",
        "REF42++++2'UNH+M1+ORDERS:D:99Z",
        "UCI+7 UCM+M1+ORDERS:D:99Z:UN:EAN008+4+17+UNH+3",
    ),
    ("a two-digit year", "20240301:1200", "240301:1200", "UCI+4+12+UNB+5:1"),
];

#[test]
fn syntax_4_has_its_own_codes_and_positions() {
    let mut wrong = Vec::new();
    for (what, from, to, expected) in CASES_4 {
        let expected = expected.replace('=', UCM);
        let told = told(changed(&sound_4(), from, to).as_bytes(), Policy::default());
        if told != expected {
            wrong.push(format!("{what}: {told} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Changes of two messages in a group.
const CASES_OF_GROUPS: &[(&str, &str, &str, &str)] = &[
    ("sound", "UNB", "UNB", ACCEPTED),
    (
        "a message rejected: its group is named",
        "UNT+5+M2",
        "UNT+6+M2",
        "UCI+7 UCF+G7+BUYER:14+SELLER:14+7 UCM+M2+ORDERS:D:96A:UN+4+29+UNT+2",
    ),
    ("reference", "UNE+2+G7", "UNE+2+G8", "UCI+7 UCF+G7+BUYER:14+SELLER:14+4+28+UNE+3"),
    ("count", "UNE+2+G7", "UNE+3+G7", "UCI+7 UCF+G7+BUYER:14+SELLER:14+4+29+UNE+2"),
    ("no UNE", "UNE+2+G7'", "", "UCI+7 UCF+G7+BUYER:14+SELLER:14+4+13+UNE"),
    (
        "another type in the group",
        "UNG+ORDERS",
        "UNG+INVOIC",
        "UCI+7 UCF+G7+BUYER:14+SELLER:14+7 \
        UCM+M1+ORDERS:D:96A:UN:EAN008+4+31+UNH+3:1 UCM+M2+ORDERS:D:96A:UN+4+31+UNH+3:1",
    ),
    ("an element of UNG", "+UN+D:96A'", "+UNO+D:96A'", "UCI+7 UCF+G7+BUYER:14+SELLER:14+4+39+UNG+7"),
    ("a group that cannot be named", "+G7+UN", "++UN", "UCI+4+13+UNG+6"),
    ("a message after the group", "UNZ+1", "UNH+3+ORDERS:D:96A:UN'UNT+2+3'UNZ+1", "UCI+4+30"),
];

#[test]
fn groups_are_told_by_ucf() {
    let mut wrong = Vec::new();
    for (what, from, to, expected) in CASES_OF_GROUPS {
        let told = told(changed(&grouped(), from, to).as_bytes(), Policy::default());
        if told != *expected {
            wrong.push(format!("{what}: {told} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let twice = changed(&grouped(), "UNH+M2", "UNH+M1").replace("UNT+5+M2", "UNT+5+M1");
    let expected = "UCI+7 UCF+G7+BUYER:14+SELLER:14+7 UCM+M1+ORDERS:D:96A:UN+4+26+UNH+2";
    assert_eq!(told(twice.as_bytes(), Policy::default()), expected);
}

#[test]
fn the_whole_answer_is_exact() {
    let expected = "UNB+UNOC:3+SELLER:14+BUYER:14+240302:0600+9'\nUNH+1+CONTRL:D:3:UN'\n\
        UCI+REF42+BUYER:14+SELLER:14+7'\nUNT+3+1'\nUNZ+1+9'\n";
    assert_eq!(answers(sound().as_bytes(), Wanted::default(), Policy::default()), [expected]);
    let routed = sound_4().replace("BUYER:14", "BUYER:14:DEPT:SUB").replace("REF42++++1'", "REF42++++1++1'");
    let expected = "UNB+UNOC:4+SELLER:14+BUYER:14:DEPT:SUB+20240302:0600+9++++++1'\nUNH+1+CONTRL:4:1:UN'\n\
        UCI+REF42+BUYER:14:DEPT:SUB+SELLER:14+7'\nUNT+3+1'\nUNZ+1+9'\n";
    assert_eq!(answers(routed.as_bytes(), Wanted::default(), Policy::default()), [expected]);
}

#[test]
fn separators_and_character_sets_are_those_of_the_interchange_if_they_carry_it() {
    let own = sound().replace('+', "|").replace(':', "^").replace('\'', "~");
    let answer = answers(format!("UNA^|.? ~{own}").as_bytes(), Wanted::default(), Policy::default()).concat();
    assert!(answer.starts_with("UNA^|.? ~\nUNB|UNOC^3|SELLER^14|BUYER^14|"), "{answer}");
    // A name with a separator is released, one of another character set goes back as it came.
    let bytes = sound().replace("BUYER", "B?+\u{1}").into_bytes();
    let bytes: Vec<u8> = bytes.into_iter().map(|byte| if byte == 1 { 0xC4 } else { byte }).collect();
    let mut stamp = super::stamp();
    let judged = super::judge(&bytes, Policy::default(), 1 << 20);
    let Ok(super::Answer::Interchange(answer)) = super::write(&judged[0], Wanted::default(), &mut stamp) else {
        panic!("it has an answer")
    };
    assert!(memchr::memmem::find(&answer, b"UCI+REF42+B?+\xC4:14+SELLER:14+7'").is_some());
    // Small letters are not of level A: that is told, in a set that has them.
    let small = sound().replace("UNOC", "UNOA").replace("BUYER", "Buyer");
    let answer = answers(small.as_bytes(), Wanted::default(), Policy::default()).concat();
    assert!(
        answer.contains("UNB+UNOB:3+") && answer.contains("UCI+REF42+Buyer:14+SELLER:14+4+21+UNB+3:1'"),
        "{answer}"
    );
    let small = sound().replace("UNOC", "UNOA").replace("PO-1", "Po-1");
    assert_eq!(told(small.as_bytes(), Policy::default()), format!("{UCM} UCS+2 UCD+21+3"));
    let broken = sound().replace("UNOC", "UNOY").into_bytes();
    let broken: Vec<u8> = broken.into_iter().map(|byte| if byte == b'-' { 0xC4 } else { byte }).collect();
    assert_eq!(told(&broken, Policy::default()), format!("{UCM} UCS+2 UCD+21+3"));
}

#[test]
fn a_una_that_cannot_be_used_is_told_if_the_header_can_be_read() {
    for una in ["UNA:+.+ '", "UNA:+.? A"] {
        assert_eq!(told(format!("{una}{}", sound()).as_bytes(), Policy::default()), "UCI+4+20+UNA", "{una}");
    }
    let contrl = sound().replace("ORDERS:D:96A:UN:EAN008", "CONTRL:D:3:UN");
    assert_eq!(told(format!("UNA:+.+ '{contrl}").as_bytes(), Policy::default()), "-");
    let both = format!("UNA:+.+ '{}\n{}", sound().replace("REF42", "REF41"), sound());
    assert_eq!(told(both.as_bytes(), Policy::default()), "UCI+REF41+BUYER:14+SELLER:14+4+20+UNA UCI+7");
}

#[test]
fn who_is_not_known_and_what_came_before_is_rejected() {
    let policy = |senders: &str, receivers: &str| Policy {
        senders: vec![senders.into()],
        receivers: vec![receivers.into()],
        ..Policy::default()
    };
    for (senders, receivers, expected) in
        [("BUYER", "SELLER", ACCEPTED), ("OTHER", "SELLER", "UCI+4+23+UNB+3:1"), ("BUYER", "OTHER", "UCI+4+7+UNB+4:1")]
    {
        assert_eq!(told(sound().as_bytes(), policy(senders, receivers)), expected);
    }
    let twice = format!("{}{}", sound(), sound());
    assert_eq!(told(twice.as_bytes(), Policy::default()), "UCI+7 UCI+4+26+UNB+6");
}

#[test]
fn only_what_is_asked_for_or_rejected_is_answered() {
    let quiet = sound().replace("REF42++++1'", "REF42'");
    assert_eq!(told(quiet.as_bytes(), Policy::default()), "-");
    assert_eq!(told(changed(&quiet, "UNZ+1", "UNZ+2").as_bytes(), Policy::default()), "UCI+4+29+UNZ+2");
    let wanted = Wanted { ta1: true, ..Wanted::default() };
    assert!(answers(quiet.as_bytes(), wanted, Policy::default()).concat().contains("+7'"));
}

/// The good message of two goes on, the bad one is named; a CONTRL beside them is not.
#[test]
fn messages_are_accepted_one_by_one() {
    let second = "UNH+M2+ORDERS:D:96A:UN'BGM+220+PO-2+9'UNS+S'UNT+4+M2'UNH+M3+CONTRL:D:3:UN'UNT+2+M3'";
    let text = sound().replace("UNZ+1", &format!("{second}UNZ+3"));
    assert_eq!(told(text.as_bytes(), Policy::default()), "UCI+7 UCM+M2+ORDERS:D:96A:UN+4 UCS+2+13");
}

#[test]
fn no_more_is_told_than_the_message_may_hold() {
    let many = |what: &str, count: usize| {
        let text = changed(&sound(), "UNS+S'", &format!("{}UNS+S'", what.repeat(count)));
        told(text.replace("UNT+10", &format!("UNT+{}", 10 + count)).as_bytes(), Policy::default())
    };
    assert_eq!(many("QQQ+1'", 999).matches(" UCS+").count(), 999);
    assert_eq!(many("QQQ+1'", 1_010).matches(" UCS+").count(), 999);
}
