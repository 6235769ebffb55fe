//! `consign crosswalk` from outside: gaps, suggestions, and tables that change whole or not at all.

use std::fs;

use serde_json::Value;

use super::support::{Space, lines};

/// Three orders in the columns of the demo's shop: one sound, two with SKUs that nobody knows.
fn space() -> Space {
    let space = Space::new();
    let sample = super::support::demo("shopify-orders.csv");
    let sample = String::from_utf8(sample).unwrap();
    let header: Vec<&str> = sample.lines().next().unwrap().split(',').collect();
    let mut text = sample.lines().next().unwrap().to_owned() + "\n";
    let orders = [
        [("#1", "MUG-BLUE", "2", "10.00"), ("#1", "MUG RED", "1", "8.50")],
        [("#2", "MUG RED", "3", "8.50"), ("#2", "TEA-GREN", "1", "5.00")],
        [("#3", "MUG-BLUE", "1", "10.00"), ("#3", "TEA-BLACK", "1", "5.75")],
    ];
    for order in orders {
        let total: f64 = order.iter().map(|(_, _, q, p)| q.parse::<f64>().unwrap() * p.parse::<f64>().unwrap()).sum();
        for (at, (name, sku, quantity, price)) in order.into_iter().enumerate() {
            let total = if at == 0 { format!("{total:.2}") } else { String::new() };
            let cell = |column: &&str| match *column {
                "Name" => name.to_owned(),
                "Currency" if at == 0 => "USD".into(),
                "Created at" => "2026-03-05 10:00:00 -0500".into(),
                "Email" => "buyer@example.com".into(),
                "Subtotal" | "Total" => total.clone(),
                "Shipping" | "Taxes" if at == 0 => "0.00".into(),
                "Lineitem sku" => sku.into(),
                "Lineitem quantity" => quantity.into(),
                "Lineitem price" => price.into(),
                "Lineitem name" => format!("Name of {sku}"),
                _ => String::new(),
            };
            text.push_str(&header.iter().map(cell).collect::<Vec<_>>().join(","));
            text.push('\n');
        }
    }
    space.write("in/shopify/orders.csv", text.as_bytes());
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    space
}

fn gaps(space: &Space) -> Vec<Value> {
    lines(&space.run(&["crosswalk", "gaps", "--json"]).out)
}

#[test]
fn gaps_are_told_with_counts_value_and_suggestions() {
    let space = space();
    let found = gaps(&space);
    assert_eq!(found.len(), 2, "{found:?}");
    let (first, second) = (&found[0], &found[1]);
    assert_eq!((&first["code"], &first["documents"], &first["lines"]), (&"MUG RED".into(), &2.into(), &2.into()));
    assert_eq!(first["value"]["USD"], "34.00", "1 and 3 at 8.50");
    assert_eq!(first["suggestions"][0]["target"], "10-0002", "{first}");
    assert_eq!((&second["code"], &second["documents"]), (&"TEA-GREN".into(), &1.into()));
    assert_eq!(second["suggestions"][0]["target"], "20-0001", "{second}");
    let table = space.run(&["crosswalk", "gaps"]);
    assert_eq!(table.code, Some(1), "{}", table.err);
    assert!(table.out.contains("MUG RED") && table.out.contains("10-0002 ("), "{}", table.out);
    let csv = space.run(&["crosswalk", "gaps", "--format", "csv", "--table", "sku"]);
    assert!(csv.out.starts_with("table,partner,code,") && csv.out.lines().count() == 3, "{}", csv.out);
    assert_eq!(space.run(&["crosswalk", "gaps", "--table", "unit"]).code, Some(0));
}

#[test]
fn the_erps_items_are_suggested_by_what_they_are_called() {
    let space = space();
    space.write("items.csv", b"item,description\n30-0009,Name of a gren tea\n30-0010,Something else\n");
    let items = space.path("items.csv");
    let listed = space.run(&["crosswalk", "gaps", "--json", "--items", items.to_str().unwrap()]);
    let found = lines(&listed.out);
    let targets: Vec<&str> =
        found[1]["suggestions"].as_array().unwrap().iter().map(|s| s["target"].as_str().unwrap()).collect();
    assert!(targets.contains(&"30-0009"), "{found:?}");
    space.write("items.csv", b"sku\nA\n");
    assert_eq!(space.run(&["crosswalk", "gaps", "--items", items.to_str().unwrap()]).code, Some(2));
}

#[test]
fn accepting_tells_which_documents_nothing_stops_any_more() {
    let space = space();
    let before = fs::read_to_string(space.path("crosswalk/sku.csv")).unwrap();
    let ran = space.run(&["crosswalk", "accept", "sku", "MUG RED", "--json"]);
    let told = &lines(&ran.out)[0];
    assert_eq!((&told["target"], &told["added"], &told["gaps_left"]), (&"10-0002".into(), &true.into(), &1.into()));
    assert_eq!((&told["ready"][0]["ready"], &told["ready"][0]["held"]), (&1.into(), &2.into()), "{told}");
    let after = fs::read_to_string(space.path("crosswalk/sku.csv")).unwrap();
    assert_eq!(after, format!("{before}shopify,MUG RED,,10-0002,,,,,\n"));
    // The same once more is the same.
    let again = space.run(&["crosswalk", "accept", "sku", "MUG RED", "10-0002", "--partner", "shopify"]);
    assert!(again.out.contains("there already"), "{}{}", again.out, again.err);
    assert_eq!(fs::read_to_string(space.path("crosswalk/sku.csv")).unwrap(), after);
    let last = space.run(&["crosswalk", "accept", "sku", "TEA-GREN", "20-0001"]);
    assert!(last.out.contains("2 of 2 held documents") && last.out.contains("0 gaps"), "{}{}", last.out, last.err);
    assert!(space.run(&["crosswalk", "gaps"]).out.contains("Every code"));
}

#[test]
fn a_table_that_would_be_refused_stays_as_it_is() {
    let space = space();
    let before = fs::read(space.path("crosswalk/sku.csv")).unwrap();
    let cases: [&[&str]; 6] = [
        &["accept", "sku", "MUG-BLUE", "99-9999", "--partner", ""],
        &["accept", "sku", "NEW", "10-0001", "--factor", "0"],
        &["accept", "sku", "NEW"],
        &["accept", "sku", "MUG RED", "--suggestion", "9"],
        &["accept", "unit", "BX", "EA"],
        &["accept", "sku", "NEW", "1", "--flow", "nobody"],
    ];
    for case in cases {
        let ran = space.run(&[&["crosswalk"], case].concat());
        assert_eq!(ran.code, Some(2), "{case:?}: {}{}", ran.out, ran.err);
        assert_eq!(fs::read(space.path("crosswalk/sku.csv")).unwrap(), before, "{case:?}");
    }
}

#[test]
fn rows_are_imported_once_and_exported_as_they_are() {
    let space = Space::new();
    space.write("new.csv", b"item,SKU\n10-0077,MUG-X\n10-0001,MUG-BLUE\n");
    let path = space.path("new.csv");
    let path = path.to_str().unwrap();
    let import = |space: &Space| space.run(&["crosswalk", "import", "sku", path, "--partner", "shopify", "--json"]);
    let first = import(&space);
    assert_eq!(lines(&first.out)[0]["added"], 2, "{}", first.err);
    assert_eq!(lines(&import(&space).out)[0]["added"], 0, "twice is once");
    let exported = space.run(&["crosswalk", "export", "sku", "--partner", "shopify", "--format", "csv"]);
    assert!(exported.out.contains("\nMUG-X,10-0077,shopify,"), "{}", exported.out);
    let json = lines(&space.run(&["crosswalk", "export", "customer", "--json"]).out);
    assert!(json.iter().any(|row| row["code"] == "*" && row["erp_code"] == "C-SHOP"), "{json:?}");
    let before = fs::read(space.path("crosswalk/sku.csv")).unwrap();
    for wrong in ["sku,item\nMUG-X,10-0078\n", "sku,itm\nA,1\n", "sku,item\nA,1"] {
        space.write("new.csv", wrong.as_bytes());
        let refused = import(&space);
        assert_eq!(refused.code, Some(2), "{wrong}: {}", refused.out);
        assert_eq!(fs::read(space.path("crosswalk/sku.csv")).unwrap(), before, "{wrong}");
    }
    space.write("new.csv", b"sku,item\nONLY,1\n");
    let replaced = space.run(&["crosswalk", "import", "sku", path, "--replace"]);
    assert_eq!(replaced.code, Some(0), "{}", replaced.err);
    assert_eq!(fs::read(space.path("crosswalk/sku.csv")).unwrap(), b"sku,item\nONLY,1\n");
}
