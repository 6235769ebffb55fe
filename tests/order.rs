//! The order of input where it means nothing: orders of a file, files of a drop, lines of a stock list.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::support::{Space, codes, convert, files, snapshot, status};

/// An order in a table: its number and how many lines it has.
fn rows(number: usize, lines: usize) -> String {
    let row = |line: usize| {
        format!(
            "111-{number:07}\t{number}{line}\t2026-03-0{}T10:00:00+00:00\tSKU-{line}\t{}\tEUR\t{}.50\n",
            1 + number % 9,
            1 + line,
            number + line
        )
    };
    (0..lines).map(row).collect()
}

const HEAD: &str = "order-id\torder-item-id\tpurchase-date\tsku\tquantity-purchased\tcurrency\titem-price\n";

fn element(number: usize, lines: usize) -> String {
    let line = |at: usize| format!("<line><sku>SKU-{at}</sku><quantity unit=\"EA\">{}</quantity></line>", at + number);
    let lines: String = (0..lines).map(line).collect();
    format!("<order><number>{number}</number><orderedAt>2026-03-05</orderedAt><lines>{lines}</lines></order>")
}

/// The documents of a file as JSON, which does not tell where they stand in it.
fn documents(bytes: &[u8], layout: &str) -> BTreeSet<String> {
    let ran = convert(bytes, layout);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let all = super::support::lines(&ran.out);
    let count = all.len();
    let read: BTreeSet<String> = all.into_iter().map(|document| document.to_string()).collect();
    assert_eq!(read.len(), count, "every document is another one");
    read
}

/// Orders by number, with how many lines each has.
type Orders = Vec<(usize, usize)>;

/// Orders sorted by number, and the same in any order.
fn shuffled() -> impl Strategy<Value = (Orders, Orders)> {
    prop::collection::vec(1_usize..5, 1..9).prop_flat_map(|lines| {
        let orders: Orders = lines.into_iter().enumerate().map(|(at, lines)| (at + 1, lines)).collect();
        (Just(orders.clone()), Just(orders).prop_shuffle())
    })
}

fn table(orders: &[(usize, usize)]) -> Vec<u8> {
    let rows: String = orders.iter().map(|(number, lines)| rows(*number, *lines)).collect();
    format!("{HEAD}{rows}").into_bytes()
}

fn xml(orders: &[(usize, usize)]) -> Vec<u8> {
    let elements: String = orders.iter().map(|(number, lines)| element(*number, *lines)).collect();
    format!("<orders>{elements}</orders>").into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_orders_in_a_file_changes_none_of_them((sorted, mixed) in shuffled()) {
        for (write, layout) in [(table as fn(&[_]) -> _, "amazon/orders"), (xml, "consign/orders-xml")] {
            let (expected, found) = (documents(&write(&sorted), layout), documents(&write(&mixed), layout));
            prop_assert_eq!(expected.len(), sorted.len());
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_order_of_lines_in_a_stock_list_changes_none_of_them(numbers in Just((1..8_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let row = |number: &usize| format!("2026-03-05T06:00:00Z,MAIN,SKU-{number},{number}\n");
        let text = |numbers: &[usize]| {
            format!("as_of,location,sku,on_hand\n{}", numbers.iter().map(row).collect::<String>()).into_bytes()
        };
        let lines = |bytes: &[u8]| {
            let ran = convert(bytes, "consign/inventory-csv");
            let document = super::support::lines(&ran.out).remove(0);
            let list = document["lines"].as_array().unwrap().clone();
            list.into_iter()
                .map(|mut line| {
                    line.as_object_mut().unwrap().remove("line");
                    line.to_string()
                })
                .collect::<BTreeSet<String>>()
        };
        let sorted: Vec<usize> = (1..8).collect();
        prop_assert_eq!(lines(&text(&numbers)), lines(&text(&sorted)));
        prop_assert_eq!(lines(&text(&numbers)).len(), 7);
    }
}

#[test]
fn the_names_of_files_and_how_they_come_change_no_output() {
    let outputs = |names: [&str; 3], apart: bool| {
        let space = Space::new();
        for (number, name) in names.into_iter().enumerate() {
            // Snapshots of one moment: none is older than another.
            space.write(&format!("in/stock/{name}"), &snapshot(number));
            if apart {
                space.run(&["run"]);
            }
        }
        space.run(&["run"]);
        assert_eq!(status(&space).0, ["accepted"; 3], "{:?}", codes(&space, 1));
        assert_eq!(files(&space.path("archive")).len(), 3);
        space.consume().into_values().collect::<BTreeSet<Vec<u8>>>()
    };
    let expected = outputs(["a.csv", "b.csv", "c.csv"], false);
    assert_eq!(expected.len(), 3);
    assert_eq!(outputs(["c.csv", "a.csv", "b.csv"], false), expected);
    assert_eq!(outputs(["b.csv", "c.csv", "a.csv"], true), expected);
}
