use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::document::{BatchBuilder, Decimal, Place};
use crate::layout::library::Library;
use crate::layout::write::Writer;

const PRICES: &str = r#"
title = "Prices"
document = "product"
direction = "both"
confidence = "verified"
source = "A test"

[file]
format = "csv"
final_newline = "optional"
signature = ["Id", "SKU", "Price"]

[documents]
shape = "header_only"
key = "Id"

[header]
number = "Id"
sku = "SKU"
price = "Price"
quantity = "Stock"

[write_back]
key = ["number", "sku"]
change = ["price", "quantity"]

[[rows]]
when = { "Kind" = "Image" }
as = "pass"
"#;

fn layout() -> Layout {
    crate::layout::load("acme/prices", PRICES).unwrap()
}

/// Products by number, SKU, price and quantity; what is empty has no value.
fn products(rows: &[[&str; 4]]) -> Batch {
    let names = ["number", "sku", "price", "quantity"];
    let fields: Vec<usize> = names.iter().map(|name| Kind::Product.field(Level::Header, name).unwrap()).collect();
    let mut builder = BatchBuilder::new(Kind::Product, (&fields, &[]), (&[], &[]));
    for row in rows {
        builder.begin_document(Place::default());
        for (slot, value) in row.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            match slot {
                0 | 1 => builder.set_text(Level::Header, slot, value),
                _ => builder.set_decimal(Level::Header, slot, Decimal::parse(value.as_bytes()).unwrap()),
            };
        }
    }
    builder.finish().unwrap()
}

fn filled(export: &str, rows: &[[&str; 4]], leaves_out: bool) -> String {
    let layout = layout();
    let rules = layout.write_back.clone().unwrap();
    let export = Export::read(export.as_bytes(), &layout, &rules).map_err(|f| format!("{:?}", f.kept())).unwrap();
    let writer = Writer::fill(&layout, Arc::new(export), leaves_out).unwrap();
    let mut out = Vec::new();
    writer.begin(&mut out);
    writer.write(&products(rows), &Findings::default(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn only_changed_cells_of_changed_rows_are_written() {
    let export = "Id,Kind,SKU,\"Na,me\",Price,Stock\r\n1,Product,A,\"Mug, \"\"big\"\"\",\"9.50\",12\r\n\
        2,Product,B, Tea ,5.00,0\r\n3,Image,A,,,\r\n4,Product,C,\"two\nlines\",1,7";
    let head = "Id,Kind,SKU,\"Na,me\",Price,Stock\r\n";
    let cases: [(&str, &[[&str; 4]], &str); 7] = [
        ("the same number written otherwise is no change", &[["", "A", "9.5", "12.0"]], ""),
        (
            "quotes stay, also where a cell changes",
            &[["", "A", "8", ""]],
            "1,Product,A,\"Mug, \"\"big\"\"\",\"8.00\",12\r\n",
        ),
        ("a value that we do not have is left alone", &[["2", "", "", "3"]], "2,Product,B, Tea ,5.00,3\r\n"),
        ("the number comes before the SKU", &[["2", "A", "6", ""]], "2,Product,B, Tea ,6.00,0\r\n"),
        ("a number that is not there leaves it to the SKU", &[["99", "B", "6", ""]], "2,Product,B, Tea ,6.00,0\r\n"),
        ("a last row without a line break", &[["", "C", "", "8"]], "4,Product,C,\"two\nlines\",1,8\r\n"),
        ("nothing of ours is there", &[["", "Z", "1", "1"]], ""),
    ];
    for (name, rows, expected) in cases {
        assert_eq!(filled(export, rows, true), format!("{head}{expected}"), "{name}");
    }
    let all = filled(export, &[["", "A", "9.5", "12"]], false);
    assert_eq!(all, format!("{head}1,Product,A,\"Mug, \"\"big\"\"\",\"9.50\",12\r\n"), "what is filled in again");
}

#[test]
fn a_key_that_stands_twice_is_none() {
    let layout = layout();
    let rules = layout.write_back.clone().unwrap();
    let text = "\u{feff}Id,SKU,Price\n1,A,1\n2,A,2\n3,B,x\n";
    let export = Export::read(text.as_bytes(), &layout, &rules).unwrap();
    let batch = products(&[["", "A", "", ""], ["2", "A", "", ""], ["", "B", "", ""], ["", "", "", ""]]);
    let found = export.find(&batch);
    assert_eq!(found, [Found::Several, Found::One(1), Found::Nothing, Found::Nothing], "a row with no price is none");
    let lacks = Writer::fill(&layout, Arc::new(export), true).is_none();
    assert!(lacks, "the column of quantities is not there");
    let broken = Export::read(b"Id,SKU,Price\n1,\"A,1\n", &layout, &rules).unwrap_err();
    assert!(broken.file_effect().is_some());
}

#[test]
fn every_layout_that_is_filled_in_names_an_export_that_reads() {
    let library = Library::new(BTreeMap::new());
    let mut seen = 0;
    for layout in library.all() {
        let Some(rules) = &layout.write_back else { continue };
        let export = library.get(&rules.export).unwrap();
        assert!(export.reads && export.kind == layout.kind && layout.writes, "{}", layout.name);
        assert!(!rules.keys.is_empty() && !rules.change.is_empty(), "{}", layout.name);
        seen += 1;
    }
    assert!(seen >= 4, "{seen} layouts");
}

#[test]
fn a_write_back_of_fields_that_are_none_is_refused() {
    for (from, to) in [
        ("key = [\"number\", \"sku\"]", "key = [\"sku+nmber\"]"),
        ("change = [\"price\", \"quantity\"]", ""),
        ("document = \"product\"", "document = \"customer\""),
    ] {
        assert!(crate::layout::load("acme/prices", &PRICES.replacen(from, to, 1)).is_err(), "{to}");
    }
}

proptest! {
    /// Whatever stands in the cells, a row written back differs from its own in the changed cells only.
    #[test]
    fn other_cells_keep_their_bytes(cells in prop::collection::vec("[ -~\n]{0,12}", 1..20), crlf in any::<bool>()) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("Id,SKU,Price,Stock,Text{end}");
        let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        for (number, cell) in cells.iter().enumerate() {
            text.push_str(&format!("{number},S{number},1,2,{}{end}", quoted(cell)));
        }
        let rows: Vec<[String; 4]> =
            (0..cells.len()).map(|n| [String::new(), format!("S{n}"), "1".into(), if n % 2 == 0 { "3" } else { "2" }.into()]).collect();
        let rows: Vec<[&str; 4]> = rows.iter().map(|row| std::array::from_fn(|at| row[at].as_str())).collect();
        let mut expected = format!("Id,SKU,Price,Stock,Text{end}");
        for (number, cell) in cells.iter().enumerate().filter(|(number, _)| number % 2 == 0) {
            expected.push_str(&format!("{number},S{number},1,3,{}{end}", quoted(cell)));
        }
        prop_assert_eq!(filled(&text, &rows, true), expected);
    }
}
