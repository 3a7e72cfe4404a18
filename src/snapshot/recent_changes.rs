//! The record of recent changes: what runs on this computer have sent to an organization, in a
//! database beside the snapshots (`docs/lists.md`).
//!
//! Before a run sends anything, it records the users of its rows. From then on, earlier lists are
//! not used for them. When the run ends, the record says what the server has confirmed, and which
//! users the other rows name. So after a run that was killed, all its users are uncertain until the
//! same command has reached its end. A rename is recorded with its names before it is sent, and
//! until it is confirmed or known not to be done.

use super::changes_tables::{
    SentRun, StoredRow, TABLES, VERSION, WITHOUT_RENAMES, checksum, convert, forget, forget_old,
    forgotten, microseconds, packed, read_runs, version,
};
use super::confirmed::ConfirmedChanges;
use super::earlier_record;
use super::record_error::RecordError;
use super::store::SnapshotStore;
use crate::change::Change;
use crate::fs::private_folder;
use crate::organization::HashedName;
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use rusqlite::{named_params, params};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "changes.sqlite";
/// The longest wait while another process writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest wait for an update that shows that the run is in progress, because the next update
/// replaces it.
const SHORT_PATIENCE: Duration = Duration::from_millis(100);

/// The record of one organization at one host.
#[derive(Debug, Clone)]
pub(super) struct RecentChanges {
    path: PathBuf,
}

impl RecentChanges {
    /// Returns the record that is kept beside the lists of an organization.
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
                "imports from this computer since {from:.0} are too long ago, so umbulk no longer \
                 knows whom they changed: fetch a newer list"
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
    pub(super) fn write(
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
    pub(super) fn open(&self) -> io::Result<Option<Connection>> {
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

    pub(super) fn in_words<T>(&self, result: Result<T, RecordError>) -> io::Result<T> {
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
    pub(super) changes: RecentChanges,
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

    /// Records the rows of a run, as [bytes](RecordedRow::bytes), before anything is sent: until it
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
        self.write_beginning(at, |record| self.begin_in(record, rows, late, at))
    }

    /// Lets the beginning of a run be written. What earlier programs have recorded in files is
    /// forgotten then.
    pub(super) fn write_beginning(
        &self,
        at: Timestamp,
        begin: impl FnOnce(&Transaction<'_>) -> Result<(), RecordError>,
    ) -> io::Result<()> {
        let earlier = earlier_record::until(self.changes.folder())?;
        self.changes.write(|record| {
            if let Some(until) = earlier {
                forget(record, until)?;
            }
            forget_old(record, at)?;
            begin(record)
        })?;
        earlier_record::remove(self.changes.folder());
        Ok(())
    }

    pub(super) fn begin_in(
        &self,
        record: &Transaction<'_>,
        rows: &mut impl Read,
        late: Duration,
        at: Timestamp,
    ) -> Result<(), RecordError> {
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
    }

    /// Records the result of the rows that the run has sent now. What is not confirmed may still be
    /// carried out until `late` after the end.
    ///
    /// # Errors
    /// When it cannot be written. The run then counts as one that continues.
    pub(crate) fn end(
        &self,
        rows: &mut (impl Read + Seek),
        late: Duration,
        at: Timestamp,
    ) -> io::Result<()> {
        self.changes.write(|record| self.end_in(record, rows, late, at))
    }

    pub(super) fn end_in(
        &self,
        record: &Transaction<'_>,
        rows: &mut (impl Read + Seek),
        late: Duration,
        at: Timestamp,
    ) -> Result<(), RecordError> {
        record.execute(
            "UPDATE run SET ended = ?1, late = ?2 WHERE name = ?3",
            params![at.as_microsecond(), microseconds(late), self.run],
        )?;
        // Rows that replaced others one by one, and are longer, would be moved again and again.
        self.remove_rows(record, rows)?;
        rows.rewind()?;
        let always = "ON CONFLICT DO UPDATE SET
                 names = excluded.names, confirmed = excluded.confirmed,
                 rename = excluded.rename, checksum = excluded.checksum";
        self.write_rows(record, always, rows)
    }

    /// Returns the number of the run.
    fn run_id(&self, record: &Transaction<'_>) -> Result<i64, RecordError> {
        let number = "SELECT id FROM run WHERE name = ?1";
        Ok(record.query_row(number, [&self.run], |row| row.get(0))?)
    }

    /// Removes what is recorded of these rows of the run.
    fn remove_rows(
        &self,
        record: &Transaction<'_>,
        rows: &mut impl Read,
    ) -> Result<(), RecordError> {
        let run = self.run_id(record)?;
        let mut delete =
            record.prepare("DELETE FROM sent_row WHERE run = ?1 AND row BETWEEN ?2 AND ?3")?;
        let mut part: Option<(u32, u32)> = None;
        each_row(rows, |PackedRow { row, .. }| {
            if let Some((first, last)) = part
                && last.checked_add(1) == Some(row)
            {
                part = Some((first, row));
            } else if let Some((first, last)) = part.replace((row, row)) {
                delete.execute(params![run, first, last])?;
            }
            Ok(())
        })?;
        if let Some((first, last)) = part {
            delete.execute(params![run, first, last])?;
        }
        Ok(())
    }

    /// Writes rows of the run. `on_conflict` says what happens to rows that are already recorded.
    fn write_rows(
        &self,
        record: &Transaction<'_>,
        on_conflict: &str,
        rows: &mut impl Read,
    ) -> Result<(), RecordError> {
        let run = self.run_id(record)?;
        let mut insert = record.prepare(&format!(
            "INSERT INTO sent_row (run, row, names, confirmed, rename, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) {on_conflict}"
        ))?;
        each_row(rows, |PackedRow { row, names, confirmed, rename }| {
            let checksum = checksum(names, confirmed, rename);
            insert.execute(params![run, row, names, confirmed, rename, checksum])?;
            Ok(())
        })
    }

    /// Records that the run was in progress at this time.
    pub(crate) fn goes_on(&self, at: Timestamp) {
        let Ok(Some(database)) = self.changes.open() else { return };
        let _ = database.busy_timeout(SHORT_PATIENCE);
        let alive = "UPDATE run SET alive = max(alive, ?1) WHERE name = ?2";
        let _ = database.execute(alive, params![at.as_microsecond(), self.run]);
    }
}

/// A row that a run sends.
#[derive(Debug)]
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
    /// Returns the row as bytes, which begin with their number.
    ///
    /// # Errors
    /// Never, in practice.
    pub(crate) fn bytes(&self) -> io::Result<Vec<u8>> {
        let Self { row, names, confirmed, rename } = self;
        let confirmed = confirmed.as_ref().map(serde_json::to_string).transpose()?;
        let rename = rename.as_ref().map(serde_json::to_string).transpose()?;
        let packed = PackedRow {
            row: *row,
            names: &packed(names),
            confirmed: confirmed.as_deref(),
            rename: rename.as_deref(),
        };
        packed.bytes()
    }
}

/// The number of bytes that say how many bytes of a row follow.
const LEN: usize = size_of::<u32>();

/// Passes rows to `take`.
pub(super) fn each_row(
    rows: &mut impl Read,
    mut take: impl FnMut(PackedRow<'_>) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let (mut rows, mut bytes) = (BufReader::new(rows), Vec::new());
    while !rows.fill_buf()?.is_empty() {
        let mut len = [0; LEN];
        rows.read_exact(&mut len)?;
        bytes.clear();
        // A wrong length takes no memory.
        (&mut rows).take(u32::from_le_bytes(len).into()).read_to_end(&mut bytes)?;
        take(postcard::from_bytes(&bytes)?)?;
    }
    Ok(())
}

/// The same, as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct PackedRow<'r> {
    pub(super) row: u32,
    pub(super) names: &'r [u8],
    /// The confirmed change, as JSON.
    pub(super) confirmed: Option<&'r str>,
    /// The rename that is not confirmed, as JSON.
    pub(super) rename: Option<&'r str>,
}

impl PackedRow<'_> {
    /// Returns the row as bytes, which begin with their number.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = postcard::to_extend(self, vec![0; LEN]).map_err(io::Error::other)?;
        let len = u32::try_from(bytes.len() - LEN).map_err(io::Error::other)?;
        bytes[..LEN].copy_from_slice(&len.to_le_bytes());
        Ok(bytes)
    }
}
