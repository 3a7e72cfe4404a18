//! One history: a file, a script, and what must come of it.

use super::rows::{HEADER, organization, random};
use super::script::{End, Script};
use super::service::Service;
use crate::change::Rules;
use crate::clock::simulated;
use crate::plan::Plan;
use crate::run::journal::{About, Face, Journal};
use crate::run::{Ended, LateEffects, Ledger, MaxErrors, Policy, Protected, Reading, Run, Snapshot, Status, Watcher, survey};
use crate::sandbox::{InMemory, Options};
use crate::table::{ReadOptions, Table};
use crate::umapi::{self, Client, Credentials, Endpoints, Rates};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Notify;

/// A file and what its import meets.
#[derive(Clone)]
pub(super) struct History {
    seed: u64,
    rows: Vec<String>,
    script: Script,
    concurrency: usize,
    is_limited: bool,
}

/// What came of it.
struct Outcome {
    /// The status and code of every row.
    rows: Vec<(Status, String, String)>,
    /// The organization, a line for each user and group.
    organization: Vec<String>,
    /// What the service was asked, and when.
    trace: Vec<String>,
}

/// A process may end so often before it must come to an end.
const MOST_PROCESSES: usize = 30;
const TIMEOUT: Duration = Duration::from_secs(180);

impl History {
    pub(super) fn random(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rows = random(&mut rng);
        let script = Script::random(&mut rng);
        Self { seed, rows, script, concurrency: rng.usize(1..5), is_limited: rng.bool() }
    }

    /// Plays it, and compares with the same file in peace.
    pub(super) fn play(&self) -> Result<(), String> {
        let calm = Self { script: Script::default(), ..self.clone() }.outcome().map_err(|why| format!("in peace: {why}"))?;
        let wild = self.outcome()?;
        self.compare(&calm, &wild)
    }

    /// What the service was asked, and when.
    pub(super) fn trace(&self) -> Vec<String> {
        self.outcome().map_or_else(|why| vec![why], |outcome| outcome.trace)
    }

    /// Every row ends as in peace, and so does the organization.
    fn compare(&self, calm: &Outcome, wild: &Outcome) -> Result<(), String> {
        let rows = &self.rows;
        for (place, row) in rows.iter().enumerate() {
            let ((calm_status, calm_code, calm_words), (status, code, words)) = (&calm.rows[place], &wild.rows[place]);
            // Nobody can tell whether a row created somebody or met somebody, when it got no response.
            if *status == Status::Unknown && row.contains(",error,") {
                continue;
            }
            // Who is renamed could not be asked: reads are limited, or got no answer.
            let is_blind = self.is_limited || !self.script.reads.is_empty();
            if is_blind && *status == Status::Unknown && words.contains("check in the Admin Console that it is the same person") {
                continue;
            }
            // A group that is gone after an unheard deletion may never have been there: what the row wants is so.
            if calm_code == "error.usergroup.not_found" && row.starts_with("delete-group,") && words.contains("a probe shows") {
                continue;
            }
            // Neither the user nor the group is there: either may be named.
            let codes = BTreeSet::from([calm_code.as_str(), code.as_str()]);
            let is_unsent = |words: &str| words.contains("not sent: the group");
            if codes == BTreeSet::from(["error.group.not_found", "error.user.nonexistent"]) && (is_unsent(calm_words) || is_unsent(words)) {
                continue;
            }
            if (calm_status, calm_code) != (status, code) {
                return Err(format!(
                    "row {}: {row}\n  in peace: {calm_status:?} {calm_code} {calm_words}\n  here:     {status:?} {code} {words}",
                    place + 1
                ));
            }
        }
        let uncertain = people_of_unknown_rows(rows, wild);
        let certain = |line: &&String| !uncertain.iter().any(|email| line.contains(&format!("\"{email}\"")));
        let only = |one: &Outcome, other: &Outcome| {
            one.organization
                .iter()
                .filter(certain)
                .filter(|line| !other.organization.contains(line))
                .cloned()
                .collect::<Vec<_>>()
                .join("\n    ")
        };
        let (missing, surplus) = (only(calm, wild), only(wild, calm));
        if missing.is_empty() && surplus.is_empty() {
            return Ok(());
        }
        Err(format!("the organizations differ:\n  in peace:\n    {missing}\n  here:\n    {surplus}"))
    }

    /// The fewest rows and events that still end wrong.
    pub(super) fn shrink(&self, why: String) -> (Self, String) {
        let (mut smallest, mut reason) = (self.clone(), why);
        'smaller: loop {
            let fewer_rows = (0..smallest.rows.len()).map(|row| {
                let mut one = smallest.clone();
                one.rows.remove(row);
                one
            });
            let fewer_events = smallest.script.smaller().into_iter().map(|script| Self { script, ..smallest.clone() });
            let candidates: Vec<Self> = fewer_events.chain(fewer_rows).filter(|one| !one.rows.is_empty()).collect();
            for one in candidates {
                if let Err(why) = one.play() {
                    (smallest, reason) = (one, why);
                    continue 'smaller;
                }
            }
            return (smallest, reason);
        }
    }

    fn outcome(&self) -> Result<Outcome, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let folder = tempfile::tempdir_in(memory()).unwrap();
        let outcome = runtime.block_on(async {
            let _clock = simulated::begin();
            fastrand::seed(self.seed);
            self.live(folder.path()).await
        });
        runtime.shutdown_background();
        outcome
    }

    /// Starts the import until it has come to an end.
    async fn live(&self, folder: &Path) -> Result<Outcome, String> {
        let options = Options::default();
        let service = Service::new(InMemory::new(options.clone(), organization()).unwrap(), self.script.clone());
        let input = folder.join("a.csv");
        std::fs::write(&input, format!("{HEADER}\n{}\n", self.rows.join("\n"))).unwrap();
        let client = || {
            let credentials = Credentials {
                client_id: options.client_id.clone(),
                client_secret: options.client_secret.clone().into(),
                org_id: options.org_id.clone(),
            };
            let host = "http://127.0.0.1:1";
            let endpoints = Endpoints::resolve(Some(host), None, Some(&format!("{host}/v2/usermanagement"))).unwrap();
            let limits = umapi::Options {
                timeout: TIMEOUT,
                rates: if self.is_limited { Rates::default() } else { Rates::off() },
                max_wait: Duration::from_secs(7200),
                max_attempts: 6,
                retry_wait: Duration::from_secs(2),
                ca_file: None,
                state_dir: Some(folder.join("state")),
                user_agent: "umbulk".to_owned(),
            };
            Client::over(Box::new(service.way(TIMEOUT)), credentials, endpoints, &limits)
        };
        let table = Table::open(&input, &ReadOptions::new(folder)).unwrap();
        let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
        let reading = Reading {
            table: &table,
            rules: &rules,
            protected: &protected,
            range: None,
            known: None,
            presence: None,
            conflicts: None,
            held: None,
            remarks: None,
        };
        let surveyed = survey(&reading).unwrap();
        let plan = &surveyed.plan;
        let mut ends = self.script.ends.iter().copied();
        for _ in 0..MOST_PROCESSES {
            let end = ends.next();
            service.note("a process begins");
            let ended = self.process(folder, reading, plan, client(), end).await?;
            if let Some(End { pause, set_back, .. }) = end {
                simulated::set_by(-1000 * i64::from(set_back));
                tokio::time::sleep(Duration::from_secs(pause.into())).await;
            }
            match ended {
                Some(Ended::Finished) => {
                    // Nothing can come any more after that.
                    tokio::time::sleep(Duration::from_secs(400)).await;
                    let limited = service.organization.traffic().iter().any(|received| received.status == 429);
                    if limited {
                        return Err("the service was asked more often than it allows".to_owned());
                    }
                    return outcome_of(folder, plan, self.rows.len(), &service);
                }
                // The same command goes on.
                Some(Ended::Stopped(_)) | None => {}
            }
        }
        Err(format!("it does not end within {MOST_PROCESSES} processes"))
    }

    /// One process of the import; `None` where it was killed.
    async fn process(
        &self,
        folder: &Path,
        reading: Reading<'_>,
        plan: &Plan,
        client: Client,
        end: Option<End>,
    ) -> Result<Option<Ended>, String> {
        let place = folder.join("a.journal");
        let face = Face { run_id: "12345678".to_owned(), began: crate::clock::now(), ..Face::default() };
        let failed = |error: &dyn fmt::Display| error.to_string();
        let (journal, past, began) = match Journal::open(&place).map_err(|error| failed(&error))? {
            Some(mut journal) => {
                let began = journal.face().map_err(|error| failed(&error))?.began;
                let past = journal.go_on(&Face { began, ..face }).map_err(|error| failed(&error))?;
                if past.finished.is_some() {
                    return Ok(Some(Ended::Finished));
                }
                (journal, past, began)
            }
            None => {
                let about = About {
                    organization: "org".to_owned(),
                    host: "host".to_owned(),
                    input: (0, 0),
                    rows: plan.rows(),
                    options: BTreeMap::new(),
                };
                (Journal::begin(&place, &about, &face).map_err(|error| failed(&error))?, crate::run::journal::Past::default(), face.began)
            }
        };
        let policy = Policy {
            concurrency: self.concurrency,
            max_attempts: 50,
            retry_wait: Duration::from_secs(2),
            max_errors: MaxErrors::Off,
            test_mode: false,
            check_groups: false,
            verify_deletes: false,
            timeout: TIMEOUT,
            effect_window: Duration::from_secs(180),
            run_id: face_id(),
        };
        let late = LateEffects::in_folder(&folder.join("state"), "org", "host");
        let run = Run::new(reading, plan, client, policy, Nobody).with_late_effects(&late);
        let run = run.with_journal(journal, past, began).map_err(|error| failed(&error))?;
        let stop = Notify::new();
        let result = {
            let mut finish = pin!(run.finish(|| stop.notified()));
            let mut polls = 0;
            std::future::poll_fn(|context| {
                polls += 1;
                match end {
                    Some(End { polls: most, is_kill: true, .. }) if polls > most => return Poll::Ready(None),
                    Some(End { polls: most, .. }) if polls == most => stop.notify_one(),
                    _ => {}
                }
                finish.as_mut().poll(context).map(|(ended, ..)| Some(ended))
            })
            .await
        };
        // What had been handed to the disk gets there.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        Ok(result)
    }
}

fn face_id() -> String {
    "12345678".to_owned()
}

/// A folder that no disk is needed for, where there is one.
fn memory() -> std::path::PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() }
}

struct Nobody;

impl Watcher for Nobody {
    fn settled(&mut self, _: &mut Ledger) -> io::Result<()> {
        Ok(())
    }
    fn tick(&mut self, _: &Snapshot) {}
}

fn outcome_of(folder: &Path, plan: &Plan, rows: usize, service: &Service) -> Result<Outcome, String> {
    let journal = Journal::look(&folder.join("a.journal")).map_err(|error| error.to_string())?.ok_or("there is no journal")?;
    let mut outcomes = vec![None; rows];
    journal
        .outcomes(|row, outcome| outcomes[row as usize] = Some((outcome.status, outcome.note.code, outcome.note.message)))
        .map_err(|error| error.to_string())?;
    let rows = outcomes.into_iter().enumerate().map(|(row, outcome)| match outcome {
        Some(outcome) => Ok(outcome),
        None if !plan.shape(row as u32).is_sent() => Ok((Status::Invalid, String::new(), String::new())),
        None => Err(format!("row {} has no outcome", row + 1)),
    });
    let rows = rows.collect::<Result<_, _>>()?;
    let mut dump = Vec::new();
    service.organization.with_directory(|directory| directory.dump(&mut dump)).unwrap();
    let organization = String::from_utf8(dump).unwrap().lines().map(ToOwned::to_owned).collect();
    Ok(Outcome { rows, organization, trace: service.trace() })
}

/// Nobody knows how far a row came that is `unknown`; its person may get another name later.
fn people_of_unknown_rows<'r>(rows: &'r [String], wild: &Outcome) -> BTreeSet<&'r str> {
    let mut people = BTreeSet::new();
    for (row, (status, ..)) in rows.iter().zip(&wild.rows) {
        let names: Vec<&str> = row.split(',').filter(|cell| cell.ends_with("@example.com")).collect();
        if *status == Status::Unknown || names.iter().any(|name| people.contains(name)) {
            people.extend(names);
        }
    }
    people
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        writeln!(f, "{:?}", self.script)?;
        write!(f, "{} requests at once, limits: {}", self.concurrency, self.is_limited)
    }
}
