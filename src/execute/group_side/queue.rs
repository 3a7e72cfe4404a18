//! The memberships of one group that wait to be sent.

use super::group_command::{GroupCommand, GroupStep, QueuedMembership, Source};
use crate::plan::sides::Direction;
use crate::umapi::wire::MAX_LIST;
use std::collections::{HashSet, VecDeque};

/// The directions in the order of their steps.
const DIRECTIONS: [Direction; 2] = [Direction::Remove, Direction::Add];

/// What is known of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Whether it is a user group is unknown. Its first command shows it.
    Unproven,
    /// Commands of it are carried out.
    Proven,
    /// It takes no commands of its own: it is a profile, read-only, full, or unknown.
    Closed,
}

/// The memberships of one group that wait to be sent.
#[derive(Debug)]
pub(super) struct GroupQueue {
    name: String,
    pub(super) standing: Standing,
    /// Its commands in flight.
    pub(super) in_flight: usize,
    /// Those that wait, some of whose work items may have left.
    waiting: [VecDeque<QueuedMembership>; 2],
    /// The number of those whose work items have not left.
    pub(super) live: usize,
}

impl GroupQueue {
    /// Creates the empty queue of a group.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            standing: Standing::Unproven,
            in_flight: 0,
            waiting: [VecDeque::new(), VecDeque::new()],
            live: 0,
        }
    }

    fn of(&mut self, direction: Direction) -> &mut VecDeque<QueuedMembership> {
        &mut self.waiting[direction as usize]
    }

    /// Adds a membership.
    pub(super) fn push(&mut self, direction: Direction, membership: QueuedMembership) {
        self.live += 1;
        self.of(direction).push_back(membership);
    }

    /// Puts memberships back, to be sent first.
    pub(super) fn push_front(&mut self, direction: Direction, members: Vec<QueuedMembership>) {
        self.live += members.len();
        members.into_iter().rev().for_each(|member| self.of(direction).push_front(member));
    }

    /// Takes everything that waits. Returns its work items.
    pub(super) fn take_all(&mut self) -> Vec<u64> {
        let waiting = self.waiting.iter_mut().flat_map(std::mem::take);
        waiting.map(|membership| membership.hold).collect()
    }

    /// Takes a command of at most this number of steps. `is_held` says whether a work item has not
    /// left.
    pub(super) fn take(
        &mut self,
        most_steps: usize,
        is_held: impl Fn(u64) -> bool,
    ) -> Vec<GroupStep> {
        let mut steps = Vec::new();
        let mut users: HashSet<String> = HashSet::new();
        for direction in DIRECTIONS {
            let mut later = Vec::new();
            let mut open: Vec<QueuedMembership> = Vec::new();
            while steps.len() < most_steps {
                let Some(next) = self.of(direction).pop_front() else { break };
                if !is_held(next.hold) {
                    continue;
                }
                // A person twice in one command may be refused, and would be in no certain order.
                if !users.insert(next.user.to_lowercase()) {
                    later.push(next);
                    continue;
                }
                self.live -= 1;
                open.push(next);
                if open.len() == MAX_LIST {
                    steps.push(GroupStep { direction, members: std::mem::take(&mut open) });
                }
            }
            if !open.is_empty() {
                steps.push(GroupStep { direction, members: open });
            }
            self.live -= later.len();
            self.push_front(direction, later);
        }
        steps
    }

    /// Returns the command of these steps.
    pub(super) fn command(
        &self,
        place: usize,
        steps: Vec<GroupStep>,
        source: Source,
    ) -> GroupCommand {
        GroupCommand::new(place, &self.name, steps, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership(hold: u64) -> QueuedMembership {
        QueuedMembership { hold, user: format!("u{hold}@example.com"), rows: vec![hold as u32] }
    }

    #[test]
    fn command_has_steps_of_ten_for_each_direction() {
        let mut queue = GroupQueue::new("Design");
        (0..25).for_each(|hold| queue.push(Direction::Add, membership(hold)));
        (25..28).for_each(|hold| queue.push(Direction::Remove, membership(hold)));
        let steps = queue.take(3, |hold| hold != 26);
        let sizes: Vec<_> = steps.iter().map(|step| (step.direction, step.members.len())).collect();
        assert_eq!(sizes, [(Direction::Remove, 2), (Direction::Add, 10), (Direction::Add, 10)]);
        let command = queue.command(0, steps, Source::Queue).command;
        assert_eq!(command.steps[0].rows, [25, 27]);
        let rest = queue.take(10, |_| true);
        assert_eq!(rest[0].members.len(), 5);
    }

    #[test]
    fn person_is_once_in_a_command() {
        let mut queue = GroupQueue::new("Design");
        for (hold, user) in [(1, "ann@example.com"), (2, "ANN@example.com"), (3, "bo@example.com")]
        {
            queue.push(
                Direction::Add,
                QueuedMembership { user: user.to_owned(), ..membership(hold) },
            );
        }
        let holds = |steps: Vec<GroupStep>| -> Vec<u64> {
            steps.iter().flat_map(|step| step.members.iter().map(|member| member.hold)).collect()
        };
        assert_eq!((holds(queue.take(10, |_| true)), queue.live), (vec![1, 3], 1));
        assert_eq!((holds(queue.take(10, |_| true)), queue.live), (vec![2], 0));
    }
}
