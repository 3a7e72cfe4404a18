//! Files of several organizations, queued in a shared store and carried out by four computers, with
//! everything that can happen to computers, to the database and to the connections between them.

use crate::comparison::{Row, compare_organizations, compare_outcomes, rows};
use crate::computer::{Computer, command, configure};
use crate::database_proxy::DatabaseProxy;
use crate::file;
use crate::mixes::PATIENT;
use crate::postgres::PostgresServer;
use fastrand::Rng;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};
use umbulk::sandbox::{Limit, Limits, Mix, Sandbox, SandboxOptions};

const COMPUTERS: usize = 4;
/// The shortest lease, in seconds.
const LEASE: u64 = 2;
/// Responses are waited for so long. A lease lasts longer.
const TIMEOUT: u64 = 2;
/// So long after the last trouble, every run must have ended.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the services do. Requests that are answered late are among them.
const MIXES: [&[(&str, f64)]; 8] = [
    &[],
    &[("cut-before", 0.1), ("cut-after", 0.1)],
    &[("hang", 0.03), ("slow", 0.05)],
    &[("late", 0.1)],
    &[("500", 0.1), ("504", 0.05), ("429", 0.05)],
    &[("external", 0.05), ("internal", 0.05)],
    &[("garbage", 0.06), ("truncated", 0.06)],
    &[("late", 0.05), ("cut-after", 0.05), ("slow", 0.05), ("504", 0.05)],
];

/// What was done in a round.
#[derive(Default)]
pub(crate) struct SharedTroubles {
    kills: u32,
    suspensions: u32,
    interrupts: u32,
    restarts: u32,
    cuts: u32,
    /// Rows with names that were sent once more.
    repetitions: u32,
}

impl SharedTroubles {
    pub(crate) fn add(&mut self, other: &Self) {
        self.kills += other.kills;
        self.suspensions += other.suspensions;
        self.interrupts += other.interrupts;
        self.restarts += other.restarts;
        self.cuts += other.cuts;
        self.repetitions += other.repetitions;
    }
}

impl fmt::Display for SharedTroubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, suspensions, interrupts, restarts, cuts, repetitions } = self;
        write!(
            f,
            "{kills} kills, {suspensions} suspensions, {interrupts} interrupts, {restarts} \
             restarts of the database, {cuts} cuts, {repetitions} rows sent once more"
        )
    }
}

/// An organization, undisturbed and disturbed, and its files in order.
struct Organization {
    name: String,
    files: Vec<(String, String)>,
    undisturbed: Sandbox,
    disturbed: Sandbox,
}

impl Organization {
    fn new(number: usize, mix: &Mix, limits: &Limits, random: &mut Rng) -> Self {
        let files = ["a.csv", "b.csv"].into_iter().take(random.usize(1..=2));
        let latency = Duration::from_millis(random.u64(0..60));
        let options = SandboxOptions {
            troubles: mix.clone(),
            limits: limits.clone(),
            seed: random.u64(..),
            latency,
            ..SandboxOptions::default()
        };
        Self {
            name: format!("o{number}"),
            files: files.map(|name| (name.to_owned(), file::rows(random))).collect(),
            undisturbed: Sandbox::start(SandboxOptions::default(), file::organization()).unwrap(),
            disturbed: Sandbox::start(options, file::organization()).unwrap(),
        }
    }

    /// Returns the table that describes it in the configuration of a computer.
    fn profile(&self, sandbox: &Sandbox) -> String {
        let SandboxOptions { client_id, org_id, .. } = sandbox.options();
        format!(
            "[profiles.{}]\nclient-id = \"{client_id}\"\norg-id = \"{org_id}\"\n\
             client-secret-env = \"SECRET\"\nauth-host = \"{}\"\nurl = \"{}\"\n",
            self.name,
            sandbox.auth_host(),
            sandbox.url()
        )
    }

    fn write_files(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for (name, text) in &self.files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
}

fn profiles(all: &[Organization], of: fn(&Organization) -> &Sandbox) -> String {
    all.iter().map(|organization| organization.profile(of(organization))).collect()
}

/// Carries out a command that nothing disturbs. Returns its exit status and its output.
fn done(folder: &Path, seed: u64, args: &[&str]) -> (i32, String) {
    let output = command(folder, args).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let status = output.status.code().unwrap_or(-1);
    assert!(status < 2, "seed {seed}: {args:?}: {status}\n{}", text(&output.stderr));
    (status, text(&output.stdout).trim().to_owned())
}

/// A queued run.
struct QueuedRun {
    id: String,
    organization: usize,
    file: usize,
    /// Of the undisturbed import.
    status: i32,
}

pub(crate) fn run(seed: u64, server: &PostgresServer) -> SharedTroubles {
    let mut random = Rng::with_seed(seed);
    let troubles = MIXES[usize::try_from(seed).unwrap() % MIXES.len()];
    let mut mix = Mix::default();
    troubles.iter().for_each(|(name, chance)| mix.set(name.parse().unwrap(), *chance));
    let is_limited = random.u8(0..3) == 0;
    let limit = Some(Limit { requests: 100, window: Duration::from_secs(1) });
    let limits = Limits { action: limit.filter(|_| is_limited), ..Limits::default() };
    let organizations: Vec<_> = (1..=random.usize(3..=5))
        .map(|number| Organization::new(number, &mix, &limits, &mut random))
        .collect();
    let rate = if is_limited { "action=100/1s,users=off,groups=off" } else { "off" };
    let is_late = troubles.iter().any(|(name, _)| *name == "late");
    let window = if is_late { "500ms" } else { "50ms" };
    let timeout = TIMEOUT.to_string();
    let own = ["--rate", rate, "--timeout", &timeout, "--effect-window", window];
    let options = [&PATIENT[..], &own].concat();

    let folder = tempfile::tempdir().unwrap();
    let database = server.database();
    let direct = format!("{}?lease={LEASE}", server.url(&database));
    let _evidence = Evidence { server, database: database.clone(), folder: folder.path() };
    let proxy = DatabaseProxy::to(&direct);
    let store = format!("postgres://umbulk@127.0.0.1:{}/{database}?lease={LEASE}", proxy.port);
    let (calm, wild) = (folder.path().join("calm"), folder.path().join("wild"));
    let mut runs = Vec::new();
    for (at, organization) in organizations.iter().enumerate() {
        let [calm, wild] = [&calm, &wild].map(|folder| folder.join(&organization.name));
        organization.write_files(&calm);
        organization.write_files(&wild);
        configure(&calm, &organization.profile(&organization.undisturbed));
        configure(&wild, &organization.profile(&organization.disturbed));
        let own = ["--profile", &organization.name];
        for (file, (name, _)) in organization.files.iter().enumerate() {
            let import = [&["import", name, "--store", "none"], &own[..], &options].concat();
            let (status, _) = done(&calm, seed, &import);
            let submit = [&["submit", name, "--store", &direct], &own[..], &options].concat();
            let (_, id) = done(&wild, seed, &submit);
            runs.push(QueuedRun { id, organization: at, file, status });
        }
    }

    let known = profiles(&organizations, |organization| &organization.disturbed);
    let computers = (0..COMPUTERS)
        .map(|number| folder.path().join(format!("computer{number}")))
        .map(|folder| Computer::new(folder, &known, &store, &mut random))
        .collect();
    let mut cluster = Cluster {
        seed,
        computers,
        server,
        database,
        proxy,
        mends_at: None,
        done: SharedTroubles::default(),
    };
    cluster.trouble(&organizations, &mut random);
    organizations.iter().for_each(|one| one.disturbed.faults().set_mix(Mix::default()));
    let ended = cluster.finish();
    drop(cluster.computers);
    // What comes late has come.
    rest(Duration::from_millis(350));

    let results = |folder: &Path, run: &QueuedRun| {
        let organization = &organizations[run.organization];
        let name = organization.files[run.file].0.replace(".csv", ".results.csv");
        rows(&folder.join(&organization.name).join(name))
    };
    let mut of_organizations: Vec<Vec<Row>> = organizations.iter().map(|_| Vec::new()).collect();
    for run in &runs {
        let organization = &organizations[run.organization];
        let fetch = ["results", &run.id, "--store", &direct];
        done(&wild.join(&organization.name), seed, &fetch);
        let (calm_rows, wild_rows) = (results(&calm, run), results(&wild, run));
        let text = &organization.files[run.file].1;
        let statuses = (run.status, ended[&run.id]);
        compare_outcomes(seed, text, (&calm_rows, statuses.0), (&wild_rows, statuses.1));
        of_organizations[run.organization].extend(wild_rows);
    }
    for (organization, rows) in organizations.iter().zip(&of_organizations) {
        let rows: Vec<_> = rows.iter().collect();
        compare_organizations(seed, &rows, &organization.undisturbed, &organization.disturbed);
    }
    let mut repeated = 0;
    for (at, organization) in organizations.iter().enumerate() {
        let own = runs.iter().filter(|run| run.organization == at);
        check_order(seed, &organization.disturbed, own);
        repeated += check_repetitions(seed, &organization.disturbed, &of_organizations[at]);
    }
    cluster.done.repetitions = repeated;
    cluster.done
}

/// Checks that one process after another has sent requests, for one run after another, and none
/// over a limit.
fn check_order<'r>(seed: u64, sandbox: &Sandbox, runs: impl Iterator<Item = &'r QueuedRun>) {
    let traffic = sandbox.traffic();
    let over = |status: u16, trouble: Option<&str>| status == 429 && trouble.is_none();
    let over = traffic.iter().find(|one| over(one.status, one.trouble));
    assert!(over.is_none(), "seed {seed}: a request is over the limit: {over:?}");
    let commands: Vec<_> = traffic.iter().filter(|one| one.commands > 0).collect();
    let mut of_runs = 0;
    let mut before: Option<(Instant, String)> = None;
    for run in runs {
        let of_run = format!("umbulk-{}-", run.id);
        // Each process has a token of its own.
        let mut processes: BTreeMap<&str, (Instant, Instant)> = BTreeMap::new();
        let own = |id: &Option<String>| id.as_ref().is_some_and(|id| id.starts_with(&of_run));
        for request in commands.iter().filter(|one| own(&one.request_id)) {
            of_runs += 1;
            let (at, token) = (request.at.into_std(), request.authorization.as_deref());
            let span = processes.entry(token.unwrap_or_default()).or_insert((at, at));
            *span = (span.0.min(at), span.1.max(at));
        }
        let mut spans: Vec<_> = processes.into_values().collect();
        spans.sort();
        for (first, last) in spans {
            if let Some((earlier, of)) = &before {
                assert!(
                    *earlier < first,
                    "seed {seed}: a process has sent requests of the run {of} for {:?} after \
                     another one had begun to send those of the run {}",
                    earlier.duration_since(first),
                    run.id
                );
            }
            before = Some((last, run.id.clone()));
        }
    }
    assert_eq!(of_runs, commands.len(), "seed {seed}: each request belongs to a run");
}

/// Checks that a row is not sent again once it has its outcome by the response to a request: only
/// what got no clear response, or whose response nobody could record, may be repeated. Rows that
/// give names are looked at, because each of them gives another one. Returns the number of
/// repetitions.
fn check_repetitions(seed: u64, sandbox: &Sandbox, rows: &[Row]) -> u32 {
    // Other rows may name a request of which nobody has recorded the response.
    let is_clear = |row: &&Row| row.status == "ok" && !row.line.contains("no clear response");
    let recorded: HashSet<&str> =
        rows.iter().filter(is_clear).map(|row| row.request.as_str()).collect();
    let (mut sent, mut done, mut repetitions) = (HashSet::new(), HashMap::new(), 0);
    // They are noted when they end. A request of a killed process may end late.
    let mut traffic = sandbox.traffic();
    traffic.sort_by_key(|request| request.at);
    for request in traffic {
        let id = request.request_id.unwrap_or_default();
        let run = id.rsplit_once('-').map_or_else(String::new, |(run, _)| run.to_owned());
        for name in request.first_names {
            if let Some(earlier) = done.get(&(run.clone(), name.clone())) {
                panic!("seed {seed}: {id} sends the row of {name} again, which {earlier} has done");
            }
            repetitions += u32::from(!sent.insert((run.clone(), name)));
        }
        let is_clear = request.status == 200 && request.trouble.is_none();
        for name in request.done_first_names {
            if is_clear && recorded.contains(id.as_str()) {
                done.insert((run.clone(), name), id.clone());
            }
        }
    }
    repetitions
}

/// Says what the store and the computers have if a round fails.
struct Evidence<'s> {
    server: &'s PostgresServer,
    database: String,
    folder: &'s Path,
}

impl Drop for Evidence<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for sql in [
            "SELECT * FROM umbulk.runs ORDER BY number",
            "SELECT run, name, fence, stored_at FROM umbulk.run_files ORDER BY stored_at",
            "SELECT run, fence, min(number), max(number) FROM umbulk.journal_parts GROUP BY 1, 2 \
             ORDER BY 1, 2",
        ] {
            println!("{sql}\n{}", self.server.try_psql(&self.database, sql).unwrap_or_default());
        }
        for computer in 0..COMPUTERS {
            let log = self.folder.join(format!("computer{computer}/log"));
            println!("{}\n{}", log.display(), std::fs::read_to_string(&log).unwrap_or_default());
        }
    }
}

/// Lets time pass.
fn rest(length: Duration) {
    std::thread::park_timeout(length);
}

/// The computers, the database, and what is done to them.
struct Cluster<'s> {
    seed: u64,
    computers: Vec<Computer>,
    server: &'s PostgresServer,
    database: String,
    proxy: DatabaseProxy,
    /// When connections to the database are accepted again.
    mends_at: Option<Instant>,
    done: SharedTroubles,
}

impl Cluster<'_> {
    /// Makes trouble for a while, or until all runs have ended.
    fn trouble(&mut self, organizations: &[Organization], random: &mut Rng) {
        for _ in 0..random.u32(20..60) {
            self.pass(Instant::now());
            for computer in &mut self.computers {
                if !computer.is_suspended() && random.u8(0..3) > 0 {
                    computer.start();
                }
            }
            if self.runs().is_some_and(|runs| has_ended(&runs)) {
                return;
            }
            self.wait_for_requests(organizations, random);
            self.meddle(random);
        }
    }

    /// Waits a while, or until some organization has received some more requests.
    fn wait_for_requests(&self, organizations: &[Organization], random: &mut Rng) {
        let sent = || organizations.iter().map(|one| one.disturbed.traffic().len()).sum::<usize>();
        let due = sent() + random.usize(1..12);
        let until = Instant::now() + Duration::from_millis(random.u64(0..1200));
        while sent() < due && Instant::now() < until {
            rest(Duration::from_millis(1));
        }
    }

    fn meddle(&mut self, random: &mut Rng) {
        let at = random.usize(0..self.computers.len());
        let later = |random: &mut Rng| {
            Instant::now() + Duration::from_millis(random.u64(1000 * LEASE..4000 * LEASE))
        };
        match random.u8(0..16) {
            0..=9 => {
                self.computers[at].signal("-KILL");
                self.done.kills += 1;
            }
            10..=12 => {
                if !self.computers[at].is_suspended() {
                    self.computers[at].suspend(later(random));
                    self.done.suspensions += 1;
                }
            }
            13 => {
                self.computers[at].signal("-TERM");
                self.done.interrupts += 1;
            }
            14 => {
                self.server.restart(if random.bool() { "INT" } else { "QUIT" });
                self.done.restarts += 1;
            }
            _ => {
                self.proxy.cut();
                let away = Duration::from_millis(random.u64(0..2000 * LEASE));
                self.mends_at = Some(Instant::now() + away);
                self.done.cuts += 1;
            }
        }
    }

    /// Ends what lasts until now.
    fn pass(&mut self, now: Instant) {
        self.computers.iter_mut().for_each(|computer| computer.wake(now));
        if self.mends_at.is_some_and(|at| at <= now) {
            self.mends_at = None;
            self.proxy.mend();
        }
    }

    /// Ends all troubles, and waits until all runs have ended. Returns the exit status of each.
    fn finish(&mut self) -> BTreeMap<String, i32> {
        let began = Instant::now();
        self.pass(began + PATIENCE);
        // Workers let an organization rest after some errors, as long as they live.
        self.computers.iter_mut().for_each(|computer| computer.signal("-TERM"));
        loop {
            self.computers.iter_mut().for_each(Computer::start);
            match self.runs() {
                Some(runs) if has_ended(&runs) => {
                    let status = |run: StoredState| (run.id, run.exit_status.unwrap_or(-1));
                    return runs.into_iter().map(status).collect();
                }
                runs if began.elapsed() > PATIENCE => {
                    let logs: String = self.computers.iter().map(Computer::log).collect();
                    panic!("seed {}: it does not end: {runs:?}\n{logs}", self.seed);
                }
                _ => rest(Duration::from_millis(100)),
            }
        }
    }

    /// Returns the runs; `None` while the database is away.
    fn runs(&self) -> Option<Vec<StoredState>> {
        let sql = "SELECT id, state, exit_status, reason FROM umbulk.runs ORDER BY number";
        let told = self.server.try_psql(&self.database, sql).ok()?;
        Some(told.lines().map(|line| self.stored_state(line)).collect())
    }

    fn stored_state(&self, line: &str) -> StoredState {
        let columns: Vec<&str> = line.splitn(4, '|').collect();
        let [id, state, exit_status, reason] = columns[..] else { panic!("{line}") };
        assert!(
            ["queued", "running", "finished"].contains(&state),
            "seed {}: {line}\n{}",
            self.seed,
            self.computers.iter().map(Computer::log).collect::<String>()
        );
        StoredState {
            id: id.to_owned(),
            is_finished: state == "finished",
            exit_status: exit_status.parse().ok(),
            reason: reason.to_owned(),
        }
    }
}

/// A run as the store has it.
#[derive(Debug)]
#[allow(dead_code, reason = "shown if a round does not end")]
struct StoredState {
    id: String,
    is_finished: bool,
    exit_status: Option<i32>,
    reason: String,
}

fn has_ended(runs: &[StoredState]) -> bool {
    !runs.is_empty() && runs.iter().all(|run| run.is_finished)
}
