//! The errors of an import.

use crate::execute::ScanError;
use crate::export::{FetchError, JobError, LayoutError};
use crate::import::access::AccessError;
use crate::journal::JournalError;
use crate::number::minutes;
use crate::snapshot::DraftError;
use crate::table::TableError;
use crate::umapi::{ApiError, EndpointError, PageError, TlsError};
use std::io;
use std::time::Duration;

/// Why nothing could be done, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ImportError(pub(crate) String);

/// Errors whose own words say what to do.
macro_rules! said_as_they_are {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for ImportError {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })*
    };
}

said_as_they_are!(
    AccessError,
    DraftError,
    EndpointError,
    LayoutError,
    PageError,
    ScanError,
    TableError,
    TlsError,
    csv::Error,
    io::Error,
    serde_json::Error,
);

impl From<ApiError> for ImportError {
    fn from(error: ApiError) -> Self {
        Self(api_words(&error))
    }
}

/// What the server does, with the option that makes umbulk wait for it.
pub(crate) fn api_words(error: &ApiError) -> String {
    match error {
        ApiError::WaitTooLong { wait, why } => pause_words(*wait, why),
        other => other.to_string(),
    }
}

/// `the server asks for a pause of 3 h, which is longer than --max-wait allows (HTTP 429)`
pub(crate) fn pause_words(wait: Duration, why: &str) -> String {
    format!(
        "the server asks for a pause of {}, which is longer than --max-wait allows ({why})",
        minutes(wait)
    )
}

impl From<FetchError> for ImportError {
    fn from(error: FetchError) -> Self {
        Self(fetch_words(&error))
    }
}

/// Why a list was not fetched, with the option that helps.
pub(crate) fn fetch_words(error: &FetchError) -> String {
    match error {
        FetchError::Api(error) | FetchError::Job(JobError::Api(error)) => api_words(error),
        other => other.to_string(),
    }
}

impl From<JournalError> for ImportError {
    fn from(error: JournalError) -> Self {
        Self(journal_words(&error))
    }
}

/// What is wrong with a journal, with the option that starts over without it.
pub(crate) fn journal_words(error: &JournalError) -> String {
    match error {
        JournalError::Newer(_) => format!("{error} with --fresh"),
        JournalError::Torn { .. } => {
            format!("{error} with --fresh, which renames the journal with its date")
        }
        JournalError::Older(_) | JournalError::Damaged(..) => {
            format!("{error} with --fresh, which renames it with its date")
        }
        JournalError::Database { .. } | JournalError::Gone(_) | JournalError::Lost => {
            error.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journal_that_cannot_be_read_is_refused_with_the_option_to_start_over() {
        let path = || "a.journal".into();
        for error in [
            JournalError::Newer(path()),
            JournalError::Older(path()),
            JournalError::Torn { path: path(), why: "x".to_owned() },
            JournalError::Damaged(path(), "x".to_owned()),
        ] {
            assert!(!error.to_string().contains("--"), "{error}");
            assert!(journal_words(&error).contains("start over with --fresh"), "{error}");
        }
        assert!(!journal_words(&JournalError::Gone(path())).contains("--fresh"));
    }

    #[test]
    fn pause_that_is_too_long_names_the_option_that_allows_it() {
        let error = ApiError::WaitTooLong { wait: Duration::from_secs(7200), why: "x".to_owned() };
        assert!(fetch_words(&FetchError::Api(error)).contains("longer than --max-wait allows (x)"));
    }
}
