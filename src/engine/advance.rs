//! Takes every open intake as far as it goes: the same steps after a claim and after a crash.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Engine, EngineError, at, quarantine};
use crate::document::Code;
use crate::durable;
use crate::intake::names;
use crate::intake::own::{self, Copied, Uncopied};
use crate::ledger::OpenIntake;
use crate::limits;
use crate::outbox;

impl Engine {
    /// Goes over whatever is not finished.
    pub(super) fn advance(&mut self) -> Result<(), EngineError> {
        self.own()?;
        self.decide()?;
        self.publish()?;
        self.archive()
    }

    /// Copies claimed files into the blobs and commits that they are owned.
    fn own(&mut self) -> Result<(), EngineError> {
        let open = self.ledger.open_intakes()?;
        let claimed: Vec<OpenIntake> = open.into_iter().filter(|intake| intake.state == "claiming").collect();
        if claimed.is_empty() {
            return Ok(());
        }
        let (claims, blobs) = (self.workspace.private("claim"), self.workspace.private("blob"));
        let (mut here, mut vanished) = (Vec::new(), Vec::new());
        for intake in &claimed {
            if self.is_claimed(intake, &claims)? && self.is_regular(intake, &claims)? {
                here.push(intake.id)
            } else {
                vanished.push(intake.id)
            }
        }
        let unsettled = &self.unsettled;
        let copy = |id: &i64| {
            (*id, own::copy(&claims.join(id.to_string()), blobs.join(format!(".tmp-{id}")), unsettled.contains(id)))
        };
        let copies: Vec<(i64, Result<Copied, Uncopied>)> = self.pool.install(|| here.par_iter().map(copy).collect());
        let (mut owned, mut denied) = (Vec::new(), Vec::new());
        for (id, copied) in copies {
            match copied {
                Ok(copied) => {
                    at(&blobs, own::name_blob(&copied, &blobs))?;
                    owned.push((id, copied.sha256, copied.size));
                }
                Err(Uncopied::Changing) => self.still_changing(id),
                // It keeps its claim and is tried again at the next run; the others go on.
                Err(Uncopied::Io(error)) if error.kind() == io::ErrorKind::PermissionDenied => denied.push(id),
                Err(Uncopied::Io(error)) => return Err(EngineError::Io(claims.join(id.to_string()), error)),
            }
        }
        at(&blobs, durable::sync_folder(&blobs))?;
        self.ledger.received(&owned, &vanished)?;
        self.changing.retain(|id, _| !owned.iter().any(|(owned, ..)| owned == id));
        self.done.vanished += vanished.len() as u64;
        for intake in claimed.iter().filter(|intake| vanished.contains(&intake.id)) {
            self.notice(&intake.flow, &intake.name, Code::Vanished)?;
            self.fetch_lost(&intake.flow);
        }
        for intake in claimed.iter().filter(|intake| denied.contains(&intake.id)) {
            self.notice(&intake.flow, &intake.name, Code::NoPermission)?;
        }
        Ok(())
    }

    /// Whether what was claimed is a file; a link or pipe put in its place in the last moment is set aside, unopened.
    fn is_regular(&mut self, intake: &OpenIntake, claims: &Path) -> Result<bool, EngineError> {
        let claimed = claims.join(intake.id.to_string());
        if at(&claimed, claimed.symlink_metadata())?.is_file() {
            return Ok(true);
        }
        self.set_aside(&claimed)?;
        self.notice(&intake.flow, &intake.name, Code::NotARegularFile)?;
        Ok(false)
    }

    /// Whether the claim folder holds the file; one that is still in the drop folder is taken now.
    fn is_claimed(&self, intake: &OpenIntake, claims: &Path) -> Result<bool, EngineError> {
        let (claimed, source) = (claims.join(intake.id.to_string()), self.workspace.root.join(&intake.folder));
        if claimed.symlink_metadata().is_err() {
            let same = source.symlink_metadata().is_ok_and(|m| m.is_file() && (m.dev(), m.ino()) == intake.file);
            if !same {
                return Ok(false);
            }
            at(&source, durable::rename_new(&source, &claimed))?;
            at(claims, durable::sync_folder(claims))?;
        } else if source.symlink_metadata().is_ok_and(|m| (m.dev(), m.ino()) == intake.file) {
            // A power cut can leave both names of one file.
            at(&source, durable::rename_new(&source, &claimed))?;
        }
        Ok(true)
    }

    /// A file that still changes after so many looks is taken as it is, to be held: it is not to be trusted.
    fn still_changing(&mut self, id: i64) {
        let looks = self.changing.entry(id).or_default();
        *looks += 1;
        if *looks >= limits::CHANGING_LOOKS {
            self.unsettled.insert(id);
        }
    }

    /// Makes decided outputs visible.
    fn publish(&mut self) -> Result<(), EngineError> {
        let outputs = self.ledger.open_outputs()?;
        let stage = self.workspace.private("stage");
        let published = at(&stage, outbox::publish(&self.workspace.root, &stage, &outputs))?;
        self.done.names_taken = published.held.len() as u64;
        for output in outputs.iter().filter(|output| published.held.contains(&output.id)) {
            self.notice("", &format!("{}/{}", output.folder, output.name), Code::OutNameTaken)?;
        }
        self.ledger.published(&published.done, &published.held)?;
        Ok(())
    }

    /// Moves decided originals to the archive, and writes the reason beside what needs a person.
    fn archive(&mut self) -> Result<(), EngineError> {
        let open = self.ledger.open_intakes()?;
        let decided: Vec<&OpenIntake> = open.iter().filter(|intake| intake.state == "emitted").collect();
        let claims = self.workspace.private("claim");
        let mut folders: Vec<PathBuf> = Vec::new();
        for intake in &decided {
            let month = intake.received_at.get(..7).unwrap_or("0000-00").replace('-', "/");
            let folder = self.workspace.root.join("archive").join(month);
            if !folders.contains(&folder) {
                at(&folder, durable::create_folder(&folder, false))?;
                folders.push(folder.clone());
            }
            let name = format!("{:08}-{}", intake.id, names::for_archive(&intake.name));
            // What a person made was never claimed; its bytes are a blob.
            match durable::rename_new(&claims.join(intake.id.to_string()), &folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return at(&folder, Err(error)),
                _ => {}
            }
            self.quarantine(intake)?;
            self.remove_marker(intake)?;
        }
        folders.iter().try_for_each(|folder| at(folder, durable::sync_folder(folder)))?;
        if !decided.is_empty() {
            at(&claims, durable::sync_folder(&claims))?;
        }
        let ids: Vec<i64> = decided.iter().map(|intake| intake.id).collect();
        self.ledger.archived(&ids)?;
        for intake in decided {
            let outcome = ["accepted", "partial", "rejected", "duplicate", "held"];
            let outcome = outcome.into_iter().find(|known| intake.outcome.as_deref() == Some(known));
            *self.done.files.entry(outcome.unwrap_or("rejected")).or_default() += 1;
        }
        Ok(())
    }

    fn quarantine(&self, intake: &OpenIntake) -> Result<(), EngineError> {
        if !matches!(intake.outcome.as_deref(), Some("rejected" | "held" | "partial")) {
            return Ok(());
        }
        let folder = self.workspace.private("quarantine").join(intake.id.to_string());
        let reason = folder.join("reason.json");
        if reason.exists() {
            return Ok(());
        }
        let Some(row) = self.ledger.intake(intake.id)? else { return Ok(()) };
        let json = quarantine::reason(&self.ledger, &row)?;
        at(&folder, durable::create_folder(&folder, true))?;
        at(&reason, durable::write(&reason, format!("{json:#}\n").as_bytes()))
    }

    /// The marker is consumed after its file, never before.
    fn remove_marker(&self, intake: &OpenIntake) -> Result<(), EngineError> {
        let Some(marker) = self.workspace.flow(&intake.flow).and_then(|flow| flow.marker.as_ref()) else {
            return Ok(());
        };
        if intake.is_linked {
            return Ok(());
        }
        let path = self.workspace.root.join(format!("{}{marker}", intake.folder));
        if fs::symlink_metadata(&path).is_ok() { at(&path, durable::remove(&path)) } else { Ok(()) }
    }
}
