//! Two files joined on a key: headers in one, lines in the other. Both are read whole; the order of the second does
//! not matter, its rows are sorted by line.

use std::collections::BTreeMap;

use super::header::{HeaderRow, column};
use super::table::TableProgram;
use super::{Chunk, Parsed};
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::convert::trim;
use crate::layout::model::{File, Joined};
use crate::syntax::csv::{Row, Rows};

/// Rows of the second file by key, as stretches of its text.
pub struct LinesFile {
    rows: BTreeMap<Vec<u8>, Vec<(Vec<u8>, Chunk)>>,
    /// The column names.
    pub names: Vec<String>,
}

impl LinesFile {
    /// Indexes the rows of the second file.
    pub fn new(layout: &Layout, header: &HeaderRow, chunk: &Chunk, findings: &mut Findings) -> Option<Self> {
        let File::Table(table) = &layout.file else { return None };
        let joined: &Joined = table.joined.as_ref()?;
        let key = column(&header.names, &joined.key)?;
        let line = layout
            .bindings
            .iter()
            .find(|b| layout.field_name(b) == "line")
            .and_then(|b| column(&header.names, b.from.first()?));
        let mut rows = Rows::new(&chunk.bytes, table.dialect, chunk.start);
        let mut row = Row::default();
        let mut index: BTreeMap<Vec<u8>, Vec<(Vec<u8>, Chunk)>> = BTreeMap::new();
        loop {
            let start = rows.position();
            if !rows.read(&mut row, findings) {
                break;
            }
            if row.is_blank() {
                continue;
            }
            let end = rows.position();
            let from = (start.byte - chunk.start.byte) as usize;
            let to = (end.byte - chunk.start.byte) as usize;
            let bytes = chunk.bytes.get(from..to.min(chunk.bytes.len())).unwrap_or_default().to_vec();
            let cell = |at: usize| row.get(at).map_or(&[][..], trim).to_vec();
            let order = sortable(&line.map(cell).unwrap_or_default());
            index.entry(cell(key)).or_default().push((order, Chunk { number: 0, bytes, start }));
        }
        index.values_mut().for_each(|rows| rows.sort_by(|a, b| a.0.cmp(&b.0)));
        Some(Self { rows: index, names: header.names.clone() })
    }

    /// Takes the rows of a key, in the order of their lines.
    pub fn take(&mut self, key: &[u8]) -> Vec<Chunk> {
        self.rows.remove(key).unwrap_or_default().into_iter().map(|(_, chunk)| chunk).collect()
    }

    /// Reports rows whose header is missing.
    pub fn report_rest(&self, findings: &mut Findings) {
        for (key, rows) in &self.rows {
            let at = rows.first().map_or_else(Position::default, |(_, c)| Position::at(c.start.byte, c.start.line));
            let finding = Finding::new(Code::CompanionMissing, at).found(key);
            findings.push(finding.expected("a row of this key in the file of headers"));
        }
    }
}

/// Numbers sort by value, other texts after them.
fn sortable(text: &[u8]) -> Vec<u8> {
    if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        let mut padded = vec![b'0'; 24_usize.saturating_sub(text.len())];
        padded.extend_from_slice(text);
        padded
    } else {
        text.to_vec()
    }
}

/// Reads both files together.
#[must_use]
pub fn read(
    program: &TableProgram<'_>,
    lines: &TableProgram<'_>,
    headers: &Chunk,
    mut index: LinesFile,
) -> Option<Parsed> {
    program.read_joined(lines, headers, &mut index)
}
