//! `umbulk status`: the progress of imports according to their journals, during a run and
//! afterwards.

use crate::cli::args::commands::StatusArgs;
use crate::cli::error::CliError;
use crate::cli::proposed_command::Typed;
use crate::cli::results::{InputNow, input_now, no_journal};
use crate::cli::say::{print_out, status_line};
use crate::clock::wall_clock;
use crate::execute::OutcomeStatus;
use crate::fs::{Lock, OsText};
use crate::import::Exit;
use crate::import::journal_place::{all_journals, journals_of, lock_path};
use crate::import::portions::leaves_rows;
use crate::journal::{Journal, RecoveredState, RunInfo, explained_requests};
use crate::number::{count_thousands, thousands};
use crate::plan::Estimate;
use crate::report::uncertain_words;
use crate::shell::shell_words;
use crate::visible::visible;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Shows how far runs are.
pub(crate) fn run(args: &StatusArgs) -> Result<Exit, CliError> {
    let journals = args.file.as_deref().map_or_else(|| all_journals(Path::new("")), journals_of);
    let named = args.file.as_deref().filter(|file| !journals.iter().any(|journal| journal == file));
    let (mut known, mut wrong) = (Vec::new(), Vec::new());
    for journal in journals.iter().filter_map(|path| JournalFacts::of(path, named).transpose()) {
        match journal {
            Ok(journal) => known.push(journal),
            Err(CliError(why)) => wrong.push(why),
        }
    }
    // An invalid journal does not hide the others.
    let last = wrong.pop();
    wrong.iter().for_each(|why| status_line(&format!("error: {why}")));
    let wrong = last.map(CliError);
    if known.is_empty() {
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        return Err(match &args.file {
            Some(file) => no_journal(file),
            None => CliError(
                "there is no journal in this folder: name the imported file or its journal"
                    .to_owned(),
            ),
        });
    }
    if args.json {
        print_out(&format!("{}\n", serde_json::to_string(&known)?))?;
    } else {
        print_out(&known.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    }
    wrong.map_or(Ok(Exit::Good), Err)
}

/// Whether a process works at the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum WorkState {
    Running,
    Interrupted,
    Finished,
    /// The journal is a copy, and so does not show whether the run continues elsewhere.
    Unknown,
}

/// The content of a journal.
#[derive(Debug, Serialize)]
struct JournalFacts {
    #[serde(serialize_with = "OsText::serialize_lossy")]
    journal: PathBuf,
    file: String,
    organization: String,
    host: String,
    run: String,
    state: WorkState,
    /// Whether a signal (SIGSTOP, Ctrl-Z) has suspended the process.
    suspended: bool,
    process: u32,
    began: Timestamp,
    finished: Option<Timestamp>,
    rows: u64,
    /// Rows with an outcome, by status. Includes rows that are not sent because they are invalid or
    /// unchanged.
    statuses: BTreeMap<String, u64>,
    /// Rows to send that have no outcome.
    left: u64,
    /// Rows of a running process in requests that were sent or are about to be, without a response
    /// yet.
    in_flight: u64,
    /// Other rows that were sent and got no response, so that their result is unknown.
    uncertain: u64,
    /// Requests sent, including every retry; `null` if the number in the journal does not agree
    /// with the rows.
    requests: Option<u64>,
    /// Requests left; `null` for the same reason.
    requests_left: Option<u64>,
    pause_until: Option<Timestamp>,
    pause_why: Option<String>,
    /// The state of the imported file, if the run is interrupted.
    input: Option<InputNow>,
    /// The results file, according to the journal.
    #[serde(serialize_with = "OsText::serialize_lossy")]
    results: PathBuf,
    /// Whether all starts of the run have finished, but were not about all rows.
    #[serde(skip)]
    leaves_rows: bool,
    /// The next command, from the words in the journal: it continues an interrupted run, or starts
    /// over if the input has changed.
    next: Option<String>,
}

impl JournalFacts {
    /// Reads a journal. `named` is the imported file, if the user named one.
    fn of(path: &Path, named: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(journal) = Journal::open_read_only(path)? else { return Ok(None) };
        let (about, run_info, recovered) = journal.believed()?;
        let state = match recovered.finished {
            _ if Lock::is_held(&lock_path(path)) => WorkState::Running,
            Some(_) => WorkState::Finished,
            None if journal.is_copy()? => WorkState::Unknown,
            None => WorkState::Interrupted,
        };
        let RowStates { statuses, sent, in_flight, uncertain } =
            RowStates::count(&journal, &run_info, &recovered, state)?;
        let left = run_info.to_send.saturating_sub(sent);
        let planned = Estimate { commands: 0, requests: run_info.requests };
        // A running process records requests before the limiter allows them to be sent.
        let sent_so_far = recovered.requests_sent().unwrap_or_default();
        let waiting = u64::from(recovered.requests).saturating_sub(sent_so_far);
        let on_their_way = match state {
            WorkState::Running => recovered.open.0.saturating_sub(waiting),
            _ => 0,
        };
        let input = if state == WorkState::Interrupted {
            input_now(named, &journal, path, (&about, &run_info, &recovered))?
        } else {
            None
        };
        let leaves_rows = leaves_rows(&run_info, &recovered, about.rows);
        let next = (state == WorkState::Interrupted).then(|| next(&run_info, input)).flatten();
        let requests = recovered.requests_sent();
        let pause = recovered.pause.filter(|pause| pause.until > Timestamp::now());
        let (pause_until, pause_why) = pause.map(|pause| (pause.until, pause.why)).unzip();
        Ok(Some(Self {
            journal: path.to_owned(),
            file: shown_name(&run_info.file),
            organization: about.organization,
            host: about.host,
            run: run_info.run_id,
            state,
            suspended: state == WorkState::Running && Lock::is_holder_suspended(&lock_path(path)),
            process: run_info.process,
            began: run_info.began,
            finished: recovered.finished,
            rows: about.rows.into(),
            statuses,
            left,
            in_flight,
            uncertain,
            requests,
            requests_left: (planned.requests <= explained_requests(run_info.to_send))
                .then(|| planned.requests_left(run_info.to_send, left, on_their_way)),
            pause_until,
            pause_why,
            input,
            leaves_rows,
            results: run_info.folder.as_path().join(run_info.results.as_path()),
            next,
        }))
    }
}

/// The rows of a run by their state.
struct RowStates {
    statuses: BTreeMap<String, u64>,
    /// Sent rows with an outcome.
    sent: u64,
    in_flight: u64,
    uncertain: u64,
}

impl RowStates {
    fn count(
        journal: &Journal,
        run_info: &RunInfo,
        recovered: &RecoveredState,
        state: WorkState,
    ) -> Result<Self, CliError> {
        let without_request = run_info.without_request.iter().filter(|(_, rows)| **rows > 0);
        let mut statuses: BTreeMap<String, u64> =
            without_request.map(|(name, rows)| (name.clone(), *rows)).collect();
        let mut sent = 0;
        let mut uncertain: HashSet<u32> = recovered.uncertain.iter().copied().collect();
        let mut in_flight: HashSet<u32> =
            recovered.open.1.iter().copied().filter(|_| state == WorkState::Running).collect();
        journal.outcomes(|row, outcome| {
            *statuses.entry(outcome.status.name().to_owned()).or_default() += 1;
            sent += 1;
            uncertain.remove(&row);
            in_flight.remove(&row);
        })?;
        uncertain.retain(|row| !in_flight.contains(row));
        let (in_flight, uncertain) = (in_flight.len() as u64, uncertain.len() as u64);
        Ok(Self { statuses, sent, in_flight, uncertain })
    }
}

/// Returns the next command, if the one in the journal is an import.
fn next(run_info: &RunInfo, input: Option<InputNow>) -> Option<String> {
    let words: Vec<OsString> = run_info.typed.iter().map(|word| word.0.clone()).collect();
    let typed = Typed::new(&words).filter(Typed::imports)?;
    let command = match input {
        Some(InputNow::Gone) => return None,
        Some(InputNow::Changed) => typed.to_start_over(run_info.file.as_path()),
        Some(InputNow::Same) | None => typed.to_go_on(),
    };
    Some(format!("cd {} && {}", shell_words([&run_info.folder]), shell_words(command)))
}

fn shown_name(file: &OsText) -> String {
    if file.0 == "-" { "standard input".to_owned() } else { file.0.to_string_lossy().into_owned() }
}

impl fmt::Display for JournalFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A journal may be forged: its text is escaped.
        writeln!(f, "{}: {}", visible(&self.file), self.state_words())?;
        writeln!(f, "  organization  {} at {}", visible(&self.organization), visible(&self.host))?;
        writeln!(f, "  run           {}, begun {}", visible(&self.run), time(self.began))?;
        self.rows(f)?;
        self.requests(f)?;
        match self.input {
            Some(InputNow::Changed) => {
                writeln!(
                    f,
                    "  input         has changed since: restore its earlier content, and the run \
                     continues"
                )?;
            }
            Some(InputNow::Gone) => writeln!(
                f,
                "  input         is not beside the journal: put it back, and the run continues"
            )?,
            Some(InputNow::Same) | None => {}
        }
        // The command is marked, because the journal may be forged.
        writeln!(f, "  from the journal:")?;
        writeln!(f, "  results       {}", visible(&self.results.to_string_lossy()))?;
        if let Some(next) = &self.next {
            let what = if self.input == Some(InputNow::Changed) {
                "to start over"
            } else {
                "to go on     "
            };
            writeln!(f, "  {what} {}", visible(next))?;
        }
        Ok(())
    }
}

impl JournalFacts {
    fn state_words(&self) -> String {
        match (self.state, self.finished) {
            (WorkState::Running, _) if self.suspended => {
                format!(
                    "running, but suspended by a signal (process {0}): `kill -CONT {0}` lets it \
                     go on",
                    self.process
                )
            }
            (WorkState::Running, _) => format!("running (process {})", self.process),
            (WorkState::Unknown, _) => {
                "unknown: this journal was copied from another place, where the run may go on"
                    .to_owned()
            }
            (WorkState::Interrupted, _) => "interrupted".to_owned(),
            (WorkState::Finished, at) => {
                let part = if self.leaves_rows { " with a part of the rows" } else { "" };
                let at = at.map(|at| format!(" {}", time(at))).unwrap_or_default();
                format!("finished{part}{at}")
            }
        }
    }

    /// Writes the rows by their outcomes, and those without one.
    fn rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let completed: u64 = self.statuses.values().sum();
        let by_status = OutcomeStatus::ALL.iter().filter_map(|status| {
            let rows = self.statuses.get(status.name())?;
            Some(format!("{} {}", thousands(*rows), status.name()))
        });
        let by_status: Vec<String> = by_status.collect();
        write!(
            f,
            "  rows          {} of {} have an outcome",
            thousands(completed),
            thousands(self.rows)
        )?;
        writeln!(f, "{}{}", if by_status.is_empty() { "" } else { ": " }, by_status.join(", "))?;
        let not_asked_for = self.rows.saturating_sub(completed + self.left);
        if not_asked_for > 0 {
            writeln!(f, "  skipped       {} by --rows", count_thousands(not_asked_for, "row"))?;
        }
        if self.in_flight > 0 {
            writeln!(
                f,
                "  in flight     {}: sent or about to be sent, no response yet",
                count_thousands(self.in_flight, "row")
            )?;
        }
        if self.uncertain > 0 {
            writeln!(f, "  uncertain     {}", uncertain_words(self.uncertain))?;
        }
        Ok(())
    }

    /// Writes the requests, and the pause that the server has asked for.
    fn requests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unexplained = "more than its rows can explain, by the journal".to_owned();
        let sent =
            self.requests.map_or(unexplained, |requests| format!("{} sent", thousands(requests)));
        let to_go = self
            .requests_left
            .filter(|_| self.left > 0)
            .map(|requests| format!(", about {} to go", thousands(requests)));
        writeln!(f, "  requests      {sent}{}", to_go.unwrap_or_default())?;
        if let (Some(until), Some(why)) = (self.pause_until, &self.pause_why) {
            writeln!(f, "  pause         until {} ({})", time(until), visible(why))?;
        }
        Ok(())
    }
}

fn time(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}
