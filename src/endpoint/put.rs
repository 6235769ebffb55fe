//! Putting a file: under a name that nobody reads, checked, and then renamed, which fails where the name is taken.
//!
//! SFTP version 3 has no rename that replaces (draft-ietf-secsh-filexfer-02, section 6.5), which is what is wanted. A reply
//! may be lost, so that what is there decides, not what was said: see [`Session::settle`].

use std::io::{self, Read, Write};
use std::time::Instant;

use ssh2::{OpenFlags, OpenType};

use super::fault::{is_unsupported, of_call, of_transfer};
use super::fetch::slowest;
use super::list::join;
use super::{Fault, Session};
use crate::document::Code;
use crate::limits;

/// Where a delivery stands, as far as the server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The file is there under its name.
    Delivered,
    /// Neither the file nor its temporary one is there: somebody has taken it already.
    Unconfirmed,
    /// The temporary file is there and whole; it only has to be renamed.
    Uploaded,
    /// Nothing of use is there.
    Missing,
}

/// A name that no other attempt has: upload tools and partners pass over such names.
#[must_use]
pub fn temporary_name(delivery: i64, attempt: i64, sha256: &str) -> String {
    format!(".consign-{}-{delivery}-{attempt}.part", sha256.get(..8).unwrap_or_default())
}

impl Session {
    /// Uploads to a temporary name and checks what arrived.
    ///
    /// # Errors
    /// When the local file cannot be read, which is a failure of this machine.
    pub fn upload(
        &self,
        folder: &str,
        temporary: &str,
        from: &mut dyn Read,
        size: u64,
    ) -> io::Result<Result<(), Fault>> {
        let path = join(folder, temporary);
        let what = format!("upload {temporary}");
        // A name that is taken is somebody else's.
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        let mut file = match self.sftp.open_mode(&path, flags, 0o644, OpenType::File) {
            Ok(file) => file,
            Err(error) => return Ok(Err(of_call(&error, &what))),
        };
        let room = usize::try_from(size).map_or(limits::REMOTE_WRITE_BYTES, |size| size.saturating_add(1));
        let mut buffer = vec![0; room.min(limits::REMOTE_WRITE_BYTES)];
        let until = Instant::now() + slowest(size);
        loop {
            if Instant::now() > until {
                return Ok(Err(Fault::new(Code::RemoteUnreachable, format!("{what}: too slow"))));
            }
            let count = from.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            if let Err(error) = file.write_all(&buffer[..count]) {
                return Ok(Err(of_transfer(&error, &what)));
            }
        }
        // A server without the extension has nothing to say about its disk.
        if let Err(error) = file.fsync()
            && !is_unsupported(&error)
        {
            return Ok(Err(of_call(&error, &what)));
        }
        if let Err(error) = file.close() {
            return Ok(Err(of_call(&error, &what)));
        }
        Ok(match self.find(folder, temporary) {
            Ok(Some(there)) if there.size == size => Ok(()),
            Ok(there) => {
                let found = there.map_or("nothing".to_owned(), |there| format!("{} bytes", there.size));
                Err(Fault::new(Code::RemoteWriteFailed, format!("{temporary}: {size} bytes sent, {found} found")))
            }
            Err(fault) => Err(fault),
        })
    }

    /// Renames an uploaded file to its name, which fails where the name is taken.
    ///
    /// # Errors
    /// When the server refuses or does not answer; then [`Session::settle`] says what is so.
    pub fn publish(&self, folder: &str, temporary: &str, name: &str) -> Result<(), Fault> {
        let flags = Some(ssh2::RenameFlags::empty());
        self.sftp
            .rename(&join(folder, temporary), &join(folder, name), flags)
            .map_err(|error| of_call(&error, &format!("rename to {name}")))
    }

    /// Says where a delivery stands after a reply that was lost or doubtful. `renaming` says that the rename was asked for.
    ///
    /// # Errors
    /// [`Code::RemoteNameTaken`] when another file has the name; or when the server does not answer.
    pub fn settle(
        &self,
        folder: &str,
        (temporary, name): (&str, &str),
        size: u64,
        renaming: bool,
    ) -> Result<Delivery, Fault> {
        let (part, there) = (self.find(folder, temporary)?, self.find(folder, name)?);
        match (part, there) {
            (_, Some(there)) if !renaming || there.size != size => {
                let detail = format!("{name} is there with {} bytes", there.size);
                Err(Fault::new(Code::RemoteNameTaken, detail))
            }
            // The server links and unlinks: both names may be left.
            (Some(part), Some(_)) if part.size == size => self.remove(folder, temporary).map(|()| Delivery::Delivered),
            (None, Some(_)) => Ok(Delivery::Delivered),
            (Some(part), None) if part.size == size => Ok(Delivery::Uploaded),
            (None, None) if renaming => Ok(Delivery::Unconfirmed),
            _ => Ok(Delivery::Missing),
        }
    }
}
