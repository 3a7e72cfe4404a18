//! Memberships of a pool that mostly go from the group's side.

use super::improve::Assignment;
use super::memberships::ItemMemberships;
use super::pools::{Pools, direction};
use super::prices::PriceMix;
use std::cmp::Reverse;

/// For each pool a subset of its memberships. What they need alone, all memberships of the pool
/// need as well; so a price of them alone holds for the pool. It is the better one if most others
/// go from their users' side: the commands that these leave are nearly full or nearly empty, and
/// only the subset shows which.
pub(super) struct Subsets {
    /// For each membership, whether it is in the subset of its pool.
    is_in: Vec<bool>,
    /// For each item, the number of rounds in which it went from the groups' side.
    rounds: Vec<u32>,
    /// For each pool, where its memberships begin; then the number of all.
    starts: Vec<u32>,
    members: Vec<Member>,
}

/// A membership: its item, and its place among all memberships.
#[derive(Debug, Clone, Copy, Default)]
struct Member {
    item: u32,
    place: u32,
}

impl Subsets {
    /// Creates empty subsets.
    pub(super) fn new(memberships: &ItemMemberships, pools: &Pools) -> Self {
        let mut starts = vec![0; pools.len() + 1];
        memberships.all().iter().for_each(|membership| starts[pools.of(*membership) + 1] += 1);
        for pool in 1..starts.len() {
            starts[pool] += starts[pool - 1];
        }
        let mut next = starts.clone();
        let mut members = vec![Member::default(); memberships.all().len()];
        for item in 0..memberships.items() {
            for place in memberships.places(item) {
                let at = &mut next[pools.of(memberships.all()[place])];
                members[*at as usize] = Member { item, place: place as u32 };
                *at += 1;
            }
        }
        Self {
            is_in: vec![false; members.len()],
            rounds: vec![0; memberships.items() as usize],
            starts,
            members,
        }
    }

    /// Returns whether the membership at a place is in the subset of its pool.
    pub(super) fn contains(&self, place: usize) -> bool {
        self.is_in[place]
    }

    /// Remembers the sides of a round. Returns, for each pool, how many memberships of its subset
    /// went from the group's side.
    pub(super) fn observe(
        &mut self,
        memberships: &ItemMemberships,
        pools: &Pools,
        round: &Assignment,
    ) -> Vec<u32> {
        let mut counts = vec![0; pools.len()];
        for item in (0..memberships.items()).filter(|item| round.is_group_side(*item)) {
            self.rounds[item as usize] += 1;
            for place in memberships.places(item).filter(|place| self.is_in[*place]) {
                counts[pools.of(memberships.all()[place])] += 1;
            }
        }
        counts
    }

    /// Replaces the subsets that are no longer the best for the rounds so far: those memberships
    /// that went most often from the group's side, as many as give the highest price.
    pub(super) fn renew(
        &mut self,
        memberships: &ItemMemberships,
        pools: &Pools,
        mixes: &mut [PriceMix],
    ) {
        for (pool, mix) in mixes.iter_mut().enumerate() {
            if pools.commands(pool, pools.all(pool)) < 2 {
                continue;
            }
            let range = self.starts[pool] as usize..self.starts[pool + 1] as usize;
            let rounds = |member: &Member| self.rounds[member.item as usize];
            let members = &mut self.members[range];
            members.sort_unstable_by_key(|member| (Reverse(rounds(member)), member.place));
            let seen = members.iter().map(|member| {
                (rounds(member), direction(memberships.all()[member.place as usize]))
            });
            if let Some(size) = mix.renew_subset(pools, pool, seen) {
                for (at, member) in members.iter().enumerate() {
                    self.is_in[member.place as usize] = at < size;
                }
            }
        }
    }
}
