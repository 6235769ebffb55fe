//! Whole files in each system's layout: documents, lines and totals as `case.toml` says, worked out by other means.

use std::fs;
use std::path::{Path, PathBuf};

use consign::document::Decimal;

use super::support::{root, run, skipped};

fn sum(values: impl Iterator<Item = Option<String>>) -> Decimal {
    values.flatten().fold(Decimal::ZERO, |sum, text| sum.checked_add(Decimal::parse(text.as_bytes()).unwrap()).unwrap())
}

fn check(folder: &Path) {
    let case: toml::Table = fs::read_to_string(folder.join("case.toml")).unwrap().parse().unwrap();
    let mut inputs: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    inputs.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("input"));
    inputs.sort();
    let layout = case["layout"].as_str().unwrap();
    let mut arguments = vec!["convert"];
    arguments.extend(inputs.iter().map(|path| path.to_str().unwrap()));
    if inputs.len() > 1 || case.get("recognised").is_some_and(|v| v.as_bool() == Some(false)) {
        arguments.extend(["--from", layout]);
    }
    arguments.extend(["--to", "json"]);
    let ran = run(&arguments);
    let name = folder.display();
    assert!(matches!(ran.code, Some(0 | 1)), "{name}: {}", ran.err);
    let documents: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<&serde_json::Value> = documents.iter().filter_map(|d| d["lines"].as_array()).flatten().collect();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    assert!(!documents.is_empty(), "{name}: {}", ran.err);
    let quantity = if documents[0]["kind"] == "inventory" { "on_hand" } else { "quantity" };
    let found = [
        ("documents", documents.len().to_string()),
        ("lines", lines.len().to_string()),
        ("quantity", sum(lines.iter().map(|line| text(&line[quantity]))).to_string()),
        ("amount", sum(lines.iter().map(|line| text(&line["amount"]))).to_string()),
        ("refund", sum(lines.iter().map(|line| text(&line["refund"]))).to_string()),
        ("refunds", sum(documents.iter().map(|d| text(&d["header"]["refund_total"]))).to_string()),
        ("price", sum(documents.iter().map(|d| text(&d["header"]["price"]))).to_string()),
        ("stock", sum(documents.iter().map(|d| text(&d["header"]["quantity"]))).to_string()),
        ("total", sum(documents.iter().map(|d| text(&d["header"]["total"]))).to_string()),
    ];
    for (key, found) in found {
        let Some(expected) = case.get(key) else { continue };
        let expected = match expected {
            toml::Value::Integer(number) => number.to_string(),
            other => Decimal::parse(other.as_str().unwrap().as_bytes()).unwrap().to_string(),
        };
        assert_eq!(found, expected, "{name}: {key}\n{}", ran.err);
    }
    if let (Some(target), Some(unpack)) = (case.get("to"), case.get("unpack")) {
        let unpack: Vec<&str> = unpack.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        check_packed(folder, (layout, target.as_str().unwrap()), &unpack, &inputs[0]);
    } else if let Some(target) = case.get("to") {
        check_written(folder, layout, target.as_str().unwrap(), &inputs, &documents);
    }
}

/// What is written are the bytes of `output`; where the layout is also the one that was read, they read as the same
/// documents, apart from columns that no field binds.
fn check_written(folder: &Path, layout: &str, target: &str, inputs: &[PathBuf], documents: &[serde_json::Value]) {
    let mut outputs = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let output = outputs.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("output")).unwrap();
    let convert = |files: &[PathBuf], to: &str| {
        let mut arguments = vec!["convert"];
        arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
        arguments.extend(["--from", layout, "--to", to]);
        run(&arguments)
    };
    let written = convert(inputs, target);
    assert_eq!(written.out, fs::read_to_string(&output).unwrap(), "{}: {}", folder.display(), written.err);
    if target == layout {
        let again = convert(&[output], "json").out;
        let again: Vec<serde_json::Value> = again.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let bound = |documents: &[serde_json::Value]| documents.iter().map(without_other).collect::<Vec<_>>();
        assert_eq!(bound(&again), bound(documents), "{}: what was written reads otherwise", folder.display());
    }
}

/// What is written is unpacked by a program of others into the bytes of `output`, and packed the same every time.
fn check_packed(folder: &Path, (layout, target): (&str, &str), unpack: &[&str], input: &Path) {
    let space = tempfile::tempdir().unwrap();
    let mut written = Vec::new();
    for name in ["a", "b"] {
        let out = space.path().join(format!("{name}.rapidstart"));
        let arguments = ["convert", input.to_str().unwrap(), "--from", layout, "--to", target, "--output"];
        let ran = run(&[&arguments[..], &[out.to_str().unwrap()]].concat());
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {}", folder.display(), ran.err);
        let each = out.with_file_name(format!("{name}-1.rapidstart"));
        written.push(if each.is_file() { each } else { out });
    }
    assert!(fs::read(&written[0]).unwrap() == fs::read(&written[1]).unwrap(), "{}", folder.display());
    let file = written[0].to_str().unwrap();
    let arguments = unpack[1..].iter().map(|word| if *word == "{}" { file } else { word });
    let Ok(unpacked) = std::process::Command::new(unpack[0]).args(arguments).output() else {
        return skipped(&format!("{} is not there", unpack[0]));
    };
    assert!(unpacked.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&unpacked.stderr));
    let mut outputs = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let output = outputs.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("output")).unwrap();
    assert!(fs::read(&output).unwrap() == unpacked.stdout, "{}: other bytes", folder.display());
}

/// Header and lines of a document without what no field binds.
fn without_other(document: &serde_json::Value) -> serde_json::Value {
    let mut document = document.clone();
    document.as_object_mut().unwrap().remove("findings");
    document["header"].as_object_mut().unwrap().remove("other");
    for line in document.get_mut("lines").and_then(|lines| lines.as_array_mut()).into_iter().flatten() {
        line.as_object_mut().unwrap().remove("other");
    }
    document
}

#[test]
fn every_fixture_reads_as_its_case_says() {
    let mut folders: Vec<_> = fs::read_dir(root().join("fixtures")).unwrap().map(|e| e.unwrap().path()).collect();
    folders.retain(|path| path.join("case.toml").is_file());
    folders.sort();
    assert!(folders.len() >= 8, "{folders:?}");
    folders.iter().for_each(|folder| check(folder));
}
