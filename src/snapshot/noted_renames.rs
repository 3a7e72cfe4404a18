//! The renames that imports from here have confirmed, as their files beside the stored lists say.

use super::sent::{SentRun, files, folder};
use super::store::SnapshotStore;
use crate::change::Change;
use crate::organization::{HashedName, NotedRenames};
use jiff::Timestamp;
use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

/// Reads which renames to one of these new names were confirmed by runs that had ended `until`
/// then.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn noted_renames(
    store: &SnapshotStore,
    wanted: &HashSet<HashedName>,
    until: Timestamp,
) -> io::Result<NotedRenames> {
    let mut noted = NotedRenames::default();
    for run in runs(store)?.iter().filter(|run| run.has_ended_by(until)) {
        run.confirmed(|confirmed| noted.take(&confirmed.change, |name| wanted.contains(&name)))?;
    }
    Ok(noted)
}

/// Passes every change to `take` that imports from here have confirmed and that had ended `until`
/// then, the oldest first. The notes of a run that goes on, or was killed, are not complete.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn each_confirmed(
    store: &SnapshotStore,
    until: Timestamp,
    mut take: impl FnMut(&Change<'_>),
) -> io::Result<()> {
    let runs = runs(store)?;
    let mut ended = runs.iter().filter(|run| run.has_ended_by(until));
    ended.try_for_each(|run| run.confirmed(|confirmed| take(&confirmed.change)))
}

/// The runs of which there are notes, the oldest first.
fn runs(store: &SnapshotStore) -> io::Result<Vec<SentRun>> {
    let read = |path: &PathBuf| SentRun::read(path).map(|(run, _)| run);
    let mut runs = files(&folder(store))?.iter().map(read).collect::<io::Result<Vec<_>>>()?;
    runs.sort_by_key(SentRun::began);
    Ok(runs)
}
