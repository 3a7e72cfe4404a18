//! The record of a finished run about missing users.

use crate::fs::OsText;
use crate::reconcile::MissingScope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A run that has finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    /// The time of the run.
    pub(crate) at: Timestamp,
    /// The input files.
    pub(crate) files: Vec<OsText>,
    /// The managed people: domains and identity types.
    pub(super) managed: Vec<String>,
    /// The number of people that the files named.
    pub(crate) named: u64,
}

impl RunRecord {
    /// Creates the record of this run.
    pub(crate) fn new(files: &[PathBuf], results: &Path, scope: &MissingScope, named: u64) -> Self {
        let place = |path: &PathBuf| {
            let path = if path == Path::new("-") { results } else { path };
            std::path::absolute(path)
                .and_then(|path| path.canonicalize().or(Ok(path)))
                .unwrap_or_else(|_| path.to_owned())
        };
        let mut managed = scope.domains.clone();
        managed.extend(scope.types.iter().map(|kind| format!("{kind:?}")));
        managed.sort();
        managed.dedup();
        Self {
            at: Timestamp::now(),
            files: files.iter().map(place).map(OsText::from).collect(),
            managed,
            named,
        }
    }

    /// Returns the names of the files: `staff.csv, guests.csv`.
    pub(crate) fn file_names(&self) -> String {
        let names = self.files.iter().filter_map(|path| path.as_path().file_name());
        names.map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(", ")
    }
}
