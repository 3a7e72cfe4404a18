//! The users and groups that rows name, as small keys.

use super::names::{HashedName, by_username_alone, hashed_group, possible_names, who};
use super::people::Organization;
use crate::change::{Change, same_name};
use crate::umapi::UserRef;
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
    pub(crate) fn new(organization: Option<&Organization>, user: UserRef<'_>) -> Self {
        organization.and_then(|organization| organization.user(user)).map_or_else(
            || Self::Unknown(who(user.name, user.domain)),
            |person| Self::Known(person.number()),
        )
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

/// Whether what a confirmed change would create existed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existence {
    /// The change has created it, or creates nothing.
    New,
    /// It existed.
    Existed,
}

/// Returns the names in a confirmed change that another user or group may have since, or nobody: it
/// renames, removes or creates one. A user who is renamed or removed by an email address may also
/// have had any username, and the other way round (see [`name_forms`]).
pub(crate) fn names_changed(change: &Change<'_>, before: Existence) -> Vec<HashedName> {
    let is_new = before == Existence::New;
    match change {
        Change::User(user) => {
            let creates = user.create.is_some() && is_new;
            let ends = user.leave.is_some() || !new_names(change).is_empty();
            let mut names = if creates || ends { recently_changed(change) } else { Vec::new() };
            if ends {
                names.push(NameForm::of(&user.user).other().all());
            }
            names
        }
        Change::Group(group) => {
            let new = new_names(change);
            let creates = group.create.is_some() && is_new;
            let changes = creates || group.delete || !new.is_empty();
            changes.then(|| hashed_group(&group.group)).into_iter().chain(new).collect()
        }
    }
}

/// Returns how a change names users, as two hashes that stand for all email addresses and for all
/// usernames.
pub(crate) fn name_forms<'c>(change: &'c Change<'_>) -> impl Iterator<Item = HashedName> + 'c {
    let (user, members) = match change {
        Change::User(user) => (Some(&user.user), None),
        Change::Group(group) => (None, Some(group.add_users.iter().chain(&group.remove_users))),
    };
    user.into_iter().chain(members.into_iter().flatten()).map(|user| NameForm::of(user).all())
}

/// How a row names a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameForm {
    Email,
    Username,
}

impl NameForm {
    fn of(user: &str) -> Self {
        if user.contains('@') { Self::Email } else { Self::Username }
    }

    fn other(self) -> Self {
        if self == Self::Email { Self::Username } else { Self::Email }
    }

    /// Returns what stands for all names of this form: no user has it.
    fn all(self) -> HashedName {
        match self {
            Self::Email => who("@", None),
            Self::Username => by_username_alone(""),
        }
    }
}

/// Returns the names that a confirmed change gives to a user or group that did not have them: by a
/// rename, or by a creation.
pub(crate) fn names_given(change: &Change<'_>, before: Existence) -> Vec<HashedName> {
    let creates = match change {
        Change::User(user) => user.create.is_some(),
        Change::Group(group) => group.create.is_some(),
    };
    // Whatever else the row does to what it creates, its names are those of the creation.
    match creates && before == Existence::New {
        true => names_changed(change, before),
        false => new_names(change),
    }
}

/// Returns the new names in a change.
fn new_names(change: &Change<'_>) -> Vec<HashedName> {
    match change {
        Change::User(user) => {
            let own = user.user.split_once('@').map(|(_, domain)| domain);
            let domain = user.domain.as_deref().or(own);
            let emails = user.update.iter().filter_map(|update| update.email.as_deref());
            let usernames = user.update.iter().filter_map(|update| update.username.as_deref());
            let is_new = |name: &&str| !same_name(name, &user.user);
            emails
                .filter(is_new)
                .flat_map(|email| possible_names(email, None))
                .chain(
                    usernames.filter(is_new).flat_map(|name| {
                        possible_names(name, domain).chain([by_username_alone(name)])
                    }),
                )
                .collect()
        }
        Change::Group(group) => {
            let new = group.update.as_ref().and_then(|update| update.name.as_deref());
            new.filter(|name| !same_name(name, &group.group))
                .map(hashed_group)
                .into_iter()
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
        let key = |user, domain| UserKey::new(Some(&all), UserRef::own(user).in_domain(domain));
        assert_eq!(key("ANN@x.com", None), UserKey::Known(0));
        assert_eq!(key("ann1", Some("x.com")), UserKey::Known(0));
        let other = key("bob@x.com", None);
        assert!(other.number().is_none() && key("ann1", Some("y.com")).number().is_none());
        assert_eq!(other, UserKey::new(None, UserRef::own("Bob@X.com")));
        assert_eq!(UserKey::new(None, UserRef::own("ann@x.com")).number(), None);
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

    #[test]
    fn names_change_by_renames_removals_and_creations_alone() {
        use crate::change::{
            CreateGroup, CreateUser, GroupChange, IdentityType, IfExists, UpdateGroup, UpdateUser,
            UserChange,
        };
        let user = || UserChange { user: "ann@x.com".into(), ..UserChange::default() };
        let counts = |change: Change<'_>, existed| {
            let before = if existed { Existence::Existed } else { Existence::New };
            (names_changed(&change, before).len(), names_given(&change, before).len())
        };
        let update = |email: Option<&'static str>| {
            let update = UpdateUser {
                email: email.map(Into::into),
                firstname: Some("Ann".into()),
                ..UpdateUser::default()
            };
            Change::User(UserChange { update: Some(update), ..user() })
        };
        let own = recently_changed(&Change::User(user())).len();
        assert_eq!(counts(Change::User(user()), false), (0, 0));
        assert_eq!(counts(update(None), false), (0, 0));
        assert_eq!(counts(update(Some("Ann@X.com")), false), (0, 0), "the same name");
        assert_eq!(counts(update(Some("eve@x.com")), false), (2 * own + 1, own));
        let renamed = names_changed(&update(Some("eve@x.com")), Existence::New);
        let forms = |user: &'static str| {
            let user = Change::User(UserChange { user: user.into(), ..UserChange::default() });
            name_forms(&user).all(|form| renamed.contains(&form))
        };
        assert!(forms("annlee") && !forms("bob@x.com"), "she may have had any username");
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: "ann@x.com".into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        };
        let created = || Change::User(UserChange { create: Some(create.clone()), ..user() });
        assert_eq!((counts(created(), false), counts(created(), true)), ((own, own), (0, 0)));
        let group = || GroupChange { group: "G".into(), ..GroupChange::default() };
        let members = GroupChange { add_users: vec!["ann@x.com".into()], ..group() };
        assert_eq!(counts(Change::Group(members), false), (0, 0));
        let made = || {
            Change::Group(GroupChange {
                create: Some(CreateGroup { description: None, if_exists: IfExists::Ignore }),
                ..group()
            })
        };
        assert_eq!((counts(made(), false), counts(made(), true)), ((1, 1), (0, 0)));
        let deleted = Change::Group(GroupChange { delete: true, ..group() });
        assert_eq!(counts(deleted, false), (1, 0));
        let named = UpdateGroup { name: Some("H".into()), ..UpdateGroup::default() };
        let renamed = Change::Group(GroupChange { update: Some(named), ..group() });
        assert_eq!(counts(renamed, false), (2, 1));
    }
}
