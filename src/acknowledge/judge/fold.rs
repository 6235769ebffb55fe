//! The tree that is built: what is open, what is wrong with it, and what becomes of it when it ends.

use std::collections::{BTreeMap, HashSet};

use super::Policy;
use crate::acknowledge::definitions::Definitions;
use crate::acknowledge::errors::{GroupError, InterchangeError, SetError};
use crate::acknowledge::tree::{Decision, Group, Interchange, Set};
use crate::document::Findings;
use crate::limits::INTERCHANGE_FAULTS;
use crate::schema::{self, ElementFault, Fault, Options, Plain, Report, SegmentError, Tokens, Validator};
use crate::syntax::x12::{Text15, Text35};

/// What is judged so far.
#[derive(Debug)]
pub(super) struct Fold<'d> {
    pub(super) definitions: &'d Definitions,
    pub(super) policy: Policy,
    pub(super) validators: BTreeMap<usize, Validator<'d>>,
    pub(super) interchange: Option<Interchange>,
    pub(super) group: Option<Group>,
    pub(super) set: Option<Open>,
    /// Sets that were read.
    sets: u64,
    /// Faults kept in this interchange.
    kept: usize,
    /// GS06 or 0048 of the groups of this interchange, and sender and control number of the interchanges.
    groups: HashSet<Text15>,
    interchanges: HashSet<(Text35, Text15)>,
    pub(super) judged: Vec<Interchange>,
    pub(super) findings: Findings,
}

/// The set that is read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) set: Set,
    /// The definition that it is checked against.
    pub(super) validator: Option<usize>,
    /// Faults that no definition tells, such as characters that the interchange may not have.
    pub(super) others: Vec<Fault>,
    /// What a UNH says of the message behind its type.
    pub(super) message: Vec<Box<[u8]>>,
}

impl Open {
    /// A set of which nothing but its header is known.
    pub(super) fn new(set: Set) -> Self {
        Self { set, validator: None, others: Vec::new(), message: Vec::new() }
    }
}

impl<'d> Fold<'d> {
    pub(super) fn new(definitions: &'d Definitions, policy: Policy) -> Self {
        Self {
            definitions,
            policy,
            validators: BTreeMap::new(),
            interchange: None,
            group: None,
            set: None,
            sets: 0,
            kept: 0,
            groups: HashSet::new(),
            interchanges: HashSet::new(),
            judged: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// Begins an interchange, of which its own header is already judged; who it is from and to is judged here.
    pub(super) fn open_interchange(&mut self, mut interchange: Interchange) {
        self.close_interchange();
        self.validators.clear();
        self.groups.clear();
        self.kept = 0;
        let header = &interchange.header;
        let (sender, receiver) = (header.sender.1, header.receiver.1);
        let known =
            |list: &[String], id: &Text35| list.is_empty() || list.iter().any(|x| x.as_bytes() == id.as_bytes());
        let checks = [
            (!known(&self.policy.senders, &sender), InterchangeError::Sender),
            (!known(&self.policy.receivers, &receiver), InterchangeError::UnknownReceiver),
            (!self.interchanges.insert((sender, header.control)), InterchangeError::Duplicate),
        ];
        for (_, error) in checks.into_iter().filter(|(wrong, _)| *wrong) {
            interchange.refuse(error);
        }
        self.interchange = Some(interchange);
    }

    /// Begins a group, of which its own header is already judged.
    pub(super) fn open_group(&mut self, mut group: Group) {
        self.close_group();
        if !self.groups.insert(group.gs.control) {
            group.refuse(GroupError::Duplicate);
        }
        self.group = Some(group);
    }

    /// Begins a set, to be checked against a definition if there is one.
    pub(super) fn open_set(
        &mut self,
        open: Open,
        definition: Option<(usize, &'d schema::Set)>,
        (options, mark): (Options, Option<u8>),
    ) {
        if let Some((at, set)) = definition {
            self.validators.entry(at).or_insert_with(|| Validator::new(set, options).decimal_mark(mark));
        }
        self.set = Some(Open { validator: definition.map(|(at, _)| at), ..open });
    }

    /// Checks a segment of the set that is open.
    pub(super) fn validate<T: Tokens>(&mut self, segment: &T) {
        let Some(at) = self.set.as_ref().and_then(|open| open.validator) else { return };
        if let Some(validator) = self.validators.get_mut(&at) {
            validator.segment(segment);
        }
    }

    /// Ends a set of the file, whether it was opened or stands where none may.
    pub(super) fn close_set(&mut self) {
        let refused = self.policy.refused.get(&self.sets).copied();
        self.sets += 1;
        let Some(Open { mut set, validator, others, message }) = self.set.take() else { return };
        let report = validator.and_then(|at| self.validators.get_mut(&at)).map(Validator::finish).unwrap_or_default();
        let report = with_others(report, others);
        if !report.is_sound() {
            self.keep(&mut set, report);
        }
        set.note_faults();
        // A message that cannot be named cannot be rejected by itself.
        if let Some(fault) = set.unnamed() {
            self.refuse(InterchangeError::Element(fault));
        }
        // What the standard's own checks found says more than that something is wrong.
        if let Some(error) = refused.filter(|error| *error != SetError::Segments || set.errors.is_empty()) {
            set.errors.insert(error);
        }
        let only_elements =
            || set.more() == 0 && set.faults().iter().all(|fault| fault.error == SegmentError::ElementErrors);
        let mild = |error| matches!(error, SetError::Segments | SetError::GuideSegments);
        set.decision = match set.errors.is_empty() {
            true => Decision::Accepted,
            false if refused.is_some() => Decision::Rejected,
            false if self.policy.accept_element_errors && set.errors.iter().all(mild) && only_elements() => {
                Decision::Noted
            }
            false => Decision::Rejected,
        };
        if !set.errors.is_empty() && !message.is_empty() {
            set.detail.get_or_insert_default().message = message.into();
        }
        if let Some(group) = &mut self.group {
            group.sets.push(set);
        }
    }

    /// Keeps the faults of a set as far as the limit goes. Those of the header's and trailer's own elements are told by
    /// the codes of the set.
    fn keep(&mut self, set: &mut Set, report: Report) {
        let mut more = report.more;
        let is_5010 = self.group.as_ref().is_some_and(Group::is_5010);
        let mut faults = Vec::new();
        for mut fault in report.faults {
            match &*fault.segment {
                "SE" | "UNT" => fault.elements.retain(|element| element.element > 2),
                "ST" => fault.elements.retain(|element| element.element > if is_5010 { 3 } else { 2 }),
                _ => {}
            }
            if fault.error == SegmentError::ElementErrors && fault.elements.is_empty() {
                continue;
            }
            self.kept += 1 + fault.elements.len();
            if self.kept > INTERCHANGE_FAULTS {
                more += 1;
            } else {
                faults.push(fault);
            }
        }
        if more > 0 || !faults.is_empty() {
            let detail = set.detail.get_or_insert_default();
            (detail.faults, detail.more) = (faults.into(), more);
        }
    }

    pub(super) fn close_group(&mut self) {
        if let Some((group, interchange)) = self.group.take().zip(self.interchange.as_mut()) {
            interchange.groups.push(group);
        }
    }

    pub(super) fn close_interchange(&mut self) {
        self.set = None;
        self.close_group();
        self.judged.extend(self.interchange.take());
    }

    pub(super) fn refuse(&mut self, error: InterchangeError) {
        if let Some(interchange) = &mut self.interchange {
            interchange.refuse(error);
        }
    }

    pub(super) fn refuse_group(&mut self, error: GroupError) {
        if let Some(group) = &mut self.group {
            group.refuse(error);
        }
    }

    pub(super) fn refuse_set(&mut self, error: SetError) {
        if let Some(open) = &mut self.set {
            open.set.errors.insert(error);
        }
    }

    /// Ends what was open before a header that cannot be read: it has no trailer.
    pub(super) fn end_of_broken(&mut self) {
        if self.interchange.is_some() {
            self.refuse(InterchangeError::EndOfFile);
            self.close_interchange();
        }
    }
}

/// The element errors of a segment of the envelope, or of another that comes first in a definition; `head` is what must
/// come before it.
pub(super) fn element_faults<T: Tokens>(
    set: &schema::Set,
    options: Options,
    head: Option<&[u8]>,
    segment: &T,
) -> Vec<ElementFault> {
    let mut validator = Validator::new(set, options);
    if let Some(head) = head {
        validator.segment(&Plain(&[head]));
    }
    validator.segment(segment);
    let of_this =
        |fault: &Fault| fault.error == SegmentError::ElementErrors && fault.segment.as_bytes() == segment.id();
    validator.finish().faults.into_iter().filter(of_this).flat_map(|fault| fault.elements).collect()
}

/// A report with faults of elements that were found elsewhere, each at its segment.
fn with_others(mut report: Report, others: Vec<Fault>) -> Report {
    for other in others {
        let at = report.faults.partition_point(|fault| fault.number < other.number);
        let here = report.faults.iter_mut().skip(at).take_while(|fault| fault.number == other.number);
        match here.into_iter().find(|fault| fault.error == other.error) {
            Some(fault) => {
                fault.elements.extend(other.elements);
                fault.elements.sort_by_key(|element| (element.element, element.repetition, element.component));
                fault.elements.dedup_by_key(|e| (e.element, e.repetition, e.component, e.error));
            }
            None => report.faults.insert(at, other),
        }
    }
    report
}
