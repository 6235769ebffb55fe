//! `consign convert`: one file to another layout or to JSON, without a workspace.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::envelope::Envelope;
use super::guides::Given;
use super::layouts;
use super::out::Out;
use super::space::cores;
use super::{Exit, Failure};
use crate::clean::crosswalk::{Crosswalk, Table};
use crate::clean::{Rules, Tables};
use crate::document::Effect;
use crate::durable;
use crate::flow::{self, Road, Target};
use crate::layout::Layout;
use crate::layout::library::Library;
use crate::layout::recognise;
use crate::layout::write::Writer;
use crate::layout::write::x12::Settings;
use crate::layout::write_back::{self, Export};
use crate::limits;
use crate::schema::Guides;
use crate::spill::WithinFile;

/// Arguments of `convert`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign convert orders_export.csv --to json\n  \
    consign convert unknown.csv --from draft.toml --to json\n  \
    consign convert orders.x12 --to erp/orders-csv --crosswalk sku=sku.csv --output orders.csv\n  \
    consign convert stock.csv --to shopify/inventory-update --fill inventory_export_1.csv --output import.csv\n  \
    consign convert Orders.csv OrderDetails.csv --to json\n  cat orders.csv | consign convert - --from shopify/orders --to json")]
pub struct Args {
    /// The file; `-` is standard input; files that belong together are given together
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The layout to read, by name or as a file that ends in .toml; recognised when left out
    #[arg(long, value_name = "LAYOUT")]
    from: Option<String>,
    /// The layout to write, or `json`
    #[arg(long, value_name = "LAYOUT")]
    to: String,
    /// Where to write; standard output when left out. A layout that writes a file for each document makes FILE-1, FILE-2
    /// and so on, or 1, 2 and so on in a folder that is there
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The last export of the system that is written for: its rows are filled in, and only what changes is written
    #[arg(long, value_name = "EXPORT")]
    fill: Option<PathBuf>,
    /// Fields by which a row of the export is found, such as sku+location; those of the layout when left out
    #[arg(long, value_name = "FIELDS", requires = "fill")]
    fill_key: Vec<String>,
    /// A crosswalk: sku, unit, customer, location or carrier
    #[arg(long, value_name = "KIND=FILE")]
    crosswalk: Vec<String>,
    /// The partner whose rows of the crosswalks count
    #[arg(long, default_value = "", value_name = "NAME")]
    partner: String,
    /// Check X12 sets and EDIFACT messages against their definitions: segments, loops, elements, notes and codes
    #[arg(long)]
    validate: bool,
    #[command(flatten)]
    guides: Given,
    #[command(flatten)]
    envelope: Envelope,
    /// Threads; all cores when left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Converts.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let library = Library::new(BTreeMap::new());
    let mut input = Input::open(&args.files[0])?;
    let layout = match &args.from {
        Some(name) => layouts::given(&library, name)?,
        None => recognised(&mut input, &library)?,
    };
    let target = if args.to == "json" { None } else { Some(layouts::get(&library, &args.to)?) };
    let guides = guides(args, &layout, target.as_deref())?;
    let crosswalks = crosswalks(&args.crosswalk)?;
    let fixed = crate::clean::fixed_units();
    let get = |table| crosswalks.get(&table);
    let tables = Tables {
        partner: &args.partner,
        sku: get(Table::Sku),
        unit: get(Table::Unit),
        fixed_units: Some(&fixed),
        customer: get(Table::Customer),
        location: get(Table::Location),
        carrier: get(Table::Carrier),
        customers: None,
    };
    let writer = match &target {
        Some(target) if args.fill.is_some() => fill(args, target, &layout, &library)?,
        Some(target) => {
            let settings = args.envelope.settings(&target.file)?;
            writer(target, &layout, &Settings { guides: guides.clone(), ..settings })?
        }
        None => Writer::json(),
    };
    let translate = target.is_some() || !crosswalks.is_empty();
    let writers = vec![writer];
    let rules = Rules {
        narrow: flow::narrow(target.as_deref()),
        validate: args.validate.then_some(guides),
        ..flow::rules(&layout, "", translate)
    };
    let road = Road {
        max_documents: flow::max_documents(&writers),
        writers,
        tables,
        keep_other: target.as_ref().is_none_or(|target| target.name == layout.name && target.hands_back()),
        accept_empty: false,
        threads: cores(args.threads),
        ..Road::of(&layout, rules)
    };
    let name = input.name.clone();
    let second = args.files.get(1).map(|path| Input::open(path)).transpose()?;
    if args.files.len() > 2 {
        return Err(Failure::Usage("at most two files belong together".into()));
    }
    let report = convert(&road, input, second, args.output.as_deref(), out)?;
    out.findings(&name, &report.findings);
    Ok(exit(&report))
}

/// The guides given; one that nothing would be held to is a slip of the pen.
fn guides(args: &Args, from: &Layout, to: Option<&Layout>) -> Result<Guides, Failure> {
    let is_edi = |layout: &Layout| {
        use crate::layout::model::File;
        matches!(layout.file, File::X12(_) | File::Edifact(_))
    };
    let is_used = args.validate && is_edi(from) || to.is_some_and(is_edi);
    if !args.guides.guide.is_empty() && !is_used {
        let needed = "--guide needs --validate and a file of X12 or EDIFACT, or a layout that writes one";
        return Err(Failure::Usage(needed.to_owned()));
    }
    args.guides.read()
}

fn exit(report: &flow::Report) -> Exit {
    if report.balance.has_stopped() || report.findings.file_effect().is_some() { Exit::Partly } else { Exit::Well }
}

fn writer<'l>(target: &'l Arc<Layout>, layout: &Layout, settings: &Settings) -> Result<Writer<'l>, Failure> {
    if target.kind != layout.kind {
        let (from, to) = (layout.kind.as_str(), target.kind.as_str());
        return Err(Failure::Usage(format!(
            "{} holds {from} documents, {} writes {to} documents",
            layout.name, target.name
        )));
    }
    if let crate::layout::model::File::X12(x12) = &target.file
        && !settings.release.is_empty()
        && !x12.releases.contains(&settings.release)
    {
        let (release, known) = (&settings.release, x12.releases.join(", "));
        return Err(Failure::Usage(format!("--release {release}: {} is written in {known}", target.name)));
    }
    if !target.writes {
        return Err(Failure::Usage(format!("{} only reads; see `consign layouts`", target.name)));
    }
    let cannot = || format!("{}: its character set lacks characters of --sender or --receiver", target.name);
    Writer::with(target, settings).ok_or_else(|| Failure::Usage(cannot()))
}

/// The writer that fills in an export.
fn fill<'l>(args: &Args, target: &'l Arc<Layout>, from: &Layout, library: &Library) -> Result<Writer<'l>, Failure> {
    writer(target, from, &Settings::default())?;
    let path = args.fill.as_deref().unwrap_or(Path::new(""));
    let name = path.display().to_string();
    let refuse = |why: String| Failure::Usage(format!("--fill {name}: {why}"));
    let mut rules = target.write_back.clone().ok_or_else(|| refuse(format!("{} fills in no export", target.name)))?;
    let key = |text: &String| {
        let unknown = || Failure::Usage(format!("--fill-key {text}: not fields of a row of {}", target.kind.as_str()));
        write_back::key(target.kind, text).ok_or_else(unknown)
    };
    if !args.fill_key.is_empty() {
        rules.keys = args.fill_key.iter().map(key).collect::<Result<_, _>>()?;
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limits::EXPORT_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::Io(name.clone(), error))?;
    if bytes.len() as u64 > limits::EXPORT_BYTES {
        return Err(refuse(format!("larger than {} bytes", limits::EXPORT_BYTES)));
    }
    let export = Export::read(&bytes, &*layouts::get(library, &rules.export)?, &rules).map_err(|findings| {
        let told = findings.kept().iter().map(|finding| super::out::render(&name, finding)).collect::<Vec<_>>();
        Failure::Usage(told.join("\n"))
    })?;
    let lacks = || refuse(format!("it lacks a column of {} to be filled in", target.name));
    Writer::fill(target, Arc::new(export), true).ok_or_else(lacks)
}

/// The crosswalks given as `KIND=FILE`.
pub(super) fn crosswalks(given: &[String]) -> Result<BTreeMap<Table, Crosswalk>, Failure> {
    let mut tables = BTreeMap::new();
    for text in given {
        let (table, path) =
            text.split_once('=').and_then(|(kind, path)| Some((Table::from_name(kind)?, path))).ok_or_else(|| {
                Failure::Usage(format!(
                    "--crosswalk {text}: expected KIND=FILE with sku, unit, customer, location or carrier"
                ))
            })?;
        let bytes = std::fs::read(path).map_err(|error| Failure::Io(path.to_owned(), error))?;
        let loaded = Crosswalk::load(table, &bytes).map_err(|findings| {
            Failure::Usage(
                findings.kept().iter().map(|finding| super::out::render(path, finding)).collect::<Vec<_>>().join("\n"),
            )
        })?;
        tables.insert(table, loaded);
    }
    Ok(tables)
}

fn recognised(input: &mut Input, library: &Library) -> Result<Arc<Layout>, Failure> {
    let head = input.head()?;
    let matches = recognise::recognise(&head, library);
    match recognise::best(&matches) {
        Some(found) => Ok(Arc::clone(&found.layout)),
        None if matches.is_empty() => Err(Failure::Usage(format!(
            "{}: no layout recognises the file; name one with --from, see `consign layouts`",
            input.name
        ))),
        None => {
            let names: Vec<&str> = matches.iter().take(4).map(|m| m.layout.name.as_str()).collect();
            Err(Failure::Usage(format!(
                "{}: {} fit equally well; name one with --from",
                input.name,
                names.join(" and ")
            )))
        }
    }
}

/// A file or standard input, whose beginning can be looked at.
struct Input {
    name: String,
    reader: Box<dyn Read>,
    looked: io::Cursor<Vec<u8>>,
    size: Option<u64>,
}

/// Bytes looked at to recognise a file.
const HEAD: u64 = 256 << 10;

impl Input {
    fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let looked = io::Cursor::new(Vec::new());
        if path == Path::new("-") {
            return Ok(Self { name: "standard input".into(), reader: Box::new(io::stdin()), looked, size: None });
        }
        let file = File::open(path).map_err(|error| Failure::Io(name.clone(), error))?;
        let size = file.metadata().ok().map(|metadata| metadata.len());
        Ok(Self { name, reader: Box::new(file), looked, size })
    }

    /// The first bytes, decoded if they bear a byte order mark.
    fn head(&mut self) -> Result<Vec<u8>, Failure> {
        let taken = (&mut self.reader).take(HEAD).read_to_end(self.looked.get_mut());
        taken.map_err(|error| Failure::Io(self.name.clone(), error))?;
        let (text, _, _) = encoding_rs::UTF_8.decode(self.looked.get_ref());
        Ok(text.into_owned().into_bytes())
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.looked.read(buffer)? {
            0 => self.reader.read(buffer),
            read => Ok(read),
        }
    }
}

/// The files that are written: one, or one for each document, under their names only when all of them are good.
struct Files<'p> {
    path: &'p Path,
    extension: &'p str,
    files: Vec<(u32, durable::Replace)>,
}

impl<'p> Files<'p> {
    fn new(road: &'p Road<'_>, path: &'p Path) -> io::Result<Self> {
        let extension = road.writers.first().map_or("", Writer::extension);
        let is_each = road.writers.iter().any(Writer::is_each);
        let files = if is_each { Vec::new() } else { vec![(0, durable::Replace::new(path)?)] };
        Ok(Self { path, extension, files })
    }

    /// `orders.xml` becomes `orders-1.xml`, a folder `folder/1.xml`.
    fn name(&self, file: u32) -> PathBuf {
        if self.path.is_dir() {
            return self.path.join(format!("{file}.{}", self.extension));
        }
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let name = match self.path.extension() {
            Some(extension) => format!("{stem}-{file}.{}", extension.to_string_lossy()),
            None => format!("{stem}-{file}"),
        };
        self.path.with_file_name(name)
    }

    fn write(&mut self, file: u32, bytes: &[u8]) -> io::Result<()> {
        if self.files.last().is_none_or(|(last, _)| *last != file) {
            self.files.last_mut().map_or(Ok(()), |(_, complete)| complete.close())?;
            self.files.push((file, durable::Replace::new(&self.name(file))?));
        }
        self.files.last_mut().map_or(Ok(()), |(_, replace)| replace.write_all(bytes))
    }

    fn commit(self) -> io::Result<()> {
        self.files.into_iter().try_for_each(|(_, file)| file.commit())
    }
}

/// Runs the road. A file appears under its name only when all of it is good; standard output cannot be taken back.
fn convert(
    road: &Road<'_>,
    input: Input,
    second: Option<Input>,
    output: Option<&Path>,
    out: &mut Out,
) -> Result<flow::Report, Failure> {
    let (name, size) = (input.name.clone(), input.size);
    let bar = progress(size);
    let mut show = |position| bar.set_position(position);
    let fail = |error| Failure::Io(name.clone(), error);
    let report = match output {
        None => {
            let mut known = WithinFile::new(std::env::temp_dir());
            let mut several = false;
            let mut sink = |to: Target, bytes: &[u8]| {
                several |= to.file > 1;
                if several { Ok(()) } else { out.bytes(bytes) }
            };
            let report = walk(road, input, second, &mut known, &mut show, &mut sink).map_err(fail)?;
            if several {
                return Err(Failure::Usage(
                    "each document is written to a file of its own: name them with --output".into(),
                ));
            }
            report
        }
        Some(path) => {
            let failed = |error| Failure::Io(path.display().to_string(), error);
            let mut files = Files::new(road, path).map_err(failed)?;
            let mut sink = |to: Target, bytes: &[u8]| files.write(to.file, bytes);
            let mut known = WithinFile::new(path.parent().unwrap_or(path).to_owned());
            let report = walk(road, input, second, &mut known, &mut show, &mut sink).map_err(fail)?;
            if report.findings.file_effect() != Some(Effect::RejectFile) {
                files.commit().map_err(failed)?;
            }
            report
        }
    };
    bar.finish_and_clear();
    Ok(report)
}

fn walk(
    road: &Road<'_>,
    input: Input,
    second: Option<Input>,
    known: &mut WithinFile,
    show: &mut dyn FnMut(u64),
    sink: &mut flow::Sink<'_>,
) -> io::Result<flow::Report> {
    match second {
        Some(second) => flow::run_pair(road, [input, second], known, sink),
        None => flow::run(road, input, known, show, sink),
    }
}

fn progress(size: Option<u64>) -> ProgressBar {
    match size.filter(|_| Out::is_watched()) {
        Some(size) => {
            let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
            ProgressBar::new(size).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        }
        None => ProgressBar::hidden(),
    }
}
