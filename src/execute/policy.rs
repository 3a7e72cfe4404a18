//! How a run behaves.

use super::guard::Cap;
use std::time::Duration;

/// How a run behaves.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Requests in flight at once.
    pub concurrency: usize,
    /// How often a command is sent before the server's own troubles count as the row's.
    pub max_attempts: u32,
    /// The first wait before a repeat; the next ones grow.
    pub retry_wait: Duration,
    /// When so many rows are refused, the run stops.
    pub max_errors: MaxErrors,
    /// The API checks and does nothing (`testOnly`).
    pub test_mode: bool,
    /// Groups are checked: a group that is found missing keeps rows from being sent that would
    /// create people into it.
    pub check_groups: bool,
    /// Look whether a user is there before sending a removal from the organization.
    pub verify_deletes: bool,
    /// The longest wait for an answer: a request of an interrupted run was given up at the latest
    /// then.
    pub timeout: Duration,
    /// For so long the service may still carry out a request that got no proper answer. Zero trusts
    /// the first probe.
    pub effect_window: Duration,
    /// Names this run in its requests' ids.
    pub run_id: String,
}

/// When refused rows stop a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxErrors {
    /// So many rows in a row, refused with one and the same code.
    InARow(u32),
    /// So many rows, or such a share of those that have an outcome (once there are a hundred).
    Cap(Cap),
    /// Never.
    Off,
}
