//! What a response to a command is, and what is decided after it.

use crate::change::RowEffect;
use crate::execute::command_result::{CommandResult, RefusedFor, StepRefusal};
use crate::execute::completion::PendingProbe;
use crate::execute::outcomes::Reason;
use crate::execute::probe::ProbeResult;
use crate::umapi::ApiError;

/// A response to one command.
#[derive(Debug)]
pub(in crate::execute) enum CommandResponse {
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
pub(in crate::execute) enum Company {
    Alone,
    Together,
}

impl Company {
    /// Returns the company in a request with this number of commands.
    pub(in crate::execute) fn of(commands: usize) -> Self {
        if commands == 1 { Self::Alone } else { Self::Together }
    }
}

/// A request without a proper response.
#[derive(Debug, Clone)]
pub(in crate::execute) struct Silence {
    /// What came in place of a response, in words.
    pub(in crate::execute) cause: String,
    pub(in crate::execute) reach: Reach,
    /// The number of attempts that are worth making.
    pub(in crate::execute) patience: u32,
    /// The number of requests without a response since the last one with a response.
    pub(in crate::execute) in_a_row: u32,
    /// Whether so many rows sent alone got no response that it counts as an outage, although other
    /// requests get responses.
    pub(in crate::execute) is_partial_outage: bool,
    /// The rows of the run without an outcome.
    pub(in crate::execute) rows_left: u64,
}

/// How far a request without a response got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::execute) enum Reach {
    /// It never reached the server.
    Nowhere,
    /// The server may have carried it out, or may carry it out later.
    Perhaps,
}

/// When the response to a probe came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::execute) enum ProbeMoment {
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
pub(in crate::execute) struct Decision {
    /// What is known about the command now. It is applied first, in this order.
    pub(in crate::execute) learned: Vec<Learned>,
    pub(in crate::execute) then: Then,
}

/// A fact about a command.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::execute) enum Learned {
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
    /// A command of a group takes fewer memberships.
    GroupsAreNarrow,
    /// It was refused before any of its steps was carried out.
    DidNothing,
    /// What the refusal shows about groups.
    Groups(StepRefusal),
    /// The server has refused its first step, because no user has this name.
    NobodyHasThisName,
    /// The progress of the command is to be recorded.
    Progress,
}

/// What to do with a command after that.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::execute) enum Then {
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
pub(in crate::execute) enum Turn {
    /// After a wait.
    AfterWait,
    /// Alone, as soon as there is room.
    Alone,
    /// In its turn.
    AtOnce,
}

impl Then {
    /// Returns the decision without new facts.
    pub(super) fn at_once(self) -> Decision {
        Decision { learned: Vec::new(), then: self }
    }

    /// Describes the decision, for the log.
    pub(in crate::execute) fn words(&self) -> &'static str {
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

    /// Returns the decision with these facts.
    pub(super) fn after(self, learned: Vec<Learned>) -> Decision {
        Decision { learned, then: self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The log says what follows from a response.
    #[test]
    fn each_decision_has_words_of_its_own() {
        let all = [
            Then::Finish(String::new()),
            Then::FinishAsSeen(String::new()),
            Then::SendTheRest,
            Then::GoOnAsCreated,
            Then::SkipStep(0),
            Then::SendAgain(Turn::AfterWait),
            Then::SendAgain(Turn::Alone),
            Then::SendAgain(Turn::AtOnce),
            Then::Split(Vec::new()),
            Then::NotThere(String::new()),
            Then::StopRun(String::new()),
            Then::LeaveOpen,
        ];
        let words: BTreeSet<&str> = all.iter().map(Then::words).collect();
        assert_eq!(words.len(), all.len());
        assert!(words.iter().all(|words| words.contains(' ')), "{words:?}");
    }
}
