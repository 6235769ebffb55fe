//! `consign report`: proof of what came in and where it went.

use std::path::PathBuf;

use super::out::Out;
use super::space::{Place, exit, ledger};
use super::{Exit, Failure};
use crate::durable;
use crate::reconcile::balance::{Balance, Format};

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  consign report balance\n  consign report balance --format html --output reports/balance.html"
)]
pub struct Args {
    #[command(subcommand)]
    report: Report,
}

#[derive(Debug, clap::Subcommand)]
enum Report {
    /// In = out + rejected + duplicate + held + passed over, per file and in all
    Balance(BalanceArgs),
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

/// Writes a report.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let Report::Balance(args) = &args.report;
    let book = args.place.ledger()?;
    let balance = Balance::read(&book, args.file).map_err(ledger)?;
    let format = if args.json { Format::Json } else { args.format };
    let text = balance.render(format);
    match &args.output {
        Some(path) => {
            let fail = |error| Failure::Io(path.display().to_string(), error);
            let mut file = durable::Replace::new(path).map_err(fail)?;
            file.write_all(text.as_bytes()).map_err(fail)?;
            file.commit().map_err(fail)?;
        }
        None => out.line(text.trim_end())?,
    }
    Ok(exit(!balance.is_balanced()))
}
