//! Why a run stops, with the options that let it continue. The results give this reason for rows
//! that are not sent.

use crate::execute::StopCause;
use crate::number::{count, form, minutes};
use crate::umapi::ApiError;
use std::time::Duration;

/// Describes what happened, and what to type.
pub(crate) fn stop_words(cause: &StopCause) -> String {
    match cause {
        StopCause::InputChanged { file } => format!(
            "{file} has changed since it was planned. Restore its earlier content, and the same \
             command continues"
        ),
        StopCause::ListChanged { file } => format!(
            "{file} has changed since the rows were compared with it. Restore its earlier content, \
             and the same command continues"
        ),
        StopCause::RefusedInARow { rows, code } => format!(
            "{} in a row {} refused with {code}: something is wrong with the file or the \
             organization. Fix it, or allow more with --max-errors",
            count(*rows, "row"),
            form(*rows, "was", "were")
        ),
        StopCause::TooManyFailed { rows, cap } => {
            format!("{} failed, but --max-errors allows {cap}", count(*rows, "row"))
        }
        StopCause::PauseTooLong { wait, why } => pause_words(*wait, why),
        StopCause::PresenceUnknown(error) => {
            format!("--verify-deletes could not ask whether a user exists: {}", api_words(error))
        }
        StopCause::MayNotSend(words) | StopCause::Other(words) => words.clone(),
    }
}

/// Describes what the server does, with the option that lets umbulk wait for it.
pub(crate) fn api_words(error: &ApiError) -> String {
    match error {
        ApiError::WaitTooLong { wait, why } => pause_words(*wait, why),
        other => other.to_string(),
    }
}

/// Describes a pause: `the server asks for a pause of 3 h, which is longer than --max-wait allows
/// (HTTP 429)`.
fn pause_words(wait: Duration, why: &str) -> String {
    format!(
        "the server asks for a pause of {}, which is longer than --max-wait allows ({why})",
        minutes(wait)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_that_is_too_long_names_the_option_that_allows_it() {
        let error = ApiError::WaitTooLong { wait: Duration::from_secs(7200), why: "x".to_owned() };
        assert!(api_words(&error).contains("longer than --max-wait allows (x)"));
    }
}
