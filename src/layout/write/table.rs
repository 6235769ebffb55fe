//! Documents to rows.

use super::value::Cells;
use crate::document::class::column as classes;
use crate::document::{Batch, Class, Level};
use crate::layout::model::{Binding, Layout, Shape, TableFile};
use crate::syntax::csv::Quoting;

/// Bytes of a cell with its delimiter, about; room is made for so many.
const CELL_BYTES: usize = 4;

/// Writes rows: one a line, the header repeated or on the first row; or one a document.
pub struct TableWriter<'l> {
    layout: &'l Layout,
    table: &'l TableFile,
    columns: Vec<(&'l str, Option<Content<'l>>)>,
    /// Which bytes need quotes.
    special: [bool; 256],
}

/// Where the values of a column come from.
#[derive(Clone, Copy)]
enum Content<'l> {
    Binding(&'l Binding),
    Fixed(&'l str),
}

impl<'l> TableWriter<'l> {
    /// The writer of a layout: its columns in order, or those of its bindings.
    #[must_use]
    pub fn new(layout: &'l Layout, table: &'l TableFile) -> Self {
        let bound = |name: &str| layout.bindings.iter().find(|b| b.from.iter().any(|from| from == name));
        let fixed = |name: &str| table.fixed.iter().find(|(column, _)| column == name).map(|(_, text)| text.as_str());
        let from = |name: &str| fixed(name).map(Content::Fixed).or_else(|| bound(name).map(Content::Binding));
        let columns = if table.columns.is_empty() {
            let fixed = table.fixed.iter().map(|(name, text)| (name.as_str(), Some(Content::Fixed(text))));
            let bound =
                layout.bindings.iter().filter_map(|b| Some((b.from.first()?.as_str(), Some(Content::Binding(b)))));
            bound.chain(fixed).collect()
        } else {
            table.columns.iter().map(|name| (name.as_str(), from(name))).collect()
        };
        let delimiter = table.dialect.delimiter;
        let special = std::array::from_fn(|byte| byte == usize::from(delimiter) || b"\"\r\n".contains(&(byte as u8)));
        Self { layout, table, columns, special }
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
        if self.table.has_header {
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
        let cells: Vec<Option<(Level, Cells<'_>)>> = self
            .columns
            .iter()
            .map(|(_, from)| match (*from)? {
                Content::Binding(binding) => Some((binding.level, Cells::new(self.layout, binding, batch))),
                Content::Fixed(text) => Some((Level::Line, Cells::fixed(text))),
            })
            .collect();
        let documents = classes(batch, Level::Header);
        out.reserve(batch.lines.height() * self.columns.len() * CELL_BYTES);
        if self.table.shape == Shape::HeaderOnly || !self.layout.kind.has_lines() {
            for row in (0..documents.len()).filter(|row| documents[*row] == Class::Out) {
                self.cells(&cells, 0, (row, 0), true, out);
                self.end_row(out);
            }
            return;
        }
        let first_row = self.table.shape == Shape::FirstRow;
        let mut last = None;
        // The header's values in front of the first value of the line are the same for all lines of a document.
        let front = cells.iter().take_while(|cell| !matches!(cell, Some((Level::Line, _)))).count();
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

    /// Values of a row from column `from` on; `at` is the row of the header and of the line.
    fn cells(
        &self,
        cells: &[Option<(Level, Cells<'_>)>],
        from: usize,
        at: (usize, usize),
        with_header: bool,
        out: &mut Vec<u8>,
    ) {
        for (column, cell) in cells.iter().enumerate() {
            if from + column > 0 {
                out.push(self.table.dialect.delimiter);
            }
            let start = out.len();
            let plain = match cell {
                Some((Level::Header, cells)) if with_header => cells.write(at.0, out),
                Some((Level::Line, cells)) => cells.write(at.1, out),
                _ => true,
            };
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
        let needs = out[start..].iter().any(|byte| self.special[usize::from(*byte)]);
        if !needs && !self.table.quote_all {
            return;
        }
        if self.table.dialect.quoting == Quoting::None {
            out[start..]
                .iter_mut()
                .filter(|byte| **byte != b'"' && self.special[usize::from(**byte)])
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
