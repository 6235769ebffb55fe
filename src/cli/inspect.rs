//! `consign inspect`: what an unknown file is, and why.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use super::out::{Out, plain};
use super::{Exit, Failure};
use crate::layout::library::Library;
use crate::layout::recognise::{self, Match};
use crate::limits;

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign inspect orders_export.csv")]
pub struct Args {
    /// The file; `-` is standard input
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Names the layouts that fit, best first.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let name = args.file.display().to_string();
    let fail = |error| Failure::Io(name.clone(), error);
    let mut head = Vec::new();
    let reader: Box<dyn Read> = if args.file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(&args.file).map_err(fail)?)
    };
    reader.take(limits::CHUNK_BYTES as u64).read_to_end(&mut head).map_err(fail)?;
    let (text, encoding, _) = encoding_rs::UTF_8.decode(&head);
    let library = Library::new(BTreeMap::new());
    let matches = recognise::recognise(text.as_bytes(), &library);
    if args.json {
        for found in &matches {
            out.line(json(found).to_string())?;
        }
    } else if let Some(best) = recognise::best(&matches) {
        out.line(format!("{}: {} ({}), {}", plain(&name), best.layout.name, best.layout.title, encoding.name()))?;
        out.line(format!("  because {}", best.why))?;
        for other in matches.iter().skip(1).take(3) {
            out.line(format!("  less well: {}, because {}", other.layout.name, other.why))?;
        }
        out.line(format!("Next: consign convert {} --to json", plain(&name)))?;
    } else if matches.is_empty() {
        out.line(format!("{}: no layout fits; see `consign layouts`", plain(&name)))?;
    } else {
        let names: Vec<&str> = matches.iter().map(|m| m.layout.name.as_str()).collect();
        out.line(format!("{}: {} fit equally well", plain(&name), names.join(", ")))?;
    }
    Ok(if matches.is_empty() { Exit::Partly } else { Exit::Well })
}

fn json(found: &Match) -> serde_json::Value {
    serde_json::json!({"layout": found.layout.name, "known": found.known, "unknown": found.unknown, "why": found.why})
}
