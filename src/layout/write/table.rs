//! Documents to rows.

use super::value::{Cells, Special};
use crate::document::class::column as classes;
use crate::document::{Batch, Class, Level};
use crate::layout::model::{Binding, Layout, RecordOf, Shape, TableFile, TableRecord};
use crate::syntax::csv::Quoting;

/// What is written into a column: the first that has a value.
type Column<'b> = Vec<(Level, Cells<'b>)>;

/// Bytes of a cell with its delimiter, about; room is made for so many.
const CELL_BYTES: usize = 4;

/// Writes rows: one a line, the header repeated or on the first row; or one a document.
pub struct TableWriter<'l> {
    layout: &'l Layout,
    table: &'l TableFile,
    columns: Vec<(&'l str, Option<&'l Binding>)>,
    /// What is written into a column that would be empty, by the number of the column.
    fallbacks: Vec<(usize, &'l Binding)>,
    /// Which bytes need quotes.
    special: Special,
}

impl<'l> TableWriter<'l> {
    /// The writer of a layout: its columns in order, or those of its bindings.
    #[must_use]
    pub fn new(layout: &'l Layout, table: &'l TableFile) -> Self {
        let names = |binding: &&Binding, name: &str| binding.from.iter().any(|from| from == name);
        let bound = |name: &str| layout.bindings.iter().find(|b| names(b, name));
        let columns: Vec<(&str, Option<&Binding>)> = if table.columns.is_empty() {
            let of_columns = layout.bindings.iter().filter(|binding| !binding.fallback);
            let fixed = table.fixed.iter().map(|(name, _)| name.as_str()).filter(|name| bound(name).is_none());
            let of_columns = of_columns.filter_map(|b| Some((b.from.first()?.as_str(), Some(b))));
            of_columns.chain(fixed.map(|name| (name, None))).collect()
        } else {
            table.columns.iter().map(|name| (name.as_str(), bound(name))).collect()
        };
        let fallbacks = layout.bindings.iter().filter(|binding| binding.fallback);
        let fallbacks = fallbacks
            .flat_map(|b| {
                columns.iter().enumerate().filter(move |(_, (name, _))| names(&b, name)).map(move |(at, _)| (at, b))
            })
            .collect();
        let special = Special::new(table.dialect.delimiter);
        Self { layout, table, columns, fallbacks, special }
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> &'l Layout {
        self.layout
    }

    /// The header rows.
    pub fn begin(&self, out: &mut Vec<u8>) {
        if self.table.bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        for line in &self.table.preamble {
            out.extend_from_slice(line.as_bytes());
            self.end_row(out);
        }
        let mut named: Vec<&str> = Vec::new();
        for record in &self.table.records {
            // Records of one name have the columns of the first.
            if !named.contains(&record.name.as_str()) {
                named.push(&record.name);
                let names = self.columns[record.columns.clone()].iter();
                let names = names.map(|(name, _)| name.split_once('/').map_or(*name, |(_, column)| column));
                let first = format!("!{}", record.name);
                self.names(std::iter::once(first.as_str()).chain(names), out);
            }
        }
        if self.table.has_header && self.table.records.is_empty() {
            self.names(self.columns.iter().map(|(name, _)| *name), out);
        }
        if !self.table.second_header.is_empty() {
            self.names(self.table.second_header.iter().map(String::as_str), out);
        }
    }

    fn names<'n>(&self, names: impl Iterator<Item = &'n str>, out: &mut Vec<u8>) {
        names.enumerate().for_each(|(at, name)| self.put(at, name.as_bytes(), out));
        self.end_row(out);
    }

    /// The rows of a batch.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) {
        let cells: Vec<Column<'_>> = self.columns(batch);
        let documents = classes(batch, Level::Header);
        out.reserve(batch.lines.height() * self.columns.len() * CELL_BYTES);
        if self.table.shape == Shape::HeaderOnly || !self.layout.kind.has_lines() {
            self.write_headers(&cells, &documents, out);
            return;
        }
        if !self.table.records.is_empty() {
            return self.write_records(batch, &cells, &documents, out);
        }
        let first_row = self.table.shape == Shape::FirstRow;
        let mut last = None;
        // The header's values in front of the first value of the line are the same for all lines of a document.
        let front = cells.iter().take_while(|cell| !cell.iter().any(|(level, _)| *level == Level::Line)).count();
        let mut prefix = Vec::new();
        let lines = classes(batch, Level::Line);
        for (line, document) in batch.line_documents().iter().enumerate() {
            let goes = |classes: &[Class], at: usize| classes.get(at) == Some(&Class::Out);
            if goes(&lines, line) && goes(&documents, *document as usize) {
                let begins = last != Some(*document);
                if first_row || begins {
                    prefix.clear();
                    self.cells(&cells[..front], 0, (*document as usize, line), begins || !first_row, &mut prefix);
                }
                out.extend_from_slice(&prefix);
                self.cells(&cells[front..], front, (*document as usize, line), begins || !first_row, out);
                self.end_row(out);
                last = Some(*document);
            }
        }
    }

    /// Each document as records of several kinds.
    fn write_records(&self, batch: &Batch, cells: &[Column<'_>], documents: &[Class], out: &mut Vec<u8>) {
        let (owners, lines) = (batch.line_documents(), classes(batch, Level::Line));
        let mut next = 0;
        for (row, class) in documents.iter().enumerate() {
            let first = next;
            while owners.get(next).is_some_and(|owner| *owner as usize == row) {
                next += 1;
            }
            if *class != Class::Out {
                continue;
            }
            let of = |of| self.table.records.iter().filter(move |record| record.of == of);
            of(RecordOf::Document).for_each(|record| self.record(record, cells, (row, first), out));
            for line in (first..next).filter(|line| lines.get(*line) == Some(&Class::Out)) {
                of(RecordOf::Line).for_each(|record| self.record(record, cells, (row, line), out));
            }
            of(RecordOf::End).for_each(|record| self.record(record, cells, (row, first), out));
        }
    }

    fn record(&self, record: &TableRecord, cells: &[Column<'_>], at: (usize, usize), out: &mut Vec<u8>) {
        if let Some(needed) = record.needs.and_then(|needs| cells.get(needs..=needs)) {
            let start = out.len();
            self.cells(needed, 0, at, true, out);
            let is_empty = out.len() == start;
            out.truncate(start);
            if is_empty {
                return;
            }
        }
        out.extend_from_slice(record.name.as_bytes());
        self.cells(cells.get(record.columns.clone()).unwrap_or_default(), 1, at, true, out);
        self.end_row(out);
    }

    fn columns<'b>(&'b self, batch: &'b Batch) -> Vec<Column<'b>> {
        let level = if self.layout.kind.has_lines() { Level::Line } else { Level::Header };
        let bound = |binding: &'b Binding| (binding.level, Cells::new(self.layout, binding, batch));
        let column = |(at, (name, binding)): (usize, &(&'b str, Option<&'b Binding>))| {
            let first = match binding {
                Some(binding) => Some(bound(binding)),
                None => Cells::handed_back(batch, name),
            };
            let others = self.fallbacks.iter().filter(|(column, _)| *column == at).map(|(_, binding)| bound(binding));
            let fixed = self.table.fixed.iter().find(|(column, _)| column == name);
            let fixed = fixed.map(|(_, value)| (level, Cells::fixed(value)));
            first.into_iter().chain(others).chain(fixed).collect()
        };
        self.columns.iter().enumerate().map(column).collect()
    }

    /// One row a document. What is carried down when it is read is left out where the row above has it too.
    fn write_headers(&self, cells: &[Column<'_>], documents: &[Class], out: &mut Vec<u8>) {
        let is_group = |(name, _): &(&str, Option<&Binding>)| self.table.group.iter().any(|group| group == name);
        let grouped: Vec<usize> = (0..cells.len()).filter(|at| self.columns.get(*at).is_some_and(is_group)).collect();
        let carries = |(_, binding): &(&str, Option<&Binding>)| binding.is_some_and(|binding| binding.carry);
        let mut above = vec![Vec::new(); cells.len()];
        let (mut group, mut next) = (Vec::new(), Vec::new());
        for row in (0..documents.len()).filter(|row| documents[*row] == Class::Out) {
            next.clear();
            for (_, cells) in grouped.iter().filter_map(|at| cells.get(*at)?.first()) {
                cells.write(row, &mut next, |_| true);
                next.push(0);
            }
            let follows = next == group && next.iter().any(|byte| *byte != 0);
            for (at, (cell, above)) in cells.iter().zip(&mut above).enumerate() {
                let start = out.len() + usize::from(at > 0);
                self.cells(std::slice::from_ref(cell), at, (row, 0), true, out);
                match self.columns.get(at).is_some_and(carries) {
                    true if follows && out[start..] == **above => out.truncate(start),
                    true => *above = out[start..].to_vec(),
                    false => {}
                }
            }
            self.end_row(out);
            std::mem::swap(&mut group, &mut next);
        }
    }

    /// Values of a row from column `from` on; `at` is the row of the header and of the line.
    fn cells(&self, cells: &[Column<'_>], from: usize, at: (usize, usize), with_header: bool, out: &mut Vec<u8>) {
        let plain_text = |text: &[u8]| self.special.is_plain(text);
        for (column, cell) in cells.iter().enumerate() {
            if from + column > 0 {
                out.push(self.table.dialect.delimiter);
            }
            let start = out.len();
            let mut plain = true;
            for (level, cells) in cell {
                match level {
                    Level::Header if with_header => plain = cells.write(at.0, out, plain_text),
                    Level::Line => plain = cells.write(at.1, out, plain_text),
                    Level::Header => {}
                }
                if out.len() > start {
                    break;
                }
            }
            if !plain || self.table.quote_all {
                self.quote(start, out);
            }
        }
    }

    fn put(&self, at: usize, cell: &[u8], out: &mut Vec<u8>) {
        if at > 0 {
            out.push(self.table.dialect.delimiter);
        }
        let start = out.len();
        out.extend_from_slice(cell);
        self.quote(start, out);
    }

    /// Quotes what was written since `start` if it needs it. A file without quoting gets a blank for each character it
    /// cannot hold, because a delimiter or line break would shift every value behind it.
    fn quote(&self, start: usize, out: &mut Vec<u8>) {
        if self.special.is_plain(&out[start..]) && !self.table.quote_all {
            return;
        }
        if self.table.dialect.quoting == Quoting::None {
            out[start..]
                .iter_mut()
                .filter(|byte| **byte != b'"' && self.special.is(**byte))
                .for_each(|byte| *byte = b' ');
        } else {
            let text = out.split_off(start);
            out.push(b'"');
            for byte in text {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
    }

    fn end_row(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.table.crlf { b"\r\n" } else { b"\n" });
    }
}
