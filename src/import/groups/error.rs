//! Why user groups are not created before the rows that need them, and why the list of groups is
//! not fetched.

use crate::execute::StopCause;
use crate::fs::csv_in_words;
use crate::import::list_error::clock;
use jiff::Timestamp;
use std::path::PathBuf;

/// Why no row was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateError {
    #[error("the groups that rows need: {0}. No row was sent; the same command continues")]
    Stopped(StopCause),
    #[error("the groups that rows need: {words}. No row was sent")]
    Absent {
        /// Which groups do not exist, and why.
        words: String,
    },
    #[error("{}: {}", path.display(), csv_in_words(error))]
    Table { path: PathBuf, error: csv::Error },
}

/// Why the list of groups is not fetched now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoFetch {
    #[error("there is no folder to store the list of groups in: set XDG_STATE_HOME")]
    NoFolder,
    #[error(
        "the list of groups was fetched at {}, and Adobe allows the next fetch from {} on",
        clock(*asked),
        clock(*until)
    )]
    TooSoon { asked: Timestamp, until: Timestamp },
    /// Questions about single groups got no response.
    #[error("{0}")]
    Unanswered(String),
}
