//! What is left to send of a run.

use crate::journal::RecoveredState;
use crate::plan::{Deletes, Estimate, Headcount, Plan, Workload};
use std::collections::HashSet;

/// What is left to send of a run.
pub(crate) struct Unfinished {
    /// Rows without an outcome.
    pub(crate) rows: u64,
    /// Rows that were sent and whose result is not known yet.
    pub(crate) uncertain: u64,
    /// The cost of what is left.
    pub(crate) estimate: Estimate,
    /// For each row, from 0, whether it is left; `None` if all are.
    pub(crate) left: Option<Vec<bool>>,
}

impl Unfinished {
    /// Creates the whole work of a plan that was not started.
    pub(crate) fn whole(plan: &Plan, estimate: Estimate) -> Self {
        let rows = (0..plan.rows()).filter(|row| plan.footprint(*row).is_sent()).count() as u64;
        Self { rows, uncertain: 0, estimate, left: None }
    }

    /// Returns what an earlier part of the run has left. `completed` are the rows with an outcome.
    pub(crate) fn of(plan: &Plan, completed: &HashSet<u32>, recovered: &RecoveredState) -> Self {
        let left: Vec<bool> = (0..plan.rows())
            .map(|row| plan.footprint(row).is_sent() && !completed.contains(&row))
            .collect();
        let is_left = |row: &u32| left.get(*row as usize) == Some(&true);
        let uncertain: HashSet<u32> = recovered.uncertain.iter().copied().filter(is_left).collect();
        Self {
            rows: left.iter().filter(|left| **left).count() as u64,
            uncertain: uncertain.len() as u64,
            estimate: Estimate::of_rest(plan, |row| left[row as usize]),
            left: Some(left),
        }
    }

    /// Whether a row, from 0, is left, if it is sent at all.
    pub(crate) fn is_left(&self, row: u32) -> bool {
        self.left.as_ref().is_none_or(|left| left.get(row as usize) == Some(&true))
    }

    /// Returns what the rows left do.
    pub(crate) fn headcount(&self, plan: &Plan) -> Headcount {
        Headcount::of_rest(plan, |row| self.is_left(row))
    }

    /// Returns the rows left that delete.
    pub(crate) fn deletes(&self, plan: &Plan) -> Deletes {
        Deletes::of_rest(plan, |row| self.is_left(row))
    }

    /// Returns the number of rows left that remove memberships.
    pub(crate) fn removals(&self, plan: &Plan) -> u64 {
        plan.removals_of_rest(|row| self.is_left(row))
    }

    /// Returns the requests of the rows left, with the questions before them. `is_asked_about` says
    /// for which rows the server is asked about the user to remove.
    pub(crate) fn workload(&self, plan: &Plan, is_asked_about: impl Fn(u32) -> bool) -> Workload {
        Workload::of_rest(plan, |row| self.is_left(row), is_asked_about)
            .in_requests(self.estimate.requests)
    }
}
