//! The store of an import that several computers share, and the runs that this process has there.

use crate::journal::{Moment, SharedJournal};
use crate::store::{
    Database, Lease, LeaseEnd, LeaseKeeper, PostgresQuota, PostgresRuns, RunState, RunStore,
    SeenRuns, StoreAddress, StoreError, StoredRun, lease_length,
};
use crate::umapi::{Endpoints, SendGate, SendRefusal, SharedQuota};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// The store of an import. It is the gate of its requests: they are sent only while all its runs
/// belong to this process.
pub(crate) struct SharedStore {
    address: StoreAddress,
    opened: Mutex<Option<OpenStore>>,
    /// The leases of this process, by the places of their journals.
    held: Mutex<BTreeMap<PathBuf, LeaseKeeper>>,
    /// Whether this process has given up: then it keeps no lease any more.
    is_given_up: AtomicBool,
    /// What was seen of it when the runs of these files were fetched.
    seen: Mutex<BTreeMap<PathBuf, SeenRuns>>,
    /// Journals that were put aside, because the store has a later run of their files.
    put_aside: Mutex<BTreeSet<PathBuf>>,
}

/// How long the end of a process waits for the store when it gives back its runs.
const GIVING_BACK: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct OpenStore {
    database: Arc<Database>,
    runs: Arc<dyn RunStore>,
    /// How long a lease lasts.
    lease: Duration,
}

impl SharedStore {
    /// Creates the store. Nothing is sent yet.
    pub(crate) fn at(address: StoreAddress) -> Self {
        Self {
            address,
            opened: Mutex::default(),
            held: Mutex::default(),
            is_given_up: AtomicBool::new(false),
            seen: Mutex::default(),
            put_aside: Mutex::default(),
        }
    }

    /// Connects, for requests whose responses are waited for at most this long.
    ///
    /// # Errors
    /// When it cannot be reached, or not be used.
    pub(crate) fn open(&self, timeout: Duration) -> Result<(), StoreError> {
        let lease = lease_length(timeout);
        let database = Arc::new(Database::open(self.address.clone())?);
        let runs = Arc::new(PostgresRuns::with_lease(&database, lease));
        *lock(&self.opened) = Some(OpenStore { database, runs, lease });
        Ok(())
    }

    fn opened(&self) -> Result<OpenStore, StoreError> {
        lock(&self.opened).clone().ok_or(StoreError::Silent)
    }

    /// Returns its runs.
    ///
    /// # Errors
    /// When it is not open.
    pub(crate) fn runs(&self) -> Result<Arc<dyn RunStore>, StoreError> {
        Ok(self.opened()?.runs)
    }

    /// Returns the quota of a client at the API's host.
    ///
    /// # Errors
    /// When it is not open.
    pub(crate) fn quota(
        &self,
        client_id: &str,
        endpoints: &Endpoints,
    ) -> Result<Arc<dyn SharedQuota>, StoreError> {
        let opened = self.opened()?;
        Ok(Arc::new(PostgresQuota::new(&opened.database, client_id, endpoints)?))
    }

    /// Returns its address without a password.
    pub(crate) fn shown(&self) -> &str {
        self.address.shown()
    }

    /// Keeps what was seen of the store for a file: its run is begun only if that is still so.
    pub(crate) fn note_seen(&self, file: &Path, seen: SeenRuns) {
        lock(&self.seen).insert(file.to_owned(), seen);
    }

    /// Returns what was seen of the store for a file.
    pub(crate) fn seen(&self, file: &Path) -> SeenRuns {
        lock(&self.seen).get(file).cloned().unwrap_or_default()
    }

    /// Keeps that a journal was put aside: no run has to be continued there.
    pub(crate) fn note_put_aside(&self, journal: &Path) {
        lock(&self.put_aside).insert(journal.to_owned());
    }

    /// Whether a journal was put aside.
    pub(crate) fn has_put_aside(&self, journal: &Path) -> bool {
        lock(&self.put_aside).contains(journal)
    }

    /// Keeps the lease of a run that the store was asked for at this moment.
    ///
    /// # Errors
    /// When there can be no further thread.
    pub(crate) fn hold(
        &self,
        journal: &Path,
        lease: Lease,
        asked: Moment,
    ) -> Result<(), StoreError> {
        let opened = self.opened()?;
        let keeper = LeaseKeeper::keep(opened.runs, lease, (asked, opened.lease))?;
        lock(&self.held).insert(journal.to_owned(), keeper);
        if self.is_given_up.load(Ordering::SeqCst) {
            self.leave_all();
        }
        Ok(())
    }

    /// Returns the lease of the run of a journal, if this process has it.
    pub(crate) fn lease(&self, journal: &Path) -> Option<Lease> {
        lock(&self.held).get(journal).map(|keeper| keeper.lease().clone())
    }

    /// Returns the journal of a run in the store, if this process has it.
    pub(crate) fn journal(&self, journal: &Path) -> Option<Box<dyn SharedJournal>> {
        lock(&self.held).get(journal).map(LeaseKeeper::journal)
    }

    /// Returns a run as it is in the store, if this process has lost it.
    pub(crate) fn lost_run(&self, journal: &Path) -> Option<StoredRun> {
        let lost = |keeper: &&LeaseKeeper| keeper.has_lost_it();
        let id = lock(&self.held).get(journal).filter(lost)?.lease().run.clone();
        self.runs().and_then(|runs| runs.run(&id)).ok()?
    }

    /// Keeps how far a run is, for others who look at the store.
    pub(crate) fn note_progress(&self, journal: &Path, progress: impl FnOnce() -> Value) {
        if let Some(keeper) = lock(&self.held).get(journal) {
            keeper.note_progress(progress());
        }
    }

    /// Leaves a run, if this process has it. A run that has sent nothing is forgotten.
    ///
    /// # Errors
    /// When the store is not told.
    pub(crate) fn leave(&self, journal: &Path, end: LeaseEnd) -> Result<(), StoreError> {
        let Some(keeper) = lock(&self.held).remove(journal) else { return Ok(()) };
        leave(keeper, end)
    }

    /// Removes a run that was begun and has sent nothing, if this process has it.
    ///
    /// # Errors
    /// When the store is not told.
    pub(crate) fn forget(&self, journal: &Path) -> Result<(), StoreError> {
        let Some(keeper) = lock(&self.held).remove(journal) else { return Ok(()) };
        keeper.forget()
    }
}

impl SharedStore {
    /// Gives back all runs before the process ends, and those that it takes from now on. A store
    /// that does not answer is not waited for long.
    pub(crate) fn give_back(self: &Arc<Self>) {
        self.is_given_up.store(true, Ordering::SeqCst);
        let (store, (done, ended)) = (Arc::clone(self), mpsc::channel());
        let leaving = move || {
            store.leave_all();
            // Nobody may wait any more.
            let _ = done.send(());
        };
        if std::thread::Builder::new().name("give back".to_owned()).spawn(leaving).is_ok() {
            let _ = ended.recv_timeout(GIVING_BACK);
        }
    }

    /// Leaves runs that were given up before they ended.
    fn leave_all(&self) {
        for keeper in std::mem::take(&mut *lock(&self.held)).into_values() {
            let end = LeaseEnd { state: RunState::Stopped, exit_status: 3 };
            if let Err(error) = leave(keeper, end) {
                tracing::warn!(%error, "the store is not told that a run has stopped");
            }
        }
    }
}

fn leave(keeper: LeaseKeeper, end: LeaseEnd) -> Result<(), StoreError> {
    // The first worker of a run is the one that has begun it.
    let has_begun = keeper.has_appended() || keeper.lease().fence > 1;
    match end.state == RunState::Stopped && !has_begun {
        true => keeper.forget(),
        false => keeper.leave(end),
    }
}

impl SendGate for SharedStore {
    fn may_send(&self, timeout: Duration) -> Result<(), SendRefusal> {
        lock(&self.held).values().try_for_each(|keeper| keeper.may_send(timeout))
    }
}

impl Drop for SharedStore {
    fn drop(&mut self) {
        self.leave_all();
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").field("address", &self.shown()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
