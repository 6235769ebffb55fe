//! What is written is read back as the same, and the layouts of the box write sound messages in both directories.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::document::batch::Place;
use crate::document::{BatchBuilder, Decimal, Kind, Level};
use crate::layout::library::Library;
use crate::layout::load::load;
use crate::layout::model::File;
use crate::layout::read::Chunk;
use crate::layout::read::edifact::EdifactProgram;
use crate::layout::write::Writer;
use crate::schema::Guides;

/// The values of a header or a line, by the number of the field in the list; decimals as text.
type Values = Vec<Option<String>>;
/// An order: its header and its lines.
type Order = (Values, Vec<Values>);

const HEADER: [&str; 25] = [
    "number",
    "action",
    "ordered_at",
    "currency",
    "customer",
    "email",
    "requested_delivery",
    "ship_to.name",
    "ship_to.company",
    "ship_to.code",
    "ship_to.address1",
    "ship_to.city",
    "ship_to.country",
    "bill_to.name",
    "bill_to.postal_code",
    "carrier",
    "ship_method",
    "discount",
    "shipping",
    "tax",
    "total",
    "note",
    "cancel_after",
    "phone",
    "requested_ship",
];
const LINE: [&str; 10] =
    ["line", "sku", "gtin", "buyer_part", "description", "quantity", "unit", "unit_price", "amount", "ship_to"];

/// One word.
fn text(most: usize) -> impl Strategy<Value = String> {
    // Words with everything that must be released, and letters that ISO 8859-1 has.
    proptest::string::string_regex(&format!("[A-Za-z0-9ÄöüßéñØ:+?'*~|@#,.()-]{{1,{most}}}")).unwrap()
}

/// A text of several words, which lines of a segment are made of.
fn words(most: usize) -> impl Strategy<Value = String> {
    vec(text(12), 1..most).prop_map(|words| words.join(" "))
}

fn decimal(places: u32) -> impl Strategy<Value = String> {
    (0..10_i64.pow(9)).prop_map(move |number| {
        let unit = 10_i64.pow(places);
        format!("{}.{:0width$}", number / unit, number % unit, width = places as usize)
    })
}

fn date() -> impl Strategy<Value = String> {
    (2000..2100, 1..13, 1..29).prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}

fn header() -> impl Strategy<Value = Values> {
    let of_name = |name: &'static str| -> BoxedStrategy<Option<String>> {
        match name {
            "number" => text(35).prop_map(Some).boxed(),
            "action" => {
                prop_oneof![Just("new"), Just("change"), Just("cancel")].prop_map(|t| Some(t.to_owned())).boxed()
            }
            "ordered_at" => (date(), 0..24, 1..60).prop_map(|(d, h, m)| Some(format!("{d}T{h:02}:{m:02}:00"))).boxed(),
            "requested_delivery" | "requested_ship" | "cancel_after" => of(date()).boxed(),
            "currency" => of("[A-Z]{3}").boxed(),
            "ship_to.country" => of("[A-Z]{2}").boxed(),
            "bill_to.postal_code" => of(text(9)).boxed(),
            "carrier" => of(text(17)).boxed(),
            "discount" | "shipping" | "tax" | "total" => of(decimal(2)).boxed(),
            "note" => of(words(12)).boxed(),
            // One word is whole whatever the width is.
            _ => of(text(35)).boxed(),
        }
    };
    HEADER.map(of_name).to_vec().prop_map(|mut values| {
        let at = |name: &str| HEADER.iter().position(|known| *known == name).unwrap();
        if values[at("ship_to.name")].is_none() {
            values[at("ship_to.company")] = None;
        }
        values
    })
}

fn line() -> impl Strategy<Value = Values> {
    let of_name = |name: &'static str| -> BoxedStrategy<Option<String>> {
        match name {
            "line" => "[1-9][0-9]{0,5}".prop_map(Some).boxed(),
            "sku" => text(35).prop_map(Some).boxed(),
            "gtin" => of("[0-9]{8}|[0-9]{12}|[0-9]{13}|[0-9]{14}").boxed(),
            "description" => of(words(4)).boxed(),
            "quantity" => decimal(3).prop_map(Some).boxed(),
            "unit" => "[A-Z0-9]{2,3}".prop_map(Some).boxed(),
            "unit_price" => of(decimal(6)).boxed(),
            "amount" => decimal(2).prop_map(Some).boxed(),
            _ => of(text(35)).boxed(),
        }
    };
    LINE.map(of_name).to_vec()
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    vec((header(), vec(line(), 1..4)), 1..4)
}

fn set(builder: &mut BatchBuilder, level: Level, names: &[&str], values: &Values) {
    for (slot, (name, value)) in names.iter().zip(values).enumerate() {
        let field = Kind::Order.field(level, name).unwrap();
        match value {
            None => {}
            Some(text) if Kind::Order.fields(level)[field].kind.is_decimal() => {
                builder.set_decimal(level, slot, Decimal::parse(text.as_bytes()).unwrap());
            }
            Some(text) => {
                builder.set_text(level, slot, text);
            }
        }
    }
}

fn batch(orders: &[Order]) -> Batch {
    let fields = |level, names: &[&str]| names.iter().map(|n| Kind::Order.field(level, n).unwrap()).collect::<Vec<_>>();
    let (header, line) = (fields(Level::Header, &HEADER), fields(Level::Line, &LINE));
    let mut builder = BatchBuilder::new(Kind::Order, (&header, &[]), (&line, &[]));
    for (header, lines) in orders {
        builder.begin_document(Place::default());
        set(&mut builder, Level::Header, &HEADER, header);
        for line in lines {
            builder.begin_line(Place::default());
            set(&mut builder, Level::Line, &LINE, line);
        }
    }
    builder.finish().unwrap()
}

/// Every value of some fields, row by row.
fn values(batch: &Batch, level: Level, names: &[&str]) -> Vec<Values> {
    let rows = batch.table(level).height();
    let is_decimal = |name: &str| Kind::Order.fields(level)[Kind::Order.field(level, name).unwrap()].kind.is_decimal();
    let one = |name: &str, row| {
        if is_decimal(name) {
            batch.decimal(level, name).and_then(|column| column.decimal(row)).map(|value| value.to_string())
        } else {
            batch.text(level, name).and_then(|column| column.get(row)).map(str::to_owned)
        }
    };
    (0..rows).map(|row| names.iter().map(|name| one(name, row)).collect()).collect()
}

/// The bytes of a file of one batch, in UTF-8.
fn file(writer: &Writer<'_>, batch: &Batch) -> Vec<u8> {
    let (mut out, mut body, mut findings) = (Vec::new(), Vec::new(), Findings::default());
    assert_eq!(writer.refuse(batch, &mut findings), [], "{:?}", findings.kept());
    writer.begin(&mut out);
    writer.write(batch, &findings, &mut body);
    out.extend_from_slice(&writer.in_order(&body));
    writer.end(&mut out);
    out
}

fn read(layout: &Layout, bytes: &[u8]) -> Batch {
    let File::Edifact(edifact) = &layout.file else { panic!("{}", layout.name) };
    let mut findings = Findings::default();
    let program = EdifactProgram::new(layout, edifact, Some(&Guides::default()), &mut findings).unwrap();
    let chunk = Chunk { number: 0, bytes: bytes.to_vec(), start: Default::default() };
    let parsed = program.read(&chunk, Syntax::read(bytes, 0).unwrap()).unwrap();
    assert_eq!(parsed.findings.kept(), [], "{}", String::from_utf8_lossy(bytes));
    parsed.batch
}

/// A layout of the box with another text of its own.
fn layout(name: &str, from: &str, to: &str) -> Layout {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/layouts/{name}.toml"));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{name}: {from}");
    load(name, &text.replace(from, to)).unwrap()
}

const WRITTEN: [&str; 2] = ["directory = \"D.96A\"", "syntax = \"UNOC:3\""];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn orders_are_read_back(orders in orders(), form in 0..3) {
        let layout = match form {
            0 => layout("edifact/orders", WRITTEN[1], "syntax = \"UNOC:3\""),
            1 => layout("edifact/orders", WRITTEN[0], "directory = \"D.01B\"\nuna = true"),
            _ => layout("edifact/orders", WRITTEN[1], "syntax = \"UNOY:4\"\ndecimal = \",\""),
        };
        let written = batch(&orders);
        let bytes = file(&Writer::new(&layout).unwrap(), &written);
        let again = read(&layout, &bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for (level, names) in [(Level::Header, &HEADER[..]), (Level::Line, &LINE[..])] {
            prop_assert_eq!(values(&again, level, names), values(&written, level, names), "{}", text);
        }
        // Writing what was read gives the same bytes.
        let bytes = file(&Writer::new(&layout).unwrap(), &again);
        prop_assert_eq!(String::from_utf8_lossy(&bytes), text);
    }
}

/// Products of these SKUs and prices.
fn products(rows: &[(&str, &str)]) -> Batch {
    let kind = Kind::Product;
    let fields = ["sku", "price", "title"].map(|name| kind.field(Level::Header, name).unwrap());
    let mut builder = BatchBuilder::new(kind, (&fields, &[]), (&[], &[]));
    for (sku, price) in rows {
        builder.begin_document(Place::default());
        builder.set_text(Level::Header, 0, sku);
        builder.set_decimal(Level::Header, 1, Decimal::parse(price.as_bytes()).unwrap());
        builder.set_text(Level::Header, 2, "Cup 'Ö'");
    }
    builder.finish().unwrap()
}

#[test]
fn products_share_a_message_and_batches_are_numbered_in_order() {
    let layout = Library::new(BTreeMap::new()).get("edifact/pricat").unwrap();
    let writer = Writer::with(&layout, &Settings { interchange: 5, set: 9, ..Settings::default() }).unwrap();
    let mut out = Vec::new();
    writer.begin(&mut out);
    for batch in [products(&[("A", "1.5"), ("B", "2")]), products(&[("C", "0.125")])] {
        let (mut text, mut findings) = (Vec::new(), Findings::default());
        assert_eq!(writer.refuse(&batch, &mut findings), [], "{:?}", findings.kept());
        writer.write(&batch, &findings, &mut text);
        out.extend_from_slice(&writer.in_order(&text));
    }
    writer.end(&mut out);
    let expected = "UNB+UNOC:3+SENDER:ZZ+RECEIVER:ZZ+000101:0000+5'\n\
        UNH+9+PRICAT:D:96A:UN'\nBGM+9+20000101+9'\nDTM+137:20000101:102'\nPGI+11'\n\
        LIN+1'\nPIA+1+A:SA'\nIMD+F++:::Cup ?'Ö?''\nPRI+AAA:1.50'\n\
        LIN+2'\nPIA+1+B:SA'\nIMD+F++:::Cup ?'Ö?''\nPRI+AAA:2.00'\nUNT+13+9'\n\
        UNH+10+PRICAT:D:96A:UN'\nBGM+9+20000101+9'\nDTM+137:20000101:102'\nPGI+11'\n\
        LIN+1'\nPIA+1+C:SA'\nIMD+F++:::Cup ?'Ö?''\nPRI+AAA:0.125'\nUNT+9+10'\nUNZ+2+5'\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
    // PRICAT in D.01B is as sound.
    let layout = self::layout("edifact/pricat", WRITTEN[0], "directory = \"D.01B\"");
    assert!(file(&Writer::new(&layout).unwrap(), &products(&[("A", "1")])).starts_with(b"UNB+"));
}

#[test]
fn a_layout_of_the_box_can_be_written_when_its_message_is_defined() {
    let library = Library::new(BTreeMap::new());
    let mut written = 0;
    for layout in library.all().filter(|layout| layout.writes && layout.name.starts_with("edifact/")) {
        let File::Edifact(edifact) = &layout.file else { panic!("{}", layout.name) };
        let writer = EdifactWriter::new(&layout, edifact, &Settings::default()).unwrap();
        assert!(writer.definition.is_some(), "{}", layout.name);
        written += 1;
    }
    assert_eq!(written, 6);
}

#[test]
fn an_interchange_ends_where_its_count_is_full() {
    let layout = Library::new(BTreeMap::new()).get("edifact/pricat").unwrap();
    let File::Edifact(edifact) = &layout.file else { panic!() };
    let writer = EdifactWriter::new(&layout, edifact, &Settings::default()).unwrap();
    writer.begin();
    let mut body = Vec::new();
    writer.write(&products(&[("A", "1")]), &mut body);
    let first = writer.numbered(&body);
    assert!(first.starts_with(b"UNB+"));
    writer.file.lock().unwrap().messages = MESSAGES;
    let next = String::from_utf8(writer.numbered(&body)).unwrap();
    assert!(next.starts_with("UNZ+1+1'\nUNB+UNOC:3+SENDER:ZZ+RECEIVER:ZZ+000101:0000+2'\nUNH+1000000+"), "{next}");
}

#[test]
fn what_a_layout_writes_itself_must_be_in_its_character_set() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/layouts/edifact/pricat.toml");
    let text = std::fs::read_to_string(path).unwrap();
    for (to, expected) in [("BGM+9€+", "U+20AC"), ("BGM+{nmber}+", "nmber"), ("BGM+(x+", ")")] {
        let findings = load("edifact/pricat", &text.replace("BGM+9+", to)).unwrap_err();
        assert!(format!("{:?}", findings.kept()).contains(expected), "{to}");
    }
    for (to, expected) in [("UNOC:5", "UNOC:5"), ("UNOX:3", "UNOX:3"), ("UNOC:3\"\ndecimal = \"-", "-")] {
        let findings = load("edifact/pricat", &text.replace("UNOC:3", to)).unwrap_err();
        assert!(findings.kept().iter().any(|finding| finding.found == expected), "{to}: {:?}", findings.kept());
    }
}

#[test]
fn the_same_layout_writes_both_directories() {
    for (name, fixture) in [
        ("edifact/orders", "30_edifact_orders-allowances"),
        ("edifact/ordrsp", "24_edifact_ordrsp"),
        ("edifact/desadv", "26_edifact_desadv"),
        ("edifact/invoic", "28_edifact_invoic"),
    ] {
        let layout = layout(name, WRITTEN[0], "directory = \"D.01B\"");
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{fixture}/input.edi"));
        let writer = Writer::new(&layout).unwrap();
        let bytes = file(&writer, &read(&layout, &std::fs::read(path).unwrap()));
        assert!(String::from_utf8_lossy(&bytes).contains(":D:01B:UN'"), "{name}");
        let again = file(&writer, &read(&layout, &bytes));
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&bytes), "{name}");
    }
}
