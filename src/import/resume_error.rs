//! Why an import cannot begin, or cannot resume an earlier run.

use crate::fs::Busy;
use crate::import::difference::Difference;
use crate::number::count;
use std::io;
use std::path::{Path, PathBuf};

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResumeError {
    #[error("{file}: {busy}")]
    Busy { file: String, busy: Busy },
    #[error("no journal can be kept beside the results: {0}")]
    NoJournal(io::Error),
    #[error(
        "{file}: an import of this file was interrupted, and now {}. Undo that, and the same \
         import continues; or start over with things as they are now",
        joined(differences)
    )]
    OtherRun { file: String, differences: Vec<Difference> },
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
    #[error("{}: {error}", path.display())]
    ListNotKept { path: PathBuf, error: io::Error },
}

fn joined(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Describes that the same file was started in another way.
pub(crate) fn elsewhere_words(file: &str, journal: &Path) -> String {
    let journal = journal.display();
    format!(
        "{file}: an import of this file under another name, or with other results, was \
         interrupted. Its journal is {journal}. Run the command that began it (`umbulk status \
         {journal}` shows it)"
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
