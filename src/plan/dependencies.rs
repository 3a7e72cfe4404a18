//! Rows that wait for a name: a group that another row creates, renames or deletes, or a user whom
//! a group's row adds or removes.
//!
//! An *event* is a row that changes the meaning of a name: a group's creation, renaming or
//! deletion, and a group's row for every user in its lists. All rows that use the name belong to
//! one of the intervals between its events: they wait for the event before them, and the next event
//! waits for them.

use super::key::Key;
use std::collections::{HashMap, HashSet};

/// Which rows wait for which; empty for most files.
#[derive(Debug, Default, Clone)]
pub struct Dependencies {
    names: HashMap<Key, NameId>,
    /// Rows that are events, ascending.
    barriers: Vec<u32>,
    /// Rows that use a name with events, events included, ascending.
    touching: Vec<u32>,
}

#[derive(Debug, Default, Clone)]
struct NameId {
    /// Its events, ascending.
    events: Vec<u32>,
    /// The number of events, from the first one on, that are over.
    passed: usize,
    /// Indexes of later events that are already over. In a resumed run, an earlier event may wait
    /// for late effects.
    passed_early: Vec<usize>,
    /// The number of rows without an outcome in each interval: before the first event, between the
    /// events, and after the last.
    open: Vec<u32>,
}

impl NameId {
    fn interval(&self, row: u32) -> usize {
        self.events.partition_point(|event| *event < row)
    }

    /// Records that the event at that index is over.
    fn pass_barrier(&mut self, place: usize) {
        self.passed_early.push(place);
        while let Some(next) = self.passed_early.iter().position(|place| *place == self.passed) {
            self.passed_early.swap_remove(next);
            self.passed += 1;
        }
    }
}

/// Collects dependencies in two readings of the table: first the events, then all rows that use
/// their names.
#[derive(Debug, Default)]
pub(crate) struct DependenciesBuilder {
    names: HashMap<Key, NameId>,
    touching: Vec<u32>,
}

impl DependenciesBuilder {
    /// First reading: records that `row` is an event for these names. Rows come in ascending order.
    pub(crate) fn barrier(&mut self, row: u32, names: impl IntoIterator<Item = Key>) {
        for name in names {
            let name = self.names.entry(name).or_default();
            if name.events.last() != Some(&row) {
                name.events.push(row);
            }
        }
    }

    /// Returns the names that have events. If there are any, a second reading is needed.
    pub(crate) fn tracked_names(&self) -> HashSet<Key> {
        self.names.keys().copied().collect()
    }

    /// Second reading: records that `row` uses these names, each given once. Rows come in ascending
    /// order.
    pub(crate) fn references(&mut self, row: u32, names: &[Key]) {
        let mut waits = false;
        for key in names {
            let Some(name) = self.names.get_mut(key) else { continue };
            let interval = name.interval(row);
            if name.events.get(interval) == Some(&row) {
                continue;
            }
            name.open.resize(name.events.len() + 1, 0);
            name.open[interval] += 1;
            waits = true;
        }
        if waits {
            self.touching.push(row);
        }
    }

    /// Returns the dependencies, without names that only their events use.
    pub(crate) fn finish(mut self) -> Dependencies {
        self.names.retain(|_, name| !name.open.is_empty());
        let mut events: Vec<u32> =
            self.names.values().flat_map(|name| name.events.iter().copied()).collect();
        events.sort_unstable();
        events.dedup();
        let mut touching = self.touching;
        touching.extend(&events);
        touching.sort_unstable();
        touching.dedup();
        Dependencies { names: self.names, barriers: events, touching }
    }
}

impl Dependencies {
    /// Returns the rows that are events, ascending.
    pub(super) fn events(&self) -> &[u32] {
        &self.barriers
    }

    /// Takes the rows that use a name with events, ascending. They are taken once, to be marked.
    pub(super) fn take_touching(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.touching)
    }

    /// Whether a row creates, renames or deletes the group of this name, or adds or removes the
    /// user of this name.
    pub(crate) fn has_events(&self, name: Key) -> bool {
        self.names.contains_key(&name)
    }

    /// Returns the number of events up to a row. Rows with the same number may share a command.
    pub(super) fn epoch(&self, row: u32) -> usize {
        self.barriers.partition_point(|event| *event <= row)
    }

    /// Returns the first of these names for which `row` must wait.
    pub fn blocked(&self, row: u32, names: &[Key]) -> Option<Key> {
        names.iter().copied().find(|key| {
            self.names.get(key).is_some_and(|name| {
                let interval = name.interval(row);
                name.passed < interval
                    || (name.events.get(interval) == Some(&row) && name.open[interval] > 0)
            })
        })
    }

    /// Returns the row that changes the meaning of a name, and that `row` waits for; `None` if it
    /// waits for no such row.
    pub(super) fn awaited_row(&self, row: u32, name: Key) -> Option<u32> {
        let name = self.names.get(&name)?;
        let event = name.events.get(name.passed).filter(|_| name.passed < name.interval(row));
        event.copied()
    }

    /// Records that `row` has its outcome. Returns the names whose state has changed.
    pub fn complete(&mut self, row: u32, names: &[Key]) -> Vec<Key> {
        let mut moved = Vec::new();
        for key in names {
            let Some(name) = self.names.get_mut(key) else { continue };
            let interval = name.interval(row);
            if name.events.get(interval) == Some(&row) {
                name.pass_barrier(interval);
                moved.push(*key);
            } else {
                name.open[interval] = name.open[interval].saturating_sub(1);
                if name.open[interval] == 0 {
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

    /// In a resumed run, a completed event may have to wait for its late effects while a later one
    /// is over.
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
}
