//! Pairs of a qualifier and a value, of which one segment of X12 holds many: `PO1@UP`.

use super::segments::tag;
use crate::syntax::x12::Segment;

/// The elements with the first qualifier of each row of qualifier and value pairs, and the end of the row (ASC X12: PO106
/// and PO107 are the first pair of PO1, and likewise of IT1; LIN02, ACK07, POC08, SLN09; W01 and W12 have them apart).
fn pair_rows(segment: &[u8]) -> &'static [(usize, usize)] {
    match segment {
        b"LIN" => &[(2, 99)],
        b"ACK" => &[(7, 27)],
        b"POC" => &[(8, 99)],
        b"SLN" => &[(9, 99)],
        b"W01" => &[(4, 8), (15, 17)],
        b"W12" => &[(7, 9), (17, 19), (21, 23)],
        _ => &[(6, 99)],
    }
}

/// Pairs of a qualifier and a value that one segment may hold: PO1 and LIN have ten and fifteen (ASC X12).
const PAIRS: usize = 16;

/// The qualifiers of a segment's pairs, so that they are looked at once and not once a binding.
#[derive(Default)]
pub(super) struct Pairs {
    qualifiers: [(u64, usize); PAIRS],
    len: usize,
}

impl Pairs {
    pub(super) fn of(segment: &Segment<'_>) -> Self {
        let mut pairs = Self::default();
        let rows = pair_rows(segment.id()).iter();
        let places = rows.flat_map(|(from, to)| (*from..segment.len().min(*to)).step_by(2));
        for (slot, at) in pairs.qualifiers.iter_mut().zip(places) {
            *slot = (tag(segment.element(at)), at + 1);
            pairs.len += 1;
        }
        pairs
    }

    /// The number of the element behind a qualifier.
    pub(super) fn value(&self, qualifier: u64) -> Option<usize> {
        self.qualifiers.get(..self.len)?.iter().find(|(known, _)| *known == qualifier).map(|(_, value)| *value)
    }
}
