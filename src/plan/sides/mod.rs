//! Chooses which memberships go as group-side commands, and which from their users' side, so that a
//! file needs the fewest commands; and finds a number of commands that no choice goes below.
//!
//! In: items (the rows of one user that share a command) with their memberships. Out: a side for
//! each item. An item from its user's side costs one command; from its groups' side it costs
//! nothing itself, but all its memberships are in commands of their groups.
//!
//! Why a minimum cut is right: let a pool (what shares commands, mostly a group) cost one command
//! as soon as it gets a membership. Draw an edge from the source to each item with capacity 1 (its
//! user's command), an edge without limit from each item to each of its pools, and an edge from
//! each pool to the sink with capacity 1 (the pool's command). A cut separates the source from the
//! sink. It cannot cut the edges without limit, so an item on the source's side has all its pools
//! there: their commands are cut, which pays for its memberships; for an item on the sink's side,
//! its own command is cut. Each cut is a choice of sides with its cost, each choice a cut, and the
//! cheapest cut equals the greatest flow (König's theorem, with capacities). A cost for each
//! membership is an edge from its item to the sink.
//!
//! A pool of several commands costs a staircase, which no cut expresses. It gets [`prices`] instead
//! that are never above the staircase, so that the cheapest cut is a bound from below; then the
//! prices move to where they are the highest for what the pool got in all rounds (fictitious play,
//! which ends at the bound of the linear program), and the next round begins. The sides of each
//! round are improved by what commands really cost, and the best of each component are kept. If all
//! pools need one command at most, the first round is exact. Files with more than about 100,000
//! memberships get as many rounds as fit into a fixed amount of work, which also ends a flow early:
//! the bound stays right, only less close.
//!
//! Of 6,000 random files, 72 got more than 1.05 times the bound and one command; the worst 1.105
//! times (narrow commands, 1,005 users, 312 groups). Whether the choice is too dear there or the
//! bound too low is known for one small file only: its choice was the best.

mod components;
mod improve;
#[cfg(test)]
mod known_choices;
mod memberships;
mod network;
mod pools;
mod prices;
#[cfg(test)]
mod properties;
mod solve;
mod subsets;

pub(crate) use memberships::{
    CommandWidth, Direction, GroupLoads, ItemMemberships, ItemMembershipsBuilder,
};

use pools::Pools;
use solve::{Solution, WORK, solve};

/// From which side the memberships of an item go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// In the command of their user.
    User,
    /// In commands of their groups.
    Group,
}

/// The side of each item of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sides {
    is_group_side: Vec<bool>,
    commands: u64,
    bound: u64,
}

impl Sides {
    /// Returns the side of an item.
    pub(crate) fn of(&self, item: u32) -> Side {
        if self.is_group_side[item as usize] { Side::Group } else { Side::User }
    }

    /// Returns the number of commands of both sides, one for each item with a required command
    /// among them, and without those that the loads of the groups need.
    pub(crate) fn commands(&self) -> u64 {
        self.commands
    }

    /// Returns the number of commands that no choice of sides goes below: [`bound`] with the same
    /// loads.
    pub(crate) fn bound(&self) -> u64 {
        self.bound
    }
}

/// Chooses sides with few commands: seldom more than a few percent above the bound, and never more
/// than with all items from their users' side, or from their groups' side. Of two sides that cost
/// the same, the user's is taken. The same items always get the same sides. `loads` are what goes
/// from the groups' side in any case: what its commands carry besides costs nothing.
pub(crate) fn choose(
    memberships: &ItemMemberships,
    width: CommandWidth,
    loads: &GroupLoads,
) -> Sides {
    let pools = Pools::new(memberships, width, loads);
    let Solution { is_group_side, commands, bound } = solve(memberships, &pools, WORK);
    let required = memberships.required();
    Sides { is_group_side, commands: commands + required, bound: bound + required }
}

/// Returns a number of commands that no choice of sides goes below, without the commands that the
/// loads of the groups need. A required command carries up to 90 memberships for nothing in the
/// wide width.
pub(crate) fn bound(memberships: &ItemMemberships, width: CommandWidth, loads: &GroupLoads) -> u64 {
    let pools = Pools::new(memberships, width, loads);
    solve(memberships, &pools, WORK).bound + memberships.required()
}
