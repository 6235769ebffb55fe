//! Owns the bytes of claimed files: a private copy named by its SHA-256.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::document::hash::hex;
use crate::durable;

/// A file copied to a temporary name beside the blobs, synced, not yet named by its content.
#[derive(Debug)]
pub struct Copied {
    /// The temporary file.
    pub temporary: PathBuf,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// Why a claimed file could not be copied.
#[derive(Debug)]
pub enum Uncopied {
    /// It changed while it was read: its writer still holds it.
    Changing,
    /// The machine failed.
    Io(io::Error),
}

impl From<io::Error> for Uncopied {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Copies a claimed file while hashing it; the file must look the same before and after, unless it is taken as it is.
///
/// # Errors
/// When it changes, or when the machine fails.
pub fn copy(claimed: &Path, temporary: PathBuf, as_it_is: bool) -> Result<Copied, Uncopied> {
    let mut source = open(claimed)?;
    let before = source.metadata()?;
    let mut target = durable::create(&temporary)?;
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    let mut block = vec![0; 1 << 17];
    loop {
        let read = source.read(&mut block)?;
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
        target.write_all(&block[..read])?;
        size += read as u64;
    }
    let after = source.metadata()?;
    let look = |m: &std::fs::Metadata| (m.len(), m.mtime(), m.mtime_nsec(), m.ino());
    if !as_it_is && (look(&before) != look(&after) || size != after.len()) {
        durable::remove(&temporary)?;
        return Err(Uncopied::Changing);
    }
    durable::sync(&target)?;
    Ok(Copied { temporary, sha256: hex(&hash.finalize()), size })
}

/// Opens a file that a stranger put there: never through a link, never waiting on a pipe.
fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// Gives a copied file the name of its content. The same content under that name is the same blob.
///
/// # Errors
/// When the machine fails.
pub fn name_blob(copied: &Copied, blobs: &Path) -> io::Result<()> {
    match durable::rename_new(&copied.temporary, &blobs.join(&copied.sha256)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => durable::remove(&copied.temporary),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blob_is_named_by_what_sha256sum_says() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), b"abc").unwrap();
        for _ in 0..2 {
            let copied = copy(&folder.path().join("a"), folder.path().join("tmp"), false).unwrap();
            name_blob(&copied, folder.path()).unwrap();
        }
        let name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), b"abc");
        assert!(!folder.path().join("tmp").exists());
    }

    #[test]
    fn n04_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), b"x").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), folder.path().join("a")).unwrap();
        assert!(copy(&folder.path().join("a"), folder.path().join("tmp"), false).is_err());
    }
}
