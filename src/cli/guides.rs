//! `--guide FILE`: what partners' implementation guides narrow, for commands without a workspace.

use std::path::PathBuf;

use super::Failure;
use crate::limits;
use crate::schema::{Guides, NotationError};

/// Guides in files.
#[derive(Debug, clap::Args)]
pub struct Given {
    /// A partner's guide, which narrows the set that it names; may be given for several sets
    #[arg(long, value_name = "FILE")]
    pub guide: Vec<PathBuf>,
}

impl Given {
    /// The guides.
    ///
    /// # Errors
    /// When a file cannot be read, and with every mistake in it.
    pub fn read(&self) -> Result<Guides, Failure> {
        let mut guides = Guides::default();
        for path in &self.guide {
            let name = path.display().to_string();
            let fail = |error| Failure::Io(name.clone(), error);
            if std::fs::metadata(path).map_err(fail)?.len() > limits::CONFIG_BYTES {
                return Err(Failure::Usage(format!("{name} is larger than {} bytes", limits::CONFIG_BYTES)));
            }
            let text = std::fs::read_to_string(path).map_err(fail)?;
            guides.add(&name, &text).map_err(|errors| {
                Failure::Usage(errors.iter().map(NotationError::to_string).collect::<Vec<_>>().join("\n"))
            })?;
        }
        Ok(guides)
    }
}
