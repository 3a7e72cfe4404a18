//! Messages about why an import cannot begin or resume, with the option that starts over.

use crate::import::difference::Difference;
use crate::import::resume_error::{
    BegunRun, ResumeError, elsewhere_words, journal_missing_words, old_copy_words, open_row_words,
    overtaken_words,
};
use crate::shell::shell_words;

/// Describes why a run cannot be resumed, with the options that help.
pub(super) fn resume_words(error: &ResumeError) -> String {
    match error {
        ResumeError::OtherRun { file, begun, differences } => {
            let differences: Vec<String> = differences.iter().map(difference_words).collect();
            let begun = match begun {
                BegunRun::Interrupted => begun.to_string(),
                BegunRun::InPart => format!("{begun} (--rows)"),
            };
            format!(
                "{file}: an import of this file {begun}, and now {}. Change that back, and the \
                 same command continues; or use --fresh to send all rows again",
                differences.join(", ")
            )
        }
        ResumeError::OpenRowLeftOut { file, row, rows } => {
            format!("{}. Use --rows {rows}, or no --rows", open_row_words(file, *row))
        }
        ResumeError::RowOvertaken { file, row, by, others } => {
            let others = match others {
                Some(rows) => format!("Use --rows {rows} for the other rows, or "),
                None => String::new(),
            };
            let fresh = "--fresh to send all rows again, in their order";
            let advice = match others.is_empty() {
                true => format!("Use {fresh}"),
                false => format!("{others}{fresh}"),
            };
            format!("{}. {advice}", overtaken_words(file, *row, *by))
        }
        ResumeError::Elsewhere { file, journal } => {
            format!(
                "{} (`umbulk status {}` shows it), or use --fresh to send all rows again here",
                elsewhere_words(file, journal),
                shell_words([journal])
            )
        }
        ResumeError::OldCopy { file, journal, rows } => format!(
            "{}; or use --fresh to send all rows again",
            old_copy_words(file, journal, rows)
        ),
        ResumeError::JournalMissing { file, results, journal, done } => format!(
            "{}; or use --fresh to send all rows again, as after a rehearsal ({} is then renamed \
             with its date)",
            journal_missing_words(file, results, journal, *done),
            results.display()
        ),
        ResumeError::NoJournal(_) => {
            format!("{error}. Use --results FILE to put both into another folder")
        }
        ResumeError::Busy { .. } | ResumeError::ListNotKept { .. } => error.to_string(),
    }
}

/// Describes what has changed.
pub(super) fn difference_words(difference: &Difference) -> String {
    match difference {
        Difference::Protected => "the file of --protect has changed".to_owned(),
        Difference::Option { name, then, now } => format!("{name} is {now} (was {then})"),
        other => other.to_string(),
    }
}
