//! The columns of a batch, as the filling of segments looks them up.

use crate::document::batch::{Decimals, Texts};
use crate::document::class::column as classes;
use crate::document::worth::LineMoney;
use crate::document::{Batch, Class, Decimal, Level};

/// The columns of a batch, by the number of the field.
pub struct Columns<'b> {
    /// Those of the headers and those of the lines.
    pub(super) fields: [Vec<Column<'b>>; 2],
    pub(super) money: LineMoney<'b>,
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
            money: LineMoney::of(batch),
            documents: classes(batch, Level::Header),
            lines: classes(batch, Level::Line),
            owners: batch.line_documents(),
        }
    }

    /// The decimal of a field in a row.
    pub(super) fn decimal(&self, level: Level, field: usize, row: usize) -> Option<Decimal> {
        match self.fields[usize::from(level == Level::Line)].get(field)? {
            Column::Decimal(values) => values.decimal(row),
            Column::Text(_) | Column::None => None,
        }
    }

    /// The value of a field in a row as text.
    pub(super) fn shown(&self, level: Level, field: usize, row: usize) -> Option<String> {
        match self.fields[usize::from(level == Level::Line)].get(field)? {
            Column::Decimal(values) => {
                values.decimal(row).filter(|value| *value != Decimal::ZERO).map(|d| d.to_string())
            }
            Column::Text(values) => values.get(row).filter(|text| !text.is_empty()).map(str::to_owned),
            Column::None => None,
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
