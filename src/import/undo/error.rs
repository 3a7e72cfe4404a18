//! Why an import is not taken back, or cannot be recorded.

use super::record::BeforeRecordError;
use crate::clock::wall_clock;
use crate::fs::in_words;
use jiff::Timestamp;
use std::io;
use std::path::PathBuf;

/// Why there is no undo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UndoError {
    #[error(
        "there is no journal for {}: the file was not imported (rehearsals and test runs keep no \
         journal), or its journal is gone. Name the imported file or its journal",
        file.display()
    )]
    NoJournal { file: PathBuf },
    #[error(
        "the last import of {} has changed nothing: there is nothing to take back",
        file.display()
    )]
    ChangedNothing { file: PathBuf },
    #[error(
        "{} was imported into {}, and the credentials are for {organization} at {host}",
        file.display(),
        of.join(", ")
    )]
    OfAnother { file: PathBuf, of: Vec<String>, organization: String, host: String },
    #[error(
        "the import of {} is not finished: the same command continues it. Undo it after that",
        file.display()
    )]
    NotFinished { file: PathBuf },
    #[error(
        "{}: failed rows were sent again after an undo, or by an earlier version of umbulk. What \
         is left to take back is not known: nothing can be taken back",
        file.display()
    )]
    Retried { file: PathBuf },
    #[error("{}", no_baseline_words(file))]
    NoBaseline { file: PathBuf },
    #[error(
        "more than {most} people were changed, and the list of users is of {}, before the import \
         ended: Adobe lets it be fetched again at {}",
        time(*at),
        time(*again)
    )]
    ListTooOld { most: usize, at: Timestamp, again: Timestamp },
    #[error(
        "{}: {}: what is there before the import cannot be recorded, and nothing was sent",
        path.display(),
        in_words(error)
    )]
    NotKept { path: PathBuf, error: io::Error },
    #[error("{0}")]
    Record(#[from] BeforeRecordError),
    #[error("{words}. Nothing was sent: this was not confirmed")]
    NotConfirmed { words: String },
}

/// Says that a file was imported without a baseline.
pub(crate) fn no_baseline_words(file: &std::path::Path) -> String {
    format!(
        "{} was imported without a list of the organization, so it is not known what was there \
         before: nothing can be taken back",
        file.display()
    )
}

fn time(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}
