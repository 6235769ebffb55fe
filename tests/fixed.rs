//! Records of fixed width: what is refused, what is noted, and that it does not matter where a large file is cut.

use std::fs;

use serde_json::Value;

use super::support::{Ran, root, run};

fn idocs() -> String {
    fs::read_to_string(root().join("fixtures/230_sap_orders05-flat/input.txt")).unwrap()
}

fn read(text: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.txt");
    fs::write(&path, text).unwrap();
    let mut all = vec!["convert", path.to_str().unwrap(), "--from", "sap/orders05-flat", "--to", "json"];
    all.extend(arguments);
    run(&all)
}

fn documents(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn records_that_stand_nowhere_reject_the_file() {
    let text = idocs();
    let without =
        |name: &str| -> String { text.split_inclusive('\n').filter(|line| !line.starts_with(name)).collect() };
    for (wrong, said) in [
        (text.split_once('\n').unwrap().1.to_owned(), "found: E1EDK01"),
        (without("E2EDP01"), "found: E1EDP20"),
        (without("EDI_DC40"), "expected: EDI_DC40 before it"),
    ] {
        let ran = read(&wrong, &[]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("FIXED_STRUCTURE") && ran.err.contains(said), "{said} in {}", ran.err);
    }
}

#[test]
fn records_that_are_not_known_are_noted_once_and_trailing_blanks_may_be_missing() {
    let text = idocs();
    let trimmed: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let (whole, short) = (read(&text, &[]), read(&trimmed, &[]));
    assert_eq!((whole.code, short.code), (Some(0), Some(0)), "{}{}", whole.err, short.err);
    assert_eq!(documents(&whole).iter().map(|d| &d["lines"][0]["sku"]).collect::<Vec<_>>(), ["MUG-RED", "TEA-BLACK"]);
    let bound =
        |ran: &Ran| documents(ran).iter().map(|d| (d["header"].clone(), d["lines"].clone())).collect::<Vec<_>>();
    assert_eq!(bound(&whole), bound(&short));
    assert_eq!(whole.err.matches("FIXED_RECORD_UNKNOWN").count(), 1, "{}", whole.err);
}

#[test]
fn a_large_file_gives_the_same_documents_with_one_thread_or_many() {
    let one = idocs();
    let many: String = (0..300).map(|number| one.replace("450000100", &format!("4500{number:03}00"))).collect();
    assert!(many.len() > 5 * 512 * 1024, "the file is cut several times");
    let (single, several) = (read(&many, &["--threads", "1"]), read(&many, &["--threads", "4"]));
    assert_eq!((single.code, documents(&single).len()), (Some(0), 600), "{}", single.err);
    assert_eq!(single.out, several.out);
    let last = documents(&single).pop().unwrap();
    assert_eq!((last["header"]["number"].as_str(), last["lines"].as_array().unwrap().len()), (Some("4500299002"), 1));
}

#[test]
fn a_value_that_is_longer_than_its_place_rejects_its_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let orders = fs::read_to_string(root().join("fixtures/19_erp_orders-csv/input.csv")).unwrap();
    fs::write(&path, orders.replace("SO-2", &format!("SO-2{}", "0".repeat(32)))).unwrap();
    let ran = run(&["convert", path.to_str().unwrap(), "--to", "sap/orders05-flat"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("FIXED_TARGET") && ran.err.contains("E1EDK01/BELNR"), "{}", ran.err);
    assert!(!ran.err.contains("SO-20000"), "a value may be personal: {}", ran.err);
    assert_eq!(ran.out.matches("EDI_DC40").count(), 2);
    let lengths: Vec<usize> = ran.out.lines().map(|line| line.chars().count()).collect();
    assert!(lengths.iter().all(|length| [524, 420, 80, 1058, 121, 606, 223, 90].contains(length)), "{lengths:?}");
}
