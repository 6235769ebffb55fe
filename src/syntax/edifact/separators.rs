//! The separators of an interchange, from UNA or by default, and the version of its syntax.

use super::repertoire::Level;
use crate::document::{Code, Finding, Position};
use crate::syntax::encoding::encode;
use crate::syntax::segment::{is_between, is_line_break};

/// Bytes in which the first element of UNB ends: identifier, version, and code lists of syntax 4.
const FIRST_BYTES: usize = 64;
/// Length of UNA: three letters and six characters.
const UNA_BYTES: usize = 9;

/// What parts the segments of an interchange, and how its values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// Between components.
    pub component: u8,
    /// Between elements.
    pub element: u8,
    /// The decimal mark; syntax 4 allows both marks whatever UNA says.
    pub decimal: u8,
    /// Before a character that means itself; none if UNA has a blank in its place.
    pub release: Option<u8>,
    /// Between repetitions; from syntax 4 on.
    pub repetition: Option<u8>,
    /// After each segment.
    pub segment: u8,
    /// Syntax version, 1 to 4.
    pub version: u8,
    /// Character set.
    pub level: Level,
}

impl Syntax {
    /// The separators of an interchange without UNA (ISO 9735: level A, which everybody uses for the other levels too).
    #[must_use]
    pub const fn of(level: Level, version: u8) -> Self {
        Self {
            component: b':',
            element: b'+',
            decimal: b'.',
            release: Some(b'?'),
            repetition: if version >= 4 { Some(b'*') } else { None },
            segment: b'\'',
            version,
            level,
        }
    }

    /// The separators of level B (ISO 9735: IS 1, IS 3 and IS 4, and no release character).
    const fn information_separators() -> Self {
        let default = Self::of(Level::B, 3);
        Self { component: 0x1F, element: 0x1D, segment: 0x1C, release: None, ..default }
    }

    /// Reads what the UNA or UNB says that `bytes` begin with; `byte` is their offset in the file.
    ///
    /// # Errors
    /// A finding [`Code::EdifactNoUnb`], [`Code::EdifactUna`] or [`Code::EdifactSyntax`].
    pub fn read(bytes: &[u8], byte: u64) -> Result<Self, Finding> {
        let (mut syntax, skipped) = match bytes.strip_prefix(b"UNA") {
            Some(rest) => (Self::from_una(rest, byte)?, una_len(bytes)),
            None if bytes.starts_with(b"UNB\x1D") => (Self::information_separators(), 0),
            None => (Self::of(Level::A, 3), 0),
        };
        let unb = bytes.get(skipped..).unwrap_or_default();
        let at = byte + skipped as u64;
        if !unb.starts_with(&[b'U', b'N', b'B', syntax.element]) {
            return Err(no_unb(unb, at, syntax.element));
        }
        syntax.identify(unb, at, bytes.starts_with(b"UNA"))?;
        Ok(syntax)
    }

    fn from_una(una: &[u8], byte: u64) -> Result<Self, Finding> {
        let wrong = |found: &[u8]| {
            Finding::new(Code::EdifactUna, Position::at(byte, 0).field("UNA"))
                .found(found)
                .expected("six characters, the separators all different and none a letter or digit")
        };
        let Some(&[component, element, decimal, release, repetition, segment]) = una.get(..6) else {
            return Err(wrong(una));
        };
        let known = |byte: u8| (byte != b' ').then_some(byte);
        let used = [Some(component), Some(element), known(release), known(repetition), Some(segment)];
        let all = used.iter().flatten();
        let fits =
            |b: &u8| b.is_ascii() && !b.is_ascii_alphanumeric() && !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0);
        let differ = all.clone().enumerate().all(|(n, byte)| !all.clone().skip(n + 1).any(|other| other == byte));
        if !all.clone().all(fits) || !differ || !matches!(decimal, b'.' | b',') {
            return Err(wrong(una.get(..6).unwrap_or_default()));
        }
        let (release, repetition) = (known(release), known(repetition));
        Ok(Self { component, element, decimal, release, repetition, segment, ..Self::of(Level::A, 3) })
    }

    /// Takes in the syntax identifier and version of UNB01.
    fn identify(&mut self, unb: &[u8], byte: u64, has_una: bool) -> Result<(), Finding> {
        // A file may be wrapped so early that a line break stands in here.
        let rest: Vec<u8> = unb.iter().skip(4).take(FIRST_BYTES).filter(|b| !is_line_break(**b)).copied().collect();
        let end = rest.iter().position(|b| *b == self.element || *b == self.segment).unwrap_or(rest.len());
        let first = rest.get(..end).unwrap_or_default();
        let mut parts = self.components(first);
        let (identifier, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (level, version) = match (Level::of(identifier), version) {
            (Some(level), [version @ b'1'..=b'4']) => (level, version - b'0'),
            _ => {
                return Err(Finding::new(Code::EdifactSyntax, Position::at(byte + 4, 0).field("UNB.1"))
                    .found(first)
                    .expected("UNOA to UNOL, UNOW or UNOY, and syntax version 1 to 4"));
            }
        };
        (self.level, self.version) = (level, version);
        self.repetition = match self.repetition {
            _ if version < 4 => None,
            None if !has_una => Some(b'*'),
            stated => stated,
        };
        Ok(())
    }

    /// Whether UNA must be written for readers to find these separators.
    #[must_use]
    pub fn needs_una(&self) -> bool {
        *self != Self::of(self.level, self.version)
    }

    /// The six characters of UNA.
    #[must_use]
    pub fn una(&self) -> [u8; 6] {
        let blank = |byte: Option<u8>| byte.unwrap_or(b' ');
        let (release, repetition) = (blank(self.release), blank(self.repetition));
        [self.component, self.element, self.decimal, release, repetition, self.segment]
    }

    /// How the schema validator is to read elements.
    #[must_use]
    pub fn options(&self) -> crate::schema::Options {
        let separators =
            crate::schema::Separators { component: self.component, repetition: self.repetition, release: self.release };
        // A file is decoded before it is cut, so that a character of any level may be several bytes.
        crate::schema::Options { separators, utf8: true }
    }

    /// The only decimal mark that a number may have; none in syntax 4, where both are as good.
    #[must_use]
    pub fn only_mark(&self) -> Option<u8> {
        (self.version < 4).then_some(self.decimal)
    }

    /// The components of an element or of one repetition, as received; one for an element that is no composite.
    #[must_use]
    pub fn components<'a>(&self, element: &'a [u8]) -> Pieces<'a> {
        Pieces { rest: Some(element), separator: Some(self.component), release: self.release }
    }

    /// The repetitions of an element, as received; one where repetitions are not in use.
    #[must_use]
    pub fn repetitions<'a>(&self, element: &'a [u8]) -> Pieces<'a> {
        Pieces { rest: Some(element), separator: self.repetition, release: self.release }
    }

    /// A value without its release characters; `scratch` is only used when there is one.
    #[must_use]
    pub fn unescape<'a>(&self, value: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let Some(release) = self.release.filter(|release| value.contains(release)) else { return value };
        scratch.clear();
        let mut bytes = value.iter();
        while let Some(byte) = bytes.next() {
            scratch.extend(if *byte == release { bytes.next() } else { Some(byte) });
        }
        scratch
    }

    /// Whether the character set has a character, or it is a separator, which stands in it although its set has none. ISO 8859
    /// has no characters where windows-1252, in which it is read here, has some.
    #[must_use]
    pub fn has(&self, c: char) -> bool {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => self.level.has(byte) || self.is_special(byte),
            _ if self.level.is_limited() => false,
            _ if self.level == Level::Utf8 => true,
            _ => {
                let mut out = Vec::new();
                let fits = encode(c.encode_utf8(&mut [0; 4]), self.level.encoding(), &mut out).is_ok();
                fits && !matches!(out.as_slice(), [0x80..=0x9F])
            }
        }
    }

    /// Whether a byte has a meaning, so that it must be released to be data.
    #[must_use]
    pub fn is_special(&self, byte: u8) -> bool {
        byte == self.component
            || byte == self.element
            || byte == self.segment
            || Some(byte) == self.release
            || Some(byte) == self.repetition
    }
}

/// Length of the UNA that bytes begin with, and of what stands between it and UNB.
pub(super) fn una_len(bytes: &[u8]) -> usize {
    let rest = bytes.get(UNA_BYTES..).unwrap_or_default();
    UNA_BYTES.min(bytes.len()) + rest.iter().take_while(|byte| is_between(**byte)).count()
}

/// Whether an interchange begins here, sound or not.
pub(super) fn begins_interchange(bytes: &[u8]) -> bool {
    bytes.starts_with(b"UNA") || (bytes.starts_with(b"UNB") && bytes.get(3).is_none_or(|b| !b.is_ascii_alphanumeric()))
}

fn no_unb(bytes: &[u8], byte: u64, element: u8) -> Finding {
    Finding::new(Code::EdifactNoUnb, Position::at(byte, 0))
        .found(bytes.get(..bytes.len().min(16)).unwrap_or_default())
        .expected(format!("UNB{}", char::from(element)))
}

/// The parts between separators that are not released.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    rest: Option<&'a [u8]>,
    separator: Option<u8>,
    release: Option<u8>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let Some(separator) = self.separator else { return Some(rest) };
        let mut released = false;
        for (at, byte) in rest.iter().enumerate() {
            if released {
                released = false;
            } else if Some(*byte) == self.release {
                released = true;
            } else if *byte == separator {
                self.rest = rest.get(at + 1..);
                return rest.get(..at);
            }
        }
        Some(rest)
    }
}

#[cfg(test)]
#[path = "tests/separators.rs"]
mod tests;
