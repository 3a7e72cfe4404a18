//! Rows that were refused alone in words that are not about them: whether they are to blame, other
//! requests show.

use super::command_result::StepRefusal;
use super::outcomes::Reason;
use super::request::ReadyCommand;
use std::collections::HashSet;

/// What was refused without a word of which command is refused.
#[derive(Debug, Default)]
pub(super) struct GatewayRefusals {
    /// Requests refused so since the API itself has answered last.
    pub(super) in_a_row: u32,
    /// Rows that were refused alone.
    pub(super) suspects: Vec<Suspect>,
    /// Rows that were refused alone before other requests reached the API, and have been sent once
    /// more since.
    pub(super) tried_again: HashSet<u32>,
    /// A control request is on its way: nothing else is sent meanwhile.
    pub(super) control_in_flight: bool,
}

/// A row that alone got no answer of the API that speaks of it.
#[derive(Debug)]
pub(super) struct Suspect {
    pub(super) request: u32,
    pub(super) prepared: ReadyCommand,
    pub(super) suspicion: Suspicion,
    /// What came instead of an answer.
    pub(super) instead: String,
}

/// What became of a row alone, and what it comes to if the API answers other requests.
#[derive(Debug)]
pub(super) enum Suspicion {
    /// A gateway refused it. It fails so, unless a probe shows that it is done.
    Gateway(Reason),
    /// The API refused it, with a code that may be about every request.
    Unplaced(StepRefusal),
    /// No response came, in all attempts. It fails so, unless a probe shows that it is done.
    NoResponse(Reason),
}

impl GatewayRefusals {
    /// Rows that were refused alone, and have not been sent once more since.
    pub(super) fn new_suspects(&self) -> usize {
        let is_new =
            |suspect: &&Suspect| !self.tried_again.contains(&suspect.prepared.item.first());
        self.suspects.iter().filter(is_new).count()
    }

    /// Was a row alone refused by the API with this code?
    pub(super) fn is_suspected(&self, code: &str) -> bool {
        self.suspects.iter().any(|suspect| {
            matches!(&suspect.suspicion, Suspicion::Unplaced(refusal) if refusal.code == code)
        })
    }
}
