//! Documents as JSON: one object a document, each on a line of its own.
//!
//! `{"kind","header":{…},"lines":[…],"findings":[…]}`: decimals as strings, dates in ISO 8601, addresses as nested
//! objects, absent values left out, what no field binds under `other`.

use crate::document::batch::{Decimals, OTHER, Texts};
use crate::document::{Batch, Decimal, Field, Findings, Level, Type};
use crate::layout::Layout;

/// Writes JSON lines.
#[derive(Default)]
pub struct JsonWriter<'l> {
    /// The layout, where one says which documents; it says nothing of how they are written.
    pub(super) layout: Option<&'l Layout>,
}

/// A column of one level, with the parts of its name.
struct Column<'b> {
    group: &'static str,
    name: &'b str,
    values: Values<'b>,
}

enum Values<'b> {
    Text(Texts<'b>),
    Flag(Texts<'b>),
    Decimal(Decimals<'b>, usize),
}

impl JsonWriter<'_> {
    /// The documents of a batch, whatever their class: this is for people and programs that look.
    pub fn write(&self, batch: &Batch, findings: &Findings, out: &mut Vec<u8>) {
        let (header, line) = (columns(batch, Level::Header), columns(batch, Level::Line));
        let (other_header, other_line) = (others(batch, Level::Header), others(batch, Level::Line));
        let by_document = by_document(findings, batch.headers.height());
        let documents = batch.line_documents();
        let mut next = 0;
        for row in 0..batch.headers.height() {
            out.extend_from_slice(b"{\"kind\":");
            string(batch.kind.as_str(), out);
            out.extend_from_slice(b",\"header\":");
            object(&header, &other_header, row, out);
            if batch.kind.has_lines() {
                out.extend_from_slice(b",\"lines\":[");
                let first = next;
                while documents.get(next).is_some_and(|document| *document as usize == row) {
                    if next > first {
                        out.push(b',');
                    }
                    object(&line, &other_line, next, out);
                    next += 1;
                }
                out.push(b']');
            }
            out.extend_from_slice(b",\"findings\":[");
            for (at, finding) in by_document.get(row).into_iter().flatten().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                // Serialising plain structs of texts and numbers to memory cannot fail.
                let _ = serde_json::to_writer(&mut *out, finding);
            }
            out.extend_from_slice(b"]}\n");
        }
    }
}

fn by_document(findings: &Findings, documents: usize) -> Vec<Vec<&crate::document::Finding>> {
    let mut lists = Vec::new();
    for finding in findings.kept() {
        if lists.is_empty() {
            lists.resize_with(documents, Vec::new);
        }
        for row in finding.rows() {
            lists.get_mut(row as usize).into_iter().for_each(|list| list.push(finding));
        }
    }
    lists
}

fn columns(batch: &Batch, level: Level) -> Vec<Column<'_>> {
    batch.kind.fields(level).iter().filter_map(|field| column(batch, level, field)).collect()
}

fn column<'b>(batch: &'b Batch, level: Level, field: &'static Field) -> Option<Column<'b>> {
    let values = match field.kind {
        Type::Money => Values::Decimal(batch.decimal(level, field.name)?, 2),
        Type::Quantity => Values::Decimal(batch.decimal(level, field.name)?, 0),
        Type::Flag => Values::Flag(batch.text(level, field.name)?),
        _ => Values::Text(batch.text(level, field.name)?),
    };
    let (group, name) = field.name.split_once('.').unwrap_or(("", field.name));
    Some(Column { group, name, values })
}

fn others(batch: &Batch, level: Level) -> Vec<Column<'_>> {
    let table = batch.table(level);
    let names = table.columns().iter().filter_map(|column| column.name().strip_prefix(OTHER).map(|n| (n, column)));
    let texts =
        names.filter_map(|(name, column)| Some((name, Texts::of(column.as_materialized_series().str().ok()?)?)));
    texts.map(|(name, values)| Column { group: "", name, values: Values::Text(values) }).collect()
}

fn object(columns: &[Column<'_>], others: &[Column<'_>], row: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    let any = members(columns, row, out);
    let mark = out.len();
    if any {
        out.push(b',');
    }
    out.extend_from_slice(b"\"other\":{");
    if members(others, row, out) {
        out.push(b'}');
    } else {
        out.truncate(mark);
    }
    out.push(b'}');
}

/// The members that have a value, fields of one group as a nested object; whether there was one.
fn members(columns: &[Column<'_>], row: usize, out: &mut Vec<u8>) -> bool {
    let (mut any, mut group) = (false, "");
    for column in columns {
        if !column.has(row) {
            continue;
        }
        if column.group != group {
            if !group.is_empty() {
                out.push(b'}');
            }
            group = column.group;
            if any {
                out.push(b',');
            }
            if !group.is_empty() {
                string(group, out);
                out.extend_from_slice(b":{");
            }
        } else if any {
            out.push(b',');
        }
        any = true;
        string(column.name, out);
        out.push(b':');
        column.value(row, out);
    }
    if !group.is_empty() {
        out.push(b'}');
    }
    any
}

impl Column<'_> {
    fn has(&self, row: usize) -> bool {
        match &self.values {
            Values::Text(values) | Values::Flag(values) => values.get(row).is_some(),
            Values::Decimal(values, _) => values.get(row).is_some(),
        }
    }

    fn value(&self, row: usize, out: &mut Vec<u8>) {
        match &self.values {
            Values::Text(values) => string(values.get(row).unwrap_or_default(), out),
            Values::Flag(values) => out.extend_from_slice(values.get(row).unwrap_or("null").as_bytes()),
            Values::Decimal(values, places) => {
                out.push(b'"');
                if let Some(value) = values.get(row).and_then(Decimal::from_billionths) {
                    value.write(out, *places);
                }
                out.push(b'"');
            }
        }
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    // Writing a text to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}
