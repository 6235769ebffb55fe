//! A layout of EDIFACT messages, prepared for reading: its bindings by segment, and what its messages must be.

use super::edifact_path::{Path, Which};
use super::segments::{Definition, Named, tag};
use super::slots::{self, Bound};
use crate::document::{Code, Field, Finding, Findings, Level, Type};
use crate::layout::Layout;
use crate::layout::convert::Converter;
use crate::layout::date::DateFormat;
use crate::layout::model::{Binding, EdifactFile};
use crate::schema::{Guides, Standard};
use crate::syntax::edifact::Segment;

/// Formats of dates (UN/EDIFACT code list 2379). Of a period the beginning is read.
const FORMATS: [(&[u8], &str, usize); 10] = [
    (b"102", "%Y%m%d", 8),
    (b"203", "%Y%m%d%H%M", 12),
    (b"204", "%Y%m%d%H%M%S", 14),
    (b"101", "%y%m%d", 6),
    (b"201", "%y%m%d%H%M", 10),
    (b"202", "%y%m%d%H%M%S", 12),
    (b"2", "%d%m%y", 6),
    (b"3", "%m%d%y", 6),
    (b"718", "%Y%m%d", 8),
    (b"719", "%Y%m%d%H%M", 12),
];

/// A layout of EDIFACT messages, prepared.
pub struct EdifactProgram<'l> {
    pub(super) layout: &'l Layout,
    pub(super) edifact: &'l EdifactFile,
    pub(super) bound: [Vec<Bound<Slot<'l>>>; 2],
    pub(super) fields: [Vec<usize>; 2],
    pub(super) required: Vec<u64>,
    pub(super) line_segment: u64,
    pub(super) heads: Vec<u64>,
    pub(super) line_heads: Vec<u64>,
    /// The segment that begins a level above the lines.
    pub(super) level: Option<u64>,
    /// Whether a path asks for codes of the segment that begins a line.
    pub(super) asks_line: bool,
    /// Whether a binding asks which of the levels above are packages.
    pub(super) asks_packages: bool,
    pub(super) definitions: Option<Vec<Definition>>,
    formats: Vec<(&'static [u8], DateFormat, usize)>,
}

/// One place that a field is read from.
pub(super) struct Slot<'l> {
    pub(super) path: Path,
    pub(super) slot: usize,
    /// Its number among the alternatives; none for a text of which there is no other place.
    pub(super) rank: Option<usize>,
    pub(super) converter: Converter<'l>,
    pub(super) binding: &'l Binding,
    pub(super) field: &'static Field,
}

impl<'l> EdifactProgram<'l> {
    /// Prepares a layout; bindings that make no sense are findings. With `validate`, messages must agree with its
    /// definitions.
    pub fn new(
        layout: &'l Layout,
        edifact: &'l EdifactFile,
        validate: Option<&Guides>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut program = Self {
            layout,
            edifact,
            bound: [Vec::new(), Vec::new()],
            fields: [Vec::new(), Vec::new()],
            required: edifact.required.iter().map(|id| tag(id.as_bytes())).collect(),
            line_segment: tag(edifact.line.as_bytes()),
            heads: Vec::new(),
            line_heads: edifact.line_groups.iter().map(|id| tag(id.as_bytes())).collect(),
            level: (!edifact.level.is_empty()).then(|| tag(edifact.level.as_bytes())),
            asks_line: false,
            asks_packages: false,
            definitions: validate.map(|guides| definitions(edifact, guides)),
            formats: FORMATS
                .iter()
                .filter_map(|(code, text, len)| Some((*code, DateFormat::compile(text).ok()?, *len)))
                .collect(),
        };
        for binding in &layout.bindings {
            program.bind(binding, findings)?;
        }
        Some(program)
    }

    fn bind(&mut self, binding: &'l Binding, findings: &mut Findings) -> Option<()> {
        let level = usize::from(binding.level == Level::Line);
        let field = self.layout.kind.fields(binding.level).get(binding.field)?;
        let slot = self.fields[level].len();
        self.fields[level].push(binding.field);
        for (rank, from) in binding.from.iter().enumerate() {
            let path = match Path::parse(from) {
                Ok(path) => path,
                Err(expected) => {
                    let finding = Finding::new(Code::LayoutBinding, binding.at.clone()).found(from);
                    findings.push(finding.expected(expected));
                    return None;
                }
            };
            let head = path.within.as_ref().map(|(head, qualifiers)| (*head, !qualifiers.is_empty()));
            self.heads.extend(head.map(|(head, _)| head).filter(|head| !self.heads.contains(head)));
            self.asks_line |= head == Some((self.line_segment, true));
            self.asks_packages |= path.level != Which::Nearest;
            let converter = Converter::new(self.layout, binding, field);
            let of_level = self.level.is_some() && head.map(|(head, _)| head) == self.level;
            let rank = (binding.from.len() > 1 || field.kind.is_decimal() || of_level).then_some(rank);
            let bound = Bound::of(&mut self.bound[level], path.segment);
            if bound.index.add(bound.slots.len(), path.asked()).is_none() {
                findings.push(slots::too_many(binding, from));
                return None;
            }
            bound.slots.push(Slot { path, slot, rank, converter, binding, field });
        }
        Some(())
    }

    /// Whether a group begins with this segment.
    pub(super) fn is_head(&self, id: u64, in_line: bool) -> bool {
        self.heads.contains(&id) || (in_line && self.line_heads.contains(&id))
    }

    /// The moment of a DTM, as ISO text: none if its format is not known here, an empty text if it does not fit.
    pub(super) fn date(&self, text: &[u8], code: &[u8], kind: Type, out: &mut Vec<u8>) -> Option<()> {
        let (_, format, len) = self.formats.iter().find(|(known, ..)| *known == code)?;
        out.clear();
        let is_period = matches!(code, b"718" | b"719");
        let text = if is_period { text.get(..*len).unwrap_or(text) } else { text };
        let fits = text.len() == *len;
        if let Some(moment) = format.read(text).filter(|_| fits) {
            if kind == Type::Date { moment.write_date(out) } else { moment.write_datetime(out) }
        }
        Some(())
    }
}

/// The definitions of a layout's messages that are in the box.
fn definitions(edifact: &EdifactFile, guides: &Guides) -> Vec<Definition> {
    let mut all = Vec::new();
    for (id, release) in edifact.messages.iter().flat_map(|m| edifact.directories.iter().map(move |d| (m, d))) {
        for version in [3, 4] {
            let found = guides.set(Standard::Edifact(release, version), id);
            let (id, release) = (id.clone(), release.clone());
            all.extend(found.map(|set| Definition { release, id, version, set }));
        }
    }
    all
}

pub(super) fn named<'s>(unh: &Segment<'s>) -> Named<'s> {
    let version = if unh.dialect().version >= 4 { 4 } else { 3 };
    Named { release: directory(unh), id: unh.component(2, 1), version }
}

/// Whether a message is one of those of a layout; its directory is written as in `D.96A`.
#[must_use]
pub fn is_read(edifact: &EdifactFile, unh: &Segment<'_>) -> bool {
    let directory = directory(unh);
    edifact.messages.iter().any(|known| known.as_bytes() == unh.component(2, 1))
        && (edifact.directories.is_empty() || edifact.directories.contains(&directory))
}

/// The directory of a message, as in `D.96A`.
fn directory(unh: &Segment<'_>) -> String {
    let text = |c| String::from_utf8_lossy(unh.component(2, c));
    format!("{}.{}", text(2), text(3))
}
