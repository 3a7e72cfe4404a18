//! The files of an earlier form of the record of recent changes, one for each run. They are not
//! read: lists from before the last of these runs are no longer used.

use crate::fs::read_regular;
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How long effects of such a run may come late. The window of the run is not read.
const LATE: SignedDuration = SignedDuration::from_hours(1);

/// Returns until when requests of such runs may have been carried out; `None` if there are no such
/// files.
///
/// # Errors
/// When the files cannot be read.
pub(super) fn until(folder: &Path) -> io::Result<Option<Timestamp>> {
    let mut until = None;
    for path in files(folder)? {
        let written = read_regular(&path)?.metadata()?.modified()?;
        let written = Timestamp::try_from(written).map_err(io::Error::other)?;
        until = until.max(Some(written.saturating_add(LATE).unwrap_or(Timestamp::MAX)));
    }
    Ok(until)
}

/// Removes the files. A file that cannot be removed does no harm.
pub(super) fn remove(folder: &Path) {
    for path in files(folder).unwrap_or_default() {
        let _ = fs::remove_file(path);
    }
    let _ = fs::remove_dir(folder.join("sent"));
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = folder.join("sent");
    match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(crate::fs::named(&folder)(error)),
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
    }
}
