use super::*;
use crate::document::Code;

const ISA: &str =
    "ISA*00*          *00*          *ZZ*BIGSTORE       *ZZ*EXAMPLEGOODS   *260304*0900*U*00401*000000101*0*P*>~\n";

fn order(control: u32, lines: u32) -> String {
    let mut text = format!("ST*850*{control:04}~\nBEG*00*SA*PO-{control}**20260304~\nN1*ST*Store*92*0012~\n");
    (1..=lines).for_each(|line| text.push_str(&format!("PO1*{line}*10*EA*1.00**VN*TEA~\n")));
    text + &format!("CTT*{lines}~\nSE*{}*{control:04}~\n", lines + 5)
}

fn file(orders: &[String]) -> String {
    let orders_text = orders.concat();
    format!(
        "{ISA}GS*PO*BIGSTORE*EXAMPLEGOODS*20260304*0900*101*X*004010~\n{orders_text}GE*{}*101~\nIEA*1*000000101~\n",
        orders.len()
    )
}

fn text(file: &str, which: Which) -> (String, Summary) {
    let mut out = Vec::new();
    let summary = x12(file.as_bytes(), which, &mut Text::new(&mut out, false)).unwrap();
    (String::from_utf8(out).unwrap(), summary)
}

const ALL: Which<'_> = Which { only: None, most: u64::MAX, guides: None };

#[test]
fn a_sound_file_is_a_tree_with_names_places_and_meanings() {
    let (tree, summary) = text(&file(&[order(1, 2)]), ALL);
    assert!(summary.is_sound(), "{tree}");
    for line in [
        "      1:1  interchange 000000101 ZZ BIGSTORE to ZZ EXAMPLEGOODS, version 00401, production\n",
        "      2:1    group 101 PO purchase order, BIGSTORE to EXAMPLEGOODS, release 004010\n",
        "      3:1      set 0001 850 Purchase order\n",
        "      4:5          BEG01 Transaction set purpose code: 00 (original)\n",
        "      5:1        loop N1 Name\n",
        "      6:1        loop PO1 ",
        "      7:1        loop PO1 ",
        "      8:1        loop CTT ",
    ] {
        assert!(tree.contains(line), "{line:?} in\n{tree}");
    }
    assert!(tree.ends_with("1 interchange, 1 group, 1 set; nothing wrong found\n"), "{tree}");
}

#[test]
fn every_fault_stands_at_its_place() {
    let broken = file(&[order(1, 1)]).replace("BEG*00*SA", "BEG*00*X9").replace("PO1*1*10*EA", "PO1*1*1Q*EA");
    let (tree, summary) = text(&broken.replace("SE*6", "SE*7").replace("CTT*1~\n", "CTT*1~\nZZZ*1~\n"), ALL);
    assert_eq!((summary.faulty, summary.is_sound()), (1, false), "{tree}");
    let lines: Vec<&str> = tree.lines().collect();
    let after = |start: &str| {
        let at = lines.iter().position(|line| line.contains(start)).unwrap_or_else(|| panic!("{start} in\n{tree}"));
        lines[at + 1]
    };
    assert!(after("PO102").contains("ERROR: PO102 invalid type of characters"), "{tree}");
    assert!(tree.contains("ERROR: unrecognised segment ID: ZZZ"), "{tree}");
    let missing = file(&[order(1, 1)]).replace("BEG*00*SA*PO-1**20260304~\n", "");
    let (tree, _) = text(&missing, ALL);
    let at = |what: &str| tree.find(what).unwrap_or_else(|| panic!("{what} in\n{tree}"));
    assert!(at("set 0001") < at("mandatory segment missing: BEG") && at("missing: BEG") < at("loop N1"), "{tree}");
    assert!(at("CTT") < at("ERROR X12_SEGMENT_COUNT: SE01"), "{tree}");
}

#[test]
fn a_broken_envelope_is_shown_as_far_as_it_goes() {
    let whole = file(&[order(1, 1), order(2, 1)]);
    for (from, to, code) in [
        ("GE*2*101~\n", "", Code::X12NoGe),
        ("IEA*1*000000101~\n", "", Code::X12NoIea),
        ("GE*2", "GE*3", Code::X12SetCount),
        ("SE*6*0002~\n", "", Code::X12NoSe),
        ("GE*2*101~\n", "GE*2*101~\nBEG*00~\n", Code::X12Structure),
        ("ISA*00", "ISA*0", Code::X12IsaLength),
        ("ST*850*0002", "ST*850*0001", Code::X12DuplicateSet),
    ] {
        let (tree, summary) = text(&whole.replacen(from, to, 1), ALL);
        assert!(tree.contains(code.as_str()) && !summary.is_sound(), "{code} in\n{tree}");
    }
}

#[test]
fn few_sets_of_a_large_file_are_shown_and_all_are_checked() {
    let mut orders: Vec<String> = (1..=6_000).map(|n| order(n, 3)).collect();
    orders[4_999] = orders[4_999].replace("BEG*00*SA", "BEG*00");
    let whole = file(&orders);
    assert!(whole.len() > crate::limits::CHUNK_BYTES, "several chunks");
    let (tree, summary) = text(&whole, Which { most: 2, ..ALL });
    assert_eq!((summary.sets, summary.faulty, tree.matches("set 000").count()), (6_000, 1, 2));
    assert!(tree.contains("5998 sets not shown, 1 of them with faults"), "{tree}");
    let (tree, _) = text(&whole, Which { only: Some(5_000), most: 2, ..ALL });
    assert!(tree.contains("set 5000") && tree.contains("BEG02") && !tree.contains("set 0001"), "{tree}");
    // Nothing depends on where chunks are cut: every set is shown at its own line.
    let (tree, _) = text(&whole, ALL);
    let line = whole.lines().position(|line| line == "ST*850*5999~").unwrap() + 1;
    assert!(tree.contains(&format!("{line}:1      set 5999")), "line {line}");
}

#[test]
fn a_page_is_whole_and_hostile_values_are_text() {
    let hostile = file(&[order(1, 1)]).replace("*P*>~", "*P*:~");
    let hostile = hostile.replace("N1*ST*Store", "N1*ST*<script>alert(1)</script>");
    let mut page = Vec::new();
    x12(hostile.as_bytes(), ALL, &mut Html::new(&mut page, "a<b>.x12").unwrap()).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    assert!(
        page.contains("<h1>a&lt;b&gt;.x12</h1>") && !page.contains("http://") && page.ends_with("</body></html>\n")
    );
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    assert_eq!(page.matches("<table>").count(), page.matches("</table>").count());
}

#[test]
fn json_is_one_object_a_line_and_colour_only_where_it_is_wanted() {
    let mut out = Vec::new();
    x12(file(&[order(1, 1)]).as_bytes(), ALL, &mut Json::new(&mut out)).unwrap();
    let lines: Vec<serde_json::Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |what: &str| lines.iter().filter(|line| line["what"] == what).count();
    assert_eq!([of("interchange"), of("group"), of("set"), of("loop"), of("summary")], [1, 1, 1, 3, 1]);
    assert_eq!(lines[0]["depth"], 0);
    let mut coloured = Vec::new();
    x12(file(&[order(1, 1)]).as_bytes(), ALL, &mut Text::new(&mut coloured, true)).unwrap();
    assert!(coloured.contains(&0x1b));
}

#[test]
fn composites_and_repetitions_are_taken_apart() {
    let text_5010 = file(&[order(1, 1)]).replace("*U*00401*", "*^*00501*").replace("X*004010", "X*005010");
    let (tree, _) =
        text(&text_5010.replace("PO1*1*10*EA*1.00**VN*TEA~\n", "PO1*1*10*EA*1.00**VN*A^B~\nREF*DP*4**A>B>C~\n"), ALL);
    assert!(tree.contains("PO107 repetition 2"), "{tree}");
    assert!(tree.contains("REF04-2"), "{tree}");
}

const MESSAGES: &str = "UNA:+.? '\nUNB+UNOC:3+BUYER:14+SELLER:14+240301:1200+REF42++++1++1'\n\
    UNH+M1+ORDERS:D:96A:UN'\nBGM+220+PO?+1+9'\nDTM+137:20240301:102'\nNAD+BY+54:1:9'\nLIN+1'\nQTY+21:10'\n\
    LIN+2'\nQTY+21:1,5'\nUNS+S'\nUNT+10+M1'\nUNH+M2+ORDERS:D:99Z:UN'\nBGM+220'\nUNT+3+M2'\nUNZ+2+REF42'\n";

fn shown(file: &[u8], which: Which) -> (String, Summary) {
    let mut out = Vec::new();
    let summary = edifact(file, which, &mut Text::new(&mut out, false)).unwrap();
    (String::from_utf8(out).unwrap(), summary)
}

#[test]
fn an_edifact_file_is_the_same_tree() {
    let (tree, summary) = shown(MESSAGES.as_bytes(), ALL);
    assert_eq!((summary.sets, summary.faulty, summary.errors), (2, 1, 1), "{tree}");
    for line in [
        "      2:1  interchange REF42 BUYER (14) to SELLER (14), UNOC:3, test\n",
        "      3:1    set M1 ORDERS:D:96A:UN Purchase order",
        "      4:9        BGM.2 ",
        " PO+1\n",
        "        NAD.2.1 ",
        "      7:1      loop SG25 ",
        "      9:1      loop SG25 ",
        "ERROR: QTY.1 invalid decimal notation (component 2)",
        "There is no definition of ORDERS:D:99Z:UN: nothing inside is checked",
    ] {
        assert!(tree.contains(line), "{line:?} in\n{tree}");
    }
    let (tree, _) = shown(MESSAGES.as_bytes(), Which { only: Some(2), most: 1, ..ALL });
    assert!(tree.contains("1 sets not shown, 1 of them with faults") && tree.contains("set M2"), "{tree}");
}

#[test]
fn a_broken_envelope_of_edifact_is_shown_as_far_as_it_goes() {
    let group = MESSAGES.replace("UNH+M1", "UNG+ORDERS+A+B+240301:1200+G1+UN+D:96A'\nUNH+M1").replace("UNZ+2", "UNZ+1");
    for (text, from, to, code) in [
        (MESSAGES, "UNZ+2+REF42'\n", "", Code::EdifactNoUnz),
        (MESSAGES, "UNZ+2", "UNZ+3", Code::EdifactInterchangeCount),
        (MESSAGES, "UNT+10+M1'\n", "", Code::EdifactNoUnt),
        (MESSAGES, "UNT+10", "UNT+11", Code::EdifactSegmentCount),
        (MESSAGES, "UNH+M2", "BGM'\nUNH+M2", Code::EdifactStructure),
        (MESSAGES, "UNOC", "UNOX", Code::EdifactSyntax),
        (MESSAGES, "UNA:+", "UNA++", Code::EdifactUna),
        (&group, "UNZ+1", "UNZ+1", Code::EdifactNoUne),
    ] {
        let (tree, summary) = shown(text.replacen(from, to, 1).as_bytes(), ALL);
        assert!(tree.contains(code.as_str()) && !summary.is_sound(), "{code} in\n{tree}");
    }
    let (tree, _) = shown(group.replace("UNZ+1", "UNE+2+G1'\nUNZ+1").as_bytes(), ALL);
    assert!(tree.contains("    group G1 ORDERS, A to B\n") && tree.contains("      set M2"), "{tree}");
}

#[test]
fn edifact_is_shown_in_its_own_character_set_and_as_a_page_and_json() {
    let text = MESSAGES.replace("NAD+BY+54:1:9", "NAD+BY+54:1:9++<b>\u{1}").replace("UNOC", "UNOD");
    let bytes: Vec<u8> = text.into_bytes().into_iter().map(|byte| if byte == 1 { 0xB1 } else { byte }).collect();
    let (tree, _) = shown(&bytes, ALL);
    assert!(tree.contains("<b>\u{105}"), "{tree}");
    let mut page = Vec::new();
    edifact(bytes.as_slice(), ALL, &mut Html::new(&mut page, "x").unwrap()).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("&lt;b&gt;\u{105}") && page.ends_with("</body></html>\n"), "{page}");
    let mut out = Vec::new();
    edifact(bytes.as_slice(), ALL, &mut Json::new(&mut out)).unwrap();
    let count = String::from_utf8(out).unwrap().lines().filter(|line| line.contains("\"what\":\"set\"")).count();
    assert_eq!(count, 2);
}
