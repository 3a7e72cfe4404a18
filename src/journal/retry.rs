//! Sends the failed rows of a finished run again, in the same journal: what the journal knows of
//! the rows of the input, and how it forgets the outcomes of the rows that are sent again.

use super::error::{JournalError, database};
use super::run_info::{RunIdentity, RunInfo};
use super::schema::{JournalStatement, MARKS_AS_FACT};
use super::store::Journal;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// The name of the fact that has the marks in a journal of version 3.
const MARKS: &str = "rows";

/// What a journal knows of the rows of its input, to recognize them in a file that was changed
/// since.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct RowMarks {
    /// The mark of the header.
    pub header: u32,
    /// The mark of the cells of each row, four bytes each.
    cells: Vec<u8>,
    /// The rows that were not sent and must be fixed: the first and the last row of each part, from
    /// 1.
    pub to_fix: Vec<(u64, u64)>,
}

/// The number of bytes of a mark.
const SIZE: usize = 4;

impl RowMarks {
    /// Creates the marks of an input.
    pub(crate) fn new(header: u32, cells: &[u32], to_fix: Vec<(u64, u64)>) -> Self {
        Self { header, cells: cells.iter().flat_map(|mark| mark.to_le_bytes()).collect(), to_fix }
    }

    /// Returns them as they are stored.
    pub(super) fn stored(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.cells.len() / SIZE
    }

    /// Returns the mark of a row, from 0; `None` if there is no such row.
    pub(crate) fn of_row(&self, row: usize) -> Option<u32> {
        let bytes = self.cells.get(row.checked_mul(SIZE)?..)?.first_chunk::<SIZE>()?;
        Some(u32::from_le_bytes(*bytes))
    }
}

impl Journal {
    /// Returns the marks of the rows; `None` if an earlier version of umbulk has begun the journal.
    ///
    /// # Errors
    /// When they cannot be read, or are not about all rows.
    pub(crate) fn row_marks(&self) -> Result<Option<RowMarks>, JournalError> {
        let sql = match self.version <= MARKS_AS_FACT {
            true => "SELECT value FROM facts WHERE name = 'rows'",
            false => "SELECT rows FROM marks",
        };
        let stored: Option<Vec<u8>> = self
            .database
            .query_row(sql, [], |row| row.get(0))
            .optional()
            .map_err(database(&self.path))?;
        let Some(stored) = stored else { return Ok(None) };
        let marks: RowMarks =
            postcard::from_bytes(&stored).map_err(|error| self.damaged(&error))?;
        let rows = u64::from(self.about()?.rows);
        let in_order = marks.to_fix.iter().all(|(first, last)| (1..=*last).contains(first));
        if marks.len() as u64 != rows || !in_order {
            return Err(self.damaged(&"its marks are not those of its rows"));
        }
        if marks.to_fix.iter().any(|(_, last)| *last > rows) {
            return Err(self.damaged(&"it names rows to fix that its input does not have"));
        }
        Ok(Some(marks))
    }

    /// Replaces the marks of the rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn mark_rows(&mut self, marks: &RowMarks) -> Result<(), JournalError> {
        let stored = marks.stored().map_err(|error| self.damaged(&error))?;
        match self.version <= MARKS_AS_FACT {
            true => self.write(JournalStatement::SetBytes, params![MARKS, stored]),
            false => self.write(JournalStatement::SetMarks, params![stored]),
        }
    }

    /// Begins to send rows again: their outcomes are forgotten, and those of all others stay. The
    /// journal stays as it was until this is [confirmed](Self::confirm).
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin_retry(
        &mut self,
        about: &RunIdentity,
        run_info: &RunInfo,
        marks: &RowMarks,
    ) -> Result<(), JournalError> {
        let retried = run_info.retried.as_ref();
        let parts = retried.map(|retried| retried.rows.as_slice()).unwrap_or_default();
        let requests = retried.map(|retried| retried.after_request).unwrap_or_default();
        // The database was opened by this process, and nothing of it is written yet.
        self.begin_session()?;
        self.is_tentative = true;
        for (first, last) in parts {
            let number = |row: u64| u32::try_from(row.saturating_sub(1)).unwrap_or(u32::MAX);
            let (first, last) = (number(*first), number(*last));
            for forget in [
                JournalStatement::ForgetOutcomes,
                JournalStatement::ForgetProgress,
                JournalStatement::ForgetLate,
            ] {
                self.write(forget, params![first, last])?;
            }
        }
        // A group may have been created since.
        self.write(JournalStatement::ForgetMissingGroups, &[])?;
        self.write(JournalStatement::ForgetEnd, &[])?;
        self.set("requests", &requests)?;
        self.set("about", about)?;
        self.set("face", run_info)?;
        self.mark_rows(marks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::RunDecisions;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn marks(mark: u32) -> RowMarks {
        RowMarks::new(1, &vec![mark; 50_000], vec![(3, 4)])
    }

    fn begun(path: &Path) -> Journal {
        let about = RunIdentity {
            organization: String::new(),
            host: String::new(),
            input: (0, 0),
            rows: 50_000,
            options: BTreeMap::new(),
        };
        let decisions = (&RunDecisions::default(), Some(&marks(7)));
        Journal::begin_marked(path, &about, &RunInfo::default(), decisions).unwrap()
    }

    /// SQLite copies a long value each time that it compares its name.
    #[test]
    fn no_fact_grows_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(&folder.path().join("a.journal"));
        let longest = "SELECT max(length(value)) FROM facts";
        let longest: i64 = journal.database.query_row(longest, [], |row| row.get(0)).unwrap();
        assert!(longest < 1_000, "{longest} bytes");
    }

    #[test]
    fn marks_of_a_journal_of_version_3_are_read_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let journal = begun(&path);
        journal
            .database
            .execute_batch(
                "INSERT INTO facts SELECT 'rows', rows FROM marks; DROP TABLE marks;
                 PRAGMA user_version = 3",
            )
            .unwrap();
        drop(journal);
        let mut journal = Journal::open(&path).unwrap().unwrap();
        assert_eq!(journal.row_marks().unwrap(), Some(marks(7)));
        journal.mark_rows(&marks(8)).unwrap();
        journal.commit().unwrap();
        drop(journal);
        let journal = Journal::open_read_only(&path).unwrap().unwrap();
        assert_eq!(journal.row_marks().unwrap(), Some(marks(8)));
    }
}
