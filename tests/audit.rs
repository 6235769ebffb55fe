//! `consign audit`: what stands in the way of an integration.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::support::{Ran, root, run};

const LAYOUT: &str = r#"
title = "Orders of the test"
document = "order"
direction = "read"
confidence = "unverified"
source = "This test"
[file]
format = "csv"
signature = ["Order", "Item"]
[documents]
shape = "repeated"
key = "Order"
[header]
number = { from = "Order", required = true }
customer = "Customer"
email = "Email"
phone = "Phone"
currency = "Currency"
carrier = "Carrier"
total = "Total"
[header.bill_to]
name = "Name"
address1 = "Street"
postal_code = "Zip"
country = "Country"
[line]
sku = "Item"
gtin = "GTIN"
description = "Text"
quantity = "Qty"
unit = "Unit"
unit_price = "Price"
[totals]
total = "lines"
"#;

const HEADER: &str =
    "Order,Customer,Email,Phone,Currency,Carrier,Total,Name,Street,Zip,Country,Item,GTIN,Text,Qty,Unit,Price\n";

/// Audits orders of the layout above, as JSON: the issues, then the summary.
fn audit(rows: &str, more: &[&str]) -> (Vec<Value>, Ran) {
    let folder = tempfile::tempdir().unwrap();
    let (layout, file, items) =
        (folder.path().join("l.toml"), folder.path().join("orders.csv"), folder.path().join("items.csv"));
    fs::write(&layout, LAYOUT).unwrap();
    fs::write(&file, format!("{HEADER}{rows}")).unwrap();
    fs::write(
        &items,
        "Item number,EAN,Product name\n10-1,4006381333931,Mug red\n10-2,,Tea black 250 g\nMUG-BLUE,,Mug blue\n",
    )
    .unwrap();
    let mut arguments = vec!["audit", file.to_str().unwrap(), "--from", layout.to_str().unwrap(), "--json"];
    if more.contains(&"items") {
        arguments.extend(["--items", items.to_str().unwrap()]);
    }
    let ran = run(&arguments);
    (ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ran)
}

fn found<'i>(issues: &'i [Value], check: &str, detail: &str) -> &'i Value {
    let fits = |issue: &&Value| {
        issue["what"] == "issue" && issue["check"] == check && issue["detail"].as_str().unwrap().contains(detail)
    };
    issues.iter().find(fits).unwrap_or_else(|| panic!("{check}: {detail} in {issues:#?}"))
}

const SOUND: &str = "1,C1,ann@shop.example,+1 202 555 0101,USD,UPS,20.00,Ann Example,1 Main Street,02131,US,MUG-BLUE,,Mug blue,2,EA,10.00\n";

#[test]
fn a_sound_file_has_no_errors() {
    let (issues, ran) = audit(SOUND, &["items"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(issues.iter().all(|issue| issue["severity"] != "error" && issue["severity"] != "warning"), "{issues:#?}");
    let summary = issues.last().unwrap();
    assert_eq!(
        (summary["documents"].as_u64(), summary["lines"].as_u64(), summary["skus"].as_u64()),
        (Some(1), Some(1), Some(1))
    );
}

#[test]
fn customers_under_two_numbers_are_duplicates_and_one_who_comes_again_is_none() {
    let again = SOUND.replacen("1,C1", "2,C1", 1);
    let other = "3,C2,Ann@Shop.example,(202) 555-0101,USD,UPS,20.00,Example Ann,1 Main St.,2131,US,MUG-BLUE,,Mug blue,2,EA,10.00\n";
    let (issues, _) = audit(&format!("{SOUND}{again}"), &[]);
    assert!(issues.iter().all(|issue| issue["check"] != "duplicate customer"), "{issues:#?}");
    let (issues, ran) = audit(&format!("{SOUND}{again}{other}"), &[]);
    let issue = found(&issues, "duplicate customer", "e-mail address and telephone number and name and address");
    assert_eq!(
        (issue["times"].as_u64(), issue["at"][0]["line"].as_u64(), issue["at"][1]["line"].as_u64()),
        (Some(2), Some(2), Some(4))
    );
    found(&issues, "malformed", "too few digits");
    for personal in ["ann@", "Ann", "Example", "555", "Main", "02131"] {
        assert!(!ran.out.contains(personal) && !ran.err.contains(personal), "{personal} in {}", ran.out);
    }
}

#[test]
fn products_units_prices_codes_and_totals() {
    let rows = "1,C1,a@shop.example,,USD,UPS Ground,30.00,A B,1 Main St,02131,US,MUG-RED,4006381333931,Mug,2,EA,15.00\n\
                2,C2,b@shop.example,,USD,ups ground,40.00,C D,2 Main St,02131,USA,RED-MUG,04006381333931,Mug,1,CS,40.00\n\
                3,C3,c@shop.example,,USD,UPS Ground,33.00,E F,3 Main St,02131,US,Mug Red,,\"Mug, red\",2,EA,15.00\n\
                4,C4,no address,,USD,UPS Ground,60.00,G H,4 Main St,02131,Utopia,MUG-RED,4006381333932,Mug,1,CS,60.00\n\
                5,C5,d@shop.example,,,UPS Ground,15.00,I J,5 Main St,,US,MUG-RED,4006381333931,Mug,1,EA,15.50\n";
    let (issues, ran) = audit(rows, &["items"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let gtin = found(&issues, "duplicate product", "have the same GTIN");
    assert_eq!(
        (gtin["severity"].as_str(), gtin["detail"].as_str()),
        (Some("error"), Some("MUG-RED, RED-MUG have the same GTIN"))
    );
    found(&issues, "duplicate product", "MUG-RED, Mug Red are the same SKU");
    found(&issues, "units", "CS 1 times, EA 2 times");
    found(&issues, "codes", "\"UPS Ground\" 4 times, \"ups ground\" 1 times");
    found(&issues, "codes", "\"US\" 3 times, \"USA\" 1 times");
    found(&issues, "malformed", "is no e-mail address");
    found(&issues, "malformed", "is no country");
    assert_eq!(found(&issues, "missing", "has no value")["what"], "issue");
    let totals: Vec<&Value> =
        issues.iter().filter(|issue| issue["check"] == "totals" && issue["what"] == "issue").collect();
    assert_eq!(totals.iter().filter_map(|issue| issue["times"].as_u64()).sum::<u64>(), 2, "{totals:#?}");
    let unknown = issues.iter().find(|issue| issue["check"] == "no ERP item" && issue["subject"] == "Mug Red").unwrap();
    assert!(unknown["detail"].as_str().unwrap().contains("perhaps 10-1"), "{unknown}");
    assert!(issues.iter().all(|issue| issue["check"] != "no ERP item" || issue["subject"] != "MUG-BLUE"));
    let weights: Vec<&str> = issues.iter().filter_map(|issue| issue["severity"].as_str()).collect();
    assert_eq!(weights[0], "error", "the worst stands first: {issues:#?}");
}

#[test]
fn prices_that_differ_much_are_warnings() {
    let row = |number: u32, price: &str| format!("{number},C{number},,,USD,,,,,,US,TEA,,Tea,1,EA,{price}\n");
    let (issues, _) = audit(&format!("{}{}{}", row(1, "5.00"), row(2, "5.00"), row(3, "5.50")), &[]);
    assert_eq!(found(&issues, "prices", "from 5.00 to 5.50")["severity"], "note");
    let (issues, _) = audit(&format!("{}{}", row(1, "5.00"), row(2, "50.00")), &[]);
    assert_eq!(found(&issues, "prices", "has 2 prices, from 5.00 to 50.00")["severity"], "warning");
}

#[test]
fn many_prices_and_skus_keep_their_span_and_order() {
    let rows: String = (1..=300).map(|n| format!("{n},C,,,USD,,,,,,US,TEA,,Tea,1,EA,{n}.00\n")).collect();
    let (issues, _) = audit(&rows, &[]);
    found(&issues, "prices", "has at least 8 prices, from 1.00 to 300.00");
}

#[test]
fn the_same_with_one_thread_or_many_and_in_every_form() {
    let file = root().join("fixtures/demo/shopify-orders.csv");
    let (file, sku) = (file.to_str().unwrap(), format!("sku={}", root().join("fixtures/demo/sku.csv").display()));
    let with = |more: &[&str]| {
        let mut all = vec!["audit", file, "--crosswalk", &sku];
        all.extend(more);
        run(&all)
    };
    let table = with(&["--limit", "1"]);
    assert_eq!(table.code, Some(1), "{}", table.err);
    assert!(table.out.contains("no ERP item: ") && table.out.contains("more: see --limit"), "{}", table.out);
    assert_eq!(with(&["--json", "--threads", "1"]).out, with(&["--json", "--threads", "4"]).out);
    let rows = with(&["--csv"]).out;
    assert!(
        rows.starts_with("severity,check,subject,detail,times,value,where\n") && rows.contains("no ERP item"),
        "{rows}"
    );
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("audit.html");
    let ran = with(&["--html", "--output", page.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.ends_with("</html>\n") && page.contains("<td>no ERP item"), "{page}");
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("@example"), "{page}");
}

#[test]
fn several_files_are_one_audit_and_what_cannot_be_read_is_told() {
    let fixture = |name: &str| root().join("fixtures").join(name).to_str().unwrap().to_owned();
    let (orders, customers) = (fixture("01_shopify_orders/input.csv"), fixture("102_shopify_customers/input.csv"));
    let ran = run(&["audit", &orders, &customers, "--json"]);
    let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["documents"].as_u64(), Some(9), "{}", ran.err);
    let cut = fixture("demo/shopify-orders-cut.csv");
    let ran = run(&["audit", &cut]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("error["), "{}", ran.err);
    assert_eq!(run(&["audit", "missing.csv"]).code, Some(74));
    let nobodys = Path::new(&fixture("demo/sku.csv")).to_str().unwrap().to_owned();
    let ran = run(&["audit", &nobodys]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("consign inspect"), "{}", ran.err);
}
