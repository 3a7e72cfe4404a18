//! The journal of a run: what is recorded, and how a run is resumed from it.

use super::Executor;
use super::recovered_rows::RecoveredRows;
use super::run_journal::RunEnd;
use crate::execute::changed_since::ChangedSince;
use crate::execute::completion::{Instead, Otherwise, PendingProbe, UncertainEffect};
use crate::execute::identity::is_somebody;
use crate::execute::late::Notice;
use crate::execute::outcomes::{Outcome, Outcomes};
use crate::execute::reporter::Reporter;
use crate::execute::request::{ReadyCommand, footprint_of_row, names_of_rows};
use crate::execute::stop_cause::StopCause;
use crate::execute::unconfirmed_renames::RenameEnd;
use crate::journal::{
    Journal, JournalError, Moment, RecoveredPause, RecoveredState, RowProgress, SentCommand,
};
use crate::plan::{Halfway, NamesSince, WorkItem};
use crate::table::RowBuffer;
use crate::umapi::millis;
use jiff::Timestamp;
use std::collections::HashMap;
use std::io;
use std::time::Duration;

/// The reason for a row whose last request in an earlier part of the run got no response.
const INTERRUPTED: &str = "the run was interrupted before";

impl<W: Reporter> Executor<'_, W> {
    /// Records everything in a journal from here on, and resumes the run from it. `began` is when
    /// the run started.
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
        let (mut failed, mut about_groups) = (Vec::new(), Vec::new());
        journal.outcomes(|row, outcome| {
            if !self.plan.footprint(row).is_user() {
                about_groups.push((row, outcome.status, outcome.effect));
            }
            if let Some(end) = RenameEnd::of(outcome.status) {
                failed.push((row, end, outcome.effect));
            }
            self.outcomes.restore(row, outcome);
        })?;
        self.outcomes.forget_failures();
        let sent = recovered.requests_sent().unwrap_or_default();
        self.counts.resume(self.plan, &self.outcomes, sent);
        let mut progress = recovered.progress;
        let mut journal = journal;
        self.restore_uncertain(
            &recovered.uncertain,
            recovered.requests,
            &mut progress,
            &mut journal,
        )?;
        if recovered.is_from_elsewhere
            && let Err(error) = self.restore_effects(&progress, recovered.late.keys())
        {
            self.stop_run(error.to_string());
        }
        let late = recovered.late.into_iter();
        let late = late.filter_map(|(row, until)| Some((row, self.on_the_runs_clock(until)?)));
        self.recovered = RecoveredRows::new(progress, late.collect());
        for group in recovered.missing_groups {
            self.groups.miss(group);
        }
        let noted = about_groups
            .iter()
            .try_for_each(|(row, status, done)| self.note_group(*row, *status, *done))
            .and_then(|()| {
                failed.iter().try_for_each(|(row, end, done)| {
                    self.note_unconfirmed_rename(*row, *end, *done)
                })
            });
        if let Err(error) = noted.and_then(|()| self.with_earlier_probes()) {
            self.stop_run(error.to_string());
        }
        self.requests.count_from(recovered.requests);
        if recovered.requests > 0 {
            self.contact.may_be_reached();
        }
        if let Some(pause) = recovered.pause {
            self.keep_pause(pause);
        }
        if recovered.finished.is_none()
            && let Some((wait, why)) = self.client.too_long_pause()
        {
            self.stop_run(StopCause::PauseTooLong { wait, why });
        }
        self.journal.keep(journal, sent, self.client.max_wait());
        Ok(self)
    }

    /// Takes the rows without a known result whose users another import has changed since. They are
    /// not sent again: that could undo what the other import has done.
    #[must_use]
    pub(crate) fn with_rows_changed_since(mut self, since: ChangedSince) -> Self {
        self.recovered.note_changed_since(since);
        self
    }

    /// Restores the rows whose last request in an earlier part got no response.
    fn restore_uncertain(
        &mut self,
        rows: &[u32],
        request: u32,
        progress: &mut HashMap<u32, RowProgress>,
        journal: &mut Journal,
    ) -> Result<(), JournalError> {
        for &row in rows {
            let Some(progress) = progress.get_mut(&row) else { continue };
            if std::mem::take(&mut progress.in_flight) {
                // The service may still work on it for the effect window, from the moment when the
                // earlier process stopped waiting.
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
            self.uncertain_rows.mark(&[row], &effect);
        }
        Ok(())
    }

    /// Finds out which names the service may still change by requests of another computer: this
    /// run, other files and other processes here wait for them.
    fn restore_effects<'l>(
        &mut self,
        progress: &HashMap<u32, RowProgress>,
        late: impl Iterator<Item = &'l u32>,
    ) -> io::Result<()> {
        let uncertain = progress.iter().filter(|(_, progress)| progress.uncertain.is_some());
        let mut rows: Vec<u32> = uncertain.map(|(row, _)| *row).chain(late.copied()).collect();
        rows.sort_unstable();
        let mut buffer = RowBuffer::default();
        let mut sent = Vec::with_capacity(rows.len());
        for row in rows {
            let footprint = footprint_of_row(row, &self.input, self.plan, &mut buffer)?;
            sent.push((row, footprint));
        }
        let notice = self.late_effects.restore(sent);
        self.notify(notice);
        Ok(())
    }

    /// Keeps a pause that the server asked an earlier part of the run for until its end. If it is
    /// longer than allowed, the run stops, as it does when the server asks this run for it.
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

    /// Lets rows that were sent and have no outcome yet check unchecked groups, as before.
    fn with_earlier_probes(&mut self) -> io::Result<()> {
        let presence = self.input.presence;
        let mut rows: Vec<u32> =
            self.recovered.rows().filter(|row| !self.outcomes.is_completed(*row)).collect();
        rows.sort_unstable();
        let mut buffer = RowBuffer::default();
        for row in rows {
            let end = self.plan.command_rows(row).last().copied().unwrap_or(row);
            let change = self.input.reread(row, self.plan.place(row), &mut buffer)?;
            self.groups.ask(end, &[(row, change)], presence);
        }
        Ok(())
    }

    /// Returns the time on the run's clock, if it has not passed. If the clock was set back, the
    /// wait is at most the window.
    fn on_the_runs_clock(&self, at: Moment) -> Option<Duration> {
        let left = u64::try_from(at.since(Moment::now())).ok().map(Duration::from_millis)?;
        (!left.is_zero()).then(|| self.now() + left.min(self.policy.effect_window))
    }

    /// Gives a row its outcome.
    pub(super) fn complete_row(&mut self, row: u32, outcome: Outcome) {
        if self.journal.is_kept() {
            let outcome = outcome.clone();
            self.journal.write(move |journal| journal.record_outcome(row, &outcome));
        }
        self.users.forget_presence(row);
        self.wait_log.forget(row);
        tracing::debug!(
            row = row + 1,
            status = outcome.status.name(),
            code = outcome.reason.code,
            why = outcome.reason.message,
            "outcome"
        );
        if let Err(error) = self.note_group(row, outcome.status, outcome.effect) {
            self.stop_run(error.to_string());
        }
        self.outcomes.complete(row, outcome);
    }

    /// Records for other processes what the service may still carry out. It is on disk before the
    /// request is sent.
    pub(super) fn notify(&mut self, notice: Option<Notice>) {
        notice.into_iter().for_each(|notice| self.journal.notify(notice));
    }

    /// Handles progress of the journal on disk, or its failure. After a failure the run stops,
    /// because nothing may depend on an unrecorded entry.
    pub(super) fn on_written(&mut self, written: Result<(), JournalError>) {
        match written {
            Ok(()) => {}
            Err(JournalError::StoreRefuses(_, why)) => self.stop_run(StopCause::MayNotSend(why)),
            Err(error @ JournalError::StoreSilentFor(..)) => {
                self.stop_run(StopCause::MayNotSend(error.to_string()));
            }
            Err(error) => self.stop_run(error.to_string()),
        }
    }

    /// Waits until the journal is on disk, and records that the run is finished, if it is.
    pub(super) async fn close_journal(&mut self) {
        let end = if self.stop.is_none() { RunEnd::Finished } else { RunEnd::Open };
        let closed = self.journal.close(end).await;
        self.on_written(closed);
    }

    /// Records in the journal that a request is about to be sent. Returns the number of the entry.
    pub(super) fn write_leaving(
        &mut self,
        number: u32,
        at: Moment,
        items: Vec<SentCommand>,
    ) -> u64 {
        if !self.journal.is_kept() {
            return 0;
        }
        self.journal.write(move |journal| journal.record_sent(number, &items, at))
    }

    /// Records the progress of the rows of a work item.
    pub(super) fn write_progress(&mut self, item: &WorkItem) {
        let uncertain = item.uncertain.then(Moment::now);
        // Rows together are carried out in part only if a repeat is harmless.
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
        self.journal.write(move |journal| {
            rows.iter().try_for_each(|row| journal.record_progress(*row, &progress))
        });
    }

    /// Drops rows that have their outcome from an earlier part of the run, and restores the
    /// progress of the others. Returns `None` if nothing of the work item is sent now.
    pub(super) fn resume_item(&mut self, mut item: WorkItem) -> io::Result<Option<WorkItem>> {
        if !self.counts.has_outcomes_before() && self.recovered.has_no_progress() {
            return Ok(Some(item));
        }
        // What the rows before it have done may be long ago.
        item.repeats = false;
        let (completed, rest): (Vec<u32>, Vec<u32>) =
            item.rows.iter().partition(|row| self.outcomes.is_completed(**row));
        if completed.is_empty() {
            let groups = self.recovered.sent_apart(&item.rows);
            if groups.len() > 1 {
                self.schedule.split(item, groups);
                return Ok(None);
            }
            if let Some(RowProgress { part, sent, uncertain, identity, halfway, .. }) =
                self.recovered.take_progress(&item.rows)
            {
                item.names_since = self.recovered.names_since(&item.rows);
                item.halfway = halfway;
                item.part = part;
                item.sent = sent;
                item.is_done_in_part = !item.halfway.moved.is_empty();
                let is_known = std::mem::take(&mut item.halfway.are_others_untouched);
                item.uncertain = uncertain.is_some() && !is_known;
                item.was_uncertain = item.uncertain;
                // Another import may have changed the users since.
                item.probe_first = uncertain.is_some();
                item.late_sendings = sent;
                item.identity = identity;
                item.identified = is_somebody(&item);
                let until = uncertain.filter(|_| item.uncertain);
                let until = until.map(|at| at.plus(millis(self.policy.effect_window)));
                item.late_until = until.and_then(|until| self.on_the_runs_clock(until));
            }
            return Ok(Some(item));
        }
        // A row that an earlier part of the run has completed may still have a late effect: the
        // rows that wait for it wait until then.
        let late = self.recovered.take_late(&completed);
        if let Some(left) = late.and_then(|until| until.checked_sub(self.now())) {
            self.wait_until(item, tokio::time::Instant::now() + left);
            return Ok(None);
        }
        // The rows that wait for the names of these rows may continue.
        item.names = names_of_rows(&completed, &self.input, self.plan)?;
        item.made = self.made_after(&item, &completed)?;
        self.note_users(&mut item, &completed)?;
        self.schedule.complete_rows(&item, &completed);
        if rest.is_empty() {
            self.schedule.finish(item);
        } else {
            self.schedule.split(item, vec![rest]);
        }
        Ok(None)
    }

    /// Probes for the result of a command that an earlier part of the run has sent without a
    /// response, if a repeat might do harm, or might be about another user or group by now, or a
    /// group is gone that the command needs.
    pub(super) fn probe_first(&mut self, mut prepared: ReadyCommand) {
        prepared.item.probe_first = false;
        let is_changed = self.recovered.is_changed_since(&prepared.item.rows);
        if is_changed
            || prepared.item.names_since != NamesSince::Kept
            || prepared.probe.comes_before_a_repeat()
            || self.gone_group(&prepared).is_some()
        {
            let why = self.uncertain_rows.why(prepared.item.first()).unwrap_or(INTERRUPTED);
            let why = why.to_owned();
            let otherwise = if is_changed { Otherwise::LeaveUnknown } else { Otherwise::SendAgain };
            self.probe(prepared, PendingProbe { why, otherwise });
        } else {
            self.schedule.put_back(prepared.item);
        }
    }
}

/// Returns what the journal records of a work item that is sent.
pub(super) fn sent_command_of(item: &WorkItem) -> SentCommand {
    SentCommand {
        rows: item.rows.clone(),
        part: item.part,
        sent: item.sent,
        identity: item.identity.clone(),
    }
}
