//! Where a large interchange may be cut: before an ST segment.

use memchr::{memmem, memrchr_iter};

use super::delimiters::{Delimiters, begins_isa};
use super::envelope::Text15;
use super::is_between;

/// A place to cut, and the delimiters in force from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Offset of the `S` of `ST` in the slice.
    pub at: usize,
    /// What separates segments and elements after the cut.
    pub delimiters: Delimiters,
}

/// The last border before an `ST` segment within `bytes`, which begin at a segment border; never 0.
///
/// Later ISA segments in `bytes` are found and their delimiters used for what follows them.
#[must_use]
pub fn chunk_end(bytes: &[u8], delimiters: &Delimiters) -> Option<usize> {
    chunk_cut(bytes, delimiters).map(|cut| cut.at)
}

/// As [`chunk_end`], with the delimiters that the next chunk needs.
#[must_use]
pub fn chunk_cut(bytes: &[u8], delimiters: &Delimiters) -> Option<Cut> {
    let mut end = bytes.len();
    for (start, delimiters) in regions(bytes, delimiters).into_iter().rev() {
        let region = bytes.get(start..end).unwrap_or_default();
        if let Some((at, delimiters)) = delimiters.and_then(|d| Some((last_set(region, &d)?, d))) {
            return Some(Cut { at: start + at, delimiters });
        }
        end = start;
    }
    None
}

/// The release (GS08) of the last group that begins in `bytes`, where these delimiters are in force at their end.
#[must_use]
pub fn last_release(bytes: &[u8], delimiters: &Delimiters) -> Option<Text15> {
    let begins = |at: &usize| bytes.get(at + 2) == Some(&delimiters.element) && at_border(bytes, *at, delimiters);
    let at = memmem::rfind_iter(bytes, b"GS").find(begins)?;
    let text = bytes.get(at..)?.split(|byte| *byte == delimiters.segment).next()?;
    text.split(|byte| *byte == delimiters.element).nth(8).map(Text15::new)
}

/// The stretches of one set of delimiters, with their start; none after an ISA that cannot be read.
fn regions(bytes: &[u8], delimiters: &Delimiters) -> Vec<(usize, Option<Delimiters>)> {
    let mut all = vec![(0, Some(*delimiters))];
    let mut force = *delimiters;
    let mut from = 0;
    while let Some(at) = find_isa(bytes, from) {
        from = at + 3;
        if !at_border(bytes, at, &force) {
            continue;
        }
        if let Ok(read) = Delimiters::from_isa(&bytes[at..], 0) {
            force = read;
            all.push((at, Some(read)));
            continue;
        }
        all.push((at, None));
        let Some((next, read)) = sound_isa(bytes, from) else { break };
        force = read;
        all.push((next, Some(read)));
        from = next + 3;
    }
    all
}

fn find_isa(bytes: &[u8], from: usize) -> Option<usize> {
    let mut from = from;
    loop {
        let at = from + memmem::find(bytes.get(from..)?, b"ISA")?;
        if begins_isa(&bytes[at..]) {
            return Some(at);
        }
        from = at + 3;
    }
}

/// The next ISA at or after `from` that can be read, wherever it stands: where reading goes on after a broken one.
pub(super) fn sound_isa(bytes: &[u8], from: usize) -> Option<(usize, Delimiters)> {
    let mut from = from;
    loop {
        let at = find_isa(bytes, from)?;
        if let Ok(read) = Delimiters::from_isa(&bytes[at..], 0) {
            return Some((at, read));
        }
        from = at + 3;
    }
}

/// Whether a segment begins at `at`: only blanks and line breaks stand between it and a terminator or the start.
fn at_border(bytes: &[u8], at: usize, delimiters: &Delimiters) -> bool {
    let mut end = at;
    while let Some(before) = end.checked_sub(1) {
        if delimiters.ends_at(bytes, end) {
            return true;
        }
        if !bytes.get(before).copied().is_some_and(is_between) {
            return false;
        }
        end = before;
    }
    true
}

fn last_set(region: &[u8], delimiters: &Delimiters) -> Option<usize> {
    memrchr_iter(delimiters.segment, region).filter(|at| delimiters.ends_at(region, at + 1)).find_map(|at| {
        let rest = &region[at + 1..];
        let start = rest.iter().position(|byte| !is_between(*byte))?;
        let begins = matches!(rest.get(start..start + 3), Some([b'S', b'T', sep]) if *sep == delimiters.element);
        begins.then_some(at + 1 + start)
    })
}

#[cfg(test)]
#[path = "tests/borders.rs"]
mod tests;
