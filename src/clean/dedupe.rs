//! Duplicates: the key and the content of each document, and lines that stand twice in one document.

use std::collections::HashSet;

use super::Rules;
use crate::document::hash::Hash;
use crate::document::{Batch, Code, Finding, Findings, Level};

/// The business key and the content hash of each document. The content is every bound field of the header and the
/// lines as received, so it does not change when a crosswalk does.
pub fn hashes(batch: &Batch, scope: &str) -> (Vec<u128>, Vec<u128>) {
    let mut keys = vec![Hash::default(); batch.headers.height()];
    for key in &mut keys {
        key.add(scope.as_bytes());
        key.add(batch.kind.as_str().as_bytes());
    }
    add_field(batch, Level::Header, (0, batch.kind.key_field()), &mut keys);
    let mut contents = vec![Hash::default(); batch.headers.height()];
    for (at, field) in batch.kind.fields(Level::Header).iter().enumerate() {
        add_field(batch, Level::Header, (at, field.name), &mut contents);
    }
    let mut lines = vec![Hash::default(); batch.lines.height()];
    for (at, field) in batch.kind.fields(Level::Line).iter().enumerate() {
        add_field(batch, Level::Line, (at, field.name), &mut lines);
    }
    for (line, document) in lines.into_iter().zip(batch.line_documents()) {
        if let Some(content) = contents.get_mut(*document as usize) {
            content.add(&line.finish().to_le_bytes());
        }
    }
    let contents: Vec<u128> = contents.into_iter().map(Hash::finish).collect();
    // A document without a number is only the same as one with the same content.
    let numbers = batch.text(Level::Header, batch.kind.key_field());
    for (row, (key, content)) in keys.iter_mut().zip(&contents).enumerate() {
        if numbers.and_then(|numbers| numbers.get(row)).is_none() {
            key.add(&content.to_le_bytes());
        }
    }
    (keys.into_iter().map(Hash::finish).collect(), contents)
}

/// Adds a column, given by its number and name, to the hashes of its rows.
fn add_field(batch: &Batch, level: Level, (at, name): (usize, &str), hashes: &mut [Hash]) {
    if let Some(column) = batch.decimal(level, name) {
        for (hash, value) in hashes.iter_mut().zip(column.iter()) {
            if let Some(value) = value {
                hash.add_number(at, value);
            }
        }
    } else if let Some(column) = batch.text(level, name) {
        for (hash, value) in hashes.iter_mut().zip(column.iter()) {
            if let Some(value) = value {
                hash.add_text(at, value.as_bytes());
            }
        }
    }
}

/// Reports lines that stand twice in their document: the same values in the fields of the layout's line key, or the
/// same line number with the same content.
pub fn lines(batch: &Batch, rules: &Rules, findings: &mut Findings) {
    let fields = batch.kind.fields(Level::Line);
    let names: Vec<&str> = rules.line_key.iter().filter_map(|at| fields.get(*at)).map(|field| field.name).collect();
    if names.is_empty() || batch.lines.height() < 2 {
        return;
    }
    let mut hashes = vec![Hash::default(); batch.lines.height()];
    names.iter().enumerate().for_each(|name| add_field(batch, Level::Line, (name.0, name.1), &mut hashes));
    let (mut seen, mut last) = (HashSet::new(), u32::MAX);
    for (row, (hash, document)) in hashes.into_iter().zip(batch.line_documents()).enumerate() {
        if *document != last {
            seen.clear();
            last = *document;
        }
        if !seen.insert(hash.finish()) {
            let at = batch.position(Level::Line, row).field(names.join(", "));
            findings.push(Finding::new(Code::DuplicateLine, at).on_line(row as u32));
        }
    }
}
