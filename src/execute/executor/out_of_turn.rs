//! Work items outside the schedule: those that must share a request with certain others, and those
//! that wait for a request in flight.

use crate::plan::WorkItem;
use std::collections::VecDeque;

/// Work items outside the schedule.
#[derive(Debug, Default)]
pub(super) struct OutOfTurn {
    /// Those that must be sent alone, or only with each other.
    companies: VecDeque<Vec<WorkItem>>,
    /// Those that wait for the response to a request in flight, which may be about the same user.
    held_back: Vec<WorkItem>,
}

impl OutOfTurn {
    /// Sends these in one request of their own.
    pub(super) fn send_together(&mut self, items: Vec<WorkItem>) {
        self.companies.push_back(items);
    }

    /// Sends these in one request of their own, before all others.
    pub(super) fn send_together_first(&mut self, items: Vec<WorkItem>) {
        self.companies.push_front(items);
    }

    /// Takes the next work items that form a request of their own.
    pub(super) fn next_company(&mut self) -> Option<Vec<WorkItem>> {
        self.companies.pop_front()
    }

    /// Holds a work item back until a response comes.
    pub(super) fn hold_back(&mut self, item: WorkItem) {
        self.held_back.push(item);
    }

    /// Returns the number of work items that wait for a response.
    pub(super) fn held_back(&self) -> usize {
        self.held_back.len()
    }

    /// Takes the work items that waited for a response, which has come, to be scheduled again.
    pub(super) fn take_held_back(&mut self) -> Vec<WorkItem> {
        std::mem::take(&mut self.held_back)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.companies.is_empty() && self.held_back.is_empty()
    }
}
