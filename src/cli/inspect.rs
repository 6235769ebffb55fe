//! `consign inspect`: what a file is, and what is in it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use super::guides::Given;
use super::out::Out;
use super::{Exit, Failure};
use crate::document::shown::visible;
use crate::durable;
use crate::inspect::{self, Html, Json, Summary, Text, Which};
use crate::layout::library::Library;
use crate::layout::recognise::{self, Match};
use crate::limits;
use crate::schema::Guides;

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An X12 or EDIFACT file is shown as a tree, with what is wrong at its place; of another file, the layout that \
                  recognises it and its first lines.\n\nExamples:\n  consign inspect orders_export.csv\n  consign inspect \
                  orders.x12\n  consign inspect orders.x12 --set 3\n  consign inspect orders.x12 --html --output orders.html\n  consign inspect orders.x12 --guide guides/bigstore-850.txt"
)]
pub struct Args {
    /// The file; `-` is standard input
    file: PathBuf,
    /// Print JSON, one object a line
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Write one self-contained page
    #[arg(long)]
    html: bool,
    /// Where to write; standard output when left out
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Only this transaction set, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    set: Option<u64>,
    /// Most transaction sets shown, 0 for all
    #[arg(long, value_name = "N", default_value_t = limits::INSPECT_SETS)]
    limit: u64,
    #[command(flatten)]
    guides: Given,
}

/// Lines of a file that is no EDI that are shown.
const LINES: usize = 4;
/// Characters of each.
const LINE_CHARS: usize = 120;

/// The standards that are shown as a tree.
#[derive(Clone, Copy)]
enum Standard {
    X12,
    Edifact,
}

impl Standard {
    /// What a file follows that begins so; none of them if it is no EDI.
    fn of(head: &str) -> Option<Self> {
        let head = head.trim_start();
        let is_edifact = ["UNA", "UNB"].iter().any(|tag| {
            head.strip_prefix(tag)
                .is_some_and(|rest| rest.bytes().next().is_some_and(|byte| !byte.is_ascii_alphanumeric()))
        });
        if head.starts_with("ISA") { Some(Self::X12) } else { is_edifact.then_some(Self::Edifact) }
    }
}

/// Shows the file.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let name = args.file.display().to_string();
    let guides = args.guides.read()?;
    let fail = |error| Failure::Io(name.clone(), error);
    let mut head = Vec::new();
    let mut reader: Box<dyn Read> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(std::fs::File::open(&args.file).map_err(fail)?)
    };
    (&mut reader).take(limits::CHUNK_BYTES as u64).read_to_end(&mut head).map_err(fail)?;
    let (text, encoding, _) = encoding_rs::UTF_8.decode(&head);
    let library = Library::new(BTreeMap::new());
    let matches = recognise::recognise(text.as_bytes(), &library);
    let standard = Standard::of(&text);
    if args.html && standard.is_none() {
        return Err(Failure::Usage(format!("{}: only an X12 or EDIFACT file is written as a page", visible(&name))));
    }
    if args.json && args.output.is_none() {
        for found in &matches {
            out.line(json(found).to_string())?;
        }
    } else if !args.html && args.output.is_none() {
        recognised(&name, &matches, encoding.name(), out)?;
        if standard.is_none() {
            beginning(&text, out)?;
        }
    }
    let Some(standard) = standard else {
        if !args.guides.guide.is_empty() {
            return Err(Failure::Usage(format!("{}: a guide is for an X12 or EDIFACT file", visible(&name))));
        }
        return Ok(if matches.is_empty() { Exit::Partly } else { Exit::Well });
    };
    let summary = shown((args, standard), (&name, &guides), io::Cursor::new(head).chain(reader), out)?;
    Ok(if summary.is_sound() { Exit::Well } else { Exit::Partly })
}

fn recognised(name: &str, matches: &[Match], encoding: &str, out: &mut Out) -> Result<(), Failure> {
    let name = visible(name);
    if let Some(best) = recognise::best(matches) {
        out.line(format!("{name}: {} ({}), {encoding}", best.layout.name, best.layout.title))?;
        out.line(format!("  because {}", best.why))?;
        for other in matches.iter().skip(1).take(3) {
            out.line(format!("  less well: {}, because {}", other.layout.name, other.why))?;
        }
        out.line(format!("Next: consign convert {name} --to json"))
    } else if matches.is_empty() {
        out.line(format!("{name}: no layout fits; see `consign layouts`"))
    } else {
        let names: Vec<&str> = matches.iter().map(|m| m.layout.name.as_str()).collect();
        out.line(format!("{name}: {} fit equally well", names.join(", ")))
    }
}

/// The first lines in short.
fn beginning(text: &str, out: &mut Out) -> Result<(), Failure> {
    for line in text.lines().take(LINES) {
        let short: String = line.chars().take(LINE_CHARS).collect();
        let more = if short.len() < line.len() { "…" } else { "" };
        out.line(format!("  | {}{more}", visible(&short)))?;
    }
    Ok(())
}

fn json(found: &Match) -> serde_json::Value {
    serde_json::json!({"layout": found.layout.name, "known": found.known, "unknown": found.unknown, "why": found.why})
}

/// Shows an EDI file where it is asked for; a file that is written appears when it is complete.
fn shown(
    (args, standard): (&Args, Standard),
    (name, guides): (&str, &Guides),
    reader: impl Read,
    out: &mut Out,
) -> Result<Summary, Failure> {
    let fail = |error| Failure::Io(name.to_owned(), error);
    let Some(path) = &args.output else {
        let colour = Out::is_coloured();
        return tree((args, standard), (name, guides), reader, &mut Lines(|bytes: &[u8]| out.bytes(bytes)), colour)
            .map_err(fail);
    };
    let to = |error| Failure::Io(path.display().to_string(), error);
    let mut file = durable::Replace::new(path).map_err(to)?;
    let mut lines = io::BufWriter::with_capacity(limits::WRITE_BYTES, Lines(|bytes: &[u8]| file.write_all(bytes)));
    let summary = tree((args, standard), (name, guides), reader, &mut lines, false).map_err(fail)?;
    lines.flush().map_err(to)?;
    drop(lines);
    file.commit().map_err(to)?;
    Ok(summary)
}

fn tree(
    (args, standard): (&Args, Standard),
    (name, guides): (&str, &Guides),
    reader: impl Read,
    to: &mut dyn Write,
    colour: bool,
) -> io::Result<Summary> {
    let which =
        Which { only: args.set, most: if args.limit == 0 { u64::MAX } else { args.limit }, guides: Some(guides) };
    let walk = |view: &mut dyn inspect::View| match standard {
        Standard::X12 => inspect::x12(reader, which, view),
        Standard::Edifact => inspect::edifact(reader, which, view),
    };
    if args.html {
        walk(&mut Html::new(to, name)?)
    } else if args.json {
        walk(&mut Json::new(to))
    } else {
        walk(&mut Text::new(to, colour))
    }
}

/// A function that takes bytes, as a writer.
struct Lines<F>(F);

impl<F: FnMut(&[u8]) -> io::Result<()>> Write for Lines<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
