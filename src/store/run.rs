//! What the store knows of a run.

use serde_json::Value;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// Where a run goes: an organization at the API's host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RunPlace {
    pub(crate) organization: String,
    pub(crate) host: String,
}

/// A run that is submitted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewRun {
    /// Identifies it.
    pub(crate) id: String,
    pub(crate) place: RunPlace,
    /// Identifies the input: its length and a hash.
    pub(crate) input: String,
    /// The name of the input, without its folder.
    pub(crate) file: String,
    pub(crate) rows: u64,
    /// The user and computer that submits it.
    pub(crate) submitted_by: String,
    /// How it is imported, in the format of the import.
    pub(crate) options: Value,
}

/// What has become of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunState {
    /// Its files are being stored.
    Arriving,
    /// A worker may begin it.
    Queued,
    /// A worker has it, or had it until its lease ended.
    Running,
    /// It can be continued.
    Stopped,
    /// Every row has its outcome.
    Finished,
    /// Nothing was sent.
    Refused,
    /// Somebody has ended it.
    Cancelled,
}

impl RunState {
    /// Returns the name in the store.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arriving => "arriving",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns what becomes of a run of which a part was sent: it is not refused, but can be
    /// continued.
    pub(crate) fn of_begun(self) -> Self {
        if self == Self::Refused { Self::Stopped } else { self }
    }

    /// Whether nothing more happens to the run.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Refused | Self::Cancelled)
    }
}

impl FromStr for RunState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let all = [
            Self::Arriving,
            Self::Queued,
            Self::Running,
            Self::Stopped,
            Self::Finished,
            Self::Refused,
            Self::Cancelled,
        ];
        all.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// A run in the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRun {
    pub(crate) new: NewRun,
    /// Its number in the order of submission, which is higher than those before.
    pub(crate) number: i64,
    /// The fence of its last worker; 0 if it had none.
    pub(crate) fence: i64,
    pub(crate) state: RunState,
    /// Whether somebody wants it to end.
    pub(crate) is_unwanted: bool,
    /// Whether it was queued, so that any worker carries it out.
    pub(crate) is_submitted: bool,
    pub(crate) exit_status: Option<i32>,
    /// Why it has ended, or why it was not carried out the last time.
    pub(crate) reason: Option<String>,
    pub(crate) progress: Value,
    /// Who works at it, or did last.
    pub(crate) worker: Option<String>,
    /// How long its lease lasts; `None` if nobody has the run.
    pub(crate) leased_for: Option<Duration>,
    pub(crate) submitted_at: SystemTime,
}

impl StoredRun {
    /// Returns who has the run now, and how long the lease still lasts, unless it is renewed.
    pub(crate) fn holder(&self) -> Option<(&str, Duration)> {
        let left = self.leased_for.filter(|_| self.state == RunState::Running)?;
        Some((self.worker.as_deref().unwrap_or_default(), left))
    }

    /// Whether the run can be continued. One that is to end and that nobody has is as good as
    /// cancelled.
    pub(crate) fn is_open(&self) -> bool {
        let is_given_up = self.is_unwanted && self.holder().is_none();
        !self.state.is_over() && !is_given_up
    }
}

/// A file of a run that other computers look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunFile {
    pub(crate) run: String,
    pub(crate) name: String,
    /// How long ago it was stored.
    pub(crate) age: Duration,
    /// For how long nobody has had the run; zero while somebody has it.
    pub(crate) left_for: Duration,
}

/// How many runs are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateCount {
    pub(crate) state: RunState,
    pub(crate) runs: u64,
    /// Those that a process has now.
    pub(crate) leases: u64,
}

/// What a worker has seen of the store when it decided to begin a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SeenRuns {
    /// The number of the last run with the name or the input of the new one; 0 if there was none.
    pub(crate) last: i64,
    /// Runs that are not finished, which the new one replaces.
    pub(crate) replaced: Vec<ReplacedRun>,
}

/// A run that another one replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplacedRun {
    pub(crate) run: String,
    /// The fence of its last worker: if it has another one since, it is not replaced.
    pub(crate) fence: i64,
    /// Whether that worker has certainly ended, whatever its lease says.
    pub(crate) has_ended: bool,
}

/// The right of a worker to continue a run, until another one has claimed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) run: String,
    /// Each worker of the run has a higher fence than those before.
    pub(crate) fence: i64,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    Claimed(Lease),
    /// Another worker has the run.
    Held {
        worker: String,
        /// How long its lease still lasts, unless it is renewed.
        left: Duration,
    },
    /// Nothing more happens to the run.
    Over(RunState),
}

/// A lease after its renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewed {
    Wanted,
    /// Somebody wants the run to end.
    Unwanted,
}

/// How a worker leaves a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeaseEnd {
    pub(crate) state: RunState,
    pub(crate) exit_status: i32,
    /// Why, for people who look at the store.
    pub(crate) reason: Option<String>,
}

impl LeaseEnd {
    /// Creates an end without a reason.
    pub(crate) fn of(state: RunState, exit_status: i32) -> Self {
        Self { state, exit_status, reason: None }
    }
}
