//! How often something is, for how much, and where.

use crate::limits;

/// Where something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the files, from 0.
    pub file: u16,
    /// Line of the file, from 1; 0 if it has none.
    pub line: u64,
    /// Record, from 1, where there are no lines.
    pub record: u64,
}

/// How often, for how much, and the first places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// The amounts concerned, in billionths.
    pub value: i128,
    /// The first places, at most [`limits::AUDIT_PLACES`].
    pub places: Vec<Place>,
}

impl Tally {
    /// Once.
    #[must_use]
    pub fn one(place: Place, value: i128) -> Self {
        Self { count: 1, value, places: vec![place] }
    }

    /// Adds what comes later.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.value = self.value.saturating_add(other.value);
        let room = limits::AUDIT_PLACES.saturating_sub(self.places.len());
        self.places.extend(other.places.iter().take(room));
    }
}
