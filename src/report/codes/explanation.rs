//! What is said about a code.

use serde::{Deserialize, Serialize};

/// What a code means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Explanation {
    /// The code.
    pub code: String,
    /// What happened.
    pub means: String,
    /// The usual cause.
    pub cause: String,
    /// What to do about it.
    pub cure: String,
    /// A row or a value that gets the code.
    pub example: String,
}

/// Codes that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CodeSection {
    /// What they have in common.
    pub title: String,
    /// Their explanations.
    pub codes: Vec<Explanation>,
}

/// Reads a table of this folder. A test reads each, so that none is broken.
pub(super) fn read<T: Default + for<'de> Deserialize<'de>>(text: &str) -> T {
    toml::from_str(text).unwrap_or_default()
}
