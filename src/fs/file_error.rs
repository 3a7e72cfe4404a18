//! Errors of the file system that name the file.

use std::io;
use std::path::Path;

/// Returns a function that adds the name of the file to an error. The kind of the error stays.
pub(crate) fn named(path: &Path) -> impl Fn(io::Error) -> io::Error + Copy {
    move |error| io::Error::new(error.kind(), format!("{}: {}", path.display(), in_words(&error)))
}

/// Returns the message of an error without the number that the operating system adds.
pub(crate) fn in_words(error: &io::Error) -> String {
    let Some(number) = error.raw_os_error() else { return error.to_string() };
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder: name a file".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text);
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_lowercase().collect::<String>() + letters.as_str()
            })
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
        assert!(!in_words(&full).contains("os error"), "{}", in_words(&full));
        assert_eq!(in_words(&io::Error::other("cut off")), "cut off");
    }
}
