//! What to do about rows that a list holds, which may be older than they are.

use std::fmt;
use std::path::PathBuf;

/// What to do about rows that an old list holds.
#[derive(Debug)]
pub(crate) struct OutdatedAdvice {
    /// `3 rows are held by users.csv of …`
    pub(crate) held: String,
    /// The import asks the server about them.
    pub(crate) is_asked_by_import: bool,
    pub(crate) fetch: NewList,
}

/// How a new list is fetched, and the command uses it.
#[derive(Debug)]
pub(crate) enum NewList {
    /// It is written over this file.
    Over(PathBuf),
    /// It is named instead of the old one.
    Named,
    /// It is stored, and found there.
    Stored,
    /// The same, and the run starts over.
    StoredAnew,
}

impl fmt::Display for OutdatedAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asks =
            if self.is_asked_by_import { "`umbulk import` asks the server, or " } else { "" };
        write!(
            f,
            "{}. If an address was changed elsewhere since then, the list is too old: {asks}export \
             the users again, then start over",
            self.held
        )
    }
}
