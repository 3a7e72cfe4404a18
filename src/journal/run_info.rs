//! Which run a journal is of.

use super::outcome::OutcomeStatus;
use crate::fs::OsText;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// The command that began it or went on with it last, word by word. `umbulk status` proposes
    /// from it what to type, and nobody carries it out.
    pub typed: Vec<OsText>,
    /// How the rows were read, in the form of the importing program.
    #[serde(default)]
    pub config: serde_json::Value,
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
