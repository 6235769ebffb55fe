//! What a partner answers: TA1, 997, 999 and CONTRL, read for what they say about what we sent.

use super::edifact::party;
use crate::schema::Tokens;
use crate::syntax::edifact;
use crate::syntax::x12::{Segment, Text15};

/// What the partner thinks of what we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All of it is accepted, with or without errors noted.
    Accepted,
    /// Some sets are rejected.
    Partly,
    /// All of it is rejected.
    Rejected,
}

impl Verdict {
    /// As the ledger writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partly => "partly",
            Self::Rejected => "rejected",
        }
    }

    /// What element 715, 717 or I17 says: A accepted, E accepted with errors noted, P partly; M, R, W and X rejected.
    fn of(code: &[u8]) -> Option<Self> {
        match code {
            b"A" | b"E" => Some(Self::Accepted),
            b"P" => Some(Self::Partly),
            b"M" | b"R" | b"W" | b"X" => Some(Self::Rejected),
            _ => None,
        }
    }
}

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A TA1 or CONTRL: the interchange of this number.
    Interchange(Text15),
    /// A 997 or 999: the group of this functional identifier and number.
    Group(Text15, Text15),
}

/// One answer to an interchange or group of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `TA1`, `997`, `999` or `CONTRL`.
    pub kind: &'static str,
    /// Who answers: ISA05 and ISA06, as `ZZ:BIGSTORE`, or what UNB says of the sender.
    pub from: String,
    /// Whom: ISA07 and ISA08, or what UNB says of the recipient.
    pub to: String,
    /// What it is about.
    pub about: About,
    /// What it says.
    pub verdict: Verdict,
    /// Sets that it rejects: ST01 and ST02, or 0065 and 0062, at most [`crate::limits::ANSWER_SETS`].
    pub rejected: Vec<(Text15, Text15)>,
}

/// Folds the segments of a file into the answers in it.
#[derive(Debug, Default)]
pub struct Reader {
    from: String,
    to: String,
    kind: Option<&'static str>,
    about: Option<(Text15, Text15)>,
    set: Option<(Text15, Text15)>,
    rejected: Vec<(Text15, Text15)>,
    /// What the CONTRL that is read says of its interchange, and whether it rejects something in it.
    uci: Option<(Text15, Action)>,
    rejects: bool,
    /// What was read.
    pub answers: Vec<Answer>,
    /// Answers without a verdict that the standard knows.
    pub unreadable: u64,
    /// Sets that are no answers.
    pub others: u64,
    /// Answers that only say that an interchange was received.
    pub receipts: u64,
}

/// What 0083 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// 4.
    Rejected,
    /// 7.
    Acknowledged,
    /// 8.
    Received,
    /// Something else.
    Unknown,
}

impl Action {
    fn of(code: &[u8]) -> Self {
        match code {
            b"4" => Self::Rejected,
            b"7" => Self::Acknowledged,
            b"8" => Self::Received,
            _ => Self::Unknown,
        }
    }
}

impl Reader {
    /// Takes in the next segment of the file.
    pub fn segment<T: Tokens>(&mut self, segment: &T) {
        let text = |n| Text15::new(segment.element(n));
        match segment.id() {
            b"ISA" => {
                self.from = format!("{}:{}", text(5), text(6));
                self.to = format!("{}:{}", text(7), text(8));
            }
            b"TA1" => self.ta1(text(1), segment.element(4)),
            b"ST" => self.begin(segment.element(1)),
            b"AK1" if self.kind.is_some() => self.about = Some((text(1), text(2))),
            b"AK2" if self.kind.is_some() => self.set = Some((text(1), text(2))),
            b"AK5" | b"IK5" => self.of_set(segment.element(1)),
            b"AK9" => self.of_group(segment.element(1)),
            b"SE" => self.end(),
            _ => {}
        }
    }

    /// The same of EDIFACT.
    pub fn edifact(&mut self, segment: &edifact::Segment<'_>) {
        let text = |n, c| Text15::new(segment.component(n, c));
        match segment.id() {
            b"UNB" => {
                if let edifact::Mark::Unb(unb) = edifact::Mark::of(segment) {
                    (self.from, self.to) = (party(&unb.sender), party(&unb.receiver));
                }
            }
            b"UNH" => {
                self.end();
                self.kind = (segment.component(2, 1) == b"CONTRL").then_some("CONTRL");
                self.others += u64::from(self.kind.is_none());
            }
            b"UCI" if self.kind.is_some() => self.uci = Some((text(1, 1), Action::of(segment.component(4, 1)))),
            b"UCF" => self.rejects |= segment.component(4, 1) == b"4",
            b"UCM" if segment.component(3, 1) == b"4" => {
                self.rejects = true;
                if self.rejected.len() < crate::limits::ANSWER_SETS {
                    self.rejected.push((text(2, 1), text(1, 1)));
                }
            }
            b"UNT" => self.contrl(),
            _ => {}
        }
    }

    /// Ends a CONTRL.
    fn contrl(&mut self) {
        if let (Some(kind), Some((number, action))) = (self.kind, self.uci.take()) {
            match action {
                Action::Rejected => self.push(kind, About::Interchange(number), Verdict::Rejected),
                Action::Acknowledged if self.rejects => self.push(kind, About::Interchange(number), Verdict::Partly),
                Action::Acknowledged => self.push(kind, About::Interchange(number), Verdict::Accepted),
                Action::Received => self.receipts += 1,
                Action::Unknown => self.unreadable += 1,
            }
        } else {
            self.unreadable += u64::from(self.kind.is_some());
        }
        self.kind = None;
        self.end();
    }

    fn begin(&mut self, id: &[u8]) {
        self.end();
        self.kind = match id {
            b"997" => Some("997"),
            b"999" => Some("999"),
            _ => None,
        };
        self.others += u64::from(self.kind.is_none());
    }

    fn ta1(&mut self, number: Text15, code: &[u8]) {
        let Some(verdict) = Verdict::of(code) else {
            self.unreadable += 1;
            return;
        };
        self.push("TA1", About::Interchange(number), verdict);
    }

    fn of_set(&mut self, code: &[u8]) {
        let Some(set) = self.set.take() else { return };
        let rejects = Verdict::of(code) == Some(Verdict::Rejected);
        if rejects && self.rejected.len() < crate::limits::ANSWER_SETS {
            self.rejected.push(set);
        }
    }

    fn of_group(&mut self, code: &[u8]) {
        let (Some(kind), Some((functional, number))) = (self.kind, self.about.take()) else { return };
        match Verdict::of(code) {
            Some(verdict) => self.push(kind, About::Group(functional, number), verdict),
            None => self.unreadable += 1,
        }
    }

    fn push(&mut self, kind: &'static str, about: About, verdict: Verdict) {
        let (from, to) = (self.from.clone(), self.to.clone());
        let rejected = std::mem::take(&mut self.rejected);
        self.answers.push(Answer { kind, from, to, about, verdict, rejected });
    }

    /// Ends a set; one that named a group and gave no verdict cannot be read.
    fn end(&mut self) {
        self.unreadable += u64::from(self.about.take().is_some() || self.uci.take().is_some());
        self.rejects = false;
        (self.kind, self.set) = (None, None);
        self.rejected.clear();
    }

    /// Ends the file.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.end();
        self
    }
}

/// Whether the beginning of an X12 file holds nothing but answers: its first group is `FA`, or it has only a TA1.
#[must_use]
pub fn is_answer(segment: &Segment<'_>) -> Option<bool> {
    match segment.id() {
        b"GS" => Some(segment.element(1) == b"FA"),
        b"ST" => Some(matches!(segment.element(1), b"997" | b"999")),
        b"IEA" => Some(true),
        _ => None,
    }
}

/// Whether the beginning of an EDIFACT file holds nothing but answers: its first message is a CONTRL.
#[must_use]
pub fn is_contrl(segment: &edifact::Segment<'_>) -> Option<bool> {
    match segment.id() {
        b"UNH" => Some(segment.component(2, 1) == b"CONTRL"),
        b"UNZ" => Some(false),
        _ => None,
    }
}
