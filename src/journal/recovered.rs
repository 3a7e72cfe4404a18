//! What a run recovers from its journal when it goes on.

use super::missing_group::MissingGroup;
use super::outcome::Outcome;
use crate::plan::Halfway;
use jiff::Timestamp;
use std::collections::HashMap;

/// How far a row has come that has no outcome yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowProgress {
    /// Which of its commands comes next.
    pub part: usize,
    /// How often it was sent.
    pub sent: u32,
    /// The command was sent at this time at the latest, and what came of it was not heard.
    pub uncertain: Option<Timestamp>,
    /// The command was under way when the run was interrupted: its answer was still waited for.
    pub in_flight: bool,
    /// Who the command is about, where a probe has told.
    pub identity: Option<String>,
    /// What the server has carried out of the command.
    pub halfway: Halfway,
}

/// What a journal knows of a run that is not over.
#[derive(Debug, Clone, Default)]
pub struct RecoveredState {
    /// Rows with an outcome; [`Journal::outcomes`](super::Journal::outcomes) gives them.
    pub judged: u64,
    /// Rows that have come some way, by the first row of their command.
    pub progress: HashMap<u32, RowProgress>,
    /// Rows that may have been carried out though nobody heard of it; those of open requests, too.
    pub uncertain: Vec<u32>,
    /// Requests that are open, and their rows: those were sent, or are about to be.
    pub open: (u64, Vec<u32>),
    /// Rows with an outcome, and the time until which the service may still carry out an earlier
    /// sending of them.
    pub late: HashMap<u32, Timestamp>,
    /// Groups that were refused as not found.
    pub missing_groups: Vec<MissingGroup>,
    /// The number of the last request.
    pub requests: u32,
    /// Requests that were sent, every retry counted, as the journal says.
    pub(super) sent: u64,
    /// How often rows with an outcome were sent, together.
    pub(super) attempts: u64,
    /// The server asked for a pause until then, for this reason.
    pub pause: Option<(Timestamp, String)>,
    /// When the run finished.
    pub finished: Option<Timestamp>,
}

/// A row may be sent in so many commands, one after the other, and a request again and again after
/// a 429, which counts as no attempt.
const REQUESTS_OF_A_SENDING: u64 = 100;
/// A small file may meet a long time of throttling.
const OF_NO_ROW: u64 = 1000;
/// No row is sent more often.
const MOST_SENDINGS: u32 = 100;

/// Returns the requests that so many sendings of rows can explain.
pub(crate) fn explained_requests(sendings: u64) -> u64 {
    sendings.saturating_mul(REQUESTS_OF_A_SENDING).saturating_add(OF_NO_ROW)
}

impl RecoveredState {
    /// Takes in a row that has an outcome.
    pub(super) fn take(&mut self, outcome: &Outcome) {
        self.judged += 1;
        self.requests = self.requests.max(outcome.request.unwrap_or(0));
        self.attempts += u64::from(outcome.attempts.min(MOST_SENDINGS));
    }

    /// Requests that were sent, every retry counted; `None` where the journal says more than its
    /// rows can explain.
    pub fn requests_sent(&self) -> Option<u64> {
        let sendings = self.progress.values().map(|row| u64::from(row.sent.min(MOST_SENDINGS)));
        let explained = explained_requests(self.attempts + sendings.sum::<u64>());
        (self.sent <= explained).then_some(self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_rows_cannot_explain_are_unknown() {
        let state = |sent, attempts| RecoveredState { sent, attempts, ..RecoveredState::default() };
        assert_eq!(state(7, 2).requests_sent(), Some(7));
        assert_eq!(state(1_200, 2).requests_sent(), Some(1_200));
        assert_eq!(state(1_201, 2).requests_sent(), None);
        assert_eq!(state(u64::MAX, u64::MAX).requests_sent(), Some(u64::MAX));
        let progress = HashMap::from([(0, RowProgress { sent: 9, ..RowProgress::default() })]);
        let open = RecoveredState { progress, ..state(1_900, 0) };
        assert_eq!(open.requests_sent(), Some(1_900));
    }
}
