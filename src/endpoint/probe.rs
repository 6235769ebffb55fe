//! A trial of everything that Consign asks of a server: list, put, rename, no overwriting, remove, and its clock.

use std::time::{SystemTime, UNIX_EPOCH};

use super::list::join;
use super::{Fault, Session};
use crate::document::Code;

/// One thing that was tried, and how it went.
#[derive(Debug)]
pub struct Tried {
    /// What was tried.
    pub what: &'static str,
    /// Whether it went well, or why not.
    pub result: Result<String, Fault>,
}

/// What a trial found.
#[derive(Debug)]
pub struct Probe {
    /// All that was tried, in order. What follows a failure may be missing.
    pub tried: Vec<Tried>,
}

impl Probe {
    /// Whether all of it went well.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.tried.iter().all(|tried| tried.result.is_ok())
    }
}

/// What is written on trial.
const TEXT: &[u8] = b"A trial of Consign; it may be removed.\n";

impl Session {
    /// Tries a folder; with `write`, files are put, renamed and removed again under names of our own.
    #[must_use]
    pub fn probe(&self, folder: &str, write: bool) -> Probe {
        let mut tried = Vec::new();
        let listed = self
            .list(folder)
            .map(|listing| format!("{} files, {} entries passed over", listing.files.len(), listing.notices.len()));
        tried.push(Tried { what: "list", result: listed });
        if write && tried.iter().all(|tried| tried.result.is_ok()) {
            self.probe_writing(folder, &mut tried);
        }
        Probe { tried }
    }

    fn probe_writing(&self, folder: &str, tried: &mut Vec<Tried>) {
        let names = [1, 2, 3].map(|number| format!(".consign-trial-{}-{number}.part", std::process::id()));
        let put = |name: &str| {
            self.upload(folder, name, &mut &TEXT[..], TEXT.len() as u64)
                .unwrap_or_else(|error| Err(Fault::new(Code::RemoteWriteFailed, error.to_string())))
        };
        let done = |result: Result<(), Fault>| result.map(|()| "as it should be".to_owned());
        tried.push(Tried { what: "put", result: done(put(&names[0])) });
        tried.push(Tried { what: "clock", result: self.clock(folder, &names[0]) });
        tried.push(Tried { what: "rename", result: done(self.publish(folder, &names[0], &names[1])) });
        let kept = put(&names[2]).and_then(|()| match self.publish(folder, &names[2], &names[1]) {
            Err(_) => Ok("a name that is taken stays".to_owned()),
            Ok(()) => Err(Fault::new(
                Code::RemoteRefused,
                "a rename replaced another file; use a folder that nobody else writes to",
            )),
        });
        tried.push(Tried { what: "no overwriting", result: kept });
        let removed = names.iter().try_for_each(|name| self.remove(folder, name));
        tried.push(Tried { what: "remove", result: done(removed) });
    }

    /// How far the server's clock is from ours.
    fn clock(&self, folder: &str, name: &str) -> Result<String, Fault> {
        let stat = self.sftp.lstat(&join(folder, name));
        let stat = stat.map_err(|error| super::fault::of_call(&error, "look at the trial"))?;
        let ours = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let offset = i128::from(stat.mtime.unwrap_or_default()) - i128::from(ours);
        Ok(format!("{offset:+} s"))
    }
}
