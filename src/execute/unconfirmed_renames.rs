//! Names that rows were to change or to give, if the rename is not known to be done, and names of
//! groups that may be deleted.

use super::outcomes::{OutcomeStatus, Reason};
use crate::plan::Key;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The code of a row that is not sent because of such a rename before it.
pub(crate) const RENAME_FAILED: &str = "error.rename_failed";
/// The code of a row that is not sent because its group may be deleted.
pub(crate) const DELETION_UNKNOWN: &str = "error.deletion_unknown";

/// The names of such renames, with the row of each.
#[derive(Debug, Clone, Default)]
pub(super) struct UnconfirmedRenames(HashMap<Key, UnconfirmedRename>);

/// A row that was to rename a user or a group, or to delete a group, and is not known to have done
/// so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct UnconfirmedRename {
    /// The row, from 0.
    pub(super) row: u32,
    /// Its file, if that is another file of the command.
    pub(super) file: Option<String>,
    /// Whether it is about a group.
    pub(super) is_group: bool,
    pub(super) end: RenameEnd,
    /// What it does, in words, if it cannot be read which user or group it renames, or to which
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unclear: Option<String>,
}

/// How such a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum RenameEnd {
    /// The server refused it.
    Failed,
    /// It is unknown whether it was carried out.
    Unknown,
    /// It was not sent, because it is invalid.
    Invalid,
    /// It is unknown whether it has deleted its group.
    PerhapsDeleted,
}

impl RenameEnd {
    /// Returns the end of a row with this outcome; `None` if it is done, or was never sent.
    pub(super) fn of(status: OutcomeStatus) -> Option<Self> {
        match status {
            OutcomeStatus::Failed => Some(Self::Failed),
            OutcomeStatus::Unknown => Some(Self::Unknown),
            _ => None,
        }
    }
}

impl UnconfirmedRename {
    /// Returns its place among all rows of the command. Rows of earlier files come first.
    fn place(&self) -> (bool, u32) {
        (self.file.is_none(), self.row)
    }

    /// Describes the rename: `row 3, which renames this user, failed`.
    fn in_words(&self) -> String {
        let row = u64::from(self.row) + 1;
        let of_file = self.file.as_ref().map_or_else(String::new, |file| format!(" of {file}"));
        let whom = if self.is_group { "group" } else { "user" };
        let end = match self.end {
            RenameEnd::Failed => "failed",
            RenameEnd::Unknown | RenameEnd::PerhapsDeleted => "ended as unknown",
            RenameEnd::Invalid => "is invalid",
        };
        let does = match (&self.unclear, self.end) {
            (Some(does), _) => does.clone(),
            (None, RenameEnd::PerhapsDeleted) => format!("deletes this {whom}"),
            (None, _) => format!("renames this {whom}"),
        };
        format!("row {row}{of_file}, which {does}, {end}")
    }

    /// Returns why a row behind it is not sent, and what to do about it.
    pub(super) fn refusal(&self) -> Reason {
        let (code, uncertainty) = match (self.end, self.is_group) {
            (RenameEnd::PerhapsDeleted, _) => (DELETION_UNKNOWN, "the group may be gone"),
            (_, true) => (RENAME_FAILED, "the name may belong to another group"),
            (_, false) => (RENAME_FAILED, "the name may belong to another user"),
        };
        let message = format!("not sent: {}; {uncertainty}. {}", self.in_words(), self.advice());
        Reason { code: code.to_owned(), message }
    }

    /// Returns the rename for the files after this one.
    pub(super) fn of_file(&self, file: &str) -> Self {
        Self { file: self.file.clone().or_else(|| Some(file.to_owned())), ..self.clone() }
    }

    /// Whether the rename comes before a row of this file.
    pub(super) fn is_before(&self, row: u32) -> bool {
        self.file.is_some() || self.row < row
    }

    /// Returns what to do about it. If a file is imported again, its outcomes stay as they were, so
    /// the rows behind the rename are imported without it.
    fn advice(&self) -> String {
        let first = match self.end {
            RenameEnd::Unknown => "Find out who has the name",
            RenameEnd::PerhapsDeleted => "Check whether the group exists",
            RenameEnd::Failed | RenameEnd::Invalid => "Fix or remove that row",
        };
        match (&self.file, self.end) {
            (None, _) => format!("{first}, then import this row again"),
            (Some(file), RenameEnd::Unknown | RenameEnd::PerhapsDeleted) => {
                format!("{first}, then import this row again, without {file}")
            }
            (Some(file), _) => format!(
                "Fix that row and import it, or remove it if the rename is already done. Then \
                 import this row again, without {file}"
            ),
        }
    }
}

impl UnconfirmedRenames {
    /// Whether there are no such renames.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a row that was to rename a user or group with one of these names, or was to give one of
    /// them. The first such row of a name is kept, in whatever order rows are added.
    pub(super) fn add(&mut self, names: impl IntoIterator<Item = Key>, row: &UnconfirmedRename) {
        for name in names {
            let known = self.0.entry(name).or_insert_with(|| row.clone());
            if row.place() < known.place() {
                known.clone_from(row);
            }
        }
    }

    /// Returns the earlier rename of a user or group that has one of these names, or was to get
    /// one.
    pub(super) fn before(
        &self,
        row: u32,
        names: impl IntoIterator<Item = Key>,
    ) -> Option<&UnconfirmedRename> {
        names.into_iter().filter_map(|name| self.0.get(&name)).find(|rename| rename.is_before(row))
    }

    /// Returns the renames for the files after this one.
    pub(super) fn of_file(&self, file: &str) -> Self {
        Self(self.0.iter().map(|(name, rename)| (*name, rename.of_file(file))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(row: u32) -> UnconfirmedRename {
        UnconfirmedRename {
            row,
            file: None,
            is_group: false,
            end: RenameEnd::Failed,
            unclear: None,
        }
    }

    #[test]
    fn first_failed_rename_of_a_name_is_told() {
        let [a, b, c] = ["a@x.com", "b@x.com", "c@x.com"].map(|name| Key::user(name, None));
        let mut renames = UnconfirmedRenames::default();
        renames.add([a, b], &rename(3));
        renames.add([b, c], &rename(5));
        let row_before = |row, name| renames.before(row, [name]).map(|rename| rename.row);
        assert_eq!([a, b, c].map(|name| row_before(9, name)), [Some(3), Some(3), Some(5)]);
        assert_eq!([a, b, c].map(|name| row_before(4, name)), [Some(3), Some(3), None]);
        assert_eq!(row_before(3, a), None, "a row before the rename means the old name");
        assert_eq!(row_before(9, Key::user("d@x.com", None)), None);
        assert_eq!(row_before(9, Key::group("a@x.com")), None);
    }

    #[test]
    fn first_row_of_a_name_counts_in_whatever_order_it_is_added() {
        let name = Key::user("a@x.com", None);
        let mut renames = UnconfirmedRenames::default();
        renames.add([name], &rename(50));
        renames.add([name], &rename(3));
        assert_eq!(renames.before(10, [name]).map(|rename| rename.row), Some(3));
        let mut earlier = UnconfirmedRenames::default();
        earlier.add([name], &rename(70));
        let mut earlier = earlier.of_file("a.csv");
        earlier.add([name], &rename(3));
        assert!(earlier.before(1, [name]).is_some(), "a row of an earlier file is before all");
    }

    #[test]
    fn group_that_may_be_deleted_may_be_there_or_not() {
        let end = RenameEnd::PerhapsDeleted;
        let refusal = UnconfirmedRename { is_group: true, end, ..rename(0) }.refusal();
        assert_eq!(refusal.code, "error.deletion_unknown");
        assert_eq!(
            refusal.message,
            "not sent: row 1, which deletes this group, ended as unknown; the group may be gone. \
             Check whether the group exists, then import this row again"
        );
    }

    #[test]
    fn files_behind_are_told_the_file() {
        let name = Key::group("G");
        let mut renames = UnconfirmedRenames::default();
        renames.add([name], &UnconfirmedRename { is_group: true, ..rename(0) });
        let words = |renames: &UnconfirmedRenames| {
            renames.before(1, [name]).map(UnconfirmedRename::in_words)
        };
        assert_eq!(words(&renames).unwrap(), "row 1, which renames this group, failed");
        let later = renames.of_file("a.csv").of_file("b.csv");
        assert_eq!(
            later.before(0, [name]).unwrap().in_words(),
            "row 1 of a.csv, which renames this group, failed"
        );
    }
}
