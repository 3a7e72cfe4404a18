//! The mark of a journal: a small file beside it with the number of commits on disk.
//!
//! SQLite keeps the last commits in a file of their own (`-wal`). If that file is lost or cut, the
//! database alone is an older state of the run, which SQLite cannot notice. The mark shows it. It
//! exists as long as the `-wal` is needed, and it is written after each commit, so it never
//! promises more than was on disk.

use crate::fs::{read_regular, state_file, sync_folder};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The mark of a journal that is being written.
#[derive(Debug)]
pub(super) struct WalMark {
    file: File,
}

/// Written with leading zeros, so that each number overwrites the one before.
const DIGITS: usize = 20;

impl WalMark {
    /// Returns the path of a journal's mark.
    pub(super) fn path(journal: &Path) -> PathBuf {
        let mut name = journal.as_os_str().to_owned();
        name.push("-mark");
        name.into()
    }

    /// Returns the number of commits in the mark; `None` if there is no mark, or an empty one of a
    /// process that was killed before it wrote anything.
    pub(super) fn read(journal: &Path) -> io::Result<Option<u64>> {
        let file = match read_regular(&Self::path(journal)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut text = String::new();
        file.take(DIGITS as u64 + 1).read_to_string(&mut text)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.trim().parse().map(Some).map_err(|_| {
            io::Error::other(format!("{}: this is not a mark", Self::path(journal).display()))
        })
    }

    /// Creates the mark, or opens the one that exists. It is on disk when this returns.
    pub(super) fn begin(journal: &Path, commits: u64) -> io::Result<Self> {
        let mut mark = Self { file: state_file(&Self::path(journal))? };
        mark.set(commits)?;
        mark.file.sync_all()?;
        sync_folder(journal);
        Ok(mark)
    }

    /// Records that this number of commits is on disk. The mark itself need not be on disk: an
    /// older one demands less.
    pub(super) fn set(&mut self, commits: u64) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(format!("{commits:0DIGITS$}\n").as_bytes())
    }

    /// Removes the mark, because the journal needs no other file any more.
    pub(super) fn remove(journal: &Path) {
        let _ = std::fs::remove_file(Self::path(journal));
    }
}
