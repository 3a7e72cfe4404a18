//! Effects that come after the answer: a gateway gives up, and the service behind it goes on.

use super::command::ActionBody;
use super::lock::lock;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// Requests that were answered and are not yet carried out, by the time they are due and the order
/// in which they came.
#[derive(Debug, Default)]
pub(super) struct Late {
    waiting: Mutex<BTreeMap<DueTurn, ActionBody>>,
    came: AtomicU64,
}

/// When a request is due, and its number, so that of two that are due at once the first that came
/// goes first.
pub(super) type DueTurn = (Instant, u64);

impl Late {
    /// Takes a request in; returns its turn.
    pub(super) fn add(&self, request: ActionBody, due: Instant) -> DueTurn {
        let turn = (due, self.came.fetch_add(1, Ordering::Relaxed));
        lock(&self.waiting).insert(turn, request);
        turn
    }

    /// Carries out what waits, in order: all of it, or all up to and with one turn. Nothing
    /// overtakes meanwhile.
    pub(super) fn carry_out(&self, last: Option<DueTurn>, mut act: impl FnMut(&ActionBody)) {
        let mut waiting = lock(&self.waiting);
        while let Some(entry) =
            waiting.first_entry().filter(|entry| last.is_none_or(|last| *entry.key() <= last))
        {
            act(&entry.remove());
        }
    }

    /// Requests that are still to be carried out.
    pub(super) fn len(&self) -> usize {
        lock(&self.waiting).len()
    }

    /// Forgets what waits.
    pub(super) fn forget(&self) {
        lock(&self.waiting).clear();
    }
}
