//! The last pause that the server has asked for, as stored in the journal.

use super::error::JournalError;
use super::pause::{NotedPause, RecoveredPause};
use super::store::Journal;
use jiff::Timestamp;

impl Journal {
    /// Records a pause that the server asks for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn paused(&mut self, until: Timestamp, why: &str) -> Result<(), JournalError> {
        self.set("pause", &(until, why))?;
        self.set("pause_noted", &NotedPause::until(until))
    }

    /// Returns the last pause that the server has asked for.
    pub(super) fn pause(&self) -> Result<Option<RecoveredPause>, JournalError> {
        let pause: Option<(Timestamp, String)> = self.fact("pause")?;
        let noted = self.fact("pause_noted")?;
        Ok(pause.map(|(until, why)| RecoveredPause { until, why, noted }))
    }
}
