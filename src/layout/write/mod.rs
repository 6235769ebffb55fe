//! Writing: documents to records, as a layout says.
//!
//! Each batch is written on its own, on any thread; what stands once in a file is written by `begin` and `end`.

pub mod edifact;
pub mod encoding;
pub mod fill;
pub mod fixed;
pub mod json;
pub mod pack;
mod segments;
pub mod table;
mod value;
mod written;
pub mod x12;
pub mod xml;

use std::borrow::Cow;
use std::sync::Arc;

pub use self::written::Written;
use super::model::{Container, File, Layout};
use super::write_back::Export;
use crate::document::{Batch, Class, Findings, Kind};

/// Writes documents in one layout.
pub enum Writer<'l> {
    /// Rows.
    Table(table::TableWriter<'l>),
    /// Elements.
    Xml(xml::XmlWriter<'l>),
    /// One JSON object a document, one on a line.
    Json(json::JsonWriter<'l>),
    /// Records of fixed width.
    Fixed(fixed::FixedWriter<'l>),
    /// Segments.
    X12(Box<x12::X12Writer<'l>>),
    /// Rows of the system's own last export.
    Fill(fill::FillWriter<'l>),
    /// Segments of EDIFACT.
    Edifact(Box<edifact::EdifactWriter<'l>>),
}

impl<'l> Writer<'l> {
    /// The writer of a layout, or none if the layout cannot write.
    #[must_use]
    pub fn new(layout: &'l Layout) -> Option<Self> {
        Self::with(layout, &x12::Settings::default())
    }

    /// The same, with the envelope of an interchange.
    #[must_use]
    pub fn with(layout: &'l Layout, settings: &x12::Settings) -> Option<Self> {
        match &layout.file {
            File::Table(table) => Some(Self::Table(table::TableWriter::new(layout, table))),
            File::Json => Some(Self::Json(json::JsonWriter { layout: Some(layout) })),
            File::Xml(xml) => xml::XmlWriter::new(layout, xml).map(Self::Xml),
            File::Fixed(file) => fixed::FixedWriter::new(layout, file).map(Self::Fixed),
            File::X12(x12) => x12::X12Writer::new(layout, x12, settings).map(Box::new).map(Self::X12),
            File::Edifact(file) => edifact::EdifactWriter::new(layout, file, settings).map(Box::new).map(Self::Edifact),
        }
    }

    /// The writer that fills in the last export of the layout's system, and leaves out the rows that have the values already
    /// if `leaves_out`; none if the export lacks a column to be filled in.
    #[must_use]
    pub fn fill(layout: &'l Layout, export: Arc<Export>, leaves_out: bool) -> Option<Self> {
        fill::FillWriter::new(layout, export, leaves_out).map(Self::Fill)
    }

    /// The writer of plain JSON.
    #[must_use]
    pub fn json() -> Self {
        Self::Json(json::JsonWriter::default())
    }

    /// Whether findings are part of what is written.
    #[must_use]
    pub fn shows_findings(&self) -> bool {
        matches!(self, Self::Json(_))
    }

    /// Its layout; plain JSON has none.
    fn layout(&self) -> Option<&'l Layout> {
        match self {
            Self::Table(writer) => Some(writer.layout()),
            Self::Xml(writer) => Some(writer.layout()),
            Self::Fixed(writer) => Some(writer.layout()),
            Self::Fill(writer) => Some(writer.layout()),
            Self::X12(writer) => Some(writer.layout()),
            Self::Edifact(writer) => Some(writer.layout()),
            Self::Json(writer) => writer.layout,
        }
    }

    /// The kind of documents that it writes; plain JSON takes any.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.layout().map(|layout| layout.kind)
    }

    /// What its files are packed in.
    #[must_use]
    pub fn container(&self) -> Option<&'l Container> {
        match self {
            Self::X12(_) | Self::Edifact(_) | Self::Json(_) => None,
            _ => self.layout()?.container.as_ref(),
        }
    }

    /// The extension of its files.
    #[must_use]
    pub fn extension(&self) -> &'l str {
        match self {
            Self::Table(writer) => &writer.layout().extension,
            Self::Xml(writer) => &writer.layout().extension,
            Self::Fixed(writer) => &writer.layout().extension,
            Self::Fill(writer) => &writer.layout().extension,
            Self::X12(_) => "x12",
            Self::Edifact(_) => "edi",
            Self::Json(_) => "json",
        }
    }

    /// Whether each document is written to a file of its own.
    #[must_use]
    pub const fn is_each(&self) -> bool {
        matches!(self, Self::Xml(writer) if writer.is_each())
    }

    /// What was written of a batch, in the encoding of the layout; as [`Self::encoded`].
    #[must_use]
    pub fn written(&self, text: Vec<u8>) -> Option<Written> {
        match self.is_each() {
            true => Written::each(&text, |text| self.encoded(text, true)),
            false => self.encoded(text, false).map(Written::of),
        }
    }

    /// What was written, in the encoding of the layout; `first` is the beginning of a file. None when a character cannot
    /// be represented, which [`encoding::check`] and the cleaning keep from happening.
    #[must_use]
    pub fn encoded(&self, text: Vec<u8>, first: bool) -> Option<Vec<u8>> {
        match self {
            Self::Table(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::Xml(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::Fixed(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::Fill(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::X12(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::Edifact(writer) => encoding::encoded(text, writer.encoding(), first),
            Self::Json(_) => Some(text),
        }
    }

    /// What stands before the first document.
    pub fn begin(&self, out: &mut Vec<u8>) {
        match self {
            Self::Table(writer) => writer.begin(out),
            Self::Fill(writer) => writer.begin(out),
            Self::Xml(writer) => writer.begin(out),
            Self::X12(writer) => writer.begin(),
            Self::Edifact(writer) => writer.begin(),
            Self::Fixed(_) | Self::Json(_) => {}
        }
    }

    /// The documents of a batch whose class is out.
    pub fn write(&self, batch: &Batch, findings: &Findings, out: &mut Vec<u8>) {
        match self {
            Self::Table(writer) => writer.write(batch, out),
            Self::Fill(writer) => writer.write(batch, out),
            Self::Xml(writer) => writer.write(batch, out),
            Self::Fixed(writer) => writer.write(batch, out),
            Self::X12(writer) => writer.write(batch, out),
            Self::Edifact(writer) => writer.write(batch, out),
            Self::Json(writer) => writer.write(batch, findings, out),
        }
    }

    /// What stands after the last document.
    pub fn end(&self, out: &mut Vec<u8>) {
        match self {
            Self::Xml(writer) => writer.end(out),
            Self::X12(writer) => writer.end(out),
            Self::Edifact(writer) => writer.end(out),
            Self::Table(_) | Self::Fill(_) | Self::Fixed(_) | Self::Json(_) => {}
        }
    }

    /// Documents that this format cannot hold, each with a finding.
    pub fn refuse(&self, batch: &Batch, findings: &mut Findings) -> Vec<(u32, Class)> {
        match self {
            Self::X12(writer) => writer.refuse(batch, findings),
            Self::Fixed(writer) => writer.refuse(batch, findings),
            Self::Edifact(writer) => writer.refuse(batch, findings),
            Self::Table(_) | Self::Fill(_) | Self::Xml(_) | Self::Json(_) => Vec::new(),
        }
    }

    /// What was written of a batch, when it is its turn: numbers that follow the order of the file.
    #[must_use]
    pub fn in_order<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match self {
            Self::X12(writer) if !writer.is_draft() => Cow::Owned(writer.numbered(bytes)),
            Self::Edifact(writer) if !writer.is_draft() => Cow::Owned(writer.numbered(bytes)),
            Self::Table(_)
            | Self::Fill(_)
            | Self::Xml(_)
            | Self::Fixed(_)
            | Self::Json(_)
            | Self::X12(_)
            | Self::Edifact(_) => Cow::Borrowed(bytes),
        }
    }
}

/// How many sets or messages a draft has: each has two marks.
#[must_use]
pub fn sets(draft: &[u8]) -> u64 {
    memchr::memchr_iter(segments::MARK, draft).count() as u64 / 2
}

/// How many control numbers of interchanges, groups and sets so many sets take.
#[must_use]
pub const fn numbers(file: &File, sets: u64) -> [u64; 3] {
    match file {
        File::X12(_) => [1, x12::X12Writer::groups(sets), sets],
        File::Edifact(_) => [edifact::EdifactWriter::interchanges(sets), 0, sets],
        File::Table(_) | File::Xml(_) | File::Fixed(_) | File::Json => [0; 3],
    }
}
