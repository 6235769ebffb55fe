//! Segments: elements, wrapping, positions, limits; and what the writer writes.

use proptest::prelude::*;

use super::super::{InterchangeHeader, Refused, SegmentWriter, Value};
use super::*;
use crate::document::Findings;
use crate::limits::{BINARY_BYTES, SEGMENT_BYTES, SEGMENT_ELEMENTS};
use crate::syntax::segment::Start;

const D: Delimiters = Delimiters::new(b'*', b'~', b'>', None);

pub(in crate::syntax::x12) fn all(bytes: &[u8], d: Delimiters, start: Start) -> (Vec<String>, Findings) {
    let (mut findings, mut out) = (Findings::default(), Vec::new());
    let mut segments = Segments::new(bytes, d, start);
    while let Some(s) = segments.next(&mut findings) {
        let parts: Vec<_> = (0..=s.len()).map(|n| String::from_utf8_lossy(s.element(n)).into_owned()).collect();
        out.push(format!("{}:{} #{} {}", s.byte, s.line, s.number, parts.join("|")));
    }
    (out, findings)
}

fn check(input: impl AsRef<[u8]>, d: Delimiters, expected: &[&str]) {
    let (found, findings) = all(input.as_ref(), d, Start::FILE);
    assert_eq!(found, expected);
    assert!(findings.is_empty(), "{findings:?}");
}

fn reported(input: &[u8], expected: &[(Code, u64)], kept: usize) {
    let (found, findings) = all(input, D, Start::FILE);
    let codes: Vec<_> = findings.kept().iter().map(|f| (f.code, f.at.byte)).collect();
    assert_eq!((codes.as_slice(), found.len()), (expected, kept));
}

#[test]
fn elements_and_numbers() {
    check("", D, &[]);
    check("A~", D, &["0:1 #0 A"]);
    check("PO1*1**EA*~", D, &["0:1 #0 PO1|1||EA|"]);
    check(
        "GS*1~ST*850*1~BEG*00~SE*3*1~GE*1~",
        D,
        &["0:1 #0 GS|1", "5:1 #1 ST|850|1", "14:1 #2 BEG|00", "21:1 #3 SE|3|1", "28:1 #0 GE|1"],
    );
    check("ST*1~A~GE~B~", D, &["0:1 #1 ST|1", "5:1 #2 A", "7:1 #0 GE", "10:1 #0 B"]);
}

#[test]
fn a26_line_breaks() {
    check("A*1~\r\nB*2~\n \t\nC~\n", D, &["0:1 #0 A|1", "6:2 #0 B|2", "14:4 #0 C"]);
    check("A*12\r\n34~B*5\n~", D, &["0:1 #0 A|1234", "9:2 #0 B|5"]);
    check("S\nT*1~SE*2~", D, &["0:1 #1 ST|1", "6:2 #2 SE|2"]);
    check("A*1\nB*2\r\n\nC\n", Delimiters::new(b'*', b'\n', b'>', None), &["0:1 #0 A|1", "4:2 #0 B|2", "10:4 #0 C"]);
    check(b"A*1\x85B*2\x85", Delimiters::new(b'*', 0x85, b'>', None), &["0:1 #0 A|1", "4:1 #0 B|2"]);
}

#[test]
fn a26_terminator_of_several_bytes() {
    let mut isa = header(D, b"");
    isa.truncate(105);
    isa.extend("…\nA*¦…\nB*–*2…".as_bytes());
    let (found, findings) = all(&isa, D, Start::FILE);
    assert_eq!(found[1..], ["109:2 #0 A|¦", "117:3 #0 B|–|2"]);
    assert!(findings.is_empty());
}

#[test]
fn bytes_after_the_last_terminator() {
    reported(b"A~B*1", &[(Code::FileTruncated, 2)], 2);
    reported(b"A~IEA*1*1", &[], 2);
    reported(b"A~\x1a\r\n", &[(Code::EndOfFileMark, 2)], 1);
}

#[test]
fn binary_data_is_gone_over_by_its_length() {
    check("BIN*5*A~B*C~X*1~", D, &["0:1 #0 BIN|5|A~B*C", "12:1 #0 X|1"]);
    check("BDS*ASC*4*~ST*~X~", D, &["0:1 #0 BDS|ASC|4|~ST*", "15:1 #0 X"]);
    check("BIN*3*\n\n~~\nX~", D, &["0:1 #0 BIN|3|\n\n~", "11:4 #0 X"]);
    check("BIN*0*~X~", D, &["0:1 #0 BIN|0|", "7:1 #0 X"]);
    check("ST*1*1~BIN*5*GE*1~~SE*3*1~", D, &["0:1 #1 ST|1|1", "7:1 #2 BIN|5|GE*1~", "19:1 #3 SE|3|1"]);
    check("BING*5*A~BI*5*A~BI~", D, &["0:1 #0 BING|5|A", "9:1 #0 BI|5|A", "16:1 #0 BI"]);
    let big = "~".repeat(SEGMENT_BYTES + 7);
    let (found, findings) = all(format!("BIN*{}*{big}~X~", big.len()).as_bytes(), D, Start::FILE);
    assert!(found.len() == 2 && findings.is_empty(), "{findings:?}");
}

#[test]
fn binary_data_of_another_length_is_told_and_read_like_any_segment() {
    for input in [
        "BIN*4*ABC~X~",
        "BIN*2*ABC~X~",
        "BIN*x*ABC~X~",
        "BIN**ABC~X~",
        "BIN*-3*ABC~X~",
        "BIN*99999999999999999999*A~X~",
    ] {
        reported(input.as_bytes(), &[(Code::X12BinaryLength, 0)], 2);
    }
    reported(b"BIN*3~X~", &[(Code::X12BinaryLength, 0)], 2);
    reported(b"BDS*ASC*9*A~X~", &[(Code::X12BinaryLength, 0)], 2);
    reported(
        format!("BIN*{0}*{1}~X~", BINARY_BYTES, "x".repeat(BINARY_BYTES)).as_bytes(),
        &[(Code::X12SegmentTooLong, 0)],
        1,
    );
}

#[test]
fn limits_are_reported() {
    reported(format!("A*{}~B~", "x".repeat(SEGMENT_BYTES)).as_bytes(), &[(Code::X12SegmentTooLong, 0)], 1);
    reported(format!("A*{}~B~", "x".repeat(SEGMENT_BYTES - 2)).as_bytes(), &[], 2);
    reported(format!("A{}~B~", "*".repeat(SEGMENT_ELEMENTS + 1)).as_bytes(), &[(Code::X12SegmentTooLong, 0)], 2);
    reported(format!("A{}~B~", "*".repeat(SEGMENT_ELEMENTS)).as_bytes(), &[], 2);
}

#[test]
fn a27_each_interchange_has_its_delimiters() {
    let other = Delimiters::new(b'|', b'\'', b':', None);
    let sound = [header(D, b"A*1~"), header(other, b"B|2'")].concat();
    assert_eq!(all(&sound, D, Start::at(0)).0[3], "216:0 #0 B|2");
    let broken = [header(D, b"A*1~"), b"ISA*1~X*1~".to_vec(), header(other, b"B|2'")].concat();
    let (found, findings) = all(&broken, D, Start::FILE);
    assert_eq!((found.len(), findings.kept()[0].code, findings.kept()[0].at.byte), (4, Code::X12IsaLength, 114));
    assert_eq!(found[3], "226:1 #0 B|2");
}

#[test]
fn positions_of_elements() {
    let mut segments = Segments::new(b"A~\nPO1*1*2\r\n2*3~", D, Start { byte: 100, line: 5, column: 3 });
    let mut findings = Findings::default();
    let first = segments.next(&mut findings).map(|s| s.position()).map(|p| (p.byte, p.line, p.column));
    assert_eq!(first, Some((100, 5, 3)));
    let second = segments.next(&mut findings).expect("a second segment");
    let place = |n| {
        let p = second.element_position(n);
        (p.byte, p.line, p.column, p.field)
    };
    assert_eq!(place(1), (107, 6, 5, "PO101".into()));
    assert_eq!(place(2), (109, 6, 7, "PO102".into()));
    assert_eq!(place(3), (114, 7, 3, "PO103".into()));
    assert_eq!(place(9), (115, 7, 4, "PO109".into()));
}

pub(in crate::syntax::x12) fn header(d: Delimiters, rest: &[u8]) -> Vec<u8> {
    let mut w = SegmentWriter::new(d, false);
    let header = InterchangeHeader {
        sender: ("ZZ", "SENDER"),
        receiver: ("ZZ", "RECEIVER"),
        date_time: ("260101", "1200"),
        version: "00401",
        control: "000000001",
        acknowledge: "0",
        usage: "P",
    };
    assert_eq!(w.isa(&header), Ok(()));
    let long = InterchangeHeader { sender: ("ZZ", "SIXTEEN LETTERS."), ..header };
    assert_eq!(w.isa(&long), Err(Refused::IsaWidth { element: 6, width: 15 }));
    let mut out = w.take();
    assert_eq!(Delimiters::from_isa(&out, 0), Ok(d));
    out.extend_from_slice(rest);
    out
}

#[test]
fn writer_trims_and_refuses() {
    let mut w = SegmentWriter::new(D, true);
    assert_eq!(w.segment("N1", &[b"ST", b"", b"92", b"", b""]), Ok(()));
    assert_eq!(w.segment("N1", &[b"ST", b"A*B"]), Err(Refused::Delimiter { element: 2, byte: b'*' }));
    assert_eq!(w.segment("N1", &[b"A\n"]), Err(Refused::Delimiter { element: 1, byte: b'\n' }));
    let composite = Value::Composite(&[b"12", b"", b"EA", b""]);
    let elements = [Value::Simple(b""), composite, Value::Composite(&[b""])];
    assert_eq!(w.composite_segment("C", &elements), Ok(()));
    let refused = w.composite_segment("C", &[Value::Composite(&[b"1", b"2>3"])]);
    assert_eq!(refused, Err(Refused::Delimiter { element: 1, byte: b'>' }));
    assert_eq!(w.as_bytes(), b"N1*ST**92~\nC**12>>EA~\n");
    let parts: Vec<_> = D.components(b"12>>EA").collect();
    assert_eq!(parts, [b"12".as_slice(), b"", b"EA"]);
}

proptest! {
    #[test]
    fn written_segments_read_back(rows in prop::collection::vec(prop::collection::vec("[ -)+-=?-}]{0,12}", 0..9), 0..9), newline: bool) {
        let mut w = SegmentWriter::new(D, newline);
        let mut expected = Vec::new();
        for row in &rows {
            let values: Vec<&[u8]> = row.iter().map(String::as_bytes).collect();
            prop_assert_eq!(w.segment("ZZ", &values), Ok(()));
            let kept = row.iter().rposition(|v| !v.is_empty()).map_or(0, |n| n + 1);
            expected.push(row[..kept].to_vec());
        }
        let (mut found, mut findings) = (Vec::new(), Findings::default());
        let mut segments = Segments::new(w.as_bytes(), D, Start::FILE);
        while let Some(s) = segments.next(&mut findings) {
            found.push((1..=s.len()).map(|n| String::from_utf8_lossy(s.element(n)).into_owned()).collect::<Vec<_>>());
        }
        prop_assert_eq!(found, expected);
        prop_assert!(findings.is_empty());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(prop_oneof![3 => prop::sample::select(b"*~>\r\nISATEG ".to_vec()), 1 => any::<u8>()], 0..400), with_isa: bool) {
        let bytes = if with_isa { header(D, &bytes) } else { bytes };
        let (mut findings, mut last) = (Findings::default(), 0);
        let mut segments = Segments::new(&bytes, D, Start::FILE);
        while let Some(s) = segments.next(&mut findings) {
            prop_assert!(s.byte >= last && s.element_position(3).byte <= bytes.len() as u64);
            prop_assert!(bytes[s.byte as usize..].starts_with(s.raw()));
            last = s.byte + s.raw().len() as u64;
        }
        prop_assert_eq!(segments.position().byte, bytes.len() as u64);
    }
}
