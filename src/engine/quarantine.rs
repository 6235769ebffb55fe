//! What a person decides about files that were stopped. The decision is one commit, with the intake that comes of it; from
//! there on it is the cycle that takes every file to its end, so that a stop at any point ends the same.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::linked::overridden;
use super::{Engine, EngineError, at, pairs};
use crate::document::Code;
use crate::durable;
use crate::intake::names;
use crate::intake::own::{self, Uncopied};
use crate::ledger::{Acted, ActionRow, IntakeRow, Ledger, NewAction, Verb};
use crate::workspace::Workspace;

/// What a person decides about a file.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The file's number.
    pub file: i64,
    /// What is decided.
    pub verb: Verb,
    /// Numbers of the documents meant; all that are held if empty.
    pub numbers: &'r [String],
    /// Who decides.
    pub who: &'r str,
    /// Why.
    pub why: &'r str,
    /// The file that takes the place.
    pub with: Option<&'r Path>,
}

/// What came of a decision.
#[derive(Debug)]
pub enum Settled {
    /// It is recorded and done.
    Done {
        /// Held documents that it is about.
        documents: usize,
        /// The intake that came of it, taken to its end.
        made: Option<Box<IntakeRow>>,
        /// The codes that did not hold again.
        overridden: Vec<Code>,
    },
    /// All that is meant was decided before.
    Before(Vec<ActionRow>),
    /// It cannot be done, and nothing was changed.
    Refused(String),
}

impl Engine {
    /// Opens the engine to finish what was decided, without asking any server.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_to_finish(workspace: Workspace, threads: usize) -> Result<Self, EngineError> {
        let mut engine = Self::open_to_look(workspace, threads)?;
        engine.clean_up()?;
        engine.advance()?;
        Ok(engine)
    }

    /// Records what a person decided and takes what comes of it to its end.
    ///
    /// # Errors
    /// When the machine fails; what was recorded is finished at the next start.
    pub fn settle(&mut self, request: &Request<'_>) -> Result<Settled, EngineError> {
        let file = match self.stopped(request)? {
            Ok(file) => file,
            Err(why) => return Ok(Settled::Refused(why)),
        };
        let actions = self.ledger.actions(file.id)?;
        if let Some(closed) = actions.iter().find(|action| action.whole) {
            return Ok(Settled::Before(vec![closed.clone()]));
        }
        let replacement = match request.with.map(|path| self.own_replacement(&file, path)).transpose()? {
            Some(Err(why)) => return Ok(Settled::Refused(why)),
            Some(Ok(replacement)) => Some(replacement),
            None => None,
        };
        let passing = match self.workspace.flow(&file.flow).filter(|_| request.verb == Verb::Release) {
            Some(flow) => overridden(&self.ledger, flow, file.id)?,
            None => Vec::new(),
        };
        let acted = self.ledger.act(&NewAction {
            intake: file.id,
            verb: request.verb,
            numbers: request.numbers,
            who: request.who,
            at: &super::now(),
            why: request.why,
            config: &self.workspace.version,
            file: replacement.as_ref().map(|(name, sha256, size)| (name.as_str(), sha256.as_str(), *size)),
        })?;
        let (documents, made) = match acted {
            Acted::Done { documents, made } => (documents, made),
            Acted::Before(ids) => {
                return Ok(Settled::Before(actions.into_iter().filter(|action| ids.contains(&action.id)).collect()));
            }
            Acted::Unknown(numbers) => {
                return Ok(Settled::Refused(format!("file {} holds no document {}", file.id, numbers.join(", "))));
            }
            Acted::Nothing => return Ok(Settled::Refused(format!("file {} has no held documents", file.id))),
        };
        self.advance()?;
        let made = made.map_or(Ok(None), |made| self.ledger.intake(made))?.map(Box::new);
        Ok(Settled::Done { documents, made, overridden: passing })
    }

    /// The file that is meant, if something can be decided about it.
    fn stopped(&self, request: &Request<'_>) -> Result<Result<IntakeRow, String>, EngineError> {
        let id = request.file;
        let Some(file) = self.ledger.intake(id)? else {
            return Ok(Err(format!("there is no file {id}; see `consign quarantine list`")));
        };
        if let Some(headers) = file.companion_of {
            return Ok(Err(format!("file {id} holds the lines of file {headers}; decide about that one")));
        }
        if !matches!(file.outcome.as_deref(), Some("held" | "rejected" | "partial")) {
            return Ok(Err(format!("file {id} was not stopped")));
        }
        if request.verb == Verb::Release
            && self.ledger.findings(id)?.iter().any(|it| it.code == Code::StillWriting.as_str())
        {
            return Ok(Err(format!(
                "file {id} was taken while it was written, so that it may be half a file; drop it again"
            )));
        }
        Ok(Ok(file))
    }

    /// Copies the file that takes the place of another one into the blobs: its name, SHA-256 and size.
    fn own_replacement(
        &self,
        file: &IntakeRow,
        path: &Path,
    ) -> Result<Result<(String, String, u64), String>, EngineError> {
        let Some(flow) = self.workspace.flow(&file.flow) else {
            return Ok(Err(format!("the configuration has no flow `{}` any more", file.flow)));
        };
        if pairs::joined(flow, &self.workspace.library).is_some() {
            return Ok(Err(format!("files of flow `{}` come in pairs; drop both again", file.flow)));
        }
        let blobs = self.workspace.private("blob");
        let copied = match own::copy(path, blobs.join(".tmp-correct"), false) {
            Ok(copied) => copied,
            Err(Uncopied::Changing) => return Ok(Err(format!("{} is still being written", path.display()))),
            Err(Uncopied::Io(error)) => return at(path, Err(error)),
        };
        let refused = if copied.size > flow.max_file_bytes {
            Some(format!("{} is larger than the limit of {} bytes", path.display(), flow.max_file_bytes))
        } else if Some(&copied.sha256) == file.sha256.as_ref() {
            Some(format!("{} has the same bytes as file {}; correct it, or use `release`", path.display(), file.id))
        } else {
            None
        };
        if let Some(why) = refused {
            at(&copied.temporary, durable::remove(&copied.temporary))?;
            return Ok(Err(why));
        }
        at(&blobs, own::name_blob(&copied, &blobs))?;
        at(&blobs, durable::sync_folder(&blobs))?;
        let name = names::printable(path.file_name().unwrap_or_default());
        Ok(Ok((name, copied.sha256, copied.size)))
    }
}

/// The codes that a release of a file would override.
///
/// # Errors
/// When the ledger fails.
pub fn passing(workspace: &Workspace, ledger: &Ledger, file: &IntakeRow) -> Result<Vec<Code>, EngineError> {
    workspace.flow(&file.flow).map_or(Ok(Vec::new()), |flow| overridden(ledger, flow, file.id))
}

/// Why a file was stopped, as it lies beside it in quarantine.
pub(super) fn reason(ledger: &Ledger, file: &IntakeRow) -> Result<Value, EngineError> {
    let documents = ledger.documents(file.id)?;
    let stopped = documents.iter().filter(|(.., class)| matches!(class.as_str(), "rejected" | "held"));
    let stopped: Vec<Value> =
        stopped.map(|(kind, number, class)| json!({"kind": kind, "number": number, "class": class})).collect();
    Ok(json!({
        "intake": file.id, "flow": file.flow, "name": file.name, "outcome": file.outcome,
        "original": format!("blob/{}", file.sha256.as_deref().unwrap_or_default()),
        "findings": ledger.findings(file.id)?, "documents": stopped,
    }))
}

/// Writes the original bytes of a file and why it was stopped into a folder, never over a file that is there: the paths.
///
/// # Errors
/// When the machine fails, a file of that name is there, or the bytes are not those that were received.
pub fn export(
    workspace: &Workspace,
    ledger: &Ledger,
    file: &IntakeRow,
    folder: &Path,
) -> Result<Vec<PathBuf>, EngineError> {
    at(folder, durable::create_folder(folder, false))?;
    let lines = ledger.companion(file.id)?;
    let mut written = Vec::new();
    for file in std::iter::once(file).chain(&lines) {
        let sha256 = file.sha256.as_deref().unwrap_or_default();
        let blob = workspace.private("blob").join(sha256);
        let name = format!("{:08}-{}", file.id, names::for_archive(&file.name));
        let temporary = folder.join(format!(".{name}.part"));
        let copied = own::copy(&blob, temporary.clone(), false).map_err(|error| match error {
            Uncopied::Io(error) => EngineError::Io(blob.clone(), error),
            Uncopied::Changing => EngineError::Io(blob.clone(), io::Error::other("the kept bytes change")),
        })?;
        if copied.sha256 != sha256 {
            at(&temporary, durable::remove(&temporary))?;
            return at(&blob, Err(io::Error::other("the kept bytes are not those that were received")));
        }
        written.push(put(&temporary, folder.join(&name))?);
    }
    let mut reason = reason(ledger, file)?;
    if let Some(fields) = reason.as_object_mut() {
        fields.insert("actions".to_owned(), json!(ledger.actions(file.id)?));
    }
    let name = format!("{:08}-reason.json", file.id);
    let temporary = folder.join(format!(".{name}.part"));
    at(&temporary, durable::write(&temporary, format!("{reason:#}\n").as_bytes()))?;
    written.push(put(&temporary, folder.join(name))?);
    at(folder, durable::sync_folder(folder))?;
    Ok(written)
}

/// Gives a written file its name, if nobody has it.
fn put(temporary: &Path, path: PathBuf) -> Result<PathBuf, EngineError> {
    if let Err(error) = durable::rename_new(temporary, &path) {
        at(temporary, durable::remove(temporary))?;
        return at(&path, Err(error));
    }
    Ok(path)
}
