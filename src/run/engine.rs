//! The run itself: one owner of all state, requests in flight beside it.

mod progress;
mod requests;

use super::found_groups::FoundGroups;
use super::group_news::GroupNews;
use super::guard::Cap;
use super::identify::is_somebody;
use super::journal::{JournalError, Progress, Writer};
use super::late::{LateEffects, RunEffects};
use super::ledger::{Ledger, Note, Outcome, Status};
use super::probe::{Probe, ProbeResult, Told};
use super::probe_answers::ProbeAnswers;
use super::reading::Reading;
use super::request::Prepared;
use super::settle::GatewayRefusals;
use super::verdict::Refusal;
use crate::change::Effect;
use crate::clock;
use crate::organization::{Organization, Spelling};
use crate::plan::{Ahead, Estimate, Job, Key, Plan, Schedule};
use crate::table::{Original, RowBuffer};
use crate::umapi::wire::Answer;
use crate::umapi::{ActError, ApiError, Client, Mark, Traffic, Wait};
use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How a run behaves.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Requests in flight at once.
    pub concurrency: usize,
    /// How often a command is sent before the server's own troubles count as the row's.
    pub max_attempts: u32,
    /// The first wait before a repeat; the next ones grow.
    pub retry_wait: Duration,
    /// When so many rows are refused, the run stops.
    pub max_errors: MaxErrors,
    /// The API checks and does nothing (`testOnly`).
    pub test_mode: bool,
    /// Groups are checked: a group that is found missing keeps rows from being sent that would create people into it.
    pub check_groups: bool,
    /// Look whether a user is there before sending a removal from the organization.
    pub verify_deletes: bool,
    /// The longest wait for an answer: a request of an interrupted run was given up at the latest then.
    pub timeout: Duration,
    /// For so long the service may still carry out a request that got no proper answer. Zero trusts the first probe.
    pub effect_window: Duration,
    /// Names this run in its requests' ids.
    pub run_id: String,
}

/// When refused rows stop a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxErrors {
    /// So many rows in a row, refused with one and the same code.
    InARow(u32),
    /// So many rows, or such a share of those that have a verdict (once there are a hundred).
    Cap(Cap),
    /// Never.
    Off,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Every row has its verdict.
    Finished,
    /// It stopped before; the rows without a verdict were not sent.
    Stopped(Stop),
}

/// Why a run stopped early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// For people: what happened and what to do.
    pub why: String,
    /// Did the server take any request of this run? (Where none, nothing has been changed.)
    pub anything_sent: bool,
    /// Somebody wanted it to stop.
    pub is_interrupted: bool,
    /// What the same command would go on with.
    pub left: Left,
}

/// What is left of a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left {
    /// Rows without an outcome.
    pub rows: u64,
    /// Those of them that were sent, and nobody knows yet what came of it.
    pub uncertain: u64,
    /// What they take, with the limits as they stand.
    pub ahead: Box<Ahead>,
}

/// How far a run has come. A run that goes on counts from where it went on.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Rows that had no outcome at the start.
    pub rows: u64,
    /// Rows with each status since then, as in [`Status::ALL`].
    pub counts: [u64; Status::ALL.len()],
    /// The code that most rows failed with, and how many.
    pub most_frequent_failure: Option<(String, u64)>,
    /// Requests sent in the whole run, every retry counted.
    pub requests_sent: u64,
    /// Requests that have not left yet.
    pub requests_left: u64,
    /// Questions that are to be asked before rows are sent, and have not left yet.
    pub questions_left: u64,
    /// The time left, waits included; `None` where nobody knows.
    pub left: Option<Duration>,
    /// What is waited for.
    pub waiting: Option<Wait>,
    /// Why the run stops, while it waits for so many answers that are on their way.
    pub stopping: Option<(String, u64)>,
    /// What the client has seen.
    pub traffic: Traffic,
    /// Since the start.
    pub elapsed: Duration,
}

/// Looks on while a run goes on, and writes down what is finished.
pub trait Watcher {
    /// Called after every answer: rows may have got their verdicts. An error stops the run.
    fn settled(&mut self, ledger: &mut Ledger) -> io::Result<()>;
    /// Called with what a request came to, in words.
    fn heard(&mut self, _number: u32, _commands: usize, _what: &str) {}
    /// Called several times a second.
    fn tick(&mut self, snapshot: &Snapshot);
}

/// A run under way: the one owner of all that changes.
pub struct Run<'r, W> {
    pub(super) reading: Reading<'r>,
    pub(super) plan: &'r Plan,
    pub(super) client: Client,
    pub(super) policy: Policy,
    pub(super) schedule: Schedule<'r>,
    pub(super) ledger: Ledger,
    pub(super) watcher: W,
    pub(super) groups: FoundGroups,
    /// What other files of the command know of groups.
    pub(super) group_news: GroupNews,
    buffers: Vec<RowBuffer>,
    /// Jobs that must go alone, or in just this company.
    pub(super) fixed: VecDeque<Vec<Job>>,
    pub(super) flights: JoinSet<Landed>,
    /// Rows of each request in flight, and whether anything follows them.
    pub(super) in_flight: HashMap<u32, InFlight>,
    /// Requests made so far: the next one's number is one more.
    pub(super) requests: u32,
    pub(super) answered: u64,
    /// Has the server ever answered with verdicts?
    pub(super) heard: bool,
    /// Requests left without an answer since the last one that got one.
    pub(super) unheard_in_a_row: u32,
    /// Refusals by somebody before the API, since the last answer of the API itself.
    pub(super) gateway: GatewayRefusals,
    /// Rows that may have been carried out though nobody heard of it.
    pub(super) doubtful: HashMap<u32, Doubt>,
    /// Probes under way.
    pub(super) probes: usize,
    /// Repeats whose wait is not over.
    pub(super) repeats: usize,
    /// Jobs whose rows are completed, and hold back others until no late effect can meet them.
    pub(super) held: usize,
    /// Rows that are completed, with the time until which an earlier part of the run holds back others.
    pub(super) late_rows: HashMap<u32, Duration>,
    /// What the service may still carry out, of this file and of others.
    pub(super) late_effects: RunEffects,
    /// Names of protected people, as the server has told in this run: those that a list and the rows give are known before.
    pub(super) told_protected: HashMap<Key, Vec<Spelling>>,
    /// Jobs that wait for the answer to a request in flight, which may be about the same user.
    held_back: Vec<Job>,
    /// Jobs that wait for what other files and other processes have sent.
    held_by_others: usize,
    /// Did a request reach the server, or may it have?
    pub(super) anything_sent: bool,
    /// The code that rows were refused with last, and how many in a row.
    pub(super) streak: (String, u32),
    pub(super) stop: Option<String>,
    is_interrupted: bool,
    began: Instant,
    /// The rows to send, less those that had their outcome when the run went on, and what they take.
    pub(super) rows: u64,
    pub(super) estimate: Estimate,
    /// Rows with each status when the run went on.
    pub(super) counts_before: [u64; Status::ALL.len()],
    /// Requests that earlier parts of the run have sent, and those that this client had sent before this run.
    pub(super) sent_before: u64,
    pub(super) client_sent_before: u64,
    /// The last number of sent requests that the journal knows.
    pub(super) sent_noted: u64,
    /// The request that is to be sent again next, and what came instead of an answer.
    pub(super) retry: Option<Wait>,
    /// Until when rows wait for the last late effect.
    pub(super) late_wait: Option<SystemTime>,
    pub(super) journal: Option<Writer>,
    /// Probes under way that come before their command: who is renamed, and with `--verify-deletes` whether a leaver is there.
    pub(super) early_probes: usize,
    /// Who was there before.
    pub(super) before_all: Option<Arc<Organization>>,
    /// The file of the list that the rows are compared with.
    pub(super) list_file: Option<Arc<Original>>,
    /// Who was there, and who was not, when the server was asked before anything was sent.
    pub(super) probe_answers: ProbeAnswers,
    /// Rows whose users are known to be there, or not to be there: nobody asks before they are removed.
    pub(super) presence_known: HashSet<u32>,
    /// Requests whose departure is being written down, with the number of that entry.
    booked: VecDeque<(u64, Leaving)>,
    /// Entries of the journal that are on disk.
    pub(super) on_disk: u64,
    /// Rows that an earlier part of the run has brought some way.
    pub(super) progress: HashMap<u32, Progress>,
    /// Rows with an outcome, and rows that failed, in earlier parts of the run.
    pub(super) before: (u64, u64),
    /// The end of the server's pause that is written down.
    pause: Option<SystemTime>,
}

/// A request that is about to leave.
struct Leaving {
    number: u32,
    jobs: Vec<Prepared>,
    mark: Option<Mark>,
}

/// What must be known of a request in flight when it is given up.
pub(super) struct InFlight {
    /// The rows, with how often each was sent.
    rows: Vec<(u32, u32)>,
    followed: bool,
}

/// A sending of which nobody knows what came of it.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    pub(super) request: u32,
    pub(super) sent: u32,
    pub(super) why: std::rc::Rc<str>,
}

/// What a probe is asked for, and what follows when nothing was done.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// What is the matter with the command, in words.
    pub(super) why: String,
    pub(super) otherwise: Otherwise,
}

/// What follows when a probe shows that nothing was done.
#[derive(Debug, Clone)]
pub(super) enum Otherwise {
    /// The command is sent again, within its attempts.
    SendAgain,
    /// The refusal stands.
    Fail(Note),
}

/// What has come back.
pub(super) enum Landed {
    Answer {
        number: u32,
        jobs: Vec<Prepared>,
        answer: Result<Answer, ActError>,
    },
    /// A probe of what became of a command.
    Probed {
        prepared: Box<Prepared>,
        question: Question,
        result: Result<ProbeResult, ApiError>,
    },
    /// Who a rename is about.
    Identified {
        prepared: Box<Prepared>,
        told: Result<Option<Told>, ApiError>,
    },
    /// Who would be removed, where somebody is there.
    Present {
        prepared: Box<Prepared>,
        told: Result<Option<Told>, ApiError>,
    },
    /// The members of a group's step that has changed nobody.
    Members {
        number: u32,
        prepared: Box<Prepared>,
        refusal: Refusal,
        result: Result<ProbeResult, ApiError>,
    },
    /// Jobs whose wait is over: to be sent in whatever company.
    Due(Vec<Job>),
    /// What another file or another process has sent is to be looked at again.
    HeldBack(Job),
    /// Jobs whose wait is over: to be sent in just this company.
    DueTogether(Vec<Job>),
    /// No late effect can meet what waits for this job.
    Released(Job),
    /// A control request, which shows whether a gateway refuses every request.
    Control(Result<Answer, ActError>),
}

/// How often it is asked who somebody is, until an answer can be understood.
pub(super) const MOST_QUESTIONS: u32 = 5;

impl<'r, W: Watcher> Run<'r, W> {
    /// Everything is still to do.
    pub fn new(reading: Reading<'r>, plan: &'r Plan, client: Client, policy: Policy, watcher: W) -> Self {
        let client_sent_before = client.traffic().action_requests;
        let spares_people = policy.check_groups;
        let late_effects = RunEffects::new(&LateEffects::default(), &policy);
        Self {
            reading,
            plan,
            client,
            policy,
            schedule: Schedule::new(plan),
            ledger: Ledger::new(plan.rows(), clock::now()),
            watcher,
            groups: FoundGroups::new(spares_people),
            group_news: GroupNews::default(),
            buffers: Vec::new(),
            fixed: VecDeque::new(),
            flights: JoinSet::new(),
            in_flight: HashMap::new(),
            requests: 0,
            answered: 0,
            heard: false,
            unheard_in_a_row: 0,
            gateway: GatewayRefusals::default(),
            doubtful: HashMap::new(),
            probes: 0,
            repeats: 0,
            held: 0,
            late_rows: HashMap::new(),
            late_effects,
            told_protected: HashMap::new(),
            held_back: Vec::new(),
            held_by_others: 0,
            anything_sent: false,
            streak: (String::new(), 0),
            stop: None,
            is_interrupted: false,
            began: Instant::now(),
            rows: (0..plan.rows()).filter(|row| plan.shape(*row).is_sent()).count() as u64,
            estimate: Estimate::of(plan),
            counts_before: [0; Status::ALL.len()],
            sent_before: 0,
            client_sent_before,
            sent_noted: 0,
            retry: None,
            late_wait: None,
            journal: None,
            early_probes: 0,
            before_all: None,
            list_file: None,
            probe_answers: ProbeAnswers::default(),
            presence_known: HashSet::new(),
            booked: VecDeque::new(),
            on_disk: 0,
            progress: HashMap::new(),
            before: (0, 0),
            pause: None,
        }
    }

    /// Knows from here on who was in the organization before anything was sent.
    #[must_use]
    pub fn with_organization(mut self, organization: Arc<Organization>) -> Self {
        self.before_all = Some(organization);
        self
    }

    /// Keeps clear of what the service may still carry out of other files, and tells the runs of others what it may of
    /// this one. In test mode nothing is carried out.
    #[must_use]
    pub fn with_late_effects(mut self, effects: &LateEffects) -> Self {
        if !self.policy.test_mode {
            self.late_effects = RunEffects::new(effects, &self.policy);
        }
        self
    }

    /// The time on the run's clock.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long the service may still carry out an earlier sending of these rows; `None` where it may not.
    pub(super) fn late_for(&self, job: &Job) -> Option<Duration> {
        job.late_until?.checked_sub(self.now()).filter(|left| !left.is_zero())
    }

    /// The list that shows that nobody of this name was there before, where it is known that no earlier row has changed that.
    pub(super) fn absent_before(&self, job: &Job, probe: &Probe) -> Option<&Organization> {
        let Probe::Created { user, email, .. } = probe else { return None };
        let is_absent = |organization: &&Organization| [user, email].into_iter().all(|name| organization.named(name, "").is_empty());
        // An import since the list was fetched may have made this user.
        let is_unsure = self.reading.known.is_some_and(|known| [user, email].into_iter().any(|name| known.is_unsure_of(name)));
        self.before_all.as_deref().filter(is_absent).filter(|_| !job.follows && !is_unsure)
    }

    /// Goes on until every row has its verdict or something stops the run.
    ///
    /// `interrupt` comes true when somebody wants to stop: then nothing more is sent, and what is in flight is waited for; asked a second time,
    /// that is given up too.
    pub async fn finish<I: Future<Output = ()>>(mut self, mut interrupt: impl FnMut() -> I) -> (Ended, Ledger, W) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut interrupted = Box::pin(interrupt());
        loop {
            self.fill();
            self.launch();
            self.tell();
            // Once the run has stopped, only answers that are on their way are waited for, and what a probe can still settle.
            let waits = self.stop.is_none() && !(self.flights.is_empty() && self.booked.is_empty());
            if self.in_flight.is_empty() && self.probes == 0 && !waits {
                if self.stop.is_none() && self.judge_suspects() {
                    continue;
                }
                break;
            }
            tokio::select! {
                biased;
                written = written(&mut self.journal) => self.note_written(written),
                landed = self.flights.join_next(), if !self.flights.is_empty() => {
                    // All that is here already is written down together.
                    let others = std::iter::from_fn(|| self.flights.try_join_next()).collect::<Vec<_>>();
                    landed.into_iter().chain(others).for_each(|landed| self.arrive(landed));
                }
                () = &mut interrupted => {
                    if self.stop.is_some() {
                        break;
                    }
                    self.is_interrupted = true;
                    self.halt("interrupted".to_owned());
                    interrupted = Box::pin(interrupt());
                }
                _ = tick.tick() => {
                    let snapshot = self.snapshot();
                    self.note_pause(&snapshot);
                    self.note_sent();
                    self.write(|journal| journal.still_there());
                    self.check_files();
                    self.watcher.tick(&snapshot);
                }
            }
        }
        if self.stop.is_none() && self.rows_left() > 0 {
            self.halt("rows wait for something that never comes: this is a fault of umbulk, please report it".to_owned());
        }
        self.note_sent();
        self.hand_on_groups();
        self.close_journal().await;
        let left = self.left();
        // Rows that are given up are not done.
        self.watcher.tick(&Snapshot { waiting: None, stopping: None, ..self.snapshot() });
        self.give_up();
        self.tell();
        let ended = match self.stop {
            Some(why) => Ended::Stopped(Stop { why, anything_sent: self.anything_sent, is_interrupted: self.is_interrupted, left }),
            None => Ended::Finished,
        };
        (ended, self.ledger, self.watcher)
    }

    /// Says that nothing more is to be sent. The first reason stays.
    pub(super) fn halt(&mut self, why: String) {
        if self.stop.is_none() {
            self.stop = Some(why);
            self.client.close();
        }
    }

    /// Lets the watcher write down what is finished.
    pub(super) fn tell(&mut self) {
        if let Err(error) = self.watcher.settled(&mut self.ledger) {
            self.halt(format!("the results could not be written: {error}"));
        }
    }

    /// The run is over. Rows that were sent without an answer being heard are unknown, not unsent.
    fn give_up(&mut self) {
        let mut doubtful = std::mem::take(&mut self.doubtful);
        for (request, flight) in std::mem::take(&mut self.in_flight) {
            let why: std::rc::Rc<str> = "the run ended before".into();
            doubtful.extend(flight.rows.into_iter().map(|(row, sent)| (row, Doubt { request, sent, why: why.clone() })));
        }
        let now = clock::now();
        for (row, Doubt { request, sent, why }) in doubtful {
            if !self.ledger.is_settled(row) {
                self.anything_sent = true;
                let note = Note::unheard(&why);
                let outcome = Outcome {
                    status: Status::Unknown,
                    note,
                    effect: Effect::NONE,
                    attempts: sent,
                    request: Some(request),
                    finished_at: Some(now),
                };
                self.ledger.settle(row, outcome);
            }
        }
    }

    fn arrive(&mut self, landed: Result<Landed, tokio::task::JoinError>) {
        match landed {
            Ok(landed) => self.land(landed),
            Err(error) => self.halt(format!("a part of the program failed ({error}): please report it")),
        }
    }

    fn land(&mut self, landed: Landed) {
        match landed {
            Landed::Answer { number, mut jobs, answer } => {
                // Who is not identified yet is asked about again before the command goes again.
                jobs.iter_mut().for_each(|prepared| prepared.job.identified &= is_somebody(&prepared.job));
                self.in_flight.remove(&number);
                self.answered += 1;
                self.write(move |journal| journal.closed(number));
                self.hear(number, jobs, answer);
                self.late_effects_landed(number);
            }
            Landed::Probed { prepared, question, result } => {
                self.probes -= 1;
                self.probed(*prepared, question, result);
            }
            Landed::Identified { prepared, told } => {
                self.probes -= 1;
                self.early_probes -= 1;
                self.identified(*prepared, told);
            }
            Landed::Present { prepared, told } => {
                self.probes -= 1;
                self.early_probes -= 1;
                self.looked_before(*prepared, told);
            }
            Landed::Members { number, prepared, refusal, result } => {
                self.probes -= 1;
                self.members_told(number, *prepared, &refusal, &result);
            }
            Landed::Due(jobs) => {
                self.repeats -= 1;
                jobs.into_iter().for_each(|job| self.schedule.put_back(job));
            }
            Landed::HeldBack(job) => {
                self.repeats -= 1;
                self.held_by_others -= 1;
                self.schedule.put_back(job);
            }
            Landed::DueTogether(jobs) => {
                self.repeats -= 1;
                self.fixed.push_back(jobs);
            }
            Landed::Released(job) => {
                self.held -= 1;
                self.release_now(job);
            }
            Landed::Control(answer) => self.control_answered(answer),
        }
    }
}

/// How often the watcher is told how far the run has come.
#[cfg(not(test))]
const TICK: Duration = Duration::from_millis(200);
/// An hour of simulated waiting would be nothing but ticks.
#[cfg(test)]
const TICK: Duration = Duration::from_secs(20);

/// News of the journal; none ever without one.
async fn written(journal: &mut Option<Writer>) -> Result<u64, JournalError> {
    match journal {
        Some(journal) => journal.on_disk().await,
        None => std::future::pending().await,
    }
}
