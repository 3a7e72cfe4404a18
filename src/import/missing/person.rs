//! Somebody who is missing, as a plan shows and keeps it.

use serde::{Deserialize, Serialize};

/// Somebody who is missing. A saved plan keeps all of it; programs are not told the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MissingPerson {
    /// The email address, or the username.
    pub(crate) user: String,
    /// Which account of that name it is: its type, username, domain and id.
    pub(crate) account: String,
    /// The groups that are removed.
    pub(crate) groups: Vec<String>,
}

impl MissingPerson {
    /// The most people whom screens and programs are told.
    pub(crate) const KEPT: usize = 1000;
}
