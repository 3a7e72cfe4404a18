//! Messages about why an import cannot begin or resume, with the option that starts over.

use crate::import::difference::Difference;
use crate::import::resume_error::{ResumeError, elsewhere_words, journal_missing_words};

pub(super) fn resume_words(error: &ResumeError) -> String {
    match error {
        ResumeError::OtherRun { file, differences } => {
            let differences: Vec<String> = differences.iter().map(difference_words).collect();
            format!(
                "{file}: an import of this file was interrupted, and now {}. Undo that, and the \
                 same command continues; or use --fresh to start over",
                differences.join(", ")
            )
        }
        ResumeError::Elsewhere { file, journal } => {
            format!("{}, or use --fresh to start over here", elsewhere_words(file, journal))
        }
        ResumeError::JournalMissing { file, results, journal, done } => format!(
            "{}; or use --fresh to send all rows again ({} is then renamed with its date)",
            journal_missing_words(file, results, journal, *done),
            results.display()
        ),
        ResumeError::Busy { .. } | ResumeError::NoJournal(_) | ResumeError::ListNotKept { .. } => {
            error.to_string()
        }
    }
}

/// Describes what has changed.
fn difference_words(difference: &Difference) -> String {
    match difference {
        Difference::Protected => "the file of --protect has changed".to_owned(),
        Difference::Option { name, then, now } => format!("{name} is {now} (was {then})"),
        other => other.to_string(),
    }
}
