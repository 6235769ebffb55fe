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
mod known;
mod ordered;
mod outlet;
mod pair;
mod parts;
mod program;
mod report;
mod rules;
mod take;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::io::{self, Read};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use crate::agreement::Agreement;
use crate::clean::{self, Cleaned, History, NoHistory, Rules, Tables};
use crate::document::{Batch, Findings, Kind, Position};
use crate::layout::Layout;
use crate::layout::read::Parsed;
use crate::layout::trailer::Trail;
use crate::layout::write::{Writer, Written};
use crate::limits;
use crate::syntax::edifact;
use crate::syntax::x12::Mark;

pub use batches::batches;
pub use documents::DocumentRow;
pub use known::{Known, Onlooker, Past, Seen};
use outlet::Outlet;
pub use outlet::{Sink, Target};
use program::{Piece, Pieces, Program};
pub use report::{Refusal, Report};
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

impl<'a> Road<'a> {
    /// A file is read and checked by these rules on the calling thread, and that is all: nothing is written, translated,
    /// remembered or listed, and an empty file is well.
    #[must_use]
    pub fn of(layout: &'a Layout, rules: Rules) -> Self {
        Self {
            layout,
            writers: Vec::new(),
            rules,
            tables: Tables::default(),
            history: &NoHistory,
            agreement: None,
            keep_other: false,
            accept_empty: true,
            list_documents: false,
            note_largest: false,
            max_documents: limits::FILE_DOCUMENTS,
            threads: 1,
        }
    }

    /// The numbers of the writers for documents of a kind: that of the file, or what comes of its documents, such as the
    /// customers that orders need.
    fn writers_of(&self, kind: Kind) -> impl Iterator<Item = usize> {
        let is_for = move |writer: &Writer<'_>| writer.kind().unwrap_or(self.layout.kind) == kind;
        self.writers.iter().enumerate().filter(move |(_, writer)| is_for(writer)).map(|(number, _)| number)
    }

    /// Writes documents that come of those of the file into their outputs.
    fn write_beside(&self, batch: &Batch, outputs: &mut [Written]) -> io::Result<()> {
        for number in self.writers_of(batch.kind) {
            let (Some(writer), Some(out)) = (self.writers.get(number), outputs.get_mut(number)) else { continue };
            let mut bytes = Vec::new();
            writer.write(batch, &Findings::default(), &mut bytes);
            *out = writer.written(bytes).ok_or_else(unfit)?;
        }
        Ok(())
    }
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
    let next = || {
        let piece = if ended.get() { None } else { pieces.next(program, &mut reading)? };
        Ok(piece.map(|(piece, read)| {
            progress(read);
            piece
        }))
    };
    // Set once the file has as many findings as are kept: what comes later only counts them.
    let (full, shown) = (AtomicBool::new(false), road.writers.iter().any(Writer::shows_findings));
    let work = |piece| finish_piece(road, program, piece, full.load(Relaxed) && !shown);
    let consume = |finished: Option<Finished>| match finished {
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
    ordered::on_threads(if single { 1 } else { road.threads }, next, work, consume)?;
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
    let outputs = take::write(road, &cleaned, &findings)?;
    Some(Finished { cleaned, findings, marks, edifact, outputs, passed_over, rows, bad_rows, trail, ended })
}

/// What no file can cause: a defect of this program.
fn unfit() -> io::Error {
    io::Error::other("the columns or characters of a batch do not fit together")
}

#[cfg(test)]
#[path = "tests/parts.rs"]
mod parts_tests;
