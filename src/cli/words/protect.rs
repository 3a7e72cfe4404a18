//! Messages about why the list of protected names cannot be completed, with the option that helps.

use super::api_words;
use crate::import::protect_error::{ProtectAdvice, ProtectError};

/// Describes why protected names cannot be completed, with the options that help.
pub(super) fn protect_words(error: &ProtectError) -> String {
    match error {
        ProtectError::TooManyPeople { .. } => format!(
            "--protect: {error}, or use --online, or --against FILE with an exported list of users"
        ),
        ProtectError::TooManyAddresses { .. } | ProtectError::TooManyGroups { .. } => format!(
            "--protect: {error}. Use --online, or --against FILE with an exported list of users"
        ),
        ProtectError::NotFetched { what, error } => format!(
            "--protect: {what} could not be fetched ({}): nothing was sent. Try again later, or \
             use --against FILE with an exported list of users",
            api_words(error)
        ),
        ProtectError::NoGroup { .. } => format!("--protect: {error}"),
    }
}

/// Describes what the user can do if the server is not asked.
pub(super) fn instead_words(instead: ProtectAdvice) -> &'static str {
    match instead {
        ProtectAdvice::NameAList => "use --against FILE with an exported list of users",
        ProtectAdvice::ImportAsks => "`umbulk import` asks the server",
    }
}
