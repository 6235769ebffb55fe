//! Reads a file of CONTRL: what it answers, and what is wrong with its envelope.

use std::fs::File;
use std::io;
use std::path::Path;

use super::answers::Said;
use crate::agreement::answer::{Reader, is_contrl};
use crate::agreement::{Agreed, Agreement};
use crate::document::{Findings, Position};
use crate::flow::chunks::Chunks;
use crate::syntax::edifact::{Envelope, Mark, MessageTracker, Segments, Start, Syntax, encoding_of};
use crate::syntax::encoding::Encoding;

/// Whether the first message of a file that begins so is a CONTRL; none if it is no EDIFACT.
pub(super) fn begins(head: &[u8]) -> Option<bool> {
    let text = head.trim_ascii_start();
    let syntax = Syntax::read(text, 0).ok()?;
    let (mut ignored, mut segments) = (Findings::default(), Segments::new(text, syntax, Start::FILE));
    while let Some(segment) = segments.next(&mut ignored) {
        if let Some(answer) = is_contrl(&segment) {
            return Some(answer);
        }
    }
    Some(false)
}

/// Reads a file of answers with its envelope; `head` is how it begins.
pub(super) fn read(agreement: &Agreement, path: &Path, head: &[u8]) -> io::Result<Said> {
    let encoding = encoding_of(head).unwrap_or(Encoding::Detect);
    let mut chunks = Chunks::new(File::open(path)?, encoding);
    let mut reading = Reading::default();
    chunks.head(&mut reading.findings)?;
    let mut force = match Syntax::read(chunks.text().trim_ascii_start(), 0) {
        Ok(syntax) => syntax,
        Err(finding) => {
            reading.findings.push(finding);
            return Ok(reading.finish());
        }
    };
    while let Some((chunk, syntax)) = chunks.segments(&mut force, &mut reading.findings)? {
        let start = Start { byte: chunk.start.byte, line: chunk.start.line, column: 1 };
        reading.chunk(agreement, Segments::new(&chunk.bytes, syntax, start));
    }
    Ok(reading.finish())
}

#[derive(Default)]
struct Reading {
    reader: Reader,
    findings: Findings,
    envelope: Envelope,
    agreed: Agreed,
    interchanges: Vec<[String; 3]>,
    codes: Vec<crate::document::Code>,
    end: Position,
}

impl Reading {
    fn chunk(&mut self, agreement: &Agreement, mut segments: Segments<'_>) {
        let mut tracker = MessageTracker::default();
        while let Some(segment) = segments.next(&mut self.findings) {
            tracker.segment(&segment, &mut self.findings);
            self.reader.edifact(&segment);
        }
        self.end = segments.position();
        for (mark, at) in tracker.finish(self.end.clone(), &mut self.findings) {
            self.envelope.fold(&mark, at.clone(), &mut self.findings);
            self.mark(agreement, &mark, &at);
        }
    }

    /// Whether it is from the partner to us. The messages of answers themselves need no agreement.
    fn mark(&mut self, agreement: &Agreement, mark: &Mark, at: &Position) {
        let Mark::Unb(unb) = mark else { return };
        self.interchanges.push([unb.sender.0.clone(), unb.receiver.0.clone(), unb.control.to_string()]);
        let mut told = Findings::default();
        self.agreed.fold_edifact(agreement, mark, at, &mut told);
        self.codes.extend(told.kept().iter().map(|finding| finding.code));
        self.findings.append(told);
    }

    fn finish(mut self) -> Said {
        std::mem::take(&mut self.envelope).finish(&self.end, &mut self.findings);
        let Self { reader, findings, interchanges, codes, .. } = self;
        Said { reader: reader.finish(), findings, interchanges, groups: Vec::new(), codes }
    }
}
