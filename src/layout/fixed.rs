//! Records of fixed width: which records a file has, where their fields stand, and what stands before them.
//!
//! A document is a tree of records as an XML document is one of elements, and its bindings are the same paths:
//! `E1EDP01/E1EDP19[QUALF=002]/IDTNR`.

use super::model::XmlFile;
use super::toml::{Table, Value};
use crate::document::Code;

/// A file of records.
#[derive(Debug)]
pub struct FixedFile {
    /// The tree that its records make.
    pub tree: XmlFile,
    /// The record that begins a document, an index into [`Self::records`].
    pub document: usize,
    /// What stands before the fields of every record that is not bare.
    pub prefix: Vec<(Prefix, usize)>,
    /// Every record, in the order in which they are written.
    pub records: Vec<Record>,
    /// Whether written records end in CR LF.
    pub crlf: bool,
}

/// A part of what stands before the fields of a record, written in so many characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// The record's name in the file.
    Name,
    /// Its number in the document, from 1, filled with zeros.
    Number,
    /// The number of the record that it belongs to, or zeros.
    Parent,
    /// Its level, filled with zeros.
    Level,
    /// A text.
    Text(String),
}

/// One kind of record.
#[derive(Debug)]
pub struct Record {
    /// Its name in paths.
    pub name: String,
    /// The record that it belongs to, if that is not the document.
    pub parent: Option<usize>,
    /// Its names in files, `*` at the end standing for anything; the first is written.
    pub names: Vec<String>,
    /// Characters that are written.
    pub length: usize,
    /// Its level; one more than that of the record it belongs to if nothing is said, and 2 below the document.
    pub level: usize,
    /// Whether nothing stands before its fields.
    pub bare: bool,
    /// Its fields.
    pub fields: Vec<Place>,
}

/// Where a field stands in its record.
#[derive(Debug)]
pub struct Place {
    /// Its name in paths.
    pub name: String,
    /// Characters before it, from the beginning of the record.
    pub offset: usize,
    /// Its length in characters.
    pub length: usize,
}

/// The level of records that belong to the document.
const FIRST_LEVEL: usize = 2;

impl FixedFile {
    /// Reads the `[fixed]` table of a layout.
    #[must_use]
    pub fn load(table: &Table<'_, '_>, crlf: bool) -> Option<Self> {
        let document = table.required("document");
        let prefix: Vec<(Prefix, usize)> =
            table.get("prefix").iter().flat_map(Value::items).filter_map(|item| told(&item, prefix)).collect();
        let start = prefix.iter().map(|(_, length)| length).sum();
        let mut records: Vec<Record> = Vec::new();
        for entry in table.tables("records") {
            records.extend(record(&entry, &records, start));
        }
        let pairs = |key| -> Vec<(String, String)> {
            let entries = table.table(key);
            entries.entries().iter().filter_map(|(key, value)| Some(((*key).to_owned(), value.text()?))).collect()
        };
        let tree = XmlFile {
            documents: vec!["documents/document".to_owned()],
            line: table.text("line").unwrap_or_default(),
            fixed: pairs("constants"),
            line_fixed: pairs("line_constants"),
            ..XmlFile::default()
        };
        table.finish();
        let name = document?;
        let document = records.iter().position(|record| record.name == name);
        if document.is_none() {
            let expected = "a record of [[fixed.records]]".to_owned();
            table.report(Code::LayoutBinding, &table.position(), &name, expected);
        }
        Some(Self { tree, document: document?, prefix, records, crlf })
    }

    /// The record that a line of a file is, if it is one of them: a name without `*` counts first.
    #[must_use]
    pub fn record_of(&self, line: &str) -> Option<usize> {
        let word = line.split(' ').next().unwrap_or_default();
        let exact = |record: &Record| record.names.iter().any(|name| name == word);
        let begins = |record: &Record| {
            record.names.iter().any(|name| name.strip_suffix('*').is_some_and(|front| word.starts_with(front)))
        };
        self.records.iter().position(exact).or_else(|| self.records.iter().position(begins))
    }

    /// What every line begins with that begins a document.
    #[must_use]
    pub fn begin(&self) -> &str {
        let names = self.records.get(self.document).map_or(&[][..], |record| &record.names);
        names.first().map_or("", |name| name.trim_end_matches('*'))
    }
}

fn told<T>(value: &Value<'_, '_>, read: fn(&str) -> Result<T, &'static str>) -> Option<T> {
    let text = value.text()?;
    read(&text).map_err(|expected| value.refuse(Code::LayoutBinding, &text, expected)).ok()
}

/// `#name 30`, `#number 6`, `'0' 3`.
fn prefix(text: &str) -> Result<(Prefix, usize), &'static str> {
    const EXPECTED: &str = "#name, #number, #parent, #level or a text in single quotes, and its length";
    let (what, length) = text.rsplit_once(' ').ok_or(EXPECTED)?;
    let quoted = || what.strip_prefix('\'')?.strip_suffix('\'');
    let part = match what {
        "#name" => Prefix::Name,
        "#number" => Prefix::Number,
        "#parent" => Prefix::Parent,
        "#level" => Prefix::Level,
        _ => Prefix::Text(quoted().ok_or(EXPECTED)?.to_owned()),
    };
    Ok((part, length.parse().map_err(|_| EXPECTED)?))
}

/// `CURCY 3`; the place follows the one before it. `CURCY 3 @ 67` begins behind 67 characters of the record.
fn place(text: &str) -> Result<(String, usize, Option<usize>), &'static str> {
    const EXPECTED: &str = "a name and a length, and behind @ where it begins";
    let (front, at) = text.split_once('@').map_or((text, None), |(front, at)| (front, Some(at)));
    let (name, length) = front.trim().split_once(' ').ok_or(EXPECTED)?;
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| EXPECTED);
    Ok((name.to_owned(), number(length)?, at.map(number).transpose()?))
}

fn record(table: &Table<'_, '_>, known: &[Record], start: usize) -> Option<Record> {
    let (name, parent, bare) = (table.required("name"), table.text("parent"), table.flag("bare"));
    let found = parent.as_ref().map(|parent| known.iter().position(|record| record.name == *parent));
    if let (Some(None), Some(parent)) = (found, &parent) {
        let expected = "a record above this one".to_owned();
        table.report(Code::LayoutBinding, &table.position(), parent, expected);
    }
    let parent = found.flatten();
    let level = parent.and_then(|at| known.get(at)).map_or(FIRST_LEVEL, |record| record.level + 1);
    let (mut fields, mut at): (Vec<Place>, usize) = (Vec::new(), if bare { 0 } else { start });
    for item in table.get("fields").iter().flat_map(Value::items) {
        let Some((name, length, from)) = told(&item, place) else { continue };
        let offset = from.unwrap_or(at);
        if offset < at {
            item.refuse(Code::LayoutBinding, &name, "fields in the order of their places");
        }
        at = offset + length;
        fields.push(Place { name, offset, length });
    }
    let (names, length) = (table.texts("names"), table.number("length").unwrap_or(at));
    if names.first().is_none_or(|name| name.ends_with('*')) {
        let expected = "the name in files first, without `*`".to_owned();
        table.report(Code::LayoutBinding, &table.position(), "names", expected);
    }
    if length < at {
        let expected = format!("at least {at} characters, where its fields end");
        table.report(Code::LayoutBinding, &table.position(), &format!("length {length}"), expected);
    }
    let level = table.number("level").unwrap_or(level);
    table.finish();
    Some(Record { name: name?, parent, names, length, level, bare, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_prefixes() {
        assert_eq!(place("CURCY 3"), Ok(("CURCY".to_owned(), 3, None)));
        assert_eq!(place("CURCY 3 @ 67"), Ok(("CURCY".to_owned(), 3, Some(67))));
        assert_eq!(prefix("#name 30"), Ok((Prefix::Name, 30)));
        assert_eq!(prefix("'a b' 3"), Ok((Prefix::Text("a b".to_owned()), 3)));
        for wrong in ["CURCY", "CURCY x", "CURCY 3 @"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        for wrong in ["#name", "#other 3", "'a 3", "#level x"] {
            assert!(prefix(wrong).is_err(), "{wrong}");
        }
    }

    /// A layout with a `[fixed]` table of which one line is changed.
    fn load(from: &str, to: &str) -> Result<crate::layout::Layout, crate::document::Findings> {
        let text = r##"
title = "Orders"
document = "order"
direction = "both"
confidence = "verified"
source = "A file"
[file]
format = "fixed"
[fixed]
document = "HEAD"
line = "LINE"
prefix = ["#name 4"]
[[fixed.records]]
name = "HEAD"
names = ["H001", "H*"]
fields = ["NUMBER 8", "NAME 6 @ 12"]
[[fixed.records]]
name = "LINE"
names = ["L001"]
fields = ["SKU 8", "QUANTITY 5"]
[header]
number = "HEAD/NUMBER"
[line]
sku = "SKU"
quantity = "QUANTITY"
"##;
        assert!(text.contains(from), "{from}");
        crate::layout::load("test/fixed", &text.replacen(from, to, 1))
    }

    #[test]
    fn mistakes_are_told() {
        assert!(load("HEAD", "HEAD").is_ok());
        for (from, to) in [
            ("document = \"HEAD\"", "document = \"TAIL\""),
            ("[\"L001\"]", "[\"L*\"]"),
            ("[\"L001\"]", "[]"),
            ("@ 12", "@ 11"),
            ("\"SKU 8\"", "\"SKU eight\""),
            ("\"#name 4\"", "\"#mane 4\""),
            ("names = [\"L001\"]", "names = [\"L001\"]\nlength = 16"),
            ("names = [\"L001\"]", "names = [\"L001\"]\nparent = \"OTHER\""),
            ("names = [\"L001\"]", "names = [\"L001\"]\nwidth = 16"),
        ] {
            assert!(load(from, to).is_err(), "{to}");
        }
    }

    #[test]
    fn records_are_known_by_their_names_first_without_a_star() {
        let layout = load("[\"L001\"]", "[\"HL\"]").unwrap();
        let crate::layout::model::File::Fixed(file) = &layout.file else { panic!("no records") };
        let record = |line: &str| file.record_of(line);
        assert_eq!((record("H001 1"), record("H9991"), record("HL 1"), record("X")), (Some(0), Some(0), Some(1), None));
        assert_eq!((file.records[0].length, file.records[1].length), (18, 17));
    }
}
