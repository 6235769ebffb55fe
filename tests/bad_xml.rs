//! Bad XML (`X…`) through the binary: every case ends with its code, never in silence. A case without a code is read
//! without an error.

use std::fs;
use std::net::TcpListener;

use super::support::{Space, check, codes, convert, demo, root, status};

const ORDERS: &str = "consign/orders-xml";

/// The sound file with something behind the start tag of its root.
fn orders(inside: &str) -> String {
    let text = fs::read_to_string(root().join("fixtures/17_consign_orders-xml/input.xml")).unwrap();
    let root = text.find("<orders").or_else(|| text.find("<Orders")).unwrap();
    let at = root + text[root..].find('>').unwrap() + 1;
    format!("{}{inside}{}", &text[..at], &text[at..])
}

fn declared(declaration: &str) -> String {
    let text = orders("");
    let body = text.find("?>").map_or(0, |at| at + 2);
    format!("{declaration}{}", &text[body..])
}

#[test]
fn x_what_could_reach_outside_is_refused_or_left_alone() {
    let doctype = |inside: &str| declared(&format!("<?xml version=\"1.0\"?><!DOCTYPE a{inside}>")).into_bytes();
    let laughs = "<!ENTITY x \"&y;&y;\">".repeat(500);
    check(
        ORDERS,
        &[
            ("X01", doctype(" [<!ENTITY x SYSTEM \"file:///etc/passwd\">]"), true, "XML_DOCTYPE"),
            ("X02", doctype(" [<!ENTITY % x SYSTEM \"http://192.0.2.1/x\"> %x;]"), true, "XML_DOCTYPE"),
            ("X03", doctype(&format!(" [{laughs}]")), true, "XML_DOCTYPE"),
            (
                "X04",
                declared("<?xml-stylesheet href=\"http://192.0.2.1/x\"?>").into_bytes(),
                false,
                "XML_REFERENCE_IGNORED",
            ),
            ("X05", doctype(""), true, "XML_DOCTYPE"),
            ("X06", orders("<n>&foo;</n>").into_bytes(), true, "XML_ENTITY"),
        ],
    );
}

#[test]
fn x_what_is_not_well_formed() {
    let sound = orders("");
    let case = |name, inside: &str| (name, orders(inside).into_bytes(), true, "XML_NOT_WELL_FORMED");
    let character = |name, inside: &str| (name, orders(inside).into_bytes(), true, "XML_CHAR");
    check(
        ORDERS,
        &[
            ("X07", sound.as_bytes()[..sound.len() / 2].to_vec(), true, "XML_TRUNCATED"),
            case("X08", "<a></b>"),
            ("X09", format!("{sound}<a/>").into_bytes(), true, "XML_NOT_WELL_FORMED"),
            ("X09 text", format!("{sound}text").into_bytes(), true, "XML_NOT_WELL_FORMED"),
            case("X10", "<n a=\"1\" a=\"2\"/>"),
            case("X11 attribute", "<n a=\"<\"/>"),
            case("X11 text", "<n>]]></n>"),
            case("X11 comment", "<!-- a -- b -->"),
            character("X12 zero", "<n>&#0;</n>"),
            character("X12 surrogate", "<n>&#xD800;</n>"),
            character("X12 beyond", "<n>&#x110000;</n>"),
            case("X13", "<1a/>"),
        ],
    );
}

#[test]
fn x_limits_declarations_and_other_documents() {
    let numbered = |prefix: &str, count: usize| (0..count).map(|n| format!(" {prefix}{n}=\"u\"")).collect::<String>();
    let long = "x".repeat(100_000);
    check(
        ORDERS,
        &[
            ("X14", orders(&"<a>".repeat(10_000)).into_bytes(), true, "XML_DEPTH"),
            ("X15", orders(&format!("<a{}/>", numbered("a", 5_000))).into_bytes(), true, "XML_ATTRS"),
            ("X16", orders(&format!("<a{}/>", numbered("xmlns:a", 3_000))).into_bytes(), true, "XML_NAMESPACES"),
            ("X17 text", orders(&format!("<n>{long}</n>")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X17 CDATA", orders(&format!("<n><![CDATA[{long}]]></n>")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X17 comment", orders(&format!("<!--{long}-->")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X17 PI", orders(&format!("<?pi {long}?>")).into_bytes(), true, "FIELD_TOO_LONG"),
            ("X18", declared("<?xml version=\"1.0\" encoding=\"UTF-16\"?>").into_bytes(), true, "ENCODING_MISMATCH"),
            ("X20", declared("<?xml version=\"1.1\"?>").into_bytes(), true, "XML_VERSION"),
            ("X21", b"<a/>".to_vec(), true, "XML_WRONG_DOCUMENT"),
            ("E06", orders("<!-- MÃ¼ller -->").into_bytes(), false, "MOJIBAKE_SUSPECT"),
            ("X24", orders(&format!("<n>{}</n>", "QUJD".repeat(1 << 20))).into_bytes(), true, "FIELD_TOO_LONG"),
        ],
    );
}

/// The catalogue's order, with a change: three orders, of which the second is changed.
fn three(from: &str, to: &str) -> Vec<u8> {
    let order = |number: u32| {
        format!(
            "<order><number>PO-{number}</number><orderedAt>2026-03-05</orderedAt><currency>EUR</currency><lines><line>\
             <sku>MUG-RED</sku><quantity unit=\"EA\">2</quantity><unitPrice>1.50</unitPrice></line></lines></order>"
        )
    };
    let second = order(2);
    assert!(second.contains(from), "{from}");
    format!("<orders>{}{}{}</orders>", order(1), second.replacen(from, to, 1), order(3)).into_bytes()
}

/// What is wrong with one order stops that order only.
const ONE_OF_THREE: [(&str, &str, &str, &str); 11] = [
    ("X22 missing", "<orderedAt>2026-03-05</orderedAt>", "", "FIELD_MISSING"),
    ("X22 missing in a line", "<sku>MUG-RED</sku>", "", "SKU_MISSING"),
    ("X22 type", ">2<", ">two<", "VALUE_INVALID"),
    ("X22 date", "2026-03-05", "yesterday", "DATE_INVALID"),
    ("X23", "<currency>EUR</currency>", "<currency>EUR</currency><currency>USD</currency>", "FIELD_REPEATED"),
    ("X23 the same", "<currency>EUR</currency>", "<currency>EUR</currency><currency>EUR</currency>", "FIELD_REPEATED"),
    ("X23 in a line", "<sku>MUG-RED</sku>", "<sku>MUG-RED</sku><sku>TEA</sku>", "FIELD_REPEATED"),
    ("X25 mixed value", "<sku>MUG-RED</sku>", "<sku>MUG<b/>-RED</sku>", "XML_UNEXPECTED"),
    ("X25 text in an order", "<currency>", "lost<currency>", "XML_UNEXPECTED"),
    ("X25 text in a line", "<sku>", "lost<sku>", "XML_UNEXPECTED"),
    (
        "X25 nil",
        "<currency>EUR",
        "<currency xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\">EUR",
        "XML_UNEXPECTED",
    ),
];

#[test]
fn x22_x23_x25_what_is_wrong_with_one_order_stops_that_one() {
    for (name, from, to, code) in ONE_OF_THREE {
        let space = Space::new();
        space.write("crosswalk/sku.csv", b"sku,item\nMUG-RED,10\nTEA,11\n");
        space.write("in/b2b/x.xml", &three(from, to));
        let ran = space.run(&["run"]);
        assert_eq!(
            (ran.code, status(&space).0),
            (Some(1), vec!["partial".to_owned()]),
            "{name}: {}{}",
            ran.out,
            ran.err
        );
        assert!(codes(&space, 1).contains(&code.to_owned()), "{name}: {:?}", codes(&space, 1));
        let out: String = space.consume().into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        let gone = ["PO-1", "PO-2", "PO-3"].map(|number| out.contains(number));
        assert_eq!(gone, [true, false, true], "{name}: {out}");
        let reason = fs::read_to_string(space.path(".consign/quarantine/1/reason.json")).unwrap();
        assert!(reason.contains(code) && reason.contains("PO-2") && !reason.contains("PO-3"), "{name}: {reason}");
        assert_eq!(space.run(&["report", "balance"]).code, Some(0), "{name}");
    }
}

#[test]
fn x22_x25_what_means_nothing_changes_nothing() {
    let plain = convert(&three("<n", "<n"), ORDERS).out;
    for (name, from, to) in [
        ("X22 another order", "<currency>EUR</currency><lines>", "<unknown>x</unknown><currency>EUR</currency><lines>"),
        ("X25 comment", "MUG-RED", "MUG<!-- red -->-RED"),
        ("X25 unbound", "<lines>", "<p>mixed <b>text</b></p><lines>"),
        ("X25 nil", "<lines>", "<note xmlns:xsi=\"u\" xsi:nil=\"true\"/><lines>"),
    ] {
        let ran = convert(&three(from, to), ORDERS);
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), plain.as_str()), "{name}: {}", ran.err);
    }
}

#[test]
fn x01_x04_nothing_is_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let include = format!("<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"{url}\"/>");
    let ignored = "XML_REFERENCE_IGNORED";
    let schema = |name: &str| orders("").replacen("<orders", &format!("<orders {xsi} xsi:{name}=\"u {url}\""), 1);
    check(
        ORDERS,
        &[
            ("X04 XInclude", orders(&include).into_bytes(), false, ignored),
            ("X04 schemaLocation", schema("schemaLocation").into_bytes(), false, ignored),
            ("X04 noNamespace", schema("noNamespaceSchemaLocation").into_bytes(), false, ignored),
            ("X04 stylesheet", declared(&format!("<?xml-stylesheet href=\"{url}\"?>")).into_bytes(), false, ignored),
            ("X01", declared(&format!("<!DOCTYPE a SYSTEM \"{url}\">")).into_bytes(), true, "XML_DOCTYPE"),
        ],
    );
    let asked = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock), "somebody asked for {url}");
}

#[test]
fn x19_utf_16_is_read_only_where_it_was_agreed() {
    let text = String::from_utf8(three("<n", "<n")).unwrap();
    let wide = |mark: bool| {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    check(
        ORDERS,
        &[
            ("X19 mark", wide(true), true, "ENCODING_UNSUPPORTED"),
            ("X19 no mark", wide(false), true, "ENCODING_UNSUPPORTED"),
        ],
    );
    let layout = fs::read_to_string(root().join("schemas/layouts/consign/orders-xml.toml")).unwrap();
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let space = Space::with(&config.replace("[flows.b2b]\n", "[flows.b2b]\nlayout = \"own/wide\"\n"));
    let layout = layout.replacen("format = \"xml\"", "format = \"xml\"\nencoding = \"utf-16\"", 1);
    space.write("layouts/own/wide.toml", layout.as_bytes());
    space.write("in/b2b/x.xml", &wide(true));
    space.write("in/b2b/y.xml", &wide(false));
    space.run(&["run"]);
    let (mut outcomes, _) = status(&space);
    outcomes.sort();
    assert_eq!(outcomes, ["accepted", "rejected"], "X19");
    assert!(codes(&space, 1).iter().chain(&codes(&space, 2)).any(|code| code == "ENCODING_UNSUPPORTED"), "X19");
}

#[test]
fn x21_the_right_name_in_another_namespace_is_another_document() {
    let ubl = fs::read_to_string(root().join("fixtures/16_ubl_order/input.xml")).unwrap();
    let space = "urn:oasis:names:specification:ubl:schema:xsd:Order-2";
    assert!(ubl.contains(&format!("xmlns=\"{space}\"")));
    let prefixed = ubl.replacen("<Order xmlns=", "<o:Order xmlns:o=", 1).replace("</Order>", "</o:Order>");
    check(
        "ubl/order-2.1",
        &[
            ("X21 other", ubl.replacen(space, "urn:other", 1).into_bytes(), true, "XML_WRONG_DOCUMENT"),
            ("X21 none", ubl.replacen(&format!("xmlns=\"{space}\""), "", 1).into_bytes(), true, "XML_WRONG_DOCUMENT"),
            ("X21 prefix", prefixed.into_bytes(), false, ""),
            ("X21 sound", ubl.into_bytes(), false, ""),
        ],
    );
}
