//! What X12 carries beside numbers and quantities: parties, allowances, components, packs and levels.

use serde_json::Value;

use super::support::{lines, root, run};

/// The documents of a fixture.
fn documents(fixture: &str) -> Vec<Value> {
    let path = root().join("fixtures").join(fixture);
    let ran = run(&["convert", path.to_str().unwrap(), "--to", "json"]);
    assert!(ran.code == Some(0), "{fixture}: {}", ran.err);
    lines(&ran.out)
}

/// Fields of a value, as `name=value`.
fn fields(of: &Value, names: &[&str]) -> Vec<String> {
    names.iter().filter_map(|name| Some(format!("{name}={}", of[*name].as_str()?))).collect()
}

#[test]
fn an_order_carries_allowances_components_and_packs() {
    let orders = documents("48_x12_850-allowances/input.x12");
    let (header, lines) = (&orders[0]["header"], &orders[0]["lines"]);
    let money = ["discount", "charges", "shipping", "tax", "total"];
    assert_eq!(fields(header, &money), ["discount=6.25", "charges=1.50", "shipping=7.00", "tax=4.25", "total=187.00"]);
    assert_eq!(fields(header, &["customer", "vendor"]), ["customer=CUST-10", "vendor=V-55"]);
    assert_eq!(fields(&lines[0], &money), ["discount=10.00", "charges=2.50"]);
    let pack =
        ["pack_size", "inner_packs", "content", "content_unit", "weight", "weight_unit", "volume", "volume_unit"];
    let expected = ["12", "2", "0.35", "KG", "4.4", "KG", "0.02", "CR"];
    let expected: Vec<String> = pack.iter().zip(expected).map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(fields(&lines[0], &pack), expected);
    let names = ["shipping", "components", "description"];
    let components = "components=4 EA VN MUG-RED UP 012345678905; 2 EA VN 0012-TEA";
    assert_eq!(fields(&lines[1], &names), ["shipping=3.00", components], "the text of a component is not its line's");
}

#[test]
fn stores_share_the_allowance_of_their_line() {
    let orders = documents("52_x12_850-stores-charges/input.x12");
    let shares: Vec<String> =
        orders[0]["lines"].as_array().unwrap().iter().flat_map(|line| fields(line, &["ship_to", "discount"])).collect();
    let expected = ["ship_to=0001", "discount=0.33", "ship_to=0002", "discount=0.33", "ship_to=0003", "discount=0.34"];
    assert_eq!(shares, expected);
}

#[test]
fn an_invoice_carries_its_parties() {
    let header = &documents("49_x12_810-allowances/input.x12")[0]["header"];
    assert_eq!(fields(&header["ship_to"], &["code", "city"]), ["code=0042", "city=Sampletown"]);
    assert_eq!(fields(&header["bill_to"], &["code"]), ["code=BT001"]);
    assert_eq!(fields(header, &["vendor", "charges"]), ["vendor=V-55", "charges=1.50"]);
}

#[test]
fn a_catalogue_becomes_products_that_share_its_head() {
    let names = ["sku", "number", "title", "price", "cost", "currency", "weight", "weight_unit"];
    let products: Vec<String> =
        documents("50_x12_832/input.x12").iter().map(|product| fields(&product["header"], &names).join(" ")).collect();
    let expected = [
        "sku=MUG-BLUE number=CAT-2026 title=Mug, blue price=12.50 cost=6.20 currency=USD weight=4.4 weight_unit=KG",
        "sku=0012-TEA number=CAT-2026 title=Tea Morning 100 g price=5.75 currency=EUR",
        "sku=COASTER-1 title=Coaster price=0.95",
    ];
    assert_eq!(products, expected);
}

#[test]
fn a_shipment_carries_its_tares_and_its_weight() {
    let shipment = &documents("42_x12_856/input.x12")[0];
    let names = ["packages", "weight", "weight_unit"];
    assert_eq!(fields(&shipment["header"], &names), ["packages=3", "weight=42.5", "weight_unit=LB"]);
    let tares: Vec<Vec<String>> =
        shipment["lines"].as_array().unwrap().iter().map(|line| fields(line, &["tare", "package"])).collect();
    let tare = "tare=00095212345000000017";
    let expected = [
        vec![tare, "package=00095212345000000024"],
        vec![tare, "package=00095212345000000024"],
        vec![tare, "package=00095212345000000031"],
        vec!["package=CARTON-3"],
    ];
    assert_eq!(tares, expected);
}
