//! Finds what the last import of the rows of an undo has taken back.
//!
//! The journal of an undo gives way to that of the next one. So what it has done is added to the
//! record of the import that it takes back.

use super::done_run::{DoneRun, of_organization};
use super::error::UndoError;
use super::record::{
    BeforeRecord, RecordHead, RecordLine, RecordPart, json_line, record_path, write_part,
};
use super::undo_row::{EXPLAINED, VALUES};
use crate::fs::Lock;
use crate::import::config::{ConnectConfig, ImportConfig};
use crate::import::error::ImportError;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::journal_place::{journals_of, lock_path};
use crate::import::reporter::Silent;
use crate::import::resume_error::ResumeError;
use crate::journal::{Journal, OutcomeStatus, RunInfo};
use crate::number::count;
use crate::table::{RowBuffer, Table};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

/// What is known about an import of the rows of an undo.
#[derive(Debug, Default)]
pub(crate) struct EarlierUndo {
    /// The rows that it imported: their length in bytes and a hash of them.
    pub(crate) input: Option<(u64, u128)>,
    /// Why it is not known completely what it has taken back.
    pub(crate) doubts: Vec<String>,
}

/// Adds to the records of these runs what the last import of `path`, the rows of an undo, has taken
/// back.
///
/// # Errors
/// When a journal or the rows cannot be read, or a record cannot be written.
pub(crate) fn note_taken_back(
    path: &Path,
    runs: &mut [DoneRun],
    (organization, host): (&str, &str),
    connect: &ConnectConfig,
) -> Result<EarlierUndo, ImportError> {
    let mut earlier = EarlierUndo::default();
    for place in of_organization(journals_of(path), organization, host)?.0 {
        let Some(journal) = Journal::open_read_only(&place)? else { continue };
        let (about, run_info, recovered) = journal.believed()?;
        earlier.input = Some(about.input);
        let Some(first) = runs.first() else { continue };
        let (mut done, mut lost) = (HashSet::new(), recovered.begun().collect::<HashSet<u32>>());
        journal.outcomes(|row, outcome| match outcome.status {
            OutcomeStatus::Ok => _ = done.insert(row),
            OutcomeStatus::Unknown => _ = lost.insert(row),
            _ => {}
        })?;
        if !lost.is_empty() && run_info.began >= first.began {
            earlier.doubts.push(format!(
                "an earlier undo got no clear response about {}. If somebody has made these \
                 changes again since, this undo takes them back too",
                count(lost.len() as u64, "row")
            ));
        }
        let is_noted = first.record.undos.get(&run_info.run_id) == Some(&(done.len() as u64));
        if done.is_empty() || is_noted || run_info.began < first.began {
            continue;
        }
        match rows_taken_back(path, connect, about.input, &done)? {
            Some(rows) => note(runs, &run_info.run_id, (&rows, done.len()), run_info.began)?,
            None => {
                earlier.doubts.push(format!(
                    "{} was imported, and has other rows now or is gone: what that import has \
                     taken back is not known, and may be taken back again",
                    path.display()
                ));
            }
        }
    }
    Ok(earlier)
}

/// Whether an undo of a run, with this journal, was imported. `rows` is where its rows are written
/// if no other place is named.
///
/// # Errors
/// When a journal or the record cannot be read.
pub(crate) fn was_undone(
    (place, run_info): (&Path, &RunInfo),
    rows: &Path,
) -> Result<bool, ImportError> {
    let record = BeforeRecord::read(&record_path(place), &run_info.run_id, u32::MAX);
    let record = record.map_err(UndoError::from)?;
    if record.is_some_and(|record| !record.undos.is_empty() || !record.taken_back.is_empty()) {
        return Ok(true);
    }
    for undo in journals_of(rows) {
        if let Some(journal) = Journal::open_read_only(&undo)?
            && let (_, undo_info, recovered) = journal.believed()?
            && recovered.has_begun()
            && undo_info.began >= run_info.began
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A row of an undo that was imported.
struct ImportedRow {
    /// The names of the files whose rows it takes back.
    files: String,
    /// Those rows, from 0.
    rows: Vec<u32>,
    /// The names of its user or group.
    names: Vec<String>,
    /// The columns of the names that it changes back; `None` if it does something else with its
    /// user or group.
    values: Option<BTreeSet<String>>,
}

/// Opens the rows of an undo; `None` if there is no such file.
pub(super) fn open_rows(
    path: &Path,
    connect: &ConnectConfig,
    copies: &Path,
) -> Result<Option<InputFile>, ImportError> {
    if !path.is_file() {
        return Ok(None);
    }
    let read = ImportConfig::new(vec![path.to_owned()], connect.clone()).read;
    InputFile::open_list(path, &read, FileAccess::PrivateCopy(copies), &Silent).map(Some)
}

/// Reads what the rows that are `done` take back; `None` if the file has other rows than `input`.
fn rows_taken_back(
    path: &Path,
    connect: &ConnectConfig,
    input: (u64, u128),
    done: &HashSet<u32>,
) -> Result<Option<Vec<ImportedRow>>, ImportError> {
    let folder = tempfile::tempdir()?;
    let Ok(Some(file)) = open_rows(path, connect, folder.path()) else { return Ok(None) };
    match file.table.fingerprint()? == input {
        true => Ok(Some(imported_rows(&file.table, done)?)),
        false => Ok(None),
    }
}

fn imported_rows(table: &Table, done: &HashSet<u32>) -> io::Result<Vec<ImportedRow>> {
    let [file, rows, _] = EXPLAINED;
    let columns = [file, rows, "email", "username", "group", "action"];
    let positions = columns.map(|name| table.position_of(name));
    let of_values = VALUES.map(|name| table.position_of(name));
    let (mut found, mut buffer) = (Vec::new(), RowBuffer::default());
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = u32::try_from(block.first_row + index as u64);
            if !row.is_ok_and(|row| done.contains(&row)) {
                continue;
            }
            let Ok((_, values)) = block.all_cells(index, &mut buffer, of_values) else { continue };
            let given = VALUES.iter().zip(values).filter(|(_, cell)| !cell.is_empty());
            let values: BTreeSet<String> = given.map(|(name, _)| (*name).to_owned()).collect();
            let Ok((_, [files, rows, names @ .., action])) =
                block.all_cells(index, &mut buffer, positions)
            else {
                continue;
            };
            let numbers = rows.split(',').filter_map(|row| row.trim().parse::<u32>().ok());
            found.push(ImportedRow {
                files: files.to_owned(),
                rows: numbers.filter_map(|row| row.checked_sub(1)).collect(),
                names: names.into_iter().filter(|name| !name.is_empty()).map(Into::into).collect(),
                values: (action == "update").then_some(values),
            });
        }
    }
    Ok(found)
}

/// Adds to the records what rows of an undo have taken back.
fn note(
    runs: &mut [DoneRun],
    undo: &str,
    (rows, done): (&[ImportedRow], usize),
    began: Timestamp,
) -> Result<(), ImportError> {
    // The first record says that all of them are complete, so it comes last.
    for (place, run) in runs.iter_mut().enumerate().rev().filter(|(_, run)| began >= run.began) {
        let name = run.file.file_name().unwrap_or_default().to_string_lossy();
        let is_of_run = |row: &&ImportedRow| {
            // The name of a file may contain what separates them.
            format!(", {}, ", row.files).contains(&format!(", {name}, "))
        };
        let of_run = rows.iter().filter(is_of_run);
        let mut lines: Vec<RecordLine<'static>> = of_run
            .flat_map(|ImportedRow { rows, names, values, .. }| {
                rows.iter().map(|row| RecordLine::TakenBack {
                    row: *row,
                    names: names.clone(),
                    values: values.clone(),
                })
            })
            .collect();
        if place == 0 {
            lines.push(RecordLine::Undo { run: undo.to_owned(), rows: done as u64 });
        }
        if lines.is_empty() {
            continue;
        }
        let busy = |busy| ResumeError::Busy { file: name.clone().into_owned(), busy };
        let _lock = Lock::take(&lock_path(&run.place)).map_err(busy)?;
        let head = RecordHead::of_undo(&run.run_id);
        let text: Vec<Vec<u8>> = lines.iter().map(json_line).collect::<io::Result<_>>()?;
        write_part(&record_path(&run.place), RecordPart::Further, head, &text)?;
        lines.into_iter().for_each(|line| run.record.take(line));
    }
    Ok(())
}
