//! One value of a document as the text of an element.

use super::Sheet;
use super::columns::Column;
use super::told::{Wrong, length};
use crate::document::{Code, Decimal, Field, Level, Type};
use crate::layout::date::{DateFormat, Moment};
use crate::layout::template::{Form, Source, Value, Worth};

/// What stands between the items of a text of several, and between the words of one.
const ITEMS: &str = "; ";

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
                Source::Field(..) => self.field(source, value, place, &mut out),
                Source::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Source::Item => counted(self.item.unwrap_or_default() + 1),
                Source::Worth(worth) => self.worth(*worth, value, place, &mut out),
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

    /// How many items the text of a value has.
    pub(super) fn items(&self, value: &Value) -> usize {
        let texts = value.from.iter().filter_map(|source| match source {
            Source::Field(level, field) => self.columns.shown(*level, *field, self.row_of(*level)?),
            _ => None,
        });
        texts.map(|text| text.split(ITEMS).count()).next().unwrap_or_default()
    }

    fn row_of(&self, level: Level) -> Option<usize> {
        if level == Level::Line { self.line } else { Some(self.row) }
    }

    fn field(&self, source: &Source, value: &Value, place: At<'_>, out: &mut Vec<u8>) {
        let Source::Field(level, field) = source else { return };
        let index = usize::from(*level == Level::Line);
        let known = self.filling.kind().fields(*level).get(*field);
        let column = self.columns.fields[index].get(*field);
        let (Some(column), Some(row), Some(known)) = (column, self.row_of(*level), known) else { return };
        match column {
            Column::None => {}
            Column::Decimal(values) => {
                let written = |decimal: &Decimal| !value.not_zero || *decimal != Decimal::ZERO;
                if let Some(decimal) = values.decimal(row).filter(written) {
                    self.decimal(decimal, known.kind, &value.form, place, out);
                }
            }
            Column::Text(values) => {
                if let Some(text) = values.get(row).filter(|text| !text.is_empty()) {
                    let taken = self.text(text, (known, source), value, place, out);
                    if self.code.is_some() {
                        self.ask(source, row, taken);
                    }
                }
            }
        }
    }

    /// An amount that is worked out, if what it takes is there.
    fn worth(&self, worth: Worth, value: &Value, place: At<'_>, out: &mut Vec<u8>) {
        let amounts = super::amounts::Amounts { columns: self.columns, kind: self.filling.kind() };
        let (row, lines) = (self.row, self.lines);
        let found = match worth {
            Worth::Net => self.line.and_then(|line| amounts.net(line)),
            Worth::NetPrice => self.line.and_then(|line| amounts.prices(line)).map(|(net, _)| net),
            Worth::GrossPrice => self
                .line
                .and_then(|line| amounts.prices(line))
                .filter(|(net, gross)| net != gross)
                .map(|(_, gross)| gross),
            Worth::Discount => amounts.discount(row, lines),
            Worth::SumNet => return self.add(amounts.nets(lines), Type::Money, &value.form, place, out),
            Worth::Total => {
                return self.add(
                    amounts.nets(lines).chain(amounts.of_header(row)),
                    Type::Money,
                    &value.form,
                    place,
                    out,
                );
            }
        };
        if let Some(amount) = found.filter(|amount| !value.not_zero || *amount != Decimal::ZERO) {
            self.decimal(amount, Type::Money, &value.form, place, out);
        }
    }

    fn sum(&self, field: usize, form: &Form, place: At<'_>, out: &mut Vec<u8>) {
        let kind = self.filling.kind().fields(Level::Line).get(field).map_or(Type::Quantity, |field| field.kind);
        let each = self.lines.iter().filter_map(|line| self.columns.decimal(Level::Line, field, *line));
        self.add(each, kind, form, place, out);
    }

    /// The sum of values, if there is any.
    fn add(&self, values: impl Iterator<Item = Decimal>, kind: Type, form: &Form, place: At<'_>, out: &mut Vec<u8>) {
        let mut each = values.peekable();
        if each.peek().is_none() {
            return;
        }
        match each.try_fold(Decimal::ZERO, Decimal::checked_add) {
            Some(sum) => self.decimal(sum, kind, form, place, out),
            None => self.refuse(place, "another value", "a sum of at most 28 digits"),
        }
    }

    fn decimal(&self, decimal: Decimal, kind: Type, form: &Form, place: At<'_>, out: &mut Vec<u8>) {
        let least = if kind == Type::Money { 2 } else { 0 };
        let point = self.filling.script.point;
        match form {
            Form::Implied(places) => {
                let unit = 10_i128.pow(9_u32.saturating_sub(*places));
                if decimal.billionths() % unit != 0 {
                    self.refuse(place, "another value", &format!("at most {places} decimal places"));
                }
                out.extend_from_slice((decimal.billionths() / unit).to_string().as_bytes());
            }
            Form::Places(places) => decimal.write_with(out, *places, point),
            _ => decimal.write_with(out, least, point),
        }
    }

    /// A text; whether its form takes it.
    fn text(
        &self,
        text: &str,
        (field, source): (&Field, &Source),
        value: &Value,
        place: At<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        let layout = self.filling.layout;
        let pairs = value.map.as_ref().and_then(|name| layout.values.get(name));
        let text = pairs.and_then(|map| map.pairs.iter().find(|(_, to)| to == text)).map_or(text, |(from, _)| from);
        let date = match (&value.form, layout.formats.dates.first()) {
            (Form::Date(format), _) => Some(format),
            (_, format) => format,
        };
        if let (Type::Date | Type::DateTime, Some(format)) = (field.kind, date) {
            write_date(text, format, out);
            return true;
        }
        let Some(written) = self.formed(text, &value.form) else {
            return !matches!(value.form, Form::Exactly(_) | Form::Digits(_));
        };
        let start = out.len();
        let replacement = self.filling.script.replacement;
        out.extend(written.bytes().map(|byte| if self.is_free(byte) { byte } else { replacement }));
        if self.code.is_some() {
            let changed = out.get(start..) != Some(written.as_bytes());
            self.check(text, written, changed, (field, source), (value, place));
        }
        while out.len() > start && out.last() == Some(&b' ') {
            out.pop();
        }
        true
    }

    /// Tells what became of a text that is not written as it is.
    fn check(
        &self,
        text: &str,
        written: &str,
        changed: bool,
        (field, source): (&Field, &Source),
        (value, place): (&Value, At<'_>),
    ) {
        if changed && (field.kind == Type::Id || matches!(value.form, Form::Word(..))) {
            self.refuse(place, "another value", "an identifier without delimiters and control characters");
        }
        if let Some(foreign) = (self.filling.script.foreign)(written) {
            let found = format!("U+{:04X}", u32::from(foreign));
            let found = if field.personal { "1 character".to_owned() } else { found };
            self.tell(Code::EncodingTarget, place, &found, "a character of the character set that is written");
        }
        let most = match value.form {
            Form::Cut(most) if written.len() < text.len() => format!("at most {most}"),
            Form::Piece(width, number) if self.is_last(source, number) && piece(text, width, number + 1).is_some() => {
                format!("at most {number} lines of {width}")
            }
            _ => return,
        };
        if field.kind == Type::Id {
            self.refuse(place, &length(text), &most);
        } else {
            self.tell(Code::TextCut, place, &length(text), &most);
        }
    }

    /// Whether no line behind this one is written of a text that is broken into lines.
    fn is_last(&self, source: &Source, number: usize) -> bool {
        self.filling.asked.pieces.iter().any(|(known, most)| known == source && *most == number)
    }

    fn is_free(&self, byte: u8) -> bool {
        !self.filling.script.taken.contains(&byte) && !byte.is_ascii_control()
    }

    /// Tells that a value cannot be written.
    fn refuse(&self, place: At<'_>, found: &str, expected: &str) {
        if let Some(code) = self.code {
            self.tell(code, place, found, expected);
        }
    }

    fn tell(&self, code: Code, (id, element, component): At<'_>, found: &str, expected: &str) {
        let place = (self.filling.script.place)(id, element, component);
        let (found, expected) = (found.to_owned(), expected.to_owned());
        self.wrong.borrow_mut().push(Wrong { code, place, found, expected, line: self.line });
    }

    /// A text in its form; none if it has another one.
    fn formed<'t>(&self, text: &'t str, form: &Form) -> Option<&'t str> {
        match form {
            Form::Cut(most) => Some(head(text, *most)),
            Form::Exactly(characters) => (text.chars().count() == *characters).then_some(text),
            Form::Digits(most) => (text.len() <= *most && text.bytes().all(|b| b.is_ascii_digit())).then_some(text),
            Form::Piece(width, number) => piece(text, *width, *number),
            Form::Word(number, rest) => word(text.split(ITEMS).nth(self.item?)?, *number, *rest),
            _ => Some(text),
        }
    }
}

/// Word `number`, from 1, of words with one blank between; with `rest` also what stands behind it.
fn word(item: &str, number: usize, rest: bool) -> Option<&str> {
    let from = item.splitn(number, ' ').nth(number - 1)?;
    if rest { Some(from) } else { from.split(' ').next() }
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
