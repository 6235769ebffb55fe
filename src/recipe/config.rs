//! The workspace of a recipe: its configuration, crosswalks and files to try it with.

use std::collections::BTreeMap;

use super::sample::{self, Codes};
use super::{Passage, Recipe, Systems, carries_cancellations};
use crate::clean::crosswalk::Table;
use crate::document::{Kind, Level};
use crate::layout::Layout;

/// A workspace as texts.
#[derive(Debug, Default)]
pub struct Made {
    /// `consign.toml`.
    pub config: String,
    /// Crosswalks and files to try, by path from the workspace's folder.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The code that stands for every ERP customer, location and carrier of the files to try.
const SAMPLE_CODE: &str = "EXAMPLE";

/// Makes the workspace of a recipe.
#[must_use]
pub fn make(systems: &Systems, recipe: &Recipe) -> Made {
    let passages = systems.passages(recipe);
    let codes: Vec<Codes> = passages.iter().map(|passage| sample::codes(&passage.from, passage.outbound)).collect();
    let tables = tables(recipe, &passages, &codes);
    let mut made = Made { config: head(recipe, &passages), files: Vec::new() };
    for passage in &passages {
        made.config.push_str(&flow(recipe, passage));
        let name = passage.name();
        for (file, bytes) in sample::files(&passage.from.name) {
            made.files.push((format!("in/{name}/{file}"), bytes.to_vec()));
        }
    }
    made.files.extend(tables.into_iter().map(|(table, text)| (path(table), text.into_bytes())));
    made
}

fn path(table: Table) -> String {
    format!("crosswalk/{}.csv", table.as_str())
}

fn head(recipe: &Recipe, passages: &[Passage]) -> String {
    let mut text = format!(
        "# {}: made by `consign init --recipe {}`. Every key is explained in the file that `consign init` writes.\n#\n\
         # The files in in/ are examples, and so are the rows of crosswalk/: put your own codes there.\n\n\
         [workspace]\nname = \"{}\"\n",
        recipe.name(),
        recipe.name(),
        recipe.name()
    );
    let mut targets: Vec<&str> = passages.iter().flat_map(|p| p.to.iter().map(|layout| layout.system())).collect();
    targets.sort_unstable();
    targets.dedup();
    for target in targets {
        text.push_str(&format!("\n# What {target} imports.\n[targets.{target}]\nfolder = \"out/{target}\"\n"));
    }
    text
}

/// The tables that a flow needs.
fn needed(passage: &Passage) -> Vec<Table> {
    let binds = |layout: &Layout, level, name: &str| layout.bindings(level).any(|b| layout.field_name(b) == name);
    let any = |layouts: &[&Layout], names: &[&str]| {
        let levels = [Level::Header, Level::Line];
        layouts.iter().any(|l| levels.iter().any(|level| names.iter().any(|name| binds(l, *level, name))))
    };
    let targets: Vec<&Layout> = passage.to.iter().map(AsRef::as_ref).collect();
    let places: &[&str] = if passage.outbound { &["location"] } else { &["erp_location"] };
    let carriers: &[&str] = if passage.outbound { &["carrier"] } else { &["erp_carrier"] };
    let is_for_line = |layout: &Layout| layout.kind.field(Level::Line, "item").is_some();
    let mut tables = Vec::new();
    if is_for_line(&passage.from) || passage.kind == Kind::Product {
        tables.push(Table::Sku);
    }
    if !passage.outbound && any(&targets, &["erp_customer"]) {
        tables.push(Table::Customer);
    }
    let has_place = !passage.outbound || any(&[&passage.from], &["location"]);
    if any(&targets, places) && has_place {
        tables.push(Table::Location);
    }
    let has_carrier = any(&[&passage.from], &["carrier", "ship_method"]);
    if any(&targets, carriers) && has_carrier {
        tables.push(Table::Carrier);
    }
    tables
}

fn flow(recipe: &Recipe, passage: &Passage) -> String {
    let (name, from) = (passage.name(), &passage.from.name);
    let to: Vec<&str> = passage.to.iter().map(|layout| layout.title.as_str()).collect();
    let mut text = format!("\n# {}: to {}.\n", passage.from.title, to.join("; to "));
    if carries_cancellations(passage) {
        text.push_str(
            "# An order that was cancelled after it went out comes again with changes, and is held for a person.\n",
        );
    }
    text.push_str(&format!("[flows.{name}]\npartner = \"{}\"\nlayout = \"{from}\"\n", recipe.shop));
    if passage.outbound {
        text.push_str(
            "direction = \"outbound\"  # the crosswalks are turned round: from the ERP's codes to the shop's\n",
        );
    }
    text.push_str(&format!("[flows.{name}.crosswalk]\n"));
    for table in needed(passage) {
        text.push_str(&format!("{} = \"{}\"\n", table.as_str(), path(table)));
    }
    if passage.kind == Kind::Order {
        text.push_str(&format!("[flows.{name}.guards]\nmax_quantity = \"10000\"\nhistory_factor = 20\n"));
    }
    text.push_str(&customers(&name, passage));
    for layout in &passage.to {
        let (target, layout) = (layout.system(), &layout.name);
        text.push_str(&format!("[[flows.{name}.outputs]]\ntarget = \"{target}\"\nlayout = \"{layout}\"\n"));
    }
    text
}

/// How the buyers of orders are looked for among customers, to be put in use: it needs an export of theirs.
fn customers(name: &str, passage: &Passage) -> String {
    if passage.kind != Kind::Order || !needed(passage).contains(&Table::Customer) {
        return String::new();
    }
    format!(
        "# To link buyers to customers that are known instead of to one, and to import new ones, drop `customer` above, add\n\
         # an output whose layout writes customers, and say where an export of theirs is:\n\
         # [flows.{name}.customers]\n# known = \"customers/known.csv\"\n# layout = \"\"\n"
    )
}

/// The crosswalks with a row for each code of the files to try.
fn tables(recipe: &Recipe, passages: &[Passage], codes: &[Codes]) -> BTreeMap<Table, String> {
    let mut rows: BTreeMap<Table, Vec<(String, String)>> = BTreeMap::new();
    for (passage, codes) in passages.iter().zip(codes) {
        for table in needed(passage) {
            let rows = rows.entry(table).or_default();
            match table {
                Table::Sku => pair(rows, &codes.skus, passage.outbound, ("SKU", "ITEM")),
                Table::Location => pair(rows, &codes.locations, passage.outbound, ("PLACE", "PLACE")),
                Table::Carrier => pair(rows, &codes.carriers, passage.outbound, ("CARRIER", "CARRIER")),
                Table::Customer | Table::Unit => {}
            }
        }
    }
    let shop = &recipe.shop;
    let mut tables = BTreeMap::new();
    for (table, rows) in rows {
        let (head, tail) = match table {
            Table::Sku => ("partner,sku,gtin,item,unit,erp_unit,factor,valid_from,valid_to\n", ",,,1,,"),
            _ => ("partner,code,erp_code,valid_from,valid_to\n", ",,"),
        };
        let mut text = head.to_owned();
        for (own, erp) in rows {
            let between = if table == Table::Sku { ",," } else { "," };
            text.push_str(&format!("{shop},{}{between}{}{tail}\n", cell(&own), cell(&erp)));
        }
        if table != Table::Sku {
            text.push_str(&format!("{shop},*,{SAMPLE_CODE}{tail}\n"));
        }
        tables.insert(table, text);
    }
    tables
}

/// Adds a pair for each code that is in none yet; the other half is made up.
fn pair(
    rows: &mut Vec<(String, String)>,
    codes: &std::collections::BTreeSet<String>,
    outbound: bool,
    names: (&str, &str),
) {
    for code in codes {
        let number = rows.len() + 1;
        let (own, erp) = match outbound {
            true => (format!("{}-{number:04}", names.0), code.clone()),
            false => (code.clone(), format!("{}-{number:04}", names.1)),
        };
        if !rows.iter().any(|(known, known_erp)| if outbound { *known_erp == erp } else { *known == own }) {
            rows.push((own, erp));
        }
    }
}

/// A value as it stands in a CSV file.
fn cell(value: &str) -> String {
    match value.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
    }
}
