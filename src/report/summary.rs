//! The summary of a run: for people, and for programs.

use crate::change::{CREATED_OR_UPDATED, GROUP_CREATED_OR_UPDATED};
use crate::change::{EffectCounts, KeptNames};
use crate::execute::{OutcomeStatus, Outcomes, RemainingRows, RowCounts};
use crate::number::{count, form, minutes, noun};
use crate::reconcile::NearName;
use crate::visible::visible;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What a run came to; with `--json` it is printed as it stands here.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The input.
    pub file: String,
    /// The organization.
    pub organization: String,
    /// The API's host.
    pub host: String,
    /// The API has checked the rows and changed nothing.
    pub test_mode: bool,
    /// Rows of the input.
    pub rows: u64,
    /// Rows by status; every status is there.
    pub statuses: BTreeMap<&'static str, u64>,
    /// What was done and what was not applied: rows by word; of `joined` and `left`, memberships.
    pub effects: EffectCounts,
    /// What is not applied to Adobe IDs, for only their users can change it.
    #[serde(skip)]
    pub of_adobe_ids: EffectCounts,
    /// A list tells what was there before.
    #[serde(skip)]
    pub has_list: bool,
    /// Rows that take something away from somebody who is not there; they are among those that are
    /// `unchanged`.
    pub not_there: u64,
    /// Rows that are ok and remove somebody who was perhaps not there: the API confirms that, too.
    pub perhaps_nobody: u64,
    /// The first of their names for which others may be meant.
    pub near_names: Vec<NearName>,
    /// Rows to fix, by code.
    pub codes: BTreeMap<String, u64>,
    /// Requests that this command has sent, every retry counted.
    pub requests: u64,
    /// Requests that were sent in the whole run, with those of earlier commands.
    pub requests_in_run: u64,
    /// How often the server answered that there were too many.
    pub throttled: u64,
    /// How long the run took.
    pub seconds: f64,
    /// The results file.
    #[serde(serialize_with = "crate::fs::OsText::serialize_lossy")]
    pub results: PathBuf,
    /// The file of rows to fix, where there are any.
    #[serde(serialize_with = "crate::fs::lossy_option::serialize")]
    pub failed: Option<PathBuf>,
    /// The command that imports these rows once they are fixed; absent where they cannot be
    /// imported by themselves.
    pub import_failed: Option<String>,
    /// Why the run stopped early; absent when it finished.
    pub stopped: Option<String>,
    /// What is left of a run that stopped.
    pub left: Option<Remaining>,
    /// The command to type next; absent when it finished.
    pub next: Option<Next>,
    /// The exit status.
    pub exit: u8,
}

/// The command to type after a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Next {
    /// It goes on with the run.
    GoOn(String),
    /// The same, and it needs the same standard input.
    GoOnWithInput(String),
    /// The input has changed: it begins a new run.
    StartOver(String),
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoOn(command) => write!(f, "To go on: {command}"),
            Self::GoOnWithInput(command) => write!(f, "To go on, with the same input: {command}"),
            Self::StartOver(command) => {
                write!(f, "To start over with the files as they are now: {command}")
            }
        }
    }
}

/// What is left of a run that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remaining {
    /// Rows without an outcome.
    pub rows: u64,
    /// Those of them that were sent, and nobody knows yet what came of it.
    pub uncertain: u64,
    /// Requests that they take.
    pub requests: u64,
    /// When the same command would end, typed now; `None` where nobody knows.
    pub expected_end: Option<Timestamp>,
}

impl Remaining {
    /// What is left, with the time at which the same command would end if it was typed `now`.
    pub fn new(left: &RemainingRows, now: Timestamp) -> Self {
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

/// What it means that rows were sent and nobody knows yet what came of it.
pub fn uncertain_words(rows: u64) -> String {
    let (was, they) = if rows == 1 { ("was", "it") } else { ("were", "they") };
    format!(
        "{} {was} sent and got no response. umbulk first checks whether {they} took effect, and \
         repeats {} only where that is harmless",
        count(rows, "row"),
        form(rows, "it", "them")
    )
}

impl Summary {
    /// Rows by status; the rows without an outcome are `not_sent`.
    pub fn statuses(outcomes: &Outcomes, counts: &RowCounts) -> BTreeMap<&'static str, u64> {
        let mut statuses: BTreeMap<&'static str, u64> = OutcomeStatus::ALL
            .iter()
            .map(|status| (status.name(), outcomes.count(*status)))
            .collect();
        *statuses.entry(OutcomeStatus::Invalid.name()).or_default() += counts.invalid;
        *statuses.entry(OutcomeStatus::Unchanged.name()).or_default() += counts.unchanged;
        statuses.insert(OutcomeStatus::Skipped.name(), counts.skipped);
        let judged: u64 = statuses.values().sum();
        *statuses.entry(OutcomeStatus::NotSent.name()).or_default() +=
            u64::from(outcomes.rows()).saturating_sub(judged);
        statuses
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = if self.stopped.is_some() { "Stopped" } else { "Finished" };
        let mode = if self.test_mode { " (test mode: nothing was changed)" } else { "" };
        writeln!(
            f,
            "{title}{mode}: {} of {} in {}",
            count(self.rows, "row"),
            visible(&self.file),
            minutes(Duration::from_secs_f64(self.seconds))
        )?;
        for status in OutcomeStatus::ALL {
            let mut rows = self.statuses.get(status.name()).copied().unwrap_or(0);
            if status == OutcomeStatus::Unchanged && self.not_there > 0 {
                rows = rows.saturating_sub(self.not_there);
                writeln!(
                    f,
                    "  {:>9}  {:<10} no such user (unchanged.not_there): nothing to remove{}",
                    self.not_there,
                    status.name(),
                    near_in_words(&self.near_names)
                )?;
            }
            if rows > 0 {
                let is_open = status == OutcomeStatus::Unknown
                    && self.left.as_ref().is_some_and(|left| left.uncertain == rows);
                let meaning = match status {
                    _ if is_open => "sent, no response yet",
                    OutcomeStatus::Ok if self.test_mode => {
                        "accepted by the API; a real run would send these"
                    }
                    status => meaning(status),
                };
                writeln!(f, "  {rows:>9}  {:<10} {meaning}", status.name())?;
            }
        }
        for (word, number) in self.effects.done() {
            writeln!(f, "  {number:>9}  {}", effect_in_words(word, number))?;
        }
        if self.perhaps_nobody > 0 {
            writeln!(
                f,
                "  {:>9}  of these removals may have removed nobody: the API also confirms {} for \
                 unknown users (--verify-deletes checks first)",
                self.perhaps_nobody,
                form(self.perhaps_nobody, "one", "them")
            )?;
        }
        let throttled = if self.throttled > 0 {
            format!(" (throttled {})", count(self.throttled, "time"))
        } else {
            String::new()
        };
        let now = match self.requests {
            _ if self.requests == self.requests_in_run => String::new(),
            0 => ", none of them now".to_owned(),
            now => format!(", {now} of them now"),
        };
        writeln!(
            f,
            "  {:>9}  {} sent{now}{throttled}",
            self.requests_in_run,
            noun(self.requests_in_run, "request")
        )?;
        if !self.codes.is_empty() {
            writeln!(f, "Rows to fix, by code:")?;
            let mut codes: Vec<_> = self.codes.iter().collect();
            codes.sort_by_key(|(code, rows)| (std::cmp::Reverse(**rows), (*code).clone()));
            for (code, rows) in codes.iter().take(8) {
                writeln!(f, "  {rows:>9}  {}", visible(code))?;
            }
            if codes.len() > 8 {
                writeln!(
                    f,
                    "             and {} more {}: see the results",
                    codes.len() - 8,
                    noun(codes.len() as u64 - 8, "code")
                )?;
            }
        }
        let mut differences = differences_in_words(&self.effects, &self.of_adobe_ids).peekable();
        if differences.peek().is_some() {
            let not_applied = if self.test_mode { "Would not be applied" } else { "Not applied" };
            writeln!(f, "{not_applied} to existing users (both values are in the results):")?;
        }
        for (rows, column, advice) in differences {
            writeln!(f, "  {rows:>9}  differs:{column}: {advice}")?;
        }
        if let Some(kept) = kept_in_words(&self.effects) {
            writeln!(f, "{kept}")?;
        }
        if !self.has_list && self.effects.of("joined") + self.effects.of("left") > 0 {
            writeln!(
                f,
                "Memberships are counted when the server confirms them, even if the user had them \
                 before (--skip-unchanged compares first)"
            )?;
        }
        writeln!(f, "Results:  {}", visible(&self.results.to_string_lossy()))?;
        if let Some(failed) = &self.failed {
            let failed = visible(&failed.to_string_lossy()).into_owned();
            match &self.import_failed {
                Some(command) => writeln!(
                    f,
                    "Rows to fix: {failed} (fix them there, then import that file)\nThen type: \
                     {command}"
                )?,
                // Rows that are ok belong to the same people.
                None => writeln!(
                    f,
                    "Rows to fix: {failed} (fix them in {}, then import that file again)",
                    visible(&self.file)
                )?,
            }
        }
        if let Some(why) = &self.stopped {
            writeln!(f, "Stopped because: {}", visible(why))?;
        }
        if let Some(left) = self.left.as_ref().filter(|left| left.rows > 0) {
            writeln!(f, "Left:     {left}")?;
        }
        if let Some(next) = &self.next {
            writeln!(f, "{next}")?;
        }
        Ok(())
    }
}

/// What stays as it was where nobody knows whether users were created or met; nothing where that is
/// known of all.
pub fn kept_in_words(effects: &EffectCounts) -> Option<String> {
    if effects.of("created_or_exists") == 0 {
        return None;
    }
    let KeptNames { of_users, of_adobe_ids } = effects.kept_names();
    let names = match (of_users, of_adobe_ids) {
        (true, _) => " Their names change only with --if-exists update.",
        (false, true) => " Adobe IDs also keep their names.",
        (false, false) => "",
    };
    Some(format!(
        "Users who existed before keep their country, type and other groups.{names} --online \
         --skip-unchanged shows what differs"
    ))
}

/// What was not applied in how many rows, each with the way to do it; `of_adobe_ids` are those of
/// the rows for which there is none here.
pub fn differences_in_words<'e>(
    effects: &'e EffectCounts,
    of_adobe_ids: &'e EffectCounts,
) -> impl Iterator<Item = (u64, &'e str, &'e str)> {
    effects.differences().flat_map(|(facet, rows)| {
        let own = of_adobe_ids
            .differences()
            .find(|(other, _)| *other == facet)
            .map_or(0, |(_, own)| own.min(rows));
        let each = [
            (rows - own, facet.advice()),
            (own, "of Adobe IDs, which belong to their users: only they can change it"),
        ];
        each.into_iter()
            .filter(|(rows, _)| *rows > 0)
            .map(move |(rows, advice)| (rows, facet.column(), advice))
    })
}

/// `: anne@x.com (perhaps `ann@x.com`), …`; nothing where no other name may be meant.
pub fn near_in_words(near_names: &[NearName]) -> String {
    if near_names.is_empty() {
        return String::new();
    }
    let names: Vec<String> =
        near_names.iter().map(|one| visible(&one.to_string()).into_owned()).collect();
    format!(": {}", names.join(", "))
}

fn meaning(status: OutcomeStatus) -> &'static str {
    match status {
        OutcomeStatus::Ok => "confirmed by the server",
        OutcomeStatus::Unchanged => "nothing to do",
        OutcomeStatus::Invalid => "wrong in the file, not sent",
        OutcomeStatus::Failed => "refused by the server",
        OutcomeStatus::Unknown => "sent, outcome unknown: check these",
        OutcomeStatus::NotSent => "not sent",
        OutcomeStatus::Skipped => "not a person, or does not count",
    }
}

/// A word of an effect, as the summary says it beside its number.
pub fn effect_in_words(word: &str, number: u64) -> String {
    let (one, rest) = match word {
        "created" => ("user", "created"),
        "exists" => ("user", form(number, "was there already", "were there already")),
        "created_or_exists" => ("user", "created, or there already"),
        CREATED_OR_UPDATED => ("user", "created, or there already and updated"),
        "updated" => ("user", "updated"),
        "joined" => ("membership", "added"),
        "left" => ("membership", "removed"),
        "left_all" => ("user", "lost all memberships"),
        "removed" => ("user", "removed from the organization"),
        "account_deleted" => {
            ("account", form(number, "deleted with its files", "deleted with their files"))
        }
        "group_created" => ("group", "created"),
        "group_exists" => ("group", form(number, "was there already", "were there already")),
        "group_created_or_exists" => ("group", "created, or there already"),
        GROUP_CREATED_OR_UPDATED => ("group", "created, or there already and updated"),
        "group_updated" => ("group", "updated"),
        "group_renamed" => ("group", "renamed"),
        "group_deleted" => ("group", "deleted"),
        "profiles_added" => ("group", "with more product profiles"),
        "profiles_removed" => ("group", "with fewer product profiles"),
        other => return other.to_owned(),
    };
    format!("{} {rest}", noun(number, one))
}
