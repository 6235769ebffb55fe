//! The interchange that answers another: its envelope, its delimiters and its numbers.

use super::tree::{Decision, Group, Interchange, Set};
use super::tree::{Header, Syntax};
use super::{contrl, ta1, x12_997, x12_999};
use crate::syntax::edifact;
use crate::syntax::x12::{Delimiters, InterchangeHeader, Refused, SegmentWriter, Value};

/// What the pure part cannot know.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// `YYYYMMDD`.
    pub date: String,
    /// `HHMM`.
    pub time: String,
    /// Control number of the next interchange, 1 to 999,999,999.
    pub interchange: u32,
    /// Control number of the next group, 1 to 999,999,999.
    pub group: u32,
}

/// Largest control number of an interchange or group; the next is 1.
pub const LARGEST_CONTROL: u32 = 999_999_999;

impl Stamp {
    pub(super) fn next_interchange(&mut self) -> u32 {
        next(&mut self.interchange)
    }

    fn next_group(&mut self) -> u32 {
        next(&mut self.group)
    }
}

fn next(number: &mut u32) -> u32 {
    let this = (*number).clamp(1, LARGEST_CONTROL);
    *number = if this == LARGEST_CONTROL { 1 } else { this + 1 };
    this
}

/// Which functional acknowledgement of X12 to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The 997.
    Functional,
    /// The 999.
    Implementation,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// The form; 999 from 005010 on and 997 before, if left out.
    pub form: Option<Form>,
    /// A TA1 or a CONTRL even if the interchange does not ask for it.
    pub ta1: bool,
    /// Nothing but TA1, in X12.
    pub only_ta1: bool,
}

/// An answer to an interchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The bytes of an interchange.
    Interchange(Vec<u8>),
    /// None, because it holds only acknowledgements.
    Acknowledgement,
    /// None, because nothing in it can be named or nothing is asked for.
    Nothing,
}

/// Why an answer cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// X12 refuses it.
    #[error(transparent)]
    X12(#[from] Refused),
    /// EDIFACT refuses it.
    #[error(transparent)]
    Edifact(#[from] edifact::Refused),
}

/// Answers an interchange, and takes the numbers it needs from the stamp.
///
/// # Errors
/// Never for what a [`super::Judge`] judged: delimiters are chosen and values cleaned so that all can be written.
pub fn write(interchange: &Interchange, wanted: Wanted, stamp: &mut Stamp) -> Result<Answer, Unwritten> {
    if interchange.only_acknowledges() {
        return Ok(Answer::Acknowledgement);
    }
    match &interchange.syntax {
        Syntax::X12(delimiters) => Ok(x12(interchange, *delimiters, wanted, stamp)?),
        Syntax::Edifact(syntax, internal) => Ok(contrl::write(interchange, (syntax, internal), wanted, stamp)?),
    }
}

fn x12(interchange: &Interchange, theirs: Delimiters, wanted: Wanted, stamp: &mut Stamp) -> Result<Answer, Refused> {
    let Some((with_ta1, groups)) = plan(interchange, wanted) else { return Ok(Answer::Nothing) };
    let is_5010 = groups.iter().any(|group| form(wanted, group) == Form::Implementation);
    let mut out = Out::new(delimiters((&interchange.header, theirs), &groups, is_5010));
    let control = stamp.next_interchange();
    out.isa(&interchange.header, stamp, control, is_5010)?;
    if with_ta1 {
        ta1::write(interchange, &mut out)?;
    }
    for group in &groups {
        out.group(group, form(wanted, group), stamp)?;
    }
    let count = groups.len().to_string();
    out.put("IEA", &[count.as_bytes(), format!("{control:09}").as_bytes()])?;
    Ok(Answer::Interchange(out.writer.take()))
}

/// Whether a TA1 answers an interchange, and which of its groups have an answer of their own; none if nothing has one.
fn plan(interchange: &Interchange, wanted: Wanted) -> Option<(bool, Vec<&Group>)> {
    let rejected = interchange.decision() == Decision::Rejected;
    let asked = interchange.header.acknowledge.as_bytes() == b"1";
    let with_ta1 = rejected || asked || wanted.ta1;
    let answers = |group: &&Group| !wanted.only_ta1 && !rejected && group.nameable && !group.is_acknowledgement();
    let groups: Vec<&Group> = interchange.groups.iter().filter(answers).collect();
    (with_ta1 || !groups.is_empty()).then_some((with_ta1, groups))
}

/// How many numbers of groups the answer to an interchange takes beside the one of its own; none if it has no answer. A
/// CONTRL stands in no group.
#[must_use]
pub fn groups(interchange: &Interchange, wanted: Wanted) -> Option<u64> {
    if interchange.only_acknowledges() {
        return None;
    }
    match &interchange.syntax {
        Syntax::X12(_) => plan(interchange, wanted).map(|(_, groups)| groups.len() as u64),
        Syntax::Edifact(syntax, internal) => contrl::is_due(interchange, (syntax, internal), wanted).then_some(0),
    }
}

fn form(wanted: Wanted, group: &Group) -> Form {
    let of_release = if group.is_5010() { Form::Implementation } else { Form::Functional };
    wanted.form.unwrap_or(of_release)
}

/// Writes segments whose values are cleaned, and counts them.
#[derive(Debug)]
pub struct Out {
    writer: SegmentWriter,
    delimiters: Delimiters,
    /// Segments of the set that is written.
    segments: u64,
}

impl Out {
    fn new(delimiters: Delimiters) -> Self {
        let newline = !delimiters.segment.is_ascii_whitespace();
        Self { writer: SegmentWriter::new(delimiters, newline), delimiters, segments: 0 }
    }

    /// Writes a segment of simple elements.
    pub(super) fn put(&mut self, id: &str, elements: &[&[u8]]) -> Result<(), Refused> {
        self.segments += 1;
        let clean: Vec<Vec<u8>> = elements.iter().map(|element| self.clean(element)).collect();
        let clean: Vec<&[u8]> = clean.iter().map(Vec::as_slice).collect();
        self.writer.segment(id, &clean)
    }

    /// Writes a segment whose first element is a composite of numbers.
    pub(super) fn put_position(&mut self, id: &str, position: &[&[u8]], rest: &[&[u8]]) -> Result<(), Refused> {
        self.segments += 1;
        let clean: Vec<Vec<u8>> = rest.iter().map(|element| self.clean(element)).collect();
        let mut values = vec![Value::Composite(position)];
        values.extend(clean.iter().map(|value| Value::Simple(value)));
        self.writer.composite_segment(id, &values)
    }

    /// A value without delimiters and control characters. The delimiters are chosen so that there is nothing to do.
    fn clean(&self, value: &[u8]) -> Vec<u8> {
        let d = &self.delimiters;
        let bad = |byte: u8| {
            matches!(byte, 0..0x20 | 0x7F)
                || [d.element, d.segment, d.component].contains(&byte)
                || Some(byte) == d.repetition
        };
        value.iter().map(|byte| if bad(*byte) { b' ' } else { *byte }).collect()
    }

    /// The ISA: sender and receiver change places.
    fn isa(&mut self, isa: &Header, stamp: &Stamp, control: u32, is_5010: bool) -> Result<(), Refused> {
        let text = |value: &[u8]| String::from_utf8_lossy(&self.clean(value)).replace(char::REPLACEMENT_CHARACTER, "?");
        let from = (text(isa.receiver.0.as_bytes()), cut(text(isa.receiver.1.as_bytes()), 15));
        let to = (text(isa.sender.0.as_bytes()), cut(text(isa.sender.1.as_bytes()), 15));
        let version = isa.version.as_bytes();
        let has_repetition = version >= b"00402".as_slice();
        let sound = version.len() == 5 && version.iter().all(u8::is_ascii_digit);
        // The version says what ISA11 is, and must agree with the delimiters.
        let version = match self.delimiters.repetition {
            _ if sound && has_repetition == self.delimiters.repetition.is_some() => text(version),
            Some(_) => "00501".to_owned(),
            None if is_5010 => "00501".to_owned(),
            None => "00401".to_owned(),
        };
        let usage = match isa.usage.as_bytes() {
            b"T" => "T",
            b"I" => "I",
            _ => "P",
        };
        let control = format!("{control:09}");
        self.writer.isa(&InterchangeHeader {
            sender: (&cut(from.0, 2), &from.1),
            receiver: (&cut(to.0, 2), &to.1),
            date_time: (stamp.date.get(2..).unwrap_or_default(), &stamp.time),
            version: &version,
            control: &control,
            acknowledge: "0",
            usage,
        })
    }

    /// A group with one acknowledgement, of one group.
    fn group(&mut self, group: &Group, form: Form, stamp: &mut Stamp) -> Result<(), Refused> {
        let control = stamp.next_group().to_string();
        let (date, time) = (stamp.date.as_bytes(), stamp.time.as_bytes());
        let release = release(group, form);
        let (from, to) = (group.gs.receiver.as_bytes(), group.gs.sender.as_bytes());
        self.put("GS", &[b"FA", from, to, date, time, control.as_bytes(), b"X", release.as_bytes()])?;
        self.segments = 0;
        match form {
            Form::Functional => x12_997::write(group, self)?,
            Form::Implementation => x12_999::write(group, self)?,
        }
        let segments = (self.segments + 1).to_string();
        self.put("SE", &[segments.as_bytes(), SET_CONTROL])?;
        self.put("GE", &[b"1", control.as_bytes()])
    }

    /// AK1.
    pub(super) fn ak1(&mut self, group: &Group) -> Result<(), Refused> {
        let release = if group.is_5010() { group.gs.release.as_bytes() } else { b"" };
        self.put(
            "AK1",
            &[group.gs.functional_id.as_bytes(), group.gs.control.as_bytes(), &release[..release.len().min(12)]],
        )
    }

    /// AK2; false if it cannot name the set.
    pub(super) fn ak2(&mut self, set: &Set) -> Result<bool, Refused> {
        use super::errors::SetError;
        if set.errors.has(SetError::Id) {
            return Ok(false);
        }
        let control = set.control.as_bytes();
        let mut fitted = vec![b'0'; 4_usize.saturating_sub(control.len())];
        fitted.extend(control.iter().take(9));
        let convention = set.convention();
        self.put("AK2", &[set.id.as_bytes(), &fitted, convention.as_bytes()])?;
        Ok(true)
    }

    /// AK5 or IK5: the decision about a set, and at most five codes.
    pub(super) fn set_trailer(
        &mut self,
        tag: &str,
        (group, set): (&Group, &Set),
        implementation: bool,
    ) -> Result<(), Refused> {
        let codes = set.errors.iter().map(|error| error.code(implementation));
        self.coded(tag, &[group.decision_of(set).code().as_bytes()], codes)
    }

    /// AK9.
    pub(super) fn ak9(&mut self, group: &Group) -> Result<(), Refused> {
        let is_5010 = group.is_5010();
        let received = group.sets.len().min(Group::MOST_SETS);
        let accepted = group.accepted().min(received).to_string();
        let stated = group.stated.filter(|stated| *stated <= Group::MOST_SETS as u64);
        let included = stated.unwrap_or(received as u64).to_string();
        let received = received.to_string();
        let counts = [included.as_bytes(), received.as_bytes(), accepted.as_bytes()];
        let first = [group.decision().code().as_bytes(), counts[0], counts[1], counts[2]];
        self.coded("AK9", &first, group.errors.iter().map(|error| error.code(is_5010)))
    }

    /// A segment that ends in at most five codes, each once.
    fn coded(&mut self, tag: &str, first: &[&[u8]], codes: impl Iterator<Item = &'static str>) -> Result<(), Refused> {
        let mut told: Vec<&str> = Vec::new();
        for code in codes {
            if told.len() < MOST_CODES && !told.contains(&code) {
                told.push(code);
            }
        }
        let elements: Vec<&[u8]> = first.iter().copied().chain(told.iter().map(|code| code.as_bytes())).collect();
        self.put(tag, &elements)
    }
}

/// ST02 and SE02 of the only set of a group.
pub(super) const SET_CONTROL: &[u8] = b"0001";
/// Most codes of AK5 and AK9.
const MOST_CODES: usize = 5;

/// A segment ID as AK301 may hold it: two or three characters.
pub(super) fn segment_id(id: &str) -> String {
    let mut id: String = id.chars().take(3).map(|c| if c.is_ascii_alphanumeric() { c } else { '?' }).collect();
    while id.len() < 2 {
        id.push('?');
    }
    id
}

/// A number as an element of at most `digits` digits.
pub(super) fn number(value: u64, digits: u32) -> String {
    value.min(10_u64.pow(digits) - 1).to_string()
}

/// An element's reference number, if AK402 may hold it; those of composites are no numbers.
pub(super) fn reference(number: &str) -> &[u8] {
    let sound = (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if sound { number.as_bytes() } else { b"" }
}

/// GS08 of the acknowledgement: a release of which we know the 997, whatever that of the group.
fn release(group: &Group, form: Form) -> &'static str {
    match form {
        Form::Implementation => x12_999::CONVENTION,
        Form::Functional if group.is_5010() => "005010",
        Form::Functional => "004010",
    }
}

fn cut(text: String, most: usize) -> String {
    text.chars().filter(char::is_ascii).take(most).collect()
}

/// Separators in the order of preference, after those of the interchange that is answered.
const ELEMENT: &[u8] = b"*|\x1D";
const SEGMENT: &[u8] = b"~'\x1C";
const COMPONENT: &[u8] = b">:\\<\x1F";
const REPETITION: &[u8] = b"^!`\x1E";

/// The delimiters of the answer: those of the interchange where no value that is repeated holds them.
fn delimiters((isa, theirs): (&Header, Delimiters), groups: &[&Group], is_5010: bool) -> Delimiters {
    let mut used = [false; 256];
    let mut mark = |bytes: &[u8]| bytes.iter().for_each(|byte| used[usize::from(*byte)] = true);
    for text in [&isa.sender.0, &isa.receiver.0, &isa.date, &isa.time, &isa.control] {
        mark(text.as_bytes());
    }
    mark(isa.sender.1.as_bytes());
    mark(isa.receiver.1.as_bytes());
    for group in groups {
        for text in
            [&group.gs.sender, &group.gs.receiver, &group.gs.control, &group.gs.functional_id, &group.gs.release]
        {
            mark(text.as_bytes());
        }
        for set in &group.sets {
            mark(set.control.as_bytes());
            mark(set.convention().as_bytes());
            let elements = set.faults().iter().flat_map(|fault| &fault.elements);
            elements.filter_map(|element| element.value.as_deref()).for_each(&mut mark);
        }
    }
    let plain = theirs.lead().is_empty();
    let mut taken = |first: Option<u8>, others: &[u8]| {
        let all = first.filter(|_| plain).into_iter().chain(others.iter().copied());
        let free = all.clone().find(|byte| byte.is_ascii() && !used[usize::from(*byte)]);
        // All used: a control character is in no value that is repeated, so this is never so.
        let chosen = free.or(all.last()).unwrap_or_default();
        used[usize::from(chosen)] = true;
        chosen
    };
    let element = taken(Some(theirs.element), ELEMENT);
    let segment = taken(Some(theirs.segment), SEGMENT);
    let component = taken(Some(theirs.component), COMPONENT);
    let version = isa.version.as_bytes();
    let repeats = theirs.repetition.is_some() || is_5010 || version >= b"00402".as_slice();
    let repetition = repeats.then(|| taken(theirs.repetition, REPETITION));
    Delimiters::new(element, segment, component, repetition)
}
