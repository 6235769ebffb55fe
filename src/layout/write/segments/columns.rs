//! The columns of a batch, as the filling of segments looks them up.

use crate::document::batch::{Decimals, Texts};
use crate::document::class::column as classes;
use crate::document::{Batch, Class, Level};

/// The columns of a batch, by the number of the field.
pub struct Columns<'b> {
    /// Those of the headers and those of the lines.
    pub(super) fields: [Vec<Column<'b>>; 2],
    documents: Vec<Class>,
    lines: Vec<Class>,
    owners: &'b [u32],
}

/// The values of a field.
pub(super) enum Column<'b> {
    None,
    Text(Texts<'b>),
    Decimal(Decimals<'b>),
}

impl<'b> Columns<'b> {
    /// The columns of a batch.
    pub fn new(batch: &'b Batch) -> Self {
        let of = |level: Level| {
            let column = |field: &crate::document::Field| {
                let decimal = || batch.decimal(level, field.name).map_or(Column::None, Column::Decimal);
                let text = || batch.text(level, field.name).map_or(Column::None, Column::Text);
                if field.kind.is_decimal() { decimal() } else { text() }
            };
            batch.kind.fields(level).iter().map(column).collect()
        };
        Self {
            fields: [of(Level::Header), of(Level::Line)],
            documents: classes(batch, Level::Header),
            lines: classes(batch, Level::Line),
            owners: batch.line_documents(),
        }
    }

    /// The documents that go out, each with its lines that do.
    pub fn outgoing(&self) -> Vec<(usize, Vec<usize>)> {
        let mut next = 0;
        let mut all = Vec::new();
        for (row, class) in self.documents.iter().enumerate() {
            let first = next;
            while self.owners.get(next).is_some_and(|owner| *owner as usize == row) {
                next += 1;
            }
            if *class == Class::Out {
                all.push((row, (first..next).filter(|line| self.lines.get(*line) == Some(&Class::Out)).collect()));
            }
        }
        all
    }
}
