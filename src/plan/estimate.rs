//! What a plan costs.

use super::Plan;
use crate::umapi::wire::MAX_COMMANDS;
use std::time::Duration;

/// Commands, requests and time, if all goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Commands to send.
    pub commands: u64,
    /// Requests that carry them.
    pub requests: u64,
}

impl Estimate {
    /// Full requests, unless one user has more commands than there would be requests, or groups are deleted (one a request).
    pub fn of(plan: &Plan) -> Self {
        let deletions = (0..plan.rows()).filter(|row| plan.shape(*row).deletes_group()).count() as u64;
        let requests = plan.commands().div_ceil(MAX_COMMANDS as u64).max(plan.longest_chain()).max(deletions);
        Self { commands: plan.commands(), requests }
    }

    /// How long they take when `limit` requests may be sent in each `window`: the first ones go at once.
    pub fn duration(&self, limit: u32, window: Duration) -> Duration {
        let waits = self.requests.saturating_sub(1) / u64::from(limit.max(1));
        window.saturating_mul(u32::try_from(waits).unwrap_or(u32::MAX))
    }
}
