//! The computers of a history, and the store that they share. Each has its own folder and its own
//! clocks; the store has its own clock as well, and may fall silent.

use super::comparison::EndedRow;
use crate::clock::simulated;
use crate::journal::{
    AppendError, Journal, JournalError, OutcomeStatus, RecoveredState, RunIdentity, RunInfo,
    SharedJournal,
};
use crate::umapi::{
    Age, CallClass, PendingReservation, Reservation, Reserved, SendGate, SendRefusal, SharedQuota,
    millis,
};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The computers, one of which imports now.
#[derive(Debug)]
pub(super) struct Computers {
    root: PathBuf,
    /// The number of the one that imports.
    number: u32,
    /// The store that they share; `None`: there is only one.
    pub(super) store: Option<SimulatedStore>,
}

impl Computers {
    /// Creates the first computer.
    pub(super) fn new(root: &Path, store: Option<SimulatedStore>) -> Self {
        let computers = Self { root: root.to_owned(), number: 0, store };
        std::fs::create_dir_all(computers.folder()).unwrap();
        computers
    }

    /// Returns the folder of the computer.
    pub(super) fn folder(&self) -> PathBuf {
        self.root.join(self.number.to_string())
    }

    /// Continues on another computer, whose clock differs by this number of seconds.
    pub(super) fn change(&mut self, seconds: i32) {
        self.number += 1;
        std::fs::create_dir_all(self.folder()).unwrap();
        simulated::change_computer(1000 * i64::from(seconds));
    }
}

/// A file that is imported.
#[derive(Debug, Clone, Copy)]
pub(super) struct SimulatedFile<'h> {
    pub(super) number: u8,
    pub(super) text: &'h str,
}

impl SimulatedFile<'_> {
    pub(super) fn path(self, computers: &Computers) -> PathBuf {
        computers.folder().join(format!("{}.csv", self.number))
    }

    fn journal(self, computers: &Computers) -> PathBuf {
        computers.folder().join(format!("{}.journal", self.number))
    }

    /// Begins the journal of the run, or continues it: here, or as it is in the store.
    pub(super) fn open_journal(
        self,
        computers: &Computers,
        run_info: &RunInfo,
        (rows, effect_window): (u32, Duration),
    ) -> Result<(Journal, RecoveredState), JournalError> {
        let path = self.journal(computers);
        let worker = computers.store.as_ref().map(SimulatedStore::worker);
        let is_here = |journal: &Journal| match &worker {
            Some(worker) => journal.last_part().is_ok_and(|last| last == worker.last(self.number)),
            None => true,
        };
        let run = worker.as_ref().and_then(|worker| worker.run(self.number));
        let local = Journal::open(&path)?.filter(is_here);
        let mut journal = match (local, run) {
            (Some(journal), _) => journal,
            (None, Some(SimulatedRun { base, parts, .. })) => {
                Journal::rebuild(&path, &base, parts.into_iter().map(Ok))?
            }
            (None, None) => {
                let (organization, host) = ("org".to_owned(), "host".to_owned());
                let options = BTreeMap::new();
                let about = RunIdentity { organization, host, input: (0, 0), rows, options };
                let mut journal = Journal::begin(&path, &about, run_info)?;
                if let Some(worker) = worker {
                    worker.begin(self.number, journal.base()?);
                    journal.share(Box::new(worker.of_file(self.number)))?;
                }
                return Ok((journal, RecoveredState::default()));
            }
        };
        if let Some(worker) = worker {
            journal.share(Box::new(worker.of_file(self.number)))?;
        }
        let run_info = RunInfo { began: journal.info()?.began, ..run_info.clone() };
        let recovered = journal.go_on(&run_info, effect_window)?;
        Ok((journal, recovered))
    }

    /// Returns what the journal says of every row. It has no entry for a row that is not sent.
    pub(super) fn outcomes(self, computers: &Computers) -> Result<Vec<EndedRow>, String> {
        let journal = Journal::open_read_only(&self.journal(computers))
            .map_err(|error| error.to_string())?
            .ok_or("there is no journal")?;
        let (status, code, words) = (OutcomeStatus::Skipped, String::new(), String::new());
        let mut ends = vec![EndedRow { status, code, words }; self.text.lines().count() - 1];
        journal
            .outcomes(|row, outcome| {
                let (code, words) = (outcome.reason.code, outcome.reason.message);
                ends[row as usize] = EndedRow { status: outcome.status, code, words };
            })
            .map_err(|error| error.to_string())?;
        Ok(ends)
    }
}

/// The store: runs, the quota, and who has the lease.
#[derive(Debug, Clone, Default)]
pub(super) struct SimulatedStore(Arc<Mutex<SimulatedStoreState>>);

#[derive(Debug, Default)]
struct SimulatedStoreState {
    runs: BTreeMap<u8, SimulatedRun>,
    /// The number of the worker that has the lease.
    worker: u64,
    silent_until: Option<Instant>,
    /// Whether the next part is taken, and only the answer is lost.
    loses_answer: bool,
    sends: Vec<SimulatedSend>,
}

/// A request of a worker, and when the service has seen it.
#[derive(Debug)]
struct SimulatedSend {
    by: u64,
    ticket: u64,
    class: CallClass,
    seen: Instant,
}

/// The journal of a run in the store.
#[derive(Debug, Clone)]
struct SimulatedRun {
    base: Vec<u8>,
    parts: Vec<Vec<u8>>,
}

impl SimulatedStoreState {
    fn is_silent(&self) -> bool {
        self.silent_until.is_some_and(|until| until > Instant::now())
    }
}

impl SimulatedStore {
    fn state(&self) -> MutexGuard<'_, SimulatedStoreState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the lease to another worker.
    pub(super) fn claim(&self) {
        self.state().worker += 1;
    }

    /// Returns the worker that has the lease.
    pub(super) fn worker(&self) -> SimulatedWorker {
        SimulatedWorker { store: self.clone(), number: self.state().worker, file: 0 }
    }

    /// Answers nothing for this number of seconds. A part that comes then is taken nevertheless.
    pub(super) fn fall_silent(&self, seconds: u32) {
        let mut state = self.state();
        let until = Instant::now() + Duration::from_secs(seconds.into());
        (state.silent_until, state.loses_answer) = (Some(until), true);
    }

    /// Waits until the store answers.
    pub(super) async fn answers(&self) {
        let until = self.state().silent_until;
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }
}

/// A process that works for the store.
#[derive(Debug, Clone)]
pub(super) struct SimulatedWorker {
    store: SimulatedStore,
    number: u64,
    file: u8,
}

impl SimulatedWorker {
    fn of_file(&self, file: u8) -> Self {
        Self { file, ..self.clone() }
    }

    fn run(&self, file: u8) -> Option<SimulatedRun> {
        self.store.state().runs.get(&file).cloned()
    }

    fn last(&self, file: u8) -> u64 {
        self.run(file).map_or(0, |run| run.parts.len() as u64)
    }

    fn begin(&self, file: u8, base: Vec<u8>) {
        self.store.state().runs.insert(file, SimulatedRun { base, parts: Vec::new() });
    }
}

const TAKEN_OVER: &str = "another worker has taken over the run";
const NO_ANSWER: &str = "connection refused";

impl SharedJournal for SimulatedWorker {
    fn append(&mut self, number: u64, part: &[u8]) -> Result<(), AppendError> {
        let mut state = self.store.state();
        let silent = Err(AppendError::NoAnswer(NO_ANSWER.to_owned()));
        let loses_answer = state.is_silent() && std::mem::take(&mut state.loses_answer);
        if state.is_silent() && !loses_answer {
            return silent;
        }
        if state.worker != self.number {
            return Err(AppendError::Refused(TAKEN_OVER.to_owned()));
        }
        let run = state.runs.get_mut(&self.file).unwrap();
        match run.parts.get(usize::try_from(number - 1).unwrap()) {
            Some(there) => assert_eq!(there, part),
            None => {
                assert_eq!(run.parts.len() as u64 + 1, number);
                run.parts.push(part.to_vec());
            }
        }
        if loses_answer { silent } else { Ok(()) }
    }
}

impl SendGate for SimulatedWorker {
    fn may_send(&self, _: Duration) -> Result<(), SendRefusal> {
        let state = self.store.state();
        match state.is_silent() {
            true => Err(SendRefusal::NotNow(NO_ANSWER.to_owned())),
            false if state.worker != self.number => Err(SendRefusal::Never(TAKEN_OVER.to_owned())),
            false => Ok(()),
        }
    }
}

impl SharedQuota for SimulatedWorker {
    fn reserve(&self, wanted: Reservation) -> PendingReservation<'_> {
        Box::pin(async move {
            if self.store.state().is_silent() {
                return Err(io::Error::other(NO_ANSWER));
            }
            let others = self.of_others(wanted.class, wanted.span);
            if others.len() > wanted.others {
                return Ok(Reserved::Full { others, wait: None });
            }
            // The service sees it within a second.
            self.seen(wanted.class, wanted.ticket, Some(-1000));
            Ok(Reserved::Granted { others })
        })
    }

    fn seen(&self, class: CallClass, ticket: u64, age: Option<Age>) {
        let (by, now) = (self.number, Instant::now());
        let mut state = self.store.state();
        state.sends.retain(|send| (send.by, send.ticket, send.class) != (by, ticket, class));
        if let Some(age) = age {
            let length = Duration::from_millis(age.unsigned_abs());
            let seen = if age < 0 { now + length } else { now - length };
            state.sends.push(SimulatedSend { by, ticket, class, seen });
        }
    }

    fn of_others(&self, class: CallClass, span: Duration) -> Vec<Age> {
        let (state, now) = (self.store.state(), Instant::now());
        let is_others = |send: &&SimulatedSend| send.by != self.number && send.class == class;
        let age = |send: &SimulatedSend| match send.seen.checked_duration_since(now) {
            Some(ahead) => -millis(ahead),
            None => millis(now - send.seen),
        };
        let ages = state.sends.iter().filter(is_others).map(age);
        ages.filter(|age| *age < millis(span)).collect()
    }

    fn is_required(&self) -> bool {
        true
    }
}
