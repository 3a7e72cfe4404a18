//! What comes back to a run: responses, answers to questions, and waits that are over.

use super::command_result::StepRefusal;
use super::outcomes::Reason;
use super::probe::{ProbeResult, ProbeStatement};
use super::request::ReadyCommand;
use crate::plan::WorkItem;
use crate::umapi::wire::ActionResponse;
use crate::umapi::{ActError, ApiError};

/// How often it is asked who somebody is, until an answer can be understood.
pub(super) const MOST_QUESTIONS: u32 = 5;

/// A sending of which nobody knows what came of it.
#[derive(Debug, Clone)]
pub(super) struct UncertainEffect {
    pub(super) request: u32,
    pub(super) sent: u32,
    pub(super) why: std::rc::Rc<str>,
    pub(super) instead: Instead,
}

/// What came instead of a clear response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// Nothing but refusals by a gateway. Where it refuses every request, also one that changes
    /// nothing, none has reached the API.
    Refusals,
    /// Nothing, or something that nobody can understand.
    Nothing,
}

/// What a probe is asked for, and what follows when nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingProbe {
    /// What is the matter with the command, in words.
    pub(super) why: String,
    pub(super) otherwise: Otherwise,
}

/// What follows when a probe shows that nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// The command is sent again, within its attempts.
    SendAgain,
    /// The refusal stands.
    Fail(Reason),
}

/// What has come back.
pub(super) enum Completion {
    Answer {
        number: u32,
        items: Vec<ReadyCommand>,
        answer: Result<ActionResponse, ActError>,
    },
    /// A probe of what became of a command.
    Probed {
        prepared: Box<ReadyCommand>,
        question: PendingProbe,
        result: Result<ProbeResult, ApiError>,
    },
    /// Who a rename is about.
    Identified {
        prepared: Box<ReadyCommand>,
        user_statements: Result<Option<ProbeStatement>, ApiError>,
    },
    /// Who would be removed, where somebody is there.
    Present {
        prepared: Box<ReadyCommand>,
        statement: Result<Option<ProbeStatement>, ApiError>,
    },
    /// The members of a group's step that has changed nobody.
    Members {
        number: u32,
        prepared: Box<ReadyCommand>,
        refusal: StepRefusal,
        result: Result<ProbeResult, ApiError>,
    },
    /// Work items whose wait is over: to be sent in whatever company.
    Due(Vec<WorkItem>),
    /// What another file or another process has sent is to be looked at again.
    HeldBack(WorkItem),
    /// Work items whose wait is over: to be sent in just this company.
    DueTogether(Vec<WorkItem>),
    /// No late effect can meet what waits for this work item.
    Released(WorkItem),
    /// A control request, which shows whether a gateway refuses every request.
    Control(Result<ActionResponse, ActError>),
}
