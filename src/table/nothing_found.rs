//! Remembers texts in which a check has found nothing. A list has few first and last names, and
//! most of them often, so each of them is judged once.

use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The number of texts that are remembered: the names of a large organization. They take 2 MB.
const PLACES: usize = 1 << 18;

/// Texts in which a check has found nothing. All threads share them.
pub(crate) struct NothingFound {
    /// Hashes of texts, each at one of the two places that it tells. A new text takes the first,
    /// and the text there moves to the second.
    places: [[AtomicU64; 2]; PLACES / 2],
}

impl NothingFound {
    /// Creates an empty memory.
    pub(crate) const fn new() -> Self {
        Self { places: [const { [AtomicU64::new(0), AtomicU64::new(0)] }; PLACES / 2] }
    }

    /// Carries out a check of a text, unless it is known to find nothing. Its result depends on the
    /// seed and the name alone.
    pub(crate) fn check<T>(
        &self,
        seed: u64,
        text: &str,
        check: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        let hash = xxh3_64_with_seed(text.as_bytes(), seed);
        let [first, second] = &self.places[hash as usize % (PLACES / 2)];
        let is_in = |place: &AtomicU64| place.load(Ordering::Relaxed) == hash;
        if hash != 0 && (is_in(first) || is_in(second)) {
            return None;
        }
        let found = check();
        if found.is_none() {
            second.store(first.swap(hash, Ordering::Relaxed), Ordering::Relaxed);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SOUND: NothingFound = NothingFound::new();

    #[test]
    fn sound_name_is_checked_once_for_each_seed() {
        let mut checks = 0;
        let mut check = |seed, name, found: Option<()>| {
            SOUND.check(seed, name, || {
                checks += 1;
                found
            })
        };
        for _ in 0..3 {
            assert_eq!(check(0, "Zoë", None), None);
            assert_eq!(check(1, "Zoë", Some(())), Some(()));
        }
        assert_eq!(checks, 4);
    }
}
