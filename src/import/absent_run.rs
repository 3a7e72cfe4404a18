//! A run of a shared store on a computer that has neither its file nor its journal.

use crate::import::error::ImportError;
use crate::import::journal_place::journal_path;
use crate::import::rebuilt_journal::RunCopy;
use crate::import::run_files::{INPUT, get_new};
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
    get_new(&*runs, id, INPUT, &file)?;
    let results = Paths::beside(&file, "results", None);
    let paths = Paths { copies: Paths::copies(&file, &results), results, failed: None };
    let journal = journal_path(&file, &paths.results, &run.new.place.organization);
    drop(copy.rebuild(&base, &journal, (&file, &paths))?);
    Ok(Some(CopiedRun { file, journal }))
}
