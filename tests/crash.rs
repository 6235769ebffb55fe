//! Stops the program before every durable step, and its recovery too, over a mixed drop, with an ERP that takes the
//! outputs away in between: nothing lost, nothing twice, nothing torn, the ledger sound.

use std::collections::BTreeMap;

use super::each;
use super::exchange::{EDI, FLOW, elements, orders, timeless};
use super::exchange_edifact as edifact;
use super::support::{Space, VOLUSION, consign, demo, files, volusion_file};
use super::{snapshots, write_back};

/// What is dropped into a workspace.
struct Scene {
    space: fn() -> Space,
    drop_all: fn(&Space),
    files: usize,
}

/// Every kind of end: accepted, partial, rejected, duplicate by bytes and by document; and two files that are one.
fn drop_all(space: &Space) {
    space.write("in/shopify/a.csv", &demo("shopify-orders.csv"));
    space.write("in/shopify/b.csv", &demo("shopify-orders.csv"));
    space.write("in/shopify/c.csv", &demo("shopify-orders-later.csv"));
    space.write("in/shopify/d.csv", &demo("shopify-orders-cut.csv"));
    space.write("in/bigstore/e.x12", &demo("purchase-orders.x12"));
    space.write("in/bigstore/f.x12", &demo("purchase-orders-cut.x12"));
    space.write("in/b2b/g.xml", &demo("orders.xml"));
    space.write("in/store/h.csv", &volusion_file("input-2.csv"));
    space.write("in/store/i.csv", &volusion_file("input.csv"));
}

/// The demo's flows and one that takes pairs of files.
fn space() -> Space {
    Space::with(&format!("{}\n{VOLUSION}", String::from_utf8(demo("consign.toml")).unwrap()))
}

const MIXED: Scene = Scene { space, drop_all, files: 9 };

/// X12 that is answered with X12 and acknowledged: accepted, partial, cut, twice by bytes and twice by number; and EDIFACT,
/// partial and twice by reference.
fn drop_edi(space: &Space) {
    let files = [
        orders(1, &["PO1", "PO2"]),
        orders(2, &["PO3", "BAD1"]),
        orders(2, &["PO3", "BAD1"]),
        orders(3, &["PO4"]).replace("IEA*1*000000003~\n", ""),
        orders(1, &["PO5"]),
        orders(4, &["PO6"]),
    ];
    for (number, text) in files.iter().enumerate() {
        space.write(&format!("in/bigstore/{number}.x12"), text.as_bytes());
    }
    space.write("in/buyer/1.edi", edifact::orders("R1", &["PO1", "BAD2"]).as_bytes());
    space.write("in/buyer/2.edi", edifact::orders("R1", &["PO3"]).as_bytes());
}

/// A partner who exchanges X12 and one who exchanges EDIFACT.
fn edi() -> Space {
    Space::with(&format!("{EDI}{}[targets.buyer]\n{FLOW}{}", edifact::PARTNER, edifact::FLOW))
}

const EXCHANGE: Scene = Scene { space: edi, drop_all: drop_edi, files: 8 };

/// Runs until the given step; whether it was stopped there.
fn run(space: &Space, stop_at: u64) -> bool {
    let status = consign(&["run", "--threads", "2", "--workspace", space.text()])
        .env("CONSIGN_CRASH_AT", stop_at.to_string())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(matches!(status.code(), None | Some(0 | 1)), "the run ends or is stopped: {status}");
    status.code().is_none()
}

/// One life: stopped at `first`, its recovery at `second`, then to the end. What the ERP took, and whether the first
/// stop happened at all.
fn live(scene: &Scene, first: u64, second: u64) -> (BTreeMap<String, Vec<u8>>, bool) {
    let space = (scene.space)();
    (scene.drop_all)(&space);
    let mut taken = BTreeMap::new();
    let mut take = || {
        for (name, bytes) in space.consume() {
            assert!(taken.insert(name.clone(), bytes).is_none(), "{name} came twice (stops at {first} and {second})");
        }
    };
    let stopped = run(&space, first);
    take();
    if stopped {
        run(&space, second);
        take();
    }
    assert!(!run(&space, u64::MAX));
    take();
    check(&space, scene, first, second);
    (taken, stopped)
}

fn check(space: &Space, scene: &Scene, first: u64, second: u64) {
    let at = format!("stops at {first} and {second}");
    assert_eq!(files(&space.path("in")).len(), 0, "{at}: everything was taken");
    assert_eq!(files(&space.path("archive")).len(), scene.files, "{at}: every original is archived");
    for private in ["claim", "stage"] {
        assert_eq!(files(&space.path(&format!(".consign/{private}"))).len(), 0, "{at}: {private} is empty");
    }
    let ledger = consign::ledger::Ledger::open(&space.path(".consign/ledger.db")).unwrap();
    assert_eq!(ledger.check().unwrap(), Vec::<String>::new(), "{at}");
    assert!(ledger.open_intakes().unwrap().is_empty() && ledger.open_outputs().unwrap().is_empty(), "{at}");
    let balance = consign::reconcile::balance::Balance::read(&ledger, None).unwrap();
    assert!(balance.is_balanced(), "{at}");
    for intake in ledger.intakes(100).unwrap() {
        let blob = space.path(".consign/blob").join(intake.sha256.unwrap());
        assert!(blob.is_file(), "{at}: the bytes of every file are kept");
    }
}

/// Stops at every step and again in recovery: every life must end as the one that is never stopped, seen through `view`.
fn sweep<T: PartialEq + std::fmt::Debug>(scene: &Scene, view: fn(BTreeMap<String, Vec<u8>>) -> T, least: u64) {
    let expected = view(live(scene, u64::MAX, u64::MAX).0);
    let mut step = 1;
    loop {
        // Eight lives at a time; the second stop wanders over the recovery's steps.
        let lives: Vec<_> = std::thread::scope(|scope| {
            let one = |offset: u64| move || live(scene, step + offset, 1 + (step + offset) * 7 % 23);
            let handles: Vec<_> = (0..8).map(|offset| scope.spawn(one(offset))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        let stopped = lives.iter().all(|(_, stopped)| *stopped);
        for (offset, (taken, _)) in lives.into_iter().enumerate() {
            assert_eq!(view(taken), expected, "stopped at step {}", step + offset as u64);
        }
        if !stopped {
            break;
        }
        step += 8;
    }
    assert!(step > least, "the sweep saw only {step} steps: are they still counted?");
}

#[test]
fn stopped_at_every_step_and_again_in_recovery() {
    assert_eq!(live(&MIXED, u64::MAX, u64::MAX).0.len(), 5);
    sweep(&MIXED, |taken| taken, 60);
}

/// Each document an output of its own, some twice.
fn drop_each(space: &Space) {
    space.write("in/shop/a.csv", each::orders(&["A-1", "A-2", "A-3"]).as_bytes());
    space.write("in/shop/b.csv", each::orders(&["A-3", "A-4"]).as_bytes());
}

const EACH: Scene = Scene { space: each::space, drop_all: drop_each, files: 2 };

#[test]
fn stopped_at_every_step_each_document_is_written_once() {
    assert_eq!(live(&EACH, u64::MAX, u64::MAX).0.len(), 4);
    sweep(&EACH, |taken| taken, 40);
}

/// The outputs without their moment, once their control numbers are seen to be without gaps and each used once.
fn numbered(taken: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    let sorted = |id, at| {
        let mut numbers: Vec<u64> = elements(&taken, id, at).iter().map(|number| number.parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    };
    let (interchanges, groups) = (sorted("ISA", 13), sorted("GS", 6));
    assert_eq!(interchanges, (1..=8).collect::<Vec<u64>>());
    assert_eq!(groups, (1..=6).collect::<Vec<u64>>());
    // Of the six files one has the bytes of another: five interchanges, five acknowledgements, two of them a TA1.
    let (orders, acknowledged) = (elements(&taken, "BAK", 3), elements(&taken, "AK1", 2));
    assert_eq!(orders, ["PO1", "PO2", "PO3", "PO6"]);
    assert_eq!((acknowledged, elements(&taken, "TA1", 1).len()), (["1", "2", "4"].map(str::to_owned).to_vec(), 2));
    assert_eq!(sorted("UNB", 5), [1, 2, 3]);
    assert_eq!(
        (elements(&taken, "BGM", 2), elements(&taken, "UCI", 4)),
        (vec!["PO1".to_owned()], vec!["7".to_owned(), "4".to_owned()])
    );
    timeless(taken)
}

#[test]
fn stopped_at_every_step_no_control_number_is_left_out_or_used_twice() {
    assert_eq!(numbered(live(&EXCHANGE, u64::MAX, u64::MAX).0).len(), 15);
    sweep(&EXCHANGE, numbered, 40);
}

/// Two files of stock that are filled into one export.
fn drop_stock(space: &Space) {
    space.write("exports/inventory.csv", write_back::export().as_bytes());
    space.write("in/stock/a.csv", &write_back::stock(&[("MUG-BLUE", "98"), ("MUG-RED", "7"), ("NEW", "1")]));
    space.write("in/stock/b.csv", &write_back::stock(&[("MUG-RED", "7"), ("TEA", "2")]));
}

const FILL: Scene = Scene { space: write_back::space, drop_all: drop_stock, files: 2 };

#[test]
fn stopped_at_every_step_an_export_is_filled_in_once() {
    let taken = live(&FILL, u64::MAX, u64::MAX).0;
    let rows: Vec<usize> = taken.values().map(|bytes| bytes.iter().filter(|byte| **byte == b'\n').count()).collect();
    assert_eq!(rows, [2, 3], "one change, and two that are written because the first may not be in the shop yet");
    sweep(&FILL, |taken| taken, 30);
}

const SNAPSHOTS: Scene = Scene { space: snapshots::space, drop_all: snapshots::drop_all, files: 4 };

#[test]
fn stopped_at_every_step_what_has_become_of_orders_goes_out_once() {
    assert_eq!(live(&SNAPSHOTS, u64::MAX, u64::MAX).0.len(), 5);
    sweep(&SNAPSHOTS, |taken| taken, 30);
}
