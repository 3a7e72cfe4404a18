//! Users, as people outside the sandbox see and seed them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// The three types of identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Identity {
    /// `adobeID`: belongs to the person.
    #[serde(rename = "adobeID")]
    Adobe,
    /// `enterpriseID`: belongs to the organization, Adobe keeps the password.
    #[serde(rename = "enterpriseID")]
    Enterprise,
    /// `federatedID`: belongs to the organization, which signs its people in itself.
    #[default]
    #[serde(rename = "federatedID")]
    Federated,
}

impl Identity {
    /// The wire's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adobe => "adobeID",
            Self::Enterprise => "enterpriseID",
            Self::Federated => "federatedID",
        }
    }
}

/// A text that names no type of identity.
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

/// What the lists say of a user's account. Nothing in the API changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// As accounts are.
    #[default]
    Active,
    /// Switched off by an administrator.
    Disabled,
    /// Shut after too many attempts to sign in.
    Locked,
    /// On the way out.
    Removed,
}

impl UserStatus {
    pub(super) fn is_active(&self) -> bool {
        *self == Self::Active
    }
}

/// A user of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SandboxUser {
    /// Email address.
    pub email: String,
    /// User name; often the email.
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
    /// What the lists say of the account.
    pub status: UserStatus,
    /// A technical account: counted in listings, and left out of them.
    pub technical: bool,
    /// Groups, profiles and roles that the user is in by herself.
    pub groups: BTreeSet<String>,
}

impl SandboxUser {
    /// A federated user (or an Adobe ID) of whom only the name is known: an email address, or a
    /// username with its domain.
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
