//! Renames by imports from this computer. They prove that a rename is done if a list only shows
//! that nobody has the old name and a user has the new one.

use super::names::{HashedName, hashed_group, who};
use crate::change::{Change, GroupChange, UserChange};
use std::collections::HashMap;

/// An old name and a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RenamePair {
    pub(crate) old: HashedName,
    pub(crate) new: HashedName,
}

impl RenamePair {
    /// Returns the names that a row changes; `None` if it renames no user and no group.
    pub(crate) fn of(change: &Change<'_>) -> Option<Self> {
        match change {
            Change::User(user) => Self::of_user(user),
            Change::Group(group) => Self::of_group(group),
        }
    }

    /// Returns the names of a user.
    pub(crate) fn of_user(user: &UserChange<'_>) -> Option<Self> {
        let update = user.update.as_ref()?;
        let own = user.user.split_once('@').map(|(_, domain)| domain);
        let new = match (&update.email, &update.username) {
            (Some(email), _) => who(email, None),
            (None, Some(username)) => who(username, user.domain.as_deref().or(own)),
            (None, None) => return None,
        };
        Some(Self { old: who(&user.user, user.domain.as_deref()), new })
    }

    /// Returns the names of a group.
    pub(crate) fn of_group(group: &GroupChange<'_>) -> Option<Self> {
        let new = group.update.as_ref()?.name.as_deref()?;
        Some(Self { old: hashed_group(&group.group), new: hashed_group(new) })
    }
}

/// The old name for each new name, according to consecutive confirmed changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct NotedRenames(HashMap<HashedName, HashedName>);

impl NotedRenames {
    /// Adds a confirmed change. Only new names that are `wanted` are kept.
    pub(crate) fn take(&mut self, change: &Change<'_>, wanted: impl Fn(HashedName) -> bool) {
        let gone = match change {
            Change::User(user) if user.leave.is_some() => {
                Some(who(&user.user, user.domain.as_deref()))
            }
            Change::Group(group) if group.delete => Some(hashed_group(&group.group)),
            _ => None,
        };
        let pair = RenamePair::of(change);
        // From now on, another user or group has the name.
        gone.into_iter().chain(pair.map(|pair| pair.old)).for_each(|name| {
            self.0.remove(&name);
        });
        if let Some(RenamePair { old, new }) = pair.filter(|pair| wanted(pair.new)) {
            self.0.insert(new, old);
        }
    }

    /// Whether this rename is recorded, and no later record gives the new name to another user or
    /// group.
    pub(crate) fn has(&self, RenamePair { old, new }: RenamePair) -> bool {
        self.0.get(&new) == Some(&old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Leave, UpdateUser};

    fn rename<'a>(old: &'a str, new: &'a str) -> Change<'a> {
        let update = UpdateUser { email: Some(new.into()), ..UpdateUser::default() };
        Change::User(UserChange { user: old.into(), update: Some(update), ..UserChange::default() })
    }

    fn removal(name: &str) -> Change<'_> {
        let leave = Some(Leave::KeepAccount);
        Change::User(UserChange { user: name.into(), leave, ..UserChange::default() })
    }

    fn is_noted(changes: &[Change<'_>], asked: &Change<'_>) -> bool {
        let mut noted = NotedRenames::default();
        changes.iter().for_each(|change| noted.take(change, |_| true));
        noted.has(RenamePair::of(asked).unwrap())
    }

    #[test]
    fn noted_rename_counts_until_the_new_name_is_anothers() {
        let asked = rename("a@x.com", "b@x.com");
        assert!(is_noted(&[rename("A@x.com", "B@x.com")], &asked));
        assert!(!is_noted(&[], &asked));
        assert!(!is_noted(&[rename("c@x.com", "b@x.com")], &asked), "another got the name");
        let done = || rename("a@x.com", "b@x.com");
        assert!(!is_noted(&[done(), removal("b@x.com")], &asked));
        assert!(!is_noted(&[done(), rename("b@x.com", "d@x.com")], &asked));
        assert!(!is_noted(&[done(), rename("c@x.com", "b@x.com")], &asked));
        assert!(is_noted(&[done(), removal("c@x.com")], &asked));
    }
}
