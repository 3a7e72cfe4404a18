//! What the group-side commands of each group cost.

use super::memberships::{CommandWidth, ItemMemberships};

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
    /// For each pool, 1 if its group has a required command, which can carry steps for nothing.
    own: Vec<u32>,
    /// All adds and removes that may go from the group's side.
    all: Vec<Counts>,
}

impl Pools {
    /// Finds the pools of a file. The groups in `own` have a required command.
    pub(super) fn new(memberships: &ItemMemberships, width: CommandWidth, own: &[u32]) -> Self {
        let steps = width.steps();
        let shift = u32::from(steps > 1);
        let pools = (2 * memberships.groups() as usize) >> shift;
        let mut all = Self { steps, shift, own: vec![0; pools], all: vec![[0; 2]; pools] };
        for group in own.iter().filter(|group| **group < memberships.groups()) {
            let first = (2 * *group as usize) >> shift;
            let last = (2 * *group as usize + 1) >> shift;
            all.own[first..=last].fill(1);
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

    /// Returns the number of memberships, at most, that the required command of the pool's group
    /// carries; 0 if there is none.
    pub(super) fn free(&self, pool: usize) -> u32 {
        self.own[pool] * (self.steps - 1) * STEP
    }

    /// Returns the number of memberships that a command holds.
    pub(super) fn capacity(&self) -> u32 {
        self.steps * STEP
    }

    /// Returns the number of commands for these memberships of a pool, without the group's own.
    pub(super) fn commands(&self, pool: usize, [adds, removes]: Counts) -> u32 {
        let steps = self.own[pool] + adds.div_ceil(STEP) + removes.div_ceil(STEP);
        steps.div_ceil(self.steps) - self.own[pool]
    }

    /// Returns the number of memberships to take from a pool, at least, for one command less; the
    /// pool needs commands.
    pub(super) fn last_command(&self, pool: usize, [adds, removes]: Counts) -> u32 {
        let steps = self.own[pool] + adds.div_ceil(STEP) + removes.div_ceil(STEP);
        let surplus = (steps - 1) % self.steps + 1;
        // The steps that are not full go first, the emptier one before the other.
        let mut rest = [adds % STEP, removes % STEP];
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

    fn pools(width: CommandWidth, own: &[u32]) -> Pools {
        let mut builder = ItemMembershipsBuilder::default();
        builder.item([(0, Direction::Add), (1, Direction::Remove)]);
        Pools::new(&builder.build(), width, own)
    }

    #[test]
    fn adds_and_removes_share_a_command_but_not_a_step() {
        let wide = pools(CommandWidth::Wide, &[1]);
        assert_eq!((wide.len(), wide.all(0), wide.all(1)), (2, [1, 0], [0, 1]));
        let commands = |counts| wide.commands(0, counts);
        assert_eq!([[0, 0], [1, 0], [100, 0], [95, 5], [101, 0]].map(commands), [0, 1, 1, 2, 2]);
        let beside = |counts| wide.commands(1, counts);
        assert_eq!([[0, 0], [90, 0], [91, 0], [85, 5], [191, 0]].map(beside), [0, 0, 1, 1, 2]);
        let narrow = pools(CommandWidth::Narrow, &[1]);
        assert_eq!((narrow.len(), narrow.of(2), narrow.of(3)), (4, 2, 3));
        assert_eq!([[0, 0], [1, 0], [11, 0]].map(|counts| narrow.commands(2, counts)), [0, 1, 2]);
    }

    #[test]
    fn last_command_is_the_least_number_that_saves_one() {
        for (width, own) in
            [(CommandWidth::Wide, &[][..]), (CommandWidth::Wide, &[0]), (CommandWidth::Narrow, &[])]
        {
            let pools = pools(width, own);
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
                    assert!(fewer(last) && !fewer(last - 1), "{width:?} {own:?} {counts:?}");
                }
            }
        }
    }
}
