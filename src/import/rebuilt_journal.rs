//! The journal of a run, made again from what a store has of it.

use crate::fs::OsText;
use crate::import::error::ImportError;
use crate::import::journal_place::{groups_path, list_path};
use crate::import::run_files::{GROUPS, JOURNAL, LIST, RECORD, get};
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::import::undo::record::record_path;
use crate::journal::{CopyHere, Journal, JournalError};
use crate::report::Paths;
use crate::store::{RunStore, StoreError};
use std::path::Path;

/// A run of a store that is copied to this computer.
pub(super) struct RunCopy<'c> {
    pub(super) store: &'c SharedStore,
    pub(super) runs: &'c dyn RunStore,
    pub(super) run: &'c str,
    /// The fence by which this process has the run; 0 if it has not.
    pub(super) fence: i64,
}

impl RunCopy<'_> {
    /// Returns the beginning of the journal; `None` if nothing of the run was sent.
    pub(super) fn base(&self) -> Result<Option<Vec<u8>>, StoreUseError> {
        let mut base = Vec::new();
        let is_there = self.runs.get_file(self.run, JOURNAL, &mut base);
        Ok(is_there.map_err(|error| self.damaged(error))?.then_some(base))
    }

    /// Makes the journal at this place, with the lists that the run is compared with.
    pub(super) fn rebuild(
        &self,
        base: &[u8],
        place: &Path,
        (file, paths): (&Path, &Paths),
    ) -> Result<Journal, ImportError> {
        let list = list_path(place);
        for (name, path) in
            [(LIST, list.clone()), (GROUPS, groups_path(&list)), (RECORD, record_path(place))]
        {
            get(self.runs, self.run, name, &path)?;
        }
        // The journal says from its first moment on whose it is.
        let here = CopyHere {
            copy: self.store.copy_of(self.run, self.fence).map_err(StoreUseError::from)?,
            file: file.into(),
            results: paths.results.clone().into(),
            failed: paths.failed.clone().map(OsText::from),
            folder: std::env::current_dir().unwrap_or_default().into(),
        };
        let damaged = |error| ImportError::from(self.damaged(error));
        let parts = JournalParts::of(self.runs, self.run).map(|part| part.map_err(damaged));
        Journal::rebuild_copy(place, base, parts, Some(&here)).map_err(|error| match error {
            ImportError::Journal(JournalError::Damaged(_, why)) => {
                damaged(StoreError::Damaged(why))
            }
            ImportError::Journal(JournalError::Newer(_)) => {
                let (run, store) = (self.run.to_owned(), self.store.shown().to_owned());
                StoreUseError::NewerRun { run, store }.into()
            }
            error => error,
        })
    }

    /// Says of which run the store has what umbulk does not write.
    fn damaged(&self, error: StoreError) -> StoreUseError {
        match error {
            StoreError::Damaged(why) => {
                let (run, store) = (self.run.to_owned(), self.store.shown().to_owned());
                StoreUseError::DamagedRun { run, store, why }
            }
            error => error.into(),
        }
    }
}

/// The parts of a run's journal, fetched some at a time.
struct JournalParts<'r> {
    runs: &'r dyn RunStore,
    run: &'r str,
    /// The number of the next part to fetch.
    next: u64,
    fetched: std::vec::IntoIter<Vec<u8>>,
}

impl<'r> JournalParts<'r> {
    fn of(runs: &'r dyn RunStore, run: &'r str) -> Self {
        Self { runs, run, next: 1, fetched: Vec::new().into_iter() }
    }
}

impl Iterator for JournalParts<'_> {
    type Item = Result<Vec<u8>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.fetched.as_slice().is_empty() {
            match self.runs.journal_parts(self.run, self.next) {
                Ok(parts) => {
                    self.next += parts.len() as u64;
                    self.fetched = parts.into_iter();
                }
                Err(error) => return Some(Err(error)),
            }
        }
        self.fetched.next().map(Ok)
    }
}
