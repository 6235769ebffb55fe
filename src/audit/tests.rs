use super::*;

fn issue(severity: Severity, count: u64, value: i64) -> Issue {
    let places = vec![Place::default()];
    let tally = Tally { count, value: Decimal::from_int(value).billionths(), places };
    Issue { check: Check::Missing, severity, subject: String::new(), detail: String::new(), tally }
}

#[test]
fn the_worst_is_severe_frequent_or_dear() {
    let error = issue(Severity::Error, 1, 0);
    assert!(error.weight() > issue(Severity::Warning, 9, 0).weight());
    assert!(error.weight() < issue(Severity::Warning, 11, 0).weight());
    assert!(error.weight() < issue(Severity::Note, 1, 200).weight());
    assert!(issue(Severity::Note, 2, 50).weight() > issue(Severity::Note, 1, 50).weight());
    assert_eq!(issue(Severity::Note, 1, -50).weight(), issue(Severity::Note, 1, 50).weight());
}

#[test]
fn of_many_places_the_first_are_kept() {
    let mut tally = Tally::default();
    for line in 1..=100 {
        tally.add(&Tally::one(Place { file: 0, line, record: 0 }, 1_000_000_000));
    }
    assert_eq!((tally.count, money(tally.value)), (100, "100.00".to_owned()));
    assert_eq!(tally.places.iter().map(|place| place.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[test]
fn items_are_known_by_number_gtin_or_crosswalk() {
    use crate::clean::crosswalk::{Crosswalk, Table};
    let mut items = Items::default();
    assert_eq!(items.add_list(b"Artikelnummer;EAN;Bezeichnung\n10;4006381333931;Mug red\n20;;Tea\n"), Ok(2));
    assert!(items.knows("10", "") && items.knows("X", "04006381333931") && !items.knows("X", ""));
    let seen = crate::clean::suggest::Seen { code: "RM", gtin: "", text: "red mug" };
    assert_eq!(items.suggest(&seen)[0].item, "10");
    let table = Crosswalk::load(Table::Sku, b"sku,item\nMUG-RED,10\n").unwrap();
    items.add_crosswalk(&table, "");
    assert!(items.knows("MUG-RED", "") && !items.knows("MUG-RDE", ""));
    let seen = crate::clean::suggest::Seen { code: "MUG-RDE", gtin: "", text: "" };
    assert_eq!(items.suggest(&seen)[0].item, "10");
    assert!(Items::default().add_list(b"colour;shade\nred;dark\n").is_err());
    assert!(Items::default().add_list(b"").is_err());
}
