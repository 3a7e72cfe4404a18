//! One history: a file, a script of disturbances, and the expected results.

use super::computers::{Computers, SimulatedFile, SimulatedStore};
use super::rows::{HEADER, anybody, organization, random};
use super::script::{Cause, Event, ProcessEnd, Script};
use super::service::Service;
use crate::change::Rules;
use crate::clock::{self, simulated};
use crate::execute::unconfirmed_renames::{DELETION_UNKNOWN, RENAME_FAILED};
use crate::execute::{
    Ended, Executor, GroupSidePolicy, GroupSideUse, InputRows, LateEffects, MaxErrors, NOT_THERE,
    OutcomeStatus, Outcomes, Policy, Protected, Reporter, RunProgress, find_group_side, scan,
};
use crate::journal::{JournalError, QuotaFile, RunInfo};
use crate::plan::sides::CommandWidth;
use crate::sandbox::{Directory, InMemory, SandboxOptions};
use crate::table::{ReadOptions, Table};
use crate::umapi::{
    self, Client, Credentials, Endpoints, Rates, SendGate, SharedQuota, TrustedCertificates,
};
use fastrand::Rng;
use std::collections::BTreeSet;
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

/// What refuses a request because of one of its commands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refuser {
    Api,
    Gateway,
    /// Nothing refuses it: the client panics once when it sends the request.
    Panic,
}

/// The results of a history.
struct ScriptOutcome {
    /// The status, code and message of every row of both files.
    rows: Vec<(OutcomeStatus, String, String)>,
    /// The organization, with one line for each user and group.
    organization: Vec<String>,
    /// The requests to the service, with their times.
    trace: Vec<String>,
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
        Ok(outcome.rows.into_iter().map(|(_, _, message)| message).collect())
    }

    /// Returns the status and the code of every row.
    pub(super) fn statuses(&self) -> Result<Vec<(OutcomeStatus, String)>, String> {
        self.outcome().map(|outcome| {
            outcome.rows.into_iter().map(|(status, code, _)| (status, code)).collect()
        })
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
        self.compare(&calm, &wild)
    }

    /// Returns the requests to the service, with their times.
    pub(super) fn trace(&self) -> Vec<String> {
        self.outcome().map_or_else(|why| vec![why], |outcome| outcome.trace)
    }

    /// Checks that every row, and the organization, ends as without disturbances.
    fn compare(&self, calm: &ScriptOutcome, wild: &ScriptOutcome) -> Result<(), String> {
        let rows: Vec<&String> = self.rows.iter().flatten().collect();
        let uncertain = people_of_unknown_rows(&rows, wild);
        let groups = uncertain_groups(&rows, wild);
        let mut given_up: Vec<&str> = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let ((calm_status, calm_code, calm_words), (status, code, words)) =
                (&calm.rows[place], &wild.rows[place]);
            // Without a response, it is unknown whether a row created the user or found an existing
            // one.
            if [status, calm_status].contains(&&OutcomeStatus::Unknown) && row.contains(",error,") {
                continue;
            }
            // The user of the rename could not be identified: reads are limited, or got no
            // response.
            let is_blind = self.is_limited || !self.script.reads.is_empty();
            if is_blind
                && *status == OutcomeStatus::Unknown
                && words.contains("check in the Admin Console that it is the same person")
            {
                continue;
            }
            // If an earlier row that may have freed the name is `unknown`, the removal is sent, and
            // the API confirms it.
            let person = row.split(',').nth(1).unwrap_or_default();
            let is_behind_unknown = rows[..place].iter().zip(&wild.rows).any(|(row, end)| {
                end.0 == OutcomeStatus::Unknown && row.split(',').nth(1) == Some(person)
            });
            if is_behind_unknown
                && calm_words.starts_with("not sent: after ")
                && *status == OutcomeStatus::Ok
                && !words.contains("existed before")
            {
                continue;
            }
            // Rows behind a rename with an unknown result are not sent.
            let is_held = |code: &str| code == RENAME_FAILED;
            // Rows behind a deletion of their group with an unknown result are not sent either.
            if code == DELETION_UNKNOWN && groups.iter().any(|group| row.contains(group)) {
                continue;
            }
            let is_uncertain = || uncertain.iter().any(|email| row.contains(email));
            if is_held(code) && is_uncertain() {
                continue;
            }
            // The row that would have created the user is one of them, and stands earlier in the
            // file.
            if *status == OutcomeStatus::Failed
                && code == "error.user.nonexistent"
                && is_uncertain()
            {
                continue;
            }
            // When a process ends, it forgets that the server knew nobody of the name; and about an
            // interrupted row, the next process asks. Either way the removal is sent, and who does
            // not know says what the confirmation means. From the groups' side, other commands meet
            // the disturbances, so other people are asked about.
            let knows = |code: &str, words: &str| {
                code == NOT_THERE && words.contains("The removal was sent anyway")
            };
            let knows_not = |words: &str| words.contains("the API also confirms removals");
            let may_differ =
                !self.script.ends.is_empty() || self.group_side == GroupSideUse::Always;
            if may_differ
                && (knows(calm_code, calm_words) && knows_not(words)
                    || knows(code, words) && knows_not(calm_words))
            {
                continue;
            }
            // After a request without a clear response, nobody knows whether those who joined were
            // members before. Who had to leave was nobody either way.
            let is_sure = |code: &str| code == NOT_THERE && row.starts_with("update-group,");
            let is_unsure = |status: &OutcomeStatus, words: &str| {
                *status == OutcomeStatus::Ok && words.contains("the server has no user")
            };
            let is_by_gateway = matches!(self.refused, Some((_, Refuser::Gateway)));
            if is_sure(calm_code) && is_unsure(status, words)
                || is_by_gateway && is_sure(code) && is_unsure(calm_status, calm_words)
            {
                continue;
            }
            // The row fails either way: because of the rename before it, or because a group does
            // not exist.
            if [calm_status, status] == [&OutcomeStatus::Failed; 2]
                && [(calm_code, words), (code, calm_words)]
                    .into_iter()
                    .any(|(code, words)| is_held(code) && words.contains("not sent: the group"))
            {
                continue;
            }
            // A group that is gone after a deletion without a response may never have existed: the
            // effect of the row holds.
            let is_by_probe = |words: &str| words.contains("a probe shows");
            if row.starts_with("delete-group,") && (is_by_probe(words) || is_by_probe(calm_words)) {
                continue;
            }
            // A refused row may already fail for another reason, and its effect may hold
            // nevertheless: then a second removal has nothing to do.
            let is_refused = self.refused.as_ref().is_some_and(|(name, _)| row.contains(name));
            if is_refused
                && (is_by_probe(words)
                    || knows(code, words)
                    || words.starts_with("not sent: after ")
                    || [calm_status, status] == [&OutcomeStatus::Failed; 2])
            {
                continue;
            }
            // If a gateway refuses the other rows, or nothing else is left to send, an import gives
            // up soon, and a probe shows that nothing was done: the row fails either way, here
            // without the steps that succeed in peace.
            if code == "error.no_answer"
                && (self.refused.is_some() || is_by_probe(words))
                && *calm_status == OutcomeStatus::Failed
            {
                given_up.push(person);
                continue;
            }
            // Neither the user nor the group exists: the code may name either.
            let codes = BTreeSet::from([calm_code.as_str(), code.as_str()]);
            let is_not_sent = |words: &str| words.contains("not sent: the group");
            if codes == BTreeSet::from(["error.group.not_found", "error.user.nonexistent"])
                && (is_not_sent(calm_words) || is_not_sent(words))
            {
                continue;
            }
            if (calm_status, calm_code) != (status, code) {
                return Err(format!(
                    "row {}: {row}\n  in peace: {calm_status:?} {calm_code} {calm_words}\n  \
                     here:     {status:?} {code} {words}",
                    place + 1
                ));
            }
        }
        // A refused user keeps the others of a group's row from joining and leaving only if all of
        // them go in one command.
        let beside_refused: Vec<&str> = match &self.refused {
            Some((name, _)) => {
                let of_groups = rows.iter().filter(|row| row.starts_with("update-group,"));
                of_groups.filter(|row| row.contains(name)).flat_map(|row| people_of(row)).collect()
            }
            None => Vec::new(),
        };
        let certain = |line: &&String| {
            let open = uncertain.iter().chain(&groups).chain(&given_up);
            let mut open = open.chain(&beside_refused);
            !open.any(|name| line.contains(&format!("\"{name}\"")))
        };
        let only = |one: &ScriptOutcome, other: &ScriptOutcome| {
            one.organization
                .iter()
                .filter(certain)
                .filter(|line| !other.organization.contains(line))
                .cloned()
                .collect::<Vec<_>>()
                .join("\n    ")
        };
        // A row that says that nothing was done must have done nothing.
        let before = lines_of(&organization());
        for person in &given_up {
            let is_about = |row: &&&String| row.contains(*person);
            let differs = |line: &&String| line.contains(*person) && !before.contains(line);
            if rows.iter().filter(is_about).count() == 1
                && let Some(line) = wild.organization.iter().find(differs)
            {
                return Err(format!("a row about {person} has failed, and was done: {line}"));
            }
        }
        let (missing, surplus) = (only(calm, wild), only(wild, calm));
        if missing.is_empty() && surplus.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the organizations differ:\n  in peace:\n    {missing}\n  here:\n    {surplus}"
        ))
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
    ) -> Result<Vec<(OutcomeStatus, String, String)>, String> {
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
                        // import that takes a run over waits first (`import/stored_run.rs`).
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

/// Returns the people of `unknown` rows. It is unknown how much of such a row was carried out, and
/// its user may get another name later. The rows behind an unknown deletion of a group are not
/// sent.
fn people_of_unknown_rows<'r>(rows: &[&'r String], wild: &ScriptOutcome) -> BTreeSet<&'r str> {
    let mut people = BTreeSet::new();
    for (row, (status, code, _)) in rows.iter().zip(&wild.rows) {
        let names = people_of(row);
        let is_open = *status == OutcomeStatus::Unknown || code == DELETION_UNKNOWN;
        if is_open || names.iter().any(|name| people.contains(name)) {
            people.extend(names);
        }
    }
    people
}

/// Returns the people in the cells of a row.
fn people_of(row: &str) -> Vec<&str> {
    let cells = row.split(',').map(|cell| cell.trim_matches('"'));
    cells.filter(|cell| cell.ends_with("@example.com")).collect()
}

/// Returns the groups for which it is unknown whether they are deleted, and those that are not
/// created because their row comes after a rename with an unknown result.
fn uncertain_groups<'r>(rows: &[&'r String], wild: &ScriptOutcome) -> BTreeSet<&'r str> {
    let is_open = |status: OutcomeStatus| status == OutcomeStatus::Unknown;
    rows.iter()
        .zip(&wild.rows)
        .filter(|(row, (status, code, _))| {
            row.starts_with("delete-group,") && is_open(*status)
                || row.starts_with("create-group,") && code == RENAME_FAILED
        })
        .flat_map(|(row, _)| row.split(',').filter(|cell| cell.starts_with("Team ")))
        .collect()
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

/// Returns an organization, with one line for each user and group.
fn lines_of(directory: &Directory) -> Vec<String> {
    let mut dump = Vec::new();
    directory.dump(&mut dump).unwrap();
    String::from_utf8(dump).unwrap().lines().map(ToOwned::to_owned).collect()
}
