//! Documents to the rows of a system's own last export, with the changed cells filled in.

use std::sync::Arc;

use super::value::Cells;
use crate::document::class::column as classes;
use crate::document::{Batch, Class, Code, Finding, Findings, Level};
use crate::layout::Layout;
use crate::layout::model::Binding;
use crate::layout::write_back::{Export, Found, level};

/// Writes the rows of an export that documents change.
pub struct FillWriter<'l> {
    layout: &'l Layout,
    export: Arc<Export>,
    /// Each field that may be changed: how it is written, and the column.
    changes: Vec<(&'l Binding, usize)>,
    /// Whether the export's values are those of the system, so that rows that have ours already are left out.
    leaves_out: bool,
}

impl<'l> FillWriter<'l> {
    /// The writer of a layout that fills in an export; none if the export lacks a column to be filled in.
    #[must_use]
    pub fn new(layout: &'l Layout, export: Arc<Export>, leaves_out: bool) -> Option<Self> {
        let of_field = |name: &&str| {
            let binding = layout.bindings(level(layout.kind)).find(|binding| layout.field_name(binding) == *name)?;
            Some((binding, binding.from.iter().find_map(|from| export.column(from))?))
        };
        let changes = export.rules().change.iter().map(of_field).collect::<Option<Vec<_>>>()?;
        Some(Self { layout, export, changes, leaves_out })
    }

    /// The layout.
    #[must_use]
    pub const fn layout(&self) -> &'l Layout {
        self.layout
    }

    /// What stands above the rows.
    pub fn begin(&self, out: &mut Vec<u8>) {
        self.export.write_head(out);
    }

    /// The rows of a batch that change something.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) {
        let cells: Vec<Cells<'_>> =
            self.changes.iter().map(|(binding, _)| Cells::new(self.layout, binding, batch)).collect();
        for (row, export) in self.rows(batch) {
            let changed = self.changed(batch, row, export);
            let mut filled: Vec<(usize, Vec<u8>)> = Vec::with_capacity(changed.len());
            for at in changed {
                let (Some(cells), Some((_, column))) = (cells.get(at), self.changes.get(at)) else { continue };
                let mut text = Vec::new();
                cells.write(row, &mut text, |_| false);
                // Of two fields in one column the first that has a value counts.
                if !filled.iter().any(|(known, _)| known == column) {
                    filled.push((*column, text));
                }
            }
            if !filled.is_empty() {
                self.export.write_row(export, &filled, out);
            }
        }
    }

    /// Rows of a batch that go out, with their rows of the export.
    #[must_use]
    pub fn rows(&self, batch: &Batch) -> Vec<(usize, u32)> {
        let (level, found) = (level(self.layout.kind), self.export.find(batch));
        let (own, documents) = (classes(batch, level), classes(batch, Level::Header));
        let goes = |row: usize| {
            let document =
                if level == Level::Line { batch.line_documents().get(row).copied() } else { Some(row as u32) };
            let document = document.and_then(|document| documents.get(document as usize));
            own.get(row) == Some(&Class::Out) && document == Some(&Class::Out)
        };
        let one = |(row, found): (usize, Found)| match found {
            Found::One(export) if goes(row) => Some((row, export)),
            _ => None,
        };
        found.into_iter().enumerate().filter_map(one).collect()
    }

    /// Rows of a batch that the export has not, or has more than once, each with a finding.
    #[must_use]
    pub fn lacking(&self, batch: &Batch, findings: &mut Findings) -> Vec<(u32, Code)> {
        let level = level(self.layout.kind);
        let own = classes(batch, level);
        let mut lacking = Vec::new();
        for (row, found) in self.export.find(batch).into_iter().enumerate() {
            let code = match found {
                Found::One(_) => continue,
                Found::Nothing => Code::ExportRowMissing,
                Found::Several => Code::ExportRowAmbiguous,
            };
            if own.get(row) == Some(&Class::Out) {
                findings.push(self.finding(batch, row, code));
                lacking.push((row as u32, code));
            }
        }
        lacking
    }

    /// A finding about a row of a batch.
    #[must_use]
    pub fn finding(&self, batch: &Batch, row: usize, code: Code) -> Finding {
        let level = level(self.layout.kind);
        let names = self.export.rules().keys.first().map_or(&[][..], Vec::as_slice);
        let value = |name: &&str| batch.text(level, name).and_then(|texts| texts.get(row)).unwrap_or_default();
        let found = names.iter().map(value).collect::<Vec<_>>().join(", ");
        let at = batch.position(level, row).field(names.join(", "));
        let finding = Finding::new(code, at).found(found);
        if level == Level::Line { finding.on_line(row as u32) } else { finding.in_document(row as u32) }
    }

    /// The fields of a row that are filled in.
    fn changed(&self, batch: &Batch, row: usize, export: u32) -> Vec<usize> {
        self.export.changed(batch, row, self.leaves_out.then_some(export))
    }

    /// How many rows of a batch the export has with the same values already.
    #[must_use]
    pub fn unchanged(&self, batch: &Batch) -> usize {
        let rows = self.rows(batch);
        rows.into_iter().filter(|(row, export)| self.changed(batch, *row, *export).is_empty()).count()
    }
}
