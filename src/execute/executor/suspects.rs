//! Rows that were refused alone in words that are not about them. Other requests show whether the
//! rows are the cause.

use crate::execute::command_result::StepRefusal;
use crate::execute::decide::Reach;
use crate::execute::outcomes::Reason;
use crate::execute::request::ReadyCommand;
use std::collections::HashSet;

/// Refusals that do not say which command is refused.
#[derive(Debug, Default)]
pub(super) struct GatewayRefusals {
    /// The number of requests refused in this way since the API itself last responded.
    in_a_row: u32,
    /// Rows that were refused alone.
    suspects: Vec<Suspect>,
    /// Rows that were refused alone before other requests reached the API, and have been sent again
    /// since.
    tried_again: HashSet<u32>,
    /// Requests that got no answer in all their attempts, as all others.
    unanswered: Vec<Unanswered>,
    /// Rows that got no answer alone, since a request with users was last answered.
    alone_unanswered: u32,
    /// Whether a control request is in flight. Nothing else is sent meanwhile.
    control_in_flight: bool,
}

/// A request without an answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) number: u32,
    pub(super) items: Vec<ReadyCommand>,
    /// What came instead.
    pub(super) cause: String,
    pub(super) reach: Reach,
    /// The attempts that are worth making.
    pub(super) patience: u32,
}

/// A row that was sent alone and got no response of the API about it.
#[derive(Debug)]
pub(super) struct Suspect {
    pub(super) request: u32,
    pub(super) prepared: ReadyCommand,
    pub(super) suspicion: Suspicion,
    /// What came instead of a response.
    pub(super) instead: String,
}

/// What happened to a row alone, and its outcome if the API responds to other requests.
#[derive(Debug)]
pub(super) enum Suspicion {
    /// A gateway refused it. It fails for this reason, unless a probe shows that it is done.
    Gateway(Reason),
    /// The API refused it with a code that may be about every request.
    Unplaced(StepRefusal),
    /// No response came in all attempts. It fails for this reason, unless a probe shows that it is
    /// done.
    NoResponse(Reason),
}

impl GatewayRefusals {
    /// A request was refused without a word about which command is refused.
    pub(super) fn refused(&mut self) {
        self.in_a_row += 1;
    }

    /// The number of requests refused in this way since the API itself last responded.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// A row alone got nothing but a refusal, or no response. Returns the number of rows that were
    /// refused alone and have not been sent again since.
    pub(super) fn suspect(&mut self, suspect: Suspect) -> usize {
        self.suspects.push(suspect);
        let is_new =
            |suspect: &&Suspect| !self.tried_again.contains(&suspect.prepared.item.first());
        self.suspects.iter().filter(is_new).count()
    }

    /// What came instead of a response for the last suspect; `None` where there are no suspects.
    pub(super) fn last_suspicion(&self) -> Option<&str> {
        self.suspects.last().map(|suspect| suspect.instead.as_str())
    }

    /// Whether the API refused a row alone with this code.
    pub(super) fn is_suspected(&self, code: &str) -> bool {
        self.suspects.iter().any(|suspect| {
            matches!(&suspect.suspicion, Suspicion::Unplaced(refusal) if refusal.code == code)
        })
    }

    /// The API itself has responded. Returns the suspects, which it may take now.
    pub(super) fn api_responds(&mut self) -> Vec<Suspect> {
        self.in_a_row = 0;
        std::mem::take(&mut self.suspects)
    }

    /// Whether a suspect may be sent once more. It may be so once.
    pub(super) fn may_try_again(&mut self, suspect: &Suspect) -> bool {
        !matches!(suspect.suspicion, Suspicion::NoResponse(_))
            && self.tried_again.insert(suspect.prepared.item.first())
    }

    /// A request that got no answer is decided once a control request shows whether the server is
    /// there.
    pub(super) fn wait_for_control(&mut self, unanswered: Unanswered) {
        self.unanswered.push(unanswered);
    }

    /// The requests that a control request decides.
    pub(super) fn take_unanswered(&mut self) -> Vec<Unanswered> {
        std::mem::take(&mut self.unanswered)
    }

    /// A row alone got no answer in all its attempts.
    pub(super) fn unanswered_alone(&mut self) {
        self.alone_unanswered += 1;
    }

    /// A request with users was answered.
    pub(super) fn users_are_answered(&mut self) {
        self.alone_unanswered = 0;
    }

    /// Rows that got no answer alone, since a request with users was last answered.
    pub(super) fn rows_unanswered_alone(&self) -> u32 {
        self.alone_unanswered
    }

    /// A control request is sent, and nothing else until it is answered.
    pub(super) fn begin_control(&mut self) {
        self.control_in_flight = true;
    }

    /// The control request was answered, or was not.
    pub(super) fn end_control(&mut self) {
        self.control_in_flight = false;
    }

    /// Whether a control request is in flight.
    pub(super) fn is_control_in_flight(&self) -> bool {
        self.control_in_flight
    }
}
