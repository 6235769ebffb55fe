//! A first layout for an XML file that nobody knows.

use std::fmt::Write;

use super::draft::{Draft, comment, described, list, quoted};
use super::place;
use super::xml::Elements;
use super::{Column, Guess};
use crate::document::{Kind, Level};

/// An XML file as far as it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct XmlSample<'s> {
    /// The name of its file, for the title.
    pub file: &'s str,
    /// Its encoding, as layouts name it.
    pub encoding: &'s str,
    /// What its elements hold.
    pub elements: &'s Elements,
    /// The path of the element that is a document.
    pub document: &'s str,
    /// The path of the element that is a line, if there is one.
    pub line: Option<&'s str>,
}

/// The layout as TOML; none if no element holds a document.
#[must_use]
pub fn toml(file: &str, encoding: &str, elements: &Elements) -> Option<String> {
    let document = elements.document()?;
    let sample = XmlSample { file, encoding, elements, document, line: elements.line(document) };
    let draft = draft(&sample);
    let mut out = String::new();
    // A text takes whatever is written to it.
    let _ = write(&draft, &sample, &mut out);
    Some(out)
}

fn draft(sample: &XmlSample<'_>) -> Draft {
    let columns = &sample.elements.columns;
    let kind = kind(sample.elements, sample.document);
    let on_level = |column: &Column, wanted: Level| level(sample, column) == Some(wanted);
    let mut draft = Draft::new(kind, place::fields(kind, columns, on_level));
    // A value that comes several times in a document cannot be bound without saying which.
    let documents = count(sample, sample.document);
    let lines = sample.line.map_or(0, |line| count(sample, line));
    for (place, column) in draft.places.iter_mut().zip(columns) {
        let most = if place.is_some_and(|place| place.level == Level::Line) { lines } else { documents };
        if column.filled > most {
            *place = None;
        }
    }
    draft.agree_on_numbers(columns);
    draft.drop_amounts();
    if draft.find(Level::Header, kind.key_field()).is_none() {
        draft.remarks.push(format!("No element was found for `{}`: bind it.", kind.key_field()));
    }
    draft
}

/// The kind of document that the elements below one are most likely of; its own name counts too.
#[must_use]
pub fn kind(elements: &Elements, document: &str) -> Kind {
    let names = elements.columns.iter().map(|column| column.name.as_str());
    let inside = names.filter(|name| name.strip_prefix(document).is_some_and(|rest| rest.starts_with('/')));
    let own = document.rsplit('/').next();
    match place::kind(inside.chain(own)) {
        // Products beside each other are one stock list only if the layout says that they are lines.
        Kind::Inventory => Kind::Product,
        kind => kind,
    }
}

fn count(sample: &XmlSample<'_>, path: &str) -> u64 {
    sample.elements.groups.iter().find(|group| group.path == path).map_or(0, |group| group.count)
}

/// Where a value stands; none outside of documents.
fn level(sample: &XmlSample<'_>, column: &Column) -> Option<Level> {
    let is_in = |path: &str| column.name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    match sample.line {
        Some(line) if is_in(line) => Some(Level::Line),
        _ => is_in(sample.document).then_some(Level::Header),
    }
}

/// The path from the element that is a document or line.
fn relative(sample: &XmlSample<'_>, column: &Column) -> String {
    let from = match level(sample, column) {
        Some(Level::Line) => sample.line.unwrap_or(sample.document),
        _ => sample.document,
    };
    column.name.strip_prefix(from).unwrap_or(&column.name).trim_start_matches('/').to_owned()
}

fn write(draft: &Draft, sample: &XmlSample<'_>, out: &mut String) -> std::fmt::Result {
    let columns = &sample.elements.columns;
    writeln!(out, "title = {}", quoted(&format!("Draft from {}", sample.file)))?;
    writeln!(out, "document = \"{}\"\ndirection = \"read\"\nconfidence = \"unverified\"", draft.kind.as_str())?;
    writeln!(out, "source = \"Drafted from one file by `consign inspect --draft`\"")?;
    draft.remarks.iter().try_for_each(|remark| writeln!(out, "# {remark}"))?;
    writeln!(out, "\n[file]\nformat = \"xml\"")?;
    if sample.encoding != "utf-8" {
        writeln!(out, "encoding = {}", quoted(sample.encoding))?;
    }
    writeln!(out, "\n[xml]")?;
    list(out, "documents", &[sample.document.to_owned()])?;
    if let Some(line) = sample.line.filter(|_| draft.kind.has_lines()) {
        let line = line.strip_prefix(sample.document).unwrap_or(line).trim_start_matches('/');
        writeln!(out, "line = {}", quoted(line))?;
    }
    let unbound =
        columns.iter().zip(&draft.places).filter(|(column, place)| place.is_none() && column.guess != Guess::Empty);
    for (at, (column, _)) in unbound.enumerate() {
        if at == 0 {
            writeln!(out, "# Values that are not bound yet:")?;
        }
        writeln!(out, "#   {}: {}", comment(&column.name), comment(&described(column, draft.kind, column.filled)))?;
    }
    draft.write_formats(columns, out)?;
    let names: Vec<String> = columns.iter().map(|column| relative(sample, column)).collect();
    draft.write_bindings(&names, columns, out)
}
