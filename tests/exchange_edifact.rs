//! EDIFACT in a workspace: what is written has references of the ledger, what is received is answered by CONTRL, both in the
//! deciding commit.

use std::collections::BTreeMap;

use super::exchange::{elements, timeless};
use super::support::{Space, codes, status};

pub const PARTNER: &str = "[partners.buyer.edi]\nstandard = \"edifact\"\nown = \"14:5013546107732\"\n\
    partner = \"14:5400110000009\"\nown_internal = \"DESK-7\"\nreleases = [\"D.96A\"]\nreceives = [\"ORDERS\"]\n\
    sends = [\"ORDRSP\"]\nsyntax = \"UNOC:3\"\nacknowledgement = \"CONTRL\"\nanswer = \"CONTRL\"\n\
    answer_target = \"buyer\"\n";
pub const FLOW: &str = "[flows.buyer]\npartner = \"buyer\"\nlayout = \"edifact/orders\"\nvalidate = true\nquiet_secs = 0\n\
    [[flows.buyer.outputs]]\ntarget = \"buyer\"\nlayout = \"edifact/ordrsp\"\n\
    [[flows.buyer.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n";
const HEAD: &str = "[workspace]\nname = \"exchange\"\n[targets.erp]\n[targets.buyer]\n";

fn config() -> String {
    format!("{HEAD}{PARTNER}{FLOW}")
}

fn message(kind: &str, at: usize, po: &str) -> String {
    let date = if po.starts_with("BAD") { "20269999" } else { "20260304" };
    format!(
        "UNH+{at}+{kind}:D:96A:UN'\nBGM+220+{po}+9'\nDTM+137:{date}:102'\nNAD+BY+5400110000009::9'\nCUX+2:EUR:9'\n\
         LIN+1++5400111864181:EN'\nPIA+1+MUG-RED:SA'\nQTY+21:2:PCE'\nPRI+AAA:4.2'\nUNS+S'\nCNT+2:1'\nUNT+12+{at}'\n"
    )
}

/// An interchange of orders; a number that begins with `BAD` has a date that does not exist.
pub fn orders(reference: &str, numbers: &[&str]) -> String {
    let messages: Vec<String> = numbers.iter().enumerate().map(|(at, po)| message("ORDERS", at + 1, po)).collect();
    format!(
        "UNB+UNOC:3+5400110000009:14:BUY+5013546107732:14+260304:0900+{reference}'\n{}UNZ+{}+{reference}'\n",
        messages.concat(),
        numbers.len()
    )
}

fn take(space: &Space, name: &str, text: &str) -> BTreeMap<String, Vec<u8>> {
    space.write(&format!("in/buyer/{name}"), text.as_bytes());
    let ran = space.run(&["run"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{} {}", ran.out, ran.err);
    space.consume()
}

/// Only what tells something of a CONTRL: each UCI and what stands below it.
fn told(taken: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let answers = taken.iter().filter(|(name, _)| name.ends_with("-ack.edi"));
    let texts = answers.map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap());
    let segments = texts.flat_map(|text| text.split('\'').map(|one| one.trim().to_owned()).collect::<Vec<_>>());
    segments.filter(|segment| segment.starts_with("UC")).collect()
}

const UCI: &str = "+5400110000009:14:BUY+5013546107732:14";

#[test]
fn orders_are_answered_and_acknowledged_with_the_next_references_and_their_contrl_settles_them() {
    let numbers = "numbers = { interchange = [41, 999], set = [300, 999] }\n";
    let space = Space::with(&format!("{HEAD}{PARTNER}{numbers}{FLOW}"));
    let first = take(&space, "a.edi", &orders("R1", &["PO1", "PO2"]));
    assert_eq!(first.len(), 3, "{:?}", first.keys());
    assert_eq!(
        (elements(&first, "UNB", 5), elements(&first, "UNZ", 2)),
        (vec!["41".into(), "42".into()], vec!["41".to_owned(), "42".to_owned()])
    );
    assert_eq!(elements(&first, "UNH", 1), ["300", "301", "1"]);
    assert_eq!(elements(&first, "UNT", 2), ["300", "301", "1"]);
    assert_eq!(elements(&first, "UNZ", 1), ["2", "1"]);
    assert_eq!(elements(&first, "UNH", 2), ["ORDRSP:D:96A:UN", "ORDRSP:D:96A:UN", "CONTRL:D:3:UN"]);
    assert_eq!(elements(&first, "UNB", 2), ["5013546107732:14:DESK-7", "5013546107732:14"]);
    assert_eq!(elements(&first, "UNB", 3), ["5400110000009:14", "5400110000009:14:BUY"]);
    assert_eq!(
        (elements(&first, "UNB", 9), elements(&first, "UNB", 11)),
        (vec!["1".to_owned(), String::new()], vec![String::new(); 2])
    );
    assert_eq!(told(&first), [format!("UCI+R1{UCI}+7")]);
    let second = take(&space, "b.edi", &orders("R2", &["PO3"]));
    assert_eq!(
        (elements(&second, "UNB", 5), elements(&second, "UNH", 1)),
        (vec!["43".to_owned(), "44".to_owned()], vec!["302".to_owned(), "1".to_owned()])
    );
    let waiting = space.run(&["report", "acknowledgements", "--format", "csv"]).out;
    assert_eq!(waiting.matches(",CONTRL,").count(), 2, "a CONTRL waits for nothing: {waiting}");
    let answer = "UNB+UNOC:3+5400110000009:14+5013546107732:14+260306:0800+R3'\nUNH+1+CONTRL:D:3:UN'\n\
        UCI+41+5013546107732:14+5400110000009:14+7'\nUCM+301+ORDRSP:D:96A:UN+4+18'\nUNT+4+1'\nUNZ+1+R3'\n";
    let none = take(&space, "c.edi", answer);
    assert!(none.is_empty(), "a CONTRL is never answered: {:?}", none.keys());
    assert_eq!(codes(&space, 3), ["ACK_REJECTED"]);
    let all = space.run(&["report", "acknowledgements", "--all", "--format", "csv"]).out;
    assert!(all.contains(",partly,") && all.contains(",waiting,"), "{all}");
}

#[test]
fn good_messages_go_on_and_bad_ones_are_told_what_was_decided() {
    let space = Space::with(&config());
    let taken = take(&space, "a.edi", &orders("R1", &["PO1", "BAD2", "PO3"]));
    let fault = ["UCM+2+ORDERS:D:96A:UN+4", "UCS+3", "UCD+12+2:2"];
    let expected: Vec<String> = std::iter::once(format!("UCI+R1{UCI}+7")).chain(fault.map(str::to_owned)).collect();
    assert_eq!(told(&taken), expected);
    assert_eq!(elements(&taken, "BGM", 2), ["PO1", "PO3"]);
    // What the definition allows and the flow rejects is told as rejected too.
    let odd = orders("R2", &["PO4", "PO5"]).replace("CNT+2:1'\nUNT+12+2", "CNT+2:9'\nUNT+12+2");
    let taken = take(&space, "b.edi", &odd);
    assert!(codes(&space, 2).contains(&"CONTROL_TOTAL".to_owned()), "{:?}", codes(&space, 2));
    assert_eq!(told(&taken), [format!("UCI+R2{UCI}+7"), "UCM+2+ORDERS:D:96A:UN+4+18".to_owned()]);
    assert_eq!(elements(&taken, "BGM", 2), ["PO4"]);
    // A message that nobody agreed on.
    let mixed = orders("R3", &["PO6", "PO7"]).replace("UNH+2+ORDERS", "UNH+2+ORDCHG");
    let taken = take(&space, "c.edi", &mixed);
    assert_eq!(told(&taken), [format!("UCI+R3{UCI}+7"), "UCM+2+ORDCHG:D:96A:UN+4+17+UNH+3".to_owned()]);
    // What came before is sound all the same.
    let taken = take(&space, "d.edi", &orders("R4", &["PO1", "PO8"]));
    assert_eq!((told(&taken), elements(&taken, "BGM", 2)), (vec![format!("UCI+R4{UCI}+7")], vec!["PO8".to_owned()]));
}

#[test]
fn what_is_rejected_as_a_whole_is_never_called_accepted() {
    let space = Space::with(&config());
    take(&space, "a.edi", &orders("R1", &["PO1"]));
    let cut = orders("R2", &["PO2"]).replace("UNZ+1+R2'\n", "");
    for (name, text, expected) in [
        ("cut.edi", cut.clone(), vec![format!("UCI+R2{UCI}+4+13+UNZ")]),
        ("again.edi", orders("R1", &["PO9"]), vec![format!("UCI+R1{UCI}+4+26+UNB+6")]),
        (
            "both.edi",
            format!("{}{cut}", orders("R3", &["PO3"])),
            vec![format!("UCI+R3{UCI}+4+18"), format!("UCI+R2{UCI}+4+13+UNZ")],
        ),
        ("count.edi", orders("R4", &["PO4"]).replace("UNZ+1", "UNZ+2"), vec![format!("UCI+R4{UCI}+4+29+UNZ+2")]),
    ] {
        let taken = take(&space, name, &text);
        assert_eq!(told(&taken), expected, "{name}");
        assert!(elements(&taken, "BGM", 2).is_empty(), "{name}");
    }
    assert_eq!(status(&space).0[1..], ["rejected"; 4]);
}

#[test]
fn nobody_is_answered_twice_or_before_it_is_clear_who_they_are() {
    let space = Space::with(&config());
    assert_eq!(told(&take(&space, "a.edi", &orders("R1", &["PO1"]))).len(), 1);
    assert!(take(&space, "b.edi", &orders("R1", &["PO1"])).is_empty(), "the same bytes");
    for (name, from, to) in [
        ("c.edi", "+5400110000009:14:BUY", "+5400110000000:14:BUY"),
        ("d.edi", "+5013546107732:14", "+5013546107732"),
        ("e.edi", "+R2'\nUNH", "+R2++++++1'\nUNH"),
    ] {
        let text = orders("R2", &["PO2"]);
        assert!(text.contains(from), "{name}");
        let taken = take(&space, name, &text.replacen(from, to, 1));
        assert!(taken.is_empty(), "{name}: {:?}", taken.keys());
    }
    // The same reference twice in one run, the second time with other bytes: one acceptance, one rejection.
    space.write("in/buyer/f.edi", orders("R7", &["PO7"]).as_bytes());
    space.write("in/buyer/g.edi", orders("R7", &["PO8"]).as_bytes());
    space.run(&["run"]);
    let taken = space.consume();
    assert_eq!(told(&taken), [format!("UCI+R7{UCI}+7"), format!("UCI+R7{UCI}+4+26+UNB+6")]);
    assert_eq!(elements(&taken, "BGM", 2), ["PO7"]);
    // A CONTRL beside an order is passed over in the answer.
    let contrl = "UNH+2+CONTRL:D:3:UN'\nUCI+99+5013546107732:14+5400110000009:14+7'\nUNT+3+2'\nUNZ+2+";
    let taken = take(&space, "h.edi", &orders("R8", &["PO9"]).replace("UNZ+1+", contrl));
    assert_eq!(told(&taken), [format!("UCI+R8{UCI}+7")]);
}

#[test]
fn an_interchange_is_written_as_the_agreement_says() {
    let agreed = PARTNER
        .replace("UNOC:3\"", "UNOB:4\"\nusage = \"test\"\ndelimiters = \";|,^ ~\"")
        .replace("acknowledgement = \"CONTRL\"", "acknowledgement = \"none\"")
        .replace("answer = \"CONTRL\"", "answer = \"none\"")
        .replace("[\"D.96A\"]", "[\"D.01B\"]");
    let space = Space::with(&format!("{HEAD}{agreed}{FLOW}"));
    let text = orders("R1", &["PO+1", "PÖ2"]).replace("PO+1", "PO?+1").replace("+R1'\nUNH", "+R1++++++1'\nUNH");
    space.write("in/buyer/a.edi", &encoded(&text.replace(":D:96A", ":D:01B")));
    space.run(&["run"]);
    let taken = space.consume();
    let answer = taken.iter().find(|(name, _)| name.ends_with(".edi")).map(|(_, bytes)| bytes.clone()).unwrap();
    let text = String::from_utf8(answer).unwrap();
    assert!(text.starts_with("UNA;|,^ ~\nUNB|UNOB;4|5013546107732;14;DESK-7|5400110000009;14|20"), "{text}");
    assert!(text.contains("|1||||||1~\nUNH|1|ORDRSP;D;01B;UN~\nBGM|231|PO+1|29~"), "{text}");
    assert!(text.contains("PRI|AAA;4,20~") && text.ends_with("UNZ|1|1~\n"), "{text}");
    // UNOB has no letter of another alphabet: the document is told, and the other one goes out.
    assert!(codes(&space, 1).iter().any(|code| code == "ENCODING_TARGET" || code == "EDIFACT_TARGET"));
    assert!(space.run(&["report", "acknowledgements", "--all", "--format", "csv"]).out.lines().count() <= 1);
}

/// The text in ISO 8859-1.
fn encoded(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn identifications_of_another_alphabet_are_written_in_the_character_set() {
    let space = Space::with(&config().replace("DESK-7", "BÜRO"));
    let taken = take(&space, "a.edi", &orders("R1", &["PO1"]));
    let bytes = taken.iter().find(|(name, _)| name.ends_with("-1.edi")).map(|(_, bytes)| bytes.clone()).unwrap();
    assert!(bytes.starts_with(&encoded("UNB+UNOC:3+5013546107732:14:BÜRO+")), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn threads_and_dry_runs_change_no_byte_and_take_no_reference() {
    let run = |threads: &str, dry: bool| {
        let space = Space::with(&config());
        for number in 1..=7_u32 {
            let po = format!("PO{}", if number == 6 { 2 } else { number });
            let second = format!("{}{number}", if number % 3 == 0 { "BAD" } else { "X" });
            space.write(&format!("in/buyer/{number}.edi"), orders(&format!("R{number}"), &[&po, &second]).as_bytes());
        }
        if dry {
            let previews = super::support::lines(&space.run(&["run", "--dry-run", "--json"]).out);
            assert!(previews.iter().all(|preview| preview["outputs"].as_array().unwrap().len() == 3));
        }
        space.run(&["run", "--threads", threads]);
        let taken = space.consume();
        for (id, at) in [("UNB", 5), ("UNH", 1)] {
            let responses: BTreeMap<_, _> =
                taken.iter().filter(|(name, _)| id == "UNB" || name.ends_with("-1.edi")).collect();
            let responses = responses.into_iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
            let mut numbers: Vec<u32> =
                elements(&responses, id, at).iter().map(|number| number.parse().unwrap()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>(), "{id}");
        }
        timeless(taken)
    };
    let one = run("1", false);
    assert_eq!(one.len(), 19, "one of the files holds nothing new that is good: {:?}", one.keys());
    assert_eq!(one, run("4", false));
    assert_eq!(one, run("2", true));
}

#[test]
fn a_file_waits_for_a_person_when_references_are_used_up_and_takes_none() {
    let space = Space::with(&format!("{HEAD}{PARTNER}numbers = {{ set = [1, 3] }}\n{FLOW}"));
    take(&space, "a.edi", &orders("R1", &["PO1", "PO2"]));
    let taken = take(&space, "b.edi", &orders("R2", &["PO3", "PO4"]));
    assert!(taken.is_empty() && codes(&space, 2).contains(&"CONTROL_NUMBERS_USED_UP".to_owned()), "{:?}", taken.keys());
    let taken = take(&space, "c.edi", &orders("R3", &["PO5"]));
    assert_eq!(
        (elements(&taken, "UNB", 5), elements(&taken, "UNH", 1)),
        (vec!["3".to_owned(), "4".to_owned()], vec!["3".to_owned(), "1".to_owned()])
    );
    assert!(space.run(&["report", "balance"]).out.contains("In balance"));
}

#[test]
fn what_an_agreement_lacks_for_what_a_flow_writes_and_answers_is_told_with_its_place() {
    let config = config();
    let ran = Space::with(&config).run(&["check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let other = "[partners.other.edi]\nown = \"ZZ:US\"\npartner = \"ZZ:THEM\"\nreleases = [\"004010\"]\n[flows.buyer]";
    let with_other = |layout: &str| format!("layout = \"{layout}\"\npartner = \"other\"");
    for (from, to, code, wanted) in [
        ("sends = [\"ORDRSP\"]", "sends = [\"INVOIC\"]", "CONFIG_REFERENCE", "ORDRSP among `sends` of partner buyer"),
        ("layout = \"edifact/ordrsp\"", "layout = \"x12/855\"", "CONFIG_REFERENCE", "a partner who exchanges X12"),
        (
            "layout = \"edifact/ordrsp\"",
            &with_other("edifact/ordrsp"),
            "CONFIG_REFERENCE",
            "who exchanges EDIFACT; other",
        ),
        (
            "layout = \"edifact/orders\"",
            "layout = \"x12/850\"",
            "CONFIG_REFERENCE",
            "reads EDIFACT, which partner buyer",
        ),
        ("DESK-7", "ŁÓDŹ", "CONFIG_REFERENCE", "in characters of its `syntax`"),
        ("answer_target = \"buyer\"\n", "", "CONFIG_VALUE", "the key `answer_target`"),
        ("answer = \"CONTRL\"", "answer = \"997\"", "CONFIG_VALUE", "`none`"),
        ("validate = true\n", "", "CONFIG_VALUE", "`validate = true`"),
        ("partner = \"buyer\"\nlayout", "layout", "CONFIG_REFERENCE", "which EDIFACT is written by"),
    ] {
        assert!(config.contains(from), "{from}");
        let changed = config.replacen(from, to, 1).replacen("[flows.buyer]", other, 1);
        let ran = Space::with(&changed).run(&["check"]);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.out);
        assert!(ran.out.contains(code) && ran.out.contains(wanted), "{to}: {code} {wanted} in\n{}", ran.out);
        assert!(ran.out.contains("consign.toml: line "), "{to}: {}", ran.out);
    }
}
