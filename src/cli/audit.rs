//! `consign audit`: what stands in the way of an integration, before it begins.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::convert::crosswalks;
use super::out::Out;
use super::space::cores;
use super::{Exit, Failure, layouts};
use crate::audit::{Audit, Issue, Items, Report, Summary, html, money};
use crate::clean::crosswalk::Table;
use crate::document::shown::{harmless, visible};
use crate::durable;
use crate::flow::{self, Road};
use crate::layout::Layout;
use crate::layout::library::Library;
use crate::layout::model::File as Format;
use crate::layout::recognise;
use crate::limits;

/// Arguments of `audit`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Found are duplicate customers and products, missing and malformed values, SKUs without an ERP item, \
                        units and prices that differ, totals that do not add up, and codes written in several ways; the worst \
                        first. Personal values are never printed: lines tell where they stand.\n\nExamples:\n  \
                        consign audit orders_export.csv customers_export.csv\n  consign audit orders_export.csv --items \
                        erp-items.csv --html --output audit.html\n  consign audit products.csv --crosswalk sku=sku.csv --csv"
)]
pub struct Args {
    /// The files; each is read by the layout that recognises it
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The layout of the files, by name or as a file that ends in .toml; recognised when left out
    #[arg(long, value_name = "LAYOUT")]
    from: Option<String>,
    /// A crosswalk of SKUs: those it does not translate have no ERP item
    #[arg(long, value_name = "sku=FILE")]
    crosswalk: Vec<String>,
    /// The partner whose rows of the crosswalk count
    #[arg(long, default_value = "", value_name = "NAME")]
    partner: String,
    /// A table of the ERP's items (number, and perhaps GTIN and title), to find SKUs without one
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// Write CSV
    #[arg(long, conflicts_with_all = ["json", "html"])]
    csv: bool,
    /// Write JSON, one object a line
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Write one self-contained page
    #[arg(long)]
    html: bool,
    /// Where to write; standard output when left out
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Most issues in the table, 0 for all
    #[arg(long, value_name = "N", default_value_t = limits::AUDIT_SHOWN)]
    limit: usize,
    /// Threads; all cores when left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Audits.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let library = Library::new(BTreeMap::new());
    let given = args.from.as_ref().map(|name| layouts::given(&library, name)).transpose()?;
    let tables = crosswalks(&args.crosswalk)?;
    let mut items = Items::default();
    if let Some(table) = tables.get(&Table::Sku) {
        items.add_crosswalk(table, &args.partner);
    }
    if let Some(path) = &args.items {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Failure::Io(name.clone(), error))?;
        items.add_list(&bytes).map_err(|why| Failure::Usage(format!("{name}: {why}")))?;
    }
    if args.files.len() > limits::AUDIT_FILES {
        return Err(Failure::Usage(format!("at most {} files at once", limits::AUDIT_FILES)));
    }
    let (mut audit, mut is_whole) = (Audit::default(), true);
    for (number, path) in args.files.iter().enumerate() {
        is_whole &= one(args, (number, path), given.as_ref(), &library, &mut audit, out)?;
    }
    let has_items = args.items.is_some() || tables.contains_key(&Table::Sku);
    let mut report = audit.report(has_items.then_some(&items));
    if !has_items {
        report
            .limits
            .push("SKUs without an ERP item were not looked for: name --items or --crosswalk sku=FILE".to_owned());
    }
    print(args, &report, out)?;
    let is_well = is_whole && report.checks.iter().all(|check| check.errors == 0);
    Ok(if is_well { Exit::Well } else { Exit::Partly })
}

/// Looks at one file; whether all of it could be read.
fn one(
    args: &Args,
    (number, path): (usize, &Path),
    given: Option<&Arc<Layout>>,
    library: &Library,
    audit: &mut Audit,
    out: &mut Out,
) -> Result<bool, Failure> {
    let name = path.display().to_string();
    let fail = |error| Failure::Io(name.clone(), error);
    let mut file = File::open(path).map_err(fail)?;
    let mut head = Vec::new();
    (&mut file).take(limits::CHUNK_BYTES as u64).read_to_end(&mut head).map_err(fail)?;
    let layout = match given {
        Some(layout) => Arc::clone(layout),
        None => recognised(&name, &head, library)?,
    };
    if matches!(&layout.file, Format::Table(table) if table.joined.is_some()) {
        return Err(Failure::Usage(format!("{name}: {} needs two files, which are not audited together", layout.name)));
    }
    let road = Road { threads: cores(args.threads), ..Road::of(&layout, flow::rules(&layout, "", false)) };
    let reader = io::Cursor::new(head).chain(file);
    let number = u16::try_from(number).unwrap_or(u16::MAX);
    let look = |batch: &_, findings: &_| Audit::look(&layout, number, batch, findings);
    let findings = flow::batches(&road, reader, look, |seen| {
        audit.absorb(seen);
        Ok(())
    });
    let findings = findings.map_err(fail)?;
    let is_whole = findings.file_effect().is_none();
    if !is_whole {
        out.findings(&name, &findings);
    }
    Ok(is_whole)
}

fn recognised(name: &str, head: &[u8], library: &Library) -> Result<Arc<Layout>, Failure> {
    let (text, _, _) = encoding_rs::UTF_8.decode(head);
    let matches = recognise::recognise(text.as_bytes(), library);
    let unknown =
        || format!("{name}: no layout recognises it for sure; see `consign inspect {name}`, and name one with --from");
    recognise::best(&matches).map(|found| Arc::clone(&found.layout)).ok_or_else(|| Failure::Usage(unknown()))
}

fn print(args: &Args, report: &Report, out: &mut Out) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let written = if args.html {
        let names: Vec<String> = args.files.iter().map(|path| short(path)).collect();
        html::write(report, &names.join(", "), |issue| places(args, issue), &mut bytes)
    } else if args.json {
        json(args, report, &mut bytes)
    } else if args.csv {
        csv_rows(args, report, &mut bytes)
    } else {
        table(args, report, &mut bytes)
    };
    written.map_err(|error| Failure::Io("standard output".to_owned(), error))?;
    let Some(path) = &args.output else {
        return out.bytes(&bytes).map_err(|error| Failure::Io("standard output".to_owned(), error));
    };
    let fail = |error| Failure::Io(path.display().to_string(), error);
    let mut file = durable::Replace::new(path).map_err(fail)?;
    file.write_all(&bytes).map_err(fail)?;
    file.commit().map_err(fail)
}

fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Where an issue stands: `line 3`, or `orders.csv:3` of several files.
fn places(args: &Args, issue: &Issue) -> String {
    let one = |place: &crate::audit::Place| {
        let file = args.files.get(usize::from(place.file)).map(|path| short(path)).unwrap_or_default();
        let (word, number) = if place.line > 0 { ("line", place.line) } else { ("record", place.record) };
        if args.files.len() == 1 { format!("{word} {number}") } else { format!("{file} {word} {number}") }
    };
    let mut text = issue.tally.places.iter().map(one).collect::<Vec<_>>().join(", ");
    if issue.tally.count > issue.tally.places.len() as u64 {
        text.push_str(", …");
    }
    text
}

fn value(issue: &Issue) -> String {
    if issue.tally.value == 0 { String::new() } else { money(issue.tally.value) }
}

fn table(args: &Args, report: &Report, out: &mut Vec<u8>) -> io::Result<()> {
    writeln!(
        out,
        "{} documents, {} lines, {} SKUs; {} issues",
        report.documents, report.lines, report.skus, report.found
    )?;
    for Summary { check, issues, errors, times } in &report.checks {
        writeln!(out, "  {}: {issues} issues, {errors} of them errors, {times} times", check.as_str())?;
    }
    for limit in &report.limits {
        writeln!(out, "  note: {limit}")?;
    }
    if report.issues.is_empty() {
        return Ok(());
    }
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["severity", "check", "subject", "what is wrong", "times", "value", "where"]);
    let most = if args.limit == 0 { usize::MAX } else { args.limit };
    for issue in report.issues.iter().take(most) {
        table.add_row([
            issue.severity.as_str().to_owned(),
            issue.check.as_str().to_owned(),
            visible(&issue.subject),
            visible(&issue.detail),
            issue.tally.count.to_string(),
            value(issue),
            visible(&places(args, issue)),
        ]);
    }
    writeln!(out, "{table}")?;
    if report.issues.len() > most {
        writeln!(out, "{} more: see --limit, --csv or --html", report.found - most as u64)?;
    }
    Ok(())
}

fn csv_rows(args: &Args, report: &Report, out: &mut Vec<u8>) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(["severity", "check", "subject", "detail", "times", "value", "where"])?;
    for issue in &report.issues {
        rows.write_record([
            issue.severity.as_str(),
            issue.check.as_str(),
            &harmless(&issue.subject),
            &harmless(&issue.detail),
            &issue.tally.count.to_string(),
            &value(issue),
            &harmless(&places(args, issue)),
        ])?;
    }
    rows.flush()
}

fn json(args: &Args, report: &Report, out: &mut Vec<u8>) -> io::Result<()> {
    for issue in &report.issues {
        let at: Vec<serde_json::Value> = issue
            .tally
            .places
            .iter()
            .map(|place| {
                let file = args.files.get(usize::from(place.file)).map(|path| short(path));
                serde_json::json!({"file": file, "line": place.line, "record": place.record})
            })
            .collect();
        let line = serde_json::json!({
            "what": "issue", "severity": issue.severity.as_str(), "check": issue.check.as_str(), "subject": issue.subject,
            "detail": issue.detail, "times": issue.tally.count, "value": money(issue.tally.value), "at": at,
        });
        writeln!(out, "{line}")?;
    }
    let Report { documents, lines, skus, found, limits, .. } = report;
    for Summary { check, issues, errors, times } in &report.checks {
        let line = serde_json::json!({"what": "check", "check": check.as_str(), "issues": issues, "errors": errors,
            "times": times});
        writeln!(out, "{line}")?;
    }
    let line = serde_json::json!({"what": "summary", "documents": documents, "lines": lines, "skus": skus, "issues": found,
        "limits": limits});
    writeln!(out, "{line}")
}
