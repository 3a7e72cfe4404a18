//! How a command names a user.

use super::wire::Root;

/// The kind of account that a name belongs to. An Adobe ID and an account of the organization may
/// have the same email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) enum AccountKind {
    /// An account that belongs to the organization.
    #[default]
    Own,
    /// An Adobe ID (`useAdobeID`).
    Adobe,
}

impl AccountKind {
    /// Both kinds.
    pub(crate) const ALL: [Self; 2] = [Self::Own, Self::Adobe];

    /// Returns the other kind.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Own => Self::Adobe,
            Self::Adobe => Self::Own,
        }
    }
}

/// The user whom a command means: a name, where it is looked up, and which account it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UserRef<'a> {
    /// An email address, or a username.
    pub name: &'a str,
    /// The domain of a username.
    pub domain: Option<&'a str>,
    /// The kind of the account.
    pub account: AccountKind,
}

impl<'a> UserRef<'a> {
    /// Returns what means the organization's own account with a name, without a domain.
    pub(crate) fn own(name: &'a str) -> Self {
        Self { name, domain: None, account: AccountKind::Own }
    }

    /// Returns what means the Adobe ID with an email address.
    pub(crate) fn adobe(name: &'a str) -> Self {
        Self { name, domain: None, account: AccountKind::Adobe }
    }

    /// Returns the same with a domain.
    pub(crate) fn in_domain(self, domain: Option<&'a str>) -> Self {
        Self { domain, ..self }
    }

    /// Returns the same for an account of this kind.
    pub(crate) fn with_account(self, account: AccountKind) -> Self {
        Self { account, ..self }
    }
}

impl Root {
    /// Returns the user of a command, if it is about a user.
    pub(crate) fn user_ref(&self) -> Option<UserRef<'_>> {
        match self {
            Self::User { user, domain, use_adobe_id } => Some(UserRef {
                name: user,
                domain: domain.as_deref(),
                account: if *use_adobe_id { AccountKind::Adobe } else { AccountKind::Own },
            }),
            Self::Group { .. } => None,
        }
    }
}
