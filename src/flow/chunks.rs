//! Cuts a decoded file into chunks at document borders, with bounded memory.

use std::io::{self, Read};

use crate::document::{Code, Finding, Findings, Position};
use crate::layout::read::Chunk;
use crate::limits;
use crate::syntax::csv::Start;
use crate::syntax::encoding::{Decoder, Encoding};
use crate::syntax::segment::{Dialect, chunk_cut};

/// A file being read chunk by chunk.
pub struct Chunks<R: Read> {
    decoder: Decoder<R>,
    buffer: Vec<u8>,
    start: Start,
    number: u64,
    at_end: bool,
    newline: bool,
}

impl<R: Read> Chunks<R> {
    /// A reader of raw bytes in an encoding.
    pub fn new(reader: R, encoding: Encoding) -> Self {
        let start = Start::default();
        Self {
            decoder: Decoder::new(reader, encoding),
            buffer: Vec::new(),
            start,
            number: 0,
            at_end: false,
            newline: true,
        }
    }

    /// Reads the first text, to be looked at.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn head(&mut self, findings: &mut Findings) -> io::Result<()> {
        self.fill(limits::CHUNK_BYTES, findings)?;
        self.start.byte = self.decoder.mark_bytes() as u64;
        Ok(())
    }

    /// The text read and not yet handed out.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.buffer
    }

    /// Whether the last text handed out ended in a line break.
    #[must_use]
    pub fn ended_with_newline(&self) -> bool {
        self.newline
    }

    /// The encoding that was found.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.decoder.encoding()
    }

    /// Whether all of the file is in the buffer.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Passes over what stands before the first document: `to` is counted from the start of the text.
    pub fn skip_to(&mut self, to: Start) {
        self.buffer.drain(..(to.byte as usize).min(self.buffer.len()));
        self.start = Start { byte: self.start.byte + to.byte, ..to };
    }

    /// The next chunk; `cut` finds the end of the last complete document. None at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(
        &mut self,
        mut cut: impl FnMut(&[u8], bool) -> Option<usize>,
        findings: &mut Findings,
    ) -> io::Result<Option<Chunk>> {
        let mut wanted = limits::CHUNK_BYTES;
        loop {
            self.fill(wanted, findings)?;
            if self.buffer.is_empty() {
                return Ok(None);
            }
            if let Some(end) = cut(&self.buffer, self.at_end).filter(|end| *end > 0) {
                return Ok(Some(self.take(end)));
            }
            if self.at_end || wanted >= limits::DOCUMENT_BYTES {
                findings.push(self.too_large());
                self.buffer.clear();
                self.at_end = true;
                return Ok(None);
            }
            wanted *= 2;
        }
    }

    /// The next chunk of segments, cut before a set or message, with the separators in force at its beginning; `force` is
    /// then what is in force behind it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn segments<D: Dialect>(&mut self, force: &mut D, findings: &mut Findings) -> io::Result<Option<(Chunk, D)>> {
        let begins = *force;
        let cut = |bytes: &[u8], at_end: bool| {
            if at_end {
                return Some(bytes.len());
            }
            let cut = chunk_cut(bytes, force)?;
            *force = cut.dialect;
            Some(cut.at)
        };
        Ok(self.next(cut, findings)?.map(|chunk| (chunk, begins)))
    }

    /// Reads until this many bytes of text are there, or the file is at its end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn fill(&mut self, wanted: usize, findings: &mut Findings) -> io::Result<()> {
        while !self.at_end && self.buffer.len() < wanted {
            let missing = wanted - self.buffer.len();
            // Growing step by step would copy what is there again and again.
            self.buffer.reserve(missing);
            self.at_end = !self.decoder.read(&mut self.buffer, missing, findings)?;
        }
        Ok(())
    }

    /// Hands out the text up to `end`.
    pub fn take(&mut self, end: usize) -> Chunk {
        let tail = self.buffer.get(end..).unwrap_or_default();
        let mut rest = Vec::with_capacity(if self.at_end { tail.len() } else { limits::CHUNK_BYTES + tail.len() });
        rest.extend_from_slice(tail);
        self.buffer.truncate(end);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let chunk = Chunk { number: self.number, start: self.start, bytes };
        self.start.byte += chunk.bytes.len() as u64;
        self.start.line += memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64;
        self.number += 1;
        // Behind the mark of an old editor for the end of the file (Ctrl-Z) there is nothing more to come.
        let text = chunk.bytes.strip_suffix(b"\x1A").unwrap_or(&chunk.bytes);
        self.newline = text.ends_with(b"\n") || text.ends_with(b"\r");
        chunk
    }

    fn too_large(&self) -> Finding {
        Finding::new(Code::DocumentTooLarge, Position::at(self.start.byte, self.start.line))
            .expected(format!("at most {} bytes in one document", limits::DOCUMENT_BYTES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_those_of_the_file_behind_a_byte_order_mark() {
        let mut findings = Findings::default();
        let mut chunks = Chunks::new(&b"\xef\xbb\xbfa,b\n1,2\n"[..], Encoding::Utf8);
        chunks.head(&mut findings).unwrap();
        chunks.skip_to(Start { byte: 4, line: 2, record: 2 });
        let chunk = chunks.next(|bytes, at_end| at_end.then_some(bytes.len()), &mut findings).unwrap().unwrap();
        assert_eq!((chunk.bytes.as_slice(), chunk.start.byte, chunk.start.line), (&b"1,2\n"[..], 7, 2));
    }

    #[test]
    fn a_document_larger_than_the_limit_is_a_finding() {
        let mut findings = Findings::default();
        let text = vec![b'x'; limits::DOCUMENT_BYTES + 10];
        let mut chunks = Chunks::new(text.as_slice(), Encoding::Utf8);
        assert!(chunks.next(|_, _| None, &mut findings).unwrap().is_none());
        assert_eq!(findings.kept()[0].code, Code::DocumentTooLarge);
    }
}
