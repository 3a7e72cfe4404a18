//! What a journal knows of its run in a store that several computers share.

use super::error::JournalError;
use super::local_facts::{ELSEWHERE, STORE};
use super::moment::Moment;
use super::run_info::RunInfo;
use super::store::Journal;
use crate::fs::OsText;
use serde::{Deserialize, Serialize};

/// The run of a store that a journal is a copy of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoreCopy {
    /// Identifies the store.
    pub(crate) id: String,
    /// Its address, without a password.
    pub(crate) store: String,
    /// The id of the run there.
    pub(crate) run: String,
    /// The fence by which the last process here had the run.
    pub(crate) fence: i64,
}

/// The run of a store that a journal becomes a copy of, and its files on this computer.
#[derive(Debug, Clone)]
pub(crate) struct CopyHere {
    pub(crate) copy: StoreCopy,
    /// The input, as it is named here.
    pub(crate) file: OsText,
    pub(crate) results: OsText,
    pub(crate) failed: Option<OsText>,
    /// The working folder.
    pub(crate) folder: OsText,
}

impl CopyHere {
    /// Returns how the run is here.
    pub(super) fn info(&self, there: RunInfo) -> RunInfo {
        let Self { file, results, failed, folder, .. } = self.clone();
        RunInfo { file, results, failed, folder, ..there }
    }
}

impl Journal {
    /// Returns the run of a store that this is a copy of.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn store_copy(&self) -> Result<Option<StoreCopy>, JournalError> {
        Ok(self.fact::<Option<StoreCopy>>(STORE)?.flatten())
    }

    /// Records the run of a store that this is a copy of.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn note_store_copy(&mut self, copy: &StoreCopy) -> Result<(), JournalError> {
        self.set(STORE, copy)?;
        self.commit()
    }

    /// Returns when this computer took over the run of another one, if it has not continued it
    /// since: the times in the journal are of that one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn taken_over_at(&self) -> Result<Option<Moment>, JournalError> {
        Ok(self.fact::<Option<Moment>>(ELSEWHERE)?.flatten())
    }
}
