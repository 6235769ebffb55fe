//! Records of fixed width to documents: the records of a document become the tree that an XML document is, and its
//! bindings are followed in the same way.

use super::xml::XmlProgram;
use super::{Chunk, Parsed};
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::fixed::{FixedFile, Record};
use crate::syntax::xml::Text;

/// A layout of records, prepared.
pub struct FixedProgram<'l> {
    file: &'l FixedFile,
    tree: XmlProgram<'l>,
}

/// One line of the file.
struct Line<'t> {
    text: &'t str,
    /// Where it begins in its chunk.
    at: usize,
    position: Position,
}

impl<'l> FixedProgram<'l> {
    /// Prepares a layout; bindings that make no sense are findings.
    pub fn new(layout: &'l Layout, file: &'l FixedFile, findings: &mut Findings) -> Option<Self> {
        Some(Self { file, tree: XmlProgram::new(layout, &file.tree, findings)? })
    }

    /// Where bytes may be cut: before the last document that begins in them, or behind all if the file ends there.
    #[must_use]
    pub fn cut(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        if at_end {
            return Some(bytes.len());
        }
        let begin = [b"\n", self.file.begin().as_bytes()].concat();
        memchr::memmem::rfind(bytes, &begin).map(|at| at + 1)
    }

    /// Reads a chunk, on any thread; and whether a finding ended the file.
    #[must_use]
    pub fn read(&self, chunk: &Chunk) -> Option<(Parsed, bool)> {
        let text = std::str::from_utf8(&chunk.bytes).ok()?;
        let (mut tree, mut taking) = self.tree.taking(text, chunk.start.byte, chunk.start.line);
        let (mut findings, mut open, mut unknown) = (Findings::of_batch(), Vec::new(), Vec::new());
        let mut ended = false;
        for line in lines(text, chunk) {
            let found = self.file.record_of(line.text);
            let Some(record) = found.and_then(|at| self.file.records.get(at)) else {
                note_unknown(&line, &mut unknown, &mut findings);
                continue;
            };
            if found == Some(self.file.document) {
                if tree.root().is_some() {
                    taking.document(&mut tree);
                }
                tree.clear();
                open.clear();
                tree.begin("document", &[], line.at);
            }
            if tree.root().is_none() || !close(&mut open, record.parent, || tree.end()) {
                findings.push(self.misplaced(record, &line));
                ended = true;
                break;
            }
            tree.begin(&record.name, &[], line.at);
            for field in &record.fields {
                let value = cell(line.text, field.offset, field.length).trim();
                if !value.is_empty() {
                    tree.begin(&field.name, &[], line.at);
                    tree.add_text(Text::Plain(value));
                    tree.end();
                }
            }
            open.push(found);
        }
        if tree.root().is_some() && !ended {
            taking.document(&mut tree);
        }
        Some((taking.finish(findings)?, ended))
    }

    fn misplaced(&self, record: &Record, line: &Line<'_>) -> Finding {
        let before = record.parent.or(Some(self.file.document)).and_then(|at| self.file.records.get(at));
        let expected = before.map_or(String::new(), |before| format!("{} before it", before.name));
        Finding::new(Code::FixedStructure, line.position.clone()).found(record.name.as_str()).expected(expected)
    }
}

/// Closes open records until the last one is the parent; false when it is not open.
fn close(open: &mut Vec<Option<usize>>, parent: Option<usize>, mut end: impl FnMut()) -> bool {
    while open.last().is_some_and(|last| *last != parent) {
        open.pop();
        end();
    }
    parent.is_none() || !open.is_empty()
}

/// The lines of a chunk that hold more than blanks.
fn lines<'t>(text: &'t str, chunk: &Chunk) -> impl Iterator<Item = Line<'t>> {
    let (mut at, mut number, byte) = (0, chunk.start.line, chunk.start.byte);
    let all = text.split_inclusive('\n').map(move |whole| {
        let line = Line {
            text: whole.trim_end_matches(['\n', '\r', '\u{1a}']),
            at,
            position: Position::at(byte + at as u64, number),
        };
        at += whole.len();
        number += 1;
        line
    });
    all.filter(|line| !line.text.trim_ascii().is_empty())
}

/// Each kind of record that the layout does not know is noted once.
fn note_unknown<'t>(line: &Line<'t>, known: &mut Vec<&'t str>, findings: &mut Findings) {
    let name = line.text.split(' ').next().unwrap_or_default();
    if !known.contains(&name) {
        known.push(name);
        findings.push(Finding::new(Code::FixedRecordUnknown, line.position.clone()).found(name));
    }
}

/// So many characters of a line behind others; less where blanks at its end were left out.
fn cell(line: &str, offset: usize, length: usize) -> &str {
    if line.is_ascii() {
        let end = line.len().min(offset + length);
        return line.get(offset.min(end)..end).unwrap_or_default();
    }
    let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    let from = ends.nth(offset).unwrap_or(line.len());
    let to = if length == 0 { from } else { ends.nth(length - 1).unwrap_or(line.len()) };
    line.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_in_characters() {
        for (line, offset, length, expected) in [
            ("abcdef", 1, 3, "bcd"),
            ("abcdef", 4, 9, "ef"),
            ("abcdef", 9, 2, ""),
            ("äbcdéf", 1, 3, "bcd"),
            ("äbcdéf", 3, 2, "dé"),
            ("äbcdéf", 5, 4, "f"),
            ("äbcdéf", 9, 1, ""),
            ("äb", 1, 0, ""),
        ] {
            assert_eq!(cell(line, offset, length), expected, "{line} {offset} {length}");
        }
    }
}
