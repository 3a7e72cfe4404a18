//! Decides what to do after a probe for the result of a command. Pure.

use super::decision::{Decision, Learned, ProbeMoment, Then, Turn};
use crate::execute::command_facts::only_takes_away;
use crate::execute::command_result::Mode;
use crate::execute::completion::{Otherwise, PendingProbe};
use crate::execute::effect::{expected_of, now_exists, of_steps};
use crate::execute::outcomes::Reason;
use crate::execute::policy::Policy;
use crate::execute::probe::ProbeResult;
use crate::execute::reasons::{NO_ANSWER, changed_since, not_done, renamed_since};
use crate::execute::request::ReadyCommand;
use crate::plan::NamesSince;
use crate::umapi::ApiError;
use crate::umapi::wire::Root;

/// The most probes of one command without a response that can be understood.
pub(super) const MOST_PROBES: u32 = 3;

/// Whether the result of a probe proves that something was done, after what other imports have done
/// to the names of the command since it was sent. Results that prove no effect are not judged.
pub(super) fn is_proof(prepared: &ReadyCommand, result: &ProbeResult) -> bool {
    let ReadyCommand { item, probe, .. } = prepared;
    let tells_effect = match result {
        ProbeResult::Done | ProbeResult::NobodyLeft(_) | ProbeResult::OnlyCreated => true,
        ProbeResult::NobodyThere => only_takes_away(prepared),
        ProbeResult::NotDone | ProbeResult::OnlyThere | ProbeResult::Unclear(_) => false,
    };
    !tells_effect || probe.is_proven_by(result, item.names_since, item.identity.as_deref())
}

/// Decides about a command after a probe that shows what may have another cause: another import.
pub(super) fn after_no_proof(
    prepared: &ReadyCommand,
    question: PendingProbe,
    moment: ProbeMoment,
) -> Then {
    match moment {
        ProbeMoment::WithinWindow => Then::Probe(question),
        ProbeMoment::WithinWindowStopping => Then::LeaveOpen,
        ProbeMoment::AfterWindow | ProbeMoment::AfterWindowStopping => {
            Then::GiveUp(renamed_since(prepared, &question.why))
        }
    }
}

/// Decides about a command after a probe, which may have shown the result or failed.
pub(super) fn after_probe(
    prepared: &ReadyCommand,
    question: PendingProbe,
    result: Result<ProbeResult, ApiError>,
    moment: ProbeMoment,
    policy: &Policy,
) -> Decision {
    use ProbeResult::{Done, NobodyLeft, NobodyThere, NotDone, OnlyCreated, OnlyThere, Unclear};
    let is_late = matches!(moment, ProbeMoment::WithinWindow | ProbeMoment::WithinWindowStopping);
    let is_stopping =
        matches!(moment, ProbeMoment::WithinWindowStopping | ProbeMoment::AfterWindowStopping);
    match result {
        Ok(NobodyLeft(_)) if only_takes_away(prepared) => nobody_there(&question).at_once(),
        Ok(Done | NobodyLeft(_)) => Then::FinishAsSeen(question.why).at_once(),
        // While the service may still carry out the command, that proves nothing.
        Ok(result @ (NotDone | NobodyThere | OnlyThere | OnlyCreated)) if is_late => {
            let is_absent = result != OnlyCreated;
            let learned = is_absent.then_some(Learned::SeenAbsent).into_iter().collect();
            let then = if is_stopping { Then::LeaveOpen } else { Then::Probe(question) };
            then.after(learned)
        }
        Ok(NobodyThere) if only_takes_away(prepared) => {
            nobody_there(&question).after(vec![Learned::NobodyHasThisName])
        }
        // What was done may have been undone since, so that this proves nothing either.
        Ok(NotDone | NobodyThere | OnlyThere | OnlyCreated)
            if question.otherwise == Otherwise::LeaveUnknown =>
        {
            Then::GiveUp(left_unknown(prepared, &question.why)).at_once()
        }
        Ok(OnlyCreated) => Then::GoOnAsCreated.at_once(),
        Ok(OnlyThere) if Mode::of(policy) == Mode::Real => {
            after_creation_alone(prepared, question, policy)
        }
        // In test mode nothing was created.
        Ok(result @ (NotDone | NobodyThere | OnlyThere)) => {
            let mut learned = vec![Learned::SeenAbsent, Learned::NotDone];
            let (more, then) = when_not_done(prepared, question, policy);
            learned.extend(more);
            let is_the_end = result == NobodyThere && matches!(then, Then::Fail(_));
            learned.extend(is_the_end.then_some(Learned::NobodyHasThisName));
            then.after(learned)
        }
        Ok(Unclear(what)) => {
            let message = format!("no clear response ({}); {what}", question.why);
            Then::GiveUp(Reason { code: "unknown.no_answer".to_owned(), message }).at_once()
        }
        Err(_) if is_stopping => Then::LeaveOpen.at_once(),
        Err(ApiError::Credentials(message)) => {
            Then::StopRun(format!("the server refuses this run: {message}")).at_once()
        }
        // Another probe may get a response. The last one is sent when the service can carry out
        // nothing any more.
        Err(_) if prepared.item.probes < MOST_PROBES || is_late => Then::Probe(question).at_once(),
        Err(error) => {
            if let Otherwise::FailAnyway(reason) = question.otherwise {
                return Then::Fail(reason).after(vec![Learned::NotDone]);
            }
            let what = match prepared.command.root {
                Root::User { .. } => "user",
                Root::Group { .. } => "group",
            };
            let message = format!(
                "no clear response ({}), and the probe failed ({error}): check the {what} in the \
                 Admin Console",
                question.why
            );
            Then::GiveUp(Reason { code: "unknown.no_answer".to_owned(), message }).at_once()
        }
    }
}

/// Decides about a command that created a user or group and did nothing else of what it asks for.
fn after_creation_alone(
    prepared: &ReadyCommand,
    question: PendingProbe,
    policy: &Policy,
) -> Decision {
    let creation = of_steps(&prepared.command.steps[..1], expected_of(&prepared.item));
    let mut learned = vec![Learned::SeenAbsent, Learned::Done(creation), Learned::NotDone];
    let question = match question.otherwise {
        Otherwise::Fail(mut reason) => {
            reason.remark(now_exists(creation, Mode::Real));
            PendingProbe { otherwise: Otherwise::Fail(reason), ..question }
        }
        Otherwise::SendAgain | Otherwise::LeaveUnknown | Otherwise::FailAnyway(_) => question,
    };
    let (more, then) = when_not_done(prepared, question, policy);
    learned.extend(more);
    then.after(learned)
}

/// Decides about a command that removes something from a user who does not exist.
fn nobody_there(PendingProbe { why, .. }: &PendingProbe) -> Then {
    Then::NotThere(format!(
        "no clear response ({why}), and a probe shows that the server has no user"
    ))
}

/// Returns the reason of a command without a clear response that is not sent again because of what
/// another import has done, or may have.
fn left_unknown(prepared: &ReadyCommand, why: &str) -> Reason {
    match prepared.item.names_since {
        NamesSince::Kept => changed_since(why),
        NamesSince::Changed | NamesSince::Given => renamed_since(prepared, why),
    }
}

/// Decides about a command that was not carried out, and will not be.
fn when_not_done(
    prepared: &ReadyCommand,
    question: PendingProbe,
    policy: &Policy,
) -> (Vec<Learned>, Then) {
    let item = &prepared.item;
    let may_go_again =
        question.otherwise == Otherwise::SendAgain && item.attempts < policy.max_attempts;
    if !may_go_again && item.rows.len() > 1 {
        // One of these rows may hide from the probe that the others were carried out.
        return (Vec::new(), Then::Split(item.rows.iter().map(|row| vec![*row]).collect()));
    }
    match question.otherwise {
        Otherwise::Fail(reason) | Otherwise::FailAnyway(reason) => (Vec::new(), Then::Fail(reason)),
        Otherwise::SendAgain if may_go_again => {
            (vec![Learned::Progress], Then::SendAgain(Turn::AtOnce))
        }
        Otherwise::LeaveUnknown => {
            (Vec::new(), Then::GiveUp(left_unknown(prepared, &question.why)))
        }
        Otherwise::SendAgain => {
            let message = not_done(&prepared.command, &question.why, item.attempts);
            (Vec::new(), Then::Fail(Reason { code: NO_ANSWER.to_owned(), message }))
        }
    }
}
