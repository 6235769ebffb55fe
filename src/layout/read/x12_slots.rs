//! The places in X12 that fields are read from, by segment.

use super::segments::tag;
use super::slots::{Asked, Bound, Places};
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

/// Adds a slot to those of its segment; none if it is one too many.
pub(super) fn add<'l>(all: &mut Vec<Bound<Slot<'l>>>, mut slot: Slot<'l>) -> Option<()> {
    let bound = Bound::of(all, slot.path.segment);
    slot.pair = bound.index.add(bound.slots.len(), asked(&slot.path))?;
    bound.slots.push(slot);
    Some(())
}

fn asked(path: &Path) -> Asked<'_> {
    match path.place {
        Element::Number(elements) => Asked { first: path.first_codes(), elements, ..Asked::default() },
        Element::Pair(code) => Asked { code: Some(code), ..Asked::default() },
        Element::Several(_) => Asked { first: path.first_codes(), ..Asked::default() },
    }
}

impl Bound<Slot<'_>> {
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
