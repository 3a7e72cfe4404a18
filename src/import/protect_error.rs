//! Why the list of protected names cannot be completed.

use crate::umapi::ApiError;

/// Why nothing is sent while it is unknown who is protected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProtectError {
    #[error(
        "rows take something away from people whom they name by username, and the list of \
         protected names has more than {most} email addresses, too many to ask the server for \
         their usernames: nothing was sent"
    )]
    TooManyAddresses { most: usize },
    #[error(
        "rows take something away from more than {most} people, too many to ask the server for \
         their usernames, and the list of protected names has {names} (without @), which may be \
         one of these usernames: nothing was sent. Write the email address in place of each \
         username"
    )]
    TooManyPeople {
        most: usize,
        /// Lines of the list of protected names.
        names: String,
    },
    #[error(
        "the rows delete more than {most} groups, too many to ask the server for their members: \
         nothing was sent"
    )]
    TooManyGroups { most: usize },
    #[error("{what} could not be fetched ({error}): nothing was sent. Try again later")]
    NotFetched {
        /// The users whose names are unknown.
        what: String,
        error: ApiError,
    },
    #[error("members:{group}: {error}. Nothing was sent")]
    NoGroup { group: String, error: ApiError },
}

impl ProtectError {
    /// Returns the error of a question about protected names without a response.
    pub(super) fn not_fetched(what: String, error: ApiError) -> Self {
        Self::NotFetched { what, error }
    }
}

/// What the user can do if the server is not asked who is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProtectAdvice {
    /// A list can be named.
    NameAList,
    /// An import asks the server.
    ImportAsks,
}
