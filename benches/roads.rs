//! The roads, whole: read, check, remove duplicates, translate with a crosswalk of 100,000 SKUs, write ERP CSV; each
//! beside tokenising alone of the same bytes.

mod files;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use consign::clean::crosswalk::{Crosswalk, Table};
use consign::clean::{self, Tables};
use consign::document::Findings;
use consign::flow::{self, Road};
use consign::layout::Layout;
use consign::layout::library::Library;
use consign::layout::write::Writer;
use consign::schema;
use consign::spill::WithinFile;
use consign::syntax::edifact;
use consign::syntax::x12::{Delimiters, Segments, Start};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const BYTES: usize = 8 << 20;

fn made(write: impl Fn(&mut dyn std::io::Write) -> std::io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory takes everything");
    bytes
}

struct Setup {
    source: Arc<Layout>,
    target: Arc<Layout>,
    sku: Crosswalk,
    units: Crosswalk,
}

impl Setup {
    fn new(source: &str) -> Self {
        let library = Library::new(BTreeMap::new());
        let sku = Crosswalk::load(Table::Sku, &made(|out| files::sku(out, files::SKUS as usize)))
            .expect("the table is sound");
        let get = |name| library.get(name).expect("the layout is in the box");
        Self { source: get(source), target: get("erp/orders-csv"), sku, units: clean::fixed_units() }
    }

    fn walk(&self, bytes: &[u8]) -> u64 {
        let road = Road {
            writers: vec![Writer::new(&self.target).expect("the layout writes")],
            tables: Tables { sku: Some(&self.sku), fixed_units: Some(&self.units), ..Tables::default() },
            accept_empty: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            ..Road::of(&self.source, flow::rules(&self.source, "", true))
        };
        let mut written = 0;
        let mut sink = |_: flow::Target, bytes: &[u8]| {
            written += bytes.len() as u64;
            Ok(())
        };
        let mut known = WithinFile::new(std::env::temp_dir());
        let report = flow::run(&road, bytes, &mut known, &mut |_| {}, &mut sink).expect("memory does not fail");
        assert_eq!(report.findings.file_effect(), None, "{:?}", report.findings.kept().first());
        assert!(report.incoming.documents > 1_000);
        written
    }
}

fn csv_alone(bytes: &[u8]) -> usize {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let (mut record, mut cells) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).expect("memory does not fail") {
        cells += record.len();
    }
    cells
}

fn x12_alone(bytes: &[u8]) -> usize {
    let delimiters = Delimiters::from_isa(bytes, 0).expect("the file is sound");
    let (mut segments, mut findings, mut elements) =
        (Segments::new(bytes, delimiters, Start::FILE), Findings::default(), 0);
    while let Some(segment) = segments.next(&mut findings) {
        elements += segment.len();
    }
    elements
}

fn edifact_alone(bytes: &[u8]) -> usize {
    let syntax = edifact::Syntax::read(bytes, 0).expect("the file is sound");
    let (mut segments, mut findings, mut elements) =
        (edifact::Segments::new(bytes, syntax, Start::FILE), Findings::default(), 0);
    while let Some(segment) = segments.next(&mut findings) {
        elements += segment.len();
    }
    elements
}

/// Counts delimiters and segments, which is the least that any reader does.
fn x12_scan(bytes: &[u8]) -> usize {
    memchr::memchr2_iter(b'*', b'~', bytes).count()
}

fn edifact_scan(bytes: &[u8]) -> usize {
    memchr::memchr2_iter(b'+', b'\'', bytes).count()
}

/// Checks every set against its definition, on one thread.
fn x12_validate(bytes: &[u8]) -> usize {
    let set =
        schema::library().set(schema::Standard::X12("004010"), "850").expect("it is in the box").expect("it reads");
    let options = schema::Options { separators: schema::Separators::X12, utf8: true };
    let mut validator = schema::Validator::new(&set, options);
    let delimiters = Delimiters::from_isa(bytes, 0).expect("the file is sound");
    let (mut segments, mut findings, mut sets) =
        (Segments::new(bytes, delimiters, Start::FILE), Findings::default(), 0);
    while let Some(segment) = segments.next(&mut findings) {
        if segment.number > 0 {
            validator.segment(&segment);
        }
        if segment.id() == b"SE" {
            assert!(validator.finish().is_sound(), "the generator writes sound sets");
            sets += 1;
        }
    }
    sets
}

fn xml_alone(bytes: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(bytes).expect("the file is UTF-8"));
    let mut events = 0;
    while !matches!(reader.read_event().expect("the file is sound"), quick_xml::events::Event::Eof) {
        events += 1;
    }
    events
}

/// Name, layout, bytes, and tokenising alone.
type Case = (&'static str, &'static str, Vec<u8>, Step);

fn roads(criterion: &mut Criterion) {
    let all: [Case; 4] = [
        ("x12 850", "x12/850", made(|out| files::x12(out, BYTES, None)), x12_alone),
        ("edifact orders", "edifact/orders", made(|out| files::edifact(out, BYTES, None)), edifact_alone),
        ("shopify", "shopify/orders", made(|out| files::shopify(out, BYTES, None)), csv_alone),
        ("order xml", "consign/orders-xml", made(|out| files::xml(out, BYTES, None)), xml_alone),
    ];
    steps(criterion, "x12 steps", &all[0].2, &X12_STEPS);
    steps(criterion, "edifact steps", &all[1].2, &EDIFACT_STEPS);
    for (name, layout, bytes, alone) in &all {
        let setup = Setup::new(layout);
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
        group.bench_function("to ERP CSV", |bencher| bencher.iter(|| black_box(setup.walk(bytes))));
        group.bench_function("tokens alone", |bencher| bencher.iter(|| black_box(alone(bytes))));
        group.finish();
    }
}

/// Something done with bytes, which yields a count.
type Step = fn(&[u8]) -> usize;

/// The steps on their own: a plain scan, tokens, tokens and validation.
const X12_STEPS: [(&str, Step); 3] =
    [("plain scan", x12_scan), ("tokens", x12_alone), ("validation, one thread", x12_validate)];
const EDIFACT_STEPS: [(&str, Step); 2] = [("plain scan", edifact_scan), ("tokens", edifact_alone)];

fn steps(criterion: &mut Criterion, name: &str, bytes: &[u8], steps: &[(&str, Step)]) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
    for (name, step) in steps {
        group.bench_function(*name, |bencher| bencher.iter(|| black_box(step(bytes))));
    }
    group.finish();
}

criterion_group!(benches, roads);
criterion_main!(benches);
