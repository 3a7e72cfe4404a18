//! Memberships that go as commands of their groups: which work items are taken in, and what follows
//! from the responses.

use super::Executor;
use super::tasks::TaskKind;
use crate::execute::command_result::CommandResult;
use crate::execute::completion::{Completion, Instead, UncertainEffect};
use crate::execute::compose::Request;
use crate::execute::group_side::{Completed, GroupCommand, NoResults, RestOfRow, RowWithRefusals};
use crate::execute::late::Waiter;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::{Halfway, WorkItem};
use crate::umapi::retry::backoff;
use crate::umapi::wire::Root;
use crate::umapi::{ActError, RefusalScope};

/// Why a row is open of which a part is carried out.
const IN_PARTS: &str = "some of its memberships are changed, and the rest was not sent";

impl<W: Reporter> Executor<'_, W> {
    /// Takes work items out of a request that would collide with what other imports have sent
    /// since they were taken in, or take something from somebody whose name one of them has
    /// given.
    pub(super) fn withdraw_outdated(&mut self, request: &mut Request) {
        if request.group_commands.is_empty() {
            return;
        }
        let mut group_side = std::mem::take(&mut self.group_side);
        let is_outdated = |prepared: &ReadyCommand| {
            let waiter = Waiter::of(&prepared.item);
            let ReadyCommand { item, footprint, .. } = prepared;
            self.late_effects.collision(&item.rows, footprint, waiter).is_some()
                || self.loss_under_a_given_name(prepared).is_some()
        };
        let commands = std::mem::take(&mut request.group_commands);
        let (commands, withdrawn) = group_side.withdraw(commands, is_outdated);
        self.group_side = group_side;
        request.group_commands = commands;
        withdrawn.into_iter().for_each(|prepared| self.schedule.put_back(prepared.item));
    }

    /// Handles the results of commands of groups.
    pub(super) fn on_group_results(
        &mut self,
        number: u32,
        commands: &[GroupCommand],
        results: &[CommandResult],
    ) {
        let unclear: Vec<GroupCommand> = commands
            .iter()
            .zip(results)
            .filter(|(_, result)| {
                matches!(
                    result,
                    CommandResult::Transient(_)
                        | CommandResult::Disputed(_)
                        | CommandResult::Ambiguous
                )
            })
            .map(|(command, _)| command.clone())
            .collect();
        self.mark_unclear(number, &unclear, "an unclear response");
        let completed = self.group_side.complete(commands.to_vec(), results);
        self.record_begun(number, commands, &completed);
        self.on_completed(number, completed);
    }

    /// Handles a request that gave no results of its commands.
    pub(super) fn on_unanswered_groups(
        &mut self,
        number: u32,
        commands: &[GroupCommand],
        error: &ActError,
    ) {
        let how = match error {
            ActError::Refused { status: 413, .. } => NoResults::TooLarge,
            ActError::Refused { scope: RefusalScope::Run, .. } | ActError::Denied { .. } => {
                NoResults::NotSent
            }
            ActError::Refused { code, .. } => NoResults::Refused(code),
            ActError::NoResponse { maybe_applied: true, timed_out: true, .. } => {
                NoResults::TimedOut
            }
            ActError::NoResponse { maybe_applied: true, .. }
            | ActError::WaitTooLong { maybe_applied: true, .. } => NoResults::Unclear,
            ActError::NoResponse { .. }
            | ActError::WaitTooLong { .. }
            | ActError::Throttled
            | ActError::MayNotSend { .. }
            | ActError::Closed => NoResults::NotSent,
        };
        if let ActError::Refused { status, scope: RefusalScope::Unrecognized, .. } = error {
            self.mark_refused_before_the_api(number, commands, *status);
        } else if matches!(how, NoResults::Unclear | NoResults::TimedOut) {
            self.mark_unclear(number, commands, &error.to_string());
        }
        let completed = self.group_side.complete_unanswered(commands.to_vec(), how);
        self.on_completed(number, completed);
        if how == NoResults::NotSent && self.stop.is_none() {
            self.pause_group_side();
        }
    }

    /// Handles a request that was not sent: its commands wait for another one.
    pub(super) fn not_sent_for_groups(&mut self, number: u32, commands: &[GroupCommand]) {
        let completed = self.group_side.complete_unanswered(commands.to_vec(), NoResults::NotSent);
        self.on_completed(number, completed);
    }

    fn on_completed(&mut self, number: u32, completed: Completed) {
        let Completed { confirmed, with_refusals, by_themselves, is_unclear } = completed;
        for (prepared, remarks) in confirmed {
            self.uncertain_rows.forget(&prepared.item.rows);
            self.part_done(number, prepared, remarks);
        }
        for refused in with_refusals {
            self.complete_with_refusals(number, refused);
        }
        for prepared in by_themselves {
            match prepared.command.root {
                Root::User { .. } => self.schedule.put_back(prepared.item),
                Root::Group { .. } => self.schedule.go_by_itself(prepared.item),
            }
        }
        if is_unclear && self.stop.is_none() {
            self.pause_group_side();
        }
    }

    /// Completes a row of a group of which some users were refused, as if it had gone alone.
    fn complete_with_refusals(&mut self, number: u32, refused: RowWithRefusals) {
        let RowWithRefusals { mut prepared, last, rest, remarks } = refused;
        self.uncertain_rows.forget(&prepared.item.rows);
        let Halfway { left_out, moved, .. } = &prepared.item.halfway;
        if prepared.is_of_one_member() && left_out.len() == 1 && moved.is_empty() {
            // The row has nobody else.
            prepared.item.halfway = Halfway::default();
            return self.refused(number, prepared, last);
        }
        self.know_groups(&prepared.command);
        match rest {
            RestOfRow::Done => self.complete(prepared.item, Some(number), remarks),
            RestOfRow::NotSent => self.complete_without_rest(prepared.item, number, last.code),
        }
    }

    /// Sends no commands of groups for a while.
    fn pause_group_side(&mut self) {
        let attempts = self.contact.unanswered_in_a_row().max(1);
        let wait = backoff(attempts, self.policy.retry_wait, fastrand::f64());
        self.group_side.pause();
        self.waits.delay_retry(wait);
        self.tasks.start(TaskKind::Delay, async move {
            tokio::time::sleep(wait).await;
            Completion::GroupSideDue
        });
    }

    /// Marks the work items of commands as uncertain: they may have been carried out.
    fn mark_unclear(&mut self, number: u32, commands: &[GroupCommand], why: &str) {
        let mut group_side = std::mem::take(&mut self.group_side);
        group_side.items_of_mut(commands, |prepared| {
            self.mark_uncertain_for_long(prepared, number, why);
        });
        self.group_side = group_side;
    }

    /// Marks the work items of commands that a gateway has refused. It may have refused the
    /// response, and not the request; if it refuses everything, nothing was carried out.
    fn mark_refused_before_the_api(&mut self, number: u32, commands: &[GroupCommand], status: u16) {
        if self.policy.test_mode {
            return;
        }
        let mut group_side = std::mem::take(&mut self.group_side);
        let why = format!("HTTP {status}");
        group_side.items_of_mut(commands, |prepared| {
            self.mark_uncertain(&mut prepared.item, number, &why, Instead::Refusals);
        });
        self.group_side = group_side;
    }

    /// Records which users of work items are added, removed or refused, while others wait: also of
    /// those that are to be sent as commands of their own.
    fn record_begun(&mut self, number: u32, commands: &[GroupCommand], completed: &Completed) {
        let stay = self.group_side.items_of(commands).into_iter();
        let all = stay.chain(&completed.by_themselves).map(|prepared| &prepared.item);
        let is_begun =
            |item: &&WorkItem| item.is_done_in_part || item.halfway != Halfway::default();
        let begun: Vec<WorkItem> = all.filter(is_begun).cloned().collect();
        begun.into_iter().for_each(|item| self.record_part(number, item));
    }

    /// Records what is carried out of a work item. If the run stops before the rest is sent, its
    /// rows are neither done nor untouched.
    fn record_part(&mut self, number: u32, mut item: WorkItem) {
        if item.is_done_in_part && !item.uncertain {
            let effect = UncertainEffect {
                request: number,
                sent: item.sent.max(1),
                why: IN_PARTS.into(),
                instead: Instead::Nothing,
            };
            self.uncertain_rows.mark(&item.rows, &effect);
            // For a process that resumes this run after a kill, they are uncertain as well.
            item.uncertain = true;
            item.halfway.are_others_untouched = !item.halfway.moved.is_empty();
        }
        self.write_progress(&item);
    }
}
