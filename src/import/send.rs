//! Sends the rows of one file, and writes its results and summary.

use crate::execute::{
    Ended, Executor, GroupSideEnd, InputRows, OutcomeStatus, Outcomes, Policy, Reporter, RowRange,
    RunProgress, StopReason,
};
use crate::import::assigned_run::state_after_stop;
use crate::import::changed_files::FilesAtEnd;
use crate::import::changed_since::changed_since;
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::fix_advice::fix_advice;
use crate::import::journal;
use crate::import::known_users::KnownUsers;
use crate::import::note::Note;
use crate::import::opened_run::{OpenedRun, RunLocks};
use crate::import::page_facts::of_summary;
use crate::import::portions::{Skipped, ends_whole, portions_so_far};
use crate::import::remaining::remaining;
use crate::import::reporter::{ImportEvent, RunDisplay};
use crate::import::retry::begin_to_send;
use crate::import::run_lists::forget_lists;
use crate::import::run_progress::told_progress;
use crate::import::sent_record::{RowsToSend, SentRecorder};
use crate::import::session::ImportSession;
use crate::import::shared_store::SharedStore;
use crate::import::stop_words::stop_words;
use crate::import::store_error::taken_over_words;
use crate::journal::RunDecisions;
use crate::number::count;
use crate::organization::Organization;
use crate::report::{
    DeletedResults, FilesOwner, GroupSideSaved, Next, Paths, Remaining, Results, Summary,
    WrittenResults,
};
use crate::store::{LeaseEnd, RunState, StoreError};
use crate::table::{Check, Original};
use crate::umapi::ClientStats;
use crate::visible::visible;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

impl ImportSession<'_> {
    /// Sends a file. An error after something was sent, for this file or an earlier one, is a stop.
    ///
    /// # Errors
    /// When nothing was sent.
    pub(crate) fn send(self, file: FileRun, known: KnownUsers) -> Result<Exit, ImportError> {
        let has_sent_before = self.has_sent();
        let ended = self.runtime.block_on(self.send_file(file, known));
        let exit = if self.has_sent() { self.stopped_if_wrong(ended) } else { ended? };
        // Nothing of this file was sent, but rows of an earlier file were.
        Ok(if exit == Exit::NothingSent && has_sent_before { Exit::Stopped } else { exit })
    }

    /// Reports an error after something was sent, and returns the status of a stopped import.
    pub(crate) fn stopped_if_wrong(self, ended: Result<Exit, ImportError>) -> Exit {
        ended.unwrap_or_else(|error| {
            let words = self.reporter.words(&Note::Error(&error));
            self.reporter.say(&format!("error: {words}"));
            let _ = self.reporter.event(ImportEvent::Fails(&words));
            if let Some(store) = &self.config.connect.store {
                // Another worker would meet the same error.
                let state = match (store.assigned(), error) {
                    (Some(_), ImportError::Interrupted) => RunState::Queued,
                    _ => RunState::Stopped,
                };
                let (exit_status, reason) = (i32::from(Exit::Stopped as u8), Some(words));
                store.end_all(&LeaseEnd { state, exit_status, reason });
            }
            Exit::Stopped
        })
    }

    async fn send_file(self, mut file: FileRun, known: KnownUsers) -> Result<Exit, ImportError> {
        let mut work = file.work.take();
        file.input.check_unchanged(Check::Quick)?;
        let decisions = work.as_mut().and_then(|work| work.decisions.take());
        let so_far = work.as_ref().map(|work| portions_so_far(&work.run_info));
        let sending = FileSending::of(self, &file, work.as_ref(), &known);
        if let Some(work) = work.as_mut().filter(|work| work.begins_retry.is_some()) {
            begin_to_send(work, &file, self.reporter)?;
        }
        let results = sending.create_results(work.as_ref(), decisions.as_ref(), so_far.as_ref())?;
        let executed = sending.execute(work, results, known).await?;
        sending.end(executed)
    }
}

/// A file while its rows are sent.
struct FileSending<'f> {
    session: ImportSession<'f>,
    file: &'f FileRun,
    run_id: String,
    began: Timestamp,
    /// What the client had done before.
    stats_before: ClientStats,
    /// The requests of earlier parts of the run.
    requests_before: u64,
    /// Whether the run is about all rows of the file, with its earlier starts.
    is_whole: bool,
    /// The rows that are not sent.
    skipped: Skipped,
    /// Requests that have created groups for the rows.
    creation_requests: u64,
    /// The journal, and the snapshot by which the run has begun; `None` without a journal.
    journal: Option<(PathBuf, PathBuf)>,
    organization: Option<Arc<Organization>>,
    list_file: Option<Arc<Original>>,
    naming_files: Vec<Arc<Original>>,
    /// Since when the command is busy with this file.
    busy_since: Instant,
}

/// What the executor has left.
struct Executed<'f> {
    ended: Ended,
    outcomes: Outcomes,
    results: Results<'f>,
    sent: Option<SentRecorder>,
    locks: Option<RunLocks>,
    group_side: Option<GroupSideEnd>,
}

/// What is said of a run that has stopped.
#[derive(Default)]
struct Stop {
    why: Option<String>,
    next: Option<Next>,
    left: Option<Remaining>,
    /// Whether another computer has the run now: then nothing is to be done here.
    is_taken_over: bool,
}

impl<'f> FileSending<'f> {
    fn of(
        session: ImportSession<'f>,
        file: &'f FileRun,
        work: Option<&OpenedRun>,
        known: &KnownUsers,
    ) -> Self {
        let requests = work.and_then(|work| work.recovered.requests_sent());
        Self {
            session,
            file,
            run_id: work
                .map_or_else(|| session.policy().run_id, |work| work.run_info.run_id.clone()),
            began: work.map_or_else(Timestamp::now, |work| work.run_info.began),
            stats_before: session.connection.client.stats(),
            requests_before: requests.unwrap_or_default(),
            is_whole: work
                .is_none_or(|work| ends_whole(&work.run_info, file.scan.plan.rows().into())),
            skipped: work.map_or_else(
                || Skipped { of_start: file.scan.counts.skipped_rows(), ..Skipped::default() },
                |work| work.skipped.clone(),
            ),
            creation_requests: known.creation_requests,
            journal: work.map(|work| (work.place.clone(), work.list.clone())),
            organization: known.organization.clone(),
            list_file: known.list_file.clone(),
            naming_files: known.naming_files.clone(),
            busy_since: known.began,
        }
    }

    /// Creates the results, in which earlier parts of the run may have decided rows, also outside
    /// of `--rows`. `so_far` are the rows of all starts.
    fn create_results(
        &self,
        work: Option<&OpenedRun>,
        decisions: Option<&'f RunDecisions>,
        so_far: Option<&'f RowRange>,
    ) -> io::Result<Results<'f>> {
        let FileRun { input, scan, paths, .. } = self.file;
        let input_rows = InputRows {
            decided: decisions.or(input.decided.as_ref()),
            range: so_far.or(input.range.as_ref()),
            ..input.input_rows()
        };
        let owner = match work.is_some_and(|work| work.own_results) {
            true => FilesOwner::ThisRun,
            false => FilesOwner::AnotherRun,
        };
        let kind = (owner, self.session.config.result_columns());
        let mut results = Results::create(input_rows, &scan.plan, paths, &self.run_id, kind)?;
        if self.session.config.report.is_some() {
            results = results.gathering();
        }
        Ok(match work {
            Some(work) => results.of_run(&work.run_info),
            None => results,
        })
    }

    /// Returns the rows to send, with what earlier starts have left; `None` if nothing is left.
    fn rows_to_send(&self, work: &OpenedRun) -> Result<Option<RowsToSend<'f>>, ImportError> {
        if work.left.rows == 0 {
            return Ok(None);
        }
        let FileRun { input, scan, .. } = self.file;
        let mut earlier = None;
        if work.recovered.judged > 0 {
            let outcomes = earlier.insert(Outcomes::new(scan.plan.rows(), self.began));
            work.journal.outcomes(|row, outcome| outcomes.restore(row, outcome))?;
        }
        Ok(Some(RowsToSend { input_rows: input.input_rows(), plan: &scan.plan, earlier }))
    }

    /// Sends the rows.
    async fn execute(
        &self,
        work: Option<OpenedRun>,
        results: Results<'f>,
        known: KnownUsers,
    ) -> Result<Executed<'f>, ImportError> {
        let ImportSession { connection, reporter, .. } = self.session;
        let FileRun { input, scan, .. } = self.file;
        let policy = Policy { run_id: self.run_id.clone(), ..self.session.policy() };
        let shared = self
            .session
            .config
            .connect
            .store
            .clone()
            .zip(self.journal.as_ref().map(|(place, _)| place.clone()));
        let sent = match &work {
            Some(work) => {
                let sends = self.rows_to_send(work)?;
                SentRecorder::begin(connection, &policy, sends, shared.clone(), reporter)
            }
            None => None,
        };
        let since = work
            .as_ref()
            .map(|OpenedRun { recovered, run_info, .. }| {
                changed_since(connection, recovered, run_info, self.file, &policy)
            })
            .transpose()?;
        let row_reporter = RowReporter {
            results,
            display: reporter.show_run("row"),
            sent,
            group_side: None,
            store: shared,
        };
        let client = connection.client.clone();
        let mut run = Executor::new(input.input_rows(), &scan.plan, client, policy, row_reporter)
            .with_late_effects(&connection.late_effects)
            .with_probe_answers(known.probe_answers, known.rows_known)?
            .watch_list(known.list_file)
            .watch_files(known.naming_files)
            .with_earlier_files(&known.earlier_files, known.shared_rows)
            .with_requests_sent(known.creation_requests);
        if let Some(learned) = connection.learned_form() {
            run = run.with_group_side(learned.read(Timestamp::now()));
        }
        if let Some(organization) = known.organization {
            run = run.with_organization(organization);
        }
        let mut locks = None;
        if let Some(OpenedRun { journal, recovered, run_info, locks: held, .. }) = work {
            run = run
                .with_journal(journal, recovered, run_info.began)?
                .with_rows_changed_since(since.unwrap_or_default());
            locks = Some(held);
        }
        let (ended, outcomes, row_reporter) = run.finish(|| reporter.run_interrupted()).await;
        let RowReporter { results, display, sent, group_side, .. } = row_reporter;
        display.finish();
        self.keep_learned_form(group_side.as_ref());
        Ok(Executed { ended, outcomes, results, sent, locks, group_side })
    }

    /// Keeps what the run has found out about group-side commands. Without it, the next import only
    /// tries again.
    fn keep_learned_form(&self, group_side: Option<&GroupSideEnd>) {
        let ImportSession { connection, config, reporter, .. } = self.session;
        let Some((learned, end)) = connection.learned_form().zip(group_side) else {
            return;
        };
        if config.is_real()
            && let Err(error) = learned.keep(&end.form, Timestamp::now())
        {
            reporter.say(&format!("note: {error}"));
        }
    }

    /// Completes the results, and says how the run has ended.
    fn end(self, executed: Executed<'_>) -> Result<Exit, ImportError> {
        let Executed { ended, mut outcomes, results, sent, locks, group_side } = executed;
        let ImportSession { connection, reporter, .. } = self.session;
        let FileRun { input, scan, paths, .. } = self.file;
        if let Some(why) = connection.late_effects.failure() {
            reporter.say(&format!(
                "note: this import and others cannot see each other's requests that the service \
                 may still carry out: {why}"
            ));
        }
        let files = FilesAtEnd::of(&input.table, self.list_file.as_deref(), &self.naming_files);
        let changed =
            if ended == Ended::Finished { files.change_words(paths, reporter) } else { None };
        let reason = self.note_stop(&ended);
        let Skipped { of_start, of_earlier } = &self.skipped;
        let statuses = Summary::statuses(&outcomes, of_start.iter().chain(of_earlier));
        let by_rows = self.exit_by_rows(&outcomes);
        let closed =
            results.close(&mut outcomes, &reason).and_then(|written| still_there(paths, written));
        if let Some(sent) = sent {
            sent.end(input.input_rows(), &scan.plan, &outcomes, reporter);
        }
        let exit = match &ended {
            Ended::Finished if closed.is_err() || changed.is_some() => Exit::Stopped,
            ended => exit(ended, by_rows),
        };
        let mut written = match closed {
            Ok(written) => written,
            Err(error) => {
                let by_status = &by_status_words(&statuses);
                let file = input.table.name();
                let note = Note::ResultsIncomplete { error: &error, file, by_status };
                self.incomplete(&reporter.words(&note), &ended)?
            }
        };
        written.kept.iter().for_each(|kept| reporter.say(&kept.to_string()));
        let stop = match &ended {
            Ended::Finished => Stop { why: changed, ..Stop::default() },
            Ended::Stopped(stop) => self.stop(stop, &files, &outcomes)?,
        };
        let page = written.page.take();
        let group_side = group_side.as_ref().and_then(GroupSideSaved::of);
        let summary = Summary { group_side, ..self.summary(statuses, written, stop, exit) };
        if let (Ended::Finished, Some((_, snapshot))) = (&ended, &self.journal) {
            // The rows that are left are compared with the same list.
            if self.is_whole {
                forget_lists(snapshot);
            }
            journal::forget_place(input, connection);
        }
        self.leave_store(&ended, exit);
        drop(locks);
        if let Some(page) = page {
            let place = self.journal.as_ref().map(|(place, _)| place.as_path());
            let page = of_summary(page, &summary, self.began, (place, reporter.typed()));
            reporter.event(ImportEvent::Page(Box::new(page)))?;
        }
        let (run_id, began) = (&self.run_id, self.began);
        reporter.event(ImportEvent::Ended { summary: &summary, run_id, began })?;
        Ok(exit)
    }

    /// Reports results that could not be written completely. If the run has finished, this is its
    /// error.
    fn incomplete(&self, words: &str, ended: &Ended) -> Result<WrittenResults, ImportError> {
        let reporter = self.session.reporter;
        reporter.say(&format!("error: {words}"));
        if *ended == Ended::Finished {
            reporter.event(ImportEvent::Fails(words))?;
        }
        Ok(WrittenResults::default())
    }

    /// Returns the exit status by the rows of this start. Those of earlier starts, which `--rows`
    /// skips now, do not count.
    fn exit_by_rows(&self, outcomes: &Outcomes) -> Exit {
        use OutcomeStatus::{Failed, Invalid, Unknown};
        let is_bad = |status: &OutcomeStatus| matches!(status, Invalid | Failed | Unknown);
        let input_rows = self.file.input.input_rows();
        let mut own = (0..outcomes.rows()).filter(|row| input_rows.asks_for(*row));
        let has_bad_skip =
            self.skipped.of_start.iter().any(|(status, rows)| is_bad(status) && *rows > 0);
        let mut has_bad_outcome =
            || own.any(|row| outcomes.known(row).is_some_and(|(status, ..)| is_bad(&status)));
        if has_bad_skip || has_bad_outcome() { Exit::SomeRows } else { Exit::Good }
    }

    /// Notes in the journal why the run has stopped. Returns what rows that were not sent say.
    fn note_stop(&self, ended: &Ended) -> String {
        let Ended::Stopped(stop) = ended else { return String::new() };
        let reason = format!("the run stopped before it: {}", stop_words(&stop.why));
        if let Some((place, _)) = &self.journal {
            let store = self.session.config.connect.store.as_deref();
            journal::note_stop(place, &reason, store);
        }
        reason
    }

    /// Leaves the run in the store, so that another computer may continue it at once.
    fn leave_store(&self, ended: &Ended, exit: Exit) {
        let Some((store, (place, _))) =
            self.session.config.connect.store.as_ref().zip(self.journal.as_ref())
        else {
            return;
        };
        let state = match ended {
            Ended::Finished => RunState::Finished,
            Ended::Stopped(stop) if store.assigned().is_some() => state_after_stop(stop),
            Ended::Stopped(_) => RunState::Stopped,
        };
        let reason = match ended {
            Ended::Finished => None,
            Ended::Stopped(stop) => Some(stop.why.to_string()),
        };
        match store.leave(place, LeaseEnd { state, exit_status: i32::from(exit as u8), reason }) {
            // That is why it has stopped.
            Ok(()) | Err(StoreError::LeaseLost { .. }) => {}
            Err(error) => self.session.reporter.say(&format!(
                "note: the store does not know that this import has ended ({error}): another \
                 computer can continue it once its lease has run out"
            )),
        }
    }

    fn stop(
        &self,
        stop: &StopReason,
        files: &FilesAtEnd,
        outcomes: &Outcomes,
    ) -> Result<Stop, ImportError> {
        let StopReason { why, left, is_interrupted, .. } = stop;
        let reporter = self.session.reporter;
        if *is_interrupted {
            reporter.event(ImportEvent::Interrupted)?;
        }
        let store = self.session.config.connect.store.as_ref().zip(self.journal.as_ref());
        let lost = store.and_then(|(store, (place, _))| store.lost_run(place));
        if let Some(words) = lost.and_then(|run| taken_over_words(&run)) {
            return Ok(Stop { why: Some(words), is_taken_over: true, ..Stop::default() });
        }
        let input_rows = self.file.input.input_rows();
        Ok(Stop {
            why: Some(reporter.words(&Note::Stop(why))),
            next: reporter.next(&self.file.path, files.way_on()),
            left: Some(remaining(input_rows, left, outcomes, self.organization.as_deref())),
            is_taken_over: false,
        })
    }

    fn summary(
        &self,
        statuses: BTreeMap<&'static str, u64>,
        written: WrittenResults,
        stop: Stop,
        exit: Exit,
    ) -> Summary {
        let ImportSession { config, connection, .. } = self.session;
        let journal = self.journal.as_ref().map(|(place, _)| place.as_path());
        let FileRun { input, scan, paths, .. } = self.file;
        let (before, after) = (&self.stats_before, connection.client.stats());
        let has_rows_to_fix = !written.codes.is_empty() && !stop.is_taken_over;
        let failed = paths.failed.clone().filter(|_| has_rows_to_fix);
        let requests = after.action_requests - before.action_requests + self.creation_requests;
        Summary {
            file: input.table.name().to_owned(),
            organization: connection.organization.clone(),
            host: connection.host.clone(),
            test_mode: config.test_mode,
            rows: scan.counts.rows,
            fix: fix_advice(self.session, (self.file, journal), failed.as_deref(), &stop.why),
            failed,
            codes: written.codes,
            statuses,
            effects: written.effects,
            of_adobe_ids: written.of_adobe_ids,
            has_list: input.baseline.is_some(),
            is_compared: config.compares(),
            not_there: written.not_there,
            perhaps_nobody: written.perhaps_nobody,
            near_names: written.near_names,
            requests,
            requests_in_run: self.requests_before + requests,
            group_side: None,
            throttled: after.throttled - before.throttled,
            seconds: self.busy_since.elapsed().as_secs_f64(),
            results: Some(paths.results.clone()).filter(|path| is_written(path)),
            stopped: stop.why,
            left: stop.left,
            next: stop.next,
            exit: exit as u8,
        }
    }
}

/// Returns the rows by status: `40 ok, 2 failed`.
fn by_status_words(statuses: &BTreeMap<&'static str, u64>) -> String {
    let by_status: Vec<String> = statuses
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .map(|(status, rows)| format!("{rows} {status}"))
        .collect();
    by_status.join(", ")
}

/// Whether results stand in this place. If they cannot be written, a folder may.
fn is_written(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}

/// Drops the paths of results that were deleted meanwhile.
fn still_there(paths: &Paths, written: WrittenResults) -> io::Result<WrittenResults> {
    paths
        .results
        .try_exists()?
        .then_some(written)
        .ok_or_else(|| DeletedResults(paths.results.clone()).into())
}

/// Returns the exit status of a file.
fn exit(ended: &Ended, by_rows: Exit) -> Exit {
    match ended {
        Ended::Stopped(StopReason { anything_sent: false, .. }) => Exit::NothingSent,
        Ended::Stopped(_) => Exit::Stopped,
        Ended::Finished => by_rows,
    }
}

/// Writes results and shows progress during a run.
struct RowReporter<'t> {
    results: Results<'t>,
    display: Box<dyn RunDisplay + 't>,
    /// The record beside the snapshots.
    sent: Option<SentRecorder>,
    /// What commands of groups have saved.
    group_side: Option<GroupSideEnd>,
    /// The store that is told how far the run is, and the journal by which it knows the run.
    store: Option<(Arc<SharedStore>, PathBuf)>,
}

impl Reporter for RowReporter<'_> {
    fn on_outcomes(&mut self, outcomes: &mut Outcomes) -> io::Result<()> {
        self.results.advance(outcomes)
    }

    fn on_group_side(&mut self, end: GroupSideEnd) {
        self.group_side = Some(end);
    }

    fn on_response(&mut self, number: u32, commands: usize, what: &str) {
        self.display.detail(&visible(&format!(
            "request {number}, {}: {what}",
            count(commands as u64, "command")
        )));
    }

    fn progress_every(&self) -> Duration {
        self.display.every()
    }

    fn on_progress(&mut self, progress: &RunProgress) {
        self.display.show(progress);
        self.sent.iter_mut().for_each(SentRecorder::goes_on);
        if let Some((store, place)) = &self.store {
            store.note_progress(place, || told_progress(progress));
        }
    }
}
