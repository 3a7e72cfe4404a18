//! The outcome of a row: its status, the reason, the effect.

use crate::change::RowEffect;
use jiff::Timestamp;

/// The status of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum OutcomeStatus {
    /// The server confirmed every step.
    Ok,
    /// There was nothing to do.
    Unchanged,
    /// The row was refused before it was sent.
    Invalid,
    /// The server refused the row.
    Failed,
    /// The row was sent. Neither a response nor a probe showed the result.
    Unknown,
    /// The run stopped before the row was sent.
    NotSent,
    /// The row is not about a user: it is switched off with `#`, or a total.
    Skipped,
}

impl OutcomeStatus {
    /// Every status, in the order for people.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Unchanged,
        Self::Invalid,
        Self::Failed,
        Self::Unknown,
        Self::NotSent,
        Self::Skipped,
    ];

    /// Returns the name, as in the results file.
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

    /// Whether the row belongs into the file of rows to fix.
    pub fn needs_fixing(self) -> bool {
        matches!(self, Self::Invalid | Self::Failed | Self::Unknown)
    }
}

/// The code of a row that was sent and got no response before the run stopped.
const NO_ANSWER: &str = "unknown.no_answer";

/// Why a row has its status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reason {
    /// The server's code, or one of umbulk's.
    pub code: String,
    /// The message for people.
    pub message: String,
}

impl Reason {
    /// Appends a remark to the message, if there is one.
    pub fn remark(&mut self, remark: &str) {
        if !self.message.is_empty() && !remark.is_empty() {
            self.message.push_str("; ");
        }
        self.message.push_str(remark);
    }

    /// Returns the reason of an unknown row whose request got no response before the run stopped.
    pub fn no_response(why: &str) -> Self {
        Self {
            code: NO_ANSWER.to_owned(),
            message: format!(
                "sent, but no response came ({why}). Run the same command again: it finds out \
                 what was done"
            ),
        }
    }

    /// Whether the run can still find the result of the row when it continues.
    pub fn is_open(&self) -> bool {
        self.code == NO_ANSWER
    }
}

/// The outcome of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The status.
    pub status: OutcomeStatus,
    /// The reason.
    pub reason: Reason,
    /// What is known to be done, and which values were not applied.
    pub effect: RowEffect,
    /// How often it was sent.
    pub attempts: u32,
    /// The request that brought the outcome, from 1; `None` if no request did.
    pub request: Option<u32>,
    /// The time of the outcome.
    pub finished_at: Option<Timestamp>,
}
