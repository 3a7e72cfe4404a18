//! Why a run stops, with the options that let it continue.

use crate::execute::StopCause;
use crate::import::error::{api_words, pause_words};
use crate::number::{count, form};

/// What happened, and what to type.
pub(crate) fn stop_words(cause: &StopCause) -> String {
    match cause {
        StopCause::InputChanged { file } => format!(
            "{file} has changed since it was planned. Put its earlier content back, then the same \
             command goes on; or use --fresh to start over with the file as it is now"
        ),
        StopCause::ListChanged { file } => format!(
            "{file} has changed since the rows were compared with it. Put its earlier content \
             back, then the same command goes on; or use --fresh to start over with the list as \
             it is now"
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
            format!("--verify-deletes could not check: {}", api_words(error))
        }
        StopCause::Other(words) => words.clone(),
    }
}
