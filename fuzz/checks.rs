//! What must hold for any bytes. The targets feed it what a fuzzer makes up, the tests what is saved.

use consign::document::Findings;
use consign::schema::{self, Options, Plain, Separators, Standard, Validator};
use consign::syntax::csv::{Dialect, Row, Rows, Start as RowStart, last_row_end};
use consign::syntax::x12::{Delimiters, SegmentWriter, Segments, Start, chunk_cut};

/// The ID, place, number and elements of each segment.
fn segments(bytes: &[u8], delimiters: Delimiters, start: Start) -> Vec<(u64, Vec<Vec<u8>>)> {
    let (mut reader, mut findings, mut all) =
        (Segments::new(bytes, delimiters, start), Findings::default(), Vec::new());
    while let Some(segment) = reader.next(&mut findings) {
        let parts = (0..=segment.len()).map(|n| segment.element(n).to_vec()).collect();
        assert!(segment.byte >= start.byte && segment.byte <= start.byte + bytes.len() as u64);
        let _ = segment.element_position(segment.len() + 1);
        all.push((segment.byte, parts));
    }
    all
}

/// Reading never fails, goes forward, and is the same in two pieces as in one.
pub fn x12_tokens(data: &[u8]) {
    let Ok(delimiters) = Delimiters::from_isa(data, 0) else { return };
    let whole = segments(data, delimiters, Start::FILE);
    assert!(whole.is_sorted_by(|a, b| a.0 < b.0), "segments go forward");
    let Some(cut) = chunk_cut(data, &delimiters) else { return };
    assert!(cut.at > 0 && cut.at < data.len());
    let (first, rest) = data.split_at(cut.at);
    let mut parts = segments(first, delimiters, Start::FILE);
    parts.extend(segments(rest, cut.dialect, Start::at(cut.at as u64)));
    assert_eq!(parts, whole, "a cut changes nothing");
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
