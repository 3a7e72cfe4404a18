//! Composes the next requests: which commands may be sent now and together, and what is recorded
//! before.

use super::Executor;
use super::open_requests::FollowUp;
use super::tasks::TaskKind;
use super::wait_log::RowWait;
use crate::change::RowEffect;
use crate::clock;
use crate::execute::completion::{Completion, PreparedRequest};
use crate::execute::compose::{CommandSource, Request, compose};
use crate::execute::group_side::GroupSide;
use crate::execute::identity::NOBODY;
use crate::execute::late::{Collision, Waiter};
use crate::execute::outcomes::{Outcome, OutcomeStatus, Reason};
use crate::execute::reporter::Reporter;
use crate::execute::request::{Preparation, ReadyCommand, prepare, request_id};
use crate::execute::spread::spread;
use crate::execute::unconfirmed_renames::UnconfirmedRename;
use crate::journal::Moment;
use crate::plan::{CreateStep, Key, PlannedCommand, WorkItem};
use crate::umapi::wire::MAX_COMMANDS;
use crate::umapi::{ActError, ActionRequest, CallClass, SyncMarker, WhenThrottled};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// The most concurrent probes before commands: enough to fill the next requests, without probing
/// all rows of a large file at once.
const MOST_EARLY_PROBES: usize = 3 * MAX_COMMANDS;

/// The most work items that wait for late effects of others. At this number, the executor stops
/// looking ahead in the file.
const MOST_HELD_BACK: usize = 1_000;

/// How often the executor checks whether another process has got the response that rows wait for.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The longest time between the record of a request in the journal and its sending, in
/// milliseconds. A later start takes the time of the record for the time of sending.
const MOST_LATE: i64 = 5_000;

impl<W: Reporter> Executor<'_, W> {
    /// Composes requests while there is something to send and the limit of requests in flight
    /// allows it.
    pub(super) fn fill(&mut self) {
        // If no rate limit delays them, the next requests are recorded while others are in flight.
        let ahead = if self.journal.is_kept() && !self.client.is_limited() {
            self.policy.concurrency
        } else {
            0
        };
        while self.requests.len() < self.policy.concurrency + ahead && self.stop.is_none() {
            // While a gateway refuses requests, single requests show whether it refuses one command
            // or all of them.
            if self.gateway.is_control_in_flight()
                || (self.gateway.in_a_row() > 0 && !self.requests.is_empty())
            {
                break;
            }
            self.late_effects.refresh();
            // Earlier checks of these groups may be outdated.
            self.groups.add_uncertain(self.late_effects.new_uncertain_groups());
            self.users.note_changed_by_others(self.late_effects.newly_changed());
            match self.next_request() {
                Ok(request) if request.is_empty() => break,
                Ok(request) => self.open_request(request),
                Err(error) => self.stop_run(error.to_string()),
            }
        }
    }

    /// Returns the next request. If it is not full, it may wait for those in flight.
    fn next_request(&mut self) -> io::Result<Request> {
        let commands = self.fixed_request()?;
        if !commands.is_empty() {
            return Ok(Request { commands, ..Request::default() });
        }
        loop {
            let mut request = self.composed_request()?;
            let is_nothing_left = request.is_empty();
            self.withdraw_outdated(&mut request);
            // What was withdrawn waits or has its outcome. The others may be ready.
            if is_nothing_left || !request.is_empty() {
                return Ok(request);
            }
        }
    }

    /// Composes a request. If it may wait to be fuller, it is empty.
    fn composed_request(&mut self) -> io::Result<Request> {
        let mut request = compose(self)?;
        let is_alone = request.commands.first().is_some_and(|command| command.item.alone);
        if request.len() < MAX_COMMANDS && !is_alone && self.waits_to_be_fuller() {
            for command in request.commands.drain(..) {
                self.schedule.put_back(command.item);
            }
            self.group_side.put_back(std::mem::take(&mut request.group_commands));
        }
        Ok(request)
    }

    /// Returns the next request whose commands are already fixed.
    fn fixed_request(&mut self) -> io::Result<Vec<ReadyCommand>> {
        let mut ready = Vec::with_capacity(MAX_COMMANDS);
        if let Some(items) = self.out_of_turn.next_company() {
            for item in items {
                ready.extend(self.ready(WorkItem { alone: true, ..item })?);
            }
        }
        Ok(ready)
    }

    fn may_look_ahead(&self) -> bool {
        let held_back = self.tasks.waiting_for_others() + self.out_of_turn.held_back();
        !self.group_side.is_full()
            && self.tasks.early_probes() < MOST_EARLY_PROBES
            && held_back < MOST_HELD_BACK
            && self.stop.is_none()
    }

    /// Whether a request that is not full waits for requests in flight whose responses release
    /// other rows, and for probes whose rows can share it.
    fn waits_to_be_fuller(&self) -> bool {
        let more_to_come = self.schedule.has_waiting()
            || self.out_of_turn.held_back() > 0
            || self.requests.have_followers();
        (self.tasks.early_probes() > 0 && self.client.pace(CallClass::Users).held.is_zero())
            || (more_to_come && !self.requests.is_empty())
    }

    /// Returns a command that may be sent now. Otherwise it waits, is probed, or gets its outcome.
    fn admit(&mut self, mut prepared: Box<ReadyCommand>) -> Option<ReadyCommand> {
        if prepared.item.statement.is_empty()
            && let Some(statement) = self.users.statement(&prepared.command.root).cloned()
        {
            self.learn(&mut prepared, &statement);
            if !prepared.item.statement.is_empty() {
                // Its names count from now on.
                self.schedule.put_back(prepared.item);
                return None;
            }
        }
        let ReadyCommand { item, footprint, .. } = &*prepared;
        if let Some(collision) =
            self.late_effects.collision(&item.rows, footprint, Waiter::of(item))
        {
            self.wait_for_late_effects(prepared.item.behind_another(), collision);
            return None;
        }
        if prepared.item.probe_first {
            self.probe_first(*prepared);
            return None;
        }
        let prepared = self.with_groups(prepared)?;
        if let Some((rows, problem)) = self.protected_by_told_names(&prepared) {
            self.refuse_rows(*prepared, &rows, &problem);
            return None;
        }
        if let Some((rows, problem)) = self.loss_under_a_given_name(&prepared) {
            self.refuse_rows(*prepared, &rows, &problem);
            return None;
        }
        if let Some(rename) = self.unconfirmed_rename_before(&prepared) {
            self.hold_behind(prepared.item, &rename);
            return None;
        }
        if let Some(freed) = self.freed_before(&prepared) {
            self.leave_freed_name(*prepared, freed);
            return None;
        }
        if prepared.probe.needs_identity() && !prepared.item.identified {
            return self.identify(prepared);
        }
        let mut prepared = self.with_presence(prepared)?;
        if self.is_about_an_absent_user(&prepared) {
            // It is sent nevertheless: a disabled account exists, but the API does not show it
            // (documentation of `getUser`: active users).
            prepared.item.identity = Some(NOBODY.to_owned());
        }
        Some(prepared)
    }

    /// Holds back rows behind a rename that is not known to be done. They are split, because each
    /// row alone shows whether it comes after the rename and means its names.
    fn hold_behind(&mut self, item: WorkItem, rename: &UnconfirmedRename) {
        if item.rows.len() > 1 {
            let alone = item.rows.iter().map(|row| vec![*row]).collect();
            self.schedule.split(item, alone);
        } else {
            self.fail_behind_a_rename(item, rename);
        }
    }

    /// Holds a work item back until then, because the service may still carry out earlier requests
    /// for other rows of it.
    pub(super) fn wait_until(&mut self, item: WorkItem, until: Instant) {
        self.say_wait(&item, RowWait::LateEffect, Some(until));
        self.waits.wait_for_late_effect(until.saturating_duration_since(Instant::now()));
        self.tasks.start(TaskKind::Delay, async move {
            tokio::time::sleep_until(until).await;
            Completion::Due(vec![item])
        });
    }

    /// Holds a work item back until what it could collide with is over.
    fn wait_for_late_effects(&mut self, item: WorkItem, collision: Collision) {
        let (until, wait) = match collision {
            Collision::InFlight => {
                self.say_wait(&item, RowWait::RequestInFlight, None);
                return self.out_of_turn.hold_back(item);
            }
            Collision::LateEffect(until) => (until, RowWait::LateEffect),
            Collision::OthersEffect(until) => (until, RowWait::OthersEffect),
        };
        self.say_wait(&item, wait, Some(until));
        self.waits.wait_for_late_effect(until.saturating_duration_since(Instant::now()));
        // Another process may get the response before that.
        let again = until.min(Instant::now() + ASK_AGAIN);
        self.tasks.start(TaskKind::OthersEffect, async move {
            tokio::time::sleep_until(again).await;
            Completion::HeldBack(item)
        });
    }

    /// Logs why the rows of a work item wait.
    fn say_wait(&mut self, item: &WorkItem, wait: RowWait, until: Option<Instant>) {
        let time = until.map(|until| until.saturating_duration_since(Instant::now()));
        self.wait_log.waits(item, wait, time);
    }

    /// Makes the work item wait for rows that concern this name as well.
    fn wait_for_name(&mut self, item: WorkItem, name: Key) {
        let wait = match self.schedule.awaited_row(&item, name) {
            Some(row) => RowWait::NameBefore(row),
            None => RowWait::NamedBefore,
        };
        self.say_wait(&item, wait, None);
        self.schedule.wait_for(item, name);
    }

    /// Fails rows that name a group which the server does not know, according to an earlier
    /// response.
    fn fail_without_sending(&mut self, item: &WorkItem, rows: Vec<(u32, OutcomeStatus, Reason)>) {
        let finished_at = Some(clock::now());
        for (row, status, reason) in rows {
            self.complete_row(
                row,
                Outcome {
                    status,
                    reason,
                    effect: RowEffect::NONE,
                    attempts: 0,
                    request: None,
                    finished_at,
                },
            );
            self.schedule.complete_rows(item, &[row]);
        }
        self.end_questions(item.end);
    }

    /// Ends the checks of groups by this work item: another one may check them.
    pub(super) fn end_questions(&mut self, end: u32) {
        for name in self.groups.end_questions(end) {
            self.schedule.wake(name);
        }
    }

    /// Gives a request its number. It is recorded as sent once the limiter permits it.
    fn open_request(&mut self, request: Request) {
        let Request { commands: mut items, group_commands } = request;
        for prepared in &mut items {
            prepared.item.alone = false;
            prepared.item.attempts += 1;
            self.note_presence(prepared);
        }
        self.group_side.send(&group_commands);
        let all: Vec<&ReadyCommand> =
            items.iter().chain(self.group_side.items_of(&group_commands)).collect();
        let rows = all
            .iter()
            .flat_map(|prepared| {
                let sent = prepared.item.sent.max(prepared.item.attempts);
                prepared.item.rows.iter().map(move |row| (*row, sent))
            })
            .collect();
        let is_followed = |prepared: &ReadyCommand| {
            prepared.item.part + 1 < prepared.parts || self.schedule.has_follower(&prepared.item)
        };
        let follow_up = match all.iter().any(|prepared| is_followed(prepared)) {
            true => FollowUp::More,
            false => FollowUp::Nothing,
        };
        let number = self.requests.open(rows, follow_up);
        let sent_command =
            all.iter().map(|prepared| (prepared.item.rows.as_slice(), &prepared.footprint));
        self.late_effects.open(number, sent_command);
        let mark = if number == 1 {
            Some(SyncMarker::Start)
        } else {
            (!self.anything_left()).then_some(SyncMarker::End)
        };
        let request =
            PreparedRequest { number, items, group_commands, mark, permit: None, delay: 0 };
        match self.client.is_limited() {
            true => self.wait_for_the_limit(request),
            false => self.record_as_sent(request),
        }
    }

    /// Sends the recorded requests.
    pub(super) fn launch(&mut self) {
        if self.stop.is_some() {
            for number in self.requests.cancel_booked() {
                self.journal.write(move |journal| journal.record_answered(number));
                self.on_request_closed(number);
            }
        }
        let on_disk = self.journal.on_disk();
        let most = self.policy.concurrency;
        while let Some((at, request)) = self.requests.next_to_send(most, on_disk) {
            match Moment::now().since(at) {
                late if late > MOST_LATE => self.record_again(request, late),
                _ => self.send(request),
            }
        }
    }

    fn send(&mut self, request: PreparedRequest) {
        let PreparedRequest { number, items, group_commands, mark, permit, delay } = request;
        let id = request_id(&self.policy.run_id, number);
        let (client, test_mode) = (self.client.clone(), self.policy.test_mode);
        self.tasks.start(TaskKind::Request, async move {
            let when_throttled = WhenThrottled::Return;
            let request =
                ActionRequest { id: &id, test_mode, mark, is_trial: false, when_throttled };
            let own = items.iter().map(|prepared| &prepared.command);
            let of_groups = group_commands.iter().map(|group_command| &group_command.command);
            let commands: Vec<_> = own.chain(of_groups).map(PlannedCommand::to_wire).collect();
            let answer = client.submit(&commands, &request, permit).await;
            match answer {
                Err(ActError::Throttled) => Completion::Throttled(PreparedRequest {
                    number,
                    items,
                    group_commands,
                    mark,
                    permit: None,
                    delay,
                }),
                answer => Completion::Answer { number, items, group_commands, answer },
            }
        });
    }

    /// Tells other processes to wait until the results of this run's requests are known.
    pub(super) fn hold_open_effects(&mut self) {
        let (uncertain, outcomes) = (&self.uncertain_rows, &self.outcomes);
        let is_open = |row: u32| uncertain.has(row) && !outcomes.is_completed(row);
        let notice = self.late_effects.hold(|rows| match rows {
            [] => uncertain.rows().any(is_open),
            rows => rows.iter().copied().any(is_open),
        });
        self.notify(notice);
    }

    /// Closes a request: nothing waits for its response any more.
    pub(super) fn on_request_closed(&mut self, number: u32) {
        let notice = self.late_effects.answered(number);
        self.notify(notice);
        self.out_of_turn.take_held_back().into_iter().for_each(|item| self.schedule.put_back(item));
    }

    /// Whether anything will be sent after the requests in flight, as far as is known.
    fn anything_left(&mut self) -> bool {
        self.schedule.has_next()
            || self.schedule.has_waiting()
            || !self.out_of_turn.is_empty()
            || self.group_side.has_waiting()
            || self.tasks.hold_rows()
            || self.requests.have_followers()
    }
}

impl<W: Reporter> CommandSource for Executor<'_, W> {
    fn take(&mut self, request: &[ReadyCommand]) -> Option<WorkItem> {
        if !self.may_look_ahead() {
            return None;
        }
        let is_idle = request.is_empty()
            && self.tasks.is_empty()
            && self.requests.has_none_booked()
            && self.group_side.is_empty();
        if is_idle { self.schedule.take_when_idle() } else { self.schedule.take() }
    }

    fn ready(&mut self, item: WorkItem) -> io::Result<Option<ReadyCommand>> {
        if self.schedule.may_spread(&item) {
            let Self { input, plan, schedule, buffers, .. } = self;
            spread(item, input, plan, schedule, buffers)?;
            return Ok(None);
        }
        let Some(item) = self.resume_item(item)? else { return Ok(None) };
        let item = self.with_users_before(item)?;
        let Self { input, plan, schedule, groups, buffers, group_side, .. } = self;
        let width = group_side.width();
        match prepare(item, input, plan, groups, buffers, width, |item| schedule.blocked(item))? {
            Preparation::Ready(prepared) => {
                let Some(ready) = self.admit(prepared) else { return Ok(None) };
                return Ok(self.group_side.take_in(ready, self.plan, &mut self.schedule));
            }
            Preparation::Blocked(item, name) => self.wait_for_name(item, name),
            Preparation::Waiting(item, name) => {
                self.say_wait(&item, RowWait::GroupQuestion, None);
                self.schedule.wait_for(item, name);
            }
            Preparation::Apart(item, rows) => self.schedule.split(item, rows),
            Preparation::Nothing(item) => {
                let message = match item.halfway.create {
                    CreateStep::Met => "existed already",
                    _ if item.repeats => "an earlier row has done this",
                    _ => "",
                };
                self.complete(item, None, message.to_owned());
            }
            Preparation::Refused { item, rows, rest } => {
                self.fail_without_sending(&item, rows);
                if rest.is_empty() {
                    self.schedule.finish(item);
                } else {
                    self.schedule.split(item, vec![rest]);
                }
            }
        }
        Ok(None)
    }

    fn deletes_group(&self, item: &WorkItem) -> bool {
        self.plan.footprint(item.first()).deletes_group()
    }

    fn send_alone(&mut self, item: WorkItem) {
        self.out_of_turn.send_together(vec![item]);
    }

    fn put_back(&mut self, item: WorkItem) {
        self.schedule.put_back(item);
    }

    fn group_side(&mut self) -> &mut GroupSide {
        &mut self.group_side
    }
}
