//! The delimiters of an interchange, read from the fixed layout of its ISA segment.

use crate::document::{Code, Finding, Position};
use crate::syntax::segment::is_line_break;

/// Widths of ISA01 to ISA16, in characters (ASC X12.5, interchange control header).
pub(super) const ISA_WIDTHS: [usize; 16] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];
/// Characters of an ISA segment, the terminator included.
pub(super) const ISA_CHARS: usize = 106;
/// Most bytes looked at for an ISA: wrapped at any width down to one character a line with CR LF.
const ISA_RAW_BYTES: usize = ISA_CHARS * 3 + 4;

/// The characters that separate the parts of an interchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// Between elements; the character after `ISA`.
    pub element: u8,
    /// After each segment; of a terminator of several bytes (a UTF-8 character such as `…`) the last one.
    pub segment: u8,
    /// Between components of a composite element; ISA16.
    pub component: u8,
    /// Between repetitions of an element; ISA11 from version 00402 on, unless it holds a letter, digit or blank.
    pub repetition: Option<u8>,
    /// The bytes of the terminator before the last one; all zero for a terminator of one byte.
    lead: [u8; 3],
    /// How many of `lead` count.
    lead_len: u8,
}

impl Delimiters {
    /// Delimiters of one byte each, as they are; [`Delimiters::from_isa`] is what checks them.
    #[must_use]
    pub const fn new(element: u8, segment: u8, component: u8, repetition: Option<u8>) -> Self {
        Self { element, segment, component, repetition, lead: [0; 3], lead_len: 0 }
    }

    /// Reads the delimiters of the ISA segment that `bytes` begin with; `byte` is their offset in the file.
    ///
    /// An ISA wrapped at a fixed width is understood: line breaks before its 106th character are passed over.
    ///
    /// # Errors
    /// A finding [`Code::X12NoIsa`], [`Code::X12IsaLength`] (naming the element) or [`Code::X12Delimiters`].
    pub fn from_isa(bytes: &[u8], byte: u64) -> Result<Self, Finding> {
        if !begins_isa(bytes) {
            return Err(no_isa(bytes, byte));
        }
        let mut text = [0; ISA_CHARS];
        let (len, used) = unwrap_isa(bytes, &mut text);
        let isa = text.get(..len).unwrap_or_default();
        check_widths(isa, byte)?;
        let mut found = Self::of_layout(&text);
        found.widen(bytes, used);
        found.check(&text, byte)?;
        Ok(found)
    }

    fn of_layout(isa: &[u8; ISA_CHARS]) -> Self {
        let repetition = isa[82];
        let has_repetition = isa[84..89].iter().all(u8::is_ascii_digit)
            && &isa[84..89] >= b"00402".as_slice()
            && !repetition.is_ascii_alphanumeric()
            && repetition != b' ';
        Self::new(isa[3], isa[105], isa[104], has_repetition.then_some(repetition))
    }

    /// Takes in the rest of a terminator that is one UTF-8 character of several bytes, of which `used` counts the first.
    fn widen(&mut self, bytes: &[u8], used: usize) {
        let more = match self.segment {
            0xC2..=0xDF => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF4 => 3,
            _ => return,
        };
        let start = used.saturating_sub(1);
        let Some(char) = bytes.get(start..=start + more) else { return };
        if std::str::from_utf8(char).is_ok() {
            for (slot, lead) in self.lead.iter_mut().zip(&char[..more]) {
                *slot = *lead;
            }
            self.lead_len = u8::try_from(more).unwrap_or_default();
            self.segment = char[more];
        }
    }

    fn check(&self, isa: &[u8; ISA_CHARS], byte: u64) -> Result<(), Finding> {
        let all = [
            ("ISA element separator", 3, Some(self.element)),
            ("ISA11", 82, self.repetition),
            ("ISA16", 104, Some(self.component)),
            ("ISA segment terminator", 105, Some(self.segment)),
        ];
        let used = || all.iter().filter_map(|(_, at, delimiter)| delimiter.map(|delimiter| (*at, delimiter)));
        for (name, at, delimiter) in all {
            let Some(delimiter) = delimiter else { continue };
            let equal = used().any(|(other_at, other)| other_at != at && other == delimiter);
            let as_data = at == 105 && self.lead_len == 0 && isa[..105].contains(&delimiter);
            let kind = delimiter.is_ascii_alphanumeric() || matches!(delimiter, b' ' | b'\t' | 0);
            if kind || equal || as_data || (at != 105 && is_line_break(delimiter)) {
                return Err(Finding::new(Code::X12Delimiters, Position::at(byte + at as u64, 0).field(name))
                    .found([delimiter])
                    .expected("four different characters, none a letter, digit or blank"));
            }
        }
        Ok(())
    }

    /// The bytes of the segment terminator before its last one; empty for a terminator of one byte.
    #[must_use]
    pub fn lead(&self) -> &[u8] {
        self.lead.get(..usize::from(self.lead_len)).unwrap_or_default()
    }

    /// The components of an element, one for an element that is no composite.
    pub fn components<'a>(&self, element: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let component = self.component;
        element.split(move |byte| *byte == component)
    }

    /// The repetitions of an element, one where repetitions are not in use.
    pub fn repetitions<'a>(&self, element: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let repetition = self.repetition;
        element.split(move |byte| Some(*byte) == repetition)
    }
}

/// Whether an ISA segment begins here, sound or not.
pub(super) fn begins_isa(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ISA") && bytes.get(3).is_some_and(|byte| !byte.is_ascii_alphanumeric())
}

fn no_isa(bytes: &[u8], byte: u64) -> Finding {
    Finding::new(Code::X12NoIsa, Position::at(byte, 0))
        .found(&bytes[..bytes.len().min(16)])
        .expected("ISA and an element separator")
}

/// Copies the ISA's characters without line breaks; returns how many, and how many bytes of the input they took.
///
/// The last character is taken as it is, since the terminator may be a line break.
fn unwrap_isa(bytes: &[u8], text: &mut [u8; ISA_CHARS]) -> (usize, usize) {
    let mut len = 0;
    for (at, byte) in bytes.iter().take(ISA_RAW_BYTES).enumerate() {
        if is_line_break(*byte) && len < ISA_CHARS - 1 {
            continue;
        }
        if let Some(slot) = text.get_mut(len) {
            *slot = *byte;
            len += 1;
        }
        if len == ISA_CHARS {
            return (len, at + 1);
        }
    }
    (len, bytes.len())
}

fn check_widths(isa: &[u8], byte: u64) -> Result<(), Finding> {
    let Some(&separator) = isa.get(3) else { return Err(no_isa(isa, byte)) };
    let mut start = 4;
    for (index, width) in ISA_WIDTHS.into_iter().enumerate() {
        let rest = isa.get(start..).unwrap_or_default();
        // ISA16 has no separator after it: one character, then the terminator.
        let found = match rest.iter().position(|b| *b == separator) {
            Some(len) => len,
            None if index == 15 => rest.len().saturating_sub(1),
            None => rest.len(),
        };
        if found != width {
            return Err(Finding::new(
                Code::X12IsaLength,
                Position::at(byte + start as u64, 0).field(format!("ISA{:02}", index + 1)),
            )
            .found(format!("{found} characters"))
            .expected(format!("{width} characters")));
        }
        start += width + 1;
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/delimiters.rs"]
mod tests;
