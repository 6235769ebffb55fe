//! Agreements with partners: how they are configured, and what becomes of files that do not keep to them.

use super::support::{Space, demo};

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
