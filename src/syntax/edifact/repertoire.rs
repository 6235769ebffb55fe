//! The character sets that UNB names (ISO 9735, data element 0001), and the characters of levels A and B.

use std::borrow::Cow;

use crate::syntax::encoding::Encoding;
use crate::syntax::segment::is_line_break;

/// The syntax identifier of an interchange, such as `UNOC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// UNOA: capital letters, digits and signs of ISO 646.
    A,
    /// UNOB: ISO 646 with small letters.
    B,
    /// UNOC to UNOL: a part of ISO 8859.
    Iso8859(u8),
    /// UNOW and UNOY: UTF-8.
    Utf8,
}

impl Level {
    /// The level of a syntax identifier; none for UNOX, whose escape sequences are not decoded, and unknown ones.
    #[must_use]
    pub fn of(identifier: &[u8]) -> Option<Self> {
        Some(match identifier {
            b"UNOA" => Self::A,
            b"UNOB" => Self::B,
            b"UNOC" => Self::Iso8859(1),
            b"UNOD" => Self::Iso8859(2),
            b"UNOE" => Self::Iso8859(5),
            b"UNOF" => Self::Iso8859(7),
            b"UNOG" => Self::Iso8859(3),
            b"UNOH" => Self::Iso8859(4),
            b"UNOI" => Self::Iso8859(6),
            b"UNOJ" => Self::Iso8859(8),
            b"UNOK" => Self::Iso8859(9),
            b"UNOL" => Self::Iso8859(15),
            b"UNOW" | b"UNOY" => Self::Utf8,
            _ => return None,
        })
    }

    /// Its syntax identifier.
    #[must_use]
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::A => "UNOA",
            Self::B => "UNOB",
            Self::Iso8859(2) => "UNOD",
            Self::Iso8859(5) => "UNOE",
            Self::Iso8859(7) => "UNOF",
            Self::Iso8859(3) => "UNOG",
            Self::Iso8859(4) => "UNOH",
            Self::Iso8859(6) => "UNOI",
            Self::Iso8859(8) => "UNOJ",
            Self::Iso8859(9) => "UNOK",
            Self::Iso8859(15) => "UNOL",
            Self::Iso8859(_) => "UNOC",
            Self::Utf8 => "UNOY",
        }
    }

    /// The encoding of its bytes. Levels A and B are read as ISO 8859-1, so that a wrong character can be shown.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        let part = match self {
            Self::A | Self::B => 1,
            Self::Iso8859(part) => part,
            Self::Utf8 => return Encoding::Utf8,
        };
        Encoding::from_name(&format!("iso-8859-{part}")).unwrap_or(Encoding::Utf8)
    }

    /// Whether level A or B has this byte; the other levels have every character that their encoding has.
    #[must_use]
    pub const fn has(self, byte: u8) -> bool {
        match self {
            Self::A => has_a(byte),
            // Beside the capital letters' set: small letters, and the information separators IS 1, IS 3 and IS 4.
            Self::B => has_a(byte) || byte.is_ascii_lowercase() || matches!(byte, 0x1C | 0x1D | 0x1F),
            Self::Iso8859(_) | Self::Utf8 => true,
        }
    }

    /// Bytes as text; none if they are none in the encoding.
    #[must_use]
    pub fn text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self.encoding() {
            Encoding::Legacy(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
            _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        }
    }

    /// Whether [`Level::has`] can refuse a byte.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        matches!(self, Self::A | Self::B)
    }
}

/// The characters of level A (ISO 9735, clause on character repertoire).
const fn has_a(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b' '..=b'"' | b'%'..=b'/' | b':'..=b'?')
}

/// Bytes in which the UNB of a file is looked for: UNA, line breaks and the first element.
const HEAD_BYTES: usize = 64;

/// The encoding of a file that begins with these bytes; none if no UNB with a known syntax identifier is there.
#[must_use]
pub fn encoding_of(head: &[u8]) -> Option<Encoding> {
    let head = head.get(..head.len().min(HEAD_BYTES)).unwrap_or_default();
    let at = memchr::memmem::find(head, b"UNB")?;
    let first: Vec<u8> = head.iter().skip(at + 4).filter(|byte| !is_line_break(**byte)).copied().collect();
    Level::of(first.get(..4)?).map(Level::encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_identifier_and_encoding() {
        for (identifier, encoding) in [
            ("UNOA", "windows-1252"),
            ("UNOB", "windows-1252"),
            ("UNOC", "windows-1252"),
            ("UNOD", "ISO-8859-2"),
            ("UNOE", "ISO-8859-5"),
            ("UNOF", "ISO-8859-7"),
            ("UNOG", "ISO-8859-3"),
            ("UNOH", "ISO-8859-4"),
            ("UNOI", "ISO-8859-6"),
            ("UNOJ", "ISO-8859-8"),
            ("UNOK", "windows-1254"),
            ("UNOL", "ISO-8859-15"),
            ("UNOY", "utf-8"),
        ] {
            let level = Level::of(identifier.as_bytes()).unwrap();
            assert_eq!((level.identifier(), level.encoding().name()), (identifier, encoding));
        }
        assert_eq!(Level::of(b"UNOX"), None);
        assert_eq!(Level::of(b"UNOW"), Some(Level::Utf8));
    }

    #[test]
    fn the_characters_of_levels_a_and_b() {
        let a: String = (0..=127u8).filter(|byte| Level::A.has(*byte)).map(char::from).collect();
        assert_eq!(a, " !\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        let more: String = (0..=255u8).filter(|b| Level::B.has(*b) && !Level::A.has(*b)).map(char::from).collect();
        assert_eq!(more, "\u{1C}\u{1D}\u{1F}abcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn the_encoding_of_a_head() {
        assert_eq!(encoding_of(b"UNA:+.? '\r\nUNB+UNOD:3+A").map(|e| e.name()), Some("ISO-8859-2"));
        assert_eq!(encoding_of(b"UNB+UN\r\nOE:3+A").map(|e| e.name()), Some("ISO-8859-5"));
        assert_eq!(encoding_of(b"UNB+UNOY:4+A").map(|e| e.name()), Some("utf-8"));
        assert_eq!(encoding_of(b"UNH+1+ORDERS"), None);
    }
}
