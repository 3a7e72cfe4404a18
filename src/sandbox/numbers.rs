//! Finds the number at a given place of a long sorted list of scattered numbers.
//!
//! In: numbers that come and go. Out: for a place, a number from which it is reached in a few
//! steps, however long the list is. The count of numbers in each of a few thousand equal ranges is
//! always known.

use super::ids::UserId;

/// The first bits of a number are its range. A million scattered numbers are about 244 in each.
const RANGE_BITS: u32 = 12;
const SHIFT: u32 = UserId::BITS - RANGE_BITS;

/// The count of numbers in each range.
#[derive(Debug, Clone)]
pub(super) struct Numbers(Box<[u32]>);

impl Default for Numbers {
    fn default() -> Self {
        Self(vec![0; 1 << RANGE_BITS].into())
    }
}

impl Numbers {
    /// Adds a number to the counts.
    pub(super) fn enter(&mut self, number: UserId) {
        self.0[(number >> SHIFT) as usize] += 1;
    }

    /// Removes a number from the counts.
    pub(super) fn leave(&mut self, number: UserId) {
        self.0[(number >> SHIFT) as usize] -= 1;
    }

    /// Returns a number and a count of steps: the place is this many steps after the first number
    /// that is not below the returned one. Places count from 0. A place past the end of the list is
    /// past the end of that range.
    pub(super) fn at(&self, place: usize) -> (UserId, usize) {
        let mut further = place;
        for (range, count) in (0..).zip(&self.0) {
            match further.checked_sub(*count as usize) {
                Some(rest) => further = rest,
                None => return (range << SHIFT, further),
            }
        }
        (UserId::MAX, further + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_place_is_found_whoever_has_come_and_gone(
            came in proptest::collection::btree_set(any::<UserId>(), 0..300),
            gone in proptest::collection::vec(any::<prop::sample::Index>(), 0..100),
        ) {
            let mut numbers = Numbers::default();
            came.iter().for_each(|number| numbers.enter(*number));
            let mut list: BTreeSet<UserId> = came;
            for index in gone {
                if let Some(number) = list.iter().nth(index.index(list.len().max(1))).copied() {
                    list.remove(&number);
                    numbers.leave(number);
                }
            }
            for place in 0..list.len() + 3 {
                let (first, further) = numbers.at(place);
                prop_assert_eq!(list.range(first..).nth(further), list.iter().nth(place));
            }
        }
    }
}
