//! The only place that opens for writing, renames, syncs or removes.
//!
//! Every operation is a numbered step. In builds with debug assertions the variable `CONSIGN_CRASH_AT=N` stops the
//! program right before step N, as a power switch would, so that tests can stop it at each one. Commits of the ledger
//! are steps too ([`step`]).
//!
//! A failed sync is never tried again on the same file: the pages may be marked clean although they were lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rayon::prelude::*;

use crate::limits;

static STEPS: AtomicU64 = AtomicU64::new(0);

/// Counts a durable step, and stops the program before it if a test asked for that.
pub fn step() {
    let number = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
    if cfg!(debug_assertions) && crash_at() == Some(number) {
        std::process::abort();
    }
}

/// Durable steps done so far.
#[must_use]
pub fn steps() -> u64 {
    STEPS.load(Ordering::SeqCst)
}

fn crash_at() -> Option<u64> {
    static AT: std::sync::OnceLock<Option<u64>> = std::sync::OnceLock::new();
    *AT.get_or_init(|| std::env::var("CONSIGN_CRASH_AT").ok().and_then(|n| n.parse().ok()))
}

/// Makes a folder and those above it; private folders are for the owner only.
///
/// # Errors
/// When it cannot be made.
pub fn create_folder(path: &Path, private: bool) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    step();
    fs::DirBuilder::new().recursive(true).mode(if private { 0o700 } else { 0o755 }).create(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

/// Makes the names in a folder durable.
///
/// # Errors
/// When the folder cannot be synced.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    step();
    File::open(path)?.sync_all()
}

/// A file being written that nobody trusts before a commit names it; what was left of an earlier try is replaced.
///
/// # Errors
/// When it cannot be created.
pub fn create(path: &Path) -> io::Result<File> {
    step();
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Writes a whole file and syncs it.
///
/// # Errors
/// When it cannot be written or synced.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    step();
    file.write_all(bytes)?;
    sync(&file)
}

/// Writes many files and syncs them, several at a time: a disk takes many syncs together in little more time than one.
///
/// # Errors
/// The first that fails.
pub fn write_all(pool: &rayon::ThreadPool, files: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
    pool.install(|| files.par_iter().try_for_each(|(path, bytes)| write(path, bytes)))
}

/// Makes a file's content durable.
///
/// # Errors
/// When it cannot be synced; the file must then be given up.
pub fn sync(file: &File) -> io::Result<()> {
    step();
    file.sync_all()
}

/// Renames, never over another file.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when the target is there, [`io::ErrorKind::NotFound`] when the source is not.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    step();
    let cwd = rustix::fs::CWD;
    match rustix::fs::renameat_with(cwd, from, cwd, to, rustix::fs::RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            step();
            return fs::remove_file(from);
        }
        Err(rustix::io::Errno::EXIST) if same_file(from, to) => {}
        Err(error) => return Err(error.into()),
    }
    // A file system may keep both names of one file after a power cut; a rename between them does nothing.
    if same_file(from, to) { remove(from) } else { Ok(()) }
}

/// Whether two names are one file.
fn same_file(a: &Path, b: &Path) -> bool {
    let id = |path: &Path| fs::symlink_metadata(path).map(|m| (m.dev(), m.ino())).ok();
    id(a).is_some_and(|a| Some(a) == id(b))
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    step();
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A file being written whose bytes go to the disk while more are being made, so that the sync at its end, which
/// everything waits for, is short. A small one is only synced at its end.
#[derive(Debug)]
pub struct Growing {
    file: File,
    unsynced: usize,
    ahead: Option<Ahead>,
}

/// A thread that syncs what has been written so far whenever it is asked.
#[derive(Debug)]
struct Ahead {
    ask: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Growing {
    /// Takes over a file that was just created.
    #[must_use]
    pub const fn new(file: File) -> Self {
        Self { file, unsynced: 0, ahead: None }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(limits::WRITE_BYTES) {
            self.file.write_all(piece)?;
            self.unsynced += piece.len();
            if self.unsynced >= limits::UNSYNCED_BYTES {
                self.sync_ahead()?;
                self.unsynced = 0;
            }
        }
        Ok(())
    }

    /// Asks for a sync; one that is under way already is enough.
    fn sync_ahead(&mut self) -> io::Result<()> {
        if self.ahead.is_none() {
            let (file, (ask, asked)) = (self.file.try_clone()?, sync_channel(1));
            let thread = std::thread::Builder::new().spawn(move || asked.iter().try_for_each(|()| file.sync_data()))?;
            self.ahead = Some(Ahead { ask, thread });
        }
        if let Some(ahead) = &self.ahead {
            // Full means that one waits; closed means that a sync failed, which the end tells.
            let _ = ahead.ask.try_send(());
        }
        Ok(())
    }

    /// Makes the content durable.
    ///
    /// # Errors
    /// When it cannot be synced, now or before; the file must then be given up.
    pub fn sync(mut self) -> io::Result<()> {
        if let Some(Ahead { ask, thread }) = self.ahead.take() {
            drop(ask);
            // The system tells a failed write once: to the thread, not to the sync below.
            thread.join().map_err(|_| io::Error::other("the thread that syncs failed"))??;
        }
        sync(&self.file)
    }
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Growing::write_all(self, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes the content of many files durable, with many waiting for the disk at once: it takes them together.
///
/// # Errors
/// The first that fails; all must then be given up.
pub fn sync_together(files: Vec<Growing>) -> io::Result<()> {
    let threads = limits::SYNC_THREADS.min(files.len());
    let (queue, failed) = (Mutex::new(files), Mutex::new(None));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || {
        while let Some(file) = next() {
            if let Err(error) = file.sync() {
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// A file that replaces another of its name only when it is complete.
#[derive(Debug)]
pub struct Replace {
    file: Option<Growing>,
    is_done: bool,
    temporary: PathBuf,
    path: PathBuf,
}

impl Replace {
    /// Begins a file beside its final name.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn new(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let temporary = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        Ok(Self { file: Some(Growing::new(file)), is_done: false, temporary, path: path.to_owned() })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), |file| file.write_all(bytes))
    }

    /// Ends the file, synced and closed, but not under its name yet.
    ///
    /// # Errors
    /// When it cannot be written or synced.
    pub fn close(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), Growing::sync)
    }

    /// Makes the file appear under its name.
    ///
    /// # Errors
    /// When it cannot be written, synced or renamed.
    pub fn commit(mut self) -> io::Result<()> {
        self.close()?;
        step();
        fs::rename(&self.temporary, &self.path)?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Replace {
    fn drop(&mut self) {
        if !self.is_done {
            // What is left of a file that was given up; nothing more can be done if it cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A file without a name, for what does not fit memory: it is gone when it is dropped, or when the program ends, however
/// that ends. Nothing in it is ever durable, so that its operations are no steps.
#[derive(Debug)]
pub struct Scratch {
    file: File,
    len: u64,
}

impl Scratch {
    /// Makes an empty one on the file system of `folder`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(folder: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let path = folder.join(format!(".{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
            match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
                // Left by a program that was stopped before the next line, or of one that has the same number elsewhere.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => {
                    let file = file?;
                    fs::remove_file(&path)?;
                    return Ok(Self { file, len: 0 });
                }
            }
        }
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.len)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Fills `bytes` with what stands at `offset`.
    ///
    /// # Errors
    /// When it cannot be read, or the file ends before.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset)
    }

    /// Bytes added.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_file_has_no_name_and_gives_back_what_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!(".{}-0.part", std::process::id())), b"left").unwrap();
        let (mut one, mut two) = (Scratch::new(folder.path()).unwrap(), Scratch::new(folder.path()).unwrap());
        one.append(b"one").unwrap();
        two.append(b"tw").unwrap();
        two.append(b"o").unwrap();
        let mut read = [0; 2];
        two.read_at(1, &mut read).unwrap();
        assert_eq!((&read, one.len(), two.is_empty()), (b"wo", 3, false));
        assert!(one.read_at(2, &mut read).is_err(), "it ends before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_rename_never_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        write(&a, b"new").unwrap();
        write(&b, b"old").unwrap();
        assert_eq!(rename_new(&a, &b).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&b).unwrap(), b"old");
    }

    #[test]
    fn two_names_of_one_file_become_one() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        write(&a, b"x").unwrap();
        fs::hard_link(&a, &b).unwrap();
        rename_new(&a, &b).unwrap();
        assert!(!a.exists() && b.exists());
    }

    #[test]
    fn a_file_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut file = Replace::new(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
