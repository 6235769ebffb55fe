//! Documents to X12: one transaction set a document, in one group of one interchange.
//!
//! Batches are written on any thread, so that the numbers of sets are not known then: a mark stands for each, and
//! [`X12Writer::numbered`] puts the numbers in when the batches are in the order of the file. A document whose set
//! would not agree with its definition is rejected before ([`X12Writer::refuse`]).
//!
//! Facts: ASC X12.5 (ISA, IEA) and X12.6 (GS, GE, ST, SE; a group has at most 999,999 sets).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::segments::{self, Columns, Filling, MARK, Script, Wrong};
use crate::document::{Batch, Class, Code, Findings};
use crate::layout::model::{Layout, X12File, X12Write};
use crate::schema::{self, Guides, Options, Plain, Separators, Set, Standard, Validator};
use crate::syntax::edifact::Syntax;
use crate::syntax::segment::Dialect;
use crate::syntax::x12::{Delimiters, InterchangeHeader, SegmentWriter};

/// The envelope of what is written: who to whom, and the numbers. Whoever keeps control numbers gives them in here.
#[derive(Clone, Debug)]
pub struct Settings {
    /// ISA05 and ISA06; 0007 and 0004.
    pub sender: (String, String),
    /// ISA07 and ISA08; 0007 and 0010.
    pub receiver: (String, String),
    /// 0008 and 0014, the internal identifications of sender and recipient; empty in X12.
    pub internal: (String, String),
    /// GS02 and GS03; the interchange's when empty.
    pub applications: (String, String),
    /// ISA15: `P` or `T`; with `T` 0035 is 1.
    pub usage: String,
    /// ISA14: whether a TA1 is asked for; 0031: whether a CONTRL is.
    pub acknowledge: bool,
    /// The date, `YYYYMMDD`, and the time, `HHMM`, of the interchange and the group.
    pub moment: (String, String),
    /// ISA13; 0020 of the first interchange.
    pub interchange: u64,
    /// GS06 of the first group.
    pub group: u64,
    /// ST02 of the first set; 0062 of the first message.
    pub set: u64,
    /// GS08, of which the first six characters are the release; a directory of EDIFACT, such as `D.96A`; that which the
    /// layout writes when empty.
    pub release: String,
    /// Whether the numbers come later: pieces keep the marks that stand for them, and no envelope is written. A writer
    /// with numbers finishes such pieces ([`super::Writer::in_order`] and [`super::Writer::end`]).
    pub is_draft: bool,
    /// Character set, version and separators of EDIFACT; those of the layout if there are none.
    pub syntax: Option<Syntax>,
    /// Between elements, behind segments, between components, and between repetitions from 00402 on.
    pub delimiters: Delimiters,
    /// Whether a line break follows each segment.
    pub newline: bool,
    /// The definitions that what is written must agree with.
    pub guides: Guides,
    /// What is written instead of a delimiter or control character in a text.
    pub replacement: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sender: ("ZZ".to_owned(), "SENDER".to_owned()),
            receiver: ("ZZ".to_owned(), "RECEIVER".to_owned()),
            internal: (String::new(), String::new()),
            applications: (String::new(), String::new()),
            usage: "P".to_owned(),
            acknowledge: false,
            guides: Guides::default(),
            moment: ("20000101".to_owned(), "0000".to_owned()),
            interchange: 1,
            group: 1,
            set: 1,
            release: String::new(),
            is_draft: false,
            syntax: None,
            delimiters: Delimiters::new(b'*', b'~', b'>', Some(b'^')),
            newline: true,
            replacement: b' ',
        }
    }
}

/// Sets that one group may have: GE01 has six digits.
const GROUP_SETS: u64 = 999_999;
/// Characters of a release before what tells the industry's guide (GS08: `004010VICS`).
const RELEASE_CHARS: usize = 6;
/// Control numbers have at most nine digits.
const NUMBERS: u64 = 1_000_000_000;

/// Writes X12 sets of a layout.
pub struct X12Writer<'l> {
    filling: Filling<'l>,
    write: &'l X12Write,
    set_id: &'l str,
    settings: Settings,
    definition: Option<Arc<Set>>,
    written: AtomicU64,
}

impl<'l> X12Writer<'l> {
    /// The writer of a layout that says how a set is written.
    #[must_use]
    pub fn new(layout: &'l Layout, x12: &'l X12File, settings: &Settings) -> Option<Self> {
        let (write, set_id) = (x12.write.as_ref()?, x12.sets.first()?.as_str());
        let mut settings = settings.clone();
        if settings.release.is_empty() {
            settings.release.clone_from(&write.release);
        }
        if settings.release.as_str() < "004020" {
            settings.delimiters.repetition = None;
        }
        let release = settings.release.get(..RELEASE_CHARS).unwrap_or(&settings.release);
        let definition = settings.guides.set(Standard::X12(release), set_id);
        let filling = Filling::new(layout, &write.body, settings.moment.clone(), script(&settings));
        Some(Self { filling, write, set_id, settings, definition, written: AtomicU64::new(0) })
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> &'l Layout {
        self.filling.layout
    }

    /// Whether numbers are put in later.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.settings.is_draft
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
        for (row, lines) in self.filling.sets(&columns) {
            self.set(&columns, (row, &lines), None, &mut put);
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
        for (row, lines) in self.filling.single_sets(&columns) {
            let mut put = |id: &str, elements: &[&[u8]]| {
                let number: &[u8] = b"0001";
                let known = elements.iter().map(|element| if *element == [MARK] { number } else { *element });
                let parts: Vec<&[u8]> = std::iter::once(id.as_bytes()).chain(known).collect();
                if let Some(validator) = &mut validator {
                    validator.segment(&Plain(&parts));
                }
            };
            let mut wrong = self.set(&columns, (row, &lines), Some(Code::X12Target), &mut put);
            let faults = validator.as_mut().map(Validator::finish).unwrap_or_default().faults;
            wrong.extend(faults.iter().map(|fault| Wrong::told(fault, Code::X12Target, Delimiters::place)));
            refused.extend(segments::report(&wrong, batch, row, findings));
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
            let number = format!("{:04}", (self.settings.set + self.written.load(Relaxed) - 1) % NUMBERS);
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
        let groups = Self::groups(sets);
        self.end_group(groups - 1, (sets - 1) % GROUP_SETS + 1, out);
        let mut writer = SegmentWriter::new(self.settings.delimiters, self.settings.newline);
        let (count, control) = (groups.to_string(), self.interchange());
        let _ = writer.segment("IEA", &[count.as_bytes(), control.as_bytes()]);
        out.append(&mut writer.take());
    }

    /// How many groups so many sets are written in.
    #[must_use]
    pub const fn groups(sets: u64) -> u64 {
        sets.div_ceil(GROUP_SETS)
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
        let values =
            [&self.write.group, &from, &to, &s.moment.0, &s.moment.1, &group, "X", &s.release].map(str::as_bytes);
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
        self.settings.release.get(..5).unwrap_or("00401").to_owned()
    }

    /// Whether the text of an MSG stands in an MTX (ASC X12: sets of 005010 have MTX where those of 004010 have MSG).
    fn has_mtx_for_msg(&self) -> bool {
        let has = |id: &[u8]| {
            let (set, tag) = (self.definition.as_ref(), schema::Tag::new(id));
            set.zip(tag).is_some_and(|(set, tag)| set.segment_index(tag).is_some())
        };
        has(b"MTX") && !has(b"MSG")
    }

    /// One set, segment by segment; what cannot be written as it is comes back.
    fn set(
        &self,
        columns: &Columns<'_>,
        set: (usize, &[usize]),
        code: Option<Code>,
        put: &mut dyn FnMut(&str, &[&[u8]]),
    ) -> Vec<Wrong> {
        put("ST", &[self.set_id.as_bytes(), &[MARK]]);
        let (segments, wrong) = self.filling.set(columns, set, code, &mut |id, elements| {
            let elements: Vec<&[u8]> =
                elements.iter().map(|element| element.first().map_or(&[][..], Vec::as_slice)).collect();
            match elements.as_slice() {
                [text] if id == "MSG" && self.has_mtx_for_msg() => put("MTX", &[b"", text]),
                elements => put(id, elements),
            }
        });
        let count = (segments + 2).to_string();
        put("SE", &[count.as_bytes(), &[MARK]]);
        wrong
    }
}

/// X12 can release nothing: a delimiter in a value is a delimiter. Its text is UTF-8 here, which has every character.
fn script(settings: &Settings) -> Script {
    let d = &settings.delimiters;
    let taken = [Some(d.element), Some(d.segment), Some(d.component), d.repetition];
    Script {
        taken: taken.into_iter().flatten().collect(),
        replacement: settings.replacement,
        point: b'.',
        place: Delimiters::place,
        foreign: Box::new(|_| None),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::document::BatchBuilder;
    use crate::document::batch::Place;
    use crate::document::{Decimal, Kind, Level};
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
