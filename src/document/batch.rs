//! A batch of documents of one kind as two tables: headers and lines.
//!
//! Columns are named after the fields of the kind; a field that nothing sets has no column. Decimals are
//! `Decimal(38, 9)`, everything else is text. Provenance columns begin with an underscore. What a layout does not bind
//! is kept in columns named `other.<name in the file>`.

use polars::prelude::*;

use super::decimal::{Decimal, SCALE};
use super::field::{Kind, Level};
use super::position::Position;

/// Row of the header table that a line belongs to (lines only), `UInt32`.
pub const DOCUMENT: &str = "_document";
/// Line of the file, from 1; 0 if the format has none.
pub const LINE: &str = "_line";
/// Byte offset in the file.
pub const BYTE: &str = "_byte";
/// Record number (row, element, segment), from 1.
pub const RECORD: &str = "_record";
/// Prefix of the columns that no field binds.
pub const OTHER: &str = "other.";

type TextArray = <StringType as PolarsDataType>::Array;
type DecimalArray = <Int128Type as PolarsDataType>::Array;

/// A text column, read row by row. A chunked array looks for the chunk of each row; a batch's columns have one.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'b> {
    array: &'b TextArray,
    full: bool,
}

/// A decimal column in billionths, read row by row.
#[derive(Clone, Copy, Debug)]
pub struct Decimals<'b> {
    array: &'b DecimalArray,
    values: &'b [i128],
    full: bool,
}

impl<'b> Texts<'b> {
    /// The values of a column that is in one piece, as those of a batch are; none for any other.
    #[must_use]
    pub fn of(column: &'b StringChunked) -> Option<Self> {
        let array = column.downcast_iter().next().filter(|array| array.len() == column.len())?;
        Some(Self { array, full: column.null_count() == 0 })
    }

    /// The value of a row, if it has one.
    #[must_use]
    pub fn get(self, row: usize) -> Option<&'b str> {
        if self.full && row < self.array.len() {
            Some(self.array.value(row))
        } else {
            StaticArray::get(self.array, row)
        }
    }

    /// Every row's value.
    pub fn iter(self) -> impl Iterator<Item = Option<&'b str>> {
        (0..self.array.len()).map(move |row| self.get(row))
    }

    /// Whether every row has a value.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.full
    }
}

impl<'b> Decimals<'b> {
    fn of(column: &'b Int128Chunked) -> Option<Self> {
        let array = column.downcast_iter().next()?;
        Some(Self { array, values: array.values(), full: column.null_count() == 0 })
    }

    /// The value of a row in billionths, if it has one.
    #[must_use]
    pub fn get(self, row: usize) -> Option<i128> {
        if self.full { self.values.get(row).copied() } else { StaticArray::get(self.array, row) }
    }

    /// The value of a row, if it has one.
    #[must_use]
    pub fn decimal(self, row: usize) -> Option<Decimal> {
        self.get(row).and_then(Decimal::from_billionths)
    }

    /// Every row's value in billionths.
    pub fn iter(self) -> impl Iterator<Item = Option<i128>> {
        (0..self.values.len()).map(move |row| self.get(row))
    }

    /// Whether every row has a value.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.full
    }
}

/// Documents of one kind.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What the documents are.
    pub kind: Kind,
    /// One row a document.
    pub headers: DataFrame,
    /// One row a line, those of one document together and in their order.
    pub lines: DataFrame,
}

impl Batch {
    /// The table of a level.
    #[must_use]
    pub fn table(&self, level: Level) -> &DataFrame {
        match level {
            Level::Header => &self.headers,
            Level::Line => &self.lines,
        }
    }

    /// The table of a level, to change.
    pub fn table_mut(&mut self, level: Level) -> &mut DataFrame {
        match level {
            Level::Header => &mut self.headers,
            Level::Line => &mut self.lines,
        }
    }

    /// A text column; `None` when nothing set it.
    #[must_use]
    pub fn text(&self, level: Level, name: &str) -> Option<Texts<'_>> {
        self.table(level).column(name).ok()?.as_materialized_series().str().ok().and_then(Texts::of)
    }

    /// A decimal column in billionths; `None` when nothing set it.
    #[must_use]
    pub fn decimal(&self, level: Level, name: &str) -> Option<Decimals<'_>> {
        self.table(level)
            .column(name)
            .ok()?
            .as_materialized_series()
            .decimal()
            .ok()
            .and_then(|column| Decimals::of(&column.phys))
    }

    /// The header row of each line.
    #[must_use]
    pub fn line_documents(&self) -> &[u32] {
        self.lines.column(DOCUMENT).ok().and_then(|c| c.as_materialized_series().u32().ok()).map_or(&[], slice)
    }

    /// Where a row came from.
    #[must_use]
    pub fn position(&self, level: Level, row: usize) -> Position {
        let get = |name| {
            let column = self.table(level).column(name).ok()?;
            column.as_materialized_series().u64().ok()?.get(row)
        };
        Position::at(get(BYTE).unwrap_or(0), get(LINE).unwrap_or(0)).record(get(RECORD).unwrap_or(0))
    }

    /// Adds or replaces a text column.
    ///
    /// # Errors
    /// When the column has another length than the table.
    pub fn set_text(&mut self, level: Level, name: &str, values: StringChunked) -> PolarsResult<()> {
        let values = values.rechunk().into_owned().with_name(name.into());
        self.table_mut(level).with_column(values.into_series().into())?;
        Ok(())
    }

    /// Adds or replaces a decimal column, given in billionths.
    ///
    /// # Errors
    /// When the column has another length than the table.
    pub fn set_decimal(&mut self, level: Level, name: &str, values: Int128Chunked) -> PolarsResult<()> {
        let column = decimal_column(values.rechunk().into_owned().with_name(name.into()));
        self.table_mut(level).with_column(column)?;
        Ok(())
    }
}

/// The values of a column without nulls in one piece.
fn slice(column: &UInt32Chunked) -> &[u32] {
    column.cont_slice().unwrap_or_default()
}

/// Billionths as a `Decimal(38, 9)` column.
#[must_use]
pub fn decimal_column(values: Int128Chunked) -> Column {
    values.into_decimal_unchecked(38, SCALE).into_series().into()
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Line of the file, from 1; 0 if unknown.
    pub line: u64,
    /// Byte offset.
    pub byte: u64,
    /// Record number, from 1.
    pub record: u64,
}

impl From<Place> for Position {
    fn from(place: Place) -> Self {
        Self::at(place.byte, place.line).record(place.record)
    }
}

enum Values {
    Text(StringChunkedBuilder),
    Decimal(Vec<i128>, Vec<bool>),
}

/// A column under construction. It is filled up with nulls only when a later row is set, so that sparse columns cost
/// nothing.
struct ColumnBuilder {
    name: String,
    values: Values,
    len: usize,
    used: bool,
    expected: usize,
}

impl ColumnBuilder {
    fn new(name: &str, decimal: bool) -> Self {
        let values = if decimal {
            Values::Decimal(Vec::new(), Vec::new())
        } else {
            Values::Text(StringChunkedBuilder::new(name.into(), 0))
        };
        Self { name: name.to_owned(), values, len: 0, used: false, expected: 0 }
    }

    /// Makes room when the first value comes: most columns of a kind are never used.
    fn begin(&mut self) {
        match &mut self.values {
            Values::Text(builder) => *builder = StringChunkedBuilder::new(self.name.as_str().into(), self.expected),
            Values::Decimal(values, valid) => {
                values.reserve(self.expected);
                valid.reserve(self.expected);
            }
        }
        self.used = true;
    }

    fn pad(&mut self, rows: usize) {
        if self.len >= rows {
            return;
        }
        match &mut self.values {
            Values::Text(builder) => (self.len..rows).for_each(|_| builder.append_null()),
            Values::Decimal(values, valid) => {
                values.resize(rows, 0);
                valid.resize(rows, false);
            }
        }
        self.len = rows;
    }

    /// Sets the value of a row that has none yet; whether it had none.
    fn set_text(&mut self, row: usize, value: &str) -> bool {
        if self.len > row {
            return false;
        }
        if !self.used {
            self.begin();
        }
        self.pad(row);
        if let Values::Text(builder) = &mut self.values {
            builder.append_value(value);
            self.len += 1;
        }
        true
    }

    fn set_decimal(&mut self, row: usize, value: Decimal) -> bool {
        if self.len > row {
            return false;
        }
        if !self.used {
            self.begin();
        }
        self.pad(row);
        if let Values::Decimal(values, valid) = &mut self.values {
            values.push(value.billionths());
            valid.push(true);
            self.len += 1;
        }
        true
    }

    /// Adds to the value of the newest row; false when the sum has too many digits.
    fn add_decimal(&mut self, row: usize, value: Decimal) -> bool {
        if self.len <= row {
            return self.set_decimal(row, value);
        }
        let Values::Decimal(values, valid) = &mut self.values else { return true };
        let Some(slot) = values.get_mut(row) else { return true };
        match Decimal::from_billionths(*slot).and_then(|old| old.checked_add(value)) {
            Some(sum) => *slot = sum.billionths(),
            None => return false,
        }
        if let Some(valid) = valid.get_mut(row) {
            *valid = true;
        }
        true
    }

    fn finish(mut self, rows: usize) -> Option<Column> {
        if !self.used {
            return None;
        }
        self.pad(rows);
        Some(match self.values {
            Values::Text(builder) => builder.finish().into_series().into(),
            Values::Decimal(values, valid) => {
                let validity = if valid.iter().all(|v| *v) { None } else { Some(valid.into_iter().collect()) };
                decimal_column(Int128Chunked::from_vec_validity(self.name.into(), values, validity))
            }
        })
    }
}

/// One table under construction.
struct TableBuilder {
    columns: Vec<ColumnBuilder>,
    places: Vec<Place>,
}

impl TableBuilder {
    fn new(kind: Kind, level: Level, fields: &[usize], other: &[String]) -> Self {
        let all = kind.fields(level);
        let bound =
            fields.iter().filter_map(|at| all.get(*at)).map(|f| ColumnBuilder::new(f.name, f.kind.is_decimal()));
        let rest = other.iter().map(|name| ColumnBuilder::new(&format!("{OTHER}{name}"), false));
        Self { columns: bound.chain(rest).collect(), places: Vec::new() }
    }

    fn current(&mut self, slot: usize) -> Option<(usize, &mut ColumnBuilder)> {
        let row = self.places.len().checked_sub(1)?;
        self.columns.get_mut(slot).map(|column| (row, column))
    }

    fn finish(self, extra: Option<Column>) -> PolarsResult<DataFrame> {
        let rows = self.places.len();
        let numbers = |name: &str, get: fn(&Place) -> u64| -> Column {
            UInt64Chunked::from_vec(name.into(), self.places.iter().map(get).collect()).into_series().into()
        };
        let mut columns: Vec<Column> = extra.into_iter().collect();
        columns.push(numbers(LINE, |p| p.line));
        columns.push(numbers(BYTE, |p| p.byte));
        columns.push(numbers(RECORD, |p| p.record));
        columns.extend(self.columns.into_iter().filter_map(|column| column.finish(rows)));
        DataFrame::new(rows, columns)
    }
}

/// Lines of a document, about; room for headers is made by it.
const LINES_OF_A_DOCUMENT: usize = 4;

/// Builds a batch document by document and line by line.
///
/// Slots are positions in the lists of fields given to [`BatchBuilder::new`], first the fields, then the other names.
pub struct BatchBuilder {
    kind: Kind,
    headers: TableBuilder,
    lines: TableBuilder,
    line_documents: Vec<u32>,
}

impl BatchBuilder {
    /// A builder for the given fields (indices into [`Kind::fields`]) and unbound names of each level.
    #[must_use]
    pub fn new(kind: Kind, header: (&[usize], &[String]), line: (&[usize], &[String])) -> Self {
        Self {
            kind,
            headers: TableBuilder::new(kind, Level::Header, header.0, header.1),
            lines: TableBuilder::new(kind, Level::Line, line.0, line.1),
            line_documents: Vec::new(),
        }
    }

    /// Says how many lines there are likely to be, so that room for them is made once.
    #[must_use]
    pub fn expecting(mut self, lines: usize) -> Self {
        self.lines.columns.iter_mut().for_each(|column| column.expected = lines);
        self.headers.columns.iter_mut().for_each(|column| column.expected = lines / LINES_OF_A_DOCUMENT);
        self.lines.places.reserve(lines);
        self.line_documents.reserve(lines);
        self
    }

    /// Begins a document.
    pub fn begin_document(&mut self, place: Place) {
        self.headers.places.push(place);
    }

    /// Begins a line of the current document.
    pub fn begin_line(&mut self, place: Place) {
        self.line_documents.push((self.headers.places.len() as u32).saturating_sub(1));
        self.lines.places.push(place);
    }

    /// Sets a text of the current document or line; false if it already has a value.
    pub fn set_text(&mut self, level: Level, slot: usize, value: &str) -> bool {
        self.table(level).current(slot).is_none_or(|(row, column)| column.set_text(row, value))
    }

    /// Sets a decimal of the current document or line; false if it already has a value.
    pub fn set_decimal(&mut self, level: Level, slot: usize, value: Decimal) -> bool {
        self.table(level).current(slot).is_none_or(|(row, column)| column.set_decimal(row, value))
    }

    /// Adds to a decimal of the current document or line; false when the sum has too many digits.
    pub fn add_decimal(&mut self, level: Level, slot: usize, value: Decimal) -> bool {
        self.table(level).current(slot).is_none_or(|(row, column)| column.add_decimal(row, value))
    }

    /// Documents begun.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.headers.places.len()
    }

    /// Lines begun.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines.places.len()
    }

    /// The current document's row.
    #[must_use]
    pub fn document(&self) -> u32 {
        (self.headers.places.len() as u32).saturating_sub(1)
    }

    /// The current line's row.
    #[must_use]
    pub fn line(&self) -> u32 {
        (self.lines.places.len() as u32).saturating_sub(1)
    }

    /// The tables.
    ///
    /// # Errors
    /// When polars refuses the columns, which means a defect here.
    pub fn finish(self) -> PolarsResult<Batch> {
        let documents = UInt32Chunked::from_vec(DOCUMENT.into(), self.line_documents).into_series().into();
        Ok(Batch { kind: self.kind, headers: self.headers.finish(None)?, lines: self.lines.finish(Some(documents))? })
    }

    fn table(&mut self, level: Level) -> &mut TableBuilder {
        match level {
            Level::Header => &mut self.headers,
            Level::Line => &mut self.lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_not_set_are_null_and_columns_never_set_are_absent() {
        let fields: Vec<usize> =
            ["number", "total", "note"].iter().map(|n| Kind::Order.field(Level::Header, n).unwrap()).collect();
        let mut builder = BatchBuilder::new(Kind::Order, (&fields, &[]), (&[1, 8], &["Colour".into()]));
        for number in ["A", "B", "C"] {
            builder.begin_document(Place::default());
            assert!(builder.set_text(Level::Header, 0, number));
        }
        assert!(builder.set_decimal(Level::Header, 1, Decimal::from_int(5)));
        assert!(!builder.set_decimal(Level::Header, 1, Decimal::from_int(6)), "a second value is told");
        assert!(builder.add_decimal(Level::Header, 1, Decimal::from_int(2)));
        builder.begin_line(Place { line: 3, byte: 40, record: 2 });
        assert!(builder.set_text(Level::Line, 2, "red"));
        let batch = builder.finish().unwrap();
        let totals: Vec<_> = batch.decimal(Level::Header, "total").unwrap().iter().collect();
        assert_eq!(totals, [None, None, Some(7_000_000_000)]);
        assert!(batch.text(Level::Header, "note").is_none());
        assert_eq!(batch.line_documents(), [2]);
        assert_eq!(batch.text(Level::Line, "other.Colour").unwrap().get(0), Some("red"));
        assert_eq!(batch.position(Level::Line, 0).to_string(), "line 3");
    }
}
