//! What came of a row: its status, the reason, the effect.

use crate::change::RowEffect;
use jiff::Timestamp;

/// What came of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum OutcomeStatus {
    /// The server confirmed every step.
    Ok,
    /// Nothing to do.
    Unchanged,
    /// Refused before sending.
    Invalid,
    /// Refused by the server.
    Failed,
    /// Sent, and what came of it could neither be heard nor seen.
    Unknown,
    /// The run stopped before it.
    NotSent,
    /// No person: a row switched off with `#`, a total.
    Skipped,
}

impl OutcomeStatus {
    /// Every status, in the order in which people want to read them.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Unchanged,
        Self::Invalid,
        Self::Failed,
        Self::Unknown,
        Self::NotSent,
        Self::Skipped,
    ];

    /// As in the results file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unchanged => "unchanged",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
            Self::Skipped => "skipped",
        }
    }

    /// Does the row belong into the file of failed rows?
    pub fn needs_fixing(self) -> bool {
        matches!(self, Self::Invalid | Self::Failed | Self::Unknown)
    }
}

/// The code of a row that was sent and got no answer before the run stopped.
const NO_ANSWER: &str = "unknown.no_answer";

/// Why a row has its status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// The server's code, or one of ours.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Reason {
    /// Adds a remark to the message, if there is one.
    pub fn remark(&mut self, remark: &str) {
        if !self.message.is_empty() && !remark.is_empty() {
            self.message.push_str("; ");
        }
        self.message.push_str(remark);
    }

    /// Why a row is unknown whose request got no response before the run stopped.
    pub fn no_response(why: &str) -> Self {
        Self {
            code: NO_ANSWER.to_owned(),
            message: format!(
                "sent, but no response came ({why}). Run the same command again: it finds out \
                 what was done"
            ),
        }
    }

    /// Whether a run that goes on still finds out what became of the row.
    pub fn is_open(&self) -> bool {
        self.code == NO_ANSWER
    }
}

/// What came of a row, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What came of it.
    pub status: OutcomeStatus,
    /// Why.
    pub note: Reason,
    /// What is known to be done, and what was not applied.
    pub effect: RowEffect,
    /// How often it was sent.
    pub attempts: u32,
    /// The request that brought the outcome, from 1; `None`: none did.
    pub request: Option<u32>,
    /// When.
    pub finished_at: Option<Timestamp>,
}
