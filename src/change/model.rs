//! The changes that rows can ask for.

use crate::umapi::{AccountKind, UserRef};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What one row asks for. Values are trimmed, checked and ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change<'a> {
    /// A change of a user.
    User(UserChange<'a>),
    /// A change of a user group.
    Group(GroupChange<'a>),
}

impl Change<'_> {
    /// Returns the name of its user or group.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.user,
            Self::Group(group) => &group.group,
        }
    }
}

/// The steps for one user, in the order that the API advises: create, update, remove, add, leave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UserChange<'a> {
    /// The `user` of the command: an email address, or a username with [`UserChange::domain`].
    pub user: Cow<'a, str>,
    /// The domain, only beside a `user` that is not an email address.
    pub domain: Option<Cow<'a, str>>,
    /// Another name of the same user in the row, with its domain. It is not sent. Rows with this
    /// name are about the same user.
    pub other_name: Option<(Cow<'a, str>, Option<Cow<'a, str>>)>,
    /// Sets `useAdobeID` on the command.
    pub adobe_id: bool,
    /// Create the user first.
    pub create: Option<CreateUser<'a>>,
    /// Change names, email or username.
    pub update: Option<UpdateUser<'a>>,
    /// Remove memberships.
    pub remove: Option<Memberships<'a>>,
    /// Memberships to add: trimmed, folded, may be empty.
    pub add: Vec<Cow<'a, str>>,
    /// Whether the row lists all groups that the user is to have, or none (`[]`): then
    /// [`UserChange::add`] is complete.
    pub lists: bool,
    /// Leave the organization, at the end.
    pub leave: Option<Leave>,
}

impl UserChange<'_> {
    /// Returns the kind of account that the command means.
    pub(crate) fn account(&self) -> AccountKind {
        if self.adobe_id { AccountKind::Adobe } else { AccountKind::Own }
    }

    /// Returns the user whom the command means.
    pub(crate) fn user_ref(&self) -> UserRef<'_> {
        UserRef { name: &self.user, domain: self.domain.as_deref(), account: self.account() }
    }

    /// Whether there is anything to send.
    pub fn has_steps(&self) -> bool {
        let Self { create, update, remove, add, leave, .. } = self;
        create.is_some()
            || update.is_some()
            || remove.is_some()
            || !add.is_empty()
            || leave.is_some()
    }
}

/// The create steps of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IdentityType {
    /// `addAdobeID`
    Adobe,
    /// `createEnterpriseID`
    Enterprise,
    /// `createFederatedID`
    Federated,
}

/// What happens if the user or group to create exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum IfExists {
    /// Leave it as it is (`ignoreIfAlreadyExists`).
    #[default]
    Ignore,
    /// Update its names (`updateIfAlreadyExists`).
    Update,
    /// The row fails (no `option` in the command).
    Error,
}

/// A create step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateUser<'a> {
    /// The kind of create step.
    pub identity: IdentityType,
    /// Email address of the new user.
    pub email: Cow<'a, str>,
    /// First name; `None` sends none.
    pub firstname: Option<Cow<'a, str>>,
    /// Last name; `None` sends none.
    pub lastname: Option<Cow<'a, str>>,
    /// Upper-case ISO 3166 code; `None` sends none.
    pub country: Option<Cow<'a, str>>,
    /// What to do with an existing user.
    pub if_exists: IfExists,
}

impl CreateUser<'_> {
    /// Returns first and last name; empty if there is none.
    pub fn names(&self) -> (&str, &str) {
        (
            self.firstname.as_deref().unwrap_or_default(),
            self.lastname.as_deref().unwrap_or_default(),
        )
    }
}

/// An `update` step; at least one field is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UpdateUser<'a> {
    /// The new email.
    pub email: Option<Cow<'a, str>>,
    /// The new username.
    pub username: Option<Cow<'a, str>>,
    /// The new first name.
    pub firstname: Option<Cow<'a, str>>,
    /// The new last name.
    pub lastname: Option<Cow<'a, str>>,
}

impl UserChange<'_> {
    /// Whether it only removes something.
    pub fn only_takes_away(&self) -> bool {
        let takes = self.leave.is_some() || self.remove.is_some();
        takes && self.create.is_none() && self.update.is_none() && self.add.is_empty()
    }
}

impl UpdateUser<'_> {
    /// Whether the user has another name afterwards.
    pub fn renames(&self) -> bool {
        self.email.is_some() || self.username.is_some()
    }
}

/// Memberships to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Memberships<'a> {
    /// `remove: "all"`
    All,
    /// These: trimmed, folded, at least one.
    Named(Vec<Cow<'a, str>>),
}

/// How a user leaves the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Leave {
    /// `removeFromOrg` with `deleteAccount: false`
    KeepAccount,
    /// `removeFromOrg` with `deleteAccount: true`
    DeleteAccount,
}

/// The steps for one user group, in the API's order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GroupChange<'a> {
    /// The group's name.
    pub group: Cow<'a, str>,
    /// Create it first.
    pub create: Option<CreateGroup<'a>>,
    /// Rename it or describe it.
    pub update: Option<UpdateGroup<'a>>,
    /// Users to remove: folded, may be empty.
    pub remove_users: Vec<Cow<'a, str>>,
    /// Product profiles to remove.
    pub remove_profiles: Vec<Cow<'a, str>>,
    /// Users to add.
    pub add_users: Vec<Cow<'a, str>>,
    /// Product profiles to add.
    pub add_profiles: Vec<Cow<'a, str>>,
    /// Delete the group. Then nothing else is set.
    pub delete: bool,
}

/// A `createUserGroup` step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateGroup<'a> {
    /// Description; `None` sends none.
    pub description: Option<Cow<'a, str>>,
    /// What to do with an existing group.
    pub if_exists: IfExists,
}

/// An `updateUserGroup` step; at least one field is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UpdateGroup<'a> {
    /// The new name.
    pub name: Option<Cow<'a, str>>,
    /// The new description.
    pub description: Option<Cow<'a, str>>,
}
