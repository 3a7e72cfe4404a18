//! What a plan costs, and how long the rest of it takes.

use super::Plan;
use super::workload::Workload;
use crate::umapi::wire::MAX_COMMANDS;
use crate::umapi::{Pace, Rate};
use std::time::Duration;

/// Commands, requests and time, if all goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Commands to send.
    pub commands: u64,
    /// Requests that carry them.
    pub requests: u64,
}

impl Estimate {
    /// Full requests, unless one user has more commands than there would be requests, or groups are
    /// deleted (one a request).
    pub fn of(plan: &Plan) -> Self {
        let deletions =
            (0..plan.rows()).filter(|row| plan.footprint(*row).deletes_group()).count() as u64;
        Self::new(plan.commands(), plan.longest_chain(), deletions)
    }

    /// The same of the rows that are left.
    pub fn of_rest(plan: &Plan, is_left: impl Fn(u32) -> bool) -> Self {
        let deletions = (0..plan.rows())
            .filter(|row| plan.footprint(*row).deletes_group() && is_left(*row))
            .count() as u64;
        let (commands, longest_chain) = plan.commands_left(is_left);
        Self::new(commands, longest_chain, deletions)
    }

    fn new(commands: u64, longest_chain: u64, deletions: u64) -> Self {
        Self {
            commands,
            requests: commands.div_ceil(MAX_COMMANDS as u64).max(longest_chain).max(deletions),
        }
    }

    /// How long they take when `limit` requests may be sent in each `window`: the first ones go at
    /// once.
    pub fn duration(&self, limit: u32, window: Duration) -> Duration {
        Pace::unused(Some(Rate { requests: limit, window }))
            .time_for(self.requests)
            .unwrap_or_default()
    }

    /// Returns the requests that have not left yet, when so many rows of `rows` are left and so
    /// many requests are in flight. Requests for rows that are sent again count: their rows are
    /// left.
    pub fn requests_left(&self, rows: u64, rows_left: u64, in_flight: u64) -> u64 {
        let product = u128::from(self.requests) * u128::from(rows_left);
        let needed = product.div_ceil(u128::from(rows.max(1)));
        u64::try_from(needed).unwrap_or(u64::MAX).saturating_sub(in_flight)
    }
}

/// What is still to come, as far as it decides how long it takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ahead {
    /// Questions and requests that have not left yet.
    pub work: Workload,
    /// The limit of the requests as it stands.
    pub pace: Pace,
    /// The limit of the questions as it stands.
    pub reads: Pace,
    /// The time until the last request that waits for a retry is sent again.
    pub retry: Duration,
    /// How long so many answers have taken so far: without a limit, the rest goes at that speed.
    pub so_far: (Duration, u64),
}

impl Ahead {
    /// Returns the time left, waits included. `None` while nothing is known: without a limit,
    /// before the first answer.
    pub fn time(&self) -> Option<Duration> {
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

    const RATE: Option<Rate> = Some(Rate { requests: 10, window: Duration::from_secs(60) });
    const ESTIMATE: Estimate = Estimate { commands: 1000, requests: 100 };

    #[test]
    fn time_left_includes_the_wait_for_the_window() {
        // Eleven requests were planned, ten have left just now: the last one goes in a minute, not
        // in a second.
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
    fn requests_left_follow_the_rows_left_and_not_the_answers() {
        assert_eq!(ESTIMATE.requests_left(1000, 1000, 0), 100);
        assert_eq!(
            ESTIMATE.requests_left(1000, 991, 0),
            100,
            "nine rows less are no full request less"
        );
        assert_eq!(ESTIMATE.requests_left(1000, 500, 4), 46);
        assert_eq!(ESTIMATE.requests_left(1000, 5, 1), 0);
        assert_eq!(ESTIMATE.requests_left(0, 0, 0), 0);
    }
}
