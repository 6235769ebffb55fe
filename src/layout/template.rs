//! The segments of a written X12 set, as the layout lists them: one text for each segment, in the form of X12 itself.
//!
//! ```text
//! "BEG*00*SA*{number}**{ordered_at}"        constants, and fields in braces
//! "CUR*BY*{currency}"                       left out when none of its fields has a value
//! "N1*ST*{ship_to.name}*[92*{ship_to.code}]"
//! "  N3*{ship_to.address1}"                 two blanks deeper: below N1, which is written when one of them is
//! "PO1*{#line}*{quantity}*{unit}***(VN*{sku})(UP*{gtin})"
//! ```
//!
//! - `[ … ]` is left empty when none of its fields has a value; `( … )` is left out, so that what follows moves up.
//! - `{a|b|'text'}` is the first that has a value; a text in quotes counts as none when it is asked whether a segment
//!   has one. `{a?}` is needed: without it, neither the segment nor those below it are written.
//! - Names are fields of the line where there is a line, else of the header; `^name` is always the header's.
//! - `{a=table}` goes through a table of `[values]`; `{a:%Y%m%d}` is a date format, `{a:2}` so many decimal places at
//!   least, `{a:N2}` so many without the point, `{a:<30}` at most so many characters, and `{a:#12}` only a text of just so many.
//! - `#line`, `#lines`, `#hl`, `#parent`, `#levels`, `#sum.quantity`, `#date` and `#time` are counted, not read.

use super::date::DateFormat;
use crate::document::{Kind, Level};

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
    /// The elements.
    pub elements: Vec<Element>,
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

/// One element.
#[derive(Debug)]
pub enum Element {
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
    /// The date of the interchange.
    Date,
    /// The time of the interchange.
    Time,
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
}

impl Template {
    /// Reads a segment; names are fields of `kind`, of the line first if there is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, kind: Kind, in_line: bool) -> Result<Self, String> {
        let body = text.trim_start_matches(' ');
        let depth = (text.len() - body.len()) / 2;
        let (id, rest) = body.split_once('*').unwrap_or((body, ""));
        if !(2..=3).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(format!("a segment of two or three characters instead of {id:?}"));
        }
        let names = Names { kind, in_line };
        let parts = if rest.is_empty() { Vec::new() } else { names.parts(rest)? };
        Ok(Self { id: id.to_owned(), depth, parts })
    }

    /// The values it has.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.parts.iter().flat_map(|part| &part.elements).filter_map(|element| match element {
            Element::Value(value) => Some(value),
            Element::Literal(_) => None,
        })
    }
}

/// Reads one value without braces, such as `order|^order`.
///
/// # Errors
/// What is wrong with it.
pub fn value(text: &str, kind: Kind, in_line: bool) -> Result<Value, String> {
    Names { kind, in_line }.value(text)
}

struct Names {
    kind: Kind,
    in_line: bool,
}

impl Names {
    fn parts(&self, text: &str) -> Result<Vec<Part>, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        loop {
            let (without, close) = match rest.as_bytes().first() {
                Some(b'[') => (Without::Empty, Some(']')),
                Some(b'(') => (Without::MovesUp, Some(')')),
                _ => (Without::Stays, None),
            };
            let (inner, after) = match close {
                Some(close) => rest[1..].split_once(close).ok_or_else(|| format!("a closing {close} in {text}"))?,
                None => rest.split_at(rest.find('*').unwrap_or(rest.len())),
            };
            let elements = inner.split('*').map(|element| self.element(element)).collect::<Result<_, _>>()?;
            parts.push(Part { elements, without });
            rest = match after.strip_prefix('*') {
                Some(after) => after,
                None if after.is_empty() => return Ok(parts),
                // Parts in brackets may follow each other without a star.
                None if after.starts_with(['[', '(']) => after,
                None => return Err(format!("a star before {after}")),
            };
        }
    }

    fn element(&self, text: &str) -> Result<Element, String> {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(inner) => self.value(inner).map(Element::Value),
            None if text.contains(['{', '}', '[', ']', '(', ')']) => {
                Err(format!("an element that is a constant or one value in braces instead of {text}"))
            }
            None => Ok(Element::Literal(text.to_owned())),
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
        let needed = text.ends_with('?');
        let text = text.strip_suffix('?').unwrap_or(text);
        let from = text.split('|').map(|name| self.source(name)).collect::<Result<_, _>>()?;
        Ok(Value { from, needed, map, form })
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
            "date" => Source::Date,
            "time" => Source::Time,
            _ => return Err(format!("line, lines, hl, parent, levels, sum.FIELD, date or time instead of {name}")),
        })
    }
}

fn form(text: &str) -> Result<Form, String> {
    let number = |digits: &str| digits.parse::<usize>().map_err(|_| format!("a number instead of {digits}"));
    match text.as_bytes().first() {
        Some(b'%') => DateFormat::compile(text).map(Form::Date),
        Some(b'#') => number(&text[1..]).map(Form::Exactly),
        Some(b'<') => number(&text[1..]).map(Form::Cut),
        Some(b'N') => number(&text[1..]).map(|places| Form::Implied(places.min(9) as u32)),
        _ => number(text).map(Form::Places),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read() {
        let template = Template::parse("  N1*ST*{ship_to.name:<60}*[92*{ship_to.code}]", Kind::Order, false).unwrap();
        assert_eq!((template.id.as_str(), template.depth, template.parts.len()), ("N1", 1, 3));
        assert_eq!(template.values().count(), 2);
        let template = Template::parse("PO1*{#line}*{quantity?}**(VN*{sku})(UP*{gtin})", Kind::Order, true).unwrap();
        assert_eq!(template.parts[4].without, Without::MovesUp);
        assert!(template.values().nth(1).unwrap().needed);
    }

    #[test]
    fn mistakes_are_told() {
        for text in
            ["", "toolong*1", "N1*{nmber}", "N1*(A*{sku}", "N1*x{sku}", "N1*{sku:x}", "CTT*{#sum.sku}", "N1*{#x}"]
        {
            assert!(Template::parse(text, Kind::Order, true).is_err(), "{text}");
        }
    }
}
