//! Rows become documents and lines.

use super::table::{RuleThen, Slot, TableProgram};
use super::{Parsed, columns};
use crate::document::{BatchBuilder, Code, Decimal, Finding, Findings, Level, Place, Position};
use crate::layout::convert::{Converted, trim};
use crate::layout::model::Shape;
use crate::layout::trailer::Trail;
use crate::syntax::csv::Row;

/// What stands below the header.
const VALUES_EXPECTED: &str = "values, not a second header row";

/// One chunk being read.
pub(super) struct Reading<'p, 'l> {
    program: &'p TableProgram<'l>,
    pub(super) builder: BatchBuilder,
    pub(super) findings: Findings,
    key: Vec<u8>,
    next_key: Vec<u8>,
    group: Vec<u8>,
    next_group: Vec<u8>,
    /// The last values of the group, by the slot of the header; used only where a binding carries them down.
    carried: Vec<Vec<u8>>,
    pub(super) scratch: Vec<u8>,
    pub(super) place: Place,
    in_footer: bool,
    pub(super) passed_over: u64,
    bad_rows: u64,
    pub(super) rows: u64,
    /// Numbers and dates of the row that are words.
    words: usize,
}

impl<'p, 'l> Reading<'p, 'l> {
    pub(super) fn new(program: &'p TableProgram<'l>) -> Self {
        Self {
            program,
            builder: program.builder(),
            findings: Findings::of_batch(),
            key: Vec::new(),
            next_key: Vec::new(),
            group: Vec::new(),
            next_group: Vec::new(),
            carried: vec![Vec::new(); program.header.len()],
            scratch: Vec::new(),
            place: Place::default(),
            in_footer: false,
            passed_over: 0,
            bad_rows: 0,
            rows: 0,
            words: 0,
        }
    }

    pub(super) fn row(&mut self, row: &Row) {
        self.rows += 1;
        self.words = 0;
        self.read_row(row);
        let program = self.program;
        if self.words >= columns::HEADER_WORDS && columns::is_header(program.header.iter().chain(&program.line), row) {
            let finding = Finding::new(Code::CsvStructure, self.place.into());
            self.findings.push(
                finding
                    .found(format!("words in {} columns of numbers and dates", self.words))
                    .expected(VALUES_EXPECTED),
            );
        }
    }

    fn read_row(&mut self, row: &Row) {
        self.in_footer |= self.program.is_footer(row);
        if self.in_footer || row.is_blank() {
            self.passed_over += 1;
            return;
        }
        self.place = Place { line: row.line, byte: row.byte, record: 0 };
        let program = self.program;
        if !program.table.group.is_empty() {
            self.enter_group(row);
        }
        // A row that is passed over is none of the documents, unless rows make up documents: it may have their header.
        if program.table.shape == Shape::HeaderOnly && program.passes(row) && row.len() <= program.columns {
            self.carry(row);
            self.passed_over += 1;
            return;
        }
        let begins = self.begin(row);
        if !self.width_fits(row) {
            return;
        }
        if begins {
            self.header(row);
        } else {
            self.sums(row);
        }
        for rule in &program.rules {
            if rule.fits(row) {
                self.special(row, &rule.then, program);
                return;
            }
        }
        match &program.packed {
            Some(packed) => packed.read(row, self.place, self),
            None if program.has_lines() => self.line(row),
            None => self.other(row, Level::Header),
        }
    }

    /// Begins a document when the key changes; whether it did.
    fn begin(&mut self, row: &Row) -> bool {
        let mut next = std::mem::take(&mut self.next_key);
        self.program.key_of(row, &mut next);
        let same = match self.program.table.shape {
            Shape::Single => true,
            // A second row of the same key is a document of its own, which is found to be one too many.
            Shape::HeaderOnly | Shape::Packed => false,
            _ => next.is_empty() || next == self.key,
        };
        let begins = self.builder.documents() == 0 || !same;
        if begins {
            self.builder.begin_document(self.place);
        }
        if next.is_empty() {
            self.next_key = next;
        } else {
            self.next_key = std::mem::replace(&mut self.key, next);
        }
        begins
    }

    pub(super) fn width_fits(&mut self, row: &Row) -> bool {
        let (found, expected) = (row.len(), self.program.columns);
        let fits = found == expected || (found < expected && self.program.table.short_rows);
        if !fits {
            self.bad_rows += 1;
            let finding = Finding::new(Code::CsvFieldCount, self.place.into())
                .found(format!("{found} values"))
                .expected(format!("{expected}"))
                .in_document(self.builder.document());
            self.findings.push(finding);
        }
        fits
    }

    pub(super) fn header(&mut self, row: &Row) {
        let program = self.program;
        for slot in &program.header {
            self.put(slot, Level::Header, row);
        }
        if program.carries {
            self.carry(row);
            for slot in program.header.iter().filter(|slot| slot.binding.carry && cell_of(slot, row).is_empty()) {
                let value = std::mem::take(&mut self.carried[slot.slot]);
                self.put_value(slot, Level::Header, &value);
                self.carried[slot.slot] = value;
            }
        }
    }

    /// Keeps the values of a row that are carried down to the rows below.
    fn carry(&mut self, row: &Row) {
        let program = self.program;
        for slot in program.header.iter().filter(|slot| slot.binding.carry) {
            let cell = cell_of(slot, row);
            if !cell.is_empty() {
                self.carried[slot.slot].clear();
                self.carried[slot.slot].extend_from_slice(cell);
            }
        }
    }

    /// Forgets what was carried down when a row belongs to another group than the row above.
    fn enter_group(&mut self, row: &Row) {
        let mut next = std::mem::take(&mut self.next_group);
        self.program.group_of(row, &mut next);
        if next != self.group {
            self.carried.iter_mut().for_each(Vec::clear);
        }
        self.next_group = std::mem::replace(&mut self.group, next);
    }

    /// Values of later rows that are added to the header.
    fn sums(&mut self, row: &Row) {
        let program = self.program;
        for slot in program.header.iter().filter(|slot| slot.binding.sum) {
            self.put(slot, Level::Header, row);
        }
    }

    /// A row of the second file of a pair.
    pub(super) fn joined_line(&mut self, lines: &'p TableProgram<'l>, row: &Row) {
        let headers = std::mem::replace(&mut self.program, lines);
        for rule in &lines.rules {
            if rule.fits(row) {
                self.special(row, &rule.then, headers);
                self.program = headers;
                return;
            }
        }
        self.line(row);
        self.program = headers;
    }

    fn line(&mut self, row: &Row) {
        let program = self.program;
        self.builder.begin_line(self.place);
        for slot in &program.line {
            self.put(slot, Level::Line, row);
        }
        self.other(row, Level::Line);
    }

    pub(super) fn other(&mut self, row: &Row, level: Level) {
        let base = if level == Level::Line { self.program.line_fields.len() } else { self.program.header_fields.len() };
        for (at, column) in self.program.other.iter().enumerate() {
            if let Some(text) =
                row.get(*column).filter(|cell| !cell.is_empty()).and_then(|c| std::str::from_utf8(c).ok())
            {
                self.builder.set_text(level, base + at, text);
            }
        }
    }

    /// A row that is no goods; `headers` knows the slots of the header.
    fn special(&mut self, row: &Row, then: &RuleThen, headers: &TableProgram<'l>) {
        match then {
            RuleThen::Header => {}
            RuleThen::Pass => self.passed_over += 1,
            RuleThen::Add { field, column, absolute } => {
                self.passed_over += 1;
                let cell = row.get(*column).map_or(&[][..], trim);
                match Decimal::parse_in(cell, self.program.layout.formats.number) {
                    Ok(amount) => {
                        let amount = if *absolute { amount.abs() } else { amount };
                        let slot = headers.header_fields.iter().position(|known| known == field);
                        self.builder.add_decimal(Level::Header, slot.unwrap_or(usize::MAX), amount);
                    }
                    Err(_) => self.invalid(Code::ValueInvalid, Level::Header, "amount", false, cell, "a number"),
                }
            }
        }
    }

    fn put(&mut self, slot: &Slot<'l>, level: Level, row: &Row) {
        self.put_value(slot, level, cell_of(slot, row));
    }

    /// Converts a value and sets it in the current document or line.
    pub(super) fn put_value(&mut self, slot: &Slot<'l>, level: Level, cell: &[u8]) {
        let default = slot.binding.default.as_deref();
        let cell = if cell.is_empty() { default.unwrap_or_default().as_bytes() } else { cell };
        if cell.is_empty() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        match slot.converter.convert(cell, &mut scratch) {
            Converted::Empty => {}
            Converted::Text(text) => {
                self.builder.set_text(level, slot.slot, text);
            }
            Converted::Decimal(value) if slot.binding.sum => {
                self.builder.add_decimal(level, slot.slot, value);
            }
            Converted::Decimal(value) => {
                self.builder.set_decimal(level, slot.slot, value);
            }
            Converted::Unmapped(text) => {
                self.builder.set_text(level, slot.slot, text);
                self.invalid(
                    Code::ValueUnmapped,
                    level,
                    slot.field.name,
                    slot.field.personal,
                    cell,
                    "a value of the layout's table",
                );
            }
            Converted::Invalid(..) if columns::is_own_name(slot.binding, cell) => {
                let finding = Finding::new(Code::CsvStructure, self.place.into()).found(cell);
                self.findings.push(finding.expected(VALUES_EXPECTED));
            }
            Converted::Invalid(code, expected) => {
                self.words += usize::from(columns::is_word(slot.field, cell));
                self.invalid(code, level, slot.field.name, slot.field.personal, cell, expected);
            }
        }
        self.scratch = scratch;
    }

    fn invalid(&mut self, code: Code, level: Level, field: &str, personal: bool, cell: &[u8], expected: &str) {
        let at = Position::from(self.place).field(field);
        let finding = Finding::new(code, at).expected(expected).in_document(self.builder.document());
        let finding = if personal { finding.found_personal(cell) } else { finding.found(cell) };
        self.findings.push(if level == Level::Line { finding.on_line(self.builder.line()) } else { finding });
    }

    pub(super) fn finish(self) -> Option<Parsed> {
        Some(Parsed {
            batch: self.builder.finish().ok()?,
            findings: self.findings,
            marks: Vec::new(),
            edifact: Vec::new(),
            passed_over: self.passed_over,
            bad_rows: self.bad_rows,
            rows: self.rows,
            trail: Trail::default(),
        })
    }
}

/// What a row has for a slot: the constant, or the first of its columns that is not empty.
fn cell_of<'r>(slot: &Slot<'r>, row: &'r Row) -> &'r [u8] {
    match (&slot.binding.constant, slot.columns.as_slice()) {
        (Some(constant), _) => constant.as_bytes(),
        (None, [column]) => row.get(*column).unwrap_or_default(),
        (None, columns) => {
            let cells = columns.iter().filter_map(|column| row.get(*column));
            cells.into_iter().find(|cell| !cell.is_empty()).unwrap_or_default()
        }
    }
}
