//! Looks into a drop folder: the scan is the truth, events are only hints.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::names;
use crate::document::Code;
use crate::limits;
use crate::workspace::Flow;

/// What a file looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Device and inode.
    pub file: (u64, u64),
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change, in seconds and nanoseconds; compared, never calculated with.
    pub changed: (i64, i64),
}

impl Look {
    /// What a file looks like.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.len(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// A file that waits in a drop folder.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its path.
    pub path: PathBuf,
    /// Its name.
    pub name: OsString,
    /// What it looks like.
    pub look: Look,
}

/// What a scan saw.
#[derive(Debug, Default)]
pub struct Scan {
    /// Regular files that the flow takes, oldest first.
    pub files: Vec<Waiting>,
    /// Entries that are passed over, to be reported once each.
    pub notices: Vec<(OsString, Code)>,
}

/// Looks into the folder of a flow.
///
/// # Errors
/// When the folder cannot be read.
pub fn scan(flow: &Flow) -> io::Result<Scan> {
    let mut scan = Scan::default();
    let mut markers = BTreeSet::new();
    for entry in std::fs::read_dir(&flow.folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(marker) = &flow.marker
            && let Some(data) = name.to_string_lossy().strip_suffix(marker.as_str())
        {
            markers.insert(OsString::from(data));
            continue;
        }
        if names::is_temporary(&name) && !names::is_unsafe(&name) {
            if names::is_upload(&name) && is_stale(&entry) {
                scan.notices.push((name, Code::StalePartial));
            }
            continue;
        }
        if !is_wanted(flow, &name) {
            continue;
        }
        // The entry itself, never what a link points to; gone again is no error.
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        match look(&name, &metadata, flow) {
            Ok(look) => scan.files.push(Waiting { path: entry.path(), name, look }),
            Err(code) => scan.notices.push((name, code)),
        }
    }
    if flow.marker.is_some() {
        let waiting: HashSet<OsString> = scan.files.iter().map(|file| file.name.clone()).collect();
        scan.notices
            .extend(markers.iter().filter(|m| !waiting.contains(*m)).map(|m| (m.clone(), Code::MarkerWithoutFile)));
        scan.files.retain(|file| markers.contains(&file.name));
    }
    scan.files.sort_by(|a, b| (a.look.changed, &a.name).cmp(&(b.look.changed, &b.name)));
    Ok(scan)
}

/// What a file looks like, or why it is not taken.
fn look(name: &OsStr, metadata: &Metadata, flow: &Flow) -> Result<Look, Code> {
    if names::is_unsafe(name) {
        Err(Code::NameUnsafe)
    } else if !metadata.is_file() {
        Err(Code::NotARegularFile)
    } else if metadata.nlink() > 1 {
        Err(Code::HardLinked)
    } else if metadata.len() > flow.max_file_bytes {
        // Too large even to copy: it is left where it is.
        Err(Code::FileTooLarge)
    } else {
        Ok(Look::of(metadata))
    }
}

/// Whether a flow takes files of this name.
#[must_use]
pub fn is_wanted(flow: &Flow, name: &OsStr) -> bool {
    flow.include.is_match(name) && !flow.exclude.is_match(name)
}

/// Whether an upload has been lying still for so long that it must have broken off.
fn is_stale(entry: &DirEntry) -> bool {
    let changed = entry.path().symlink_metadata().and_then(|metadata| metadata.modified());
    changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= limits::STALE_UPLOAD))
}

/// Whether a file can be read and taken out of its folder by the user that the program runs as.
#[must_use]
pub fn is_permitted(file: &Waiting) -> bool {
    use rustix::fs::{Access, access};
    let Some(folder) = file.path.parent() else { return false };
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
        && access(&file.path, Access::READ_OK) != Err(rustix::io::Errno::ACCESS)
        && is_movable(file, folder)
}

/// Out of a sticky folder only the owner of the file or of the folder can take it.
fn is_movable(file: &Waiting, folder: &Path) -> bool {
    let Ok(of_folder) = folder.metadata() else { return false };
    // A file that is gone by now is told when it is claimed.
    let owner = file.path.symlink_metadata().map_or(of_folder.uid(), |metadata| metadata.uid());
    let user = rustix::process::geteuid();
    of_folder.mode() & 0o1000 == 0 || user.is_root() || [owner, of_folder.uid()].contains(&user.as_raw())
}

/// Remembers since when files have looked the same, on a clock that never jumps.
#[derive(Debug, Default)]
pub struct Settling {
    seen: BTreeMap<PathBuf, (Look, Instant)>,
}

impl Settling {
    /// The files that have looked the same in two looks at least `quiet` apart.
    pub fn settled(&mut self, files: Vec<Waiting>, quiet: Duration, now: Instant) -> Vec<Waiting> {
        let mut settled = Vec::new();
        let mut seen = BTreeMap::new();
        for file in files {
            let known = self.seen.get(&file.path).filter(|(look, _)| *look == file.look).map(|(_, since)| *since);
            if known.is_some_and(|since| now.duration_since(since) >= quiet) {
                settled.push(file);
            } else {
                seen.insert(file.path, (file.look, known.unwrap_or(now)));
            }
        }
        self.seen = seen;
        settled
    }

    /// How many files are waiting to settle.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Whether files are waiting to settle.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(size: u64) -> Waiting {
        let look = Look { file: (1, 2), size, changed: (3, 4) };
        Waiting { path: "in/a.csv".into(), name: "a.csv".into(), look }
    }

    #[test]
    fn a_file_is_taken_when_it_has_been_still_for_the_quiet_time() {
        let (mut settling, quiet, start) = (Settling::default(), Duration::from_secs(2), Instant::now());
        let at = |secs| start + Duration::from_secs(secs);
        assert!(settling.settled(vec![waiting(1)], quiet, at(0)).is_empty(), "first look");
        assert!(settling.settled(vec![waiting(1)], quiet, at(1)).is_empty(), "too soon");
        assert!(settling.settled(vec![waiting(2)], quiet, at(3)).is_empty(), "it grew: the clock starts anew");
        assert!(settling.settled(vec![waiting(2)], quiet, at(4)).is_empty());
        assert_eq!(settling.settled(vec![waiting(2)], quiet, at(5)).len(), 1);
        assert!(!settling.is_waiting());
    }
}
