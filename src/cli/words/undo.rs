//! Messages about an undo, with the option that helps.

use crate::clock::wall_clock;
use crate::import::undo::earlier_import::EarlierImport;
use crate::import::undo::error::{UndoError, no_baseline_words};
use crate::shell::shell_words;
use std::ffi::OsStr;

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

/// Says that an import before the last one of a file can be taken back, and by which command.
pub(crate) fn earlier_words(earlier: &EarlierImport) -> String {
    format!(
        "An earlier import of this file, which ended {}, can still be taken back: {}",
        wall_clock(earlier.finished, "%a %d %b %H:%M"),
        undo_of_earlier(earlier)
    )
}

/// Returns the command that takes an earlier import back.
pub(crate) fn undo_of_earlier(earlier: &EarlierImport) -> String {
    shell_words([OsStr::new("umbulk"), OsStr::new("undo"), earlier.journal.as_os_str()])
}
