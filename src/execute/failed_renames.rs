//! Names that renames were to change or to give, and that failed.

use crate::plan::Key;
use std::collections::HashMap;

/// The names of failed renames, with the row of each.
#[derive(Debug, Default)]
pub(super) struct FailedRenames(HashMap<Key, u32>);

impl FailedRenames {
    /// Did no rename fail?
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A row that failed was to rename a user who has one of these names, or was to get one. The
    /// first such row of a name counts.
    pub(super) fn add(&mut self, names: impl IntoIterator<Item = Key>, row: u32) {
        names.into_iter().for_each(|name| _ = self.0.entry(name).or_insert(row));
    }

    /// The row that failed to rename a user who has one of these names, or was to get one.
    pub(super) fn row_of(&self, names: impl IntoIterator<Item = Key>) -> Option<u32> {
        names.into_iter().find_map(|name| self.0.get(&name).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_failed_rename_of_a_name_is_told() {
        let [a, b, c] = ["a@x.com", "b@x.com", "c@x.com"].map(|name| Key::user(name, None));
        let mut renames = FailedRenames::default();
        renames.add([a, b], 3);
        renames.add([b, c], 5);
        assert_eq!([[a], [b], [c]].map(|names| renames.row_of(names)), [Some(3), Some(3), Some(5)]);
        assert_eq!(renames.row_of([Key::user("d@x.com", None)]), None);
    }
}
