//! Finds the users who keep all groups with `--exact-groups`, because a row about them is not
//! carried out.

use crate::execute::{
    InputRows, RowRange, Scan, conflict_index, ignored_after_checks, ignored_rows, split_users,
};
use crate::import::baseline_error::BaselineError;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::{HashedName, Organization};
use crate::reconcile::{Baseline, Managed};
use crate::visible::visible;
use std::sync::Arc;

/// Finds the users, after all rows are checked, from whom no groups are removed: those who are also
/// named in a row that is not sent, for whatever reason. Reports how many they are. `scan` is that
/// of the only file, if it was scanned already; returns the scan that still holds.
///
/// # Errors
/// When a file cannot be read, or if a row that cannot be read may name anybody.
pub(crate) fn keep_groups_of_ignored(
    inputs: &mut [InputFile],
    mut scan: Option<Scan>,
    reporter: &dyn ImportReporter,
) -> Result<Option<Scan>, ImportError> {
    let is_exact = |known: &&Baseline| known.managed.is_some();
    let known = |input: &InputFile| input.baseline.as_ref().filter(is_exact).cloned();
    let Some(first) = inputs.iter().find_map(known) else { return Ok(scan) };
    if let [input] = &mut *inputs
        && input.conflicts.is_none()
    {
        scan = Some(input.scan(None)?);
    }
    let own: Vec<Option<Baseline>> =
        inputs.iter().map(|input| without_removals(input.baseline.as_ref())).collect();
    let files: Vec<InputRows<'_>> = inputs
        .iter()
        .zip(&own)
        .map(|(input, known)| InputRows { baseline: known.as_ref(), ..input.input_rows() })
        .collect();
    let ignored = ignored_after_checks(&files, &first.organization, scan.as_ref())?;
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
    let keeps_all = people == *first.ignored_rows && inputs.iter().all(|it| it.whole.is_none());
    let people = Arc::new(people);
    for known in inputs.iter_mut().filter_map(|input| input.baseline.as_mut()) {
        known.ignored_rows = Arc::clone(&people);
    }
    keep_groups_in_whole_files(inputs)?;
    Ok(scan.filter(|_| keeps_all))
}

/// Returns what is known, but so that nothing is removed from anybody, while it is still open who
/// keeps groups.
fn without_removals(known: Option<&Baseline>) -> Option<Baseline> {
    let known = known?;
    let managed = known.managed.as_ref().map(|_| Managed::default());
    Some(Baseline { managed, ..known.clone() })
}

/// Finds what the rows of the whole files show, if only some are sent: the others are counted, so
/// that an import in portions removes no more than one of the whole file.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn compare_whole_files(
    inputs: &mut [&mut InputFile],
    organization: &Organization,
    recently_changed: &[HashedName],
) -> Result<(), ImportError> {
    if inputs.iter().all(|input| input.range.is_none()) {
        return Ok(());
    }
    let files: Vec<_> = inputs.iter().map(|input| input.input_rows().of_whole_file()).collect();
    let ignored = Arc::new(ignored_rows(&files, organization, &[])?.people);
    let conflicts = conflict_index(&files, organization)?;
    let conflicts = Arc::new(conflicts.with_recently_changed(recently_changed, organization));
    for input in inputs.iter_mut() {
        input.whole = input.baseline.clone().map(|known| Baseline {
            ignored_rows: Arc::clone(&ignored),
            conflict_index: Arc::clone(&conflicts),
            ..known
        });
    }
    Ok(())
}

/// Does the same as [`keep_groups_of_ignored()`] for the rows of the whole files, if only some are
/// sent.
fn keep_groups_in_whole_files(inputs: &mut [InputFile]) -> Result<(), ImportError> {
    let Some(first) = inputs.iter().find_map(|input| input.whole.clone()) else { return Ok(()) };
    let whole: Vec<Option<Baseline>> =
        inputs.iter().map(|input| without_removals(input.whole.as_ref())).collect();
    let files: Vec<InputRows<'_>> = inputs
        .iter()
        .zip(&whole)
        .map(|(input, known)| InputRows {
            baseline: known.as_ref(),
            whole: None,
            range: None,
            ..input.input_rows()
        })
        .collect();
    let mut people = ignored_after_checks(&files, &first.organization, None)?.people;
    people.extend(first.ignored_rows.iter());
    let people = Arc::new(people);
    for known in inputs.iter_mut().filter_map(|input| input.whole.as_mut()) {
        known.ignored_rows = Arc::clone(&people);
    }
    Ok(())
}

/// The most people that the note about `--rows` names.
const MOST_NAMED: usize = 5;

/// Names the people of a file of whom only some rows are within `--rows`:
/// `ann@x.com (staff.csv, rows 1, 3)`; `None` if there are none.
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
