//! Checks of one transaction set: SE01, SE02 and a missing SE; and the way from segments to marks.

use super::dialect::Segment;
use super::envelope::{Mark, Text15};
use crate::document::{Code, Finding, Findings, Position};

/// Counts the segments of one transaction set and checks its trailer.
#[derive(Clone, Debug)]
pub struct SetCheck {
    id: Text15,
    control: Text15,
    segments: u64,
    at: Position,
    document: u32,
    documents: u32,
}

impl SetCheck {
    /// Begins with the ST segment of the set that becomes row `document` of the batch.
    #[must_use]
    pub fn st(segment: &Segment<'_>, document: u32) -> Self {
        let (id, control) = (Text15::new(segment.element(1)), Text15::new(segment.element(2)));
        Self { id, control, segments: 1, at: segment.position(), document, documents: 1 }
    }

    /// Counts a segment between ST and SE.
    pub fn segment(&mut self) {
        self.segments += 1;
    }

    /// Ends with the SE segment, which counts too.
    pub fn se(&mut self, segment: &Segment<'_>, findings: &mut Findings) {
        self.segments += 1;
        let stated = Text15::new(segment.element(1));
        if stated.number() != Some(self.segments) {
            let finding = Finding::new(Code::X12SegmentCount, segment.element_position(1));
            findings.push(
                finding
                    .found(segment.element(1))
                    .expected(self.segments.to_string())
                    .in_documents(self.document, self.documents),
            );
        }
        if !self.control.same(&Text15::new(segment.element(2))) {
            let finding = Finding::new(Code::X12SetControl, segment.element_position(2));
            findings.push(
                finding
                    .found(segment.element(2))
                    .expected(self.control.to_string())
                    .in_documents(self.document, self.documents),
            );
        }
    }

    /// Ends without an SE: another segment of the envelope, or the end of the input, came first.
    pub fn no_se(&self, at: Position, findings: &mut Findings) {
        let expected = format!("SE*{}*{}", self.segments + 1, self.control);
        // The same wherever chunks were cut: the next segment may not be in this chunk.
        let at = Position { record: 0, ..at };
        let finding = Finding::new(Code::X12NoSe, at)
            .found("no SE")
            .expected(expected)
            .in_documents(self.document, self.documents);
        findings.push(finding.help(format!("The set begins at {}. {}", self.at, Code::X12NoSe.remedy())));
    }

    /// The mark of the set, for the envelope.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark::Set {
            id: self.id,
            control: self.control,
            segments: self.segments,
            document: self.document,
            documents: self.documents,
        }
    }
}

/// Follows the segments of one chunk: checks each set and notes the marks for [`super::Envelope`].
#[derive(Debug, Default)]
pub struct SetTracker {
    open: Option<SetCheck>,
    documents: u32,
    marks: Vec<(Mark, Position)>,
}

impl SetTracker {
    /// Takes in the next segment; every set of the chunk is a document, numbered from 0.
    pub fn segment(&mut self, segment: &Segment<'_>, findings: &mut Findings) {
        let documents = self.documents;
        self.documents = documents.saturating_add(u32::from(segment.id() == b"ST"));
        self.segment_in(segment, documents, findings);
    }

    /// The same where a set may become several documents; `documents` is how many were begun before this segment.
    pub fn segment_in(&mut self, segment: &Segment<'_>, documents: u32, findings: &mut Findings) {
        self.count(documents);
        match (segment.id(), &mut self.open) {
            (b"SE", Some(set)) => {
                set.se(segment, findings);
                self.close();
            }
            (b"ST", _) => {
                self.close_without_se(segment.position(), findings);
                self.open = Some(SetCheck::st(segment, documents));
            }
            (b"ISA" | b"GS" | b"GE" | b"IEA", _) => {
                self.close_without_se(segment.position(), findings);
                self.note(segment);
            }
            (_, Some(set)) => set.segment(),
            (_, None) => self.note(segment),
        }
    }

    /// The marks since the last call, for a fold that goes along with the segments.
    #[must_use]
    pub fn take_marks(&mut self) -> Vec<(Mark, Position)> {
        std::mem::take(&mut self.marks)
    }

    /// Ends the chunk, which never ends inside a sound set; the marks in order.
    #[must_use]
    pub fn finish(self, at: Position, findings: &mut Findings) -> Vec<(Mark, Position)> {
        let documents = self.documents;
        self.finish_in(at, documents, findings)
    }

    /// The same where a set may become several documents; `documents` is how many were begun.
    #[must_use]
    pub fn finish_in(mut self, at: Position, documents: u32, findings: &mut Findings) -> Vec<(Mark, Position)> {
        self.count(documents);
        self.close_without_se(at, findings);
        self.marks
    }

    fn count(&mut self, documents: u32) {
        if let Some(set) = &mut self.open {
            set.documents = documents.saturating_sub(set.document);
        }
    }

    fn note(&mut self, segment: &Segment<'_>) {
        self.marks.push((Mark::of(segment), segment.position()));
    }

    fn close(&mut self) {
        if let Some(set) = self.open.take() {
            self.marks.push((set.mark(), set.at));
        }
    }

    fn close_without_se(&mut self, at: Position, findings: &mut Findings) {
        if let Some(set) = &self.open {
            set.no_se(at, findings);
            self.close();
        }
    }
}
