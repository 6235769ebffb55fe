//! Writes test files of any size, always the same for the same arguments:
//! `cargo bench --bench generate -- x12|edifact|shopify|xml MEGABYTES FILE [SEED]`, `sku|stock ROWS FILE`, or `drop FILES FOLDER`
//! for many small interchanges of about 3 KB. X12 and EDIFACT come as one interchange.

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
        "stock" => stock(&mut out, size),
        other => Err(std::io::Error::other(format!("{other}: x12, edifact, shopify, xml, sku, stock or drop"))),
    }?;
    out.flush()
}

/// A stock list of so many rows, as short as they are found.
fn stock(out: &mut dyn Write, rows: usize) -> std::io::Result<()> {
    writeln!(out, "as_of,location,sku,on_hand")?;
    (0..rows).try_for_each(|n| writeln!(out, "2026-03-04,{:02},SKU-{n:08},{}", n % 40, n % 977))
}
