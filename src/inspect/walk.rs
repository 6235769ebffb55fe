//! Walks an EDI file, chunk by chunk; a [`Standard`] says how its envelope is named.

use std::io::{self, Read};
use std::sync::Arc;

use super::set::{SetTree, leaf};
use super::{Branch, Level, Remark, Summary, View, Which};
use crate::document::{Code, Finding, Findings, Position};
use crate::flow::chunks::Chunks;
use crate::layout::read::Chunk;
use crate::schema::{self, Guides, Part, Release, Separators, Set, Tag};
use crate::syntax::csv;
use crate::syntax::encoding::Encoding;
use crate::syntax::frames::Frames;
use crate::syntax::segment::{Dialect, Segment, Segments, Start};

/// What a segment outside of sets begins or ends.
pub(super) enum Bound {
    /// An interchange: its number, and what to say of it.
    Interchange(String, String),
    /// A group.
    Group(String, String),
    /// The trailer of a group.
    EndOfGroup,
    /// The trailer of an interchange.
    EndOfInterchange,
    /// Nothing.
    Other,
}

/// A set: its definition, where segments that it has not are looked up, and how it is named.
pub(super) struct Named {
    pub(super) definition: Option<Arc<Set>>,
    pub(super) release: Arc<Release>,
    /// Its control number.
    pub(super) control: String,
    /// What it is called.
    pub(super) title: String,
    /// What there is no definition of, if there is none.
    pub(super) unknown: String,
    /// The element of its first segment that names what it is.
    pub(super) element: usize,
}

/// What tells the envelope of one standard from that of another, when it is shown.
pub(super) trait Standard: Default {
    type Syntax: Frames;
    /// How elements are named.
    const DIALECT: schema::Dialect;
    /// Trailers that are missing, which is noticed only where the next segment stands.
    const MISSING: [Code; 3];

    /// What a segment outside of sets is to the envelope; it is in force from then on.
    fn bound(&mut self, segment: &Segment<'_, Self::Syntax>) -> Bound;
    /// The definition of a segment outside of sets, handed to `show`.
    ///
    /// # Errors
    /// When definitions cannot be read; so it is with the other one.
    fn part<T>(&self, tag: Option<Tag>, show: impl FnOnce(Option<&Part>) -> T) -> io::Result<T>;
    /// What a set is, as guides narrow it.
    fn named(&self, segment: &Segment<'_, Self::Syntax>, guides: &Guides) -> io::Result<Named>;
    /// How the elements of a segment of this ID are cut; all but a header's own separators alike.
    fn separators(syntax: &Self::Syntax, id: &[u8]) -> Separators;
    /// The only decimal mark that numbers may have, if there is one.
    fn only_mark(_syntax: &Self::Syntax) -> Option<u8> {
        None
    }
}

/// Shows a file of a standard.
///
/// # Errors
/// When the file cannot be read or the view cannot be written.
pub(super) fn walk<S: Standard, R: Read>(
    reader: R,
    encoding: Encoding,
    which: Which<'_>,
    view: &mut dyn View,
) -> io::Result<Summary> {
    let mut chunks = Chunks::new(reader, encoding);
    let mut findings = Findings::of_batch();
    chunks.head(&mut findings)?;
    skip_blanks(&mut chunks);
    let mut walk = Walk::<S>::new(which, view);
    let syntax = S::Syntax::read(chunks.text(), 0).map_err(|finding| findings.push(finding));
    if let Ok(syntax) = syntax {
        walk.chunks(&mut chunks, syntax, findings)?;
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
struct Span<D> {
    from: Start,
    to: u64,
    syntax: D,
    is_set: bool,
}

struct Walk<'v, S: Standard> {
    which: Which<'v>,
    view: &'v mut dyn View,
    summary: Summary,
    standard: S,
    envelope: <S::Syntax as Frames>::Envelope,
    /// What was found and not yet told, in the order of the bytes.
    told: std::vec::IntoIter<Finding>,
    next: Option<Finding>,
    open: Vec<Level>,
    hidden: u64,
    hidden_faulty: u64,
    /// Offset of the first byte of the line that is being read.
    line_start: u64,
}

impl<'v, S: Standard> Walk<'v, S> {
    fn new(which: Which<'v>, view: &'v mut dyn View) -> Self {
        Self {
            which,
            view,
            summary: Summary::default(),
            standard: S::default(),
            envelope: Default::default(),
            told: Vec::new().into_iter(),
            next: None,
            open: Vec::new(),
            hidden: 0,
            hidden_faulty: 0,
            line_start: 0,
        }
    }

    fn chunks<R: Read>(
        &mut self,
        chunks: &mut Chunks<R>,
        mut force: S::Syntax,
        mut findings: Findings,
    ) -> io::Result<()> {
        let mut end = Position::default();
        while let Some((chunk, syntax)) = chunks.segments(&mut force, &mut findings)? {
            end = self.chunk(&chunk, syntax, std::mem::replace(&mut findings, Findings::of_batch()))?;
        }
        self.tell_hidden(&end)?;
        S::Syntax::finish(std::mem::take(&mut self.envelope), &end, &mut findings);
        self.close_to(0)?;
        self.findings(findings, u64::MAX)
    }

    /// Shows a chunk; where it ends.
    fn chunk(&mut self, chunk: &Chunk, syntax: S::Syntax, mut findings: Findings) -> io::Result<Position> {
        let column = chunk.start.byte.saturating_sub(self.line_start) + 1;
        let start = Start { byte: chunk.start.byte, line: chunk.start.line, column };
        let (spans, end) = self.outline(&chunk.bytes, syntax, start, &mut findings);
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
        syntax: S::Syntax,
        start: Start,
        findings: &mut Findings,
    ) -> (Vec<Span<S::Syntax>>, Position) {
        let mut segments = Segments::new(bytes, syntax, start);
        let (mut tracker, mut spans, mut in_set) =
            (<S::Syntax as Frames>::Tracker::default(), Vec::<Span<_>>::new(), false);
        while let Some(segment) = segments.next(findings) {
            S::Syntax::track(&mut tracker, &segment, findings);
            let from = Start { byte: segment.byte, line: segment.line, column: segment.column };
            let (begins, ends) = (segment.id() == S::Syntax::OPENS, segment.id() == S::Syntax::CLOSES);
            let outside = begins || !in_set || S::Syntax::is_envelope(segment.id());
            let (to, syntax) = (segments.position().byte, *segments.dialect());
            match spans.last_mut().filter(|_| !outside) {
                Some(span) => span.to = to,
                None => spans.push(Span { from, to, syntax, is_set: begins }),
            }
            in_set = begins || in_set && !outside && !ends;
        }
        let end = segments.position();
        for (mark, at) in S::Syntax::last(tracker, end.clone(), findings) {
            S::Syntax::fold(&mut self.envelope, &mark, at, findings);
        }
        (spans, end)
    }

    /// A segment outside of sets.
    fn outside(&mut self, span: &Span<S::Syntax>, bytes: &[u8]) -> io::Result<()> {
        let mut ignored = Findings::default();
        let mut segments = Segments::new(bytes, span.syntax, span.from);
        let Some(segment) = segments.next(&mut ignored) else { return Ok(()) };
        self.tell_hidden(&segment.position())?;
        self.tell_before(&segment)?;
        let bound = self.standard.bound(&segment);
        let closes = match bound {
            Bound::Interchange(id, title) => {
                self.close_to(0)?;
                self.summary.interchanges += 1;
                self.begin(Level::Interchange, id, title, segment.position())?;
                None
            }
            Bound::Group(id, title) => {
                self.close_to(1)?;
                self.summary.groups += 1;
                self.begin(Level::Group, id, title, segment.position())?;
                None
            }
            // Its group may have had no end.
            Bound::EndOfInterchange => {
                self.close_to(1)?;
                Some(0)
            }
            Bound::EndOfGroup => Some(1),
            Bound::Other => None,
        };
        let separators = S::separators(&span.syntax, segment.id());
        let show = |part: Option<&Part>| leaf(part, S::DIALECT, &segment, separators, &[]);
        let shown = self.standard.part(Tag::new(segment.id()), show)?;
        self.view.leaf(&shown)?;
        self.tell(span.to)?;
        closes.map_or(Ok(()), |depth| self.close_to(depth))
    }

    /// A transaction set; one that is not shown is checked and counted.
    fn set(&mut self, span: &Span<S::Syntax>, bytes: &[u8]) -> io::Result<()> {
        self.summary.sets += 1;
        let mut ignored = Findings::default();
        let (mut begin, none) = (Segments::new(bytes, span.syntax, span.from), Guides::default());
        let Some(first) = begin.next(&mut ignored) else { return Ok(()) };
        let named = self.standard.named(&first, self.which.guides.unwrap_or(&none))?;
        let separators = S::separators(&span.syntax, S::Syntax::OPENS);
        let mut tree = SetTree::new(named.definition.as_deref(), &named.release, separators);
        tree.only_mark(S::only_mark(&span.syntax));
        let mut segments = Segments::new(bytes, span.syntax, span.from);
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
        self.show(span, bytes, &mut tree, &named)?;
        self.summary.faulty += u64::from(!sound || self.summary.errors > before);
        Ok(())
    }

    fn show(&mut self, span: &Span<S::Syntax>, bytes: &[u8], tree: &mut SetTree<'_>, named: &Named) -> io::Result<()> {
        let (mut segments, mut ignored) = (Segments::new(bytes, span.syntax, span.from), Findings::default());
        let mut is_first = true;
        while let Some(segment) = segments.next(&mut ignored) {
            if std::mem::take(&mut is_first) {
                self.tell_hidden(&segment.position())?;
                self.tell_before(&segment)?;
                self.close_to(2)?;
                self.begin(Level::Set, named.control.clone(), named.title.clone(), segment.position())?;
                if named.definition.is_none() {
                    let text = format!("There is no definition of {}: nothing inside is checked", named.unknown);
                    let at = segment.element_position(named.element);
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
    fn tell_before(&mut self, segment: &Segment<'_, S::Syntax>) -> io::Result<()> {
        self.tell(segment.byte)?;
        let trailer = |finding: &mut Finding| S::MISSING.contains(&finding.code) && finding.at.byte == segment.byte;
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
