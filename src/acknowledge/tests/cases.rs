//! Golden cases, written by hand from the tables of the codes: a change of a sound file, and all that is told.

use super::{Form, Policy, Wanted, answers, changed, definitions, judge, sound, sound_5010, told};

/// What is changed, to what, and what stands between AK1 and AK9; then AK9.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const ACCEPTED: &[&str] = &["AK2*850*0001", "AK5*A", "AK9*A*1*1*1"];

/// Segments, elements and sets of 004010.
const CASES: [Case; 40] = [
    ("sound", "~SE", "~SE", ACCEPTED),
    (
        "mandatory segment missing",
        "BEG*00*SA*PO-1**20240301~",
        "",
        &["AK2*850*0001", "AK3*BEG*2**3", "AK5*R*4*5", "AK9*R*1*1*0"],
    ),
    ("unknown segment", "N3*", "QQQ*1~N3*", &["AK2*850*0001", "AK3*QQQ*5**1", "AK5*R*4*5", "AK9*R*1*1*0"]),
    (
        "segment of a length no segment has",
        "N3*",
        "Q*1~N3*",
        &["AK2*850*0001", "AK3*Q?*5**1", "AK5*R*4*5", "AK9*R*1*1*0"],
    ),
    ("segment of another set", "N3*", "BHT*1~N3*", &["AK2*850*0001", "AK3*BHT*5**6", "AK5*R*4*5", "AK9*R*1*1*0"]),
    (
        "segment out of sequence",
        "DTM*010*20240310~N1*ST*STORE 12*92*0012~",
        "N1*ST*STORE 12*92*0012~DTM*010*20240310~",
        &["AK2*850*0001", "AK3*DTM*4**7", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "segment too often",
        "N4*SPRING",
        "N3*2~N3*3~N4*SPRING",
        &["AK2*850*0001", "AK3*N3*7**5", "AK5*R*4*5", "AK9*R*1*1*0"],
    ),
    (
        "bad date",
        "20240310",
        "20241310",
        &["AK2*850*0001", "AK3*DTM*3**8", "AK4*2*373*8*20241310", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "bad time",
        "DTM*010*20240310",
        "DTM*010*20240310*2561",
        &["AK2*850*0001", "AK3*DTM*3**8", "AK4*3*337*9*2561", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "code not in the list",
        "BEG*00*SA",
        "BEG*00*QQ",
        &["AK2*850*0001", "AK3*BEG*2**8", "AK4*2*92*7*QQ", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "too long",
        "PO-1**",
        "PO-1234567890123456789012**",
        &["AK2*850*0001", "AK3*BEG*2**8", "AK4*3*324*5*PO-1234567890123456789012", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "too long for AK404: 99 characters are told",
        "RED MUG",
        "LONG120",
        &["AK2*850*0001", "AK3*PID*8**8", "AK4*5*352*5*LONG99", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "too short",
        "*010*2024",
        "*01*2024",
        &["AK2*850*0001", "AK3*DTM*3**8", "AK4*1*374*4*01", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "a letter in a number: the value is left out",
        "*10*EA",
        "*1X*EA",
        &["AK2*850*0001", "AK3*PO1*7**8", "AK4*2*330*6", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "a character that no text has",
        "RED MUG",
        "RED\u{7}MUG",
        &["AK2*850*0001", "AK3*PID*8**8", "AK4*5*352*6", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "mandatory element missing",
        "BEG*00*SA",
        "BEG**SA",
        &["AK2*850*0001", "AK3*BEG*2**8", "AK4*1*353*1", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "note P violated",
        "*UP*012345678905",
        "*UP",
        &["AK2*850*0001", "AK3*PO1*7**8", "AK4*7*234*2", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "note R violated",
        "DTM*010*20240310",
        "DTM*010",
        &["AK2*850*0001", "AK3*DTM*3**8", "AK4*2*373*2", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "too many elements",
        "CTT*1~",
        "CTT*1*******9~",
        &["AK2*850*0001", "AK3*CTT*9**8", "AK4*8**3", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "a component where none is",
        "PO1*1*",
        "PO1*1>2*",
        &["AK2*850*0001", "AK3*PO1*7**8", "AK4*1>2*350*3", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "two errors of a segment",
        "BEG*00*SA",
        "BEG*QQ*QQ",
        &["AK2*850*0001", "AK3*BEG*2**8", "AK4*1*353*7*QQ", "AK4*2*92*7*QQ", "AK5*R*5", "AK9*R*1*1*0"],
    ),
    ("wrong SE01", "SE*10", "SE*11", &["AK2*850*0001", "AK5*R*4", "AK9*R*1*1*0"]),
    ("SE01 is no number", "SE*10", "SE*TEN", &["AK2*850*0001", "AK5*R*4", "AK9*R*1*1*0"]),
    ("wrong SE02", "SE*10*0001", "SE*10*0002", &["AK2*850*0001", "AK5*R*3", "AK9*R*1*1*0"]),
    ("SE01 and SE02", "SE*10*0001", "SE*11*0002", &["AK2*850*0001", "AK5*R*3*4", "AK9*R*1*1*0"]),
    ("no SE", "SE*10*0001~", "", &["AK2*850*0001", "AK5*R*2", "AK9*R*1*1*0"]),
    (
        "ST02 used twice",
        "GE*1",
        "ORDERSE*10*0001~GE*2",
        &["AK2*850*0001", "AK5*A", "AK2*850*0001", "AK5*R*23", "AK9*P*2*2*1"],
    ),
    ("ST02 too short", "ST*850*0001", "ST*850*1", &["AK2*850*0001", "AK5*R*3*7", "AK9*R*1*1*0"]),
    ("ST02 missing", "ST*850*0001", "ST*850", &["AK2*850*0000", "AK5*R*3*7", "AK9*R*1*1*0"]),
    ("a set that is not in the box", "ST*850", "ST*204", &["AK2*204*0001", "AK5*R*1", "AK9*R*1*1*0"]),
    ("ST01 is no identifier, so AK2 cannot name it", "ST*850", "ST*QQQ", &["AK9*R*1*1*0"]),
    ("a set of another group", "GS*PO", "GS*IN", &["AK2*850*0001", "AK5*R*6", "AK9*R*1*1*0"]),
    ("a release that is not in the box", "*X*004010", "*X*003040", &["AK2*850*0001", "AK5*R*1", "AK9*R*1*1*0*2"]),
    ("wrong GE01", "GE*1*7", "GE*2*7", &["AK2*850*0001", "AK5*R", "AK9*R*2*1*0*5"]),
    ("GE01 is no number", "GE*1*7", "GE*X*7", &["AK2*850*0001", "AK5*R", "AK9*R*1*1*0*5"]),
    ("wrong GE02", "GE*1*7", "GE*1*8", &["AK2*850*0001", "AK5*R", "AK9*R*1*1*0*4"]),
    ("GE01 and GE02", "GE*1*7", "GE*2*8", &["AK2*850*0001", "AK5*R", "AK9*R*2*1*0*4*5"]),
    ("no GE", "GE*1*7~", "", &["AK2*850*0001", "AK5*R", "AK9*R*1*1*0*3"]),
    ("an empty group", "ORDERSE*10*0001~GE*1", "GE*0", &["AK9*A*0*0*0"]),
    ("GS06 is nothing", "*7*X", "*0*X", &["AK2*850*0001", "AK5*R", "AK9*R*1*1*0*4*6"]),
];

/// Writes out what the table says in short.
fn full(text: &str) -> String {
    let text = text.replace("ORDER", super::ORDER);
    text.replace("LONG120", &"X".repeat(120)).replace("LONG99", &"X".repeat(99))
}

#[test]
fn each_error_has_its_code_and_position_in_a_997() {
    let mut wrong = Vec::new();
    for (what, from, to, expected) in CASES {
        let text = changed(&sound(), &full(from), &full(to));
        let mut lines = told(&text, None);
        let first = if lines.is_empty() { String::new() } else { lines.remove(0) };
        let expected: Vec<String> = expected.iter().map(|line| full(line)).collect();
        let group = text.split("GS*").nth(1).map(|gs| gs.split('*').collect::<Vec<_>>()).unwrap_or_default();
        if lines != expected || first != format!("AK1*{}*{}", group[0], group[5]) {
            wrong.push(format!("{what}: {first} {lines:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What 005010 says otherwise.
const IMPLEMENTATION: [Case; 9] = [
    ("sound", "~SE", "~SE", &["AK1*PO*7*005010", "AK2*850*0001", "IK5*A", "AK9*A*1*1*1"]),
    (
        "with a guide's name",
        "ST*850*0001",
        "ST*850*0001*GUIDE-1",
        &["AK1*PO*7*005010", "AK2*850*0001*GUIDE-1", "IK5*A", "AK9*A*1*1*1"],
    ),
    (
        "the loop is named",
        "*92*0012~",
        "*92~",
        &["AK1*PO*7*005010", "AK2*850*0001", "IK3*N1*4*N1*8", "IK4*4*67*2", "IK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "a component too many",
        "PO1*1*",
        "PO1*1>2*",
        &["AK1*PO*7*005010", "AK2*850*0001", "IK3*PO1*7*PO1*8", "IK4*1>2*350*13", "IK5*R*5", "AK9*R*1*1*0"],
    ),
    (
        "a repetition too many",
        "PO1*1*",
        "PO1*1^2*",
        &["AK1*PO*7*005010", "AK2*850*0001", "IK3*PO1*7*PO1*8", "IK4*1>>2*350*12*2", "IK5*R*5", "AK9*R*1*1*0"],
    ),
    ("a set of another group", "GS*PO", "GS*IN", &["AK1*IN*7*005010", "AK2*850*0001", "IK5*R*18", "AK9*R*1*1*0"]),
    (
        "ST03 too long",
        "ST*850*0001",
        "ST*850*0001*012345678901234567890123456789012345",
        &["AK1*PO*7*005010", "AK2*850*0001", "IK5*R*19", "AK9*R*1*1*0"],
    ),
    (
        "GS06 used twice",
        "IEA*1",
        "GS*PO*BUYER*SELLER*20240301*1200*7*X*005010~GE*0*7~IEA*2",
        &["AK1*PO*7*005010", "AK2*850*0001", "IK5*A", "AK9*A*1*1*1", "AK1*PO*7*005010", "AK9*R*0*0*0*19"],
    ),
    (
        "a guide's release",
        "*X*005010",
        "*X*005010VICS",
        &["AK1*PO*7*005010VICS", "AK2*850*0001", "IK5*A", "AK9*A*1*1*1"],
    ),
];

#[test]
fn each_error_has_its_code_and_position_in_a_999() {
    let mut wrong = Vec::new();
    for (what, from, to, expected) in IMPLEMENTATION {
        let lines = told(&changed(&sound_5010(), from, to), None);
        if lines != expected {
            wrong.push(format!("{what}: {lines:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_form_can_be_chosen() {
    let lines = told(&changed(&sound(), "BEG*00*SA", "BEG*00*QQ"), Some(Form::Implementation));
    assert_eq!(lines, ["AK1*PO*7", "AK2*850*0001", "IK3*BEG*2**8", "IK4*2*92*7*QQ", "IK5*R*5", "AK9*R*1*1*0"]);
    let lines = told(&changed(&sound_5010(), "PO1*1*", "PO1*1^2*"), Some(Form::Functional));
    let expected = ["AK1*PO*7*005010", "AK2*850*0001", "AK3*PO1*7**8", "AK4*1>>2*350*3*2", "AK5*R*5", "AK9*R*1*1*0"];
    assert_eq!(lines, expected);
}

#[test]
fn errors_in_elements_may_be_accepted_and_noted() {
    let policy = || Policy { accept_element_errors: true, ..Policy::default() };
    for (from, to, expected) in [
        ("BEG*00*SA", "BEG*00*QQ", "AK5*E*5~\nAK9*E*1*1*1~"),
        ("BEG*00*SA*PO-1**20240301~", "", "AK5*R*4*5~\nAK9*R*1*1*0~"),
        ("SE*10", "SE*11", "AK5*R*4~\nAK9*R*1*1*0~"),
    ] {
        let answer = answers(changed(&sound(), from, to).as_bytes(), Wanted::default(), policy()).concat();
        assert!(answer.contains(expected), "{answer}");
    }
}

#[test]
fn a_million_faults_are_counted_and_not_kept() {
    let bad = "PID*F****~".repeat(1_500);
    let order = super::ORDER.replace("PID*F****RED MUG~", &bad);
    let text = changed(&sound(), super::ORDER, &order);
    let judged = judge(text.as_bytes(), Policy::default(), 1 << 20);
    let set = &judged[0].groups[0].sets[0];
    assert_eq!((set.faults().len(), set.more() > 0), (crate::limits::SET_FAULTS, true));
}

#[test]
fn the_box_has_what_an_acknowledgement_must_hold() {
    let holds = |tag, n, value: &[u8]| definitions().may_hold(false, tag, n, value);
    assert!(holds("AK1", 1, b"PO") && !holds("AK1", 1, b"QQ") && !holds("AK1", 9, b"1") && !holds("QQQ", 1, b"1"));
}
