//! The envelope of X12 as it is judged.

use super::fold::{Fold, Open, element_faults};
use super::{Followed, Front};
use crate::acknowledge::definitions::ENVELOPE;
use crate::acknowledge::errors::{GroupError, InterchangeError, SetError, SetErrors};
use crate::acknowledge::tree::{Decision, Detail, Group, Header, Interchange, Set, Syntax};
use crate::document::{Code, Finding, Findings};
use crate::schema::{ElementFault, Options, Separators};
use crate::syntax::x12::{self, Delimiters, Mark, Segment, Text15, Text35};

/// The delimiters of most files, for what comes before the first ISA.
const USUAL: Delimiters = Delimiters::new(b'*', b'~', b'>', None);

impl Front for Delimiters {
    const USUAL: Self = USUAL;

    fn follow(followed: &mut Followed<Self>, segment: &Segment<'_>, fold: &mut Fold<'_>) {
        let of_envelope = matches!(segment.id(), b"ISA" | b"GS" | b"GE" | b"IEA" | b"ST");
        if !of_envelope {
            fold.validate(segment);
        }
        followed.segment(segment, |_| None, fold);
        if segment.id() == b"ST" {
            open_set(segment, fold);
            fold.validate(segment);
        }
    }

    fn mark(mark: &Mark, segment: &Segment<'_>, fold: &mut Fold<'_>) {
        match mark {
            Mark::Set { .. } => fold.close_set(),
            Mark::Isa(_) => open_interchange(segment, fold),
            Mark::Gs(_) => open_group(segment, fold),
            Mark::Ge { count, .. } => {
                if let Some(group) = &mut fold.group {
                    group.stated = count.number();
                }
                fold.close_group();
            }
            Mark::Iea { .. } => fold.close_interchange(),
            Mark::Ta1 => {
                if let Some(interchange) = &mut fold.interchange {
                    interchange.has_ta1 = true;
                }
            }
            Mark::Stray(_) => {}
        }
    }

    fn is_set(mark: &Mark) -> bool {
        matches!(mark, Mark::Set { .. })
    }

    fn tell(finding: &Finding, fold: &mut Fold<'_>) {
        match finding.code {
            Code::X12SegmentCount => fold.refuse_set(SetError::Count),
            Code::X12SetControl => fold.refuse_set(SetError::Control),
            Code::X12NoSe => fold.refuse_set(SetError::NoTrailer),
            Code::X12DuplicateSet => fold.refuse_set(SetError::Duplicate),
            Code::X12SetCount => fold.refuse_group(GroupError::Count),
            Code::X12GroupControl => fold.refuse_group(GroupError::Control),
            Code::X12NoGe => fold.refuse_group(GroupError::NoTrailer),
            Code::X12NoIea => fold.refuse(InterchangeError::EndOfFile),
            Code::X12InterchangeControl => fold.refuse(InterchangeError::ControlMismatch),
            Code::X12GroupCount => fold.refuse(InterchangeError::GroupCount),
            Code::X12Structure => fold.refuse(InterchangeError::Structure),
            _ => {}
        }
    }

    fn unreadable(told: &Findings, bytes: &[u8], from: u64, fold: &mut Fold<'_>) {
        for finding in told.kept() {
            match finding.code {
                Code::X12IsaLength | Code::X12Delimiters => broken_isa(finding, bytes, from, fold),
                Code::X12SegmentTooLong | Code::X12BinaryLength => fold.refuse(InterchangeError::Content),
                _ => {}
            }
        }
    }
}

/// An ISA that cannot be read is an interchange of its own, of which nothing is read but what a TA1 repeats.
fn broken_isa(finding: &Finding, bytes: &[u8], from: u64, fold: &mut Fold<'_>) {
    // What was open has no IEA; the envelope says so when it comes to the next ISA or to the end.
    fold.end_of_broken();
    let near = usize::try_from(finding.at.byte.saturating_sub(from)).unwrap_or_default();
    let before = bytes.get(..(near + 1).min(bytes.len())).unwrap_or_default();
    let Some(begins) = memchr::memmem::rfind(before, b"ISA") else { return };
    let text = bytes.get(begins..).unwrap_or_default();
    let Some(&separator) = text.get(3) else { return };
    let parts: Vec<&[u8]> = text.split(|byte| *byte == separator).take(17).collect();
    let mut interchange = new_interchange(&|n| parts.get(n).copied().unwrap_or_default(), USUAL);
    let element = finding.at.field.strip_prefix("ISA").and_then(|n| n.parse().ok());
    interchange.refuse(match finding.at.field.as_str() {
        "ISA element separator" => InterchangeError::ElementSeparator,
        "ISA segment terminator" => InterchangeError::Terminator,
        _ => InterchangeError::of_isa(element.unwrap_or_default()),
    });
    fold.judged.push(interchange);
}

fn open_interchange(segment: &Segment<'_>, fold: &mut Fold<'_>) {
    let mut interchange = new_interchange(&|n| segment.element(n), *segment.dialect());
    let header = interchange.header;
    for fault in envelope_faults(segment, &header.version, fold) {
        interchange.refuse(InterchangeError::of_isa(fault.element));
    }
    let checks = [
        (header.sender.1.is_empty(), InterchangeError::Sender),
        (header.receiver.1.is_empty(), InterchangeError::Receiver),
        (!is_version(header.version.as_bytes()), InterchangeError::Version),
    ];
    for (_, error) in checks.into_iter().filter(|(wrong, _)| *wrong) {
        interchange.refuse(error);
    }
    fold.open_interchange(interchange);
}

fn open_group(segment: &Segment<'_>, fold: &mut Fold<'_>) {
    // What is wrong with a group is told of the interchange it is in, so the one before it must be closed.
    fold.close_group();
    let mut group = Group { gs: x12::Group::of(segment), ..Group::default() };
    let version = fold.interchange.as_ref().map_or_else(Text15::default, |interchange| interchange.header.version);
    for fault in envelope_faults(segment, &version, fold) {
        match fault.element {
            1 | 6 => fold.refuse(InterchangeError::Content),
            8 => group.refuse(GroupError::Version),
            _ => fold.refuse(InterchangeError::ContentNoted),
        }
    }
    let is_5010 = group.is_5010();
    let holds = |element, value: &Text15| fold.definitions.may_hold(is_5010, "AK1", element, value.as_bytes());
    group.nameable = holds(1, &group.gs.functional_id) && holds(2, &group.gs.control) && is_number(&group.gs.control);
    if !group.nameable {
        fold.refuse(InterchangeError::Content);
    }
    if group.gs.control.as_bytes().iter().all(|byte| matches!(byte, b'0' | b'-')) {
        group.refuse(GroupError::ControlNumber);
    }
    if !fold.definitions.knows(group.gs.release.as_bytes()) {
        group.refuse(GroupError::Version);
    }
    fold.open_group(group);
}

/// The element errors of a segment of the envelope of an interchange of ISA12.
fn envelope_faults(segment: &Segment<'_>, version: &Text15, fold: &Fold<'_>) -> Vec<ElementFault> {
    let repeats = version.as_bytes() >= b"00402".as_slice();
    let release: &[u8] = if repeats { b"005010" } else { b"004010" };
    let Some((_, set)) = fold.definitions.find(release, ENVELOPE) else { return Vec::new() };
    // ISA16 and ISA11 are separators, not values with separators in them.
    let separators = Separators { component: 0, repetition: None, release: None };
    let head = (segment.id() != b"ISA").then_some(b"ISA".as_slice());
    element_faults(set, Options { separators, utf8: false }, head, segment)
}

fn open_set(segment: &Segment<'_>, fold: &mut Fold<'_>) {
    let Some(group) = &fold.group else { return };
    let (id, control) = (Text15::new(segment.element(1)), Text15::new(segment.element(2)));
    let (is_5010, mut errors) = (group.is_5010(), SetErrors::default());
    let definitions = fold.definitions;
    let holds = |element, value: &[u8]| definitions.may_hold(is_5010, "AK2", element, value);
    let known = definitions.find(group.gs.release.as_bytes(), id.as_bytes());
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
    let Delimiters { component, repetition, .. } = *segment.dialect();
    let options = Options { separators: Separators { component, repetition, release: None }, utf8: false };
    fold.open_set(Open::new(set), known, (options, None));
}

fn new_interchange<'s>(element: &dyn Fn(usize) -> &'s [u8], delimiters: Delimiters) -> Interchange {
    let text = |n| Text15::new(element(n));
    let id = |n| Text35::new(element(n));
    let header = Header {
        sender: (text(5), id(6)),
        receiver: (text(7), id(8)),
        date: text(9),
        time: text(10),
        version: text(12),
        control: text(13),
        acknowledge: text(14),
        usage: text(15),
    };
    Interchange { header, syntax: Syntax::X12(delimiters), errors: Vec::new(), groups: Vec::new(), has_ta1: false }
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
