//! Walks an X12 file, chunk by chunk.

use std::io::{self, Read};
use std::sync::Arc;

use super::set::{SetTree, leaf};
use super::{Branch, Level, Remark, Summary, View, Which};
use crate::document::{Code, Finding, Findings, Position};
use crate::flow::chunks::Chunks;
use crate::layout::read::Chunk;
use crate::schema::{Dialect, Release, Separators, Set, Standard, Tag, library};
use crate::syntax::csv;
use crate::syntax::encoding::Encoding;
use crate::syntax::x12::{Delimiters, Envelope, Mark, Segment, Segments, SetTracker, Start};

/// The release whose names are used for an envelope of a release that is not in the box.
const USUAL: &str = "004010";

/// Shows an X12 file.
///
/// # Errors
/// When the file cannot be read or the view cannot be written.
pub fn x12<R: Read>(reader: R, which: Which, view: &mut dyn View) -> io::Result<Summary> {
    let mut chunks = Chunks::new(reader, Encoding::Detect);
    let mut findings = Findings::of_batch();
    chunks.head(&mut findings)?;
    skip_blanks(&mut chunks);
    let mut walk = Walk::new(which, view);
    let delimiters = Delimiters::from_isa(chunks.text(), 0).map_err(|finding| findings.push(finding));
    if let Ok(delimiters) = delimiters {
        walk.chunks(&mut chunks, delimiters, findings)?;
    } else {
        walk.findings(findings, u64::MAX)?;
    }
    let Walk { view, summary, .. } = walk;
    view.finish(&summary)?;
    Ok(summary)
}

/// Blanks and line breaks before the first ISA are no fault that keeps a person from looking.
fn skip_blanks<R: Read>(chunks: &mut Chunks<R>) {
    let text = chunks.text();
    let blanks = text.len() - text.trim_ascii_start().len();
    let lines = text[..blanks].iter().filter(|byte| **byte == b'\n').count() as u64;
    chunks.skip_to(csv::Start { byte: blanks as u64, line: 1 + lines, record: 1 });
}

/// A stretch of a chunk: one segment outside of sets, or a whole set.
struct Span {
    from: Start,
    to: u64,
    delimiters: Delimiters,
    is_set: bool,
}

struct Walk<'v> {
    which: Which,
    view: &'v mut dyn View,
    summary: Summary,
    envelope: Envelope,
    /// What was found and not yet told, in the order of the bytes.
    told: std::vec::IntoIter<Finding>,
    next: Option<Finding>,
    open: Vec<Level>,
    /// GS08 of the group, or what ISA12 makes of it.
    release: String,
    hidden: u64,
    hidden_faulty: u64,
    /// Offset of the first byte of the line that is being read.
    line_start: u64,
}

impl<'v> Walk<'v> {
    fn new(which: Which, view: &'v mut dyn View) -> Self {
        Self {
            which,
            view,
            summary: Summary::default(),
            envelope: Envelope::default(),
            told: Vec::new().into_iter(),
            next: None,
            open: Vec::new(),
            release: USUAL.to_owned(),
            hidden: 0,
            hidden_faulty: 0,
            line_start: 0,
        }
    }

    fn chunks<R: Read>(
        &mut self,
        chunks: &mut Chunks<R>,
        mut force: Delimiters,
        mut findings: Findings,
    ) -> io::Result<()> {
        let mut end = Position::default();
        while let Some((chunk, delimiters)) = chunks.segments(&mut force, &mut findings)? {
            end = self.chunk(&chunk, delimiters, std::mem::replace(&mut findings, Findings::of_batch()))?;
        }
        self.tell_hidden(&end)?;
        std::mem::take(&mut self.envelope).finish(&end, &mut findings);
        self.close_to(0)?;
        self.findings(findings, u64::MAX)
    }

    /// Shows a chunk; where it ends.
    fn chunk(&mut self, chunk: &Chunk, delimiters: Delimiters, mut findings: Findings) -> io::Result<Position> {
        let column = chunk.start.byte.saturating_sub(self.line_start) + 1;
        let start = Start { byte: chunk.start.byte, line: chunk.start.line, column };
        let (spans, end) = self.outline(&chunk.bytes, delimiters, start, &mut findings);
        if let Some(last) = memchr::memrchr(b'\n', &chunk.bytes) {
            self.line_start = chunk.start.byte + last as u64 + 1;
        }
        let mut sorted: Vec<Finding> = findings.into_iter().collect();
        sorted.sort_by_key(|finding| finding.at.byte);
        self.told = sorted.into_iter();
        self.next = self.told.next();
        for span in spans {
            let (from, to) = (span.from.byte - chunk.start.byte, span.to - chunk.start.byte);
            let bytes = chunk.bytes.get(from as usize..to as usize).unwrap_or_default();
            if span.is_set { self.set(&span, bytes)? } else { self.outside(&span, bytes)? }
        }
        self.tell(u64::MAX)?;
        Ok(end)
    }

    /// Finds the sets of a chunk, and everything wrong with the envelope.
    fn outline(
        &mut self,
        bytes: &[u8],
        delimiters: Delimiters,
        start: Start,
        findings: &mut Findings,
    ) -> (Vec<Span>, Position) {
        let mut segments = Segments::new(bytes, delimiters, start);
        let (mut tracker, mut spans, mut in_set) = (SetTracker::default(), Vec::<Span>::new(), false);
        while let Some(segment) = segments.next(findings) {
            tracker.segment(&segment, findings);
            let from = Start { byte: segment.byte, line: segment.line, column: segment.column };
            let (begins, ends) = (segment.id() == b"ST", segment.id() == b"SE");
            let outside = begins || !in_set || matches!(segment.id(), b"ISA" | b"GS" | b"GE" | b"IEA");
            let (to, delimiters) = (segments.position().byte, *segments.dialect());
            match spans.last_mut().filter(|_| !outside) {
                Some(span) => span.to = to,
                None => spans.push(Span { from, to, delimiters, is_set: begins }),
            }
            in_set = begins || in_set && !outside && !ends;
        }
        let end = segments.position();
        for (mark, at) in tracker.finish(end.clone(), findings) {
            self.envelope.fold(&mark, at, findings);
        }
        (spans, end)
    }

    /// A segment outside of sets.
    fn outside(&mut self, span: &Span, bytes: &[u8]) -> io::Result<()> {
        let mut ignored = Findings::default();
        let mut segments = Segments::new(bytes, span.delimiters, span.from);
        let Some(segment) = segments.next(&mut ignored) else { return Ok(()) };
        self.tell_hidden(&segment.position())?;
        self.tell_before(&segment)?;
        match Mark::of(&segment) {
            Mark::Isa(isa) => {
                self.close_to(0)?;
                self.release = format!("{}0", isa.version);
                self.summary.interchanges += 1;
                let usage = super::meaning::x12("I14", &isa.usage.to_string());
                let title = format!(
                    "{} {} to {} {}, version {}, {usage}",
                    isa.sender_qualifier, isa.sender, isa.receiver_qualifier, isa.receiver, isa.version
                );
                self.begin(Level::Interchange, isa.control.to_string(), title, segment.position())?;
            }
            Mark::Gs(group) => {
                self.close_to(1)?;
                self.release = group.release.to_string();
                self.summary.groups += 1;
                let what = super::meaning::x12("479", &group.functional_id.to_string());
                let ids = format!("{} to {}", group.sender, group.receiver);
                let title = format!("{} {what}, {ids}, release {}", group.functional_id, group.release);
                self.begin(Level::Group, group.control.to_string(), title, segment.position())?;
            }
            // Its group may have had no end.
            Mark::Iea { .. } => self.close_to(1)?,
            _ => {}
        }
        let release = self.release()?;
        let usual = library().release(Standard::X12(USUAL)).map_err(io::Error::other)?;
        let part = Tag::new(segment.id()).and_then(|tag| release.segment(tag).or_else(|| usual.segment(tag)));
        // ISA11 and ISA16 are separators themselves.
        let separators = match segment.id() {
            b"ISA" => Separators { component: 0, repetition: None, release: None },
            _ => separators(&span.delimiters),
        };
        let part = part.map(|segment| &segment.part);
        self.view.leaf(&leaf(part, Dialect::X12, &segment, separators, &[]))?;
        self.tell(span.to)?;
        match segment.id() {
            b"IEA" => self.close_to(0),
            b"GE" => self.close_to(1),
            _ => Ok(()),
        }
    }

    /// A transaction set; one that is not shown is checked and counted.
    fn set(&mut self, span: &Span, bytes: &[u8]) -> io::Result<()> {
        self.summary.sets += 1;
        let (release, definition, id) = self.definition(span, bytes)?;
        let mut ignored = Findings::default();
        let mut tree = SetTree::new(definition.as_deref(), &release, separators(&span.delimiters));
        let mut segments = Segments::new(bytes, span.delimiters, span.from);
        while let Some(segment) = segments.next(&mut ignored) {
            tree.look(&segment);
        }
        let sound = tree.looked();
        if !self.which.shows(self.summary.sets) {
            let faulty = !sound | self.pass_over(span.to);
            self.hidden += 1;
            self.hidden_faulty += u64::from(faulty);
            self.summary.faulty += u64::from(faulty);
            return Ok(());
        }
        let before = self.summary.errors;
        self.show(span, bytes, &mut tree, definition.as_deref(), &id)?;
        self.summary.faulty += u64::from(!sound || self.summary.errors > before);
        Ok(())
    }

    fn show(
        &mut self,
        span: &Span,
        bytes: &[u8],
        tree: &mut SetTree<'_>,
        definition: Option<&Set>,
        id: &str,
    ) -> io::Result<()> {
        let (mut segments, mut ignored) = (Segments::new(bytes, span.delimiters, span.from), Findings::default());
        let mut is_first = true;
        while let Some(segment) = segments.next(&mut ignored) {
            if std::mem::take(&mut is_first) {
                self.tell_hidden(&segment.position())?;
                self.tell_before(&segment)?;
                self.close_to(2)?;
                let control = String::from_utf8_lossy(segment.element(2)).into_owned();
                let title = definition.map_or_else(|| id.to_owned(), |set| format!("{} {}", set.id, set.title));
                self.begin(Level::Set, control, title, segment.position())?;
                if definition.is_none() {
                    let text = format!(
                        "There is no definition of {id} in release {}: nothing inside is checked",
                        self.release
                    );
                    let at = segment.element_position(1);
                    self.view.remark(&Remark { is_error: false, code: "", text, at })?;
                }
            }
            self.tell(segment.byte)?;
            self.summary.errors += tree.show(&segment, self.view)?;
        }
        self.tell(span.to)?;
        self.summary.errors += tree.close(&segments.position(), self.view)?;
        self.close_to(2)
    }

    /// The release and definition of a set, and its ID.
    fn definition(&self, span: &Span, bytes: &[u8]) -> io::Result<(Arc<Release>, Option<Arc<Set>>, String)> {
        let mut segments = Segments::new(bytes, span.delimiters, span.from);
        let mut ignored = Findings::default();
        let id = segments.next(&mut ignored).map(|segment| String::from_utf8_lossy(segment.element(1)).into_owned());
        let id = id.unwrap_or_default();
        let set = library().set(Standard::X12(&self.release), &id).transpose().map_err(io::Error::other)?;
        Ok((self.release()?, set, id))
    }

    fn release(&self) -> io::Result<Arc<Release>> {
        library().release(Standard::X12(&self.release)).map_err(io::Error::other)
    }

    fn begin(&mut self, level: Level, id: String, title: String, at: Position) -> io::Result<()> {
        self.open.push(level);
        self.view.open(&Branch { level, id, title, at })
    }

    /// Closes levels until at most this many are open: an interchange, a group, a set. A group without an interchange
    /// around it counts as the first.
    fn close_to(&mut self, depth: usize) -> io::Result<()> {
        let wanted = [Level::Interchange, Level::Group, Level::Set];
        let inner = wanted.get(depth..).unwrap_or_default();
        while self.open.last().is_some_and(|level| inner.contains(level)) {
            self.open.pop();
            self.view.close()?;
        }
        Ok(())
    }

    /// Tells what was found before an offset.
    fn tell(&mut self, before: u64) -> io::Result<()> {
        while let Some(finding) = self.next.take_if(|finding| finding.at.byte < before) {
            self.remark(&finding)?;
            self.next = self.told.next();
        }
        Ok(())
    }

    /// Tells what was found before a segment, a missing trailer too, which is noticed only where the next one stands.
    fn tell_before(&mut self, segment: &Segment<'_>) -> io::Result<()> {
        self.tell(segment.byte)?;
        let trailer = |finding: &mut Finding| {
            let missing = matches!(finding.code, Code::X12NoSe | Code::X12NoGe | Code::X12NoIea);
            missing && finding.at.byte == segment.byte
        };
        while let Some(finding) = self.next.take_if(trailer) {
            self.remark(&finding)?;
            self.next = self.told.next();
        }
        Ok(())
    }

    /// Passes over what was found before an offset; whether it was an error.
    fn pass_over(&mut self, before: u64) -> bool {
        let mut error = false;
        while let Some(finding) = self.next.take_if(|finding| finding.at.byte < before) {
            error |= Remark::of(&finding).is_error;
            self.next = self.told.next();
        }
        error
    }

    /// Says how many sets were not shown.
    fn tell_hidden(&mut self, at: &Position) -> io::Result<()> {
        let (hidden, faulty) = (std::mem::take(&mut self.hidden), std::mem::take(&mut self.hidden_faulty));
        if hidden == 0 {
            return Ok(());
        }
        let text = format!("{hidden} sets not shown, {faulty} of them with faults; --limit or --set shows others");
        self.view.remark(&Remark { is_error: false, code: "", text, at: at.clone() })
    }

    fn findings(&mut self, findings: Findings, before: u64) -> io::Result<()> {
        self.told = findings.into_iter().collect::<Vec<_>>().into_iter();
        self.next = self.told.next();
        self.tell(before)
    }

    fn remark(&mut self, finding: &Finding) -> io::Result<()> {
        let remark = Remark::of(finding);
        self.summary.errors += u64::from(remark.is_error);
        self.view.remark(&remark)
    }
}

fn separators(delimiters: &Delimiters) -> Separators {
    Separators { component: delimiters.component, repetition: delimiters.repetition, release: None }
}
