use super::*;
use crate::document::Findings;
use crate::syntax::csv::{Dialect, Rows, Start};

fn profile(names: &[&str], key: Option<usize>, rows: &str) -> Profile {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut profiler = Profiler::new(&names, key);
    let mut reader = Rows::new(rows.as_bytes(), Dialect { delimiter: b';', ..Dialect::COMMA }, Start::default());
    let (mut row, mut findings) = (Row::default(), Findings::default());
    while reader.read(&mut row, &mut findings) {
        profiler.row(&row);
    }
    profiler.finish()
}

fn guesses(rows: &str, columns: usize) -> Vec<String> {
    let names: Vec<&str> = vec!["x"; columns];
    profile(&names, None, rows).columns.iter().map(|column| column.guess.name()).collect()
}

#[test]
fn columns_are_what_their_values_are() {
    assert_eq!(
        guesses("1;1,50;05.03.2026;a@b.example;EUR;ja\n2;2,75;31.03.2026;c@d.example;USD;nein\n", 6),
        ["integer", "decimal comma", "date %d.%m.%Y", "e-mail", "currency", "yes or no"]
    );
    assert_eq!(
        guesses(
            "1.234,50;03/04/2026;4006381333931;+49 30 123456;DE;\n12,00;05/06/2026;6291041500213;030/9876543;AT;\n",
            6
        ),
        ["decimal comma, groups by point", "date %m/%d/%Y or %d/%m/%Y", "GTIN", "phone", "country", "empty"]
    );
    assert_eq!(guesses("$1.50;13/04/2026\n$2.50;01/02/2026\n", 2), ["decimal point, with a currency", "date %d/%m/%Y"]);
    assert_eq!(guesses("open\nopen\nclosed\nclosed\n", 1), ["code"]);
    assert_eq!(guesses("20260305\n20260306\n20251231\n", 1), ["date %Y%m%d"]);
}

#[test]
fn counts_lengths_and_misfits() {
    let rows: String = (0..40).map(|n| format!("{n};{}\n", if n == 7 { "many" } else { "5" })).collect();
    let found = profile(&["a", "b"], None, &rows);
    let [a, b] = found.columns.as_slice() else { panic!("{found:?}") };
    assert_eq!((found.rows, a.filled, a.distinct, a.length), (40, 40, Count { values: 40, exact: true }, (1, 2)));
    assert_eq!((b.guess, b.misfits, b.distinct.values), (Guess::Integer, 1, 2));
    assert!(!a.has_all_values && b.has_all_values);
}

#[test]
fn rows_of_one_key_are_groups() {
    let found = profile(&["n", "h", "l"], Some(0), "1;x;a\n1;;b\n;;c\n2;y;d\n1;x;e\n");
    assert_eq!(found.groups, Groups { groups: 3, later: 2, again: 1 });
    assert_eq!((found.columns[1].empty_later, found.columns[1].other_later), (2, 0));
    assert_eq!((found.columns[2].empty_later, found.columns[2].other_later), (0, 2));
}

#[test]
fn personal_values_are_shown_by_their_shape() {
    let found = profile(&["a", "b", "c"], None, "Ann Example;a@b.example;RED-1\nBob Sample;c@d.example;RED-2\n");
    let examples: Vec<Vec<String>> = found.columns.iter().map(|column| column.examples(None)).collect();
    assert_eq!(examples[0], ["Aaa Aaaaaaa", "Aaa Aaaaaa"]);
    assert_eq!(examples[1], ["a@a.aaaaaaa"]);
    assert_eq!(examples[2], ["RED-1", "RED-2"]);
}
