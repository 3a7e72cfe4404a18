//! Finds the rows of a chain that are about the same person, if rows pass a name on from one person
//! to another.

use super::footprint::RowFootprint;
use super::key::Key;
use std::collections::{HashMap, HashSet};

/// The people in chains with several of them: each row of such a chain, with the first row about
/// its person.
#[derive(Debug, Default)]
pub(super) struct ChainPeople(HashMap<u32, u32>);

/// A row of a chain, with the name that it uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedRow {
    pub(super) row: u32,
    pub(super) name: Key,
    pub(super) footprint: RowFootprint,
}

impl NamedRow {
    fn is_rename(&self) -> bool {
        self.footprint.is_alone() && self.footprint.updates()
    }
}

impl ChainPeople {
    /// Finds the people of a chain. `aliases` are the other names that rows give to a name.
    pub(super) fn add_chain(&mut self, chain: &[NamedRow], aliases: &HashMap<Key, Vec<Key>>) {
        let mut now: HashMap<Key, u32> = HashMap::new();
        let mut people = Vec::new();
        let others_of = |name: &Key| aliases.get(name).map(Vec::as_slice).unwrap_or_default();
        let renames = chain.iter().filter(|row| row.is_rename());
        let handed_on: HashSet<(Key, Key)> = renames
            .flat_map(|row| others_of(&row.name).iter().map(|other| (row.name, *other)))
            .collect();
        for named @ NamedRow { row, name, .. } in chain {
            // The user who gets a name is not the one who had it.
            let is_own = |other: &&Key| {
                !handed_on.contains(&(*name, **other)) && !handed_on.contains(&(**other, *name))
            };
            let own = others_of(name).iter().filter(is_own);
            let known = now.get(name).or_else(|| own.clone().find_map(|other| now.get(other)));
            let person = known.copied().unwrap_or(*row);
            people.push((*row, person));
            now.insert(*name, person);
            if named.is_rename() {
                now.extend(others_of(name).iter().map(|other| (*other, person)));
            } else {
                own.for_each(|other| {
                    now.entry(*other).or_insert(person);
                });
            }
        }
        if people.iter().any(|(_, person)| *person != people[0].1) {
            self.0.extend(people);
        }
    }

    /// Returns the first row about the person of this row; `None` in a chain of one person.
    pub(super) fn person(&self, row: u32) -> Option<u32> {
        self.0.get(&row).copied()
    }
}
