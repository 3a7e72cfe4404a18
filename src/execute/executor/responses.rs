//! Applies a response, or its absence, to each work item of a request.

mod gateway;
mod known_groups;
mod refused;
mod uncertain;

use super::Executor;
use super::not_there::NobodyBy;
use super::tasks::TaskKind;
use crate::change::{EffectPart, Facet, RowEffect};
use crate::clock;
use crate::execute::command_facts::{creates, is_about_nobody, leavers, names_one_user};
use crate::execute::command_result::{Mode, RefusedFor, StepRefusal, command_results};
use crate::execute::completion::{Completion, Instead, MOST_QUESTIONS};
use crate::execute::decide::{
    CommandResponse, Company, Decision, Learned, MembersFacts, MembersNext, Reach, Then, Turn,
    after_members, decide,
};
use crate::execute::decide_request::{RequestFacts, RequestNext, after_request};
use crate::execute::decide_suspect::Suspicion;
use crate::execute::effect::{expected_of, of_steps, so_before};
use crate::execute::group_side::GroupCommand;
use crate::execute::identity::is_somebody;
use crate::execute::narrow_rows::is_wide;
use crate::execute::outcomes::{Outcome, OutcomeStatus, Reason};
use crate::execute::probe::{Evidence, Probe, ProbeResult};
use crate::execute::reasons::reason_of_refusals;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::execute::stop_cause::StopCause;
use crate::execute::unconfirmed_renames::RenameEnd;
use crate::journal::Moment;
use crate::plan::{CreateStep, CreatedNames, FileRow, PlannedCommand, WorkItem, describe};
use crate::umapi::wire::ActionResponse;
use crate::umapi::{ActError, ApiError, millis};

impl<W: Reporter> Executor<'_, W> {
    /// Closes a request with its response, or without one.
    pub(super) fn on_answer(
        &mut self,
        number: u32,
        mut items: Vec<ReadyCommand>,
        group_commands: &[GroupCommand],
        answer: Result<ActionResponse, ActError>,
    ) {
        // If the user of a rename is not identified yet, the next attempt asks again before it
        // sends the command.
        for prepared in &mut items {
            prepared.item.identified &= is_somebody(&prepared.item);
        }
        self.requests.close(number);
        self.counts.on_answer();
        self.journal.write(move |journal| journal.record_answered(number));
        self.on_response(number, items, group_commands, answer);
        self.on_request_closed(number);
    }

    /// Handles a response, or the absence of one.
    fn on_response(
        &mut self,
        number: u32,
        items: Vec<ReadyCommand>,
        group_commands: &[GroupCommand],
        answer: Result<ActionResponse, ActError>,
    ) {
        let what = match &answer {
            Ok(answer) => format!("{}, {} refused", answer.result, answer.errors.len()),
            Err(error) => error.to_string(),
        };
        self.reporter.on_response(number, items.len() + group_commands.len(), &what);
        if let Err(error) = &answer
            && !group_commands.is_empty()
        {
            self.on_unanswered_groups(number, group_commands, error);
        }
        let facts = RequestFacts {
            commands: items.len(),
            group_commands: group_commands.len(),
            has_answered: self.contact.has_answered(),
            has_wide: items.iter().any(|prepared| is_wide(&prepared.command)),
        };
        match after_request(answer, facts, &self.policy) {
            RequestNext::TakeResults(answer) => {
                self.on_results(number, items, group_commands, &answer);
            }
            RequestNext::Nothing => self.contact.is_there(),
            RequestNext::SendWithoutGroups => self.send_without_groups(items),
            RequestNext::SendNarrow => self.send_narrow(items),
            RequestNext::Bisect { code, message } => self.bisect(number, items, code, message),
            RequestNext::SuspectByCode { status, code, message } => {
                self.refused_without_a_place(number, items, status, code, message);
            }
            RequestNext::SuspectGateway { status, message } => {
                self.refused_before_the_api(number, items, status, &message);
            }
            RequestNext::StopRun(why) => self.stop_run(why),
            RequestNext::StopForPause { wait, why, reach } => {
                if reach == Reach::Perhaps {
                    self.contact.may_be_reached();
                    for mut prepared in items {
                        self.mark_uncertain_for_long(&mut prepared, number, &why);
                    }
                }
                self.note_pause_until_the_next_start(wait, &why);
                self.stop_run(StopCause::PauseTooLong { wait, why });
            }
            RequestNext::Wait => {}
            RequestNext::Repeat { cause, reach, patience } => {
                self.on_no_response(number, items, &cause, reach, patience);
            }
        }
    }

    /// Handles a response of the API: each command has its result.
    fn on_results(
        &mut self,
        number: u32,
        items: Vec<ReadyCommand>,
        group_commands: &[GroupCommand],
        answer: &ActionResponse,
    ) {
        self.contact.answered();
        self.waits.end_retry();
        self.gateway.users_are_answered();
        self.api_answers();
        let own = items.iter().map(|prepared| &prepared.command);
        let of_groups = group_commands.iter().map(|group_command| &group_command.command);
        let commands: Vec<&PlannedCommand> = own.chain(of_groups).collect();
        let mut command_results = command_results(&commands, answer, Mode::of(&self.policy));
        let company = Company::of(commands.len());
        let group_results = command_results.split_off(items.len());
        let mut again = Vec::new();
        for (prepared, result) in items.into_iter().zip(command_results) {
            let next = decide(&prepared, CommandResponse::Result(result, company), &self.policy);
            again.extend(self.apply(Some(number), prepared, next));
        }
        self.schedule_retry(again, Completion::Due);
        if !group_commands.is_empty() {
            self.on_group_results(number, group_commands, &group_results);
        }
    }

    /// Applies a decision to a command. Returns its work item if it is to be sent again after a
    /// wait.
    pub(super) fn apply(
        &mut self,
        number: Option<u32>,
        mut prepared: ReadyCommand,
        Decision { learned, then }: Decision,
    ) -> Option<WorkItem> {
        let row = prepared.item.first() + 1;
        tracing::debug!(row, rows = prepared.item.rows.len(), what = then.words(), "decided");
        for learned in learned {
            self.learn_of(number, &mut prepared, learned);
        }
        match then {
            Then::Finish(remarks) => self.part_done(number.unwrap_or(0), prepared, remarks),
            Then::FinishAsSeen(why) => {
                let message = self.words_of_a_seen_effect(&mut prepared, &why);
                self.on_done(prepared, number, &message);
            }
            Then::SendTheRest => {
                prepared.item.halfway.create = CreateStep::Met;
                prepared.item.halfway.skipped_steps.clear();
                self.group_is_there(&prepared.command);
                self.schedule.put_back(prepared.item);
            }
            Then::GoOnAsCreated => self.go_on_after_the_create(prepared),
            Then::SkipStep(step) => self.is_done_already(prepared, step, step, 0),
            Then::AskMembers(refusal) => {
                self.ask_about_members(number.unwrap_or(0), prepared, refusal);
            }
            Then::SendAgain(Turn::AfterWait) => return Some(prepared.item),
            Then::SendAgain(Turn::Alone) => self.out_of_turn.send_together(vec![prepared.item]),
            Then::SendAgain(Turn::AtOnce) => self.schedule.put_back(prepared.item),
            Then::Probe(question) => self.probe(prepared, question),
            Then::Split(groups) => self.schedule.split(prepared.item, groups),
            Then::SendOneByOne(refusal) => self.go_one_by_one(prepared, &refusal),
            Then::SendWithoutUsers(refusal) => {
                self.send_without_users(number.unwrap_or(0), prepared, &refusal);
            }
            Then::Suspect(reason, instead) => {
                let suspicion = Suspicion::NoResponse(reason);
                self.suspect(number.unwrap_or(0), prepared, suspicion, instead);
            }
            Then::NotThere(words) => self.not_there(prepared, number, NobodyBy::Refusal(&words)),
            Then::Fail(reason) => self.fail(prepared.item, number, &reason),
            Then::GiveUp(reason) => {
                // A group that may have been created no longer counts as missing: the server
                // decides about the rows that name it.
                self.group_is_there(&prepared.command);
                self.complete_item(prepared.item, number, OutcomeStatus::Unknown, &reason);
            }
            Then::StopRun(why) => self.stop_run(why),
            Then::LeaveOpen => {}
        }
        None
    }

    /// Records a fact about a command.
    fn learn_of(&mut self, number: Option<u32>, prepared: &mut ReadyCommand, learned: Learned) {
        let item = &mut prepared.item;
        match learned {
            Learned::Uncertain(why) => {
                self.mark_uncertain_for_long(prepared, number.unwrap_or(0), &why);
            }
            Learned::StillUncertain => item.uncertain = true,
            Learned::NobodyHasThisName => {
                if self.schedule.has_follower(item) && names_one_user(&prepared.command) {
                    self.users.note_refused(&prepared.command.root);
                }
            }
            Learned::NotDone => {
                item.uncertain = false;
                self.uncertain_rows.forget(&item.rows);
            }
            Learned::SeenAbsent => item.seen_absent = true,
            Learned::CreateIsDone => self.create_is_done(prepared),
            Learned::Done(effect) => item.halfway.done = item.halfway.done.and(effect),
            Learned::DidNothing => self.outcomes.note_refused_at_once(&item.rows),
            Learned::Groups(refusal) => self.know_groups_by_refusal(prepared, &refusal),
            Learned::GroupsAreNarrow => self.group_side.row_is_too_wide(),
            Learned::Progress => self.write_progress(item),
        }
    }

    /// Handles a refused command: a row alone fails, rows together are sent again separately.
    pub(super) fn refused(&mut self, number: u32, prepared: ReadyCommand, refusal: StepRefusal) {
        let response = CommandResponse::Refused(refusal, RefusedFor::TheRow);
        let next = decide(&prepared, response, &self.policy);
        let again = self.apply(Some(number), prepared, next);
        self.schedule_retry(again.into_iter().collect(), Completion::Due);
    }

    /// Probes the members of a group's row whose step has changed nobody, according to the server.
    /// Either every member is already as the step wants, or some users do not exist.
    fn ask_about_members(&mut self, number: u32, mut prepared: ReadyCommand, refusal: StepRefusal) {
        let place = refusal.step.unwrap_or(0);
        let probe = Probe::of_step(&prepared.command, place);
        if prepared.item.rows.len() == 1 {
            // The steps before it are carried out.
            let before = &prepared.command.steps[..place];
            let others = before.iter().filter(|traced_step| !creates(&traced_step.step)).count();
            if others < before.len() {
                self.create_is_done(&mut prepared);
            }
            (0..others).for_each(|_| prepared.item.halfway.skip_step(0));
        }
        // After a kill, the next process knows that it was sent.
        self.write_progress(&prepared.item);
        let client = self.client.clone();
        self.tasks.start(TaskKind::Probe, async move {
            let mut result = probe.ask(&client, &Evidence::default()).await;
            for _ in 1..MOST_QUESTIONS {
                if !matches!(
                    result,
                    Err(ApiError::NoAnswer(_) | ApiError::WaitTooLong { .. } | ApiError::Denied(_))
                ) {
                    break;
                }
                result = probe.ask(&client, &Evidence::default()).await;
            }
            Completion::Members { number, prepared: Box::new(prepared), refusal, result }
        });
    }

    /// Skips a step whose effect holds. It is not sent again, at its place among the remaining
    /// steps. It held before, unless an earlier request may have done it. The server does not know
    /// `of_nobody` of its users: these had nothing to leave in any case.
    fn is_done_already(
        &mut self,
        mut prepared: ReadyCommand,
        step: usize,
        place: usize,
        of_nobody: usize,
    ) {
        let ReadyCommand { item, command, .. } = &mut prepared;
        let held = match command.steps.get(step) {
            Some(_) if item.may_be_done_before() => RowEffect::NONE.left(of_nobody),
            Some(traced_step) => of_steps(std::slice::from_ref(traced_step), RowEffect::NONE),
            None => RowEffect::NONE,
        };
        item.halfway.done_before = item.halfway.done_before.and(held);
        item.halfway.skip_step(place);
        self.group_is_there(&prepared.command);
        self.schedule.put_back(prepared.item);
    }

    /// Handles the result of the probes of the members of a step that has changed nobody.
    pub(super) fn members_found(
        &mut self,
        number: u32,
        mut prepared: ReadyCommand,
        refusal: &StepRefusal,
        result: &Result<ProbeResult, ApiError>,
    ) {
        let facts =
            MembersFacts { rows: prepared.item.rows.len(), is_stopping: self.stop.is_some() };
        match after_members(refusal, result, facts) {
            MembersNext::SkipStep { nobody, place } => {
                let of_nobody = nobody.len();
                prepared.item.halfway.nobody.extend(nobody);
                self.is_done_already(prepared, refusal.step.unwrap_or(0), place, of_nobody);
            }
            MembersNext::Refuse => self.refused(number, prepared, refusal.clone()),
            MembersNext::LeaveUncertain(why) => {
                self.mark_uncertain(&mut prepared.item, number, &why, Instead::Nothing);
            }
            MembersNext::StopRun(why) => self.stop_run(why),
            MembersNext::GiveUp(reason) => {
                let status = OutcomeStatus::Unknown;
                self.complete_item(prepared.item, Some(number), status, &reason);
            }
        }
    }

    /// Completes one command of a work item. If it was the last one, the rows are completed.
    pub(super) fn part_done(&mut self, number: u32, prepared: ReadyCommand, remarks: String) {
        let mut item = prepared.item;
        if item.halfway.one_by_one {
            item.halfway.achieved.extend(
                prepared.command.steps.iter().map(|traced_step| describe(&traced_step.step)),
            );
        }
        if item.halfway.adds_up() || prepared.more_steps > 0 {
            item.halfway.done =
                item.halfway.done.and(of_steps(&prepared.command.steps, expected_of(&item)));
        }
        if prepared.more_steps > 0 {
            prepared.command.steps.iter().for_each(|_| item.halfway.skip_step(0));
            item.attempts = 0;
            self.write_progress(&item);
            self.schedule.put_back(item);
            return;
        }
        if item.part + 1 < prepared.parts {
            // The result of this part is known.
            self.uncertain_rows.forget(&item.rows);
            item.next_part();
            self.write_progress(&item);
            self.schedule.put_back(item);
            return;
        }
        self.know_groups(&prepared.command);
        let prepared = ReadyCommand { item, ..prepared };
        if is_about_nobody(&prepared) {
            return self.not_there(prepared, Some(number), NobodyBy::WasKnown);
        }
        if let Some(leavers) = leavers(&prepared.command).filter(|_| !self.policy.verify_deletes) {
            let mut reason = Reason { code: String::new(), message: self.removal_words(&prepared) };
            reason.remark(&remarks);
            self.complete_rows(&prepared.item, leavers, Some(number), OutcomeStatus::Ok, &reason);
        }
        self.complete(prepared.item, Some(number), remarks);
    }

    /// Completes a work item whose commands were all sent. Its rows succeed, except for names that
    /// were refused one by one.
    pub(super) fn complete(&mut self, item: WorkItem, number: Option<u32>, message: String) {
        match reason_of_refusals(&item.halfway, Mode::of(&self.policy)) {
            Some(reason) => self.fail(item, number, &reason),
            None if item.halfway.nobody.is_empty() => self.succeed(item, number, message),
            None => self.nobody_left(item, number, message),
        }
    }

    /// Completes a work item whose rows succeed.
    pub(super) fn succeed(&mut self, item: WorkItem, number: Option<u32>, message: String) {
        self.streak.end();
        self.complete_item(
            item,
            number,
            OutcomeStatus::Ok,
            &Reason { code: String::new(), message },
        );
    }

    /// Gives these rows of a work item this outcome.
    pub(super) fn complete_rows(
        &mut self,
        item: &WorkItem,
        rows: &[u32],
        number: Option<u32>,
        status: OutcomeStatus,
        reason: &Reason,
    ) {
        let now = clock::now();
        let mut made = item.made;
        for row in rows {
            let mut reason = reason.clone();
            let mut effect = RowEffect::NONE;
            if matches!(status, OutcomeStatus::Failed | OutcomeStatus::Unknown) {
                effect = if self.policy.test_mode { RowEffect::NONE } else { item.halfway.done };
            } else if let Some(expected) =
                item.expected(*row).filter(|_| status == OutcomeStatus::Ok)
            {
                // Test mode changes nothing.
                effect = if self.policy.test_mode {
                    expected.effect.only_differences()
                } else {
                    expected.effect
                };
                // If several rows create the same user, only one of them has done so.
                let footprint = self.plan.footprint(*row);
                let mut unapplied = None;
                if made.has(footprint) {
                    let names = match effect.has(EffectPart::Updated) {
                        true => CreatedNames::Updated,
                        false => CreatedNames::Kept,
                    };
                    unapplied = made.not_applied(footprint, expected.created_as, names);
                    effect = effect.behind_its_creation();
                } else if effect.creates() {
                    made.make((FileRow::here(*row), footprint), expected.created_as);
                }
                if let Some((first, differs)) = unapplied {
                    effect = effect.and(differs);
                    let first = self.users_before.row_words(first);
                    reason.remark(&created_otherwise(&first, differs));
                }
                effect = effect.without_moves_of(item.halfway.done_before);
                reason.remark(so_before(item.halfway.done_before));
                reason.remark(&expected.remark);
            }
            let outcome = Outcome {
                status,
                reason,
                effect,
                attempts: item.sent,
                request: number,
                finished_at: Some(now),
            };
            self.complete_row(*row, outcome);
        }
    }

    /// Gives all rows of a work item that have no outcome yet this one.
    pub(super) fn complete_item(
        &mut self,
        mut item: WorkItem,
        number: Option<u32>,
        status: OutcomeStatus,
        reason: &Reason,
    ) {
        self.end_questions(item.end);
        let open: Vec<u32> =
            item.rows.iter().copied().filter(|row| !self.outcomes.is_completed(*row)).collect();
        if status == OutcomeStatus::Failed {
            // Recorded in the journal before the outcome: a resumed run must know the missing
            // group.
            for row in &open {
                if let Err(error) = self.note_unmade_group(*row, &reason.code, item.halfway.done) {
                    self.stop_run(error.to_string());
                }
            }
        }
        self.complete_rows(&item, &open, number, status, reason);
        match self.made_after(&item, &item.rows) {
            Ok(made) => item.made = made,
            Err(error) => self.stop_run(error.to_string()),
        }
        if let Some(end) = RenameEnd::of(status) {
            for row in open {
                if let Err(error) = self.note_unconfirmed_rename(row, end, item.halfway.done) {
                    self.stop_run(error.to_string());
                }
            }
        }
        let rows = item.rows.clone();
        if let Err(error) = self.note_users(&mut item, &rows) {
            self.stop_run(error.to_string());
        }
        self.release(item);
    }

    /// Releases the rows that wait for a completed work item, once no late effect of an earlier
    /// request can affect them.
    fn release(&mut self, item: WorkItem) {
        let Some(left) = self.late_for(&item).filter(|_| self.schedule.is_waited_for(&item)) else {
            return self.release_now(item);
        };
        let rows = item.rows.clone();
        let until = Moment::now().plus(millis(left));
        self.journal.write(move |journal| journal.late(&rows, until));
        tracing::debug!(
            row = item.first() + 1,
            seconds = left.as_secs_f64(),
            why = "the service may still carry out an earlier request with it",
            "rows behind this row wait"
        );
        self.waits.wait_for_late_effect(left);
        self.tasks.start(TaskKind::Release, async move {
            tokio::time::sleep(left).await;
            Completion::Released(item)
        });
    }

    /// Releases what waits for the rows of a work item, which has ended.
    pub(super) fn release_now(&mut self, item: WorkItem) {
        self.schedule.complete_rows(&item, &item.rows);
        self.schedule.finish(item);
    }
}

/// Returns the text for a row that creates a user whom an earlier row has created with other
/// values. `row` is that earlier row, in words.
fn created_otherwise(row: &str, differs: RowEffect) -> String {
    let columns = Facet::ALL.into_iter().filter(|facet| differs.differs_in(*facet));
    let columns: Vec<&str> = columns.map(Facet::column).collect();
    format!(
        "not applied: {}. {} creates this user with other values",
        columns.join(", "),
        row.replacen("row", "Row", 1)
    )
}
