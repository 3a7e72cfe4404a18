//! The places of journals and of the files that belong to them.

use crate::import::places::is_device;
use crate::report::Paths;
use std::path::{Path, PathBuf};

/// Returns the journals for a path: the journal itself, or those of that input for any
/// organization, `NAME.ORGANIZATION.journal` beside it.
pub(crate) fn journals_of(path: &Path) -> Vec<PathBuf> {
    if is_journal(path) {
        return vec![path.to_owned()];
    }
    journals_in(path.parent().unwrap_or(Path::new("")), path)
}

/// Returns the journals of an input in a folder.
pub(crate) fn journals_in(folder: &Path, input: &Path) -> Vec<PathBuf> {
    let name = Paths::name(input);
    let of_this = |journal: &PathBuf| {
        let rest = journal.file_stem().and_then(|stem| {
            stem.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?.strip_prefix(b".")
        });
        rest.is_some_and(|organization| organization.iter().all(u8::is_ascii_alphanumeric))
    };
    all_journals(folder).into_iter().filter(of_this).collect()
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

fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "journal")
}

/// Returns the path of the lock of a journal.
pub(crate) fn lock_path(journal: &Path) -> PathBuf {
    journal.with_added_extension("lock")
}

/// Returns the path of the journal of an input and its results, for an organization.
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
    let mut name = Paths::name(named);
    name.push(format!(".{plain}.journal"));
    folder.unwrap_or(Path::new("")).join(name)
}

/// Returns the path of the kept list of groups that belongs to a kept list of users.
pub(crate) fn groups_path(users: &Path) -> PathBuf {
    users.with_extension("groups.snapshot")
}

/// Returns the path of the kept list that a run uses.
pub(crate) fn list_path(journal: &Path) -> PathBuf {
    journal.with_extension("snapshot")
}
