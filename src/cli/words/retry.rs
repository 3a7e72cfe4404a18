//! Messages about why failed rows are not sent again, with the options that help.

use super::resume::difference_words;
use crate::import::retry_error::RetryError;

pub(super) fn retry_words(error: &RetryError) -> String {
    match error {
        RetryError::Missing => format!("{error} (--missing)"),
        RetryError::NoRun { file } => format!(
            "{file}: there is no finished import of this file, so it has no failed rows. Import \
             the file without --retry-failed first"
        ),
        RetryError::Unfinished { file } => format!(
            "{file}: the last import of this file was interrupted. Type its command again, \
             without --retry-failed, until it has finished"
        ),
        RetryError::InPart { .. } => format!("{error} (--rows)"),
        RetryError::NothingToFix { .. } => {
            format!("{error} (`umbulk results FILE` writes the results again)")
        }
        RetryError::OtherOptions { file, differences } => {
            let differences: Vec<String> = differences.iter().map(difference_words).collect();
            format!(
                "{file}: --retry-failed sends the failed rows with the options of the last \
                 import, and now {}. Nothing was sent. Change that back, or import the file of \
                 rows to fix",
                differences.join(", ")
            )
        }
        RetryError::OtherRows { .. } => format!("{error} without --retry-failed"),
        other => other.to_string(),
    }
}
