//! Stops the program before every durable step, and its recovery too, over a mixed drop, with an ERP that takes the
//! outputs away in between: nothing lost, nothing twice, nothing torn, the ledger sound.

use std::collections::BTreeMap;

use super::support::{Space, VOLUSION, consign, demo, files, volusion_file};

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

const FILES: usize = 9;

/// The demo's flows and one that takes pairs of files.
fn space() -> Space {
    Space::with(&format!("{}\n{VOLUSION}", String::from_utf8(demo("consign.toml")).unwrap()))
}

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
fn live(first: u64, second: u64) -> (BTreeMap<String, Vec<u8>>, bool) {
    let space = space();
    drop_all(&space);
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
    check(&space, first, second);
    (taken, stopped)
}

fn check(space: &Space, first: u64, second: u64) {
    let at = format!("stops at {first} and {second}");
    assert_eq!(files(&space.path("in")).len(), 0, "{at}: everything was taken");
    assert_eq!(files(&space.path("archive")).len(), FILES, "{at}: every original is archived");
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

#[test]
fn stopped_at_every_step_and_again_in_recovery() {
    let (expected, _) = live(u64::MAX, u64::MAX);
    assert_eq!(expected.len(), 5, "{:?}", expected.keys());
    let mut step = 1;
    loop {
        // Eight lives at a time; the second stop wanders over the recovery's steps.
        let lives: Vec<_> = std::thread::scope(|scope| {
            let one = |offset: u64| move || live(step + offset, 1 + (step + offset) * 7 % 23);
            let handles: Vec<_> = (0..8).map(|offset| scope.spawn(one(offset))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        for (offset, (taken, _)) in lives.iter().enumerate() {
            assert_eq!(*taken, expected, "stopped at step {}", step + offset as u64);
        }
        if lives.iter().any(|(_, stopped)| !stopped) {
            break;
        }
        step += 8;
    }
    assert!(step > 60, "the sweep saw only {step} steps: are they still counted?");
}
