//! What the commands that work in a workspace share.

use std::path::PathBuf;

use super::out::render;
use super::{Exit, Failure};
use crate::engine::{Engine, EngineError};
use crate::ledger::{Ledger, LedgerError};
use crate::workspace::{self, Workspace, WorkspaceError};

/// The option that names a workspace.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The workspace's folder
    #[arg(long, short = 'w', default_value = ".", value_name = "DIR")]
    pub workspace: PathBuf,
}

impl Place {
    /// Loads and checks the workspace.
    pub fn load(&self) -> Result<Workspace, Failure> {
        workspace::load(&self.workspace).map_err(refused)
    }

    /// Opens the engine on it.
    pub fn engine(&self, threads: Option<usize>) -> Result<Engine, Failure> {
        Engine::open(self.load()?, cores(threads)).map_err(stopped)
    }

    /// Opens the engine for a dry run: it does not even finish what an earlier run left.
    pub fn engine_to_look(&self, threads: Option<usize>) -> Result<Engine, Failure> {
        Engine::open_to_look(self.load()?, cores(threads)).map_err(stopped)
    }

    /// Opens the ledger to look at.
    pub fn ledger(&self) -> Result<Ledger, Failure> {
        let path = self.workspace.join(workspace::PRIVATE).join("ledger.db");
        if !path.is_file() {
            return Err(Failure::Usage(format!(
                "{} has no ledger yet; run `consign run` first",
                self.workspace.display()
            )));
        }
        Ledger::open_to_read(&path).map_err(ledger)
    }
}

/// The threads asked for, or one for each core.
pub fn cores(threads: Option<usize>) -> usize {
    threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Every problem of a workspace, for a person.
pub fn refused(error: WorkspaceError) -> Failure {
    match error {
        WorkspaceError::Refused(problems) => {
            let shown: Vec<String> =
                problems.iter().map(|p| render(&p.file.display().to_string(), &p.finding)).collect();
            Failure::Usage(format!("the workspace is refused\n{}", shown.join("\n")))
        }
        WorkspaceError::Missing(_) => Failure::Usage(error.to_string()),
        WorkspaceError::Io(path, error) => Failure::Io(path.display().to_string(), error),
    }
}

/// Why the engine stopped, for a person.
pub fn stopped(error: EngineError) -> Failure {
    match error {
        EngineError::Busy(_) => Failure::Busy(error.to_string()),
        EngineError::Ledger(error) => ledger(error),
        EngineError::Io(path, error) => Failure::Io(path.display().to_string(), error),
    }
}

/// Why the ledger failed, for a person.
pub fn ledger(error: LedgerError) -> Failure {
    match error {
        LedgerError::Sqlite(error) => Failure::Io("ledger".into(), std::io::Error::other(error)),
        other => Failure::Usage(other.to_string()),
    }
}

/// Whether something needs a person, as an exit code.
pub const fn exit(needs_a_person: bool) -> Exit {
    if needs_a_person { Exit::Partly } else { Exit::Well }
}
