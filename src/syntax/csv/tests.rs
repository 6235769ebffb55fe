//! Cases of the reader; those of the writer and the guess stand beside them.

use super::*;
use crate::document::{Code, Findings};
use crate::limits;

#[test]
fn the_last_row_ends_at_a_line_break_outside_quotes() {
    let cases: &[(&str, Dialect, Option<usize>)] = &[
        ("", Dialect::COMMA, None),
        ("a,b", Dialect::COMMA, None),
        ("a,b\n", Dialect::COMMA, Some(4)),
        ("a,b\r\nc", Dialect::COMMA, Some(5)),
        ("a\n\"b\nc", Dialect::COMMA, Some(2)),
        ("a\n\"b\nc\"\nd", Dialect::COMMA, Some(8)),
        ("a\n\"b\"\"\nc\"\nd", Dialect::COMMA, Some(10)),
        ("a\n\"b\"\"\nc", Dialect::COMMA, Some(2)),
        ("\"a\nb\nc", Dialect::COMMA, None),
        ("a\rb\rc", Dialect::COMMA, Some(4)),
        ("a\rb\r", Dialect::COMMA, Some(2)),
        ("a\r\"b\rc\"", Dialect::COMMA, Some(2)),
        ("\r", Dialect::COMMA, None),
        ("5\" pipe\tx\n6\ty\n7", Dialect::TAB, Some(14)),
        ("a\rb\r", Dialect::TAB, Some(2)),
    ];
    for (text, dialect, end) in cases {
        assert_eq!(last_row_end(text.as_bytes(), *dialect), *end, "{text:?}");
    }
}

/// Reads to the end: the rows joined by `|` and `/`, and the findings.
fn read(text: &[u8], dialect: Dialect) -> (String, Findings) {
    let (mut row, mut findings, mut out) = (Row::default(), Findings::default(), Vec::new());
    let mut rows = Rows::new(text, dialect, Start::default());
    while rows.read(&mut row, &mut findings) {
        let fields: Vec<_> = row.iter().map(String::from_utf8_lossy).collect();
        out.push(fields.join("|"));
    }
    assert!(!rows.read(&mut row, &mut findings), "a reader at its end stays there");
    (out.join("/"), findings)
}

/// One case: the rows read, and each finding as `CODE line:column byte record`.
fn check(case: &str, text: &str, dialect: Dialect, rows: &str, expected: &[&str]) {
    let (got, findings) = read(text.as_bytes(), dialect);
    let got_findings: Vec<String> = findings
        .kept()
        .iter()
        .map(|f| format!("{} {}:{} @{} #{}", f.code, f.at.line, f.at.column, f.at.byte, f.at.record))
        .collect();
    assert_eq!((got.as_str(), got_findings), (rows, expected.iter().map(ToString::to_string).collect()), "{case}");
}

macro_rules! cases {
    ($($test:ident: $dialect:ident $text:expr => $rows:expr $(, $finding:literal)*;)*) => {
        $(#[test]
        fn $test() {
            check(stringify!($test), $text, Dialect::$dialect, $rows, &[$($finding),*]);
        })*
    };
}

cases! {
    plain: COMMA "a,b\n1,2\n" => "a|b/1|2";
    no_final_newline: COMMA "a,b\n1,2" => "a|b/1|2";
    quotes_are_taken_off: COMMA "a,\"b\"\n\"1,\"\"x\"\"\",\"\"\n" => "a|b/1,\"x\"|";
    blank_lines_are_no_rows: COMMA "\n\na\n\n\nb\n" => "a/b";
    blank_rows_are_rows: COMMA "a,b\n,\n\"\"\n" => "a|b/|/";
    no_quoting_takes_quotes_as_data: TAB "5\" pipe\t\"x\n\"y\tz\n" => "5\" pipe|\"x/\"y|z";
    c01_nothing: COMMA "" => "";
    c02_only_line_breaks: COMMA "\n\n\n" => "";
    c03_open_quote: COMMA "a,b\n1,2\n3,\"4\n5,6\n" => "a|b/1|2", "CSV_OPEN_QUOTE 3:3 @10 #3";
    c03_open_quote_at_the_end: COMMA "a,\"" => "", "CSV_OPEN_QUOTE 1:3 @2 #1";
    c04_one_row_swallowed_whole: COMMA "a,b,c,d\n1,\"2,3,4\n5,6,7,8\n9,1\",2,3\n" => "a|b|c|d", "CSV_QUOTE_SPANS_ROWS 2:3 @10 #2";
    c04_two_halves_of_rows: COMMA "a,b,c\n1,\"abc,2\n3,def\",4\n" => "a|b|c", "CSV_QUOTE_SPANS_ROWS 2:3 @8 #2";
    c04_stray_quote_meets_a_quoted_value: COMMA "a,b,c\n1,\"abc,2\n3,\"def\",4\n" => "a|b|c", "CSV_QUOTE_SPANS_ROWS 2:3 @8 #2";
    c04_two_columns_three_rows: COMMA "a,b\n\"x,1\ny,2\nz,3\nu,4\nv,5\",6\n" => "a|b", "CSV_QUOTE_SPANS_ROWS 2:1 @4 #2";
    c04_in_the_first_row: COMMA "1,\"2,3,4\n5,6,7,8\n9,1\",2,3\n" => "", "CSV_QUOTE_SPANS_ROWS 1:3 @2 #1";
    c04_note_of_two_lines: COMMA "a,b,c\n1,\"Ring twice\nthen knock\",2\n" => "a|b|c/1|Ring twice\nthen knock|2";
    c04_note_with_commas: COMMA "a,b,c\n1,\"Hi, there, you\nred, green, blue\nbye, now\",2\n" => "a|b|c/1|Hi, there, you\nred, green, blue\nbye, now|2";
    c04_note_in_the_first_column: COMMA "a,b,c,d\n\"x\ny\",2,3,4\n" => "a|b|c|d/x\ny|2|3|4";
    c04_note_in_the_last_column: COMMA "a,b,c,d\n1,2,3,\"x\ny\n\"\n" => "a|b|c|d/1|2|3|x\ny\n";
    c04_notes_in_both: COMMA "a,b,c,d\n\"x\ny\",2,3,\"x\ny\"\n" => "a|b|c|d/x\ny|2|3|x\ny";
    c05_text_after_quote: COMMA "a,b\n\"x\"yz,1\n" => "a|b", "CSV_TEXT_AFTER_QUOTE 2:4 @7 #2";
    c05_blank_after_quote: COMMA "\"x\" ,1\n" => "", "CSV_TEXT_AFTER_QUOTE 1:4 @3 #1";
    c06_bare_quote: COMMA "a,b\n1,x\"y\n" => "a|b", "CSV_BARE_QUOTE 2:4 @7 #2";
    c06_blank_before_quote: COMMA "a, \"b\"\n" => "", "CSV_BARE_QUOTE 1:4 @3 #1";
    c07_c08_counts_are_the_layouts_business: COMMA "a,b\n1\n1,2,3\n" => "a|b/1/1|2|3";
    c21_nul: COMMA "a,b\n1,\0\n2,3\n" => "a|b", "CONTROL_CHAR 2:3 @6 #2";
    c21_nul_in_quotes: COMMA "a,\"\0\"\n" => "", "CONTROL_CHAR 1:4 @3 #1";
    c25_lf_then_crlf: COMMA "a\nb\r\nc\n" => "a/b/c", "LINE_ENDINGS_MIXED 2:0 @2 #2";
    c25_lone_cr: COMMA "a,b\r1,2\r" => "a|b/1|2";
    c25_all_three: COMMA "a\rb\nc\r\n" => "a/b/c", "LINE_ENDINGS_MIXED 2:0 @2 #2";
    c25_cr_in_quotes_is_kept: COMMA "a,\"b\rc\"\nd,e\n" => "a|b\rc/d|e";
    c25_crlf_in_quotes_is_no_mixture: COMMA "a,\"b\r\nc\"\nd,e\n" => "a|b\r\nc/d|e";
    c26_ctrl_z_on_its_own_line: COMMA "a\r\nb\r\n\x1A" => "a/b", "END_OF_FILE_MARK 3:0 @6 #0";
    c26_ctrl_z_after_the_last_value: COMMA "a\x1A" => "a", "END_OF_FILE_MARK 1:0 @1 #0";
    c26_only_one_and_only_at_the_end: COMMA "a\x1Ab\n\x1A\x1A" => "a\x1Ab/\x1A", "END_OF_FILE_MARK 2:0 @5 #0";
    e04_mark_in_the_middle_is_data: COMMA "\u{FEFF}a,b\n" => "\u{FEFF}a|b";
    e04_mark_before_a_quote: COMMA "\u{FEFF}\"a\",b\n" => "", "CSV_BARE_QUOTE 1:4 @3 #1";
    e11_utf7_is_text: COMMA "+AGE-,\x1b$B\n" => "+AGE-|\x1b$B";
}

fn code_of(text: &[u8], dialect: Dialect) -> Option<Code> {
    read(text, dialect).1.kept().first().map(|finding| finding.code)
}

#[test]
fn c04_line_breaks_in_a_value_are_limited() {
    let text = |breaks: usize| format!("a,b\n1,\"{}\"\n", "x\n".repeat(breaks));
    assert_eq!(code_of(text(limits::FIELD_LINE_BREAKS).as_bytes(), Dialect::COMMA), None);
    assert_eq!(code_of(text(limits::FIELD_LINE_BREAKS + 1).as_bytes(), Dialect::COMMA), Some(Code::CsvQuoteSpansRows));
}

#[test]
fn c22_values_are_limited() {
    let limit = limits::FIELD_BYTES;
    let cases = [
        (format!("{},b\n", "x".repeat(limit)), None),
        (format!("{},b\n", "x".repeat(limit + 1)), Some(Code::FieldTooLong)),
        (format!("\"{}\",b\n", "x".repeat(limit)), None),
        (format!("\"{}\",b\n", "x".repeat(limit + 1)), Some(Code::FieldTooLong)),
        (format!("a,\"b\",{}", "x".repeat(limit + 1)), Some(Code::FieldTooLong)),
        (format!("a,{}", "x".repeat(64 << 20)), Some(Code::FieldTooLong)),
        (format!("a,\"{}\"", "x".repeat(64 << 20)), Some(Code::FieldTooLong)),
    ];
    for (text, code) in &cases {
        assert_eq!(code_of(text.as_bytes(), Dialect::COMMA), *code, "{} bytes", text.len());
    }
    let text = format!("{}\tb\n", "\"".repeat(limit + 1));
    assert_eq!(code_of(text.as_bytes(), Dialect::TAB), Some(Code::FieldTooLong));
}

#[test]
fn c23_columns_are_limited() {
    let limit = limits::ROW_FIELDS;
    let cases = [
        (",".repeat(limit - 1), None),
        (",".repeat(limit), Some(Code::TooManyFields)),
        (format!("\"\"{}", ",".repeat(limit)), Some(Code::TooManyFields)),
        ("0123456789abcdefg,".repeat(limit), Some(Code::TooManyFields)),
        ("0123456789abcdefg,".repeat(limit - 1), None),
        (",".repeat(20_000_000), Some(Code::TooManyFields)),
    ];
    for (text, code) in &cases {
        assert_eq!(code_of(text.as_bytes(), Dialect::COMMA), *code, "{} bytes", text.len());
    }
}

#[test]
fn positions_are_those_of_the_file() {
    let text = b"\r\na,\"b\r\nc\"\r\n\r\nd,e\rf,g";
    let start = Start { byte: 100, line: 10, record: 5 };
    let (mut row, mut findings) = (Row::default(), Findings::default());
    let mut rows = Rows::new(text, Dialect::COMMA, start);
    let mut places = vec![rows.position()];
    let mut seen = Vec::new();
    while rows.read(&mut row, &mut findings) {
        seen.push((row.byte, row.line, row.number));
        places.push(rows.position());
    }
    let before: Vec<_> = places.iter().map(|place| (place.byte, place.line, place.record)).collect();
    assert_eq!(seen, [(102, 11, 5), (114, 14, 6), (118, 15, 7)]);
    assert_eq!(before, [(102, 11, 5), (114, 14, 6), (118, 15, 7), (121, 15, 8)]);
}

#[test]
fn c12_the_final_newline_is_told() {
    let cases: &[(&str, bool)] =
        &[("", true), ("a", false), ("a\n", true), ("a\r\n", true), ("a\r", true), ("a\n\x1A", true), ("a\x1A", false)];
    for (text, ended) in cases {
        assert_eq!(
            Rows::new(text.as_bytes(), Dialect::COMMA, Start::default()).ended_with_newline(),
            *ended,
            "{text:?}"
        );
    }
}

#[test]
fn blank_rows_are_told() {
    let (mut row, mut findings) = (Row::default(), Findings::default());
    let mut rows = Rows::new(b",,\n,1\n", Dialect::COMMA, Start::default());
    assert!(rows.read(&mut row, &mut findings));
    assert_eq!((row.is_blank(), row.len(), row.get(2), row.get(3)), (true, 3, Some(&b""[..]), None));
    assert!(rows.read(&mut row, &mut findings));
    assert_eq!((row.is_blank(), row.get(1)), (false, Some(&b"1"[..])));
}

#[test]
fn known_columns_find_rows_swallowed_by_the_first_row() {
    let text = b"1,\"2\n5,6,7,8\n9\",3,4,5\n";
    let (mut row, mut findings) = (Row::default(), Findings::default());
    assert!(!Rows::new(text, Dialect::COMMA, Start::default()).with_columns(4).read(&mut row, &mut findings));
    assert_eq!(findings.kept()[0].code, Code::CsvQuoteSpansRows);
}

proptest::proptest! {
    /// Whatever the bytes: no panic, positions go up, and cutting at row ends changes no row.
    #[test]
    fn any_text_reads_the_same_in_slices(text in "[ab,\"\n\r\u{FEFF}\0]{0,60}", cut in 0_usize..60) {
        let whole = rows_of(text.as_bytes(), Start::default());
        let head = text.as_bytes().get(..cut).and_then(|head| last_row_end(head, Dialect::COMMA)).unwrap_or(0);
        let (first, rest) = text.as_bytes().split_at(head);
        let (mut rows, next, sound) = rows_of(first, Start::default());
        if sound {
            let start = Start { byte: head as u64, ..next };
            rows.extend(rows_of(rest, start).0);
        }
        // The rows swallowed by a quote are judged by the rows before, which a slice does not know.
        if whole.2 {
            proptest::prop_assert_eq!(rows, whole.0);
        }
    }
}

/// Byte, line and number of a row, and its values.
type Placed = ((u64, u64, u64), Vec<Vec<u8>>);

fn rows_of(bytes: &[u8], start: Start) -> (Vec<Placed>, Start, bool) {
    let (mut row, mut findings, mut all) = (Row::default(), Findings::default(), Vec::new());
    let mut rows = Rows::new(bytes, Dialect::COMMA, start);
    while rows.read(&mut row, &mut findings) {
        all.push(((row.byte, row.line, row.number), row.iter().map(<[u8]>::to_vec).collect()));
    }
    (all, rows.position(), findings.file_effect().is_none())
}
