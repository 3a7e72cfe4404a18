//! Computes how long requests take within a limit. Pure: every time is a duration from now.

use super::rate::Rate;
use std::time::Duration;

/// The state of a limit at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    /// The limit; `None` if there is none.
    pub rate: Option<Rate>,
    /// The time until anything may be sent, after a pause of the server or without a token.
    pub held: Duration,
    /// When each request that still counts against the limit stops counting, in ascending order.
    pub used: Vec<Duration>,
}

impl Pace {
    /// Creates a limit with its whole window free.
    pub(crate) fn unused(rate: Option<Rate>) -> Self {
        Self { rate, ..Self::default() }
    }

    /// Returns the time until the last of this number of requests may be sent; `None` without a
    /// limit, because then only the server's speed matters.
    pub(crate) fn time_for(&self, requests: u64) -> Option<Duration> {
        let Rate { requests: limit, window } = self.rate?;
        let Some(last) = requests.checked_sub(1) else { return Some(Duration::ZERO) };
        let limit = u64::from(limit.max(1));
        let windows = u32::try_from(last / limit).unwrap_or(u32::MAX);
        // This number of slots must be free for the first requests of each window, and the slot
        // that becomes free last decides. If the window holds more requests than the limit now
        // allows, some free slots cannot be used.
        let needed = last % limit + 1 + self.used.len() as u64;
        let waited_for =
            needed.checked_sub(limit + 1).and_then(|place| usize::try_from(place).ok());
        let first = waited_for.and_then(|place| self.used.get(place)).copied().unwrap_or_default();
        Some(first.max(self.held).saturating_add(window.saturating_mul(windows)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Option<Rate> = Some(Rate { requests: 10, window: Duration::from_secs(60) });

    fn seconds(pace: &Pace, requests: u64) -> u64 {
        pace.time_for(requests).unwrap().as_secs()
    }

    #[test]
    fn unused_limit_lets_a_first_window_go_at_once() {
        let pace = Pace::unused(RATE);
        assert_eq!(
            [0, 1, 10, 11, 20, 21, 1000].map(|requests| seconds(&pace, requests)),
            [0, 0, 0, 60, 60, 120, 99 * 60]
        );
        assert_eq!(Pace::unused(None).time_for(1000), None);
    }

    #[test]
    fn used_up_window_is_waited_for() {
        // Ten requests were sent in the last seconds: the next one is sent when the first of them
        // stops counting.
        let used = (0..10).map(|second| Duration::from_secs(50 + second)).collect();
        let pace = Pace { used, ..Pace::unused(RATE) };
        assert_eq!(
            [0, 1, 2, 10, 11, 20].map(|requests| seconds(&pace, requests)),
            [0, 50, 51, 59, 110, 119]
        );
    }

    #[test]
    fn partly_used_window_lets_the_rest_go_at_once() {
        let used = vec![Duration::from_secs(20); 4];
        let pace = Pace { used, ..Pace::unused(RATE) };
        assert_eq!(
            [1, 6, 7, 10, 11, 16, 17].map(|requests| seconds(&pace, requests)),
            [0, 0, 20, 20, 60, 60, 80]
        );
    }

    #[test]
    fn pause_delays_everything() {
        let pace = Pace {
            held: Duration::from_secs(600),
            used: vec![Duration::from_secs(20); 10],
            ..Pace::unused(RATE)
        };
        assert_eq!([0, 1, 10, 11].map(|requests| seconds(&pace, requests)), [0, 600, 600, 660]);
    }

    #[test]
    fn lowered_limit_waits_until_the_window_has_room() {
        // Ten requests were sent, then the server responded with 429: from now on, three per
        // window.
        let used = (1..=10).map(Duration::from_secs).collect();
        let pace = Pace {
            rate: Some(Rate { requests: 3, window: Duration::from_secs(60) }),
            used,
            ..Pace::default()
        };
        assert_eq!([1, 2, 3, 4].map(|requests| seconds(&pace, requests)), [8, 9, 10, 68]);
    }
}
