//! Better sides, one item or one pool at a time, by what the commands really cost.

use super::memberships::ItemMemberships;
use super::pools::{Counts, Pools, direction};

/// How often all items are tried, at most.
const PASSES: u32 = 5;

/// How many passes in a row may save nothing.
const IDLE: u32 = 20;

/// For each item whether it goes from the side of its groups, and what each pool gets by that.
pub(super) struct Assignment<'a> {
    memberships: &'a ItemMemberships,
    pools: &'a Pools,
    is_group_side: Vec<bool>,
    counts: Vec<Counts>,
    work: u64,
}

impl<'a> Assignment<'a> {
    /// Counts what each pool gets.
    pub(super) fn new(
        memberships: &'a ItemMemberships,
        pools: &'a Pools,
        is_group_side: Vec<bool>,
    ) -> Self {
        let mut counts = vec![[0; 2]; pools.len()];
        for item in (0..).zip(&is_group_side).filter(|(_, is)| **is).map(|(item, _)| item) {
            for membership in memberships.of(item) {
                counts[pools.of(*membership)][direction(*membership)] += 1;
            }
        }
        Self { memberships, pools, is_group_side, counts, work: 0 }
    }

    /// Returns what a pool gets.
    pub(super) fn counts(&self, pool: usize) -> Counts {
        self.counts[pool]
    }

    /// Returns whether an item goes from the side of its groups.
    pub(super) fn is_group_side(&self, item: u32) -> bool {
        self.is_group_side[item as usize]
    }

    /// Returns the number of memberships that were moved so far, also to and fro.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    /// Turns items one by one while that saves commands, and to the user's side also if it costs
    /// none.
    fn turn_items(&mut self, items: &[u32]) {
        for _ in 0..PASSES {
            let mut is_changed = false;
            for item in items {
                let more = self.turn(*item);
                if more < 0 {
                    is_changed = true;
                } else if more > 0 || self.is_group_side(*item) {
                    self.turn(*item);
                }
            }
            if !is_changed {
                return;
            }
        }
    }

    /// Turns items that cost no commands, to and fro: each time, other items may begin to save
    /// some. Ends after so many passes or so much work, or when many passes saved none.
    pub(super) fn wander(&mut self, items: &[u32], passes: u32, work: u64) {
        let (end, mut idle) = (self.work + work, 0);
        for _ in 0..passes {
            idle += 1;
            for item in items {
                let more = self.turn(*item);
                if more > 0 {
                    self.turn(*item);
                } else if more < 0 {
                    idle = 0;
                }
            }
            if idle == IDLE || self.work >= end {
                break;
            }
        }
        self.turn_items(items);
    }

    /// Moves an item to its other side. Returns how many more commands that takes.
    fn turn(&mut self, item: u32) -> i32 {
        let side = &mut self.is_group_side[item as usize];
        let is_leaving = *side;
        *side = !is_leaving;
        let memberships = self.memberships.of(item);
        self.work += memberships.len() as u64;
        let mut more = if is_leaving { 1 } else { -1 };
        for membership in memberships {
            let (pool, direction) = (self.pools.of(*membership), direction(*membership));
            let before = self.counts[pool];
            let count = &mut self.counts[pool][direction];
            *count = if is_leaving { *count - 1 } else { *count + 1 };
            // Only the first membership of a step can begin or end a command.
            let fewer = before[direction].min(*count);
            if self.pools.is_full_step(pool, direction, fewer) {
                more += self.pools.commands(pool, self.counts[pool]) as i32
                    - self.pools.commands(pool, before) as i32;
            }
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sides::memberships::{
        CommandWidth, Direction, GroupLoads, ItemMembershipsBuilder,
    };

    #[test]
    fn turning_counts_the_difference_in_commands() {
        let mut rng = fastrand::Rng::with_seed(14);
        let mut builder = ItemMembershipsBuilder::default();
        for _ in 0..500 {
            let direction = if rng.u8(0..3) == 0 { Direction::Remove } else { Direction::Add };
            let memberships: Vec<_> = (0..3).map(|_| (rng.u32(0..5), direction)).collect();
            builder.item(memberships);
        }
        let memberships = builder.build();
        for width in [CommandWidth::Wide, CommandWidth::Narrow] {
            let mut loads = GroupLoads::with_commands(&[3]);
            loads.add(1, [4, 17]);
            let pools = Pools::new(&memberships, width, &loads);
            let mut assignment = Assignment::new(&memberships, &pools, vec![false; 500]);
            let mut commands = 500;
            for _ in 0..3000 {
                commands += assignment.turn(rng.u32(0..500));
                let users = (0..500).filter(|item| !assignment.is_group_side(*item)).count();
                let groups = (0..pools.len()).map(|at| pools.commands(at, assignment.counts(at)));
                assert_eq!(commands, users as i32 + groups.sum::<u32>() as i32);
            }
        }
    }
}
