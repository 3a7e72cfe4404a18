//! Decides what to do after a response to a command. Pure: the executor applies the decision.

use super::command_facts::{
    creates, goes_one_by_one, only_changes_a_user, only_takes_away, refused_users,
};
use super::command_result::{CommandResult, Mode, RefusedFor, StepRefusal, apart};
use super::completion::{Otherwise, PendingProbe};
use super::effect::{
    EarlierSteps, before_the_failing_step, carried_out, creates_user, expected_of, now_exists,
    of_steps,
};
use super::outcomes::Reason;
use super::policy::Policy;
use super::probe::ProbeResult;
use super::reasons::{
    NO_ANSWER, changed_since, never_reached, not_done, reason_of, refusal_reason, renamed_since,
    unanswered,
};
use super::request::ReadyCommand;
use crate::change::RowEffect;
use crate::number::count;
use crate::plan::NamesSince;
use crate::umapi::ApiError;
use crate::umapi::retry::{about_a_group, unknown_user};
use crate::umapi::wire::{MAX_COMMANDS, Root};

/// The most probes of one command without a response that can be understood.
const MOST_PROBES: u32 = 3;

/// A response to one command.
#[derive(Debug)]
pub(super) enum CommandResponse {
    /// The part of the API's response that is about this command.
    Result(CommandResult, Company),
    /// The command is refused, alone or with its whole request.
    Refused(StepRefusal, RefusedFor),
    /// No proper response came.
    Silence(Silence, Company),
    /// A probe for the result of the command has ended.
    Probed(PendingProbe, Result<ProbeResult, ApiError>, ProbeMoment),
}

/// Whether other commands shared the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    Together,
}

impl Company {
    /// For a request with this number of commands.
    pub(super) fn of(commands: usize) -> Self {
        if commands == 1 { Self::Alone } else { Self::Together }
    }
}

/// A request without a proper response.
#[derive(Debug, Clone)]
pub(super) struct Silence {
    /// What came in place of a response, in words.
    pub(super) cause: String,
    pub(super) reach: Reach,
    /// The number of attempts that are worth making.
    pub(super) patience: u32,
    /// The number of requests without a response since the last one with a response.
    pub(super) in_a_row: u32,
    /// Whether so many rows sent alone got no response that it counts as an outage, although other
    /// requests get responses.
    pub(super) is_partial_outage: bool,
    /// The rows of the run without an outcome.
    pub(super) rows_left: u64,
}

/// How far a request without a response got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It never reached the server.
    Nowhere,
    /// The server may have carried it out, or may carry it out later.
    Perhaps,
}

/// When the response to a probe came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbeMoment {
    /// While the service may still carry out an earlier request.
    WithinWindow,
    /// In the same time, while the run is being stopped.
    WithinWindowStopping,
    /// After the last time at which the service may carry out a request.
    AfterWindow,
    /// After the same time, while the run is being stopped.
    AfterWindowStopping,
}

/// What to do with a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// What is known about the command now. It is applied first, in this order.
    pub(super) learned: Vec<Learned>,
    pub(super) then: Then,
}

/// A fact about a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Learned {
    /// The service may have carried it out, or may do so later; the reason.
    Uncertain(String),
    /// An earlier request with it may have been carried out, and the result is still unknown.
    StillUncertain,
    /// It was not carried out, and will not be.
    NotDone,
    /// A probe after it was sent has shown that its effect did not hold yet.
    SeenAbsent,
    /// Its create step was carried out, and is not sent again.
    CreateIsDone,
    /// This part was carried out, although the row is not completed.
    Done(RowEffect),
    /// What the refusal shows about groups.
    Groups(StepRefusal),
    /// The server has refused its first step, because no user has this name.
    NobodyHasThisName,
    /// The progress of the command is to be recorded.
    Progress,
}

/// What to do with a command after that.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It was carried out; the server's remarks.
    Finish(String),
    /// A probe has shown that it was carried out; why a probe was needed.
    FinishAsSeen(String),
    /// The user or group to create exists: send the remaining steps.
    SendTheRest,
    /// The command has created the user or group, and nothing else: send the remaining steps.
    GoOnAsCreated,
    /// The effect of this step holds already: send the remaining steps.
    SkipStep(usize),
    /// Probe the members of a group, because its step has changed nobody.
    AskMembers(StepRefusal),
    /// Send it again.
    SendAgain(Turn),
    /// Probe for the result.
    Probe(PendingProbe),
    /// Send its rows again, separated from each other.
    Split(Vec<Vec<u32>>),
    /// Make each group in its lists a step of its own, without the refused one.
    SendOneByOne(StepRefusal),
    /// Send a group's row without the users whom the server refuses by name.
    SendWithoutUsers(StepRefusal),
    /// Only this command gets no response: other requests show whether it is the cause.
    Suspect(Reason, String),
    /// It removes something from a user who does not exist; the evidence for that.
    NotThere(String),
    Fail(Reason),
    /// The result cannot be found out.
    GiveUp(Reason),
    /// Send nothing more; the reason.
    StopRun(String),
    /// Leave it without an outcome, because the run is being stopped: the process that continues
    /// the run finds the result.
    LeaveOpen,
}

/// When a command is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// After a wait.
    AfterWait,
    /// Alone, as soon as there is room.
    Alone,
    /// In its turn.
    AtOnce,
}

impl Then {
    fn at_once(self) -> Decision {
        Decision { learned: Vec::new(), then: self }
    }

    /// Describes the decision, for the log.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Finish(_) => "it is done",
            Self::FinishAsSeen(_) => "a probe shows that it is done",
            Self::SendTheRest => "it exists already: the rest is sent",
            Self::GoOnAsCreated => "it is created: the rest is sent",
            Self::SkipStep(_) => "a step holds already: the rest is sent",
            Self::AskMembers(_) => "a step has changed nobody: the members are asked about",
            Self::SendAgain(Turn::AfterWait) => "it is sent again after a wait",
            Self::SendAgain(Turn::Alone) => "it is sent again alone",
            Self::SendAgain(Turn::AtOnce) => "it is sent again at once",
            Self::Probe(_) => "a probe finds out what it has done",
            Self::Split(_) => "its rows are sent again apart",
            Self::SendOneByOne(_) => "its groups are sent again one by one",
            Self::SendWithoutUsers(_) => "the rest is sent without the refused users",
            Self::Suspect(..) => "other requests show whether it is the cause",
            Self::NotThere(_) => "there is no such user",
            Self::Fail(_) => "it fails",
            Self::GiveUp(_) => "it stays unknown what it has done",
            Self::StopRun(_) => "the run stops",
            Self::LeaveOpen => "the process that continues the run finds out",
        }
    }

    fn after(self, learned: Vec<Learned>) -> Decision {
        Decision { learned, then: self }
    }
}

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
    let mode = Mode::of(policy);
    let mut done = item.halfway.done;
    if earlier == EarlierEffect::Uncertain {
        // After a kill, the next process probes as well.
        learned.push(Learned::StillUncertain);
        learned.push(if is_created(prepared, &refusal) {
            Learned::CreateIsDone
        } else {
            Learned::Progress
        });
    }
    let mut reason = refusal_reason(prepared, &refusal, whose, mode);
    match before_the_failing_step(&command.steps, &refusal, expected_of(item)) {
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

/// Whether the result of a probe proves that something was done, after what other imports have done
/// to the names of the command since it was sent. Results that prove no effect are not judged.
fn is_proof(prepared: &ReadyCommand, result: &ProbeResult) -> bool {
    let ReadyCommand { item, probe, .. } = prepared;
    let tells_effect = match result {
        ProbeResult::Done | ProbeResult::NobodyLeft(_) | ProbeResult::OnlyCreated => true,
        ProbeResult::NobodyThere => only_takes_away(prepared),
        ProbeResult::NotDone | ProbeResult::OnlyThere | ProbeResult::Unclear(_) => false,
    };
    !tells_effect || probe.is_proven_by(result, item.names_since, item.identity.as_deref())
}

/// Decides about a command after a probe that shows what may have another cause: another import.
fn after_no_proof(prepared: &ReadyCommand, question: PendingProbe, moment: ProbeMoment) -> Then {
    match moment {
        ProbeMoment::WithinWindow => Then::Probe(question),
        ProbeMoment::WithinWindowStopping => Then::LeaveOpen,
        ProbeMoment::AfterWindow | ProbeMoment::AfterWindowStopping => {
            Then::GiveUp(renamed_since(prepared, &question.why))
        }
    }
}

/// Decides about a command after a probe, which may have shown the result or failed.
fn after_probe(
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
            let message = not_done(&question.why, item.attempts);
            (Vec::new(), Then::Fail(Reason { code: NO_ANSWER.to_owned(), message }))
        }
    }
}

#[cfg(test)]
mod tests;
