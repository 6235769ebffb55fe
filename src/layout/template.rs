//! The segments of a written set, as the layout lists them: one text for each segment, in the form of its dialect.
//!
//! ```text
//! "BEG*00*SA*{number}**{ordered_at}"        constants, and fields in braces
//! "CUR*BY*{currency}"                       left out when none of its fields has a value
//! "N1*ST*{ship_to.name}*[92*{ship_to.code}]"
//! "  N3*{ship_to.address1}"                 two blanks deeper: below N1, which is written when one of them is
//! "PO1*{#line}*{quantity}*{unit}***(VN*{sku})(UP*{gtin})"
//! "LIN+{#line}++[{gtin:#12}:UP|{gtin}:EN]"  EDIFACT, with components
//! ```
//!
//! - `[ … ]` is left empty when none of its fields has a value; `( … )` is left out, so that what follows moves up.
//! - `x|y`, outside braces, is the first that has a value, within `[ … ]` or `( … )` or for one element; else the last.
//! - `{a|b|'text'}` is the first that has a value; a text in quotes counts as none when it is asked whether a segment
//!   has one. `{a?}` is needed: without it, neither the segment nor those below it are written; `{a!}` is needed too, and zero is none.
//! - Names are fields of the line where there is a line, else of the header; `^name` is always the header's.
//! - `{a=table}` goes through a table of `[values]`; `{a:%Y%m%d}` is a date format, `{a:2}` so many decimal places at
//!   least, `{a:N2}` so many without the point, `{a:<30}` at most so many characters, `{a:#12}` only a text of just so many,
//!   `{a:D6}` only one of at most so many digits, and `{a:35/2}` the second of the lines of at most 35 characters that it
//!   makes when it is broken at blanks.
//! - A text of several items with `; ` between is written as a segment for each: `{a:;1}` is the first word of the item,
//!   `{a:;3+}` the third and all behind it, an element each, and `#item` the number of the item.
//! - `#net` is what a line comes to with its own discount, charges and freight, `#net_price` the same for one unit,
//!   `#gross_price` its price where that is another one, `#sum.net` all lines together, `#discount` the discount of
//!   the header less those of lines where the total shows that it has them in it, and `#total` the lines with what the
//!   header adds and takes off.
//! - `#line`, `#lines`, `#hl`, `#parent`, `#levels`, `#sum.quantity`, `#date` and `#time` are counted, not read. `#hl` is the
//!   number of the level of a tree, as HL and CPS have them; a level that does not write it has none.

use super::date::DateFormat;
use crate::document::{Kind, Level};

/// The signs of a dialect in these texts.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    element: char,
    component: Option<char>,
}

impl Signs {
    /// X12, whose composites no layout writes.
    pub const X12: Self = Self { element: '*', component: None };
    /// EDIFACT.
    pub const EDIFACT: Self = Self { element: '+', component: Some(':') };
}

/// One segment.
#[derive(Debug)]
pub struct Template {
    /// Its ID.
    pub id: String,
    /// How deep it stands below others.
    pub depth: usize,
    /// Its elements in their order.
    pub parts: Vec<Part>,
}

/// Elements that stand or fall together.
#[derive(Debug)]
pub struct Part {
    /// The elements, or several choices of them: the first that has a value counts, else the last.
    pub choices: Vec<Vec<Element>>,
    /// What becomes of them when no field has a value.
    pub without: Without,
}

/// What becomes of a part when none of its fields has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// It is written all the same.
    Stays,
    /// Its elements are empty.
    Empty,
    /// Its elements are left out, and what follows moves up.
    MovesUp,
}

/// One element: its components, of which there is one where it is no composite.
pub type Element = Vec<Component>;

/// One component of an element.
#[derive(Debug)]
pub enum Component {
    /// A constant.
    Literal(String),
    /// A value.
    Value(Value),
}

/// A value of a document.
#[derive(Debug)]
pub struct Value {
    /// Alternatives, the first that has a value counts.
    pub from: Vec<Source>,
    /// Whether the segment is left out without it.
    pub needed: bool,
    /// Whether nothing is as good as no value.
    pub not_zero: bool,
    /// The table of values that it goes through.
    pub map: Option<String>,
    /// How it is written.
    pub form: Form,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A field of the header or of the line.
    Field(Level, usize),
    /// A text.
    Literal(String),
    /// The number of the line in its set.
    Line,
    /// How many lines the document has.
    Lines,
    /// The number of the HL segment.
    Hl,
    /// The number of the HL segment above.
    Parent,
    /// How many HL segments the set has.
    Levels,
    /// The sum of a decimal field of the lines.
    Sum(usize),
    /// The number of the item, of a segment that is written for each item of a text.
    Item,
    /// What is worked out of amounts.
    Worth(Worth),
    /// The date of the interchange.
    Date,
    /// The time of the interchange.
    Time,
}

/// An amount that is worked out, with the discounts, charges and freight of lines in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Of the line.
    Net,
    /// Of a unit of the line.
    NetPrice,
    /// The price without them, of a line that has some.
    GrossPrice,
    /// Of all lines.
    SumNet,
    /// What the header takes off beside what lines do: some shops count these in the header's discount again, which its
    /// total shows.
    Discount,
    /// Of the document: the lines, less the discount, with charges, freight and tax of the header.
    Total,
}

/// How a value is written.
#[derive(Debug)]
pub enum Form {
    /// As its field is written.
    Plain,
    /// A date.
    Date(DateFormat),
    /// At least so many decimal places.
    Places(usize),
    /// So many decimal places, and no point (type N2).
    Implied(u32),
    /// At most so many characters.
    Cut(usize),
    /// Only a text of exactly so many characters.
    Exactly(usize),
    /// Only a text of at most so many digits.
    Digits(usize),
    /// Of the lines of at most so many characters, into which it is broken at blanks, the one of this number, from 1.
    Piece(usize, usize),
    /// Of an item of a text, the word of this number, from 1; with true those behind it too, an element each.
    Word(usize, bool),
}

impl Template {
    /// Reads a segment; names are fields of `kind`, of the line first if there is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, signs: Signs, kind: Kind, in_line: bool) -> Result<Self, String> {
        let body = text.trim_start_matches(' ');
        let depth = (text.len() - body.len()) / 2;
        let (id, rest) = body.split_once(signs.element).unwrap_or((body, ""));
        if !(2..=3).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(format!("a segment of two or three characters instead of {id:?}"));
        }
        let names = Names { signs, kind, in_line };
        let parts = if rest.is_empty() { Vec::new() } else { names.parts(rest)? };
        let template = Self { id: id.to_owned(), depth, parts };
        match template.items() {
            Some(_) if depth > 0 => Err(format!("a segment for each item at the outermost depth instead of {text}")),
            _ => Ok(template),
        }
    }

    /// The value of which it writes a segment for each item.
    #[must_use]
    pub fn items(&self) -> Option<&Value> {
        self.values().find(|value| matches!(value.form, Form::Word(..)))
    }

    /// The values it has.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let elements = self.parts.iter().flat_map(|part| part.choices.iter().flatten());
        elements.flatten().filter_map(|component| match component {
            Component::Value(value) => Some(value),
            Component::Literal(_) => None,
        })
    }

    /// The constants it has.
    pub fn literals(&self) -> impl Iterator<Item = &String> {
        let elements = self.parts.iter().flat_map(|part| part.choices.iter().flatten());
        elements.flatten().filter_map(|component| match component {
            Component::Literal(text) => Some(text),
            Component::Value(_) => None,
        })
    }
}

/// Reads one value without braces, such as `order|^order`.
///
/// # Errors
/// What is wrong with it.
pub fn value(text: &str, kind: Kind, in_line: bool) -> Result<Value, String> {
    Names { signs: Signs::X12, kind, in_line }.value(text)
}

struct Names {
    signs: Signs,
    kind: Kind,
    in_line: bool,
}

impl Names {
    fn parts(&self, text: &str) -> Result<Vec<Part>, String> {
        let star = self.signs.element;
        let (mut parts, mut rest) = (Vec::new(), text);
        loop {
            let (without, close) = match rest.as_bytes().first() {
                Some(b'[') => (Without::Empty, Some(']')),
                Some(b'(') => (Without::MovesUp, Some(')')),
                _ => (Without::Stays, None),
            };
            let (inner, after) = match close {
                Some(close) => rest[1..].split_once(close).ok_or_else(|| format!("a closing {close} in {text}"))?,
                None => rest.split_at(rest.find(star).unwrap_or(rest.len())),
            };
            let elements = |choice: &str| choice.split(star).map(|element| self.element(element)).collect();
            let choices = outside_braces(inner, '|').into_iter().map(elements).collect::<Result<_, _>>()?;
            parts.push(Part { choices, without });
            rest = match after.strip_prefix(star) {
                Some(after) => after,
                None if after.is_empty() => return Ok(parts),
                // Parts in brackets may follow each other without a separator.
                None if after.starts_with(['[', '(']) => after,
                None => return Err(format!("a {star} before {after}")),
            };
        }
    }

    fn element(&self, text: &str) -> Result<Element, String> {
        match self.signs.component {
            Some(component) => outside_braces(text, component).into_iter().map(|text| self.component(text)).collect(),
            None => Ok(vec![self.component(text)?]),
        }
    }

    fn component(&self, text: &str) -> Result<Component, String> {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(inner) => self.value(inner).map(Component::Value),
            None if text.contains(['{', '}', '[', ']', '(', ')']) => {
                Err(format!("an element that is a constant or one value in braces instead of {text}"))
            }
            None => Ok(Component::Literal(text.to_owned())),
        }
    }

    fn value(&self, text: &str) -> Result<Value, String> {
        let (text, form) = match text.split_once(':') {
            Some((text, form)) => (text, self::form(form)?),
            None => (text, Form::Plain),
        };
        let (text, map) = match text.split_once('=') {
            Some((text, map)) => (text, Some(map.to_owned())),
            None => (text, None),
        };
        let not_zero = text.ends_with('!');
        let needed = not_zero || text.ends_with('?');
        let text = text.strip_suffix(['?', '!']).unwrap_or(text);
        let from = text.split('|').map(|name| self.source(name)).collect::<Result<_, _>>()?;
        Ok(Value { from, needed, not_zero, map, form })
    }

    fn source(&self, name: &str) -> Result<Source, String> {
        if let Some(text) = name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Ok(Source::Literal(text.to_owned()));
        }
        if let Some(counted) = name.strip_prefix('#') {
            return self.counted(counted);
        }
        let own = if self.in_line { self.kind.field(Level::Line, name) } else { None };
        let own = own.map(|field| Source::Field(Level::Line, field));
        let header = self.kind.field(Level::Header, name.strip_prefix('^').unwrap_or(name));
        own.or(header.map(|field| Source::Field(Level::Header, field)))
            .ok_or_else(|| format!("a field of {} documents instead of {name}", self.kind.as_str()))
    }

    fn counted(&self, name: &str) -> Result<Source, String> {
        let worth = match name {
            "net" => Some(Worth::Net),
            "net_price" => Some(Worth::NetPrice),
            "gross_price" => Some(Worth::GrossPrice),
            "sum.net" => Some(Worth::SumNet),
            "discount" => Some(Worth::Discount),
            "total" => Some(Worth::Total),
            _ => None,
        };
        if let Some(worth) = worth {
            return Ok(Source::Worth(worth));
        }
        if let Some(field) = name.strip_prefix("sum.") {
            let found = self.kind.field(Level::Line, field);
            let decimal =
                found.filter(|at| self.kind.fields(Level::Line).get(*at).is_some_and(|f| f.kind.is_decimal()));
            return decimal.map(Source::Sum).ok_or_else(|| format!("a quantity or amount of the lines, not {field}"));
        }
        Ok(match name {
            "line" => Source::Line,
            "lines" => Source::Lines,
            "hl" => Source::Hl,
            "parent" => Source::Parent,
            "levels" => Source::Levels,
            "item" => Source::Item,
            "date" => Source::Date,
            "time" => Source::Time,
            _ => {
                return Err(format!(
                    "line, lines, item, hl, parent, levels, net, net_price, gross_price, discount, total, sum.FIELD, date or time instead \
                     of {name}"
                ));
            }
        })
    }
}

/// The parts between separators that stand outside braces.
fn outside_braces(text: &str, separator: char) -> Vec<&str> {
    let mut inside = false;
    text.split(|c| {
        inside = if inside { c != '}' } else { c == '{' };
        !inside && c == separator
    })
    .collect()
}

fn form(text: &str) -> Result<Form, String> {
    let number = |digits: &str| digits.parse::<usize>().map_err(|_| format!("a number instead of {digits}"));
    match text.as_bytes().first() {
        Some(b'%') => DateFormat::compile(text).map(Form::Date),
        Some(b'#') => number(&text[1..]).map(Form::Exactly),
        Some(b';') => {
            let (digits, rest) = text[1..].strip_suffix('+').map_or((&text[1..], false), |digits| (digits, true));
            Ok(Form::Word(number(digits)?.max(1), rest))
        }
        Some(b'D') => number(&text[1..]).map(Form::Digits),
        Some(b'<') => number(&text[1..]).map(Form::Cut),
        Some(b'N') => number(&text[1..]).map(|places| Form::Implied(places.min(9) as u32)),
        _ => match text.split_once('/') {
            Some((width, piece)) => Ok(Form::Piece(number(width)?.max(1), number(piece)?.max(1))),
            None => number(text).map(Form::Places),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read() {
        let template =
            Template::parse("  N1*ST*{ship_to.name:<60}*[92*{ship_to.code}]", Signs::X12, Kind::Order, false);
        let template = template.unwrap();
        assert_eq!((template.id.as_str(), template.depth, template.parts.len()), ("N1", 1, 3));
        assert_eq!(template.values().count(), 2);
        let template =
            Template::parse("PO1*{#line}*{quantity?}**(VN*{sku})(UP*{gtin})", Signs::X12, Kind::Order, true).unwrap();
        assert_eq!(template.parts[4].without, Without::MovesUp);
        assert!(template.values().nth(1).unwrap().needed);
        let text = "LIN+{#line}++[{gtin:#12}:UP|{gtin}:EN]";
        let template = Template::parse(text, Signs::EDIFACT, Kind::Order, true).unwrap();
        let sizes = template.parts.iter().map(|part| (part.choices.len(), part.choices[0][0].len()));
        assert_eq!(sizes.collect::<Vec<_>>(), [(1, 1), (1, 1), (2, 2)]);
    }

    #[test]
    fn mistakes_are_told() {
        for text in
            ["", "toolong*1", "N1*{nmber}", "N1*(A*{sku}", "N1*x{sku}", "N1*{sku:x}", "CTT*{#sum.sku}", "N1*{#x}"]
        {
            assert!(Template::parse(text, Signs::X12, Kind::Order, true).is_err(), "{text}");
        }
    }
}
