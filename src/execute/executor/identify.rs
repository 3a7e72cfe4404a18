//! Asks which user a rename is about before it is sent. If there is no response, the user's id
//! shows whether the rename was carried out.

use super::Executor;
use super::tasks::TaskKind;
use super::wait_log::RowWait;
use crate::execute::completion::{Completion, MOST_QUESTIONS};
use crate::execute::identity::{is_somebody, told_identity};
use crate::execute::probe::Probe;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::umapi::{ApiError, CallClass, Pace};
use std::time::Duration;

/// The longest additional wait of a rename. The identity is needed only if the rename gets no
/// response.
const PATIENCE: Duration = Duration::from_secs(60);

impl<W: Reporter> Executor<'_, W> {
    /// Finds out which user the command is about. Returns the command if the user is known, or if
    /// there is no time for the probe.
    pub(super) fn identify(&mut self, mut prepared: Box<ReadyCommand>) -> Option<ReadyCommand> {
        prepared.item.identified = true;
        if let Probe::Renamed { user, domain, .. } = &prepared.probe
            && let Some(list) = self.list_of(&prepared.item, &[(user, domain.as_deref())])
            && let Some(identity) = told_identity(list, user, domain.as_deref())
        {
            prepared.item.identity = Some(identity);
        }
        if is_somebody(&prepared.item) || self.policy.test_mode {
            return Some(*prepared);
        }
        let (actions, reads) =
            (self.client.pace(CallClass::Action), self.client.pace(CallClass::Users));
        let Some(wait) = longest_wait(&actions, &reads, self.tasks.probes()) else {
            return Some(*prepared);
        };
        self.wait_log.waits(&prepared.item, RowWait::Identity, None);
        let client = self.client.clone();
        self.tasks.start(TaskKind::EarlyProbe, async move {
            let find = async {
                let mut found = prepared.probe.find(&client).await;
                for _ in 1..MOST_QUESTIONS {
                    match found {
                        // After a response that cannot be understood, the next one often can.
                        Err(ApiError::Credentials(_)) | Ok(_) => break,
                        Err(_) => found = prepared.probe.find(&client).await,
                    }
                }
                found
            };
            let found = tokio::time::timeout(wait, find).await;
            let statement =
                found.unwrap_or_else(|_| Err(ApiError::NoAnswer("no answer in time".to_owned())));
            Completion::Identified { prepared, user_statements: statement }
        });
        None
    }
}

/// Returns the longest time for the response; `None` if the probe itself would have to wait, for
/// the limit of reads or for a pause of reads that does not apply to the rename.
fn longest_wait(actions: &Pace, reads: &Pace, asked: usize) -> Option<Duration> {
    let has_room = reads.rate.is_none_or(|rate| reads.used.len() + asked < rate.requests as usize);
    let is_soon = reads.held <= actions.held + PATIENCE;
    (has_room && is_soon).then(|| reads.held + PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::Rate;

    fn held(seconds: u64) -> Pace {
        Pace { held: Duration::from_secs(seconds), ..Pace::default() }
    }

    fn seconds(actions: &Pace, reads: &Pace, asked: usize) -> Option<u64> {
        longest_wait(actions, reads, asked).map(|wait| wait.as_secs())
    }

    #[test]
    fn pause_that_the_rename_keeps_too_is_no_reason_not_to_ask() {
        assert_eq!(seconds(&held(0), &held(0), 0), Some(60));
        assert_eq!(seconds(&held(600), &held(600), 0), Some(660));
        assert_eq!(seconds(&held(600), &held(0), 0), Some(60));
    }

    #[test]
    fn pause_of_reads_alone_is_waited_for_when_it_is_short() {
        assert_eq!(seconds(&held(0), &held(30), 0), Some(90));
        assert_eq!(seconds(&held(0), &held(61), 0), None);
    }

    #[test]
    fn quota_of_reads_is_not_waited_for() {
        let rate = Some(Rate { requests: 25, window: Duration::from_secs(60) });
        let reads = Pace { rate, used: vec![Duration::from_secs(30); 20], ..Pace::default() };
        assert_eq!(seconds(&held(0), &reads, 4), Some(60));
        assert_eq!(seconds(&held(0), &reads, 5), None);
    }
}
