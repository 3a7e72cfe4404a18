//! Refuses to overwrite the files of a run in progress.

use crate::fs::{Lock, is_in_use};
use crate::import::journal_place::{all_journals, lock_path};
use crate::import::output_error::OutputError;
use crate::import::places::{is_device, real};
use crate::journal::Journal;
use crate::table::growing_file;
use std::path::{Path, PathBuf};

/// Refuses places that a run in progress reads or writes, and the place where such a run will write
/// its rows to fix. `own` is the journal that this process holds.
pub(crate) fn check_no_run_uses<'p>(
    mut outputs: impl Iterator<Item = &'p Path>,
    own: Option<&Path>,
) -> Result<(), OutputError> {
    let is_taken = |path: &Path| {
        is_in_use(path) || is_in_use(&growing_file(path)) || is_failed_of_run(path, own)
    };
    match outputs.find(|path| is_taken(path)) {
        Some(path) => Err(OutputError::InUse(path.to_owned())),
        None => Ok(()),
    }
}

/// Whether another run in progress will write its rows to fix there. Its journal is beside its
/// results, and so usually beside these rows.
fn is_failed_of_run(path: &Path, own: Option<&Path>) -> bool {
    let place = real(path);
    let own = own.map(real);
    let folder = path.parent().unwrap_or(Path::new(""));
    !is_device(path)
        && all_journals(folder)
            .into_iter()
            .filter(|journal| own.as_ref().is_none_or(|own| real(journal) != *own))
            .filter(|journal| Lock::is_held(&lock_path(journal)))
            .filter_map(|journal| failed_of(&journal))
            .any(|failed| real(&failed) == place)
}

/// Returns the place of the rows to fix of a run.
fn failed_of(journal: &Path) -> Option<PathBuf> {
    let (_, run_info, _) = Journal::open_read_only(journal).ok()??.believed().ok()?;
    let failed = run_info.failed?;
    Some(run_info.folder.as_path().join(failed.as_path()))
}
