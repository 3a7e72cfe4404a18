//! The plan of one file, in words.

use super::planned::{Differences, Planned};
use super::work::PlannedWork;
use crate::cli::summary_words::{
    differences_in_words, effect_in_words, kept_in_words, near_in_words,
};
use crate::import::baseline;
use crate::import::input_file::InputFile;
use crate::import::input_files::ignored_words;
use crate::number::about as about_time;
use crate::number::{count, form, noun};
use crate::plan::Estimate;
use crate::reconcile::{Exceeded, GroupChanges, Preview, PreviewStep};
use crate::umapi::Rates;
use crate::visible::visible;

/// Returns the plan of a file as lines, each with its end.
pub(super) fn describe(
    input: &InputFile,
    planned: &Planned,
    work: &PlannedWork,
    rates: &Rates,
) -> String {
    let mut text = head(input, planned);
    text += &rows(planned);
    text += &changes(planned);
    text += &cost(planned, work, rates);
    if let (None, Some(kept)) = (&planned.differences, kept_in_words(&planned.effects)) {
        text += &format!("{kept}\n");
    }
    text
}

/// Describes the file, the list, and what must be known before the numbers.
fn head(input: &InputFile, planned: &Planned) -> String {
    let mut text = format!("{}: {}\n", input.describe(), count(planned.rows, "row"));
    if let Some(known) = &input.baseline {
        let how = if known.reduces { "compared with" } else { "checked with" };
        text += &format!("{how} {}\n", baseline::describe(&known.organization));
    }
    if !planned.does.is_empty() {
        text += &format!("what it does: {}\n", planned.does);
    }
    if let Some(ignored) = ignored_words(&input.table) {
        text += &format!("{ignored}\n");
    }
    if let Some(countries) = planned.countries.words() {
        text += &format!("{countries}\n");
    }
    if let Some(note) = &planned.asks {
        text += &format!("note: {note}\n");
    }
    text
}

/// Describes the rows by what happens to them.
fn rows(planned: &Planned) -> String {
    let near = near_in_words(&planned.near_names);
    let not_there = (
        format!("row about an unknown user: nothing to remove{near}"),
        format!("rows about unknown users: nothing to remove{near}"),
    );
    let sent_not_there =
        format!("of them for unknown users: sent in case the account is disabled{near}");
    // With a list, other rows may be invalid than in `umbulk validate`.
    let listed_by =
        if planned.differences.is_some() { "umbulk plan --out FILE" } else { "umbulk validate" };
    let invalid = (
        format!("invalid row (listed by {listed_by})"),
        format!("invalid rows (listed by {listed_by})"),
    );
    let lines = [
        (planned.sendable, "row to send", "rows to send"),
        (planned.sent_not_there, sent_not_there.as_str(), sent_not_there.as_str()),
        (
            planned.unchanged - planned.not_there,
            "row unchanged: nothing to send",
            "rows unchanged: nothing to send",
        ),
        (planned.not_there, not_there.0.as_str(), not_there.1.as_str()),
        (planned.invalid, invalid.0.as_str(), invalid.1.as_str()),
        (
            planned.behind_renames,
            "row not sent after an invalid rename",
            "rows not sent after an invalid rename",
        ),
        (planned.skipped, "row skipped", "rows skipped"),
        (planned.deletes, "row that deletes", "rows that delete"),
    ];
    lines
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, several)| format!("  {number:>9}  {}\n", form(number, one, several)))
        .collect()
}

/// Describes what changes, and which values of the rows are not applied.
fn changes(planned: &Planned) -> String {
    let mut text = String::new();
    if let Some(differences) = &planned.differences {
        text += &describe_preview(&differences.preview);
    } else {
        for (word, number) in planned.effects.done() {
            text += &format!("  {number:>9}  {}\n", effect_in_words(word, number));
        }
    }
    for Exceeded { group, quota, members } in &planned.licences {
        text += &format!(
            "    warning  {} would have {}, but has {}\n",
            visible(group),
            count(*members, "member"),
            count(*quota, "licence")
        );
    }
    for (rows, column, advice) in differences_in_words(&planned.effects, &planned.of_adobe_ids) {
        text += &format!(
            "  {rows:>9}  {} in {column}, which is not changed ({advice})\n",
            form(rows, "row differs", "rows differ")
        );
    }
    text
}

/// Describes commands, questions, requests and time.
fn cost(planned: &Planned, work: &PlannedWork, rates: &Rates) -> String {
    let mut text = format!("  {:>9}  {}\n", planned.commands, noun(planned.commands, "command"));
    text += &work.describe_questions(rates);
    text += &format!(
        "  {:>9}  {}, {}",
        planned.requests,
        noun(planned.requests, "request"),
        work.time_words(rates)
    );
    if let Some(Differences { requests_without, .. }) = planned.differences {
        let without = Estimate { commands: 0, requests: requests_without };
        let time = rates.action.as_ref().map_or_else(String::new, |rate| {
            format!(", {} at {rate}", about_time(without.duration(rate.requests, rate.window)))
        });
        text += &format!(" ({requests_without} without the comparison{time})");
    }
    text += "\n";
    if planned.in_place_of > 0 {
        text += &format!(
            "  {:>9}  {} of groups in place of {} of users\n",
            planned.group_commands,
            noun(planned.group_commands, "command"),
            count(planned.in_place_of, "command")
        );
    }
    let Planned { requests, fewest_requests, requests_in_file_order, .. } = planned;
    if requests != fewest_requests || requests != requests_in_file_order {
        text += &format!(
            "             (at least {fewest_requests} in any order of the rows; \
             {requests_in_file_order} with ten rows a request, in the order of the file)\n"
        );
    }
    text
}

/// The most values and groups that are shown one by one; `--json` and `--out` have all.
const SHOWN: usize = 10;

/// Describes what would change, with numbers and the first values and groups.
fn describe_preview(preview: &Preview) -> String {
    let mut text = users_and_groups(preview);
    for update in preview.updates.iter().take(SHOWN) {
        text += &format!(
            "             {}\n",
            visible(&format!("{}: {}", update.user, PreviewStep::Update(update.clone())))
        );
    }
    text += &more(preview.updates.len());
    text += &memberships(preview);
    text
}

/// Describes the users and groups that are created, changed or deleted.
fn users_and_groups(preview: &Preview) -> String {
    let mut text = String::new();
    let mut line = |number: u64, one: &str, what: &str| {
        if number > 0 {
            text += &format!("  {number:>9}  {} {what}\n", noun(number, one));
        }
    };
    line(preview.create, "user", "to create");
    line(preview.groups_to_create, "group", "to create");
    line(preview.groups_to_update, "group", "to change");
    line(preview.groups_to_delete, "group", "to delete");
    line(
        preview.leave,
        "user",
        form(preview.leave, "leaves the organization", "leave the organization"),
    );
    line(preview.update, "user", "to update");
    text
}

/// Describes the memberships that are added and removed, and the groups with most of them.
fn memberships(preview: &Preview) -> String {
    let mut text = String::new();
    let GroupChanges { add, remove } = preview.moves();
    if add + remove > 0 {
        text += &format!(
            "  {add:>9}  {} to add\n  {remove:>9}  {} to remove\n",
            noun(add, "membership"),
            noun(remove, "membership")
        );
    }
    let mut groups: Vec<_> = preview.groups.iter().collect();
    groups.sort_by_key(|(name, moves)| (std::cmp::Reverse(moves.add + moves.remove), *name));
    for (name, moves) in groups.iter().take(SHOWN) {
        text += &format!(
            "             {}: {} to add, {} to remove\n",
            visible(name),
            moves.add,
            moves.remove
        );
    }
    text += &more(groups.len());
    text
}

fn more(all: usize) -> String {
    if all > SHOWN {
        format!("             and {} more (--out writes all)\n", all - SHOWN)
    } else {
        String::new()
    }
}
