//! Stores the decisions of a run about rows that do not follow from their file alone.

use super::decisions::{RowDecision, RunDecisions};
use super::error::{JournalError, damaged, database};
use super::outcome::{OutcomeStatus, Reason};
use super::packed::{pack_spans, unpack_spans};
use super::schema::{JournalStatement, MARKS_AS_FACT, WITHOUT_DECISIONS};
use super::store::Journal;
use crate::change::RowEffect;
use rusqlite::{Connection, Row, ToSql, params};
use std::path::Path;

/// The possible decisions about a row before anything is sent.
const DECIDABLE: [OutcomeStatus; 5] = [
    OutcomeStatus::Invalid,
    OutcomeStatus::Failed,
    OutcomeStatus::Unchanged,
    OutcomeStatus::Skipped,
    OutcomeStatus::NotSent,
];

impl Journal {
    /// Replaces the decisions of the run about its rows. A journal without decisions is converted
    /// to the form after it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn decide(&mut self, decisions: &RunDecisions) -> Result<(), JournalError> {
        if self.version <= WITHOUT_DECISIONS {
            self.write(JournalStatement::AddDecisions, &[])?;
            self.write(JournalStatement::NoteVersion3, &[])?;
            self.version = MARKS_AS_FACT;
        }
        self.write(JournalStatement::ForgetDecisions, &[])?;
        let path = self.path.clone();
        each_decision(&path, decisions, |values| self.write(JournalStatement::Decide, values))?;
        self.commit()
    }

    /// Returns the decisions of the run about its rows; `None` if the journal has an earlier form
    /// without them.
    ///
    /// # Errors
    /// When it cannot be read, or contradicts itself.
    pub(crate) fn decisions(&self) -> Result<Option<RunDecisions>, JournalError> {
        if self.version <= WITHOUT_DECISIONS {
            return Ok(None);
        }
        let rows_of_input = self.about()?.rows;
        let sql = "SELECT status, code, message, effect, rows FROM decided";
        let read = |row: &Row<'_>| {
            let reason = Reason { code: row.get(1)?, message: row.get(2)? };
            Ok((row.get(0)?, reason, row.get(3)?, row.get(4)?))
        };
        let mut found = Vec::new();
        self.each(sql, read, |(status, reason, effect, rows)| {
            let (status, effect, rows): (u8, String, Vec<u8>) = (status, effect, rows);
            let status = DECIDABLE.into_iter().find(|known| *known as u8 == status);
            let status =
                status.ok_or_else(|| self.damaged(&"it decides what cannot be decided"))?;
            let effect = effect.parse::<RowEffect>().map_err(|why| self.damaged(&why))?;
            let spans =
                unpack_spans(&rows).ok_or_else(|| self.damaged(&"its decisions have no rows"))?;
            if let Some((_, last)) = spans.last() {
                self.check_row(*last, rows_of_input)?;
            }
            found.push((RowDecision { status, reason, effect }, spans));
            Ok(())
        })?;
        let decisions = RunDecisions::of(found);
        decisions.map(Some).ok_or_else(|| self.damaged(&"it decides twice about a row"))
    }
}

/// Writes decisions to a database with an open transaction.
pub(super) fn write_decisions(
    path: &Path,
    database_of_run: &Connection,
    decisions: &RunDecisions,
) -> Result<(), JournalError> {
    each_decision(path, decisions, |values| {
        let insert = database_of_run.prepare_cached(JournalStatement::Decide.sql());
        let written = insert.and_then(|mut insert| insert.execute(values));
        written.map(drop).map_err(database(path))
    })
}

/// Passes the values of each decision to `write`.
fn each_decision(
    path: &Path,
    decisions: &RunDecisions,
    mut write: impl FnMut(&[&dyn ToSql]) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    for (RowDecision { status, reason, effect }, spans) in decisions.each() {
        let rows = pack_spans(&spans).map_err(|error| damaged(path, &error))?;
        let (status, effect) = (*status as u8, effect.to_string());
        write(params![status, reason.code, reason.message, effect, rows])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::decisions::DecisionGatherer;
    use super::super::run_info::{RunIdentity, RunInfo};
    use super::*;
    use std::collections::BTreeMap;

    fn about() -> RunIdentity {
        RunIdentity {
            organization: String::new(),
            host: String::new(),
            input: (0, 0),
            rows: 9,
            options: BTreeMap::new(),
        }
    }

    fn decided(rows: impl IntoIterator<Item = u32>) -> RunDecisions {
        let mut gatherer = DecisionGatherer::default();
        for row in rows {
            let reason = Reason { code: "code".to_owned(), message: format!("of {}", row % 2) };
            let effect = "differs:country".parse().unwrap();
            let status = OutcomeStatus::Unchanged;
            gatherer.push(row, RowDecision { status, reason, effect });
        }
        gatherer.finish()
    }

    #[test]
    fn decisions_are_there_again_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let decisions = decided([0, 1, 4, 8]);
        drop(Journal::begin_decided(&path, &about(), &RunInfo::default(), &decisions).unwrap());
        let mut journal = Journal::open(&path).unwrap().unwrap();
        assert_eq!(journal.decisions().unwrap(), Some(decisions));
        journal.decide(&decided([2])).unwrap();
        drop(journal);
        let journal = Journal::open_read_only(&path).unwrap().unwrap();
        assert_eq!(journal.decisions().unwrap(), Some(decided([2])));
    }

    #[test]
    fn journal_of_the_earlier_form_has_no_decisions_and_takes_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let journal = Journal::begin(&path, &about(), &RunInfo::default()).unwrap();
        journal.database.execute_batch("DROP TABLE decided; DROP TABLE marks").unwrap();
        journal.database.pragma_update(None, "user_version", 2).unwrap();
        drop(journal);
        let mut journal = Journal::open(&path).unwrap().unwrap();
        assert_eq!(journal.decisions().unwrap(), None);
        journal.decide(&decided([3])).unwrap();
        drop(journal);
        let journal = Journal::open_read_only(&path).unwrap().unwrap();
        assert_eq!(journal.decisions().unwrap(), Some(decided([3])));
    }

    #[test]
    fn decisions_that_no_run_makes_are_refused() {
        for (sql, why) in [
            ("UPDATE decided SET status = 0", "cannot be decided"),
            ("UPDATE decided SET status = 99", "cannot be decided"),
            ("UPDATE decided SET rows = x'01'", "no rows"),
            ("UPDATE decided SET rows = x'010900'", "mentions row 10"),
            ("UPDATE decided SET rows = x'0100ffffffff0f'", "no rows"),
            ("UPDATE decided SET effect = code", "code"),
            (
                "INSERT INTO decided SELECT id + 1, status, code, message, effect, rows FROM \
                 decided",
                "twice",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.journal");
            let journal =
                Journal::begin_decided(&path, &about(), &RunInfo::default(), &decided([2]))
                    .unwrap();
            journal.database.execute_batch(sql).unwrap();
            let error = journal.decisions().unwrap_err().to_string();
            assert!(error.contains(why), "{sql}: {error}");
        }
    }
}
