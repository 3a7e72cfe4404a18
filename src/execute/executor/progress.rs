//! The progress of a run, and the time left.

use super::Executor;
use super::waits::time_until;
use crate::clock;
use crate::execute::reporter::{RemainingRows, Reporter, RunProgress, TICK};
use crate::plan::{Ahead, Workload};
use crate::umapi::{CallClass, ClientStats, Wait, WaitReason};
use std::collections::HashSet;
use std::time::Duration;

impl<W: Reporter> Executor<'_, W> {
    /// Records a pause that the server asks for.
    pub(super) fn note_pause(&mut self, progress: &RunProgress) {
        if let Some(Wait { until, why: WaitReason::ServerPause { why } }) = &progress.stats.waiting
        {
            self.journal.note_pause(*until, why, TICK);
        }
    }

    /// Records a pause that stops this run: a process that continues the run waits for its rest.
    pub(super) fn note_pause_until_the_next_start(&mut self, wait: Duration, why: &str) {
        if let Some(until) = clock::system_now().checked_add(wait) {
            self.journal.record_pause(until, why);
        }
    }

    /// Returns how far the run is.
    pub(super) fn progress(&self) -> RunProgress {
        let traffic = self.client.stats();
        let counts = self.counts.of_this_part(&self.outcomes);
        let ahead = self.work_ahead(&traffic);
        let waiting = self.journal.waiting();
        let waiting = waiting.or_else(|| self.waits.first(traffic.waiting.clone(), &self.tasks));
        // Nothing ends before the wait does. A pause of reads only delays work that needs reads,
        // and is part of their limit.
        let wait = waiting
            .as_ref()
            .filter(|wait| !matches!(wait.why, WaitReason::ReadPause { .. }))
            .map(|wait| time_until(wait.until));
        let left = ahead.time().map(|time| time.max(wait.unwrap_or_default()));
        RunProgress {
            rows: self.counts.rows(),
            counts,
            most_frequent_failure: self.outcomes.most_frequent_failure(),
            requests_sent: self.requests_sent(),
            requests_left: ahead.work.requests(),
            questions_left: ahead.work.questions(),
            left: left.filter(|_| self.counts.judged(&self.outcomes) < self.counts.rows()),
            waiting,
            stopping: self.stop.clone().map(|why| (why, traffic.actions_in_flight)),
            stats: traffic,
            elapsed: self.began.elapsed(),
        }
    }

    /// Returns the number of requests sent in the whole run, including every retry.
    fn requests_sent(&self) -> u64 {
        self.counts.requests_sent(self.client.stats().action_requests)
    }

    /// Returns the remaining work, as far as it determines the remaining time.
    fn work_ahead(&self, traffic: &ClientStats) -> Ahead {
        Ahead {
            work: self.workload(traffic),
            pace: self.client.pace(CallClass::Action),
            reads: self.client.pace(CallClass::Users),
            retry: self.waits.longest(&self.tasks),
            so_far: (self.began.elapsed(), self.counts.answered()),
        }
    }

    /// Returns the probes and requests that are not sent yet.
    fn workload(&self, traffic: &ClientStats) -> Workload {
        // Probes for results wait for the limit like all reads.
        let probes = self.tasks.probes_of_effects() as u64;
        let requests = self.counts.requests_left(&self.outcomes);
        let work = if self.policy.verify_deletes {
            let is_left =
                |row| self.plan.footprint(row).is_sent() && !self.outcomes.is_completed(row);
            Workload::of_rest(self.plan, is_left, |row| !self.users.is_presence_known(row))
                .in_requests(requests)
        } else {
            Workload::of_requests(requests)
        };
        work.behind(probes).without(traffic.actions_in_flight, traffic.reads_in_flight)
    }

    /// Returns the number of rows without an outcome.
    pub(super) fn rows_left(&self) -> u64 {
        self.counts.rows_left(&self.outcomes)
    }

    /// Returns what is left for the next start of the same command.
    pub(super) fn left(&self) -> RemainingRows {
        let rows = self.rows_left();
        let open = |row: &u32| !self.outcomes.is_completed(*row);
        let uncertain: HashSet<u32> =
            self.requests.rows().chain(self.uncertain_rows.rows()).filter(open).collect();
        let retry = self.waits.time_of_late_effects();
        let ahead = Ahead { retry, ..self.work_ahead(&ClientStats::default()) };
        RemainingRows { rows, uncertain: uncertain.len() as u64, ahead: Box::new(ahead) }
    }

    /// Records how many requests were sent.
    pub(super) fn note_sent(&mut self) {
        let sent = self.requests_sent();
        self.journal.note_sent(sent);
    }
}
