//! One history: a file, a script of disturbances, and the expected results.

use super::comparison::{Comparison, EndedRow, ScriptOutcome, lines_of};
use super::computers::{Computers, SimulatedFile, SimulatedStore};
use super::rows::{HEADER, anybody, organization, random};
use super::script::{Cause, Event, ProcessEnd, Refuser, Script};
use super::service::Service;
use crate::change::Rules;
use crate::clock::{self, simulated};
use crate::execute::{
    Ended, Executor, GroupSidePolicy, GroupSideUse, InputRows, LateEffects, MaxErrors,
    OutcomeStatus, Outcomes, Policy, Protected, Reporter, RunProgress, find_group_side, scan,
};
use crate::journal::{JournalError, QuotaFile, RunInfo};
use crate::plan::sides::CommandWidth;
use crate::sandbox::{InMemory, SandboxOptions};
use crate::table::{ReadOptions, Table};
use crate::umapi::{
    self, Client, Credentials, Endpoints, Rates, SendGate, SharedQuota, TrustedCertificates,
};
use fastrand::Rng;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Notify;

/// A file, and the disturbances of its import.
#[derive(Clone)]
pub(super) struct History {
    seed: u64,
    /// The rows of two files: the second is imported as soon as the first is done.
    rows: [Vec<String>; 2],
    script: Script,
    /// The user whose commands are refused together with all others of their request, and what
    /// refuses them.
    refused: Option<(String, Refuser)>,
    concurrency: usize,
    is_limited: bool,
    verify_deletes: bool,
    group_side: GroupSideUse,
    max_attempts: u32,
    /// Whether the computers of the history share a store.
    has_store: bool,
}

/// The most times that a process may end before the import is finished.
const MOST_PROCESSES: usize = 30;
/// The most polls of a run in one process.
const MOST_POLLS: u32 = 20_000;
const BEGINS: &str = "a process begins";
const TIMEOUT: Duration = Duration::from_secs(180);
const EFFECT_WINDOW: Duration = Duration::from_secs(180);

impl History {
    /// Makes the history of a seed: the same seed always makes the same history.
    pub(super) fn random(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let first = random(&mut rng);
        let second = if rng.bool() { random(&mut rng) } else { Vec::new() };
        let mut script = Script::random(&mut rng);
        let refuser =
            [None, None, None, None, Some(Refuser::Api), Some(Refuser::Gateway)][rng.usize(..6)];
        let refused = refuser.map(|refuser| (anybody(&mut rng), refuser));
        let has_store = rng.u8(..3) == 0;
        if has_store {
            script.share(&mut rng);
        }
        Self {
            has_store,
            seed,
            rows: [first, second],
            script,
            refused,
            concurrency: rng.usize(1..5),
            is_limited: rng.bool(),
            verify_deletes: rng.bool(),
            group_side: [GroupSideUse::Always, GroupSideUse::Never][rng.usize(..2)],
            max_attempts: 50,
        }
    }

    /// Creates a history in which nothing happens.
    fn calm(rows: &[&str]) -> Self {
        Self {
            seed: 0,
            rows: [rows.iter().map(|row| (*row).to_owned()).collect(), Vec::new()],
            script: Script::default(),
            refused: None,
            concurrency: 4,
            is_limited: true,
            verify_deletes: false,
            group_side: GroupSideUse::Always,
            max_attempts: 6,
            has_store: false,
        }
    }

    /// Creates a history in which nothing happens but that the commands of a user are refused.
    pub(super) fn refused(rows: &[&str], name: &str, refuser: Refuser) -> Self {
        Self { refused: Some((name.to_owned(), refuser)), ..Self::calm(rows) }
    }

    /// Creates a history in which nothing happens but one event: the response to the request of
    /// that number, from 0.
    pub(super) fn disturbed(rows: &[&str], number: u32, event: Event) -> Self {
        let mut history = Self::calm(rows);
        history.script.actions.insert(number, event);
        history
    }

    /// Creates a history in which nothing happens but that the first process is killed after so
    /// many polls.
    pub(super) fn killed(rows: &[&str], polls: u32) -> Self {
        let mut history = Self::calm(rows);
        let (pause, clock_jump, is_elsewhere) = (0, 0, false);
        history.script.ends =
            vec![ProcessEnd { polls, by: Cause::Kill, pause, clock_jump, is_elsewhere }];
        history
    }

    /// Returns the message of every row.
    pub(super) fn messages(&self) -> Result<Vec<String>, String> {
        let outcome = self.outcome()?;
        Ok(outcome.rows.into_iter().map(|end| end.words).collect())
    }

    /// Returns the status and the code of every row.
    pub(super) fn statuses(&self) -> Result<Vec<(OutcomeStatus, String)>, String> {
        self.outcome()
            .map(|outcome| outcome.rows.into_iter().map(|end| (end.status, end.code)).collect())
    }

    /// Runs the history, and compares the results with those of the undisturbed import, in which
    /// every membership goes in a command of its user.
    pub(super) fn play(&self) -> Result<(), String> {
        let from_users = GroupSideUse::Never;
        let calm = Self {
            script: Script::default(),
            group_side: from_users,
            has_store: false,
            ..self.clone()
        };
        let calm = calm.outcome().map_err(|why| format!("in peace: {why}"))?;
        let wild = self.outcome()?;
        let rows = self.rows.iter().flatten().map(String::as_str).collect();
        Comparison::new(rows, [&calm, &wild], &self.script, self.refused.as_ref())
            .with_limits(self.is_limited)
            .with_group_side(self.group_side)
            .check()
    }

    /// Returns the requests to the service, with their times.
    pub(super) fn trace(&self) -> Vec<String> {
        self.outcome().map_or_else(|why| vec![why], |outcome| outcome.trace)
    }

    /// Reduces the history to the fewest rows and events that still fail.
    pub(super) fn shrink(&self, why: String) -> (Self, String) {
        let (mut smallest, mut reason) = (self.clone(), why);
        'smaller: loop {
            let all = [0, 1]
                .into_iter()
                .flat_map(|file| (0..smallest.rows[file].len()).map(move |row| (file, row)));
            let fewer_rows = all.map(|(file, row)| {
                let mut one = smallest.clone();
                one.rows[file].remove(row);
                one
            });
            let fewer_events = smallest
                .script
                .smaller()
                .into_iter()
                .map(|script| Self { script, ..smallest.clone() });
            let unrefused =
                smallest.refused.iter().map(|_| Self { refused: None, ..smallest.clone() });
            let candidates: Vec<Self> = fewer_events.chain(unrefused).chain(fewer_rows).collect();
            for one in candidates {
                if let Err(why) = one.play() {
                    (smallest, reason) = (one, why);
                    continue 'smaller;
                }
            }
            return (smallest, reason);
        }
    }

    fn outcome(&self) -> Result<ScriptOutcome, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let folder = tempfile::tempdir_in(memory()).unwrap();
        let outcome = runtime.block_on(async {
            let _clock = simulated::begin();
            fastrand::seed(self.seed);
            self.live(folder.path()).await
        });
        runtime.shutdown_background();
        outcome
    }

    /// Imports one file after the other.
    async fn live(&self, folder: &Path) -> Result<ScriptOutcome, String> {
        let options = SandboxOptions::default();
        let organization = InMemory::new(options.clone(), organization()).unwrap();
        match &self.refused {
            Some((name, Refuser::Api)) => {
                organization.faults().poison(name, "error.command.string.too_long");
            }
            Some((name, Refuser::Gateway)) => {
                organization.faults().dislike(name, 403, "<html>no</html>");
            }
            Some((_, Refuser::Panic)) | None => {}
        }
        let store = self.has_store.then(SimulatedStore::default);
        let service = Service::new(organization, self.script.clone(), store.clone());
        let mut computers = Computers::new(folder, store);
        if let Some((name, Refuser::Panic)) = &self.refused {
            service.panic_once_at(name);
        }
        let mut ends = self.script.ends.iter().copied();
        let mut rows = Vec::new();
        for (number, file) in (0..).zip(&self.rows) {
            if !file.is_empty() {
                let text = format!("{HEADER}\n{}\n", file.join("\n"));
                let input = SimulatedFile { number, text: &text };
                let imported = self.import(input, &mut computers, &service, &mut ends).await?;
                rows.extend(imported);
            }
        }
        // After this time there are no late effects.
        tokio::time::sleep(Duration::from_secs(400)).await;
        if service.organization.traffic().iter().any(|received| received.status == 429) {
            return Err("the service was asked more often than it allows".to_owned());
        }
        let organization = service.organization.with_directory(lines_of);
        let trace = service.trace();
        Ok(ScriptOutcome { rows, organization, trace })
    }

    /// Starts the import of a file again until it ends.
    async fn import(
        &self,
        input: SimulatedFile<'_>,
        computers: &mut Computers,
        service: &Arc<Service>,
        ends: &mut impl Iterator<Item = ProcessEnd>,
    ) -> Result<Vec<EndedRow>, String> {
        let options = SandboxOptions::default();
        let client = |computers: &Computers| {
            let credentials = Credentials {
                client_id: options.client_id.clone(),
                client_secret: options.client_secret.clone().into(),
                org_id: options.org_id.clone(),
            };
            let host = "http://127.0.0.1:1";
            let endpoints =
                Endpoints::resolve(Some(host), None, Some(&format!("{host}/v2/usermanagement")))
                    .unwrap();
            let state = computers.folder().join("state");
            let quota = QuotaFile::new(&state, &credentials.client_id, &endpoints);
            let worker = computers.store.as_ref().map(|store| Arc::new(store.worker()));
            let limits = umapi::ClientOptions {
                token: umapi::SharedToken::default(),
                timeout: TIMEOUT,
                rates: if self.is_limited { Rates::default() } else { Rates::off() },
                max_wait: Duration::from_secs(7200),
                max_attempts: 6,
                retry_wait: Duration::from_secs(2),
                trusted: TrustedCertificates::default(),
                shared_quota: Some(match &worker {
                    Some(worker) => Arc::clone(worker) as Arc<dyn SharedQuota>,
                    None => Arc::new(quota),
                }),
                send_gate: worker.map(|worker| worker as Arc<dyn SendGate>),
                kept_pause: None,
                user_agent: "umbulk".to_owned(),
            };
            Client::over(Box::new(service.way(TIMEOUT)), credentials, endpoints, &limits)
        };
        for _ in 0..MOST_PROCESSES {
            let end = ends.next();
            service.note(&format!("{BEGINS}, to end by {end:?}"));
            std::fs::write(input.path(computers), input.text).unwrap();
            if let Some(store) = &computers.store {
                store.answers().await;
                store.claim();
            }
            let ended = self.process(input, computers, client(computers), end).await?;
            let folder = computers.folder().display().to_string();
            service.note(&format!("a process has ended: {ended:?}").replace(&folder, ""));
            if let Some(ProcessEnd { pause, clock_jump, is_elsewhere, .. }) = end {
                // A finished run is read where it has finished.
                match is_elsewhere && ended != Some(Ended::Finished) {
                    true => {
                        computers.change(clock_jump);
                        // The record of late effects stays on its computer (docs/store.md). So an
                        // import that takes a run over waits first (`import/earlier_effects.rs`).
                        // Here only late effects of an earlier file need that.
                        if input.number > 0 {
                            tokio::time::sleep(EFFECT_WINDOW).await;
                        }
                    }
                    false => simulated::set_by(1000 * i64::from(clock_jump)),
                }
                tokio::time::sleep(Duration::from_secs(pause.into())).await;
            }
            // Otherwise the same command continues.
            if ended == Some(Ended::Finished) {
                return input.outcomes(computers);
            }
        }
        Err(format!("it does not end within {MOST_PROCESSES} processes"))
    }

    /// Runs one process of the import; returns `None` if it was killed.
    async fn process(
        &self,
        input: SimulatedFile<'_>,
        computers: &Computers,
        client: Client,
        end: Option<ProcessEnd>,
    ) -> Result<Option<Ended>, String> {
        let (path, folder) = (input.path(computers), computers.folder());
        let table = Table::open(&path, &ReadOptions::new(&folder)).unwrap();
        let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
        let input_rows = InputRows::new(&table, &rules, &protected);
        let mut scanned = scan(&input_rows).unwrap();
        let wanted = GroupSidePolicy { wanted: self.group_side, width: CommandWidth::Wide };
        let group_side = find_group_side(&input_rows, &scanned.plan, wanted, |_| false);
        scanned.plan.set_group_side(group_side.unwrap());
        let run_id = format!("1234567{}", input.number);
        let run_info =
            RunInfo { run_id: run_id.clone(), began: clock::now(), ..RunInfo::default() };
        let failed = |error: JournalError| error.to_string();
        let shape = (scanned.plan.rows(), EFFECT_WINDOW);
        let (journal, recovered) =
            input.open_journal(computers, &run_info, shape).map_err(failed)?;
        if recovered.finished.is_some() {
            return Ok(Some(Ended::Finished));
        }
        let began = journal.info().map_err(failed)?.began;
        let policy = Policy {
            concurrency: self.concurrency,
            max_attempts: self.max_attempts,
            retry_wait: Duration::from_secs(2),
            max_errors: MaxErrors::Off,
            test_mode: false,
            guard_administrators: false,
            check_groups: false,
            verify_deletes: self.verify_deletes,
            timeout: TIMEOUT,
            effect_window: EFFECT_WINDOW,
            run_id,
        };
        let late = LateEffects::in_folder(&folder.join("state"), "org", "host");
        let run = Executor::new(input_rows, &scanned.plan, client, policy, Nobody)
            .with_late_effects(&late);
        let run = run.with_journal(journal, recovered, began).map_err(failed)?;
        let stop = Notify::new();
        let result = {
            let mut finish = pin!(run.finish(|| stop.notified()));
            let mut polls = 0;
            std::future::poll_fn(|context| {
                polls += 1;
                match end {
                    Some(ProcessEnd { polls: most, by: Cause::Kill, .. }) if polls > most => {
                        return Poll::Ready(Ok(None));
                    }
                    Some(ProcessEnd { polls: most, by: Cause::Interrupt, .. }) if polls == most => {
                        stop.notify_one();
                    }
                    Some(ProcessEnd { polls: most, by: Cause::Overwrite, .. }) if polls == most => {
                        std::fs::write(&path, input.text.replace("\ncreate,", "\ndelete,"))
                            .unwrap();
                    }
                    Some(ProcessEnd { polls: most, by: Cause::TakenOver, .. }) if polls == most => {
                        computers.store.iter().for_each(SimulatedStore::claim);
                    }
                    _ => {}
                }
                match finish.as_mut().poll(context) {
                    Poll::Ready((ended, ..)) => Poll::Ready(Ok(Some(ended))),
                    Poll::Pending if polls > MOST_POLLS => {
                        Poll::Ready(Err(format!("it goes round in circles at {}", clock::now())))
                    }
                    Poll::Pending => Poll::Pending,
                }
            })
            .await?
        };
        // What the process had passed to the disk is written.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        Ok(result)
    }
}

/// Returns a folder in memory, if the system has one.
fn memory() -> std::path::PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() }
}

struct Nobody;

impl Reporter for Nobody {
    fn on_outcomes(&mut self, _: &mut Outcomes) -> io::Result<()> {
        Ok(())
    }
    fn on_progress(&mut self, _: &RunProgress) {}
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in self.rows.iter().filter(|file| !file.is_empty()) {
            writeln!(f, "{HEADER}")?;
            file.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        }
        writeln!(f, "{:?}", self.script)?;
        write!(
            f,
            "{} requests at once, limits: {}, --verify-deletes: {}, --group-side: {:?}, refused: \
             {:?}, a store: {}",
            self.concurrency,
            self.is_limited,
            self.verify_deletes,
            self.group_side,
            self.refused,
            self.has_store
        )
    }
}
