//! The rows of one file are sent, and its results and summary written.

use crate::execute::{
    Ended, Executor, InputRows, Outcomes, RemainingRows, Reporter, RunProgress, StopReason,
};
use crate::import::changed_files::FilesAtEnd;
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::first_questions::{FirstQuestions, Inquiry};
use crate::import::journal;
use crate::import::known_users::KnownUsers;
use crate::import::note::Note;
use crate::import::opened_run::OpenedRun;
use crate::import::reporter::{ImportEvent, RunDisplay};
use crate::import::sent_record::SentRecorder;
use crate::import::session::ImportSession;
use crate::import::stop_words::stop_words;
use crate::number::count;
use crate::organization::Organization;
use crate::plan::Ahead;
use crate::report::{KeptRows, Paths, Remaining, Results, Summary, WrittenResults};
use crate::table::Check;
use crate::visible::visible;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

impl ImportSession<'_> {
    /// Sends a file. An error after something was sent, of this file or of an earlier one, is a
    /// stop.
    ///
    /// # Errors
    /// In words, where nothing was sent.
    pub(crate) fn send(self, file: FileRun, known: KnownUsers) -> Result<Exit, ImportError> {
        let has_sent_before = self.has_sent();
        let ended = self.runtime.block_on(self.send_file(file, known));
        let exit = if self.has_sent() { self.stopped_if_wrong(ended) } else { ended? };
        // Nothing of this file was sent, but an earlier one was.
        Ok(if exit == Exit::NothingSent && has_sent_before { Exit::Stopped } else { exit })
    }

    /// An error after something was sent is said, and the import has stopped by it.
    pub(crate) fn stopped_if_wrong(self, ended: Result<Exit, ImportError>) -> Exit {
        ended.unwrap_or_else(|error| {
            let error = self.reporter.words(&Note::Error(&error));
            self.reporter.say(&format!("error: {error}"));
            let _ = self.reporter.event(ImportEvent::Fails(&error));
            Exit::Stopped
        })
    }

    async fn send_file(self, mut file: FileRun, known: KnownUsers) -> Result<Exit, ImportError> {
        let Self { config, connection, reporter, .. } = self;
        let mut work = file.work.take();
        let FileRun { path, input, scan, paths, .. } = &file;
        input.check_unchanged(Check::Quick)?;
        let before = connection.client.stats();
        let mut policy = self.policy();
        let own_results = work.as_ref().is_some_and(|work| work.own_results);
        if let Some(work) = &work {
            policy.run_id.clone_from(&work.run_info.run_id);
        }
        let run_id = policy.run_id.clone();
        let began = work.as_ref().map_or_else(Timestamp::now, |work| work.run_info.began);
        let decisions = work.as_mut().and_then(|work| work.decisions.take());
        let said_rows = InputRows {
            decided: decisions.as_ref().or(input.decided.as_ref()),
            ..input.input_rows()
        };
        let mut results =
            Results::create(said_rows, &scan.plan, paths, &policy.run_id, own_results)?;
        if let Some(work) = &work {
            results = results.of_run(&work.run_info);
        }
        let sent = work.as_ref().and_then(|work| {
            let sends = (work.left.rows > 0).then_some((input.input_rows(), &scan.plan));
            SentRecorder::begin(connection, &policy, sends, reporter)
        });
        let row_reporter = RowReporter { results, display: reporter.show_run("row"), sent };
        let mut run = Executor::new(
            input.input_rows(),
            &scan.plan,
            connection.client.clone(),
            policy,
            row_reporter,
        );
        run = run
            .with_late_effects(&connection.late_effects)
            .with_probe_answers(known.probe_answers, known.rows_known)?;
        run = run
            .watch_list(known.list_file.clone())
            .watch_files(known.naming_files.clone())
            .with_earlier_files(&known.earlier_files, known.shared_rows)
            .with_requests_sent(known.creation_requests);
        let list = known.organization;
        if let Some(organization) = &list {
            run = run.with_organization(Arc::clone(organization));
        }
        let mut locks = None;
        let kept_list = work.as_ref().map(|work| work.list.clone());
        let place = work.as_ref().map(|work| work.place.clone());
        let sent_before =
            work.as_ref().map_or(0, |work| work.recovered.requests_sent().unwrap_or_default());
        if let Some(OpenedRun { journal, recovered, run_info, locks: held, .. }) = work {
            run = run.with_journal(journal, recovered, run_info.began)?;
            locks = Some(held);
        }
        let (ended, mut outcomes, row_reporter) = run.finish(|| reporter.run_interrupted()).await;
        row_reporter.display.finish();
        if let Some(why) = connection.late_effects.failure() {
            reporter.say(&format!(
                "note: this import and others cannot tell each other what the service may still \
                 carry out: {why}"
            ));
        }
        let files = FilesAtEnd::of(&input.table, known.list_file.as_deref(), &known.naming_files);
        let changed_at_end =
            if ended == Ended::Finished { files.change_words(paths, reporter) } else { None };
        let reason = match &ended {
            Ended::Finished => String::new(),
            Ended::Stopped(stop) => format!("the run stopped before it: {}", stop_words(&stop.why)),
        };
        if let (Ended::Stopped(_), Some(place)) = (&ended, &place) {
            journal::note_stop(place, &reason);
        }
        let statuses = Summary::statuses(&outcomes, &scan.counts);
        let closed = row_reporter
            .results
            .close(&mut outcomes, &reason)
            .and_then(|written| still_there(paths, written));
        if let Some(sent) = row_reporter.sent {
            sent.end(input.input_rows(), &scan.plan, &outcomes, reporter);
        }
        let is_cut_short = closed.is_err() || changed_at_end.is_some();
        let exit = match &ended {
            Ended::Finished if is_cut_short => Exit::Stopped,
            ended => exit(ended, &statuses),
        };
        let written = closed.unwrap_or_else(|error| {
            reporter.say(&incomplete_words(&error, &statuses));
            WrittenResults::default()
        });
        for KeptRows { was, is } in &written.kept {
            reporter.say(&format!("note: the earlier {} is now {}", was.display(), is.display()));
        }
        let after = connection.client.stats();
        let (stopped, next, left) = match &ended {
            Ended::Finished => (changed_at_end, None, None),
            Ended::Stopped(StopReason { why, left, is_interrupted, .. }) => {
                if *is_interrupted {
                    reporter.event(ImportEvent::Interrupted)?;
                }
                (
                    Some(reporter.words(&Note::Stop(why))),
                    reporter.next(path, files.way_on()),
                    Some(remaining(input.input_rows(), left, &outcomes, list.as_deref())),
                )
            }
        };
        let failed = paths.failed.clone().filter(|_| !written.codes.is_empty());
        let import_failed = failed.as_ref().and_then(|failed| reporter.import_failed(failed));
        let requests = after.action_requests - before.action_requests + known.creation_requests;
        let summary = Summary {
            file: input.table.name().to_owned(),
            organization: connection.organization.clone(),
            host: connection.host.clone(),
            test_mode: config.test_mode,
            rows: scan.counts.rows,
            failed,
            import_failed,
            codes: written.codes,
            statuses,
            effects: written.effects,
            of_adobe_ids: written.of_adobe_ids,
            has_list: input.baseline.is_some(),
            not_there: written.not_there,
            perhaps_nobody: written.perhaps_nobody,
            near_names: written.near_names,
            requests,
            requests_in_run: sent_before + requests,
            throttled: after.throttled - before.throttled,
            seconds: known.began.elapsed().as_secs_f64(),
            results: paths.results.clone(),
            stopped,
            left,
            next,
            exit: exit as u8,
        };
        if let (Ended::Finished, Some(list)) = (&ended, kept_list) {
            journal::forget_lists(&list);
            journal::forget_place(input, connection);
        }
        drop(locks);
        reporter.event(ImportEvent::Ended { summary: &summary, run_id: &run_id, began })?;
        Ok(exit)
    }
}

/// What is left of a run that has stopped. The same command first asks about the people who are
/// left, as this one did.
fn remaining(
    input_rows: InputRows<'_>,
    left: &RemainingRows,
    outcomes: &Outcomes,
    list: Option<&Organization>,
) -> Remaining {
    let is_left = |_, row: u64| !u32::try_from(row - 1).is_ok_and(|row| outcomes.is_completed(row));
    let all_input_rows = [input_rows];
    let first = Inquiry::about(&all_input_rows, &[], &is_left)
        .and_then(|inquiry| FirstQuestions::of(&inquiry, &all_input_rows, list))
        .unwrap_or_default();
    let work = first.before(&left.ahead.work);
    let ahead = Box::new(Ahead { work, ..Ahead::clone(&left.ahead) });
    Remaining::new(&RemainingRows { ahead, ..left.clone() }, Timestamp::now())
}

/// What is said where the results could not be written to their end.
fn incomplete_words(error: &io::Error, statuses: &BTreeMap<&'static str, u64>) -> String {
    let by_status: Vec<String> = statuses
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .map(|(status, rows)| format!("{rows} {status}"))
        .collect();
    let by_status = by_status.join(", ");
    format!("error: the results are not complete: {error}. All rows by status: {by_status}")
}

/// Results that somebody has deleted meanwhile are not written.
fn still_there(paths: &Paths, written: WrittenResults) -> io::Result<WrittenResults> {
    paths.results.try_exists()?.then_some(written).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "{} was deleted during the run. `umbulk results` writes it again",
                paths.results.display()
            ),
        )
    })
}

/// How an import of one file ends by the outcomes of its rows.
fn exit(ended: &Ended, statuses: &BTreeMap<&'static str, u64>) -> Exit {
    match ended {
        Ended::Stopped(StopReason { anything_sent: false, .. }) => Exit::NothingSent,
        Ended::Stopped(_) => Exit::Stopped,
        Ended::Finished => {
            let bad = ["invalid", "failed", "unknown"]
                .iter()
                .any(|status| statuses.get(status).is_some_and(|rows| *rows > 0));
            if bad { Exit::SomeRows } else { Exit::Good }
        }
    }
}

/// Writes results and shows progress while a run goes on.
struct RowReporter<'t> {
    results: Results<'t>,
    display: Box<dyn RunDisplay + 't>,
    /// What is written down beside the stored lists.
    sent: Option<SentRecorder>,
}

impl Reporter for RowReporter<'_> {
    fn on_outcomes(&mut self, outcomes: &mut Outcomes) -> io::Result<()> {
        self.results.advance(outcomes)
    }

    fn on_response(&mut self, number: u32, commands: usize, what: &str) {
        self.display.detail(&visible(&format!(
            "request {number}, {}: {what}",
            count(commands as u64, "command")
        )));
    }

    fn on_progress(&mut self, progress: &RunProgress) {
        self.display.show(progress);
        self.sent.iter_mut().for_each(SentRecorder::goes_on);
    }
}
