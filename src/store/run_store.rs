//! Runs that several computers share: their queue, leases, journals and files.

use super::error::StoreError;
use super::run::{
    Claim, Lease, LeaseEnd, NewRun, Renewed, RunFile, RunPlace, SeenRuns, StateCount, StoredRun,
};
use serde_json::Value;
use std::io::{Read, Write};
use std::time::Duration;

/// The answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// The run is new. Its files are to be stored with this right, which ends when a worker claims
    /// the run, and then it is to be [queued](RunStore::queue).
    New(Lease),
    /// The same input is on its way to the same organization already, as this run.
    Known(String),
}

/// The answer to a run that a worker begins itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The run is new, and belongs to the worker.
    New(Lease),
    /// This run has the same name or the same input, and the worker has not seen it, or not as it
    /// is now.
    Known(String),
    /// Another run has this id.
    IdTaken,
}

/// Runs that several computers share. Every call waits for the store, at most for some seconds. All
/// but [`submit`](Self::submit) may be repeated if the answer was lost.
pub(crate) trait RunStore: Send + Sync {
    /// Adds a run that belongs to this worker at once, unless a run of the same organization with
    /// its name or its input was begun since the worker looked, or is not finished. Those that are
    /// replaced are cancelled with it, unless others have them. The files of the run follow.
    ///
    /// # Errors
    /// When the store does not do it.
    fn begin(&self, run: &NewRun, worker: &str, seen: &SeenRuns) -> Result<Begun, StoreError>;

    /// Removes a run of which nothing was sent, unless it has ended.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    fn forget(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Removes the journal of a run of which nothing was sent, so that it can be begun again.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    fn forget_journal(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Returns the number of the last part of a run's journal; 0 if there is none.
    ///
    /// # Errors
    /// When the store does not do it.
    fn last_part(&self, run: &str) -> Result<u64, StoreError>;

    /// Adds a run, unless the same input is on its way to the same organization.
    ///
    /// # Errors
    /// When the store does not do it.
    fn submit(&self, run: &NewRun) -> Result<Submitted, StoreError>;

    /// Lets workers begin a submitted run whose files are all there, after those that are queued
    /// already, or continue one that has stopped, in its place. Returns whether the run is queued:
    /// somebody may have cancelled it.
    ///
    /// # Errors
    /// When the store does not do it.
    fn queue(&self, run: &str) -> Result<bool, StoreError>;

    /// Returns a run.
    ///
    /// # Errors
    /// When the store does not do it.
    fn run(&self, run: &str) -> Result<Option<StoredRun>, StoreError>;

    /// Returns the last run with this input for an organization.
    ///
    /// # Errors
    /// When the store does not do it.
    fn last_with(&self, place: &RunPlace, input: &str) -> Result<Option<StoredRun>, StoreError>;

    /// Returns the last run of a file of this name for an organization.
    ///
    /// # Errors
    /// When the store does not do it.
    fn last_named(&self, place: &RunPlace, file: &str) -> Result<Option<StoredRun>, StoreError>;

    /// Returns all runs, the last submitted one first.
    ///
    /// # Errors
    /// When the store does not do it.
    fn runs(&self) -> Result<Vec<StoredRun>, StoreError>;

    /// Counts the runs by their states.
    ///
    /// # Errors
    /// When the store does not do it.
    fn counts(&self) -> Result<Vec<StateCount>, StoreError>;

    /// Gives a run to a worker, unless another one has it. The answer of a run that is still
    /// arriving is that of one that is over. A worker that has certainly ended is followed at once
    /// by one that knows its fence.
    ///
    /// # Errors
    /// When the store does not do it, or has no such run.
    fn claim(&self, run: &str, worker: &str, ended: Option<i64>) -> Result<Claim, StoreError>;

    /// Gives the next queued or abandoned runs of these organizations to a worker, at most so many
    /// and one of each. Only submitted runs count: of others, the store does not have all options.
    ///
    /// # Errors
    /// When the store does not do it.
    fn claim_next(
        &self,
        worker: &str,
        places: &[RunPlace],
        most: usize,
    ) -> Result<Vec<Lease>, StoreError>;

    /// Lengthens a lease.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if another worker has the run, or it was cancelled.
    fn renew(&self, lease: &Lease) -> Result<Renewed, StoreError>;

    /// Adds a part to the journal of a run, and lengthens the lease. Parts are numbered from 1.
    ///
    /// # Errors
    /// As [`renew`](Self::renew), and when another part has this number, or the one before is
    /// missing.
    fn append(&self, lease: &Lease, number: u64, bytes: &[u8]) -> Result<Renewed, StoreError>;

    /// Returns some parts of the journal of a run, from this number on; none after the last one.
    ///
    /// # Errors
    /// When the store does not do it, or a part is missing.
    fn journal_parts(&self, run: &str, first: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Stores a file of a run, in place of an earlier one with this name.
    ///
    /// # Errors
    /// As [`renew`](Self::renew), and when the file cannot be read.
    fn put_file(&self, lease: &Lease, name: &str, file: &mut dyn Read) -> Result<(), StoreError>;

    /// Writes a file of a run; `false` if there is none.
    ///
    /// # Errors
    /// When the store does not do it, or the file cannot be written.
    fn get_file(&self, run: &str, name: &str, file: &mut dyn Write) -> Result<bool, StoreError>;

    /// Returns the files of all runs of an organization whose names begin with this, the one that
    /// was stored first at the beginning.
    ///
    /// # Errors
    /// When the store does not do it.
    fn files(&self, place: &RunPlace, prefix: &str) -> Result<Vec<RunFile>, StoreError>;

    /// Returns how long ago the last of an organization's deleted runs ended; `None` if none was
    /// deleted.
    ///
    /// # Errors
    /// When the store does not do it.
    fn pruned(&self, place: &RunPlace) -> Result<Option<Duration>, StoreError>;

    /// Tells others how far a run is.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    fn tell_progress(&self, lease: &Lease, progress: &Value) -> Result<(), StoreError>;

    /// Leaves a run.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    fn end(&self, lease: &Lease, end: LeaseEnd) -> Result<(), StoreError>;

    /// Ends a run. If a worker has it, the worker is told when it renews its lease.
    ///
    /// # Errors
    /// When the store does not do it, or has no such run.
    fn cancel(&self, run: &str) -> Result<StoredRun, StoreError>;

    /// Deletes runs that ended longer ago than this, with their files, and returns them. Lists of
    /// that age go as well.
    ///
    /// # Errors
    /// When the store does not do it.
    fn prune(&self, age: Duration) -> Result<Vec<StoredRun>, StoreError>;
}

#[cfg(test)]
mod tests;
