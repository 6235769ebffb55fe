//! What a value is made of: one pass over its bytes sorts most of them out.

use super::Separators;
use crate::schema::fault::ElementError;
use crate::schema::model::{Dialect, Element, Kind};

use super::dates;

/// The classes of the bytes of a value, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape(u8);

impl Shape {
    const DIGIT: u8 = 1;
    const CONTROL: u8 = 2;
    pub(super) const COMPONENT: u8 = 4;
    pub(super) const REPETITION: u8 = 8;
    pub(super) const RELEASE: u8 = 16;
    /// Those that take a value apart or free a byte of its meaning.
    pub(super) const SEPARATORS: u8 = Self::COMPONENT | Self::REPETITION | Self::RELEASE;
    const HIGH: u8 = 32;
    const OTHER: u8 = 64;

    pub(super) fn has(self, class: u8) -> bool {
        self.0 & class != 0
    }
}

/// The class of each byte under some separators.
#[derive(Debug)]
pub(super) struct Classes(Box<[u8; 256]>);

impl Classes {
    pub(super) fn new(separators: Separators) -> Self {
        let mut classes = Box::new([0_u8; 256]);
        for (byte, class) in (0_u8..=255).zip(classes.iter_mut()) {
            *class = match byte {
                b'0'..=b'9' => Shape::DIGIT,
                0..0x20 | 0x7F => Shape::CONTROL,
                0x80.. => Shape::HIGH,
                _ => Shape::OTHER,
            };
        }
        let Separators { component, repetition, release } = separators;
        classes[usize::from(component)] |= Shape::COMPONENT;
        if let Some(repetition) = repetition {
            classes[usize::from(repetition)] |= Shape::REPETITION;
        }
        if let Some(release) = release {
            classes[usize::from(release)] |= Shape::RELEASE;
        }
        Self(classes)
    }

    pub(super) fn of(&self, value: &[u8]) -> Shape {
        Shape(value.iter().fold(0, |shape, byte| shape | self.0[usize::from(*byte)]))
    }

    /// Cuts a composite into its components, each with its number from 0, its end and its shape, in one pass; it begins
    /// behind the end of the one before.
    #[inline]
    pub(super) fn components(&self, value: &[u8], mut each: impl FnMut(usize, usize, Shape)) {
        let (mut number, mut shape) = (0, 0);
        let mut bytes = value.iter().enumerate();
        while let Some((at, byte)) = bytes.next() {
            let class = self.0[usize::from(*byte)];
            if class & Shape::RELEASE == 0 && class & Shape::COMPONENT != 0 {
                each(number, at, Shape(shape));
                (number, shape) = (number + 1, 0);
                continue;
            }
            shape |= class;
            if class & Shape::RELEASE != 0
                && let Some((_, released)) = bytes.next()
            {
                shape |= self.0[usize::from(*released)];
            }
        }
        each(number, value.len(), Shape(shape));
    }
}

impl Shape {
    /// What is wrong with a value; the shape may be that of the value with its release characters.
    pub(super) fn check(self, element: &Element, value: &[u8], utf8: bool, dialect: Dialect) -> Option<ElementError> {
        if element.kind == Kind::Binary {
            return length(value.len(), element);
        }
        if self.has(Self::CONTROL) {
            return Some(ElementError::InvalidCharacter);
        }
        let only_digits = self.0 == Self::DIGIT;
        match element.kind {
            Kind::Text | Kind::Identifier | Kind::Letters => self.text(element, value, utf8),
            Kind::Whole(_) | Kind::Decimal | Kind::Number if only_digits => length(value.len(), element),
            Kind::Whole(_) => {
                number(value, false, dialect).map_or(Some(ElementError::InvalidType), |n| length(n, element))
            }
            Kind::Decimal | Kind::Number => {
                number(value, true, dialect).map_or_else(|| Some(no_number(value, dialect)), |n| length(n, element))
            }
            Kind::Date => length(value.len(), element)
                .or((!only_digits || !dates::is_date(value)).then_some(ElementError::InvalidDate)),
            Kind::Time => length(value.len(), element)
                .or((!only_digits || !dates::is_time(value)).then_some(ElementError::InvalidTime)),
            Kind::Binary => None,
        }
    }

    fn text(self, element: &Element, value: &[u8], utf8: bool) -> Option<ElementError> {
        if element.kind == Kind::Letters && value.iter().any(u8::is_ascii_digit) {
            return Some(ElementError::InvalidType);
        }
        let multibyte = utf8 && self.has(Self::HIGH);
        let len = if multibyte { value.iter().filter(|byte| **byte & 0xC0 != 0x80).count() } else { value.len() };
        length(len, element).or_else(|| {
            let complete = element.codes.as_ref().filter(|codes| codes.is_complete());
            let wrong = complete.is_some_and(|codes| !codes.contains(value)).then_some(ElementError::InvalidCode);
            let narrowed = element.narrowed.as_ref();
            wrong.or_else(|| narrowed.filter(|codes| !codes.contains(value)).map(|_| ElementError::CodeNotUsed))
        })
    }
}

fn length(len: usize, element: &Element) -> Option<ElementError> {
    if len > element.most as usize {
        Some(ElementError::TooLong)
    } else if len < element.least as usize {
        Some(ElementError::TooShort)
    } else {
        None
    }
}

/// What is wrong with a value that is no number.
fn no_number(value: &[u8], dialect: Dialect) -> ElementError {
    let unsigned = value.strip_prefix(b"-").or_else(|| value.strip_prefix(b"+")).unwrap_or(value);
    match unsigned {
        [b'.' | b',', digits @ ..] if dialect == Dialect::Edifact && is_digits(digits) => {
            ElementError::NoDigitBeforeMark
        }
        _ => ElementError::InvalidType,
    }
}

fn is_digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// Whether a number has the decimal mark that is not the one in force.
pub(super) fn has_other_mark(element: &Element, value: &[u8], mark: u8) -> bool {
    let is_number = matches!(element.kind, Kind::Decimal | Kind::Number);
    is_number && value.iter().any(|byte| matches!(byte, b'.' | b',') && *byte != mark)
}

/// The digits of a number, which its length counts; none if it is no number.
///
/// A sign leads, and X12 has only the minus. EDIFACT takes point and comma as the decimal mark, and wants a digit on both
/// sides of it; which of the two is in force is checked by [`has_other_mark`].
fn number(value: &[u8], decimals: bool, dialect: Dialect) -> Option<usize> {
    let unsigned = match value {
        [b'-', rest @ ..] => rest,
        [b'+', rest @ ..] if dialect == Dialect::Edifact => rest,
        _ => value,
    };
    let is_mark = |byte: &u8| *byte == b'.' || *byte == b',' && dialect == Dialect::Edifact;
    let mark = unsigned.iter().position(is_mark).filter(|_| decimals);
    let digits = unsigned.len() - usize::from(mark.is_some());
    let all = unsigned.iter().enumerate().all(|(at, byte)| Some(at) == mark || byte.is_ascii_digit());
    let inner = mark.is_none_or(|at| dialect == Dialect::X12 || at > 0 && at + 1 < unsigned.len());
    (all && inner && digits > 0).then_some(digits)
}
