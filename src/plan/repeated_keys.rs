//! Finds the hashes of names that repeat, among very many.

use std::collections::HashSet;

/// Returns the keys that occur more than once.
///
/// Most keys occur once. A bit for each key shows which keys may equal another one, and only these
/// few are sorted.
pub(crate) fn repeated(keys: &[u64]) -> HashSet<u64> {
    let like_another = KeyBits::like_another(keys.iter().copied());
    let mut keys: Vec<u64> = keys.iter().copied().filter(|key| like_another.has(*key)).collect();
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect()
}

/// One bit for each key. A few keys share a bit.
pub(super) struct KeyBits {
    words: Vec<u64>,
}

impl KeyBits {
    /// The number of bits for each key, so that one key in sixteen shares its bit.
    const BITS_A_KEY: usize = 16;

    fn new(keys: usize) -> Self {
        let words = (keys * Self::BITS_A_KEY / 64).next_power_of_two();
        Self { words: vec![0; words] }
    }

    /// Finds the keys that may equal another one.
    pub(super) fn like_another(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        let (mut seen, mut like_another) = (Self::new(keys.len()), Self::new(keys.len()));
        for key in keys {
            if seen.has(key) {
                like_another.set(key);
            }
            seen.set(key);
        }
        like_another
    }

    /// Whether this key has its bit.
    pub(super) fn has(&self, key: u64) -> bool {
        self.words[self.word(key)] & Self::bit(key) != 0
    }

    fn set(&mut self, key: u64) {
        let word = self.word(key);
        self.words[word] |= Self::bit(key);
    }

    fn word(&self, key: u64) -> usize {
        (key >> 6) as usize & (self.words.len() - 1)
    }

    fn bit(key: u64) -> u64 {
        1 << (key & 63)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_counting(keys: &[u64]) -> HashSet<u64> {
        let times = |key| keys.iter().filter(|other| **other == key).count();
        keys.iter().copied().filter(|key| times(*key) > 1).collect()
    }

    proptest! {
        #[test]
        fn repeated_keys_are_those_that_counting_finds(
            keys in prop::collection::vec(prop_oneof![0..80_u64, any::<u64>(),
                (0..9_u64).prop_map(|key| key << 40)], 0..80)
        ) {
            prop_assert_eq!(repeated(&keys), by_counting(&keys));
        }
    }
}
