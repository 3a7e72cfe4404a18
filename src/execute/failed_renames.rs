//! Names that renames were to change or to give, and that failed.

use crate::plan::Key;
use std::collections::HashMap;

/// The names of failed renames, with the row of each.
#[derive(Debug, Clone, Default)]
pub(super) struct FailedRenames(HashMap<Key, FailedRename>);

/// A row that was to rename somebody or a group, and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailedRename {
    /// The row, from 0.
    pub(super) row: u32,
    /// Its file, where that is another one of the command.
    pub(super) file: Option<String>,
    /// It is about a group.
    pub(super) is_group: bool,
}

impl FailedRename {
    /// `row 3, which renames this user,`
    pub(super) fn in_words(&self) -> String {
        let row = u64::from(self.row) + 1;
        let whom = if self.is_group { "group" } else { "user" };
        match &self.file {
            Some(file) => format!("row {row} of {file}, which renames this {whom},"),
            None => format!("row {row}, which renames this {whom},"),
        }
    }
}

impl FailedRenames {
    /// Did no rename fail?
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A row that failed was to rename a user or a group that has one of these names, or was to get
    /// one. The first such row of a name counts.
    pub(super) fn add(&mut self, names: impl IntoIterator<Item = Key>, row: &FailedRename) {
        names.into_iter().for_each(|name| _ = self.0.entry(name).or_insert_with(|| row.clone()));
    }

    /// The row that failed to rename a user or a group that has one of these names, or was to get
    /// one.
    pub(super) fn row_of(&self, names: impl IntoIterator<Item = Key>) -> Option<&FailedRename> {
        names.into_iter().find_map(|name| self.0.get(&name))
    }

    /// The same, for the files behind this one.
    pub(super) fn of_file(&self, file: &str) -> Self {
        let named = |rename: &FailedRename| FailedRename {
            file: rename.file.clone().or_else(|| Some(file.to_owned())),
            ..rename.clone()
        };
        Self(self.0.iter().map(|(name, rename)| (*name, named(rename))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(row: u32) -> FailedRename {
        FailedRename { row, file: None, is_group: false }
    }

    #[test]
    fn first_failed_rename_of_a_name_is_told() {
        let [a, b, c] = ["a@x.com", "b@x.com", "c@x.com"].map(|name| Key::user(name, None));
        let mut renames = FailedRenames::default();
        renames.add([a, b], &rename(3));
        renames.add([b, c], &rename(5));
        let row_of = |name| renames.row_of([name]).map(|rename| rename.row);
        assert_eq!([a, b, c].map(row_of), [Some(3), Some(3), Some(5)]);
        assert_eq!(row_of(Key::user("d@x.com", None)), None);
        assert_eq!(row_of(Key::group("a@x.com")), None);
    }

    #[test]
    fn files_behind_are_told_the_file() {
        let name = Key::group("G");
        let mut renames = FailedRenames::default();
        renames.add([name], &FailedRename { is_group: true, ..rename(0) });
        let words = |renames: &FailedRenames| renames.row_of([name]).unwrap().in_words();
        assert_eq!(words(&renames), "row 1, which renames this group,");
        let later = renames.of_file("a.csv").of_file("b.csv");
        assert_eq!(words(&later), "row 1 of a.csv, which renames this group,");
    }
}
