//! Why a command ends without doing anything.

use crate::import::ImportError;

/// Why nothing could be done: said to the user as it stands, with
/// [`Exit::NothingSent`](crate::import::Exit::NothingSent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CliError(pub(crate) String);

impl<E: std::fmt::Display> From<E> for CliError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl From<CliError> for ImportError {
    fn from(CliError(words): CliError) -> Self {
        Self(words)
    }
}

impl From<ImportError> for CliError {
    fn from(ImportError(words): ImportError) -> Self {
        Self(words)
    }
}
