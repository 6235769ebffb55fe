//! The tree above the lines, such as that of HL in X12 and of CPS in EDIFACT: which levels are open, and what they say of
//! the lines below.

use crate::limits;

/// A value of a level; its place among the bindings.
#[derive(Clone, Debug)]
pub struct Kept<V> {
    depth: usize,
    /// Among the segments that bindings name, and among those of one segment.
    pub(super) bound: usize,
    pub(super) place: usize,
    /// The number of the field.
    pub(super) slot: usize,
    pub(super) value: V,
}

/// The levels that are open, each below the one before it: number and code.
#[derive(Debug)]
pub struct Levels<V> {
    open: Vec<(Vec<u8>, u64)>,
    kept: Vec<Kept<V>>,
}

impl<V> Default for Levels<V> {
    fn default() -> Self {
        Self { open: Vec::new(), kept: Vec::new() }
    }
}

impl<V> Levels<V> {
    /// Closes all levels but the outermost ones, so many.
    pub fn leave(&mut self, depth: usize) {
        self.open.truncate(depth);
        self.kept.retain(|kept| kept.depth < depth);
    }

    /// Begins a level below the one that it names as its parent, else below none. False if the tree is too deep.
    pub fn enter(&mut self, number: &[u8], parent: &[u8], code: u64) -> bool {
        let above = self.open.iter().position(|(known, _)| known.as_slice() == parent && !parent.is_empty());
        self.enter_at(above.map_or(0, |at| at + 1), number, code)
    }

    /// Begins a level below so many. False if the tree is too deep.
    pub fn enter_at(&mut self, depth: usize, number: &[u8], code: u64) -> bool {
        let fits = depth < limits::HL_LEVELS;
        self.leave(if fits { depth } else { 0 });
        self.open.push((number.to_vec(), code));
        fits
    }

    /// How many levels are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// The code of the innermost level.
    pub fn here(&self) -> Option<u64> {
        self.open.last().map(|(_, code)| *code)
    }

    /// Whether the innermost level is below one with this code.
    pub fn is_below(&self, code: u64) -> bool {
        self.open.iter().rev().skip(1).any(|(_, known)| *known == code)
    }

    /// Keeps a value of the innermost level, or of what stands before any, for the lines below it; unless `many`, the
    /// first of a place counts. False if there are too many.
    pub fn keep(&mut self, (bound, place): (usize, usize), slot: usize, many: bool, value: V) -> bool {
        let depth = self.open.len().saturating_sub(1);
        if !many && self.kept.iter().any(|kept| (kept.depth, kept.bound, kept.place) == (depth, bound, place)) {
            return true;
        }
        let fits = self.kept.len() < limits::LEVEL_VALUES;
        if fits {
            self.kept.push(Kept { depth, bound, place, slot, value });
        }
        fits
    }

    /// What the innermost level says at a place.
    pub fn said(&self, (bound, place): (usize, usize)) -> Option<&V> {
        let depth = self.open.len().saturating_sub(1);
        let kept = self.kept.iter().find(|kept| (kept.depth, kept.bound, kept.place) == (depth, bound, place));
        kept.map(|kept| &kept.value)
    }

    /// What holds for a line here, that of the nearest level first.
    pub fn nearest_first(&mut self) -> &[Kept<V>] {
        self.kept.sort_by_key(|kept| std::cmp::Reverse(kept.depth));
        &self.kept
    }

    /// The same, of each field only the values of the nearest level that has any.
    pub fn nearest(&mut self) -> impl Iterator<Item = &Kept<V>> {
        self.nearest_first();
        let kept = &self.kept;
        kept.iter().filter(|one| !kept.iter().any(|other| other.slot == one.slot && other.depth > one.depth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(levels: &mut Levels<&'static str>) -> Vec<&'static str> {
        levels.nearest().map(|kept| kept.value).collect()
    }

    #[test]
    fn the_nearest_level_counts() {
        let mut levels = Levels::default();
        assert!(levels.enter(b"1", b"", 7) && levels.keep((0, 0), 0, false, "shipment"));
        assert!(levels.enter(b"2", b"1", 7) && levels.keep((0, 0), 0, false, "pallet"));
        assert!(levels.enter(b"3", b"2", 7));
        assert_eq!(texts(&mut levels), ["pallet"]);
        assert!(levels.keep((0, 1), 0, false, "carton"));
        assert_eq!(texts(&mut levels), ["carton"]);
        assert!(levels.enter(b"4", b"1", 7));
        assert_eq!(texts(&mut levels), ["shipment"]);
        assert!(levels.enter(b"5", b"9", 7));
        assert_eq!(texts(&mut levels), Vec::<&str>::new());
    }

    #[test]
    fn of_a_place_the_first_value_counts_unless_many_do() {
        let mut levels = Levels::default();
        assert!(["first", "second"].iter().all(|value| levels.keep((0, 0), 0, false, *value)));
        assert!(["1", "2"].iter().all(|value| levels.keep((0, 1), 1, true, *value)));
        assert_eq!((levels.said((0, 0)), levels.said((9, 9))), (Some(&"first"), None));
        assert_eq!(texts(&mut levels), ["first", "1", "2"]);
    }

    #[test]
    fn levels_know_where_they_are() {
        let mut levels = Levels::<&str>::default();
        assert!(levels.enter_at(0, b"", 1) && levels.enter_at(1, b"", 2) && levels.enter_at(1, b"", 3));
        assert_eq!((levels.len(), levels.here()), (2, Some(3)));
        assert!(levels.is_below(1) && !levels.is_below(2) && !levels.is_below(3));
    }

    #[test]
    fn depth_and_values_have_limits() {
        let mut levels = Levels::default();
        let number = |n: usize| n.to_string().into_bytes();
        let fits = |levels: &mut Levels<&str>, n: usize| levels.enter(&number(n), &number(n.wrapping_sub(1)), 7);
        assert!((0..limits::HL_LEVELS).all(|n| fits(&mut levels, n)));
        assert!(!fits(&mut levels, limits::HL_LEVELS));
        assert!((0..limits::LEVEL_VALUES).all(|n| levels.keep((0, n), n, false, "")));
        assert!(!levels.keep((1, 0), 0, false, ""));
    }
}
