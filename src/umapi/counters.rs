//! The counters of the client, and its statistics.

use super::rate::{CallClass, Rate};
use super::wait::Wait;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the client has seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientStats {
    /// Action requests sent, including every retry. "Requests sent" always means this number.
    pub action_requests: u64,
    /// Trials in test mode.
    pub trials: u64,
    /// Action requests without a response yet.
    pub actions_in_flight: u64,
    /// Reads sent, including every retry.
    pub read_requests: u64,
    /// Reads without a response yet.
    pub reads_in_flight: u64,
    /// How often the server responded with 429.
    pub throttled: u64,
    /// The current limit on actions; `None` without one.
    pub limit: Option<Rate>,
    /// Why nothing is sent now.
    pub waiting: Option<Wait>,
}

/// Requests by kind, from the start of the client.
#[derive(Debug, Default)]
pub(super) struct RequestCounters {
    pub(super) actions: AtomicU64,
    /// Trials count against the limit of actions, but not as "requests sent".
    pub(super) trials: AtomicU64,
    pub(super) reads: AtomicU64,
    actions_in_flight: AtomicU64,
    reads_in_flight: AtomicU64,
}

impl RequestCounters {
    /// Counts a request as in flight until the returned guard is dropped.
    pub(super) fn in_flight(&self, class: CallClass) -> InFlightGuard<'_> {
        let count = match class {
            CallClass::Action => &self.actions_in_flight,
            CallClass::Users | CallClass::Groups => &self.reads_in_flight,
        };
        count.fetch_add(1, Ordering::Relaxed);
        InFlightGuard(count)
    }

    /// Returns the counted requests. The caller adds what the limiter knows.
    pub(super) fn stats(&self) -> ClientStats {
        let now = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ClientStats {
            action_requests: now(&self.actions),
            trials: now(&self.trials),
            actions_in_flight: now(&self.actions_in_flight),
            read_requests: now(&self.reads),
            reads_in_flight: now(&self.reads_in_flight),
            ..ClientStats::default()
        }
    }
}

/// A request in flight.
pub(super) struct InFlightGuard<'c>(&'c AtomicU64);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
