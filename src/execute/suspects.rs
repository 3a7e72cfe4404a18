//! Rows that were refused alone in words that are not about them. Other requests show whether the
//! rows are the cause.

use super::command_result::StepRefusal;
use super::decide::Reach;
use super::outcomes::Reason;
use super::request::ReadyCommand;
use std::collections::HashSet;

/// Refusals that do not say which command is refused.
#[derive(Debug, Default)]
pub(super) struct GatewayRefusals {
    /// The number of requests refused in this way since the API itself last responded.
    pub(super) in_a_row: u32,
    /// Rows that were refused alone.
    pub(super) suspects: Vec<Suspect>,
    /// Rows that were refused alone before other requests reached the API, and have been sent again
    /// since.
    pub(super) tried_again: HashSet<u32>,
    /// Requests that got no answer in all their attempts, as all others.
    pub(super) unanswered: Vec<Unanswered>,
    /// Rows that got no answer alone, since a request with users was last answered.
    pub(super) alone_unanswered: u32,
    /// Whether a control request is in flight. Nothing else is sent meanwhile.
    pub(super) control_in_flight: bool,
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
    /// The number of rows that were refused alone and have not been sent again since.
    pub(super) fn new_suspects(&self) -> usize {
        let is_new =
            |suspect: &&Suspect| !self.tried_again.contains(&suspect.prepared.item.first());
        self.suspects.iter().filter(is_new).count()
    }

    /// Whether the API refused a row alone with this code.
    pub(super) fn is_suspected(&self, code: &str) -> bool {
        self.suspects.iter().any(|suspect| {
            matches!(&suspect.suspicion, Suspicion::Unplaced(refusal) if refusal.code == code)
        })
    }
}
