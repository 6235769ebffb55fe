//! `consign crosswalk gaps`: what was seen and is not translated.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Format, Shown};
use crate::clean::crosswalk::Table;
use crate::cli::out::Out;
use crate::cli::space::{Place, exit, stopped};
use crate::cli::{Exit, Failure};
use crate::document::Decimal;
use crate::engine::gaps::{Gap, Gaps, Key};
use crate::workspace::Workspace;

/// Arguments of `gaps`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Ends with 1 when there are gaps.\n\nExamples:\n  consign crosswalk gaps --table sku\n  \
    consign crosswalk gaps --items items.csv   (columns item, and perhaps sku, gtin, description)\n  \
    consign crosswalk gaps --format csv --output gaps.csv")]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    /// One table only
    #[arg(long, value_parser = super::table, value_name = "TABLE")]
    table: Option<Table>,
    /// The ERP's items, to suggest from beside the crosswalk: CSV with the column item, and perhaps sku, gtin, description
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

/// Shows the gaps.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let gaps = read(&args.place, &args.place.load()?, args.items.as_deref())?;
    let mut rows: Vec<(&Key, &Gap)> =
        gaps.gaps.iter().filter(|(key, _)| args.table.is_none_or(|t| t == key.table)).collect();
    rows.sort_by_key(|(key, gap)| (std::cmp::Reverse((gap.documents, gap.lines)), *key));
    let format = if args.shown.json { Format::Json } else { args.shown.format };
    if format == Format::Json {
        let lines: String = rows.iter().map(|(key, gap)| format!("{}\n", as_json(key, gap))).collect();
        args.shown.put(&lines, out)?;
    } else if !rows.is_empty() || format == Format::Csv {
        let cells: Vec<Vec<String>> = rows.iter().map(|(key, gap)| cells(key, gap)).collect();
        args.shown.write(&COLUMNS, &cells, out)?;
    }
    if rows.is_empty() && format == Format::Table {
        out.line("Every code that was seen is translated.")?;
    }
    if gaps.more > 0 {
        out.note(format!("{} findings about further codes are not shown.", gaps.more));
    }
    Ok(exit(!rows.is_empty()))
}

/// The gaps of a workspace with what each may be.
pub(super) fn read(place: &Place, workspace: &Workspace, items: Option<&Path>) -> Result<Gaps, Failure> {
    let items = items.map(read_items).transpose()?.unwrap_or_default();
    let mut gaps = Gaps::read(workspace, &place.ledger()?).map_err(stopped)?;
    gaps.suggest(workspace, &items).map_err(stopped)?;
    Ok(gaps)
}

/// Items with their code, GTIN and description, in this order.
fn read_items(path: &Path) -> Result<Vec<Vec<String>>, Failure> {
    let wrong = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let names: Vec<String> =
        reader.headers().map_err(|error| wrong(error.to_string()))?.iter().map(str::to_lowercase).collect();
    let places = ["item", "sku", "gtin", "description"].map(|name| names.iter().position(|known| known == name));
    if places[0].is_none() {
        return Err(wrong("expected a column `item`, and perhaps `sku`, `gtin` and `description`".into()));
    }
    let row = |record: csv::Result<csv::StringRecord>| {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        Ok(places.map(|at| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()).to_vec())
    };
    reader.records().map(row).collect()
}

const COLUMNS: [&str; 11] =
    ["table", "partner", "code", "documents", "lines", "value", "gtin", "description", "files", "may be", "why"];

fn values(gap: &Gap) -> Vec<String> {
    gap.value.iter().map(|(currency, sum)| format!("{} {currency}", money(*sum)).trim_end().to_owned()).collect()
}

fn money(sum: Decimal) -> String {
    let mut text = Vec::new();
    sum.write(&mut text, 2);
    String::from_utf8(text).unwrap_or_default()
}

fn cells(key: &Key, gap: &Gap) -> Vec<String> {
    let files: Vec<String> = gap.files.iter().map(i64::to_string).collect();
    let best = gap.suggestions.first();
    let may_be = gap.suggestions.iter().map(|s| format!("{} ({})", s.item, s.score)).collect::<Vec<_>>().join(", ");
    vec![
        key.table.as_str().to_owned(),
        key.partner.clone(),
        key.code.clone(),
        gap.documents.to_string(),
        gap.lines.to_string(),
        values(gap).join(", "),
        gap.gtin.clone(),
        gap.text.clone(),
        files.join(" "),
        may_be,
        best.map(|best| best.why.clone()).unwrap_or_default(),
    ]
}

fn as_json(key: &Key, gap: &Gap) -> serde_json::Value {
    let suggestion = |s: &crate::clean::suggest::Suggestion| json!({"target": s.item, "score": s.score, "why": s.why});
    let value: serde_json::Map<String, serde_json::Value> =
        gap.value.iter().map(|(currency, sum)| (currency.clone(), money(*sum).into())).collect();
    json!({
        "table": key.table.as_str(), "partner": key.partner, "code": key.code, "documents": gap.documents,
        "lines": gap.lines, "value": value, "gtin": gap.gtin, "description": gap.text, "flows": gap.flows,
        "files": gap.files, "suggestions": gap.suggestions.iter().map(suggestion).collect::<Vec<_>>(),
    })
}
