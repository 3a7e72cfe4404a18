//! The names by which rows mean users.

use crate::change::{Change, folded_name};
use crate::import::undo::recorded_user::RecordedUser;
use crate::umapi::{AccountKind, UserRef};
use std::collections::BTreeSet;

/// A name of a user, as a command names a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserName {
    /// The email address or username.
    pub(crate) user: String,
    /// The domain, only beside a username that is no email address.
    pub(crate) domain: Option<String>,
    /// The kind of the account.
    pub(crate) account: AccountKind,
}

impl UserName {
    /// Returns the name of an account of this kind. An email address needs no domain.
    pub(crate) fn new(user: &str, domain: Option<&str>, account: AccountKind) -> Self {
        let domain = domain.filter(|_| !user.contains('@'));
        Self { user: user.to_owned(), domain: domain.map(ToOwned::to_owned), account }
    }

    /// Returns the name as a command has it.
    pub(crate) fn user_ref(&self) -> UserRef<'_> {
        UserRef { name: &self.user, domain: self.domain.as_deref(), account: self.account }
    }

    /// Returns the name in a form that is equal for equal names.
    pub(crate) fn key(&self) -> Self {
        Self {
            user: folded_name(&self.user),
            domain: self.domain.as_deref().map(folded_name),
            account: self.account,
        }
    }

    /// Returns the names of a user: the email address, and a username that is none.
    pub(crate) fn all_of(user: &RecordedUser, account: AccountKind) -> Vec<Self> {
        let mut names = Vec::new();
        if !user.email.is_empty() {
            names.push(Self::new(&user.email, None, account));
        }
        let has_username = !user.username.is_empty() && !user.username.contains('@');
        if has_username && !user.domain.is_empty() {
            names.push(Self::new(&user.username, Some(&user.domain), account));
        }
        names
    }
}

/// Returns the names of each user in a change: one list for each user.
pub(crate) fn users_in(change: &Change<'_>) -> Vec<Vec<UserName>> {
    match change {
        Change::User(user) => {
            let account = user.account();
            let mut names = vec![UserName::new(&user.user, user.domain.as_deref(), account)];
            if let Some((name, domain)) = &user.other_name {
                names.push(UserName::new(name, domain.as_deref(), account));
            }
            if let Some(create) = user.create.as_ref().filter(|create| !create.email.is_empty()) {
                names.push(UserName::new(&create.email, None, account));
            }
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(name.key()));
            vec![names]
        }
        Change::Group(group) => {
            let members = group.add_users.iter().chain(&group.remove_users);
            members.map(|name| vec![UserName::new(name, None, AccountKind::Own)]).collect()
        }
    }
}

/// Returns the group that a change creates, renames, describes or deletes, with its new name.
pub(crate) fn groups_in<'c>(change: &'c Change<'_>) -> Vec<&'c str> {
    match change {
        Change::Group(group)
            if group.create.is_some() || group.update.is_some() || group.delete =>
        {
            let new = group.update.as_ref().and_then(|update| update.name.as_deref());
            [Some(&*group.group), new].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}
