//! The next requests: which commands may leave now, in which company, and what is written down
//! before.

use super::{Executor, InFlightRequest, PreparedRequest};
use crate::change::RowEffect;
use crate::clock;
use crate::execute::completion::Completion;
use crate::execute::identity::NOBODY;
use crate::execute::late::{Collision, Waiter};
use crate::execute::outcomes::{Outcome, OutcomeStatus, Reason};
use crate::execute::presence::behind_another;
use crate::execute::reporter::Reporter;
use crate::execute::request::{Preparation, ReadyCommand, prepare, request_id};
use crate::execute::unconfirmed_renames::UnconfirmedRename;
use crate::plan::{CreateStep, WorkItem};
use crate::umapi::wire::{MAX_COMMANDS, WireCommand};
use crate::umapi::{ActionRequest, CallClass, SyncMarker};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Probes before commands are sent that may be under way at once: enough to fill the next requests,
/// and not all of a large file.
const MOST_EARLY_PROBES: usize = 3 * MAX_COMMANDS;

/// Work items that wait for late effects of others at once: looking ahead in the file pauses then.
const MOST_HELD_BACK: usize = 1_000;

/// How often it is looked whether another process has heard of what is waited for.
const ASK_AGAIN: Duration = Duration::from_secs(1);

impl<W: Reporter> Executor<'_, W> {
    /// Makes requests as long as there is something to send and room in flight.
    pub(super) fn fill(&mut self) {
        // Where no limit is waited for, the next requests are written down while others are under
        // way.
        let ahead = if self.journal.is_some() && self.client.stats().limit.is_none() {
            self.policy.concurrency
        } else {
            0
        };
        while self.in_flight.len() < self.policy.concurrency + ahead && self.stop.is_none() {
            // While a gateway refuses requests, one at a time shows whether it is one command or
            // all of them.
            if self.gateway.control_in_flight
                || (self.gateway.in_a_row > 0 && !self.in_flight.is_empty())
            {
                break;
            }
            self.late_effects.refresh();
            // What was asked about them before may hold no more.
            self.groups.add_uncertain(self.late_effects.new_unsettled_groups());
            let changed = self.late_effects.newly_changed();
            self.probe_answers.note_changed(changed.iter().copied());
            self.changed_by_others.extend(changed);
            match self.compose() {
                Ok(items) if items.is_empty() => break,
                Ok(items) => self.record_request(items),
                Err(error) => self.stop_run(error.to_string()),
            }
        }
    }

    /// The next request: full, unless order forbids it or nothing is left.
    fn compose(&mut self) -> io::Result<Vec<ReadyCommand>> {
        let mut ready = self.fixed_request()?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        let mut kept = Vec::new();
        while ready.len() < MAX_COMMANDS && self.may_look_ahead() {
            let is_idle =
                ready.is_empty() && self.in_flight_tasks.is_empty() && self.booked.is_empty();
            let Some(item) = self.schedule.take(is_idle) else { break };
            if item.alone {
                if ready.is_empty() {
                    match self.ready(item)? {
                        Some(prepared) => return Ok(vec![prepared]),
                        None => continue,
                    }
                }
                self.fixed.push_back(vec![item]);
                continue;
            }
            if self.deletes_a_second_group(&item, &ready) {
                kept.push(item);
                continue;
            }
            let Some(prepared) = self.ready(item)? else { continue };
            // Commands of one request run in any order.
            if ready.iter().any(|other| other.footprint.meets_unplanned(&prepared.footprint)) {
                kept.push(behind_another(prepared.item));
            } else {
                ready.push(prepared);
            }
        }
        for item in kept {
            self.schedule.put_back(item);
        }
        if ready.len() < MAX_COMMANDS && self.waits_to_be_fuller() {
            for prepared in ready.drain(..) {
                self.schedule.put_back(prepared.item);
            }
        }
        Ok(ready)
    }

    /// The next request whose commands are fixed already.
    fn fixed_request(&mut self) -> io::Result<Vec<ReadyCommand>> {
        let mut ready = Vec::with_capacity(MAX_COMMANDS);
        if let Some(items) = self.fixed.pop_front() {
            for item in items {
                ready.extend(self.ready(WorkItem { alone: true, ..item })?);
            }
        }
        Ok(ready)
    }

    fn may_look_ahead(&self) -> bool {
        self.probes_first < MOST_EARLY_PROBES
            && self.held_by_others + self.held_back.len() < MOST_HELD_BACK
            && self.stop.is_none()
    }

    /// Several deletions of groups in one request fail (seen in the field, not documented).
    fn deletes_a_second_group(&self, item: &WorkItem, ready: &[ReadyCommand]) -> bool {
        let deletes = |item: &WorkItem| self.plan.footprint(item.first()).deletes_group();
        deletes(item) && ready.iter().any(|other| deletes(&other.item))
    }

    /// A request that is not full waits for those in flight, where their answers will set others
    /// free, and for probes: the rows that are probed share it.
    fn waits_to_be_fuller(&self) -> bool {
        let more_to_come = self.schedule.has_waiting()
            || !self.held_back.is_empty()
            || self.in_flight.values().any(|flight| flight.followed);
        (self.probes_first > 0 && self.client.pace(CallClass::Users).held.is_zero())
            || (more_to_come && !self.in_flight.is_empty())
    }

    /// Reads a work item again; `None` where it cannot go now, or needs not go at all.
    fn ready(&mut self, item: WorkItem) -> io::Result<Option<ReadyCommand>> {
        let Some(item) = self.resume_item(item)? else { return Ok(None) };
        let item = self.with_users_before(item)?;
        let schedule = &self.schedule;
        match prepare(item, &self.input, self.plan, &mut self.groups, &mut self.buffers, |item| {
            schedule.blocked(item)
        })? {
            Preparation::Ready(prepared) => Ok(self.admit(prepared)),
            Preparation::Blocked(item, name) | Preparation::Waiting(item, name) => {
                self.schedule.wait_for(item, name);
                Ok(None)
            }
            Preparation::Mixed(item, groups) => {
                self.schedule.split(item, groups);
                Ok(None)
            }
            Preparation::Nothing(item) => {
                let was_there = item.halfway.create == CreateStep::Met;
                self.complete(
                    item,
                    None,
                    if was_there { "was there already" } else { "" }.to_owned(),
                );
                Ok(None)
            }
            Preparation::Refused { item, rows, rest } => {
                self.fail_unsent(&item, rows);
                if rest.is_empty() {
                    self.schedule.finish(item);
                } else {
                    self.schedule.split(item, vec![rest]);
                }
                Ok(None)
            }
        }
    }

    /// Passes on a command that may go now; else it waits, is asked about, or gets its outcome.
    fn admit(&mut self, mut prepared: Box<ReadyCommand>) -> Option<ReadyCommand> {
        if prepared.item.statement.is_empty()
            && let Some(statement) = self.probe_answers.statement(&prepared.command.root).cloned()
        {
            self.learn(&mut prepared, &statement);
            if !prepared.item.statement.is_empty() {
                // Its names count from now on.
                self.schedule.put_back(prepared.item);
                return None;
            }
        }
        let ReadyCommand { item: WorkItem { rows, was_uncertain, .. }, footprint, .. } = &*prepared;
        let waiter = if *was_uncertain { Waiter::Uncertain } else { Waiter::New };
        if let Some(collision) = self.late_effects.collision(rows, footprint, waiter) {
            self.wait_for_late_effects(behind_another(prepared.item), collision);
            return None;
        }
        if prepared.item.probe_first {
            self.probe_first(*prepared);
            return None;
        }
        if let Some((rows, problem)) = self.protected_by_told_names(&prepared) {
            self.refuse_protected(*prepared, &rows, &problem);
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
            // It is sent all the same: a disabled account is there and shown to nobody
            // (documentation of `getUser`: active users).
            prepared.item.identity = Some(NOBODY.to_owned());
        }
        Some(prepared)
    }

    /// Rows behind a rename that is not known to be done: each row alone shows whether it is
    /// behind the rename and means its names.
    fn hold_behind(&mut self, item: WorkItem, rename: &UnconfirmedRename) {
        if item.rows.len() > 1 {
            let alone = item.rows.iter().map(|row| vec![*row]).collect();
            self.schedule.split(item, alone);
        } else {
            self.fail_behind_a_rename(item, rename);
        }
    }

    /// The work item is taken up again then.
    pub(in crate::execute) fn wait_until(&mut self, item: WorkItem, until: Instant) {
        self.repeats += 1;
        self.wait_for_late_effect(until.saturating_duration_since(Instant::now()));
        self.in_flight_tasks.spawn(async move {
            tokio::time::sleep_until(until).await;
            Completion::Due(vec![item])
        });
    }

    /// The work item is taken up again when what it could collide with is over.
    fn wait_for_late_effects(&mut self, item: WorkItem, collision: Collision) {
        match collision {
            Collision::InFlight => self.held_back.push(item),
            Collision::LateEffect(until) => {
                self.repeats += 1;
                self.held_by_others += 1;
                self.wait_for_late_effect(until.saturating_duration_since(Instant::now()));
                // Another process may hear before that what came of it.
                let again = until.min(Instant::now() + ASK_AGAIN);
                self.in_flight_tasks.spawn(async move {
                    tokio::time::sleep_until(again).await;
                    Completion::HeldBack(item)
                });
            }
        }
    }

    /// The rows name a group that the server has said it does not know.
    fn fail_unsent(&mut self, item: &WorkItem, rows: Vec<(u32, OutcomeStatus, Reason)>) {
        let finished_at = Some(clock::now());
        for (row, status, note) in rows {
            self.complete_row(
                row,
                Outcome {
                    status,
                    note,
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

    /// A work item no longer finds out about groups: another may.
    pub(in crate::execute) fn end_questions(&mut self, end: u32) {
        for name in self.groups.end_questions(end) {
            self.schedule.wake(name);
        }
    }

    /// Gives a request its number and writes down that it is about to leave.
    fn record_request(&mut self, mut items: Vec<ReadyCommand>) {
        self.requests += 1;
        let number = self.requests;
        for prepared in &mut items {
            prepared.item.alone = false;
            prepared.item.attempts += 1;
            prepared.item.sent = prepared.item.sent.max(prepared.item.attempts);
            self.note_presence(prepared);
        }
        let rows = items
            .iter()
            .flat_map(|prepared| prepared.item.rows.iter().map(|row| (*row, prepared.item.sent)))
            .collect();
        let followed = items.iter().any(|prepared| {
            prepared.item.part + 1 < prepared.parts || self.schedule.has_follower(&prepared.item)
        });
        self.in_flight.insert(number, InFlightRequest { rows, followed });
        let sent_command =
            items.iter().map(|prepared| (prepared.item.rows.as_slice(), &prepared.footprint));
        let notice = self.late_effects.sent(number, sent_command);
        self.notify(notice);
        let entry = self.write_leaving(number, &items);
        let mark = if number == 1 {
            Some(SyncMarker::Start)
        } else {
            (!self.anything_left()).then_some(SyncMarker::End)
        };
        self.booked.push_back((entry, PreparedRequest { number, items, mark }));
    }

    /// Sends what is written down.
    pub(super) fn launch(&mut self) {
        if self.stop.is_some() {
            for (_, PreparedRequest { number, .. }) in std::mem::take(&mut self.booked) {
                self.in_flight.remove(&number);
                self.write(move |journal| journal.record_answered(number));
                self.late_effects_landed(number);
            }
        }
        let under_way = self.in_flight.len() - self.booked.len();
        for _ in under_way..self.policy.concurrency {
            if self.booked.front().is_none_or(|(entry, _)| *entry > self.on_disk) {
                break;
            }
            if let Some((_, PreparedRequest { number, items, mark })) = self.booked.pop_front() {
                self.send(number, items, mark);
            }
        }
    }

    fn send(&mut self, number: u32, items: Vec<ReadyCommand>, mark: Option<SyncMarker>) {
        let commands: Vec<WireCommand> =
            items.iter().map(|prepared| prepared.command.to_wire()).collect();
        let id = request_id(&self.policy.run_id, number);
        let (client, test_mode) = (self.client.clone(), self.policy.test_mode);
        self.in_flight_tasks.spawn(async move {
            let answer = client
                .submit(&commands, &ActionRequest { id: &id, test_mode, mark, is_trial: false })
                .await;
            Completion::Answer { number, items, answer }
        });
    }

    /// Other processes wait until it is known here what came of what was sent.
    pub(super) fn hold_open_effects(&mut self) {
        let (uncertain, outcomes) = (&self.uncertain_rows, &self.outcomes);
        let is_uncertain = |row: &u32| uncertain.contains_key(row) && !outcomes.is_completed(*row);
        let notice = self.late_effects.hold(|rows| match rows {
            [] => uncertain.keys().any(is_uncertain),
            rows => rows.iter().any(is_uncertain),
        });
        self.notify(notice);
    }

    /// Nobody waits for the answer to a request any more.
    pub(super) fn late_effects_landed(&mut self, number: u32) {
        let notice = self.late_effects.answered(number);
        self.notify(notice);
        std::mem::take(&mut self.held_back)
            .into_iter()
            .for_each(|item| self.schedule.put_back(item));
    }

    /// Will anything be sent after what is in flight, as far as is known?
    fn anything_left(&mut self) -> bool {
        self.schedule.has_next()
            || self.schedule.has_waiting()
            || !self.fixed.is_empty()
            || !self.held_back.is_empty()
            || self.probes + self.repeats + self.held > 0
            || self.in_flight.values().any(|flight| flight.followed)
    }
}
