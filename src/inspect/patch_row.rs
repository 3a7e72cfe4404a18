//! One row of a patch, in umbulk's own columns.

use super::usage::identity_name;
use crate::change::{IdentityType, Problem, problems_of};
use crate::organization::{OrgUser, Organization};
use crate::table::Field;
use crate::umapi::UserRef;

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PatchRow<'o> {
    pub(super) action: &'static str,
    pub(super) identity: &'o str,
    pub(super) email: &'o str,
    pub(super) username: &'o str,
    pub(super) domain: &'o str,
    pub(super) firstname: &'o str,
    pub(super) lastname: &'o str,
    pub(super) country: &'o str,
    pub(super) groups: String,
    pub(super) new_email: &'o str,
    pub(super) new_username: &'o str,
    pub(super) add_groups: String,
    pub(super) remove_groups: String,
}

impl<'o> PatchRow<'o> {
    /// The columns.
    const FIELDS: [Field; 13] = [
        Field::Action,
        Field::Type,
        Field::Email,
        Field::Username,
        Field::Domain,
        Field::Firstname,
        Field::Lastname,
        Field::Country,
        Field::Groups,
        Field::NewEmail,
        Field::NewUsername,
        Field::AddGroups,
        Field::RemoveGroups,
    ];

    /// Returns the header.
    pub(crate) fn columns() -> [&'static str; 13] {
        Self::FIELDS.map(Field::name)
    }

    /// Returns the action of the row.
    pub(crate) fn action(&self) -> &'static str {
        self.action
    }

    /// Returns the cells, in the order of [`columns`](Self::columns).
    pub(crate) fn cells(&self) -> [&str; 13] {
        [
            self.action,
            self.identity,
            self.email,
            self.username,
            self.domain,
            self.firstname,
            self.lastname,
            self.country,
            &self.groups,
            self.new_email,
            self.new_username,
            &self.add_groups,
            &self.remove_groups,
        ]
    }

    /// Returns a row about a user of the earlier list, by a name that identifies the user there.
    pub(super) fn of(
        action: &'static str,
        person: OrgUser<'o>,
        organization: &Organization,
    ) -> Option<Self> {
        let row = Self { action, identity: identity(person), ..Self::default() };
        let is_meant = |user: &str, domain: Option<&str>| {
            let named = UserRef { name: user, domain, account: person.account() };
            organization.user(named).is_some_and(|found| found == person)
        };
        if !person.email().is_empty() && is_meant(person.email(), None) {
            return Some(Self { email: person.email(), ..row });
        }
        let (username, domain) = (person.username(), person.domain());
        let has_name = !username.is_empty()
            && !username.contains('@')
            && !domain.is_empty()
            && !person.is_adobe();
        (has_name && is_meant(username, Some(domain))).then_some(Self { username, domain, ..row })
    }

    pub(super) fn renames(&self) -> bool {
        !self.new_email.is_empty() || !self.new_username.is_empty()
    }

    pub(super) fn has_values(&self) -> bool {
        self.renames() || !self.firstname.is_empty() || !self.lastname.is_empty()
    }

    pub(super) fn has_moves(&self) -> bool {
        !self.add_groups.is_empty() || !self.remove_groups.is_empty()
    }

    /// Returns the problems that an import would report.
    pub(super) fn problems(&self) -> Vec<Problem> {
        problems_of(Self::FIELDS.into_iter().zip(self.cells()))
    }
}

/// Returns the type, if it is one of the three; otherwise empty.
fn identity(person: OrgUser<'_>) -> &str {
    Some(identity_name(person))
        .filter(|name| IdentityType::from_name(name).is_some())
        .unwrap_or_default()
}
