//! How a run of a shared store is carried out by any worker: the options of the import that was
//! submitted, and the files that they name. No credentials, no paths.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// The version of the form below. A worker refuses an option that it does not know.
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

impl QueuedJob {
    /// Creates the job of an import with these options.
    pub(crate) fn of(options: BTreeMap<String, Vec<String>>) -> Self {
        Self { version: VERSION, options, files: BTreeMap::new() }
    }

    /// Adds the file that an option names.
    pub(crate) fn add_file(&mut self, option: &str, path: &Path) {
        let modified = path.metadata().and_then(|data| data.modified()).ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let file = OptionFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            modified: since.map(|since| since.as_secs()),
        };
        self.files.insert(option.to_owned(), file);
    }
}
