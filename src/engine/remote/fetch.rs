//! Files of a flow's folder on a server: listed, settled, fetched, and cleared away there once they are received.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::time::{Duration, Instant};

use super::super::{EngineError, at, now};
use super::orders;
use crate::document::Code;
use crate::endpoint::{Entry, Fault, Listing};
use crate::intake::names;
use crate::intake::scan::{Look, Settling, Waiting, is_wanted};
use crate::ledger::{Ledger, NewRemote, RemoteFile};
use crate::limits;
use crate::transfer::{Cleared, Hub, Order, Results};
use crate::workspace::{After, Flow, Source};

/// Notices: flow, name and code.
type Notices = Vec<(String, String, Code)>;

/// What is known of one flow's folder.
#[derive(Default)]
pub(super) struct Fetching {
    settling: Settling,
    /// Files that have settled and are not asked for yet.
    waiting: VecDeque<Entry>,
    /// Files that are being fetched, and their names.
    fetching: HashMap<i64, String>,
    /// Received files that the server is removing or moving, and their names.
    clearing: HashMap<i64, String>,
    /// Files that could not be fetched: how often, and when they are tried again.
    refused: HashMap<String, (u32, Instant)>,
    /// Whether a listing is under way.
    listing: bool,
    /// When a file came last.
    came: Option<Instant>,
    /// When the folder is listed next; at once when none.
    next: Option<Instant>,
    /// Whether a file was not as it was listed, so that another listing will tell more.
    again: bool,
    /// When it was listed last.
    last: Option<Instant>,
    /// Whether there may be files in the ledger that fetching was begun of, and that nobody is fetching.
    unasked: Unasked,
    /// Clearing is not tried before.
    clear_at: Option<Instant>,
}

/// Begins with looking for what an earlier run left.
struct Unasked(bool);

impl Default for Unasked {
    fn default() -> Self {
        Self(true)
    }
}

impl Fetching {
    /// Orders what there is to do.
    pub(super) fn order(
        &mut self,
        (flow, source): (&Flow, &Source),
        ledger: &mut Ledger,
        hub: &mut Hub,
        notices: &mut Notices,
    ) -> Result<(), EngineError> {
        if !self.listing && self.waiting.is_empty() && self.next.is_none_or(|next| next <= Instant::now()) {
            let order = Order::List { flow: flow.name.clone(), folder: source.at.folder.clone() };
            self.listing = at(&flow.folder, hub.give(&source.at.endpoint, order))?;
            if !self.listing {
                notices.push((flow.name.clone(), source.at.endpoint.clone(), Code::RemoteUnreachable));
            }
        }
        self.resume((flow, source), ledger, hub)?;
        self.begin((flow, source), ledger, hub)?;
        self.clear((flow, source), ledger, hub)
    }

    /// Fetches again what was begun and is not here.
    fn resume(
        &mut self,
        (flow, source): (&Flow, &Source),
        ledger: &mut Ledger,
        hub: &mut Hub,
    ) -> Result<(), EngineError> {
        if !self.unasked.0 || self.fetching.len() >= limits::REMOTE_FILES / 2 {
            return Ok(());
        }
        let rows = ledger.remote_files(&flow.name, "fetching", 0, limits::REMOTE_FILES)?;
        self.unasked.0 = rows.len() == limits::REMOTE_FILES;
        let rows: Vec<RemoteFile> = rows.into_iter().filter(|row| !self.fetching.contains_key(&row.id)).collect();
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        ledger.fetch_again(&ids)?;
        // What was begun with another server or folder is fetched from there, as long as that is configured.
        let mut by_folder: BTreeMap<(String, String), Vec<(i64, Entry)>> = BTreeMap::new();
        for row in rows {
            let key = (row.file.endpoint.clone(), row.file.folder.clone());
            by_folder.entry(key).or_default().push((row.id, entry(row.file)));
        }
        for ((endpoint, folder), files) in by_folder {
            for files in orders(files, size) {
                let named = named(&files);
                let ids: Vec<i64> = files.iter().map(|(id, _)| *id).collect();
                let order = Order::Fetch { folder: folder.clone(), to: flow.folder.clone(), files };
                if at(&flow.folder, hub.give(&endpoint, order))? {
                    self.fetching.extend(named);
                } else if endpoint != source.at.endpoint {
                    // The server is not configured any more: what is there is nobody's business.
                    ledger.fetched(&[], &ids)?;
                }
            }
        }
        Ok(())
    }

    /// Begins to fetch what has settled, so many files at a time.
    fn begin(
        &mut self,
        (flow, source): (&Flow, &Source),
        ledger: &mut Ledger,
        hub: &mut Hub,
    ) -> Result<(), EngineError> {
        let room = (limits::REMOTE_FILES / 2).saturating_sub(self.fetching.len());
        if self.waiting.is_empty() || room < limits::ORDER_FILES {
            return Ok(());
        }
        let entries: Vec<Entry> = self.waiting.drain(..room.min(self.waiting.len())).collect();
        let files: Vec<NewRemote> = entries.iter().map(|entry| row(flow, source, entry)).collect();
        let ids = ledger.begin_fetching(&files, &now())?;
        for files in orders(ids.into_iter().zip(entries).collect(), size) {
            self.fetching.extend(named(&files));
            let order = Order::Fetch { folder: source.at.folder.clone(), to: flow.folder.clone(), files };
            at(&flow.folder, hub.give(&source.at.endpoint, order))?;
        }
        Ok(())
    }

    /// Leaves, or has the server remove or move, what is received.
    fn clear(
        &mut self,
        (flow, source): (&Flow, &Source),
        ledger: &mut Ledger,
        hub: &mut Hub,
    ) -> Result<(), EngineError> {
        if self.clear_at.is_some_and(|at| at > Instant::now()) || self.clearing.len() >= limits::REMOTE_FILES / 2 {
            return Ok(());
        }
        self.clear_at = None;
        let mut rows = ledger.uncleared(&flow.name, 0, limits::REMOTE_FILES)?;
        rows.retain(|row| !self.clearing.contains_key(&row.id));
        // Of a server or folder that the flow has left nothing is removed.
        let is_left = |row: &RemoteFile| {
            source.after == After::Leave
                || row.file.endpoint != source.at.endpoint
                || row.file.folder != source.at.folder
        };
        let (left, rows): (Vec<RemoteFile>, Vec<RemoteFile>) = rows.into_iter().partition(is_left);
        ledger.cleared(&[], &left.iter().map(|row| row.id).collect::<Vec<i64>>())?;
        for files in orders(rows.into_iter().map(|row| (row.id, entry(row.file))).collect(), size) {
            self.clearing.extend(named(&files));
            let to = match &source.after {
                After::Move(folder) => Some(folder.clone()),
                After::Leave | After::Delete => None,
            };
            let order = Order::Clear { folder: source.at.folder.clone(), to, marker: flow.marker.clone(), files };
            at(&flow.folder, hub.give(&source.at.endpoint, order))?;
        }
        Ok(())
    }

    /// Takes what a listing held: files that have settled and are not known wait to be fetched.
    pub(super) fn listed(
        &mut self,
        flow: &Flow,
        listing: Result<Listing, Fault>,
        ledger: &mut Ledger,
        notices: &mut Notices,
    ) -> Result<(), EngineError> {
        let now = Instant::now();
        self.listing = false;
        self.again = false;
        self.last = Some(now);
        let Some(source) = &flow.source else { return Ok(()) };
        let listing = match listing {
            Ok(listing) => listing,
            Err(fault) => {
                // A broken connection is tried again as soon as the server may be asked.
                if fault.is_connection() {
                    (self.next, self.last) = (None, None);
                } else {
                    self.next = Some(now + limits::REMOTE_RETRY);
                    notices.push((flow.name.clone(), source.at.folder.clone(), fault.code));
                }
                return Ok(());
            }
        };
        notices.extend(listing.notices.into_iter().map(|(name, code)| (flow.name.clone(), name, code)));
        let (mut files, wanted) = (Vec::new(), wanted(flow, listing.files));
        let there: HashSet<&str> = wanted.iter().map(|entry| entry.name.as_str()).collect();
        self.refused.retain(|name, _| there.contains(name.as_str()));
        for entry in wanted {
            if self.refused.get(&entry.name).is_some_and(|(_, until)| *until > now) {
                continue;
            }
            if entry.size > flow.max_file_bytes {
                notices.push((flow.name.clone(), names::printable(OsStr::new(&entry.name)), Code::FileTooLarge));
            } else if !ledger.is_known_remote(&row(flow, source, &entry))? {
                files.push(waiting(entry));
            }
        }
        let settled = self.settling.settled(files, flow.quiet, now);
        self.waiting = settled.into_iter().map(settled_entry).collect();
        // What waits to settle is looked at again when it may have; else the next look is ordered from outside.
        let soon = flow.quiet.max(Duration::from_millis(20));
        self.next = Some(now + if self.settling.is_waiting() { soon } else { Duration::from_secs(86_400) });
        Ok(())
    }

    /// Has the folder listed if it was not for so long.
    pub(super) fn list_again(&mut self, now: Instant, every: Duration) {
        if self.last.is_none_or(|last| now.duration_since(last) >= every) {
            self.next = None;
        }
    }

    /// Has what was lost here fetched again.
    pub(super) fn fetch_lost(&mut self) {
        self.unasked.0 = true;
    }

    /// Notes that a file could not be fetched; whether it is left alone for longer now.
    fn refuse(&mut self, name: String, fault: &Fault) -> bool {
        let (tries, until) = self.refused.entry(name).or_insert_with(|| (0, Instant::now()));
        *tries += 1;
        // One that was replaced while it was fetched is looked at again soon, but not for ever.
        let is_changed = fault.code == Code::RemoteSizeMismatch && *tries < limits::CHANGING_LOOKS;
        *until = Instant::now() + if is_changed { Duration::ZERO } else { limits::REMOTE_RETRY };
        if is_changed {
            self.next = Some(Instant::now() + limits::REMOTE_AGAIN);
            self.again = true;
        }
        !is_changed
    }

    /// Whether more files are coming this very moment, so that it is worth to wait for a whole group.
    pub(super) fn is_coming(&self) -> bool {
        let came = self.came.is_some_and(|came| came.elapsed() < limits::REMOTE_GROUP_WAIT);
        came && !self.fetching.is_empty()
    }

    pub(super) fn settling(&self) -> u64 {
        self.settling.waiting() + u64::from(self.again)
    }

    /// Whether something is under way or could be at once, the settling of files left out.
    pub(super) fn is_working(&self, flow: &Flow, source: &Source, ledger: &Ledger) -> Result<bool, EngineError> {
        let under_way = !self.waiting.is_empty() || !self.fetching.is_empty() || !self.clearing.is_empty();
        if under_way || self.last.is_none() || self.unasked.0 {
            return Ok(true);
        }
        if !ledger.remote_files(&flow.name, "fetched", 0, 1)?.is_empty() {
            return Ok(true);
        }
        let clears = source.after == After::Leave || self.clear_at.is_none();
        Ok(clears && !ledger.uncleared(&flow.name, 0, 1)?.is_empty())
    }
}

/// Commits which files are here.
pub(super) fn fetched(
    flows: &mut BTreeMap<String, Fetching>,
    files: Results<()>,
    ledger: &mut Ledger,
    notices: &mut Notices,
) -> Result<(), EngineError> {
    let Some((name, flow)) = of(flows, &files, |flow| &flow.fetching) else { return Ok(()) };
    flow.came = Some(Instant::now());
    let (mut here, mut gone) = (Vec::new(), Vec::new());
    for (id, result) in files {
        let file = flow.fetching.remove(&id).unwrap_or_default();
        match result {
            Ok(()) => {
                flow.refused.remove(&file);
                here.push(id);
            }
            Err(fault) if fault.is_connection() => flow.unasked.0 = true,
            // The next listing tells.
            Err(fault) if fault.code == Code::RemoteMissing => gone.push(id),
            Err(fault) => {
                gone.push(id);
                tracing::warn!(
                    flow = name,
                    code = fault.code.as_str(),
                    detail = fault.detail,
                    "A file is not fetched."
                );
                let shown = names::printable(OsStr::new(&file));
                if flow.refuse(file, &fault) {
                    notices.push((name.clone(), shown, fault.code));
                }
            }
        }
    }
    Ok(ledger.fetched(&here, &gone)?)
}

/// Commits which files the server has removed or moved.
pub(super) fn cleared(
    flows: &mut BTreeMap<String, Fetching>,
    files: Results<Cleared>,
    ledger: &mut Ledger,
    notices: &mut Notices,
) -> Result<(), EngineError> {
    let Some((name, flow)) = of(flows, &files, |flow| &flow.clearing) else { return Ok(()) };
    let mut removed = Vec::new();
    for (id, result) in files {
        let file = flow.clearing.remove(&id).unwrap_or_default();
        match result {
            Ok(_) => removed.push(id),
            Err(fault) if fault.is_connection() => {}
            Err(fault) => {
                tracing::warn!(
                    flow = name,
                    code = fault.code.as_str(),
                    detail = fault.detail,
                    "A file stays on the server."
                );
                notices.push((name.clone(), names::printable(OsStr::new(&file)), Code::RemoteCleanup));
                flow.clear_at = Some(Instant::now() + limits::REMOTE_RETRY);
            }
        }
    }
    Ok(ledger.cleared(&removed, &[])?)
}

/// The flow that an outcome is about.
fn of<'f, T>(
    flows: &'f mut BTreeMap<String, Fetching>,
    files: &[(i64, T)],
    set: fn(&Fetching) -> &HashMap<i64, String>,
) -> Option<(&'f String, &'f mut Fetching)> {
    let (id, _) = files.first()?;
    flows.iter_mut().find(|(_, flow)| set(flow).contains_key(id))
}

fn row(flow: &Flow, source: &Source, entry: &Entry) -> NewRemote {
    NewRemote {
        flow: flow.name.clone(),
        endpoint: source.at.endpoint.clone(),
        folder: source.at.folder.clone(),
        name: entry.name.clone(),
        size: entry.size,
        changed: entry.changed,
    }
}

fn entry(file: NewRemote) -> Entry {
    Entry { name: file.name, size: file.size, changed: file.changed }
}

/// Files of a listing that a flow takes: not those still being uploaded, and with a marker only where one is wanted.
fn wanted(flow: &Flow, files: Vec<Entry>) -> Vec<Entry> {
    let marker = flow.marker.as_deref();
    let stripped = |name: &str| marker.and_then(|marker| name.strip_suffix(marker)).map(str::to_owned);
    let marked: BTreeSet<String> = files.iter().filter_map(|file| stripped(&file.name)).collect();
    let is_taken = |file: &Entry| {
        let name = OsStr::new(&file.name);
        !names::is_temporary(name)
            && !names::is_unsafe(name)
            && is_wanted(flow, name)
            && marker.is_none_or(|marker| !file.name.ends_with(marker) && marked.contains(&file.name))
    };
    files.into_iter().filter(is_taken).collect()
}

/// A file of a listing as the settling rule sees it.
fn waiting(entry: Entry) -> Waiting {
    let look = Look { file: (0, 0), size: entry.size, changed: (entry.changed as i64, 0) };
    Waiting { path: entry.name.clone().into(), name: OsString::from(entry.name), look }
}

fn settled_entry(file: Waiting) -> Entry {
    let name = file.name.to_string_lossy().into_owned();
    Entry { name, size: file.look.size, changed: file.look.changed.0 as u64 }
}

fn named(files: &[(i64, Entry)]) -> Vec<(i64, String)> {
    files.iter().map(|(id, entry)| (*id, entry.name.clone())).collect()
}

fn size((_, file): &(i64, Entry)) -> u64 {
    file.size
}
