//! Why an import cannot begin, or cannot resume an earlier run.

use crate::execute::RowRange;
use crate::fs::{Busy, in_words};
use crate::import::difference::Difference;
use crate::number::count;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResumeError {
    #[error("{file}: {busy}")]
    Busy { file: String, busy: Busy },
    #[error("no journal can be kept beside the results: {}", in_words(.0))]
    NoJournal(io::Error),
    #[error(
        "{file}: an import of this file {begun}, and now {}. Change that back, and the same import \
         continues; or start over with things as they are now",
        joined(differences)
    )]
    OtherRun { file: String, begun: BegunRun, differences: Vec<Difference> },
    #[error(
        "{}. Choose that row, too: rows {rows}",
        open_row_words(file, *row)
    )]
    OpenRowLeftOut {
        file: String,
        row: u64,
        /// The chosen rows, and all whose results are not known.
        rows: RowRange,
    },
    #[error("{}. Choose other rows, or start over", overtaken_words(file, *row, *by))]
    RowOvertaken {
        file: String,
        row: u64,
        /// The later row that was sent.
        by: u64,
        /// The rows that can be sent; `None` if there are none, or they are too many to name.
        others: Option<RowRange>,
    },
    #[error("{}; or start over", old_copy_words(file, journal, rows))]
    OldCopy {
        file: String,
        journal: PathBuf,
        /// The rows that were completed since.
        rows: RowRange,
    },
    #[error("{}; or start over here", elsewhere_words(file, journal))]
    Elsewhere { file: String, journal: PathBuf },
    #[error(
        "{}; or start over and send all rows again ({} is then renamed with its date)",
        journal_missing_words(file, results, journal, *done),
        results.display()
    )]
    JournalMissing {
        file: String,
        results: PathBuf,
        journal: PathBuf,
        /// The number of rows that are completed according to the results.
        done: u64,
    },
    #[error(
        "the list of this run cannot be stored as {} ({}): nothing was sent. Remove what is there, \
         or put the results elsewhere",
        path.display(),
        in_words(error)
    )]
    ListNotKept { path: PathBuf, error: io::Error },
}

/// How far the earlier run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BegunRun {
    Interrupted,
    /// Every start has finished, but they were not about all rows.
    InPart,
}

impl fmt::Display for BegunRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "was interrupted",
            Self::InPart => "has sent only a part of its rows",
        })
    }
}

/// Describes a row without a known result that a start would skip.
pub(crate) fn open_row_words(file: &str, row: u64) -> String {
    format!(
        "{file}: row {row} was sent in an earlier start, and its result is not known. Nothing was \
         sent now, because other rows could be carried out before it"
    )
}

/// Describes a row that would be sent after a later one.
pub(crate) fn overtaken_words(file: &str, row: u64, by: u64) -> String {
    format!(
        "{file}: row {row} was skipped by an earlier start, which has sent row {by} about the same \
         user or group. Sent now, row {row} could undo what row {by} has done, so nothing was \
         sent"
    )
}

fn joined(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Describes that the same file was started in another way.
pub(crate) fn elsewhere_words(file: &str, journal: &Path) -> String {
    let journal = journal.display();
    format!(
        "{file}: an import of this file under another name, or with other results, was \
         interrupted. Its journal is {journal}. Run the command that began it"
    )
}

/// Describes a journal that is older than its run.
pub(crate) fn old_copy_words(file: &str, journal: &Path, rows: &RowRange) -> String {
    format!(
        "{file}: the journal {} is an old copy: its run continued elsewhere and has completed rows \
         {} since then. It would send them again, so nothing was sent. Continue with the newest \
         copy of the file and its journal",
        journal.display(),
        rows.in_short()
    )
}

/// Describes results of an unfinished run whose journal is missing.
pub(crate) fn journal_missing_words(
    file: &str,
    results: &Path,
    journal: &Path,
    done: u64,
) -> String {
    format!(
        "{file}: {} is from an unfinished run ({} completed), but its journal {} is missing. \
         Without it umbulk cannot know what was sent, so nothing was sent now. Restore the journal \
         with its -wal and -mark files, and the same command continues",
        results.display(),
        count(done, "row"),
        journal.display()
    )
}
