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

/// The values of a segment's pairs that bindings name: the number of the qualifier, and that of the element behind it.
#[derive(Default)]
pub(super) struct Pairs {
    found: [(u8, u8); PAIRS],
    len: usize,
}

impl Pairs {
    /// Takes in the pairs of a segment of which the qualifier has a number.
    #[inline]
    pub(super) fn read(&mut self, segment: &Segment<'_>, mut number: impl FnMut(u64) -> Option<u8>) {
        let rows = pair_rows(segment.id()).iter();
        let places = rows.flat_map(|(from, to)| (*from..segment.len().min(*to)).step_by(2));
        for at in places {
            let Some(number) = number(tag(segment.element(at))) else { continue };
            if let (Some(slot), Ok(element)) = (self.found.get_mut(self.len), u8::try_from(at + 1)) {
                *slot = (number, element);
                self.len += 1;
            }
        }
    }

    /// The number of the element behind the first qualifier with a number.
    #[inline]
    pub(super) fn value(&self, number: u8) -> Option<usize> {
        let found = self.found.get(..self.len)?.iter().find(|(known, _)| *known == number);
        found.map(|(_, element)| usize::from(*element))
    }
}
