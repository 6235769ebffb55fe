//! The envelope of EDIFACT as it is judged.

use super::fold::{Fold, Open, element_faults};
use super::{Followed, Front};
use crate::acknowledge::definitions::{CONTRL, ENVELOPE};
use crate::acknowledge::errors::{GroupError, InterchangeError, ServiceFault, SetError, SetErrors};
use crate::acknowledge::tree::{Decision, Group, Header, Interchange, Set, Syntax};
use crate::document::{Code, Finding, Findings};
use crate::schema::{ElementError, ElementFault, Fault, Options, SegmentError, pieces};
use crate::syntax::edifact::{self, Level, Mark, Segment};
use crate::syntax::x12::{self, Text15, Text35};

impl Front for edifact::Syntax {
    const USUAL: Self = Self::of(Level::A, 3);

    fn follow(followed: &mut Followed<Self>, segment: &Segment<'_>, fold: &mut Fold<'_>) {
        let begins = matches!(segment.id(), b"UNB" | b"UNG" | b"UNH");
        if !begins && !matches!(segment.id(), b"UNE" | b"UNZ") {
            fold.validate(segment);
        }
        // What a header is wrong about is told of what it begins, and what a trailer is, of what it ends.
        let character = wrong_character(segment);
        if !begins {
            character.iter().for_each(|fault| wrong(segment, fault, fold));
        }
        let untold = |told: &Findings| {
            let untold = character.is_some() && told.counts().get(&Code::EdifactCharacter).is_none();
            let at = || segment.position().field(String::from_utf8_lossy(segment.id()));
            untold.then(|| Finding::new(Code::EncodingInvalid, at()).expected(segment.dialect().level.identifier()))
        };
        followed.segment(segment, untold, fold);
        if segment.id() == b"UNH" {
            open_message(segment, fold);
            fold.validate(segment);
        }
        if begins {
            character.iter().for_each(|fault| wrong(segment, fault, fold));
        }
    }

    fn mark(mark: &Mark, segment: &Segment<'_>, fold: &mut Fold<'_>) {
        match mark {
            Mark::Message(_) => fold.close_set(),
            Mark::Unb(_) => open_interchange(segment, fold),
            Mark::Ung(_) => open_group(segment, fold),
            Mark::Une(trailer) => {
                let faults: Vec<_> = trailer_faults(segment, fold);
                faults.into_iter().for_each(|fault| fold.refuse_group(GroupError::Element(fault)));
                if let Some(group) = &mut fold.group {
                    group.stated = trailer.count.number();
                }
                fold.close_group();
            }
            Mark::Unz(_) => {
                let faults: Vec<_> = trailer_faults(segment, fold);
                faults.into_iter().for_each(|fault| fold.refuse(InterchangeError::Element(fault)));
                fold.close_group();
                if fold.interchange.as_ref().is_some_and(|open| open.groups.iter().all(|group| group.sets.is_empty())) {
                    fold.refuse(InterchangeError::Empty);
                }
                fold.close_interchange();
            }
            Mark::Stray(_) => {}
        }
    }

    fn is_set(mark: &Mark) -> bool {
        matches!(mark, Mark::Message(_))
    }

    fn tell(finding: &Finding, fold: &mut Fold<'_>) {
        match finding.code {
            Code::EdifactSegmentCount => fold.refuse_set(SetError::Count),
            Code::EdifactMessageReference => fold.refuse_set(SetError::Control),
            Code::EdifactNoUnt => fold.refuse_set(SetError::NoTrailer),
            Code::EdifactDuplicateMessage => fold.refuse_set(SetError::Duplicate),
            Code::EdifactMessageCount => fold.refuse_group(GroupError::Count),
            Code::EdifactGroupControl => fold.refuse_group(GroupError::Control),
            Code::EdifactNoUne => fold.refuse_group(GroupError::NoTrailer),
            Code::EdifactNoUnz => fold.refuse(InterchangeError::EndOfFile),
            Code::EdifactInterchangeControl => fold.refuse(InterchangeError::ControlMismatch),
            Code::EdifactInterchangeCount => fold.refuse(InterchangeError::GroupCount),
            Code::EdifactStructure => fold.refuse(InterchangeError::Structure),
            Code::EdifactMixed => fold.refuse(InterchangeError::Mixed),
            _ => {}
        }
    }

    fn unreadable(told: &Findings, bytes: &[u8], from: u64, fold: &mut Fold<'_>) {
        for finding in told.kept() {
            match finding.code {
                Code::EdifactSyntax | Code::EdifactUna => broken_unb(finding, bytes, from, fold),
                Code::EdifactNoUnb => fold.end_of_broken(),
                Code::EdifactRelease => fold.refuse(InterchangeError::EndOfFile),
                Code::EdifactSegmentTooLong => fold.refuse(InterchangeError::Content),
                _ => {}
            }
        }
    }
}

/// A fault of an element of the segment, put at its level: the message, the group or the interchange that is open.
fn wrong(segment: &Segment<'_>, fault: &ElementFault, fold: &mut Fold<'_>) {
    match (segment.id(), &mut fold.set) {
        (b"UNB" | b"UNZ", _) => fold.refuse(InterchangeError::Element(ServiceFault::of(segment.id(), fault))),
        (b"UNG", _) => {
            if let Some(mut group) = fold.group.take() {
                wrong_group(fault, &mut group, fold);
                fold.group = Some(group);
            }
        }
        (b"UNE", _) => fold.refuse_group(GroupError::Element(ServiceFault::of(b"UNE", fault))),
        (id, Some(open)) => {
            open.others.push(Fault {
                error: SegmentError::ElementErrors,
                segment: String::from_utf8_lossy(id).into(),
                number: segment.number,
                loop_id: None,
                elements: vec![fault.clone()],
            });
        }
        // It stands where no segment may, which is told.
        (_, None) => {}
    }
}

/// The first character of a segment that its interchange may not have.
fn wrong_character(segment: &Segment<'_>) -> Option<ElementFault> {
    let syntax = segment.dialect();
    if segment.text().is_ascii() && !syntax.level.is_limited() {
        return None;
    }
    let sound = |bytes: &[u8]| match syntax.level.is_limited() {
        true => bytes.iter().all(|byte| syntax.level.has(*byte) || syntax.is_special(*byte)),
        false => syntax.level.text(bytes).is_some(),
    };
    let element = (0..=segment.len()).find(|n| !sound(segment.element(*n)))?;
    let parts: Vec<_> = syntax.components(segment.element(element)).collect();
    let component = parts.iter().position(|part| !sound(part)).filter(|_| parts.len() > 1).map_or(0, |at| at + 1);
    let number = |n| u16::try_from(n).unwrap_or(u16::MAX);
    Some(ElementFault {
        error: ElementError::InvalidCharacter,
        element: number(element),
        component: number(component),
        repetition: 0,
        number: Box::default(),
        value: None,
    })
}

fn open_interchange(segment: &Segment<'_>, fold: &mut Fold<'_>) {
    let syntax = *segment.dialect();
    let mut interchange = new_interchange(&|n, c| segment.component(n, c), syntax);
    // The first element is judged by those who read the separators.
    for fault in envelope_faults(segment, None, fold).into_iter().filter(|fault| fault.element > 1) {
        interchange.refuse(match fault.element {
            // Nothing here depends on passwords, priorities and agreements, and none is told: 7 has no code beside it.
            6..=8 | 10 => InterchangeError::ContentNoted,
            9 => InterchangeError::AcknowledgementRequested,
            11 => InterchangeError::TestIndicator,
            _ => InterchangeError::Element(ServiceFault::of(b"UNB", &fault)),
        });
    }
    fold.open_interchange(interchange);
}

fn open_group(segment: &Segment<'_>, fold: &mut Fold<'_>) {
    // What is wrong with a group is told of the interchange it is in, so the one before it must be closed.
    fold.close_group();
    let syntax = *segment.dialect();
    let text = |n, c| Text15::new(&plain(&syntax, segment.component(n, c)));
    let party = |n| (Text35::new(&plain(&syntax, segment.component(n, 1))), text(n, 2));
    let gs = x12::Group { functional_id: text(1, 1), control: text(5, 1), ..x12::Group::default() };
    let parties = [party(2), party(3)];
    let has_parties = parties.iter().any(|(id, _)| !id.is_empty());
    let parties = has_parties.then(|| Box::new(parties));
    let mut group = Group { gs, parties, nameable: true, ..Group::default() };
    for fault in envelope_faults(segment, Some(b"UNB"), fold) {
        wrong_group(&fault, &mut group, fold);
    }
    fold.open_group(group);
}

/// A fault of an element of UNG. If UCF repeats it, the group cannot be rejected by itself.
fn wrong_group(fault: &ElementFault, group: &mut Group, fold: &mut Fold<'_>) {
    let fault = ServiceFault::of(b"UNG", fault);
    if matches!(fault.element, 2 | 3 | 5) {
        group.nameable = false;
        fold.refuse(InterchangeError::Element(fault));
    } else {
        group.refuse(GroupError::Element(fault));
    }
}

fn open_message(segment: &Segment<'_>, fold: &mut Fold<'_>) {
    if fold.interchange.is_none() {
        return;
    }
    let syntax = *segment.dialect();
    let part = |n, c| plain(&syntax, segment.component(n, c));
    let (id, control) = (Text15::new(&part(2, 1)), Text15::new(&part(1, 1)));
    let mut errors = SetErrors::default();
    let definitions = fold.definitions;
    let known = definitions.message(syntax.version, id.as_bytes(), [&part(2, 2), &part(2, 3)]);
    if known.is_none() {
        errors.insert(SetError::Unsupported);
    }
    let group = fold.group.get_or_insert_default();
    let of_group = &group.gs.functional_id;
    if syntax.version < 4 && !of_group.is_empty() && !of_group.same(&id) {
        errors.insert(SetError::NotInGroup);
    }
    let set = Set { id, control, errors, decision: Decision::Accepted, detail: None };
    let message = (2..=7).map(|c| part(2, c).into_boxed_slice()).collect();
    fold.open_set(Open { message, ..Open::new(set) }, known, (options(&syntax), syntax.only_mark()));
    // A message that nothing is known of is checked for what UCM repeats of it.
    let header = definitions.service(syntax.version, CONTRL).filter(|_| known.is_none());
    let faults = header.map(|(_, set)| element_faults(set, options(&syntax), None, segment)).unwrap_or_default();
    faults.iter().for_each(|fault| wrong(segment, fault, fold));
}

/// The element errors of a segment of the envelope.
fn envelope_faults(segment: &Segment<'_>, head: Option<&[u8]>, fold: &Fold<'_>) -> Vec<ElementFault> {
    let syntax = segment.dialect();
    let Some((_, set)) = fold.definitions.service(syntax.version, ENVELOPE) else { return Vec::new() };
    element_faults(set, options(syntax), head, segment)
}

/// What is wrong with a trailer beside its count and reference.
fn trailer_faults(segment: &Segment<'_>, fold: &Fold<'_>) -> Vec<ServiceFault> {
    let head = Some(if segment.id() == b"UNE" { b"UNG".as_slice() } else { b"UNB" });
    let faults = envelope_faults(segment, head, fold).into_iter().filter(|fault| fault.element > 2);
    faults.map(|fault| ServiceFault::of(segment.id(), &fault)).collect()
}

/// How the validator reads elements: a file that is judged is not decoded.
fn options(syntax: &edifact::Syntax) -> Options {
    Options { utf8: syntax.level == Level::Utf8, ..syntax.options() }
}

/// A value without its release characters.
fn plain(syntax: &edifact::Syntax, value: &[u8]) -> Vec<u8> {
    let mut scratch = Vec::new();
    syntax.unescape(value, &mut scratch).to_vec()
}

fn new_interchange<'s>(component: &dyn Fn(usize, usize) -> &'s [u8], syntax: edifact::Syntax) -> Interchange {
    let text = |n, c| Text15::new(&plain(&syntax, component(n, c)));
    let id = |n, c| Text35::new(&plain(&syntax, component(n, c)));
    let header = Header {
        sender: (text(2, 2), id(2, 1)),
        receiver: (text(3, 2), id(3, 1)),
        date: text(4, 1),
        time: text(4, 2),
        version: Text15::new(&[component(1, 1), b":", component(1, 2)].concat()),
        control: text(5, 1),
        acknowledge: text(9, 1),
        usage: text(11, 1),
    };
    let internal = [[id(2, 3), id(2, 4)], [id(3, 3), id(3, 4)]];
    let syntax = Syntax::Edifact(syntax, internal);
    Interchange { header, syntax, errors: Vec::new(), groups: Vec::new(), has_ta1: false }
}

/// Bytes in front of a UNB in which its UNA stands.
const UNA_BYTES: usize = 9;

/// An interchange whose separators or syntax cannot be read, of which nothing is read but what UCI repeats; the usual
/// separators are tried where those of UNA are wrong.
fn broken_unb(finding: &Finding, bytes: &[u8], from: u64, fold: &mut Fold<'_>) {
    fold.end_of_broken();
    let near = usize::try_from(finding.at.byte.saturating_sub(from)).unwrap_or_default();
    let is_una = finding.code == Code::EdifactUna;
    // The finding of a syntax stands at its element, behind the tag and the separator.
    let around = if is_una { near } else { near.saturating_sub(4) };
    let Some(text) = bytes.get(around..) else { return };
    let Some(begins) = memchr::memmem::find(text.get(..text.len().min(64)).unwrap_or_default(), b"UNB") else { return };
    let unb = text.get(begins..).unwrap_or_default();
    let mut syntax = edifact::Syntax::of(Level::A, 3);
    let before = bytes.get(..around + begins).unwrap_or_default().trim_ascii_end();
    let una = before.get(before.len().saturating_sub(UNA_BYTES)..).and_then(|una| una.strip_prefix(b"UNA"));
    if let Some([component, _, _, release, _, segment]) = una.filter(|_| !is_una) {
        (syntax.component, syntax.segment) = (*component, *segment);
        syntax.release = (*release != b' ').then_some(*release);
    }
    let Some(&[element, _, _, _, _, component]) = unb.get(3..9) else { return };
    let is_separator = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    if !is_separator(element) || !is_separator(component) || element == component {
        return;
    }
    // The answer is written with separators that are sound: those that were stated, if the text keeps to them.
    let is_kept = !is_una && (syntax.element, syntax.component) == (element, component);
    let answered = if is_kept { syntax } else { edifact::Syntax::of(Level::A, 3) };
    (syntax.element, syntax.component) = (element, component);
    let first = pieces(unb, syntax.segment, syntax.release).next().unwrap_or_default();
    let elements: Vec<&[u8]> = pieces(first, element, syntax.release).take(12).collect();
    let find = |n: usize, c: usize| {
        let element = elements.get(n).copied().unwrap_or_default();
        pieces(element, component, syntax.release).nth(c - 1).unwrap_or_default()
    };
    let version = find(1, 2).first().copied().unwrap_or_default();
    let version = if version.is_ascii_digit() && version >= b'4' { 4 } else { 3 };
    let syntax = edifact::Syntax { version, ..answered };
    let mut interchange = new_interchange(&find, syntax);
    interchange.refuse(if is_una { InterchangeError::ElementSeparator } else { InterchangeError::Version });
    // Nothing in it is read, but an answer is never answered.
    let rest = unb.get(3..).unwrap_or_default();
    let whole = rest.get(..memchr::memmem::find(rest, b"UNB").unwrap_or(rest.len())).unwrap_or_default();
    interchange.has_ta1 = memchr::memmem::find(whole, &[&[element], CONTRL].concat()).is_some();
    fold.judged.push(interchange);
}
