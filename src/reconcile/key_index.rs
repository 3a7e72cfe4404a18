//! An index of users by hashes of names and of parts of addresses. Users who may be the same share
//! a hash.

/// The most users who may share a key.
const MOST: usize = 200;

/// An index of users by such keys. A key that very many users share (`User 1` to `User 9999`) is
/// ignored: it does not distinguish users, and comparing all of them would take hours.
#[derive(Debug, Default)]
pub(super) struct KeyIndex(Vec<(u64, u32)>);

impl KeyIndex {
    /// Adds a user by number.
    pub(super) fn take(&mut self, keys: impl IntoIterator<Item = u64>, number: u32) {
        self.0.extend(keys.into_iter().map(|key| (key, number)));
    }

    /// Sorts the index, once all users are added.
    pub(super) fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
        let keys = std::mem::take(&mut self.0);
        let of_few = keys.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() <= MOST);
        self.0 = of_few.flatten().copied().collect();
    }

    /// Whether it has no keys.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the users with one of the keys, in the order of their numbers.
    pub(super) fn with_any(&self, keys: impl IntoIterator<Item = u64>) -> Vec<u32> {
        let with = |key: u64| {
            let first = self.0.partition_point(|(own, _)| *own < key);
            self.0[first..]
                .iter()
                .take_while(move |(own, _)| *own == key)
                .map(|(_, number)| *number)
        };
        let mut found: Vec<u32> = keys.into_iter().flat_map(with).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_share_a_key_are_found_once() {
        let mut index = KeyIndex::default();
        index.take([1, 2], 7);
        index.take([2, 3], 4);
        index.sort();
        assert_eq!(index.with_any([1, 2]), [4, 7]);
        assert!(index.with_any([9]).is_empty());
    }

    #[test]
    fn key_of_very_many_counts_for_nobody() {
        let mut index = KeyIndex::default();
        (0..=MOST as u32).for_each(|number| index.take([1, u64::from(number) + 10], number));
        (0..MOST as u32).for_each(|number| index.take([2], number));
        index.sort();
        assert!(index.with_any([1]).is_empty());
        assert_eq!(index.with_any([2]).len(), MOST);
        assert_eq!(index.with_any([1, 13]), [3]);
    }
}
