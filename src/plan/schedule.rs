//! Decides which command may be sent next.

use super::dependencies::Dependencies;
use super::key::Key;
use super::planner::Plan;
use super::spread_rows::{RowOfPeople, SpreadRows};
use super::work_item::WorkItem;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

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
    /// Rows of groups that are sent in any order, by the last row of their command in the plan.
    spread: HashMap<u32, SpreadRows>,
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
            spread: HashMap::new(),
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

    /// Whether work items wait for names, or for other rows of their group.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty() || self.spread.values().any(SpreadRows::has_waiting)
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
        if item.is_spread
            && let Some(spread) = self.spread.get_mut(&item.end)
        {
            self.released.extend(spread.complete(item, rows).into_iter().map(Reverse));
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
        if item.is_spread && item.after.is_empty() {
            return self.finish_spread(&item);
        }
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
        !item.after.is_empty()
            || self.plan.follower(item.end).is_some()
            || self.is_named_again(item)
    }

    /// Whether later rows of the same command name people of this one: it is one of several rows of
    /// a group that are sent in any order otherwise.
    pub(crate) fn is_named_again(&self, item: &WorkItem) -> bool {
        let spread = self.spread.get(&item.end).filter(|_| item.is_spread);
        spread.is_some_and(|spread| spread.have_behind(&item.rows))
    }

    /// Whether the rows of a work item are about one group and may be sent in any order.
    pub(crate) fn may_spread(&self, item: &WorkItem) -> bool {
        item.rows.len() > 1
            && !item.is_spread
            && !item.by_itself
            && self.plan.is_of_members(item.end)
    }

    /// Releases the rows of a work item as work items of their own, in any order. Only rows that
    /// name the same people wait for each other.
    pub(crate) fn spread(&mut self, item: WorkItem, rows: Vec<RowOfPeople>) {
        let end = item.end;
        let (spread, now) = SpreadRows::new(item, rows);
        self.released.extend(now.into_iter().map(Reverse));
        self.spread.insert(end, spread);
    }

    /// Lets a row of a group go by itself that cannot go with commands of its group: after other
    /// rows of the group for which this is so.
    pub(crate) fn go_by_itself(&mut self, mut item: WorkItem) {
        item.by_itself = true;
        let end = item.end;
        match self.spread.get_mut(&end).filter(|_| item.is_spread) {
            Some(rows) => rows.wait_in_turn(item),
            None => return self.put_back(item),
        }
        self.go_on_with_spread(end);
    }

    fn finish_spread(&mut self, item: &WorkItem) {
        let end = item.end;
        let Some(spread) = self.spread.get_mut(&end) else { return };
        self.released.extend(spread.complete(item, &item.rows).into_iter().map(Reverse));
        spread.finish(item);
        self.go_on_with_spread(end);
    }

    /// Goes on with the next of these rows that wait for their turn, or with what follows all of
    /// them once they are completed.
    fn go_on_with_spread(&mut self, end: u32) {
        let Some(rows) = self.spread.get_mut(&end) else { return };
        if let Some(next) = rows.next_in_turn(|row| self.plan.footprint(row)) {
            return self.put_back(next);
        }
        if !rows.are_completed() {
            return;
        }
        let whole = self.spread.remove(&end).map(SpreadRows::into_whole);
        whole.into_iter().for_each(|whole| self.finish(whole));
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
