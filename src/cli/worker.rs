//! `umbulk worker`: carries out the queued runs of a shared store. Each run goes on a thread of its
//! own, with a private folder, and holds its lease itself. The worker only chooses.

use super::args::queue::WorkerArgs;
use super::assigned_import::ResolveImport;
use super::error::CliError;
use super::profiles::ProfileList;
use super::runs::which_store;
use super::sending::{ONE_SIGNAL, STACK};
use super::signals::interrupted;
use super::store_access::named_store;
use super::worker_access::{RunAccess, organizations};
use super::worker_log::{
    WaitCause, log_begun, log_ended, log_listening, log_panics, log_paused, log_started,
    log_stopping,
};
use super::worker_metrics::WorkerMetrics;
use super::worker_run::{RunFacts, RunStart, WorkerRun};
use super::worker_server::listen;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::worker_name::worker;
use crate::store::{Lease, LeaseEnd, RunPlace, RunState, RunStore, StoreError, StoredRun};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often the store is asked for runs while there are none.
const ASKED_EVERY: Duration = Duration::from_secs(5);
/// How long the runs of an organization rest after one could not go on there: its credentials are
/// refused, or its server does not answer.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// The most files that a run has open: its file, its journal, its results, locks and connections
/// (measured: 16).
const FILES_OF_A_RUN: u64 = 24;
/// How many runs share a connection to the store. A request takes five short transactions, and the
/// limits of Adobe leave seconds between two requests of a run.
const RUNS_OF_A_CONNECTION: usize = 32;

/// Carries out queued runs until it is stopped.
pub(crate) fn run(
    args: &WorkerArgs,
    access: &Access,
    profiles: &ProfileList,
    resolve: ResolveImport,
) -> Result<Exit, CliError> {
    log_panics();
    let most = usize::from(args.concurrency);
    prepare_process(most)?;
    let store = named_store(&args.store)?.ok_or_else(which_store)?;
    // One more than the runs need: the worker and its server ask the store as well.
    let store = store.with_connections(1 + most.div_ceil(RUNS_OF_A_CONNECTION));
    // The worker itself sends nothing: its claim lasts until the run has its own.
    store.open(Duration::ZERO)?;
    let organizations = organizations(args, access, profiles)?;
    let (tell, told) = channel();
    tell_interruption(tell.clone())?;
    let (runs, metrics) = (store.runs()?, Arc::new(WorkerMetrics::default()));
    if let Some(address) = args.listen {
        let counted = Arc::clone(&runs);
        let count = move || counted.counts().ok();
        log_listening(listen(address, Arc::clone(&metrics), Arc::new(count))?);
    }
    let worker = Worker {
        runs,
        metrics,
        start: RunStart { store, address: args.store.store.clone().unwrap_or_default(), resolve },
        organizations,
        most,
        ends: if args.once { WorkerEnd::WithoutWork } else { WorkerEnd::Never },
        tell,
        running: BTreeMap::new(),
        paused: BTreeMap::new(),
        is_stopping: false,
        is_store_silent: false,
    };
    log_started(worker.organizations.len(), worker.most);
    worker.work(&told)
}

/// Prepares what all runs of this process share: the files that it may have open, and the threads
/// that read tables, which may read for several runs on one stack.
///
/// # Errors
/// When there cannot be so many files or threads.
fn prepare_process(runs: usize) -> Result<(), CliError> {
    allow_open_files(runs as u64 * FILES_OF_A_RUN + FILES_OF_A_RUN)?;
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    pool.map_err(|error| CliError(format!("the worker cannot begin its threads: {error}")))
}

/// Raises the number of files that this process may have open as far as it must and may.
#[cfg(unix)]
fn allow_open_files(needed: u64) -> Result<(), CliError> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let current = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..limit });
    if current >= needed && raised.is_ok() {
        return Ok(());
    }
    Err(CliError(format!(
        "so many runs at once need {needed} open files, and this process may have {current}: name \
         a lower --concurrency, or raise the limit (ulimit -n; LimitNOFILE= in a unit of systemd)"
    )))
}

/// Only Unix has a limit that must be raised.
#[cfg(not(unix))]
fn allow_open_files(_: u64) -> Result<(), CliError> {
    Ok(())
}

/// When a worker ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WorkerEnd {
    Never,
    WithoutWork,
}

/// What a worker is told.
enum WorkerEvent {
    /// It is to stop.
    Stop,
    /// A run has ended.
    Ended { run: String, facts: RunFacts },
}

/// A worker.
struct Worker {
    runs: Arc<dyn RunStore>,
    metrics: Arc<WorkerMetrics>,
    start: RunStart,
    organizations: BTreeMap<RunPlace, RunAccess>,
    /// The most runs at once.
    most: usize,
    ends: WorkerEnd,
    tell: Sender<WorkerEvent>,
    /// What goes on, by the ids of the runs.
    running: BTreeMap<String, WorkerRun>,
    /// Organizations whose runs rest, and until when.
    paused: BTreeMap<RunPlace, Instant>,
    is_stopping: bool,
    /// Whether the store has not answered the last question.
    is_store_silent: bool,
}

impl Worker {
    fn work(mut self, told: &Receiver<WorkerEvent>) -> Result<Exit, CliError> {
        loop {
            let asked = if self.is_stopping { Ok(()) } else { self.begin_runs() };
            let is_done = self.is_stopping || self.ends == WorkerEnd::WithoutWork;
            if self.running.is_empty() && is_done {
                return Ok(asked.map(|()| Exit::Good)?);
            }
            match asked {
                Ok(()) if self.is_stopping => {}
                Ok(()) => {
                    self.is_store_silent = false;
                    self.metrics.note_store_answers();
                }
                Err(error) => self.wait(WaitCause::Store, None, (ASKED_EVERY, &error.to_string())),
            }
            match told.recv_timeout(ASKED_EVERY) {
                Ok(WorkerEvent::Stop) => self.stop(),
                Ok(WorkerEvent::Ended { run, facts }) => self.end(&run, &facts),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Begins runs, as many as there may be at once.
    fn begin_runs(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        self.paused.retain(|_, until| *until > now);
        let most = self.most - self.running.len();
        if most == 0 {
            return Ok(());
        }
        // A run that still goes on here is not chosen again, even if its lease has ended.
        let busy: HashSet<&RunPlace> = self.running.values().map(|run| &run.place).collect();
        let is_free = |place: &&RunPlace| !self.paused.contains_key(place) && !busy.contains(place);
        let places: Vec<RunPlace> = self.organizations.keys().filter(is_free).cloned().collect();
        for lease in self.runs.claim_next(&worker(), &places, most)? {
            let found = self.runs.run(&lease.run)?;
            let run = found.ok_or_else(|| StoreError::no_run(&lease.run))?;
            if let Err(error) = self.begin(&lease, &run) {
                let reason = Some(format!("the worker cannot begin a run: {error}"));
                let end = LeaseEnd { state: RunState::Queued, exit_status: 2, reason };
                self.runs.end(&lease, end)?;
                self.pause(&run.new.place, &error.to_string());
            }
        }
        Ok(())
    }

    /// Begins a run.
    fn begin(&mut self, lease: &Lease, run: &StoredRun) -> std::io::Result<()> {
        let place = &run.new.place;
        let (tell, id) = (self.tell.clone(), lease.run.clone());
        let on_end = move |facts| {
            // Nobody listens any more when the worker ends.
            let _ = tell.send(WorkerEvent::Ended { run: id.clone(), facts });
        };
        let access = self.organizations.get(place).cloned().unwrap_or(RunAccess::Environment);
        let begun = self.start.begin((lease, place), access, on_end)?;
        log_begun(run, lease.fence, self.running.len() + 1);
        self.running.insert(run.new.id.clone(), begun);
        self.metrics.note_running(self.running.len());
        Ok(())
    }

    /// Notes the end of a run.
    fn end(&mut self, id: &str, facts: &RunFacts) {
        // A run that was given back reports a second time when its thread ends.
        let Some(run) = self.running.remove(id) else { return };
        if self.may_ask()
            && let Err(error) = self.give_back(&run, facts)
        {
            let why = error.to_string();
            self.wait(WaitCause::Store, Some(&run.place), (Duration::ZERO, &why));
        }
        let found = if self.may_ask() { self.runs.run(id).ok().flatten() } else { None };
        let state = found.map(|found| found.state);
        self.metrics.note_running(self.running.len());
        self.metrics.note_ended(state, &facts.object);
        log_ended((id, &run.place), state, &facts.object, run.began.elapsed());
        if state == Some(RunState::Queued) && !self.is_stopping {
            self.pause(&run.place, facts.cause());
        }
    }

    /// Returns a run to the queue if it ended without a lease of its own, or crashed while it held
    /// one.
    fn give_back(&self, run: &WorkerRun, facts: &RunFacts) -> Result<(), StoreError> {
        let mut end = facts.end_without_claim();
        if self.runs.last_part(&run.lease.run)? > 0 {
            end.state = end.state.of_begun();
        }
        run.leave(&end);
        match self.runs.end(&run.lease, end) {
            // It has left itself, or another worker has it.
            Err(StoreError::LeaseLost { .. }) => Ok(()),
            left => left,
        }
    }

    /// Whether the store is asked about a run that has ended. A worker that stops does not wait for
    /// a silent store once for each of its runs: their leases end by themselves.
    fn may_ask(&self) -> bool {
        !(self.is_stopping && self.is_store_silent)
    }

    fn pause(&mut self, place: &RunPlace, why: &str) {
        let pause = pause_after(why);
        self.wait(WaitCause::Organization, Some(place), (pause, why));
        self.paused.insert(place.clone(), Instant::now() + pause);
    }

    /// Says that the worker waits so long.
    fn wait(&mut self, cause: WaitCause, place: Option<&RunPlace>, (wait, why): (Duration, &str)) {
        self.metrics.note_wait(cause.name());
        if matches!(cause, WaitCause::Store) {
            self.is_store_silent = true;
            self.metrics.note_store_is_silent();
        }
        log_paused(cause, place, wait, why);
    }

    /// Begins no further run, and interrupts those that go on: they give their runs back. The
    /// second time they do not wait for responses.
    fn stop(&mut self) {
        self.is_stopping = true;
        log_stopping(self.running.len());
        self.running.values().for_each(WorkerRun::interrupt);
    }
}

/// Returns how long an organization rests after a run has ended with this code. A store that
/// has restarted meanwhile is no matter of the organization.
fn pause_after(code: &str) -> Duration {
    match code {
        "error.store.unreachable" => ASKED_EVERY,
        _ => PAUSE,
    }
}

/// Tells when the worker is to stop.
fn tell_interruption(tell: Sender<WorkerEvent>) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let waiting = move || {
        runtime.block_on(async {
            loop {
                interrupted().await;
                if tell.send(WorkerEvent::Stop).is_err() {
                    return;
                }
                tokio::time::sleep(ONE_SIGNAL).await;
            }
        });
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(waiting)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organization_does_not_rest_long_for_a_store_that_has_restarted() {
        assert_eq!(pause_after("error.store.unreachable"), ASKED_EVERY);
        assert_eq!(pause_after("error.credentials"), PAUSE);
    }
}
