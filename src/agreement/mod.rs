//! What two partners agreed about the X12 or EDIFACT they exchange, as pure rules: who sends to whom, in which releases, which
//! sets, test or production, which control numbers, and what answer is wanted by when.
//!
//! [`Agreed`] goes over the envelope of what arrives and says what was not agreed; [`Numbers`] hands out control numbers;
//! [`answers`](answer) reads what a partner answers. No clock, no file: the ledger commits what is decided here.

pub mod answer;
pub mod edifact;
pub mod groups;
pub mod numbers;
pub mod sending;

use std::fmt;

use crate::document::{Code, Finding, Findings, Position};
use crate::schema::Guides;
use crate::syntax::x12::{Group, Interchange, Mark, Text, Text15};

pub use answer::{Answer, Verdict};
pub use numbers::{Allocation, Line, Numbers, Range, UsedUp};

/// An identifier with its qualifier, as in ISA05 and ISA06.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// Two characters, such as `ZZ`; in EDIFACT up to four, or none.
    pub qualifier: String,
    /// Up to fifteen characters, in EDIFACT up to 35.
    pub id: String,
}

impl Party {
    /// Reads `ZZ:BIGSTORE`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (qualifier, id) = text.split_once(':')?;
        let sound =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && text.trim() == text;
        let fits = qualifier.len() == 2 && (1..=15).contains(&id.len()) && sound(qualifier) && sound(id);
        fits.then(|| Self { qualifier: qualifier.to_owned(), id: id.to_owned() })
    }

    /// Whether an envelope names this one.
    #[must_use]
    pub fn is<const Q: usize, const N: usize>(&self, qualifier: &Text<Q>, id: &Text<N>) -> bool {
        same(&self.qualifier, qualifier) && same(&self.id, id)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.qualifier.as_str() {
            "" => f.write_str(&self.id),
            qualifier => write!(f, "{qualifier}:{}", self.id),
        }
    }
}

fn same<const N: usize>(text: &str, received: &Text<N>) -> bool {
    Text::<N>::new(text.as_bytes()).same(received)
}

/// Whether data counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `P`: it does.
    Production,
    /// `T`: it is sent to try.
    Test,
}

impl Usage {
    /// What ISA15 says.
    #[must_use]
    pub const fn indicator(self) -> &'static str {
        match self {
            Self::Production => "P",
            Self::Test => "T",
        }
    }
}

/// The standard that an agreement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// ASC X12.
    X12,
    /// UN/EDIFACT.
    Edifact,
}

impl Standard {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X12 => "X12",
            Self::Edifact => "EDIFACT",
        }
    }

    /// Where the control number of an interchange stands.
    #[must_use]
    pub const fn control(self) -> &'static str {
        match self {
            Self::X12 => "ISA13",
            Self::Edifact => "UNB.5",
        }
    }

    /// Where the control number of a group stands.
    pub const GROUP_CONTROL: &str = "GS06";
}

/// The answer that is wanted to what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None.
    Nothing,
    /// That the interchange arrived.
    Ta1,
    /// Which sets of X12 before 005010 are accepted.
    Functional997,
    /// Which sets from 005010 on are accepted.
    Implementation999,
    /// Which messages of EDIFACT are accepted.
    Contrl,
}

impl Wanted {
    /// As the ledger and the reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Ta1 => "TA1",
            Self::Functional997 => "997",
            Self::Implementation999 => "999",
            Self::Contrl => "CONTRL",
        }
    }
}

/// The separators that we write for a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separators {
    /// Between elements.
    pub element: u8,
    /// Between components.
    pub component: u8,
    /// After segments.
    pub segment: u8,
    /// Between repetitions, from 00402 on.
    pub repetition: Option<u8>,
}

impl Separators {
    /// Reads `*>~` or `*>~^`: element, component, segment and repetition.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let sound = |byte: &u8| byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric() || *byte == b'\n';
        let distinct = bytes.iter().enumerate().all(|(at, byte)| !bytes[..at].contains(byte));
        match bytes {
            [element, component, segment, rest @ ..]
                if rest.len() < 2 && distinct && bytes.iter().all(sound) && *element != b'\n' =>
            {
                let repetition = rest.first().copied();
                Some(Self { element: *element, component: *component, segment: *segment, repetition })
            }
            _ => None,
        }
    }
}

/// What two partners agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The partner's name in the configuration.
    pub name: String,
    /// Who we are.
    pub own: Party,
    /// Who they are.
    pub partner: Party,
    /// What GS03 of theirs, and GS02 of ours, says.
    pub own_group: String,
    /// What GS02 of theirs, and GS03 of ours, says.
    pub partner_group: String,
    /// What only an agreement about EDIFACT says; none for X12.
    pub edifact: Option<edifact::Terms>,
    /// Releases by GS08; a release covers the guides on it, which begin with it. In EDIFACT directories, such as `D.96A`.
    pub releases: Vec<String>,
    /// Sets that they send.
    pub receives: Vec<String>,
    /// Sets that we send.
    pub sends: Vec<String>,
    /// The definitions of the sets, as the partner's guides narrow them.
    pub guides: Guides,
    /// Whether data counts.
    pub usage: Usage,
    /// What we separate with.
    pub separators: Separators,
    /// The answer wanted to what we send.
    pub wanted: Wanted,
    /// Hours until it must be there.
    pub deadline_hours: u32,
    /// The answer that we give to what they send.
    pub answer: Wanted,
    /// The target that our answers are published in; empty when there are none.
    pub answer_target: String,
    /// Control numbers of interchanges, groups and sets.
    pub ranges: [Range; 3],
}

impl Agreement {
    /// The standard that it is about.
    #[must_use]
    pub const fn standard(&self) -> Standard {
        if self.edifact.is_some() { Standard::Edifact } else { Standard::X12 }
    }

    /// The range of a line of numbers.
    #[must_use]
    pub fn range(&self, line: Line) -> Range {
        match line {
            Line::Interchange => self.ranges[0],
            Line::Group => self.ranges[1],
            Line::Set => self.ranges[2],
        }
    }
}

/// Goes over the envelope of a file that arrives, in order, and tells what was not agreed.
#[derive(Clone, Debug, Default)]
pub struct Agreed {
    /// What is wrong with the interchange that is open.
    interchange: Vec<Code>,
    /// What is wrong with its group.
    group: Vec<Code>,
}

impl Agreed {
    /// Takes in a mark. For a set in which, or around which, something is not agreed: its row in the header
    /// table, and all that is not agreed.
    pub fn fold(
        &mut self,
        agreement: &Agreement,
        mark: &Mark,
        at: &Position,
        findings: &mut Findings,
    ) -> Option<(std::ops::Range<u32>, Vec<Code>)> {
        match mark {
            Mark::Isa(isa) => {
                self.interchange = interchange(agreement, isa, at, findings);
                self.group.clear();
                None
            }
            Mark::Gs(gs) => {
                self.group = group(agreement, gs, at, findings);
                None
            }
            Mark::Set { id, document, documents, .. } => {
                let known = agreement.receives.iter().any(|set| same(set, id));
                if !known {
                    let expected = format!("one of {}", agreement.receives.join(", "));
                    let finding = Finding::new(Code::PartnerSet, at.clone().field("ST01"));
                    findings.push(finding.found(id.as_bytes()).expected(expected).in_documents(*document, *documents));
                }
                let around = self.interchange.iter().chain(&self.group).copied();
                let codes: Vec<Code> = around.chain((!known).then_some(Code::PartnerSet)).collect();
                (!codes.is_empty()).then(|| (*document..document.saturating_add(*documents), codes))
            }
            _ => None,
        }
    }
}

/// What is wrong with an interchange.
fn interchange(agreement: &Agreement, isa: &Interchange, at: &Position, findings: &mut Findings) -> Vec<Code> {
    let found = |qualifier: &Text15, id: &Text15| format!("{qualifier}:{id}");
    let mut codes = Vec::new();
    let mut tell = |code, field: &str, found: String, expected: String| {
        findings.push(Finding::new(code, at.clone().field(field)).found(found).expected(expected));
        codes.push(code);
    };
    if !agreement.partner.is(&isa.sender_qualifier, &isa.sender) {
        let found = found(&isa.sender_qualifier, &isa.sender);
        tell(Code::PartnerUnknown, "ISA06", found, agreement.partner.to_string());
    }
    if !agreement.own.is(&isa.receiver_qualifier, &isa.receiver) {
        let found = found(&isa.receiver_qualifier, &isa.receiver);
        tell(Code::PartnerReceiver, "ISA08", found, agreement.own.to_string());
    }
    let indicator = agreement.usage.indicator();
    if !same(indicator, &isa.usage) {
        tell(Code::PartnerUsage, "ISA15", isa.usage.to_string(), indicator.to_owned());
    }
    codes
}

/// What is wrong with a group.
fn group(agreement: &Agreement, gs: &Group, at: &Position, findings: &mut Findings) -> Vec<Code> {
    let mut codes = Vec::new();
    let mut tell = |code, field: &str, found: &Text15, expected: &str| {
        findings.push(Finding::new(code, at.clone().field(field)).found(found.as_bytes()).expected(expected));
        codes.push(code);
    };
    if !same(&agreement.partner_group, &gs.sender) {
        tell(Code::PartnerUnknown, "GS02", &gs.sender, &agreement.partner_group);
    }
    if !same(&agreement.own_group, &gs.receiver) {
        tell(Code::PartnerReceiver, "GS03", &gs.receiver, &agreement.own_group);
    }
    let release = gs.release.as_bytes();
    if !agreement.releases.iter().any(|known| release.starts_with(known.as_bytes())) {
        tell(Code::PartnerRelease, "GS08", &gs.release, &format!("one of {}", agreement.releases.join(", ")));
    }
    codes
}

#[cfg(test)]
mod tests;
