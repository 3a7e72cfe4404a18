//! The summary of a run.

use crate::change::EffectCounts;
use crate::execute::{GroupSideEnd, OutcomeStatus, Outcomes, RemainingRows};
use crate::number::{count, form};
use crate::reconcile::NearName;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The result of a run. The field names are those of the JSON.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    /// The input.
    pub file: String,
    /// The organization.
    pub organization: String,
    /// The API's host.
    pub host: String,
    /// Whether the API only checked the rows and changed nothing.
    pub test_mode: bool,
    /// The number of rows of the input.
    pub rows: u64,
    /// The number of rows by status, with every status.
    pub statuses: BTreeMap<&'static str, u64>,
    /// What was done, and which values were not applied: the number of rows for each word; for
    /// `joined` and `left`, of memberships.
    pub effects: EffectCounts,
    /// The part of `effects` that is not applied to Adobe IDs, because only their users can change
    /// it.
    #[serde(skip)]
    pub of_adobe_ids: EffectCounts,
    /// Whether a list shows what existed before.
    #[serde(skip)]
    pub has_list: bool,
    /// Whether only what differs from a list is sent.
    #[serde(skip)]
    pub is_compared: bool,
    /// Rows that remove something from a user who does not exist. They are part of `unchanged`.
    pub not_there: u64,
    /// Rows that are ok and remove a user who may not have existed, which the API confirms as well.
    pub perhaps_nobody: u64,
    /// For the first of the users who do not exist: similar names that may be meant.
    pub near_names: Vec<NearName>,
    /// Rows to fix, by code.
    pub codes: BTreeMap<String, u64>,
    /// Requests sent by this command, including every retry.
    pub requests: u64,
    /// Requests sent in the whole run, including those of earlier commands.
    pub requests_in_run: u64,
    /// What group-side commands have saved in this command's part of the run; `null` if there were
    /// none.
    pub group_side: Option<GroupSideSaved>,
    /// How often the server responded with 429.
    pub throttled: u64,
    /// The duration of the run.
    pub seconds: f64,
    /// The results file, if it could be written.
    #[serde(serialize_with = "crate::fs::lossy_option::serialize")]
    pub results: Option<PathBuf>,
    /// The file of rows to fix, if there are any.
    #[serde(serialize_with = "crate::fs::lossy_option::serialize")]
    pub failed: Option<PathBuf>,
    /// How these rows are sent once they are fixed.
    #[serde(flatten)]
    pub fix: FixAdvice,
    /// Why the run stopped early; absent when it finished.
    pub stopped: Option<String>,
    /// What is left of a run that stopped.
    pub left: Option<Remaining>,
    /// The command to type next; absent when it finished.
    pub next: Option<Next>,
    /// The exit status.
    pub exit: u8,
}

/// How rows to fix are sent once they are fixed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FixAdvice {
    /// The command that imports these rows as a file of their own; absent if they cannot be
    /// imported separately.
    pub import_failed: Option<String>,
    /// The command that sends them again into the same results; absent if only their own file can
    /// be imported.
    pub retry_failed: Option<String>,
    /// Whether that command takes over what is corrected in the file of rows to fix.
    #[serde(skip)]
    pub takes_over: bool,
}

/// Memberships of users that were sent as commands of their groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct GroupSideSaved {
    /// The memberships that are confirmed.
    pub memberships: u64,
    /// The commands of groups that were sent.
    pub commands: u64,
    /// The commands of users that were not needed.
    pub in_place_of: u64,
}

impl GroupSideSaved {
    /// Returns what was saved by the end of a run; `None` if no such command was sent.
    pub(crate) fn of(end: &GroupSideEnd) -> Option<Self> {
        let GroupSideEnd { memberships, commands, in_place_of, .. } = *end;
        (commands > 0).then_some(Self { memberships, commands, in_place_of })
    }
}

/// The next command after a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Next {
    /// It continues the run.
    GoOn(String),
    /// It continues the run, and needs the same standard input.
    GoOnWithInput(String),
    /// The input has changed: it begins a new run.
    StartOver(String),
    /// The input of a saved plan has changed: no command of before begins a new run.
    PlanAgain,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoOn(command) => write!(f, "To continue: {command}"),
            Self::GoOnWithInput(command) => {
                write!(f, "To continue, with the same input: {command}")
            }
            Self::StartOver(command) => {
                write!(f, "To start over with the files as they are now: {command}")
            }
            Self::PlanAgain => f.write_str(
                "To start over with the files as they are now: save a new plan, and begin a new \
                 import with it",
            ),
        }
    }
}

/// What is left of a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Remaining {
    /// Rows without an outcome.
    pub rows: u64,
    /// Rows that were sent and whose result is not known yet.
    pub uncertain: u64,
    /// Requests to send for them.
    pub requests: u64,
    /// When the same command would end, if it started now; `None` if that is unknown.
    pub expected_end: Option<Timestamp>,
}

impl Remaining {
    /// Returns what is left, with the time at which the same command would end if it started `now`.
    pub(crate) fn new(left: &RemainingRows, now: Timestamp) -> Self {
        let RemainingRows { rows, uncertain, ref ahead } = *left;
        let requests = ahead.work.requests();
        let expected_end =
            ahead.time().and_then(|time| now.checked_add(time).ok()).filter(|_| rows > 0);
        Self { rows, uncertain, requests, expected_end }
    }
}

impl fmt::Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, uncertain, requests, expected_end } = self;
        write!(f, "{} in about {}", count(*rows, "row"), count(*requests, "request"))?;
        if let Some(end) = expected_end {
            let end =
                end.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%a %d %b %H:%M");
            write!(f, ". Started now, the same command ends at about {end}")?;
        }
        if *uncertain > 0 {
            write!(f, "\nUncertain: {}", uncertain_words(*uncertain))?;
        }
        Ok(())
    }
}

/// Explains rows that were sent and whose result is not known yet.
pub(crate) fn uncertain_words(rows: u64) -> String {
    format!(
        "{} {} sent and got no response. umbulk repeats what is harmless to repeat, and otherwise \
         asks the server what was done",
        count(rows, "row"),
        form(rows, "was", "were")
    )
}

impl Summary {
    /// Returns the number of rows by status. Rows without an outcome are `not_sent`.
    pub(crate) fn statuses<'s>(
        outcomes: &Outcomes,
        skipped: impl IntoIterator<Item = (&'s OutcomeStatus, &'s u64)>,
    ) -> BTreeMap<&'static str, u64> {
        let mut statuses: BTreeMap<&'static str, u64> = OutcomeStatus::ALL
            .iter()
            .map(|status| (status.name(), outcomes.count(*status)))
            .collect();
        for (status, rows) in skipped {
            *statuses.entry(status.name()).or_default() += rows;
        }
        let judged: u64 = statuses.values().sum();
        *statuses.entry(OutcomeStatus::NotSent.name()).or_default() +=
            u64::from(outcomes.rows()).saturating_sub(judged);
        statuses
    }
}
