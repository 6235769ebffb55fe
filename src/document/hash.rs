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
        self.add_text(0, value);
    }

    /// Adds the text of a field. A field without a value adds nothing, so that it does not matter whether a file has a
    /// column for it.
    pub fn add_text(&mut self, field: usize, value: &[u8]) {
        let (words, rest) = value.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word), Part::Text);
        }
        // At most seven bytes are left, so that the eighth holds how many.
        let last = little(rest) | (rest.len() as u64) << 56;
        self.mix(last ^ mark(field), Part::End);
    }

    /// Adds the decimal of a field.
    pub fn add_number(&mut self, field: usize, value: i128) {
        if let Ok(small) = i64::try_from(value) {
            return self.mix(small as u64 ^ mark(field), Part::Number);
        }
        self.mix(value as u64, Part::Text);
        self.mix((value >> 64) as u64 ^ mark(field), Part::Wide);
    }

    /// The hash of everything added.
    #[must_use]
    pub fn finish(mut self) -> u128 {
        self.mix(MUL[0], Part::Text);
        self.mix(MUL[1], Part::Text);
        (u128::from(self.0[0]) << 64) | u128::from(self.0[1])
    }

    fn mix(&mut self, word: u64, part: Part) {
        let [a, b] = self.0;
        let (left, right) = MULS[part as usize];
        self.0 = [fold(a ^ word, left) ^ b.rotate_left(23), fold(b.wrapping_add(word), right) ^ a.rotate_left(41)];
    }
}

/// At most seven bytes as a number, the first being the lowest. Read as two parts that overlap: copying so few bytes
/// to read them again takes several times as long.
fn little(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [first, last].map(|part| u64::from(u32::from_le_bytes(*part)));
        return first | last << (8 * (len - 4));
    }
    match *bytes {
        [] => 0,
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c, ..] => u64::from(u32::from_le_bytes([a, b, c, 0])),
    }
}

/// What a word is, so that the end of one value and the middle of another are never taken for each other.
#[derive(Clone, Copy)]
enum Part {
    Text,
    End,
    Number,
    Wide,
}

/// The number of a field spread over all bits, so that two values of one field are not those of another.
fn mark(field: usize) -> u64 {
    (field as u64).wrapping_mul(0xD1B5_4A32_D192_ED03)
}

/// Odd multipliers with about as many ones as zeros, a pair for each part.
const MULS: [(u64, u64); 4] = [
    (MUL[0], MUL[1]),
    (0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB),
    (0x8EBC_6AF0_9C88_C6E3, 0x5899_65CC_7537_4CC3),
    (0x1D8E_4E27_C47D_124F, 0xEB44_ACCA_B455_D165),
];

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
