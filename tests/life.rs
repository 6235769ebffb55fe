//! The life of files in a workspace: once, twice, in groups, side by side.

use std::fs;
use std::os::unix::fs::symlink;

use super::support::{Space, VOLUSION, demo, files, volusion_file};

fn drop_all(space: &Space) {
    space.write("in/shopify/a.csv", &demo("shopify-orders.csv"));
    space.write("in/bigstore/b.x12", &demo("purchase-orders.x12"));
    space.write("in/amazon/c.txt", &demo("amazon-orders.txt"));
    space.write("in/b2b/d.xml", &demo("orders.xml"));
    space.write("in/stock/e.csv", &demo("inventory.csv"));
}

#[test]
fn running_twice_is_running_once() {
    let space = Space::new();
    drop_all(&space);
    assert_eq!(space.run(&["run"]).code, Some(1), "a SKU is unknown");
    let first = space.consume();
    assert_eq!(first.len(), 6);
    let again = space.run(&["run"]);
    assert_eq!((again.code, again.out.contains("No files waited")), (Some(0), true));
    assert!(space.consume().is_empty());
    assert_eq!(files(&space.path("archive")).len(), 5);
}

#[test]
fn threads_and_time_zones_do_not_change_a_byte() {
    let outputs = |threads: &str, zone: &str| {
        let space = Space::new();
        drop_all(&space);
        let ran = super::support::consign(&["run", "--threads", threads, "--workspace", space.text()])
            .env("TZ", zone)
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(1));
        space.consume()
    };
    assert_eq!(outputs("1", "UTC"), outputs("4", "Asia/Tokyo"));
}

#[test]
fn the_order_of_a_crosswalk_means_nothing() {
    let outputs = |turn: bool| {
        let space = Space::new();
        let text = String::from_utf8(demo("sku.csv")).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        if turn {
            lines[1..].reverse();
        }
        space.write("crosswalk/sku.csv", format!("{}\n", lines.join("\n")).as_bytes());
        drop_all(&space);
        space.run(&["run"]);
        space.consume()
    };
    assert_eq!(outputs(false), outputs(true));
}

#[test]
fn the_same_bytes_and_the_same_orders_in_one_drop_go_out_once() {
    let space = Space::new();
    for name in ["a", "b"] {
        space.write(&format!("in/amazon/{name}.txt"), &demo("amazon-orders.txt"));
    }
    let mut other = demo("amazon-orders.txt");
    other.extend_from_slice(
        b"111-3333333-3333333\t20000000000009\t2026-03-04T10:00:00+00:00\t\t\t\t\tMUG-RED\tMug\t1\tUSD\t12.50\n",
    );
    space.write("in/amazon/c.txt", &other);
    space.run(&["run"]);
    let lines: usize = space.consume().values().map(|bytes| bytes.iter().filter(|b| **b == b'\n').count() - 1).sum();
    assert_eq!(lines, 3 + 4, "three orders in the headers, four lines in the lines");
    let report = space.run(&["report", "balance", "--format", "csv"]);
    assert_eq!(report.code, Some(0), "{}", report.out);
    assert!(report.out.contains("b.txt,amazon,duplicate,duplicate,2,3,"), "{}", report.out);
}

#[test]
fn a08_one_control_number_with_other_bytes_in_one_drop_is_an_alarm() {
    let space = Space::new();
    let first = String::from_utf8(demo("purchase-orders.x12")).unwrap();
    let number = first.split_once("BEG*").and_then(|(_, rest)| rest.split('*').nth(2)).unwrap();
    space.write("in/bigstore/a.x12", first.as_bytes());
    space.write("in/bigstore/b.x12", first.replace(number, "OTHER-1").as_bytes());
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    let report = space.run(&["report", "balance", "--format", "csv"]);
    assert_eq!(report.out.matches(",bigstore,rejected,in,").count(), 1, "{}", report.out);
    let shown = space.run(&["show", "2", "--json"]);
    assert!(shown.out.contains("DUPLICATE_CONTROL_NUMBER"), "{}", shown.out);
}

#[test]
fn links_pipes_and_temporary_names_are_left_alone() {
    let space = Space::new();
    space.write("elsewhere.csv", &demo("inventory.csv"));
    space.write("in/stock/upload.csv.part", b"half");
    symlink(space.path("elsewhere.csv"), space.path("in/stock/link.csv")).unwrap();
    fs::create_dir(space.path("in/stock/folder.csv")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(space.path("in/stock/pipe.csv")).status().unwrap();
    assert!(pipe.success());
    let ran = space.run(&["run"]);
    assert!(ran.out.contains("No files waited"), "{}", ran.out);
    assert!(space.path("in/stock/upload.csv.part").exists() && space.path("elsewhere.csv").exists());
}

#[test]
fn a_taken_name_is_never_written_over_and_is_published_later() {
    let space = Space::new();
    space.write("in/stock/e.csv", &demo("inventory.csv"));
    space.run(&["run", "--dry-run"]);
    let day = jiff::Timestamp::now().strftime("%Y%m%d").to_string();
    let name = format!("out/erp/stock-{day}-000001-1.csv");
    space.write(&name, b"theirs");
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert_eq!(fs::read(space.path(&name)).unwrap(), b"theirs");
    fs::remove_file(space.path(&name)).unwrap();
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert!(fs::read(space.path(&name)).unwrap().starts_with(b"as_of,"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let space = Space::new();
    drop_all(&space);
    let ran = space.run(&["run", "--dry-run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("a.csv would be partial"), "{}", ran.out);
    assert!(files(&space.path("out")).is_empty() && files(&space.path("archive")).is_empty());
    assert!(space.path("in/shopify/a.csv").exists());
    assert_eq!(files(&space.path(".consign/stage")).len(), 0);
}

#[test]
fn a_second_instance_is_told_who_holds_the_workspace() {
    let space = Space::new();
    space.run(&["run"]);
    let lock = fs::OpenOptions::new().write(true).open(space.path(".consign/lock")).unwrap();
    lock.lock().unwrap();
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(75), "{}", ran.err);
}

#[test]
fn watch_takes_what_comes_and_stops_when_told() {
    let space = Space::new();
    let mut child =
        super::support::consign(&["watch", "--scan-secs", "1", "--workspace", space.text()]).spawn().unwrap();
    let wait = |done: &dyn Fn() -> bool| {
        for _ in 0..600 {
            if done() {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        false
    };
    assert!(wait(&|| space.path("in/stock").is_dir()));
    space.write("in/stock/e.csv", &demo("inventory.csv"));
    assert!(wait(&|| files(&space.path("archive")).len() == 1), "the file was taken");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(space.consume().len(), 1);
}

fn volusion() -> Space {
    Space::with(&format!("[workspace]\n[targets.erp]\n{VOLUSION}"))
}

#[test]
fn two_files_of_a_pair_become_one_output_whichever_comes_first() {
    let mut outputs = Vec::new();
    for order in [["input.csv", "input-2.csv"], ["input-2.csv", "input.csv"]] {
        let space = volusion();
        space.write("in/store/first.csv", &volusion_file(order[0]));
        let ran = space.run(&["run"]);
        assert_eq!(ran.code, Some(1), "{}", ran.out);
        assert!(ran.out.contains("1 files wait for the other file of their pair"), "{}", ran.out);
        assert!(space.consume().is_empty());
        space.write("in/store/second.csv", &volusion_file(order[1]));
        let ran = space.run(&["run"]);
        assert!(!ran.out.contains("wait for"), "{}{}", ran.out, ran.err);
        outputs.push(space.consume().into_values().collect::<Vec<_>>());
        assert_eq!(files(&space.path("archive")).len(), 2);
        let lines = space.run(&["show", if order[0] == "input.csv" { "2" } else { "1" }]);
        assert!(lines.out.contains("the lines of file") && lines.out.contains("[COMPANION]"), "{}", lines.out);
        assert_eq!(space.run(&["report", "balance"]).code, Some(0));
    }
    assert_eq!(outputs[0].len(), 1);
    assert_eq!(outputs[0], outputs[1]);
}

#[test]
fn a_pair_that_comes_twice_goes_out_once_and_a_dry_run_sees_it_whole() {
    let space = volusion();
    let drop_pair = |name: &str| {
        space.write(&format!("in/store/{name}-orders.csv"), &volusion_file("input.csv"));
        space.write(&format!("in/store/{name}-details.csv"), &volusion_file("input-2.csv"));
    };
    drop_pair("a");
    let dry = space.run(&["run", "--dry-run"]);
    assert_eq!(dry.out.lines().filter(|line| line.contains(" would be ")).count(), 1, "{}", dry.out);
    space.run(&["run"]);
    assert_eq!(space.consume().len(), 1);
    drop_pair("b");
    space.run(&["run"]);
    assert!(space.consume().is_empty());
    let report = space.run(&["report", "balance", "--format", "csv"]);
    assert!(report.out.contains("b-orders.csv,store,duplicate,duplicate,5,6,"), "{}", report.out);
}

#[test]
fn stock_older_than_what_was_applied_is_held_whether_it_comes_later_or_beside() {
    let stock =
        |moment: &str, count: u32| format!("as_of,location,sku,on_hand\n{moment},MAIN,MUG-BLUE,{count}\n").into_bytes();
    let outcomes = |space: &Space| {
        let status = space.run(&["status", "--json"]).out;
        let rows = status.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        rows.filter_map(|row| Some(row["outcome"].as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let space = Space::new();
    space.write("in/stock/a.csv", &stock("2026-03-05T06:00:00Z", 5));
    space.run(&["run"]);
    // 08:30 in Berlin's winter is 07:30 in UTC, later than 06:00; a day earlier is not.
    space.write("in/stock/b.csv", &stock("2026-03-05T08:30:00+01:00", 6));
    assert_eq!(space.run(&["run"]).code, Some(0));
    space.write("in/stock/c.csv", &stock("2026-03-04T23:00:00Z", 7));
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert_eq!(outcomes(&space), ["held", "accepted", "accepted"]);
    assert!(space.run(&["show", "3"]).out.contains("[STALE_SNAPSHOT]"));
    assert_eq!(space.consume().len(), 2);

    let beside = Space::new();
    for (name, moment) in [("a", "2026-03-05T06:00:00Z"), ("b", "2026-03-04T06:00:00Z")] {
        beside.write(&format!("in/stock/{name}.csv"), &stock(moment, 5));
    }
    beside.run(&["run"]);
    assert_eq!(outcomes(&beside), ["held", "accepted"]);
}
