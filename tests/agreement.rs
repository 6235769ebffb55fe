//! Agreements with partners: how they are configured, and what becomes of files that do not keep to them.

use super::support::{Space, demo, root};

const EDI: &str = "[partners.bigstore.edi]\nown = \"ZZ:EXAMPLEGOODS\"\npartner = \"ZZ:BIGSTORE\"\nreleases = [\"004010\"]\n\
    receives = [\"850\"]\nsends = [\"855\"]\nacknowledgement = \"997\"\n";

/// The demo's configuration with the agreement.
fn config(edi: &str) -> String {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let mut names: Vec<&str> = config.lines().filter_map(|line| line.strip_prefix("partner = \"")).collect();
    names.sort_unstable();
    names.dedup();
    let others = names.iter().map(|name| name.trim_end_matches('"')).filter(|name| *name != "bigstore");
    let others: String = others.map(|name| format!("[partners.{name}]\n")).collect();
    config.replacen("[flows.", &format!("{edi}{others}[flows."), 1)
}

#[test]
fn mistakes_of_an_agreement_have_their_place_and_the_nearest_name() {
    let ran = Space::with(&config(EDI)).run(&["check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    for (from, to, code, wanted) in [
        ("own =", "owm =", "CONFIG_UNKNOWN_KEY", "`own`"),
        ("ZZ:BIGSTORE", "BIGSTORE", "CONFIG_VALUE", "a qualifier and an identifier"),
        ("004010\"]", "004011\"]", "CONFIG_REFERENCE", "`004010`"),
        ("[\"850\"]", "[\"851\"]", "CONFIG_REFERENCE", "`850`"),
        ("\"997\"", "\"998\"", "CONFIG_VALUE", "`997`"),
        ("\"997\"\n", "\"997\"\nacknowledgement_hours = 0\n", "CONFIG_VALUE", "hours from 1"),
        ("\"997\"\n", "\"997\"\nusage = \"testing\"\n", "CONFIG_VALUE", "`test`"),
        ("\"997\"\n", "\"997\"\ndelimiters = \"**~\"\n", "CONFIG_VALUE", "all different"),
        ("\"997\"\n", "\"997\"\nnumbers = { group = [9, 3] }\n", "CONFIG_VALUE", "the first and the last number"),
        ("\"997\"\n", "\"997\"\nnumbers = { groups = [1, 3] }\n", "CONFIG_UNKNOWN_KEY", "`group`"),
        ("releases = [\"004010\"]\n", "", "CONFIG_VALUE", "the key `releases`"),
        ("partners.bigstore.edi", "partners.bigstroe.edi", "CONFIG_REFERENCE", "`bigstroe`"),
    ] {
        assert!(EDI.contains(from), "{from}");
        let ran = Space::with(&config(&EDI.replacen(from, to, 1))).run(&["check"]);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.out);
        assert!(ran.out.contains(code) && ran.out.contains(wanted), "{to}: {code} {wanted} in\n{}", ran.out);
        assert!(ran.out.contains("consign.toml: line "), "{}", ran.out);
    }
    let twice = format!("{EDI}{}", EDI.replace("partners.bigstore", "partners.other"));
    let ran = Space::with(&config(&twice)).run(&["check"]);
    assert!(ran.out.contains("CONFIG_DUPLICATE") && ran.out.contains("bigstore"), "{}", ran.out);
}

/// What becomes of the demo's orders with a change, and what the ledger says of them.
fn taken(edi: &str, from: &str, to: &str) -> (String, usize) {
    let space = Space::with(&config(edi));
    let orders = String::from_utf8(demo("purchase-orders.x12")).unwrap();
    assert!(orders.contains(from), "{from}");
    space.write("in/bigstore/x.x12", orders.replace(from, to).as_bytes());
    space.run(&["run"]);
    let shown = space.run(&["show", "1", "--json"]).out;
    (shown, space.consume().len())
}

#[test]
fn what_is_not_agreed_is_held_or_rejected_and_never_goes_out() {
    let (shown, outputs) = taken(EDI, "*P*>~", "*P*>~");
    assert!(shown.contains("\"accepted\"") && outputs > 0, "{shown}");
    for (from, to, code, outcome) in [
        ("*ZZ*BIGSTORE       *", "*ZZ*SOMEBODY       *", "PARTNER_UNKNOWN", "held"),
        ("GS*PO*BIGSTORE*", "GS*PO*SOMEBODY*", "PARTNER_UNKNOWN", "held"),
        ("*ZZ*EXAMPLEGOODS   *", "*ZZ*OTHERGOODS     *", "PARTNER_RECEIVER", "held"),
        ("*0*P*>~", "*0*T*>~", "PARTNER_USAGE", "held"),
    ] {
        let (shown, outputs) = taken(EDI, from, to);
        assert!(shown.contains(code) && shown.contains(&format!("\"{outcome}\"")), "{code} {outcome} in\n{shown}");
        assert_eq!(outputs, 0, "{code}");
    }
    let other = EDI.replace("004010", "005010");
    let (shown, outputs) = taken(&other, "*P*>~", "*P*>~");
    assert!(shown.contains("PARTNER_RELEASE") && shown.contains("\"rejected\"") && outputs == 0, "{shown}");
    let other = EDI.replace("[\"850\"]", "[\"860\"]");
    let (shown, outputs) = taken(&other, "*P*>~", "*P*>~");
    assert!(shown.contains("PARTNER_SET") && shown.contains("\"rejected\"") && outputs == 0, "{shown}");
}

#[test]
fn a_policy_says_what_happens_to_what_is_not_agreed() {
    let policy = |word: &str| {
        let to = format!("[flows.bigstore.policy]\npartner_usage = \"{word}\"\n[[flows.bigstore.outputs]]");
        config(EDI).replacen("[[flows.bigstore.outputs]]", &to, 1)
    };
    let test_data = String::from_utf8(demo("purchase-orders.x12")).unwrap().replace("*0*P*>~", "*0*T*>~");
    for (word, outcome, is_out) in [("reject", "rejected", false), ("hold", "held", false), ("pass", "accepted", true)]
    {
        let space = Space::with(&policy(word));
        space.write("in/bigstore/x.x12", test_data.as_bytes());
        space.run(&["run"]);
        let shown = space.run(&["show", "1", "--json"]).out;
        assert!(shown.contains("PARTNER_USAGE") && shown.contains(&format!("\"{outcome}\"")), "{word}: {shown}");
        assert_eq!(!space.consume().is_empty(), is_out, "{word}");
    }
    // Where test data is agreed on, production data is what is not.
    let (shown, outputs) = taken(&format!("{EDI}usage = \"test\"\n"), "*0*P*>~", "*0*T*>~");
    assert!(shown.contains("\"accepted\"") && !shown.contains("X12_TEST_INDICATOR") && outputs > 0, "{shown}");
}

/// Something sent that waits: interchange 42 with group 7 of order answers, as the ledger keeps it.
fn waiting(space: &Space, wanted: &str, deadline: &str) {
    let (functional, group) = if wanted == "TA1" { ("", 0) } else { ("PR", 7) };
    let ledger = rusqlite::Connection::open(space.path(".consign/ledger.db")).unwrap();
    let sql = "INSERT INTO awaited (intake, name, own, partner, wanted, interchange, functional, group_number, sent_at,
        deadline, state) VALUES (1, 'bigstore', 'ZZ:EXAMPLEGOODS', 'ZZ:BIGSTORE', ?1, 42, ?2, ?3,
        '2026-01-01T00:00:00Z', ?4, 'waiting')";
    ledger.execute(sql, rusqlite::params![wanted, functional, group, deadline]).unwrap();
}

/// A workspace that has sent something.
fn sent(wanted: &str) -> Space {
    let space = Space::with(&config(EDI));
    space.write("in/bigstore/orders.x12", &demo("purchase-orders.x12"));
    assert_eq!(space.run(&["run"]).code, Some(0));
    waiting(&space, wanted, "2026-01-02T00:00:00Z");
    space
}

fn isa(number: u32) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*BIGSTORE       *ZZ*EXAMPLEGOODS   *260304*0900*U*00401*{number:09}*0*P*>~\n"
    )
}

/// A 997 of a group.
fn answer(group: u32, verdict: &str) -> String {
    let set = if verdict == "A" { "A" } else { "R*5" };
    format!(
        "{}GS*FA*BIGSTORE*EXAMPLEGOODS*20260304*0900*9*X*004010~\nST*997*0001~\nAK1*PR*{group}~\nAK2*855*0001~\n\
         AK5*{set}~\nAK9*{verdict}*1*1*1~\nSE*6*0001~\nGE*1*9~\nIEA*1*000000900~\n",
        isa(900)
    )
}

#[test]
fn what_is_not_answered_in_time_is_reported_until_it_is_answered() {
    let space = sent("997");
    let report = space.run(&["report", "acknowledgements"]);
    assert_eq!(report.code, Some(1), "{}", report.err);
    assert!(report.out.contains("overdue") && report.out.contains("1 of them LATE"), "{}", report.out);
    space.write("in/bigstore/answer.x12", answer(7, "A").as_bytes());
    assert_eq!(space.run(&["run"]).code, Some(0));
    let shown = space.run(&["show", "2", "--json"]).out;
    assert!(shown.contains("ACK_RECEIVED") && shown.contains("\"accepted\""), "{shown}");
    let report = space.run(&["report", "acknowledgements"]);
    assert_eq!((report.code, report.out.contains("Nothing waits")), (Some(0), true), "{}", report.out);
    let all = space.run(&["report", "acknowledgements", "--all", "--format", "csv"]).out;
    assert!(all.contains(",997,000000042,PR 7,") && all.contains(",accepted,"), "{all}");
    assert!(space.run(&["report", "balance"]).out.contains("In balance"));
}

#[test]
fn answers_that_reject_or_name_nothing_are_told() {
    for (wanted, text, code, state) in [
        ("997", answer(7, "R"), "ACK_REJECTED", "rejected"),
        ("997", answer(7, "P"), "ACK_REJECTED", "partly"),
        ("997", answer(8, "A"), "ACK_UNMATCHED", "overdue"),
        ("997", answer(7, "Q"), "ACK_UNREADABLE", "overdue"),
        ("997", answer(7, "A").replace("*ZZ*BIGSTORE ", "*ZZ*SOMEBODY "), "PARTNER_UNKNOWN", "overdue"),
        ("997", answer(7, "A").replace("GE*1*9~\n", ""), "X12_NO_GE", "overdue"),
        ("997", answer(7, "A").replace("000000900", "000000101"), "DUPLICATE_CONTROL_NUMBER", "overdue"),
        (
            "TA1",
            format!("{}TA1*000000042*260304*0900*A*000~\nIEA*0*000000900~\n", isa(900)),
            "ACK_RECEIVED",
            "accepted",
        ),
        (
            "TA1",
            format!("{}TA1*000000042*260304*0900*R*001~\nIEA*0*000000900~\n", isa(900)),
            "ACK_REJECTED",
            "rejected",
        ),
        (
            "997",
            format!("{}TA1*000000042*260304*0900*R*001~\nIEA*0*000000900~\n", isa(900)),
            "ACK_REJECTED",
            "rejected",
        ),
    ] {
        let space = sent(wanted);
        space.write("in/bigstore/answer.x12", text.as_bytes());
        space.run(&["run"]);
        let shown = space.run(&["show", "2", "--json"]).out;
        assert!(shown.contains(code), "{code} in\n{shown}");
        let all = space.run(&["report", "acknowledgements", "--all", "--json"]).out;
        assert!(all.contains(&format!("\"state\":\"{state}\"")), "{code}: {state} in\n{all}");
    }
}

const EDIFACT: &str = "[workspace]\n[targets.erp]\n[partners.buyer.edi]\nstandard = \"edifact\"\n\
    own = \"14:5013546107732\"\npartner = \"14:5400110000009\"\nreleases = [\"D.96A\"]\nreceives = [\"ORDERS\"]\n\
    sends = [\"ORDRSP\"]\nsyntax = \"UNOC:3\"\nacknowledgement = \"CONTRL\"\n\
    [flows.buyer]\npartner = \"buyer\"\nlayout = \"edifact/orders\"\nquiet_secs = 0\n\
    [[flows.buyer.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n";

fn edifact_orders() -> String {
    std::fs::read_to_string(root().join("fixtures/21_edifact_orders/input.edi")).unwrap()
}

#[test]
fn mistakes_of_an_edifact_agreement_are_told() {
    let ran = Space::with(EDIFACT).run(&["check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    for (from, to, code, wanted) in [
        ("14:5013546107732", "14:", "CONFIG_VALUE", "an identification of up to 35 characters"),
        ("D.96A", "D.96B", "CONFIG_REFERENCE", "`D.96A`"),
        ("[\"ORDERS\"]", "[\"ORDER\"]", "CONFIG_REFERENCE", "`ORDERS`"),
        ("UNOC:3", "UNOX:3", "CONFIG_VALUE", "a character set and a syntax version"),
        ("UNOC:3\"\n", "UNOC:3\"\ndelimiters = \":::? '\"\n", "CONFIG_VALUE", "six characters of UNA"),
        ("UNOC:3\"\n", "UNOC:3\"\ndelimiters = \":\"\n", "CONFIG_VALUE", "six characters of UNA"),
        ("UNOC:3\"\n", "UNOC:3\"\nown_internal = \"123456789012345\"\n", "CONFIG_VALUE", "at most 14 characters"),
        ("\"CONTRL\"", "\"997\"", "CONFIG_VALUE", "`none`"),
        ("\"edifact\"", "\"tradacoms\"", "CONFIG_VALUE", "`x12`"),
    ] {
        assert!(EDIFACT.contains(from), "{from}");
        let ran = Space::with(&EDIFACT.replacen(from, to, 1)).run(&["check"]);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.out);
        assert!(ran.out.contains(code) && ran.out.contains(wanted), "{to}: {code} {wanted} in\n{}", ran.out);
    }
}

#[test]
fn edifact_that_is_not_agreed_is_held_or_rejected_and_never_goes_out() {
    for (from, to, code, outcome) in [
        ("UNA", "UNA", "", "accepted"),
        ("5400110000009:14+5013", "5400110000000:14+5013", "PARTNER_UNKNOWN", "held"),
        ("+5013546107732:14", "+5013546107732", "PARTNER_RECEIVER", "held"),
        ("++ORDERS'", "++ORDERS++++1'", "PARTNER_USAGE", "held"),
    ] {
        let space = Space::with(EDIFACT);
        let text = edifact_orders();
        assert!(text.contains(from), "{from}");
        space.write("in/buyer/x.edi", text.replacen(from, to, 1).as_bytes());
        space.run(&["run"]);
        let shown = space.run(&["show", "1", "--json"]).out;
        assert!(shown.contains(code) && shown.contains(&format!("\"{outcome}\"")), "{code} {outcome} in\n{shown}");
        assert_eq!(space.consume().is_empty(), outcome != "accepted", "{code}");
    }
    for (from, to, code) in
        [("[\"D.96A\"]", "[\"D.01B\"]", "PARTNER_RELEASE"), ("[\"ORDERS\"]", "[\"ORDCHG\"]", "PARTNER_SET")]
    {
        let space = Space::with(&EDIFACT.replacen(from, to, 1));
        space.write("in/buyer/x.edi", edifact_orders().as_bytes());
        space.run(&["run"]);
        let shown = space.run(&["show", "1", "--json"]).out;
        assert!(
            shown.contains(code) && shown.contains("\"rejected\"") && space.consume().is_empty(),
            "{code}: {shown}"
        );
    }
}

/// A CONTRL about interchange 42 of ours.
fn contrl(reference: &str, action: &str, more: &str) -> String {
    let segments = 3 + more.matches('\'').count();
    format!(
        "UNB+UNOC:3+5400110000009:14+5013546107732:14+260306:0800+{reference}'\nUNH+1+CONTRL:D:3:UN'\n\
         UCI+42+5013546107732:14+5400110000009:14+{action}'\n{more}UNT+{segments}+1'\nUNZ+1+{reference}'\n"
    )
}

#[test]
fn a_contrl_settles_the_interchange_that_it_names() {
    let rejected = "UCM+1+ORDRSP:D:96A:UN+4+29+UNT+2'\n";
    for (text, code, state) in [
        (contrl("9", "7", ""), "ACK_RECEIVED", "accepted"),
        (contrl("9", "7", rejected), "ACK_REJECTED", "partly"),
        (contrl("9", "4+29+UNZ+2", ""), "ACK_REJECTED", "rejected"),
        (contrl("9", "8", ""), "ACK_RECEIVED", "overdue"),
        (contrl("9", "9", ""), "ACK_UNREADABLE", "overdue"),
        (contrl("9", "7", "").replace("UCI+42", "UCI+43"), "ACK_UNMATCHED", "overdue"),
        (
            contrl("9", "7", "").replace("UNB+UNOC:3+5400110000009", "UNB+UNOC:3+5400110000000"),
            "PARTNER_UNKNOWN",
            "overdue",
        ),
        (contrl("9", "7", "").replace("UNT+3", "UNT+4"), "EDIFACT_SEGMENT_COUNT", "overdue"),
        (contrl("700001", "7", ""), "DUPLICATE_CONTROL_NUMBER", "overdue"),
    ] {
        let space = Space::with(EDIFACT);
        space.write("in/buyer/orders.edi", edifact_orders().as_bytes());
        assert_eq!(space.run(&["run"]).code, Some(0));
        let ledger = rusqlite::Connection::open(space.path(".consign/ledger.db")).unwrap();
        let sql = "INSERT INTO awaited (intake, name, own, partner, wanted, interchange, functional, group_number,
            sent_at, deadline, state) VALUES (1, 'buyer', '14:5013546107732', '14:5400110000009', 'CONTRL', 42, '', 0,
            '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 'waiting')";
        ledger.execute(sql, []).unwrap();
        drop(ledger);
        let report = space.run(&["report", "acknowledgements"]);
        assert!(report.code == Some(1) && report.out.contains("overdue"), "{}", report.out);
        space.write("in/buyer/answer.edi", text.as_bytes());
        space.run(&["run"]);
        let shown = space.run(&["show", "2", "--json"]).out;
        assert!(shown.contains(code), "{code} in\n{shown}");
        let all = space.run(&["report", "acknowledgements", "--all", "--json"]).out;
        assert!(all.contains(&format!("\"state\":\"{state}\"")), "{code}: {state} in\n{all}");
    }
}
