//! Reads a file of answers with its envelope: 997, 999 and TA1, or CONTRL.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::agreement::answer::{Reader, is_answer, is_contrl};
use crate::agreement::groups::{self, GroupRun};
use crate::agreement::{Agreed, Agreement};
use crate::document::{Code, Findings, Position};
use crate::flow::chunks::Chunks;
use crate::syntax::edifact::{self, Syntax, encoding_of};
use crate::syntax::encoding::Encoding;
use crate::syntax::frames::Frames;
use crate::syntax::segment::{Segment, Segments, Start};
use crate::syntax::x12::{self, Delimiters};

/// What a file of answers says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) reader: Reader,
    pub(super) findings: Findings,
    /// Sender, receiver and control number of each interchange.
    pub(super) interchanges: Vec<[String; 3]>,
    /// Control numbers of groups.
    pub(super) groups: Vec<GroupRun>,
    /// What is not agreed.
    pub(super) codes: Vec<Code>,
    agreed: Agreed,
}

/// A standard in which a partner answers.
trait Answers: Frames {
    /// Whether a file holds nothing but answers; none before the segment that says so.
    fn is_answer(segment: &Segment<'_, Self>) -> Option<bool>;

    /// Takes in a segment of an answer.
    fn hear(reader: &mut Reader, segment: &Segment<'_, Self>);

    /// Notes the numbers of the envelope, and whether it is from the partner to us. Sets of answers need no agreement.
    fn note(said: &mut Said, agreement: &Agreement, mark: &Self::Mark, at: &Position, told: &mut Findings);
}

impl Answers for Delimiters {
    fn is_answer(segment: &Segment<'_, Self>) -> Option<bool> {
        is_answer(segment)
    }

    fn hear(reader: &mut Reader, segment: &Segment<'_, Self>) {
        reader.segment(segment);
    }

    fn note(said: &mut Said, agreement: &Agreement, mark: &x12::Mark, at: &Position, told: &mut Findings) {
        match mark {
            x12::Mark::Isa(isa) => {
                said.interchanges.push([isa.sender, isa.receiver, isa.control].map(|text| text.to_string()));
            }
            x12::Mark::Gs(group) => groups::note(&mut said.groups, group),
            _ => return,
        }
        said.agreed.fold(agreement, mark, at, told);
    }
}

impl Answers for Syntax {
    fn is_answer(segment: &Segment<'_, Self>) -> Option<bool> {
        is_contrl(segment)
    }

    fn hear(reader: &mut Reader, segment: &Segment<'_, Self>) {
        reader.edifact(segment);
    }

    fn note(said: &mut Said, agreement: &Agreement, mark: &edifact::Mark, at: &Position, told: &mut Findings) {
        let edifact::Mark::Unb(unb) = mark else { return };
        said.interchanges.push([unb.sender.0.clone(), unb.receiver.0.clone(), unb.control.to_string()]);
        said.agreed.fold_edifact(agreement, mark, at, told);
    }
}

/// Reads a file that begins so; none if it is no file of answers.
pub(super) fn read(agreement: &Agreement, path: &Path, head: &[u8]) -> io::Result<Option<Said>> {
    let text = head.trim_ascii_start();
    if let Ok(syntax) = Syntax::read(text, 0) {
        let encoding = encoding_of(head).unwrap_or(Encoding::Detect);
        return begins(text, syntax).then(|| heard::<Syntax>(agreement, path, encoding)).transpose();
    }
    match Delimiters::from_isa(head, 0) {
        Ok(delimiters) if begins(head, delimiters) => heard::<Delimiters>(agreement, path, Encoding::Detect).map(Some),
        _ => Ok(None),
    }
}

/// Whether a file that begins so holds nothing but answers.
fn begins<D: Answers>(head: &[u8], dialect: D) -> bool {
    let (mut ignored, mut segments) = (Findings::default(), Segments::new(head, dialect, Start::FILE));
    while let Some(segment) = segments.next(&mut ignored) {
        if let Some(answer) = D::is_answer(&segment) {
            return answer;
        }
    }
    false
}

/// Reads a file of answers.
fn heard<D: Answers>(agreement: &Agreement, path: &Path, encoding: Encoding) -> io::Result<Said> {
    let mut chunks = Chunks::new(File::open(path)?, encoding);
    let (mut said, mut envelope, mut end) = (Said::default(), D::Envelope::default(), Position::default());
    chunks.head(&mut said.findings)?;
    match D::read(chunks.text().trim_ascii_start(), 0) {
        Ok(mut force) => {
            while let Some((chunk, dialect)) = chunks.segments(&mut force, &mut said.findings)? {
                let start = Start { byte: chunk.start.byte, line: chunk.start.line, column: 1 };
                let segments = Segments::new(&chunk.bytes, dialect, start);
                end = said.chunk(agreement, segments, &mut envelope);
            }
        }
        Err(finding) => said.findings.push(finding),
    }
    D::finish(envelope, &end, &mut said.findings);
    said.reader = std::mem::take(&mut said.reader).finish();
    Ok(said)
}

impl Said {
    /// Takes in a chunk; where it ends.
    fn chunk<D: Answers>(
        &mut self,
        agreement: &Agreement,
        mut segments: Segments<'_, D>,
        envelope: &mut D::Envelope,
    ) -> Position {
        let mut tracker = D::Tracker::default();
        while let Some(segment) = segments.next(&mut self.findings) {
            D::track(&mut tracker, &segment, &mut self.findings);
            D::hear(&mut self.reader, &segment);
        }
        let end = segments.position();
        for (mark, at) in D::last(tracker, end.clone(), &mut self.findings) {
            D::fold(envelope, &mark, at.clone(), &mut self.findings);
            let mut told = Findings::default();
            D::note(self, agreement, &mark, &at, &mut told);
            self.codes.extend(told.kept().iter().map(|finding| finding.code));
            self.findings.append(told);
        }
        end
    }
}
