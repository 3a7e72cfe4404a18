//! The plan of one file, in words.

use super::changes;
use super::look_at::LookAt;
use super::missing;
use super::planned::{Differences, Planned};
use super::section;
use super::work::PlannedWork;
use crate::cli::proposed_command::Typed;
use crate::cli::summary_words::{TO_COMPARE, differences_in_words, kept_in_words, near_in_words};
use crate::cli::typed_words::typed_words;
use crate::cli::words::note_words;
use crate::import::baseline;
use crate::import::input_file::InputFile;
use crate::import::input_files::ignored_note;
use crate::number::about as about_time;
use crate::number::{count, form, noun};
use crate::plan::Estimate;
use crate::reconcile::Preview;
use crate::report::{PlanPageFile, PlanPart};
use crate::shell::shell_words;
use crate::umapi::Rates;
use crate::visible::visible_lines;
use std::ffi::OsString;

/// Returns the plan of a file as lines, each with its end. A terminal may show them as they are.
pub(super) fn describe(
    input: &InputFile,
    planned: &Planned,
    work: &PlannedWork,
    rates: &Rates,
) -> String {
    let facts = facts(input, planned);
    let head = facts.iter().map(|PlanFact { before, words, .. }| format!("{before}{words}\n"));
    let mut before: String = head.collect();
    before += &rows(planned);
    let mut behind = unapplied(planned);
    behind += &cost(planned, work, rates);
    behind.extend(kept(planned).map(|kept| kept + "\n"));
    let sections: String = parts(planned).map(|part| section::describe(&part)).collect();
    format!("{}{sections}{}", visible_lines(&before), visible_lines(&behind))
}

fn parts(planned: &Planned) -> impl Iterator<Item = PlanPart> {
    let missing = planned.found.missing.iter().flat_map(missing::parts);
    let look_at = planned.found.look_at.iter().map(LookAt::part);
    changes(planned).into_iter().chain(look_at).chain(missing)
}

/// Returns the plan of a file for a page.
pub(super) fn page_file(
    input: &InputFile,
    planned: &Planned,
    work: &PlannedWork,
    rates: &Rates,
) -> PlanPageFile {
    let in_lines = |text: String| text.lines().map(words_of).collect::<Vec<_>>().join("; ");
    let head = facts(input, planned).into_iter().map(|fact| (fact.name, fact.words));
    let others = [
        ("Rows", rows(planned)),
        ("What stays", unapplied(planned)),
        ("What is sent", cost(planned, work, rates)),
        ("Existing users", kept(planned).unwrap_or_default()),
    ];
    let others = others.into_iter().map(|(name, text)| (name, in_lines(text)));
    PlanPageFile {
        name: planned.file.clone(),
        facts: head.chain(others).filter(|(_, words)| !words.is_empty()).collect(),
        parts: parts(planned).collect(),
    }
}

/// Returns the words of a line that begins with a number in a column.
fn words_of(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What must be known before the numbers.
struct PlanFact {
    /// The name of the fact on a page.
    name: &'static str,
    /// The words before it on a line.
    before: &'static str,
    words: String,
}

/// Returns what is known about the file, the list, and what an import would ask.
fn facts(input: &InputFile, planned: &Planned) -> Vec<PlanFact> {
    let fact = |name, before, words| PlanFact { name, before, words };
    let rows = format!("{}: {}", input.describe(), count(planned.rows, "row"));
    let mut all = vec![fact("File", "", rows)];
    if let Some(known) = &input.baseline {
        let (name, how) = match known.reduces {
            true => ("Compared with", "compared with "),
            false => ("Checked with", "checked with "),
        };
        all.push(fact(name, how, baseline::describe(&known.organization)));
    }
    if !planned.does.is_empty() {
        all.push(fact("What it does", "what it does: ", planned.does.clone()));
    }
    let ignored = ignored_note(&input.table);
    all.extend(ignored.map(|note| fact("Columns", "", note_words(&note))));
    all.extend(planned.countries.words().map(|words| fact("Countries", "", words)));
    all.extend(planned.asks.clone().map(|words| fact("Note", "note: ", words)));
    if planned.found.differences.is_none() && planned.sendable > 0 {
        let names = match planned.found.asked_for {
            Some(_) => "",
            None => "; --out FILE has the names of so many rows",
        };
        let words = match &input.baseline {
            // What holds already according to a stored list is not shown.
            Some(_) => format!(
                "the import sends every valid row. Below is only what would change, by this \
                 snapshot (import --skip-unchanged sends only that{names})"
            ),
            None => format!(
                "below is what the rows ask for; nothing is compared (add --against FILE or \
                 --online{names})"
            ),
        };
        all.push(fact("Comparison", "", words));
    }
    all
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
    let typed: Vec<OsString> = typed_words().collect();
    let listed_by =
        Typed::new(&typed).map_or_else(Vec::new, |plan| match &planned.found.differences {
            Some(_) => plan.to_list_rows(),
            None => plan.to_validate(&planned.file),
        });
    let listed_by = shell_words(listed_by);
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

/// Returns what is created, changed and removed.
fn changes(planned: &Planned) -> Vec<PlanPart> {
    match (&planned.found.differences, &planned.found.asked_for) {
        (Some(differences), _) => changes::differences(&differences.preview),
        (None, asked) => {
            // Numbers alone, if there are too many rows.
            let nothing = Preview::default();
            changes::asked_for(&planned.effects, asked.as_ref().unwrap_or(&nothing))
        }
    }
}

/// Describes which values of the rows are not applied.
fn unapplied(planned: &Planned) -> String {
    let mut text = String::new();
    for (rows, column, advice) in differences_in_words(&planned.effects, &planned.of_adobe_ids) {
        text += &format!(
            "  {rows:>9}  {} in {column}, which is not changed ({advice})\n",
            form(rows, "row differs", "rows differ")
        );
    }
    text
}

/// Describes what existing users keep, where nothing is compared.
fn kept(planned: &Planned) -> Option<String> {
    let kept = kept_in_words(&planned.effects).filter(|_| planned.found.differences.is_none())?;
    Some(format!("{kept}{TO_COMPARE}"))
}

/// Describes commands, questions, requests and time.
fn cost(planned: &Planned, work: &PlannedWork, rates: &Rates) -> String {
    let mut text = format!("  {:>9}  {}\n", planned.commands, noun(planned.commands, "command"));
    text += &work.describe_questions(rates);
    // Those for missing people are counted apart.
    let has_more = planned.found.missing.as_ref().is_some_and(|missing| missing.requests > 0);
    text += &format!(
        "  {:>9}  {}{}, {}",
        planned.requests,
        noun(planned.requests, "request"),
        if has_more { " for the rows" } else { "" },
        work.time_words(rates)
    );
    if let Some(Differences { requests_without, .. }) = planned.found.differences {
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
            "             (no order of the rows needs fewer than {fewest_requests}; ten rows a \
             request, in file order, would be {requests_in_file_order})\n"
        );
    }
    text
}
