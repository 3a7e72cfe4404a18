//! Why a run stops early.

use super::guard::Cap;
use crate::number::{count, form, minutes};
use crate::umapi::ApiError;
use std::time::Duration;

/// Why a run stops early. The import adds the options that help.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum StopCause {
    /// The input has changed.
    #[error(
        "{file} has changed since it was planned. Put its earlier content back, then the same \
         import continues; or start over with the file as it is now"
    )]
    InputChanged { file: String },
    /// The list that the rows were compared with has changed.
    #[error(
        "{file} has changed since the rows were compared with it. Put its earlier content back, \
         then the same import continues; or start over with the list as it is now"
    )]
    ListChanged { file: String },
    /// This number of consecutive rows was refused with one code.
    #[error(
        "{} in a row {} refused with {code}: something is wrong with the file or the organization. \
         Fix it",
        count(*rows, "row"),
        form(*rows, "was", "were")
    )]
    RefusedInARow { rows: u64, code: String },
    /// More rows failed than the limit allows.
    #[error("{} failed, but {cap} may fail", count(*rows, "row"))]
    TooManyFailed { rows: u64, cap: Cap },
    /// The server asks for a longer pause than is allowed.
    #[error(
        "the server asks for a pause of {}, which is longer than allowed ({why})",
        minutes(*wait)
    )]
    PauseTooLong { wait: Duration, why: String },
    /// The server could not be asked whether users exist before they are removed.
    #[error("whether the users are there could not be checked: {0}")]
    PresenceUnknown(ApiError),
    /// Nothing may be sent any more: another worker has taken over the run, or the store that it
    /// is recorded in does not answer. The same command continues.
    #[error("{0}")]
    MayNotSend(String),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl StopCause {
    /// Whether the run is interrupted: neither its rows nor the server are the cause.
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self, Self::MayNotSend(_))
    }

    /// Whether it only holds back the rows that are left. A limit that the user has set is broken
    /// also by the last row.
    pub(crate) fn is_about_the_rest(&self) -> bool {
        matches!(self, Self::RefusedInARow { .. })
    }
}

impl From<String> for StopCause {
    fn from(words: String) -> Self {
        Self::Other(words)
    }
}
