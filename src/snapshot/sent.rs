//! What runs on this computer have sent to an organization: one file per run, beside the stored
//! lists, read by everything that relies on a list.
//!
//! Before a run sends anything, it records the users of its rows. From then on, earlier lists are
//! not relied upon for them. When the run ends, the file says what the server has confirmed, and
//! which users the other rows name. So after a run that was killed, all its users are uncertain
//! until the same command has reached its end. A file is always complete (`docs/lists.md` describes
//! it).

use super::confirmed::ConfirmedChanges;
use super::store::SnapshotStore;
use crate::change::Change;
use crate::fs::{private_folder, read_regular, write_atomic};
use crate::organization::{Coverage, HashedName, Organization, Revision, recently_changed};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// How long a file is kept. An older list is only compared with if the user insists twice
/// (`--max-age`, `--yes`).
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The file with the latest end of the runs whose files were removed.
const FORGOTTEN: &str = "forgotten";
const ENDING: &str = "sent";
const FORM: u32 = 1;
/// The longest line. A header is short, and a change is not longer than a row.
const LONGEST_LINE: u64 = 32 << 20;
/// A fast level, because the confirmed changes are compressed at the end of each run.
const LEVEL: i32 = 1;

/// The first line of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SentFileHeader {
    umbulk: String,
    form: u32,
    /// When the run began.
    began: Timestamp,
    /// When the run ended; `None` if it still runs, or was killed.
    ended: Option<Timestamp>,
    /// How long, in milliseconds, a request may still be carried out after the end of the run, or
    /// after its last sign of life.
    late: u64,
    /// The number of names that follow, eight bytes each, and the number of those whose state is
    /// unknown.
    names: u64,
    uncertain: u64,
}

/// The file of one run.
#[derive(Debug, Clone)]
pub(crate) struct SentFile {
    path: PathBuf,
}

impl SentFile {
    /// The file of a run, beside the lists of a store.
    pub(crate) fn of(store: &SnapshotStore, run: &str) -> Self {
        // The name of the run comes from a journal, which may be forged.
        Self { path: folder(store).join(format!("{:016x}.{ENDING}", xxh3_64(run.as_bytes()))) }
    }

    /// Whether the file exists and the run has not ended.
    pub(crate) fn is_open(&self) -> bool {
        Beginning::read(&self.path).is_ok_and(|run| run.head.ended.is_none())
    }

    /// Records the users of the run's rows, before anything is sent. A run that continues keeps its
    /// first start. A request may still be carried out until `late` after the last sign of life.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(
        &self,
        names: &[HashedName],
        late: Duration,
        at: Timestamp,
    ) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        private_folder(folder)?;
        forget_old(folder, at)?;
        let before = Beginning::read(&self.path).ok();
        let began = before.map_or(at, |run| run.head.began.min(at));
        self.write((began, None, late), (names, &[]), |_| Ok(()))
    }

    /// Records the result of the run: all its users, those of rows that are not confirmed
    /// completely, and the confirmed changes as lines of [`line()`]. What is not confirmed may
    /// still be carried out until `late` after the end.
    ///
    /// # Errors
    /// When it cannot be written. The run then counts as one that continues.
    pub(crate) fn end(
        &self,
        (names, uncertain): (&[HashedName], &[HashedName]),
        confirmed: &mut impl Read,
        late: Duration,
        at: Timestamp,
    ) -> io::Result<()> {
        let began = Beginning::read(&self.path)?.head.began;
        self.write((began, Some(at), late), (names, uncertain), |file| {
            let mut packer = zstd::stream::write::Encoder::new(file, LEVEL)?;
            packer.include_checksum(true)?;
            io::copy(confirmed, &mut packer)?;
            packer.finish().map(drop)
        })
    }

    /// Records a sign of life of the run.
    pub(crate) fn goes_on(&self) {
        if let Ok(file) = read_regular(&self.path) {
            let _ = file.set_modified(std::time::SystemTime::now());
        }
    }

    fn write(
        &self,
        (began, ended, late): (Timestamp, Option<Timestamp>, Duration),
        (names, uncertain): (&[HashedName], &[HashedName]),
        confirmed: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let head = SentFileHeader {
            umbulk: ENDING.to_owned(),
            form: FORM,
            began,
            ended,
            late: u64::try_from(late.as_millis()).unwrap_or(u64::MAX),
            names: names.len() as u64,
            uncertain: uncertain.len() as u64,
        };
        write_atomic(&self.path, |file| {
            serde_json::to_writer(&mut *file, &head)?;
            file.write_all(b"\n")?;
            for name in names.iter().chain(uncertain) {
                file.write_all(&name.to_le_bytes())?;
            }
            confirmed(file)
        })
    }
}

/// A confirmed change as a line of the file.
///
/// # Errors
/// Never, in practice.
pub(crate) fn line(confirmed: &ConfirmedChanges<'_>) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(confirmed)?;
    line.push(b'\n');
    Ok(line)
}

pub(super) fn folder(store: &SnapshotStore) -> PathBuf {
    store.folder().join(ENDING)
}

/// Removes old files and records when their runs ended: earlier lists are not relied upon any more.
fn forget_old(folder: &Path, now: Timestamp) -> io::Result<()> {
    let Ok(from) = now.checked_sub(KEPT) else { return Ok(()) };
    for path in files(folder)? {
        let Some(run) = Beginning::read(&path).ok().filter(|run| run.until < from) else {
            continue;
        };
        if forgotten(folder)?.is_none_or(|known| known < run.until) {
            write_atomic(&folder.join(FORGOTTEN), |file| writeln!(file, "{}", run.until))?;
        }
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The latest end of the runs whose files were removed; `None` if there is none.
fn forgotten(folder: &Path) -> io::Result<Option<Timestamp>> {
    let path = folder.join(FORGOTTEN);
    let mut text = String::new();
    match read_regular(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?.take(LONGEST_LINE).read_to_string(&mut text)?,
    };
    text.trim().parse().map(Some).map_err(|_| damaged(&path))
}

/// The files of a folder; none if it does not exist.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
        })?,
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
    paths.sort();
    Ok(paths)
}

/// The parsed beginning of a file.
struct Beginning {
    head: SentFileHeader,
    /// The time until which a request of the run may have been carried out.
    until: Timestamp,
    rest: BufReader<fs::File>,
}

impl Beginning {
    fn read(path: &Path) -> io::Result<Self> {
        let file = read_regular(path)?;
        let written =
            Timestamp::try_from(file.metadata()?.modified()?).map_err(io::Error::other)?;
        let size = file.metadata()?.len();
        let mut rest = BufReader::new(file);
        let mut line = Vec::new();
        rest.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        let head: SentFileHeader = serde_json::from_slice(&line).map_err(|_| damaged(path))?;
        let is_whole = head.names.saturating_add(head.uncertain).saturating_mul(8) <= size;
        if head.form != FORM || head.umbulk != ENDING || !is_whole {
            return Err(damaged(path));
        }
        let late = SignedDuration::from_millis(i64::try_from(head.late).unwrap_or(i64::MAX));
        let until = head.ended.unwrap_or(written).saturating_add(late).unwrap_or(Timestamp::MAX);
        Ok(Self { head, until, rest })
    }
}

fn damaged(path: &Path) -> io::Error {
    let path = path.display();
    let why = format!(
        "{path}: this file is damaged, or of another umbulk. Remove it, and then compare with a \
         list that is fetched after that"
    );
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// What one run has sent, as its file says.
#[derive(Debug)]
pub(super) struct SentRun {
    path: PathBuf,
    head: SentFileHeader,
    names: Vec<HashedName>,
    uncertain: Vec<HashedName>,
}

impl SentRun {
    /// Reads the file of a run up to the confirmed changes.
    pub(super) fn read(path: &Path) -> io::Result<(Self, BufReader<fs::File>)> {
        let Beginning { head, mut rest, .. } = Beginning::read(path)?;
        let mut subjects = |number: u64| -> io::Result<Vec<HashedName>> {
            let mut bytes = [0; 8];
            (0..number)
                .map(|_| {
                    rest.read_exact(&mut bytes)
                        .map(|()| u64::from_le_bytes(bytes))
                        .map_err(|_| damaged(path))
                })
                .collect()
        };
        let (names, uncertain) = (subjects(head.names)?, subjects(head.uncertain)?);
        Ok((Self { path: path.to_owned(), head, names, uncertain }, rest))
    }

    /// Passes the confirmed changes to `take`, in the order of the rows.
    pub(super) fn confirmed(&self, mut take: impl FnMut(&ConfirmedChanges<'_>)) -> io::Result<()> {
        let (_, rest) = Self::read(&self.path)?;
        let mut lines = BufReader::new(zstd::stream::read::Decoder::with_buffer(rest)?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if lines
                .by_ref()
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)
                .map_err(|_| damaged(&self.path))?
                == 0
            {
                return Ok(());
            }
            take(&serde_json::from_slice(&line).map_err(|_| damaged(&self.path))?);
        }
    }

    pub(super) fn began(&self) -> Timestamp {
        self.head.began
    }

    pub(super) fn has_ended_by(&self, at: Timestamp) -> bool {
        self.head.ended.is_some_and(|ended| ended <= at)
    }

    /// Whether everything of the run was confirmed before that time.
    fn was_over(&self, at: Timestamp) -> bool {
        self.head.ended.is_some_and(|ended| ended < at)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let ended = |run: &Self| run.head.ended.unwrap_or(Timestamp::MAX);
        self.head.began < ended(other) && other.head.began < ended(self)
    }
}

/// What runs on this computer have sent since a list was fetched.
#[derive(Debug, Default)]
pub(crate) struct SentSince {
    runs: Vec<SentRun>,
    from: Timestamp,
    until: Timestamp,
}

impl SentSince {
    /// Reads what was sent between these times, except by the run `but`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn read(
        store: &SnapshotStore,
        from: Timestamp,
        until: Timestamp,
        but: Option<&SentFile>,
    ) -> io::Result<Self> {
        if forgotten(&folder(store))?.is_some_and(|until| until >= from) {
            let why = format!(
                "imports from here since {from:.0} are more than 30 days old, so umbulk no longer \
                 knows whom they changed: fetch a newer list"
            );
            return Err(io::Error::other(why));
        }
        let mut runs = Vec::new();
        for path in files(&folder(store))?
            .into_iter()
            .filter(|path| but.is_none_or(|own| own.path != *path))
        {
            let Beginning { head, until: ended, .. } = Beginning::read(&path)?;
            if ended >= from && head.began < until {
                runs.push(SentRun::read(&path)?.0);
            }
        }
        runs.sort_by(|a, b| (a.head.began, &a.path).cmp(&(b.head.began, &b.path)));
        Ok(Self { runs, from, until })
    }

    /// All users and groups that the rows of these runs name.
    pub(crate) fn names(&self) -> Vec<HashedName> {
        let named = |run: &SentRun| {
            if run.was_over(self.from) { run.uncertain.clone() } else { run.names.clone() }
        };
        let mut names: Vec<HashedName> = self.runs.iter().flat_map(named).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Brings the confirmed changes into a list. Returns the names of the users for whom the list
    /// still cannot be relied upon.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn bring_into(
        &self,
        organization: &mut Organization,
        about: ListedFacts,
    ) -> io::Result<Vec<HashedName>> {
        // Such a list does not show which memberships come through a group, and so not what a
        // change leaves.
        let is_apt = organization.shows(Coverage::DIRECT | Coverage::EVERYBODY);
        let mut uncertain: HashSet<HashedName> = self.unknown_order();
        for run in &self.runs {
            let knows = is_apt && run.has_ended_by(self.until) || run.was_over(self.from);
            uncertain.extend(if knows { &run.uncertain } else { &run.names });
        }
        if is_apt {
            let mut revision = Revision::of(organization);
            for run in self
                .runs
                .iter()
                .filter(|run| run.has_ended_by(self.until) && !run.was_over(self.from))
            {
                run.confirmed(|confirmed| {
                    if confirmed.at.as_millisecond() < self.from.as_millisecond() {
                        return;
                    }
                    let names = recently_changed(&confirmed.change);
                    let explained = names.iter().all(|name| !uncertain.contains(name))
                        && match about {
                            ListedFacts::People => revision.bring_in(confirmed),
                            ListedFacts::Groups => revision.bring_in_groups(confirmed),
                        };
                    if !explained {
                        uncertain.extend(names);
                    }
                })?;
            }
            revision.finish();
        }
        let mut uncertain: Vec<HashedName> = uncertain.into_iter().collect();
        uncertain.sort_unstable();
        Ok(uncertain)
    }

    /// Counts the confirmed changes, of all kinds or of groups alone, that an earlier list does not
    /// show.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn count_changes(&self, about: ListedFacts) -> io::Result<u64> {
        let mut changes = 0;
        for run in
            self.runs.iter().filter(|run| run.has_ended_by(self.until) && !run.was_over(self.from))
        {
            run.confirmed(|ConfirmedChanges { at, change, .. }| {
                let is_later = at.as_millisecond() >= self.from.as_millisecond();
                let is_meant = about == ListedFacts::People || matches!(change, Change::Group(_));
                changes += u64::from(is_later && is_meant);
            })?;
        }
        Ok(changes)
    }

    /// The users of two runs that ran at the same time: their last change is unknown.
    fn unknown_order(&self) -> HashSet<HashedName> {
        let mut both = HashSet::new();
        for (place, one) in self.runs.iter().enumerate() {
            for other in self.runs[place + 1..].iter().filter(|other| one.overlaps(other)) {
                both.extend(
                    other.names.iter().filter(|name| one.names.binary_search(name).is_ok()),
                );
            }
        }
        both
    }
}

/// What a list contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListedFacts {
    /// People, and the groups that they are in.
    People,
    /// Groups alone.
    Groups,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::UserChange;
    use crate::umapi::ListedUser;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn add(user: &str, group: &str, second: i64) -> (Vec<HashedName>, Vec<u8>) {
        let change = Change::User(UserChange {
            user: user.into(),
            add: vec![group.into()],
            ..UserChange::default()
        });
        let mut names = recently_changed(&change);
        names.sort_unstable();
        (names, line(&ConfirmedChanges { at: at(second), existed: false, change }).unwrap())
    }

    fn list() -> Organization {
        let mut all = Organization::new("a list", at(100));
        for name in ["ann@x.com", "bob@x.com"] {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                email: name.into(),
                ..ListedUser::default()
            });
        }
        all
    }

    /// Whose membership a list shows after what was sent, and for whom it cannot be relied upon.
    fn shown(store: &SnapshotStore, from: i64, until: i64) -> (bool, Vec<HashedName>) {
        let mut all = list();
        let since = SentSince::read(store, at(from), at(until), None).unwrap();
        let uncertain = since.bring_into(&mut all, ListedFacts::People).unwrap();
        (all.user("ann@x.com", None, false).is_some_and(|ann| ann.is_in("A")), uncertain)
    }

    #[test]
    fn run_counts_once_it_has_ended_and_is_unknown_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let file = SentFile::of(&store, "../../run");
        assert!(!file.is_open());
        let (names, line) = add("ann@x.com", "A", 120);
        file.begin(&names, Duration::ZERO, at(110)).unwrap();
        assert!(file.is_open());
        assert_eq!(shown(&store, 100, 115), (false, names.clone()));
        assert!(shown(&store, 100, 105).1.is_empty(), "it had not begun");
        file.begin(&names, Duration::ZERO, at(116)).unwrap();
        file.end((&names, &[]), &mut line.as_slice(), Duration::from_secs(50), at(130)).unwrap();
        assert_eq!(shown(&store, 100, 140), (true, Vec::new()));
        assert_eq!(shown(&store, 100, 115), (false, names.clone()), "as of then it went on");
        assert!(
            !shown(&store, 125, 140).0,
            "a list that was fetched after that shows it by itself"
        );
        assert!(
            SentSince::read(&store, at(100), at(140), Some(&file)).unwrap().names().is_empty(),
            "the run that asks knows by itself"
        );
        // A change that is not confirmed may be carried out a while later.
        file.end((&names, &names), &mut &b""[..], Duration::from_secs(50), at(130)).unwrap();
        assert_eq!((shown(&store, 170, 200).1, shown(&store, 190, 200).1), (names, Vec::new()));
    }

    #[test]
    fn names_of_two_runs_at_once_are_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let (names, line) = add("ann@x.com", "A", 120);
        for (run, began, ended) in [("one", 110, 130), ("two", 125, 140)] {
            let file = SentFile::of(&store, run);
            file.begin(&names, Duration::ZERO, at(began)).unwrap();
            assert!(!shown(&store, 100, 124).0);
            file.end((&names, &[]), &mut line.as_slice(), Duration::ZERO, at(ended)).unwrap();
        }
        assert_eq!(shown(&store, 100, 150), (false, names));
    }

    #[test]
    fn uncertain_name_is_not_confirmed_by_another_row() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let ((ann, first), (bob, second)) =
            (add("ann@x.com", "A", 120), add("bob@x.com", "A", 120));
        let mut names = [ann.clone(), bob].concat();
        names.sort_unstable();
        let file = SentFile::of(&store, "run");
        file.begin(&names, Duration::ZERO, at(110)).unwrap();
        file.end((&names, &ann), &mut [first, second].concat().as_slice(), Duration::ZERO, at(130))
            .unwrap();
        assert_eq!(shown(&store, 100, 150), (false, ann));
    }

    #[test]
    fn files_are_removed_after_a_month_and_older_lists_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let file = SentFile::of(&store, "old");
        file.begin(&[7], Duration::ZERO, at(0)).unwrap();
        file.end((&[7], &[]), &mut &b""[..], Duration::ZERO, at(9)).unwrap();
        SentFile::of(&store, "new").begin(&[8], Duration::ZERO, at(31 * 24 * 3600)).unwrap();
        assert_eq!(SentSince::read(&store, at(10), at(40 * 24 * 3600), None).unwrap().names(), [8]);
        let error = SentSince::read(&store, at(5), at(40 * 24 * 3600), None).unwrap_err();
        assert!(
            error.to_string().contains("fetch a newer list"),
            "what is forgotten is not nothing: {error}"
        );
    }
}
