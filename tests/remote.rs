//! Flows that fetch from a real OpenSSH server, and targets that are delivered to one.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime};

use super::sftp::{Server, server};
use super::support::{Space, files, snapshot, status};

/// A flow of stock whose source is `source`, and its target.
pub fn config(server: &Server, endpoint: &str, source: &str, target: &str) -> String {
    let pinned = format!("host_keys = [\"{}\"]\n{endpoint}", server.fingerprint);
    format!(
        "[workspace]\n{}[targets.erp]\n{target}\n[flows.stock]\npartner = \"warehouse\"\n\
         layout = \"consign/inventory-csv\"\nquiet_secs = 0\n{source}\n[flows.stock.crosswalk]\n\
         sku = \"crosswalk/sku.csv\"\n[[flows.stock.outputs]]\ntarget = \"erp\"\nlayout = \"erp/inventory-csv\"\n",
        server.table(&pinned)
    )
}

/// The source of files that the server has in `out`.
pub fn source(server: &Server, after: &str) -> String {
    format!("source = {{ endpoint = \"partner\", folder = \"{}\", after = \"{after}\" }}", server.remote("out"))
}

/// The target of files that the server gets in `in`.
pub fn target(server: &Server) -> String {
    format!("endpoint = \"partner\"\nfolder = \"{}\"", server.remote("in"))
}

fn fetching(server: &Server, source: &str) -> Space {
    Space::with(&config(server, "", source, "folder = \"out/erp\""))
}

/// The files of one folder of the server.
pub fn listed(server: &Server, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(server.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect()
}

fn put(server: &Server, name: &str, bytes: &[u8]) {
    fs::write(server.path("out").join(name), bytes).unwrap();
}

#[test]
fn a_file_left_on_the_server_is_taken_once_and_again_when_it_changes() {
    let Some(server) = server("") else { return };
    let space = fetching(&server, &source(&server, "leave"));
    (0..3).for_each(|number| put(&server, &format!("{number}.csv"), &snapshot(number)));
    put(&server, "4.csv.part", &snapshot(4));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!((space.consume().len(), listed(&server, "out").len()), (3, 4));
    assert_eq!(status(&space).0, ["accepted"; 3]);
    let again = space.run(&["run"]);
    assert!(again.code == Some(0) && again.out.contains("No files waited"), "{}{}", again.out, again.err);
    // Another size, and another time with the same size.
    put(&server, "0.csv", &snapshot(100));
    put(&server, "1.csv", &snapshot(9));
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::File::options().write(true).open(server.path("out/1.csv")).unwrap().set_modified(later).unwrap();
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(space.consume().len(), 2);
    let names: Vec<String> = files(&space.path("archive")).iter().map(|path| path.display().to_string()).collect();
    assert!(names.len() == 5 && names.iter().all(|name| name.ends_with(".csv")), "{names:?}");
    assert!(files(&space.path(".consign/remote")).is_empty());
}

#[test]
fn a_received_file_is_removed_or_moved_with_its_marker() {
    let Some(server) = server("") else { return };
    let space = fetching(&server, &source(&server, "delete"));
    put(&server, "a.csv", &snapshot(1));
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert!(listed(&server, "out").is_empty() && space.consume().len() == 1);
    // The same name, size and time once more is a new file: what becomes of it is decided by its bytes.
    put(&server, "a.csv", &snapshot(1));
    space.run(&["run"]);
    assert!(listed(&server, "out").is_empty() && space.consume().is_empty());
    assert_eq!(status(&space).0, ["accepted", "duplicate"]);

    fs::create_dir(server.path("done")).unwrap();
    let moved = source(&server, "move").replace(" }", &format!(", move_to = \"{}\" }}", server.remote("done")));
    let space = fetching(&server, &format!("{moved}\nmarker = \".ok\""));
    for number in [2, 3] {
        put(&server, "b.csv", &snapshot(number));
        assert_eq!(space.run(&["run"]).code, Some(0));
        assert!(space.consume().is_empty(), "without its marker it is not taken");
        put(&server, "b.csv.ok", b"");
        assert_eq!(space.run(&["run"]).code, Some(0));
        assert_eq!((space.consume().len(), listed(&server, "out").len()), (1, 0));
    }
    let done = listed(&server, "done");
    assert_eq!(done.values().cloned().collect::<Vec<_>>(), [snapshot(2), snapshot(3)], "{:?}", done.keys());
}

#[test]
fn outputs_are_delivered_whole_and_once() {
    let Some(server) = server("") else { return };
    let space = Space::with(&config(&server, "", "", &target(&server)));
    (0..3).for_each(|number| space.write(&format!("in/stock/{number}.csv"), &snapshot(number)));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let there = listed(&server, "in");
    assert!(there.len() == 3 && there.values().all(|bytes| bytes.starts_with(b"as_of,")), "{:?}", there.keys());
    assert!(files(&space.path(".consign/deliver")).is_empty());
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(listed(&server, "in"), there);
}

#[test]
fn from_a_server_to_a_server_and_nobody_sees_half_a_file() {
    let Some(server) = server("") else { return };
    let space = Space::with(&config(&server, "", &source(&server, "delete"), &target(&server)));
    (0..20).for_each(|number| put(&server, &format!("{number}.csv"), &snapshot(number)));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!((listed(&server, "out").len(), listed(&server, "in").len()), (0, 20));
}

#[test]
fn a_name_that_is_taken_on_the_server_is_left_alone_and_delivered_when_it_is_free() {
    let Some(server) = server("") else { return };
    let space = Space::with(&config(&server, "", "", &target(&server)));
    let day = jiff::Timestamp::now().strftime("%Y%m%d").to_string();
    // A stranger's file, of another size and then of the very same.
    for (number, same_size) in [(1, false), (3, true)] {
        let name = format!("stock-{day}-{number:06}-1.csv");
        let theirs =
            if same_size { vec![b'x'; listed(&server, "in").values().next().unwrap().len()] } else { b"x".into() };
        fs::write(server.path("in").join(&name), &theirs).unwrap();
        space.write("in/stock/a.csv", &snapshot(number));
        space.write("in/stock/b.csv", &snapshot(number + 10));
        let ran = space.run(&["run"]);
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert!(status(&space).1.contains(&"REMOTE_NAME_TAKEN".to_owned()));
        assert_eq!(listed(&server, "in")[&name], theirs);
        fs::remove_file(server.path("in").join(&name)).unwrap();
        assert_eq!(space.run(&["run"]).code, Some(0));
        assert!(listed(&server, "in")[&name].starts_with(b"as_of,"));
    }
}

#[test]
fn a_server_that_is_away_holds_up_nobody_else_and_is_told() {
    let Some(server) = server("") else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let other = server.table("host_keys = []\ntimeout_secs = 1").replace("endpoints.partner", "endpoints.silent");
    let other = other.replace(&format!("port = {}", server.port), &format!("port = {port}"));
    let config = config(&server, "", &source(&server, "leave"), &target(&server));
    let flow = config.split_once("[flows.stock]").unwrap().1.replace("flows.stock", "flows.silent");
    let flow = flow.replace("endpoint = \"partner\"", "endpoint = \"silent\"");
    let space = Space::with(&format!("{config}{other}[flows.silent]{flow}"));
    put(&server, "a.csv", &snapshot(1));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert_eq!(listed(&server, "in").len(), 1, "the other flow went on");
    assert!(status(&space).1.contains(&"REMOTE_UNREACHABLE".to_owned()));
    let rows = space.run(&["status", "--json"]).out;
    let silent = rows.lines().find(|line| line.contains("\"endpoint\":\"silent\"")).unwrap();
    assert!(silent.contains("\"state\":\"open\"") && silent.contains("next_try\":\"2"), "{silent}");
    let partner = rows.lines().find(|line| line.contains("\"endpoint\":\"partner\"")).unwrap();
    assert!(partner.contains("\"state\":\"up\"") && partner.contains("\"sending\":0"), "{partner}");
    assert!(space.run(&["status"]).out.contains("silent"), "people see it as well");
}

#[test]
fn a_login_that_was_refused_is_not_tried_again_by_the_next_run() {
    let Some(server) = server("LogLevel VERBOSE\n") else { return };
    super::sftp::keygen(&server.folder.path().join("other"), &["-q", "-t", "ed25519", "-N", "", "-f"]);
    let config = config(&server, "connections = 1", &source(&server, "leave"), "folder = \"out/erp\"");
    let space = Space::with(&config.replace("/user\"\n", "/other\"\n"));
    for _ in 0..3 {
        assert_eq!(space.run(&["run"]).code, Some(1));
    }
    let log = fs::read_to_string(server.folder.path().join("log")).unwrap();
    assert_eq!(log.matches("Failed publickey").count(), 1, "{log}");
    assert!(status(&space).1.contains(&"REMOTE_LOGIN".to_owned()));
    // Whoever corrects the configuration need not wait.
    space.write("consign.toml", config.as_bytes());
    put(&server, "a.csv", &snapshot(1));
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!(space.consume().len(), 1);
}

#[test]
fn watching_fetches_and_delivers_as_files_come() {
    let Some(server) = server("") else { return };
    let space = Space::with(&config(&server, "", &source(&server, "delete"), &target(&server)));
    let mut child =
        super::support::consign(&["watch", "--scan-secs", "1", "--workspace", space.text()]).spawn().unwrap();
    for round in 1..3 {
        put(&server, &format!("{round}.csv"), &snapshot(round));
        let until = std::time::Instant::now() + Duration::from_secs(30);
        while listed(&server, "in").keys().filter(|name| !name.starts_with('.')).count() < round {
            assert!(std::time::Instant::now() < until, "round {round}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(listed(&server, "out").len(), 0);
}

#[test]
fn names_of_endpoints_and_what_goes_with_them_are_checked() {
    let Some(server) = server("") else { return };
    let sound = config(&server, "", &source(&server, "leave"), &target(&server));
    assert_eq!(Space::with(&sound).run(&["check"]).code, Some(0));
    let (out, to) = (server.remote("out"), server.remote("in"));
    for (from, becomes, code, told) in [
        ("source = { endpoint = \"partner\"", "source = { endpoint = \"partnr\"", "CONFIG_REFERENCE", "partner"),
        ("[targets.erp]\nendpoint = \"partner\"", "[targets.erp]\nendpoint = \"other\"", "CONFIG_REFERENCE", "partner"),
        ("after = \"leave\"", "after = \"delet\"", "CONFIG_VALUE", "delete"),
        ("after = \"leave\"", "after = \"move\"", "CONFIG_VALUE", "move_to"),
        ("after = \"leave\"", "move_to = \"/x\"", "CONFIG_VALUE", "after"),
        ("after = \"leave\"", &format!("after = \"move\", move_to = \"{out}/\""), "CONFIG_OVERLAP", "move_to"),
        ("quiet_secs = 0", "folder = \"in/x\"", "CONFIG_VALUE", "the one or the other"),
        ("source = { endpoint = \"partner\", ", "source = { ", "CONFIG_VALUE", "endpoint"),
        ("source = { endpoint", "source = { pattern = \"*\", endpoint", "CONFIG_UNKNOWN_KEY", "pattern"),
        (&format!("folder = \"{to}\""), &format!("folder = \"{out}\""), "CONFIG_OVERLAP", "target erp"),
        (&format!("folder = \"{to}\""), "folder = \" \"", "CONFIG_VALUE", "/outgoing"),
    ] {
        assert!(sound.contains(from), "{from}");
        let ran = Space::with(&sound.replacen(from, becomes, 1)).run(&["check"]);
        assert!(ran.code == Some(2) && ran.out.contains(code) && ran.out.contains(told), "{becomes}: {}", ran.out);
    }
}

#[test]
fn a_server_that_permits_no_writing_keeps_its_files_and_they_are_taken_once() {
    let Some(server) = server("ForceCommand internal-sftp -R\n") else { return };
    let space = fetching(&server, &source(&server, "delete"));
    put(&server, "a.csv", &snapshot(1));
    for expected in [1, 0] {
        let ran = space.run(&["run"]);
        assert_eq!((ran.code, space.consume().len()), (Some(0), expected), "{}{}", ran.out, ran.err);
        assert!(status(&space).1.contains(&"REMOTE_CLEANUP_FAILED".to_owned()));
    }
    assert_eq!(listed(&server, "out").len(), 1);
    let rows = space.run(&["status", "--json"]).out;
    assert!(rows.contains("\"clearing\":1"), "{rows}");

    let space = Space::with(&config(&server, "", "", &target(&server)));
    space.write("in/stock/a.csv", &snapshot(1));
    let ran = space.run(&["run"]);
    assert!(ran.code == Some(1) && ran.out.contains("1 outputs wait to be delivered"), "{}{}", ran.out, ran.err);
    assert!(status(&space).1.contains(&"REMOTE_PERMISSION".to_owned()));
    assert_eq!(files(&space.path(".consign/deliver")).len(), 1);
}

#[test]
fn a_folder_that_is_not_there_is_told_and_what_is_no_file_is_left_alone() {
    let Some(server) = server("") else { return };
    let space = fetching(&server, &source(&server, "leave").replace("/out\"", "/none\""));
    assert_eq!(space.run(&["run"]).code, Some(1));
    assert!(status(&space).1.contains(&"REMOTE_MISSING".to_owned()));

    let space = fetching(&server, &format!("{}\nmax_file_bytes = 1000", source(&server, "delete")));
    std::os::unix::fs::symlink("/etc/passwd", server.path("out/link.csv")).unwrap();
    put(&server, "back\\slash.csv", &snapshot(1));
    put(&server, "large.csv", &[b'x'; 1001]);
    put(&server, "a.csv", &snapshot(1));
    space.run(&["run"]);
    let mut told = status(&space).1;
    told.sort();
    assert_eq!(told, ["FILE_TOO_LARGE", "NOT_A_REGULAR_FILE", "REMOTE_NAME_UNSAFE"]);
    assert_eq!((space.consume().len(), files(&server.path("out")).len()), (1, 3));
}

/// The partner takes the file between the rename and the moment when its delivery is known here.
#[test]
fn what_a_partner_took_before_it_was_known_to_be_there_is_told_and_never_sent_again() {
    let Some(server) = server("") else { return };
    for step in 20.. {
        let space = Space::with(&config(&server, "", "", &target(&server)));
        space.write("in/stock/a.csv", &snapshot(1));
        let mut run = super::support::consign(&["run", "--workspace", space.text()]);
        let stopped = run.env("CONSIGN_CRASH_AT", step.to_string()).output().unwrap().status.code().is_none();
        assert!(stopped, "it is renamed before the end");
        let taken: Vec<String> = listed(&server, "in").into_keys().collect();
        taken.iter().for_each(|name| fs::remove_file(server.path("in").join(name)).unwrap());
        if !taken.iter().any(|name| !name.starts_with('.')) {
            continue;
        }
        let ran = space.run(&["run"]);
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert!(status(&space).1.contains(&"REMOTE_UNCONFIRMED".to_owned()));
        assert_eq!(space.run(&["run"]).code, Some(0));
        assert_eq!((listed(&server, "in").len(), files(&space.path(".consign/deliver")).len()), (0, 1));
        break;
    }
}

/// The kernel's files say that they are empty, and are not.
#[test]
fn a_server_that_lies_about_a_size_is_told_and_the_run_ends() {
    let Some(server) = server("") else { return };
    let lying = source(&server, "leave").replace(&server.remote("out"), "/proc/sys/kernel/random");
    let space = fetching(&server, &format!("{lying}\ninclude = [\"boot_id\"]"));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(status(&space).1.contains(&"REMOTE_SIZE_MISMATCH".to_owned()));
    assert!(space.consume().is_empty() && files(&space.path(".consign/remote")).is_empty());
}

#[test]
fn what_somebody_takes_out_of_the_private_folder_is_fetched_again() {
    let Some(server) = server("") else { return };
    let space = fetching(&server, &source(&server, "delete"));
    put(&server, "a.csv", &snapshot(1));
    for step in 1.. {
        let mut run = super::support::consign(&["run", "--workspace", space.text()]);
        let stopped = run.env("CONSIGN_CRASH_AT", step.to_string()).output().unwrap().status.code().is_none();
        assert!(stopped, "it is fetched before the end");
        let ledger = consign::ledger::Ledger::open(&space.path(".consign/ledger.db")).ok();
        let fetched = ledger.and_then(|ledger| ledger.remote_files("stock", "fetched", 0, 1).ok()?.pop());
        if let Some(file) = fetched {
            fs::remove_file(space.path(&format!(".consign/remote/stock/{}", file.id))).unwrap();
            break;
        }
    }
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!((space.consume().len(), listed(&server, "out").len()), (1, 0));
}
