//! A user of an organization, as readers see it.

use super::user_names::account_of;
use super::{Organization, UserRecord};
use crate::organization::coverage::Coverage;
use crate::organization::groups::OrgGroup;
use crate::umapi::{AccountKind, ListedUser};

/// A user of an organization.
#[derive(Debug, Clone, Copy)]
pub struct OrgUser<'o> {
    pub(super) organization: &'o Organization,
    pub(super) number: u32,
}

impl PartialEq for OrgUser<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && std::ptr::eq(self.organization, other.organization)
    }
}

impl<'o> OrgUser<'o> {
    fn record(self) -> &'o UserRecord {
        &self.organization.people[self.number as usize]
    }

    fn text(self, skip: usize, length: u16) -> &'o str {
        let from = usize::try_from(self.record().text).unwrap_or(usize::MAX) + skip;
        &self.organization.text[from..from + usize::from(length)]
    }

    /// Returns the number of this user in the organization, from 0.
    pub fn number(self) -> u32 {
        self.number
    }

    /// Returns the name for people: the email address, or else the username.
    pub fn name(self) -> &'o str {
        if self.email().is_empty() { self.username() } else { self.email() }
    }

    /// Returns the email address.
    pub fn email(self) -> &'o str {
        self.text(0, self.record().email)
    }

    /// Returns the domain of the email address; empty without one.
    pub fn email_domain(self) -> &'o str {
        self.email().rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Returns the username; usually the email address.
    pub fn username(self) -> &'o str {
        let record = self.record();
        self.text(usize::from(record.email), record.username)
    }

    /// Returns the username without its domain, if it has one.
    pub fn username_alone(self) -> &'o str {
        self.username().rsplit_once('@').map_or(self.username(), |(own, _)| own)
    }

    /// Whether first and last name are known, and confirmed.
    pub fn has_names(self) -> bool {
        self.organization.shows(Coverage::NAMES)
            && !self.organization.has_presumed_names(self.number)
    }

    /// Returns the first name.
    pub fn firstname(self) -> &'o str {
        let record = self.record();
        self.text(usize::from(record.email) + usize::from(record.username), record.firstname)
    }

    /// Returns the last name.
    pub fn lastname(self) -> &'o str {
        let record = self.record();
        let before =
            [record.email, record.username, record.firstname].map(usize::from).iter().sum();
        self.text(before, record.lastname)
    }

    /// Returns the API's id; empty if the list has none.
    pub fn id(self) -> &'o str {
        let record = self.record();
        let before = [record.email, record.username, record.firstname, record.lastname]
            .map(usize::from)
            .iter()
            .sum();
        self.text(before, record.id)
    }

    /// Returns the domain, as the list writes it.
    pub fn domain(self) -> &'o str {
        self.organization.domains.get(self.record().domain)
    }

    /// Returns the country code.
    pub fn country(self) -> &'o str {
        self.organization.interner.get(u32::from(self.record().country))
    }

    /// Returns `adobeID`, `enterpriseID`, `federatedID`, `unknown`, or an empty text.
    pub fn identity(self) -> &'o str {
        self.organization.interner.get(u32::from(self.record().identity))
    }

    /// Whether the user is an Adobe ID.
    pub fn is_adobe(self) -> bool {
        self.account() == AccountKind::Adobe
    }

    /// Returns the kind of the account.
    pub(crate) fn account(self) -> AccountKind {
        account_of(self.identity())
    }

    /// Returns `active`, `disabled` and so on, or an empty text.
    pub fn status(self) -> &'o str {
        self.organization.interner.get(u32::from(self.record().status))
    }

    /// Returns the user's groups, profiles and roles.
    pub fn groups(self) -> impl ExactSizeIterator<Item = &'o OrgGroup> {
        self.group_numbers().iter().map(|group| self.organization.groups.get(*group))
    }

    /// Returns the names of the user's groups, profiles and roles.
    pub fn group_names(self) -> impl ExactSizeIterator<Item = &'o str> {
        self.groups().map(|group| group.name.as_str())
    }

    /// Whether the user is in the group of that name. Letter case does not matter.
    pub fn is_in(self, group: &str) -> bool {
        self.organization
            .groups
            .find(group)
            .is_some_and(|number| self.group_numbers().contains(&number))
    }

    /// Returns the user as an entry of a list.
    pub fn listed(self) -> ListedUser<'o> {
        ListedUser { groups: self.group_names().map(Into::into).collect(), ..self.described() }
    }

    /// Returns the same, without groups.
    pub(super) fn described(self) -> ListedUser<'o> {
        ListedUser {
            id: self.id().into(),
            identity: self.identity().into(),
            email: self.email().into(),
            username: self.username().into(),
            domain: self.domain().into(),
            firstname: self.firstname().into(),
            lastname: self.lastname().into(),
            country: self.country().into(),
            status: self.status().into(),
            groups: Vec::new(),
        }
    }

    /// Returns the user's groups, profiles and roles as indexes in [`Organization::groups`].
    pub(crate) fn group_numbers(self) -> &'o [u32] {
        let record = self.record();
        &self.organization.memberships
            [record.groups as usize..record.groups as usize + usize::from(record.count)]
    }
}
