//! X12 that is written: it agrees with the definitions and the envelope, and is read back as the same documents.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::edi_samples::check;
use super::support::{Ran, lines, root, run};

/// A file of the fixtures, the layout that is written, and how many sets it becomes.
const WRITTEN: &[(&str, &str, usize)] = &[
    ("18_consign_inventory-csv/input.csv", "x12/846", 1),
    ("20_erp_inventory-csv/input.csv", "x12/846", 1),
    ("40_x12_846/input.x12", "x12/846", 1),
    ("14_x12_850/input.x12", "x12/850", 3),
    ("01_shopify_orders/input.csv", "x12/850", 6),
    ("17_consign_orders-xml/input.xml", "x12/850", 3),
    ("47_x12_850-stores/input.x12", "x12/850", 1),
    ("48_x12_850-allowances/input.x12", "x12/850", 1),
    ("52_x12_850-stores-charges/input.x12", "x12/850", 1),
    ("48_x12_850-allowances/input.x12", "x12/855", 1),
    ("41_x12_855/input.x12", "x12/855", 2),
    ("42_x12_856/input.x12", "x12/856", 1),
    ("53_x12_856-tares/input.x12", "x12/856", 1),
    ("43_x12_945/input.x12", "x12/856", 1),
    ("44_x12_810/input.x12", "x12/810", 1),
    ("49_x12_810-allowances/input.x12", "x12/810", 1),
    ("50_x12_832/input.x12", "x12/832", 1),
    ("03_shopify_inventory/input.csv", "x12/846", 1),
    ("14_x12_850/input.x12", "x12/940", 3),
    ("48_x12_850-allowances/input.x12", "x12/940", 1),
    ("01_shopify_orders/input.csv", "x12/940", 6),
];

/// The sets that are only written.
const ONLY_WRITTEN: [&str; 1] = ["x12/940"];

fn write(from: &Path, to: &str, output: &Path) -> Ran {
    write_in(from, to, "", output)
}

/// The same in a release.
fn write_in(from: &Path, to: &str, release: &str, output: &Path) -> Ran {
    let envelope =
        ["--sender", "ZZ:ACME", "--receiver", "01:123456789", "--control", "77", "--date", "2026-03-09T06:00"];
    let mut arguments = vec!["convert", from.to_str().unwrap(), "--to", to, "--output", output.to_str().unwrap()];
    arguments.extend(envelope);
    if !release.is_empty() {
        arguments.extend(["--release", release]);
    }
    run(&arguments)
}

/// The documents of a file, without what only a file of X12 states.
fn documents(path: &Path) -> Vec<Value> {
    let ran = run(&["convert", path.to_str().unwrap(), "--to", "json"]);
    assert!(ran.code == Some(0), "{}: {}", path.display(), ran.err);
    assert!(!ran.err.contains("[ORDER_TOTAL]") && !ran.err.contains("[LINE_AMOUNT]"), "{}", ran.err);
    let mut documents = lines(&ran.out);
    for document in &mut documents {
        document.as_object_mut().unwrap().remove("findings");
        let header = document["header"].as_object_mut().unwrap();
        ["line_count", "quantity_total"].iter().for_each(|stated| drop(header.remove(*stated)));
        // A SKU that was the buyer's number is written as the vendor's.
        let lines = document["lines"].as_array_mut().into_iter().flatten();
        lines.filter_map(Value::as_object_mut).for_each(|line| drop(line.remove("vendor_part")));
    }
    documents
}

#[test]
fn what_is_written_is_sound_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for (at, (input, layout, sets)) in WRITTEN.iter().enumerate() {
        let input = root().join("fixtures").join(input);
        let (first, second) = (folder.path().join(format!("{at}.x12")), folder.path().join(format!("{at}-2.x12")));
        let ran = write(&input, layout, &first);
        assert_eq!(ran.code, Some(0), "{}: {}", input.display(), ran.err);
        let text = fs::read(&first).unwrap();
        assert!(
            text.starts_with(b"ISA*00*          *00*          *ZZ*ACME           *01*123456789      *260309*0600*")
        );
        assert!(text.ends_with(b"GE*1*77~\nIEA*1*000000077~\n") || *sets > 1);
        assert_eq!(check(&text), (*sets, Vec::new()), "{}", input.display());
        if ONLY_WRITTEN.contains(layout) {
            continue;
        }
        // Of a product, its cost, its weight and its catalogue are not written.
        let is_whole = *layout != "x12/832";
        if is_whole && input.parent().unwrap().to_string_lossy().contains(&layout.replace('/', "_")) {
            assert_eq!(documents(&first), documents(&input), "{}", input.display());
        }
        assert_eq!(write(&first, layout, &second).code, Some(0));
        assert_eq!(String::from_utf8_lossy(&fs::read(&second).unwrap()), String::from_utf8_lossy(&text));
    }
}

#[test]
fn the_same_is_sound_in_005010_and_means_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (at, (input, layout, sets)) in WRITTEN.iter().enumerate() {
        let input = root().join("fixtures").join(input);
        let (old, new) = (folder.path().join(format!("{at}-4.x12")), folder.path().join(format!("{at}-5.x12")));
        assert_eq!(write(&input, layout, &old).code, Some(0));
        let ran = write_in(&input, layout, "005010", &new);
        assert_eq!(ran.code, Some(0), "{}: {}", input.display(), ran.err);
        let text = fs::read_to_string(&new).unwrap();
        assert!(text.contains("*^*00501*000000077*") && text.contains("*77*X*005010~"), "{text}");
        assert_eq!(check(text.as_bytes()), (*sets, Vec::new()), "{}", input.display());
        if !ONLY_WRITTEN.contains(layout) {
            assert_eq!(documents(&new), documents(&old), "{}", input.display());
        }
    }
    let (input, output) = (root().join("fixtures/14_x12_850/input.x12"), folder.path().join("no.x12"));
    let ran = write_in(&input, "x12/850", "006020", &output);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--release 006020: x12/850 is written in 004010, 004010VICS, 005010"), "{}", ran.err);
    assert!(!output.exists());
}

/// Converts rows of stock to an 846.
fn stock(rows: &str) -> (Ran, String) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("stock.csv"), folder.path().join("stock.x12"));
    fs::write(&input, format!("as_of,location,sku,description,on_hand,unit\n{rows}")).unwrap();
    let ran = write(&input, "x12/846", &output);
    (ran, fs::read_to_string(&output).unwrap_or_default())
}

#[test]
fn a_delimiter_in_a_text_becomes_a_blank_and_one_in_an_identifier_is_refused() {
    let (ran, text) = stock("2026-03-09,MAIN,A-1,Mug*blue~>big,4,EA\n");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(text.contains("PID*F****Mug blue  big~"), "{text}");
    let (ran, text) = stock("2026-03-09,MAIN,A*1,Mug,4,EA\n");
    assert_eq!((ran.code, text.as_str()), (Some(1), ""), "{}", ran.err);
    assert!(ran.err.contains("error[X12_TARGET]") && ran.err.contains("LIN03"), "{}", ran.err);
}

#[test]
fn what_is_too_long_is_cut_where_the_layout_says_so_and_refused_elsewhere() {
    let (ran, text) = stock(&format!("2026-03-09,MAIN,A-1,{},4,EA\n", "x".repeat(90)));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(text.contains(&format!("PID*F****{}~", "x".repeat(80))), "{text}");
    assert!(ran.err.contains("warning[TEXT_CUT]") && ran.err.contains("PID05"), "{}", ran.err);
    assert!(ran.err.contains("found: 90 characters") && ran.err.contains("expected: at most 80"), "{}", ran.err);
    let (ran, _) = stock(&format!("2026-03-09,MAIN,{},Mug,4,EA\n", "A".repeat(49)));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("LIN03") && ran.err.contains("too long"), "{}", ran.err);
}

/// Orders of a shop, with something replaced, in a layout.
fn shop(replace: &[(&str, &str)], to: &str) -> (Ran, String) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("orders.csv"), folder.path().join("orders.x12"));
    let mut text = fs::read_to_string(root().join("fixtures/01_shopify_orders/input.csv")).unwrap();
    for (from, to) in replace {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(&input, text).unwrap();
    let ran = write(&input, to, &output);
    (ran, fs::read_to_string(&output).unwrap_or_default())
}

#[test]
fn a_text_that_is_cut_is_told_by_its_length_and_a_code_is_never_cut() {
    let long = "Buyer Six ".repeat(7);
    let (ran, text) = shop(&[("Buyer Six", long.trim_end())], "x12/850");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(text.contains(&format!("N1*ST*{}~", &long[..59])), "{text}");
    assert!(ran.err.contains("warning[TEXT_CUT]") && ran.err.contains("found: 69 characters"), "{}", ran.err);
    assert!(!ran.err.contains("Buyer Six"), "{}", ran.err);
    for (from, to, place) in [(",US,", ",United States,", "N404"), ("'98101", "'98101-98101-98101", "N403")] {
        let (ran, text) = shop(&[(from, to)], "x12/850");
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("error[X12_TARGET]") && ran.err.contains(place), "{}", ran.err);
        assert!(!text.contains("#1006"), "{text}");
    }
    let (ran, text) = shop(&[(",US,", ",United States,")], "edifact/orders");
    assert!(ran.err.contains("error[EDIFACT_TARGET]") && ran.err.contains("NAD.9"), "{}", ran.err);
    assert!(!text.contains("#1006") && text.contains("EU-1003-DE"), "{text}");
    let (ran, _) = shop(&[("Mug - Blue", &"Mug - Blue ".repeat(9))], "edifact/orders");
    assert!(ran.code == Some(0) && ran.err.contains("warning[TEXT_CUT]"), "{}", ran.err);
    assert!(ran.err.contains("IMD.3.5") && ran.err.contains("expected: at most 2 lines of 35"), "{}", ran.err);
}

#[test]
fn what_has_no_place_is_left_out_and_told() {
    let (ran, text) = shop(&[(",WA,", ",Washington,")], "x12/850");
    assert!(ran.code == Some(0) && text.contains("N4*Sampletown**98101*US~"), "{text}");
    assert!(ran.err.contains("warning[VALUE_LEFT_OUT]") && ran.err.contains("ship_to.region"), "{}", ran.err);
    assert!(ran.err.contains("found: 10 characters") && !ran.err.contains("Washington"), "{}", ran.err);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("940.x12");
    let ran = write(&root().join("fixtures/48_x12_850-allowances/input.x12"), "x12/940", &output);
    let text = fs::read_to_string(&output).unwrap();
    assert!(text.contains("W20*12*0.35*KG*****0.02*CR~"), "{text}");
    for field in ["components", "inner_packs", "weight"] {
        assert!(ran.err.contains(&format!("line 24, {field}")) || ran.err.contains(&format!("line 19, {field}")));
    }
    assert_eq!(ran.err.matches("warning[VALUE_LEFT_OUT]").count(), 3, "{}", ran.err);
}

#[test]
fn components_that_are_no_pairs_of_numbers_are_refused() {
    let text = fs::read_to_string(root().join("fixtures/48_x12_850-allowances/input.x12")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("850.x12"), folder.path().join("out.x12"));
    for (number, place) in [("MUG RED", "SLN"), ("MUG:R|ED", "")] {
        fs::write(&input, text.replace("MUG-RED", number)).unwrap();
        let ran = write(&input, "x12/850", &output);
        let is_refused = ran.err.contains("error[X12_TARGET]") && ran.err.contains(place);
        assert_eq!(
            (ran.code, is_refused),
            if place.is_empty() { (Some(0), false) } else { (Some(1), true) },
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_discount_that_has_those_of_lines_in_it_is_not_taken_off_twice() {
    // The discount of the order is that of its first line again: 30.00 + 9.99 - 3.00 + 5.00 + 2.96 = 44.95.
    let (ran, text) = shop(&[], "x12/850");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let order = &text[..text.find("ST*850*0002").unwrap()];
    assert!(order.contains("SAC*A*C310***0~") && order.contains("MUG-BLUE~\nPID*F****Mug - Blue~\nSAC*A*C310***300~"));
    let (_, text) = shop(&[(",44.95,", ",41.95,")], "x12/850");
    assert!(text[..text.find("ST*850*0002").unwrap()].contains("SAC*A*C310***300~\nSAC*C*H850"), "{text}");
}

#[test]
fn a_tree_is_written_from_orders_and_packages() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("856.x12");
    let ran = write(&root().join("fixtures/42_x12_856/input.x12"), "x12/856", &output);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = fs::read_to_string(&output).unwrap();
    let tree: Vec<&str> = text.lines().filter(|line| line.starts_with("HL*") || line.starts_with("CTT")).collect();
    let expected = "HL*1**S~ HL*2*1*O~ HL*3*2*T~ HL*4*3*P~ HL*5*4*I~ HL*6*4*I~ HL*7*3*P~ HL*8*7*I~ HL*9*1*O~ HL*10*9*P~ \
                    HL*11*10*I~ CTT*11~";
    assert_eq!(tree.join(" "), expected);
}

#[test]
fn a_line_that_is_split_among_stores_becomes_one_for_each() {
    let file = root().join("fixtures/47_x12_850-stores/input.x12");
    let lines: Vec<String> = documents(&file)[0]["lines"].as_array().unwrap().iter().map(Value::to_string).collect();
    for (line, expected) in lines.iter().zip(["0042", "0043", "0044"]) {
        for part in [
            &format!("\"ship_to\":\"{expected}\""),
            "\"description\":\"Mug, blue\"",
            "\"requested_ship\":\"2026-03-10\"",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
    assert!(!lines[3].contains("ship_to"), "{}", lines[3]);
    let text = fs::read_to_string(&file).unwrap().replace("0044*1~", "0044*2~");
    let ran = super::support::convert(text.as_bytes(), "x12/850");
    assert!(ran.code == Some(1) && ran.err.contains("[CONTROL_TOTAL]"), "{}", ran.err);
}

#[test]
fn stores_are_split_in_a_later_interchange_with_other_delimiters_too() {
    let first = fs::read_to_string(root().join("fixtures/47_x12_850-stores/input.x12")).unwrap();
    let second = first.replace('*', "|").replace("Mug, blue", "Mug*blue").replace("4500001010", "4500001011");
    let second = second.replace("000000038", "000000039");
    let ran = super::support::convert((first + &second).as_bytes(), "x12/850");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lines = lines(&ran.out);
    assert_eq!(lines[1]["lines"].as_array().unwrap().len(), 6);
    assert_eq!(lines[1]["lines"][2]["description"], "Mug*blue");
    assert_eq!(lines[1]["lines"][2]["ship_to"], "0044");
}
