//! `consign quarantine release`, `correct` and `discard`: what a person decides, recorded with who, when and why.

use std::path::PathBuf;

use serde_json::json;

use super::history;
use crate::cli::out::Out;
use crate::cli::space::{Place, cores, exit, stopped};
use crate::cli::{Exit, Failure};
use crate::document::Code;
use crate::engine::Engine;
use crate::engine::quarantine::{Request, Settled};
use crate::ledger::{ActionRow, IntakeRow, Verb};
use crate::limits;

/// Arguments of `release`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends with 1 when something of it is stopped again. Releasing twice releases once.\n\nExamples:\n  \
    consign quarantine release 12\n  consign quarantine release 12 --document PO-4711 --note \"Confirmed by phone\""
)]
pub(super) struct ReleaseArgs {
    /// The file's number
    file: i64,
    #[command(flatten)]
    place: Place,
    /// A held document; all when left out
    #[arg(long, value_name = "NUMBER")]
    document: Vec<String>,
    /// Why
    #[arg(long, value_name = "WHY", default_value = "")]
    note: String,
    #[command(flatten)]
    decision: Decision,
}

/// Arguments of `correct`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is taken as if it had been dropped, and what of the first one went out is not sent again. \
    Nothing is left to be decided about the first one.\n\nExample:\n  \
    consign quarantine correct 12 --with orders-corrected.csv --note \"Sent again by mail\""
)]
pub(super) struct CorrectArgs {
    /// The file's number
    file: i64,
    #[command(flatten)]
    place: Place,
    /// The corrected file
    #[arg(long, value_name = "NEWFILE")]
    with: PathBuf,
    /// Why
    #[arg(long, value_name = "WHY")]
    note: String,
    #[command(flatten)]
    decision: Decision,
}

/// Arguments of `discard`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The bytes stay; the same document in another file counts as new.\n\nExample:\n  \
    consign quarantine discard 12 --document PO-4711 --note \"A test order\"")]
pub(super) struct DiscardArgs {
    /// The file's number
    file: i64,
    #[command(flatten)]
    place: Place,
    /// A held document; the file with all that is held when left out
    #[arg(long, value_name = "NUMBER")]
    document: Vec<String>,
    /// Why
    #[arg(long, value_name = "WHY")]
    note: String,
    #[command(flatten)]
    decision: Decision,
}

/// What the three have in common.
#[derive(Debug, clap::Args)]
struct Decision {
    /// Who decides; the user of the system when left out
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Releases held documents.
pub(super) fn release(args: &ReleaseArgs, out: &mut Out) -> Result<Exit, Failure> {
    let request = Request {
        file: args.file,
        verb: Verb::Release,
        numbers: &args.document,
        who: "",
        why: args.note.trim(),
        with: None,
    };
    settle(&args.place, &args.decision, request, out)
}

/// Puts another file in the place of one.
pub(super) fn correct(args: &CorrectArgs, out: &mut Out) -> Result<Exit, Failure> {
    let (why, with) = (args.note.trim(), Some(args.with.as_path()));
    let request = Request { file: args.file, verb: Verb::Correct, numbers: &[], who: "", why, with };
    settle(&args.place, &args.decision, request, out)
}

/// Gives held documents up.
pub(super) fn discard(args: &DiscardArgs, out: &mut Out) -> Result<Exit, Failure> {
    let (numbers, why) = (args.document.as_slice(), args.note.trim());
    let request = Request { file: args.file, verb: Verb::Discard, numbers, who: "", why, with: None };
    settle(&args.place, &args.decision, request, out)
}

fn settle(place: &Place, decision: &Decision, request: Request<'_>, out: &mut Out) -> Result<Exit, Failure> {
    let who = match &decision.by {
        Some(by) => by.trim().to_owned(),
        None => user(),
    };
    if who.is_empty() || (request.verb != Verb::Release && request.why.is_empty()) {
        return Err(Failure::Usage("`--by` and `--note` need a text".to_owned()));
    }
    if request.why.chars().count() > limits::NOTE_CHARS || who.chars().count() > limits::NOTE_CHARS {
        return Err(Failure::Usage(format!("`--by` and `--note` have at most {} characters", limits::NOTE_CHARS)));
    }
    // A file is not made a workspace by a mistyped folder.
    place.ledger()?;
    let mut engine = Engine::open_to_finish(place.load()?, cores(None)).map_err(stopped)?;
    let settled = engine.settle(&Request { who: &who, ..request }).map_err(stopped)?;
    match settled {
        Settled::Refused(why) => Err(Failure::Usage(why)),
        Settled::Before(actions) => before(request.verb, decision.json, request.file, &actions, out),
        Settled::Done { documents, made, overridden } => {
            done((request.verb, request.file, documents), decision.json, made.as_deref(), &overridden, out)
        }
    }
}

/// The same decision once more is the same decision; another one is refused.
fn before(verb: Verb, json: bool, file: i64, actions: &[ActionRow], out: &mut Out) -> Result<Exit, Failure> {
    let told: Vec<String> = actions.iter().map(history).collect();
    if actions.iter().any(|action| action.verb != verb.as_str()) {
        return Err(Failure::Usage(format!("file {file} is decided: {}", told.join("; "))));
    }
    match json {
        true => out.line(json!({"file": file, "verb": verb.as_str(), "before": actions}).to_string())?,
        false => out.line(format!("File {file} is decided already: {}.", told.join("; ")))?,
    }
    Ok(Exit::Well)
}

fn done(
    (verb, file, documents): (Verb, i64, usize),
    json: bool,
    made: Option<&IntakeRow>,
    overridden: &[Code],
    out: &mut Out,
) -> Result<Exit, Failure> {
    let outcome = made.and_then(|made| made.outcome.as_deref());
    let stops = made.is_some() && !matches!(outcome, Some("accepted" | "duplicate"));
    let codes: Vec<&str> = overridden.iter().map(|code| code.as_str()).collect();
    if json {
        let line =
            json!({"file": file, "verb": verb.as_str(), "documents": documents, "made": made, "overridden": codes});
        out.line(line.to_string())?;
        return Ok(exit(stops));
    }
    let what = if documents > 0 { format!("{documents} documents of file {file}") } else { format!("File {file}") };
    match (verb, made) {
        (Verb::Release, Some(made)) => out.line(format!("{what}: released as file {}.", made.id))?,
        (Verb::Correct, Some(made)) => out.line(format!("{what}: replaced by file {}.", made.id))?,
        _ => out.line(format!("{what}: discarded."))?,
    }
    if !codes.is_empty() {
        out.line(format!("Overridden: {}.", codes.join(", ")))?;
    }
    if let Some(made) = made {
        out.line(format!("File {} is {}.", made.id, outcome.unwrap_or(&made.state)))?;
        if stops {
            out.line(format!("Why: consign quarantine show {}.", made.id))?;
        }
    }
    Ok(exit(stops))
}

/// The user of the system who runs the program: the name of its account, or its number.
fn user() -> String {
    let id = rustix::process::getuid().as_raw();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?);
        (uid.parse() == Ok(id)).then(|| name.to_owned())
    });
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("user {id}"))
}
