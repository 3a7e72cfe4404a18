//! Errors of the file system that name the file.

use std::io;
use std::path::{Path, PathBuf};

/// Returns a function that adds the name of the file to an error. The kind of the error stays.
pub(crate) fn named(path: &Path) -> impl Fn(io::Error) -> io::Error + Copy {
    move |error| io::Error::new(error.kind(), format!("{}: {}", path.display(), in_words(&error)))
}

/// A file that cannot be created, because nobody, or not this user, may write into its folder.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}: no file can be created in this folder", path.display())]
pub(crate) struct NoPlaceForFile {
    pub(crate) path: PathBuf,
    why: String,
}

/// Returns a function that adds the name of a file that is created to an error. The kind of the
/// error stays. It is a [`NoPlaceForFile`] if the folder takes no file.
pub(super) fn created(path: &Path) -> impl Fn(io::Error) -> io::Error + Copy {
    // If the file exists, its own rights are the reason, and not those of its folder.
    move |error| if path.exists() { named(path)(error) } else { created_anew(path)(error) }
}

/// The same for a file that is created under another name in its folder, and then takes the place
/// of what is there.
pub(super) fn created_anew(path: &Path) -> impl Fn(io::Error) -> io::Error + Copy {
    move |error| match error.kind() {
        kind @ (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
            let path = path.to_owned();
            io::Error::new(kind, NoPlaceForFile { path, why: in_words(&error) })
        }
        _ => named(path)(error),
    }
}

/// Returns the place for which an error says that no file can be created there.
pub(crate) fn no_place_for_file(error: &io::Error) -> Option<&NoPlaceForFile> {
    error.get_ref()?.downcast_ref()
}

/// Returns the message of an error without the number that the operating system adds.
pub(crate) fn in_words(error: &io::Error) -> String {
    // The text of an error that a crate has completed, with the path behind the number.
    const NUMBER: &str = " (os error ";
    let text = error.to_string();
    let Some((words, _)) = text.split_once(NUMBER) else { return text };
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder: name a file".to_owned(),
        kind => {
            let mut letters = words.chars();
            let words = letters.next().map_or_else(String::new, |first| {
                first.to_lowercase().collect::<String>() + letters.as_str()
            });
            let is_full = matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            let next = if is_full { ": make room first" } else { "" };
            words + next
        }
    }
}

/// Returns the message of an error of a delimited file. An error of the operating system is said as
/// by [`in_words`].
pub(crate) fn csv_in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => in_words(error),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_are_said_without_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.csv");
        let error = std::fs::read(&missing).map_err(named(&missing)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(
            error.to_string(),
            format!("{}: there is no such file or folder", missing.display())
        );
        let full = io::Error::from_raw_os_error(28);
        assert_eq!(in_words(&full), "no space left on device: make room first");
        assert_eq!(in_words(&io::Error::other("cut off")), "cut off");
        let denied = io::Error::from_raw_os_error(13);
        let with_path = io::Error::new(denied.kind(), format!("{denied} at path \"/a/b\""));
        assert_eq!(in_words(&with_path), "permission denied");
    }

    #[test]
    fn folder_that_takes_no_file_is_told_from_a_file_that_may_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (new, old) = (folder.path().join("new.csv"), folder.path().join("old.csv"));
        std::fs::write(&old, "").unwrap();
        let denied = || io::ErrorKind::PermissionDenied.into();
        let error = created(&new)(denied());
        assert_eq!(no_place_for_file(&error).map(|place| &place.path), Some(&new));
        assert!(error.to_string().ends_with("no file can be created in this folder"), "{error}");
        assert!(no_place_for_file(&created(&old)(denied())).is_none());
        assert!(no_place_for_file(&created_anew(&old)(denied())).is_some());
        assert!(no_place_for_file(&created(&new)(io::ErrorKind::StorageFull.into())).is_none());
    }
}
