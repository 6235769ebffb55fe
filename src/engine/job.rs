//! Computes one file: which layout, down the road, and what only the ledger knows about it.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::decision::{Computed, Place, Sketch, duplicate, empty, grown, outcome, whole};
use super::fill::Fills;
use super::known::{Earlier, KnownInLedger};
use super::linked::Linked;
use super::{EngineError, at, unwritable};
use crate::agreement::Standard;
use crate::clean::crosswalk::Table;
use crate::clean::{self, History, Tables};
use crate::document::balance::Totals;
use crate::document::{Class, Code, Decimal, Effect, Finding, Kind, Position};
use crate::flow::{self, Report, Road, Target};
use crate::intake::names;
use crate::layout::Layout;
use crate::layout::recognise;
use crate::layout::write::{self, Writer};
use crate::ledger::{Decision, Exchanged, Ledger, OpenIntake, Outcome};
use crate::limits;
use crate::outbox::{Draft, Staging};
use crate::spill::{Documents, WithinFile};
use crate::workspace::{ContentPolicy, Flow, Workspace};

/// The largest accepted quantities of a flow.
struct Largest(HashMap<String, i128>);

impl History for Largest {
    fn largest(&self, sku: &str) -> Option<Decimal> {
        self.0.get(sku).copied().and_then(Decimal::from_billionths)
    }
}

/// Everything that is the same for all files of a flow.
pub(super) struct Prepared<'w> {
    flow: &'w Flow,
    history: Largest,
    fixed_units: &'w clean::crosswalk::Crosswalk,
    targets: Vec<Arc<Layout>>,
}

pub(super) fn prepare<'w>(
    workspace: &'w Workspace,
    ledger: &Ledger,
    flow: &'w Flow,
    fixed_units: &'w clean::crosswalk::Crosswalk,
) -> Result<Prepared<'w>, EngineError> {
    let history = if flow.history_factor.is_some() { ledger.history(&flow.name)? } else { HashMap::new() };
    // The workspace was checked: its layouts load.
    let targets = flow.outputs.iter().filter_map(|output| workspace.library.get(&output.layout).ok()).collect();
    Ok(Prepared { flow, history: Largest(history), fixed_units, targets })
}

/// Work that must not take the other files down with it: a panic is tried again, in case it was one of the moment, and
/// then rejects the file.
fn attempted(mut work: impl FnMut() -> Result<Computed, EngineError>) -> Result<Computed, EngineError> {
    for _ in 0..limits::ATTEMPTS {
        if let Ok(computed) = catch_unwind(AssertUnwindSafe(&mut work)) {
            return computed;
        }
    }
    Ok(whole(Code::InternalError))
}

/// One file to be computed.
pub(super) struct Job<'j, 'm> {
    pub(super) workspace: &'j Workspace,
    pub(super) intake: &'j OpenIntake,
    pub(super) lines: Option<PathBuf>,
    pub(super) prepared: Option<&'j Prepared<'j>>,
    pub(super) ledger: &'j Mutex<&'m mut Ledger>,
    pub(super) earlier: &'j Earlier,
    /// What it comes from, if a person made it.
    pub(super) linked: Option<&'j Linked>,
    pub(super) fills: &'j Fills,
    pub(super) threads: usize,
}

impl Job<'_, '_> {
    /// Computes a file from its blob.
    pub(super) fn compute(&self) -> Result<Computed, EngineError> {
        let blob = self.workspace.private("blob").join(self.intake.sha256.as_deref().unwrap_or_default());
        // The program went down with every attempt, so that it could not even tell.
        let computed = match self.intake.attempts > limits::ATTEMPTS {
            true => whole(Code::Poison),
            false => attempted(|| self.compute_from(&blob))?,
        };
        match self.linked {
            Some(linked) => {
                let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
                linked.check(&ledger, &self.workspace.private("stage"), computed)
            }
            None => Ok(computed),
        }
    }

    pub(super) fn compute_from(&self, path: &Path) -> Result<Computed, EngineError> {
        let mut computed = self.judge(path)?;
        if names::is_confusable(&self.intake.name) {
            let finding = Finding::new(Code::NameConfusable, Position::default()).found(&self.intake.name);
            computed.decision.findings.push(finding);
        }
        Ok(computed)
    }

    fn judge(&self, path: &Path) -> Result<Computed, EngineError> {
        let Some(prepared) = self.prepared else {
            let finding = Finding::new(Code::FormatUnknown, Position::default()).found(&self.intake.flow);
            return Ok(empty(Outcome::Held, finding.expected("a flow of the configuration")));
        };
        // Half of a pair may well come twice with another half: its documents tell whether they are new.
        if prepared.flow.duplicate_content == ContentPolicy::Duplicate
            && self.lines.is_none()
            && !self.linked.is_some_and(Linked::is_release)
            && let Some((earlier, incoming)) = self.same_content()?
        {
            return Ok(duplicate(earlier, incoming));
        }
        if let Some(answered) = self.answers(prepared.flow, path)? {
            return Ok(answered);
        }
        let layout = match self.layout(prepared.flow, path)? {
            Ok(layout) => layout,
            Err(finding) => return Ok(empty(Outcome::Rejected, *finding)),
        };
        self.walk(prepared, &layout, path)
    }

    /// The earlier intake of the same bytes, and what it held.
    fn same_content(&self) -> Result<Option<(i64, Totals)>, EngineError> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let sha256 = self.intake.sha256.as_deref().unwrap_or_default();
        let Some(earlier) = ledger.same_content(&self.intake.flow, sha256)? else { return Ok(None) };
        Ok(Some((earlier, ledger.incoming(earlier)?)))
    }

    /// The flow's layout, or the one that the file's signature names.
    fn layout(&self, flow: &Flow, path: &Path) -> Result<Result<Arc<Layout>, Box<Finding>>, EngineError> {
        use std::io::Read;
        let refuse = |code, found: String| Ok(Err(Box::new(Finding::new(code, Position::default()).found(found))));
        if let Some(name) = &flow.layout {
            return match self.workspace.library.get(name) {
                Ok(layout) => Ok(Ok(layout)),
                Err(_) => refuse(Code::FormatUnknown, name.clone()),
            };
        }
        let mut head = Vec::new();
        let file = at(path, fs::File::open(path))?;
        at(path, file.take(limits::CHUNK_BYTES as u64).read_to_end(&mut head))?;
        let matches = recognise::recognise(&head, &self.workspace.library);
        match recognise::best(&matches) {
            Some(found) => Ok(Ok(Arc::clone(&found.layout))),
            None if matches.is_empty() => refuse(Code::FormatUnknown, String::new()),
            None => refuse(
                Code::LayoutAmbiguous,
                matches.iter().map(|m| m.layout.name.clone()).collect::<Vec<_>>().join(", "),
            ),
        }
    }

    /// Takes the file down the road.
    fn walk(&self, prepared: &Prepared<'_>, layout: &Layout, path: &Path) -> Result<Computed, EngineError> {
        let flow = prepared.flow;
        // The customers that orders need are imported before the orders.
        let of_kind = |kind| (0..prepared.targets.len()).filter(move |at| prepared.targets[*at].kind == kind);
        let takes_customers = layout.kind == Kind::Order && flow.customers.is_some();
        let mut fits: Vec<usize> = of_kind(Kind::Customer).filter(|_| takes_customers).collect();
        fits.extend(of_kind(layout.kind));
        let deltas = layout.kind == Kind::Order && flow.deltas;
        fits.extend(of_kind(Kind::Return).filter(|_| deltas));
        // Outputs are told by their place among the writers, so that none may be missing.
        let writers: Option<Vec<Writer<'_>>> = fits.iter().map(|at| self.writer(prepared, *at)).collect();
        let writers = writers.ok_or_else(|| unwritable(path))?;
        let road = Road {
            layout,
            max_documents: flow::max_documents(&writers),
            writers,
            rules: clean::Rules {
                received: self.intake.received_at.clone(),
                deltas,
                written: match deltas {
                    true => flow::written(of_kind(layout.kind).map(|at| &*prepared.targets[at])),
                    false => None,
                },
                narrow: flow::narrow(fits.iter().map(|at| &*prepared.targets[*at])),
                ..self.rules(flow, layout)
            },
            tables: tables(prepared),
            history: &prepared.history,
            agreement: flow.agreement.as_deref(),
            keep_other: fits.iter().any(|at| prepared.targets[*at].name == layout.name) && layout.hands_back(),
            accept_empty: flow.accept_empty,
            list_documents: true,
            note_largest: flow.history_factor.is_some(),
            threads: self.threads,
        };
        let stage = self.workspace.private("stage");
        let mut outputs: Vec<Writing> = fits
            .iter()
            .zip(&road.writers)
            .map(|(number, writer)| match writer.is_each() {
                true => Writing::Each(Each::new(*number, self.intake.id, &stage)),
                false => Writing::new(&prepared.targets[*number], *number, self.intake.id, &stage),
            })
            .collect();
        let mut known = KnownInLedger {
            ledger: self.ledger,
            earlier: self.earlier,
            here: WithinFile::new(stage.clone()),
            documents: Documents::new(stage.clone()),
            failed: None,
        };
        let reader = at(path, fs::File::open(path))?;
        let mut sink =
            |to: Target, bytes: &[u8]| outputs.get_mut(to.writer).map_or(Ok(()), |output| output.write(to.file, bytes));
        let report = match &self.lines {
            Some(lines) => flow::run_pair(&road, [reader, at(lines, fs::File::open(lines))?], &mut known, &mut sink),
            None => flow::run(&road, reader, &mut known, &mut |_| {}, &mut sink),
        };
        let KnownInLedger { documents, failed, .. } = known;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let mut report = at(path, report)?;
        let standard = Standard::of(&layout.file).unwrap_or(Standard::X12);
        let repeated = self.control_numbers(standard, &mut report)?;
        self.snapshots(&mut report)?;
        let judged = match self.linked {
            Some(linked) if !linked.is_answered_now => Vec::new(),
            _ => self.judged(flow, layout, &report, (&repeated, path))?,
        };
        let wrote = std::mem::take(&mut report.wrote);
        // An export of which nothing changes is not sent back, nor are customers or refunds where there are none.
        let is_optional = |number: usize| {
            prepared.targets[number].kind != layout.kind || self.fills.get(self.intake.id, number).is_some()
        };
        let mut computed = close(report, documents, layout);
        for (at_writer, output) in outputs.into_iter().enumerate() {
            match output {
                Writing::Whole(number, staging) if !wrote.contains(&at_writer) && is_optional(number) => {
                    at(path, staging.discard())?;
                }
                Writing::Whole(number, staging) => computed.outputs.push((Place::Output(number, 0), staging)),
                Writing::Each(each) => computed.outputs.extend(each.files),
                Writing::Sketch(sketch) => computed.drafts.push(sketch),
            }
        }
        // The outputs of a file of which nothing goes out are given up.
        if computed.decision.balance.class(Class::Out).documents == 0 {
            computed.discard()?;
        }
        let filled = fits.iter().filter_map(|number| self.fills.get(self.intake.id, *number));
        filled.for_each(|filling| computed.decision.findings.push(filling.finding()));
        computed.judged = judged;
        Ok(computed)
    }

    /// What must hold; of what is released only the documents that were held, past the guard that held them.
    fn rules(&self, flow: &Flow, layout: &Layout) -> clean::Rules {
        let mut rules = rules(flow, layout);
        if let Some(linked) = self.linked {
            rules.selected.clone_from(&linked.selected);
            rules.policy.splice(0..0, linked.overridden.iter().map(|code| (*code, Effect::Note)));
        }
        rules
    }

    /// The writer of an output. EDI is written as the agreement says, at the moment when deciding was begun.
    fn writer<'p>(&self, prepared: &'p Prepared<'_>, number: usize) -> Option<Writer<'p>> {
        let target = &*prepared.targets[number];
        if let Some(filling) = self.fills.get(self.intake.id, number) {
            return Writer::fill(target, Arc::clone(&filling.export), filling.leaves_out);
        }
        let agreement = prepared.flow.outputs.get(number).and_then(|output| output.agreement.as_deref());
        match (Standard::of(&target.file), agreement) {
            (Some(_), Some(agreement)) => {
                Writer::with(target, &agreement.settings(&target.file, super::exchange::moment(self.intake)))
            }
            _ => Writer::new(target),
        }
    }

    /// Stock that is older than what was applied last must not overwrite it.
    fn snapshots(&self, report: &mut Report) -> Result<(), EngineError> {
        if self.linked.is_some_and(|linked| linked.overridden.contains(&Code::StaleSnapshot)) {
            return Ok(());
        }
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let flow = &self.intake.flow;
        for (location, as_of) in &report.snapshots {
            let known = match self.earlier.snapshots.get(&(flow.clone(), location.clone())) {
                Some(known) => Some(known.clone()),
                None => ledger.snapshot(flow, location)?,
            };
            if let Some(known) = known.filter(|known| clean::is_older(as_of, known)) {
                let finding = Finding::new(Code::StaleSnapshot, Position::default().field("as_of"));
                report
                    .findings
                    .push(finding.found(format!("{as_of} of {location}")).expected(format!("{known} or later")));
            }
        }
        Ok(())
    }

    /// The same interchange control number with other bytes is an alarm; those that were used before.
    pub(super) fn control_numbers(
        &self,
        standard: Standard,
        report: &mut Report,
    ) -> Result<Vec<[String; 3]>, EngineError> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut seen, mut repeated) = (BTreeSet::new(), Vec::new());
        for interchange in &report.interchanges {
            let [sender, receiver, number] = interchange;
            let known = match self.earlier.numbers.get(interchange) {
                Some(intake) => Some(*intake),
                None => ledger.control_number(sender, receiver, number)?,
            };
            // What comes of a file bears its number again.
            let known = known.filter(|intake| !self.linked.is_some_and(|linked| linked.comes_of.contains(intake)));
            let earlier = known.map(|intake| format!("used in intake {intake}"));
            let twice = (!seen.insert((sender, receiver, number))).then(|| "used twice in this file".to_owned());
            if let Some(found) = earlier.or(twice) {
                repeated.push(interchange.clone());
                let at = Position::default().field(standard.control());
                let finding = Finding::new(Code::DuplicateControlNumber, at);
                report.findings.push(finding.found(format!("{number}, {found}")).expected("a number not used before"));
            }
        }
        Ok(repeated)
    }
}

/// Where an output is written.
enum Writing {
    /// To its staged file, and the number of the flow's output.
    Whole(usize, Staging),
    /// Each document to a staged file of its own.
    Each(Each),
    /// To a draft, until its numbers are known.
    Sketch(Sketch),
}

/// Files of one document each.
struct Each {
    output: usize,
    intake: i64,
    stage: PathBuf,
    files: Vec<(Place, Staging)>,
    /// Bytes of complete files that are in memory.
    in_memory: usize,
}

impl Each {
    fn new(output: usize, intake: i64, stage: &Path) -> Self {
        Self { output, intake, stage: stage.to_owned(), files: Vec::new(), in_memory: 0 }
    }

    fn write(&mut self, file: u32, bytes: &[u8]) -> io::Result<()> {
        let place = Place::Output(self.output, file);
        if self.files.last().is_none_or(|(last, _)| *last != place) {
            if let Some((_, complete)) = self.files.last_mut() {
                self.in_memory += complete.in_memory();
                if self.in_memory > limits::EACH_IN_MEMORY {
                    self.in_memory -= complete.in_memory();
                    complete.close()?;
                }
            }
            self.files.push((place, Staging::new(self.stage.join(place.id(self.intake)))));
        }
        self.files.last_mut().map_or(Ok(()), |(_, staging)| staging.write(bytes))
    }
}

impl Writing {
    fn new(target: &Layout, number: usize, intake: i64, stage: &Path) -> Self {
        let id = Place::Output(number, 0).id(intake);
        match Standard::of(&target.file) {
            Some(_) => {
                let draft = Draft::new(Staging::new(stage.join(format!("{id}.draft"))));
                Self::Sketch(Sketch { output: number, draft, sets: 0 })
            }
            None => Self::Whole(number, Staging::new(stage.join(id))),
        }
    }

    fn write(&mut self, file: u32, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Whole(_, staging) => staging.write(bytes),
            Self::Each(each) => each.write(file, bytes),
            Self::Sketch(sketch) => {
                sketch.sets += write::sets(bytes);
                sketch.draft.write(bytes)
            }
        }
    }
}

/// From the report to the decision.
fn close(report: Report, documents: Documents, layout: &Layout) -> Computed {
    let whole = match report.findings.file_effect() {
        Some(Effect::RejectFile) => Some(Class::Rejected),
        Some(Effect::HoldFile) => Some(Class::Held),
        _ => None,
    };
    let decision = Decision {
        outcome: outcome(&report),
        layout: layout.name.clone(),
        duplicate_of: None,
        companion_of: None,
        kind: layout.kind.as_str(),
        documents,
        incoming: report.incoming,
        balance: report.balance,
        passed_over: report.passed_over,
        findings: report.findings,
        largest: grown(report.largest),
        snapshots: report.snapshots.into_iter().collect(),
        control_numbers: report.interchanges,
        group_numbers: report.groups,
        exchanged: Exchanged::default(),
    };
    let mut computed = Computed { decision, outputs: Vec::new(), drafts: Vec::new(), judged: Vec::new() };
    whole.into_iter().for_each(|class| computed.stop(class));
    computed
}

pub(super) fn rules(flow: &Flow, layout: &Layout) -> clean::Rules {
    clean::Rules {
        policy: flow.policy.clone(),
        currencies: flow.currencies.clone(),
        max_quantity: flow.max_quantity,
        max_total: flow.max_total,
        history_factor: flow.history_factor,
        outbound: flow.outbound,
        validate: flow.validate.then(|| flow.guides()),
        ..flow::rules(layout, &flow.name, true)
    }
}

pub(super) fn tables<'p>(prepared: &'p Prepared<'_>) -> Tables<'p> {
    let get = |table| prepared.flow.crosswalks.get(&table).map(Arc::as_ref);
    Tables {
        partner: &prepared.flow.partner,
        sku: get(Table::Sku),
        unit: get(Table::Unit),
        fixed_units: Some(prepared.fixed_units),
        customer: get(Table::Customer),
        location: get(Table::Location),
        carrier: get(Table::Carrier),
        customers: prepared.flow.customers.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_document_each_go_to_the_disk_beyond_a_limit() {
        let stage = tempfile::tempdir().unwrap();
        let mut each = Each::new(0, 7, stage.path());
        let half = vec![b'x'; limits::EACH_IN_MEMORY / 2 - 1];
        for file in 1..=6 {
            each.write(file, &half).unwrap();
            each.write(file, b"y").unwrap();
        }
        let in_memory: usize = each.files.iter().map(|(_, staging)| staging.in_memory()).sum();
        assert!(in_memory <= limits::EACH_IN_MEMORY + half.len() + 1, "{in_memory}");
        let staged = |file: u32| stage.path().join(format!("7-1-{file}")).exists();
        assert_eq!([1, 2, 3, 4, 5, 6].map(staged), [false, false, true, true, true, false]);
        for (_, staging) in each.files {
            assert_eq!(staging.finish().unwrap().size, half.len() as u64 + 1);
        }
    }

    #[test]
    fn a_panic_is_tried_again_and_then_rejects_the_file() {
        let mut tries = 0;
        let computed = attempted(|| {
            tries += 1;
            panic!("a defect that this test makes")
        });
        let decision = computed.unwrap().decision;
        assert_eq!((tries, decision.outcome), (limits::ATTEMPTS, Outcome::Rejected));
        assert_eq!(decision.findings.kept()[0].code, Code::InternalError);
        let mut tries = 0;
        let computed = attempted(|| {
            tries += 1;
            assert!(tries > 1, "a defect of the moment that this test makes");
            Ok(whole(Code::StillWriting))
        });
        assert_eq!(computed.unwrap().decision.outcome, Outcome::Held);
    }
}
