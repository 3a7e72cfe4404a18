//! Why a run stops early.

use super::guard::Cap;
use crate::number::{count, form, minutes};
use crate::umapi::ApiError;
use std::fmt;
use std::time::Duration;

/// Why a run stops early: what happened, and what to do.
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

impl fmt::Display for StopCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InputChanged { file } => write!(
                f,
                "{file} has changed since it was planned. Put its earlier content back, then the \
                 same command goes on; or start over with the file as it is now"
            ),
            Self::ListChanged { file } => write!(
                f,
                "{file} has changed since the rows were compared with it. Put its earlier content \
                 back, then the same command goes on; or start over with the list as it is now"
            ),
            Self::RefusedInARow { rows, code } => write!(
                f,
                "{} in a row {} refused with {code}: something is wrong with the file or the \
                 organization. Fix it, or allow more",
                count(*rows, "row"),
                form(*rows, "was", "were")
            ),
            Self::TooManyFailed { rows, cap } => {
                write!(f, "{} failed, but only {cap} may", count(*rows, "row"))
            }
            Self::PauseTooLong { wait, why } => write!(
                f,
                "the server asks for a pause of {}, which is longer than is allowed ({why})",
                minutes(*wait)
            ),
            Self::PresenceUnknown(error) => {
                write!(f, "whether users are there before they are removed is unknown: {error}")
            }
            Self::Other(words) => f.write_str(words),
        }
    }
}
