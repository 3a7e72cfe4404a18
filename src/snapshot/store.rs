//! The folder of an organization's snapshots, with the times at which page 0 was last requested.

use super::stored::{Snapshot, SnapshotHeader, SnapshotWriter};
use crate::fs::in_words;
use crate::fs::{Busy, Lock, private_file, private_folder, read_file, write_atomic};
use crate::umapi::{CallClass, ListPage, ListQuery};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The snapshots of one organization at one host.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotStore {
    folder: PathBuf,
    organization: String,
    host: String,
}

/// Why a list cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Another process fetches such a list.
    #[error("another export is fetching this list (process {0}): wait for it, or stop it")]
    Busy(String),
    /// The folder or the file cannot be used.
    #[error("{}", in_words(.0))]
    Io(#[from] io::Error),
}

/// A list that is being fetched. It locks lists of its kind against other processes.
pub(crate) struct PartialSnapshot {
    /// The pages that an interrupted export has stored.
    pub before: Option<Snapshot>,
    record: Option<SnapshotWriter>,
    facts: SnapshotHeader,
    path: PathBuf,
    place: PathBuf,
    store: SnapshotStore,
    _lock: Lock,
}

/// The ending of snapshots.
pub(super) const ENDING: &str = "snapshot";
/// An interrupted list that is older than this is started again, because too much has changed.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// Adobe allows page 0 of all users or all groups once in this time (docs/lists.md).
const PAGE_0_EVERY: SignedDuration = SignedDuration::from_hours(2);

/// What happens to a list whose fetch was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InterruptedList {
    /// Its fetch goes on.
    Resumed,
    /// It is fetched anew.
    Dropped,
}

impl SnapshotStore {
    /// Returns the lists of an organization below the state folder. Nothing is read or created yet.
    pub(crate) fn open(state_dir: &Path, organization: &str, host: &str) -> Self {
        let plain: String = organization.chars().filter(char::is_ascii_alphanumeric).collect();
        let folder =
            state_dir.join("lists").join(format!("{plain}-{:08x}", xxh3_64(host.as_bytes()) >> 32));
        Self { folder, organization: organization.to_owned(), host: host.to_owned() }
    }

    /// Returns the latest complete list of a query; `None` if there is none.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    pub(crate) fn latest(&self, query: &ListQuery) -> io::Result<Option<Snapshot>> {
        let path = self.latest_path(query);
        if !path.is_file() {
            return Ok(None);
        }
        let list = Snapshot::open(&path).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{error}. Remove that file; the next export stores another"),
            )
        })?;
        Ok(Some(list).filter(|list| self.is_of(list, query)))
    }

    /// Returns the lists that were kept on purpose, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read. A file that is not a complete list is skipped.
    #[cfg(test)]
    pub(crate) fn retained(&self) -> io::Result<Vec<Snapshot>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut kept = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if name.starts_with(|c: char| c.is_ascii_digit())
                && path.extension().is_some_and(|ending| ending == ENDING)
            {
                kept.extend(Snapshot::open(&path));
            }
        }
        kept.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
        Ok(kept)
    }

    /// Returns when page 0 of that kind of list was last requested, with or without success; `None`
    /// if never, or if that is unknown. Lists of members do not count.
    pub(crate) fn asked(&self, query: &ListQuery) -> Option<Timestamp> {
        let path = self.folder.join(format!("{}.asked", throttled(query)?));
        let text = read_file(&path).and_then(io::read_to_string).ok()?;
        text.trim().parse().ok()
    }

    /// Returns when page 0 was requested, and when it may be requested again; `None` if it may be
    /// requested now.
    pub(crate) fn asked_lately(
        &self,
        query: &ListQuery,
        now: Timestamp,
    ) -> Option<(Timestamp, Timestamp)> {
        let asked = self.asked(query)?;
        let until = asked.checked_add(PAGE_0_EVERY).ok()?;
        // A time in the future was written by a wrong clock.
        (asked <= now && now < until).then_some((asked, until))
    }

    /// Records that page 0 is requested now.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn note_asked(&self, query: &ListQuery, at: Timestamp) -> io::Result<()> {
        let Some(kind) = throttled(query) else { return Ok(()) };
        let path = self.folder.join(format!("{kind}.asked"));
        write_atomic(&path, |file| writeln!(file, "{at}"))
    }

    /// Removes the record, because the server refused the request: the earlier time, if any,
    /// counts.
    pub(crate) fn forget_asked(&self, query: &ListQuery, earlier: Option<Timestamp>) {
        match (earlier, throttled(query)) {
            (Some(at), _) => drop(self.note_asked(query, at)),
            (None, Some(kind)) => drop(fs::remove_file(self.folder.join(format!("{kind}.asked")))),
            (None, None) => {}
        }
    }

    /// Takes in that another computer has requested page 0, and the list that it has got: from now
    /// on that is the latest of its query. Nothing happens if this computer has requested page 0
    /// after `not_before`, or does so now.
    ///
    /// # Errors
    /// When it is no complete list of this query, or cannot be written.
    pub(crate) fn take_in(
        &self,
        query: &ListQuery,
        asked: Timestamp,
        not_before: Timestamp,
        list: Option<impl Read>,
    ) -> io::Result<()> {
        private_folder(&self.folder)?;
        let _lock = match self.lock(query) {
            Ok(lock) => lock,
            Err(DraftError::Busy(_)) => return Ok(()),
            Err(DraftError::Io(error)) => return Err(error),
        };
        if self.asked(query).is_some_and(|own| own >= not_before) {
            return Ok(());
        }
        self.note_asked(query, asked)?;
        let Some(mut list) = list else { return Ok(()) };
        let mut copy = tempfile::NamedTempFile::new_in(&self.folder)?;
        if io::copy(&mut list, &mut copy)? == 0 {
            return Ok(());
        }
        copy.as_file().sync_all()?;
        let found = Snapshot::open(copy.path())
            .map_err(|_| io::Error::other("it is damaged, or was stored by a newer umbulk"))?;
        if !self.is_of(&found, query) {
            return Err(io::Error::other("it is of another organization"));
        }
        Ok(copy.persist(self.latest_path(query)).map(drop)?)
    }

    /// Returns the folder of the lists.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins a list, or resumes an interrupted one.
    ///
    /// # Errors
    /// When another process fetches it, or the folder cannot be written.
    pub(crate) fn draft(
        &self,
        query: &ListQuery,
        interrupted: InterruptedList,
    ) -> Result<PartialSnapshot, DraftError> {
        private_folder(&self.folder)?;
        let lock = self.lock(query)?;
        let path = self.folder.join(format!("{}.partial", key(query)));
        let now = Timestamp::now();
        let young = || {
            fs::metadata(&path)
                .and_then(|data| data.modified())
                .ok()
                .and_then(|time| Timestamp::try_from(time).ok())
        };
        let before = young()
            .filter(|written| {
                interrupted == InterruptedList::Resumed && now.duration_since(*written) < STALE
            })
            .and_then(|_| Snapshot::read(&path).ok());
        // A list without page 0 cannot be resumed.
        let has_page_0 = |list: &Snapshot| {
            list.place(0)
                .is_some_and(|place| read_file(&path).and_then(|file| place.page(&file)).is_ok())
        };
        let before = before.filter(|list| self.is_of(list, query) && has_page_0(list));
        let record = before.as_ref().map(SnapshotWriter::go_on).transpose()?;
        let facts = SnapshotHeader {
            organization: self.organization.clone(),
            host: self.host.clone(),
            query: query.clone(),
            at: now,
        };
        Ok(PartialSnapshot {
            before,
            record,
            facts,
            path,
            place: self.latest_path(query),
            store: self.clone(),
            _lock: lock,
        })
    }

    /// Locks lists with the same page 0 against other processes, whatever else they request.
    fn lock(&self, query: &ListQuery) -> Result<Lock, DraftError> {
        let name = throttled(query).map_or_else(|| key(query), ToOwned::to_owned);
        Lock::take(&self.folder.join(format!("{name}.lock"))).map_err(|busy| match busy {
            Busy::Held(process) => DraftError::Busy(process),
            Busy::Io(error) => DraftError::Io(error),
        })
    }

    fn latest_path(&self, query: &ListQuery) -> PathBuf {
        self.folder.join(format!("{}.latest.{ENDING}", key(query)))
    }

    fn is_of(&self, snapshot: &Snapshot, query: &ListQuery) -> bool {
        snapshot.organization == self.organization
            && snapshot.host == self.host
            && snapshot.query == *query
    }

    /// Keeps a complete list with its date.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub(crate) fn retain(&self, snapshot: &Snapshot) -> io::Result<PathBuf> {
        let stamp = snapshot.at.strftime("%Y%m%d-%H%M%S");
        let mut path = self.folder.join(format!("{stamp}-{}.{ENDING}", key(&snapshot.query)));
        let mut twin = 2;
        while path.exists() {
            if Snapshot::open(&path)
                .is_ok_and(|there| (there.at, there.finished) == (snapshot.at, snapshot.finished))
            {
                return Ok(path);
            }
            path = self.folder.join(format!("{stamp}-{}-{twin}.{ENDING}", key(&snapshot.query)));
            twin += 1;
        }
        // The latest list is never changed, only replaced by another file. So both names can share
        // one file.
        if fs::hard_link(&snapshot.path, &path).is_err() {
            let partial = path.with_extension("partial");
            let mut copy = private_file(&partial)?;
            io::copy(&mut read_file(&snapshot.path)?, &mut copy)?;
            copy.sync_all()?;
            fs::rename(&partial, &path)?;
        }
        Ok(path)
    }
}

impl PartialSnapshot {
    /// Returns the query of the list.
    pub(crate) fn query(&self) -> &ListQuery {
        &self.facts.query
    }

    /// Begins the file, before page 0 is requested.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        self.facts.at = Timestamp::now();
        self.store.note_asked(&self.facts.query, self.facts.at)?;
        self.record = Some(SnapshotWriter::begin(&self.path, &self.facts)?);
        self.before = None;
        Ok(())
    }

    /// Adds a page that came at this time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn append(&mut self, page: &ListPage, at: Timestamp) -> io::Result<()> {
        self.record.as_mut().map_or(Ok(()), |record| record.append(page, at))
    }

    /// Waits until the pages so far are on the disk.
    ///
    /// # Errors
    /// When the disk reports an error.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.record.as_ref().map_or(Ok(()), SnapshotWriter::sync)
    }

    /// Returns the pages so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn so_far(&self) -> io::Result<Snapshot> {
        Snapshot::read(&self.path)
    }

    /// Completes the list: from now on it is the latest of its query.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn finish(mut self) -> io::Result<Snapshot> {
        let record =
            self.record.take().ok_or_else(|| io::Error::other("the list was not begun"))?;
        record.finish(Timestamp::now(), &self.place)
    }

    /// Removes the file, because nothing in it is worth resuming.
    pub(crate) fn discard(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Returns the kind of a list whose page 0 Adobe limits.
fn throttled(query: &ListQuery) -> Option<&'static str> {
    match (query, query.class()) {
        (ListQuery::Members { .. }, _) => None,
        (_, CallClass::Groups) => Some("groups"),
        _ => Some("users"),
    }
}

/// Returns a file name that is different for every query.
fn key(query: &ListQuery) -> String {
    let hash = || serde_json::to_vec(query).map(|json| xxh3_64(&json)).unwrap_or_default();
    match query {
        ListQuery::Groups => "groups".to_owned(),
        ListQuery::Users { domain: None, direct: true } => "users".to_owned(),
        ListQuery::Users { .. } => format!("users-{:016x}", hash()),
        ListQuery::Members { .. } => format!("members-{:016x}", hash()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: ListQuery = ListQuery::Users { domain: None, direct: true };

    fn append(draft: &mut PartialSnapshot, number: u32) {
        let page = ListPage {
            number,
            current: Some(number),
            pages: Some(2),
            total: Some(2),
            body: b"{\"lastPage\":true}".to_vec(),
        };
        draft.append(&page, Timestamp::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn only_a_complete_list_is_the_latest() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        assert!(
            store.latest(&USERS).unwrap().is_none()
                && store.retained().unwrap().is_empty()
                && store.asked(&USERS).is_none()
        );
        let mut draft = store.draft(&USERS, InterruptedList::Resumed).unwrap();
        assert!(draft.before.is_none());
        draft.begin().unwrap();
        append(&mut draft, 0);
        assert!(matches!(
            store.draft(
                &ListQuery::Users { domain: Some("x".to_owned()), direct: true },
                InterruptedList::Resumed
            ),
            Err(DraftError::Busy(_))
        ));
        drop(draft);
        let mut draft = store.draft(&USERS, InterruptedList::Resumed).unwrap();
        assert_eq!(draft.before.as_ref().map(Snapshot::page_count), Some(1));
        append(&mut draft, 1);
        let done = draft.finish().unwrap();
        let latest = store.latest(&USERS).unwrap().unwrap();
        assert_eq!((done.page_count(), latest.at), (2, done.at));
        assert!(store.draft(&USERS, InterruptedList::Resumed).unwrap().before.is_none());
        assert!(
            SnapshotStore::open(folder.path(), "2@AdobeOrg", "host")
                .latest(&USERS)
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn kept_lists_have_their_dates_and_stay_when_a_later_one_comes() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let list = |query: &ListQuery| {
            let mut draft = store.draft(query, InterruptedList::Resumed).unwrap();
            draft.begin().unwrap();
            append(&mut draft, 0);
            draft.finish().unwrap()
        };
        let first = list(&USERS);
        let kept = store.retain(&first).unwrap();
        assert_eq!(store.retain(&first).unwrap(), kept);
        list(&USERS);
        store.retain(&list(&ListQuery::Groups)).unwrap();
        let all = store.retained().unwrap();
        assert_eq!(
            all.iter().map(|snapshot| &snapshot.query).collect::<Vec<_>>(),
            [&USERS, &ListQuery::Groups]
        );
        assert_eq!(all[0].at, first.at);
    }

    #[test]
    fn page_0_is_remembered_for_two_hours_for_each_kind_of_list() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        private_folder(&store.folder).unwrap();
        let hour = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        store.note_asked(&USERS, hour(10)).unwrap();
        let domain = ListQuery::Users { domain: Some("example.com".to_owned()), direct: false };
        assert_eq!(store.asked_lately(&domain, hour(11)), Some((hour(10), hour(12))));
        assert_eq!(store.asked_lately(&domain, hour(12)), None);
        assert_eq!(store.asked_lately(&domain, hour(9)), None);
        assert_eq!(store.asked(&ListQuery::Groups), None);
        let members =
            ListQuery::Members { group: "A".to_owned(), domain: None, direct: true, active: None };
        store.note_asked(&members, hour(10)).unwrap();
        assert_eq!(store.asked(&members), None);
        store.forget_asked(&USERS, Some(hour(1)));
        assert_eq!(store.asked(&USERS), Some(hour(1)));
        store.forget_asked(&USERS, None);
        assert_eq!(store.asked(&USERS), None);
    }

    #[test]
    fn list_of_another_computer_replaces_none_that_was_requested_later() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let mut draft = store.draft(&USERS, InterruptedList::Resumed).unwrap();
        draft.begin().unwrap();
        append(&mut draft, 0);
        let asked = store.asked(&USERS).unwrap();
        let minute = SignedDuration::from_mins(1);
        let take_in = |asked: Timestamp| {
            let list: &[u8] = b"no list";
            store.take_in(&USERS, asked, asked - minute, Some(list))
        };
        // It is being fetched here.
        take_in(asked + minute * 2).unwrap();
        assert_eq!(store.asked(&USERS), Some(asked));
        let own = draft.finish().unwrap();
        take_in(asked).unwrap();
        assert_eq!(store.latest(&USERS).unwrap().unwrap().at, own.at);
        assert!(take_in(asked + minute * 2).unwrap_err().to_string().contains("damaged"));
        assert_eq!(store.asked(&USERS), Some(asked + minute * 2));
    }
}
