//! Files with personal data: only their owner can read them, no file is overwritten, and none is
//! left incomplete.

use super::lock::{exclusive_file, share_within};
use jiff::Timestamp;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Endings that say how a table is stored, and are no part of its name.
pub(crate) const ENDINGS: [&str; 15] = [
    "gz", "zst", "zip", "csv", "tsv", "txt", "tab", "jsonl", "ndjson", "json", "xlsx", "xlsm",
    "xlsb", "xls", "ods",
];

/// An earlier file that was renamed, so that it is not overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptFile {
    /// The old name.
    pub(crate) was: PathBuf,
    /// The new name.
    pub(crate) is: PathBuf,
}

/// What a person is told about it.
impl fmt::Display for KeptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "note: the earlier {} is now {}", self.was.display(), self.is.display())
    }
}

/// Renames an earlier file with its date, so that it is never overwritten: `NAME.results.csv`
/// becomes `NAME.results.20261123-220145.csv`, `users.csv.gz` becomes
/// `users.20261123-220145.csv.gz`. Returns both names; `None` if there was no file.
///
/// # Errors
/// When the file cannot be renamed.
pub(crate) fn rotate(path: &Path) -> io::Result<Option<KeptFile>> {
    let Some(there) = earlier_file(path) else { return Ok(None) };
    Ok(Some(KeptFile { was: path.to_owned(), is: put_aside(path, &there)? }))
}

/// Moves an earlier file into the folder of the dated copies, under its name with its date. It is
/// renamed where it is, as by [`rotate`], if that folder cannot hold it: something else has that
/// name, or it is on another disk. A link stays where it is, because it may be relative. Returns
/// both paths; `None` if there was no file.
///
/// # Errors
/// When the file cannot be renamed.
pub(crate) fn keep_dated(copies: &Path, path: &Path) -> io::Result<Option<KeptFile>> {
    let Some(there) = earlier_file(path) else { return Ok(None) };
    // Asking for the name creates the folder.
    let named = if path.is_symlink() { None } else { name_in(copies, path) };
    let kept = named.and_then(|named| put_aside_as(path, &named, &there).ok());
    let is = kept.map_or_else(|| put_aside(path, &there), Ok)?;
    Ok(Some(KeptFile { was: path.to_owned(), is }))
}

/// Writes a copy of a file into the folder of the dated copies, under the name of the file with its
/// date; beside the file, if that folder cannot hold it. Returns its path.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn copy_dated(copies: &Path, path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let there = path.metadata().map_err(super::file_error::named(path))?;
    let named = name_in(copies, path).unwrap_or_else(|| path.to_owned());
    let aside = dated_name(&named, &there);
    write_atomic(&aside, |to| to.write_all(content))?;
    Ok(aside)
}

/// Returns the name of a file in the folder of the dated copies, which is created if necessary;
/// `None` if something else has the name of that folder.
fn name_in(copies: &Path, path: &Path) -> Option<PathBuf> {
    let is_other = copies.symlink_metadata().is_ok_and(|copies| !copies.is_dir());
    let is_there = !is_other && super::private_folder(copies).is_ok();
    path.file_name().filter(|_| is_there).map(|name| copies.join(name))
}

/// Returns what is known of the file that is there; `None` for a device, a pipe or a name of
/// standard output, which have no earlier file.
fn earlier_file(path: &Path) -> Option<fs::Metadata> {
    let Ok(metadata) = fs::metadata(path) else {
        // A link that leads nowhere: whatever is created here would be written there.
        return fs::symlink_metadata(path).ok();
    };
    (metadata.is_file() && !is_open_file(path)).then_some(metadata)
}

/// Renames what is there, whatever it is, with its date. Returns the new name.
///
/// # Errors
/// When it cannot be renamed.
pub(crate) fn put_aside(path: &Path, metadata: &fs::Metadata) -> io::Result<PathBuf> {
    put_aside_as(path, path, metadata)
}

/// Renames what is there to a path with its date. Returns the new path.
fn put_aside_as(path: &Path, as_path: &Path, metadata: &fs::Metadata) -> io::Result<PathBuf> {
    let aside = dated_name(as_path, metadata);
    fs::rename(path, &aside).map_err(super::file_error::named(path))?;
    Ok(aside)
}

/// Returns a path with the date of a file. Nothing has that name yet.
fn dated_name(path: &Path, metadata: &fs::Metadata) -> PathBuf {
    let written = metadata
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or_else(Timestamp::now);
    let stamp = written.strftime("%Y%m%d-%H%M%S").to_string();
    let (mut name, mut endings) = (path.to_owned(), OsString::new());
    while let Some(ending) = name.extension().map(ToOwned::to_owned)
        && (endings.is_empty() || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    {
        let later = std::mem::replace(&mut endings, OsString::from("."));
        endings.push(ending);
        endings.push(later);
        name.set_extension("");
    }
    let dated = |stamp: String| {
        let mut dated = OsString::from(stamp);
        dated.push(&endings);
        name.with_added_extension(dated)
    };
    let mut aside = dated(stamp.clone());
    let mut twin = 2;
    while aside.symlink_metadata().is_ok() {
        aside = dated(format!("{stamp}-{twin}"));
        twin += 1;
    }
    aside
}

/// Whether the path names a file that a process has open, such as standard output, which may be
/// redirected into a file.
pub(crate) fn is_open_file(path: &Path) -> bool {
    let is_open = |path: &Path| path.starts_with("/proc") || path.starts_with("/dev/fd");
    is_open(path) || fs::read_link(path).is_ok_and(|place| is_open(&place))
}

/// What happens to an earlier file with the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// It keeps its content under its date.
    PutAside,
    /// It is replaced, because it is an earlier state of the new file.
    Replaced,
}

/// Creates a file that only its owner can read and only this process writes. A link is never
/// followed: the new file replaces it. A device is opened as it is.
///
/// # Errors
/// When another process writes that file, or it cannot be created.
pub(crate) fn output_file(path: &Path, earlier: Earlier) -> io::Result<fs::File> {
    if is_no_file(path) {
        return private_file(path);
    }
    if is_being_written(path) {
        return Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!(
                "{}: another process is writing this file: wait for it, or choose another file",
                path.display()
            ),
        ));
    }
    if earlier == Earlier::PutAside {
        rotate(path)?;
    }
    exclusive_file(path)
}

/// Whether another process writes this file, which it has created by [`output_file`].
pub(crate) fn is_being_written(path: &Path) -> bool {
    !is_no_file(path)
        && super::read_regular(path)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// Whether another process reads this file as the input of a run, or writes it.
pub(crate) fn is_in_use(path: &Path) -> bool {
    !is_no_file(path)
        && super::read_regular(path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

/// Far longer than a process needs to see whether a file is in use.
const MOMENT: Duration = Duration::from_secs(2);

/// Opens the input of a run, so that other processes see that it is in use ([`is_in_use`]) as long
/// as the file is open. Returns `None` if it is not a file, or if the disk has no locks.
///
/// # Errors
/// When another process writes the file.
pub(crate) fn hold_input(path: &Path) -> io::Result<Option<fs::File>> {
    // Another process that asks whether the file is in use locks it for a moment.
    hold_within(path, MOMENT)
}

fn hold_within(path: &Path, patience: Duration) -> io::Result<Option<fs::File>> {
    let Ok(file) = super::read_file(path) else { return Ok(None) };
    match share_within(&file, patience) {
        Ok(()) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!(
                "{}: another process is writing this file: wait until it has ended",
                path.display()
            ),
        )),
        Err(_) => Ok(None),
    }
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|there| std::os::unix::fs::FileTypeExt::is_fifo(&there.file_type()))
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

/// Whether the path is a device, a pipe, or a name of an open file such as standard output.
fn is_no_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir())
        || path.exists() && is_open_file(path)
}

/// Creates an empty file that only its owner can read, because it will have personal data.
///
/// # Errors
/// When it cannot be created. The error names the file.
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let named = super::file_error::named(path);
    if is_pipe(path) && !is_open_file(path) {
        // Opening a pipe would wait for a reader, perhaps for ever.
        return Err(named(io::Error::new(
            io::ErrorKind::InvalidInput,
            "this is a pipe, not a file: remove it",
        )));
    }
    let file = options.open(path).map_err(super::file_error::created(path))?;
    // An existing file may have been readable by others. A network share without such modes decides
    // by itself.
    #[cfg(unix)]
    if file.metadata().is_ok_and(|there| there.is_file()) {
        let _ = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    }
    Ok(file)
}

/// Returns the folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file that only its owner can read, and that is always complete. Replaces an earlier
/// one.
///
/// # Errors
/// When it cannot be written, with its name, and the errors of `write`.
pub(crate) fn write_atomic(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>,
) -> io::Result<()> {
    let partial = write_partial(path, write)?;
    partial.persist(path).map(drop).map_err(|failed| super::file_error::named(path)(failed.error))
}

/// The same for a file that is new. Returns whether it is: something else may have its name.
///
/// # Errors
/// As [`write_atomic`].
pub(crate) fn write_new(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>,
) -> io::Result<bool> {
    match write_partial(path, write)?.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(super::file_error::named(path)(failed.error)),
    }
}

/// Writes a complete file beside a path. It is removed unless it gets a name.
fn write_partial(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>,
) -> io::Result<tempfile::NamedTempFile> {
    let named = super::file_error::named(path);
    let folder = folder_of(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = tempfile::Builder::new()
        .prefix(&format!("{name}."))
        .suffix(".partial")
        .tempfile_in(folder)
        .map_err(super::file_error::created_anew(path))?;
    let mut buffered = BufWriter::new(partial.as_file());
    write(&mut buffered)
        .and_then(|()| buffered.flush())
        .and_then(|()| partial.as_file().sync_all())
        .map_err(named)?;
    drop(buffered);
    Ok(partial)
}

/// Syncs a folder, so that the name of a new file survives a power failure. Errors are ignored,
/// because some network shares do not support this.
pub(crate) fn sync_folder(path: &Path) {
    if cfg!(unix) {
        let _ = fs::File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn link_that_leads_nowhere_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("plan.csv"), folder.path().join("elsewhere"));
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let aside = rotate(&path).unwrap().unwrap().is;
        assert!(fs::symlink_metadata(&path).is_err() && fs::read_link(aside).is_ok());
        fs::write(&path, "a plan").unwrap();
        assert!(!elsewhere.exists());
        assert_eq!(rotate(&folder.path().join("nothing")).unwrap(), None);
    }

    #[test]
    fn an_earlier_file_keeps_its_content_under_its_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.results.csv");
        fs::write(&path, "first").unwrap();
        let aside = rotate(&path).unwrap().unwrap().is;
        fs::write(&path, "second").unwrap();
        let other = rotate(&path).unwrap().unwrap().is;
        assert_ne!(aside, other);
        assert_eq!(fs::read_to_string(aside).unwrap(), "first");
        assert!(!path.exists());
        let packed = folder.path().join("users.v2.jsonl.gz");
        fs::write(&packed, "").unwrap();
        let name = rotate(&packed)
            .unwrap()
            .unwrap()
            .is
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap();
        assert!(name.starts_with("users.v2.2") && name.ends_with(".jsonl.gz"), "{name}");
    }

    #[cfg(unix)]
    #[test]
    fn link_stays_where_it_is_and_no_folder_is_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = (folder.path().join("a.results.csv"), folder.path().join("a.umbulk"));
        std::os::unix::fs::symlink(folder.path().join("elsewhere.csv"), &path).unwrap();
        let kept = keep_dated(&copies, &path).unwrap().unwrap().is;
        assert_eq!((kept.parent(), copies.exists()), (Some(folder.path()), false));
    }

    #[test]
    fn dated_copy_stays_beside_if_its_folder_cannot_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = (folder.path().join("a.results.csv"), folder.path().join("a.umbulk"));
        fs::write(&path, "first").unwrap();
        let kept = keep_dated(&copies, &path).unwrap().unwrap();
        let told = format!("note: the earlier {} is now {}", path.display(), kept.is.display());
        assert_eq!(kept.to_string(), told);
        let first = kept.is;
        assert_eq!(
            (first.parent(), fs::read(&first).unwrap()),
            (Some(&*copies), b"first".to_vec())
        );
        assert_eq!(keep_dated(&copies, &path).unwrap(), None);
        fs::remove_dir_all(&copies).unwrap();
        fs::write(&copies, "mine").unwrap();
        fs::write(&path, "second").unwrap();
        let second = keep_dated(&copies, &path).unwrap().unwrap().is;
        assert_eq!((second.parent(), path.exists()), (Some(folder.path()), false));
        assert_eq!(fs::read(&copies).unwrap(), b"mine");
    }

    #[test]
    fn input_is_held_unless_another_process_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let writing = exclusive_file(&path).unwrap();
        let refused = hold_within(&path, Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        drop(writing);
        let held = hold_within(&path, Duration::ZERO).unwrap();
        assert!(held.is_some() && is_in_use(&path));
        drop(held);
        assert!(!is_in_use(&path));
        assert!(hold_within(folder.path(), Duration::ZERO).unwrap().is_none());
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        write_atomic(&path, |file| file.write_all(b"first")).unwrap();
        assert!(
            write_atomic(&path, |file| file
                .write_all(b"sec")
                .and(Err(io::ErrorKind::StorageFull.into())))
            .is_err()
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    }
}
