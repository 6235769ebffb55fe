//! A system's own last export filled in: only what changes, nothing else touched, nothing silent, the same after a stop.

use std::fs;

use super::support::{Space, codes, consign, run, status};

pub const CONFIG: &str = "[targets.shop]\nfolder = \"out/shop\"\n\n[flows.stock]\npartner = \"shop\"\n\
    direction = \"outbound\"\nlayout = \"consign/inventory-csv\"\nquiet_secs = 0\n\
    [[flows.stock.outputs]]\ntarget = \"shop\"\nlayout = \"shopify/inventory-update\"\n\
    fill = { from = \"exports/inventory*.csv\" }\n";

const HEAD: &str = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,\
    HS Code,COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),\
    Available (not editable),On hand (current),On hand (new),Own column\n";

/// An export of three variants at one location, with a column that no layout knows.
pub fn export() -> String {
    format!(
        "{HEAD}mug,\"Mug, \"\"big\"\"\",Color,Blue,,,,,MUG-BLUE,,,Main,A-1,0,2,3,95,100,,\"x,y\"\n\
         mug,Mug,Color,Red,,,,,MUG-RED,,,Main,,0,0,0,7,7,,\n\
         tea,Tea,Title,Default Title,,,,,TEA,,,Main,,not stocked,not stocked,not stocked,not stocked,not stocked,,\n\
         wrap,Wrap,Title,Default Title,,,,,,,,Main,,0,0,0,1,1,,\n"
    )
}

pub fn stock(rows: &[(&str, &str)]) -> Vec<u8> {
    let mut text = "as_of,location,sku,on_hand\n".to_owned();
    for (sku, on_hand) in rows {
        text.push_str(&format!("2026-03-05T06:00:00Z,Main,{sku},{on_hand}\n"));
    }
    text.into_bytes()
}

pub fn space() -> Space {
    Space::checked(CONFIG)
}

/// The rows that were written since, without the header.
fn written(space: &Space) -> Vec<String> {
    let mut rows = Vec::new();
    for (_, bytes) in space.consume() {
        let text = String::from_utf8(bytes).unwrap();
        rows.extend(text.strip_prefix(HEAD).unwrap().lines().map(str::to_owned));
    }
    rows
}

const BLUE: &str = "mug,\"Mug, \"\"big\"\"\",Color,Blue,,,,,MUG-BLUE,,,Main,A-1,0,2,3,95,100,98,\"x,y\"";

#[test]
fn only_what_changes_is_filled_in_and_what_has_no_row_is_held() {
    let space = space();
    space.write("exports/inventory_export_1.csv", export().as_bytes());
    space.write("in/stock/a.csv", &stock(&[("MUG-BLUE", "98"), ("MUG-RED", "7.0"), ("NEW", "5"), ("MUG-BLUE", "97")]));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert_eq!(written(&space), [BLUE]);
    let found = codes(&space, 1);
    for code in ["EXPORT_ROW_MISSING", "EXPORT_ROW_TWICE", "EXPORT_ROW_UNCHANGED", "EXPORT_USED"] {
        assert!(found.contains(&code.to_owned()), "{code}: {found:?}");
    }
    assert!(!space.path(".consign/fill").join("x").exists());
    assert_eq!(fs::read_dir(space.path(".consign/fill")).unwrap().count(), 0, "what is decided needs no export");
}

#[test]
fn a_file_waits_until_there_is_an_export_that_can_be_used() {
    let space = space();
    space.write("in/stock/a.csv", &stock(&[("TEA", "5")]));
    assert_eq!(space.run(&["run", "--dry-run"]).code, Some(1));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("1 files wait for an export"), "{}", ran.out);
    let path = space.path("exports/inventory.csv");
    space.write("exports/inventory.csv", b"Handle,What\nmug,1\n");
    assert_eq!(space.run(&["run"]).code, Some(1));
    space.write("exports/inventory.csv", export().as_bytes());
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(49 * 3_600);
    fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    assert_eq!(space.run(&["run"]).code, Some(1));
    let (outcomes, mut notices) = status(&space);
    notices.sort();
    assert_eq!(
        (outcomes, notices),
        (
            vec!["received".to_owned()],
            ["EXPORT_MISSING", "EXPORT_STALE", "EXPORT_UNUSABLE"].map(str::to_owned).to_vec()
        )
    );
    space.write("exports/inventory.csv", export().as_bytes());
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(written(&space)[0].ends_with("not stocked,5,"));
    // The same stock again from another file: the export is older than what was filled in, so nothing is left out.
    let again = String::from_utf8(stock(&[("MUG-RED", "7")])).unwrap();
    space.write("in/stock/b.csv", again.as_bytes());
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(written(&space), ["mug,Mug,Color,Red,,,,,MUG-RED,,,Main,,0,0,0,7,7,7,"]);
    // A new export: what it has already is left out, and a file of which nothing is left writes none.
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(2);
    space.write("exports/inventory_2.csv", export().as_bytes());
    let path = space.path("exports/inventory_2.csv");
    std::thread::sleep(std::time::Duration::from_secs(3));
    fs::File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
    space.write("in/stock/c.csv", &[again.as_bytes(), b"\n"].concat());
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(space.consume().len(), 0);
}

#[test]
fn keys_that_are_not_unique_are_told_and_policies_let_pass() {
    let config = CONFIG.replace("[[flows", "[flows.stock.policy]\nexport_row_missing = \"pass\"\n[[flows");
    let space = Space::with(&config);
    let twice = format!("{}copy,Copy,Title,Default Title,,,,,TEA,,,Main,,0,0,0,1,1,,\n", export());
    space.write("exports/inventory.csv", twice.as_bytes());
    space.write("in/stock/a.csv", &stock(&[("TEA", "5"), ("NEW", "1"), ("MUG-BLUE", "98")]));
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!(written(&space), [BLUE]);
    assert!(codes(&space, 1).contains(&"EXPORT_ROW_AMBIGUOUS".to_owned()));
    let shown = space.run(&["show", "1", "--json"]).out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let lines = |class: &str| {
        let balances = shown["balance"].as_array().unwrap();
        balances.iter().find(|b| b["class"] == class).map_or(0, |b| b["lines"].as_i64().unwrap())
    };
    assert_eq!(["in", "out", "held", "passed over"].map(lines), [3, 1, 1, 1], "{shown}");
}

#[test]
fn a_fill_is_checked() {
    for (from, to, code) in [
        ("shopify/inventory-update", "shopify/inventory-updat", "CONFIG_REFERENCE"),
        ("layout = \"shopify/inventory-update\"", "layout = \"woocommerce/stock\"", "CONFIG_REFERENCE"),
        ("{ from", "{ layout = \"shopify/orders\", from", "CONFIG_REFERENCE"),
        ("{ from", "{ key = [\"sku+lcation\"], from", "CONFIG_VALUE"),
        ("{ from", "{ kye = [\"sku\"], from", "CONFIG_UNKNOWN_KEY"),
        ("exports/inventory*.csv", "in/stock/inventory*.csv", "CONFIG_OVERLAP"),
        ("inventory*.csv", "inventory[.csv", "CONFIG_VALUE"),
    ] {
        let config = CONFIG.replacen(from, to, 1);
        assert_ne!(config, CONFIG, "{from}");
        let checked = Space::with(&config).run(&["check"]);
        assert_eq!(checked.code, Some(2), "{to}: {}", checked.out);
        assert!(checked.out.contains(&format!("[{code}]")), "{to}: {}", checked.out);
    }
}

#[test]
fn convert_fills_in_too() {
    let space = space();
    space.write("export.csv", export().as_bytes());
    space.write("stock.csv", &stock(&[("MUG-BLUE", "98"), ("NEW", "1")]));
    let (export, stock) = (space.path("export.csv"), space.path("stock.csv"));
    let (export, stock) = (export.to_str().unwrap(), stock.to_str().unwrap());
    let ran = run(&["convert", stock, "--to", "shopify/inventory-update", "--fill", export]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), format!("{HEAD}{BLUE}\n").as_str()), "{}", ran.err);
    assert!(ran.err.contains("[EXPORT_ROW_MISSING]"), "{}", ran.err);
    let ran = run(&["convert", stock, "--to", "shopify/inventory-update", "--fill", export, "--fill-key", "handle"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let ran = run(&["convert", stock, "--to", "woocommerce/stock", "--fill", export]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn an_ebay_listing_is_found_by_its_sku() {
    let layout = "title = \"Prices\"\ndocument = \"product\"\ndirection = \"read\"\nconfidence = \"verified\"\n\
        source = \"A test\"\n[file]\nformat = \"csv\"\nsignature = [\"item\", \"price\", \"stock\"]\n[documents]\n\
        shape = \"header_only\"\nkey = \"item\"\n[header]\nsku = \"item\"\nprice = \"price\"\nquantity = \"stock\"\n";
    let config = CONFIG
        .replace("consign/inventory-csv", "acme/prices")
        .replace("shopify/inventory-update", "ebay/price-quantity");
    let space = Space::with(&config);
    space.write("layouts/acme/prices.toml", layout.as_bytes());
    let sample = super::support::root().join("fixtures/160_ebay_price-quantity/input.csv");
    let sample = fs::read_to_string(sample).unwrap();
    space.write("exports/inventory.csv", sample.as_bytes());
    space.write("in/stock/a.csv", b"item,price,stock\nMUG-S,9.50,12\nMUG-L,11.25,0\n");
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let (_, bytes) = space.consume().pop_first().unwrap();
    let head: String = sample.split_inclusive('\n').take(2).collect();
    let row = sample.lines().find(|row| row.ends_with("MUG-L")).unwrap().replace(",3,Variation", ",0,Variation");
    assert_eq!(String::from_utf8(bytes).unwrap(), format!("{head}{row}\n"));
}

#[test]
fn recovery_fills_in_the_export_that_was_chosen() {
    let later = export().replace(",A-1,", ",B-2,");
    let mut chosen_before = 0;
    for step in 1.. {
        let space = space();
        space.write("exports/inventory.csv", export().as_bytes());
        space.write("in/stock/a.csv", &stock(&[("MUG-BLUE", "98")]));
        let mut stopped = consign(&["run", "--workspace", space.text()]);
        let status = stopped.env("CONSIGN_CRASH_AT", step.to_string()).output().unwrap().status;
        if status.code().is_some() {
            break;
        }
        let ledger = space.path(".consign/ledger.db");
        let is_chosen = ledger.exists() && {
            let ledger = consign::ledger::Ledger::open(&ledger).unwrap();
            !ledger.fills(1).unwrap().is_empty()
        };
        space.write("exports/inventory.csv", later.as_bytes());
        assert_eq!(space.run(&["run"]).code, Some(0), "stopped at {step}");
        let expected = if is_chosen { BLUE.to_owned() } else { BLUE.replace(",A-1,", ",B-2,") };
        assert_eq!(written(&space), [expected], "stopped at {step}");
        chosen_before += u32::from(is_chosen);
    }
    assert!(chosen_before > 3, "{chosen_before} stops behind the choice");
}
