//! Bad crosswalks and bad values of orders (`T…`): each case by its id, with the end it must come to.

use std::fs;

use super::support::{Space, codes, demo, lines, status};

/// A crosswalk that is refused: the case, the table, its text, the code, what the message names.
const TABLES: [(&str, &str, &str, &str, &str); 33] = [
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
    (
        "T05",
        "unit",
        "code,erp_unit,factor\nPAL,CS,40\nCS,EA,12\nEA,PAL,1/240\n",
        "TABLE_CONTRADICTION",
        "lines 2, 3, 4",
    ),
    (
        "T05",
        "unit",
        "code,erp_unit,factor\nX,PAL,1\nPAL,CS,40\nCS,BX,2\nBX,EA,12\nEA,PAL,1/480\n",
        "TABLE_CONTRADICTION",
        "lines 3, 4, 5, 6",
    ),
    ("T12", "sku", "#rows=3\nsku,item\nA,1\nB,2\n", "TABLE_INCOMPLETE", "3 rows"),
    ("T12", "sku", "#rows=1,\nsku,item\nA,1\nB,2\n", "TABLE_INCOMPLETE", "1 rows"),
    ("T12", "sku", "#rows=many\nsku,item\nA,1\n", "TABLE_VALUE", "many"),
    ("T12", "sku", "#rows=2\nsku,item\nA,1\nA,2\n", "TABLE_KEY_DUPLICATE", "lines 3 and 4"),
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

#[test]
fn t05_t12_tables_that_are_sound() {
    for (table, text) in [
        ("unit", "code,erp_unit,factor\nPAL,CS,40\nCS,EA,12\nEA,PAL,1/480\n"),
        ("unit", "code,erp_unit,factor\nPAL,CS,40\nBOX,CS,4\nCS,EA,12\n"),
        ("sku", "#rows=2,,\r\nsku,item\r\nA,1\r\nB,2\r\n"),
        ("sku", "#rows=0\nsku,item\n"),
        ("sku", "sku,item\n#rows=2,5\n"),
    ] {
        let ran = tabled(table, text).run(&["check"]);
        assert_eq!(ran.code, Some(0), "{text}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn t07_a_currency_that_no_list_knows_goes_out_where_the_flow_says_so() {
    let space = tabled("sku", SKUS);
    let config = fs::read_to_string(space.path("consign.toml")).unwrap();
    let config = config.replacen(
        "[flows.b2b.crosswalk]",
        "[flows.b2b.guards]\ncurrencies = [\"XXQ\"]\n[flows.b2b.crosswalk]",
        1,
    );
    space.write("consign.toml", config.as_bytes());
    space.write("in/b2b/x.xml", &order(("EUR", "XXQ")));
    assert_eq!(space.run(&["run"]).code, Some(0));
    assert_eq!((status(&space).0, space.consume().len()), (vec!["accepted".to_owned()], 1));
    assert_eq!(codes(&space, 1), Vec::<String>::new());
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

const ORDERS: [Ordered; 45] = [
    ("T02", ("MUG-RED", "MUG-REDD"), "held", "SKU_UNKNOWN"),
    ("T03", ("MUG-RED</sku><quantity unit=\"EA\"", "A1E5</sku><quantity unit=\"ZZZ\""), "held", "UNIT_UNKNOWN"),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "CASED</sku><quantity unit=\"EA\">7"), "held", "UNIT_INEXACT"),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "THIRDS</sku><quantity unit=\"EA\">3"), "held", "UNIT_INEXACT"),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "CASED</sku><quantity unit=\"EA\">24"), "accepted", ""),
    ("T04", ("MUG-RED</sku><quantity unit=\"EA\">2", "CASED</sku><quantity unit=\"EA\">6"), "held", "UNIT_NOT_WHOLE"),
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
    ("T07", (">1.50<", ">1.123456789012<"), "rejected", "VALUE_INVALID"),
    ("T07", (">1.50<", ">1.500000000000<"), "accepted", ""),
    ("T07", ("EUR", "XXQ"), "rejected", "VALUE_INVALID"),
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
    (
        "T09",
        ("requestedDelivery>2026-03-09</requestedDelivery", "requestedShip>2026-03-04</requestedShip"),
        "accepted",
        "DATE_ORDER",
    ),
    ("T09", ("2026-03-09", "2026-03-05"), "accepted", ""),
    ("T09", ("2026-03-05</orderedAt>", "2199-03-05</orderedAt>"), "accepted", "DATE_ORDER"),
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
