//! The places in X12 that fields are read from, by segment.

use super::segments::tag;
use super::slots::{Asked, Index, Places};
use super::x12_pairs::Pairs;
use super::x12_path::{Element, Path};
use crate::document::Field;
use crate::layout::convert::Converter;
use crate::layout::model::Binding;
use crate::syntax::x12::Segment;

/// One place that a field is read from.
pub(super) struct Slot<'l> {
    pub(super) path: Path,
    /// The number of the qualifier of its pair among those of the segment.
    pub(super) pair: u8,
    pub(super) slot: usize,
    pub(super) converter: Converter<'l>,
    pub(super) binding: &'l Binding,
    pub(super) field: &'static Field,
}

/// The slots of one segment. Most segments of a file are bound by none, and are passed over by one comparison each.
pub(super) struct Bound<'l> {
    pub(super) id: u64,
    pub(super) slots: Vec<Slot<'l>>,
    index: Index,
}

/// The slots by segment; none when a segment has too many.
pub(super) fn by_segment(slots: Vec<Slot<'_>>) -> Option<Vec<Bound<'_>>> {
    let mut bound: Vec<Bound<'_>> = Vec::new();
    for mut slot in slots {
        let id = slot.path.segment;
        let known = bound.iter().position(|known| known.id == id).unwrap_or(bound.len());
        if known == bound.len() {
            bound.push(Bound { id, slots: Vec::new(), index: Index::default() });
        }
        let of_segment = bound.get_mut(known)?;
        slot.pair = of_segment.index.add(of_segment.slots.len(), asked(&slot.path))?;
        of_segment.slots.push(slot);
    }
    Some(bound)
}

fn asked(path: &Path) -> Asked<'_> {
    match path.place {
        Element::Number(elements) => Asked { first: path.first_codes(), elements, ..Asked::default() },
        Element::Pair(code) => Asked { code: Some(code), ..Asked::default() },
        Element::Several(_) => Asked { first: path.first_codes(), ..Asked::default() },
    }
}

impl Bound<'_> {
    /// The slots that a segment can fill, as far as codes and its length tell, and its pairs that slots name.
    #[inline]
    pub(super) fn places(&self, segment: &Segment<'_>) -> (Places, Pairs) {
        let mut bits = self.index.by_first(|| tag(segment.element(1)));
        let mut pairs = Pairs::default();
        if self.index.asks_codes() {
            pairs.read(segment, |qualifier| {
                let (number, places) = self.index.by_code(qualifier)?;
                bits |= places;
                Some(number)
            });
        }
        (self.index.fitting(bits, segment.len()), pairs)
    }
}
