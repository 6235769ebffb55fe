//! `consign ack` from outside, and real files that are not part of the repository.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::support::{Ran, demo, files, root, run};

fn ack(path: &Path, more: &[&str]) -> Ran {
    let mut arguments = vec!["ack", path.to_str().unwrap(), "--date", "20260305", "--time", "0600"];
    arguments.extend(more);
    run(&arguments)
}

/// A file of the demo with a change.
fn changed(folder: &Path, from: &str, to: &str) -> PathBuf {
    let text = String::from_utf8(demo("purchase-orders.x12")).unwrap();
    assert!(text.contains(from), "{from}");
    let path = folder.join("input.x12");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    path
}

#[test]
fn a_file_is_acknowledged_without_a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let ran = ack(&root().join("fixtures/demo/purchase-orders.x12"), &["--control-number", "77", "--ta1"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    for expected in
        ["*260305*0600*U*00401*000000077*", "TA1*000000101*260304*0900*A*000~", "AK9*A*2*2*2~", "SE*8*0001~"]
    {
        assert!(ran.out.contains(expected), "{expected} in\n{}", ran.out);
    }
    let output = folder.path().join("answer.x12");
    let path = changed(folder.path(), "BEG*00*SA", "BEG*00*QQ");
    let ran = ack(&path, &["--output", output.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    let text = std::fs::read_to_string(&output).unwrap();
    assert!(text.contains("AK4*2*92*7*QQ~\nAK5*R*5~\nAK2*850*0002~\nAK5*A~\nAK9*P*2*2*1~"), "{text}");
    let ran = ack(&path, &["--as", "999", "--accept-element-errors"]);
    assert_eq!(
        (ran.code, ran.out.contains("IK5*E*5~"), ran.out.contains("AK9*E*2*2*2~")),
        (Some(0), true, true),
        "{}",
        ran.out
    );
}

#[test]
fn what_is_rejected_ends_with_1_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let ran = ack(&changed(folder.path(), "IEA*1", "IEA*2"), &[]);
    assert_eq!((ran.code, ran.out.contains("*R*021~"), ran.out.contains("AK1")), (Some(1), true, false), "{}", ran.out);
    assert!(ran.err.contains("[X12_GROUP_COUNT]"), "{}", ran.err);
    let ran = ack(&root().join("fixtures/demo/purchase-orders.x12"), &["--accept-sender", "SOMEONE"]);
    assert_eq!((ran.code, ran.out.contains("*R*006~")), (Some(1), true), "{}", ran.out);
    let ran = ack(&root().join("fixtures/demo/orders.xml"), &[]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.contains("X12_NO_ISA")), (Some(1), "", true), "{}", ran.err);
}

#[test]
fn an_acknowledgement_is_not_acknowledged_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer.x12");
    std::fs::write(&path, ack(&root().join("fixtures/demo/purchase-orders.x12"), &["--ta1"]).out).unwrap();
    let ran = ack(&path, &["--ta1"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    assert!(ran.err.contains("never acknowledged"), "{}", ran.err);
}

#[test]
fn what_was_judged_is_shown_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let ran = ack(&changed(folder.path(), "BEG*00*SA", "BEG*00*QQ"), &["--json"]);
    let tree: serde_json::Value = serde_json::from_str(ran.out.trim()).unwrap();
    let group = &tree["groups"][0];
    assert_eq!((&tree["decision"], &group["decision"], &group["accepted"]), (&"A".into(), &"P".into(), &1.into()));
    let element = &group["sets"][0]["segments"][0]["elements"][0];
    assert_eq!((&element["code"], &element["element"], &element["value"]), (&"7".into(), &2.into(), &"QQ".into()));
    assert_eq!(ran.code, Some(1));
}

#[test]
fn wrong_options_are_2() {
    let path = root().join("fixtures/demo/purchase-orders.x12");
    for wrong in [["--as", "998"], ["--control-number", "0"], ["--date", "20261301"], ["--time", "2561"]] {
        assert_eq!(run(&["ack", path.to_str().unwrap(), wrong[0], wrong[1]]).code, Some(2), "{wrong:?}");
    }
    assert_eq!(run(&["ack", "/no/such/file"]).code, Some(74));
}

/// The folder of public samples, if it lies beside the repository.
fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/edi/corpus");
    let there = folder.is_dir();
    if !there {
        // Not by a macro, whose output the test runner keeps to itself when all is well.
        let text = b"SKIPPED: the folder of public EDI samples is not beside the repository\n";
        std::io::stderr().write_all(text).unwrap();
    }
    there.then_some(folder)
}

/// The X12 files that SOURCES.md describes, and what its check column says of them as our findings.
const ENVELOPES: [(&str, &[&str]); 19] = [
    ("004010_850.edi", &[]),
    ("850.Composite.SLN.OK.edi", &[]),
    ("850.OK.edi", &[]),
    ("850.SyntaxNotes.ERR.edi", &[]),
    ("856.Crossdock.OK.edi", &[]),
    ("940.OK.edi", &[]),
    ("940_Failed_SE01.edi", &["X12_SEGMENT_COUNT"]),
    ("AckTest.edi", &[]),
    ("ControlNumbersMismatch.edi", &["X12_GROUP_CONTROL", "X12_INTERCHANGE_CONTROL", "X12_SET_CONTROL"]),
    ("MultipleInterchangesAndGroups.edi", &[]),
    ("WrongGroupsAndTranCount.edi", &["X12_GROUP_COUNT", "X12_SET_COUNT"]),
    ("x12_interchange_ack.txt", &["X12_GROUP_COUNT"]),
    ("extraDelimiter997.edi", &[]),
    ("invalid997.edi", &[]),
    ("invalid999.edi", &["X12_SEGMENT_COUNT"]),
    ("invoice810_po850_dual.edi", &[]),
    ("simple810.edi", &[]),
    ("simple997-multiple-interchanges.edi", &[]),
    ("simple999.edi", &[]),
];

#[test]
fn the_envelopes_of_public_samples_are_what_their_list_says() {
    let Some(folder) = corpus() else { return };
    let all: BTreeMap<String, PathBuf> = files(&folder)
        .into_iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    for (name, expected) in ENVELOPES {
        let Some(path) = all.get(name) else { panic!("{name} is not in the folder") };
        let ran = ack(path, &["--ta1"]);
        let mut codes: Vec<&str> =
            ran.err.lines().filter_map(|line| line.split_once("error[")?.1.split(']').next()).collect();
        codes.sort_unstable();
        assert_eq!(codes, expected, "{name}: {}", ran.err);
    }
}

#[test]
fn no_public_sample_makes_it_fail() {
    let Some(folder) = corpus() else { return };
    for path in files(&folder) {
        for more in [["--ta1"], ["--json"]] {
            let ran = ack(&path, &more);
            assert!(
                matches!(ran.code, Some(0 | 1)) && !ran.err.contains("panicked"),
                "{}: {}",
                path.display(),
                ran.err
            );
        }
    }
}

/// What differs from the golden acknowledgements of pyx12, and why.
///
/// Its sets (270, 278, 834, 835, 837) are none that Consign has, so each of ours is refused as unsupported (AK502 1),
/// and only the envelope can be compared: TA1, and AK9 without its decision.
const DIFFERENCES: [(&str, &str); 4] = [
    ("837miss", "TA1 023 is the same; a rejected interchange has no 997 beside it"),
    ("ele", "TA1 015 is the same; a rejected interchange has no 997 beside it"),
    ("fail_no_IEA", "TA1 023 is the same; a rejected interchange has no 997 beside it"),
    (
        "trailer_errors",
        "IEA02 is not ISA13: 001, where pyx12 has 018, and 021 for IEA01 too, where pyx12 tells one error",
    ),
];

#[test]
fn golden_cases_of_another_engine_agree_in_the_envelope() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read(folder.join("azoner+pyx12/pyx12/test/x12testdata.extracted.json")).unwrap();
    let cases: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&text).unwrap();
    let space = tempfile::tempdir().unwrap();
    let mut different = Vec::new();
    for (name, case) in &cases {
        let Some(golden) = case["res997"].as_str().or(case["resAck"].as_str()) else { continue };
        let path = space.path().join(name);
        std::fs::write(&path, case["source"].as_str().unwrap()).unwrap();
        let (ours, theirs) = (envelope(&ack(&path, &[]).out), envelope(golden));
        if ours != theirs {
            different.push((name.as_str(), ours, theirs));
        }
    }
    let names: Vec<&str> = different.iter().map(|case| case.0).collect();
    let mut explained: Vec<&str> = DIFFERENCES.iter().map(|case| case.0).collect();
    explained.sort_unstable();
    assert_eq!(names, explained, "{different:#?}");
}

/// TA1 without what it repeats, and AK1 and AK9 without decision and accepted sets.
fn envelope(text: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for line in text.split('~') {
        let parts: Vec<&str> = line.trim().split('*').collect();
        match parts[0] {
            "TA1" => told.push(format!("TA1 {} {}", parts[4], parts[5])),
            "AK1" => told.push(format!("AK1 {} {}", parts[1], parts[2])),
            "AK9" => told.push(format!("AK9 {} {} {}", parts[2], parts[3], parts[5..].join(" "))),
            _ => {}
        }
    }
    told.sort();
    told
}
