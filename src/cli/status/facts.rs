//! What a journal says about its run.

use crate::cli::error::CliError;
use crate::cli::journaled_run::{InputNow, input_now};
use crate::cli::proposed_command::Typed;
use crate::fs::{Lock, OsText};
use crate::import::Exit;
use crate::import::journal_place::lock_path;
use crate::import::portions::leaves_rows;
use crate::import::undo::earlier_import::{EarlierImport, earlier_import};
use crate::journal::{Journal, RecoveredState, RunInfo, explained_requests};
use crate::plan::Estimate;
use crate::shell::shell_words;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Adobe's limit: requests in a time.
const LIMIT: (u32, Duration) = (10, Duration::from_secs(60));

/// Whether a process works at the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WorkState {
    Running,
    /// It was refused, or ended before it sent anything.
    NotBegun,
    Interrupted,
    Finished,
    /// The journal is a copy, and so does not show whether the run continues elsewhere.
    Unknown,
}

/// The content of a journal.
#[derive(Debug, Serialize)]
pub(super) struct JournalFacts {
    #[serde(serialize_with = "OsText::serialize_lossy")]
    pub(super) journal: PathBuf,
    pub(super) file: String,
    pub(super) organization: String,
    pub(super) host: String,
    pub(super) run: String,
    /// The shared store of the run: there another computer may have continued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store: Option<String>,
    pub(super) state: WorkState,
    /// Whether a signal (SIGSTOP, Ctrl-Z) has suspended the process.
    pub(super) suspended: bool,
    pub(super) process: u32,
    pub(super) began: Timestamp,
    pub(super) finished: Option<Timestamp>,
    pub(super) rows: u64,
    /// Rows with an outcome, by status. Includes rows that are not sent because they are invalid or
    /// unchanged.
    pub(super) statuses: BTreeMap<String, u64>,
    /// Rows to send that have no outcome.
    pub(super) left: u64,
    /// Rows of a running process in requests that were sent or are about to be, without a response
    /// yet.
    pub(super) in_flight: u64,
    /// Other rows that were sent and got no response, so that their result is unknown.
    pub(super) uncertain: u64,
    /// Requests sent, including every retry; `null` if the number in the journal does not agree
    /// with the rows.
    pub(super) requests: Option<u64>,
    /// Requests left; `null` for the same reason.
    pub(super) requests_left: Option<u64>,
    pub(super) pause_until: Option<Timestamp>,
    pub(super) pause_why: Option<String>,
    /// The state of the imported file, if the run is interrupted.
    pub(super) input: Option<InputNow>,
    /// The results file, according to the journal.
    #[serde(serialize_with = "OsText::serialize_lossy")]
    pub(super) results: PathBuf,
    /// Whether all starts of the run have finished, but were not about all rows.
    #[serde(skip)]
    pub(super) leaves_rows: bool,
    /// Rows to fix: invalid, failed or unknown.
    pub(super) to_fix: u64,
    /// The file of the rows to fix, if the run has finished and there are any.
    #[serde(serialize_with = "lossy")]
    pub(super) failed: Option<PathBuf>,
    /// When a running import ends, if nothing is refused and the limit is Adobe's.
    pub(super) ends: Option<Timestamp>,
    /// The exit status with `--check`.
    #[serde(serialize_with = "as_number")]
    pub(super) exit: Exit,
    /// The next command, from the words in the journal: it continues an interrupted run, or starts
    /// over if the input has changed.
    pub(super) next: Option<String>,
    /// The newest import of the file before this one that can be taken back, if the user has asked
    /// about the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) earlier: Option<EarlierImport>,
}

impl JournalFacts {
    /// Reads a journal. `named` is the imported file, if the user named one.
    #[expect(clippy::too_many_lines, reason = "one value after another")]
    pub(super) fn of(path: &Path, named: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(journal) = Journal::open_read_only(path)? else { return Ok(None) };
        let (about, run_info, recovered) = journal.believed()?;
        let state = match recovered.finished {
            _ if Lock::is_held(&lock_path(path)) => WorkState::Running,
            Some(_) => WorkState::Finished,
            None if journal.is_copy()? => WorkState::Unknown,
            None if !recovered.has_begun() => WorkState::NotBegun,
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
        let count = |status: &str| statuses.get(status).copied().unwrap_or_default();
        let to_fix: u64 = ["invalid", "failed", "unknown"].into_iter().map(count).sum();
        let requests_left = (planned.requests <= explained_requests(run_info.to_send))
            .then(|| planned.requests_left(run_info.to_send, left, on_their_way));
        let ends = requests_left
            .filter(|_| state == WorkState::Running)
            .and_then(|requests| ends(requests, pause_until, Timestamp::now()));
        let failed =
            run_info.failed.as_ref().filter(|_| state == WorkState::Finished && to_fix > 0);
        let failed = failed.map(|failed| run_info.folder.as_path().join(failed.as_path()));
        Ok(Some(Self {
            journal: path.to_owned(),
            file: shown_name(&run_info.file),
            organization: about.organization,
            host: about.host,
            run: run_info.run_id,
            store: journal.store_copy()?.map(|copy| copy.store),
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
            requests_left,
            pause_until,
            pause_why,
            input,
            leaves_rows,
            results: run_info.folder.as_path().join(run_info.results.as_path()),
            to_fix,
            failed,
            ends,
            exit: exit(state, to_fix),
            next,
            earlier: None,
        }))
    }
}

impl JournalFacts {
    /// Adds the newest import before this one that can be taken back. One that cannot be read is
    /// no reason to say less about this one.
    pub(super) fn with_earlier(self) -> Self {
        let earlier = earlier_import(&self.journal, &self.organization, &self.host);
        Self { earlier: earlier.ok().flatten(), ..self }
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
        Some(InputNow::Changed) => typed.to_start_over(run_info.file.as_path())?,
        Some(InputNow::Same) | None => typed.to_go_on(),
    };
    Some(format!("cd {} && {}", shell_words([&run_info.folder]), shell_words(command)))
}

fn shown_name(file: &OsText) -> String {
    if file.0 == "-" { "standard input".to_owned() } else { file.0.to_string_lossy().into_owned() }
}

/// Returns the exit status of a run that is looked at: that of the import, as far as it is known.
fn exit(state: WorkState, to_fix: u64) -> Exit {
    match state {
        WorkState::Running | WorkState::Interrupted | WorkState::Unknown => Exit::Stopped,
        WorkState::NotBegun => Exit::NothingSent,
        WorkState::Finished if to_fix > 0 => Exit::SomeRows,
        WorkState::Finished => Exit::Good,
    }
}

/// Returns when these requests are sent.
fn ends(requests: u64, pause: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let (limit, window) = LIMIT;
    let time = Estimate { commands: 0, requests }.duration(limit, window);
    pause.unwrap_or(now).checked_add(time).ok()
}

fn as_number<S: serde::Serializer>(exit: &Exit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(*exit as u8)
}

fn lossy<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_has_the_status_of_the_import() {
        assert_eq!(exit(WorkState::Finished, 0), Exit::Good);
        assert_eq!(exit(WorkState::Finished, 1), Exit::SomeRows);
        for state in [WorkState::Running, WorkState::Interrupted, WorkState::Unknown] {
            assert_eq!([exit(state, 0), exit(state, 1)], [Exit::Stopped; 2]);
        }
    }

    #[test]
    fn end_of_a_run_counts_the_pause_and_the_limit() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |seconds| now.checked_add(Duration::from_secs(seconds)).unwrap();
        assert_eq!(ends(1, None, now), Some(now));
        assert_eq!(ends(25, None, now), Some(after(120)));
        assert_eq!(ends(25, Some(after(30)), now), Some(after(150)));
    }
}
