//! The pauses that the server asks for: after a 429, and with a 503 that says how long to wait.

use super::retry::{least_pause, retry_after};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A pause that the server asks for.
pub(super) struct RequestedPause {
    pub(super) wait: Duration,
    /// The reason in words.
    pub(super) why: String,
}

/// The parts of a response that matter for pauses.
pub(super) struct PauseHeaders<'a> {
    pub(super) status: u16,
    /// The `Retry-After` header.
    pub(super) retry_after: Option<&'a str>,
    /// The `Date` header.
    pub(super) date: Option<&'a str>,
}

/// How often the server has responded with 429, and how long to pause after it.
pub(super) struct Throttling {
    complaints: Mutex<Complaints>,
    /// The shortest wait between retries.
    retry_wait: Duration,
    /// The longest wait. A pause that only grows by itself does not exceed it.
    max_wait: Duration,
}

impl Throttling {
    /// Creates the record of pauses; `retry_wait` is the first pause if the server asks for none.
    pub(super) fn new(retry_wait: Duration, max_wait: Duration) -> Self {
        Self { complaints: Mutex::default(), retry_wait, max_wait }
    }

    /// Returns how often the server has responded with 429.
    pub(super) fn total(&self) -> u64 {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// Returns the pause that the server asks for in its response to a request sent at `sent`.
    /// `window` is the window of the limit on actions: without a `Retry-After`, a 429 means a pause
    /// of one window, then of two, four and so on.
    pub(super) fn pause_after(
        &self,
        response: &PauseHeaders<'_>,
        sent: Instant,
        now: SystemTime,
        window: impl FnOnce() -> Duration,
    ) -> Option<RequestedPause> {
        let said = retry_after(response.retry_after, response.date, now);
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let (wait, what) = match (response.status, said) {
            (429, said) => {
                let in_a_row = complaints.count_one(sent, Instant::now());
                let least = least_pause(in_a_row, self.retry_wait).min(self.max_wait);
                let grown = || window() * (1 << (in_a_row - 1).min(6));
                (said.unwrap_or_else(grown).max(least), "too many requests")
            }
            (503, Some(wait)) => (wait, "not available"),
            _ => {
                complaints.none(sent);
                return None;
            }
        };
        let asked = match said {
            Some(said) if said < wait => {
                format!("again, and the pause grows to {} s", wait.as_secs_f64().ceil())
            }
            Some(said) => format!("wait {} s", said.as_secs_f64().ceil()),
            None => "without a time to wait".to_owned(),
        };
        Some(RequestedPause { wait, why: format!("HTTP {}: {what}, {asked}", response.status) })
    }
}

/// The number of consecutive 429s. Those for requests that were in flight together count as one.
#[derive(Debug, Default)]
struct Complaints {
    total: u64,
    in_a_row: u32,
    /// When the last 429 that counts was received.
    last: Option<Instant>,
}

impl Complaints {
    /// Counts a 429 for a request sent at `sent`, and returns the number of consecutive ones.
    fn count_one(&mut self, sent: Instant, now: Instant) -> u32 {
        self.total += 1;
        if self.last.is_none_or(|last| sent >= last) {
            self.in_a_row = self.in_a_row.saturating_add(1);
            self.last = Some(now);
        }
        self.in_a_row
    }

    /// Ends the streak because of another response to a request sent at `sent`, unless that was
    /// before the last 429.
    fn none(&mut self, sent: Instant) {
        if self.last.is_none_or(|last| sent >= last) {
            (self.in_a_row, self.last) = (0, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn throttling() -> Throttling {
        Throttling::new(SECOND, Duration::from_secs(600))
    }

    fn pause(
        throttling: &Throttling,
        status: u16,
        retry_after: Option<&str>,
        sent: Instant,
    ) -> Option<u64> {
        let response = PauseHeaders { status, retry_after, date: None };
        let window = || Duration::from_secs(60);
        let pause = throttling.pause_after(&response, sent, SystemTime::UNIX_EPOCH, window)?;
        Some(pause.wait.as_secs())
    }

    #[test]
    fn a_429_without_a_time_doubles_the_window_each_time() {
        let throttling = throttling();
        for seconds in [60, 120, 240] {
            assert_eq!(pause(&throttling, 429, None, Instant::now()), Some(seconds));
        }
        assert_eq!(pause(&throttling, 200, None, Instant::now()), None);
        assert_eq!(pause(&throttling, 429, None, Instant::now()), Some(60));
        assert_eq!(throttling.total(), 4);
    }

    #[test]
    fn requests_in_flight_together_are_one_429_in_a_row() {
        let (throttling, sent) = (throttling(), Instant::now());
        assert_eq!(pause(&throttling, 429, None, sent), Some(60));
        assert_eq!(pause(&throttling, 429, None, sent), Some(60));
        // A response to an older request does not end the streak.
        assert_eq!(pause(&throttling, 200, None, sent), None);
        assert_eq!(pause(&throttling, 429, None, Instant::now()), Some(120));
        assert_eq!(throttling.total(), 3);
    }

    #[test]
    fn a_pause_of_zero_seconds_grows_with_each_429() {
        let throttling = throttling();
        for seconds in [1, 2, 4] {
            assert_eq!(pause(&throttling, 429, Some("0"), Instant::now()), Some(seconds));
        }
    }

    #[test]
    fn a_503_pauses_only_if_it_says_how_long() {
        let throttling = throttling();
        assert_eq!(pause(&throttling, 503, None, Instant::now()), None);
        assert_eq!(pause(&throttling, 503, Some("7"), Instant::now()), Some(7));
        assert_eq!(throttling.total(), 0);
    }
}
