//! Duplicates: the key and the content of each document, and lines that stand twice in one document.

use std::collections::HashSet;

use super::Rules;
use crate::document::batch::{Decimals, Texts};
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
    if let Some(column) = Column::of(batch, Level::Header, batch.kind.key_field()) {
        column.add(0, 0, &mut keys);
    }
    let mut contents = vec![Hash::default(); batch.headers.height()];
    add_fields(batch, Level::Header, &mut contents);
    let mut lines = vec![Hash::default(); batch.lines.height()];
    add_fields(batch, Level::Line, &mut lines);
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

/// Rows hashed column by column before the next rows: their hashes stay in the nearest cache.
const ROWS_TOGETHER: usize = 512;

/// Adds every field of a level to the hashes of its rows.
fn add_fields(batch: &Batch, level: Level, hashes: &mut [Hash]) {
    let fields = batch.kind.fields(level).iter().enumerate();
    let columns: Vec<(usize, Column<'_>)> =
        fields.filter_map(|(at, field)| Some((at, Column::of(batch, level, field.name)?))).collect();
    for (block, hashes) in hashes.chunks_mut(ROWS_TOGETHER).enumerate() {
        columns.iter().for_each(|(at, column)| column.add(*at, block * ROWS_TOGETHER, hashes));
    }
}

/// A column of any type.
#[derive(Clone, Copy)]
pub(super) enum Column<'b> {
    Text(Texts<'b>),
    Decimal(Decimals<'b>),
}

impl<'b> Column<'b> {
    pub(super) fn of(batch: &'b Batch, level: Level, name: &str) -> Option<Self> {
        batch.decimal(level, name).map(Self::Decimal).or_else(|| batch.text(level, name).map(Self::Text))
    }

    /// Adds the values from row `first` on, as those of field `at`; a row without a value adds nothing.
    pub(super) fn add(self, at: usize, first: usize, hashes: &mut [Hash]) {
        let rows = hashes.iter_mut().zip(first..);
        match self {
            Self::Text(column) => rows.for_each(|(hash, row)| {
                if let Some(value) = column.get(row) {
                    hash.add_text(at, value.as_bytes());
                }
            }),
            Self::Decimal(column) => rows.for_each(|(hash, row)| {
                if let Some(value) = column.get(row) {
                    hash.add_number(at, value);
                }
            }),
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
    for (at, name) in names.iter().enumerate() {
        if let Some(column) = Column::of(batch, Level::Line, name) {
            column.add(at, 0, &mut hashes);
        }
    }
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
