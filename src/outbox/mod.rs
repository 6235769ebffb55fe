//! Stage, publish, recover.
//!
//! An output is written to `stage/<id>` and synced before the deciding commit names it. The staged file is the witness:
//! while it is there, the output is not published; when it is gone, it is. No other evidence is asked, because the ERP
//! may have taken the published file away already.

mod draft;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::document::hash::hex;
use crate::durable::{self, Growing};
use crate::ledger::{NewOutput, OpenOutput};

pub use draft::Draft;

/// Bytes of an output kept in memory before it is written to its staged file.
const IN_MEMORY: usize = 8 << 20;

/// An output being written.
#[derive(Debug)]
pub struct Staging {
    path: PathBuf,
    memory: Vec<u8>,
    file: Option<Growing>,
    /// Whether the staged file has everything and is closed.
    closed: bool,
    hash: Sha256,
    size: u64,
}

impl Staging {
    /// An output that will be staged under this path.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, memory: Vec::new(), file: None, closed: false, hash: Sha256::new(), size: 0 }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.memory.extend_from_slice(bytes);
        if self.memory.len() >= IN_MEMORY {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(Growing::new(durable::create(&self.path)?));
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.memory)?;
        }
        self.memory.clear();
        Ok(())
    }

    /// Bytes that are in memory.
    #[must_use]
    pub const fn in_memory(&self) -> usize {
        self.memory.len()
    }

    /// Ends an output however small, synced, so that it takes no memory while others are written.
    ///
    /// # Errors
    /// When it cannot be written or synced.
    pub fn close(&mut self) -> io::Result<()> {
        self.spill()?;
        self.memory = Vec::new();
        self.closed = true;
        self.file.take().map_or(Ok(()), Growing::sync)
    }

    /// Ends a large output, whose file is synced here; a small one is given back to be written with others.
    ///
    /// # Errors
    /// When it cannot be written or synced.
    pub fn finish(mut self) -> io::Result<Finished> {
        let (path, sha256, size) = (self.path.clone(), hex(&std::mem::take(&mut self.hash).finalize()), self.size);
        if self.file.is_some() {
            self.spill()?;
        }
        let bytes = match self.file.take() {
            Some(file) => file.sync().map(|()| None)?,
            None if self.closed => None,
            None => Some(std::mem::take(&mut self.memory)),
        };
        Ok(Finished { path, bytes, sha256, size })
    }

    /// Gives the output up.
    ///
    /// # Errors
    /// When what was written cannot be removed.
    pub fn discard(self) -> io::Result<()> {
        if self.file.is_some() || self.closed { durable::remove(&self.path) } else { Ok(()) }
    }
}

/// An output ready to be staged.
#[derive(Debug)]
pub struct Finished {
    /// Its staged name.
    pub path: PathBuf,
    /// Its bytes, unless they are in the staged file already.
    pub bytes: Option<Vec<u8>>,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// What became of outputs.
#[derive(Debug, Default)]
pub struct Published {
    /// Visible now, or earlier.
    pub done: Vec<String>,
    /// Their name is taken by another file.
    pub held: Vec<String>,
}

/// Makes decided outputs visible, in the order they were decided; a group shares the syncs of its folders.
///
/// # Errors
/// When the machine fails.
pub fn publish(root: &Path, stage: &Path, outputs: &[OpenOutput]) -> io::Result<Published> {
    let mut published = Published::default();
    let mut folders = BTreeSet::new();
    for output in outputs {
        let (staged, folder) = (stage.join(&output.id), root.join(&output.folder));
        let target = folder.join(&output.name);
        match durable::rename_new(&staged, &target) {
            Ok(()) => published.done.push(output.id.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !staged.exists() => {
                published.done.push(output.id.clone());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if sha256(&target)? == output.sha256 {
                    durable::remove(&staged)?;
                    published.done.push(output.id.clone());
                } else {
                    published.held.push(output.id.clone());
                }
            }
            Err(error) => return Err(error),
        }
        folders.insert(folder);
    }
    if !outputs.is_empty() {
        folders.iter().try_for_each(|folder| durable::sync_folder(folder))?;
        durable::sync_folder(stage)?;
    }
    Ok(published)
}

/// Removes staged files that no row promises: they were made before a commit that never came.
///
/// # Errors
/// When the folder cannot be read or a file not removed.
pub fn sweep(stage: &Path, outputs: &[OpenOutput]) -> io::Result<()> {
    let promised: BTreeSet<&str> = outputs.iter().map(|output| output.id.as_str()).collect();
    for entry in fs::read_dir(stage)? {
        let entry = entry?;
        if !promised.contains(entry.file_name().to_string_lossy().as_ref()) {
            durable::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The SHA-256 of a file, read in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&block[..read]),
        }
    }
}

/// The row of a finished output.
#[must_use]
pub fn row(id: String, target: &str, folder: &str, name: String, finished: &Finished) -> NewOutput {
    let (target, folder) = (target.to_owned(), folder.to_owned());
    let (sha256, size) = (finished.sha256.clone(), finished.size);
    NewOutput { id, target, folder, name, sha256, size, destination: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(sha256: String) -> OpenOutput {
        OpenOutput { id: "1-1".into(), folder: "out".into(), name: "a.csv".into(), sha256 }
    }

    fn folders() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let stage = root.path().join("stage");
        fs::create_dir(&stage).unwrap();
        fs::create_dir(root.path().join("out")).unwrap();
        (root, stage)
    }

    #[test]
    fn what_is_staged_is_published_and_what_is_gone_was_published() {
        let (root, stage) = folders();
        fs::write(stage.join("1-1"), b"x").unwrap();
        let sha = hex(&Sha256::digest(b"x"));
        for _ in 0..2 {
            let published = publish(root.path(), &stage, &[output(sha.clone())]).unwrap();
            assert_eq!(published.done, ["1-1"]);
        }
        assert_eq!(fs::read(root.path().join("out/a.csv")).unwrap(), b"x");
        fs::remove_file(root.path().join("out/a.csv")).unwrap();
        publish(root.path(), &stage, &[output(sha)]).unwrap();
        assert!(!root.path().join("out/a.csv").exists(), "what the ERP took does not come back");
    }

    #[test]
    fn another_file_of_the_name_is_never_replaced() {
        let (root, stage) = folders();
        fs::write(stage.join("1-1"), b"ours").unwrap();
        fs::write(root.path().join("out/a.csv"), b"theirs").unwrap();
        let published = publish(root.path(), &stage, &[output(hex(&Sha256::digest(b"ours")))]).unwrap();
        assert_eq!((published.done.len(), published.held.len()), (0, 1));
        assert_eq!(fs::read(root.path().join("out/a.csv")).unwrap(), b"theirs");
        assert!(stage.join("1-1").exists());
    }

    #[test]
    fn large_outputs_go_to_the_staged_file_and_small_ones_stay_in_memory() {
        let (_root, stage) = folders();
        let mut large = Staging::new(stage.join("1-1"));
        large.write(&vec![b'x'; IN_MEMORY + 1]).unwrap();
        large.write(b"y").unwrap();
        let large = large.finish().unwrap();
        assert!(large.bytes.is_none() && fs::metadata(&large.path).unwrap().len() == IN_MEMORY as u64 + 2);
        let mut closed = Staging::new(stage.join("1-3"));
        closed.write(b"abc").unwrap();
        closed.close().unwrap();
        assert_eq!((closed.in_memory(), fs::read(stage.join("1-3")).unwrap()), (0, b"abc".to_vec()));
        let finished = closed.finish().unwrap();
        assert_eq!((finished.bytes, finished.size, finished.sha256), (None, 3, hex(&Sha256::digest(b"abc"))));
        let mut given_up = Staging::new(stage.join("1-4"));
        given_up.close().unwrap();
        given_up.discard().unwrap();
        assert!(!stage.join("1-4").exists());
        let mut small = Staging::new(stage.join("1-2"));
        small.write(b"abc").unwrap();
        assert_eq!(small.finish().unwrap().bytes.as_deref(), Some(&b"abc"[..]));
    }
}
