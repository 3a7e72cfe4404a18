//! Messages at the terminal, with the options that help there. An import itself names no options.

mod access;
mod baseline;
mod groups;
mod guard;
mod input;
mod lists;
mod missing;
mod notes;
mod outdated;
mod protect;
mod resume;
mod retry;
mod server;
mod store;
mod table;
pub(super) mod undo;

use crate::execute::ScanError;
use crate::fs::{in_words, no_place_for_file};
use crate::import::ImportError;
use crate::import::error::unasked_words;
use crate::journal::JournalError;
use std::io;
use std::path::Path;

pub(crate) use lists::asked_lately_words;
pub(crate) use notes::note_words;
pub(crate) use server::{api_words, fetch_words};
pub(crate) use store::no_run;
pub(crate) use table::{proposed_columns, words_of_saved_proposal};

/// Describes why an import cannot be done, with the option that helps.
pub(crate) fn error_words(error: &ImportError) -> String {
    match error {
        ImportError::Rows(error) => table::error_words(error),
        ImportError::Access(error) => access::error_words(error),
        ImportError::Guard(error) => guard::error_words(error),
        ImportError::Baseline(error) => baseline::error_words(error),
        ImportError::Missing(error) => missing::missing_words(error),
        ImportError::OfMissing { action, error } => {
            // Rows may have been sent before.
            format!("--missing {}: {}", action.name(), cause_words(error))
        }
        ImportError::ExportedListUnasked { file, error } => {
            format!("{} with --against", unasked_words(file, cause_words(error)))
        }
        ImportError::Resume(error) => resume::resume_words(error),
        ImportError::Store(error) => store::store_words(error),
        ImportError::Retry(error) => retry::retry_words(error),
        ImportError::PlanChanged(error) => {
            format!(
                "{error}. Plan again with the same options and with --save, and look at the new \
                 plan"
            )
        }
        ImportError::Create(error) => groups::create_words(error),
        ImportError::Protect(error) => protect::protect_words(error),
        ImportError::Input(error) => input::error_words(error),
        ImportError::Output(error) => input::output_words(error),
        ImportError::Undo(error) => undo::undo_words(error),
        ImportError::List(error) => lists::error_words(error),
        ImportError::AskedLately(asked_lately) => asked_lately_words(asked_lately),
        // All questions come before the first request.
        ImportError::Api(error) => format!("{}. Nothing was sent", api_words(error)),
        ImportError::Fetch(error) => fetch_words(error),
        ImportError::FetchGoesOn(error) => {
            format!("{}. The same command continues with the list from there", fetch_words(error))
        }
        ImportError::Journal(error) => journal_words(error),
        ImportError::Io(error) | ImportError::Scan(ScanError::Io(error)) => io_words(error),
        other => other.to_string(),
    }
}

/// Describes an error that is the cause of another one, which says what was sent.
fn cause_words(error: &ImportError) -> String {
    match error {
        ImportError::Api(error) => api_words(error),
        other => error_words(other),
    }
}

/// Describes an error of a file, with the option that puts a file without a given name elsewhere.
fn io_words(error: &io::Error) -> String {
    let words = in_words(error);
    match no_place_for_file(error).and_then(|place| option_of(&place.path)) {
        Some(option) => format!("{words}. {option} FILE names another place"),
        None => words,
    }
}

/// Returns the option that puts a file elsewhere, if the file has a name that umbulk gives.
fn option_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy();
    let has_any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has_any(&[".results.", ".check.", ".test."]) {
        Some("--results")
    } else if has_any(&["users.csv.partial", "groups.csv.partial", ".undo.", ".report."]) {
        Some("--out")
    } else {
        None
    }
}

/// How a run starts over, and what that means.
const AFRESH: &str = "add --fresh to the import command, which sends all rows again, also those \
                      that are done";

/// Describes what is wrong with a journal, with the option that starts over without it.
fn journal_words(error: &JournalError) -> String {
    match error {
        JournalError::Newer(_) => format!("{error}: {AFRESH}"),
        JournalError::Torn { .. } | JournalError::Older(_) | JournalError::Damaged(..) => {
            format!("{error}: {AFRESH} (the journal is then renamed with its date)")
        }
        JournalError::Database { .. }
        | JournalError::File { .. }
        | JournalError::Gone(_)
        | JournalError::StoreSilent(_)
        | JournalError::StoreSilentFor(..)
        | JournalError::StoreRefuses(..)
        | JournalError::Lost => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_for_another_place_is_that_of_the_files_own_name() {
        for (path, option) in [
            ("staff.results.csv", Some("--results")),
            ("in/staff.check.xlsx", Some("--results")),
            ("users.csv.partial", Some("--out")),
            ("old.results.d/staff.undo.csv", Some("--out")),
            ("old.results.d/m.toml", None),
        ] {
            assert_eq!(option_of(Path::new(path)), option, "{path}");
        }
    }

    /// More rows than a test can write, and a disk that fails while a journal is begun.
    #[test]
    fn errors_of_files_that_no_test_can_make_are_said_in_words() {
        let source = std::io::Error::from_raw_os_error(28);
        let errors = [
            ImportError::Scan(ScanError::TooManyRows("staff.csv".to_owned())),
            ImportError::Journal(JournalError::File { path: "a.journal".into(), source }),
            ImportError::Journal(JournalError::Gone("a.journal".into())),
            ImportError::Journal(JournalError::Lost),
        ];
        insta::assert_snapshot!(errors.map(|error| error_words(&error)).join("\n"), @r"
        staff.csv: more than 4294967294 rows: cut the file into several
        the journal a.journal: no space left on device: make room first
        the journal a.journal is missing: was a share or disk disconnected? Once it is back, the same command continues
        the journal is no longer written: please report it
        ");
    }

    #[test]
    fn unreadable_journal_is_refused_with_the_option_to_start_over() {
        let path = || "a.journal".into();
        for error in [
            JournalError::Newer(path()),
            JournalError::Older(path()),
            JournalError::Torn { path: path(), why: "x".to_owned() },
            JournalError::Damaged(path(), "x".to_owned()),
        ] {
            assert!(!error.to_string().contains("--"), "{error}");
            assert!(journal_words(&error).contains(&format!("start over: {AFRESH}")), "{error}");
        }
        assert!(!journal_words(&JournalError::Gone(path())).contains("--fresh"));
    }
}
