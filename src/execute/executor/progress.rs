//! The progress of a run, the reason of a wait, and the time left.

use super::{Executor, TICK};
use crate::clock;
use crate::execute::outcomes::OutcomeStatus;
use crate::execute::reporter::{RemainingRows, Reporter, RunProgress};
use crate::plan::{Ahead, Workload};
use crate::umapi::{CallClass, ClientStats, Wait, WaitReason};
use jiff::Timestamp;
use std::collections::HashSet;
use std::time::{Duration, SystemTime};

fn time_until(at: SystemTime) -> Duration {
    at.duration_since(clock::system_now()).unwrap_or_default()
}

impl<W: Reporter> Executor<'_, W> {
    /// Records a pause that the server asks for, for a process that continues this run.
    pub(super) fn note_pause(&mut self, snapshot: &RunProgress) {
        let Some(Wait { until, why: WaitReason::ServerPause { why } }) = &snapshot.stats.waiting
        else {
            return;
        };
        let news = self
            .pause
            .is_none_or(|known| until.duration_since(known).is_ok_and(|later| later > TICK));
        if let Ok(at) = Timestamp::try_from(*until)
            && news
        {
            self.pause = Some(*until);
            let why = why.clone();
            self.write(move |journal| journal.paused(at, &why));
        }
    }

    /// Records a pause that stops this run: a process that continues it keeps the rest.
    pub(in crate::execute) fn note_pause_until_the_next_start(
        &mut self,
        wait: Duration,
        why: &str,
    ) {
        let until = clock::system_now().checked_add(wait).map(Timestamp::try_from);
        if let Some(Ok(until)) = until {
            let why = why.to_owned();
            self.write(move |journal| journal.paused(until, &why));
        }
    }

    pub(super) fn progress(&self) -> RunProgress {
        let traffic = self.client.stats();
        let counts = OutcomeStatus::ALL
            .map(|status| self.outcomes.count(status) - self.counts_before[status as usize]);
        let ahead = self.work_ahead(&traffic);
        let waiting = self.waiting(&traffic);
        // Nothing ends before the wait does. A pause of reads delays what needs reads, and is part
        // of their limit.
        let wait = waiting
            .as_ref()
            .filter(|wait| !matches!(wait.why, WaitReason::ReadPause { .. }))
            .map(|wait| time_until(wait.until));
        let left = ahead.time().map(|time| time.max(wait.unwrap_or_default()));
        RunProgress {
            rows: self.rows,
            counts,
            most_frequent_failure: self.outcomes.most_frequent_failure(),
            requests_sent: self.requests_sent(),
            requests_left: ahead.work.requests(),
            questions_left: ahead.work.questions(),
            left: left.filter(|_| counts.iter().sum::<u64>() < self.rows),
            waiting,
            stopping: self.stop.clone().map(|why| (why, traffic.actions_in_flight)),
            stats: traffic,
            elapsed: self.began.elapsed(),
        }
    }

    /// Requests sent in the whole run, including every repeat.
    fn requests_sent(&self) -> u64 {
        self.sent_before + self.client.stats().action_requests - self.client_sent_before
    }

    /// What is left to do, as far as it decides the time.
    fn work_ahead(&self, traffic: &ClientStats) -> Ahead {
        let late = self.late_wait().map(|wait| wait.until);
        let retry = self
            .retry
            .iter()
            .map(|retry| retry.until)
            .chain(late)
            .map(time_until)
            .max()
            .unwrap_or_default();
        Ahead {
            work: self.workload(traffic),
            pace: self.client.pace(CallClass::Action),
            reads: self.client.pace(CallClass::Users),
            retry,
            so_far: (self.began.elapsed(), self.answered),
        }
    }

    /// The questions and requests that are not sent yet.
    fn workload(&self, traffic: &ClientStats) -> Workload {
        // Probes of commands wait for their turn like other questions.
        let probes = (self.probes - self.probes_first) as u64;
        let requests = self.estimate.requests_left(self.rows, self.rows_left(), 0);
        let work = if self.policy.verify_deletes {
            let is_left =
                |row| self.plan.footprint(row).is_sent() && !self.outcomes.is_completed(row);
            Workload::of_rest(self.plan, is_left, |row| !self.presence_known.contains(&row))
                .in_requests(requests)
        } else {
            Workload::of_requests(requests)
        };
        work.behind(probes).without(traffic.actions_in_flight, traffic.reads_in_flight)
    }

    pub(in crate::execute) fn rows_left(&self) -> u64 {
        let done: u64 = OutcomeStatus::ALL
            .iter()
            .map(|status| self.outcomes.count(*status) - self.counts_before[*status as usize])
            .sum();
        self.rows.saturating_sub(done)
    }

    /// What the same command would continue with.
    pub(super) fn left(&self) -> RemainingRows {
        let rows = self.rows_left();
        let open = |row: &u32| !self.outcomes.is_completed(*row);
        let in_flight =
            self.in_flight.values().flat_map(|flight| flight.rows.iter().map(|(row, _)| *row));
        let uncertain: HashSet<u32> =
            in_flight.chain(self.uncertain_rows.keys().copied()).filter(open).collect();
        let retry = self.late_wait.map_or(Duration::ZERO, time_until);
        let ahead = Ahead { retry, ..self.work_ahead(&ClientStats::default()) };
        RemainingRows { rows, uncertain: uncertain.len() as u64, ahead: Box::new(ahead) }
    }

    /// A pause for all calls or a missing token comes first, then a repeat, then the limit.
    fn waiting(&self, traffic: &ClientStats) -> Option<Wait> {
        let other = traffic.waiting.clone();
        match (self.retry.clone(), other) {
            (
                _,
                Some(
                    wait @ Wait {
                        why: WaitReason::ServerPause { .. } | WaitReason::Token { .. },
                        ..
                    },
                ),
            ) => Some(wait),
            // The repeat is due, and waits for the limit.
            (Some(retry), Some(Wait { until, why: WaitReason::Quota })) => {
                Some(Wait { until: retry.until.max(until), ..retry })
            }
            (Some(retry), other)
                if retry.until > clock::system_now() || self.late_wait().is_none() =>
            {
                Some(retry).or(other)
            }
            (_, other) => self.late_wait().or(other),
        }
    }

    /// A request without a response is sent again now, unless the repeat [is
    /// delayed](Self::delay_retry).
    pub(in crate::execute) fn begin_retry(&mut self, cause: &str) {
        let why = WaitReason::Retry { cause: cause.to_owned() };
        self.retry = Some(Wait { until: clock::system_now(), why });
    }

    /// Rows wait until no late effect of an earlier request can affect them.
    pub(in crate::execute) fn wait_for_late_effect(&mut self, wait: Duration) {
        self.late_wait = self.late_wait.max(Some(clock::system_now() + wait));
    }

    fn late_wait(&self) -> Option<Wait> {
        let waits = self.probes + self.repeats + self.held > 0;
        let until = self.late_wait.filter(|until| waits && *until > clock::system_now())?;
        Some(Wait { until, why: WaitReason::LateEffect })
    }

    pub(in crate::execute) fn delay_retry(&mut self, wait: Duration) {
        self.retry.iter_mut().for_each(|retry| retry.until = clock::system_now() + wait);
    }

    /// The server responds again. A wait for a repeat that is not due stays.
    pub(in crate::execute) fn end_retry(&mut self) {
        self.retry.take_if(|retry| retry.until <= clock::system_now());
    }

    /// Records how many requests were sent, for `status` and for a process that continues this run.
    pub(super) fn note_sent(&mut self) {
        let sent = self.requests_sent();
        if sent != self.sent_noted {
            self.sent_noted = sent;
            self.write(move |journal| journal.sent(sent));
        }
    }
}
