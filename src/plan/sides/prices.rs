//! Prices of memberships from the side of a group: never above what the commands really cost.

use super::pools::{Counts, Pools};

/// A command in the units of prices. The sizes of commands divide a share, so that hardly anything
/// is rounded.
pub(super) const COMMAND: u32 = SHARES * SHARE;
const SHARES: u32 = 64;
const SHARE: u32 = 3_603_600;

/// What memberships of a pool cost from the group's side, at least: for any number of memberships,
/// this is at most the cost of their commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Price {
    /// For the first membership.
    pub first: u32,
    /// For each membership.
    pub each: u32,
    /// For each membership of the pool's subset.
    pub in_subset: u32,
    /// In any case; negative or zero.
    pub base: i64,
}

/// Four prices of a pool that each hold on their own, and the shares in which they are mixed; such
/// a mixture holds as well.
#[derive(Debug, Clone, Default)]
pub(super) struct PriceMix {
    prices: [Price; 4],
    shares: [u32; 4],
    seen: PoolHistory,
}

/// What a pool got in all rounds so far, taken together.
#[derive(Debug, Clone, Copy, Default)]
struct PoolHistory {
    rounds: u32,
    /// The number of rounds in which it got memberships.
    used: u32,
    memberships: u64,
    /// Those of them that are in the pool's subset.
    in_subset: u64,
}

impl PoolHistory {
    /// Returns what a price comes to, in all rounds.
    fn cost(&self, price: &Price) -> i64 {
        i64::from(price.first) * i64::from(self.used)
            + i64::from(price.each) * self.memberships as i64
            + i64::from(price.in_subset) * self.in_subset as i64
            + price.base * i64::from(self.rounds)
    }
}

// The prices of a mix, by their places:
// 0: a command for the first membership, and nothing for the others;
// 1: for each membership, its part of a full command;
// 2: all commands of the pool, less a part of one for each membership that does not come. So many
//    of these parts are a command as must not come to save the last command;
// 3: like 2, for the pool's subset alone.

/// The place of the price of the first membership.
const FIRST: usize = 0;
/// The place of the price of the subset.
const SUBSET: usize = 3;

impl PriceMix {
    /// Finds the prices of a pool. For a pool that never needs more than one command, the first
    /// price is exact; others begin with a mixture that is seldom far off.
    pub(super) fn new(pools: &Pools, pool: usize) -> Self {
        let counts = pools.all(pool);
        let commands = pools.commands(pool, counts);
        if commands == 0 {
            return Self::default();
        }
        let even = SHARE / pools.capacity();
        let free = pools.free(pool);
        let (last, base) = last_price(pools, pool, counts);
        let prices = [
            Price { first: if free > 0 { 0 } else { SHARE }, ..Price::default() },
            Price { each: even, base: -i64::from(free * even), ..Price::default() },
            Price { each: last, base, ..Price::default() },
            Price::default(),
        ];
        let shares = match (commands, free) {
            (1, 0) => [SHARES, 0, 0, 0],
            (1, _) => [0, 0, SHARES, 0],
            _ => [0, 48, 16, 0],
        };
        Self { prices, shares, seen: PoolHistory::default() }
    }

    /// Returns the mixed price.
    pub(super) fn price(&self) -> Price {
        let mut mixed = Price::default();
        for (price, share) in self.prices.iter().zip(self.shares) {
            mixed.first += price.first * share;
            mixed.each += price.each * share;
            mixed.in_subset += price.in_subset * share;
            mixed.base += price.base * i64::from(share);
        }
        mixed
    }

    /// Moves shares to the price that is the highest for this round and the rounds before, taken
    /// together: fewer in each round. `in_subset` of the memberships are in the pool's subset.
    pub(super) fn learn(&mut self, [adds, removes]: Counts, in_subset: u32) {
        let size = adds + removes;
        self.seen.rounds += 1;
        self.seen.used += u32::from(size > 0);
        self.seen.memberships += u64::from(size);
        self.seen.in_subset += u64::from(in_subset);
        let costs = self.prices.each_ref().map(|price| self.seen.cost(price));
        let highest = (FIRST..=SUBSET).rev().max_by_key(|price| costs[*price]).unwrap_or(FIRST);
        let step = (SHARES / (self.seen.rounds + 1)).max(1);
        for price in (FIRST..=SUBSET).filter(|price| *price != highest) {
            let moved = self.shares[price].min(step);
            self.shares[price] -= moved;
            self.shares[highest] += moved;
        }
    }

    /// Finds the subset with the highest price for the rounds so far: some memberships from the
    /// start of `members`, which tells for each in how many rounds the pool got it, and its
    /// direction. Returns their number if the price is above all others.
    pub(super) fn renew_subset(
        &mut self,
        pools: &Pools,
        pool: usize,
        members: impl Iterator<Item = (u32, usize)>,
    ) -> Option<usize> {
        let mut highest = self.prices.iter().map(|price| self.seen.cost(price)).max()?;
        let (mut counts, mut seen, mut found) =
            ([0; 2], PoolHistory { in_subset: 0, ..self.seen }, None);
        for (at, (rounds, direction)) in members.enumerate() {
            counts[direction] += 1;
            seen.in_subset += u64::from(rounds);
            if pools.commands(pool, counts) == 0 {
                continue;
            }
            let (in_subset, base) = last_price(pools, pool, counts);
            let price = Price { in_subset, base, ..Price::default() };
            if seen.cost(&price) > highest {
                highest = seen.cost(&price);
                found = Some((at + 1, price, seen));
            }
        }
        let (size, price, seen) = found?;
        self.prices[SUBSET] = price;
        self.seen = seen;
        Some(size)
    }
}

/// Returns the price for each of these memberships of a pool, and the price in any case, that
/// together are exact for all of them, and for those that are left without the last command. The
/// pool needs commands.
fn last_price(pools: &Pools, pool: usize, counts: Counts) -> (u32, i64) {
    let each = SHARE.div_ceil(pools.last_command(pool, counts));
    let all = i64::from(pools.commands(pool, counts)) * i64::from(SHARE);
    (each, all - i64::from(counts[0] + counts[1]) * i64::from(each))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sides::memberships::{
        CommandWidth, Direction, GroupLoads, ItemMembershipsBuilder,
    };
    use proptest::prelude::*;

    /// Pools of one group.
    fn pools(all: Counts, width: CommandWidth, loads: &GroupLoads) -> Pools {
        let mut builder = ItemMembershipsBuilder::default();
        for (direction, count) in [Direction::Add, Direction::Remove].into_iter().zip(all) {
            (0..count).for_each(|_| _ = builder.item([(0, direction)]));
        }
        Pools::new(&builder.build(), width, loads)
    }

    proptest! {
        #[test]
        fn price_is_never_above_the_cost(
            all in [0..250_u32, 0..250_u32],
            width in prop_oneof![Just(CommandWidth::Wide), Just(CommandWidth::Narrow)],
            own in prop::collection::vec(Just(0_u32), 0..2),
            fixed in prop_oneof![Just([0, 0]), [0..130_u32, 0..130_u32]],
            parts in prop::collection::vec([0..=100_u32, 0..=100_u32], 0..12),
            seen in prop::collection::vec(0..12_u32, 500),
        ) {
            let mut loads = GroupLoads::with_commands(&own);
            loads.add(0, fixed);
            let pools = pools(all, width, &loads);
            for pool in 0..pools.len() {
                let [adds, removes] = pools.all(pool);
                let mut mix = PriceMix::new(&pools, pool);
                let part = |[add, remove]: [u32; 2]| [adds * add / 100, removes * remove / 100];
                parts.iter().for_each(|parts| mix.learn(part(*parts), 0));
                let directions = (0..adds).map(|_| 0).chain((0..removes).map(|_| 1));
                let mut members: Vec<_> = seen.iter().copied().zip(directions).collect();
                members.sort_unstable_by(|a, b| b.cmp(a));
                let size = mix.renew_subset(&pools, pool, members.iter().copied()).unwrap_or(0);
                let mut subset = [0; 2];
                members[..size].iter().for_each(|(_, direction)| subset[*direction] += 1);
                parts.iter().for_each(|parts| mix.learn(part(*parts), size as u32));
                let price = mix.price();
                for counts in (0..=adds).flat_map(|a| (0..=removes).map(move |r| [a, r])) {
                    let size = counts[0] + counts[1];
                    let in_subset = subset[0].min(counts[0]) + subset[1].min(counts[1]);
                    let cost = i64::from(if size > 0 { price.first } else { 0 })
                        + i64::from(price.each) * i64::from(size)
                        + i64::from(price.in_subset) * i64::from(in_subset)
                        + price.base;
                    let real = i64::from(pools.commands(pool, counts)) * i64::from(COMMAND);
                    prop_assert!(cost <= real, "{price:?} for {counts:?} of {adds} and {removes}");
                }
            }
        }
    }
}
