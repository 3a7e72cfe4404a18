//! The users and groups that rows name, as small keys.

use super::names::{HashedName, by_username_alone, hashed_group, possible_names, who};
use super::people::Organization;
use crate::change::{Change, same_name};
use xxhash_rust::xxh3::xxh3_64;

/// A user whom a row names. Known users sort first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum UserKey {
    /// A user of the list, by number.
    Known(u32),
    /// No user of the list has the name.
    Unknown(HashedName),
}

impl UserKey {
    /// Returns the user of a command's `user` and `domain`. Without an organization, nobody is
    /// known.
    pub(crate) fn new(
        organization: Option<&Organization>,
        user: &str,
        domain: Option<&str>,
        adobe: bool,
    ) -> Self {
        organization
            .and_then(|organization| organization.user(user, domain, adobe))
            .map_or_else(|| Self::Unknown(who(user, domain)), |person| Self::Known(person.number()))
    }

    /// Returns the number of a known user.
    pub(crate) fn number(self) -> Option<u32> {
        match self {
            Self::Known(number) => Some(number),
            Self::Unknown(_) => None,
        }
    }

    /// Returns the key as one number, for hashing and if a key per row is stored. Two keys may have
    /// the same number.
    pub(crate) fn digest(self) -> u64 {
        match self {
            Self::Known(number) => xxh3_64(&number.to_le_bytes()),
            Self::Unknown(name) => name,
        }
    }
}

/// Returns the names of all users, and of all groups that are renamed or deleted, in a change,
/// without knowledge of the organization.
pub(crate) fn recently_changed(change: &Change<'_>) -> Vec<HashedName> {
    match change {
        Change::User(user) => {
            let own = user.user.split_once('@').map(|(_, domain)| domain);
            let mut names: Vec<HashedName> =
                possible_names(&user.user, user.domain.as_deref()).collect();
            if let Some(create) =
                user.create.as_ref().filter(|create| !same_name(&create.email, &user.user))
            {
                names.extend(possible_names(&create.email, None));
            }
            if let Some(update) = &user.update {
                names.extend(update.email.iter().flat_map(|email| possible_names(email, None)));
                names.extend(
                    update
                        .username
                        .iter()
                        .flat_map(|name| possible_names(name, user.domain.as_deref().or(own))),
                );
                // The user may be in another domain, which only the organization shows.
                names.extend(update.username.iter().map(|name| by_username_alone(name)));
            }
            names
        }
        Change::Group(group) => {
            let new = group.update.as_ref().and_then(|update| update.name.as_deref());
            let members = group
                .add_users
                .iter()
                .chain(&group.remove_users)
                .flat_map(|user| possible_names(user, None));
            [Some(&*group.group), new]
                .into_iter()
                .flatten()
                .map(hashed_group)
                .chain(members)
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    #[test]
    fn a_listed_user_has_one_key_whatever_the_name() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.add(&ListedUser {
            email: "ann@x.com".into(),
            username: "ann1".into(),
            domain: "x.com".into(),
            identity: "federatedID".into(),
            ..ListedUser::default()
        });
        let key = |user, domain| UserKey::new(Some(&all), user, domain, false);
        assert_eq!(key("ANN@x.com", None), UserKey::Known(0));
        assert_eq!(key("ann1", Some("x.com")), UserKey::Known(0));
        let other = key("bob@x.com", None);
        assert!(other.number().is_none() && key("ann1", Some("y.com")).number().is_none());
        assert_eq!(other, UserKey::new(None, "Bob@X.com", None, false));
        assert_eq!(UserKey::new(None, "ann@x.com", None, false).number(), None);
    }

    #[test]
    fn known_users_come_first_and_have_digests_of_their_own() {
        let mut keys = [UserKey::Unknown(0), UserKey::Known(7), UserKey::Unknown(7)];
        keys.sort_unstable();
        assert_eq!(keys, [UserKey::Known(7), UserKey::Unknown(0), UserKey::Unknown(7)]);
        assert_ne!(UserKey::Known(7).digest(), UserKey::Unknown(7).digest());
        assert_ne!(UserKey::Known(7).digest(), UserKey::Known(8).digest());
    }

    #[test]
    fn a_role_is_about_its_group() {
        assert_eq!(hashed_group("_admin_Design"), hashed_group("design"));
        assert_ne!(hashed_group("Design"), hashed_group("Video"));
    }
}
