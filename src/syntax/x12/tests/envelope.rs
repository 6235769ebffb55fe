//! Control numbers, counts and structure, through segments, sets and envelope together.

use super::super::dialect::tests::header;
use super::super::{Delimiters, Segments, SetTracker, Start, chunk_cut};
use super::*;

const D: Delimiters = Delimiters::new(b'*', b'~', b'>', None);
const GS: &str = "GS*PO*S*R*20260101*1200*7*X*004010~";
const SET: &str = "ST*850*0001~BEG*00~SE*3*0001~";

/// Every finding as `CODE FIELD@BYTE found/expected`, bytes counted from the end of the ISA.
fn findings(body: &str) -> Vec<String> {
    in_chunks(body, usize::MAX)
}

/// The same, read in chunks cut at the last ST of every `window` bytes.
fn in_chunks(body: &str, window: usize) -> Vec<String> {
    let bytes = header(D, body.as_bytes());
    let (mut findings, mut envelope) = (Findings::default(), Envelope::default());
    let (mut at, mut take) = (0, window);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let cut = chunk_cut(&rest[..rest.len().min(take)], &D).map(|cut| cut.at).filter(|_| take < rest.len());
        if cut.is_none() && take < rest.len() {
            take += window;
            continue;
        }
        let stop = at + cut.unwrap_or(rest.len());
        let mut tracker = SetTracker::default();
        let mut segments = Segments::new(&bytes[at..stop], D, Start::at(at as u64));
        while let Some(segment) = segments.next(&mut findings) {
            tracker.segment(&segment, &mut findings);
        }
        for (mark, at) in tracker.finish(segments.position(), &mut findings) {
            envelope.fold(&mark, at, &mut findings);
        }
        (at, take) = (stop, window);
    }
    envelope.finish(&Position::at(at as u64, 0), &mut findings);
    let show =
        |f: &Finding| format!("{} {}@{} {}/{}", f.code.as_str(), f.at.field, f.at.byte - 106, f.found, f.expected);
    findings.kept().iter().map(show).collect()
}

macro_rules! cases {
    ($($name:ident: $body:expr => [$($expected:expr),*];)*) => {
        $(#[test] fn $name() { assert_eq!(findings(&$body), Vec::<String>::from([$(String::from($expected)),*])); })*
    };
}

cases! {
    sound: format!("{GS}{SET}GE*1*7~IEA*1*000000001~") => [];
    sound_zeros_of_numbers_mean_nothing: format!("{GS}{SET}GE*01*007~IEA*1*1~") => [];
    sound_two_groups: format!("{GS}{SET}GE*1*7~{GS}{SET}GE*1*7~IEA*2*1~") => [];
    sound_ta1: "TA1*000000050*260101*1200*A*000~IEA*0*1~" => [];
    a04_no_iea: format!("{GS}{SET}GE*1*7~") => ["X12_NO_IEA @71 end of file/IEA*1*000000001"];
    a05_interchange_control: format!("{GS}{SET}GE*1*7~IEA*1*000000002~") => ["X12_INTERCHANGE_CONTROL IEA02@77 000000002/000000001"];
    a06_group_count: format!("{GS}{SET}GE*1*7~IEA*2*1~") => ["X12_GROUP_COUNT IEA01@75 2/1"];
    a06_group_count_is_no_number: format!("{GS}{SET}GE*1*7~IEA*x*1~") => ["X12_GROUP_COUNT IEA01@75 x/1"];
    a13_group_control: format!("{GS}{SET}GE*1*8~IEA*1*1~") => ["X12_GROUP_CONTROL GE02@69 8/7"];
    a14_set_count: format!("{GS}{SET}GE*2*7~IEA*1*1~") => ["X12_SET_COUNT GE01@67 2/1"];
    a15_no_ge: format!("{GS}{SET}IEA*1*1~") => ["X12_NO_GE @64 IEA/GE*1*7"];
    a15_no_ge_before_gs: format!("{GS}{SET}{GS}{SET}GE*1*7~IEA*2*1~") => ["X12_NO_GE @64 GS/GE*1*7"];
    a16_set_control: format!("{GS}ST*850*0001~SE*2*0002~GE*1*7~IEA*1*1~") => ["X12_SET_CONTROL SE02@52 0002/0001"];
    a16_set_control_is_text: format!("{GS}ST*850*0001~SE*2*1~GE*1*7~IEA*1*1~") => ["X12_SET_CONTROL SE02@52 1/0001"];
    a17_segment_count: format!("{GS}ST*850*0001~SE*12*0001~GE*1*7~IEA*1*1~") => ["X12_SEGMENT_COUNT SE01@50 12/2"];
    a18_no_se: format!("{GS}ST*850*0001~GE*1*7~IEA*1*1~") => ["X12_NO_SE @47 no SE/SE*2*0001"];
    a18_no_se_before_st: format!("{GS}ST*850*0002~{SET}GE*2*7~IEA*1*1~") => ["X12_NO_SE @47 no SE/SE*2*0002"];
    a19_duplicate_set: format!("{GS}{SET}{SET}GE*2*7~IEA*1*1~") => ["X12_DUPLICATE_SET ST02@64 0001/a number used once in its group"];
    structure_no_gs: format!("{SET}IEA*0*1~") => ["X12_STRUCTURE @0 ST/GS before ST"];
    structure_stray: format!("{GS}{SET}N1*ST~GE*1*7~IEA*1*1~") => ["X12_STRUCTURE @64 N1/ST or GE"];
    structure_second_trailer: "IEA*0*1~IEA*0*1~" => ["X12_STRUCTURE @8 IEA/ISA or the end of the file"];
}

#[test]
fn a27_second_interchange_without_trailer_of_the_first() {
    let second = String::from_utf8(header(D, b"IEA*0*1~")).expect("ASCII");
    assert_eq!(findings(&second), ["X12_NO_IEA @0 ISA/IEA*0*000000001"]);
}

#[test]
fn a19_numbers_seen_in_any_order() {
    let mut seen = Seen::default();
    let values = [
        "1",
        "2",
        "3",
        "9",
        "8",
        "02",
        "X1",
        "X2",
        "X3",
        "X02",
        "Y2",
        "X",
        "",
        "2X",
        "ME99",
        "ME100",
        "123456789012345",
        "X12345678901234",
        "a longer one than is kept 1",
    ];
    let mut add = |v: &str| seen.insert(&Text15::new(v.as_bytes()));
    assert_eq!(values.map(&mut add), [true; 19]);
    assert_eq!(values.map(&mut add), [false; 19]);
}

#[test]
fn a26_wrapped_at_any_width() {
    let body = format!("{GS}{SET}GE*1*7~IEA*1*000000001~");
    for width in 1..=80 {
        let lines: Vec<_> = body.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
        assert_eq!(findings(&lines.join("\r\n")), Vec::<String>::new(), "width {width}");
    }
}

#[test]
fn a31_chunks_find_what_one_pass_finds() {
    let body = format!("{GS}{SET}ST*850*2~A~{SET}ST*850*3~SE*9*3~{SET}N1*X~GE*1*9~{GS}{SET}IEA*7*1~");
    let mut whole = findings(&body);
    whole.sort();
    assert_eq!(whole.len(), 9, "{whole:?}");
    for window in 1..body.len() + 120 {
        let mut found = in_chunks(&body, window);
        found.sort();
        assert_eq!(found, whole, "window {window}");
    }
}
