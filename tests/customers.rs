//! Whose orders they are: known buyers are linked, doubtful ones held, new ones imported once and before their orders.

use std::fs;

use serde_json::Value;

use super::support::{Space, codes, status};

const CONFIG: &str = "[targets.erp]\nfolder = \"out/erp\"\n\n[flows.shop]\npartner = \"shop\"\n\
    layout = \"shopify/orders\"\nquiet_secs = 0\n[flows.shop.customers]\nknown = \"customers/known.csv\"\n\
    layout = \"netsuite/customers\"\nnew_prefix = \"WEB-\"\n\
    [[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"netsuite/sales-orders\"\n\
    [[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"netsuite/customers\"\n";

const KNOWN: &str = "External ID,Company Name,First Name,Last Name,Email,Phone,Addressee,Address 1,Address 2,City,State,\
    Zip,Country,Subsidiary,Comments\nCUST-1,,Pat,Doe,pat@example.com,,,12 Main Street,,Sampletown,MA,02134,US,,\n\
    CUST-2,,Sam,Smith,sam@example.com,,,9 Side Road,,Sampletown,MA,02135,US,,\n";

/// Orders in the columns of a Shopify export: number, e-mail, name of who is billed, street.
fn orders(rows: &[[&str; 4]]) -> Vec<u8> {
    let sample = String::from_utf8(super::support::demo("shopify-orders.csv")).unwrap();
    let header = sample.lines().next().unwrap();
    let mut text = format!("{header}\n");
    for [number, email, name, street] in rows {
        let cell = |column: &str| match column {
            "Name" => *number,
            "Email" => email,
            "Billing Name" => name,
            "Billing Street" | "Billing Address1" => street,
            "Billing Zip" => "02135",
            "Billing Country" => "US",
            "Currency" => "USD",
            "Created at" => "2026-03-05 10:00:00 -0500",
            "Subtotal" | "Total" | "Lineitem price" => "5.00",
            "Shipping" | "Taxes" => "0.00",
            "Lineitem quantity" => "1",
            "Lineitem sku" => "MUG-BLUE",
            "Lineitem name" => "Mug",
            _ => "",
        };
        text.push_str(&header.split(',').map(cell).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text.into_bytes()
}

fn space() -> Space {
    let space = Space::with(CONFIG);
    space.write("customers/known.csv", KNOWN.as_bytes());
    let checked = space.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.out);
    space
}

/// What was written since: customers, and the customer of each order.
fn written(space: &Space) -> (Vec<String>, Vec<(String, String)>) {
    let (mut customers, mut orders) = (Vec::new(), Vec::new());
    for (_, bytes) in space.consume() {
        let text = String::from_utf8(bytes).unwrap();
        let mut rows = text.lines();
        let is_orders = rows.next().unwrap().contains("PO #");
        for row in rows {
            let cells: Vec<&str> = row.split(',').collect();
            match is_orders {
                true => orders.push((cells[0].to_owned(), cells[2].to_owned())),
                false => customers.push(row.to_owned()),
            }
        }
    }
    (customers, orders)
}

#[test]
fn buyers_are_linked_held_or_imported_before_their_orders() {
    let space = space();
    let rows = [
        ["#1", "PAT@example.com", "Doe Pat", ""],
        ["#2", "", "Sam Smith", "9 Side Rd"],
        ["#3", "new@example.com", "Jo New", "1 New Street"],
        ["#4", "new@example.com", "Jo New", "1 New Street"],
        ["#5", "", "", ""],
    ];
    space.write("in/shop/orders.csv", &orders(&rows));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let found = codes(&space, 1);
    assert!(found.contains(&"CUSTOMER_DOUBTFUL".to_owned()), "{found:?}");
    assert!(found.contains(&"CUSTOMER_UNKNOWN".to_owned()), "{found:?}");
    let shown = space.run(&["show", "1", "--json"]).out;
    assert!(!shown.contains("Sam") && !shown.contains("example.com"), "no personal value is told: {shown}");
    assert!(shown.contains("CUST-2 (45 of 100: same person +20, same address +25)"), "{shown}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let outputs: Vec<u64> = shown["outputs"].as_array().unwrap().iter().map(|o| o["size"].as_u64().unwrap()).collect();
    let first = shown["outputs"][0]["name"].as_str().unwrap();
    let first = fs::read_to_string(space.path("out/erp").join(first)).unwrap();
    assert!(outputs.len() == 2 && first.starts_with("External ID,Company"), "customers are published first: {shown}");
    let (customers, orders) = written(&space);
    assert_eq!(customers.len(), 1, "{customers:?}");
    let number = customers[0].split(',').next().unwrap().to_owned();
    assert!(number.starts_with("WEB-") && customers[0].contains(",Jo,New,new@example.com,"), "{customers:?}");
    let pair = |order: &str, customer: &str| (order.to_owned(), customer.to_owned());
    assert_eq!(orders, [pair("#1", "CUST-1"), pair("#3", &number), pair("#4", &number)]);
}

#[test]
fn a_new_customer_is_imported_once_whatever_comes_again() {
    let space = space();
    let one = ["#3", "new@example.com", "Jo New", "1 New Street"];
    let two = ["#4", "NEW@example.com", "Jo New", "1 New Street"];
    // Two files of one group, which are computed side by side.
    space.write("in/shop/a.csv", &orders(&[one]));
    space.write("in/shop/b.csv", &orders(&[two]));
    assert_eq!(space.run(&["run"]).code, Some(0));
    let (customers, first) = written(&space);
    assert_eq!((customers.len(), first.len()), (1, 2), "{customers:?}");
    // A later order, and an earlier one once more among new ones.
    space.write("in/shop/c.csv", &orders(&[two, ["#5", "new@example.com", "Jo New", "1 New Street"]]));
    assert_eq!(space.run(&["run"]).code, Some(0));
    let (customers, later) = written(&space);
    assert!(customers.is_empty(), "{customers:?}");
    assert_eq!(later, [("#5".to_owned(), first[0].1.clone())]);
    // The ERP's next export knows it under the same number.
    let known = format!("{KNOWN}{},,Jo,New,new@example.com,,,,,,,,,,\n", first[0].1);
    space.write("customers/known.csv", known.as_bytes());
    space.write("in/shop/d.csv", &orders(&[["#6", "new@example.com", "Jo New", ""]]));
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(written(&space), (Vec::new(), vec![("#6".to_owned(), first[0].1.clone())]));
    assert!(status(&space).0.iter().all(|outcome| outcome == "accepted" || outcome == "partial"));
}

#[test]
fn a_file_that_is_stopped_as_a_whole_makes_no_customer_known() {
    let space = space();
    let row = ["#3", "new@example.com", "Jo New", "1 New Street"];
    // The last row is cut inside a quoted value.
    let mut cut = orders(&[row]);
    cut.extend_from_slice(b"#9,\"cut");
    space.write("in/shop/cut.csv", &cut);
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!(written(&space), (Vec::new(), Vec::new()));
    space.write("in/shop/whole.csv", &orders(&[row]));
    assert_eq!(space.run(&["run"]).code, Some(0));
    let (customers, orders) = written(&space);
    assert_eq!((customers.len(), orders.len()), (1, 1));
}

#[test]
fn the_customers_of_a_flow_are_checked() {
    let cases = [
        (
            "layout = \"netsuite/customers\"\nnew_prefix",
            "layout = \"netsuite/sales-orders\"\nnew_prefix",
            "CONFIG_REFERENCE",
        ),
        ("known = \"customers/known.csv\"", "known = \"customers/none.csv\"", "CONFIG_PATH"),
        ("new_prefix = \"WEB-\"", "new_prefx = \"WEB-\"", "CONFIG_UNKNOWN_KEY"),
        (
            "[flows.shop.customers]",
            "[flows.shop.crosswalk]\ncustomer = \"crosswalk/customer.csv\"\n[flows.shop.customers]",
            "CONFIG_DUPLICATE",
        ),
        ("[[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"netsuite/customers\"\n", "", "CONFIG_REFERENCE"),
    ];
    for (from, to, code) in cases {
        let config = CONFIG.replacen(from, to, 1);
        assert_ne!(config, CONFIG, "{from}");
        let space = Space::with(&config);
        space.write("customers/known.csv", KNOWN.as_bytes());
        let checked = space.run(&["check"]);
        assert_eq!(checked.code, Some(2), "{to}: {}", checked.out);
        assert!(checked.out.contains(&format!("[{code}]")), "{to}: {}", checked.out);
    }
    let space = space();
    space.write("customers/known.csv", b"Name,Mail\nPat,pat@example.com\n");
    assert_eq!(space.run(&["check"]).code, Some(2), "a file in other columns is no list of customers");
}
