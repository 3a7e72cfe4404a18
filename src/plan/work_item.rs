//! Rows that share a command, on their way through a run.

use super::freed::FreedNames;
use super::halfway::Halfway;
use super::key::Key;
use super::made::{CreatedAs, Made};
use super::moved::MovedMemberships;
use super::names_since::NamesSince;
use super::planner::Plan;
use crate::change::RowEffect;
use std::collections::VecDeque;
use std::time::Duration;

/// Rows that share a command, with their progress.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WorkItem {
    /// Rows from 0, ascending, all about one name.
    pub rows: Vec<u32>,
    /// The last row of the command in the plan that these rows belong to. The rest of the chain
    /// follows this work item.
    pub end: u32,
    /// Whether other rows about the same name came before these.
    pub follows: bool,
    /// What they have created.
    pub made: Made,
    /// Names that they have freed.
    pub freed: FreedNames,
    /// Memberships that they have changed.
    pub moved: MovedMemberships,
    /// The index of the next command of these rows. A row alone may need several.
    pub part: usize,
    /// How often this part has been sent.
    pub attempts: u32,
    /// The highest number of attempts of any part.
    pub sent: u32,
    /// How often it was sent together with the rows that are sent after it.
    pub sent_together: u32,
    /// Whether an attempt of this part may have been carried out without a response.
    pub uncertain: bool,
    /// Whether this was so for an earlier attempt, whatever a probe has shown since.
    pub was_uncertain: bool,
    /// The time on the run's clock until which the service may still carry out an earlier attempt
    /// with these rows.
    pub late_until: Option<Duration>,
    /// The number of attempts that may still be carried out, as far as known.
    pub late_sendings: u32,
    /// Probes of this part since it was last uncertain.
    pub probes: u32,
    /// Whether a probe after it was sent has shown that its effect did not hold yet: after a
    /// create, that the user did not exist.
    pub seen_absent: bool,
    /// The user of the command, by a probe before it was sent.
    pub identity: Option<String>,
    /// Whether that probe was made, or is not worth making.
    pub identified: bool,
    /// Further names of the user, by probes.
    pub statement: Vec<Key>,
    /// What its names still prove about an earlier attempt, after other imports.
    pub names_since: NamesSince,
    /// What the server has carried out of it.
    pub halfway: Halfway,
    /// Whether an earlier part of the run has sent it and got no response, so that a probe comes
    /// before anything is sent.
    pub probe_first: bool,
    /// Whether its request was refused as a whole, and it waits for a probe. It is sent alone then.
    pub alone: bool,
    /// Whether it goes as a command of its own user or row, whatever the plan says.
    pub by_itself: bool,
    /// Whether a command of a group was refused for it. Such commands gather people from all over
    /// the file.
    pub was_gathered: bool,
    /// Whether commands of groups have changed some of its memberships, and not all.
    pub is_done_in_part: bool,
    /// Whether it is one of several rows of a group that are sent in any order.
    pub is_spread: bool,
    /// Whether it only repeats what rows of the same group before it do, and no row in between is
    /// about its people.
    pub repeats: bool,
    /// Whether the user was seen to exist before the removal.
    pub present: bool,
    /// Rows about the same name that come directly after these.
    pub after: VecDeque<Vec<u32>>,
    /// Names that rows of this work item wait for.
    pub names: Vec<(u32, Vec<Key>)>,
    /// The effect of each row once all its steps are confirmed.
    pub expected: Vec<Expected>,
}

/// The effect of a row once all its steps are confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Row from 0.
    pub row: u32,
    /// What is done, and what is not applied.
    pub effect: RowEffect,
    /// What is not applied, in words; empty if there is nothing.
    pub remark: String,
    /// Whether it only removes something, and a list has no user of that name.
    pub not_there: bool,
    /// The values of the row for a user whom it creates.
    pub created_as: Option<CreatedAs>,
}

impl WorkItem {
    /// Creates the work item of a command as planned.
    pub(super) fn planned(rows: Vec<u32>) -> Self {
        let end = rows.last().copied().unwrap_or_default();
        Self::new(rows, end, VecDeque::new())
    }

    pub(super) fn new(rows: Vec<u32>, end: u32, after: VecDeque<Vec<u32>>) -> Self {
        Self { rows, end, after, ..Self::default() }
    }

    /// Creates the work item of rows that were sent together with others and are sent again
    /// separately. What was uncertain for all of them is uncertain for each.
    pub(super) fn apart_from(whole: &Self, rows: Vec<u32>, after: VecDeque<Vec<u32>>) -> Self {
        Self {
            uncertain: whole.was_uncertain,
            was_uncertain: whole.was_uncertain,
            late_until: whole.late_until,
            // Its own attempt is added to theirs.
            late_sendings: whole.late_sendings + 1,
            sent: whole.sent_together,
            sent_together: whole.sent_together,
            statement: whole.statement.clone(),
            names_since: whole.names_since,
            is_spread: whole.is_spread,
            by_itself: whole.by_itself,
            was_gathered: whole.was_gathered,
            is_done_in_part: whole.is_done_in_part,
            ..Self::new(rows, whole.end, after)
        }
    }

    /// Returns the work item after another command about the same user, which may have removed the
    /// user. The user is probed again, unless this work item was sent before.
    #[must_use]
    pub(crate) fn behind_another(self) -> Self {
        Self { present: self.present && self.sent > 0, ..self }
    }

    /// Moves to the next part.
    pub(crate) fn next_part(&mut self) {
        self.part += 1;
        self.attempts = 0;
        self.uncertain = false;
        self.was_uncertain = false;
        self.seen_absent = false;
        self.identified = false;
        self.identity = None;
        self.halfway.next_part();
    }

    /// Whether an earlier request may have carried out any of it. A command of a group that was
    /// refused for these rows has not.
    pub(crate) fn may_be_carried_out(&self) -> bool {
        self.sent > 0 && (!self.was_gathered || self.was_uncertain || self.is_done_in_part)
    }

    /// Whether a request before the last one may have carried out any of it: an unclear one, one
    /// with other rows that was refused at a later step, or one with commands of groups.
    pub(crate) fn may_be_done_before(&self) -> bool {
        self.was_uncertain || self.sent_together > 0 || self.is_done_in_part
    }

    /// Whether no other request can have carried out anything of it than its last one. It cannot be
    /// told of rows that were sent together with others before, even if that request was refused.
    pub(crate) fn is_all_that_was_sent(&self) -> bool {
        self.part == 0
            && self.late_sendings == 0
            && self.sent_together == 0
            && !self.is_done_in_part
            && self.halfway == Halfway::default()
    }

    /// Returns the effect of this row once all its steps are confirmed.
    pub(crate) fn expected(&self, row: u32) -> Option<&Expected> {
        self.expected.iter().find(|expected| expected.row == row)
    }

    /// Whether its memberships go as commands of their groups.
    pub(crate) fn goes_from_groups(&self, plan: &Plan) -> bool {
        match plan.footprint(self.first()).is_user() {
            true => plan.is_group_side(self.first()),
            false => !self.by_itself && self.rows.len() == 1 && plan.is_of_members(self.end),
        }
    }

    /// Returns the first row. Work items are taken in the order of their first rows.
    pub(crate) fn first(&self) -> u32 {
        self.rows[0]
    }
}

impl PartialOrd for WorkItem {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for WorkItem {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.first().cmp(&other.first())
    }
}
