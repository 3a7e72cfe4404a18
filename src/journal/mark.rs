//! The mark of a journal: a small file beside it that says how many commits are on disk.
//!
//! SQLite keeps the last commits in a file of their own (`-wal`). Where that file is lost or cut,
//! the database alone is an older state of the run, and SQLite cannot tell. The mark can: it is
//! there as long as the `-wal` is needed, and it is written after each commit, so it never says
//! more than was on disk.

use crate::fs::{read_regular, state_file, sync_folder};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The mark of a journal that is being written.
#[derive(Debug)]
pub(super) struct WalMark {
    file: File,
}

/// Written with leading zeros, so that each number takes the place of the one before.
const DIGITS: usize = 20;

impl WalMark {
    pub(super) fn path(journal: &Path) -> PathBuf {
        let mut name = journal.as_os_str().to_owned();
        name.push("-mark");
        name.into()
    }

    /// The number of commits that the mark tells of; `None` if there is no mark, or an empty one:
    /// its process was killed before it wrote anything.
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

    /// Makes the mark, or takes up the one that is there. It is on disk when this returns.
    pub(super) fn begin(journal: &Path, commits: u64) -> io::Result<Self> {
        let mut mark = Self { file: state_file(&Self::path(journal))? };
        mark.set(commits)?;
        mark.file.sync_all()?;
        sync_folder(journal);
        Ok(mark)
    }

    /// So many commits are on disk. The mark itself need not be: an older one asks for less.
    pub(super) fn set(&mut self, commits: u64) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(format!("{commits:0DIGITS$}\n").as_bytes())
    }

    /// The journal needs no other file any more.
    pub(super) fn remove(journal: &Path) {
        let _ = std::fs::remove_file(Self::path(journal));
    }
}
