//! Connections to the store, on a thread of their own: a run may wait for an answer, and its other
//! work goes on.
//!
//! Every statement is a transaction of its own. What belongs together is one function in the
//! database, so a connection that breaks leaves nothing half done.

use super::address::StoreAddress;
use super::answer::Values;
use super::error::StoreError;
use super::migrations;
use super::tls::StoreTls;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

/// The longest wait for the answer to a statement. The server ends it a little earlier.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every connection begins with.
const SESSION: &str = "
SET search_path = pg_catalog, pg_temp;
SET statement_timeout = '9s';
SET lock_timeout = '9s';
SET idle_in_transaction_session_timeout = '60s';
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET client_min_messages = warning;
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off';
";

/// The database of the store.
pub(crate) struct Database {
    runtime: Option<Runtime>,
    /// The connections, which are made when they are needed. An import has one, and the runs of a
    /// worker share some: each costs the server some megabytes.
    lines: Vec<Arc<DatabaseLine>>,
    /// The number of the next connection that somebody gets.
    next: AtomicUsize,
    id: String,
}

impl Database {
    /// Connects, and brings the tables up to date. There are at most so many connections.
    ///
    /// # Errors
    /// When it cannot be reached, may not be used, or was changed by a newer program.
    pub(crate) fn open(address: &StoreAddress, connections: usize) -> Result<Self, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Busy(error.to_string()))?;
        let tls = StoreTls::new(address.roots())?;
        let lines = (0..connections.max(1)).map(|_| {
            let (address, tls) = (address.clone(), tls.clone());
            Arc::new(DatabaseLine { address, tls, session: tokio::sync::Mutex::default() })
        });
        let (lines, next) = (lines.collect(), AtomicUsize::default());
        let mut database = Self { runtime: Some(runtime), lines, next, id: String::new() };
        let line = database.line();
        let id = async move {
            let session = line.session_unless(Refusals::Stay).await?;
            migrations::migrate(&session.client).await
        };
        database.id = database.wait(id)?;
        Ok(database)
    }

    /// Returns what identifies the database, by whatever address it is reached.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns a connection, each in turn. Statements of those who share one are carried out one
    /// after another.
    pub(super) fn line(&self) -> Arc<DatabaseLine> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.lines.len();
        Arc::clone(&self.lines[at])
    }

    /// Returns the thread that works for the connections.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn handle(&self) -> Result<Handle, StoreError> {
        let runtime = self.runtime.as_ref();
        runtime.map(|runtime| runtime.handle().clone()).ok_or_else(Self::ended)
    }

    fn ended() -> StoreError {
        StoreError::Busy("its thread has ended".to_owned())
    }

    /// Waits for work that the thread does.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = mpsc::sync_channel(1);
        self.handle()?.spawn(async move {
            // Nobody waits any more: then the answer is not needed.
            let _ = tell.send(work.await);
        });
        told.recv().unwrap_or_else(|_| Err(Self::ended()))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.lines.first().map(|line| line.address.shown());
        f.debug_struct("Database").field("address", &address).finish_non_exhaustive()
    }
}

impl Drop for Database {
    /// A runtime must not be dropped on a thread of another one, unless it ends by itself.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a refused connection means.
#[derive(Clone, Copy)]
enum Refusals {
    /// The address or the password is wrong.
    Stay,
    /// The same was accepted before: an administrator may be at work, so it is tried again.
    MayPass,
}

/// One connection, made again after it is lost.
pub(super) struct DatabaseLine {
    address: StoreAddress,
    tls: StoreTls,
    session: tokio::sync::Mutex<KeptSession>,
}

/// What is known of a connection.
#[derive(Default)]
struct KeptSession {
    session: Option<Arc<DatabaseSession>>,
    /// When the last attempt to connect has failed, and how. It answers all who waited for it.
    failed: Option<(Instant, StoreError)>,
}

/// A connection that is open.
struct DatabaseSession {
    client: Client,
    prepared: Mutex<HashMap<&'static str, Statement>>,
}

impl DatabaseLine {
    /// Carries out a statement, and returns its rows. An error says nothing about whether it was
    /// carried out, unless it is none of [`StoreError::is_transient`].
    ///
    /// # Errors
    /// When there is no connection, no answer, or an error of the server.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        values: Values,
    ) -> Result<Vec<Row>, StoreError> {
        let session = self.session().await?;
        let answer = timeout(PATIENCE, session.rows(sql, &values)).await;
        match answer {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                if error.as_db_error().is_none() || session.client.is_closed() {
                    self.forget(&session).await;
                }
                Err(StoreError::of_statement(&error))
            }
            Err(_) => {
                self.forget(&session).await;
                Err(StoreError::Silent)
            }
        }
    }

    async fn session(&self) -> Result<Arc<DatabaseSession>, StoreError> {
        self.session_unless(Refusals::MayPass).await
    }

    /// Returns the connection, unless it is refused, which means this.
    async fn session_unless(&self, refusals: Refusals) -> Result<Arc<DatabaseSession>, StoreError> {
        let asked = Instant::now();
        let mut kept = self.session.lock().await;
        if let Some(session) = kept.session.as_ref().filter(|known| !known.client.is_closed()) {
            return Ok(Arc::clone(session));
        }
        if let Some((_, error)) = kept.failed.as_ref().filter(|(at, _)| *at > asked) {
            return Err(error.clone());
        }
        let connecting = timeout(2 * PATIENCE, self.connect(refusals)).await;
        match connecting.unwrap_or(Err(StoreError::Silent)).map(Arc::new) {
            Ok(session) => {
                *kept = KeptSession { session: Some(Arc::clone(&session)), failed: None };
                Ok(session)
            }
            Err(error) => {
                kept.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self, refusals: Refusals) -> Result<DatabaseSession, StoreError> {
        let refused = |error| match StoreError::of_connection(self.address.shown(), &error) {
            StoreError::Refused { why, .. } | StoreError::Database(why)
                if matches!(refusals, Refusals::MayPass) =>
            {
                StoreError::Busy(format!("it refuses the connection: {why}"))
            }
            error => error,
        };
        let (client, connection) =
            self.address.config().connect(self.tls.clone()).await.map_err(refused)?;
        tokio::spawn(async move {
            // The client reports the end of its connection with the next statement.
            let _ = connection.await;
        });
        client.batch_execute(SESSION).await.map_err(refused)?;
        Ok(DatabaseSession { client, prepared: Mutex::default() })
    }

    /// Drops a connection that cannot be used any more.
    async fn forget(&self, session: &Arc<DatabaseSession>) {
        let mut kept = self.session.lock().await;
        if kept.session.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, session)) {
            kept.session = None;
        }
    }
}

impl DatabaseSession {
    async fn rows(
        &self,
        sql: &'static str,
        values: &Values,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let statement = self.client.prepare(sql).await?;
                let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
                prepared.insert(sql, statement.clone());
                statement
            }
        };
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        self.client.query(&statement, &values).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PasswordPlaces;
    use std::net::TcpListener;

    /// Runs that share a connection would otherwise wait for one attempt after another.
    #[tokio::test(start_paused = true)]
    async fn one_attempt_to_connect_answers_all_who_wait_for_it() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let places = PasswordPlaces { variable: Some("sesame".to_owned()), file: None };
        let address = format!("postgres://ann@127.0.0.1:{port}/umbulk");
        let address = StoreAddress::parse(&address, &places).unwrap();
        let tls = StoreTls::new(address.roots()).unwrap();
        let line = DatabaseLine { address, tls, session: tokio::sync::Mutex::default() };
        let began = tokio::time::Instant::now();
        let ended = tokio::join!(line.session(), line.session(), line.session());
        assert!(ended.0.is_err() && ended.1.is_err() && ended.2.is_err());
        assert!(began.elapsed() < 3 * PATIENCE, "{:?}", began.elapsed());
    }
}
