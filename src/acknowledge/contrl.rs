//! CONTRL, the syntax and service report: UNH, UCI, {UCM, {UCS, {UCD}}}, {UCF, {UCM, {UCS, {UCD}}}}, UNT.
//!
//! Facts: EDIFACT CONTRL of syntax 3 (D.3) and 4 (4.1), `schemas/edifact/service3` and `service4`; action codes 0083: 4 this
//! level and all below it rejected, 7 acknowledged with all below it that is not rejected, 8 received. 0096 counts UNH as 1
//! and names the last segment before a gap; 0098 counts the tag of a segment as 1.
//!
//! Told is what is rejected: a message or group without a UCM or UCF is acknowledged by the level above it. Each segment
//! tells one error, the first. What asks for receipt alone (0031 is 2) gets action 8, unless something is rejected, which is
//! always told.

use super::answer::{Answer, Stamp, Wanted};
use super::errors::{SetError, Told};
use super::tree::{Decision, Group, Interchange, Parties, Set, is_service};
use crate::schema::{ElementFault, Fault};
use crate::syntax::edifact::{Header, InterchangeWriter, Level, MessageType, Refused, Syntax, Value};
use crate::syntax::encoding::encode;
use crate::syntax::x12::Text;

/// Most UCS of a UCM, and most UCD of a UCS.
const MOST_SEGMENTS: usize = 999;
const MOST_ELEMENTS: usize = 99;
/// Characters of 0057, 0110 and 0113.
const OPTIONAL_CHARS: usize = 6;
/// Most segments of the message: what 0074 counts in syntax 3, and most UCM of syntax 4.
const MOST: usize = 999_999;
/// UNH, UCI and UNT.
const FRAME: usize = 3;

/// 0083.
const REJECTED: &str = "4";
const ACKNOWLEDGED: &str = "7";
const RECEIVED: &str = "8";
/// 0085: unspecified error.
const UNSPECIFIED: Told = Told { code: "18", segment: "", element: 0, component: 0 };

/// Whether there is a CONTRL to write.
pub(super) fn is_due(
    interchange: &Interchange,
    (syntax, internal): (&Syntax, &[[Text<35>; 2]; 2]),
    wanted: Wanted,
) -> bool {
    is_wanted(interchange, wanted) && Names::of(interchange, syntax, internal).is_some()
}

/// Whether the interchange, or we, ask for one, or something is rejected.
fn is_wanted(interchange: &Interchange, wanted: Wanted) -> bool {
    let asked = matches!(interchange.header.acknowledge.as_bytes(), b"1" | b"2");
    asked || wanted.ta1 || interchange.has_rejected()
}

/// Answers an interchange; nothing if nothing asks for it and nothing is rejected, or if UCI cannot repeat its header.
pub(super) fn write(
    interchange: &Interchange,
    (syntax, internal): (&Syntax, &[[Text<35>; 2]; 2]),
    wanted: Wanted,
    stamp: &mut Stamp,
) -> Result<Answer, Refused> {
    if !is_wanted(interchange, wanted) {
        return Ok(Answer::Nothing);
    }
    let Some(names) = Names::of(interchange, syntax, internal) else { return Ok(Answer::Nothing) };
    let syntax = names.syntax(syntax);
    let control = stamp.next_interchange().to_string();
    let [sender, receiver] = &names.parties;
    let [from, to] = [receiver, sender].map(|party| party.each_ref().map(String::as_str));
    // Before syntax 4 the year has two digits.
    let date = if syntax.version >= 4 { stamp.date.as_str() } else { stamp.date.get(2..).unwrap_or_default() };
    let mut writer = InterchangeWriter::new(syntax, true);
    writer.begin(&Header {
        sender: (from[0], from[1]),
        receiver: (to[0], to[1]),
        sender_internal: [from[2], from[3]],
        receiver_internal: [to[2], to[3]],
        prepared: (date, &stamp.time),
        control: &control,
        test: interchange.header.usage.as_bytes() == b"1",
        ..Header::default()
    })?;
    let release = if syntax.version >= 4 { ["CONTRL", "4", "1", "UN", ""] } else { ["CONTRL", "D", "3", "UN", ""] };
    writer.begin_message("1", MessageType(release))?;
    Out { writer: &mut writer, syntax, left: MOST - FRAME }.report(interchange, &names)?;
    writer.end_message()?;
    writer.end()?;
    let text = String::from_utf8(writer.take()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(text.len());
    // Every value came out of this encoding.
    let level = syntax.level;
    encode(&text, level.encoding(), &mut bytes).map_err(|_| Refused::Place("a character of another encoding"))?;
    Ok(Answer::Interchange(bytes))
}

/// What UCI repeats, as text.
struct Names {
    control: String,
    /// Sender and recipient: identification, qualifier and internal identifications.
    parties: [[String; 4]; 2],
}

impl Names {
    /// None if an element that must be there is missing or malformed: then no CONTRL can be built.
    fn of(interchange: &Interchange, syntax: &Syntax, internal: &[[Text<35>; 2]; 2]) -> Option<Self> {
        let header = &interchange.header;
        let needed = |text: Option<String>| text.filter(|text| !text.is_empty());
        let party = |(qualifier, id): (Text<15>, Text<35>), internal: &[Text<35>; 2]| {
            let id = needed(short(syntax, id.as_bytes(), id.is_whole(), 35))?;
            let other = |text: Option<String>| text.unwrap_or_default();
            let most = if syntax.version >= 4 { 35 } else { 14 };
            let [internal, sub] = internal.map(|text| other(short(syntax, text.as_bytes(), text.is_whole(), most)));
            let sub = if syntax.version >= 4 { sub } else { String::new() };
            Some([id, other(short(syntax, qualifier.as_bytes(), qualifier.is_whole(), 4)), internal, sub])
        };
        let control = needed(short(syntax, header.control.as_bytes(), header.control.is_whole(), 14))?;
        let [of_sender, of_receiver] = internal;
        Some(Self { control, parties: [party(header.sender, of_sender)?, party(header.receiver, of_receiver)?] })
    }

    /// The syntax of the answer: that of the interchange, or one that can carry what is repeated.
    fn syntax(&self, theirs: &Syntax) -> Syntax {
        let all = || self.parties.iter().flatten().chain([&self.control]).flat_map(|text| text.bytes());
        let fits = |level: &Level| all().all(|byte| level.has(byte) || theirs.is_special(byte));
        let level = [theirs.level, Level::B].into_iter().find(fits).unwrap_or(Level::Iso8859(1));
        let usual = Syntax::of(level, theirs.version);
        let carries = theirs.release.is_some() || !all().any(|byte| theirs.is_special(byte));
        if carries { Syntax { level, ..*theirs } } else { usual }
    }
}

/// A value as text, if it is whole, of at most so many characters and without control characters.
fn short(syntax: &Syntax, bytes: &[u8], is_whole: bool, most: usize) -> Option<String> {
    let text = syntax.level.text(bytes).filter(|_| is_whole)?;
    let sound = text.chars().count() <= most && !text.chars().any(char::is_control);
    sound.then(|| text.into_owned())
}

/// Writes the segments of the message.
struct Out<'w> {
    writer: &'w mut InterchangeWriter,
    syntax: Syntax,
    /// Segments that the message may still have.
    left: usize,
}

impl Out<'_> {
    fn report(&mut self, interchange: &Interchange, names: &Names) -> Result<(), Refused> {
        let first = interchange.errors.iter().find(|error| error.rejects()).map(|error| error.contrl());
        let rejected: Vec<(&Group, Vec<&Set>)> = interchange.groups.iter().map(|group| (group, sets(group))).collect();
        let needed: usize = rejected.iter().map(|(group, sets)| sets.len() + usize::from(group.nameable)).sum();
        // A message that is not told would count as acknowledged.
        let told = first.or((needed > self.left).then_some(UNSPECIFIED));
        let receipt = interchange.header.acknowledge.as_bytes() == b"2" && !interchange.has_rejected();
        let action = match (&told, receipt) {
            (Some(_), _) => REJECTED,
            (None, true) => RECEIVED,
            (None, false) => ACKNOWLEDGED,
        };
        self.uci(names, action, told)?;
        if action != ACKNOWLEDGED {
            return Ok(());
        }
        self.left -= needed;
        // SG1 is of messages without groups, and comes before SG3.
        let (plain, grouped): (Vec<_>, Vec<_>) = rejected.iter().partition(|(group, _)| !group.nameable);
        for (_, sets) in plain {
            sets.iter().try_for_each(|set| self.ucm(set))?;
        }
        for (group, sets) in grouped {
            if !group.errors.is_empty() {
                self.ucf(group, REJECTED, group.errors.first().map(|error| error.contrl()))?;
            } else if !sets.is_empty() {
                self.ucf(group, ACKNOWLEDGED, None)?;
                sets.iter().try_for_each(|set| self.ucm(set))?;
            }
        }
        Ok(())
    }

    fn uci(&mut self, names: &Names, action: &str, told: Option<Told>) -> Result<(), Refused> {
        let [sender, receiver] = &names.parties;
        let [sender, receiver] = [sender, receiver].map(|party| party.each_ref().map(String::as_str));
        let first = [Value::Simple(&names.control), Value::Composite(&sender), Value::Composite(&receiver)];
        self.coded("UCI", &first, action, told)
    }

    fn ucf(&mut self, group: &Group, action: &str, told: Option<Told>) -> Result<(), Refused> {
        let none = Parties::default();
        let parties = group.parties.as_deref().unwrap_or(&none);
        let text = |bytes: &[u8]| self.syntax.level.text(bytes).unwrap_or_default().into_owned();
        let party = |n: usize| [text(parties[n].0.as_bytes()), text(parties[n].1.as_bytes())];
        let (control, sender, receiver) = (text(group.gs.control.as_bytes()), party(0), party(1));
        let [sender, receiver] = [&sender, &receiver].map(|party| party.each_ref().map(String::as_str));
        let first = [Value::Simple(&control), Value::Composite(&sender), Value::Composite(&receiver)];
        self.coded("UCF", &first, action, told)
    }

    /// UCM, and what is wrong with the segments of the message.
    fn ucm(&mut self, set: &Set) -> Result<(), Refused> {
        let text = |bytes: &[u8]| self.syntax.level.text(bytes).unwrap_or_default().into_owned();
        // What need not be repeated is left out if it may not stand here.
        let sound = |part: &[u8]| {
            let known = |byte: &u8| self.syntax.level.has(*byte) || self.syntax.is_special(*byte);
            short(&self.syntax, part, part.iter().all(known), OPTIONAL_CHARS).unwrap_or_default()
        };
        let parts = set.detail.iter().flat_map(|detail| &detail.message);
        let message = parts.enumerate().map(|(n, part)| if n < 3 { text(part) } else { sound(part) });
        let message: Vec<String> = std::iter::once(text(set.id.as_bytes())).chain(message).collect();
        let control = text(set.control.as_bytes());
        let known = if self.syntax.version >= 4 { 7 } else { 5 };
        let message: Vec<&str> = message.iter().map(String::as_str).take(known).collect();
        self.coded("UCM", &[Value::Simple(&control), Value::Composite(&message)], REJECTED, first(set))?;
        let segments = set.faults().iter().filter(|fault| !is_service(fault));
        segments.take(MOST_SEGMENTS).try_for_each(|fault| self.ucs(fault))
    }

    fn ucs(&mut self, fault: &Fault) -> Result<(), Refused> {
        let code = fault.error.edifact();
        // What is missing should have come behind the last segment before the gap.
        let missing = fault.error == crate::schema::SegmentError::MandatoryMissing;
        let position = fault.number.saturating_sub(u64::from(missing)).clamp(1, MOST as u64).to_string();
        if !self.has_room() {
            return Ok(());
        }
        self.writer.segment("UCS", &[Value::Simple(&position), Value::Simple(code.unwrap_or_default())])?;
        fault.elements.iter().take(MOST_ELEMENTS).try_for_each(|element| self.ucd(element))
    }

    fn ucd(&mut self, fault: &ElementFault) -> Result<(), Refused> {
        if !self.has_room() {
            return Ok(());
        }
        let code = fault.error.edifact(self.syntax.version);
        // One of component and repetition is told, and the repetition from syntax 4 on.
        let repetition = if fault.component == 0 && self.syntax.version >= 4 { fault.repetition } else { 0 };
        let at = [place(fault.element + 1), place(fault.component), place(repetition)];
        let at = at.each_ref().map(String::as_str);
        self.writer.segment("UCD", &[Value::Simple(code), Value::Composite(&at)])
    }

    /// Whether the message may have one more segment, which is taken.
    fn has_room(&mut self) -> bool {
        let has_room = self.left > 0;
        self.left = self.left.saturating_sub(1);
        has_room
    }

    /// UCI, UCF or UCM: what is repeated, the action, and the error with its place.
    fn coded(&mut self, tag: &str, first: &[Value<'_>], action: &str, told: Option<Told>) -> Result<(), Refused> {
        let told = told.unwrap_or(Told { code: "", ..UNSPECIFIED });
        let position = if told.element == 0 { String::new() } else { place(told.element + 1) };
        let component = place(told.component);
        let at = [position.as_str(), component.as_str()];
        let rest =
            [Value::Simple(action), Value::Simple(told.code), Value::Simple(told.segment), Value::Composite(&at)];
        let all: Vec<Value<'_>> = first.iter().copied().chain(rest).collect();
        self.writer.segment(tag, &all)
    }
}

/// The messages of a group that are told: those rejected, but none of a rejected group, which takes them along. A CONTRL
/// is never acknowledged.
fn sets(group: &Group) -> Vec<&Set> {
    let told = |set: &&Set| set.decision == Decision::Rejected && !set.is_contrl();
    if group.errors.is_empty() { group.sets.iter().filter(told).collect() } else { Vec::new() }
}

/// What UCM says of a message: the first error of its header or trailer; nothing if only its segments are wrong, which UCS
/// tells; that something is wrong if nothing here found it.
fn first(set: &Set) -> Option<Told> {
    let of_element = || {
        let fault = set.faults().iter().find(|fault| is_service(fault))?;
        let segment = if &*fault.segment == "UNH" { "UNH" } else { "UNT" };
        let element = fault.elements.first()?;
        let ElementFault { error, element, component, .. } = *element;
        Some(super::errors::ServiceFault { segment, element, component, error }.told())
    };
    let tell = |error: SetError| if error == SetError::Service { of_element() } else { error.contrl() };
    let unspecified = || set.faults().is_empty().then_some(UNSPECIFIED);
    SetError::OF_MESSAGE.into_iter().filter(|error| set.errors.has(*error)).find_map(tell).or_else(unspecified)
}

/// A position of at most three digits; empty for none.
fn place(position: u16) -> String {
    if position == 0 { String::new() } else { position.min(999).to_string() }
}
