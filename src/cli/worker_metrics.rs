//! What a worker counts, in the text format of Prometheus.

use crate::execute::OutcomeStatus;
use crate::store::{RunState, StateCount};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a worker has done since it started.
#[derive(Debug, Default)]
pub(super) struct WorkerMetrics(Mutex<WorkerCounts>);

#[derive(Debug, Default, Clone)]
struct WorkerCounts {
    running: u64,
    requests: u64,
    rows: BTreeMap<&'static str, u64>,
    ended: BTreeMap<&'static str, u64>,
    waits: BTreeMap<&'static str, u64>,
    is_store_silent: bool,
}

impl WorkerMetrics {
    fn counts(&self) -> MutexGuard<'_, WorkerCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how many runs are being carried out.
    pub(super) fn note_running(&self, running: usize) {
        self.counts().running = running as u64;
    }

    /// Notes the end of a run here. `object` is what an import prints for programs.
    pub(super) fn note_ended(&self, state: Option<RunState>, object: &Map<String, Value>) {
        let mut counts = self.counts();
        *counts.ended.entry(state.map_or("unknown", RunState::name)).or_default() += 1;
        counts.requests += object.get("requests").and_then(Value::as_u64).unwrap_or_default();
        // The rows of one that goes on later are counted at its end.
        if !state.is_some_and(RunState::is_over) {
            return;
        }
        for status in OutcomeStatus::ALL {
            let rows = object.get("statuses").and_then(|all| all.get(status.name()));
            let rows = rows.and_then(Value::as_u64).unwrap_or_default();
            *counts.rows.entry(status.name()).or_default() += rows;
        }
    }

    /// Notes that the worker waits.
    pub(super) fn note_wait(&self, cause: &'static str) {
        *self.counts().waits.entry(cause).or_default() += 1;
    }

    /// Notes that the store has answered.
    pub(super) fn note_store_answers(&self) {
        self.counts().is_store_silent = false;
    }

    /// Notes that the store has not answered.
    pub(super) fn note_store_is_silent(&self) {
        self.counts().is_store_silent = true;
    }

    /// Whether the store has answered the last question.
    pub(super) fn is_healthy(&self) -> bool {
        !self.counts().is_store_silent
    }

    /// Returns the metrics; `queue` is what the store has, if it answers.
    pub(super) fn text(&self, queue: Option<&[StateCount]>) -> String {
        MetricsText { worker: &self.counts().clone(), queue }.to_string()
    }
}

/// The metrics as text.
struct MetricsText<'m> {
    worker: &'m WorkerCounts,
    queue: Option<&'m [StateCount]>,
}

impl Display for MetricsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WorkerCounts { running, requests, rows, ended, waits, .. } = self.worker;
        let one = |value: u64| vec![(None, value)];
        let by = |label: &'static str, counts: &BTreeMap<&'static str, u64>| {
            let each = |(name, count): (&&'static str, &u64)| (Some((label, *name)), *count);
            counts.iter().map(each).collect::<Vec<_>>()
        };
        let (counter, gauge) = ("counter", "gauge");
        let about = "Requests of runs that have ended here";
        metric(f, ("umbulk_requests_total", counter, about), &one(*requests))?;
        let about = "Rows of runs that are over, by outcome";
        metric(f, ("umbulk_rows_total", counter, about), &by("status", rows))?;
        let about = "Runs that have ended here, by what became of them";
        metric(f, ("umbulk_runs_ended_total", counter, about), &by("state", ended))?;
        let about = "Waits of this worker, by cause";
        metric(f, ("umbulk_waits_total", counter, about), &by("cause", waits))?;
        let about = "Runs that this worker carries out now";
        metric(f, ("umbulk_runs_running", gauge, about), &one(*running))?;
        let about = "Whether the store answers";
        metric(f, ("umbulk_store_up", gauge, about), &one(self.queue.is_some().into()))?;
        let Some(queue) = self.queue else { return Ok(()) };
        let about = "Runs of the whole store, by state";
        let by_state: Vec<_> =
            queue.iter().map(|count| (Some(("state", count.state.name())), count.runs)).collect();
        metric(f, ("umbulk_store_runs", gauge, about), &by_state)?;
        let about = "Runs of the whole store that a process has now";
        let leases = queue.iter().map(|count| count.leases).sum();
        metric(f, ("umbulk_store_leases", gauge, about), &one(leases))
    }
}

/// The label of a value, with its name.
type MetricLabel = Option<(&'static str, &'static str)>;

fn metric(
    f: &mut fmt::Formatter<'_>,
    (name, kind, about): (&str, &str, &str),
    values: &[(MetricLabel, u64)],
) -> fmt::Result {
    writeln!(f, "# HELP {name} {about}.\n# TYPE {name} {kind}")?;
    for (label, value) in values {
        match label {
            Some((label, of)) => writeln!(f, "{name}{{{label}=\"{of}\"}} {value}")?,
            None => writeln!(f, "{name} {value}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metrics_add_up_what_has_ended_and_what_the_store_has() {
        let metrics = WorkerMetrics::default();
        let object = json!({"requests": 7, "statuses": {"ok": 70, "failed": 2}});
        for _ in 0..2 {
            metrics.note_ended(Some(RunState::Finished), object.as_object().unwrap());
        }
        // It went on after this, and its rows are among those above.
        metrics.note_ended(Some(RunState::Queued), object.as_object().unwrap());
        metrics.note_wait("organization");
        let queue = [StateCount { state: RunState::Queued, runs: 3, leases: 0 }];
        let text = metrics.text(Some(&queue));
        for line in [
            "umbulk_requests_total 21",
            "umbulk_rows_total{status=\"ok\"} 140",
            "umbulk_rows_total{status=\"failed\"} 4",
            "umbulk_runs_ended_total{state=\"finished\"} 2",
            "umbulk_waits_total{cause=\"organization\"} 1",
            "umbulk_store_runs{state=\"queued\"} 3",
            "umbulk_store_leases 0",
            "umbulk_store_up 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(metrics.text(None).contains("umbulk_store_up 0\n"));
    }
}
