//! Estimates how long the rest of a run takes.

use super::workload::Workload;
use crate::umapi::Pace;
use std::time::Duration;

/// The remaining work of a run, as far as it determines the remaining time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ahead {
    /// Questions and requests that are not sent yet.
    pub work: Workload,
    /// The current limit of requests.
    pub pace: Pace,
    /// The current limit of questions.
    pub reads: Pace,
    /// The time until the last request that waits for a retry is sent again.
    pub retry: Duration,
    /// How long this number of responses has taken so far. Without a limit, the rest takes as long
    /// for each.
    pub so_far: (Duration, u64),
}

impl Ahead {
    /// Returns the time left, including waits. `None` while it is unknown: without a limit, before
    /// the first response.
    pub(crate) fn time(&self) -> Option<Duration> {
        let requests = self.work.requests();
        let by_speed = match self.so_far {
            _ if requests == 0 => Some(Duration::ZERO),
            (_, 0) => None,
            (elapsed, answers) => {
                let seconds = elapsed.as_secs_f64() / precise(answers) * precise(requests);
                Duration::try_from_secs_f64(seconds).ok().map(|time| time.max(self.pace.held))
            }
        };
        let by_limits = self.work.time(&self.pace, &self.reads);
        let time = if self.pace.rate.is_some() { by_limits } else { by_limits.max(by_speed) };
        time.map(|time| time.max(self.retry))
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate needs no more than 52 bits")]
fn precise(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::Rate;

    const RATE: Option<Rate> = Some(Rate { requests: 10, window: Duration::from_secs(60) });

    #[test]
    fn time_left_includes_the_wait_for_the_window() {
        // Eleven requests were planned, and ten have just been sent: the last one is sent in a
        // minute, not in a second.
        let pace = Pace { used: vec![Duration::from_secs(53); 10], ..Pace::unused(RATE) };
        let ahead = Ahead { work: Workload::of_requests(1), pace, ..Ahead::default() };
        assert_eq!(ahead.time(), Some(Duration::from_secs(53)));
    }

    #[test]
    fn time_left_includes_a_pause_and_the_waits_for_retries() {
        let pace = Pace { held: Duration::from_secs(3000), ..Pace::unused(RATE) };
        let ahead = Ahead {
            work: Workload::of_requests(11),
            pace,
            retry: Duration::from_secs(30),
            ..Ahead::default()
        };
        assert_eq!(ahead.time(), Some(Duration::from_secs(3060)));
        assert_eq!(
            Ahead { work: Workload::default(), pace: Pace::unused(RATE), ..ahead.clone() }.time(),
            Some(Duration::from_secs(30))
        );
        let unlimited = Ahead {
            pace: Pace { held: Duration::from_secs(9), ..Pace::default() },
            so_far: (Duration::from_secs(1), 100),
            ..ahead
        };
        assert_eq!(
            unlimited.time(),
            Some(Duration::from_secs(30)),
            "the retry waits longer than the pause lasts"
        );
    }

    #[test]
    fn time_left_without_a_limit_follows_the_speed_so_far() {
        let ahead = Ahead {
            work: Workload::of_requests(50),
            so_far: (Duration::from_secs(20), 100),
            ..Ahead::default()
        };
        assert_eq!(ahead.time(), Some(Duration::from_secs(10)));
        assert_eq!(Ahead { so_far: (Duration::from_secs(20), 0), ..ahead.clone() }.time(), None);
        assert_eq!(Ahead { work: Workload::default(), ..ahead }.time(), Some(Duration::ZERO));
    }

    #[test]
    fn nothing_ahead_takes_no_time_even_during_a_pause() {
        let pace = Pace { held: Duration::from_secs(5), ..Pace::default() };
        let ahead = Ahead { pace, so_far: (Duration::from_secs(9), 3), ..Ahead::default() };
        assert_eq!(ahead.time(), Some(Duration::ZERO));
    }
}
