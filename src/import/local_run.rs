//! The run of a file as this computer has it: its journal beside the results.

use crate::import::worker_name::user_here;
use crate::journal::{Journal, JournalError, Moment, StoreCopy};
use crate::store::StoredRun;
use std::path::Path;

/// The journal that is here.
pub(super) struct LocalRun {
    id: String,
    /// The run of a store that it is a copy of.
    pub(super) copy: Option<StoreCopy>,
    /// Identifies the store that is named now.
    store: String,
    pub(super) last_part: u64,
    /// Whether it was copied with its folder.
    pub(super) is_copy: bool,
    pub(super) is_interrupted: bool,
    pub(super) has_begun: bool,
    pub(super) is_same_input: bool,
}

impl LocalRun {
    /// Reads the journal at this place, with the fingerprint of the input and what identifies the
    /// store.
    pub(super) fn read(
        place: &Path,
        (input, store): ((u64, u128), String),
    ) -> Result<Option<Self>, JournalError> {
        let Some(journal) = Journal::open_read_only(place)? else { return Ok(None) };
        let recovered = journal.recovered()?;
        Ok(Some(Self {
            id: journal.info()?.run_id,
            copy: journal.store_copy()?,
            store,
            last_part: journal.last_part()?,
            is_copy: journal.is_copy()?,
            is_interrupted: recovered.is_interrupted(),
            has_begun: recovered.has_begun(),
            is_same_input: journal.about()?.input == input,
        }))
    }

    /// Whether it is that of a run in this store.
    pub(super) fn has_been_here(&self) -> bool {
        self.copy.as_ref().is_some_and(|copy| copy.id == self.store)
    }

    /// Whether it is that of this run of the store. A process that was killed when it had just
    /// begun the run there has not recorded that, and has sent nothing.
    pub(super) fn is_of(&self, run: &str) -> bool {
        match &self.copy {
            Some(copy) => self.has_been_here() && copy.run == run,
            None => self.id == run && !self.has_begun,
        }
    }

    /// Whether it has sent something, and is neither this run nor an earlier one of this store.
    pub(super) fn is_another(&self, run: &str) -> bool {
        self.is_interrupted && !self.is_of(run) && !self.has_been_here()
    }
}

/// Returns since when the service may still carry out what another computer has sent that had the
/// run of this journal; `None` if this computer has continued the run since, and for a finished run
/// whose requests all have their results: it is only shown.
pub(super) fn open_since(journal: &Journal) -> Result<Option<Moment>, JournalError> {
    let recovered = journal.recovered()?;
    let has_open_ends = !recovered.uncertain.is_empty()
        || !recovered.late.is_empty()
        || recovered.progress.values().any(|row| row.uncertain.is_some());
    if has_open_ends || recovered.finished.is_none() { journal.taken_over_at() } else { Ok(None) }
}

/// The fence of the worker that begins a run.
const FIRST: i64 = 1;

/// Returns the fence of the process that had a run, if that was one of this computer that has
/// ended: the lock of the journal, which is held, shows that.
pub(super) fn ended_here(run: &StoredRun, local: Option<&LocalRun>) -> Option<i64> {
    let was_here = run.worker.as_deref().is_some_and(|worker| worker.starts_with(&user_here()));
    let own = local.filter(|local| was_here && !local.is_copy && local.is_of(&run.new.id))?;
    Some(own.copy.as_ref().map_or(FIRST, |copy| copy.fence))
}
