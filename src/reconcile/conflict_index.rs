//! Where the rows of a file conflict with each other: about that, a list from before says nothing,
//! for an earlier row may have changed it.
//!
//! Two rows that ask the same of the same person do not conflict, whatever their order. Rows that
//! rename or delete somebody, or take everything away, conflict with whatever other rows say of the
//! same person.
//!
//! The index is built in two readings: [`Mentions`](super::mentions::Mentions) finds who is named
//! in several rows, and the [`ConflictBuilder`](super::assertions::ConflictBuilder) what these rows
//! ask.

use crate::organization::{HashedName, Organization, UserKey, by_username_alone, hashed_group};
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What is in conflict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConflictIndex {
    /// Of whom nothing is sure.
    pub(super) users: HashSet<UserKey>,
    /// What is not sure of others, by [`field_key`].
    pub(super) fields: HashSet<u64>,
    pub(super) groups: HashSet<HashedName>,
    /// Everything that the rows of one person add, where there are several.
    pub(super) group_additions: HashMap<UserKey, Vec<String>>,
    /// Groups that rows delete or rename.
    pub(super) changed_groups: HashSet<HashedName>,
    /// Who gets a name that nobody has yet, by number.
    pub(super) future_names: HashMap<UserKey, u32>,
    /// Whom a name meant that nobody has any more, where rows have given the person another, by
    /// number.
    pub(super) former_names: HashMap<UserKey, u32>,
    /// Rows were sent from here since the list was read.
    pub(super) is_recently_changed: bool,
}

impl ConflictIndex {
    /// What was sent from here since the list was read conflicts with whatever the list says of
    /// these.
    #[must_use]
    pub fn with_recently_changed(
        mut self,
        names: &[HashedName],
        organization: &Organization,
    ) -> Self {
        self.is_recently_changed |= !names.is_empty();
        self.users.extend(organization.numbers_of(names).map(UserKey::Known));
        self.users.extend(names.iter().map(|name| UserKey::Unknown(*name)));
        self.groups.extend(names);
        self
    }

    /// Has anything been sent from here since the list was read?
    pub fn is_recently_changed(&self) -> bool {
        self.is_recently_changed
    }

    /// Does a row delete or rename this group?
    pub(super) fn is_changed_group(&self, group: &str) -> bool {
        !self.changed_groups.is_empty() && self.changed_groups.contains(&hashed_group(group))
    }

    /// The person who had a name, which nobody has any more, and has been renamed as a row asks
    /// for.
    pub(super) fn was(&self, user: UserKey) -> Option<u32> {
        self.former_names.get(&user).copied().filter(|_| !self.has(user))
    }

    /// The person who gets a name, which nobody has yet, by a row that renames.
    pub(super) fn gets(&self, user: UserKey) -> Option<u32> {
        self.future_names.get(&user).copied()
    }

    /// May somebody have got this username since the list was read, in whatever domain?
    pub(super) fn is_given_away(&self, username: &str) -> bool {
        self.is_recently_changed
            && !username.contains('@')
            && self.has(UserKey::Unknown(by_username_alone(username)))
    }

    /// Is anything about this person in conflict?
    pub(super) fn has(&self, user: UserKey) -> bool {
        self.users.contains(&user)
    }

    pub(super) fn has_membership(&self, user: UserKey, group: &str) -> bool {
        self.has_group(group) || self.has_field(user, &membership(group))
    }

    pub(super) fn has_group(&self, group: &str) -> bool {
        !self.groups.is_empty() && self.groups.contains(&hashed_group(group))
    }

    /// Is this [field](field_key) of the person in conflict?
    pub(super) fn has_field(&self, user: UserKey, field: &str) -> bool {
        !self.fields.is_empty() && self.fields.contains(&field_key(user, field))
    }

    /// The groups that other rows on the same person add.
    pub(super) fn adds(&self, user: UserKey) -> &[String] {
        self.group_additions.get(&user).map_or(&[], Vec::as_slice)
    }
}

/// By which name rows call somebody.
pub(super) const CALLED: &str = "called";
pub(super) const FIRSTNAME: &str = "firstname";
pub(super) const LASTNAME: &str = "lastname";

/// The field of a membership.
pub(super) fn membership(group: &str) -> String {
    format!("in {}", group.to_lowercase())
}

/// A field of a user, as a hash.
pub(super) fn field_key(user: UserKey, field: &str) -> u64 {
    xxh3_64_with_seed(field.as_bytes(), user.digest())
}
