//! `consign crosswalk import` and `accept`: rows that are added to a table. A table that would be refused stays as it is.

use std::fs::File;
use std::path::PathBuf;

use serde_json::json;

use super::{file, gaps, read, replace};
use crate::clean::crosswalk::{Sheet, Table};
use crate::cli::out::{Out, render};
use crate::cli::space::Place;
use crate::cli::{Exit, Failure};
use crate::document::Findings;
use crate::document::shown::visible;
use crate::durable;
use crate::engine::gaps::{Gap, Gaps, Key};
use crate::workspace::{Flow, PRIVATE, Workspace};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign crosswalk import sku new-items.csv --partner shopify\n  \
    consign crosswalk import customer customers.csv --replace")]
pub(super) struct ImportArgs {
    /// The table: sku, unit, customer, location or carrier
    #[arg(value_parser = super::table)]
    table: Table,
    /// The file: CSV with the columns of the table, in any order
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// The flow whose table it is, if flows have different ones
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// The partner of rows that name none; of units the code list
    #[arg(long, value_name = "NAME")]
    partner: Option<String>,
    /// Put the file in the place of the table, instead of adding its rows
    #[arg(long, conflicts_with = "partner")]
    replace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `accept`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign crosswalk accept sku MUG-BLU 10-0001\n  \
    consign crosswalk accept sku CASE-12 10-0001 --unit CS --erp-unit EA --factor 12\n  \
    consign crosswalk accept sku MUG-BLU --suggestion 1 --items items.csv")]
pub(super) struct AcceptArgs {
    /// The table: sku, unit, customer, location or carrier
    #[arg(value_parser = super::table)]
    table: Table,
    /// The code as `crosswalk gaps` shows it
    code: String,
    /// What it is translated into; a suggestion when left out
    target: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Which suggestion of `crosswalk gaps`, from 1
    #[arg(long, value_name = "N", conflicts_with = "target")]
    suggestion: Option<usize>,
    /// The ERP's items, as for `crosswalk gaps`
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    items: Option<PathBuf>,
    /// The partner whose code it is; of a unit the code list
    #[arg(long, value_name = "NAME")]
    partner: Option<String>,
    /// The flow whose table it is, if flows have different ones
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// The partner's unit that the factor is for
    #[arg(long, value_name = "UNIT", default_value = "")]
    unit: String,
    /// The ERP's unit
    #[arg(long, value_name = "UNIT", default_value = "")]
    erp_unit: String,
    /// ERP units in one unit of the partner, such as 12 or 1/12
    #[arg(long, value_name = "RATIO", default_value = "")]
    factor: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Adds the rows of a file, or replaces a table by it.
pub(super) fn import(args: &ImportArgs, out: &mut Out) -> Result<Exit, Failure> {
    let workspace = args.place.load()?;
    let (path, flows) = file(&workspace, args.table, &|flow| args.flow.as_ref().is_none_or(|name| *name == flow.name))?;
    let _lock = lock(&workspace)?;
    let given = read(args.table, &args.file)?;
    given.check(false).map_err(|findings| refused(&args.file.display().to_string(), findings))?;
    let (mut sheet, mut added) = (read(args.table, &path)?, 0);
    if args.replace {
        added = given.rows().len();
        sheet = given;
    } else {
        let scope = if args.table == Table::Unit { "list" } else { "partner" };
        for row in given.rows() {
            let mut values: Vec<(&str, &str)> =
                given.names().iter().map(|name| (name.as_str(), given.get(row, name))).collect();
            let known = |name: &str| args.table.columns().0.contains(&name) || args.table.columns().1.contains(&name);
            values.retain(|(name, _)| known(name));
            if let Some(partner) = args.partner.as_deref().filter(|_| given.get(row, scope).is_empty()) {
                values.retain(|(name, _)| *name != scope);
                values.push((scope, partner));
            }
            added += usize::from(add(&mut sheet, &values, &path)?);
        }
    }
    let same = if args.replace { 0 } else { read(args.table, &args.file)?.rows().len() - added };
    store(&sheet, &path, &flows, &workspace)?;
    let shown = workspace.relative(&path).display().to_string();
    if args.json {
        let line = json!({"table": args.table.as_str(), "file": shown, "added": added, "there_already": same});
        out.line(line.to_string())?;
    } else {
        out.line(format!("{shown}: {added} rows added, {same} were there already, {} in all.", sheet.rows().len()))?;
        out.line("Next: consign crosswalk gaps")?;
    }
    Ok(Exit::Well)
}

/// Adds one translation.
pub(super) fn accept(args: &AcceptArgs, out: &mut Out) -> Result<Exit, Failure> {
    let workspace = args.place.load()?;
    let gaps = match gaps::read(&args.place, &workspace, args.items.as_deref()) {
        // A pair may be added before any file came; a suggestion needs one.
        Err(Failure::Usage(_)) if args.target.is_some() => Gaps::default(),
        found => found?,
    };
    let gap = gap(&gaps, args)?;
    let target = match (&args.target, gap) {
        (Some(target), _) => target.clone(),
        (None, Some((key, gap))) => suggested(key, gap, args.suggestion.unwrap_or(1))?,
        (None, None) => {
            return Err(Failure::Usage(format!("{} is no gap; name what it is translated into", args.code)));
        }
    };
    let meant = |flow: &Flow| match (&args.flow, gap, &args.partner) {
        (Some(name), ..) => *name == flow.name,
        (None, Some((_, gap)), _) => gap.flows.contains(&flow.name),
        (None, None, Some(partner)) => args.table == Table::Unit || flow.partner == *partner,
        (None, None, None) => true,
    };
    let (path, flows) = file(&workspace, args.table, &meant)?;
    let of = flows.iter().copied().find(|flow| meant(flow));
    let partner = args.partner.clone().or(gap.map(|(key, _)| key.partner.clone()));
    let partner = partner.or(of.map(|flow| flow.partner.clone()).filter(|_| args.table != Table::Unit));
    let _lock = lock(&workspace)?;
    let mut sheet = read(args.table, &path)?;
    let outbound = of.is_some_and(|flow| flow.outbound);
    let partner = partner.unwrap_or_default();
    let values = row(args, (&partner, &target), outbound, &sheet);
    let added = add(&mut sheet, &values, &path)?;
    store(&sheet, &path, &flows, &workspace)?;
    tell(args, (&workspace, &gaps), (&target, &path, added), out)
}

/// The gap that is meant; an error when several partners have it.
fn gap<'g>(gaps: &'g Gaps, args: &AcceptArgs) -> Result<Option<(&'g Key, &'g Gap)>, Failure> {
    let fits = |(key, gap): &(&Key, &Gap)| {
        key.table == args.table
            && key.code == args.code
            && args.partner.as_ref().is_none_or(|partner| *partner == key.partner)
            && args.flow.as_ref().is_none_or(|flow| gap.flows.contains(flow))
    };
    let mut found = gaps.gaps.iter().filter(fits);
    let first = found.next();
    let others: Vec<String> = found.map(|(key, _)| format!("--partner {}", key.partner)).collect();
    match first {
        Some((key, _)) if !others.is_empty() => {
            let names = others.join(" or ");
            Err(Failure::Usage(format!("{} is a gap of several; add --partner {} or {names}", args.code, key.partner)))
        }
        first => Ok(first),
    }
}

fn suggested(key: &Key, gap: &Gap, number: usize) -> Result<String, Failure> {
    let found = number.checked_sub(1).and_then(|at| gap.suggestions.get(at)).map(|suggestion| suggestion.item.clone());
    found.ok_or_else(|| {
        let (count, code) = (gap.suggestions.len(), &key.code);
        Failure::Usage(format!("{code} has {count} suggestions; name what it is translated into"))
    })
}

/// The values of the new row. What comes from the ERP is translated by the same table the other way round. A partner is
/// left out where the table has no column for it: its rows are for all.
fn row<'a>(
    args: &'a AcceptArgs,
    (partner, target): (&'a str, &'a str),
    outbound: bool,
    sheet: &Sheet,
) -> Vec<(&'static str, &'a str)> {
    let (code, into) = args.table.key();
    let (own, erp) = if outbound { (target, args.code.as_str()) } else { (args.code.as_str(), target) };
    let scope = if args.table == Table::Unit { "list" } else { "partner" };
    let mut values = vec![(code, own), (into, erp), ("factor", args.factor.as_str())];
    if args.table == Table::Sku {
        values.extend([("unit", args.unit.as_str()), ("erp_unit", args.erp_unit.as_str())]);
    }
    if sheet.names().iter().any(|name| name == scope) {
        values.push((scope, partner));
    }
    values
}

fn add(sheet: &mut Sheet, values: &[(&str, &str)], path: &std::path::Path) -> Result<bool, Failure> {
    sheet.add(values).map_err(|column| {
        let path = path.display();
        Failure::Usage(format!("{path} has no column {column}; add it to the first line, and a comma to the others"))
    })
}

/// Writes the table if every flow that reads it still can.
fn store(sheet: &Sheet, path: &std::path::Path, flows: &[&Flow], workspace: &Workspace) -> Result<(), Failure> {
    let shown = workspace.relative(path).display().to_string();
    for reversed in [false, true] {
        if flows.iter().any(|flow| flow.outbound == reversed) {
            sheet.check(reversed).map_err(|findings| refused(&shown, findings))?;
        }
    }
    replace(path, &sheet.bytes())
}

fn refused(file: &str, findings: Findings) -> Failure {
    let shown: Vec<String> = findings.kept().iter().map(|finding| render(file, finding)).collect();
    Failure::Usage(format!("the table is refused, and nothing was changed\n{}", shown.join("\n")))
}

/// Two changes at once would lose one of them: the second waits for the first.
fn lock(workspace: &Workspace) -> Result<File, Failure> {
    let private = workspace.root.join(PRIVATE);
    let fail = |error| Failure::Io(private.display().to_string(), error);
    durable::create_folder(&private, true).map_err(fail)?;
    let file = durable::create(&private.join("crosswalk.lock")).map_err(fail)?;
    file.lock().map_err(fail)?;
    Ok(file)
}

/// Tells what was added and which documents nothing stops any more.
fn tell(
    args: &AcceptArgs,
    (workspace, before): (&Workspace, &Gaps),
    (target, path, added): (&str, &std::path::Path, bool),
    out: &mut Out,
) -> Result<Exit, Failure> {
    // The workspace is read again, as the next run will: what it refuses must be told now.
    let after = match before.gaps.is_empty() {
        true => Gaps::default(),
        false => gaps::read(&args.place, &args.place.load()?, None)?,
    };
    let ready = |gaps: &Gaps, file| gaps.waiting.iter().find(|w| w.file == file).map_or(0, |w| w.ready);
    let freed = after.waiting.iter().filter(|waiting| waiting.ready > ready(before, waiting.file));
    let freed: Vec<_> = freed.collect();
    let shown = workspace.relative(path).display().to_string();
    if args.json {
        let file = |w: &&crate::engine::gaps::Waiting| json!({"file": w.file, "name": w.name, "held": w.held, "ready": w.ready});
        let line = json!({
            "table": args.table.as_str(), "code": args.code, "target": target, "file": shown, "added": added,
            "gaps_left": after.gaps.len(), "ready": freed.iter().map(file).collect::<Vec<_>>(),
        });
        out.line(line.to_string())?;
        return Ok(Exit::Well);
    }
    let what = if added { "added" } else { "there already" };
    out.line(format!("{shown}: {} is {}, {what}.", visible(&args.code), visible(target)))?;
    for waiting in &freed {
        let (ready, held, name) = (waiting.ready, waiting.held, visible(&waiting.name));
        out.line(format!("File {} ({name}): {ready} of {held} held documents can be released.", waiting.file))?;
    }
    if freed.is_empty() {
        out.line("No document waited for this alone.")?;
    }
    out.line(format!("{} gaps are left. A running `consign watch` reads tables when it starts.", after.gaps.len()))?;
    Ok(Exit::Well)
}
