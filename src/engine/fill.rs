//! Which export an output is filled into: the newest that has settled, chosen once and kept until the file is decided.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use globset::Glob;
use sha2::{Digest, Sha256};

use super::{Engine, EngineError, at};
use crate::document::hash::hex;
use crate::document::{Code, Finding, Position};
use crate::durable;
use crate::intake::names;
use crate::layout::write::Writer;
use crate::layout::write_back::Export;
use crate::ledger::{FillRow, Ledger, OpenIntake};
use crate::limits;
use crate::workspace::{FillFrom, Flow, Workspace};

/// An export that an output is filled into.
#[derive(Clone)]
pub(super) struct Filling {
    pub(super) export: Arc<Export>,
    pub(super) leaves_out: bool,
    name: String,
    sha256: String,
}

impl Filling {
    /// What the report says of it.
    pub(super) fn finding(&self) -> Finding {
        let short = self.sha256.get(..12).unwrap_or_default();
        Finding::new(Code::ExportUsed, Position::default()).found(format!("{} ({short})", self.name))
    }
}

/// The exports of the files of a group, by file and number of the output.
pub(super) type Fills = HashMap<(i64, usize), Filling>;

/// An export that was looked at, not yet chosen.
struct Seen {
    name: String,
    bytes: Vec<u8>,
    sha256: String,
    modified_at: i64,
}

impl Engine {
    /// The exports of a file's outputs; none if it has to wait for one, which is told.
    pub(super) fn exports(&mut self, intake: &OpenIntake, fills: &mut Fills) -> Result<bool, EngineError> {
        let Some(flow) = self.workspace.flow(&intake.flow).filter(|flow| needs_export(flow)) else { return Ok(true) };
        let chosen = self.ledger.fills(intake.id)?;
        if !chosen.is_empty() {
            for row in &chosen {
                fills.insert((intake.id, row.output), self.chosen(flow, row)?);
            }
            return Ok(true);
        }
        let looked = look(&self.workspace, &self.ledger, flow, now())?;
        let found = match looked {
            Ok(found) => found,
            Err(code) => {
                self.done.unfilled += 1;
                self.notice(&intake.flow, &intake.name, code)?;
                return Ok(false);
            }
        };
        let folder = self.workspace.private("fill");
        at(&folder, durable::create_folder(&folder, true))?;
        let mut rows = Vec::with_capacity(found.len());
        for (mut row, filling, bytes) in found {
            let path = folder.join(&row.sha256);
            if path.symlink_metadata().is_err() {
                let temporary = folder.join(format!(".tmp-{}", row.sha256));
                at(&path, durable::write(&temporary, &bytes))?;
                at(&path, durable::rename_new(&temporary, &path))?;
            }
            row.intake = intake.id;
            fills.insert((intake.id, row.output), filling);
            rows.push(row);
        }
        at(&folder, durable::sync_folder(&folder))?;
        Ok(self.ledger.add_fills(&rows).map(|()| true)?)
    }

    /// An export that was chosen before, from where it is kept.
    fn chosen(&self, flow: &Flow, row: &FillRow) -> Result<Filling, EngineError> {
        let path = self.workspace.private("fill").join(&row.sha256);
        let bytes = at(&path, fs::read(&path))?;
        let export =
            flow.outputs.get(row.output).and_then(|output| read(&self.workspace, output.fill.as_ref()?, &bytes));
        let export = at(&path, export.ok_or_else(|| io::Error::other("the output no longer fills in this export")))?;
        Ok(Filling { export, leaves_out: row.leaves_out, name: row.name.clone(), sha256: row.sha256.clone() })
    }

    /// Removes exports that no file needs any more.
    pub(super) fn sweep_exports(&mut self) -> Result<(), EngineError> {
        let folder = self.workspace.private("fill");
        if !folder.is_dir() {
            return Ok(());
        }
        let needed: BTreeSet<String> = self.ledger.open_fills()?.into_iter().collect();
        for entry in at(&folder, fs::read_dir(&folder))? {
            let path = at(&folder, entry)?.path();
            if !path.file_name().is_some_and(|name| needed.contains(&*name.to_string_lossy())) {
                at(&path, durable::remove(&path))?;
            }
        }
        Ok(())
    }
}

/// Whether an output of a flow is filled into an export.
pub(super) fn needs_export(flow: &Flow) -> bool {
    flow.outputs.iter().any(|output| output.fill.is_some())
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The exports of a flow's outputs as they are now, with the row that would be written; or what is wrong with one.
type Looked = Result<Vec<(FillRow, Filling, Vec<u8>)>, Code>;

pub(super) fn look(workspace: &Workspace, ledger: &Ledger, flow: &Flow, now: i64) -> Result<Looked, EngineError> {
    let mut found = Vec::new();
    for (number, output) in flow.outputs.iter().enumerate() {
        let Some(from) = &output.fill else { continue };
        let seen = match newest(from, flow, now)? {
            Ok(seen) => seen,
            Err(code) => return Ok(Err(code)),
        };
        let Some(export) = read(workspace, from, &seen.bytes) else { return Ok(Err(Code::ExportUnusable)) };
        let layout = workspace.library.get(&output.layout).ok();
        if layout.is_none_or(|layout| Writer::fill(&layout, Arc::clone(&export), true).is_none()) {
            return Ok(Err(Code::ExportUnusable));
        }
        // What was filled in since is not in the export: its values are not what the system has.
        let last = ledger.last_filled(&output.target, &output.layout)?;
        let leaves_out = last.is_none_or(|last| last < seen.modified_at);
        let Seen { name, bytes, sha256, modified_at } = seen;
        let filling = Filling { export, leaves_out, name: name.clone(), sha256: sha256.clone() };
        let (target, layout) = (output.target.clone(), output.layout.clone());
        let row = FillRow {
            intake: 0,
            output: number,
            target,
            layout,
            name,
            sha256,
            modified_at,
            filled_at: now,
            leaves_out,
        };
        found.push((row, filling, bytes));
    }
    Ok(Ok(found))
}

fn read(workspace: &Workspace, from: &FillFrom, bytes: &[u8]) -> Option<Arc<Export>> {
    let layout = workspace.library.get(&from.rules.export).ok()?;
    Export::read(bytes, &layout, &from.rules).ok().map(Arc::new)
}

/// The newest export that has been still for the quiet time of the flow.
fn newest(from: &FillFrom, flow: &Flow, now: i64) -> Result<Result<Seen, Code>, EngineError> {
    let Ok(pattern) = Glob::new(&from.pattern).map(|glob| glob.compile_matcher()) else {
        return Ok(Err(Code::ExportMissing));
    };
    let entries = match fs::read_dir(&from.folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err(Code::ExportMissing)),
        entries => at(&from.folder, entries)?,
    };
    let mut best: Option<(i64, i64, PathBuf, u64)> = None;
    for entry in entries {
        let path = at(&from.folder, entry)?.path();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let Ok(metadata) = path.symlink_metadata() else { continue };
        let settled = now.saturating_sub(metadata.mtime()) >= flow.quiet.as_secs() as i64;
        if !metadata.is_file() || name.starts_with('.') || !pattern.is_match(&name) || !settled {
            continue;
        }
        // Of two of one moment the later name counts.
        let made = (metadata.mtime(), metadata.mtime_nsec(), path, metadata.len());
        if best.as_ref().is_none_or(|best| (made.0, made.1, &made.2) > (best.0, best.1, &best.2)) {
            best = Some(made);
        }
    }
    let Some((modified_at, nanos, path, size)) = best else { return Ok(Err(Code::ExportMissing)) };
    if now.saturating_sub(modified_at) > from.max_age.as_secs() as i64 {
        return Ok(Err(Code::ExportStale));
    }
    if size > limits::EXPORT_BYTES {
        return Ok(Err(Code::ExportUnusable));
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(&path).and_then(|file| file.take(limits::EXPORT_BYTES).read_to_end(&mut bytes));
    let same =
        path.symlink_metadata().is_ok_and(|m| (m.mtime(), m.mtime_nsec(), m.len()) == (modified_at, nanos, size));
    match read {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Err(Code::ExportUnusable)),
        // It was replaced while it was read.
        _ if !same || bytes.len() as u64 != size => Ok(Err(Code::ExportMissing)),
        Err(error) => at(&path, Err(error)),
        Ok(_) => {
            let name = path.file_name().map(names::printable).unwrap_or_default();
            Ok(Ok(Seen { name, sha256: hex(&Sha256::digest(&bytes)), bytes, modified_at }))
        }
    }
}
