//! The store of an import that several computers share, and the runs that this process has there.

use crate::fs::Lock;
use crate::journal::{Journal, JournalError, Moment, StoreCopy};
use crate::store::{
    Database, Lease, LeaseEnd, LeaseKeeper, PostgresLists, PostgresQuota, PostgresRuns, RunState,
    RunStore, SeenRuns, StoreAddress, StoreError, StoredRun,
};
use crate::umapi::{Endpoints, SendGate, SendRefusal, SharedQuota};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// The store of an import. It is the gate of its requests: they are sent only while all runs
/// that were begun with it belong to this process.
pub(crate) struct SharedStore {
    address: StoreAddress,
    /// The most connections to it.
    connections: usize,
    opened: Mutex<Option<OpenStore>>,
    /// The leases held through this store, by the places of their journals.
    held: Mutex<BTreeMap<PathBuf, LeaseKeeper>>,
    /// Whether its runs send.
    has_begun: AtomicBool,
    /// Whether its runs were given back: then it keeps no lease any more.
    is_given_up: AtomicBool,
    /// What was found when the runs of these files were fetched.
    fetched: Mutex<BTreeMap<PathBuf, FetchedState>>,
    /// The run that a worker has chosen, if it is the store of that run alone.
    assigned: Option<AssignedRun>,
}

/// A run that a worker has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssignedRun {
    pub(crate) id: String,
    /// The fence of the worker's claim, which that of the run follows.
    pub(crate) fence: i64,
}

/// What was found when the run of a file was fetched, and is kept until its journal is opened.
#[derive(Debug, Default)]
struct FetchedState {
    /// The runs of the store that decide whether a new one may begin.
    seen: SeenRuns,
    /// Whether the journal was put aside, because the store has a later run of the file.
    is_put_aside: bool,
    /// The lock of the journal.
    lock: Option<Lock>,
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
            connections: 1,
            opened: Mutex::default(),
            held: Mutex::default(),
            has_begun: AtomicBool::new(false),
            is_given_up: AtomicBool::new(false),
            fetched: Mutex::default(),
            assigned: None,
        }
    }

    /// Makes it a store over so many connections, for the runs of a worker.
    pub(crate) fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Returns the store of a run that a worker has chosen, over the connections of this one.
    pub(crate) fn for_run(&self, run: AssignedRun) -> Self {
        let mut store = Self::at(self.address.clone());
        store.opened = Mutex::new(lock(&self.opened).clone());
        store.assigned = Some(run);
        store
    }

    /// Returns the run that a worker has chosen.
    pub(crate) fn assigned(&self) -> Option<&AssignedRun> {
        self.assigned.as_ref()
    }

    /// Connects if it is not connected, for requests whose responses are waited for at most this
    /// long.
    ///
    /// # Errors
    /// When it cannot be reached, or not be used.
    pub(crate) fn open(&self, timeout: Duration) -> Result<(), StoreError> {
        let lease = self.address.lease_length(timeout);
        let opened = lock(&self.opened).as_ref().map(|opened| Arc::clone(&opened.database));
        let database = match opened {
            Some(database) => database,
            None => Arc::new(Database::open(&self.address, self.connections)?),
        };
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

    /// Returns its lists.
    ///
    /// # Errors
    /// When it is not open.
    pub(crate) fn lists(&self) -> Result<PostgresLists, StoreError> {
        Ok(PostgresLists::of(&self.opened()?.database))
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
        self.note(file, |state| state.seen = seen);
    }

    /// Keeps that the journal of a file was put aside: no run has to be continued there.
    pub(crate) fn note_put_aside(&self, file: &Path) {
        self.note(file, |state| state.is_put_aside = true);
    }

    /// Keeps the lock of a file's journal until the journal is opened. Otherwise, another process
    /// of this computer could meanwhile take this one for ended.
    pub(crate) fn keep_lock(&self, file: &Path, lock: Lock) {
        self.note(file, |state| state.lock = Some(lock));
    }

    fn note(&self, file: &Path, change: impl FnOnce(&mut FetchedState)) {
        change(lock(&self.fetched).entry(file.to_owned()).or_default());
    }

    /// Returns what was seen of the store for a file.
    pub(crate) fn seen(&self, file: &Path) -> SeenRuns {
        lock(&self.fetched).get(file).map(|state| state.seen.clone()).unwrap_or_default()
    }

    /// Whether the journal of a file was put aside.
    pub(crate) fn has_put_aside(&self, file: &Path) -> bool {
        lock(&self.fetched).get(file).is_some_and(|state| state.is_put_aside)
    }

    /// Whether the lock of a file's journal is kept.
    pub(crate) fn keeps_lock(&self, file: &Path) -> bool {
        lock(&self.fetched).get(file).is_some_and(|state| state.lock.is_some())
    }

    /// Returns the kept lock of a file's journal, if it is the one at this path.
    pub(crate) fn take_lock(&self, file: &Path, path: &Path) -> Option<Lock> {
        let kept = lock(&self.fetched).get_mut(file)?.lock.take();
        kept.filter(|kept| kept.path() == path)
    }

    /// Returns what a journal keeps about a run of this store.
    ///
    /// # Errors
    /// When it is not open.
    pub(crate) fn copy_of(&self, run: &str, fence: i64) -> Result<StoreCopy, StoreError> {
        let (id, store) = (self.id()?, self.shown().to_owned());
        Ok(StoreCopy { id, store, run: run.to_owned(), fence })
    }

    /// Returns what identifies the store, by whatever address it is reached.
    ///
    /// # Errors
    /// When it is not open.
    pub(crate) fn id(&self) -> Result<String, StoreError> {
        Ok(self.opened()?.database.id().to_owned())
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

    /// Lets a journal at this place go to the store, if this process has its run.
    ///
    /// # Errors
    /// When what was written so far cannot be committed.
    pub(crate) fn share(&self, place: &Path, journal: &mut Journal) -> Result<(), JournalError> {
        let shared = lock(&self.held).get(place).map(LeaseKeeper::journal);
        let Some(shared) = shared else { return Ok(()) };
        if self.assigned.is_some() {
            journal.trust_the_store()?;
        }
        journal.share(shared)
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

    /// Keeps that the runs of this process send from now on, or that another process has sent a
    /// part of them.
    pub(crate) fn note_begun(&self) {
        self.has_begun.store(true, Ordering::SeqCst);
    }

    /// Whether something of the runs of this process may have been sent.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::SeqCst)
    }

    /// Leaves a run, if this process has it. A run that has sent nothing is forgotten.
    ///
    /// # Errors
    /// When the store is not told.
    pub(crate) fn leave(&self, journal: &Path, end: LeaseEnd) -> Result<(), StoreError> {
        let Some(keeper) = lock(&self.held).remove(journal) else { return Ok(()) };
        self.end_lease(keeper, end)
    }

    fn end_lease(&self, keeper: LeaseKeeper, end: LeaseEnd) -> Result<(), StoreError> {
        // The first worker of a run is the one that has begun it.
        let has_begun = self.has_begun() || keeper.lease().fence > 1;
        match end.state == RunState::Stopped && !has_begun {
            true => keeper.forget(),
            false => keeper.leave(end),
        }
    }

    /// Removes a run that was begun and has sent nothing, if this process has it. Of a run that a
    /// worker has chosen, only the journal goes.
    ///
    /// # Errors
    /// When the store is not told.
    pub(crate) fn forget(&self, journal: &Path) -> Result<(), StoreError> {
        if self.assigned.is_some() {
            let Some(lease) = self.lease(journal) else { return Ok(()) };
            return self.runs()?.forget_journal(&lease);
        }
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
        let state = match self.assigned {
            // Any worker may continue it.
            Some(_) => RunState::Queued,
            None => RunState::Stopped,
        };
        self.end_all(&LeaseEnd::of(state, 3));
    }

    /// Leaves all runs of this process.
    pub(crate) fn end_all(&self, end: &LeaseEnd) {
        // Others need not wait for the store meanwhile.
        let held = std::mem::take(&mut *lock(&self.held));
        for keeper in held.into_values() {
            if let Err(error) = self.end_lease(keeper, end.clone()) {
                tracing::warn!(%error, "the store is not told that a run has stopped");
            }
        }
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
