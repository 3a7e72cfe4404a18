//! Decides what to do after a response to a command. Pure: the executor applies the decision.

mod decision;
mod members;
mod probed;

pub(super) use decision::{
    CommandResponse, Company, Decision, Learned, ProbeMoment, Reach, Silence, Then, Turn,
};
pub(super) use members::{MembersFacts, MembersNext, after_members};

use super::command_facts::{
    creates, goes_one_by_one, only_changes_a_user, only_takes_away, refused_users,
};
use super::command_result::{CommandResult, Mode, RefusedFor, StepRefusal, apart};
use super::completion::{Otherwise, PendingProbe};
use super::effect::{
    EarlierSteps, before_the_failing_step, carried_out, creates_user, expected_of, now_exists,
};
use super::narrow_rows::is_wide;
use super::policy::Policy;
use super::reasons::{NO_ANSWER, never_reached, reason_of, refusal_reason, unanswered};
use super::request::ReadyCommand;
use crate::number::count;
use crate::umapi::retry::{about_a_group, list_too_long, unknown_user};
use crate::umapi::wire::MAX_COMMANDS;
use probed::{after_no_proof, after_probe, is_proof};

/// Returns what to do with a command after this response.
pub(super) fn decide(
    prepared: &ReadyCommand,
    response: CommandResponse,
    policy: &Policy,
) -> Decision {
    match response {
        CommandResponse::Result(result, company) => after_result(prepared, result, company, policy),
        CommandResponse::Refused(refusal, whose) => {
            let earlier = EarlierEffect::of(prepared);
            let (learned, then) = after_refusal(prepared, refusal, whose, earlier, policy);
            then.after(learned)
        }
        CommandResponse::Silence(silence, company) => {
            after_silence(prepared, silence, company, policy)
        }
        CommandResponse::Probed(question, Ok(result), moment) if !is_proof(prepared, &result) => {
            after_no_proof(prepared, question, moment).at_once()
        }
        CommandResponse::Probed(question, result, moment) => {
            after_probe(prepared, question, result, moment, policy)
        }
    }
}

fn after_result(
    prepared: &ReadyCommand,
    result: CommandResult,
    company: Company,
    policy: &Policy,
) -> Decision {
    let may_go_again = prepared.item.attempts < policy.max_attempts;
    match result {
        CommandResult::Done { remarks } => Then::Finish(remarks).at_once(),
        CommandResult::AlreadyExists => Then::SendTheRest.at_once(),
        CommandResult::StepAlreadyDone(step) => Then::SkipStep(step).at_once(),
        CommandResult::ChangedNobody(refusal) => Then::AskMembers(refusal).at_once(),
        CommandResult::Refused(refusal) => {
            decide(prepared, CommandResponse::Refused(refusal, RefusedFor::TheRow), policy)
        }
        CommandResult::Transient(refusal) => {
            let why = refusal.words();
            // Some of these codes say that nothing was done, but Adobe documents neither that nor
            // that nothing will be done later.
            let mut learned = vec![Learned::Uncertain(why.clone())];
            let is_created = prepared.item.rows.len() == 1 && is_created(prepared, &refusal);
            learned.extend(is_created.then_some(Learned::CreateIsDone));
            if !may_go_again {
                let whose = RefusedFor::TheServer;
                let (more, then) =
                    after_refusal(prepared, refusal, whose, EarlierEffect::Uncertain, policy);
                learned.extend(more);
                return then.after(learned);
            }
            // The steps after a create step can be repeated without harm.
            let then = if is_created {
                Then::SendAgain(Turn::AfterWait)
            } else {
                repeat(prepared, why, EarlierEffect::Uncertain, Turn::AfterWait)
            };
            then.after(learned)
        }
        CommandResult::Disputed(refusal) => {
            let mut learned = vec![Learned::Uncertain(refusal.words())];
            let (more, then) = after_refusal(
                prepared,
                refusal,
                RefusedFor::NoPlace,
                EarlierEffect::Uncertain,
                policy,
            );
            learned.extend(more);
            then.after(learned)
        }
        CommandResult::Ambiguous => {
            let why = "the response contradicts itself".to_owned();
            let learned = vec![Learned::Uncertain(why.clone())];
            if !may_go_again {
                let reason = unanswered(prepared, &why, Mode::of(policy));
                return ask(why, Otherwise::Fail(reason)).after(learned);
            }
            let turn = match company {
                Company::Alone => Turn::AfterWait,
                Company::Together => Turn::Alone,
            };
            repeat(prepared, why, EarlierEffect::Uncertain, turn).after(learned)
        }
    }
}

/// Whether an earlier request with a command may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EarlierEffect {
    Certain,
    Uncertain,
}

impl EarlierEffect {
    /// Returns the earlier over all requests with a command.
    fn of(prepared: &ReadyCommand) -> Self {
        if prepared.item.was_uncertain { Self::Uncertain } else { Self::Certain }
    }
}

/// Sends the command again. If that might do harm, a probe is sent first.
fn repeat(prepared: &ReadyCommand, why: String, earlier: EarlierEffect, turn: Turn) -> Then {
    if earlier == EarlierEffect::Uncertain && prepared.probe.comes_before_a_repeat() {
        ask(why, Otherwise::SendAgain)
    } else {
        Then::SendAgain(turn)
    }
}

fn ask(why: String, otherwise: Otherwise) -> Then {
    Then::Probe(PendingProbe { why, otherwise })
}

/// Whether the refusal shows that an earlier request carried out the create step.
fn is_created(prepared: &ReadyCommand, refusal: &StepRefusal) -> bool {
    carried_out(&prepared.command.steps, refusal)
        .iter()
        .any(|traced_step| creates(&traced_step.step))
}

/// Decides about a refused command. A row alone fails, unless an earlier request was carried out.
/// Rows that share the command are sent again separately.
fn after_refusal(
    prepared: &ReadyCommand,
    refusal: StepRefusal,
    whose: RefusedFor,
    earlier: EarlierEffect,
    policy: &Policy,
) -> (Vec<Learned>, Then) {
    let ReadyCommand { item, command, .. } = prepared;
    let mut learned = Vec::new();
    if list_too_long(&refusal.code) && is_wide(command) {
        // Too long a list is found when the command is checked: nothing of it was carried out.
        return (vec![Learned::GroupsAreNarrow], Then::SendAgain(Turn::AtOnce));
    }
    if whose == RefusedFor::TheRow {
        learned.push(Learned::Groups(refusal.clone()));
    }
    if item.rows.len() > 1 {
        let failing =
            refusal.step.map_or(item.rows.as_slice(), |step| command.steps[step].rows.as_slice());
        return (learned, Then::Split(apart(&item.rows, failing)));
    }
    // A refused group does not keep the user's other groups from being added.
    if whose != RefusedFor::TheServer
        && about_a_group(&refusal.code)
        && goes_one_by_one(prepared, &refusal)
    {
        return (learned, Then::SendOneByOne(refusal));
    }
    // Nor does a refused user keep the other users of a group's row from being added or removed.
    if whose != RefusedFor::TheServer
        && !about_a_group(&refusal.code)
        && !refused_users(prepared, &refusal).is_empty()
    {
        return (learned, Then::SendWithoutUsers(refusal));
    }
    let (more, then) = after_refusal_of_a_row(prepared, &refusal, whose, earlier, policy);
    learned.extend(more);
    (learned, then)
}

/// Decides about a refused command of one row, of which nothing else can be sent.
fn after_refusal_of_a_row(
    prepared: &ReadyCommand,
    refusal: &StepRefusal,
    whose: RefusedFor,
    earlier: EarlierEffect,
    policy: &Policy,
) -> (Vec<Learned>, Then) {
    let ReadyCommand { item, command, .. } = prepared;
    let (mut learned, mode) = (Vec::new(), Mode::of(policy));
    let mut done = item.halfway.done;
    if earlier == EarlierEffect::Uncertain {
        // After a kill, the next process probes as well.
        learned.push(Learned::StillUncertain);
        learned.push(if is_created(prepared, refusal) {
            Learned::CreateIsDone
        } else {
            Learned::Progress
        });
    }
    let mut reason = refusal_reason(prepared, refusal, whose, mode);
    match before_the_failing_step(&command.steps, refusal, expected_of(item)) {
        EarlierSteps::Done(before) => {
            learned.push(Learned::Done(before));
            done = done.and(before);
        }
        // If a probe follows, it shows whether the user was created.
        EarlierSteps::Unknown
            if creates_user(&command.steps)
                && mode == Mode::Real
                && earlier == EarlierEffect::Certain =>
        {
            reason.remark(
                "the server does not say whether the user was created before that: check the \
                 user in the Admin Console",
            );
        }
        EarlierSteps::Nothing
            if earlier == EarlierEffect::Certain && item.is_all_that_was_sent() =>
        {
            learned.push(Learned::DidNothing);
        }
        EarlierSteps::Unknown | EarlierSteps::Nothing => {}
    }
    reason.remark(now_exists(done, mode));
    let is_first_step = refusal.step.is_none_or(|step| step == 0);
    let is_of_nobody = unknown_user(&refusal.code) && is_first_step;
    if earlier == EarlierEffect::Uncertain {
        let is_its_own = whose == RefusedFor::TheRow;
        let otherwise = match is_its_own && is_of_nobody && only_changes_a_user(prepared) {
            true => Otherwise::FailAnyway(reason),
            false => Otherwise::Fail(reason),
        };
        return (learned, ask(refusal.words(), otherwise));
    }
    learned.extend(is_of_nobody.then_some(Learned::NobodyHasThisName));
    if is_of_nobody && only_takes_away(prepared) {
        let words = format!("{}: the server does not know", refusal.code);
        return (learned, Then::NotThere(words));
    }
    (learned, Then::Fail(reason))
}

/// Decides about a command without a response. A harmless command is sent again after a wait. For
/// others, a probe is sent first.
fn after_silence(
    prepared: &ReadyCommand,
    silence: Silence,
    company: Company,
    policy: &Policy,
) -> Decision {
    let Silence { cause, reach, patience, in_a_row, is_partial_outage, rows_left } = silence;
    let mode = Mode::of(policy);
    let attempts = prepared.item.attempts;
    let (learned, earlier) = match reach {
        Reach::Perhaps => (vec![Learned::Uncertain(cause.clone())], EarlierEffect::Uncertain),
        Reach::Nowhere if prepared.item.uncertain => (Vec::new(), EarlierEffect::Uncertain),
        Reach::Nowhere => (Vec::new(), EarlierEffect::Certain),
    };
    let nobody_answers = is_partial_outage || in_a_row >= patience;
    // No other request of the file can show whether the server responds.
    let is_last = company == Company::Alone && rows_left <= MAX_COMMANDS as u64;
    let then = if attempts < patience {
        repeat(prepared, cause, earlier, Turn::AfterWait)
    } else if nobody_answers && is_last && earlier == EarlierEffect::Uncertain {
        Then::Suspect(unanswered(prepared, &cause, mode), cause)
    } else if nobody_answers {
        let attempts = count(patience.into(), "attempt");
        Then::StopRun(format!("the server gives no usable response ({cause}), after {attempts}"))
    } else if company == Company::Together {
        // Other requests get responses, so one of these commands may be the cause.
        Then::SendAgain(Turn::Alone)
    } else if earlier == EarlierEffect::Uncertain {
        let reason = unanswered(prepared, &cause, mode);
        ask(cause, Otherwise::Fail(reason))
    } else {
        let message = never_reached(&cause, attempts);
        Then::Fail(reason_of(prepared, NO_ANSWER.to_owned(), message, mode))
    };
    then.after(learned)
}

#[cfg(test)]
mod tests;
