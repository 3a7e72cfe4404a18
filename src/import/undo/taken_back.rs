//! What earlier undos have taken back. It is not taken back again: what is there now came later.

use super::done_row::DoneRow;
use super::record::{BeforeRecord, group_key, with_values};
use super::user_name::UserName;
use crate::change::folded_name;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The rows that earlier undos have taken back, each with the names of the users and groups, and
/// the columns of the names that were changed back, as far as that is known.
#[derive(Debug, Default)]
pub(crate) struct TakenBack {
    rows: BTreeMap<DoneRow, BTreeMap<String, Option<BTreeSet<String>>>>,
}

impl TakenBack {
    /// Adds the rows of the run in this place.
    pub(super) fn add(&mut self, file: usize, record: &BeforeRecord) {
        for (row, names) in &record.taken_back {
            let row = DoneRow { file, row: u64::from(*row) + 1 };
            let rows = self.rows.entry(row).or_default();
            rows.extend(names.iter().map(|(name, values)| (name.clone(), values.clone())));
        }
    }

    /// Whether an undo has taken back a row, for one of its users or groups at least.
    pub(super) fn has(&self, row: DoneRow) -> bool {
        self.rows.contains_key(&row)
    }

    /// Whether an undo has taken back one of these rows for a user or group with these names.
    /// `all` are all names of the users and groups of a row: an undo may have used another one.
    pub(super) fn has_for(
        &self,
        rows: &[DoneRow],
        names: &[String],
        all: &BTreeMap<DoneRow, HashSet<String>>,
    ) -> bool {
        self.of(rows, names, all).next().is_some()
    }

    /// Returns the columns of the names of a user that undos have changed back with these rows;
    /// `None` if that is not known.
    pub(super) fn values_of(
        &self,
        rows: &[DoneRow],
        names: &[String],
        all: &BTreeMap<DoneRow, HashSet<String>>,
    ) -> Option<BTreeSet<String>> {
        let none = Some(BTreeSet::new());
        self.of(rows, names, all).fold(none, |known, values| with_values(known, values.as_ref()))
    }

    /// Returns what undos have changed back of a user or group with these names.
    fn of(
        &self,
        rows: &[DoneRow],
        names: &[String],
        all: &BTreeMap<DoneRow, HashSet<String>>,
    ) -> impl Iterator<Item = &Option<BTreeSet<String>>> {
        rows.iter().flat_map(move |row| {
            let known = all.get(row);
            let is_of_another =
                move |name: &String| known.is_some_and(|known| known.contains(name));
            let taken = self.rows.get(row).into_iter().flatten();
            taken
                .filter(move |(name, _)| names.contains(name) || !is_of_another(name))
                .map(|(_, values)| values)
        })
    }
}

/// Returns the names of a user as [`TakenBack`] has them.
pub(super) fn folded_names(names: &[UserName]) -> Vec<String> {
    names.iter().map(|name| folded_name(&name.user)).collect()
}

/// Returns the names of a group as [`TakenBack`] has them.
pub(super) fn folded_groups(name: &str, after: Option<&str>) -> Vec<String> {
    [Some(name), after].into_iter().flatten().map(group_key).collect()
}
