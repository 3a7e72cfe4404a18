//! Refusals: a row alone fails, rows together go again apart.

use super::{RefusedFor, creates, is_list, only_takes_away, step_message};
use crate::execute::command_result::{Mode, StepRefusal, apart};
use crate::execute::completion::{Otherwise, PendingProbe};
use crate::execute::effect::{
    EarlierSteps, already_done, before_the_failing_step, carried_out, creates_user, expected_of,
    now_exists, of_steps,
};
use crate::execute::executor::Executor;
use crate::execute::outcomes::{OutcomeStatus, Reason};
use crate::execute::policy::MaxErrors;
use crate::execute::reporter::Reporter;
use crate::execute::request::{ReadyCommand, one_by_one};
use crate::number::{count, form};
use crate::plan::{Halfway, WorkItem, describe};
use crate::umapi::retry::{about_a_group, unknown_user};
use crate::umapi::wire::Root;

/// Why a row alone is refused: which step, in whose words, and what was done all the same.
fn refusal_note(
    prepared: &ReadyCommand,
    refusal: &StepRefusal,
    whose: RefusedFor,
    mode: Mode,
) -> Reason {
    let mut message = match refusal.step {
        Some(step) => step_message(&prepared.command, step, &refusal.message),
        None => refusal.message.clone(),
    };
    if whose == RefusedFor::TheServer {
        let attempts = count(prepared.item.attempts.into(), "attempt");
        let cause = if refusal.code.starts_with("error.internal.") {
            ". Directories that are synchronized from elsewhere refuse changes this way"
        } else {
            ""
        };
        message = format!("{message} (the server failed at each of {attempts}{cause})");
    }
    let mut note = Reason { code: refusal.code.clone(), message };
    note.remark(&already_done(&prepared.done, mode));
    note
}

impl<W: Reporter> Executor<'_, W> {
    /// The server refused a command: a row alone has failed, rows together go again apart.
    pub(super) fn refused(
        &mut self,
        number: u32,
        mut prepared: ReadyCommand,
        refusal: &StepRefusal,
        whose: RefusedFor,
    ) {
        if whose == RefusedFor::TheRow {
            self.know_groups_by_refusal(&prepared, refusal);
        }
        if prepared.item.rows.len() > 1 {
            let all = prepared.item.rows.clone();
            let failing = refusal
                .step
                .map_or(all.as_slice(), |step| prepared.command.steps[step].rows.as_slice());
            let groups = apart(&all, failing);
            self.schedule.split(prepared.item, groups);
            return;
        }
        if whose != RefusedFor::TheServer
            && about_a_group(&refusal.code)
            && self.refused_one_by_one(&mut prepared, refusal)
        {
            self.write_progress(&prepared.item);
            return self.schedule.put_back(prepared.item);
        }
        if prepared.item.was_uncertain {
            self.keep_uncertain(&mut prepared, refusal);
        }
        let mode = Mode::of(&self.policy);
        let mut note = refusal_note(&prepared, refusal, whose, mode);
        // Where a probe follows, it shows whether the user was created.
        match before_the_failing_step(&prepared.command.steps, refusal, expected_of(&prepared.item))
        {
            EarlierSteps::Done(done) => {
                prepared.item.halfway.done = prepared.item.halfway.done.and(done);
            }
            EarlierSteps::Unknown
                if creates_user(&prepared.command.steps)
                    && mode == Mode::Real
                    && !prepared.item.was_uncertain =>
            {
                note.remark(
                    "the server does not say whether the user was created before that: \
                     check the user in the Admin Console",
                );
            }
            EarlierSteps::Unknown | EarlierSteps::Nothing => {}
        }
        note.remark(now_exists(prepared.item.halfway.done, mode));
        // A command of which an earlier sending got no proper answer may have been carried out
        // then.
        if prepared.item.was_uncertain {
            let why = format!("{}: {}", refusal.code, refusal.message);
            self.probe(prepared, PendingProbe { why, otherwise: Otherwise::Fail(note) });
            return;
        }
        if unknown_user(&refusal.code)
            && refusal.step.is_none_or(|step| step == 0)
            && only_takes_away(&prepared)
        {
            let words = format!("{}: the server does not know", refusal.code);
            return self.not_there(prepared, Some(number), &words, "");
        }
        self.fail(prepared.item, Some(number), &note);
    }

    /// A group that is refused does not take a row's other groups with it: each goes as a step of
    /// its own, and the one that is refused is left out. `false`: there is nothing else in the row
    /// to be done.
    fn refused_one_by_one(&mut self, prepared: &mut ReadyCommand, refusal: &StepRefusal) -> bool {
        let Some(step) = refusal.step else { return false };
        let command = &prepared.command;
        if !matches!(command.root, Root::User { .. }) || !is_list(&command.steps[step].step) {
            return false;
        }
        let item = &mut prepared.item;
        if item.halfway.one_by_one {
            let expected = expected_of(item);
            let Halfway { achieved, done, refusals, .. } = &mut item.halfway;
            let ran = carried_out(&prepared.command.steps, refusal);
            achieved.extend(ran.iter().map(|traced_step| describe(&traced_step.step)));
            *done = done.and(of_steps(ran, expected));
            refusals.push((
                refusal.code.clone(),
                step_message(&prepared.command, step, &refusal.message),
            ));
            // What ran before it is done, and is not sent again; neither is the step that was
            // refused.
            item.halfway.skip_step(step);
            (0..ran.len()).for_each(|_| item.halfway.skip_step(0));
            item.attempts = 0;
            return true;
        }
        if one_by_one(command.steps[step..].to_vec()).len() == 1 {
            return false;
        }
        // Of what ran before, the create alone is not sent again.
        if carried_out(&command.steps, refusal).iter().any(|traced_step| creates(&traced_step.step))
        {
            self.create_is_done(prepared);
        }
        prepared.item.halfway.take_one_by_one();
        true
    }

    pub(super) fn fail(&mut self, item: WorkItem, number: Option<u32>, note: &Reason) {
        self.complete_item(item, number, OutcomeStatus::Failed, note);
        self.count_error(&note.code);
    }

    /// Stops the run when too many rows are refused.
    fn count_error(&mut self, code: &str) {
        if self.streak.0 == code {
            self.streak.1 += 1;
        } else {
            self.streak = (code.to_owned(), 1);
        }
        // They count since this start.
        let failed = self.outcomes.count(OutcomeStatus::Failed) - self.before.1;
        match self.policy.max_errors {
            MaxErrors::InARow(most) if self.streak.1 >= most => {
                let (code, rows) = &self.streak;
                self.stop_run(format!(
                    "{} in a row {} refused with {code}: something is wrong with the file or the \
                     organization. Fix it, or allow more with --max-errors",
                    count(u64::from(*rows), "row"),
                    form(u64::from(*rows), "was", "were")
                ));
            }
            MaxErrors::Cap(cap) => {
                let judged = OutcomeStatus::ALL
                    .iter()
                    .map(|status| self.outcomes.count(*status))
                    .sum::<u64>()
                    - self.before.0;
                let enough =
                    !matches!(cap, crate::execute::guard::Cap::Percent(_)) || judged >= 100;
                if enough && cap.is_exceeded(failed, judged) {
                    self.stop_run(format!(
                        "{} failed, but --max-errors allows {cap}",
                        count(failed, "row")
                    ));
                }
            }
            MaxErrors::InARow(_) | MaxErrors::Off => {}
        }
    }

    /// One bad command sinks a request: the halves go apart until it stands alone.
    pub(super) fn bisect(
        &mut self,
        number: u32,
        mut items: Vec<ReadyCommand>,
        code: String,
        message: String,
    ) {
        self.no_responses_in_a_row = 0;
        if items.len() > 1 {
            let second = items.split_off(items.len() / 2);
            for half in [items, second] {
                self.fixed.push_back(half.into_iter().map(|prepared| prepared.item).collect());
            }
        } else if let Some(prepared) = items.pop() {
            self.refused(
                number,
                prepared,
                &StepRefusal { step: None, code, message },
                RefusedFor::TheRow,
            );
        }
    }
}
