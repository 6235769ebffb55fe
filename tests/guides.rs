//! Partners' implementation guides: named in an agreement, checked, and applied to what is received, acknowledged and
//! written; the example of `docs/guides.md` is the guide of most tests.

use super::exchange::{EDI, FLOW, elements, orders};
use super::support::{Space, codes, demo, root, run};

/// The guide in the documentation: the first block of its kind.
fn documented() -> String {
    let page = std::fs::read_to_string(root().join("docs/guides.md")).unwrap();
    let block = page.split("```text\n").nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// The X12 orders of the demo with a change.
fn changed(from: &str, to: &str) -> String {
    let text = String::from_utf8(demo("purchase-orders.x12")).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// What each rule of the documented guide finds: a change of a sound file, and the lines of a 997 and of a 999.
const BROKEN: [(&str, &str, [&str; 2]); 6] = [
    (
        "BEG*00*SA",
        "BEG*00*RL",
        ["AK3*BEG*2**8~\nAK4*2*92*7*RL~\nAK5*R*5~", "IK3*BEG*2**8~\nIK4*2*92*I6*RL~\nIK5*R*I5~"],
    ),
    ("PO-7001", "PO-70010000", ["AK4*3*324*5*PO-70010000~\nAK5*R*5~", "IK4*3*324*5*PO-70010000~\nIK5*R*5~"]),
    ("CUR*BY*USD~\n", "", ["AK3*CUR*3**3~\nAK5*R*4*5~", "IK3*CUR*3**3~\nIK5*R*4*5~"]),
    ("DTM*002", "FOB*CC~\nDTM*002", ["AK3*FOB*4**2~\nAK5*R*4*5~", "IK3*FOB*4**I4~\nIK5*R*4*I5~"]),
    ("PO1*1*10*", "N1*BT*Big Store~\nPO1*1*10*", ["AK3*N1*8**4~\nAK5*R*4*5~", "IK3*N1*8*N1*4~\nIK5*R*4*5~"]),
    ("120.00**UP*614141000012*VN*MUG-12PK", "120.00", ["AK4*6*235*1~\nAK5*R*5~", "IK4*6*235*1~\nIK5*R*5~"]),
];

#[test]
fn the_documented_guide_is_applied_by_ack_to_each_of_its_rules() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let guide = at("guide.txt", &documented());
    let sound = at("sound.x12", &changed("BEG", "BEG"));
    let ran = run(&["ack", &sound, "--guide", &guide]);
    assert!(ran.code == Some(0) && ran.out.contains("AK9*A*2*2*2~"), "{}{}", ran.out, ran.err);
    let mut wrong = Vec::new();
    for (from, to, expected) in BROKEN {
        let file = at("broken.x12", &changed(from, to));
        for (form, expected) in ["997", "999"].into_iter().zip(expected) {
            let ran = run(&["ack", &file, "--as", form, "--guide", &guide]);
            if ran.code != Some(1) || !ran.out.contains(expected) || !ran.out.contains("AK9*P*2*2*1~") {
                wrong.push(format!("{to} {form}: {}{} lacks {expected}", ran.out, ran.err));
            }
            // Only the counts of SE are wrong without the guide, where a segment more or less is.
            let without = run(&["ack", &file, "--as", form]).out;
            if without.contains("AK3*") || without.contains("IK3*") {
                wrong.push(format!("{to} {form} without the guide: {without}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_guide_of_edifact_is_told_by_contrl() {
    let folder = tempfile::tempdir().unwrap();
    let guide = folder.path().join("guide.txt");
    let text = "overlay edifact/D.96A/ORDERS Narrow orders\ncodes BGM01-1 = 220\nforbid FTX\nrequire SG7\n";
    std::fs::write(&guide, text).unwrap();
    let guide = guide.to_str().unwrap();
    let message = |from: &str, to: &str, count: usize| {
        let sound = "UNB+UNOC:3+BUYER:14+SELLER:14+240301:1200+REF42++++1'UNH+M1+ORDERS:D:96A:UN'BGM+220+PO-1+9'\
            DTM+137:20240301:102'CUX+2:EUR:9'LIN+1++4000862141404:EN'QTY+21:10'UNS+S'CNT+2:1'UNT+9+M1'UNZ+1+REF42'";
        assert!(sound.contains(from), "{from}");
        sound.replace(from, to).replace("UNT+9", &format!("UNT+{count}"))
    };
    let cases = [
        (message("UNB", "UNB", 9), Some(0), "UCI+REF42+BUYER:14+SELLER:14+7'\nUNT"),
        (message("BGM+220", "BGM+221", 9), Some(1), "+4'\nUCS+2'\nUCD+14+2:1'"),
        (message("CUX", "FTX+DEL+++A'CUX", 10), Some(1), "+4'\nUCS+4+15'"),
        (message("CUX+2:EUR:9'", "", 8), Some(1), "+4'\nUCS+3+13'"),
    ];
    for (text, code, expected) in cases {
        let file = folder.path().join("orders.edi");
        std::fs::write(&file, &text).unwrap();
        let ran = run(&["ack", file.to_str().unwrap(), "--guide", guide]);
        assert!(ran.code == code && ran.out.contains(expected), "{text}: {}{}", ran.out, ran.err);
        let without = run(&["ack", file.to_str().unwrap()]);
        assert_eq!(without.code, Some(0), "{text}: {}", without.out);
    }
}

#[test]
fn convert_and_layouts_take_the_documented_guide() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let guide = at("guide.txt", &documented());
    let file = at("po.x12", &changed("BEG*00*SA", "BEG*00*RL"));
    let ran = run(&["convert", &file, "--to", "json", "--validate", "--guide", &guide]);
    assert!(ran.code == Some(1) && ran.err.contains("code value not used in the guide"), "{}", ran.err);
    assert_eq!(run(&["convert", &file, "--to", "json", "--validate"]).code, Some(0));
    // Nothing would be held to it: that is told, and nothing is written.
    let ran = run(&["convert", &file, "--to", "json", "--guide", &guide]);
    assert!(ran.code == Some(2) && ran.err.contains("--validate") && ran.out.is_empty(), "{}", ran.err);
    let page = run(&["layouts", "show", "x12/004010/850", "--guide", &guide]);
    assert!(page.code == Some(0) && page.out.contains("BigStore purchase orders"), "{}", page.out);
    assert_ne!(page.out, run(&["layouts", "show", "x12/004010/850"]).out);
    let ran = run(&["layouts", "show", "x12/004010/855", "--guide", &guide]);
    assert!(ran.code == Some(2) && ran.err.contains("not about x12/004010/855"), "{}", ran.err);
    let ran = run(&["layouts", "show", "shopify/orders", "--guide", &guide]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    // The tree shows what the guide forbids at its place, and a page does too.
    for form in [&[][..], &["--json"], &["--html"]] {
        let ran = run(&[&["inspect", &file, "--guide", &guide], form].concat());
        assert!(ran.code == Some(1) && ran.out.contains("code value not used in the guide"), "{}", ran.out);
    }
    assert_eq!(run(&["inspect", &file]).code, Some(0));
    let ran = run(&["inspect", &at("a.csv", "a,b\n1,2\n"), "--guide", &guide]);
    assert!(ran.code == Some(2) && ran.err.contains("a guide is for an X12 or EDIFACT file"), "{}", ran.err);
    let wrong = at("wrong.txt", "overlay x12/004010/850\nforbid FBO\nallow CTP\n");
    for arguments in [vec!["ack", &file], vec!["inspect", &file], vec!["convert", &file, "--validate", "--to", "json"]]
    {
        let ran = run(&[arguments, vec!["--guide", &wrong]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        for expected in [":2:8: FBO: no such segment or loop; expected `FOB`", ":3:1: allow: must be forbid"] {
            assert!(ran.err.contains(expected), "{}", ran.err);
        }
    }
}

#[test]
fn what_is_written_is_held_to_the_guide() {
    let folder = tempfile::tempdir().unwrap();
    let guide = folder.path().join("guide.txt");
    std::fs::write(&guide, "overlay x12/004010/850 Short numbers\nlength BEG03 1/3\n").unwrap();
    let file = root().join("fixtures/demo/purchase-orders.x12");
    let arguments = ["convert", file.to_str().unwrap(), "--to", "x12/850", "--release", "004010"];
    let sound = run(&arguments);
    assert!(sound.code == Some(0) && sound.out.contains("PO-7001"), "{}", sound.err);
    let ran = run(&[&arguments[..], &["--guide", guide.to_str().unwrap()]].concat());
    assert!(ran.code == Some(1) && !ran.out.contains("PO-7001"), "{}{}", ran.out, ran.err);
}

/// A workspace whose partner has guides.
fn space(guides: &str, files: &[(&str, &str)]) -> Space {
    let space = Space::with(&format!("{EDI}guides = [{guides}]\n{FLOW}"));
    files.iter().for_each(|(name, text)| space.write(name, text.as_bytes()));
    space
}

#[test]
fn a_set_that_breaks_the_partners_guide_is_rejected_and_the_partner_is_told() {
    let text = "overlay x12/004010/850 Stand-alone orders\ncodes BEG02 = SA\nlength BEG03 1/5\n";
    let space = space("\"guides/bigstore-850.txt\"", &[("guides/bigstore-850.txt", text)]);
    assert_eq!(space.run(&["check"]).code, Some(0));
    space.write("in/bigstore/a.x12", orders(1, &["PO1", "PO2"]).replacen("*SA*PO2", "*NE*PO2", 1).as_bytes());
    assert_eq!(space.run(&["run"]).code, Some(1));
    let taken = space.consume();
    assert_eq!(
        (elements(&taken, "AK5", 1), elements(&taken, "AK4", 3)),
        (vec!["A".into(), "R".into()], vec!["7".into()])
    );
    assert_eq!(elements(&taken, "AK9", 1), ["P"]);
    // The answer to it is written for the order that is sound.
    let written: Vec<String> = elements(&taken, "BAK", 3);
    assert_eq!(written, ["PO1"]);
    assert_eq!(codes(&space, 1), ["X12_ELEMENT_ERROR"]);
}

/// The key `guides`, the files that are there, and what is told.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn every_mistake_in_guides_is_told_by_check_with_file_line_and_column() {
    let sound = "overlay x12/004010/850\nforbid FOB\n";
    let wrong = "# A remark\noverlay x12/004010/850\nforbid FBO\ncodes BEG02 = SA Q9\n";
    let cases: [Case<'_>; 6] = [
        ("\"guides/none.txt\"", &[], &["CONFIG_PATH", "guides/none.txt"]),
        (
            "\"guides/a.txt\"",
            &[("guides/a.txt", wrong)],
            &["CONFIG_VALUE", "guides/a.txt: line 3, column 8", "`FOB`", "line 4, column 18", "Q9: is no code"],
        ),
        (
            "\"guides/a.txt\", \"guides/b.txt\"",
            &[("guides/a.txt", sound), ("guides/b.txt", sound)],
            &["guides/b.txt: line 1, column 9", "has a guide already"],
        ),
        (
            "\"guides/a.txt\"",
            &[("guides/a.txt", "overlay x12/004010/856\nforbid CTT\n")],
            &["CONFIG_REFERENCE", "consign.toml", "a guide of a set that is agreed: `x12/004010/85"],
        ),
        (
            "\"guides/a.txt\"",
            &[("guides/a.txt", "overlay x12/005010/850\nforbid FOB\n")],
            &["CONFIG_REFERENCE", "expected: a guide of a set that is agreed: `x12/004010/850`"],
        ),
        ("\"in/bigstore/a.txt\"", &[("in/bigstore/a.txt", sound)], &["CONFIG_OVERLAP"]),
    ];
    for (guides, files, expected) in cases {
        let space = space(guides, files);
        let ran = space.run(&["check"]);
        assert_eq!(ran.code, Some(2), "{guides}: {}{}", ran.out, ran.err);
        for text in expected {
            assert!(ran.out.contains(text), "{guides}: {text} in\n{}", ran.out);
        }
    }
}
