//! Files and folders in predictable places: no link is followed, and only the owner can read them.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Returns the default folder for state that outlives a run: the record of sent requests, the
/// snapshots.
pub(crate) fn state_dir() -> Option<PathBuf> {
    dirs::state_dir().or_else(dirs::data_local_dir).map(|dir| dir.join("umbulk"))
}

/// Returns the folder of the user's configuration.
pub(crate) fn config_dir() -> Option<PathBuf> {
    dirs::config_dir().map(|dir| dir.join("umbulk"))
}

/// Says why other users of this computer can write a file, if they can: `other users can write it`.
/// A file in a folder that others can write can be replaced.
#[cfg(unix)]
pub(crate) fn why_others_can_write(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let path = path.canonicalize().ok()?;
    if let Some(why) = why_others_can_write_file(&path.metadata().ok()?) {
        return Some(why);
    }
    let folder = path.parent()?.metadata().ok()?;
    let is_open = folder.mode() & OTHERS != 0 && folder.mode() & STICKY == 0;
    (is_open || is_foreign(&folder)).then_some("other users can replace it in its folder")
}

/// Says why other users of this computer can write a file. Its folder does not count, where they
/// may replace it.
#[cfg(unix)]
pub(crate) fn why_others_can_write_file(there: &std::fs::Metadata) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    if is_foreign(there) {
        return Some("it belongs to another user");
    }
    (there.mode() & OTHERS != 0).then_some("other users can write it")
}

/// The rights of other users to write.
#[cfg(unix)]
const OTHERS: u32 = 0o022;

/// Whether neither this user nor root owns it.
#[cfg(unix)]
fn is_foreign(there: &std::fs::Metadata) -> bool {
    let owner = std::os::unix::fs::MetadataExt::uid(there);
    owner != rustix::process::geteuid().as_raw() && owner != 0
}

/// Other systems have other rights, which are not read.
#[cfg(not(unix))]
pub(crate) fn why_others_can_write(_: &Path) -> Option<&'static str> {
    None
}

/// Other systems have other rights, which are not read.
#[cfg(not(unix))]
pub(crate) fn why_others_can_write_file(_: &std::fs::Metadata) -> Option<&'static str> {
    None
}

/// Why [`state_dir`] may not be the folder that other processes of the same user have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StateFolderProblem {
    /// This value of `XDG_STATE_HOME` is not used, because it is not a full path.
    UnusedValue(String),
    /// Neither `XDG_STATE_HOME` nor `HOME` is a full path. The folder is that of the account.
    NoVariable,
}

impl StateFolderProblem {
    /// Returns the problem in the environment of this process, if there is one.
    pub(crate) fn of_this_process() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let [state, home] = ["XDG_STATE_HOME", "HOME"]
            .map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        let is_full = |value: &OsString| Path::new(value).is_absolute();
        match state {
            Some(value) if is_full(&value) => None,
            Some(value) => Some(Self::UnusedValue(value.to_string_lossy().into_owned())),
            None if home.as_ref().is_some_and(is_full) => None,
            None => Some(Self::NoVariable),
        }
    }
}

/// Opens or creates a file of umbulk's own for reading and writing, and keeps its content. Locks,
/// quotas and marks are such files.
///
/// # Errors
/// When it cannot be opened, or is a link or not a regular file. The error names the file.
pub(crate) fn state_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    own_regular_file(&mut options, path)
}

/// Opens or creates such a file for reading and appending. What is written in one call stays
/// together at the end.
///
/// # Errors
/// As [`state_file`].
pub(crate) fn append_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    own_regular_file(&mut options, path)
}

fn own_regular_file(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = open_regular(options, path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) > 1 {
        return Err(refused(
            path,
            "this file has a second name (a hard link), and umbulk does not write to it: remove it",
        ));
    }
    Ok(file)
}

/// Opens a regular file for reading. Does not follow a link, and does not wait for a writer as a
/// pipe would.
///
/// # Errors
/// As [`state_file`], and when it does not exist.
pub(crate) fn read_regular(path: &Path) -> io::Result<File> {
    open_regular(OpenOptions::new().read(true), path)
}

/// Opens a regular file for reading, also through a link, and does not wait for a writer as a pipe
/// would.
///
/// # Errors
/// When it cannot be opened, or is not a regular file. The error does not name the file.
pub(crate) fn read_file(path: &Path) -> io::Result<File> {
    let file = open_at_once(OpenOptions::new().read(true), path, Link::Followed)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file"));
    }
    Ok(file)
}

/// What to do with a link at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Followed,
    Refused,
}

/// Opens a path without a wait for the other end of a pipe.
fn open_at_once(options: &mut OpenOptions, path: &Path, link: Link) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let of_link = if link == Link::Refused { OFlags::NOFOLLOW } else { OFlags::empty() };
        options.custom_flags((OFlags::NONBLOCK | of_link).bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = link;
    options.open(path)
}

fn open_regular(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let named = super::file_error::named(path);
    let file = open_at_once(options, path, Link::Refused).map_err(|error| {
        match path.symlink_metadata() {
            Ok(there) if there.is_symlink() => {
                refused(path, "this is a link, which umbulk does not follow here: remove it")
            }
            _ => named(error),
        }
    })?;
    if !file.metadata().map_err(named)?.is_file() {
        return Err(refused(path, "this is not a regular file: remove it"));
    }
    Ok(file)
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{}: {why}", path.display()))
}

/// Creates a folder that only its owner can enter, and the folders above it, whatever the umask.
///
/// # Errors
/// When it cannot be created. The error names the folder.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let named = super::file_error::named(path);
    if !path.is_dir() {
        if let Some(above) =
            path.parent().filter(|above| !above.as_os_str().is_empty() && !above.exists())
        {
            private_folder(above)?;
        }
        match std::fs::create_dir(path) {
            // Another process has just made it. If something else has the name, that is an error.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            made => made.map_err(named)?,
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(named)?.permissions().mode();
        if mode & 0o777 != 0o700 {
            // A folder of another owner, or on a network share without such modes, decides by
            // itself.
            let _ = std::fs::set_permissions(path, PermissionsExt::from_mode(0o700));
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn state_file_that_is_a_link_or_a_pipe_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("a.lock"));
        std::fs::write(&victim, "untouched").unwrap();
        symlink(&victim, &path).unwrap();
        assert!(state_file(&path).unwrap_err().to_string().contains("a.lock: this is a link"));
        std::fs::remove_file(&path).unwrap();
        symlink(folder.path().join("nowhere"), &path).unwrap();
        assert!(state_file(&path).is_err() && !folder.path().join("nowhere").exists());
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&victim, &path).unwrap();
        assert!(state_file(&path).unwrap_err().to_string().contains("hard link"));
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(state_file(&path).is_err() && read_regular(&path).is_err());
        assert!(read_file(&path).is_err() && read_file(&victim).is_ok());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    }

    /// A device such as /dev/null would be closed to everybody else.
    #[test]
    fn what_is_no_folder_keeps_its_rights() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        for wanted in [path.clone(), path.join("a"), path.join("a/b")] {
            assert!(private_folder(&wanted).is_err(), "{wanted:?}");
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o666, "{wanted:?}");
        }
    }

    #[test]
    fn private_folder_is_closed_to_others_also_where_it_was_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c");
        std::fs::create_dir(folder.path().join("a")).unwrap();
        private_folder(&path).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        private_folder(&path).unwrap();
        for made in ["a/b", "a/b/c"] {
            let mode = std::fs::metadata(folder.path().join(made)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{made}");
        }
    }
}
