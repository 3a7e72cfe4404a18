//! Rows that wait for a name: a group that another row creates, renames or deletes, or a user whom
//! a group's row adds or removes.
//!
//! A *barrier* is a row that changes the meaning of a name: a group's creation, renaming or
//! deletion, and a group's row for every user in its lists. All rows that use the name belong to
//! one of the epochs between its barriers: they wait for the barrier before them, and the next
//! barrier waits for them.

use super::key::Key;
use std::collections::{HashMap, HashSet};

/// Which rows wait for which; empty for most files.
#[derive(Debug, Default, Clone)]
pub struct Dependencies {
    names: HashMap<Key, NameId>,
    /// Rows that are barriers, ascending.
    barriers: Vec<u32>,
    /// Rows that use a name with barriers, barriers included, ascending.
    touching: Vec<u32>,
}

#[derive(Debug, Default, Clone)]
struct NameId {
    /// Its barriers, ascending.
    barriers: Vec<u32>,
    /// The number of barriers, from the first one on, that are over.
    passed: usize,
    /// Indexes of later barriers that are already over. In a resumed run, an earlier barrier may
    /// wait for late effects.
    passed_early: Vec<usize>,
    /// The number of rows without an outcome in each epoch: before the first barrier, between the
    /// barriers, and after the last.
    open: Vec<u32>,
}

impl NameId {
    fn epoch(&self, row: u32) -> usize {
        self.barriers.partition_point(|barrier| *barrier < row)
    }

    /// Records that the barrier at that index is over.
    fn pass_barrier(&mut self, place: usize) {
        self.passed_early.push(place);
        while let Some(next) = self.passed_early.iter().position(|place| *place == self.passed) {
            self.passed_early.swap_remove(next);
            self.passed += 1;
        }
    }
}

/// Collects dependencies in two readings of the table: first the barriers, then all rows that use
/// their names.
#[derive(Debug, Default)]
pub(crate) struct DependenciesBuilder {
    names: HashMap<Key, NameId>,
    touching: Vec<u32>,
}

impl DependenciesBuilder {
    /// Records, in the first reading, that `row` is a barrier for these names. Rows come in
    /// ascending order.
    pub(crate) fn barrier(&mut self, row: u32, names: impl IntoIterator<Item = Key>) {
        for name in names {
            let name = self.names.entry(name).or_default();
            if name.barriers.last() != Some(&row) {
                name.barriers.push(row);
            }
        }
    }

    /// Returns the names that have barriers. If there are any, a second reading is needed.
    pub(crate) fn tracked_names(&self) -> HashSet<Key> {
        self.names.keys().copied().collect()
    }

    /// Records, in the second reading, that `row` uses these names, each given once. Rows come in
    /// ascending order.
    pub(crate) fn references(&mut self, row: u32, names: &[Key]) {
        let mut waits = false;
        for key in names {
            let Some(name) = self.names.get_mut(key) else { continue };
            let epoch = name.epoch(row);
            if name.barriers.get(epoch) == Some(&row) {
                continue;
            }
            name.open.resize(name.barriers.len() + 1, 0);
            name.open[epoch] += 1;
            waits = true;
        }
        if waits {
            self.touching.push(row);
        }
    }

    /// Returns the dependencies, without names that only their barriers use.
    pub(crate) fn finish(mut self) -> Dependencies {
        self.names.retain(|_, name| !name.open.is_empty());
        let mut barriers: Vec<u32> =
            self.names.values().flat_map(|name| name.barriers.iter().copied()).collect();
        barriers.sort_unstable();
        barriers.dedup();
        let mut touching = self.touching;
        touching.extend(&barriers);
        touching.sort_unstable();
        touching.dedup();
        Dependencies { names: self.names, barriers, touching }
    }
}

impl Dependencies {
    /// Returns the rows that are barriers, ascending.
    pub(super) fn barriers(&self) -> &[u32] {
        &self.barriers
    }

    /// Takes the rows that use a name with barriers, ascending. They are taken once, to be marked.
    pub(super) fn take_touching(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.touching)
    }

    /// Whether a row creates, renames or deletes the group of this name, or adds or removes the
    /// user of this name.
    pub(crate) fn has_barriers(&self, name: Key) -> bool {
        self.names.contains_key(&name)
    }

    /// Whether rows between these two use this name, except for its barriers. Both rows use it, and
    /// the second one is one of its barriers.
    pub(crate) fn is_used_between(&self, name: Key, first: u32, second: u32) -> bool {
        self.names.get(&name).is_some_and(|name| {
            name.open[name.epoch(first + 1)..=name.epoch(second)].iter().any(|uses| *uses > 0)
        })
    }

    /// Returns the number of barriers up to a row. Rows with the same number may share a command.
    pub(super) fn epoch(&self, row: u32) -> usize {
        self.barriers.partition_point(|barrier| *barrier <= row)
    }

    /// Returns the first of these names for which `row` must wait.
    pub fn blocked(&self, row: u32, names: &[Key]) -> Option<Key> {
        names.iter().copied().find(|key| {
            self.names.get(key).is_some_and(|name| {
                let epoch = name.epoch(row);
                name.passed < epoch
                    || (name.barriers.get(epoch) == Some(&row) && name.open[epoch] > 0)
            })
        })
    }

    /// Returns the row that changes the meaning of a name, and that `row` waits for; `None` if it
    /// waits for no such row.
    pub(super) fn awaited_row(&self, row: u32, name: Key) -> Option<u32> {
        let name = self.names.get(&name)?;
        let barrier = name.barriers.get(name.passed).filter(|_| name.passed < name.epoch(row));
        barrier.copied()
    }

    /// Records that `row` has its outcome. Returns the names whose state has changed.
    pub fn complete(&mut self, row: u32, names: &[Key]) -> Vec<Key> {
        let mut moved = Vec::new();
        for key in names {
            let Some(name) = self.names.get_mut(key) else { continue };
            let epoch = name.epoch(row);
            if name.barriers.get(epoch) == Some(&row) {
                name.pass_barrier(epoch);
                moved.push(*key);
            } else {
                name.open[epoch] = name.open[epoch].saturating_sub(1);
                if name.open[epoch] == 0 {
                    moved.push(*key);
                }
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_used_between_its_barriers_by_other_rows() {
        let [ann, bob] = ["ann@example.com", "bob@example.com"].map(|name| Key::user(name, None));
        let mut dependencies = DependenciesBuilder::default();
        [1, 2, 5].into_iter().for_each(|row| dependencies.barrier(row, [ann, bob]));
        [0, 4, 6].into_iter().for_each(|row| dependencies.references(row, &[ann]));
        let dependencies = dependencies.finish();
        let between =
            [(1, 2), (2, 5), (1, 5)].map(|(a, b)| dependencies.is_used_between(ann, a, b));
        assert_eq!(between, [false, true, true]);
        assert!(!dependencies.is_used_between(bob, 1, 5), "only its barriers use it");
    }

    /// In a resumed run, a completed barrier may have to wait for its late effects while a later
    /// one is over.
    #[test]
    fn epochs_ending_out_of_order_free_rows_in_order() {
        let name = [Key::user("ann@example.com", None)];
        let mut dependencies = DependenciesBuilder::default();
        dependencies.barrier(1, name);
        dependencies.barrier(3, name);
        [2, 4].into_iter().for_each(|row| dependencies.references(row, &name));
        let mut dependencies = dependencies.finish();
        dependencies.complete(3, &name);
        assert!(
            dependencies.blocked(2, &name).is_some() && dependencies.blocked(4, &name).is_some()
        );
        dependencies.complete(1, &name);
        assert!(
            dependencies.blocked(2, &name).is_none() && dependencies.blocked(4, &name).is_none()
        );
    }

    #[test]
    fn row_waits_for_the_first_open_barrier_before_it() {
        let (group, other) = (Key::group("G"), Key::group("H"));
        let mut dependencies = DependenciesBuilder::default();
        dependencies.barrier(1, [group]);
        dependencies.barrier(3, [group]);
        [0, 2, 5].into_iter().for_each(|row| dependencies.references(row, &[group]));
        let mut dependencies = dependencies.finish();
        assert!(dependencies.has_barriers(group) && !dependencies.has_barriers(other));
        assert_eq!(dependencies.awaited_row(0, group), None, "nothing comes before it");
        assert_eq!(dependencies.awaited_row(2, group), Some(1));
        assert_eq!(dependencies.awaited_row(5, group), Some(1));
        assert_eq!(dependencies.awaited_row(5, other), None);
        dependencies.complete(1, &[group]);
        assert_eq!(dependencies.awaited_row(2, group), None, "it is done");
        assert_eq!(dependencies.awaited_row(5, group), Some(3));
        dependencies.complete(3, &[group]);
        assert_eq!(dependencies.awaited_row(5, group), None);
    }
}
