//! What a worker logs, as JSON Lines on standard error: each run that begins and ends, and each
//! wait. Neither secrets nor what is in rows.

use crate::execute::OutcomeStatus;
use crate::store::{RunPlace, RunState, StoredRun};
use serde_json::{Map, Value};
use std::net::SocketAddr;
use std::time::Duration;

/// Why a worker waits.
#[derive(Debug, Clone, Copy)]
pub(super) enum WaitCause {
    /// The store does not answer, or does not do it.
    Store,
    /// A run of an organization could not go on.
    Organization,
}

impl WaitCause {
    /// Returns the name in logs and metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Organization => "organization",
        }
    }
}

/// Logs panics, without their messages: these may be about rows. The run has the message as its
/// reason.
pub(super) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current().name().map(ToOwned::to_owned);
        tracing::error!(place, thread, "a thread panicked");
    }));
}

/// Logs where the worker answers.
pub(super) fn log_listening(address: SocketAddr) {
    tracing::info!(%address, "worker listens");
}

/// Logs that a worker has started.
pub(super) fn log_started(organizations: usize, concurrency: usize) {
    tracing::info!(organizations, concurrency, process = std::process::id(), "worker started");
}

/// Logs that a worker stops.
pub(super) fn log_stopping(running: usize) {
    tracing::info!(running, "worker stops");
}

/// Logs that a run begins.
pub(super) fn log_begun(run: &StoredRun, fence: i64, running: usize) {
    let RunPlace { organization, host } = &run.new.place;
    let (id, rows) = (&run.new.id, run.new.rows);
    tracing::info!(run = id, organization, host, rows, fence, running, "run begun");
}

/// Logs that a run has ended. `object` is what an import prints for programs.
pub(super) fn log_ended(
    (run, place): (&str, &RunPlace),
    state: Option<RunState>,
    object: &Map<String, Value>,
    took: Duration,
) {
    let number = |key: &str| object.get(key).and_then(Value::as_u64);
    let rows = |status: OutcomeStatus| object.get("statuses")?.get(status.name())?.as_u64();
    let code = object.get("code").and_then(Value::as_str);
    let RunPlace { organization, host } = place;
    tracing::info!(
        run,
        organization,
        host,
        state = state.map(RunState::name),
        exit = number("exit"),
        code,
        requests = number("requests"),
        ok = rows(OutcomeStatus::Ok),
        unchanged = rows(OutcomeStatus::Unchanged),
        skipped = rows(OutcomeStatus::Skipped),
        invalid = rows(OutcomeStatus::Invalid),
        failed = rows(OutcomeStatus::Failed),
        unknown = rows(OutcomeStatus::Unknown),
        not_sent = rows(OutcomeStatus::NotSent),
        seconds = took.as_secs_f64(),
        "run ended"
    );
}

/// Logs that the worker waits so long.
pub(super) fn log_paused(cause: WaitCause, place: Option<&RunPlace>, wait: Duration, why: &str) {
    let organization = place.map(|place| place.organization.as_str());
    let cause = cause.name();
    tracing::warn!(cause, organization, seconds = wait.as_secs(), why, "worker waits");
}
