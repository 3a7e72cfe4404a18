//! Why the record of imports is missing, or may not be the one that other imports use. Then renames
//! are not known to `--protect`, which is said.

use crate::fs::StateFolderProblem;
use crate::import::access::Access;
use crate::visible::visible;
use std::fmt;
use std::io;
use std::path::Path;

/// What is wrong with the folder of the record.
#[derive(Debug)]
pub(crate) enum RecordGap<'a> {
    /// No folder is known.
    NoFolder,
    /// The value of `XDG_STATE_HOME` is not a full path, and so this folder is used.
    OtherFolder { value: &'a str, used: &'a Path },
    /// No variable names a folder, and so this one of the account is used.
    FolderOfTheAccount { used: &'a Path },
    /// The folder does not exist, and cannot be made.
    NotMade { folder: &'a Path, error: io::Error },
}

/// What to do about it.
const ADVICE: &str = "set XDG_STATE_HOME to the full path of a folder that stays";

impl<'a> RecordGap<'a> {
    /// Returns what is wrong with the folder of the record; `None` if nothing is.
    pub(crate) fn of(access: &'a Access) -> Option<Self> {
        let Some(folder) = access.state_dir() else { return Some(Self::NoFolder) };
        match access.state_problem() {
            Some(StateFolderProblem::UnusedValue(value)) => {
                Some(Self::OtherFolder { value, used: folder })
            }
            Some(StateFolderProblem::NoVariable) if can_be_made(folder).is_ok() => {
                Some(Self::FolderOfTheAccount { used: folder })
            }
            _ => can_be_made(folder).err().map(|error| Self::NotMade { folder, error }),
        }
    }

    /// Returns the note for an import with protected names.
    pub(crate) fn for_protected_names(&self) -> String {
        format!(
            "note: {self}: renames by earlier imports that are not recorded there are not known, \
             so people and groups are not protected under the names that they got by them. Add \
             these names to the list of protected names, or {ADVICE}"
        )
    }

    /// Returns the note for an import that renames; `None` if it will be said when the record
    /// cannot be written.
    pub(crate) fn for_renames(&self) -> Option<String> {
        let is_said_later = matches!(self, Self::NotMade { .. });
        (!is_said_later).then(|| {
            format!(
                "note: {self}: later imports that protect people and have another record do not \
                 know the renames of this import. To keep one record, {ADVICE}"
            )
        })
    }
}

impl fmt::Display for RecordGap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFolder => f.write_str(
                "there is no record of imports, because neither HOME nor XDG_STATE_HOME names a \
                 folder",
            ),
            Self::OtherFolder { value, used } => write!(
                f,
                "XDG_STATE_HOME (`{}`) is not a full path, so imports are recorded in {}",
                visible(value),
                used.display()
            ),
            Self::FolderOfTheAccount { used } => write!(
                f,
                "neither XDG_STATE_HOME nor HOME is the full path of a folder, so imports are \
                 recorded in {}",
                used.display()
            ),
            Self::NotMade { folder, error } => write!(
                f,
                "there is no record of imports, because {} cannot be made ({error})",
                folder.display()
            ),
        }
    }
}

/// Checks that a folder exists or could be made. Nothing is left behind.
fn can_be_made(folder: &Path) -> io::Result<()> {
    if folder.try_exists()? {
        return Ok(());
    }
    let nearest = folder.ancestors().find(|folder| folder.is_dir());
    tempfile::tempfile_in(nearest.unwrap_or(Path::new("/"))).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(state: Option<&Path>) -> Option<String> {
        let access = Access::made_up("1@AdobeOrg", state.map(Path::to_owned));
        RecordGap::of(&access).map(|gap| gap.to_string())
    }

    #[test]
    fn folder_that_is_there_or_can_be_made_leaves_no_gap() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(gap(Some(folder.path())), None);
        assert_eq!(gap(Some(&folder.path().join("a/b"))), None);
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is made");
    }

    #[test]
    fn missing_folder_is_named() {
        assert!(gap(None).unwrap().contains("neither HOME nor XDG_STATE_HOME"));
        let folder = Path::new("/proc/nope/umbulk");
        assert!(gap(Some(folder)).unwrap().contains("/proc/nope/umbulk cannot be made"));
    }
}
