//! Decides which command may be sent next.

use super::dependencies::Dependencies;
use super::freed::FreedNames;
use super::halfway::Halfway;
use super::key::Key;
use super::made::{CreatedAs, Made};
use super::moved::MovedMemberships;
use super::names_since::NamesSince;
use super::planner::Plan;
use crate::change::RowEffect;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
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
    /// Whether it goes as a command of its user, whatever the plan says.
    pub from_user: bool,
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
    fn planned(rows: Vec<u32>) -> Self {
        let end = rows.last().copied().unwrap_or_default();
        Self::new(rows, end, VecDeque::new())
    }

    fn new(rows: Vec<u32>, end: u32, after: VecDeque<Vec<u32>>) -> Self {
        Self { rows, end, after, ..Self::default() }
    }

    /// Creates the work item of rows that were sent together with others and are sent again
    /// separately. What was uncertain for all of them is uncertain for each.
    fn apart_from(whole: &Self, rows: Vec<u32>, after: VecDeque<Vec<u32>>) -> Self {
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
        self.sent > 0 && (!self.from_user || self.was_uncertain)
    }

    /// Returns the effect of this row once all its steps are confirmed.
    pub(crate) fn expected(&self, row: u32) -> Option<&Expected> {
        self.expected.iter().find(|expected| expected.row == row)
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

/// The most parked work items. At this number, reading ahead in the file pauses.
const MOST_PARKED: usize = 10_000;

/// Returns work items in the order of the file, as far as dependencies allow: the next work item of
/// a chain only after the one before is completed.
#[derive(Debug)]
pub(crate) struct Schedule<'p> {
    plan: &'p Plan,
    dependencies: Dependencies,
    /// Rows before this one have been read.
    scanned: u32,
    released: BinaryHeap<Reverse<WorkItem>>,
    waiting: HashMap<Key, Vec<WorkItem>>,
    waiting_items: usize,
}

impl<'p> Schedule<'p> {
    /// Creates the schedule of the whole plan.
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            dependencies: plan.dependencies().clone(),
            scanned: 0,
            released: BinaryHeap::new(),
            waiting: HashMap::new(),
            waiting_items: 0,
        }
    }

    /// Returns the next work item in the order of the file that no earlier work item of its chain
    /// holds back.
    ///
    /// If a large number of work items is parked, it returns `None` early, so that a large file is
    /// not held in memory as a whole.
    pub(crate) fn take(&mut self) -> Option<WorkItem> {
        self.take_below(MOST_PARKED)
    }

    /// Returns the next work item for a caller with nothing in flight that could release one,
    /// however many are parked.
    pub(crate) fn take_when_idle(&mut self) -> Option<WorkItem> {
        self.take_below(usize::MAX)
    }

    /// Returns the next work item if fewer than `most` are parked.
    fn take_below(&mut self, most: usize) -> Option<WorkItem> {
        self.scan();
        let looks_ahead = self.scanned < self.plan.rows() && self.waiting_items < most;
        if looks_ahead
            && self.released.peek().is_none_or(|Reverse(item)| item.first() > self.scanned)
        {
            let first = self.scanned;
            self.scanned += 1;
            return Some(WorkItem::planned(self.plan.command_rows(first)));
        }
        self.released.pop().map(|Reverse(item)| item)
    }

    /// Moves to the next row that begins a chain.
    fn scan(&mut self) {
        while self.scanned < self.plan.rows() && !self.plan.footprint(self.scanned).is_head() {
            self.scanned += 1;
        }
    }

    /// Whether there is a work item to take now.
    pub(crate) fn has_next(&mut self) -> bool {
        self.scan();
        self.scanned < self.plan.rows() || !self.released.is_empty()
    }

    /// Whether work items wait for names.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Returns the name that a work item must wait for, if any. Its `names` must be filled in for
    /// rows that [touch](super::RowFootprint::touches) names.
    pub(crate) fn blocked(&self, item: &WorkItem) -> Option<Key> {
        item.names.iter().find_map(|(row, names)| self.dependencies.blocked(*row, names))
    }

    /// Returns the row, from 0, that changes the meaning of a name and that this work item waits
    /// for; `None` if it waits for earlier rows that use the name.
    pub(crate) fn awaited_row(&self, item: &WorkItem, name: Key) -> Option<u32> {
        self.dependencies.awaited_row(item.first(), name)
    }

    /// Parks a work item until the state of that name changes.
    pub(crate) fn wait_for(&mut self, item: WorkItem, name: Key) {
        self.waiting_items += 1;
        self.waiting.entry(name).or_default().push(item);
    }

    /// Puts a work item back, to be taken again.
    pub(crate) fn put_back(&mut self, item: WorkItem) {
        self.released.push(Reverse(item));
    }

    /// Records that these rows of the work item are completed. Rows that waited for their names may
    /// be taken.
    pub(crate) fn complete_rows(&mut self, item: &WorkItem, rows: &[u32]) {
        for (row, names) in item.names.iter().filter(|(row, _)| rows.contains(row)) {
            for name in self.dependencies.complete(*row, names) {
                self.wake(name);
            }
        }
    }

    /// Releases the work items that waited for this name.
    pub(crate) fn wake(&mut self, name: Key) {
        for item in self.waiting.remove(&name).unwrap_or_default() {
            self.waiting_items -= 1;
            self.released.push(Reverse(item));
        }
    }

    /// Records that all rows of the work item are completed. The next rows of its chain may be
    /// taken.
    pub(crate) fn finish(&mut self, mut item: WorkItem) {
        let next = match item.after.pop_front() {
            Some(rows) => {
                let after = std::mem::take(&mut item.after);
                Some(WorkItem::apart_from(&item, rows, after))
            }
            None => self
                .plan
                .follower(item.end)
                .map(|first| WorkItem::planned(self.plan.command_rows(first))),
        };
        if let Some(mut next) = next {
            next.follows = true;
            next.made = item.made;
            next.freed = item.freed;
            next.moved = item.moved;
            self.released.push(Reverse(next));
        }
    }

    /// Whether anything that may collide with its request waits for this work item: the next one in
    /// its chain, or rows that wait for its names. Rows that were sent together with it count as
    /// well: if that request is carried out late, it may fail in part, and undo what they did
    /// meanwhile.
    pub(crate) fn is_waited_for(&self, item: &WorkItem) -> bool {
        !item.names.is_empty() || self.has_follower(item)
    }

    /// Whether anything follows this work item in its chain.
    pub(crate) fn has_follower(&self, item: &WorkItem) -> bool {
        !item.after.is_empty() || self.plan.follower(item.end).is_some()
    }

    /// Splits the rows of a work item: they are sent again in these groups, in this order, before
    /// the rest of their chain.
    pub(crate) fn split(&mut self, mut item: WorkItem, groups: Vec<Vec<u32>>) {
        let mut after: VecDeque<Vec<u32>> = groups.into();
        after.extend(std::mem::take(&mut item.after));
        item.sent_together = item.sent;
        if let Some(rows) = after.pop_front() {
            self.released.push(Reverse(WorkItem {
                follows: item.follows,
                made: item.made,
                freed: std::mem::take(&mut item.freed),
                moved: std::mem::take(&mut item.moved),
                ..WorkItem::apart_from(&item, rows, after)
            }));
        }
    }
}
