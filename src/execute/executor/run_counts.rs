//! The counts of a run: its rows, and what it has sent, without those of its earlier parts.

use crate::execute::outcomes::{OutcomeStatus, Outcomes};
use crate::plan::{Estimate, Plan};

/// Rows with each status.
type StatusCounts = [u64; OutcomeStatus::ALL.len()];

/// What was there to do when this part of the run began, and what it has sent.
#[derive(Debug)]
pub(super) struct RunCounts {
    /// The rows to send that had no outcome, and what they take.
    rows: u64,
    estimate: Estimate,
    /// Rows with each status.
    before: StatusCounts,
    /// Requests that earlier parts of the run have sent, and those that this client had sent before
    /// this run.
    sent_before: u64,
    client_sent_before: u64,
    /// Requests of this part that were answered.
    answered: u64,
}

fn count_of(outcomes: &Outcomes) -> StatusCounts {
    OutcomeStatus::ALL.map(|status| outcomes.count(status))
}

impl RunCounts {
    /// Everything is still to do. The client has sent this number of requests before.
    pub(super) fn new(plan: &Plan, client_sent_before: u64) -> Self {
        Self {
            rows: (0..plan.rows()).filter(|row| plan.footprint(*row).is_sent()).count() as u64,
            estimate: Estimate::of(plan),
            before: [0; OutcomeStatus::ALL.len()],
            sent_before: 0,
            client_sent_before,
            answered: 0,
        }
    }

    /// Goes on behind an earlier part of the run, which has sent this number of requests and given
    /// rows these outcomes.
    pub(super) fn resume(&mut self, plan: &Plan, outcomes: &Outcomes, sent: u64) {
        let is_left = |row: u32| plan.footprint(row).is_sent() && !outcomes.is_completed(row);
        self.before = count_of(outcomes);
        self.rows = (0..plan.rows()).filter(|row| is_left(*row)).count() as u64;
        self.estimate = Estimate::of_rest(plan, is_left);
        self.sent_before = sent;
    }

    /// Counts requests that the client has sent for this run before its rows.
    pub(super) fn add_requests(&mut self, requests: u64) {
        self.client_sent_before = self.client_sent_before.saturating_sub(requests);
    }

    /// The rows that this part of the run had to send.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows with each status that have it from this part of the run.
    pub(super) fn of_this_part(&self, outcomes: &Outcomes) -> StatusCounts {
        OutcomeStatus::ALL.map(|status| outcomes.count(status) - self.before[status as usize])
    }

    /// The rows with an outcome from this part of the run.
    pub(super) fn judged(&self, outcomes: &Outcomes) -> u64 {
        self.of_this_part(outcomes).iter().sum()
    }

    /// The rows that failed in this part of the run.
    pub(super) fn failed(&self, outcomes: &Outcomes) -> u64 {
        self.of_this_part(outcomes)[OutcomeStatus::Failed as usize]
    }

    /// The rows that are still to do.
    pub(super) fn rows_left(&self, outcomes: &Outcomes) -> u64 {
        self.rows.saturating_sub(self.judged(outcomes))
    }

    /// Whether an earlier part of the run has given rows their outcome.
    pub(super) fn has_outcomes_before(&self) -> bool {
        self.before.iter().any(|rows| *rows > 0)
    }

    /// The requests that the rows which are left take.
    pub(super) fn requests_left(&self, outcomes: &Outcomes) -> u64 {
        self.estimate.requests_left(self.rows, self.rows_left(outcomes), 0)
    }

    /// Requests sent in the whole run, including every repeat. `client` is what this client has
    /// sent.
    pub(super) fn requests_sent(&self, client: u64) -> u64 {
        self.sent_before + client - self.client_sent_before
    }

    /// A request was answered, or nobody waits for its answer any more.
    pub(super) fn on_answer(&mut self) {
        self.answered += 1;
    }

    /// Requests of this part that were answered.
    pub(super) fn answered(&self) -> u64 {
        self.answered
    }
}
