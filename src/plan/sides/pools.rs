//! What the group-side commands of each group cost.

use super::memberships::{CommandWidth, GroupLoads, ItemMemberships};

/// Memberships in one step.
pub(super) const STEP: u32 = 10;

/// The number of adds and of removes that go from the side of a pool's group.
pub(super) type Counts = [u32; 2];

/// The pools of a file. A *pool* is what may share group-side commands: the memberships of one
/// group, or in the narrow width its adds and its removes, each apart, because a command has one
/// step.
pub(super) struct Pools {
    steps: u32,
    /// How far the code of a membership is shifted to get its pool.
    shift: u32,
    /// For each pool, 1 if its group has a required command with a step of its own.
    own: Vec<u32>,
    /// For each pool, the adds and removes that go from the group's side in any case. The commands
    /// for these, and the required one, can carry others for nothing.
    fixed: Vec<Counts>,
    /// All adds and removes that may go from the group's side.
    all: Vec<Counts>,
}

impl Pools {
    /// Finds the pools of a file. `loads` are what goes from the groups' side in any case.
    pub(super) fn new(
        memberships: &ItemMemberships,
        width: CommandWidth,
        loads: &GroupLoads,
    ) -> Self {
        let steps = width.steps();
        let shift = u32::from(steps > 1);
        let pools = (2 * memberships.groups() as usize) >> shift;
        let (own, none) = (vec![0; pools], vec![[0; 2]; pools]);
        let mut all = Self { steps, shift, own, fixed: none.clone(), all: none };
        for (group, load) in (0..memberships.groups()).map(|group| (group, loads.of(group))) {
            for membership in [2 * group, 2 * group + 1] {
                let (pool, direction) = (all.of(membership), direction(membership));
                all.own[pool] = u32::from(load.has_command);
                all.fixed[pool][direction] = load.counts[direction];
            }
        }
        for membership in memberships.all() {
            let pool = all.of(*membership);
            all.all[pool][direction(*membership)] += 1;
        }
        all
    }

    /// Returns the number of pools.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns the pool of a membership.
    pub(super) fn of(&self, membership: u32) -> usize {
        (membership >> self.shift) as usize
    }

    /// Returns all adds and removes of a pool.
    pub(super) fn all(&self, pool: usize) -> Counts {
        self.all[pool]
    }

    /// Returns the number of memberships, at most, that the commands of the pool carry for nothing
    /// that it needs in any case; 0 if there are none.
    pub(super) fn free(&self, pool: usize) -> u32 {
        let [adds, removes] = self.fixed[pool];
        self.fixed_commands(pool) * self.capacity() - self.own[pool] * STEP - adds - removes
    }

    /// Returns the number of commands that the pool needs in any case.
    fn fixed_commands(&self, pool: usize) -> u32 {
        self.fixed_steps(pool, [0; 2]).div_ceil(self.steps)
    }

    /// Returns the number of steps for these memberships of a pool, and for all that it needs in
    /// any case.
    fn fixed_steps(&self, pool: usize, [adds, removes]: Counts) -> u32 {
        let [fixed_adds, fixed_removes] = self.fixed[pool];
        let steps = (fixed_adds + adds).div_ceil(STEP) + (fixed_removes + removes).div_ceil(STEP);
        self.own[pool] + steps
    }

    /// Whether another membership of this direction may begin a step, or the last of these end one.
    pub(super) fn is_full_step(&self, pool: usize, direction: usize, count: u32) -> bool {
        (self.fixed[pool][direction] + count).is_multiple_of(STEP)
    }

    /// Returns the number of memberships that a command holds.
    pub(super) fn capacity(&self) -> u32 {
        self.steps * STEP
    }

    /// Returns the number of commands for these memberships of a pool, without those that it needs
    /// in any case.
    pub(super) fn commands(&self, pool: usize, counts: Counts) -> u32 {
        self.fixed_steps(pool, counts).div_ceil(self.steps) - self.fixed_commands(pool)
    }

    /// Returns the number of memberships to take from a pool, at least, for one command less; the
    /// pool needs commands.
    pub(super) fn last_command(&self, pool: usize, counts: Counts) -> u32 {
        let surplus = (self.fixed_steps(pool, counts) - 1) % self.steps + 1;
        // The steps that are not full go first, the emptier one before the other. Fixed memberships
        // stay.
        let mut rest = [0, 1].map(|direction| {
            let rest = (self.fixed[pool][direction] + counts[direction]) % STEP;
            if rest > counts[direction] { 0 } else { rest }
        });
        rest.sort_unstable();
        let partial = rest.iter().filter(|rest| **rest > 0).take(surplus as usize);
        let (count, sum) = partial.fold((0, 0), |(count, sum), rest| (count + 1, sum + rest));
        sum + (surplus - count) * STEP
    }
}

/// Returns 0 for an add and 1 for a remove.
pub(super) fn direction(membership: u32) -> usize {
    (membership & 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sides::memberships::{Direction, ItemMembershipsBuilder};

    fn pools(width: CommandWidth, loads: &GroupLoads) -> Pools {
        let mut builder = ItemMembershipsBuilder::default();
        builder.item([(0, Direction::Add), (1, Direction::Remove)]);
        Pools::new(&builder.build(), width, loads)
    }

    #[test]
    fn adds_and_removes_share_a_command_but_not_a_step() {
        let wide = pools(CommandWidth::Wide, &GroupLoads::with_commands(&[1]));
        assert_eq!((wide.len(), wide.all(0), wide.all(1)), (2, [1, 0], [0, 1]));
        let commands = |counts| wide.commands(0, counts);
        assert_eq!([[0, 0], [1, 0], [100, 0], [95, 5], [101, 0]].map(commands), [0, 1, 1, 2, 2]);
        let beside = |counts| wide.commands(1, counts);
        assert_eq!([[0, 0], [90, 0], [91, 0], [85, 5], [191, 0]].map(beside), [0, 0, 1, 1, 2]);
        let narrow = pools(CommandWidth::Narrow, &GroupLoads::with_commands(&[1]));
        assert_eq!((narrow.len(), narrow.of(2), narrow.of(3)), (4, 2, 3));
        assert_eq!([[0, 0], [1, 0], [11, 0]].map(|counts| narrow.commands(2, counts)), [0, 1, 2]);
    }

    #[test]
    fn steps_that_are_needed_anyway_carry_others() {
        let mut loads = GroupLoads::default();
        loads.add(0, [13, 4]);
        let pools = pools(CommandWidth::Wide, &loads);
        let commands = |counts| pools.commands(0, counts);
        assert_eq!([[0, 0], [77, 6], [78, 6], [77, 7]].map(commands), [0, 0, 1, 1]);
        assert_eq!((pools.free(0), pools.free(1)), (83, 0));
    }

    #[test]
    fn last_command_is_the_least_number_that_saves_one() {
        use CommandWidth::{Narrow, Wide};
        let fixed = |adds, removes| {
            let mut loads = GroupLoads::default();
            loads.add(0, [adds, removes]);
            loads
        };
        for (width, loads) in [
            (Wide, GroupLoads::default()),
            (Wide, GroupLoads::with_commands(&[0])),
            (Wide, fixed(3, 0)),
            (Wide, fixed(92, 7)),
            (Wide, fixed(10, 81)),
            (Narrow, GroupLoads::default()),
        ] {
            let pools = pools(width, &loads);
            for counts in (0..130).flat_map(|adds| (0..130).map(move |removes| [adds, removes])) {
                let commands = pools.commands(0, counts);
                let fewer = |taken: u32| {
                    (taken.saturating_sub(counts[1])..=taken.min(counts[0])).any(|adds| {
                        let left = [counts[0] - adds, counts[1] - (taken - adds)];
                        pools.commands(0, left) < commands
                    })
                };
                if commands > 0 {
                    let last = pools.last_command(0, counts);
                    assert!(fewer(last) && !fewer(last - 1), "{width:?} {loads:?} {counts:?}");
                }
            }
        }
    }
}
