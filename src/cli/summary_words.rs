//! The summary of a run, for people.

use crate::change::{CREATED_OR_UPDATED, EffectCounts, GROUP_CREATED_OR_UPDATED, NamesNotUpdated};
use crate::execute::{DELETION_UNKNOWN, NO_ANSWER, OutcomeStatus, RENAME_FAILED};
use crate::number::{count, form, minutes, noun};
use crate::reconcile::NearName;
use crate::report::{GroupSideSaved, Summary};
use crate::visible::visible;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The summary of a run, for people.
pub(crate) struct SummaryWords<'s>(pub(crate) &'s Summary);

impl fmt::Display for SummaryWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        let title = if summary.stopped.is_some() { "Stopped" } else { "Finished" };
        let mode = if summary.test_mode { " (test mode: nothing was changed)" } else { "" };
        writeln!(
            f,
            "{title}{mode}: {} of {}{}",
            count(summary.rows, "row"),
            visible(&summary.file),
            self.time()
        )?;
        self.statuses(f)?;
        self.effects(f)?;
        self.requests(f)?;
        self.group_side(f)?;
        self.codes(f)?;
        self.differences(f)?;
        self.files(f)?;
        self.rest(f)
    }
}

impl SummaryWords<'_> {
    /// Returns how long it has taken. Only the time of the last start is known: if earlier starts
    /// have sent requests, the words say so, or give no time if this one has sent none.
    fn time(&self) -> String {
        let Self(summary) = self;
        let time = minutes(Duration::from_secs_f64(summary.seconds));
        match summary.requests {
            now if now == summary.requests_in_run => format!(" in {time}"),
            0 => String::new(),
            _ => format!(" (the last start took {time})"),
        }
    }

    /// Writes the rows by status.
    fn statuses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        for status in OutcomeStatus::ALL {
            let mut rows = summary.statuses.get(status.name()).copied().unwrap_or(0);
            if status == OutcomeStatus::Unchanged && summary.not_there > 0 {
                rows = rows.saturating_sub(summary.not_there);
                writeln!(
                    f,
                    "  {:>9}  {:<10} no active user of that name (unchanged.not_there){}",
                    summary.not_there,
                    status.name(),
                    near_in_words(&summary.near_names)
                )?;
            }
            if rows > 0 {
                let meaning = self.meaning(status, rows);
                writeln!(f, "  {rows:>9}  {:<10} {meaning}", status.name())?;
            }
        }
        Ok(())
    }

    /// Returns the meaning of a status that this number of rows have.
    fn meaning(&self, status: OutcomeStatus, rows: u64) -> Cow<'static, str> {
        let Self(summary) = self;
        let is_open = status == OutcomeStatus::Unknown
            && summary.left.as_ref().is_some_and(|left| left.uncertain == rows);
        match status {
            _ if is_open => "sent, no response yet".into(),
            OutcomeStatus::Failed => failed_meaning(&summary.codes, rows).into(),
            OutcomeStatus::Ok if summary.test_mode => {
                "accepted by the API; a real run would send these".into()
            }
            status => meaning(status).into(),
        }
    }

    /// Writes what was done.
    fn effects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        for (word, number) in summary.effects.done() {
            writeln!(f, "  {number:>9}  {}", effect_in_words(word, number))?;
        }
        if summary.perhaps_nobody > 0 {
            writeln!(
                f,
                "  {:>9}  {} may have removed nobody: the API also confirms removals of unknown \
                 users (--verify-deletes asks first, but skips disabled accounts)",
                summary.perhaps_nobody,
                noun(summary.perhaps_nobody, "removal")
            )?;
        }
        Ok(())
    }

    /// Writes the requests that were sent.
    fn requests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        let throttled = if summary.throttled > 0 {
            format!(" (throttled {})", count(summary.throttled, "time"))
        } else {
            String::new()
        };
        let now = match summary.requests {
            _ if summary.requests == summary.requests_in_run => String::new(),
            0 => ", none of them now".to_owned(),
            now => format!(", {now} of them now"),
        };
        writeln!(
            f,
            "  {:>9}  {} sent{now}{throttled}",
            summary.requests_in_run,
            noun(summary.requests_in_run, "request")
        )
    }

    /// Writes what group-side commands have saved.
    fn group_side(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(GroupSideSaved { memberships, commands, in_place_of }) = self.0.group_side else {
            return Ok(());
        };
        if in_place_of == 0 {
            let were = form(commands, "was", "were");
            let noun = noun(commands, "command");
            return writeln!(
                f,
                "  {commands:>9}  {noun} of groups {were} refused: the users were sent one by one"
            );
        }
        writeln!(
            f,
            "  {commands:>9}  {} of groups for {}, in place of {} of users",
            noun(commands, "command"),
            count(memberships, "membership"),
            count(in_place_of, "command"),
        )
    }

    /// Writes the most frequent codes of rows to fix.
    fn codes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        if summary.codes.is_empty() {
            return Ok(());
        }
        writeln!(f, "Rows to fix, by code:")?;
        let mut codes: Vec<_> = summary.codes.iter().collect();
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
        Ok(())
    }

    /// Writes which values were not applied to existing users, and what is unknown.
    fn differences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        let mut differences =
            differences_in_words(&summary.effects, &summary.of_adobe_ids).peekable();
        if differences.peek().is_some() {
            let not_applied =
                if summary.test_mode { "Would not be applied" } else { "Not applied" };
            writeln!(f, "{not_applied} to existing users (both values are in the results):")?;
        }
        for (rows, column, advice) in differences {
            writeln!(f, "  {rows:>9}  differs:{column}: {advice}")?;
        }
        if let Some(kept) = kept_in_words(&summary.effects) {
            // After a comparison, these are the people of whom the list may be wrong.
            let advice = if summary.is_compared { "" } else { TO_COMPARE };
            writeln!(f, "{kept}{advice}")?;
        }
        if !summary.has_list && summary.effects.of("joined") + summary.effects.of("left") > 0 {
            writeln!(
                f,
                "Memberships are counted when the server confirms them, even if the user had them \
                 before (--skip-unchanged compares first)"
            )?;
        }
        Ok(())
    }

    /// Writes the files.
    fn files(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        if let Some(results) = &summary.results {
            writeln!(f, "Results:  {}", visible(&results.to_string_lossy()))?;
        }
        let Some(failed) = &summary.failed else { return Ok(()) };
        let failed = visible(&failed.to_string_lossy()).into_owned();
        let file = visible(&summary.file);
        if summary.next.is_some() {
            let words = "(fix them once the import has finished)";
            return writeln!(f, "Rows to fix: {failed} {words}");
        }
        if let Some(command) = &summary.fix.retry_failed {
            let there = if summary.fix.takes_over { "there or " } else { "" };
            return writeln!(
                f,
                "Rows to fix: {failed} (fix them {there}in {file})\n\
                 Then type: {command}"
            );
        }
        match &summary.fix.import_failed {
            Some(command) => writeln!(
                f,
                "Rows to fix: {failed} (fix them there, then import this file)\n\
                 Then type: {command}"
            ),
            // Rows that are ok belong to the same users.
            None => {
                writeln!(f, "Rows to fix: {failed} (fix them in {file}, then import {file} again)")
            }
        }
    }

    /// Writes why the run stopped, and how it continues.
    fn rest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(summary) = self;
        if let Some(why) = &summary.stopped {
            writeln!(f, "Stopped because: {}", visible(why))?;
        }
        if let Some(left) = summary.left.as_ref().filter(|left| left.rows > 0) {
            writeln!(f, "Left:     {left}")?;
        }
        if let Some(next) = &summary.next {
            writeln!(f, "{next}")?;
        }
        Ok(())
    }
}

/// What shows how these users differ from their rows.
pub(crate) const TO_COMPARE: &str = " Add --online --skip-unchanged to see what differs";

/// Describes what stays the same for users for whom it is unknown whether they existed; `None` if
/// there are no such users.
pub(crate) fn kept_in_words(effects: &EffectCounts) -> Option<String> {
    if effects.of("created_or_exists") == 0 {
        return None;
    }
    let NamesNotUpdated { of_users, of_adobe_ids } = effects.names_not_updated();
    let names = match (of_users, of_adobe_ids) {
        (true, _) => " Their names change only with --if-exists update.",
        (false, true) => " Adobe IDs also keep their names.",
        (false, false) => "",
    };
    Some(format!(
        "Users who existed before keep their country, their type and the groups that their row \
         does not name.{names} A row with another email, username or domain creates another user."
    ))
}

/// Describes which values were not applied in how many rows, each with the way to apply it.
/// `of_adobe_ids` are the rows for which there is no way.
pub(crate) fn differences_in_words<'e>(
    effects: &'e EffectCounts,
    of_adobe_ids: &'e EffectCounts,
) -> impl Iterator<Item = (u64, &'e str, &'e str)> {
    effects.differences().flat_map(|(facet, rows)| {
        let own = of_adobe_ids
            .differences()
            .find(|(other, _)| *other == facet)
            .map_or(0, |(_, own)| own.min(rows));
        let each =
            [(rows - own, facet.advice()), (own, "only the user of an Adobe ID can change it")];
        each.into_iter()
            .filter(|(rows, _)| *rows > 0)
            .map(move |(rows, advice)| (rows, facet.column(), advice))
    })
}

/// Describes similar names: `: anne@x.com (perhaps `ann@x.com`), …`; empty if there are none.
pub(crate) fn near_in_words(near_names: &[NearName]) -> String {
    if near_names.is_empty() {
        return String::new();
    }
    let names: Vec<String> =
        near_names.iter().map(|one| visible(&one.to_string()).into_owned()).collect();
    format!(": {}", names.join(", "))
}

/// Returns the meaning of `failed` for this number of rows with these codes:
/// `refused by the server, or not sent because an earlier rename is not done`.
fn failed_meaning(codes: &BTreeMap<String, u64>, rows: u64) -> String {
    let own = [
        (NO_ANSWER, "not done after several attempts"),
        (RENAME_FAILED, "not sent because an earlier rename is not done"),
        (DELETION_UNKNOWN, "not sent because their group may be gone"),
    ];
    let number = |code: &str| codes.get(code).copied().unwrap_or(0);
    let is_refused = rows > own.iter().map(|(code, _)| number(code)).sum();
    let others = own.iter().filter(|(code, _)| number(code) > 0).map(|(_, meaning)| *meaning);
    let all: Vec<&str> =
        is_refused.then(|| meaning(OutcomeStatus::Failed)).into_iter().chain(others).collect();
    all.join(", or ")
}

/// Returns what a status means, in a few words.
pub(super) fn meaning(status: OutcomeStatus) -> &'static str {
    match status {
        OutcomeStatus::Ok => "confirmed by the server",
        OutcomeStatus::Unchanged => "nothing changed",
        OutcomeStatus::Invalid => "wrong in the file, not sent",
        OutcomeStatus::Failed => "refused by the server",
        OutcomeStatus::Unknown => "sent, outcome unknown: check these",
        OutcomeStatus::NotSent => "the run stopped before these rows, or --rows skips them",
        OutcomeStatus::Skipped => "not a person, or excluded by #, the mapping or --conflicts",
    }
}

/// Returns a word of an effect, as the summary has it after a number.
pub(crate) fn effect_in_words(word: &str, number: u64) -> String {
    let (one, rest) = match word {
        "created" => ("user", "created"),
        "exists" => ("user", "existed already"),
        "created_or_exists" => ("user", "created, or existed already"),
        CREATED_OR_UPDATED => ("user", "created, or existed already and updated"),
        "updated" => ("user", "updated"),
        "joined" => ("membership", "added"),
        "left" => ("membership", "removed"),
        "left_all" => ("user", "lost all groups"),
        "removed" => ("user", "removed from the organization"),
        "account_deleted" => {
            ("account", form(number, "deleted with its files", "deleted with their files"))
        }
        "group_created" => ("group", "created"),
        "group_exists" => ("group", "existed already"),
        "group_created_or_exists" => ("group", "created, or existed already"),
        GROUP_CREATED_OR_UPDATED => ("group", "created, or existed already and updated"),
        "group_updated" => ("group", "updated"),
        "group_renamed" => ("group", "renamed"),
        "group_deleted" => ("group", "deleted"),
        "profiles_added" => ("group", "with more product profiles"),
        "profiles_removed" => ("group", "with fewer product profiles"),
        other => return other.to_owned(),
    };
    format!("{} {rest}", noun(number, one))
}
