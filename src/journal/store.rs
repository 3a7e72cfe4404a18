//! The journal as an SQLite database, one file beside the results: what a run records.
//!
//! SQLite is tested thoroughly and survives a power failure in the middle of a write. Everything
//! between two calls of [`Journal::commit`] is written together, so that several requests share one
//! wait for the disk.

use super::error::{JournalError, damaged, database};
use super::home::Home;
use super::local_facts::{COMMITS, ELSEWHERE, HOME, LAST_PART, LOCAL_FACTS};
use super::mark::WalMark;
use super::missing_group::MissingGroup;
use super::moment::Moment;
use super::outcome::{Outcome, OutcomeStatus, Reason};
use super::packed::{Fine, SentCommand, pack};
use super::recovered::{RecoveredState, RowProgress};
use super::run_info::RunInfo;
use super::schema::{JournalStatement, VERSION};
use super::shared_log::{AppendError, SharedError, SharedLog};
use crate::change::{RowEffect, same_name};
use crate::plan::Halfway;
use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The journal of one run.
#[derive(Debug)]
pub struct Journal {
    pub(super) path: PathBuf,
    pub(super) database: Connection,
    /// The version of its tables.
    pub(super) version: i64,
    /// Rows that are `ok`, by request and time, since the last commit.
    fine: BTreeMap<(u32, i64), Vec<Fine>>,
    texts: HashMap<String, i64>,
    /// The numbers of the texts of effects. There are few.
    effects: HashMap<RowEffect, i64>,
    writing: bool,
    /// The last request that was sent since the last commit.
    last_request: Option<u32>,
    /// The number of commits on disk.
    pub(super) commits: u64,
    /// The mark, while this process writes.
    pub(super) mark: Option<WalMark>,
    /// Whether what is written is forgotten unless it is confirmed.
    pub(super) is_tentative: bool,
    /// The journal in a store that several computers use.
    pub(super) shared: Option<SharedLog>,
}

/// The most texts whose numbers are kept in memory.
const MOST_TEXTS: usize = 1_000;

impl Journal {
    /// Creates the journal from an open database.
    pub(super) fn finish(path: &Path, database: Connection) -> Self {
        let (fine, texts, effects) = (BTreeMap::new(), HashMap::new(), HashMap::new());
        Self {
            path: path.to_owned(),
            database,
            version: VERSION,
            fine,
            texts,
            effects,
            writing: false,
            last_request: None,
            commits: 0,
            mark: None,
            is_tentative: false,
            shared: None,
        }
    }

    /// Returns the error for a journal that contradicts other knowledge.
    pub(crate) fn damaged(&self, why: &impl ToString) -> JournalError {
        damaged(&self.path, why)
    }

    /// Drops what was not committed.
    pub(super) fn discard(&mut self) {
        self.fine.clear();
        self.last_request = None;
    }

    /// Resumes the run in this process, and returns its recovered state.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn resume(&mut self, run_info: &RunInfo) -> Result<RecoveredState, JournalError> {
        let recovered = self.recovered()?;
        self.resume_from(recovered, run_info)
    }

    /// Resumes the run of another computer in this process, and returns its recovered state. The
    /// clocks of two computers cannot be compared: what the service may still carry out, it may
    /// carry out for a whole effect window since this computer took the run over.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn take_over(
        &mut self,
        run_info: &RunInfo,
        effect_window: Duration,
    ) -> Result<RecoveredState, JournalError> {
        let mut recovered = self.recovered()?;
        let since = self.taken_over_at()?.unwrap_or_else(Moment::now);
        recovered.begin_windows(since, effect_window);
        for (row, until) in &recovered.late {
            self.late(&[*row], *until)?;
        }
        if let Some(pause) = &recovered.pause {
            self.note_last_pause(pause)?;
        }
        self.resume_from(recovered, run_info)
    }

    /// Resumes the run in this process, whichever computer had it, and returns its recovered state.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub(crate) fn go_on(
        &mut self,
        run_info: &RunInfo,
        effect_window: Duration,
    ) -> Result<RecoveredState, JournalError> {
        match self.taken_over_at()? {
            Some(_) => self.take_over(run_info, effect_window),
            None => self.resume(run_info),
        }
    }

    fn resume_from(
        &mut self,
        recovered: RecoveredState,
        run_info: &RunInfo,
    ) -> Result<RecoveredState, JournalError> {
        self.set("face", run_info)?;
        self.set("requests", &recovered.requests)?;
        let home = Home::of(&self.path).map_err(|error| damaged(&self.path, &error))?;
        self.set(HOME, &home)?;
        if recovered.is_from_elsewhere {
            self.set(ELSEWHERE, &None::<Moment>)?;
        }
        self.write(JournalStatement::ForgetEnd, &[])?;
        // Requests that were open when the run was interrupted are uncertain from now on.
        for (row, progress) in &recovered.progress {
            self.record_progress(*row, progress)?;
        }
        self.write(JournalStatement::CloseAll, &[])?;
        self.commit()?;
        Ok(recovered)
    }

    /// Records that a request with these work items is about to be sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn record_sent(
        &mut self,
        request: u32,
        items: &[SentCommand],
        at: Moment,
    ) -> Result<(), JournalError> {
        let items = postcard::to_stdvec(items).map_err(|error| damaged(&self.path, &error))?;
        self.last_request = Some(request);
        self.write(JournalStatement::Open, params![request, at, items])
    }

    /// Records that the result of a request is known, or that it was never sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_answered(&mut self, request: u32) -> Result<(), JournalError> {
        self.write(JournalStatement::Close, params![request])
    }

    /// Records the outcome of a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_outcome(&mut self, row: u32, outcome: &Outcome) -> Result<(), JournalError> {
        let Outcome { status, reason, effect, attempts, request, finished_at } = outcome;
        let at = finished_at.map_or(0, Timestamp::as_millisecond);
        let request = request.unwrap_or(0);
        let effect = match self.effects.get(effect) {
            Some(id) => *id,
            None => {
                let id = self.text(&effect.to_string())?;
                self.effects.insert(*effect, id);
                id
            }
        };
        if *status == OutcomeStatus::Ok && *reason == Reason::default() {
            self.fine.entry((request, at)).or_default().push((row, *attempts, effect));
            return Ok(());
        }
        let (code, message) = (self.text(&reason.code)?, self.text(&reason.message)?);
        let status = *status as u8;
        self.write(
            JournalStatement::Tell,
            params![row, status, code, message, effect, attempts, request, at],
        )
    }

    /// Records the progress of a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_progress(
        &mut self,
        row: u32,
        progress: &RowProgress,
    ) -> Result<(), JournalError> {
        let part = u32::try_from(progress.part).unwrap_or(u32::MAX);
        let identity = progress.identity.as_deref();
        let halfway = (progress.halfway != Halfway::default())
            .then(|| serde_json::to_string(&progress.halfway))
            .transpose();
        let halfway = halfway.map_err(|error| damaged(&self.path, &error))?;
        self.write(
            JournalStatement::SetProgress,
            params![row, part, progress.sent, progress.uncertain, identity, halfway],
        )
    }

    /// Records that requests with these rows were not carried out: the rows are no longer
    /// uncertain.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn not_carried_out(&mut self, rows: &[u32]) -> Result<(), JournalError> {
        rows.iter().try_for_each(|row| self.write(JournalStatement::SetCertain, params![row]))
    }

    /// Records that these rows are completed, and that the service may still carry out an earlier
    /// request with them until this time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn late(&mut self, rows: &[u32], until: Moment) -> Result<(), JournalError> {
        rows.iter().try_for_each(|row| self.write(JournalStatement::SetLate, params![row, until]))
    }

    /// Records that a group was refused as not found.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn missing_group(
        &mut self,
        MissingGroup { name, code, row, .. }: &MissingGroup,
    ) -> Result<(), JournalError> {
        self.write(JournalStatement::AddMissingGroup, params![name, code, row])
    }

    /// Records that a missing group exists now. All spellings of the name are removed, because
    /// letter case does not matter.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn found_group(&mut self, name: &str) -> Result<(), JournalError> {
        let missing = self.missing_groups()?;
        let same = missing.into_iter().filter(|group| same_name(&group.name, name));
        same.into_iter().try_for_each(|group| {
            self.write(JournalStatement::ForgetMissingGroup, params![group.name])
        })
    }

    /// Records how many requests were sent, including every repeat.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sent(&mut self, requests: u64) -> Result<(), JournalError> {
        self.set("sent", &requests)
    }

    /// Records that every requested row has its outcome, and closes the journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finished(&mut self, at: Timestamp) -> Result<(), JournalError> {
        self.note_finished(at)?;
        self.close()
    }

    /// Records that every requested row has its outcome.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn note_finished(&mut self, at: Timestamp) -> Result<(), JournalError> {
        self.set("finished", &at)
    }

    /// Records why the run has stopped, for the rows that it did not send.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn stopped(&mut self, why: &str) -> Result<(), JournalError> {
        self.set("stopped", &why)?;
        self.close()
    }

    /// Checks that the journal is still where it was begun: a network share may vanish, or a folder
    /// be moved.
    ///
    /// # Errors
    /// When it is not there.
    pub fn still_there(&self) -> Result<(), JournalError> {
        match std::fs::metadata(&self.path) {
            Ok(_) => Ok(()),
            Err(_) => Err(JournalError::Gone(self.path.clone())),
        }
    }

    /// Writes everything to disk, unless it waits to be confirmed. A shared journal has it in its
    /// store before.
    ///
    /// # Errors
    /// When the disk reports an error, or the store takes nothing. If it only does not answer
    /// (`StoreSilent`), nothing is lost, and this may be called again.
    pub fn commit(&mut self) -> Result<(), JournalError> {
        if self.is_tentative {
            return Ok(());
        }
        for ((request, at), mut rows) in std::mem::take(&mut self.fine) {
            let rows = pack(&mut rows).map_err(|error| damaged(&self.path, &error))?;
            self.write(JournalStatement::Settle, params![request, at, rows])?;
        }
        if let Some(request) = self.last_request.take() {
            self.set("requests", &request)?;
        }
        if self.writing {
            self.append_shared()?;
        }
        self.commit_here()
    }

    /// Writes to disk what the database was given.
    pub(super) fn commit_here(&mut self) -> Result<(), JournalError> {
        if self.writing {
            self.commits += 1;
            self.set(COMMITS, &self.commits.clone())?;
            self.writing = false;
            self.database
                .prepare_cached("COMMIT")
                .and_then(|mut commit| commit.execute([]))
                .map_err(database(&self.path))?;
            self.mark
                .as_mut()
                .map_or(Ok(()), |mark| mark.set(self.commits))
                .map_err(|error| damaged(&self.path, &error))?;
        }
        Ok(())
    }

    /// Appends what was written since the last commit to the journal in the store.
    fn append_shared(&mut self) -> Result<(), JournalError> {
        let Some(shared) = &mut self.shared else { return Ok(()) };
        let appended = shared.append().map_err(|error| match error {
            SharedError::Part(error) => damaged(&self.path, &error),
            SharedError::Store(AppendError::NoAnswer(cause)) => JournalError::StoreSilent(cause),
            SharedError::Store(AppendError::Refused(why)) => {
                JournalError::StoreRefuses(self.path.clone(), why)
            }
        })?;
        appended.map_or(Ok(()), |last| self.set(LAST_PART, &last))
    }

    /// Writes a beginning to disk that was tentative.
    ///
    /// # Errors
    /// When the disk reports an error.
    pub(crate) fn confirm(&mut self) -> Result<(), JournalError> {
        self.is_tentative = false;
        self.commit()
    }

    /// Forgets a beginning that was not confirmed.
    pub(super) fn withdraw(&mut self) {
        if std::mem::take(&mut self.is_tentative) {
            self.writing = false;
            self.shared.iter_mut().for_each(SharedLog::discard);
            // If it cannot be forgotten now, it is not in the file either.
            let _ = self.database.execute_batch("ROLLBACK");
        }
    }

    /// Returns the number of a text.
    fn text(&mut self, text: &str) -> Result<i64, JournalError> {
        if let Some(id) = self.texts.get(text) {
            return Ok(*id);
        }
        self.write(JournalStatement::AddText, params![text])?;
        let id = self
            .database
            .prepare_cached("SELECT id FROM texts WHERE text = ?1")
            .and_then(|mut query| query.query_row([text], |row| row.get(0)))
            .map_err(database(&self.path))?;
        if self.texts.len() < MOST_TEXTS {
            self.texts.insert(text.to_owned(), id);
        }
        Ok(id)
    }

    /// Changes the database, within the session of this process, and the journal in the store.
    pub(super) fn write(
        &mut self,
        statement: JournalStatement,
        values: &[&dyn ToSql],
    ) -> Result<(), JournalError> {
        self.write_here(statement, values)?;
        let Some(shared) = &mut self.shared else { return Ok(()) };
        shared.add(statement, values).map_err(|error| damaged(&self.path, &error))
    }

    /// Changes the database, within the session of this process.
    fn write_here(
        &mut self,
        statement: JournalStatement,
        values: &[&dyn ToSql],
    ) -> Result<(), JournalError> {
        self.begin_session()?;
        let begun = std::mem::replace(&mut self.writing, true);
        let written = || -> rusqlite::Result<()> {
            if !begun {
                self.database.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            }
            self.database.prepare_cached(statement.sql())?.execute(values).map(drop)
        };
        written().map_err(database(&self.path))
    }

    /// Records a fact of the run, in place of an earlier value.
    pub(super) fn set(&mut self, name: &str, value: &impl Serialize) -> Result<(), JournalError> {
        let text = serde_json::to_string(value).map_err(|error| damaged(&self.path, &error))?;
        match LOCAL_FACTS.contains(&name) {
            true => self.write_here(JournalStatement::SetFact, params![name, text]),
            false => self.write(JournalStatement::SetFact, params![name, text]),
        }
    }
}

#[cfg(test)]
mod tests;
