//! The rows of a file whose users or groups other imports have changed since the run began.

use crate::execute::RowRange;
use crate::organization::{HashedName, Organization};
use crate::reconcile::{ConflictIndex, UncomparedRows};
use std::collections::HashSet;

/// These rows of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangedRows {
    /// The rows, from 0.
    pub(super) rows: HashSet<u32>,
    /// The names of everything in them, with other names of the same users.
    pub(super) names: Vec<HashedName>,
    /// Those that this start sends.
    pub(super) sent: HashSet<u32>,
}

impl ChangedRows {
    /// Returns the first and the last row of each part, from 1.
    pub(crate) fn parts(&self) -> Vec<(u64, u64)> {
        RowRange::of_rows(self.rows.iter().copied()).parts().to_vec()
    }

    /// Whether this start sends some of them.
    pub(crate) fn are_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    /// Returns the rows for a comparison; `None` if there are none.
    pub(crate) fn uncertain(
        &self,
        conflict_index: &ConflictIndex,
        organization: &Organization,
    ) -> Option<UncomparedRows> {
        (!self.rows.is_empty()).then(|| {
            UncomparedRows::new(self.rows.clone(), &self.names, conflict_index, organization)
        })
    }
}
