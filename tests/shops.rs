//! What files of shops need of the layout language: values carried down in a group, columns handed back, each row its
//! own document, many lines in one element.

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use super::support::{Ran, Space, run};

const PRODUCTS: &str = "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
    Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,\
    Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,\
    Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,\
    Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,\
    Status\n";

fn convert(text: &str, layout: &str, to: &str, threads: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input.csv");
    fs::write(&file, text).unwrap();
    run(&["convert", file.to_str().unwrap(), "--from", layout, "--to", to, "--threads", threads])
}

fn documents(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Products of three variants each, of which only the first row says what it is.
fn products(count: usize) -> String {
    let mut text = PRODUCTS.to_owned();
    for number in 0..count {
        let body = "x".repeat(120);
        writeln!(text, "p{number},Title {number},{body},,,,,true,Size,S,,,,,S{number}-0,1,,5,,,1.00,,,,,,,,,,,,,,,")
            .unwrap();
        writeln!(text, "p{number},,,,,,,,,M,,,,,S{number}-1,1,,5,,,1.00,,,,,,,,,,,,,,,").unwrap();
        writeln!(text, "p{number},,,,,,,,,L,,,,,S{number}-2,1,,5,,,1.00,,,,,,,,,,,,,,,").unwrap();
    }
    text
}

#[test]
fn a_product_and_its_variants_are_not_torn_apart_by_chunks() {
    let count = 5000;
    let text = products(count);
    assert!(text.len() > 2 << 19, "the file is not larger than a chunk");
    for threads in ["1", "2"] {
        let ran = convert(&text, "shopify/products", "json", threads);
        let documents = documents(&ran);
        assert_eq!(documents.len(), 3 * count, "{}", ran.err);
        for (at, document) in documents.iter().enumerate() {
            assert_eq!(document["header"]["title"], format!("Title {}", at / 3), "{at}");
        }
    }
    let ran = convert(&text, "shopify/products", "shopify/products", "2");
    assert!(ran.out == text, "what was read is not written again: {}", ran.err);
}

#[test]
fn a_value_is_not_carried_into_another_group() {
    let text =
        format!("{PRODUCTS}a,One,,,,,,,,,,,,,A,,,,,,1.00,,,,,,,,,,,,,,,\nb,,,,,,,,,,,,,,B,,,,,,2.00,,,,,,,,,,,,,,,\n");
    let documents = documents(&convert(&text, "shopify/products", "json", "1"));
    assert_eq!(documents[0]["header"]["title"], "One");
    assert_eq!(documents[1]["header"].get("title"), None);
}

#[test]
fn a_second_row_of_a_product_is_told_and_not_lost() {
    let header = "sku\tprice\tminimum-seller-allowed-price\tmaximum-seller-allowed-price\tquantity\n";
    for (second, code) in [("2.00", "CONFLICTING_DOCUMENT"), ("1.00", "DUPLICATE_DOCUMENT")] {
        let text = format!("{header}A\t1.00\t\t\t5\nA\t{second}\t\t\t5\n");
        let ran = convert(&text, "amazon/price-quantity", "json", "1");
        assert_eq!(documents(&ran).len(), 2, "{}", ran.err);
        assert!(ran.err.contains(code), "{code}: {}", ran.err);
    }
}

#[test]
fn columns_are_handed_back_to_their_own_layout_only() {
    let text = "Item,ID,SKU,Current Stock\nVariant,77,A,5\n";
    let back = convert(text, "bigcommerce/inventory", "bigcommerce/inventory", "1").out;
    assert_eq!(back, text);
    let other = convert(text, "bigcommerce/inventory", "volusion/stock", "1").out;
    assert_eq!(other, "ProductCode,StockStatus\nA,5\n");
}

#[test]
fn what_is_available_goes_before_what_is_on_hand() {
    let header = "as_of,location,sku,gtin,description,on_hand,available,committed,incoming,unit\n";
    let text = format!("{header}2026-03-09T06:00:00Z,N1,A,,,12,10,,,EA\n2026-03-09T06:00:00Z,N1,B,,,7,,,,EA\n");
    let csv = convert(&text, "consign/inventory-csv", "woocommerce/stock", "1").out;
    assert_eq!(csv, "SKU,Stock\nA,10\nB,7\n");
    let xml = convert(&text, "consign/inventory-csv", "walmart/inventory-xml", "1").out;
    assert!(xml.contains("<amount>10</amount>") && xml.contains("<amount>7</amount>"), "{xml}");
    assert!(!xml.contains("<amount>12</amount>"), "{xml}");
}

#[test]
fn words_that_make_no_sense_in_a_layout_are_refused() {
    let text = fs::read_to_string(super::support::root().join("schemas/layouts/shopify/products.toml")).unwrap();
    assert!(consign::layout::load::load("a/b", &text).is_ok());
    for (from, to, said) in [
        ("group = \"Handle\"\n", "", "`group` in [documents]"),
        ("[documents]\n", "[file.fixed]\n\"Statsu\" = \"active\"\n\n[documents]\n", "Status"),
        ("carry = true", "carries = true", "carry"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let findings = consign::layout::load::load("a/b", &changed).unwrap_err();
        let told = findings.kept().iter().map(ToString::to_string).collect::<String>();
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn a_flow_hands_columns_back_too() {
    let space = Space::with(
        "[workspace]\n[targets.erp]\n[flows.shop]\npartner = \"shop\"\nlayout = \"bigcommerce/inventory\"\nquiet_secs = 0\n\
         [[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"bigcommerce/inventory\"\n",
    );
    let text = "Item,ID,SKU,Current Stock\nVariant,77,A,5\nProduct,78,B,0\n";
    space.write("in/shop/stock.csv", text.as_bytes());
    let ran = space.run(&["run"]);
    let written: Vec<Vec<u8>> = space.consume().into_values().collect();
    assert_eq!(written, [text.as_bytes()], "{} {}", ran.out, ran.err);
}
