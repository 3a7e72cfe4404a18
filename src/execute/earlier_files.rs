//! What the files of a command find out for the files after them. A mistyped group leaves one
//! account without its group, and not one for each file. A name that a failed rename was to give
//! means another user in all files. And nobody is created or removed twice.

use super::unconfirmed_renames::UnconfirmedRenames;
use super::users_before::UsersBefore;
use crate::journal::MissingGroup;
use crate::plan::Key;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What the files so far have found out.
#[derive(Debug, Clone, Default)]
pub(crate) struct EarlierFiles(Arc<Mutex<FoundOut>>);

/// What rows of earlier files of a command have found out.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundOut {
    /// The groups that the server does not know.
    pub(super) missing_groups: Vec<MissingGroup>,
    /// The groups that rows have created or found.
    pub(super) groups_there: HashSet<Key>,
    /// Groups for which it is unknown whether they were created.
    pub(super) uncertain_groups: HashSet<Key>,
    pub(super) unconfirmed_renames: UnconfirmedRenames,
    pub(super) users: UsersBefore,
    /// Whether rows of a file may have been sent.
    pub(super) has_begun: bool,
}

impl EarlierFiles {
    /// Returns what is known so far.
    pub(super) fn all(&self) -> FoundOut {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether rows of an earlier file of the command may have been sent.
    pub(super) fn have_begun(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).has_begun
    }

    /// Replaces what is known.
    pub(super) fn replace(&self, all: FoundOut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}
