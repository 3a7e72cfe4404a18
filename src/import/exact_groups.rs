//! Finds the users who keep all groups with `--exact-groups`, because a row about them is not
//! carried out.

use crate::execute::{InputRows, RowRange, ignored_after_checks, split_users};
use crate::import::baseline_error::BaselineError;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::reconcile::{Baseline, Managed};
use crate::visible::visible;
use std::sync::Arc;

/// After all rows are checked, finds the users from whom no groups are removed: those who are also
/// named in a row that is not sent, for whatever reason. Reports how many they are.
///
/// # Errors
/// When a file cannot be read, or if a row that cannot be read may name anybody.
pub(crate) fn keep_groups_of_ignored(
    inputs: &mut [InputFile],
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let is_exact = |known: &&Baseline| known.managed.is_some();
    let known = |input: &InputFile| input.baseline.as_ref().filter(is_exact).cloned();
    let Some(first) = inputs.iter().find_map(known) else { return Ok(()) };
    for input in inputs.iter_mut().filter(|input| input.conflicts.is_none()) {
        input.scan(None)?;
    }
    // Here nothing is removed from anybody, because it is still open who keeps groups.
    let nothing_removed: Vec<Option<Baseline>> = inputs
        .iter()
        .map(|input| {
            let known = input.baseline.clone()?;
            let managed = known.managed.as_ref().map(|_| Managed::default());
            Some(Baseline { managed, ..known })
        })
        .collect();
    let files: Vec<InputRows<'_>> = inputs
        .iter()
        .zip(&nothing_removed)
        .map(|(input, known)| InputRows { baseline: known.as_ref(), ..input.input_rows() })
        .collect();
    let ignored = ignored_after_checks(&files, &first.organization)?;
    if ignored.unreadable > 0 {
        return Err(BaselineError::UnreadableRows { rows: ignored.unreadable }.into());
    }
    if !ignored.nameless.is_empty() {
        return Err(BaselineError::NamelessRows(ignored.nameless).into());
    }
    for input in &*inputs {
        if let Some(words) = split_words(input)? {
            reporter.say(&reporter.words(&Note::SplitUsers { words: &words }));
        }
    }
    let mut people = ignored.people;
    people.extend(first.ignored_rows.iter());
    if !people.is_empty() {
        let note = Note::AlsoIgnored { people: people.len() as u64 };
        reporter.say(&reporter.words(&note));
    }
    let people = Arc::new(people);
    for known in inputs.iter_mut().filter_map(|input| input.baseline.as_mut()) {
        known.ignored_rows = Arc::clone(&people);
    }
    Ok(())
}

/// The most people that the note about `--rows` names.
const MOST_NAMED: usize = 5;

/// Names the people of a file of whom only some rows are within `--rows`: `ann@x.com (staff.csv, rows
/// 1, 3)`; `None` if there are none.
fn split_words(input: &InputFile) -> Result<Option<String>, ImportError> {
    let Some(known) = &input.baseline else { return Ok(None) };
    let split = split_users(&input.input_rows())?;
    let file = visible(input.table.name());
    let mut named: Vec<String> = split
        .iter()
        .take(MOST_NAMED)
        .map(|user| {
            let rows = RowRange::of_rows(user.rows.iter().copied()).in_short();
            let name = known.organization.person(user.number).name();
            format!("{} ({file}, rows {rows})", visible(name))
        })
        .collect();
    if split.len() > MOST_NAMED {
        named.push(format!("and {}", count((split.len() - MOST_NAMED) as u64, "more person")));
    }
    Ok((!named.is_empty()).then(|| named.join("; ")))
}
