//! A system's own last export as a lookup: which row is whose, what stands in it, and the row again with cells changed.
//!
//! Cells that are not changed keep their bytes, quotes included.

use std::collections::HashMap;
use std::ops::Range;

use super::Layout;
use super::model::{File, TableFile};
use super::read::header::{column, find_header};
use super::read::table::TableProgram;
use super::read::{Chunk, Parsed};
use crate::document::batch::Texts;
use crate::document::hash::Hash;
use crate::document::{Batch, Code, Effect, Finding, Findings, Kind, Level, Position};
use crate::limits;
use crate::syntax::csv::{Dialect, Quoting, Start};
use crate::syntax::encoding::Decoder;

/// How rows of a system's own last export are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteBack {
    /// The layout that the export is read with.
    pub export: String,
    /// Fields by which a row is found: alternatives, of which the first that finds one counts.
    pub keys: Vec<Vec<&'static str>>,
    /// Fields that are filled in.
    pub change: Vec<&'static str>,
}

/// Whether documents of a kind are rows that can be found in an export.
#[must_use]
pub const fn is_filled_in(kind: Kind) -> bool {
    matches!(kind, Kind::Inventory | Kind::Product)
}

/// The level of a kind's rows.
#[must_use]
pub const fn level(kind: Kind) -> Level {
    if kind.has_lines() { Level::Line } else { Level::Header }
}

/// The field of a row of a kind.
#[must_use]
pub fn field(kind: Kind, name: &str) -> Option<&'static str> {
    let fields = kind.fields(level(kind));
    fields.iter().map(|field| field.name).find(|known| *known == name)
}

/// The fields of a key such as `sku+location`.
#[must_use]
pub fn key(kind: Kind, text: &str) -> Option<Vec<&'static str>> {
    text.split('+').map(|name| field(kind, name.trim())).collect()
}

/// What a row says of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Number(i128),
    /// The hash of a text.
    Text(u128),
}

/// The rows that have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// None.
    Nothing,
    /// One, by its number.
    One(u32),
    /// More than one.
    Several,
}

/// The text of an export, and where its rows are.
#[derive(Debug)]
pub struct Export {
    text: Vec<u8>,
    /// Whether a byte order mark stands in front of it.
    marked: bool,
    dialect: Dialect,
    /// Where the rows begin, behind the header and what stands above it.
    head: usize,
    names: Vec<String>,
    rules: WriteBack,
    kind: Kind,
    rows: HashMap<u128, Found>,
    /// Where each row begins.
    starts: Vec<u64>,
    /// What each row says of each field that may be changed.
    values: Vec<Option<Value>>,
}

impl Export {
    /// Reads an export with its layout.
    ///
    /// # Errors
    /// Why it cannot be filled in.
    pub fn read(bytes: &[u8], layout: &Layout, rules: &WriteBack) -> Result<Self, Findings> {
        let (mut findings, mut text) = (Findings::default(), Vec::new());
        let mut decoder = Decoder::new(bytes, layout.encoding);
        // Reading from memory does not fail.
        while decoder.read(&mut text, limits::READ_BYTES, &mut findings).unwrap_or(false) {}
        let marked = decoder.mark_bytes() > 0;
        let opened = match &layout.file {
            _ if findings.file_effect().is_some() => None,
            File::Table(table) if table.joined.is_none() && table.has_header => {
                open(layout, table, &text, &mut findings)
            }
            _ => None,
        };
        let Some((program, names, head, dialect)) = opened else {
            if findings.file_effect().is_none() {
                findings.push(Finding::new(Code::FormatUnknown, Position::default()).expected("rows below a header"));
            }
            return Err(findings);
        };
        let (rows, starts, values) = (HashMap::new(), Vec::new(), Vec::new());
        let (rules, kind) = (rules.clone(), layout.kind);
        let mut export = Self { text, marked, dialect, head, names, rules, kind, rows, starts, values };
        export.read_rows(&program, &mut findings);
        if findings.file_effect().is_some() { Err(findings) } else { Ok(export) }
    }

    fn read_rows(&mut self, program: &TableProgram<'_>, findings: &mut Findings) {
        let (mut start, mut number) = (Start { byte: self.head as u64, line: 1, record: 1 }, 0);
        let mut room = limits::CHUNK_BYTES;
        while let Some(rest) = self.text.get(start.byte as usize..).filter(|rest| !rest.is_empty()) {
            let (part, at_end) = (rest.get(..room).unwrap_or(rest), rest.len() <= room);
            let Some(end) = program.cut(part, at_end).filter(|end| *end > 0) else {
                room *= 2;
                continue;
            };
            room = limits::CHUNK_BYTES;
            let bytes = part.get(..end).unwrap_or(part).to_vec();
            let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            let next = Start { byte: start.byte + bytes.len() as u64, line: start.line + lines, record: start.record };
            let Some(parsed) = program.read(&Chunk { number, bytes, start }) else { return };
            self.take(&parsed);
            findings.append(parsed.findings);
            if findings.file_effect().is_some() {
                return;
            }
            (start, number) = (next, number + 1);
        }
    }

    /// Takes the rows of a part; those of which a value cannot be read are not there.
    fn take(&mut self, parsed: &Parsed) {
        let (batch, level) = (&parsed.batch, level(self.kind));
        let mut unsound = vec![false; batch.table(level).height()];
        for finding in parsed.findings.kept().iter().filter(|finding| finding.code.effect() != Effect::Note) {
            let rows = match (level, finding.line) {
                (Level::Line, Some(line)) => line..line + 1,
                (Level::Line, None) => 0..0,
                (Level::Header, _) => finding.rows(),
            };
            rows.for_each(|row| unsound.get_mut(row as usize).into_iter().for_each(|unsound| *unsound = true));
        }
        let wanted = wanted(batch, self.kind, &self.rules);
        for row in (0..unsound.len()).filter(|row| !unsound[*row]) {
            let number = self.starts.len() as u32;
            self.starts.push(batch.position(level, row).byte);
            self.values.extend(self.rules.change.iter().map(|name| value(batch, level, name, row)));
            for key in wanted.keys(row).into_iter().flatten() {
                self.rows.entry(key).and_modify(|found| *found = Found::Several).or_insert(Found::One(number));
            }
        }
    }

    /// The rows of the export that the rows of a batch are about, by the level of the kind.
    #[must_use]
    pub fn find(&self, batch: &Batch) -> Vec<Found> {
        let wanted = wanted(batch, self.kind, &self.rules);
        let rows = 0..batch.table(level(self.kind)).height();
        let find = |row| {
            let mut found = wanted.keys(row).into_iter().flatten().filter_map(|key| self.rows.get(&key).copied());
            found.next().unwrap_or(Found::Nothing)
        };
        rows.map(find).collect()
    }

    /// Which of the fields that may be changed a row of a batch has with another value than its row of the export; without
    /// one, which it has.
    #[must_use]
    pub fn changed(&self, batch: &Batch, row: usize, export: Option<u32>) -> Vec<usize> {
        let level = level(self.kind);
        let theirs = |at| {
            let first = export? as usize * self.rules.change.len();
            self.values.get(first + at).copied().flatten()
        };
        let differs = |at: usize, name: &str| {
            let ours = value(batch, level, name, row);
            ours.is_some() && ours != theirs(at)
        };
        self.rules.change.iter().enumerate().filter(|(at, name)| differs(*at, name)).map(|(at, _)| at).collect()
    }

    /// How rows are found and changed.
    #[must_use]
    pub const fn rules(&self) -> &WriteBack {
        &self.rules
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        column(&self.names, name)
    }

    /// What stands above the rows, as it is.
    pub fn write_head(&self, out: &mut Vec<u8>) {
        if self.marked {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        out.extend_from_slice(self.text.get(..self.head).unwrap_or_default());
    }

    /// A row with other cells in some columns.
    pub fn write_row(&self, number: u32, cells: &[(usize, Vec<u8>)], out: &mut Vec<u8>) {
        let Some(start) = self.starts.get(number as usize) else { return };
        let (places, end) = places(&self.text, *start as usize, self.dialect);
        let mut at = *start as usize;
        for (column, place) in places.into_iter().enumerate() {
            let Some((_, cell)) = cells.iter().find(|(changed, _)| *changed == column) else { continue };
            out.extend_from_slice(self.text.get(at..place.start).unwrap_or_default());
            let was_quoted = self.text.get(place.start) == Some(&b'"');
            put(cell, self.dialect, was_quoted, out);
            at = place.end;
        }
        out.extend_from_slice(self.text.get(at..end).unwrap_or_default());
        out.extend_from_slice(self.line_break(end));
    }

    /// The line break behind a row; the last row may lack it, and then has that of the header.
    fn line_break(&self, end: usize) -> &'static [u8] {
        match self.text.get(end..).unwrap_or_default() {
            [b'\r', b'\n', ..] => b"\r\n",
            [b'\r', ..] => b"\r",
            [b'\n', ..] => b"\n",
            _ if self.text.get(..self.head).is_some_and(|head| head.ends_with(b"\r\n")) => b"\r\n",
            _ => b"\n",
        }
    }
}

type Opened<'l> = (TableProgram<'l>, Vec<String>, usize, Dialect);

fn open<'l>(layout: &'l Layout, table: &'l TableFile, text: &[u8], findings: &mut Findings) -> Option<Opened<'l>> {
    let header = find_header(text, table.dialect, &table.signature).map_err(|finding| findings.push(finding)).ok()?;
    header.check_skipped(table.skip_lines, findings);
    let program = TableProgram::new(layout, &header.names, false, findings)?;
    Some((program, header.names, header.start.byte as usize, table.dialect))
}

/// The columns of a batch that keys are made of, by alternative and field.
struct Wanted<'b> {
    alternatives: Vec<Vec<KeyColumn<'b>>>,
    /// The document of each row, if rows are lines.
    owners: Option<&'b [u32]>,
}

/// A field of a key: of the row, or where that says nothing of the document above it.
struct KeyColumn<'b> {
    own: Option<Texts<'b>>,
    above: Option<Texts<'b>>,
}

fn wanted<'b>(batch: &'b Batch, kind: Kind, rules: &WriteBack) -> Wanted<'b> {
    let level = level(kind);
    let is_line = level == Level::Line;
    let column = |name: &&'static str| KeyColumn {
        own: batch.text(level, name),
        above: if is_line { batch.text(Level::Header, name) } else { None },
    };
    let alternatives = rules.keys.iter().map(|key| key.iter().map(column).collect()).collect();
    Wanted { alternatives, owners: is_line.then(|| batch.line_documents()) }
}

impl Wanted<'_> {
    /// The keys of a row, one for each alternative; none where a field has no value.
    fn keys(&self, row: usize) -> Vec<Option<u128>> {
        let above = self.owners.and_then(|owners| owners.get(row));
        let key = |(number, columns): (usize, &Vec<KeyColumn<'_>>)| {
            let mut hash = Hash::default();
            hash.add(&[number as u8]);
            for column in columns {
                let own = column.own.and_then(|texts| texts.get(row));
                let value = own.or_else(|| column.above?.get(*above? as usize));
                hash.add(value.filter(|value| !value.is_empty())?.as_bytes());
            }
            Some(hash.finish())
        };
        self.alternatives.iter().enumerate().map(key).collect()
    }
}

fn value(batch: &Batch, level: Level, name: &str, row: usize) -> Option<Value> {
    if let Some(numbers) = batch.decimal(level, name) {
        return numbers.get(row).map(Value::Number);
    }
    let text = batch.text(level, name)?.get(row)?;
    let mut hash = Hash::default();
    hash.add(text.as_bytes());
    Some(Value::Text(hash.finish()))
}

/// Where the cells of the row at `start` stand, quotes included, and where it ends. The row was read before, so that its
/// quotes are sound.
fn places(text: &[u8], start: usize, dialect: Dialect) -> (Vec<Range<usize>>, usize) {
    let (mut places, mut begin, mut quoted) = (Vec::new(), start, false);
    let mut at = start;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' if dialect.quoting == Quoting::Double => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted && *byte == dialect.delimiter => {
                places.push(begin..at);
                begin = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    places.push(begin..at);
    (places, at)
}

/// Puts a cell, quoted where it must be or was.
fn put(cell: &[u8], dialect: Dialect, was_quoted: bool, out: &mut Vec<u8>) {
    let is_special = |byte: &u8| *byte == dialect.delimiter || b"\"\r\n".contains(byte);
    if dialect.quoting == Quoting::None {
        out.extend(cell.iter().map(|byte| if is_special(byte) && *byte != b'"' { b' ' } else { *byte }));
    } else if was_quoted || cell.iter().any(is_special) {
        out.push(b'"');
        for byte in cell {
            out.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(cell);
    }
}

#[cfg(test)]
mod tests;
