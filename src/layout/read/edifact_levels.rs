//! The tree of a message, such as that of CPS in DESADV: which levels are open, and what they say of the lines below.

use crate::document::Decimal;
use crate::limits;

/// A value of a level, converted; its place among the bindings of lines.
#[derive(Clone, Debug)]
pub struct Kept {
    depth: usize,
    /// Among the segments that bindings name, and among those of one segment.
    pub(super) bound: usize,
    pub(super) place: usize,
    /// The number of the field.
    pub(super) slot: usize,
    pub(super) text: String,
    pub(super) decimal: Option<Decimal>,
}

/// The levels that are open, each below the one before it.
#[derive(Debug, Default)]
pub struct Levels {
    open: Vec<Vec<u8>>,
    kept: Vec<Kept>,
}

impl Levels {
    /// Closes all levels.
    pub fn clear(&mut self) {
        self.open.clear();
        self.kept.clear();
    }

    /// Begins a level below the one that it names as its parent, else below none. False if the tree is too deep.
    pub fn enter(&mut self, number: &[u8], parent: &[u8]) -> bool {
        let above = self.open.iter().position(|known| known.as_slice() == parent && !parent.is_empty());
        self.open.truncate(above.map_or(0, |at| at + 1));
        let depth = self.open.len();
        self.kept.retain(|kept| kept.depth < depth);
        let fits = depth < limits::HL_LEVELS;
        if !fits {
            self.clear();
        }
        self.open.push(number.to_vec());
        fits
    }

    /// Keeps a value of the innermost level for the lines below it; of a place the first value counts. False if there are
    /// too many.
    pub fn keep(&mut self, (bound, place): (usize, usize), slot: usize, text: &str, decimal: Option<Decimal>) -> bool {
        let depth = self.open.len().saturating_sub(1);
        if self.kept.iter().any(|kept| (kept.depth, kept.bound, kept.place) == (depth, bound, place)) {
            return true;
        }
        let fits = self.kept.len() < limits::LEVEL_VALUES;
        if fits {
            self.kept.push(Kept { depth, bound, place, slot, text: text.to_owned(), decimal });
        }
        fits
    }

    /// What holds for a line here: of each field the values of the nearest level that has any.
    pub fn values(&self) -> Vec<Kept> {
        let is_nearest = |kept: &&Kept| !self.kept.iter().any(|k| k.slot == kept.slot && k.depth > kept.depth);
        self.kept.iter().filter(is_nearest).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(levels: &Levels) -> Vec<String> {
        levels.values().into_iter().map(|kept| kept.text).collect()
    }

    #[test]
    fn the_nearest_level_counts() {
        let mut levels = Levels::default();
        assert!(levels.enter(b"1", b"") && levels.keep((0, 0), 0, "shipment", None));
        assert!(levels.enter(b"2", b"1") && levels.keep((0, 0), 0, "pallet", None));
        assert!(levels.enter(b"3", b"2"));
        assert_eq!(texts(&levels), ["pallet"]);
        assert!(levels.keep((0, 1), 0, "carton", None));
        assert_eq!(texts(&levels), ["carton"]);
        assert!(levels.enter(b"4", b"1"));
        assert_eq!(texts(&levels), ["shipment"]);
        assert!(levels.enter(b"5", b"9"));
        assert_eq!(texts(&levels), Vec::<String>::new());
    }

    #[test]
    fn depth_and_values_have_limits() {
        let mut levels = Levels::default();
        let number = |n: usize| n.to_string().into_bytes();
        let fits = |levels: &mut Levels, n: usize| levels.enter(&number(n), &number(n.wrapping_sub(1)));
        assert!((0..limits::HL_LEVELS).all(|n| fits(&mut levels, n)));
        assert!(!fits(&mut levels, limits::HL_LEVELS));
        assert!((0..limits::LEVEL_VALUES).all(|n| levels.keep((0, n), n, "", None)));
        assert!(!levels.keep((1, 0), 0, "", None));
    }
}
