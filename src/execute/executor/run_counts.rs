//! The counts of a run: its rows, and the requests that it has sent, without those of its earlier
//! parts.

use crate::execute::outcomes::{OutcomeStatus, Outcomes};
use crate::plan::{Estimate, Plan};

/// Rows with each status.
type StatusCounts = [u64; OutcomeStatus::ALL.len()];

/// The work at the start of this part of the run, and what it has sent.
#[derive(Debug)]
pub(super) struct RunCounts {
    /// The rows to send that had no outcome, and the requests that they need.
    rows: u64,
    estimate: Estimate,
    /// Rows with each status.
    before: StatusCounts,
    /// Requests that earlier parts of the run have sent, plus those that this client had sent
    /// before this run.
    sent_before: u64,
    client_sent_before: u64,
    /// Requests of this part that are closed.
    answered: u64,
}

fn count_of(outcomes: &Outcomes) -> StatusCounts {
    OutcomeStatus::ALL.map(|status| outcomes.count(status))
}

impl RunCounts {
    /// Starts with all rows to do. The client has sent this number of requests before.
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

    /// Continues after an earlier part of the run, which has sent this number of requests and given
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

    /// Returns the rows that this part of the run had to send.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number of rows with each status that got it in this part of the run.
    pub(super) fn of_this_part(&self, outcomes: &Outcomes) -> StatusCounts {
        OutcomeStatus::ALL.map(|status| outcomes.count(status) - self.before[status as usize])
    }

    /// Returns the number of rows with an outcome from this part of the run.
    pub(super) fn judged(&self, outcomes: &Outcomes) -> u64 {
        self.of_this_part(outcomes).iter().sum()
    }

    /// Returns the number of rows that failed in this part of the run.
    pub(super) fn failed(&self, outcomes: &Outcomes) -> u64 {
        self.of_this_part(outcomes)[OutcomeStatus::Failed as usize]
    }

    /// Returns the number of rows that are still to do.
    pub(super) fn rows_left(&self, outcomes: &Outcomes) -> u64 {
        self.rows.saturating_sub(self.judged(outcomes))
    }

    /// Whether an earlier part of the run has given rows their outcome.
    pub(super) fn has_outcomes_before(&self) -> bool {
        self.before.iter().any(|rows| *rows > 0)
    }

    /// Returns the number of requests that the remaining rows need.
    pub(super) fn requests_left(&self, outcomes: &Outcomes) -> u64 {
        self.estimate.requests_left(self.rows, self.rows_left(outcomes), 0)
    }

    /// Returns the number of requests sent in the whole run, including every retry. `client` is the
    /// number that this client has sent.
    pub(super) fn requests_sent(&self, client: u64) -> u64 {
        self.sent_before + client - self.client_sent_before
    }

    /// Counts a request that got its response, or for which nothing waits any more.
    pub(super) fn on_answer(&mut self) {
        self.answered += 1;
    }

    /// Returns the number of closed requests of this part.
    pub(super) fn answered(&self) -> u64 {
        self.answered
    }
}
