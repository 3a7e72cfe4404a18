//! The quota of one client id, shared with the other workers that use it.

use super::pause_scope::PauseScope;
use super::rate::CallClass;
use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long ago the server saw a request, in milliseconds; negative for a time in the future.
pub(crate) type Age = i64;

/// Returns a duration as an age.
pub(crate) fn millis(duration: Duration) -> Age {
    Age::try_from(duration.as_millis()).unwrap_or(Age::MAX)
}

/// A request that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reservation {
    pub(crate) class: CallClass,
    /// Identifies the request among those of this process and class.
    pub(crate) ticket: u64,
    /// The most requests of others that may count besides.
    pub(crate) others: usize,
    /// How long a request counts.
    pub(crate) span: Duration,
}

/// The answer to a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// The request may be sent: others count it from now on.
    Granted {
        /// The requests of others that count.
        others: Vec<Age>,
    },
    /// There is no room.
    Full {
        /// The requests of others that count.
        others: Vec<Age>,
        /// When to ask again. `None`: once enough of them do not count any more.
        wait: Option<Duration>,
    },
    /// The server has asked for a pause, which lasts so much longer.
    Paused {
        /// The calls that it holds.
        scope: PauseScope,
        /// The rest of it.
        left: Duration,
        /// The reason in words.
        why: String,
    },
}

/// The return value of [`SharedQuota::reserve`].
pub(crate) type PendingReservation<'q> =
    Pin<Box<dyn Future<Output = io::Result<Reserved>> + Send + 'q>>;

/// The requests of all workers that use one client id.
pub(crate) trait SharedQuota: Debug + Send + Sync {
    /// Reserves a request, if there is room for it. If the answer is not waited for, or is an
    /// error, the request is reported as never sent.
    fn reserve(&self, wanted: Reservation) -> PendingReservation<'_>;

    /// Records how long ago the server saw this worker's request; `None`: the request was never
    /// sent. If that cannot be recorded, the request counts longer.
    fn seen(&self, class: CallClass, ticket: u64, age: Option<Age>);

    /// Returns how long ago others sent the requests that count now, as far as that is known
    /// without waiting.
    fn of_others(&self, class: CallClass, span: Duration) -> Vec<Age>;

    /// Whether a reserved request may still be sent. It may not after a longer time than others
    /// count it for.
    fn may_leave(&self, _: CallClass, _ticket: u64) -> bool {
        true
    }

    /// Tells others of a pause that the server asked for.
    fn pause(&self, _: PauseScope, _length: Duration, _why: &str) {}

    /// Whether nothing may be sent while the quota cannot be asked. Otherwise requests are sent
    /// without it.
    fn is_required(&self) -> bool {
        false
    }
}

/// What a request has reserved with all workers of a client.
#[derive(Debug)]
pub(super) struct ReservedSlot {
    quota: Arc<dyn SharedQuota>,
    class: CallClass,
    ticket: u64,
}

impl ReservedSlot {
    /// Names the request by its class and ticket.
    pub(super) fn new(quota: Arc<dyn SharedQuota>, class: CallClass, ticket: u64) -> Self {
        Self { quota, class, ticket }
    }

    /// Whether the request may still be sent.
    pub(super) fn is_valid(&self) -> bool {
        self.quota.may_leave(self.class, self.ticket)
    }
}
