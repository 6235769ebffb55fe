//! `consign status`: what happened lately. `consign show`: one file in full.

use comfy_table::Table;

use super::out::Out;
use super::space::{Place, ledger};
use super::{Exit, Failure};
use crate::document::shown::visible;
use crate::ledger::{EndpointRow, Ledger, LedgerError, MissingRow, NoticeRow, UnderWay};

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign status --workspace orders")]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Files shown, newest first
    #[arg(long, default_value_t = 20, value_name = "N")]
    last: u32,
    /// Print JSON, one object a file, then one for each entry passed over, each gap in control numbers and each server
    #[arg(long)]
    json: bool,
}

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign show 12 --workspace orders")]
pub struct ShowArgs {
    /// The file's number, as `status` prints it
    id: i64,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A table without lines.
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(header);
    table
}

/// A server and what is on its way from and to it.
#[derive(Debug, serde::Serialize)]
struct Server {
    #[serde(flatten)]
    row: EndpointRow,
    #[serde(flatten)]
    under_way: UnderWay,
}

fn servers(book: &Ledger) -> Result<Vec<Server>, LedgerError> {
    let rows = book.endpoints()?.into_iter();
    rows.map(|row| Ok(Server { under_way: book.under_way(&row.name)?, row })).collect()
}

fn endpoints(servers: &[Server]) -> Table {
    let header =
        ["endpoint", "state", "last success", "next try", "to fetch", "to clear", "to deliver", "held", "last failure"];
    let mut list = table(header);
    for Server { row, under_way } in servers {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let counts = [under_way.fetching, under_way.clearing, under_way.sending, under_way.held];
        let [fetching, clearing, sending, held] = counts.map(|count| count.to_string());
        let times = [or_none(&row.succeeded_at), or_none(&row.next_try)];
        let [succeeded, next] = times;
        list.add_row([&row.name, &row.state, &succeeded, &next, &fetching, &clearing, &sending, &held, &row.code]);
    }
    list
}

/// Shows the newest files and the counts of all.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let book = args.place.ledger()?;
    let intakes = book.intakes(args.last).map_err(ledger)?;
    let notices = book.notices(args.last).map_err(ledger)?;
    let missing = book.missing().map_err(ledger)?;
    let groups = book.missing_groups().map_err(ledger)?;
    let servers = servers(&book).map_err(ledger)?;
    if args.json {
        for intake in &intakes {
            out.line(json(intake)?)?;
        }
        for notice in &notices {
            out.line(json(notice)?)?;
        }
        for gap in missing.iter().chain(&groups) {
            out.line(json(gap)?)?;
        }
        for server in &servers {
            out.line(json(server)?)?;
        }
        return Ok(Exit::Well);
    }
    let mut counts = table(["flow", "outcome", "files"]);
    for (flow, outcome, count) in book.counts().map_err(ledger)? {
        counts.add_row([flow, outcome, count.to_string()]);
    }
    out.line(counts.to_string())?;
    let mut list = table(["file", "received", "flow", "name", "outcome", "layout"]);
    for intake in intakes {
        let outcome = intake.outcome.unwrap_or(intake.state);
        list.add_row([
            intake.id.to_string(),
            intake.received_at,
            intake.flow,
            visible(&intake.name),
            outcome,
            intake.layout,
        ]);
    }
    out.line(format!("\n{list}"))?;
    if !servers.is_empty() {
        out.line(format!("\nServers:\n{}", endpoints(&servers)))?;
    }
    if !notices.is_empty() {
        out.line(format!("\nEntries that are no files taken:\n{}", passed_over(&notices)))?;
    }
    if !missing.is_empty() {
        out.line(format!("\nInterchanges that have not come, by control number:\n{}", gaps(&missing)))?;
    }
    if !groups.is_empty() {
        out.line(format!("\nGroups that have not come, by control number:\n{}", group_gaps(&groups)))?;
    }
    out.line("\nOne file in full: consign show FILE. What came in and where it went: consign report balance.")?;
    Ok(Exit::Well)
}

fn passed_over(notices: &[NoticeRow]) -> Table {
    let mut list = table(["code", "first seen", "flow", "name"]);
    for notice in notices {
        list.add_row([notice.notice.clone(), notice.at.clone(), notice.flow.clone(), visible(&notice.name)]);
    }
    list
}

fn gaps(missing: &[MissingRow]) -> Table {
    let mut list = table(["sender", "receiver", "from", "to", "since"]);
    for gap in missing {
        let (from, to) = (gap.missing.clone(), gap.last.clone());
        list.add_row([visible(&gap.sender), visible(&gap.receiver), from, to, gap.since.clone()]);
    }
    list
}

fn group_gaps(missing: &[MissingRow]) -> Table {
    let mut list = table(["sender", "receiver", "kind", "from", "to", "since"]);
    for gap in missing {
        let kind = visible(gap.functional.as_deref().unwrap_or_default());
        let (from, to) = (gap.missing.clone(), gap.last.clone());
        list.add_row([visible(&gap.sender), visible(&gap.receiver), kind, from, to, gap.since.clone()]);
    }
    list
}

fn json(row: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(row).map_err(|error| Failure::Io("standard output".into(), error.into()))
}

/// Shows one file.
pub fn show(args: &ShowArgs, out: &mut Out) -> Result<Exit, Failure> {
    let book = args.place.ledger()?;
    let Some(intake) = book.intake(args.id).map_err(ledger)? else {
        return Err(Failure::Usage(format!("there is no file {}; see `consign status`", args.id)));
    };
    let findings = book.findings(args.id).map_err(ledger)?;
    let balance = book.balances(Some(args.id)).map_err(ledger)?;
    let outputs = book.outputs(Some(args.id)).map_err(ledger)?;
    let documents = book.documents(args.id).map_err(ledger)?;
    if args.json {
        let documents: Vec<_> = documents
            .iter()
            .map(|(kind, number, class)| serde_json::json!({"kind": kind, "number": number, "class": class}))
            .collect();
        let all = serde_json::json!({"intake": intake, "balance": balance, "documents": documents, "outputs": outputs, "findings": findings});
        out.line(all.to_string())?;
        return Ok(Exit::Well);
    }
    let outcome = intake.outcome.as_deref().unwrap_or(&intake.state);
    out.line(format!("File {}: {} ({}), {outcome}", intake.id, visible(&intake.name), intake.flow))?;
    out.line(format!(
        "  received {}, {} bytes, SHA-256 {}",
        intake.received_at,
        intake.size,
        intake.sha256.as_deref().unwrap_or("-")
    ))?;
    if let Some(first) = intake.duplicate_of {
        out.line(format!("  the same bytes as file {first}"))?;
    }
    if let Some(headers) = intake.companion_of {
        out.line(format!("  the lines of file {headers}, which counts the documents of both"))?;
    }
    let mut totals = table(["", "documents", "lines", "quantity", "amount"]);
    for row in balance.iter().filter(|row| row.class == "in" || row.documents > 0 || row.lines > 0) {
        totals.add_row([
            row.class.clone(),
            row.documents.to_string(),
            row.lines.to_string(),
            row.quantity.clone(),
            row.amount.clone(),
        ]);
    }
    out.line(format!("\n{totals}"))?;
    let stopped = documents.iter().filter(|(.., class)| class != "out");
    for (kind, number, class) in stopped.take(50) {
        out.line(format!("  {kind} {} is {class}", visible(number)))?;
    }
    for output in &outputs {
        out.line(format!("  {} {}/{} ({} bytes)", output.state, output.target, output.name, output.size))?;
    }
    for finding in findings.iter().take(50) {
        let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
        out.line(format!("\n{}[{}] {}{times}", finding.severity, finding.code, visible(&finding.place)))?;
        for (name, value) in [("found", &finding.found), ("expected", &finding.expected), ("help", &finding.help)] {
            if !value.is_empty() {
                out.line(format!("  {name}: {}", visible(value)))?;
            }
        }
    }
    Ok(Exit::Well)
}
