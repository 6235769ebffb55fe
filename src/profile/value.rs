//! What one value may be: a number with a point, a date of some format, a GTIN … A column is what all of its values are.

use std::sync::OnceLock;

use crate::clean::country::country;
use crate::document::known::{has_check_digit, is_currency};
use crate::layout::date::DateFormat;

/// What a value may be, beside a date. Several may hold: `1` is a number and a word for yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Like {
    /// Digits, perhaps with a sign.
    Integer,
    /// A number with a decimal point, no groups: `1234.50`.
    Point,
    /// A number with a decimal comma, no groups: `1234,50`.
    Comma,
    /// A number with commas between groups: `1,234.50`.
    GroupedPoint,
    /// A number with points between groups: `1.234,50`.
    GroupedComma,
    /// A number with a currency's sign or code.
    Symbols,
    /// A GTIN of 8, 12, 13 or 14 digits with its check digit.
    Gtin,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A country of ISO 3166, by code or name.
    Country,
    /// A currency code of ISO 4217.
    Currency,
    /// A word for yes or no.
    Flag,
    /// An address of the web.
    Link,
    /// A number above zero.
    Positive,
    /// Digits with a zero in front, which a spreadsheet would take away.
    LeadingZero,
    /// A letter is in it.
    Letters,
}

impl Like {
    /// How many there are.
    pub const COUNT: usize = 16;
}

/// Several of [`Like`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Likes(u32);

impl Likes {
    fn add(&mut self, like: Like) {
        self.0 |= 1 << like as u32;
    }

    fn with(mut self, like: Like, holds: bool) -> Self {
        if holds {
            self.add(like);
        }
        self
    }

    /// Whether it is one of them.
    #[must_use]
    pub const fn has(self, like: Like) -> bool {
        self.0 & 1 << like as u32 != 0
    }

    /// Their numbers.
    pub fn each(self) -> impl Iterator<Item = usize> {
        (0..Like::COUNT).filter(move |at| self.0 & 1 << at != 0)
    }
}

/// What a value, trimmed and not empty, may be.
#[must_use]
pub fn likes(value: &[u8]) -> Likes {
    let (mut digits, mut letters, mut others) = (0_usize, 0_usize, 0_usize);
    for byte in value {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => letters += 1,
            _ => others += 1,
        }
    }
    let mut likes = Likes::default().with(Like::Letters, letters > 0);
    if digits > 0 && letters <= 3 {
        number(value, letters + others == 0, &mut likes);
    }
    if letters == 0 && others == 0 {
        return likes
            .with(Like::Gtin, has_check_digit(value))
            .with(Like::Phone, (9..=15).contains(&digits))
            .with(Like::Flag, matches!(value, b"0" | b"1"));
    }
    if letters == 0 {
        return likes.with(Like::Phone, is_phone(value, digits));
    }
    let text = std::str::from_utf8(value).unwrap_or_default();
    likes
        .with(Like::Email, is_email(value))
        .with(Like::Link, value.starts_with(b"http://") || value.starts_with(b"https://"))
        .with(Like::Currency, value.len() == 3 && is_currency(text))
        .with(Like::Country, digits == 0 && value.len() <= COUNTRY_BYTES && country(text).is_some())
        .with(Like::Flag, is_flag(text))
        .with(Like::Phone, letters <= 4 && others > 0 && is_phone(value, digits))
}

/// Longest name of a country, in bytes.
const COUNTRY_BYTES: usize = 60;

/// Words for yes and no, in small letters.
pub const YES: &[&str] = &["true", "yes", "y", "ja", "j", "oui", "si", "sí", "wahr", "vrai", "1"];
/// Words for no.
pub const NO: &[&str] = &["false", "no", "n", "nein", "non", "falsch", "faux", "0"];

fn is_flag(text: &str) -> bool {
    text.len() <= 6 && YES.iter().chain(NO).any(|word| word.eq_ignore_ascii_case(text))
}

/// `"a@b.example"`: one @, something in front, a point behind, no blank. Quoted local parts are not taken.
#[must_use]
pub fn is_email(value: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', value) else { return false };
    let (local, domain) = (&value[..at], &value[at + 1..]);
    let sound = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'@' | b',' | b';' | b'<' | b'>');
    let point = memchr::memrchr(b'.', domain);
    !local.is_empty()
        && value.len() <= 254
        && local.iter().chain(domain).all(sound)
        && point.is_some_and(|point| point > 0 && domain.len() - point > 2)
        && !domain.starts_with(b".")
}

/// Digits (6 to 15, as ITU-T E.164 allows) with the marks that people write between them, perhaps an extension.
fn is_phone(value: &[u8], digits: usize) -> bool {
    let value = value.strip_prefix(b"'").unwrap_or(value);
    let marks =
        |byte: &u8| matches!(byte, b'0'..=b'9' | b' ' | b'-' | b'(' | b')' | b'/' | b'.' | b'+' | b'x' | b'e' | b't');
    let begins = value.first().is_some_and(|byte| matches!(byte, b'+' | b'(' | b'0'..=b'9'));
    let looks =
        value.starts_with(b"+") || value.iter().filter(|byte| matches!(byte, b' ' | b'-' | b'/' | b'(')).count() > 0;
    (6..=15).contains(&digits) && begins && looks && value.iter().all(marks) && !looks_like_date(value)
}

/// `2026-03-05 10:00` and `05.03.2026` are made of the marks of phone numbers.
fn looks_like_date(value: &[u8]) -> bool {
    let groups: Vec<usize> =
        value.split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len).filter(|len| *len > 0).collect();
    matches!(groups.as_slice(), [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4 | 2, ..])
}

fn number(value: &[u8], only_digits: bool, likes: &mut Likes) {
    if only_digits {
        likes.add(Like::Integer);
        let zero = value.len() > 1 && value.starts_with(b"0");
        *likes = likes.with(Like::LeadingZero, zero).with(Like::Positive, value.iter().any(|byte| *byte != b'0'));
        return;
    }
    let core = value.trim_ascii();
    let is_mark = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b',' | b'-' | b'+' | b'\'');
    let (first, last) = match (core.iter().position(is_mark), core.iter().rposition(is_mark)) {
        (Some(first), Some(last)) => (first, last),
        _ => return,
    };
    let sign = core.starts_with(b"-") || core.ends_with(b"-") || core.starts_with(b"(");
    let symbols = first > 0 || last + 1 < core.len();
    let inner = core[first..=last].trim_ascii_start();
    let inner = inner.strip_prefix(b"-").or_else(|| inner.strip_prefix(b"+")).unwrap_or(inner);
    let inner = inner.strip_suffix(b"-").unwrap_or(inner);
    if symbols && !is_symbol(&core[..first]) | !is_symbol(&core[last + 1..]) {
        return;
    }
    let Some(kind) = number_kind(inner) else { return };
    likes.add(kind);
    let positive = !sign && inner.iter().any(|byte| (b'1'..=b'9').contains(byte));
    *likes = likes.with(Like::Symbols, symbols).with(Like::Positive, positive);
}

fn is_symbol(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or("?").trim();
    text.is_empty()
        || is_currency(text)
        || matches!(text, "$" | "€" | "£" | "¥" | "US $" | "AU $" | "C $" | "kr" | "Fr." | "zł")
}

/// Which kind of number it is; without a mark an integer.
fn number_kind(text: &[u8]) -> Option<Like> {
    let marks: Vec<(usize, u8)> =
        text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_digit()).map(|(at, byte)| (at, *byte)).collect();
    if text.first().is_none_or(|byte| !byte.is_ascii_digit() && *byte != b'.') {
        return None;
    }
    match marks.as_slice() {
        [] => Some(Like::Integer),
        [(_, b'.')] => Some(Like::Point),
        [(_, b',')] => Some(Like::Comma),
        [groups @ .., (at, last)] => {
            let group = groups.first()?.1;
            let same = groups.iter().all(|(_, mark)| *mark == group);
            let whole: Vec<&[u8]> = text[..*at].split(|byte| *byte == group).collect();
            let threes = whole.iter().skip(1).all(|part| part.len() == 3) && whole[0].len() <= 3;
            match (group, *last) {
                _ if !same || !threes => None,
                (b',', b'.') => Some(Like::GroupedPoint),
                (b'.', b',') => Some(Like::GroupedComma),
                (b',', b',') if text.len() - at == 4 => Some(Like::GroupedPoint),
                (b'.', b'.') if text.len() - at == 4 => Some(Like::GroupedComma),
                _ => None,
            }
        }
    }
}

/// Date formats that are tried, as layouts write them. Where day and month can be told apart by no value, the first of
/// two that fit is a guess.
pub const DATES: &[&str] = &[
    "iso",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%b-%d-%y",
    "%b-%d-%Y",
    "%b %d, %Y",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y, %I:%M %p",
    "%b %d, %Y, %I:%M:%S %p",
    "%b %d, %Y %H:%M:%S",
    "%d %b %Y",
    "%d. %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d %Y",
];

/// [`DATES`], compiled.
pub fn dates() -> &'static [DateFormat] {
    static COMPILED: OnceLock<Vec<DateFormat>> = OnceLock::new();
    COMPILED.get_or_init(|| DATES.iter().filter_map(|text| DateFormat::compile(text).ok()).collect())
}

/// Whether it is worth a try to read a value as a date.
#[must_use]
pub fn may_be_date(value: &[u8]) -> bool {
    (6..=40).contains(&value.len()) && value.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_compiles() {
        assert_eq!(dates().len(), DATES.len());
    }

    #[test]
    fn values_and_what_they_may_be() {
        use Like::*;
        for (value, yes, no) in [
            ("12", &[Integer, Positive][..], &[Point, Phone, Gtin, LeadingZero][..]),
            ("0", &[Integer, Flag], &[Positive, LeadingZero]),
            ("-5", &[Integer], &[Positive]),
            ("007", &[Integer, LeadingZero, Positive], &[]),
            ("12.50", &[Point, Positive], &[Comma, Phone]),
            ("55.12-", &[Point], &[Positive]),
            ("12,50", &[Comma], &[Point]),
            ("1,234.50", &[GroupedPoint], &[Comma, Point]),
            ("1.234,50", &[GroupedComma], &[Comma, Point]),
            ("1.234.567", &[GroupedComma], &[Point]),
            ("1,23,4", &[], &[Comma, GroupedPoint]),
            ("$1,433.66", &[GroupedPoint, Symbols], &[]),
            ("12,50 €", &[Comma, Symbols], &[]),
            ("4006381333931", &[Gtin, Integer], &[]),
            ("4006381333932", &[Integer], &[Gtin]),
            ("buyer@shop.example", &[Email], &[Phone]),
            ("buyer@shop", &[], &[Email]),
            ("+1 202-555-0106", &[Phone], &[Integer]),
            ("030/123456", &[Phone], &[]),
            ("2026-03-05", &[], &[Phone, Integer]),
            ("05.03.2026", &[], &[Phone, Point]),
            ("EUR", &[Currency], &[Country]),
            ("DE", &[Country], &[Currency]),
            ("Deutschland", &[Country], &[]),
            ("ja", &[Flag, Letters], &[]),
            ("https://shop.example/a", &[Link], &[Email]),
            ("SKU-1", &[Letters], &[Integer, Phone, Point]),
        ] {
            let found = likes(value.as_bytes());
            for like in yes {
                assert!(found.has(*like), "{value} is {like:?}");
            }
            for like in no {
                assert!(!found.has(*like), "{value} is no {like:?}");
            }
        }
    }
}
