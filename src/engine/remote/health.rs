//! How the servers are, kept in the ledger: for `status`, and so that the next run does not ask too soon.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::EngineError;
use crate::document::Code;
use crate::endpoint::Fault;
use crate::ledger::{EndpointRow, Ledger};
use crate::limits;
use crate::transfer::{Breaker, Hub};
use crate::workspace::Workspace;

/// What is known of each server.
pub(super) struct Healths {
    rows: BTreeMap<String, EndpointRow>,
    /// Servers of which the ledger does not know the latest.
    changed: BTreeSet<String>,
    kept: Instant,
}

impl Healths {
    /// Reads what earlier runs knew: a server that refused is not asked again before its time, unless the configuration
    /// has changed since.
    pub(super) fn new<'n>(
        workspace: &Workspace,
        ledger: &Ledger,
        hub: &Hub,
        names: impl Iterator<Item = &'n String>,
    ) -> Result<Self, EngineError> {
        let mut rows = BTreeMap::new();
        for name in names {
            let known = ledger.endpoint(name)?;
            if let Some(row) = &known
                && row.state == "open"
                && row.config == version(workspace, name)
                && is_lasting(&row.code)
                && let Some(wait) = row.next_try.as_deref().and_then(left)
            {
                hub.leave_alone(name, Breaker::waiting(Instant::now() + wait, row.failures, true));
            }
            let new = EndpointRow { name: name.clone(), state: "up".into(), ..EndpointRow::default() };
            rows.insert(name.clone(), known.unwrap_or(new));
        }
        Ok(Self { rows, changed: BTreeSet::new(), kept: Instant::now() })
    }

    /// A server answered.
    pub(super) fn answered(&mut self, name: &str) {
        if let Some(row) = self.rows.get_mut(name) {
            row.succeeded_at = Some(super::super::now());
            row.code.clear();
            self.changed.insert(name.to_owned());
        }
    }

    /// A server failed.
    pub(super) fn failed(&mut self, name: &str, code: Code) {
        if let Some(row) = self.rows.get_mut(name) {
            row.failed_at = Some(super::super::now());
            code.as_str().clone_into(&mut row.code);
            self.changed.insert(name.to_owned());
        }
    }

    /// Writes down what changed, now and then or at once.
    pub(super) fn keep(
        &mut self,
        workspace: &Workspace,
        ledger: &mut Ledger,
        hub: &Hub,
        at_once: bool,
    ) -> Result<(), EngineError> {
        if self.changed.is_empty() || !(at_once || self.kept.elapsed() >= limits::HEALTH_EVERY) {
            return Ok(());
        }
        for name in std::mem::take(&mut self.changed) {
            let (Some(row), Some(health)) = (self.rows.get_mut(&name), hub.health(&name)) else { continue };
            health.word.clone_into(&mut row.state);
            row.failures = health.failures;
            row.next_try = health.next_try.map(moment);
            row.config = version(workspace, &name);
            ledger.set_endpoint(row)?;
        }
        self.kept = Instant::now();
        Ok(())
    }

    /// Servers that failed last.
    pub(super) fn troubles(&self) -> Vec<(String, Code)> {
        let code = |row: &EndpointRow| Code::ALL.iter().copied().find(|code| code.as_str() == row.code);
        self.rows.values().filter_map(|row| Some((row.name.clone(), code(row)?))).collect()
    }
}

/// What a refusal depends on: the configuration, and the keys that are pinned beside it.
fn version(workspace: &Workspace, name: &str) -> String {
    let pins = workspace.endpoints.get(name).map(|server| format!("{:?}", server.host_keys));
    format!("{} {}", workspace.version, pins.unwrap_or_default())
}

/// Whether it was a refusal, of which too many lock a user out.
fn is_lasting(code: &str) -> bool {
    let code = Code::ALL.iter().copied().find(|known| known.as_str() == code);
    code.is_some_and(|code| Fault::new(code, "").is_lasting())
}

/// The moment of an instant to come.
fn moment(at: Instant) -> String {
    let wait = at.saturating_duration_since(Instant::now());
    let moment = jiff::Timestamp::now().checked_add(wait).and_then(|at| at.round(jiff::Unit::Second));
    moment.unwrap_or_default().to_string()
}

/// How long it is until a moment; none when it is past, or so far away that a clock must have jumped.
fn left(moment: &str) -> Option<Duration> {
    let until: jiff::Timestamp = moment.parse().ok()?;
    let wait = Duration::try_from(until.duration_since(jiff::Timestamp::now())).ok()?;
    (wait <= Duration::from_secs(7_200)).then_some(wait)
}
