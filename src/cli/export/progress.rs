//! The progress of an export, in words.

use crate::cli::args::shared::ProgressArg;
use crate::cli::screen::{Screen, TimeLeft, View, Waiting};
use crate::cli::verbosity::Verbosity;
use crate::export::{ExportCounts, ListDisplay};
use crate::number::{count, count_thousands};
use crate::plan::{Ahead, Workload};
use crate::umapi::{ClientStats, Pace};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

/// Shows the progress of an export.
pub(crate) struct ListBar {
    screen: Screen,
    noun: &'static str,
    began: Instant,
    last: Option<View>,
}

impl ListBar {
    /// Creates the display. `noun` says what it lists.
    pub(crate) fn new(wanted: ProgressArg, verbosity: Verbosity, noun: &'static str) -> Self {
        Self { screen: Screen::new(wanted, verbosity), noun, began: Instant::now(), last: None }
    }
}

impl ListDisplay for ListBar {
    fn show(&mut self, seen: &ExportCounts, traffic: &ClientStats, pace: Pace) {
        let responses =
            std::mem::take(&mut *seen.responses.lock().unwrap_or_else(PoisonError::into_inner));
        responses.iter().for_each(|words| self.screen.say(words));
        let view = view(seen, traffic, pace, self.noun, self.began.elapsed(), SystemTime::now());
        self.screen.show(&view);
        self.last = Some(view);
    }

    fn finish(&self) {
        self.screen.finish(self.last.as_ref());
    }
}

/// Shows pages, users, requests, the time left, and the reason of a wait.
fn view(
    seen: &ExportCounts,
    traffic: &ClientStats,
    pace: Pace,
    noun: &'static str,
    elapsed: Duration,
    now: SystemTime,
) -> View {
    let (pages, of) =
        (u64::from(seen.pages.load(Ordering::Relaxed)), u64::from(seen.of.load(Ordering::Relaxed)));
    let work = vec![format!("{} sent", count(traffic.read_requests, "request"))];
    let mut time_left = None;
    let requests = of.saturating_sub(pages).saturating_sub(traffic.reads_in_flight);
    if of > pages {
        // An export does one thing after another, so every wait delays its end.
        let retry = traffic
            .waiting
            .as_ref()
            .and_then(|wait| wait.until.duration_since(now).ok())
            .unwrap_or_default();
        let work = Workload::of_requests(requests);
        let left = Ahead { work, pace, retry, so_far: (elapsed, pages), ..Ahead::default() }.time();
        time_left = left.map(|left| TimeLeft::new(left, now));
    }
    View {
        done: pages,
        of: Some(of).filter(|of| *of > 0),
        noun: "page",
        outcomes: vec![count_thousands(
            seen.written.load(Ordering::Relaxed),
            noun.trim_end_matches('s'),
        )],
        work,
        left: time_left,
        wrong: Vec::new(),
        waiting: traffic.waiting.as_ref().map(|wait| Waiting::new(wait, now)),
        elapsed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::{Rate, Wait, WaitReason};

    /// An export once showed `1.0 s left` beside a longer wait.
    #[test]
    fn time_left_is_no_shorter_than_the_wait_beside_it() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let seen = ExportCounts::default();
        seen.pages.store(9, Ordering::Relaxed);
        seen.of.store(10, Ordering::Relaxed);
        let until = now + Duration::from_secs(53);
        for why in [
            WaitReason::Quota,
            WaitReason::Retry { cause: "HTTP 503".to_owned() },
            WaitReason::Token { cause: "HTTP 503".to_owned() },
        ] {
            for rate in [None, Some(Rate { requests: 25, window: Duration::from_secs(60) })] {
                let traffic = ClientStats {
                    waiting: Some(Wait { until, why: why.clone() }),
                    ..ClientStats::default()
                };
                let view =
                    view(&seen, &traffic, Pace::unused(rate), "users", Duration::from_secs(9), now);
                assert!(
                    view.left
                        .as_ref()
                        .is_some_and(|left| left.words().starts_with("about 53 s left")),
                    "{why:?} {rate:?} {:?}",
                    view.left
                );
            }
        }
    }
}
