//! Counts the questions of an import before it sends any, as exactly as possible without asking.

use crate::snapshot::SnapshotStore;
use crate::umapi::ListQuery;
use jiff::Timestamp;
use std::ops::AddAssign;

/// A number of questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct QuestionCount {
    pub(crate) number: u64,
    /// Whether there may be more, depending on the answers or on the size of a list.
    pub(crate) is_least: bool,
}

impl QuestionCount {
    /// Creates an exact number, whatever the answers are.
    pub(crate) fn exactly(number: u64) -> Self {
        Self { number, is_least: false }
    }

    /// Creates a minimum.
    pub(crate) fn at_least(number: u64) -> Self {
        Self { number, is_least: true }
    }

    /// Returns the number of pages of a list to fetch: as many as the snapshot has, of any age,
    /// or else at least one. A list that was requested within two hours is not fetched again.
    pub(crate) fn of_list(store: &SnapshotStore, query: &ListQuery) -> Self {
        let stored = store.latest(query).ok().flatten();
        if stored.is_some() && store.asked_lately(query, Timestamp::now()).is_some() {
            return Self::default();
        }
        stored.map_or(Self::at_least(1), |list| Self::exactly(list.page_count() as u64))
    }
}

impl AddAssign for QuestionCount {
    fn add_assign(&mut self, other: Self) {
        self.number += other.number;
        self.is_least |= other.is_least;
    }
}
