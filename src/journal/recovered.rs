//! The state that a run recovers from its journal when it is resumed.

use super::missing_group::MissingGroup;
use super::moment::Moment;
use super::outcome::Outcome;
use super::packed::SentCommand;
use super::pause::RecoveredPause;
use crate::plan::Halfway;
use crate::umapi::millis;
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// The progress of a row that has no outcome yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowProgress {
    /// The number of its next command.
    pub part: usize,
    /// How often it was sent.
    pub sent: u32,
    /// The latest time at which the command was sent without a known result.
    pub(crate) uncertain: Option<Moment>,
    /// Whether the command was in flight when the run was interrupted.
    pub in_flight: bool,
    /// The user of the command, if a probe has shown it.
    pub identity: Option<String>,
    /// What the server has carried out of the command.
    pub halfway: Halfway,
}

/// What a journal contains about a run that is not finished.
#[derive(Debug, Clone, Default)]
pub struct RecoveredState {
    /// The number of rows with an outcome; [`Journal::outcomes`](super::Journal::outcomes) returns
    /// them.
    pub judged: u64,
    /// The progress of rows without an outcome, by the first row of their command.
    pub progress: HashMap<u32, RowProgress>,
    /// Rows that may have been carried out without a known result, including those of open
    /// requests.
    pub uncertain: Vec<u32>,
    /// The number of open requests, and their rows: they were sent, or were about to be.
    pub open: (u64, Vec<u32>),
    /// Rows with an outcome, and the time until which the service may still carry out an earlier
    /// request with them.
    pub(crate) late: HashMap<u32, Moment>,
    /// Groups that were refused as not found.
    pub missing_groups: Vec<MissingGroup>,
    /// The number of the last request.
    pub requests: u32,
    /// Requests sent, including every repeat, by the journal.
    pub(super) sent: u64,
    /// The sum of the attempts of all rows with an outcome.
    pub(super) attempts: u64,
    /// The last pause that the server asked for.
    pub(crate) pause: Option<RecoveredPause>,
    /// Whether another computer has recorded this. Then nothing else here shows what the service
    /// may still carry out.
    pub(crate) is_from_elsewhere: bool,
    /// When the run finished.
    pub finished: Option<Timestamp>,
    /// Why it stopped, if it was not interrupted.
    pub(crate) stopped: Option<String>,
}

/// A row may need several commands, and a request may be repeated often after a 429, which does not
/// count as an attempt.
const REQUESTS_OF_A_SENDING: u64 = 100;
/// Even a small file may be throttled for a long time.
const OF_NO_ROW: u64 = 1000;
/// The most attempts for a row.
const MOST_SENDINGS: u32 = 100;

/// Returns the most requests that this number of attempts can explain.
pub(crate) fn explained_requests(sendings: u64) -> u64 {
    sendings.saturating_mul(REQUESTS_OF_A_SENDING).saturating_add(OF_NO_ROW)
}

impl RowProgress {
    /// Whether something of the command may have been done.
    fn has_begun(&self) -> bool {
        self.uncertain.is_some()
            || self.in_flight
            || self.part > 0
            || self.halfway != Halfway::default()
    }
}

impl RecoveredState {
    /// Whether the run has begun. One that was not confirmed, or whose credentials were refused,
    /// has not.
    pub(crate) fn has_begun(&self) -> bool {
        self.requests > 0 || self.finished.is_some()
    }

    /// Whether the run has begun and not finished.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.requests > 0 && self.finished.is_none()
    }

    /// Returns the rows, from 0, of which something was sent or done, and that have no outcome. A
    /// row whose request was refused as a whole has not begun.
    pub(crate) fn begun(&self) -> impl Iterator<Item = u32> {
        let begun = self.progress.iter().filter(|(_, progress)| progress.has_begun());
        begun.map(|(row, _)| *row).chain(self.uncertain.iter().copied())
    }

    /// Returns the rows, from 0, that were sent and have no outcome, also those whose requests were
    /// refused as a whole.
    pub(crate) fn tried(&self) -> impl Iterator<Item = u32> {
        self.progress.keys().chain(&self.uncertain).copied()
    }

    /// Begins the effect windows of all requests anew, because another computer has sent them.
    pub(super) fn begin_windows(&mut self, now: Moment, effect_window: Duration) {
        self.is_from_elsewhere = true;
        let progress = self.progress.values_mut();
        progress.for_each(|progress| progress.uncertain = progress.uncertain.map(|_| now));
        let until = now.plus(millis(effect_window));
        self.late.values_mut().for_each(|late| *late = until);
        self.pause.iter_mut().for_each(|pause| pause.begin_anew(now));
    }

    /// Counts a row with an outcome.
    pub(super) fn take(&mut self, outcome: &Outcome) {
        self.judged += 1;
        self.requests = self.requests.max(outcome.request.unwrap_or(0));
        self.attempts += u64::from(outcome.attempts.min(MOST_SENDINGS));
    }

    /// Adds the rows of a work item whose request was open.
    pub(super) fn reopen(&mut self, item: SentCommand, at: Moment) {
        let SentCommand { rows, part, sent, identity } = item;
        for row in &rows {
            // What had been carried out of the command before it was sent.
            let mut halfway =
                self.progress.remove(row).map(|progress| progress.halfway).unwrap_or_default();
            halfway.are_others_untouched = false;
            let progress = RowProgress {
                part,
                sent,
                uncertain: Some(at),
                in_flight: true,
                identity: identity.clone(),
                halfway,
            };
            self.progress.insert(*row, progress);
        }
        self.uncertain.extend(rows.iter());
        self.open.1.extend(rows);
    }

    /// Returns the number of requests sent, including every retry; `None` if the number in the
    /// journal does not agree with its rows.
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
    fn row_has_begun_once_something_of_it_may_be_done() {
        let waits = RowProgress { sent: 3, ..RowProgress::default() };
        let second = RowProgress { part: 1, ..waits.clone() };
        let progress = HashMap::from([(1, waits), (2, second)]);
        let state = RecoveredState { progress, uncertain: vec![7], ..RecoveredState::default() };
        assert_eq!(state.begun().collect::<Vec<_>>(), [2, 7]);
        assert_eq!(state.tried().count(), 3);
        assert!(!state.has_begun() && !state.is_interrupted());
        let state = RecoveredState { requests: 1, ..state };
        assert!(state.has_begun() && state.is_interrupted());
        let state = RecoveredState { finished: Some(Timestamp::UNIX_EPOCH), ..state };
        assert!(state.has_begun() && !state.is_interrupted());
    }

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
