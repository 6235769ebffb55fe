//! `consign inspect`: what a file is, and what is in it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

mod columns;

use super::guides::Given;
use super::out::Out;
use super::{Exit, Failure};
use crate::document::Findings;
use crate::document::shown::visible;
use crate::durable;
use crate::flow::chunks::Chunks;
use crate::inspect::{self, Html, Json, Summary, Text, Which};
use crate::layout::library::Library;
use crate::layout::recognise::{self, Match};
use crate::limits;
use crate::schema::Guides;
use crate::syntax::encoding::Encoding;

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An X12 or EDIFACT file is shown as a tree, with what is wrong at its place. Of a table or an XML file are \
                  shown the layout that recognises it, and why, and what stands in its columns; personal values only by \
                  their shape. --draft writes a first layout for a file that none recognises.\n\nExamples:\n  consign \
                  inspect orders_export.csv\n  consign inspect unknown.csv --draft draft.toml\n  consign convert unknown.csv \
                  --from draft.toml --to json\n  consign inspect orders.x12 --set 3\n  consign inspect orders.x12 --html \
                  --output orders.html\n  consign inspect orders.x12 --guide guides/bigstore-850.txt"
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
    /// Rows of a table that are looked at for its columns, 0 for all
    #[arg(long, value_name = "N", default_value_t = limits::PROFILE_ROWS)]
    rows: u64,
    /// Write a first layout for a table or XML file; to standard output without a path
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "-", conflicts_with_all = ["json", "html", "output"])]
    draft: Option<PathBuf>,
}

/// A file of which the beginning was looked at.
struct Look {
    /// Its name, for messages.
    name: String,
    /// Its name without folders.
    short: String,
    /// The layouts that recognise it.
    matches: Vec<Match>,
    /// Its text, from the beginning.
    chunks: Chunks<Box<dyn Read>>,
}

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
    let library = Library::new(BTreeMap::new());
    let standard = Standard::of(&String::from_utf8_lossy(&head));
    if args.html && standard.is_none() {
        return Err(Failure::Usage(format!("{}: only an X12 or EDIFACT file is written as a page", visible(&name))));
    }
    let Some(standard) = standard else {
        if args.output.is_some() {
            return Err(Failure::Usage("--output is for X12 and EDIFACT; a draft goes where --draft says".to_owned()));
        }
        if !args.guides.guide.is_empty() {
            return Err(Failure::Usage(format!("{}: a guide is for an X12 or EDIFACT file", visible(&name))));
        }
        let look = look(args, name, head, reader, &library, out)?;
        return look.map_or(Ok(Exit::Partly), |look| columns::show(args, look, &library, out));
    };
    if args.draft.is_some() {
        return Err(Failure::Usage(format!("{}: only for a table or an XML file a layout is drafted", visible(&name))));
    }
    let matches = recognise::recognise(&head, &library);
    if args.json && args.output.is_none() {
        for found in &matches {
            out.line(json(found).to_string())?;
        }
    } else if !args.html && args.output.is_none() {
        recognised(&name, &matches, "UTF-8", out)?;
    }
    let summary = shown((args, standard), (&name, &guides), io::Cursor::new(head).chain(reader), out)?;
    Ok(if summary.is_sound() { Exit::Well } else { Exit::Partly })
}

/// Decodes a file that is no EDI and recognises it; none if it cannot be decoded, which is told.
fn look(
    args: &Args,
    name: String,
    head: Vec<u8>,
    reader: Box<dyn Read>,
    library: &Library,
    out: &mut Out,
) -> Result<Option<Look>, Failure> {
    let short = args.file.file_name().map_or_else(|| name.clone(), |name| name.to_string_lossy().into_owned());
    let file: Box<dyn Read> = Box::new(io::Cursor::new(head).chain(reader));
    let (mut chunks, mut findings) = (Chunks::new(file, Encoding::Detect), Findings::default());
    chunks.head(&mut findings).map_err(|error| Failure::Io(name.clone(), error))?;
    if findings.file_effect().is_some() {
        out.findings(&name, &findings);
        return Ok(None);
    }
    let matches = recognise::recognise(chunks.text(), library);
    Ok(Some(Look { name, short, matches, chunks }))
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

fn json(found: &Match) -> serde_json::Value {
    columns::match_json(found)
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
