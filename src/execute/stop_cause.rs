//! Why a run stops early.

use super::guard::Cap;
use crate::umapi::ApiError;
use std::time::Duration;

/// Why a run stops early. What is said of it, with the options that help, is up to the import.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StopCause {
    /// The input is no longer the file that was planned.
    InputChanged { file: String },
    /// The list is no longer what the rows were compared with.
    ListChanged { file: String },
    /// So many rows in a row were refused with one code.
    RefusedInARow { rows: u64, code: String },
    /// More rows failed than the cap allows.
    TooManyFailed { rows: u64, cap: Cap },
    /// The server asks for a longer pause than is allowed.
    PauseTooLong { wait: Duration, why: String },
    /// Whether users are there could not be asked before they are removed.
    PresenceUnknown(ApiError),
    /// Anything else, in words.
    Other(String),
}

impl From<String> for StopCause {
    fn from(words: String) -> Self {
        Self::Other(words)
    }
}
