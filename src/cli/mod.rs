//! One file per command; the only place that prints.

mod ack;
mod audit;
mod check;
mod codes;
mod convert;
mod crosswalk;
mod demo;
mod endpoint;
mod envelope;
mod guides;
mod init;
mod inspect;
mod layouts;
pub mod out;
mod quarantine;
mod report;
mod run;
mod space;
mod status;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use out::Out;

/// Takes order, stock and shipment files from drop folders, checks and translates them, and writes what the ERP
/// imports: exactly once, with a balance that proves it.
#[derive(Debug, Parser)]
#[command(name = "consign", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a workspace with sample files, runs it and shows what happened
    Demo(demo::Args),
    /// Writes a workspace to begin with
    Init(init::Args),
    /// Tells everything wrong with a workspace
    Check(check::Args),
    /// Takes all that waits, once
    Run(run::Args),
    /// Takes files as they come, until it is stopped
    Watch(run::WatchArgs),
    /// Shows what happened lately
    Status(status::Args),
    /// Shows one file in full
    Show(status::ShowArgs),
    /// Converts one file, without a workspace and without a ledger
    Convert(convert::Args),
    /// Prints the acknowledgement of an X12 or EDIFACT file: TA1, 997, 999 or CONTRL
    Ack(ack::Args),
    /// Shows what is in a file: EDI as a tree with faults, else the layout and the columns
    Inspect(inspect::Args),
    /// Finds what stands in the way of an integration: duplicates, gaps, contradictions
    Audit(audit::Args),
    /// Lists the layouts, or shows one
    Layouts(layouts::Args),
    /// Tries an SFTP server, or pins its key
    Endpoint(endpoint::Args),
    /// Imports, exports and completes the tables that translate codes
    Crosswalk(crosswalk::Args),
    /// Releases, corrects or discards what was stopped
    Quarantine(quarantine::Args),
    /// Proves what came in and where it went
    Report(report::Args),
    /// Prints the table of finding codes as Markdown
    Codes,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Well = 0,
    /// Done, but something was rejected or held.
    Partly = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// The machine failed: disk, network.
    Io = 74,
    /// Another instance holds the workspace.
    Busy = 75,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Wrong usage or configuration.
    #[error("{0}")]
    Usage(String),
    /// The machine failed.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
    /// Another instance holds the workspace.
    #[error("{0}")]
    Busy(String),
}

impl Failure {
    const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Io(..) => Exit::Io,
            Self::Busy(_) => Exit::Busy,
        }
    }
}

/// Parses the command line and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no error.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Well };
            let _ = error.print();
            return ExitCode::from(code as u8);
        }
    };
    let mut out = Out::default();
    let ended = execute(cli.command, &mut out).and_then(|exit| out.finish().map(|()| exit));
    let exit = ended.unwrap_or_else(|failure| {
        out.error(&failure);
        failure.exit()
    });
    ExitCode::from(exit as u8)
}

fn execute(command: Command, out: &mut Out) -> Result<Exit, Failure> {
    match command {
        Command::Demo(args) => demo::run(&args, out),
        Command::Init(args) => init::run(&args, out),
        Command::Check(args) => check::run(&args, out),
        Command::Run(args) => run::run(&args, out),
        Command::Watch(args) => run::watch(&args, out),
        Command::Status(args) => status::run(&args, out),
        Command::Show(args) => status::show(&args, out),
        Command::Crosswalk(args) => crosswalk::run(&args, out),
        Command::Quarantine(args) => quarantine::run(&args, out),
        Command::Report(args) => report::run(&args, out),
        Command::Convert(args) => convert::run(&args, out),
        Command::Ack(args) => ack::run(&args, out),
        Command::Inspect(args) => inspect::run(&args, out),
        Command::Audit(args) => audit::run(&args, out),
        Command::Layouts(args) => layouts::run(&args, out),
        Command::Endpoint(args) => endpoint::run(&args, out),
        Command::Codes => codes::run(out),
    }
}
