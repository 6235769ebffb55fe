//! Writing: documents to records, as a layout says.
//!
//! Each batch is written on its own, on any thread; what stands once in a file is written by `begin` and `end`.

pub mod encoding;
pub mod json;
pub mod table;
mod value;
pub mod xml;

use super::model::{File, Layout};
use crate::document::{Batch, Findings};

/// Writes documents in one layout.
pub enum Writer<'l> {
    /// Rows.
    Table(table::TableWriter<'l>),
    /// Elements.
    Xml(xml::XmlWriter<'l>),
    /// One JSON object a document, one on a line.
    Json(json::JsonWriter),
}

impl<'l> Writer<'l> {
    /// The writer of a layout, or none if the layout cannot write.
    #[must_use]
    pub fn new(layout: &'l Layout) -> Option<Self> {
        match &layout.file {
            File::Table(table) => Some(Self::Table(table::TableWriter::new(layout, table))),
            File::Json => Some(Self::Json(json::JsonWriter::default())),
            File::Xml(xml) => xml::XmlWriter::new(layout, xml).map(Self::Xml),
            File::X12(_) | File::Edifact(_) => None,
        }
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

    /// What was written, in the encoding of the layout; `first` is the beginning of a file. None when a character cannot
    /// be represented, which [`encoding::check`] and the cleaning keep from happening.
    #[must_use]
    pub fn encoded(&self, text: Vec<u8>, first: bool) -> Option<Vec<u8>> {
        match self {
            Self::Table(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::Xml(writer) => encoding::encoded(text, writer.layout().encoding, first),
            Self::Json(_) => Some(text),
        }
    }

    /// What stands before the first document.
    pub fn begin(&self, out: &mut Vec<u8>) {
        match self {
            Self::Table(writer) => writer.begin(out),
            Self::Xml(writer) => writer.begin(out),
            Self::Json(_) => {}
        }
    }

    /// The documents of a batch whose class is out.
    pub fn write(&self, batch: &Batch, findings: &Findings, out: &mut Vec<u8>) {
        match self {
            Self::Table(writer) => writer.write(batch, out),
            Self::Xml(writer) => writer.write(batch, out),
            Self::Json(writer) => writer.write(batch, findings, out),
        }
    }

    /// What stands after the last document.
    pub fn end(&self, out: &mut Vec<u8>) {
        if let Self::Xml(writer) = self {
            writer.end(out);
        }
    }
}
