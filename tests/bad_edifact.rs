//! Bad EDIFACT (`U…`) through the binary: every case ends with its code, never in silence. A case without a code is read
//! without an error. What a workspace does with unknown parties (U10) is told by the agreements.

use std::fmt::Write as _;
use std::fs;

use super::support::{Space, check, codes, convert, lines, root, run, status};

const ORDERS: &str = "edifact/orders";

fn sound() -> String {
    fs::read_to_string(root().join("fixtures/21_edifact_orders/input.edi")).unwrap()
}

/// The sound file with one place changed.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let text = sound();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

type Case = (&'static str, &'static str, &'static str, bool, &'static str);

/// What is changed, whether the file or document is stopped, and the code.
const CHANGES: [Case; 36] = [
    ("sound", "UNA", "UNA", false, ""),
    ("U01", "UNA:+.? '\nUNB+", "UNB|", true, "EDIFACT_NO_UNB"),
    ("U02 five characters", "UNA:+.? '", "UNA:+.?'", true, "EDIFACT_UNA"),
    ("U02 two equal", "UNA:+.? '", "UNA:+.+ '", true, "EDIFACT_UNA"),
    ("U03", "UNB+UNOC:3", "BGM+UNOC:3", true, "EDIFACT_NO_UNB"),
    ("U04", "UNZ+2+700001", "UNZ+2+700002", true, "EDIFACT_INTERCHANGE_CONTROL"),
    ("U05", "UNZ+2", "UNZ+3", true, "EDIFACT_INTERCHANGE_COUNT"),
    ("U06", "UNZ+2+700001'\n", "", true, "EDIFACT_NO_UNZ"),
    ("U06 cut", "UNS+S'\nCNT+2:1'\nUNT+12+2'\nUNZ+2+700001'\n", "UNS+", true, "FILE_TRUNCATED"),
    ("U07", "UNT+33+1", "UNT+33+9", true, "EDIFACT_MESSAGE_REFERENCE"),
    ("U08", "UNT+33+1", "UNT+34+1", true, "EDIFACT_SEGMENT_COUNT"),
    ("U08 no number", "UNT+33+1", "UNT+x+1", true, "EDIFACT_SEGMENT_COUNT"),
    ("no UNT", "UNT+33+1'\n", "", true, "EDIFACT_NO_UNT"),
    ("same reference", "UNH+2", "UNH+1", true, "EDIFACT_DUPLICATE_MESSAGE"),
    ("U11 level", "UNOC:3", "UNOX:4", true, "EDIFACT_SYNTAX"),
    ("U11 version", "UNOC:3", "UNOC:5", true, "EDIFACT_SYNTAX"),
    ("U11 interactive", "UNB+UNOC:3", "UIB+UNOC:4", true, "EDIFACT_NO_UNB"),
    ("U12 type", "UNH+2+ORDERS", "UNH+2+INVOIC", true, "EDIFACT_MESSAGE_UNEXPECTED"),
    ("U12 directory", "UNH+2+ORDERS:D:96A", "UNH+2+ORDERS:S:93A", true, "EDIFACT_MESSAGE_UNEXPECTED"),
    ("U13", "UNOC:3", "UNOA:3", true, "EDIFACT_CHARACTER"),
    ("U14 at the end", "UNZ+2+700001'\n", "UNZ+2+700001?", true, "EDIFACT_RELEASE"),
    ("U14 before a letter", "blue", "?blue", false, "EDIFACT_RELEASE_NEEDLESS"),
    ("U15", "BGM+220+PO-8801+9'\n", "", true, "EDIFACT_SEGMENT_MISSING"),
    ("U20 letter", "PRI+AAA:12.50", "PRI+AAA:12.50A", true, "VALUE_INVALID"),
    ("U20 comma", "PRI+AAA:12.50", "PRI+AAA:12,50", true, "VALUE_INVALID"),
    ("U20 basis", "PRI+AAA:575:CA::100", "PRI+AAA:575:CA::7", true, "VALUE_INVALID"),
    ("U21", "UNH+2+", "UNG+ORDERS+S+R+260305:0930+4'\nUNE+0+4'\nUNH+2+", true, "EDIFACT_MIXED"),
    ("group", "UNH+1+", "UNG+ORDERS+S+R+260305:0930+4'\nUNH+1+", true, "EDIFACT_NO_UNE"),
    ("stray", "UNH+2+", "BGM+220'\nUNH+2+", true, "EDIFACT_STRUCTURE"),
    ("U22", "Ring twice", "Ring \ntwice", false, "EDIFACT_WRAPPED"),
    ("U24 lines", "CNT+2:2", "CNT+2:3", true, "CONTROL_TOTAL"),
    ("U24 quantity", "CNT+1:34", "CNT+1:35", true, "CONTROL_TOTAL"),
    ("date", "DTM+2:20260312:102", "DTM+2:20260332:102", true, "DATE_INVALID"),
    ("date of another format", "DTM+2:20260312:102", "DTM+2:202603120800:102", true, "DATE_INVALID"),
    ("test", "++ORDERS'", "++ORDERS++++1'", false, "EDIFACT_TEST_INDICATOR"),
    ("schedule only", "QTY+21:24:PCE'", "SCC+1'\nQTY+21:24:PCE'", true, "FIELD_MISSING"),
];

#[test]
fn u_each_change_of_a_sound_file_has_its_code() {
    let cases: Vec<_> =
        CHANGES.iter().map(|(name, from, to, stopped, code)| (*name, changed(from, to), *stopped, *code)).collect();
    check(ORDERS, &cases);
}

#[test]
fn u_groups_have_references_and_counts() {
    let group = |une: &str| {
        let text = sound().replace("UNH+1+", "UNG+ORDERS+S+R+260305:0930+4'\nUNH+1+");
        text.replace("UNZ+2", &format!("{une}'\nUNZ+1")).into_bytes()
    };
    check(
        ORDERS,
        &[
            ("sound", group("UNE+2+4"), false, ""),
            ("reference", group("UNE+2+5"), true, "EDIFACT_GROUP_CONTROL"),
            ("count", group("UNE+3+4"), true, "EDIFACT_MESSAGE_COUNT"),
        ],
    );
}

#[test]
fn u_the_segment_that_never_ends_is_told() {
    let long = format!("Ring{}", "g".repeat(2 << 20));
    check(ORDERS, &[("long", changed("Ring", &long), true, "EDIFACT_SEGMENT_TOO_LONG")]);
}

#[test]
fn u_bytes_that_are_not_of_the_named_set() {
    let bytes = |level: &str, name: &[u8]| {
        let text = sound().replace("UNOC:3", level);
        let at = text.find("Antwerp").unwrap();
        [&text.as_bytes()[..at], name, &text.as_bytes()[at..]].concat()
    };
    check(
        ORDERS,
        &[
            ("latin-1 in UNOC", bytes("UNOC:3", b"\xC4"), false, ""),
            ("UTF-8 in UNOY", bytes("UNOY:4", b"\xC3\x84"), false, ""),
            ("latin-1 in UNOY", bytes("UNOY:4", b"\xC4"), true, "ENCODING_INVALID"),
        ],
    );
    let ran = convert(&bytes("UNOD:3", b"\xB1"), ORDERS);
    assert!(ran.out.contains("\u{105}Antwerp"), "{}", ran.err);
}

/// What the definition of the message says, with the code of CONTRL's list 0085.
#[test]
fn u_messages_are_checked_against_their_definitions() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    for (name, from, to, code, shown) in [
        ("sound", "UNA", "UNA", "", ""),
        ("U15 no BGM", "BGM+220+PO-8801+9'\n", "", "EDIFACT_SEGMENT_ERROR", "BGM: mandatory segment missing (code 13)"),
        ("U15 no UNS", "UNS+S'\n", "", "EDIFACT_SEGMENT_ERROR", "UNS: mandatory segment missing (code 13)"),
        ("U16", "UNS+S'", "UNS+S'\nUNS+S'", "EDIFACT_SEGMENT_ERROR", "(code 35)"),
        ("U17", "CUX+2", "XYZ+1'\nCUX+2", "EDIFACT_SEGMENT_ERROR", "XYZ: unrecognised segment ID (code 15)"),
        ("U18 components", "CNT+2:2", "CNT+2:2:PCE:9", "EDIFACT_ELEMENT_ERROR", "CNT.1.4"),
        ("U18 elements", "CNT+2:2", "CNT+2:2+9", "EDIFACT_ELEMENT_ERROR", "(code 16)"),
        ("U19 long", "CUX+2:EUR", "CUX+2:EURO", "EDIFACT_ELEMENT_ERROR", "(code 39)"),
        ("U19 empty", "CNT+2:2", "CNT+:2", "EDIFACT_ELEMENT_ERROR", "(code 13)"),
        ("U20", "QTY+21:24", "QTY+21:24A", "EDIFACT_ELEMENT_ERROR", "(code 37)"),
        ("directory", "ORDERS:D:96A", "ORDERS:D:97A", "EDIFACT_NOT_CHECKED", "ORDERS:D:97A"),
    ] {
        let path = folder.path().join("orders.edi");
        fs::write(&path, changed(from, to)).unwrap();
        let ran = run(&["convert", path.to_str().unwrap(), "--validate", "--to", "json"]);
        let sound = code.is_empty() && ran.code == Some(0) && !ran.err.contains("EDIFACT");
        let told = !code.is_empty() && ran.err.contains(&format!("[{code}]")) && ran.err.contains(shown);
        if !sound && !told {
            let _ = writeln!(wrong, "{name}: {:?} {:.600}", ran.code, ran.err);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn u09_an_interchange_that_comes_again() {
    let space = Space::with(
        "[workspace]\n[targets.erp]\n[flows.buyer]\nlayout = \"edifact/orders\"\nquiet_secs = 0\n\
         [[flows.buyer.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n",
    );
    for (name, bytes) in [
        ("1.edi", sound().into_bytes()),
        ("2.edi", sound().into_bytes()),
        ("3.edi", changed("PO-8801", "PO-8809")),
        ("4.edi", sound().replace("700001", "700002").replace("PO-8", "PO-9").into_bytes()),
    ] {
        space.write(&format!("in/buyer/{name}"), &bytes);
        space.run(&["run"]);
    }
    let (outcomes, _) = status(&space);
    assert_eq!(outcomes, ["accepted", "duplicate", "rejected", "accepted"]);
    assert!(codes(&space, 3).contains(&"DUPLICATE_CONTROL_NUMBER".to_owned()), "{:?}", codes(&space, 3));
}

/// Stock of which only a part would be read is refused.
#[test]
fn stock_in_several_places_is_not_read_as_that_of_one() {
    let text = fs::read_to_string(root().join("fixtures/23_edifact_invrpt/input.edi")).unwrap();
    let twice = |second: &str| {
        text.replace("QTY+145:75:PCE'", &format!("QTY+145:75:PCE'\n{second}'")).replace("UNT+14", "UNT+15")
    };
    check(
        "edifact/invrpt",
        &[
            ("sound", text.clone().into_bytes(), false, ""),
            ("another place", twice("QTY+145:30:PCE").into_bytes(), true, "FIELD_REPEATED"),
            ("the same again", twice("QTY+145:75:PCE").into_bytes(), false, ""),
        ],
    );
}

/// A file of more than one chunk: every message is read, and what is wrong in a late one is told where it stands.
#[test]
fn a_large_interchange_is_read_in_chunks() {
    let text = sound();
    let (head, rest) = text.split_at(text.find("UNH+1").unwrap());
    let message = &rest[..rest.find("UNH+2").unwrap()];
    let mut whole = head.to_owned();
    let wrong_at = 1_500;
    let mut wrong_line = 0;
    for number in 1..=2_000 {
        if number == wrong_at {
            wrong_line = whole.lines().count() + 33;
        }
        let count = if number == wrong_at { 32 } else { 33 };
        let own = message.replace("UNH+1+", &format!("UNH+{number}+")).replace("PO-8801", &format!("PO-{number}"));
        let _ = write!(whole, "{}", own.replace("UNT+33+1'", &format!("UNT+{count}+{number}'")));
    }
    whole.push_str("UNZ+2000+700001'\n");
    assert!(whole.len() > 3 * consign::limits::CHUNK_BYTES / 2);
    let ran = convert(whole.as_bytes(), ORDERS);
    let documents = lines(&ran.out);
    assert_eq!(documents.len(), 2_000, "{}", ran.err);
    let wrong: Vec<_> = documents.iter().filter(|document| document["findings"] != serde_json::json!([])).collect();
    assert_eq!(wrong.len(), 1, "{}", ran.err);
    assert_eq!(wrong[0]["header"]["number"], "PO-1500");
    assert_eq!(wrong[0]["findings"][0]["code"], "EDIFACT_SEGMENT_COUNT");
    assert_eq!(wrong[0]["findings"][0]["at"]["line"], wrong_line);
}

/// What `consign ack` answers to each bad input: a part of the CONTRL; nothing where none is possible.
#[test]
fn u_each_bad_input_has_its_acknowledgement() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    let group = "UNG+ORDERS+S+R+260305:0930+4+UN+D:96A'\nUNE+0+4'\nUNH+2+";
    for (name, from, to, expected) in [
        ("sound", "UNA", "UNA", ":14+7'\nUNT+3+1'"),
        ("U01", "UNA:+.? '\nUNB+", "UNB|", ""),
        ("U02 five characters", "UNA:+.? '", "UNA:+.?'", "+4+20+UNA'"),
        ("U02 two equal", "UNA:+.? '", "UNA:+.+ '", "+4+20+UNA'"),
        ("U03", "UNB+UNOC:3", "BGM+UNOC:3", ""),
        ("U04", "UNZ+2+700001", "UNZ+2+700002", "+4+28+UNZ+3'"),
        ("U05", "UNZ+2", "UNZ+3", "+4+29+UNZ+2'"),
        ("U06", "UNZ+2+700001'\n", "", "+4+13+UNZ'"),
        ("U06 cut", "UNS+S'\nCNT+2:1'\nUNT+12+2'\nUNZ+2+700001'\n", "UNS+", "+4+13+UNZ'"),
        ("U07", "UNT+33+1", "UNT+33+9", "+4+28+UNT+3'"),
        ("U08", "UNT+33+1", "UNT+34+1", "+4+29+UNT+2'"),
        ("no UNT", "UNT+33+1'\n", "", "+4+13+UNT'"),
        ("U11 level", "UNOC:3", "UNOX:4", "+4+2+UNB+2'"),
        ("U11 version", "UNOC:3", "UNOC:5", "+4+2+UNB+2'"),
        ("U11 interactive", "UNB+UNOC:3", "UIB+UNOC:4", ""),
        ("U12", "UNH+2+ORDERS:D:96A", "UNH+2+ORDERS:S:93A", "+4+17+UNH+3'"),
        ("U13", "UNOC:3", "UNOA:3", "UCS+5'\nUCD+21+5'"),
        ("U14 at the end", "UNZ+2+700001'\n", "UNZ+2+700001?", "+4+13+UNZ'"),
        ("U14 before a letter", "blue", "?blue", ":14+7'\nUNT+3+1'"),
        ("U15 no BGM", "BGM+220+PO-8801+9'\n", "", "UCS+1+13'"),
        ("U15 no UNS", "UNS+S'\n", "", "+13'"),
        ("U16", "UNS+S'", "UNS+S'\nUNS+S'", "+35'"),
        ("U17", "CUX+2", "XYZ+1'\nCUX+2", "+15'"),
        ("U18 components", "CNT+2:2", "CNT+2:2:PCE:9", "UCD+16+2:4'"),
        ("U18 elements", "CNT+2:2", "CNT+2:2+9", "UCD+16+3'"),
        ("U19 long", "CUX+2:EUR", "CUX+2:EURO", "UCD+39+2:2'"),
        ("U19 empty", "CNT+2:2", "CNT+:2", "UCD+13+2:1'"),
        ("U20 letter", "QTY+21:24", "QTY+21:24A", "UCD+37+2:2'"),
        ("U20 sign", "PRI+AAA:12.50", "PRI+AAA:$12.50", "UCD+37+2:2'"),
        ("U20 comma", "PRI+AAA:12.50", "PRI+AAA:12,50", "UCD+19+2:2'"),
        ("U21", "UNH+2+", group, "+4+30'"),
        ("U22", "Ring twice", "Ring \ntwice", ":14+7'\nUNT+3+1'"),
        ("U24 is of the contents", "CNT+2:2", "CNT+2:3", ":14+7'\nUNT+3+1'"),
    ] {
        let path = folder.path().join("orders.edi");
        fs::write(&path, changed(from, to)).unwrap();
        let ran = run(&["ack", path.to_str().unwrap(), "--date", "20260306", "--time", "0800"]);
        let accepted = expected.contains("+7'");
        let told = if expected.is_empty() { ran.out.is_empty() } else { ran.out.contains(expected) };
        if !told || ran.code != Some(i32::from(!accepted)) {
            let _ = writeln!(wrong, "{name}: {:?}\n{}\n{:.600}", ran.code, ran.out, ran.err);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn u_who_is_not_known_and_what_came_twice_is_rejected_and_no_answer_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.edi");
    let ack = |bytes: &[u8], more: &[&str]| {
        fs::write(&path, bytes).unwrap();
        run(&[&["ack", path.to_str().unwrap()], more].concat())
    };
    let sound = sound();
    for (more, code) in
        [(["--accept-sender", "SOMEBODY"], "+4+23+UNB+3:1'"), (["--accept-receiver", "SOMEBODY"], "+4+7+UNB+4:1'")]
    {
        let ran = ack(sound.as_bytes(), &more);
        assert!(ran.code == Some(1) && ran.out.contains(code), "U10 {code} in\n{}", ran.out);
    }
    let ran = ack(format!("{sound}{sound}").as_bytes(), &[]);
    assert!(ran.out.contains("+4+26+UNB+6'"), "U09 {}", ran.out);
    let answer = ack(sound.as_bytes(), &[]).out;
    let ran = ack(answer.as_bytes(), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "U23");
    assert!(ran.err.contains("never acknowledged"), "{}", ran.err);
}

/// Reads a file of the fixtures with one thing changed as PRICAT and writes what is left: what is told, and the articles.
fn catalogue(fixture: &str, from: &str, to: &str) -> (String, Vec<String>) {
    let sound = fs::read_to_string(root().join("fixtures").join(fixture).join("input.edi")).unwrap();
    assert!(sound.contains(from), "{from}");
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("file.edi"), folder.path().join("out.edi"));
    fs::write(&path, sound.replacen(from, to, 1)).unwrap();
    let arguments = ["convert", path.to_str().unwrap(), "--from", "edifact/pricat", "--to", "edifact/pricat"];
    let ran = run(&[&arguments[..], &["--output", out.to_str().unwrap()]].concat());
    assert_eq!(ran.code, Some(1), "{from}: {}", ran.err);
    let text = fs::read_to_string(&out).unwrap_or_default();
    let skus = text.lines().filter_map(|line| line.strip_prefix("PIA+1+")?.strip_suffix(":SA'"));
    (ran.err, skus.map(str::to_owned).collect())
}

#[test]
fn a_fault_of_a_catalogue_stops_all_of_its_products_and_no_others() {
    let (one, two) = ("31_edifact_pricat", "32_edifact_pricat-d01b");
    let coaster = "LIN+1'\nPIA+5+COASTER-1:SA'\nIMD+F++:::Coaster'\nPRI+AAA:0.95'\n";
    for (fixture, from, to, code, expected) in [
        (one, "UNT+31", "UNT+30", "EDIFACT_SEGMENT_COUNT", vec![]),
        (one, "BGM+9+CAT-2026+9'\n", "", "EDIFACT_SEGMENT_MISSING", vec![]),
        (one, "CUX+2:GBP:8'", "PRI+AAA:x'", "VALUE_INVALID", vec![]),
        (one, "PRI+AAA:0.95", "PRI+AAA:x", "VALUE_INVALID", vec!["MUG-BLUE", "0012-TEA"]),
        (two, "UNT+10+1", "UNT+9+1", "EDIFACT_SEGMENT_COUNT", vec!["COASTER-1"]),
        (two, "UNT+10+2", "UNT+10+7", "EDIFACT_MESSAGE_REFERENCE", vec!["MUG-BLUE"]),
        (two, "UNH+2+PRICAT", "UNH+2+ORDERS", "EDIFACT_MESSAGE_UNEXPECTED", vec!["MUG-BLUE"]),
        (two, "UNH+2+", "UNH+1+", "EDIFACT_DUPLICATE_MESSAGE", vec!["MUG-BLUE"]),
        (two, coaster, "", "EDIFACT_SEGMENT_MISSING", vec!["MUG-BLUE"]),
        (two, "PRI+AAA:0.95'", "PRI+AAA:0.95'\nPRI+AAA:0.99'", "FIELD_REPEATED", vec!["MUG-BLUE"]),
    ] {
        let (told, skus) = catalogue(fixture, from, to);
        assert!(told.contains(&format!("[{code}]")), "{from}: {told}");
        assert_eq!(skus, expected, "{from}: {told}");
    }
}

#[test]
fn a_level_of_several_packages_is_told() {
    let sound = fs::read_to_string(root().join("fixtures/26_edifact_desadv/input.edi")).unwrap();
    let one = "GIN+BJ+095212345000000024'";
    let two = "GIN+BJ+095212345000000048'";
    for (gin, segments) in [
        (format!("{one}\n{two}"), "UNT+44"),
        ("GIN+BJ+095212345000000024:095212345000000048'".to_owned(), "UNT+43"),
        ("GIN+BJ+095212345000000024+095212345000000048'".to_owned(), "UNT+43"),
    ] {
        let text = sound.replacen(one, &gin, 1).replace("UNT+43", segments);
        let ran = convert(text.as_bytes(), "edifact/desadv");
        assert!(
            ran.code == Some(0) && ran.out.contains("LEVEL_SEVERAL"),
            "{gin}: {:?} {} {}",
            ran.code,
            ran.out,
            ran.err
        );
        assert!(ran.out.contains("095212345000000024") && !ran.err.contains("error"), "{gin}: {}", ran.err);
    }
    let text = sound.replacen(one, &format!("{one}\n{one}"), 1).replace("UNT+43", "UNT+44");
    let ran = convert(text.as_bytes(), "edifact/desadv");
    assert!(ran.code == Some(0) && !ran.out.contains("LEVEL_SEVERAL"), "{} {}", ran.out, ran.err);
}
