//! What must hold for any bytes. The targets feed it what a fuzzer makes up, the tests what is saved.

use consign::acknowledge::{Answer, Decision, Definitions, Interchange, Judge, Policy, Stamp, Wanted, write};
use consign::document::Findings;
use consign::schema::{self, Options, Plain, Separators, Standard, Validator};
use consign::syntax::csv::{Dialect, Row, Rows, Start as RowStart, last_row_end};
use consign::syntax::edifact::{self, Header, InterchangeWriter, Level, MessageType, Syntax, Value};
use consign::syntax::segment::{self, Segments};
use consign::syntax::x12::{Delimiters, SegmentWriter, Start, chunk_cut};

/// The place and elements of each segment.
fn segments<D: segment::Dialect>(bytes: &[u8], dialect: D, start: Start) -> Vec<(u64, Vec<Vec<u8>>)> {
    let (mut reader, mut findings, mut all) = (Segments::new(bytes, dialect, start), Findings::default(), Vec::new());
    while let Some(segment) = reader.next(&mut findings) {
        let parts = (0..=segment.len()).map(|n| segment.element(n).to_vec()).collect();
        assert!(segment.byte >= start.byte && segment.byte <= start.byte + bytes.len() as u64);
        let _ = segment.element_position(segment.len() + 1);
        all.push((segment.byte, parts));
    }
    all
}

/// Reading never fails, goes forward, and is the same in two pieces as in one.
fn tokens<D: segment::Dialect>(data: &[u8]) {
    let Ok(dialect) = D::read(data, 0) else { return };
    let whole = segments(data, dialect, Start::FILE);
    assert!(whole.is_sorted_by(|a, b| a.0 < b.0), "segments go forward");
    let Some(cut) = chunk_cut(data, &dialect) else { return };
    assert!(cut.at > 0 && cut.at < data.len());
    let (first, rest) = data.split_at(cut.at);
    let mut parts = segments(first, dialect, Start::FILE);
    parts.extend(segments(rest, cut.dialect, Start::at(cut.at as u64)));
    assert_eq!(parts, whole, "a cut changes nothing");
}

/// What [`tokens`] says of X12.
pub fn x12_tokens(data: &[u8]) {
    tokens::<Delimiters>(data);
}

/// What [`tokens`] says of EDIFACT.
pub fn edifact_tokens(data: &[u8]) {
    tokens::<Syntax>(data);
}

/// The interchanges of a file, as they are judged.
fn judge(data: &[u8]) -> Vec<Interchange> {
    static DEFINITIONS: std::sync::OnceLock<Definitions> = std::sync::OnceLock::new();
    let mut judge = Judge::new(DEFINITIONS.get_or_init(Definitions::default), Policy::default());
    let taken = judge.take(data, true);
    assert_eq!(taken, data.len(), "the last bytes are taken");
    judge.finish();
    judge.judged()
}

/// Any EDIFACT is judged; the CONTRL that answers it agrees with its own definition and with what was judged, its counts
/// are right, and it is never answered itself.
pub fn edifact_contrl(data: &[u8]) {
    let wanted = Wanted { ta1: true, ..Wanted::default() };
    let mut stamp = Stamp { date: "20260304".to_owned(), time: "0900".to_owned(), interchange: 1, group: 1 };
    for interchange in judge(data).iter().filter(|interchange| interchange.is_edifact()) {
        let answer = write(interchange, wanted, &mut stamp).expect("what was judged can be answered");
        let Answer::Interchange(answer) = answer else { continue };
        let again = judge(&answer);
        let shown = String::from_utf8_lossy(&answer);
        assert!(again.len() == 1 && again[0].only_acknowledges() && !again[0].has_rejected(), "{shown} {again:?}");
        assert!(again[0].errors.is_empty(), "{shown} {:?}", again[0].errors);
        assert_eq!(write(&again[0], wanted, &mut stamp), Ok(Answer::Acknowledgement));
        let groups = interchange.groups.iter().filter(|group| group.errors.is_empty());
        let sets =
            groups.flat_map(|group| &group.sets).filter(|set| set.decision == Decision::Rejected && !set.is_contrl());
        let rejected = if interchange.decision() == Decision::Rejected { 0 } else { sets.count() };
        let syntax = Syntax::read(&answer, 0).expect("we wrote it");
        let named = segments(&answer, syntax, Start::FILE).iter().filter(|(_, parts)| parts[0] == b"UCM").count();
        assert_eq!(named, rejected, "{shown}");
    }
}

/// What is written is read again, or refused: segments parted by 0, elements by 1, components by 2 and repetitions by 3.
pub fn edifact_write(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let own = Syntax { component: b'|', element: b'*', release: Some(b'\\'), ..Syntax::of(Level::Utf8, 4) };
    let own = Syntax { repetition: Some(b'^'), segment: b'~', ..own };
    for syntax in [Syntax::of(Level::Utf8, 4), Syntax::of(Level::B, 3), own] {
        let (mut writer, mut written) = (InterchangeWriter::new(syntax, data.first() == Some(&b'N')), Vec::new());
        let header = Header {
            sender: ("A", ""),
            receiver: ("B", ""),
            prepared: ("20260304", "0900"),
            control: "1",
            ..Header::default()
        };
        writer.begin(&header).expect("it is sound");
        writer.begin_message("1", MessageType(["ORDERS", "D", "96A", "UN", ""])).expect("it is sound");
        for segment in text.split('\0') {
            let elements: Vec<Vec<Vec<&str>>> = segment
                .split('\u{1}')
                .map(|element| element.split('\u{3}').map(|repetition| repetition.split('\u{2}').collect()).collect())
                .collect();
            if elements.len() <= 64 && write_segment(&mut writer, &elements) {
                written.push(trimmed(elements));
            }
        }
        writer.end_message().expect("it is open");
        writer.end().expect("it is open");
        let bytes = writer.take();
        let read: Vec<_> = read_back(&bytes, Syntax::read(&bytes, 0).expect("we wrote it"));
        assert_eq!(read, written);
    }
}

fn write_segment(writer: &mut InterchangeWriter, elements: &[Vec<Vec<&str>>]) -> bool {
    let repetitions: Vec<Vec<&[&str]>> =
        elements.iter().map(|element| element.iter().map(Vec::as_slice).collect()).collect();
    let values: Vec<Value<'_>> = repetitions.iter().map(|element| Value::Repeated(element)).collect();
    writer.segment("FTX", &values).is_ok()
}

/// Elements of repetitions of components, without those that are empty at the end.
type Elements = Vec<Vec<Vec<String>>>;

fn trimmed(elements: Vec<Vec<Vec<&str>>>) -> Elements {
    let components =
        |all: Vec<&str>| cut(all.into_iter().map(str::to_owned).collect(), &|text: &String| text.is_empty());
    let repetitions =
        |all: Vec<Vec<&str>>| cut(all.into_iter().map(components).collect(), &|all: &Vec<String>| all.is_empty());
    cut(elements.into_iter().map(repetitions).collect(), &|all: &Vec<Vec<String>>| all.is_empty())
}

fn cut<T>(mut all: Vec<T>, is_empty: &dyn Fn(&T) -> bool) -> Vec<T> {
    while all.last().is_some_and(is_empty) {
        all.pop();
    }
    all
}

/// The elements of the segments of the message between UNH and UNT.
fn read_back(bytes: &[u8], syntax: Syntax) -> Vec<Elements> {
    let (mut reader, mut told, mut all) =
        (edifact::Segments::new(bytes, syntax, Start::FILE), Findings::default(), Vec::new());
    while let Some(segment) = reader.next(&mut told) {
        if segment.id() != b"FTX" {
            continue;
        }
        let plain = |value: &[u8]| {
            let mut scratch = Vec::new();
            String::from_utf8_lossy(syntax.unescape(value, &mut scratch)).into_owned()
        };
        let components =
            |value: &[u8]| cut(syntax.components(value).map(plain).collect(), &|text: &String| text.is_empty());
        let repetitions = |value: &[u8]| {
            cut(syntax.repetitions(value).map(components).collect(), &|all: &Vec<String>| all.is_empty())
        };
        let elements = (1..=segment.len()).map(|n| repetitions(segment.element(n))).collect();
        all.push(cut(elements, &|all: &Vec<Vec<String>>| all.is_empty()));
    }
    all
}

/// A set that has been through anything leaves a validator as good as new, and its faults are where segments are.
pub fn x12_sets(data: &[u8]) {
    let set = schema::library().set(Standard::X12("004010"), "850").expect("it is in the box").expect("it is tested");
    let mut validator = Validator::new(&set, Options { separators: Separators::X12, utf8: true });
    let mut count = 0;
    for segment in data.split(|byte| *byte == b'~') {
        let parts: Vec<&[u8]> = segment.trim_ascii().split(|byte| *byte == b'*').collect();
        validator.segment(&Plain(&parts));
        count += 1;
    }
    for fault in validator.finish().faults {
        assert!(fault.number >= 1 && fault.number <= count + 1, "{fault:?} of {count}");
        assert!(fault.elements.iter().all(|element| element.element >= 1), "{fault:?}");
    }
    let sound: [&[&[u8]]; 5] = [
        &[b"ST", b"850", b"0001"],
        &[b"BEG", b"00", b"SA", b"PO1", b"", b"20260304"],
        &[b"PO1", b"1", b"2", b"EA", b"1.50", b"", b"VN", b"A"],
        &[b"CTT", b"1"],
        &[b"SE", b"5", b"0001"],
    ];
    for segment in sound {
        validator.segment(&Plain(segment));
    }
    let report = validator.finish();
    assert!(report.is_sound(), "{report:?}");
}

/// What is written is read again, or refused.
pub fn x12_write(data: &[u8]) {
    let isa =
        b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260304*0900*U*00401*000000001*0*P*>~";
    let delimiters = Delimiters::from_isa(isa, 0).expect("it is sound");
    let (mut writer, mut written) = (SegmentWriter::new(delimiters, data.first() == Some(&b'N')), Vec::new());
    for segment in data.split(|byte| *byte == 0) {
        let elements: Vec<&[u8]> = segment.split(|byte| *byte == 1).collect();
        if elements.len() <= 64 && writer.segment("REF", &elements).is_ok() {
            let kept = elements.iter().rposition(|element| !element.is_empty()).map_or(0, |last| last + 1);
            written.push(elements[..kept].iter().map(|element| element.to_vec()).collect::<Vec<_>>());
        }
    }
    let bytes = writer.take();
    let read: Vec<Vec<Vec<u8>>> =
        segments(&bytes, delimiters, Start::FILE).into_iter().map(|(_, parts)| parts[1..].to_vec()).collect();
    assert_eq!(read, written);
}

/// Rows go forward and never end in silence, are the same in two pieces, and sound ones are what the `csv` crate reads.
pub fn csv_rows(data: &[u8]) {
    let (whole, sound) = rows(data);
    if !sound {
        return;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(data);
    let text = data.strip_suffix(b"\x1A").unwrap_or(data);
    if text.len() == data.len() && !data.starts_with("\u{feff}".as_bytes()) {
        let other: Vec<Vec<Vec<u8>>> = reader
            .byte_records()
            .map(|record| record.expect("memory does not fail").iter().map(<[u8]>::to_vec).collect())
            .collect();
        assert_eq!(whole, other);
    }
    let middle = data.len() / 2;
    if let Some(end) = last_row_end(&data[..middle], Dialect::COMMA) {
        let ((mut first, _), (rest, rest_sound)) = (rows(&data[..end]), rows(&data[end..]));
        first.extend(rest);
        // Whether a quote swallows rows is judged by the rows before it, which a piece on its own does not know.
        assert!(first == whole || !rest_sound, "a cut changes nothing");
    }
}

fn rows(data: &[u8]) -> (Vec<Vec<Vec<u8>>>, bool) {
    let (mut row, mut findings, mut all) = (Row::default(), Findings::default(), Vec::new());
    let (mut reader, mut last) = (Rows::new(data, Dialect::COMMA, RowStart::default()), None);
    while reader.read(&mut row, &mut findings) {
        assert!(last < Some(row.byte), "rows go forward");
        last = Some(row.byte);
        all.push(row.iter().map(<[u8]>::to_vec).collect());
    }
    (all, findings.file_effect().is_none())
}
