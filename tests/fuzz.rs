//! What fuzzing found worth keeping, and the fixtures, through the checks of the fuzz targets.

#[path = "../fuzz/checks.rs"]
mod checks;

use std::fs;

use super::support::{files, root};

/// Every saved input of a target, and every fixture; each is also cut and has bytes changed.
fn replay(target: &str, check: fn(&[u8])) {
    let saved = files(&root().join("fuzz/saved").join(target));
    assert!(!saved.is_empty(), "{target} has saved inputs");
    let fixtures = files(&root().join("fixtures"));
    for path in saved.iter().chain(&fixtures) {
        let bytes = fs::read(path).unwrap();
        check(&bytes);
        for part in 1..16 {
            let at = bytes.len() * part / 16;
            check(&bytes[..at]);
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(at) {
                *byte = b"*~\n\"\r,>\0'+:?"[part % 12];
                check(&changed);
            }
        }
    }
}

#[test]
fn x12_tokens() {
    replay("x12_tokens", checks::x12_tokens);
}

#[test]
fn x12_sets() {
    replay("x12_sets", checks::x12_sets);
}

#[test]
fn x12_write() {
    replay("x12_write", checks::x12_write);
}

#[test]
fn edifact_tokens() {
    replay("edifact_tokens", checks::edifact_tokens);
}

#[test]
fn edifact_contrl() {
    replay("edifact_contrl", checks::edifact_contrl);
}

#[test]
fn edifact_write() {
    replay("edifact_write", checks::edifact_write);
}

#[test]
fn csv_rows() {
    replay("csv_rows", checks::csv_rows);
}
