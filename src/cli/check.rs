//! `consign check`: everything wrong with a workspace, at once.

use super::out::{Out, render};
use super::space::{Place, refused};
use super::{Exit, Failure};
use crate::workspace::{self, WorkspaceError};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign check --workspace orders")]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks the workspace.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match workspace::load(&args.place.workspace) {
        Ok(workspace) if args.json => {
            let flows: Vec<&str> = workspace.flows.iter().map(|flow| flow.name.as_str()).collect();
            out.line(serde_json::json!({"workspace": workspace.name, "flows": flows, "problems": []}).to_string())?;
            Ok(Exit::Well)
        }
        Ok(workspace) => {
            out.line(format!("{}: {} flows, no problems.", workspace.name, workspace.flows.len()))?;
            Ok(Exit::Well)
        }
        Err(WorkspaceError::Refused(problems)) => {
            for problem in &problems {
                let file = problem.file.display().to_string();
                if args.json {
                    out.line(serde_json::json!({"file": file, "finding": problem.finding}).to_string())?;
                } else {
                    out.line(render(&file, &problem.finding))?;
                }
            }
            out.note(format!("{} problems", problems.len()));
            Ok(Exit::Usage)
        }
        Err(other) => Err(refused(other)),
    }
}
