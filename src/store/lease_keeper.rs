//! Keeps the lease of a run while a worker is at it, and says whether it may still send.
//!
//! The worker does not compare its clock with that of the store. It only knows that its lease lasts
//! at least until so long after it *asked* for it, by a clock that also runs while the computer
//! sleeps.

use super::error::StoreError;
use super::run::{Lease, Renewed};
use super::run_store::RunStore;
use crate::journal::Moment;
use crate::umapi::millis;
use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a lease is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(15);
/// When a store that did not answer is asked again.
const ASKED_AGAIN: Duration = Duration::from_secs(2);

/// Whether a worker may still send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permission {
    Granted,
    /// Nobody knows, because the store does not answer, for this reason.
    NotNow(String),
    /// It never may again, for this reason.
    Never(String),
}

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
}

struct LeaseState {
    /// When the store was asked for the lease or its last renewal.
    asked: Moment,
    /// Why the store did not renew it.
    silent: Option<String>,
    lost: Option<StoreError>,
    is_unwanted: bool,
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
        let state = LeaseState { asked, silent: None, lost: None, is_unwanted: false };
        let shared = Arc::new(KeptLease { store, lease, length, state: Mutex::new(state) });
        let (stop, stopped) = channel();
        let kept = Arc::clone(&shared);
        let every = RENEWED_EVERY.min(length / 4);
        let renewing = move || {
            let mut wait = every;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                match kept.renew() {
                    Ok(()) => wait = every,
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

    /// Whether a request may be sent now whose response is waited for at most this long.
    pub(crate) fn may_send(&self, timeout: Duration) -> Permission {
        self.shared.may_send(timeout, Moment::now())
    }

    /// Whether somebody wants the run to end.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.shared.state().is_unwanted
    }

    /// Returns the lease with what is known of it.
    pub(super) fn shared(&self) -> Arc<KeptLease> {
        Arc::clone(&self.shared)
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has renewed nothing any more.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for LeaseKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseKeeper").field("lease", &self.shared.lease).finish_non_exhaustive()
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
        if let Some(lost) = &self.state().lost {
            return Err(lost.clone());
        }
        let asked = Moment::now();
        let appended = self.store.append(&self.lease, number, part);
        let wanted = if self.state().is_unwanted { Renewed::Unwanted } else { Renewed::Wanted };
        self.note(asked, appended.map(|()| wanted))
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

    fn may_send(&self, timeout: Duration, now: Moment) -> Permission {
        let state = self.state();
        if let Some(lost) = &state.lost {
            return Permission::Never(lost.to_string());
        }
        let (since, end) = (now.since(state.asked), millis(self.length));
        match (0..end).contains(&since.saturating_add(millis(timeout))) && since >= 0 {
            true => Permission::Granted,
            false => Permission::NotNow(state.silent.clone().unwrap_or_else(|| {
                "the right to continue the run was not renewed in time".to_owned()
            })),
        }
    }
}

#[cfg(test)]
mod tests;
