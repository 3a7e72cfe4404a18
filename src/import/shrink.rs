//! The guard of a repeated job against a truncated list: a file with far fewer rows than the last
//! time is refused.

use crate::execute::Cap;
use crate::fs::{in_words, private_folder, read_file, write_atomic};
use crate::import::guard_error::GuardError;
use crate::import::shrunk::{LastRows, Shrunk};
use jiff::Timestamp;
use std::io::{self, Write};
use std::path::PathBuf;

/// Compares the rows of a job with those of its last run.
#[derive(Debug, Clone)]
pub(crate) struct ShrinkGuard {
    /// Where the rows of the last run are recorded.
    pub(crate) record: PathBuf,
    /// How many rows may be missing; `None` for any number.
    pub(crate) max_shrink: Option<Cap>,
}

impl ShrinkGuard {
    /// Refuses a list that has lost more rows than is allowed.
    ///
    /// # Errors
    /// When it has, or when the rows of the last run cannot be read.
    pub(crate) fn check(&self, rows: u64) -> Result<(), GuardError> {
        let Some(max_shrink) = self.max_shrink else { return Ok(()) };
        let Some(last) = self.last()? else { return Ok(()) };
        match max_shrink.is_exceeded(last.rows.saturating_sub(rows), last.rows) {
            true => Err(GuardError::Shrunk(Shrunk { rows, last, max_shrink })),
            false => Ok(()),
        }
    }

    /// Records the rows of a run that has finished.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn note(&self, rows: u64) -> io::Result<()> {
        let last = serde_json::to_vec(&LastRows { at: Timestamp::now(), rows })?;
        if let Some(folder) = self.record.parent() {
            private_folder(folder)?;
        }
        write_atomic(&self.record, |file| file.write_all(&last))
    }

    fn last(&self) -> Result<Option<LastRows>, GuardError> {
        let read = match read_file(&self.record).and_then(io::read_to_string) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| in_words(&error)),
        };
        let last = read.and_then(|text| {
            serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
        });
        let path = self.record.clone();
        last.map_err(|why| GuardError::ShrinkUnknown { path, why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_that_lost_more_rows_than_allowed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("sync/job.json");
        let guard = |max_shrink| ShrinkGuard { record: record.clone(), max_shrink };
        let share = guard(Some(Cap::Percent(20.0)));
        assert!(share.check(0).is_ok(), "the first run has nothing to compare with");
        share.note(100).unwrap();
        for (rows, is_good) in [(100, true), (200, true), (80, true), (79, false), (0, false)] {
            assert_eq!(share.check(rows).is_ok(), is_good, "{rows}");
        }
        let words = share.check(60).unwrap_err().to_string();
        assert!(
            words.starts_with("60 rows now, 100 on ") && words.contains(": 40 fewer."),
            "{words}"
        );
        assert!(guard(Some(Cap::Rows(40))).check(60).is_ok());
        assert!(guard(None).check(0).is_ok());
    }

    #[test]
    fn record_that_cannot_be_read_is_no_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("job.json");
        std::fs::write(&record, "{").unwrap();
        let guard = ShrinkGuard { record, max_shrink: Some(Cap::Percent(20.0)) };
        assert!(guard.check(5).unwrap_err().to_string().contains("nothing was sent"));
        guard.note(5).unwrap();
        assert!(guard.check(5).is_ok());
    }
}
