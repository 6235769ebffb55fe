//! What is known when a file is decided: by the ledger, and by the files before it in its group.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::decision::Computed;
use crate::clean;
use crate::flow::{DocumentRow, Known, Seen, WithinFile};
use crate::ledger::{Ledger, LedgerError, OpenIntake};

/// What the files before one in its group hold, which the ledger does not know yet.
#[derive(Default)]
pub(super) struct Earlier {
    /// Contents of documents by their keys.
    pub(super) documents: HashMap<u128, u128>,
    /// Intakes by the control numbers of their interchanges.
    pub(super) numbers: HashMap<[String; 3], i64>,
    /// Moments of stock snapshots by flow and location.
    pub(super) snapshots: HashMap<(String, String), String>,
}

impl Earlier {
    /// Whether a file holds something that an earlier one holds too, or stock that is older.
    pub(super) fn meets(&self, flow: &str, computed: &Computed) -> bool {
        let stale = |(location, as_of): &(String, String)| {
            let known = self.snapshots.get(&(flow.to_owned(), location.clone()));
            known.is_some_and(|known| clean::is_older(as_of, known))
        };
        computed.decision.snapshots.iter().any(stale)
            || counting(computed).any(|document| self.documents.contains_key(&document.key))
            || computed.decision.control_numbers.iter().any(|number| self.numbers.contains_key(number))
    }

    pub(super) fn add(&mut self, intake: &OpenIntake, computed: &Computed) {
        let snapshots = computed.decision.snapshots.iter().cloned();
        self.snapshots.extend(snapshots.map(|(location, as_of)| ((intake.flow.clone(), location), as_of)));
        self.documents.extend(counting(computed).map(|document| (document.key, document.content)));
        self.numbers.extend(computed.decision.control_numbers.iter().map(|number| (number.clone(), intake.id)));
    }
}

/// The documents of a file that a later one is compared with.
fn counting(computed: &Computed) -> impl Iterator<Item = DocumentRow<'_>> {
    computed.decision.documents.iter().filter(DocumentRow::counts)
}

/// What the ledger and the files before this one in the group know.
pub(super) struct KnownInLedger<'l, 'm> {
    pub(super) ledger: &'l Mutex<&'m mut Ledger>,
    pub(super) earlier: &'l HashMap<u128, u128>,
    pub(super) here: WithinFile,
    pub(super) failed: RefCell<Option<LedgerError>>,
}

impl Known for KnownInLedger<'_, '_> {
    fn see_here(&mut self, key: u128, content: u128) -> Seen {
        self.here.see_here(key, content)
    }

    fn see(&mut self, key: u128, content: u128) -> Seen {
        match self.see_here(key, content) {
            Seen::New => {}
            seen => return seen,
        }
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.earlier.get(&key).copied().map_or_else(|| ledger.known_content(key), |known| Ok(Some(known)));
        match known {
            Ok(None) => Seen::New,
            Ok(Some(old)) if old == content => Seen::Unchanged,
            Ok(Some(_)) => Seen::Changed,
            Err(error) => {
                *self.failed.borrow_mut() = Some(error);
                Seen::New
            }
        }
    }
}
