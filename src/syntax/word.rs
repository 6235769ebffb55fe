//! Eight bytes compared at once. Values are a few bytes long, so that a search per value would cost more.

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const LOW: u64 = u64::from_ne_bytes([0x7F; 8]);

/// A byte in each of the eight places.
pub const fn spread(byte: u8) -> u64 {
    byte as u64 * ONES
}

/// The high bit of each byte of `word` that is zero.
pub const fn zero_bytes(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

/// The high bit of each byte of `word` below 0x0E, which CR and LF are.
pub const fn low_bytes(word: u64) -> u64 {
    !(((word & LOW) + (0x80 - 0x0E) * ONES) | word | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_told_from_its_neighbours() {
        for byte in 0..=u8::MAX {
            let word = u64::from_le_bytes([byte, 0, byte, 1, 0xFF, byte, 0x80, 0x7F]);
            let expected = |fits: fn(u8) -> bool| {
                word.to_le_bytes().iter().rev().fold(0, |bits, b| (bits << 8) | if fits(*b) { 0x80 } else { 0 })
            };
            assert_eq!(zero_bytes(word), expected(|b| b == 0), "{byte}");
            assert_eq!(low_bytes(word), expected(|b| b < 0x0E), "{byte}");
        }
    }
}
