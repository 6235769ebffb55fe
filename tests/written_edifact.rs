//! EDIFACT that is written: it agrees with the definitions and the envelope, and is read back as the same documents.

use std::fs;
use std::path::Path;

use consign::document::{Findings, Position};
use consign::schema::{Options, Standard, Validator, library};
use consign::syntax::edifact::{Envelope, MessageTracker, Segments, Start, Syntax};
use serde_json::Value;

use super::support::{Ran, Space, demo, lines, root, run};

/// A file of the fixtures, the layout that is written, and how many messages it becomes.
const WRITTEN: &[(&str, &str, usize)] = &[
    ("21_edifact_orders/input.edi", "edifact/orders", 2),
    ("22_edifact_orders-d01b/input.edi", "edifact/orders", 1),
    ("30_edifact_orders-allowances/input.edi", "edifact/orders", 1),
    ("01_shopify_orders/input.csv", "edifact/orders", 6),
    ("14_x12_850/input.x12", "edifact/orders", 3),
    ("17_consign_orders-xml/input.xml", "edifact/orders", 3),
    ("47_x12_850-stores/input.x12", "edifact/orders", 1),
    ("48_x12_850-allowances/input.x12", "edifact/orders", 1),
    ("49_x12_810-allowances/input.x12", "edifact/invoic", 1),
    ("33_edifact_desadv-tares/input.edi", "edifact/desadv", 1),
    ("53_x12_856-tares/input.x12", "edifact/desadv", 1),
    ("24_edifact_ordrsp/input.edi", "edifact/ordrsp", 2),
    ("26_edifact_desadv/input.edi", "edifact/desadv", 1),
    ("27_edifact_desadv-d01b/input.edi", "edifact/desadv", 1),
    ("42_x12_856/input.x12", "edifact/desadv", 1),
    ("43_x12_945/input.x12", "edifact/desadv", 1),
    ("28_edifact_invoic/input.edi", "edifact/invoic", 1),
    ("29_edifact_invoic-d01b/input.edi", "edifact/invoic", 1),
    ("44_x12_810/input.x12", "edifact/invoic", 1),
    ("23_edifact_invrpt/input.edi", "edifact/invrpt", 1),
    ("18_consign_inventory-csv/input.csv", "edifact/invrpt", 1),
    ("40_x12_846/input.x12", "edifact/invrpt", 1),
    ("31_edifact_pricat/input.edi", "edifact/pricat", 1),
    ("32_edifact_pricat-d01b/input.edi", "edifact/pricat", 1),
    ("50_x12_832/input.x12", "edifact/pricat", 1),
];

/// Which of them have allowances of lines.
const ALLOWANCES: [usize; 3] = [3, 7, 8];

const ENVELOPE: [&str; 8] =
    ["--sender", "14:5400110000009", "--receiver", "ACME", "--control", "77", "--date", "2026-03-09T06:00"];

fn write(from: &Path, to: &str, output: &Path) -> Ran {
    let mut arguments = vec!["convert", from.to_str().unwrap(), "--to", to, "--output", output.to_str().unwrap()];
    arguments.extend(ENVELOPE);
    run(&arguments)
}

/// The documents of a file, checked against the definitions where it is EDIFACT, without what is only stated again.
fn documents(path: &Path) -> Vec<Value> {
    let ran = run(&["convert", path.to_str().unwrap(), "--to", "json", "--validate"]);
    assert!(ran.code == Some(0), "{}: {}", path.display(), ran.err);
    assert!(!ran.err.contains("[ORDER_TOTAL]") && !ran.err.contains("[LINE_AMOUNT]"), "{}", ran.err);
    let mut documents = lines(&ran.out);
    for document in &mut documents {
        document.as_object_mut().unwrap().remove("findings");
        let header = document["header"].as_object_mut().unwrap();
        // The sum of the lines, which is written whether it was stated or not.
        ["line_count", "quantity_total", "subtotal"].iter().for_each(|stated| drop(header.remove(*stated)));
        // A quantity without a unit is in pieces, and is written so.
        let lines = document["lines"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
        for line in lines {
            line.entry("unit").or_insert("PCE".into());
        }
    }
    documents
}

/// The messages of a file, and what is wrong with them, their envelope included.
fn check(bytes: &[u8]) -> (usize, Vec<String>) {
    let syntax = Syntax::read(bytes, 0).unwrap_or_else(|finding| panic!("{finding}"));
    let (mut findings, mut faults, mut messages) = (Findings::default(), Vec::new(), 0);
    let (mut tracker, mut envelope) = (MessageTracker::default(), Envelope::default());
    let mut segments = Segments::new(bytes, syntax, Start::FILE);
    let mut message: Vec<Vec<u8>> = Vec::new();
    while let Some(segment) = segments.next(&mut findings) {
        tracker.segment(&segment, &mut findings);
        if segment.id() == b"UNH" {
            message.clear();
        }
        message.push([segment.text(), b"'"].concat());
        if segment.id() == b"UNT" {
            let text = message.concat();
            let mut again = Segments::new(&text, syntax, Start::FILE);
            let unh = again.next(&mut findings).unwrap();
            let word = |component| String::from_utf8_lossy(unh.component(2, component)).into_owned();
            let release = format!("{}.{}", word(2), word(3));
            let set = library().set(Standard::Edifact(&release, 3), &word(1)).unwrap().unwrap();
            let mut validator = Validator::new(&set, Options { utf8: false, ..syntax.options() });
            validator.segment(&unh);
            while let Some(segment) = again.next(&mut findings) {
                validator.segment(&segment);
            }
            faults.extend(validator.finish().faults.iter().map(|fault| format!("{fault:?}")));
            messages += 1;
        }
    }
    for (mark, at) in tracker.finish(segments.position(), &mut findings) {
        envelope.fold(&mark, at, &mut findings);
    }
    envelope.finish(&Position::default(), &mut findings);
    faults.extend(findings.kept().iter().map(ToString::to_string));
    (messages, faults)
}

#[test]
fn what_is_written_is_sound_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for (at, (input, layout, messages)) in WRITTEN.iter().enumerate() {
        let input = root().join("fixtures").join(input);
        let (first, second) = (folder.path().join(format!("{at}.edi")), folder.path().join(format!("{at}-2.edi")));
        let ran = write(&input, layout, &first);
        assert_eq!(ran.code, Some(0), "{}: {}", input.display(), ran.err);
        let bytes = fs::read(&first).unwrap();
        assert!(bytes.starts_with(b"UNB+UNOC:3+5400110000009:14+ACME+260309:0600+77'\nUNH+1+"), "{}", input.display());
        assert!(bytes.ends_with(format!("UNZ+{messages}+77'\n").as_bytes()), "{}", input.display());
        // Every value is checked as the bytes it is, one for each character.
        assert_eq!(check(&bytes), (*messages, Vec::new()), "{}", input.display());
        if input.parent().unwrap().to_string_lossy().contains(&layout.replace('/', "_")) {
            assert_eq!(documents(&first), documents(&input), "{}", input.display());
        }
        assert_eq!(write(&first, layout, &second).code, Some(0));
        assert_eq!(documents(&second), documents(&first), "{}", input.display());
        // Allowances of lines are in their amounts and net prices, and are not read beside them.
        let text = String::from_utf8_lossy(&bytes);
        let allowances = text.contains("PRI+AAB");
        assert_eq!(allowances, ALLOWANCES.contains(&at), "{text}");
        assert_eq!(String::from_utf8_lossy(&fs::read(&second).unwrap()) == text, !allowances, "{text}");
    }
}

#[test]
fn a_tree_of_packages_is_written_as_it_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("desadv.edi");
    let ran = write(&root().join("fixtures/26_edifact_desadv/input.edi"), "edifact/desadv", &output);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = fs::read_to_string(&output).unwrap();
    let wanted = ["CPS", "GIN", "LIN", "CNT"];
    let tree: Vec<&str> = text.lines().filter(|line| wanted.contains(&&line[..3])).collect();
    let expected = "CPS+1' CPS+2+1' GIN+BJ+095212345000000024' LIN+1++5400111864181:EN' LIN+2++5400111864198:EN' \
        CPS+3+1' GIN+BJ+095212345000000031' LIN+3++5400111864181:EN' CPS+4+1' GIN+ML+CARTON-3' LIN+4' CNT+2:4'";
    assert_eq!(tree.join(" "), expected);
}

#[test]
fn cartons_stand_on_their_pallets_with_their_weights() {
    let file = root().join("fixtures/33_edifact_desadv-tares/input.edi");
    let document = documents(&file).remove(0);
    let line = |at: usize, name: &str| document["lines"][at][name].as_str().unwrap_or_default().to_owned();
    let names = ["tare", "tare_weight", "package", "package_weight", "package_weight_unit"];
    let told = |at: usize| names.map(|name| line(at, name)).join(" ");
    assert_eq!(told(1), "095212345000000017 32.5 095212345000000024 12.3 KGM");
    assert_eq!(told(2), "095212345000000017 32.5 095212345000000031  ");
    assert_eq!(told(3), "  CARTON-3  ");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("desadv.edi");
    assert_eq!(write(&file, "edifact/desadv", &output).code, Some(0));
    let text = fs::read_to_string(&output).unwrap();
    let tree: Vec<&str> = text.lines().filter(|line| ["CPS", "MEA", "GIN"].contains(&&line[..3])).collect();
    let expected = "MEA+PD+AAD+KGM:60.3' CPS+1' CPS+2+1' MEA+PD+AAB+KGM:32.5' GIN+BJ+095212345000000017' CPS+3+2' \
        MEA+PD+AAB+KGM:12.3' GIN+BJ+095212345000000024' CPS+4+2' GIN+BJ+095212345000000031' CPS+5+1' GIN+ML+CARTON-3'";
    assert_eq!(tree.join(" "), expected);
}

/// Converts rows of stock to an INVRPT.
fn stock(rows: &str) -> (Ran, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("stock.csv"), folder.path().join("stock.edi"));
    fs::write(&input, format!("as_of,location,sku,description,on_hand,unit\n{rows}")).unwrap();
    let ran = write(&input, "edifact/invrpt", &output);
    (ran, fs::read(&output).unwrap_or_default())
}

#[test]
fn separators_are_released_and_characters_stay_what_they_are() {
    let (ran, bytes) = stock("2026-03-09,MAIN,A+1,Müg: 'blue'?,4,EA\n");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let wanted = b"PIA+1+A?+1:SA'\nIMD+F++:::M\xFCg?: ?'blue?'??'\n";
    assert!(bytes.windows(wanted.len()).any(|window| window == wanted), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn a_character_outside_the_set_is_told_and_never_replaced() {
    // The euro sign is in windows-1252, which ISO 8859-1 is often taken for, but not in that.
    for character in ["€", "Ω"] {
        let (ran, bytes) = stock(&format!("2026-03-09,MAIN,A-1,Mug {character},4,EA\n"));
        assert_eq!((ran.code, bytes.len()), (Some(1), 0), "{character}: {}", ran.err);
        assert!(ran.err.contains("error[ENCODING_TARGET]") && ran.err.contains("IMD.3.4"), "{}", ran.err);
    }
}

#[test]
fn what_the_message_has_no_room_for_is_refused() {
    let (ran, bytes) = stock(&format!("2026-03-09,MAIN,{},Mug,4,EA\n", "A".repeat(36)));
    assert_eq!((ran.code, bytes.len()), (Some(1), 0), "{}", ran.err);
    assert!(ran.err.contains("error[EDIFACT_TARGET]") && ran.err.contains("PIA.2.1"), "{}", ran.err);
    // A status of no code is not made one.
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("ordrsp.edi");
    let ran = write(&root().join("fixtures/41_x12_855/input.x12"), "edifact/ordrsp", &output);
    assert!(ran.code == Some(1) && ran.err.contains("LIN.2"), "{}", ran.err);
}

#[test]
fn the_envelope_says_what_it_is_told() {
    let input = root().join("fixtures/21_edifact_orders/input.edi");
    let convert = |more: &[&str]| {
        let mut arguments = vec!["convert", input.to_str().unwrap(), "--to", "edifact/orders"];
        arguments.extend(more);
        run(&arguments)
    };
    let ran = convert(&["--sender", "A:B", "--control", "5", "--date", "2026-03-09T06:00", "--test"]);
    assert!(ran.out.starts_with("UNB+UNOC:3+B:A+RECEIVER:ZZZ+260309:0600+5++++++1'\n"), "{}", ran.out);
    assert!(ran.out.ends_with("UNZ+2+5'\n"), "{}", ran.out);
    for wrong in ["TOOLONG:ACME", "ZZ:", "ZZ:ACME'", ""] {
        let ran = convert(&["--sender", wrong]);
        assert!(ran.code == Some(2) && ran.err.contains("--sender"), "{wrong}: {:?} {}", ran.code, ran.err);
    }
}

#[test]
fn a_credit_note_is_no_invoice() {
    let text = fs::read_to_string(root().join("fixtures/28_edifact_invoic/input.edi")).unwrap();
    let ran = super::support::convert(text.replace("BGM+380", "BGM+381").as_bytes(), "edifact/invoic");
    assert!(ran.code == Some(1) && ran.err.contains("[EDIFACT_MESSAGE_UNEXPECTED]"), "{}", ran.err);
}

#[test]
fn a_tree_that_is_too_deep_is_refused() {
    let text = fs::read_to_string(root().join("fixtures/26_edifact_desadv/input.edi")).unwrap();
    let levels: Vec<String> = (5..50).map(|n| format!("CPS+{n}+{}'\n", n - 1)).collect();
    let text = text.replace("CNT+2:4'", &format!("{}CNT+2:4'", levels.concat())).replace("UNT+43", "UNT+88");
    let ran = super::support::convert(text.as_bytes(), "edifact/desadv");
    assert!(ran.code == Some(1) && ran.err.contains("[DOCUMENT_TOO_LARGE]"), "{}", ran.err);
}

#[test]
fn a_flow_writes_no_interchange_that_nobody_agreed_on() {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let ours = "target = \"erp\"\nlayout = \"sap/orders05-xml\"";
    assert!(config.contains(ours));
    let space = Space::with(&config.replace(ours, "target = \"erp\"\nlayout = \"edifact/orders\""));
    let ran = space.run(&["check"]);
    let told = ran.out + &ran.err;
    assert!(
        ran.code == Some(2) && told.contains("[CONFIG_REFERENCE]") && told.contains("which EDIFACT is written by"),
        "{told}"
    );
}
