//! One pass over the bytes of a segment.

use super::{Dialect, is_line_break};
use crate::limits::SEGMENT_ELEMENTS;
use crate::syntax::word::{low_bytes, spread, zero_bytes};

/// The end of each part of a segment.
pub(super) type Ends = [u32; SEGMENT_ELEMENTS + 1];

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scan {
    /// Length up to the terminator, or up to the end of the bytes.
    pub len: usize,
    /// Length including the terminator.
    pub used: usize,
    /// Parts including the ID; more than fit are counted.
    pub parts: usize,
    /// Offset up to which bytes are data because of a release character.
    skip: usize,
    /// Whether a line break stands inside.
    pub wrapped: bool,
    /// Whether a release character stands inside.
    pub released: bool,
    /// Whether the terminator was found.
    pub terminated: bool,
}

/// Finds the end of the segment that `bytes` begin with and notes the end of each part in `ends`.
///
/// Elements are a few bytes long, so eight bytes are compared at a time; a search per element would cost more.
pub(super) fn scan<D: Dialect>(bytes: &[u8], dialect: &D, ends: &mut Ends) -> Scan {
    let element = spread(dialect.element());
    let segment = spread(dialect.segment());
    let release = spread(dialect.release().unwrap_or(dialect.segment()));
    let mut found = Scan { len: bytes.len(), used: bytes.len(), ..Scan::default() };
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let mut hits = zero_bytes(word ^ element) | zero_bytes(word ^ segment) | low_bytes(word);
        if D::RELEASES {
            hits |= zero_bytes(word ^ release);
        }
        while hits != 0 {
            let shift = hits.trailing_zeros() & !7;
            let byte = (word >> shift) as u8;
            if found.meet(byte, index * 8 + (shift / 8) as usize, bytes, dialect, ends) {
                return found;
            }
            hits &= hits - 1;
        }
    }
    for (index, byte) in tail.iter().enumerate() {
        if found.meet(*byte, words.len() * 8 + index, bytes, dialect, ends) {
            return found;
        }
    }
    found.part(bytes.len(), ends);
    found
}

impl Scan {
    /// A segment of binary data, of which no byte was looked at.
    pub(super) fn of_binary(len: usize, used: usize, parts: usize) -> Self {
        Self { len, used, parts, terminated: true, ..Self::default() }
    }

    /// Takes in one byte that may be a separator; whether it ends the segment.
    #[inline(always)]
    fn meet<D: Dialect>(&mut self, byte: u8, at: usize, bytes: &[u8], dialect: &D, ends: &mut Ends) -> bool {
        if D::RELEASES && at < self.skip {
            self.wrapped |= is_line_break(byte);
        } else if byte == dialect.element() {
            self.part(at, ends);
        } else if byte == dialect.segment() {
            let lead = dialect.lead().len();
            if lead > 0 && !dialect.ends_at(bytes, at + 1) {
                return false;
            }
            self.len = at - lead;
            self.used = at + 1;
            self.terminated = true;
            self.part(self.len, ends);
            return true;
        } else if D::RELEASES && Some(byte) == dialect.release() {
            self.released = true;
            // The character it releases may stand behind a line break of a wrapped file.
            let rest = bytes.get(at + 1..).unwrap_or_default();
            self.skip = at + 2 + rest.iter().take_while(|byte| is_line_break(**byte)).count();
        } else if is_line_break(byte) {
            self.wrapped = true;
        }
        false
    }

    #[inline(always)]
    fn part(&mut self, end: usize, ends: &mut Ends) {
        if let Some(slot) = ends.get_mut(self.parts) {
            // A segment longer than a limit far below 4 GiB is reported and not handed on.
            *slot = end as u32;
        }
        self.parts += 1;
    }
}
