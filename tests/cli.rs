//! The command line: exit codes, help, errors with their place.

use super::support::{Space, demo, root, run};

const COMMANDS: [&str; 13] = [
    "demo", "init", "check", "run", "watch", "status", "show", "convert", "ack", "inspect", "audit", "layouts",
    "report",
];

#[test]
fn every_command_has_help_with_an_example() {
    for command in COMMANDS {
        let ran = run(&[command, "--help"]);
        assert_eq!(ran.code, Some(0), "{command}");
        assert!(
            ran.out.contains(&format!("consign {command}")) && ran.out.contains("Example"),
            "{command}: {}",
            ran.out
        );
    }
}

#[test]
fn wrong_usage_is_2() {
    assert_eq!(run(&["convrt"]).code, Some(2));
    assert_eq!(run(&["convert", "x.csv"]).code, Some(2), "without --to");
    let ran = run(&["convert", "x.csv", "--from", "shopify/ordres", "--to", "json"]);
    assert_eq!(ran.code, Some(74), "the file is missing: {}", ran.err);
    let file = root().join("fixtures/demo/orders.xml");
    let ran = run(&["convert", file.to_str().unwrap(), "--to", "erp/order-csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`erp/orders-csv`"), "the nearest name: {}", ran.err);
}

#[test]
fn the_demo_shows_every_way_a_file_can_end() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("demo");
    let ran = run(&["demo", target.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for expected in [
        "SKU_UNKNOWN",
        "QUANTITY_IMPLAUSIBLE",
        "CSV_OPEN_QUOTE",
        "X12_NO_IEA",
        "DUPLICATE_CONTENT",
        "CHANGED_DOCUMENT",
        "accepted",
        "partial",
        "rejected",
        "duplicate",
        "In balance",
        "Next: consign show 1",
    ] {
        assert!(ran.out.contains(expected), "{expected} in\n{}", ran.out);
    }
    assert!(target.join("reports/balance.html").is_file());
    assert_eq!(run(&["demo", target.to_str().unwrap()]).code, Some(2), "a workspace is never written over");
}

#[test]
fn init_makes_a_workspace_that_passes_its_check() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("orders");
    let target = target.to_str().unwrap();
    assert_eq!(run(&["init", target]).code, Some(0));
    let ran = run(&["check", "--workspace", target]);
    assert_eq!((ran.code, ran.out.contains("no problems")), (Some(0), true), "{}", ran.err);
    assert_eq!(run(&["init", target]).code, Some(2));
}

/// A change to the demo's configuration, and the code and line of what `check` says.
fn refused(from: &str, to: &str, code: &str, place: &str, expected: &str) {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    assert!(config.contains(from), "{from}");
    let space = Space::with(&config.replacen(from, to, 1));
    let ran = space.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    for wanted in [code, place, expected] {
        assert!(ran.out.contains(wanted), "{wanted} in\n{}", ran.out);
    }
}

#[test]
fn configuration_errors_have_a_place_and_the_nearest_name() {
    refused("quiet_secs", "quiet_sec", "CONFIG_UNKNOWN_KEY", "line 13, column 1", "`quiet_secs`");
    refused("\"shopify/orders\"", "\"shopify/order\"", "CONFIG_REFERENCE", "line 12, column 10", "`shopify/orders`");
    refused("target = \"erp\"", "target = \"epr\"", "CONFIG_REFERENCE", "line 22, column 10", "`erp`");
    refused(
        "changed_document = \"hold\"",
        "changed_document = \"holt\"",
        "CONFIG_VALUE",
        "line 18, column 20",
        "`hold`",
    );
    refused("max_quantity = \"1000\"", "max_quantity = \"many\"", "CONFIG_VALUE", "line 20, column 16", "decimal");
    refused("crosswalk/sku.csv", "crosswalk/none.csv", "CONFIG_PATH", "line 15, column 7", "can be read");
    refused(
        "[flows.bigstore]",
        "[flows.bigstore]\nfolder = \"in/shopify/x\"",
        "CONFIG_OVERLAP",
        "flow shopify",
        "apart",
    );
    refused("folder = \"out/erp\"", "folder = \"in/stock/out\"", "CONFIG_OVERLAP", "flow stock", "apart");
    refused("name = \"demo\"", "name = demo", "CONFIG_SYNTAX", "line 4", "");
    refused("\"erp/orders-csv\"", "\"erp/inventory-csv\"", "CONFIG_REFERENCE", "flow shopify", "inventory documents");
}

#[test]
fn crosswalk_errors_name_the_table_and_the_line() {
    let space = Space::new();
    space.write("crosswalk/sku.csv", b"partner,sku,item\n,A,1\n,A,2\n");
    let ran = space.run(&["check"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.out.contains("TABLE_KEY_DUPLICATE") && ran.out.contains("crosswalk/sku.csv: line 3"), "{}", ran.out);
}

#[test]
fn json_is_one_object_a_document() {
    let file = root().join("fixtures/demo/orders.xml");
    let ran = run(&["convert", file.to_str().unwrap(), "--to", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let documents: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents.len(), 2);
    let first = &documents[0];
    assert_eq!(first["kind"], "order");
    assert_eq!(first["header"]["ship_to"]["city"], "Köln");
    assert_eq!(first["header"]["total"], "302.50");
    assert_eq!(first["lines"][0]["quantity"], "3");
    assert_eq!(first["lines"][0]["amount"], "180.00");
    assert!(first["findings"].as_array().unwrap().is_empty());
}

#[test]
fn convert_reads_standard_input_and_writes_whole_files_only() {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = super::support::consign(&["convert", "-", "--to", "erp/orders-csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&demo("purchase-orders.x12")).unwrap();
    let ran = super::support::finish(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.out.lines().count()), (Some(0), 4));
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.csv");
    let cut = root().join("fixtures/demo/purchase-orders-cut.x12");
    let ran = run(&["convert", cut.to_str().unwrap(), "--to", "erp/orders-csv", "--output", output.to_str().unwrap()]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("X12_NO_IEA"), "{}", ran.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a rejected file writes nothing");
}

#[test]
fn inspect_names_the_layout_and_says_why() {
    let file = root().join("fixtures/demo/shopify-orders.csv");
    let ran = run(&["inspect", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("shopify/orders") && ran.out.contains("Lineitem name"), "{}", ran.out);
}

#[test]
fn inspect_shows_an_x12_file_as_a_tree_a_page_and_json() {
    let file = root().join("fixtures/demo/purchase-orders.x12");
    let file = file.to_str().unwrap();
    let ran = run(&["inspect", file, "--set", "2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for wanted in
        ["x12/850", "set 0002 850", "PO103 Unit or basis for measurement code: DZ (dozen)", "1 sets not shown"]
    {
        assert!(ran.out.contains(wanted), "{wanted} in\n{}", ran.out);
    }
    assert!(!ran.out.contains('\u{1b}'), "no colour outside of a terminal");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let ran = run(&["inspect", file, "--html", "--output", page.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    assert!(std::fs::read_to_string(page).unwrap().ends_with("</html>\n"));
    let cut = root().join("fixtures/demo/purchase-orders-cut.x12");
    let ran = run(&["inspect", cut.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{}", ran.out);
    assert!(ran.out.contains("X12_NO_IEA"), "{}", ran.out);
    let csv = root().join("fixtures/demo/inventory.csv");
    let ran = run(&["inspect", csv.to_str().unwrap()]);
    assert!(ran.out.contains("as_of") && ran.out.contains("date iso"), "{}", ran.out);
    assert_eq!(run(&["inspect", csv.to_str().unwrap(), "--html"]).code, Some(2));
}

#[test]
fn inspect_shows_an_edifact_file_as_a_tree_a_page_and_json() {
    let file = root().join("fixtures/21_edifact_orders/input.edi");
    let file = file.to_str().unwrap();
    let ran = run(&["inspect", file, "--set", "1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for wanted in
        ["edifact/orders", "interchange 700001 5400110000009 (14)", "set 1 ORDERS:D:96A", "loop SG25", "BGM.2"]
    {
        assert!(ran.out.contains(wanted), "{wanted} in\n{}", ran.out);
    }
    let ran = run(&["inspect", file, "--html"]);
    assert!(ran.code == Some(0) && ran.out.ends_with("</html>\n"), "{}", ran.err);
    let ran = run(&["inspect", file, "--json"]);
    assert!(ran.out.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{}", ran.out);
    assert!(ran.out.contains("\"NAD.2.1\""), "{}", ran.out);
}

#[test]
fn a_definition_is_shown_as_a_page() {
    for (name, expected) in [("x12/004010/850", "BEG03  mandatory  324"), ("edifact/D.96A/ORDERS", "loop SG25")] {
        let ran = run(&["layouts", "show", name]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.contains(expected), "{expected} in\n{}", ran.out);
    }
    assert_eq!(run(&["layouts", "show", "x12/004010/851"]).code, Some(2));
}
