//! ISA: its widths and its delimiters.

use super::*;

const ISA: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260101*1200*U*00401*000000001*0*P*>~";

fn outcome(isa: &[u8]) -> String {
    match Delimiters::from_isa(isa, 7) {
        Ok(d) => {
            format!("{:?} {:?} {:?} {:?}", d.element as char, d.segment as char, d.component as char, d.repetition)
        }
        Err(f) => format!("{} {} {} found {}", f.code.as_str(), f.at.byte, f.at.field, f.found),
    }
}

fn check(isa: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(outcome(isa.as_ref()), expected);
}

fn with(from: &str, to: &str) -> String {
    assert!(ISA.contains(from));
    ISA.replacen(from, to, 1)
}

#[test]
fn a01_no_isa() {
    check("", "X12_NO_ISA 7  found ");
    check("ISA", "X12_NO_ISA 7  found ISA");
    check("ISAACNEWTON", "X12_NO_ISA 7  found ISAACNEWTON");
    check("PK\u{3}\u{4} and so on, longer", "X12_NO_ISA 7  found PK\\u{3}\\u{4} and so on, ");
}

#[test]
fn a02_isa_length() {
    check(with("SENDER         ", "SENDER"), "X12_ISA_LENGTH 42 ISA06 found 6 characters");
    check(with("*00401*", "*0401*"), "X12_ISA_LENGTH 91 ISA12 found 4 characters");
    check(with("*P*>~", "*P*"), "X12_ISA_LENGTH 111 ISA16 found 0 characters");
    check("ISA*00*", "X12_ISA_LENGTH 14 ISA02 found 0 characters");
}

#[test]
fn a03_delimiters() {
    check(ISA, "'*' '~' '>' None");
    check(ISA.replace('*', "|"), "'|' '~' '>' None");
    check(with("*>~", "*A~"), "X12_DELIMITERS 111 ISA16 found A");
    check(with("*>~", "*~~"), "X12_DELIMITERS 111 ISA16 found ~");
    check(with("*>~", "*> "), "X12_DELIMITERS 112 ISA segment terminator found  ");
    check(with("SENDER ", "SENDER~"), "X12_DELIMITERS 112 ISA segment terminator found ~");
    check(with("*U*00401", "*^*00501"), "'*' '~' '>' Some(94)");
    check(with("*U*00401", "*^*00402"), "'*' '~' '>' Some(94)");
    check(with("*U*00401", "*^*00401"), "'*' '~' '>' None");
    check(with("*U*00401", "*U*00501"), "'*' '~' '>' None");
    check(with("*U*00401", "*>*00501"), "X12_DELIMITERS 89 ISA11 found >");
}

#[test]
fn a26_terminators_and_wrapping() {
    check(with("~", "\n"), "'*' '\\n' '>' None");
    check(with("~", "\r\n"), "'*' '\\r' '>' None");
    check(with("~", "…"), "'*' '¦' '>' None");
    check([&ISA.as_bytes()[..105], &[0x85]].concat(), "'*' '\\u{85}' '>' None");
    check(format!("{}\r\n{}", &ISA[..80], &ISA[80..]), "'*' '~' '>' None");
    check(wrapped(80, "\r\n"), "'*' '~' '>' None");
    check(wrapped(10, "\n"), "'*' '~' '>' None");
    // A break just before the terminator cannot be told from a terminator.
    check(wrapped(105, "\n"), "'*' '\\n' '>' None");
}

fn wrapped(width: usize, line_break: &str) -> String {
    let lines: Vec<_> = ISA.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
    lines.join(line_break)
}
