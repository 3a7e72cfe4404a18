//! The record of recent changes: what runs on this computer have sent to an organization, in a
//! database beside the snapshots (`docs/lists.md`).
//!
//! Before a run sends anything, it records the users of its rows. From then on, earlier lists are
//! not used for them. When the run ends, the record says what the server has confirmed, and which
//! users the other rows name. So after a run that was killed, all its users are uncertain until the
//! same command has reached its end. A rename is recorded with its names before it is sent, and
//! until it is confirmed or known not to be done.

use super::confirmed::ConfirmedChanges;
use super::earlier_record;
use super::record_error::RecordError;
use super::store::SnapshotStore;
use crate::change::Change;
use crate::fs::private_folder;
use crate::organization::HashedName;
use jiff::{SignedDuration, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior};
use rusqlite::{named_params, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use xxhash_rust::xxh3::Xxh3;

/// How long a run is recorded. Rows are compared with an older list only if the user confirms it
/// twice (`--max-age`, `--yes`).
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// A run in progress gives a sign of life more often than this.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_secs(15);
const FILE: &str = "changes.sqlite";
const VERSION: i64 = 2;
/// The form without renames that are not confirmed.
const WITHOUT_RENAMES: i64 = 1;
const ADD_RENAMES: &str = "ALTER TABLE sent_row ADD COLUMN rename TEXT";
/// The tables. Times and durations are microseconds. A request of a run may be carried out until
/// `late` after the end of the run, or after the last time at which it was in progress.
const TABLES: &str = "
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        began INTEGER NOT NULL,
        ended INTEGER,
        alive INTEGER NOT NULL,
        late INTEGER NOT NULL,
        until INTEGER GENERATED ALWAYS AS (coalesce(ended, alive) + late)
    ) STRICT;
    CREATE TABLE sent_row (
        run INTEGER NOT NULL,
        row INTEGER NOT NULL,
        names BLOB NOT NULL,
        confirmed TEXT,
        checksum INTEGER NOT NULL,
        rename TEXT,
        PRIMARY KEY (run, row)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE forgotten (until INTEGER NOT NULL) STRICT;";
/// The longest wait while another process writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest wait for an update that shows that the run is in progress, because the next update
/// replaces it.
const SHORT_PATIENCE: Duration = Duration::from_millis(100);
/// The longest effect window that is recorded.
const LONGEST: Duration = Duration::from_hours(24 * 366);
/// The longest line of a row.
const LONGEST_LINE: u64 = 32 << 20;

/// The record of one organization at one host.
#[derive(Debug, Clone)]
pub(super) struct RecentChanges {
    path: PathBuf,
}

/// The record of one run.
#[derive(Debug)]
pub(super) struct SentRun {
    id: i64,
    name: String,
    began: Timestamp,
    /// When the run ended; `None` if it is in progress, or was killed.
    ended: Option<Timestamp>,
    /// The last sign of life.
    alive: Timestamp,
    /// All users and groups that its rows name, in order.
    pub(super) named: Vec<HashedName>,
    /// The users and groups in rows that are not completely confirmed, in order.
    pub(super) uncertain: Vec<HashedName>,
}

impl SentRun {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    pub(super) fn has_ended_by(&self, at: Timestamp) -> bool {
        self.ended.is_some_and(|ended| ended <= at)
    }

    /// Whether everything of the run was confirmed before that time.
    pub(super) fn was_over(&self, at: Timestamp) -> bool {
        self.ended.is_some_and(|ended| ended < at)
    }

    /// Whether it may have sent something since that time.
    pub(super) fn may_have_sent_since(&self, at: Timestamp) -> bool {
        self.ended.unwrap_or_else(|| self.alive.saturating_add(SIGN_OF_LIFE).unwrap_or(self.alive))
            >= at
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let ended = |run: &Self| run.ended.unwrap_or(Timestamp::MAX);
        self.began < ended(other) && other.began < ended(self)
    }
}

impl RecentChanges {
    pub(super) fn of(store: &SnapshotStore) -> Self {
        Self { path: store.folder().join(FILE) }
    }

    /// Returns the runs that began before `until` and whose requests may have been carried out at
    /// `from` or later, the oldest first. A run that began later than now counts as well: the clock
    /// was set back, and nobody knows when the run was in progress.
    ///
    /// # Errors
    /// When the record cannot be read, or no longer has such a run because it was too long ago.
    pub(super) fn runs(&self, from: Timestamp, until: Timestamp) -> io::Result<Vec<SentRun>> {
        let database = self.open()?;
        let forgotten = match &database {
            Some(database) => self.in_words(forgotten(database))?,
            None => None,
        };
        let forgotten = forgotten.max(earlier_record::until(self.folder())?);
        if forgotten.is_some_and(|until| until >= from) {
            let why = format!(
                "imports from here since {from:.0} are too long ago, so umbulk no longer knows \
                 whom they changed: fetch a newer list"
            );
            return Err(io::Error::other(why));
        }
        let Some(database) = database else { return Ok(Vec::new()) };
        self.in_words(read_runs(&database, from, until, Timestamp::now()))
    }

    /// Returns all runs, the oldest first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(super) fn all_runs(&self) -> io::Result<Vec<SentRun>> {
        let Some(database) = self.open()? else { return Ok(Vec::new()) };
        self.in_words(read_runs(&database, Timestamp::MIN, Timestamp::MAX, Timestamp::MAX))
    }

    /// Passes the confirmed changes of a run to `take`, in the order of the rows.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(super) fn each_confirmed(
        &self,
        run: &SentRun,
        mut take: impl FnMut(&ConfirmedChanges<'_>),
    ) -> io::Result<()> {
        self.each_row(run, "confirmed IS NOT NULL", |row| {
            take(&serde_json::from_str(row.confirmed.unwrap_or_default())?);
            Ok(())
        })
    }

    /// Passes the renames of a run to `take` that may be done, or be done later, and are not
    /// confirmed.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(super) fn each_unconfirmed_rename(
        &self,
        run: &SentRun,
        mut take: impl FnMut(&Change<'_>),
    ) -> io::Result<()> {
        self.each_row(run, "rename IS NOT NULL", |row| {
            take(&serde_json::from_str(row.rename.unwrap_or_default())?);
            Ok(())
        })
    }

    /// Passes the rows of a run for which a condition in SQL holds to `take`, in their order.
    fn each_row(
        &self,
        run: &SentRun,
        condition: &str,
        mut take: impl FnMut(StoredRow<'_>) -> Result<(), RecordError>,
    ) -> io::Result<()> {
        let Some(database) = self.open()? else { return Ok(()) };
        let mut read = || -> Result<(), RecordError> {
            let mut query = database.prepare(&format!(
                "SELECT names, confirmed, rename, checksum FROM sent_row
                 WHERE run = ?1 AND {condition} ORDER BY row"
            ))?;
            let mut rows = query.query([run.id])?;
            while let Some(row) = rows.next()? {
                take(StoredRow::read(row)?)?;
            }
            Ok(())
        };
        self.in_words(read())
    }

    /// Writes in one transaction. Creates the record if there is none.
    fn write(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<(), RecordError>,
    ) -> io::Result<()> {
        if fs::symlink_metadata(&self.path).is_err() {
            self.create()?;
        }
        let Some(mut database) = self.open()? else { return Err(self.damaged(&"it is gone")) };
        let write = || -> Result<(), RecordError> {
            let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change(&transaction)?;
            Ok(transaction.commit()?)
        };
        self.in_words(write())
    }

    /// Creates an empty record under another name first, so that it is always complete at its path.
    fn create(&self) -> io::Result<()> {
        private_folder(self.folder())?;
        let new = tempfile::NamedTempFile::new_in(self.folder())?;
        let tables = || -> Result<(), RecordError> {
            let mut database = Connection::open(new.path())?;
            let transaction = database.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
            database.close().map_err(|(_, error)| error)?;
            Ok(())
        };
        self.in_words(tables())?;
        match new.persist_noclobber(&self.path) {
            // Another process has created it.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => Ok(created.map(drop)?),
        }
    }

    /// Opens the record; `None` if there is none.
    fn open(&self) -> io::Result<Option<Connection>> {
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(crate::fs::named(&self.path)(error)),
            Ok(there) if there.is_symlink() => {
                return Err(self.damaged(&"it is a link, which umbulk does not follow here"));
            }
            Ok(there) if !there.is_file() => {
                return Err(self.damaged(&"it is not a regular file"));
            }
            Ok(_) => {}
        }
        let connect = || -> Result<Connection, RecordError> {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut database = Connection::open_with_flags(&self.path, flags)?;
            database.busy_timeout(PATIENCE)?;
            // A forged file may contain code that runs when it is read.
            database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            database.pragma_update(None, "synchronous", "FULL")?;
            if version(&database)? == WITHOUT_RENAMES {
                convert(&mut database)?;
            }
            match version(&database)? {
                VERSION => Ok(database),
                version => Err(RecordError::Version(version)),
            }
        };
        self.in_words(connect()).map(Some)
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn in_words<T>(&self, result: Result<T, RecordError>) -> io::Result<T> {
        result.map_err(|error| {
            if error.is_busy() {
                let path = self.path.display();
                let why = format!("{path}: another process uses this file ({error})");
                return io::Error::new(io::ErrorKind::WouldBlock, why);
            }
            if error.is_of_the_system() {
                let path = self.path.display();
                let why = format!(
                    "{path}: this file cannot be read or written ({error}). Keep it: it is not \
                     damaged. Make room on the disk, or see to the rights of the folder"
                );
                return io::Error::other(why);
            }
            self.damaged(&error)
        })
    }

    fn damaged(&self, why: &impl std::fmt::Display) -> io::Error {
        let path = self.path.display();
        let why = format!(
            "{path}: this file is damaged, or of another umbulk ({why}). Remove it, and then \
             compare with a list that is fetched after that. Renames by earlier imports are then \
             not known: add the new names of protected people and groups to the list of \
             protected names"
        );
        io::Error::new(io::ErrorKind::InvalidData, why)
    }
}

/// The record of one run.
#[derive(Debug, Clone)]
pub(crate) struct SentRecord {
    changes: RecentChanges,
    run: String,
}

impl SentRecord {
    /// Creates the record of a run, beside the lists of a store. Nothing is read or written yet.
    pub(crate) fn of(store: &SnapshotStore, run: &str) -> Self {
        Self { changes: RecentChanges::of(store), run: run.to_owned() }
    }

    /// Whether the run is recorded and has not ended.
    pub(crate) fn is_open(&self) -> bool {
        let read = || -> io::Result<bool> {
            let Some(database) = self.changes.open()? else { return Ok(false) };
            let open = "SELECT 1 FROM run WHERE name = ?1 AND ended IS NULL";
            let found = database.query_row(open, [&self.run], |_| Ok(())).optional();
            self.changes.in_words(found.map(|found| found.is_some()).map_err(RecordError::from))
        };
        read().unwrap_or(false)
    }

    /// Returns the rows of the run, from 0, whose changes the server has confirmed; none if the run
    /// is not recorded.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) fn confirmed_rows(&self) -> io::Result<Vec<u32>> {
        let Some(database) = self.changes.open()? else { return Ok(Vec::new()) };
        let read = || -> Result<Vec<u32>, RecordError> {
            let mut query = database.prepare(
                "SELECT row FROM sent_row JOIN run ON run.id = sent_row.run
                 WHERE run.name = ?1 AND confirmed IS NOT NULL ORDER BY row",
            )?;
            let rows = query.query_map([&self.run], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        self.changes.in_words(read())
    }

    /// Records the rows of a run, as [lines](RecordedRow::line), before anything is sent: until it
    /// ends, their users are uncertain. A run that continues keeps its first start, and what its
    /// earlier starts have confirmed. A request may still be carried out until `late` after the
    /// last sign of life.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(
        &self,
        rows: &mut impl Read,
        late: Duration,
        at: Timestamp,
    ) -> io::Result<()> {
        let earlier = earlier_record::until(self.changes.folder())?;
        self.changes.write(|record| {
            if let Some(until) = earlier {
                forget(record, until)?;
            }
            forget_old(record, at)?;
            record.execute(
                "INSERT INTO run (name, began, alive, late) VALUES (:run, :at, :at, :late)
                 ON CONFLICT DO UPDATE SET
                     began = min(began, excluded.began), ended = NULL,
                     alive = excluded.alive, late = max(late, excluded.late)",
                named_params! {
                    ":run": self.run,
                    ":at": at.as_microsecond(),
                    ":late": microseconds(late),
                },
            )?;
            // What an earlier start has confirmed stays so.
            let unless_confirmed = "ON CONFLICT DO UPDATE SET
                     names = excluded.names, rename = excluded.rename, checksum = excluded.checksum
                 WHERE confirmed IS NULL";
            self.write_rows(record, unless_confirmed, rows)
        })?;
        earlier_record::remove(self.changes.folder());
        Ok(())
    }

    /// Records the result of the rows that the run has sent now. What is not confirmed may still be
    /// carried out until `late` after the end.
    ///
    /// # Errors
    /// When it cannot be written. The run then counts as one that continues.
    pub(crate) fn end(
        &self,
        rows: &mut impl Read,
        late: Duration,
        at: Timestamp,
    ) -> io::Result<()> {
        self.changes.write(|record| {
            record.execute(
                "UPDATE run SET ended = ?1, late = ?2 WHERE name = ?3",
                params![at.as_microsecond(), microseconds(late), self.run],
            )?;
            let always = "ON CONFLICT DO UPDATE SET
                     names = excluded.names, confirmed = excluded.confirmed,
                     rename = excluded.rename, checksum = excluded.checksum";
            self.write_rows(record, always, rows)
        })
    }

    /// Writes rows of the run. `on_conflict` says what happens to rows that are already recorded.
    fn write_rows(
        &self,
        record: &Transaction<'_>,
        on_conflict: &str,
        rows: &mut impl Read,
    ) -> Result<(), RecordError> {
        let run: i64 =
            record
                .query_row("SELECT id FROM run WHERE name = ?1", [&self.run], |row| row.get(0))?;
        let mut insert = record.prepare(&format!(
            "INSERT INTO sent_row (run, row, names, confirmed, rename, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) {on_conflict}"
        ))?;
        let (mut rows, mut line) = (BufReader::new(rows), Vec::new());
        loop {
            line.clear();
            if rows.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let RowLine { row, names, confirmed, rename } = serde_json::from_slice(&line)?;
            let names = packed(&names);
            let [confirmed, rename] = [confirmed, rename].map(|json| json.map(RawValue::get));
            let checksum = checksum(&names, confirmed, rename);
            insert.execute(params![run, row, names, confirmed, rename, checksum])?;
        }
    }

    /// Records that the run is in progress.
    pub(crate) fn goes_on(&self) {
        let Ok(Some(database)) = self.changes.open() else { return };
        let _ = database.busy_timeout(SHORT_PATIENCE);
        let now = Timestamp::now().as_microsecond();
        let _ =
            database.execute("UPDATE run SET alive = ?1 WHERE name = ?2", params![now, self.run]);
    }
}

/// A row that a run sends.
#[derive(Debug, Serialize)]
pub(crate) struct RecordedRow<'a> {
    /// Its number, from 0.
    pub row: u32,
    /// The users and groups that it names.
    pub names: Vec<HashedName>,
    /// What it has changed, if the server has confirmed all of it.
    pub confirmed: Option<ConfirmedChanges<'a>>,
    /// Its rename, if it is not confirmed, but may be done, or be done later.
    pub rename: Option<Change<'a>>,
}

impl RecordedRow<'_> {
    /// Returns the row as a line.
    ///
    /// # Errors
    /// Never, in practice.
    pub(crate) fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// The same, as it is read from a line.
#[derive(Deserialize)]
struct RowLine<'l> {
    row: u32,
    names: Vec<HashedName>,
    #[serde(borrow)]
    confirmed: Option<&'l RawValue>,
    #[serde(borrow)]
    rename: Option<&'l RawValue>,
}

fn version(database: &Connection) -> rusqlite::Result<i64> {
    database.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Converts a record of the earlier form, unless another process has done so.
fn convert(database: &mut Connection) -> Result<(), RecordError> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == WITHOUT_RENAMES {
        transaction.execute_batch(ADD_RENAMES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// Removes old runs and records when they ended: earlier lists are no longer used.
fn forget_old(record: &Transaction<'_>, now: Timestamp) -> Result<(), RecordError> {
    let Ok(from) = now.checked_sub(KEPT) else { return Ok(()) };
    let from = from.as_microsecond();
    let last = "SELECT max(until) FROM run WHERE until < ?1";
    if let Some(until) = record.query_row(last, [from], |row| row.get::<_, Option<i64>>(0))? {
        forget(record, timestamp(until))?;
    }
    let old = "DELETE FROM sent_row WHERE run IN (SELECT id FROM run WHERE until < ?1)";
    record.execute(old, [from])?;
    record.execute("DELETE FROM run WHERE until < ?1", [from])?;
    Ok(())
}

/// Records until when requests of runs that are no longer recorded may have been carried out.
fn forget(record: &Transaction<'_>, until: Timestamp) -> Result<(), RecordError> {
    record.execute("INSERT INTO forgotten VALUES (?1)", [until.as_microsecond()])?;
    Ok(())
}

/// Returns until when requests of runs that are no longer recorded may have been carried out;
/// `None` if there are no such runs.
fn forgotten(database: &Connection) -> Result<Option<Timestamp>, RecordError> {
    let until = database
        .query_row("SELECT max(until) FROM forgotten", [], |row| row.get::<_, Option<i64>>(0))?;
    Ok(until.map(timestamp))
}

fn read_runs(
    database: &Connection,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Result<Vec<SentRun>, RecordError> {
    let mut query = database.prepare(
        "SELECT id, name, began, ended, alive FROM run
         WHERE until >= ?1 AND (began < ?2 OR began > ?3) ORDER BY began, name",
    )?;
    let run = |row: &Row<'_>| -> rusqlite::Result<SentRun> {
        Ok(SentRun {
            id: row.get(0)?,
            name: row.get(1)?,
            began: timestamp(row.get(2)?),
            ended: row.get::<_, Option<i64>>(3)?.map(timestamp),
            alive: timestamp(row.get(4)?),
            named: Vec::new(),
            uncertain: Vec::new(),
        })
    };
    let mut runs = query
        .query_map([from, until, now].map(Timestamp::as_microsecond), run)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    runs.iter_mut().try_for_each(|run| read_names(database, run))?;
    Ok(runs)
}

/// Reads whom the rows of a run name.
fn read_names(database: &Connection, run: &mut SentRun) -> Result<(), RecordError> {
    let mut query = database
        .prepare("SELECT names, confirmed, rename, checksum FROM sent_row WHERE run = ?1")?;
    let mut rows = query.query([run.id])?;
    while let Some(row) = rows.next()? {
        let StoredRow { names, confirmed, .. } = StoredRow::read(row)?;
        if confirmed.is_none() {
            run.uncertain.extend(&names);
        }
        run.named.extend(names);
    }
    for names in [&mut run.named, &mut run.uncertain] {
        names.sort_unstable();
        names.dedup();
    }
    Ok(())
}

/// The same, as it is stored.
struct StoredRow<'r> {
    names: Vec<HashedName>,
    confirmed: Option<&'r str>,
    rename: Option<&'r str>,
}

impl<'r> StoredRow<'r> {
    /// Reads the columns `names, confirmed, rename, checksum`.
    fn read(row: &'r Row<'_>) -> Result<Self, RecordError> {
        let names = row.get_ref(0)?.as_blob()?;
        let confirmed = row.get_ref(1)?.as_str_or_null()?;
        let rename = row.get_ref(2)?.as_str_or_null()?;
        if row.get::<_, i64>(3)? != checksum(names, confirmed, rename) {
            return Err(RecordError::Checksum);
        }
        Ok(Self { names: unpacked(names), confirmed, rename })
    }
}

fn packed(names: &[HashedName]) -> Vec<u8> {
    names.iter().flat_map(|name| name.to_le_bytes()).collect()
}

fn unpacked(names: &[u8]) -> Vec<HashedName> {
    names.as_chunks().0.iter().map(|name| HashedName::from_le_bytes(*name)).collect()
}

fn checksum(names: &[u8], confirmed: Option<&str>, rename: Option<&str>) -> i64 {
    let mut hash = Xxh3::new();
    hash.update(names);
    hash.update(confirmed.unwrap_or_default().as_bytes());
    // Without a rename, it is the checksum of the earlier form.
    if let Some(rename) = rename {
        hash.update(&[0]);
        hash.update(rename.as_bytes());
    }
    hash.digest().cast_signed()
}

fn microseconds(late: Duration) -> i64 {
    i64::try_from(late.min(LONGEST).as_micros()).unwrap_or(i64::MAX)
}

/// Returns a time. If a forged file has one that is too far away, it returns the last possible
/// time.
fn timestamp(microsecond: i64) -> Timestamp {
    Timestamp::from_microsecond(microsecond).unwrap_or(Timestamp::MAX)
}
