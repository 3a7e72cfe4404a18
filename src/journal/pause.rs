//! A pause that the server has asked for, which a process that resumes the run must keep.

use super::moment::{Moment, Running};
use crate::umapi::millis;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A pause that the server asked an earlier part of the run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecoveredPause {
    /// Its end, by the clock of that time.
    pub(crate) until: Timestamp,
    /// The reason, in words.
    pub(crate) why: String,
    pub(super) noted: Option<NotedPause>,
}

/// How long a pause still lasted when it was recorded, and when that was, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotedPause {
    length: i64,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
}

impl NotedPause {
    /// Creates a pause that is recorded now.
    pub(super) fn until(until: Timestamp) -> Self {
        Self::new(until, Moment::now())
    }

    fn new(until: Timestamp, now: Moment) -> Self {
        let (boot, since) = now.running.map(|Running { boot, since }| (boot, since)).unzip();
        Self { length: until.as_millisecond() - now.wall, at: now.wall, boot, since }
    }

    fn moment(&self) -> Moment {
        let running = self.boot.zip(self.since).map(|(boot, since)| Running { boot, since });
        Moment { wall: self.at, running }
    }
}

impl RecoveredPause {
    /// Begins the pause anew, because another computer has recorded it, whose clock this one does
    /// not know. That costs at most the length of the pause.
    pub(super) fn begin_anew(&mut self, now: Moment) {
        let Some(noted) = &mut self.noted else { return };
        let until = now.wall.saturating_add(noted.length.max(0));
        self.until = Timestamp::from_millisecond(until).unwrap_or(self.until);
        *noted = NotedPause::new(self.until, now);
    }

    /// Returns the rest of the pause; `None` if it is over. It is limited to `max_wait` only if the
    /// clock was set back meanwhile; otherwise it is kept to its end.
    pub(crate) fn rest(&self, max_wait: Duration) -> Option<Duration> {
        self.rest_at(Moment::now(), max_wait)
    }

    fn rest_at(&self, now: Moment, max_wait: Duration) -> Option<Duration> {
        let by_wall = self.until.as_millisecond().saturating_sub(now.wall);
        let most = millis(max_wait);
        let rest = match self.noted {
            // It is unknown when the server asked for it.
            None => by_wall.min(most),
            Some(noted) => {
                let is_set_back = by_wall > noted.length || now.wall < noted.at;
                let then = noted.moment();
                let rest = match (now.running, then.running) {
                    (Some(here), Some(there)) if here.boot == there.boot => {
                        noted.length.saturating_sub(now.since(then).max(0))
                    }
                    _ => by_wall.min(noted.length),
                };
                if is_set_back { rest.min(most) } else { rest }
            }
        };
        u64::try_from(rest).ok().filter(|rest| *rest > 0).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Moment =
        Moment { wall: 1_700_000_000_000, running: Some(Running { boot: 1, since: 5_000 }) };
    const TEN_MINUTES: i64 = 600_000;
    const DAY: i64 = 86_400_000;
    const MAX_WAIT: Duration = Duration::from_secs(7_200);

    /// Returns a pause of ten minutes.
    fn pause() -> RecoveredPause {
        let until = Timestamp::from_millisecond(BEGAN.wall + TEN_MINUTES).unwrap();
        RecoveredPause {
            until,
            why: "HTTP 429".to_owned(),
            noted: Some(NotedPause::new(until, BEGAN)),
        }
    }

    fn seconds(pause: &RecoveredPause, now: Moment, max_wait: u64) -> Option<u64> {
        pause.rest_at(now, Duration::from_secs(max_wait)).map(|rest| rest.as_secs())
    }

    fn without_a_running_clock(now: Moment) -> Moment {
        Moment { running: None, ..now }
    }

    #[test]
    fn pause_is_kept_to_its_end_whatever_is_allowed() {
        let later = BEGAN.plus(60_000);
        for now in [later, without_a_running_clock(later)] {
            assert_eq!(seconds(&pause(), now, 7_200), Some(540));
            assert_eq!(seconds(&pause(), now, 4), Some(540));
            assert_eq!(seconds(&pause(), now.plus(TEN_MINUTES), 7_200), None);
        }
    }

    #[test]
    fn pause_that_another_computer_has_noted_is_kept_from_now_on() {
        let elsewhere = |wall| Moment { wall, running: Some(Running { boot: 2, since: 9 }) };
        // Its clock is an hour ahead of that one, and an hour behind.
        for wall in [BEGAN.wall + 3_600_000, BEGAN.wall - 3_600_000] {
            let (mut pause, now) = (pause(), elsewhere(wall));
            pause.begin_anew(now);
            assert_eq!(seconds(&pause, now.plus(60_000), 7_200), Some(540));
            assert_eq!(seconds(&pause, now.plus(TEN_MINUTES), 7_200), None);
        }
    }

    #[test]
    fn pause_is_no_longer_than_allowed_where_the_clock_was_set_back() {
        let now = BEGAN.plus(60_000);
        let back = Moment { wall: now.wall - DAY, ..now };
        assert_eq!(seconds(&pause(), back, 7_200), Some(540), "the running clock tells");
        assert_eq!(seconds(&pause(), back, 4), Some(4));
        let restarted = without_a_running_clock(back);
        assert_eq!(seconds(&pause(), restarted, 7_200), Some(600), "as long as it was");
        assert_eq!(seconds(&pause(), restarted, 4), Some(4));
    }

    #[test]
    fn clock_set_forward_ends_no_pause_while_the_computer_runs() {
        let now = BEGAN.plus(60_000);
        assert_eq!(seconds(&pause(), Moment { wall: now.wall + DAY, ..now }, 4), Some(540));
    }

    #[test]
    fn end_that_lies_too_far_ahead_is_not_believed() {
        let mut pause = pause();
        pause.until = Timestamp::from_millisecond(BEGAN.wall + 30 * DAY).unwrap();
        assert_eq!(seconds(&pause, BEGAN.plus(60_000), 7_200), Some(540));
        assert_eq!(seconds(&pause, BEGAN.plus(60_000), 4), Some(4));
        pause.noted = None;
        assert_eq!(pause.rest_at(BEGAN, MAX_WAIT), Some(MAX_WAIT));
    }
}
