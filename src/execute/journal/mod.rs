//! What a run has sent and heard, on disk before anything depends on it, so that a run that was
//! interrupted in any way goes on where it stopped.
//!
//! In: what leaves, what was heard, what came of each row. Out: the [`RecoveredState`] of a run. It
//! holds no secrets, and nothing about people that the input does not hold but what the server has
//! said about them. A server's database can take its place behind the same face.

mod believed;
mod error;
mod mark;
mod opening;
mod packed;
mod parts;
mod store;
mod writer;

pub use error::JournalError;
pub use packed::SentCommand;
pub use store::Journal;
pub use writer::JournalWriter;

use crate::execute::{MissingGroup, OutcomeStatus};
use crate::fs::OsText;
use crate::plan::Halfway;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What a run is about. A run goes on only when all of it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// The organization.
    pub organization: String,
    /// The API's host.
    pub host: String,
    /// The input's text: its length in bytes and a hash of them.
    pub input: (u64, u128),
    /// Rows of the input.
    pub rows: u32,
    /// Options that decide what the rows mean, by name.
    pub options: BTreeMap<String, String>,
}

/// What a journal says about its run, besides its identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunInfo {
    /// Names the run in its requests' ids.
    pub run_id: String,
    /// When it was begun.
    pub began: Timestamp,
    /// The input, as it was named.
    pub file: OsText,
    /// Where the results are.
    pub results: OsText,
    /// Where the rows to fix are, if there are any.
    pub failed: Option<OsText>,
    /// The command that began it or went on with it last, word by word, as it was typed.
    pub typed: Vec<OsText>,
    /// The same with the settings from outside among its words.
    pub command: Vec<OsText>,
    /// The folder in which that was typed.
    pub folder: OsText,
    /// The process that works at it, or did.
    pub process: u32,
    /// Requests that the plan needs.
    pub requests: u64,
    /// Rows that are sent.
    #[serde(default)]
    pub to_send: u64,
    /// Rows that have their outcome without being sent, by status.
    #[serde(default)]
    pub unsent: BTreeMap<String, u64>,
}

impl RunInfo {
    /// The same where so many rows were sent that count as unsent here.
    #[must_use]
    pub fn with_sent(mut self, rows: u64) -> Self {
        self.to_send += rows;
        let mut rest = rows;
        for status in [OutcomeStatus::Unchanged, OutcomeStatus::Invalid, OutcomeStatus::Skipped] {
            if let Some(unsent) = self.unsent.get_mut(status.name()) {
                let taken = rest.min(*unsent);
                (*unsent, rest) = (*unsent - taken, rest - taken);
            }
        }
        self
    }
}

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
    /// Rows with an outcome; [`Journal::outcomes`] gives them.
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
