//! What follows from an answer, or from its absence, for each work item of a request.

mod gateway;
mod known_groups;
mod refused;
mod uncertain;

use super::command_result::{CommandResult, Mode, StepRefusal, command_results};
use super::completion::{Completion, MOST_QUESTIONS, Otherwise, PendingProbe};
use super::effect::{already_done, carried_out, expected_of, now_exists, of_steps, so_before};
use super::executor::Executor;
use super::identity::NOBODY;
use super::outcomes::{Outcome, OutcomeStatus, Reason};
use super::probe::{Evidence, Probe, ProbeResult};
use super::reporter::Reporter;
use super::request::ReadyCommand;
use crate::change::RowEffect;
use crate::clock;
use crate::number::minutes;
use crate::plan::{CreateStep, Halfway, PlannedCommand, WorkItem, describe};
use crate::umapi::wire::{ActionResponse, Removal, Root, WireStep};
use crate::umapi::{ActError, ApiError, RefusalScope};

/// Are the refusals of a row its own, or the server's that did not go away?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RefusedFor {
    /// The row is refused.
    TheRow,
    /// A row alone is refused in words that name no command, or no step of it.
    NoPlace,
    /// An error inside the server came back until the attempts were used up.
    TheServer,
}

impl<W: Reporter> Executor<'_, W> {
    /// Takes an answer, or the news that there is none.
    pub(super) fn on_response(
        &mut self,
        number: u32,
        items: Vec<ReadyCommand>,
        answer: Result<ActionResponse, ActError>,
    ) {
        let what = match &answer {
            Ok(answer) => format!("{}, {} refused", answer.result, answer.errors.len()),
            Err(error) => error.to_string(),
        };
        self.reporter.on_response(number, items.len(), &what);
        match answer {
            Ok(answer) => {
                self.anything_sent = true;
                self.end_retry();
                self.response = true;
                self.no_responses_in_a_row = 0;
                self.api_answers();
                let commands: Vec<&PlannedCommand> =
                    items.iter().map(|prepared| &prepared.command).collect();
                let mode = Mode::of(&self.policy);
                let command_results = command_results(&commands, &answer, mode);
                let alone = items.len() == 1;
                let judged = items.into_iter().zip(command_results);
                let again: Vec<WorkItem> = judged
                    .filter_map(|(prepared, command_result)| {
                        self.apply_results(number, prepared, command_result, alone)
                    })
                    .collect();
                self.schedule_retry(again, Completion::Due);
            }
            Err(ActError::Refused { code, message, scope: RefusalScope::Command, .. }) => {
                self.bisect(number, items, code, message);
            }
            Err(ActError::Refused { status, code, message, scope: RefusalScope::Unplaced }) => {
                self.refused_without_a_place(number, items, status, code, message);
            }
            Err(ActError::Refused {
                status, message, scope: RefusalScope::Unrecognized, ..
            }) => {
                self.refused_before_the_api(number, items, status, &message);
            }
            Err(
                ActError::Refused { status, code, message, .. }
                | ActError::Denied { status, code, message },
            ) => {
                self.stop_run(format!(
                    "the server refuses this run: HTTP {status} {code}: {message}"
                ));
            }
            Err(ActError::WaitTooLong { wait, why, maybe_applied }) => {
                if maybe_applied {
                    self.anything_sent = true;
                    for mut prepared in items {
                        self.mark_uncertain_for_long(&mut prepared, number, &why);
                    }
                }
                self.stop_run(format!(
                    "the server asks for a pause of {}, which is longer than --max-wait allows \
                     ({why})",
                    minutes(wait)
                ));
            }
            Err(ActError::Closed) => {}
            Err(ActError::NoResponse { cause, maybe_applied, unrecognized }) => {
                self.on_no_response(number, items, &cause, maybe_applied, unrecognized);
            }
        }
    }

    /// Applies the result of a command to its work item. Returns the item if it is to be sent again
    /// after a wait.
    fn apply_results(
        &mut self,
        number: u32,
        mut prepared: ReadyCommand,
        command_result: CommandResult,
        alone: bool,
    ) -> Option<WorkItem> {
        match command_result {
            CommandResult::Done { remarks } => self.part_done(number, prepared, remarks),
            CommandResult::AlreadyExists => {
                prepared.item.halfway.create = CreateStep::Met;
                prepared.item.halfway.skipped_steps.clear();
                self.group_is_there(&prepared.command);
                self.schedule.put_back(prepared.item);
            }
            CommandResult::StepAlreadyDone(step) => self.is_done_already(prepared, step, step),
            CommandResult::Transient(refusal) => {
                let why = format!("{}: {}", refusal.code, refusal.message);
                let is_created = prepared.item.rows.len() == 1
                    && carried_out(&prepared.command.steps, &refusal)
                        .iter()
                        .any(|traced_step| creates(&traced_step.step));
                // Some of these codes say that nothing was done. No document promises it, nor that
                // nothing will be.
                self.mark_uncertain_for_long(&mut prepared, number, &why);
                if is_created {
                    self.create_is_done(&mut prepared);
                }
                if prepared.item.attempts < self.policy.max_attempts {
                    // What follows a create step is harmless to repeat.
                    if is_created {
                        return Some(prepared.item);
                    }
                    return self.retry_or_probe(prepared, why);
                }
                self.refused(number, prepared, &refusal, RefusedFor::TheServer);
            }
            CommandResult::Refused(refusal) => {
                self.refused(number, prepared, &refusal, RefusedFor::TheRow);
            }
            CommandResult::ChangedNobody(refusal) => {
                self.ask_about_members(number, prepared, refusal);
            }
            CommandResult::Disputed(refusal) => {
                self.mark_uncertain_for_long(
                    &mut prepared,
                    number,
                    &format!("{}: {}", refusal.code, refusal.message),
                );
                self.refused(number, prepared, &refusal, RefusedFor::NoPlace);
            }
            CommandResult::Ambiguous => return self.contradictory(number, prepared, alone),
        }
        None
    }

    /// The server says that a step of a group's row has changed nobody. That may be so because
    /// everybody is as the step wants, or because of strangers: each member is asked about.
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
        let client = self.client.clone();
        self.probes += 1;
        self.in_flight_tasks.spawn(async move {
            let mut result = probe.ask(&client, &Evidence::default()).await;
            for _ in 1..MOST_QUESTIONS {
                if !matches!(result, Err(ApiError::NoAnswer(_) | ApiError::Denied(_))) {
                    break;
                }
                result = probe.ask(&client, &Evidence::default()).await;
            }
            Completion::Members { number, prepared: Box::new(prepared), refusal, result }
        });
    }

    /// What a step wants was already so: it is not sent again, from its place among the steps that
    /// are left, and counts for nothing.
    fn is_done_already(&mut self, mut prepared: ReadyCommand, step: usize, place: usize) {
        let ReadyCommand { item, command, .. } = &mut prepared;
        let held = command.steps.get(step).map_or(RowEffect::NONE, |traced_step| {
            of_steps(std::slice::from_ref(traced_step), RowEffect::NONE)
        });
        item.halfway.done_before = item.halfway.done_before.and(held);
        item.halfway.skip_step(place);
        self.group_is_there(&prepared.command);
        self.schedule.put_back(prepared.item);
    }

    /// The members of a step that has changed nobody were asked about.
    pub(super) fn members_found(
        &mut self,
        number: u32,
        prepared: ReadyCommand,
        refusal: &StepRefusal,
        result: &Result<ProbeResult, ApiError>,
    ) {
        match result {
            Ok(ProbeResult::Done) => {
                let place =
                    if prepared.item.rows.len() == 1 { 0 } else { refusal.step.unwrap_or(0) };
                self.is_done_already(prepared, refusal.step.unwrap_or(0), place);
            }
            // The run is being stopped: the resumed run sends it again.
            Err(_) if self.stop.is_some() => {}
            Ok(_) => self.refused(number, prepared, refusal, RefusedFor::TheRow),
            Err(ApiError::Credentials(message)) => {
                self.stop_run(format!("the server refuses this run: {message}"));
            }
            Err(error) => {
                let message = format!(
                    "{}: {}; whether all are members as the row wants could not be asked \
                     ({error}): check the group in the Admin Console",
                    refusal.code, refusal.message
                );
                self.complete_item(
                    prepared.item,
                    Some(number),
                    OutcomeStatus::Unknown,
                    &Reason { code: "unknown.answer".to_owned(), message },
                );
            }
        }
    }

    /// The answer does not say what became of this command: it is uncertain, and sent again alone
    /// where a repeat is harmless.
    fn contradictory(
        &mut self,
        number: u32,
        mut prepared: ReadyCommand,
        alone: bool,
    ) -> Option<WorkItem> {
        let why = "the response contradicts itself".to_owned();
        self.mark_uncertain_for_long(&mut prepared, number, &why);
        if prepared.item.attempts >= self.policy.max_attempts {
            let code = "unknown.answer".to_owned();
            let note =
                Reason { code, message: format!("{why}: check the user in the Admin Console") };
            self.probe(prepared, PendingProbe { why, otherwise: Otherwise::Fail(note) });
            return None;
        }
        let item = self.retry_or_probe(prepared, why)?;
        if alone {
            return Some(item);
        }
        self.fixed.push_back(vec![item]);
        None
    }

    /// One command of the work item is done; the rows are when it was the last.
    fn part_done(&mut self, number: u32, prepared: ReadyCommand, remarks: String) {
        let mut item = prepared.item;
        if item.halfway.one_by_one {
            item.halfway.achieved.extend(
                prepared.command.steps.iter().map(|traced_step| describe(&traced_step.step)),
            );
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
            item.next_part();
            self.write_progress(&item);
            self.schedule.put_back(item);
            return;
        }
        self.know_groups(&prepared.command);
        let prepared = ReadyCommand { item, ..prepared };
        if is_about_nobody(&prepared) {
            return self.not_there(
                prepared,
                Some(number),
                NO_ACTIVE_USER,
                self.sent_all_the_same(),
            );
        }
        if let Some(leavers) = leavers(&prepared.command).filter(|_| !self.policy.verify_deletes) {
            let mut note = Reason { code: String::new(), message: self.removal_words(&prepared) };
            note.remark(&remarks);
            self.complete_rows(&prepared.item, leavers, Some(number), OutcomeStatus::Ok, &note);
        }
        self.complete(prepared.item, Some(number), remarks);
    }

    /// Everything of the work item was sent: the rows are fine, but for names that were refused one
    /// by one.
    pub(super) fn complete(&mut self, item: WorkItem, number: Option<u32>, message: String) {
        let Halfway { refusals, achieved, done, .. } = &item.halfway;
        let Some((code, _)) = refusals.first() else { return self.succeed(item, number, message) };
        let mut texts: Vec<&str> = refusals.iter().map(|(_, message)| message.as_str()).collect();
        let mode = Mode::of(&self.policy);
        let besides = already_done(&achieved.join(", "), mode);
        texts.extend((!achieved.is_empty()).then_some(besides.as_str()));
        let mut note = Reason { code: code.clone(), message: texts.join("; ") };
        note.remark(now_exists(*done, mode));
        self.fail(item, number, &note);
    }

    pub(super) fn succeed(&mut self, item: WorkItem, number: Option<u32>, message: String) {
        self.streak.1 = 0;
        self.complete_item(
            item,
            number,
            OutcomeStatus::Ok,
            &Reason { code: String::new(), message },
        );
    }

    /// These rows of a work item get this outcome.
    pub(super) fn complete_rows(
        &mut self,
        item: &WorkItem,
        rows: &[u32],
        number: Option<u32>,
        status: OutcomeStatus,
        note: &Reason,
    ) {
        let now = clock::now();
        let mut is_made = item.made;
        for row in rows {
            let mut note = note.clone();
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
                // Of the rows that create one and the same user, one has done so.
                let creates = effect.creates();
                effect = if is_made { effect.behind_its_creation() } else { effect };
                is_made |= creates;
                effect = effect.without_moves_of(item.halfway.done_before);
                note.remark(so_before(item.halfway.done_before));
                note.remark(&expected.remark);
            }
            let outcome = Outcome {
                status,
                note,
                effect,
                attempts: item.sent,
                request: number,
                finished_at: Some(now),
            };
            self.complete_row(*row, outcome);
        }
    }

    /// All rows of a work item that have no outcome yet get this one.
    pub(super) fn complete_item(
        &mut self,
        mut item: WorkItem,
        number: Option<u32>,
        status: OutcomeStatus,
        note: &Reason,
    ) {
        self.end_questions(item.end);
        let open: Vec<u32> =
            item.rows.iter().copied().filter(|row| !self.outcomes.is_completed(*row)).collect();
        self.complete_rows(&item, &open, number, status, note);
        match status {
            OutcomeStatus::Ok => item.made = self.plan.makes(&item.rows, item.made),
            OutcomeStatus::Failed => {
                for row in open {
                    if let Err(error) = self.note_failed_rename(row, &note.code, item.halfway.done)
                    {
                        self.stop_run(error.to_string());
                    }
                }
            }
            _ => {}
        }
        let rows = item.rows.clone();
        if let Err(error) = self.note_freed_names(&mut item, &rows) {
            self.stop_run(error.to_string());
        }
        self.release(item);
    }

    /// The work item is completed: what waits for it may go, once no late effect of an earlier
    /// sending can meet it.
    fn release(&mut self, item: WorkItem) {
        let Some(left) = self.late_for(&item).filter(|_| self.schedule.is_waited_for(&item)) else {
            return self.release_now(item);
        };
        let rows = item.rows.clone();
        if let Ok(until) = clock::now().checked_add(left) {
            self.write(move |journal| journal.late(&rows, until));
        }
        self.held += 1;
        self.wait_for_late_effect(left);
        self.in_flight_tasks.spawn(async move {
            tokio::time::sleep(left).await;
            Completion::Released(item)
        });
    }

    pub(super) fn release_now(&mut self, item: WorkItem) {
        self.schedule.complete_rows(&item, &item.rows);
        self.schedule.finish(item);
    }

    /// Writes down how far a refused row has come before a probe asks whether an earlier sending
    /// was carried out: after a kill, the next process asks, too.
    fn keep_uncertain(&mut self, prepared: &mut ReadyCommand, refusal: &StepRefusal) {
        prepared.item.uncertain = true;
        if carried_out(&prepared.command.steps, refusal)
            .iter()
            .any(|traced_step| creates(&traced_step.step))
        {
            self.create_is_done(prepared);
        } else {
            self.write_progress(&prepared.item);
        }
    }
}

/// The rows whose removal from the organization a command carries out; `None` where there is none.
pub(super) fn leavers(command: &PlannedCommand) -> Option<&[u32]> {
    command
        .steps
        .iter()
        .find(|traced_step| matches!(traced_step.step, WireStep::RemoveFromOrg { .. }))
        .map(|traced_step| traced_step.rows.as_slice())
}

/// Does a row do nothing but take memberships or the place in the organization away, from one
/// person? Then nothing is left to do where that person is not there. A username without its domain
/// is known to nobody: it proves nothing.
pub(super) fn only_takes_away(
    ReadyCommand { item, command, parts, more_steps, .. }: &ReadyCommand,
) -> bool {
    let takes = |step: &WireStep| match (&command.root, step) {
        (Root::User { .. }, WireStep::Remove(_) | WireStep::RemoveFromOrg { .. }) => true,
        (Root::Group { .. }, WireStep::Remove(Removal::Members(members))) => {
            members.user.len() == 1 && members.product_configuration.is_empty()
        }
        _ => false,
    };
    let is_of_one = match &command.root {
        Root::User { user, domain, .. } => user.contains('@') || domain.is_some(),
        Root::Group { .. } => command.steps.len() == 1 && user_of(command).contains('@'),
    };
    is_of_one
        && *parts == 1
        && *more_steps == 0
        && item.halfway.done == RowEffect::NONE
        && command.steps.iter().all(|traced_step| takes(&traced_step.step))
}

/// What a removal comes to of which it was known before that nobody active goes by that name.
const NO_ACTIVE_USER: &str = "before the row was sent, there was no active user";

/// Does a row take something away from a name that nobody active went by before?
fn is_about_nobody(prepared: &ReadyCommand) -> bool {
    prepared.item.identity.as_deref() == Some(NOBODY) && only_takes_away(prepared)
}

/// The person whom a command is about, or takes out of a group.
pub(super) fn user_of(command: &PlannedCommand) -> &str {
    match &command.root {
        Root::User { user, .. } => user,
        Root::Group { usergroup } => {
            let members = command.steps.iter().find_map(|traced_step| match &traced_step.step {
                WireStep::Remove(Removal::Members(members)) => members.user.first(),
                _ => None,
            });
            members.unwrap_or(usergroup)
        }
    }
}

/// Why a row fails, and what is done of it all the same.
fn note_of(prepared: &ReadyCommand, code: String, message: String, mode: Mode) -> Reason {
    let mut note = Reason { code, message };
    note.remark(&already_done(&prepared.done, mode));
    note.remark(now_exists(prepared.item.halfway.done, mode));
    note
}

fn step_message(command: &PlannedCommand, step: usize, message: &str) -> String {
    match command.steps.get(step) {
        Some(traced_step) => {
            format!("step {} ({}): {message}", step + 1, describe(&traced_step.step))
        }
        None => message.to_owned(),
    }
}

fn creates(step: &WireStep) -> bool {
    matches!(
        step,
        WireStep::AddAdobeId(_)
            | WireStep::CreateEnterpriseId(_)
            | WireStep::CreateFederatedId(_)
            | WireStep::CreateUserGroup(_)
    )
}

fn is_list(step: &WireStep) -> bool {
    matches!(step, WireStep::Add(_) | WireStep::Remove(Removal::Members(_)))
}
