//! What follows from what came back for a command. Pure: the executor applies it.

use super::command_facts::{creates, goes_one_by_one, only_takes_away};
use super::command_result::{CommandResult, Mode, RefusedFor, StepRefusal, apart};
use super::completion::{Otherwise, PendingProbe};
use super::effect::{
    EarlierSteps, before_the_failing_step, carried_out, creates_user, expected_of, now_exists,
    of_steps,
};
use super::outcomes::Reason;
use super::policy::Policy;
use super::probe::ProbeResult;
use super::reasons::{never_reached, not_done, note_of, refusal_note, unanswered};
use super::request::ReadyCommand;
use crate::change::RowEffect;
use crate::number::count;
use crate::umapi::ApiError;
use crate::umapi::retry::{about_a_group, unknown_user};
use crate::umapi::wire::MAX_COMMANDS;

/// Probes of one command that get no answer which can be understood.
const MOST_PROBES: u32 = 3;

/// What came back for one command.
#[derive(Debug)]
pub(super) enum CommandResponse {
    /// The API's answer, as far as it is about this command.
    Result(CommandResult, Company),
    /// The command is refused, in an answer or together with its whole request.
    Refused(StepRefusal, RefusedFor),
    /// No proper answer came.
    Silence(Silence, Company),
    /// A probe was asked what became of the command.
    Probed(PendingProbe, Result<ProbeResult, ApiError>, ProbeMoment),
}

/// Did other commands share the request?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    Together,
}

impl Company {
    /// Of a command in a request of so many.
    pub(super) fn of(commands: usize) -> Self {
        if commands == 1 { Self::Alone } else { Self::Together }
    }
}

/// A request without a proper answer.
#[derive(Debug, Clone)]
pub(super) struct Silence {
    /// What came instead, in words.
    pub(super) cause: String,
    pub(super) reach: Reach,
    /// Attempts that are worth making.
    pub(super) patience: u32,
    /// Requests without an answer since the last one that got one.
    pub(super) in_a_row: u32,
    /// Rows of the run without an outcome.
    pub(super) rows_left: u64,
}

/// How far a request came that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It never reached the server.
    Nowhere,
    /// It may have been carried out, or may be yet.
    Perhaps,
}

/// When a probe was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbeMoment {
    /// The service may still carry out an earlier sending.
    WithinWindow,
    /// The same, and the run is being stopped.
    WithinWindowStopping,
    /// Nothing can come any more.
    AfterWindow,
    /// The same, and the run is being stopped.
    AfterWindowStopping,
}

/// What is to be done with a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// What is known of it now, in this order, before the rest is done.
    pub(super) learned: Vec<Learned>,
    pub(super) then: Then,
}

/// What is known of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Learned {
    /// The service may have carried it out, or may yet; why.
    Uncertain(String),
    /// An earlier sending may have been carried out, and nobody knows yet.
    StillUncertain,
    /// It was not carried out, and will not be.
    NotDone,
    /// A probe has shown, after it was sent, that what it wants was not so yet.
    SeenAbsent,
    /// Its create step was carried out, and is not sent again.
    CreateIsDone,
    /// This was carried out, though the row has not come to its end.
    Done(RowEffect),
    /// What the refusal tells about groups.
    Groups(StepRefusal),
    /// How far it has come is to be written down.
    Progress,
}

/// What is to be done with a command, once that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It was carried out; the server's remarks.
    Finish(String),
    /// A probe has shown that it was carried out; what was the matter with it.
    FinishAsSeen(String),
    /// What it creates was there before: the rest is sent.
    GoOnAsMet,
    /// It has created what it was to create, and no more: the rest is sent.
    GoOnAsCreated,
    /// What this step wants was so before: the rest is sent.
    SkipStep(usize),
    /// The members of a group's step that has changed nobody are asked about.
    AskMembers(StepRefusal),
    /// It is sent again.
    SendAgain(Turn),
    /// A probe asks what became of it.
    Probe(PendingProbe),
    /// Its rows are sent again apart from each other.
    Split(Vec<Vec<u32>>),
    /// Each group of its lists becomes a step of its own, and this refused one is left out.
    SendOneByOne(StepRefusal),
    /// It alone gets no answer: other requests show whether it is to blame.
    Suspect(Reason, String),
    /// It takes something away from somebody who is not there; who says so.
    NotThere(String),
    Fail(Reason),
    /// Nobody can tell what became of it.
    GiveUp(Reason),
    /// Nothing more is sent; why.
    StopRun(String),
    /// The run is being stopped: the process that goes on with it finds out.
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

    fn after(self, learned: Vec<Learned>) -> Decision {
        Decision { learned, then: self }
    }
}

/// Returns what is to be done with a command after this response.
pub(super) fn decide(
    prepared: &ReadyCommand,
    response: CommandResponse,
    policy: &Policy,
) -> Decision {
    match response {
        CommandResponse::Result(result, company) => after_result(prepared, result, company, policy),
        CommandResponse::Refused(refusal, whose) => {
            let doubt = Doubt::of(prepared);
            let (learned, then) = after_refusal(prepared, refusal, whose, doubt, policy);
            then.after(learned)
        }
        CommandResponse::Silence(silence, company) => {
            after_silence(prepared, silence, company, policy)
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
        CommandResult::AlreadyExists => Then::GoOnAsMet.at_once(),
        CommandResult::StepAlreadyDone(step) => Then::SkipStep(step).at_once(),
        CommandResult::ChangedNobody(refusal) => Then::AskMembers(refusal).at_once(),
        CommandResult::Refused(refusal) => {
            decide(prepared, CommandResponse::Refused(refusal, RefusedFor::TheRow), policy)
        }
        CommandResult::Transient(refusal) => {
            let why = words(&refusal);
            // Some of these codes say that nothing was done. No document promises it, nor that
            // nothing will be.
            let mut learned = vec![Learned::Uncertain(why.clone())];
            let is_created = prepared.item.rows.len() == 1 && is_created(prepared, &refusal);
            learned.extend(is_created.then_some(Learned::CreateIsDone));
            if !may_go_again {
                let whose = RefusedFor::TheServer;
                let (more, then) =
                    after_refusal(prepared, refusal, whose, Doubt::Uncertain, policy);
                learned.extend(more);
                return then.after(learned);
            }
            // What follows a create step is harmless to repeat.
            let then = if is_created {
                Then::SendAgain(Turn::AfterWait)
            } else {
                repeat(prepared, why, Doubt::Uncertain, Turn::AfterWait)
            };
            then.after(learned)
        }
        CommandResult::Disputed(refusal) => {
            let mut learned = vec![Learned::Uncertain(words(&refusal))];
            let (more, then) =
                after_refusal(prepared, refusal, RefusedFor::NoPlace, Doubt::Uncertain, policy);
            learned.extend(more);
            then.after(learned)
        }
        CommandResult::Ambiguous => {
            let why = "the response contradicts itself".to_owned();
            let learned = vec![Learned::Uncertain(why.clone())];
            if !may_go_again {
                let message = format!("{why}: check the user in the Admin Console");
                let note = Reason { code: "unknown.answer".to_owned(), message };
                return ask(why, Otherwise::Fail(note)).after(learned);
            }
            let turn = match company {
                Company::Alone => Turn::AfterWait,
                Company::Together => Turn::Alone,
            };
            repeat(prepared, why, Doubt::Uncertain, turn).after(learned)
        }
    }
}

/// May an earlier sending of a command have been carried out?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    None,
    Uncertain,
}

impl Doubt {
    /// Of all sendings of a command.
    fn of(prepared: &ReadyCommand) -> Self {
        if prepared.item.was_uncertain { Self::Uncertain } else { Self::None }
    }
}

/// The command is sent again; where that might do harm, a probe comes first.
fn repeat(prepared: &ReadyCommand, why: String, doubt: Doubt, turn: Turn) -> Then {
    if doubt == Doubt::Uncertain && prepared.probe.comes_before_a_repeat() {
        ask(why, Otherwise::SendAgain)
    } else {
        Then::SendAgain(turn)
    }
}

fn ask(why: String, otherwise: Otherwise) -> Then {
    Then::Probe(PendingProbe { why, otherwise })
}

fn words(refusal: &StepRefusal) -> String {
    format!("{}: {}", refusal.code, refusal.message)
}

/// Does the refusal show that a create step was carried out before?
fn is_created(prepared: &ReadyCommand, refusal: &StepRefusal) -> bool {
    carried_out(&prepared.command.steps, refusal)
        .iter()
        .any(|traced_step| creates(&traced_step.step))
}

/// A row alone is refused and fails, unless an earlier sending was carried out; rows together go
/// again apart.
fn after_refusal(
    prepared: &ReadyCommand,
    refusal: StepRefusal,
    whose: RefusedFor,
    doubt: Doubt,
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
    // A group that is refused does not take a row's other groups with it.
    if whose != RefusedFor::TheServer
        && about_a_group(&refusal.code)
        && goes_one_by_one(prepared, &refusal)
    {
        return (learned, Then::SendOneByOne(refusal));
    }
    let mode = Mode::of(policy);
    let mut done = item.halfway.done;
    if doubt == Doubt::Uncertain {
        // After a kill, the next process asks, too.
        learned.push(Learned::StillUncertain);
        learned.push(if is_created(prepared, &refusal) {
            Learned::CreateIsDone
        } else {
            Learned::Progress
        });
    }
    let mut note = refusal_note(prepared, &refusal, whose, mode);
    match before_the_failing_step(&command.steps, &refusal, expected_of(item)) {
        EarlierSteps::Done(before) => {
            learned.push(Learned::Done(before));
            done = done.and(before);
        }
        // Where a probe follows, it shows whether the user was created.
        EarlierSteps::Unknown
            if creates_user(&command.steps) && mode == Mode::Real && doubt == Doubt::None =>
        {
            note.remark(
                "the server does not say whether the user was created before that: check the \
                 user in the Admin Console",
            );
        }
        EarlierSteps::Unknown | EarlierSteps::Nothing => {}
    }
    note.remark(now_exists(done, mode));
    if doubt == Doubt::Uncertain {
        return (learned, ask(words(&refusal), Otherwise::Fail(note)));
    }
    let is_first_step = refusal.step.is_none_or(|step| step == 0);
    if unknown_user(&refusal.code) && is_first_step && only_takes_away(prepared) {
        let words = format!("{}: the server does not know", refusal.code);
        return (learned, Then::NotThere(words));
    }
    (learned, Then::Fail(note))
}

/// What is harmless goes again, after a wait; for the rest a probe comes first.
fn after_silence(
    prepared: &ReadyCommand,
    silence: Silence,
    company: Company,
    policy: &Policy,
) -> Decision {
    let Silence { cause, reach, patience, in_a_row, rows_left } = silence;
    let mode = Mode::of(policy);
    let attempts = prepared.item.attempts;
    let (learned, doubt) = match reach {
        Reach::Perhaps => (vec![Learned::Uncertain(cause.clone())], Doubt::Uncertain),
        Reach::Nowhere if prepared.item.uncertain => (Vec::new(), Doubt::Uncertain),
        Reach::Nowhere => (Vec::new(), Doubt::None),
    };
    let nobody_answers = in_a_row >= patience;
    // Nothing else of the file can show whether the server is there.
    let is_last = company == Company::Alone && rows_left <= MAX_COMMANDS as u64;
    let then = if attempts < patience {
        repeat(prepared, cause, doubt, Turn::AfterWait)
    } else if nobody_answers && is_last && doubt == Doubt::Uncertain {
        Then::Suspect(unanswered(prepared, &cause, mode), cause)
    } else if nobody_answers {
        let attempts = count(patience.into(), "attempt");
        Then::StopRun(format!("the server gives no usable response ({cause}), after {attempts}"))
    } else if company == Company::Together {
        // Others are answered: one command among these may be the trouble.
        Then::SendAgain(Turn::Alone)
    } else if doubt == Doubt::Uncertain {
        let note = unanswered(prepared, &cause, mode);
        ask(cause, Otherwise::Fail(note))
    } else {
        let message = never_reached(&cause, attempts);
        Then::Fail(note_of(prepared, "error.no_answer".to_owned(), message, mode))
    };
    then.after(learned)
}

/// A probe has shown what became of a command, or could not.
fn after_probe(
    prepared: &ReadyCommand,
    question: PendingProbe,
    result: Result<ProbeResult, ApiError>,
    moment: ProbeMoment,
    policy: &Policy,
) -> Decision {
    use ProbeResult::{Done, NobodyThere, NotDone, OnlyCreated, OnlyThere, Unclear};
    let is_late = matches!(moment, ProbeMoment::WithinWindow | ProbeMoment::WithinWindowStopping);
    let is_stopping =
        matches!(moment, ProbeMoment::WithinWindowStopping | ProbeMoment::AfterWindowStopping);
    match result {
        Ok(Done) => Then::FinishAsSeen(question.why).at_once(),
        // While the service may still work on it, that proves nothing.
        Ok(result @ (NotDone | NobodyThere | OnlyThere | OnlyCreated)) if is_late => {
            let is_absent = result != OnlyCreated;
            let learned = is_absent.then_some(Learned::SeenAbsent).into_iter().collect();
            let then = if is_stopping { Then::LeaveOpen } else { Then::Probe(question) };
            then.after(learned)
        }
        Ok(NobodyThere) if only_takes_away(prepared) => Then::NotThere(format!(
            "no clear response ({}), and a probe shows that the server has no user",
            question.why
        ))
        .at_once(),
        Ok(OnlyCreated) => Then::GoOnAsCreated.at_once(),
        Ok(OnlyThere) if Mode::of(policy) == Mode::Real => {
            let item = &prepared.item;
            let creation = of_steps(&prepared.command.steps[..1], expected_of(item));
            let mut learned = vec![Learned::SeenAbsent, Learned::Done(creation), Learned::NotDone];
            let question = match question.otherwise {
                Otherwise::Fail(mut note) => {
                    note.remark(now_exists(creation, Mode::Real));
                    PendingProbe { otherwise: Otherwise::Fail(note), ..question }
                }
                Otherwise::SendAgain => question,
            };
            let (more, then) = when_not_done(prepared, question, policy);
            learned.extend(more);
            then.after(learned)
        }
        // In test mode nothing was created.
        Ok(NotDone | NobodyThere | OnlyThere) => {
            let mut learned = vec![Learned::SeenAbsent, Learned::NotDone];
            let (more, then) = when_not_done(prepared, question, policy);
            learned.extend(more);
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
        // Another question may be answered; the last one comes when the service can carry nothing
        // out any more.
        Err(_) if prepared.item.probes < MOST_PROBES || is_late => Then::Probe(question).at_once(),
        Err(error) => {
            let message = format!(
                "no clear response ({}), and the probe failed ({error}): check the user in the Admin \
                 Console",
                question.why
            );
            Then::GiveUp(Reason { code: "unknown.no_answer".to_owned(), message }).at_once()
        }
    }
}

/// A command was not carried out, and will not be.
fn when_not_done(
    prepared: &ReadyCommand,
    question: PendingProbe,
    policy: &Policy,
) -> (Vec<Learned>, Then) {
    let item = &prepared.item;
    let may_go_again =
        question.otherwise == Otherwise::SendAgain && item.attempts < policy.max_attempts;
    if !may_go_again && item.rows.len() > 1 {
        // One of them may keep the others from being seen done.
        return (Vec::new(), Then::Split(item.rows.iter().map(|row| vec![*row]).collect()));
    }
    match question.otherwise {
        Otherwise::Fail(note) => (Vec::new(), Then::Fail(note)),
        Otherwise::SendAgain if may_go_again => {
            (vec![Learned::Progress], Then::SendAgain(Turn::AtOnce))
        }
        Otherwise::SendAgain => {
            let message = not_done(&question.why, item.attempts);
            (Vec::new(), Then::Fail(Reason { code: "error.no_answer".to_owned(), message }))
        }
    }
}

#[cfg(test)]
mod tests;
