//! A partner's guide narrows a set, and its page shows that.

use super::{lines, options, samples, segments, set};
use crate::schema::{Plain, Validator, guide, overlay};

const ACME: &str = "\
# What Acme wants.
overlay x12/004010/850 Acme purchase orders
require REF
forbid FOB
forbid N9
most N1 1
require PO1/PID
codes BEG02 = SA NE
length BEG03 1/6
require BEG07
forbid PO105
";

fn found(text: &str, guide: &str) -> Vec<String> {
    let set = overlay(&set("x12/004010/850"), "acme", guide).unwrap_or_else(|error| panic!("{error}"));
    let mut validator = Validator::new(&set, options("x12/004010/850"));
    for segment in segments(text) {
        let parts: Vec<&[u8]> = segment.iter().map(String::as_bytes).collect();
        validator.segment(&Plain(&parts));
    }
    lines(&validator.finish())
}

#[test]
fn what_a_guide_narrows_is_told() {
    let text = "ST*850*0001~BEG*00*SA*PO-1**20240301**AC~REF*DP*42~N1*ST*A~PO1*1*1*EA*1~PID*F****B~SE*7*0001~";
    assert_eq!(found(text, ACME), Vec::<String>::new());
    let text = "ST*850*0001~BEG*00*RL*PO-1234**20240301~FOB*CC~N9*ZZ*A~N1*ST*A~N1*BT*B~PO1*1*1*EA*1*PE~SE*8*0001~";
    let expected = [
        "8 BEG#2: I6 at 2 (92) \"RL\": 5 at 3 (324) \"PO-1234\": 1 at 7 (587)",
        "3 REF#3",
        "I4 FOB#3",
        "I4 N9#4 in N9",
        "4 N1#6 in N1",
        "8 PO1#7 in PO1: I10 at 5 (639) \"PE\"",
        "3 PID#8 in PID",
    ];
    assert_eq!(found(text, ACME), expected);
    assert_eq!(found("ST*850*0001~BEG*00*XX*1**20240301**AC~REF*DP*1~PO1~PID*F****B~SE*6*0001~", ACME).len(), 1);
}

#[test]
fn a_guide_changes_nothing_for_others() {
    let base = set("x12/004010/850");
    let narrowed = overlay(&base, "acme", ACME).unwrap_or_else(|error| panic!("{error}"));
    assert_ne!(guide(&base), guide(&narrowed));
    assert_eq!(guide(&base), guide(&set("x12/004010/850")));
    assert_eq!(lines(&super::check("x12/004010/850", &segments(samples::X12[0].1))), Vec::<String>::new());
}

#[test]
fn components_are_narrowed_too() {
    let base = set("edifact/D.96A/ORDERS");
    let narrowed =
        overlay(&base, "g", "overlay edifact/D.96A/ORDERS\ncodes DTM01-1 = 137 2\nrequire BGM01-1\n").unwrap();
    let mut validator = Validator::new(&narrowed, options("edifact/D.96A/ORDERS"));
    for segment in segments("UNH+1+ORDERS:D:96A:UN'BGM+:::X+1'DTM+64:20240301:102'UNS+S'UNT+5+1'") {
        let parts: Vec<&[u8]> = segment.iter().map(String::as_bytes).collect();
        validator.segment(&Plain(&parts));
    }
    let expected = ["8 BGM#2: 1 at 1-1 (1001)", "8 DTM#3: I6 at 1-1 (2005) \"64\""];
    assert_eq!(lines(&validator.finish()), expected);
}

#[test]
fn mistakes_in_a_guide_have_their_place() {
    let cases = [
        ("", "g:1:1: there is no overlay"),
        ("overlay x12/004010/855", "g:1:9: x12/004010/855: must be overlay x12/004010/850"),
        ("overlay x12/004010/850\nallow CTP", "g:2:1: allow: must be forbid, require, most, codes or length"),
        ("overlay x12/004010/850\nforbid XYZ", "g:2:8: XYZ: no such segment or loop"),
        ("overlay x12/004010/850\nforbid PO1/XYZ", "g:2:8: PO1/XYZ: no such segment or loop"),
        ("overlay x12/004010/850\nforbid BEG99", "g:2:8: BEG99: no such element"),
        ("overlay x12/004010/850\nmost N1 500", "g:2:6: N1: may not be there more often than in the standard"),
        ("overlay x12/004010/850\ncodes BEG02 = SA Q9", "g:2:18: Q9: is no code of this element"),
        ("overlay x12/004010/850\nlength BEG03 1/50", "g:2:14: 1/50: must be within the length of the standard"),
        ("overlay x12/004010/850\nforbid FOB CTP", "g:2:12: CTP: one word too many"),
    ];
    for (text, expected) in cases {
        let error = overlay(&set("x12/004010/850"), "g", text).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_page_shows_order_use_elements_codes_and_notes() {
    let page = guide(&set("x12/004010/997"));
    let expected = [
        "997 Functional acknowledgement (x12/004010, group FA)",
        "  ST   Transaction set header                 mandatory  once",
        "  loop AK2                                    optional   at most 999999 times",
        "      AK4  Data element note                  optional   at most 99 times",
        "  AK304  optional   720   ID 1/3     Segment syntax error code",
        "    one of 1 2 3 4 5 6 7 8",
        "  AK401  mandatory  composite",
    ];
    for line in expected {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    let page = guide(&set("x12/004010/850"));
    assert!(page.contains("P0304: if one of 03, 04 is there, all are"), "{page}");
    let page = guide(&set("edifact/D.96A/ORDERS"));
    assert!(page.contains("BGM02  optional   1004  an..35     Document/message number"), "{page}");
}
