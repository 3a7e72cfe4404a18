//! The advice about rows that are held back because of a list that may be older than they are.

use std::fmt;
use std::path::PathBuf;

/// The advice about rows that are held back because of an old list.
#[derive(Debug)]
pub(crate) struct OutdatedAdvice {
    /// The rows in words: `3 rows are not sent because of users.csv of …`.
    pub(crate) held: String,
    /// Whether the import asks the server about them.
    pub(crate) is_asked_by_import: bool,
    pub(crate) fetch: NewList,
}

/// How to fetch a new list that the command uses.
#[derive(Debug)]
pub(crate) enum NewList {
    /// It replaces this file.
    Over(PathBuf),
    /// It is named instead of the old list.
    Named,
    /// It is stored, and the command finds it in the store.
    Stored,
    /// It is stored, and the run starts over.
    StoredAnew,
}

impl fmt::Display for OutdatedAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asks = if self.is_asked_by_import { "an import asks the server; or " } else { "" };
        write!(
            f,
            "{}. If an address was changed elsewhere since then, the list is too old: {asks}export \
             the users again, then start over",
            self.held
        )
    }
}
