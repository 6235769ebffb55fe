//! `consign crosswalk`: the tables that translate codes, and what they lack.

mod change;
mod gaps;

use std::path::PathBuf;

use super::out::Out;
use super::space::Place;
use super::{Exit, Failure};
use crate::clean::crosswalk::{Sheet, Table};
use crate::durable;
use crate::workspace::{Flow, Workspace};

/// Arguments of `crosswalk`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The columns of the tables, those in brackets as needed:\n  \
    sku: sku, item (partner, gtin, unit, erp_unit, factor, valid_from, valid_to)\n  \
    unit: code, erp_unit (list, factor)\n  \
    customer, location, carrier: code, erp_code (partner, valid_from, valid_to)\n\nExamples:\n  \
    consign crosswalk gaps\n  consign crosswalk gaps --items items.csv --format csv --output gaps.csv\n  \
    consign crosswalk accept sku MUG-BLU 10-0001\n  consign crosswalk accept sku MUG-BLU --suggestion 1\n  \
    consign crosswalk import sku new-items.csv --partner shopify\n  consign crosswalk export customer --json")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Adds the rows of a file to a table, or replaces it
    Import(change::ImportArgs),
    /// Writes a table out
    Export(ExportArgs),
    /// Shows every code seen and not translated, with what it may be
    Gaps(gaps::Args),
    /// Adds a translation to a table: a suggestion, or a pair
    Accept(change::AcceptArgs),
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for the terminal.
    Table,
    /// Comma-separated values.
    Csv,
    /// JSON, one object a row.
    Json,
}

/// How and where something is written.
#[derive(Debug, clap::Args)]
struct Shown {
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Print JSON: the same as --format json
    #[arg(long)]
    json: bool,
    /// Where to write; standard output when left out
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign crosswalk export sku --format csv --output sku-backup.csv")]
struct ExportArgs {
    /// The table: sku, unit, customer, location or carrier
    #[arg(value_parser = table)]
    table: Table,
    #[command(flatten)]
    place: Place,
    /// The flow whose table it is, if flows have different ones
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// Only rows of this partner, and those for all
    #[arg(long, value_name = "NAME")]
    partner: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

/// Runs a command about crosswalks.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        Command::Import(args) => change::import(args, out),
        Command::Export(args) => export(args, out),
        Command::Gaps(args) => gaps::run(args, out),
        Command::Accept(args) => change::accept(args, out),
    }
}

fn table(text: &str) -> Result<Table, String> {
    Table::from_name(text).ok_or_else(|| "expected sku, unit, customer, location or carrier".to_owned())
}

fn export(args: &ExportArgs, out: &mut Out) -> Result<Exit, Failure> {
    let workspace = args.place.load()?;
    let (path, _) = file(&workspace, args.table, &|flow| args.flow.as_ref().is_none_or(|name| *name == flow.name))?;
    let sheet = read(args.table, &path)?;
    let (required, optional) = args.table.columns();
    let columns: Vec<&str> = required.iter().chain(optional).copied().collect();
    let mine = |row: &&csv::StringRecord| {
        let of = sheet.get(row, if args.table == Table::Unit { "list" } else { "partner" });
        args.partner.as_ref().is_none_or(|partner| of.is_empty() || of == partner)
    };
    let cells = |row| columns.iter().map(|name| sheet.get(row, name).to_owned()).collect();
    let rows: Vec<Vec<String>> = sheet.rows().iter().filter(mine).map(cells).collect();
    args.shown.write(&columns, &rows, out)
}

impl Shown {
    /// Writes rows as they are asked for.
    fn write(&self, columns: &[&str], rows: &[Vec<String>], out: &mut Out) -> Result<Exit, Failure> {
        let format = if self.json { Format::Json } else { self.format };
        let text = match format {
            Format::Table => {
                let mut table = comfy_table::Table::new();
                table.load_preset(comfy_table::presets::NOTHING);
                table.set_header(columns);
                let visible = |cell: &String| crate::document::shown::visible(cell);
                for row in rows {
                    table.add_row(row.iter().map(visible));
                }
                format!("{table}\n")
            }
            Format::Csv => csv(columns, rows),
            Format::Json => {
                let line = |row: &Vec<String>| {
                    let pairs = columns.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.clone().into()));
                    format!("{}\n", serde_json::Value::Object(pairs.collect()))
                };
                rows.iter().map(line).collect()
            }
        };
        self.put(&text, out)
    }

    /// Writes a text where it is asked for.
    fn put(&self, text: &str, out: &mut Out) -> Result<Exit, Failure> {
        match &self.output {
            Some(path) => replace(path, text.as_bytes())?,
            None => out.bytes(text.as_bytes()).map_err(|error| Failure::Io("standard output".into(), error))?,
        }
        Ok(Exit::Well)
    }
}

fn csv(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Memory takes whatever is written to it.
    let _ = writer.write_record(columns);
    for row in rows {
        let _ = writer.write_record(row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Writes a file that appears only when it is complete, and stays when the power goes.
fn replace(path: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    let fail = |error| Failure::Io(path.display().to_string(), error);
    let mut file = durable::Replace::new(path).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.commit().map_err(fail)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    durable::sync_folder(folder.unwrap_or_else(|| std::path::Path::new("."))).map_err(fail)
}

fn read(table: Table, path: &std::path::Path) -> Result<Sheet, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    Ok(Sheet::read(table, &bytes))
}

/// The one file of a table that the flows meant have, and these flows.
fn file<'w>(
    workspace: &'w Workspace,
    table: Table,
    meant: &dyn Fn(&Flow) -> bool,
) -> Result<(PathBuf, Vec<&'w Flow>), Failure> {
    let of_table = |flow: &&Flow| flow.crosswalk_files.contains_key(&table);
    let mut flows: Vec<&Flow> = workspace.flows.iter().filter(of_table).filter(|flow| meant(flow)).collect();
    let mut files: Vec<&PathBuf> = flows.iter().filter_map(|flow| flow.crosswalk_files.get(&table)).collect();
    files.sort();
    files.dedup();
    let [file] = files.as_slice() else {
        let names: Vec<String> =
            workspace.flows.iter().filter(of_table).map(|flow| format!("--flow {}", flow.name)).collect();
        let name = table.as_str();
        return Err(Failure::Usage(match (files.is_empty(), names.is_empty()) {
            (_, true) => format!("no flow has a {name} crosswalk; name one in consign.toml"),
            (true, false) => format!("no such flow has a {name} crosswalk; expected {}", names.join(" or ")),
            (false, false) => format!("flows have different {name} crosswalks; add {}", names.join(" or ")),
        }));
    };
    let path = workspace.root.join(file);
    // Every flow that reads this file must still be able to.
    flows = workspace.flows.iter().filter(|flow| flow.crosswalk_files.get(&table) == Some(file)).collect();
    Ok((path, flows))
}
