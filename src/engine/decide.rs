//! Decides what owned files become: computes in parallel, then settles duplicates in the order of receipt.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::decision::{Computed, Place, companion, duplicate, whole};
use super::exchange::Sealing;
use super::fill::Fills;
use super::job::{Job, prepare};
use super::known::Earlier;
use super::linked::Linked;
use super::pairs::{self, Role};
use super::{Engine, EngineError, at};
use crate::agreement::Standard;
use crate::clean;
use crate::document::Code;
use crate::durable;
use crate::layout::Layout;
use crate::ledger::{Decided, NewOutput, OpenIntake, Outcome};
use crate::outbox::{self, Finished};
use crate::workspace::Workspace;

/// A file to be decided, with the file of its lines if it is one of a pair.
struct Work {
    intake: OpenIntake,
    lines: Option<OpenIntake>,
    linked: Option<Linked>,
}

impl Work {
    /// What tells its content: the bytes of all its files. What is released has the bytes of the file that was held.
    fn content(&self) -> Option<(String, [String; 2])> {
        if self.linked.as_ref().is_some_and(Linked::is_release) {
            return None;
        }
        let sha256 = |intake: &OpenIntake| intake.sha256.clone().unwrap_or_default();
        Some((self.intake.flow.clone(), [sha256(&self.intake), self.lines.as_ref().map(sha256).unwrap_or_default()]))
    }
}

impl Engine {
    /// Decides every owned file, and commits the decisions with their outputs.
    pub(super) fn decide(&mut self) -> Result<(), EngineError> {
        let open = self.ledger.open_intakes()?;
        let received: Vec<OpenIntake> = open.into_iter().filter(|intake| intake.state == "received").collect();
        let (mut owned, mut fills) = (Vec::new(), Fills::default());
        self.done.unfilled = 0;
        for work in self.pair_up(received)? {
            if self.exports(&work.intake, &mut fills)? {
                owned.push(work);
            }
        }
        if owned.is_empty() {
            return Ok(());
        }
        let files = owned.iter().flat_map(|work| std::iter::once(&work.intake).chain(&work.lines));
        let ids: Vec<i64> = files.map(|intake| intake.id).collect();
        let now = super::now();
        self.ledger.attempt(&ids, &now)?;
        for work in &mut owned {
            work.intake.attempts += 1;
            work.intake.begun_at.get_or_insert_with(|| now.clone());
        }
        let mut computed = self.compute_all(&owned, &fills)?;
        let mut sealing = Sealing::default();
        for (work, computed) in owned.iter().zip(&mut computed) {
            sealing.seal((&self.workspace, &self.ledger), &work.intake, computed)?;
        }
        self.commit(&owned, computed)?;
        self.sweep_exports()
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
                // What is released is read with the lines that it had.
                Some(layout) if !self.unsettled.contains(&intake.id) && !intake.is_linked => {
                    at(&blob, pairs::role(layout, &blob))?
                }
                _ => Role::Alone,
            };
            files.push((intake.flow.clone(), role, intake));
        }
        let (whole, waiting) = pairs::pair(files);
        self.done.unpaired = waiting.len() as u64;
        for intake in &waiting {
            self.notice(&intake.flow, &intake.name, Code::CompanionMissing)?;
        }
        let mut works = Vec::with_capacity(whole.len());
        for (intake, lines) in whole {
            let linked = Linked::read(&self.workspace, &self.ledger, &intake)?;
            works.push(Work { intake, lines, linked });
        }
        Ok(works)
    }

    fn compute_all(&mut self, owned: &[Work], fills: &Fills) -> Result<Vec<Computed>, EngineError> {
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
            let Work { intake, lines, linked } = work;
            let (prepared, ledger, linked) = (prepared.get(&intake.flow), &ledger, linked.as_ref());
            let lines = match lines {
                Some(lines) => lines.sha256.as_deref(),
                None => linked.and_then(|linked| linked.lines.as_deref()),
            };
            let lines = lines.map(|sha256| workspace.private("blob").join(sha256));
            let job = Job { workspace, intake, lines, prepared, ledger, earlier, linked, fills, threads };
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
        for (Work { intake, lines, .. }, computed) in owned.iter().zip(computed) {
            if let Some(lines) = lines {
                let decision = companion(intake.id, &computed.decision);
                decided.push(Decided { intake: lines.id, flow: intake.flow.clone(), decision, outputs: Vec::new() });
            }
            let mut rows = Vec::new();
            for (place, staging) in computed.outputs {
                let mut finished = at(&stage, staging.finish())?;
                rows.push(output_row(&self.workspace, intake, place, &finished));
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
}

/// The row of an output, by which it is published.
fn output_row(workspace: &Workspace, intake: &OpenIntake, place: Place, finished: &Finished) -> NewOutput {
    let flow = workspace.flow(&intake.flow);
    let (target, extension) = match place {
        Place::Output(number, _) => {
            let output = flow.and_then(|flow| flow.outputs.get(number));
            let layout = output.and_then(|output| workspace.library.get(&output.layout).ok());
            let extension = layout.map_or_else(|| "out".to_owned(), |layout| layout.extension.clone());
            (output.map_or("", |output| output.target.as_str()), extension)
        }
        Place::Answer => {
            let agreement = flow.and_then(|flow| flow.agreement.as_deref());
            let is_edifact = agreement.is_some_and(|agreement| agreement.standard() == Standard::Edifact);
            let extension = if is_edifact { "edi" } else { "x12" };
            (agreement.map_or("", |agreement| agreement.answer_target.as_str()), extension.to_owned())
        }
    };
    let folder = workspace.targets.get(target).map(|path| workspace.relative(path).display().to_string());
    let day: String = intake.received_at.chars().filter(char::is_ascii_digit).take(8).collect();
    let name = format!("{}-{day}-{:06}-{place}.{extension}", intake.flow, intake.id);
    let destination = workspace.destinations.get(target).map(|at| [at.endpoint.clone(), at.folder.clone()]);
    let row = outbox::row(place.id(intake.id), target, folder.as_deref().unwrap_or("out"), name, finished);
    NewOutput { destination, ..row }
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
        let earlier = content
            .as_ref()
            .and_then(|content| contents.get(content))
            .filter(|_| computed.decision.duplicate_of.is_none());
        if let Some(earlier) = earlier {
            let incoming = computed.decision.incoming;
            computed.discard()?;
            computed = duplicate(*earlier, incoming);
        } else if at(stage, seen.meets(&work.intake.flow, &computed))? {
            computed.discard()?;
            computed = compute(work, &seen)?;
        }
        let counts = !matches!(computed.decision.outcome, Outcome::Rejected | Outcome::Duplicate);
        if let Some(content) = content.filter(|_| counts) {
            contents.entry(content).or_insert(work.intake.id);
        }
        if settled.len() + 1 < owned.len() {
            at(stage, seen.add(&work.intake, &computed))?;
        }
        settled.push(computed);
    }
    Ok(settled)
}
