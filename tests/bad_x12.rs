//! X12 that would make much work out of few bytes.

use std::fmt::Write;
use std::fs;

use super::support::run;

const ISA: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260304*0900*U*00401*000000001*0*P*>~";

/// An interchange of one set.
fn interchange(group: &str, set: &str, segments: &str) -> String {
    let count = segments.matches('~').count() + 2;
    format!(
        "{ISA}GS*{group}*SENDER*RECEIVER*20260304*0900*1*X*004010~ST*{set}*0001~{segments}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// Converts to JSON with a layout; whether there is an output, and what was told.
fn converted(text: &str, layout: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.x12");
    fs::write(&path, text).unwrap();
    let out = folder.path().join("out.json");
    let arguments = ["convert", path.to_str().unwrap(), "--from", layout, "--to", "json", "--output"];
    let ran = run(&[&arguments[..], &[out.to_str().unwrap()]].concat());
    assert_eq!(ran.code.map(|code| code > 1), Some(false), "{}", ran.err);
    (out.exists(), ran.err)
}

#[test]
fn a_tree_of_more_levels_than_any_shipment_has_is_refused() {
    let tree = |levels: usize| {
        let mut text = String::from("BSN*00*1*20260304*0900~HL*1**S~");
        for level in 2..levels {
            write!(text, "HL*{level}*{}*P~", level - 1).unwrap();
        }
        write!(text, "HL*{levels}*{}*I~LIN**SK*MUG~SN1**1*EA~CTT*{levels}~", levels - 1).unwrap();
        interchange("SH", "856", &text)
    };
    let (goes, told) = converted(&tree(5), "x12/856");
    assert!(goes && !told.contains("X12_STRUCTURE"), "{told}");
    let (goes, told) = converted(&tree(200), "x12/856");
    assert!(!goes && told.contains("[X12_STRUCTURE]") && told.contains("at most 32 levels of HL"), "{told}");
}

#[test]
fn a_line_split_among_more_stores_than_can_be_is_refused() {
    let order = |splits: usize, others: usize| {
        let stores: String = (0..splits)
            .map(|n| {
                let shares: String = (0..10).map(|store| format!("*{:05}*1", n * 10 + store)).collect();
                format!("SDQ*EA*92{shares}~")
            })
            .collect();
        let texts = "MSG*AS ALWAYS~".repeat(others);
        let quantity = splits * 10;
        let segments = format!("BEG*00*SA*PO1**20260304~PO1*1*{quantity}*EA*1**VN*MUG~{texts}{stores}CTT*1~");
        interchange("PO", "850", &segments)
    };
    let (goes, told) = converted(&order(3, 2), "x12/850");
    assert!(goes && !told.contains("DOCUMENT_TOO_LARGE"), "{told}");
    let (goes, told) = converted(&order(100, 100), "x12/850");
    assert!(!goes && told.contains("[DOCUMENT_TOO_LARGE]") && told.contains("at most 100000 segments"), "{told}");
}
