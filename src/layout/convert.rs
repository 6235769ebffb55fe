//! Values: the text in a file to the value of a field, one small closed vocabulary.

use std::collections::HashMap;

use super::date::{DateFormat, Moment};
use super::model::{Binding, Layout};
use crate::document::decimal::{DecimalError, NumberFormat};
use crate::document::{Code, Decimal, Field, Type};

/// How a binding's text becomes a value, prepared once.
pub struct Converter<'l> {
    kind: Type,
    strip: Option<&'l [u8]>,
    map: Option<(HashMap<&'l [u8], &'l str>, bool)>,
    number: NumberFormat,
    negate: bool,
    implied: i64,
    dates: &'l [DateFormat],
    yes: &'l [String],
    no: &'l [String],
}

/// A converted value.
pub enum Converted<'v> {
    /// The place is empty.
    Empty,
    /// A text.
    Text(&'v str),
    /// A decimal.
    Decimal(Decimal),
    /// Kept as it is, but not in the table of values.
    Unmapped(&'v str),
    /// Not a value of this field; the code and what was expected.
    Invalid(Code, &'static str),
}

impl<'l> Converter<'l> {
    /// The converter of a binding.
    #[must_use]
    pub fn new(layout: &'l Layout, binding: &'l Binding, field: &Field) -> Self {
        let map = binding.values.as_ref().and_then(|name| layout.values.get(name));
        let pairs = map.map(|map| {
            let pairs = map.pairs.iter().map(|(from, to)| (from.as_bytes(), to.as_str())).collect();
            (pairs, map.closed)
        });
        let dates = if binding.dates.is_empty() { &layout.formats.dates } else { &binding.dates };
        Self {
            kind: field.kind,
            strip: binding.strip.as_deref().map(str::as_bytes),
            map: pairs,
            number: layout.formats.number,
            negate: binding.negate,
            implied: 10_i64.pow(binding.implied.unwrap_or_default().min(9) as u32),
            dates,
            yes: &layout.formats.yes,
            no: &layout.formats.no,
        }
    }

    /// Converts a text; `scratch` holds values that are not in the text itself.
    pub fn convert<'v>(&'v self, text: &'v [u8], scratch: &'v mut Vec<u8>) -> Converted<'v> {
        let text = if self.kind == Type::Text { text } else { trim(text) };
        let text = self.strip.and_then(|strip| text.strip_prefix(strip)).unwrap_or(text);
        if text.is_empty() {
            return Converted::Empty;
        }
        if let Some((pairs, closed)) = &self.map {
            return match pairs.get(trim(text)) {
                Some(&"") => Converted::Empty,
                Some(value) if self.kind.is_decimal() => self.decimal(value.as_bytes()),
                Some(value) => Converted::Text(value),
                None if *closed => Converted::Invalid(Code::ValueInvalid, "a value of the layout's table"),
                None if self.kind.is_decimal() => self.decimal(text),
                None => utf8(text, Converted::Unmapped),
            };
        }
        match self.kind {
            Type::Text => utf8(text, Converted::Text),
            Type::Id => id(text),
            Type::Money | Type::Quantity => self.decimal(text),
            Type::Date => self.date(text, scratch, Moment::write_date),
            Type::DateTime => self.date(text, scratch, Moment::write_datetime),
            Type::Flag => self.flag(text),
        }
    }

    fn decimal<'v>(&self, text: &[u8]) -> Converted<'v> {
        let read = Decimal::parse_in(text, self.number);
        let scaled = |value: Decimal| match self.implied {
            1 => Ok(value),
            unit => value.scaled(1, unit, 9).map(|(value, _)| value).ok_or(DecimalError::Range),
        };
        match read.and_then(scaled) {
            Ok(value) if self.negate => {
                Decimal::from_billionths(-value.billionths()).map_or(Converted::Empty, Converted::Decimal)
            }
            Ok(value) => Converted::Decimal(value),
            Err(DecimalError::Form) => Converted::Invalid(Code::ValueInvalid, "a number"),
            Err(DecimalError::TooPrecise) => Converted::Invalid(Code::ValueInvalid, "at most 9 decimal places"),
            Err(DecimalError::Range) => Converted::Invalid(Code::ValueRange, "at most 19 digits before the point"),
        }
    }

    fn date<'v>(&self, text: &[u8], scratch: &'v mut Vec<u8>, write: fn(&Moment, &mut Vec<u8>)) -> Converted<'v> {
        let read = |format: &DateFormat| format.read(text);
        let moment = if self.dates.is_empty() { Moment::parse_iso(text) } else { self.dates.iter().find_map(read) };
        let Some(moment) = moment else {
            return Converted::Invalid(Code::DateInvalid, "a date in the layout's format");
        };
        scratch.clear();
        write(&moment, scratch);
        utf8(scratch, Converted::Text)
    }

    fn flag<'v>(&self, text: &[u8]) -> Converted<'v> {
        let is = |words: &[String]| words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text));
        if is(self.yes) {
            Converted::Text("true")
        } else if is(self.no) {
            Converted::Text("false")
        } else {
            Converted::Invalid(Code::ValueInvalid, "true or false")
        }
    }
}

fn utf8<'v>(text: &'v [u8], wrap: fn(&'v str) -> Converted<'v>) -> Converted<'v> {
    match std::str::from_utf8(text) {
        Ok(text) => wrap(text),
        Err(_) => Converted::Invalid(Code::EncodingInvalid, "UTF-8 text"),
    }
}

/// Identifiers are text; a spreadsheet's `6.79848E+12` has lost digits and is refused.
fn id(text: &[u8]) -> Converted<'_> {
    if looks_like_spreadsheet_number(text) {
        return Converted::Invalid(Code::ExcelNumber, "the identifier as the sender wrote it");
    }
    utf8(text, Converted::Text)
}

/// `1.23E+12`: digits, a point, digits, `E+`, two or more digits.
fn looks_like_spreadsheet_number(text: &[u8]) -> bool {
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let Some(at) = text.windows(2).position(|pair| pair == b"E+") else { return false };
    let (mantissa, exponent) = (&text[..at], &text[at + 2..]);
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let point = mantissa.iter().position(|b| matches!(b, b'.' | b','));
    let whole = point.map_or(digits(mantissa), |p| digits(&mantissa[..p]) && digits(&mantissa[p + 1..]));
    whole && digits(exponent)
}

/// Without ASCII blanks and no-break spaces around it.
#[must_use]
pub fn trim(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii();
    while let Some(rest) = text.strip_prefix("\u{a0}".as_bytes()) {
        text = rest.trim_ascii_start();
    }
    while let Some(rest) = text.strip_suffix("\u{a0}".as_bytes()) {
        text = rest.trim_ascii_end();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheet_numbers_are_told_from_identifiers() {
        for (text, expected) in
            [("6.79848E+12", true), ("1E+05", true), ("1E5", false), ("AE+12", false), ("E+1", false), ("12", false)]
        {
            assert_eq!(looks_like_spreadsheet_number(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn e07_blanks_of_all_kinds_are_trimmed_around_numbers() {
        assert_eq!(trim(" \u{a0}12\u{a0} ".as_bytes()), b"12");
    }
}
