//! Messages about the store that several computers share, with the options that help.

use crate::import::store_error::{
    StoreUseError, needs_store_words, not_there_words, store_behind_words, two_runs_words,
};
use crate::shell::shell_words;

/// Describes why the store cannot be used.
pub(super) fn store_words(error: &StoreUseError) -> String {
    match error {
        StoreUseError::NeedsStore { file, store } => format!(
            "{}. Add {}, or use --fresh to start over",
            needs_store_words(file, store),
            shell_words(["--store", store])
        ),
        StoreUseError::NotThere { file, run, store } => format!(
            "{}. Use {}, or --fresh to start over",
            not_there_words(file, run, store),
            shell_words(["--store", store])
        ),
        StoreUseError::TwoRuns { file, journal, run } => format!(
            "{}. Finish the one here without --store, or use --fresh to start over: then the one \
             in the store is cancelled",
            two_runs_words(file, journal, run)
        ),
        StoreUseError::StoreBehind { file, journal } => format!(
            "{}. Restore the store, or use --fresh to send all rows again",
            store_behind_words(file, journal)
        ),
        StoreUseError::Store(_)
        | StoreUseError::Held { .. }
        | StoreUseError::StandardInput
        | StoreUseError::Missing
        | StoreUseError::Retry => error.to_string(),
    }
}
