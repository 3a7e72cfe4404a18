//! A command of a group, with the memberships in each of its steps.

use crate::plan::sides::Direction;
use crate::plan::{PlannedCommand, TracedStep};
use crate::umapi::wire::{Removal, Root, WireMembers, WireStep};

/// A command of a group, with the memberships in each of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::execute) struct GroupCommand {
    /// The place of the group among the queues.
    pub(super) group: usize,
    pub(super) steps: Vec<GroupStep>,
    pub(super) source: Source,
    /// The command to send.
    pub(in crate::execute) command: PlannedCommand,
}

/// Where the memberships of a command have waited, and wait again if it is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// In the queue of their group.
    Queue,
    /// Among the parts of refused steps.
    Parts,
    /// In a half of a refused request.
    Halves,
}

/// A membership that waits or is in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueuedMembership {
    /// The number under which its work item is held.
    pub(super) hold: u64,
    /// The email address of the user.
    pub(super) user: String,
    /// The rows that ask for it, from 0.
    pub(super) rows: Vec<u32>,
}

/// The memberships of one step of a group-side command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupStep {
    pub(super) direction: Direction,
    pub(super) members: Vec<QueuedMembership>,
}

impl GroupCommand {
    /// Creates the command of these steps.
    pub(super) fn new(group: usize, name: &str, steps: Vec<GroupStep>, source: Source) -> Self {
        let traced = |step: &GroupStep| {
            let users = step.members.iter().map(|member| member.user.clone()).collect();
            let mut rows: Vec<u32> =
                step.members.iter().flat_map(|member| member.rows.iter().copied()).collect();
            rows.sort_unstable();
            rows.dedup();
            TracedStep { step: step_of(step.direction, users), rows }
        };
        let command = PlannedCommand {
            root: Root::Group { usergroup: name.to_owned() },
            steps: steps.iter().map(traced).collect(),
        };
        Self { group, steps, source, command }
    }
}

/// Returns a step that adds or removes these users.
fn step_of(direction: Direction, users: Vec<String>) -> WireStep {
    let members = WireMembers { user: users, ..WireMembers::default() };
    match direction {
        Direction::Add => WireStep::Add(members),
        Direction::Remove => WireStep::Remove(Removal::Members(members)),
    }
}
