//! Why a journal cannot be used.

use crate::fs::in_words;
use crate::umapi::silent_for;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading or writing failed.
    #[error("the journal {}: {source}", path.display())]
    Database {
        /// The journal.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// The file cannot be found, created or replaced.
    #[error("the journal {}: {}", path.display(), in_words(source))]
    File {
        /// The journal.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The journal existed, and is gone.
    #[error("the journal {} is missing: was a share or disk disconnected? Once it is back, the \
         same command continues", .0.display())]
    Gone(PathBuf),
    /// The thread that writes the journal has ended.
    #[error("the journal is no longer written: please report it")]
    Lost,
    /// A newer umbulk wrote the journal.
    #[error(
        "the journal {} was written by a newer umbulk: use that version, or start over",
        .0.display()
    )]
    Newer(PathBuf),
    /// An older umbulk wrote the journal.
    #[error("the journal {} was written by an older umbulk: finish that run with the umbulk that \
         began it, or start over", .0.display())]
    Older(PathBuf),
    /// A file of the journal is missing or incomplete.
    #[error(
        "the journal {} is incomplete: {why}. umbulk cannot know what was sent. Put the files that \
         belong together into one folder again ({}), and the same command continues; or start over",
        path.display(),
        family(path)
    )]
    Torn {
        /// The journal.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The store that several computers share does not answer. What waits to be written can be
    /// committed again.
    #[error("the shared store does not answer ({0})")]
    StoreSilent(String),
    /// The store that several computers share has not answered for so long that the run stops.
    #[error("{}", silent_for(*.0, .1))]
    StoreSilentFor(Duration, String),
    /// The store that several computers share takes nothing more from this process.
    #[error("the shared store takes nothing more for the journal {path}: {why}",
        path = .0.display(), why = .1)]
    StoreRefuses(PathBuf, String),
    /// The file is no journal, or is damaged.
    #[error(
        "{path} is not an umbulk journal, or is damaged ({why}). You can only start over",
        path = .0.display(),
        why = .1
    )]
    Damaged(PathBuf, String),
}

/// Returns how an error of the database becomes one of this journal.
pub(super) fn database(path: &Path) -> impl Fn(rusqlite::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| match source {
        // A value that umbulk never writes: a negative number, or a number or bytes in place of a
        // text.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => damaged(&path, &source),
        source => JournalError::Database { path: path.clone(), source },
    }
}

/// Returns the files of a run, by name.
fn family(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}, {name}-wal, {name}-mark")
}

/// Returns how an error of a file becomes one of this journal.
pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| JournalError::File { path: path.clone(), source }
}

/// Returns the error of a journal that holds what umbulk never writes.
pub(super) fn damaged(path: &Path, why: &impl ToString) -> JournalError {
    JournalError::Damaged(path.to_owned(), why.to_string())
}
