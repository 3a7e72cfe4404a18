//! Why a command ends without doing anything.

use crate::cli::args::value_error::ValueError;
use crate::cli::words::error_words;
use crate::execute::ScanError;
use crate::import::ImportError;
use crate::import::access::AccessError;
use crate::import::input_error::InputError;
use crate::import::output_error::OutputError;
use crate::import::stored_config::StoredConfigError;
use crate::journal::JournalError;
use crate::snapshot::DraftError;
use crate::store::StoreError;
use crate::umapi::{ApiError, PageError};
use std::io;

/// Why nothing could be done. The user sees these words, and the exit status is
/// [`Exit::NothingSent`](crate::import::Exit::NothingSent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CliError(pub(crate) String);

/// Errors that have the same words as in an import.
macro_rules! said_as_by_an_import {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                ImportError::from(error).into()
            }
        })*
    };
}

said_as_by_an_import!(
    AccessError,
    ApiError,
    DraftError,
    InputError,
    JournalError,
    OutputError,
    PageError,
    ScanError,
    StoredConfigError,
    csv::Error,
    io::Error,
    serde_json::Error,
);

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<ValueError> for CliError {
    fn from(error: ValueError) -> Self {
        Self(error.to_string())
    }
}

impl From<CliError> for ImportError {
    fn from(CliError(words): CliError) -> Self {
        Self::Reporter(words)
    }
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        Self(error_words(&error))
    }
}
