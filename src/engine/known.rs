//! What is known when a file is decided: by the ledger, and by the files before it in its group.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::decision::Computed;
use crate::clean;
use crate::document::Class;
use crate::flow::{DocumentRow, Known, Past, Seen};
use crate::ledger::{Ledger, LedgerError, OpenIntake};
use crate::spill::{Documents, WithinFile};

/// What the files before one in its group hold, which the ledger does not know yet.
#[derive(Default)]
pub(super) struct Earlier {
    /// Contents of documents by their keys.
    pub(super) documents: HashMap<u128, u128>,
    /// The last version of orders by their keys, and the contents that went out.
    pub(super) versions: HashMap<u128, (Vec<u8>, Vec<u128>)>,
    /// Intakes by the control numbers of their interchanges.
    pub(super) numbers: HashMap<[String; 3], i64>,
    /// Moments of stock snapshots by flow and location.
    pub(super) snapshots: HashMap<(String, String), String>,
}

impl Earlier {
    /// Whether a file holds something that an earlier one holds too, or stock that is older.
    pub(super) fn meets(&self, flow: &str, computed: &Computed) -> io::Result<bool> {
        let stale = |(location, as_of): &(String, String)| {
            let known = self.snapshots.get(&(flow.to_owned(), location.clone()));
            known.is_some_and(|known| clean::is_older(as_of, known))
        };
        let mut meets = computed.decision.snapshots.iter().any(stale)
            || computed.decision.control_numbers.iter().any(|number| self.numbers.contains_key(number));
        // What repeats what the ledger knows may be older than what an earlier file of the group says.
        each(computed, |document| {
            meets |=
                (document.counts() || document.class == Class::Duplicate) && self.documents.contains_key(&document.key);
        })?;
        Ok(meets)
    }

    pub(super) fn add(&mut self, intake: &OpenIntake, computed: &Computed) -> io::Result<()> {
        let snapshots = computed.decision.snapshots.iter().cloned();
        self.snapshots.extend(snapshots.map(|(location, as_of)| ((intake.flow.clone(), location), as_of)));
        self.numbers.extend(computed.decision.control_numbers.iter().map(|number| (number.clone(), intake.id)));
        each(computed, |document| {
            if document.counts() {
                self.documents.insert(document.key, document.content);
            }
            if document.class == Class::Out && !document.version.is_empty() {
                let (version, contents) = self.versions.entry(document.key).or_default();
                *version = document.version.to_owned();
                contents.push(document.content);
            }
        })
    }
}

/// Goes over the documents of a file.
fn each(computed: &Computed, mut take: impl FnMut(DocumentRow<'_>)) -> io::Result<()> {
    let mut rows = computed.decision.documents.rows();
    while let Some(row) = rows.read()? {
        take(row);
    }
    Ok(())
}

/// What the ledger and the files before this one in the group know.
pub(super) struct KnownInLedger<'l, 'm> {
    pub(super) ledger: &'l Mutex<&'m mut Ledger>,
    pub(super) earlier: &'l Earlier,
    pub(super) here: WithinFile,
    pub(super) documents: Documents,
    /// Why the ledger failed, which ends the road.
    pub(super) failed: Option<LedgerError>,
}

impl Known for KnownInLedger<'_, '_> {
    fn see_here(&mut self, key: u128, content: u128) -> io::Result<Seen> {
        self.here.see_here(key, content)
    }

    fn see(&mut self, key: u128, content: u128) -> io::Result<Seen> {
        match self.see_here(key, content)? {
            Seen::New => {}
            seen => return Ok(seen),
        }
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self
            .earlier
            .documents
            .get(&key)
            .copied()
            .map_or_else(|| ledger.known_content(key), |known| Ok(Some(known)));
        match known {
            Ok(None) => Ok(Seen::New),
            Ok(Some(old)) if old == content => Ok(Seen::Unchanged),
            Ok(Some(_)) => Ok(Seen::Changed),
            Err(error) => {
                self.failed = Some(error);
                Err(io::Error::other("the ledger failed"))
            }
        }
    }

    fn past(&mut self, key: u128, content: u128) -> io::Result<Past> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, was_out) = ledger.past(key, content).map_err(|error| {
            self.failed = Some(error);
            io::Error::other("the ledger failed")
        })?;
        Ok(match self.earlier.versions.get(&key) {
            Some((version, contents)) => {
                Past { version: Some(version.clone()), was_out: was_out || contents.contains(&content) }
            }
            None => Past { version, was_out },
        })
    }

    fn list(&mut self, row: DocumentRow<'_>) -> io::Result<()> {
        self.documents.push(row)
    }
}
