//! A small, fast, stable 128-bit hash for business keys and document contents.
//!
//! It is stored in ledgers, so it never changes; the tests hold its vectors. It tells documents of honest partners
//! apart with certainty enough (2^-128 by chance). The identity of a file is its SHA-256, not this.

const MUL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];
const SEED: [u64; 2] = [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344];

/// A hash being computed: values are added one by one, and two sequences of values that differ in any border differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash([u64; 2]);

impl Default for Hash {
    fn default() -> Self {
        Self(SEED)
    }
}

impl Hash {
    /// Adds a value; its length is part of it.
    pub fn add(&mut self, value: &[u8]) {
        let mut words = value.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        let mut last = [0; 8];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        self.mix(u64::from_le_bytes(last));
        self.mix(value.len() as u64 ^ 0xA5A5_0000_0000_0000);
    }

    /// Adds a decimal.
    pub fn add_number(&mut self, value: i128) {
        self.mix(value as u64);
        self.mix((value >> 64) as u64);
        self.mix(0x5A5A_0000_0000_0010);
    }

    /// Adds the absence of a value, which is not the same as an empty one.
    pub fn add_none(&mut self) {
        self.mix(0xC3C3_0000_0000_0001);
    }

    /// The hash of everything added.
    #[must_use]
    pub fn finish(mut self) -> u128 {
        self.mix(MUL[0]);
        self.mix(MUL[1]);
        (u128::from(self.0[0]) << 64) | u128::from(self.0[1])
    }

    fn mix(&mut self, word: u64) {
        let [a, b] = self.0;
        self.0 = [fold(a ^ word, MUL[0]) ^ b.rotate_left(23), fold(b.wrapping_add(word), MUL[1]) ^ a.rotate_left(41)];
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a | 1) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64) ^ a
}

/// Bytes in hexadecimal, as `sha256sum` prints them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn of(values: &[&str]) -> u128 {
        let mut hash = Hash::default();
        values.iter().for_each(|value| hash.add(value.as_bytes()));
        hash.finish()
    }

    #[test]
    fn borders_between_values_count() {
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["", "a"]), of(&["a", ""]));
        assert_ne!(of(&["a\0"]), of(&["a"]));
    }

    #[test]
    fn no_two_of_many_near_values_meet() {
        let all: HashSet<u128> = (0..200_000).map(|n| of(&["shop", "order", &n.to_string()])).collect();
        assert_eq!(all.len(), 200_000);
    }
}
