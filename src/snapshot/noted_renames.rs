//! The renames that imports from this computer have confirmed, or may have done, according to the
//! record of recent changes.

use super::changes_tables::SentRun;
use super::recent_changes::RecentChanges;
use super::store::SnapshotStore;
use crate::change::Change;
use crate::organization::{HashedName, NotedRenames, RenamePair, who};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::io;

/// Reads which renames to one of these new names were confirmed by runs that had ended by `until`.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn noted_renames(
    store: &SnapshotStore,
    wanted: &HashSet<HashedName>,
    until: Timestamp,
) -> io::Result<NotedRenames> {
    let mut noted = NotedRenames::default();
    let record = RecentChanges::of(store);
    for run in record.all_runs()?.iter().filter(|run| run.has_ended_by(until)) {
        record.each_confirmed(run, |confirmed| {
            noted.take(&confirmed.change, |name| wanted.contains(&name));
        })?;
    }
    Ok(noted)
}

/// A change in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordedChange<'c> {
    /// The server has confirmed it.
    Confirmed(&'c Change<'c>),
    /// A rename that may be done, or be done later: it was sent, or is about to be, and its outcome
    /// is not known.
    UnconfirmedRename(&'c Change<'c>),
}

/// Passes every change to `take` that imports from this computer are recorded to have confirmed,
/// and every rename whose outcome is not known, the oldest import first. What the last start of an
/// import has confirmed is recorded when it ends. Once a later import has confirmed the same
/// rename, its outcome is known.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn each_change(
    store: &SnapshotStore,
    mut take: impl FnMut(RecordedChange<'_>),
) -> io::Result<()> {
    let record = RecentChanges::of(store);
    let runs = record.all_runs()?;
    let repeated = repeated_renames(&record, &runs)?;
    for run in &runs {
        record.each_confirmed(run, |confirmed| {
            take(RecordedChange::Confirmed(&confirmed.change));
        })?;
        record.each_unconfirmed_rename(run, |rename| {
            let later = renamed_names(rename).and_then(|names| repeated.get(&names).copied());
            if later.is_none_or(|began| run.may_have_sent_since(began)) {
                take(RecordedChange::UnconfirmedRename(rename));
            }
        })?;
    }
    Ok(())
}

/// Returns the renames that are recorded as uncertain and that an import has confirmed, each with
/// the start of the last such import.
fn repeated_renames(
    record: &RecentChanges,
    runs: &[SentRun],
) -> io::Result<HashMap<Vec<HashedName>, Timestamp>> {
    let mut uncertain = HashSet::new();
    for run in runs {
        record.each_unconfirmed_rename(run, |rename| uncertain.extend(renamed_names(rename)))?;
    }
    let mut repeated = HashMap::new();
    for run in runs.iter().filter(|_| !uncertain.is_empty()) {
        record.each_confirmed(run, |confirmed| {
            if let Some(names) = renamed_names(&confirmed.change)
                && uncertain.contains(&names)
            {
                repeated.insert(names, run.began());
            }
        })?;
    }
    Ok(repeated)
}

/// Returns the old name and all new names of a rename; `None` if a change is no rename.
fn renamed_names(change: &Change<'_>) -> Option<Vec<HashedName>> {
    let RenamePair { old, new } = RenamePair::of(change)?;
    let username = match change {
        Change::User(user) => user.update.as_ref().and_then(|update| update.username.as_deref()),
        Change::Group(_) => None,
    };
    Some([old, new].into_iter().chain(username.map(|username| who(username, None))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::confirmed::ConfirmedChanges;
    use super::super::recent_changes::{RecordedRow, SentRecord};
    use super::*;
    use crate::change::{UpdateUser, UserChange};
    use std::io::Cursor;
    use std::time::Duration;

    fn rename(new: &str) -> Change<'_> {
        let update = UpdateUser { email: Some(new.into()), ..UpdateUser::default() };
        Change::User(UserChange {
            user: "old@x.com".into(),
            update: Some(update),
            ..UserChange::default()
        })
    }

    /// The lines of rows: the new name of each, and whether the rename is confirmed, open or known
    /// not to be done.
    fn rows(rows: &[(u32, &str, Option<bool>)]) -> Vec<u8> {
        let line = |&(row, new, state): &(u32, &str, Option<bool>)| {
            let at = Timestamp::UNIX_EPOCH;
            let confirmed = (state == Some(true)).then(|| ConfirmedChanges {
                at,
                existed: false,
                change: rename(new),
            });
            let open = (state == Some(false)).then(|| rename(new));
            RecordedRow { row, names: Vec::new(), confirmed, rename: open }.bytes().unwrap()
        };
        rows.iter().flat_map(line).collect()
    }

    /// Returns the new names in the record: the confirmed ones, and those of open renames.
    fn recorded(store: &SnapshotStore) -> [String; 2] {
        let mut found = [String::new(), String::new()];
        each_change(store, |recorded| {
            let (place, change) = match recorded {
                RecordedChange::Confirmed(change) => (0, change),
                RecordedChange::UnconfirmedRename(change) => (1, change),
            };
            let Change::User(user) = change else { panic!() };
            found[place] += user.update.as_ref().unwrap().email.as_ref().unwrap();
        })
        .unwrap();
        found
    }

    #[test]
    fn rename_is_recorded_from_before_it_is_sent_until_it_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let run = SentRecord::of(&store, "run");
        let at = |second| Timestamp::from_second(second).unwrap();
        let begin = |lines: &[u8], second| {
            run.begin(&mut &*lines, Duration::ZERO, at(second)).unwrap();
        };
        let end = |lines: &[u8], second| {
            run.end(&mut Cursor::new(lines), Duration::ZERO, at(second)).unwrap();
        };
        begin(&rows(&[(0, "a", Some(false)), (1, "b", Some(false)), (2, "c", Some(false))]), 1);
        assert_eq!(recorded(&store), ["", "abc"]);
        end(&rows(&[(0, "a", Some(true)), (1, "b", None), (2, "c", Some(false))]), 2);
        assert_eq!(recorded(&store), ["a", "c"]);
        // The run goes on. What is confirmed stays so, and nothing else counts as done.
        begin(&rows(&[(0, "a", Some(false)), (1, "b", None), (2, "c", Some(false))]), 3);
        assert_eq!(recorded(&store), ["a", "c"]);
        end(&rows(&[(0, "a", Some(true)), (1, "b", None), (2, "c", Some(false))]), 4);
        for (new, is_noted) in [("a", true), ("b", false), ("c", false)] {
            let pair = RenamePair::of(&rename(new)).unwrap();
            let noted = noted_renames(&store, &HashSet::from([pair.new]), at(9)).unwrap();
            assert_eq!(noted.has(pair), is_noted, "{new}");
        }
        end(&rows(&[(2, "c", Some(true))]), 5);
        assert_eq!(recorded(&store), ["ac", ""]);
    }

    #[test]
    fn uncertain_rename_is_known_once_a_later_import_has_confirmed_it() {
        for (retried, began, left) in [("c", 3, ""), ("c", 2, "c"), ("d", 3, "c")] {
            let folder = tempfile::tempdir().unwrap();
            let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
            let at = |second| Timestamp::from_second(second).unwrap();
            for (name, state, new, [began, ended]) in
                [("run", false, "c", [1, 2]), ("retry", true, retried, [began, began + 1])]
            {
                let run = SentRecord::of(&store, name);
                let open = rows(&[(0, new, Some(false))]);
                run.begin(&mut &*open, Duration::ZERO, at(began)).unwrap();
                let known = rows(&[(0, new, Some(state))]);
                run.end(&mut Cursor::new(known), Duration::ZERO, at(ended)).unwrap();
            }
            assert_eq!(recorded(&store), [retried, left], "{retried} {began}");
        }
    }
}
