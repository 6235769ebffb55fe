//! The definitions in the box: that they hold together, and facts that are known from elsewhere.

use super::set;
use crate::schema::{Content, Element, Kind, Library, Part, Set};

fn part<'s>(set: &'s Set, tag: &str) -> &'s Part {
    &set.segments.iter().find(|segment| segment.tag.as_str() == tag).unwrap_or_else(|| panic!("no {tag}")).part
}

fn element<'s>(set: &'s Set, tag: &str, position: usize) -> &'s Element {
    match &part(set, tag).fields[position - 1].content {
        Content::Simple(element) => element,
        Content::Composite(part) => panic!("{tag}{position:02} is {}", part.id),
    }
}

fn notes(set: &Set, tag: &str) -> String {
    part(set, tag).notes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The path and use of each segment of a tag, such as `N1/N3 O 2`.
fn uses(set: &Set, tag: &str) -> Vec<String> {
    let mut uses = Vec::new();
    for node in set.nodes.iter().filter(|node| node.segment.is_some() && node.tag.as_str() == tag) {
        let (mut path, mut at) = (node.id.to_string(), node.parent);
        while at != 0 {
            let parent = &set.nodes[usize::from(at)];
            let most = if parent.most == u32::MAX { String::new() } else { format!("x{}", parent.most) };
            path = format!("{}{most}/{path}", parent.id);
            at = parent.parent;
        }
        let most = if node.most == u32::MAX { ">1".to_owned() } else { node.most.to_string() };
        uses.push(format!("{path} {} {most}", if node.required { 'M' } else { 'O' }));
    }
    uses
}

#[test]
fn every_definition_in_the_box_is_read() {
    let names: Vec<_> = Library::names().collect();
    for name in &names {
        let set = set(name);
        assert!(!set.title.is_empty() && set.nodes.len() > 2, "{name}");
        let last = set.nodes.last().map(|node| node.tag.as_str().to_owned()).unwrap();
        let first = set.nodes[1].tag.as_str().to_owned();
        let ends = [("ST", "SE"), ("UNH", "UNT"), ("ISA", "IEA"), ("UNB", "UNZ")];
        assert!(ends.contains(&(first.as_str(), last.as_str())), "{name} from {first} to {last}");
    }
    let x12 = "850 855 856 810 846 832 860 865 820 824 940 945 944 947 997 envelope";
    for id in x12.split(' ') {
        assert!(names.contains(&format!("x12/004010/{id}").as_str()), "{id}");
        assert!(names.contains(&format!("x12/005010/{id}").as_str()), "{id}");
    }
    assert!(names.contains(&"x12/005010/999"));
    let edifact = "ORDERS ORDRSP ORDCHG DESADV INVOIC INVRPT PRICAT RECADV APERAK";
    for id in edifact.split(' ') {
        assert!(names.contains(&format!("edifact/D.96A/{id}").as_str()), "{id}");
        assert!(names.contains(&format!("edifact/D.01B/{id}").as_str()), "{id}");
    }
    assert!(names.contains(&"edifact/service3/CONTRL") && names.contains(&"edifact/service4/CONTRL"));
}

#[test]
fn codes_fit_their_elements() {
    for name in Library::names() {
        let set = set(name);
        for segment in set.release.segments() {
            for field in &segment.part.fields {
                let Content::Simple(element) = &field.content else { continue };
                for code in element.codes.iter().flat_map(|codes| codes.values()) {
                    let len = u32::try_from(code.len()).unwrap();
                    assert!(len >= element.least && len <= element.most, "{name} {} {code}", element.number);
                }
            }
        }
    }
}

#[test]
fn known_facts_of_x12_are_there() {
    let po = set("x12/004010/850");
    let number = element(&po, "BEG", 3);
    assert_eq!((&*number.number, number.kind, number.least, number.most), ("324", Kind::Text, 1, 22));
    let required: Vec<_> = part(&po, "BEG").fields.iter().map(|field| field.required).collect();
    assert_eq!(required[..6], [true, true, true, false, true, false]);
    assert_eq!(element(&po, "BEG", 5).kind, Kind::Date);
    assert!(element(&po, "BEG", 1).codes.as_ref().unwrap().contains(b"00"));
    assert_eq!(notes(&po, "PO1"), "C0302 C0504 P0607 P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 P2425");
    assert_eq!(notes(&po, "SAC"), "R0203 P0304 P0607 P0910 C1110 L130204 C1413 C1615");
    assert_eq!(notes(&po, "N1"), "R0203 P0304");
    assert_eq!(notes(&po, "BEG"), "");
    assert_eq!(element(&po, "PO1", 2).number.as_ref(), "330");
    assert_eq!(uses(&po, "BEG"), ["BEG M 1"]);
    assert_eq!(uses(&po, "PO1"), ["PO1x100000/PO1 M 1"]);
    assert!(uses(&po, "N3").contains(&"N1x200/N3 O 2".to_owned()));
    let ack = set("x12/004010/997");
    let tags: Vec<_> = ack.nodes.iter().filter(|n| n.segment.is_some()).map(|n| n.tag.as_str().to_owned()).collect();
    assert_eq!(tags, ["ST", "AK1", "AK2", "AK3", "AK4", "AK5", "AK9", "SE"]);
    assert_eq!(uses(&ack, "AK4"), ["AK2x999999/AK3x999999/AK4 O 99"]);
    assert_eq!(element(&ack, "AK9", 2).number.as_ref(), "97");
    assert_eq!(element(&ack, "AK3", 2).kind, Kind::Whole(0));
    let ship = set("x12/004010/856");
    assert_eq!(uses(&ship, "HL"), ["HLx200000/HL M 1"]);
    assert_eq!(element(&ship, "BSN", 2).number.as_ref(), "396");
    let invoice = set("x12/004010/810");
    assert_eq!(element(&invoice, "TDS", 1).kind, Kind::Whole(2));
    assert_eq!(notes(&invoice, "IT1").split(' ').next(), Some("P020304"));
    let implementation = set("x12/005010/999");
    assert_eq!(element(&implementation, "ST", 3).number.as_ref(), "1705");
    assert_eq!(element(&implementation, "AK2", 3).number.as_ref(), "1705");
    let codes = element(&implementation, "IK3", 4).codes.as_ref().unwrap();
    assert!(codes.contains(b"I4") && codes.is_complete());
    let envelope = set("x12/004010/envelope");
    assert_eq!(element(&envelope, "ISA", 13).number.as_ref(), "I12");
    assert_eq!((element(&envelope, "ISA", 6).least, element(&envelope, "ISA", 6).most), (15, 15));
}

#[test]
fn known_facts_of_edifact_are_there() {
    let orders = set("edifact/D.96A/ORDERS");
    let Content::Composite(name) = &part(&orders, "BGM").fields[0].content else { panic!() };
    assert_eq!((name.id.as_ref(), name.fields.len()), ("C002", 4));
    let number = element(&orders, "BGM", 2);
    assert_eq!((&*number.number, number.kind, number.most), ("1004", Kind::Text, 35));
    assert_eq!(element(&orders, "LIN", 1).kind, Kind::Number);
    assert_eq!(uses(&orders, "BGM"), ["BGM M 1"]);
    assert_eq!(uses(&orders, "LIN"), ["SG25x200000/LIN M 1"]);
    assert_eq!(uses(&orders, "NAD")[0], "SG2x99/NAD M 1");
    let groups = orders.nodes.iter().filter(|node| node.segment.is_none()).count() - 1;
    assert_eq!(groups, 54);
    assert_eq!(uses(&set("edifact/D.96A/DESADV"), "LIN"), ["SG10x9999/SG15x9999/LIN M 1"]);
    assert_eq!(uses(&set("edifact/D.96A/INVOIC"), "LIN"), ["SG25x9999999/LIN M 1"]);
    let report = set("edifact/service3/CONTRL");
    assert_eq!(uses(&report, "UCD"), ["SG1x999999/SG2x999/UCD O 99", "SG3x999999/SG4x999999/SG5x999/UCD O 99"]);
    assert_eq!(element(&report, "UCI", 4).number.as_ref(), "0083");
    assert_eq!(element(&report, "UNT", 1).most, 6);
    assert_eq!(element(&set("edifact/service4/CONTRL"), "UNT", 1).most, 10);
}
