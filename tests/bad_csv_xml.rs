//! Bad tables, bad XML and bad encodings through the binary: every case ends with its code, never in silence.
//! A case without a code is read without an error.

use std::fmt::Write;
use std::fs;

use super::support::{Ran, root, run};

const STOCK: &str = "consign/inventory-csv";
const ORDERS: &str = "consign/orders-xml";
const HEAD: &str = "as_of,location,sku,gtin,description,on_hand,available,committed,incoming,unit\n";
const ROW: &str = "2026-03-09T06:00:00Z,WH-1,MUG,,Mug,144,120,24,0,EA\n";

/// Converts bytes to JSON.
fn convert(bytes: &[u8], layout: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, bytes).unwrap();
    run(&["convert", path.to_str().unwrap(), "--from", layout, "--to", "json"])
}

/// Each case: its name, the bytes, whether it is stopped, and the code it must have; none when it is sound.
fn check(layout: &str, cases: &[(&str, Vec<u8>, bool, &str)]) {
    let mut wrong = String::new();
    for (name, bytes, stopped, code) in cases {
        let ran = convert(bytes, layout);
        let told = match *code {
            "" => !ran.err.contains("error[") && ran.out.contains("\"lines\":[{"),
            code => ran.err.contains(&format!("[{code}]")),
        };
        if ran.code != Some(i32::from(*stopped)) || !told || ran.err.contains("panicked") {
            let _ = writeln!(wrong, "{name}: {:?} instead of {code}: {:.400}", ran.code, ran.err);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

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
    let with = |from: &str, to: &str| format!("{HEAD}{ROW}").replace(from, to).into_bytes();
    check(
        STOCK,
        &[
            ("C15", with("gtin,", "sku,"), true, "CSV_HEADER_DUPLICATE"),
            ("C16", with("on_hand", "onhand"), true, "CSV_HEADER_MISSING"),
            ("C18", "sku,location,as_of,on_hand\nMUG,WH-1,2026-03-09T06:00:00Z,5\n".into(), false, ""),
            ("C18 no header", ROW.into(), true, "CSV_STRUCTURE"),
            ("C19", format!("{}{HEAD}{ROW}", "Report\n".repeat(30)).into_bytes(), true, "CSV_STRUCTURE"),
            ("C20", format!("sep=,\n{HEAD}{ROW}").into_bytes(), false, ""),
            ("C20 other", format!("sep=;\n{HEAD}{ROW}").into_bytes(), true, "CSV_DELIMITER"),
            ("C21", with("Mug", "M\0g"), true, "CONTROL_CHAR"),
            ("C21 header", with("unit\n", "unit\0\n"), true, "CONTROL_CHAR"),
            ("C22", with("Mug", &"x".repeat(70_000)), true, "FIELD_TOO_LONG"),
            ("C22 quoted", with("Mug", &format!("\"{}\"", "x".repeat(70_000))), true, "FIELD_TOO_LONG"),
            ("C23", "c,".repeat(200_000).into_bytes(), true, "TOO_MANY_FIELDS"),
            ("C25", format!("{HEAD}{}{ROW}", ROW.replace('\n', "\r\n")).into_bytes(), false, "LINE_ENDINGS_MIXED"),
            ("C26", format!("{HEAD}{ROW}\x1a").into_bytes(), false, "END_OF_FILE_MARK"),
            ("blank rows", format!("{HEAD}{ROW},,,,,,,,,\n").into_bytes(), false, "FOOTER_SKIPPED"),
        ],
    );
}

#[test]
fn c27_c28_formulas_and_odd_texts_pass_unchanged() {
    for text in ["=HYPERLINK(1)", "+1", "-x", "@SUM", "<svg onload=1>", "\u{202e}abc", "Ω≈ç√", "'; DROP TABLE x"]
    {
        let ran = convert(&stock(&ROW.replace("Mug", text)), STOCK);
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
            ("E08", text.replace(",144,", ",１４４,").into_bytes(), true, "VALUE_INVALID"),
            ("E11", bytes(b"+AGEAYgBj-"), false, ""),
        ],
    );
}

/// The sound file with something behind the start tag of its root.
fn orders(inside: &str) -> String {
    let text = fs::read_to_string(root().join("fixtures/17_consign_orders-xml/input.xml")).unwrap();
    let root = text.find("<orders").or_else(|| text.find("<Orders")).unwrap();
    let at = root + text[root..].find('>').unwrap() + 1;
    format!("{}{inside}{}", &text[..at], &text[at..])
}

fn declared(declaration: &str) -> String {
    let text = orders("");
    let body = text.find("?>").map_or(0, |at| at + 2);
    format!("{declaration}{}", &text[body..])
}

#[test]
fn x_what_could_reach_outside_is_refused_or_left_alone() {
    let doctype = |inside: &str| declared(&format!("<?xml version=\"1.0\"?><!DOCTYPE a{inside}>")).into_bytes();
    let laughs = "<!ENTITY x \"&y;&y;\">".repeat(500);
    check(
        ORDERS,
        &[
            ("X01", doctype(" [<!ENTITY x SYSTEM \"file:///etc/passwd\">]"), true, "XML_DOCTYPE"),
            ("X02", doctype(" [<!ENTITY % x SYSTEM \"http://192.0.2.1/x\"> %x;]"), true, "XML_DOCTYPE"),
            ("X03", doctype(&format!(" [{laughs}]")), true, "XML_DOCTYPE"),
            (
                "X04",
                declared("<?xml-stylesheet href=\"http://192.0.2.1/x\"?>").into_bytes(),
                false,
                "XML_REFERENCE_IGNORED",
            ),
            ("X05", doctype(""), true, "XML_DOCTYPE"),
            ("X06", orders("<n>&foo;</n>").into_bytes(), true, "XML_ENTITY"),
        ],
    );
}

#[test]
fn x_what_is_not_well_formed() {
    let sound = orders("");
    let case = |name, inside: &str| (name, orders(inside).into_bytes(), true, "XML_NOT_WELL_FORMED");
    let character = |name, inside: &str| (name, orders(inside).into_bytes(), true, "XML_CHAR");
    check(
        ORDERS,
        &[
            ("X07", sound.as_bytes()[..sound.len() / 2].to_vec(), true, "XML_TRUNCATED"),
            case("X08", "<a></b>"),
            ("X09", format!("{sound}<a/>").into_bytes(), true, "XML_NOT_WELL_FORMED"),
            ("X09 text", format!("{sound}text").into_bytes(), true, "XML_NOT_WELL_FORMED"),
            case("X10", "<n a=\"1\" a=\"2\"/>"),
            case("X11 attribute", "<n a=\"<\"/>"),
            case("X11 text", "<n>]]></n>"),
            case("X11 comment", "<!-- a -- b -->"),
            character("X12 zero", "<n>&#0;</n>"),
            character("X12 surrogate", "<n>&#xD800;</n>"),
            character("X12 beyond", "<n>&#x110000;</n>"),
            case("X13", "<1a/>"),
        ],
    );
}

#[test]
fn x_limits_declarations_and_other_documents() {
    let numbered = |prefix: &str, count: usize| (0..count).map(|n| format!(" {prefix}{n}=\"u\"")).collect::<String>();
    let long = "x".repeat(100_000);
    check(
        ORDERS,
        &[
            ("X14", orders(&"<a>".repeat(10_000)).into_bytes(), true, "XML_DEPTH"),
            ("X15", orders(&format!("<a{}/>", numbered("a", 5_000))).into_bytes(), true, "XML_ATTRS"),
            ("X16", orders(&format!("<a{}/>", numbered("xmlns:a", 3_000))).into_bytes(), true, "XML_ATTRS"),
            ("X17 text", orders(&format!("<n>{long}</n>")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X17 CDATA", orders(&format!("<n><![CDATA[{long}]]></n>")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X17 comment", orders(&format!("<!--{long}-->")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X17 PI", orders(&format!("<?pi {long}?>")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X18", declared("<?xml version=\"1.0\" encoding=\"UTF-16\"?>").into_bytes(), true, "ENCODING_MISMATCH"),
            ("X20", declared("<?xml version=\"1.1\"?>").into_bytes(), true, "XML_VERSION"),
            ("X21", b"<a/>".to_vec(), true, "XML_WRONG_DOCUMENT"),
        ],
    );
}

#[test]
fn a_file_that_carries_no_lines_says_so() {
    let grid = fs::read(root().join("fixtures/11_magento_orders-grid/input.csv")).unwrap();
    check("magento/orders-grid", &[("header only", grid, false, "NO_LINES_IN_LAYOUT")]);
}
