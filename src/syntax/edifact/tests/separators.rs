//! Separators, versions and levels; a table of heads and what is read from them.

use super::*;
use crate::syntax::segment::Dialect;

fn read(head: &str) -> Result<String, String> {
    match Syntax::read(head.as_bytes(), 0) {
        Ok(s) => Ok(format!("{}|{}{}", String::from_utf8_lossy(&s.una()), s.level.identifier(), s.version)),
        Err(finding) => Err(format!("{} {}@{}", finding.code.as_str(), finding.at.field, finding.at.byte)),
    }
}

#[test]
fn heads() {
    let no = |text: &str| Err::<String, _>(text.to_owned());
    let yes = |text: &str| Ok::<_, String>(text.to_owned());
    for (head, expected) in [
        ("UNB+UNOA:1+S", yes(":+.? '|UNOA1")),
        ("UNB+UNOC:3+S", yes(":+.? '|UNOC3")),
        ("UNB+UNOY:4+S", yes(":+.?*'|UNOY4")),
        ("UNA:+,? 'UNB+UNOB:2+S", yes(":+,? '|UNOB2")),
        ("UNA:+.? '\r\nUNB+UNOC:3+S", yes(":+.? '|UNOC3")),
        ("UNA:+.? 'UNB+UN\r\nOC:3+S", yes(":+.? '|UNOC3")),
        ("UNA|*.\\ ~UNB*UNOL|3*S", yes("|*.\\ ~|UNOL3")),
        ("UNA:+.?#'UNB+UNOC:4+S", yes(":+.?#'|UNOC4")),
        ("UNA:+.?#'UNB+UNOC:3+S", yes(":+.? '|UNOC3")),
        ("UNA:+.? 'UNB+UNOC:4+S", yes(":+.? '|UNOC4")),
        ("UNA:+.  'UNB+UNOC:3+S", yes(":+.  '|UNOC3")),
        ("UNB\u{1D}UNOB\u{1F}1\u{1D}S", yes("\u{1F}\u{1D}.  \u{1C}|UNOB1")),
        ("", no("EDIFACT_NO_UNB @0")),
        ("UNH+1+ORDERS", no("EDIFACT_NO_UNB @0")),
        ("UNB|UNOC;3|S", no("EDIFACT_NO_UNB @0")),
        ("UNA:+.? 'UNH+1", no("EDIFACT_NO_UNB @9")),
        ("UNA:+.? UNB+UNOC:3+S", no("EDIFACT_UNA UNA@0")),
        ("UNA:+.? ", no("EDIFACT_UNA UNA@0")),
        ("UNA::.? 'UNB:UNOC", no("EDIFACT_UNA UNA@0")),
        ("UNA:+;? 'UNB+UNOC:3", no("EDIFACT_UNA UNA@0")),
        ("UNAx+.? 'UNB+UNOC:3", no("EDIFACT_UNA UNA@0")),
        ("UNB+UNOX:4+S", no("EDIFACT_SYNTAX UNB.1@4")),
        ("UNB+UNOC:5+S", no("EDIFACT_SYNTAX UNB.1@4")),
        ("UNA:+.? '\nUNB+KECA:1+S", no("EDIFACT_SYNTAX UNB.1@14")),
    ] {
        assert_eq!(read(head), expected, "{head}");
    }
}

#[test]
fn released_separators_are_data() {
    let syntax = Syntax::of(Level::Iso8859(1), 4);
    let parts = |text: &'static str| syntax.components(text.as_bytes()).collect::<Vec<_>>();
    assert_eq!(parts("a?:b:c??:d"), [&b"a?:b"[..], b"c??", b"d"]);
    assert_eq!(parts(""), [b""]);
    assert_eq!(syntax.repetitions(b"a:b*c?*d").collect::<Vec<_>>(), [&b"a:b"[..], b"c?*d"]);
    let mut scratch = Vec::new();
    assert_eq!(syntax.unescape(b"a?:b???'?", &mut scratch), b"a:b?'");
    assert_eq!(syntax.unescape(b"plain", &mut Vec::new()), b"plain");
}

#[test]
fn a_terminator_ends_a_segment_unless_released() {
    let syntax = Syntax::of(Level::A, 3);
    for (text, ends) in [("A'", true), ("A?'", false), ("A??'", true), ("A???'", false), ("A?\n'", false), ("A", false)]
    {
        assert_eq!(syntax.ends_at(text.as_bytes(), text.len()), ends, "{text}");
    }
    assert!(!syntax.ends_at(b"", 0));
}
