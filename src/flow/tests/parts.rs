//! However an XML file is cut and on however many threads it is read: the same outputs and the same findings.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::document::{Code, Effect, Finding};
use crate::layout::library::Library;
use crate::layout::model::File;

/// Read in one piece.
const WHOLE: usize = 1 << 20;

/// What came of a file, in a form that can be compared.
#[derive(Debug, PartialEq)]
struct Outcome {
    out: String,
    findings: Vec<String>,
    counts: BTreeMap<Code, u64>,
    totals: String,
}

fn outcome(layout: &str, bytes: &[u8], size: usize, threads: usize) -> Outcome {
    let library = Library::new(BTreeMap::new());
    let (source, target) = (library.get(layout).unwrap(), library.get("erp/orders-csv").unwrap());
    let road = Road {
        writers: vec![Writer::new(&target).unwrap()],
        accept_empty: false,
        list_documents: true,
        threads,
        ..Road::of(&source, rules(&source, "", true))
    };
    let File::Xml(xml) = &source.file else { panic!("{layout} is no XML") };
    let mut out = Vec::new();
    let mut sink = |_: Target, bytes: &[u8]| {
        out.extend_from_slice(bytes);
        Ok(())
    };
    let mut report = Report { kind: Some(source.kind), ..Report::default() };
    let (pieces, program) = program::open_xml(&source, xml, bytes, size, &mut report.findings).unwrap();
    let mut known = tests::Listed::default();
    let report = walk(&road, (pieces, &program), &mut known, &mut |_| {}, &mut sink, report).unwrap();
    let told = |f: &Finding| format!("{} {:?} {} {}", f.code, f.at, f.found, f.expected);
    let mut findings: Vec<String> = report.findings.kept().iter().map(told).collect();
    findings.sort();
    Outcome {
        out: String::from_utf8(out).unwrap(),
        findings,
        counts: report.findings.counts().clone(),
        totals: format!("{:?} {:?}", report.incoming, known.0),
    }
}

fn check(bytes: &[u8], sizes: &[usize]) -> Outcome {
    let whole = outcome("consign/orders-xml", bytes, WHOLE, 1);
    for size in sizes {
        for threads in [1, 3] {
            let cut = outcome("consign/orders-xml", bytes, *size, threads);
            assert_eq!(cut, whole, "{size} bytes, {threads} threads: {}", String::from_utf8_lossy(bytes));
        }
    }
    whole
}

const SIZES: [usize; 5] = [1, 40, 150, 400, 1_000];

fn order(number: usize, extra: &str) -> String {
    format!(
        "  <order><number>PO-{number}</number>{extra}<orderedAt>2026-03-0{}</orderedAt><currency>EUR</currency>\n    \
         <lines><line number=\"1\"><sku>A-{number}</sku><quantity unit=\"EA\">{number}</quantity><unitPrice>2.50\
         </unitPrice></line>\n    <line number='2'><sku>B</sku><quantity>{}</quantity></line></lines></order>\n",
        number % 9 + 1,
        if number % 3 == 1 { "x" } else { "7" }
    )
}

fn orders(before: &str, count: usize, extras: &[(usize, &str)], after: &str) -> String {
    let extra = |n| extras.iter().filter(|(at, _)| *at == n).map(|(_, text)| *text).collect::<String>();
    let all: String = (0..count).map(|n| order(n, &extra(n))).collect();
    format!("{before}<orders>\n{all}{after}")
}

const END: &str = "</orders>\n";

#[test]
fn sound_files_are_cut_anywhere() {
    let odd = "<!-- </order></orders> --><customer><![CDATA[<C&1></order>]]></customer><?pi </order>?>\
               <order note='/x> > \"'>inner<order/></order><note>a &amp; b &#228; c</note><store a='>' b=\"'/>\"/>";
    let text = orders(
        "\u{feff}<?xml version=\"1.0\"?>\n<!-- <orders> -->\n",
        7,
        &[(0, odd), (3, odd), (6, odd)],
        "<trailer><order/>t<count>7</count></trailer><!--x--></orders>\n<!-- end -->\n",
    );
    let whole = check(text.as_bytes(), &SIZES);
    assert!(whole.out.contains("PO-6") && whole.out.contains("<C&1></order>"), "{whole:?}");
    assert_eq!(whole.counts.get(&Code::XmlNotWellFormed), None);
}

#[test]
fn what_stands_around_documents_is_known_in_every_part() {
    let order = order(2, "").replace("<order>", "<n:order>").replace("</order>", "</n:order>");
    let text = format!(
        "<n:orders xmlns:n='u'><h><a><order/></a>{}</h>{}</n:orders>",
        "<x>&lt;</x>".repeat(50),
        order.repeat(3)
    );
    let whole = check(text.as_bytes(), &SIZES);
    assert_eq!(whole.counts[&Code::DuplicateDocument], 2);
}

#[test]
fn errors_end_the_file_where_they_stand() {
    for at in [0, 4, 8] {
        for (wrong, code) in [
            ("<a></b>", Code::XmlNotWellFormed),
            ("<a b='<'/>", Code::XmlNotWellFormed),
            ("</order></orders><more/><orders><order>", Code::XmlNotWellFormed),
            ("</order></orders></orders>", Code::XmlNotWellFormed),
            ("<!-- -- -->", Code::XmlNotWellFormed),
            ("<a '</order>'>", Code::XmlNotWellFormed),
            ("</order '</order>'>", Code::XmlNotWellFormed),
            ("&nope;", Code::XmlEntity),
            ("&#0;", Code::XmlChar),
            ("<!DOCTYPE a [<!ENTITY x '</order>'>]>", Code::XmlDoctype),
            ("<!ELEMENT a>", Code::XmlTruncated),
            ("</order><a><order>", Code::XmlNotWellFormed),
            ("</order><order", Code::XmlNotWellFormed),
            ("<!-- </order>", Code::XmlTruncated),
            ("<?x", Code::XmlTruncated),
        ] {
            let text = orders("", 9, &[(at, wrong)], END);
            let whole = check(text.as_bytes(), &SIZES);
            assert!(whole.counts.contains_key(&code), "{wrong} in {at}: {:?}", whole.findings);
        }
    }
}

#[test]
fn deep_and_long_things_are_refused_the_same() {
    for (wrong, code) in [
        ("<d>".repeat(limits::XML_DEPTH), Code::XmlDepth),
        (format!("</order>{}<order>", "<d>".repeat(limits::XML_DEPTH)), Code::XmlDepth),
        (format!("<note>{}</note>", "x".repeat(limits::FIELD_BYTES + 9)), Code::FieldTooLong),
        (format!("</order><!--{}--><order>", "x".repeat(limits::FIELD_BYTES * 3)), Code::FieldTooLong),
        (format!("<a b='{}'/>", "x".repeat(limits::FIELD_BYTES * 3)), Code::FieldTooLong),
    ] {
        let text = orders("", 5, &[(2, &wrong)], END);
        let whole = check(text.as_bytes(), &[500, 5_000]);
        assert!(whole.counts.contains_key(&code), "{:.40}: {:?}", wrong, whole.findings);
    }
}

#[test]
fn broken_bytes_end_the_file_behind_the_last_whole_document() {
    let mut bytes = orders("", 9, &[], END).into_bytes();
    let at = memchr::memmem::find(&bytes, b"PO-5").unwrap();
    bytes[at] = 0xFF;
    for size in SIZES {
        let cut = outcome("consign/orders-xml", &bytes, size, 2);
        assert_eq!(cut.counts[&Code::EncodingInvalid], 1, "{:?}", cut.findings);
        assert_eq!(cut.counts.get(&Code::XmlTruncated), None, "{:?}", cut.findings);
    }
}

#[test]
fn a_note_of_what_is_never_fetched_is_told_once() {
    let style = "<?xml-stylesheet href='http://192.0.2.1'?>";
    let whole = check(orders("", 6, &[(1, style), (4, style)], END).as_bytes(), &SIZES);
    assert_eq!(whole.counts[&Code::XmlReferenceIgnored], 1);
}

#[test]
fn a_root_of_another_document_and_files_without_one() {
    for (text, code) in [
        (orders("", 5, &[], END).replace("orders>", "invoices>"), Code::XmlWrongDocument),
        (String::new(), Code::FileEmpty),
        ("<!-- nothing -->".to_owned(), Code::XmlNotWellFormed),
        (orders("", 5, &[], "</orders><orders/>"), Code::XmlNotWellFormed),
        (orders("", 5, &[], "</orders>x"), Code::XmlNotWellFormed),
        (orders("", 5, &[], ""), Code::XmlTruncated),
    ] {
        let whole = check(text.as_bytes(), &SIZES);
        assert!(whole.counts.contains_key(&code), "{code}: {:?}", whole.findings);
    }
}

#[test]
fn one_document_may_be_the_root() {
    let text = format!("<?xml version='1.0'?><!-- x -->\n{}<!-- y -->", order(3, "").trim());
    let whole = check(text.as_bytes(), &SIZES);
    assert!(whole.out.contains("PO-3"), "{:?}", whole.findings);
}

#[test]
fn a_document_larger_than_the_limit_is_told_where_it_grows_too_large() {
    let pad = "<pad>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</pad>\n".repeat(1 << 20);
    let text = orders("", 3, &[(1, &pad)], END);
    let begin = text.match_indices("<order>").nth(1).unwrap().0;
    let found = [1 << 16, limits::CHUNK_BYTES].map(|size| outcome("consign/orders-xml", text.as_bytes(), size, 2));
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].counts[&Code::DocumentTooLarge], 1);
    assert!(found[0].totals.contains("PO-0") && !found[0].totals.contains("PO-1"), "{}", found[0].totals);
    let beyond = begin + limits::DOCUMENT_BYTES + 1;
    let at = (beyond..).find(|at| matches!(text.as_bytes()[*at], b'<' | b'x' | b'\n') && starts(&text, *at)).unwrap();
    assert!(found[0].findings.iter().any(|told| told.contains(&format!("byte: {at}"))), "{:?}", found[0].findings);
}

/// Whether an event begins here: markup, or what stands behind it.
fn starts(text: &str, at: usize) -> bool {
    text.as_bytes()[at] == b'<' || text.as_bytes()[at - 1] == b'>'
}

const SNIPPETS: [&str; 24] = [
    "<",
    ">",
    "/",
    "\"",
    "'",
    "&",
    ";",
    "</order>",
    "<order>",
    "</orders>",
    "<orders>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!DOCTYPE x>",
    "</",
    "/>",
    "=",
    " ",
    "\u{1}",
    "ä",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn files_with_a_mistake_anywhere(
        count in 1_usize..6,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..24, 0_usize..9), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        size in 1_usize..900,
    ) {
        let extra = "<note a=\"x > y\">k<!-- c --><![CDATA[ > ]]>&gt;</note><?p q?>";
        let mut text = orders("<?xml version=\"1.0\"?>", count, &[(0, extra), (2, extra)], END);
        for (place, snippet, removed) in edits {
            let at = (0..=place.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let to = (at + removed..).find(|to| *to >= text.len() || text.is_char_boundary(*to)).unwrap().min(text.len());
            text.replace_range(at..to, SNIPPETS[snippet]);
        }
        if let Some(cut) = cut {
            let at = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(at);
        }
        check(text.as_bytes(), &[size]);
    }
}

#[test]
fn effects_of_refusals_are_those_of_the_file() {
    let whole = check(orders("", 3, &[(1, "<a></b>")], END).as_bytes(), &[100]);
    assert!(whole.counts.keys().any(|code| code.effect() == Effect::RejectFile));
}
