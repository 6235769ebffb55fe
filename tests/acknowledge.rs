//! `consign ack` from outside.

use std::path::{Path, PathBuf};

use super::support::{Ran, demo, root, run};

/// Runs `ack` at a fixed time.
pub fn ack(path: &Path, more: &[&str]) -> Ran {
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
