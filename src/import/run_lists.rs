//! The lists that a run uses: they stay beside its journal until it has finished.

use crate::fs::private_file;
use crate::import::baseline::LoadedBaseline;
use crate::import::error::ImportError;
use crate::import::journal_place::groups_path;
use crate::import::resume_error::ResumeError;
use std::io;
use std::path::Path;

/// Keeps the lists that a run uses, so that it can be resumed with them.
pub(crate) fn keep_lists(baseline: Option<&LoadedBaseline>, own: &Path) -> Result<(), ImportError> {
    let Some(LoadedBaseline { list: Some(list), groups, .. }) = baseline else { return Ok(()) };
    let keep = |list: Option<&Path>, own: &Path| {
        let not_kept = |error| ResumeError::ListNotKept { path: own.to_owned(), error };
        keep_list(list, own).map_err(not_kept)
    };
    keep(Some(list), own)?;
    keep(groups.as_deref(), &groups_path(own))?;
    Ok(())
}

/// Removes the snapshots of a run, which are no longer needed.
pub(crate) fn forget_lists(users: &Path) {
    let _ = std::fs::remove_file(users);
    let _ = std::fs::remove_file(groups_path(users));
}

/// Keeps a list. A snapshot is replaced by another file and never modified, so a second link to
/// it is enough if both places are on one disk.
fn keep_list(list: Option<&Path>, own: &Path) -> io::Result<()> {
    if list == Some(own) {
        return Ok(());
    }
    match std::fs::remove_file(own) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let Some(list) = list else { return Ok(()) };
    if std::fs::hard_link(list, own).is_err() {
        io::copy(&mut std::fs::File::open(list)?, &mut private_file(own)?)?;
    }
    Ok(())
}
