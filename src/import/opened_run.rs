//! A run whose journal is open.

use crate::fs::Lock;
use crate::import::unfinished::Unfinished;
use crate::journal::{Journal, RecoveredState, RunInfo};
use std::path::PathBuf;

/// A journal that is held by this process, and what is known from it.
pub(crate) struct OpenedRun {
    pub(crate) journal: Journal,
    pub(crate) recovered: RecoveredState,
    pub(crate) run_info: RunInfo,
    /// An earlier part of the run has written it: the results are this run's own.
    pub(crate) goes_on: bool,
    /// What is still to be sent.
    pub(crate) left: Unfinished,
    /// The results at their place are an earlier state of those that are to be written.
    pub(crate) own_results: bool,
    /// Of the journal, and of the file under all its names.
    pub(crate) locks: (Lock, Option<Lock>),
    /// Where the list stays by which the run has begun, and beside it that of the groups, until it
    /// is finished.
    pub(crate) list: PathBuf,
}
