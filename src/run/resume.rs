//! The journal's side of a run: what is written down, and how a run goes on from there.

use super::engine::{Doubt, Landed, Run, Watcher};
use super::journal::{Departure, Journal, JournalError, Past, Progress};
use super::ledger::{Ledger, Outcome, Status};
use super::request::{Prepared, names_of_rows};
use crate::plan::Job;
use jiff::Timestamp;
use std::io;
use std::time::{Duration, SystemTime};

/// What was sent so long ago and is not to be seen has not been done. (A server goes on with a request whose sender is gone.)
const SEEN_AFTER: Duration = Duration::from_secs(5);
/// Waits between repeats that are as long as that, where they are short.
const WAITS: u32 = 10;

impl<W: Watcher> Run<'_, W> {
    /// Writes everything down in a journal from here on, and goes on where that run has stopped, which `began` then.
    #[must_use]
    pub fn with_journal(mut self, journal: Journal, past: Past, began: Timestamp) -> Self {
        self.ledger = Ledger::new(self.plan.rows(), began);
        for (row, outcome) in past.outcomes {
            self.ledger.restore(row, outcome);
        }
        let judged = Status::ALL.iter().map(|status| self.ledger.count(*status)).sum();
        self.before = (judged, self.ledger.count(Status::Failed));
        for row in past.doubtful {
            let progress = past.progress.get(&row).copied().unwrap_or_default();
            let why = "the run was interrupted before".into();
            self.doubtful.insert(row, Doubt { request: past.requests, sent: progress.sent.max(1), why });
        }
        self.progress = past.progress;
        self.requests = past.requests;
        self.anything_sent = past.requests > 0;
        if let Some((until, why)) = past.pause {
            self.client.pause_until(system_time(until), &why);
        }
        self.journal = Some(journal);
        self
    }

    /// A row has its outcome.
    pub(super) fn settle_row(&mut self, row: u32, outcome: Outcome) {
        self.write(|journal| journal.settled(row, &outcome));
        let Outcome { status, note, attempts, request, finished_at } = outcome;
        self.ledger.settle(row, status, note, attempts, request, finished_at.unwrap_or_else(Timestamp::now));
    }

    /// Writes something down; where that fails, the run stops: nothing may depend on what is not written down.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut Journal) -> Result<(), JournalError>) {
        let Some(journal) = &mut self.journal else { return };
        if let Err(error) = write(journal) {
            // Half of a change is worse than none: what was not committed is dropped with it.
            self.journal = None;
            self.halt(error.to_string());
        }
    }

    pub(super) fn commit(&mut self) {
        self.write(Journal::commit);
    }

    /// Says that the run is finished, if it is.
    pub(super) fn close_journal(&mut self) {
        if self.stop.is_none() {
            self.write(|journal| journal.finished(Timestamp::now()));
        }
    }

    pub(super) fn write_leaving(&mut self, number: u32, jobs: &[Prepared]) {
        if self.journal.is_none() {
            return;
        }
        let jobs: Vec<Departure> =
            jobs.iter().map(|Prepared { job, .. }| Departure { rows: job.rows.clone(), part: job.part, sent: job.sent }).collect();
        self.write(|journal| journal.leaving(number, &jobs, Timestamp::now()));
    }

    /// How far the rows of a job have come.
    pub(super) fn write_progress(&mut self, job: &Job) {
        let progress = Progress { part: job.part, sent: job.sent, doubtful: job.doubtful.then(Timestamp::now) };
        self.write(|journal| job.rows.iter().try_for_each(|row| journal.advanced(*row, &progress)));
    }

    /// Leaves out rows that have their outcome from an earlier part of the run, and takes up where the others were. `None`: nothing of the job goes now.
    pub(super) fn go_on_with(&mut self, mut job: Job) -> io::Result<Option<Job>> {
        if self.before.0 == 0 && self.progress.is_empty() {
            return Ok(Some(job));
        }
        let (settled, rest): (Vec<u32>, Vec<u32>) = job.rows.iter().partition(|row| self.ledger.is_settled(**row));
        if settled.is_empty() {
            if let Some(Progress { part, sent, doubtful }) = self.progress.remove(&job.first()) {
                job.part = part;
                job.sent = sent;
                job.doubtful = doubtful.is_some();
                let seen_after = SEEN_AFTER.min(self.policy.retry_wait * WAITS);
                job.look_first = doubtful.map(|at| at.saturating_add(seen_after).unwrap_or(at));
            }
            return Ok(Some(job));
        }
        // Who waits for the names of these rows may go.
        job.names = names_of_rows(&settled, &self.reading, self.plan)?;
        self.schedule.settle(&job, &settled);
        if rest.is_empty() {
            self.schedule.finish(job);
        } else {
            self.schedule.regroup(job, vec![rest]);
        }
        Ok(None)
    }

    /// An earlier part of the run has sent this command and heard nothing: what became of it is seen before it is sent again.
    pub(super) fn look_first(&mut self, mut prepared: Prepared) {
        let (Some(at), Some(look)) = (prepared.job.look_first.take(), prepared.look.clone()) else { return };
        let wait = system_time(at).duration_since(SystemTime::now()).unwrap_or_default().min(SEEN_AFTER);
        let client = self.client.clone();
        self.looks += 1;
        self.flights.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = client.closed() => {}
            }
            let seen = look.look(&client).await;
            Landed::Look { prepared: Box::new(prepared), why: "the run was interrupted".to_owned(), seen }
        });
    }
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millisecond()).unwrap_or_default())
}
