//! The envelope: groups and interchanges, their control numbers and counts, as a fold over small marks.

use std::collections::{BTreeMap, HashSet};

use super::dialect::Segment;
use crate::document::{Code, Finding, Findings, Position};

/// A short value of the envelope of at most `N` characters, kept inline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    /// The length as received; above `N` the value is cut.
    len: u8,
}

/// A value of X12's envelope, none of which in use here is longer, or a reference of EDIFACT.
pub type Text15 = Text<15>;
/// An identification in EDIFACT's envelope.
pub type Text35 = Text<35>;

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self { bytes: [0; N], len: 0 }
    }
}

impl<const N: usize> Text<N> {
    /// The value without the blanks that pad it.
    #[must_use]
    pub fn new(value: &[u8]) -> Self {
        let value = value.trim_ascii();
        let mut bytes = [0; N];
        for (slot, byte) in bytes.iter_mut().zip(value) {
            *slot = *byte;
        }
        Self { bytes, len: u8::try_from(value.len()).unwrap_or(u8::MAX) }
    }

    /// Its bytes, at most `N`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }

    /// Whether the value is kept whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        usize::from(self.len) <= N
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a string of up to 15 digits.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        let digits = self.as_bytes();
        let sound = !digits.is_empty() && self.len <= 15 && self.is_whole() && digits.iter().all(u8::is_ascii_digit);
        sound.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
    }

    /// Equal as text; a value too long to be kept whole equals nothing.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.is_whole() && self == other
    }

    /// Equal as numbers if both are, for control numbers of type N0, whose leading zeros mean nothing.
    #[must_use]
    pub fn same_number(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a == b,
            _ => self.same(other),
        }
    }
}

impl<const N: usize> std::fmt::Display for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl<const N: usize> std::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.as_bytes()))
    }
}

/// What an ISA says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interchange {
    /// ISA05.
    pub sender_qualifier: Text15,
    /// ISA06, without padding.
    pub sender: Text15,
    /// ISA07.
    pub receiver_qualifier: Text15,
    /// ISA08, without padding.
    pub receiver: Text15,
    /// ISA12, such as `00401`.
    pub version: Text15,
    /// ISA13.
    pub control: Text15,
    /// ISA15: `P` production, `T` test, `I` information.
    pub usage: Text15,
}

/// What a GS says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// GS01, such as `PO`.
    pub functional_id: Text15,
    /// GS02.
    pub sender: Text15,
    /// GS03.
    pub receiver: Text15,
    /// GS06.
    pub control: Text15,
    /// GS08, such as `004010`.
    pub release: Text15,
}

impl Group {
    /// What a GS segment says.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Self {
        let text = |n| Text15::new(segment.element(n));
        Self { functional_id: text(1), sender: text(2), receiver: text(3), control: text(6), release: text(8) }
    }
}

/// One event of the envelope: small, owned, in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// An interchange begins.
    Isa(Box<Interchange>),
    /// A functional group begins.
    Gs(Box<Group>),
    /// A whole transaction set; its position is that of its ST.
    Set {
        /// ST01, such as `850`.
        id: Text15,
        /// ST02.
        control: Text15,
        /// Segments counted, ST and SE included.
        segments: u64,
        /// Row of the batch's header table.
        document: u32,
        /// How many rows the set has become, from that one on.
        documents: u32,
    },
    /// A functional group ends.
    Ge {
        /// GE01, the number of sets as stated.
        count: Text15,
        /// GE02.
        control: Text15,
        /// Offset of GE02 from the segment's first byte.
        control_at: u64,
    },
    /// An interchange ends.
    Iea {
        /// IEA01, the number of groups as stated.
        count: Text15,
        /// IEA02.
        control: Text15,
        /// Offset of IEA02 from the segment's first byte.
        control_at: u64,
    },
    /// An interchange acknowledgement.
    Ta1,
    /// Any other segment that stands outside a transaction set.
    Stray(Text15),
}

impl Mark {
    /// The mark of a segment that stands outside a transaction set.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Self {
        let text = |n| Text15::new(segment.element(n));
        let control_at = || segment.element_position(2).byte - segment.byte;
        match segment.id() {
            b"ISA" => Self::Isa(Box::new(Interchange {
                sender_qualifier: text(5),
                sender: text(6),
                receiver_qualifier: text(7),
                receiver: text(8),
                version: text(12),
                control: text(13),
                usage: text(15),
            })),
            b"GS" => Self::Gs(Box::new(Group::of(segment))),
            b"GE" => Self::Ge { count: text(1), control: text(2), control_at: control_at() },
            b"IEA" => Self::Iea { count: text(1), control: text(2), control_at: control_at() },
            b"TA1" => Self::Ta1,
            id => Self::Stray(Text15::new(id)),
        }
    }
}

/// A level of the envelope that is open: an interchange or a group.
#[derive(Debug)]
struct Open {
    control: Text15,
    count: u64,
    at: Position,
}

/// The state of the envelope: which interchange and group are open, and what was counted in them.
#[derive(Debug, Default)]
pub struct Envelope {
    interchange: Option<Open>,
    group: Option<Open>,
    seen: Seen,
}

impl Envelope {
    /// Takes in the next mark, in file order; `at` is where its segment stands.
    pub fn fold(&mut self, mark: &Mark, at: Position, findings: &mut Findings) {
        match mark {
            Mark::Isa(isa) => {
                self.close_interchange("ISA", &at, findings);
                self.interchange = Some(Open { control: isa.control, count: 0, at });
            }
            Mark::Gs(group) => self.open_group(group, at, findings),
            Mark::Set { control, document, documents, .. } => self.set(control, (*document, *documents), at, findings),
            Mark::Ge { count, control, control_at } => self.ge(count, (control, *control_at), &at, findings),
            Mark::Iea { count, control, control_at } => self.iea(count, (control, *control_at), &at, findings),
            Mark::Ta1 if self.interchange.is_some() && self.group.is_none() => {}
            Mark::Ta1 => structure("TA1", "TA1 between ISA and GS", at, findings),
            Mark::Stray(id) => structure(&id.to_string(), self.expected(), at, findings),
        }
    }

    /// Ends the file, which stands at `at`.
    pub fn finish(mut self, at: &Position, findings: &mut Findings) {
        self.close_interchange("end of file", at, findings);
    }

    fn expected(&self) -> &'static str {
        match (&self.interchange, &self.group) {
            (None, _) => "ISA or the end of the file",
            (_, None) => "GS or IEA",
            _ => "ST or GE",
        }
    }

    fn open_group(&mut self, group: &Group, at: Position, findings: &mut Findings) {
        self.close_group("GS", &at, findings);
        match &mut self.interchange {
            Some(open) => open.count += 1,
            None => structure("GS", "ISA before GS", at.clone(), findings),
        }
        self.seen = Seen::default();
        self.group = Some(Open { control: group.control, count: 0, at });
    }

    fn set(&mut self, control: &Text15, (first, count): (u32, u32), at: Position, findings: &mut Findings) {
        match &mut self.group {
            Some(open) => open.count += 1,
            None => return structure("ST", "GS before ST", at, findings),
        }
        if !self.seen.insert(control) {
            let finding = Finding::new(Code::X12DuplicateSet, at.field("ST02")).found(control.as_bytes());
            findings.push(finding.expected("a number used once in its group").in_documents(first, count));
        }
    }

    fn ge(&mut self, count: &Text15, control: (&Text15, u64), at: &Position, findings: &mut Findings) {
        let Some(open) = self.group.take() else {
            return structure("GE", self.expected(), at.clone(), findings);
        };
        check_count(Code::X12SetCount, "GE01", count, open.count, at, findings);
        check_control(Code::X12GroupControl, "GE02", control, &open, at, findings);
    }

    fn iea(&mut self, count: &Text15, control: (&Text15, u64), at: &Position, findings: &mut Findings) {
        self.close_group("IEA", at, findings);
        let Some(open) = self.interchange.take() else {
            return structure("IEA", self.expected(), at.clone(), findings);
        };
        check_count(Code::X12GroupCount, "IEA01", count, open.count, at, findings);
        check_control(Code::X12InterchangeControl, "IEA02", control, &open, at, findings);
    }

    fn close_group(&mut self, found: &str, at: &Position, findings: &mut Findings) {
        if let Some(open) = self.group.take() {
            findings.push(missing(Code::X12NoGe, "GE", &open, found, at));
        }
    }

    fn close_interchange(&mut self, found: &str, at: &Position, findings: &mut Findings) {
        self.close_group(found, at, findings);
        if let Some(open) = self.interchange.take() {
            findings.push(missing(Code::X12NoIea, "IEA", &open, found, at));
        }
    }
}

fn structure(found: &str, expected: &str, at: Position, findings: &mut Findings) {
    findings.push(Finding::new(Code::X12Structure, at).found(found).expected(expected));
}

fn missing(code: Code, trailer: &str, open: &Open, found: &str, at: &Position) -> Finding {
    let expected = format!("{trailer}*{}*{}", open.count, open.control);
    let help = format!("It begins at {}. {}", open.at, code.remedy());
    Finding::new(code, at.clone()).found(found).expected(expected).help(help)
}

/// The place `offset` bytes into the segment at `at`.
fn element_at(at: &Position, offset: u64, field: &str) -> Position {
    let column = if at.column == 0 { 0 } else { at.column + offset };
    Position { byte: at.byte + offset, column, ..at.clone() }.field(field)
}

fn check_count(code: Code, field: &str, stated: &Text15, counted: u64, at: &Position, findings: &mut Findings) {
    if stated.number() != Some(counted) {
        let finding = Finding::new(code, element_at(at, field.len() as u64 - 1, field));
        findings.push(finding.found(stated.as_bytes()).expected(counted.to_string()));
    }
}

fn check_control(
    code: Code,
    field: &str,
    (stated, offset): (&Text15, u64),
    open: &Open,
    at: &Position,
    findings: &mut Findings,
) {
    if !stated.same_number(&open.control) {
        let finding = Finding::new(code, element_at(at, offset, field));
        findings.push(finding.found(stated.as_bytes()).expected(open.control.to_string()));
    }
}

/// The ST02 values of one group. Senders number sets in sequence, so numbers, and numbers behind the same letters such as
/// `ME000001`, are kept as runs.
#[derive(Debug, Default)]
pub(in crate::syntax) struct Seen {
    /// What stands before the number, length of the whole and first number, to the last number of the run.
    runs: BTreeMap<([u8; 15], u8, u64), u64>,
    others: HashSet<Text15>,
}

impl Seen {
    /// Adds a value; false if it was there.
    pub(in crate::syntax) fn insert(&mut self, value: &Text15) -> bool {
        let digits = value.as_bytes().iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (before, digits) = value.as_bytes().split_at(value.as_bytes().len() - digits);
        let before = Text15::new(before).bytes;
        let Some(number) = Text15::new(digits).number().filter(|_| value.len <= 15) else {
            return self.others.insert(*value);
        };
        let run = self.runs.range_mut(..=(before, value.len, number)).next_back();
        let run = run.filter(|(key, _)| (key.0, key.1) == (before, value.len));
        match run {
            Some((_, last)) if number <= *last => return false,
            Some((_, last)) if number == *last + 1 => *last = number,
            _ => {
                self.runs.insert((before, value.len, number), number);
            }
        }
        true
    }
}

#[cfg(test)]
#[path = "tests/envelope.rs"]
mod tests;
