//! What was judged: interchange → groups → sets → segment errors → element errors, with a decision at each level.

use serde_json::{Value, json};

use super::definitions::CONTRL;
use super::errors::{GroupError, InterchangeError, ServiceFault, SetError, SetErrors};
use crate::schema::{ElementFault, Fault, SegmentError};
use crate::syntax::edifact;
use crate::syntax::x12::{self, Delimiters, Text15, Text35};

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

/// What an ISA or UNB says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// ISA05 and ISA06; 0007 and 0004.
    pub sender: (Text15, Text35),
    /// ISA07 and ISA08; 0007 and 0010.
    pub receiver: (Text15, Text35),
    /// ISA09; 0017.
    pub date: Text15,
    /// ISA10; 0019.
    pub time: Text15,
    /// ISA12; 0001 and 0002, as in `UNOC:3`.
    pub version: Text15,
    /// ISA13; 0020.
    pub control: Text15,
    /// ISA14; 0031.
    pub acknowledge: Text15,
    /// ISA15; 0035.
    pub usage: Text15,
}

/// What separates the segments and elements of an interchange, and what only one of the standards says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Syntax {
    /// X12; the usual delimiters if they could not be read.
    X12(Delimiters),
    /// EDIFACT, with the internal identifications of sender (0008, 0042) and recipient (0014, 0046).
    Edifact(edifact::Syntax, [[Text35; 2]; 2]),
}

/// The two parties of a UNG: identification and qualifier.
pub type Parties = [(Text35, Text15); 2];

/// A judged interchange.
#[derive(Clone, Debug)]
pub struct Interchange {
    /// What its ISA or UNB says.
    pub header: Header,
    /// How it is written.
    pub syntax: Syntax,
    /// What is wrong with its header and trailer, each once: in X12 in the order of the codes, in EDIFACT in that of the
    /// file, since UCI tells the first.
    pub errors: Vec<InterchangeError>,
    /// Its groups. Messages of EDIFACT that stand in no group are in one without a UNG.
    pub groups: Vec<Group>,
    /// Whether it holds a TA1.
    pub has_ta1: bool,
}

impl Interchange {
    /// Adds an error, such as one that only the ledger knows.
    pub fn refuse(&mut self, error: InterchangeError) {
        if !self.errors.contains(&error) {
            self.errors.push(error);
            if !self.is_edifact() {
                self.errors.sort_unstable();
            }
        }
    }

    /// Whether it is EDIFACT.
    #[must_use]
    pub const fn is_edifact(&self) -> bool {
        matches!(self.syntax, Syntax::Edifact(..))
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
            "sender": {"qualifier": text(&self.header.sender.0), "id": text(&self.header.sender.1)},
            "receiver": {"qualifier": text(&self.header.receiver.0), "id": text(&self.header.receiver.1)},
            "version": text(&self.header.version),
            "control": text(&self.header.control),
            "decision": self.decision().code(),
            "errors": self.errors.iter().map(|error| self.told(error.code(), error.contrl().code)).collect::<Vec<_>>(),
            "acknowledgement": self.only_acknowledges(),
            "groups": self.groups.iter().map(|group| self.group(group)).collect::<Vec<_>>(),
        })
    }

    /// The code of the standard that the interchange follows.
    fn told(&self, x12: &'static str, contrl: &'static str) -> &'static str {
        if self.is_edifact() { contrl } else { x12 }
    }

    fn group(&self, group: &Group) -> Value {
        let is_5010 = group.is_5010();
        let form = match &self.syntax {
            Syntax::X12(_) => Codes::X12 { implementation: is_5010 },
            Syntax::Edifact(syntax, _) => Codes::Edifact(syntax.version),
        };
        json!({
            "id": text(&group.gs.functional_id),
            "control": text(&group.gs.control),
            "release": text(&group.gs.release),
            "decision": group.decision().code(),
            "errors": group.errors.iter().map(|e| self.told(e.code(is_5010), e.contrl().code)).collect::<Vec<_>>(),
            "included": group.stated,
            "received": group.sets.len(),
            "accepted": group.accepted(),
            "sets": group.sets.iter().map(|set| set.json(group.decision_of(set), form)).collect::<Vec<_>>(),
        })
    }
}

/// Which codes are told.
#[derive(Clone, Copy)]
enum Codes {
    X12 {
        implementation: bool,
    },
    /// Of this syntax version.
    Edifact(u8),
}

/// A judged functional group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What its GS says; of a UNG, 0038 and 0048.
    pub gs: x12::Group,
    /// Who the parties of its UNG are, if it is one that has them.
    pub parties: Option<Box<Parties>>,
    /// GE01 or 0060, if it is a number.
    pub stated: Option<u64>,
    /// What is wrong with it, each once, in the order of the codes.
    pub errors: Vec<GroupError>,
    /// Its sets.
    pub sets: Vec<Set>,
    /// Whether an acknowledgement can name it: GS01 and GS06 are what AK1 may hold; a UNG is there, and UCF can repeat it.
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

    /// Whether it is a group of acknowledgements, or has one in it; these are never acknowledged. In EDIFACT they may
    /// stand beside other messages, and it is one if there is nothing else in it.
    #[must_use]
    pub fn is_acknowledgement(&self) -> bool {
        let (mut all, mut any) = (self.sets.iter(), self.sets.iter());
        let is_997 = |set: &Set| matches!(set.id.as_bytes(), b"997" | b"999");
        let only_contrl = !self.sets.is_empty() && all.all(Set::is_contrl);
        self.gs.functional_id.as_bytes() == b"FA" || any.any(is_997) || only_contrl
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
}

/// A judged transaction set: small, since a file may have a million.
#[derive(Clone, Debug)]
pub struct Set {
    /// ST01; 0065.
    pub id: Text15,
    /// ST02; 0062.
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
    /// What a UNH says of the message behind its type: 0052, 0054, 0051, 0057, 0110 and 0113.
    pub message: Box<[Box<[u8]>]>,
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

    /// Whether it is a CONTRL, which is never acknowledged.
    #[must_use]
    pub fn is_contrl(&self) -> bool {
        self.id.as_bytes() == CONTRL
    }

    fn json(&self, decision: Decision, codes: Codes) -> Value {
        let code = |error: SetError| match codes {
            Codes::X12 { implementation } => Some(error.code(implementation)),
            Codes::Edifact(_) => error.contrl().map(|told| told.code),
        };
        let errors: Vec<_> = self.errors.iter().filter_map(code).collect();
        let faults: Vec<_> = self.faults().iter().map(|fault| segment(fault, codes)).collect();
        json!({
            "id": text(&self.id),
            "control": text(&self.control),
            "decision": decision.code(),
            "errors": errors,
            "segments": faults,
            "more": self.more(),
        })
    }

    /// Whether a code of the whole set says that segments are wrong, or its own header or trailer.
    pub(super) fn note_faults(&mut self) {
        let of_guide = |fault: &Fault| match fault.error {
            SegmentError::NotUsed => true,
            SegmentError::ElementErrors => fault.elements.iter().all(is_of_guide),
            _ => false,
        };
        let more = self.more() > 0;
        let (service, others): (Vec<&Fault>, Vec<&Fault>) = self.faults().iter().partition(|fault| is_service(fault));
        let only_guide = !more && others.iter().all(|fault| of_guide(fault));
        let (has_service, has_others) = (!service.is_empty(), more || !others.is_empty());
        if has_service {
            self.errors.insert(SetError::Service);
        }
        if has_others {
            self.errors.insert(if only_guide { SetError::GuideSegments } else { SetError::Segments });
        }
    }

    /// What keeps a UCM from naming the message.
    pub(super) fn unnamed(&self) -> Option<ServiceFault> {
        let service = self.faults().iter().filter(|fault| is_service(fault));
        let faults =
            service.flat_map(|fault| fault.elements.iter().map(|e| ServiceFault::of(fault.segment.as_bytes(), e)));
        faults.into_iter().find(|fault| fault.is_of_name())
    }
}

/// Whether a fault is one of the elements of UNH or UNT, which UCM tells and no UCS.
pub(super) fn is_service(fault: &Fault) -> bool {
    fault.error == SegmentError::ElementErrors && matches!(&*fault.segment, "UNH" | "UNT")
}

fn is_of_guide(fault: &ElementFault) -> bool {
    use crate::schema::ElementError::{CodeNotUsed, NotUsed};
    matches!(fault.error, NotUsed | CodeNotUsed)
}

fn text<const N: usize>(text: &x12::Text<N>) -> String {
    crate::document::finding::printable(text.as_bytes())
}

fn segment(fault: &Fault, codes: Codes) -> Value {
    let code = match codes {
        Codes::X12 { implementation } => fault.error.x12(implementation),
        Codes::Edifact(_) => fault.error.edifact().unwrap_or_default(),
    };
    json!({
        "segment": fault.segment,
        "position": fault.number,
        "loop": fault.loop_id,
        "code": code,
        "error": fault.error.name(),
        "elements": fault.elements.iter().map(|element| self::element(element, codes)).collect::<Vec<_>>(),
    })
}

fn element(fault: &ElementFault, codes: Codes) -> Value {
    let code = match codes {
        Codes::X12 { implementation } => fault.error.x12(implementation),
        Codes::Edifact(version) => fault.error.edifact(version),
    };
    json!({
        "element": fault.element,
        "component": fault.component,
        "repetition": fault.repetition,
        "number": fault.number,
        "code": code,
        "error": fault.error.name(),
        "value": fault.value.as_ref().map(|value| crate::document::finding::printable(value)),
    })
}
