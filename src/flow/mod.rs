//! One road: bytes to records to documents, cleaned, to records to bytes.
//!
//! Pure but for the reader and the sinks it is given: the same input with the same layouts and crosswalks gives the
//! same bytes, with one thread or many.

mod batches;
pub(crate) mod chunks;
mod customers;
mod deltas;
mod documents;
mod envelope;
mod filled;
mod ordered;
mod outlet;
mod pair;
mod parts;
mod program;
mod rules;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, Read};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use crate::agreement::groups::GroupRun;
use crate::agreement::{Agreed, Agreement};
use crate::clean::version::Version;
use crate::clean::{self, Cleaned, History, Rules, Tables};
use crate::document::balance::{Balance, Totals};
use crate::document::{Batch, Class, Code, Effect, Finding, Findings, Kind, Level, Position};
use crate::layout::Layout;
use crate::layout::model::{Binding, File, Shape};
use crate::layout::read::Parsed;
use crate::layout::trailer::Trail;
use crate::layout::write::{Writer, Written};
use crate::limits;
use crate::syntax::edifact;
use crate::syntax::x12::{Envelope, Mark};

pub use batches::batches;
use deltas::Deltas;
pub use documents::DocumentRow;
use outlet::Outlet;
pub use outlet::{Sink, Target};
use program::{Piece, Pieces, Program};
pub use rules::{max_documents, narrow, rules, written};

/// What is done with files of one kind.
pub struct Road<'a> {
    /// The layout they are read with.
    pub layout: &'a Layout,
    /// The layouts that are written.
    pub writers: Vec<Writer<'a>>,
    /// What must hold.
    pub rules: Rules,
    /// Crosswalks.
    pub tables: Tables<'a>,
    /// What was accepted before, for plausibility.
    pub history: &'a dyn History,
    /// What is agreed with the partner, if that is to be checked.
    pub agreement: Option<&'a Agreement>,
    /// Whether values that no field binds are kept (JSON shows them).
    pub keep_other: bool,
    /// Whether a file without records is accepted.
    pub accept_empty: bool,
    /// Whether the documents are listed, and interchanges and the moments of stock noted in the report.
    pub list_documents: bool,
    /// Whether the largest accepted quantity of each SKU is noted in the report.
    pub note_largest: bool,
    /// Most documents of a file: [`limits::FILE_DOCUMENTS`], or fewer.
    pub max_documents: usize,
    /// Threads for large files; 1 reads on the calling thread.
    pub threads: usize,
}

/// What was known about a document before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    New,
    /// The same, unchanged.
    Unchanged,
    /// The same key with other content, in an earlier file.
    Changed,
    /// The same key with other content, in this file.
    Conflict,
}

/// What was known about an order that came again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Its last version, as stored.
    pub version: Option<Vec<u8>>,
    /// Whether it went out with this content before.
    pub was_out: bool,
}

/// Answers whether a document was received before, and remembers it.
pub trait Known {
    /// Looks a document up by its key and remembers it.
    ///
    /// # Errors
    /// When the machine fails.
    fn see(&mut self, key: u128, content: u128) -> io::Result<Seen>;

    /// The same within this file only.
    ///
    /// # Errors
    /// When the machine fails.
    fn see_here(&mut self, key: u128, content: u128) -> io::Result<Seen>;

    /// What is known of an order that came again, by its key and content.
    ///
    /// # Errors
    /// When the machine fails.
    fn past(&mut self, _key: u128, _content: u128) -> io::Result<Past> {
        Ok(Past::default())
    }

    /// Takes a document with the class that it ended in, in the order of the file, if the road lists them.
    ///
    /// # Errors
    /// When the machine fails.
    fn list(&mut self, row: DocumentRow<'_>) -> io::Result<()>;

    /// Sees a batch after it was cleaned, with what was found in it, in the order of the file.
    fn batch(&mut self, _batch: &Batch, _findings: &Findings) {}
}

/// Why a set is refused, as far as an acknowledgement tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is none that we take.
    Unsupported,
    /// Something in it is wrong.
    Wrong,
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Report {
    /// What was noticed.
    pub findings: Findings,
    /// What the file held, counted before anything was checked.
    pub incoming: Totals,
    /// Where it ended, by class.
    pub balance: Balance,
    /// Records passed over by rule.
    pub passed_over: u64,
    /// The encoding found.
    pub encoding: &'static str,
    /// The kind of document.
    pub kind: Option<Kind>,
    /// The largest accepted quantity of each SKU, in billionths.
    pub largest: HashMap<String, i128>,
    /// Locations of accepted stock, and the newest moment that the file gives for them.
    pub snapshots: BTreeMap<String, String>,
    /// Interchanges, if documents are listed: sender, receiver and control number.
    pub interchanges: Vec<[String; 3]>,
    /// Control numbers of groups, if documents are listed.
    pub groups: Vec<GroupRun>,
    /// Customers that orders needed and that nobody knew.
    pub new_customers: u64,
    /// Sets and messages of which a document is rejected, by their place in the file; if the agreement has an answer.
    pub refused: BTreeMap<u64, Refusal>,
    /// Writers that wrote something of a document.
    pub wrote: BTreeSet<usize>,
    /// Rows of exports that were filled in, by their writers.
    filled: BTreeMap<usize, HashSet<u32>>,
    /// Rows that were left out, because the export has their values.
    unchanged: u64,
    sets: u64,
    /// Documents seen of those that are selected, by key and content.
    selected: HashMap<(u128, u128), u64>,
    /// Documents of this batch of which the set or its release is not agreed.
    not_agreed: Vec<u32>,
    rows: u64,
    bad_rows: u64,
    trail: Trail,
    envelope: Envelope,
    edifact: edifact::Envelope,
    agreed: Agreed,
    end: Position,
}

/// A batch read, cleaned and written, on its way to be put in order.
struct Finished {
    cleaned: Cleaned,
    findings: Findings,
    marks: Vec<(Mark, Position)>,
    edifact: Vec<(edifact::Mark, Position)>,
    outputs: Vec<Written>,
    passed_over: u64,
    rows: u64,
    bad_rows: u64,
    ended: bool,
    trail: Trail,
}

/// Takes one file down the road. Outputs are only good when the report has no effect on the whole file.
///
/// # Errors
/// When the machine fails: the file cannot be read or an output cannot be written.
pub fn run<R: Read>(
    road: &Road<'_>,
    reader: R,
    known: &mut dyn Known,
    progress: &mut dyn FnMut(u64),
    sink: &mut Sink<'_>,
) -> io::Result<Report> {
    let mut report = Report { kind: Some(road.layout.kind), ..Report::default() };
    let opened =
        program::open(road.layout, reader, road.keep_other, road.rules.validate.as_ref(), &mut report.findings)?;
    let Some((pieces, program)) = opened else { return Ok(report) };
    walk(road, (pieces, &program), known, progress, sink, report)
}

/// Takes the pieces of an opened file down the road.
fn walk<R: Read>(
    road: &Road<'_>,
    (mut pieces, program): (Pieces<R>, &Program<'_>),
    known: &mut dyn Known,
    progress: &mut dyn FnMut(u64),
    sink: &mut Sink<'_>,
    mut report: Report,
) -> io::Result<Report> {
    let mut outlet = Outlet::open(&road.writers, sink)?;
    let mut reading = Findings::default();
    let single = pieces.is_single()?;
    // Pieces behind the one that ends a file may be under way already; they do not count.
    let ended = Cell::new(false);
    let mut next = || {
        let piece = if ended.get() { None } else { pieces.next(program, &mut reading)? };
        Ok(piece.map(|(piece, read)| {
            progress(read);
            piece
        }))
    };
    // Set once the file has as many findings as are kept: what comes later only counts them.
    let (full, shown) = (AtomicBool::new(false), road.writers.iter().any(Writer::shows_findings));
    let work = |piece| finish_piece(road, program, piece, full.load(Relaxed) && !shown);
    let mut consume = |finished: Option<Finished>| match finished {
        _ if ended.get() => Ok(()),
        Some(finished) => {
            // A later piece that would fit again does not belong to it any more.
            let too_many = report.has_too_many(road, &finished);
            ended.set(too_many || finished.ended);
            if !too_many {
                report.take(road, finished, known, &mut outlet)?;
                full.store(report.findings.is_full(), Relaxed);
            }
            Ok(())
        }
        None => Err(unfit()),
    };
    if single || road.threads <= 1 {
        while let Some(piece) = next()? {
            consume(work(piece))?;
        }
    } else {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(road.threads).build().map_err(io::Error::other)?;
        ordered::ordered(&pool, road.threads * limits::CHUNKS_IN_FLIGHT_PER_WORKER, next, work, consume)?;
    }
    report.encoding = pieces.encoding();
    if !pieces.ended_with_newline() {
        report.check_last_row(road);
    }
    report.findings.append(reading);
    outlet.close()?;
    report.close(road);
    Ok(report)
}

/// Takes two files that belong together down the road: headers in one, lines in the other, in either order.
///
/// # Errors
/// As [`run`].
pub fn run_pair<R: Read>(
    road: &Road<'_>,
    readers: [R; 2],
    known: &mut dyn Known,
    sink: &mut Sink<'_>,
) -> io::Result<Report> {
    let mut report = Report { kind: Some(road.layout.kind), ..Report::default() };
    let Some(parsed) = pair::read(road.layout, readers, road.keep_other, &mut report.findings)? else {
        return Ok(report);
    };
    let mut outlet = Outlet::open(&road.writers, sink)?;
    let finished = finish_parsed(road, parsed, false).ok_or_else(unfit)?;
    if !report.has_too_many(road, &finished) {
        report.take(road, finished, known, &mut outlet)?;
    }
    outlet.close()?;
    report.close(road);
    Ok(report)
}

/// Everything that a piece needs no other piece for.
fn finish_piece(road: &Road<'_>, program: &Program<'_>, piece: Piece, full: bool) -> Option<Finished> {
    let (mut parsed, ended) = program.read(piece)?;
    if full {
        parsed.findings.only_count_notes();
    }
    finish_parsed(road, parsed, ended)
}

fn finish_parsed(road: &Road<'_>, parsed: Parsed, ended: bool) -> Option<Finished> {
    let Parsed { batch, mut findings, marks, edifact, passed_over, rows, bad_rows, mut trail } = parsed;
    trail.add_up(road.layout, &batch);
    let mut cleaned = clean::clean(batch, &road.rules, &road.tables, road.history, &mut findings).ok()?;
    let unfit = road.writers.iter().flat_map(|writer| writer.refuse(&cleaned.batch, &mut findings)).collect::<Vec<_>>();
    if !unfit.is_empty() {
        clean::mark_documents(&mut cleaned, &unfit).ok()?;
    }
    filled::hold_lacking(road, &mut cleaned, &mut findings)?;
    let outputs = write(road, &cleaned, &findings)?;
    Some(Finished { cleaned, findings, marks, edifact, outputs, passed_over, rows, bad_rows, trail, ended })
}

/// What no file can cause: a defect of this program.
fn unfit() -> io::Error {
    io::Error::other("the columns or characters of a batch do not fit together")
}

/// The batch as it is written.
fn outward<'b>(road: &Road<'_>, batch: &'b Batch) -> Option<Cow<'b, Batch>> {
    if road.rules.outbound { clean::outward(batch).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(batch)) }
}

fn write(road: &Road<'_>, cleaned: &Cleaned, findings: &Findings) -> Option<Vec<Written>> {
    let batch = &*outward(road, &cleaned.batch)?;
    let one = |writer: &Writer<'_>| {
        let mut out = Vec::new();
        writer.write(batch, findings, &mut out);
        writer.written(out)
    };
    // Those of customers and refunds are not for the orders.
    let orders = road.rules.customer_writers..road.writers.len().saturating_sub(road.rules.refund_writers);
    let other = || Some(Written::default());
    let writers = road.writers.iter().enumerate();
    writers.map(|(number, writer)| if orders.contains(&number) { one(writer) } else { other() }).collect()
}

impl Finished {
    /// Leaves all but some documents out, and what the envelope says of them. What it says of the file stays.
    fn select(
        &mut self,
        selected: &HashMap<(u128, u128), u64>,
        taken: &mut HashMap<(u128, u128), u64>,
        marks: &mut Vec<(u32, Class)>,
    ) -> io::Result<()> {
        let wanted = |key, content| {
            selected.get(&(key, content)).is_some_and(|most| {
                let taken = taken.entry((key, content)).or_default();
                *taken += 1;
                *taken <= *most
            })
        };
        let places = clean::select(&mut self.cleaned, &mut self.findings, wanted).map_err(io::Error::other)?;
        let place = |(row, class): (u32, Class)| Some(((*places.get(row as usize)?)?, class));
        *marks = std::mem::take(marks).into_iter().filter_map(place).collect();
        // They were counted when the file came.
        self.passed_over = 0;
        Ok(())
    }
}

impl Report {
    /// Adds a finished piece, in the order of the file: duplicates are decided here.
    fn take(
        &mut self,
        road: &Road<'_>,
        mut finished: Finished,
        known: &mut dyn Known,
        outlet: &mut Outlet<'_, '_>,
    ) -> io::Result<()> {
        if self.findings.counts().contains_key(&Code::XmlReferenceIgnored) {
            finished.findings.forget(Code::XmlReferenceIgnored);
        }
        let mut marks = self.envelope(road, &finished);
        if let Some(selected) = &road.rules.selected {
            finished.select(selected, &mut self.selected, &mut marks)?;
        }
        let mut deltas = Deltas::default();
        let seen = duplicates(road, &mut finished, &marks, known, (&mut self.findings, &mut deltas))?;
        marks.extend(seen);
        if !marks.is_empty() {
            clean::mark_documents(&mut finished.cleaned, &marks).map_err(io::Error::other)?;
        }
        let twice = self.fill_once(road, &mut finished)?;
        deltas.set_actions(&mut finished.cleaned.batch)?;
        if !marks.is_empty() || twice || deltas.any() || road.rules.selected.is_some() {
            let orders = deltas.without_refunds(&finished)?;
            let orders = orders.as_ref().unwrap_or(&finished.cleaned);
            finished.outputs = write(road, orders, &finished.findings).ok_or_else(unfit)?;
        }
        deltas.write_refunds(road, &mut finished)?;
        if road.rules.selected.is_none() {
            self.note_refused(road, &finished);
        }
        known.batch(&finished.cleaned.batch, &finished.findings);
        self.count(&finished);
        if road.list_documents {
            list(&finished.cleaned, &deltas, known)?;
            self.note_snapshots(&finished.cleaned);
        }
        if road.note_largest {
            self.note_largest(&finished.cleaned);
        }
        if road.tables.customers.is_some() {
            self.customers(road, &mut finished, known)?;
        }
        self.findings.append(finished.findings);
        self.trail.append(finished.trail);
        for (writer, written) in finished.outputs.iter().enumerate().filter(|(_, written)| !written.bytes.is_empty()) {
            self.wrote.insert(writer);
            outlet.put(writer, written)?;
        }
        Ok(())
    }

    /// Whether a piece goes beyond the number of documents that a file may have, so that memory stays bounded; told once.
    fn has_too_many(&mut self, road: &Road<'_>, finished: &Finished) -> bool {
        let documents = self.incoming.documents.saturating_add(finished.cleaned.incoming.documents);
        let too_many = usize::try_from(documents).is_ok_and(|documents| documents > road.max_documents);
        if too_many && !self.findings.counts().contains_key(&Code::FileTooLarge) {
            let finding = Finding::new(Code::FileTooLarge, Position::default()).found("more documents");
            self.findings.push(finding.expected(format!("at most {} documents", road.max_documents)));
        }
        too_many
    }

    /// A last row without a line break may be cut.
    fn check_last_row(&mut self, road: &Road<'_>) {
        if let File::Table(table) = &road.layout.file
            && table.final_newline
        {
            self.findings
                .push(Finding::new(Code::CsvNoFinalNewline, Position::default()).expected("a line break at the end"));
        }
    }

    fn count(&mut self, finished: &Finished) {
        self.passed_over += finished.passed_over;
        self.rows += finished.rows;
        self.bad_rows += finished.bad_rows;
        self.incoming.add(&finished.cleaned.incoming);
        self.balance.add(&Balance::count(&finished.cleaned.batch));
    }

    fn note_snapshots(&mut self, cleaned: &Cleaned) {
        let batch = &cleaned.batch;
        let Some(moments) = batch.text(Level::Header, "as_of").filter(|_| batch.kind == Kind::Inventory) else {
            return;
        };
        let text = |level| batch.text(level, "location");
        let (on_header, on_line) = (text(Level::Header), text(Level::Line));
        let classes = clean::classes(batch, Level::Line);
        for (line, document) in batch.line_documents().iter().enumerate() {
            let document = *document as usize;
            let (Some(as_of), Some(Class::Out)) = (moments.get(document), classes.get(line)) else { continue };
            let own = on_line.and_then(|column| column.get(line));
            let location = own.or(on_header.and_then(|column| column.get(document))).unwrap_or_default();
            let has_room = self.snapshots.len() < limits::LOCATIONS;
            match self.snapshots.get_mut(location) {
                Some(known) if known != as_of && clean::is_older(known, as_of) => as_of.clone_into(known),
                None if has_room => {
                    self.snapshots.insert(location.to_owned(), as_of.to_owned());
                }
                _ => {}
            }
        }
    }

    fn note_largest(&mut self, cleaned: &Cleaned) {
        let batch = &cleaned.batch;
        let (Some(skus), Some(quantities)) = (batch.text(Level::Line, "sku"), batch.decimal(Level::Line, "quantity"))
        else {
            return;
        };
        let classes = clean::classes(batch, Level::Line);
        for ((sku, quantity), class) in skus.iter().zip(quantities.iter()).zip(classes) {
            let (Some(sku), Some(quantity), Class::Out) = (sku, quantity, class) else { continue };
            match self.largest.get_mut(sku) {
                Some(largest) => *largest = quantity.max(*largest),
                None => drop(self.largest.insert(sku.to_owned(), quantity)),
            }
        }
    }

    /// What only the whole file can tell.
    fn close(&mut self, road: &Road<'_>) {
        if matches!(road.layout.file, File::X12(_)) {
            std::mem::take(&mut self.envelope).finish(&self.end, &mut self.findings);
        }
        if matches!(road.layout.file, File::Edifact(_)) {
            std::mem::take(&mut self.edifact).finish(&self.end, &mut self.findings);
        }
        // Where reading broke off that is told, not what is missing behind it.
        if self.findings.file_effect().is_none() {
            self.trail.check(road.layout, &mut self.findings);
        }
        let empty = self.incoming.documents == 0 && self.findings.file_effect().is_none();
        if empty && !road.accept_empty {
            self.findings
                .push(Finding::new(Code::NoRecords, Position::default()).found("0 records").expected("1 or more"));
        }
        if self.unchanged > 0 {
            let found = format!("{} rows", self.unchanged);
            self.findings.push(Finding::new(Code::ExportRowUnchanged, Position::default()).found(found));
        }
        if self.passed_over > 0 {
            let found = format!("{} records", self.passed_over);
            self.findings.push(Finding::new(Code::FooterSkipped, Position::default()).found(found));
        }
        if self.incoming.documents > 0 && !road.rules.has_lines && road.layout.kind.has_lines() {
            self.findings.push(Finding::new(Code::NoLinesInLayout, Position::default()).found(&road.layout.name));
        }
        if self.bad_rows * 100 > self.rows * limits::BAD_ROWS_PERCENT && self.bad_rows > 1 {
            let finding = Finding::new(Code::CsvStructure, Position::default())
                .found(format!("{} of {} rows with another number of values than the header", self.bad_rows, self.rows))
                .expected(format!("at most {} %", limits::BAD_ROWS_PERCENT));
            self.findings.push(finding);
        }
        if let Some(finding) = self.balance.out_of_balance(&self.incoming) {
            self.findings.push(finding);
        }
    }
}

/// Whether the rows of a document are told from those of the next by the document's number.
fn is_grouped(layout: &Layout) -> bool {
    let File::Table(table) = &layout.file else { return false };
    let fields = layout.kind.fields(Level::Header);
    let is_number = |binding: &&Binding| fields.get(binding.field).is_some_and(|f| f.name == layout.kind.key_field());
    let mut numbers = layout.bindings(Level::Header).filter(is_number);
    matches!(table.shape, Shape::Repeated | Shape::FirstRow | Shape::Summary)
        && numbers.any(|binding| binding.from.iter().any(|from| table.key.contains(from)))
}

/// Documents of a batch that were seen before, with what becomes of them. Where rows are grouped by the number, one that
/// comes again with other content is the rest of a document of which the first half is gone already.
fn duplicates(
    road: &Road<'_>,
    finished: &mut Finished,
    condemned: &[(u32, Class)],
    known: &mut dyn Known,
    (findings, deltas): (&mut Findings, &mut Deltas),
) -> io::Result<Vec<(u32, Class)>> {
    let (classes, grouped) = (clean::classes(&finished.cleaned.batch, Level::Header), is_grouped(road.layout));
    let mut marks = Vec::new();
    // A change is held unless the flow or a person says otherwise.
    let changed = |code, class: Class| match road.rules.effect(code) {
        Effect::Note => class,
        Effect::RejectDocument => Class::Rejected,
        _ => class.max(Class::Held),
    };
    let sound =
        |row: usize, class: Class| class != Class::Rejected && !condemned.iter().any(|(at, _)| *at as usize == row);
    for (row, class) in classes.into_iter().enumerate() {
        let (key, content) = (finished.cleaned.keys[row], finished.cleaned.contents[row]);
        let seen = match sound(row, class) {
            true => known.see(key, content)?,
            // What is wrong with one half must not let the other half go.
            false if grouped && known.see_here(key, content)? == Seen::Conflict => Seen::Conflict,
            false => continue,
        };
        if let Some((finding, class)) = deltas.judge(road, finished, (row, class), seen, known)? {
            if class != Class::Out {
                findings.push(finding);
                marks.push((row as u32, class));
            }
            continue;
        }
        let (code, class) = match seen {
            Seen::New => continue,
            Seen::Conflict if grouped => (Code::GroupNotContiguous, Class::Rejected),
            Seen::Unchanged => (Code::DuplicateDocument, Class::Duplicate),
            Seen::Changed => (Code::ChangedDocument, changed(Code::ChangedDocument, class)),
            Seen::Conflict => (Code::ConflictingDocument, changed(Code::ConflictingDocument, class)),
        };
        let batch = &finished.cleaned.batch;
        let number = batch.text(Level::Header, batch.kind.key_field()).and_then(|column| column.get(row));
        let at = batch.position(Level::Header, row).field(batch.kind.key_field());
        findings.push(Finding::new(code, at).found(number.unwrap_or_default()).in_document(row as u32));
        marks.push((row as u32, class));
    }
    Ok(marks)
}

fn list(cleaned: &Cleaned, deltas: &Deltas, known: &mut dyn Known) -> io::Result<()> {
    let batch = &cleaned.batch;
    let numbers = batch.text(Level::Header, batch.kind.key_field());
    for (row, class) in clean::classes(batch, Level::Header).into_iter().enumerate() {
        let number = numbers.and_then(|column| column.get(row)).unwrap_or_default();
        let (key, content) = (cleaned.keys[row], cleaned.contents[row]);
        let version = cleaned.versions.get(row).filter(|_| deltas.keeps(row, class));
        let version = version.map(Version::encode).unwrap_or_default();
        known.list(DocumentRow { number, key, content, class, is_customer: false, version: &version })?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/parts.rs"]
mod parts_tests;
