//! Public EDI files that are not part of the repository: where their folder lies beside it, each is read, its envelope is
//! what the list of the folder says, and golden acknowledgements of another engine are ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use consign::schema::{Standard, library};

use super::acknowledge::ack;
use super::edi_samples::envelope;
use super::support::{files, root, run, skipped};

/// The folder, if it lies beside the repository.
fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/edi/corpus");
    if !folder.is_dir() {
        skipped("the folder of public EDI samples is not beside the repository");
    }
    folder.is_dir().then_some(folder)
}

/// What the check column of SOURCES.md says, to its first digits or whole, and our code for it; none where it names no
/// fault of an envelope.
const CHECKS: [(&str, Option<&str>); 14] = [
    ("envelope OK", None),
    ("SE01 ", Some("X12_SEGMENT_COUNT")),
    ("SE02 != ST02", Some("X12_SET_CONTROL")),
    ("GE01 ", Some("X12_SET_COUNT")),
    ("GE02 != GS06", Some("X12_GROUP_CONTROL")),
    ("IEA01 ", Some("X12_GROUP_COUNT")),
    ("IEA02 != ISA13", Some("X12_INTERCHANGE_CONTROL")),
    ("no GS/GE", None),
    ("UNT ", Some("EDIFACT_SEGMENT_COUNT")),
    ("no UNZ", Some("EDIFACT_NO_UNZ")),
    ("CR/LF inside tokens must be dropped", None),
    ("a checker that keeps them reports false errors", None),
    ("a byte-based ISA offset sees 0xE2", None),
    ("20 with expected 997 (+ TA1), 3 with expected 999", None),
];

/// What we tell beyond that column, and why.
const BEYOND: [(&str, &str, &str); 5] = [
    ("message.edi", "EDIFACT_NO_UNT", "the file ends behind UNS, so its message has no trailer either"),
    ("invoic_d97b_una.edi", "EDIFACT_RELEASE_NEEDLESS", "no fault of the envelope: a release before a plain character"),
    ("wrapped_invoic_d97b_una.edi", "EDIFACT_RELEASE_NEEDLESS", "as above; it is the same invoice"),
    ("wrapped_invoic_d97b_una.edi", "EDIFACT_WRAPPED", "no fault: notes that it is wrapped at 80 columns"),
    ("orders-with-group.edi", "EDIFACT_TEST_INDICATOR", "no fault: UNB says that it is a test"),
];

/// A row of SOURCES.md: the file, its segments where the list counts them, and the codes that its check column means.
struct Source {
    path: PathBuf,
    bytes: usize,
    segments: Option<u64>,
    codes: BTreeSet<&'static str>,
}

fn sources(folder: &Path) -> Vec<Source> {
    let (list, all) = (std::fs::read_to_string(folder.join("SOURCES.md")).unwrap(), files(folder));
    let (mut repository, mut rows) = (String::new(), Vec::new());
    for line in list.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            repository = name.replace('/', "+");
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, bytes, content, check] = cells.as_slice() else { continue };
        let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
        let path = all.iter().find(|path| path.starts_with(folder.join(&repository)) && path.ends_with(name));
        let words: Vec<&str> = content.split([' ', ',']).collect();
        let at = words.iter().position(|word| matches!(*word, "segments" | "segments:" | "segments;"));
        rows.push(Source {
            path: path.unwrap_or_else(|| panic!("{name} is not in the folder")).clone(),
            bytes: bytes.parse().unwrap(),
            segments: at.and_then(|at| words[at - 1].parse().ok()),
            codes: check.split("; ").filter_map(meaning).collect(),
        });
    }
    rows
}

/// The code that a part of the check column means.
fn meaning(part: &str) -> Option<&'static str> {
    let known = |(text, _): &&(&str, _)| if text.ends_with(' ') { part.starts_with(text) } else { part == *text };
    CHECKS.iter().find(known).unwrap_or_else(|| panic!("SOURCES.md says {part}, which the table does not know")).1
}

#[test]
fn envelopes_are_what_the_list_says() {
    let Some(folder) = corpus() else { return };
    let rows = sources(&folder);
    assert_eq!(rows.len(), 27);
    for row in rows {
        let text = std::fs::read(&row.path).unwrap();
        assert_eq!(text.len(), row.bytes, "{}", row.path.display());
        let name = row.path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".json") {
            continue;
        }
        let (segments, mut told) = if text.starts_with(b"ISA") { judged(&row.path) } else { noticed(&text) };
        for (_, code, _) in BEYOND.iter().filter(|beyond| beyond.0 == name) {
            assert!(told.remove(*code), "{name} has {code} no more");
        }
        assert_eq!(told, row.codes.iter().map(|code| (*code).to_owned()).collect(), "{name}");
        assert!(row.segments.is_none_or(|expected| expected == segments), "{name}: {segments}");
    }
}

/// Segments and faults of the envelope in a file of X12.
fn judged(path: &Path) -> (u64, BTreeSet<String>) {
    let told = ack(path, &["--ta1"]).err;
    let codes = told.lines().filter_map(|line| line.split_once("error[")?.1.split(']').next());
    let tree = run(&["inspect", path.to_str().unwrap(), "--json"]).out;
    let segments = super::support::lines(&tree).iter().filter(|row| row["what"] == "segment").count();
    (segments as u64, codes.map(str::to_owned).collect())
}

/// The same in one of EDIFACT.
fn noticed(text: &[u8]) -> (u64, BTreeSet<String>) {
    let (segments, codes) = envelope(text);
    (segments, codes.into_iter().map(str::to_owned).collect())
}

#[test]
fn no_public_sample_makes_it_fail() {
    let Some(folder) = corpus() else { return };
    for path in files(&folder) {
        let text = path.to_str().unwrap();
        for ran in [
            ack(&path, &["--ta1"]),
            ack(&path, &["--json"]),
            run(&["inspect", text]),
            run(&["convert", text, "--validate", "--to", "json"]),
        ] {
            let ended = matches!(ran.code, Some(0..=2)) && !ran.err.contains("panicked");
            assert!(ended, "{}: {:?}: {}", path.display(), ran.code, ran.err);
        }
    }
}

/// Golden cases whose answer differs from ours in what the sets do not decide, and why.
const DIFFERENCES: [(&str, &str); 4] = [
    ("837miss", "TA1 023 is the same; a rejected interchange has no 997 beside it"),
    ("ele", "TA1 015 is the same; a rejected interchange has no 997 beside it"),
    ("fail_no_IEA", "TA1 023 is the same; a rejected interchange has no 997 beside it"),
    (
        "trailer_errors",
        "IEA02 is not ISA13: 001, where pyx12 has 018, and 021 for IEA01 too, where pyx12 tells one error; no 997 beside",
    ),
];

/// The sets in the golden cases that are none of ours, how many of each, and what their answers say of segments and
/// elements. It cannot be compared: each of these sets is refused by us as unsupported (718 code 1). A set that comes
/// into the box leaves this table, and its answers are compared to the letter.
const NOT_OURS: [(&str, usize, usize); 5] =
    [("270", 1, 0), ("278", 9, 9), ("834", 4, 2), ("835", 7, 11), ("837", 18, 48)];

#[test]
fn golden_acknowledgements_of_another_engine_are_ours() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read(folder.join("azoner+pyx12/pyx12/test/x12testdata.extracted.json")).unwrap();
    let cases: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&text).unwrap();
    let space = tempfile::tempdir().unwrap();
    let (mut different, mut golden, mut left) = (Vec::new(), 0, BTreeMap::new());
    for (name, case) in &cases {
        let source = case["source"].as_str().unwrap();
        let Some(theirs) = case["res997"].as_str().or(case["resAck"].as_str()) else { continue };
        let path = space.path().join(name);
        std::fs::write(&path, source).unwrap();
        let release = if source.contains("004010") { "004010" } else { "005010" };
        golden += 1;
        let ours = facts(&ack(&path, &[]).out, release, &mut BTreeMap::new());
        let theirs = facts(theirs, release, &mut left);
        if ours != theirs {
            different.push((name.as_str(), ours, theirs));
        }
    }
    assert_eq!(golden, 23);
    let names: Vec<&str> = different.iter().map(|case| case.0).collect();
    assert_eq!(names, DIFFERENCES.map(|case| case.0), "{different:#?}");
    let left: Vec<(&str, usize, usize)> =
        left.iter().map(|(set, (sets, notes))| (set.as_str(), *sets, *notes)).collect();
    assert_eq!(left, NOT_OURS);
}

/// What an acknowledgement says: of sets of ours to the letter; of others what the envelope decides. Those are counted,
/// with the segments that speak of what is in them.
fn facts(text: &str, release: &str, others: &mut BTreeMap<String, (usize, usize)>) -> Vec<String> {
    let ours = |set: &str| library().set(Standard::X12(release), set).is_some();
    let (mut told, mut set, mut all_ours) = (Vec::new(), "", true);
    for line in text.split('~').map(str::trim) {
        let parts: Vec<&str> = line.split('*').collect();
        match parts[0] {
            // pyx12 has TA1 behind the groups.
            "TA1" => told.insert(0, format!("TA1 {} {}", parts[4], parts[5])),
            "AK1" => told.push(line.to_owned()),
            "AK2" => {
                set = parts[1];
                all_ours &= ours(set);
                told.push(line.to_owned());
                if !ours(set) {
                    others.entry(set.to_owned()).or_default().0 += 1;
                }
            }
            "AK3" | "AK4" | "IK3" | "IK4" | "CTX" if !ours(set) => others.entry(set.to_owned()).or_default().1 += 1,
            // Not supported (1) and segments in error (5) are what the sets decide.
            "AK5" | "IK5" if !ours(set) => {
                let codes = parts[2.min(parts.len())..].iter().filter(|code| !matches!(**code, "1" | "5"));
                told.push(codes.fold("AK5".to_owned(), |text, code| text + " " + code));
            }
            "AK9" if !all_ours => told.push(format!("AK9 {} {} {}", parts[2], parts[3], parts[5..].join(" "))),
            "AK3" | "AK4" | "IK3" | "IK4" | "CTX" | "AK5" | "IK5" | "AK9" => told.push(line.to_owned()),
            _ => {}
        }
    }
    told
}
