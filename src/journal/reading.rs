//! Reads a journal: the run that it is of, what the run recovers, and the outcomes of its rows.

use super::decided_rows::DecidedRows;
use super::error::{JournalError, database};
use super::missing_group::MissingGroup;
use super::moment::Moment;
use super::outcome::{Outcome, OutcomeStatus, Reason};
use super::packed::{SentCommand, unpack};
use super::recovered::{RecoveredState, RowProgress};
use super::run_info::{RunIdentity, RunInfo};
use super::store::Journal;
use crate::change::RowEffect;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// The largest believable number: no run sends or writes so often.
pub(super) const MOST: u64 = 1 << 31;

impl Journal {
    /// Returns the identity of the run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn about(&self) -> Result<RunIdentity, JournalError> {
        self.fact("about")?
            .ok_or_else(|| self.damaged(&"it does not say which import it belongs to"))
    }

    /// Returns the run's info.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn info(&self) -> Result<RunInfo, JournalError> {
        let run_info: RunInfo =
            self.fact("face")?.ok_or_else(|| self.damaged(&"it does not say how the run began"))?;
        self.check_number("requests", run_info.requests)?;
        self.check_number("rows to send", run_info.to_send)?;
        let without_request =
            run_info.without_request.values().try_fold(0, |sum: u64, rows| sum.checked_add(*rows));
        self.check_number("rows without a request", without_request.unwrap_or(u64::MAX))?;
        Ok(run_info)
    }

    /// Returns the recovered state of the run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn recovered(&self) -> Result<RecoveredState, JournalError> {
        let rows_of_input = self.about()?.rows;
        let requests = self.fact("requests")?.unwrap_or_default();
        let mut pause = self.pause()?;
        if let (Some(pause), Some(since)) = (&mut pause, self.taken_over_at()?) {
            pause.begin_anew(since);
        }
        let mut recovered = RecoveredState {
            pause,
            finished: self.finished_on()?,
            stopped: self.fact("stopped")?,
            requests,
            ..RecoveredState::default()
        };
        recovered.sent = self.fact("sent")?.unwrap_or_default();
        self.check_number("requests that were sent", recovered.sent)?;
        recovered.missing_groups = self.missing_groups()?;
        self.count_outcomes(&mut recovered)?;
        self.recover_late_rows(&mut recovered, rows_of_input)?;
        self.recover_progress(&mut recovered, rows_of_input)?;
        self.recover_open_requests(&mut recovered, rows_of_input)?;
        self.check_number("requests", u64::from(recovered.requests))?;
        Ok(recovered)
    }

    /// Counts the rows with an outcome, and refuses a row with two.
    fn count_outcomes(&self, recovered: &mut RecoveredState) -> Result<(), JournalError> {
        let (mut judged, mut twice) = (DecidedRows::default(), None);
        self.outcomes(|row, outcome| {
            recovered.take(&outcome);
            twice = twice.or((!judged.insert(row)).then_some(row));
        })?;
        match twice {
            Some(row) => Err(self.damaged(&format!("row {} has two outcomes", u64::from(row) + 1))),
            None => Ok(()),
        }
    }

    /// Reads the rows with an outcome that an earlier request may still change.
    fn recover_late_rows(
        &self,
        recovered: &mut RecoveredState,
        rows_of_input: u32,
    ) -> Result<(), JournalError> {
        self.each(
            "SELECT row, until FROM late",
            |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Moment>(1)?)),
            |(row, until)| {
                self.check_row(row, rows_of_input)?;
                recovered.late.insert(row, until);
                Ok(())
            },
        )
    }

    /// Reads the progress of rows without an outcome.
    fn recover_progress(
        &self,
        recovered: &mut RecoveredState,
        rows_of_input: u32,
    ) -> Result<(), JournalError> {
        let sql = "SELECT row, part, sent, doubtful, identity, halfway FROM progress";
        let read = |row: &Row<'_>| {
            let part: u32 = row.get(1)?;
            let progress = RowProgress {
                part: part as usize,
                sent: row.get(2)?,
                uncertain: row.get(3)?,
                identity: row.get(4)?,
                ..RowProgress::default()
            };
            Ok((row.get(0)?, progress, row.get(5)?))
        };
        self.each(sql, read, |(row, mut progress, halfway): (u32, RowProgress, Option<String>)| {
            if let Some(text) = halfway {
                progress.halfway =
                    serde_json::from_str(&text).map_err(|error| self.damaged(&error))?;
            }
            self.check_row(row, rows_of_input)?;
            self.check_number("times that a row was sent", u64::from(progress.sent))?;
            recovered.uncertain.extend(progress.uncertain.map(|_| row));
            recovered.progress.insert(row, progress);
            Ok(())
        })
    }

    /// Reads the requests that were open when the run was interrupted.
    fn recover_open_requests(
        &self,
        recovered: &mut RecoveredState,
        rows_of_input: u32,
    ) -> Result<(), JournalError> {
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.each("SELECT request, at, jobs FROM open", read, |(request, at, items)| {
            let (at, items): (Moment, Vec<u8>) = (at, items);
            let items: Vec<SentCommand> =
                postcard::from_bytes(&items).map_err(|error| self.damaged(&error))?;
            recovered.requests = recovered.requests.max(request);
            recovered.open.0 += 1;
            for item in items {
                self.check_number("times that a row was sent", u64::from(item.sent))?;
                item.rows.iter().try_for_each(|row| self.check_row(*row, rows_of_input))?;
                recovered.reopen(item, at);
            }
            Ok(())
        })
    }

    /// Passes every row with an outcome to `each`. They may be too many to hold in memory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn outcomes(&self, mut each: impl FnMut(u32, Outcome)) -> Result<(), JournalError> {
        let rows_of_input = self.about()?.rows;
        self.packed_outcomes(rows_of_input, &mut each)?;
        self.told_outcomes(rows_of_input, &mut each)
    }

    /// Passes on the rows that are `ok` without a message.
    fn packed_outcomes(
        &self,
        rows_of_input: u32,
        each: &mut impl FnMut(u32, Outcome),
    ) -> Result<(), JournalError> {
        let mut effects: HashMap<i64, RowEffect> = HashMap::new();
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.each("SELECT request, at, rows FROM settled", read, |(request, at, rows)| {
            let (request, at, rows): (u32, i64, Vec<u8>) = (request, at, rows);
            for (row, attempts, effect) in unpack(&rows).map_err(|error| self.damaged(&error))? {
                self.check_row(row, rows_of_input)?;
                let effect = match effects.get(&effect) {
                    Some(effect) => *effect,
                    None => *effects.entry(effect).or_insert(self.effect(effect)?),
                };
                let outcome = Outcome {
                    status: OutcomeStatus::Ok,
                    reason: Reason::default(),
                    effect,
                    attempts,
                    request: Some(request).filter(|request| *request > 0),
                    finished_at: finished_at(at),
                };
                each(row, outcome);
            }
            Ok(())
        })
    }

    /// Passes on all other rows with an outcome.
    fn told_outcomes(
        &self,
        rows_of_input: u32,
        each: &mut impl FnMut(u32, Outcome),
    ) -> Result<(), JournalError> {
        let sql = "SELECT told.row, status, codes.text, messages.text, effects.text, attempts, \
             request, at FROM told
            JOIN texts AS codes ON codes.id = told.code JOIN texts AS messages ON messages.id = \
            told.message
            JOIN texts AS effects ON effects.id = told.effect";
        let read = |row: &Row<'_>| {
            let request: u32 = row.get(6)?;
            let outcome = Outcome {
                status: OutcomeStatus::Ok,
                reason: Reason { code: row.get(2)?, message: row.get(3)? },
                effect: RowEffect::NONE,
                attempts: row.get(5)?,
                request: Some(request).filter(|request| *request > 0),
                finished_at: finished_at(row.get(7)?),
            };
            Ok((row.get(0)?, row.get(1)?, row.get(4)?, outcome))
        };
        self.each(sql, read, |(row, status, effect, outcome)| {
            let (status, effect): (u8, String) = (status, effect);
            self.check_row(row, rows_of_input)?;
            let effect = effect.parse::<RowEffect>().map_err(|why| self.damaged(&why))?;
            let status = OutcomeStatus::ALL.into_iter().find(|known| *known as u8 == status);
            let status = status.ok_or_else(|| self.damaged(&format!("row {row} has no status")))?;
            each(row, Outcome { status, effect, ..outcome });
            Ok(())
        })
    }

    /// Returns the effect whose text has this number.
    fn effect(&self, id: i64) -> Result<RowEffect, JournalError> {
        let text: String = self
            .database
            .prepare_cached("SELECT text FROM texts WHERE id = ?1")
            .and_then(|mut query| query.query_row([id], |row| row.get(0)))
            .map_err(database(&self.path))?;
        text.parse::<RowEffect>().map_err(|why| self.damaged(&why))
    }

    /// Returns when the run finished; `None` if it has not.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn finished_on(&self) -> Result<Option<Timestamp>, JournalError> {
        self.fact("finished")
    }

    /// Reads the groups that the server does not know.
    pub(super) fn missing_groups(&self) -> Result<Vec<MissingGroup>, JournalError> {
        let failed = database(&self.path);
        let mut query =
            self.database.prepare("SELECT name, code, row FROM missing_groups").map_err(&failed)?;
        let rows = query
            .query_map([], |row| {
                Ok(MissingGroup {
                    name: row.get(0)?,
                    code: row.get(1)?,
                    row: row.get(2)?,
                    file: None,
                })
            })
            .map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }

    /// Reads a fact of the run; `None` if the journal does not have it.
    pub(super) fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JournalError> {
        let text: Option<String> = self
            .database
            .query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(database(&self.path))?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| self.damaged(&error))
    }

    /// Refuses numbers that no run reaches, because they would stop umbulk later.
    pub(super) fn check_number(&self, what: &str, number: u64) -> Result<(), JournalError> {
        if number < MOST {
            Ok(())
        } else {
            Err(self.damaged(&format!("its number of {what} is {number}")))
        }
    }

    /// Refuses a row that the input does not have.
    pub(super) fn check_row(&self, row: u32, rows: u32) -> Result<(), JournalError> {
        if row < rows {
            Ok(())
        } else {
            Err(self.damaged(&format!(
                "it mentions row {}, but the file has {rows} rows",
                u64::from(row) + 1
            )))
        }
    }

    /// Passes every row of a query, as `read` returns it, to `take`.
    pub(super) fn each<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        mut take: impl FnMut(T) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let failed = database(&self.path);
        let mut query = self.database.prepare(sql).map_err(&failed)?;
        for row in query.query_map([], read).map_err(&failed)? {
            take(row.map_err(&failed)?)?;
        }
        Ok(())
    }
}

/// Returns the time of an outcome; `None` if the journal has none.
fn finished_at(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
}
