//! The records of earlier runs with `--missing`: a file that names far fewer people than the last
//! one may be truncated.

use super::error::MissingError;
use super::run_record::RunRecord;
use crate::fs::{in_words, private_folder, read_file, write_atomic};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The records for one organization at one host.
pub(crate) struct RunHistory {
    path: Option<PathBuf>,
    all: Vec<RunRecord>,
}

/// The most records that are kept. Older ones are dropped.
const MOST: usize = 500;

impl RunHistory {
    /// Reads the records; without a state folder there are none.
    pub(crate) fn load(connection: &Connection) -> Result<Self, ImportError> {
        let Connection { state, organization, host, .. } = connection;
        Self::of(state.as_deref(), Some((organization, host)))
    }

    /// Reads the records of an organization at a host; without one there are none.
    pub(super) fn of(
        state: Option<&Path>,
        place: Option<(&String, &String)>,
    ) -> Result<Self, ImportError> {
        let (Some(state), Some((organization, host))) = (state, place) else {
            return Ok(Self { path: None, all: Vec::new() });
        };
        let plain: String = organization.chars().filter(char::is_ascii_alphanumeric).collect();
        let path = state
            .join("missing")
            .join(format!("{plain}-{:08x}.json", xxh3_64(host.as_bytes()) >> 32));
        let all = match read_file(&path).and_then(io::read_to_string) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read
                .map_err(|error| in_words(&error))
                .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
                .map_err(|why| MissingError::History { path: path.clone(), why })?,
        };
        Ok(Self { path: Some(path), all })
    }

    /// Returns the last complete run about the same people: of the same files, or about the same
    /// managed people (next week's file has another name). If there are both, returns the one that
    /// named more, because a small trial file is no reference.
    pub(crate) fn last(&self, like: &RunRecord) -> Option<&RunRecord> {
        let of_files = self.all.iter().rev().find(|memory| memory.files == like.files);
        let of_people = self.all.iter().rev().find(|memory| memory.managed == like.managed);
        of_files.into_iter().chain(of_people).max_by_key(|memory| memory.named)
    }

    /// Records that this run has finished.
    pub(crate) fn note(mut self, memory: RunRecord) -> Result<(), ImportError> {
        let Some(path) = &self.path else { return Ok(()) };
        self.all.retain(|other| (&other.files, &other.managed) != (&memory.files, &memory.managed));
        self.all.push(memory);
        self.all.drain(..self.all.len().saturating_sub(MOST));
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        let all = serde_json::to_vec(&self.all)?;
        Ok(write_atomic(path, |file| file.write_all(&all))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::OsText;
    use crate::import::access::Access;
    use crate::import::config::ConnectConfig;
    use crate::import::reporter::Silent;
    use jiff::Timestamp;

    fn record(file: &str, managed: &str, named: u64) -> RunRecord {
        RunRecord {
            at: Timestamp::UNIX_EPOCH,
            files: vec![OsText::from(PathBuf::from(file))],
            managed: vec![managed.to_owned()],
            named,
        }
    }

    /// A connection to an organization, with a state folder. Nothing is sent.
    fn connection(state: &Path, org_id: &str) -> Connection {
        let access = Access::made_up(org_id, Some(state.to_owned()));
        Connection::prepare(&ConnectConfig::new(access), &Silent).unwrap()
    }

    fn history(all: Vec<RunRecord>) -> RunHistory {
        RunHistory { path: None, all }
    }

    #[test]
    fn the_last_run_of_the_same_files_or_people_is_the_measure() {
        let of = |all: &[&RunRecord], like: &RunRecord| {
            history(all.iter().map(|record| (*record).clone()).collect()).last(like).cloned()
        };
        let new = record("staff.csv", "x.com", 0);
        let [old, last] = [9, 4].map(|named| record("staff.csv", "x.com", named));
        assert_eq!(of(&[], &new), None);
        assert_eq!(of(&[&record("guests.csv", "y.com", 9)], &new), None);
        assert_eq!(of(&[&old, &last], &new), Some(last), "the last one, whatever it named");
        let [same_file, same_people] =
            [record("staff.csv", "y.com", 5), record("may.csv", "x.com", 6)];
        assert_eq!(of(&[&same_file], &new).as_ref(), Some(&same_file));
        assert_eq!(of(&[&same_people], &new).as_ref(), Some(&same_people));
        // Of the two, the one that named more.
        assert_eq!(of(&[&same_people, &same_file], &new).as_ref(), Some(&same_people));
        let more = record("staff.csv", "y.com", 7);
        assert_eq!(of(&[&more, &same_people], &new).as_ref(), Some(&more));
    }

    #[test]
    fn a_finished_run_is_remembered_in_place_of_the_one_before() {
        let state = tempfile::tempdir().unwrap();
        let connection = connection(state.path(), "12345@AdobeOrg");
        let all = || RunHistory::load(&connection).unwrap().all;
        assert_eq!(all(), []);
        let [first, other, again] = [
            record("staff.csv", "x.com", 9),
            record("staff.csv", "y.com", 5),
            record("staff.csv", "x.com", 8),
        ];
        for record in [&first, &other, &again] {
            RunHistory::load(&connection).unwrap().note(record.clone()).unwrap();
        }
        assert_eq!(all(), [other, again]);
        // Another organization has had no run.
        let elsewhere = self::connection(state.path(), "67890@AdobeOrg");
        assert_eq!(RunHistory::load(&elsewhere).unwrap().all, []);
    }

    #[test]
    fn no_more_than_so_many_runs_are_remembered() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("missing").join("runs.json");
        let all = (0..MOST as u64).map(|run| record(&format!("{run}.csv"), "x.com", run)).collect();
        let full = RunHistory { path: Some(path.clone()), all };
        full.note(record("new.csv", "x.com", 1)).unwrap();
        let kept: Vec<RunRecord> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!((kept.len(), &kept[0]), (MOST, &record("1.csv", "x.com", 1)));
        assert_eq!(kept.last(), Some(&record("new.csv", "x.com", 1)));
    }

    #[test]
    fn a_history_that_cannot_be_read_is_no_empty_one() {
        let state = tempfile::tempdir().unwrap();
        let connection = connection(state.path(), "12345@AdobeOrg");
        RunHistory::load(&connection).unwrap().note(record("staff.csv", "x.com", 9)).unwrap();
        let folder = state.path().join("missing");
        let path = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let refusal = || RunHistory::load(&connection).err().unwrap().to_string();
        std::fs::write(&path, "[{\"at\":").unwrap();
        assert!(refusal().contains("cannot check that the file is complete: nothing was sent"));
        // A file that is there and cannot be opened is not a file that is missing.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(refusal().contains("nothing was sent"), "{}", refusal());
    }
}
