//! Identifies the run of a journal.

use crate::fs::OsText;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The identity of a run. A run can be resumed only if all of it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// The organization.
    pub organization: String,
    /// The API's host.
    pub host: String,
    /// The input: its length in bytes and a hash of it.
    pub input: (u64, u128),
    /// The number of rows of the input.
    pub rows: u32,
    /// Options that decide what the rows mean, by name.
    pub options: BTreeMap<String, String>,
}

/// What a journal says about its run, besides its identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunInfo {
    /// Identifies the run in the ids of its requests.
    pub run_id: String,
    /// The start of the run.
    pub began: Timestamp,
    /// The input, as the user named it.
    pub file: OsText,
    /// The results file.
    pub results: OsText,
    /// The file of rows to fix, if there are any.
    pub failed: Option<OsText>,
    /// The words of the command that began or last continued the run. `umbulk status` proposes the
    /// next command from it. It is never executed.
    pub typed: Vec<OsText>,
    /// How the rows were read, in the format of the import.
    #[serde(default)]
    pub config: serde_json::Value,
    /// The working folder of that command.
    pub folder: OsText,
    /// The process that works at the run, or last did.
    pub process: u32,
    /// The number of requests that the plan needs.
    pub requests: u64,
    /// The number of rows that have an outcome of a request, or are to be sent.
    #[serde(default)]
    pub to_send: u64,
    /// The number of other rows with an outcome, by status.
    #[serde(default)]
    #[serde(rename = "unsent")]
    pub without_request: BTreeMap<String, u64>,
    /// The rows that starts of the run were about, if these have finished: the first and the last
    /// row of each part, from 1. The rows of the last start are in `config`.
    #[serde(default)]
    pub portions: Vec<(u64, u64)>,
    /// The rows whose users or groups other imports had changed when a later start began, so that
    /// they were not compared with the list: the first and the last row of each part, from 1.
    #[serde(default)]
    pub not_compared: Vec<(u64, u64)>,
    /// Whether a list showed who was in the organization.
    #[serde(default)]
    pub has_list: bool,
    /// Whether the file alone shows which of its rows conflict. Otherwise the decisions of the run
    /// say it.
    #[serde(default)]
    pub finds_conflicts: bool,
    /// The rows that the run sends again, because they had failed; `None` before the first retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retried: Option<RetriedRows>,
    /// Whether one command has imported several files, which may be about the same users.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_other_files: bool,
}

/// The rows that a run sends again, because they had failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RetriedRows {
    /// The first and the last row of each part, from 1.
    pub rows: Vec<(u64, u64)>,
    /// The number of the last request before.
    pub after_request: u32,
    /// The marks of these rows as they were when they failed, in order.
    #[serde(default)]
    pub marks: Vec<u32>,
    /// Which retry of the run this is, from 1. 0 if the record of what was there before does not
    /// say what became of the rows as they were first: the run cannot be undone any more.
    #[serde(default)]
    pub number: u32,
}
