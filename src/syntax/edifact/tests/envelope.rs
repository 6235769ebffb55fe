//! References, counts and structure, through segments, messages and envelope together.

use super::super::{Level, MessageTracker, Segments, Syntax, chunk_cut};
use super::*;
use crate::syntax::x12::Start;

const UNB: &str = "UNB+UNOB:3+S:14+R:14+260101:1200+7'";
const MESSAGE: &str = "UNH+1+ORDERS:D:96A:UN'BGM+220'UNT+3+1'";

/// Every finding as `CODE FIELD@BYTE found/expected`, bytes counted from the end of [`UNB`].
fn findings(body: &str) -> Vec<String> {
    let whole = in_chunks(body, usize::MAX);
    // Cut anywhere, the findings are the same.
    for window in [40, 61, 100] {
        let mut parts = in_chunks(body, window);
        let mut sorted = whole.clone();
        parts.sort();
        sorted.sort();
        assert_eq!(parts, sorted, "{window}: {body}");
    }
    whole
}

fn in_chunks(body: &str, window: usize) -> Vec<String> {
    let text = format!("{UNB}{body}");
    let bytes = text.as_bytes();
    let (mut findings, mut envelope) = (Findings::default(), Envelope::default());
    let mut syntax = Syntax::of(Level::B, 3);
    let (mut at, mut take) = (0, window);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let cut = chunk_cut(&rest[..rest.len().min(take)], &syntax).filter(|_| take < rest.len());
        if cut.is_none() && take < rest.len() {
            take += window;
            continue;
        }
        let stop = at + cut.map_or(rest.len(), |cut| cut.at);
        let mut tracker = MessageTracker::default();
        let mut segments = Segments::new(&bytes[at..stop], syntax, Start::at(at as u64));
        while let Some(segment) = segments.next(&mut findings) {
            tracker.segment(&segment, &mut findings);
        }
        for (mark, at) in tracker.finish(segments.position(), &mut findings) {
            envelope.fold(&mark, at, &mut findings);
        }
        syntax = cut.map_or(syntax, |cut| cut.dialect);
        (at, take) = (stop, window);
    }
    envelope.finish(&Position::at(at as u64, 0), &mut findings);
    let show = |f: &Finding| {
        let byte = f.at.byte as i64 - UNB.len() as i64;
        format!("{} {}@{} {}/{}", f.code.as_str(), f.at.field, byte, f.found, f.expected)
    };
    findings.kept().iter().map(show).collect()
}

fn again(reference: &str) -> String {
    MESSAGE.replace("UNH+1", &format!("UNH+{reference}")).replace("UNT+3+1", &format!("UNT+3+{reference}"))
}

macro_rules! cases {
    ($($name:ident: $body:expr => [$($expected:expr),*];)*) => {
        $(#[test] fn $name() { assert_eq!(findings(&$body), Vec::<String>::from([$(String::from($expected)),*])); })*
    };
}

cases! {
    sound: format!("{MESSAGE}UNZ+1+7'") => [];
    sound_two: format!("{MESSAGE}{}UNZ+2+7'", again("2")) => [];
    sound_groups: format!("UNG+ORDERS+S+R+260101:1200+4'{MESSAGE}UNE+1+4'UNG+ORDERS+S+R+260101:1200+5'{}UNE+1+5'UNZ+2+7'", again("2")) => [];
    sound_two_interchanges: format!("{MESSAGE}UNZ+1+7'\r\n{}{MESSAGE}UNZ+1+8'", UNB.replace("+7'", "+8'")) => [];
    u04_reference: format!("{MESSAGE}UNZ+1+8'") => ["EDIFACT_INTERCHANGE_CONTROL UNZ.2@44 8/7"];
    u05_count: format!("{MESSAGE}UNZ+2+7'") => ["EDIFACT_INTERCHANGE_COUNT UNZ.1@42 2/1"];
    u06_no_unz: MESSAGE => ["EDIFACT_NO_UNZ @38 end of file/UNZ+1+7"];
    u07_message_reference: format!("{}UNZ+1+7'", MESSAGE.replace("UNT+3+1", "UNT+3+2")) => ["EDIFACT_MESSAGE_REFERENCE UNT.2@36 2/1"];
    u08_segments: format!("{}UNZ+1+7'", MESSAGE.replace("UNT+3", "UNT+4")) => ["EDIFACT_SEGMENT_COUNT UNT.1@34 4/3"];
    no_unt: format!("{}UNZ+1+7'", MESSAGE.replace("UNT+3+1'", "")) => ["EDIFACT_NO_UNT @30 no UNT/UNT+3+1"];
    duplicate_message: format!("{MESSAGE}{MESSAGE}UNZ+2+7'") => ["EDIFACT_DUPLICATE_MESSAGE UNH.1@38 1/a reference used once in its interchange"];
    group_reference: format!("UNG+ORDERS+S+R+260101:1200+4'{MESSAGE}UNE+1+5'UNZ+1+7'") => ["EDIFACT_GROUP_CONTROL UNE.2@73 5/4"];
    group_count: format!("UNG+ORDERS+S+R+260101:1200+4'{MESSAGE}UNE+9+4'UNZ+1+7'") => ["EDIFACT_MESSAGE_COUNT UNE.1@71 9/1"];
    no_une: format!("UNG+ORDERS+S+R+260101:1200+4'{MESSAGE}UNZ+1+7'") => ["EDIFACT_NO_UNE @67 UNZ/UNE+1+4"];
    u21_message_then_group: format!("{MESSAGE}UNG+ORDERS+S+R+260101:1200+4'UNE+0+4'UNZ+1+7'") => [
        "EDIFACT_MIXED @38 UNG/UNH or UNZ: messages stand outside groups"
    ];
    u21_group_then_message: format!("UNG+ORDERS+S+R+260101:1200+4'UNE+0+4'{MESSAGE}UNZ+1+7'") => [
        "EDIFACT_MIXED @37 UNH/UNG or UNZ: messages stand in groups"
    ];
    stray: format!("BGM+220'{MESSAGE}UNZ+1+7'") => ["EDIFACT_STRUCTURE @0 BGM/UNH, UNG or UNZ"];
    behind_unz: format!("{MESSAGE}UNZ+1+7'{MESSAGE}") => ["EDIFACT_STRUCTURE @46 UNH/UNB before UNH"];
    two_unz: format!("{MESSAGE}UNZ+1+7'UNZ+1+7'") => ["EDIFACT_STRUCTURE @46 UNZ/UNB or the end of the file"];
    une_alone: format!("{MESSAGE}UNE+1+4'UNZ+1+7'") => ["EDIFACT_STRUCTURE @38 UNE/UNH, UNG or UNZ"];
    u13_character: format!("{}UNZ+1+7'", MESSAGE.replace("BGM+220", "BGM+2ä0")) => ["EDIFACT_CHARACTER BGM@27 ä/a character of UNOB"];
    u14_needless_release: format!("{}UNZ+1+7'", MESSAGE.replace("BGM+220", "BGM+2?A")) => ["EDIFACT_RELEASE_NEEDLESS BGM@27 ?A/"];
    u22_wrapped_once: format!("{}{}UNZ+2+7'", MESSAGE.replace("BGM+220", "BGM+2\n20"), again("2").replace("BGM+220", "B\r\nGM+220")) => [
        "EDIFACT_WRAPPED @0 /"
    ];
}

#[test]
fn an_interchange_gives_its_sender_and_control_reference() {
    let text = b"UNB+UNOC:3+54?:1:14:X+50:14+260101:1200+REF7++ORDERS++1+EANCOM+1'";
    let mut segments = Segments::new(text, Syntax::of(Level::A, 3), Start::FILE);
    let Mark::Unb(unb) = Mark::of(&segments.next(&mut Findings::default()).unwrap()) else { panic!("no UNB") };
    assert_eq!((unb.sender, unb.receiver), (("54:1".into(), "14".into()), ("50".into(), "14".into())));
    assert_eq!(
        (unb.control.to_string(), unb.application, unb.syntax),
        ("REF7".into(), "ORDERS".into(), "UNOC:3".into())
    );
    assert!(unb.test && unb.acknowledge);
    let (mut envelope, mut findings) = (Envelope::default(), Findings::default());
    envelope.fold(
        &Mark::Unb(Box::new(Interchange { test: true, ..Interchange::default() })),
        Position::at(0, 1),
        &mut findings,
    );
    assert_eq!(findings.kept()[0].code, Code::EdifactTestIndicator);
}

/// Parts of interchanges, sound and not, of which any row must be read alike in one piece and in many.
const SHREDS: [&str; 20] = [
    "UNH+1+ORDERS:D:96A:UN'",
    "UNH+2+ORDERS:D:96A:UN'\n",
    "UNT+3+1'",
    "UNT+2+2'\r\n",
    "BGM+220'",
    "FTX+A?'UNH+9'",
    "FTX+A??'",
    "UNG+ORDERS+S+R+260101:1200+4'",
    "UNE+1+4'",
    "UNZ+1+7'",
    "UNB+UNOB:3+S+R+260101:1200+8'",
    "UNA|*.\\ ~",
    "UNB*UNOC|4*S*R*20260101|1200*9~",
    "UNH*3*ORDERS|D|96A|UN~",
    "UNT*2*3~",
    "UNZ*1*9~",
    "UNB|UNOC",
    "?",
    "\n",
    "'",
];

proptest::proptest! {
    #[test]
    fn any_row_of_parts_is_read_alike_in_one_piece_and_in_many(
        parts in proptest::collection::vec(proptest::sample::select(SHREDS.to_vec()), 0..30)
    ) {
        findings(&parts.concat());
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes: Vec<u8>) {
        let (mut segments, mut findings) = (Segments::new(&bytes, Syntax::of(Level::A, 4), Start::FILE), Findings::default());
        let mut end = 0;
        while let Some(segment) = segments.next(&mut findings) {
            proptest::prop_assert!(segment.byte >= end);
            end = segment.byte + segment.raw().len() as u64;
        }
        proptest::prop_assert_eq!(segments.position().byte, bytes.len() as u64);
    }
}
