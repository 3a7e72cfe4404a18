//! A user as the record of an import keeps it.

use crate::change::same_name;
use crate::organization::OrgUser;
use crate::umapi::ListedUser;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A user with everything that a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedUser {
    /// The API's id; empty if the list has none.
    pub(crate) id: String,
    /// `adobeID`, `enterpriseID` or `federatedID`, or an empty text.
    pub(crate) identity: String,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) domain: String,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    pub(crate) country: String,
    /// Groups, profiles and roles.
    pub(crate) groups: Vec<String>,
}

impl RecordedUser {
    /// Copies a user of an organization.
    pub(crate) fn of(person: OrgUser<'_>) -> Self {
        Self {
            id: person.id().to_owned(),
            identity: person.identity().to_owned(),
            email: person.email().to_owned(),
            username: person.username().to_owned(),
            domain: person.domain().to_owned(),
            firstname: person.firstname().to_owned(),
            lastname: person.lastname().to_owned(),
            country: person.country().to_owned(),
            groups: person.group_names().map(ToOwned::to_owned).collect(),
        }
    }

    /// Returns the user as an entry of a list.
    pub(crate) fn listed(&self) -> ListedUser<'_> {
        ListedUser {
            id: Cow::Borrowed(&self.id),
            identity: Cow::Borrowed(&self.identity),
            email: Cow::Borrowed(&self.email),
            username: Cow::Borrowed(&self.username),
            domain: Cow::Borrowed(&self.domain),
            firstname: Cow::Borrowed(&self.firstname),
            lastname: Cow::Borrowed(&self.lastname),
            country: Cow::Borrowed(&self.country),
            groups: self.groups.iter().map(|group| Cow::Borrowed(group.as_str())).collect(),
            ..ListedUser::default()
        }
    }

    /// Returns the name for people: the email address, or else the username.
    pub(crate) fn name(&self) -> &str {
        if self.email.is_empty() { &self.username } else { &self.email }
    }

    /// Whether the user is in a group. Letter case does not matter.
    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| same_name(own, group))
    }

    /// Adds a membership.
    pub(crate) fn join(&mut self, group: &str) {
        if !self.is_in(group) {
            self.groups.push(group.to_owned());
        }
    }

    /// Removes a membership.
    pub(crate) fn part(&mut self, group: &str) {
        self.groups.retain(|own| !same_name(own, group));
    }

    /// Gives a group another name.
    pub(crate) fn rename_group(&mut self, old: &str, new: &str) {
        for own in self.groups.iter_mut().filter(|own| same_name(own, old)) {
            new.clone_into(own);
        }
    }
}
