//! How fast each layout of tables is read and checked, beside the Shopify orders export: the rows of its fixture over and
//! over. `cargo bench --bench layouts`, or with the beginning of names: `cargo bench --bench layouts -- amazon ebay`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use consign::clean::{self, Tables};
use consign::document::Findings;
use consign::flow::{self, Road};
use consign::layout::library::Library;
use consign::layout::model::{File, Layout};

/// What the others are compared with.
const MEASURE: &str = "shopify/orders";
/// Bytes read at a time; fewer in a run that only shows that it works.
const BYTES: usize = 8 << 20;
const BYTES_OF_A_TEST: usize = 64 << 10;
/// Each is read so often, in turn with the measure, and the fastest counts.
const TURNS: usize = 5;

/// One file of a layout.
struct Case {
    name: String,
    bytes: Vec<u8>,
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_test = arguments.iter().any(|argument| argument == "--test");
    let asked: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let size = if is_test { BYTES_OF_A_TEST } else { BYTES };
    let library = Library::new(BTreeMap::new());
    let cases = cases(&library, size);
    let measure = cases.iter().find(|case| case.name == MEASURE).expect("it has a fixture");
    let wanted = |case: &&Case| asked.is_empty() || asked.iter().any(|name| case.name.starts_with(name.as_str()));
    let mut rows: Vec<(u32, String)> = cases.iter().filter(wanted).map(|case| row(case, measure, &library)).collect();
    rows.sort();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:>6}  {:>7}  layout", "speed", "MB/s")?;
    rows.iter().try_for_each(|(_, row)| writeln!(out, "{row}"))
}

/// The fixtures of tables in one file, of each layout the first.
fn cases(library: &Library, size: usize) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<_> = std::fs::read_dir(folder).expect("it is there").filter_map(Result::ok).collect();
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let mut cases: Vec<Case> = Vec::new();
    for folder in folders {
        let Ok(text) = std::fs::read_to_string(folder.path().join("case.toml")) else { continue };
        let Ok(case) = text.parse::<toml::Table>() else { continue };
        let name = case.get("layout").and_then(toml::Value::as_str).unwrap_or_default();
        let Ok(layout) = library.get(name) else { continue };
        let is_known = cases.iter().any(|known| known.name == name);
        if is_known || case.contains_key("files") || !matches!(layout.file, File::Table(_)) {
            continue;
        }
        let input = ["input.csv", "input.txt", "input.tsv"]
            .iter()
            .find_map(|name| std::fs::read(folder.path().join(name)).ok());
        if let Some(bytes) = input.and_then(|input| repeated(&layout, &input, size)) {
            cases.push(Case { name: name.to_owned(), bytes });
        }
    }
    cases
}

/// The rows of a file over and over, behind what stands in front of the first document.
fn repeated(layout: &Layout, input: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut ends = memchr::memchr_iter(b'\n', input).map(|at| at + 1);
    let first = ends.clone().find(|end| documents(layout, &input[..*end]) > 0)?;
    let start = ends.rfind(|end| *end < first).unwrap_or_default();
    let (head, rows) = input.split_at(start);
    let rows = if rows.ends_with(b"\n") { rows.to_vec() } else { [rows, b"\n"].concat() };
    Some([head.to_vec(), rows.repeat(size / rows.len() + 1)].concat())
}

fn documents(layout: &Layout, bytes: &[u8]) -> usize {
    let mut count = 0;
    let findings = read(layout, bytes, &mut count);
    if findings.file_effect().is_none() { count } else { 0 }
}

fn read(layout: &Layout, bytes: &[u8], documents: &mut usize) -> Findings {
    let units = clean::fixed_units();
    let tables = Tables { fixed_units: Some(&units), ..Tables::default() };
    let road = Road { tables, accept_empty: false, ..Road::of(layout, flow::rules(layout, "", true)) };
    let take = |count: usize| {
        *documents += count;
        Ok(())
    };
    flow::batches(&road, bytes, |batch, _| batch.headers.height(), take).expect("memory does not fail")
}

/// Speed beside that of the measure in percent, and the row that tells it.
fn row(case: &Case, measure: &Case, library: &Library) -> (u32, String) {
    let [layout, beside] = [case, measure].map(|case| library.get(&case.name).expect("it was there before"));
    let time = |layout: &Layout, bytes: &[u8]| {
        let start = Instant::now();
        let mut documents = 0;
        read(layout, bytes, &mut documents);
        assert!(documents > 0, "{} reads nothing", layout.name);
        start.elapsed()
    };
    let mut best = [Duration::MAX; 2];
    for _ in 0..TURNS {
        best[0] = best[0].min(time(&layout, &case.bytes));
        best[1] = best[1].min(time(&beside, &measure.bytes));
    }
    let speed = |bytes: &[u8], time: Duration| bytes.len() as f64 / 1e6 / time.as_secs_f64();
    let (own, other) = (speed(&case.bytes, best[0]), speed(&measure.bytes, best[1]));
    let percent = (100.0 * own / other) as u32;
    (percent, format!("{percent:>4} %  {own:>7.0}  {}", case.name))
}
