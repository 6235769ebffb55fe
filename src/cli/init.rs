//! `consign init`: a workspace to begin with.

use std::path::{Path, PathBuf};

use super::out::Out;
use super::{Exit, Failure};
use crate::durable;
use crate::workspace::CONFIG;

/// The configuration that `init` writes, which documents every key.
pub const DEFAULT: &str = include_str!("../../schemas/consign.default.toml");

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign init orders && consign check -w orders")]
pub struct Args {
    /// The folder to make
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Writes a workspace; nothing that is there is touched.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let sku = "partner,sku,gtin,item,unit,erp_unit,factor,valid_from,valid_to\nshopify,EXAMPLE-SKU,,ITEM-1,,EA,1,,\n";
    write(&args.folder, DEFAULT, &[("crosswalk/sku.csv", sku)])?;
    out.line(format!("Wrote a workspace in {}.", args.folder.display()))?;
    out.line("Next: drop a Shopify orders export in in/shopify-orders, then `consign run`.")?;
    Ok(Exit::Well)
}

/// Writes the configuration, tables and folders of a workspace.
pub fn write(folder: &Path, config: &str, tables: &[(&str, &str)]) -> Result<(), Failure> {
    if folder.join(CONFIG).exists() {
        return Err(Failure::Usage(format!("{} has a {CONFIG} already; nothing was changed", folder.display())));
    }
    for name in ["in", "out", "crosswalk", "layouts", "reports", "archive"] {
        let path = folder.join(name);
        durable::create_folder(&path, false).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    }
    let private = folder.join(crate::workspace::PRIVATE);
    durable::create_folder(&private, true).map_err(|error| Failure::Io(private.display().to_string(), error))?;
    tables.iter().try_for_each(|(name, text)| put(&folder.join(name), text.as_bytes()))?;
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
