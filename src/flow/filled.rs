//! Outputs that fill in a system's last export: what has no row in it is held, and no row is filled in twice.

use std::io;

use super::take::outward;
use super::{Finished, Report, Road, unfit};
use crate::clean::{self, Cleaned};
use crate::document::{Class, Code, Effect, Findings};
use crate::layout::write::Writer;
use crate::layout::write::fill::FillWriter;
use crate::layout::write_back::level;

/// The writers that fill in an export, by their numbers.
fn fillers<'r>(road: &'r Road<'_>) -> impl Iterator<Item = (usize, &'r FillWriter<'r>)> {
    road.writers.iter().enumerate().filter_map(|(number, writer)| match writer {
        Writer::Fill(writer) => Some((number, writer)),
        _ => None,
    })
}

/// What becomes of a row that cannot be filled in; one that a policy lets pass is left out, and counted.
fn class(road: &Road<'_>, code: Code) -> Class {
    match road.rules.effect(code) {
        Effect::RejectDocument => Class::Rejected,
        Effect::Note => Class::PassedOver,
        _ => Class::Held,
    }
}

/// Holds what an export has no row for, or more than one.
pub(super) fn hold_lacking(road: &Road<'_>, cleaned: &mut Cleaned, findings: &mut Findings) -> Option<()> {
    for (_, writer) in fillers(road) {
        let lacking = writer.lacking(&*outward(road, &cleaned.batch)?, findings);
        let marks: Vec<(u32, Class)> = lacking.into_iter().map(|(row, code)| (row, class(road, code))).collect();
        if !marks.is_empty() {
            findings.soften(|code| road.rules.effect(code) == Effect::Note);
            clean::mark_rows(cleaned, level(road.layout.kind), &marks).ok()?;
        }
    }
    Some(())
}

impl Report {
    /// Holds what is for a row that was filled in before; whether there was any. Rows that change nothing are counted.
    pub(super) fn fill_once(&mut self, road: &Road<'_>, finished: &mut Finished) -> io::Result<bool> {
        let mut any = false;
        for (number, writer) in fillers(road) {
            let batch = outward(road, &finished.cleaned.batch).ok_or_else(unfit)?.into_owned();
            let filled = self.filled.entry(number).or_default();
            let twice = writer.rows(&batch).into_iter().filter(|(_, export)| !filled.insert(*export));
            let mut marks = Vec::new();
            for (row, _) in twice {
                finished.findings.push(writer.finding(&batch, row, Code::ExportRowTwice));
                marks.push((row as u32, class(road, Code::ExportRowTwice)));
            }
            if !marks.is_empty() {
                finished.findings.soften(|code| road.rules.effect(code) == Effect::Note);
                clean::mark_rows(&mut finished.cleaned, level(road.layout.kind), &marks).map_err(io::Error::other)?;
                any = true;
            }
            let batch = outward(road, &finished.cleaned.batch).ok_or_else(unfit)?;
            self.unchanged += writer.unchanged(&batch) as u64;
        }
        Ok(any)
    }
}
