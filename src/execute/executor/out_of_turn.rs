//! Work items that the schedule does not order: those that go in a fixed company, and those that
//! wait for a request in flight.

use crate::plan::WorkItem;
use std::collections::VecDeque;

/// Work items outside the schedule.
#[derive(Debug, Default)]
pub(super) struct OutOfTurn {
    /// Those that must go alone, or in just this company.
    companies: VecDeque<Vec<WorkItem>>,
    /// Those that wait for the answer to a request in flight, which may be about the same user.
    held_back: Vec<WorkItem>,
}

impl OutOfTurn {
    /// These go in one request of their own.
    pub(super) fn send_together(&mut self, items: Vec<WorkItem>) {
        self.companies.push_back(items);
    }

    /// The same, before all others.
    pub(super) fn send_together_first(&mut self, items: Vec<WorkItem>) {
        self.companies.push_front(items);
    }

    /// The next company.
    pub(super) fn next_company(&mut self) -> Option<Vec<WorkItem>> {
        self.companies.pop_front()
    }

    /// This one waits for an answer.
    pub(super) fn hold_back(&mut self, item: WorkItem) {
        self.held_back.push(item);
    }

    /// The number of work items that wait for an answer.
    pub(super) fn held_back(&self) -> usize {
        self.held_back.len()
    }

    /// An answer came: those that waited for one are scheduled again.
    pub(super) fn take_held_back(&mut self) -> Vec<WorkItem> {
        std::mem::take(&mut self.held_back)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.companies.is_empty() && self.held_back.is_empty()
    }
}
