//! Fetching a file: it counts when as many bytes came as the server says there are, before and after.

use std::io::{self, Read, Write};

use super::fault::{of_call, of_transfer};
use super::list::join;
use super::{Entry, Fault, Session};
use crate::document::Code;
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
        let mut buffer = vec![0; limits::REMOTE_READ_BYTES];
        let mut bytes = 0_u64;
        loop {
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

    /// Moves a fetched file to another folder, never over another file; one that is gone already is no fault.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub fn move_away(&self, folder: &str, name: &str, to: &str) -> Result<(), Fault> {
        match self.sftp.rename(&join(folder, name), &join(to, name), Some(ssh2::RenameFlags::empty())) {
            Err(error) if !super::fault::is_missing(&error) => Err(of_call(&error, &format!("move {name}"))),
            _ => Ok(()),
        }
    }
}

fn mismatch(entry: &Entry, found: &str) -> Fault {
    Fault::new(Code::RemoteSizeMismatch, format!("{}: {} bytes listed, {found} found", entry.name, entry.size))
}
