//! Bad tables (`C…`) and bad encodings (`E…`) through the binary: every case ends with its code, never in silence.
//! A case without a code is read without an error.

use std::fs;

use super::support::{Space, check, convert, root};

const STOCK: &str = "consign/inventory-csv";
const HEAD: &str = "as_of,location,sku,gtin,description,on_hand,available,committed,incoming,unit\n";
const ROW: &str = "2026-03-09T06:00:00Z,WH-1,MUG,,Mug,144,120,24,0,EA\n";

fn stock(rows: &str) -> Vec<u8> {
    format!("{HEAD}{rows}").into_bytes()
}

#[test]
fn c_tables_that_are_cut_or_broken() {
    let many = ROW.repeat(40);
    let short = ROW.replace(",EA", "");
    check(
        STOCK,
        &[
            ("C01", Vec::new(), true, "FILE_EMPTY"),
            ("C02 mark", b"\xEF\xBB\xBF".to_vec(), true, "NO_RECORDS"),
            ("C02 newlines", b"\n\n\n".to_vec(), true, "NO_RECORDS"),
            ("C02 header", stock(""), true, "NO_RECORDS"),
            ("C03 long", stock(&format!("\"{}", ROW.repeat(80_000))), true, "CSV_OPEN_QUOTE"),
            ("C03", stock(&format!("\"{ROW}")), true, "CSV_OPEN_QUOTE"),
            ("C04", stock(&format!("\"{many}\",{ROW}")), true, "CSV_QUOTE_SPANS_ROWS"),
            ("C05", stock(&ROW.replace("Mug", "\"x\"yz")), true, "CSV_TEXT_AFTER_QUOTE"),
            ("C06", stock(&ROW.replace("Mug", "x\"y")), true, "CSV_BARE_QUOTE"),
            ("C07", stock(&format!("{many}{short}")), true, "CSV_FIELD_COUNT"),
            ("C07 many", stock(&short.repeat(3)), true, "CSV_STRUCTURE"),
            ("C08", stock(&format!("{many}{}", ROW.replace(",EA", ",EA,9"))), true, "CSV_FIELD_COUNT"),
            ("C09", stock(&ROW.replace("144", "12 EA")), true, "VALUE_INVALID"),
            ("C10", stock(ROW).iter().map(|b| if *b == b',' { b';' } else { *b }).collect(), true, "CSV_DELIMITER"),
            ("C12", stock(ROW.trim_end()), true, "CSV_NO_FINAL_NEWLINE"),
        ],
    );
}

#[test]
fn c_headers_and_odd_bytes() {
    let (many, words) = (ROW.repeat(40), ROW.replace("144,120", "n/a,n/a"));
    let with = |from: &str, to: &str| format!("{HEAD}{ROW}").replace(from, to).into_bytes();
    check(
        STOCK,
        &[
            ("C15", with("gtin,", "sku,"), true, "CSV_HEADER_DUPLICATE"),
            ("C16", with("on_hand", "onhand"), true, "CSV_HEADER_MISSING"),
            ("C18", "sku,location,as_of,on_hand\nMUG,WH-1,2026-03-09T06:00:00Z,5\n".into(), false, ""),
            ("C18 no header", ROW.into(), true, "CSV_STRUCTURE"),
            ("C19", format!("{}{HEAD}{ROW}", "Report\n".repeat(30)).into_bytes(), true, "CSV_STRUCTURE"),
            ("C19 preamble", format!("Report\nof March\n{HEAD}{ROW}").into_bytes(), true, "CSV_STRUCTURE"),
            ("C19 blank rows above", format!("\n,,\n{HEAD}{ROW}").into_bytes(), false, ""),
            ("C19 second header", format!("{HEAD}{ROW}{HEAD}{ROW}").into_bytes(), true, "CSV_STRUCTURE"),
            ("C19 two rows of header", format!("{HEAD}{HEAD}{ROW}").into_bytes(), true, "CSV_STRUCTURE"),
            ("C19 second table", format!("{HEAD}{ROW}sku,price\nA,1\nB,2\n").into_bytes(), true, "CSV_STRUCTURE"),
            (
                "C19 second header of other words",
                stock(&format!("{ROW}stand,lager,artikel,,name,bestand,frei,belegt,,me\n{ROW}")),
                true,
                "CSV_STRUCTURE",
            ),
            ("C19 no second header", stock(&format!("{many}{words}")), true, "VALUE_INVALID"),
            ("C20", format!("sep=,\n{HEAD}{ROW}").into_bytes(), false, ""),
            ("C20 other", format!("sep=;\n{HEAD}{ROW}").into_bytes(), true, "CSV_DELIMITER"),
            ("C21", with("Mug", "M\0g"), true, "CONTROL_CHAR"),
            ("C21 header", with("unit\n", "unit\0\n"), true, "CONTROL_CHAR"),
            ("C22", with("Mug", &"x".repeat(70_000)), true, "FIELD_TOO_LONG"),
            ("C22 64 MiB quoted", with("Mug", &format!("\"{}\"", "x".repeat(64 << 20))), true, "FIELD_TOO_LONG"),
            ("C22 open", with("Mug", &format!("\"{}", "x".repeat(3 << 20))), true, "FIELD_TOO_LONG"),
            ("C22 quoted", with("Mug", &format!("\"{}\"", "x".repeat(70_000))), true, "FIELD_TOO_LONG"),
            ("C23", "c,".repeat(200_000).into_bytes(), true, "TOO_MANY_FIELDS"),
            ("C25", format!("{HEAD}{}{ROW}", ROW.replace('\n', "\r\n")).into_bytes(), false, "LINE_ENDINGS_MIXED"),
            ("C25 lone CR", format!("{HEAD}{}", ROW.repeat(2)).replace('\n', "\r").into_bytes(), false, ""),
            (
                "C25 CR and LF",
                format!("{HEAD}{}{ROW}", ROW.replace('\n', "\r")).into_bytes(),
                false,
                "LINE_ENDINGS_MIXED",
            ),
            ("C26", format!("{HEAD}{ROW}\x1a").into_bytes(), false, "END_OF_FILE_MARK"),
            ("blank rows", format!("{HEAD}{ROW},,,,,,,,,\n").into_bytes(), false, "FOOTER_SKIPPED"),
        ],
    );
}

#[test]
fn c27_c28_formulas_and_odd_texts_pass_unchanged() {
    let zalgo = format!("a{}", "\u{301}".repeat(10_000));
    let texts = ["=HYPERLINK(1)", "+1", "-x", "@SUM", "<svg onload=1>", "\u{202e}abc", "Ω≈ç√", "'; DROP TABLE x"];
    // C25: a lone CR in a quoted value; C27: what a spreadsheet takes for blanks; E07; E12.
    let odd = ["a\rb", "\t=1+1", "\r=1", "a\u{2028}b\u{85}c", "=1\"+1", &zalgo];
    for text in texts.into_iter().chain(odd) {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        let ran = convert(&stock(&ROW.replace("Mug", &quoted)), STOCK);
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            document["lines"][0]["description"].as_str().or(document["lines"][0]["other"]["description"].as_str()),
            Some(text)
        );
    }
}

#[test]
fn e_encodings() {
    let text = String::from_utf8(stock(ROW)).unwrap();
    let bytes = |value: &[u8]| {
        let at = text.find("Mug").unwrap();
        [&text.as_bytes()[..at], value, &text.as_bytes()[at + 3..]].concat()
    };
    let wide = |mark: bool| {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    check(
        STOCK,
        &[
            ("E01 overlong", bytes(b"\xC0\xAF"), true, "ENCODING_INVALID"),
            ("E01 surrogate", bytes(b"\xED\xA0\x80"), true, "ENCODING_INVALID"),
            ("E02", bytes(b"M\xFCller"), true, "ENCODING_INVALID"),
            ("E03", wide(true), true, "ENCODING_UNSUPPORTED"),
            ("E03 no mark", wide(false), true, "ENCODING_UNSUPPORTED"),
            ("E04", format!("\u{feff}{text}").into_bytes(), false, ""),
            ("E04 middle", bytes("\u{feff}M".as_bytes()), false, "BYTE_ORDER_MARK"),
            ("E06", bytes("MÃ¼ller".as_bytes()), false, "MOJIBAKE_SUSPECT"),
            ("E07", text.replace(",144,", ",\u{a0}144 ,").into_bytes(), false, ""),
            ("E07 C1", text.replace(",144,", ",\u{85}144,").into_bytes(), true, "VALUE_INVALID"),
            ("E07 separator", text.replace(",144,", ",144\u{2028},").into_bytes(), true, "VALUE_INVALID"),
            ("E07 mark", text.replace(",144,", ",\u{feff}144,").into_bytes(), true, "VALUE_INVALID"),
            ("E07 inside", text.replace(",144,", ",1\u{a0}44,").into_bytes(), true, "VALUE_INVALID"),
            ("E08 Arabic", text.replace(",144,", ",١٤٤,").into_bytes(), true, "VALUE_INVALID"),
            ("E12", bytes(format!("a{}", "\u{301}".repeat(40_000)).as_bytes()), true, "FIELD_TOO_LONG"),
            ("E08", text.replace(",144,", ",１４４,").into_bytes(), true, "VALUE_INVALID"),
            ("E11", bytes(b"+AGEAYgBj-"), false, ""),
        ],
    );
}

#[test]
fn a_file_that_carries_no_lines_says_so() {
    let grid = fs::read(root().join("fixtures/11_magento_orders-grid/input.csv")).unwrap();
    check("magento/orders-grid", &[("header only", grid, false, "NO_LINES_IN_LAYOUT")]);
}

#[test]
fn c27_names_are_harmless_in_the_report_for_people() {
    for name in ["=1+1.csv", "+1.csv", "-1.csv", "@SUM.csv", "\t=1.csv", "\r=1.csv"] {
        let space = Space::new();
        space.write(&format!("in/stock/{name}"), &stock(ROW));
        space.run(&["run"]);
        let report = space.run(&["report", "balance", "--format", "csv"]).out;
        let cell = report.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
        assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell:?}");
        assert!(cell.contains(".csv"), "{name}: {cell}");
    }
}
