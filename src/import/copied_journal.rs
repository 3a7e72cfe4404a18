//! Notices that a journal is older than its run: the file was copied together with its journal, and
//! the import of one copy went on. The other journal does not know what was done since.

use crate::execute::RowRange;
use crate::import::connection::Connection;
use crate::import::resume_error::ResumeError;
use crate::snapshot::{SentRecord, SnapshotStore};
use std::path::Path;

/// Refuses a journal that knows nothing of rows which its run has completed, by the record of
/// recent changes on this computer. `is_known` says which rows, from 0, the journal has an outcome
/// of or has sent: what came of a request may be lost with the disk of a journal, but not that it
/// was sent.
///
/// # Errors
/// Then. A record that cannot be read shows nothing.
pub(crate) fn check_is_newest(
    (file, journal): (&str, &Path),
    run_id: &str,
    connection: &Connection,
    is_known: impl Fn(&u32) -> bool,
) -> Result<(), ResumeError> {
    let Some(state) = &connection.state else { return Ok(()) };
    let store = SnapshotStore::open(state, &connection.organization, &connection.host);
    let confirmed = SentRecord::of(&store, run_id).confirmed_rows().unwrap_or_default();
    let done_since: Vec<u32> = confirmed.into_iter().filter(|row| !is_known(row)).collect();
    if done_since.is_empty() {
        return Ok(());
    }
    Err(ResumeError::OldCopy {
        file: file.to_owned(),
        journal: journal.to_owned(),
        rows: RowRange::of_rows(done_since),
    })
}
