//! Bad files through a workspace: the outcome, what is kept and why, and that nothing of them went out.

use std::fs;

use super::support::{Space, codes, demo, files, status};

/// A file of the demo, changed: its flow, its name, what is changed into what, the outcome and the code.
const CASES: [(&str, &str, &str, &str, &str, &str); 22] = [
    ("stock", "inventory.csv", "ALL", "", "rejected", "FILE_EMPTY"),
    ("stock", "inventory.csv", "BEHIND", "", "rejected", "NO_RECORDS"),
    ("stock", "inventory.csv", "END", "MAIN,\"MUG\n", "rejected", "CSV_OPEN_QUOTE"),
    ("stock", "inventory.csv", "END", "MAIN,\"x\"yz\n", "rejected", "CSV_TEXT_AFTER_QUOTE"),
    ("stock", "inventory.csv", "END", "MAIN,x\"y\n", "rejected", "CSV_BARE_QUOTE"),
    ("stock", "inventory.csv", "END", "MAIN,\0\n", "rejected", "CONTROL_CHAR"),
    ("stock", "inventory.csv", "END", "MAIN", "rejected", "CSV_NO_FINAL_NEWLINE"),
    ("stock", "inventory.csv", "as_of,", "as_off,", "rejected", "CSV_HEADER_MISSING"),
    ("stock", "inventory.csv", ",sku,", ",location,", "rejected", "CSV_HEADER"),
    ("stock", "inventory.csv", "COMMAS", ";", "rejected", "CSV_DELIMITER"),
    ("stock", "inventory.csv", "END", "LONG\n", "rejected", "FIELD_TOO_LONG"),
    ("stock", "inventory.csv", "END", "WIDE\n", "rejected", "TOO_MANY_FIELDS"),
    ("b2b", "orders.xml", "<orders>", "<!DOCTYPE orders><orders>", "rejected", "XML_DOCTYPE"),
    ("b2b", "orders.xml", "</orders>", "", "rejected", "XML_TRUNCATED"),
    ("b2b", "orders.xml", "</orders>", "</order>", "rejected", "XML_NOT_WELL_FORMED"),
    ("b2b", "orders.xml", "<orders>", "<orders>&foo;", "rejected", "XML_ENTITY"),
    ("b2b", "orders.xml", "<orders>", "<orders>&#0;", "rejected", "XML_CHAR"),
    ("b2b", "orders.xml", "<orders>", "<orders><n>LONG</n>", "rejected", "FIELD_TOO_LONG"),
    ("b2b", "orders.xml", "version=\"1.0\"", "version=\"1.1\"", "rejected", "XML_VERSION"),
    (
        "b2b",
        "orders.xml",
        "<currency>EUR</currency>",
        "<currency>EUR</currency><currency>USD</currency>",
        "partial",
        "FIELD_REPEATED",
    ),
    ("b2b", "orders.xml", "<quantity unit=\"ea\">4<", "<quantity unit=\"ea\">four<", "partial", "VALUE_INVALID"),
    ("b2b", "orders.xml", "<orderedAt>", "<orderedAt>x", "partial", "DATE_INVALID"),
];

fn changed(name: &str, from: &str, to: &str) -> String {
    let text = String::from_utf8(demo(name)).unwrap();
    let to = to.replace("LONG", &"x".repeat(70_000)).replace("WIDE", &"x,".repeat(5_000));
    match from {
        "ALL" => to,
        "BEHIND" => text.lines().next().unwrap().to_owned() + "\n",
        "END" => text + &to,
        "COMMAS" => text.replace(',', &to),
        from => {
            assert!(text.contains(from), "{from}");
            text.replacen(from, &to, 1)
        }
    }
}

#[test]
fn a_bad_file_is_kept_with_its_reason_and_nothing_of_it_goes_out() {
    let mut wrong = Vec::new();
    for (flow, name, from, to, outcome, code) in CASES {
        let space = Space::new();
        let config = fs::read_to_string(space.path("consign.toml")).unwrap();
        let named = config.replacen("[flows.b2b]\n", "[flows.b2b]\nlayout = \"consign/orders-xml\"\n", 1);
        space.write("consign.toml", named.as_bytes());
        let text = changed(name, from, to);
        space.write(&format!("in/{flow}/{name}"), text.as_bytes());
        let ran = space.run(&["run"]);
        let (outcomes, found) = (status(&space).0, codes(&space, 1).join(" "));
        if ran.code != Some(1) || outcomes != [outcome] || !found.contains(code) {
            wrong.push(format!("{code}: {:?} {outcomes:?} {found}", ran.code));
            continue;
        }
        let reason = fs::read_to_string(space.path(".consign/quarantine/1/reason.json")).unwrap();
        let reason: serde_json::Value = serde_json::from_str(&reason).unwrap();
        assert!(reason["findings"].to_string().contains(code) && reason["outcome"] == outcome, "{code}: {reason}");
        let original = space.path(".consign").join(reason["original"].as_str().unwrap());
        assert_eq!(fs::read(original).unwrap(), text.as_bytes(), "{code}: no byte is lost");
        assert_eq!(files(&space.path("archive")).len(), 1, "{code}");
        assert_eq!(space.consume().len(), usize::from(outcome == "partial"), "{code}");
        let report = space.run(&["report", "balance"]);
        assert_eq!(report.code, Some(0), "{code}: {}", report.out);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
