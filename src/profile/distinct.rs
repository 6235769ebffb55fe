//! How many different values there are, in bounded memory: exact for few, an estimate for many.

use std::collections::BTreeSet;

use crate::limits;

/// Hashes of values, of which the smallest are kept (a KMV sketch: of `k` hashes kept of many, the largest says how dense
/// they lie; the standard error is about `1/√k`, 3 % here).
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    smallest: BTreeSet<u64>,
    is_cut: bool,
}

/// A number of different values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub values: u64,
    /// Whether it is exact.
    pub exact: bool,
}

impl Distinct {
    /// Takes the hash of a value.
    pub fn add(&mut self, hash: u64) {
        if self.smallest.len() >= limits::PROFILE_DISTINCT
            && self.smallest.last().is_some_and(|largest| hash >= *largest)
        {
            self.is_cut |= self.smallest.last() != Some(&hash);
            return;
        }
        self.smallest.insert(hash);
        if self.smallest.len() > limits::PROFILE_DISTINCT {
            self.smallest.pop_last();
            self.is_cut = true;
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> Count {
        let kept = self.smallest.len() as u64;
        match self.smallest.last() {
            Some(largest) if self.is_cut => {
                let estimate = u128::from(kept.saturating_sub(1)) * (1_u128 << 64) / u128::from(*largest).max(1);
                Count { values: u64::try_from(estimate).unwrap_or(u64::MAX), exact: false }
            }
            _ => Count { values: kept, exact: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    fn count(values: u64, times: u64) -> Count {
        let mut distinct = Distinct::default();
        for value in (0..times).flat_map(|_| 0..values) {
            distinct.add(foldhash::quality::FixedState::default().hash_one(value));
        }
        distinct.count()
    }

    #[test]
    fn few_are_exact_and_many_are_near() {
        assert_eq!(count(0, 1), Count { values: 0, exact: true });
        assert_eq!(count(1_000, 3), Count { values: 1_000, exact: true });
        let limit = limits::PROFILE_DISTINCT as u64;
        assert_eq!(count(limit, 2), Count { values: limit, exact: true });
        let many = count(200_000, 2);
        assert!(!many.exact && (180_000..220_000).contains(&many.values), "{many:?}");
    }
}
