//! What became of a file: counted, noted and closed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Finished, Road};
use crate::agreement::Agreed;
use crate::agreement::groups::GroupRun;
use crate::clean::{self, Cleaned};
use crate::document::balance::{Balance, Totals};
use crate::document::{Class, Code, Finding, Findings, Kind, Level, Position};
use crate::layout::model::File;
use crate::layout::trailer::Trail;
use crate::limits;
use crate::syntax::edifact;
use crate::syntax::x12::Envelope;

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
    /// Sets and messages of which a document is rejected, by their place in the file; if the agreement has an answer.
    pub refused: BTreeMap<u64, Refusal>,
    /// Writers that wrote something of a document.
    pub wrote: BTreeSet<usize>,
    /// Rows of exports that were filled in, by their writers.
    pub(super) filled: BTreeMap<usize, HashSet<u32>>,
    /// Rows that were left out, because the export has their values.
    pub(super) unchanged: u64,
    pub(super) sets: u64,
    /// Documents seen of those that are selected, by key and content.
    pub(super) selected: HashMap<(u128, u128), u64>,
    /// Documents of this batch of which the set or its release is not agreed.
    pub(super) not_agreed: Vec<u32>,
    pub(super) rows: u64,
    pub(super) bad_rows: u64,
    pub(super) trail: Trail,
    pub(super) envelope: Envelope,
    pub(super) edifact: edifact::Envelope,
    pub(super) agreed: Agreed,
    pub(super) end: Position,
}

impl Report {
    /// Whether a piece goes beyond the number of documents that a file may have, so that memory stays bounded; told once.
    pub(super) fn has_too_many(&mut self, road: &Road<'_>, finished: &Finished) -> bool {
        let documents = self.incoming.documents.saturating_add(finished.cleaned.incoming.documents);
        let too_many = usize::try_from(documents).is_ok_and(|documents| documents > road.max_documents);
        if too_many && !self.findings.counts().contains_key(&Code::FileTooLarge) {
            let finding = Finding::new(Code::FileTooLarge, Position::default()).found("more documents");
            self.findings.push(finding.expected(format!("at most {} documents", road.max_documents)));
        }
        too_many
    }

    /// A last row without a line break may be cut.
    pub(super) fn check_last_row(&mut self, road: &Road<'_>) {
        if let File::Table(table) = &road.layout.file
            && table.final_newline
        {
            self.findings
                .push(Finding::new(Code::CsvNoFinalNewline, Position::default()).expected("a line break at the end"));
        }
    }

    pub(super) fn count(&mut self, finished: &Finished) {
        self.passed_over += finished.passed_over;
        self.rows += finished.rows;
        self.bad_rows += finished.bad_rows;
        self.incoming.add(&finished.cleaned.incoming);
        self.balance.add(&Balance::count(&finished.cleaned.batch));
    }

    pub(super) fn note_snapshots(&mut self, cleaned: &Cleaned) {
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

    pub(super) fn note_largest(&mut self, cleaned: &Cleaned) {
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
    pub(super) fn close(&mut self, road: &Road<'_>) {
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
