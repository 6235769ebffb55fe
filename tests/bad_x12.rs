//! X12 that would make much work out of few bytes.

use std::fmt::Write;
use std::fs;

use super::support::{root, run};

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

#[test]
fn a_fault_of_a_catalogue_stops_all_of_its_products_and_no_others() {
    let sound = fs::read_to_string(root().join("fixtures/50_x12_832/input.x12")).unwrap();
    let cases = [
        ("SE*19*0001", "SE*18*0001", "[X12_SEGMENT_COUNT]", vec!["COASTER-1"]),
        ("SE*7*0002", "SE*7*0009", "[X12_SET_CONTROL]", vec!["MUG-BLUE", "0012-TEA"]),
        ("BCT*PS*CAT-2026~\n", "", "[X12_SEGMENT_MISSING]", vec!["COASTER-1"]),
        ("ST*832*0002", "ST*832*0001", "[X12_DUPLICATE_SET]", vec!["MUG-BLUE", "0012-TEA"]),
        ("ST*832*0002", "ST*850*0002", "[X12_SET_UNEXPECTED]", vec!["MUG-BLUE", "0012-TEA"]),
        (
            "LIN*1*VN*COASTER-1~\nPID*F*08***Coaster~\nCTP**RES*0.95~\n",
            "",
            "[X12_SEGMENT_MISSING]",
            vec!["MUG-BLUE", "0012-TEA"],
        ),
    ];
    for (from, to, code, expected) in cases {
        assert!(sound.contains(from), "{from}");
        let folder = tempfile::tempdir().unwrap();
        let (path, out) = (folder.path().join("file.x12"), folder.path().join("out.x12"));
        fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        let arguments = ["convert", path.to_str().unwrap(), "--from", "x12/832", "--to", "x12/832", "--output"];
        let ran = run(&[&arguments[..], &[out.to_str().unwrap()]].concat());
        assert!(ran.code == Some(1) && ran.err.contains(code), "{from}: {}", ran.err);
        let text = fs::read_to_string(&out).unwrap();
        let skus: Vec<&str> = text.lines().filter(|line| line.starts_with("LIN*")).collect();
        let skus: Vec<&str> = skus.iter().filter_map(|line| line.trim_end_matches('~').split('*').nth(3)).collect();
        assert_eq!(skus, expected, "{from}: {}", ran.err);
    }
}

#[test]
fn allowances_and_charges_must_come_to_the_total() {
    for (fixture, layout, from, to, told) in [
        ("48_x12_850-allowances", "x12/850", "SAC*A*C310***1000~", "SAC*C*C310***1000~", "207.00 (difference -20.00)"),
        ("48_x12_850-allowances", "x12/850", "99999*******01~", "99999~", "(difference 999.99)"),
        ("48_x12_850-allowances", "x12/850", "SAC*C*D240***300~", "SAC*N*D240***300~", "184.00 (difference 3.00)"),
        ("49_x12_810-allowances", "x12/810", "SAC*A*C310***50~", "SAC*A*C310***5000~", "85.2499 (difference 49.5001)"),
        ("52_x12_850-stores-charges", "x12/850", "SAC*A*C310***100~", "SAC*A*C310***400~", "26.00 (difference 3.00)"),
    ] {
        let sound = fs::read_to_string(root().join("fixtures").join(fixture).join("input.x12")).unwrap();
        assert!(!converted(&sound, layout).1.contains("ORDER_TOTAL"), "{fixture}");
        assert!(sound.contains(from), "{fixture}: {from}");
        let (_, err) = converted(&sound.replacen(from, to, 1), layout);
        assert!(err.contains("[ORDER_TOTAL]") && err.contains(told), "{fixture}: {from}: {err}");
    }
}

#[test]
fn binary_data_in_a_file_breaks_no_segment() {
    let set = |length: usize, data: &str| {
        interchange("PO", "850", &format!("BEG*00*SA*PO1**20260304~BIN*{length}*{data}~PO1*1*1*EA*1**VN*MUG~CTT*1~"))
    };
    // The count of segments takes each `~` of the data for one.
    let sound = set(9, "SE*9~ST*8").replace("SE*7*", "SE*6*");
    let (goes, told) = converted(&sound, "x12/850");
    assert!(goes && !told.contains("error["), "{told}");
    let (goes, told) = converted(&set(8, "SE*9~ST*8").replace("SE*7*", "SE*6*"), "x12/850");
    assert!(!goes && told.contains("error[X12_BINARY_LENGTH]"), "{told}");
}
