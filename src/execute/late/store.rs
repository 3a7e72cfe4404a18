//! The file by which the processes of one user tell each other what the service may still carry out
//! in an organization.
//!
//! The file has one JSON object per line, appended in one write: a request is sent, is given up, or
//! is over. A later line about the same command replaces an earlier one. Names are hashes. A torn
//! or invalid line is ignored. The file is opened without following links, and is readable only by
//! its owner.

use super::footprint::Footprint;
use super::sent_effect::SentEffect;
use crate::fs::{
    append_file, is_at, lock_within, private_folder, read_regular, sync_folder, write_atomic,
};
use crate::journal::{Moment, Running};
use crate::plan::Key;
use crate::umapi::millis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::xxh3_64;

/// An event of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EffectLine {
    /// The process that wrote the line. It is the first field, so that a process recognizes its own
    /// lines without parsing them.
    #[serde(default)]
    process: u64,
    pub(super) run: u64,
    pub(super) request: u32,
    /// The number of the command in the request; `None`: the whole request is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<u32>,
    /// When its process stops waiting for the response at the latest, in milliseconds since 1970.
    given_up: i64,
    /// The same time since the computer was started, and which start that was: nobody can set that
    /// clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    /// For this number of milliseconds after that time, its process finds out the result, however
    /// long the service may work on it. A living process repeats this.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) held: i64,
    /// Users and groups that it changes. If there are none, it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<Key>,
    /// Groups and usernames that it relies on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) relies: Vec<Key>,
    /// Groups that it creates, renames or deletes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) uncertain_groups: Vec<Key>,
    /// Names that it gives to a user or a group that had another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gives: Vec<Key>,
}

impl EffectLine {
    /// Returns the line of a request that may have an effect.
    pub(super) fn new(
        sending: SentEffect,
        given_up: Moment,
        held: i64,
        footprint: &Footprint,
    ) -> Self {
        let changes = footprint.changes.iter().chain(&footprint.statement).copied().collect();
        let line = Self {
            held,
            changes,
            relies: footprint.relies.clone(),
            uncertain_groups: footprint.uncertain_groups.clone(),
            gives: footprint.gives.clone(),
            ..Self::over(sending)
        };
        line.given_up_at(given_up)
    }

    fn given_up_at(self, given_up: Moment) -> Self {
        let (boot, since) = given_up.running.map(|Running { boot, since }| (boot, since)).unzip();
        Self { given_up: given_up.wall, boot, since, ..self }
    }

    /// Returns when its process stops waiting for the response at the latest.
    pub(super) fn given_up(&self) -> Moment {
        let running = self.boot.zip(self.since).map(|(boot, since)| Running { boot, since });
        Moment { wall: self.given_up, running }
    }

    /// Returns the line of a request that has no effect any more.
    pub(super) fn over(SentEffect { run, request, place }: SentEffect) -> Self {
        Self {
            process: 0,
            run,
            request,
            place: Some(place),
            given_up: 0,
            boot: None,
            since: None,
            held: 0,
            changes: Vec::new(),
            relies: Vec::new(),
            uncertain_groups: Vec::new(),
            gives: Vec::new(),
        }
    }

    /// Returns the line of a request of which nothing has an effect any more.
    pub(super) fn request_over(run: u64, request: u32) -> Self {
        Self { place: None, ..Self::over(SentEffect { run, request, place: 0 }) }
    }

    /// Whether the line ends a request.
    pub(super) fn is_over(&self) -> bool {
        self.changes.is_empty()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What was written since the file was last read.
#[derive(Debug)]
pub(super) struct News {
    pub(super) lines: Vec<EffectLine>,
    /// Whether the file was replaced, and `lines` is all of it.
    pub(super) anew: bool,
}

/// The file of one organization at one host.
#[derive(Debug)]
pub(super) struct EffectStore {
    path: PathBuf,
    /// A random number for this process: it skips its own lines, but reads those of an earlier
    /// process of the same run.
    process: u64,
    reader: Mutex<EffectReader>,
    writer: Mutex<EffectWriter>,
    failure: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct EffectReader {
    file: Option<File>,
    read: u64,
}

#[derive(Debug, Default)]
struct EffectWriter {
    file: Option<File>,
    /// The length at which the file is rewritten.
    most: u64,
    /// The time since which the lock could not be taken.
    stuck: Option<Instant>,
    /// Whether something was appended that may not be on disk.
    is_dirty: bool,
    /// What is appended with the next sync.
    gathered: Vec<u8>,
}

/// Where a text was appended: its begin and its end.
type Appended = std::ops::Range<u64>;

/// The file is rewritten when it is longer than this, and than twice its length after the last
/// rewrite.
const MOST_BYTES: u64 = 1 << 20;
/// The most bytes that are read from the end of the file.
const MOST_READ: u64 = 16 << 20;
/// The longest wait for a late effect after its process stopped waiting, whatever window another
/// process uses.
const KEPT: Duration = Duration::from_secs(86_400);
/// The longest wait for the lock. It is held for microseconds: a process that holds it longer is
/// not working.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long no process waits for the lock after that.
const STUCK: Duration = Duration::from_secs(10);

impl EffectStore {
    /// Returns the store of an organization at a server.
    pub(super) fn new(state: &Path, organization: &str, host: &str) -> Self {
        let path = state.join(format!(
            "late-{:016x}.jsonl",
            xxh3_64(format!("{organization}\n{host}").as_bytes())
        ));
        Self {
            path,
            process: fastrand::u64(1..),
            reader: Mutex::default(),
            writer: Mutex::default(),
            failure: Mutex::default(),
        }
    }

    /// Returns why the file could not be written, if that has happened.
    pub(super) fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }

    fn note(&self, error: &io::Error) {
        lock(&self.failure).get_or_insert_with(|| error.to_string());
    }

    /// Returns what other processes have written since; `None` if nothing was written.
    pub(super) fn news(&self) -> Option<News> {
        lock(&self.reader).news(&self.path, self.process).unwrap_or_else(|error| {
            self.note(&error);
            None
        })
    }

    /// Appends what was gathered, and syncs: after a power failure it must be known what the
    /// service may still carry out.
    pub(super) fn sync(&self) {
        let gathered = std::mem::take(&mut lock(&self.writer).gathered);
        if !gathered.is_empty() {
            self.append_text(&gathered);
        }
        if let Err(error) = lock(&self.writer).sync() {
            self.note(&error);
        }
    }

    /// Appends lines in one write, and rewrites the file if it has grown too long.
    #[cfg(test)]
    pub(super) fn append(&self, lines: Vec<EffectLine>) {
        self.gather(lines);
        let gathered = std::mem::take(&mut lock(&self.writer).gathered);
        self.append_text(&gathered);
    }

    /// Keeps lines until the next [sync](Self::sync), which appends all of them in one write.
    pub(super) fn gather(&self, mut lines: Vec<EffectLine>) {
        let mut writer = lock(&self.writer);
        // Lines about what is over may be lost: then others only wait longer.
        writer.is_dirty |= lines.iter().any(|line| !line.is_over());
        for line in &mut lines {
            line.process = self.process;
            if serde_json::to_writer(&mut writer.gathered, line).is_ok() {
                writer.gathered.push(b'\n');
            }
        }
    }

    /// Appends a text, and rewrites the file if it has grown too long.
    fn append_text(&self, text: &[u8]) {
        let appended = lock(&self.writer).append(&self.path, text);
        match appended {
            Ok(Some(place)) => lock(&self.reader).skip(&place),
            Ok(None) => {}
            Err(error) => self.note(&error),
        }
    }
}

impl EffectReader {
    /// Does not read what this process has appended, if everything before it was read.
    fn skip(&mut self, appended: &Appended) {
        if self.file.is_some() && self.read == appended.start {
            self.read = appended.end;
        }
    }

    fn news(&mut self, path: &Path, own: u64) -> io::Result<Option<News>> {
        let mut anew = false;
        if self.file.as_ref().is_none_or(|file| !is_at(file, path)) {
            self.file = None;
            self.file = match read_regular(path) {
                Err(_) if !path.try_exists().unwrap_or(true) && !path.is_symlink() => {
                    return Ok(None);
                }
                opened => Some(opened?),
            };
            (self.read, anew) = (0, true);
        }
        let Some(file) = &mut self.file else { return Ok(None) };
        let length = file.metadata()?.len();
        if length < self.read {
            (self.read, anew) = (0, true);
        }
        if length == self.read && !anew {
            return Ok(None);
        }
        let from = self.read.max(length.saturating_sub(MOST_READ));
        // With enough memory it is read in one call.
        let mut bytes = Vec::with_capacity(usize::try_from(length - from).unwrap_or_default());
        file.seek(SeekFrom::Start(from))?;
        file.take(length - from).read_to_end(&mut bytes)?;
        // The rest of the last line may come later.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.read = if bytes.len() as u64 >= MOST_READ { length } else { from + whole as u64 };
        // A process mostly reads its own lines.
        let own = format!("{{\"process\":{own},");
        Ok(Some(News {
            lines: lines(&bytes[..whole], |line| !line.starts_with(own.as_bytes())),
            anew,
        }))
    }
}

impl EffectWriter {
    /// Appends a text. Returns its place, if that is certain and the file was not rewritten.
    fn append(&mut self, path: &Path, text: &[u8]) -> io::Result<Option<Appended>> {
        loop {
            let mut file = match self.file.take() {
                Some(file) => file,
                None => open(path)?,
            };
            let is_locked = self.lock(&file);
            if !is_at(&file, path) {
                // It was rewritten meanwhile.
                continue;
            }
            file.write_all(text)?;
            let length = file.metadata()?.len();
            if is_locked && length > self.most.max(MOST_BYTES) {
                rewrite(path, &mut file, Moment::now())?;
                self.most = 2 * std::fs::metadata(path)?.len();
                self.is_dirty = false;
                return Ok(None);
            }
            if is_locked {
                file.unlock()?;
            }
            self.file = Some(file);
            let begin = length.checked_sub(text.len() as u64).filter(|_| is_locked);
            return Ok(begin.map(|begin| begin..length));
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.is_dirty
            && let Some(file) = &self.file
        {
            file.sync_data()?;
            self.is_dirty = false;
        }
        Ok(())
    }

    /// Waits a moment for the lock, so that nothing is appended to a file that is being replaced.
    /// If a process was suspended while it holds the lock, it replaces nothing, so for a while
    /// nobody waits for the lock again.
    fn lock(&mut self, file: &File) -> bool {
        let patience = if self.stuck.is_some_and(|since| since.elapsed() < STUCK) {
            Duration::ZERO
        } else {
            PATIENCE
        };
        let is_locked = lock_within(file, patience).is_ok();
        if is_locked {
            self.stuck = None;
        } else if !patience.is_zero() {
            self.stuck = Some(Instant::now());
        }
        is_locked
    }
}

fn open(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), private_folder)?;
    let mut file = append_file(path)?;
    if file.metadata()?.len() == 0 {
        sync_folder(path);
    }
    // A torn line must not spoil the next one.
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Rewrites the file with the lines that still count.
fn rewrite(path: &Path, file: &mut File, now: Moment) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST_READ)))?;
    file.take(MOST_READ).read_to_end(&mut bytes)?;
    write_atomic(path, |out| {
        for line in left(lines_after_ends(&bytes), now) {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    sync_folder(path);
    Ok(())
}

/// Returns the lines that still count. A line from the future counts from now on, because the clock
/// was set back.
fn left(lines: Vec<EffectLine>, now: Moment) -> Vec<EffectLine> {
    let kept = millis(KEPT);
    let mut left: BTreeMap<(u64, u32, u32), EffectLine> = BTreeMap::new();
    for line in lines {
        match line.place {
            None => drop(
                left.extract_if(
                    (line.run, line.request, 0)..=(line.run, line.request, u32::MAX),
                    |_, _| true,
                )
                .count(),
            ),
            Some(place) if line.is_over() => drop(left.remove(&(line.run, line.request, place))),
            Some(place) => drop(left.insert((line.run, line.request, place), line)),
        }
    }
    let counts = |line: &EffectLine| now.since(line.given_up()) < kept;
    let dated = |line: EffectLine| {
        let is_ahead = line.given_up().since(now) > kept;
        if is_ahead { line.given_up_at(now) } else { line }
    };
    left.into_values().filter(counts).map(dated).collect()
}

/// Returns the lines that can be parsed, without those of requests that end in a later line of the
/// same process: they are most lines, and need not be parsed.
fn lines_after_ends(bytes: &[u8]) -> Vec<EffectLine> {
    let (mut ended, mut left) = (HashSet::new(), Vec::new());
    for line in bytes.split(|byte| *byte == b'\n').rev() {
        let mut commas = line.iter().enumerate().filter(|(_, byte)| **byte == b',');
        // The process, the run and the request come first.
        let (request, rest) = line.split_at(commas.nth(2).map_or(line.len(), |(at, _)| at));
        if ended.contains(request) {
            continue;
        }
        if rest.starts_with(b",\"given_up\"") {
            ended.insert(request);
        }
        left.extend(serde_json::from_slice(line).ok());
    }
    left.reverse();
    left
}

/// Returns the lines that can be parsed.
fn lines(bytes: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Vec<EffectLine> {
    let wanted = bytes.split(|byte| *byte == b'\n').filter(|line| is_wanted(line));
    wanted.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(request: u32, name: &str) -> EffectLine {
        let footprint = Footprint { changes: vec![Key::user(name, None)], ..Footprint::default() };
        EffectLine::new(SentEffect { run: 1, request, place: 0 }, Moment::now(), 0, &footprint)
    }

    fn store(folder: &Path) -> EffectStore {
        EffectStore::new(folder, "1@AdobeOrg", "host")
    }

    #[test]
    fn garbage_and_torn_lines_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let mine = store(folder.path());
        std::fs::write(&mine.path, b"\xff\xfe\0garbage\n{}\n[1,2]\n{\"run\":1,\"request\":2,\"pla")
            .unwrap();
        mine.append(vec![line(1, "ann@x.com")]);
        let News { lines, .. } = store(folder.path()).news().unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(mine.failure(), None);
    }

    #[test]
    fn only_what_is_new_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (store(folder.path()), store(folder.path()));
        assert!(other.news().is_none());
        mine.append(vec![line(1, "ann@x.com")]);
        assert_eq!(other.news().map(|news| (news.lines.len(), news.anew)), Some((1, true)));
        assert!(other.news().is_none());
        mine.append(vec![line(2, "bob@x.com"), line(3, "cy@x.com")]);
        assert_eq!(other.news().map(|news| (news.lines.len(), news.anew)), Some((2, false)));
    }

    #[test]
    fn only_what_may_come_late_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mine = store(folder.path());
        let waits = || lock(&mine.writer).is_dirty;
        mine.append(vec![EffectLine {
            place: None,
            ..EffectLine::over(SentEffect { run: 1, request: 1, place: 0 })
        }]);
        assert!(!waits());
        mine.append(vec![line(2, "ann@x.com")]);
        assert!(waits());
        mine.sync();
        assert!(!waits());
        assert_eq!(mine.failure(), None);
    }

    #[test]
    fn file_stays_short_and_keeps_what_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (store(folder.path()), store(folder.path()));
        mine.append(vec![line(1, "ann@x.com")]);
        other.append(vec![line(2, "bob@x.com")]);
        for request in 3..20_000 {
            mine.append(vec![line(request, "cy@x.com")]);
            mine.append(vec![EffectLine {
                place: None,
                ..EffectLine::over(SentEffect { run: 1, request, place: 0 })
            }]);
        }
        // The file has been replaced, and a process that had it open writes to the new one.
        other.append(vec![line(30_000, "dee@x.com")]);
        assert!(std::fs::metadata(&mine.path).unwrap().len() < 2 * MOST_BYTES);
        let left = left(store(folder.path()).news().unwrap().lines, Moment::now());
        assert_eq!(left.iter().map(|line| line.request).collect::<Vec<_>>(), [1, 2, 30_000]);
    }

    #[test]
    fn lines_of_yesterday_and_of_the_future_do_not_stay() {
        let now = Moment::now();
        let at = |hours: i64| {
            line(u32::try_from(hours + 100).unwrap(), "a").given_up_at(now.plus(hours * 3_600_000))
        };
        let left = left(vec![at(-25), at(-1), at(48)], now);
        assert_eq!(
            left.iter().map(|line| line.given_up().since(now)).collect::<Vec<_>>(),
            [-3_600_000, 0]
        );
    }

    #[cfg(unix)]
    #[test]
    fn file_is_its_owners_alone_and_no_link_is_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let mine = store(folder.path());
        mine.append(vec![line(1, "ann@x.com")]);
        assert_eq!(std::fs::metadata(&mine.path).unwrap().permissions().mode() & 0o777, 0o600);
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "untouched\n").unwrap();
        std::fs::remove_file(&mine.path).unwrap();
        symlink(&victim, &mine.path).unwrap();
        let linked = store(folder.path());
        linked.append(vec![line(2, "ann@x.com")]);
        assert!(linked.news().is_none() && linked.failure().unwrap().contains("a link"));
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched\n");
    }

    #[test]
    fn lock_of_a_stopped_process_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let mine = store(folder.path());
        let held = open(&mine.path).unwrap();
        held.lock().unwrap();
        let began = Instant::now();
        (0..20).for_each(|request| mine.append(vec![line(request, "ann@x.com")]));
        assert!(began.elapsed() < 3 * PATIENCE, "{:?}", began.elapsed());
        assert_eq!(store(folder.path()).news().unwrap().lines.len(), 20);
    }
}
