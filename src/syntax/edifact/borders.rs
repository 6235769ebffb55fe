//! Where a large interchange may be cut: before a UNH segment.

use memchr::{memmem, memrchr_iter};

use super::is_between;
use super::separators::{Syntax, begins_interchange};

/// A place to cut, and the separators in force from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Offset of the `U` of `UNH` in the slice.
    pub at: usize,
    /// What separates segments and elements after the cut.
    pub syntax: Syntax,
}

/// The last border before a `UNH` segment within `bytes`, which begin at a segment border; never 0.
///
/// Later interchanges in `bytes` are found and their separators used for what follows them.
#[must_use]
pub fn chunk_cut(bytes: &[u8], syntax: &Syntax) -> Option<Cut> {
    let mut end = bytes.len();
    for (start, syntax) in regions(bytes, syntax).into_iter().rev() {
        let region = bytes.get(start..end).unwrap_or_default();
        if let Some((at, syntax)) = syntax.and_then(|syntax| Some((last_message(region, &syntax)?, syntax))) {
            return Some(Cut { at: start + at, syntax });
        }
        end = start;
    }
    None
}

/// The stretches of one set of separators, with their start; none after a UNB that cannot be read.
fn regions(bytes: &[u8], syntax: &Syntax) -> Vec<(usize, Option<Syntax>)> {
    let mut all = vec![(0, Some(*syntax))];
    let mut force = *syntax;
    let mut from = 0;
    while let Some(at) = find_interchange(bytes, from) {
        from = at + 3;
        if !at_border(bytes, at, &force) {
            continue;
        }
        if let Ok(read) = Syntax::read(&bytes[at..], 0) {
            force = read;
            all.push((at, Some(read)));
            // The UNB behind a UNA is no other interchange.
            from = memmem::find(&bytes[at..], b"UNB").map_or(from, |unb| at + unb + 3);
            continue;
        }
        all.push((at, None));
        let Some((next, read)) = sound_interchange(bytes, from) else { break };
        force = read;
        all.push((next, Some(read)));
        from = memmem::find(&bytes[next..], b"UNB").map_or(next + 3, |unb| next + unb + 3);
    }
    all
}

/// The next UNA or UNB from an offset on.
fn find_interchange(bytes: &[u8], from: usize) -> Option<usize> {
    let mut from = from;
    loop {
        let at = from + memmem::find(bytes.get(from..)?, b"UN")?;
        if begins_interchange(&bytes[at..]) {
            return Some(at);
        }
        from = at + 2;
    }
}

/// The next UNA or UNB at or after `from` that can be read, wherever it stands: where reading goes on after a broken one.
pub(super) fn sound_interchange(bytes: &[u8], from: usize) -> Option<(usize, Syntax)> {
    let mut from = from;
    loop {
        let at = find_interchange(bytes, from)?;
        if let Ok(read) = Syntax::read(&bytes[at..], 0) {
            return Some((at, read));
        }
        from = at + 3;
    }
}

/// Whether a segment begins at `at`: only blanks and line breaks stand between it and a terminator or the start.
fn at_border(bytes: &[u8], at: usize, syntax: &Syntax) -> bool {
    let mut end = at;
    while let Some(before) = end.checked_sub(1) {
        if syntax.ends_at(bytes, end) {
            return true;
        }
        if !bytes.get(before).copied().is_some_and(is_between) {
            return false;
        }
        end = before;
    }
    true
}

fn last_message(region: &[u8], syntax: &Syntax) -> Option<usize> {
    memrchr_iter(syntax.segment, region).filter(|at| syntax.ends_at(region, at + 1)).find_map(|at| {
        let rest = &region[at + 1..];
        let start = rest.iter().position(|byte| !is_between(*byte))?;
        let begins = matches!(rest.get(start..start + 4), Some([b'U', b'N', b'H', sep]) if *sep == syntax.element);
        begins.then_some(at + 1 + start)
    })
}

#[cfg(test)]
#[path = "tests/borders.rs"]
mod tests;
