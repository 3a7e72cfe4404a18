//! The names that earlier requests may still change, with the times until which they may.

use super::list::LateEffectList;
use crate::plan::Key;
use std::collections::HashMap;
use tokio::time::Instant;

/// The names that earlier requests may still change.
#[derive(Debug, Default)]
pub(crate) struct OpenNames {
    /// Users and groups that commands change or rely on.
    all: HashMap<Key, Instant>,
    /// Groups that commands create, rename or delete.
    uncertain_groups: HashMap<Key, Instant>,
}

impl OpenNames {
    /// Returns what is open in a list. A request in flight may change something until `latest`.
    pub(super) fn of(effects: &LateEffectList, latest: Instant) -> Self {
        let (now, mut open) = (Instant::now(), Self::default());
        for effect in effects.all.values() {
            let until = effect.until.unwrap_or(latest).max(effect.held_until.unwrap_or(now));
            if until <= now {
                continue;
            }
            for (key, _) in effect.footprint.roles() {
                note(&mut open.all, key, until);
            }
            for key in &effect.footprint.uncertain_groups {
                note(&mut open.uncertain_groups, *key, until);
            }
        }
        open
    }

    /// Returns users or groups that may be changed until then.
    #[cfg(test)]
    pub(in crate::execute) fn of_keys(keys: impl IntoIterator<Item = (Key, Instant)>) -> Self {
        Self { all: keys.into_iter().collect(), ..Self::default() }
    }

    /// Whether no name is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.uncertain_groups.is_empty()
    }

    /// Returns the time until which a user or a group may be changed.
    pub(crate) fn until(&self, name: Key) -> Option<Instant> {
        self.all.get(&name).copied()
    }

    /// Returns the time until which a group may be created or removed.
    pub(crate) fn uncertain_until(&self, group: Key) -> Option<Instant> {
        self.uncertain_groups.get(&group).copied()
    }
}

fn note(names: &mut HashMap<Key, Instant>, name: Key, until: Instant) {
    let known = names.entry(name).or_insert(until);
    *known = until.max(*known);
}
