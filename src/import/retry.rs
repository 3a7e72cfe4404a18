//! Sends the failed rows of the last run of a file again, once they are fixed. The run of the
//! journal continues with these rows, so that its results have one outcome for each row.
//!
//! Rows are recognized by the marks of their cells: if anything else than the failed rows has
//! changed in the file, nothing is sent.

use crate::execute::{InputRows, RowRange, RowTurn, row_marks, rows_overtaken};
use crate::fs::{Lock, keep_dated};
use crate::import::config::{ImportConfig, ReadConfig};
use crate::import::connection::Connection;
use crate::import::copied_journal::check_is_newest;
use crate::import::difference::Difference;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::fixed_rows::{InputRowsToFix, RowsToFix};
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::journal_place::{journal_path, lock_path};
use crate::import::opened_run::{OpenedRun, RowsBefore};
use crate::import::outputs::output_paths;
use crate::import::portions::{ends_whole, perhaps_done};
use crate::import::reporter::{ImportReporter, Silent};
use crate::import::resume_error::{BegunRun, ResumeError};
use crate::import::retry_error::RetryError;
use crate::import::run_options::{
    LIST, differences, options_without_list, plan_of, take_date_of_same_list,
};
use crate::import::stored_config;
use crate::import::undo::done_part::DoneOutcome;
use crate::import::undo::earlier_undo::was_undone;
use crate::import::undo::prepare::undo_path;
use crate::journal::{Journal, RetriedRows, RowMarks, RunIdentity, RunInfo};
use crate::table::Field;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

/// The most changed rows that are named.
const NAMED: usize = 5;

/// The rows that are to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RowsToRetry {
    rows: RowRange,
    /// Whether an earlier start was about to send them, and has not finished.
    is_interrupted: bool,
    /// Whether an earlier start has already sent some of them.
    is_begun: bool,
    /// The marks of the rows as they were when they failed, in order.
    marks: Vec<u32>,
}

/// Returns the import of the rows that had failed.
///
/// # Errors
/// When there are none, or it is not certain which they are.
pub(crate) fn with_failed_rows(
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
) -> Result<ImportConfig, ImportError> {
    let [path] = config.files.as_slice() else { return Err(RetryError::SeveralFiles.into()) };
    if path == Path::new("-") {
        return Err(RetryError::StandardInput.into());
    }
    if config.missing.is_some() {
        return Err(RetryError::Missing.into());
    }
    let (organization, _) = Connection::place(&config.connect.access)?;
    let place = journal_path(path, &output_paths(config, path).results, &organization);
    let file = path.display().to_string();
    let no_run = || RetryError::NoRun { file: file.clone() };
    if Journal::open_read_only(&place)?.is_none() {
        return Err(no_run().into());
    }
    // No other process takes corrections over at the same time.
    let _lock = Lock::take(&lock_path(&place))
        .map_err(|busy| ResumeError::Busy { file: file.clone(), busy })?;
    let journal = Journal::open_read_only(&place)?.ok_or_else(no_run)?;
    let retry = RowsToRetry::read(&journal, &file)?;
    let RowsToRetry { rows, is_interrupted, is_begun, marks: then } = &retry;
    let paths = output_paths(config, path);
    let copies = &paths.copies;
    if let (Some(marks), Some(to_fix)) = (journal.row_marks()?, &paths.failed) {
        let failed = InputRowsToFix { rows, then, marks: &marks, is_interrupted: *is_interrupted };
        let files = RowsToFix { file: path, to_fix, copies };
        match is_begun {
            false => {
                if to_fix.is_file() {
                    check_options_early(config, &journal, (path, &file))?;
                }
                files.take_over(&config.read, failed, reporter)?;
            }
            // Its requests have the rows as they were.
            true if files.has_corrections(&config.read, failed).unwrap_or(true) => {
                let (to_fix, copies) = (to_fix.display(), copies.display());
                reporter.say(&format!(
                    "note: the interrupted retry continues with the rows as they were: \
                     what was corrected in {to_fix} since is not taken over. That file is kept in \
                     {copies} with its date; correct the rows that fail again once more"
                ));
            }
            true => {}
        }
    }
    let rows = retry.rows;
    let read = ReadConfig { rows: Some(rows), ..config.read.clone() };
    Ok(ImportConfig { read, ..config.clone() })
}

/// Opens the journal of the last run for the rows that are sent again. If they are sent for the
/// first time since they had failed, it also returns what was done of them before: then the journal
/// stays as it was until [`begin_to_send`].
///
/// # Errors
/// When the file or the options differ otherwise, or a later row was sent already.
pub(crate) fn begin_retry(
    place: &Path,
    (config, run): (&ImportConfig, &FileRun),
    about: &RunIdentity,
    connection: &Connection,
) -> Result<(Journal, Option<RowsBefore>), ImportError> {
    let file = run.input.table.name();
    let named = || file.to_owned();
    let no_run = || RetryError::NoRun { file: named() };
    let mut journal = Journal::open(place)?.ok_or_else(no_run)?;
    let retry = RowsToRetry::read(&journal, file)?;
    if config.read.rows.as_ref() != Some(&retry.rows) {
        return Err(RetryError::Meanwhile { file: named() }.into());
    }
    let (identity, run_info, recovered) = journal.believed()?;
    let differences = other_differences(&identity, about);
    if retry.is_begun {
        check_same(file, (&identity, about), differences)?;
        return Ok((journal, None));
    }
    if !differences.is_empty() {
        return Err(RetryError::OtherOptions { file: named(), differences }.into());
    }
    let no_marks = || RetryError::NoMarks { file: named() };
    let then = journal.row_marks()?.ok_or_else(no_marks)?;
    let now = row_marks(&run.input.input_rows(), &run.scan.plan)?;
    check_other_rows(run, &retry.rows, (&then, &now))?;
    let number = number_of(&retry, place, &run_info, &run.path)?;
    let retries = number.saturating_sub(u32::from(!retry.is_interrupted));
    // A retry before this one has forgotten what was done of its rows before.
    let is_untouched = number == 1 && !retry.is_interrupted;
    let mut before = RowsBefore { retries, is_untouched, ..RowsBefore::default() };
    let (mut known, mut sent) = (HashSet::new(), HashSet::new());
    journal.outcomes(|row, outcome| {
        known.insert(row);
        sent.extend(perhaps_done(&outcome).then_some(row));
        before.is_untouched &= !DoneOutcome::of(&outcome).has_changed();
        if is_in(&retry.rows, row) {
            before.outcomes.insert(row, outcome);
        }
    })?;
    let is_known = |row: &u32| known.contains(row) || is_in(&retry.rows, *row);
    check_is_newest((file, place), &run_info.run_id, connection, is_known)?;
    check_order(run, &retry.rows, &sent)?;
    let retried = RetriedRows {
        rows: retry.rows.parts().to_vec(),
        after_request: recovered.requests,
        marks: retry.marks,
        number,
    };
    let rows = about.rows;
    let others = (0..rows).filter(|row| !is_in(&retry.rows, *row));
    let next = RunInfo {
        config: stored_config::to_store(config),
        portions: RowRange::of_rows(others).parts().to_vec(),
        to_send: rows.into(),
        without_request: BTreeMap::new(),
        retried: Some(retried),
        ..run_info
    };
    journal.begin_retry(about, &next, &now)?;
    Ok((journal, Some(before)))
}

/// Refuses to continue a retry with another file or other options.
fn check_same(
    file: &str,
    (then, now): (&RunIdentity, &RunIdentity),
    mut differences: Vec<Difference>,
) -> Result<(), ImportError> {
    if then.input != now.input {
        differences.insert(0, Difference::File { then: then.rows, now: now.rows });
    }
    if differences.is_empty() {
        return Ok(());
    }
    let (file, begun) = (file.to_owned(), BegunRun::Interrupted);
    Err(ResumeError::OtherRun { file, begun, differences }.into())
}

/// Returns the number of a retry; 0 if the run cannot be undone after it.
fn number_of(
    retry: &RowsToRetry,
    place: &Path,
    run_info: &RunInfo,
    file: &Path,
) -> Result<u32, ImportError> {
    let before = run_info.retried.as_ref().map(|retried| retried.number);
    // What an undo has taken back of a row is not told from what a retry does after it.
    let is_undone = was_undone((place, run_info), &undo_path(file))?;
    Ok(match before {
        _ if is_undone => 0,
        None => 1,
        Some(0) => 0,
        Some(before) if retry.is_interrupted => before,
        Some(before) => before.saturating_add(1),
    })
}

impl RowsToRetry {
    /// Reads them from the journal of the last run.
    fn read(journal: &Journal, file: &str) -> Result<Self, ImportError> {
        let file = || file.to_owned();
        let (about, run_info, recovered) = journal.believed()?;
        if let Some(retried) = run_info.retried.as_ref().filter(|_| recovered.finished.is_none()) {
            let rows = RowRange::of(retried.rows.iter().copied());
            let mut is_begun = recovered.requests > retried.after_request;
            journal.outcomes(|row, _| is_begun |= is_in(&rows, row))?;
            let marks = retried.marks.clone();
            if numbers(&rows, about.rows) != Some(marks.len() as u64) {
                return Err(journal.damaged(&"it sends rows again that it does not have").into());
            }
            return Ok(Self { rows, is_interrupted: true, is_begun, marks });
        }
        if !recovered.has_begun() {
            return Err(RetryError::NoRun { file: file() }.into());
        }
        if recovered.finished.is_none() {
            return Err(RetryError::Unfinished { file: file() }.into());
        }
        if plan_of(&about.options).is_some() {
            return Err(RetryError::OfAPlan { file: file() }.into());
        }
        if !ends_whole(&run_info, about.rows.into()) {
            return Err(RetryError::InPart { file: file() }.into());
        }
        if run_info.with_other_files {
            return Err(RetryError::WithOtherFiles { file: file() }.into());
        }
        let no_marks = || RetryError::NoMarks { file: file() };
        let marks = journal.row_marks()?.ok_or_else(no_marks)?;
        let (mut failed, mut fine) = (BTreeSet::new(), HashSet::new());
        journal.outcomes(|row, outcome| match outcome.status.needs_fixing() {
            true => _ = failed.insert(row),
            false => _ = fine.insert(row),
        })?;
        let to_fix = RowRange::of(marks.to_fix.iter().copied());
        failed.extend((0..about.rows).filter(|row| is_in(&to_fix, *row) && !fine.contains(row)));
        if failed.is_empty() {
            return Err(RetryError::NothingToFix { file: file() }.into());
        }
        let of_failed = failed.iter().filter_map(|row| marks.of_row(*row as usize)).collect();
        let rows = RowRange::of_rows(failed);
        Ok(Self { rows, is_interrupted: false, is_begun: false, marks: of_failed })
    }
}

/// Returns how many rows these are; `None` if a file of so many rows does not have them.
fn numbers(rows: &RowRange, of: u32) -> Option<u64> {
    let is_there = |(first, last): &(u64, u64)| *first > 0 && *last <= u64::from(of);
    let parts = rows.parts();
    parts.iter().all(is_there).then(|| parts.iter().map(|(first, last)| last - first + 1).sum())
}

/// Whether a row, from 0, is one of these.
fn is_in(rows: &RowRange, row: u32) -> bool {
    rows.contains(u64::from(row) + 1)
}

/// Refuses other options than those of the last run before corrections are written into the file,
/// as far as the file and the command line show them. Whatever is wrong with the file is said when
/// it is imported.
fn check_options_early(
    config: &ImportConfig,
    journal: &Journal,
    (path, file): (&Path, &str),
) -> Result<(), ImportError> {
    let spool = tempfile::tempdir()?;
    let access = FileAccess::PrivateCopy(spool.path());
    let Ok(input) = InputFile::open_list(path, &config.read, access, &Silent) else {
        return Ok(());
    };
    let (then, ..) = journal.believed()?;
    let mut options = then.options.clone();
    options.extend(options_without_list(config, &input));
    let differences = other_differences(&then, &RunIdentity { options, ..then.clone() });
    match differences.is_empty() {
        true => Ok(()),
        false => Err(RetryError::OtherOptions { file: file.to_owned(), differences }.into()),
    }
}

/// Returns how the options and the organization differ from those of the last run. A newer list to
/// compare with is no difference.
fn other_differences(then: &RunIdentity, now: &RunIdentity) -> Vec<Difference> {
    let mut now = now.clone();
    now.options.insert(LIST.to_owned(), then.options.get(LIST).cloned().unwrap_or_default());
    take_date_of_same_list(&mut now.options, &then.options);
    let is_other = |difference: &Difference| {
        !matches!(
            difference,
            Difference::File { .. } | Difference::List { .. } | Difference::ContentOfList { .. }
        )
    };
    differences(then, &now).into_iter().filter(is_other).collect()
}

/// Refuses a file in which other rows than the failed ones have changed.
fn check_other_rows(
    run: &FileRun,
    rows: &RowRange,
    (then, now): (&RowMarks, &RowMarks),
) -> Result<(), ImportError> {
    let file = run.input.table.name().to_owned();
    if then.header != now.header {
        return Err(RetryError::OtherHeader { file }.into());
    }
    let both = then.len().min(now.len());
    let has_changed =
        |row: &usize| !rows.contains(*row as u64 + 1) && then.of_row(*row) != now.of_row(*row);
    let changed: Vec<usize> = (0..both).filter(has_changed).collect();
    if then.len() != now.len() {
        let first = changed.first().copied().unwrap_or(both);
        let places = run.input.places_of(BTreeSet::from([first as u64]))?;
        let (then, now, first) = (then.len(), now.len(), places.into_values().next());
        return Err(RetryError::OtherNumber { file, then, now, first }.into());
    }
    if changed.is_empty() {
        return Ok(());
    }
    let named = changed.iter().take(NAMED).map(|row| *row as u64).collect();
    let mut places: Vec<String> = run.input.places_of(named)?.into_values().collect();
    if changed.len() > NAMED {
        places.push(format!("and {} more", changed.len() - NAMED));
    }
    Err(RetryError::OtherRows { file, rows: changed.len(), places }.into())
}

/// Refuses to send a row after a later one about the same user or group. Rows that describe people
/// add up in any order.
fn check_order(run: &FileRun, rows: &RowRange, sent: &HashSet<u32>) -> Result<(), ImportError> {
    if run.input.describes_people()? {
        return Ok(());
    }
    let plan = &run.scan.plan;
    let turn = |row: u32| match is_in(rows, row) {
        true if plan.footprint(row).is_sent() => RowTurn::FirstTime,
        false if sent.contains(&row) => RowTurn::Sent,
        _ => RowTurn::Other,
    };
    let whole = InputRows { range: None, ..run.input.input_rows() };
    let overtaken = rows_overtaken(&whole, turn)?;
    let Some(first) = overtaken.iter().min_by_key(|overtaken| overtaken.row) else {
        return Ok(());
    };
    let (row, by) = (u64::from(first.row) + 1, u64::from(first.by) + 1);
    Err(RetryError::Overtaken { file: run.input.table.name().to_owned(), row, by }.into())
}

/// Whether the failed rows of a finished import can be sent again once they are fixed, whatever is
/// corrected in them apart from the people and groups that they name.
///
/// # Errors
/// When the journal or the file cannot be read.
pub(crate) fn can_retry(journal: &Path, file: &FileRun) -> Result<bool, ImportError> {
    let Some(journal) = Journal::open_read_only(journal)? else { return Ok(false) };
    let name = file.input.table.name();
    let Ok(RowsToRetry { rows, is_interrupted: false, .. }) = RowsToRetry::read(&journal, name)
    else {
        return Ok(false);
    };
    let mut sent = HashSet::new();
    journal.outcomes(|row, outcome| sent.extend(perhaps_done(&outcome).then_some(row)))?;
    Ok(check_order(file, &rows, &sent).is_ok() && !names_of_later_rows(file, &rows, &sent)?)
}

/// Whether an invalid row has a name that a later row has, which was sent. What an invalid row
/// does is not known, so its cells are compared.
fn names_of_later_rows(
    run: &FileRun,
    rows: &RowRange,
    sent: &HashSet<u32>,
) -> Result<bool, ImportError> {
    const NAMES: [Field; 3] = [Field::Email, Field::Username, Field::Group];
    if run.input.describes_people()? {
        return Ok(false);
    }
    let table = &run.input.table;
    let columns: Vec<usize> = NAMES
        .iter()
        .filter_map(|field| table.column(*field))
        .filter_map(|name| table.header().iter().position(|column| column.trim() == name))
        .collect();
    let mut earlier = HashSet::new();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            let cells = block.plain_cells(index).unwrap_or_default();
            let names = columns.iter().filter_map(|column| cells.get(*column));
            let mut names = names.map(|name| name.trim().to_lowercase()).filter(|n| !n.is_empty());
            if is_in(rows, row) {
                earlier.extend(names);
            } else if sent.contains(&row) && names.any(|name| earlier.contains(&name)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Lets the journal begin to send failed rows again, and keeps the results and the rows to fix of
/// before as dated copies.
///
/// # Errors
/// When the journal cannot be written, or they cannot be renamed.
pub(crate) fn begin_to_send(
    work: &mut OpenedRun,
    file: &FileRun,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    work.journal.confirm()?;
    for path in file.paths.outputs() {
        if let Some(kept) = keep_dated(&file.paths.copies, path)? {
            reporter.say(&kept.to_string());
        }
    }
    Ok(())
}
