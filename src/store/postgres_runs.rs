//! Runs in PostgreSQL.

use super::answer::{Values, column, only, values};
use super::chunks::{StoredFile, cut, join};
use super::database::{Database, DatabaseLine};
use super::error::StoreError;
use super::run::{
    Claim, Lease, LeaseEnd, NewRun, Renewed, RunFile, RunPlace, RunState, SeenRuns, StateCount,
    StoredRun,
};
use super::run_store::{Begun, RunStore, Submitted};
use crate::umapi::millis;
use crate::visible::visible;
use serde_json::Value;
use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Row;

/// The runs of a store.
pub(crate) struct PostgresRuns {
    database: Arc<Database>,
    line: Arc<DatabaseLine>,
    lease: Duration,
}

/// Returns the columns of a run as [`stored_run`] reads them, between these words.
macro_rules! run_columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, organization, host, input, file, rows, submitted_by, options::text, ",
            "state, is_unwanted, exit_status, progress::text, worker, ",
            "ceil(extract(epoch FROM lease_until - clock_timestamp()) * 1000)::bigint, ",
            "submitted_at, number, fence, is_submitted, reason ",
            $after
        )
    };
}

macro_rules! select_runs {
    ($rest:literal) => {
        concat!(run_columns!("SELECT", "FROM umbulk.runs "), $rest)
    };
}

/// The most parts of a journal that are fetched at once.
const PARTS_AT_ONCE: i64 = 64;

impl PostgresRuns {
    /// Creates the runs of a database, with leases of this length.
    pub(crate) fn with_lease(database: &Arc<Database>, lease: Duration) -> Self {
        Self { database: Arc::clone(database), line: database.line(), lease }
    }

    fn rows(&self, sql: &'static str, values: Values) -> Result<Vec<Row>, StoreError> {
        let line = Arc::clone(&self.line);
        self.database.wait(async move { line.rows(sql, values).await })
    }

    /// Changes a run whose lease this worker has.
    fn change(&self, lease: &Lease, sql: &'static str, values: Values) -> Result<(), StoreError> {
        match self.rows(sql, values)?.is_empty() {
            false => Ok(()),
            true => Err(self.lost(lease)),
        }
    }

    /// Returns the error of a worker that has no right to a run any more.
    fn lost(&self, lease: &Lease) -> StoreError {
        match self.run(&lease.run) {
            Ok(run) => {
                StoreError::LeaseLost { worker: run.and_then(|run| run.worker).unwrap_or_default() }
            }
            Err(error) => error,
        }
    }

    fn part_of_file(&self, lease: &Lease, name: &str, part: i32) -> Result<Vec<u8>, StoreError> {
        let sql = "SELECT bytes FROM umbulk.run_file_parts \
                   WHERE run = $1 AND name = $2 AND fence = $3 AND part = $4";
        let Lease { run, fence } = lease.clone();
        let rows = self.rows(sql, values![run, name.to_owned(), fence, part])?;
        // The parts of a file go when another one replaces it.
        let replaced = || StoreError::Busy("the file is replaced just now".to_owned());
        column(rows.first().ok_or_else(replaced)?, 0)
    }
}

/// Returns an answer that begins with whether the run is this worker's, and who has it otherwise.
fn still_mine(rows: Vec<Row>) -> Result<Row, StoreError> {
    let row = only(rows)?;
    match column(&row, 0)? {
        true => Ok(row),
        false => {
            let worker = column::<Option<String>>(&row, 1)?.unwrap_or_default();
            Err(StoreError::LeaseLost { worker })
        }
    }
}

/// Returns whether the run of a lease is wanted.
fn wanted(row: &Row, at: usize) -> Result<Renewed, StoreError> {
    Ok(if column(row, at)? { Renewed::Unwanted } else { Renewed::Wanted })
}

/// Returns how long ago something was that the database says in milliseconds.
fn since(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

fn state_of(name: &str) -> Result<RunState, StoreError> {
    name.parse().map_err(|()| StoreError::Damaged(format!("the state {}", visible(name))))
}

fn stored_run(row: &Row) -> Result<StoredRun, StoreError> {
    let json = |at| {
        serde_json::from_str::<Value>(&column::<String>(row, at)?)
            .map_err(|error| StoreError::Damaged(error.to_string()))
    };
    let state: String = column(row, 8)?;
    let left: Option<i64> = column(row, 13)?;
    let place = RunPlace { organization: column(row, 1)?, host: column(row, 2)? };
    Ok(StoredRun {
        new: NewRun {
            id: column(row, 0)?,
            place,
            input: column(row, 3)?,
            file: column(row, 4)?,
            rows: column::<i64>(row, 5)?.cast_unsigned(),
            submitted_by: column(row, 6)?,
            options: json(7)?,
        },
        state: state_of(&state)?,
        is_unwanted: column(row, 9)?,
        exit_status: column(row, 10)?,
        progress: json(11)?,
        worker: column(row, 12)?,
        leased_for: left
            .filter(|left| *left > 0)
            .map(|left| Duration::from_millis(left.cast_unsigned())),
        submitted_at: column(row, 14)?,
        number: column(row, 15)?,
        fence: column(row, 16)?,
        is_submitted: column(row, 17)?,
        reason: column(row, 18)?,
    })
}

impl RunStore for PostgresRuns {
    fn begin(&self, run: &NewRun, worker: &str, seen: &SeenRuns) -> Result<Begun, StoreError> {
        let sql = "SELECT begun, known FROM umbulk.begin_run($1, $2, $3, $4, $5, $6, $7, $8, $9, \
                   $10, $11, $12, $13, $14)";
        let NewRun { id, place, input, file, rows, submitted_by, options } = run.clone();
        let mut values = values![id, place.organization, place.host, input, file];
        values.extend(values![rows.cast_signed(), submitted_by, options.to_string()]);
        values.extend(values![worker.to_owned(), millis(self.lease), seen.last]);
        let old = seen.replaced.iter();
        let ids: Vec<String> = old.clone().map(|old| old.run.clone()).collect();
        let fences: Vec<i64> = old.clone().map(|old| old.fence).collect();
        let ended: Vec<bool> = old.map(|old| old.has_ended).collect();
        values.extend(values![ids, fences, ended]);
        let row = only(self.rows(sql, values)?)?;
        Ok(match (column(&row, 0)?, column(&row, 1)?) {
            (true, _) => Begun::New(Lease { run: run.id.clone(), fence: 1 }),
            (false, Some(known)) => Begun::Known(known),
            (false, None) => Begun::IdTaken,
        })
    }

    fn forget(&self, lease: &Lease) -> Result<(), StoreError> {
        let sql = "DELETE FROM umbulk.runs WHERE id = $1 AND fence = $2 AND state = 'running' \
                   RETURNING id";
        let rows = self.rows(sql, values![lease.run.clone(), lease.fence])?;
        match rows.is_empty() && self.run(&lease.run)?.is_some() {
            true => Err(self.lost(lease)),
            false => Ok(()),
        }
    }

    fn forget_journal(&self, lease: &Lease) -> Result<(), StoreError> {
        self.renew(lease)?;
        let sql = "DELETE FROM umbulk.journal_parts WHERE run = $1 AND EXISTS \
                   (SELECT FROM umbulk.runs WHERE id = $1 AND fence = $2 AND state = 'running')";
        self.rows(sql, values![lease.run.clone(), lease.fence]).map(drop)
    }

    fn last_part(&self, run: &str) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(number), 0) FROM umbulk.journal_parts WHERE run = $1";
        column::<i64>(&only(self.rows(sql, values![run.to_owned()])?)?, 0).map(i64::cast_unsigned)
    }

    fn submit(&self, run: &NewRun) -> Result<Submitted, StoreError> {
        let sql = "SELECT umbulk.submit($1, $2, $3, $4, $5, $6, $7, $8)";
        let NewRun { id, place, input, file, rows, submitted_by, options } = run.clone();
        let mut values = values![id, place.organization, place.host, input, file];
        values.extend(values![rows.cast_signed(), submitted_by, options.to_string()]);
        Ok(match column(&only(self.rows(sql, values)?)?, 0)? {
            Some(known) => Submitted::Known(known),
            None => Submitted::New(Lease { run: run.id.clone(), fence: 0 }),
        })
    }

    fn queue(&self, run: &str) -> Result<bool, StoreError> {
        column(&only(self.rows("SELECT umbulk.queue($1)", values![run.to_owned()])?)?, 0)
    }

    fn run(&self, run: &str) -> Result<Option<StoredRun>, StoreError> {
        let rows = self.rows(select_runs!("WHERE id = $1"), values![run.to_owned()])?;
        rows.first().map(stored_run).transpose()
    }

    fn last_with(&self, place: &RunPlace, input: &str) -> Result<Option<StoredRun>, StoreError> {
        let sql = select_runs!(
            "WHERE organization = $1 AND host = $2 AND input = $3 ORDER BY number DESC LIMIT 1"
        );
        let RunPlace { organization, host } = place.clone();
        let rows = self.rows(sql, values![organization, host, input.to_owned()])?;
        rows.first().map(stored_run).transpose()
    }

    fn last_named(&self, place: &RunPlace, file: &str) -> Result<Option<StoredRun>, StoreError> {
        let sql = select_runs!(
            "WHERE organization = $1 AND host = $2 AND file = $3 ORDER BY number DESC LIMIT 1"
        );
        let RunPlace { organization, host } = place.clone();
        let rows = self.rows(sql, values![organization, host, file.to_owned()])?;
        rows.first().map(stored_run).transpose()
    }

    fn runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        self.rows(select_runs!("ORDER BY number DESC"), values![])?.iter().map(stored_run).collect()
    }

    fn counts(&self) -> Result<Vec<StateCount>, StoreError> {
        let sql = "SELECT state, count(*), count(*) FILTER \
                   (WHERE state = 'running' AND lease_until >= clock_timestamp()) \
                   FROM umbulk.runs GROUP BY state ORDER BY state";
        let count = |row: &Row| {
            let (runs, leases): (i64, i64) = (column(row, 1)?, column(row, 2)?);
            let (runs, leases) = (runs.cast_unsigned(), leases.cast_unsigned());
            Ok(StateCount { state: state_of(&column::<String>(row, 0)?)?, runs, leases })
        };
        self.rows(sql, values![])?.iter().map(count).collect()
    }

    fn claim(&self, run: &str, worker: &str, ended: Option<i64>) -> Result<Claim, StoreError> {
        let values = values![run.to_owned(), worker.to_owned(), millis(self.lease), ended];
        let row = only(self.rows("SELECT umbulk.claim($1, $2, $3, $4)", values)?)?;
        if let Some(fence) = column(&row, 0)? {
            return Ok(Claim::Claimed(Lease { run: run.to_owned(), fence }));
        }
        let found = self.run(run)?.ok_or_else(|| StoreError::no_run(run))?;
        Ok(match found.leased_for {
            _ if found.state.is_over() || found.state == RunState::Arriving => {
                Claim::Over(found.state)
            }
            left => Claim::Held {
                worker: found.worker.unwrap_or_default(),
                left: left.unwrap_or_default(),
            },
        })
    }

    fn claim_next(
        &self,
        worker: &str,
        places: &[RunPlace],
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let (organizations, hosts): (Vec<String>, Vec<String>) =
            places.iter().cloned().map(|place| (place.organization, place.host)).unzip();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let values = values![worker.to_owned(), organizations, hosts, millis(self.lease), most];
        let sql = "SELECT run, fence FROM umbulk.claim_next($1, $2, $3, $4, $5)";
        let lease = |row: &Row| Ok(Lease { run: column(row, 0)?, fence: column(row, 1)? });
        self.rows(sql, values)?.iter().map(lease).collect()
    }

    fn renew(&self, lease: &Lease) -> Result<Renewed, StoreError> {
        let sql = "SELECT is_mine, has_it, unwanted FROM umbulk.renew($1, $2, $3)";
        let values = values![lease.run.clone(), lease.fence, millis(self.lease)];
        let row = still_mine(self.rows(sql, values)?)?;
        wanted(&row, 2)
    }

    fn append(&self, lease: &Lease, number: u64, bytes: &[u8]) -> Result<Renewed, StoreError> {
        let sql =
            "SELECT is_mine, has_it, is_next, unwanted FROM umbulk.append($1, $2, $3, $4, $5)";
        let Lease { run, fence } = lease.clone();
        let values = values![run, fence, number.cast_signed(), bytes.to_vec(), millis(self.lease)];
        let row = still_mine(self.rows(sql, values)?)?;
        match column(&row, 2)? {
            true => wanted(&row, 3),
            false => Err(StoreError::wrong_part(number)),
        }
    }

    fn journal_parts(&self, run: &str, first: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT number, bytes FROM umbulk.journal_parts \
                   WHERE run = $1 AND number >= $2 ORDER BY number LIMIT $3";
        let values = values![run.to_owned(), first.cast_signed(), PARTS_AT_ONCE];
        let part = |(number, row): (u64, &Row)| match column::<i64>(row, 0)?.cast_unsigned() {
            found if found == number => column(row, 1),
            _ => Err(StoreError::wrong_part(number)),
        };
        (first..).zip(&self.rows(sql, values)?).map(part).collect()
    }

    fn put_file(&self, lease: &Lease, name: &str, file: &mut dyn Read) -> Result<(), StoreError> {
        let (Lease { run, fence }, name) = (lease.clone(), name.to_owned());
        let stored = cut(file, |part, bytes| {
            let sql = "INSERT INTO umbulk.run_file_parts VALUES ($1, $2, $3, $4, $5) \
                       ON CONFLICT (run, name, fence, part) DO UPDATE SET bytes = excluded.bytes";
            self.rows(sql, values![run.clone(), name.clone(), fence, part, bytes]).map(drop)
        })?;
        let StoredFile { parts, length, hash } = stored;
        let sql = "SELECT umbulk.keep_file($1, $2, $3, $4, $5, $6)";
        let values = values![run, name, fence, parts, length, hash];
        match column(&only(self.rows(sql, values)?)?, 0)? {
            true => Ok(()),
            false => Err(self.lost(lease)),
        }
    }

    fn get_file(&self, run: &str, name: &str, file: &mut dyn Write) -> Result<bool, StoreError> {
        let sql = "SELECT parts, length, hash, fence FROM umbulk.run_files \
                   WHERE run = $1 AND name = $2";
        let rows = self.rows(sql, values![run.to_owned(), name.to_owned()])?;
        let Some(row) = rows.first() else { return Ok(false) };
        let stored =
            StoredFile { parts: column(row, 0)?, length: column(row, 1)?, hash: column(row, 2)? };
        let by = Lease { run: run.to_owned(), fence: column(row, 3)? };
        join(&stored, file, |part| self.part_of_file(&by, name, part))?;
        Ok(true)
    }

    fn files(&self, place: &RunPlace, prefix: &str) -> Result<Vec<RunFile>, StoreError> {
        let sql = "SELECT f.run, f.name, \
                   ceil(extract(epoch FROM clock_timestamp() - f.stored_at) * 1000)::bigint, \
                   ceil(extract(epoch FROM clock_timestamp() \
                   - coalesce(r.lease_until, r.ended_at, clock_timestamp())) * 1000)::bigint \
                   FROM umbulk.run_files f JOIN umbulk.runs r ON r.id = f.run \
                   WHERE r.organization = $1 AND r.host = $2 AND starts_with(f.name, $3) \
                   ORDER BY f.stored_at, f.run, f.name";
        let RunPlace { organization, host } = place.clone();
        let rows = self.rows(sql, values![organization, host, prefix.to_owned()])?;
        let file = |row: &Row| {
            Ok(RunFile {
                run: column(row, 0)?,
                name: column(row, 1)?,
                age: since(column(row, 2)?),
                left_for: since(column(row, 3)?),
            })
        };
        rows.iter().map(file).collect()
    }

    fn pruned(&self, place: &RunPlace) -> Result<Option<Duration>, StoreError> {
        let sql = "SELECT ceil(extract(epoch FROM clock_timestamp() - until) * 1000)::bigint \
                   FROM umbulk.pruned WHERE organization = $1 AND host = $2";
        let RunPlace { organization, host } = place.clone();
        let rows = self.rows(sql, values![organization, host])?;
        rows.first().map(|row| column(row, 0).map(since)).transpose()
    }

    fn tell_progress(&self, lease: &Lease, progress: &Value) -> Result<(), StoreError> {
        let sql = "UPDATE umbulk.runs SET progress = $3::text::jsonb \
                   WHERE id = $1 AND fence = $2 AND state = 'running' RETURNING id";
        self.change(lease, sql, values![lease.run.clone(), lease.fence, progress.to_string()])
    }

    fn end(&self, lease: &Lease, end: LeaseEnd) -> Result<(), StoreError> {
        // Somebody may have cancelled the run meanwhile. The last condition is for an answer that
        // was lost.
        let sql = "UPDATE umbulk.runs SET reason = $5, \
                   state = CASE WHEN is_unwanted AND $3 IN ('queued', 'stopped') \
                   THEN 'cancelled' ELSE $3 END, \
                   exit_status = CASE WHEN $3 = 'queued' THEN NULL ELSE $4::integer END, \
                   lease_until = NULL, ended_at = clock_timestamp() \
                   WHERE id = $1 AND fence = $2 AND (state = 'running' OR state = $3 \
                   OR is_unwanted AND state = 'cancelled') RETURNING id";
        let LeaseEnd { state, exit_status, reason } = end;
        let values = values![lease.run.clone(), lease.fence, state.name(), exit_status, reason];
        self.change(lease, sql, values)
    }

    fn cancel(&self, run: &str) -> Result<StoredRun, StoreError> {
        let sql = "UPDATE umbulk.runs SET is_unwanted = true, \
                   state = CASE WHEN state = 'running' AND lease_until >= clock_timestamp() \
                   THEN state ELSE 'cancelled' END, \
                   ended_at = CASE WHEN state = 'running' AND lease_until >= clock_timestamp() \
                   THEN ended_at ELSE clock_timestamp() END \
                   WHERE id = $1 AND state IN ('arriving', 'queued', 'running', 'stopped')";
        self.rows(sql, values![run.to_owned()])?;
        self.run(run)?.ok_or_else(|| StoreError::no_run(run))
    }

    fn prune(&self, age: Duration) -> Result<Vec<StoredRun>, StoreError> {
        let sql = run_columns!(
            "WITH gone AS (DELETE FROM umbulk.runs \
             WHERE state IN ('finished', 'refused', 'cancelled') \
             AND coalesce(ended_at, submitted_at) \
             < clock_timestamp() - make_interval(secs => $1::bigint / 1000.0) RETURNING *), \
             noted AS (INSERT INTO umbulk.pruned AS p \
             SELECT organization, host, max(coalesce(ended_at, submitted_at)) FROM gone \
             GROUP BY organization, host ON CONFLICT (organization, host) \
             DO UPDATE SET until = greatest(p.until, excluded.until)), \
             lists AS (DELETE FROM umbulk.lists WHERE stored_at \
             < clock_timestamp() - make_interval(secs => $1::bigint / 1000.0) RETURNING upload), \
             parts AS (DELETE FROM umbulk.list_parts WHERE upload IN (SELECT upload FROM lists)) \
             SELECT",
            "FROM gone"
        );
        self.rows(sql, values![millis(age)])?.iter().map(stored_run).collect()
    }
}

impl fmt::Debug for PostgresRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresRuns").finish_non_exhaustive()
    }
}
