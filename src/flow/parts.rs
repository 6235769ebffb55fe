//! Cuts an XML file into parts at borders between documents, with bounded memory.

use std::io::{self, Read};

use super::chunks::Chunks;
use crate::document::{Effect, Finding, Findings};
use crate::layout::model::XmlFile;
use crate::layout::path::local;
use crate::layout::read::xml::Part;
use crate::limits;
use crate::syntax::encoding::Encoding;
use crate::syntax::xml::{Border, Borders, End};

/// An XML file being read part by part.
pub struct Parts<R: Read> {
    chunks: Chunks<R>,
    borders: Borders,
    border: Border,
    encoding: Encoding,
    size: usize,
    broken: Option<Finding>,
    notes: Findings,
    done: bool,
}

impl<R: Read> Parts<R> {
    /// A reader of raw bytes in an encoding, in parts of about `size` bytes.
    pub fn new(reader: R, encoding: Encoding, xml: &XmlFile, size: usize) -> Self {
        let documents = xml.documents.iter().map(|path| path.split('/').map(|name| local(name).to_owned()).collect());
        Self {
            chunks: Chunks::new(reader, encoding),
            borders: Borders::new(documents.collect()).with_bare_doctype(xml.allow_empty_doctype),
            border: Border::file(),
            encoding,
            size,
            broken: None,
            notes: Findings::default(),
            done: false,
        }
    }

    /// Reads the text of the first part; whether it is all of the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_single(&mut self) -> io::Result<bool> {
        self.fill(self.size)?;
        Ok(self.chunks.is_at_end())
    }

    /// The next part, and how far the file has been read, in bytes of text; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> io::Result<Option<(Part, u64)>> {
        if self.done {
            return Ok(None);
        }
        let mut wanted = self.size;
        loop {
            self.fill(wanted)?;
            if self.chunks.is_at_end() && self.broken.is_none() {
                return Ok(Some(self.last(End::File)));
            }
            let look = self.borders.look(self.chunks.text());
            if look.refused.is_some() || (wanted >= limits::DOCUMENT_TEXT_BYTES && look.border == 0) {
                return self.refused(look.refused.unwrap_or_default()).map(Some);
            }
            if look.border > 0 || self.chunks.is_at_end() {
                return Ok(Some(self.cut(look.border)));
            }
            wanted = (wanted * 2).min(limits::DOCUMENT_TEXT_BYTES + self.size);
        }
    }

    /// Reads text. What ends the file is told with the last part.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let mut findings = Findings::default();
        self.chunks.fill(wanted, &mut findings)?;
        for finding in findings {
            if !matches!(finding.effect(), Effect::RejectFile | Effect::HoldFile) {
                self.notes.push(finding);
            } else if self.broken.is_none() {
                self.broken = Some(finding);
            }
        }
        Ok(())
    }

    /// The encoding that was found.
    pub fn encoding(&self) -> &'static str {
        self.chunks.encoding()
    }

    /// What was noticed about the encoding since the last call.
    pub fn notes(&mut self) -> Findings {
        std::mem::take(&mut self.notes)
    }

    /// The text up to a border; behind the last one nothing can be read when the bytes are broken.
    fn cut(&mut self, at: usize) -> (Part, u64) {
        let (open, root_seen) = self.borders.cut();
        self.done = self.broken.is_some() && self.chunks.is_at_end();
        let end = End::Border(open.len());
        let handed = self.hand_out(at, end);
        (self.border.open, self.border.root_seen) = (open, root_seen);
        handed
    }

    /// Everything that is there, as the last part.
    fn last(&mut self, end: End) -> (Part, u64) {
        self.done = true;
        self.hand_out(self.chunks.text().len(), end)
    }

    /// The last part of a file that a reader refuses at an offset: with as much text as it may look at.
    fn refused(&mut self, at: usize) -> io::Result<(Part, u64)> {
        self.fill(at + 2 * limits::FIELD_BYTES)?;
        let end = if self.chunks.is_at_end() && self.broken.is_none() { End::File } else { End::Nowhere };
        Ok(self.last(end))
    }

    fn hand_out(&mut self, at: usize, end: End) -> (Part, u64) {
        let chunk = self.chunks.take(at);
        let border = Border { byte: chunk.start.byte, line: chunk.start.line, ..self.border.clone() };
        let bytes = chunk.bytes;
        let length = bytes.len() as u64;
        self.border.column = match memchr::memrchr(b'\n', &bytes) {
            Some(newline) => length - newline as u64,
            None => border.column + length,
        };
        let (broken, read) = (if self.done { self.broken.take() } else { None }, border.byte + length);
        (Part { bytes, border, end, encoding: self.encoding, broken }, read)
    }
}
