//! The run itself: one owner of all state, requests in flight beside it.

mod progress;
mod requests;
mod setup;

use super::completion::{Completion, Instead, UncertainEffect};
use super::earlier_files::{EarlierFiles, FoundOut};
use super::found_groups::FoundGroups;
use super::identity::is_somebody;
use super::input_rows::InputRows;
use super::late::RunEffects;
use super::outcomes::{Outcome, OutcomeStatus, Outcomes, Reason};
use super::policy::Policy;
use super::probe::Probe;
use super::probe_answers::ProbeAnswers;
use super::reporter::{Ended, Reporter, RunProgress, StopReason};
use super::request::ReadyCommand;
use super::stop_cause::StopCause;
use super::suspects::GatewayRefusals;
use super::unconfirmed_renames::UnconfirmedRenames;
use super::users_before::UsersBefore;
use crate::change::RowEffect;
use crate::clock;
use crate::journal::{JournalError, JournalWriter, MissingGroup, RowProgress};
use crate::organization::Organization;
use crate::plan::{Estimate, Key, Plan, Schedule, WorkItem};
use crate::reconcile::UserSpelling;
use crate::table::{Original, RowBuffer};
use crate::umapi::{Client, SyncMarker, Wait};
use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A run under way: the one owner of all that changes.
pub(crate) struct Executor<'r, W> {
    pub(super) input: InputRows<'r>,
    pub(super) plan: &'r Plan,
    pub(super) client: Client,
    pub(super) policy: Policy,
    pub(super) schedule: Schedule<'r>,
    pub(super) outcomes: Outcomes,
    pub(super) reporter: W,
    pub(super) groups: FoundGroups,
    /// What other files of the command know of groups.
    pub(super) earlier_files: EarlierFiles,
    buffers: Vec<RowBuffer>,
    /// Work items that must go alone, or in just this company.
    pub(super) fixed: VecDeque<Vec<WorkItem>>,
    pub(super) in_flight_tasks: JoinSet<Completion>,
    /// Rows of each request in flight, and whether anything follows them.
    pub(super) in_flight: HashMap<u32, InFlightRequest>,
    /// Requests made so far: the next one's number is one more.
    pub(super) requests: u32,
    pub(super) answered: u64,
    /// Has the server ever answered with outcomes?
    pub(super) response: bool,
    /// Requests left without an answer since the last one that got one.
    pub(super) no_responses_in_a_row: u32,
    /// Refusals by somebody before the API, since the last answer of the API itself.
    pub(super) gateway: GatewayRefusals,
    /// Rows that may have been carried out though nobody heard of it.
    pub(super) uncertain_rows: HashMap<u32, UncertainEffect>,
    /// Probes under way.
    pub(super) probes: usize,
    /// Repeats whose wait is not over.
    pub(super) repeats: usize,
    /// Work items whose rows are completed, and hold back others until no late effect can meet
    /// them.
    pub(super) held: usize,
    /// Rows that are completed, with the time until which an earlier part of the run holds back
    /// others.
    pub(super) late_rows: HashMap<u32, Duration>,
    /// What the service may still carry out, of this file and of others.
    pub(super) late_effects: RunEffects,
    /// Names that other processes may have changed since this command began to ask.
    pub(super) changed_by_others: HashSet<Key>,
    /// Renames that failed, in this part of the run or an earlier one.
    pub(super) unconfirmed_renames: UnconfirmedRenames,
    /// The rows about users whom other files of the command create, remove or rename too.
    pub(super) shared_rows: HashSet<u32>,
    /// What earlier files and earlier rows have made of them.
    pub(super) users_before: UsersBefore,
    /// Names of protected people, as the server has told in this run: those that a list and the
    /// rows give are known before.
    pub(super) found_protected: HashMap<Key, Vec<UserSpelling>>,
    /// Work items that wait for the answer to a request in flight, which may be about the same
    /// user.
    held_back: Vec<WorkItem>,
    /// Work items that wait for what other files and other processes have sent.
    held_by_others: usize,
    /// Did a request reach the server, or may it have?
    pub(super) anything_sent: bool,
    /// The code that rows were refused with last, and how many in a row.
    pub(super) streak: (String, u32),
    pub(super) stop: Option<StopCause>,
    is_interrupted: bool,
    began: Instant,
    /// The rows to send, less those that had their outcome when the run went on, and what they
    /// take.
    pub(super) rows: u64,
    pub(super) estimate: Estimate,
    /// Rows with each status when the run went on.
    pub(super) counts_before: [u64; OutcomeStatus::ALL.len()],
    /// Requests that earlier parts of the run have sent, and those that this client had sent before
    /// this run.
    pub(super) sent_before: u64,
    pub(super) client_sent_before: u64,
    /// The last number of sent requests that the journal knows.
    pub(super) sent_noted: u64,
    /// The request that is to be sent again next, and what came instead of an answer.
    pub(super) retry: Option<Wait>,
    /// Until when rows wait for the last late effect.
    pub(super) late_wait: Option<SystemTime>,
    pub(super) journal: Option<JournalWriter>,
    /// Probes under way that come before their command: who is renamed, and with `--verify-deletes`
    /// whether a leaver is there.
    pub(super) probes_first: usize,
    /// Who was there before.
    pub(super) before_all: Option<Arc<Organization>>,
    /// The file of the list that the rows are compared with.
    pub(super) list_file: Option<Arc<Original>>,
    /// More files that must not change.
    pub(super) watched_files: Vec<Arc<Original>>,
    /// Who was there, and who was not, when the server was asked before anything was sent.
    pub(super) probe_answers: ProbeAnswers,
    /// Rows whose users are known to be there, or not to be there: nobody asks before they are
    /// removed.
    pub(super) presence_known: HashSet<u32>,
    /// Requests whose departure is being written down, with the number of that entry.
    booked: VecDeque<(u64, PreparedRequest)>,
    /// Entries of the journal that are on disk.
    pub(super) on_disk: u64,
    /// Rows that an earlier part of the run has brought some way.
    pub(super) progress: HashMap<u32, RowProgress>,
    /// Rows with an outcome, and rows that failed, in earlier parts of the run.
    pub(super) before: (u64, u64),
    /// The end of the server's pause that is written down.
    pause: Option<SystemTime>,
}

/// A request that is about to leave.
struct PreparedRequest {
    number: u32,
    items: Vec<ReadyCommand>,
    mark: Option<SyncMarker>,
}

/// What must be known of a request in flight when it is given up.
pub(super) struct InFlightRequest {
    /// The rows, with how often each was sent.
    rows: Vec<(u32, u32)>,
    followed: bool,
}

impl<W: Reporter> Executor<'_, W> {
    /// The time on the run's clock.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long the service may still carry out an earlier sending of these rows; `None` where it
    /// may not.
    pub(super) fn late_for(&self, item: &WorkItem) -> Option<Duration> {
        item.late_until?.checked_sub(self.now()).filter(|left| !left.is_zero())
    }

    /// The list, where it tells who goes by these names: no earlier row of the command, and no
    /// import since the list was fetched, may have given, taken or made one of them.
    pub(super) fn list_of(
        &self,
        item: &WorkItem,
        names: &[(&str, Option<&str>)],
    ) -> Option<&Organization> {
        self.before_all.as_deref().filter(|_| !self.may_have_changed(item, names))
    }

    /// May an earlier row of the command, or an import since the list was fetched, have changed who
    /// goes by one of these names?
    pub(super) fn may_have_changed(&self, item: &WorkItem, names: &[(&str, Option<&str>)]) -> bool {
        let has_earlier_files = self.earlier_files.have_begun();
        item.follows
            || self.input.baseline.is_some_and(|known| {
                (has_earlier_files || known.conflict_index.is_recently_changed())
                    && names.iter().any(|(name, domain)| known.has_conflict(name, *domain))
            })
    }

    /// The list that shows that nobody of this name was there before.
    pub(super) fn absent_before(&self, item: &WorkItem, probe: &Probe) -> Option<&Organization> {
        let Probe::Created { user, email, .. } = probe else { return None };
        let is_absent = |organization: &&Organization| {
            [user, email].into_iter().all(|name| organization.named(name, "").is_empty())
        };
        self.list_of(item, &[(user, None), (email, None)]).filter(is_absent)
    }

    /// Goes on until every row has its outcome or something stops the run.
    ///
    /// `interrupt` comes true when somebody wants to stop: then nothing more is sent, and what is
    /// in flight is waited for; asked a second time, that is given up too.
    pub(crate) async fn finish<I: Future<Output = ()>>(
        mut self,
        mut interrupt: impl FnMut() -> I,
    ) -> (Ended, Outcomes, W) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut interrupted = Box::pin(interrupt());
        loop {
            self.fill();
            self.launch();
            self.tell();
            // Once the run has stopped, only answers that are on their way are waited for, and what
            // a probe can still settle.
            let waits =
                self.stop.is_none() && !(self.in_flight_tasks.is_empty() && self.booked.is_empty());
            if self.in_flight.is_empty() && self.probes == 0 && !waits {
                if self.stop.is_none() && self.decide_suspects() {
                    continue;
                }
                break;
            }
            tokio::select! {
                biased;
                written = written(&mut self.journal) => self.note_written(written),
                landed = self.in_flight_tasks.join_next(), if !self.in_flight_tasks.is_empty() => {
                    // All that is here already is written down together.
                    let others = std::iter::from_fn(|| self.in_flight_tasks.try_join_next()).collect::<Vec<_>>();
                    landed.into_iter().chain(others).for_each(|landed| self.on_group_news(landed));
                }
                () = &mut interrupted => {
                    if self.stop.is_some() {
                        break;
                    }
                    self.is_interrupted = true;
                    self.stop_run("interrupted".to_owned());
                    interrupted = Box::pin(interrupt());
                }
                _ = tick.tick() => self.on_tick(),
            }
        }
        self.end().await
    }

    /// What is done once in a while, whatever is in flight.
    fn on_tick(&mut self) {
        let snapshot = self.progress();
        self.note_pause(&snapshot);
        self.note_sent();
        self.hold_open_effects();
        self.write(|journal| journal.still_there());
        self.check_files();
        self.reporter.on_progress(&snapshot);
    }

    /// Gives up the rows that are left, and closes the journal.
    async fn end(mut self) -> (Ended, Outcomes, W) {
        if self.stop.is_none() && self.rows_left() > 0 {
            self.stop_run(
                "rows wait for something that never comes: this is a fault of umbulk, \
                 please report it"
                    .to_owned(),
            );
        }
        self.note_sent();
        self.tell_later_files();
        self.close_journal().await;
        let left = self.left();
        // Rows that are given up are not done.
        self.reporter.on_progress(&RunProgress {
            waiting: None,
            stopping: None,
            ..self.progress()
        });
        self.give_up();
        self.tell();
        let ended = match self.stop {
            Some(why) => Ended::Stopped(StopReason {
                why,
                anything_sent: self.anything_sent,
                is_interrupted: self.is_interrupted,
                left,
            }),
            None => Ended::Finished,
        };
        (ended, self.outcomes, self.reporter)
    }

    /// Hands on what is known now to the files behind this one.
    pub(super) fn tell_later_files(&self) {
        let file = self.input.table.name();
        let known = |group: &MissingGroup| MissingGroup {
            file: group.file.clone().or_else(|| Some(file.to_owned())),
            ..group.clone()
        };
        self.earlier_files.replace(FoundOut {
            missing_groups: self.groups.all_missing().map(known).collect(),
            uncertain_groups: self.groups.uncertain().clone(),
            unconfirmed_renames: self.unconfirmed_renames.of_file(file),
            users: self.users_before.of_file(file),
            has_begun: true,
        });
    }

    /// Says that nothing more is to be sent. The first reason stays.
    pub(super) fn stop_run(&mut self, why: impl Into<StopCause>) {
        if self.stop.is_none() {
            self.stop = Some(why.into());
            self.client.close();
        }
    }

    /// Lets the watcher write down what is finished.
    pub(super) fn tell(&mut self) {
        if let Err(error) = self.reporter.on_outcomes(&mut self.outcomes) {
            self.stop_run(format!("the results could not be written: {error}"));
        }
    }

    /// The run is over. Rows that were sent without an answer being heard are unknown, not unsent.
    fn give_up(&mut self) {
        let mut uncertain = std::mem::take(&mut self.uncertain_rows);
        for (request, flight) in std::mem::take(&mut self.in_flight) {
            let why: std::rc::Rc<str> = "the run ended before".into();
            uncertain.extend(flight.rows.into_iter().map(|(row, sent)| {
                let instead = Instead::Nothing;
                (row, UncertainEffect { request, sent, why: why.clone(), instead })
            }));
        }
        let now = clock::now();
        for (row, UncertainEffect { request, sent, why, .. }) in uncertain {
            if !self.outcomes.is_completed(row) {
                self.anything_sent = true;
                let note = Reason::no_response(&why);
                let outcome = Outcome {
                    status: OutcomeStatus::Unknown,
                    note,
                    effect: RowEffect::NONE,
                    attempts: sent,
                    request: Some(request),
                    finished_at: Some(now),
                };
                self.outcomes.complete(row, outcome);
            }
        }
    }

    fn on_group_news(&mut self, landed: Result<Completion, tokio::task::JoinError>) {
        match landed {
            Ok(landed) => self.on_completion(landed),
            Err(error) => {
                self.stop_run(format!("a part of the program failed ({error}): please report it"));
            }
        }
    }

    fn on_completion(&mut self, landed: Completion) {
        match landed {
            Completion::Answer { number, mut items, answer } => {
                // Who is not identified yet is asked about again before the command goes again.
                items
                    .iter_mut()
                    .for_each(|prepared| prepared.item.identified &= is_somebody(&prepared.item));
                self.in_flight.remove(&number);
                self.answered += 1;
                self.write(move |journal| journal.record_answered(number));
                self.on_response(number, items, answer);
                self.late_effects_landed(number);
            }
            Completion::Probed { prepared, question, result } => {
                self.probes -= 1;
                self.probed(*prepared, question, result);
            }
            Completion::Identified { prepared, user_statements: statement } => {
                self.probes -= 1;
                self.probes_first -= 1;
                self.identified(*prepared, statement);
            }
            Completion::Present { prepared, statement } => {
                self.probes -= 1;
                self.probes_first -= 1;
                self.probed_before(*prepared, statement);
            }
            Completion::Members { number, prepared, refusal, result } => {
                self.probes -= 1;
                self.members_found(number, *prepared, &refusal, &result);
            }
            Completion::Due(items) => {
                self.repeats -= 1;
                items.into_iter().for_each(|item| self.schedule.put_back(item));
            }
            Completion::HeldBack(item) => {
                self.repeats -= 1;
                self.held_by_others -= 1;
                self.schedule.put_back(item);
            }
            Completion::DueTogether(items) => {
                self.repeats -= 1;
                self.fixed.push_back(items);
            }
            Completion::Released(item) => {
                self.held -= 1;
                self.release_now(item);
            }
            Completion::Control(answer) => self.control_answered(answer),
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
async fn written(journal: &mut Option<JournalWriter>) -> Result<u64, JournalError> {
    match journal {
        Some(journal) => journal.on_disk().await,
        None => std::future::pending().await,
    }
}
