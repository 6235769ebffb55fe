//! `consign quarantine`: the files that were stopped, and what a person decides about them.

mod decide;

use std::path::PathBuf;

use serde_json::json;

use super::out::Out;
use super::space::{Place, exit, ledger, stopped};
use super::status::table;
use super::{Exit, Failure};
use crate::document::shown::visible;
use crate::engine::quarantine;
use crate::ledger::{ActionRow, HeldDocument, IntakeRow, Ledger};

/// Findings and documents shown of one file; JSON has all.
const SHOWN: usize = 50;

/// Arguments of `quarantine`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A release computes the held documents again, with the crosswalks and the configuration of now. It \
    overrides what is a person's judgement: QUANTITY_IMPLAUSIBLE, CHANGED_DOCUMENT, CONFLICTING_DOCUMENT, \
    CUSTOMER_DOUBTFUL (the buyer is new), STALE_SNAPSHOT, and warnings that the flow's policy holds. What is unknown, \
    invalid or against the envelope stays held.\n\nExamples:\n  consign quarantine list\n  \
    consign quarantine show 12\n  consign quarantine release 12 --document PO-4711 --note \"Confirmed by phone\"\n  \
    consign quarantine correct 12 --with orders-corrected.csv --note \"Sent again by mail\"\n  \
    consign quarantine discard 12 --note \"A test order\""
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists the files that wait for a person
    List(ListArgs),
    /// Shows why a file was stopped, and what was decided about it
    Show(ShowArgs),
    /// Writes a file's original bytes and the reasons into a folder
    Export(ExportArgs),
    /// Sends held documents out, past the guard that held them
    Release(decide::ReleaseArgs),
    /// Puts a corrected file in the place of one that was stopped
    Correct(decide::CorrectArgs),
    /// Gives held documents up for good
    Discard(decide::DiscardArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Ends with 1 when files wait.\n\nExample:\n  consign quarantine list --all --json")]
struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Also those about which everything is decided
    #[arg(long)]
    all: bool,
    /// Print JSON, one object a file
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign quarantine show 12")]
struct ShowArgs {
    /// The file's number
    file: i64,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Files that are there are not overwritten.\n\nExample:\n  consign quarantine export 12 --output for-support"
)]
struct ExportArgs {
    /// The file's number
    file: i64,
    #[command(flatten)]
    place: Place,
    /// The folder to write into
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    output: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs a command about quarantine.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        Command::List(args) => list(args, out),
        Command::Show(args) => show(args, out),
        Command::Export(args) => export(args, out),
        Command::Release(args) => decide::release(args, out),
        Command::Correct(args) => decide::correct(args, out),
        Command::Discard(args) => decide::discard(args, out),
    }
}

fn list(args: &ListArgs, out: &mut Out) -> Result<Exit, Failure> {
    let files = args.place.ledger()?.stopped(args.all).map_err(ledger)?;
    if args.json {
        files.iter().try_for_each(|file| out.line(json!(file).to_string()))?;
        return Ok(exit(!files.is_empty()));
    }
    if files.is_empty() {
        out.line("No file waits for a person.")?;
        return Ok(Exit::Well);
    }
    let mut list = table(["file", "received", "flow", "name", "outcome", "held", "rejected", "codes"]);
    for file in &files {
        let codes: Vec<&str> = file.codes.iter().take(4).map(String::as_str).collect();
        list.add_row([
            file.intake.id.to_string(),
            file.intake.received_at.clone(),
            file.intake.flow.clone(),
            visible(&file.intake.name),
            file.intake.outcome.clone().unwrap_or_default(),
            file.held.to_string(),
            file.rejected.to_string(),
            codes.join(" "),
        ]);
    }
    out.line(list.to_string())?;
    out.line("\nOne file with its reasons: consign quarantine show FILE.")?;
    Ok(Exit::Partly)
}

fn intake(book: &Ledger, file: i64) -> Result<IntakeRow, Failure> {
    let found = book.intake(file).map_err(ledger)?;
    found.ok_or_else(|| Failure::Usage(format!("there is no file {file}; see `consign quarantine list`")))
}

fn show(args: &ShowArgs, out: &mut Out) -> Result<Exit, Failure> {
    let (book, workspace) = (args.place.ledger()?, args.place.load()?);
    let file = intake(&book, args.file)?;
    let findings = book.findings(file.id).map_err(ledger)?;
    let held = book.held_documents(file.id).map_err(ledger)?;
    let actions = book.actions(file.id).map_err(ledger)?;
    let passing = quarantine::passing(&workspace, &book, &file).map_err(stopped)?;
    let passing: Vec<&str> = passing.iter().map(|code| code.as_str()).collect();
    if args.json {
        let held: Vec<_> = held
            .iter()
            .map(|it| json!({"kind": it.kind, "number": it.number, "decided": decided(it, &actions).map(|a| &a.verb)}))
            .collect();
        let all =
            json!({"intake": file, "held": held, "findings": findings, "actions": actions, "overridden": passing});
        out.line(all.to_string())?;
        return Ok(Exit::Well);
    }
    let outcome = file.outcome.as_deref().unwrap_or(&file.state);
    out.line(format!("File {}: {} ({}), {outcome}", file.id, visible(&file.name), file.flow))?;
    if let (Some(from), Some(verb)) = (file.linked_to, &file.linked_by) {
        out.line(format!("  made of file {from} by `{verb}`"))?;
    }
    for document in held.iter().take(SHOWN) {
        let state = decided(document, &actions).map_or("held".to_owned(), told);
        out.line(format!("  {} {}: {state}", document.kind, visible(&document.number)))?;
    }
    if held.len() > SHOWN {
        out.line(format!("  and {} more held documents", held.len() - SHOWN))?;
    }
    for action in &actions {
        out.line(format!("  {}", history(action)))?;
    }
    for finding in findings.iter().filter(|finding| finding.severity != "note").take(SHOWN) {
        let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
        out.line(format!("\n{}[{}] {}{times}", finding.severity, finding.code, visible(&finding.place)))?;
        for (name, value) in [("found", &finding.found), ("expected", &finding.expected), ("help", &finding.help)] {
            if !value.is_empty() {
                out.line(format!("  {name}: {}", visible(value)))?;
            }
        }
    }
    if held.iter().any(|document| document.action.is_none()) {
        let what = if passing.is_empty() { "no code".to_owned() } else { passing.join(", ") };
        out.line(format!("\n`consign quarantine release {}` would override {what}.", file.id))?;
    }
    Ok(Exit::Well)
}

fn decided<'a>(document: &HeldDocument, actions: &'a [ActionRow]) -> Option<&'a ActionRow> {
    actions.iter().find(|action| Some(action.id) == document.action)
}

/// What became of a document by an action.
fn told(action: &ActionRow) -> String {
    match (action.verb.as_str(), action.made) {
        ("release", Some(made)) => format!("released as file {made}"),
        ("correct", Some(made)) => format!("replaced by file {made}"),
        _ => "discarded".to_owned(),
    }
}

/// An action in one line: what, how much, who, when and why.
pub(super) fn history(action: &ActionRow) -> String {
    let what = if action.documents > 0 { format!("{} documents ", action.documents) } else { "the file ".to_owned() };
    let why = if action.why.is_empty() { String::new() } else { format!(": {}", visible(&action.why)) };
    format!("{what}{} by {} on {}{why}", told(action), visible(&action.who), action.at)
}

fn export(args: &ExportArgs, out: &mut Out) -> Result<Exit, Failure> {
    let (book, workspace) = (args.place.ledger()?, args.place.load()?);
    let file = intake(&book, args.file)?;
    if file.sha256.is_none() {
        return Err(Failure::Usage(format!("file {} was never received, so that there are no bytes of it", file.id)));
    }
    let paths = quarantine::export(&workspace, &book, &file, &args.output).map_err(stopped)?;
    let paths = paths.iter().map(|path| path.display().to_string());
    match args.json {
        true => out.line(json!({"file": file.id, "written": paths.collect::<Vec<_>>()}).to_string())?,
        false => paths.into_iter().try_for_each(|path| out.line(path))?,
    }
    Ok(Exit::Well)
}
