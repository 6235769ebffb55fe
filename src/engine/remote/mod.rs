//! What the cycle has to do with servers: it orders, and commits what came of it. The threads that talk to them know
//! neither flows nor the ledger, and never keep the cycle waiting.

mod deliver;
mod fetch;
mod health;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Engine, EngineError, at};
use crate::document::Code;
use crate::durable;
use crate::endpoint;
use crate::ledger::Ledger;
use crate::limits;
use crate::transfer::{Hub, Outcome};
use crate::workspace::Workspace;

use deliver::Sending;
use fetch::Fetching;
use health::Healths;

/// Cuts files into orders: so many of them, and so many bytes, are asked for at once.
fn orders<F>(files: Vec<F>, size: fn(&F) -> u64) -> Vec<Vec<F>> {
    let (mut orders, mut order, mut bytes) = (Vec::new(), Vec::new(), 0);
    for file in files {
        bytes += size(&file);
        order.push(file);
        if order.len() >= limits::ORDER_FILES || bytes >= limits::ORDER_BYTES {
            orders.push(std::mem::take(&mut order));
            bytes = 0;
        }
    }
    if !order.is_empty() {
        orders.push(order);
    }
    orders
}

/// Everything under way from and to servers.
pub(super) struct Remote {
    hub: Hub,
    flows: BTreeMap<String, Fetching>,
    sending: BTreeMap<String, Sending>,
    health: Healths,
    /// What is to be told, by flow and name.
    notices: Vec<(String, String, Code)>,
}

/// Whether there is work for servers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Busy {
    /// Something is under way, or could be at once.
    pub(super) working: bool,
    /// Files wait to settle.
    pub(super) settling: u64,
}

impl Remote {
    /// None where no flow or target uses a server.
    pub(super) fn new(workspace: &Workspace, ledger: &mut Ledger) -> Result<Option<Self>, EngineError> {
        let sources = workspace.flows.iter().filter_map(|flow| Some((flow.name.clone(), flow.source.as_ref()?)));
        let mut flows = BTreeMap::new();
        for (name, _) in sources {
            flows.insert(name, Fetching::default());
        }
        let mut used = workspace.endpoints.clone();
        let is_used = |name: &str| {
            let fetched = workspace.flows.iter().filter_map(|flow| flow.source.as_ref());
            fetched.map(|source| &source.at).chain(workspace.destinations.values()).any(|at| at.endpoint == name)
        };
        used.retain(|name, _| is_used(name));
        if used.is_empty() {
            return Ok(None);
        }
        at(&workspace.root, endpoint::check_library().map_err(std::io::Error::other))?;
        ledger.retry_held()?;
        let hub = Hub::new(&used);
        let health = Healths::new(workspace, ledger, &hub, used.keys())?;
        let sending = used.keys().map(|name| (name.clone(), Sending::default())).collect();
        Ok(Some(Self { hub, flows, sending, health, notices: Vec::new() }))
    }

    /// Commits what came back, and orders what there is to do. Whether something came back.
    fn step(&mut self, workspace: &Workspace, ledger: &mut Ledger, wait: Duration) -> Result<bool, EngineError> {
        let mut wait = wait;
        let mut moved = false;
        while let Some((endpoint, outcome)) = self.hub.next(wait) {
            wait = Duration::ZERO;
            moved = true;
            self.take(workspace, ledger, &endpoint, outcome)?;
        }
        for flow in &workspace.flows {
            if let (Some(source), Some(fetching)) = (&flow.source, self.flows.get_mut(&flow.name)) {
                fetching.order((flow, source), ledger, &mut self.hub, &mut self.notices)?;
            }
        }
        for (endpoint, sending) in &mut self.sending {
            sending.order(endpoint, workspace, ledger, &mut self.hub)?;
        }
        self.health.keep(workspace, ledger, &self.hub, false)?;
        Ok(moved)
    }

    fn take(
        &mut self,
        workspace: &Workspace,
        ledger: &mut Ledger,
        endpoint: &str,
        outcome: Outcome,
    ) -> Result<(), EngineError> {
        let notices = &mut self.notices;
        match outcome {
            Outcome::Listed { flow, listing } => {
                self.health.answered(endpoint);
                if let (Some(flow), Some(fetching)) = (workspace.flow(&flow), self.flows.get_mut(&flow)) {
                    fetching.listed(flow, listing, ledger, notices)?;
                }
            }
            Outcome::Fetched(files) => {
                self.health.answered(endpoint);
                fetch::fetched(&mut self.flows, files, ledger, notices)?;
            }
            Outcome::Cleared(files) => {
                self.health.answered(endpoint);
                fetch::cleared(&mut self.flows, files, ledger, notices)?;
            }
            Outcome::Uploaded(files) => {
                self.health.answered(endpoint);
                if let Some(sending) = self.sending.get_mut(endpoint) {
                    sending.uploaded(files, ledger, notices)?;
                }
            }
            Outcome::Renamed(files) => {
                self.health.answered(endpoint);
                if let Some(sending) = self.sending.get_mut(endpoint) {
                    sending.renamed(files, workspace, ledger, notices)?;
                }
            }
            Outcome::Trouble(fault) => {
                tracing::warn!(
                    endpoint,
                    code = fault.code.as_str(),
                    detail = fault.detail,
                    "The server cannot be used."
                );
                let is_open = self.hub.health(endpoint).is_some_and(|health| health.is_open);
                self.health.failed(endpoint, fault.code);
                if is_open {
                    notices.push((String::new(), endpoint.to_owned(), fault.code));
                }
                self.health.keep(workspace, ledger, &self.hub, true)?;
            }
            Outcome::Failed(path, error) => return Err(EngineError::Io(path, error)),
        }
        Ok(())
    }

    /// What is to do or under way; what waits for a server that is left alone does not count.
    fn busy(&self, workspace: &Workspace, ledger: &Ledger) -> Result<Busy, EngineError> {
        let mut busy = Busy::default();
        for flow in &workspace.flows {
            let (Some(source), Some(fetching)) = (&flow.source, self.flows.get(&flow.name)) else { continue };
            if !self.hub.health(&source.at.endpoint).is_some_and(|health| health.is_open) {
                busy.working |= fetching.is_working(flow, source, ledger)?;
                busy.settling += fetching.settling();
            }
        }
        for (endpoint, sending) in &self.sending {
            if !self.hub.health(endpoint).is_some_and(|health| health.is_open) {
                busy.working |= sending.is_working(endpoint, ledger)?;
            }
        }
        Ok(busy)
    }
}

impl Engine {
    /// Commits what servers answered, waiting so long for it, and orders what there is to do. Whether something came.
    pub(super) fn transfer(&mut self, wait: Duration) -> Result<bool, EngineError> {
        let Some(remote) = &mut self.remote else {
            std::thread::sleep(wait);
            return Ok(false);
        };
        let moved = remote.step(&self.workspace, &mut self.ledger, wait)?;
        for (flow, name, code) in std::mem::take(&mut remote.notices) {
            self.notice(&flow, &name, code)?;
        }
        Ok(moved)
    }

    /// Has files of a flow fetched again that were lost here.
    pub(super) fn fetch_lost(&mut self, flow: &str) {
        self.remote.iter_mut().filter_map(|remote| remote.flows.get_mut(flow)).for_each(Fetching::fetch_lost);
    }

    /// Whether more files of a flow are coming this very moment.
    pub(super) fn is_coming(&self, flow: &str) -> bool {
        let flow = self.remote.as_ref().and_then(|remote| remote.flows.get(flow));
        flow.is_some_and(Fetching::is_coming)
    }

    /// What is to do or under way on servers.
    pub(super) fn busy(&self) -> Result<Busy, EngineError> {
        self.remote.as_ref().map_or(Ok(Busy::default()), |remote| remote.busy(&self.workspace, &self.ledger))
    }

    /// Has the folders of servers listed again, those whose time has come: at once after a hint of a person.
    pub(super) fn list_again(&mut self, every: Duration) {
        let now = Instant::now();
        self.remote
            .iter_mut()
            .flat_map(|remote| remote.flows.values_mut())
            .for_each(|flow| flow.list_again(now, every));
    }

    /// Counts what is left for a later run, and keeps how the servers were.
    pub(super) fn leave_servers(&mut self) -> Result<(), EngineError> {
        let Some(remote) = &mut self.remote else { return Ok(()) };
        remote.health.keep(&self.workspace, &mut self.ledger, &remote.hub, true)?;
        let troubles = remote.health.troubles();
        let (mut unfetched, mut undelivered) = (0, 0);
        for endpoint in remote.sending.keys() {
            undelivered += self.ledger.under_way(endpoint)?.sending as u64;
        }
        // Of a flow that is configured no more nothing is fetched.
        for flow in remote.flows.keys() {
            unfetched += self.ledger.count_fetching(flow)?;
        }
        (self.done.unfetched, self.done.undelivered) = (unfetched, undelivered);
        for (endpoint, code) in troubles {
            self.notice("", &endpoint, code)?;
        }
        Ok(())
    }

    /// Removes what an earlier run left in the folders of servers' files: parts, and what was delivered.
    pub(super) fn tidy_servers(&mut self) -> Result<(), EngineError> {
        for flow in self.workspace.flows.iter().filter(|flow| flow.source.is_some()) {
            self.sweep(&flow.folder, |ledger, name| match name.parse() {
                Ok(id) => ledger.is_open_remote(id),
                Err(_) => Ok(false),
            })?;
        }
        for target in self.workspace.destinations.keys() {
            let Some(folder) = self.workspace.targets.get(target) else { continue };
            self.sweep(folder, |ledger, name| ledger.is_delivered(target, name).map(|delivered| !delivered))?;
        }
        Ok(())
    }

    fn sweep(
        &self,
        folder: &Path,
        is_needed: impl Fn(&Ledger, &str) -> Result<bool, crate::ledger::LedgerError>,
    ) -> Result<(), EngineError> {
        for entry in at(folder, fs::read_dir(folder))? {
            let entry = at(folder, entry)?;
            if !is_needed(&self.ledger, &entry.file_name().to_string_lossy())? {
                at(&entry.path(), durable::remove(&entry.path()))?;
            }
        }
        Ok(())
    }
}
