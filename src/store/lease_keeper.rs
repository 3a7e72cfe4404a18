//! Keeps the lease of a run while a worker is at it, and says whether it may still send.
//!
//! The worker does not compare its clock with that of the store. It only knows that its lease lasts
//! at least until so long after it *asked* for it, by a clock that also runs while the computer
//! sleeps.

use super::error::StoreError;
use super::run::{Lease, LeaseEnd, Renewed};
use super::run_store::RunStore;
use crate::journal::{AppendError, Moment, SharedJournal};
use crate::umapi::{SendGate, SendRefusal, millis};
use serde_json::Value;
use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a lease is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(15);
/// When a store that did not answer is asked again.
const ASKED_AGAIN: Duration = Duration::from_secs(2);

/// Keeps a lease until it is dropped.
pub(crate) struct LeaseKeeper {
    shared: Arc<KeptLease>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A lease, and what its worker knows of it.
pub(super) struct KeptLease {
    store: Arc<dyn RunStore>,
    lease: Lease,
    length: Duration,
    state: Mutex<LeaseState>,
    /// How far the run is, if others have not been told yet.
    progress: Mutex<Option<Value>>,
}

struct LeaseState {
    /// When the store was asked for the lease or its last renewal.
    asked: Moment,
    /// Why the store did not renew it.
    silent: Option<String>,
    lost: Option<StoreError>,
    is_unwanted: bool,
}

impl LeaseState {
    fn asked_at(asked: Moment) -> Self {
        Self { asked, silent: None, lost: None, is_unwanted: false }
    }
}

impl LeaseKeeper {
    /// Keeps a lease that the store was asked for at this moment, and that has this length.
    ///
    /// # Errors
    /// When there can be no further thread.
    pub(crate) fn keep(
        store: Arc<dyn RunStore>,
        lease: Lease,
        (asked, length): (Moment, Duration),
    ) -> Result<Self, StoreError> {
        let (state, progress) = (Mutex::new(LeaseState::asked_at(asked)), Mutex::default());
        let shared = Arc::new(KeptLease { store, lease, length, state, progress });
        let (stop, stopped) = channel();
        let kept = Arc::clone(&shared);
        let every = RENEWED_EVERY.min(length / 4);
        let renewing = move || {
            let mut wait = every;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                match kept.renew() {
                    Ok(()) => {
                        kept.tell_progress();
                        wait = every;
                    }
                    Err(error) if error.is_transient() => wait = ASKED_AGAIN.min(every),
                    Err(_) => return,
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("lease".to_owned())
            .spawn(renewing)
            .map_err(|error| StoreError::Busy(error.to_string()))?;
        Ok(Self { shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the lease.
    pub(crate) fn lease(&self) -> &Lease {
        &self.shared.lease
    }

    /// Whether another worker has the run, or somebody has ended it.
    pub(crate) fn has_lost_it(&self) -> bool {
        matches!(self.shared.state().lost, Some(StoreError::LeaseLost { .. }))
    }

    /// Returns the journal of the run in the store.
    pub(crate) fn journal(&self) -> Box<dyn SharedJournal> {
        Box::new(LeasedJournal(Arc::clone(&self.shared)))
    }

    /// Keeps how far the run is. Others are told with the next renewal of the lease.
    pub(crate) fn note_progress(&self, progress: Value) {
        *self.shared.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    /// Leaves the run: another worker may have it at once.
    ///
    /// # Errors
    /// When the store is not told.
    pub(crate) fn leave(mut self, end: LeaseEnd) -> Result<(), StoreError> {
        self.stop();
        self.shared.check()?;
        self.shared.tell_progress();
        self.shared.store.end(&self.shared.lease, end)
    }

    /// Removes the run, of which nothing was sent.
    ///
    /// # Errors
    /// When the store is not told.
    pub(crate) fn forget(mut self) -> Result<(), StoreError> {
        self.stop();
        self.shared.check()?;
        self.shared.store.forget(&self.shared.lease)
    }

    /// Renews the lease no more.
    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has renewed nothing any more.
            let _ = thread.join();
        }
    }
}

impl SendGate for LeaseKeeper {
    fn may_send(&self, timeout: Duration) -> Result<(), SendRefusal> {
        self.shared.may_send(timeout, Moment::now())
    }
}

/// The journal of a run whose lease is kept.
#[derive(Debug)]
struct LeasedJournal(Arc<KeptLease>);

impl SharedJournal for LeasedJournal {
    fn append(&mut self, number: u64, part: &[u8]) -> Result<(), AppendError> {
        self.0.append(number, part).map_err(|error| match error.is_transient() {
            true => AppendError::NoAnswer(error.to_string()),
            false => AppendError::Refused(error.to_string()),
        })
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for LeaseKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseKeeper").field("lease", &self.shared.lease).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeptLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptLease").field("lease", &self.lease).finish_non_exhaustive()
    }
}

impl KeptLease {
    fn state(&self) -> MutexGuard<'_, LeaseState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self) -> Result<(), StoreError> {
        let asked = Moment::now();
        let renewed = self.store.renew(&self.lease);
        self.note(asked, renewed)
    }

    /// Adds a part to the journal of the run.
    ///
    /// # Errors
    /// As [`RunStore::append`].
    pub(super) fn append(&self, number: u64, part: &[u8]) -> Result<(), StoreError> {
        self.check()?;
        let asked = Moment::now();
        let appended = self.store.append(&self.lease, number, part);
        self.note(asked, appended)
    }

    /// Returns why the worker has lost the lease, if it has.
    fn check(&self) -> Result<(), StoreError> {
        self.state().lost.clone().map_or(Ok(()), Err)
    }

    /// Tells others how far the run is. If they cannot be told now, they are told later.
    fn tell_progress(&self) {
        let kept = || self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(progress) = kept().take() else { return };
        if let Err(error) = self.store.tell_progress(&self.lease, &progress) {
            tracing::debug!(%error, "others are not told how far the run is");
            kept().get_or_insert(progress);
        }
    }

    /// Notes the answer to a question of that moment.
    fn note(&self, asked: Moment, answer: Result<Renewed, StoreError>) -> Result<(), StoreError> {
        let mut state = self.state();
        match answer {
            Ok(renewed) => {
                // Answers may come in another order than their questions were asked.
                if asked.since(state.asked) > 0 {
                    state.asked = asked;
                }
                state.silent = None;
                state.is_unwanted |= renewed == Renewed::Unwanted;
                Ok(())
            }
            Err(error) => {
                match error.is_transient() {
                    true => state.silent = Some(error.to_string()),
                    false => state.lost = Some(error.clone()),
                }
                Err(error)
            }
        }
    }

    fn may_send(&self, timeout: Duration, now: Moment) -> Result<(), SendRefusal> {
        let state = self.state();
        if let Some(lost) = &state.lost {
            return Err(SendRefusal::Never(lost.to_string()));
        }
        if state.is_unwanted {
            return Err(SendRefusal::Never("somebody has cancelled the run".to_owned()));
        }
        let (since, end) = (now.since(state.asked), millis(self.length));
        match (0..end).contains(&since.saturating_add(millis(timeout))) && since >= 0 {
            true => Ok(()),
            false => Err(SendRefusal::NotNow(
                state
                    .silent
                    .clone()
                    .unwrap_or_else(|| "the lease of the run was not renewed in time".to_owned()),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
