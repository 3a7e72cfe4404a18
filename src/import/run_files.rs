//! The files of a run in a store: what another computer needs to continue it.

use crate::fs::{in_words, write_atomic, write_new};
use crate::import::error::ImportError;
use crate::import::store_error::StoreUseError;
use crate::store::{Lease, RunStore, StoreError};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// The names of a run's files in the store.
pub(super) const INPUT: &str = "input";
pub(super) const JOURNAL: &str = "journal";
pub(super) const LIST: &str = "list";
pub(super) const GROUPS: &str = "groups";
pub(super) const RECORD: &str = "record";
/// How a submitted run is carried out.
pub(super) const JOB: &str = "job";

/// Returns the name of the file that an option of a submitted run names.
pub(super) fn file_of_option(option: &str) -> String {
    format!("option/{option}")
}

/// Returns the name of an input in the store: it is the same on every computer.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Returns a fingerprint as the store has it.
pub(super) fn input_words((length, hash): (u64, u128)) -> String {
    format!("{length}-{hash:032x}")
}

/// Stores a file of a run, if there is one.
pub(super) fn put(
    runs: &dyn RunStore,
    lease: &Lease,
    name: &str,
    path: &Path,
) -> Result<(), StoreError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::File(in_words(&error))),
        Ok(mut file) => runs.put_file(lease, name, &mut file),
    }
}

/// Writes a file of a run, or removes an earlier one if the run has none.
pub(super) fn get(
    runs: &dyn RunStore,
    run: &str,
    name: &str,
    path: &Path,
) -> Result<(), ImportError> {
    match fetched(runs, run, name, |fetch| write_atomic(path, fetch))? {
        Some(()) => Ok(()),
        None => match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        },
    }
}

/// Writes a file that every run has. Returns whether it is new: something else may have its name.
pub(super) fn get_new(
    runs: &dyn RunStore,
    run: &str,
    name: &str,
    path: &Path,
) -> Result<bool, ImportError> {
    let written = fetched(runs, run, name, |fetch| write_new(path, fetch))?;
    let no_file = || StoreError::Damaged("a run has no file".to_owned());
    Ok(written.ok_or_else(|| StoreUseError::from(no_file()))?)
}

/// Lets a file of a run be written; `None` if the run has none.
fn fetched<T>(
    runs: &dyn RunStore,
    run: &str,
    name: &str,
    write: impl FnOnce(&mut dyn FnMut(&mut BufWriter<&File>) -> io::Result<()>) -> io::Result<T>,
) -> Result<Option<T>, ImportError> {
    let mut is_stored = Ok(true);
    let written = write(&mut |file| {
        is_stored = runs.get_file(run, name, file);
        match is_stored {
            Ok(true) => Ok(()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    });
    match is_stored.map_err(StoreUseError::from)? {
        true => Ok(Some(written?)),
        false => Ok(None),
    }
}
