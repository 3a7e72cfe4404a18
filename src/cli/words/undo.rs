//! Messages about an undo, with the option that helps.

use crate::import::undo::error::{UndoError, no_baseline_words};

/// Returns the message of an error, with the option that avoids or confirms it.
pub(super) fn undo_words(error: &UndoError) -> String {
    match error {
        UndoError::NoBaseline { file } => format!(
            "{}. Next time use `umbulk import --snapshot-before`, or compare with a list: `umbulk \
             import --skip-unchanged`",
            no_baseline_words(file)
        ),
        UndoError::NotConfirmed { .. } => format!("{error}. Add --yes to confirm it"),
        other => other.to_string(),
    }
}
