//! The output files of earlier runs, and of an earlier part of this run: moved into the folder of
//! the dated copies, or replaced.

use super::paths::Paths;
use super::results_file::{EarlierWorkbook, is_untouched};
use crate::fs::{KeptFile, is_being_written, keep_dated};
use crate::table::{growing_file, is_workbook};
use std::io;
use std::path::{Path, PathBuf};

/// Whose output files are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilesOwner {
    /// An earlier part of this run. They are replaced unless they were edited.
    ThisRun,
    /// Another run. They are renamed.
    AnotherRun,
}

/// The files that were there before the results are written.
#[derive(Debug, Default)]
pub(super) struct EarlierOutputs {
    /// Those that were renamed and stay.
    pub(super) kept: Vec<KeptFile>,
    /// The earlier results file of this run, and its new name.
    pub(super) results: Option<KeptFile>,
    /// The new name of this run's earlier file of rows to fix.
    pub(super) failed: Option<PathBuf>,
    /// The workbook with the rows to fix of an earlier part of this run.
    pub(super) workbook: Option<EarlierWorkbook>,
    /// Whether the file of rows to fix is left until the new one is complete.
    failed_stays: bool,
}

impl EarlierOutputs {
    /// Makes room for the results file, and for the rows of workbooks.
    ///
    /// # Errors
    /// When a file cannot be renamed, or another process writes it.
    pub(super) fn keep(paths: &Paths, owner: FilesOwner) -> io::Result<Self> {
        let own = owner == FilesOwner::ThisRun;
        let mut all = Self::default();
        // The workbooks of an earlier part of this run are replaced when these are complete.
        let stays = |path: &Path| own && is_untouched(path, &paths.results);
        let results_stay = stays(&paths.results);
        all.failed_stays = paths.failed.as_deref().is_some_and(stays);
        for workbook in paths.outputs().filter(|path| is_workbook(path)) {
            let growing = growing_file(workbook);
            match own {
                true => remove(&growing)?,
                false => all.kept.extend(keep(paths, &growing)?),
            }
        }
        if !results_stay && let Some(earlier) = keep(paths, &paths.results)? {
            match own && !is_workbook(&paths.results) {
                true => all.results = Some(earlier),
                false => all.kept.push(earlier),
            }
        }
        Ok(all)
    }

    /// Makes room for the file of rows to fix.
    ///
    /// # Errors
    /// When the file cannot be renamed, or another process writes it.
    pub(super) fn keep_failed(&mut self, paths: &Paths, owner: FilesOwner) -> io::Result<()> {
        let Some(failed) = paths.failed.as_deref() else { return Ok(()) };
        if self.failed_stays {
            self.workbook = EarlierWorkbook::at(failed);
        } else if let Some(earlier) = keep(paths, failed)? {
            match owner == FilesOwner::ThisRun && !is_workbook(&earlier.was) {
                true => self.failed = Some(earlier.is),
                false => self.kept.push(earlier),
            }
        }
        Ok(())
    }
}

/// Keeps an earlier file with its date, unless another process writes it.
fn keep(paths: &Paths, path: &Path) -> io::Result<Option<KeptFile>> {
    if is_being_written(&growing_file(path)) {
        return Err(in_use(path));
    }
    keep_dated(&paths.copies, path)
}

/// Removes an earlier state of files of this run, which the new ones have all of.
///
/// # Errors
/// When it cannot be removed.
pub(super) fn remove_earlier_state(earlier: &Path, copies: &Path) -> io::Result<()> {
    std::fs::remove_file(earlier)?;
    // If it was the only one there, nothing is left of the folder either.
    let _ = std::fs::remove_dir(copies);
    Ok(())
}

/// Removes the rows of an unfinished workbook, if there are any and no other process writes them.
fn remove(growing: &Path) -> io::Result<()> {
    if is_being_written(growing) {
        return Err(in_use(growing));
    }
    match std::fs::remove_file(growing) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn in_use(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        format!("{}: another process is writing this file", path.display()),
    )
}
