//! A run of a shared store on a computer that has neither its file nor its journal.

use crate::import::error::ImportError;
use crate::import::journal_place::journal_path;
use crate::import::rebuilt_journal::RunCopy;
use crate::import::run_files::{INPUT, get};
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::report::Paths;
use crate::store::{StoreError, StoredRun};
use std::path::{Path, PathBuf};

/// The files of a run on this computer.
pub(crate) struct CopiedRun {
    /// The imported file.
    pub(crate) file: PathBuf,
    pub(crate) journal: PathBuf,
}

/// Returns the name of a run's file. The store may have been written by anybody: no path of it
/// leads out of a folder.
///
/// # Errors
/// When it is no name of a file.
pub(crate) fn file_name(run: &StoredRun) -> Result<&Path, StoreUseError> {
    let name = Path::new(&run.new.file);
    match name.file_name() == Some(name.as_os_str()) {
        true => Ok(name),
        false => Err(StoreError::Damaged("the name of a file has a folder".to_owned()).into()),
    }
}

/// Copies the file and the journal of a run into a folder, to read them; `None` if nothing of it
/// was sent.
///
/// # Errors
/// When the store does not give them, or they cannot be written.
pub(crate) fn copy_to_read(
    store: &SharedStore,
    run: &StoredRun,
    folder: &Path,
) -> Result<Option<CopiedRun>, ImportError> {
    let (runs, id) = (store.runs().map_err(StoreUseError::from)?, &run.new.id);
    let copy = RunCopy { store, runs: &*runs, run: id, fence: 0 };
    let Some(base) = copy.base()? else { return Ok(None) };
    let file = folder.join(file_name(run)?);
    get(&*runs, id, INPUT, &file)?;
    let results = Paths::beside(&file, "results", None);
    let paths = Paths { copies: Paths::copies(&file, &results), results, failed: None };
    let journal = journal_path(&file, &paths.results, &run.new.place.organization);
    drop(copy.rebuild(&base, &journal, (&file, &paths))?);
    Ok(Some(CopiedRun { file, journal }))
}

/// Whether the file of a run had to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputHere {
    Written,
    /// A file of this name is there. An import finds out whether it has the same content.
    Found,
}

/// Writes the file of a run into the working folder, unless a file of its name is there.
///
/// # Errors
/// When the store does not give it, or it cannot be written.
pub(crate) fn write_input(store: &SharedStore, run: &StoredRun) -> Result<InputHere, ImportError> {
    let file = file_name(run)?;
    if file.symlink_metadata().is_ok() {
        return Ok(InputHere::Found);
    }
    write_input_to(store, run, file).map(|()| InputHere::Written)
}

/// Writes the file of a run.
///
/// # Errors
/// When the store does not give it, or it cannot be written.
pub(crate) fn write_input_to(
    store: &SharedStore,
    run: &StoredRun,
    file: &Path,
) -> Result<(), ImportError> {
    let runs = store.runs().map_err(StoreUseError::from)?;
    get(&*runs, &run.new.id, INPUT, file)?;
    match file.is_file() {
        true => Ok(()),
        false => {
            Err(StoreUseError::from(StoreError::Damaged("a run has no file".to_owned())).into())
        }
    }
}
