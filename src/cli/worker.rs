//! `umbulk worker`: carries out the queued runs of a shared store. Each run is a process of its own
//! with a private folder, which holds the lease of the run itself. The worker only chooses.

use super::args::queue::WorkerArgs;
use super::error::CliError;
use super::profiles::ProfileList;
use super::runs::which_store;
use super::signals::interrupted;
use super::store_access::named_store;
use super::worker_log::{
    WaitCause, log_begun, log_ended, log_listening, log_paused, log_started, log_stopping,
};
use super::worker_metrics::WorkerMetrics;
use super::worker_server::listen;
use crate::import::Exit;
use crate::import::access::{Access, AccessOrigin, Owner};
use crate::import::connection::Connection;
use crate::import::worker_name::worker;
use crate::store::{Lease, LeaseEnd, RunPlace, RunState, RunStore, StoreError, StoredRun};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

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
    let wrong = |error: StoreError| CliError(error.to_string());
    // The worker itself sends nothing: its claim lasts until its process has the run.
    store.open(Duration::ZERO).map_err(wrong)?;
    let organizations = organizations(args, access, profiles)?;
    let (tell, told) = channel();
    tell_interruption(tell.clone())?;
    let (runs, metrics) = (store.runs().map_err(wrong)?, Arc::new(WorkerMetrics::default()));
    if let Some(address) = args.listen {
        log_listening(listen(address, Arc::clone(&metrics), Arc::clone(&runs))?);
    }
    let worker = Worker {
        runs,
        metrics,
        address: args.store.store.clone().unwrap_or_default(),
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

/// Whose credentials a process uses.
#[derive(Debug, Clone)]
enum ChildAccess {
    Profile(String),
    EnvFile(PathBuf),
    /// The variables of the environment, which it inherits.
    Environment,
}

/// Returns the organizations whose runs are carried out, with the credentials of each.
fn organizations(
    args: &WorkerArgs,
    access: &Access,
    profiles: &ProfileList,
) -> Result<BTreeMap<RunPlace, ChildAccess>, CliError> {
    // A folder may belong to another person, and the processes do not read its settings.
    let own = || profiles.all.iter().filter(|profile| profile.owner == Owner::User);
    let unknown = args.profiles.iter().find(|name| own().all(|own| own.name != **name));
    if let Some(name) = unknown {
        return Err(CliError(format!(
            "there is no profile {name} in your configuration: `umbulk profiles` lists them, and \
             names the file"
        )));
    }
    let chosen = own().filter(|profile| {
        args.env_file.is_none()
            && (args.profiles.is_empty() || args.profiles.contains(&profile.name))
    });
    let mut found = BTreeMap::new();
    for profile in chosen {
        let host = profile.endpoints().map_err(|error| CliError(error.to_string()))?.api_host();
        let place = RunPlace { organization: profile.org_id.clone(), host };
        found.entry(place).or_insert_with(|| ChildAccess::Profile(profile.name.clone()));
    }
    if found.is_empty() {
        let (organization, host) = Connection::place(access)?;
        let access = match &access.resolved()?.place {
            AccessOrigin::File(path) => ChildAccess::EnvFile(path.clone()),
            AccessOrigin::DotEnv => ChildAccess::EnvFile(PathBuf::from(".env")),
            AccessOrigin::Profile { name, .. } => ChildAccess::Profile(name.clone()),
            AccessOrigin::Environment | AccessOrigin::Program => ChildAccess::Environment,
        };
        found.insert(RunPlace { organization, host }, access);
    }
    Ok(found)
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

/// A process that carries out a run.
struct RunProcess {
    lease: Lease,
    place: RunPlace,
    id: u32,
    began: Instant,
    /// The files of the run, which go with it.
    _folder: TempDir,
}

/// A worker.
struct Worker {
    runs: Arc<dyn RunStore>,
    metrics: Arc<WorkerMetrics>,
    /// The address of the store, as it was given.
    address: String,
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
                return asked.map(|()| Exit::Good).map_err(|error| CliError(error.to_string()));
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
        let folder = tempfile::Builder::new().prefix("umbulk-run-").tempdir()?;
        let place = &run.new.place;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["worker", "--carry-out", &lease.run, "--fence", &lease.fence.to_string()]);
        command.arg("--folder").arg(folder.path()).args(["--store", &self.address]);
        command.args(match self.organizations.get(place) {
            Some(ChildAccess::Profile(name)) => vec![OsString::from("--profile"), name.into()],
            Some(ChildAccess::EnvFile(path)) => vec!["--env-file".into(), path.into()],
            Some(ChildAccess::Environment) | None => Vec::new(),
        });
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(unix)]
        // Ctrl-C reaches the worker alone, which tells its processes once.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn()?;
        let id = child.id();
        tell_end(child, lease.run.clone(), self.tell.clone())?;
        log_begun(run, lease.fence, self.children.len() + 1);
        let (lease, place) = (lease.clone(), place.clone());
        let began = Instant::now();
        let process = RunProcess { lease, place, id, began, _folder: folder };
        self.children.insert(run.new.id.clone(), process);
        self.metrics.note_running(self.children.len());
        Ok(())
    }

    /// Notes the end of a process, and gives a run back that it has not claimed.
    fn end(&mut self, run: &str, output: std::io::Result<Output>) {
        let Some(process) = self.children.remove(run) else { return };
        let facts = RunFacts::of(output);
        // If the process has claimed the run, this lease is too old, and nothing changes.
        let mut end = facts.end_without_claim();
        let left = self.runs.last_part(run).and_then(|parts| {
            if parts > 0 {
                end.state = end.state.of_begun();
            }
            self.runs.end(&process.lease, end)
        });
        if let Err(error) = left.or_else(|error| match error {
            StoreError::LeaseLost { .. } => Ok(()),
            error => Err(error),
        }) {
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
            self.children.values().for_each(|process| interrupt(process.id));
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

/// What the process of a run has left.
struct RunFacts {
    /// What it has printed for programs.
    object: Map<String, Value>,
}

/// Errors of an import that come back wherever it is tried again. Others may be those of this
/// computer.
const LASTING: [&str; 3] = ["error.usage", "error.guard", "error.store.damaged"];

impl RunFacts {
    fn of(output: std::io::Result<Output>) -> Self {
        let printed = output.map(|output| output.stdout).unwrap_or_default();
        Self { object: serde_json::from_slice(&printed).unwrap_or_default() }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.object.get(key).and_then(Value::as_str)
    }

    fn code(&self) -> &str {
        self.text("code").unwrap_or("the process has not said why")
    }

    /// Returns what becomes of a run that its process has not taken.
    fn end_without_claim(&self) -> LeaseEnd {
        let state = match LASTING.contains(&self.code()) {
            true => RunState::Refused,
            false => RunState::Queued,
        };
        let reason = self.text("error").unwrap_or("the process of the run ended early").to_owned();
        LeaseEnd { state, exit_status: 2, reason: Some(reason) }
    }
}

/// Tells when a process has ended.
fn tell_end(child: Child, run: String, tell: Sender<WorkerEvent>) -> std::io::Result<()> {
    let waiting = move || {
        let output = child.wait_with_output();
        // Nobody listens any more when the worker ends.
        let _ = tell.send(WorkerEvent::Ended { run, output });
    };
    std::thread::Builder::new().name("run".to_owned()).spawn(waiting).map(drop)
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

/// Interrupts a process as Ctrl-C does.
#[cfg(unix)]
fn interrupt(process: u32) {
    let id = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // It may have ended meanwhile.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
}

/// Only Unix has a signal for that: elsewhere the worker waits for the end of the run.
#[cfg(not(unix))]
fn interrupt(_: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organization_does_not_rest_long_for_a_store_that_has_restarted() {
        assert_eq!(pause_after("error.store.unreachable"), ASKED_EVERY);
        assert_eq!(pause_after("error.credentials"), PAUSE);
    }
}
