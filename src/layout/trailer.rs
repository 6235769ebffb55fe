//! Trailer records: the last record of a table, which states how many records the file holds and what they add up to.
//!
//! A table that is cut at the end of a row, or in the middle of a number, looks sound; only such a statement tells.

use super::model::{Binding, Layout};
use super::read::table::matches;
use super::toml::{Table, nearest};
use crate::document::{Batch, Code, Decimal, Finding, Findings, Kind, Level, Position};
use crate::layout::convert::trim;
use crate::syntax::csv::Row;

/// What to do about a file whose trailer does not agree with it.
const INCOMPLETE: &str = "Ask the sender for the complete file.";

/// How a layout's trailer is told and what it states.
#[derive(Debug)]
pub struct Trailer {
    /// The first cell, `*` standing for anything.
    pub first: String,
    /// The cell, from 1, with the number of records before it; blank rows are no records.
    pub count: Option<usize>,
    /// The cell, from 1, with a sum, and the level and index of the field that is added up.
    pub sum: Option<(usize, Level, usize)>,
}

/// One trailer as it was read.
#[derive(Debug)]
pub struct Stated {
    at: Position,
    /// Records of the piece before it.
    before: u64,
    count: String,
    sum: String,
}

/// What one piece of a file tells about its trailer.
#[derive(Debug, Default)]
pub struct Trail {
    /// Records, trailers and blank rows not among them.
    records: u64,
    /// Trailers in the order of the file.
    stated: Vec<Stated>,
    sum: i128,
}

impl Trailer {
    /// Reads the `[trailer]` table of a layout; none when there is none or it is wrong.
    #[must_use]
    pub fn load(table: &Table<'_, '_>, kind: Kind, bindings: &[Binding]) -> Option<Self> {
        if !table.exists() {
            return None;
        }
        let (first, count) = (table.required("first"), cell(table, "count"));
        let sum = cell(table, "sum");
        let of = if sum.is_some() { table.required("of") } else { table.text("of") };
        let sum = sum.zip(of.and_then(|name| field(table, &name, kind, bindings)));
        if count.is_none() && sum.is_none() {
            let expected = "`count` or `sum`, the number of a cell from 1".to_owned();
            table.report(Code::LayoutBinding, &table.position(), "neither", expected);
        }
        table.finish();
        Some(Self { first: first?, count, sum: sum.map(|(at, (level, field))| (at, level, field)) })
    }

    /// The trailer in a row, which stands behind so many records of its piece; none when the row is none.
    fn read(&self, row: &Row, before: u64) -> Option<Stated> {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at - 1)).map_or(&[][..], trim);
        let text = |at| String::from_utf8_lossy(cell(at)).into_owned();
        matches(cell(Some(1)), &self.first).then(|| Stated {
            at: Position::at(row.byte, row.line).record(row.number),
            before,
            count: text(self.count),
            sum: text(self.sum.map(|(at, ..)| at)),
        })
    }
}

/// The number of a cell, from 1.
fn cell(table: &Table<'_, '_>, key: &'static str) -> Option<usize> {
    let value = table.get(key)?;
    let at = value.number();
    if at == Some(0) {
        value.refuse(Code::LayoutBinding, "0", "the number of a cell, from 1");
    }
    at.filter(|at| *at > 0)
}

/// The field that is added up: a decimal one that the layout binds.
fn field(table: &Table<'_, '_>, name: &str, kind: Kind, bindings: &[Binding]) -> Option<(Level, usize)> {
    let fits = |binding: &&Binding| kind.fields(binding.level).get(binding.field).is_some_and(|f| f.kind.is_decimal());
    let name_of = |binding: &Binding| kind.fields(binding.level).get(binding.field).map_or("", |field| field.name);
    // A field of the lines counts before one of the same name in the header.
    let of_level = |level| bindings.iter().filter(fits).find(|b| b.level == level && name_of(b) == name);
    let found = of_level(Level::Line).or_else(|| of_level(Level::Header));
    if found.is_none() {
        let names: Vec<&str> = bindings.iter().filter(fits).map(name_of).collect();
        table.report(Code::LayoutField, &table.position(), name, nearest(name, names.into_iter()));
    }
    found.map(|binding| (binding.level, binding.field))
}

impl Trail {
    /// Takes a row that is the trailer, and counts one that is a record; whether it was the trailer.
    pub fn takes(&mut self, trailer: &Trailer, row: &Row) -> bool {
        let stated = trailer.read(row, self.records);
        self.records += u64::from(stated.is_none() && !row.is_blank());
        let takes = stated.is_some();
        self.stated.extend(stated);
        takes
    }

    /// Adds up the values of a batch, as they were received.
    pub fn add_up(&mut self, layout: &Layout, batch: &Batch) {
        let Some((_, level, field)) = layout.trailer.as_ref().and_then(|trailer| trailer.sum) else { return };
        let name = layout.kind.fields(level).get(field).map_or("", |field| field.name);
        let Some(values) = batch.decimal(level, name) else { return };
        self.sum = values.iter().flatten().fold(self.sum, i128::saturating_add);
    }

    /// Adds the piece that follows in the file.
    pub fn append(&mut self, next: Self) {
        let before = self.records;
        self.stated.extend(next.stated.into_iter().map(|stated| Stated { before: before + stated.before, ..stated }));
        self.records += next.records;
        self.sum = self.sum.saturating_add(next.sum);
    }

    /// What the whole file states that is not so.
    pub fn check(&self, layout: &Layout, findings: &mut Findings) {
        let Some(trailer) = &layout.trailer else { return };
        let Some(stated) = self.stated.first() else {
            let finding = Finding::new(Code::ControlTotal, Position::default()).of_file().found("no trailer record");
            return findings
                .push(finding.expected(format!("a last record that begins with {}", trailer.first)).help(INCOMPLETE));
        };
        let wrong = |found: &str, expected: String| {
            let finding = Finding::new(Code::ControlTotal, stated.at.clone()).of_file();
            findings.push(finding.found(found).expected(expected).help(INCOMPLETE));
        };
        self.compare(trailer, stated, layout, wrong);
    }

    fn compare(&self, trailer: &Trailer, stated: &Stated, layout: &Layout, mut wrong: impl FnMut(&str, String)) {
        let number = |text: &str| Decimal::parse_in(text.as_bytes(), layout.formats.number).ok();
        if stated.before != self.records || self.stated.len() > 1 {
            wrong("records behind the trailer", "the trailer as the last record".to_owned());
        }
        let count = i64::try_from(self.records).map(Decimal::from_int).ok();
        if trailer.count.is_some() && (count.is_none() || number(&stated.count) != count) {
            wrong(&stated.count, format!("{} records, which were found", self.records));
        }
        let sum = Decimal::from_billionths(self.sum);
        if trailer.sum.is_some() && (sum.is_none() || number(&stated.sum) != sum) {
            wrong(&stated.sum, format!("{}, which the records add up to", sum.unwrap_or_default()));
        }
    }
}
