//! The state that an earlier part of the run has left behind: the progress of rows without an
//! outcome, and the late effects of rows with one.

use crate::execute::changed_since::ChangedSince;
use crate::journal::RowProgress;
use crate::plan::{Halfway, NamesSince};
use std::collections::HashMap;
use std::time::Duration;

/// The state that an earlier part of the run has left behind.
#[derive(Debug, Default)]
pub(super) struct RecoveredRows {
    /// The progress of rows without an outcome.
    progress: HashMap<u32, RowProgress>,
    /// Completed rows, each with the time on the run's clock until which other rows wait for it.
    late: HashMap<u32, Duration>,
    /// Rows that may have been carried out, and whose users another import has changed since.
    changed_since: ChangedSince,
}

impl RecoveredRows {
    /// Takes the progress of rows without an outcome, and the completed rows that other rows wait
    /// for until a time on the run's clock.
    pub(super) fn new(progress: HashMap<u32, RowProgress>, late: HashMap<u32, Duration>) -> Self {
        Self { progress, late, changed_since: ChangedSince::default() }
    }

    /// Takes the rows that may have been carried out, and whose users another import has changed
    /// since.
    pub(super) fn note_changed_since(&mut self, since: ChangedSince) {
        self.changed_since = since;
    }

    /// Whether another import has changed the user of these rows since they were sent.
    pub(super) fn is_changed_since(&self, rows: &[u32]) -> bool {
        rows.iter().any(|row| self.changed_since.rows.contains(row))
    }

    /// Returns what the names of these rows still prove, after other imports.
    pub(super) fn names_since(&self, rows: &[u32]) -> NamesSince {
        self.changed_since.names_of(rows)
    }

    /// Whether no row has any progress.
    pub(super) fn has_no_progress(&self) -> bool {
        self.progress.is_empty()
    }

    /// Returns the rows with progress.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        self.progress.keys().copied()
    }

    /// Takes the progress of the rows of a work item, which were sent together; `None` if they were
    /// not sent.
    pub(super) fn take_progress(&mut self, rows: &[u32]) -> Option<RowProgress> {
        let mut taken = rows.iter().map(|row| self.progress.remove(row)).collect::<Vec<_>>();
        taken.first_mut().and_then(Option::take)
    }

    /// Takes the time until which other rows wait for these rows.
    pub(super) fn take_late(&mut self, rows: &[u32]) -> Option<Duration> {
        rows.iter().filter_map(|row| self.late.remove(row)).max()
    }

    /// Splits the rows of a command as they were split before: a row that was carried out in part
    /// from those after it, and sent rows from unsent ones. Whatever delays a row that was never
    /// sent then delays only that row.
    pub(super) fn sent_apart(&self, rows: &[u32]) -> Vec<Vec<u32>> {
        let is_halfway =
            |row: u32| self.progress.get(&row).is_some_and(|row| row.halfway != Halfway::default());
        match rows.split_first() {
            Some((first, rest)) if !rest.is_empty() && is_halfway(*first) => {
                vec![vec![*first], rest.to_vec()]
            }
            _ => rows
                .chunk_by(|one, other| {
                    self.progress.contains_key(one) == self.progress.contains_key(other)
                })
                .map(<[u32]>::to_vec)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_sent_apart_go_on_apart() {
        let recovered = |rows: &[(u32, bool)]| {
            let one = |is_halfway: bool| {
                let halfway = Halfway { one_by_one: is_halfway, ..Halfway::default() };
                RowProgress { halfway, ..RowProgress::default() }
            };
            let progress = rows.iter().map(|(row, is_halfway)| (*row, one(*is_halfway))).collect();
            RecoveredRows::new(progress, HashMap::new())
        };
        let groups = |known: &[(u32, bool)]| recovered(known).sent_apart(&[1, 4, 6]);
        assert_eq!(groups(&[]), [[1, 4, 6]]);
        assert_eq!(groups(&[(1, false), (4, false), (6, false)]), [[1, 4, 6]]);
        assert_eq!(groups(&[(1, false)]), [vec![1], vec![4, 6]]);
        assert_eq!(groups(&[(1, false), (4, false)]), [vec![1, 4], vec![6]]);
        assert_eq!(groups(&[(1, true), (4, false)]), [vec![1], vec![4, 6]]);
        assert_eq!(recovered(&[(1, true)]).sent_apart(&[1]), [[1]]);
    }

    #[test]
    fn progress_of_rows_that_were_sent_together_is_taken_once() {
        let sent = RowProgress { sent: 2, ..RowProgress::default() };
        let progress = [1, 4].into_iter().map(|row| (row, sent.clone())).collect();
        let late = [(2, Duration::from_secs(3)), (3, Duration::from_secs(5))].into();
        let mut recovered = RecoveredRows::new(progress, late);
        assert_eq!(recovered.take_progress(&[1, 4]).map(|row| row.sent), Some(2));
        assert!(recovered.take_progress(&[1, 4]).is_none() && recovered.has_no_progress());
        assert_eq!(recovered.take_late(&[1, 2, 3]), Some(Duration::from_secs(5)));
        assert_eq!(recovered.take_late(&[2]), None);
    }
}
