//! Every finding code is produced by a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::support::{Space, demo, files, root, run};

/// Ours, and the definition of the codes: naming a code there is no test of it.
const NOT_SCANNED: [&str; 2] = ["tests/codes.rs", "src/document/code.rs"];

/// Every test there is, as text: `tests`, the expectations of `fixtures`, and the test parts of `src`.
fn tests() -> String {
    let mut text = String::new();
    for folder in ["tests", "fixtures", "src"] {
        for path in files(&root().join(folder)).into_iter().filter(|path| is_scanned(path)) {
            let all = fs::read_to_string(&path).unwrap();
            let is_test = folder != "src"
                || path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
            let start = if is_test { Some(0) } else { all.find("#[cfg(test)]") };
            text.push_str(start.map_or("", |start| &all[start..]));
        }
    }
    text
}

fn is_scanned(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs" || ending == "toml")
        && !NOT_SCANNED.iter().any(|name| path.ends_with(name))
}

/// `FILE_EMPTY` as the program's source names it, such as `FileEmpty`.
fn rust_name(code: &str) -> String {
    let source = fs::read_to_string(root().join("src/document/code.rs")).unwrap();
    let before = &source[..source.find(&format!(" \"{code}\" ")).unwrap()];
    before.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn every_code_is_produced_by_a_test() {
    let text = tests();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let produced: BTreeSet<&str> =
        PRODUCED.iter().map(|case| case.0).chain(IN_A_WORKSPACE.iter().map(|case| case.0)).collect();
    let codes = run(&["codes"]).out;
    let names = codes.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let missing: Vec<&str> = names
        .filter(|code| !words.contains(code) && !words.contains(rust_name(code).as_str()) && !produced.contains(code))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "the codes that no test produces");
}

/// A sound file of the demo, what is changed in it, and the code that it must then have.
const PRODUCED: [(&str, &str, &str, &str); 36] = [
    ("X12_NO_ISA", "purchase-orders.x12", "ISA*00", "ASI*00"),
    ("X12_ISA_LENGTH", "purchase-orders.x12", "*ZZ*BIGSTORE       *", "*ZZ*BIGSTORE*"),
    ("X12_DELIMITERS", "purchase-orders.x12", "*P*>~", "*P*A~"),
    ("X12_INTERCHANGE_CONTROL", "purchase-orders.x12", "IEA*1*000000101", "IEA*1*000000102"),
    ("X12_GROUP_COUNT", "purchase-orders.x12", "IEA*1", "IEA*2"),
    ("X12_GROUP_CONTROL", "purchase-orders.x12", "GE*2*101", "GE*2*102"),
    ("X12_SET_COUNT", "purchase-orders.x12", "GE*2", "GE*3"),
    ("X12_NO_GE", "purchase-orders.x12", "GE*2*101~\n", ""),
    ("X12_SET_CONTROL", "purchase-orders.x12", "SE*11*0001", "SE*11*0009"),
    ("X12_SEGMENT_COUNT", "purchase-orders.x12", "SE*11", "SE*12"),
    ("X12_NO_SE", "purchase-orders.x12", "SE*11*0001~\n", ""),
    ("X12_DUPLICATE_SET", "purchase-orders.x12", "ST*850*0002", "ST*850*0001"),
    ("X12_SET_UNEXPECTED", "purchase-orders.x12", "ST*850*0001", "ST*837*0001"),
    ("X12_RELEASE", "purchase-orders.x12", "*X*004010~", "*X*003010~"),
    ("X12_SEGMENT_MISSING", "purchase-orders.x12", "BEG*00*SA*PO-7001**20260304~\n", ""),
    ("X12_STRUCTURE", "purchase-orders.x12", "GE*2*101~\n", "GE*2*101~\nBEG*00~\n"),
    ("X12_TEST_INDICATOR", "purchase-orders.x12", "*0*P*>~", "*0*T*>~"),
    ("X12_SEGMENT_TOO_LONG", "purchase-orders.x12", "CUR*BY*USD~", "CUR*LONG~"),
    ("CONTROL_TOTAL", "purchase-orders.x12", "CTT*2*58", "CTT*3*58"),
    ("GTIN_CHECK_DIGIT", "purchase-orders.x12", "614141000012", "614141000013"),
    ("VALUE_UNMAPPED", "purchase-orders.x12", "BEG*00*SA", "BEG*77*SA"),
    (
        "LINES_MISSING",
        "orders.xml",
        "<line number=\"1\"><sku>TEA-BLACK</sku><quantity unit=\"ea\">4</quantity><unitPrice>5.75</unitPrice></line>",
        "",
    ),
    ("SKU_MISSING", "orders.xml", "<sku>TEA-BLACK</sku>", ""),
    ("FIELD_REPEATED", "orders.xml", "<currency>EUR</currency>", "<currency>EUR</currency><currency>USD</currency>"),
    ("XML_WRONG_DOCUMENT", "orders.xml", "<orders>", "<invoices><orders>"),
    ("XML_REFERENCE_IGNORED", "orders.xml", "<orders>", "<?xml-stylesheet href=\"http://example.com/x.xsl\"?><orders>"),
    ("ORDER_TOTAL", "orders.xml", "<total>302.50</total>", "<total>302.60</total>"),
    ("LINE_AMOUNT", "orders.xml", "<unitPrice>5.75</unitPrice>", "<unitPrice>5.75</unitPrice><amount>9.99</amount>"),
    ("TAX_INCLUDED", "orders.xml", "<totals><total>23.00</total>", "<totals><tax>3.67</tax><total>23.00</total>"),
    ("NO_RECORDS", "inventory.csv", "LINES", ""),
    ("CSV_NO_FINAL_NEWLINE", "inventory.csv", "CUT", ""),
    ("CONFLICTING_DOCUMENT", "orders.xml", "B2B-502", "B2B-501"),
    ("CSV_FIELD_COUNT", "inventory.csv", "MUG-RED,75,75", "MUG-RED,75,75,7"),
    ("CSV_HEADER_MISSING", "inventory.csv", "on_hand", "hand_on"),
    ("CSV_HEADER_DUPLICATE", "inventory.csv", "on_hand,available", "on_hand,on_hand"),
    ("CSV_STRUCTURE", "inventory.csv", "as_of,location,sku,on_hand,available", "a,b,c,d,e"),
];

fn layout(file: &str) -> &'static str {
    match file {
        "purchase-orders.x12" => "x12/850",
        "orders.xml" => "consign/orders-xml",
        _ => "consign/inventory-csv",
    }
}

/// The demo's file with the change; `LINES` are all lines but the header, `CUT` the last line break, `LONG` is more than a segment may have.
fn changed(file: &str, from: &str, to: &str) -> String {
    let text = String::from_utf8(demo(file)).unwrap();
    if from == "LINES" {
        return text.lines().next().unwrap().to_owned() + "\n";
    }
    if from == "CUT" {
        return text.trim_end().to_owned();
    }
    assert!(text.contains(from), "{from}");
    text.replacen(from, &to.replace("LONG", &"X".repeat(2 << 20)), 1)
}

#[test]
fn a_change_of_a_sound_file_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (code, file, from, to) in PRODUCED {
        let path = folder.path().join(code);
        fs::write(&path, changed(file, from, to)).unwrap();
        let ran = run(&["convert", path.to_str().unwrap(), "--from", layout(file), "--to", "json"]);
        if !ran.err.contains(&format!("[{code}]")) && !ran.out.contains(&format!("\"{code}\"")) {
            wrong.push(format!("{code}: exit {:?} {:.600} {:.300}", ran.code, ran.err, ran.out));
        }
        assert!(matches!(ran.code, Some(0 | 1)), "{code}: {}", ran.err);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type Prepared = (&'static str, fn(&Space));

/// What is done to a workspace before the run whose findings or notices must have the code.
const IN_A_WORKSPACE: [Prepared; 16] = [
    ("FORMAT_UNKNOWN", |space| space.write("in/b2b/x", b"what,is,this\n1,2,3\n")),
    ("LAYOUT_AMBIGUOUS", |space| {
        let layout = fs::read(root().join("schemas/layouts/consign/inventory-csv.toml")).unwrap();
        space.write("layouts/own/a.toml", &layout);
        space.write("layouts/own/b.toml", &layout);
        space.write("in/b2b/x.csv", &demo("inventory.csv"));
    }),
    ("MARKER_WITHOUT_FILE", |space| {
        configure(space, "[flows.b2b]", "[flows.b2b]\nmarker = \".done\"");
        space.write("in/b2b/x.csv.done", b"");
    }),
    ("ORPHAN_CLAIM", |space| {
        space.run(&["run"]);
        space.write(".consign/claim/999", b"x");
    }),
    ("OUT_NAME_TAKEN", |space| {
        space.write("in/stock/e.csv", &demo("inventory.csv"));
        let day = jiff::Timestamp::now().strftime("%Y%m%d").to_string();
        space.write(&format!("out/erp/stock-{day}-000001-1.csv"), b"theirs");
    }),
    ("DUPLICATE_CONTROL_NUMBER", |space| again(space, "bigstore", "purchase-orders.x12", "PO-7001", "PO-7009")),
    ("DUPLICATE_DOCUMENT", |space| again(space, "b2b", "orders.xml", "B2B-502", "B2B-509")),
    ("DUPLICATE_LINE", |space| {
        let text = String::from_utf8(demo("amazon-orders.txt")).unwrap();
        let last = text.lines().last().unwrap();
        space.write("in/amazon/x.txt", format!("{}\n{last}\n", text.trim_end()).as_bytes());
    }),
    ("UNIT_NOT_WHOLE", |space| pack(space, "1/5")),
    ("UNIT_INEXACT", |space| pack(space, "1/7")),
    ("CUSTOMER_UNKNOWN", |space| translate(space, "customer", "CAFE-1")),
    ("LOCATION_UNKNOWN", |space| translate(space, "location", "SHOP")),
    ("CARRIER_UNKNOWN", |space| translate(space, "carrier", "SLOW POST")),
    ("COMPANION_MISSING", |space| {
        configure(space, "consign/inventory-csv", "volusion/orders");
        configure(space, "erp/inventory-csv", "erp/orders-csv");
        let orders = fs::read(root().join("fixtures/09_volusion_orders/input.csv")).unwrap();
        space.write("in/stock/Orders.csv", &orders);
    }),
    ("LAYOUT_FIELD", |space| own_layout(space, "number = {", "nummer = {")),
    ("LAYOUT_BINDING", |space| own_layout(space, "values = \"action\"", "values = \"actoin\"")),
];

fn configure(space: &Space, from: &str, to: &str) {
    let config = fs::read_to_string(space.path("consign.toml")).unwrap();
    assert!(config.contains(from), "{from}");
    space.write("consign.toml", config.replacen(from, to, 1).as_bytes());
}

/// A file that came before, with a change.
fn again(space: &Space, flow: &str, file: &str, from: &str, to: &str) {
    space.write(&format!("in/{flow}/1"), &demo(file));
    space.run(&["run"]);
    space.write(&format!("in/{flow}/2"), changed(file, from, to).as_bytes());
}

/// Four of what the ERP counts in other packs.
fn pack(space: &Space, factor: &str) {
    space.write("crosswalk/sku.csv", format!("sku,item,unit,erp_unit,factor\nTEA-BLACK,1,ea,EA,{factor}\n").as_bytes());
    space.write("in/b2b/x.xml", &demo("orders.xml"));
}

/// A table that does not know what the order names.
fn translate(space: &Space, table: &str, known_no_more: &str) {
    space.write("crosswalk/case.csv", b"code,erp_code\nOTHER,1\n");
    configure(
        space,
        "customer = \"crosswalk/customer.csv\"\n[[flows.b2b",
        &format!("{table} = \"crosswalk/case.csv\"\n[[flows.b2b"),
    );
    let named = format!("<customer>CAFE-1</customer><{table}>{known_no_more}</{table}>");
    let named = if table == "customer" { "<customer>CAFE-1</customer>" } else { &named };
    space.write("in/b2b/x.xml", changed("orders.xml", "<customer>CAFE-1</customer>", named).as_bytes());
}

fn own_layout(space: &Space, from: &str, to: &str) {
    let layout = fs::read_to_string(root().join("schemas/layouts/consign/orders-xml.toml")).unwrap();
    assert!(layout.contains(from), "{from}");
    space.write("layouts/own/orders.toml", layout.replacen(from, to, 1).as_bytes());
}

#[test]
fn a_workspace_says_its_code() {
    let mut wrong = Vec::new();
    for (code, prepare) in IN_A_WORKSPACE {
        let space = Space::new();
        prepare(&space);
        let ran = space.run(&["run"]);
        let newest = space.run(&["status", "--json"]).out;
        let shown = space.run(&["show", "2", "--json"]).out + &space.run(&["show", "1", "--json"]).out;
        let said = ran.out + &ran.err + &newest + &shown;
        if !said.contains(code) {
            wrong.push(format!("{code}: {said:.1500}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
