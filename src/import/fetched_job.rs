//! The job of a run, as a worker fetches it from a store.

use crate::import::error::ImportError;
use crate::import::queued_job::{QueuedJob, QueuedJobError};
use crate::import::run_files::{INPUT, JOB, file_of_option, get};
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::store::{RunStore, StoreError};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Fetches the job of a run, and writes the files that its options name into this folder.
/// Returns these files, by the options.
///
/// # Errors
/// When the store does not give them, they cannot be written, or a newer umbulk has queued it.
pub(crate) fn fetch_job(
    (store, runs): (&SharedStore, &dyn RunStore),
    run: &str,
    folder: &Path,
) -> Result<(QueuedJob, BTreeMap<String, PathBuf>), ImportError> {
    let mut bytes = Vec::new();
    let is_there = runs.get_file(run, JOB, &mut bytes).map_err(StoreUseError::from)?;
    let wrong = |why: String| StoreUseError::from(StoreError::Damaged(why));
    if !is_there {
        return Err(wrong("the run has no job".to_owned()).into());
    }
    let job = QueuedJob::read(&bytes).map_err(|error| match error {
        QueuedJobError::Newer => {
            let (run, store) = (run.to_owned(), store.shown().to_owned());
            StoreUseError::NewerJob { run, store }
        }
        QueuedJobError::Damaged(error) => wrong(format!("its job cannot be read: {error}")),
    })?;
    let mut paths = BTreeMap::new();
    for (number, (option, file)) in job.files.iter().enumerate() {
        // The store may have been written by anybody: no name leads out of the folder.
        let name = Path::new(&file.name);
        if name.file_name() != Some(name.as_os_str()) {
            return Err(wrong("the name of a file has a folder".to_owned()).into());
        }
        let path = folder.join(format!("{number}-{}", file.name));
        get(runs, run, &file_of_option(option), &path)?;
        if let Some(modified) = file.modified {
            File::options()
                .write(true)
                .open(&path)?
                .set_modified(UNIX_EPOCH + Duration::from_secs(modified))?;
        }
        paths.insert(option.clone(), path);
    }
    Ok((job, paths))
}

/// Writes the file of a run.
///
/// # Errors
/// When the store does not give it, or it cannot be written.
pub(crate) fn fetch_input(runs: &dyn RunStore, run: &str, file: &Path) -> Result<(), ImportError> {
    get(runs, run, INPUT, file)?;
    match file.is_file() {
        true => Ok(()),
        false => {
            Err(StoreUseError::from(StoreError::Damaged("a run has no file".to_owned())).into())
        }
    }
}
