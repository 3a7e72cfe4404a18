//! The progress without a terminal: lines from time to time.

use super::bar::counted;
use super::view::View;
use super::waiting::{SHORT, TimeLeft};
use std::time::{Duration, SystemTime};

/// The lines if there is no terminal: the progress from time to time, and each problem when it
/// begins.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// When the last line was written, in elapsed time.
    last: Duration,
    /// The last problem that was reported, and when.
    named: Option<(String, Duration)>,
}

impl Plain {
    /// The time between two lines: at first, and after the first minute.
    const EVERY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
    /// The least time between two reports of problems.
    const NAMED_EVERY: Duration = Duration::from_secs(60);

    /// Returns the lines to print now: a problem that is due for a report, and the progress every
    /// 5 seconds, or every minute after the first one.
    pub(super) fn lines(&mut self, view: &View, now: SystemTime) -> Vec<String> {
        let mut lines: Vec<String> = self.trouble(view, now).into_iter().collect();
        let every = if view.elapsed < Self::EVERY.1 { Self::EVERY.0 } else { Self::EVERY.1 };
        if view.elapsed >= self.last + every {
            self.last = view.elapsed;
            let waiting = view.waiting.iter().map(|waiting| waiting.words.clone());
            let left = view.left.iter().map(TimeLeft::words);
            let parts: Vec<String> = view.work.iter().cloned().chain(left).chain(waiting).collect();
            let counts = counted(view);
            let counts = match view.outcomes.is_empty() {
                true => counts,
                false => format!("{counts}: {}", view.outcomes.join(", ")),
            };
            lines.push(format!("{counts}; {}", parts.join(", ")));
        }
        lines
    }

    /// Returns a problem that has just begun, or that was not reported while another one was.
    pub(super) fn trouble(&mut self, view: &View, now: SystemTime) -> Option<String> {
        let Some((waiting, trouble)) =
            view.waiting.as_ref().and_then(|waiting| Some((waiting, waiting.trouble.as_ref()?)))
        else {
            // The same problem counts as a new one when it comes back.
            self.named.iter_mut().for_each(|(known, _)| known.clear());
            return None;
        };
        let lasts = waiting.until.duration_since(now).is_ok_and(|left| left >= SHORT);
        let is_due = match &self.named {
            None => true,
            Some((known, at)) => known != trouble && view.elapsed >= *at + Self::NAMED_EVERY,
        };
        (lasts && is_due).then(|| {
            self.named = Some((trouble.clone(), view.elapsed));
            waiting.words.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::screen::examples::{now, view, wait};
    use crate::umapi::WaitReason;

    /// Returns the lines without a terminal while a problem lasts, each with its second.
    fn written(
        seconds: impl Iterator<Item = u64>,
        trouble: impl Fn(u64) -> Option<WaitReason>,
    ) -> Vec<(u64, String)> {
        let mut plain = Plain::default();
        let lines = |second: u64| {
            let waiting = trouble(second).map(|why| wait(why, 2));
            let view = View { waiting, elapsed: Duration::from_secs(second), ..view() };
            plain
                .lines(&view, now())
                .into_iter()
                .map(move |line| (second, line))
                .collect::<Vec<_>>()
        };
        seconds.flat_map(lines).collect()
    }

    #[test]
    fn changed_trouble_is_one_line_a_minute_without_a_terminal() {
        let cause = |second| match second {
            1..=100 => Some("HTTP 504"),
            101..=103 => Some("HTTP 503"),
            104..=200 => None,
            201..=260 => Some("HTTP 503"),
            _ => None,
        };
        let lines = written(0..300, |second| {
            cause(second).map(|cause| WaitReason::Retry { cause: cause.to_owned() })
        });
        let troubles: Vec<(u64, bool)> = lines
            .iter()
            .filter(|(_, line)| line.starts_with("the server"))
            .map(|(second, line)| (*second, line.contains("503")))
            .collect();
        assert_eq!(troubles, [(1, false), (101, true), (201, true)]);
        let flapping = written(0..120, |second| {
            (second % 2 == 0)
                .then(|| WaitReason::Retry { cause: format!("HTTP {}", 500 + second % 4) })
        });
        let troubles: Vec<u64> = flapping
            .iter()
            .filter(|(_, line)| line.starts_with("the server"))
            .map(|(second, _)| *second)
            .collect();
        assert_eq!(troubles, [0, 60]);
    }

    #[test]
    fn progress_lines_become_rarer_without_a_terminal() {
        let lines = written(0..300, |_| None);
        let seconds: Vec<u64> = lines.iter().map(|(second, _)| *second).collect();
        assert_eq!(seconds, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 115, 175, 235, 295]);
        assert!(
            lines[0].1.starts_with("1,200 of 10,000 rows: 1,180 ok, 20 failed (14 error"),
            "{}",
            lines[0].1
        );
        let end = view().left.unwrap().words();
        assert!(lines[0].1.ends_with(&end), "{}", lines[0].1);
    }
}
