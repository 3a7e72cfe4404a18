//! Rounds of prices and cuts, each with a bound from below and sides from above.

use super::components::Components;
use super::improve::Assignment;
use super::memberships::ItemMemberships;
use super::network::Network;
use super::pools::Pools;
use super::prices::{COMMAND, Price, PriceMix};
use super::subsets::Subsets;

/// The most rounds.
const ROUNDS: u32 = 100;

/// The rounds end when the commands are above the bound by less than this part.
const NEAR: u64 = 500;

/// The first round after which the pools get subsets, and the number of rounds until they get
/// others.
const FIRST_SUBSETS: u32 = 8;
const NEW_SUBSETS: u32 = 4;

/// The most memberships to look at, some many times: half for the rounds and half for improving
/// what they found. One to two seconds.
pub(super) const WORK: u64 = 200_000_000;

/// An edge of a network takes as long as so many memberships.
const EDGE: u64 = 4;

/// A membership takes as long to sort as so many.
const SORTED: u64 = 10;

/// The most passes over all items to improve their sides: in each round, and at the end.
const PASSES: u32 = 20;
const LAST_PASSES: u32 = 300;

/// The sides of the items that may go either way, and a bound of their commands.
pub(super) struct Solution {
    /// For each item, whether it goes from the side of its groups.
    pub is_group_side: Vec<bool>,
    /// The number of commands from the users' side for items that may go either way, and from the
    /// groups' side.
    pub commands: u64,
    /// No sides need fewer commands.
    pub bound: u64,
}

/// Finds the sides and the bound, with about so much work: [`WORK`], but for tests.
pub(super) fn solve(memberships: &ItemMemberships, pools: &Pools, work: u64) -> Solution {
    let mut solver = Solver::new(memberships, pools, work);
    for round in 0..ROUNDS {
        solver.round(round, work / 2 / u64::from(ROUNDS));
        let Solution { commands, bound, .. } = solver.solution();
        if commands - bound <= bound / NEAR || solver.work < work / 2 {
            break;
        }
    }
    solver.finish()
}

/// The best that is known of a component.
#[derive(Clone, Copy)]
struct Best {
    commands: u64,
    /// The number of items from the groups' side.
    group_side: u32,
    /// In units of prices.
    bound: i64,
}

impl Best {
    /// Returns the bound in commands.
    fn bound(&self) -> u64 {
        (self.bound.max(0) as u64).div_ceil(u64::from(COMMAND)).min(self.commands)
    }

    /// Returns whether there may be better sides.
    fn is_open(&self) -> bool {
        self.bound() < self.commands
    }
}

struct Solver<'a> {
    memberships: &'a ItemMemberships,
    pools: &'a Pools,
    subsets: Subsets,
    components: Components,
    mixes: Vec<PriceMix>,
    /// For each component.
    best: Vec<Best>,
    /// For each item, whether it goes from the groups' side in the best sides of its component.
    is_group_side: Vec<bool>,
    /// The items of components for which there may be better sides.
    open: Vec<u32>,
    /// How many more memberships may be looked at.
    work: u64,
}

impl<'a> Solver<'a> {
    /// Starts with all items from the users' side, or from the groups' side where that is better.
    fn new(memberships: &'a ItemMemberships, pools: &'a Pools, work: u64) -> Self {
        let components = Components::new(memberships, pools);
        let mut solver = Self {
            memberships,
            pools,
            subsets: Subsets::new(memberships, pools),
            best: vec![Best { commands: 0, group_side: 0, bound: 0 }; components.len()],
            components,
            mixes: (0..pools.len()).map(|pool| PriceMix::new(pools, pool)).collect(),
            is_group_side: vec![false; memberships.items() as usize],
            open: (0..memberships.items()).filter(|at| !memberships.of(*at).is_empty()).collect(),
            work,
        };
        let mut all = solver.is_group_side.clone();
        for item in &solver.open {
            all[*item as usize] = true;
            let component = solver.component(*item);
            solver.best[component].commands += 1;
        }
        solver.keep_better(&Assignment::new(memberships, pools, all));
        solver
    }

    /// Solves the open components at the prices of this round, and learns from that. Improving the
    /// sides takes about so much work.
    fn round(&mut self, round: u32, work: u64) {
        let sides = self.cut();
        let mut assignment = Assignment::new(self.memberships, self.pools, sides);
        self.learn(round, &assignment);
        assignment.wander(&self.open, PASSES, work);
        self.work = self.work.saturating_sub(assignment.work());
        self.keep_better(&assignment);
        let open = std::mem::take(&mut self.open);
        self.open =
            open.into_iter().filter(|item| self.best[self.component(*item)].is_open()).collect();
    }

    /// Moves the prices.
    fn learn(&mut self, round: u32, assignment: &Assignment) {
        let in_subset = self.subsets.observe(self.memberships, self.pools, assignment);
        for (pool, mix) in self.mixes.iter_mut().enumerate() {
            mix.learn(assignment.counts(pool), in_subset[pool]);
        }
        if round + 1 >= FIRST_SUBSETS && (round + 1).is_multiple_of(NEW_SUBSETS) {
            self.subsets.renew(self.memberships, self.pools, &mut self.mixes);
            self.work = self.work.saturating_sub(self.memberships.all().len() as u64 * SORTED);
        }
    }

    /// Improves the best sides of the open components with the work that is left.
    fn finish(mut self) -> Solution {
        let best = self.is_group_side.clone();
        let mut assignment = Assignment::new(self.memberships, self.pools, best);
        assignment.wander(&self.open, LAST_PASSES, self.work);
        self.keep_better(&assignment);
        let sums = self.solution();
        Solution { is_group_side: self.is_group_side, ..sums }
    }

    /// Finds the cheapest sides of the open items at the present prices, and what they cost at
    /// least.
    fn cut(&mut self) -> Vec<bool> {
        let prices: Vec<Price> = self.mixes.iter().map(PriceMix::price).collect();
        let mut bounds = vec![0; self.components.len()];
        let mut network = Network::new(prices.iter().map(|price| price.first).collect());
        let mut senders = Vec::new();
        for item in &self.open {
            let pools = self.memberships.of(*item).iter().map(|at| self.pools.of(*at));
            self.work = self.work.saturating_sub(pools.len() as u64);
            let each: u64 =
                self.memberships.places(*item).map(|place| self.each(place, &prices)).sum();
            let each = u32::try_from(each).unwrap_or(COMMAND).min(COMMAND);
            bounds[self.component(*item)] += i64::from(each);
            if each < COMMAND {
                let firsts = pools.filter(|pool| prices[*pool].first > 0);
                network.item(COMMAND - each, firsts.map(|pool| pool as u32));
                senders.push(*item);
            }
        }
        let allowed = self.work / EDGE / 4;
        let mut edges = allowed;
        network.saturate(&mut edges);
        self.work -= (allowed - edges) * EDGE;
        for (pool, price) in prices.iter().enumerate() {
            bounds[self.components.of_pool(pool)] +=
                price.base + i64::from(price.first - network.demand(pool as u32));
        }
        for (best, bound) in self.best.iter_mut().zip(bounds) {
            best.bound = best.bound.max(bound);
        }
        let mut sides = self.is_group_side.clone();
        self.open.iter().for_each(|item| sides[*item as usize] = false);
        for (sender, item) in (0..).zip(senders) {
            sides[item as usize] = network.is_reached(sender);
        }
        sides
    }

    /// Returns the price of a membership, without that of the first one of its pool.
    fn each(&self, place: usize, prices: &[Price]) -> u64 {
        let price = prices[self.pools.of(self.memberships.all()[place])];
        let in_subset = if self.subsets.contains(place) { price.in_subset } else { 0 };
        u64::from(price.each) + u64::from(in_subset)
    }

    /// Takes over the sides of the open components that need fewer commands, or as many with fewer
    /// items from the groups' side.
    fn keep_better(&mut self, assignment: &Assignment) {
        let mut new = vec![(0, 0); self.components.len()];
        for pool in 0..self.pools.len() {
            let commands = self.pools.commands(pool, assignment.counts(pool));
            new[self.components.of_pool(pool)].0 += u64::from(commands);
        }
        for item in &self.open {
            let is_group_side = assignment.is_group_side(*item);
            let (commands, group_side) = &mut new[self.component(*item)];
            *commands += u64::from(!is_group_side);
            *group_side += u32::from(is_group_side);
        }
        let is_better = |(best, new): (&Best, &(u64, u32))| {
            best.is_open() && *new < (best.commands, best.group_side)
        };
        let better: Vec<bool> = self.best.iter().zip(&new).map(is_better).collect();
        for item in &self.open {
            if better[self.component(*item)] {
                self.is_group_side[*item as usize] = assignment.is_group_side(*item);
            }
        }
        for (best, (new, _)) in self.best.iter_mut().zip(new.iter().zip(better)).filter(|at| at.1.1)
        {
            (best.commands, best.group_side) = *new;
        }
    }

    /// Returns the component of an item that may go either way.
    fn component(&self, item: u32) -> usize {
        self.components.of_pool(self.pools.of(self.memberships.of(item)[0]))
    }

    /// Returns the sums of all components, without the sides.
    fn solution(&self) -> Solution {
        let commands = self.best.iter().map(|best| best.commands).sum();
        let bound = self.best.iter().map(Best::bound).sum();
        Solution { is_group_side: Vec::new(), commands, bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sides::memberships::{
        CommandWidth, Direction, GroupLoads, ItemMembershipsBuilder,
    };
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the rounds learn, the prices of no choice of sides are above its commands. This
        /// is what makes the bound one.
        #[test]
        fn prices_of_all_rounds_hold_for_every_choice(
            items in prop::collection::vec(prop::collection::btree_set(0..4_u32, 1..4), 30..120),
            choices in prop::collection::vec(prop::collection::vec(any::<bool>(), 120), 4),
        ) {
            let mut builder = ItemMembershipsBuilder::default();
            for of in &items {
                builder.item(of.iter().map(|group| (*group, Direction::Add)));
            }
            let memberships = builder.build();
            let loads = GroupLoads::default();
            let pools = Pools::new(&memberships, CommandWidth::Narrow, &loads);
            let mut solver = Solver::new(&memberships, &pools, WORK);
            let whole = vec![true; 120];
            for round in 0..24 {
                solver.round(round, WORK / 200);
                let prices: Vec<Price> = solver.mixes.iter().map(PriceMix::price).collect();
                for sides in choices.iter().chain([&whole]) {
                    let sides = sides[..items.len()].to_vec();
                    let places = (0..memberships.items())
                        .filter(|item| sides[*item as usize])
                        .flat_map(|item| memberships.places(item));
                    let each: u64 = places.map(|place| solver.each(place, &prices)).sum();
                    let assignment = Assignment::new(&memberships, &pools, sides);
                    let (mut cost, mut real) = (each as i64, 0);
                    for (pool, price) in prices.iter().enumerate() {
                        let counts = assignment.counts(pool);
                        let is_used = counts != [0, 0];
                        cost += price.base + if is_used { i64::from(price.first) } else { 0 };
                        real += i64::from(pools.commands(pool, counts)) * i64::from(COMMAND);
                    }
                    prop_assert!(cost <= real, "{cost} above {real} in round {round}");
                }
            }
        }
    }
}
