//! What was judged: interchange → groups → sets → segment errors → element errors, with a decision at each level.

use serde_json::{Value, json};

use super::errors::{GroupError, InterchangeError, SetError, SetErrors};
use crate::schema::{ElementFault, Fault, SegmentError};
use crate::syntax::x12::{self, Delimiters, Text15};

/// What became of an interchange, a group or a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Without errors.
    Accepted,
    /// With errors that do not stop it.
    Noted,
    /// Some sets are rejected; groups only.
    Partly,
    /// Rejected.
    Rejected,
}

impl Decision {
    /// The code in TA104, AK501 and AK901.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Accepted => "A",
            Self::Noted => "E",
            Self::Partly => "P",
            Self::Rejected => "R",
        }
    }
}

/// What an ISA says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Isa {
    /// ISA05 and ISA06.
    pub sender: (Text15, Text15),
    /// ISA07 and ISA08.
    pub receiver: (Text15, Text15),
    /// ISA09.
    pub date: Text15,
    /// ISA10.
    pub time: Text15,
    /// ISA12.
    pub version: Text15,
    /// ISA13.
    pub control: Text15,
    /// ISA14.
    pub acknowledge: Text15,
    /// ISA15.
    pub usage: Text15,
}

/// A judged interchange.
#[derive(Clone, Debug)]
pub struct Interchange {
    /// What its ISA says.
    pub isa: Isa,
    /// Its delimiters; the usual ones if they could not be read.
    pub delimiters: Delimiters,
    /// What is wrong with ISA and IEA, each once, in the order of the codes.
    pub errors: Vec<InterchangeError>,
    /// Its groups.
    pub groups: Vec<Group>,
    /// Whether it holds a TA1.
    pub has_ta1: bool,
}

impl Interchange {
    /// Adds an error, such as one that only the ledger knows.
    pub fn refuse(&mut self, error: InterchangeError) {
        if !self.errors.contains(&error) {
            self.errors.push(error);
            self.errors.sort_unstable();
        }
    }

    /// What became of it, not of what is in it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self.errors.iter().any(|error| error.rejects()) {
            true => Decision::Rejected,
            false if self.errors.is_empty() => Decision::Accepted,
            false => Decision::Noted,
        }
    }

    /// Whether it holds nothing but acknowledgements, which are never acknowledged.
    #[must_use]
    pub fn only_acknowledges(&self) -> bool {
        let groups = self.groups.iter().all(Group::is_acknowledgement);
        groups && (self.has_ta1 || !self.groups.is_empty())
    }

    /// Whether anything in it is rejected.
    #[must_use]
    pub fn has_rejected(&self) -> bool {
        let group = |group: &Group| matches!(group.decision(), Decision::Partly | Decision::Rejected);
        self.decision() == Decision::Rejected || self.groups.iter().any(group)
    }

    /// The tree as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "sender": {"qualifier": text(&self.isa.sender.0), "id": text(&self.isa.sender.1)},
            "receiver": {"qualifier": text(&self.isa.receiver.0), "id": text(&self.isa.receiver.1)},
            "version": text(&self.isa.version),
            "control": text(&self.isa.control),
            "decision": self.decision().code(),
            "errors": self.errors.iter().map(|error| error.code()).collect::<Vec<_>>(),
            "acknowledgement": self.only_acknowledges(),
            "groups": self.groups.iter().map(Group::json).collect::<Vec<_>>(),
        })
    }
}

/// A judged functional group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What its GS says.
    pub gs: x12::Group,
    /// GE01, if it is a number.
    pub stated: Option<u64>,
    /// What is wrong with it, each once, in the order of the codes.
    pub errors: Vec<GroupError>,
    /// Its sets.
    pub sets: Vec<Set>,
    /// Whether an acknowledgement can name it: GS01 and GS06 are what AK1 may hold.
    pub nameable: bool,
}

impl Group {
    /// Most sets that AK902 to AK904 can count.
    pub const MOST_SETS: usize = 999_999;

    pub(super) fn refuse(&mut self, error: GroupError) {
        if !self.errors.contains(&error) {
            self.errors.push(error);
            self.errors.sort_unstable();
        }
    }

    /// Whether it belongs to 005010 or later.
    #[must_use]
    pub fn is_5010(&self) -> bool {
        let release = self.gs.release.as_bytes();
        release.len() >= 6 && release[..6].iter().all(u8::is_ascii_digit) && &release[..6] >= b"005010".as_slice()
    }

    /// Whether it is a group of acknowledgements, or has one in it; these are never acknowledged.
    #[must_use]
    pub fn is_acknowledgement(&self) -> bool {
        let of_set = |set: &Set| matches!(set.id.as_bytes(), b"997" | b"999");
        self.gs.functional_id.as_bytes() == b"FA" || self.sets.iter().any(of_set)
    }

    /// What became of a set in it: a rejected group takes its sets along.
    #[must_use]
    pub fn decision_of(&self, set: &Set) -> Decision {
        if self.errors.is_empty() { set.decision } else { Decision::Rejected }
    }

    /// How many of its sets were accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.sets.iter().filter(|set| self.decision_of(set) < Decision::Rejected).count()
    }

    /// What became of it: rejected for an error of its own or if no set is left, partly accepted if some are.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let accepted = self.accepted();
        let noted = || self.sets.iter().any(|set| set.decision == Decision::Noted);
        match self.sets.len() - accepted {
            _ if !self.errors.is_empty() => Decision::Rejected,
            0 if noted() => Decision::Noted,
            0 => Decision::Accepted,
            _ if accepted == 0 => Decision::Rejected,
            _ => Decision::Partly,
        }
    }

    fn json(&self) -> Value {
        let is_5010 = self.is_5010();
        json!({
            "id": text(&self.gs.functional_id),
            "control": text(&self.gs.control),
            "release": text(&self.gs.release),
            "decision": self.decision().code(),
            "errors": self.errors.iter().map(|error| error.code(is_5010)).collect::<Vec<_>>(),
            "included": self.stated,
            "received": self.sets.len(),
            "accepted": self.accepted(),
            "sets": self.sets.iter().map(|set| set.json(self.decision_of(set), is_5010)).collect::<Vec<_>>(),
        })
    }
}

/// A judged transaction set: small, since a file may have a million.
#[derive(Clone, Debug)]
pub struct Set {
    /// ST01.
    pub id: Text15,
    /// ST02.
    pub control: Text15,
    /// What is wrong with it.
    pub errors: SetErrors,
    /// What became of it, if its group is not rejected.
    pub decision: Decision,
    /// What few sets have.
    pub detail: Option<Box<Detail>>,
}

/// What few sets have.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// ST03, if it is sound.
    pub convention: Box<str>,
    /// What is wrong with its segments.
    pub faults: Box<[Fault]>,
    /// Faults beyond the limits, which are only counted.
    pub more: u64,
}

impl Set {
    /// ST03, if it is sound; empty if it is not there.
    #[must_use]
    pub fn convention(&self) -> &str {
        self.detail.as_ref().map_or("", |detail| &detail.convention)
    }

    /// What is wrong with its segments.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        self.detail.as_ref().map_or(&[], |detail| &detail.faults)
    }

    /// Faults beyond the limits, which are only counted.
    #[must_use]
    pub fn more(&self) -> u64 {
        self.detail.as_ref().map_or(0, |detail| detail.more)
    }

    fn json(&self, decision: Decision, implementation: bool) -> Value {
        let errors: Vec<_> = self.errors.iter().map(|error| error.code(implementation)).collect();
        let faults: Vec<_> = self.faults().iter().map(|fault| segment(fault, implementation)).collect();
        json!({
            "id": text(&self.id),
            "control": text(&self.control),
            "decision": decision.code(),
            "errors": errors,
            "segments": faults,
            "more": self.more(),
        })
    }

    /// Whether a code of the whole set says that segments are wrong.
    pub(super) fn note_faults(&mut self) {
        let of_guide = |fault: &Fault| match fault.error {
            SegmentError::NotUsed => true,
            SegmentError::ElementErrors => fault.elements.iter().all(is_of_guide),
            _ => false,
        };
        if self.faults().is_empty() && self.more() == 0 {
            return;
        }
        let only_guide = self.more() == 0 && self.faults().iter().all(of_guide);
        self.errors.insert(if only_guide { SetError::GuideSegments } else { SetError::Segments });
    }
}

fn is_of_guide(fault: &ElementFault) -> bool {
    use crate::schema::ElementError::{CodeNotUsed, NotUsed};
    matches!(fault.error, NotUsed | CodeNotUsed)
}

fn text(text: &Text15) -> String {
    crate::document::finding::printable(text.as_bytes())
}

fn segment(fault: &Fault, implementation: bool) -> Value {
    json!({
        "segment": fault.segment,
        "position": fault.number,
        "loop": fault.loop_id,
        "code": fault.error.x12(implementation),
        "error": fault.error.name(),
        "elements": fault.elements.iter().map(|element| self::element(element, implementation)).collect::<Vec<_>>(),
    })
}

fn element(fault: &ElementFault, implementation: bool) -> Value {
    json!({
        "element": fault.element,
        "component": fault.component,
        "repetition": fault.repetition,
        "number": fault.number,
        "code": fault.error.x12(implementation),
        "error": fault.error.name(),
        "value": fault.value.as_ref().map(|value| crate::document::finding::printable(value)),
    })
}
