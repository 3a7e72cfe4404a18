//! A run that a worker has chosen: it goes on a thread of its own, and an error of one run, even a
//! panic, ends no other one.

use super::assigned_import::{AssignedImport, ResolveImport};
use super::error::CliError;
use super::import_report::ImportReport;
use super::sending::STACK;
use super::worker_access::RunAccess;
use super::worker_reporter::{RunStop, WorkerReporter};
use crate::import::reporter::{ImportEvent, Stage};
use crate::import::shared_store::{AssignedRun, SharedStore};
use crate::import::{Exit, ImportError, pipeline};
use crate::store::{Lease, LeaseEnd, RunPlace, RunState};
use crate::visible::visible;
use serde_json::{Map, Value};
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;
use tempfile::TempDir;

/// How the runs of a worker begin.
pub(super) struct RunStart {
    pub(super) store: SharedStore,
    /// The address of the store, as it was given.
    pub(super) address: String,
    /// Resolves the options of an import.
    pub(super) resolve: ResolveImport,
}

/// A run that goes on.
pub(super) struct WorkerRun {
    pub(super) lease: Lease,
    pub(super) place: RunPlace,
    pub(super) began: Instant,
    store: Arc<SharedStore>,
    stop: RunStop,
    report: ImportReport,
    on_end: Arc<OnEnd>,
    /// The files of the run, which go with it.
    folder: TempDir,
}

/// Called with what a run reports at its end.
type OnEnd = dyn Fn(RunFacts) + Send + Sync;

impl RunStart {
    /// Begins a run with these credentials. `on_end` is called with what it reports at its end.
    ///
    /// # Errors
    /// When there can be no further folder or thread.
    pub(super) fn begin(
        &self,
        (lease, place): (&Lease, &RunPlace),
        access: RunAccess,
        on_end: impl Fn(RunFacts) + Send + Sync + 'static,
    ) -> io::Result<WorkerRun> {
        let folder = tempfile::Builder::new().prefix("umbulk-run-").tempdir()?;
        let assigned = AssignedRun { id: lease.run.clone(), fence: lease.fence };
        let run = WorkerRun {
            lease: lease.clone(),
            place: place.clone(),
            began: Instant::now(),
            store: Arc::new(self.store.for_run(assigned)),
            stop: RunStop::default(),
            report: ImportReport::default(),
            on_end: Arc::new(on_end),
            folder,
        };
        let import = AssignedImport {
            store: Arc::clone(&run.store),
            run: lease.run.clone(),
            folder: run.folder.path().to_owned(),
            access,
            address: self.address.clone(),
        };
        let (report, on_end) = (run.report.clone(), Arc::clone(&run.on_end));
        let (stop, resolve) = (run.stop.clone(), self.resolve);
        let work = move || {
            let _of_this_run = tracing::info_span!("run", id = import.run).entered();
            on_end(facts_of(&report, || carry_out(&import, resolve, (stop, report.clone()))));
        };
        thread::Builder::new().name("run".to_owned()).stack_size(STACK).spawn(work)?;
        Ok(run)
    }
}

/// Carries out a run.
fn carry_out(
    import: &AssignedImport,
    resolve: ResolveImport,
    (stop, report): (RunStop, ImportReport),
) -> Result<Exit, CliError> {
    // What is wrong before the import begins is wrong on this computer.
    report.note(ImportEvent::Stage(Stage::Settings));
    let (config, confirmed) = import.fetch(resolve, &report)?;
    let reporter = WorkerReporter { report, stop, confirmed };
    let ended = pipeline::import(&config, &reporter);
    Ok(ended.inspect_err(|error| reporter.report.note_code(error))?)
}

/// Ends a run that was interrupted before it sent anything.
fn given_up(report: &ImportReport) -> Result<Exit, CliError> {
    report.note(ImportEvent::Interrupted);
    Err(ImportError::Interrupted.into())
}

/// Returns what a run reports after some work on it.
fn facts_of(report: &ImportReport, work: impl FnOnce() -> Result<Exit, CliError>) -> RunFacts {
    // After a panic only the report and the store of the run are used. Both keep what they have
    // behind locks.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(ended) => {
            let exit = ended.unwrap_or_else(|CliError(message)| {
                report.fails(&message);
                report.exit_of_error()
            });
            RunFacts { object: report.object(exit), has_crashed: false }
        }
        Err(panic) => {
            report.fails(&crash_words(&*panic));
            RunFacts { object: report.object(report.exit_of_error()), has_crashed: true }
        }
    }
}

/// Describes a panic by its message.
fn crash_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.map_or_else(String::new, |text| format!(": {}", visible(text)));
    format!("the run has crashed{text}")
}

impl WorkerRun {
    /// Interrupts it as Ctrl-C does. A run that has sent nothing is given back at once; its thread
    /// ends later.
    pub(super) fn interrupt(&self) {
        if !self.stop.interrupt() {
            return;
        }
        let (store, report) = (Arc::clone(&self.store), self.report.clone());
        let on_end = Arc::clone(&self.on_end);
        let give_back = move || {
            store.give_back();
            on_end(facts_of(&report, || given_up(&report)));
        };
        // If there can be no further thread, the run gives itself back before it sends.
        let _ = thread::Builder::new().name("give back".to_owned()).spawn(give_back);
    }

    /// Ends the lease if the run still holds it.
    pub(super) fn leave(&self, end: &LeaseEnd) {
        self.store.end_all(end);
    }
}

/// What a run reports at its end.
pub(super) struct RunFacts {
    /// What an import prints for programs.
    pub(super) object: Map<String, Value>,
    has_crashed: bool,
}

/// Errors of an import that come back wherever it is tried again. Others may be those of this
/// computer.
const LASTING: [&str; 3] = ["error.usage", "error.guard", "error.store.damaged"];

impl RunFacts {
    fn text(&self, key: &str) -> Option<&str> {
        self.object.get(key).and_then(Value::as_str)
    }

    /// Returns why it cannot go on here: the code of its error, or that it has crashed.
    pub(super) fn cause(&self) -> &str {
        self.text("code").filter(|_| !self.has_crashed).unwrap_or("the run has crashed")
    }

    /// Returns what becomes of a run that has not been claimed, or was not left.
    pub(super) fn end_without_claim(&self) -> LeaseEnd {
        let state = match LASTING.contains(&self.cause()) {
            true => RunState::Refused,
            false => RunState::Queued,
        };
        let reason = self.text("error").unwrap_or("the run ended early").to_owned();
        LeaseEnd { state, exit_status: 2, reason: Some(reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_that_is_interrupted_before_it_sends_returns_to_the_queue() {
        let report = ImportReport::default();
        let facts = facts_of(&report, || given_up(&report));
        assert_eq!(facts.cause(), "error.interrupted");
        assert_eq!(facts.end_without_claim().state, RunState::Queued);
    }

    #[test]
    fn run_that_panics_leaves_its_message() {
        let report = ImportReport::default();
        let crashed = facts_of(&report, || panic!("row {} is\nodd", 7));
        let end = crashed.end_without_claim();
        assert_eq!(end.state, RunState::Queued);
        let reason = end.reason.unwrap();
        assert!(reason.starts_with("the run has crashed: row 7 is"), "{reason}");
        assert!(!reason.contains('\n'), "{reason}");
        let refused = facts_of(&ImportReport::default(), || Err(CliError("why".to_owned())));
        let end = refused.end_without_claim();
        assert_eq!((end.state, end.reason.as_deref()), (RunState::Refused, Some("why")));
    }
}
