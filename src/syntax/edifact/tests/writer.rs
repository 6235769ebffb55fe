//! What is written is read back.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Envelope, Level, MessageTracker, Segments};
use super::*;
use crate::document::{Findings, Position};
use crate::syntax::x12::Start;

const HEADER: Header<'_> = Header {
    sender: ("SENDER", "14"),
    receiver: ("RECEIVER", ""),
    sender_internal: ["OUR-ROUTE", ""],
    receiver_internal: ["", ""],
    prepared: ("260101", "1200"),
    control: "77",
    application: "",
    acknowledge: false,
    test: true,
};
const ORDERS: MessageType<'_> = MessageType(["ORDERS", "D", "96A", "UN", ""]);

/// Elements, of repetitions, of components.
type Elements = Vec<Vec<Vec<String>>>;

fn syntaxes() -> impl Strategy<Value = Syntax> {
    let own = Syntax { component: b'|', element: b'*', decimal: b',', ..Syntax::of(Level::Utf8, 4) };
    let own = Syntax { release: Some(b'\\'), repetition: Some(b'^'), segment: b'~', ..own };
    prop_oneof![Just(Syntax::of(Level::Utf8, 4)), Just(Syntax::of(Level::Iso8859(1), 3)), Just(own)]
}

fn elements(repetitions: usize) -> impl Strategy<Value = Elements> {
    vec(vec(vec("[A-Za-zäß:+?'*|~^\\\\ .,-]{0,8}", 0..4), 1..=repetitions), 0..5)
}

/// Without the trailing empty parts that are not written.
fn trimmed(mut elements: Elements) -> Elements {
    for element in &mut elements {
        for repetition in element.iter_mut() {
            while repetition.last().is_some_and(String::is_empty) {
                repetition.pop();
            }
        }
        while element.last().is_some_and(Vec::is_empty) {
            element.pop();
        }
    }
    while elements.last().is_some_and(Vec::is_empty) {
        elements.pop();
    }
    elements
}

fn write(syntax: Syntax, newline: bool, segments: &[Elements]) -> Vec<u8> {
    let mut writer = InterchangeWriter::new(syntax, newline);
    writer.begin(&HEADER).unwrap();
    writer.begin_message("M1", ORDERS).unwrap();
    for elements in segments {
        let texts: Vec<Vec<Vec<&str>>> =
            elements.iter().map(|e| e.iter().map(|r| r.iter().map(String::as_str).collect()).collect()).collect();
        let slices: Vec<Vec<&[&str]>> = texts.iter().map(|e| e.iter().map(Vec::as_slice).collect()).collect();
        let values: Vec<Value<'_>> = slices.iter().map(|e| Value::Repeated(e)).collect();
        writer.segment("FTX", &values).unwrap();
    }
    writer.end_message().unwrap();
    writer.end().unwrap();
    writer.take()
}

/// The FTX segments read back, and every finding.
fn read(bytes: &[u8]) -> (Vec<Elements>, Vec<String>) {
    let syntax = Syntax::read(bytes, 0).unwrap();
    let (mut findings, mut all) = (Findings::default(), Vec::new());
    let (mut tracker, mut envelope) = (MessageTracker::default(), Envelope::default());
    let mut segments = Segments::new(bytes, syntax, Start::FILE);
    while let Some(segment) = segments.next(&mut findings) {
        tracker.segment(&segment, &mut findings);
        if segment.id() == b"FTX" {
            let text = |part: &[u8]| String::from_utf8(syntax.unescape(part, &mut Vec::new()).to_vec()).unwrap();
            let composite = |part: &[u8]| syntax.components(part).map(text).collect::<Vec<_>>();
            all.push(
                (1..=segment.len()).map(|n| syntax.repetitions(segment.element(n)).map(composite).collect()).collect(),
            );
        }
    }
    for (mark, at) in tracker.finish(segments.position(), &mut findings) {
        envelope.fold(&mark, at, &mut findings);
    }
    envelope.finish(&Position::default(), &mut findings);
    (all, findings.kept().iter().map(ToString::to_string).collect())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        (syntax, segments) in syntaxes().prop_flat_map(|syntax| {
            let repetitions = if syntax.repetition.is_some() { 3 } else { 1 };
            (Just(syntax), vec(elements(repetitions), 0..4))
        }),
        newline: bool,
    ) {
        let written = write(syntax, newline, &segments);
        let (found, findings) = read(&written);
        let expected: Vec<Elements> = segments.into_iter().map(trimmed).collect();
        prop_assert_eq!(found.into_iter().map(trimmed).collect::<Vec<_>>(), expected);
        prop_assert_eq!(findings.len(), 1, "{:?}", findings);
        prop_assert!(findings[0].starts_with("EDIFACT_TEST_INDICATOR"));
    }
}

#[test]
fn an_interchange() {
    let ftx = vec![vec![vec!["A:B".to_owned(), String::new()]], vec![vec!["it's".to_owned()]], vec![vec![]]];
    let text = String::from_utf8(write(Syntax::of(Level::Iso8859(1), 3), true, &[ftx])).unwrap();
    assert_eq!(
        text,
        "UNB+UNOC:3+SENDER:14:OUR-ROUTE+RECEIVER+260101:1200+77++++++1'\nUNH+M1+ORDERS:D:96A:UN'\nFTX+A?:B+it?'s'\nUNT+3+M1'\nUNZ+1+77'\n"
    );
    let own = Syntax { decimal: b',', ..Syntax::of(Level::A, 3) };
    assert!(write(own, false, &[]).starts_with(b"UNA:+,? 'UNB+UNOA:3+"));
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_nothing() {
    let mut writer = InterchangeWriter::new(Syntax::of(Level::A, 3), false);
    assert_eq!(writer.segment("BGM", &[]), Err(Refused::Place("a segment outside a message")));
    assert_eq!(writer.begin_message("1", ORDERS), Err(Refused::Place("UNH")));
    assert_eq!(writer.end(), Err(Refused::Place("UNZ")));
    writer.begin(&HEADER).unwrap();
    writer.begin_message("1", ORDERS).unwrap();
    let before = writer.as_bytes().len();
    let small = writer.segment("FTX", &[Value::Simple("A"), Value::Simple("a")]);
    assert_eq!(small, Err(Refused::Character { element: 2, byte: b'a' }));
    let broken = writer.segment("FTX", &[Value::Simple("A\nB")]);
    assert_eq!(broken, Err(Refused::Character { element: 1, byte: b'\n' }));
    let repeated = writer.segment("FTX", &[Value::Repeated(&[&["A"], &["B"]])]);
    assert_eq!(repeated, Err(Refused::Repetition { element: 1 }));
    assert_eq!((writer.end(), writer.begin(&HEADER)), (Err(Refused::Place("UNZ")), Err(Refused::Place("UNB"))));
    assert_eq!(writer.as_bytes().len(), before);
    let plain = Syntax { release: None, ..Syntax::of(Level::A, 3) };
    let mut writer = InterchangeWriter::new(plain, false);
    writer.begin(&HEADER).unwrap();
    writer.begin_message("1", ORDERS).unwrap();
    assert_eq!(writer.segment("FTX", &[Value::Simple("A+B")]), Err(Refused::Character { element: 1, byte: b'+' }));
}
