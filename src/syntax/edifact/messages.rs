//! Checks of one message: characters, UNT's count and reference, a missing UNT; and the way from segments to marks.

use super::dialect::Segment;
use super::envelope::{Mark, MessageMark};
use crate::document::{Code, Finding, Findings, Position};
use crate::syntax::x12::Text15;

/// A message that is open.
#[derive(Debug)]
struct Open {
    mark: MessageMark,
    at: Position,
}

/// Follows the segments of one chunk: checks each message and notes the marks for [`super::Envelope`].
#[derive(Debug, Default)]
pub struct MessageTracker {
    open: Option<Open>,
    documents: u32,
    marks: Vec<(Mark, Position)>,
}

impl MessageTracker {
    /// Takes in the next segment; every message of the chunk is a document, numbered from 0.
    pub fn segment(&mut self, segment: &Segment<'_>, findings: &mut Findings) {
        let documents = self.documents;
        self.documents = documents.saturating_add(u32::from(segment.id() == b"UNH"));
        self.segment_in(segment, documents, findings);
    }

    /// The same where a message may become several documents; `documents` is how many were begun before this segment.
    pub fn segment_in(&mut self, segment: &Segment<'_>, documents: u32, findings: &mut Findings) {
        self.count(documents);
        match (segment.id(), &mut self.open) {
            (b"UNT", Some(_)) => self.unt(segment, findings),
            (b"UNH", _) => self.unh(segment, documents, findings),
            (b"UNB" | b"UNG" | b"UNE" | b"UNZ", _) => {
                self.close_without_unt(segment.position(), findings);
                self.marks.push((Mark::of(segment), segment.position()));
            }
            (_, Some(open)) => open.mark.segments += 1,
            (_, None) => self.marks.push((Mark::of(segment), segment.position())),
        }
        if let Some(open) = self.open.as_mut().filter(|_| segment.is_wrapped()) {
            open.mark.wrapped = true;
        }
        self.characters(segment, findings);
    }

    /// The marks since the last call, for a fold that goes along with the segments.
    #[must_use]
    pub fn take_marks(&mut self) -> Vec<(Mark, Position)> {
        std::mem::take(&mut self.marks)
    }

    /// Ends the chunk, which never ends inside a sound message; the marks in order.
    #[must_use]
    pub fn finish(self, at: Position, findings: &mut Findings) -> Vec<(Mark, Position)> {
        let documents = self.documents;
        self.finish_in(at, documents, findings)
    }

    /// The same where a message may become several documents; `documents` is how many were begun.
    #[must_use]
    pub fn finish_in(mut self, at: Position, documents: u32, findings: &mut Findings) -> Vec<(Mark, Position)> {
        self.count(documents);
        self.close_without_unt(at, findings);
        self.marks
    }

    fn count(&mut self, documents: u32) {
        if let Some(open) = &mut self.open {
            open.mark.documents = documents.saturating_sub(open.mark.document);
        }
    }

    fn unh(&mut self, segment: &Segment<'_>, document: u32, findings: &mut Findings) {
        self.close_without_unt(segment.position(), findings);
        let mark = MessageMark {
            kind: Text15::new(segment.component(2, 1)),
            directory: Text15::new(&[segment.component(2, 2), b".", segment.component(2, 3)].concat()),
            reference: Text15::new(segment.element(1)),
            segments: 1,
            document,
            documents: 1,
            wrapped: false,
        };
        self.open = Some(Open { mark, at: segment.position() });
    }

    fn unt(&mut self, segment: &Segment<'_>, findings: &mut Findings) {
        let Some(open) = &mut self.open else { return };
        open.mark.segments += 1;
        let (count, reference) = (Text15::new(segment.element(1)), Text15::new(segment.element(2)));
        let mut wrong = |code, n: usize, expected: String| {
            let finding = Finding::new(code, segment.element_position(n)).found(segment.element(n));
            findings.push(finding.expected(expected).in_documents(open.mark.document, open.mark.documents));
        };
        if count.number() != Some(open.mark.segments) {
            wrong(Code::EdifactSegmentCount, 1, open.mark.segments.to_string());
        }
        if !open.mark.reference.same(&reference) {
            wrong(Code::EdifactMessageReference, 2, open.mark.reference.to_string());
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.marks.push((Mark::Message(open.mark), open.at));
        }
    }

    fn close_without_unt(&mut self, at: Position, findings: &mut Findings) {
        let Some(Open { mark, at: begin }) = &self.open else { return };
        let expected = format!("UNT+{}+{}", mark.segments + 1, mark.reference);
        // The same wherever chunks were cut: the next segment may not be in this chunk.
        let at = Position { record: 0, ..at };
        let finding = Finding::new(Code::EdifactNoUnt, at).found("no UNT").expected(expected);
        let finding = finding.in_documents(mark.document, mark.documents);
        findings.push(finding.help(format!("The message begins at {begin}. {}", Code::EdifactNoUnt.remedy())));
        self.close();
    }

    /// Characters that the level has not, and release characters before what needs none: the first of each segment.
    fn characters(&self, segment: &Segment<'_>, findings: &mut Findings) {
        let (syntax, text) = (segment.dialect(), segment.text());
        let place = |at: usize| segment.offset_position(at).field(String::from_utf8_lossy(segment.id()));
        let of_message = |finding: Finding| match &self.open {
            Some(open) => finding.in_documents(open.mark.document, open.mark.documents),
            None => finding,
        };
        let strange = |byte: &u8| !syntax.level.has(*byte) && !syntax.is_special(*byte);
        if syntax.level.is_limited()
            && let Some(at) = text.iter().position(strange)
        {
            let found = String::from_utf8_lossy(text.get(at..).unwrap_or_default()).chars().take(1).collect::<String>();
            let expected = format!("a character of {}", syntax.level.identifier());
            findings.push(of_message(Finding::new(Code::EdifactCharacter, place(at)).found(found).expected(expected)));
        }
        if segment.released
            && let Some(at) = needless_release(text, syntax)
        {
            findings.push(of_message(Finding::new(Code::EdifactReleaseNeedless, place(at)).found(&text[at..])));
        }
    }
}

/// The first release character that stands before a character without a meaning.
fn needless_release(text: &[u8], syntax: &super::Syntax) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if Some(*byte) == syntax.release {
            if text.get(at + 1).is_some_and(|next| !syntax.is_special(*next)) {
                return Some(at);
            }
            at += 1;
        }
        at += 1;
    }
    None
}
