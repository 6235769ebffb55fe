//! A partner's guide narrows a set, and its page shows that.

use super::{lines, options, samples, segments, set};
use crate::schema::{Guides, Plain, Standard, Validator, guide, library, overlay};

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
    let set = overlay(&set("x12/004010/850"), "acme", guide).unwrap_or_else(|error| panic!("{error:?}"));
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
    let narrowed = overlay(&base, "acme", ACME).unwrap_or_else(|error| panic!("{error:?}"));
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
fn mistakes_in_a_guide_have_their_place_and_what_is_near() {
    let cases = [
        ("", "g:1:1: there is no overlay"),
        ("# Nothing\n", "g:1:1: there is no overlay"),
        ("overly x12/004010/850", "g:1:1: overly: must be overlay; expected `overlay`, the name of a set and a title"),
        ("overlay", "g:1:8: the set is missing"),
        ("overlay x12/004010/805", "g:1:9: x12/004010/805: no guide can be about it; expected `x12/004010/8"),
        ("overlay x12/004010/997", "g:1:9: x12/004010/997: no guide can be about it; expected `x12/004010/9"),
        (
            "overlay x12/004010/850\nallow CTP",
            "g:2:1: allow: must be forbid, require, most, codes or length; expected ",
        ),
        ("overlay x12/004010/850\nforbit CTP", "length; expected `forbid`"),
        ("overlay x12/004010/850\nforbid XYZ", "g:2:8: XYZ: no such segment or loop; expected "),
        ("overlay x12/004010/850\nforbid FBO", "g:2:8: FBO: no such segment or loop; expected `FOB`"),
        ("overlay x12/004010/850\nforbid PO1/PJD", "g:2:8: PO1/PJD: no such segment or loop; expected `PO1/PID`"),
        ("overlay x12/004010/850\nforbid N9#7", "g:2:8: N9#7: no such segment or loop; expected `N9`"),
        ("overlay x12/004010/850\nforbid N9#x", "g:2:8: N9#x: no such segment or loop; expected `N9`"),
        ("overlay x12/004010/850\nrequire SE", "g:2:9: SE: is there once in every set"),
        ("overlay x12/004010/850\nforbid BEG99", "g:2:8: BEG99: no such element; expected `BEG09`"),
        ("overlay x12/004010/850\ncodes XEG02 = SA", "g:2:7: XEG02: no such element; expected `BEG02`"),
        ("overlay x12/004010/850\nmost N1 500", "g:2:6: N1: may not be there more often than in the standard"),
        ("overlay x12/004010/850\ncodes BEG02 = SA NEE", "g:2:18: NEE: is no code of this element; expected `NE`"),
        ("overlay x12/004010/850\ncodes BEG02 SA", "g:2:13: SA: must be ="),
        ("overlay x12/004010/850\ncodes BEG02 =", "g:2:7: BEG02: the codes are missing"),
        (
            "overlay x12/004010/850\nlength BEG03 1/50",
            "g:2:14: 1/50: must be within the length of the standard; expected within 1/22",
        ),
        ("overlay x12/004010/850\nforbid FOB CTP", "g:2:12: CTP: one word too many"),
        (
            "overlay edifact/D.96A/ORDERS\ncodes BGM01 = 220",
            "g:2:7: BGM01: is a composite; expected a component of it, such as `BGM01-1`",
        ),
        ("overlay edifact/D.96A/ORDERS\nrequire BGM01-9", "g:2:9: BGM01-9: no such element; expected `BGM01-1`"),
    ];
    for (text, expected) in cases {
        let errors = Guides::default().add("g", text).unwrap_err();
        assert_eq!(errors.len(), 1, "{text}");
        assert!(errors[0].to_string().contains(expected), "{text}: {}", errors[0]);
    }
}

#[test]
fn every_mistake_of_a_guide_is_told_and_a_wrong_one_narrows_nothing() {
    let mut guides = Guides::default();
    let errors =
        guides.add("g", "overlay x12/004010/850\nforbid XYZ\nforbid FOB\nallow FOB\nforbid BEG99\n").unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 4, 5]);
    assert!(guides.is_empty() && guides.narrowed("x12/004010/850", false).is_none());
    assert_eq!(guides.add("g", ACME), Ok("x12/004010/850".to_owned()));
    assert_eq!(guides.add("h", ACME).unwrap_err()[0].to_string(), "h:2:9: x12/004010/850: has a guide already");
}

#[test]
fn guides_narrow_their_sets_in_the_library_and_no_others() {
    let mut guides = Guides::default();
    guides.add("a", ACME).unwrap();
    guides.add("b", "overlay edifact/D.96A/ORDERS\ncodes BGM01-1 = 220\n").unwrap();
    let page = |standard, id| guide(&guides.set(standard, id).unwrap());
    let base = |standard, id| guide(&library().set(standard, id).unwrap().unwrap());
    // The guide of an industry in GS08 is on the same release.
    for release in ["004010", "004010UCS"] {
        assert_ne!(page(Standard::X12(release), "850"), base(Standard::X12(release), "850"));
    }
    assert_eq!(page(Standard::X12("004010"), "855"), base(Standard::X12("004010"), "855"));
    assert_eq!(page(Standard::X12("005010"), "850"), base(Standard::X12("005010"), "850"));
    for syntax in [3, 4] {
        let standard = Standard::Edifact("D.96A", syntax);
        assert_ne!(page(standard, "ORDERS"), base(standard, "ORDERS"));
        assert_eq!(page(standard, "DESADV"), base(standard, "DESADV"));
    }
    assert!(guides.set(Standard::X12("004010"), "QQQ").is_none());
    assert_ne!(guides, Guides::default());
    assert_eq!(guides, guides.clone());
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
