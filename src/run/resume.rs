//! The journal's side of a run: what is written down, and how a run goes on from there.

use super::engine::{Doubt, Otherwise, Question, Run, Watcher};
use super::identify::is_somebody;
use super::journal::{Departure, Journal, JournalError, Past, Progress, Writer};
use super::late::Notice;
use super::ledger::{Ledger, Outcome, Status};
use super::request::{Prepared, names_of_rows};
use crate::clock;
use crate::plan::{Estimate, Halfway, Job};
use crate::table::RowBuffer;
use jiff::Timestamp;
use std::io;
use std::time::{Duration, SystemTime};

impl<W: Watcher> Run<'_, W> {
    /// Writes everything down in a journal from here on, and goes on where that run has stopped, which `began` then.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn with_journal(mut self, journal: Journal, past: Past, began: Timestamp) -> Result<Self, JournalError> {
        self.ledger = Ledger::new(self.plan.rows(), began);
        journal.outcomes(|row, outcome| self.ledger.restore(row, outcome))?;
        let judged = Status::ALL.iter().map(|status| self.ledger.count(*status)).sum();
        self.before = (judged, self.ledger.count(Status::Failed));
        self.ledger.forget_failures();
        self.counts_before = Status::ALL.map(|status| self.ledger.count(status));
        let is_left = |row: u32| self.plan.shape(row).is_sent() && !self.ledger.is_settled(row);
        self.rows = (0..self.plan.rows()).filter(|row| is_left(*row)).count() as u64;
        self.estimate = Estimate::of_rest(self.plan, is_left);
        (self.sent_before, self.sent_noted) = (past.sent, past.sent);
        self.progress = past.progress;
        let mut journal = journal;
        for row in past.doubtful {
            let Some(progress) = self.progress.get_mut(&row) else { continue };
            if std::mem::take(&mut progress.in_flight) {
                // The service may work on it from the moment when nobody waited for its answer any more.
                let given_up = progress.doubtful.map(|sent| sent.saturating_add(self.policy.timeout).unwrap_or(sent).min(clock::now()));
                progress.doubtful = given_up;
                journal.advanced(row, progress)?;
            }
            let why = "the run was interrupted before".into();
            self.doubtful.insert(row, Doubt { request: past.requests, sent: progress.sent.max(1), why });
        }
        for (row, until) in past.late {
            self.late_rows.extend(self.on_the_runs_clock(until).map(|until| (row, until)));
        }
        for group in past.missing_groups {
            self.groups.miss(group);
        }
        if let Err(error) = self.go_on_asking() {
            self.halt(error.to_string());
        }
        self.requests = past.requests;
        self.anything_sent = past.requests > 0;
        if let Some((until, why)) = past.pause {
            self.client.pause_until(system_time(until), &why);
        }
        self.journal = Some(Writer::new(journal));
        self.write(move |journal| journal.sent(past.sent));
        Ok(self)
    }

    /// Rows that were sent and have no outcome yet find out about groups that were not checked, as before.
    fn go_on_asking(&mut self) -> io::Result<()> {
        let Some(presence) = self.reading.presence else { return Ok(()) };
        let mut rows: Vec<u32> = self.progress.keys().copied().filter(|row| !self.ledger.is_settled(*row)).collect();
        rows.sort_unstable();
        let mut buffer = RowBuffer::default();
        for row in rows {
            let end = self.plan.command_rows(row).last().copied().unwrap_or(row);
            let change = self.reading.change(self.plan.place(row), &mut buffer)?;
            self.groups.ask(end, &[(row, change)], presence);
        }
        Ok(())
    }

    /// The time on the run's clock, where it has not passed. A clock that was set back makes no wait longer than the window.
    fn on_the_runs_clock(&self, at: Timestamp) -> Option<Duration> {
        let left = system_time(at).duration_since(clock::system_now()).ok()?;
        (!left.is_zero()).then(|| self.now() + left.min(self.policy.effect_window))
    }

    /// A row has its outcome.
    pub(super) fn settle_row(&mut self, row: u32, outcome: Outcome) {
        if self.journal.is_some() {
            let outcome = outcome.clone();
            self.write(move |journal| journal.settled(row, &outcome));
        }
        self.presence_known.remove(&row);
        self.ledger.settle(row, outcome);
    }

    /// Hands something to the journal; gives the number of the entry, 0 without a journal.
    pub(super) fn write(&mut self, entry: impl FnOnce(&mut Journal) -> Result<(), JournalError> + Send + 'static) -> u64 {
        self.journal.as_mut().map_or(0, |journal| journal.write(entry))
    }

    /// Writes down for other processes what the service may still carry out. It is on disk before the request leaves.
    pub(super) fn notify(&mut self, notice: Option<Notice>) {
        let Some(notice) = notice else { return };
        match &mut self.journal {
            Some(journal) => journal.write_notice(notice),
            None => {
                let effects = notice.effects();
                notice.write();
                effects.sync();
            }
        }
    }

    /// More is on disk; or nothing will be any more: then the run stops, for nothing may depend on what is not written down.
    pub(super) fn note_written(&mut self, written: Result<u64, JournalError>) {
        match written {
            Ok(entry) => self.on_disk = entry,
            Err(error) => {
                self.journal = None;
                self.halt(error.to_string());
            }
        }
    }

    /// Waits for the disk, and says that the run is finished, if it is.
    pub(super) async fn close_journal(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        let finished = self.stop.is_none();
        let closed = journal.close().await.and_then(|mut journal| if finished { journal.finished(clock::now()) } else { journal.close() });
        if let Err(error) = closed {
            self.halt(error.to_string());
        }
    }

    pub(super) fn write_leaving(&mut self, number: u32, jobs: &[Prepared]) -> u64 {
        if self.journal.is_none() {
            return 0;
        }
        let jobs: Vec<Departure> = jobs.iter().map(|Prepared { job, .. }| departure(job)).collect();
        let now = clock::now();
        self.write(move |journal| journal.leaving(number, &jobs, now))
    }

    /// How far the rows of a job have come.
    pub(super) fn write_progress(&mut self, job: &Job) {
        let doubtful = job.doubtful.then(clock::now);
        // Rows together come half-way only where a repeat is harmless.
        let halfway = if job.rows.len() == 1 { job.halfway.clone() } else { Halfway::default() };
        let progress = Progress { part: job.part, sent: job.sent, doubtful, in_flight: false, identity: job.identity.clone(), halfway };
        let rows = job.rows.clone();
        self.write(move |journal| rows.iter().try_for_each(|row| journal.advanced(*row, &progress)));
    }

    /// Leaves out rows that have their outcome from an earlier part of the run, and takes up where the others were. `None`: nothing of the job goes now.
    pub(super) fn go_on_with(&mut self, mut job: Job) -> io::Result<Option<Job>> {
        if self.before.0 == 0 && self.progress.is_empty() {
            return Ok(Some(job));
        }
        let (settled, rest): (Vec<u32>, Vec<u32>) = job.rows.iter().partition(|row| self.ledger.is_settled(**row));
        if settled.is_empty() {
            if job.rows.len() > 1 && self.progress.get(&job.first()).is_some_and(|progress| progress.halfway != Halfway::default()) {
                // It was sent apart from the others, and goes on so.
                let (first, rest) = (vec![job.first()], job.rows[1..].to_vec());
                self.schedule.regroup(job, vec![first, rest]);
                return Ok(None);
            }
            if let Some(Progress { part, sent, doubtful, identity, halfway, .. }) = self.progress.remove(&job.first()) {
                job.halfway = halfway;
                job.part = part;
                job.sent = sent;
                job.doubtful = doubtful.is_some();
                job.once_doubtful = job.doubtful;
                job.probe_first = job.doubtful;
                job.late_sendings = sent;
                job.identity = identity;
                job.identified = is_somebody(&job);
                let until = doubtful.and_then(|at| at.saturating_add(self.policy.effect_window).ok());
                job.late_until = until.and_then(|until| self.on_the_runs_clock(until));
            }
            return Ok(Some(job));
        }
        // What an earlier part of the run has completed may still meet a late effect of its own: nothing that waits for it goes before.
        let late = settled.iter().filter_map(|row| self.late_rows.remove(row)).max();
        if let Some(left) = late.and_then(|until| until.checked_sub(self.now())) {
            self.wait_until(job, tokio::time::Instant::now() + left);
            return Ok(None);
        }
        // Who waits for the names of these rows may go.
        job.names = names_of_rows(&settled, &self.reading, self.plan)?;
        self.schedule.settle(&job, &settled);
        let ok: Vec<u32> =
            settled.into_iter().filter(|row| self.ledger.known(*row).is_some_and(|(status, ..)| status == Status::Ok)).collect();
        job.made = self.plan.makes(&ok, job.made);
        if rest.is_empty() {
            self.schedule.finish(job);
        } else {
            self.schedule.regroup(job, vec![rest]);
        }
        Ok(None)
    }

    /// An earlier part of the run has sent this command and got no answer: where a repeat might do harm, a probe comes before it is sent again.
    pub(super) fn probe_first(&mut self, mut prepared: Prepared) {
        prepared.job.probe_first = false;
        if prepared.probe.comes_before_a_repeat() {
            self.probe(prepared, Question { why: "the run was interrupted".to_owned(), otherwise: Otherwise::SendAgain });
        } else {
            self.schedule.put_back(prepared.job);
        }
    }
}

fn departure(job: &Job) -> Departure {
    Departure { rows: job.rows.clone(), part: job.part, sent: job.sent, identity: job.identity.clone() }
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millisecond()).unwrap_or_default())
}
