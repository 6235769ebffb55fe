//! Tables that are cut, mixed up or joined (`C07`–`C09`, `C13`, `C14`, `C17`, `C19`, `C24`), through a workspace: what is
//! wrong with one order stops that order, what is wrong with the file stops the file, and the reason is kept.

use std::fs;

use super::support::{Space, codes, status};

const LAYOUT: &str = r#"title = "Orders of a test"
document = "order"
direction = "read"
confidence = "verified"
source = "A test"

[file]
format = "csv"
signature = ["PO", "Article", "Qty"]

[formats]
date = ["%d.%m.%Y"]

[documents]
shape = "repeated"
key = "PO"

[header]
number = { from = "PO", required = true }
ordered_at = "Date"

[line]
sku = { from = "Article", required = true }
quantity = "Qty"

[rules]
unit = "EA"
"#;

const TRAILER: &str = "[trailer]\nfirst = \"TRL\"\ncount = 2\nsum = 3\nof = \"quantity\"\n";

const HEAD: &str = "PO,Date,Article,Qty\n";

/// A workspace with one flow that reads the layout.
fn space(layout: &str) -> Space {
    let space = Space::with(
        "[workspace]\n[targets.erp]\n[flows.own]\nlayout = \"own/orders\"\nquiet_secs = 0\n\
         [[flows.own.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n",
    );
    space.write("layouts/own/orders.toml", layout.as_bytes());
    space
}

/// So many orders of one line each, the quantity being 1.
fn orders(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| format!("PO-{number:06},05.03.2026,MUG,1\n")).collect()
}

/// Runs one file: the exit code, the outcome, the codes, and the numbers of the orders that went out.
fn run(space: &Space, text: &str) -> (Option<i32>, String, Vec<String>, Vec<String>) {
    space.write("in/own/x.csv", text.as_bytes());
    let ran = space.run(&["run"]);
    let outcome = status(space).0.pop().unwrap();
    let out: String = space.consume().into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    let mut gone: Vec<String> =
        out.lines().filter_map(|line| Some(format!("PO-{}", line.split("PO-").nth(1)?.get(..6)?))).collect();
    gone.dedup();
    assert_eq!(space.run(&["report", "balance"]).code, Some(0), "{}", ran.out);
    assert_eq!(
        fs::read(fs::read_dir(space.path(".consign/blob")).unwrap().next().unwrap().unwrap().path()).unwrap(),
        text.as_bytes()
    );
    (ran.code, outcome, codes(space, 1), gone)
}

/// The reason that is kept of a file that did not go through as a whole.
fn reason(space: &Space) -> String {
    fs::read_to_string(space.path(".consign/quarantine/1/reason.json")).unwrap()
}

#[test]
fn c07_c08_c09_a_bad_row_stops_its_order_and_no_other() {
    for (id, row, code) in [
        ("C07", "PO-000099,05.03.2026,MUG\n", "CSV_FIELD_COUNT"),
        ("C08", "PO-000099,05.03.2026,MUG,1,2\n", "CSV_FIELD_COUNT"),
        ("C09", "PO-000099,05.03.2026,MUG 1,EA\n", "VALUE_INVALID"),
    ] {
        let space = space(LAYOUT);
        let (code_of_exit, outcome, found, gone) =
            run(&space, &format!("{HEAD}{}{row}{}", orders(0..20), orders(20..30)));
        assert_eq!((code_of_exit, outcome.as_str()), (Some(1), "partial"), "{id}");
        assert!(found.contains(&code.to_owned()), "{id}: {found:?}");
        assert_eq!(gone.len(), 30, "{id}: {gone:?}");
        let reason = reason(&space);
        assert!(reason.contains(code) && reason.contains("line 22"), "{id}: {reason}");
        assert!(!reason.contains("PO-000020"), "{id}: {reason}");
    }
}

#[test]
fn c07_more_than_one_row_in_twenty_rejects_the_file() {
    let space = space(LAYOUT);
    let (_, outcome, found, gone) =
        run(&space, &format!("{HEAD}{}PO-1,05.03.2026,MUG\nPO-2,05.03.2026\n", orders(0..30)));
    assert_eq!((outcome.as_str(), gone.len()), ("rejected", 0));
    assert!(found.contains(&"CSV_FIELD_COUNT".to_owned()) && found.contains(&"CSV_STRUCTURE".to_owned()), "{found:?}");
    assert!(reason(&space).contains("CSV_STRUCTURE"));
}

#[test]
fn c13_c14_a_trailer_that_disagrees_rejects_the_file() {
    let sound = format!("{HEAD}{}", orders(0..12));
    for (id, text, expected) in [
        ("sound", format!("{sound}TRL,12,12\n"), ""),
        ("blank rows are no records", format!("{sound},,,\nTRL,12,12\n"), ""),
        ("C14 count", format!("{sound}TRL,13,12\n"), "12 records"),
        ("C14 sum", format!("{sound}TRL,12,13\n"), "12, which the records add up to"),
        ("C14 no number", format!("{sound}TRL,twelve,12\n"), "12 records"),
        ("C14 empty", format!("{sound}TRL\n"), "12 records"),
        ("C13 a row less", format!("{HEAD}{}TRL,12,12\n", orders(1..12)), "11 records"),
        (
            "C13 cut in a number",
            format!("{}TRL,12,120\n", sound.replace(",1\n", ",10\n").replacen(",10\n", ",1\n", 1)),
            "111, which",
        ),
        ("C13 no trailer", sound.clone(), "a last record that begins with TRL"),
        ("C13 rows behind", format!("{sound}TRL,12,12\n{}", orders(20..21)), "the trailer as the last record"),
        ("C13 two trailers", format!("{sound}TRL,12,12\nTRL,12,12\n"), "the trailer as the last record"),
    ] {
        let space = space(&format!("{LAYOUT}{TRAILER}"));
        let (exit, outcome, found, gone) = run(&space, &text);
        if expected.is_empty() {
            assert_eq!((exit, outcome.as_str(), gone.len()), (Some(0), "accepted", 12), "{id}: {found:?}");
        } else {
            assert_eq!((exit, outcome.as_str(), gone.len()), (Some(1), "rejected", 0), "{id}: {found:?}");
            assert!(
                found.contains(&"CONTROL_TOTAL".to_owned()) && reason(&space).contains(expected),
                "{id}: {}",
                reason(&space)
            );
        }
    }
}

#[test]
fn c13_c24_a_long_table_is_counted_over_all_its_pieces() {
    let rows = 40_000;
    for (stated, outcome) in [(rows, "accepted"), (rows - 1, "rejected")] {
        let space = space(&format!("{LAYOUT}{TRAILER}"));
        let long = format!("MUG{}", "x".repeat(100));
        let text = format!("{HEAD}{}TRL,{stated},{stated}\n", orders(0..rows).replace("MUG", &long));
        assert!(text.len() as u64 > 4 << 20, "the file has more than one piece");
        let (_, ended, found, gone) = run(&space, &text);
        assert_eq!((ended.as_str(), gone.len()), (outcome, if outcome == "accepted" { rows } else { 0 }), "{found:?}");
    }
}

#[test]
fn a_trailer_that_makes_no_sense_is_refused() {
    for (trailer, code) in [
        ("[trailer]\ncount = 2\n", "CONFIG_VALUE"),
        ("[trailer]\nfirst = \"TRL\"\n", "LAYOUT_BINDING"),
        ("[trailer]\nfirst = \"TRL\"\ncount = 0\n", "LAYOUT_BINDING"),
        ("[trailer]\nfirst = \"TRL\"\nsum = 3\n", "CONFIG_VALUE"),
        ("[trailer]\nfirst = \"TRL\"\nsum = 3\nof = \"quantty\"\n", "LAYOUT_FIELD"),
        ("[trailer]\nfirst = \"TRL\"\nsum = 3\nof = \"sku\"\n", "LAYOUT_FIELD"),
        ("[trailer]\nfirst = \"TRL\"\ncont = 3\n", "CONFIG_UNKNOWN_KEY"),
    ] {
        let ran = space(&format!("{LAYOUT}{trailer}")).run(&["check"]);
        let said = ran.out + &ran.err;
        assert!(ran.code == Some(2) && said.contains(code), "{trailer}: {said}");
    }
}

#[test]
fn c17_a_column_that_nobody_knows_is_noted_and_one_that_is_known_is_not() {
    let text = format!("PO,Date,Article,Qty,Colour\n{}", orders(0..3).replace(",1\n", ",1,red\n"));
    let known = LAYOUT.replace("[formats]", "known = [\"colour\"]\n[formats]");
    for (layout, expected) in [(LAYOUT, vec!["CSV_COLUMN_UNKNOWN".to_owned()]), (known.as_str(), vec![])] {
        let (exit, outcome, found, gone) = run(&space(layout), &text);
        assert_eq!((exit, outcome.as_str(), gone.len()), (Some(0), "accepted", 3));
        assert_eq!(found, expected);
    }
    let strict = LAYOUT.replace("[formats]", "strict_columns = true\n[formats]");
    let (_, outcome, found, gone) = run(&space(&strict), &text);
    assert_eq!((outcome.as_str(), gone.len(), found.join(" ")), ("rejected", 0, "CSV_STRUCTURE".to_owned()));
    let (_, outcome, found, gone) = run(&space(&strict), &format!("{HEAD}{}", orders(0..3)));
    assert_eq!((outcome.as_str(), gone.len(), found.join(" ")), ("accepted", 3, String::new()));
}

#[test]
fn c02_c12_what_a_flow_or_layout_allows_is_accepted() {
    let cut = format!("{HEAD}{}", orders(0..3)).trim_end().to_owned();
    let optional = LAYOUT.replace("[formats]", "final_newline = \"optional\"\n[formats]");
    for (layout, expected, count) in [(LAYOUT, "rejected", 0), (optional.as_str(), "accepted", 3)] {
        let (_, outcome, found, gone) = run(&space(layout), &cut);
        assert_eq!((outcome.as_str(), gone.len()), (expected, count), "C12 {found:?}");
    }
    for (empty, expected) in [("reject", "rejected"), ("accept", "accepted")] {
        let space = space(LAYOUT);
        let config = fs::read_to_string(space.path("consign.toml")).unwrap();
        let config = config.replace("quiet_secs = 0\n", &format!("quiet_secs = 0\nempty = \"{empty}\"\n"));
        space.write("consign.toml", config.as_bytes());
        let (_, outcome, found, gone) = run(&space, HEAD);
        assert_eq!((outcome.as_str(), gone.len()), (expected, 0), "C02 {found:?}");
    }
}

#[test]
fn an_order_parted_by_more_than_a_piece_of_the_file_rejects_it_too() {
    let long = format!("MUG{}", "x".repeat(1_000));
    let between = orders(10..2_600).replace("MUG", &long);
    assert!(between.len() > 2 << 20, "the halves are in different pieces");
    let text = format!("{HEAD}{}{between}PO-000001,05.03.2026,TEA,1\n", orders(1..2));
    let (_, outcome, found, gone) = run(&space(LAYOUT), &text);
    assert_eq!((outcome.as_str(), gone.len(), found.join(" ")), ("rejected", 0, "GROUP_NOT_CONTIGUOUS".to_owned()));
}

#[test]
fn rows_of_an_order_that_do_not_stand_together_reject_the_file() {
    let order = |number: u32, article: &str| format!("PO-{number:06},05.03.2026,{article},1\n");
    let bad = "PO-000001,05.03.2026,MUG,one\n";
    for (id, text, outcome, code) in [
        ("parted", [order(1, "MUG"), order(2, "MUG"), order(1, "TEA")].concat(), "rejected", "GROUP_NOT_CONTIGUOUS"),
        (
            "first half bad",
            [bad.to_owned(), order(2, "MUG"), order(1, "TEA")].concat(),
            "rejected",
            "GROUP_NOT_CONTIGUOUS",
        ),
        (
            "second half bad",
            [order(1, "TEA"), order(2, "MUG"), bad.to_owned()].concat(),
            "rejected",
            "GROUP_NOT_CONTIGUOUS",
        ),
        (
            "twice the same",
            [order(1, "MUG"), order(2, "MUG"), order(1, "MUG")].concat(),
            "accepted",
            "DUPLICATE_DOCUMENT",
        ),
        ("together", [order(1, "MUG"), order(1, "TEA"), order(2, "MUG")].concat(), "accepted", ""),
    ] {
        let (_, ended, found, gone) = run(&space(LAYOUT), &format!("{HEAD}{text}"));
        assert_eq!(
            (ended.as_str(), gone.len()),
            (outcome, if outcome == "accepted" { 2 } else { 0 }),
            "{id}: {found:?}"
        );
        assert!(if code.is_empty() { found.is_empty() } else { found.contains(&code.to_owned()) }, "{id}: {found:?}");
    }
}

#[test]
fn c19_rows_above_the_header_are_read_over_where_the_layout_says_so() {
    let text = format!("Report of March\n\nprinted,05.03.2026,,\n{HEAD}{}", orders(0..3));
    for (allowed, outcome, code, gone) in [
        (None, "rejected", "CSV_STRUCTURE", 0),
        (Some(1), "rejected", "CSV_STRUCTURE", 0),
        (Some(2), "accepted", "", 3),
    ] {
        let layout = allowed.map_or(LAYOUT.to_owned(), |rows| {
            LAYOUT.replace("[formats]", &format!("skip_lines = {rows}\n\n[formats]"))
        });
        let space = space(&layout);
        let (_, found_outcome, found, sent) = run(&space, &text);
        assert_eq!((found_outcome.as_str(), sent.len()), (outcome, gone), "{allowed:?}: {found:?}");
        let told = if code.is_empty() {
            found.contains(&"FOOTER_SKIPPED".to_owned())
        } else {
            found.contains(&code.to_owned())
        };
        assert!(told, "{allowed:?}: {found:?}");
        assert!(code.is_empty() || reason(&space).contains("skip_lines = 2"), "{}", reason(&space));
    }
}
