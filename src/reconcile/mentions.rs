//! The first reading of the files of a run: which users several rows name, and which groups are
//! renamed or deleted.

use crate::change::{Change, UserChange, same_name};
use crate::organization::{
    Coverage, HashedName, OrgUser, Organization, RenamePair, UserKey, hashed_group, real_domain,
};
use std::collections::HashSet;

/// The users whom the rows name.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// The hashes of the users. If two are equal by chance, the only effect is one more check.
    users: Vec<u64>,
    changed_groups: HashSet<HashedName>,
}

/// The users whom one row names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowMentions {
    users: Vec<UserKey>,
    /// Groups that are renamed or deleted.
    changed_groups: Vec<HashedName>,
}

/// The users who are named in several rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepeatedKeys {
    users: HashSet<u64>,
    changed_groups: HashSet<HashedName>,
}

impl RowMentions {
    /// Returns the users whom a change names.
    pub(crate) fn of(change: &Change<'_>, organization: &Organization) -> Self {
        let group = match change {
            Change::User(user) => {
                return Self { users: user_keys(user, organization), ..Self::default() };
            }
            Change::Group(group) => group,
        };
        let users = group
            .add_users
            .iter()
            .chain(&group.remove_users)
            .flat_map(|user| member_keys(user, organization))
            .collect();
        let new = group.update.as_ref().and_then(|update| update.name.as_deref());
        let is_there = |name: &str| organization.group(name).is_some();
        let is_renamed = organization.shows(Coverage::ALL_GROUPS)
            && !is_there(&group.group)
            && new.is_some_and(is_there)
            && organization.has_noted(RenamePair::of_group(group));
        let changed_groups = if group.delete || new.is_some() && !is_renamed {
            [Some(&*group.group), new].into_iter().flatten().map(hashed_group).collect()
        } else {
            Vec::new()
        };
        Self { users, changed_groups }
    }
}

impl Mentions {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: RowMentions) {
        self.users.extend(row.users.into_iter().map(UserKey::digest));
        self.changed_groups.extend(row.changed_groups);
    }

    /// Returns the users who are named in several rows, and the groups that are renamed or deleted;
    /// nothing if there can be no conflict.
    pub(crate) fn repeated(mut self) -> RepeatedKeys {
        self.users.sort_unstable();
        let users = self
            .users
            .chunk_by(|a, b| a == b)
            .filter(|same| same.len() > 1)
            .map(|same| same[0])
            .collect();
        RepeatedKeys { users, changed_groups: self.changed_groups }
    }
}

impl RepeatedKeys {
    /// Whether no user is named in several rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.changed_groups.is_empty()
    }

    pub(super) fn has_user(&self, user: UserKey) -> bool {
        self.users.contains(&user.digest())
    }

    pub(super) fn has_group(&self, group: HashedName) -> bool {
        self.changed_groups.contains(&group)
    }

    /// Returns the groups that rows delete or rename.
    pub(super) fn into_changed_groups(self) -> HashSet<HashedName> {
        self.changed_groups
    }
}

/// Returns the users whom a row about a group may mean by a member's name: all users with that
/// email or username in the list, also without the domain of the username.
pub(super) fn member_keys(user: &str, organization: &Organization) -> Vec<UserKey> {
    let mut keys = vec![UserKey::new(Some(organization), user, None, false)];
    let named = organization.named(user, "").into_iter().map(OrgUser::number);
    let by_username =
        if user.contains('@') { &[][..] } else { organization.numbers_with_username(user) };
    keys.extend(named.chain(by_username.iter().copied()).map(UserKey::Known));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Returns the users whom a user's change names: the user, and the users who get or have the other
/// names in it. Known users come first.
pub(super) fn user_keys(user: &UserChange<'_>, organization: &Organization) -> Vec<UserKey> {
    let adobe = user.adobe_id;
    let key =
        |name: &str, domain: Option<&str>| UserKey::new(Some(organization), name, domain, adobe);
    let mut keys = vec![key(&user.user, user.domain.as_deref())];
    let mut more = |name: &str, domain: Option<&str>| {
        let other = key(name, domain);
        if !keys.contains(&other) {
            keys.push(other);
        }
    };
    if let Some(create) =
        user.create.as_ref().filter(|create| !same_name(&create.email, &user.user))
    {
        more(&create.email, None);
    }
    if let Some(update) = &user.update {
        update.email.iter().for_each(|email| more(email, None));
        let listed = organization
            .user(&user.user, user.domain.as_deref(), adobe)
            .map(|person| real_domain(person.domain()));
        let own = user.user.split_once('@').map(|(_, domain)| domain);
        let domain = listed.filter(|domain| !domain.is_empty()).or(user.domain.as_deref()).or(own);
        update.username.iter().for_each(|name| more(name, domain));
    }
    // A create step may name a username that nobody has: known users come first.
    keys.sort_unstable();
    keys
}
