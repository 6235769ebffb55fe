//! `consign init`: a workspace to begin with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::out::Out;
use super::{Exit, Failure};
use crate::document::Kind;
use crate::durable;
use crate::layout::library::Library;
use crate::recipe::{self, Passage, Recipe, Systems};
use crate::workspace::CONFIG;

/// The configuration that `init` writes, which documents every key.
pub const DEFAULT: &str = include_str!("../../schemas/consign.default.toml");

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign init orders && consign check -w orders\n  \
    consign init --list-recipes\n  consign init shop --recipe shopify-netsuite && consign run -w shop\n  \
    consign init shop --recipe woocommerce-dynamics-fo-salesforce")]
pub struct Args {
    /// The folder to make
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write the flows of a shop and an ERP, and perhaps a CRM, with files to try: SHOP-ERP or SHOP-ERP-CRM
    #[arg(long, value_name = "NAME")]
    recipe: Option<String>,
    /// List the recipes and the documents that each brings over
    #[arg(long, conflicts_with = "recipe")]
    list_recipes: bool,
    /// Print the list as JSON
    #[arg(long, requires = "list_recipes")]
    json: bool,
}

/// Writes a workspace; nothing that is there is touched.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let systems = Systems::of(&Library::new(BTreeMap::new()));
    if args.list_recipes {
        return list(&systems, args.json, out);
    }
    if let Some(name) = &args.recipe {
        let recipe = systems.recipe(name).map_err(Failure::Usage)?;
        return cook(&systems, &recipe, &args.folder, out);
    }
    let sku = "partner,sku,gtin,item,unit,erp_unit,factor,valid_from,valid_to\nshopify,EXAMPLE-SKU,,ITEM-1,,EA,1,,\n";
    write(&args.folder, DEFAULT, &[("crosswalk/sku.csv", sku)])?;
    out.line(format!("Wrote a workspace in {}.", args.folder.display()))?;
    out.line("Next: drop a Shopify orders export in in/shopify-orders, then `consign run`.")?;
    Ok(Exit::Well)
}

/// Writes the workspace of a recipe.
fn cook(systems: &Systems, recipe: &Recipe, folder: &Path, out: &mut Out) -> Result<Exit, Failure> {
    let made = recipe::make(systems, recipe);
    let files: Vec<(&str, &[u8])> = made.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    write_files(folder, &made.config, &files)?;
    let shown = folder.display();
    out.line(format!("Wrote a workspace in {shown}:"))?;
    for passage in systems.passages(recipe) {
        let to: Vec<&str> = passage.to.iter().map(|layout| layout.name.as_str()).collect();
        out.line(format!("  in/{}: {} to {}", passage.name(), passage.from.name, to.join(", ")))?;
    }
    out.line(format!("The files in {shown}/in are examples: `consign run -w {shown}` converts them."))?;
    out.line(format!("Next: put your own codes in {shown}/crosswalk, and remove the examples."))?;
    Ok(Exit::Well)
}

/// The matrix: what each recipe brings over.
fn list(systems: &Systems, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    if json {
        for recipe in systems.recipes() {
            let passages = systems.passages(&recipe);
            let flow = |passage: &Passage| {
                let to: Vec<&str> = passage.to.iter().map(|layout| layout.name.as_str()).collect();
                let kind = passage.kind.as_str();
                serde_json::json!({"flow": passage.name(), "document": kind, "from": passage.from.name, "to": to})
            };
            let flows: Vec<serde_json::Value> = passages.iter().map(flow).collect();
            let (name, shop, erp, crm) = (recipe.name(), &recipe.shop, &recipe.erp, &recipe.crm);
            let cancellations = passages.iter().any(recipe::carries_cancellations);
            let line = serde_json::json!({"recipe": name, "shop": shop, "erp": erp, "crm": crm, "flows": flows,
                "cancellations": cancellations});
            out.line(line.to_string())?;
        }
        return Ok(Exit::Well);
    }
    let mut table = super::status::table(COLUMNS);
    for recipe in systems.recipes() {
        let passages = systems.passages(&recipe);
        let has = |kind| passages.iter().find(|passage| passage.kind == kind);
        let mark = |kind| has(kind).map_or("-", |passage| if passage.outbound { "out" } else { "in" }).to_owned();
        let cancelled = passages.iter().any(recipe::carries_cancellations);
        let cancelled = if cancelled { "in" } else { "-" }.to_owned();
        let [orders, stock, shipped, products, customers, returns] = KINDS.map(mark);
        table.add_row([recipe.name(), orders, stock, shipped, products, customers, returns, cancelled]);
    }
    out.line(table.to_string())?;
    out.line("in: from the shop; out: from the ERP to the shop; -: one of the two has no layout for it yet.")?;
    Ok(Exit::Well)
}

const COLUMNS: [&str; 8] =
    ["recipe", "orders", "inventory", "shipments", "products", "customers", "returns", "cancellations"];
const KINDS: [Kind; 6] = [Kind::Order, Kind::Inventory, Kind::Shipment, Kind::Product, Kind::Customer, Kind::Return];

/// Writes the configuration, tables and folders of a workspace.
pub fn write(folder: &Path, config: &str, tables: &[(&str, &str)]) -> Result<(), Failure> {
    let files: Vec<(&str, &[u8])> = tables.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    write_files(folder, config, &files)
}

fn write_files(folder: &Path, config: &str, files: &[(&str, &[u8])]) -> Result<(), Failure> {
    if folder.join(CONFIG).exists() {
        return Err(Failure::Usage(format!("{} has a {CONFIG} already; nothing was changed", folder.display())));
    }
    for name in ["in", "out", "crosswalk", "layouts", "reports", "archive"] {
        let path = folder.join(name);
        durable::create_folder(&path, false).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    }
    let private = folder.join(crate::workspace::PRIVATE);
    durable::create_folder(&private, true).map_err(|error| Failure::Io(private.display().to_string(), error))?;
    files.iter().try_for_each(|(name, bytes)| put(&folder.join(name), bytes))?;
    put(&folder.join(CONFIG), config.as_bytes())?;
    // The drop folders of the configuration, so that files can be dropped at once.
    let workspace = crate::workspace::load(folder);
    for path in workspace.iter().flat_map(|w| w.flows.iter().map(|flow| &flow.folder).chain(w.targets.values())) {
        durable::create_folder(path, false).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    }
    Ok(())
}

/// Writes a file that is not there yet.
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    let fail = |error| Failure::Io(path.display().to_string(), error);
    if let Some(folder) = path.parent() {
        durable::create_folder(folder, false).map_err(fail)?;
    }
    durable::write(path, bytes).map_err(fail)
}
