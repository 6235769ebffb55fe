//! Targets that take another encoding than UTF-8 (`E10`): what they cannot take stops the order, and no character is
//! ever replaced.

use std::fs;

use super::support::{Space, codes, demo, root, status};

/// The demo's flow of XML orders, written with a layout of the workspace's own.
fn space(layout: &str, from: &str, to: &str) -> Space {
    let text = fs::read_to_string(root().join(format!("schemas/layouts/{layout}.toml"))).unwrap();
    assert!(text.contains(from), "{from}");
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let at = config.find("[flows.b2b]").unwrap();
    let flow = config[at..].replacen("layout = \"erp/orders-csv\"", "layout = \"own/target\"", 1);
    let flow = flow.replacen("[flows.b2b]", "[flows.b2b]\nlayout = \"consign/orders-xml\"", 1);
    let space = Space::with(&format!("{}{flow}", &config[..at]));
    space.write("layouts/own/target.toml", text.replacen(from, to, 1).as_bytes());
    space.write("crosswalk/sku.csv", b"sku,item\nMUG-RED,10\n");
    space
}

fn order(number: u32, name: &str) -> String {
    format!(
        "<order><number>PO-{number}</number><orderedAt>2026-03-05</orderedAt><currency>EUR</currency>\
         <shipTo><name>{name}</name></shipTo><lines><line><sku>MUG-RED</sku><quantity unit=\"EA\">2</quantity>\
         <unitPrice>1.50</unitPrice></line></lines></order>"
    )
}

const CSV: &str = "format = \"csv\"";
const XML: &str = "format = \"xml\"";

#[test]
fn e10_a_character_that_the_target_lacks_stops_its_order_only() {
    for (layout, format) in [("erp/orders-csv", CSV), ("consign/orders-xml", XML)] {
        let space = space(layout, format, &format!("{format}\nencoding = \"windows-1252\""));
        let text = format!("<orders>{}{}</orders>", order(1, "Müller €"), order(2, "Łódź"));
        space.write("in/b2b/x.xml", text.as_bytes());
        let ran = space.run(&["run"]);
        assert_eq!(
            (ran.code, status(&space).0),
            (Some(1), vec!["partial".to_owned()]),
            "{:?}{}",
            codes(&space, 1),
            ran.err
        );
        assert_eq!(codes(&space, 1), ["ENCODING_TARGET"]);
        let written: Vec<u8> = space.consume().into_values().flatten().collect();
        let has = |bytes: &[u8]| written.windows(bytes.len()).any(|window| window == bytes);
        assert!(has(b"M\xFCller \x80") && has(b"PO-1") && !has(b"PO-2") && !has(b"?"[..1].repeat(2).as_slice()));
        assert!(format == CSV || has(b"encoding=\"windows-1252\""));
        let reason = fs::read_to_string(space.path(".consign/quarantine/1/reason.json")).unwrap();
        assert!(reason.contains("PO-2") && !reason.contains("dź"), "no personal value: {reason}");
    }
}

#[test]
fn e10_utf_16_takes_everything_behind_one_mark() {
    let space = space("erp/orders-csv", CSV, &format!("{CSV}\nencoding = \"utf-16\""));
    space.write("in/b2b/x.xml", format!("<orders>{}{}</orders>", order(1, "Łódź"), order(2, "日本")).as_bytes());
    assert_eq!(space.run(&["run"]).code, Some(0));
    let written: Vec<u8> = space.consume().into_values().flatten().collect();
    let units: Vec<u16> = written.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).unwrap();
    assert_eq!(text.matches('\u{feff}').count(), 1);
    assert!(text.starts_with('\u{feff}') && text.contains("Łódź") && text.contains("日本"), "{text}");
}

#[test]
fn e10_a_layout_that_writes_what_its_encoding_lacks_is_refused() {
    let legacy = "encoding = \"windows-1252\"";
    for (layout, from, to) in [
        ("erp/orders-csv", CSV, format!("{CSV}\n{legacy}\nbom = true")),
        ("consign/orders-xml", XML, format!("{XML}\n{legacy}\n[xml.fixed]\nnote = \"日本\"\n[formats.x]")),
        (
            "erp/orders-csv",
            "number = { from = \"order_number\"",
            "note = { constant = \"日\", from = \"note\" }\nnumber = { from = \"order_number\"".to_owned(),
        ),
    ] {
        let space = space(layout, from, &to);
        if !to.contains(legacy) {
            let text = fs::read_to_string(space.path("layouts/own/target.toml")).unwrap();
            space.write("layouts/own/target.toml", text.replacen(CSV, &format!("{CSV}\n{legacy}"), 1).as_bytes());
        }
        let ran = space.run(&["check"]);
        assert_eq!(ran.code, Some(2), "{to}");
        assert!((ran.out + &ran.err).contains("LAYOUT_BINDING"), "{to}");
    }
}
