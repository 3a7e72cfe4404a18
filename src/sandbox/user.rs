//! Users, as tests and programs see and create them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// The three identity types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Identity {
    /// `adobeID`: belongs to its user.
    #[serde(rename = "adobeID")]
    Adobe,
    /// `enterpriseID`: belongs to the organization, and Adobe keeps the password.
    #[serde(rename = "enterpriseID")]
    Enterprise,
    /// `federatedID`: belongs to the organization, which signs its users in itself.
    #[default]
    #[serde(rename = "federatedID")]
    Federated,
}

impl Identity {
    /// Returns the word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adobe => "adobeID",
            Self::Enterprise => "enterpriseID",
            Self::Federated => "federatedID",
        }
    }
}

/// A text that is not an identity type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a type of identity: write enterprise or federated")]
pub struct IdentityError(String);

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        match text {
            "adobe" | "adobeID" => Ok(Self::Adobe),
            "enterprise" | "enterpriseID" => Ok(Self::Enterprise),
            "federated" | "federatedID" => Ok(Self::Federated),
            _ => Err(IdentityError(text.to_owned())),
        }
    }
}

/// The status of an account in lists. Nothing in the API changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// The usual status.
    #[default]
    Active,
    /// Disabled by an administrator.
    Disabled,
    /// Locked after too many attempts to sign in.
    Locked,
    /// Being removed.
    Removed,
}

impl UserStatus {
    /// Whether the account is active.
    pub(super) fn is_active(&self) -> bool {
        *self == Self::Active
    }
}

/// A user of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SandboxUser {
    /// Email address.
    pub email: String,
    /// Username; often the email address.
    pub username: String,
    /// Domain.
    pub domain: String,
    /// First name.
    pub firstname: String,
    /// Last name.
    pub lastname: String,
    /// Country code.
    pub country: String,
    /// The type.
    pub identity: Identity,
    /// The status of the account.
    pub status: UserStatus,
    /// Whether it is a technical account, which lists count but do not list.
    pub technical: bool,
    /// The groups, profiles and roles that the user is directly in.
    pub groups: BTreeSet<String>,
}

impl SandboxUser {
    /// Returns a federated user (or an Adobe ID) of whom only the name is known: an email address,
    /// or a username with its domain.
    pub fn assumed(name: &str, domain: Option<&str>, adobe: bool) -> Self {
        let own_domain = name.split_once('@').map(|(_, domain)| domain);
        let domain = domain.or(own_domain).unwrap_or("example.com");
        Self {
            email: if own_domain.is_some() { name.to_owned() } else { format!("{name}@{domain}") },
            username: name.to_owned(),
            domain: domain.to_owned(),
            identity: if adobe { Identity::Adobe } else { Identity::Federated },
            ..Self::default()
        }
    }
}
