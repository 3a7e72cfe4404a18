//! `umbulk worker`: carries out the queued runs of a shared store. Each run is a process of its own
//! with a private folder, which holds the lease of the run itself. The worker only chooses.

use super::args::queue::WorkerArgs;
use super::error::CliError;
use super::profiles::ProfileList;
use super::runs::which_store;
use super::signals::interrupted;
use super::store_access::named_store;
use super::worker_access::{ChildAccess, organizations};
use super::worker_log::{
    WaitCause, log_begun, log_ended, log_listening, log_paused, log_started, log_stopping,
};
use super::worker_metrics::WorkerMetrics;
use super::worker_process::{ProcessStart, RunFacts, RunProcess};
use super::worker_server::listen;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::worker_name::worker;
use crate::store::{Lease, LeaseEnd, RunPlace, RunState, RunStore, StoreError, StoredRun};
use std::collections::BTreeMap;
use std::process::Output;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often the store is asked for runs while there are none.
const ASKED_EVERY: Duration = Duration::from_secs(5);
/// How long the runs of an organization rest after one could not go on there: its credentials are
/// refused, or its server does not answer.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Carries out queued runs until it is stopped.
pub(crate) fn run(
    args: &WorkerArgs,
    access: &Access,
    profiles: &ProfileList,
) -> Result<Exit, CliError> {
    let store = named_store(&args.store)?.ok_or_else(which_store)?;
    // The worker itself sends nothing: its claim lasts until its process has the run.
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
        start: ProcessStart {
            program: std::env::current_exe()?,
            address: args.store.store.clone().unwrap_or_default(),
        },
        organizations,
        most: usize::from(args.concurrency),
        ends: if args.once { WorkerEnd::WithoutWork } else { WorkerEnd::Never },
        tell,
        children: BTreeMap::new(),
        paused: BTreeMap::new(),
        is_stopping: false,
    };
    log_started(worker.organizations.len(), worker.most);
    worker.work(&told)
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
    /// The process of a run has ended.
    Ended { run: String, output: std::io::Result<Output> },
}

/// A worker.
struct Worker {
    runs: Arc<dyn RunStore>,
    metrics: Arc<WorkerMetrics>,
    start: ProcessStart,
    organizations: BTreeMap<RunPlace, ChildAccess>,
    /// The most runs at once.
    most: usize,
    ends: WorkerEnd,
    tell: Sender<WorkerEvent>,
    /// The processes, by their runs.
    children: BTreeMap<String, RunProcess>,
    /// Organizations whose runs rest, and until when.
    paused: BTreeMap<RunPlace, Instant>,
    is_stopping: bool,
}

impl Worker {
    fn work(mut self, told: &Receiver<WorkerEvent>) -> Result<Exit, CliError> {
        loop {
            let asked = if self.is_stopping { Ok(()) } else { self.begin_runs() };
            let is_done = self.is_stopping || self.ends == WorkerEnd::WithoutWork;
            if self.children.is_empty() && is_done {
                return Ok(asked.map(|()| Exit::Good)?);
            }
            match asked {
                Ok(()) => self.metrics.note_store_answers(),
                Err(error) => self.wait(WaitCause::Store, None, (ASKED_EVERY, &error.to_string())),
            }
            match told.recv_timeout(ASKED_EVERY) {
                Ok(WorkerEvent::Stop) => self.stop(),
                Ok(WorkerEvent::Ended { run, output }) => self.end(&run, output),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Begins runs, as many as there may be at once.
    fn begin_runs(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        self.paused.retain(|_, until| *until > now);
        while self.children.len() < self.most {
            // A run whose process still goes on is not chosen again, even if its lease has ended.
            let is_free = |place: &&RunPlace| {
                !self.paused.contains_key(place)
                    && self.children.values().all(|process| process.place != **place)
            };
            let places: Vec<RunPlace> =
                self.organizations.keys().filter(is_free).cloned().collect();
            let Some(lease) = self.runs.claim_next(&worker(), &places)? else { break };
            let found = self.runs.run(&lease.run)?;
            let run = found.ok_or_else(|| StoreError::no_run(&lease.run))?;
            if let Err(error) = self.begin(&lease, &run) {
                let reason = Some(format!("the worker cannot begin a process: {error}"));
                let end = LeaseEnd { state: RunState::Queued, exit_status: 2, reason };
                self.runs.end(&lease, end)?;
                self.pause(&run.new.place, &error.to_string());
                break;
            }
        }
        Ok(())
    }

    /// Begins the process of a run.
    fn begin(&mut self, lease: &Lease, run: &StoredRun) -> std::io::Result<()> {
        let place = &run.new.place;
        let (tell, id) = (self.tell.clone(), lease.run.clone());
        let on_end = move |output| {
            // Nobody listens any more when the worker ends.
            let _ = tell.send(WorkerEvent::Ended { run: id, output });
        };
        let access = self.organizations.get(place);
        let process = self.start.begin((lease, place), access, on_end)?;
        log_begun(run, lease.fence, self.children.len() + 1);
        self.children.insert(run.new.id.clone(), process);
        self.metrics.note_running(self.children.len());
        Ok(())
    }

    /// Notes the end of a process.
    fn end(&mut self, run: &str, output: std::io::Result<Output>) {
        let Some(process) = self.children.remove(run) else { return };
        let facts = RunFacts::of(output);
        if let Err(error) = self.give_back(&process, &facts) {
            let why = error.to_string();
            self.wait(WaitCause::Store, Some(&process.place), (Duration::ZERO, &why));
        }
        let state = self.runs.run(run).ok().flatten().map(|found| found.state);
        self.metrics.note_running(self.children.len());
        self.metrics.note_ended(state, &facts.object);
        log_ended((run, &process.place), state, &facts.object, process.began.elapsed());
        if state == Some(RunState::Queued) && !self.is_stopping {
            self.pause(&process.place, facts.code());
        }
    }

    /// Gives a run back that its process has not claimed, or has not left because it crashed.
    fn give_back(&self, process: &RunProcess, facts: &RunFacts) -> Result<(), StoreError> {
        let run = &process.lease.run;
        let mut end = facts.end_without_claim();
        if self.runs.last_part(run)? > 0 {
            end.state = end.state.of_begun();
        }
        match self.runs.end(&process.lease, end.clone()) {
            Err(StoreError::LeaseLost { .. }) if facts.has_crashed() => {
                // Until its lease ends, nobody else would take the run of a process that is gone.
                let left = self.runs.end(&process.own_lease(), end);
                left.or_else(ignore_lost)
            }
            left => left.or_else(ignore_lost),
        }
    }

    fn pause(&mut self, place: &RunPlace, why: &str) {
        let pause = pause_after(why);
        self.wait(WaitCause::Organization, Some(place), (pause, why));
        self.paused.insert(place.clone(), Instant::now() + pause);
    }

    /// Says that the worker waits so long.
    fn wait(&self, cause: WaitCause, place: Option<&RunPlace>, (wait, why): (Duration, &str)) {
        self.metrics.note_wait(cause.name());
        if matches!(cause, WaitCause::Store) {
            self.metrics.note_store_is_silent();
        }
        log_paused(cause, place, wait, why);
    }

    /// Begins no further run, and interrupts those that go on: they give their runs back.
    fn stop(&mut self) {
        if !self.is_stopping {
            self.is_stopping = true;
            log_stopping(self.children.len());
            self.children.values().for_each(RunProcess::interrupt);
        }
    }
}

/// Returns how long an organization rests after a process has ended with this code. A store that
/// has restarted meanwhile is no matter of the organization.
fn pause_after(code: &str) -> Duration {
    match code {
        "error.store.unreachable" => ASKED_EVERY,
        _ => PAUSE,
    }
}

/// Another process has the run, or it has left it itself.
fn ignore_lost(error: StoreError) -> Result<(), StoreError> {
    match error {
        StoreError::LeaseLost { .. } => Ok(()),
        error => Err(error),
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
