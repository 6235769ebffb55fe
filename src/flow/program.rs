//! A layout prepared for one file: how the file is cut, and how a piece is read.

use std::io::{self, Read};

use super::chunks::Chunks;
use super::parts::Parts;
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::model::{EdifactFile, File, TableFile, X12File, XmlFile};
use crate::layout::read::edifact::EdifactProgram;
use crate::layout::read::fixed::FixedProgram;
use crate::layout::read::header::find_header;
use crate::layout::read::table::TableProgram;
use crate::layout::read::x12::{InForce, X12Program};
use crate::layout::read::xml::{Part, Read as XmlRead, XmlProgram};
use crate::layout::read::{Chunk, Parsed};
use crate::limits;
use crate::schema::Guides;
use crate::syntax::edifact::{self, Syntax};
use crate::syntax::encoding::Encoding;
use crate::syntax::x12::{Delimiters, Text15, chunk_cut, last_release};

/// How the pieces of one file are read.
pub enum Program<'l> {
    /// Rows.
    Table(TableProgram<'l>),
    /// Segments.
    X12(X12Program<'l>),
    /// Segments of EDIFACT.
    Edifact(EdifactProgram<'l>),
    /// Elements.
    Xml(XmlProgram<'l>),
    /// Records of fixed width.
    Fixed(FixedProgram<'l>),
}

/// One piece of a file, ready for any thread.
pub enum Piece {
    /// Rows to be read.
    Rows(Chunk),
    /// Segments to be read, with what is in force at their beginning.
    Segments(Chunk, Force),
    /// Elements to be read, with those open at their beginning.
    Elements(Box<Part>),
}

/// What segments earlier in a file say of those of a piece.
#[derive(Clone, Copy)]
pub enum Force {
    /// Of X12: delimiters and the release of the group.
    X12(InForce),
    /// Of EDIFACT: separators.
    Edifact(Syntax),
}

/// A file opened with a layout: hands out its pieces.
pub struct Pieces<R: Read> {
    source: Source<R>,
    force: Option<Force>,
    validate: bool,
}

/// A file of which the first bytes were looked at.
type Looked<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// Bytes looked at for the character set that an EDIFACT file names.
const LOOK_BYTES: u64 = 128;

enum Source<R: Read> {
    Chunks(Chunks<Looked<R>>),
    Xml(Box<Parts<R>>),
}

/// Looks at the beginning of a file; none when a finding says that it cannot be read with this layout.
///
/// # Errors
/// When the file cannot be read.
pub fn open<'l, R: Read>(
    layout: &'l Layout,
    reader: R,
    keep_other: bool,
    validate: Option<&Guides>,
    findings: &mut Findings,
) -> io::Result<Option<(Pieces<R>, Program<'l>)>> {
    if let File::Xml(xml) = &layout.file {
        return Ok(open_xml(layout, xml, reader, limits::CHUNK_BYTES, findings));
    }
    let mut chunks = chunks(layout, reader)?;
    chunks.head(findings)?;
    if findings.file_effect().is_some() {
        return Ok(None);
    }
    let opened = match &layout.file {
        File::Table(table) => {
            open_table(layout, table, &mut chunks, keep_other, findings).map(|program| (program, None))
        }
        File::X12(x12) => open_x12(layout, x12, chunks.text(), validate, findings),
        File::Edifact(file) => open_edifact(layout, file, chunks.text(), validate, findings),
        File::Fixed(file) => FixedProgram::new(layout, file, findings).map(|program| (Program::Fixed(program), None)),
        File::Xml(_) => None,
        File::Json => {
            let finding = Finding::new(Code::FormatUnknown, Position::default()).expected("a layout that reads files");
            findings.push(finding.help("This layout only writes."));
            None
        }
    };
    Ok(opened.map(|(program, force)| {
        (Pieces { source: Source::Chunks(chunks), force, validate: validate.is_some() }, program)
    }))
}

/// The file, to be decoded as the layout says; of EDIFACT as UNB says, unless the layout says otherwise.
fn chunks<R: Read>(layout: &Layout, mut reader: R) -> io::Result<Chunks<Looked<R>>> {
    let (mut head, mut encoding) = (Vec::new(), layout.encoding);
    if matches!(layout.file, File::Edifact(_)) && encoding == Encoding::Utf8 {
        reader.by_ref().take(LOOK_BYTES).read_to_end(&mut head)?;
        encoding = edifact::encoding_of(&head).unwrap_or(encoding);
    }
    Ok(Chunks::new(io::Cursor::new(head).chain(reader), encoding))
}

/// Opens an XML file that is cut into parts of about `size` bytes.
pub fn open_xml<'l, R: Read>(
    layout: &'l Layout,
    xml: &'l XmlFile,
    reader: R,
    size: usize,
    findings: &mut Findings,
) -> Option<(Pieces<R>, Program<'l>)> {
    let source = Source::Xml(Box::new(Parts::new(reader, layout.encoding, xml, size)));
    let program = XmlProgram::new(layout, xml, findings)?;
    Some((Pieces { source, force: None, validate: false }, Program::Xml(program)))
}

fn open_table<'l, R: Read>(
    layout: &'l Layout,
    table: &'l TableFile,
    chunks: &mut Chunks<R>,
    keep_other: bool,
    findings: &mut Findings,
) -> Option<Program<'l>> {
    if table.joined.is_some() {
        findings.push(Finding::new(Code::CompanionMissing, Position::default()).expected("both files together"));
        return None;
    }
    if !table.has_header {
        return TableProgram::new(layout, &table.columns, keep_other, findings).map(Program::Table);
    }
    let header = told(find_header(chunks.text(), table.dialect, &table.signature), findings)?;
    header.check_skipped(table.skip_lines, findings);
    if findings.file_effect().is_some() {
        return None;
    }
    chunks.skip_to(header.start);
    TableProgram::new(layout, &header.names, keep_other, findings).map(Program::Table)
}

/// A program, and what is in force at the beginning of its file.
type Opened<'l> = (Program<'l>, Option<Force>);

fn open_x12<'l>(
    layout: &'l Layout,
    x12: &'l X12File,
    text: &[u8],
    validate: Option<&Guides>,
    findings: &mut Findings,
) -> Option<Opened<'l>> {
    let delimiters = told(Delimiters::from_isa(text, 0), findings)?;
    let program = X12Program::new(layout, x12, validate, findings).map(Program::X12)?;
    Some((program, Some(Force::X12(InForce { delimiters, release: Text15::default() }))))
}

fn open_edifact<'l>(
    layout: &'l Layout,
    edifact: &'l EdifactFile,
    text: &[u8],
    validate: Option<&Guides>,
    findings: &mut Findings,
) -> Option<Opened<'l>> {
    let begun = text.trim_ascii_start();
    let syntax = told(Syntax::read(begun, (text.len() - begun.len()) as u64), findings)?;
    let program = EdifactProgram::new(layout, edifact, validate, findings).map(Program::Edifact)?;
    Some((program, Some(Force::Edifact(syntax))))
}

/// What was read; what could not be is told.
fn told<T>(read: Result<T, Finding>, findings: &mut Findings) -> Option<T> {
    read.map_err(|finding| findings.push(finding)).ok()
}

impl<R: Read> Pieces<R> {
    /// Whether the whole file is one piece.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_single(&mut self) -> io::Result<bool> {
        match &mut self.source {
            Source::Chunks(chunks) => Ok(chunks.is_at_end()),
            Source::Xml(parts) => parts.is_single(),
        }
    }

    /// The encoding that was found.
    pub fn encoding(&self) -> &'static str {
        match &self.source {
            Source::Chunks(chunks) => chunks.encoding(),
            Source::Xml(parts) => parts.encoding(),
        }
    }

    /// The next piece, and how far the file has been read, in bytes of text; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, program: &Program<'_>, findings: &mut Findings) -> io::Result<Option<(Piece, u64)>> {
        let chunks = match &mut self.source {
            Source::Chunks(chunks) => chunks,
            Source::Xml(parts) => {
                let part = parts.next()?;
                findings.append(parts.notes());
                return Ok(part.map(|(part, read)| (Piece::Elements(Box::new(part)), read)));
            }
        };
        let mut following = self.force;
        let cut = |bytes: &[u8], at_end: bool| match (program, &mut following) {
            (Program::Table(table), _) => table.cut(bytes, at_end),
            (Program::Fixed(fixed), _) => fixed.cut(bytes, at_end),
            (_, Some(force)) if !at_end => force.cut(bytes, self.validate),
            _ => at_end.then_some(bytes.len()),
        };
        let Some(chunk) = chunks.next(cut, findings)? else { return Ok(None) };
        let read = chunk.start.byte + chunk.bytes.len() as u64;
        let piece = match self.force {
            Some(force) => Piece::Segments(chunk, force),
            None => Piece::Rows(chunk),
        };
        self.force = following;
        Ok(Some((piece, read)))
    }

    /// Whether the last text handed out ended in a line break.
    pub fn ended_with_newline(&self) -> bool {
        match &self.source {
            Source::Chunks(chunks) => chunks.ended_with_newline(),
            Source::Xml(_) => true,
        }
    }
}

impl Force {
    /// Where bytes that do not end their file are cut, if there is a place; what is in force behind it.
    fn cut(&mut self, bytes: &[u8], with_release: bool) -> Option<usize> {
        match self {
            Self::X12(force) => {
                let cut = chunk_cut(bytes, &force.delimiters)?;
                force.delimiters = cut.dialect;
                if with_release {
                    force.release = last_release(&bytes[..cut.at], &cut.dialect).unwrap_or(force.release);
                }
                Some(cut.at)
            }
            Self::Edifact(syntax) => {
                let cut = chunk_cut(bytes, syntax)?;
                *syntax = cut.dialect;
                Some(cut.at)
            }
        }
    }
}

impl Program<'_> {
    /// Reads a piece; and whether it ended the file, so that no later piece counts.
    #[must_use]
    pub fn read(&self, piece: Piece) -> Option<(Parsed, bool)> {
        let goes_on = |parsed| (parsed, false);
        match (self, piece) {
            (Self::Table(table), Piece::Rows(chunk)) => table.read(&chunk).map(goes_on),
            (Self::Fixed(fixed), Piece::Rows(chunk)) => fixed.read(&chunk),
            (Self::X12(x12), Piece::Segments(chunk, Force::X12(force))) => x12.read(&chunk, force).map(goes_on),
            (Self::Edifact(edifact), Piece::Segments(chunk, Force::Edifact(syntax))) => {
                edifact.read(&chunk, syntax).map(goes_on)
            }
            (Self::Xml(xml), Piece::Elements(part)) => {
                let XmlRead { parsed, ended } = xml.read(*part)?;
                Some((parsed, ended))
            }
            _ => None,
        }
    }
}
