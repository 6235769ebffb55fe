//! A file read and checked batch by batch, for those who only look at it: nothing is written, translated or remembered.

use std::io::{self, Read};

use super::program::{self, Piece};
use super::{Road, ordered, unfit};
use crate::clean;
use crate::document::{Batch, Findings};
use crate::limits;

/// Calls `look` on each batch and its findings, on any thread, and `take` on what it makes of them, in the order of the
/// file. What was noticed about the file as a whole comes back.
///
/// # Errors
/// When the file cannot be read, or as `take` says.
pub fn batches<R: Read, T: Send>(
    road: &Road<'_>,
    reader: R,
    look: impl Fn(&Batch, &Findings) -> T + Sync,
    mut take: impl FnMut(T) -> io::Result<()>,
) -> io::Result<Findings> {
    let mut findings = Findings::default();
    let opened = program::open(road.layout, reader, false, None, &mut findings)?;
    let Some((mut pieces, program)) = opened else { return Ok(findings) };
    let single = pieces.is_single()?;
    let next = || Ok::<_, io::Error>(pieces.next(&program, &mut findings)?.map(|(piece, _)| piece));
    let work = |piece: Piece| {
        let (parsed, _) = program.read(piece)?;
        let mut own = parsed.findings;
        let cleaned = clean::clean(parsed.batch, &road.rules, &road.tables, road.history, &mut own).ok()?;
        let stop = own.file_effect().and_then(|_| own.kept().iter().find(|finding| is_stop(finding)));
        Some((look(&cleaned.batch, &own), stop.cloned()))
    };
    let mut stopped = Vec::new();
    let consume = |looked: Option<(T, Option<_>)>| {
        let (looked, stop) = looked.ok_or_else(unfit)?;
        stopped.extend(stop.filter(|_| stopped.len() < limits::STOPS_KEPT));
        take(looked)
    };
    ordered::on_threads(if single { 1 } else { road.threads }, next, work, consume)?;
    stopped.into_iter().for_each(|finding| findings.push(finding));
    Ok(findings)
}

fn is_stop(finding: &crate::document::Finding) -> bool {
    use crate::document::Effect;
    matches!(finding.effect(), Effect::RejectFile | Effect::HoldFile)
}
