//! What can only be tried with other limits than the program's own.

use std::collections::{BTreeMap, HashMap};

use super::*;
use crate::document::{Code, Effect};
use crate::layout::library::Library;

/// The numbers of the documents listed, and the documents of the file in a plain table.
#[derive(Default)]
pub(super) struct Listed(pub(super) Vec<String>, HashMap<u128, u128>);

impl Known for Listed {
    fn see(&mut self, key: u128, content: u128) -> io::Result<Seen> {
        self.see_here(key, content)
    }

    fn see_here(&mut self, key: u128, content: u128) -> io::Result<Seen> {
        Ok(match self.1.insert(key, content) {
            None => Seen::New,
            Some(known) if known == content => Seen::Unchanged,
            Some(_) => Seen::Conflict,
        })
    }

    fn list(&mut self, row: DocumentRow<'_>) -> io::Result<()> {
        self.0.push(row.number.to_owned());
        Ok(())
    }
}

/// Reads so many orders where so many are allowed; the documents listed.
fn read(orders: usize, max_documents: usize, threads: usize) -> (Report, usize) {
    let layout = Library::new(BTreeMap::new()).get("consign/orders-xml").unwrap();
    let one = |number| {
        format!(
            "<order><number>{number}</number><orderedAt>2026-03-05</orderedAt><note>{}</note><lines><line><sku>A</sku>\
             <quantity>1</quantity></line></lines></order>",
            "x".repeat(60_000)
        )
    };
    let text = format!("<orders>{}</orders>", (0..orders).map(one).collect::<String>());
    let rules = rules(&layout, "", false);
    let road = Road { accept_empty: false, list_documents: true, max_documents, threads, ..Road::of(&layout, rules) };
    let mut known = Listed::default();
    let report = run(&road, text.as_bytes(), &mut known, &mut |_| {}, &mut |_, _| Ok(())).unwrap();
    (report, known.0.len())
}

#[test]
fn more_documents_than_a_file_may_have_reject_it_and_are_not_read() {
    for threads in [1, 2] {
        let (report, listed) = read(200, 50, threads);
        assert_eq!(report.findings.file_effect(), Some(Effect::RejectFile));
        assert_eq!(report.findings.counts().get(&Code::FileTooLarge), Some(&1));
        assert!(listed <= 50, "{listed} documents");
        let (sound, listed) = read(200, 200, threads);
        assert_eq!((sound.findings.file_effect(), listed), (None, 200));
    }
}

#[test]
fn writers_are_told_by_the_kind_of_their_layout() {
    let library = Library::new(BTreeMap::new());
    let names = ["netsuite/customers", "consign/json", "erp/orders-csv", "erp/returns-csv"];
    let targets = names.map(|name| library.get(name).unwrap());
    let source = library.get("shopify/orders").unwrap();
    let mut writers: Vec<_> = targets.iter().map(|target| Writer::new(target).unwrap()).collect();
    writers.push(Writer::json());
    let road = Road { writers, ..Road::of(&source, rules(&source, "", false)) };
    let of = |kind| road.writers_of(kind).collect::<Vec<_>>();
    assert_eq!((of(Kind::Customer), of(Kind::Order), of(Kind::Return)), (vec![0], vec![1, 2, 4], vec![3]));
}
