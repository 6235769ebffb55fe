//! Layouts that write each document to a file of its own: what they are called, what is in them, and that each has the
//! life of an output.

use std::collections::BTreeMap;
use std::fs;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::support::{Space, demo, files, lines, root, run};

/// Orders of these numbers as a shop's file.
pub fn orders(numbers: &[&str]) -> String {
    let head = "order_number,order_date,customer,currency,line,item,partner_sku,description,quantity,unit,unit_price\n";
    let one = |number: &&str| format!("{number},2026-03-04,10001,EUR,1,100-0001,MUG-RED,Mug <{number}>,2,EA,19.95\n");
    head.to_owned() + &numbers.iter().map(one).collect::<String>()
}

const OUTPUTS: &str = "\n[[flows.shop.outputs]]\ntarget = \"erp\"\nlayout = \"ubl/order-2.1\"\n";

/// A flow that writes each order as UBL.
pub fn space() -> Space {
    let flow =
        "\n[flows.shop]\npartner = \"shop\"\ninclude = [\"*.csv\"]\nlayout = \"erp/orders-csv\"\nquiet_secs = 0\n";
    Space::with(&format!("{}{flow}{OUTPUTS}", String::from_utf8(demo("consign.toml")).unwrap()))
}

/// Paths of elements, in their order.
fn paths(xml: &str) -> Vec<String> {
    let (mut reader, mut open, mut all) = (Reader::from_str(xml), Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                open.push(start.name().as_ref().to_owned());
                all.push(open.join("/"));
            }
            Event::Empty(start) => all.push(format!("{}/{}", open.join("/"), start.name().as_ref())),
            Event::End(_) => drop(open.pop()),
            Event::Eof => return all,
            _ => {}
        }
    }
}

#[test]
fn convert_names_a_file_for_each_document() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    fs::write(&input, orders(&["A-1", "A-2", "A-3"])).unwrap();
    let convert = |more: &[&str]| {
        let arguments = ["convert", input.to_str().unwrap(), "--from", "erp/orders-csv", "--to", "ubl/order-2.1"];
        run(&[&arguments[..], more].concat())
    };
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("all")).unwrap();
    for (output, names) in [
        ("all", ["all/1.xml", "all/2.xml", "all/3.xml"]),
        ("orders.xml", ["orders-1.xml", "orders-2.xml", "orders-3.xml"]),
        ("orders", ["orders-1", "orders-2", "orders-3"]),
    ] {
        let ran = convert(&["--output", path(output).to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        for (name, number) in names.iter().zip(["A-1", "A-2", "A-3"]) {
            let read = run(&["convert", path(name).to_str().unwrap(), "--from", "ubl/order-2.1", "--to", "json"]);
            let read = lines(&read.out);
            assert_eq!((read.len(), read[0]["header"]["number"].as_str()), (1, Some(number)), "{name}");
            assert_eq!(read[0]["lines"][0]["description"], format!("Mug <{number}>"), "{name}");
        }
    }
    assert_eq!(files(folder.path()).len(), 1 + 3 * 3, "{:?}", files(folder.path()));
    // One text is one document: a second is told, not put behind the first.
    let ran = convert(&[]);
    assert_eq!((ran.code, ran.out.matches("<Order ").count()), (Some(2), 1), "{}", ran.err);
    assert!(ran.err.contains("--output"), "{}", ran.err);
}

#[test]
fn a_file_that_is_refused_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.xml");
    let text = String::from_utf8(demo("orders.xml")).unwrap();
    fs::write(&input, &text[..text.rfind("</order>").unwrap()]).unwrap();
    let output = folder.path().join("out.xml");
    let arguments =
        ["convert", input.to_str().unwrap(), "--from", "consign/orders-xml", "--to", "ubl/order-2.1", "--output"];
    let ran = run(&[&arguments[..], &[output.to_str().unwrap()]].concat());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(files(folder.path()), [input]);
}

#[test]
fn each_document_of_a_flow_is_an_output_once() {
    let space = space();
    space.write("in/shop/a.csv", orders(&["A-1", "A-2", "A-3"]).as_bytes());
    let dry = space.run(&["run", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{}{}", dry.out, dry.err);
    assert_eq!(space.run(&["run"]).code, Some(0));
    let first = space.consume();
    assert_eq!(first.len(), 3, "{:?}", first.keys());
    for (at, (name, bytes)) in first.iter().enumerate() {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(name.starts_with("shop-") && name.ends_with(&format!("-000001-1-{}.xml", at + 1)), "{name}");
        assert!(text.contains(&format!("<cbc:ID>A-{}</cbc:ID>", at + 1)), "{name}: {text}");
    }
    // Two that were there, and a new one; then nothing but what was there.
    space.write("in/shop/b.csv", orders(&["A-3", "A-4", "A-1"]).as_bytes());
    space.run(&["run"]);
    let second = space.consume();
    assert_eq!(second.len(), 1, "{:?}", second.keys());
    assert!(second.values().all(|bytes| std::str::from_utf8(bytes).unwrap().contains("<cbc:ID>A-4</cbc:ID>")));
    space.write("in/shop/c.csv", orders(&["A-4", "A-2"]).as_bytes());
    space.run(&["run"]);
    assert_eq!(space.consume(), BTreeMap::new());
    assert!(files(&space.path(".consign/stage")).is_empty());
}

/// The elements that the schemas of UBL 2.1 have, in the order that they demand, as far as they are written.
const ORDER: &[(&str, &[&str])] = &[
    (
        "Order",
        &[
            "cbc:UBLVersionID",
            "cbc:ID",
            "cbc:IssueDate",
            "cbc:Note",
            "cbc:DocumentCurrencyCode",
            "cac:OrderDocumentReference",
            "cac:BuyerCustomerParty",
            "cac:SellerSupplierParty",
            "cac:Delivery",
            "cac:TaxTotal",
            "cac:AnticipatedMonetaryTotal",
            "cac:OrderLine",
        ],
    ),
    (
        "OrderResponse",
        &[
            "cbc:UBLVersionID",
            "cbc:ID",
            "cbc:IssueDate",
            "cbc:OrderResponseCode",
            "cbc:Note",
            "cbc:DocumentCurrencyCode",
            "cac:OrderReference",
            "cac:SellerSupplierParty",
            "cac:BuyerCustomerParty",
            "cac:Delivery",
            "cac:LegalMonetaryTotal",
            "cac:OrderLine",
        ],
    ),
    (
        "DespatchAdvice",
        &[
            "cbc:UBLVersionID",
            "cbc:ID",
            "cbc:IssueDate",
            "cac:OrderReference",
            "cac:DespatchSupplierParty",
            "cac:DeliveryCustomerParty",
            "cac:Shipment",
            "cac:DespatchLine",
        ],
    ),
    (
        "Invoice",
        &[
            "cbc:UBLVersionID",
            "cbc:ID",
            "cbc:IssueDate",
            "cbc:DueDate",
            "cbc:InvoiceTypeCode",
            "cbc:DocumentCurrencyCode",
            "cac:OrderReference",
            "cac:AccountingSupplierParty",
            "cac:AccountingCustomerParty",
            "cac:TaxTotal",
            "cac:LegalMonetaryTotal",
            "cac:InvoiceLine",
        ],
    ),
    ("cac:Party", &["cac:PartyIdentification", "cac:PartyName", "cac:PostalAddress", "cac:Contact"]),
    ("cac:PostalAddress", ADDRESS),
    ("cac:Address", ADDRESS),
    ("cac:DeliveryAddress", ADDRESS),
    ("cac:Contact", &["cbc:Telephone", "cbc:ElectronicMail"]),
    (
        "cac:Delivery",
        &[
            "cbc:TrackingID",
            "cac:DeliveryAddress",
            "cac:DeliveryLocation",
            "cac:RequestedDeliveryPeriod",
            "cac:PromisedDeliveryPeriod",
            "cac:CarrierParty",
            "cac:DeliveryParty",
            "cac:Despatch",
        ],
    ),
    ("cac:Shipment", &["cbc:ID", "cac:Delivery"]),
    ("cac:AnticipatedMonetaryTotal", TOTAL),
    ("cac:LegalMonetaryTotal", TOTAL),
    (
        "cac:LineItem",
        &[
            "cbc:ID",
            "cbc:LineStatusCode",
            "cbc:Quantity",
            "cbc:LineExtensionAmount",
            "cbc:TotalTaxAmount",
            "cac:Delivery",
            "cac:Price",
            "cac:Item",
        ],
    ),
    ("cac:DespatchLine", &["cbc:ID", "cbc:DeliveredQuantity", "cac:OrderLineReference", "cac:Item"]),
    ("cac:OrderLineReference", &["cbc:LineID", "cac:OrderReference"]),
    ("cac:InvoiceLine", &["cbc:ID", "cbc:InvoicedQuantity", "cbc:LineExtensionAmount", "cac:Item", "cac:Price"]),
    (
        "cac:Item",
        &[
            "cbc:Name",
            "cac:BuyersItemIdentification",
            "cac:SellersItemIdentification",
            "cac:StandardItemIdentification",
        ],
    ),
];
const ADDRESS: &[&str] = &[
    "cbc:ID",
    "cbc:StreetName",
    "cbc:AdditionalStreetName",
    "cbc:CityName",
    "cbc:PostalZone",
    "cbc:CountrySubentity",
    "cac:Country",
];
const TOTAL: &[&str] =
    &["cbc:LineExtensionAmount", "cbc:AllowanceTotalAmount", "cbc:ChargeTotalAmount", "cbc:PayableAmount"];

#[test]
fn ubl_is_written_in_the_order_of_its_schemas() {
    for (fixture, least) in
        [("16_ubl_order", 60), ("240_ubl_order-response", 20), ("241_ubl_despatch-advice", 25), ("242_ubl_invoice", 25)]
    {
        let text = fs::read_to_string(root().join("fixtures").join(fixture).join("output.xml")).unwrap();
        let paths = paths(&text);
        assert!(paths.len() >= least, "{fixture}: {} elements", paths.len());
        let mut last: BTreeMap<usize, (String, usize)> = BTreeMap::new();
        for path in paths {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let depth = path.matches('/').count();
            last.retain(|known, _| *known <= depth);
            let of = parent.rsplit('/').next().unwrap_or_default();
            let Some((_, names)) = ORDER.iter().find(|(known, _)| *known == of) else { continue };
            let place = names.iter().position(|known| known == &name);
            let place = place.unwrap_or_else(|| panic!("{fixture}: {path} is in no schema's order"));
            let before = last.insert(depth, (parent.to_owned(), place));
            let before = before.filter(|(known, _)| known == parent).map_or(0, |(_, place)| place);
            assert!(before <= place, "{fixture}: {path} comes too late");
        }
        // Every amount has its currency.
        assert!(
            !text.contains("Amount>")
                || !text
                    .lines()
                    .any(|line| line.contains("<cbc:") && line.contains("Amount>") && !line.contains("currencyID")),
            "{fixture}"
        );
    }
}

#[test]
fn records_of_iif_add_up_to_zero() {
    let bytes = fs::read(root().join("fixtures/265_quickbooks_invoices-iif/output.iif")).unwrap();
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let rows: Vec<Vec<&str>> = text.split_terminator("\r\n").map(|row| row.split('\t').collect()).collect();
    let sample = "!TRNS\tTRNSID\tTRNSTYPE\tDATE\tACCNT\tNAME\tCLASS\tAMOUNT\tDOCNUM\tMEMO\tCLEAR\tTOPRINT";
    assert!(text.starts_with(sample), "{text}");
    let header = |name: &str| rows.iter().find(|row| row[0] == format!("!{name}")).unwrap();
    let mut cents = 0;
    for row in rows.iter().filter(|row| ["TRNS", "SPL"].contains(&row[0])) {
        assert_eq!(row.len(), header(row[0]).len(), "{row:?}");
        let amount = header(row[0]).iter().position(|name| *name == "AMOUNT").unwrap();
        cents += row[amount].replace('.', "").parse::<i64>().unwrap();
    }
    let names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(names, ["!TRNS", "!SPL", "!ENDTRNS", "TRNS", "SPL", "SPL", "SPL", "SPL", "SPL", "ENDTRNS"]);
    assert_eq!(cents, 0);
}
