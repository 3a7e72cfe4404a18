//! The renames that imports from this computer have confirmed, according to the record of recent
//! changes.

use super::recent_changes::RecentChanges;
use super::store::SnapshotStore;
use crate::change::Change;
use crate::organization::{HashedName, NotedRenames};
use jiff::Timestamp;
use std::collections::HashSet;
use std::io;

/// Reads which renames to one of these new names were confirmed by runs that had ended by `until`.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn noted_renames(
    store: &SnapshotStore,
    wanted: &HashSet<HashedName>,
    until: Timestamp,
) -> io::Result<NotedRenames> {
    let mut noted = NotedRenames::default();
    let record = RecentChanges::of(store);
    for run in record.all_runs()?.iter().filter(|run| run.has_ended_by(until)) {
        record.each_confirmed(run, |confirmed| {
            noted.take(&confirmed.change, |name| wanted.contains(&name));
        })?;
    }
    Ok(noted)
}

/// Passes every change to `take` that imports from this computer are recorded to have confirmed, the
/// oldest import first. What the last start of an import has done is recorded when it ends.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn each_confirmed(
    store: &SnapshotStore,
    mut take: impl FnMut(&Change<'_>),
) -> io::Result<()> {
    let record = RecentChanges::of(store);
    let runs = record.all_runs()?;
    runs.iter().try_for_each(|run| record.each_confirmed(run, |confirmed| take(&confirmed.change)))
}
