//! What the files of a command find out for the files behind them: one mistyped name leaves one
//! account without its group, and not one a file; and a name that a failed rename was to give means
//! somebody else in all of them.

use super::failed_renames::FailedRenames;
use crate::journal::MissingGroup;
use std::sync::{Arc, Mutex, PoisonError};

/// What the files so far have found out.
#[derive(Debug, Clone, Default)]
pub(crate) struct EarlierFiles(Arc<Mutex<FoundOut>>);

#[derive(Debug, Clone, Default)]
pub(super) struct FoundOut {
    /// The groups that the server does not know.
    pub(super) missing_groups: Vec<MissingGroup>,
    pub(super) failed_renames: FailedRenames,
}

impl EarlierFiles {
    pub(super) fn all(&self) -> FoundOut {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn replace(&self, all: FoundOut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}
