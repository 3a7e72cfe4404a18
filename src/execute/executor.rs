//! The executor of a run. It owns all state; requests run in tasks beside it.

mod earlier_rows;
mod file_watch;
mod given_names;
mod gone_groups;
mod group_side;
mod held_requests;
mod identify;
mod not_there;
mod open_requests;
mod out_of_turn;
mod presence;
mod progress;
mod recovered_rows;
mod refusal_streak;
mod removals;
mod removed_users;
mod requests;
mod responses;
mod resume;
mod run_counts;
mod run_journal;
mod server_contact;
mod setup;
mod shared_rows;
mod suspects;
mod tasks;
mod uncertain_rows;
mod user_knowledge;
mod user_statements;
mod wait_log;
mod waits;

pub(crate) use removals::PERHAPS_NOBODY;

use super::completion::{Completion, Instead, UncertainEffect};
use super::earlier_files::{EarlierFiles, FoundOut};
use super::found_groups::FoundGroups;
use super::group_side::GroupSide;
use super::input_rows::InputRows;
use super::late::RunEffects;
use super::outcomes::{Outcome, OutcomeStatus, Outcomes, Reason};
use super::policy::Policy;
use super::probe::Probe;
use super::reporter::{Ended, Reporter, RunProgress, StopReason};
use super::stop_cause::StopCause;
use super::unconfirmed_renames::UnconfirmedRenames;
use super::users_before::UsersBefore;
use crate::change::RowEffect;
use crate::clock;
use crate::fs::in_words;
use crate::journal::MissingGroup;
use crate::organization::Organization;
use crate::plan::{Plan, Schedule, WorkItem};
use crate::table::{Original, RowBuffer};
use crate::umapi::Client;
use open_requests::OpenRequests;
use out_of_turn::OutOfTurn;
use recovered_rows::RecoveredRows;
use refusal_streak::RefusalStreak;
use run_counts::RunCounts;
use run_journal::RunJournal;
use server_contact::ServerContact;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use suspects::GatewayRefusals;
use tasks::Tasks;
use tokio::time::Instant;
use uncertain_rows::UncertainRows;
use user_knowledge::UserKnowledge;
use wait_log::WaitLog;
use waits::Waits;

/// A run in progress, with all its mutable state.
pub(crate) struct Executor<'r, W> {
    input: InputRows<'r>,
    plan: &'r Plan,
    client: Client,
    policy: Policy,
    reporter: W,
    began: Instant,
    schedule: Schedule<'r>,
    out_of_turn: OutOfTurn,
    buffers: Vec<RowBuffer>,
    requests: OpenRequests,
    tasks: Tasks,
    waits: Waits,
    wait_log: WaitLog,
    journal: RunJournal,
    outcomes: Outcomes,
    counts: RunCounts,
    streak: RefusalStreak,
    contact: ServerContact,
    /// Refusals by a gateway in front of the API since the API itself last responded.
    gateway: GatewayRefusals,
    uncertain_rows: UncertainRows,
    recovered: RecoveredRows,
    /// What the service may still carry out, for this file and others.
    late_effects: RunEffects,
    groups: FoundGroups,
    /// Work items whose memberships go as commands of their groups.
    group_side: GroupSide,
    users: UserKnowledge,
    /// Renames that failed, in this part of the run or an earlier one.
    unconfirmed_renames: UnconfirmedRenames,
    /// What other files of the command have found out.
    earlier_files: EarlierFiles,
    /// The rows about users whom other files of the command change as well.
    shared_rows: HashSet<u32>,
    /// What earlier files and earlier rows have done to these users.
    users_before: UsersBefore,
    /// The file of the list that the rows are compared with.
    list_file: Option<Arc<Original>>,
    /// More files that must not change.
    watched_files: Vec<Arc<Original>>,
    stop: Option<StopCause>,
    is_interrupted: bool,
}

impl<W: Reporter> Executor<'_, W> {
    /// Returns the time on the run's clock.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns how long the service may still carry out an earlier request with these rows; `None`
    /// if it cannot.
    fn late_for(&self, item: &WorkItem) -> Option<Duration> {
        item.late_until?.checked_sub(self.now()).filter(|left| !left.is_zero())
    }

    /// Returns the list, if it shows who has these names: no earlier row of the command, and no
    /// import since the list was fetched, may have given, removed or created one of them.
    fn list_of(&self, item: &WorkItem, names: &[(&str, Option<&str>)]) -> Option<&Organization> {
        self.users.list().filter(|_| !self.may_have_changed(item, names))
    }

    /// Whether an earlier row of the command, or an import since the list was fetched, may have
    /// changed who has one of these names.
    fn may_have_changed(&self, item: &WorkItem, names: &[(&str, Option<&str>)]) -> bool {
        let has_earlier_files = self.earlier_files.have_begun();
        item.follows
            || self.input.baseline.is_some_and(|known| {
                item.rows.iter().any(|row| known.is_uncompared(*row))
                    || (has_earlier_files || known.conflict_index.is_recently_changed())
                        && names.iter().any(|(name, domain)| known.has_conflict(name, *domain))
            })
    }

    /// Returns the list, if it shows that nobody had this name before.
    fn absent_before(&self, item: &WorkItem, probe: &Probe) -> Option<&Organization> {
        let Probe::Created { user, email, .. } = probe else { return None };
        let is_absent = |organization: &&Organization| {
            [user, email].into_iter().all(|name| organization.named(name, "").is_empty())
        };
        self.list_of(item, &[(user, None), (email, None)]).filter(is_absent)
    }

    /// Runs until every row has its outcome or something stops the run.
    ///
    /// `interrupt` completes when the user wants to stop. Then no more requests are sent, and the
    /// run waits for those in flight. When it completes a second time, the run no longer waits for
    /// them.
    pub(crate) async fn finish<I: Future<Output = ()>>(
        mut self,
        mut interrupt: impl FnMut() -> I,
    ) -> (Ended, Outcomes, W) {
        let mut tick = tokio::time::interval(self.reporter.progress_every());
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut interrupted = Box::pin(interrupt());
        loop {
            self.fill();
            self.launch();
            self.tell();
            if !self.is_anything_under_way() {
                if self.stop.is_none() && self.decide_suspects() {
                    continue;
                }
                break;
            }
            tokio::select! {
                biased;
                written = self.journal.written() => self.on_written(written),
                // All completions that have arrived are recorded together.
                ended = self.tasks.next(), if !self.tasks.is_empty() => {
                    ended.into_iter().for_each(|ended| self.on_end(ended));
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

    /// Whether there is something to wait for. After the run has stopped, it only waits for
    /// requests in flight, and for probes that can still find a result.
    fn is_anything_under_way(&self) -> bool {
        let waits = self.stop.is_none()
            && !(self.tasks.is_empty()
                && self.requests.has_none_booked()
                && !self.journal.is_store_behind());
        self.requests.len() > self.tasks.lost_requests() || self.tasks.probes() > 0 || waits
    }

    /// Does what is due from time to time, whatever is in flight.
    fn on_tick(&mut self) {
        let progress = self.progress();
        self.note_pause(&progress);
        self.note_sent();
        self.hold_open_effects();
        self.journal.check_place();
        self.check_files();
        // The next request may be due in an hour.
        if let Some(why) = self.client.sending_ended().filter(|_| self.stop.is_none()) {
            self.stop_run(StopCause::MayNotSend(why));
        }
        self.reporter.on_progress(&progress);
    }

    /// Gives up the remaining rows, and closes the journal.
    async fn end(mut self) -> (Ended, Outcomes, W) {
        if self.stop.is_none() && self.rows_left() > 0 {
            self.stop_run(
                "rows wait for something that never comes: this is a fault of umbulk, \
                 please report it"
                    .to_owned(),
            );
        }
        // With the last row, there is nothing left to hold back.
        if self.rows_left() == 0 {
            self.stop.take_if(|why| why.is_about_the_rest());
        }
        self.note_sent();
        self.tell_later_files();
        self.close_journal().await;
        let left = self.left();
        // Rows that are given up do not count as done.
        self.reporter.on_progress(&RunProgress {
            waiting: None,
            stopping: None,
            ..self.progress()
        });
        self.give_up();
        self.tell();
        self.group_side.end().into_iter().for_each(|end| self.reporter.on_group_side(end));
        let ended = match self.stop {
            Some(why) => Ended::Stopped(StopReason {
                why,
                anything_sent: self.contact.is_reached(),
                is_interrupted: self.is_interrupted,
                left,
            }),
            None => Ended::Finished,
        };
        (ended, self.outcomes, self.reporter)
    }

    /// Passes what is known now to the files after this one.
    fn tell_later_files(&self) {
        let file = self.input.table.name();
        let known = |group: &MissingGroup| MissingGroup {
            file: group.file.clone().or_else(|| Some(file.to_owned())),
            ..group.clone()
        };
        self.earlier_files.replace(FoundOut {
            missing_groups: self.groups.all_missing().map(known).collect(),
            groups_there: self.groups.all_there().clone(),
            uncertain_groups: self.groups.uncertain().clone(),
            unconfirmed_renames: self.unconfirmed_renames.of_file(file),
            users: self.users_before.of_file(file),
            has_begun: true,
        });
    }

    /// Stops sending requests. The first reason is kept.
    fn stop_run(&mut self, why: impl Into<StopCause>) {
        if self.stop.is_none() {
            let why = why.into();
            self.is_interrupted |= why.is_interruption();
            self.stop = Some(why);
            self.client.close();
        }
    }

    /// Lets the reporter write the completed rows.
    fn tell(&mut self) {
        if let Err(error) = self.reporter.on_outcomes(&mut self.outcomes) {
            self.stop_run(format!("the results could not be written: {}", in_words(&error)));
        }
    }

    /// Ends the run without the remaining results. Rows that were sent and got no response are
    /// `unknown`, not `not_sent`.
    fn give_up(&mut self) {
        let why: std::rc::Rc<str> = "the run ended before".into();
        let in_flight = self.requests.give_up().flat_map(|(request, rows)| {
            let why = why.clone();
            rows.into_iter().map(move |(row, sent)| {
                let instead = Instead::Nothing;
                (row, UncertainEffect { request, sent, why: why.clone(), instead })
            })
        });
        let mut uncertain: HashMap<u32, UncertainEffect> = self.uncertain_rows.take().collect();
        uncertain.extend(in_flight);
        let now = clock::now();
        for (row, UncertainEffect { request, sent, why, .. }) in uncertain {
            if !self.outcomes.is_completed(row) {
                self.contact.may_be_reached();
                let reason = Reason::no_response(&why);
                let outcome = Outcome {
                    status: OutcomeStatus::Unknown,
                    reason,
                    effect: RowEffect::NONE,
                    attempts: sent,
                    request: Some(request),
                    finished_at: Some(now),
                };
                self.outcomes.complete(row, outcome);
            }
        }
    }

    fn on_end(&mut self, ended: Result<Completion, tokio::task::JoinError>) {
        // Before a question that could not be asked decides about a row.
        if let Some(why) = self.client.may_not_send() {
            let why = StopCause::MayNotSend(why.to_owned());
            self.stop_run(why);
        }
        match ended {
            Ok(completion) => self.on_completion(completion),
            Err(error) => {
                // The request stays open: its rows are `unknown` at the end.
                self.tasks.fail(&error);
                self.stop_run(format!("a part of the program failed ({error}): please report it"));
            }
        }
    }

    fn on_completion(&mut self, completion: Completion) {
        self.tasks.end(&completion);
        match completion {
            Completion::Answer { number, items, group_commands, answer } => {
                self.on_answer(number, items, &group_commands, answer);
            }
            Completion::Permitted { request, permit } => self.permitted(request, permit),
            Completion::Throttled(request) => self.wait_for_the_pause(request),
            Completion::PauseOver(request) => self.go_on_after_the_pause(request),
            Completion::Probed { prepared, question, result } => {
                self.probed(*prepared, question, result);
            }
            Completion::Identified { prepared, user_statements: statement } => {
                self.identified(*prepared, statement);
            }
            Completion::Present { prepared, statement } => {
                self.probed_before(*prepared, statement);
            }
            Completion::Members { number, prepared, refusal, result } => {
                self.members_found(number, *prepared, &refusal, &result);
            }
            Completion::Due(items) => {
                items.into_iter().for_each(|item| self.schedule.put_back(item));
            }
            Completion::GroupSideDue => self.group_side.go_on(),
            Completion::HeldBack(item) => self.schedule.put_back(item),
            Completion::DueTogether(items) => self.out_of_turn.send_together(items),
            Completion::Released(item) => self.release_now(item),
            Completion::Control(answer) => self.control_answered(&answer),
        }
    }
}
