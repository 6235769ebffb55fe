//! Files that their writers still hold, and files on which the program goes down: told, kept, and in nobody's way.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::support::{Space, codes, consign, demo, files, snapshot, status};

#[test]
fn a_file_that_its_writer_still_changes_is_held_and_kept() {
    let space = Space::new();
    space.write("in/b2b/x.xml", &demo("orders.xml"));
    // Large enough that the writer, who comes as soon as it is taken, comes while it is copied.
    let mut bytes = snapshot(1);
    bytes.resize(16 << 20, b'\n');
    space.write("in/stock/x.csv", &bytes);
    let file = fs::OpenOptions::new().write(true).open(space.path("in/stock/x.csv")).unwrap();
    let (done, source, start) = (AtomicBool::new(false), space.path("in/stock/x.csv"), SystemTime::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut changes = 0_u64;
            while !done.load(Ordering::SeqCst) {
                if !source.exists() {
                    changes += 1;
                    file.set_modified(start + Duration::from_micros(changes)).unwrap();
                }
            }
        });
        let ran = space.run(&["run"]);
        done.store(true, Ordering::SeqCst);
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    });
    let (mut outcomes, _) = status(&space);
    outcomes.sort();
    assert_eq!(outcomes, ["accepted", "held"], "the other file went on");
    let found = [codes(&space, 1), codes(&space, 2)].concat();
    assert_eq!(found, ["STILL_WRITING"]);
    let archived = files(&space.path("archive")).into_iter().map(|path| fs::read(path).unwrap());
    assert!(archived.into_iter().any(|kept| kept == bytes), "no byte is lost");
}

/// Runs until the given durable step.
fn stopped_at(space: &Space, step: u64) -> bool {
    let mut command = consign(&["run", "--workspace", space.text()]);
    command.env("CONSIGN_CRASH_AT", step.to_string()).stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::null()).status().unwrap().code().is_none()
}

fn attempts(space: &Space) -> Option<u32> {
    let ledger = consign::ledger::Ledger::open(&space.path(".consign/ledger.db")).ok()?;
    Some(ledger.open_intakes().unwrap().first().filter(|intake| intake.state == "received")?.attempts)
}

#[test]
fn a_file_on_which_every_attempt_breaks_off_is_set_aside_as_poison() {
    let space = Space::new();
    space.write("in/stock/x.csv", &snapshot(1));
    // The step at which the file is being worked on moves from the first run to the later ones.
    for wanted in 1..=3 {
        let mut step = 1;
        while attempts(&space) != Some(wanted) {
            assert!(stopped_at(&space, step), "the run ended before attempt {wanted} broke off");
            step += 1;
        }
    }
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!((status(&space).0, codes(&space, 1)), (vec!["rejected".to_owned()], vec!["POISON".to_owned()]));
    assert!(fs::read_to_string(space.path(".consign/quarantine/1/reason.json")).unwrap().contains("POISON"));
    assert_eq!(fs::read(&files(&space.path("archive"))[0]).unwrap(), snapshot(1), "no byte is lost");
    assert!(space.consume().is_empty());
    space.write("in/stock/y.csv", &snapshot(2));
    assert_eq!(space.run(&["run"]).code, Some(0), "the next file goes on");
}
