//! The users and groups that a command changes, and those that it relies on.

use crate::change::role_subject;
use crate::plan::{Key, PlannedCommand};
use crate::umapi::wire::{Removal, Root, WireMembers, WireStep};

/// The names that a command concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// Users and groups that it changes.
    pub(super) changes: Vec<Key>,
    /// Groups that it only names, and usernames without a domain, as in the members of a group.
    pub(super) relies: Vec<Key>,
    /// Groups that it creates, renames or deletes.
    pub(super) uncertain_groups: Vec<Key>,
    /// Names that it gives to a user or a group that had another one. The person or group that
    /// has them from then on may be protected.
    pub(super) gives: Vec<Key>,
    /// Further names of the user that the server has reported in this run. They are also in
    /// `changes`.
    pub(super) statement: Vec<Key>,
}

/// The role of a name in a footprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameRole {
    Changes,
    Relies,
    Told,
}

impl Footprint {
    /// Returns the names in the command itself.
    pub(crate) fn of(command: &PlannedCommand) -> Self {
        let mut footprint = Self::default();
        let (domain, own_group) = match &command.root {
            Root::User { user, domain, .. } => {
                footprint.takes_user(user, domain.as_deref());
                (domain.as_deref(), None)
            }
            Root::Group { usergroup } => {
                let own = Key::group(usergroup);
                footprint.changes.push(own);
                (None, Some(own))
            }
        };
        for traced_step in &command.steps {
            match &traced_step.step {
                WireStep::AddAdobeId(new)
                | WireStep::CreateEnterpriseId(new)
                | WireStep::CreateFederatedId(new) => {
                    footprint.takes_user(&new.email, None);
                }
                WireStep::Update(update) => {
                    update.email.iter().for_each(|email| footprint.gives_user(email, None));
                    update.username.iter().for_each(|name| {
                        footprint.gives_user(name, domain.filter(|_| !name.contains('@')));
                    });
                }
                WireStep::UpdateUserGroup(update) => {
                    let Some(name) = &update.name else { continue };
                    footprint.changes.push(Key::group(name));
                    footprint.gives.push(Key::group(name));
                    footprint
                        .uncertain_groups
                        .extend([own_group, Some(Key::group(name))].into_iter().flatten());
                }
                WireStep::CreateUserGroup(_) | WireStep::DeleteUserGroup {} => {
                    footprint.uncertain_groups.extend(own_group);
                }
                WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => {
                    footprint.takes_members(members);
                }
                WireStep::Remove(Removal::All(_)) | WireStep::RemoveFromOrg { .. } => {}
            }
        }
        footprint
    }

    /// Adds the names of another command of the same rows.
    pub(crate) fn joins(&mut self, other: Self) {
        self.also(other.changes);
        self.relies_on(other.relies);
        self.uncertain_groups.extend(other.uncertain_groups);
        self.gives.extend(other.gives);
        self.learns(&other.statement);
    }

    /// Adds a name that a user gets. A username counts without its domain as well, because the
    /// domain may be that of an address.
    fn gives_user(&mut self, user: &str, domain: Option<&str>) {
        self.takes_user(user, domain);
        self.gives.push(Key::user(user, domain));
        self.gives.extend(domain.and_then(|_| Key::bare(user)));
    }

    fn takes_user(&mut self, user: &str, domain: Option<&str>) {
        self.changes.push(Key::user(user, domain));
        self.relies_on(domain.and_then(|_| Key::bare(user)));
    }

    fn takes_members(&mut self, WireMembers { group, user, .. }: &WireMembers) {
        for name in group {
            // A role exists if its group does.
            self.relies_on([Key::group(name), Key::group(role_subject(name))]);
        }
        self.changes.extend(user.iter().map(|name| Key::user(name, None)));
    }

    /// Returns the users and groups that it changes or names.
    pub(crate) fn names(&self) -> impl Iterator<Item = Key> {
        self.changes.iter().chain(&self.relies).copied()
    }

    /// Returns the users that it changes.
    pub(crate) fn users(&self) -> impl Iterator<Item = Key> {
        self.changes.iter().copied()
    }

    /// Adds names of the same user from the rows or a list.
    pub(crate) fn also(&mut self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            if !self.changes.contains(&key) {
                self.changes.push(key);
            }
        }
    }

    /// Adds usernames as in the members of a group.
    pub(crate) fn relies_on(&mut self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            if !self.relies.contains(&key) {
                self.relies.push(key);
            }
        }
    }

    /// Adds names of the same user that the server has reported.
    pub(crate) fn learns(&mut self, keys: &[Key]) {
        for key in keys {
            if !self.changes.contains(key) && !self.statement.contains(key) {
                self.statement.push(*key);
            }
        }
    }

    /// Whether two commands of one run share a name that only the server has reported.
    pub(crate) fn meets_unplanned(&self, other: &Self) -> bool {
        let is_told = !self.statement.is_empty() || !other.statement.is_empty();
        is_told
            && self.roles().any(|(key, role)| {
                other
                    .roles()
                    .any(|(name, its_role)| name == key && role.collides_unplanned(its_role))
            })
    }

    /// Returns every name with its role.
    pub(super) fn roles(&self) -> impl Iterator<Item = (Key, NameRole)> {
        let changes = self.changes.iter().map(|key| (*key, NameRole::Changes));
        let relies = self.relies.iter().map(|key| (*key, NameRole::Relies));
        changes.chain(relies).chain(self.statement.iter().map(|key| (*key, NameRole::Told)))
    }
}

impl NameRole {
    /// Whether two commands with the same name collide. They do not if both only rely on it.
    pub(super) fn collides(self, other: Self) -> bool {
        self != Self::Relies || other != Self::Relies
    }

    /// Whether two commands of one run with the same name collide. The plan keeps their order by
    /// all names that it knows, so only names that the server has reported since matter.
    pub(super) fn collides_unplanned(self, other: Self) -> bool {
        (self == Self::Told && other != Self::Relies)
            || (other == Self::Told && self != Self::Relies)
    }
}
