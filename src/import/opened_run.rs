//! A run whose journal is open.

use crate::fs::Lock;
use crate::import::portions::Skipped;
use crate::import::unfinished::Unfinished;
use crate::journal::{Journal, Outcome, RecoveredState, RunDecisions, RunInfo};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

/// The locks that show other processes that a run is in progress.
pub(crate) struct RunLocks {
    pub(crate) _journal: Lock,
    /// The lock on the content of the input, under all its names.
    pub(crate) _content: Option<Lock>,
    /// The input itself, which no output may replace.
    pub(crate) _input: Option<File>,
}

/// What was done of the rows of a retry before it.
#[derive(Debug, Default)]
pub(crate) struct RowsBefore {
    /// The number of retries whose rows were sent.
    pub(crate) retries: u32,
    /// Whether it is certain that no row of the run has changed anything.
    pub(crate) is_untouched: bool,
    /// The outcomes of the rows, from 0, that are sent again.
    pub(crate) outcomes: BTreeMap<u32, Outcome>,
}

/// A journal that this process holds, with its content.
pub(crate) struct OpenedRun {
    pub(crate) journal: Journal,
    /// The path of the journal.
    pub(crate) place: PathBuf,
    pub(crate) recovered: RecoveredState,
    pub(crate) run_info: RunInfo,
    /// Whether the run is resumed, so that the results are its own.
    pub(crate) goes_on: bool,
    /// What was done of failed rows that it begins to send again, so that the results are those of
    /// before; `None` if it does not. Its journal stays as it was until the first of them is sent.
    pub(crate) begins_retry: Option<RowsBefore>,
    /// The decisions of the run about its rows; `None` if it is finished and only shown.
    pub(crate) decisions: Option<RunDecisions>,
    /// The rows that are not sent.
    pub(crate) skipped: Skipped,
    /// What is left to send.
    pub(crate) left: Unfinished,
    /// Whether the results file is an earlier state of this run's results.
    pub(crate) own_results: bool,
    /// What this process holds until the run ends.
    pub(crate) locks: RunLocks,
    /// The snapshot that the run uses, with that of the groups beside it, until the run has
    /// finished.
    pub(crate) list: PathBuf,
}
