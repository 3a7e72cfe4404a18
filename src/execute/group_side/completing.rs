//! What follows from the end of a request with commands of groups.

use super::group_command::{GroupCommand, GroupStep, QueuedMembership};
use super::judge::{Judgement, Lesson, Neighbours, StepFate, judge};
use super::queue::Standing;
use super::{Balance, GroupSide, HeldItem, holds_of};
use crate::execute::command_facts::how_refused;
use crate::execute::command_result::{CommandResult, StepRefusal};
use crate::execute::narrow_rows::is_wide;
use crate::execute::request::ReadyCommand;
use crate::umapi::retry::{about_a_group, list_too_long};
use crate::umapi::wire::{MAX_COMMANDS, MAX_LIST, MAX_STEPS};
use std::collections::BTreeSet;

/// What a response has completed.
#[derive(Debug, Default)]
pub(in crate::execute) struct Completed {
    /// All their memberships are confirmed, each with the server's remarks.
    pub(in crate::execute) confirmed: Vec<(ReadyCommand, String)>,
    /// Rows of groups that are confirmed, except for users who were refused.
    pub(in crate::execute) with_refusals: Vec<RowWithRefusals>,
    /// They are to be sent as commands of their users, or of their rows.
    pub(in crate::execute) by_themselves: Vec<ReadyCommand>,
    /// Whether something may have been carried out without a clear response, so that the next
    /// request waits for a while.
    pub(in crate::execute) is_unclear: bool,
}

/// A row of a group of which some users were refused. They are in its `halfway`.
#[derive(Debug)]
pub(in crate::execute) struct RowWithRefusals {
    pub(in crate::execute) prepared: ReadyCommand,
    pub(in crate::execute) last: StepRefusal,
    pub(in crate::execute) rest: RestOfRow,
    /// The server's remarks.
    pub(in crate::execute) remarks: String,
}

/// What became of the other users of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::execute) enum RestOfRow {
    /// All are added or removed.
    Done,
    /// Some were not sent, because more were refused than added or removed.
    NotSent,
}

/// How a request without a result of its commands ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::execute) enum NoResults<'c> {
    /// Nothing of it was carried out, and the same request may be sent again.
    NotSent,
    /// Something in it was refused with this code, so that nothing of it was carried out.
    Refused(&'c str),
    /// It was too large.
    TooLarge,
    /// The response took too long. It may have been carried out.
    TimedOut,
    /// It may have been carried out.
    Unclear,
}

impl Balance {
    /// Whether more commands were sent than commands of users were saved.
    pub(super) fn is_a_loss(&self) -> bool {
        // The first requests decide nothing: a few refusals may come first.
        const FIRST: u64 = MAX_COMMANDS as u64;
        self.commands >= FIRST
            && u128::from(self.done) * u128::from(self.items)
                < u128::from(self.commands) * u128::from(self.memberships)
    }
}

impl GroupSide {
    /// Applies the results of the commands of a request.
    pub(in crate::execute) fn complete(
        &mut self,
        commands: Vec<GroupCommand>,
        results: &[CommandResult],
    ) -> Completed {
        // Of a request that tries wide commands, only these show something.
        let shows =
            |command: &GroupCommand| !self.form.is_wide_on_trial() || is_wide(&command.command);
        let is_confirmed = commands.iter().zip(results).any(|(command, result)| {
            matches!(result, CommandResult::Done { .. }) && shows(command)
        });
        let (mut lessons, mut too_long) = (Vec::new(), Vec::new());
        let judged: Vec<(GroupCommand, Vec<StepFate>)> = commands
            .into_iter()
            .zip(results)
            .map(|(command, result)| {
                let neighbours = match self.queues[command.group].in_flight {
                    0 | 1 => Neighbours::None,
                    _ => Neighbours::OfTheSameGroup,
                };
                let Judgement { steps, lesson } = judge(&command, result, neighbours);
                lessons.extend(lesson.map(|lesson| (lesson, command.group)));
                self.keep_remarks(&command, result);
                if lesson == Some(Lesson::TooLong) {
                    too_long.push(command.steps.len());
                }
                if steps.first() == Some(&StepFate::Done)
                    && self.queues[command.group].standing == Standing::Unproven
                {
                    self.queues[command.group].standing = Standing::Proven;
                }
                (command, steps)
            })
            .collect();
        match is_confirmed {
            true => self.form.confirm(),
            false => self.form.leave_open(),
        }
        for (lesson, group) in lessons {
            match lesson {
                Lesson::GroupIsClosed => self.queues[group].standing = Standing::Closed,
                Lesson::Conflict => self.form.stop_sharing(),
                Lesson::TooLong => {}
            }
        }
        if !too_long.is_empty() {
            self.narrow(if too_long.contains(&1) { 1 } else { MAX_STEPS });
        }
        self.close_request(judged)
    }

    /// Keeps the server's remarks about a command for the rows in it.
    fn keep_remarks(&mut self, command: &GroupCommand, result: &CommandResult) {
        let CommandResult::Done { remarks } = result else { return };
        if remarks.is_empty() {
            return;
        }
        for hold in holds_of(std::slice::from_ref(command)) {
            let Some(held) = self.held.get_mut(&hold) else { continue };
            if !held.remarks.contains(remarks) {
                held.remarks.push(remarks.clone());
            }
        }
    }

    /// Applies the end of a request that gave no results.
    pub(in crate::execute) fn complete_unanswered(
        &mut self,
        commands: Vec<GroupCommand>,
        how: NoResults<'_>,
    ) -> Completed {
        // The request had commands of users alone: it is none of those that are counted here.
        if commands.is_empty() {
            return Completed::default();
        }
        self.form.leave_open();
        let longest = commands.iter().map(|command| command.steps.len()).max().unwrap_or(0);
        match how {
            NoResults::TooLarge => self.narrow(longest),
            NoResults::Refused(code) if list_too_long(code) => self.narrow(longest),
            NoResults::Refused(_) => return self.halve(commands),
            // Whatever takes too long may need less time in parts.
            NoResults::TimedOut if longest > 1 => self.narrow(longest),
            NoResults::TimedOut | NoResults::Unclear | NoResults::NotSent => {}
        }
        let fate = match how {
            NoResults::NotSent | NoResults::Refused(_) => StepFate::Again,
            NoResults::TooLarge | NoResults::TimedOut | NoResults::Unclear => StepFate::Unclear,
        };
        let judged = |command: GroupCommand| {
            let fates = vec![fate.clone(); command.steps.len()];
            (command, fates)
        };
        self.close_request(commands.into_iter().map(judged).collect())
    }

    /// Halves a request that is refused for one of its commands; a command alone goes from its
    /// users.
    fn halve(&mut self, mut commands: Vec<GroupCommand>) -> Completed {
        if commands.len() < 2 {
            let judged = |command: GroupCommand| {
                let fates = vec![StepFate::ByThemselves; command.steps.len()];
                (command, fates)
            };
            return self.close_request(commands.into_iter().map(judged).collect());
        }
        let touched = holds_of(&commands);
        self.close(&commands);
        for step in commands.iter_mut().flat_map(|command| &mut command.steps) {
            self.wait_apart(step);
        }
        let second = commands.split_off(commands.len() / 2);
        self.halves.extend([commands, second]);
        self.release_all(touched)
    }

    /// Records that commands of this number of steps are too long. After the narrow form there is
    /// none.
    pub(super) fn narrow(&mut self, steps: usize) {
        match steps {
            0 | 1 => self.is_given_up = true,
            _ if self.form.steps() > 1 => {
                self.form.narrow();
                // What wide commands have cost says nothing about narrow ones.
                self.balance.commands = 0;
            }
            // The request was composed before.
            _ => {}
        }
    }

    /// Counts commands as no longer in flight.
    fn close(&mut self, commands: &[GroupCommand]) {
        self.in_flight -= 1;
        self.ended += 1;
        for command in commands {
            self.queues[command.group].in_flight -= 1;
            for member in command.steps.iter().flat_map(|step| &step.members) {
                self.held.get_mut(&member.hold).into_iter().for_each(|held| held.in_flight -= 1);
            }
        }
    }

    /// Applies what is known of each step of a request. Returns the work items that are through.
    fn close_request(&mut self, judged: Vec<(GroupCommand, Vec<StepFate>)>) -> Completed {
        let commands: Vec<GroupCommand> =
            judged.iter().map(|(command, _)| command.clone()).collect();
        self.close(&commands);
        let mut touched: BTreeSet<u64> = holds_of(&commands);
        let mut is_unclear = false;
        for (command, fates) in judged.into_iter().rev() {
            for (step, fate) in command.steps.into_iter().zip(fates).rev() {
                is_unclear |= fate == StepFate::Unclear;
                self.apply(command.group, step, &fate);
            }
        }
        if self.balance.is_a_loss() {
            self.is_given_up = true;
        }
        touched.extend(self.leave_closed_groups());
        Completed { is_unclear, ..self.release_all(touched) }
    }

    /// Lets those of these work items leave that are through.
    fn release_all(&mut self, touched: BTreeSet<u64>) -> Completed {
        let mut completed = Completed::default();
        for hold in touched {
            let Some(held) = self.held.get(&hold).filter(|held| held.in_flight == 0) else {
                continue;
            };
            let rest = match held.falls_back {
                false if held.is_all_sent() => RestOfRow::Done,
                false => continue,
                true if held.prepared.item.halfway.is_mostly_refused() => RestOfRow::NotSent,
                true => {
                    completed.by_themselves.extend(self.fallen_back(hold));
                    continue;
                }
            };
            let (last, remarks) = (held.last_refusal(), held.remarks.join("; "));
            self.saved.items += u64::from(!held.is_row_of_group());
            let Some(HeldItem { mut prepared, .. }) = self.held.remove(&hold) else { continue };
            match last {
                Some(last) => {
                    prepared.item.was_gathered = true;
                    let row = RowWithRefusals { prepared, last, rest, remarks };
                    completed.with_refusals.push(row);
                }
                None => completed.confirmed.push((prepared, remarks)),
            }
        }
        completed
    }

    /// Applies what is known of a step.
    fn apply(&mut self, group: usize, step: GroupStep, fate: &StepFate) {
        match fate {
            StepFate::Done => {
                self.balance.done += step.members.len() as u64;
                for member in &step.members {
                    let Some(held) = self.held.get_mut(&member.hold) else { continue };
                    held.take(step.direction, &member.user);
                    self.saved.memberships += u64::from(!held.is_row_of_group());
                }
            }
            StepFate::Again => self.wait_again(group, step),
            StepFate::ByThemselves => self.fall_back_all(&step.members),
            StepFate::Halve if step.members.len() < 2 => self.fall_back_all(&step.members),
            StepFate::Halve => self.wait_in_halves(group, step),
            StepFate::Except(places, refusal) => {
                self.wait_without_named(group, step, places, refusal);
            }
            StepFate::Unclear => {
                let first =
                    |held: &mut HeldItem, now| *held.unclear_since.get_or_insert(now) == now;
                let (held, now) = (&mut self.held, self.ended);
                let again: Vec<bool> = step
                    .members
                    .iter()
                    .map(|member| held.get_mut(&member.hold).is_some_and(|held| first(held, now)))
                    .collect();
                self.wait_without(group, step, |place| !again[place]);
            }
        }
    }

    /// Lets the halves of a step wait, each to be sent alone.
    fn wait_in_halves(&mut self, group: usize, step: GroupStep) {
        let GroupStep { direction, mut members } = step;
        let rest = members.split_off(members.len().div_ceil(2).min(MAX_LIST / 2));
        for members in [members, rest] {
            let mut step = GroupStep { direction, members };
            self.wait_apart(&mut step);
            self.parts.extend((!step.members.is_empty()).then_some((group, step)));
        }
    }

    /// Lets a step wait again, without the members whom a refusal names. For a row of a group they
    /// are refused; other work items go as commands of their users.
    fn wait_without_named(
        &mut self,
        group: usize,
        step: GroupStep,
        named: &[usize],
        refusal: &StepRefusal,
    ) {
        let rows: BTreeSet<u64> = named.iter().map(|place| step.members[*place].hold).collect();
        // A refusal that names the users of several rows would tell each of them about the others.
        let row = rows.first().and_then(|hold| self.held.get_mut(hold)).filter(|held| {
            rows.len() == 1 && held.is_row_of_group() && !about_a_group(&refusal.code)
        });
        let Some(held) = row else {
            return self.wait_without(group, step, |place| named.contains(&place));
        };
        let how = how_refused(refusal, step.direction);
        let users = named.iter().map(|place| step.members[*place].user.clone()).collect();
        let why = (&*refusal.code, &*refusal.message);
        held.prepared.item.halfway.refuse_users(users, why, how);
        // The command of the row alone would have one step that is refused.
        held.last_refusal = Some(StepRefusal { step: Some(0), ..refusal.clone() });
        // From its own command, the row would learn no more.
        self.balance.done += named.len() as u64;
        let is_mostly_refused = held.prepared.item.halfway.is_mostly_refused();
        let GroupStep { direction, members } = step;
        let members = members.into_iter().enumerate();
        let members: Vec<QueuedMembership> =
            members.filter(|(at, _)| !named.contains(at)).map(|(_, member)| member).collect();
        self.wait_again(group, GroupStep { direction, members });
        if is_mostly_refused {
            rows.iter().for_each(|hold| self.fall_back(*hold));
        }
    }

    /// Lets a step wait again, without the members that go as commands of their users.
    fn wait_without(&mut self, group: usize, step: GroupStep, goes: impl Fn(usize) -> bool) {
        let (mut gone, mut members) = (Vec::new(), Vec::new());
        for (place, member) in step.members.into_iter().enumerate() {
            let list = if goes(place) { &mut gone } else { &mut members };
            list.push(member);
        }
        self.fall_back_all(&gone);
        self.wait_again(group, GroupStep { direction: step.direction, members });
    }

    fn fall_back_all(&mut self, members: &[QueuedMembership]) {
        members.iter().for_each(|member| self.fall_back(member.hold));
    }

    /// Lets the work items of closed groups leave, or all of them. Returns those that have left.
    fn leave_closed_groups(&mut self) -> Vec<u64> {
        let leaving: Vec<u64> = if self.is_given_up {
            self.halves.clear();
            // What is in flight may still be confirmed.
            let waits = |(_, held): &(&u64, &HeldItem)| !held.is_all_sent();
            self.held.iter().filter(waits).map(|(hold, _)| *hold).collect()
        } else {
            let mut leaving = Vec::new();
            for queue in self.queues.iter_mut().filter(|queue| queue.standing == Standing::Closed) {
                leaving.extend(queue.take_all());
            }
            let queues = &self.queues;
            let of_closed =
                |(place, _): &&(usize, GroupStep)| queues[*place].standing == Standing::Closed;
            let steps = self.parts.iter().filter(of_closed).map(|(_, step)| step);
            leaving.extend(steps.flat_map(|step| step.members.iter().map(|member| member.hold)));
            leaving
        };
        leaving.iter().for_each(|hold| self.fall_back(*hold));
        leaving
    }

    /// Lets a work item leave that goes as a command of its own.
    fn fallen_back(&mut self, hold: u64) -> Option<ReadyCommand> {
        let HeldItem { mut prepared, .. } = self.held.remove(&hold)?;
        // After giving up, nothing is taken in, so that no mark is needed. All work items leave, in
        // the order of the file, and consecutive refusals show again that the file is wrong.
        prepared.item.by_itself = !self.is_given_up;
        prepared.item.was_gathered = !self.is_given_up;
        Some(prepared)
    }
}
