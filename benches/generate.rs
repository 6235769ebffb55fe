//! Writes test files of any size, always the same for the same arguments:
//! `cargo bench --bench generate -- x12|edifact|shopify|xml|sku MEGABYTES_OR_ROWS FILE [SEED]`, or `drop FILES FOLDER` for many small
//! interchanges of about 3 KB.

mod files;

use std::io::{BufWriter, Write};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let [kind, size, path, seed @ ..] = arguments.as_slice() else {
        // `--test` runs every bench once: there is nothing to write then.
        return Ok(());
    };
    let seed = seed.first().map(|seed| seed.parse()).transpose().map_err(std::io::Error::other)?;
    let size: usize = size.parse().map_err(std::io::Error::other)?;
    if kind == "drop" {
        return (1..=size as u64).try_for_each(|number| {
            let mut file = std::fs::File::create(std::path::Path::new(path).join(format!("po-{number:06}.x12")))?;
            let mut bytes = Vec::new();
            files::interchange(&mut bytes, 2_400, number)?;
            file.write_all(&bytes)
        });
    }
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    match kind.as_str() {
        "x12" => files::x12(&mut out, size << 20, seed),
        "edifact" => files::edifact(&mut out, size << 20, seed),
        "shopify" => files::shopify(&mut out, size << 20, seed),
        "xml" => files::xml(&mut out, size << 20, seed),
        "sku" => files::sku(&mut out, size),
        other => Err(std::io::Error::other(format!("{other}: x12, edifact, shopify, xml, sku or drop"))),
    }?;
    out.flush()
}
