//! The server's clock, as its responses show it.

use super::retry::http_date;
use crate::clock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// What the headers `Date` of responses show. The token service and the API keep the same time.
#[derive(Debug)]
pub(super) struct ServerClock(AtomicI64);

impl Default for ServerClock {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl ServerClock {
    /// Records the header of a response that has just come.
    pub(super) fn note(&self, date: Option<&str>) {
        if let Some(server) = date.and_then(http_date) {
            self.0.store(ahead(server, clock::system_now()), Ordering::Relaxed);
        }
    }

    /// Returns how many seconds the server's clock is ahead of ours; `None` before a response with
    /// the time.
    pub(super) fn skew(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|skew| *skew != i64::MIN)
    }
}

/// Returns how many seconds one time is after another.
fn ahead(server: SystemTime, now: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    server.duration_since(now).map_or_else(|behind| -seconds(behind.duration()), seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_is_known_once_a_response_shows_it() {
        let clock = ServerClock::default();
        clock.note(None);
        clock.note(Some("yesterday"));
        assert_eq!(clock.skew(), None);
        clock.note(Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert!(clock.skew().is_some_and(|skew| skew < -900_000_000));
        let now = SystemTime::now();
        let later = now + Duration::from_secs(90);
        assert_eq!((ahead(later, now), ahead(now, later)), (90, -90));
    }
}
