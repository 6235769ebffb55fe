//! `inspect` of files that nobody knows: their columns, and a layout drafted from them that reads them at once.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::{Ran, files, root, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Drafts a layout from a file and reads the file with it.
fn drafted(folder: &Path, file: &Path) -> (String, Ran) {
    let draft = folder.join("draft.toml");
    let ran = run(&["inspect", text(file), "--draft", text(&draft)]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}: {}", file.display(), ran.err);
    let layout = fs::read_to_string(&draft).unwrap();
    let ran = run(&["convert", text(file), "--from", text(&draft), "--to", "json"]);
    fs::remove_file(draft).unwrap();
    (layout, ran)
}

/// The layout drafted from a text, and the documents that it reads in it.
fn read(bytes: &[u8]) -> (String, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("unknown.csv");
    fs::write(&file, bytes).unwrap();
    let (layout, ran) = drafted(folder.path(), &file);
    assert_eq!(ran.code, Some(0), "{}\n{layout}", ran.err);
    (layout, ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A value by its path, or a field of the header: `/ship_to/city`.
fn at<'v>(document: &'v Value, path: &str) -> &'v str {
    let found = document.pointer(path).or_else(|| document["header"].pointer(path));
    found.and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {document:#}"))
}

const GERMAN: &str = "Bestellnummer;Bestelldatum;Kundennr;E-Mail;Lieferadresse PLZ;Lieferort;Artikel-Nr.;Menge;Einzelpreis;Farbton\n\
    4711;05.03.2026;K-1;a@shop.example;01067;Dresden;MUG-RED;2;12,50;rot\n\
    4711;05.03.2026;K-1;a@shop.example;01067;Dresden;TEA-BLACK;1;1.005,75;\n\
    4712;31.03.2026;K-2;b@shop.example;80331;München;MUG-RED;4;12,50;rot\n";

#[test]
fn a_german_file_of_orders() {
    let (layout, orders) = read(GERMAN.as_bytes());
    assert!(layout.contains("confidence = \"unverified\"") && layout.contains("shape = \"repeated\""), "{layout}");
    assert!(layout.contains("#   Farbton: "), "{layout}");
    assert_eq!(orders.len(), 2);
    let first = &orders[0];
    for (path, expected) in [
        ("/number", "4711"),
        ("/ordered_at", "2026-03-05"),
        ("/customer", "K-1"),
        ("/email", "a@shop.example"),
        ("/ship_to/postal_code", "01067"),
        ("/ship_to/city", "Dresden"),
        ("/lines/0/sku", "MUG-RED"),
        ("/lines/0/quantity", "2"),
        ("/lines/1/unit_price", "1005.75"),
    ] {
        assert_eq!(at(first, path), expected, "{path}");
    }
    assert!(!layout.contains("@shop.example") && !layout.contains("Dresden"), "{layout}");
}

#[test]
fn the_same_in_another_encoding_with_a_title_above() {
    let text = format!("Auswertung vom 1. April\n{GERMAN}");
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);
    let (layout, orders) = read(&bytes);
    assert!(layout.contains("skip_lines = 1") && layout.contains("encoding = \"windows-1252\""), "{layout}");
    assert_eq!(at(&orders[1], "/ship_to/city"), "München");
}

#[test]
fn values_of_the_order_stand_on_its_first_row() {
    let (layout, orders) = read(
        b"Ref\tEmail\tTotal\tCreated at\tItem name\tItem sku\tQty\n\
          #A1\ta@shop.example\t35.00\t2026-03-05 10:00\tMug\tMUG\t2\n#A1\t\t\t\tGift wrap\t\t1\n\
          #A2\tb@shop.example\t10.00\t2026-03-06 10:00\tTea\tTEA\t1\n#A2\t\t\t\tCup\tCUP\t1\n",
    );
    assert!(layout.contains("shape = \"first_row\"") && layout.contains("key = [\"Ref\"]"), "{layout}");
    assert_eq!((orders.len(), at(&orders[0], "/number"), at(&orders[0], "/total")), (2, "#A1", "35.00"));
    assert_eq!(at(&orders[0], "/lines/1/sku"), "Gift wrap", "a line without a SKU goes by its description");
}

#[test]
fn a_french_stock_list_and_spanish_customers() {
    let (layout, stock) = read("Référence;Dépôt;Quantité en stock\nA-1;PARIS;12\nA-2;LYON;0\n".as_bytes());
    assert!(layout.contains("document = \"inventory\"") && layout.contains("shape = \"single\""), "{layout}");
    assert_eq!((at(&stock[0], "/lines/1/sku"), at(&stock[0], "/lines/1/location")), ("A-2", "LYON"));
    let (layout, customers) = read(
        "Código cliente,Nombre,Apellidos,Correo electrónico,Dirección,Código postal,Ciudad,País\n\
         C1,Ana,Ejemplo,ana@shop.example,Calle 1,28001,Madrid,ES\nC2,Luis,Muestra,luis@shop.example,Calle 2,08001,Barcelona,ES\n"
            .as_bytes(),
    );
    assert!(layout.contains("document = \"customer\"") && layout.contains("shape = \"header_only\""), "{layout}");
    let second = &customers[1];
    assert_eq!((at(second, "/id"), at(second, "/first_name"), at(second, "/last_name")), ("C2", "Luis", "Muestra"));
    assert_eq!((at(second, "/bill_to/postal_code"), at(second, "/bill_to/country")), ("08001", "ES"));
}

#[test]
fn a_table_without_names_and_columns_told_by_their_values() {
    let (layout, found) = read(b"a@shop.example,4006381333931,EUR,7\nb@shop.example,6291041500213,EUR,8\n");
    assert!(layout.contains("header_row = \"none\""), "{layout}");
    assert_eq!(at(&found[1], "/email"), "b@shop.example");
}

#[test]
fn an_unknown_xml_file() {
    let order = |number: u32| {
        format!(
            "<Bestellung id=\"B{number}\"><Datum>2026-03-0{number}</Datum><Lieferung><Ort>Dresden</Ort></Lieferung>\
             <Zeilen><Zeile><Artikelnummer>A-{number}</Artikelnummer><Menge>2</Menge></Zeile>\
             <Zeile><Artikelnummer>B-{number}</Artikelnummer><Menge>1</Menge></Zeile></Zeilen></Bestellung>"
        )
    };
    let (layout, orders) = read(format!("<Bestellungen>{}{}</Bestellungen>", order(1), order(2)).as_bytes());
    assert!(layout.contains("documents = [\"Bestellungen/Bestellung\"]"), "{layout}");
    assert!(layout.contains("line = \"Zeilen/Zeile\""), "{layout}");
    assert_eq!((orders.len(), at(&orders[1], "/ordered_at")), (2, "2026-03-02"));
    assert_eq!((at(&orders[1], "/lines/0/sku"), at(&orders[1], "/lines/1/quantity")), ("A-2", "1"));
    assert_eq!(at(&orders[0], "/ship_to/city"), "Dresden");
}

#[test]
fn every_table_of_the_fixtures_can_be_drafted_and_read() {
    let tables: Vec<PathBuf> = files(&root().join("fixtures"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv") && !text(path).contains("-cut"))
        .collect();
    assert!(tables.len() > 100, "{}", tables.len());
    let check = |path: &PathBuf| {
        let folder = tempfile::tempdir().unwrap();
        let (layout, ran) = drafted(folder.path(), path);
        assert_eq!(ran.code, Some(0), "{}: {}\n{layout}", path.display(), ran.err);
        assert!(!ran.err.contains("error["), "{}: {}", path.display(), ran.err);
        assert!(!ran.out.is_empty(), "{}", path.display());
    };
    std::thread::scope(|scope| {
        for some in tables.chunks(tables.len().div_ceil(2)) {
            scope.spawn(move || some.iter().for_each(check));
        }
    });
}

#[test]
fn nothing_personal_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    fs::write(
        &file,
        "Ansprechpartner;Kontaktweg;Notiz;Mail;Telefon;Ort;Betreuer\nAnna Beispiel;anna@shop.example;ruft gern an;\
         anna@shop.example;+49 30 5550001;Dresden;Zora\nBerta Beispiel;berta@shop.example;;berta@shop.example;\
         +49 30 5550002;Berlin;Zora\n",
    )
    .unwrap();
    for options in [&[][..], &["--json"], &["--draft"]] {
        let mut arguments = vec!["inspect", text(&file)];
        arguments.extend(options);
        let ran = run(&arguments);
        for personal in ["Anna", "Beispiel", "berta", "5550001", "Dresden", "ruft gern", "Zora"] {
            assert!(
                !ran.out.contains(personal) && !ran.err.contains(personal),
                "{personal} in\n{}{}",
                ran.out,
                ran.err
            );
        }
        assert!(ran.out.contains("Ansprechpartner"), "{}", ran.out);
    }
}

#[test]
fn columns_are_profiled_and_layouts_that_nearly_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let orders = fs::read_to_string(root().join("fixtures/01_shopify_orders/input.csv")).unwrap();
    fs::write(&file, orders.replacen("Lineitem price,", "Lineitem cost,", 1)).unwrap();
    let ran = run(&["inspect", text(&file)]);
    assert_eq!(ran.code, Some(1), "no layout fits");
    assert!(
        ran.out.contains("nearly shopify/orders: it has Name,") && ran.out.contains("lacks Lineitem price"),
        "{}",
        ran.out
    );
    let ran = run(&["inspect", text(&file), "--json", "--rows", "3"]);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let column = |name: &str| lines.iter().find(|line| line["what"] == "column" && line["name"] == name).unwrap();
    assert_eq!((at(column("Currency"), "/is"), at(column("Currency"), "/examples/0")), ("currency", "USD"));
    assert_eq!(column("Email")["personal"], true);
    assert_eq!(at(column("Created at"), "/is"), "date iso");
    let last = lines.last().unwrap();
    assert_eq!((last["rows"].as_u64(), last["of_all"].as_bool()), (Some(3), Some(false)));
    let known = run(&["inspect", text(&root().join("fixtures/01_shopify_orders/input.csv")), "--rows", "0"]);
    assert!(known.out.contains("Of all 9 rows:") && known.out.contains("line sku"), "{}", known.out);
}

#[test]
fn a_draft_is_never_written_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (file, draft) = (folder.path().join("a.csv"), folder.path().join("draft.toml"));
    fs::write(&file, GERMAN).unwrap();
    fs::write(&draft, "mine").unwrap();
    assert_eq!(run(&["inspect", text(&file), "--draft", text(&draft)]).code, Some(2));
    assert_eq!(fs::read_to_string(&draft).unwrap(), "mine");
    fs::write(&draft, "title = \"x\"\nshape = 1\n").unwrap();
    let ran = run(&["convert", text(&file), "--from", text(&draft), "--to", "json"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("draft.toml: line"), "{}", ran.err);
    fs::write(&file, "\0\0\0").unwrap();
    assert_ne!(run(&["inspect", text(&file), "--draft"]).code, Some(0));
}
