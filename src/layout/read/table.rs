//! Rows to documents: the shapes in which tables hold headers and lines.

use super::header::column;
use super::joined::LinesFile;
use super::rows::Reading;
use super::{Chunk, Parsed, columns};
use crate::document::{BatchBuilder, Code, Field, Finding, Findings, Kind, Level, Place, Position};
use crate::layout::convert::{Converter, trim};
use crate::layout::model::{Binding, File, Layout, RowRule, RowThen, Shape, TableFile};
use crate::layout::trailer::Trail;
use crate::syntax::csv::{Row, Rows, Start, last_row_end};

/// What the header row of a file was found to be.
pub struct TableProgram<'l> {
    pub(super) layout: &'l Layout,
    pub(super) table: &'l TableFile,
    pub(super) columns: usize,
    key: Vec<usize>,
    group: Vec<usize>,
    /// Whether a binding of the header carries values down.
    pub(super) carries: bool,
    pub(super) header: Vec<Slot<'l>>,
    pub(super) line: Vec<Slot<'l>>,
    pub(super) other: Vec<usize>,
    pub(super) rules: Vec<Rule<'l>>,
    pub(super) packed: Option<super::packed::PackedProgram<'l>>,
    pub(super) header_fields: Vec<usize>,
    pub(super) line_fields: Vec<usize>,
    other_names: Vec<String>,
}

/// A bound column.
pub(super) struct Slot<'l> {
    pub(super) slot: usize,
    pub(super) columns: Vec<usize>,
    pub(super) converter: Converter<'l>,
    pub(super) binding: &'l Binding,
    pub(super) field: &'static Field,
}

/// A rule for rows that are no goods, with its columns found.
pub(super) struct Rule<'l> {
    when: Vec<(Option<usize>, &'l str)>,
    pub(super) then: RuleThen,
}

/// What a rule does with its rows.
pub(super) enum RuleThen {
    Header,
    Pass,
    Add { field: usize, column: usize, absolute: bool },
}

impl Rule<'_> {
    pub(super) fn fits(&self, row: &Row) -> bool {
        let cell = |at: &Option<usize>| at.and_then(|at| row.get(at)).map_or(&[][..], trim);
        self.when.iter().all(|(at, pattern)| matches(cell(at), pattern))
    }
}

impl<'l> TableProgram<'l> {
    /// Prepares reading for a header row; `keep_other` keeps what no field binds.
    ///
    /// # Errors
    /// Required columns that are missing, bound columns that stand twice.
    pub fn new(layout: &'l Layout, names: &[String], keep_other: bool, findings: &mut Findings) -> Option<Self> {
        let File::Table(table) = &layout.file else { return None };
        let before = findings.file_effect();
        let header = slots(layout, Level::Header, names, findings);
        // The lines of a pair are in the other file.
        let line = if table.joined.is_some() { Vec::new() } else { slots(layout, Level::Line, names, findings) };
        let key: Vec<usize> = table.key.iter().filter_map(|name| require(names, name, findings)).collect();
        let group = table.group.iter().filter_map(|name| require(names, name, findings)).collect();
        let packed = table.packed.as_ref().map(|p| super::packed::PackedProgram::new(layout, p, names));
        let mut bound = bound_columns(layout, table, names);
        let read = bound.clone();
        bound.extend(table.key.iter().chain(&table.group).filter_map(|name| column(names, name)));
        check_columns(names, &bound, findings);
        if findings.file_effect().is_some() && before.is_none() {
            return None;
        }
        columns::note_unknown(layout, table, names, &bound, findings);
        let other = if keep_other { others(table, names, &read) } else { Vec::new() };
        let mut program = Self {
            layout,
            table,
            columns: names.len(),
            key,
            group,
            carries: header.iter().any(|slot| slot.binding.carry),
            header_fields: header.iter().map(|slot| slot.binding.field).collect(),
            line_fields: line.iter().map(|slot| slot.binding.field).collect(),
            other_names: other.iter().filter_map(|at| names.get(*at)).cloned().collect(),
            header,
            line,
            other,
            rules: Vec::new(),
            packed,
        };
        program.rules = layout.rows.iter().filter_map(|rule| program.rule(rule, names)).collect();
        for rule in &layout.rows {
            if let RowThen::Add { field, .. } = &rule.then
                && !program.header_fields.contains(field)
            {
                program.header_fields.push(*field);
            }
        }
        Some(program)
    }

    /// Prepares reading the second file of a pair, whose rows are lines.
    pub fn of_lines(layout: &'l Layout, names: &[String], keep_other: bool, findings: &mut Findings) -> Option<Self> {
        let File::Table(table) = &layout.file else { return None };
        let joined = table.joined.as_ref()?;
        require(names, &joined.key, findings)?;
        let line = slots(layout, Level::Line, names, findings);
        let mut bound = bound_columns(layout, table, names);
        bound.extend(column(names, &joined.key));
        check_columns(names, &bound, findings);
        columns::note_unknown(layout, table, names, &bound, findings);
        let other = if keep_other { others(table, names, &bound) } else { Vec::new() };
        let mut program = Self {
            layout,
            table,
            columns: names.len(),
            key: Vec::new(),
            group: Vec::new(),
            carries: false,
            line_fields: line.iter().map(|slot| slot.binding.field).collect(),
            header_fields: Vec::new(),
            other_names: other.iter().filter_map(|at| names.get(*at)).cloned().collect(),
            header: Vec::new(),
            line,
            other,
            rules: Vec::new(),
            packed: None,
        };
        program.rules = layout.rows.iter().filter_map(|rule| program.rule(rule, names)).collect();
        Some(program)
    }

    fn rule(&mut self, rule: &'l RowRule, names: &[String]) -> Option<Rule<'l>> {
        let when: Vec<(Option<usize>, &str)> =
            rule.when.iter().map(|(name, value)| (column(names, name), value.as_str())).collect();
        let then = match &rule.then {
            RowThen::Header => RuleThen::Header,
            RowThen::Pass => RuleThen::Pass,
            RowThen::Add { field, amount, absolute } => {
                if !self.header_fields.contains(field) {
                    self.header_fields.push(*field);
                }
                RuleThen::Add { field: *field, column: column(names, amount)?, absolute: *absolute }
            }
        };
        Some(Rule { when, then })
    }

    /// The end of the last document that is complete in `bytes`, which begin at a document border. At the end of the
    /// file everything is complete. `None` when not one document is complete.
    #[must_use]
    pub fn cut(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        if at_end {
            return Some(bytes.len());
        }
        let Some(rows_end) = last_row_end(bytes, self.table.dialect) else {
            return columns::breaks_limits(bytes, self.table.dialect, self.columns).then_some(bytes.len());
        };
        let each_row = matches!(self.table.shape, Shape::Single | Shape::HeaderOnly | Shape::Packed);
        if self.group.is_empty() && (each_row || self.key.is_empty()) {
            return Some(rows_end);
        }
        self.document_border(&bytes[..rows_end])
    }

    /// The start of the last document: everything before it is complete. Looks back over a growing tail, because the
    /// rows of the last document are few.
    fn document_border(&self, bytes: &[u8]) -> Option<usize> {
        let mut tail = 64 << 10;
        loop {
            let from = bytes.len().saturating_sub(tail);
            let from = if from == 0 { 0 } else { last_row_end(&bytes[..from], self.table.dialect).unwrap_or(0) };
            if let Some(border) = self.last_key_change(&bytes[from..]) {
                return Some(from + border);
            }
            if from == 0 {
                return None;
            }
            tail *= 4;
        }
    }

    /// The offset of the last row whose key differs from the row before it.
    fn last_key_change(&self, bytes: &[u8]) -> Option<usize> {
        let mut rows = Rows::new(bytes, self.table.dialect, Start::default());
        let (mut row, mut ignored) = (Row::default(), Findings::default());
        let (mut key, mut next) = (Vec::new(), Vec::new());
        let (mut border, mut first) = (None, true);
        while rows.read(&mut row, &mut ignored) {
            Self::join(if self.group.is_empty() { &self.key } else { &self.group }, &row, &mut next);
            if next.is_empty() {
                continue;
            }
            if !first && next != key {
                border = Some(row.byte as usize);
            }
            first = false;
            std::mem::swap(&mut key, &mut next);
        }
        border
    }

    pub(super) fn key_of(&self, row: &Row, key: &mut Vec<u8>) {
        Self::join(&self.key, row, key);
    }

    /// The value that says which rows belong together although each is a document; empty if the layout has none.
    pub(super) fn group_of(&self, row: &Row, group: &mut Vec<u8>) {
        Self::join(&self.group, row, group);
    }

    fn join(columns: &[usize], row: &Row, key: &mut Vec<u8>) {
        key.clear();
        for (at, column) in columns.iter().enumerate() {
            let cell = row.get(*column).map_or(&[][..], trim);
            if at > 0 && !cell.is_empty() {
                key.push(0);
            }
            key.extend_from_slice(cell);
        }
    }

    /// Reads a chunk.
    #[must_use]
    pub fn read(&self, chunk: &Chunk) -> Option<Parsed> {
        let mut reading = Reading::new(self);
        reading.builder = self.builder().expecting(chunk.bytes.len() / (self.columns * CELL_BYTES).max(1));
        let mut rows = Rows::new(&chunk.bytes, self.table.dialect, chunk.start).with_columns(self.columns);
        let mut row = Row::default();
        let mut trail = Trail::default();
        // Two loops, so that a table without a trailer has no look for one in each row.
        match &self.layout.trailer {
            None => {
                while rows.read(&mut row, &mut reading.findings) {
                    reading.row(&row);
                }
            }
            Some(trailer) => {
                while rows.read(&mut row, &mut reading.findings) {
                    if !trail.takes(trailer, &row) {
                        reading.row(&row);
                    }
                }
            }
        }
        Some(Parsed { trail, ..reading.finish()? })
    }

    /// Reads the headers, each with its lines from the other file.
    #[must_use]
    pub fn read_joined(&self, lines: &TableProgram<'l>, headers: &Chunk, index: &mut LinesFile) -> Option<Parsed> {
        let kind = self.layout.kind;
        let builder =
            BatchBuilder::new(kind, (&self.header_fields, &self.other_names), (&lines.line_fields, &lines.other_names));
        let mut reading = Reading::new(self);
        reading.builder = builder;
        let mut rows = Rows::new(&headers.bytes, self.table.dialect, headers.start);
        let (mut row, mut line, mut key) = (Row::default(), Row::default(), Vec::new());
        while rows.read(&mut row, &mut reading.findings) {
            reading.rows += 1;
            if row.is_blank() {
                reading.passed_over += 1;
                continue;
            }
            reading.place = Place { line: row.line, byte: row.byte, record: 0 };
            reading.builder.begin_document(reading.place);
            if !reading.width_fits(&row) {
                continue;
            }
            reading.header(&row);
            reading.other(&row, Level::Header);
            self.key_of(&row, &mut key);
            for chunk in index.take(&key) {
                let mut one = Rows::new(&chunk.bytes, self.table.dialect, chunk.start);
                if one.read(&mut line, &mut reading.findings) {
                    reading.place = Place { line: line.line, byte: line.byte, record: 0 };
                    reading.rows += 1;
                    reading.joined_line(lines, &line);
                }
            }
        }
        index.report_rest(&mut reading.findings);
        reading.finish()
    }

    pub(super) fn builder(&self) -> BatchBuilder {
        let kind = self.layout.kind;
        let (header, line): (&[String], &[String]) =
            if self.has_lines() { (&[], &self.other_names) } else { (&self.other_names, &[]) };
        let line_fields = self.packed.as_ref().map_or(&self.line_fields, |packed| &packed.fields);
        BatchBuilder::new(kind, (&self.header_fields, header), (line_fields, line))
    }

    pub(super) fn has_lines(&self) -> bool {
        self.layout.kind.has_lines() && !matches!(self.table.shape, Shape::HeaderOnly | Shape::Packed)
    }

    /// Whether the first rule that fits a row passes it over.
    pub(super) fn passes(&self, row: &Row) -> bool {
        matches!(self.rules.iter().find(|rule| rule.fits(row)), Some(Rule { then: RuleThen::Pass, .. }))
    }

    pub(super) fn is_footer(&self, row: &Row) -> bool {
        !self.table.footer.is_empty()
            && row.iter().take(2).any(|cell| self.table.footer.iter().any(|pattern| matches(trim(cell), pattern)))
    }
}

/// Whether a cell fits a pattern: exactly, empty, or with `*` at the end or at the start; `!` in front turns it round.
pub(in crate::layout) fn matches(cell: &[u8], pattern: &str) -> bool {
    if let Some(not) = pattern.strip_prefix('!') {
        return !matches(cell, not);
    }
    let pattern = pattern.as_bytes();
    match (pattern.strip_prefix(b"*"), pattern.strip_suffix(b"*")) {
        (Some(inner), Some(_)) => {
            let inner = inner.strip_suffix(b"*").unwrap_or(inner);
            memchr::memmem::find(cell, inner).is_some()
        }
        (Some(end), None) => cell.ends_with(end),
        (None, Some(start)) => cell.starts_with(start),
        (None, None) => cell == pattern,
    }
}

fn slots<'l>(layout: &'l Layout, level: Level, names: &[String], findings: &mut Findings) -> Vec<Slot<'l>> {
    let fields = layout.kind.fields(level);
    let packed = matches!(&layout.file, File::Table(t) if t.packed.is_some()) && level == Level::Line;
    let mut out = Vec::new();
    for binding in layout.bindings(level).filter(|_| !packed) {
        let Some(field) = fields.get(binding.field) else { continue };
        let columns: Vec<usize> = binding.from.iter().filter_map(|name| column(names, name)).collect();
        if columns.is_empty()
            && binding.required
            && binding.constant.is_none()
            && let Some(name) = binding.from.first()
        {
            require(names, name, findings);
        }
        if !columns.is_empty() || binding.constant.is_some() {
            let converter = Converter::new(layout, binding, field);
            out.push(Slot { slot: out.len(), columns, converter, binding, field });
        }
    }
    out
}

fn require(names: &[String], name: &str, findings: &mut Findings) -> Option<usize> {
    let found = column(names, name);
    if found.is_none() {
        let near = crate::layout::toml::nearest(name, names.iter().map(String::as_str));
        findings.push(
            Finding::new(Code::CsvHeaderMissing, Position::at(0, 1))
                .found(format!("nearest: {near}"))
                .expected(format!("the column {name:?}")),
        );
    }
    found
}

/// Columns that the layout knows, bound to a field or used by a rule.
fn bound_columns(layout: &Layout, table: &TableFile, names: &[String]) -> Vec<usize> {
    let bindings = layout.bindings.iter().flat_map(|binding| binding.from.iter());
    let rules = layout.rows.iter().flat_map(|rule| match &rule.then {
        RowThen::Add { amount, .. } => Some(amount),
        _ => None,
    });
    let packed = table.packed.iter().map(|packed| &packed.column);
    let mut bound: Vec<usize> = bindings.chain(rules).chain(packed).filter_map(|name| column(names, name)).collect();
    bound.sort_unstable();
    bound.dedup();
    bound
}

/// Columns that no field binds, but for those that are never read.
fn others(table: &TableFile, names: &[String], bound: &[usize]) -> Vec<usize> {
    let dropped = |name: &str| table.drop.iter().any(|pattern| matches(name.to_lowercase().as_bytes(), pattern));
    let keep =
        |(at, name): (usize, &String)| (!bound.contains(&at) && !name.is_empty() && !dropped(name)).then_some(at);
    names.iter().enumerate().filter_map(keep).collect()
}

fn check_columns(names: &[String], bound: &[usize], findings: &mut Findings) {
    for (at, name) in names.iter().enumerate().filter(|(at, _)| bound.contains(at)) {
        if let Some(second) = names.iter().skip(at + 1).position(|other| other.eq_ignore_ascii_case(name)) {
            findings.push(
                Finding::new(Code::CsvHeaderDuplicate, Position::at(0, 1).field(name.clone()))
                    .found(format!("columns {} and {}", at + 1, at + second + 2))
                    .expected("one column of this name"),
            );
        }
    }
}

/// Bytes of a cell with its delimiter, about; room is made for so many rows.
const CELL_BYTES: usize = 4;

/// The kind's field of a binding.
pub(super) fn field_of(kind: Kind, binding: &Binding) -> Option<&'static Field> {
    kind.fields(binding.level).get(binding.field)
}
