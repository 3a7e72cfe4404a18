//! The waits that a run reports: a retry of a request without a response, or a late effect.

use super::tasks::Tasks;
use crate::clock;
use crate::umapi::{Wait, WaitReason};
use std::time::{Duration, SystemTime};

/// The waits of a run.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// The request that is to be sent again next, and what came in place of a response.
    retry: Option<Wait>,
    /// The time until which rows wait for the last late effect.
    late: Option<SystemTime>,
}

/// Returns the time until then; zero if it has passed.
pub(super) fn time_until(at: SystemTime) -> Duration {
    at.duration_since(clock::system_now()).unwrap_or_default()
}

impl Waits {
    /// Records that a request without a response is sent again now, unless the retry [is
    /// delayed](Self::delay_retry).
    pub(super) fn begin_retry(&mut self, cause: &str) {
        let why = WaitReason::Retry { cause: cause.to_owned() };
        self.retry = Some(Wait { until: clock::system_now(), why });
    }

    /// Delays the retry by this time.
    pub(super) fn delay_retry(&mut self, wait: Duration) {
        self.retry.iter_mut().for_each(|retry| retry.until = clock::system_now() + wait);
    }

    /// Records that the server responds again. A retry that is not due yet keeps its wait.
    pub(super) fn end_retry(&mut self) {
        self.retry.take_if(|retry| retry.until <= clock::system_now());
    }

    /// Records that rows wait until no late effect of an earlier request can affect them.
    pub(super) fn wait_for_late_effect(&mut self, wait: Duration) {
        self.late = self.late.max(Some(clock::system_now() + wait));
    }

    /// Returns the wait for late effects, if rows wait for one.
    fn late_effect(&self, tasks: &Tasks) -> Option<Wait> {
        let until = self.late.filter(|until| tasks.hold_rows() && *until > clock::system_now())?;
        Some(Wait { until, why: WaitReason::LateEffect })
    }

    /// Returns the time until the last late effect that rows have waited for.
    pub(super) fn time_of_late_effects(&self) -> Duration {
        self.late.map_or(Duration::ZERO, time_until)
    }

    /// Returns the time until the last of these waits is over.
    pub(super) fn longest(&self, tasks: &Tasks) -> Duration {
        let late = self.late_effect(tasks).map(|wait| wait.until);
        let retry = self.retry.iter().map(|retry| retry.until);
        retry.chain(late).map(time_until).max().unwrap_or_default()
    }

    /// Returns what the run waits for. `client` is what the client waits for: a pause for all
    /// calls, a missing token or a silent store comes first, then a retry, then the limit.
    pub(super) fn first(&self, client: Option<Wait>, tasks: &Tasks) -> Option<Wait> {
        use WaitReason::{Quota, ServerPause, SharedStore, Token};
        let late = self.late_effect(tasks);
        match (self.retry.clone(), client) {
            (
                _,
                Some(
                    wait @ Wait {
                        why: ServerPause { .. } | Token { .. } | SharedStore { .. }, ..
                    },
                ),
            ) => Some(wait),
            // The retry is due, and waits for the limit.
            (Some(retry), Some(Wait { until, why: Quota })) => {
                Some(Wait { until: retry.until.max(until), ..retry })
            }
            (Some(retry), client) if retry.until > clock::system_now() || late.is_none() => {
                Some(retry).or(client)
            }
            (_, client) => late.or(client),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::completion::Completion;
    use crate::execute::executor::tasks::TaskKind;

    fn reason(waits: &Waits, client: Option<WaitReason>, tasks: &Tasks) -> Option<WaitReason> {
        let client = client.map(|why| Wait { until: clock::system_now(), why });
        waits.first(client, tasks).map(|wait| wait.why)
    }

    #[tokio::test]
    async fn pause_comes_before_repeat_late_effect_and_limit() {
        let (mut waits, mut tasks) = (Waits::default(), Tasks::default());
        let pause = || WaitReason::ServerPause { why: "HTTP 429".into() };
        assert_eq!(reason(&waits, Some(WaitReason::Quota), &tasks), Some(WaitReason::Quota));
        waits.wait_for_late_effect(Duration::from_secs(60));
        assert_eq!(reason(&waits, None, &tasks), None, "no row waits for it");
        assert!(waits.time_of_late_effects() > Duration::from_secs(50));
        tasks.start(TaskKind::Delay, std::future::pending::<Completion>());
        assert_eq!(reason(&waits, Some(WaitReason::Quota), &tasks), Some(WaitReason::LateEffect));
        waits.begin_retry("HTTP 504");
        waits.delay_retry(Duration::from_secs(90));
        let repeat = WaitReason::Retry { cause: "HTTP 504".into() };
        assert_eq!(reason(&waits, Some(WaitReason::Quota), &tasks), Some(repeat.clone()));
        assert_eq!(reason(&waits, Some(pause()), &tasks), Some(pause()));
        assert!(waits.longest(&tasks) > Duration::from_secs(80));
        waits.end_retry();
        assert_eq!(reason(&waits, None, &tasks), Some(repeat), "it is not due yet");
        waits.delay_retry(Duration::ZERO);
        waits.end_retry();
        assert_eq!(reason(&waits, None, &tasks), Some(WaitReason::LateEffect));
    }
}
