//! Sets of names that belong to one user or group.

use super::key::Key;
use std::collections::HashMap;

/// Sets of names that belong to one user or group. Each search for a root shortens the path to it,
/// so that chains of renames in any order cost little more than their length.
#[derive(Default)]
pub(crate) struct UnionFind(HashMap<Key, Key>);

impl UnionFind {
    /// Returns the name that represents a set; `None` for a name in no set.
    pub(crate) fn root(&mut self, mut key: Key) -> Option<Key> {
        let mut above = *self.0.get(&key)?;
        while above != key {
            let next = self.0[&above];
            self.0.insert(key, next);
            key = next;
            above = self.0[&key];
        }
        Some(key)
    }

    /// Puts two names into one set.
    pub(crate) fn join(&mut self, a: Key, b: Key) {
        for key in [a, b] {
            self.0.entry(key).or_insert(key);
        }
        if let (Some(a), Some(b)) = (self.root(a), self.root(b)) {
            self.0.insert(a, b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renames from one name to the next, in any order, belong to one person.
    #[test]
    fn a_chain_of_renames_is_one_set_in_any_order() {
        const LENGTH: u32 = 50_000;
        let names: Vec<Key> =
            (0..=LENGTH).map(|number| Key::user(&format!("a{number}@x.com"), None)).collect();
        let mut orders: [Vec<u32>; 3] =
            [(0..LENGTH).collect(), (0..LENGTH).rev().collect(), (0..LENGTH).collect()];
        fastrand::Rng::with_seed(1).shuffle(&mut orders[2]);
        for order in orders {
            let mut union = UnionFind::default();
            order.iter().for_each(|at| union.join(names[*at as usize], names[*at as usize + 1]));
            let root = union.root(names[0]);
            assert!(root.is_some() && names.iter().all(|name| union.root(*name) == root));
        }
        assert_eq!(UnionFind::default().root(names[0]), None);
    }
}
