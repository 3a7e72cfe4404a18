//! The last sends, remembered between runs and shared by the processes of one machine.
//!
//! A small JSON file for each client and host, locked while it is read and written: `{"action": [{"by": …, "ticket": …, "at": ms}], …}`, `at` in
//! milliseconds since 1970, the time at which the server has seen the request at the latest.

use super::rate::Class;
use crate::disk::{lock_within, private_folder, state_file};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use xxhash_rust::xxh3::xxh3_64;

/// The file of one client at one host.
#[derive(Debug)]
pub(super) struct Sends {
    path: PathBuf,
    /// Tells this process's entries from those of others.
    by: u64,
    /// Since when the lock could not be had.
    stuck: Mutex<Option<Instant>>,
}

/// The file is locked for microseconds: who holds it longer is not at work.
const PATIENCE: Duration = Duration::from_millis(200);
/// After that time the lock is waited for again.
const STUCK: Duration = Duration::from_secs(10);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Entries(BTreeMap<String, Vec<Entry>>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    by: u64,
    ticket: u64,
    at: u64,
}

/// A request of somebody else: when it was seen, at the latest.
pub(super) type Foreign = SystemTime;

impl Sends {
    /// The file for a client at a host.
    pub(super) fn new(folder: &Path, client_id: &str, host: &str) -> Self {
        let name = format!("sends-{:016x}.json", xxh3_64(format!("{client_id}\n{host}").as_bytes()));
        Self { path: folder.join(name), by: fastrand::u64(..), stuck: Mutex::new(None) }
    }

    /// Waits a moment for the lock. A process that was stopped while it held it sends nothing either: for a while nobody waits for it again.
    fn wait_for(&self, file: &File) -> io::Result<()> {
        let mut stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = if stuck.is_some_and(|since| since.elapsed() < STUCK) { Duration::ZERO } else { PATIENCE };
        let locked = lock_within(file, patience);
        *stuck = match &locked {
            Err(_) if patience.is_zero() => *stuck,
            Err(_) => Some(Instant::now()),
            Ok(()) => None,
        };
        locked
    }

    /// Opens the file under a lock; it is unlocked when the guard is dropped. It never waits longer than a moment.
    pub(super) fn lock(&self) -> io::Result<Locked<'_>> {
        if let Some(folder) = self.path.parent() {
            private_folder(folder)?;
        }
        let mut file = state_file(&self.path)?;
        self.wait_for(&file)?;
        let mut text = String::new();
        // A file that cannot be understood is as good as none: it only holds the last minutes.
        let entries = file.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Locked { sends: self, file, entries })
    }
}

/// The file, locked.
pub(super) struct Locked<'s> {
    sends: &'s Sends,
    file: File,
    entries: Entries,
}

impl Locked<'_> {
    /// What others have sent within the last `window`.
    pub(super) fn foreign(&mut self, class: Class, window: Duration) -> Vec<Foreign> {
        let now = millis(SystemTime::now());
        let oldest = now.saturating_sub(as_millis(window) + 1000);
        let entries = self.entries.0.entry(class.name().to_owned()).or_default();
        // From the future: the clock was set back, or the file was not ours.
        entries.retain(|entry| entry.at >= oldest && entry.at <= now + 60_000);
        entries.iter().filter(|entry| entry.by != self.sends.by).map(|entry| UNIX_EPOCH + Duration::from_millis(entry.at)).collect()
    }

    /// Writes down that this process's request is seen at that time at the latest; `None`: it never left.
    pub(super) fn note(&mut self, class: Class, ticket: u64, at: Option<SystemTime>) -> io::Result<()> {
        let by = self.sends.by;
        let entries = self.entries.0.entry(class.name().to_owned()).or_default();
        entries.retain(|entry| entry.by != by || entry.ticket != ticket);
        if let Some(at) = at {
            entries.push(Entry { by, ticket, at: millis(at) });
        }
        let text = serde_json::to_vec(&self.entries)?;
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(&text)
    }
}

fn millis(at: SystemTime) -> u64 {
    as_millis(at.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn as_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    #[test]
    fn another_process_sees_what_was_sent_and_not_what_never_left() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (Sends::new(folder.path(), "id", "host"), Sends::new(folder.path(), "id", "host"));
        let mut locked = mine.lock().unwrap();
        locked.note(Class::Action, 1, Some(SystemTime::now())).unwrap();
        locked.note(Class::Action, 2, Some(SystemTime::now())).unwrap();
        locked.note(Class::Action, 2, None).unwrap();
        assert!(locked.foreign(Class::Action, WINDOW).is_empty());
        drop(locked);
        assert_eq!(other.lock().unwrap().foreign(Class::Action, WINDOW).len(), 1);
        assert!(other.lock().unwrap().foreign(Class::Users, WINDOW).is_empty());
        let elsewhere = Sends::new(folder.path(), "id", "another host");
        assert!(elsewhere.lock().unwrap().foreign(Class::Action, WINDOW).is_empty());
    }

    #[test]
    fn sends_held_by_a_stopped_process_are_waited_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let (stopped, sends) = (Sends::new(folder.path(), "id", "host"), Sends::new(folder.path(), "id", "host"));
        let held = stopped.lock().unwrap();
        let began = Instant::now();
        (0..20).for_each(|_| assert!(sends.lock().is_err()));
        assert!(began.elapsed() < 2 * PATIENCE, "{:?}", began.elapsed());
        drop(held);
        assert!(sends.lock().is_ok());
    }

    #[test]
    fn a_file_that_cannot_be_understood_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let sends = Sends::new(folder.path(), "id", "host");
        std::fs::write(&sends.path, "{\"action\": [nonsense").unwrap();
        assert!(sends.lock().unwrap().foreign(Class::Action, WINDOW).is_empty());
        let future = millis(SystemTime::now()) + 100_000_000;
        std::fs::write(&sends.path, format!("{{\"action\":[{{\"by\":1,\"ticket\":1,\"at\":{future}}}]}}")).unwrap();
        assert!(sends.lock().unwrap().foreign(Class::Action, WINDOW).is_empty());
    }
}
