//! Bad file names, configurations, crosswalks and values: each case by its id, with the end it must come to.
//!
//! `N…` are names and kinds of files in a drop folder, `G…` configurations, `T…` tables and values.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::support::{Ran, Space, consign, demo, files, finish};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The outcome of every file, oldest first, and the codes noticed outside files.
fn status(space: &Space) -> (Vec<String>, Vec<String>) {
    let rows = lines(&space.run(&["status", "--json", "--last", "10000"]).out);
    let texts = |key: &str| rows.iter().rev().filter_map(|row| row[key].as_str().map(str::to_owned)).collect();
    let outcomes = rows.iter().rev().filter(|row| row.get("notice").is_none());
    let outcomes = outcomes.map(|row| row["outcome"].as_str().or(row["state"].as_str()).unwrap().to_owned());
    (outcomes.collect(), texts("notice"))
}

/// The codes found in a file of a workspace.
fn codes(space: &Space, id: u32) -> Vec<String> {
    let shown: Value = serde_json::from_str(&space.run(&["show", &id.to_string(), "--json"]).out).unwrap();
    let findings = shown["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

fn stock(space: &Space, name: &[u8]) -> std::path::PathBuf {
    let folder = space.path("in/stock");
    fs::create_dir_all(&folder).unwrap();
    folder.join(OsStr::from_bytes(name))
}

/// A stock file that differs from every other one.
fn snapshot(number: usize) -> Vec<u8> {
    format!("as_of,location,sku,on_hand\n2026-03-05T06:00:00Z,MAIN,MUG-BLUE,{number}\n").into_bytes()
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

const LEFT: [Left; 16] = [
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
    ("N18", |space| fs::File::create(stock(space, b"s.csv")).unwrap().set_len(1 << 40).unwrap(), "FILE_TOO_LARGE", 1),
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
fn n18_two_files_that_are_too_large_are_both_left() {
    let space = Space::new();
    for name in ["a.csv", "b.csv"] {
        fs::File::create(stock(&space, name.as_bytes())).unwrap().set_len(1 << 40).unwrap();
    }
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert_eq!(status(&space), (vec![], vec!["FILE_TOO_LARGE".to_owned(); 2]));
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
fn n15_many_files_at_once_are_all_taken() {
    let space = Space::new();
    for number in 0..600 {
        fs::write(stock(&space, format!("{number}.csv").as_bytes()), snapshot(number)).unwrap();
    }
    assert_eq!(space.run(&["run"]).code, Some(0), "N15");
    assert_eq!(status(&space).0, vec!["accepted"; 600], "N15");
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

/// Runs as a user without rights, since root may read everything.
fn run_as_nobody(space: &Space) -> Ran {
    const NOBODY: u32 = 65_534;
    let arguments = ["run", "--workspace", space.text()];
    let mut command = consign(&arguments);
    if rustix::process::geteuid().is_root() {
        // The build folder may be one that only root can look into.
        let program = space.path("program");
        fs::copy(command.get_program(), &program).unwrap();
        command = Command::new(program);
        command.args(arguments);
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

/// A configuration that is refused: the case, what is changed in the demo's, what it becomes, the code.
const REFUSED: [(&str, &str, &str, &str); 19] = [
    ("G01", "include = ", "includ = ", "CONFIG_UNKNOWN_KEY"),
    ("G01", "[flows.shopify.policy]", "[flows.shopify.polcy]", "CONFIG_UNKNOWN_KEY"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"in/shopify\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"in/x/../shopify\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"link\"", "CONFIG_OVERLAP"),
    ("G02", "folder = \"out/erp\"", "folder = \"in/shopify/out\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"archive\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \".consign/blob\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"layouts\"", "CONFIG_OVERLAP"),
    ("G03", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"/dev/shm\"", "CONFIG_PATH"),
    ("G04", "quiet_secs = 0", "quiet_secs = 0\npassword = \"hunter2\"", "CONFIG_PLAIN_SECRET"),
    ("G06", "include = [\"*.csv\"]", "include = [\"LARGE\"]", "CONFIG_VALUE"),
    ("G06", "include = [\"*.csv\"]", "include = [\"a{b\"]", "CONFIG_VALUE"),
    ("G08", "[flows.bigstore]", "[flows.shopify]", "CONFIG_SYNTAX"),
    (
        "G08",
        "[[flows.bigstore.outputs]]",
        "[[flows.bigstore.outputs]]\ntarget = \"erp\"\nlayout = \"sap/orders05-xml\"\n[[flows.bigstore.outputs]]",
        "CONFIG_DUPLICATE",
    ),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \".\"", "CONFIG_OVERLAP"),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"..\"", "CONFIG_OVERLAP"),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"crosswalk\"", "CONFIG_OVERLAP"),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"layouts/../crosswalk\"", "CONFIG_OVERLAP"),
];

#[test]
fn g_configurations_that_are_refused() {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    for (id, from, to, code) in REFUSED {
        assert!(config.contains(from), "{id}");
        let large = "[a-z0-9]*".repeat(110_000);
        let space = Space::with(&config.replacen(from, &to.replace("LARGE", &large), 1));
        fs::create_dir_all(space.path("in/shopify")).unwrap();
        fs::create_dir_all(space.path("layouts")).unwrap();
        symlink(space.path("in/shopify"), space.path("link")).unwrap();
        space.write("in/shopify/x.csv", &demo("shopify-orders.csv"));
        for command in ["check", "run"] {
            let ran = space.run(&[command]);
            let said = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, Some(2), "{id} {command}: {said}");
            assert!(said.contains(code) && !said.contains("hunter2"), "{id} {command}: {code} in\n{:.2000}", said);
        }
        assert!(space.path("in/shopify/x.csv").exists(), "{id}: nothing is taken");
    }
}

#[test]
fn g05_g10_a_configuration_that_others_can_change_is_refused() {
    for (id, name, mode, code) in [
        ("G05", "consign.toml", 0o666, Some(2)),
        ("G05", "consign.toml", 0o620, Some(2)),
        ("G05", "consign.toml", 0o644, Some(0)),
        ("G10", "", 0o777, Some(2)),
        ("G10", "", 0o1777, Some(0)),
    ] {
        let space = Space::new();
        fs::set_permissions(space.path(name), fs::Permissions::from_mode(mode)).unwrap();
        let ran = space.run(&["check"]);
        assert_eq!((ran.code, ran.out.contains("CONFIG_MODE")), (code, code == Some(2)), "{id} {mode:o}: {}", ran.out);
    }
}

#[test]
fn g03_a_workspace_behind_a_link_is_the_same_workspace() {
    let space = Space::new();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink(space.folder.path(), &link).unwrap();
    space.write("in/stock/x.csv", &snapshot(1));
    let ran = super::support::run(&["run", "--workspace", link.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "G03: {}{}", ran.out, ran.err);
    assert!(space.run(&["run"]).out.contains("No files waited"), "G03");
}

#[test]
fn g06_a_pattern_that_would_take_for_ever_elsewhere_does_not_here() {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let space = Space::with(&config.replacen("[\"*.csv\"]", &format!("[\"{}b.csv\"]", "*a".repeat(40)), 1));
    space.write(&format!("in/shopify/{}.csv", "a".repeat(240)), b"x");
    let start = std::time::Instant::now();
    assert_eq!(space.run(&["run"]).code, Some(0), "G06");
    assert!(start.elapsed().as_secs() < 10, "G06");
}

/// A crosswalk that is refused: the case, the table, its text, the code, what the message names.
const TABLES: [(&str, &str, &str, &str, &str); 27] = [
    ("T01", "sku", "sku,item\nA,1\nA,2\n", "TABLE_KEY_DUPLICATE", "lines 2 and 3"),
    ("T01", "customer", "code,erp_code\nA,1\nA,2\n", "TABLE_KEY_DUPLICATE", "lines 2 and 3"),
    ("T01", "sku", "sku,item,item\nA,1,2\n", "TABLE_COLUMNS", "item"),
    ("T03", "sku", "sku,item,factor\nA,1,0\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factor\nA,1,-1\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factor\nA,1,NaN\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factor\nA,1,1e400\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factor\nA,1,inf\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factor\nA,1,1/0\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factor\nA,1,\"1,5\"\n", "TABLE_VALUE", "line 2"),
    ("T03", "unit", "code,erp_unit,factor\nCS,EA,99999999999999999999\n", "TABLE_VALUE", "line 2"),
    ("T03", "sku", "sku,item,factr\nA,1,12\n", "TABLE_COLUMNS", "factor"),
    ("T05", "unit", "code,erp_unit,factor\nCS,EA,12\nCS,EA,6\n", "TABLE_CONTRADICTION", "lines 2 and 3"),
    ("T05", "sku", "sku,gtin,item\nA,614141000012,1\nB,614141000012,2\n", "TABLE_CONTRADICTION", "lines 2 and 3"),
    ("T05", "unit", "code,erp_unit,factor\nCS,EA,12\nEA,CS,2\n", "TABLE_CONTRADICTION", "lines 2 and 3"),
    (
        "T11",
        "sku",
        "sku,item,valid_from,valid_to\nA,1,2026-01-01,2026-06-30\nA,2,2026-06-30,\n",
        "TABLE_KEY_DUPLICATE",
        "lines 2 and 3",
    ),
    (
        "T11",
        "sku",
        "sku,item,valid_from,valid_to\nA,1,,2026-10-1\nA,2,2026-9-1,\n",
        "TABLE_KEY_DUPLICATE",
        "lines 2 and 3",
    ),
    ("T05", "unit", "code,erp_unit,factor\nEA,EA,2\n", "TABLE_CONTRADICTION", "line 2"),
    ("T11", "sku", "sku,item,valid_from,valid_to\nA,1,2026-06-30,2026-01-01\n", "TABLE_VALUE", "valid_to"),
    ("T11", "sku", "sku,item,valid_from\nA,1,2026-02-30\n", "TABLE_VALUE", "valid_from"),
    ("T12", "sku", "sku,item\nA,1", "TABLE_INCOMPLETE", "line 2"),
    ("T12", "sku", "", "TABLE_", "sku"),
    ("T12", "sku", "sku,item\nA,\"1\nB,2\nC,3\n", "TABLE_VALUE", "line 2"),
    ("T12", "sku", "sku,item\nA\n", "TABLE_VALUE", ""),
    ("T12", "sku", "sku,item\nA,1,2\n", "TABLE_VALUE", ""),
    ("T12", "sku", "sk,item\nA,1\n", "TABLE_COLUMNS", "sku"),
    ("T12", "sku", "sku,item\nA,\n", "TABLE_VALUE", "line 2"),
];

/// One table for one flow, as text.
fn tabled(table: &str, text: &str) -> Space {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let space = Space::with(&config.replace("customer = \"crosswalk/customer.csv\"\n", ""));
    let config = fs::read_to_string(space.path("consign.toml")).unwrap();
    let row = format!("[flows.b2b.crosswalk]\n{table} = \"crosswalk/case.csv\"\n");
    let sku = if table == "sku" { "" } else { "sku = \"crosswalk/sku.csv\"\n" };
    let old = "[flows.b2b.crosswalk]\nsku = \"crosswalk/sku.csv\"\n";
    assert!(config.contains(old));
    space.write("consign.toml", config.replace(old, &format!("{row}{sku}")).as_bytes());
    space.write("crosswalk/case.csv", text.as_bytes());
    space
}

#[test]
fn t_tables_that_are_refused() {
    let mut wrong = Vec::new();
    for (id, table, text, code, named) in TABLES {
        let space = tabled(table, text);
        let ran = space.run(&["check"]);
        let said = ran.out + &ran.err;
        if ran.code != Some(2) || !said.contains(code) || !said.contains(named) {
            wrong.push(format!("{id} {text:?}: exit {:?}, expected {code} and {named} in\n{said}", ran.code));
        }
        let crosswalk = format!("{table}={}", space.path("crosswalk/case.csv").display());
        space.write("orders.xml", &demo("orders.xml"));
        let file = space.path("orders.xml");
        let ran = super::support::run(&["convert", file.to_str().unwrap(), "--to", "json", "--crosswalk", &crosswalk]);
        let said = ran.out + &ran.err;
        if ran.code != Some(2) || !said.contains(code) {
            wrong.push(format!("{id} {text:?}: convert: exit {:?}, expected {code} in\n{said}", ran.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An order in XML; every value but those of the case is sound.
fn order(change: (&str, &str)) -> Vec<u8> {
    let text = "<orders><order><number>PO-1</number><orderedAt>2026-03-05</orderedAt><currency>EUR</currency>\
        <requestedDelivery>2026-03-09</requestedDelivery>\
        <lines><line><sku>MUG-RED</sku><quantity unit=\"EA\">2</quantity><unitPrice>1.50</unitPrice></line></lines>\
        </order></orders>\n";
    assert!(text.contains(change.0), "{}", change.0);
    text.replacen(change.0, change.1, 1).into_bytes()
}

const SKUS: &str = "sku,item,unit,erp_unit,factor\nMUG-RED,10-0002,EA,EA,1\nCASED,30-0001,EA,CS,1/12\n\
    THIRDS,30-0002,EA,CS,1/7\nPACK,30-0003,EA,PCE,7\nA1E5,40-1,,,\n1E5,40-2,,,\n007,40-3,,,\n";

/// An order's end: the case, what is changed, the outcome, the code.
type Ordered = (&'static str, (&'static str, &'static str), &'static str, &'static str);

const ORDERS: [Ordered; 41] = [
    ("T02", ("MUG-RED", "MUG-REDD"), "held", "SKU_UNKNOWN"),
    ("T03", ("MUG-RED</sku><quantity unit=\"EA\"", "A1E5</sku><quantity unit=\"ZZZ\""), "held", "UNIT_UNKNOWN"),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "CASED</sku><quantity unit=\"EA\">7"), "held", "UNIT_"),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "THIRDS</sku><quantity unit=\"EA\">3"), "held", "UNIT_"),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "CASED</sku><quantity unit=\"EA\">24"), "accepted", ""),
    ("T06", (">2<", ">0<"), "rejected", "VALUE_RANGE"),
    ("T06", (">2<", ">-1<"), "rejected", "VALUE_RANGE"),
    ("T06", (">2<", ">1e20<"), "rejected", "VALUE_INVALID"),
    ("T06", (">2<", ">100000000000000000000<"), "rejected", "VALUE_RANGE"),
    ("T06", (">2<", ">1,234<"), "rejected", "VALUE_INVALID"),
    ("T06", (">2<", ">1.234,00<"), "rejected", "VALUE_INVALID"),
    ("T06", (">2<", ">\u{661}\u{662}<"), "rejected", "VALUE_INVALID"),
    ("T06", (">2<", ">NaN<"), "rejected", "VALUE_INVALID"),
    ("T06", (">2<", ">0x10<"), "rejected", "VALUE_INVALID"),
    ("T06", (">2<", "><"), "rejected", "FIELD_MISSING"),
    ("T06", (">2<", ">12 EA<"), "rejected", "VALUE_INVALID"),
    ("T07", (">1.50<", ">1.123456789012<"), "rejected", "VALUE_TOO_PRECISE"),
    ("T07", (">1.50<", ">1.500000000000<"), "accepted", ""),
    ("T07", ("EUR", "XXQ"), "accepted", "CODE_UNKNOWN"),
    ("T07", ("MUG-RED", "PACK"), "accepted", "PRICE_ROUNDED"),
    ("T08", ("2026-03-05", "2026-02-31"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "0000-00-00"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "9999-12-31"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "26-03-05"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "05.03.2026"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "2026-03-05T24:30:00Z"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "2026-03-05T09:00:00+99:00"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "2025-02-29"), "rejected", "DATE_INVALID"),
    ("T08", ("2026-03-05", "2024-02-29"), "accepted", ""),
    ("T08", ("2026-03-05", "2026-03-08T02:30:00-05:00"), "accepted", ""),
    ("T08", ("2026-03-05", ""), "rejected", "FIELD_MISSING"),
    ("T09", ("2026-03-09", "2026-03-01"), "accepted", "DATE_ORDER"),
    ("T10", ("MUG-RED", "007"), "accepted", ""),
    ("T10", ("MUG-RED", "7"), "held", "SKU_UNKNOWN"),
    ("T10", ("MUG-RED", "0007"), "held", "SKU_UNKNOWN"),
    ("T10", ("MUG-RED", "1E5"), "accepted", ""),
    ("T10", ("MUG-RED", "1e5"), "held", "SKU_UNKNOWN"),
    ("T10", ("MUG-RED", "100000"), "held", "SKU_UNKNOWN"),
    ("T10", ("MUG-RED", "1.23E+12"), "rejected", "EXCEL_NUMBER"),
    ("T10", ("MUG-RED", "MUG-RED "), "accepted", ""),
    ("T10", ("MUG-RED", "mug-red"), "held", "SKU_UNKNOWN"),
];

#[test]
fn t_orders_come_to_their_end() {
    let mut wrong = Vec::new();
    for (id, change, outcome, code) in ORDERS {
        let space = tabled("sku", SKUS);
        space.write("in/b2b/x.xml", &order(change));
        let ran = space.run(&["run"]);
        let exit = if outcome == "accepted" { 0 } else { 1 };
        let (outcomes, found) = (status(&space).0, codes(&space, 1).join(" "));
        let said = if code.is_empty() { found.is_empty() } else { found.contains(code) };
        if ran.code != Some(exit) || outcomes != [outcome] || !said {
            wrong.push(format!("{id} {change:?}: {:?} {outcomes:?} {found}, expected {outcome} {code}", ran.code));
        }
        assert_eq!(space.consume().len(), usize::from(outcome == "accepted"), "{id} {change:?}");
        assert_eq!(space.run(&["report", "balance"]).code, Some(0), "{id} {change:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn t13_what_a_crosswalk_says_is_escaped_in_every_format() {
    let items = ["a,b", "=HYPERLINK(1)", "../../x", "a*b~c:d>e", "a&b<c>", "a;b|c"];
    for (number, item) in items.iter().enumerate() {
        let space = tabled("sku", &format!("sku,item\nMUG-RED,\"{item}\"\n"));
        let config = fs::read_to_string(space.path("consign.toml")).unwrap();
        let b2b = config.find("[flows.b2b]").unwrap();
        let also = config[b2b..].replacen(
            "[[flows.b2b.outputs]]",
            "[[flows.b2b.outputs]]\ntarget = \"erp\"\nlayout = \"consign/orders-xml\"\n[[flows.b2b.outputs]]",
            1,
        );
        space.write("consign.toml", format!("{}{also}", &config[..b2b]).as_bytes());
        space.write("in/b2b/x.xml", &order((">2<", &format!(">{}<", number + 1))));
        let ran = space.run(&["run"]);
        assert_eq!(ran.code, Some(0), "T13 {item}: {}{}", ran.out, ran.err);
        let taken = space.consume();
        assert_eq!(taken.len(), 2, "T13 {item}: {:?}", taken.keys());
        for (name, bytes) in taken {
            let file = space.path(&name);
            fs::write(&file, bytes).unwrap();
            let ran = super::support::run(&["convert", file.to_str().unwrap(), "--to", "json"]);
            assert_eq!(ran.code, Some(0), "T13 {item} {name}: {}", ran.err);
            assert_eq!(lines(&ran.out)[0]["lines"][0]["item"], *item, "T13 {name}");
        }
    }
}

#[test]
fn t14_a_table_that_is_changed_counts_from_the_next_run_on() {
    let space = tabled("sku", "sku,item\nMUG-RED,OLD\n");
    let mut items = Vec::new();
    for (number, item) in ["OLD", "NEW"].into_iter().enumerate() {
        space.write("crosswalk/case.csv", format!("sku,item\nMUG-RED,{item}\n").as_bytes());
        space.write("in/b2b/x.xml", &order(("PO-1", &format!("PO-{number}"))));
        assert_eq!(space.run(&["run"]).code, Some(0), "T14");
        items.extend(space.consume().into_values().map(|bytes| String::from_utf8(bytes).unwrap()));
    }
    assert!(items[0].contains("OLD") && items[1].contains("NEW") && !items[1].contains("OLD"), "T14");
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
