//! Two files that belong together, read whole.

use std::io::{self, Read};

use super::chunks::Chunks;
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::model::File;
use crate::layout::read::header::{HeaderRow, find_header};
use crate::layout::read::joined::{self, LinesFile};
use crate::layout::read::table::TableProgram;
use crate::layout::read::{Chunk, Parsed};
use crate::limits;

/// Reads both files; which is which is told by their header rows. None when a finding ends it.
pub fn read<R: Read>(
    layout: &Layout,
    readers: [R; 2],
    keep_other: bool,
    findings: &mut Findings,
) -> io::Result<Option<Parsed>> {
    let File::Table(table) = &layout.file else { return Ok(refuse(layout, findings)) };
    let Some(joined) = &table.joined else { return Ok(refuse(layout, findings)) };
    let (mut headers, mut lines) = (None, None);
    for reader in readers {
        let Some(text) = whole(layout, reader, findings)? else { return Ok(None) };
        match find_header(&text, table.dialect, &table.signature) {
            Ok(header) => headers = Some((header, text)),
            Err(no_headers) => match find_header(&text, table.dialect, &joined.signature) {
                Ok(header) => lines = Some((header, text)),
                Err(_) => findings.push(no_headers),
            },
        }
    }
    let (Some((header, text)), Some((line_header, line_text))) = (headers, lines) else {
        findings.push(
            Finding::new(Code::CompanionMissing, Position::default()).expected("one file of headers and one of lines"),
        );
        return Ok(None);
    };
    header.check_skipped(table.skip_lines, findings);
    line_header.check_skipped(table.skip_lines, findings);
    if findings.file_effect().is_some() {
        return Ok(None);
    }
    let (program, chunk) = (TableProgram::new(layout, &header.names, keep_other, findings), chunk(&header, text));
    let line_program = TableProgram::of_lines(layout, &line_header.names, keep_other, findings);
    let index = LinesFile::new(layout, &line_header, &self::chunk(&line_header, line_text), findings);
    let (Some(program), Some(line_program), Some(index)) = (program, line_program, index) else { return Ok(None) };
    Ok(joined::read(&program, &line_program, &chunk, index))
}

fn refuse(layout: &Layout, findings: &mut Findings) -> Option<Parsed> {
    let finding = Finding::new(Code::FormatUnknown, Position::default()).found(&layout.name);
    findings.push(finding.expected("a layout of two files"));
    None
}

/// The decoded text of a file, up to the limit of one document.
fn whole<R: Read>(layout: &Layout, reader: R, findings: &mut Findings) -> io::Result<Option<Vec<u8>>> {
    let mut chunks = Chunks::new(reader, layout.encoding);
    let chunk = chunks.next(|bytes, at_end| at_end.then_some(bytes.len()), findings)?;
    if findings.file_effect().is_some() {
        return Ok(None);
    }
    Ok(Some(chunk.map(|chunk| chunk.bytes).unwrap_or_default()))
}

/// What stands behind the header row.
fn chunk(header: &HeaderRow, mut text: Vec<u8>) -> Chunk {
    debug_assert!(text.len() <= limits::DOCUMENT_BYTES * 2);
    text.drain(..(header.start.byte as usize).min(text.len()));
    Chunk { number: 0, bytes: text, start: header.start }
}
