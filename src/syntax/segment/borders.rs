//! Where a large interchange may be cut: before a set or message.

use memchr::{memmem, memrchr_iter};

use super::{Dialect, Segments, Start, is_between};
use crate::document::Findings;

/// A place to cut, and the separators in force from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut<D> {
    /// Offset in the slice of the segment that begins the set or message.
    pub at: usize,
    /// What separates segments and elements after the cut.
    pub dialect: D,
}

/// The last border before a set or message within `bytes`, which begin at a segment border; never 0.
///
/// Later interchanges in `bytes` are found and their separators used for what follows them.
#[must_use]
pub fn chunk_cut<D: Dialect>(bytes: &[u8], dialect: &D) -> Option<Cut<D>> {
    if dialect.may_have_binary(bytes) {
        return walked_cut(bytes, dialect);
    }
    let mut end = bytes.len();
    for (start, dialect) in regions(bytes, dialect).into_iter().rev() {
        let region = bytes.get(start..end).unwrap_or_default();
        if let Some((at, dialect)) = dialect.and_then(|dialect| Some((last_set(region, &dialect)?, dialect))) {
            return Some(Cut { at: start + at, dialect });
        }
        end = start;
    }
    None
}

/// The same where binary data may stand: the segments are read one after the other, since the data may hold whatever a
/// border looks like. Behind data whose end is not there nothing is known.
#[cold]
fn walked_cut<D: Dialect>(bytes: &[u8], dialect: &D) -> Option<Cut<D>> {
    let mut findings = Findings::default();
    let mut segments = Segments::new(bytes, *dialect, Start::at(0));
    let mut cut = None;
    while let Some(segment) = segments.next(&mut findings) {
        let (is_set, at, dialect) = (segment.id() == D::OPENS, segment.byte, *segment.dialect());
        if findings.counts().contains_key(&D::BAD_LENGTH) {
            break;
        }
        if let (true, Ok(at @ 1..)) = (is_set, usize::try_from(at)) {
            cut = Some(Cut { at, dialect });
        }
    }
    cut
}

/// The stretches of one set of separators, with their start; none after an interchange that cannot be read.
fn regions<D: Dialect>(bytes: &[u8], dialect: &D) -> Vec<(usize, Option<D>)> {
    let mut all = vec![(0, Some(*dialect))];
    let mut force = *dialect;
    let mut from = 0;
    while let Some(at) = find_interchange::<D>(bytes, from) {
        from = at + D::opening(&bytes[at..]);
        if !at_border(bytes, at, &force) {
            from = at + D::HEAD.len();
            continue;
        }
        if let Ok(read) = D::read(&bytes[at..], 0) {
            force = read;
            all.push((at, Some(read)));
            continue;
        }
        all.push((at, None));
        let Some((next, read)) = sound_interchange(bytes, at + D::broken(&bytes[at..])) else { break };
        force = read;
        all.push((next, Some(read)));
        from = next + D::opening(&bytes[next..]);
    }
    all
}

/// The next interchange from an offset on, sound or not.
fn find_interchange<D: Dialect>(bytes: &[u8], from: usize) -> Option<usize> {
    let mut from = from;
    loop {
        let at = from + memmem::find(bytes.get(from..)?, D::HEAD)?;
        if D::begins(&bytes[at..]) {
            return Some(at);
        }
        from = at + D::HEAD.len();
    }
}

/// The next interchange at or after `from` that can be read, wherever it stands: where reading goes on after a broken one.
pub(super) fn sound_interchange<D: Dialect>(bytes: &[u8], from: usize) -> Option<(usize, D)> {
    let mut from = from;
    loop {
        let at = find_interchange::<D>(bytes, from)?;
        if let Ok(read) = D::read(&bytes[at..], 0) {
            return Some((at, read));
        }
        from = at + D::broken(&bytes[at..]);
    }
}

/// Whether a segment begins at `at`: only blanks and line breaks stand between it and a terminator or the start.
pub(in crate::syntax) fn at_border<D: Dialect>(bytes: &[u8], at: usize, dialect: &D) -> bool {
    let mut end = at;
    while let Some(before) = end.checked_sub(1) {
        if dialect.ends_at(bytes, end) {
            return true;
        }
        if !bytes.get(before).copied().is_some_and(is_between) {
            return false;
        }
        end = before;
    }
    true
}

fn last_set<D: Dialect>(region: &[u8], dialect: &D) -> Option<usize> {
    memrchr_iter(dialect.segment(), region).filter(|at| dialect.ends_at(region, at + 1)).find_map(|at| {
        let rest = &region[at + 1..];
        let start = rest.iter().position(|byte| !is_between(*byte))?;
        let name = rest[start..].strip_prefix(D::OPENS)?;
        (name.first() == Some(&dialect.element())).then_some(at + 1 + start)
    })
}
