//! What the files of a command find out about groups, for the files behind them: one mistyped name
//! leaves one account without its group, and not one a file.

use crate::journal::MissingGroup;
use std::sync::{Arc, Mutex, PoisonError};

/// The groups that the server does not know, as the files so far have found out.
#[derive(Debug, Clone, Default)]
pub struct GroupNews(Arc<Mutex<Vec<MissingGroup>>>);

impl GroupNews {
    pub(super) fn all(&self) -> Vec<MissingGroup> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn replace(&self, all: Vec<MissingGroup>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}
