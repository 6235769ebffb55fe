//! The judging: a fold over the findings of the envelope and the faults of the validator.

use std::collections::{BTreeMap, HashSet};

use super::definitions::{Definitions, ENVELOPE};
use super::errors::{GroupError, InterchangeError, SetError, SetErrors};
use super::tree::{Decision, Detail, Group, Interchange, Isa, Set};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits::{CHUNK_BYTES, DOCUMENT_BYTES, INTERCHANGE_FAULTS};
use crate::schema::{ElementFault, Fault, Options, Plain, Report, SegmentError, Separators, Validator};
use crate::syntax::x12::{self, Delimiters, Envelope, Mark, Segment, Segments, SetTracker, Start, Text15, chunk_cut};

/// What is accepted beyond what the standard says.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The senders (ISA06) that are known; all if there are none.
    pub senders: Vec<String>,
    /// The receivers (ISA08) that are ours; all if there are none.
    pub receivers: Vec<String>,
    /// Whether a set whose only errors are in elements is accepted with the errors noted.
    pub accept_element_errors: bool,
}

/// Judges the interchanges of a file, from its first byte to its last.
#[derive(Debug)]
pub struct Judge<'d> {
    definitions: &'d Definitions,
    policy: Policy,
    start: Start,
    /// Whether the file is no X12 at all.
    is_foreign: bool,
    delimiters: Delimiters,
    tracker: SetTracker,
    envelope: Envelope,
    validators: BTreeMap<usize, Validator<'d>>,
    interchange: Option<Interchange>,
    group: Option<Group>,
    set: Option<Open>,
    /// Faults kept in this interchange.
    kept: usize,
    /// GS06 of the groups of this interchange, and sender and ISA13 of the interchanges.
    groups: HashSet<Text15>,
    interchanges: HashSet<(Text15, Text15)>,
    judged: Vec<Interchange>,
    findings: Findings,
}

/// Where the first ISA of a file begins.
enum Beginning {
    At(usize),
    /// Too few bytes to know.
    Unknown,
    /// The file begins with something else.
    None,
}

/// The set that is read.
#[derive(Debug)]
struct Open {
    set: Set,
    validator: Option<usize>,
}

/// The delimiters of most files, for what comes before the first ISA.
const USUAL: Delimiters = Delimiters::new(b'*', b'~', b'>', None);

impl<'d> Judge<'d> {
    /// A judge at the start of a file.
    #[must_use]
    pub fn new(definitions: &'d Definitions, policy: Policy) -> Self {
        Self {
            definitions,
            policy,
            start: Start::FILE,
            is_foreign: false,
            delimiters: USUAL,
            tracker: SetTracker::default(),
            envelope: Envelope::default(),
            validators: BTreeMap::new(),
            interchange: None,
            group: None,
            set: None,
            kept: 0,
            groups: HashSet::new(),
            interchanges: HashSet::new(),
            judged: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// Takes in what it can of the bytes that follow those taken before, and returns how many that were: all of them if
    /// they are the `last`, none if more are needed.
    pub fn take(&mut self, bytes: &[u8], last: bool) -> usize {
        let skipped = match self.beginning(bytes) {
            Beginning::At(at) => at,
            Beginning::Unknown if !last => return 0,
            Beginning::Unknown | Beginning::None => {
                self.no_isa(bytes);
                return bytes.len();
            }
        };
        let all = bytes.get(skipped..).unwrap_or_default();
        let cut = if last { None } else { chunk_cut(all, &self.delimiters) };
        let (end, delimiters) = match cut {
            Some(cut) => (cut.at, cut.dialect),
            None if last => (all.len(), self.delimiters),
            None if bytes.len() <= DOCUMENT_BYTES => return 0,
            None => return self.too_large(bytes.len()),
        };
        self.start.byte += skipped as u64;
        self.start.column += skipped as u64;
        self.chunk(all.get(..end).unwrap_or_default());
        self.delimiters = delimiters;
        skipped + end
    }

    /// How many bytes to offer at once.
    pub const CHUNK: usize = CHUNK_BYTES;

    /// Ends the file.
    pub fn finish(&mut self) {
        let at = Position::at(self.start.byte, self.start.line);
        let mut told = Findings::default();
        let tracker = std::mem::take(&mut self.tracker);
        let marks = tracker.finish(at.clone(), &mut told);
        self.tell(told);
        marks.into_iter().for_each(|(mark, at)| self.mark(&mark, at, None));
        let mut told = Findings::default();
        std::mem::take(&mut self.envelope).finish(&at, &mut told);
        self.tell(told);
        self.close_interchange();
    }

    /// The interchanges that were judged since the last call.
    pub fn judged(&mut self) -> Vec<Interchange> {
        std::mem::take(&mut self.judged)
    }

    /// What was found in the envelopes.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Where the first ISA begins.
    fn beginning(&self, bytes: &[u8]) -> Beginning {
        if self.is_foreign {
            return Beginning::None;
        }
        if self.start != Start::FILE {
            return Beginning::At(0);
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
        match text {
            [b'I', b'S', b'A', ..] => Beginning::At(bytes.len() - text.len()),
            [] | [_] | [_, _] => Beginning::Unknown,
            _ => Beginning::None,
        }
    }

    /// Tells once that the file is something else.
    fn no_isa(&mut self, bytes: &[u8]) {
        if !self.is_foreign {
            self.is_foreign = true;
            let found = bytes.get(..bytes.len().min(16)).unwrap_or_default();
            let finding = Finding::new(Code::X12NoIsa, Position::at(0, 0)).found(found);
            self.findings.push(finding.expected("ISA and an element separator"));
        }
    }

    fn too_large(&mut self, len: usize) -> usize {
        let at = Position::at(self.start.byte, self.start.line);
        self.findings
            .push(Finding::new(Code::DocumentTooLarge, at).expected(format!("at most {DOCUMENT_BYTES} bytes")));
        self.refuse(InterchangeError::Content);
        self.start.byte += len as u64;
        len
    }

    fn chunk(&mut self, bytes: &[u8]) {
        let mut segments = Segments::new(bytes, self.delimiters, self.start);
        let mut told = Findings::default();
        while let Some(segment) = segments.next(&mut told) {
            self.delimiters = *segment.dialect();
            if !told.is_empty() {
                self.unreadable(std::mem::take(&mut told), bytes);
            }
            self.segment(&segment);
        }
        let at = segments.position();
        if !told.is_empty() {
            self.unreadable(told, bytes);
        }
        self.start = Start { byte: at.byte, line: at.line, column: at.column };
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        let of_envelope = matches!(segment.id(), b"ISA" | b"GS" | b"GE" | b"IEA" | b"ST");
        if !of_envelope {
            self.validate(segment);
        }
        let mut told = Findings::default();
        self.tracker.segment(segment, &mut told);
        if !told.is_empty() {
            self.tell(told);
        }
        for (mark, at) in self.tracker.take_marks() {
            self.mark(&mark, at, Some(segment));
        }
        if segment.id() == b"ST" {
            self.open_set(segment);
            self.validate(segment);
        }
    }

    fn validate(&mut self, segment: &Segment<'_>) {
        let Some(at) = self.set.as_ref().and_then(|open| open.validator) else { return };
        if let Some(validator) = self.validators.get_mut(&at) {
            validator.segment(segment);
        }
    }

    /// Takes in a mark of the envelope, and what the envelope finds about it.
    fn mark(&mut self, mark: &Mark, at: Position, segment: Option<&Segment<'_>>) {
        let mut told = Findings::default();
        self.envelope.fold(mark, at, &mut told);
        self.tell(told);
        match (mark, segment) {
            (Mark::Set { .. }, _) => self.close_set(),
            (Mark::Isa(_), Some(segment)) => self.open_interchange(segment),
            (Mark::Gs(_), Some(segment)) => self.open_group(segment),
            (Mark::Ge { count, .. }, _) => {
                if let Some(group) = &mut self.group {
                    group.stated = count.number();
                }
                self.close_group();
            }
            (Mark::Iea { .. }, _) => self.close_interchange(),
            (Mark::Ta1, _) => {
                if let Some(interchange) = &mut self.interchange {
                    interchange.has_ta1 = true;
                }
            }
            _ => {}
        }
    }

    /// Puts what the envelope found at its level.
    fn tell(&mut self, told: Findings) {
        for finding in told.kept() {
            match finding.code {
                Code::X12SegmentCount => self.refuse_set(SetError::Count),
                Code::X12SetControl => self.refuse_set(SetError::Control),
                Code::X12NoSe => self.refuse_set(SetError::NoTrailer),
                Code::X12DuplicateSet => self.refuse_set(SetError::Duplicate),
                Code::X12SetCount => self.refuse_group(GroupError::Count),
                Code::X12GroupControl => self.refuse_group(GroupError::Control),
                Code::X12NoGe => self.refuse_group(GroupError::NoTrailer),
                Code::X12NoIea => self.refuse(InterchangeError::EndOfFile),
                Code::X12InterchangeControl => self.refuse(InterchangeError::ControlMismatch),
                Code::X12GroupCount => self.refuse(InterchangeError::GroupCount),
                Code::X12Structure => self.refuse(InterchangeError::Structure),
                _ => {}
            }
        }
        self.findings.append(told);
    }

    /// What the tokens told: an ISA that cannot be read, or a segment beyond the limits.
    fn unreadable(&mut self, told: Findings, bytes: &[u8]) {
        for finding in told.kept() {
            match finding.code {
                Code::X12IsaLength | Code::X12Delimiters => self.broken_isa(finding, bytes),
                Code::X12SegmentTooLong => self.refuse(InterchangeError::Content),
                _ => {}
            }
        }
        self.findings.append(told);
    }

    /// An ISA that cannot be read is an interchange of its own, of which nothing is read but what a TA1 repeats.
    fn broken_isa(&mut self, finding: &Finding, bytes: &[u8]) {
        // What was open has no IEA; the envelope says so when it comes to the next ISA or to the end.
        self.end_of_broken();
        let near = usize::try_from(finding.at.byte.saturating_sub(self.start.byte)).unwrap_or_default();
        let before = bytes.get(..(near + 1).min(bytes.len())).unwrap_or_default();
        let Some(begins) = memchr::memmem::rfind(before, b"ISA") else { return };
        let text = bytes.get(begins..).unwrap_or_default();
        let Some(&separator) = text.get(3) else { return };
        let parts: Vec<&[u8]> = text.split(|byte| *byte == separator).take(17).collect();
        let text = |n: usize| Text15::new(parts.get(n).copied().unwrap_or_default());
        let mut interchange = Interchange { delimiters: USUAL, ..new_interchange(&text, USUAL) };
        let element = finding.at.field.strip_prefix("ISA").and_then(|n| n.parse().ok());
        interchange.refuse(match finding.at.field.as_str() {
            "ISA element separator" => InterchangeError::ElementSeparator,
            "ISA segment terminator" => InterchangeError::Terminator,
            _ => InterchangeError::of_isa(element.unwrap_or_default()),
        });
        self.judged.push(interchange);
    }

    /// Ends what was open before an ISA that cannot be read.
    fn end_of_broken(&mut self) {
        if self.interchange.is_some() {
            self.refuse(InterchangeError::EndOfFile);
            self.close_interchange();
        }
    }

    fn open_interchange(&mut self, segment: &Segment<'_>) {
        self.close_interchange();
        let text = |n| Text15::new(segment.element(n));
        let mut interchange = new_interchange(&text, self.delimiters);
        self.validators.clear();
        self.groups.clear();
        self.kept = 0;
        for fault in self.envelope_faults(segment) {
            interchange.refuse(InterchangeError::of_isa(fault.element));
        }
        let isa = &interchange.isa;
        let (sender, receiver) = (isa.sender.1, isa.receiver.1);
        let known =
            |list: &[String], id: &Text15| list.is_empty() || list.iter().any(|x| x.as_bytes() == id.as_bytes());
        let version = isa.version.as_bytes();
        let checks = [
            (sender.as_bytes().is_empty() || !known(&self.policy.senders, &sender), InterchangeError::Sender),
            (receiver.as_bytes().is_empty(), InterchangeError::Receiver),
            (!known(&self.policy.receivers, &receiver), InterchangeError::UnknownReceiver),
            (!is_version(version), InterchangeError::Version),
            (!self.interchanges.insert((sender, isa.control)), InterchangeError::Duplicate),
        ];
        for (_, error) in checks.into_iter().filter(|(wrong, _)| *wrong) {
            interchange.refuse(error);
        }
        self.interchange = Some(interchange);
    }

    fn open_group(&mut self, segment: &Segment<'_>) {
        self.close_group();
        let mut group = Group { gs: x12::Group::of(segment), ..Group::default() };
        for fault in self.envelope_faults(segment) {
            match fault.element {
                1 | 6 => self.refuse(InterchangeError::Content),
                8 => group.refuse(GroupError::Version),
                _ => self.refuse(InterchangeError::ContentNoted),
            }
        }
        let is_5010 = group.is_5010();
        let holds = |element, value: &Text15| self.definitions.may_hold(is_5010, "AK1", element, value.as_bytes());
        group.nameable =
            holds(1, &group.gs.functional_id) && holds(2, &group.gs.control) && is_number(&group.gs.control);
        if !group.nameable {
            self.refuse(InterchangeError::Content);
        }
        if group.gs.control.as_bytes().iter().all(|byte| matches!(byte, b'0' | b'-')) {
            group.refuse(GroupError::ControlNumber);
        }
        if !self.groups.insert(group.gs.control) {
            group.refuse(GroupError::Duplicate);
        }
        if !self.definitions.knows(group.gs.release.as_bytes()) {
            group.refuse(GroupError::Version);
        }
        self.group = Some(group);
    }

    /// The element errors of a segment of the envelope.
    fn envelope_faults(&self, segment: &Segment<'_>) -> Vec<ElementFault> {
        let isa12 = self.interchange.as_ref().map(|interchange| interchange.isa.version);
        let version = isa12.filter(|_| segment.id() != b"ISA").unwrap_or_else(|| Text15::new(segment.element(12)));
        let repeats = version.as_bytes() >= b"00402".as_slice();
        let release: &[u8] = if repeats { b"005010" } else { b"004010" };
        let Some((_, set)) = self.definitions.find(release, ENVELOPE) else { return Vec::new() };
        // ISA16 and ISA11 are separators, not values with separators in them.
        let separators = Separators { component: 0, repetition: None, release: None };
        let mut validator = Validator::new(set, Options { separators, utf8: false });
        if segment.id() != b"ISA" {
            validator.segment(&Plain(&[b"ISA"]));
        }
        validator.segment(segment);
        let of_this =
            |fault: &Fault| fault.error == SegmentError::ElementErrors && fault.segment.as_bytes() == segment.id();
        validator.finish().faults.into_iter().filter(of_this).flat_map(|fault| fault.elements).collect()
    }

    fn open_set(&mut self, segment: &Segment<'_>) {
        let Some(group) = &self.group else { return };
        let (id, control) = (Text15::new(segment.element(1)), Text15::new(segment.element(2)));
        let (is_5010, mut errors) = (group.is_5010(), SetErrors::default());
        let holds = |element, value: &[u8]| self.definitions.may_hold(is_5010, "AK2", element, value);
        let known = self.definitions.find(group.gs.release.as_bytes(), id.as_bytes());
        if !holds(1, id.as_bytes()) {
            errors.insert(SetError::Id);
        } else if known.is_none() {
            errors.insert(SetError::Unsupported);
        }
        if !holds(2, segment.element(2)) || control.as_bytes().len() != segment.element(2).len() {
            errors.insert(SetError::ControlNumber);
        }
        if known.is_some_and(|(_, set)| set.group.as_bytes() != group.gs.functional_id.as_bytes()) {
            errors.insert(SetError::NotInGroup);
        }
        let st03 = std::str::from_utf8(segment.element(3)).ok().filter(|text| !text.is_empty());
        let convention = st03.filter(|text| is_5010 && holds(3, text.as_bytes())).map(Into::into);
        if is_5010 && convention.is_none() && !segment.element(3).is_empty() {
            errors.insert(SetError::Convention);
        }
        let detail = convention.map(|convention| Box::new(Detail { convention, ..Detail::default() }));
        let set = Set { id, control, errors, decision: Decision::Accepted, detail };
        let validator = known.map(|(at, definition)| {
            let Delimiters { component, repetition, .. } = self.delimiters;
            let separators = Separators { component, repetition, release: None };
            let options = Options { separators, utf8: false };
            self.validators.entry(at).or_insert_with(|| Validator::new(definition, options));
            at
        });
        self.set = Some(Open { set, validator });
    }

    fn close_set(&mut self) {
        let Some(Open { mut set, validator }) = self.set.take() else { return };
        let report = validator.and_then(|at| self.validators.get_mut(&at)).map(Validator::finish).unwrap_or_default();
        if !report.is_sound() {
            self.keep(&mut set, report);
        }
        set.note_faults();
        let only_elements =
            || set.more() == 0 && set.faults().iter().all(|fault| fault.error == SegmentError::ElementErrors);
        let mild = |error| matches!(error, SetError::Segments | SetError::GuideSegments);
        set.decision = match set.errors.is_empty() {
            true => Decision::Accepted,
            false if self.policy.accept_element_errors && set.errors.iter().all(mild) && only_elements() => {
                Decision::Noted
            }
            false => Decision::Rejected,
        };
        if let Some(group) = &mut self.group {
            group.sets.push(set);
        }
    }

    /// Keeps the faults of a set as far as the limit goes. Those of ST and SE are told by the codes of the set.
    fn keep(&mut self, set: &mut Set, report: Report) {
        let mut more = report.more;
        let is_5010 = self.group.as_ref().is_some_and(Group::is_5010);
        let mut faults = Vec::new();
        for mut fault in report.faults {
            match &*fault.segment {
                "SE" => fault.elements.retain(|element| element.element > 2),
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

    fn close_group(&mut self) {
        if let Some((group, interchange)) = self.group.take().zip(self.interchange.as_mut()) {
            interchange.groups.push(group);
        }
    }

    fn close_interchange(&mut self) {
        self.set = None;
        self.close_group();
        self.judged.extend(self.interchange.take());
    }

    fn refuse(&mut self, error: InterchangeError) {
        if let Some(interchange) = &mut self.interchange {
            interchange.refuse(error);
        }
    }

    fn refuse_group(&mut self, error: GroupError) {
        if let Some(group) = &mut self.group {
            group.refuse(error);
        }
    }

    fn refuse_set(&mut self, error: SetError) {
        if let Some(open) = &mut self.set {
            open.set.errors.insert(error);
        }
    }
}

fn new_interchange(text: &dyn Fn(usize) -> Text15, delimiters: Delimiters) -> Interchange {
    let isa = Isa {
        sender: (text(5), text(6)),
        receiver: (text(7), text(8)),
        date: text(9),
        time: text(10),
        version: text(12),
        control: text(13),
        acknowledge: text(14),
        usage: text(15),
    };
    Interchange { isa, delimiters, errors: Vec::new(), groups: Vec::new(), has_ta1: false }
}

/// Whether ISA12 may be a version of the standard: they go from 00200 to 008xx.
fn is_version(version: &[u8]) -> bool {
    version.len() == 5 && version.iter().all(u8::is_ascii_digit) && (b"00200".as_slice()..=b"00899").contains(&version)
}

/// Whether a value is a whole number with or without a sign.
fn is_number(value: &Text15) -> bool {
    let digits = value.as_bytes().strip_prefix(b"-").unwrap_or(value.as_bytes());
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
