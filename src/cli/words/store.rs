//! Messages about the store that several computers share, with the options that help.

use crate::import::store_error::{
    StoreUseError, damaged_words, deleted_words, needs_store_words, no_run_words, not_there_words,
    store_behind_words, two_runs_words,
};
use crate::shell::shell_words;

/// Describes why the store cannot be used.
#[expect(clippy::too_many_lines, reason = "one arm for each error")]
pub(super) fn store_words(error: &StoreUseError) -> String {
    match error {
        StoreUseError::NeedsStore { file, store } => format!(
            "{}. Add `{}`. {AFRESH}",
            needs_store_words(file, store),
            shell_words(["--store", store])
        ),
        StoreUseError::NotThere { file, run, store } => format!(
            "{}. Use `{}`. {AFRESH}",
            not_there_words(file, run, store),
            shell_words(["--store", store])
        ),
        StoreUseError::Deleted { file, run, store } => {
            format!("{}. {AFRESH}", deleted_words(file, run, store))
        }
        StoreUseError::TwoRuns { file, journal, run } => format!(
            "{}. Finish the one here: `{}`. Or add --fresh: it cancels the one in the store, and \
             sends all rows again, also those that are done",
            two_runs_words(file, journal, run),
            shell_words(["umbulk", "import", file, "--store", "none"])
        ),
        StoreUseError::DamagedRun { run, store, why } => {
            format!("{}. Restore the store from a backup. {AFRESH}", damaged_words(run, store, why))
        }
        StoreUseError::StoreBehind { file, journal } => {
            format!("{}. Restore the store. {AFRESH}", store_behind_words(file, journal))
        }
        StoreUseError::Missing => format!("{error}. Add `--store none`"),
        StoreUseError::Retry => format!(
            "{error}. Add `--store none`, on the computer where the import ended. Or fix the rows \
             in the file of rows to fix, and import that file: it is a run of its own in the store"
        ),
        StoreUseError::OtherContent(_) => format!(
            "{error}. Finish that import, or rename this file. --fresh cancels that import and \
             sends all rows of this file; while a computer carries that import out, --fresh is \
             refused"
        ),
        StoreUseError::KnownAs { known, store, .. } => format!(
            "{error}. Rename the file, and type `{}`. Or add --fresh: it sends all rows again, \
             also those that are done",
            shell_words(["umbulk", "import", known, "--store", store])
        ),
        StoreUseError::Meanwhile { .. } => {
            format!("{error}. Type the same command again to see its state")
        }
        StoreUseError::UnderWay { run, store, .. } => {
            let words = |command: &str| shell_words(["umbulk", command, run, "--store", store]);
            format!(
                "{error}. `{}` shows its state, and `{}` ends it",
                words("status"),
                words("cancel")
            )
        }
        StoreUseError::Done { run, store, .. } => format!(
            "{error}. `{}` writes the results here. --fresh sends all rows again",
            shell_words(["umbulk", "results", run, "--store", store])
        ),
        StoreUseError::HalfSent { .. } => format!(
            "{error}. The same command with `import` in place of `submit` sends the rows that are \
             left, from this computer. --fresh queues all rows again"
        ),
        StoreUseError::NothingToSend { file } => format!(
            "{error}. `{}` shows the outcome of each row",
            shell_words(["umbulk", "validate", file])
        ),
        StoreUseError::Over { .. }
        | StoreUseError::Store(_)
        | StoreUseError::Held { .. }
        | StoreUseError::StandardInput
        | StoreUseError::OneName { .. }
        | StoreUseError::OneContent { .. }
        | StoreUseError::NewerJob { .. }
        | StoreUseError::NewerRun { .. } => error.to_string(),
        StoreUseError::NoRun { .. }
        | StoreUseError::NotLast { .. }
        | StoreUseError::NotWritten { .. }
        | StoreUseError::Ended { .. }
        | StoreUseError::OtherFile { .. }
        | StoreUseError::OtherPlace { .. } => not_continued_words(error),
    }
}

/// Describes why a run that is named by its id is not continued.
fn not_continued_words(error: &StoreUseError) -> String {
    match error {
        StoreUseError::NoRun { run, store } => format!("{}. Nothing was sent", no_run(run, store)),
        StoreUseError::Ended { .. } => {
            format!("{error}. `umbulk import` with its file begins another one")
        }
        StoreUseError::OtherFile { .. } => format!(
            "{error}. Move that file into another folder, and type the same command again: it \
             writes the file of the run"
        ),
        StoreUseError::OtherPlace { .. } => {
            format!("{error}. Name the credentials of that organization (--profile, --env-file)")
        }
        _ => error.to_string(),
    }
}

/// Describes a run that a store does not have, with the command that lists those that it has.
pub(crate) fn no_run(run: &str, store: &str) -> String {
    let list = shell_words(["umbulk", "runs", "--store", store]);
    format!("{}: `{list}` lists them", no_run_words(run, store))
}

/// What it means to start over.
const AFRESH: &str = "--fresh sends all rows again, also those that are done: use it only if no \
                      computer continues this import";
