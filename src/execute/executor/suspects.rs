//! Rows that were refused alone for a reason that does not name them. Other requests show whether
//! the rows are the cause.

use crate::execute::decide::Reach;
use crate::execute::decide_suspect::Suspicion;
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
    /// Requests that got no response in all their attempts, while all others got none either.
    unanswered: Vec<Unanswered>,
    /// The number of rows that got no response alone since the last response to a request with
    /// users.
    alone_unanswered: u32,
    /// Whether a control request is in flight. Nothing else is sent meanwhile.
    control_in_flight: bool,
}

/// A request without a response.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) number: u32,
    pub(super) items: Vec<ReadyCommand>,
    /// What came in place of a response.
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
    /// What came in place of a response.
    pub(super) instead: String,
}

impl GatewayRefusals {
    /// Counts a request that was refused without naming a command.
    pub(super) fn refused(&mut self) {
        self.in_a_row += 1;
    }

    /// Returns the number of requests refused in this way since the API itself last responded.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// Adds a row that was sent alone and got only a refusal, or no response. Returns the number of
    /// rows that were refused alone and have not been sent again since.
    pub(super) fn suspect(&mut self, suspect: Suspect) -> usize {
        self.suspects.push(suspect);
        let is_new =
            |suspect: &&Suspect| !self.tried_again.contains(&suspect.prepared.item.first());
        self.suspects.iter().filter(is_new).count()
    }

    /// Returns what came in place of a response for the last suspect; `None` if there are no
    /// suspects.
    pub(super) fn last_suspicion(&self) -> Option<&str> {
        self.suspects.last().map(|suspect| suspect.instead.as_str())
    }

    /// Whether the API refused a row alone with this code.
    pub(super) fn is_suspected(&self, code: &str) -> bool {
        self.suspects.iter().any(|suspect| {
            matches!(&suspect.suspicion, Suspicion::Unplaced(refusal) if refusal.code == code)
        })
    }

    /// Returns the suspects, which the API may accept now, because it has responded.
    pub(super) fn api_responds(&mut self) -> Vec<Suspect> {
        self.in_a_row = 0;
        std::mem::take(&mut self.suspects)
    }

    /// Whether a suspect may be sent once more. It may be sent again only once.
    pub(super) fn may_try_again(&mut self, suspect: &Suspect) -> bool {
        !matches!(suspect.suspicion, Suspicion::NoResponse(_))
            && self.tried_again.insert(suspect.prepared.item.first())
    }

    /// Holds back a request without a response until a control request shows whether the server
    /// responds.
    pub(super) fn wait_for_control(&mut self, unanswered: Unanswered) {
        self.unanswered.push(unanswered);
    }

    /// Takes the requests that wait for a control request.
    pub(super) fn take_unanswered(&mut self) -> Vec<Unanswered> {
        std::mem::take(&mut self.unanswered)
    }

    /// Counts a row that got no response alone in all its attempts.
    pub(super) fn unanswered_alone(&mut self) {
        self.alone_unanswered += 1;
    }

    /// Records a response to a request with users.
    pub(super) fn users_are_answered(&mut self) {
        self.alone_unanswered = 0;
    }

    /// Returns the number of rows that got no response alone since the last response to a request
    /// with users.
    pub(super) fn rows_unanswered_alone(&self) -> u32 {
        self.alone_unanswered
    }

    /// Records that a control request is sent. Nothing else is sent until it ends.
    pub(super) fn begin_control(&mut self) {
        self.control_in_flight = true;
    }

    /// Records the end of a control request, with or without a response.
    pub(super) fn end_control(&mut self) {
        self.control_in_flight = false;
    }

    /// Whether a control request is in flight.
    pub(super) fn is_control_in_flight(&self) -> bool {
        self.control_in_flight
    }
}
