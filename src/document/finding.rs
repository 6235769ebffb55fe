//! Findings: what was noticed in the data, as values.
//!
//! Data errors are never `Err`: a reader returns what it could read and the findings; `Err` means that the
//! machine failed. A finding tells where, what was found, what was expected and what to do.

use std::collections::BTreeMap;

use serde::Serialize;

use super::code::{Code, Effect, Severity};
use super::position::Position;
use super::shown::needs_escape;
use crate::limits;

/// One thing noticed in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: Code,
    /// How bad it is: the code's severity, unless a policy says that it is only a note.
    pub severity: Severity,
    /// Where it stands.
    pub at: Position,
    /// The document (row of the batch's header table) it belongs to, if any.
    pub document: Option<u32>,
    /// How many documents it belongs to, from that one on: of a set with many products to all of them.
    pub documents: u32,
    /// The line (row of the batch's line table) it belongs to, if any.
    pub line: Option<u32>,
    /// Whether it belongs to the whole file, though its code is one of documents.
    pub of_file: bool,
    /// The value found, escaped, at most [`limits::FOUND_CHARS`] characters; masked if personal.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
    /// What to do; the code's general remedy unless the place knows better.
    pub help: String,
}

impl Finding {
    /// A finding with the code's general remedy.
    #[must_use]
    pub fn new(code: Code, at: Position) -> Self {
        Self {
            code,
            severity: code.severity(),
            at,
            document: None,
            documents: 1,
            line: None,
            of_file: false,
            found: String::new(),
            expected: String::new(),
            help: code.remedy().to_owned(),
        }
    }

    /// Says what was found: control characters are escaped and long values cut.
    #[must_use]
    pub fn found(mut self, found: impl AsRef<[u8]>) -> Self {
        self.found = printable(found.as_ref());
        self
    }

    /// Says that a personal value was found, by its length only.
    #[must_use]
    pub fn found_personal(mut self, found: impl AsRef<[u8]>) -> Self {
        let chars = String::from_utf8_lossy(found.as_ref()).chars().count();
        self.found = format!("({chars} characters, masked)");
        self
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// Says what to do, where the place knows better than the code.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Attaches the finding to a row of the batch's header table.
    #[must_use]
    pub fn in_document(mut self, document: u32) -> Self {
        self.document = Some(document);
        self
    }

    /// Attaches the finding to several rows of the batch's header table; to none if there are none.
    #[must_use]
    pub fn in_documents(mut self, first: u32, count: u32) -> Self {
        self.document = (count > 0).then_some(first);
        self.documents = count;
        self
    }

    /// The rows of the batch's header table that it belongs to.
    pub fn rows(&self) -> std::ops::Range<u32> {
        self.document.map_or(0..0, |first| first..first.saturating_add(self.documents))
    }

    /// Attaches the finding to a row of the batch's line table.
    #[must_use]
    pub fn on_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    /// Attaches the finding to the whole file: what the code does to a document it does to the file.
    #[must_use]
    pub fn of_file(mut self) -> Self {
        self.of_file = true;
        self
    }

    /// What the finding does to the line, document or file when no policy says otherwise.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self.code.effect() {
            Effect::HoldDocument if self.of_file => Effect::HoldFile,
            Effect::RejectDocument if self.of_file => Effect::RejectFile,
            effect => effect,
        }
    }
}

/// The JSON form: `{"code","severity","at","found","expected","help"}`, empty parts left out.
impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.as_str())?;
        map.serialize_entry("severity", self.severity.as_str())?;
        map.serialize_entry("at", &self.at)?;
        for (name, value) in [("found", &self.found), ("expected", &self.expected), ("help", &self.help)] {
            if !value.is_empty() {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.code, self.at)?;
        if !self.found.is_empty() {
            write!(f, ": found {}", self.found)?;
        }
        if !self.expected.is_empty() {
            write!(f, "; expected {}", self.expected)?;
        }
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

/// Escapes control and direction-changing characters and cuts to [`limits::FOUND_CHARS`] characters, so that
/// hostile data cannot reach a terminal or a log.
#[must_use]
pub fn printable(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(limits::FOUND_CHARS * 4)];
    let text = String::from_utf8_lossy(head);
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == limits::FOUND_CHARS {
            out.push('…');
            break;
        }
        if needs_escape(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Findings collected with a bound: every one is counted, the first [`limits::FINDINGS_KEPT`] are kept, and of those that
/// stop the whole file [`limits::STOPS_KEPT`] more.
#[derive(Clone, Debug)]
pub struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<Code, u64>,
    /// Whether a finding of the whole file rejects or holds it, by a code that is one of documents.
    rejects: bool,
    holds: bool,
    limit: usize,
    count_notes: bool,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            counts: BTreeMap::new(),
            rejects: false,
            holds: false,
            limit: limits::FINDINGS_KEPT,
            count_notes: false,
        }
    }
}

impl Findings {
    /// Findings of one batch, all kept: the class of every document depends on them, and a batch is bounded.
    #[must_use]
    pub fn of_batch() -> Self {
        Self { limit: usize::MAX, ..Self::default() }
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        *self.counts.entry(finding.code).or_default() += 1;
        self.rejects |= finding.effect() == Effect::RejectFile;
        self.holds |= finding.effect() == Effect::HoldFile;
        self.keep(finding);
    }

    /// Keeps a finding if there is room. For those that stop the whole file there is more: they are the reason of it.
    fn keep(&mut self, finding: Finding) {
        let stops = || matches!(finding.effect(), Effect::RejectFile | Effect::HoldFile);
        let room = self.limit.saturating_sub(self.kept.len());
        if room > 0 || (stops() && self.kept.len() - self.limit < limits::STOPS_KEPT) {
            self.kept.push(finding);
        }
    }

    /// Only counts notes from now on: those of a file that has as many findings as are kept would be made to be dropped.
    pub fn only_count_notes(&mut self) {
        self.count_notes = true;
    }

    /// Adds a note, which is made only if it may be kept.
    pub fn note(&mut self, code: Code, finding: impl FnOnce() -> Finding) {
        if self.count_notes {
            *self.counts.entry(code).or_default() += 1;
        } else {
            self.push(finding());
        }
    }

    /// Whether no more are kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.kept.len() >= self.limit
    }

    /// Leaves out a code that is told once for a file, when it was told before.
    pub fn forget(&mut self, code: Code) {
        if self.counts.remove(&code).is_some() {
            self.kept.retain(|finding| finding.code != code);
        }
    }

    /// Follows rows to where they are after some were left out of both tables: what belongs to those is forgotten.
    pub fn move_rows(&mut self, documents: &[Option<u32>], lines: &[Option<u32>]) {
        let counts = &mut self.counts;
        self.kept.retain_mut(|finding| {
            let place = |places: &[Option<u32>], row: u32| places.get(row as usize).copied().flatten();
            let line = finding.line.map(|line| place(lines, line));
            let rows: Vec<u32> = finding.rows().filter_map(|row| place(documents, row)).collect();
            let is_left = match (line, finding.document) {
                (Some(line), _) => line.is_some(),
                (None, Some(_)) => !rows.is_empty(),
                (None, None) => true,
            };
            if !is_left && let Some(count) = counts.get_mut(&finding.code) {
                *count -= 1;
            }
            finding.line = line.flatten();
            if finding.document.is_some() {
                (finding.document, finding.documents) = (rows.first().copied(), rows.len() as u32);
            }
            is_left
        });
        self.counts.retain(|_, count| *count > 0);
    }

    /// Adds all of another collection, its counts of findings that were not kept included.
    pub fn append(&mut self, other: Self) {
        for (code, count) in other.counts {
            *self.counts.entry(code).or_default() += count;
        }
        self.rejects |= other.rejects;
        self.holds |= other.holds;
        other.kept.into_iter().for_each(|finding| self.keep(finding));
    }

    /// The findings kept, in the order they were added.
    #[must_use]
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// How often each code was found, kept or not.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<Code, u64> {
        &self.counts
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Makes findings that a policy lets pass notes.
    pub fn soften(&mut self, passes: impl Fn(Code) -> bool) {
        for finding in &mut self.kept {
            if finding.severity == Severity::Error && !finding.of_file && passes(finding.code) {
                finding.severity = Severity::Note;
            }
        }
    }

    /// The worst effect on the whole file: [`Effect::RejectFile`], [`Effect::HoldFile`], or none.
    #[must_use]
    pub fn file_effect(&self) -> Option<Effect> {
        let holds = self.holds.then_some(Effect::HoldFile);
        if self.rejects { Some(Effect::RejectFile) } else { holds }
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, iter: T) {
        for finding in iter {
            self.push(finding);
        }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.kept.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped_and_cut() {
        assert_eq!(printable(b"a\x1b[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("a\u{202e}b".as_bytes()), "a\\u{202e}b");
        assert_eq!(printable("a\u{2028}\u{85}b".as_bytes()), "a\\u{2028}\\u{85}b");
        assert_eq!(printable(&[b'x'; 500]).chars().count(), limits::FOUND_CHARS + 1);
    }

    #[test]
    fn more_findings_than_kept_are_still_counted() {
        let mut all = Findings::default();
        for _ in 0..limits::FINDINGS_KEPT + 5 {
            all.push(Finding::new(Code::ValueInvalid, Position::default()));
        }
        assert_eq!(all.kept().len(), limits::FINDINGS_KEPT);
        assert_eq!(all.counts()[&Code::ValueInvalid], limits::FINDINGS_KEPT as u64 + 5);
        for _ in 0..limits::STOPS_KEPT + 5 {
            all.push(Finding::new(Code::XmlTruncated, Position::default()));
        }
        assert_eq!(all.kept().len(), limits::FINDINGS_KEPT + limits::STOPS_KEPT, "what stops the file is told");
    }
}
