//! What pyx12 4.0.0 answers to an 820 with one fault each, recorded from a run of it: the one set of ours that it has a
//! map of. The guide of its map (004010X061A1) is narrower than the standard, so the faults are ones of the standard.

use super::acknowledge::ack;

const SOUND: &str = "\
ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260304*0900*U*00401*000000101*0*P*:~\n\
GS*RA*SENDER*RECEIVER*20260304*0900*101*X*004010X061A1~\n\
ST*820*0001~\n\
BPR*I*150*C*ACH*CCP*01*999999992*DA*123456*1234567890**01*999988880*DA*98765*20260304~\n\
TRN*1*TRACE1*1234567890~\n\
REF*38*CONTRACT1~\n\
N1*PE*PAYEE INC*FI*123456789~\n\
N1*PR*PAYER INC*24*987654321~\n\
ENT*1*2J*34*111223333~\n\
NM1*EY*1*DOE*JOHN****34*111223333~\n\
RMR*AZ*REF1**150~\n\
DTM*582****RD8*20260301-20260331~\n\
SE*11*0001~\n\
GE*1*101~\n\
IEA*1*000000101~\n\
";

/// What is changed and into what, what pyx12 answers behind AK2, and where ours is another answer: ours, and why.
type Case = (&'static str, &'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("sound", "", "", "AK5*A AK9*A*1*1*1", None),
    ("bad date", "98765*20260304", "98765*20261304", "AK3*BPR*2**8 AK4*16*373*8*20261304 AK5*R*5 AK9*R*1*1*0", None),
    ("too short", "TRN*1*TRACE1*1234567890", "TRN*1*TRACE1*12345", "AK3*TRN*3**8 AK4*3*509*4*12345 AK5*R*5 AK9*R*1*1*0", None),
    ("unknown segment", "REF*38", "XYZ*1~\nREF*38", "AK3*XYZ*4**1 AK5*R*5 AK9*R*1*1*0", None),
    ("too long", "TRACE1", "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT", "AK3*TRN*3**8 AK4*2*127*5*TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT AK5*R*5 AK9*R*1*1*0", None),
    ("mandatory element missing", "TRN*1*TRACE1*", "TRN*1**", "AK3*TRN*3**8 AK4*2*127*1 AK5*R*5 AK9*R*1*1*0", None),
    ("segment count", "SE*11", "SE*12", "AK5*R*4 AK9*R*1*1*0", None),
    ("set control number", "SE*11*0001", "SE*11*0002", "AK5*R*3 AK9*R*1*1*0", None),
    ("segment once too often", "TRN*1*TRACE1*1234567890~", "TRN*1*TRACE1*1234567890~\nTRN*1*TRACE1*1234567890~", "AK3*TRN*4**5 AK5*R*5 AK9*R*1*1*0", None),
    ("not a number", "BPR*I*150", "BPR*I*15x", "AK3*BPR*2**8 AK4*2*782*6*15x AK5*R*5 AK9*R*1*1*0", Some(("AK3*BPR*2**8 AK4*2*782*6 AK5*R*5 AK9*R*1*1*0", "the value of an element with invalid characters (code 6) is left out"))),
    ("mandatory segment missing", "BPR*I*150*C*ACH*CCP*01*999999992*DA*123456*1234567890**01*999988880*DA*98765*20260304~\n", "", "AK3*TRN*2**1 AK3*REF*3**1 AK3*N1*4**1 AK3*N1*5**1 AK3*BPR*6**3 AK5*R*5 AK9*R*1*1*0", Some(("AK3*BPR*2**3 AK5*R*5 AK9*R*1*1*0", "its place is the one it should have (2), and the rest goes on; pyx12 loses its way and finds all else wrong"))),
    ("components of a simple element", "RMR*AZ*REF1", "RMR*AZ:B*REF1", "AK3*RMR*9**1 AK3*DTM*10**1 AK5*R*5 AK9*R*1*1*0", Some(("AK3*RMR*9**8 AK4*1:2*128*3 AK5*R*5 AK9*R*1*1*0", "told at the component (3, too many); pyx12 no longer knows the segment by its qualifier"))),
    ("too many elements", "TRACE1*1234567890", "TRACE1*1234567890*X*Y*Z", "AK3*TRN*3**8 AK5*R*5 AK9*R*1*1*0", Some(("AK3*TRN*3**8 AK4*5**3 AK5*R*5 AK9*R*1*1*0", "told at the first element too many; pyx12 does not say which"))),
    ("one of two elements", "FI*123456789~", "FI~", "AK5*A AK9*A*1*1*1", Some(("AK3*N1*5**8 AK4*4*67*2 AK5*R*5 AK9*R*1*1*0", "P0304 of N1: the other one is missing (2); the map of pyx12 leaves the note out"))),
    ("element that a note asks for", "REF*38*CONTRACT1", "REF*38", "AK3*REF*4**8 AK4*2*127*1 AK5*R*5 AK9*R*1*1*0", Some(("AK3*REF*4**8 AK4*2*127*2 AK5*R*5 AK9*R*1*1*0", "R0203 of REF: a conditional element is missing (2); mandatory (1) in the guide that pyx12 has"))),
    ("segment of another set", "REF*38", "LIN*1*UP*1~\nREF*38", "AK3*LIN*4**1 AK5*R*5 AK9*R*1*1*0", Some(("AK3*LIN*4**6 AK5*R*5 AK9*R*1*1*0", "not in this set (6); pyx12 knows only the segments of the set (1)"))),
    ("group control number", "GE*1*101", "GE*1*102", "AK5*A AK9*R*1*1*1*4", Some(("AK5*R AK9*R*1*1*0*4", "a rejected group has no accepted set; pyx12 accepts the set and counts it"))),
    ("count of sets", "GE*1", "GE*2", "AK5*A AK9*R*2*1*1*5", Some(("AK5*R AK9*R*2*1*0*5", "as above"))),
];

#[test]
fn the_answers_of_pyx12_are_ours_or_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("820.x12");
    for (name, from, to, theirs, ours) in CASES {
        assert!(SOUND.contains(from), "{name}");
        let text = SOUND.replacen(from, to, 1);
        let segments = 11 + text.matches('~').count() - SOUND.matches('~').count();
        std::fs::write(&path, text.replace("SE*11*", &format!("SE*{segments}*"))).unwrap();
        let ran = ack(&path, &["--as", "997"]);
        let lines = ran.out.split('~').map(str::trim);
        let notes = lines.filter(|line| ["AK3", "AK4", "AK5", "AK9"].contains(&line.get(..3).unwrap_or_default()));
        let told = notes.collect::<Vec<_>>().join(" ");
        assert_eq!(told, ours.map_or(*theirs, |(ours, _)| ours), "{name}: {}", ran.err);
        assert!(ours.is_none_or(|(ours, _)| ours != *theirs), "{name}: no difference any more");
    }
}
