//! What lies in a folder of a server, read entry by entry with bounds.

use std::path::Path;
use std::time::{Duration, Instant};

use ssh2::{ErrorCode, FileStat};

use super::fault::of_call;
use super::{Fault, Session, name};
use crate::document::Code;
use crate::document::printable;
use crate::limits;

/// One file of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The name, one plain segment.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When the server says that it was changed, in seconds since 1970; 0 when it does not say.
    pub changed: u64,
}

/// What a folder held.
#[derive(Debug, Default)]
pub struct Listing {
    /// Regular files, by age and name.
    pub files: Vec<Entry>,
    /// What was passed over, and why.
    pub notices: Vec<(String, Code)>,
}

/// What libssh2 says at the end of a folder.
const END: ErrorCode = ErrorCode::Session(-16);

impl Session {
    /// Lists the regular files of a folder.
    ///
    /// # Errors
    /// A folder that cannot be read, or one with more entries than [`limits::REMOTE_ENTRIES`].
    pub fn list(&self, folder: &str) -> Result<Listing, Fault> {
        let mut opened = self.sftp.opendir(folder).map_err(|error| of_call(&error, &format!("list {folder}")))?;
        let mut listing = Listing::default();
        let mut seen = std::collections::HashSet::new();
        let until = Instant::now() + Duration::from_secs(limits::REMOTE_LISTING_SECS);
        for entries in 0_usize.. {
            let (path, stat) = match opened.readdir() {
                Ok(entry) => entry,
                Err(error) if error.code() == END => break,
                Err(error) => return Err(of_call(&error, &format!("list {folder}"))),
            };
            if entries >= limits::REMOTE_ENTRIES || Instant::now() > until {
                let detail = format!("{folder} has more than {entries} entries, or is listed too slowly");
                return Err(Fault::new(Code::RemoteListingLimit, detail));
            }
            if name::is_folder_itself(&path) {
                continue;
            }
            match self.look(folder, &path, &stat) {
                Ok(entry) if !seen.insert(entry.name.clone()) => {
                    listing.notices.push((entry.name, Code::RemoteNameUnsafe))
                }
                Ok(entry) => listing.files.push(entry),
                Err(Some(code)) => listing.notices.push((printable(path.as_os_str().as_encoded_bytes()), code)),
                Err(None) => {}
            }
        }
        listing.files.sort_by(|a, b| (a.changed, &a.name).cmp(&(b.changed, &b.name)));
        Ok(listing)
    }

    /// One entry; or why it is passed over, which is told unless it is a folder.
    fn look(&self, folder: &str, path: &Path, stat: &FileStat) -> Result<Entry, Option<Code>> {
        let name = name::plain(path).ok_or(Some(Code::RemoteNameUnsafe))?;
        if stat.is_dir() {
            return Err(None);
        }
        if stat.perm.is_some() && !stat.is_file() {
            return Err(Some(Code::NotARegularFile));
        }
        // A server that tells no kind or size in its listing is asked; the entry itself, never what a link points to.
        let asked;
        let stat = if stat.perm.is_none() || stat.size.is_none() {
            asked = self.sftp.lstat(&join(folder, name)).map_err(|_| Some(Code::NoPermission))?;
            &asked
        } else {
            stat
        };
        if !stat.is_file() {
            return Err(Some(Code::NotARegularFile));
        }
        let size = stat.size.ok_or(Some(Code::NotARegularFile))?;
        Ok(Entry { name: name.to_owned(), size, changed: stat.mtime.unwrap_or_default() })
    }

    /// The file of this name as the server tells it now; none when there is none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn find(&self, folder: &str, name: &str) -> Result<Option<Entry>, Fault> {
        match self.sftp.lstat(&join(folder, name)) {
            Ok(stat) => Ok(Some(Entry {
                name: name.to_owned(),
                size: stat.size.unwrap_or_default(),
                changed: stat.mtime.unwrap_or_default(),
            })),
            Err(error) if super::fault::is_missing(&error) => Ok(None),
            Err(error) => Err(of_call(&error, &format!("look at {name}"))),
        }
    }
}

/// A path on a server. The name was checked to be one plain segment, or is our own.
pub(super) fn join(folder: &str, name: &str) -> std::path::PathBuf {
    let folder = folder.trim_end_matches('/');
    format!("{folder}/{name}").into()
}
