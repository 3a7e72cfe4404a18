//! The renames that imports from here have confirmed, as their files beside the stored lists say.

use super::sent::{SentRun, files, folder};
use super::store::SnapshotStore;
use crate::organization::{HashedName, NotedRenames};
use jiff::Timestamp;
use std::collections::HashSet;
use std::io;

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
    let mut runs = Vec::new();
    for path in files(&folder(store))? {
        let run = SentRun::read(&path)?.0;
        if run.has_ended_by(until) {
            runs.push(run);
        }
    }
    runs.sort_by_key(SentRun::began);
    let mut noted = NotedRenames::default();
    for run in &runs {
        run.confirmed(|confirmed| noted.take(&confirmed.change, |name| wanted.contains(&name)))?;
    }
    Ok(noted)
}
