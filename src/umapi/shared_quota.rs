//! The quota of one client, as it is shared with the other processes that use it.

use super::rate::CallClass;
use std::fmt::Debug;
use std::io;
use std::time::Duration;

/// How long ago a request was seen by the server, in milliseconds; fewer than none: it will be.
pub(crate) type Age = i64;

/// A duration as an age.
pub(crate) fn millis(duration: Duration) -> Age {
    Age::try_from(duration.as_millis()).unwrap_or(Age::MAX)
}

/// What all processes have sent for one client.
pub(crate) trait SharedQuota: Debug + Send + Sync {
    /// Locks it against the others, until the returned value is dropped. Never waits longer than a
    /// moment.
    ///
    /// # Errors
    /// When it cannot be locked or read.
    fn lock(&self) -> io::Result<Box<dyn LockedQuota + '_>>;
}

/// A [`SharedQuota`] that no other process can change just now.
pub(crate) trait LockedQuota {
    /// Returns how long ago others have sent what still counts within the last `window`.
    fn of_other_processes(&mut self, class: CallClass, window: Duration) -> Vec<Age>;

    /// Writes down that this process's request was seen so long ago; `None`: it never left.
    ///
    /// # Errors
    /// When it cannot be written.
    fn note(&mut self, class: CallClass, ticket: u64, age: Option<Age>) -> io::Result<()>;
}
