//! Why a display waits, in words, and when something ends.

use crate::clock::local_time;
use crate::number::{about, count, minutes};
use crate::umapi::{Wait, WaitReason};
use crate::visible::visible;
use std::time::{Duration, SystemTime};

/// A wait that is shorter than this is not a problem.
pub(super) const SHORT: Duration = Duration::from_millis(200);

/// A wait, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The problem, which stays the same as long as the reason does; `None` if there is no problem.
    pub(super) trouble: Option<String>,
    /// The whole story, for lines that stay.
    pub(super) words: String,
    /// When rows are sent again, and why not before: for a display that changes every second.
    pub(super) next: String,
    /// The same in the fewest words, where there is no room for more.
    pub(super) short: String,
    pub(super) until: SystemTime,
}

impl Waiting {
    /// Describes a wait.
    #[expect(clippy::too_many_lines, reason = "one case for each kind of wait")]
    pub(crate) fn new(wait: &Wait, now: SystemTime) -> Self {
        let Wait { until, why } = wait;
        let left = until.duration_since(now).ok().filter(|left| *left >= Duration::from_secs(1));
        let at = clock(*until, now);
        let (trouble, words) = match why {
            WaitReason::Quota => {
                let when = left
                    .map_or_else(|| "now".to_owned(), |left| format!("in {}", whole_seconds(left)));
                let words = format!("the limit is used up: the next request is sent {when}");
                return Self {
                    trouble: None,
                    next: next_rows(left, ": the limit is used up"),
                    short: next_rows(left, " (limit)"),
                    words,
                    until: *until,
                };
            }
            WaitReason::ServerPause { why } => {
                let pause = format!("the server asks for a pause until {at} ({why})");
                let until_then =
                    left.map_or_else(String::new, |left| format!(", {} left", whole_seconds(left)));
                return Self {
                    trouble: Some(format!("pause until {at}")),
                    next: next_rows(left, &format!(": {pause}")),
                    short: next_rows(left, " (pause)"),
                    words: format!("{pause}{until_then}"),
                    until: *until,
                };
            }
            WaitReason::ReadPause { why } => {
                let left =
                    left.map_or_else(String::new, |left| format!(", {} left", whole_seconds(left)));
                let words = format!(
                    "the server asks for a pause of reads until {at} ({why}){left}; changes are \
                     not held up"
                );
                (Some(format!("pause of reads until {at}")), words)
            }
            WaitReason::Token { cause } => {
                let when = left
                    .map_or_else(|| "now".to_owned(), |left| format!("in {}", whole_seconds(left)));
                (Some(cause.clone()), format!("the token service {cause}; next try {when}"))
            }
            WaitReason::LateEffect => {
                let left =
                    left.map_or_else(String::new, |left| format!(", {} left", whole_seconds(left)));
                let words = format!(
                    "an earlier request may still be carried out: rows that could collide with it \
                     wait until {at}{left}"
                );
                (Some("late effect".to_owned()), words)
            }
            WaitReason::Retry { cause } => {
                let what = if cause.starts_with("HTTP ") {
                    format!("the server answers {cause}")
                } else {
                    cause.clone()
                };
                let when = if *until > now { format!("at {at}") } else { "now".to_owned() };
                let words = format!("{what}; sent again {when}");
                return Self {
                    trouble: Some(what),
                    next: words.clone(),
                    short: format!("{cause}; again {when}"),
                    words,
                    until: *until,
                };
            }
            WaitReason::SharedStore { cause } => {
                let what = "the shared store does not answer";
                let when = left
                    .map_or_else(|| "now".to_owned(), |left| format!("in {}", whole_seconds(left)));
                (Some(what.to_owned()), format!("{what} ({cause}); asked again {when}"))
            }
        };
        Self { trouble, next: words.clone(), short: words.clone(), words, until: *until }
    }
}

/// Returns when the next rows are sent, with the words for why not before: `next rows in 0:53: the
/// limit is used up`.
fn next_rows(left: Option<Duration>, why: &str) -> String {
    match left.map(|left| left.as_secs()).filter(|seconds| *seconds > 0) {
        None => "next rows now".to_owned(),
        Some(seconds @ 3600..) => {
            format!("next rows in {}{why}", running(Duration::from_secs(seconds)))
        }
        Some(seconds) => format!("next rows in {}:{:02}{why}", seconds / 60, seconds % 60),
    }
}

/// Returns the elapsed time such as `0:12:07`, which changes every second.
pub(super) fn running(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

impl Waiting {
    /// Returns the words without control characters, which a server may have sent.
    pub(super) fn visible(&self) -> Self {
        Self {
            words: visible(&self.words).into_owned(),
            next: visible(&self.next).into_owned(),
            short: visible(&self.short).into_owned(),
            ..self.clone()
        }
    }

    /// Describes a run that stops and waits for the responses to requests in flight.
    pub(crate) fn stopping(why: &str, answers: u64, now: SystemTime) -> Self {
        let words = format!(
            "stopping ({why}): waiting for {} in flight; press Ctrl-C again to stop at once",
            count(answers, "answer")
        );
        Self {
            trouble: Some("stopping".to_owned()),
            next: words.clone(),
            short: words.clone(),
            words,
            until: now + SHORT,
        }
    }
}

/// Returns the time of day, with the day unless it is certainly today.
fn clock(at: SystemTime, now: SystemTime) -> String {
    let is_far = at.duration_since(now).is_ok_and(|ahead| ahead > Duration::from_secs(72_000));
    local_time(at, if is_far { "%a %d %b %H:%M" } else { "%H:%M:%S" })
}

/// Returns a countdown that changes once a second: `8 s`, `12 min`.
fn whole_seconds(time: Duration) -> String {
    if time.as_secs() < 120 { format!("{} s", time.as_secs()) } else { minutes(time) }
}

/// The time until everything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeLeft {
    /// How long it takes: `about 9 min`.
    about: String,
    /// The time of day.
    at: String,
}

impl TimeLeft {
    /// Describes the time left.
    pub(crate) fn new(left: Duration, now: SystemTime) -> Self {
        Self { about: about(left), at: clock(now + left, now) }
    }

    /// Returns `about 9 min left, done by 14:05:10`.
    pub(crate) fn words(&self) -> String {
        format!("{} left, done by {}", self.about, self.at)
    }

    /// Returns `done by 14:05:10`.
    pub(super) fn end(&self) -> String {
        format!("done by {}", self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::screen::examples::{now, wait};

    #[test]
    fn troubles_are_named_while_they_last() {
        let words = |why, seconds| wait(why, seconds).words;
        let token = WaitReason::Token { cause: "answers HTTP 503".to_owned() };
        assert_eq!(words(token.clone(), 8), "the token service answers HTTP 503; next try in 8 s");
        assert_eq!(words(token, 0), "the token service answers HTTP 503; next try now");
        let time = local_time(now() + Duration::from_secs(50), "%H:%M:%S");
        let retry = |cause: &str| WaitReason::Retry { cause: cause.to_owned() };
        assert_eq!(
            words(retry("HTTP 504"), 50),
            format!("the server answers HTTP 504; sent again at {time}")
        );
        assert_eq!(
            words(retry("no connection (refused)"), 50),
            format!("no connection (refused); sent again at {time}")
        );
        let late = words(WaitReason::LateEffect, 50);
        assert_eq!(
            late,
            format!(
                "an earlier request may still be carried out: rows that could collide with it \
                 wait until {time}, 50 s left"
            )
        );
        let store = WaitReason::SharedStore { cause: "connection refused".to_owned() };
        assert_eq!(
            words(store, 2),
            "the shared store does not answer (connection refused); asked again in 2 s"
        );
        let pause = WaitReason::ServerPause { why: "HTTP 429".to_owned() };
        assert_eq!(
            words(pause, 50),
            format!("the server asks for a pause until {time} (HTTP 429), 50 s left")
        );
        assert_eq!(
            words(WaitReason::Quota, 50),
            "the limit is used up: the next request is sent in 50 s"
        );
    }

    #[test]
    fn next_rows_count_down_in_seconds() {
        let next = |seconds| wait(WaitReason::Quota, seconds).next;
        assert_eq!(next(53), "next rows in 0:53: the limit is used up");
        assert_eq!(next(605), "next rows in 10:05: the limit is used up");
        assert_eq!(next(7_205), "next rows in 2:00:05: the limit is used up");
        assert_eq!(next(0), "next rows now");
        let pause = wait(WaitReason::ServerPause { why: "HTTP 429".to_owned() }, 50).next;
        assert!(pause.starts_with("next rows in 0:50: the server asks for a pause"), "{pause}");
    }
}
