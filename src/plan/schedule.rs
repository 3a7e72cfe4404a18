//! Which command may go next.

use super::dependencies::Dependencies;
use super::freed::FreedNames;
use super::halfway::Halfway;
use super::key::Key;
use super::made::{CreatedAs, Made};
use super::planner::Plan;
use crate::change::RowEffect;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

/// Rows that share a command, and how far they have come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WorkItem {
    /// Rows from 0, ascending, all about one name.
    pub rows: Vec<u32>,
    /// The last row of the command that the plan made of these rows and others: what follows it in
    /// the chain follows this work item.
    pub end: u32,
    /// Other rows on the same name came before these.
    pub follows: bool,
    /// What they have made.
    pub made: Made,
    /// Names that they have freed.
    pub freed: FreedNames,
    /// Which of the commands of these rows comes next, from 0: a row alone may need several.
    pub part: usize,
    /// How often this part has been sent.
    pub attempts: u32,
    /// How often the part that was sent most has been sent.
    pub sent: u32,
    /// How often it was sent together with the rows that go after it.
    pub sent_together: u32,
    /// A sending of this part may have been carried out though nobody heard of it.
    pub uncertain: bool,
    /// That was so of an earlier sending, whatever a probe has shown since.
    pub was_uncertain: bool,
    /// Until then, on the run's clock, the service may still carry out an earlier sending of these
    /// rows.
    pub late_until: Option<Duration>,
    /// Sendings that may still be carried out, as far as is known.
    pub late_sendings: u32,
    /// Probes of what became of this part, since it was uncertain last.
    pub probes: u32,
    /// A probe has shown, after it was sent, that what it wants was not so yet: after a create,
    /// that nobody was there.
    pub seen_absent: bool,
    /// Who the command is about, as a probe told before it was sent.
    pub identity: Option<String>,
    /// That probe was made, or is not worth making.
    pub identified: bool,
    /// More names of the user, as probes have told.
    pub statement: Vec<Key>,
    /// What the server has carried out of it.
    pub halfway: Halfway,
    /// An earlier part of the run has sent it and heard nothing: a probe comes before anything is
    /// sent.
    pub probe_first: bool,
    /// A request that held it was refused as a whole, and it waits for a probe: it goes alone then.
    pub alone: bool,
    /// The user was seen to be there before the removal.
    pub present: bool,
    /// Rows of the same name that come right after these.
    pub after: VecDeque<Vec<u32>>,
    /// Names that rows of this work item wait for.
    pub names: Vec<(u32, Vec<Key>)>,
    /// What each row comes to once all its steps are confirmed.
    pub expected: Vec<Expected>,
}

/// What a row comes to once all its steps are confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Row from 0.
    pub row: u32,
    /// What is done then, and what is not applied.
    pub effect: RowEffect,
    /// What is not applied, in words; empty where there is nothing.
    pub remark: String,
    /// It only takes something away, and a list shows nobody of that name.
    pub not_there: bool,
    /// What the row says of a user whom it creates.
    pub created_as: Option<CreatedAs>,
}

impl WorkItem {
    /// The rows of a command as the plan made it.
    fn planned(rows: Vec<u32>) -> Self {
        let end = rows.last().copied().unwrap_or_default();
        Self::new(rows, end, VecDeque::new())
    }

    fn new(rows: Vec<u32>, end: u32, after: VecDeque<Vec<u32>>) -> Self {
        Self { rows, end, after, ..Self::default() }
    }

    /// Rows that were sent together with others, and go again apart from them: what was uncertain
    /// of all is uncertain of each.
    fn apart_from(whole: &Self, rows: Vec<u32>, after: VecDeque<Vec<u32>>) -> Self {
        Self {
            uncertain: whole.was_uncertain,
            was_uncertain: whole.was_uncertain,
            late_until: whole.late_until,
            // Its own sending comes on top of theirs.
            late_sendings: whole.late_sendings + 1,
            sent: whole.sent_together,
            sent_together: whole.sent_together,
            statement: whole.statement.clone(),
            ..Self::new(rows, whole.end, after)
        }
    }

    /// The next part's turn.
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

    /// What this row comes to once all its steps are confirmed.
    pub(crate) fn expected(&self, row: u32) -> Option<&Expected> {
        self.expected.iter().find(|expected| expected.row == row)
    }

    /// The first row: work items are taken in the order of these.
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

/// Work items that may be parked before looking ahead in the file pauses.
const MOST_PARKED: usize = 10_000;

/// Hands out work items in file order, as far as order allows: a chain's next work item only when
/// the one before has its outcome.
#[derive(Debug)]
pub(crate) struct Schedule<'p> {
    plan: &'p Plan,
    dependencies: Dependencies,
    /// Rows before this one have been looked at.
    scanned: u32,
    released: BinaryHeap<Reverse<WorkItem>>,
    waiting: HashMap<Key, Vec<WorkItem>>,
    waiting_items: usize,
}

impl<'p> Schedule<'p> {
    /// Everything is still to do.
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

    /// The next work item in file order that no earlier work item of its chain holds back.
    ///
    /// When very many work items are parked, `None` comes early, so that not all of a large file is
    /// held in memory; unless the caller is `idle`, with nothing under way that could set one of
    /// them free.
    pub(crate) fn take(&mut self, idle: bool) -> Option<WorkItem> {
        self.scan();
        let looks_ahead =
            self.scanned < self.plan.rows() && (idle || self.waiting_items < MOST_PARKED);
        if looks_ahead
            && self.released.peek().is_none_or(|Reverse(item)| item.first() > self.scanned)
        {
            let first = self.scanned;
            self.scanned += 1;
            return Some(WorkItem::planned(self.plan.command_rows(first)));
        }
        self.released.pop().map(|Reverse(item)| item)
    }

    /// Goes on to the next row that begins a chain.
    fn scan(&mut self) {
        while self.scanned < self.plan.rows() && !self.plan.footprint(self.scanned).is_head() {
            self.scanned += 1;
        }
    }

    /// Is there a work item to take right now?
    pub(crate) fn has_next(&mut self) -> bool {
        self.scan();
        self.scanned < self.plan.rows() || !self.released.is_empty()
    }

    /// Do work items wait for names?
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The name that a work item must wait for, if any. Its `names` must be filled in for rows that
    /// [touch](super::RowFootprint::touches) names.
    pub(crate) fn blocked(&self, item: &WorkItem) -> Option<Key> {
        item.names.iter().find_map(|(row, names)| self.dependencies.blocked(*row, names))
    }

    /// Puts a work item aside until something happens to that name.
    pub(crate) fn wait_for(&mut self, item: WorkItem, name: Key) {
        self.waiting_items += 1;
        self.waiting.entry(name).or_default().push(item);
    }

    /// Gives a work item back: it may be taken again.
    pub(crate) fn put_back(&mut self, item: WorkItem) {
        self.released.push(Reverse(item));
    }

    /// These rows of the work item have their outcomes: who waited for their names may go.
    pub(crate) fn complete_rows(&mut self, item: &WorkItem, rows: &[u32]) {
        for (row, names) in item.names.iter().filter(|(row, _)| rows.contains(row)) {
            for name in self.dependencies.complete(*row, names) {
                self.wake(name);
            }
        }
    }

    /// Something has happened to this name: who was renamed for it may be taken again.
    pub(crate) fn wake(&mut self, name: Key) {
        for item in self.waiting.remove(&name).unwrap_or_default() {
            self.waiting_items -= 1;
            self.released.push(Reverse(item));
        }
    }

    /// All rows of the work item have their outcomes: what follows in its chain may go.
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
            self.released.push(Reverse(next));
        }
    }

    /// Does anything wait for this work item that may collide with what it was sent for: a follower
    /// in its chain, or rows that wait for its names? Rows that were sent together with it count:
    /// carried out late, the whole may fail half-way, and undo what they did meanwhile.
    pub(crate) fn is_waited_for(&self, item: &WorkItem) -> bool {
        !item.names.is_empty() || self.has_follower(item)
    }

    /// Does anything follow this work item in its chain?
    pub(crate) fn has_follower(&self, item: &WorkItem) -> bool {
        !item.after.is_empty() || self.plan.follower(item.end).is_some()
    }

    /// Takes the rows of a work item apart: they go again in these groups, in this order, before
    /// anything else of their chain.
    pub(crate) fn split(&mut self, mut item: WorkItem, groups: Vec<Vec<u32>>) {
        let mut after: VecDeque<Vec<u32>> = groups.into();
        after.extend(std::mem::take(&mut item.after));
        item.sent_together = item.sent;
        if let Some(rows) = after.pop_front() {
            self.released.push(Reverse(WorkItem {
                follows: item.follows,
                made: item.made,
                freed: std::mem::take(&mut item.freed),
                ..WorkItem::apart_from(&item, rows, after)
            }));
        }
    }
}
