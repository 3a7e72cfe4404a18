//! Locks between processes: two runs with one journal, two exports of one list or into one file.
//! The operating system releases a lock when its process ends in any way.

use super::state::{read_regular, state_file};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A lock that is held while a process works. Dropping it removes its file.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock is still held: a process that opens the file now will find that it is no longer
        // at that path.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Why a lock cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Busy {
    /// The process that holds it.
    #[error("another run is using this file (process {0}): wait for it, or stop it")]
    Held(String),
    /// The lock file cannot be used.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// When another process holds it, or the file cannot be written.
    pub(crate) fn take(path: &Path) -> Result<Self, Busy> {
        let named = super::file_error::named(path);
        let mut file = state_file(path)?;
        match file.try_lock() {
            Ok(()) if !is_at(&file, path) => Self::take(path),
            Ok(()) => {
                file.set_len(0).map_err(named)?;
                file.rewind().map_err(named)?;
                write!(file, "{}", std::process::id()).map_err(named)?;
                Ok(Self { path: path.to_owned(), _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(20).read_to_string(&mut holder);
                Err(Busy::Held(holder))
            }
            Err(TryLockError::Error(error)) => Err(named(error).into()),
        }
    }

    /// Returns the path of its file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a process holds the lock.
    pub(crate) fn is_held(path: &Path) -> bool {
        read_regular(path)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Whether the process that holds the lock is suspended (SIGSTOP, Ctrl-Z). `false` if the
    /// operating system does not say.
    pub(crate) fn is_holder_suspended(path: &Path) -> bool {
        let mut holder = String::new();
        let read = read_regular(path).and_then(|file| file.take(20).read_to_string(&mut holder));
        let Some(process) = read.ok().and_then(|_| holder.trim().parse::<u32>().ok()) else {
            return false;
        };
        // The state comes after the name, which may contain anything.
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
    }
}

/// Locks a file that other processes lock only for moments. Waits no longer than that, because a
/// suspended process may hold it forever.
///
/// # Errors
/// [`TimedOut`](io::ErrorKind::TimedOut) when another process still holds it.
pub(crate) fn lock_within(file: &File, patience: Duration) -> io::Result<()> {
    take_within(|| file.try_lock(), patience)
}

/// Takes a shared lock, which several processes may hold.
///
/// # Errors
/// As [`lock_within`].
pub(crate) fn share_within(file: &File, patience: Duration) -> io::Result<()> {
    take_within(|| file.try_lock_shared(), patience)
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process holds the lock, and no clock of ours moves it"
)]
fn take_within(take: impl Fn() -> Result<(), TryLockError>, patience: Duration) -> io::Result<()> {
    let until = Instant::now() + patience;
    loop {
        match take() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process holds the lock: was it stopped?",
                ));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Creates an empty file that only its owner can read, and that no other process writes while this
/// one has it open. A file of an earlier process is removed.
///
/// # Errors
/// When another process writes it ([`ResourceBusy`](io::ErrorKind::ResourceBusy)), or it cannot be
/// created.
pub(crate) fn exclusive_file(path: &Path) -> io::Result<File> {
    let named = super::file_error::named(path);
    loop {
        let there = std::fs::symlink_metadata(path);
        // Held until the new file exists, so that one of two processes is first.
        let _left = match there {
            Ok(there) if there.is_file() => match OpenOptions::new().write(true).open(path) {
                // Another process was first.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => Some(locked(opened, path)?),
            },
            _ => None,
        };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => {
                let file = locked(opened, path)?;
                if is_at(&file, path) {
                    return Ok(file);
                }
            }
        }
    }
}

fn locked(opened: io::Result<File>, path: &Path) -> io::Result<File> {
    let named = super::file_error::named(path);
    let file = opened.map_err(super::file_error::created(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!("{}: another process is writing this file", path.display()),
        )),
        Err(TryLockError::Error(error)) => Err(named(error)),
    }
}

/// Whether this file is still the one at that path.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().ok().map(number) == std::fs::metadata(path).ok().map(number)
}

/// Assumes that the file is still at that path: the numbers of files are compared only on Unix.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_run_is_told_the_holder_and_stale_lock_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        std::fs::write(&path, "99999999").unwrap();
        assert!(!Lock::is_held(&path));
        let held = Lock::take(&path).unwrap();
        assert!(Lock::is_held(&path));
        assert!(
            Lock::take(&path).unwrap_err().to_string().contains(&std::process::id().to_string())
        );
        drop(held);
        assert!(!path.exists());
        assert!(Lock::take(&path).is_ok());
    }

    #[test]
    fn lock_that_is_held_for_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "email").unwrap();
        let asking = File::open(&path).unwrap();
        asking.try_lock().unwrap();
        let here = File::open(&path).unwrap();
        let refused = share_within(&here, Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        std::thread::scope(|scope| {
            let held = scope.spawn(|| share_within(&here, Duration::from_secs(60)));
            drop(asking);
            held.join().unwrap().unwrap();
        });
        assert!(share_within(&File::open(&path).unwrap(), Duration::ZERO).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn exclusive_file_replaces_what_was_left() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) =
            (folder.path().join("users.csv.partial"), folder.path().join("victim"));
        std::fs::write(&victim, "untouched").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        drop(exclusive_file(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
        std::fs::write(&path, "left over").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let file = exclusive_file(&path).unwrap();
        let there = std::fs::metadata(&path).unwrap();
        assert_eq!((there.permissions().mode() & 0o777, there.len()), (0o600, 0));
        assert_eq!(exclusive_file(&path).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        std::fs::rename(&path, folder.path().join("users.csv")).unwrap();
        assert!(
            exclusive_file(&path).is_ok(),
            "the one that has its name is not taken for the new one"
        );
        drop(file);
    }
}
