//! One value of a document as the text of an element.

use super::columns::Column;
use super::{Sheet, Wrong};
use crate::document::{Code, Decimal, Field, Kind, Level, Type};
use crate::layout::date::{DateFormat, Moment};
use crate::layout::template::{Form, Source, Value};

/// Segment, element and component, for findings.
type At<'p> = (&'p str, usize, usize);

impl Sheet<'_, '_> {
    /// A value as text, and whether it is one of the document's.
    pub(super) fn value(&self, value: &Value, place: At<'_>) -> (Vec<u8>, bool) {
        let filling = self.filling;
        for source in &value.from {
            let mut out = Vec::new();
            let of_document = matches!(source, Source::Field(..));
            let mut counted = |number: usize| out.extend_from_slice(number.to_string().as_bytes());
            match source {
                Source::Line => counted(self.number.max(1)),
                Source::Lines => counted(self.lines.len()),
                Source::Hl => counted(self.hl),
                Source::Parent => counted(self.parent),
                Source::Levels => counted(self.last_hl),
                Source::Field(level, field) => self.field((*level, *field), value, place, &mut out),
                Source::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Source::Sum(field) => self.sum(*field, &value.form, place, &mut out),
                Source::Date => out.extend_from_slice(filling.moment.0.as_bytes()),
                Source::Time => out.extend_from_slice(filling.moment.1.as_bytes()),
            }
            if !out.is_empty() {
                return (out, of_document);
            }
        }
        (Vec::new(), false)
    }

    fn field(&self, (level, field): (Level, usize), value: &Value, place: At<'_>, out: &mut Vec<u8>) {
        let index = usize::from(level == Level::Line);
        let row = if level == Level::Line { self.line } else { Some(self.row) };
        let known = self.kind().fields(level).get(field);
        let (Some(column), Some(row), Some(known)) = (self.columns.fields[index].get(field), row, known) else {
            return;
        };
        match column {
            Column::None => {}
            Column::Decimal(values) => {
                if let Some(decimal) = values.decimal(row) {
                    self.decimal(decimal, known.kind, &value.form, place, out);
                }
            }
            Column::Text(values) => {
                if let Some(text) = values.get(row) {
                    self.text(text, known, value, place, out);
                }
            }
        }
    }

    fn kind(&self) -> Kind {
        self.filling.layout.kind
    }

    fn sum(&self, field: usize, form: &Form, place: At<'_>, out: &mut Vec<u8>) {
        let Some(Column::Decimal(values)) = self.columns.fields[1].get(field) else { return };
        let kind = self.kind().fields(Level::Line).get(field).map_or(Type::Quantity, |field| field.kind);
        let mut each = self.lines.iter().filter_map(|line| values.decimal(*line)).peekable();
        if each.peek().is_none() {
            return;
        }
        match each.try_fold(Decimal::ZERO, Decimal::checked_add) {
            Some(sum) => self.decimal(sum, kind, form, place, out),
            None => self.refuse(self.code, place, "another value", "a sum of at most 28 digits"),
        }
    }

    fn decimal(&self, decimal: Decimal, kind: Type, form: &Form, place: At<'_>, out: &mut Vec<u8>) {
        let least = if kind == Type::Money { 2 } else { 0 };
        let point = self.filling.script.point;
        match form {
            Form::Implied(places) => {
                let unit = 10_i128.pow(9_u32.saturating_sub(*places));
                if decimal.billionths() % unit != 0 {
                    self.refuse(self.code, place, "another value", &format!("at most {places} decimal places"));
                }
                out.extend_from_slice((decimal.billionths() / unit).to_string().as_bytes());
            }
            Form::Places(places) => decimal.write_with(out, *places, point),
            _ => decimal.write_with(out, least, point),
        }
    }

    fn text(&self, text: &str, field: &Field, value: &Value, place: At<'_>, out: &mut Vec<u8>) {
        let layout = self.filling.layout;
        let pairs = value.map.as_ref().and_then(|name| layout.values.get(name));
        let text = pairs.and_then(|map| map.pairs.iter().find(|(_, to)| to == text)).map_or(text, |(from, _)| from);
        let date = match (&value.form, layout.formats.dates.first()) {
            (Form::Date(format), _) => Some(format),
            (_, format) => format,
        };
        if let (Type::Date | Type::DateTime, Some(format)) = (field.kind, date) {
            write_date(text, format, out);
            return;
        }
        let Some(text) = formed(text, &value.form) else { return };
        let start = out.len();
        let replacement = self.filling.script.replacement;
        out.extend(text.bytes().map(|byte| if self.is_free(byte) { byte } else { replacement }));
        if field.kind == Type::Id && out.get(start..) != Some(text.as_bytes()) {
            let expected = "an identifier without delimiters and control characters";
            self.refuse(self.code, place, "another value", expected);
        }
        if let Some(foreign) = (self.filling.script.foreign)(text) {
            let found = format!("U+{:04X}", u32::from(foreign));
            let found = if field.personal { "1 character".to_owned() } else { found };
            self.refuse(Code::EncodingTarget, place, &found, "a character of the character set that is written");
        }
        while out.len() > start && out.last() == Some(&b' ') {
            out.pop();
        }
    }

    fn is_free(&self, byte: u8) -> bool {
        !self.filling.script.taken.contains(&byte) && !byte.is_ascii_control()
    }

    fn refuse(&self, code: Code, (id, element, component): At<'_>, found: &str, expected: &str) {
        let place = (self.filling.script.place)(id, element, component);
        let wrong = Wrong { code, place, found: found.to_owned(), expected: expected.to_owned() };
        self.wrong.borrow_mut().push(wrong);
    }
}

/// A text in its form; none if it has another one.
fn formed<'t>(text: &'t str, form: &Form) -> Option<&'t str> {
    match form {
        Form::Cut(most) => Some(head(text, *most)),
        Form::Exactly(characters) => (text.chars().count() == *characters).then_some(text),
        Form::Digits(most) => (text.len() <= *most && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text),
        Form::Piece(width, number) => piece(text, *width, *number),
        _ => Some(text),
    }
}

/// At most so many characters.
fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Line `number`, from 1, of a text broken at blanks into lines of at most `width` characters. The blank it is broken at
/// is in neither; a word that is too long is broken where it must.
fn piece(text: &str, width: usize, number: usize) -> Option<&str> {
    let mut rest = Some(text);
    for at in 1.. {
        let text = rest?;
        let full = head(text, width);
        let (line, after) = match text[full.len()..].chars().next() {
            None => (text, None),
            Some(' ') => (full, Some(&text[full.len() + 1..])),
            Some(_) => match full.rfind(' ').filter(|at| *at > 0) {
                Some(at) => (&text[..at], Some(&text[at + 1..])),
                None => (full, Some(&text[full.len()..])),
            },
        };
        if at == number {
            return Some(line);
        }
        rest = after;
    }
    None
}

/// A date in a format. A time is not written of a moment that has none, nor midnight, as which a date alone is read.
fn write_date(text: &str, format: &DateFormat, out: &mut Vec<u8>) {
    let start = out.len();
    let moment = Moment::parse_iso(text.as_bytes());
    let moment = moment.filter(|moment| moment.has_time() || !format.has_time());
    if moment.is_none_or(|moment| format.write(&moment, out).is_none()) {
        out.truncate(start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_at_blanks() {
        for (text, lines) in [
            ("", vec![""]),
            ("one", vec!["one"]),
            ("one two six", vec!["one two", "six"]),
            ("one two three", vec!["one two", "three"]),
            ("onetwothree four", vec!["onetwoth", "ree four"]),
            ("äöüäöüäö ß", vec!["äöüäöüäö", "ß"]),
            ("ab  cdefghi", vec!["ab ", "cdefghi"]),
        ] {
            let all: Vec<&str> = (1..).map_while(|number| piece(text, 8, number)).collect();
            assert_eq!(all, lines, "{text}");
        }
    }
}
