//! What a run would do, without taking anything: the same computing, its outputs measured and removed.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::decision::{Computed, Place, whole};
use super::exchange::Sealing;
use super::fill::{self, Fills};
use super::job::{Job, prepare};
use super::known::Earlier;
use super::pairs::{self, Role};
use super::{Engine, EngineError, at};
use crate::clean;
use crate::document::{Code, Effect};
use crate::durable;
use crate::intake::names;
use crate::intake::scan::{Waiting, is_permitted, scan};
use crate::ledger::{Decision, OpenIntake};
use crate::outbox;
use crate::workspace::Flow;

/// What a file would become, for a dry run.
#[derive(Debug)]
pub struct Preview {
    /// Its flow.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// What would be decided.
    pub decision: Decision,
    /// Targets and bytes that would be written.
    pub outputs: Vec<(String, u64)>,
}

impl Engine {
    /// What a run would do, without taking anything.
    ///
    /// # Errors
    /// When the machine fails.
    pub fn preview(&mut self) -> Result<Vec<Preview>, EngineError> {
        let mut previews = Vec::new();
        // Numbers are only looked at: what is not committed is not taken.
        let (fixed_units, mut sealing) = (clean::fixed_units(), Sealing::default());
        for flow in &self.workspace.flows {
            let prepared = prepare(&self.workspace, &self.ledger, flow, &fixed_units)?;
            let mut files = Vec::new();
            let layout = pairs::joined(flow, &self.workspace.library);
            let (waiting, left) = waiting(flow)?;
            previews.extend(left);
            for waiting in waiting {
                let role = layout.as_ref().map_or(Ok(Role::Alone), |layout| pairs::role(layout, &waiting.path));
                files.push((String::new(), at(&waiting.path, role)?, waiting));
            }
            let (halves, _) = pairs::pair(files);
            let exports = fill::look(&self.workspace, flow, fill::now())?;
            for (waiting, lines) in halves {
                let fills = match &exports {
                    Ok(found) => Fills::of_look(found, &self.ledger)?,
                    Err(code) => {
                        previews.push(unread(flow, &waiting.name, *code));
                        continue;
                    }
                };
                let intake = unclaimed(flow, &waiting, at(&waiting.path, outbox::sha256(&waiting.path))?);
                let ledger = Mutex::new(&mut self.ledger);
                let job = Job {
                    workspace: &self.workspace,
                    intake: &intake,
                    lines: lines.map(|lines| lines.path),
                    prepared: Some(&prepared),
                    ledger: &ledger,
                    earlier: &Earlier::default(),
                    linked: None,
                    fills: &fills,
                    threads: 1,
                };
                let mut computed = job.compute_from(&waiting.path)?;
                sealing.seal((&self.workspace, &self.ledger), &intake, &mut computed)?;
                previews.push(previewed(flow, intake, computed)?);
            }
        }
        Ok(previews)
    }
}

/// A file that is left as it is.
fn unread(flow: &Flow, name: &OsStr, code: Code) -> Preview {
    let (flow, name) = (flow.name.clone(), names::printable(name));
    Preview { flow, name, decision: whole(code).decision, outputs: Vec::new() }
}

/// The files of a flow that would be taken, and what would be decided about what cannot be.
fn waiting(flow: &Flow) -> Result<(Vec<Waiting>, Vec<Preview>), EngineError> {
    let left = |name: &OsStr, code: Code| unread(flow, name, code);
    // What a server has is not asked for.
    if flow.source.is_some() {
        return Ok((Vec::new(), Vec::new()));
    }
    let seen = match scan(flow) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Ok((Vec::new(), vec![left(flow.folder.as_os_str(), Code::NoPermission)]));
        }
        seen => at(&flow.folder, seen)?,
    };
    let stops = |code: &Code| matches!(code.effect(), Effect::HoldFile | Effect::RejectFile);
    let mut stopped: Vec<Preview> =
        seen.notices.iter().filter(|(_, code)| stops(code)).map(|(name, code)| left(name, *code)).collect();
    let (waiting, denied): (Vec<_>, Vec<_>) = seen.files.into_iter().partition(is_permitted);
    stopped.extend(denied.iter().map(|file| left(&file.name, Code::NoPermission)));
    Ok((waiting, stopped))
}

/// A file that waits, as if it had been taken.
fn unclaimed(flow: &Flow, waiting: &Waiting, sha256: String) -> OpenIntake {
    OpenIntake {
        id: 0,
        flow: flow.name.clone(),
        name: names::printable(&waiting.name),
        folder: String::new(),
        file: waiting.look.file,
        state: String::new(),
        outcome: None,
        sha256: Some(sha256),
        size: waiting.look.size,
        attempts: 1,
        received_at: super::now(),
        begun_at: None,
        is_linked: false,
    }
}

/// What a file would become; its outputs are measured and removed.
fn previewed(flow: &Flow, intake: OpenIntake, computed: Computed) -> Result<Preview, EngineError> {
    let mut outputs = Vec::new();
    for (place, staging) in computed.outputs {
        let finished = at(Path::new("stage"), staging.finish())?;
        at(&finished.path, durable::remove(&finished.path))?;
        let target = match place {
            Place::Output(number, _) => flow.outputs.get(number).map(|output| output.target.clone()),
            Place::Answer => flow.agreement.as_ref().map(|agreement| agreement.answer_target.clone()),
        };
        let target = target.unwrap_or_default();
        outputs.push((target, finished.size));
    }
    Ok(Preview { flow: intake.flow, name: intake.name, decision: computed.decision, outputs })
}
