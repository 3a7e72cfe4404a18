//! Names as the planner compares them: 64-bit hashes of names, equal for names that the API treats
//! as the same.

use crate::change::{
    Change, GroupChange, ROLES_ON, UpdateUser, UserChange, name_hash, role_subject,
};
use nohash_hasher::IsEnabled;
use serde::{Deserialize, Serialize};

/// The name of a user or a group, folded as the API folds it (letter case does not matter) and
/// hashed.
///
/// Two names may share a key by chance (with a probability of one in 10⁶ for five million names),
/// so code that merges rows also compares the names themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(u64);

impl IsEnabled for Key {}

const USER: u64 = 1;
const GROUP: u64 = 2;

impl Key {
    /// Returns the key as a number.
    pub(super) fn digest(self) -> u64 {
        self.0
    }

    /// Returns the key of a user: an email address, or a username with its domain.
    pub fn user(user: &str, domain: Option<&str>) -> Self {
        match domain {
            None => Self(name_hash(user, USER)),
            Some(domain) => Self(name_hash(&format!("{user}\0{domain}"), USER)),
        }
    }

    /// Returns the key of a username without a domain, as in the members of a group; `None` for an
    /// email address.
    pub fn bare(username: &str) -> Option<Self> {
        (!username.contains('@')).then(|| Self::user(username, None))
    }

    /// Returns the keys by which commands identify one user: the email address, and the username
    /// with its domain. Empty texts are unknown names.
    pub fn of_person(email: &str, username: &str, domain: &str) -> impl Iterator<Item = Self> {
        let email = (!email.is_empty()).then(|| Self::user(email, None));
        let username = match (username.is_empty(), username.contains('@'), domain.is_empty()) {
            (false, true, _) => Some(Self::user(username, None)),
            (false, false, false) => Some(Self::user(username, Some(domain))),
            _ => None,
        };
        email.into_iter().chain(username)
    }

    /// Returns the key of a user group or product profile.
    pub fn group(name: &str) -> Self {
        Self(name_hash(name, GROUP))
    }

    /// Returns the key of a change's user or group, before any rename.
    pub fn of(change: &Change<'_>) -> Self {
        match change {
            Change::User(user) => Self::user(&user.user, user.domain.as_deref()),
            Change::Group(group) => Self::group(&group.group),
        }
    }

    /// Returns other names that the same user or group has, or gets, by this change: the new names,
    /// the other name in the row, and the email address formed by a username and its domain, which
    /// usually is the user's.
    pub fn aliases(change: &Change<'_>) -> [Option<Self>; 4] {
        let (other, email) = match change {
            Change::User(UserChange { user, domain, other_name, .. }) => {
                let other =
                    other_name.as_ref().map(|(user, domain)| Self::user(user, domain.as_deref()));
                let email = domain
                    .as_ref()
                    .filter(|_| !user.contains('@'))
                    .map(|domain| Self::user(&format!("{user}@{domain}"), None));
                (other, email)
            }
            Change::Group(_) => (None, None),
        };
        let [taken_email, taken_username] = Self::taken(change);
        let aliases = [taken_email, taken_username, other, email];
        if aliases == [None; 4] {
            return aliases;
        }
        let own = Self::of(change);
        aliases.map(|alias| alias.filter(|alias| *alias != own))
    }

    /// Returns the usernames that a change gives to a user, without a domain, as in the members of
    /// a group.
    pub fn bare_names(change: &Change<'_>) -> impl Iterator<Item = Self> {
        let names = match change {
            Change::User(UserChange { user, domain, other_name, update, .. }) => {
                let own = domain.as_ref().map(|_| user.as_ref());
                let other = other_name
                    .as_ref()
                    .filter(|(_, domain)| domain.is_some())
                    .map(|(name, _)| name.as_ref());
                [own, other, update.as_ref().and_then(|update| update.username.as_deref())]
            }
            Change::Group(_) => [None; 3],
        };
        names.map(|name| name.and_then(Self::bare)).into_iter().flatten()
    }

    /// Returns the new names of a user or group in this change: the email address or the group's
    /// name, and the username.
    fn taken(change: &Change<'_>) -> [Option<Self>; 2] {
        let names = match change {
            Change::User(UserChange { update: Some(update), user, domain, .. })
                if update.renames() =>
            {
                let email = update.email.as_deref().map(|email| Self::user(email, None));
                let username = update.username.as_deref().map(|username| {
                    let own = || user.split_once('@').map(|(_, domain)| domain);
                    let domain = domain.as_deref().or_else(own);
                    Self::user(username, domain.filter(|_| !username.contains('@')))
                });
                [email, username]
            }
            // Most users are created with their email address as name: then no hash is needed.
            Change::User(UserChange { create: Some(create), user, domain: None, .. })
                if create.email == *user =>
            {
                return [None; 2];
            }
            Change::User(UserChange { create: Some(create), .. }) => {
                [Some(Self::user(&create.email, None)), None]
            }
            Change::Group(GroupChange { update: Some(update), .. }) => {
                [update.name.as_deref().map(Self::group), None]
            }
            _ => return [None; 2],
        };
        let own = Self::of(change);
        names.map(|name| name.filter(|name| *name != own))
    }

    /// Returns all names of the user or group that a change renames: the old and the new ones, and
    /// usernames also without their domain; none if it renames nothing. The roles of a group are
    /// renamed with it.
    pub fn names_of_rename(change: &Change<'_>) -> Vec<Self> {
        let renames = match change {
            Change::User(user) => user.update.as_ref().is_some_and(UpdateUser::renames),
            Change::Group(_) => true,
        };
        if !renames || Self::taken(change) == [None; 2] {
            return Vec::new();
        }
        match change {
            Change::User(_) => {
                let mut names = vec![Self::of(change)];
                names.extend(Self::aliases(change).into_iter().flatten());
                names.extend(Self::bare_names(change));
                names
            }
            Change::Group(group) => {
                let new = group.update.as_ref().and_then(|update| update.name.as_deref());
                Self::groups_and_roles([Some(&*group.group), new].into_iter().flatten())
            }
        }
    }

    /// Returns the keys of groups and of their roles.
    pub fn groups_and_roles<'g>(names: impl Iterator<Item = &'g str>) -> Vec<Self> {
        let with_roles = |name: &'g str| {
            let roles = ROLES_ON.iter().map(move |role| format!("{role}{name}"));
            roles.chain([name.to_owned()]).map(|name| Self::group(&name))
        };
        names.flat_map(with_roles).collect()
    }
}

/// Returns the other names in a change: groups of a user, users of a group. A role counts as the
/// group that it administers.
pub(crate) fn names(change: &Change<'_>) -> Vec<Key> {
    match change {
        Change::User(user) => {
            let removed = match &user.remove {
                Some(crate::change::Memberships::Named(groups)) => groups.as_slice(),
                _ => &[],
            };
            user.add.iter().chain(removed).map(|name| Key::group(role_subject(name))).collect()
        }
        Change::Group(group) => group
            .add_users
            .iter()
            .chain(&group.remove_users)
            .map(|name| Key::user(name, None))
            .collect(),
    }
}

/// Returns all names in a change: those of its user or group, and those in its lists.
pub(crate) fn referenced_names(change: &Change<'_>) -> Vec<Key> {
    let mut all = names(change);
    all.push(Key::of(change));
    all.extend(Key::aliases(change).into_iter().flatten());
    all.extend(Key::bare_names(change));
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_does_not_make_another_user_but_the_domain_does() {
        assert_eq!(Key::user("ANN@Example.com", None), Key::user("ann@example.COM", None));
        assert_eq!(Key::group("Größe XL"), Key::group("GRÖSSE XL".replace("SS", "ß").as_str()));
        assert_ne!(Key::user("ann", Some("a.com")), Key::user("ann", Some("b.com")));
        assert_ne!(Key::user("ann", None), Key::group("ann"));
    }

    #[test]
    fn a_role_is_taken_for_the_group_that_it_is_about() {
        let change = Change::User(UserChange {
            user: "ann@example.com".into(),
            add: vec!["_admin_Team 1".into()],
            ..UserChange::default()
        });
        assert_eq!(names(&change), [Key::group("team 1")]);
    }
}
