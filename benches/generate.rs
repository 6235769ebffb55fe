//! Writes test files of any size, always the same for the same arguments:
//! `cargo bench --bench generate -- x12|shopify|xml|sku MEGABYTES_OR_ROWS FILE`.

mod files;

use std::io::{BufWriter, Write};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let [kind, size, path] = arguments.as_slice() else {
        // `--test` runs every bench once: there is nothing to write then.
        return Ok(());
    };
    let size: usize = size.parse().map_err(std::io::Error::other)?;
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    match kind.as_str() {
        "x12" => files::x12(&mut out, size << 20),
        "shopify" => files::shopify(&mut out, size << 20),
        "xml" => files::xml(&mut out, size << 20),
        "sku" => files::sku(&mut out, size),
        other => Err(std::io::Error::other(format!("{other}: x12, shopify, xml or sku"))),
    }?;
    out.flush()
}
