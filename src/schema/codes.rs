//! A list of codes, found by a hash: one look-up costs the same for two codes as for eight hundred.

/// The codes of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// Whether the list has every code, so that another is an error.
    complete: bool,
    values: Vec<Box<str>>,
    /// Open addressing; zero is free. The length is a power of two and at most half of it is used.
    slots: Box<[u64]>,
}

impl Codes {
    /// Longest code that a list can have, in bytes.
    pub const LONGEST: usize = 8;

    /// A list of codes of at most [`Self::LONGEST`] bytes; longer ones can never be found.
    #[must_use]
    pub fn new(complete: bool, values: Vec<Box<str>>) -> Self {
        let mut slots = vec![0; (values.len() * 2).next_power_of_two().max(2)];
        for key in values.iter().filter_map(|value| key(value.as_bytes())) {
            let free = probe(&slots, key);
            slots[free] = key;
        }
        Self { complete, values, slots: slots.into_boxed_slice() }
    }

    /// Whether a value outside of the list is an error.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The codes in the order of the file.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &str> {
        self.values.iter().map(AsRef::as_ref)
    }

    /// Whether the list has this code.
    #[must_use]
    pub fn contains(&self, value: &[u8]) -> bool {
        key(value).is_some_and(|key| self.slots[probe(&self.slots, key)] == key)
    }
}

/// A code as a number that is never zero.
fn key(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > Codes::LONGEST {
        return None;
    }
    Some(value.iter().fold(0, |key, byte| key << 8 | u64::from(*byte))).filter(|key| *key != 0)
}

/// The slot that holds the key, or the free one where it would be.
fn probe(slots: &[u64], key: u64) -> usize {
    let mask = slots.len() - 1;
    let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
    while slots[at] != 0 && slots[at] != key {
        at = (at + 1) & mask;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_and_others_are_not() {
        let values: Vec<Box<str>> = (0..800).map(|n| format!("{n:03}").into()).collect();
        let codes = Codes::new(true, values);
        assert!((0..800).all(|n| codes.contains(format!("{n:03}").as_bytes())));
        assert!(
            !codes.contains(b"800") && !codes.contains(b"1") && !codes.contains(b"") && !codes.contains(b"123456789")
        );
        assert!(!Codes::new(true, Vec::new()).contains(b"A"));
    }
}
