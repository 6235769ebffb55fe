//! Which of the places that bindings name a given segment can fill.
//!
//! A PO1 is named by some thirty bindings, a DTM by a dozen; of those a segment's code, its pairs and its length leave a
//! few. They are found by masks, and only they are looked at.

use crate::document::{Code, Finding};
use crate::layout::model::Binding;

/// One bit for each place of a segment.
pub(super) type Bits = u128;

/// Places of one segment that a layout may name.
const MOST: usize = Bits::BITS as usize;

/// What a place asks of a segment; more may be asked, and is looked at later.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'p> {
    /// One of these codes in element 1.
    pub(super) first: Option<&'p [u64]>,
    /// A value with this code beside it.
    pub(super) code: Option<u64>,
    /// So many elements, at least.
    pub(super) elements: usize,
}

/// The places of one segment by what they ask.
#[derive(Debug, Default)]
pub(super) struct Index {
    always: Bits,
    by_first: Vec<(u64, Bits)>,
    by_code: Vec<(u64, Bits)>,
    /// Those that ask for at most n elements.
    by_len: Vec<Bits>,
}

/// The slots of one segment. Most segments of a file are bound by none, and are passed over by one comparison each.
pub(super) struct Bound<S> {
    pub(super) id: u64,
    pub(super) slots: Vec<S>,
    pub(super) index: Index,
}

impl<S> Bound<S> {
    /// That of a segment, which is made if there is none.
    pub(super) fn of(all: &mut Vec<Self>, id: u64) -> &mut Self {
        let at = all.iter().position(|known| known.id == id).unwrap_or(all.len());
        if at == all.len() {
            all.push(Self { id, slots: Vec::new(), index: Index::default() });
        }
        &mut all[at]
    }
}

/// What a binding is refused for that names one place too many.
pub(super) fn too_many(binding: &Binding, from: &str) -> Finding {
    let expected = format!("at most {MOST} places of one segment");
    Finding::new(Code::LayoutBinding, binding.at.clone()).found(from).expected(expected)
}

/// Places of a segment, in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places(Bits);

impl Index {
    /// Adds a place, the next one; the number of its code, if it asks for one. None if there are too many.
    pub(super) fn add(&mut self, place: usize, asked: Asked<'_>) -> Option<u8> {
        let bit = (place < MOST).then(|| 1 << place)?;
        self.by_len.resize(self.by_len.len().max(asked.elements + 1), self.by_len.last().copied().unwrap_or_default());
        self.by_len.iter_mut().skip(asked.elements).for_each(|bits| *bits |= bit);
        if let Some(code) = asked.code {
            return u8::try_from(add(&mut self.by_code, code, bit)).ok();
        }
        match asked.first {
            Some(codes) => codes.iter().for_each(|code| {
                add(&mut self.by_first, *code, bit);
            }),
            None => self.always |= bit,
        }
        Some(0)
    }

    /// Whether a place asks for a code beside its value.
    pub(super) fn asks_codes(&self) -> bool {
        !self.by_code.is_empty()
    }

    /// Those for which it does not matter what codes stand beside values; `first` gives the code in element 1.
    #[inline]
    pub(super) fn by_first(&self, first: impl FnOnce() -> u64) -> Bits {
        if self.by_first.is_empty() {
            self.always
        } else {
            self.always | of(&self.by_first, first()).map_or(0, |of| of.1)
        }
    }

    /// The number of a code beside a value, and the places that ask for it.
    #[inline]
    pub(super) fn by_code(&self, code: u64) -> Option<(u8, Bits)> {
        of(&self.by_code, code)
    }

    /// Of these places those that a segment of so many elements can fill.
    #[inline]
    pub(super) fn fitting(&self, bits: Bits, elements: usize) -> Places {
        Places(bits & self.by_len.get(elements).or(self.by_len.last()).copied().unwrap_or_default())
    }
}

impl Iterator for Places {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let at = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(at)
    }
}

/// Adds a place of a code; the number of the code.
fn add(all: &mut Vec<(u64, Bits)>, code: u64, bit: Bits) -> usize {
    let number = all.iter().position(|(known, _)| *known == code).unwrap_or(all.len());
    match all.get_mut(number) {
        Some((_, bits)) => *bits |= bit,
        None => all.push((code, bit)),
    }
    number
}

#[inline]
fn of(all: &[(u64, Bits)], code: u64) -> Option<(u8, Bits)> {
    // There are at most as many codes as places.
    all.iter().zip(0_u8..).find(|((known, _), _)| *known == code).map(|((_, bits), number)| (number, *bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Findings, Level};
    use crate::layout::load::load;
    use crate::layout::model::File;
    use crate::layout::read::edifact::EdifactProgram;
    use crate::layout::read::x12::X12Program;

    #[test]
    fn what_a_segment_cannot_fill_is_left_out() {
        let mut index = Index::default();
        let [any, first, second] = [
            Asked::default(),
            Asked { first: Some(&[7, 8]), elements: 2, ..Asked::default() },
            Asked { code: Some(5), ..Asked::default() },
        ];
        assert_eq!(
            [any, first, second, first].iter().enumerate().map(|(at, asked)| index.add(at, *asked)).collect::<Vec<_>>(),
            [Some(0); 4]
        );
        let places = |first: u64, code: u64, elements| {
            let bits = index.by_first(|| first) | index.by_code(code).map_or(0, |of| of.1);
            index.fitting(bits, elements).collect::<Vec<_>>()
        };
        assert_eq!(places(8, 5, 9), [0, 1, 2, 3]);
        assert_eq!(places(7, 0, 2), [0, 1, 3]);
        assert_eq!(places(7, 5, 1), [0, 2]);
        assert_eq!(places(9, 0, 2), [0]);
        assert_eq!(index.add(MOST, any), None);
    }

    #[test]
    fn more_places_of_one_segment_than_fit_are_refused_at_their_binding() {
        let prepared = |name: &str, place: &str, places: usize| {
            let file = format!("{}/schemas/layouts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            let mut layout = load(name, &std::fs::read_to_string(file).unwrap()).unwrap();
            let binding = layout.bindings.iter_mut().find(|binding| binding.level == Level::Header).unwrap();
            binding.from = (0..places).map(|n| place.replace('#', &n.to_string())).collect();
            let (at, mut findings) = (binding.at.clone(), Findings::default());
            let is_ready = match &layout.file {
                File::X12(x12) => X12Program::new(&layout, x12, None, &mut findings).is_some(),
                File::Edifact(edifact) => EdifactProgram::new(&layout, edifact, None, &mut findings).is_some(),
                _ => unreachable!(),
            };
            let told: Vec<bool> = findings.kept().iter().map(|f| f.code == Code::LayoutBinding && f.at == at).collect();
            (is_ready, told)
        };
        // No layout in the box names FTX[X…] or MAN[X…].
        for (name, place) in [("x12/850", "MAN[X#]02"), ("edifact/orders", "FTX[X#].4.1")] {
            assert_eq!(prepared(name, place, MOST / 2), (true, vec![]), "{name}");
            assert_eq!(prepared(name, place, MOST + 1), (false, vec![true]), "{name}");
        }
    }
}
