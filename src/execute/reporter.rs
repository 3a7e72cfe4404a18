//! What a run says while it goes on, and at its end.

use super::outcomes::{OutcomeStatus, Outcomes};
use super::stop_cause::StopCause;
use crate::plan::Ahead;
use crate::umapi::{ClientStats, Wait};
use std::io;
use std::time::Duration;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    /// Every row has its outcome.
    Finished,
    /// It stopped before; the rows without an outcome were not sent.
    Stopped(StopReason),
}

/// Why a run stopped early.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StopReason {
    /// What happened.
    pub why: StopCause,
    /// Did the server take any request of this run? (Where none, nothing has been changed.)
    pub anything_sent: bool,
    /// Somebody wanted it to stop.
    pub is_interrupted: bool,
    /// What the same command would go on with.
    pub left: RemainingRows,
}

/// What is left of a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RemainingRows {
    /// Rows without an outcome.
    pub rows: u64,
    /// Those of them that were sent, and nobody knows yet what came of it.
    pub uncertain: u64,
    /// What they take, with the limits as they stand.
    pub ahead: Box<Ahead>,
}

/// How far a run has come. A run that goes on counts from where it went on.
#[derive(Debug, Clone)]
pub(crate) struct RunProgress {
    /// Rows that had no outcome at the start.
    pub rows: u64,
    /// Rows with each status since then, as in [`OutcomeStatus::ALL`].
    pub counts: [u64; OutcomeStatus::ALL.len()],
    /// The code that most rows failed with, and how many.
    pub most_frequent_failure: Option<(String, u64)>,
    /// Requests sent in the whole run, every retry counted.
    pub requests_sent: u64,
    /// Requests that have not left yet.
    pub requests_left: u64,
    /// Questions that are to be asked before rows are sent, and have not left yet.
    pub questions_left: u64,
    /// The time left, waits included; `None` where nobody knows.
    pub left: Option<Duration>,
    /// What is waited for.
    pub waiting: Option<Wait>,
    /// Why the run stops, while it waits for so many answers that are on their way.
    pub stopping: Option<(StopCause, u64)>,
    /// What the client has seen.
    pub stats: ClientStats,
    /// Since the start.
    pub elapsed: Duration,
}

/// Looks on while a run goes on, and writes down what is finished.
pub(crate) trait Reporter {
    /// Called after every answer: rows may have got their outcomes. An error stops the run.
    fn on_outcomes(&mut self, outcomes: &mut Outcomes) -> io::Result<()>;
    /// Called with what a request came to, in words.
    fn on_response(&mut self, _number: u32, _commands: usize, _what: &str) {}
    /// Called several times a second.
    fn on_progress(&mut self, snapshot: &RunProgress);
}
