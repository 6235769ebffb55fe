//! Documents to records of fixed width: the tree that would be written as XML, each record on a line of its own.

use super::xml::{Element, XmlWriter};
use crate::document::{Batch, Class, Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::fixed::{FixedFile, Prefix, Record};

/// Writes records of a layout.
pub struct FixedWriter<'l> {
    file: &'l FixedFile,
    tree: XmlWriter<'l>,
}

/// Where a record stands in its document.
#[derive(Clone, Copy)]
struct Standing {
    number: usize,
    parent: usize,
}

impl<'l> FixedWriter<'l> {
    /// The writer of a layout.
    #[must_use]
    pub fn new(layout: &'l Layout, file: &'l FixedFile) -> Option<Self> {
        Some(Self { file, tree: XmlWriter::new(layout, &file.tree)? })
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> &'l Layout {
        self.tree.layout()
    }

    /// The documents of a batch whose class is out.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) {
        self.tree.documents(batch, |_, document| {
            let mut number = 0;
            self.records(&document, None, (&mut number, 0), &mut |record, element, standing| {
                self.record(record, element, standing, out);
            });
        });
    }

    /// Documents with a value that is longer than its place.
    pub fn refuse(&self, batch: &Batch, findings: &mut Findings) -> Vec<(u32, Class)> {
        let mut refused = Vec::new();
        self.tree.documents(batch, |row, document| {
            let before = refused.len();
            self.records(&document, None, (&mut 0, 0), &mut |record, element, _| {
                if let Some(field) =
                    record.fields.iter().find(|field| value(element, &field.name).chars().count() > field.length)
                {
                    let place = format!("{}/{}", record.name, field.name);
                    let finding = Finding::new(Code::FixedTarget, Position::default().field(place))
                        .found_personal(value(element, &field.name))
                        .expected(format!("at most {} characters", field.length));
                    findings.push(finding.in_document(row));
                    refused.push((row, Class::Rejected));
                }
            });
            refused.truncate(before + 1);
        });
        refused
    }

    /// Every record of a document, in the order of the layout, those that belong to one behind it.
    fn records<'e>(
        &self,
        element: &'e Element,
        of: Option<usize>,
        (number, parent): (&mut usize, usize),
        each: &mut impl FnMut(&Record, &'e Element, Standing),
    ) {
        for (at, record) in self.file.records.iter().enumerate().filter(|(_, record)| record.parent == of) {
            for child in element.children().iter().filter(|child| child.name() == record.name) {
                *number += usize::from(!record.bare);
                let standing = Standing { number: *number, parent };
                each(record, child, standing);
                // What belongs to the document is numbered as belonging to none.
                self.records(child, Some(at), (number, standing.number), each);
            }
        }
    }

    fn record(&self, record: &Record, element: &Element, standing: Standing, out: &mut Vec<u8>) {
        let (mut line, mut at) = (String::with_capacity(record.length), 0);
        let mut put = |offset: usize, length: usize, text: &str| {
            line.extend(std::iter::repeat_n(' ', offset.saturating_sub(at)));
            let shown = text.chars().take(length).map(|c| if c.is_control() { ' ' } else { c });
            let before = line.chars().count();
            line.extend(shown);
            at = offset + line.chars().count() - before;
        };
        if !record.bare {
            let mut offset = 0;
            for (part, length) in &self.file.prefix {
                let zeros = |number: usize| format!("{number:0length$}");
                let text = match part {
                    Prefix::Name => record.names.first().cloned().unwrap_or_default(),
                    Prefix::Number => zeros(standing.number),
                    Prefix::Parent => zeros(standing.parent),
                    Prefix::Level => zeros(record.level),
                    Prefix::Text(text) => text.clone(),
                };
                put(offset, *length, &text);
                offset += length;
            }
        }
        for field in &record.fields {
            let text = value(element, &field.name);
            if !text.is_empty() {
                put(field.offset, field.length, text);
            }
        }
        put(record.length, 0, "");
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(if self.file.crlf { b"\r\n" } else { b"\n" });
    }
}

/// The text of a field of a record; empty without one.
fn value<'e>(record: &'e Element, field: &str) -> &'e str {
    record.children().iter().find(|child| child.name() == field).map_or("", Element::text)
}
