//! The judging: a fold over the findings of the envelope and the faults of the validator.
//!
//! [`Judge`] sees by the first bytes which standard a file follows, and cuts it into chunks; a [`Front`] knows the
//! envelope of its standard, and tells the [`Fold`] what begins, ends and is wrong; the fold builds the tree, which is
//! the same for both.

mod edifact;
mod fold;
mod x12;

use std::collections::BTreeMap;

use super::definitions::Definitions;
use super::errors::{InterchangeError, SetError};
use super::tree::Interchange;
use crate::document::{Code, Finding, Findings, Position};
use crate::limits::{CHUNK_BYTES, DOCUMENT_BYTES};
use crate::syntax::edifact::Syntax;
use crate::syntax::frames::Frames;
use crate::syntax::segment::{Segment, Segments, Start, chunk_cut};
use crate::syntax::x12::Delimiters;
use fold::Fold;

/// What is accepted beyond what the standard says.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The senders (ISA06, 0004) that are known; all if there are none.
    pub senders: Vec<String>,
    /// The receivers (ISA08, 0010) that are ours; all if there are none.
    pub receivers: Vec<String>,
    /// Whether a set whose only errors are in elements is accepted with the errors noted.
    pub accept_element_errors: bool,
    /// Sets that were rejected for what nothing here checks, by their place in the file.
    pub refused: BTreeMap<u64, SetError>,
}

/// Judges the interchanges of a file, from its first byte to its last.
#[derive(Debug)]
pub struct Judge<'d> {
    fold: Fold<'d>,
    start: Start,
    reading: Reading,
}

/// What is read.
#[derive(Debug)]
enum Reading {
    /// Not known yet.
    Nothing,
    /// No EDI at all.
    Foreign,
    X12(Walk<Delimiters>),
    Edifact(Walk<Syntax>),
}

/// Where the first interchange of a file begins.
enum Beginning {
    X12(usize),
    Edifact(usize),
    /// Too few bytes to know.
    Unknown,
    /// The file begins with something else.
    None,
}

impl<'d> Judge<'d> {
    /// A judge at the start of a file.
    #[must_use]
    pub fn new(definitions: &'d Definitions, policy: Policy) -> Self {
        Self { fold: Fold::new(definitions, policy), start: Start::FILE, reading: Reading::Nothing }
    }

    /// Takes in what it can of the bytes that follow those taken before, and returns how many that were: all of them if
    /// they are the `last`, none if more are needed.
    pub fn take(&mut self, bytes: &[u8], last: bool) -> usize {
        let mut skipped = 0;
        if matches!(self.reading, Reading::Nothing) {
            (self.reading, skipped) = match beginning(bytes) {
                Beginning::X12(at) => (Reading::X12(Walk::default()), at),
                Beginning::Edifact(at) => (Reading::Edifact(Walk::default()), at),
                Beginning::Unknown if !last => return 0,
                Beginning::Unknown | Beginning::None => (Reading::Foreign, 0),
            };
            if matches!(self.reading, Reading::Foreign) {
                self.fold.findings.push(no_interchange(bytes));
            }
        }
        // A file of which nothing is taken is looked at anew when more of it is offered.
        let mut from = self.start;
        (from.byte, from.column) = (from.byte + skipped as u64, from.column + skipped as u64);
        let all = bytes.get(skipped..).unwrap_or_default();
        let taken = match &mut self.reading {
            Reading::X12(walk) => walk.take(all, last, &mut from, &mut self.fold),
            Reading::Edifact(walk) => walk.take(all, last, &mut from, &mut self.fold),
            Reading::Nothing | Reading::Foreign => return bytes.len(),
        };
        if taken == 0 && self.start == Start::FILE {
            self.reading = Reading::Nothing;
            return 0;
        }
        if taken > 0 {
            self.start = from;
        }
        skipped + taken
    }

    /// How many bytes to offer at once.
    pub const CHUNK: usize = CHUNK_BYTES;

    /// Ends the file.
    pub fn finish(&mut self) {
        let at = Position::at(self.start.byte, self.start.line);
        match std::mem::replace(&mut self.reading, Reading::Nothing) {
            Reading::X12(walk) => walk.followed.finish(at, &mut self.fold),
            Reading::Edifact(walk) => walk.followed.finish(at, &mut self.fold),
            Reading::Nothing | Reading::Foreign => {}
        }
        self.fold.close_interchange();
    }

    /// The interchanges that were judged since the last call.
    pub fn judged(&mut self) -> Vec<Interchange> {
        std::mem::take(&mut self.fold.judged)
    }

    /// What was found in the envelopes.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.fold.findings
    }
}

/// Where the first interchange begins.
fn beginning(bytes: &[u8]) -> Beginning {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let at = bytes.len() - text.len();
    match text {
        [b'I', b'S', b'A', ..] => Beginning::X12(at),
        [b'U', b'N', b'A' | b'B', ..] => Beginning::Edifact(at),
        [] | [_] | [_, _] => Beginning::Unknown,
        _ => Beginning::None,
    }
}

fn no_interchange(bytes: &[u8]) -> Finding {
    let found = bytes.get(..bytes.len().min(16)).unwrap_or_default();
    let finding = Finding::new(Code::X12NoIsa, Position::at(0, 0)).found(found);
    finding.expected("ISA and an element separator, UNA or UNB")
}

/// What is special to a standard.
trait Front: Frames {
    /// The separators of most files, for what comes before the first header.
    const USUAL: Self;

    /// Takes in the next segment.
    fn follow(followed: &mut Followed<Self>, segment: &Segment<'_, Self>, fold: &mut Fold<'_>);

    /// Takes in a mark of the envelope; what it is made of is still there.
    fn mark(mark: &Self::Mark, segment: &Segment<'_, Self>, fold: &mut Fold<'_>);

    /// Whether a mark is that of a whole set, or message.
    fn is_set(mark: &Self::Mark) -> bool;

    /// Puts what the envelope found at its level.
    fn tell(finding: &Finding, fold: &mut Fold<'_>);

    /// Takes in what the tokens told: a header that cannot be read, or a segment beyond the limits. `bytes` are the chunk,
    /// which begins at offset `from` of the file.
    fn unreadable(told: &Findings, bytes: &[u8], from: u64, fold: &mut Fold<'_>);
}

/// The envelope as far as it is followed.
#[derive(Debug)]
struct Followed<D: Front> {
    tracker: D::Tracker,
    envelope: D::Envelope,
}

impl<D: Front> Followed<D> {
    /// Follows a segment, and tells what is wrong, with what `also` finds.
    fn segment(
        &mut self,
        segment: &Segment<'_, D>,
        also: impl FnOnce(&Findings) -> Option<Finding>,
        fold: &mut Fold<'_>,
    ) {
        let mut told = Findings::default();
        D::track(&mut self.tracker, segment, &mut told);
        if let Some(finding) = also(&told) {
            told.push(finding);
        }
        if !told.is_empty() {
            tell::<D>(told, fold);
        }
        for (mark, at) in D::marks(&mut self.tracker) {
            self.fold(&mark, at, fold);
            D::mark(&mark, segment, fold);
        }
    }

    fn fold(&mut self, mark: &D::Mark, at: Position, fold: &mut Fold<'_>) {
        let mut told = Findings::default();
        D::fold(&mut self.envelope, mark, at, &mut told);
        tell::<D>(told, fold);
    }

    /// Ends the file.
    fn finish(mut self, at: Position, fold: &mut Fold<'_>) {
        let mut told = Findings::default();
        let marks = D::last(std::mem::take(&mut self.tracker), at.clone(), &mut told);
        tell::<D>(told, fold);
        for (mark, at) in marks {
            self.fold(&mark, at, fold);
            if D::is_set(&mark) {
                fold.close_set();
            }
        }
        let mut told = Findings::default();
        D::finish(self.envelope, &at, &mut told);
        tell::<D>(told, fold);
    }
}

/// Puts what the envelope found at its level.
fn tell<D: Front>(told: Findings, fold: &mut Fold<'_>) {
    told.kept().iter().for_each(|finding| D::tell(finding, fold));
    fold.findings.append(told);
}

/// Goes through a file, chunk by chunk.
#[derive(Debug)]
struct Walk<D: Front> {
    followed: Followed<D>,
    dialect: D,
}

impl<D: Front> Default for Walk<D> {
    fn default() -> Self {
        Self { followed: Followed { tracker: Default::default(), envelope: Default::default() }, dialect: D::USUAL }
    }
}

impl<D: Front> Walk<D> {
    /// Takes in a chunk of `bytes`, and how long it is; 0 if more are needed.
    fn take(&mut self, bytes: &[u8], last: bool, start: &mut Start, fold: &mut Fold<'_>) -> usize {
        let cut = if last { None } else { chunk_cut(bytes, &self.dialect) };
        let (end, dialect) = match cut {
            Some(cut) => (cut.at, Some(cut.dialect)),
            None if last => (bytes.len(), None),
            None if bytes.len() <= DOCUMENT_BYTES => return 0,
            None => {
                let finding = Finding::new(Code::DocumentTooLarge, Position::at(start.byte, start.line));
                fold.findings.push(finding.expected(format!("at most {DOCUMENT_BYTES} bytes")));
                fold.refuse(InterchangeError::Content);
                start.byte += bytes.len() as u64;
                return bytes.len();
            }
        };
        self.chunk(bytes.get(..end).unwrap_or_default(), start, fold);
        if let Some(dialect) = dialect {
            self.dialect = dialect;
        }
        end
    }

    fn chunk(&mut self, bytes: &[u8], start: &mut Start, fold: &mut Fold<'_>) {
        let from = start.byte;
        let mut segments = Segments::new(bytes, self.dialect, *start);
        let mut told = Findings::default();
        while let Some(segment) = segments.next(&mut told) {
            self.dialect = *segment.dialect();
            if !told.is_empty() {
                self.unreadable(std::mem::take(&mut told), bytes, from, fold);
            }
            D::follow(&mut self.followed, &segment, fold);
        }
        let at = segments.position();
        if !told.is_empty() {
            self.unreadable(told, bytes, from, fold);
        }
        *start = Start { byte: at.byte, line: at.line, column: at.column };
    }

    fn unreadable(&mut self, told: Findings, bytes: &[u8], from: u64, fold: &mut Fold<'_>) {
        D::unreadable(&told, bytes, from, fold);
        fold.findings.append(told);
    }
}
