//! Segments, elements and components with their places.

use super::super::Level;
use super::*;
use crate::document::Findings;
use crate::limits::{SEGMENT_BYTES, SEGMENT_ELEMENTS};
use crate::syntax::segment::Start;

/// Each segment as `TAG|element|…@byte:line:column#number`, then the findings as `CODE@byte`.
fn read(text: &str) -> Vec<String> {
    let (mut findings, mut all) = (Findings::default(), Vec::new());
    let mut segments = Segments::new(text.as_bytes(), Syntax::of(Level::A, 3), Start::FILE);
    while let Some(segment) = segments.next(&mut findings) {
        let parts: Vec<_> = (0..=segment.len()).map(|n| String::from_utf8_lossy(segment.element(n))).collect();
        all.push(format!(
            "{}@{}:{}:{}#{}",
            parts.join("|"),
            segment.byte,
            segment.line,
            segment.column,
            segment.number
        ));
    }
    all.extend(findings.kept().iter().map(|f| format!("{}@{}", f.code.as_str(), f.at.byte)));
    all
}

macro_rules! cases {
    ($($name:ident: $text:expr => [$($expected:expr),*];)*) => {
        $(#[test] fn $name() { assert_eq!(read($text), Vec::<String>::from([$(String::from($expected)),*])); })*
    };
}

cases! {
    nothing: "" => [];
    one: "BGM+220+A:B'" => ["BGM|220|A:B@0:1:1#0"];
    released: "FTX+a?+b?'c+??'DTM+1'" => ["FTX|a?+b?'c|??@0:1:1#0", "DTM|1@15:1:16#0"];
    numbered: "UNB+UNOA:3'\r\nUNH+1'\nBGM'\nUNT+3+1'UNZ'" => [
        "UNB|UNOA:3@0:1:1#0", "UNH|1@13:2:1#1", "BGM@20:3:1#2", "UNT|3|1@25:4:1#3", "UNZ@33:4:9#0"
    ];
    wrapped: "BGM+2\r\n20+A'" => ["BGM|220|A@0:1:1#0"];
    wrapped_at_a_release: "FTX+a?\n'b'DTM'" => ["FTX|a?'b@0:1:1#0", "DTM@10:2:4#0"];
    own_separators: "UNA|*,\\ ~UNB*UNOC|3*S~BGM*1|2\\~~" => ["UNB|UNOC|3|S@9:1:10#0", "BGM|1|2\\~@22:1:23#0"];
    defaults_come_back: "UNA|*,\\ ~UNB*UNOC|3~UNB+UNOC:3'" => ["UNB|UNOC|3@9:1:10#0", "UNB|UNOC:3@20:1:21#0"];
    cut: "BGM+22" => ["BGM|22@0:1:1#0", "FILE_TRUNCATED@0"];
    cut_behind_a_release: "BGM+22?" => ["BGM|22?@0:1:1#0", "EDIFACT_RELEASE@0"];
    end_of_file_mark: "BGM+22'\u{1A}" => ["BGM|22@0:1:1#0", "END_OF_FILE_MARK@7"];
    broken_una: "UNA:+. 'UNB+UNOA:3'BGM'" => ["EDIFACT_UNA@0"];
    broken_una_then_a_sound_one: "UNA:+. 'UNB+UNOA:3'BGM'UNB+UNOB:3'" => ["UNB|UNOB:3@23:1:24#0", "EDIFACT_UNA@0"];
    broken_unb: "UNB|UNOA'BGM'" => ["EDIFACT_NO_UNB@0"];
}

#[test]
fn components_and_their_places() {
    let text = b"NAD+BY+54?:1::9'";
    let mut segments = Segments::new(text, Syntax::of(Level::A, 3), Start::FILE);
    let segment = segments.next(&mut Findings::default()).unwrap();
    assert_eq!(segment.component(2, 1), b"54?:1");
    assert_eq!(
        (segment.component(2, 2), segment.component(2, 3), segment.component(9, 1)),
        (&b""[..], &b"9"[..], &b""[..])
    );
    let at = |n, c| segment.component_position(n, c);
    assert_eq!((at(2, 3).byte, at(2, 3).column, at(2, 3).field), (14, 15, "NAD.2.3".to_owned()));
    assert_eq!(at(5, 1).byte, 15);
    let wrapped = b"NAD+B\nY+54'";
    let mut segments = Segments::new(wrapped, Syntax::of(Level::A, 3), Start::FILE);
    let segment = segments.next(&mut Findings::default()).unwrap();
    let at = segment.element_position(2);
    assert_eq!((at.byte, at.line, at.column), (8, 2, 3));
}

#[test]
fn repetitions_of_syntax_4() {
    let mut segments = Segments::new(b"QTY+1:2*3:4'", Syntax::of(Level::A, 4), Start::FILE);
    let segment = segments.next(&mut Findings::default()).unwrap();
    let all: Vec<_> = segment.dialect().repetitions(segment.element(1)).collect();
    assert_eq!(all, [&b"1:2"[..], b"3:4"]);
    assert_eq!(segment.component(1, 2), b"2");
}

#[test]
fn what_is_too_long_is_told() {
    let long = format!("FTX+{}'BGM'", "X".repeat(SEGMENT_BYTES));
    assert_eq!(
        read(&long),
        [format!("BGM@{}:1:{}#0", long.len() - 4, long.len() - 3), "EDIFACT_SEGMENT_TOO_LONG@0".into()]
    );
    let wide = format!("FTX{}'", "+".repeat(SEGMENT_ELEMENTS + 1));
    assert_eq!(read(&wide).last().map(String::as_str), Some("EDIFACT_SEGMENT_TOO_LONG@0"));
}
