//! A layout prepared for one file: how the file is cut, and how a piece is read.

use std::io::{self, Read};

use super::chunks::Chunks;
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::model::File;
use crate::layout::read::table::{TableProgram, find_header};
use crate::layout::read::{Chunk, Parsed};

/// How the pieces of one file are read.
pub enum Program<'l> {
    /// Rows.
    Table(TableProgram<'l>),
}

/// A file opened with a layout.
pub struct Opened<'l, R: Read> {
    chunks: Chunks<R>,
    program: Program<'l>,
}

/// One piece of a file, ready for any thread.
pub enum Piece {
    /// Text to be read.
    Chunk(Chunk),
}

impl<'l, R: Read> Opened<'l, R> {
    /// Looks at the beginning of a file; none when a finding says that it cannot be read with this layout.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn new(layout: &'l Layout, reader: R, keep_other: bool, findings: &mut Findings) -> io::Result<Option<Self>> {
        let mut chunks = Chunks::new(reader, layout.encoding);
        let head = chunks.head(findings)?;
        if findings.file_effect().is_some() {
            return Ok(None);
        }
        let program = match &layout.file {
            File::Table(table) => match find_header(head, table.dialect, &table.signature) {
                Ok(header) => {
                    let program = TableProgram::new(layout, &header.names, keep_other, findings);
                    chunks.skip_to(header.start);
                    program.map(Program::Table)
                }
                Err(finding) => {
                    findings.push(finding);
                    None
                }
            },
            File::Xml(_) | File::X12(_) | File::Json => {
                findings.push(
                    Finding::new(Code::FormatUnknown, Position::default())
                        .expected("a layout that reads files")
                        .help("This layout only writes."),
                );
                None
            }
        };
        Ok(program.map(|program| Self { chunks, program }))
    }

    /// Whether the whole file is one piece.
    pub fn is_at_end(&self) -> bool {
        self.chunks.is_at_end()
    }

    /// Splits into the part that hands out pieces and the part that reads them.
    pub fn parts(&mut self) -> (&mut Chunks<R>, &Program<'l>) {
        (&mut self.chunks, &self.program)
    }
}

impl Program<'_> {
    /// The end of the last complete document.
    #[must_use]
    pub fn cut(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        match self {
            Self::Table(table) => table.cut(bytes, at_end),
        }
    }

    /// Reads a piece.
    #[must_use]
    pub fn read(&self, piece: Piece) -> Option<Parsed> {
        match (self, piece) {
            (Self::Table(table), Piece::Chunk(chunk)) => table.read(&chunk),
        }
    }
}
