//! EDIFACT messages, sound and broken, and what exactly is found.

use super::{check, lines, samples, segments, table};

#[test]
fn sound_messages_have_no_faults() {
    for (name, text) in samples::EDIFACT {
        assert_eq!(lines(&check(name, &segments(text))), Vec::<String>::new(), "{name}");
    }
}

/// An order of these segments between its head and its tail.
fn order(segments: &str) -> String {
    format!("UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20240301:102'{segments}LIN+1'UNS+S'UNT+6+1'")
}

fn one(what: &str, text: &str, expected: &[&str]) {
    table("edifact/D.96A/ORDERS", &[(what, text, expected)]);
}

#[test]
fn segments_out_of_place_are_told_once() {
    one("no BGM", "UNH+1+ORDERS:D:96A:UN'DTM+137:20240301:102'UNS+S'UNT+4+1'", &["3 BGM#2"]);
    one("no UNS", "UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20240301:102'LIN+1'UNT+5+1'", &["3 UNS#5"]);
    one("no DTM", "UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'RFF+ON:1'UNS+S'UNT+5+1'", &["3 DTM#3"]);
    one("DTM before BGM", "UNH+1+ORDERS:D:96A:UN'DTM+137:20240301:102'BGM+220+1+9'UNS+S'UNT+5+1'", &["7 BGM#3"]);
    one("an invented segment", &order("XYZ+1'"), &["1 XYZ#4"]);
    one("a segment of other messages", &order("CPS+1'"), &["6 CPS#4"]);
    one("QTY without LIN", &order("QTY+21:1'"), &["3 LIN#4 in SG25"]);
    one("QTY after UNS", &order("").replace("UNT", "QTY+21:1'UNT"), &["2 QTY#6"]);
    one(
        "no LIN over QTY and PRI",
        &order("UNZ+1'").replace("UNZ+1'LIN+1'", "RFF+ON:1'QTY+21:1'PRI+AAA:1'"),
        &["3 LIN#5 in SG25"],
    );
    one("11 RFF", &order(&"RFF+ON:1'".repeat(11)), &["4 RFF#14 in SG1"]);
    one("6 ALI", &order(&"ALI+DE'".repeat(6)), &["5 ALI#9"]);
}

#[test]
fn elements_are_checked_at_their_place() {
    one("a component too long", &order("RFF+ONXX:1'"), &["8 RFF#4 in SG1: 5 at 1-1 (1153) \"ONXX\""]);
    one("no component", &order("RFF+:1'"), &["8 RFF#4 in SG1: 1 at 1-1 (1153)"]);
    one("no element", &order("RFF'"), &["8 RFF#4 in SG1: 1 at 1 ()"]);
    one("too many components", &order("RFF+ON:1:2:3:4'"), &["8 RFF#4 in SG1: 13 at 1-5 ()"]);
    one("too many elements", &order("RFF+ON:1+X'"), &["8 RFF#4 in SG1: 3 at 2 ()"]);
    one("letters in a number", &order("LIN+ONE'"), &["8 LIN#4 in SG25: 6 at 1 (1082) \"ONE\""]);
    one("a number with a point", &order("LIN+1'QTY+21:12.5'QTY+12:-3,25'"), &[]);
    one("a number that ends in its mark", &order("LIN+1'QTY+21:12.'"), &["8 QTY#5 in SG25: 6 at 1-2 (6060) \"12.\""]);
    one("a date that is none", &order("").replace("20240301", "20240231"), &["8 DTM#3: 8 at 1-2 (2380) \"20240231\""]);
    one("bad code", &order("").replace("UNS+S", "UNS+X"), &["8 UNS#5: 7 at 1 (0081) \"X\""]);
    one("a code that a list need not have", &order("").replace("BGM+220+1+9", "BGM+220+1+99"), &[]);
    one("released separators", &order("RFF+ON:A?:B?'C?+D??'"), &[]);
    let long = format!("RFF+ON:{}'", "?+".repeat(36));
    let shown = format!("8 RFF#4 in SG1: 5 at 1-2 (1154) {:?}", "+".repeat(36));
    one("35 released characters are 35", &order(&format!("RFF+ON:{}'", "?+".repeat(35))), &[]);
    one("36 are too many", &order(&long), &[&shown]);
    one("a name is not shown", &order(&format!("NAD+BY++{}'", "A".repeat(36))), &["8 NAD#4 in SG2: 5 at 3-1 (3124)"]);
}

#[test]
fn codes_for_contrl_are_those_of_the_standard() {
    let report = check("edifact/D.96A/ORDERS", &segments(&order("RFF+ON:1+X'XYZ+1'")));
    let first = &report.faults[0];
    assert_eq!((first.error.edifact(), first.elements[0].error.edifact(3)), (None, "16"));
    assert_eq!(report.faults[1].error.edifact(), Some("15"));
    assert_eq!(super::ElementError::ConditionalMissing.edifact(4), "48");
}
