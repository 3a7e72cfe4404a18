//! The next requests: which commands may leave now, in which company, and what is written down before.

use super::{InFlight, Landed, Leaving, Run, Watcher};
use crate::change::Effect;
use crate::clock;
use crate::plan::{CreateStep, Job};
use crate::run::late::Collision;
use crate::run::ledger::{Note, Outcome, Status};
use crate::run::presence::behind_another;
use crate::run::probe::NOBODY;
use crate::run::request::{Preparation, Prepared, prepare, request_id};
use crate::umapi::wire::{Command, MAX_COMMANDS};
use crate::umapi::{ActionRequest, Class, Mark};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Probes before commands are sent that may be under way at once: enough to fill the next requests, and not all of a large file.
const MOST_EARLY_PROBES: usize = 3 * MAX_COMMANDS;

/// Jobs that wait for late effects of others at once: looking ahead in the file pauses then.
const MOST_HELD_BACK: usize = 1_000;

/// How often it is looked whether another process has heard of what is waited for.
const ASK_AGAIN: Duration = Duration::from_secs(1);

impl<W: Watcher> Run<'_, W> {
    /// Makes requests as long as there is something to send and room in flight.
    pub(super) fn fill(&mut self) {
        // Where no limit is waited for, the next requests are written down while others are under way.
        let ahead = if self.journal.is_some() && self.client.traffic().limit.is_none() { self.policy.concurrency } else { 0 };
        while self.in_flight.len() < self.policy.concurrency + ahead && self.stop.is_none() {
            // While a gateway refuses requests, one at a time shows whether it is one command or all of them.
            if self.gateway.control_in_flight || (self.gateway.in_a_row > 0 && !self.in_flight.is_empty()) {
                break;
            }
            self.late_effects.refresh();
            match self.compose() {
                Ok(jobs) if jobs.is_empty() => break,
                Ok(jobs) => self.book(jobs),
                Err(error) => self.halt(error.to_string()),
            }
        }
    }

    /// The next request: full, unless order forbids it or nothing is left.
    fn compose(&mut self) -> io::Result<Vec<Prepared>> {
        if let Some(jobs) = self.fixed.pop_front() {
            let mut ready = Vec::with_capacity(jobs.len());
            for job in jobs {
                ready.extend(self.ready(Job { alone: true, ..job })?);
            }
            if !ready.is_empty() {
                return Ok(ready);
            }
        }
        let mut ready: Vec<Prepared> = Vec::with_capacity(MAX_COMMANDS);
        let mut kept = Vec::new();
        while ready.len() < MAX_COMMANDS
            && self.early_probes < MOST_EARLY_PROBES
            && self.held_by_others + self.held_back.len() < MOST_HELD_BACK
            && self.stop.is_none()
        {
            let Some(job) = self.schedule.take(ready.is_empty() && self.flights.is_empty() && self.booked.is_empty()) else { break };
            if job.alone {
                if ready.is_empty() {
                    match self.ready(job)? {
                        Some(prepared) => return Ok(vec![prepared]),
                        None => continue,
                    }
                }
                self.fixed.push_back(vec![job]);
                continue;
            }
            // Several deletions of groups in one request fail (seen in the field, not documented).
            if self.plan.shape(job.first()).deletes_group() && ready.iter().any(|other| self.plan.shape(other.job.first()).deletes_group())
            {
                kept.push(job);
                continue;
            }
            let prepared = self.ready(job)?;
            // Commands of one request run in any order.
            if let Some(prepared) = prepared {
                if ready.iter().any(|other| other.footprint.meets_unplanned(&prepared.footprint)) {
                    kept.push(behind_another(prepared.job));
                } else {
                    ready.push(prepared);
                }
            }
        }
        for job in kept {
            self.schedule.put_back(job);
        }
        // A request that is not full waits for those in flight, where their answers will set others free, and for probes: the rows that are probed share it.
        let more_to_come =
            self.schedule.has_parked() || !self.held_back.is_empty() || self.in_flight.values().any(|flight| flight.followed);
        let waits =
            (self.early_probes > 0 && self.client.pace(Class::Users).held.is_zero()) || (more_to_come && !self.in_flight.is_empty());
        if ready.len() < MAX_COMMANDS && waits {
            for prepared in ready.drain(..) {
                self.schedule.put_back(prepared.job);
            }
        }
        Ok(ready)
    }

    /// Reads a job again; `None` where it cannot go now, or needs not go at all.
    fn ready(&mut self, job: Job) -> io::Result<Option<Prepared>> {
        let Some(job) = self.go_on_with(job)? else { return Ok(None) };
        let schedule = &self.schedule;
        match prepare(job, &self.reading, self.plan, &mut self.groups, &mut self.buffers, |job| schedule.blocked(job))? {
            Preparation::Ready(mut prepared) => {
                if prepared.job.told.is_empty()
                    && let Some(told) = self.probe_answers.told(&prepared.command.root).cloned()
                {
                    self.learn(&mut prepared, &told);
                    if !prepared.job.told.is_empty() {
                        // Its names count from now on.
                        self.schedule.put_back(prepared.job);
                        return Ok(None);
                    }
                }
                if let Some(collision) = self.late_effects.collision(&prepared.job.rows, &prepared.footprint) {
                    self.hold_back(behind_another(prepared.job), collision);
                    return Ok(None);
                }
                if prepared.job.probe_first {
                    self.probe_first(*prepared);
                    return Ok(None);
                }
                if let Some((rows, problem)) = self.protected_by_told_names(&prepared) {
                    self.refuse_protected(*prepared, &rows, &problem);
                    return Ok(None);
                }
                if prepared.probe.needs_identity() && !prepared.job.identified {
                    return Ok(self.identify(prepared));
                }
                let mut prepared = self.with_presence(prepared);
                if let Some(prepared) = &mut prepared
                    && self.is_about_an_absent_user(prepared)
                {
                    // It is sent all the same: a disabled account is there and shown to nobody (documentation of `getUser`: active users).
                    prepared.job.identity = Some(NOBODY.to_owned());
                }
                Ok(prepared)
            }
            Preparation::Blocked(job, name) | Preparation::Waiting(job, name) => {
                self.schedule.park(job, name);
                Ok(None)
            }
            Preparation::Mixed(job, groups) => {
                self.schedule.regroup(job, groups);
                Ok(None)
            }
            Preparation::Nothing(job) => {
                let was_there = job.halfway.create == CreateStep::Met;
                self.complete(job, None, if was_there { "was there already" } else { "" }.to_owned());
                Ok(None)
            }
            Preparation::Doomed { job, rows, rest } => {
                self.refuse_unsent(&job, rows);
                if rest.is_empty() {
                    self.schedule.finish(job);
                } else {
                    self.schedule.regroup(job, vec![rest]);
                }
                Ok(None)
            }
        }
    }

    /// The job is taken up again then.
    pub(in crate::run) fn wait_until(&mut self, job: Job, until: Instant) {
        self.repeats += 1;
        self.wait_for_late_effect(until.saturating_duration_since(Instant::now()));
        self.flights.spawn(async move {
            tokio::time::sleep_until(until).await;
            Landed::Due(vec![job])
        });
    }

    /// The job is taken up again when what it could collide with is over.
    fn hold_back(&mut self, job: Job, collision: Collision) {
        match collision {
            Collision::InFlight => self.held_back.push(job),
            Collision::LateEffect(until) => {
                self.repeats += 1;
                self.held_by_others += 1;
                self.wait_for_late_effect(until.saturating_duration_since(Instant::now()));
                // Another process may hear before that what came of it.
                let again = until.min(Instant::now() + ASK_AGAIN);
                self.flights.spawn(async move {
                    tokio::time::sleep_until(again).await;
                    Landed::HeldBack(job)
                });
            }
        }
    }

    /// The rows name a group that the server has said it does not know.
    fn refuse_unsent(&mut self, job: &Job, rows: Vec<(u32, Status, Note)>) {
        let finished_at = Some(clock::now());
        for (row, status, note) in rows {
            self.settle_row(row, Outcome { status, note, effect: Effect::NONE, attempts: 0, request: None, finished_at });
            self.schedule.settle(job, &[row]);
        }
        self.end_questions(job.end);
    }

    /// A job no longer finds out about groups: another may.
    pub(in crate::run) fn end_questions(&mut self, end: u32) {
        for name in self.groups.end_questions(end) {
            self.schedule.wake(name);
        }
    }

    /// Gives a request its number and writes down that it is about to leave.
    fn book(&mut self, mut jobs: Vec<Prepared>) {
        self.requests += 1;
        let number = self.requests;
        for prepared in &mut jobs {
            prepared.job.alone = false;
            prepared.job.attempts += 1;
            prepared.job.sent = prepared.job.sent.max(prepared.job.attempts);
            self.note_presence(prepared);
        }
        let rows = jobs.iter().flat_map(|prepared| prepared.job.rows.iter().map(|row| (*row, prepared.job.sent))).collect();
        let followed = jobs.iter().any(|prepared| prepared.job.part + 1 < prepared.parts || self.schedule.has_follower(&prepared.job));
        self.in_flight.insert(number, InFlight { rows, followed });
        let departure = jobs.iter().map(|prepared| (prepared.job.rows.as_slice(), &prepared.footprint));
        let notice = self.late_effects.depart(number, departure);
        self.notify(notice);
        let entry = self.write_leaving(number, &jobs);
        let mark = if number == 1 { Some(Mark::Start) } else { (!self.anything_left()).then_some(Mark::End) };
        self.booked.push_back((entry, Leaving { number, jobs, mark }));
    }

    /// Sends what is written down.
    pub(super) fn launch(&mut self) {
        if self.stop.is_some() {
            for (_, Leaving { number, .. }) in std::mem::take(&mut self.booked) {
                self.in_flight.remove(&number);
                self.write(move |journal| journal.closed(number));
                self.late_effects_landed(number);
            }
        }
        let under_way = self.in_flight.len() - self.booked.len();
        for _ in under_way..self.policy.concurrency {
            if self.booked.front().is_none_or(|(entry, _)| *entry > self.on_disk) {
                break;
            }
            if let Some((_, Leaving { number, jobs, mark })) = self.booked.pop_front() {
                self.send(number, jobs, mark);
            }
        }
    }

    fn send(&mut self, number: u32, jobs: Vec<Prepared>, mark: Option<Mark>) {
        let commands: Vec<Command> = jobs.iter().map(|prepared| prepared.command.to_wire()).collect();
        let id = request_id(&self.policy.run_id, number);
        let (client, test_mode) = (self.client.clone(), self.policy.test_mode);
        self.flights.spawn(async move {
            let answer = client.act(&commands, &ActionRequest { id: &id, test_mode, mark, is_trial: false }).await;
            Landed::Answer { number, jobs, answer }
        });
    }

    /// Nobody waits for the answer to a request any more.
    pub(super) fn late_effects_landed(&mut self, number: u32) {
        let notice = self.late_effects.landed(number);
        self.notify(notice);
        std::mem::take(&mut self.held_back).into_iter().for_each(|job| self.schedule.put_back(job));
    }

    /// Will anything be sent after what is in flight, as far as is known?
    fn anything_left(&mut self) -> bool {
        self.schedule.has_next()
            || self.schedule.has_parked()
            || !self.fixed.is_empty()
            || !self.held_back.is_empty()
            || self.probes + self.repeats + self.held > 0
            || self.in_flight.values().any(|flight| flight.followed)
    }
}
