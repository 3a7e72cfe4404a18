//! Effects that come after the response: a gateway gives up, and the service behind it continues.

use super::command::ActionBody;
use super::lock::lock;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// Requests that were answered and are not carried out yet, in the order in which they are due.
#[derive(Debug, Default)]
pub(super) struct Late {
    waiting: Mutex<BTreeMap<DueTurn, ActionBody>>,
    came: AtomicU64,
}

/// When a request is due, and a number that decides between two that are due at once: the first
/// that came goes first.
pub(super) type DueTurn = (Instant, u64);

impl Late {
    /// Adds a request and returns its turn.
    pub(super) fn add(&self, request: ActionBody, due: Instant) -> DueTurn {
        let turn = (due, self.came.fetch_add(1, Ordering::Relaxed));
        lock(&self.waiting).insert(turn, request);
        turn
    }

    /// Carries out waiting requests, in order: all of them, or those up to and including one turn.
    /// No other request comes between.
    pub(super) fn carry_out(&self, last: Option<DueTurn>, mut act: impl FnMut(&ActionBody)) {
        let mut waiting = lock(&self.waiting);
        while let Some(entry) =
            waiting.first_entry().filter(|entry| last.is_none_or(|last| *entry.key() <= last))
        {
            act(&entry.remove());
        }
    }

    /// Returns the number of waiting requests.
    pub(super) fn len(&self) -> usize {
        lock(&self.waiting).len()
    }

    /// Drops the waiting requests.
    pub(super) fn forget(&self) {
        lock(&self.waiting).clear();
    }
}
