//! Documents to X12: one transaction set a document, in one group of one interchange.
//!
//! Batches are written on any thread, so that the numbers of sets are not known then: a mark stands for each, and
//! [`X12Writer::numbered`] puts the numbers in when the batches are in the order of the file. A document whose set
//! would not agree with its definition is rejected before ([`X12Writer::refuse`]).
//!
//! Facts: ASC X12.5 (ISA, IEA) and X12.6 (GS, GE, ST, SE; a group has at most 999,999 sets).

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::document::batch::{Decimals, Texts};
use crate::document::class::column as classes;
use crate::document::{Batch, Class, Code, Decimal, Finding, Findings, Kind, Level, Type};
use crate::layout::date::{DateFormat, Moment};
use crate::layout::model::{Layout, X12File, X12Level, X12Write};
use crate::layout::template::{Element, Form, Part, Source, Template, Value, Without};
use crate::schema::{self, Fault, Options, Plain, Separators, Set, Standard, Validator};
use crate::syntax::x12::{Delimiters, InterchangeHeader, SegmentWriter};

/// The envelope of what is written: who to whom, and the numbers. Whoever keeps control numbers gives them in here.
#[derive(Clone, Debug)]
pub struct Settings {
    /// ISA05 and ISA06.
    pub sender: (String, String),
    /// ISA07 and ISA08.
    pub receiver: (String, String),
    /// GS02 and GS03; the interchange's when empty.
    pub applications: (String, String),
    /// ISA15: `P` or `T`.
    pub usage: String,
    /// ISA14: whether a TA1 is asked for.
    pub acknowledge: bool,
    /// The date, `YYYYMMDD`, and the time, `HHMM`, of the interchange and the group.
    pub moment: (String, String),
    /// ISA13.
    pub interchange: u64,
    /// GS06 of the first group.
    pub group: u64,
    /// ST02 of the first set.
    pub set: u64,
    /// Between elements, behind segments, between components, and between repetitions from 00402 on.
    pub delimiters: Delimiters,
    /// Whether a line break follows each segment.
    pub newline: bool,
    /// What is written instead of a delimiter or control character in a text.
    pub replacement: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sender: ("ZZ".to_owned(), "SENDER".to_owned()),
            receiver: ("ZZ".to_owned(), "RECEIVER".to_owned()),
            applications: (String::new(), String::new()),
            usage: "P".to_owned(),
            acknowledge: false,
            moment: ("20000101".to_owned(), "0000".to_owned()),
            interchange: 1,
            group: 1,
            set: 1,
            delimiters: Delimiters::new(b'*', b'~', b'>', Some(b'^')),
            newline: true,
            replacement: b' ',
        }
    }
}

/// Stands for the number of a set until the order of sets is known; no value may hold it.
const MARK: u8 = 0;
/// Sets that one group may have: GE01 has six digits.
const GROUP_SETS: u64 = 999_999;
/// Control numbers have at most nine digits.
const NUMBERS: u64 = 1_000_000_000;

/// Writes X12 sets of a layout.
pub struct X12Writer<'l> {
    layout: &'l Layout,
    write: &'l X12Write,
    set_id: &'l str,
    settings: Settings,
    definition: Option<Arc<Set>>,
    written: AtomicU64,
}

/// The columns of a batch, by the number of the field.
struct Columns<'b> {
    fields: [Vec<Column<'b>>; 2],
    documents: Vec<Class>,
    lines: Vec<Class>,
    owners: &'b [u32],
}

enum Column<'b> {
    None,
    Text(Texts<'b>),
    Decimal(Decimals<'b>),
}

impl<'b> Columns<'b> {
    fn new(batch: &'b Batch) -> Self {
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
    fn outgoing(&self) -> Vec<(usize, Vec<usize>)> {
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

impl<'l> X12Writer<'l> {
    /// The writer of a layout that says how a set is written.
    #[must_use]
    pub fn new(layout: &'l Layout, x12: &'l X12File, settings: &Settings) -> Option<Self> {
        let (write, set_id) = (x12.write.as_ref()?, x12.sets.first()?.as_str());
        let mut settings = settings.clone();
        if write.release.as_str() < "004020" {
            settings.delimiters.repetition = None;
        }
        let definition = schema::library().set(Standard::X12(&write.release), set_id).and_then(Result::ok);
        Some(Self { layout, write, set_id, settings, definition, written: AtomicU64::new(0) })
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> &'l Layout {
        self.layout
    }

    /// Begins a file: nothing is written until there is a set.
    pub fn begin(&self) {
        self.written.store(0, Relaxed);
    }

    /// The sets of a batch, with marks for their numbers.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) {
        let columns = Columns::new(batch);
        let mut writer = SegmentWriter::new(self.settings.delimiters, self.settings.newline);
        let mut put = |id: &str, elements: &[&[u8]]| {
            // What could be refused was replaced, or its document rejected.
            let _ = writer.segment(id, elements);
        };
        let documents = columns.outgoing();
        if self.write.together {
            if let Some((first, _)) = documents.first() {
                let rows: Vec<usize> = documents.iter().map(|(row, _)| *row).collect();
                self.set(&columns, (*first, &rows), &mut put);
            }
        } else {
            documents.iter().for_each(|(row, lines)| drop(self.set(&columns, (*row, lines), &mut put)));
        }
        out.append(&mut writer.take());
    }

    /// Documents that cannot be written as a sound set, each with a finding.
    pub fn refuse(&self, batch: &Batch, findings: &mut Findings) -> Vec<(u32, Class)> {
        let columns = Columns::new(batch);
        let delimiters = self.settings.delimiters;
        let separators =
            Separators { component: delimiters.component, repetition: delimiters.repetition, release: None };
        let mut validator = self.definition.as_ref().map(|set| Validator::new(set, Options { separators, utf8: true }));
        let mut refused = Vec::new();
        for (row, lines) in columns.outgoing() {
            let mut put = |id: &str, elements: &[&[u8]]| {
                let number: &[u8] = b"0001";
                let known = elements.iter().map(|element| if *element == [MARK] { number } else { *element });
                let parts: Vec<&[u8]> = std::iter::once(id.as_bytes()).chain(known).collect();
                if let Some(validator) = &mut validator {
                    validator.segment(&Plain(&parts));
                }
            };
            let own = [row];
            let lines: &[usize] = if self.write.together { &own } else { &lines };
            let mut wrong = self.set(&columns, (row, lines), &mut put);
            let faults = validator.as_mut().map(Validator::finish).unwrap_or_default().faults;
            wrong.extend(faults.iter().map(told));
            let document = u32::try_from(row).unwrap_or(u32::MAX);
            for wrong in &wrong {
                let at = batch.position(Level::Header, row).field(&wrong.place);
                let finding = Finding::new(Code::X12Target, at).found(wrong.found).expected(wrong.expected.clone());
                findings.push(finding.in_document(document));
            }
            if !wrong.is_empty() {
                refused.push((document, Class::Rejected));
            }
        }
        refused
    }

    /// The bytes of a batch with the numbers of its sets, in the order of the file, behind the head of the interchange
    /// if they are the first.
    pub fn numbered(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 256);
        let begin = [b"ST", [self.settings.delimiters.element].as_slice()].concat();
        let mut rest = bytes;
        while !rest.is_empty() {
            let after =
                memchr::memchr(MARK, rest).and_then(|at| Some(at + 1 + memchr::memchr(MARK, rest.get(at + 1..)?)?));
            let end = after.and_then(|at| Some(at + 1 + memchr::memmem::find(rest.get(at + 1..)?, &begin)?));
            let (set, next) = rest.split_at(end.unwrap_or(rest.len()));
            self.envelope_of(self.written.fetch_add(1, Relaxed), &mut out);
            let number =
                format!("{:04}", (self.settings.set + (self.written.load(Relaxed) - 1) % GROUP_SETS) % NUMBERS);
            for byte in set {
                if *byte == MARK { out.extend_from_slice(number.as_bytes()) } else { out.push(*byte) }
            }
            rest = next;
        }
        out
    }

    /// The end of the group and the interchange.
    pub fn end(&self, out: &mut Vec<u8>) {
        let sets = self.written.load(Relaxed);
        if sets == 0 {
            return;
        }
        let groups = (sets - 1) / GROUP_SETS + 1;
        self.end_group(groups - 1, (sets - 1) % GROUP_SETS + 1, out);
        let mut writer = SegmentWriter::new(self.settings.delimiters, self.settings.newline);
        let (count, control) = (groups.to_string(), self.interchange());
        let _ = writer.segment("IEA", &[count.as_bytes(), control.as_bytes()]);
        out.append(&mut writer.take());
    }

    fn interchange(&self) -> String {
        format!("{:09}", self.settings.interchange % NUMBERS)
    }

    /// The segments of the envelope before set `at`.
    fn envelope_of(&self, at: u64, out: &mut Vec<u8>) {
        if !at.is_multiple_of(GROUP_SETS) {
            return;
        }
        let mut writer = SegmentWriter::new(self.settings.delimiters, self.settings.newline);
        let s = &self.settings;
        if at == 0 {
            let (control, version) = (self.interchange(), self.version());
            let short = s.moment.0.get(2..).unwrap_or_default();
            let _ = writer.isa(&InterchangeHeader {
                sender: (&s.sender.0, &s.sender.1),
                receiver: (&s.receiver.0, &s.receiver.1),
                date_time: (short, &s.moment.1),
                version: &version,
                control: &control,
                acknowledge: if s.acknowledge { "1" } else { "0" },
                usage: &s.usage,
            });
        } else {
            self.end_group(at / GROUP_SETS - 1, GROUP_SETS, out);
        }
        let group = ((s.group + at / GROUP_SETS) % NUMBERS).to_string();
        let or = |own: &'_ str, other: &'_ str| if own.is_empty() { other.to_owned() } else { own.to_owned() };
        let (from, to) = (or(&s.applications.0, &s.sender.1), or(&s.applications.1, &s.receiver.1));
        let values = [&self.write.group, &from, &to, &s.moment.0, &s.moment.1, &group, "X", &self.write.release]
            .map(str::as_bytes);
        let _ = writer.segment("GS", &values);
        out.append(&mut writer.take());
    }

    fn end_group(&self, group: u64, sets: u64, out: &mut Vec<u8>) {
        let mut writer = SegmentWriter::new(self.settings.delimiters, self.settings.newline);
        let (count, number) = (sets.to_string(), ((self.settings.group + group) % NUMBERS).to_string());
        let _ = writer.segment("GE", &[count.as_bytes(), number.as_bytes()]);
        out.append(&mut writer.take());
    }

    /// ISA12 of a release: 00401 for 004010.
    fn version(&self) -> String {
        self.write.release.get(..5).unwrap_or("00401").to_owned()
    }

    /// One set, segment by segment; what cannot be written as it is comes back as place and expectation.
    fn set(
        &self,
        columns: &Columns<'_>,
        (row, lines): (usize, &[usize]),
        put: &mut dyn FnMut(&str, &[&[u8]]),
    ) -> Vec<Wrong> {
        let mut sheet = Sheet {
            writer: self,
            columns,
            put,
            row,
            line: None,
            lines,
            number: 0,
            hl: 1,
            parent: 0,
            last_hl: 1,
            segments: 0,
            wrong: RefCell::default(),
        };
        sheet.put("ST", &[self.set_id.as_bytes(), &[MARK]]);
        sheet.block(&self.write.header);
        sheet.level(&self.write.levels, lines);
        (sheet.line, sheet.row) = (None, row);
        sheet.block(&self.write.summary);
        let count = (sheet.segments + 1).to_string();
        sheet.put("SE", &[count.as_bytes(), &[MARK]]);
        sheet.wrong.into_inner()
    }
}

/// What keeps a set from being written: where, what it is without the value, and what it should be.
struct Wrong {
    place: String,
    found: &'static str,
    expected: String,
}

fn told(fault: &Fault) -> Wrong {
    let (place, found) = match fault.elements.first() {
        Some(element) => (format!("{}{:02}", fault.segment, element.element), element.error.name()),
        None => (fault.segment.to_string(), fault.error.name()),
    };
    Wrong { place, found, expected: format!("what the definition says of {}", fault.segment) }
}

/// A set being written.
struct Sheet<'s, 'l> {
    writer: &'s X12Writer<'l>,
    columns: &'s Columns<'s>,
    put: &'s mut dyn FnMut(&str, &[&[u8]]),
    row: usize,
    line: Option<usize>,
    lines: &'s [usize],
    number: usize,
    hl: usize,
    parent: usize,
    last_hl: usize,
    segments: usize,
    wrong: RefCell<Vec<Wrong>>,
}

/// A segment made: whether it goes out by itself, whether it must not, and its elements.
struct Made {
    has_value: bool,
    lacks: bool,
    elements: Vec<Vec<u8>>,
}

impl Sheet<'_, '_> {
    fn put(&mut self, id: &str, elements: &[&[u8]]) {
        self.segments += 1;
        (self.put)(id, elements);
    }

    /// Segments one after the other; those below another one bring it with them.
    fn block(&mut self, templates: &[Template]) {
        let made: Vec<Made> = templates.iter().map(|template| self.make(template)).collect();
        let mut skip = usize::MAX;
        for (at, template) in templates.iter().enumerate() {
            if template.depth > skip {
                continue;
            }
            skip = usize::MAX;
            let below = templates[at + 1..].iter().take_while(|other| other.depth > template.depth).count();
            let family = &made[at..=at + below];
            let fixed = template.depth == 0 && below == 0 && template.values().next().is_none();
            if made[at].lacks || !(fixed || Self::is_wanted(template, family)) {
                skip = template.depth;
                continue;
            }
            let elements: Vec<&[u8]> = made[at].elements.iter().map(Vec::as_slice).collect();
            self.put(&template.id, &elements);
        }
    }

    fn is_wanted(template: &Template, family: &[Made]) -> bool {
        family.iter().any(|made| made.has_value && !made.lacks)
            || (template.depth > 0 && template.values().next().is_none())
    }

    fn level(&mut self, levels: &[X12Level], lines: &[usize]) {
        let above = self.hl;
        let Some((level, below)) = levels.split_first() else {
            for line in lines {
                self.number += 1;
                self.enter(*line, above);
                self.block(&self.writer.write.line);
            }
            return;
        };
        for group in self.groups(&level.by, lines) {
            if let Some(first) = group.first() {
                self.enter(*first, above);
                self.block(&level.segments);
                self.level(below, &group);
            }
        }
    }

    fn enter(&mut self, line: usize, above: usize) {
        if self.writer.write.together {
            self.row = line
        } else {
            self.line = Some(line)
        }
        self.last_hl += 1;
        (self.hl, self.parent) = (self.last_hl, above);
    }

    /// Lines by a value, in the order in which values come first.
    fn groups(&mut self, by: &Value, lines: &[usize]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Vec<u8>, Vec<usize>)> = Vec::new();
        for line in lines {
            self.line = Some(*line);
            let (key, _) = self.value(by, "");
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, group)) => group.push(*line),
                None => groups.push((key, vec![*line])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    fn make(&self, template: &Template) -> Made {
        let mut made = Made { has_value: template.values().all(is_counted), lacks: false, elements: Vec::new() };
        made.has_value &= template.values().next().is_some();
        for part in &template.parts {
            self.part(template, part, &mut made);
        }
        made
    }

    fn part(&self, template: &Template, part: &Part, made: &mut Made) {
        let (mut elements, mut any) = (Vec::new(), false);
        for element in &part.elements {
            elements.push(match element {
                Element::Literal(text) => text.clone().into_bytes(),
                Element::Value(value) => {
                    let place = format!("{}{:02}", template.id, made.elements.len() + elements.len() + 1);
                    let (text, of_document) = self.value(value, &place);
                    any |= of_document && !text.is_empty();
                    made.lacks |= value.needed && text.is_empty();
                    text
                }
            });
        }
        made.has_value |= any;
        match part.without {
            Without::MovesUp if !any => {}
            Without::Empty if !any => made.elements.extend(elements.iter().map(|_| Vec::new())),
            _ => made.elements.append(&mut elements),
        }
    }

    /// A value as text, and whether it is one of the document's.
    fn value(&self, value: &Value, place: &str) -> (Vec<u8>, bool) {
        for source in &value.from {
            let mut out = Vec::new();
            let of_document = matches!(source, Source::Field(..));
            match source {
                Source::Field(level, field) => self.field((*level, *field), value, place, &mut out),
                Source::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Source::Line => out.extend_from_slice(self.number.max(1).to_string().as_bytes()),
                Source::Lines => out.extend_from_slice(self.lines.len().to_string().as_bytes()),
                Source::Hl => out.extend_from_slice(self.hl.to_string().as_bytes()),
                Source::Parent => out.extend_from_slice(self.parent.to_string().as_bytes()),
                Source::Levels => out.extend_from_slice(self.last_hl.to_string().as_bytes()),
                Source::Sum(field) => self.sum(*field, &value.form, place, &mut out),
                Source::Date => out.extend_from_slice(self.writer.settings.moment.0.as_bytes()),
                Source::Time => out.extend_from_slice(self.writer.settings.moment.1.as_bytes()),
            }
            if !out.is_empty() {
                return (out, of_document);
            }
        }
        (Vec::new(), false)
    }

    fn field(&self, (level, field): (Level, usize), value: &Value, place: &str, out: &mut Vec<u8>) {
        let index = usize::from(level == Level::Line);
        let row = if level == Level::Line { self.line } else { Some(self.row) };
        let kind = self.kind().fields(level).get(field).map_or(Type::Text, |field| field.kind);
        let (Some(column), Some(row)) = (self.columns.fields[index].get(field), row) else { return };
        match column {
            Column::None => {}
            Column::Decimal(values) => {
                if let Some(decimal) = values.decimal(row) {
                    self.decimal(decimal, kind, &value.form, place, out);
                }
            }
            Column::Text(values) => {
                if let Some(text) = values.get(row) {
                    self.text(text, kind, value, place, out);
                }
            }
        }
    }

    fn kind(&self) -> Kind {
        self.writer.layout.kind
    }

    fn sum(&self, field: usize, form: &Form, place: &str, out: &mut Vec<u8>) {
        let Some(Column::Decimal(values)) = self.columns.fields[1].get(field) else { return };
        let kind = self.kind().fields(Level::Line).get(field).map_or(Type::Quantity, |field| field.kind);
        let each = self.lines.iter().filter_map(|line| values.decimal(*line));
        match each.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add) {
            Some(sum) => self.decimal(sum, kind, form, place, out),
            None => self.refuse(place, "a sum of at most 28 digits"),
        }
    }

    fn decimal(&self, decimal: Decimal, kind: Type, form: &Form, place: &str, out: &mut Vec<u8>) {
        let least = if kind == Type::Money { 2 } else { 0 };
        match form {
            Form::Implied(places) => {
                let unit = 10_i128.pow(9_u32.saturating_sub(*places));
                if decimal.billionths() % unit != 0 {
                    self.refuse(place, &format!("at most {places} decimal places"));
                }
                out.extend_from_slice((decimal.billionths() / unit).to_string().as_bytes());
            }
            Form::Places(places) => decimal.write(out, *places),
            _ => decimal.write(out, least),
        }
    }

    fn text(&self, text: &str, kind: Type, value: &Value, place: &str, out: &mut Vec<u8>) {
        let pairs = value.map.as_ref().and_then(|name| self.writer.layout.values.get(name));
        let text = pairs.and_then(|map| map.pairs.iter().find(|(_, to)| to == text)).map_or(text, |(from, _)| from);
        let date = match (&value.form, self.writer.layout.formats.dates.first()) {
            (Form::Date(format), _) => Some(format),
            (_, format) => format,
        };
        if let (Type::Date | Type::DateTime, Some(format)) = (kind, date) {
            write_date(text, format, out);
            return;
        }
        let text = match value.form {
            Form::Cut(most) => text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end]),
            _ => text,
        };
        if matches!(value.form, Form::Exactly(characters) if text.chars().count() != characters) {
            return;
        }
        let start = out.len();
        out.extend(text.bytes().map(|byte| if self.is_free(byte) { byte } else { self.writer.settings.replacement }));
        if kind == Type::Id && out.get(start..) != Some(text.as_bytes()) {
            self.refuse(place, "an identifier without delimiters and control characters");
        }
        while out.len() > start && out.last() == Some(&b' ') {
            out.pop();
        }
    }

    fn is_free(&self, byte: u8) -> bool {
        let d = &self.writer.settings.delimiters;
        let delimits = [d.element, d.segment, d.component].contains(&byte) || d.repetition == Some(byte);
        !delimits && !byte.is_ascii_control()
    }

    fn refuse(&self, place: &str, expected: &str) {
        let wrong = Wrong { place: place.to_owned(), found: "another value", expected: expected.to_owned() };
        self.wrong.borrow_mut().push(wrong);
    }
}

/// Whether a value is one that is always there.
fn is_counted(value: &Value) -> bool {
    value.from.iter().any(|source| !matches!(source, Source::Field(..)))
}

/// A date in a format; a time of a moment that has none is not written.
fn write_date(text: &str, format: &DateFormat, out: &mut Vec<u8>) {
    let start = out.len();
    let moment = Moment::parse_iso(text.as_bytes());
    if moment.is_none_or(|moment| format.write(&moment, out).is_none()) {
        out.truncate(start);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::document::BatchBuilder;
    use crate::document::batch::Place;
    use crate::layout::library::Library;
    use crate::layout::write::Writer;

    /// Products of these SKUs and prices.
    fn products(rows: &[(&str, &str)]) -> Batch {
        let kind = Kind::Product;
        let fields = ["sku", "price"].map(|name| kind.field(Level::Header, name).unwrap_or_default());
        let mut builder = BatchBuilder::new(kind, (&fields, &[]), (&[], &[]));
        for (sku, price) in rows {
            builder.begin_document(Place::default());
            builder.set_text(Level::Header, 0, sku);
            builder.set_decimal(Level::Header, 1, Decimal::parse(price.as_bytes()).unwrap_or_default());
        }
        builder.finish().unwrap()
    }

    #[test]
    fn products_share_a_set_and_batches_are_numbered_in_order() {
        let layout = Library::new(BTreeMap::new()).get("x12/832").unwrap();
        let writer = Writer::with(&layout, &Settings { interchange: 5, set: 9, ..Settings::default() }).unwrap();
        let mut out = Vec::new();
        writer.begin(&mut out);
        for batch in [products(&[("A", "1.5"), ("B", "2")]), products(&[("C", "0.125")])] {
            let (mut text, mut findings) = (Vec::new(), Findings::default());
            assert_eq!(writer.refuse(&batch, &mut findings), []);
            writer.write(&batch, &findings, &mut text);
            out.extend_from_slice(&writer.in_order(&text));
        }
        writer.end(&mut out);
        let text = String::from_utf8(out).unwrap();
        let sets = "ST*832*0009~\nBCT*PS~\nDTM*092*20000101~\nLIN*1*VN*A~\nCTP**RES*1.50~\nLIN*2*VN*B~\nCTP**RES*2.00~\n\
            CTT*2~\nSE*9*0009~\nST*832*0010~\nBCT*PS~\nDTM*092*20000101~\nLIN*1*VN*C~\nCTP**RES*0.125~\nCTT*1~\nSE*7*0010~\n\
            GE*2*1~\nIEA*1*000000005~\n";
        assert!(text.ends_with(sets), "{text}");
    }

    #[test]
    fn a_layout_of_the_box_can_be_written_when_its_set_is_defined() {
        let library = Library::new(BTreeMap::new());
        for layout in library.all().filter(|layout| layout.writes && layout.name.starts_with("x12/")) {
            let crate::layout::model::File::X12(x12) = &layout.file else { continue };
            let writer = X12Writer::new(&layout, x12, &Settings::default()).unwrap();
            assert!(writer.definition.is_some(), "{}", layout.name);
        }
    }
}
