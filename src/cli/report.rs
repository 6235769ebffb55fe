//! `consign report`: proof of what came in and where it went.

use std::path::{Path, PathBuf};

use super::out::Out;
use super::space::{Place, exit, ledger};
use super::{Exit, Failure};
use crate::durable;
use crate::reconcile::acknowledgements::Acknowledgements;
use crate::reconcile::balance::{Balance, Format};

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  consign report balance\n  consign report balance --format html --output reports/balance.html\n  consign report acknowledgements"
)]
pub struct Args {
    #[command(subcommand)]
    report: Report,
}

#[derive(Debug, clap::Subcommand)]
enum Report {
    /// In = out + rejected + duplicate + held + passed over, per file and in all
    Balance(BalanceArgs),
    /// What was sent and is not answered yet, with its age
    Acknowledgements(AnswerArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign report balance --format csv --output balance.csv")]
struct BalanceArgs {
    #[command(flatten)]
    place: Place,
    /// One file only, by its number
    #[arg(long, value_name = "FILE")]
    file: Option<i64>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Where to write; standard output when left out
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print JSON: the same as --format json
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends with 1 when something is past its deadline.\n\nExample:\n  consign report acknowledgements --all \
                  --format csv --output acknowledgements.csv"
)]
struct AnswerArgs {
    #[command(flatten)]
    place: Place,
    /// Also what is answered
    #[arg(long)]
    all: bool,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Where to write; standard output when left out
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print JSON: the same as --format json
    #[arg(long)]
    json: bool,
}

/// Writes a report.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match &args.report {
        Report::Balance(args) => balance(args, out),
        Report::Acknowledgements(args) => acknowledgements(args, out),
    }
}

fn balance(args: &BalanceArgs, out: &mut Out) -> Result<Exit, Failure> {
    let book = args.place.ledger()?;
    let balance = Balance::read(&book, args.file).map_err(ledger)?;
    let format = if args.json { Format::Json } else { args.format };
    written(&balance.render(format), args.output.as_deref(), out)?;
    Ok(exit(!balance.is_balanced()))
}

fn acknowledgements(args: &AnswerArgs, out: &mut Out) -> Result<Exit, Failure> {
    let book = args.place.ledger()?;
    let report = Acknowledgements::read(&book, jiff::Timestamp::now(), args.all).map_err(ledger)?;
    let format = if args.json { Format::Json } else { args.format };
    written(&report.render(format), args.output.as_deref(), out)?;
    Ok(exit(report.overdue() > 0))
}

fn written(text: &str, path: Option<&Path>, out: &mut Out) -> Result<(), Failure> {
    let Some(path) = path else { return out.line(text.trim_end()) };
    let fail = |error| Failure::Io(path.display().to_string(), error);
    let mut file = durable::Replace::new(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.commit().map_err(fail)
}
