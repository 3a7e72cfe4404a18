//! What comes back to a run: responses, results of probes, and waits that have ended.

use super::command_result::StepRefusal;
use super::group_side::GroupCommand;
use super::outcomes::Reason;
use super::probe::{ProbeResult, ProbeStatement};
use super::request::ReadyCommand;
use crate::plan::WorkItem;
use crate::umapi::wire::ActionResponse;
use crate::umapi::{ActError, ApiError, Permit, SyncMarker};

/// A request that is about to be sent.
#[derive(Debug)]
pub(super) struct PreparedRequest {
    pub(super) number: u32,
    pub(super) items: Vec<ReadyCommand>,
    pub(super) group_commands: Vec<GroupCommand>,
    pub(super) mark: Option<SyncMarker>,
    /// What the limiter has given for it; `None` without a limit.
    pub(super) permit: Option<Permit>,
    /// How long it may take from its entry in the journal until it is sent, in milliseconds.
    pub(super) delay: i64,
}

/// The most attempts to find out who a user is, until a response can be understood.
pub(super) const MOST_QUESTIONS: u32 = 5;

/// A request whose result is unknown.
#[derive(Debug, Clone)]
pub(super) struct UncertainEffect {
    pub(super) request: u32,
    pub(super) sent: u32,
    pub(super) why: std::rc::Rc<str>,
    pub(super) instead: Instead,
}

/// What came in place of a clear response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// Only refusals by a gateway. If the gateway refuses every request, even one that changes
    /// nothing, none has reached the API.
    Refusals,
    /// Nothing, or something that cannot be understood.
    Nothing,
}

/// Why a probe is sent, and what follows if it shows that nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingProbe {
    /// What went wrong with the command, in words.
    pub(super) why: String,
    pub(super) otherwise: Otherwise,
}

/// What follows if a probe shows that nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// The command is sent again, within its attempts.
    SendAgain,
    /// The refusal stands.
    Fail(Reason),
    /// The refusal stands, also if the probe shows nothing: it says that the user does not exist.
    FailAnyway(Reason),
    /// Its result stays unknown: another import has changed the user or group since, and could have
    /// undone what the command did.
    LeaveUnknown,
}

/// The end of a task.
pub(super) enum Completion {
    Answer {
        number: u32,
        items: Vec<ReadyCommand>,
        group_commands: Vec<GroupCommand>,
        answer: Result<ActionResponse, ActError>,
    },
    /// A request that has waited for the limiter, with its permit.
    Permitted { request: PreparedRequest, permit: Result<Permit, ActError> },
    /// A request after a 429, or one that was not sent because of a pause.
    Throttled(PreparedRequest),
    /// A request that was throttled, after the pause.
    PauseOver(PreparedRequest),
    /// The result of a probe for the effect of a command.
    Probed {
        prepared: Box<ReadyCommand>,
        question: PendingProbe,
        result: Result<ProbeResult, ApiError>,
    },
    /// The user of a rename.
    Identified {
        prepared: Box<ReadyCommand>,
        user_statements: Result<Option<ProbeStatement>, ApiError>,
    },
    /// The user to remove, if the user exists.
    Present { prepared: Box<ReadyCommand>, statement: Result<Option<ProbeStatement>, ApiError> },
    /// The members in a group's step that has changed nobody.
    Members {
        number: u32,
        prepared: Box<ReadyCommand>,
        refusal: StepRefusal,
        result: Result<ProbeResult, ApiError>,
    },
    /// Work items whose wait is over. They may share requests with any others.
    Due(Vec<WorkItem>),
    /// A work item that waited for the requests of another file or another process. They are
    /// checked again.
    HeldBack(WorkItem),
    /// Work items whose wait is over. They are sent in one request, without others.
    DueTogether(Vec<WorkItem>),
    /// A work item whose late effects can no longer affect the rows that wait for it.
    Released(WorkItem),
    /// Commands of groups whose wait is over.
    GroupSideDue,
    /// A control request, which shows whether a gateway refuses every request.
    Control(Result<ActionResponse, ActError>),
}
