//! The memberships of a file, as far as the choice of their side needs them.

use std::ops::Range;

/// How many memberships the service takes in one group-side command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CommandWidth {
    /// 10 steps a command, 10 memberships a step.
    #[default]
    Wide,
    /// One step of 10 memberships a command.
    Narrow,
}

impl CommandWidth {
    /// Returns the number of `add` and `remove` steps that a group-side command holds.
    pub(crate) fn steps(self) -> u32 {
        match self {
            Self::Wide => 10,
            Self::Narrow => 1,
        }
    }
}

/// Whether a user joins or leaves a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Direction {
    /// The user joins the group.
    Add,
    /// The user leaves the group.
    Remove,
}

/// Items and their memberships. An *item* stands for the rows of one user that share a command; its
/// memberships fit into one command (at most 100). Items and groups are known by their numbers,
/// from 0. Only the memberships of items that may go either way are kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemMemberships {
    /// For each item, where its memberships begin; then the number of all memberships.
    starts: Vec<u32>,
    /// Twice the number of the group, plus one if the user leaves it.
    memberships: Vec<u32>,
    required: u64,
    groups: u32,
}

impl ItemMemberships {
    /// Returns the number of items.
    pub(crate) fn items(&self) -> u32 {
        self.starts.len().saturating_sub(1) as u32
    }

    /// Returns the number of items whose command is required.
    pub(crate) fn required(&self) -> u64 {
        self.required
    }

    /// Returns the number of group-side commands for the memberships of these items and for
    /// `loads`.
    pub(crate) fn group_commands(
        &self,
        items: impl Iterator<Item = u32>,
        width: CommandWidth,
        loads: &GroupLoads,
    ) -> u64 {
        let mut all = loads.clone();
        for membership in items.flat_map(|item| self.of(item)) {
            let is_add = membership & 1 == 0;
            all.add(membership >> 1, [u32::from(is_add), u32::from(!is_add)]);
        }
        all.commands(width)
    }

    /// Returns the groups of these items, ascending, each once.
    pub(crate) fn groups_of(&self, items: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut is_used = vec![false; self.groups as usize];
        let memberships = items.flat_map(|item| self.of(item));
        memberships.for_each(|membership| is_used[(membership >> 1) as usize] = true);
        (0..self.groups).filter(|group| is_used[*group as usize]).collect()
    }

    /// Returns one more than the highest number of a group.
    pub(super) fn groups(&self) -> u32 {
        self.groups
    }

    /// Returns the memberships of all items that may go either way, as twice the number of the
    /// group, plus one if the user leaves it.
    pub(super) fn all(&self) -> &[u32] {
        &self.memberships
    }

    /// Returns where the memberships of an item are among [`Self::all`]; nowhere if its command is
    /// required.
    pub(super) fn places(&self, item: u32) -> Range<usize> {
        self.starts[item as usize] as usize..self.starts[item as usize + 1] as usize
    }

    /// Returns the memberships of an item; empty if its command is required.
    pub(super) fn of(&self, item: u32) -> &[u32] {
        &self.memberships[self.places(item)]
    }
}

/// What goes from the side of each group in any case.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupLoads(Vec<GroupLoad>);

/// What goes from the side of a group in any case.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GroupLoad {
    /// Whether the group has a required command, for instance because it is created.
    pub has_command: bool,
    /// Memberships beside those of items: adds and removes.
    pub counts: [u32; 2],
}

impl GroupLoads {
    /// Returns the loads of groups that have a required command.
    pub(crate) fn with_commands(groups: &[u32]) -> Self {
        let mut loads = Self::default();
        groups.iter().for_each(|group| loads.of_mut(*group).has_command = true);
        loads
    }

    /// Adds memberships of a group: adds and removes.
    pub(crate) fn add(&mut self, group: u32, [adds, removes]: [u32; 2]) {
        let counts = &mut self.of_mut(group).counts;
        *counts = [counts[0] + adds, counts[1] + removes];
    }

    /// Adds the memberships of other loads.
    pub(crate) fn add_all(&mut self, others: &Self) {
        for (group, load) in (0..).zip(&others.0) {
            self.add(group, load.counts);
        }
    }

    /// Returns the number of commands for these memberships, beside the required ones.
    pub(crate) fn commands(&self, width: CommandWidth) -> u64 {
        let commands = |load: &GroupLoad| {
            let own = u32::from(load.has_command);
            let steps = own + load.counts[0].div_ceil(10) + load.counts[1].div_ceil(10);
            u64::from(steps.div_ceil(width.steps()) - own)
        };
        self.0.iter().map(commands).sum()
    }

    /// Returns the load of a group.
    pub(super) fn of(&self, group: u32) -> GroupLoad {
        self.0.get(group as usize).copied().unwrap_or_default()
    }

    fn of_mut(&mut self, group: u32) -> &mut GroupLoad {
        let group = group as usize;
        self.0.resize(self.0.len().max(group + 1), GroupLoad::default());
        &mut self.0[group]
    }
}

/// Collects items, in order.
#[derive(Debug, Clone)]
pub(crate) struct ItemMembershipsBuilder {
    starts: Vec<u32>,
    memberships: Vec<u32>,
    groups: u32,
}

impl Default for ItemMembershipsBuilder {
    fn default() -> Self {
        Self { starts: vec![0], memberships: Vec::new(), groups: 0 }
    }
}

impl ItemMembershipsBuilder {
    /// Adds the next item and returns its number. A membership that is named twice counts once. An
    /// item without memberships needs its command.
    pub(crate) fn item(&mut self, memberships: impl IntoIterator<Item = (u32, Direction)>) -> u32 {
        let start = self.memberships.len();
        let code = |(group, direction)| (group << 1) | u32::from(direction == Direction::Remove);
        self.memberships.extend(memberships.into_iter().map(code));
        self.sort_last(start);
        self.starts.push(self.memberships.len() as u32);
        self.starts.len() as u32 - 2
    }

    /// Sorts the memberships of the last item, each once.
    fn sort_last(&mut self, start: usize) {
        let last = &mut self.memberships[start..];
        last.sort_unstable();
        let mut kept = 0;
        for at in 0..last.len() {
            if at == 0 || last[at] != last[kept - 1] {
                last[kept] = last[at];
                kept += 1;
            }
        }
        self.groups = self.groups.max(last.last().map_or(0, |membership| (membership >> 1) + 1));
        self.memberships.truncate(start + kept);
    }

    /// Returns all items.
    pub(crate) fn build(self) -> ItemMemberships {
        let Self { starts, memberships, groups } = self;
        let required = starts.windows(2).filter(|two| two[0] == two[1]).count() as u64;
        ItemMemberships { starts, memberships, required, groups }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Add, Remove};

    #[test]
    fn item_without_memberships_needs_its_command() {
        let mut builder = ItemMembershipsBuilder::default();
        assert_eq!(builder.item([(4, Add), (1, Remove), (4, Add)]), 0);
        assert_eq!(builder.item([]), 1);
        assert_eq!(builder.item([(1, Add)]), 2);
        let all = builder.build();
        assert_eq!((all.items(), all.groups(), all.required()), (3, 5, 1));
        let of: Vec<_> = (0..all.items()).map(|item| all.of(item)).collect();
        assert_eq!(of, [&[3, 8][..], &[], &[2]]);
        assert_eq!(ItemMembershipsBuilder::default().build().items(), 0);
    }

    #[test]
    fn commands_of_groups_have_steps_of_one_direction() {
        let mut builder = ItemMembershipsBuilder::default();
        (0..25).for_each(|_| _ = builder.item([(2, Add)]));
        (0..13).for_each(|_| _ = builder.item([(2, Remove), (0, Add)]));
        let all = builder.build();
        let commands = |items, width| all.group_commands(items, width, &GroupLoads::default());
        // Three steps of adds and two of removes, and two of the other group.
        assert_eq!(commands(0..38, CommandWidth::Wide), 2);
        assert_eq!(commands(0..38, CommandWidth::Narrow), 7);
        assert_eq!(commands(0..10, CommandWidth::Narrow), 1);
        assert_eq!(commands(0..0, CommandWidth::Wide), 0);
    }
}
