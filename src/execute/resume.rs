//! The journal's side of a run: what is written down, and how a run goes on from there.

use super::completion::{Instead, Otherwise, PendingProbe, UncertainEffect};
use super::executor::Executor;
use super::identity::is_somebody;
use super::late::Notice;
use super::outcomes::{Outcome, OutcomeStatus, Outcomes};
use super::reporter::Reporter;
use super::request::{ReadyCommand, names_of_rows};
use super::stop_cause::StopCause;
use super::unconfirmed_renames::RenameEnd;
use crate::clock;
use crate::journal::{
    Journal, JournalError, JournalWriter, Moment, RecoveredPause, RecoveredState, RowProgress,
    SentCommand,
};
use crate::plan::{Estimate, Halfway, WorkItem};
use crate::table::RowBuffer;
use crate::umapi::millis;
use jiff::Timestamp;
use std::collections::HashMap;
use std::io;
use std::time::Duration;

/// Why a row of which an earlier part of the run has heard nothing is uncertain.
const INTERRUPTED: &str = "the run was interrupted before";

impl<W: Reporter> Executor<'_, W> {
    /// Writes everything down in a journal from here on, and goes on where that run has stopped,
    /// which `began` then.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) fn with_journal(
        mut self,
        journal: Journal,
        recovered: RecoveredState,
        began: Timestamp,
    ) -> Result<Self, JournalError> {
        self.outcomes = Outcomes::new(self.plan.rows(), began);
        let mut failed = Vec::new();
        journal.outcomes(|row, outcome| {
            if let Some(end) = RenameEnd::of(outcome.status) {
                failed.push((row, end, outcome.effect));
            }
            self.outcomes.restore(row, outcome);
        })?;
        let judged = OutcomeStatus::ALL.iter().map(|status| self.outcomes.count(*status)).sum();
        self.before = (judged, self.outcomes.count(OutcomeStatus::Failed));
        self.outcomes.forget_failures();
        self.counts_before = OutcomeStatus::ALL.map(|status| self.outcomes.count(status));
        let is_left =
            |row: u32| self.plan.footprint(row).is_sent() && !self.outcomes.is_completed(row);
        self.rows = (0..self.plan.rows()).filter(|row| is_left(*row)).count() as u64;
        self.estimate = Estimate::of_rest(self.plan, is_left);
        let sent = recovered.requests_sent().unwrap_or_default();
        (self.sent_before, self.sent_noted) = (sent, sent);
        self.progress = recovered.progress;
        let mut journal = journal;
        self.restore_uncertain(&recovered.uncertain, recovered.requests, &mut journal)?;
        for (row, until) in recovered.late {
            self.late_rows.extend(self.on_the_runs_clock(until).map(|until| (row, until)));
        }
        for group in recovered.missing_groups {
            self.groups.miss(group);
        }
        let renames = failed
            .iter()
            .try_for_each(|(row, end, done)| self.note_unconfirmed_rename(*row, *end, *done));
        if let Err(error) = renames.and_then(|()| self.with_earlier_probes()) {
            self.stop_run(error.to_string());
        }
        self.requests = recovered.requests;
        self.anything_sent = recovered.requests > 0;
        if let Some(pause) = recovered.pause {
            self.keep_pause(pause);
        }
        self.journal = Some(JournalWriter::new(journal));
        self.write(move |journal| journal.sent(sent));
        Ok(self)
    }

    /// Rows of which an earlier part of the run has heard nothing after its last request.
    fn restore_uncertain(
        &mut self,
        rows: &[u32],
        request: u32,
        journal: &mut Journal,
    ) -> Result<(), JournalError> {
        for &row in rows {
            let Some(progress) = self.progress.get_mut(&row) else { continue };
            if std::mem::take(&mut progress.in_flight) {
                // The service may work on it from the moment when nobody waited for its answer any
                // more.
                let given_up = progress.uncertain.map(|sent| {
                    let (given_up, now) = (sent.plus(millis(self.policy.timeout)), Moment::now());
                    if now.since(given_up) < 0 { now } else { given_up }
                });
                progress.uncertain = given_up;
                journal.record_progress(row, progress)?;
            }
            let effect = UncertainEffect {
                request,
                sent: progress.sent.max(1),
                why: INTERRUPTED.into(),
                instead: Instead::Nothing,
            };
            self.uncertain_rows.insert(row, effect);
        }
        Ok(())
    }

    /// A pause that an earlier part of the run was asked for is kept to its end. Where it is longer
    /// than is allowed, the run stops, as it does where it is asked for one.
    fn keep_pause(&mut self, pause: RecoveredPause) {
        let max_wait = self.client.max_wait();
        match pause.rest(max_wait) {
            Some(wait) if wait > max_wait => {
                self.stop_run(StopCause::PauseTooLong { wait, why: pause.why });
            }
            Some(wait) => self.client.pause_for(wait, &pause.why),
            None => {}
        }
    }

    /// Rows that were sent and have no outcome yet find out about groups that were not checked, as
    /// before.
    fn with_earlier_probes(&mut self) -> io::Result<()> {
        let presence = self.input.presence;
        let mut rows: Vec<u32> =
            self.progress.keys().copied().filter(|row| !self.outcomes.is_completed(*row)).collect();
        rows.sort_unstable();
        let mut buffer = RowBuffer::default();
        for row in rows {
            let end = self.plan.command_rows(row).last().copied().unwrap_or(row);
            let change = self.input.reread(self.plan.place(row), &mut buffer)?;
            self.groups.ask(end, &[(row, change)], presence);
        }
        Ok(())
    }

    /// The time on the run's clock, where it has not passed. A clock that was set back makes no
    /// wait longer than the window.
    fn on_the_runs_clock(&self, at: Moment) -> Option<Duration> {
        let left = u64::try_from(at.since(Moment::now())).ok().map(Duration::from_millis)?;
        (!left.is_zero()).then(|| self.now() + left.min(self.policy.effect_window))
    }

    /// A row has its outcome.
    pub(super) fn complete_row(&mut self, row: u32, outcome: Outcome) {
        if self.journal.is_some() {
            let outcome = outcome.clone();
            self.write(move |journal| journal.record_outcome(row, &outcome));
        }
        self.presence_known.remove(&row);
        tracing::debug!(
            row = row + 1,
            status = outcome.status.name(),
            code = outcome.note.code,
            why = outcome.note.message,
            "outcome"
        );
        self.outcomes.complete(row, outcome);
    }

    /// Hands something to the journal; gives the number of the entry, 0 without a journal.
    pub(super) fn write(
        &mut self,
        entry: impl FnOnce(&mut Journal) -> Result<(), JournalError> + Send + 'static,
    ) -> u64 {
        self.journal.as_mut().map_or(0, |journal| journal.write(entry))
    }

    /// Writes down for other processes what the service may still carry out. It is on disk before
    /// the request leaves.
    pub(super) fn notify(&mut self, notice: Option<Notice>) {
        let Some(notice) = notice else { return };
        match &mut self.journal {
            Some(journal) => journal.write_beside(notice.side_file(), || notice.write()),
            None => {
                let side_file = notice.side_file();
                notice.write();
                side_file.sync();
            }
        }
    }

    /// More is on disk; or nothing will be any more: then the run stops, for nothing may depend on
    /// what is not written down.
    pub(super) fn note_written(&mut self, written: Result<u64, JournalError>) {
        match written {
            Ok(entry) => self.on_disk = entry,
            Err(error) => {
                self.journal = None;
                self.stop_run(error.to_string());
            }
        }
    }

    /// Waits for the disk, and says that the run is finished, if it is.
    pub(super) async fn close_journal(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        let finished = self.stop.is_none();
        let closed = journal.close().await.and_then(|mut journal| {
            if finished { journal.finished(clock::now()) } else { journal.close() }
        });
        if let Err(error) = closed {
            self.stop_run(error.to_string());
        }
    }

    pub(super) fn write_leaving(&mut self, number: u32, items: &[ReadyCommand]) -> u64 {
        if self.journal.is_none() {
            return 0;
        }
        let items: Vec<SentCommand> =
            items.iter().map(|ReadyCommand { item, .. }| sent_command(item)).collect();
        let now = Moment::now();
        self.write(move |journal| journal.record_sent(number, &items, now))
    }

    /// How far the rows of a work item have come.
    pub(super) fn write_progress(&mut self, item: &WorkItem) {
        let uncertain = item.uncertain.then(Moment::now);
        // Rows together come half-way only where a repeat is harmless.
        let halfway = if item.rows.len() == 1 { item.halfway.clone() } else { Halfway::default() };
        let progress = RowProgress {
            part: item.part,
            sent: item.sent,
            uncertain,
            in_flight: false,
            identity: item.identity.clone(),
            halfway,
        };
        let rows = item.rows.clone();
        self.write(move |journal| {
            rows.iter().try_for_each(|row| journal.record_progress(*row, &progress))
        });
    }

    /// Leaves out rows that have their outcome from an earlier part of the run, and takes up where
    /// the others were. `None`: nothing of the work item goes now.
    pub(super) fn resume_item(&mut self, mut item: WorkItem) -> io::Result<Option<WorkItem>> {
        if self.before.0 == 0 && self.progress.is_empty() {
            return Ok(Some(item));
        }
        let (settled, rest): (Vec<u32>, Vec<u32>) =
            item.rows.iter().partition(|row| self.outcomes.is_completed(**row));
        if settled.is_empty() {
            let groups = sent_apart(&item.rows, &self.progress);
            if groups.len() > 1 {
                self.schedule.split(item, groups);
                return Ok(None);
            }
            if let Some(RowProgress { part, sent, uncertain, identity, halfway, .. }) =
                self.progress.remove(&item.first())
            {
                // Rows that were sent together have come equally far.
                item.rows.iter().for_each(|row| drop(self.progress.remove(row)));
                item.halfway = halfway;
                item.part = part;
                item.sent = sent;
                item.uncertain = uncertain.is_some();
                item.was_uncertain = item.uncertain;
                item.probe_first = item.uncertain;
                item.late_sendings = sent;
                item.identity = identity;
                item.identified = is_somebody(&item);
                let until = uncertain.map(|at| at.plus(millis(self.policy.effect_window)));
                item.late_until = until.and_then(|until| self.on_the_runs_clock(until));
            }
            return Ok(Some(item));
        }
        // What an earlier part of the run has completed may still meet a late effect of its own:
        // nothing that waits for it goes before.
        let late = settled.iter().filter_map(|row| self.late_rows.remove(row)).max();
        if let Some(left) = late.and_then(|until| until.checked_sub(self.now())) {
            self.wait_until(item, tokio::time::Instant::now() + left);
            return Ok(None);
        }
        // Who waits for the names of these rows may go.
        item.names = names_of_rows(&settled, &self.input, self.plan)?;
        self.schedule.complete_rows(&item, &settled);
        item.made = self.made_after(&item, &settled)?;
        self.note_users(&mut item, &settled)?;
        if rest.is_empty() {
            self.schedule.finish(item);
        } else {
            self.schedule.split(item, vec![rest]);
        }
        Ok(None)
    }

    /// An earlier part of the run has sent this command and got no answer: where a repeat might do
    /// harm, a probe comes before it is sent again.
    pub(super) fn probe_first(&mut self, mut prepared: ReadyCommand) {
        prepared.item.probe_first = false;
        if prepared.probe.comes_before_a_repeat() {
            let uncertain = self.uncertain_rows.get(&prepared.item.first());
            let why = uncertain.map_or_else(|| INTERRUPTED.to_owned(), |row| row.why.to_string());
            self.probe(prepared, PendingProbe { why, otherwise: Otherwise::SendAgain });
        } else {
            self.schedule.put_back(prepared.item);
        }
    }
}

/// Takes the rows of a command apart as they were sent apart before: one that has come half-way
/// from those behind it, and those that were sent from those that were not. What holds back a row
/// that was never sent holds it back on its own.
fn sent_apart(rows: &[u32], progress: &HashMap<u32, RowProgress>) -> Vec<Vec<u32>> {
    let is_halfway =
        |row: u32| progress.get(&row).is_some_and(|row| row.halfway != Halfway::default());
    match rows.split_first() {
        Some((first, rest)) if !rest.is_empty() && is_halfway(*first) => {
            vec![vec![*first], rest.to_vec()]
        }
        _ => rows
            .chunk_by(|one, other| progress.contains_key(one) == progress.contains_key(other))
            .map(<[u32]>::to_vec)
            .collect(),
    }
}

fn sent_command(item: &WorkItem) -> SentCommand {
    SentCommand {
        rows: item.rows.clone(),
        part: item.part,
        sent: item.sent,
        identity: item.identity.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_sent_apart_go_on_apart() {
        let progress = |rows: &[(u32, bool)]| -> HashMap<u32, RowProgress> {
            let one = |is_halfway: bool| {
                let halfway = Halfway { one_by_one: is_halfway, ..Halfway::default() };
                RowProgress { halfway, ..RowProgress::default() }
            };
            rows.iter().map(|(row, is_halfway)| (*row, one(*is_halfway))).collect()
        };
        let groups = |known: &[(u32, bool)]| sent_apart(&[1, 4, 6], &progress(known));
        assert_eq!(groups(&[]), [[1, 4, 6]]);
        assert_eq!(groups(&[(1, false), (4, false), (6, false)]), [[1, 4, 6]]);
        assert_eq!(groups(&[(1, false)]), [vec![1], vec![4, 6]]);
        assert_eq!(groups(&[(1, false), (4, false)]), [vec![1, 4], vec![6]]);
        assert_eq!(groups(&[(1, true), (4, false)]), [vec![1], vec![4, 6]]);
        assert_eq!(sent_apart(&[1], &progress(&[(1, true)])), [[1]]);
    }
}
