//! Rows that are not sent because an invalid row before them renames a user or group.

use super::outcomes::Reason;
use super::unconfirmed_renames::UnconfirmedRename;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The rows of a file that are not sent because an invalid row before them renames a user or group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsBehind {
    renames: Vec<UnconfirmedRename>,
    /// In order. Consecutive runs have different renames.
    runs: Vec<RowRun>,
}

/// Consecutive rows, from 0, and the index of the rename before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct RowRun {
    first: u32,
    last: u32,
    rename: usize,
}

impl RowsBehind {
    /// Whether there are no such rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds those rows of `others` that `is_added` accepts. The file has `rows` rows: what is read
    /// from a journal may name others.
    pub(crate) fn with(&self, others: &Self, rows: u32, is_added: impl Fn(u32) -> bool) -> Self {
        let mut held: BTreeMap<u32, &UnconfirmedRename> =
            others.rows(rows).filter(|(row, _)| is_added(*row)).collect();
        held.extend(self.rows(rows));
        let mut all = BehindGatherer::default();
        held.into_iter().for_each(|(row, rename)| all.push(row, rename));
        all.found
    }

    /// Returns each row, and the rename before it.
    fn rows(&self, rows: u32) -> impl Iterator<Item = (u32, &UnconfirmedRename)> {
        let runs = self.runs.iter().filter_map(|run| Some((run, self.renames.get(run.rename)?)));
        runs.flat_map(move |(run, rename)| {
            (run.first..rows.min(run.last.saturating_add(1))).map(move |row| (row, rename))
        })
    }

    /// Returns why a row, from 0, is not sent; `None` if it is sent.
    pub(super) fn refusal(&self, row: u32) -> Option<Reason> {
        let run = self.runs.partition_point(|run| run.last < row);
        let RowRun { first, rename, .. } = *self.runs.get(run)?;
        self.renames.get(rename).filter(|_| first <= row).map(UnconfirmedRename::refusal)
    }
}

/// Collects them in the order of the rows.
#[derive(Default)]
pub(super) struct BehindGatherer {
    pub(super) found: RowsBehind,
    places: HashMap<UnconfirmedRename, usize>,
}

impl BehindGatherer {
    /// Adds a row behind a rename.
    pub(super) fn push(&mut self, row: u32, rename: &UnconfirmedRename) {
        let RowsBehind { renames, runs } = &mut self.found;
        let rename = *self.places.entry(rename.clone()).or_insert_with_key(|rename| {
            renames.push(rename.clone());
            renames.len() - 1
        });
        match runs.last_mut() {
            Some(run) if run.rename == rename && run.last + 1 == row => run.last = row,
            _ => runs.push(RowRun { first: row, last: row, rename }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::unconfirmed_renames::RenameEnd;

    fn invalid(row: u32) -> UnconfirmedRename {
        let end = RenameEnd::Invalid;
        UnconfirmedRename { row, file: None, is_group: false, end, unclear: None }
    }

    #[test]
    fn rows_behind_are_kept_as_runs_and_found_again() {
        let (one, other) = (invalid(1), invalid(5));
        let mut gatherer = BehindGatherer::default();
        for (row, rename) in [(2, &one), (3, &one), (4, &one), (6, &one), (7, &other)] {
            gatherer.push(row, rename);
        }
        let RowsBehind { renames, runs } = &gatherer.found;
        assert_eq!((renames.len(), runs.len()), (2, 3));
        let held = |row| gatherer.found.refusal(row).map(|why| why.message.contains("row 2,"));
        let expected = [None, None, Some(true), Some(true), Some(true), None, Some(true)];
        assert_eq!((0..7).map(held).collect::<Vec<_>>(), expected);
        assert_eq!((held(7), held(8)), (Some(false), None));
        let mut later = BehindGatherer::default();
        [6, 8, 9].into_iter().for_each(|row| later.push(row, &other));
        let all = gatherer.found.with(&later.found, 10, |row| row != 9);
        let held = |row| all.refusal(row).map(|why| why.message.contains("row 2,"));
        assert_eq!(
            [held(6), held(7), held(8), held(9)],
            [Some(true), Some(false), Some(false), None]
        );
        let stored = serde_json::to_string(&gatherer.found).unwrap();
        assert_eq!(serde_json::from_str::<RowsBehind>(&stored).unwrap(), gatherer.found);
    }
}
