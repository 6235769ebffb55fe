//! `consign quarantine` from outside: what was held goes out once, or never, by the decision of a person who is on record.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::support::{Space, codes, consign, demo, files, lines, status};

/// Orders in the columns of the demo's shop: number, SKU, quantity and price of each line, to its e-mail address.
fn orders(rows: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let sample = String::from_utf8(demo("shopify-orders.csv")).unwrap();
    let header: Vec<&str> = sample.lines().next().unwrap().split(',').collect();
    let mut text = format!("{}\n", header.join(","));
    let mut last = "";
    for (number, sku, quantity, price) in rows {
        let is_first = *number != last;
        last = number;
        let of_order = rows.iter().filter(|row| row.0 == *number);
        let total: f64 = of_order.map(|row| row.2.parse::<f64>().unwrap() * row.3.parse::<f64>().unwrap()).sum();
        let cell = |column: &&str| match *column {
            "Name" => (*number).to_owned(),
            "Currency" if is_first => "USD".into(),
            "Created at" => "2026-03-05 10:00:00 -0500".into(),
            "Email" => "buyer@example.com".into(),
            "Subtotal" | "Total" if is_first => format!("{total:.2}"),
            "Shipping" | "Taxes" if is_first => "0.00".into(),
            "Lineitem sku" => (*sku).into(),
            "Lineitem quantity" => (*quantity).into(),
            "Lineitem price" => (*price).into(),
            "Lineitem name" => format!("Name of {sku}"),
            _ => String::new(),
        };
        text.push_str(&header.iter().map(cell).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text.into_bytes()
}

/// Sound, held for an unknown SKU, and held for its quantity.
const MIXED: [(&str, &str, &str, &str); 4] = [
    ("#1", "MUG-BLUE", "2", "10.00"),
    ("#2", "MUG RED", "3", "8.50"),
    ("#2", "MUG-BLUE", "1", "10.00"),
    ("#3", "MUG-BLUE", "1001", "1.00"),
];

fn dropped(rows: &[(&str, &str, &str, &str)]) -> Space {
    let space = Space::new();
    space.write("in/shopify/orders.csv", &orders(rows));
    assert_eq!(space.run(&["run"]).code, Some(1));
    space
}

fn json(space: &Space, arguments: &[&str]) -> Value {
    let ran = space.run(&[&["quarantine"], arguments, &["--json"]].concat());
    serde_json::from_str(ran.out.trim()).unwrap_or_else(|_| panic!("{arguments:?}: {}{}", ran.out, ran.err))
}

/// The orders in what the ERP takes, each once.
fn taken(space: &Space) -> Vec<String> {
    let mut numbers = Vec::new();
    for bytes in space.consume().into_values() {
        let text = String::from_utf8(bytes).unwrap();
        let mut of_file: Vec<String> =
            text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect();
        of_file.dedup();
        numbers.extend(of_file);
    }
    numbers
}

fn balance(space: &Space) -> (bool, BTreeMap<String, u64>) {
    let report: Value = serde_json::from_str(&space.run(&["report", "balance", "--json"]).out).unwrap();
    let documents =
        |row: &Value| (row["class"].as_str().unwrap().into(), row["documents"].as_str().unwrap().parse().unwrap());
    let total = report["total"].as_array().unwrap().iter().map(documents);
    (report["balanced"] == true, total.filter(|(_, count)| *count > 0).collect())
}

fn counts<const N: usize>(pairs: [(&str, u64); N]) -> (bool, BTreeMap<String, u64>) {
    (true, pairs.map(|(class, count)| (class.to_owned(), count)).into())
}

#[test]
fn what_was_held_for_an_unknown_sku_goes_out_once_after_it_is_known() {
    let space = dropped(&MIXED);
    assert_eq!(taken(&space), ["#1"]);
    let accepted = space.run(&["crosswalk", "accept", "sku", "MUG RED", "10-0002"]);
    assert!(accepted.out.contains("consign quarantine release 1 --document '#2'"), "{}{}", accepted.out, accepted.err);
    let released = json(&space, &["release", "1", "--document", "#2", "--by", "Tester"]);
    assert_eq!(
        (&released["documents"], &released["made"]["id"], &released["made"]["outcome"]),
        (&1.into(), &2.into(), &"accepted".into()),
        "{released}"
    );
    assert_eq!(taken(&space), ["#2"]);
    assert_eq!(balance(&space), counts([("in", 3), ("out", 2), ("held", 1)]));
    // The same once more, and the same file and document once more, are nothing new.
    let again = space.run(&["quarantine", "release", "1", "--document", "#2"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(again.out.contains("released as file 2 by Tester on "), "{}", again.out);
    space.write("in/shopify/again.csv", &orders(&MIXED));
    space.write("in/shopify/other.csv", &orders(&MIXED[1..3]));
    space.run(&["run"]);
    assert_eq!(
        (taken(&space), status(&space).0),
        (Vec::new(), ["partial", "accepted", "duplicate", "duplicate"].map(str::to_owned).to_vec())
    );
}

#[test]
fn a_release_is_past_the_guard_and_twice_is_once() {
    let space = dropped(&MIXED);
    taken(&space);
    let released = space.run(&["quarantine", "release", "1", "--note", "Confirmed by phone"]);
    // The SKU is still unknown, and no person can say what it is by a release.
    assert_eq!(released.code, Some(1), "{}", released.err);
    assert!(released.out.contains("2 documents of file 1: released as file 2."), "{}", released.out);
    assert!(released.out.contains("Overridden: QUANTITY_IMPLAUSIBLE."), "{}", released.out);
    assert_eq!(taken(&space), ["#3"]);
    assert_eq!(balance(&space), counts([("in", 3), ("out", 2), ("held", 1)]));
    assert!(codes(&space, 2).contains(&"QUANTITY_IMPLAUSIBLE".to_owned()), "it is still told");
    let again = space.run(&["quarantine", "release", "1"]);
    assert!(again.code == Some(0) && again.out.contains("decided already"), "{}{}", again.out, again.err);
    let shown = json(&space, &["show", "1"]);
    assert_eq!((&shown["actions"][0]["why"], &shown["actions"][0]["made"]), (&"Confirmed by phone".into(), &2.into()));
    assert!(!shown["actions"][0]["who"].as_str().unwrap().is_empty());
    // What is left is held by the new file, and goes out from there.
    let listed = lines(&space.run(&["quarantine", "list", "--json"]).out);
    assert_eq!((listed.len(), &listed[0]["id"], &listed[0]["held"]), (1, &2.into(), &1.into()), "{listed:?}");
    assert_eq!(lines(&space.run(&["crosswalk", "gaps", "--json"]).out)[0]["documents"], 1, "counted once");
    let accepted = space.run(&["crosswalk", "accept", "sku", "MUG RED", "10-0002"]);
    assert!(accepted.out.contains("consign quarantine release 2"), "{}", accepted.out);
    assert_eq!(space.run(&["quarantine", "release", "2"]).code, Some(0));
    assert_eq!(taken(&space), ["#2"]);
    assert_eq!(balance(&space), counts([("in", 3), ("out", 3)]));
    assert_eq!(space.run(&["quarantine", "list"]).code, Some(0));
}

#[test]
fn a_change_is_sent_when_a_person_says_so_and_not_before() {
    let space = dropped(&[("#1", "MUG-BLUE", "2", "10.00"), ("#9", "MUG RED", "1", "1.00")]);
    assert_eq!(taken(&space), ["#1"]);
    space.write("in/shopify/changed.csv", &orders(&[("#1", "MUG-BLUE", "5", "10.00")]));
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!((taken(&space), codes(&space, 2).contains(&"CHANGED_DOCUMENT".to_owned())), (Vec::new(), true));
    let released = json(&space, &["release", "2"]);
    assert_eq!(released["overridden"], serde_json::json!(["CHANGED_DOCUMENT"]));
    assert_eq!(taken(&space), ["#1"]);
    assert_eq!(space.run(&["quarantine", "release", "2"]).code, Some(0));
    assert!(taken(&space).is_empty());
}

#[test]
fn what_was_discarded_is_never_released_and_what_was_released_is_never_discarded() {
    let space = dropped(&MIXED);
    taken(&space);
    let discard = |arguments: &[&str]| space.run(&[&["quarantine", "discard", "1"], arguments].concat());
    assert_eq!(discard(&["--note", " "]).code, Some(2), "a reason is needed");
    assert_eq!(discard(&["--document", "#1", "--note", "x"]).code, Some(2), "it is out");
    assert_eq!(discard(&["--document", "#3", "--note", "A joke", "--by", "Tester"]).code, Some(0));
    let refused = space.run(&["quarantine", "release", "1", "--document", "#3"]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(refused.err.contains("discarded by Tester") && refused.err.contains("A joke"), "{}", refused.err);
    assert_eq!(discard(&["--document", "#3", "--note", "again"]).code, Some(0), "twice is once");
    space.run(&["crosswalk", "accept", "sku", "MUG RED", "10-0002"]);
    assert_eq!(space.run(&["quarantine", "release", "1"]).code, Some(0));
    assert_eq!(taken(&space), ["#2"], "what was discarded is left out");
    assert_eq!(discard(&["--document", "#2", "--note", "late"]).code, Some(2));
    assert_eq!(space.run(&["quarantine", "list"]).code, Some(0));
    assert_eq!(balance(&space), counts([("in", 3), ("out", 2), ("held", 1)]));
    for wrong in [["release", "7"], ["release", "2"], ["show", "7"]] {
        assert_eq!(space.run(&[&["quarantine"], &wrong[..]].concat()).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn a_corrected_file_takes_the_place_and_nothing_goes_out_twice() {
    let space = dropped(&MIXED);
    assert_eq!(taken(&space), ["#1"]);
    let mut rows = MIXED.to_vec();
    (rows[1].1, rows[3].2) = ("MUG-BLUE", "10");
    space.write("corrected.csv", &orders(&rows));
    let path = space.path("corrected.csv");
    let correct = |with: &str| space.run(&["quarantine", "correct", "1", "--with", with, "--note", "By mail"]);
    space.write("same.csv", &orders(&MIXED));
    assert_eq!(correct(space.path("same.csv").to_str().unwrap()).code, Some(2), "the same bytes are no correction");
    let corrected = correct(path.to_str().unwrap());
    assert!(
        corrected.code == Some(0) && corrected.out.contains("replaced by file 2"),
        "{}{}",
        corrected.out,
        corrected.err
    );
    assert_eq!(taken(&space), ["#2", "#3"]);
    assert_eq!(correct(path.to_str().unwrap()).code, Some(0), "twice is once");
    assert_eq!(space.run(&["quarantine", "release", "1"]).code, Some(2));
    assert!(path.is_file(), "the file stays where it is");
    assert!(taken(&space).is_empty());
    let listed = space.run(&["quarantine", "list"]);
    assert_eq!(listed.code, Some(0), "{}", listed.out);
}

#[test]
fn what_is_exported_is_the_original_with_its_reasons_and_nothing_is_overwritten() {
    let space = dropped(&MIXED);
    let folder = space.path("export");
    let export = || space.run(&["quarantine", "export", "1", "--output", folder.to_str().unwrap()]);
    assert_eq!(export().code, Some(0));
    assert_eq!(fs::read(folder.join("00000001-orders.csv")).unwrap(), orders(&MIXED));
    let reason = fs::read_to_string(folder.join("00000001-reason.json")).unwrap();
    assert!(reason.contains("SKU_UNKNOWN") && !reason.contains("buyer@example.com"), "{reason}");
    assert_eq!((export().code, files(&folder).len()), (Some(74), 2));
    for shown in [&["show", "1"][..], &["list"], &["show", "1", "--json"], &["list", "--json"]] {
        let shown = space.run(&[&["quarantine"], shown].concat());
        assert!(!shown.out.contains("buyer@example.com") && shown.out.contains("SKU_UNKNOWN"), "{}", shown.out);
    }
}

#[test]
fn a_file_that_is_read_otherwise_than_it_was_keeps_its_documents_held() {
    let space = dropped(&MIXED);
    taken(&space);
    // The flow reads another column, so that the documents cannot be told from each other by their content.
    let config = fs::read_to_string(space.path("consign.toml")).unwrap();
    space.write(
        "consign.toml",
        config.replacen("layout = \"shopify/orders\"", "layout = \"magento/orders-grid\"", 1).as_bytes(),
    );
    let released = json(&space, &["release", "1", "--document", "#2"]);
    assert_eq!(
        (&released["made"]["outcome"], codes(&space, 2).contains(&"RELEASE_DIFFERS".to_owned())),
        (&"held".into(), true),
        "{released}"
    );
    assert!(taken(&space).is_empty());
    assert_eq!(balance(&space), counts([("in", 3), ("out", 1), ("held", 2)]));
    space.write("consign.toml", config.as_bytes());
    space.run(&["crosswalk", "accept", "sku", "MUG RED", "10-0002"]);
    assert_eq!(space.run(&["quarantine", "release", "2"]).code, Some(0));
    assert_eq!(taken(&space), ["#2"]);
}

#[test]
fn another_instance_is_not_disturbed() {
    let space = dropped(&MIXED);
    let lock = fs::File::options().write(true).open(space.path(".consign/lock")).unwrap();
    lock.lock().unwrap();
    let busy = space.run(&["quarantine", "release", "1"]);
    assert_eq!(busy.code, Some(75), "{}{}", busy.out, busy.err);
    drop(lock);
    assert!(json(&space, &["show", "1"])["actions"].as_array().unwrap().is_empty(), "nothing was recorded");
}

/// Releases and corrects with stops at a step, and at another one in what follows: what went out since, and the balance.
fn decided(first: u64, second: u64) -> (Vec<String>, (bool, BTreeMap<String, u64>), bool) {
    let space = dropped(&MIXED);
    taken(&space);
    space.write("in/shopify/other.csv", &orders(&[("#7", "MUG RED", "1", "1.00"), ("#8", "MUG-BLUE", "1", "1.00")]));
    space.run(&["run"]);
    taken(&space);
    space.run(&["crosswalk", "accept", "sku", "MUG RED", "10-0002"]);
    space.write("corrected.csv", &orders(&[("#7", "MUG-BLUE", "2", "1.00"), ("#8", "MUG-BLUE", "1", "1.00")]));
    let with = space.path("corrected.csv");
    let release = ["quarantine", "release", "1"];
    let correct = ["quarantine", "correct", "2", "--with", with.to_str().unwrap(), "--note", "By mail"];
    let (mut out, mut stopped) = (Vec::new(), false);
    // Each is stopped twice at most: what breaks off too often is poison.
    for command in [&release[..], &correct] {
        for at in [first, second, u64::MAX] {
            let ran = consign(&[command, &["--workspace", space.text()]].concat())
                .env("CONSIGN_CRASH_AT", at.to_string())
                .output()
                .unwrap();
            assert!(matches!(ran.status.code(), None | Some(0)), "{}", String::from_utf8_lossy(&ran.stderr));
            stopped |= at == first && ran.status.code().is_none();
            out.extend(taken(&space));
        }
    }
    assert_eq!(files(&space.path(".consign/stage")).len(), 0);
    let ledger = consign::ledger::Ledger::open(&space.path(".consign/ledger.db")).unwrap();
    assert_eq!(ledger.check().unwrap(), Vec::<String>::new());
    assert_eq!((ledger.actions(1).unwrap().len(), ledger.actions(2).unwrap().len()), (1, 1));
    assert!(ledger.open_intakes().unwrap().is_empty() && ledger.open_outputs().unwrap().is_empty());
    out.sort();
    (out, balance(&space), stopped)
}

#[test]
fn a_decision_that_is_stopped_at_any_step_ends_the_same() {
    let expected = decided(u64::MAX, u64::MAX);
    assert_eq!(expected.0, ["#2", "#3", "#7"]);
    let mut step = 1;
    loop {
        let lives: Vec<_> = std::thread::scope(|scope| {
            let one = |step: u64| move || decided(step, 1 + step * 5 % 17);
            let handles: Vec<_> = (0..8).map(|offset| scope.spawn(one(step + offset))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        for (offset, life) in lives.iter().enumerate() {
            assert_eq!((&life.0, &life.1), (&expected.0, &expected.1), "stopped at step {}", step + offset as u64);
        }
        if lives.iter().any(|life| !life.2) {
            break;
        }
        step += 8;
    }
    assert!(step > 8, "the sweep saw only {step} steps: are they still counted?");
}
