//! The result of an import, for a program.

use crate::execute::OutcomeStatus;
use crate::import::exit::Exit;
use crate::import::reporter::Stage;
use crate::report::Summary;
use std::path::PathBuf;

/// The result of an import.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ImportSummary {
    /// How it ended.
    pub exit: Exit,
    /// The files that were carried out, in order. After a stop, later files are not among them.
    pub files: Vec<FileSummary>,
    /// An error after something was sent, in words.
    pub failure: Option<String>,
}

impl ImportSummary {
    /// Returns how many rows of all files have this outcome.
    pub fn rows_with(&self, status: OutcomeStatus) -> u64 {
        self.files.iter().map(|file| file.rows_with(status)).sum()
    }
}

/// The result of one file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FileSummary {
    /// The file.
    pub file: String,
    /// The number of rows.
    pub rows: u64,
    /// The file with the outcome of every row, if it could be written.
    pub results: Option<PathBuf>,
    /// The file of rows to fix, if there are any.
    pub failed: Option<PathBuf>,
    /// Requests of this call, including repeats, without those of an earlier call.
    pub requests: u64,
    /// Why the run stopped early. While the file stays the same, the same import continues it.
    pub stopped: Option<String>,
    statuses: Vec<(OutcomeStatus, u64)>,
}

impl FileSummary {
    /// Returns the summary of a file for programs.
    pub(super) fn new(summary: &Summary) -> Self {
        let rows = |status: OutcomeStatus| summary.statuses.get(status.name()).copied();
        Self {
            file: summary.file.clone(),
            rows: summary.rows,
            results: summary.results.clone(),
            failed: summary.failed.clone(),
            requests: summary.requests,
            stopped: summary.stopped.clone(),
            statuses: OutcomeStatus::ALL
                .iter()
                .map(|status| (*status, rows(*status).unwrap_or(0)))
                .collect(),
        }
    }

    /// Returns how many rows have this outcome.
    pub fn rows_with(&self, status: OutcomeStatus) -> u64 {
        self.statuses.iter().filter(|(known, _)| *known == status).map(|(_, rows)| rows).sum()
    }
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ImportFailure {
    /// The kind of error: the stage of the import.
    pub stage: Stage,
    /// What happened, where, and what to do next. It names no option of the command line.
    pub message: String,
}
