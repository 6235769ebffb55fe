//! Bad file names and odd kinds of files in a drop folder (`N…`): each case by its id, with the end it must come to.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::support::{Ran, Space, codes, consign, demo, files, finish, lines, snapshot, status};

fn stock(space: &Space, name: &[u8]) -> std::path::PathBuf {
    let folder = space.path("in/stock");
    fs::create_dir_all(&folder).unwrap();
    folder.join(OsStr::from_bytes(name))
}

#[test]
fn n_names_that_are_taken() {
    let long = [b"n".repeat(251), b".csv".to_vec()].concat();
    let cases: [(&str, &[u8], &str); 14] = [
        ("N07", &long, ""),
        ("N08", b"a\nb\tc\x7f.csv", ""),
        ("N09", b"a\x1b[31mred\x1b]0;x\x07.csv", ""),
        ("N10", "a\u{202e}vsc.csv".as_bytes(), "NAME_CONFUSABLE"),
        ("N10", "a\u{200b}.csv".as_bytes(), "NAME_CONFUSABLE"),
        ("N10", "\u{43e}rders.csv".as_bytes(), "NAME_CONFUSABLE"),
        ("N11", b"M\xfcller.csv", ""),
        ("N13", b"Case.csv", ""),
        ("N13", b"case.csv", ""),
        ("N13", "\u{fc}.csv".as_bytes(), ""),
        ("N13", "u\u{308}.csv".as_bytes(), ""),
        ("N14", b"CON.csv", ""),
        ("N14", b"x.csv:stream. ", ""),
        ("N14", b"aux", ""),
    ];
    let space = Space::new();
    for (number, (id, name, _)) in cases.iter().enumerate() {
        fs::write(stock(&space, name), snapshot(number)).unwrap_or_else(|error| panic!("{id}: {error}"));
    }
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(status(&space).0, vec!["accepted"; cases.len()]);
    let rows = lines(&space.run(&["status", "--json"]).out);
    for (id, name, expected) in cases {
        let number = cases.iter().position(|case| case.1 == name).unwrap();
        // The quantity tells which file a row is of.
        let blob =
            files(&space.path(".consign/blob")).into_iter().find(|path| fs::read(path).unwrap() == snapshot(number));
        let sha256 = blob.unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let row = rows.iter().find(|row| row["sha256"] == sha256.as_str()).unwrap();
        let found = codes(&space, row["id"].as_u64().unwrap() as u32).join(" ");
        assert_eq!(found, expected, "{id}");
        assert!(!row["name"].as_str().unwrap().chars().any(char::is_control), "{id}");
    }
    let printed = space.run(&["status"]).out;
    assert!(!printed.contains(['\u{1b}', '\u{7f}', '\t', '\u{202e}']), "N08, N09: {printed:?}");
    assert_eq!(files(&space.path("archive")).len(), cases.len(), "no byte is lost");
    assert_eq!(space.consume().len(), cases.len());
}

/// What must not be taken: how it is made, the code, the exit code of the first run.
type Left = (&'static str, fn(&Space), &'static str, i32);

const LEFT: [Left; 15] = [
    ("N01", |space| fs::write(stock(space, b"..\\..\\x.csv"), b"x").unwrap(), "NAME_UNSAFE", 0),
    ("N01", |space| fs::write(stock(space, b"C:\\x.csv"), b"x").unwrap(), "NAME_UNSAFE", 0),
    ("N01", |space| fs::write(stock(space, b"\\\\host\\share.csv"), b"x").unwrap(), "NAME_UNSAFE", 0),
    ("N02", |space| fs::write(stock(space, b" "), b"x").unwrap(), "NAME_UNSAFE", 0),
    ("N02", |space| fs::write(stock(space, b". .."), b"x").unwrap(), "NAME_UNSAFE", 0),
    ("N03", |space| symlink(space.path("consign.toml"), stock(space, b"in.csv")).unwrap(), "NOT_A_REGULAR_FILE", 0),
    ("N03", |space| symlink("/etc/hostname", stock(space, b"out.csv")).unwrap(), "NOT_A_REGULAR_FILE", 0),
    ("N03", |space| symlink("nowhere", stock(space, b"dangling.csv")).unwrap(), "NOT_A_REGULAR_FILE", 0),
    ("N03", |space| symlink("loop.csv", stock(space, b"loop.csv")).unwrap(), "NOT_A_REGULAR_FILE", 0),
    ("N03", |space| symlink("..", stock(space, b"folder-link.csv")).unwrap(), "NOT_A_REGULAR_FILE", 0),
    (
        "N05",
        |space| {
            space.write("elsewhere", &snapshot(1));
            fs::hard_link(space.path("elsewhere"), stock(space, b"hard.csv")).unwrap();
        },
        "HARD_LINKED",
        1,
    ),
    (
        "N06",
        |space| {
            let made = Command::new("mkfifo").arg(stock(space, b"pipe.csv")).status().unwrap();
            assert!(made.success());
        },
        "NOT_A_REGULAR_FILE",
        0,
    ),
    (
        "N06",
        |space| drop(std::os::unix::net::UnixListener::bind(stock(space, b"s.csv")).unwrap()),
        "NOT_A_REGULAR_FILE",
        0,
    ),
    ("N06", |space| fs::create_dir(stock(space, b"x.csv")).unwrap(), "NOT_A_REGULAR_FILE", 0),
    (
        "N21",
        |space| {
            let file = fs::File::create(stock(space, b"x.csv.filepart")).unwrap();
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(7_200)).unwrap();
        },
        "STALE_PARTIAL",
        0,
    ),
];

#[test]
fn n_entries_that_are_left_where_they_are_and_told_once() {
    for (id, make, code, exit) in LEFT {
        let space = Space::new();
        make(&space);
        space.write("in/stock/good.csv", &snapshot(2));
        let before = fs::read_dir(space.path("in/stock")).unwrap().count();
        let ran = space.run(&["run"]);
        assert_eq!(ran.code, Some(exit), "{id}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("passed over"), "{id}: {}", ran.out);
        let again = space.run(&["run"]);
        assert!(!again.out.contains("passed over"), "{id}: told twice");
        assert_eq!(again.code, Some(exit), "{id}: what waits for a person is said at every run");
        let (outcomes, notices) = status(&space);
        assert_eq!(
            (outcomes.as_slice(), notices.as_slice()),
            (&["accepted".to_owned()][..], &[code.to_owned()][..]),
            "{id}"
        );
        assert!(space.run(&["status"]).out.contains(code), "{id}");
        assert_eq!(fs::read_dir(space.path("in/stock")).unwrap().count(), before - 1, "{id}: the other file was taken");
    }
}

#[test]
fn n18_files_that_are_too_large_go_to_quarantine_unread() {
    let space = Space::new();
    for name in ["a.csv", "b.csv"] {
        fs::File::create(stock(&space, name.as_bytes())).unwrap().set_len(1 << 40).unwrap();
    }
    space.write("in/stock/good.csv", &snapshot(2));
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!(status(&space), (vec!["accepted".to_owned()], vec!["FILE_TOO_LARGE".to_owned(); 2]));
    assert!(files(&space.path("in")).is_empty());
    let kept = files(&space.path(".consign/quarantine/too-large"));
    assert_eq!(kept.iter().filter(|path| path.metadata().unwrap().len() == 1 << 40).count(), 2, "{kept:?}");
    let reasons = kept.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let reasons: String = reasons.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(reasons.contains("FILE_TOO_LARGE") && reasons.contains("a.csv") && reasons.contains("b.csv"), "{reasons}");
    assert_eq!(space.run(&["run"]).code, Some(0), "nothing waits any more");
}

#[test]
fn n04_n16_n17_files_that_are_swapped_while_it_runs() {
    let space = Space::new();
    space.write("secret", b"secret");
    let name = stock(&space, b"x.csv");
    let (secret, other) = (space.path("secret"), space.path("in/x"));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let told = std::sync::Arc::clone(&stop);
    let swapping = std::thread::spawn(move || {
        let mut number = 0;
        while !told.load(std::sync::atomic::Ordering::SeqCst) {
            // Every step may find that the file was taken: that is what is tried.
            let _ = fs::write(&other, snapshot(number));
            let _ = fs::rename(&other, &name);
            let _ = fs::remove_file(&name);
            let _ = symlink(&secret, &name);
            let _ = fs::remove_file(&name);
            number += 1;
        }
        fs::write(&name, snapshot(999_999_999)).unwrap();
    });
    for _ in 0..8 {
        let ran = space.run(&["run"]);
        assert!(matches!(ran.code, Some(0 | 1)), "N04, N16: {}{}", ran.out, ran.err);
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    swapping.join().unwrap();
    assert_eq!(space.run(&["run"]).code, Some(0), "N17");
    let (outcomes, notices) = status(&space);
    assert!(outcomes.iter().all(|o| o == "accepted" || o == "vanished"), "{outcomes:?}");
    assert!(notices.iter().all(|code| code == "NOT_A_REGULAR_FILE" || code == "VANISHED"), "{notices:?}");
    assert_eq!(outcomes.last().map(String::as_str), Some("accepted"));
    for path in files(&space.path("archive")) {
        assert!(fs::read(path).unwrap().starts_with(b"as_of"), "N04: a link was followed");
    }
}

#[test]
fn n15_many_files_at_once_are_taken_oldest_first_and_keep_no_other_flow_waiting() {
    let space = Space::new();
    let start = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    for number in 0..600 {
        let name = stock(&space, format!("{number}.csv").as_bytes());
        fs::write(&name, snapshot(number)).unwrap();
        // The largest number is the oldest.
        let age = std::time::Duration::from_secs(600 - number as u64);
        fs::File::options().write(true).open(name).unwrap().set_modified(start + age).unwrap();
    }
    // A flow that is looked at later.
    let config = fs::read_to_string(space.path("consign.toml")).unwrap();
    let other = "[flows.zz]\nlayout = \"consign/inventory-csv\"\nquiet_secs = 0\n[[flows.zz.outputs]]\ntarget = \"erp\"\n\
        layout = \"erp/inventory-csv\"\n";
    space.write("consign.toml", format!("{config}\n{other}").as_bytes());
    space.write("in/zz/one.csv", &snapshot(1_000));
    assert_eq!(space.run(&["run"]).code, Some(0), "N15");
    let mut rows = lines(&space.run(&["status", "--json", "--last", "10000"]).out);
    rows.sort_by_key(|row| row["id"].as_u64());
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    let other = names.iter().position(|name| *name == "one.csv").unwrap();
    assert!(other < 300, "N15: fair, not {other}");
    let mut expected: Vec<String> = (0..600).rev().map(|number| format!("{number}.csv")).collect();
    expected.insert(other, "one.csv".to_owned());
    assert_eq!(names, expected, "N15: oldest first");
    assert!(rows.iter().all(|row| row["outcome"] == "accepted"), "N15");
}

#[test]
fn n17_the_same_name_again_is_another_file() {
    let space = Space::new();
    for number in 0..2 {
        fs::write(stock(&space, b"x.csv"), snapshot(number)).unwrap();
        assert_eq!(space.run(&["run"]).code, Some(0), "N17");
    }
    assert_eq!(status(&space).0, ["accepted"; 2], "N17");
    assert_eq!(files(&space.path("archive")).len(), 2, "N17");
}

#[test]
fn n19_n22_programs_and_configurations_are_only_data() {
    const EICAR: &[u8] = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*\n";
    let space = Space::new();
    let cases: [(&str, &str, &[u8]); 5] = [
        ("N19", "run.sh", b"#!/bin/sh\ntouch ran\n"),
        ("N19", "consign.toml", b"[flows.evil]\n"),
        ("N19", "autorun.inf", b"[autorun]\nopen=x\n"),
        ("N19", "sku.csv", b"partner,sku,item\n,MUG-BLUE,EVIL\n"),
        ("N22", "eicar.com", EICAR),
    ];
    for (_, name, bytes) in cases {
        fs::write(stock(&space, name.as_bytes()), bytes).unwrap();
        fs::set_permissions(stock(&space, name.as_bytes()), fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!(status(&space).0, vec!["rejected"; cases.len()]);
    for number in 1..=cases.len() as u32 {
        assert!(!codes(&space, number).is_empty(), "file {number}");
    }
    assert_eq!(files(&space.path("archive")).len(), cases.len(), "kept");
    assert!(space.consume().is_empty() && !space.path("in/stock/ran").exists());
    assert_eq!(space.run(&["check"]).code, Some(0));
}

fn run_as_nobody(space: &Space) -> Ran {
    as_nobody(space, &["run"])
}

/// Runs as a user without rights, since root may read everything.
fn as_nobody(space: &Space, arguments: &[&str]) -> Ran {
    const NOBODY: u32 = 65_534;
    let arguments = [arguments, &["--workspace", space.text()]].concat();
    let mut command = consign(&arguments);
    if rustix::process::geteuid().is_root() {
        // The build folder may be one that only root can look into.
        let program = space.path("program");
        fs::copy(command.get_program(), &program).unwrap();
        command = Command::new(program);
        command.args(&arguments);
        let chowned = Command::new("chown").args(["-R", "65534", space.text()]).status().unwrap();
        assert!(chowned.success());
        command.uid(NOBODY);
    }
    finish(command.output().unwrap())
}

#[test]
fn n20_what_may_not_be_read_or_moved_waits_and_the_rest_goes_on() {
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for (folder, file, left, taken) in [(0o755, 0o000, 2, 2), (0o555, 0o644, 3, 1), (0o000, 0o644, 3, 1)] {
        let space = Space::new();
        let name = stock(&space, b"x.csv");
        fs::write(&name, snapshot(1)).unwrap();
        fs::write(stock(&space, b"y.csv"), snapshot(2)).unwrap();
        space.write("in/b2b/orders.xml", &demo("orders.xml"));
        mode(&name, file);
        mode(&space.path("in/stock"), folder);
        let ran = run_as_nobody(&space);
        assert_eq!(ran.code, Some(1), "N20 {folder:o} {file:o}: {}{}", ran.out, ran.err);
        mode(&space.path("in/stock"), 0o755);
        let (outcomes, notices) = status(&space);
        assert!(notices.contains(&"NO_PERMISSION".to_owned()), "N20: {notices:?}");
        assert_eq!((outcomes.len(), files(&space.path("in")).len()), (taken, left - 1), "N20 {folder:o} {file:o}");
    }
}

/// A workspace with one file, of which the first run ended before this step.
fn claimed_until(step: u64) -> Space {
    let space = Space::new();
    fs::write(stock(&space, b"x.csv"), snapshot(1)).unwrap();
    let mut command = consign(&["run", "--workspace", space.text()]);
    let status = command.env("CONSIGN_CRASH_AT", step.to_string()).output().unwrap().status;
    assert_eq!(status.code(), None, "the run ended before step {step}");
    space
}

#[test]
fn n20_a_claimed_file_that_may_not_be_read_is_told_at_every_run() {
    let space = (1..).map(claimed_until).find(|space| space.path(".consign/claim/1").exists()).unwrap();
    let claimed = space.path(".consign/claim/1");
    assert_eq!(fs::read_dir(space.path(".consign/blob")).unwrap().count(), 0, "nothing of it is owned yet");
    fs::set_permissions(&claimed, fs::Permissions::from_mode(0o000)).unwrap();
    for time in 0..3 {
        let ran = run_as_nobody(&space);
        assert_eq!(ran.code, Some(1), "run {time}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("Something needs you"), "run {time}: {}", ran.out);
    }
    assert_eq!(status(&space).1, ["NO_PERMISSION"]);
    fs::set_permissions(&claimed, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(run_as_nobody(&space).code, Some(0));
    assert_eq!(status(&space).0, ["accepted"], "no byte is lost");
}

#[test]
fn n20_a_dry_run_tells_what_may_not_be_read_and_goes_on() {
    let space = Space::new();
    for (name, mode) in [(&b"x.csv"[..], 0o000), (b"y.csv", 0o644)] {
        fs::write(stock(&space, name), snapshot(1)).unwrap();
        fs::set_permissions(stock(&space, name), fs::Permissions::from_mode(mode)).unwrap();
    }
    space.write("in/b2b/orders.xml", &demo("orders.xml"));
    let ran = as_nobody(&space, &["run", "--dry-run"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    for expected in ["x.csv would be held", "y.csv would be accepted", "orders.xml would be accepted"] {
        assert!(ran.out.contains(expected), "{expected}: {}{}", ran.out, ran.err);
    }
    assert!(ran.err.contains("NO_PERMISSION"), "{}", ran.err);
    fs::set_permissions(space.path("in/stock"), fs::Permissions::from_mode(0o000)).unwrap();
    let ran = as_nobody(&space, &["run", "--dry-run"]);
    fs::set_permissions(space.path("in/stock"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(ran.code == Some(1) && ran.out.contains("orders.xml would be accepted"), "{}{}", ran.out, ran.err);
}

#[test]
fn n21_an_upload_is_taken_when_it_has_its_name() {
    for ending in [".part", ".tmp", ".filepart", ".crdownload"] {
        let space = Space::new();
        let name = stock(&space, format!("x.csv{ending}").as_bytes());
        fs::write(&name, snapshot(1)).unwrap();
        assert!(space.run(&["run"]).out.contains("No files waited"), "N21 {ending}");
        assert_eq!(status(&space).1, Vec::<String>::new(), "N21: too young to be told");
        fs::rename(&name, stock(&space, b"x.csv")).unwrap();
        assert_eq!(space.run(&["run"]).code, Some(0), "N21 {ending}");
        assert_eq!(status(&space).0, ["accepted"], "N21 {ending}");
    }
}

#[test]
fn n16_a_file_whose_writer_never_ends_does_not_keep_a_run_from_ending() {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let space = Space::with(&config.replace("quiet_secs = 0", "quiet_secs = 1"));
    space.write("in/b2b/orders.xml", &demo("orders.xml"));
    let mut file = fs::File::create(stock(&space, b"endless.csv")).unwrap();
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let told = std::sync::Arc::clone(&stop);
    let writing = std::thread::spawn(move || {
        while !told.load(Ordering::SeqCst) {
            file.write_all(b"x\n").unwrap();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    });
    let ran = space.run(&["run"]);
    stop.store(true, Ordering::SeqCst);
    writing.join().unwrap();
    assert!(ran.out.contains("1 files are still being written"), "N16: {}{}", ran.out, ran.err);
    assert!(space.path("in/stock/endless.csv").exists() && status(&space).0.len() == 1, "N16: the other was taken");
}
