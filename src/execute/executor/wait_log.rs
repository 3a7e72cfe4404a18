//! Logs why rows wait. Each reason is logged once for a row.

use crate::plan::WorkItem;
use std::collections::HashMap;
use std::time::Duration;

/// The reasons that were logged, by row, until the row has its outcome. Empty unless the log is
/// that detailed.
#[derive(Debug, Default)]
pub(super) struct WaitLog(HashMap<u32, Vec<RowWait>>);

/// Why a row waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowWait {
    /// For this earlier row, from 0, which creates, renames or deletes what the row names.
    NameBefore(u32),
    /// For earlier rows, which name what the row creates, renames or deletes.
    NamedBefore,
    /// For another row, whose request shows whether a group exists.
    GroupQuestion,
    /// For a request in flight that may be about the same user or group.
    RequestInFlight,
    /// For the end of the time in which the service may still carry out an earlier request of this
    /// run.
    LateEffect,
    /// For the same time of a request that another process, or another file of the command, has
    /// sent.
    OthersEffect,
    /// For the probe which user would be renamed.
    Identity,
    /// For the probe whether the user to remove exists.
    Presence,
}

impl RowWait {
    /// Returns the reason in words.
    fn words(self) -> String {
        match self {
            Self::NameBefore(row) => {
                format!(
                    "row {} creates, renames or deletes what this row names, and comes first",
                    row + 1
                )
            }
            Self::NamedBefore => {
                "earlier rows name what this row creates, renames or deletes, and come first"
                    .to_owned()
            }
            Self::GroupQuestion => {
                "another row is sent first, and shows whether a group of this row exists".to_owned()
            }
            Self::RequestInFlight => {
                "a request in flight may be about the same user or group".to_owned()
            }
            Self::LateEffect => {
                "the service may still carry out an earlier request about the same user or group"
                    .to_owned()
            }
            Self::OthersEffect => {
                "the service may still carry out a request of another process or file about the \
                 same user or group"
                    .to_owned()
            }
            Self::Identity => "the server is asked first who would be renamed".to_owned(),
            Self::Presence => "the server is asked first whether the user exists".to_owned(),
        }
    }
}

impl WaitLog {
    /// Logs why the rows of a work item wait, and for how long if that is known.
    pub(super) fn waits(&mut self, item: &WorkItem, wait: RowWait, time: Option<Duration>) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        for row in self.news(&item.rows, wait) {
            let (row, why) = (row + 1, wait.words());
            match time.map(|time| time.as_secs_f64()) {
                Some(seconds) => tracing::debug!(row, why, seconds, "row waits"),
                None => tracing::debug!(row, why, "row waits"),
            }
        }
    }

    /// Returns the rows for which this was not logged yet.
    fn news(&mut self, rows: &[u32], wait: RowWait) -> Vec<u32> {
        let is_new = |row: &u32| {
            let said = self.0.entry(*row).or_default();
            let is_new = !said.contains(&wait);
            said.extend(is_new.then_some(wait));
            is_new
        };
        rows.iter().copied().filter(is_new).collect()
    }

    /// Forgets a row that has its outcome.
    pub(super) fn forget(&mut self, row: u32) {
        self.0.remove(&row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_given_once_for_a_row() {
        let mut log = WaitLog::default();
        assert_eq!(log.news(&[1, 2], RowWait::GroupQuestion), [1, 2]);
        assert_eq!(log.news(&[2, 3], RowWait::GroupQuestion), [3]);
        assert_eq!(log.news(&[2], RowWait::NameBefore(0)), [2]);
        log.forget(2);
        assert_eq!(log.news(&[1, 2], RowWait::GroupQuestion), [2]);
    }

    #[test]
    fn rows_are_numbered_from_1_for_people() {
        assert_eq!(
            RowWait::NameBefore(0).words(),
            "row 1 creates, renames or deletes what this row names, and comes first"
        );
    }
}
