use super::answer::{About, Reader};
use super::*;
use crate::schema::{Guides, Plain};

pub(super) fn agreement() -> Agreement {
    let party = |text| Party::parse(text).unwrap();
    Agreement {
        name: "bigstore".into(),
        own: party("ZZ:EXAMPLEGOODS"),
        partner: party("ZZ:BIGSTORE"),
        own_group: "EXAMPLEGOODS".into(),
        partner_group: "BIGSTORE".into(),
        edifact: None,
        releases: vec!["004010".into()],
        receives: vec!["850".into()],
        sends: vec!["855".into()],
        guides: Guides::default(),
        usage: Usage::Production,
        separators: Separators::parse("*>~").unwrap(),
        wanted: Wanted::Functional997,
        deadline_hours: 24,
        answer: Wanted::Functional997,
        answer_target: "bigstore".into(),
        ranges: [Range { first: 5, last: 7 }, Range::ALL, Range::ALL],
    }
}

fn text(value: &str) -> Text15 {
    Text15::new(value.as_bytes())
}

/// The marks of one interchange with one set.
fn marks() -> Vec<Mark> {
    let isa = Interchange {
        sender_qualifier: text("ZZ"),
        sender: text("BIGSTORE"),
        receiver_qualifier: text("ZZ"),
        receiver: text("EXAMPLEGOODS"),
        version: text("00401"),
        control: text("000000101"),
        usage: text("P"),
    };
    let gs = Group {
        functional_id: text("PO"),
        sender: text("BIGSTORE"),
        receiver: text("EXAMPLEGOODS"),
        control: text("101"),
        release: text("004010"),
    };
    let set = Mark::Set { id: text("850"), control: text("0001"), segments: 5, document: 3, documents: 1 };
    vec![Mark::Isa(Box::new(isa)), Mark::Gs(Box::new(gs)), set]
}

/// The codes told, and those that stop document 3.
fn told(marks: &[Mark]) -> (Vec<Code>, Vec<Code>) {
    let (mut agreed, mut findings, mut stopped) = (Agreed::default(), Findings::default(), Vec::new());
    for mark in marks {
        if let Some((document, codes)) = agreed.fold(&agreement(), mark, &Position::default(), &mut findings) {
            assert_eq!(document, 3..4);
            stopped = codes;
        }
    }
    (findings.kept().iter().map(|finding| finding.code).collect(), stopped)
}

#[test]
fn what_is_agreed_passes_and_each_difference_has_its_code() {
    assert_eq!(told(&marks()), (vec![], vec![]));
    type Change = fn(&mut Interchange, &mut Group, &mut Text15);
    let changes: [(Change, &[Code]); 9] = [
        (|isa, _, _| isa.sender = text("OTHER"), &[Code::PartnerUnknown]),
        (|isa, _, _| isa.sender_qualifier = text("01"), &[Code::PartnerUnknown]),
        (|isa, _, _| isa.receiver = text("OTHER"), &[Code::PartnerReceiver]),
        (|isa, _, _| isa.usage = text("T"), &[Code::PartnerUsage]),
        (|_, gs, _| gs.sender = text("OTHER"), &[Code::PartnerUnknown]),
        (|_, gs, _| gs.receiver = text("OTHER"), &[Code::PartnerReceiver]),
        (|_, gs, _| gs.release = text("005010"), &[Code::PartnerRelease]),
        (|_, _, set| *set = text("860"), &[Code::PartnerSet]),
        (
            |isa, gs, _| (isa.usage, gs.release) = (text("T"), text("003040")),
            &[Code::PartnerUsage, Code::PartnerRelease],
        ),
    ];
    for (change, expected) in changes {
        let mut marks = marks();
        let [Mark::Isa(isa), Mark::Gs(gs), Mark::Set { id, .. }] = marks.as_mut_slice() else { unreachable!() };
        change(isa, gs, id);
        assert_eq!(told(&marks), (expected.to_vec(), expected.to_vec()));
    }
}

#[test]
fn a_release_covers_the_guides_on_it_and_an_interchange_does_not_reach_into_the_next() {
    let mut first = marks();
    if let Some(Mark::Gs(gs)) = first.get_mut(1) {
        gs.release = text("004010VICS");
    }
    assert_eq!(told(&first).1, vec![]);
    if let Some(Mark::Isa(isa)) = first.first_mut() {
        isa.usage = text("T");
    }
    first.pop();
    first.extend(marks());
    assert_eq!(told(&first), (vec![Code::PartnerUsage], vec![]));
}

#[test]
fn parties_and_separators() {
    assert_eq!(Party::parse("ZZ:A B").unwrap().to_string(), "ZZ:A B");
    for wrong in ["", "ZZ", "Z:A", "ZZZ:A", "ZZ:", "ZZ: A", "ZZ:1234567890123456", "ZZ:Ä"] {
        assert_eq!(Party::parse(wrong), None, "{wrong}");
    }
    assert_eq!(Separators::parse("|:~^").unwrap().repetition, Some(b'^'));
    for wrong in ["", "*>", "*>*", "A>~", "*> ", "*>~^!", "\n>~"] {
        assert_eq!(Separators::parse(wrong), None, "{wrong}");
    }
}

fn take(numbers: &mut Numbers, line: Line, stored: Option<u64>) -> Result<u64, UsedUp> {
    numbers.take(&agreement(), line, 1, |_, _, _| Ok::<_, ()>(stored)).unwrap()
}

#[test]
fn numbers_come_in_order_without_gaps_until_the_range_ends() {
    let mut numbers = Numbers::default();
    assert_eq!([5, 6].map(|_| take(&mut numbers, Line::Interchange, None).unwrap()), [5, 6]);
    assert_eq!(take(&mut numbers, Line::Set, Some(40)), Ok(40));
    let closed = numbers.close();
    let of = |line| closed.iter().find(|allocation| allocation.line == line).map(|a| (a.first, a.next));
    assert_eq!((of(Line::Interchange), of(Line::Set), of(Line::Group)), (Some((5, 7)), Some((40, 41)), None));
    assert_eq!(take(&mut numbers, Line::Interchange, None), Ok(7), "the next decision goes on");
    let end = take(&mut numbers, Line::Interchange, None).unwrap_err();
    assert!(end.to_string().contains("used up at 7"), "{end}");
    assert_eq!(numbers.close().len(), 1, "the end takes nothing");
    assert!(numbers.close().is_empty());
    assert_eq!(take(&mut Numbers::default(), Line::Interchange, Some(2)), Ok(5), "a range that begins later is begun");
}

#[test]
fn numbers_that_follow_each_other_are_taken_together_or_not_at_all() {
    let mut numbers = Numbers::default();
    let mut three =
        |stored, count| numbers.take(&agreement(), Line::Interchange, count, |_, _, _| Ok::<_, ()>(stored)).unwrap();
    assert_eq!((three(None, 2), three(None, 2).is_err(), three(None, 1)), (Ok(5), true, Ok(7)));
    let closed = numbers.close();
    assert_eq!((closed.len(), closed[0].first, closed[0].next), (1, 5, 8));
}

#[test]
fn an_interchange_is_written_as_the_agreement_says() {
    use crate::layout::library::Library;
    let layout = Library::new(std::collections::BTreeMap::new()).get("x12/855").unwrap();
    let file = &layout.file;
    let mut agreement = agreement();
    (agreement.own_group, agreement.usage) = ("US".into(), Usage::Test);
    let settings = agreement.settings(file, "2026-03-05T06:07:08Z");
    let of = |pair: &(String, String)| format!("{}:{}", pair.0, pair.1);
    assert_eq!((of(&settings.sender), of(&settings.receiver)), ("ZZ:EXAMPLEGOODS".into(), "ZZ:BIGSTORE".into()));
    assert_eq!((of(&settings.applications), of(&settings.moment)), ("US:BIGSTORE".into(), "20260305:0607".into()));
    assert_eq!((settings.usage.as_str(), settings.release.as_str()), ("T", "004010"));
    assert!(settings.is_draft && settings.newline && !settings.acknowledge);
    assert_eq!(settings.delimiters.repetition, Some(b'^'), "005010 needs one, though none is named");
    // A release of the layout that is not its first; a line break that ends segments is not written twice.
    agreement.releases = vec!["005010".into()];
    (agreement.separators, agreement.wanted) = (Separators::parse("^>\n").unwrap(), Wanted::Ta1);
    let settings = agreement.settings(file, "2026-03-05T06:07:08Z");
    assert_eq!((settings.release.as_str(), settings.delimiters.repetition), ("005010", Some(b'!')));
    assert!(settings.acknowledge && !settings.newline);
    agreement.releases = vec!["006010".into()];
    assert_eq!(agreement.release_of(file), None);
}

/// The answers in a file, elements parted by `*`, segments by `~`.
fn read(text: &str) -> Reader {
    let mut reader = Reader::default();
    for segment in text.split('~').filter(|segment| !segment.is_empty()) {
        let parts: Vec<&[u8]> = segment.split('*').map(str::as_bytes).collect();
        reader.segment(&Plain(&parts));
    }
    reader.finish()
}

const ISA: &str = "ISA*00**00**ZZ*BIGSTORE       *ZZ*EXAMPLEGOODS   *260304*0900*U*00401*000000009*0*P*>~";

#[test]
fn answers_are_read_for_what_they_say() {
    let of_group = |kind: &str, id: &str| {
        format!(
            "{ISA}GS*FA*B*E*20260304*0900*1*X*004010~ST*{kind}*0001~AK1*PR*77~AK2*855*0001~{id}5*A~AK2*855*0002~\
             {id}5*R*5~AK9*P*2*2*1~SE*8*0001~GE*1*1~IEA*1*000000009~"
        )
    };
    for (kind, id) in [("997", "AK"), ("999", "IK")] {
        let reader = read(&of_group(kind, id));
        let [answer] = reader.answers.as_slice() else { panic!("{reader:?}") };
        assert_eq!((answer.kind, answer.verdict), (kind, Verdict::Partly));
        assert_eq!(answer.about, About::Group(text("PR"), text("77")));
        assert_eq!((answer.from.as_str(), answer.to.as_str()), ("ZZ:BIGSTORE", "ZZ:EXAMPLEGOODS"));
        assert_eq!(answer.rejected, vec![(text("855"), text("0002"))]);
        assert_eq!((reader.unreadable, reader.others), (0, 0));
    }
    let reader = read(&format!("{ISA}TA1*000000042*260304*0900*R*001~IEA*0*000000009~"));
    assert_eq!(reader.answers[0].about, About::Interchange(text("000000042")));
    assert_eq!((reader.answers[0].kind, reader.answers[0].verdict), ("TA1", Verdict::Rejected));
}

#[test]
fn verdicts_are_those_of_the_standard_and_others_are_told() {
    for (code, verdict) in [
        ("A", Some(Verdict::Accepted)),
        ("E", Some(Verdict::Accepted)),
        ("P", Some(Verdict::Partly)),
        ("R", Some(Verdict::Rejected)),
        ("M", Some(Verdict::Rejected)),
        ("W", Some(Verdict::Rejected)),
        ("X", Some(Verdict::Rejected)),
        ("", None),
        ("Q", None),
    ] {
        let reader = read(&format!("{ISA}ST*997*0001~AK1*PR*77~AK9*{code}*1*1*1~SE*4*0001~"));
        assert_eq!(reader.answers.first().map(|answer| answer.verdict), verdict, "{code}");
        assert_eq!(reader.unreadable, u64::from(verdict.is_none()), "{code}");
    }
    let cut = read(&format!("{ISA}ST*997*0001~AK1*PR*77~SE*3*0001~ST*850*0002~BEG*00~SE*3*0002~"));
    assert_eq!((cut.answers.len(), cut.unreadable, cut.others), (0, 1, 1), "no AK9");
}

/// A CONTRL of the partner about interchange 42.
fn contrl(action: &str, more: &str) -> Reader {
    use crate::syntax::edifact::{Segments, Syntax};
    let text = format!(
        "UNB+UNOC:3+BUYER:14+SELLER+240301:1200+9'UNH+1+CONTRL:D:3:UN'UCI+42+SELLER+BUYER:14+{action}'{more}\
         UNT+4+1'UNZ+1+9'"
    );
    let syntax = Syntax::read(text.as_bytes(), 0).unwrap();
    let mut segments = Segments::new(text.as_bytes(), syntax, crate::syntax::x12::Start::FILE);
    let (mut reader, mut findings) = (Reader::default(), Findings::default());
    while let Some(segment) = segments.next(&mut findings) {
        reader.edifact(&segment);
    }
    reader.finish()
}

#[test]
fn a_contrl_says_what_became_of_an_interchange() {
    let rejected = "UCM+M1+ORDRSP:D:96A:UN+4+29+UNT+2'";
    for (action, more, verdict) in [
        ("7", "", Some(Verdict::Accepted)),
        ("7", rejected, Some(Verdict::Partly)),
        ("7", "UCF+G+A+B+4+29+UNE+2'", Some(Verdict::Partly)),
        ("7", "UCM+M1+ORDRSP:D:96A:UN+7'", Some(Verdict::Accepted)),
        ("4+29+UNZ+2", "", Some(Verdict::Rejected)),
        ("8", "", None),
        ("", "", None),
        ("9", "", None),
    ] {
        let reader = contrl(action, more);
        assert_eq!(reader.answers.first().map(|answer| answer.verdict), verdict, "{action} {more}");
        assert_eq!(
            (reader.receipts, reader.unreadable),
            (u64::from(action == "8"), u64::from(matches!(action, "" | "9")))
        );
    }
    let reader = contrl("7", rejected);
    let answer = &reader.answers[0];
    assert_eq!((answer.kind, &answer.about), ("CONTRL", &About::Interchange(text("42"))));
    assert_eq!((answer.from.as_str(), answer.to.as_str()), ("14:BUYER", "SELLER"));
    assert_eq!(answer.rejected, vec![(text("ORDRSP"), text("M1"))]);
}

#[test]
fn parties_of_edifact() {
    for (read, shown) in [("14:SELLER", "14:SELLER"), ("SELLER", "SELLER"), ("ZZZ:A B", "ZZZ:A B")] {
        assert_eq!(Party::parse_edifact(read).unwrap().to_string(), shown);
    }
    for wrong in ["", "14:", "12345:A", " A", &"A".repeat(36)] {
        assert_eq!(Party::parse_edifact(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_agreed_of_edifact_passes_and_each_difference_has_its_code() {
    use crate::syntax::edifact::{Interchange as Unb, Level, Mark, MessageMark, Syntax};
    let agreement = Agreement {
        own: Party::parse_edifact("SELLER").unwrap(),
        partner: Party::parse_edifact("14:BUYER").unwrap(),
        edifact: Some(edifact::Terms {
            syntax: Syntax::of(Level::Iso8859(1), 3),
            own_internal: String::new(),
            partner_internal: String::new(),
        }),
        releases: vec!["D.96A".into()],
        receives: vec!["ORDERS".into()],
        ..agreement()
    };
    let unb =
        Unb { sender: ("BUYER".into(), "14".into()), receiver: ("SELLER".into(), String::new()), ..Unb::default() };
    let message = MessageMark {
        kind: text("ORDERS"),
        directory: text("D.96A"),
        reference: text("1"),
        segments: 5,
        document: 3,
        documents: 1,
        wrapped: false,
    };
    type Change = fn(&mut Unb, &mut MessageMark);
    let changes: [(Change, &[Code]); 6] = [
        (|_, _| (), &[]),
        (|unb, _| unb.sender.1 = String::new(), &[Code::PartnerUnknown]),
        (|unb, _| unb.receiver.0 = "OTHER".into(), &[Code::PartnerReceiver]),
        (|unb, _| unb.test = true, &[Code::PartnerUsage]),
        (|_, message| message.directory = text("D.01B"), &[Code::PartnerRelease]),
        (|_, message| message.kind = text("ORDCHG"), &[Code::PartnerSet]),
    ];
    for (change, expected) in changes {
        let (mut unb, mut message) = (unb.clone(), message);
        change(&mut unb, &mut message);
        let (mut agreed, mut findings) = (Agreed::default(), Findings::default());
        let marks = [Mark::Unb(Box::new(unb)), Mark::Message(message)];
        let stopped: Vec<_> = marks
            .iter()
            .filter_map(|mark| agreed.fold_edifact(&agreement, mark, &Position::default(), &mut findings))
            .collect();
        let told: Vec<Code> = findings.kept().iter().map(|finding| finding.code).collect();
        assert_eq!(told, expected);
        assert_eq!(stopped, if expected.is_empty() { vec![] } else { vec![(3, expected.to_vec())] });
    }
}
