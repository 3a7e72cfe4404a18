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
    each_confirmed(store, until, |change| noted.take(change, |name| wanted.contains(&name)))?;
    Ok(noted)
}

/// Passes every change to `take` that was confirmed by imports from this computer that had ended by
/// `until`, the oldest first. The records of a run that is in progress, or was killed, are not
/// complete.
///
/// # Errors
/// When the record cannot be read.
pub(crate) fn each_confirmed(
    store: &SnapshotStore,
    until: Timestamp,
    mut take: impl FnMut(&Change<'_>),
) -> io::Result<()> {
    let record = RecentChanges::of(store);
    let runs = record.all_runs()?;
    let mut ended = runs.iter().filter(|run| run.has_ended_by(until));
    ended.try_for_each(|run| record.each_confirmed(run, |confirmed| take(&confirmed.change)))
}
