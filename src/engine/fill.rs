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

/// The exports of the files of a group.
#[derive(Default)]
pub(super) struct Fills {
    /// By file and number of the output.
    chosen: HashMap<(i64, usize), Filling>,
    /// What was found for a flow, which is the same for all files of the group.
    looked: HashMap<String, Looked>,
}

impl Fills {
    /// The export of an output.
    pub(super) fn get(&self, intake: i64, output: usize) -> Option<&Filling> {
        self.chosen.get(&(intake, output))
    }

    /// Those that were found, for a file without a record.
    pub(super) fn of_look(found: &[Found], ledger: &Ledger) -> Result<Self, EngineError> {
        let mut fills = Self::default();
        for Found { row, filling, .. } in found {
            let filling = Filling { leaves_out: leaves_out(ledger, row)?, ..filling.clone() };
            fills.chosen.insert((0, row.output), filling);
        }
        Ok(fills)
    }
}

/// An export that was found, and the row that records it.
#[derive(Clone)]
pub(super) struct Found {
    row: FillRow,
    filling: Filling,
    bytes: Arc<Vec<u8>>,
}

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
        let rows = self.ledger.fills(intake.id)?;
        if let Some(chosen) = self.chosen(flow, &rows)? {
            fills.chosen.extend(chosen.into_iter().map(|(output, filling)| ((intake.id, output), filling)));
            return Ok(true);
        }
        let looked = match fills.looked.get(&flow.name) {
            Some(looked) => looked.clone(),
            None => look(&self.workspace, flow, now())?,
        };
        fills.looked.insert(flow.name.clone(), looked.clone());
        if !rows.is_empty() {
            self.ledger.forget_fills(intake.id)?;
        }
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
        for Found { mut row, mut filling, bytes } in found {
            let path = folder.join(&row.sha256);
            if path.symlink_metadata().is_err() {
                let temporary = folder.join(format!(".tmp-{}", row.sha256));
                at(&path, durable::write(&temporary, &bytes))?;
                at(&path, durable::rename_new(&temporary, &path))?;
            }
            (row.intake, row.leaves_out) = (intake.id, leaves_out(&self.ledger, &row)?);
            filling.leaves_out = row.leaves_out;
            fills.chosen.insert((intake.id, row.output), filling);
            rows.push(row);
        }
        at(&folder, durable::sync_folder(&folder))?;
        Ok(self.ledger.add_fills(&rows).map(|()| true)?)
    }

    /// The exports that were chosen before, from where they are kept; none where they are not those that the flow's outputs
    /// are filled into now. Nothing was decided with them yet, so that others can be chosen.
    fn chosen(&self, flow: &Flow, rows: &[FillRow]) -> Result<Option<Vec<(usize, Filling)>>, EngineError> {
        if rows.len() != flow.outputs.iter().filter(|output| output.fill.is_some()).count() {
            return Ok(None);
        }
        let mut chosen = Vec::with_capacity(rows.len());
        for row in rows {
            let output = flow.outputs.get(row.output);
            let output = output.filter(|output| output.target == row.target && output.layout == row.layout);
            let path = self.workspace.private("fill").join(&row.sha256);
            let (Some(from), true) = (output.and_then(|output| output.fill.as_ref()), path.is_file()) else {
                return Ok(None);
            };
            let Some(export) = read(&self.workspace, from, &at(&path, fs::read(&path))?) else { return Ok(None) };
            let (name, sha256) = (row.name.clone(), row.sha256.clone());
            chosen.push((row.output, Filling { export, leaves_out: row.leaves_out, name, sha256 }));
        }
        Ok(Some(chosen))
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

/// Whether rows that an export has already are left out: not where something was filled in since it was made, because then
/// its values are not what the system has.
fn leaves_out(ledger: &Ledger, row: &FillRow) -> Result<bool, EngineError> {
    Ok(ledger.last_filled(&row.target, &row.layout)?.is_none_or(|last| last < row.modified_at))
}

/// The exports of a flow's outputs as they are now, with the rows that would be written; or what is wrong with one.
pub(super) type Looked = Result<Vec<Found>, Code>;

pub(super) fn look(workspace: &Workspace, flow: &Flow, now: i64) -> Result<Looked, EngineError> {
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
        let leaves_out = true;
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
        found.push(Found { row, filling, bytes: Arc::new(bytes) });
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
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Err(Code::ExportMissing));
        }
        // The other flows go on; this one waits for a person.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(Err(Code::ExportUnusable)),
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
