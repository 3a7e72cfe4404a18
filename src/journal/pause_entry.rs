//! The last pause that the server has asked for, as stored in the journal.

use super::error::JournalError;
use super::pause::{NotedPause, RecoveredPause};
use super::store::Journal;
use crate::clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// All pauses of a run, for its report. Umbulk before this entry leaves it alone.
#[derive(Debug, Serialize, Deserialize)]
struct PauseHistory {
    /// The version of the entry.
    version: u32,
    /// From and until, in seconds since 1970.
    pauses: Vec<(i64, i64)>,
}

const HISTORY: &str = "pauses";
const HISTORY_VERSION: u32 = 1;
/// The most pauses that are kept: the first of a run.
const MOST_PAUSES: usize = 1_000;

impl Journal {
    /// Records a pause that the server asks for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn paused(&mut self, until: Timestamp, why: &str) -> Result<(), JournalError> {
        self.set("pause", &(until, why))?;
        self.set("pause_noted", &NotedPause::until(until))?;
        self.add_to_history(clock::now().as_second(), until.as_second())
    }

    /// Records the last pause as it is kept here.
    pub(super) fn note_last_pause(&mut self, pause: &RecoveredPause) -> Result<(), JournalError> {
        self.set("pause", &(pause.until, &pause.why))?;
        pause.noted.map_or(Ok(()), |noted| self.set("pause_noted", &noted))
    }

    /// Adds a pause to the history. One that begins before the end of the last one extends it. A
    /// history of a later version stays as it is.
    fn add_to_history(&mut self, from: i64, until: i64) -> Result<(), JournalError> {
        let Some(mut pauses) = self.history()? else { return Ok(()) };
        let is_full = pauses.len() >= MOST_PAUSES;
        match pauses.last_mut() {
            Some((_, end)) if from <= *end => *end = until.max(*end),
            _ if is_full || until <= from => return Ok(()),
            _ => pauses.push((from, until)),
        }
        self.set(HISTORY, &PauseHistory { version: HISTORY_VERSION, pauses })
    }

    /// Returns the history; `None` if it is of a later version.
    fn history(&self) -> Result<Option<Vec<(i64, i64)>>, JournalError> {
        let found: Option<serde_json::Value> = self.fact(HISTORY)?;
        let Some(found) = found else { return Ok(Some(Vec::new())) };
        let history = serde_json::from_value::<PauseHistory>(found).ok();
        Ok(history.filter(|found| found.version == HISTORY_VERSION).map(|found| found.pauses))
    }

    /// Returns the pauses that the server has asked for during the run, as far as they are known:
    /// from and until, in seconds since 1970.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn pauses(&self) -> Result<Vec<(i64, i64)>, JournalError> {
        let mut pauses = self.history()?.unwrap_or_default();
        pauses.truncate(MOST_PAUSES);
        pauses.retain(|(from, until)| from < until);
        Ok(pauses)
    }

    /// Returns the last pause that the server has asked for.
    pub(super) fn pause(&self) -> Result<Option<RecoveredPause>, JournalError> {
        let pause: Option<(Timestamp, String)> = self.fact("pause")?;
        let noted = self.fact("pause_noted")?;
        Ok(pause.map(|(until, why)| RecoveredPause { until, why, noted }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_kept_and_those_of_a_later_version_stay() {
        let folder = tempfile::tempdir().unwrap();
        let database = rusqlite::Connection::open(folder.path().join("a.journal")).unwrap();
        for statement in super::super::schema::tables(super::super::schema::VERSION) {
            database.execute(statement, []).unwrap();
        }
        let mut journal = Journal::finish(&folder.path().join("a.journal"), database);
        assert_eq!(journal.pauses().unwrap(), []);
        journal.add_to_history(100, 160).unwrap();
        journal.add_to_history(130, 190).unwrap();
        journal.add_to_history(300, 310).unwrap();
        journal.add_to_history(400, 390).unwrap();
        assert_eq!(journal.pauses().unwrap(), [(100, 190), (300, 310)]);
        let later = serde_json::json!({"version": 2, "pauses": "others"});
        journal.set(HISTORY, &later).unwrap();
        journal.add_to_history(500, 510).unwrap();
        assert_eq!(journal.pauses().unwrap(), []);
        assert_eq!(journal.fact::<serde_json::Value>(HISTORY).unwrap(), Some(later));
    }
}
