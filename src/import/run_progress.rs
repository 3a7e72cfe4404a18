//! How far a run is, as its worker tells others who look at the store.

use crate::execute::{OutcomeStatus, RunProgress};
use crate::store::StoredRun;
use serde_json::{Map, Value, json};

/// Returns what a worker tells.
pub(super) fn told_progress(progress: &RunProgress) -> Value {
    let counts = OutcomeStatus::ALL.iter().zip(progress.counts).filter(|(_, rows)| *rows > 0);
    let rows: Map<String, Value> =
        counts.map(|(status, rows)| (status.name().to_owned(), rows.into())).collect();
    json!({"left": progress.rows, "rows": rows, "requests": progress.requests_sent})
}

/// Returns how many rows of a run are done, if its worker has told that.
pub(crate) fn done_rows(run: &StoredRun) -> Option<u64> {
    let left = run.progress.get("left")?.as_u64()?;
    let since = run.progress.get("rows")?.as_object()?;
    let since: u64 = since.values().filter_map(Value::as_u64).sum();
    Some(run.new.rows.saturating_sub(left).saturating_add(since).min(run.new.rows))
}

/// Returns how many requests a run has sent, if its worker has told that.
pub(crate) fn sent_requests(run: &StoredRun) -> Option<u64> {
    run.progress.get("requests")?.as_u64()
}
