//! Exports that repeat orders: what is new, changed, cancelled and refunded goes out once, whatever comes again.

use std::collections::BTreeMap;

use super::support::{Space, codes, status};

const CONFIG: &str = "[targets.erp]\nfolder = \"out/erp\"\n\n[flows.shop]\npartner = \"shop\"\n\
    layout = \"shopify/orders\"\nquiet_secs = 0\n[flows.shop.policy]\nchanged_document = \"delta\"\n\
    [[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n\
    [[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"erp/returns-csv\"\n";

/// An order of an export: number, quantity, what was refunded, when it was cancelled, its financial status.
#[derive(Clone, Copy)]
pub struct Order(&'static str, &'static str, &'static str, &'static str, &'static str);

/// Orders in the columns of a Shopify export.
fn export(orders: &[Order]) -> Vec<u8> {
    let sample = String::from_utf8(super::support::demo("shopify-orders.csv")).unwrap();
    let header = sample.lines().next().unwrap();
    let mut text = format!("{header}\n");
    for Order(number, quantity, refunded, cancelled, paid) in orders {
        let total = format!("{}.00", 5 * quantity.parse::<u32>().unwrap());
        let cell = |column: &str| match column {
            "Name" => (*number).to_owned(),
            "Financial Status" => (*paid).to_owned(),
            "Currency" => "USD".to_owned(),
            "Created at" => "2026-03-05 10:00:00 -0500".to_owned(),
            "Subtotal" | "Total" => total.clone(),
            "Lineitem price" => "5.00".to_owned(),
            "Shipping" | "Taxes" => "0.00".to_owned(),
            "Refunded Amount" => (*refunded).to_owned(),
            "Cancelled at" => (*cancelled).to_owned(),
            "Lineitem quantity" => (*quantity).to_owned(),
            "Lineitem sku" => "MUG-BLUE".to_owned(),
            "Lineitem name" => "Mug".to_owned(),
            _ => String::new(),
        };
        text.push_str(&header.split(',').map(cell).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text.into_bytes()
}

const AT: &str = "2026-03-07 10:00:00 -0500";

pub fn space() -> Space {
    Space::checked(CONFIG)
}

/// What was written since: number, action and quantity of each order, number and amount of each refund.
fn written(space: &Space) -> Vec<String> {
    let mut all = Vec::new();
    for (_, bytes) in space.consume() {
        let text = String::from_utf8(bytes).unwrap();
        let mut rows = text.lines();
        let names: Vec<&str> = rows.next().unwrap().split(',').collect();
        for row in rows {
            let cells: BTreeMap<&str, &str> = names.iter().copied().zip(row.split(',')).collect();
            all.push(match cells.get("return_number") {
                Some(number) => format!("{number} of {}: {}", cells["order_number"], cells["refund_total"]),
                None => format!("{} {} {}", cells["order_number"], cells["action"], cells["quantity"]),
            });
        }
    }
    all.sort();
    all
}

fn run(space: &Space, name: &str, orders: &[Order], expected: Option<i32>) -> Vec<String> {
    space.write(&format!("in/shop/{name}.csv"), &export(orders));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, expected, "{name}: {}{}", ran.out, ran.err);
    written(space)
}

#[test]
fn what_has_become_of_an_order_goes_out_once() {
    let space = space();
    let (one, two) = (Order("#1", "2", "0.00", "", "paid"), Order("#2", "1", "0.00", "", "paid"));
    assert_eq!(run(&space, "a", &[one, two], Some(0)), ["#1  2", "#2  1"]);
    // Overlapping: one is refunded, one changed, one new.
    let (refunded, changed) =
        (Order("#1", "2", "4.00", "", "partially_refunded"), Order("#2", "3", "0.00", "", "paid"));
    let three = Order("#3", "1", "0.00", "", "pending");
    let second = [refunded, changed, three];
    assert_eq!(run(&space, "b", &second, Some(0)), ["#1-R4 of #1: 4.00", "#2 change 3", "#3  1"]);
    let found = codes(&space, 2);
    assert!(["ORDER_REFUNDED", "ORDER_CHANGED"].iter().all(|code| found.contains(&(*code).to_owned())), "{found:?}");
    let shown = space.run(&["show", "2", "--json"]).out;
    assert!(shown.contains("lines.quantity"), "what changed is told: {shown}");
    // The same once more among others: nothing. A status that nobody writes is nothing either.
    let paid = Order("#3", "1", "0.00", "", "paid");
    assert_eq!(run(&space, "c", &[paid, changed, refunded], Some(0)), [""; 0]);
    assert!(codes(&space, 3).contains(&"CHANGE_NOT_WRITTEN".to_owned()));
    // Refunded, then cancelled with the rest; and one that nobody saw before it was cancelled.
    let (cancelled, four) = (Order("#1", "2", "10.00", AT, "refunded"), Order("#4", "1", "5.00", AT, "refunded"));
    let expected = ["#1 cancel 2", "#1-R10 of #1: 6.00", "#4 cancel 1", "#4-R5 of #4: 5.00"];
    assert_eq!(run(&space, "d", &[cancelled, four], Some(0)), expected);
    assert!(codes(&space, 4).contains(&"ORDER_CANCELLED".to_owned()));
    // An older export comes late.
    assert_eq!(run(&space, "e", &[one, Order("#4", "1", "0.00", "", "paid")], Some(0)), [""; 0]);
    assert!(codes(&space, 5).contains(&"OLDER_VERSION".to_owned()));
    // Back to what it was: an old export or changed back, which a person knows.
    assert_eq!(run(&space, "f", &[two], Some(1)), [""; 0]);
    assert_eq!(status(&space).0, ["accepted", "accepted", "duplicate", "accepted", "duplicate", "held"]);
}

/// An order's life in four exports, of which one is older than the one before.
pub fn drop_all(space: &Space) {
    for (name, order) in [
        ("a", Order("#1", "2", "0.00", "", "paid")),
        ("b", Order("#1", "2", "4.00", "", "paid")),
        ("c", Order("#1", "2", "0.00", "", "pending")),
        ("d", Order("#1", "2", "10.00", AT, "refunded")),
    ] {
        space.write(&format!("in/shop/{name}.csv"), &export(&[order]));
    }
}

#[test]
fn files_of_one_group_are_compared_with_each_other() {
    let space = space();
    drop_all(&space);
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(written(&space), ["#1  2", "#1 cancel 2", "#1-R10 of #1: 6.00", "#1-R4 of #1: 4.00"]);
}

#[test]
fn the_order_of_exports_does_not_matter_for_refunds_and_cancellations() {
    let life = [
        Order("#1", "2", "0.00", "", "paid"),
        Order("#1", "2", "3.00", "", "paid"),
        Order("#1", "2", "7.50", "", "paid"),
        Order("#1", "2", "10.00", AT, "refunded"),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let space = space();
        let mut all = Vec::new();
        for (at, version) in order.iter().enumerate() {
            all.extend(run(&space, &at.to_string(), &[life[*version]], Some(0)));
        }
        let cancels = all.iter().filter(|row| row.contains("cancel")).count();
        let cents =
            |row: &String| row.rsplit_once(": ").map(|(_, amount)| amount.replace('.', "").parse::<u32>().unwrap());
        assert_eq!((cancels, all.iter().filter_map(cents).sum::<u32>()), (1, 1_000), "{order:?}: {all:?}");
    }
}

#[test]
fn deltas_need_outputs_that_tell_them() {
    for (from, to) in [
        ("erp/orders-csv", "netsuite/sales-orders"),
        ("[[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"erp/returns-csv\"\n", ""),
    ] {
        let config = CONFIG.replacen(from, to, 1);
        assert_ne!(config, CONFIG);
        let checked = Space::with(&config).run(&["check"]);
        assert_eq!(checked.code, Some(2), "{to}: {}", checked.out);
        assert!(checked.out.contains("[CONFIG_REFERENCE]") && checked.out.contains("delta"), "{}", checked.out);
    }
}

#[test]
fn orders_received_before_there_were_deltas_are_known() {
    let before = CONFIG.replace("changed_document = \"delta\"", "changed_document = \"hold\"");
    let before = before.replace("[[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"erp/returns-csv\"\n", "");
    let space = Space::with(&before);
    let (one, two) = (Order("#1", "2", "0.00", "", "paid"), Order("#2", "2", "0.00", "", "paid"));
    assert_eq!(run(&space, "a", &[one, two], Some(0)).len(), 2);
    space.write("consign.toml", CONFIG.as_bytes());
    // One comes again unchanged and is known from then on; of the other nobody knows what it was.
    assert_eq!(run(&space, "b", &[one, Order("#3", "1", "0.00", "", "paid")], Some(0)), ["#3  1"]);
    let (one, two) = (Order("#1", "2", "3.00", "", "paid"), Order("#2", "2", "3.00", "", "paid"));
    assert_eq!(run(&space, "c", &[one, two], Some(1)), ["#1-R3 of #1: 3.00"]);
    assert!(codes(&space, 3).contains(&"CHANGED_DOCUMENT".to_owned()));
}
