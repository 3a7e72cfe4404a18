//! What earlier undos have taken back. It is not taken back again: what is there now came later.

use super::done_row::DoneRow;
use super::record::{BeforeRecord, group_key};
use super::user_name::UserName;
use crate::change::folded_name;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The rows that earlier undos have taken back, each with the names of the users and groups.
#[derive(Debug, Default)]
pub(crate) struct TakenBack {
    rows: BTreeMap<DoneRow, BTreeSet<String>>,
}

impl TakenBack {
    /// Adds the rows of the run in this place.
    pub(super) fn add(&mut self, file: usize, record: &BeforeRecord) {
        for (row, names) in &record.taken_back {
            let row = DoneRow { file, row: u64::from(*row) + 1 };
            self.rows.entry(row).or_default().extend(names.iter().cloned());
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
        rows.iter().any(|row| {
            let known = all.get(row);
            let is_of_another = |name: &String| known.is_some_and(|known| known.contains(name));
            let mut taken = self.rows.get(row).into_iter().flatten();
            taken.any(|name| names.contains(name) || !is_of_another(name))
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
