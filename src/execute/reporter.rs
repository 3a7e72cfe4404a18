//! What a run reports while it runs, and at its end.

use super::group_side::GroupSideEnd;
use super::outcomes::{OutcomeStatus, Outcomes};
use super::stop_cause::StopCause;
use crate::plan::Ahead;
use crate::umapi::{ClientStats, Wait};
use std::io;
use std::time::Duration;

/// The time between two reports of progress.
#[cfg(not(test))]
pub(crate) const TICK: Duration = Duration::from_millis(200);
/// Longer, because with short ticks an hour of simulated waiting would consist of nothing but
/// ticks.
#[cfg(test)]
pub(crate) const TICK: Duration = Duration::from_secs(20);

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    /// Every row has its outcome.
    Finished,
    /// It stopped early. The rows without an outcome were not sent.
    Stopped(StopReason),
}

/// Why a run stopped early.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StopReason {
    /// What happened.
    pub why: StopCause,
    /// Whether the server accepted any request of this run. Otherwise nothing has changed.
    pub anything_sent: bool,
    /// Whether the user interrupted it.
    pub is_interrupted: bool,
    /// What is left for the next start of the same command.
    pub left: RemainingRows,
}

/// What is left of a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RemainingRows {
    /// Rows without an outcome.
    pub rows: u64,
    /// Rows that were sent without a known result yet.
    pub uncertain: u64,
    /// The requests and probes left, with the current limits.
    pub ahead: Box<Ahead>,
}

/// The progress of a run. A continued run counts from where it continued.
#[derive(Debug, Clone)]
pub(crate) struct RunProgress {
    /// Rows that had no outcome at the start.
    pub rows: u64,
    /// The number of rows with each status since then, in the order of [`OutcomeStatus::ALL`].
    pub counts: [u64; OutcomeStatus::ALL.len()],
    /// The most frequent code of failed rows, and their number.
    pub most_frequent_failure: Option<(String, u64)>,
    /// Requests sent in the whole run, including every repeat.
    pub requests_sent: u64,
    /// Requests that are not sent yet.
    pub requests_left: u64,
    /// Probes before rows that are not sent yet.
    pub questions_left: u64,
    /// The time left, including waits; `None` if unknown.
    pub left: Option<Duration>,
    /// The reason of a wait.
    pub waiting: Option<Wait>,
    /// Why the run stops, while it waits for this number of responses.
    pub stopping: Option<(StopCause, u64)>,
    /// What the client has seen.
    pub stats: ClientStats,
    /// The time since the start.
    pub elapsed: Duration,
}

/// Observes a run, and writes completed rows.
pub(crate) trait Reporter {
    /// Is called after every response: rows may have got their outcomes. An error stops the run.
    fn on_outcomes(&mut self, outcomes: &mut Outcomes) -> io::Result<()>;
    /// Is called at the end, if memberships went as commands of their groups.
    fn on_group_side(&mut self, _end: GroupSideEnd) {}
    /// Is called with the result of a request, in words.
    fn on_response(&mut self, _number: u32, _commands: usize, _what: &str) {}
    /// Returns the time between two reports of progress.
    fn progress_every(&self) -> Duration {
        TICK
    }
    /// Is called after each such time.
    fn on_progress(&mut self, snapshot: &RunProgress);
}
