//! A user as the API returns it.

use super::listing::ListedUser;
use serde::Deserialize;
use std::borrow::Cow;

/// A user as the API returns it. Any property may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ApiUser {
    /// The user's id.
    pub id: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// Domain.
    pub domain: Option<String>,
    /// `adobeID`, `enterpriseID` or `federatedID`.
    #[serde(rename = "type")]
    pub identity: Option<String>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// Groups, product profiles and roles.
    #[serde(deserialize_with = "null_is_empty")]
    pub groups: Vec<String>,
    /// Country code.
    pub country: Option<String>,
    /// `active`, `disabled`, ….
    pub status: Option<String>,
}

impl ApiUser {
    /// Returns the user as an entry of a list.
    pub(crate) fn listed(&self) -> ListedUser<'_> {
        fn text(text: Option<&str>) -> Cow<'_, str> {
            Cow::Borrowed(text.unwrap_or_default())
        }
        ListedUser {
            id: text(self.id.as_deref()),
            identity: text(self.identity.as_deref()),
            email: text(self.email.as_deref()),
            username: text(self.username.as_deref()),
            domain: text(self.domain.as_deref()),
            firstname: text(self.firstname.as_deref()),
            lastname: text(self.lastname.as_deref()),
            country: text(self.country.as_deref()),
            status: text(self.status.as_deref()),
            groups: self.groups.iter().map(|group| Cow::Borrowed(group.as_str())).collect(),
        }
    }

    /// Whether this is the user who was requested by that name. Letter case does not matter. A
    /// record without names matches no name.
    pub(super) fn answers_to(&self, name: &str) -> bool {
        [&self.email, &self.username, &self.id]
            .into_iter()
            .flatten()
            .any(|told| same_name(told, name))
    }
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    Ok(Option::<Vec<Option<String>>>::deserialize(deserializer)?
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect())
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
