//! The quota of one client id, shared with the other processes that use it.

use super::rate::CallClass;
use std::fmt::Debug;
use std::io;
use std::time::Duration;

/// How long ago the server saw a request, in milliseconds; negative for a time in the future.
pub(crate) type Age = i64;

/// Returns a duration as an age.
pub(crate) fn millis(duration: Duration) -> Age {
    Age::try_from(duration.as_millis()).unwrap_or(Age::MAX)
}

/// The requests of all processes that use one client id.
pub(crate) trait SharedQuota: Debug + Send + Sync {
    /// Locks the quota for this process until the returned value is dropped. Waits only for a
    /// moment.
    ///
    /// # Errors
    /// When it cannot be locked or read.
    fn lock(&self) -> io::Result<Box<dyn LockedQuota + '_>>;
}

/// A [`SharedQuota`] that no other process can change now.
pub(crate) trait LockedQuota {
    /// Returns how long ago other processes sent the requests that still count within `window`.
    fn of_other_processes(&mut self, class: CallClass, window: Duration) -> Vec<Age>;

    /// Records how long ago the server saw this process's request; `None`: the request was never
    /// sent.
    ///
    /// # Errors
    /// When it cannot be written.
    fn note(&mut self, class: CallClass, ticket: u64, age: Option<Age>) -> io::Result<()>;
}
