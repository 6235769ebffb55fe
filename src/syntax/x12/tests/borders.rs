//! Cutting before an ST.

use proptest::prelude::*;

use super::super::dialect::tests::{all, header};
use super::super::{Cut, Start, chunk_cut};
use super::*;

const D: Delimiters = Delimiters::new(b'*', b'~', b'>', None);
const OTHER: Delimiters = Delimiters::new(b'|', b'\'', b':', None);

fn check(bytes: &str, expected: Option<usize>) {
    assert_eq!(chunk_cut(bytes.as_bytes(), &D).map(|cut| cut.at), expected, "{bytes:?}");
}

#[test]
fn a31_last_border_before_a_set() {
    check("", None);
    check("ST*850*1~", None);
    check("ST*850*1~SE*2*1~ST*850*2~BEG", Some(16));
    check("ST*850*1~SE*2*1~\r\n ST*850*2~BEG", Some(19));
    check("ST*850*1~SE*2*1~ST", None);
    check("ST*850*1~STC*2*1~XST*~", None);
    check("GS*PO~ST*1~VISA*1~", Some(6));
}

#[test]
fn nothing_is_cut_inside_binary_data() {
    check("ST*1~BIN*7*~ST*2~x~SE*3~ST*3~A", Some(24));
    check("ST*1~BIN*7*~ST*2~x~SE*3~", None);
    check("ST*1~SE*2~ST*2~BIN*70*~ST*3~", Some(10));
    check("ST*1~SE*2~ST*2~BIN*x*~ST*3~", Some(10));
    check("ST*1~SE*2~ST*2~MSG*BIN~ST*3~", Some(23));
    let other = [b"A~ST*1~SE*2~".to_vec(), header(OTHER, b"GS|1'ST|2'BIN|8|A'ST|9'B'SE|3'")].concat();
    assert_eq!(chunk_cut(&other, &D), Some(Cut { at: 12 + 106 + 5, dialect: OTHER }));
}

#[test]
fn a27_delimiters_of_a_later_isa_are_used() {
    let later = [b"A~ST*1~SE*2~".to_vec(), header(OTHER, b"GS|1'ST|2'SE|2'")].concat();
    assert_eq!(chunk_cut(&later, &D), Some(Cut { at: 12 + 106 + 5, dialect: OTHER }));
    let none_after = [b"A~ST*1~SE*2~".to_vec(), header(OTHER, b"GS|1'~ST*2~")].concat();
    assert_eq!(chunk_cut(&none_after, &D), Some(Cut { at: 2, dialect: D }));
    let inside_data = [b"A~ST*1~MSG*".to_vec(), header(OTHER, b"x'ST|2'~")].concat();
    assert_eq!(chunk_cut(&inside_data, &D), Some(Cut { at: 2, dialect: D }));
    let broken = [b"A~ST*1~ISA*9~ST*2~".to_vec(), header(OTHER, b"")].concat();
    assert_eq!(chunk_cut(&broken, &D), Some(Cut { at: 2, dialect: D }));
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => prop::sample::select(vec!["ST*1~", "SE*2~", "ST|2'", "SE|2'", "A*1~", "A\n*ISA~", "~\r\n", "ISA*~", "S\nT*~", "B|1'", "…"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => Just(header(OTHER, b"")),
        1 => Just(header(D, b"")),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

proptest! {
    #[test]
    fn cutting_changes_no_segment(pieces in prop::collection::vec(piece(), 0..30), window in 1..200_usize) {
        let bytes = pieces.concat();
        let whole = all(&bytes, D, Start::at(0));
        let (mut found, mut at, mut force) = (Vec::new(), 0, D);
        let mut take = window;
        while at < bytes.len() {
            let end = bytes.len().min(at + take);
            let cut = if end < bytes.len() { chunk_cut(&bytes[at..end], &force) } else { None };
            if cut.is_none() && end < bytes.len() {
                take += window;
                continue;
            }
            let stop = cut.map_or(bytes.len(), |cut| at + cut.at);
            found.extend(all(&bytes[at..stop], force, Start::at(at as u64)).0);
            force = cut.map_or(force, |cut| cut.dialect);
            (at, take) = (stop, window);
        }
        prop_assert_eq!(found, whole.0);
    }
}
