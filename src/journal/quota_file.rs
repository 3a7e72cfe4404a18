//! The last requests of a client, kept between runs and shared by the processes of one computer.
//!
//! A small JSON file for each client and host, locked while it is read and written: `{"action":
//! [{"by": …, "ticket": …, "at": ms, "boot": …, "since": ms}], …}`. `at` is the latest time at
//! which the server has seen the request, in milliseconds since 1970; `since` is the same since the
//! computer was started, and `boot` identifies that start. So the limit holds even if the clock is
//! set.

use super::moment::{Moment, Running};
use crate::fs::{lock_within, private_folder, state_file};
use crate::umapi::{
    Age, CallClass, Endpoints, PendingReservation, Reservation, Reserved, SharedQuota, millis,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::xxh3_64;

/// The file of one client at one host.
#[derive(Debug)]
pub(crate) struct QuotaFile {
    path: PathBuf,
    /// Identifies the entries of this process.
    by: u64,
    /// The time since which the lock could not be taken.
    stuck: Mutex<Option<Instant>>,
}

/// The longest wait for the lock. It is held for microseconds: a process that holds it longer is
/// not working.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long no process waits for the lock after that.
const STUCK: Duration = Duration::from_secs(10);

#[derive(Debug, Default, Serialize, Deserialize)]
struct QuotaEntries(BTreeMap<String, Vec<QuotaEntry>>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct QuotaEntry {
    by: u64,
    ticket: u64,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
}

impl QuotaEntry {
    fn new(by: u64, ticket: u64, seen: Moment) -> Self {
        let (boot, since) = seen.running.map(|Running { boot, since }| (boot, since)).unzip();
        Self { by, ticket, at: seen.wall, boot, since }
    }

    fn seen(&self) -> Moment {
        Moment {
            wall: self.at,
            running: self.boot.zip(self.since).map(|(boot, since)| Running { boot, since }),
        }
    }
}

/// A request in flight is recorded as seen at most this many milliseconds in the future.
const AHEAD: i64 = 1_000;

impl QuotaFile {
    /// Creates the file in the state folder for a client at the API's host.
    pub(crate) fn new(state: &Path, client_id: &str, endpoints: &Endpoints) -> Self {
        Self::of_host(state, client_id, &endpoints.api_authority())
    }

    fn of_host(folder: &Path, client_id: &str, host: &str) -> Self {
        let name =
            format!("sends-{:016x}.json", xxh3_64(format!("{client_id}\n{host}").as_bytes()));
        Self { path: folder.join(name), by: fastrand::u64(..), stuck: Mutex::new(None) }
    }

    /// Waits a moment for the lock. A process that was suspended while it holds the lock sends
    /// nothing, so for a while nobody waits for it again.
    fn wait_for(&self, file: &File) -> io::Result<()> {
        let mut stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = if stuck.is_some_and(|since| since.elapsed() < STUCK) {
            Duration::ZERO
        } else {
            PATIENCE
        };
        let locked = lock_within(file, patience);
        *stuck = match &locked {
            Err(_) if patience.is_zero() => *stuck,
            Err(_) => Some(Instant::now()),
            Ok(()) => None,
        };
        locked
    }

    /// Opens and locks the file; dropping the guard unlocks it.
    fn lock_file(&self) -> io::Result<LockedFile<'_>> {
        if let Some(folder) = self.path.parent() {
            private_folder(folder)?;
        }
        let mut file = state_file(&self.path)?;
        self.wait_for(&file)?;
        let mut text = String::new();
        // A file that cannot be parsed counts as empty: it only has the last minutes.
        let entries = file
            .read_to_string(&mut text)
            .ok()
            .and_then(|_| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        Ok(LockedFile { quota: self, file, entries })
    }
}

/// The locked file.
struct LockedFile<'s> {
    quota: &'s QuotaFile,
    file: File,
    entries: QuotaEntries,
}

impl QuotaFile {
    fn reserve_now(&self, wanted: Reservation) -> io::Result<Reserved> {
        let Reservation { class, ticket, others: room, span } = wanted;
        let (mut locked, now) = (self.lock_file()?, Moment::now());
        let others = locked.of_other_processes_at(class, span, now);
        let counting = others.iter().filter(|age| **age < millis(span)).count();
        if counting > room {
            return Ok(Reserved::Full { others, wait: None });
        }
        // If the file cannot be written, the request is sent all the same.
        let _ = locked.note_at(class, ticket, Some(now.plus(AHEAD)));
        Ok(Reserved::Granted { others })
    }
}

impl SharedQuota for QuotaFile {
    /// Locks the file for a moment.
    fn reserve(&self, wanted: Reservation) -> PendingReservation<'_> {
        Box::pin(std::future::ready(self.reserve_now(wanted)))
    }

    fn seen(&self, class: CallClass, ticket: u64, age: Option<Age>) {
        let Ok(mut locked) = self.lock_file() else { return };
        let seen = age.map(|age| Moment::now().plus(age.saturating_neg()));
        let _ = locked.note_at(class, ticket, seen);
    }

    fn of_others(&self, class: CallClass, span: Duration) -> Vec<Age> {
        let Ok(mut locked) = self.lock_file() else { return Vec::new() };
        locked.of_other_processes_at(class, span, Moment::now())
    }
}

impl LockedFile<'_> {
    fn of_other_processes_at(
        &mut self,
        class: CallClass,
        window: Duration,
        now: Moment,
    ) -> Vec<Age> {
        let by = self.quota.by;
        let entries = self.entries.0.entry(class.name().to_owned()).or_default();
        entries.retain(|entry| now.since(entry.seen()) <= millis(window).saturating_add(AHEAD));
        // An entry from the future: the clock was set back, or the file is not umbulk's. Its time
        // is unknown, so it counts from now on. That costs at most one window, and the limit is
        // kept.
        let mut is_moved = false;
        for entry in entries.iter_mut().filter(|entry| now.since(entry.seen()) < -AHEAD) {
            *entry = QuotaEntry::new(entry.by, entry.ticket, now);
            is_moved = true;
        }
        let others = entries
            .iter()
            .filter(|entry| entry.by != by)
            .map(|entry| now.since(entry.seen()))
            .collect();
        if is_moved {
            // If the file cannot be written, the entries count all the same.
            let _ = self.write();
        }
        others
    }

    fn note_at(&mut self, class: CallClass, ticket: u64, seen: Option<Moment>) -> io::Result<()> {
        let by = self.quota.by;
        let entries = self.entries.0.entry(class.name().to_owned()).or_default();
        entries.retain(|entry| entry.by != by || entry.ticket != ticket);
        entries.extend(seen.map(|seen| QuotaEntry::new(by, ticket, seen)));
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let text = serde_json::to_vec(&self.entries)?;
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);
    const HOUR: i64 = 3_600_000;

    fn now(wall: i64, since: Option<i64>) -> Moment {
        Moment { wall, running: since.map(|since| Running { boot: 1, since }) }
    }

    /// Returns the file of one client, as two processes have it.
    fn two_processes(folder: &Path) -> [QuotaFile; 2] {
        [(); 2].map(|()| QuotaFile::of_host(folder, "id", "host"))
    }

    #[test]
    fn another_process_sees_what_was_sent_and_not_what_never_left() {
        let folder = tempfile::tempdir().unwrap();
        let [mine, other] = two_processes(folder.path());
        let of = |quota: &QuotaFile, class| quota.of_others(class, WINDOW).len();
        mine.seen(CallClass::Action, 1, Some(0));
        mine.seen(CallClass::Action, 2, Some(0));
        mine.seen(CallClass::Action, 2, None);
        assert_eq!(of(&mine, CallClass::Action), 0);
        assert_eq!(of(&other, CallClass::Action), 1);
        assert_eq!(of(&other, CallClass::Users), 0);
        let elsewhere = QuotaFile::of_host(folder.path(), "id", "another host");
        assert_eq!(of(&elsewhere, CallClass::Action), 0);
    }

    #[test]
    fn request_is_reserved_while_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let [mine, other] = two_processes(folder.path());
        let reserve = |quota: &QuotaFile, ticket, others| {
            let class = CallClass::Action;
            quota.reserve_now(Reservation { class, ticket, others, span: WINDOW }).unwrap()
        };
        for ticket in [1, 2] {
            assert!(matches!(reserve(&mine, ticket, 0), Reserved::Granted { .. }));
        }
        // It counts until a second later than it is reserved.
        let full = reserve(&other, 1, 1);
        assert!(
            matches!(&full, Reserved::Full { others, wait: None }
                if others.len() == 2 && others.iter().all(|age| (-1000..0).contains(age))),
            "{full:?}"
        );
        assert!(matches!(reserve(&other, 1, 2), Reserved::Granted { .. }));
    }

    #[test]
    fn sends_held_by_a_stopped_process_are_waited_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let [stopped, quota] = two_processes(folder.path());
        let held = stopped.lock_file().unwrap();
        let began = Instant::now();
        (0..20).for_each(|_| assert!(quota.lock_file().is_err()));
        assert!(began.elapsed() < 2 * PATIENCE, "{:?}", began.elapsed());
        drop(held);
        assert!(quota.lock_file().is_ok());
    }

    #[test]
    fn a_file_that_cannot_be_understood_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let quota = QuotaFile::of_host(folder.path(), "id", "host");
        std::fs::write(&quota.path, "{\"action\": [nonsense").unwrap();
        assert!(quota.lock_file().is_ok() && quota.of_others(CallClass::Action, WINDOW).is_empty());
    }

    #[test]
    fn a_clock_that_is_set_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let [mine, other] = two_processes(folder.path());
        mine.lock_file()
            .unwrap()
            .note_at(CallClass::Action, 1, Some(now(10 * HOUR, Some(50_000))))
            .unwrap();
        for shift in [0, 5 * HOUR, -5 * HOUR] {
            let ages = |later| {
                let now = now(10 * HOUR + shift + later, Some(50_000 + later));
                other.lock_file().unwrap().of_other_processes_at(CallClass::Action, WINDOW, now)
            };
            assert_eq!(ages(10_000), [10_000]);
            assert_eq!(ages(59_000), [59_000]);
        }
        assert!(
            other
                .lock_file()
                .unwrap()
                .of_other_processes_at(CallClass::Action, WINDOW, now(0, Some(50_000 + 62_000)))
                .is_empty()
        );
    }

    /// After another start of the computer, or without such a clock, only the wall clock is left,
    /// and it was set back.
    #[test]
    fn a_send_from_the_future_counts_for_one_window() {
        let folder = tempfile::tempdir().unwrap();
        let [mine, other] = two_processes(folder.path());
        mine.lock_file()
            .unwrap()
            .note_at(CallClass::Action, 1, Some(now(10 * HOUR, None)))
            .unwrap();
        let ages = |at| {
            other.lock_file().unwrap().of_other_processes_at(
                CallClass::Action,
                WINDOW,
                now(at, None),
            )
        };
        assert_eq!(ages(HOUR), [0]);
        assert_eq!(ages(HOUR + 40_000), [40_000]);
        assert!(ages(HOUR + 62_000).is_empty());
    }

    #[test]
    fn a_file_of_an_earlier_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let quota = QuotaFile::of_host(folder.path(), "id", "host");
        std::fs::write(&quota.path, format!(r#"{{"action":[{{"by":1,"ticket":1,"at":{HOUR}}}]}}"#))
            .unwrap();
        let ages = quota.lock_file().unwrap().of_other_processes_at(
            CallClass::Action,
            WINDOW,
            now(HOUR + 5_000, Some(7)),
        );
        assert_eq!(ages, [5_000]);
    }
}
