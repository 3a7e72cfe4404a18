//! The records of earlier runs with `--missing`: a file that names far fewer people than the last
//! one may be truncated.

use super::error::MissingError;
use super::run_record::RunRecord;
use crate::fs::{private_folder, read_file, write_atomic};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use std::io::{self, Write};
use std::path::PathBuf;
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
        let Some(state) = &connection.state else {
            return Ok(Self { path: None, all: Vec::new() });
        };
        let plain: String =
            connection.organization.chars().filter(char::is_ascii_alphanumeric).collect();
        let path = state
            .join("missing")
            .join(format!("{plain}-{:08x}.json", xxh3_64(connection.host.as_bytes()) >> 32));
        let all = match read_file(&path).and_then(io::read_to_string) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read
                .map_err(|error| error.to_string())
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
