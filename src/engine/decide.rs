//! Decides what owned files become: computes in parallel, then settles duplicates in the order of receipt.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::known::{Earlier, KnownInLedger};
use super::pairs::{self, Role};
use super::{Engine, EngineError, at};
use crate::clean::crosswalk::Table;
use crate::clean::{self, History, Tables};
use crate::document::balance::{Balance, Totals};
use crate::document::{Class, Code, Decimal, Effect, Finding, Findings, Position};
use crate::durable;
use crate::flow::{self, Report, Road};
use crate::intake::names;
use crate::layout::Layout;
use crate::layout::recognise;
use crate::layout::write::Writer;
use crate::ledger::{Decided, Decision, Exchanged, Ledger, OpenIntake, Outcome};
use crate::limits;
use crate::outbox::{self, Finished, Staging};
use crate::spill::{Documents, WithinFile};
use crate::workspace::{ContentPolicy, Flow, Workspace};

/// A file to be decided, with the file of its lines if it is one of a pair.
struct Work {
    intake: OpenIntake,
    lines: Option<OpenIntake>,
}

impl Work {
    /// What tells its content: the bytes of all its files.
    fn content(&self) -> (String, [String; 2]) {
        let sha256 = |intake: &OpenIntake| intake.sha256.clone().unwrap_or_default();
        (self.intake.flow.clone(), [sha256(&self.intake), self.lines.as_ref().map(sha256).unwrap_or_default()])
    }
}

/// A file computed, its outputs not staged yet.
pub(super) struct Computed {
    pub(super) decision: Decision,
    pub(super) outputs: Vec<(usize, Staging)>,
}

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

impl Engine {
    /// Decides every owned file, and commits the decisions with their outputs.
    pub(super) fn decide(&mut self) -> Result<(), EngineError> {
        let open = self.ledger.open_intakes()?;
        let received: Vec<OpenIntake> = open.into_iter().filter(|intake| intake.state == "received").collect();
        let mut owned = self.pair_up(received)?;
        if owned.is_empty() {
            return Ok(());
        }
        let files = owned.iter().flat_map(|work| std::iter::once(&work.intake).chain(&work.lines));
        let ids: Vec<i64> = files.map(|intake| intake.id).collect();
        self.ledger.attempt(&ids)?;
        owned.iter_mut().for_each(|work| work.intake.attempts += 1);
        let computed = self.compute_all(&owned)?;
        self.commit(&owned, computed)
    }

    /// Puts files that belong together together; one whose other half has not come waits, and is told.
    fn pair_up(&mut self, received: Vec<OpenIntake>) -> Result<Vec<Work>, EngineError> {
        let mut layouts: HashMap<String, Option<Arc<Layout>>> = HashMap::new();
        let mut files = Vec::with_capacity(received.len());
        for intake in received {
            let layout = layouts.entry(intake.flow.clone()).or_insert_with(|| {
                self.workspace.flow(&intake.flow).and_then(|flow| pairs::joined(flow, &self.workspace.library))
            });
            let blob = self.workspace.private("blob").join(intake.sha256.as_deref().unwrap_or_default());
            let role = match layout {
                Some(layout) if !self.unsettled.contains(&intake.id) => at(&blob, pairs::role(layout, &blob))?,
                _ => Role::Alone,
            };
            files.push((intake.flow.clone(), role, intake));
        }
        let (whole, waiting) = pairs::pair(files);
        self.done.unpaired = waiting.len() as u64;
        for intake in &waiting {
            self.notice(&intake.flow, &intake.name, Code::CompanionMissing)?;
        }
        Ok(whole.into_iter().map(|(intake, lines)| Work { intake, lines }).collect())
    }

    fn compute_all(&mut self, owned: &[Work]) -> Result<Vec<Computed>, EngineError> {
        let fixed_units = clean::fixed_units();
        let mut prepared = HashMap::new();
        for Work { intake, .. } in owned {
            if let Some(flow) = self.workspace.flow(&intake.flow)
                && !prepared.contains_key(&intake.flow)
            {
                prepared.insert(intake.flow.clone(), prepare(&self.workspace, &self.ledger, flow, &fixed_units)?);
            }
        }
        let threads = if owned.len() == 1 { self.pool.current_num_threads() } else { 1 };
        let (workspace, unsettled) = (&self.workspace, &self.unsettled);
        let ledger = Mutex::new(&mut self.ledger);
        let none = Earlier::default();
        let compute = |work: &Work, earlier: &Earlier| {
            let Work { intake, lines } = work;
            let (prepared, ledger, lines) = (prepared.get(&intake.flow), &ledger, lines.as_ref());
            let lines = lines.map(|lines| workspace.private("blob").join(lines.sha256.as_deref().unwrap_or_default()));
            let job = Job { workspace, intake, lines, prepared, ledger, earlier, threads };
            if unsettled.contains(&intake.id) { Ok(whole(Code::StillWriting)) } else { job.compute() }
        };
        let first: Vec<Result<Computed, EngineError>> =
            self.pool.install(|| owned.par_iter().map(|work| compute(work, &none)).collect());
        settle(&workspace.private("stage"), owned, first, compute)
    }

    /// Stages the outputs together, then commits all decisions at once.
    fn commit(&mut self, owned: &[Work], computed: Vec<Computed>) -> Result<(), EngineError> {
        let stage = self.workspace.private("stage");
        let (mut files, mut decided) = (Vec::new(), Vec::new());
        for (Work { intake, lines }, computed) in owned.iter().zip(computed) {
            if let Some(lines) = lines {
                let decision = companion(intake.id, &computed.decision);
                decided.push(Decided { intake: lines.id, flow: intake.flow.clone(), decision, outputs: Vec::new() });
            }
            let mut rows = Vec::new();
            for (number, staging) in computed.outputs {
                let mut finished = at(&stage, staging.finish())?;
                rows.push(self.output_row(intake, number, &finished)?);
                if let Some(bytes) = finished.bytes.take() {
                    files.push((finished.path, bytes));
                }
            }
            decided.push(Decided {
                intake: intake.id,
                flow: intake.flow.clone(),
                decision: computed.decision,
                outputs: rows,
            });
        }
        at(&stage, durable::write_all(&self.pool, &files))?;
        at(&stage, durable::sync_folder(&stage))?;
        self.ledger.decide(&decided)?;
        Ok(())
    }

    fn output_row(
        &self,
        intake: &OpenIntake,
        number: usize,
        finished: &Finished,
    ) -> Result<crate::ledger::NewOutput, EngineError> {
        let output = self.workspace.flow(&intake.flow).and_then(|flow| flow.outputs.get(number));
        let (target, layout) = output.map_or(("", ""), |(target, layout)| (target.as_str(), layout.as_str()));
        let folder = self.workspace.targets.get(target).map(|path| self.workspace.relative(path).display().to_string());
        let extension =
            self.workspace.library.get(layout).map_or_else(|_| "out".to_owned(), |layout| layout.extension.clone());
        let day: String = intake.received_at.chars().filter(char::is_ascii_digit).take(8).collect();
        let name = format!("{}-{day}-{:06}-{}.{extension}", intake.flow, intake.id, number + 1);
        let id = format!("{}-{}", intake.id, number + 1);
        Ok(outbox::row(id, target, folder.as_deref().unwrap_or("out"), name, finished))
    }
}

/// What becomes of the file with the lines: it ends as the file with the headers does, which counts everything.
fn companion(headers: i64, decision: &Decision) -> Decision {
    let finding = Finding::new(Code::Companion, Position::default()).found(format!("lines of intake {headers}"));
    let mut lines = empty(decision.outcome, finding).decision;
    lines.layout.clone_from(&decision.layout);
    lines.companion_of = Some(headers);
    lines
}

pub(super) fn prepare<'w>(
    workspace: &'w Workspace,
    ledger: &Ledger,
    flow: &'w Flow,
    fixed_units: &'w clean::crosswalk::Crosswalk,
) -> Result<Prepared<'w>, EngineError> {
    let history = if flow.history_factor.is_some() { ledger.history(&flow.name)? } else { HashMap::new() };
    // The workspace was checked: its layouts load.
    let targets = flow.outputs.iter().filter_map(|(_, layout)| workspace.library.get(layout).ok()).collect();
    Ok(Prepared { flow, history: Largest(history), fixed_units, targets })
}

/// Goes over the computed files in the order of receipt: the same bytes, documents or control numbers as an earlier file
/// of the group, or stock older than its, make a file be computed again with that knowledge.
fn settle(
    stage: &Path,
    owned: &[Work],
    first: Vec<Result<Computed, EngineError>>,
    compute: impl Fn(&Work, &Earlier) -> Result<Computed, EngineError>,
) -> Result<Vec<Computed>, EngineError> {
    let (mut seen, mut contents) = (Earlier::default(), HashMap::new());
    let mut settled = Vec::with_capacity(first.len());
    for (work, computed) in owned.iter().zip(first) {
        let mut computed = computed?;
        let content = work.content();
        let earlier = contents.get(&content).filter(|_| computed.decision.duplicate_of.is_none());
        if let Some(earlier) = earlier {
            let incoming = computed.decision.incoming;
            discard(computed)?;
            computed = duplicate(*earlier, incoming);
        } else if at(stage, seen.meets(&work.intake.flow, &computed))? {
            discard(computed)?;
            computed = compute(work, &seen)?;
        }
        if !matches!(computed.decision.outcome, Outcome::Rejected | Outcome::Duplicate) {
            contents.entry(content).or_insert(work.intake.id);
        }
        if settled.len() + 1 < owned.len() {
            at(stage, seen.add(&work.intake, &computed))?;
        }
        settled.push(computed);
    }
    Ok(settled)
}

fn discard(computed: Computed) -> Result<(), EngineError> {
    for (_, staging) in computed.outputs {
        at(Path::new("stage"), staging.discard())?;
    }
    Ok(())
}

/// The same bytes as an earlier file: what they hold is counted as duplicate.
fn duplicate(earlier: i64, incoming: Totals) -> Computed {
    let finding =
        Finding::new(Code::DuplicateContent, Position::default()).found(format!("the bytes of intake {earlier}"));
    let mut computed = empty(Outcome::Duplicate, finding);
    computed.decision.duplicate_of = Some(earlier);
    computed.decision.incoming = incoming;
    computed.decision.balance.add_to(Class::Duplicate, &incoming);
    computed
}

/// A decision without documents.
pub(super) fn empty(outcome: Outcome, finding: Finding) -> Computed {
    let mut findings = Findings::default();
    findings.push(finding);
    let decision = Decision {
        outcome,
        layout: String::new(),
        duplicate_of: None,
        companion_of: None,
        documents: Documents::default(),
        kind: "order",
        incoming: Totals::default(),
        balance: Balance::default(),
        passed_over: 0,
        findings,
        largest: Vec::new(),
        snapshots: Vec::new(),
        control_numbers: Vec::new(),
        exchanged: Exchanged::default(),
    };
    Computed { decision, outputs: Vec::new() }
}

/// A decision about the whole file by one code.
pub(super) fn whole(code: Code) -> Computed {
    let outcome = if code.effect() == Effect::HoldFile { Outcome::Held } else { Outcome::Rejected };
    empty(outcome, Finding::new(code, Position::default()))
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
    pub(super) threads: usize,
}

impl Job<'_, '_> {
    /// Computes a file from its blob.
    fn compute(&self) -> Result<Computed, EngineError> {
        let blob = self.workspace.private("blob").join(self.intake.sha256.as_deref().unwrap_or_default());
        // The program went down with every attempt, so that it could not even tell.
        if self.intake.attempts > limits::ATTEMPTS {
            return Ok(whole(Code::Poison));
        }
        attempted(|| self.compute_from(&blob))
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
        let file = at(path, File::open(path))?;
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
        let fits: Vec<usize> =
            (0..prepared.targets.len()).filter(|at| prepared.targets[*at].kind == layout.kind).collect();
        let road = Road {
            layout,
            writers: fits.iter().filter_map(|at| Writer::new(&prepared.targets[*at])).collect(),
            rules: clean::Rules {
                received: self.intake.received_at.clone(),
                narrow: flow::narrow(fits.iter().map(|at| &*prepared.targets[*at])),
                ..rules(flow, layout)
            },
            tables: tables(prepared),
            history: &prepared.history,
            agreement: flow.agreement.as_deref(),
            keep_other: false,
            accept_empty: flow.accept_empty,
            list_documents: true,
            note_largest: flow.history_factor.is_some(),
            max_documents: limits::FILE_DOCUMENTS,
            threads: self.threads,
        };
        let stage = self.workspace.private("stage");
        let staged = |number: usize| stage.join(format!("{}-{}", self.intake.id, number + 1));
        let mut outputs: Vec<Staging> = fits.iter().map(|number| Staging::new(staged(*number))).collect();
        let mut known = KnownInLedger {
            ledger: self.ledger,
            earlier: &self.earlier.documents,
            here: WithinFile::new(stage.clone()),
            documents: Documents::new(stage.clone()),
            failed: None,
        };
        let reader = at(path, File::open(path))?;
        let mut sink =
            |number: usize, bytes: &[u8]| outputs.get_mut(number).map_or(Ok(()), |output| output.write(bytes));
        let report = match &self.lines {
            Some(lines) => flow::run_pair(&road, [reader, at(lines, File::open(lines))?], &mut known, &mut sink),
            None => flow::run(&road, reader, &mut known, &mut |_| {}, &mut sink),
        };
        let KnownInLedger { documents, failed, .. } = known;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let mut report = at(path, report)?;
        self.control_numbers(&mut report)?;
        self.snapshots(&mut report)?;
        self.close(report, documents, layout, fits.into_iter().zip(outputs).collect())
    }

    /// Stock that is older than what was applied last must not overwrite it.
    fn snapshots(&self, report: &mut Report) -> Result<(), EngineError> {
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

    /// The same interchange control number with other bytes is an alarm.
    pub(super) fn control_numbers(&self, report: &mut Report) -> Result<(), EngineError> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = BTreeSet::new();
        for interchange in &report.interchanges {
            let [sender, receiver, number] = interchange;
            let known = match self.earlier.numbers.get(interchange) {
                Some(intake) => Some(*intake),
                None => ledger.control_number(sender, receiver, number)?,
            };
            let earlier = known.map(|intake| format!("used in intake {intake}"));
            let twice = (!seen.insert((sender, receiver, number))).then(|| "used twice in this file".to_owned());
            if let Some(found) = earlier.or(twice) {
                let finding = Finding::new(Code::DuplicateControlNumber, Position::default().field("ISA13"));
                report.findings.push(finding.found(format!("{number}, {found}")).expected("a number not used before"));
            }
        }
        Ok(())
    }

    /// From the report to the decision: the outputs of a file that is stopped as a whole are given up.
    fn close(
        &self,
        mut report: Report,
        mut documents: Documents,
        layout: &Layout,
        outputs: Vec<(usize, Staging)>,
    ) -> Result<Computed, EngineError> {
        let outcome = outcome(&report);
        let whole = match report.findings.file_effect() {
            Some(Effect::RejectFile) => Some(Class::Rejected),
            Some(Effect::HoldFile) => Some(Class::Held),
            _ => None,
        };
        if let Some(class) = whole {
            let mut balance = Balance::default();
            balance.add_to(class, &report.incoming);
            report.balance = balance;
            documents.set_class(class);
            report.largest.clear();
            report.snapshots.clear();
            report.interchanges.clear();
        }
        let nothing = report.balance.class(Class::Out).documents == 0;
        let mut kept = Vec::new();
        for (number, staging) in outputs {
            if nothing { at(Path::new("stage"), staging.discard())? } else { kept.push((number, staging)) }
        }
        let decision = Decision {
            outcome,
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
            exchanged: Exchanged::default(),
        };
        Ok(Computed { decision, outputs: kept })
    }
}

fn grown(largest: HashMap<String, i128>) -> Vec<(String, i128)> {
    let mut sorted: Vec<_> = largest.into_iter().collect();
    sorted.sort();
    sorted
}

fn outcome(report: &Report) -> Outcome {
    match report.findings.file_effect() {
        Some(Effect::RejectFile) => return Outcome::Rejected,
        Some(Effect::HoldFile) => return Outcome::Held,
        _ => {}
    }
    let count = |class| report.balance.class(class).documents;
    let total = report.incoming.documents;
    let all = |class| total > 0 && count(class) == total;
    if all(Class::Rejected) {
        Outcome::Rejected
    } else if all(Class::Held) {
        Outcome::Held
    } else if all(Class::Duplicate) {
        Outcome::Duplicate
    } else if report.balance.has_stopped() {
        Outcome::Partial
    } else {
        Outcome::Accepted
    }
}

fn rules(flow: &Flow, layout: &Layout) -> clean::Rules {
    clean::Rules {
        policy: flow.policy.clone(),
        currencies: flow.currencies.clone(),
        max_quantity: flow.max_quantity,
        max_total: flow.max_total,
        history_factor: flow.history_factor,
        validate: flow.validate,
        ..flow::rules(layout, &flow.name, true)
    }
}

fn tables<'p>(prepared: &'p Prepared<'_>) -> Tables<'p> {
    let get = |table| prepared.flow.crosswalks.get(&table).map(Arc::as_ref);
    Tables {
        partner: &prepared.flow.partner,
        sku: get(Table::Sku),
        unit: get(Table::Unit),
        fixed_units: Some(prepared.fixed_units),
        customer: get(Table::Customer),
        location: get(Table::Location),
        carrier: get(Table::Carrier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
