//! A filter of keys: says of most that are not there that they are not. It never decides, it only saves a look.

use crate::limits;

/// Bits of a block, which is as large as a line of the cache.
const BLOCK_BITS: usize = 512;
/// Bits set for a key.
const BITS: u32 = 5;

/// A Bloom filter in blocks (Putze, Sanders and Singler, 2007), a byte for each key up to a limit.
#[derive(Debug)]
pub(super) struct Filter {
    blocks: Vec<[u64; BLOCK_BITS / 64]>,
}

impl Filter {
    /// A filter for so many keys.
    pub(super) fn new(keys: usize) -> Self {
        let bytes = keys.min(limits::RUN_FILTER_BYTES);
        Self { blocks: vec![[0; BLOCK_BITS / 64]; (bytes * 8).div_ceil(BLOCK_BITS).max(1)] }
    }

    pub(super) fn add(&mut self, key: u64) {
        let block = self.block(key);
        for (word, bit) in bits(key) {
            self.blocks[block][word] |= bit;
        }
    }

    /// False only for a key that was not added.
    pub(super) fn may_hold(&self, key: u64) -> bool {
        let block = &self.blocks[self.block(key)];
        bits(key).all(|(word, bit)| block[word] & bit != 0)
    }

    fn block(&self, key: u64) -> usize {
        let spread = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        ((spread * self.blocks.len() as u64) >> 32) as usize
    }
}

/// Word and bit of each bit of a key in its block.
fn bits(key: u64) -> impl Iterator<Item = (usize, u64)> {
    let spread = (key ^ (key >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (1..=BITS).map(move |n| {
        let bit = (spread >> (64 - 9 * n)) as usize % BLOCK_BITS;
        (bit / 64, 1 << (bit % 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::hash::Hash;

    fn key(n: u64) -> u64 {
        let mut hash = Hash::default();
        hash.add(&n.to_le_bytes());
        hash.finish() as u64
    }

    #[test]
    fn every_key_is_held_and_few_others() {
        for keys in [1, 100, 100_000] {
            let mut filter = Filter::new(keys);
            (0..keys as u64).for_each(|n| filter.add(key(n)));
            assert!((0..keys as u64).all(|n| filter.may_hold(key(n))));
            let wrong = (0..100_000).filter(|n| filter.may_hold(key(n + 1_000_000))).count();
            assert!(wrong < 6_000, "{wrong} of 100,000 with {keys} keys");
        }
    }
}
