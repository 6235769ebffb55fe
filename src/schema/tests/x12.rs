//! X12 sets, sound and broken, and what exactly is found.

use super::{check, lines, samples, segments, table};

#[test]
fn sound_sets_have_no_faults() {
    for (name, text) in samples::X12 {
        assert_eq!(lines(&check(name, &segments(text))), Vec::<String>::new(), "{name}");
    }
}

/// A purchase order of these segments between its head and its tail.
fn po(segments: &str) -> String {
    format!("ST*850*0001~BEG*00*SA*PO-1**20240301~{segments}PO1*1*10*EA*1**VN*A~CTT*1~SE*9*0001~")
}

fn one(what: &str, text: &str, expected: &[&str]) {
    table("x12/004010/850", &[(what, text, expected)]);
}

#[test]
fn segments_out_of_place_are_told_once() {
    one("no BEG", "ST*850*0001~REF*DP*1~PO1*1*1*EA~CTT*1~SE*5*0001~", &["3 BEG#2"]);
    one("no PO1 at all", "ST*850*0001~BEG*00*SA*1**20240301~SE*3*0001~", &["3 PO1#3 in PO1"]);
    one("BEG after CUR", "ST*850*0001~CUR*BY*USD~BEG*00*SA*1**20240301~PO1*1*1*EA~SE*5*0001~", &["7 BEG#3"]);
    one("two BEG", &po("BEG*00*SA*PO-1**20240301~"), &["5 BEG#3"]);
    one("CUR after REF", &po("REF*DP*1~CUR*BY*USD~"), &["7 CUR#4"]);
    one("four PER", &po("PER*BD*A~PER*BD*B~PER*BD*C~PER*BD*D~"), &["5 PER#6"]);
    one("an invented segment", &po("ZZZ*1~"), &["1 ZZZ#3"]);
    one("a tag that is none", &po("z?*1~"), &["1 z?#3"]);
    one("a segment of other sets", &po("BIG*20240301*1~"), &["6 BIG#3"]);
    one("a segment of no set here", &po("B1*1~"), &["6 B1#3"]);
    one("N4 before N3", &po("N1*ST*A~N4*BB*IL~N3*C~"), &["7 N3#5"]);
    one("three N3", &po("N1*ST*A~N3*B~N3*C~N3*D~N4*BB*IL~"), &["5 N3#6 in N1"]);
    one("no N1 over N3 and N4", &po("REF*DP*1~N3*B~N4*BB*IL~"), &["3 N1#4 in N1"]);
    one("an N3 that nothing explains", &po("N1*ST*A~N3*B~N4*CC*IL~N3*D~"), &["7 N3#6"]);
    let invoice = "ST*810*0001~BIG*20240306*1~N1*ST*A~N3*B~N4*CC*IL~N3*D~N4*EE*IL~IT1~TDS*1~SE*9*0001~";
    table("x12/004010/810", &[("no second N1", invoice, &["3 N1#6 in N1"])]);
    one("no SE", "ST*850*0001~BEG*00*SA*1**20240301~PO1*1*1*EA~", &[]);
    one("ended early", "ST*850*0001~BEG*00*SA*1**20240301~", &["3 PO1#3 in PO1"]);
    one("something after SE", &format!("{}CTT*1~", po("")), &["7 CTT#6"]);
}

#[test]
fn loops_are_counted() {
    let many = "N1*ST*A~".repeat(201);
    one("201 N1", &po(&many), &["4 N1#203 in N1"]);
    let both = format!("{}N1*BT*B~", "SAC*C*D240~".repeat(26));
    one("26 SAC, then N1", &po(&both), &["4 SAC#28 in SAC"]);
    let text = "ST*997*1234~AK1*PO*1~AK2*850*0001~AK5*A~AK2*850*0002~AK9*A*2*2*2~SE*7*1234~";
    table("x12/004010/997", &[("no AK5 in the second loop", text, &["3 AK5#6 in AK2"])]);
}

#[test]
fn elements_are_checked_at_their_place() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("bad code", "ST*850*0001~BEG*00*XX*PO-1**20240301~PO1~SE*4*0001~", &["8 BEG#2: 7 at 2 (92) \"XX\""]),
        ("bad date", "ST*850*0001~BEG*00*SA*PO-1**20240230~PO1~SE*4*0001~", &["8 BEG#2: 8 at 5 (373) \"20240230\""]),
        ("short date", "ST*850*0001~BEG*00*SA*PO-1**240301~PO1~SE*4*0001~", &["8 BEG#2: 4 at 5 (373) \"240301\""]),
        ("no number", "ST*850*0001~BEG*00*SA***20240301~PO1~SE*4*0001~", &["8 BEG#2: 1 at 3 (324)"]),
        (
            "long number",
            "ST*850*0001~BEG*00*SA*12345678901234567890123**20240301~PO1~SE*4*0001~",
            &["8 BEG#2: 5 at 3 (324) \"12345678901234567890123\""],
        ),
        (
            "two at once",
            "ST*850*0001~BEG*00*XX***20240301~PO1~SE*4*0001~",
            &["8 BEG#2: 7 at 2 (92) \"XX\": 1 at 3 (324)"],
        ),
        ("control character", "ST*850*0001~BEG*00*SA*A\tB**20240301~PO1~SE*4*0001~", &["8 BEG#2: 6 at 3 (324)"]),
        ("one too many", "ST*850*0001*X*Y~BEG*00*SA*1**20240301~PO1~SE*4*0001~", &["8 ST#1: 3 at 3 ()"]),
        ("trailing separators", "ST*850*0001***~BEG*00*SA*1**20240301~PO1~SE*4*0001~", &[]),
    ];
    table("x12/004010/850", cases);
    one("letters in a quantity", &po("PO1*1*TEN*EA*1~"), &["8 PO1#3 in PO1: 6 at 2 (330) \"TEN\""]);
    one("a decimal quantity", &po("PO1*1*1.5*EA*-1.25~"), &[]);
    one("a comma", &po("PO1*1*1,5*EA*1~"), &["8 PO1#3 in PO1: 6 at 2 (330) \"1,5\""]);
    one("a decimal point in N2", &po("SAC*C*D240***5.00~"), &["8 SAC#3 in SAC: 6 at 5 (610) \"5.00\""]);
    one("a length without sign and point", &po("PO1*1*-12345678901234.5*EA*1~"), &[]);
    one("bad time", &po("DTM*010*20240301*2460~"), &["8 DTM#3: 9 at 3 (337) \"2460\""]);
    one("bad date by its format", &po("DTM*010****D8*20241301~"), &["8 DTM#3: 8 at 6 (1251) \"20241301\""]);
    one("a name is not shown", &po(&format!("N1*ST*{}~", "A".repeat(61))), &["8 N1#3 in N1: 5 at 2 (93)"]);
    one("components in a plain element", &po("REF*DP*1>2~"), &["8 REF#3: 13 at 2-2 (127)"]);
    one("errors of a stray", &po("REF*DP*1~CUR*BYX*USDX~"), &["7 CUR#4", "8 CUR#4: 5 at 2 (100) \"USDX\""]);
}

#[test]
fn notes_are_obeyed() {
    one("P0607", &po("PO1*1*1*EA*1**VN~"), &["8 PO1#3 in PO1: 2 at 7 (234)"]);
    one("P0607, the other way", &po("PO1*1*1*EA*1***A~"), &["8 PO1#3 in PO1: 2 at 6 (235)"]);
    one("C0302", &po("PO1*1**EA*1~"), &["8 PO1#3 in PO1: 2 at 2 (330)"]);
    one("R0203", &po("SAC*C~"), &["8 SAC#3 in SAC: 2 at 2 (1300)"]);
    one("P0304", &po("N1*ST**92~"), &["8 N1#3 in N1: 2 at 4 (67)"]);
    one("R020305", &po("DTM*010~"), &["8 DTM#3: 2 at 2 (373)"]);
    one("L130204", &po("SAC*C**ZZ*A*********REF~"), &[]);
    one("E0110", &po("TD3*20*********45G1~"), &["8 TD3#3: 10 at 10 (24)"]);
    one("R0204050612", &po("TD5*O~"), &["8 TD5#3: 2 at 2 (66)"]);
    one("P0304 in a composite", &po("REF*DP*1**ZZ>1>AB~"), &["8 REF#3: 2 at 4-4 (127)"]);
    one("a component is missing", &po("REF*DP*1**ZZ~"), &["8 REF#3: 1 at 4-2 (127)"]);
    one("too many components", &po("REF*DP*1**ZZ>1>AB>2>CD>3>EF~"), &["8 REF#3: 13 at 4-7 ()"]);
}

#[test]
fn repetitions_are_for_releases_that_have_them() {
    let text = "ST*850*0001~BEG*00*SA*PO-1**20240301~REF*DP*1^2~PO1*1*1*EA~SE*5*0001~";
    table("x12/004010/850", &[("none in 004010", text, &[])]);
    table("x12/005010/850", &[("one too many", text, &["8 REF#3: 12 at 2^2 (127) \"2\""])]);
}

#[test]
fn a_validator_is_used_again() {
    let set = super::set("x12/004010/850");
    let mut validator = super::Validator::new(&set, super::options("x12/004010/850"));
    for text in [samples::X12[0].1, "ST*850*0001~SE*2*0001~", samples::X12[0].1] {
        for segment in segments(text) {
            let parts: Vec<&[u8]> = segment.iter().map(String::as_bytes).collect();
            validator.segment(&super::Plain(&parts));
        }
        let report = validator.finish();
        assert_eq!(report.is_sound(), text.len() > 100, "{text}");
    }
}

#[test]
fn faults_are_bounded() {
    let report = check("x12/004010/850", &segments(&po(&"ZZZ*1~".repeat(5_000))));
    assert_eq!((report.faults.len(), report.more), (crate::limits::SET_FAULTS, 4_000));
}

#[test]
fn segments_of_the_tokenizer_are_taken_as_they_are() {
    use crate::document::Findings;
    use crate::syntax::x12::{Delimiters, Segments, Start};

    let isa =
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *240301*1200*U*00401*000000001*0*P*>~\n";
    let text = format!("{isa}{}", po("N1*ST**92~\n").replace('~', "~\n"));
    let delimiters = Delimiters::from_isa(text.as_bytes(), 0).unwrap_or_else(|_| panic!("a sound ISA"));
    let (set, mut findings) = (super::set("x12/004010/850"), Findings::default());
    let mut validator = super::Validator::new(&set, super::options("x12/004010/850"));
    let mut segments = Segments::new(text.as_bytes(), delimiters, Start::FILE);
    while let Some(segment) = segments.next(&mut findings) {
        if segment.id() != b"ISA" {
            validator.segment(&segment);
        }
    }
    assert_eq!(lines(&validator.finish()), ["8 N1#3 in N1: 2 at 4 (67)"]);
}
