//! The journal in an SQLite database: one file beside the results.
//!
//! SQLite, for it is the best tested of all and survives a power cut in the middle of a write.
//! Everything between two calls of [`Journal::commit`] is written at once, so that several requests
//! share one wait for the disk.

use super::decided_rows::DecidedRows;
use super::error::{JournalError, damaged, database};
use super::home::{HOME, Home};
use super::mark::WalMark;
use super::missing_group::MissingGroup;
use super::outcome::{Outcome, OutcomeStatus, Reason};
use super::packed::{Fine, SentCommand, pack, unpack};
use super::recovered::{RecoveredState, RowProgress};
use super::run_info::{RunIdentity, RunInfo};
use crate::change::{RowEffect, same_name};
use crate::plan::Halfway;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The journal of one run.
#[derive(Debug)]
pub struct Journal {
    pub(super) path: PathBuf,
    pub(super) database: Connection,
    /// Rows that are fine, by request and time, since the last commit.
    fine: BTreeMap<(u32, i64), Vec<Fine>>,
    texts: HashMap<String, i64>,
    /// The numbers of the texts of effects: there are few.
    effects: HashMap<RowEffect, i64>,
    writing: bool,
    /// The last request that left since the last commit.
    last_request: Option<u32>,
    /// Commits on disk so far.
    pub(super) commits: u64,
    /// There while this process writes.
    pub(super) mark: Option<WalMark>,
}

/// No run sends or writes so often: a number beyond comes from somebody else.
pub(super) const MOST: u64 = 1 << 31;

/// Texts whose numbers are remembered.
const MOST_TEXTS: usize = 1_000;

impl Journal {
    /// A journal over a database.
    pub(super) fn finish(path: &Path, database: Connection) -> Self {
        let (fine, texts, effects) = (BTreeMap::new(), HashMap::new(), HashMap::new());
        Self {
            path: path.to_owned(),
            database,
            fine,
            texts,
            effects,
            writing: false,
            last_request: None,
            commits: 0,
            mark: None,
        }
    }

    /// Why the journal cannot be used, where it contradicts what is known otherwise.
    pub(crate) fn damaged(&self, why: &impl ToString) -> JournalError {
        damaged(&self.path, why)
    }

    /// Forgets what was not committed.
    pub(super) fn discard(&mut self) {
        self.fine.clear();
        self.last_request = None;
    }

    /// What the run is about.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn about(&self) -> Result<RunIdentity, JournalError> {
        self.fact("about")?
            .ok_or_else(|| damaged(&self.path, &"it does not say which import it belongs to"))
    }

    /// Numbers that no run reaches would stop umbulk in its middle.
    pub(super) fn check_number(&self, what: &str, number: u64) -> Result<(), JournalError> {
        if number < MOST {
            Ok(())
        } else {
            Err(damaged(&self.path, &format!("its number of {what} is {number}")))
        }
    }

    /// A row that the input does not have.
    fn check_row(&self, row: u32, rows: u32) -> Result<(), JournalError> {
        if row < rows {
            Ok(())
        } else {
            Err(damaged(
                &self.path,
                &format!("it mentions row {}, but the file has {rows} rows", u64::from(row) + 1),
            ))
        }
    }

    /// The face of the run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn info(&self) -> Result<RunInfo, JournalError> {
        let run_info: RunInfo = self
            .fact("face")?
            .ok_or_else(|| damaged(&self.path, &"it does not say how the run began"))?;
        self.check_number("requests", run_info.requests)?;
        self.check_number("rows to send", run_info.to_send)?;
        let unsent = run_info.unsent.values().try_fold(0, |sum: u64, rows| sum.checked_add(*rows));
        self.check_number("rows without a request", unsent.unwrap_or(u64::MAX))?;
        Ok(run_info)
    }

    /// Another process goes on with the run: it gives what is known of it.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn resume(&mut self, run_info: &RunInfo) -> Result<RecoveredState, JournalError> {
        let recovered = self.recovered()?;
        self.set("face", run_info)?;
        self.set("requests", &recovered.requests)?;
        let home = Home::of(&self.path).map_err(|error| damaged(&self.path, &error))?;
        self.set(HOME, &home)?;
        self.write("DELETE FROM facts WHERE name = 'finished'", [])?;
        // What was open when the run was interrupted is in doubt from now on, until more is known.
        for (row, progress) in &recovered.progress {
            self.record_progress(*row, progress)?;
        }
        self.write("DELETE FROM open", [])?;
        self.commit()?;
        Ok(recovered)
    }

    /// A request is about to leave with these work items.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_sent(
        &mut self,
        request: u32,
        items: &[SentCommand],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let items = postcard::to_stdvec(items).map_err(|error| damaged(&self.path, &error))?;
        self.last_request = Some(request);
        self.write(
            "INSERT OR REPLACE INTO open VALUES (?1, ?2, ?3)",
            params![request, at.as_millisecond(), items],
        )
    }

    /// What came of a request is known, or that it never left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_answered(&mut self, request: u32) -> Result<(), JournalError> {
        self.write("DELETE FROM open WHERE request = ?1", params![request])
    }

    /// A row has its outcome.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_outcome(&mut self, row: u32, outcome: &Outcome) -> Result<(), JournalError> {
        let Outcome { status, note, effect, attempts, request, finished_at } = outcome;
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
        if *status == OutcomeStatus::Ok && *note == Reason::default() {
            self.fine.entry((request, at)).or_default().push((row, *attempts, effect));
            return Ok(());
        }
        let (code, message) = (self.text(&note.code)?, self.text(&note.message)?);
        let status = *status as u8;
        self.write(
            "INSERT OR REPLACE INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![row, status, code, message, effect, attempts, request, at],
        )
    }

    /// A row has come some way.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_progress(
        &mut self,
        row: u32,
        progress: &RowProgress,
    ) -> Result<(), JournalError> {
        let uncertain = progress.uncertain.map(Timestamp::as_millisecond);
        let part = u32::try_from(progress.part).unwrap_or(u32::MAX);
        let identity = progress.identity.as_deref();
        let halfway = (progress.halfway != Halfway::default())
            .then(|| serde_json::to_string(&progress.halfway))
            .transpose();
        let halfway = halfway.map_err(|error| damaged(&self.path, &error))?;
        self.write(
            "INSERT OR REPLACE INTO progress VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![row, part, progress.sent, uncertain, identity, halfway],
        )
    }

    /// These rows are completed, and the service may still carry out an earlier sending of them
    /// until then.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn late(&mut self, rows: &[u32], until: Timestamp) -> Result<(), JournalError> {
        let until = until.as_millisecond();
        rows.iter().try_for_each(|row| {
            self.write("INSERT OR REPLACE INTO late VALUES (?1, ?2)", params![row, until])
        })
    }

    /// A group was refused as not found.
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

    /// A group that was missing is there now. (Letter case makes no other group: whatever is named
    /// like it goes.)
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

    fn missing_groups(&self) -> Result<Vec<MissingGroup>, JournalError> {
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

    /// The server asks for a pause.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn paused(&mut self, until: Timestamp, why: &str) -> Result<(), JournalError> {
        self.set("pause", &(until, why))
    }

    /// So many requests were sent so far, every retry counted.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sent(&mut self, requests: u64) -> Result<(), JournalError> {
        self.set("sent", &requests)
    }

    /// Every row that was asked for has its outcome.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finished(&mut self, at: Timestamp) -> Result<(), JournalError> {
        self.set("finished", &at)?;
        self.close()
    }

    /// Is the journal still where it was begun? A share may vanish, a folder be moved away.
    ///
    /// # Errors
    /// When it is not there.
    pub fn still_there(&self) -> Result<(), JournalError> {
        match std::fs::metadata(&self.path) {
            Ok(_) => Ok(()),
            Err(_) => Err(JournalError::Gone(self.path.clone())),
        }
    }

    /// Everything written so far is on disk when this returns.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn commit(&mut self) -> Result<(), JournalError> {
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

    /// What is known of the run.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn recovered(&self) -> Result<RecoveredState, JournalError> {
        let rows_of_input = self.about()?.rows;
        let requests = self.fact("requests")?.unwrap_or_default();
        let mut recovered = RecoveredState {
            pause: self.fact("pause")?,
            finished: self.fact("finished")?,
            requests,
            ..RecoveredState::default()
        };
        recovered.sent = self.fact("sent")?.unwrap_or_default();
        self.check_number("requests that were sent", recovered.sent)?;
        recovered.missing_groups = self.missing_groups()?;
        let (mut judged, mut twice) = (DecidedRows::default(), None);
        self.outcomes(|row, outcome| {
            recovered.take(&outcome);
            twice = twice.or((!judged.insert(row)).then_some(row));
        })?;
        if let Some(row) = twice {
            return Err(damaged(
                &self.path,
                &format!("row {} has two outcomes", u64::from(row) + 1),
            ));
        }
        let failed = database(&self.path);
        let mut query = self.database.prepare("SELECT row, until FROM late").map_err(&failed)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(&failed)?;
        for row in rows {
            let (row, until): (u32, i64) = row.map_err(&failed)?;
            self.check_row(row, rows_of_input)?;
            recovered
                .late
                .extend(Timestamp::from_millisecond(until).ok().map(|until| (row, until)));
        }
        let mut query = self
            .database
            .prepare("SELECT row, part, sent, doubtful, identity, halfway FROM progress")
            .map_err(&failed)?;
        let rows = query
            .query_map([], |row| {
                let part: u32 = row.get(1)?;
                let uncertain = row
                    .get::<_, Option<i64>>(3)?
                    .and_then(|at| Timestamp::from_millisecond(at).ok());
                let (sent, identity) = (row.get(2)?, row.get(4)?);
                let progress = RowProgress {
                    part: part as usize,
                    sent,
                    uncertain,
                    identity,
                    ..RowProgress::default()
                };
                Ok((row.get(0)?, progress, row.get(5)?))
            })
            .map_err(&failed)?;
        for row in rows {
            let (row, mut progress, halfway): (u32, RowProgress, Option<String>) =
                row.map_err(&failed)?;
            if let Some(text) = halfway {
                progress.halfway =
                    serde_json::from_str(&text).map_err(|error| damaged(&self.path, &error))?;
            }
            self.check_row(row, rows_of_input)?;
            self.check_number("times that a row was sent", u64::from(progress.sent))?;
            recovered.uncertain.extend(progress.uncertain.map(|_| row));
            recovered.progress.insert(row, progress);
        }
        let mut query =
            self.database.prepare("SELECT request, at, jobs FROM open").map_err(&failed)?;
        let rows = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .map_err(&failed)?;
        for row in rows {
            let (request, at, items): (u32, i64, Vec<u8>) = row.map_err(&failed)?;
            let items: Vec<SentCommand> =
                postcard::from_bytes(&items).map_err(|error| damaged(&self.path, &error))?;
            recovered.requests = recovered.requests.max(request);
            recovered.open.0 += 1;
            for SentCommand { rows, part, sent, identity } in items {
                let uncertain =
                    Some(Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH));
                self.check_number("times that a row was sent", u64::from(sent))?;
                for row in &rows {
                    self.check_row(*row, rows_of_input)?;
                    // What had been carried out of the command before it left.
                    let halfway = recovered
                        .progress
                        .remove(row)
                        .map(|progress| progress.halfway)
                        .unwrap_or_default();
                    let progress = RowProgress {
                        part,
                        sent,
                        uncertain,
                        in_flight: true,
                        identity: identity.clone(),
                        halfway,
                    };
                    recovered.progress.insert(*row, progress);
                }
                recovered.uncertain.extend(rows.iter());
                recovered.open.1.extend(rows);
            }
        }
        self.check_number("requests", u64::from(recovered.requests))?;
        Ok(recovered)
    }

    /// Hands every row that has an outcome to `each`: they may be too many to hold.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn outcomes(&self, mut each: impl FnMut(u32, Outcome)) -> Result<(), JournalError> {
        let failed = database(&self.path);
        let rows_of_input = self.about()?.rows;
        let at = |milliseconds: i64| {
            Timestamp::from_millisecond(milliseconds).ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
        };
        let mut effects: HashMap<i64, RowEffect> = HashMap::new();
        let mut query =
            self.database.prepare("SELECT request, at, rows FROM settled").map_err(&failed)?;
        let packed = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .map_err(&failed)?;
        for packed in packed {
            let (request, time, rows): (u32, i64, Vec<u8>) = packed.map_err(&failed)?;
            for (row, attempts, effect) in
                unpack(&rows).map_err(|error| damaged(&self.path, &error))?
            {
                self.check_row(row, rows_of_input)?;
                let note = Reason::default();
                let request = Some(request).filter(|request| *request > 0);
                let effect = match effects.get(&effect) {
                    Some(effect) => *effect,
                    None => *effects.entry(effect).or_insert(self.effect(effect)?),
                };
                each(
                    row,
                    Outcome {
                        status: OutcomeStatus::Ok,
                        note,
                        effect,
                        attempts,
                        request,
                        finished_at: at(time),
                    },
                );
            }
        }
        let sql = "SELECT told.row, status, codes.text, messages.text, effects.text, attempts, \
             request, at FROM told
            JOIN texts AS codes ON codes.id = told.code JOIN texts AS messages ON messages.id = \
            told.message
            JOIN texts AS effects ON effects.id = told.effect";
        let mut query = self.database.prepare(sql).map_err(&failed)?;
        let statement = query
            .query_map([], |row| {
                let note = Reason { code: row.get(2)?, message: row.get(3)? };
                let request: u32 = row.get(6)?;
                let effect: String = row.get(4)?;
                Ok((
                    row.get::<_, u32>(0)?,
                    row.get::<_, u8>(1)?,
                    note,
                    effect,
                    row.get::<_, u32>(5)?,
                    request,
                    row.get::<_, i64>(7)?,
                ))
            })
            .map_err(&failed)?;
        for statement in statement {
            let (row, status, note, effect, attempts, request, time) =
                statement.map_err(&failed)?;
            self.check_row(row, rows_of_input)?;
            let effect = effect.parse::<RowEffect>().map_err(|why| damaged(&self.path, &why))?;
            let status = OutcomeStatus::ALL.into_iter().find(|known| *known as u8 == status);
            let status =
                status.ok_or_else(|| damaged(&self.path, &format!("row {row} has no status")))?;
            let request = Some(request).filter(|request| *request > 0);
            each(row, Outcome { status, note, effect, attempts, request, finished_at: at(time) });
        }
        Ok(())
    }

    /// The effect whose text has this number.
    fn effect(&self, id: i64) -> Result<RowEffect, JournalError> {
        let text: String = self
            .database
            .prepare_cached("SELECT text FROM texts WHERE id = ?1")
            .and_then(|mut query| query.query_row([id], |row| row.get(0)))
            .map_err(database(&self.path))?;
        text.parse::<RowEffect>().map_err(|why| damaged(&self.path, &why))
    }

    /// The number of a text.
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

    fn write(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<(), JournalError> {
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

    pub(super) fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JournalError> {
        let text: Option<String> = self
            .database
            .query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(database(&self.path))?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| damaged(&self.path, &error))
    }

    pub(super) fn set(&mut self, name: &str, value: &impl Serialize) -> Result<(), JournalError> {
        let text = serde_json::to_string(value).map_err(|error| damaged(&self.path, &error))?;
        self.write("INSERT OR REPLACE INTO facts VALUES (?1, ?2)", params![name, text])
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::VERSION;
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
            unsent: BTreeMap::new(),
        }
    }

    fn outcome(status: OutcomeStatus, code: &str, message: &str) -> Outcome {
        let note = Reason { code: code.to_owned(), message: message.to_owned() };
        let effect = "created+joined:2".parse().unwrap();
        Outcome {
            status,
            note,
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
        journal.record_sent(7, &[], Timestamp::UNIX_EPOCH).unwrap();
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
                Timestamp::now(),
            )
            .unwrap();
        journal.record_answered(3).unwrap();
        journal.record_outcome(5, &fine).unwrap();
        journal.record_outcome(9, &failed).unwrap();
        journal.late(&[5], Timestamp::from_millisecond(77).unwrap()).unwrap();
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
                Timestamp::from_millisecond(55).unwrap(),
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
        let uncertain = Timestamp::from_millisecond(55).ok();
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
        assert_eq!(recovered.late, HashMap::from([(5, Timestamp::from_millisecond(77).unwrap())]));
        // Anyone who goes on starts from there, and what is found out then counts, not what was
        // open before.
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
                    at,
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
