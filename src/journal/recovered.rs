//! What a run recovers from its journal when it goes on.

use super::missing_group::MissingGroup;
use crate::plan::Halfway;
use jiff::Timestamp;
use std::collections::HashMap;

/// How far a row has come that has no outcome yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowProgress {
    /// Which of its commands comes next.
    pub part: usize,
    /// How often it was sent.
    pub sent: u32,
    /// The command was sent at this time at the latest, and what came of it was not heard.
    pub uncertain: Option<Timestamp>,
    /// The command was under way when the run was interrupted: its answer was still waited for.
    pub in_flight: bool,
    /// Who the command is about, where a probe has told.
    pub identity: Option<String>,
    /// What the server has carried out of the command.
    pub halfway: Halfway,
}

/// What a journal knows of a run that is not over.
#[derive(Debug, Clone, Default)]
pub struct RecoveredState {
    /// Rows with an outcome; [`Journal::outcomes`](super::Journal::outcomes) gives them.
    pub judged: u64,
    /// Rows that have come some way, by the first row of their command.
    pub progress: HashMap<u32, RowProgress>,
    /// Rows that may have been carried out though nobody heard of it; those of open requests, too.
    pub uncertain: Vec<u32>,
    /// Requests that are open, and their rows: those were sent, or are about to be.
    pub open: (u64, Vec<u32>),
    /// Rows with an outcome, and the time until which the service may still carry out an earlier
    /// sending of them.
    pub late: HashMap<u32, Timestamp>,
    /// Groups that were refused as not found.
    pub missing_groups: Vec<MissingGroup>,
    /// The number of the last request.
    pub requests: u32,
    /// Requests that were sent, every retry counted.
    pub sent: u64,
    /// The server asked for a pause until then, for this reason.
    pub pause: Option<(Timestamp, String)>,
    /// When the run finished.
    pub finished: Option<Timestamp>,
}
