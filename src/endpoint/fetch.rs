//! Fetching a file: it counts when as many bytes came as the server says there are, before and after.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::fault::{of_call, of_transfer};
use super::list::join;
use super::{Entry, Fault, Session};
use crate::document::Code;
use crate::document::hash::hex;
use crate::limits;

/// How a fetch ended that the machine did not fail in.
pub type Fetched = Result<(), Fault>;

impl Session {
    /// Copies a file into `to`, from its beginning.
    ///
    /// # Errors
    /// When `to` cannot be written, which is a failure of this machine.
    pub fn fetch(&self, folder: &str, entry: &Entry, to: &mut dyn Write) -> io::Result<Fetched> {
        let what = format!("fetch {}", entry.name);
        let mut file = match self.sftp.open(join(folder, &entry.name)) {
            Ok(file) => file,
            Err(error) => return Ok(Err(of_call(&error, &what))),
        };
        // The library asks ahead for several times what is read at once, which is wasted on a small file.
        let room = usize::try_from(entry.size).map_or(limits::REMOTE_READ_BYTES, |size| size.saturating_add(1));
        let mut buffer = vec![0; room.min(limits::REMOTE_READ_BYTES)];
        let mut bytes = 0_u64;
        let until = Instant::now() + slowest(entry.size);
        loop {
            if Instant::now() > until {
                return Ok(Err(Fault::new(Code::RemoteUnreachable, format!("{what}: too slow"))));
            }
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    bytes += count as u64;
                    if bytes > entry.size {
                        return Ok(Err(mismatch(entry, "more")));
                    }
                    to.write_all(&buffer[..count])?;
                }
                Err(error) => return Ok(Err(of_transfer(&error, &what))),
            }
        }
        if bytes != entry.size {
            return Ok(Err(mismatch(entry, &bytes.to_string())));
        }
        Ok(match self.find(folder, &entry.name) {
            Ok(Some(now)) if now == *entry => Ok(()),
            Ok(_) => Err(mismatch(entry, "another file meanwhile")),
            Err(fault) => Err(fault),
        })
    }

    /// Whether a file on the server has these bytes: it is read in full, which is only done where sizes do not decide.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn holds(&self, folder: &str, name: &str, size: u64, sha256: &str) -> Result<bool, Fault> {
        let Some(entry) = self.find(folder, name)?.filter(|there| there.size == size) else { return Ok(false) };
        let mut hash = Hashed(Sha256::new());
        match self.fetch(folder, &entry, &mut hash) {
            Ok(fetched) => fetched?,
            Err(error) => return Err(Fault::new(Code::RemoteRefused, error.to_string())),
        }
        Ok(hex(&hash.0.finalize()) == sha256)
    }

    /// Removes a fetched file; one that is gone already is no fault.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub fn remove(&self, folder: &str, name: &str) -> Result<(), Fault> {
        match self.sftp.unlink(&join(folder, name)) {
            Err(error) if !super::fault::is_missing(&error) => Err(of_call(&error, &format!("remove {name}"))),
            _ => Ok(()),
        }
    }

    /// Moves a fetched file to another folder, never over another file.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub fn move_away(&self, folder: &str, name: &str, to: &str, as_name: &str) -> Result<(), Fault> {
        match self.sftp.rename(&join(folder, name), &join(to, as_name), Some(ssh2::RenameFlags::empty())) {
            Err(error) => Err(of_call(&error, &format!("move {name}"))),
            Ok(()) => Ok(()),
        }
    }
}

/// Takes bytes for their hash only.
struct Hashed(Sha256);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The longest that a file of this size may take: a server that trickles is as good as one that is silent.
pub(super) const fn slowest(size: u64) -> Duration {
    Duration::from_secs(limits::REMOTE_FILE_SECS + size / limits::REMOTE_BYTES_PER_SEC)
}

fn mismatch(entry: &Entry, found: &str) -> Fault {
    Fault::new(Code::RemoteSizeMismatch, format!("{}: {} bytes listed, {found} found", entry.name, entry.size))
}
