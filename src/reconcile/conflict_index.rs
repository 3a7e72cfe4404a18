//! The conflicts between rows of a file. For what they are about, the list proves nothing, because
//! an earlier row may have changed it.
//!
//! Two rows that ask the same for one user do not conflict, whatever their order. Rows that rename
//! or delete a user, or remove everything, conflict with all other rows about the user.
//!
//! A first look at the addresses in the rows shows whether there can be conflicts at all. Only then
//! the index is built in two readings: [`Mentions`](super::mentions::Mentions) finds the users whom
//! several rows name, and the [`ConflictBuilder`](super::assertions::ConflictBuilder) finds what
//! these rows ask.

use crate::organization::{HashedName, Organization, UserKey, by_username_alone, hashed_group};
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The conflicts between rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConflictIndex {
    /// Users about whom nothing is certain.
    pub(super) users: HashSet<UserKey>,
    /// Single fields of other users, by [`field_key`].
    pub(super) fields: HashSet<u64>,
    pub(super) groups: HashSet<HashedName>,
    /// For users with several rows, all groups that these add.
    pub(super) group_additions: HashMap<UserKey, Vec<String>>,
    /// Groups that rows delete or rename.
    pub(super) changed_groups: HashSet<HashedName>,
    /// Users, by number, who get a name that nobody has yet.
    pub(super) future_names: HashMap<UserKey, u32>,
    /// Users, by number, whose former name nobody has any more, because rows have renamed them.
    pub(super) former_names: HashMap<UserKey, u32>,
    /// Whether rows were sent from this computer since the list was fetched.
    pub(super) is_recently_changed: bool,
}

impl ConflictIndex {
    /// Adds what was sent from this computer since the list was fetched: it conflicts with
    /// everything that the list shows about these users.
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

    /// Whether rows were sent from this computer since the list was fetched.
    pub fn is_recently_changed(&self) -> bool {
        self.is_recently_changed
    }

    /// Whether a row deletes or renames this group.
    pub(super) fn is_changed_group(&self, group: &str) -> bool {
        !self.changed_groups.is_empty() && self.changed_groups.contains(&hashed_group(group))
    }

    /// Returns the user who had this name, which nobody has any more, because a row renames the
    /// user.
    pub(super) fn was(&self, user: UserKey) -> Option<u32> {
        self.former_names.get(&user).copied().filter(|_| !self.has(user))
    }

    /// Whether rows have renamed anybody, so that some names are former ones.
    pub(super) fn has_former_names(&self) -> bool {
        !self.former_names.is_empty()
    }

    /// Returns the user who gets this name, which nobody has yet, from a row that renames.
    pub(super) fn gets(&self, user: UserKey) -> Option<u32> {
        self.future_names.get(&user).copied()
    }

    /// Whether a user may have got this username, in any domain, since the list was fetched.
    pub(super) fn is_given_away(&self, username: &str) -> bool {
        self.is_recently_changed
            && !username.contains('@')
            && self.has(UserKey::Unknown(by_username_alone(username)))
    }

    /// Whether anything about any user is in conflict as a whole.
    pub(super) fn has_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// Whether anything about this user is in conflict.
    pub(super) fn has(&self, user: UserKey) -> bool {
        self.users.contains(&user)
    }

    /// Whether rows conflict about this membership.
    pub(super) fn has_membership(&self, user: UserKey, group: &str) -> bool {
        self.has_group(group) || !self.fields.is_empty() && self.has_field(user, &membership(group))
    }

    /// Whether rows conflict about this group.
    pub(super) fn has_group(&self, group: &str) -> bool {
        !self.groups.is_empty() && self.groups.contains(&hashed_group(group))
    }

    /// Whether this [field](field_key) of the user is in conflict.
    pub(super) fn has_field(&self, user: UserKey, field: &str) -> bool {
        !self.fields.is_empty() && self.fields.contains(&field_key(user, field))
    }

    /// Returns the groups that other rows about the same user add.
    pub(super) fn adds(&self, user: UserKey) -> &[String] {
        self.group_additions.get(&user).map_or(&[], Vec::as_slice)
    }
}

/// The field for the name by which rows identify a user.
pub(super) const CALLED: &str = "called";
/// The field for the first name.
pub(super) const FIRSTNAME: &str = "firstname";
/// The field for the last name.
pub(super) const LASTNAME: &str = "lastname";

/// Returns the field for a membership.
pub(super) fn membership(group: &str) -> String {
    format!("in {}", group.to_lowercase())
}

/// Returns the hash of a field of a user.
pub(super) fn field_key(user: UserKey, field: &str) -> u64 {
    xxh3_64_with_seed(field.as_bytes(), user.digest())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    const ANN: UserKey = UserKey::Known(3);

    #[test]
    fn only_the_groups_that_rows_delete_or_rename_are_changed() {
        let changed_groups = HashSet::from([hashed_group("Design")]);
        let index = ConflictIndex { changed_groups, ..ConflictIndex::default() };
        assert!(index.is_changed_group("design") && !index.is_changed_group("Print"));
        assert!(!ConflictIndex::default().is_changed_group("Design"));
    }

    /// Once an import has sent a row with the name, it may mean somebody else.
    #[test]
    fn former_name_means_its_user_while_nothing_else_is_known_of_it() {
        let old = UserKey::Unknown(by_username_alone("ann"));
        let former_names = HashMap::from([(old, 3)]);
        let index = ConflictIndex { former_names, ..ConflictIndex::default() };
        assert!(index.has_former_names() && !ConflictIndex::default().has_former_names());
        assert_eq!((index.was(old), index.was(ANN)), (Some(3), None));
        let in_conflict = ConflictIndex { users: HashSet::from([old]), ..index };
        assert_eq!(in_conflict.was(old), None);
        assert!(in_conflict.has_users() && !ConflictIndex::default().has_users());
    }

    /// An import that names somebody by a username alone may have created or renamed the user in
    /// any domain.
    #[test]
    fn username_that_was_sent_since_the_list_may_be_given_away() {
        let names = [by_username_alone("ann")];
        let all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        let index = ConflictIndex::default().with_recently_changed(&names, &all);
        assert!(index.is_given_away("ANN") && !index.is_given_away("bob"));
        assert!(!index.is_given_away("ann@x.com"), "an address is not a username");
        let of_this_file = ConflictIndex { is_recently_changed: false, ..index };
        assert!(!of_this_file.is_given_away("ann"));
    }

    #[test]
    fn groups_that_other_rows_add_are_those_of_the_same_user() {
        let group_additions = HashMap::from([(ANN, vec!["Design".to_owned()])]);
        let index = ConflictIndex { group_additions, ..ConflictIndex::default() };
        assert_eq!(index.adds(ANN), ["Design"]);
        assert!(index.adds(UserKey::Known(4)).is_empty());
    }
}
