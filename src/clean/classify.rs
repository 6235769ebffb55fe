//! From findings to the class of each document and line.

use polars::prelude::*;

use super::{Cleaned, Rules};
use crate::document::class::CLASS;
use crate::document::{Batch, Class, Effect, Findings, Kind, Level};

/// Gives each row its class: the worst that a finding says. What stops a line stops its document, because half an
/// order must not be shipped; only a duplicate line goes alone, and the lines of a stock list, which are on their own.
pub fn classify(batch: &mut Batch, rules: &Rules, findings: &mut Findings) -> PolarsResult<()> {
    findings.soften(|code| rules.effect(code) == Effect::Note);
    let mut documents = vec![Class::Out; batch.headers.height()];
    let mut lines = vec![Class::Out; batch.lines.height()];
    let owners = batch.line_documents();
    for finding in findings.kept() {
        let line = finding.line.map(|line| line as usize);
        let rows = match line {
            Some(line) => owners.get(line).map_or(0..0, |document| *document..*document + 1),
            None => finding.rows(),
        };
        let effect = rules.effect(finding.code);
        if effect == Effect::DuplicateLine {
            raise(line.and_then(|line| lines.get_mut(line)), Class::Duplicate);
        } else if let (Some(class), Some(line), Kind::Inventory) = (class_of(effect), line, batch.kind) {
            raise(lines.get_mut(line), class);
        } else if let Some(class) = class_of(effect) {
            rows.for_each(|document| raise(documents.get_mut(document as usize), class));
        }
    }
    spread(owners, &documents, &mut lines);
    set(batch, &documents, &lines)
}

/// Marks documents after the whole file or the ledger told what they are.
///
/// # Errors
/// When polars refuses the column, which means a defect here.
pub fn mark_documents(cleaned: &mut Cleaned, marks: &[(u32, Class)]) -> PolarsResult<()> {
    let batch = &mut cleaned.batch;
    let mut documents = super::classes(batch, Level::Header);
    let mut lines = super::classes(batch, Level::Line);
    for (row, class) in marks {
        if let Some(document) = documents.get_mut(*row as usize) {
            *document = *class;
        }
    }
    spread(batch.line_documents(), &documents, &mut lines);
    set(batch, &documents, &lines)
}

/// Marks rows of a level after what is written told what they are; only rows that go out are marked.
///
/// # Errors
/// When polars refuses the column, which means a defect here.
pub fn mark_rows(cleaned: &mut Cleaned, level: Level, marks: &[(u32, Class)]) -> PolarsResult<()> {
    if level == Level::Header {
        return mark_documents(cleaned, marks);
    }
    let batch = &mut cleaned.batch;
    let (documents, mut lines) = (super::classes(batch, Level::Header), super::classes(batch, Level::Line));
    for (row, class) in marks {
        raise(lines.get_mut(*row as usize), *class);
    }
    set(batch, &documents, &lines)
}

fn class_of(effect: Effect) -> Option<Class> {
    match effect {
        Effect::DuplicateDocument => Some(Class::Duplicate),
        Effect::HoldDocument => Some(Class::Held),
        Effect::RejectDocument => Some(Class::Rejected),
        _ => None,
    }
}

fn raise(slot: Option<&mut Class>, class: Class) {
    if let Some(slot) = slot {
        *slot = (*slot).max(class);
    }
}

/// Lines of a document that is not out are of its class.
fn spread(owners: &[u32], documents: &[Class], lines: &mut [Class]) {
    for (line, owner) in lines.iter_mut().zip(owners) {
        if let Some(class) = documents.get(*owner as usize).filter(|class| **class != Class::Out) {
            *line = *class;
        }
    }
}

fn set(batch: &mut Batch, documents: &[Class], lines: &[Class]) -> PolarsResult<()> {
    for (level, classes) in [(Level::Header, documents), (Level::Line, lines)] {
        let column = UInt32Chunked::from_vec(CLASS.into(), classes.iter().map(|class| *class as u32).collect());
        batch.table_mut(level).with_column(column.into_series().into())?;
    }
    Ok(())
}
