//! X12 sets checked against their definitions: what is wrong stops the set, and the others go on.

use std::fs;

use super::support::{Space, demo, run};

/// The demo's purchase orders with a change of the first; its count of segments stays right.
fn orders(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(demo("purchase-orders.x12")).unwrap();
    assert!(text.contains(from) && text.contains("SE*11*0001"), "{from}");
    let more = to.matches('~').count() - from.matches('~').count();
    text.replacen(from, to, 1).replace("SE*11*0001", &format!("SE*{}*0001", 11 + more)).into_bytes()
}

/// Converts with the check; the exit code, the documents that are out, and what was told.
fn checked(bytes: &[u8]) -> (Option<i32>, usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("po.x12");
    fs::write(&path, bytes).unwrap();
    let ran = run(&["convert", path.to_str().unwrap(), "--validate", "--to", "erp/orders-csv"]);
    let documents: std::collections::BTreeSet<&str> =
        ran.out.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    (ran.code, documents.len(), ran.err.clone())
}

#[test]
fn a_sound_file_passes() {
    let (code, documents, told) = checked(&orders("ISA", "ISA"));
    assert_eq!((code, documents), (Some(0), 2), "{told}");
}

#[test]
fn what_is_wrong_with_a_set_stops_that_set() {
    for (name, from, to, code, shown) in [
        (
            "unknown segment",
            "CUR*BY*USD~",
            "CUR*BY*USD~\nXYZ*1~",
            "X12_SEGMENT_ERROR",
            "XYZ: unrecognised segment ID (code 1)",
        ),
        (
            "segment twice",
            "CUR*BY*USD~",
            "CUR*BY*USD~\nCUR*BY*USD~",
            "X12_SEGMENT_ERROR",
            "CUR: segment exceeds maximum use (code 5)",
        ),
        ("code", "BEG*00*SA", "BEG*00*ZZZZ", "X12_ELEMENT_ERROR", "BEG02"),
        ("date", "20260304~\nCUR", "20261304~\nCUR", "X12_ELEMENT_ERROR", "invalid date (code 8)"),
        ("missing element", "CUR*BY*USD", "CUR*BY", "X12_ELEMENT_ERROR", "mandatory data element missing (code 1)"),
    ] {
        let (exit, documents, told) = checked(&orders(from, to));
        assert!(!told.contains("X12_SEGMENT_COUNT"), "{told}");
        assert!(told.contains(&format!("[{code}]")) && told.contains(shown), "{name}: {told}");
        assert_eq!((exit, documents), (Some(1), 1), "{name}: {told}");
    }
}

#[test]
fn a_release_that_is_not_in_the_box_is_told() {
    let text = String::from_utf8(orders("004010~", "004010~")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("po.x12");
    fs::write(&path, text.replace("ST*850*0001", "ST*855*0001")).unwrap();
    let ran = run(&["convert", path.to_str().unwrap(), "--validate", "--from", "x12/850", "--to", "json"]);
    assert!(ran.err.contains("[X12_NOT_CHECKED]") && ran.err.contains("855 of 004010"), "{}", ran.err);
}

/// Pieces of a large file know the release of the group they are cut from.
#[test]
fn every_piece_of_a_large_file_is_checked() {
    let text = String::from_utf8(demo("purchase-orders.x12")).unwrap();
    let (head, rest) = text.split_at(text.find("ST*850*0001").unwrap());
    let (sets, _) = rest.split_at(rest.find("GE*").unwrap());
    let first = &sets[..sets.find("ST*850*0002").unwrap()];
    let mut all = head.to_owned();
    let count = 3 * (512 << 10) / first.len();
    for number in 1..=count {
        let set = first.replace("*0001", &format!("*{number:04}")).replace("PO-7001", &format!("PO-{number}"));
        let bad = number == count - 1;
        all.push_str(&if bad { set.replace("CUR*BY*USD", "CUR*BY*USD*TOO LONG") } else { set });
    }
    all.push_str(&format!("GE*{count}*101~\nIEA*1*000000101~\n"));
    let (exit, documents, told) = checked(all.as_bytes());
    assert_eq!((exit, documents), (Some(1), count - 1), "{told}");
    assert!(told.contains("[X12_ELEMENT_ERROR]") && !told.contains("X12_NOT_CHECKED"), "{told}");
}

#[test]
fn a_flow_may_ask_for_it() {
    for (validate, out) in [("true", 1), ("false", 2)] {
        let config = String::from_utf8(demo("consign.toml")).unwrap();
        let flow = "[flows.bigstore]\n";
        assert!(config.contains(flow));
        let space = Space::with(&config.replace(flow, &format!("{flow}validate = {validate}\n")));
        space.write("in/bigstore/po.x12", &orders("CUR*BY*USD~", "CUR*BY*USD~\nXYZ*1~"));
        run(&["run", "--workspace", space.text()]);
        let report = run(&["report", "balance", "--format", "csv", "--workspace", space.text()]);
        let row = report.out.lines().find(|row| row.contains(",out,")).unwrap_or_default().to_owned();
        assert!(row.contains(&format!(",out,{out},")), "{validate}: {}", report.out);
    }
}
