//! The names of the files of a run.

use crate::fs::ENDINGS;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The ending of a folder of dated copies.
pub(crate) const COPIES: &str = "umbulk";

/// The files that a run writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Every row with its outcome.
    pub results: PathBuf,
    /// The rows to fix; written only if there are any.
    pub failed: Option<PathBuf>,
    /// The folder of the dated copies: what earlier runs have written.
    pub copies: PathBuf,
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

    /// Returns the folder of the dated copies of an input and of the files that umbulk has written
    /// from it: `NAME.umbulk`, beside its results.
    pub(crate) fn copies(input: &Path, results: &Path) -> PathBuf {
        // Standard input has no name of its own.
        let named = if input == Path::new("-") { results } else { input };
        let mut name = PathBuf::from(Self::name(named));
        while name.extension().is_some_and(|word| word.to_str().is_some_and(is_own_word)) {
            name.set_extension("");
        }
        results.with_file_name(name.with_added_extension(COPIES))
    }

    /// Returns the word in the name of the rows to fix: `failed`, and for an input that has rows to
    /// fix itself, `failed-2`, `failed-3` and so on, with the input without that word.
    pub(crate) fn of_rows_to_fix(input: &Path) -> (PathBuf, String) {
        let name = PathBuf::from(Self::name(input));
        let word = name.extension().and_then(|word| word.to_str()).unwrap_or_default();
        let number = match word.strip_prefix("failed") {
            Some("") => Some(1),
            Some(number) => number.strip_prefix('-').and_then(|number| number.parse().ok()),
            None => None,
        };
        match number.and_then(|number: u32| number.checked_add(1)) {
            Some(next) => (input.with_file_name(name.with_extension("")), format!("failed-{next}")),
            None => (input.to_owned(), "failed".to_owned()),
        }
    }

    /// Returns `NAME.WORD.csv` beside the input, or in `folder`.
    pub(crate) fn beside(input: &Path, word: &str, folder: Option<&Path>) -> PathBuf {
        let mut file = Self::name(input);
        file.push(format!(".{word}.csv"));
        folder.or(input.parent()).map_or_else(|| PathBuf::from(&file), |folder| folder.join(&file))
    }
}

/// Whether umbulk writes files with this word behind the name of an input.
fn is_own_word(word: &str) -> bool {
    let number = word.strip_prefix("failed-").map(|number| number.bytes());
    matches!(word, "results" | "failed" | "missing" | "undo" | "test" | "sandbox")
        || number.is_some_and(|mut number| number.all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_to_fix_of_rows_to_fix_are_numbered() {
        let named = |input: &str| {
            let (input, word) = Paths::of_rows_to_fix(Path::new(input));
            Paths::beside(&input, &word, None)
        };
        assert_eq!(named("in/staff.csv"), Path::new("in/staff.failed.csv"));
        assert_eq!(named("in/staff.failed.csv"), Path::new("in/staff.failed-2.csv"));
        assert_eq!(named("staff.failed-2.csv"), Path::new("staff.failed-3.csv"));
        assert_eq!(named("staff.failed-x.csv"), Path::new("staff.failed-x.failed.csv"));
        assert_eq!(named("failed.csv"), Path::new("failed.failed.csv"));
    }

    #[test]
    fn all_files_of_an_input_have_one_folder_of_dated_copies() {
        let copies = |input: &str, results: &str| {
            Paths::copies(Path::new(input), Path::new(results)).to_str().unwrap().to_owned()
        };
        for input in ["staff.csv", "staff.failed.csv", "staff.failed-2.csv", "staff.missing.csv"] {
            assert_eq!(copies(input, "out/r.csv"), "out/staff.umbulk", "{input}");
        }
        assert_eq!(copies("in/staff.undo.csv", "in/staff.undo.results.csv"), "in/staff.umbulk");
        assert_eq!(copies("-", "out/june.results.csv"), "out/june.umbulk");
        assert_eq!(copies("staff.v2.csv", "staff.v2.results.csv"), "staff.v2.umbulk");
        assert_eq!(copies("failed.csv", "failed.results.csv"), "failed.umbulk");
    }

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
