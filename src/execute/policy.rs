//! The policy of a run.

use super::guard::Cap;
use std::time::Duration;

/// The policy of a run.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Requests in flight at once.
    pub concurrency: usize,
    /// How often a command is sent before the server's own errors count as the row's.
    pub max_attempts: u32,
    /// The first wait before a repeat; later waits grow.
    pub retry_wait: Duration,
    /// The number of refused rows that stops the run.
    pub max_errors: MaxErrors,
    /// Whether the API only checks rows and changes nothing (`testOnly`).
    pub test_mode: bool,
    /// Whether groups are checked: then rows that would create users in a missing group are not
    /// sent.
    pub check_groups: bool,
    /// Whether no row may take a role from an administrator.
    pub guard_administrators: bool,
    /// Whether a probe precedes each removal from the organization.
    pub verify_deletes: bool,
    /// The longest wait for a response. After this time, an interrupted run no longer waits for a
    /// request.
    pub timeout: Duration,
    /// How long the service may still carry out a request that got no proper response. Zero trusts
    /// the first probe.
    pub effect_window: Duration,
    /// A text that identifies this run in the ids of its requests.
    pub run_id: String,
}

/// The refused rows that stop a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxErrors {
    /// This number of rows in a row, refused with the same code.
    InARow(u32),
    /// This number of rows, or this share of the rows with an outcome (once there are a hundred).
    Cap(Cap),
    /// Never.
    Off,
}
