//! The journal as an SQLite database, one file beside the results: what a run records.
//!
//! SQLite is tested thoroughly and survives a power failure in the middle of a write. Everything
//! between two calls of [`Journal::commit`] is written together, so that several requests share one
//! wait for the disk.

use super::error::{JournalError, damaged, database};
use super::home::{HOME, Home};
use super::mark::WalMark;
use super::missing_group::MissingGroup;
use super::moment::Moment;
use super::outcome::{Outcome, OutcomeStatus, Reason};
use super::packed::{Fine, SentCommand, pack};
use super::recovered::{RecoveredState, RowProgress};
use super::run_info::RunInfo;
use super::schema::VERSION;
use crate::change::{RowEffect, same_name};
use crate::plan::Halfway;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

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
        self.set("face", run_info)?;
        self.set("requests", &recovered.requests)?;
        let home = Home::of(&self.path).map_err(|error| damaged(&self.path, &error))?;
        self.set(HOME, &home)?;
        self.write("DELETE FROM facts WHERE name IN ('finished', 'stopped')", [])?;
        // Requests that were open when the run was interrupted are uncertain from now on.
        for (row, progress) in &recovered.progress {
            self.record_progress(*row, progress)?;
        }
        self.write("DELETE FROM open", [])?;
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
        self.write("INSERT OR REPLACE INTO open VALUES (?1, ?2, ?3)", params![request, at, items])
    }

    /// Records that the result of a request is known, or that it was never sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_answered(&mut self, request: u32) -> Result<(), JournalError> {
        self.write("DELETE FROM open WHERE request = ?1", params![request])
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
            "INSERT OR REPLACE INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
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
            "INSERT OR REPLACE INTO progress VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![row, part, progress.sent, progress.uncertain, identity, halfway],
        )
    }

    /// Records that requests with these rows were not carried out: the rows are no longer
    /// uncertain.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn not_carried_out(&mut self, rows: &[u32]) -> Result<(), JournalError> {
        rows.iter().try_for_each(|row| {
            self.write("UPDATE progress SET doubtful = NULL WHERE row = ?1", params![row])
        })
    }

    /// Records that these rows are completed, and that the service may still carry out an earlier
    /// request with them until this time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn late(&mut self, rows: &[u32], until: Moment) -> Result<(), JournalError> {
        rows.iter().try_for_each(|row| {
            self.write("INSERT OR REPLACE INTO late VALUES (?1, ?2)", params![row, until])
        })
    }

    /// Records that a group was refused as not found.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn missing_group(
        &mut self,
        MissingGroup { name, code, row, .. }: &MissingGroup,
    ) -> Result<(), JournalError> {
        self.write(
            "INSERT OR REPLACE INTO missing_groups VALUES (?1, ?2, ?3)",
            params![name, code, row],
        )
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
            self.write("DELETE FROM missing_groups WHERE name = ?1", params![group.name])
        })
    }

    /// Records how many requests were sent, including every repeat.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sent(&mut self, requests: u64) -> Result<(), JournalError> {
        self.set("sent", &requests)
    }

    /// Records that every requested row has its outcome.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finished(&mut self, at: Timestamp) -> Result<(), JournalError> {
        self.set("finished", &at)?;
        self.close()
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

    /// Writes everything to disk, unless it waits to be confirmed.
    ///
    /// # Errors
    /// When the disk reports an error.
    pub fn commit(&mut self) -> Result<(), JournalError> {
        if self.is_tentative {
            return Ok(());
        }
        for ((request, at), mut rows) in std::mem::take(&mut self.fine) {
            let rows = pack(&mut rows).map_err(|error| damaged(&self.path, &error))?;
            self.write(
                "INSERT INTO settled (request, at, rows) VALUES (?1, ?2, ?3)",
                params![request, at, rows],
            )?;
        }
        if let Some(request) = self.last_request.take() {
            self.set("requests", &request)?;
        }
        if self.writing {
            self.commits += 1;
            self.set("commits", &self.commits.clone())?;
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
            // If it cannot be forgotten now, it is not in the file either.
            let _ = self.database.execute_batch("ROLLBACK");
        }
    }

    /// Returns the number of a text.
    fn text(&mut self, text: &str) -> Result<i64, JournalError> {
        if let Some(id) = self.texts.get(text) {
            return Ok(*id);
        }
        self.write("INSERT OR IGNORE INTO texts (text) VALUES (?1)", params![text])?;
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

    /// Changes the database, within the session of this process.
    pub(super) fn write(
        &mut self,
        sql: &str,
        values: impl rusqlite::Params,
    ) -> Result<(), JournalError> {
        self.begin_session()?;
        let begun = std::mem::replace(&mut self.writing, true);
        let written = || -> rusqlite::Result<()> {
            if !begun {
                self.database.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            }
            self.database.prepare_cached(sql)?.execute(values).map(drop)
        };
        written().map_err(database(&self.path))
    }

    /// Records a fact of the run, in place of an earlier value.
    pub(super) fn set(&mut self, name: &str, value: &impl Serialize) -> Result<(), JournalError> {
        let text = serde_json::to_string(value).map_err(|error| damaged(&self.path, &error))?;
        self.write("INSERT OR REPLACE INTO facts VALUES (?1, ?2)", params![name, text])
    }
}

#[cfg(test)]
mod tests {
    use super::super::moment::Running;
    use super::super::run_info::RunIdentity;
    use super::*;
    use crate::plan::CreateStep;

    fn about() -> RunIdentity {
        RunIdentity {
            organization: "1@AdobeOrg".to_owned(),
            host: "host".to_owned(),
            input: (7, 9),
            rows: 40,
            options: BTreeMap::new(),
        }
    }

    fn outcomes(journal: &Journal) -> Vec<(u32, Outcome)> {
        let mut all = Vec::new();
        journal.outcomes(|row, outcome| all.push((row, outcome))).unwrap();
        all
    }

    fn at(wall: i64) -> Moment {
        Moment { wall, running: Some(Running { boot: 1, since: wall }) }
    }

    fn run_info() -> RunInfo {
        RunInfo {
            run_id: "r".to_owned(),
            began: Timestamp::UNIX_EPOCH,
            file: "a.csv".into(),
            results: "a.results.csv".into(),
            failed: None,
            typed: vec!["umbulk".into()],
            config: serde_json::json!({"version": 1}),
            folder: "/".into(),
            process: 1,
            requests: 4,
            to_send: 40,
            without_request: BTreeMap::new(),
            portions: vec![(1, 20)],
            not_compared: vec![(30, 30)],
            has_list: false,
            finds_conflicts: true,
            retried: None,
            with_other_files: false,
        }
    }

    fn outcome(status: OutcomeStatus, code: &str, message: &str) -> Outcome {
        let reason = Reason { code: code.to_owned(), message: message.to_owned() };
        let effect = "created+joined:2".parse().unwrap();
        Outcome {
            status,
            reason,
            effect,
            attempts: 2,
            request: Some(3),
            finished_at: Timestamp::from_millisecond(1_700_000_000_123).ok(),
        }
    }

    #[test]
    fn a_request_that_brought_no_outcome_counts_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal =
            Journal::begin(&folder.path().join("a.journal"), &about(), &run_info()).unwrap();
        journal.record_sent(7, &[], at(0)).unwrap();
        journal.record_answered(7).unwrap();
        journal.commit().unwrap();
        assert_eq!(journal.recovered().unwrap().requests, 7);
    }

    #[test]
    fn what_was_committed_is_there_again_and_what_was_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        assert!(Journal::open(&path).unwrap().is_none());
        let mut journal = Journal::begin(&path, &about(), &run_info()).unwrap();
        let fine = outcome(OutcomeStatus::Ok, "", "");
        let failed =
            outcome(OutcomeStatus::Failed, "error.group.not_found", "Group X was not found");
        journal
            .record_sent(
                3,
                &[SentCommand { rows: vec![5, 9], part: 0, sent: 2, identity: None }],
                Moment::now(),
            )
            .unwrap();
        journal.record_answered(3).unwrap();
        journal.record_outcome(5, &fine).unwrap();
        journal.record_outcome(9, &failed).unwrap();
        journal.late(&[5], at(77)).unwrap();
        let halfway = Halfway {
            create: CreateStep::Done,
            skipped_steps: vec![0, 2],
            done: "created".parse().unwrap(),
            ..Halfway::default()
        };
        journal
            .record_progress(
                11,
                &RowProgress { part: 1, halfway: halfway.clone(), ..RowProgress::default() },
            )
            .unwrap();
        for name in ["Desing", "Team"] {
            journal
                .missing_group(&MissingGroup {
                    name: name.to_owned(),
                    code: "error.group.not_found".to_owned(),
                    row: 9,
                    file: None,
                })
                .unwrap();
        }
        journal.found_group("TEAM").unwrap();
        journal
            .record_sent(
                4,
                &[SentCommand {
                    rows: vec![11],
                    part: 1,
                    sent: 1,
                    identity: Some("id 7".to_owned()),
                }],
                at(55),
            )
            .unwrap();
        journal
            .record_progress(20, &RowProgress { part: 2, sent: 3, ..RowProgress::default() })
            .unwrap();
        journal.commit().unwrap();
        journal.record_outcome(30, &fine).unwrap();
        drop(journal);
        let journal = Journal::open(&path).unwrap().unwrap();
        assert_eq!((journal.about().unwrap(), journal.info().unwrap()), (about(), run_info()));
        let recovered = journal.recovered().unwrap();
        assert_eq!(outcomes(&journal), [(5, fine), (9, failed)]);
        assert_eq!(recovered.requests, 4);
        assert_eq!(recovered.uncertain, [11]);
        let uncertain = Some(at(55));
        let identity = Some("id 7".to_owned());
        assert_eq!(
            recovered.progress[&11],
            RowProgress { part: 1, sent: 1, uncertain, in_flight: true, identity, halfway }
        );
        assert_eq!(
            recovered.progress[&20],
            RowProgress { part: 2, sent: 3, ..RowProgress::default() }
        );
        let missing = MissingGroup {
            name: "Desing".to_owned(),
            code: "error.group.not_found".to_owned(),
            row: 9,
            file: None,
        };
        assert_eq!(recovered.missing_groups, [missing]);
        assert_eq!(recovered.late, HashMap::from([(5, at(77))]));
        // A resumed run starts from there. What is found out then counts, not what was open before.
        drop(journal);
        let mut journal = Journal::open(&path).unwrap().unwrap();
        assert_eq!(journal.resume(&run_info()).unwrap().progress[&11].part, 1);
        journal
            .record_progress(11, &RowProgress { part: 2, sent: 1, ..RowProgress::default() })
            .unwrap();
        journal.commit().unwrap();
        let recovered = journal.recovered().unwrap();
        assert_eq!(
            (recovered.progress[&11].part, recovered.uncertain.len(), recovered.requests),
            (2, 0, 4)
        );
    }

    #[test]
    fn what_is_no_journal_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        std::fs::write(
            &path,
            "email,firstname\nthis is somebody's spreadsheet, long enough to be looked at as a \
             database header\n"
                .repeat(40),
        )
        .unwrap();
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("a.journal") && error.contains("start over"), "{error}");
    }

    #[test]
    fn a_journal_of_a_newer_program_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let journal = Journal::begin(&path, &about(), &run_info()).unwrap();
        journal.database.pragma_update(None, "user_version", VERSION + 1).unwrap();
        drop(journal);
        assert!(matches!(Journal::open(&path), Err(JournalError::Newer(_))));
    }

    #[test]
    fn journal_of_an_older_program_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let journal = Journal::begin(&path, &about(), &run_info()).unwrap();
        journal.database.pragma_update(None, "user_version", 1).unwrap();
        drop(journal);
        let error = Journal::open(&path).unwrap_err();
        assert!(
            matches!(error, JournalError::Older(_)) && error.to_string().contains("start over"),
            "{error}"
        );
    }

    #[test]
    fn it_takes_a_few_bytes_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let mut journal =
            Journal::begin(&path, &RunIdentity { rows: 20_000, ..about() }, &run_info()).unwrap();
        for request in 0..2_000_u32 {
            let at = Timestamp::from_millisecond(1_700_000_000_000 + i64::from(request)).unwrap();
            journal
                .record_sent(
                    request,
                    &[SentCommand {
                        rows: (request * 10..request * 10 + 10).collect(),
                        part: 0,
                        sent: 1,
                        identity: None,
                    }],
                    Moment::now(),
                )
                .unwrap();
            journal.commit().unwrap();
            for row in request * 10..request * 10 + 10 {
                journal
                    .record_outcome(
                        row,
                        &Outcome {
                            request: Some(request),
                            finished_at: Some(at),
                            attempts: 1,
                            ..outcome(OutcomeStatus::Ok, "", "")
                        },
                    )
                    .unwrap();
            }
            journal.record_answered(request).unwrap();
            journal.commit().unwrap();
        }
        journal.finished(Timestamp::now()).unwrap();
        assert_eq!(journal.recovered().unwrap().judged, 20_000);
        drop(journal);
        let bytes = std::fs::metadata(&path).unwrap().len();
        assert!(bytes < 20_000 * 8, "{bytes} bytes for 20,000 rows");
    }
}
