//! The envelope: groups and interchanges, their references and counts, as a fold over small marks.

use super::dialect::Segment;
use crate::document::{Code, Finding, Findings, Position};
use crate::syntax::x12::{Seen, Text15};

/// What a UNB says (ISO 9735, segment UNB).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interchange {
    /// Syntax identifier and version, such as `UNOC:3`.
    pub syntax: String,
    /// Identification of the sender (0004) and its qualifier (0007).
    pub sender: (String, String),
    /// Identification of the recipient (0010) and its qualifier (0007).
    pub receiver: (String, String),
    /// Date (0017) and time (0019) of preparation.
    pub prepared: (String, String),
    /// Interchange control reference (0020).
    pub control: Text15,
    /// Application reference (0026).
    pub application: String,
    /// Whether an acknowledgement is asked for (0031).
    pub acknowledge: bool,
    /// Whether it is a test (0035).
    pub test: bool,
    /// Offset of UNB.11 from the segment's first byte.
    pub test_at: u64,
}

/// A whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageMark {
    /// Message type (0065), such as `ORDERS`.
    pub kind: Text15,
    /// Its directory: version (0052) and release (0054), as in `D.96A`.
    pub directory: Text15,
    /// Message reference (0062).
    pub reference: Text15,
    /// Segments counted, UNH and UNT included.
    pub segments: u64,
    /// Row of the batch's header table.
    pub document: u32,
    /// How many rows it has become, from that one on.
    pub documents: u32,
    /// Whether line breaks stood inside its segments.
    pub wrapped: bool,
}

/// A count and a reference of a trailer, and the offset of the reference from the segment's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// The count as stated.
    pub count: Text15,
    /// The reference.
    pub control: Text15,
    /// Offset of the reference.
    pub control_at: u64,
}

/// One event of the envelope: small, owned, in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// An interchange begins.
    Unb(Box<Interchange>),
    /// A group begins, with its reference (0048).
    Ung(Text15),
    /// A whole message; its position is that of its UNH.
    Message(MessageMark),
    /// A group ends.
    Une(Trailer),
    /// An interchange ends.
    Unz(Trailer),
    /// Any other segment that stands outside a message.
    Stray(Text15),
}

impl Mark {
    /// The mark of a segment that stands outside a message.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Self {
        let trailer = || Trailer {
            count: Text15::new(segment.element(1)),
            control: reference(segment, 2),
            control_at: segment.element_position(2).byte - segment.byte,
        };
        match segment.id() {
            b"UNB" => Self::Unb(Box::new(interchange(segment))),
            b"UNG" => Self::Ung(reference(segment, 5)),
            b"UNE" => Self::Une(trailer()),
            b"UNZ" => Self::Unz(trailer()),
            id => Self::Stray(Text15::new(id)),
        }
    }
}

/// A reference, as it is without its release characters.
fn reference(segment: &Segment<'_>, n: usize) -> Text15 {
    Text15::new(segment.dialect().unescape(segment.element(n), &mut Vec::new()))
}

fn interchange(unb: &Segment<'_>) -> Interchange {
    let text = |n, c| {
        let mut scratch = Vec::new();
        let value = unb.dialect().unescape(unb.component(n, c), &mut scratch).trim_ascii();
        String::from_utf8_lossy(value).into_owned()
    };
    Interchange {
        syntax: format!("{}:{}", text(1, 1), text(1, 2)),
        sender: (text(2, 1), text(2, 2)),
        receiver: (text(3, 1), text(3, 2)),
        prepared: (text(4, 1), text(4, 2)),
        control: reference(unb, 5),
        application: text(7, 1),
        acknowledge: unb.element(9) == b"1",
        test: unb.element(11) == b"1",
        test_at: unb.element_position(11).byte - unb.byte,
    }
}

/// A level of the envelope that is open: an interchange or a group.
#[derive(Debug)]
struct Open {
    control: Text15,
    groups: u64,
    messages: u64,
    at: Position,
}

impl Open {
    fn new(control: Text15, at: Position) -> Self {
        Self { control, groups: 0, messages: 0, at }
    }
}

/// The state of the envelope: which interchange and group are open, and what was counted in them.
#[derive(Debug, Default)]
pub struct Envelope {
    interchange: Option<Open>,
    group: Option<Open>,
    seen: Seen,
    wrapped: bool,
}

impl Envelope {
    /// Takes in the next mark, in file order; `at` is where its segment stands.
    pub fn fold(&mut self, mark: &Mark, at: Position, findings: &mut Findings) {
        match mark {
            Mark::Unb(unb) => self.unb(unb, at, findings),
            Mark::Ung(control) => self.ung(*control, at, findings),
            Mark::Message(message) => self.message(message, at, findings),
            Mark::Une(trailer) => self.une(trailer, &at, findings),
            Mark::Unz(trailer) => self.unz(trailer, &at, findings),
            Mark::Stray(id) => structure(&id.to_string(), self.expected(), at, findings),
        }
    }

    /// Ends the file, which stands at `at`.
    pub fn finish(mut self, at: &Position, findings: &mut Findings) {
        self.close_interchange("end of file", at, findings);
    }

    fn expected(&self) -> &'static str {
        match (&self.interchange, &self.group) {
            (None, _) => "UNB or the end of the file",
            (_, None) => "UNH, UNG or UNZ",
            _ => "UNH or UNE",
        }
    }

    fn unb(&mut self, unb: &Interchange, at: Position, findings: &mut Findings) {
        self.close_interchange("UNB", &at, findings);
        if unb.test {
            findings.push(Finding::new(Code::EdifactTestIndicator, place(&at, unb.test_at, "UNB.11")).found("1"));
        }
        (self.seen, self.wrapped) = (Seen::default(), false);
        self.interchange = Some(Open::new(unb.control, at));
    }

    fn ung(&mut self, control: Text15, at: Position, findings: &mut Findings) {
        self.close_group("UNG", &at, findings);
        match &mut self.interchange {
            Some(open) if open.messages > 0 => mixed("UNG", "UNH or UNZ: messages stand outside groups", &at, findings),
            Some(open) => open.groups += 1,
            None => structure("UNG", "UNB before UNG", at.clone(), findings),
        }
        self.group = Some(Open::new(control, at));
    }

    fn message(&mut self, message: &MessageMark, at: Position, findings: &mut Findings) {
        let Some(open) = &mut self.interchange else {
            return structure("UNH", "UNB before UNH", at, findings);
        };
        match &mut self.group {
            Some(group) => group.messages += 1,
            None if open.groups > 0 => mixed("UNH", "UNG or UNZ: messages stand in groups", &at, findings),
            None => open.messages += 1,
        }
        if message.wrapped && !std::mem::replace(&mut self.wrapped, true) {
            findings.push(Finding::new(Code::EdifactWrapped, at.clone()));
        }
        if !self.seen.insert(&message.reference) {
            let finding = Finding::new(Code::EdifactDuplicateMessage, at.field("UNH.1"));
            let finding = finding.found(message.reference.as_bytes()).in_documents(message.document, message.documents);
            findings.push(finding.expected("a reference used once in its interchange"));
        }
    }

    fn une(&mut self, trailer: &Trailer, at: &Position, findings: &mut Findings) {
        let Some(open) = self.group.take() else {
            return structure("UNE", self.expected(), at.clone(), findings);
        };
        let codes = [Code::EdifactMessageCount, Code::EdifactGroupControl];
        check(codes, ["UNE.1", "UNE.2"], trailer, open.messages, &open.control, at, findings);
    }

    fn unz(&mut self, trailer: &Trailer, at: &Position, findings: &mut Findings) {
        self.close_group("UNZ", at, findings);
        let Some(open) = self.interchange.take() else {
            return structure("UNZ", self.expected(), at.clone(), findings);
        };
        // UNZ counts the groups if there are any, else the messages.
        let count = if open.groups > 0 { open.groups } else { open.messages };
        let codes = [Code::EdifactInterchangeCount, Code::EdifactInterchangeControl];
        check(codes, ["UNZ.1", "UNZ.2"], trailer, count, &open.control, at, findings);
    }

    fn close_group(&mut self, found: &str, at: &Position, findings: &mut Findings) {
        if let Some(open) = self.group.take() {
            findings.push(missing(Code::EdifactNoUne, "UNE", open.messages, &open, found, at));
        }
    }

    fn close_interchange(&mut self, found: &str, at: &Position, findings: &mut Findings) {
        self.close_group(found, at, findings);
        if let Some(open) = self.interchange.take() {
            let count = if open.groups > 0 { open.groups } else { open.messages };
            findings.push(missing(Code::EdifactNoUnz, "UNZ", count, &open, found, at));
        }
    }
}

fn structure(found: &str, expected: &str, at: Position, findings: &mut Findings) {
    findings.push(Finding::new(Code::EdifactStructure, at).found(found).expected(expected));
}

fn mixed(found: &str, expected: &str, at: &Position, findings: &mut Findings) {
    findings.push(Finding::new(Code::EdifactMixed, at.clone()).found(found).expected(expected));
}

fn missing(code: Code, trailer: &str, count: u64, open: &Open, found: &str, at: &Position) -> Finding {
    let help = format!("It begins at {}. {}", open.at, code.remedy());
    let expected = format!("{trailer}+{count}+{}", open.control);
    Finding::new(code, at.clone()).found(found).expected(expected).help(help)
}

/// The place `offset` bytes into the segment at `at`.
fn place(at: &Position, offset: u64, field: &str) -> Position {
    let column = if at.column == 0 { 0 } else { at.column + offset };
    Position { byte: at.byte + offset, column, ..at.clone() }.field(field)
}

fn check(
    [count_code, control_code]: [Code; 2],
    [count_field, control_field]: [&str; 2],
    stated: &Trailer,
    counted: u64,
    control: &Text15,
    at: &Position,
    findings: &mut Findings,
) {
    if stated.count.number() != Some(counted) {
        let finding = Finding::new(count_code, place(at, 4, count_field)).found(stated.count.as_bytes());
        findings.push(finding.expected(counted.to_string()));
    }
    if !stated.control.same(control) {
        let finding = Finding::new(control_code, place(at, stated.control_at, control_field));
        findings.push(finding.found(stated.control.as_bytes()).expected(control.to_string()));
    }
}

#[cfg(test)]
#[path = "tests/envelope.rs"]
mod tests;
