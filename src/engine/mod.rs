//! The cycle that takes files through their life: claim, own, decide, publish, archive.
//!
//! Recovery is the same code: it goes over whatever is not finished, at every start and after every claim.

mod advance;
mod answers;
mod decide;
mod decision;
mod exchange;
mod fill;
pub mod gaps;
mod job;
mod known;
mod linked;
mod pairs;
mod preview;
pub mod quarantine;
mod receipt;
mod remote;
mod said;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::document::{Code, Effect};
use crate::durable;
use crate::intake::names;
use crate::intake::scan::{Look, Scan, Settling, Waiting, is_permitted, scan};
use crate::ledger::{Claim, Ledger, LedgerError};
use crate::limits;
use crate::outbox;
use crate::workspace::{Flow, PRIVATE, Workspace};

pub use preview::Preview;

use remote::Remote;

/// Why the engine stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Another instance works in this workspace.
    #[error("another instance holds the workspace (process {0})")]
    Busy(String),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file or folder failed.
    #[error("{}", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// An output that the checked configuration says can be written, and that cannot: the run stops rather than leave it out.
fn unwritable(place: &Path) -> EngineError {
    EngineError::Io(place.to_owned(), io::Error::other("an output of the flow cannot be written; run `consign check`"))
}

/// What a run did, by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Files by outcome.
    pub files: BTreeMap<&'static str, u64>,
    /// Files that went away before they were taken.
    pub vanished: u64,
    /// Outputs whose name was taken.
    pub names_taken: u64,
    /// Files that wait for the other file of their pair.
    pub unpaired: u64,
    /// Files that wait for an export to be filled into.
    pub unfilled: u64,
    /// Entries passed over and reported for the first time.
    pub passed_over: u64,
    /// Files that were still being written when the run ended.
    pub waiting: u64,
    /// Files of servers that are not wholly fetched.
    pub unfetched: u64,
    /// Outputs that are not delivered to their server.
    pub undelivered: u64,
    /// Whether one of these waits for a person.
    pub stopped: bool,
}

impl Done {
    /// Whether something needs a person.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        self.names_taken > 0
            || self.unpaired > 0
            || self.unfilled > 0
            || self.stopped
            || self.unfetched > 0
            || self.undelivered > 0
            || ["partial", "rejected", "held"].iter().any(|outcome| self.files.contains_key(outcome))
    }

    /// Files taken to their end.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.files.values().sum()
    }
}

/// Takes files of one workspace through their life. Holds the workspace's lock.
pub struct Engine {
    workspace: Workspace,
    ledger: Ledger,
    pool: rayon::ThreadPool,
    settling: BTreeMap<String, Settling>,
    changing: BTreeMap<i64, u32>,
    unsettled: BTreeSet<i64>,
    done: Done,
    told: Done,
    remote: Option<Remote>,
    _lock: File,
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, EngineError> {
    result.map_err(|error| EngineError::Io(path.to_owned(), error))
}

impl Engine {
    /// Locks the workspace, opens its ledger and finishes what an earlier run left.
    ///
    /// # Errors
    /// When another instance holds the workspace, or the machine fails.
    pub fn open(workspace: Workspace, threads: usize) -> Result<Self, EngineError> {
        let mut engine = Self::open_to_look(workspace, threads)?;
        engine.clean_up()?;
        engine.advance()?;
        engine.remote = Remote::new(&engine.workspace, &mut engine.ledger)?;
        Ok(engine)
    }

    /// Locks the workspace and opens its ledger, but leaves unfinished what an earlier run left: for a dry run.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_to_look(workspace: Workspace, threads: usize) -> Result<Self, EngineError> {
        for name in ["claim", "blob", "stage", "quarantine"] {
            let path = workspace.private(name);
            at(&path, durable::create_folder(&path, true))?;
        }
        for folder in workspace.flows.iter().map(|flow| &flow.folder).chain(workspace.targets.values()) {
            at(folder, durable::create_folder(folder, folder.starts_with(workspace.root.join(PRIVATE))))?;
        }
        let lock = lock(&workspace.private("lock"))?;
        let ledger = Ledger::open(&workspace.private("ledger.db"))?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build();
        let pool = at(&workspace.root, pool.map_err(io::Error::other))?;
        let (settling, changing, unsettled) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let (done, told) = (Done::default(), Done::default());
        Ok(Self { workspace, ledger, pool, settling, changing, unsettled, done, told, remote: None, _lock: lock })
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Removes what an earlier run left of work that was never promised.
    fn clean_up(&mut self) -> Result<(), EngineError> {
        let (blobs, stage) = (self.workspace.private("blob"), self.workspace.private("stage"));
        for entry in at(&blobs, std::fs::read_dir(&blobs))? {
            let path = at(&blobs, entry)?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp-")) {
                at(&path, durable::remove(&path))?;
            }
        }
        at(&stage, outbox::sweep(&stage, &self.ledger.open_outputs()?))?;
        self.sweep_exports()?;
        self.tidy_servers()?;
        self.orphans()
    }

    /// Files in the claim folder that no row knows: kept aside and told.
    fn orphans(&mut self) -> Result<(), EngineError> {
        let claims = self.workspace.private("claim");
        let known: Vec<String> = self.ledger.open_intakes()?.iter().map(|intake| intake.id.to_string()).collect();
        for entry in at(&claims, std::fs::read_dir(&claims))? {
            let entry = at(&claims, entry)?;
            let name = entry.file_name();
            if known.iter().any(|id| name.to_str() == Some(id)) {
                continue;
            }
            self.set_aside(&entry.path())?;
            self.notice("", &names::printable(&name), Code::OrphanClaim)?;
        }
        Ok(())
    }

    /// Moves what is no file of ours out of the claim folder, unopened.
    fn set_aside(&self, path: &Path) -> Result<(), EngineError> {
        let orphans = self.workspace.private("quarantine").join("orphans");
        at(&orphans, durable::create_folder(&orphans, true))?;
        at(&orphans, durable::rename_new(path, &orphans.join(path.file_name().unwrap_or_default())))?;
        at(&orphans, durable::sync_folder(&orphans))
    }

    /// Takes all that waits, once; `progress` is told the number of files finished.
    ///
    /// # Errors
    /// When the machine fails; what was promised is finished at the next start.
    pub fn run_once(&mut self, progress: &mut dyn FnMut(u64)) -> Result<Done, EngineError> {
        let quiet = self.workspace.flows.iter().map(|flow| flow.quiet).max().unwrap_or_default();
        let mut last = Instant::now();
        loop {
            let taken = self.cycle(progress)?;
            let busy = self.busy()?;
            if taken || busy.working {
                last = Instant::now();
            }
            // A file whose writer never ends is left for the next run.
            let waiting = self.settling.values().map(Settling::waiting).sum::<u64>() + busy.settling;
            if !taken && !busy.working && (waiting == 0 || last.elapsed() > quiet + limits::PATIENCE) {
                self.done.waiting = waiting;
                break;
            }
            if !taken {
                self.transfer(Duration::from_millis(50))?;
            }
        }
        self.leave_servers()?;
        Ok(self.tell())
    }

    /// What was done since it was told last, what recovery finished included.
    fn tell(&mut self) -> Done {
        let before = std::mem::replace(&mut self.told, self.done.clone());
        let mut done = self.done.clone();
        for (outcome, count) in &before.files {
            if let Some(files) = done.files.get_mut(outcome) {
                *files -= count;
            }
        }
        done.files.retain(|_, count| *count > 0);
        done.vanished -= before.vanished;
        done.passed_over -= before.passed_over;
        done
    }

    /// One look at every folder; whether files were taken.
    fn cycle(&mut self, progress: &mut dyn FnMut(u64)) -> Result<bool, EngineError> {
        let mut taken = self.transfer(Duration::ZERO)?;
        let mut waiting = Vec::new();
        for flow in 0..self.workspace.flows.len() {
            waiting.push((flow, groups(self.look(flow)?).into_iter()));
        }
        // A group of each flow in turn, so that one who drops very many files keeps nobody waiting.
        while !waiting.is_empty() {
            let mut rest = Vec::new();
            for (flow, mut groups) in waiting {
                let Some(group) = groups.next() else { continue };
                taken = true;
                self.claim(flow, &group)?;
                self.advance()?;
                self.transfer(Duration::ZERO)?;
                progress(self.done.total());
                rest.push((flow, groups));
            }
            waiting = rest;
        }
        // Files that changed while they were copied are tried again.
        if !taken && !self.changing.is_empty() {
            std::thread::sleep(Duration::from_millis(500));
            self.advance()?;
            taken = true;
        }
        Ok(taken)
    }

    /// Files of a flow that have settled; what is passed over is reported once.
    fn look(&mut self, flow: usize) -> Result<Vec<Waiting>, EngineError> {
        let flow = &self.workspace.flows[flow];
        if flow.source.is_some() {
            return self.look_at_fetched(&flow.name.clone(), &flow.folder.clone());
        }
        let mut seen = match scan(flow) {
            // The other flows go on; this one waits for a person.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Scan { notices: vec![(flow.folder.clone().into(), Code::NoPermission)], ..Scan::default() }
            }
            seen => at(&flow.folder, seen)?,
        };
        let settling = self.settling.entry(flow.name.clone()).or_default();
        let settled = settling.settled(seen.files, flow.quiet, Instant::now());
        let (settled, refused): (Vec<_>, Vec<_>) = settled.into_iter().partition(is_permitted);
        seen.notices.extend(refused.into_iter().map(|file| (file.name, Code::NoPermission)));
        let (flow, folder) = (flow.name.clone(), flow.folder.clone());
        for (name, code) in seen.notices {
            self.notice(&flow, &names::printable(&name), code)?;
            if code == Code::FileTooLarge {
                self.too_large(&flow, &folder, &name)?;
            }
        }
        Ok(settled)
    }

    /// Files of a flow that were fetched, under their names on the server.
    fn look_at_fetched(&mut self, flow: &str, folder: &Path) -> Result<Vec<Waiting>, EngineError> {
        let (mut waiting, mut lost) = (Vec::new(), Vec::new());
        let rows = self.ledger.remote_files(flow, "fetched", 0, limits::REMOTE_FILES)?;
        if rows.len() < limits::GROUP_FILES && self.is_coming(flow) {
            return Ok(waiting);
        }
        for row in rows {
            let path = folder.join(row.id.to_string());
            match path.symlink_metadata() {
                Ok(metadata) => {
                    waiting.push(Waiting { path, name: row.file.name.into(), look: Look::of(&metadata) });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => lost.push(row.id),
                Err(error) => return at(&path, Err(error)),
            }
        }
        // Somebody took it away: the server has it still.
        if !lost.is_empty() {
            self.ledger.fetch_again(&lost)?;
            self.fetch_lost(flow);
        }
        Ok(waiting)
    }

    /// Moves a file that is too large even to be copied into quarantine, unread, with the reason beside it.
    fn too_large(&self, flow: &str, folder: &Path, name: &OsStr) -> Result<(), EngineError> {
        let (path, shown) = (folder.join(name), names::printable(name));
        let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
        let kept = self.workspace.private("quarantine").join("too-large");
        at(&kept, durable::create_folder(&kept, true))?;
        let target = kept.join(format!("{}-{}", metadata.ino(), names::for_archive(&shown)));
        match durable::rename_new(&path, &target) {
            // What cannot be moved stays, and is told again.
            Err(_) => return Ok(()),
            Ok(()) => at(&kept, durable::sync_folder(&kept))?,
        }
        let reason = kept.join(format!("{}.reason.json", metadata.ino()));
        let json = serde_json::json!({"flow": flow, "name": shown, "outcome": "rejected", "bytes": metadata.len(),
            "findings": [{"code": Code::FileTooLarge.as_str(), "help": Code::FileTooLarge.remedy()}]});
        at(&reason, durable::write(&reason, format!("{json:#}\n").as_bytes()))
    }

    /// Records what was noticed outside any file, and counts it when it is new. What waits for a person is told by every
    /// run until it is gone.
    fn notice(&mut self, flow: &str, name: &str, code: Code) -> Result<(), EngineError> {
        // Halves of pairs, taken names and missing exports may be settled before the run ends; they are counted on their own.
        let counted = matches!(
            code,
            Code::CompanionMissing
                | Code::OutNameTaken
                | Code::ExportMissing
                | Code::ExportStale
                | Code::ExportUnusable
        );
        self.done.stopped |= !counted && matches!(code.effect(), Effect::HoldFile | Effect::RejectFile);
        if self.ledger.notice(flow, name, code.as_str(), &now())? {
            tracing::warn!(flow, name, code = code.as_str(), "Passed over an entry.");
            self.done.passed_over += 1;
        }
        Ok(())
    }

    /// Records the claim, then takes the files out of the drop folder.
    fn claim(&mut self, flow: usize, files: &[Waiting]) -> Result<(), EngineError> {
        let flow: &Flow = &self.workspace.flows[flow];
        let time = now();
        let claim = |file: &Waiting| Claim {
            flow: flow.name.clone(),
            name: names::printable(&file.name),
            folder: self.workspace.relative(&file.path).display().to_string(),
            device: file.look.file.0,
            inode: file.look.file.1,
            size: file.look.size,
            at: time.clone(),
            config: self.workspace.version.clone(),
            remote: flow.source.as_ref().and_then(|_| file.path.file_name()?.to_str()?.parse().ok()),
        };
        let claims: Vec<Claim> = files.iter().map(claim).collect();
        let ids = self.ledger.claim(&claims)?;
        let folder = self.workspace.private("claim");
        for (id, file) in ids.iter().zip(files) {
            match durable::rename_new(&file.path, &folder.join(id.to_string())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return at(&file.path, Err(error)),
                _ => {}
            }
        }
        at(&flow.folder, durable::sync_folder(&flow.folder))?;
        at(&folder, durable::sync_folder(&folder))
    }
}

/// Cuts settled files into groups that share commits and syncs.
fn groups(files: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let (mut groups, mut group, mut bytes) = (Vec::new(), Vec::new(), 0);
    for file in files {
        bytes += file.look.size;
        group.push(file);
        if group.len() >= limits::GROUP_FILES || bytes >= limits::GROUP_BYTES {
            groups.push(std::mem::take(&mut group));
            bytes = 0;
        }
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}

/// Takes the lock of a workspace; the kernel gives it back when the process ends, however it ends.
fn lock(path: &Path) -> Result<File, EngineError> {
    let options = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = at(path, options)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(EngineError::Busy(holder.trim().to_owned()));
        }
        Err(std::fs::TryLockError::Error(error)) => return at(path, Err(error)),
    }
    at(path, file.set_len(0))?;
    at(path, writeln!(file, "{}", std::process::id()))?;
    Ok(file)
}

/// The time, ISO 8601 in UTC. The only clock that is written down; nothing is decided by it.
fn now() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default().to_string()
}
