//! Handles refusals: a row alone fails, rows together are sent again separately.

use super::super::Executor;
use crate::change::{EffectPart, RowEffect};
use crate::execute::command_facts::{creates, how_refused, refused_users};
use crate::execute::command_result::{Mode, StepRefusal};
use crate::execute::decide_request::FailedRows;
use crate::execute::effect::{carried_out, expected_of, of_steps};
use crate::execute::outcomes::{OutcomeStatus, Reason};
use crate::execute::reasons::{reason_of_refusals, renamed_by, step_message};
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::sides::Direction;
use crate::plan::{Halfway, WorkItem, commands, describe};
use crate::table::RowBuffer;
use crate::umapi::retry::unknown_user;
use crate::umapi::wire::WireStep;
use std::io;

/// What is said of users behind too many others.
const REST_NOT_SENT: &str =
    "more users were refused than added or removed, so the others were not sent";

/// The same, if an earlier request may have been carried out.
const REST_NOT_SENT_AGAIN: &str = "more users were refused than added or removed, so the others \
                                   were not sent again. An earlier request without a clear \
                                   response may have changed them: check the group in the Admin \
                                   Console";

impl<W: Reporter> Executor<'_, W> {
    /// Makes each group of a row a step of its own, without the refused one.
    pub(super) fn go_one_by_one(&mut self, mut prepared: ReadyCommand, refusal: &StepRefusal) {
        let ReadyCommand { item, command, .. } = &mut prepared;
        let ran = carried_out(&command.steps, refusal);
        if item.halfway.one_by_one {
            let expected = expected_of(item);
            let step = refusal.step.unwrap_or(ran.len());
            let message = step_message(command, step, &refusal.message);
            let Halfway { achieved, done, refusals, .. } = &mut item.halfway;
            achieved.extend(ran.iter().map(|traced_step| describe(&traced_step.step)));
            *done = done.and(of_steps(ran, expected));
            refusals.push((refusal.code.clone(), message));
            // The steps that were carried out are not sent again, nor is the refused step.
            item.halfway.skip_step(step);
            (0..ran.len()).for_each(|_| item.halfway.skip_step(0));
            item.attempts = 0;
        } else {
            // Of the steps that were carried out, only the create step is not sent again.
            if ran.iter().any(|traced_step| creates(&traced_step.step)) {
                self.create_is_done(&mut prepared);
            }
            prepared.item.halfway.take_one_by_one();
        }
        self.write_progress(&prepared.item);
        self.schedule.put_back(prepared.item);
    }

    /// Sends the rest of a group's row without the users whom the server refuses by name. Who is
    /// unknown need not be removed.
    pub(super) fn send_without_users(
        &mut self,
        number: u32,
        mut prepared: ReadyCommand,
        refusal: &StepRefusal,
    ) {
        let refused: Vec<String> =
            refused_users(&prepared, refusal).into_iter().map(str::to_owned).collect();
        let ran = carried_out(&prepared.command.steps, refusal).len();
        let place = refusal.step.unwrap_or(0);
        let creates = usize::from(ran > 0 && creates(&prepared.command.steps[0].step));
        if creates > 0 {
            self.create_is_done(&mut prepared);
        }
        let ReadyCommand { item, command, .. } = &mut prepared;
        let done = of_steps(&command.steps[creates..ran], RowEffect::NONE);
        item.halfway.done = item.halfway.done.and(done);
        let direction = match &command.steps[place].step {
            WireStep::Remove(_) => Direction::Remove,
            _ => Direction::Add,
        };
        let how = how_refused(refusal, direction);
        item.halfway.refuse_users(refused, (&refusal.code, &refusal.message), how);
        if item.halfway.is_mostly_refused() {
            return self.complete_without_rest(prepared.item, number, refusal.code.clone());
        }
        (creates..ran).for_each(|_| item.halfway.skip_step(0));
        item.attempts = 0;
        self.write_progress(&prepared.item);
        self.schedule.put_back(prepared.item);
    }

    /// Completes a row of a group without the rest of its users, the last of whom was refused with
    /// this code: so many were refused that the others are hardly better.
    pub(in crate::execute::executor) fn complete_without_rest(
        &mut self,
        mut item: WorkItem,
        number: u32,
        code: String,
    ) {
        if !item.was_uncertain {
            item.halfway.refusals.push((code, REST_NOT_SENT.to_owned()));
            return self.complete(item, Some(number), String::new());
        }
        item.halfway.refusals.push((code, REST_NOT_SENT_AGAIN.to_owned()));
        let reason = reason_of_refusals(&item.halfway, Mode::of(&self.policy)).unwrap_or_default();
        let reason = Reason { code: "unknown.answer".to_owned(), ..reason };
        self.complete_item(item, Some(number), OutcomeStatus::Unknown, &reason);
    }

    /// Sends commands of users again that were refused together with commands of groups: one of
    /// those may be the cause.
    pub(super) fn send_without_groups(&mut self, items: Vec<ReadyCommand>) {
        self.contact.is_there();
        self.gateway.users_are_answered();
        let items = items.into_iter().map(|prepared| prepared.item).collect();
        self.out_of_turn.send_together(items);
    }

    /// Sends commands again, after one of them was refused for its many memberships: from now on,
    /// commands of groups have fewer.
    pub(super) fn send_narrow(&mut self, items: Vec<ReadyCommand>) {
        self.contact.is_there();
        self.gateway.users_are_answered();
        self.group_side.row_is_too_wide();
        items.into_iter().for_each(|prepared| self.schedule.put_back(prepared.item));
    }

    /// Completes a work item that has failed.
    pub(in crate::execute::executor) fn fail(
        &mut self,
        item: WorkItem,
        number: Option<u32>,
        reason: &Reason,
    ) {
        // Commands of groups gather the users whom the server does not know, from all over the
        // file: they say nothing about the rows between them.
        let is_gathered = item.was_gathered && unknown_user(&reason.code);
        match self.with_new_name(&item, reason) {
            Ok(reason) => self.complete_item(item, number, OutcomeStatus::Failed, &reason),
            Err(error) => return self.stop_run(error.to_string()),
        }
        if !is_gathered {
            self.streak.refused(&reason.code);
        }
        self.stop_if_too_many_failed(&reason.code);
    }

    /// Adds the new name of the user or group to the reason of a failed row that has renamed it:
    /// sent unchanged, the row would look for the old name.
    fn with_new_name(&self, item: &WorkItem, reason: &Reason) -> io::Result<Reason> {
        let mut reason = reason.clone();
        let done = item.halfway.done;
        let may_be_renamed = done.has(EffectPart::Updated) || done.has(EffectPart::GroupRenamed);
        if may_be_renamed && Mode::of(&self.policy) == Mode::Real {
            let mut buffer = RowBuffer::default();
            let (row, place) = (item.first(), self.plan.place(item.first()));
            let change = self.input.reread(row, place, &mut buffer)?;
            reason.remark(&renamed_by(&commands(&[(row, &change)])));
        }
        Ok(reason)
    }

    /// Stops the run if too many rows have failed, the last one with this code.
    fn stop_if_too_many_failed(&mut self, code: &str) {
        // Only rows of this start count.
        let rows = FailedRows {
            in_a_row: self.streak.rows(),
            failed: self.counts.failed(&self.outcomes),
            judged: self.counts.judged(&self.outcomes),
        };
        if let Some(why) = rows.stop(self.policy.max_errors, code) {
            self.stop_run(why);
        }
    }

    /// Halves a request that is refused as a whole, because one bad command makes the server refuse
    /// all of them.
    pub(super) fn bisect(
        &mut self,
        number: u32,
        mut items: Vec<ReadyCommand>,
        code: String,
        message: String,
    ) {
        self.contact.is_there();
        self.gateway.users_are_answered();
        if items.len() > 1 {
            tracing::debug!(
                number,
                commands = items.len(),
                code,
                "refused as a whole: its halves go apart"
            );
            let second = items.split_off(items.len() / 2);
            for half in [items, second] {
                self.out_of_turn
                    .send_together(half.into_iter().map(|prepared| prepared.item).collect());
            }
        } else if let Some(prepared) = items.pop() {
            self.refused(number, prepared, StepRefusal { step: None, code, message });
        }
    }
}
