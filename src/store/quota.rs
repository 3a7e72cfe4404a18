//! The quota of one client id in the store: exact in every window, for any number of workers.
//!
//! A worker reserves a request before it sends it, and reports afterwards when the server saw it.
//! In between, others count it as if it was sent at the last moment at which it may be. All times
//! are those of the database: a worker only says how long ago something was, by a clock that nobody
//! sets.

use super::answer::{column, only, values};
use super::database::{Database, DatabaseLine};
use super::error::StoreError;
use crate::journal::Moment;
use crate::umapi::{
    Age, CallClass, Endpoints, PauseScope, PendingReservation, Reservation, Reserved, SharedQuota,
    millis,
};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use xxhash_rust::xxh3::xxh3_128;

/// How long others count a request whose worker says nothing more, before it counts as sent. The
/// connection to the server may take half of that.
const HOLD: Duration = Duration::from_secs(60);
/// How long after it was asked for a reserved request may still be started.
const STARTED_WITHIN: Duration = Duration::from_secs(28);
/// When a request in flight is asked about again, if it may have been seen a window ago.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The quota of one client id at one host, in the store.
pub(crate) struct PostgresQuota {
    /// Identifies the requests of this worker.
    worker: i64,
    client: Vec<u8>,
    thread: Handle,
    line: Arc<DatabaseLine>,
    /// What is told to the store without waiting for it, in order.
    reports: mpsc::UnboundedSender<QuotaReport>,
    /// When each open reservation was asked for.
    asked: Arc<Mutex<AskedTickets>>,
    /// Keeps the thread.
    _database: Arc<Database>,
}

/// When each open reservation was asked for.
type AskedTickets = HashMap<(CallClass, u64), Moment>;

/// Something that the store is told, with the time of the report.
#[derive(Debug)]
enum QuotaReport {
    Seen(CallClass, u64, Option<Age>, Instant),
    Pause(PauseScope, Duration, String, Instant),
}

impl PostgresQuota {
    /// Creates the quota of a client at the API's host.
    ///
    /// # Errors
    /// When the store's thread has ended.
    pub(crate) fn new(
        database: &Arc<Database>,
        client_id: &str,
        endpoints: &Endpoints,
    ) -> Result<Self, StoreError> {
        let host = endpoints.api_authority();
        let client = xxh3_128(format!("{client_id}\n{host}").as_bytes()).to_be_bytes().to_vec();
        let worker = fastrand::i64(..);
        let (reports, received) = mpsc::unbounded_channel();
        let (thread, line) = (database.handle()?, database.line());
        thread.spawn(report_all(Arc::clone(&line), (client.clone(), worker), received));
        let (asked, database) = (Arc::default(), Arc::clone(database));
        Ok(Self { worker, client, thread, line, reports, asked, _database: database })
    }

    fn asked(&self) -> MutexGuard<'_, AskedTickets> {
        lock(&self.asked)
    }

    fn report(&self, report: QuotaReport) {
        // Only if the thread has ended is nobody there. Then the request counts longer.
        let _ = self.reports.send(report);
    }
}

const RESERVE: &str = "SELECT granted, wait_ms, ages_ms, pause_scope, pause_ms, pause_why \
                       FROM umbulk.reserve($1, $2, $3, $4, $5, $6, $7)";

/// Asks the store for a request.
async fn reserve(
    line: Arc<DatabaseLine>,
    (client, worker): (Vec<u8>, i64),
    wanted: Reservation,
) -> Result<Reserved, StoreError> {
    let values = values![
        client,
        wanted.class.name(),
        worker,
        wanted.ticket.cast_signed(),
        i64::try_from(wanted.others).unwrap_or(i64::MAX),
        millis(wanted.span),
        millis(HOLD),
    ];
    let row = only(line.rows(RESERVE, values).await?)?;
    let length =
        |millis: Option<i64>| Duration::from_millis(millis.unwrap_or(0).max(0).cast_unsigned());
    if let Some(scope) = column::<Option<String>>(&row, 3)? {
        let scope = match scope.as_str() {
            "reads" => PauseScope::Reads,
            _ => PauseScope::Everybody,
        };
        let why = column::<Option<String>>(&row, 5)?.unwrap_or_default();
        return Ok(Reserved::Paused { scope, left: length(column(&row, 4)?), why });
    }
    let others = column::<Option<Vec<Age>>>(&row, 2)?.unwrap_or_default();
    if column(&row, 0)? {
        return Ok(Reserved::Granted { others });
    }
    let wait = length(column(&row, 1)?);
    Ok(Reserved::Full { others, wait: Some(if wait.is_zero() { LOOK_AGAIN } else { wait }) })
}

/// Tells the store what it is to be told, in order. What cannot be told is left out: then requests
/// count longer, and other workers are asked for the pause by the server.
async fn report_all(
    line: Arc<DatabaseLine>,
    (client, worker): (Vec<u8>, i64),
    mut reports: mpsc::UnboundedReceiver<QuotaReport>,
) {
    while let Some(report) = reports.recv().await {
        let told = match report {
            QuotaReport::Seen(class, ticket, age, at) => {
                let age = age.map(|age| age.saturating_add(millis(at.elapsed())));
                let ticket = ticket.cast_signed();
                let values = values![client.clone(), class.name(), worker, ticket, age];
                line.rows("SELECT umbulk.seen($1, $2, $3, $4, $5)", values).await
            }
            QuotaReport::Pause(scope, length, why, at) => {
                let length = length.saturating_sub(at.elapsed());
                let scope = match scope {
                    PauseScope::Everybody => "everybody",
                    PauseScope::Reads => "reads",
                };
                let values = values![client.clone(), scope, millis(length), why];
                line.rows("SELECT umbulk.pause($1, $2, $3, $4)", values).await
            }
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the store was not told about a request or a pause");
        }
    }
}

impl SharedQuota for PostgresQuota {
    fn reserve(&self, wanted: Reservation) -> PendingReservation<'_> {
        // The time before the question: the store cannot have reserved it earlier.
        self.asked().insert((wanted.class, wanted.ticket), Moment::now());
        let asking = reserve(Arc::clone(&self.line), (self.client.clone(), self.worker), wanted);
        let (asked, reports) = (Arc::clone(&self.asked), self.reports.clone());
        let asking = self.thread.spawn(async move {
            let answer = asking.await;
            let is_there = !matches!(answer, Ok(Reserved::Full { .. } | Reserved::Paused { .. }));
            if is_there && !lock(&asked).contains_key(&(wanted.class, wanted.ticket)) {
                // It was given up meanwhile, perhaps before the store knew of it.
                let seen = QuotaReport::Seen(wanted.class, wanted.ticket, None, Instant::now());
                let _ = reports.send(seen);
            }
            answer
        });
        Box::pin(async move {
            let answer = match asking.await {
                Ok(answer) => answer,
                Err(_) => Err(StoreError::Busy("its thread has ended".to_owned())),
            };
            if !matches!(answer, Ok(Reserved::Granted { .. })) {
                self.asked().remove(&(wanted.class, wanted.ticket));
            }
            answer.map_err(io::Error::other)
        })
    }

    fn seen(&self, class: CallClass, ticket: u64, age: Option<Age>) {
        self.asked().remove(&(class, ticket));
        self.report(QuotaReport::Seen(class, ticket, age, Instant::now()));
    }

    /// The first reservation tells.
    fn of_others(&self, _: CallClass, _: Duration) -> Vec<Age> {
        Vec::new()
    }

    fn may_leave(&self, class: CallClass, ticket: u64) -> bool {
        let asked = self.asked().get(&(class, ticket)).copied();
        asked.is_some_and(|asked| (0..millis(STARTED_WITHIN)).contains(&Moment::now().since(asked)))
    }

    fn pause(&self, scope: PauseScope, length: Duration, why: &str) {
        self.report(QuotaReport::Pause(scope, length, why.to_owned(), Instant::now()));
    }

    fn is_required(&self) -> bool {
        true
    }
}

fn lock(asked: &Mutex<AskedTickets>) -> MutexGuard<'_, AskedTickets> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for PostgresQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresQuota").field("worker", &self.worker).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
