//! X12 in a workspace: what is written has control numbers of the ledger, what is received is acknowledged, both in the
//! deciding commit; gaps in the numbers of a partner are told.

use std::collections::BTreeMap;

use super::support::{Space, codes, lines, status};

pub const EDI: &str = "[workspace]\nname = \"exchange\"\n[targets.erp]\n[targets.bigstore]\n[partners.bigstore.edi]\n\
    own = \"ZZ:EXAMPLEGOODS\"\npartner = \"ZZ:BIGSTORE\"\nreleases = [\"004010\"]\nreceives = [\"850\"]\nsends = [\"855\"]\n\
    acknowledgement = \"997\"\nanswer = \"997\"\nanswer_target = \"bigstore\"\n";
pub const FLOW: &str = "[flows.bigstore]\npartner = \"bigstore\"\nlayout = \"x12/850\"\nvalidate = true\nquiet_secs = 0\n\
    [[flows.bigstore.outputs]]\ntarget = \"bigstore\"\nlayout = \"x12/855\"\n\
    [[flows.bigstore.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n";

fn space() -> Space {
    Space::with(&format!("{EDI}{FLOW}"))
}

fn envelope(control: u32, sets: &[String]) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*BIGSTORE       *ZZ*EXAMPLEGOODS   *260304*0900*U*00401*{control:09}*0*P*>~\n\
         GS*PO*BIGSTORE*EXAMPLEGOODS*20260304*0900*{control}*X*004010~\n{}GE*{}*{control}~\nIEA*1*{control:09}~\n",
        sets.concat(),
        sets.len()
    )
}

fn set(id: &str, at: usize, po: &str, date: &str) -> String {
    let begin = if id == "850" { format!("BEG*00*SA*{po}**{date}") } else { format!("BCH*04*SA*{po}***{date}") };
    format!("ST*{id}*{at:04}~\n{begin}~\nPO1*1*10*EA*2.50**VN*MUG~\nCTT*1~\nSE*5*{at:04}~\n")
}

/// An interchange of orders; a number that begins with `BAD` has a date that does not exist.
pub fn orders(control: u32, numbers: &[&str]) -> String {
    let date = |po: &str| if po.starts_with("BAD") { "20269999" } else { "20260304" };
    let sets: Vec<String> = numbers.iter().enumerate().map(|(at, po)| set("850", at + 1, po, date(po))).collect();
    envelope(control, &sets)
}

/// What ends the segments and what parts the elements of an output, X12 or EDIFACT.
fn separators(text: &str) -> (&'static str, &'static str) {
    if text.starts_with("UN") { ("'", "+") } else { ("~", "*") }
}

/// Outputs with the date and time of their envelopes left out.
pub fn timeless(taken: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    let segment = |segment: &str, part: &str| {
        let mut elements: Vec<&str> = segment.split(part).collect();
        let times: &[usize] = match elements[0].trim_start() {
            "ISA" => &[9, 10],
            "GS" => &[4, 5],
            "UNB" => &[4],
            _ => &[],
        };
        times.iter().for_each(|at| elements[*at] = "");
        elements.join(part)
    };
    let text = |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        let (end, part) = separators(&text);
        text.split(end).map(|one| segment(one, part)).collect::<Vec<_>>().join(end)
    };
    // The day is a part of the name.
    let name = |name: String| name.split('-').enumerate().filter(|(at, _)| *at != 1).map(|(_, part)| part).collect();
    taken.into_iter().map(|(file, bytes)| (name(file), text(bytes))).collect()
}

/// An element of every segment of a kind, in the outputs in the order of their names.
pub fn elements(taken: &BTreeMap<String, Vec<u8>>, id: &str, at: usize) -> Vec<String> {
    let mut found = Vec::new();
    for text in taken.values().map(|bytes| String::from_utf8_lossy(bytes)) {
        let (end, part) = separators(&text);
        let segments = text.split(end).map(|segment| segment.trim().split(part).collect::<Vec<_>>());
        let of = segments.filter(|elements| elements[0] == id);
        found.extend(of.map(|elements| elements.get(at).copied().unwrap_or_default().to_owned()));
    }
    found
}

/// The text of the acknowledgement among the outputs, if there is one.
fn acknowledgement(taken: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let mut found = taken.iter().filter(|(name, _)| name.ends_with("-ack.x12"));
    let text = found.next().map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap());
    assert!(found.next().is_none(), "more than one acknowledgement");
    text
}

fn take(space: &Space, name: &str, text: &str) -> BTreeMap<String, Vec<u8>> {
    space.write(&format!("in/bigstore/{name}"), text.as_bytes());
    assert!(matches!(space.run(&["run"]).code, Some(0 | 1)));
    space.consume()
}

#[test]
fn orders_are_answered_and_acknowledged_with_the_next_numbers_and_their_answer_settles_them() {
    let numbers = "numbers = { interchange = [41, 999], group = [7, 999], set = [300, 999] }\n";
    let space = Space::with(&format!("{EDI}{numbers}{FLOW}"));
    let first = take(&space, "a.x12", &orders(1, &["PO1", "PO2"]));
    assert_eq!(first.len(), 3, "{:?}", first.keys());
    assert_eq!(elements(&first, "ISA", 13), ["000000041", "000000042"]);
    assert_eq!(
        (elements(&first, "GS", 6), elements(&first, "GS", 1)),
        (vec!["7".into(), "8".into()], vec!["PR".into(), "FA".into()])
    );
    assert_eq!(elements(&first, "ST", 2), ["0300", "0301", "0001"]);
    assert_eq!(elements(&first, "IEA", 2), elements(&first, "ISA", 13));
    assert_eq!(
        (elements(&first, "ISA", 6)[0].trim(), elements(&first, "ISA", 8)[0].trim()),
        ("EXAMPLEGOODS", "BIGSTORE")
    );
    assert_eq!(
        (elements(&first, "AK5", 1), elements(&first, "AK9", 1)),
        (vec!["A".to_owned(); 2], vec!["A".to_owned()])
    );
    let second = take(&space, "b.x12", &orders(2, &["PO3"]));
    assert_eq!(elements(&second, "ISA", 13), ["000000043", "000000044"]);
    assert_eq!((elements(&second, "GS", 6)[0].as_str(), elements(&second, "ST", 2)[0].as_str()), ("9", "0302"));
    let waiting = space.run(&["report", "acknowledgements", "--format", "csv"]).out;
    assert!(waiting.contains(",997,000000041,PR 7,") && waiting.contains(",997,000000043,PR 9,"), "{waiting}");
    // A day late: told with its age, until the answer comes.
    let ledger = rusqlite::Connection::open(space.path(".consign/ledger.db")).unwrap();
    let late =
        "UPDATE awaited SET sent_at = '2026-01-01T00:00:00Z', deadline = '2026-01-02T00:00:00Z' WHERE interchange = 41";
    assert_eq!(ledger.execute(late, []).unwrap(), 1);
    drop(ledger);
    let report = space.run(&["report", "acknowledgements"]);
    assert!(report.code == Some(1) && report.out.contains("1 of them LATE"), "{}", report.out);
    let answer = envelope(3, &[]).replace("GS*PO*", "GS*FA*").replace(
        "GE*0*",
        "ST*997*0001~\nAK1*PR*7~\nAK2*855*0300~\nAK5*A~\nAK2*855*0301~\nAK5*R*5~\nAK9*P*2*2*1~\nSE*8*0001~\nGE*1*",
    );
    let none = take(&space, "c.x12", &answer);
    assert!(none.is_empty(), "an acknowledgement is never acknowledged: {:?}", none.keys());
    assert_eq!(codes(&space, 3), ["ACK_REJECTED"]);
    let all = space.run(&["report", "acknowledgements", "--all", "--format", "csv"]).out;
    assert!(all.contains(",partly,") && all.contains(",waiting,"), "{all}");
}

#[test]
fn good_sets_go_on_and_bad_ones_are_told_what_was_decided() {
    let space = space();
    let taken = take(&space, "a.x12", &orders(1, &["PO1", "BAD2", "PO3"]));
    let told = acknowledgement(&taken).unwrap();
    assert_eq!(elements(&taken, "AK5", 1), ["A", "R", "A"], "{told}");
    assert_eq!(
        (elements(&taken, "AK4", 3), elements(&taken, "AK9", 1)),
        (vec!["8".to_owned()], vec!["P".to_owned()]),
        "{told}"
    );
    assert_eq!(elements(&taken, "BAK", 3), ["PO1", "PO3"]);
    // What the definition allows and the flow rejects is told as rejected too.
    let odd = orders(2, &["PO4", "PO5"]).replace("CTT*1~\nSE*5*0002", "CTT*9~\nSE*5*0002");
    let taken = take(&space, "b.x12", &odd);
    assert!(codes(&space, 2).contains(&"CONTROL_TOTAL".to_owned()));
    assert_eq!(elements(&taken, "AK5", 1), ["A", "R"]);
    assert_eq!((elements(&taken, "AK5", 2)[1].as_str(), elements(&taken, "BAK", 3)), ("5", vec!["PO4".to_owned()]));
    let mixed = envelope(3, &[set("850", 1, "PO6", "20260304"), set("860", 2, "PO7", "20260304")]);
    let taken = take(&space, "c.x12", &mixed);
    assert_eq!((elements(&taken, "AK5", 1)[1].as_str(), elements(&taken, "AK5", 2)[1].as_str()), ("R", "1"));
    // What waits for a person or came before is sound all the same.
    let taken = take(&space, "d.x12", &orders(4, &["PO1", "PO8"]));
    assert_eq!(
        (elements(&taken, "AK9", 1), elements(&taken, "BAK", 3)),
        (vec!["A".to_owned()], vec!["PO8".to_owned()])
    );
}

#[test]
fn what_is_rejected_as_a_whole_is_never_called_accepted() {
    let space = space();
    take(&space, "a.x12", &orders(1, &["PO1"]));
    let rejects = |name: &str, text: &str, codes: &[&str]| {
        let taken = take(&space, name, text);
        let told = acknowledgement(&taken).unwrap_or_default();
        assert_eq!(elements(&taken, "TA1", 5), codes, "{name}: {told}");
        assert!(
            elements(&taken, "TA1", 4).iter().all(|verdict| verdict == "R") && !told.contains("AK1"),
            "{name}: {told}"
        );
        assert!(elements(&taken, "BAK", 3).is_empty(), "{name}");
    };
    let cut = orders(2, &["PO2"]).replace("IEA*1*000000002~\n", "");
    rejects("cut.x12", &cut, &["023"]);
    rejects("again.x12", &orders(1, &["PO9"]), &["025"]);
    rejects("both.x12", &format!("{}{cut}", orders(3, &["PO3"])), &["024", "023"]);
    let taken = take(&space, "count.x12", &orders(4, &["PO4"]).replace("GE*1*", "GE*2*"));
    assert_eq!((elements(&taken, "AK9", 1), elements(&taken, "AK9", 5)), (vec!["R".to_owned()], vec!["5".to_owned()]));
    assert!(elements(&taken, "BAK", 3).is_empty());
    let (outcomes, _) = status(&space);
    assert_eq!(outcomes[1..], ["rejected"; 4]);
}

#[test]
fn nobody_is_answered_twice_or_before_it_is_clear_who_they_are() {
    let space = space();
    assert!(acknowledgement(&take(&space, "a.x12", &orders(1, &["PO1"]))).is_some());
    assert!(take(&space, "b.x12", &orders(1, &["PO1"])).is_empty(), "the same bytes");
    for (name, from, to) in [
        ("c.x12", "*ZZ*BIGSTORE       *", "*ZZ*SOMEBODY       *"),
        ("d.x12", "*ZZ*EXAMPLEGOODS   *", "*ZZ*OTHERGOODS     *"),
        ("e.x12", "*0*P*>", "*0*T*>"),
    ] {
        let taken = take(&space, name, &orders(2, &["PO2"]).replace(from, to));
        assert!(taken.is_empty(), "{name}: {:?}", taken.keys());
    }
    // The same sender twice in one run, the second time with other bytes: one acceptance, one rejection.
    space.write("in/bigstore/f.x12", orders(7, &["PO7"]).as_bytes());
    space.write("in/bigstore/g.x12", orders(7, &["PO8"]).as_bytes());
    space.run(&["run"]);
    let taken = space.consume();
    assert_eq!(
        (elements(&taken, "BAK", 3).len(), elements(&taken, "AK9", 1).len(), elements(&taken, "TA1", 5)),
        (1, 1, vec!["025".to_owned()])
    );
}

#[test]
fn a_ta1_is_all_that_is_sent_where_no_more_is_agreed() {
    let only = |answer: &str| {
        Space::with(&format!("{EDI}{FLOW}").replace("answer = \"997\"", &format!("answer = \"{answer}\"")))
    };
    let taken = take(&only("TA1"), "a.x12", &orders(1, &["PO1"]));
    assert_eq!((elements(&taken, "TA1", 4), elements(&taken, "AK1", 1)), (vec!["A".to_owned()], vec![]));
    // Neither is there a number of a group without a group.
    assert_eq!(elements(&taken, "GS", 6), ["1"]);
    let taken = take(&only("none"), "a.x12", &orders(1, &["PO1"]));
    assert!(acknowledgement(&taken).is_none() && taken.len() == 2);
    let asked = orders(1, &["PO1"]).replace("*0*P*>", "*1*P*>");
    let taken = take(&only("997"), "a.x12", &asked);
    assert_eq!((elements(&taken, "TA1", 4), elements(&taken, "AK9", 1)), (vec!["A".to_owned()], vec!["A".to_owned()]));
}

#[test]
fn threads_and_dry_runs_change_no_byte_and_take_no_number() {
    let drop_all = |space: &Space| {
        for number in 1..=9_u32 {
            let po = format!("PO{}", if number == 6 { 2 } else { number });
            let second = format!("{}{number}", if number % 3 == 0 { "BAD" } else { "X" });
            space.write(&format!("in/bigstore/{number}.x12"), orders(number, &[&po, &second]).as_bytes());
        }
    };
    let run = |threads: &str, dry: bool| {
        let space = space();
        drop_all(&space);
        if dry {
            let previews = lines(&space.run(&["run", "--dry-run", "--json"]).out);
            let sizes = previews.iter().map(|preview| preview["outputs"].as_array().unwrap().len());
            assert_eq!(sizes.collect::<Vec<_>>(), [3, 3, 3, 3, 3, 3, 3, 3, 3]);
        }
        space.run(&["run", "--threads", threads]);
        let taken = space.consume();
        let mut numbers: Vec<u32> = elements(&taken, "ISA", 13).iter().map(|number| number.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
        timeless(taken)
    };
    let one = run("1", false);
    assert_eq!(one.len(), 25, "one of the files holds nothing new that is good: {:?}", one.keys());
    assert_eq!(one, run("4", false));
    assert_eq!(one, run("2", true));
}

#[test]
fn a_file_waits_for_a_person_when_numbers_are_used_up_and_takes_none() {
    let numbers = "numbers = { set = [1, 3] }\n";
    let space = Space::with(&format!("{EDI}{numbers}{FLOW}"));
    take(&space, "a.x12", &orders(1, &["PO1", "PO2"]));
    let taken = take(&space, "b.x12", &orders(2, &["PO3", "PO4"]));
    assert!(taken.is_empty() && codes(&space, 2).contains(&"CONTROL_NUMBERS_USED_UP".to_owned()), "{:?}", taken.keys());
    let taken = take(&space, "c.x12", &orders(3, &["PO5"]));
    assert_eq!(
        (elements(&taken, "ISA", 13), elements(&taken, "ST", 2)),
        (vec!["000000003".to_owned(), "000000004".to_owned()], vec!["0003".to_owned(), "0001".to_owned()])
    );
    assert_eq!(status(&space).0, ["accepted", "held", "accepted"]);
    assert!(space.run(&["report", "balance"]).out.contains("In balance"));
}

#[test]
fn gaps_in_the_numbers_of_a_partner_are_told_until_they_are_filled() {
    let space = space();
    let missing = || {
        let rows = lines(&space.run(&["status", "--json"]).out);
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().map(str::to_owned);
        let rows = rows.iter().filter(|row| row["functional"].is_null());
        rows.filter_map(|row| Some((text(row, "missing")?, text(row, "last")?))).collect::<Vec<_>>()
    };
    let range = |first: u32, last: u32| (format!("{first:09}"), format!("{last:09}"));
    take(&space, "a.x12", &orders(10, &["PO1"]));
    assert_eq!(missing(), []);
    // Two in one run, the second behind the gap that the first leaves.
    space.write("in/bigstore/b.x12", orders(14, &["PO2"]).as_bytes());
    space.write("in/bigstore/c.x12", orders(15, &["PO3"]).as_bytes());
    space.run(&["run"]);
    assert!(codes(&space, 2).contains(&"CONTROL_NUMBER_GAP".to_owned()) && codes(&space, 3).is_empty());
    assert_eq!(missing(), [range(11, 13)]);
    assert!(space.run(&["status"]).out.contains("000000011  000000013"));
    take(&space, "d.x12", &orders(12, &["PO4"]));
    // Of the interchange, and of its group.
    assert_eq!(codes(&space, 4), ["CONTROL_NUMBER_LATE"; 2]);
    assert_eq!(missing(), [range(11, 11), range(13, 13)]);
    take(&space, "e.x12", &orders(11, &["PO5"]));
    take(&space, "f.x12", &orders(13, &["PO6"]));
    assert_eq!(missing(), []);
}

#[test]
fn gaps_in_the_groups_of_a_partner_are_told_by_kind() {
    let space = space();
    // An interchange with its own number, and a group of orders with another.
    let file = |control: u32, group: u32| {
        let text = orders(control, &[&format!("PO{control}")]);
        let text = text.replace(&format!("*0900*{control}*X"), &format!("*0900*{group}*X"));
        text.replace(&format!("GE*1*{control}~"), &format!("GE*1*{group}~"))
    };
    let missing = || {
        let rows = lines(&space.run(&["status", "--json"]).out);
        let rows = rows.iter().filter(|row| row["functional"] == "PO");
        rows.map(|row| format!("{}-{}", row["missing"].as_str().unwrap(), row["last"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    take(&space, "a.x12", &file(1, 70));
    assert!(codes(&space, 1).is_empty(), "{:?}", codes(&space, 1));
    space.write("in/bigstore/b.x12", file(2, 73).as_bytes());
    space.write("in/bigstore/c.x12", file(3, 74).as_bytes());
    space.run(&["run"]);
    assert_eq!((codes(&space, 2), codes(&space, 3)), (vec!["CONTROL_NUMBER_GAP".to_owned()], vec![]));
    let shown = space.run(&["show", "2"]).out;
    assert!(shown.contains("PO 73 after 70") && shown.contains("PO 71") && shown.contains("GS06"), "{shown}");
    assert_eq!(missing(), ["71-72"]);
    let status = space.run(&["status"]).out;
    assert!(status.contains("Groups that have not come") && status.contains("PO    71    72"), "{status}");
    take(&space, "d.x12", &file(4, 72));
    assert_eq!((codes(&space, 4), missing()), (vec!["CONTROL_NUMBER_LATE".to_owned()], vec!["71-71".to_owned()]));
    take(&space, "e.x12", &file(5, 71));
    assert!(missing().is_empty());
    // Answers of the partner are groups of a kind of their own; counted with the orders, they are no gap.
    let answer = "GS*FA*BIGSTORE*EXAMPLEGOODS*20260305*0800*75*X*004010~\nST*997*0001~\nAK1*PR*900~\nAK9*A*1*1*1~\nSE*4*0001~\nGE*1*75~\n";
    let orders = file(6, 1);
    let (head, rest) = orders.split_at(orders.find("GS*").unwrap());
    let end = rest.find("IEA*").unwrap();
    take(&space, "f.x12", &format!("{head}{answer}{}", &rest[end..]));
    take(&space, "g.x12", &file(7, 76));
    assert!(!codes(&space, 7).contains(&"CONTROL_NUMBER_GAP".to_owned()), "{:?}", codes(&space, 7));
    take(&space, "h.x12", &file(8, 78));
    assert_eq!(codes(&space, 8), ["CONTROL_NUMBER_GAP"]);
}

#[test]
fn an_output_goes_to_the_partner_that_it_names_with_numbers_of_its_own() {
    let other = EDI.split_once("[partners").map(|(_, edi)| format!("[partners{edi}")).unwrap();
    let other = other
        .replace("partners.bigstore", "partners.depot")
        .replace("BIGSTORE", "DEPOT")
        .replace("[\"004010\"]", "[\"005010\"]");
    let flow = FLOW.replacen("layout = \"x12/855\"\n", "layout = \"x12/855\"\n[[flows.bigstore.outputs]]\ntarget = \"erp\"\nlayout = \"x12/855\"\npartner = \"depot\"\n", 1);
    let space = Space::with(&format!("{EDI}{other}{flow}"));
    let taken = take(&space, "a.x12", &orders(1, &["PO1"]));
    let of = |id, at| elements(&taken, id, at);
    assert_eq!(of("ISA", 8).iter().map(|text| text.trim()).collect::<Vec<_>>(), ["BIGSTORE", "DEPOT", "BIGSTORE"]);
    assert_eq!(
        (of("ISA", 13), of("ISA", 12)),
        (["1", "1", "2"].map(|n| format!("{n:0>9}")).to_vec(), ["00401", "00501", "00401"].map(str::to_owned).to_vec())
    );
    assert_eq!((of("ISA", 11)[1].as_str(), of("GS", 8)[1].as_str()), ("^", "005010"));
}

#[test]
fn what_an_agreement_lacks_for_what_a_flow_writes_and_answers_is_told_with_its_place() {
    let config = format!("{EDI}{FLOW}");
    assert_eq!(Space::with(&config).run(&["check"]).code, Some(0));
    for (from, to, code, wanted) in [
        ("sends = [\"855\"]", "sends = [\"810\"]", "CONFIG_REFERENCE", "855 among `sends` of partner bigstore"),
        ("receives = [\"850\"]\nsends = [\"855\"]", "receives = [\"850\"]", "CONFIG_REFERENCE", "855 among `sends`"),
        ("partner = \"bigstore\"\nlayout", "layout", "CONFIG_REFERENCE", "a partner with an agreement"),
        ("layout = \"x12/855\"", "layout = \"x12/855\"\npartner = \"bigstroe\"", "CONFIG_REFERENCE", "`bigstore`"),
        ("answer_target = \"bigstore\"\n", "", "CONFIG_VALUE", "the key `answer_target`"),
        ("answer_target = \"bigstore\"", "answer_target = \"bigstroe\"", "CONFIG_REFERENCE", "`bigstore`"),
        ("answer = \"997\"", "answer = \"998\"", "CONFIG_VALUE", "`997`"),
        ("validate = true\n", "", "CONFIG_VALUE", "`validate = true`"),
    ] {
        assert!(config.contains(from), "{from}");
        let ran = Space::with(&config.replacen(from, to, 1)).run(&["check"]);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.out);
        assert!(ran.out.contains(code) && ran.out.contains(wanted), "{to}: {code} {wanted} in\n{}", ran.out);
        assert!(ran.out.contains("consign.toml: line "), "{to}: {}", ran.out);
    }
}
