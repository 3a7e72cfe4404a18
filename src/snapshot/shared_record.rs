//! The record of a run in the form in which other computers take it in (`docs/store.md`).
//!
//! A file has a head in JSON, a line end, and the rows as [`RecordedRow::bytes`] has them. Clocks
//! differ. The store says how long ago the file was stored, and the head has the writer's time of
//! that moment. The difference is added to all times in the file. The head is written before the
//! upload, so times can only become later. A change that seems to be later than it was is at worst
//! applied to a list that shows it already.
//!
//! [`RecordedRow::bytes`]: super::recent_changes::RecordedRow::bytes

use super::changes_tables::{KEPT, forget, forgotten};
use super::confirmed::ConfirmedChanges;
use super::recent_changes::{PackedRow, RecentChanges, SentRecord, each_row};
use super::record_error::RecordError;
use super::store::SnapshotStore;
use crate::change::Change;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::time::Duration;

/// The version of the form.
const VERSION: u32 = 1;
/// The most bytes of a head.
const LONGEST_HEAD: u64 = 1024;

/// What is known of a run when its record is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordStage {
    /// Before it sends.
    Begun,
    /// After its end.
    Ended,
}

/// Why the record of another computer cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeInError {
    /// The file is damaged, or of another umbulk.
    #[error(transparent)]
    File(#[from] RecordError),
    /// The record here cannot be written.
    #[error(transparent)]
    Record(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct SharedRecordHead {
    version: u32,
    /// The time when the file was written.
    now: Timestamp,
    /// For how many milliseconds requests may still be carried out.
    late_ms: u64,
}

/// Writes the head of a file. The rows follow.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_head(to: &mut impl Write, late: Duration, now: Timestamp) -> io::Result<()> {
    let late_ms = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
    serde_json::to_writer(&mut *to, &SharedRecordHead { version: VERSION, now, late_ms })?;
    to.write_all(b"\n")
}

impl SentRecord {
    /// Adds a file to the record of its run, unless the record has it. It was stored at `at`.
    ///
    /// # Errors
    /// When it is not such a file, or the record cannot be written.
    pub(crate) fn take_in(
        &self,
        (file, stage): (&SharedFile<'_>, RecordStage),
        content: &mut impl Read,
        at: Timestamp,
    ) -> Result<(), TakeInError> {
        let (late, mut rows) = shifted(content, at)?;
        Ok(self.write_beginning(at, |record| {
            // Another process may have taken it in meanwhile, and the end of the run as well.
            if !note_taken_in(record, file)? {
                return Ok(());
            }
            // The store may not have taken the file of the beginning.
            self.begin_in(record, &mut rows, late, at)?;
            if stage == RecordStage::Ended {
                rows.rewind()?;
                self.end_in(record, &mut rows, late, at)?;
            }
            Ok(())
        })?)
    }

    /// Notes that the record has this file.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub(crate) fn note_taken_in(&self, file: &SharedFile<'_>) -> io::Result<()> {
        self.changes.write(|record| note_taken_in(record, file).map(drop))
    }
}

/// Notes that the record has this file. Returns whether that is new.
fn note_taken_in(record: &Transaction<'_>, file: &SharedFile<'_>) -> Result<bool, RecordError> {
    record.execute_batch(TAKEN_IN)?;
    let note = "INSERT INTO taken_in VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(record.execute(note, params![file.run, file.name])? > 0)
}

/// Whether the record no longer keeps the changes of a run that ended so long ago.
pub(crate) fn is_too_old(ended: Duration) -> bool {
    // A day is more than requests may be late.
    SignedDuration::try_from(ended).is_ok_and(|ended| ended > KEPT + SignedDuration::from_hours(24))
}

/// Notes that these files are not taken in, because their runs ended too long ago.
///
/// # Errors
/// When the record cannot be written.
pub(crate) fn leave_out(
    store: &SnapshotStore,
    files: &[SharedFile<'_>],
    now: Timestamp,
) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    RecentChanges::of(store).write(|record| {
        forget(record, now.saturating_sub(KEPT).unwrap_or(now))?;
        files.iter().try_for_each(|file| note_taken_in(record, file).map(drop))
    })
}

/// A file that computers share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedFile<'f> {
    /// The run in the store.
    pub(crate) run: &'f str,
    pub(crate) name: &'f str,
}

/// Returns the files that the record of an organization has: their runs and names.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn files_taken_in(store: &SnapshotStore) -> io::Result<HashSet<(String, String)>> {
    let changes = RecentChanges::of(store);
    let Some(database) = changes.open()? else { return Ok(HashSet::new()) };
    let read = || -> Result<HashSet<(String, String)>, RecordError> {
        if !database.table_exists(None, "taken_in")? {
            return Ok(HashSet::new());
        }
        let mut query = database.prepare("SELECT run, file FROM taken_in")?;
        let files = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(files.collect::<rusqlite::Result<_>>()?)
    };
    changes.in_words(read())
}

/// The files that are in the record. Programs that do not know this table do not need it.
const TAKEN_IN: &str = "CREATE TABLE IF NOT EXISTS taken_in
    (run TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (run, file)) STRICT, WITHOUT ROWID";

/// Records that nobody knows what the runs of other computers until then have changed.
///
/// # Errors
/// When the record cannot be written.
pub(crate) fn forget_until(store: &SnapshotStore, until: Timestamp) -> io::Result<()> {
    let changes = RecentChanges::of(store);
    let known = match changes.open()? {
        Some(database) => changes.in_words(forgotten(&database))?,
        None => None,
    };
    match known {
        // The same time, by a clock that has been set a little since.
        Some(known) if known >= until.saturating_sub(ALIKE).unwrap_or(until) => Ok(()),
        _ => changes.write(|record| forget(record, until)),
    }
}

/// Two times that differ by less are the same.
const ALIKE: SignedDuration = SignedDuration::from_mins(1);

/// Returns for how long requests may still be carried out, and the rows with times of the own
/// clock, in a file without a name.
fn shifted(file: &mut impl Read, at: Timestamp) -> Result<(Duration, std::fs::File), RecordError> {
    let mut file = BufReader::new(file);
    let mut head = Vec::new();
    (&mut file).take(LONGEST_HEAD).read_until(b'\n', &mut head)?;
    let head: SharedRecordHead = serde_json::from_slice(&head)?;
    if head.version != VERSION {
        return Err(RecordError::Version(head.version.into()));
    }
    let shift = at.duration_since(head.now);
    let mut rows = tempfile::tempfile()?;
    let mut to = BufWriter::new(&rows);
    each_row(&mut file, |row| {
        let confirmed = row.confirmed.map(|text| moved(text, shift)).transpose()?;
        if let Some(rename) = row.rename {
            serde_json::from_str::<Change<'_>>(rename)?;
        }
        let row = PackedRow { confirmed: confirmed.as_deref(), ..row };
        Ok(to.write_all(&row.bytes()?)?)
    })?;
    to.flush()?;
    drop(to);
    rows.seek(SeekFrom::Start(0))?;
    Ok((Duration::from_millis(head.late_ms), rows))
}

/// Returns a confirmed change with its time by the own clock.
fn moved(text: &str, shift: SignedDuration) -> Result<String, RecordError> {
    let mut confirmed: ConfirmedChanges<'_> = serde_json::from_str(text)?;
    confirmed.at = confirmed.at.saturating_add(shift).unwrap_or(Timestamp::MAX);
    Ok(serde_json::to_string(&confirmed)?)
}

#[cfg(test)]
mod tests {
    use super::super::recent_changes::RecordedRow;
    use super::super::sent_since::SentSince;
    use super::*;
    use crate::change::UserChange;
    use crate::organization::who;

    const BEGUN: (&SharedFile<'_>, RecordStage) =
        (&SharedFile { run: "run", name: "changes-begun-1" }, RecordStage::Begun);
    const ENDED: (&SharedFile<'_>, RecordStage) =
        (&SharedFile { run: "run", name: "changes-ended-1" }, RecordStage::Ended);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// Returns the file of a computer whose clock is so many seconds ahead. It has confirmed a
    /// change of Ann at 10, and not one of Bob.
    fn shared(ahead: i64) -> Vec<u8> {
        let mut file = Vec::new();
        write_head(&mut file, Duration::from_secs(180), at(20 + ahead)).unwrap();
        let change =
            Change::User(UserChange { user: "ann@example.com".into(), ..UserChange::default() });
        let confirmed = ConfirmedChanges { at: at(10 + ahead), existed: true, change };
        for (row, name, confirmed) in [(0, "ann", Some(confirmed)), (1, "bob", None)] {
            let names = vec![who(&format!("{name}@example.com"), None)];
            file.extend(RecordedRow { row, names, confirmed, rename: None }.bytes().unwrap());
        }
        file
    }

    fn store() -> (tempfile::TempDir, SnapshotStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "org", "host");
        (folder, store)
    }

    #[test]
    fn times_are_those_of_the_own_clock() {
        for ahead in [-7200, 0, 7200] {
            let (_folder, store) = store();
            let record = SentRecord::of(&store, "run");
            let file = shared(ahead);
            // It was stored at 20 by the own clock.
            record.take_in(BEGUN, &mut file.as_slice(), at(20)).unwrap();
            record.take_in(ENDED, &mut file.as_slice(), at(20)).unwrap();
            let confirmed_since = |from| {
                let mut times = Vec::new();
                let since = SentSince::read(&store, at(from), at(1000), &[]).unwrap();
                since.each_confirmed(|confirmed| times.push(confirmed.at)).unwrap();
                (times, since.names().len())
            };
            assert_eq!(confirmed_since(0), (vec![at(10)], 2));
            assert_eq!(confirmed_since(15), (vec![], 2));
            assert_eq!(confirmed_since(21), (vec![], 1), "Bob may still be changed");
            assert_eq!(confirmed_since(300), (vec![], 0));
        }
    }

    #[test]
    fn end_of_a_run_whose_beginning_is_not_stored_is_taken_in() {
        let (_folder, store) = store();
        let record = SentRecord::of(&store, "run");
        record.take_in(ENDED, &mut shared(0).as_slice(), at(20)).unwrap();
        assert!(!record.is_open());
        let since = SentSince::read(&store, at(0), at(1000), &[]).unwrap();
        assert_eq!(since.names().len(), 2);
    }

    /// Another process has taken the beginning and the end in meanwhile.
    #[test]
    fn file_is_taken_in_once() {
        let (_folder, store) = store();
        let record = SentRecord::of(&store, "run");
        assert!(files_taken_in(&store).unwrap().is_empty());
        for file in [BEGUN, ENDED, BEGUN] {
            record.take_in(file, &mut shared(0).as_slice(), at(20)).unwrap();
        }
        assert!(!record.is_open());
        record.note_taken_in(ENDED.0).unwrap();
        let known = [BEGUN, ENDED].map(|(file, _)| ("run".to_owned(), file.name.to_owned()));
        assert_eq!(files_taken_in(&store).unwrap(), HashSet::from(known));
    }

    #[test]
    fn lists_from_before_a_run_that_is_too_old_are_not_used() {
        let (_folder, store) = store();
        let now = at(0) + KEPT;
        leave_out(&store, &[], now).unwrap();
        assert!(SentSince::read(&store, at(0), now, &[]).is_ok());
        leave_out(&store, &[*BEGUN.0, *ENDED.0], now).unwrap();
        assert_eq!(files_taken_in(&store).unwrap().len(), 2);
        assert!(SentSince::read(&store, at(0), now, &[]).is_err());
        assert!(SentSince::read(&store, at(1), now, &[]).is_ok());
        let day = 24 * 3600;
        assert!(is_too_old(Duration::from_secs(32 * day)));
        assert!(!is_too_old(Duration::from_secs(30 * day)));
    }

    #[test]
    fn damaged_file_is_refused_and_changes_nothing() {
        let file = shared(0);
        let mut damaged =
            vec![vec![], b"{}\n".to_vec(), vec![b'x'; 5000], file[..file.len() - 1].to_vec()];
        let mut long = file[..file.len() - 40].to_vec();
        long.extend([0xff; 4]);
        damaged.push(long);
        for file in damaged {
            let (_folder, store) = store();
            let taken = SentRecord::of(&store, "run").take_in(BEGUN, &mut file.as_slice(), at(20));
            assert!(matches!(taken, Err(TakeInError::File(_))), "{taken:?}");
            let since = SentSince::read(&store, at(0), at(1000), &[]).unwrap();
            assert!(since.names().is_empty());
        }
    }

    #[test]
    fn lists_from_before_the_end_of_runs_that_are_deleted_are_not_used() {
        let (_folder, store) = store();
        forget_until(&store, at(100)).unwrap();
        forget_until(&store, at(90)).unwrap();
        assert!(SentSince::read(&store, at(100), at(1000), &[]).is_err());
        assert!(SentSince::read(&store, at(101), at(1000), &[]).is_ok());
    }
}
