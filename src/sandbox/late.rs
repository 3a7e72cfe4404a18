//! Effects that come after the answer: a gateway gives up, and the service behind it goes on.

use super::command::ActionBody;
use super::server::{ServerState, lock};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
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
type DueTurn = (Instant, u64);

/// Carries the request out `after` that time, by the clock of the runtime.
pub(super) fn carry_out(shared: &Arc<ServerState>, request: ActionBody, after: Duration) {
    let due = Instant::now() + after;
    let number = shared.late.came.fetch_add(1, Ordering::Relaxed);
    lock(&shared.late.waiting).insert((due, number), request);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::time::sleep_until(due).await;
        // Those that were due before go first, whichever task wakes first.
        shared.carry_out_late(Some((due, number)));
    });
}

impl ServerState {
    /// Carries out what waits, in order: all of it, or all up to and with one entry.
    pub(super) fn carry_out_late(&self, last: Option<DueTurn>) {
        // Held all the while, so that nothing overtakes.
        let mut waiting = lock(&self.late.waiting);
        while let Some(entry) =
            waiting.first_entry().filter(|entry| last.is_none_or(|last| *entry.key() <= last))
        {
            let request = entry.remove();
            // Nobody hears what came of it.
            let _ = self.act(&request);
        }
    }

    /// Requests that are still to be carried out.
    pub(super) fn late(&self) -> usize {
        lock(&self.late.waiting).len()
    }

    /// Forgets what waits.
    pub(super) fn forget_late(&self) {
        lock(&self.late.waiting).clear();
    }
}
