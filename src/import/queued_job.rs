//! How a run of a shared store is carried out by any worker: the options of the import that was
//! submitted, the files that they name, and what was confirmed. No credentials, no paths.

use crate::import::confirmation::Confirmation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// The version of the form below. A worker refuses a later one, and an option that it does not
/// know.
const VERSION: u32 = 1;

/// How a run is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueuedJob {
    version: u32,
    /// The values of options by their long names; of a flag it is `true`.
    pub(crate) options: BTreeMap<String, Vec<String>>,
    /// The files that options name, by the long names of these options.
    pub(crate) files: BTreeMap<String, OptionFile>,
    /// What somebody confirmed when the run was queued.
    pub(crate) confirmed: Vec<Confirmation>,
}

/// A file that an option names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionFile {
    /// Its name, without its folder.
    pub(crate) name: String,
    /// When it was written, in seconds since 1970: the age of a list counts.
    pub(crate) modified: Option<u64>,
}

/// Why a job is not carried out.
#[derive(Debug)]
pub(super) enum QueuedJobError {
    /// A newer umbulk has queued it.
    Newer,
    /// It cannot be read.
    Damaged(serde_json::Error),
}

impl QueuedJob {
    /// Creates the job of an import.
    pub(super) fn new(
        options: BTreeMap<String, Vec<String>>,
        files: BTreeMap<String, OptionFile>,
        confirmed: Vec<Confirmation>,
    ) -> Self {
        Self { version: VERSION, options, files, confirmed }
    }

    /// Reads a job.
    ///
    /// # Errors
    /// When it is none that this umbulk can carry out.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, QueuedJobError> {
        /// What each version has.
        #[derive(Deserialize)]
        struct AnyJob {
            version: u32,
        }
        let AnyJob { version } = serde_json::from_slice(bytes).map_err(QueuedJobError::Damaged)?;
        match version > VERSION {
            true => Err(QueuedJobError::Newer),
            false => serde_json::from_slice(bytes).map_err(QueuedJobError::Damaged),
        }
    }
}

impl OptionFile {
    /// Describes the file at a path.
    pub(crate) fn at(path: &Path) -> Self {
        let modified = path.metadata().and_then(|data| data.modified()).ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            modified: since.map(|since| since.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_of_a_newer_version_is_not_taken_for_a_damaged_one() {
        let job = QueuedJob::new(BTreeMap::new(), BTreeMap::new(), vec![Confirmation::Deletes(12)]);
        let bytes = serde_json::to_vec(&job).unwrap();
        assert_eq!(QueuedJob::read(&bytes).unwrap(), job);
        let newer = br#"{"version":2,"steps":[]}"#;
        assert!(matches!(QueuedJob::read(newer), Err(QueuedJobError::Newer)));
        let damaged = br#"{"version":1,"steps":[]}"#;
        assert!(matches!(QueuedJob::read(damaged), Err(QueuedJobError::Damaged(_))));
    }
}
