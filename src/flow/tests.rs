//! What can only be tried with other limits than the program's own.

use std::collections::BTreeMap;

use super::*;
use crate::clean::NoHistory;
use crate::document::Effect;
use crate::layout::library::Library;

/// Reads so many orders where so many are allowed.
fn read(orders: usize, max_documents: usize, threads: usize) -> Report {
    let layout = Library::new(BTreeMap::new()).get("consign/orders-xml").unwrap();
    let one = |number| {
        format!(
            "<order><number>{number}</number><orderedAt>2026-03-05</orderedAt><note>{}</note><lines><line><sku>A</sku>\
             <quantity>1</quantity></line></lines></order>",
            "x".repeat(60_000)
        )
    };
    let text = format!("<orders>{}</orders>", (0..orders).map(one).collect::<String>());
    let road = Road {
        layout: &layout,
        writers: Vec::new(),
        rules: rules(&layout, "", false),
        tables: Tables::default(),
        history: &NoHistory,
        agreement: None,
        keep_other: false,
        accept_empty: false,
        list_documents: true,
        note_largest: false,
        max_documents,
        threads,
    };
    run(&road, text.as_bytes(), &mut WithinFile::default(), &mut |_| {}, &mut |_, _| Ok(())).unwrap()
}

#[test]
fn more_documents_than_a_file_may_have_reject_it_and_are_not_read() {
    for threads in [1, 2] {
        let report = read(200, 50, threads);
        assert_eq!(report.findings.file_effect(), Some(Effect::RejectFile));
        assert_eq!(report.findings.counts().get(&Code::FileTooLarge), Some(&1));
        assert!(report.documents.len() <= 50, "{} documents", report.documents.len());
        let sound = read(200, 200, threads);
        assert_eq!((sound.findings.file_effect(), sound.documents.len()), (None, 200));
    }
}
