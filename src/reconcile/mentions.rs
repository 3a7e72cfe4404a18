//! The first reading of the files of a run: which users several rows name, and which groups are
//! renamed or deleted.

use super::referenced_users::only_address;
use crate::change::{Change, IdentityType, Rules, UserChange, same_name};
use crate::organization::{
    Coverage, HashedName, OrgUser, Organization, RenamePair, UserKey, hashed_group, real_domain,
};
use crate::plan::repeated;
use crate::table::{Cells, Field, is_margin};
use crate::umapi::UserRef;
use std::collections::HashSet;

/// The users whom the rows name.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// The hashes of the users. If two are equal by chance, the only effect is one more check.
    users: Vec<u64>,
    changed_groups: HashSet<HashedName>,
}

/// What one row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mentioned {
    /// A user, by the [digest](UserKey::digest) of the key.
    User(u64),
    /// A group that is renamed or deleted.
    ChangedGroup(HashedName),
}

/// The users who are named in several rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepeatedKeys {
    users: HashSet<u64>,
    changed_groups: HashSet<HashedName>,
}

impl Mentioned {
    /// Returns a user with this key.
    pub(crate) fn user(key: UserKey) -> Self {
        Self::User(key.digest())
    }

    /// Passes what a change names to `take`.
    pub(crate) fn each_of(
        change: &Change<'_>,
        organization: &Organization,
        mut take: impl FnMut(Self),
    ) {
        let group = match change {
            Change::User(user) => {
                return user_keys(user, organization).into_iter().map(Self::user).for_each(take);
            }
            Change::Group(group) => group,
        };
        let members = group.add_users.iter().chain(&group.remove_users);
        let users = members.flat_map(|user| member_keys(user, organization));
        users.map(Self::user).for_each(&mut take);
        let new = group.update.as_ref().and_then(|update| update.name.as_deref());
        let is_there = |name: &str| organization.group(name).is_some();
        let is_renamed = organization.shows(Coverage::ALL_GROUPS)
            && !is_there(&group.group)
            && new.is_some_and(is_there)
            && organization.has_noted(RenamePair::of_group(group));
        if group.delete || new.is_some() && !is_renamed {
            let names = [Some(&*group.group), new].into_iter().flatten();
            names.map(hashed_group).map(Self::ChangedGroup).for_each(take);
        }
    }
}

/// Returns the user whom a row names, if it names one user by one address and nobody else. If it
/// can be understood, it is about that user. `None` also for a row about an Adobe ID.
pub(crate) fn only_user(
    cells: &Cells<'_>,
    rules: &Rules,
    organization: &Organization,
) -> Option<UserKey> {
    let address = only_address(cells)?;
    let is_adobe = match cells.get(Field::Type).trim_matches(is_margin) {
        "" => rules.default_type == IdentityType::Adobe,
        name => IdentityType::from_name(name) == Some(IdentityType::Adobe),
    };
    (!is_adobe).then(|| UserKey::new(Some(organization), UserRef::own(address)))
}

impl Mentions {
    /// Adds what a row names.
    pub(crate) fn add(&mut self, mentioned: Mentioned) {
        match mentioned {
            Mentioned::User(user) => self.users.push(user),
            Mentioned::ChangedGroup(group) => _ = self.changed_groups.insert(group),
        }
    }

    /// Returns the users who are named in several rows, and the groups that are renamed or deleted;
    /// nothing if there can be no conflict.
    pub(crate) fn repeated(self) -> RepeatedKeys {
        RepeatedKeys { users: repeated(&self.users), changed_groups: self.changed_groups }
    }
}

impl RepeatedKeys {
    /// Whether no user is named in several rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.changed_groups.is_empty()
    }

    /// Whether a row that names only this user may conflict with another one.
    pub(crate) fn concern(&self, user: UserKey) -> bool {
        !self.changed_groups.is_empty() || self.has_user(user)
    }

    /// Whether several rows name this user.
    pub(super) fn has_user(&self, user: UserKey) -> bool {
        self.users.contains(&user.digest())
    }

    /// Whether a row deletes or renames this group.
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
    let mut keys = vec![UserKey::new(Some(organization), UserRef::own(user))];
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
    let mut keys = vec![UserKey::new(Some(organization), user.user_ref())];
    let mut more = |name: &str, domain: Option<&str>| {
        let other = UserRef { name, domain, account: user.account() };
        let other = UserKey::new(Some(organization), other);
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
        let listed = organization.user(user.user_ref()).map(|person| real_domain(person.domain()));
        let own = user.user.split_once('@').map(|(_, domain)| domain);
        let domain = listed.filter(|domain| !domain.is_empty()).or(user.domain.as_deref()).or(own);
        update.username.iter().for_each(|name| more(name, domain));
    }
    // A create step may name a username that nobody has: known users come first.
    keys.sort_unstable();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::read_all;
    use crate::table::InputDialect;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    fn organization() -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (identity, email, username) in [
            ("federatedID", "a@x.co", "b"),
            ("adobeID", "a@x.co", "a@x.co"),
            ("federatedID", "c@x.co", "d@x.co"),
            ("adobeID", "e@x.co", ""),
        ] {
            all.add(&ListedUser {
                identity: identity.into(),
                email: email.into(),
                username: username.into(),
                domain: "x.co".into(),
                ..ListedUser::default()
            });
        }
        all
    }

    proptest::proptest! {
        #[test]
        fn row_is_about_the_only_user_whom_it_names(
            texts in proptest::collection::vec("|a@x.co|A@x.co| d@x.co|e@x.co|b|b|#|f@x.co|x.co",
                5),
            action in "|create|update|delete|add|remove|create-group|update-group|delete-group|zap",
            kind in "|adobeID|federatedID|-Adobe|zap",
        ) {
            let fields = [Field::Email, Field::Username, Field::Domain, Field::NewEmail,
                Field::Group];
            let mut cells = Cells::default();
            fields.into_iter().zip(&texts).for_each(|(field, text)| cells.set(field, text));
            cells.set(Field::Action, &action);
            cells.set(Field::Type, &kind);
            cells.set(Field::Groups, "G");
            let all = organization();
            for dialect in [InputDialect::Native, InputDialect::UmapiCliUsersUpdate,
                InputDialect::AdminConsole] {
                let rules = Rules::new(dialect);
                let (Some(only), (Some(change), problems)) =
                    (only_user(&cells, &rules, &all), read_all(&cells, &rules))
                else {
                    continue;
                };
                if problems.iter().all(|problem| problem.waivable.is_some()) {
                    let mut found = Vec::new();
                    Mentioned::each_of(&change, &all, |mentioned| found.push(mentioned));
                    proptest::prop_assert_eq!(found, [Mentioned::user(only)]);
                }
            }
        }
    }
}
