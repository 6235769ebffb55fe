//! `consign run`: takes all that waits, once. `consign watch`: takes files as they come.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use indicatif::ProgressBar;

use super::out::Out;
use super::space::{Place, exit, stopped};
use super::{Exit, Failure};
use crate::document::Class;
use crate::engine::{Done, Preview};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign run\n  consign run --dry-run --workspace orders")]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Threads; all cores when left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  consign watch --workspace orders --scan-secs 10\n\nStop it with Ctrl-C or SIGTERM: it ends between two groups of files."
)]
pub struct WatchArgs {
    #[command(flatten)]
    place: Place,
    /// Look at every folder in full at least this often, in seconds
    #[arg(long, default_value_t = 30, value_name = "N")]
    scan_secs: u64,
    /// Print JSON when it ends
    #[arg(long)]
    json: bool,
    /// Threads; all cores when left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Runs once.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    if args.dry_run {
        let mut engine = args.place.engine_to_look(args.threads)?;
        if engine.workspace().flows.iter().any(|flow| flow.source.is_some()) {
            out.note("Servers are not asked in a dry run.");
        }
        return dry_run(&engine.preview().map_err(stopped)?, args.json, out);
    }
    let mut engine = args.place.engine(args.threads)?;
    let bar = if Out::is_watched() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let done = engine.run_once(&mut |files| bar.set_message(format!("{files} files"))).map_err(stopped)?;
    bar.finish_and_clear();
    show(&done, args.json, out)?;
    Ok(exit(done.needs_a_person()))
}

/// Runs until it is told to stop.
pub fn watch(args: &WatchArgs, out: &mut Out) -> Result<Exit, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        let flag = signal_hook::flag::register(signal, Arc::clone(&stop));
        flag.map_err(|error| Failure::Io("signals".into(), error))?;
    }
    let mut engine = args.place.engine(args.threads)?;
    out.note(format!("Watching {} flows; stop with Ctrl-C.", engine.workspace().flows.len()));
    let done = engine.watch(&stop, Duration::from_secs(args.scan_secs.max(1)), &mut |_| {}).map_err(stopped)?;
    show(&done, args.json, out)?;
    Ok(exit(done.needs_a_person()))
}

fn show(done: &Done, json: bool, out: &mut Out) -> Result<(), Failure> {
    if json {
        return out.line(
            serde_json::json!({"files": done.files, "vanished": done.vanished, "names_taken": done.names_taken,
                "unpaired": done.unpaired, "unfilled": done.unfilled, "waiting": done.waiting, "passed_over": done.passed_over,
                "unfetched": done.unfetched, "undelivered": done.undelivered})
            .to_string(),
        );
    }
    if done.waiting > 0 {
        out.line(format!("{} files are still being written; they are taken when they are still.", done.waiting))?;
    } else if done.total() == 0 && done.unpaired == 0 && done.unfilled == 0 {
        out.line("No files waited.")?;
    }
    if done.total() > 0 {
        let parts: Vec<String> = done.files.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        out.line(format!("{} files: {}.", done.total(), parts.join(", ")))?;
    }
    if done.unfilled > 0 {
        out.line(format!("{} files wait for an export to be filled into.", done.unfilled))?;
    }
    if done.unpaired > 0 {
        out.line(format!("{} files wait for the other file of their pair.", done.unpaired))?;
    }
    if done.names_taken > 0 {
        out.line(format!("{} outputs wait because their name is taken in the target folder.", done.names_taken))?;
    }
    if done.unfetched > 0 {
        out.line(format!("{} files wait to be fetched from their server.", done.unfetched))?;
    }
    if done.undelivered > 0 {
        out.line(format!("{} outputs wait to be delivered to their server.", done.undelivered))?;
    }
    if done.passed_over > 0 {
        out.line(format!("{} entries were passed over or left waiting.", done.passed_over))?;
    }
    if done.needs_a_person() {
        out.line("Something needs you: see `consign status`.")?;
    }
    Ok(())
}

fn dry_run(previews: &[Preview], json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let mut stops = false;
    for preview in previews {
        let decision = &preview.decision;
        let outcome = decision.outcome.as_str();
        stops |= !matches!(outcome, "accepted" | "duplicate");
        let documents = |class| decision.balance.class(class).documents;
        if json {
            let targets: Vec<_> = preview
                .outputs
                .iter()
                .map(|(target, bytes)| serde_json::json!({"target": target, "bytes": bytes}))
                .collect();
            let line = serde_json::json!({"flow": preview.flow, "name": preview.name, "outcome": outcome, "outputs": targets,
                "documents": decision.incoming.documents, "findings": decision.findings.kept()});
            out.line(line.to_string())?;
        } else {
            out.line(format!(
                "{}: {} would be {outcome}: {} documents in, {} out, {} rejected, {} held, {} duplicate",
                preview.flow,
                crate::document::shown::visible(&preview.name),
                decision.incoming.documents,
                documents(Class::Out),
                documents(Class::Rejected),
                documents(Class::Held),
                documents(Class::Duplicate),
            ))?;
            out.findings(&preview.name, &decision.findings);
        }
    }
    if previews.is_empty() && !json {
        out.line("No files wait.")?;
    }
    Ok(exit(stops))
}
