//! The lists in the state folder, of all organizations: their names, and which to delete.

use super::store::ENDING;
use super::stored::Snapshot;
use crate::umapi::ListQuery;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// A complete list in the state folder.
#[derive(Debug, Clone)]
pub(crate) struct StoredSnapshot {
    /// The name that users type: the file's name without its ending.
    pub name: String,
    /// Whether the list was kept on purpose, with its date. Otherwise it is the latest of its kind,
    /// and the next one replaces it.
    pub is_kept: bool,
    /// The list.
    pub snapshot: Snapshot,
}

/// Which snapshots are retained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RetentionPolicy {
    /// This number of the latest lists, for each query of each organization.
    pub latest: Option<usize>,
    /// Lists that are younger than this.
    pub younger: Option<SignedDuration>,
}

/// Returns all complete lists, oldest first.
///
/// # Errors
/// When the folder cannot be read. A file that is not a complete list is skipped.
pub(crate) fn stored_snapshots(state_dir: &Path) -> io::Result<Vec<StoredSnapshot>> {
    let entries = |path: &Path| match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(crate::fs::named(path)),
    };
    let mut all = Vec::new();
    for folder in entries(&state_dir.join("lists"))?
        .iter()
        .map(fs::DirEntry::path)
        .filter(|path| path.is_dir())
    {
        for entry in entries(&folder)? {
            let path = entry.path();
            if path.extension().is_none_or(|ending| ending != ENDING) {
                continue;
            }
            let name = path
                .file_stem()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let is_kept = name.starts_with(|c: char| c.is_ascii_digit());
            all.extend(Snapshot::open(&path).map(|snapshot| StoredSnapshot {
                name,
                is_kept,
                snapshot,
            }));
        }
    }
    all.sort_by(|a, b| (a.snapshot.at, &a.name).cmp(&(b.snapshot.at, &b.name)));
    Ok(all)
}

impl StoredSnapshot {
    /// Whether a name means this list: its file name, or the beginning of its date, in any notation
    /// (`20261125-220145-users`, `2026-11-25`, `2026-11-25T22:01`).
    pub(crate) fn is_called(&self, name: &str) -> bool {
        if self.name.eq_ignore_ascii_case(name) {
            return true;
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let is_date = name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_digit() || "-:TZ ".contains(c));
        let stamp: String =
            self.name.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
        is_date && digits(name).len() >= 4 && digits(&stamp).starts_with(&digits(name))
    }
}

impl RetentionPolicy {
    /// Returns the snapshots that are neither among the latest nor recent. `lists` are in order,
    /// oldest first.
    pub(crate) fn expired(self, lists: &[StoredSnapshot], now: Timestamp) -> Vec<&StoredSnapshot> {
        let mut seen: HashMap<(&str, &str, &ListQuery), usize> = HashMap::new();
        let mut gone = Vec::new();
        for list in lists.iter().rev().filter(|list| list.is_kept) {
            let Snapshot { organization, host, query, at, .. } = &list.snapshot;
            let count = seen.entry((organization, host, query)).or_default();
            *count += 1;
            let is_latest = self.latest.is_some_and(|latest| *count <= latest);
            let is_young = self.younger.is_some_and(|younger| now.duration_since(*at) < younger);
            if !is_latest && !is_young {
                gone.push(list);
            }
        }
        gone.reverse();
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{InterruptedList, SnapshotStore};
    use crate::umapi::ListPage;

    const USERS: ListQuery = ListQuery::Users { domain: None, direct: true };

    fn list(store: &SnapshotStore, query: &ListQuery) -> Snapshot {
        let mut draft = store.draft(query, InterruptedList::Dropped).unwrap();
        draft.begin().unwrap();
        let page =
            ListPage { number: 0, current: None, pages: None, total: None, body: b"{}".to_vec() };
        draft.append(&page, Timestamp::UNIX_EPOCH).unwrap();
        draft.finish().unwrap()
    }

    #[test]
    fn snapshots_are_found_by_name_or_date() {
        let folder = tempfile::tempdir().unwrap();
        assert!(stored_snapshots(folder.path()).unwrap().is_empty());
        let (one, two) = (
            SnapshotStore::open(folder.path(), "1@AdobeOrg", "host"),
            SnapshotStore::open(folder.path(), "2@AdobeOrg", "host"),
        );
        one.retain(&list(&one, &USERS)).unwrap();
        list(&two, &ListQuery::Groups);
        let all = stored_snapshots(folder.path()).unwrap();
        assert_eq!(
            all.iter().map(|list| (&*list.snapshot.organization, list.is_kept)).collect::<Vec<_>>(),
            [("1@AdobeOrg", true), ("1@AdobeOrg", false), ("2@AdobeOrg", false)]
        );
        let (kept, at) = (&all[0], all[0].snapshot.at);
        for name in [
            kept.name.clone(),
            at.strftime("%Y-%m-%d").to_string(),
            at.strftime("%Y%m%d-%H%M").to_string(),
            at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ] {
            assert!(kept.is_called(&name) && !all[1].is_called(&name), "{name}");
        }
        for name in ["users", "2", "1999-01-01", ""] {
            assert!(!kept.is_called(name), "{name}");
        }
    }

    #[test]
    fn what_is_neither_among_the_latest_nor_young_can_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        for query in [&USERS, &USERS, &ListQuery::Groups, &USERS] {
            store.retain(&list(&store, query)).unwrap();
        }
        let all = stored_snapshots(folder.path()).unwrap();
        let kept: Vec<&StoredSnapshot> = all.iter().filter(|list| list.is_kept).collect();
        let now = kept[3].snapshot.at;
        let leaves = |latest, younger| {
            let keep = RetentionPolicy { latest, younger };
            keep.expired(&all, now).into_iter().map(|list| list.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(leaves(Some(2), None), [kept[0].name.clone()]);
        assert_eq!(leaves(Some(1), None), [kept[0].name.clone(), kept[1].name.clone()]);
        assert_eq!(leaves(None, Some(SignedDuration::from_hours(1))), Vec::<String>::new());
        assert_eq!(leaves(None, Some(SignedDuration::ZERO)).len(), 4);
        assert_eq!(leaves(Some(1), Some(SignedDuration::ZERO)).len(), 2);
    }
}
