//! Rows that wait for a name: a group that another row creates, renames or deletes; a user that a group's row takes in.
//!
//! An *event* is a row after which a name means something else: a group's creation, renaming or deletion, and a group's row for
//! every user in its lists. All rows that speak of the name stand in one of the intervals between its events: they wait for the event before
//! them, and the next event waits for them.

use super::key::Key;
use std::collections::{HashMap, HashSet};

/// Who waits for whom; empty for the files that most people have.
#[derive(Debug, Default, Clone)]
pub struct Claims {
    names: HashMap<Key, Name>,
    /// Rows that are events, ascending.
    events: Vec<u32>,
    /// Rows that speak of a name with events, events included, ascending.
    touching: Vec<u32>,
}

#[derive(Debug, Default, Clone)]
struct Name {
    /// Its events, ascending.
    events: Vec<u32>,
    /// How many of them are over.
    over: usize,
    /// Rows in each interval that have no verdict yet: before the first event, between the events, after the last.
    open: Vec<u32>,
}

impl Name {
    fn interval(&self, row: u32) -> usize {
        self.events.partition_point(|event| *event < row)
    }
}

/// Collects claims in two readings of the table: first the events, then everybody who speaks of their names.
#[derive(Debug, Default)]
pub struct ClaimsBuilder {
    names: HashMap<Key, Name>,
    speaking: Vec<(u32, Vec<Key>)>,
}

impl ClaimsBuilder {
    /// First reading: `row` is an event for these names. Rows come in ascending order.
    pub fn event(&mut self, row: u32, names: impl IntoIterator<Item = Key>) {
        for name in names {
            let events = &mut self.names.entry(name).or_default().events;
            if events.last() != Some(&row) {
                events.push(row);
            }
        }
    }

    /// Are there any events, so that a second reading is needed?
    pub fn is_needed(&self) -> bool {
        !self.names.is_empty()
    }

    /// Which of these names have events?
    pub fn contested(&self, names: impl IntoIterator<Item = Key>) -> Vec<Key> {
        let mut met: Vec<Key> = names.into_iter().filter(|name| self.names.contains_key(name)).collect();
        met.sort_unstable();
        met.dedup();
        met
    }

    /// Second reading: `row` speaks of these [contested](Self::contested) names. Rows come in ascending order.
    pub fn speaks(&mut self, row: u32, names: Vec<Key>) {
        if !names.is_empty() {
            self.speaking.push((row, names));
        }
    }

    /// The claims, without names that only their events speak of.
    pub fn finish(mut self) -> Claims {
        for name in self.names.values_mut() {
            name.open = vec![0; name.events.len() + 1];
        }
        for (row, names) in &self.speaking {
            for key in names {
                let Some(name) = self.names.get_mut(key) else { continue };
                let interval = name.interval(*row);
                if name.events.get(interval) != Some(row) {
                    name.open[interval] += 1;
                }
            }
        }
        self.names.retain(|_, name| name.open.iter().any(|rows| *rows > 0));
        let events: HashSet<u32> = self.names.values().flat_map(|name| name.events.iter().copied()).collect();
        let mut touching: Vec<u32> =
            self.speaking.iter().filter(|(_, names)| names.iter().any(|key| self.names.contains_key(key))).map(|(row, _)| *row).collect();
        touching.extend(&events);
        touching.sort_unstable();
        touching.dedup();
        let mut events: Vec<u32> = events.into_iter().collect();
        events.sort_unstable();
        Claims { names: self.names, events, touching }
    }
}

impl Claims {
    /// Rows that are events, ascending.
    pub fn events(&self) -> &[u32] {
        &self.events
    }

    /// Rows that speak of a name with events, ascending.
    pub fn touching(&self) -> &[u32] {
        &self.touching
    }

    /// How many events stand before a row: rows with equal phases may share a command.
    pub fn phase(&self, row: u32) -> usize {
        self.events.partition_point(|event| *event <= row)
    }

    /// The first of these names for which `row` must wait.
    pub fn blocked(&self, row: u32, names: &[Key]) -> Option<Key> {
        names.iter().copied().find(|key| {
            self.names.get(key).is_some_and(|name| {
                let interval = name.interval(row);
                name.over < interval || (name.events.get(interval) == Some(&row) && name.open[interval] > 0)
            })
        })
    }

    /// `row` has its verdict. The names for which something has changed come back.
    pub fn settle(&mut self, row: u32, names: &[Key]) -> Vec<Key> {
        let mut moved = Vec::new();
        for key in names {
            let Some(name) = self.names.get_mut(key) else { continue };
            let interval = name.interval(row);
            if name.events.get(interval) == Some(&row) {
                name.over = interval + 1;
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
