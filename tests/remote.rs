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
