//! Why a run stops early.

use super::guard::Cap;
use crate::umapi::ApiError;
use std::time::Duration;

/// Why a run stops early. The import adds the words, and the options that help.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StopCause {
    /// The input has changed.
    InputChanged { file: String },
    /// The list that the rows were compared with has changed.
    ListChanged { file: String },
    /// This number of rows in a row was refused with one code.
    RefusedInARow { rows: u64, code: String },
    /// More rows failed than the limit allows.
    TooManyFailed { rows: u64, cap: Cap },
    /// The server asks for a longer pause than is allowed.
    PauseTooLong { wait: Duration, why: String },
    /// The server could not be asked whether users exist before they are removed.
    PresenceUnknown(ApiError),
    /// Anything else, in words.
    Other(String),
}

impl From<String> for StopCause {
    fn from(words: String) -> Self {
        Self::Other(words)
    }
}
