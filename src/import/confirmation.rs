//! What an import asks before it goes on.

use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// What somebody confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Confirmation {
    /// The encoding of a file is the one that was detected.
    Encoding,
    /// Rows are compared with a list that is older than allowed.
    OldList,
    /// So many rows rely on what a list does not show.
    Absence(u64),
    /// Memberships are removed by a list, although people have changed since.
    ChangedSinceList,
    /// The same, of an import that continues.
    ChangedSinceBegin,
    /// So many rows may delete, in a production organization too.
    Deletes(u64),
    /// A production organization may be changed.
    Production,
    /// Missing people lose what the import takes from them.
    Missing,
    /// What an undo relies on is doubtful.
    Undo,
}

impl Confirmation {
    /// Whether somebody who has confirmed this has also confirmed the other.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Deletes(most), Self::Deletes(rows))
            | (Self::Absence(most), Self::Absence(rows)) => rows <= most,
            (Self::Deletes(_), Self::Production) => true,
            _ => self == other,
        }
    }
}

/// What somebody has confirmed at the questions of an import.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confirmed(Arc<Mutex<Vec<Confirmation>>>);

impl Confirmed {
    /// Forgets all confirmations, also those of its clones, and returns a clone.
    pub(crate) fn forget_all(&self) -> Self {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.clone()
    }

    /// Notes that this was confirmed.
    pub(crate) fn note(&self, what: Confirmation) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// Returns what was confirmed so far.
    pub(crate) fn all(&self) -> Vec<Confirmation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_to_one_question_is_no_yes_to_another() {
        use Confirmation::{Absence, Deletes, Encoding, OldList, Production};
        for (given, asked, covers) in [
            (Encoding, Encoding, true),
            (Encoding, OldList, false),
            (OldList, Absence(1), false),
            (Deletes(12), Deletes(12), true),
            (Deletes(12), Deletes(11), true),
            (Deletes(12), Deletes(13), false),
            (Absence(1), Absence(2), false),
            (Deletes(12), Production, true),
            (Production, Deletes(12), false),
        ] {
            assert_eq!(given.covers(&asked), covers, "{given:?} {asked:?}");
        }
    }
}
