//! What can go wrong with a call, told apart by what follows from it.

use crate::number::minutes;
use std::time::Duration;

/// An action request that brought no answer with outcomes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Refused as a whole: nothing of it was carried out.
    #[error("HTTP {status} {code}: {message}")]
    Refused {
        /// 400, 403, 404, 413, …
        status: u16,
        /// The server's code.
        code: String,
        /// The server's words.
        message: String,
        /// Whose fault it is.
        scope: RefusalScope,
    },
    /// Refused for reasons that hold for every request of this run: token, key, organization.
    #[error("HTTP {status} {code}: {message}")]
    Denied {
        /// 401, 403, 404, …
        status: u16,
        /// The server's code.
        code: String,
        /// The server's words, and the next step.
        message: String,
    },
    /// No answer came, or none that can be understood.
    #[error("{cause}")]
    NoResponse {
        /// For people.
        cause: String,
        /// May the request have been carried out? False when it surely never reached the server.
        maybe_applied: bool,
        /// What answered is hardly the API: a page, or noise.
        unrecognized: bool,
    },
    /// The server asks for a longer pause than is allowed.
    #[error(
        "the server asks for a pause of {}, which is longer than is allowed ({why})",
        minutes(*wait)
    )]
    WaitTooLong {
        /// The pause.
        wait: Duration,
        /// Why.
        why: String,
        /// May the request have been carried out? A 429 says no, a 503 says nothing about it.
        maybe_applied: bool,
    },
    /// The client was [closed](super::Client::close) before the request left.
    #[error("not sent: the run stops")]
    Closed,
}

/// What a refusal of a whole request speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalScope {
    /// One bad command sinks the request (`error.command.…`): the others are worth sending without
    /// it.
    Command,
    /// The API's own code says neither which command it refuses nor that it refuses every request
    /// (`error.user.…`).
    Unplaced,
    /// The answer is not in the API's own words: a gateway may dislike one command, or everything.
    Unrecognized,
    /// Every request of this run: key, certificate, organization.
    Run,
}

/// A token or read call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The credentials, or the token made with them, are refused: that holds for every call.
    #[error("{0}")]
    Credentials(String),
    /// The server refuses, and will again.
    #[error("{0}")]
    Denied(String),
    /// The organization has no group of that name.
    #[error("there is no group, product profile or role `{0}`: check the spelling")]
    NoSuchGroup(String),
    /// The server asks for a longer pause than is allowed.
    #[error(
        "the server asks for a pause of {}, which is longer than is allowed ({why})",
        minutes(*wait)
    )]
    WaitTooLong {
        /// The pause.
        wait: Duration,
        /// Why.
        why: String,
    },
    /// No answer that can be understood, after several attempts where that is sensible.
    #[error("{0}")]
    NoAnswer(String),
}

impl From<ActError> for ApiError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Denied { status: 401, .. } => Self::Credentials(error.to_string()),
            ActError::Refused { .. } | ActError::Denied { .. } => Self::Denied(error.to_string()),
            ActError::WaitTooLong { wait, why, .. } => Self::WaitTooLong { wait, why },
            other => Self::NoAnswer(other.to_string()),
        }
    }
}
