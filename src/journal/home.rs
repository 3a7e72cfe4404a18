//! The place of a journal, so that a copy of it is recognized.

use crate::fs::OsText;
use std::io;
use std::path::Path;

/// The place where a journal is written: its path, and the number of the file on its disk.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Home {
    pub(super) path: OsText,
    pub(super) number: u64,
}

impl Home {
    /// Returns where a journal is now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&std::fs::symlink_metadata(path)?);
        #[cfg(not(unix))]
        let number = 0;
        Ok(Self { path: place(path), number })
    }
}

/// Returns the absolute path of a file.
pub(super) fn place(path: &Path) -> OsText {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).into()
}
