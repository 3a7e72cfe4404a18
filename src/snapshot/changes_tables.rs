//! The tables of the record of recent changes, and what is read from them.

use super::record_error::RecordError;
use crate::organization::HashedName;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use std::time::Duration;
use xxhash_rust::xxh3::Xxh3;

/// How long a run is recorded. Rows are compared with an older list only if the user confirms it
/// twice (`--max-age`, `--yes`).
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// A run in progress gives a sign of life more often than this.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_secs(15);
/// The version of the tables.
pub(super) const VERSION: i64 = 2;
/// The form without renames that are not confirmed.
pub(super) const WITHOUT_RENAMES: i64 = 1;
/// Converts the tables of that form.
const ADD_RENAMES: &str = "ALTER TABLE sent_row ADD COLUMN rename TEXT";
/// The tables. Times and durations are microseconds. A request of a run may be carried out until
/// `late` after the end of the run, or after the last time at which it was in progress.
pub(super) const TABLES: &str = "
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
/// The longest effect window that is recorded.
const LONGEST: Duration = Duration::from_hours(24 * 366);

/// The record of one run.
#[derive(Debug)]
pub(super) struct SentRun {
    /// Its number in the database.
    pub(super) id: i64,
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
    /// Returns the name of the run.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns when the run began.
    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    /// Whether the run had ended at that time.
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

    /// Whether two runs sent requests at the same time.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let ended = |run: &Self| run.ended.unwrap_or(Timestamp::MAX);
        self.began < ended(other) && other.began < ended(self)
    }
}

/// Returns the version of the tables.
pub(super) fn version(database: &Connection) -> rusqlite::Result<i64> {
    database.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Converts a record of the earlier form, unless another process has done so.
pub(super) fn convert(database: &mut Connection) -> Result<(), RecordError> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == WITHOUT_RENAMES {
        transaction.execute_batch(ADD_RENAMES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// Removes old runs and records when they ended: earlier lists are no longer used.
pub(super) fn forget_old(record: &Transaction<'_>, now: Timestamp) -> Result<(), RecordError> {
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
pub(super) fn forget(record: &Transaction<'_>, until: Timestamp) -> Result<(), RecordError> {
    record.execute("INSERT INTO forgotten VALUES (?1)", [until.as_microsecond()])?;
    Ok(())
}

/// Returns until when requests of runs that are no longer recorded may have been carried out;
/// `None` if there are no such runs.
pub(super) fn forgotten(database: &Connection) -> Result<Option<Timestamp>, RecordError> {
    let until = database
        .query_row("SELECT max(until) FROM forgotten", [], |row| row.get::<_, Option<i64>>(0))?;
    Ok(until.map(timestamp))
}

/// Reads the runs whose requests may have been carried out at `from` or later, and that began
/// before `until` or after `now`, the oldest first.
pub(super) fn read_runs(
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

/// What a run has done about a row, as it is stored.
pub(super) struct StoredRow<'r> {
    /// The names in the row.
    pub(super) names: Vec<HashedName>,
    /// The confirmed change, as JSON.
    pub(super) confirmed: Option<&'r str>,
    /// The rename that is not confirmed, as JSON.
    pub(super) rename: Option<&'r str>,
}

impl<'r> StoredRow<'r> {
    /// Reads the columns `names, confirmed, rename, checksum`.
    pub(super) fn read(row: &'r Row<'_>) -> Result<Self, RecordError> {
        let names = row.get_ref(0)?.as_blob()?;
        let confirmed = row.get_ref(1)?.as_str_or_null()?;
        let rename = row.get_ref(2)?.as_str_or_null()?;
        if row.get::<_, i64>(3)? != checksum(names, confirmed, rename) {
            return Err(RecordError::Checksum);
        }
        Ok(Self { names: unpacked(names), confirmed, rename })
    }
}

/// Returns names as bytes.
pub(super) fn packed(names: &[HashedName]) -> Vec<u8> {
    names.iter().flat_map(|name| name.to_le_bytes()).collect()
}

/// Returns the names in bytes.
fn unpacked(names: &[u8]) -> Vec<HashedName> {
    names.as_chunks().0.iter().map(|name| HashedName::from_le_bytes(*name)).collect()
}

/// Returns the checksum of a row.
pub(super) fn checksum(names: &[u8], confirmed: Option<&str>, rename: Option<&str>) -> i64 {
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

/// Returns an effect window as it is stored.
pub(super) fn microseconds(late: Duration) -> i64 {
    i64::try_from(late.min(LONGEST).as_micros()).unwrap_or(i64::MAX)
}

/// Returns a time. If a forged file has one that is too far away, it returns the last possible
/// time.
fn timestamp(microsecond: i64) -> Timestamp {
    Timestamp::from_microsecond(microsecond).unwrap_or(Timestamp::MAX)
}
