//! Watches the file that a table comes from, to detect whether it has changed since it was read.
//!
//! People overwrite a file during a run (`cp new.csv staff.csv`, an editor, rsync). Rows are read
//! several times, so a run reads a private copy, and this module watches the file itself: by its
//! size, times and place on the disk, and by its content if one of these differs.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use xxhash_rust::xxh3::Xxh3;

/// The state of the file that a table was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// It has the content that was read.
    AsRead,
    /// It has other content, or another file has its name.
    Changed,
    /// It is gone, or cannot be read.
    Gone,
}

/// How to compare a file with its state when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// By its content only if size, times or place differ.
    Quick,
    /// By its content.
    Whole,
}

/// A file in its state when it was read.
#[derive(Debug)]
pub struct Original {
    path: PathBuf,
    stamp: Mutex<Stamp>,
    /// A hash of its bytes; `None` if the file itself is read, and not a copy.
    content: Option<u128>,
}

/// What the file system reports about a file's content without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    /// Device, number, and the time of the last change of any kind (seconds, nanoseconds).
    inode: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let inode = (0, 0, 0, 0);
        Self { len: metadata.len(), modified: metadata.modified().ok(), inode }
    }

    /// Whether it is the same file with the same bytes, unless its owner has set its times by hand.
    /// A new link or other permissions do not matter.
    fn has_same_bytes(&self, other: &Self) -> bool {
        let place = |stamp: &Self| (stamp.inode.0, stamp.inode.1);
        (self.len, self.modified, place(self)) == (other.len, other.modified, place(other))
    }
}

impl Original {
    /// Watches a file by its content from now on. Returns `None` if it is being written.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        let file = File::open(path)?;
        let copied = Self::copy(path, &file, &mut io::sink()).map_err(CopyError::into_inner)?;
        Ok(copied.map(|(original, _)| original))
    }

    /// Returns the path of the file, as the user gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Watches a file that is read in place.
    pub(super) fn watch(path: &Path, file: &File) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            stamp: Mutex::new(Stamp::of(&file.metadata()?)),
            content: None,
        })
    }

    /// Copies a file, and watches it. Returns `None` if it was written to meanwhile, because then
    /// the copy is not a state that the file ever had.
    pub(super) fn copy(
        path: &Path,
        file: &File,
        copy: &mut impl Write,
    ) -> Result<Option<(Self, u128)>, CopyError> {
        let before = Stamp::of(&file.metadata().map_err(CopyError::Read)?);
        let content = copied(file, before.len, copy)?;
        let after = Stamp::of(&file.metadata().map_err(CopyError::Read)?);
        let Some(content) = content.filter(|_| before.has_same_bytes(&after)) else {
            return Ok(None);
        };
        Ok(Some((
            Self { path: path.to_owned(), stamp: Mutex::new(after), content: Some(content) },
            content,
        )))
    }

    /// Returns the device of the file and its number there, which identify the file whatever its
    /// name is.
    pub(super) fn number(&self) -> Option<(u64, u64)> {
        let stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        Some((stamp.inode.0, stamp.inode.1)).filter(|_| cfg!(unix))
    }

    /// Returns the current state of the file.
    pub fn state(&self, check: Check) -> FileState {
        let state = || -> io::Result<FileState> {
            let now = Stamp::of(&std::fs::metadata(&self.path)?);
            let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(content) = self.content else {
                return Ok(if stamp.has_same_bytes(&now) {
                    FileState::AsRead
                } else {
                    FileState::Changed
                });
            };
            if check == Check::Quick && *stamp == now {
                return Ok(FileState::AsRead);
            }
            if copied(&File::open(&self.path)?, now.len, &mut io::sink())
                .map_err(CopyError::into_inner)?
                != Some(content)
            {
                return Ok(FileState::Changed);
            }
            *stamp = now;
            Ok(FileState::AsRead)
        };
        match state() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => FileState::Gone,
            // If a network share does not respond for a moment, that is no change.
            Err(_) if check == Check::Quick => FileState::AsRead,
            Err(_) => FileState::Gone,
            Ok(state) => state,
        }
    }
}

/// Why a file could not be copied.
pub(super) enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

impl CopyError {
    fn into_inner(self) -> io::Error {
        match self {
            Self::Read(error) | Self::Write(error) => error,
        }
    }
}

/// Copies `len` bytes and returns their hash; `None` if there are fewer or more.
fn copied(mut file: &File, len: u64, to: &mut impl Write) -> Result<Option<u128>, CopyError> {
    let mut hash = Xxh3::new();
    let mut piece = vec![0; 1 << 20];
    let mut copied = 0;
    loop {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(CopyError::Read)?,
        };
        if read == 0 {
            return Ok((copied == len).then(|| hash.digest128()));
        }
        copied += read as u64;
        if copied > len {
            return Ok(None);
        }
        hash.update(&piece[..read]);
        to.write_all(&piece[..read]).map_err(CopyError::Write)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(path: &Path) -> Original {
        let mut copy = tempfile::tempfile().unwrap();
        let Ok(Some((original, _))) = Original::copy(path, &File::open(path).unwrap(), &mut copy)
        else {
            panic!("not copied")
        };
        original
    }

    #[test]
    fn original_overwritten_in_place_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for other in ["longer than before", "same!", "", "x"] {
            std::fs::write(&path, "first").unwrap();
            let original = copy(&path);
            assert_eq!(original.state(Check::Whole), FileState::AsRead);
            std::fs::write(&path, other).unwrap();
            assert_eq!(original.state(Check::Whole), FileState::Changed, "{other}");
            // A file that has its old content again has not changed.
            std::fs::write(&path, "first").unwrap();
            assert_eq!(original.state(Check::Whole), FileState::AsRead);
            assert_eq!(original.state(Check::Quick), FileState::AsRead);
        }
    }

    #[test]
    fn original_replaced_or_removed_is_seen_by_a_quick_check() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        std::fs::write(&path, "first").unwrap();
        let original = copy(&path);
        std::fs::write(&other, "other").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(original.state(Check::Quick), FileState::Changed);
        std::fs::write(&other, "first").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(
            original.state(Check::Quick),
            FileState::AsRead,
            "another file of the same bytes is no change"
        );
        std::fs::remove_file(&path).unwrap();
        assert_eq!(original.state(Check::Quick), FileState::Gone);
    }

    #[test]
    fn original_read_in_place_is_changed_when_it_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "first").unwrap();
        let original = Original::watch(&path, &File::open(&path).unwrap()).unwrap();
        assert_eq!(original.state(Check::Whole), FileState::AsRead);
        std::fs::write(&path, "first and more").unwrap();
        assert_eq!(original.state(Check::Quick), FileState::Changed);
    }
}
