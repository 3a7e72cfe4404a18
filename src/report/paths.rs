//! Where the files of a run stand.

use jiff::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Endings that say how a table is stored, not what it is called.
const ENDINGS: [&str; 9] = ["gz", "zst", "csv", "tsv", "txt", "tab", "jsonl", "ndjson", "json"];

/// The files that a run writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Every row with its verdict.
    pub results: PathBuf,
    /// The rows to mend; only where there are any.
    pub failed: Option<PathBuf>,
}

impl Paths {
    /// `NAME.WORD.csv` beside the input, or in `folder`.
    pub fn beside(input: &Path, word: &str, folder: Option<&Path>) -> PathBuf {
        let mut name = input.file_name().map(PathBuf::from).unwrap_or_default();
        while name.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))) {
            name.set_extension("");
        }
        let mut file = name.into_os_string();
        file.push(format!(".{word}.csv"));
        folder.or(input.parent()).map_or_else(|| PathBuf::from(&file), |folder| folder.join(&file))
    }
}

/// Renames an earlier file with its date, so that it is never overwritten: `NAME.results.csv` becomes `NAME.results.20261123-220145.csv`,
/// `users.csv.gz` becomes `users.20261123-220145.csv.gz`.
/// Gives the new name; `None` where there was no file.
///
/// # Errors
/// When the file cannot be renamed.
pub fn put_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let Ok(metadata) = fs::metadata(path) else { return Ok(None) };
    if !metadata.is_file() {
        // A device or a pipe that somebody wants the results in.
        return Ok(None);
    }
    let written = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_else(Timestamp::now);
    let stamp = written.strftime("%Y%m%d-%H%M%S").to_string();
    let (mut name, mut endings) = (path.to_owned(), String::new());
    while let Some(ending) = name.extension().map(|ending| ending.to_string_lossy().into_owned())
        && (endings.is_empty() || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    {
        endings = format!(".{ending}{endings}");
        name.set_extension("");
    }
    let mut aside = name.with_added_extension(format!("{stamp}{endings}"));
    let mut twin = 2;
    while aside.exists() {
        aside = name.with_added_extension(format!("{stamp}-{twin}{endings}"));
        twin += 1;
    }
    fs::rename(path, &aside)?;
    Ok(Some(aside))
}

/// A new and empty file that only its owner reads: what we write tells about people.
///
/// # Errors
/// When it cannot be made; the error names it.
pub fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_beside_the_input_whatever_its_ending() {
        let beside = |input: &str| Paths::beside(Path::new(input), "results", None);
        assert_eq!(beside("in/staff.csv"), Path::new("in/staff.results.csv"));
        assert_eq!(beside("staff.CSV.gz"), Path::new("staff.results.csv"));
        assert_eq!(beside("staff.jsonl.zst"), Path::new("staff.results.csv"));
        assert_eq!(beside("staff.v2.tsv"), Path::new("staff.v2.results.csv"));
        assert_eq!(Paths::beside(Path::new("in/staff.csv"), "results", Some(Path::new("out"))), Path::new("out/staff.results.csv"));
    }

    #[test]
    fn an_earlier_file_keeps_its_content_under_its_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.results.csv");
        fs::write(&path, "first").unwrap();
        let aside = put_aside(&path).unwrap().unwrap();
        fs::write(&path, "second").unwrap();
        let other = put_aside(&path).unwrap().unwrap();
        assert_ne!(aside, other);
        assert_eq!(fs::read_to_string(aside).unwrap(), "first");
        assert!(!path.exists());
        let packed = folder.path().join("users.v2.jsonl.gz");
        fs::write(&packed, "").unwrap();
        let name = put_aside(&packed).unwrap().unwrap().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap();
        assert!(name.starts_with("users.v2.2") && name.ends_with(".jsonl.gz"), "{name}");
    }
}
