//! The elements of a segment: what must be there, what may be there together, and what each is made of.

use super::value::{Classes, Shape, has_other_mark};
use super::{Options, Tokens, dates};
use crate::limits::SEGMENT_FAULTS;
use crate::schema::fault::{ElementError, ElementFault};
use crate::schema::model::{Content, Dialect, Element, Field, Note, NoteKind, Part, bit};

/// Most components looked at, which is most of any composite.
const COMPONENTS: usize = Part::MOST_COMPONENTS;

/// Checks segments; holds what is used again for each.
#[derive(Debug)]
pub(super) struct Checker {
    options: Options,
    dialect: Dialect,
    classes: Classes,
    /// The decimal mark, if only one is allowed.
    pub(super) mark: Option<u8>,
    /// A value without its release characters.
    plain: Vec<u8>,
}

/// Where an element stands in its segment.
#[derive(Clone, Copy, Debug, Default)]
struct At {
    element: u16,
    component: u16,
    repetition: u16,
}

/// Where faults go, with where they are.
struct Out<'o> {
    faults: &'o mut Vec<ElementFault>,
    at: At,
}

impl Out<'_> {
    fn push(&mut self, error: ElementError, content: Option<&Content>, value: Option<&[u8]>) {
        if self.faults.len() >= SEGMENT_FAULTS {
            return;
        }
        let (number, personal) = match content {
            Some(Content::Simple(element)) => (element.number.clone(), element.personal),
            _ => (Box::default(), false),
        };
        let shown = !personal && error != ElementError::InvalidCharacter;
        let value =
            value.filter(|_| shown).map(|value| value.iter().take(ElementFault::LONGEST_VALUE).copied().collect());
        let At { element, component, repetition } = self.at;
        self.faults.push(ElementFault { error, element, component, repetition, number, value });
    }
}

impl Checker {
    pub(super) fn new(options: Options, dialect: Dialect) -> Self {
        Self { options, dialect, classes: Classes::new(options.separators), mark: None, plain: Vec::new() }
    }

    /// Checks the elements of a segment; faults are in the order of the elements.
    pub(super) fn segment<T: Tokens>(&mut self, part: &Part, tokens: &T, faults: &mut Vec<ElementFault>) {
        let mut out = Out { faults, at: At::default() };
        let mut present = 0_u64;
        for (field, n) in part.fields.iter().zip(1_u8..).take(tokens.count()) {
            let value = tokens.element(usize::from(n));
            if value.is_empty() {
                continue;
            }
            present |= bit(n);
            out.at = At { element: u16::from(n), component: 0, repetition: 0 };
            let format = field.format.map(|at| tokens.element(usize::from(at) + 1)).unwrap_or_default();
            if let Content::Simple(element) = &field.content
                && !field.forbidden
                && let shape = self.classes.of(value)
                && !shape.has(Shape::SEPARATORS)
            {
                // By far the most values: there is nothing to take apart.
                if let Some(error) = self.error(element, value, shape, format) {
                    out.push(error, Some(&field.content), Some(value));
                }
                continue;
            }
            self.field(field, value, format, &mut out);
        }
        let extra = (part.fields.len() + 1..=tokens.count()).find(|n| !tokens.element(*n).is_empty());
        if let Some(n) = extra {
            out.at = At { element: u16::try_from(n).unwrap_or(u16::MAX), component: 0, repetition: 0 };
            out.push(ElementError::TooMany, None, None);
        }
        if part.required & !present != 0 || !part.notes.is_empty() {
            let before = out.faults.len();
            absent(part, present, &mut out, |at, n| at.element = n);
            if out.faults.len() > before {
                out.faults.sort_by_key(|fault| fault.element);
            }
        }
    }

    fn field(&mut self, field: &Field, value: &[u8], format: &[u8], out: &mut Out<'_>) {
        if field.forbidden {
            return out.push(ElementError::NotUsed, Some(&field.content), Some(value));
        }
        if let (Content::Composite(part), None) = (&field.content, self.options.separators.repetition) {
            return self.composite(part, value, out);
        }
        let shape = self.classes.of(value);
        let repeats = self.options.separators.repetition.filter(|_| shape.has(Shape::REPETITION));
        let Some(repetition) = repeats else { return self.one(field, value, shape, format, out) };
        let mut count = 0;
        for value in pieces(value, repetition, self.options.separators.release) {
            count += 1;
            out.at.repetition = u16::try_from(count).unwrap_or(u16::MAX);
            if count > field.repeat {
                return out.push(ElementError::TooManyRepetitions, Some(&field.content), Some(value));
            }
            if !value.is_empty() {
                self.one(field, value, self.classes.of(value), format, out);
            }
        }
    }

    /// One repetition of an element.
    fn one(&mut self, field: &Field, value: &[u8], shape: Shape, format: &[u8], out: &mut Out<'_>) {
        match &field.content {
            Content::Composite(part) => self.composite(part, value, out),
            Content::Simple(element) if shape.has(Shape::COMPONENT) => {
                let mut components = pieces(value, self.options.separators.component, self.options.separators.release);
                let first = components.next().unwrap_or_default();
                if components.next().is_some() {
                    out.at.component = 2;
                    out.push(ElementError::TooManyComponents, Some(&field.content), None);
                    out.at.component = 0;
                }
                self.value(field, element, first, self.classes.of(first), format, out);
            }
            Content::Simple(element) => self.value(field, element, value, shape, format, out),
        }
    }

    fn composite(&mut self, part: &Part, value: &[u8], out: &mut Out<'_>) {
        let mut found = [(0_usize, Shape::default()); COMPONENTS];
        let (mut len, mut begin, mut extra) = (0, 0, None);
        self.classes.components(value, |at, end, shape| {
            match found.get_mut(at).filter(|_| at < part.fields.len()) {
                Some(slot) => (*slot, len) = ((end, shape), at + 1),
                None if extra.is_none() && end > begin => extra = Some(at + 1),
                None => {}
            }
            begin = end + 1;
        });
        let found = found.get(..len).unwrap_or_default();
        let component = |at: usize| {
            let begin = at.checked_sub(1).and_then(|before| found.get(before)).map_or(0, |(end, _)| end + 1);
            found.get(at).and_then(|(end, _)| value.get(begin..*end)).unwrap_or_default()
        };
        let mut present = 0;
        for ((field, n), (at, (_, shape))) in part.fields.iter().zip(1_u8..).zip(found.iter().enumerate()) {
            let text = component(at);
            if text.is_empty() {
                continue;
            }
            present |= bit(n);
            out.at.component = u16::from(n);
            let Content::Simple(element) = &field.content else { continue };
            if field.forbidden {
                out.push(ElementError::NotUsed, Some(&field.content), Some(text));
                continue;
            }
            let format = field.format.map(|at| component(usize::from(at))).unwrap_or_default();
            self.value(field, element, text, *shape, format, out);
        }
        if let Some(extra) = extra {
            out.at.component = u16::try_from(extra).unwrap_or(u16::MAX);
            out.push(ElementError::TooManyComponents, None, None);
        }
        if part.required & !present != 0 || !part.notes.is_empty() {
            let before = out.faults.len();
            absent(part, present, out, |at, n| at.component = n);
            let order = |fault: &ElementFault| (fault.element, fault.repetition, fault.component);
            if out.faults.len() > before {
                out.faults.sort_by_key(order);
            }
        }
        out.at.component = 0;
    }

    fn value(
        &mut self,
        field: &Field,
        element: &Element,
        value: &[u8],
        shape: Shape,
        format: &[u8],
        out: &mut Out<'_>,
    ) {
        let plain = std::mem::take(&mut self.plain);
        let (plain, value) = match self.options.separators.release.filter(|_| shape.has(Shape::RELEASE)) {
            Some(release) => {
                let plain = without_release(value, release, plain);
                (plain, None)
            }
            None => (plain, Some(value)),
        };
        let text = value.unwrap_or(&plain);
        if let Some(error) = self.error(element, text, shape, format) {
            out.push(error, Some(&field.content), Some(text));
        }
        self.plain = plain;
    }

    /// What is wrong with a value without its release characters.
    #[inline]
    fn error(&self, element: &Element, text: &[u8], shape: Shape, format: &[u8]) -> Option<ElementError> {
        let error = shape.check(element, text, self.options.utf8, self.dialect);
        let other_mark = || self.mark.filter(|mark| has_other_mark(element, text, *mark));
        let error = error.or_else(|| other_mark().map(|_| ElementError::InvalidNotation));
        error.or_else(|| if format.is_empty() { None } else { dates::check(format, text) })
    }
}

/// Reports what should be there and is not, and what should not be there beside another.
fn absent(part: &Part, present: u64, out: &mut Out<'_>, set: impl Fn(&mut At, u16)) {
    let mut push = |error, n: u8| {
        set(&mut out.at, u16::from(n));
        let content = part.fields.get(usize::from(n).wrapping_sub(1)).map(|field| &field.content);
        out.push(error, content, None);
    };
    let mut told = part.required & !present;
    for n in positions(told) {
        push(ElementError::MandatoryMissing, n);
    }
    for note in &part.notes {
        // Two notes may ask for the same element; it is missing once.
        let mask = violation(note, present) & !told;
        told |= mask;
        let excluded = note.kind == NoteKind::Exclusion;
        for n in positions(mask) {
            push(if excluded { ElementError::Exclusion } else { ElementError::ConditionalMissing }, n);
        }
    }
}

/// The positions whose bits are set.
fn positions(mut mask: u64) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let n = u8::try_from(mask.trailing_zeros()).ok().filter(|_| mask != 0)?;
        mask &= mask - 1;
        Some(n + 1)
    })
}

/// The positions at which a note is violated, as bits.
fn violation(note: &Note, present: u64) -> u64 {
    let here = note.mask & present;
    match note.kind {
        NoteKind::Paired if here != 0 => note.mask & !present,
        NoteKind::Required if here == 0 => note.first,
        NoteKind::Exclusion => here & here.wrapping_sub(1),
        NoteKind::Conditional if here & note.first != 0 => note.mask & !present,
        NoteKind::List if here == note.first => note.positions.get(1).map_or(0, |second| bit(*second)),
        _ => 0,
    }
}

/// The pieces between separators that no release character stands before.
pub(crate) fn pieces(value: &[u8], separator: u8, release: Option<u8>) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let value = rest?;
        let mut at = 0;
        while let Some(byte) = value.get(at) {
            if Some(*byte) == release {
                at += 1;
            } else if *byte == separator {
                break;
            }
            at += 1;
        }
        rest = value.get(at + 1..).filter(|_| at < value.len());
        value.get(..at.min(value.len()))
    })
}

/// The value without its release characters, in a buffer that is used again.
pub(crate) fn without_release(value: &[u8], release: u8, mut into: Vec<u8>) -> Vec<u8> {
    into.clear();
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        let byte = if *byte == release { bytes.next() } else { Some(byte) };
        into.extend(byte);
    }
    into
}
