//! The errors of a call, distinguished by their consequences.

use crate::number::minutes;
use std::time::Duration;

/// Why an action request has no response with results.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The request was refused as a whole: nothing of it was carried out.
    #[error("{}", refusal_words(*status, code, message))]
    Refused {
        /// 400, 403, 404, 413, …
        status: u16,
        /// The server's code.
        code: String,
        /// The server's message.
        message: String,
        /// What the refusal is about.
        scope: RefusalScope,
    },
    /// The request was refused for a reason that applies to every request of the run: token, key,
    /// organization.
    #[error("{}", refusal_words(*status, code, message))]
    Denied {
        /// 401, 403, 404, …
        status: u16,
        /// The server's code.
        code: String,
        /// The server's message, and the next step.
        message: String,
    },
    /// No response came, or none that can be understood.
    #[error("{cause}")]
    NoResponse {
        /// The cause, for people.
        cause: String,
        /// Whether the request may have been carried out. `false` if it certainly never reached the
        /// server.
        maybe_applied: bool,
        /// Whether the response does not seem to be the API's: a web page, or unreadable data.
        unrecognized: bool,
        /// Whether the server, or one behind it, took too long.
        timed_out: bool,
    },
    /// The server asks for a longer pause than is allowed.
    #[error("{}", too_long(*wait, why))]
    WaitTooLong {
        /// The pause.
        wait: Duration,
        /// The reason for the pause.
        why: String,
        /// Whether the request may have been carried out. After a 429 it was not; after a 503 that
        /// is unknown.
        maybe_applied: bool,
    },
    /// Nothing was done: the server responded with 429, or the request was not sent because of a
    /// pause that the server asks for.
    #[error("not done: the server asks for a pause")]
    Throttled,
    /// The request was not sent, and none will be: the gate of the client refuses it, or the
    /// store that it depends on does not answer.
    #[error("{why}")]
    MayNotSend {
        /// The reason.
        why: String,
    },
    /// The client was [closed](super::Client::close) before the request was sent.
    #[error("not sent: the run stops")]
    Closed,
}

/// What the refusal of a whole request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalScope {
    /// One bad command makes the server refuse the request (`error.command.…`): the other commands
    /// can be sent without it.
    Command,
    /// An API code that shows neither which command is refused nor that every request is
    /// (`error.user.…`).
    Unplaced,
    /// The response is not the API's: a gateway may refuse one command, or everything.
    Unrecognized,
    /// Every request of the run: key, certificate, organization.
    Run,
}

/// Why a token request or a read call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The credentials, or the token made with them, are refused, and so will be for every call.
    #[error("{0}")]
    Credentials(String),
    /// The server refuses the call, and will refuse it again.
    #[error("{0}")]
    Denied(String),
    /// The organization has no group of that name.
    #[error("there is no group, product profile or role `{0}`: check the spelling")]
    NoSuchGroup(String),
    /// The server asks for a longer pause than is allowed.
    #[error("{}", too_long(*wait, why))]
    WaitTooLong {
        /// The pause.
        wait: Duration,
        /// The reason for the pause.
        why: String,
    },
    /// No response came that can be understood, after several attempts if these make sense.
    #[error("{0}")]
    NoAnswer(String),
}

/// Describes a refusal: `HTTP 403 403000: Api Key is invalid`. A code that only repeats the status
/// is left out.
pub(crate) fn refusal_words(status: u16, code: &str, message: &str) -> String {
    let code = if *code == format!("http.{status}") { "" } else { code };
    let said = [code, message].map(str::trim);
    match said {
        ["", ""] => format!("HTTP {status}"),
        ["", message] => format!("HTTP {status}: {message}"),
        [code, ""] => format!("HTTP {status} {code}"),
        [code, message] => format!("HTTP {status} {code}: {message}"),
    }
}

fn too_long(wait: Duration, why: &str) -> String {
    format!(
        "the server asks for a pause of {}, which is longer than is allowed ({why})",
        minutes(wait)
    )
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
