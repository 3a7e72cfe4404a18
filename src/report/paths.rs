//! The names of the files of a run.

use crate::fs::ENDINGS;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The files that a run writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Every row with its outcome.
    pub results: PathBuf,
    /// The rows to fix; written only if there are any.
    pub failed: Option<PathBuf>,
}

impl Paths {
    /// Returns all of them.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.results).chain(&self.failed).map(PathBuf::as_path)
    }

    /// Returns the name of an input without the endings that say how a table is stored.
    pub(crate) fn name(input: &Path) -> OsString {
        let mut name = input.file_name().map(PathBuf::from).unwrap_or_default();
        while name
            .extension()
            .is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
        {
            name.set_extension("");
        }
        name.into_os_string()
    }

    /// Returns `NAME.WORD.csv` beside the input, or in `folder`.
    pub(crate) fn beside(input: &Path, word: &str, folder: Option<&Path>) -> PathBuf {
        let mut file = Self::name(input);
        file.push(format!(".{word}.csv"));
        folder.or(input.parent()).map_or_else(|| PathBuf::from(&file), |folder| folder.join(&file))
    }
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
        assert_eq!(beside("staff.xlsx"), Path::new("staff.results.csv"));
        assert_eq!(beside("staff.v2.tsv"), Path::new("staff.v2.results.csv"));
        assert_eq!(
            Paths::beside(Path::new("in/staff.csv"), "results", Some(Path::new("out"))),
            Path::new("out/staff.results.csv")
        );
    }
}
