//! The places of journals and of the files that belong to them.

use crate::import::places::is_device;
use crate::journal::Journal;
use crate::report::{COPIES, Paths};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Returns the journals for a path: the journal itself, or those of that input for any
/// organization, beside it.
pub(crate) fn journals_of(path: &Path) -> Vec<PathBuf> {
    if is_journal(path) {
        return vec![path.to_owned()];
    }
    journals_in(path.parent().unwrap_or(Path::new("")), path)
}

/// Returns the journals of an input in a folder.
pub(crate) fn journals_in(folder: &Path, input: &Path) -> Vec<PathBuf> {
    journals_named(folder, input, is_journal_of)
}

/// Returns the journals of an input in a folder, if their names are like that of a journal with
/// this beginning.
fn journals_named(folder: &Path, input: &Path, is_like: fn(&Path, &OsStr) -> bool) -> Vec<PathBuf> {
    // The rows of a run may have come through standard input: then its results are named.
    let inputs = [input.file_name().unwrap_or_default(), OsStr::new("-")];
    let own = |journal: &PathBuf| {
        names_of_journals(input).iter().any(|name| is_like(journal, name))
            && !inputs.iter().all(|input| is_of_other_input(journal, input))
    };
    all_journals(folder).into_iter().filter(own).collect()
}

/// Returns the journals of earlier runs of an input, which were put aside. `folder` has the journal
/// of its last run.
pub(crate) fn journals_aside(folder: &Path, input: &Path) -> Vec<PathBuf> {
    let name = input.file_name().unwrap_or_default();
    let copies = Paths::copies(Path::new(name), &folder.join(name));
    journals_named(&copies, input, is_dated_journal_of)
}

/// Returns the folder of the last run of an input, whose journal this is or was.
pub(crate) fn folder_of_last_run(journal: &Path) -> &Path {
    let folder = journal.parent().unwrap_or(Path::new(""));
    match folder.extension() {
        Some(ending) if ending == COPIES => folder.parent().unwrap_or(Path::new("")),
        _ => folder,
    }
}

/// Whether there is a journal beside an input, of it or of another input with the same name and
/// another ending, whose results have the same name.
pub(crate) fn has_journals_beside(input: &Path) -> bool {
    let folder = input.parent().unwrap_or(Path::new(""));
    let names = names_of_journals(input);
    let journals = all_journals(folder);
    journals.iter().any(|journal| names.iter().any(|name| is_journal_of(journal, name)))
}

/// Returns how journals of an input begin: with its name without endings, or, if a journal of
/// another input is there, with all of its name.
fn names_of_journals(input: &Path) -> [OsString; 2] {
    let (name, mut all) = (Paths::name(input), input.file_name().unwrap_or_default().to_owned());
    if name == all {
        all.push(".no-ending");
    }
    [name, all]
}

/// Whether a journal has all of the name of its input, because a journal of another input is or was
/// there.
pub(crate) fn has_all_of_name(journal: &Path, input: &Path) -> bool {
    let [_, all] = names_of_journals(input);
    is_journal_of(journal, &all)
}

/// Whether a journal is named `NAME.ORGANIZATION.journal`.
fn is_journal_of(journal: &Path, name: &OsStr) -> bool {
    let rest = journal.file_stem().and_then(|stem| {
        stem.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?.strip_prefix(b".")
    });
    rest.is_some_and(|organization| organization.iter().all(u8::is_ascii_alphanumeric))
}

/// Whether a journal that was put aside is named `NAME.ORGANIZATION.DATE.journal`.
fn is_dated_journal_of(journal: &Path, name: &OsStr) -> bool {
    let date = journal.file_stem().and_then(|stem| Path::new(stem).extension());
    let is_date = |date: &OsStr| {
        date.as_encoded_bytes().iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
    };
    date.is_some_and(is_date) && is_journal_of(&journal.with_extension(""), name)
}

/// Whether a journal is that of an input with another name. A journal that cannot be read is not:
/// opening it shows why.
fn is_of_other_input(journal: &Path, file_name: &OsStr) -> bool {
    let known = Journal::open_read_only(journal).ok().flatten();
    known.and_then(|journal| journal.info().ok()).is_some_and(|run_info| {
        let other = run_info.file.as_path().file_name().unwrap_or_default();
        uncompressed(other) != uncompressed(file_name)
    })
}

/// Returns the name of a file as it is before it is compressed.
fn uncompressed(file_name: &OsStr) -> &OsStr {
    let path = Path::new(file_name);
    let is_compressed = path.extension().is_some_and(|ending| {
        ["gz", "zst", "zip"].iter().any(|known| ending.eq_ignore_ascii_case(known))
    });
    if is_compressed { path.file_stem().unwrap_or_default() } else { file_name }
}

/// Returns all journals in a folder.
pub(crate) fn all_journals(folder: &Path) -> Vec<PathBuf> {
    let here = folder.as_os_str().is_empty();
    let entries = std::fs::read_dir(if here { Path::new(".") } else { folder })
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| is_journal(path))
        .collect();
    found.sort();
    found
}

/// Whether a path is named as journals are.
pub(crate) fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "journal")
}

/// Returns the path of the lock of a journal.
pub(crate) fn lock_path(journal: &Path) -> PathBuf {
    journal.with_added_extension("lock")
}

/// Returns the path of the journal of an input and its results, for an organization:
/// `NAME.ORGANIZATION.journal`, or `NAME.ENDING.ORGANIZATION.journal` if the other one is that of
/// an input with another ending.
pub(crate) fn journal_path(input: &Path, results: &Path, organization: &str) -> PathBuf {
    let plain: String = organization.chars().filter(char::is_ascii_alphanumeric).collect();
    // Standard input has no name, so the name of the results is used. If the results are a device,
    // no file can be beside it.
    let named = if input == Path::new("-") { results } else { input };
    let folder = if is_device(results) {
        input.parent().filter(|_| input != Path::new("-"))
    } else {
        results.parent()
    };
    let [common, own] = names_of_journals(named).map(|mut name| {
        name.push(format!(".{plain}.journal"));
        folder.unwrap_or(Path::new("")).join(name)
    });
    let is_own = own.exists() || is_of_other_input(&common, input.file_name().unwrap_or_default());
    if is_own { own } else { common }
}

/// Returns the path of the snapshot of groups that belongs to a snapshot of users.
pub(crate) fn groups_path(users: &Path) -> PathBuf {
    users.with_extension("groups.snapshot")
}

/// Returns the path of the snapshot that a run uses.
pub(crate) fn list_path(journal: &Path) -> PathBuf {
    journal.with_extension("snapshot")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_file_is_the_same_input() {
        for (name, other) in [("a.csv", "a.csv.gz"), ("a.csv.ZST", "a.csv"), ("a", "a.gz")] {
            assert_eq!(uncompressed(name.as_ref()), uncompressed(other.as_ref()), "{name} {other}");
        }
        assert_ne!(uncompressed("a.csv".as_ref()), uncompressed("a.xlsx".as_ref()));
    }

    #[test]
    fn journal_is_named_with_all_of_the_name_or_without_its_endings() {
        let [common, own] = names_of_journals(Path::new("in/a.v2.csv.gz"));
        assert_eq!((common, own), ("a.v2".into(), "a.v2.csv.gz".into()));
        assert_ne!(names_of_journals(Path::new("a"))[0], names_of_journals(Path::new("a"))[1]);
        assert!(is_journal_of(Path::new("a.csv.ABC.journal"), "a.csv".as_ref()));
        assert!(!is_journal_of(Path::new("a.csv.ABC.journal"), "a".as_ref()));
    }
}
