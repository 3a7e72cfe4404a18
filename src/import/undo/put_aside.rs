//! Puts the journal and the record of an earlier run aside, before a new run of the file begins.

use super::record::record_path;
use crate::fs::rotate;
use crate::journal::Journal;
use crate::report::Paths;
use std::io;
use std::path::Path;

/// Moves a journal and its record into the folder of the dated copies. Both get the same date, so
/// that they stay together: an undo still finds what the run has done.
///
/// # Errors
/// When one of them cannot be moved.
pub(crate) fn put_run_aside(paths: &Paths, journal: &Path) -> io::Result<()> {
    let record = record_path(journal);
    // Results may be a device, which has no copies. The journal is beside the file then.
    let copies = journal.with_file_name(paths.copies.file_name().unwrap_or_default());
    let aside = Journal::put_aside(journal, &copies)?;
    let Some(aside) = aside.map(|aside| record_path(&aside)).filter(|aside| !aside.exists()) else {
        return rotate(&record).map(drop);
    };
    match std::fs::rename(&record, aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
