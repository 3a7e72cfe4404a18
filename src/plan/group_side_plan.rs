//! Which commands of a plan go as commands of groups.

use super::sides::CommandWidth;

/// The commands whose memberships go as commands of their groups.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct GroupSidePlan {
    /// The first rows of commands of users, ascending.
    pub firsts: Vec<u32>,
    /// The number of commands of groups in their place, beside those for `of_rows`.
    pub commands: u64,
    /// The first rows of commands of rows of groups, ascending. They share the commands of their
    /// groups.
    pub of_rows: Vec<u32>,
    /// The number of commands of `of_rows`, one after another.
    pub of_rows_before: u64,
    /// The number of commands of groups in their place.
    pub of_rows_commands: u64,
    /// The number of all commands that could go as commands of their groups, or share them.
    pub replaceable: u64,
    /// No choice of memberships needs fewer commands in their place.
    pub fewest: u64,
    /// How many memberships one of these commands holds.
    pub width: CommandWidth,
}

/// What a plan has made of the commands that go as commands of groups.
#[derive(Debug, Default)]
pub(super) struct JoinedRows {
    /// The last rows of commands of rows of groups, as the plan has joined them, ascending.
    pub ends: Vec<u32>,
    /// The number of commands of users, and of rows of groups.
    pub rows: u64,
}

impl GroupSidePlan {
    /// Returns the number of commands of a plan that has so many without group-side commands.
    pub(super) fn commands_in_all(&self, commands: u64) -> u64 {
        commands - self.firsts.len() as u64 - self.of_rows_before + self.of_groups()
    }

    /// Returns the number of group-side commands.
    pub(crate) fn of_groups(&self) -> u64 {
        self.commands + self.of_rows_commands
    }

    /// Whether the command that begins with this row goes as commands of its groups.
    pub(super) fn has_first(&self, first: u32) -> bool {
        [&self.firsts, &self.of_rows].iter().any(|firsts| firsts.binary_search(&first).is_ok())
    }
}
