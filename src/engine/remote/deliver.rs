//! Outputs on their way to a server: uploaded side by side, named in the order they were decided.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::super::{EngineError, at, now};
use super::orders;
use crate::document::Code;
use crate::durable;
use crate::endpoint::{Delivery, Fault};
use crate::ledger::{Ledger, OpenDelivery};
use crate::limits;
use crate::transfer::{Hub, Order, Parcel, Results};
use crate::workspace::Workspace;

/// What is on its way to one server.
#[derive(Default)]
pub(super) struct Sending {
    /// Deliveries that the server was asked about, as they are.
    asked: HashMap<i64, OpenDelivery>,
    /// Deliveries that were refused, and when they are tried again.
    later: BTreeMap<i64, Instant>,
}

impl Sending {
    /// Orders what there is to do.
    pub(super) fn order(
        &mut self,
        endpoint: &str,
        workspace: &Workspace,
        ledger: &mut Ledger,
        hub: &mut Hub,
    ) -> Result<(), EngineError> {
        let now = Instant::now();
        self.later.retain(|_, at| *at > now);
        let open = ledger.open_deliveries(endpoint, 2 * limits::REMOTE_FILES)?;
        if open.is_empty() {
            return Ok(());
        }
        let upload = self.to_upload(&open);
        let rename = self.to_rename(&open);
        let changes =
            upload.iter().map(|one| (one.id, "uploading")).chain(rename.iter().map(|one| (one.id, "renaming")));
        ledger.deliveries(&changes.collect::<Vec<_>>(), &super::super::now())?;
        for (folder, files) in by_folder(upload) {
            for files in orders(files, |file| file.size) {
                let parcels = files.into_iter().map(|file| {
                    let parcel = parcel(workspace, &file, file.attempts + 1);
                    self.asked.insert(file.id, OpenDelivery { attempts: file.attempts + 1, ..file });
                    parcel
                });
                let order = Order::Upload { folder: folder.clone(), files: parcels.collect() };
                at(&workspace.root, hub.give(endpoint, order))?;
            }
        }
        // The names of a folder are given by one thread, in their order.
        for (folder, files) in by_folder(rename) {
            let parcels = files.into_iter().map(|file| {
                let parcel = parcel(workspace, &file, file.attempts);
                self.asked.insert(file.id, file);
                parcel
            });
            let order = Order::Rename { folder, files: parcels.collect() };
            at(&workspace.root, hub.give(endpoint, order))?;
        }
        Ok(())
    }

    fn is_free(&self, delivery: &OpenDelivery) -> bool {
        !self.asked.contains_key(&delivery.id) && !self.later.contains_key(&delivery.id)
    }

    fn to_upload(&self, open: &[OpenDelivery]) -> Vec<OpenDelivery> {
        let room = limits::REMOTE_FILES.saturating_sub(self.asked.len());
        let begun = |one: &&OpenDelivery| matches!(one.state.as_str(), "waiting" | "uploading") && self.is_free(one);
        open.iter().filter(begun).take(room).cloned().collect()
    }

    /// Uploaded files before which no other of their target is still on its way; one that was refused keeps nobody waiting.
    fn to_rename(&self, open: &[OpenDelivery]) -> Vec<OpenDelivery> {
        let mut closed: HashSet<&str> = HashSet::new();
        let mut rename = Vec::new();
        for one in open.iter().filter(|one| !self.later.contains_key(&one.id)) {
            if closed.contains(one.target.as_str()) {
                continue;
            }
            if self.is_free(one) && matches!(one.state.as_str(), "uploaded" | "renaming") {
                rename.push(one.clone());
            } else {
                closed.insert(&one.target);
            }
        }
        rename
    }

    /// Commits which files were uploaded.
    pub(super) fn uploaded(
        &mut self,
        files: Results<()>,
        ledger: &mut Ledger,
        notices: &mut Vec<(String, String, Code)>,
    ) -> Result<(), EngineError> {
        let mut changes = Vec::new();
        for (id, result) in files {
            let Some(delivery) = self.asked.remove(&id) else { continue };
            match result {
                Ok(()) => changes.push((id, "uploaded")),
                Err(fault) if fault.is_connection() => {}
                Err(fault) if fault.code == Code::Vanished => changes.push((id, self.held(&delivery, &fault, notices))),
                Err(fault) => self.refused(&delivery, &fault, notices),
            }
        }
        Ok(ledger.deliveries(&changes, &now())?)
    }

    /// Commits where deliveries stand, and removes what is delivered from here.
    pub(super) fn renamed(
        &mut self,
        files: Results<Delivery>,
        workspace: &Workspace,
        ledger: &mut Ledger,
        notices: &mut Vec<(String, String, Code)>,
    ) -> Result<(), EngineError> {
        let (mut changes, mut delivered) = (Vec::new(), Vec::new());
        for (id, result) in files {
            let Some(delivery) = self.asked.remove(&id) else { continue };
            match result {
                Ok(Delivery::Delivered) => {
                    changes.push((id, "delivered"));
                    delivered.push(workspace.root.join(&delivery.file));
                }
                Ok(Delivery::Unconfirmed) => {
                    changes.push((id, "unconfirmed"));
                    notices.push((String::new(), delivery.name, Code::RemoteUnconfirmed));
                }
                Ok(Delivery::Missing | Delivery::Uploaded) => changes.push((id, "waiting")),
                Err(fault) if fault.is_connection() => {}
                Err(fault) if fault.code == Code::RemoteNameTaken => {
                    changes.push((id, self.held(&delivery, &fault, notices)));
                }
                Err(fault) => self.refused(&delivery, &fault, notices),
            }
        }
        ledger.deliveries(&changes, &now())?;
        // What is left of these is removed at the next start.
        delivered.iter().try_for_each(|path| at(path, durable::remove(path)))
    }

    fn held(
        &mut self,
        delivery: &OpenDelivery,
        fault: &Fault,
        notices: &mut Vec<(String, String, Code)>,
    ) -> &'static str {
        self.refused(delivery, fault, notices);
        "held"
    }

    /// A refusal is told, and tried again later; the others go on.
    fn refused(&mut self, delivery: &OpenDelivery, fault: &Fault, notices: &mut Vec<(String, String, Code)>) {
        tracing::warn!(
            target_name = delivery.target,
            name = delivery.name,
            code = fault.code.as_str(),
            detail = fault.detail,
            "A file is not delivered."
        );
        notices.push((String::new(), format!("{}/{}", delivery.target, delivery.name), fault.code));
        let wait = Duration::from_secs(1 << delivery.attempts.clamp(1, 12)).min(limits::REMOTE_RETRY);
        self.later.insert(delivery.id, Instant::now() + wait);
    }

    /// Whether something is under way or could be at once.
    pub(super) fn is_working(&self, endpoint: &str, ledger: &Ledger) -> Result<bool, EngineError> {
        if !self.asked.is_empty() {
            return Ok(true);
        }
        let open = ledger.open_deliveries(endpoint, self.later.len() + 1)?;
        Ok(open.iter().any(|one| !self.later.contains_key(&one.id)))
    }
}

fn parcel(workspace: &Workspace, file: &OpenDelivery, attempt: i64) -> Parcel {
    Parcel {
        id: file.id,
        attempt,
        file: workspace.root.join(&file.file),
        name: file.name.clone(),
        sha256: file.sha256.clone(),
        size: file.size,
        asked: file.state == "renaming",
    }
}

fn by_folder(files: Vec<OpenDelivery>) -> BTreeMap<String, Vec<OpenDelivery>> {
    let mut folders: BTreeMap<String, Vec<OpenDelivery>> = BTreeMap::new();
    files.into_iter().for_each(|file| folders.entry(file.folder.clone()).or_default().push(file));
    folders
}
